"""A map drawn as SVG by the server: for pages without JavaScript, small maps and print.

Works in Web Mercator; `metres_per_px` are metres on the ground at the map's middle.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geoapp.areas.queries import Box, Outline
from geoapp.areas.rules import Level
from geoapp.geo.crs import LONLAT, WEB_MERCATOR, transform_point, transform_shape

TINTS = "abcd"
MARGIN_PX = 24
PIN_PX = 32
SCALES_M = (50, 100, 200, 500, 1000, 2000)


@dataclass(frozen=True)
class Frame:
    """What a drawn map shows: its middle (lon, lat), scale and size on screen."""

    lon: float
    lat: float
    metres_per_px: float
    width: int
    height: int

    @cached_property
    def _middle(self) -> tuple[float, float]:
        """The middle in Web Mercator."""
        return transform_point(self.lon, self.lat, LONLAT, WEB_MERCATOR)

    @cached_property
    def _unit(self) -> float:
        """Web-Mercator metres a pixel."""
        return self.metres_per_px / math.cos(math.radians(self.lat))

    def box(self) -> Box:
        """The lon/lat box of the map with its margin."""
        x, y = self._middle
        across = (self.width / 2 + MARGIN_PX) * self._unit
        down = (self.height / 2 + MARGIN_PX) * self._unit
        west, south = transform_point(x - across, y - down, WEB_MERCATOR, LONLAT)
        east, north = transform_point(x + across, y + down, WEB_MERCATOR, LONLAT)
        return west, south, east, north

    def tolerance_m(self) -> float:
        """Half a pixel, in Web-Mercator metres: what need not be drawn."""
        return self._unit / 2

    def to_px(self, x: float, y: float) -> tuple[float, float]:
        """A Web-Mercator point on screen, from the top left."""
        middle_x, middle_y = self._middle
        return (
            round(self.width / 2 + (x - middle_x) / self._unit, 1),
            round(self.height / 2 - (y - middle_y) / self._unit, 1),
        )

    def lonlat_to_px(self, lon: float, lat: float) -> tuple[float, float]:
        """A lon/lat point on screen."""
        return self.to_px(*transform_point(lon, lat, LONLAT, WEB_MERCATOR))


def fit_frame(bounds: Box, *, width: int, height: int) -> Frame:
    """A frame that shows all of `bounds` (lon/lat) with some air round it."""
    west, south, east, north = bounds
    lat = (south + north) / 2
    metres = 111_320.0
    across = (east - west) * metres * math.cos(math.radians(lat))
    down = (north - south) * metres
    scale = max(across / (width - 40), down / (height - 40), 0.3)
    return Frame((west + east) / 2, lat, scale, width, height)


@dataclass(frozen=True)
class Pin:
    """Something to point at; `is_report` draws a disc, else a tile. `words` stand in it instead of
    a symbol: a number."""

    lon: float
    lat: float
    symbol: str
    is_report: bool
    is_example: bool
    words: str = ""


def mark_spot(lon: float, lat: float) -> Pin:
    """A gold disc at a spot that was asked about."""
    return Pin(lon, lat, "here", is_report=False, is_example=False)


@dataclass(frozen=True)
class PlacedPin:
    """A pin on screen."""

    x: float
    y: float
    symbol: str
    is_report: bool
    is_example: bool
    words: str


@dataclass(frozen=True)
class Wijk:
    """A tinted area on screen: SVG path data, and that of its quiet parts."""

    d: str
    tint: str
    quiet_d: str


@dataclass(frozen=True)
class Label:
    """A name on screen."""

    x: float
    y: float
    words: str
    css: str


@dataclass(frozen=True)
class Dots:
    """Many spots at once, without a symbol: SVG path data of strokes without length."""

    css: str
    d: str


@dataclass(frozen=True)
class Field:
    """Ground under a pattern: `css` tells which, `d` is SVG path data."""

    css: str
    d: str


@dataclass(frozen=True)
class DrawnMap:
    """Everything a template needs to write the SVG; no more thinking there."""

    width: int
    height: int
    wijken: tuple[Wijk, ...]
    buurten_d: str
    grid_d: str
    chosen_d: str
    pins: tuple[PlacedPin, ...]
    labels: tuple[Label, ...]
    scale_px: float
    scale_words: str
    dots: tuple[Dots, ...] = ()
    fields: tuple[Field, ...] = ()


def draw_map(
    frame: Frame,
    *,
    outlines: Sequence[Outline],
    pins: Sequence[Pin],
    chosen: BaseGeometry | None = None,
    pin_px: int = PIN_PX,
) -> DrawnMap:
    """Draw a map; `chosen` (lon/lat) gets a stronger edge. No name stands in the `pin_px` of a
    pin."""
    wijken = [outline for outline in outlines if outline.level is Level.WIJK]
    buurten = [outline for outline in outlines if outline.level is Level.BUURT]
    quiet = [_clip(frame, outline.shape) for outline in buurten if outline.is_quiet]
    placed = tuple(_place_pin(frame, pin) for pin in pins)
    scale_m = _scale_m(frame)
    return DrawnMap(
        width=frame.width,
        height=frame.height,
        wijken=tuple(_draw_wijk(frame, outline, quiet) for outline in wijken),
        buurten_d="".join(_path(frame, _clip(frame, outline.shape)) for outline in buurten),
        grid_d=_grid(frame),
        chosen_d=""
        if chosen is None
        else _path(frame, _clip(frame, transform_shape(chosen, LONLAT, WEB_MERCATOR))),
        pins=placed,
        labels=_place_labels(
            frame, wijken if frame.metres_per_px > 4 else buurten, placed, half=pin_px / 2
        ),
        scale_px=round(scale_m / frame.metres_per_px, 1),
        scale_words=f"{scale_m} m" if scale_m < 1000 else f"{scale_m // 1000} km",
    )


def draw_field(frame: Frame, css: str, shape: BaseGeometry) -> Field:
    """A shape (lon/lat) under a pattern."""
    return Field(css, _path(frame, _clip(frame, transform_shape(shape, LONLAT, WEB_MERCATOR))))


def _window(frame: Frame) -> Polygon:
    west, south, east, north = frame.box()
    left, bottom = transform_point(west, south, LONLAT, WEB_MERCATOR)
    right, top = transform_point(east, north, LONLAT, WEB_MERCATOR)
    return shapely.box(left, bottom, right, top)


def _clip(frame: Frame, shape: BaseGeometry) -> BaseGeometry:
    # A drawing tolerates what a store must not: buffer(0) only mends simplified rings on screen.
    return shape.buffer(0).intersection(_window(frame))


def _path(frame: Frame, shape: BaseGeometry) -> str:
    parts = []
    for polygon in _polygons(shape):
        for ring in (polygon.exterior, *polygon.interiors):
            points = [frame.to_px(x, y) for x, y in ring.coords[:-1]]
            parts.append("M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z")
    return "".join(parts)


def _polygons(shape: BaseGeometry) -> list[Polygon]:
    if isinstance(shape, Polygon):
        return [] if shape.is_empty else [shape]
    if isinstance(shape, MultiPolygon):
        return list(shape.geoms)
    return [part for part in getattr(shape, "geoms", []) if isinstance(part, Polygon)]


def _draw_wijk(frame: Frame, outline: Outline, quiet: Sequence[BaseGeometry]) -> Wijk:
    shape = _clip(frame, outline.shape)
    inside = [
        part for part in quiet if not part.is_empty and shape.contains(part.representative_point())
    ]
    return Wijk(
        d=_path(frame, shape),
        tint=TINTS[outline.tint or 0],
        quiet_d="".join(_path(frame, part) for part in inside),
    )


def _grid(frame: Frame) -> str:
    step = 100 / frame.metres_per_px
    if step < 18:
        return ""
    columns = range(1, int(frame.width / step) + 1)
    rows = range(1, int(frame.height / step) + 1)
    return "".join(f"M{i * step:.1f} 0V{frame.height}" for i in columns) + "".join(
        f"M0 {i * step:.1f}H{frame.width}" for i in rows
    )


def _place_pin(frame: Frame, pin: Pin) -> PlacedPin:
    x, y = frame.lonlat_to_px(pin.lon, pin.lat)
    return PlacedPin(x, y, pin.symbol, pin.is_report, pin.is_example, pin.words)


def _place_labels(
    frame: Frame, outlines: Sequence[Outline], pins: Sequence[PlacedPin], *, half: float
) -> tuple[Label, ...]:
    taken = [(pin.x - half, pin.y - half, pin.x + half, pin.y + half) for pin in pins]
    labels = []
    for outline in outlines:
        shape = _clip(frame, outline.shape)
        if shape.is_empty:
            continue
        x, y = frame.to_px(*shape.representative_point().coords[0])
        reach = len(outline.name) * 3.6
        box = (x - reach, y - 12, x + reach, y + 6)
        inside = box[0] > 2 and box[2] < frame.width - 2 and 12 < y < frame.height - 26
        if inside and not any(_overlap(box, other) for other in taken):
            taken.append(box)
            css = "lw" if outline.level is Level.WIJK else "lb lq" if outline.is_quiet else "lb"
            labels.append(Label(x, y, outline.name, css))
    return tuple(labels)


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _scale_m(frame: Frame) -> int:
    fitting = [scale for scale in SCALES_M if scale / frame.metres_per_px <= frame.width / 4]
    return fitting[-1] if fitting else SCALES_M[0]
