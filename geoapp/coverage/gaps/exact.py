"""The best spots, proven: maximal covering (Church and ReVelle 1974) as a mixed integer programme.

Pure. Squares that the same spots reach are one. Where the greedy choice shows by itself that it is
the best, nothing is searched. It can take long: it has a limit of time, and then says how much the
best could be.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack, vstack

from geoapp.coverage.gaps.adding import (
    SAME,
    Choice,
    Spots,
    pick_greedily,
    reached_from,
    tell_choice,
)
from geoapp.coverage.gaps.worlds import Floats, Measured, World

LIMIT_S = 60.0
_OPTIMAL = 0


@dataclass(frozen=True)
class Exact:
    """The best choice that was found. No choice reaches more than `bound`; where it is proven that
    none reaches more than this one, `is_proven`."""

    choice: Choice
    is_proven: bool
    bound: float


@dataclass(frozen=True, eq=False)
class _Merged:
    """Spots that reach somebody (`rows`), and who is reached: `reached` (classes, those spots),
    with `amounts` of each class of squares."""

    rows: list[int]
    reached: csr_array
    amounts: Floats


def choose_exactly(
    world: World, measured: Measured, spots: Spots, count: int, *, limit_s: float = LIMIT_S
) -> Exact:
    """At most `count` spots that together are near for most, if that is found in `limit_s` seconds;
    else the best that was found, which is never worse than the greedy choice."""
    return solve(world, measured, spots, reached_from(world, measured, spots), count, limit_s)


def solve(
    world: World,
    measured: Measured,
    spots: Spots,
    reached: csr_array,
    count: int,
    limit_s: float,
) -> Exact:
    """As `choose_exactly`, of spots whose squares are known."""
    picks = pick_greedily(world, reached, count)
    greedy = tell_choice(world, measured, spots, reached, picks)
    most = bound_choice(world, reached, picks, count)
    if greedy.amount >= most - SAME:
        return Exact(greedy, is_proven=True, bound=greedy.amount)
    rows, bound, is_proven = _search(_merge(world, reached), count, limit_s)
    # In the order in which each adds most.
    order = [rows[i] for i in pick_greedily(world, reached[rows], count)] if rows else []
    found = tell_choice(world, measured, spots, reached, order)
    best = found if found.amount > greedy.amount + SAME else greedy
    return Exact(best, is_proven, best.amount if is_proven else max(min(bound, most), best.amount))


def bound_choice(world: World, reached: csr_array, picks: Sequence[int], count: int) -> float:
    """What no choice of `count` spots can pass: after each of the picks, what is reached and the
    `count` most that one spot adds to that (Nemhauser, Wolsey and Fisher 1978)."""
    left = world.amounts.copy()
    bounds, held = [], 0.0
    for row in (*picks, None):
        adds = np.sort(reached @ left)[::-1]
        bounds.append(held + float(adds[:count].sum()))
        if row is not None:
            held += float((reached[[row]] @ left)[0])
            left[reached.indices[reached.indptr[row] : reached.indptr[row + 1]]] = 0
    return min(bounds)


def _search(merged: _Merged, count: int, limit_s: float) -> tuple[list[int], float, bool]:
    """Rows of spots in their order (none: nothing better was found), what no choice can pass, and
    whether that is proven of these."""
    classes, spots = merged.reached.shape
    # Spots are taken or not; a class is reached as far as a spot that reaches it is taken.
    value = np.concatenate([np.zeros(spots), merged.amounts])
    needs_spot = hstack([-merged.reached, eye_array(classes)], format="csr")
    few = csr_array(np.concatenate([np.ones(spots), np.zeros(classes)])[np.newaxis, :])
    found = milp(
        -value,
        integrality=np.concatenate([np.ones(spots), np.zeros(classes)]),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(
                vstack([needs_spot, few], format="csc"),
                np.full(classes + 1, -np.inf),
                np.concatenate([np.zeros(classes), [count]]),
            )
        ],
        options={"time_limit": limit_s, "mip_rel_gap": 0.0},
    )
    bound = np.inf if found.mip_dual_bound is None else -float(found.mip_dual_bound)
    if found.x is None:
        return [], bound, False
    taken = np.flatnonzero(found.x[:spots] > 0.5).tolist()
    return [merged.rows[i] for i in taken], bound, found.status == _OPTIMAL


def _merge(world: World, reached: csr_array) -> _Merged:
    by_square = reached.tocsc()
    by_square.sort_indices()
    amounts: dict[bytes, float] = defaultdict(float)
    starts, ends = by_square.indptr[:-1], by_square.indptr[1:]
    for square in np.flatnonzero((ends > starts) & (world.amounts > 0)).tolist():
        spots = by_square.indices[starts[square] : ends[square]]
        amounts[spots.tobytes()] += float(world.amounts[square])
    sets = [np.frombuffer(key, dtype=by_square.indices.dtype) for key in amounts]
    columns = np.concatenate(sets) if sets else np.zeros(0, dtype=np.int64)
    rows, column = np.unique(columns, return_inverse=True)
    of_class = np.repeat(np.arange(len(sets)), [len(one) for one in sets])
    matrix = csr_array((np.ones(len(columns)), (of_class, column)), shape=(len(sets), len(rows)))
    return _Merged(rows.tolist(), matrix, np.array(list(amounts.values())))
