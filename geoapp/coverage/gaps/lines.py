"""What is said of each buurt: its counts, who is active there, and what they say beside it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from geoapp.areas.queries import Part
from geoapp.completeness.queries import KnownFacts
from geoapp.coverage.gaps.counting import Answers, sum_by_ground
from geoapp.coverage.gaps.findings import Line
from geoapp.coverage.gaps.keeping import Kept
from geoapp.coverage.gaps.provision import shapes_of_grounds, to_metric
from geoapp.coverage.gaps.worlds import (
    Measured,
    Nearness,
    World,
)
from geoapp.districts.queries import Place
from geoapp.neighbourhoods.queries import list_buurten
from geoapp.platforms.queries import (
    CounterViewFacts,
    PlatformGround,
)

# Of a buurt less than this part is a seam, and no place where a platform is active.
LEAST_SHARED = 0.01


_active: Kept[Mapping[uuid.UUID, tuple[uuid.UUID, ...]]] = Kept(6)


def find_active(
    session: Session, place: Place, buurten: Sequence[Part], platforms: Sequence[PlatformGround]
) -> Mapping[uuid.UUID, tuple[PlatformGround, ...]]:
    """The platforms active in each buurt."""
    stamps = tuple((one.platform_id, one.stamp) for one in platforms)

    def make() -> Mapping[uuid.UUID, tuple[uuid.UUID, ...]]:
        areas = shapes_of_grounds(session, place, platforms)
        found: dict[uuid.UUID, tuple[uuid.UUID, ...]] = {}
        ids = {part.slug: part.id for part in buurten}
        for buurt in list_buurten(session, district_id=place.id):
            shape = to_metric(buurt.shape, place)
            least = shape.area * LEAST_SHARED
            found[ids[buurt.slug]] = tuple(
                one.platform_id
                for one in platforms
                if areas[one.platform_id].intersection(shape).area > least
            )
        return found

    active = _active.get((place.id, tuple((part.id, part.stamp) for part in buurten), stamps), make)
    by_id = {one.platform_id: one for one in platforms}
    return {
        buurt_id: tuple(by_id[platform_id] for platform_id in ids)
        for buurt_id, ids in active.items()
    }


@dataclass(frozen=True, eq=False)
class Told:
    """What the lines are made of."""

    world: World
    measured: Measured
    answers: Answers
    buurten: Sequence[Part]
    known: Mapping[uuid.UUID, KnownFacts]
    active: Mapping[uuid.UUID, tuple[PlatformGround, ...]]
    views: Sequence[CounterViewFacts]


def make_lines(told: Told) -> tuple[Line, ...]:
    """A line for every buurt, in their order."""
    counts = sum_by_ground(told.world, told.answers)
    by_example = _find_by_example(told.world, told.measured, told.answers)
    lines = []
    for buurt, sums, has_examples in zip(told.buurten, counts, by_example, strict=True):
        platforms = told.active.get(buurt.id, ())
        ids = {one.platform_id for one in platforms}
        lines.append(
            Line(
                slug=buurt.slug,
                name=buurt.name,
                code=buurt.code,
                counts=sums,
                known=told.known[buurt.id],
                platforms=platforms,
                views=tuple(view for view in told.views if view.platform_id in ids),
                has_examples=has_examples,
            )
        )
    return tuple(lines)


def _find_by_example(world: World, measured: Measured, answers: Answers) -> list[bool]:
    """Of each ground whether the nearest of some who are near is an example."""
    # The last stands for none.
    examples = np.array([*(thing.is_example for thing in world.things), False], dtype=bool)
    leans = (answers == Nearness.NEAR) & examples[measured.nearest]
    count = np.bincount(world.ground_of[leans], minlength=len(world.grounds))
    return [bool(one) for one in count]
