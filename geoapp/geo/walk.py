"""A round on foot past some points: pure, in a metric CRS."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True)
class Leg:
    """The way to one point, by its place in what was given: metres in a straight line."""

    index: int
    length_m: float


def order_walk(start: Point, points: Sequence[Point]) -> list[Leg]:
    """All points, each time on to the nearest that is left; of equally near ones the first given.

    Good for a handful: it looks at every pair.
    """
    left = dict(enumerate(points))
    legs, here = [], start
    while left:
        length_m, index = min((math.dist(here, point), index) for index, point in left.items())
        legs.append(Leg(index, length_m))
        here = left.pop(index)
    return legs
