"""Coordinate systems: the only room that knows EPSG numbers or pyproj.

RD New is used without the RDNAPTRANS grid: off by up to 0.205 m, which no use here can notice
(cells are 25 m, maps are drawn at 0.6 m a pixel or coarser).
"""

import math
import re
from functools import lru_cache

import numpy as np
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

LONLAT = 4326
WEB_MERCATOR = 3857

# What a register may be in, most likely first, as people call it.
KNOWN = {
    LONLAT: "WGS 84 (longitude, latitude)",
    28992: "RD (Amersfoort / RD New)",
    WEB_MERCATOR: "Web Mercator",
    25831: "ETRS89 / UTM 31N",
    25832: "ETRS89 / UTM 32N",
}
# The last code of an authority: in a URN, an address, or at the end of well-known text.
_CODE = re.compile(r"EPSG\W{1,5}(?:[\d.]{1,8}\W{1,5})?(\d{4,6})\W{0,9}$", re.I)
_NAME = re.compile(r'\s*(?:PROJCS|GEOGCS)\["([^"]{1,80})"')
# What well-known text without codes calls them, as Esri writes it.
_NAMES = {
    "gcs_wgs_1984": LONLAT,
    "wgs 84": LONLAT,
    "rd_new": 28992,
    "amersfoort_rd_new": 28992,
    "amersfoort / rd new": 28992,
    "wgs_1984_web_mercator_auxiliary_sphere": WEB_MERCATOR,
    "etrs_1989_utm_zone_31n": 25831,
    "etrs_1989_utm_zone_32n": 25832,
}

MERCATOR_LIMIT_LAT = 85.0511287798066
EARTH_CIRCUMFERENCE_M = 2 * math.pi * 6378137.0
CELL_M = 25


def find_srid(words: str) -> int | None:
    """The one of `KNOWN` that a file's own words tell of; None where they tell of none."""
    if words.strip().upper().endswith("CRS84"):
        return LONLAT
    code, name = _CODE.search(words), _NAME.match(words)
    if code is not None:
        return int(code[1]) if int(code[1]) in KNOWN else None
    return _NAMES.get(name[1].lower()) if name is not None else None


def write_srid(srid: int) -> tuple[str, str]:
    """A coordinate system for a file: its name, and its well-known text as every program has it."""
    crs = pyproj.CRS.from_epsg(srid)
    return crs.name, crs.to_wkt("WKT1_GDAL")


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
