"""GeoPackages (OGC 12-128r19), through SQLite, from memory: one table is read, and nothing else may
be done."""

import re
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from functools import partial

from shapely.geometry.base import BaseGeometry

from geoapp.errors import Invalid
from geoapp.exchange.reading.found import MOST_BYTES, Format, Found
from geoapp.exchange.reading.shapes import read_wkb

LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: MOST_BYTES,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 250,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 50,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 2,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
TIME_S = 5.0
STEPS = 100_000

# GDAL and QGIS leave these in every file, to keep their own counts and index. None runs here, as
# nothing is written.
_KNOWN_TRIGGERS = re.compile(r"(rtree|trigger|gpkg)_[\w -]+", re.I)
_CATALOGUE = {"sqlite_master", "gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys"}
# Table 6: bytes of the envelope, by its kind.
_ENVELOPES = (0, 32, 48, 48, 64)
_LAYERS = """
    SELECT c.table_name, g.column_name, s.organization, s.organization_coordsys_id
    FROM gpkg_contents c
    JOIN gpkg_geometry_columns g ON g.table_name = c.table_name
    LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id
    WHERE c.data_type = 'features' LIMIT 2
"""


def read_geopackage(data: bytes) -> Found:
    """The rows of the one layer of a GeoPackage.

    Raises:
        Invalid: it has none or several, is damaged, or holds what would run by itself.
    """
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            _open(connection, data)
            _check_schema(connection)
            return _read_layer(connection)
        except sqlite3.Error as error:
            raise Invalid("This file is damaged: save it again, or in another format.") from error


def _open(connection: sqlite3.Connection, data: bytes) -> None:
    for limit, value in LIMITS.items():
        connection.setlimit(limit, value)
    # A file that another program had open says so in its head (SQLite, 1.3.3); memory has no log.
    connection.deserialize(data[:18] + b"\x01\x01" + data[20:])
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "query_only=ON"):
        connection.execute(f"PRAGMA {pragma}")
    ends = time.monotonic() + TIME_S
    connection.set_progress_handler(lambda: time.monotonic() > ends, STEPS)
    connection.set_authorizer(partial(_may_read, _CATALOGUE))


def _may_read(tables: set[str], action: int, first: str | None, *_: str | None) -> int:
    """Reading of these tables, and asking what their columns are, is all that may be done."""
    may = {
        sqlite3.SQLITE_SELECT: True,
        sqlite3.SQLITE_READ: first in tables,
        sqlite3.SQLITE_PRAGMA: first == "table_xinfo",
    }
    return sqlite3.SQLITE_OK if may.get(action) else sqlite3.SQLITE_DENY


def _check_schema(connection: sqlite3.Connection) -> None:
    for kind, name in connection.execute("SELECT type, name FROM sqlite_master"):
        if kind == "view" or (kind == "trigger" and not _KNOWN_TRIGGERS.fullmatch(name)):
            raise _would_run(name)


def _would_run(name: str) -> Invalid:
    return Invalid(
        "The GeoPackage holds what would run by itself ({name}): save the layer alone in a new "
        "file.",
        name=name[:60],
    )


def _read_layer(connection: sqlite3.Connection) -> Found:
    layers = connection.execute(_LAYERS).fetchall()
    if len(layers) != 1:
        raise Invalid("The GeoPackage must have one layer of points or areas: save that alone.")
    table, column, authority, number = layers[0]
    made = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()
    if made is None or not str(made[0]).upper().startswith("CREATE TABLE"):
        raise Invalid("The GeoPackage must have one layer of points or areas: save that alone.")
    found = Found(Format.GEOPACKAGE, crs=f"{authority}:{number}"[:200])
    connection.set_authorizer(partial(_may_read, {*_CATALOGUE, table}))
    quoted = '"' + table.replace('"', '""') + '"'
    for _, name, _, _, _, _, hidden in connection.execute(f"PRAGMA table_xinfo({quoted})"):
        if hidden:
            raise _would_run(name)
    rows = connection.execute(f"SELECT * FROM {quoted}")  # noqa: S608  a name, and only read
    names = [str(one[0]) for one in rows.description]
    if column not in names:
        raise Invalid("This file is damaged: save it again, or in another format.")
    kept = dict(zip(names, found.name_columns(names), strict=True))
    del found.columns[kept.pop(column)]
    for row in rows:
        cells = dict(zip(names, row, strict=True))
        found.add(
            {name: cells[original] for original, name in kept.items() if name},
            partial(_shape_of, cells, column),
        )
    return found


def _shape_of(cells: Mapping[str, object], column: str) -> BaseGeometry:
    """The shape behind the header of a GeoPackage (12-128r19, 2.1.3)."""
    data = cells[column]
    if data is None:
        raise Invalid("The shape is empty: give a point or an area.")
    if not isinstance(data, bytes) or len(data) < 8 or data[:3] != b"GP\x00":
        raise Invalid("The shape of this row cannot be read.")
    flags = data[3]
    envelope = flags >> 1 & 0b111
    is_extended = flags & 0b100000
    if is_extended or envelope >= len(_ENVELOPES):
        raise Invalid("The shape of this row cannot be read.")
    return read_wkb(data[8 + _ENVELOPES[envelope] :])
