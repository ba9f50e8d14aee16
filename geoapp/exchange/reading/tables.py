"""CSV: lines of text with a place in two columns, or as well-known text in one."""

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from io import StringIO

from shapely import Point
from shapely.geometry.base import BaseGeometry

from geoapp.errors import Invalid
from geoapp.exchange.reading.found import DEGREES, Format, Found, decode
from geoapp.exchange.reading.shapes import WKT, read_wkt

DELIMITERS = ",;\t"
_NUMBER = re.compile(r"[-+]?\d{1,20}(?:[.,]\d{1,20})?")
_DEGREES = (
    {"lon", "lng", "long", "longitude", "lengtegraad"},
    {"lat", "latitude", "breedtegraad"},
)
_METRES = (
    {"x", "rd_x", "x_rd", "x_coord", "xcoord", "x-coordinaat", "x_coordinaat"},
    {"y", "rd_y", "y_rd", "y_coord", "ycoord", "y-coordinaat", "y_coordinaat"},
)
_WELL_KNOWN = {"wkt", "geom", "geometry", "geometrie", "the_geom", "shape"}

Line = Mapping[str, str]


@dataclass(frozen=True)
class _Where:
    """Where a line says its place: the columns, how to read them, what they are in."""

    columns: tuple[str, ...]
    read: Callable[[Line], BaseGeometry]
    crs: str = ""


def read_table(data: bytes, encoding: str | None) -> Found:
    """The lines of a CSV file; its delimiter is the one that its first line has most of.

    Raises:
        Invalid: it is none, or has no place.
    """
    text, known = decode(data, encoding)
    header = text.lstrip().split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=header.count)
    if delimiter not in header or "\x00" in text:
        raise Invalid(
            "This is no file we can read: give GeoJSON, GeoPackage, a zipped Shapefile or CSV."
        )
    try:
        lines = list(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Invalid("This file is damaged: save it again, or in another format.") from error
    return _read_lines([line for line in lines if any(line)], known)


def _read_lines(lines: list[list[str]], encoding: str | None) -> Found:
    found = Found(Format.CSV, encoding=encoding)
    names = found.name_columns(lines[0])
    named = [name for name in names if name]
    twice = next((name for name in named if named.count(name) > 1), None)
    if twice is not None:
        raise Invalid("Two columns are called {name}: give one another name.", name=twice)
    where = _find_place(named)
    for name in where.columns:
        del found.columns[name]
    for line in lines[1:]:
        told = dict(zip(names, line, strict=False))
        cells = {name: told[name].strip() or None for name in found.columns if name in told}
        long = len(line) > len(names)
        found.add(cells, _refuse_long if long else partial(where.read, told))
    found.crs = where.crs or _crs_of(lines, names, where)
    if found.crs == DEGREES and not found.is_in_degrees():
        found.crs = ""
    return found


def _refuse_long() -> BaseGeometry:
    raise Invalid("This row has more cells than there are columns.")


def _find_place(names: list[str]) -> _Where:
    for pair, crs in ((_DEGREES, DEGREES), (_METRES, "")):
        columns = tuple(name for known in pair for name in names if name.casefold() in known)
        if len(columns) == 2:
            return _Where(columns, partial(_read_pair, columns), crs)
    for name in names:
        if name.casefold() in _WELL_KNOWN:
            return _Where((name,), partial(_read_text, name))
    raise Invalid("No column says where things are: call them lon and lat, x and y, or wkt.")


def _read_pair(columns: tuple[str, ...], line: Line) -> Point:
    words = [line.get(name, "").strip() for name in columns]
    if not all(_NUMBER.fullmatch(word) for word in words):
        raise Invalid("The columns {columns} must hold a number each.", columns=", ".join(columns))
    x, y = (float(word.replace(",", ".")) for word in words)
    return Point(x, y)


def _read_text(column: str, line: Line) -> BaseGeometry:
    return read_wkt(line.get(column, ""))


def _crs_of(lines: list[list[str]], names: list[str], where: _Where) -> str:
    """What well-known text says in all lines alike, as PostGIS writes it."""
    if len(where.columns) != 1:
        return ""
    at = names.index(where.columns[0])
    said = {found[1] for line in lines[1:] if at < len(line) if (found := WKT.match(line[at]))}
    only = said.pop() if len(said) == 1 else None
    return f"EPSG:{only}" if only else ""
