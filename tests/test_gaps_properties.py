"""What is so of every world: of a thousand drawn at random, and of those hypothesis thinks of."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from geoapp.completeness.rules import Known
from geoapp.coverage.gaps.adding import choose_best
from geoapp.coverage.gaps.counting import judge, sum_all, sum_by_ground
from geoapp.coverage.gaps.reach import NONE, measure, measure_again
from geoapp.coverage.gaps.worlds import Nearness, Thing, World
from tests.gaps_worlds import draw_spots, draw_thing, draw_world, make_world

Seed = st.integers(0, 2**32)


def answer_slowly(world: World) -> list[Nearness]:
    """The answer of each square, one pair after the other, without any index."""
    answers = []
    for home, ground, reach_m in zip(world.xy, world.ground_of, world.reach_m, strict=True):
        if world.grounds[ground].known is Known.UNKNOWN:
            answers.append(Nearness.UNKNOWN)
            continue
        here = Point(home)
        is_near = any(
            here.distance(thing.target) * world.detour <= reach_m
            for thing in world.things
            if thing.is_open is not False
        )
        answers.append(Nearness.NEAR if is_near else Nearness.FAR)
    return answers


@pytest.mark.parametrize("part", range(4))
def test_it_is_what_one_finds_by_going_over_every_pair(part: int) -> None:
    for seed in range(part * 250, part * 250 + 250):
        world = draw_world(np.random.default_rng(seed))
        assert judge(world, measure(world)).tolist() == answer_slowly(world)


def test_what_is_just_as_far_as_near_may_be_is_near() -> None:
    world = make_world([(0, 0), (1, 0)], [Point(-400, 0)], reach_m=400)

    assert judge(world, measure(world)).tolist() == [Nearness.NEAR, Nearness.FAR]


@pytest.mark.parametrize("part", range(4))
def test_near_and_far_and_unknown_are_all_together_and_in_every_ground(part: int) -> None:
    for seed in range(part * 250, part * 250 + 250):
        world = draw_world(np.random.default_rng(seed))
        answers = judge(world, measure(world))
        whole, grounds = sum_all(world, answers), sum_by_ground(world, answers)
        assert whole.near + whole.far + whole.unknown == world.amounts.sum()
        for number, counts in enumerate(grounds):
            assert counts.all == world.amounts[world.ground_of == number].sum()
        assert sum(counts.near for counts in grounds) == whole.near
        assert sum(whole.of_hundred()) == (100 if whole.all else 0)


@settings(max_examples=200, deadline=None)
@given(Seed, st.floats(1, 3))
def test_who_is_near_stays_so_where_near_is_further(seed: int, times: float) -> None:
    world = draw_world(np.random.default_rng(seed))
    measured = measure(world)

    before = judge(world, measured)
    after = judge(replace(world, reach_m=world.reach_m * times), measured)

    assert (after[before == Nearness.NEAR] == Nearness.NEAR).all()
    assert (after[before == Nearness.UNKNOWN] == Nearness.UNKNOWN).all()


@settings(max_examples=200, deadline=None)
@given(Seed)
def test_one_more_thing_makes_it_worse_for_nobody(seed: int) -> None:
    random = np.random.default_rng(seed)
    world = draw_world(random)
    more = replace(world, things=[*world.things, draw_thing(random, int(random.integers(0, 3)))])

    before, after = measure(world), measure(more)

    assert (after.distance_m <= before.distance_m).all()
    assert (judge(more, after)[judge(world, before) == Nearness.NEAR] == Nearness.NEAR).all()


@settings(max_examples=200, deadline=None)
@given(Seed)
def test_what_is_measured_again_is_what_is_measured_anew(seed: int) -> None:
    random = np.random.default_rng(seed)
    world = draw_world(random, things=9)
    counted = [i for i, thing in enumerate(world.things) if thing.counts]
    before_things = random.permutation([i for i in counted if random.random() < 0.7]).tolist()
    now_things = [i for i in counted if random.random() < 0.7]

    before = measure(world, before_things)
    kept = [now_things.index(i) if i in now_things else NONE for i in before_things]
    again = measure_again(world, now_things, before, kept)

    fresh = measure(world, now_things)
    assert again.distance_m.tolist() == fresh.distance_m.tolist()
    # Of two as near either may be named.
    named = again.nearest >= 0
    assert (named == (fresh.nearest >= 0)).all()
    for home, index, distance in zip(
        world.xy[named], again.nearest[named], again.distance_m[named], strict=True
    ):
        target = world.things[now_things[index]].target
        assert Point(home).distance(target) * world.detour == pytest.approx(distance)


@settings(max_examples=100, deadline=None)
@given(Seed, st.integers(1, 6))
def test_after_the_chosen_spots_are_there_so_many_are_near_as_was_said(
    seed: int, count: int
) -> None:
    random = np.random.default_rng(seed)
    world, spots = draw_world(random), draw_spots(random)

    choice = choose_best(world, measure(world), spots, count)

    things = [
        *world.things,
        *(Thing(pick.name, pick.name, Point(pick.x, pick.y)) for pick in choice.picks),
    ]
    after = replace(world, things=things)
    answers = judge(after, measure(after))
    assert choice.after == sum_all(after, answers)
    assert list(choice.after_by_ground) == list(sum_by_ground(after, answers))
    assert choice.amount == pytest.approx(choice.after.near - choice.before.near)
    adds = [pick.amount for pick in choice.picks]
    assert adds == sorted(adds, reverse=True)
