"""What is stuck in a district: brought before the mediating team by hand, and found by the service.

One list out of several; each is read by an index of its own, the longest stuck first, and no
further than the list shows.
"""

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, case, func, literal_column, or_, select
from sqlalchemy.orm import Session

from geoapp.budgets.tables import BudgetLine
from geoapp.db.codes import read_code
from geoapp.defects.queries import DefectFacts, list_longest
from geoapp.defects.queries import is_silent as is_defect_silent
from geoapp.defects.rules import Party
from geoapp.defects.tables import BOUNCED, DISAGREED, Defect
from geoapp.people.rules import Mandate
from geoapp.people.tables import Contact, Organisation
from geoapp.plans.rules import State as PlanState
from geoapp.plans.tables import PlanEvent, PlanItem
from geoapp.questions.queries import (
    CaseFacts,
    QuestionFacts,
    is_waiting,
    list_open_cases,
    list_where,
)
from geoapp.questions.rules import STUCK_DAYS, ThingKind
from geoapp.questions.tables import IS_BOUNCED, IS_DENIED, Question


class Why(StrEnum):
    """Why something is on the list."""

    BROUGHT = "brought"
    NO_AGREEMENT = "no_agreement"
    BOUNCED = "bounced"
    SILENT = "silent"


@dataclass(frozen=True)
class AskedPlan:
    """A plan for which money was asked, and who has not decided."""

    payer: str
    is_example: bool


@dataclass(frozen=True)
class Stuck:
    """One thing on the list. Of what was brought by hand only the case is known here: the pages
    look up what it is about."""

    why: Why
    since: date
    kind: ThingKind
    code: str
    mover_id: uuid.UUID | None = None
    defect: DefectFacts | None = None
    question: QuestionFacts | None = None
    plan: AskedPlan | None = None
    case: CaseFacts | None = None

    @property
    def key(self) -> tuple[ThingKind, str]:
        """What it is about: each thing is on the list once."""
        return self.kind, self.code


@dataclass(frozen=True)
class Call:
    """The role to call of an organisation, and how."""

    role: str
    how_to_reach: str


@dataclass(frozen=True)
class _Asked:
    district_id: uuid.UUID
    today: date
    limit: int

    @property
    def since(self) -> date:
        """Silent from before this day is stuck."""
        return self.today - timedelta(days=STUCK_DAYS - 1)


def list_stuck(
    session: Session, *, district_id: uuid.UUID, today: date, why: Why | None = None, limit: int
) -> list[Stuck]:
    """What is stuck in a district, or for this one reason; the longest first, each thing once. One
    more than `limit` says: there is more."""
    asked = _Asked(district_id, today, limit + 1)
    reasons = list(Why) if why is None else [why]
    found = [one for reason in reasons for read in SOURCES[reason] for one in read(session, asked)]
    once: dict[tuple[ThingKind, str], Stuck] = {}
    for one in found:
        once.setdefault(one.key, one)
    return sorted(once.values(), key=lambda one: (one.since, one.code))[: limit + 1]


def whom_to_call(
    session: Session, *, organisation_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, Call]:
    """The role of each organisation to call first: who decides before who does not."""
    places = {mandate: number for number, mandate in enumerate(Mandate)}
    order = case(places, value=Contact.mandate)
    rows = session.execute(
        select(Contact.organisation_id, Contact.role_name, Contact.how_to_reach)
        .where(Contact.organisation_id.in_(organisation_ids))
        .order_by(order, Contact.role_name)
    )
    first: dict[uuid.UUID, Call] = {}
    for organisation_id, role, how_to_reach in rows:
        first.setdefault(organisation_id, Call(role, how_to_reach))
    return first


# -- Where it is read ----------------------------------------------------------------------------

Source = Callable[[Session, _Asked], Iterator[Stuck]]


def _read_cases(session: Session, asked: _Asked) -> Iterator[Stuck]:
    for one in list_open_cases(session, district_id=asked.district_id, limit=asked.limit):
        yield Stuck(Why.BROUGHT, one.asked_on, one.thing_kind, read_code(one.thing_code), case=one)


def _questions_for(why: Why, make: Callable[[_Asked], Sequence[ColumnElement[bool]]]) -> Source:
    def read(session: Session, asked: _Asked) -> Iterator[Stuck]:
        where = (Question.district_id == asked.district_id, *make(asked))
        for one in list_where(session, *where, limit=asked.limit):
            yield Stuck(
                why,
                one.turn_since,
                ThingKind.QUESTION,
                one.code,
                mover_id=one.organisation_id,
                question=one,
            )

    return read


def _defects_for(why: Why, make: Callable[[_Asked], Sequence[ColumnElement[bool]]]) -> Source:
    def read(session: Session, asked: _Asked) -> Iterator[Stuck]:
        where = (Defect.district_id == asked.district_id, *make(asked))
        for one in list_longest(session, where=where, today=asked.today, limit=asked.limit):
            yield Stuck(
                why,
                one.ended_on,
                ThingKind.DEFECT,
                one.code,
                mover_id=_mover_of(one),
                defect=one,
            )

    return read


def _read_plans(session: Session, asked: _Asked) -> Iterator[Stuck]:
    """Plans for which money was asked, and nobody has decided for so long."""
    since = func.max(PlanEvent.happened_on)
    rows = session.execute(
        select(PlanItem.code, PlanItem.is_example, Organisation.id, Organisation.name, since)
        .join(PlanEvent, PlanEvent.item_id == PlanItem.id)
        .join(BudgetLine, BudgetLine.id == PlanItem.line_id)
        .join(Organisation, Organisation.id == BudgetLine.payer_id)
        .where(PlanItem.district_id == asked.district_id, PlanItem.state == PlanState.ASKED)
        .group_by(PlanItem.id, Organisation.id)
        .having(since < asked.since)
        .order_by(since, PlanItem.code)
        .limit(asked.limit)
    )
    for code, is_example, payer_id, payer, day in rows:
        yield Stuck(
            Why.SILENT,
            day,
            ThingKind.PLAN,
            code,
            mover_id=payer_id,
            plan=AskedPlan(payer, is_example),
        )


def _mover_of(defect: DefectFacts) -> uuid.UUID:
    """Whom of it to call: where nobody has the move, whom it was given to."""
    if defect.move.party is Party.RECEIVER and defect.receiver_id is not None:
        return defect.receiver_id
    return defect.addressee_id


def _is_quiet(asked: _Asked) -> Sequence[ColumnElement[bool]]:
    """Of a question: no word for so long, and no promised day ahead."""
    no_day = or_(Question.due_on.is_(None), Question.due_on < asked.today)
    return is_waiting(), Question.turn_since < asked.since, no_day


# A source more is one entry more.
SOURCES: Mapping[Why, Sequence[Source]] = {
    Why.BROUGHT: (_read_cases,),
    Why.NO_AGREEMENT: (
        _questions_for(Why.NO_AGREEMENT, lambda _: (literal_column(IS_DENIED.text),)),
        _defects_for(Why.NO_AGREEMENT, lambda _: (literal_column(DISAGREED.text),)),
    ),
    Why.BOUNCED: (
        _questions_for(Why.BOUNCED, lambda _: (literal_column(IS_BOUNCED.text),)),
        _defects_for(Why.BOUNCED, lambda _: (literal_column(BOUNCED.text),)),
    ),
    Why.SILENT: (
        _questions_for(Why.SILENT, _is_quiet),
        _defects_for(
            Why.SILENT, lambda asked: is_defect_silent(before=asked.since, today=asked.today)
        ),
        _read_plans,
    ),
}
