"""The register of a district as a file: GeoJSON, GeoPackage or CSV, with the fields that the
catalogue publishes and no other. Rows under the ODbL have a file of their own.
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

import shapely
from sqlalchemy import not_
from sqlalchemy.orm import Session

from geoapp.assets.queries import list_assets, share_alike
from geoapp.catalogue import REGISTER_ROW, Field, publish_register_row
from geoapp.exchange.reports import defuse
from geoapp.geo.crs import LONLAT, write_srid

AT_ONCE = 1_000

Row = Mapping[str, Any]
COLUMNS = tuple(field.name for field in REGISTER_ROW)
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


def write_geojson(rows: Iterable[Row], *, now: datetime) -> bytes:
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


def write_csv(rows: Iterable[Row], *, now: datetime) -> bytes:  # noqa: ARG001  a CSV has no date
    """CSV in UTF-8, which no spreadsheet runs (threats, T53)."""
    written = StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    for row in rows:
        cells = (_to_cell(row[name]) for name in COLUMNS)
        writer.writerow([defuse(cell) if isinstance(cell, str) else cell for cell in cells])
    return written.getvalue().encode()


def write_geopackage(rows: Iterable[Row], *, now: datetime) -> bytes:
    """A GeoPackage (OGC 12-128r19) with one layer of points."""
    changed = f"{now:%Y-%m-%dT%H:%M:%S.000Z}"
    types = [f"{field.name} {_sql_type(field)}" for field in REGISTER_ROW]
    places = ", ".join("?" * (len(COLUMNS) + 1))
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript(
            f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {_VERSION};{_SCHEMA}"
            f"CREATE TABLE register (fid INTEGER PRIMARY KEY, geom POINT, {', '.join(types)});"
        )
        name, definition = write_srid(LONLAT)
        made.executemany(
            "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)",
            [
                ("Undefined cartesian SRS", -1, "NONE", -1, "undefined"),
                ("Undefined geographic SRS", 0, "NONE", 0, "undefined"),
                (name, LONLAT, "EPSG", LONLAT, definition),
            ],
        )
        made.executemany(
            f"INSERT INTO register VALUES (NULL, {places})",  # noqa: S608  question marks
            ([_to_blob(row), *(_to_cell(row[name]) for name in COLUMNS)] for row in rows),
        )
        made.execute(
            "INSERT INTO gpkg_contents SELECT 'register', 'features', 'register', '', ?, min(lon), "
            "min(lat), max(lon), max(lat), ? FROM register",
            [changed, LONLAT],
        )
        made.execute(
            "INSERT INTO gpkg_geometry_columns VALUES ('register', 'geom', 'POINT', ?, 0, 0)",
            [LONLAT],
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
    """How a file is written (`write(rows, now=...)`), and what kind of content it is."""

    write: Callable[..., bytes]
    mimetype: str


# By the end of a file's name.
WRITERS: Mapping[str, Writer] = {
    ".geojson": Writer(write_geojson, "application/geo+json"),
    ".gpkg": Writer(write_geopackage, "application/geopackage+sqlite3"),
    ".csv": Writer(write_csv, "text/csv"),
}
