"""How far every square is from what is looked for: along paths where there are any, else a straight
line times what a way is longer.

Pure. Points are found by a tree of points (scipy's cKDTree), areas by their edge or entrances.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from scipy.spatial import cKDTree
from shapely import Point

from geoapp.coverage.gaps.walking import Along, Network, measure_on
from geoapp.coverage.gaps.worlds import Floats, Ints, Measured, World

NONE = -1


def measure(world: World) -> Measured:
    """The nearest thing that counts for every square, along the world's paths or straight."""
    counted = np.array([thing.counts for thing in world.things], dtype=bool)
    indices = np.flatnonzero(counted)
    targets = [world.things[i].target for i in indices.tolist()]
    if world.paths is None:
        distance, nearest = measure_straight(world.xy, targets, detour=world.detour)
    else:
        along = measure_along(world.xy, targets, Network(world.paths), detour=world.detour)
        distance, nearest = along.distance_m, along.nearest
    return Measured(distance, _name(nearest, indices))


def measure_along(
    xy: Floats, targets: Sequence[shapely.Geometry], network: Network, *, detour: float
) -> Along:
    """Of each place (n, 2) the distance along the network to the nearest target. Between two of
    which one is off the network it is a straight line times `detour`."""
    along = measure_on(xy, targets, network)
    distance, nearest = along.distance_m.copy(), along.nearest.copy()
    everywhere, everything = np.arange(len(xy)), np.arange(len(targets))
    for places, which in ((along.squares_off, everything), (everywhere, along.targets_off)):
        some = [targets[i] for i in which.tolist()]
        straight, found = measure_straight(xy[places], some, detour=detour)
        nearer = straight < distance[places]
        distance[places[nearer]] = straight[nearer]
        nearest[places[nearer]] = which[found[nearer]]
    return Along(distance, nearest, along.squares_off, along.targets_off)


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


def _name(nearest: Ints, indices: Ints) -> Ints:
    """Indices among those that count as indices among all."""
    if len(indices) == 0:
        return nearest
    return np.where(nearest == NONE, NONE, indices[nearest])
