"""Coordinate systems: the only room that knows EPSG numbers or pyproj.

RD New is used without the RDNAPTRANS grid: off by up to 0.205 m, which no use here can notice
(cells are 25 m, maps are drawn at 0.6 m a pixel or coarser).
"""

import math
from functools import lru_cache

import numpy as np
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

LONLAT = 4326
WEB_MERCATOR = 3857

MERCATOR_LIMIT_LAT = 85.0511287798066
EARTH_CIRCUMFERENCE_M = 2 * math.pi * 6378137.0
CELL_M = 25


@lru_cache(maxsize=32)
def _transformer(from_srid: int, to_srid: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(from_srid, to_srid, always_xy=True)


def transform_shape(shape: BaseGeometry, from_srid: int, to_srid: int) -> BaseGeometry:
    """`shape` in another coordinate system; axis order is always x (east), y (north)."""
    transformer = _transformer(from_srid, to_srid)

    def transform_array(xy: np.ndarray) -> np.ndarray:
        x, y = transformer.transform(xy[:, 0], xy[:, 1])
        return np.column_stack([x, y])

    return shapely.transform(shape, transform_array)


def transform_point(x: float, y: float, from_srid: int, to_srid: int) -> tuple[float, float]:
    """One point, x (east) and y (north) in and out."""
    result = _transformer(from_srid, to_srid).transform(x, y)
    return float(result[0]), float(result[1])


def cell_of(lon: float, lat: float, metric_srid: int) -> tuple[int, int]:
    """Column and row of the 25 m cell of the district's metric grid that holds the point."""
    x, y = transform_point(lon, lat, LONLAT, metric_srid)
    return math.floor(x / CELL_M), math.floor(y / CELL_M)


def cell_centre(cell_x: int, cell_y: int, metric_srid: int) -> tuple[float, float]:
    """Longitude and latitude of the middle of a 25 m cell, to 7 decimals (1 cm)."""
    lon, lat = transform_point(
        (cell_x + 0.5) * CELL_M, (cell_y + 0.5) * CELL_M, metric_srid, LONLAT
    )
    return round(lon, 7), round(lat, 7)


def check_lonlat(lon: float, lat: float) -> bool:
    """True where the pair is a finite place on earth. Says nothing about swapped axes."""
    return math.isfinite(lon) and math.isfinite(lat) and -180 <= lon <= 180 and -90 <= lat <= 90
