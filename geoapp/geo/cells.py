"""Squares of a district's metric grid: which a shape holds, what they look like together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import MultiPolygon
from shapely.geometry.base import BaseGeometry

from geoapp.errors import Invalid
from geoapp.geo.crs import CELL_M, LONLAT, transform_shape
from geoapp.geo.shapes import as_multipolygon

# As many as a square of 25 km has; nobody calls that a neighbourhood.
MOST_CELLS = 1_000_000


@dataclass(frozen=True)
class Runs:
    """Cells side by side: of each run its row, and its first and last column."""

    rows: list[int]
    firsts: list[int]
    lasts: list[int]


@dataclass(frozen=True)
class Shares:
    """Squares that a shape meets, column and row, and which part of the shape lies in each."""

    columns: list[int]
    rows: list[int]
    parts: list[float]


def runs_within(shape: BaseGeometry, metric_srid: int, *, most: int = MOST_CELLS) -> Runs:
    """The cells of 25 m whose middle lies in the shape (lon/lat).

    Raises:
        Invalid: the box round it has more than `most` cells.
    """
    metric = transform_shape(shape, LONLAT, metric_srid)
    columns, rows = _squares_round(metric, CELL_M, most)
    shapely.prepare(metric)
    held = shapely.contains_xy(metric, (columns + 0.5) * CELL_M, (rows + 0.5) * CELL_M)
    steps = np.diff(np.pad(held, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    at_row, first = np.nonzero(steps == 1)
    _, after = np.nonzero(steps == -1)
    west, south = int(columns[0, 0]), int(rows[0, 0])
    return Runs((at_row + south).tolist(), (first + west).tolist(), (after + west - 1).tolist())


def shares_of(shape: BaseGeometry, size_m: int, metric_srid: int) -> Shares:
    """How a shape (lon/lat) lies over squares of `size_m`, by area in the metric system; the parts
    sum to 1.

    Raises:
        Invalid: the box round it has more than a million squares.
    """
    metric = transform_shape(shape, LONLAT, metric_srid)
    columns, rows = (found.ravel() for found in _squares_round(metric, size_m, MOST_CELLS))
    shapely.prepare(metric)
    squares = _draw_squares(columns, rows, columns, size_m)
    meets = shapely.intersects(metric, squares)
    areas = shapely.area(shapely.intersection(metric, squares[meets]))
    # Less than a square metre is a seam between two areas, and no home.
    columns, rows, held = columns[meets], rows[meets], areas >= min(1.0, areas.max())
    parts = areas[held] / areas[held].sum()
    return Shares(columns[held].tolist(), rows[held].tolist(), parts.tolist())


def shape_of(squares: Sequence[tuple[int, int]], size_m: int, metric_srid: int) -> MultiPolygon:
    """Squares of `size_m` (column, row) as one shape, lon/lat; empty where there are none."""
    if not squares:
        return MultiPolygon()
    columns, rows = np.unique(np.array(squares, dtype=np.int64), axis=0).T
    order = np.lexsort((columns, rows))
    columns, rows = columns[order], rows[order]
    # A run begins where the row is another, or the column is not the next.
    begins = np.append(True, (np.diff(rows) != 0) | (np.diff(columns) != 1))
    ends = np.append(begins[1:], True)
    whole = shapely.union_all(_draw_squares(columns[begins], rows[begins], columns[ends], size_m))
    return as_multipolygon(transform_shape(whole, metric_srid, LONLAT))


def _squares_round(metric: BaseGeometry, size_m: int, most: int) -> tuple[np.ndarray, np.ndarray]:
    west, south, east, north = np.floor(np.array(metric.bounds) / size_m).astype(int)
    if (east - west + 1) * (north - south + 1) > most:
        raise Invalid("This area is too large: draw a smaller one.", field="outline")
    columns, rows = np.meshgrid(np.arange(west, east + 1), np.arange(south, north + 1))
    return columns, rows


def _draw_squares(
    firsts: np.ndarray, rows: np.ndarray, lasts: np.ndarray, size_m: int
) -> np.ndarray:
    """Boxes from the first to the last column of each row."""
    found: np.ndarray = shapely.box(
        firsts * size_m, rows * size_m, (lasts + 1) * size_m, (rows + 1) * size_m
    )
    return found
