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
from sqlalchemy import or_
from sqlalchemy.orm import Session

from geoapp.areas.queries import list_neighbourhoods
from geoapp.assets.rules import Kind
from geoapp.coverage.gaps.adding import (
    Choice,
    Loss,
    Spots,
    lies_in_unknown,
    lose,
    make_grid,
    pick_greedily,
    reached_from,
    tell_choice,
)
from geoapp.coverage.gaps.counting import Answers, Counts
from geoapp.coverage.gaps.exact import LIMIT_S, Exact, choose_exactly
from geoapp.coverage.gaps.questions import PLATFORM
from geoapp.coverage.gaps.reading import Finding
from geoapp.coverage.gaps.worlds import Floats, Nearness
from geoapp.errors import Invalid
from geoapp.geo.crs import LONLAT, transform_point, transform_shape
from geoapp.plans.queries import PlanItemFacts, items_in
from geoapp.plans.rules import State
from geoapp.plans.tables import PlanItem

MOST_PICKS = 5
# Plans that are weighed, the newest.
MOST_PLANS = 400
# Nothing stands there yet, and it may still come.
HOPED_FOR = (State.PLAN, State.ASKED, State.GRANTED, State.PARTLY)


class Among(StrEnum):
    """Which spots are weighed."""

    PLANS = "plans"
    GRID = "grid"


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


@dataclass(frozen=True, eq=False)
class Weighed:
    """The spots that were weighed; `items` are the plans of each, if they are plans."""

    among: Among
    spots: Spots
    items: tuple[PlanItemFacts, ...]


@dataclass(frozen=True)
class More:
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


def read_among(typed: str) -> Among:
    """Which spots somebody wants weighed; plans where they do not say.

    Raises:
        Invalid: it is none of them.
    """
    try:
        return Among(typed or Among.PLANS)
    except ValueError:
        raise Invalid("Choose plans or a grid.", field="spots") from None


def read_count(typed: str) -> int:
    """How many spots; two where nobody says.

    Raises:
        Invalid: it is no number from 1 to 5.
    """
    if not typed:
        return 2
    if typed not in map(str, range(1, MOST_PICKS + 1)):
        raise Invalid("Choose from 1 to {most} spots.", field="n", most=MOST_PICKS)
    return int(typed)


def check_kind(kind: str) -> None:
    """Spots are weighed for what stands somewhere.

    Raises:
        Invalid: this does not.
    """
    if kind == PLATFORM:
        raise Invalid("A platform has no spot: choose something that stands there.", field="kind")


def weigh(session: Session, *, finding: Finding, among: Among) -> Weighed:
    """The spots that are weighed for a question.

    Raises:
        Invalid: what is looked for stands nowhere.
    """
    check_kind(finding.question.kind)
    if among is Among.GRID:
        return Weighed(among, make_grid(finding.world), ())
    items = [
        item
        for item in _list_plans(session, finding)
        if item.lon is not None and item.lat is not None
    ]
    srid = finding.place.metric_srid
    xy = [transform_point(item.lon or 0.0, item.lat or 0.0, LONLAT, srid) for item in items]
    names = [item.code for item in items]
    return Weighed(among, Spots(np.array(xy, dtype=float).reshape(-1, 2), names), tuple(items))


def _list_plans(session: Session, finding: Finding) -> list[PlanItemFacts]:
    """Plans for what is looked for, or for nothing that is said; the first one first."""
    where = [
        PlanItem.district_id == finding.place.id,
        PlanItem.point.is_not(None),
        PlanItem.state.in_(HOPED_FOR),
        or_(PlanItem.kind == Kind(finding.question.kind), PlanItem.kind.is_(None)),
    ]
    return items_in(session, where=where, limit=MOST_PLANS)[::-1]


def find_more(session: Session, *, finding: Finding, weighed: Weighed, count: int) -> More:
    """The spots that add most, one after the other, at most `count`."""
    world, measured, spots = finding.world, finding.measured, weighed.spots
    reached = reached_from(world, measured, spots)
    picks = pick_greedily(world, reached, count)
    choice = tell_choice(world, measured, spots, reached, picks)
    return _tell(session, finding, weighed, choice)


def find_most(
    session: Session,
    *,
    finding: Finding,
    weighed: Weighed,
    count: int,
    limit_s: float = LIMIT_S,
) -> tuple[More, Exact]:
    """The spots that together add most, and how sure that is: it can take `limit_s` seconds."""
    exact = choose_exactly(finding.world, finding.measured, weighed.spots, count, limit_s=limit_s)
    return _tell(session, finding, weighed, exact.choice), exact


def _tell(session: Session, finding: Finding, weighed: Weighed, choice: Choice) -> More:
    silent = lies_in_unknown(finding.world, weighed.spots)
    after = _answer_after(finding, weighed.spots, choice)
    return More(
        proposals=tuple(_propose(finding, weighed, choice)),
        weighed=len(weighed.spots.xy),
        not_known=int(silent.sum()),
        before=choice.before,
        after=choice.after,
        buurten=tuple(
            Change(line.slug, line.name, before, then)
            for line, before, then in zip(
                finding.lines, choice.before_by_ground, choice.after_by_ground, strict=True
            )
            if then.near > before.near
        ),
        neighbourhoods=tuple(_change_neighbourhoods(session, finding, after)),
        why=None if choice.picks else _find_why(weighed, choice, silent),
    )


def _propose(finding: Finding, weighed: Weighed, choice: Choice) -> Iterator[Proposal]:
    together = 0.0
    for pick in choice.picks:
        together += pick.amount
        lon, lat = transform_point(pick.x, pick.y, finding.place.metric_srid, LONLAT)
        item = weighed.items[pick.index] if weighed.items else None
        yield Proposal(lon, lat, pick.amount, together, item)


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
        if then.near > before.near:
            yield Change(one.slug, one.name, before, then, is_example=one.is_example)


def _sum_inside(amounts: Floats, inside: NDArray[np.bool_], answers: Answers) -> Counts:
    sums = np.bincount(answers[inside], weights=amounts[inside], minlength=3)
    return Counts(*map(float, sums))


def _find_why(weighed: Weighed, choice: Choice, silent: NDArray[np.bool_]) -> Why:
    if choice.before.far <= 0:
        known = choice.before.near > 0
        return Why.NOBODY_FAR if known else Why.NOT_KNOWN
    if not len(weighed.spots.xy):
        return Why.NO_PLANS if weighed.among is Among.PLANS else Why.NOT_KNOWN
    return Why.NOT_KNOWN if np.all(silent) else Why.TOO_FAR


def find_loss(finding: Finding, *, code: str) -> Loss | None:
    """What goes with the thing of this code; None: it is none of those that count."""
    for index, thing in enumerate(finding.world.things):
        if thing.code == code and thing.counts:
            return lose(finding.world, finding.measured, index)
    return None
