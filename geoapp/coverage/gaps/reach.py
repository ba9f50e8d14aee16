"""How far every square is from what is looked for: a straight line times what a way is longer.

Pure. Points are found by a tree of points (scipy's cKDTree), areas by their edge or entrances.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import shapely
from scipy.spatial import cKDTree
from shapely import Point

from geoapp.coverage.gaps.walking import Network, measure_on, reach_targets
from geoapp.coverage.gaps.worlds import Floats, Ints, Measured, Paths, World

NONE = -1


def measure(world: World, counted: Sequence[int] | None = None) -> Measured:
    """The nearest thing for every square, along the world's paths or straight: of those that count,
    or of these; then `nearest` is an index into `counted`."""
    if counted is None:
        own = [i for i, thing in enumerate(world.things) if thing.counts]
        found = measure(world, own)
        return Measured(found.distance_m, np.array([*own, NONE], dtype=np.int64)[found.nearest])
    targets = [world.things[i].target for i in counted]
    return Measured(*_measure_to(world, world.xy, targets))


def measure_again(
    world: World, counted: Sequence[int], before: Measured, kept: Sequence[int]
) -> Measured:
    """As `measure(world, counted)`, of what was measured from other things: `kept[i]` is the index
    into `counted` of what was the thing i (-1: it is gone). Only what is nearest to something that
    is gone is measured anew, and only what is new is measured from all."""
    old = np.array([*kept, NONE], dtype=np.int64)[before.nearest]
    distance = before.distance_m.copy()
    targets = [world.things[i].target for i in counted]
    lost = (old == NONE) & (before.nearest != NONE)
    if lost.any():
        distance[lost], old[lost] = _measure_to(world, world.xy[lost], targets)
    held = set(kept)
    new = [i for i in range(len(counted)) if i not in held]
    if new:
        found, which = _measure_to(world, world.xy, [targets[i] for i in new])
        nearer = found < distance
        distance = np.where(nearer, found, distance)
        old = np.where(nearer, np.array(new)[which], old)
    return Measured(distance, old)


def count_off(world: World, counted: Sequence[int]) -> tuple[int, int]:
    """How many squares and how many of these things are off the world's paths; there a straight
    line has to do. Without paths nothing is."""
    if world.paths is None or not len(world.xy):
        return 0, 0
    network = network_of(world.paths)
    _, of_stop = reach_targets([world.things[i].target for i in counted], network)
    return int(network.snap(world.xy).is_off.sum()), len(counted) - len(set(of_stop.tolist()))


@lru_cache(maxsize=4)
def network_of(paths: Paths) -> Network:
    """Paths with what finds places on them."""
    return Network(paths)


def _measure_to(
    world: World, xy: Floats, targets: Sequence[shapely.Geometry]
) -> tuple[Floats, Ints]:
    if world.paths is not None:
        return measure_along(xy, targets, network_of(world.paths), detour=world.detour)
    return measure_straight(xy, targets, detour=world.detour)


def measure_along(
    xy: Floats, targets: Sequence[shapely.Geometry], network: Network, *, detour: float
) -> tuple[Floats, Ints]:
    """As `measure_straight`, along paths; to and from what is off them it is a straight line."""
    along = measure_on(xy, targets, network)
    distance, nearest = along.distance_m.copy(), along.nearest.copy()
    all_squares, all_targets = np.arange(len(xy)), np.arange(len(targets))
    pairs = ((along.squares_off, all_targets), (all_squares, along.targets_off))
    for squares, off in pairs:
        straight, which = measure_straight(
            xy[squares], [targets[i] for i in off.tolist()], detour=detour
        )
        nearer = straight < distance[squares]
        distance[squares[nearer]] = straight[nearer]
        nearest[squares[nearer]] = off[which[nearer]]
    return distance, nearest


def measure_straight(
    xy: Floats, targets: Sequence[shapely.Geometry], *, detour: float
) -> tuple[Floats, Ints]:
    """Of each place (n, 2) the distance to the nearest target in metres of walking (inf: there is
    none), and its index (-1). Inside an area it is 0; of two alike the first is taken."""
    distance, nearest = nothing(len(xy))
    is_point = np.array([isinstance(target, Point) for target in targets], dtype=bool)
    points, others = np.flatnonzero(is_point), np.flatnonzero(~is_point)
    if len(xy) and len(points):
        places = shapely.get_coordinates([targets[i] for i in points.tolist()])
        found, which = cKDTree(places).query(xy)
        distance, nearest = found, points[which]
    if len(xy) and len(others):
        found, which = _measure_shapes(xy, [targets[i] for i in others.tolist()])
        nearer = found < distance
        distance = np.where(nearer, found, distance)
        nearest = np.where(nearer, others[which], nearest)
    return distance * detour, nearest


def nothing(count: int) -> tuple[Floats, Ints]:
    """What is measured where there is nothing."""
    return np.full(count, np.inf), np.full(count, NONE, dtype=np.int64)


def _measure_shapes(xy: Floats, shapes: Sequence[shapely.Geometry]) -> tuple[Floats, Ints]:
    tree = shapely.STRtree(shapes)
    (of_place, which), distance = tree.query_nearest(
        shapely.points(xy), return_distance=True, all_matches=True
    )
    # In the order of the places, and of equals the first shape.
    order = np.lexsort((which, of_place))
    _, firsts = np.unique(of_place[order], return_index=True)
    return distance[order][firsts], which[order][firsts]
