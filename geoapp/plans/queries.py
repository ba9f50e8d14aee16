"""Questions about plans: what there is, what happened to each, what is said, what was spent."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from geoalchemy2.shape import to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session, aliased

from geoapp.areas.rules import Level
from geoapp.areas.tables import OfficialArea, OrganicArea
from geoapp.assets.queries import ON_MAP
from geoapp.assets.rules import Kind
from geoapp.assets.tables import Asset
from geoapp.budgets.queries import Line, list_lines
from geoapp.budgets.rules import Earmark
from geoapp.budgets.tables import BudgetLine
from geoapp.db import spatial
from geoapp.defects.rules import WordsState
from geoapp.districts.tables import District
from geoapp.errors import NotFound
from geoapp.ledger.chain import Thing
from geoapp.ledger.rules import Verdict
from geoapp.ledger.tables import SecondLook
from geoapp.people.queries import Party, parties_of
from geoapp.people.rules import Subject
from geoapp.people.tables import Organisation
from geoapp.plans.rules import ENDED, Choice, PlaceKind, State, VoiceKind, Wanted
from geoapp.plans.tables import PlanEvent, PlanItem, PlanSpending, PlanVoice
from geoapp.platforms.tables import Platform

Box = tuple[float, float, float, float]
MOST_VOICES, MOST_EVENTS, MOST_SPENDINGS = 100, 100, 200
# A plan is said to be at whatever stands this near.
SAID_WITHIN_M = 60


@dataclass(frozen=True)
class PlanItemFacts:
    """A plan in public; lon/lat of a point inside its place, `bounds` the box of an area.

    `spent_cents` counts what a second person confirmed, `waiting_cents` what still waits for one.
    The ids serve other rooms' questions and are never published.
    """

    id: uuid.UUID
    district_id: uuid.UUID
    district: str
    platform_id: uuid.UUID | None
    platform: str | None
    platform_name: str | None
    organisation_id: uuid.UUID | None
    code: str
    title: str
    place: PlaceKind
    lon: float | None
    lat: float | None
    bounds: Box | None
    themes: tuple[Earmark, ...]
    kind: Kind | None
    maker: Party | None
    maker_id: uuid.UUID | None
    keeper: Party | None
    keeper_id: uuid.UUID | None
    cost_cents: int | None
    wanted_by: date | None
    problem: str
    whose_problem: str
    who_left_out: str
    state: State
    line_id: uuid.UUID | None
    line: str | None
    line_name: str | None
    payer_id: uuid.UUID | None
    granted_cents: int | None
    spent_cents: int
    waiting_cents: int
    help_count: int
    objection_count: int
    view_count: int
    asset_code: str | None
    asset_name: str | None
    version: int
    is_example: bool

    @property
    def wanted(self) -> Wanted:
        """What it asks of money."""
        return Wanted(frozenset(self.themes), self.cost_cents, self.wanted_by, self.platform_id)


@dataclass(frozen=True)
class Happening:
    """That a plan went on: what it became, by which organisation, and with which reasons."""

    state: State
    happened_on: date
    by: str
    by_role: str
    line_name: str | None
    granted_cents: int | None
    alternatives: str
    interests: str
    reasons: str
    visited_on: date | None
    picture_id: uuid.UUID | None
    number: int
    is_example: bool


@dataclass(frozen=True)
class Voice:
    """What somebody says of a plan; `words` are empty unless they are shown."""

    number: int
    kind: VoiceKind
    choice: Choice | None
    words: str
    words_state: WordsState | None
    hidden_because: str | None
    distance_m: int | None
    said_on: date
    is_example: bool


@dataclass(frozen=True)
class Spending:
    """What was spent; `outcome` None: it waits for a second person. `asked_by` is never
    published."""

    number: int
    look_id: uuid.UUID
    asked_by: uuid.UUID | None
    line_id: uuid.UUID
    item_code: str
    item_title: str
    amount_cents: int
    what: str
    spent_on: date
    lon: float | None
    lat: float | None
    picture_id: uuid.UUID | None
    receipt_id: uuid.UUID | None
    by: str
    outcome: Verdict | None
    settled_on: date | None
    settled_by: str
    answer: str
    is_example: bool


# -- Plans -------------------------------------------------------------------------------------


def get_item(session: Session, *, code: str) -> PlanItemFacts:
    """The plan of this code; an idea too, which only its own people may see.

    Raises:
        NotFound: there is none.
    """
    found = _read_items(session, _items().where(PlanItem.code == code))
    if not found:
        raise NotFound("There is no plan with the code {code}.", code=code)
    return found[0]


def list_items(
    session: Session, *, platform_id: uuid.UUID, limit: int, with_ideas: bool = False
) -> list[PlanItemFacts]:
    """The plans of a platform in the order they were made, those that ended last; ideas only for
    its own people."""
    rows = _items().where(PlanItem.platform_id == platform_id)
    if not with_ideas:
        rows = rows.where(PlanItem.state != State.IDEA)
    has_ended = case((PlanItem.state.in_(ENDED), 1), else_=0)
    return _read_items(session, rows.order_by(has_ended, PlanItem.number).limit(limit))


def items_in(
    session: Session, *, where: Sequence[ColumnElement[bool]], limit: int
) -> list[PlanItemFacts]:
    """Plans that everybody may see, of which `where` holds, the newest first."""
    rows = _items().where(PlanItem.state != State.IDEA, *where)
    return _read_items(session, rows.order_by(PlanItem.number.desc()).limit(limit))


@dataclass(frozen=True)
class PlanName:
    """A plan in a list of names."""

    code: str
    title: str
    is_example: bool


def list_realised(session: Session, *, platform_id: uuid.UUID, limit: int) -> list[PlanName]:
    """What was carried out of a platform's plans, the newest first."""
    rows = session.execute(
        select(PlanItem.code, PlanItem.title, PlanItem.is_example)
        .where(PlanItem.platform_id == platform_id, PlanItem.state == State.REALISED)
        .order_by(PlanItem.number.desc())
        .limit(limit)
    )
    return [PlanName(*row) for row in rows]


def list_named(session: Session, *, codes: Collection[str]) -> list[PlanName]:
    """Of these plans those that everybody may see."""
    rows = session.execute(
        select(PlanItem.code, PlanItem.title, PlanItem.is_example).where(
            PlanItem.code.in_(codes), PlanItem.state != State.IDEA
        )
    )
    return [PlanName(*row) for row in rows]


def items_of_line(session: Session, *, line_id: uuid.UUID, limit: int) -> list[PlanItemFacts]:
    """Plans that were asked of a line, the first one first."""
    rows = _items().where(PlanItem.line_id == line_id, PlanItem.state != State.IDEA)
    return _read_items(session, rows.order_by(PlanItem.number).limit(limit))


def titles_of(session: Session, *, item_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """What each of these plans is called."""
    if not item_ids:
        return {}
    rows = session.execute(select(PlanItem.id, PlanItem.title).where(PlanItem.id.in_(item_ids)))
    return {row.id: row.title for row in rows}


def item_shape(session: Session, *, item_id: uuid.UUID) -> BaseGeometry | None:
    """The place of a plan, lon/lat."""
    geom = session.scalar(select(PlanItem.geom).where(PlanItem.id == item_id))
    return None if geom is None else to_shape(geom)


@dataclass(frozen=True)
class Where:
    """What a plan is near to and lies in, by name; empty where there is none."""

    thing: str
    area: str


def wheres_of(session: Session, *, item_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Where]:
    """Where plans are, in names: one question for all. A plan without a place is not in it."""
    if not item_ids:
        return {}
    lon, lat = spatial.longitude(PlanItem.point), spatial.latitude(PlanItem.point)
    thing = (
        select(Asset.name)
        .where(ON_MAP, spatial.within_m(Asset.point, lon, lat, SAID_WITHIN_M))
        .order_by(spatial.distance_m(Asset.point, lon, lat), Asset.id)
        .limit(1)
    )
    organic = (
        select(OrganicArea.name)
        .where(spatial.covers(OrganicArea.geom, PlanItem.point))
        .order_by(OrganicArea.name)
        .limit(1)
    )
    buurt = (
        select(OfficialArea.name)
        .where(
            OfficialArea.level == Level.BUURT,
            OfficialArea.valid_to.is_(None),
            spatial.covers(OfficialArea.geom, PlanItem.point),
        )
        .limit(1)
    )
    area = func.coalesce(organic.scalar_subquery(), buurt.scalar_subquery(), "")
    rows = session.execute(
        select(PlanItem.id, func.coalesce(thing.scalar_subquery(), ""), area).where(
            PlanItem.id.in_(item_ids), PlanItem.point.is_not(None)
        )
    )
    return {item_id: Where(near, inside) for item_id, near, inside in rows}


def list_lines_for(
    session: Session, *, platform_id: uuid.UUID | None, district_id: uuid.UUID
) -> list[Line]:
    """The money a plan may be paid from at all: that of its district that is for all, and that of
    its platform."""
    return list_lines(session, district_id=district_id, platform_id=platform_id)


def subject_of(item: PlanItemFacts) -> Subject:
    """Whose a plan is, and whom its money is not for to decide."""
    own = frozenset({item.organisation_id} if item.organisation_id else ())
    return Subject(district_id=item.district_id, organisation_ids=own, handler_ids=own)


def thing_of(item_id: uuid.UUID) -> Thing:
    """Under what a plan's history stands."""
    return Thing("plan", item_id)


def _items() -> spatial.Rows:
    return (
        select(
            PlanItem,
            District.slug.label("district"),
            Platform.slug.label("platform"),
            Platform.name.label("platform_name"),
            BudgetLine.slug.label("line"),
            BudgetLine.name.label("line_name"),
            BudgetLine.payer_id,
            Asset.code.label("asset_code"),
            Asset.name.label("asset_name"),
            func.ST_Envelope(PlanItem.geom).label("box"),
        )
        .join(District, District.id == PlanItem.district_id)
        .outerjoin(Platform, Platform.id == PlanItem.platform_id)
        .outerjoin(BudgetLine, BudgetLine.id == PlanItem.line_id)
        .outerjoin(Asset, Asset.id == PlanItem.asset_id)
    )


def _read_items(session: Session, rows: spatial.Rows) -> list[PlanItemFacts]:
    """Four questions, however many plans."""
    found = session.execute(rows).all()
    ids = [row.PlanItem.id for row in found]
    wanted = {row.PlanItem.maker_id for row in found} | {row.PlanItem.keeper_id for row in found}
    parties = _parties(session, {one for one in wanted if one is not None})
    voices = _count_voices(session, ids)
    spent = _sum_spendings(session, ids)
    return [_to_facts(row, parties, voices, spent) for row in found]


def _parties(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Party]:
    if not ids:
        return {}
    by_slug = {one.slug: one for one in parties_of(session, organisation_ids=ids)}
    rows = session.execute(
        select(Organisation.id, Organisation.slug).where(Organisation.id.in_(ids))
    )
    return {row.id: by_slug[row.slug] for row in rows}


def _count_voices(
    session: Session, ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, dict[VoiceKind, int]]:
    counts: dict[uuid.UUID, dict[VoiceKind, int]] = defaultdict(dict)
    rows = session.execute(
        select(PlanVoice.item_id, PlanVoice.kind, func.count())
        .where(PlanVoice.item_id.in_(ids))
        .group_by(PlanVoice.item_id, PlanVoice.kind)
    )
    for item_id, kind, count in rows:
        counts[item_id][kind] = count
    return counts


def _sum_spendings(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[int, int]]:
    """Cents confirmed, and cents that wait, by plan."""

    def total(is_counted: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((is_counted, PlanSpending.amount_cents), else_=0)), 0)

    rows = session.execute(
        select(
            PlanSpending.item_id,
            total(PlanSpending.outcome == Verdict.CONFIRMED),
            total(PlanSpending.outcome.is_(None)),
        )
        .where(PlanSpending.item_id.in_(ids))
        .group_by(PlanSpending.item_id)
    )
    return {item_id: (int(confirmed), int(waiting)) for item_id, confirmed, waiting in rows}


def _to_facts(
    row: Any,
    parties: dict[uuid.UUID, Party],
    voices: dict[uuid.UUID, dict[VoiceKind, int]],
    spent: dict[uuid.UUID, tuple[int, int]],
) -> PlanItemFacts:
    item: PlanItem = row.PlanItem
    point = None if item.point is None else to_shape(item.point).centroid
    counts, (confirmed, waiting) = voices.get(item.id, {}), spent.get(item.id, (0, 0))
    is_area = item.place is PlaceKind.AREA
    return PlanItemFacts(
        id=item.id,
        district_id=item.district_id,
        district=row.district,
        platform_id=item.platform_id,
        platform=row.platform,
        platform_name=row.platform_name,
        organisation_id=item.organisation_id,
        code=item.code,
        title=item.title,
        place=item.place,
        lon=point.x if point else None,
        lat=point.y if point else None,
        bounds=to_shape(row.box).bounds if is_area else None,
        themes=tuple(Earmark(one) for one in item.themes),
        kind=item.kind,
        maker=parties[item.maker_id] if item.maker_id else None,
        maker_id=item.maker_id,
        keeper=parties[item.keeper_id] if item.keeper_id else None,
        keeper_id=item.keeper_id,
        cost_cents=item.cost_cents,
        wanted_by=item.wanted_by,
        problem=item.problem,
        whose_problem=item.whose_problem,
        who_left_out=item.who_left_out,
        state=item.state,
        line_id=item.line_id,
        line=row.line,
        line_name=row.line_name,
        payer_id=row.payer_id,
        granted_cents=item.granted_cents,
        spent_cents=confirmed,
        waiting_cents=waiting,
        help_count=counts.get(VoiceKind.HELP, 0),
        objection_count=counts.get(VoiceKind.OBJECTION, 0),
        view_count=counts.get(VoiceKind.VIEW, 0),
        asset_code=row.asset_code,
        asset_name=row.asset_name,
        version=item.version,
        is_example=item.is_example,
    )


# -- What happened to one ----------------------------------------------------------------------


def history_of(session: Session, *, item_id: uuid.UUID) -> list[Happening]:
    """How a plan went on, the latest first; at most 100."""
    rows = session.execute(
        select(PlanEvent, Organisation.name, BudgetLine.name)
        .outerjoin(Organisation, Organisation.id == PlanEvent.by_organisation_id)
        .outerjoin(BudgetLine, BudgetLine.id == PlanEvent.line_id)
        .where(PlanEvent.item_id == item_id)
        .order_by(PlanEvent.number.desc())
        .limit(MOST_EVENTS)
    )
    return [
        Happening(
            state=event.state,
            happened_on=event.happened_on,
            by=by or "",
            by_role=event.by_role,
            line_name=line_name,
            granted_cents=event.granted_cents,
            alternatives=event.alternatives,
            interests=event.interests,
            reasons=event.reasons,
            visited_on=event.visited_on,
            picture_id=event.picture_id,
            number=event.number,
            is_example=event.is_example,
        )
        for event, by, line_name in rows
    ]


# -- What is said of it ------------------------------------------------------------------------


def voices_of(session: Session, *, item_id: uuid.UUID, with_hidden: bool = False) -> list[Voice]:
    """What is said of a plan, the latest first, at most 100; what is held or hidden has its words
    only for a moderator."""
    rows = session.scalars(
        select(PlanVoice)
        .where(PlanVoice.item_id == item_id)
        .order_by(PlanVoice.number.desc())
        .limit(MOST_VOICES)
    )
    return [
        Voice(
            number=row.number,
            kind=row.kind,
            choice=row.choice,
            words=row.words if with_hidden or row.words_state is WordsState.SHOWN else "",
            words_state=row.words_state,
            hidden_because=row.hidden_because,
            distance_m=row.distance_m,
            said_on=row.said_on,
            is_example=row.is_example,
        )
        for row in rows
    ]


def list_held(
    session: Session, *, district_ids: Collection[uuid.UUID], limit: int
) -> list[PlanItemFacts]:
    """Plans beside which words wait for a moderator."""
    held = select(PlanVoice.item_id).where(PlanVoice.words_state == WordsState.HELD)
    where = [PlanItem.id.in_(held), PlanItem.district_id.in_(district_ids)]
    return items_in(session, where=where, limit=limit)


# -- What was spent ----------------------------------------------------------------------------


def spendings_of(session: Session, *, item_id: uuid.UUID) -> list[Spending]:
    """What was spent on a plan, the latest first; at most 200."""
    return _list_spendings(session, PlanSpending.item_id == item_id)


def spendings_of_line(session: Session, *, line_id: uuid.UUID) -> list[Spending]:
    """What was spent of a line, the latest first; at most 200."""
    return _list_spendings(session, PlanSpending.line_id == line_id)


def get_spending(session: Session, *, item_id: uuid.UUID, number: int) -> Spending:
    """One spending of a plan.

    Raises:
        NotFound: there is none.
    """
    of_it = (PlanSpending.item_id == item_id, PlanSpending.number == number)
    found = _list_spendings(session, *of_it)
    if not found:
        raise NotFound("There is no such spending.")
    return found[0]


def _list_spendings(session: Session, *where: ColumnElement[bool]) -> list[Spending]:
    first, second = aliased(Organisation), aliased(Organisation)
    rows = session.execute(
        select(
            PlanSpending,
            PlanItem.code,
            PlanItem.title,
            SecondLook.asked_by,
            first.name,
            second.name,
        )
        .join(PlanItem, PlanItem.id == PlanSpending.item_id)
        .join(SecondLook, SecondLook.id == PlanSpending.look_id)
        .outerjoin(first, first.id == PlanSpending.organisation_id)
        .outerjoin(second, second.id == PlanSpending.settled_organisation_id)
        .where(*where)
        .order_by(PlanSpending.number.desc())
        .limit(MOST_SPENDINGS)
    )
    return [_to_spending(*row) for row in rows]


def _to_spending(
    row: PlanSpending,
    code: str,
    title: str,
    asked_by: uuid.UUID | None,
    by: str | None,
    settled_by: str | None,
) -> Spending:
    point = None if row.geom is None else to_shape(row.geom).centroid
    return Spending(
        number=row.number,
        look_id=row.look_id,
        asked_by=asked_by,
        line_id=row.line_id,
        item_code=code,
        item_title=title,
        amount_cents=row.amount_cents,
        what=row.what,
        spent_on=row.spent_on,
        lon=point.x if point else None,
        lat=point.y if point else None,
        picture_id=row.picture_id,
        receipt_id=row.receipt_id,
        by=by or "",
        outcome=row.outcome,
        settled_on=row.settled_on,
        settled_by=settled_by or "",
        answer=row.answer,
        is_example=row.is_example,
    )
