"""The gaps of a district on a map drawn by the server: ground under three patterns, and what stands
there as dots.

Squares of one answer are joined and smoothed, and cut to each buurt: a buurt has a field of an
answer where, and only where, it has squares of that answer."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from geoapp.areas.queries import Outline, outlines_in
from geoapp.areas.rules import Level
from geoapp.coverage.gaps.findings import Finding
from geoapp.coverage.gaps.questions import PLATFORM
from geoapp.coverage.gaps.worlds import SQUARE_M, Nearness, Thing
from geoapp.districts.queries import Place
from geoapp.geo.crs import LONLAT, WEB_MERCATOR, transform_point, transform_shape
from geoapp.web import gap_words
from geoapp.web.drawn_map import DrawnMap, Frame, Pin, draw_field, draw_map, fit_frame

Bools = NDArray[np.bool_]
SIZES = ((328, 378), (744, 856))
# Squares make stairs; so far, in metres, a border may be moved to be read.
STAIRS_M, ROUND_M = 75, 40
# A buurt of which so much has squares has homes all over.
ALL_OVER = 0.85
DOT_PX = 10


@dataclass(frozen=True)
class Ground:
    """The part of a buurt that has one answer: its shape (lon/lat), and how many squares."""

    slug: str
    answer: Nearness
    squares: int
    shape: BaseGeometry


@dataclass(frozen=True)
class Field:
    """The same on screen: SVG path data; `css` is its pattern."""

    slug: str
    css: str
    squares: int
    d: str


@dataclass(frozen=True)
class Dot:
    """A thing on screen; `css` says what of it."""

    x: float
    y: float
    css: str


@dataclass(frozen=True)
class GapMap:
    """A drawn map with its fields and dots; `land_d` is all ground of the district."""

    drawn: DrawnMap
    land_d: str
    fields: tuple[Field, ...]
    dots: tuple[Dot, ...]


def draw_gaps(session: Session, finding: Finding) -> list[GapMap]:
    """The map twice: for a phone and for a wide screen; none where nobody drew the district."""
    slugs = {line.slug for line in finding.lines}
    canvas = _prepare(session, finding.place, slugs)
    if canvas is None:
        return []
    grounds = list(find_grounds(finding, canvas.outlines))
    pins = [] if finding.question.kind == PLATFORM else make_pins(finding)
    patches = [
        Patch(one.slug, gap_words.CSS[one.answer], one.squares, one.shape) for one in grounds
    ]
    return _draw(canvas, patches, pins)


def draw_grounds(session: Session, place: Place, css: Mapping[str, str]) -> list[GapMap]:
    """Each of these buurten, by its slug, under one pattern."""
    canvas = _prepare(session, place, set(css))
    if canvas is None:
        return []
    patches = [
        Patch(
            one.slug, css[one.slug], 1, transform_shape(one.shape.buffer(0), WEB_MERCATOR, LONLAT)
        )
        for one in canvas.outlines
        if one.level is Level.BUURT
    ]
    return _draw(canvas, patches, [])


@dataclass(frozen=True)
class Patch:
    """Ground (lon/lat) under a pattern: that of a buurt, and how many squares."""

    slug: str
    css: str
    squares: int
    shape: BaseGeometry


@dataclass(frozen=True)
class _Canvas:
    """Two frames, and what can be seen in the larger."""

    frames: tuple[Frame, ...]
    outlines: tuple[Outline, ...]


def _prepare(session: Session, place: Place, slugs: Collection[str]) -> _Canvas | None:
    if place.bounds is None:
        return None
    frames = tuple(fit_frame(place.bounds, width=w, height=h) for w, h in SIZES)
    return _Canvas(frames, tuple(read_outlines(session, frames[-1], slugs)))


def read_outlines(session: Session, frame: Frame, slugs: Collection[str]) -> list[Outline]:
    """The wijken that can be seen, and these buurten."""
    found = outlines_in(session, box=frame.box(), tolerance_m=frame.tolerance_m())
    return [one for one in found if one.level is Level.WIJK or one.slug in slugs]


def find_grounds(finding: Finding, outlines: Sequence[Outline]) -> Iterator[Ground]:
    """Of each buurt with homes the parts by answer."""
    shapes = {
        one.slug: transform_shape(one.shape.buffer(0), WEB_MERCATOR, finding.world.srid)
        for one in outlines
        if one.level is Level.BUURT
    }
    near = _smooth(_join(finding, finding.answers == Nearness.NEAR))
    for index, line in enumerate(finding.lines):
        here = finding.world.ground_of == index
        counts = {one: int(np.sum(here & (finding.answers == one))) for one in Nearness}
        if line.slug not in shapes or not any(counts.values()):
            continue
        land = _find_homes(finding, here, shapes[line.slug])
        parts = _split(land, near, counts)
        if parts is None:
            mine = here & (finding.answers == Nearness.NEAR)
            parts = _split(land, _join(finding, mine), counts) or {}
        for answer, shape in parts.items():
            lonlat = transform_shape(shape, finding.world.srid, LONLAT)
            yield Ground(line.slug, answer, counts[answer], lonlat)


def _split(
    land: BaseGeometry, near: BaseGeometry, counts: Mapping[Nearness, int]
) -> dict[Nearness, BaseGeometry] | None:
    """The ground of each answer there is; None where smoothing has left nothing of one."""
    answers = [one for one in Nearness if counts[one]]
    if len(answers) == 1:
        return {answers[0]: land}
    found = {
        Nearness.NEAR: land.intersection(near),
        Nearness.FAR: land.difference(near),
    }
    return None if any(shape.area < 1 for shape in found.values()) else found


def _find_homes(finding: Finding, here: Bools, buurt: BaseGeometry) -> BaseGeometry:
    squares = _join(finding, here)
    if squares.intersection(buurt).area >= ALL_OVER * buurt.area:
        return buurt
    homes = _smooth(squares).intersection(buurt)
    return homes if homes.area >= 1 else buurt


def _join(finding: Finding, chosen: Bools) -> BaseGeometry:
    """These squares as one shape; one at a border, which stands there twice, once."""
    squares = np.column_stack([finding.columns[chosen], finding.rows[chosen]])
    if not len(squares):
        return MultiPolygon()
    west, south = (np.unique(squares, axis=0) * SQUARE_M).T
    boxes = shapely.box(west, south, west + SQUARE_M, south + SQUARE_M)
    # Squares of a grid never lie over one another.
    whole: BaseGeometry = shapely.coverage_union_all(boxes)
    return whole


def _smooth(shape: BaseGeometry) -> BaseGeometry:
    straight = shape.simplify(STAIRS_M)
    return straight.buffer(ROUND_M).buffer(-2 * ROUND_M).buffer(ROUND_M)


def make_pins(finding: Finding) -> list[Pin]:
    """The things that stand there (lon/lat); the symbol says whether it is closed."""
    return [_make_pin(thing, finding.world.srid) for thing in finding.world.things]


def _make_pin(thing: Thing, srid: int) -> Pin:
    spot = thing.shape.representative_point()
    lon, lat = transform_point(spot.x, spot.y, srid, LONLAT)
    css = "stands" if thing.counts else "closed"
    return Pin(lon, lat, css, is_report=False, is_example=thing.is_example)


def _draw(canvas: _Canvas, patches: Sequence[Patch], pins: Sequence[Pin]) -> list[GapMap]:
    wijken = [one.shape.buffer(0) for one in canvas.outlines if one.level is Level.WIJK]
    buurten = [one.shape.buffer(0) for one in canvas.outlines if one.level is Level.BUURT]
    land = transform_shape(shapely.union_all(wijken or buurten), WEB_MERCATOR, LONLAT)
    return [_draw_one(frame, canvas.outlines, land, patches, pins) for frame in canvas.frames]


def _draw_one(
    frame: Frame,
    outlines: Sequence[Outline],
    land: BaseGeometry,
    patches: Sequence[Patch],
    pins: Sequence[Pin],
) -> GapMap:
    drawn = draw_map(frame, outlines=outlines, pins=pins, pin_px=DOT_PX)
    return GapMap(
        drawn=drawn,
        land_d=draw_field(frame, "", land).d,
        fields=tuple(
            Field(one.slug, one.css, one.squares, draw_field(frame, "", one.shape).d)
            for one in patches
        ),
        dots=tuple(
            Dot(pin.x, pin.y, f"{pin.symbol}{' example' if pin.is_example else ''}")
            for pin in drawn.pins
        ),
    )
