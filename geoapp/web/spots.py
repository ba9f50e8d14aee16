"""Small maps of one spot, one area or many spots, drawn for a phone and for a wide screen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from geoapp.areas.queries import Box, outlines_in
from geoapp.web.drawn_map import Dots, DrawnMap, Frame, Pin, draw_field, draw_map, fit_frame

# About 150 m of air round what may be one spot alone.
_AIR = 0.0015


@dataclass(frozen=True)
class Dot:
    """One of many spots (lon, lat); `css` tells its sort."""

    lon: float
    lat: float
    css: str


def draw_spot(session: Session, pin: Pin) -> list[DrawnMap]:
    """A spot drawn twice: small for a phone, large for a wide screen."""
    wide = Frame(pin.lon, pin.lat, 3.2, 488, 430)
    outlines = outlines_in(session, box=wide.box(), tolerance_m=wide.tolerance_m())
    small = Frame(pin.lon, pin.lat, 4.0, 328, 200)
    return [draw_map(frame, outlines=outlines, pins=[pin]) for frame in (small, wide)]


def draw_area(
    session: Session, bounds: Box, shape: BaseGeometry | None, pins: list[Pin]
) -> list[DrawnMap]:
    """An area drawn twice: small for a phone, large for a wide screen; its edge, if given."""
    frames = _fit_frames(bounds)
    box = frames[1].box()
    wide = frames[0].box()
    both = (min(box[0], wide[0]), min(box[1], wide[1]), max(box[2], wide[2]), max(box[3], wide[3]))
    outlines = outlines_in(session, box=both, tolerance_m=frames[1].tolerance_m())
    return [draw_map(frame, outlines=outlines, pins=pins, chosen=shape) for frame in frames]


def draw_fields(
    session: Session, bounds: Box, fields: Sequence[tuple[str, BaseGeometry]]
) -> list[DrawnMap]:
    """Ground under patterns (of each its sort and its shape in lon/lat), drawn twice."""
    maps = draw_area(session, bounds, None, [])
    return [
        replace(drawn, fields=tuple(draw_field(frame, css, shape) for css, shape in fields))
        for frame, drawn in zip(_fit_frames(bounds), maps, strict=True)
    ]


def draw_dots(session: Session, dots: Sequence[Dot]) -> list[DrawnMap]:
    """Many spots drawn twice, as dots, on a map that holds all of them."""
    lons, lats = [dot.lon for dot in dots], [dot.lat for dot in dots]
    bounds = (min(lons) - _AIR, min(lats) - _AIR, max(lons) + _AIR, max(lats) + _AIR)
    maps = draw_area(session, bounds, None, [])
    return [
        replace(drawn, dots=_group_dots(frame, dots))
        for frame, drawn in zip(_fit_frames(bounds), maps, strict=True)
    ]


def _fit_frames(bounds: Box) -> tuple[Frame, Frame]:
    return (
        fit_frame(bounds, width=328, height=300),
        fit_frame(bounds, width=560, height=460),
    )


def _group_dots(frame: Frame, dots: Sequence[Dot]) -> tuple[Dots, ...]:
    parts: dict[str, list[str]] = {}
    for dot in dots:
        x, y = frame.lonlat_to_px(dot.lon, dot.lat)
        parts.setdefault(dot.css, []).append(f"M{x:g} {y:g}h0")
    return tuple(Dots(css, "".join(found)) for css, found in parts.items())
