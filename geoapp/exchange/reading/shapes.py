"""Shapes as files write them: coordinates of GeoJSON, WKB and WKT. Points and areas alone."""

import re
import struct
from collections.abc import Callable, Mapping
from typing import Any

import shapely
from shapely import MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geoapp.errors import Invalid

WKT = re.compile(r"\s*(?:SRID=(\d{1,6});)?\s*((?:POINT|POLYGON|MULTIPOLYGON)\b.*)", re.I | re.S)
# OGC 06-103r4, 8.2.4; the thousands tell of Z and M, and so do the high bits of PostGIS.
WKB_KINDS = {1, 3, 6}
WKB_HIGH_BITS = 0x0FFFFFFF


def shape_of(geometry: object) -> BaseGeometry:
    """The shape of a GeoJSON geometry (RFC 7946, 3.1), in the file's own coordinates.

    Raises:
        Invalid: it has none, is no place, or its coordinates are not right.
    """
    if geometry is None:
        raise Invalid("The shape is empty: give a point or an area.")
    if not isinstance(geometry, Mapping):
        raise Invalid("The shape of this row cannot be read.")
    kind = str(geometry.get("type"))[:30]
    make = _MAKERS.get(kind)
    if make is None:
        raise Invalid("A place must be a point or an area, not a {kind}.", kind=kind)
    return make(geometry.get("coordinates"))


def read_wkb(data: bytes) -> BaseGeometry:
    """The shape of well-known binary.

    Raises:
        Invalid: it is no point or area, or is damaged.
    """
    if len(data) < 5 or data[0] not in (0, 1):
        raise Invalid("The shape of this row cannot be read.")
    (kind,) = struct.unpack("<I" if data[0] else ">I", data[1:5])
    if (kind & WKB_HIGH_BITS) % 1000 not in WKB_KINDS:
        raise Invalid("A place must be a point or an area.")
    return shapely.from_wkb(data)


def read_wkt(words: str) -> BaseGeometry:
    """The shape of well-known text, with or without an SRID before it.

    Raises:
        Invalid: it is no point or area.
    """
    found = WKT.fullmatch(words)
    if found is None:
        raise Invalid("A place must be a point or an area.")
    return shapely.from_wkt(found[2])


def _point(position: object) -> Point:
    return Point(_position(position))


def _polygon(rings: object) -> Polygon:
    outer, *holes = [_ring(ring) for ring in _list(rings)] or [[]]
    return Polygon(outer, holes)


def _multipolygon(polygons: object) -> MultiPolygon:
    return MultiPolygon([_polygon(rings) for rings in _list(polygons)])


_MAKERS: Mapping[str, Callable[[object], BaseGeometry]] = {
    "Point": _point,
    "Polygon": _polygon,
    "MultiPolygon": _multipolygon,
}


def _ring(positions: object) -> list[tuple[float, float]]:
    ring = [_position(position) for position in _list(positions)]
    if len(ring) < 4 or ring[0] != ring[-1]:
        raise Invalid("A ring of the shape is not closed: its last point must be its first.")
    return ring


def _position(position: object) -> tuple[float, float]:
    numbers = _list(position)[:2]
    if len(numbers) < 2 or not all(type(number) in (int, float) for number in numbers):
        raise Invalid("The shape has a coordinate that is not a number.")
    try:
        return float(numbers[0]), float(numbers[1])
    except OverflowError:
        raise Invalid("The shape has a coordinate that is not a number.") from None


def _list(value: object) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise Invalid("The shape of this row cannot be read.")
    return list(value)
