"""The cells of 25 m of a district's metric grid that a shape holds."""

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geoapp.errors import Invalid
from geoapp.geo.crs import CELL_M, LONLAT, transform_shape

# As many as a square of 25 km has; nobody calls that a neighbourhood.
MOST_CELLS = 1_000_000


def cells_within(shape: BaseGeometry, metric_srid: int) -> tuple[list[int], list[int]]:
    """Columns and rows of the cells whose middle lies in the shape (lon/lat), pair by pair.

    Raises:
        Invalid: the box round it has more than a million cells.
    """
    metric = transform_shape(shape, LONLAT, metric_srid)
    west, south, east, north = np.floor(np.array(metric.bounds) / CELL_M).astype(int)
    if (east - west + 1) * (north - south + 1) > MOST_CELLS:
        raise Invalid("This area is too large: draw a smaller one.")
    columns, rows = np.meshgrid(np.arange(west, east + 1), np.arange(south, north + 1))
    shapely.prepare(metric)
    held = shapely.contains_xy(metric, (columns + 0.5) * CELL_M, (rows + 0.5) * CELL_M)
    return columns[held].tolist(), rows[held].tolist()
