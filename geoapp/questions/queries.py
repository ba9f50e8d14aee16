"""Questions about questions: which there are, what was said, whose move it is; and about what was
brought before the mediating team."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, literal_column, select, tuple_
from sqlalchemy.orm import Session, aliased

from geoapp.areas.queries import areas_at, contacts_of_areas
from geoapp.areas.rules import Theme
from geoapp.db.spatial import Rows
from geoapp.districts.tables import District
from geoapp.errors import NotFound
from geoapp.ledger.chain import Thing
from geoapp.people.queries import Party, get_desk, to_party
from geoapp.people.rules import OrganisationKind, Subject
from geoapp.people.tables import Address, Organisation, Person
from geoapp.platforms.queries import PlatformFacts, platform_shape
from geoapp.platforms.tables import Platform
from geoapp.questions.rules import (
    ENDED,
    WAITING,
    EventKind,
    Mediation,
    Result,
    State,
    StepKind,
    ThingKind,
)
from geoapp.questions.tables import (
    MediationCase,
    MediationStep,
    Question,
    QuestionEvent,
    QuestionFollower,
)

MOST_EVENTS, MOST_CASES = 200, 20

Receiver = aliased(Organisation, name="receiver")


@dataclass(frozen=True)
class QuestionFacts:
    """A question in public. `organisation` has it now; `turn_since` and `asked_on` are days of the
    district. The ids never leave."""

    id: uuid.UUID
    district_id: uuid.UUID
    district: str
    code: str
    platform_id: uuid.UUID
    platform: str
    platform_slug: str
    asker_id: uuid.UUID
    organisation_id: uuid.UUID
    organisation: Party
    theme: Theme
    words: str
    about_kind: str
    about_code: str
    state: State
    turn_since: date
    due_on: date | None
    bounces: int
    refusals: int
    asked_on: date
    is_example: bool


@dataclass(frozen=True)
class EventFacts:
    """One thing said or done: the day, not the hour; `to` is whom it was asked or passed on to."""

    position: int
    kind: EventKind
    on_day: date
    by: str
    to: str | None
    note: str
    due_on: date | None
    told: Mapping[str, str]


def asker_of(question: QuestionFacts) -> Subject:
    """Whose a question is: the platform's that asks it."""
    return Subject(question.district_id, organisation_ids=frozenset({question.asker_id}))


def answerer_of(question: QuestionFacts) -> Subject:
    """Who answers it: whom it is with, and whoever works for the district."""
    return Subject(question.district_id, organisation_ids=frozenset({question.organisation_id}))


def parts_of(question: QuestionFacts) -> Subject:
    """Both sides, neither of which hides its words."""
    parts = frozenset({question.asker_id, question.organisation_id})
    return Subject(question.district_id, handler_ids=parts)


def thing_of(question_id: uuid.UUID) -> Thing:
    """Under what a question's history stands."""
    return Thing("question", question_id)


def get_question(session: Session, *, code: str) -> QuestionFacts:
    """The question of this code.

    Raises:
        NotFound: there is none.
    """
    row = session.execute(_questions().where(Question.code == code)).first()
    if row is None:
        raise NotFound("There is no question with number {code}.", code=code)
    return _to_facts(row)


def list_questions(
    session: Session,
    *,
    platform_id: uuid.UUID,
    before: tuple[datetime, str] | None = None,
    limit: int,
) -> list[QuestionFacts]:
    """What a platform asked, the latest first."""
    theirs = _questions().where(Question.platform_id == platform_id)
    if before is not None:
        theirs = theirs.where(tuple_(Question.asked_at, Question.code) < tuple_(*before))
    latest = theirs.order_by(Question.asked_at.desc(), Question.code.desc()).limit(limit)
    return [_to_facts(row) for row in session.execute(latest)]


def list_waiting(
    session: Session, *, district_id: uuid.UUID, after: tuple[date, str] | None = None, limit: int
) -> list[QuestionFacts]:
    """Questions of a district on which an organisation has the move, the longest silent first."""
    waiting = _questions().where(Question.district_id == district_id, is_waiting())
    if after is not None:
        waiting = waiting.where(tuple_(Question.turn_since, Question.code) > tuple_(*after))
    oldest = waiting.order_by(Question.turn_since, Question.code).limit(limit)
    return [_to_facts(row) for row in session.execute(oldest)]


def list_other(session: Session, *, district_id: uuid.UUID, limit: int) -> list[QuestionFacts]:
    """The latest questions of a district on which no organisation has the move."""
    others = _questions().where(Question.district_id == district_id, Question.state.not_in(WAITING))
    latest = others.order_by(Question.asked_at.desc(), Question.code.desc()).limit(limit)
    return [_to_facts(row) for row in session.execute(latest)]


def list_where(session: Session, *where: ColumnElement[bool], limit: int) -> list[QuestionFacts]:
    """Questions for which this is true (of `Question` alone), the longest silent first: for other
    rooms' questions."""
    first = select(Question.id).where(*where).order_by(Question.turn_since).limit(limit)
    found = _questions().where(Question.id.in_(first)).order_by(Question.turn_since, Question.code)
    return [_to_facts(row) for row in session.execute(found)]


def is_waiting() -> ColumnElement[bool]:
    """True where an organisation has the move, in words that a partial index knows again."""
    return Question.state.in_([literal_column(f"'{state.value}'") for state in WAITING])


def has_ended(question: QuestionFacts) -> bool:
    """True where there is a result, or the asker took it back."""
    return question.state in ENDED


def events_of(session: Session, *, question: QuestionFacts) -> list[EventFacts]:
    """What happened to a question, oldest first."""
    rows = session.execute(
        select(QuestionEvent, Organisation.name, Receiver.name, District.time_zone)
        .join(Organisation, Organisation.id == QuestionEvent.organisation_id)
        .join(District, District.id == question.district_id)
        .outerjoin(Receiver, Receiver.id == QuestionEvent.to_id)
        .where(QuestionEvent.question_id == question.id)
        .order_by(QuestionEvent.position)
        .limit(MOST_EVENTS)
    )
    return [
        EventFacts(
            position=event.position,
            kind=event.kind,
            on_day=event.at.astimezone(ZoneInfo(zone)).date(),
            by=by,
            to=to,
            note=event.note,
            due_on=event.due_on,
            told=event.told,
        )
        for event, by, to, zone in rows
    ]


def is_following(session: Session, *, question_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    """True where they hear of it by mail."""
    return session.get(QuestionFollower, (question_id, person_id)) is not None


def _questions() -> Rows:
    return (
        select(
            Question,
            Platform.name.label("platform"),
            Platform.slug.label("platform_slug"),
            Platform.organisation_id.label("asker_id"),
            Organisation,
            District.slug.label("district"),
            District.time_zone,
        )
        .join(Platform, Platform.id == Question.platform_id)
        .join(Organisation, Organisation.id == Question.organisation_id)
        .join(District, District.id == Question.district_id)
    )


def _to_facts(row: Any) -> QuestionFacts:
    question = row.Question
    return QuestionFacts(
        id=question.id,
        district_id=question.district_id,
        district=row.district,
        code=question.code,
        platform_id=question.platform_id,
        platform=row.platform,
        platform_slug=row.platform_slug,
        asker_id=row.asker_id,
        organisation_id=question.organisation_id,
        organisation=to_party(row.Organisation),
        theme=question.theme,
        words=question.words,
        about_kind=question.about_kind,
        about_code=question.about_code,
        state=question.state,
        turn_since=question.turn_since,
        due_on=question.due_on,
        bounces=question.bounces,
        refusals=question.refusals,
        asked_on=question.asked_at.astimezone(ZoneInfo(row.time_zone)).date(),
        is_example=question.is_example,
    )


# -- Whom to ask ---------------------------------------------------------------------------------

# Volunteers are no department: nobody can demand an answer of them.
ANSWERING = (OrganisationKind.MUNICIPALITY, OrganisationKind.CONTRACTOR)


def list_answering(session: Session, *, district_id: uuid.UUID) -> list[Party]:
    """The organisations of a district that can be asked, by name."""
    found = session.scalars(
        select(Organisation)
        .where(
            Organisation.district_id == district_id,
            Organisation.kind.in_(ANSWERING),
            ~Organisation.is_volunteer,
        )
        .order_by(Organisation.name, Organisation.slug)
    )
    return [to_party(organisation) for organisation in found]


def find_answering(session: Session, *, district_id: uuid.UUID, slug: str) -> Organisation:
    """One of them, by its slug.

    Raises:
        NotFound: there is none that can be asked.
    """
    found = session.scalar(
        select(Organisation).where(
            Organisation.district_id == district_id,
            Organisation.slug == slug,
            Organisation.kind.in_(ANSWERING),
            ~Organisation.is_volunteer,
        )
    )
    if found is None:
        raise NotFound("There is no organisation called {slug}.", slug=slug)
    return found


def propose_answering(
    session: Session, *, platform: PlatformFacts, theme: Theme, at: tuple[float, float] | None
) -> uuid.UUID:
    """Whom the map says to call about this theme, at `at` (lon, lat) or else in the middle of the
    platform's area; where it says nobody, the district's desk."""
    lon, lat = at or middle_of(session, platform_id=platform.id)
    contacts = contacts_of_areas(
        session,
        district_id=platform.district_id,
        areas=areas_at(session, lon=lon, lat=lat),
        theme=theme,
    )
    for contact in contacts:
        party = contact.organisation
        if party.kind in ANSWERING and not party.is_volunteer:
            return find_answering(session, district_id=platform.district_id, slug=party.slug).id
    return get_desk(session, district_id=platform.district_id).id


def middle_of(session: Session, *, platform_id: uuid.UUID) -> tuple[float, float]:
    """A place (lon, lat) within the platform's area."""
    middle = platform_shape(session, platform_id=platform_id).representative_point()
    return middle.x, middle.y


# -- Who reads it in a mail ----------------------------------------------------------------------


@dataclass(frozen=True)
class Reader:
    """Whom a mail about a question goes to."""

    code: str
    position: int
    sealed_address: bytes
    language: str


def get_reader(
    session: Session,
    *,
    event_id: uuid.UUID,
    person_id: uuid.UUID | None,
    organisation_id: uuid.UUID | None,
) -> Reader | None:
    """A person, or the mailbox of an organisation, that is told of an event; None where there is
    none (any more)."""
    mailbox = select(Organisation.mailbox_id).where(Organisation.id == organisation_id)
    own = select(Person.address_id).where(Person.id == person_id)
    row = session.execute(
        select(Question.code, QuestionEvent.position, Address.sealed, Address.language)
        .join(QuestionEvent, QuestionEvent.question_id == Question.id)
        .join(Address, Address.id == (own if person_id is not None else mailbox).scalar_subquery())
        .where(QuestionEvent.id == event_id)
    ).one_or_none()
    return Reader(*row) if row is not None else None


def still_follows(session: Session, *, event_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    """True where somebody still wants to hear of the question of an event."""
    found = session.scalar(
        select(QuestionFollower.person_id)
        .join(QuestionEvent, QuestionEvent.question_id == QuestionFollower.question_id)
        .where(QuestionEvent.id == event_id, QuestionFollower.person_id == person_id)
    )
    return found is not None


# -- The mediating team --------------------------------------------------------------------------


@dataclass(frozen=True)
class StepFacts:
    """One thing the team did."""

    position: int
    kind: StepKind
    on_day: date
    note: str
    result: Result | None


@dataclass(frozen=True)
class CaseFacts:
    """Something before the team, in public. The ids never leave."""

    id: uuid.UUID
    district_id: uuid.UUID
    district: str
    code: str
    platform: str
    platform_slug: str
    asker_id: uuid.UUID
    thing_kind: ThingKind
    thing_code: str
    why: str
    state: Mediation
    result: Result | None
    asked_on: date
    is_example: bool
    steps: tuple[StepFacts, ...] = field(default=())


def team_of(found: CaseFacts) -> Subject:
    """Where the team works; who brought it hides no words."""
    return Subject(found.district_id, handler_ids=frozenset({found.asker_id}))


def thing_of_case(case_id: uuid.UUID) -> Thing:
    """Under what the history of something before the team stands."""
    return Thing("mediation", case_id)


def get_case(session: Session, *, code: str) -> CaseFacts:
    """What was brought under this code, with what the team did.

    Raises:
        NotFound: there is none.
    """
    found = _with_steps(session, session.execute(_cases().where(MediationCase.code == code)).all())
    if not found:
        raise NotFound("The mediating team has nothing with number {code}.", code=code)
    return found[0]


def cases_of(session: Session, *, kind: ThingKind, code: str) -> list[CaseFacts]:
    """What the team did and does about one thing, the latest first."""
    about = (MediationCase.thing_kind == kind, MediationCase.thing_code == code)
    latest = _cases().where(*about).order_by(MediationCase.asked_on.desc(), MediationCase.id.desc())
    return _with_steps(session, session.execute(latest.limit(MOST_CASES)).all())


def list_open_cases(session: Session, *, district_id: uuid.UUID, limit: int) -> list[CaseFacts]:
    """What the team has not ended, the oldest first."""
    going_on = _cases().where(MediationCase.district_id == district_id, is_going_on())
    oldest = going_on.order_by(MediationCase.asked_on, MediationCase.code).limit(limit)
    return [_to_case(row, ()) for row in session.execute(oldest)]


def is_going_on() -> ColumnElement[bool]:
    """True where the team has not ended, in words that a partial index knows again."""
    return MediationCase.state != literal_column(f"'{Mediation.ENDED.value}'")


def _cases() -> Rows:
    return (
        select(
            MediationCase,
            Platform.name.label("platform"),
            Platform.slug.label("platform_slug"),
            Platform.organisation_id.label("asker_id"),
            District.slug.label("district"),
        )
        .join(Platform, Platform.id == MediationCase.platform_id)
        .join(District, District.id == MediationCase.district_id)
    )


def _with_steps(session: Session, rows: Sequence[Any]) -> list[CaseFacts]:
    steps: dict[uuid.UUID, list[StepFacts]] = {row.MediationCase.id: [] for row in rows}
    if steps:
        found = session.scalars(
            select(MediationStep)
            .where(MediationStep.case_id.in_(steps))
            .order_by(MediationStep.position)
            .limit(MOST_EVENTS)
        )
        for step in found:
            facts = StepFacts(step.position, step.kind, step.on_day, step.note, step.result)
            steps[step.case_id].append(facts)
    return [_to_case(row, tuple(steps[row.MediationCase.id])) for row in rows]


def _to_case(row: Any, steps: tuple[StepFacts, ...]) -> CaseFacts:
    case = row.MediationCase
    return CaseFacts(
        id=case.id,
        district_id=case.district_id,
        district=row.district,
        code=case.code,
        platform=row.platform,
        platform_slug=row.platform_slug,
        asker_id=row.asker_id,
        thing_kind=case.thing_kind,
        thing_code=case.thing_code,
        why=case.why,
        state=case.state,
        result=case.result,
        asked_on=case.asked_on,
        is_example=case.is_example,
        steps=steps,
    )
