"""Small maps of one spot or one area, drawn for a phone and for a wide screen."""

from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from geoapp.areas.queries import Box, outlines_in
from geoapp.web.drawn_map import DrawnMap, Frame, Pin, draw_map, fit_frame


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
    frames = [
        fit_frame(bounds, width=328, height=300),
        fit_frame(bounds, width=560, height=460),
    ]
    box = frames[1].box()
    wide = frames[0].box()
    both = (min(box[0], wide[0]), min(box[1], wide[1]), max(box[2], wide[2]), max(box[3], wide[3]))
    outlines = outlines_in(session, box=both, tolerance_m=frames[1].tolerance_m())
    return [draw_map(frame, outlines=outlines, pins=pins, chosen=shape) for frame in frames]
