"""What placing a thing goes by, pure: the next name of a row, how far it moved, its outline."""

import math
import re

import shapely
from shapely import MultiPolygon, Point, Polygon, affinity, box
from shapely.geometry.base import BaseGeometry

from geoapp.assets.rules import PLAY_KINDS, Aspect, Kind, PhysicalStatus
from geoapp.errors import Invalid
from geoapp.geo.crs import LONLAT, transform_point, transform_shape
from geoapp.geo.shapes import check_shape

MOST_NAME_LETTERS = 120
MOST_NOTE_LETTERS = 120
MOST_DETAIL_LETTERS = 120
# Things of a kind that stand this near may be one thing, put on the map twice.
TWIN_M = 10.0
# An outline this far from its pin belongs to another thing, or has a wrong number in it.
MOST_FROM_PIN_M = 500.0

# What is drawn with an outline; all else is a pin.
DRAWN_KINDS = PLAY_KINDS
# What can be said of a thing that is new: it stands there, or is to come.
FIRST_STATUSES = (PhysicalStatus.IN_USE, PhysicalStatus.PLANNED)
USUAL_COVERS = (Aspect.OPERATION,)
# The few details that are asked at once, by kind; the size comes from the outline.
ASKED: dict[Kind, tuple[str, ...]] = {
    Kind.CABINET: ("material", "sided"),
    Kind.PLAYGROUND: ("surface", "fence"),
    Kind.SPORT_COURT: ("sport", "surface", "light"),
    Kind.BENCH: ("material",),
    Kind.BIN: ("volume_l",),
    Kind.SIGN: ("text",),
}

_NUMBERED = re.compile(r"(.*\D) ?(\d{1,2})", re.S)
_HOW_FAR = re.compile(r"\d{1,7} m(\. .*)?", re.S)
_SPOT = re.compile(r"\[(\S+) (\S+)\]")


def count_up(name: str) -> str:
    """The name of one more of the same: "Case 2" after "Case", "Case 10" after "Case 9"."""
    found = _NUMBERED.fullmatch(name)
    if found is None:
        return f"{name} 2"
    return f"{found[1].rstrip()} {int(found[2]) + 1}"


def write_how_far(metres: float, why: str) -> str:
    """How far something moved and why, as the history keeps it for all languages: "35 m. Why"."""
    far = f"{max(1, round(metres))} m"
    return f"{far}. {why}" if why else far


def is_how_far(note: str) -> bool:
    """Whether a note is one of `write_how_far`; those of before say it in words of their own."""
    return _HOW_FAR.fullmatch(note) is not None


def measure_m(start: Point, end: Point, *, metric_srid: int) -> float:
    """Metres between two lon/lat points."""
    here, there = (transform_point(spot.x, spot.y, LONLAT, metric_srid) for spot in (start, end))
    return math.dist(here, there)


def measure_area_m2(shape: BaseGeometry, *, metric_srid: int) -> float:
    """Square metres within a lon/lat area."""
    return float(transform_shape(shape, LONLAT, metric_srid).area)


def shift_shape(shape: BaseGeometry, pin: Point, to: Point, *, metric_srid: int) -> BaseGeometry:
    """A thing as it stands when its pin has moved `to`: an outline keeps its form and size."""
    if isinstance(shape, Point):
        return to
    (x, y), (to_x, to_y) = (
        transform_point(spot.x, spot.y, LONLAT, metric_srid) for spot in (pin, to)
    )
    metric = transform_shape(shape, LONLAT, metric_srid)
    moved = affinity.translate(metric, to_x - x, to_y - y)
    return transform_shape(moved, metric_srid, LONLAT)


def check_outline(
    shape: BaseGeometry, *, bounds: tuple[float, float, float, float]
) -> BaseGeometry:
    """`shape` when it can be the outline of a thing; never repaired. `bounds` are its district's.

    Raises:
        Invalid: no area, too many corners, a line that crosses itself (the message says where), or
            latitude and longitude the wrong way round.
    """
    if not isinstance(shape, Polygon | MultiPolygon):
        raise Invalid("An outline is an area: give three corners or more.", field="outline")
    try:
        checked = check_shape(shape)
    except Invalid as error:
        raise _name_spot(error) from None
    if _is_turned(checked, bounds):
        raise Invalid("lat and lon are the wrong way round: swap them.", field="outline")
    return checked


def _name_spot(error: Invalid) -> Invalid:
    """The fault with its place as people write one, where the reader of shapes tells it."""
    spot = _SPOT.search(str(error.values.get("reason", "")))
    if spot is None:
        return Invalid(error.message, field="outline", **error.values)
    lon, lat = (float(number) for number in spot.groups())
    return Invalid(
        "The line crosses or touches itself at {lat}, {lon}: move a corner there.",
        field="outline",
        lat=f"{lat:.6f}",
        lon=f"{lon:.6f}",
    )


def _is_turned(shape: BaseGeometry, bounds: tuple[float, float, float, float]) -> bool:
    within = box(*bounds)
    turned = shapely.transform(shape, lambda pairs: pairs[:, ::-1])
    return not within.intersects(shape) and within.intersects(turned)
