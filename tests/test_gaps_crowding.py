"""How many share each thing, and how evenly it is spread."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from geoapp.completeness.rules import Known
from geoapp.coverage.gaps.crowding import Weighing, find_crowding, measure_areas, pair_things
from geoapp.coverage.gaps.equity import Equity, find_equity, find_quantile, measure_gini
from geoapp.coverage.gaps.reach import measure
from geoapp.coverage.gaps.walking import make_paths
from geoapp.coverage.gaps.worlds import World
from tests.gaps_worlds import draw_world, make_world


def test_an_example_by_hand_with_all_its_numbers() -> None:
    # Ten people live at 0, twenty at 300 and thirty at 600, and near is 400 m. A court stands at
    # 100 and one at 500. The ten reach the first alone, the thirty the second, the twenty both.
    world = make_world(
        [(0, 0), (300, 0), (600, 0)],
        [Point(100, 0), Point(500, 0)],
        amounts=[10, 20, 30],
        reach_m=400,
    )

    found = find_crowding(world)

    # Half of the twenty go to each: 10 + 10 and 10 + 30 people, which are all sixty.
    assert found.demand.tolist() == [20, 40]
    # One court for twenty is 0.05 for each, one for forty 0.025.
    assert found.level.tolist() == [1 / 20, 1 / 40]
    # Those between have half of each: 0.025 + 0.0125. All together: 0.5 + 0.75 + 0.75 = 2 courts.
    assert found.per_person == pytest.approx([0.05, 0.0375, 0.025])
    # Each level is halved over the two squares that reach it: 0.025, 0.025 + 0.0125, 0.0125.
    assert found.service == pytest.approx([0.025, 0.0375, 0.0125])


def test_the_same_example_where_what_is_nearer_draws_more_and_fields_differ() -> None:
    world = make_world(
        [(0, 0), (300, 0), (600, 0)],
        [box(100, -10, 110, 10), box(400, -10, 500, 0)],
        amounts=[10, 20, 30],
        reach_m=400,
    )

    found = find_crowding(world, supply=measure_areas(world), weighing=Weighing.LINEAR)

    # The middle is 190 from the first (1 - 190/400 = 0.525) and 100 from the second (0.75); the
    # first home is just 400 from the second, which draws nothing.
    to_first = 0.525 / (0.525 + 0.75)
    demand = [10 + 20 * to_first, 20 * (1 - to_first) + 30]
    assert found.demand == pytest.approx(demand)
    assert found.level == pytest.approx([200 / demand[0], 1000 / demand[1]])


def test_who_lives_where_nothing_is_known_and_who_reaches_nothing_is_not_counted() -> None:
    world = make_world(
        [(0, 0), (0, 0), (5000, 0)],
        [Point(0, 0), Point(9000, 0)],
        amounts=[10, 20, 40],
        ground_of=[0, 1, 0],
        known=[Known.PARTIAL, Known.UNKNOWN],
    )

    found = find_crowding(world)

    assert found.demand.tolist() == [10, 0]
    assert found.level.tolist() == [0.1, 0]
    assert found.per_person.tolist() == [0.1, 0, 0]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(Weighing))
def test_nobody_is_counted_twice_and_nothing_is_handed_out_twice(
    seed: int, weighing: Weighing
) -> None:
    random = np.random.default_rng(seed)
    world = draw_world(random)
    supply = random.uniform(0, 9, len(world.things))
    square, _, distance = pair_things(world)
    if weighing is Weighing.LINEAR:
        square = square[distance < world.reach_m[square]]

    found = find_crowding(world, supply=supply, weighing=weighing)

    assert found.demand.sum() == pytest.approx(world.amounts[np.unique(square)].sum())
    assert (world.amounts * found.per_person).sum() == pytest.approx(supply[found.demand > 0].sum())
    assert found.service.sum() == pytest.approx(found.level.sum())


def test_along_paths_and_straight_the_nearest_pair_is_the_distance_measured() -> None:
    random = np.random.default_rng(3)
    for number in range(60):
        world = draw_world(random)
        if number % 2:
            corners = random.integers(0, 20, (25, 2, 2)) * 100.0
            lines = [(LineString(ends), ()) for ends in corners if (ends[0] != ends[1]).any()]
            world = replace(world, paths=make_paths(lines, band=None, max_snap_m=120))
        assert_nearest(world)


def assert_nearest(world: World) -> None:
    """The pairs of each square say what is measured of it, as far as it is near."""
    nearest = np.full(len(world.xy), np.inf)
    square, _, distance = pair_things(world)
    np.minimum.at(nearest, square, distance)
    measured = measure(world).distance_m
    is_near = (measured <= world.reach_m) & ~world.unknown
    assert nearest == pytest.approx(np.where(is_near, measured, np.inf))


def test_shares_distances_and_the_coefficient_of_gini_of_a_small_world() -> None:
    world = make_world(
        [(0, 0), (300, 0), (600, 0), (900, 0)],
        [Point(0, 0)],
        amounts=[1, 2, 5, 100],
        ground_of=[0, 0, 1, 2],
        known=[Known.COMPLETE, Known.PARTIAL, Known.UNKNOWN],
        reach_m=299,
    )

    found = find_equity(world, measure(world))

    # Of the eight who are known one has it near; half have no further than 600.
    assert (found.share_near, found.least_share, found.most_share) == (1 / 8, 0, 1 / 3)
    assert (found.middle_m, found.ninetieth_m) == (600, 600)
    # By the definition: the mean of all differences, half of it as a part of the mean.
    metres = np.repeat([0, 300, 600], [1, 2, 5])
    differences = np.abs(metres[:, None] - metres[None, :]).mean()
    assert found.gini == pytest.approx(differences / 2 / metres.mean())


def test_where_nothing_is_known_or_nothing_stands_there_is_no_figure() -> None:
    silent = make_world([(0, 0)], known=[Known.UNKNOWN])
    empty = make_world([(0, 0)])

    assert find_equity(silent, measure(silent)) == Equity(None, None, None, None, None, None)
    assert find_equity(empty, measure(empty)) == Equity(0, 0, 0, None, np.inf, np.inf)
    assert measure_gini(np.zeros(3), np.ones(3)) == 0
    assert find_quantile(np.array([10.0, 20.0]), np.array([1.0, 1.0]), 0.5) == 10
