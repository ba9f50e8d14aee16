"""How many share each thing: balanced floating catchment areas. Pure.

Paez, Higgins and Vivona (2019), "Demand and level of service inflation in Floating Catchment Area
(FCA) methods", PLoS ONE 14(6): e0218773. Each person is counted once over all things within reach,
and what each thing offers is handed out once; catchment areas that overlap count both many times.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from scipy.sparse import csr_array

from geoapp.coverage.gaps.reach import network_of
from geoapp.coverage.gaps.walking import Network, reach_targets
from geoapp.coverage.gaps.worlds import Floats, Ints, World

Pairs = tuple[Ints, Ints, Floats]


class Weighing(StrEnum):
    """How much a thing within reach draws: all alike, or less the further it is (1 at the door, 0
    where it is no longer near)."""

    STEP = "step"
    LINEAR = "linear"


@dataclass(frozen=True, eq=False)
class Crowding:
    """How crowded it is.

    `demand` (things,): how many come to each. They sum to all who have something within reach.
    `level` (things,): its supply for each of them; 0 where nobody comes.
    `service` (squares,): the levels handed out over the squares by weight; they sum to the sum of
    the levels.
    `per_person` (squares,): the supply each has there; times who lives there they sum to the supply
    of all things that somebody comes to. Both are 0 where nothing is within reach, and where it is
    not known what stands there, for those people are not counted.
    """

    demand: Floats
    level: Floats
    service: Floats
    per_person: Floats


def find_crowding(
    world: World, *, supply: Floats | None = None, weighing: Weighing = Weighing.STEP
) -> Crowding:
    """How crowded the things of a world are; `supply` (things,) is 1 each, or what is given."""
    offered = np.ones(len(world.things)) if supply is None else supply
    square, thing, distance = pair_things(world)
    weights = _weigh(distance, world.reach_m[square], weighing)
    kept = (weights > 0) & (world.amounts[square] > 0)
    shape = (len(world.xy), len(world.things))
    matrix = csr_array((weights[kept], (square[kept], thing[kept])), shape=shape)
    of_person = _normalise(matrix)
    demand = of_person.T @ world.amounts
    level = _divide(offered, demand)
    service = _normalise(matrix.T.tocsr()).T @ level
    return Crowding(demand, level, service, of_person @ level)


def measure_areas(world: World) -> Floats:
    """The area of each thing in m2, to be given as supply: 0 for points."""
    return np.array([thing.shape.area for thing in world.things], dtype=float)


def pair_things(world: World) -> Pairs:
    """Squares where it is known what stands there, things that count, and the distance of walking
    between them, of all pairs that are near each other."""
    squares = np.flatnonzero(~world.unknown)
    things = np.array([i for i, thing in enumerate(world.things) if thing.counts], dtype=np.int64)
    if not len(squares) or not len(things):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    found = _pair_straight(world, squares, things)
    if world.paths is not None:
        found = _pair_along(world, squares, things, found)
    square, thing, distance = found
    near = distance <= world.reach_m[square]
    return square[near], thing[near], distance[near]


def _pair_straight(world: World, squares: Ints, things: Ints) -> Pairs:
    targets = np.array([world.things[i].target for i in things.tolist()], dtype=object)
    points = np.asarray(shapely.points(world.xy[squares]), dtype=object)
    most = float(world.reach_m[squares].max()) / world.detour * (1 + 1e-9)
    thing, square = shapely.STRtree(points).query(targets, predicate="dwithin", distance=most)
    distance = shapely.distance(points[square], targets[thing]) * world.detour
    return squares[square], things[thing], distance


def _pair_along(world: World, squares: Ints, things: Ints, straight: Pairs) -> Pairs:
    """Along paths; of the straight pairs stay those of which one is off the paths."""
    if world.paths is None:
        raise ValueError("This world has no paths.")
    network: Network = network_of(world.paths)
    homes = network.snap(world.xy[squares])
    stops, of_stop = reach_targets([world.things[i].target for i in things.tolist()], network)
    on_square, on_thing = np.zeros(len(world.xy), dtype=bool), np.zeros(len(world.things), bool)
    on_square[squares[~homes.is_off]] = True
    on_thing[things[of_stop]] = True
    off = ~(on_square[straight[0]] & on_thing[straight[1]])
    parts = [(straight[0][off], straight[1][off], straight[2][off])]
    most = float(world.reach_m[squares].max())
    for stop, square, distance in network.measure_all(homes, stops, limit_m=most):
        parts.append((squares[square], things[of_stop[stop]], distance))
    square, thing, distance = (np.concatenate(one) for one in zip(*parts, strict=True))
    # By many stops and ways: of each pair the shortest.
    order = np.lexsort((distance, thing, square))
    square, thing, distance = square[order], thing[order], distance[order]
    first = np.ones(len(square), dtype=bool)
    first[1:] = (square[1:] != square[:-1]) | (thing[1:] != thing[:-1])
    return square[first], thing[first], distance[first]


def _weigh(distance: Floats, reach_m: Floats, weighing: Weighing) -> Floats:
    if weighing is Weighing.STEP:
        return np.ones(len(distance))
    return 1 - distance / reach_m


def _normalise(matrix: csr_array) -> csr_array:
    """Each row as parts of its sum."""
    sums = matrix.sum(axis=1)
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return csr_array((matrix.data / sums[rows], matrix.indices, matrix.indptr), shape=matrix.shape)


def _divide(over: Floats, under: Floats) -> Floats:
    return np.divide(over, under, out=np.zeros(len(over)), where=under > 0)
