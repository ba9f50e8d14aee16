"""What one more does, and what is lost if one goes. Pure.

Distances are those of the world: along its paths, or straight lines times its detour. Nothing is
reckoned of grounds where nobody knows what stands there, and nothing is proposed there.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from geoapp.coverage.gaps.counting import Answers, Counts, judge, sum_all, sum_by_ground
from geoapp.coverage.gaps.reach import measure, network_of
from geoapp.coverage.gaps.worlds import SQUARE_M, Floats, Ints, Measured, Nearness, World

# Spots whose squares are looked up at once.
_AT_ONCE = 256
# Amounts that differ by less are the same: parts of somebody that come of spreading figures.
SAME = 1e-3
_DIGITS = 3


@dataclass(frozen=True, eq=False)
class Spots:
    """Where something could come: middles (m, 2), metric, and what each is called."""

    xy: Floats
    names: Sequence[str]


@dataclass(frozen=True)
class Pick:
    """A spot by its index in `Spots`, and for how many more it is near once those before it are
    there."""

    index: int
    name: str
    x: float
    y: float
    amount: float


@dataclass(frozen=True)
class Choice:
    """Spots, and what is near and far before and after: of all, and of each of `World.grounds`."""

    picks: tuple[Pick, ...]
    before: Counts
    after: Counts
    before_by_ground: tuple[Counts, ...]
    after_by_ground: tuple[Counts, ...]

    @property
    def amount(self) -> float:
        """For how many more it is near."""
        return sum(pick.amount for pick in self.picks)


@dataclass(frozen=True)
class LostLine:
    """In one ground (an index into `World.grounds`): for how many it is no longer near, and how far
    they then have to go, at least and at most (inf: there is no other)."""

    ground: int
    amount: float
    least_m: float
    most_m: float


@dataclass(frozen=True, eq=False)
class Loss:
    """What goes with one thing. `squares` are those it was near for and nothing else is, with
    `next_m` how far the next is from each (inf: there is none). `lines` only has grounds that lose.
    """

    squares: Ints
    next_m: Floats
    lines: tuple[LostLine, ...]
    before: Counts
    after: Counts

    @property
    def amount(self) -> float:
        """For how many it is no longer near."""
        return sum(line.amount for line in self.lines)


# -- Where something could come --------------------------------------------------------------


def make_grid(world: World, step_m: float = 2 * SQUARE_M) -> Spots:
    """A spot in every field of a grid where somebody lives and what stands there is known: the
    middle of the square nearest to the middle of the field. A field is at least a square."""
    step = max(step_m, SQUARE_M)
    lived = np.flatnonzero((world.amounts > 0) & ~world.unknown)
    xy = world.xy[lived]
    field = np.floor(xy / step)
    aside = np.hypot(*(xy - (field + 0.5) * step).T)
    # From north to south and from west to east, as one reads a map.
    order = np.lexsort((aside, field[:, 0], -field[:, 1]))
    _, firsts = np.unique(field[order], axis=0, return_index=True)
    chosen = xy[order[np.sort(firsts)]]
    spots = Spots(chosen, [f"{x:.0f} {y:.0f}" for x, y in chosen.tolist()])
    return spots if not len(chosen) else _keep(spots, ~lies_in_unknown(world, spots))


def lies_in_unknown(world: World, spots: Spots) -> NDArray[np.bool_]:
    """(m,): which spots are nearest to a square of which some part lies where nobody knows what
    stands there."""
    if not len(world.xy):
        return np.ones(len(spots.xy), dtype=bool)
    places, of_place = np.unique(world.xy, axis=0, return_inverse=True)
    silent = np.zeros(len(places), dtype=bool)
    silent[of_place[world.unknown]] = True
    _, nearest = cKDTree(places).query(spots.xy.reshape(-1, 2))
    found: NDArray[np.bool_] = silent[nearest]
    return found


def _keep(spots: Spots, kept: NDArray[np.bool_]) -> Spots:
    names = [spots.names[i] for i in np.flatnonzero(kept).tolist()]
    return Spots(spots.xy[kept], names)


# -- What one more does ----------------------------------------------------------------------


def reached_from(world: World, measured: Measured, spots: Spots) -> csr_array:
    """(spots, squares), int8: 1 where a square that is far now would be near a thing at the spot.

    Squares where it is not known have none, and so have spots where it is not."""
    far = np.flatnonzero(judge(world, measured) == Nearness.FAR)
    kept = np.flatnonzero(~lies_in_unknown(world, spots))
    pairs = [(np.zeros(0, dtype=np.int64),) * 2]
    if len(far) and len(kept):
        found = _pair_straight if world.paths is None else _pair_along
        pairs += [(kept[spot], far[square]) for spot, square in found(world, far, spots.xy[kept])]
    rows, columns = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    ones = np.ones(len(rows), dtype=np.int8)
    reached = csr_array((ones, (rows, columns)), shape=(len(spots.xy), len(world.xy)))
    # What was found twice has been added up.
    reached.data[:] = 1
    return reached


def _pair_straight(world: World, far: Ints, xy: Floats) -> Iterator[tuple[Ints, Ints]]:
    """Spots (into `xy`) and squares (into `far`) that are near each other in a straight line."""
    tree, reach_m = cKDTree(world.xy[far]), world.reach_m[far]
    # A little further than the furthest: what is near is judged below.
    most = float(reach_m.max()) / world.detour * (1 + 1e-9)
    for begin in range(0, len(xy), _AT_ONCE):
        some = cKDTree(xy[begin : begin + _AT_ONCE])
        pairs = some.sparse_distance_matrix(tree, most, output_type="ndarray")
        near = pairs["v"] * world.detour <= reach_m[pairs["j"]]
        yield pairs["i"][near] + begin, pairs["j"][near]


def _pair_along(world: World, far: Ints, xy: Floats) -> Iterator[tuple[Ints, Ints]]:
    """The same along paths; to and from what is off them in a straight line. A pair may come more
    than once."""
    if world.paths is None:
        raise ValueError("This world has no paths.")
    network = network_of(world.paths)
    reach_m = world.reach_m[far]
    squares, stops = network.snap(world.xy[far]), network.snap(xy)
    most = float(reach_m.max())
    for spot, square, distance in network.measure_all(squares, stops, limit_m=most):
        near = distance <= reach_m[square]
        yield spot[near], square[near]
    all_spots, all_squares = np.arange(len(xy)), np.arange(len(far))
    off_spots, off_squares = np.flatnonzero(stops.is_off), np.flatnonzero(squares.is_off)
    for some, which in ((off_spots, all_squares), (all_spots, off_squares)):
        if len(some) and len(which):
            for spot, square in _pair_straight(world, far[which], xy[some]):
                yield some[spot], which[square]


def choose_best(world: World, measured: Measured, spots: Spots, count: int) -> Choice:
    """At most `count` spots, each the one that adds most to those before it (of equals the first);
    none that adds nothing. Such a choice reaches at least 1 - 1/e (63 of a hundred) of what the
    best reaches (Nemhauser, Wolsey and Fisher 1978)."""
    reached = reached_from(world, measured, spots)
    return tell_choice(world, measured, spots, reached, pick_greedily(world, reached, count))


def pick_greedily(world: World, reached: csr_array, count: int) -> list[int]:
    """The rows of `reached` that `choose_best` takes, in its order."""
    left = world.amounts.copy()
    # What a spot adds only becomes less, so that an old sum is one it cannot pass.
    heap = [(-gain, row) for row, gain in enumerate(_sum_rows(reached, left)) if gain > 0]
    heapq.heapify(heap)
    picks: list[int] = []
    while heap and len(picks) < count:
        _, row = heapq.heappop(heap)
        gain = _sum_row(reached, left, row)
        if gain <= 0:
            continue
        if heap and (-gain, row) > heap[0]:
            heapq.heappush(heap, (-gain, row))
            continue
        picks.append(row)
        left[_squares_of(reached, row)] = 0
    return picks


def tell_choice(
    world: World, measured: Measured, spots: Spots, reached: csr_array, picks: Sequence[int]
) -> Choice:
    """What these spots (rows of `reached`) do, each after those before it."""
    answers = judge(world, measured)
    after = answers.copy()
    left = world.amounts.copy()
    told = []
    for row in picks:
        x, y = spots.xy[row].tolist()
        told.append(Pick(row, spots.names[row], x, y, _sum_row(reached, left, row)))
        left[_squares_of(reached, row)] = 0
        after[_squares_of(reached, row)] = Nearness.NEAR
    return Choice(
        tuple(told), *_count(world, answers, after), *_count_grounds(world, answers, after)
    )


def _squares_of(reached: csr_array, row: int) -> Ints:
    found: Ints = reached.indices[reached.indptr[row] : reached.indptr[row + 1]]
    return found


def _sum_row(reached: csr_array, left: Floats, row: int) -> float:
    return round(float(left[_squares_of(reached, row)].sum()), _DIGITS)


def _sum_rows(reached: csr_array, left: Floats) -> list[float]:
    return [_sum_row(reached, left, row) for row in range(reached.shape[0])]


def _count(world: World, before: Answers, after: Answers) -> tuple[Counts, Counts]:
    return sum_all(world, before), sum_all(world, after)


def _count_grounds(
    world: World, before: Answers, after: Answers
) -> tuple[tuple[Counts, ...], tuple[Counts, ...]]:
    return tuple(sum_by_ground(world, before)), tuple(sum_by_ground(world, after))


# -- What is lost ----------------------------------------------------------------------------


def lose(world: World, measured: Measured, index: int) -> Loss:
    """What is lost when thing `index` of the world goes, and how far the next is."""
    affected = np.flatnonzero(measured.nearest == index)
    others = [i for i, thing in enumerate(world.things) if thing.counts and i != index]
    smaller = replace(
        world,
        xy=world.xy[affected],
        amounts=world.amounts[affected],
        ground_of=world.ground_of[affected],
        reach_m=world.reach_m[affected],
    )
    next_m = measure(smaller, others).distance_m
    answers = judge(world, measured)
    lost = (answers[affected] == Nearness.NEAR) & (next_m > smaller.reach_m)
    squares = affected[lost]
    after = answers.copy()
    after[squares] = Nearness.FAR
    before_all, after_all = _count(world, answers, after)
    lines = _tell_lost(world, squares, next_m[lost])
    return Loss(squares, next_m[lost], lines, before_all, after_all)


def _tell_lost(world: World, squares: Ints, next_m: Floats) -> tuple[LostLine, ...]:
    ground_of = world.ground_of[squares]
    lines = []
    for ground in np.unique(ground_of).tolist():
        here = ground_of == ground
        amount = float(world.amounts[squares[here]].sum())
        far = next_m[here]
        lines.append(LostLine(ground, amount, float(far.min()), float(far.max())))
    return tuple(lines)
