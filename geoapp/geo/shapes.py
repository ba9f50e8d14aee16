"""Shapes: reading, checking and measuring plain geometry (lon/lat unless said otherwise)."""

import math

import numpy as np
import shapely
from shapely import MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geoapp.errors import Invalid
from geoapp.geo.crs import LONLAT, transform_shape

MAX_VERTICES = 10_000


def check_shape(shape: BaseGeometry | None) -> BaseGeometry:
    """`shape` itself when it can be stored; never repaired (see DECISIONS.md).

    Raises:
        Invalid: empty, too many vertices, not finite, outside the earth, or not simple; the
            message names what is wrong and where.
    """
    if shape is None or shape.is_empty:
        raise Invalid("The shape is empty: give a point or an area.")
    if shapely.get_num_coordinates(shape) > MAX_VERTICES:
        raise Invalid("The shape has more than 10,000 corners: simplify it first.")
    coordinates = shapely.get_coordinates(shape)
    if not np.isfinite(coordinates).all():
        raise Invalid("The shape has a coordinate that is not a number.")
    if (np.abs(coordinates[:, 0]) > 180).any() or (np.abs(coordinates[:, 1]) > 90).any():
        raise Invalid("Coordinates must be longitude and latitude in degrees.")
    if not shape.is_valid:
        raise Invalid("The shape is not right: {reason}.", reason=shapely.is_valid_reason(shape))
    return shapely.force_2d(shape)


def as_multipolygon(shape: BaseGeometry) -> MultiPolygon:
    """A polygon or multipolygon as multipolygon.

    Raises:
        Invalid: it is no area.
    """
    if isinstance(shape, MultiPolygon):
        return shape
    if isinstance(shape, Polygon):
        return MultiPolygon([shape])
    raise Invalid("An area must be a polygon, not a {kind}.", kind=shape.geom_type)


def as_place(shape: BaseGeometry) -> BaseGeometry:
    """A point or an area, as an asset may have.

    Raises:
        Invalid: it is something else.
    """
    if isinstance(shape, Point | Polygon | MultiPolygon):
        return shape
    raise Invalid("A place must be a point or an area, not a {kind}.", kind=shape.geom_type)


def keep_largest(shape: MultiPolygon) -> MultiPolygon:
    """`shape` without holes, then without its smallest parts, as far as it has too many corners to
    be stored."""
    if shapely.get_num_coordinates(shape) <= MAX_VERTICES:
        return shape
    parts = sorted((Polygon(part.exterior) for part in shape.geoms), key=lambda part: -part.area)
    corners = np.cumsum([shapely.get_num_coordinates(part) for part in parts])
    fitting = [part for part, so_far in zip(parts, corners, strict=True) if so_far <= MAX_VERTICES]
    return as_multipolygon(shapely.union_all(fitting))


def spread_area(shapes: list[BaseGeometry], *, spread_m: float, metric_srid: int) -> MultiPolygon:
    """Union of `shapes` (lon/lat), made `spread_m` metres wider and simplified to 2 m."""
    metric = [transform_shape(shape, LONLAT, metric_srid) for shape in shapes]
    wider = shapely.union_all(metric).buffer(spread_m, quad_segs=6).simplify(2)
    return as_multipolygon(transform_shape(wider, metric_srid, LONLAT))


def choose_tints(shapes: list[BaseGeometry], *, count: int = 4) -> list[int]:
    """A tint 0..count-1 per shape such that touching shapes differ where `count` allows it.

    Greedy by number of neighbours, then by position: the same input gives the same tints.
    """
    touching = [
        [j for j, other in enumerate(shapes) if i != j and shape.distance(other) < 1e-6]
        for i, shape in enumerate(shapes)
    ]
    tints = [-1] * len(shapes)
    for i in sorted(range(len(shapes)), key=lambda k: (-len(touching[k]), k)):
        taken = [tints[j] for j in touching[i]]
        tints[i] = min(range(count), key=lambda tint: (taken.count(tint), tint))
    return tints


def zoom_to_fit(bounds: tuple[float, float, float, float], *, width_px: int = 700) -> int:
    """The zoom (10 to 17) at which bounds (west, south, east, north) fill about `width_px`."""
    west, south, east, north = bounds
    span = max(east - west, (north - south) / math.cos(math.radians((south + north) / 2)), 1e-6)
    return max(10, min(17, math.floor(math.log2(360 * width_px / (256 * span)))))
