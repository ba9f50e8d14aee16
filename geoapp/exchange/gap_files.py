"""Where something is near, far or not known, as a file: CSV, GeoJSON or GeoPackage, each with what
platforms say beside it, and with source, date, method and norm.

The same numbers that the pages tell, and no more. What is under five is empty in every layer.
"""

import csv
import json
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pyogrio
import shapely
from shapely.geometry.base import BaseGeometry

from geoapp.coverage.gaps.findings import Finding
from geoapp.coverage.gaps.frames import frame_about, frame_areas, frame_squares, frame_things
from geoapp.coverage.gaps.telling import AREA_COLUMNS, tell_about, tell_areas
from geoapp.exchange.exports import WRITERS
from geoapp.exchange.reports import defuse

Shapes = Mapping[str, BaseGeometry]
# About 11 cm: no outline is as exact.
_DECIMALS = 6


def write_csv(finding: Finding, *, shapes: Shapes, now: datetime) -> bytes:  # noqa: ARG001  a CSV has no shapes
    """CSV in UTF-8 with a line for every buurt, which no spreadsheet runs (threats, T53)."""
    written = StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(AREA_COLUMNS)
    for row in tell_areas(finding, now=now):
        cells = row.values()
        writer.writerow([defuse(cell) if isinstance(cell, str) else cell for cell in cells])
    return written.getvalue().encode()


def write_geojson(finding: Finding, *, shapes: Shapes, now: datetime) -> bytes:
    """GeoJSON (RFC 7946: lon/lat, WGS 84): a feature for every buurt; `metadata` tells how."""
    features = [
        {
            "type": "Feature",
            "id": row["code"],
            "geometry": _to_geojson(shapes[row["slug"]]),
            "properties": row,
        }
        for row in tell_areas(finding, now=now)
    ]
    about = tell_about(finding, now=now) | {"coordinate_system": "OGC:CRS84"}
    whole = {"type": "FeatureCollection", "metadata": about, "features": features}
    return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()


def _to_geojson(shape: BaseGeometry) -> Any:
    # Rounded number by number: a grid would join what a hair divides, and may leave nothing.
    rounded = shapely.transform(shape, lambda xy: xy.round(_DECIMALS))
    return json.loads(shapely.to_geojson(rounded))


def write_geopackage(finding: Finding, *, shapes: Shapes, now: datetime) -> bytes:
    """A GeoPackage in the district's metric system: layers `areas`, `squares` and `things`, and the
    table `about`."""
    layers: list[tuple[str, pd.DataFrame]] = [
        ("areas", frame_areas(finding, shapes=shapes, now=now)),
        ("squares", frame_squares(finding)),
        ("things", frame_things(finding)),
        ("about", frame_about(finding, now=now)),
    ]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "gaps.gpkg"
        for name, frame in layers:
            _write_layer(file, name, frame)
        with closing(sqlite3.connect(file)) as made:
            # The driver writes the machine's clock: the same answer is the same file.
            made.execute(
                "UPDATE gpkg_contents SET last_change = ?", [f"{now:%Y-%m-%dT%H:%M:%S.000Z}"]
            )
            made.commit()
        return file.read_bytes()


def _write_layer(file: Path, name: str, frame: pd.DataFrame) -> None:
    appends = file.exists()
    if not isinstance(frame, geopandas.GeoDataFrame):
        pyogrio.write_dataframe(frame, file, layer=name, driver="GPKG", append=appends)
        return
    kinds = set(frame.geom_type)
    pyogrio.write_dataframe(
        frame,
        file,
        layer=name,
        driver="GPKG",
        append=appends,
        geometry_type=kinds.pop() if len(kinds) == 1 else "Unknown",
    )


@dataclass(frozen=True)
class GapWriter:
    """How an answer is written (`write(finding, shapes=..., now=...)`, `shapes` the outlines of
    its buurten in lon/lat by slug), and what kind of content it is."""

    write: Callable[..., bytes]
    mimetype: str


# By the end of a file's name.
GAP_WRITERS: Mapping[str, GapWriter] = {
    ".csv": GapWriter(write_csv, WRITERS[".csv"].mimetype),
    ".geojson": GapWriter(write_geojson, WRITERS[".geojson"].mimetype),
    ".gpkg": GapWriter(write_geopackage, WRITERS[".gpkg"].mimetype),
}
