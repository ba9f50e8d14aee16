"""Distances along a network of paths: who is where on it, and how far from there. Pure.

A place comes upon the network at its nearest point on an edge, in a straight line; from there one
goes along the edges. A place further from every edge than the network allows is off it.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree
from shapely import Geometry

from geoapp.coverage.gaps.worlds import Floats, Ints, Paths

# Ends of lines so near each other are one.
JOIN_M = 0.5
# One comes into an area without entrances from every path so near its edge.
ARRIVE_M = 25.0
STRETCH_M = 1.0
OFF = -1
# Numbers held at once where many places are measured: about 64 MB.
_AT_ONCE = 8_000_000


@dataclass(frozen=True, eq=False)
class Stops:
    """Where places come upon the network: at a point of an edge, or along a stretch of it. `edge`
    (n,) is the edge (`OFF`: none is near enough), `to_start_m` and `to_end_m` how far it is from
    there along that edge to its nodes, `aside_m` how far the place is from there."""

    edge: Ints
    to_start_m: Floats
    to_end_m: Floats
    aside_m: Floats

    @property
    def is_off(self) -> NDArray[np.bool_]:
        """(n,): which are not on the network."""
        return np.equal(self.edge, OFF)


@dataclass(frozen=True, eq=False)
class Along:
    """How far each square (n,) is from the nearest target (inf: no way leads there), and which that
    is (-1: none); the indices of the squares and of the targets that are off the network."""

    distance_m: Floats
    nearest: Ints
    squares_off: Ints
    targets_off: Ints


# -- Making a network ------------------------------------------------------------------------


def make_paths(
    lines: Iterable[tuple[Geometry, Collection[str]]], *, band: str | None, max_snap_m: float
) -> Paths:
    """Paths of metric LineStrings, each with the bands it is barred for; those barred for `band`
    are left out (None: none are).

    Lines meet where both have a vertex at the same place, and where one ends within half a metre of
    a vertex of another. Lines that only cross do not meet: one goes over the other.
    """
    shapes = np.array([shape for shape, barred in lines if band not in barred], dtype=object)
    points, line_of = shapely.get_coordinates(shapes, return_index=True)
    is_same_line = line_of[1:] == line_of[:-1]
    is_end = np.ones(len(points), dtype=bool)
    is_end[1:-1] = ~(is_same_line[1:] & is_same_line[:-1])
    xy, node_of = _join(points, is_end)
    start, end = node_of[:-1][is_same_line], node_of[1:][is_same_line]
    length_m = np.hypot(*(xy[end] - xy[start]).T)
    kept = length_m > 0
    return Paths(xy, start[kept], end[kept], length_m[kept], max_snap_m)


def _join(points: Floats, is_end: NDArray[np.bool_]) -> tuple[Floats, Ints]:
    """The nodes (m, 2), and which of them each point is."""
    xy, unique_of = np.unique(points, axis=0, return_inverse=True)
    if not len(xy):
        return xy.reshape(0, 2), np.zeros(0, dtype=np.int64)
    ends = np.unique(unique_of[is_end])
    pairs = cKDTree(xy[ends]).sparse_distance_matrix(cKDTree(xy), JOIN_M, output_type="ndarray")
    joined = csr_array(
        (np.ones(len(pairs), dtype=np.int8), (ends[pairs["i"]], pairs["j"])), shape=(len(xy),) * 2
    )
    count, node_of = connected_components(joined, directed=False)
    nodes = np.zeros((count, 2))
    # Joined points lie where the first of them does.
    nodes[node_of[::-1]] = xy[::-1]
    return nodes, node_of[unique_of].astype(np.int64)


# -- Going along it --------------------------------------------------------------------------


class Network:
    """Paths made ready to be asked."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        ends = np.stack([paths.xy[paths.start], paths.xy[paths.end]], axis=1)
        self._edges = np.asarray(shapely.linestrings(ends), dtype=object)
        self._tree = shapely.STRtree(self._edges)
        self._scale = paths.length_m / shapely.length(self._edges)

    def snap(self, xy: Floats) -> Stops:
        """Where points (n, 2) come upon it: at the nearest point of the nearest edge."""
        points = np.asarray(shapely.points(xy), dtype=object)
        edge = np.full(len(xy), OFF, dtype=np.int64)
        if len(self._edges):
            found, nearest = self._tree.query_nearest(
                points, max_distance=self.paths.max_snap_m, all_matches=False
            )
            edge[found] = nearest
        return self._stop(edge, points)

    def reach_shape(self, shape: Geometry) -> Stops:
        """Where one comes into an area or a line (metric): from every edge within `ARRIVE_M` of it
        (where there is none, from the nearest that is near enough), all along the stretch of that
        edge that is nearest to it, to within a metre. Empty where every edge is too far."""
        most = self.paths.max_snap_m
        if not len(self._edges):
            return self._stop(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=object))
        near = self._tree.query(shape, predicate="dwithin", distance=min(ARRIVE_M, most))
        if not len(near):
            near = self._tree.query_nearest(shape, max_distance=most, all_matches=False)
        near = np.sort(near)
        aside = shapely.distance(self._edges[near], shape)
        around = np.full(len(near), shape, dtype=object)
        around[aside > 0] = shapely.buffer(shape, aside[aside > 0] + STRETCH_M)
        stretches = shapely.intersection(self._edges[near], around)
        points, of_near = shapely.get_coordinates(stretches, return_index=True)
        spots = np.asarray(shapely.points(points), dtype=object)
        found = self._stop(near[of_near], spots)
        to_start, to_end = (np.full(len(near), np.inf) for _ in range(2))
        np.minimum.at(to_start, of_near, found.to_start_m)
        np.minimum.at(to_end, of_near, found.to_end_m)
        return Stops(near, to_start, to_end, aside)

    def _stop(self, edge: Ints, points: NDArray[np.object_]) -> Stops:
        """Stops at the spots on these edges that are nearest to the points."""
        to_start, to_end, aside = (np.full(len(edge), np.inf) for _ in range(3))
        on = edge != OFF
        edges, lengths = self._edges[edge[on]], self.paths.length_m[edge[on]]
        along = shapely.line_locate_point(edges, points[on]) * self._scale[edge[on]]
        to_start[on] = np.clip(along, 0, lengths)
        to_end[on] = lengths - to_start[on]
        aside[on] = shapely.distance(edges, points[on])
        return Stops(edge, to_start, to_end, aside)

    def measure_nearest(self, squares: Stops, stops: Stops, of_stop: Ints) -> tuple[Floats, Ints]:
        """How far each square is from the nearest stop and which `of_stop` that is; inf and -1
        where no way leads to one, or either is off the network."""
        distance = np.full(len(squares.edge), np.inf)
        nearest = np.full(len(squares.edge), -1, dtype=np.int64)
        at = np.flatnonzero(~squares.is_off)
        if not len(at) or not len(stops.edge):
            return distance, nearest
        graph = self._make_graph(stops)
        first = len(self.paths.xy)
        to_node, _, source = dijkstra(
            graph,
            indices=np.arange(first, graph.shape[0]),
            min_only=True,
            return_predecessors=True,
        )
        edge = squares.edge[at]
        start, end = self.paths.start[edge], self.paths.end[edge]
        by_start = squares.to_start_m[at] + to_node[start]
        by_end = squares.to_end_m[at] + to_node[end]
        via = np.where(by_start <= by_end, start, end)
        distance[at] = squares.aside_m[at] + np.minimum(by_start, by_end)
        reached = np.isfinite(distance[at])
        nearest[at[reached]] = of_stop[source[via[reached]] - first]
        square, stop, straight = _pair_on_same_edge(squares, stops)
        order = np.lexsort((of_stop[stop], straight))[::-1]
        square, stop, straight = square[order], stop[order], straight[order]
        # Written from the longest to the shortest, so that the shortest is what stays.
        closer = straight < distance[square]
        distance[square[closer]], nearest[square[closer]] = straight[closer], of_stop[stop[closer]]
        return distance, nearest

    def measure_all(
        self, squares: Stops, stops: Stops, *, limit_m: float
    ) -> Iterator[tuple[Ints, Ints, Floats]]:
        """All pairs of a stop and a square that are no further apart than `limit_m`, and how far:
        as many stops at a time as fit in memory. A pair may come more than once, by several ways;
        one of them is the shortest."""
        first = len(self.paths.xy)
        # The squares at each node: those on an edge that ends there.
        on = np.flatnonzero(~squares.is_off)
        edge = squares.edge[on]
        nodes = np.concatenate([self.paths.start[edge], self.paths.end[edge]])
        order = np.argsort(nodes, kind="stable")
        who = np.concatenate([on, on])[order]
        beside = np.concatenate([squares.to_start_m[on], squares.to_end_m[on]])[order]
        begins = np.searchsorted(nodes[order], np.arange(first + 1))
        step = max(1, _AT_ONCE // max(first, 1000))
        for begin in range(0, len(stops.edge), step):
            some = _take(stops, slice(begin, begin + step))
            graph = self._make_graph(some)
            rows = np.arange(first, graph.shape[0])
            to_node = dijkstra(graph, indices=rows, limit=limit_m)[:, :first]
            stop, node = np.nonzero(to_node <= limit_m)
            pair, entry = _expand(begins[node], begins[node + 1] - begins[node])
            far = to_node[stop, node][pair]
            through = squares.aside_m[who[entry]] + (beside[entry] + far)
            square, at, straight = _pair_on_same_edge(squares, some)
            stop = np.concatenate([stop[pair], at])
            square, distance = np.concatenate([who[entry], square]), np.append(through, straight)
            near = distance <= limit_m
            yield stop[near] + begin, square[near], distance[near]

    def _make_graph(self, stops: Stops) -> csr_array:
        """The nodes, and after them one for each stop, from where a way leads to both ends of its
        edge and none leads back."""
        paths = self.paths
        first = len(paths.xy)
        on = np.flatnonzero(~stops.is_off)
        edge = stops.edge[on]
        rows = np.concatenate([paths.start, paths.end, first + on, first + on])
        columns = np.concatenate([paths.end, paths.start, paths.start[edge], paths.end[edge]])
        aside = stops.aside_m[on]
        lengths = np.concatenate(
            [
                *(paths.length_m, paths.length_m),
                *(aside + stops.to_start_m[on], aside + stops.to_end_m[on]),
            ]
        )
        # Of two ways between the same nodes the shorter: a sparse array would add them up.
        order = np.lexsort((lengths, columns, rows))
        rows, columns, lengths = rows[order], columns[order], lengths[order]
        kept = np.ones(len(rows), dtype=bool)
        kept[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
        return csr_array(
            (lengths[kept], (rows[kept], columns[kept])),
            shape=(first + len(stops.edge),) * 2,
        )


def measure_on(xy: Floats, targets: Sequence[Geometry], network: Network) -> Along:
    """How far points (n, 2) are from the nearest target, as far as both are on the network. One
    arrives at a point, or at any of several, where it comes upon the network; at an area as
    `Network.reach_shape` says. All metric."""
    squares = network.snap(xy)
    stops, of_stop = reach_targets(targets, network)
    distance, nearest = network.measure_nearest(squares, stops, of_stop)
    off = np.setdiff1d(np.arange(len(targets)), of_stop)
    return Along(distance, nearest, np.flatnonzero(squares.is_off), off)


def reach_targets(targets: Sequence[Geometry], network: Network) -> tuple[Stops, Ints]:
    """The stops of all targets that are on the network, and which target each is of."""
    shapes = np.array(targets, dtype=object)
    are_points = shapely.get_dimensions(shapes) == 0
    points = np.flatnonzero(are_points)
    coordinates, index = shapely.get_coordinates(shapes[points], return_index=True)
    found = network.snap(coordinates)
    on = np.flatnonzero(~found.is_off)
    stops, owners = [_take(found, on)], [points[index[on]]]
    for number in np.flatnonzero(~are_points).tolist():
        stops.append(network.reach_shape(targets[number]))
        owners.append(np.full(len(stops[-1].edge), number, dtype=np.int64))
    return _together(*stops), np.concatenate(owners)


def _pair_on_same_edge(squares: Stops, stops: Stops) -> tuple[Ints, Ints, Floats]:
    """All pairs of a square and a stop on the same edge, and how far apart they are along it."""
    order = np.argsort(stops.edge, kind="stable")
    edges = stops.edge[order]
    low = np.searchsorted(edges, squares.edge, "left")
    counts = np.searchsorted(edges, squares.edge, "right") - low
    counts[squares.is_off] = 0
    square, place = _expand(low, counts)
    stop = order[place]
    # A square stands at a point; a stop may be a stretch, and who stands on that is there.
    by_start = stops.to_start_m[stop] - squares.to_start_m[square]
    by_end = stops.to_end_m[stop] - squares.to_end_m[square]
    between = np.maximum(np.maximum(by_start, by_end), 0)
    return square, stop, squares.aside_m[square] + between + stops.aside_m[stop]


def _expand(begins: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """Ranges laid out: of each place the number of its range, and the place."""
    of_range = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(of_range)) - np.repeat(np.cumsum(counts) - counts, counts)
    return of_range, begins[of_range] + within


def _take(stops: Stops, which: Ints | slice) -> Stops:
    return Stops(
        stops.edge[which], stops.to_start_m[which], stops.to_end_m[which], stops.aside_m[which]
    )


def _together(*parts: Stops) -> Stops:
    return Stops(
        np.concatenate([part.edge for part in parts]),
        np.concatenate([part.to_start_m for part in parts]),
        np.concatenate([part.to_end_m for part in parts]),
        np.concatenate([part.aside_m for part in parts]),
    )
