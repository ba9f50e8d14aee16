"""Asking, answering, passing on, ending and going on; bringing something before the mediating team
and noting what it does. Whoever changes something waits for whoever is before them.

Words are checked for what is personal before they come here: nobody changes an event.
"""

import secrets
import uuid
from dataclasses import dataclass
from datetime import date, datetime, time
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from geoapp.areas.queries import areas_at, contacts_of_areas
from geoapp.db.base import new_id
from geoapp.db.codes import make_code
from geoapp.districts.tables import District
from geoapp.errors import Conflict, Invalid
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Doer, Thing
from geoapp.outbox.actions import post_message
from geoapp.people.tables import Contact, Organisation
from geoapp.platforms.queries import PlatformFacts
from geoapp.questions.queries import (
    CaseFacts,
    QuestionFacts,
    find_answering,
    get_question,
    is_going_on,
    middle_of,
    thing_of,
    thing_of_case,
)
from geoapp.questions.rules import (
    SIDE_OF_ACT,
    ActDraft,
    EventKind,
    Mediation,
    QuestionDraft,
    Side,
    State,
    StepDraft,
    ThingKind,
    begins_turn,
    follow,
    take_step,
)
from geoapp.questions.tables import (
    MediationCase,
    MediationStep,
    Question,
    QuestionEvent,
    QuestionFollower,
)

WORD, CALL = "question_word", "question_call"
# After these somebody of the organisation has to act.
CALLS = (EventKind.ASKED, EventKind.NO_ANSWER, EventKind.PASSED_ON)


@dataclass(frozen=True)
class By:
    """Who acts, for which organisation, when, and which day it is there. Of what is invented nobody
    is told, and nothing stands in a history that outlives it."""

    doer: Doer
    organisation_id: uuid.UUID
    now: datetime
    today: date
    is_invented: bool = False


def ask_question(
    session: Session,
    *,
    platform: PlatformFacts,
    organisation_id: uuid.UUID,
    draft: QuestionDraft,
    by: By,
) -> Question:
    """Ask an organisation something; whoever asks follows it. What an example platform asks is an
    example, and goes with it."""
    question = Question(
        district_id=platform.district_id,
        code=_make_free_code(session, Question),
        platform_id=platform.id,
        organisation_id=organisation_id,
        theme=draft.theme,
        words=draft.words,
        about_kind=draft.about_kind,
        about_code=draft.about_code,
        state=State.ASKED,
        turn_since=by.today,
        asked_at=by.now,
        is_example=platform.is_example,
    )
    session.add(question)
    session.flush()
    if by.doer.person_id is not None:
        follow_question(session, question_id=question.id, person_id=by.doer.person_id)
    asked = ActDraft(EventKind.ASKED)
    _add_event(session, question, asked, to_id=organisation_id, by=by)
    _record(
        session, thing_of(question.id), Deed("ask_question", after={"theme": draft.theme.value}), by
    )
    return question


def take_act(session: Session, *, question: QuestionFacts, act: ActDraft, by: By) -> None:
    """Say or do something about a question, as one of its two sides.

    Raises:
        Conflict: it cannot be done now.
        Invalid: it is to be passed on to whom it is with.
        NotFound: there is nobody of that name to pass it on to.
    """
    row = session.scalars(
        select(Question)
        .where(Question.id == question.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    before = row.state
    after = follow(before, act.kind)
    receiver = _find_receiver(session, row, act) if act.kind is EventKind.PASSED_ON else None
    if begins_turn(before, act.kind):
        row.turn_since = by.today
    if receiver is not None:
        row.bounces += _has_had_it(session, row.id, receiver.id)
        row.organisation_id = receiver.id
    row.state = after
    row.refusals += act.kind is EventKind.REFUSED
    if act.kind is not EventKind.BROUGHT:
        row.due_on = act.due_on
    session.flush()
    _add_event(session, row, act, to_id=receiver.id if receiver else None, by=by)
    told = {"kind": act.kind.value, "state": after.value, "due_on": act.due_on}
    deed = Deed("act_on_question", before={"state": before.value}, after=told)
    _record(session, thing_of(row.id), deed, by)


def follow_question(session: Session, *, question_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Have somebody hear of it by mail."""
    session.execute(
        insert(QuestionFollower)
        .values(question_id=question_id, person_id=person_id)
        .on_conflict_do_nothing()
    )


def leave_question(session: Session, *, question_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Have them hear no more of it."""
    session.execute(
        delete(QuestionFollower).where(
            QuestionFollower.question_id == question_id, QuestionFollower.person_id == person_id
        )
    )


def _find_receiver(session: Session, row: Question, act: ActDraft) -> Organisation:
    receiver = find_answering(session, district_id=row.district_id, slug=act.organisation)
    if receiver.id == row.organisation_id:
        raise Invalid("It is with them already: choose another.", field="organisation")
    return receiver


def _has_had_it(session: Session, question_id: uuid.UUID, organisation_id: uuid.UUID) -> bool:
    had = select(QuestionEvent.id).where(
        QuestionEvent.question_id == question_id, QuestionEvent.to_id == organisation_id
    )
    return session.scalar(had.limit(1)) is not None


def _add_event(
    session: Session, question: Question, act: ActDraft, *, to_id: uuid.UUID | None, by: By
) -> None:
    """Write it, and have those told whom it concerns: each once."""
    event = QuestionEvent(
        question_id=question.id,
        position=_next_position(session, question.id),
        kind=act.kind,
        at=by.now,
        organisation_id=by.organisation_id,
        to_id=to_id,
        note=act.note,
        due_on=act.due_on,
        told=dict(act.told),
        is_example=question.is_example,
    )
    session.add(event)
    session.flush()
    if by.is_invented:
        return
    if SIDE_OF_ACT[act.kind] is Side.ORGANISATION:
        _tell_followers(session, event, by)
    if act.kind in CALLS:
        _call_organisation(session, question, event, by)


def _next_position(session: Session, question_id: uuid.UUID) -> int:
    last = select(func.max(QuestionEvent.position)).where(QuestionEvent.question_id == question_id)
    return (session.scalar(last) or 0) + 1


def _tell_followers(session: Session, event: QuestionEvent, by: By) -> None:
    followers = select(QuestionFollower.person_id).where(
        QuestionFollower.question_id == event.question_id
    )
    for person_id in session.scalars(followers.order_by(QuestionFollower.person_id)).all():
        post_message(
            session,
            kind=WORD,
            payload={"event_id": str(event.id), "person_id": str(person_id)},
            once_key=f"{WORD}:{event.id}:{person_id}",
            now=by.now,
        )


def _call_organisation(session: Session, question: Question, event: QuestionEvent, by: By) -> None:
    """Tell whoever answers there for this theme and place, and who stands in; else its mailbox."""
    lon, lat = middle_of(session, platform_id=question.platform_id)
    contacts = contacts_of_areas(
        session,
        district_id=question.district_id,
        areas=areas_at(session, lon=lon, lat=lat),
        theme=question.theme,
        organisation_id=question.organisation_id,
    )
    rows = (session.get_one(Contact, contact.id) for contact in contacts)
    answering = next((one for one in rows if one.person_id or one.deputy_id), None)
    persons = {answering.person_id, answering.deputy_id} - {None} if answering else {None}
    for person_id in sorted(persons, key=str):
        post_message(
            session,
            kind=CALL,
            payload={
                "event_id": str(event.id),
                "organisation_id": str(question.organisation_id),
                "person_id": str(person_id or ""),
            },
            once_key=f"{CALL}:{event.id}:{person_id or question.organisation_id}",
            now=by.now,
        )


# -- The mediating team --------------------------------------------------------------------------


def bring_before_team(
    session: Session,
    *,
    platform: PlatformFacts,
    thing: tuple[ThingKind, str],
    why: str,
    by: By,
) -> MediationCase:
    """Ask the mediating team for help with one thing. A question says so in its own history.

    Raises:
        Conflict: the team has it already; or of a question: it was taken back.
    """
    kind, code = thing
    values = {
        "id": new_id(),
        "district_id": platform.district_id,
        "code": _make_free_code(session, MediationCase),
        "platform_id": platform.id,
        "thing_kind": kind,
        "thing_code": code,
        "why": why,
        "state": Mediation.ASKED,
        "asked_on": by.today,
        "is_example": platform.is_example,
    }
    brought: MediationCase | None = session.scalar(
        insert(MediationCase)
        .values(**values)
        .on_conflict_do_nothing(
            index_elements=["thing_kind", "thing_code"], index_where=is_going_on()
        )
        .returning(MediationCase)
    )
    if brought is None:
        raise Conflict("The mediating team has this already: see what it does.")
    if kind is ThingKind.QUESTION:
        question = get_question(session, code=code)
        take_act(session, question=question, act=ActDraft(EventKind.BROUGHT), by=by)
    deed = Deed("bring_before_team", after={"kind": kind.value, "code": code})
    _record(session, thing_of_case(brought.id), deed, by)
    return brought


def note_step(session: Session, *, case: CaseFacts, draft: StepDraft, by: By) -> None:
    """Note what the team did; the last step says what came of it.

    Raises:
        Conflict: it has ended, or was taken up already.
    """
    row = session.scalars(
        select(MediationCase)
        .where(MediationCase.id == case.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    before = row.state
    row.state = take_step(before, draft.kind)
    row.result = draft.result
    last = select(func.max(MediationStep.position)).where(MediationStep.case_id == row.id)
    session.add(
        MediationStep(
            case_id=row.id,
            position=(session.scalar(last) or 0) + 1,
            kind=draft.kind,
            on_day=draft.on_day,
            note=draft.note,
            result=draft.result,
            is_example=row.is_example,
        )
    )
    session.flush()
    deed = Deed(
        "note_step",
        before={"state": before.value},
        after={"state": row.state.value, "kind": draft.kind.value, "on_day": draft.on_day},
    )
    _record(session, thing_of_case(row.id), deed, by)


def _make_free_code(session: Session, table: type[Question] | type[MediationCase]) -> str:
    random: Random = secrets.SystemRandom()
    code = make_code(random)
    while session.scalar(select(table.id).where(table.code == code)):
        code = make_code(random)
    return code


def _record(session: Session, thing: Thing, deed: Deed, by: By) -> None:
    if not by.is_invented:
        record_change(session, thing=thing, doer=by.doer, deed=deed, now=by.now)


# -- Examples ------------------------------------------------------------------------------------


def make_example_by(
    session: Session, *, district_id: uuid.UUID, organisation_id: uuid.UUID, on_day: date
) -> By:
    """Who does something in an example: the operator, at noon of that day there."""
    zone = ZoneInfo(session.get_one(District, district_id).time_zone)
    now = datetime.combine(on_day, time(12), tzinfo=zone)
    return By(Doer(None, "command"), organisation_id, now, on_day, is_invented=True)


def remove_example_questions(session: Session) -> None:
    """Take away every example question and all that was brought before the team as an example. Of
    others goes what example organisations said; those that are with one go to the desk."""
    session.execute(delete(MediationCase).where(MediationCase.is_example))
    session.execute(delete(Question).where(Question.is_example))
    invented = select(Organisation.id).where(Organisation.is_example)
    desk = aliased(Organisation)
    of_district = (
        select(desk.id)
        .where(desk.district_id == Question.district_id, desk.is_desk)
        .scalar_subquery()
    )
    session.execute(
        delete(QuestionEvent).where(
            or_(QuestionEvent.organisation_id.in_(invented), QuestionEvent.to_id.in_(invented))
        )
    )
    session.execute(
        update(Question)
        .where(Question.organisation_id.in_(invented))
        .values(organisation_id=of_district)
    )
