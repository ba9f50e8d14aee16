"""Distances along paths, checked by hand."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPoint, Point, box
from shapely.geometry.base import BaseGeometry

from geoapp.coverage.gaps.reach import measure_along
from geoapp.coverage.gaps.walking import Along, Network, make_paths, measure_on
from geoapp.coverage.gaps.worlds import Paths

SNAP_M = 50.0
# Two banks of a river, 100 m apart, with one bridge at x = 1000.
SOUTH = [(0, 0), (500, 0), (1000, 0)]
NORTH = [(0, 100), (1000, 100)]
RIVER = (SOUTH, NORTH, [(1000, 0), (1000, 100)])

Lines = Sequence[Sequence[tuple[float, float]]]


def pave(*lines: Sequence[tuple[float, float]], band: str | None = None) -> Paths:
    """Paths along these corners, none of them barred."""
    return make_paths([(LineString(line), []) for line in lines], band=band, max_snap_m=SNAP_M)


def walk(
    paths: Paths, homes: Sequence[tuple[float, float]], targets: Sequence[BaseGeometry]
) -> Along:
    """How far the homes are from the targets; off the paths a straight line twice."""
    xy, network = np.array(homes, dtype=float), Network(paths)
    along = measure_on(xy, targets, network)
    distance, nearest = measure_along(xy, targets, network, detour=2.0)
    return Along(distance, nearest, along.squares_off, along.targets_off)


def test_who_lives_across_the_river_goes_over_the_bridge() -> None:
    found = walk(pave(*RIVER), [(200, 0), (200, 100)], [Point(200, 110)])

    # 800 to the bridge, 100 over it, 800 back, and 10 from the path.
    assert found.distance_m.tolist() == [800 + 100 + 800 + 10, 10]
    assert found.nearest.tolist() == [0, 0]


def test_a_home_comes_upon_the_path_at_the_nearest_point_of_an_edge_not_at_a_corner() -> None:
    found = walk(pave(SOUTH), [(300, 20)], [Point(450, -5)])

    assert found.distance_m.tolist() == [20 + 150 + 5]


def test_on_the_same_edge_nobody_goes_by_its_ends() -> None:
    found = walk(pave([(0, 0), (1000, 0)]), [(490, 0), (515, 3)], [Point(500, 4)])

    assert found.distance_m.tolist() == [10 + 4, 3 + 15 + 4]


def test_of_two_on_the_same_edge_the_nearer_is_named() -> None:
    targets = [Point(100, 0), Point(480, 0), Point(530, 0)]

    found = walk(pave([(0, 0), (1000, 0)]), [(500, 0), (510, 0), (0, 0)], targets)

    assert found.nearest.tolist() == [1, 2, 0]
    assert found.distance_m.tolist() == [20, 20, 100]


def test_a_dead_end_does_not_lead_on() -> None:
    paths = pave([(0, 0), (300, 0)], [(0, 0), (0, 400), (310, 400), (310, 0)])

    found = walk(paths, [(300, 0)], [Point(310, 0)])

    # Ten metres away, but back and round: 300 + 400 + 310 + 400.
    assert found.distance_m.tolist() == [1410]


def test_a_main_road_is_no_way_for_small_children() -> None:
    lines = [
        (LineString([(0, 0), (100, 0)]), ["0-5"]),
        (LineString([(0, 0), (0, 80), (100, 80), (100, 0)]), []),
    ]
    homes, target = [(0.0, 0.0)], [Point(100, 0)]

    found = {
        band: walk(make_paths(lines, band=band, max_snap_m=SNAP_M), homes, target).distance_m[0]
        for band in ("0-5", "6-11", None)
    }

    assert found == {"0-5": 80 + 100 + 80, "6-11": 100, None: 100}


def test_what_lies_off_the_paths_is_a_straight_line_with_a_detour_and_is_counted() -> None:
    paths = pave([(0, 0), (1000, 0)])
    homes = [(0, 0), (0, 300)]

    found = walk(paths, homes, [Point(30, 60), Point(500, 0)])

    # The first target is 60 from the path, so a straight line twice; the second home is off it.
    assert found.distance_m.tolist() == [
        pytest.approx(2 * np.hypot(30, 60)),
        pytest.approx(2 * np.hypot(30, 240)),
    ]
    assert (found.squares_off.tolist(), found.targets_off.tolist()) == ([1], [0])


def test_no_way_leads_from_one_part_to_another() -> None:
    paths = pave([(0, 0), (100, 0)], [(200, 0), (300, 0)])

    found = walk(paths, [(0, 0), (300, 0)], [Point(80, 0)])

    assert found.distance_m.tolist() == [80, np.inf]
    assert found.nearest.tolist() == [0, -1]


def test_without_paths_or_targets_there_is_an_answer() -> None:
    assert walk(pave(), [(0, 0)], [Point(3, 4)]).distance_m.tolist() == [10]
    assert walk(pave(SOUTH), [(0, 0)], []).distance_m.tolist() == [np.inf]
    assert walk(pave(SOUTH), [(0, 0)], []).nearest.tolist() == [-1]
    nobody = measure_on(np.zeros((0, 2)), [Point(0, 0)], Network(pave(SOUTH)))
    assert nobody.distance_m.tolist() == []


def test_ends_within_half_a_metre_meet_and_those_further_do_not() -> None:
    near = pave([(0, 0), (100, 0)], [(100.3, 0), (200, 0)])
    apart = pave([(0, 0), (100, 0)], [(100.6, 0), (200, 0)])

    assert walk(near, [(0, 0)], [Point(200, 0)]).distance_m.tolist() == [pytest.approx(200)]
    assert walk(apart, [(0, 0)], [Point(200, 0)]).distance_m.tolist() == [np.inf]


def test_a_line_that_ends_at_a_corner_of_another_meets_it_and_one_that_crosses_does_not() -> None:
    through = [(0, 0), (50, 0), (100, 0)]

    side = pave(through, [(50, 0), (50, 40)])
    over = pave(through, [(30, -40), (30, 40)])

    assert walk(side, [(0, 0)], [Point(50, 40)]).distance_m.tolist() == [90]
    assert walk(over, [(0, 0)], [Point(30, 40)]).distance_m.tolist() == [np.inf]


def test_a_corner_said_twice_is_no_edge_and_of_two_ways_the_shorter_counts() -> None:
    paths = pave([(0, 0), (0, 0), (100, 0)], [(0, 0), (100, 0)], [(0, 0), (50, 50), (100, 0)])

    assert len(paths.length_m) == 4
    assert walk(paths, [(0, 0)], [Point(100, 0)]).distance_m.tolist() == [100]


def test_a_thing_at_a_corner_is_reached() -> None:
    assert walk(pave(SOUTH), [(0, 0)], [Point(500, 0)]).distance_m.tolist() == [500]


def test_an_area_is_reached_at_its_edge_from_every_path_beside_it() -> None:
    field = box(100, 10, 200, 90)
    around = pave(SOUTH, NORTH, [(0, 0), (0, 100)])

    found = walk(around, [(50, 0), (50, 100), (150, 0), (150, 40)], [field])

    # To where the path comes within eleven metres of the corner, and ten metres in. Who lives
    # beside the field has ten metres, and who lives in it goes to the path and back.
    corner = 50 - np.sqrt(11**2 - 10**2) + 10
    assert found.distance_m == pytest.approx([corner, corner, 10, 40 + 10], abs=0.1)


def test_a_path_through_an_area_comes_in_on_both_sides() -> None:
    found = walk(pave([(0, 0), (1000, 0)]), [(0, 0), (1000, 0)], [box(400, -50, 600, 50)])

    assert found.distance_m.tolist() == [400, 400]


def test_an_area_with_entrances_is_reached_there_alone() -> None:
    entrances = MultiPoint([(200, 5), (100, 95)])

    found = walk(pave(*RIVER), [(100, 0), (100, 100)], [entrances])

    assert found.distance_m.tolist() == [105, 5]


def test_an_area_too_far_from_every_path_is_off_them() -> None:
    found = walk(pave(SOUTH), [(0, 0)], [box(0, 60, 10, 70)])

    assert found.distance_m.tolist() == [120]
    assert found.targets_off.tolist() == [0]


Coordinate = st.integers(0, 40).map(lambda number: number * 10.0)
Corner = st.tuples(Coordinate, Coordinate)
Line = st.lists(Corner, min_size=2, max_size=5)


@settings(max_examples=200, deadline=None)
@given(st.lists(Line, max_size=8), st.lists(Corner, min_size=1), st.lists(Corner, min_size=1))
def test_no_walk_is_shorter_than_a_straight_line_and_one_more_thing_makes_none_longer(
    lines: Lines, homes: list[tuple[float, float]], things: list[tuple[float, float]]
) -> None:
    paths = pave(*lines)
    targets = [Point(thing) for thing in things]

    found = walk(paths, homes, targets)
    without = walk(paths, homes, targets[:-1])

    straight = [min(Point(home).distance(target) for target in targets) for home in homes]
    assert (found.distance_m >= np.array(straight) - 1e-6).all()
    assert (found.distance_m <= without.distance_m).all()
    assert (np.isinf(found.distance_m) == (found.nearest == -1)).all()
