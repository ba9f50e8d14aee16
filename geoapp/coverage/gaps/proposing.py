"""What one more does: the best of the spots that people have in mind, or of a grid, with who is
near something before and after, by buurt and by neighbourhood; and what goes with one thing.

No spot is proposed where nobody knows what stands there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from geoapp.areas.queries import list_neighbourhoods
from geoapp.coverage.gaps.adding import (
    Choice,
    Loss,
    Spots,
    lies_in_unknown,
    lose,
    pick_greedily,
    reached_from,
    tell_choice,
)
from geoapp.coverage.gaps.counting import Answers, Counts
from geoapp.coverage.gaps.findings import Finding
from geoapp.coverage.gaps.spots import More, Whence
from geoapp.coverage.gaps.worlds import Floats, Nearness
from geoapp.geo.crs import LONLAT, transform_point, transform_shape
from geoapp.plans.queries import PlanItemFacts, items_in
from geoapp.plans.tables import PlanItem


class Why(StrEnum):
    """Why there is nothing to propose."""

    NO_PLANS = "no_plans"
    NOT_KNOWN = "not_known"
    NOBODY_FAR = "nobody_far"
    TOO_FAR = "too_far"


@dataclass(frozen=True)
class Proposal:
    """A spot (lon/lat): for how many more it is near, and for how many with those before it."""

    lon: float
    lat: float
    amount: float
    together: float
    item: PlanItemFacts | None


@dataclass(frozen=True)
class Change:
    """Who is near something in an area, before and after."""

    slug: str
    name: str
    before: Counts
    after: Counts
    is_example: bool = False


@dataclass(frozen=True)
class Proposed:
    """The best spots. `buurten` and `neighbourhoods` only have those where something changes, from
    A to Z; neighbourhoods may overlap. `why` there is nothing, where there is nothing."""

    proposals: tuple[Proposal, ...]
    weighed: int
    not_known: int
    before: Counts
    after: Counts
    buurten: tuple[Change, ...]
    neighbourhoods: tuple[Change, ...]
    why: Why | None


def propose(session: Session, *, finding: Finding, more: More, spots: Spots) -> Proposed:
    """Of `spots` those that add most, one after the other, as many as are asked for."""
    world, measured = finding.world, finding.measured
    reached = reached_from(world, measured, spots)
    picks = pick_greedily(world, reached, more.count)
    choice = tell_choice(world, measured, spots, reached, picks)
    return tell(session, finding=finding, more=more, spots=spots, choice=choice)


def tell(
    session: Session, *, finding: Finding, more: More, spots: Spots, choice: Choice
) -> Proposed:
    """What a choice among `spots` does."""
    silent = lies_in_unknown(finding.world, spots)
    after = _answer_after(finding, spots, choice)
    return Proposed(
        proposals=tuple(_propose(session, finding, more, choice)),
        weighed=len(spots.xy),
        not_known=int(silent.sum()),
        before=choice.before,
        after=choice.after,
        buurten=tuple(
            Change(line.slug, line.name, before, then)
            for line, before, then in zip(
                finding.lines, choice.before_by_ground, choice.after_by_ground, strict=True
            )
            if adds_somebody(before, then)
        ),
        neighbourhoods=tuple(_change_neighbourhoods(session, finding, after)),
        why=None if choice.picks else _find_why(more, choice, silent),
    )


def _propose(session: Session, finding: Finding, more: More, choice: Choice) -> Iterator[Proposal]:
    items: dict[str, PlanItemFacts] = {}
    codes = [pick.name for pick in choice.picks]
    if more.whence is Whence.PLANS and codes:
        where = [PlanItem.code.in_(codes)]
        items = {item.code: item for item in items_in(session, where=where, limit=len(codes))}
    together = 0.0
    for pick in choice.picks:
        together += pick.amount
        lon, lat = transform_point(pick.x, pick.y, finding.place.metric_srid, LONLAT)
        yield Proposal(lon, lat, pick.amount, together, items.get(pick.name))


def _answer_after(finding: Finding, spots: Spots, choice: Choice) -> Answers:
    chosen = [pick.index for pick in choice.picks]
    few = Spots(spots.xy[chosen], [spots.names[i] for i in chosen])
    after = finding.answers.copy()
    after[np.unique(reached_from(finding.world, finding.measured, few).indices)] = Nearness.NEAR
    return after


def _change_neighbourhoods(session: Session, finding: Finding, after: Answers) -> Iterator[Change]:
    if not (after != finding.answers).any():
        return
    world = finding.world
    for one in list_neighbourhoods(session, district_id=finding.place.id):
        metric = transform_shape(one.shape, LONLAT, world.srid)
        inside = shapely.contains_xy(metric, world.xy)
        before, then = (
            _sum_inside(world.amounts, inside, answers) for answers in (finding.answers, after)
        )
        if adds_somebody(before, then):
            yield Change(one.slug, one.name, before, then, is_example=one.is_example)


def adds_somebody(before: Counts, after: Counts) -> bool:
    """True where it is near for one more at least."""
    return after.rounded().near > before.rounded().near


def _sum_inside(amounts: Floats, inside: NDArray[np.bool_], answers: Answers) -> Counts:
    sums = np.bincount(answers[inside], weights=amounts[inside], minlength=3)
    return Counts(*map(float, sums))


def _find_why(more: More, choice: Choice, silent: NDArray[np.bool_]) -> Why:
    if choice.before.far <= 0:
        return Why.NOBODY_FAR if choice.before.near > 0 else Why.NOT_KNOWN
    if not len(silent):
        return Why.NO_PLANS if more.whence is Whence.PLANS else Why.NOT_KNOWN
    return Why.NOT_KNOWN if silent.all() else Why.TOO_FAR


def find_loss(finding: Finding, *, code: str) -> Loss | None:
    """What goes with the thing of this code; None: it is none of those that count."""
    for index, thing in enumerate(finding.world.things):
        if thing.code == code and thing.counts:
            return lose(finding.world, finding.measured, index)
    return None
