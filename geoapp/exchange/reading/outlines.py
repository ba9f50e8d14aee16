"""An outline as people type or paste it: corners line by line, or GeoJSON; and back again."""

import json
import re

import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geoapp.errors import Invalid
from geoapp.exchange.reading.geojson import read_geojson
from geoapp.geo.shapes import MAX_VERTICES

# Degrees to seven places tell a centimetre.
PLACES = 7
MOST_LETTERS = 1_000_000
FIELD = "outline"

_CORNER = re.compile(
    r"([-+]?\d{1,9}(?:\.\d{1,20})?)(?:\s*[,;]\s*|\s+)([-+]?\d{1,9}(?:\.\d{1,20})?)"
)
_FEATURE = '{"type": "Feature", "properties": {}, "geometry": '


def read_outline(words: str) -> BaseGeometry:
    """The shape in lon/lat that somebody typed: "lat, lon" line by line, or GeoJSON pasted. Not
    yet checked to be an outline.

    Raises:
        Invalid: it cannot be read; the message says which line, where it is one.
    """
    text = words.strip()
    if len(text) > MOST_LETTERS:
        raise Invalid("The shape has more than 10,000 corners: simplify it first.", field=FIELD)
    try:
        return _read_pasted(text) if text.startswith("{") else _read_corners(text)
    except Invalid as error:
        raise Invalid(error.message, field=FIELD, **error.values) from None


def write_outline(shape: BaseGeometry) -> str:
    """An outline as `read_outline` reads it: its corners, and GeoJSON where it has parts or holes;
    empty for a pin."""
    if not isinstance(shape, Polygon | MultiPolygon):
        return ""
    parts = shapely.get_parts(shape)
    if len(parts) > 1 or parts[0].interiors:
        return json.dumps(shapely.geometry.mapping(shape))
    corners = list(parts[0].exterior.coords)[:-1]
    return "\n".join(f"{lat:.{PLACES}f}, {lon:.{PLACES}f}" for lon, lat in corners)


def _read_corners(text: str) -> Polygon:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MAX_VERTICES:
        raise Invalid("The shape has more than 10,000 corners: simplify it first.")
    corners = []
    for number, line in enumerate(lines, start=1):
        found = _CORNER.fullmatch(line)
        if found is None:
            raise Invalid(
                "Line {number} is no corner: write its latitude, a comma and its longitude.",
                number=number,
            )
        lat, lon = (float(words) for words in found.groups())
        corners.append((lon, lat))
    if len(set(corners)) < 3:
        raise Invalid("An outline is an area: give three corners or more.")
    return Polygon(corners)


def _read_pasted(text: str) -> BaseGeometry:
    """One feature, a collection of one, or a bare geometry: all three are GeoJSON (RFC 7946)."""
    is_geometry = re.search(r'"type"\s*:\s*"Feature', text) is None
    found = read_geojson((f"{_FEATURE}{text}}}" if is_geometry else text).encode())
    if len(found.shapes) != 1:
        raise Invalid("Paste the outline of one thing alone.")
    (shape,) = found.shapes
    if shape is None:
        raise found.faults[0]
    return shape
