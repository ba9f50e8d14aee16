"""How evenly it is spread. Pure.

Only of those where it is known what stands there.
"""

from dataclasses import dataclass

import numpy as np

from geoapp.coverage.gaps.counting import judge, sum_table
from geoapp.coverage.gaps.worlds import Floats, Measured, Nearness, World


@dataclass(frozen=True)
class Equity:
    """`share_near` is the part of all for whom it is near, `least_share` and `most_share` that of
    the grounds with the least and the most; None where nobody is known. `gini` of the distance: 0
    where all have as far, nearly 1 where one has to go all the way; of those who have anything to
    go to, None where nobody has. `middle_m` and `ninetieth_m`: half, and 90 of a hundred, have no
    further than this (inf: nothing is there for them)."""

    share_near: float | None
    least_share: float | None
    most_share: float | None
    gini: float | None
    middle_m: float | None
    ninetieth_m: float | None


def find_equity(world: World, measured: Measured) -> Equity:
    """How evenly what is near is spread over grounds and people."""
    table = sum_table(world, judge(world, measured))
    known = table[:, Nearness.NEAR] + table[:, Nearness.FAR]
    has_known = known > 0
    counted = ~world.unknown & (world.amounts > 0)
    if not has_known.any():
        return Equity(None, None, None, None, None, None)
    shares = table[has_known, Nearness.NEAR] / known[has_known]
    distance, weights = measured.distance_m[counted], world.amounts[counted]
    return Equity(
        share_near=float(table[:, Nearness.NEAR].sum() / known.sum()),
        least_share=float(shares.min()),
        most_share=float(shares.max()),
        gini=measure_gini(distance, weights),
        middle_m=find_quantile(distance, weights, 0.5),
        ninetieth_m=find_quantile(distance, weights, 0.9),
    )


def measure_gini(values: Floats, weights: Floats) -> float | None:
    """The weighted coefficient of Gini (1912) of the finite values: twice the area between the
    curve of Lorenz (1905) and the line on which all have as much, by trapezia; 0 where all are 0,
    None where there is none."""
    finite = np.isfinite(values) & (weights > 0)
    order = np.argsort(values[finite], kind="stable")
    weight, value = weights[finite][order], values[finite][order]
    if not len(value):
        return None
    total = float((weight * value).sum())
    if total == 0:
        return 0.0
    held = np.concatenate([[0.0], np.cumsum(weight * value)]) / total
    return float(1 - (weight / weight.sum() * (held[1:] + held[:-1])).sum())


def find_quantile(values: Floats, weights: Floats, part: float) -> float | None:
    """The least value that this part of all does not pass: the inverse of the empirical
    distribution (Hyndman and Fan 1996, definition 1); None where there is nobody."""
    if not weights.sum() > 0:
        return None
    order = np.argsort(values, kind="stable")
    held = np.cumsum(weights[order])
    index = np.searchsorted(held, part * held[-1] * (1 - 1e-12))
    return float(values[order][index])
