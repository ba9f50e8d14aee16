"""The register of a district, and what is lacking of it, as a file: GeoJSON, GeoPackage or CSV,
with the fields that the catalogue publishes and no other. Rows under the ODbL have a file of their
own.
"""

import csv
import json
import sqlite3
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import not_
from sqlalchemy.orm import Session

from geoapp.assets.queries import list_assets, share_alike
from geoapp.care.queries import list_gaps
from geoapp.care.rules import Gap
from geoapp.catalogue import (
    CARE_ROW,
    REGISTER_ROW,
    Field,
    publish_gap_row,
    publish_register_row,
)
from geoapp.exchange.reports import defuse
from geoapp.geo.crs import LONLAT, write_srid

AT_ONCE = 1_000

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Layer:
    """What a file holds: its name there, and the fields of each row, a point by `lon` and `lat`."""

    name: str
    fields: tuple[Field, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the fields."""
        return tuple(field.name for field in self.fields)


REGISTER = Layer("register", REGISTER_ROW)
CARE = Layer("care", CARE_ROW)
# What SQLite keeps of each type of JSON; an object is written as text.
_SQL_TYPES = {"number": "REAL", "boolean": "BOOLEAN"}
# OGC 12-128r19, 1.1.1: "GPKG", version 1.3.
_APPLICATION_ID = 0x47504B47
_VERSION = 10_300
_SCHEMA = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY,
    organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL,
    definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL,
    identifier TEXT UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL,
    min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER
    REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL UNIQUE, column_name TEXT NOT NULL,
    geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL
    REFERENCES gpkg_spatial_ref_sys(srs_id), z TINYINT NOT NULL, m TINYINT NOT NULL,
    PRIMARY KEY (table_name, column_name));
"""


def read_rows(
    session: Session, *, district: str, is_share_alike: bool, url_of: Callable[[str], str]
) -> Iterator[Row]:
    """What stands in a district, by code, some at a time: under the ODbL, or all but that."""
    where = share_alike() if is_share_alike else not_(share_alike())
    after = ""
    while True:
        found = list_assets(session, where=[where], district=district, after=after, limit=AT_ONCE)
        for asset in found[:AT_ONCE]:
            yield publish_register_row(asset, url=url_of(asset.code))
        if len(found) <= AT_ONCE:
            return
        after = found[AT_ONCE - 1].code


def read_gap_rows(
    session: Session,
    *,
    district_id: UUID,
    is_share_alike: bool,
    url_of: Callable[[str], str],
) -> Iterator[Row]:
    """What is lacking in a district, the longest first, some at a time: as `read_rows`."""
    where = [share_alike() if is_share_alike else not_(share_alike())]
    for kind in Gap:
        after = None
        while True:
            found = list_gaps(
                session,
                district_id=district_id,
                kind=kind,
                where=where,
                after=after,
                limit=AT_ONCE,
            )
            for gap in found:
                yield publish_gap_row(gap, url=url_of(gap.asset.code))
            if len(found) < AT_ONCE:
                break
            after = (found[-1].since_on, found[-1].asset.code)


def write_geojson(rows: Iterable[Row], *, layer: Layer, now: datetime) -> bytes:  # noqa: ARG001  a feature tells its own fields
    """GeoJSON (RFC 7946); where each thing stands is its pin."""
    features = [
        json.dumps(
            {
                "type": "Feature",
                "id": row["code"],
                "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
                "properties": row,
            },
            ensure_ascii=False,
        )
        for row in rows
    ]
    head = f'{{"type": "FeatureCollection", "timeStamp": "{now:%Y-%m-%dT%H:%M:%SZ}", '
    return (head + '"features": [\n' + ",\n".join(features) + "\n]}\n").encode()


def write_csv(rows: Iterable[Row], *, layer: Layer, now: datetime) -> bytes:  # noqa: ARG001  a CSV has no date
    """CSV in UTF-8, which no spreadsheet runs (threats, T53)."""
    written = StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(layer.columns)
    for row in rows:
        cells = (_to_cell(row[name]) for name in layer.columns)
        writer.writerow([defuse(cell) if isinstance(cell, str) else cell for cell in cells])
    return written.getvalue().encode()


def write_geopackage(rows: Iterable[Row], *, layer: Layer, now: datetime) -> bytes:
    """A GeoPackage (OGC 12-128r19) with one layer of points."""
    changed = f"{now:%Y-%m-%dT%H:%M:%S.000Z}"
    name, columns = layer.name, layer.columns
    types = [f"{field.name} {_sql_type(field)}" for field in layer.fields]
    places = ", ".join("?" * (len(columns) + 1))
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript(
            f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {_VERSION};{_SCHEMA}"
            f"CREATE TABLE {name} (fid INTEGER PRIMARY KEY, geom POINT, {', '.join(types)});"
        )
        srs, definition = write_srid(LONLAT)
        made.executemany(
            "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)",
            [
                ("Undefined cartesian SRS", -1, "NONE", -1, "undefined"),
                ("Undefined geographic SRS", 0, "NONE", 0, "undefined"),
                (srs, LONLAT, "EPSG", LONLAT, definition),
            ],
        )
        made.executemany(
            f"INSERT INTO {name} VALUES (NULL, {places})",  # noqa: S608  a name of ours
            ([_to_blob(row), *(_to_cell(row[column]) for column in columns)] for row in rows),
        )
        made.execute(
            f"INSERT INTO gpkg_contents SELECT '{name}', 'features', '{name}', '', ?, min(lon), "  # noqa: S608  a name of ours
            f"min(lat), max(lon), max(lat), ? FROM {name}",
            [changed, LONLAT],
        )
        made.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'POINT', ?, 0, 0)",
            [name, LONLAT],
        )
        made.commit()
        return made.serialize()


def _sql_type(field: Field) -> str:
    return _SQL_TYPES.get(field.schema["type"], "TEXT")


def _to_cell(value: Any) -> Any:
    """A value of one cell; an object as JSON."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else value


def _to_blob(row: Row) -> bytes:
    """A point behind the header of a GeoPackage (2.1.3): little-endian, without an envelope."""
    point = shapely.Point(row["lon"], row["lat"])
    return b"GP\x00\x01" + struct.pack("<i", LONLAT) + shapely.to_wkb(point, byte_order=1)


@dataclass(frozen=True)
class Writer:
    """How a file is written (`write(rows, layer=..., now=...)`), and what kind of content it is."""

    write: Callable[..., bytes]
    mimetype: str


# By the end of a file's name.
WRITERS: Mapping[str, Writer] = {
    ".geojson": Writer(write_geojson, "application/geo+json"),
    ".gpkg": Writer(write_geopackage, "application/geopackage+sqlite3"),
    ".csv": Writer(write_csv, "text/csv"),
}
