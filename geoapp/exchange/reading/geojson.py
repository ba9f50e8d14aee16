"""GeoJSON (RFC 7946), strictly: no number that is none, no key twice, nothing deep."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NoReturn

from geoapp.errors import Invalid
from geoapp.exchange.reading.found import DEGREES, UTF_8, Format, Found, decode
from geoapp.exchange.reading.shapes import shape_of

MOST_DEPTH = 40
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.S)
_NO_BRACKET = re.compile(r"[^\[\]{}]+")
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}


def read_geojson(data: bytes) -> Found:
    """The features of a GeoJSON file.

    Raises:
        Invalid: it is none.
    """
    text, _ = decode(data, UTF_8)
    _check_depth(text)
    try:
        loaded = json.loads(text, parse_constant=_refuse, object_pairs_hook=_read_object)
    except (ValueError, RecursionError) as error:
        raise Invalid("This file is damaged: save it again, or in another format.") from error
    found = Found(Format.GEOJSON, crs=_crs_of(loaded))
    for feature in _features_of(loaded):
        cells = dict(_flat(feature.get("properties")))
        found.name_columns(cells)
        found.add(cells, partial(shape_of, feature.get("geometry")))
    if found.crs == DEGREES and not found.is_in_degrees():
        found.crs = ""
    return found


def _check_depth(text: str) -> None:
    depth = 0
    for bracket in _NO_BRACKET.sub("", _STRING.sub("", text)):
        depth += _STEPS[bracket]
        if depth > MOST_DEPTH:
            raise Invalid("The lists in this file lie too deep in each other: save it again.")


def _refuse(word: str) -> NoReturn:
    raise Invalid("The file has {word} for a number: leave it empty there.", word=word)


def _read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Invalid(
            "{name} stands twice in one thing of this file: take one away.", name=twice[:30]
        )
    return read


def _features_of(loaded: Any) -> list[Mapping[str, Any]]:
    kind = loaded.get("type") if isinstance(loaded, dict) else None
    listed = loaded.get("features") if kind == "FeatureCollection" else [loaded]
    if kind not in ("FeatureCollection", "Feature") or not isinstance(listed, list):
        raise Invalid("This JSON file has no features: save the map as GeoJSON.")
    if not all(isinstance(one, dict) for one in listed):
        raise Invalid("This JSON file has no features: save the map as GeoJSON.")
    return listed


def _crs_of(loaded: Any) -> str:
    """What the crs of before RFC 7946 says; a file without is in degrees."""
    if not isinstance(loaded, dict) or "crs" not in loaded:
        return DEGREES
    properties = loaded["crs"].get("properties") if isinstance(loaded["crs"], dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name[:200] if isinstance(name, str) else ""


def _flat(properties: object) -> Iterator[tuple[str, object]]:
    """Properties, and those one step deeper as "details.surface"; a list is left out."""
    for name, value in properties.items() if isinstance(properties, dict) else ():
        if isinstance(value, dict):
            yield from ((f"{name}.{part}", inner) for part, inner in value.items())
        else:
            yield name, value
