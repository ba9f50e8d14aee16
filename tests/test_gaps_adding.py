"""What one more does, what is lost, and what the best is."""

import itertools
import warnings

import numpy as np
import pulp
import pytest
from shapely import LineString, Point
from spopt.locate import MCLP

from geoapp.completeness.rules import Known
from geoapp.coverage.gaps.adding import (
    Choice,
    choose_best,
    lose,
    make_grid,
    pick_greedily,
    reached_from,
)
from geoapp.coverage.gaps.counting import Counts, judge
from geoapp.coverage.gaps.exact import bound_choice, choose_exactly
from geoapp.coverage.gaps.reach import measure
from geoapp.coverage.gaps.walking import make_paths
from geoapp.coverage.gaps.worlds import Nearness, World
from tests.gaps_worlds import XY, draw_spots, draw_world, make_spots, make_world

# Three homes in a row, 300 m apart, then two more far off.
ROW: list[XY] = [(0, 0), (300, 0), (600, 0), (5000, 0), (5300, 0)]


def choose(world: World, *xy: XY, count: int = 2) -> Choice:
    """The greedy choice of these spots."""
    return choose_best(world, measure(world), make_spots(*xy), count)


def test_a_spot_adds_who_is_far_now_and_would_be_near() -> None:
    world = make_world(ROW, [Point(0, 0)], amounts=[10, 20, 30, 40, 50], reach_m=400)

    choice = choose(world, (300, 0), (600, 0), (5150, 0))

    # The first two homes have it near already.
    assert [(pick.name, pick.amount) for pick in choice.picks] == [("c", 90), ("a", 30)]
    assert choice.before == Counts(near=30, far=120)
    assert choice.after == Counts(near=150, far=0)
    assert choice.amount == 120


def test_a_spot_is_told_for_what_it_adds_to_those_before_it() -> None:
    world = make_world([(0, 0), (300, 0), (600, 0)], amounts=[5, 5, 4], reach_m=300)

    choice = choose(world, (150, 0), (450, 0), (600, 0), count=3)

    assert [(pick.name, pick.amount) for pick in choice.picks] == [("a", 10), ("b", 4)]


def test_of_two_alike_the_first_is_taken() -> None:
    world = make_world([(0, 0), (5000, 0)], reach_m=100)

    assert [pick.name for pick in choose(world, (5000, 0), (0, 0)).picks] == ["a", "b"]
    assert [pick.name for pick in choose(world, (0, 0), (5000, 0), count=1).picks] == ["a"]


def test_nothing_is_proposed_where_nobody_knows_and_nobody_there_counts() -> None:
    world = make_world(
        [(0, 0), (200, 0), (5000, 0)],
        amounts=[100, 1, 1],
        ground_of=[0, 1, 1],
        known=[Known.UNKNOWN, Known.PARTIAL],
        reach_m=300,
    )

    choice = choose(world, (0, 0), (100.1, 0), (5000, 0), count=3)

    # The first lies where nobody knows; the second reaches that ground too, but counts one.
    assert [(pick.name, pick.amount) for pick in choice.picks] == [("b", 1), ("c", 1)]
    assert choice.after_by_ground == (Counts(unknown=100), Counts(near=2))
    assert choice.before_by_ground == (Counts(unknown=100), Counts(far=2))


def test_a_spot_in_a_square_of_two_grounds_is_not_proposed_where_one_is_not_known() -> None:
    world = make_world([(0, 0), (0, 0)], ground_of=[0, 1], known=[Known.COMPLETE, Known.UNKNOWN])

    assert choose(world, (10, 0)).picks == ()
    assert len(make_grid(world).xy) == 0


def test_where_all_is_near_or_nobody_lives_nothing_is_proposed() -> None:
    assert choose(make_world(ROW, [Point(x, 0) for x, _ in ROW]), (0, 0)).picks == ()
    assert choose(make_world(ROW, amounts=[0] * 5), (0, 0)).picks == ()
    assert choose(make_world([]), (0, 0)).picks == ()
    assert choose(make_world(ROW)).picks == ()


def test_along_paths_a_spot_across_the_water_reaches_nobody() -> None:
    lines = [LineString([(0, 0), (2000, 0)]), LineString([(0, 100), (2000, 100)])]
    bridge = LineString([(2000, 0), (2000, 100)])
    homes: list[XY] = [(100, 0), (500, 0), (1900, 0), (100, 400)]

    def reach(*lines: LineString) -> list[list[int]]:
        paths = make_paths([(line, ()) for line in lines], band=None, max_snap_m=50)
        world = make_world(homes, paths=paths, reach_m=400)
        spots = make_spots((300, 0), (300, 100), (1900, 110), (300, 400))
        found: list[list[int]] = reached_from(world, measure(world), spots).toarray().tolist()
        return found

    # The last home and the last spot are off the paths: a straight line has to do.
    assert reach(*lines) == [[1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 1]]
    assert reach(*lines, bridge)[2] == [0, 0, 1, 0]


def test_along_paths_a_spot_reaches_who_would_be_near_once_it_is_there() -> None:
    random = np.random.default_rng(7)
    for _ in range(20):
        corners = random.integers(0, 20, (25, 2, 2)) * 100.0
        lines = [(LineString(ends), ()) for ends in corners if (ends[0] != ends[1]).any()]
        drawn = draw_world(random)
        world = World(
            **{
                **{name: getattr(drawn, name) for name in ("srid", "xy", "amounts", "ground_of")},
                "reach_m": drawn.reach_m * 3,
                "grounds": drawn.grounds,
                "things": drawn.things,
                "paths": make_paths(lines, band=None, max_snap_m=120),
            }
        )
        spots = draw_spots(random)
        reached = reached_from(world, measure(world), spots).toarray()
        assert_reached(world, spots.xy, reached)


def test_in_a_straight_line_a_spot_reaches_who_would_be_near_once_it_is_there() -> None:
    random = np.random.default_rng(8)
    for _ in range(50):
        world, spots = draw_world(random), draw_spots(random)
        assert_reached(world, spots.xy, reached_from(world, measure(world), spots).toarray())


def assert_reached(world: World, spots: np.ndarray, reached: np.ndarray) -> None:
    """Each row says who comes near by a thing at that spot; or nothing, where it may not come."""
    far = judge(world, measure(world)) == Nearness.FAR
    for spot, row in zip(spots, reached, strict=True):
        things = make_world([], [Point(spot)]).things
        names = ("srid", "xy", "amounts", "ground_of", "reach_m", "grounds", "paths", "detour")
        alone = World(**{name: getattr(world, name) for name in names}, things=things)
        near = judge(alone, measure(alone)) == Nearness.NEAR
        nearest = np.hypot(*(world.xy - spot).T)
        if world.unknown[nearest == nearest.min()].any():
            near[:] = False
        assert row.tolist() == (far & near).astype(int).tolist()


def test_the_grid_stands_in_squares_where_somebody_lives_and_reads_from_the_north_west() -> None:
    world = make_world(
        [(50, 50), (150, 50), (250, 50), (50, 350), (950, 950)],
        amounts=[1, 1, 1, 1, 0],
    )

    assert make_grid(world, 100).xy.tolist() == [[50, 350], [50, 50], [150, 50], [250, 50]]
    assert make_grid(world, 10).names == make_grid(world, 100).names
    assert make_grid(world, 200).names == ["50 350", "50 50", "250 50"]
    assert len(make_grid(make_world([])).xy) == 0


def test_what_is_lost_is_who_has_no_other_near_and_the_next_is_told() -> None:
    world = make_world(
        [(0, 0), (200, 0), (800, 0), (0, 0)],
        [Point(0, 0), Point(500, 0), Point(900, 0)],
        amounts=[3, 5, 7, 9],
        ground_of=[0, 1, 1, 2],
        known=[Known.COMPLETE, Known.PARTIAL, Known.UNKNOWN],
        reach_m=300,
    )

    loss = lose(world, measure(world), 0)

    # The second home has the other at just 300 m; of the last nobody knows.
    assert loss.squares.tolist() == [0]
    assert [(line.ground, line.amount, line.least_m, line.most_m) for line in loss.lines] == [
        (0, 3, 500, 500)
    ]
    assert (loss.before, loss.after) == (Counts(15, 0, 9), Counts(12, 3, 9))
    assert lose(world, measure(world), 1).amount == 0


def test_where_nothing_else_stands_the_next_is_nowhere() -> None:
    world = make_world([(0, 0), (10, 0)], [Point(0, 0)], reach_m=300)

    loss = lose(world, measure(world), 0)

    assert loss.next_m.tolist() == [np.inf, np.inf]
    assert loss.amount == 2


def test_what_is_lost_equals_what_is_measured_without_it() -> None:
    random = np.random.default_rng(9)
    for _ in range(50):
        world = draw_world(random)
        measured = measure(world)
        for index in range(len(world.things)):
            loss = lose(world, measured, index)
            others = [i for i, one in enumerate(world.things) if one.counts and i != index]
            answers = judge(world, measure(world, others))
            counted = [float(world.amounts[answers == one].sum()) for one in Nearness]
            assert loss.after == Counts(*counted)
            assert loss.amount == loss.before.near - loss.after.near


# -- Exactly ---------------------------------------------------------------------------------

# Greedy takes the middle, which leaves both others half as good.
TRAP: list[XY] = [(x * 100.0, 0.0) for x in range(6)]
TRAP_SPOTS: list[XY] = [(250, 0), (100, 0), (400, 0)]


def test_the_exact_choice_passes_the_greedy_one_where_that_falls_into_a_trap() -> None:
    world = make_world(TRAP, amounts=[2, 2, 2.5, 2.5, 2, 2], reach_m=150)

    greedy = choose(world, *TRAP_SPOTS)
    exact = choose_exactly(world, measure(world), make_spots(*TRAP_SPOTS), 2)

    assert (greedy.picks[0].name, greedy.amount) == ("a", 9 + 2)
    assert [pick.name for pick in exact.choice.picks] == ["b", "c"]
    assert (exact.choice.amount, exact.is_proven, exact.bound) == (13, True, 13)


def test_without_time_the_greedy_choice_stands_unproven_with_what_could_be() -> None:
    world = make_world(TRAP, amounts=[2, 2, 2.5, 2.5, 2, 2], reach_m=150)

    exact = choose_exactly(world, measure(world), make_spots(*TRAP_SPOTS), 2, limit_s=0.0)

    assert exact.choice == choose(world, *TRAP_SPOTS)
    assert not exact.is_proven
    assert exact.bound == 13


def test_where_nothing_can_be_added_that_is_proven() -> None:
    exact = choose_exactly(make_world(ROW), measure(make_world(ROW)), make_spots(), 3)

    assert (exact.choice.picks, exact.is_proven, exact.bound) == ((), True, 0)


@pytest.mark.parametrize("part", range(4))
def test_it_finds_what_spopt_finds(part: int) -> None:
    # A published solver of the same problem, on a hundred worlds.
    for seed in range(part * 25, part * 25 + 25):
        random = np.random.default_rng(seed)
        world, spots = draw_world(random, squares=80, things=3), draw_spots(random, 20)
        count = 1 + seed % 6
        measured = measure(world)

        exact = choose_exactly(world, measured, spots, count)

        far = judge(world, measured) == Nearness.FAR
        reached = reached_from(world, measured, spots).toarray().T.astype(bool)
        assert exact.is_proven
        assert exact.choice.amount == pytest.approx(
            solve_with_spopt(world.amounts * far, reached, count), abs=1e-6
        )


def solve_with_spopt(amounts: np.ndarray, reached: np.ndarray, count: int) -> float:
    """Who is reached by the best choice; `reached` is (squares, spots)."""
    if not reached.any():
        return 0.0
    with warnings.catch_warnings():
        # What pulp says of how it will be called in a later version.
        warnings.simplefilter("ignore", DeprecationWarning)
        model = MCLP.from_cost_matrix(
            np.where(reached, 0.0, 2.0), amounts, service_radius=1.0, p_facilities=count
        )
        model.solve(pulp.PULP_CBC_CMD(msg=False))
    taken = [i for i, clients in enumerate(model.fac2cli) if clients]
    return float(amounts[reached[:, taken].any(axis=1)].sum())


def test_greedy_never_passes_the_best_and_reaches_63_of_a_hundred_of_it() -> None:
    random = np.random.default_rng(11)
    for _ in range(60):
        world, spots = draw_world(random), draw_spots(random, 8)
        measured = measure(world)
        reached = reached_from(world, measured, spots).toarray()
        best = max(
            float((reached[list(some)].any(axis=0) * world.amounts).sum())
            for some in itertools.combinations(range(8), 3)
        )
        greedy = choose_best(world, measured, spots, 3).amount
        exact = choose_exactly(world, measured, spots, 3).choice.amount
        assert exact == pytest.approx(best)
        matrix = reached_from(world, measured, spots)
        for picks in ([], [0], pick_greedily(world, matrix, 3)):
            assert bound_choice(world, matrix, picks, 3) >= best - 1e-6
        assert (1 - 1 / np.e) * best <= greedy + 1e-6 <= best + 2e-6
