"""Questions of platforms: their life, who says what, silence, mail, and hidden words."""

import itertools
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from geoapp.areas.rules import Theme
from geoapp.errors import Conflict
from geoapp.exchange.examples import remove_examples
from geoapp.ledger.audit import list_entries, verify_all
from geoapp.outbox.tables import OutboxMessage
from geoapp.people.tables import Contact
from geoapp.questions.actions import remove_example_questions
from geoapp.questions.queries import thing_of
from geoapp.questions.rules import (
    ENDED,
    FIELDS_OF_ACT,
    FROM,
    RESULTS,
    SIDE_OF_ACT,
    SIDE_OF_STATE,
    TO,
    EventKind,
    Side,
    State,
    begins_turn,
    check_act,
    follow,
    list_acts,
    make_title,
    silent_days,
)
from geoapp.questions.tables import MediationCase, Question, QuestionEvent
from tests.conftest import NOW
from tests.desks import Clock, Desk, Post, token_of
from tests.world import TODAY, World

pytest_plugins = ("tests.desks",)
NO = {
    "act": "refused",
    "possible": "Money of the district",
    "note": "There is no money this year",
    "interests": "Shade, and what it costs",
    "decided_by": "The area manager",
}


def words_of(page: str) -> str:
    """A page's words, without its markup."""
    return unescape(" ".join(re.sub("<[^>]+>", " ", page).split()))


def send(client: FlaskClient, path: str, **fields: Any) -> tuple[int, str]:
    """Send a form of the page at `path`, with its token; status and page, or where it leads."""
    token = token_of(client.get(path).text)
    answer = client.post(path, data={"csrf_token": token, **fields})
    led = answer.headers.get("Location", "")
    return answer.status_code, led or words_of(answer.text)


def ask(client: FlaskClient, session: Session, **fields: str) -> Question:
    """Platform A asks something, of whom the map proposes."""
    asked = {"words": "When do the trees come?\nOn the square.", "theme": "green", **fields}
    status, where = send(client, "/platforms/platform-a/questions/new", **asked)
    assert status == 303, where
    found = session.scalars(
        select(Question).order_by(Question.created_at.desc(), Question.id.desc())
    )
    return found.first()  # type: ignore[return-value]  # it was made just now


def state_of(session: Session, question: Question) -> State:
    """As it is by now."""
    session.refresh(question)
    return question.state


def visible_inputs(page: str) -> list[str]:
    """The fields of a page that somebody sees."""
    found = re.findall(r"<(?:input|select|textarea)\b[^>]*>", page)
    return [one for one in found if 'type="hidden"' not in one]


# -- Its life ------------------------------------------------------------------------------------


def test_every_act_is_in_every_table() -> None:
    assert set(FROM) == set(TO) == set(SIDE_OF_ACT) == set(EventKind)
    assert set(SIDE_OF_STATE) == set(State)
    assert set(FIELDS_OF_ACT) == set(EventKind) - {EventKind.ASKED}


@pytest.mark.parametrize(("state", "kind"), list(itertools.product(State, EventKind)))
def test_of_every_state_and_act_it_is_known_what_comes_of_it(state: State, kind: EventKind) -> None:
    if kind in list_acts(state, SIDE_OF_ACT[kind]):
        assert follow(state, kind) is (TO[kind] or state)
    else:
        with pytest.raises(Conflict):
            follow(state, kind)


def test_a_question_ends_in_a_result_or_by_its_asker_and_by_nothing_else() -> None:
    ends = {kind for kind in EventKind if TO[kind] in ENDED}
    assert ends == {*RESULTS, EventKind.WITHDRAWN}
    assert SIDE_OF_ACT[EventKind.WITHDRAWN] is Side.ASKER


@pytest.mark.parametrize("state", State)
def test_the_asker_has_a_word_left_in_every_state(state: State) -> None:
    acts = set(list_acts(state, Side.ASKER))
    assert acts & {EventKind.NO_ANSWER, EventKind.WITHDRAWN}
    if state in (*ENDED, State.ANSWERED):
        assert follow(state, EventKind.NO_ANSWER) is State.ASKED


def test_passing_on_is_no_word_and_a_word_begins_the_silence_anew() -> None:
    assert not begins_turn(State.ASKED, EventKind.PASSED_ON)
    assert begins_turn(State.ANSWERED, EventKind.PASSED_ON)
    assert begins_turn(State.ASKED, EventKind.PROMISED)
    since = TODAY - timedelta(days=16)
    assert silent_days(State.PASSED_ON, turn_since=since, today=TODAY) == 16
    assert silent_days(State.ANSWERED, turn_since=since, today=TODAY) is None


@pytest.mark.parametrize("missing", ["possible", "note", "interests", "decided_by"])
def test_a_no_tells_its_reasons_and_what_is_still_possible_or_is_not_kept(missing: str) -> None:
    with pytest.raises(Exception, match="Say it in words") as refused:
        check_act(EventKind.REFUSED, {**NO, missing: " "}, today=TODAY)
    assert getattr(refused.value, "field", "") == missing


def test_a_title_is_the_first_line_cut_at_a_word() -> None:
    assert make_title("Short\nand more") == "Short"
    assert make_title("letters " * 20) == " ".join(["letters"] * 11) + "…"


def test_the_database_refuses_a_no_without_reasons_and_a_changed_event(
    session: Session, world: World
) -> None:
    question = world.questions[0]
    values = {"question_id": question.id, "organisation_id": world.desk.id}
    with pytest.raises(IntegrityError, match="told"), session.begin_nested():
        world.make.question_event(kind=EventKind.REFUSED, note="No.", **values)
    event = world.make.question_event(note="Soon.", **values)
    with pytest.raises(Exception, match="append-only"), session.begin_nested():
        session.execute(
            text("UPDATE question_event SET note = 'Never.' WHERE id = :id"), {"id": event.id}
        )


# -- Asking --------------------------------------------------------------------------------------


def test_a_platform_asks_with_four_fields_and_the_map_says_whom(
    desk: Desk, session: Session, contact: Contact, world: World
) -> None:
    client = desk.browser("member of A")
    page = client.get("/platforms/platform-a/questions/new").text
    assert len(visible_inputs(page)) == 4
    question = ask(client, session)
    assert (question.organisation_id, question.theme) == (world.contractor.id, Theme.GREEN)
    shown = words_of(desk.app.test_client().get(f"/questions/{question.code}?lang=en").text)
    for said in ("When do the trees come?", "Next move:", world.contractor.name, contact.role_name):
        assert said in shown
    listed = desk.app.test_client().get("/platforms/platform-a/questions").text
    assert f"/questions/{question.code}" in listed


def test_where_the_map_says_nobody_the_desk_of_the_district_is_asked(
    desk: Desk, session: Session, world: World
) -> None:
    question = ask(desk.browser("manager of A"), session)
    assert question.organisation_id == world.desk.id


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"words": " "}, "words"),
        ({"words": "Call 06-12345678"}, "words"),
        ({"theme": "people"}, "theme"),
        ({"about": "Nowhere at all"}, "about"),
    ],
)
def test_what_cannot_be_asked_comes_back_as_typed_with_the_message_at_its_field(
    desk: Desk, session: Session, fields: dict[str, str], field: str
) -> None:
    client, path = desk.browser("member of A"), "/platforms/platform-a/questions/new"
    token = token_of(client.get(path).text)
    given = {"words": "When do the trees come?", "theme": "green", **fields}
    answer = client.post(path, data={"csrf_token": token, **given})
    assert answer.status_code == 400
    assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', answer.text)
    assert given["words"].strip() in answer.text
    assert session.scalars(select(Question.words)).all() == ["When do the trees come?"] * 2


def test_a_question_is_about_a_thing_by_number_or_by_name(
    desk: Desk, session: Session, world: World
) -> None:
    asset, defect = world.assets["kept by A"][0], world.defects["own"]
    client = desk.browser("member of A")
    for given, kind, code in (
        (asset.code.lower(), "asset", asset.code),
        (asset.name, "asset", asset.code),
        (defect.code, "defect", defect.code),
        (world.areas["area-here"].name, "area", "area-here"),
    ):
        if kind == "area":
            world.make.place_name(
                district_id=world.here.id,
                name=given,
                organic_area_id=world.areas["area-here"].id,
                geom=None,
            )
            session.commit()
        question = ask(client, session, about=given)
        assert (question.about_kind, question.about_code) == (kind, code)
    there = world.assets["kept by C"][0]
    path = "/platforms/platform-a/questions/new"
    elsewhere = {"words": "Why?", "theme": "green", "about": there.code}
    assert send(client, path, **elsewhere)[0] == 400


# -- Answering -----------------------------------------------------------------------------------


@pytest.fixture
def question(world: World) -> Question:
    """Platform A asks the contractor."""
    return world.questions[0]


def test_a_word_is_no_end_and_the_asker_says_that_it_is_no_answer_for_ever(
    desk: Desk, session: Session, question: Question
) -> None:
    officer, member = desk.browser("officer here"), desk.browser("member of A")
    answer, asker = f"/questions/{question.code}/answer", f"/questions/{question.code}/asker"
    assert send(officer, answer, act="answered", note="We look at it.")[0] == 303
    for _ in range(2):
        assert state_of(session, question) is State.ANSWERED
        assert send(member, asker, act="no_answer", note="We asked when.")[0] == 303
        assert state_of(session, question) is State.ASKED
        assert send(officer, answer, act="answered", note="Still looking.")[0] == 303
    assert send(officer, answer, **NO)[0] == 303
    shown = words_of(desk.app.test_client().get(f"/questions/{question.code}?lang=en").text)
    for said in list(NO.values())[1:]:
        assert said in shown
    assert send(member, asker, act="no_answer", note="We do not agree.")[0] == 303
    assert (state_of(session, question), question.refusals) == (State.ASKED, 1)
    kinds = [one.action for one in list_entries(session, thing=thing_of(question.id), limit=9)]
    assert kinds.count("act_on_question") == 7
    assert list(verify_all(session)) == []


def test_nobody_but_the_asker_takes_a_question_back(desk: Desk, question: Question) -> None:
    officer = desk.browser("officer here")
    status, said = send(officer, f"/questions/{question.code}/answer", act="withdrawn", note="x")
    assert (status, "Choose what you want to say." in said) == (400, True)
    member = desk.browser("member of A")
    assert send(member, f"/questions/{question.code}/asker", act="withdrawn")[0] == 303


def test_a_refusal_asks_first_what_would_make_it_possible_in_few_fields(
    desk: Desk, question: Question
) -> None:
    page = desk.browser("officer here").get(f"/questions/{question.code}/answer?act=refused").text
    named = re.findall(r'name="(\w+)"', " ".join(visible_inputs(page)))
    assert named[0] == "possible"
    assert sorted(named) == ["decided_by", "interests", "note", "possible"]


def test_whoever_it_is_with_answers_for_themselves_and_no_longer_when_it_is_passed_on(
    desk: Desk, session: Session, question: Question, world: World
) -> None:
    maintainer, path = desk.browser("maintainer"), f"/questions/{question.code}/answer"
    given = {"act": "passed_on", "organisation": world.desk.slug, "note": "Not ours."}
    assert send(maintainer, path, **given)[0] == 303
    assert maintainer.get(path).status_code == 403
    session.refresh(question)
    assert (question.organisation_id, question.bounces) == (world.desk.id, 0)


def test_what_comes_back_is_counted_and_the_silence_goes_on(
    desk: Desk, session: Session, question: Question, world: World
) -> None:
    world.make.question_event(
        question_id=question.id, kind=EventKind.ASKED, to_id=world.contractor.id, position=1
    )
    session.commit()
    officer, path = desk.browser("officer here"), f"/questions/{question.code}/answer"
    since = question.turn_since
    for slug in (world.desk.slug, world.contractor.slug, world.desk.slug):
        given = {"act": "passed_on", "organisation": slug, "note": "Not ours."}
        assert send(officer, path, **given)[0] == 303
    session.refresh(question)
    assert (question.bounces, question.turn_since) == (2, since)
    again = {"act": "passed_on", "organisation": world.desk.slug, "note": "Not ours."}
    assert send(officer, path, **again)[0] == 400


def test_the_silence_is_said_in_plain_words(
    desk: Desk, session: Session, question: Question, world: World
) -> None:
    question.turn_since = TODAY - timedelta(days=16)
    session.commit()
    shown = words_of(desk.app.test_client().get(f"/questions/{question.code}?lang=nl").text)
    assert f"Aan zet: {world.contractor.name} 16 dagen stil" in shown
    listed = words_of(desk.browser("officer here").get("/districts/here/questions?lang=nl").text)
    assert "16 dagen stil" in listed


@pytest.mark.usefixtures("session")
def test_a_promised_day_is_shown_until_it_is_over(
    desk: Desk, question: Question, clock: Clock
) -> None:
    officer, path = desk.browser("officer here"), f"/questions/{question.code}/answer"
    assert send(officer, path, act="promised", due_on="2026-11-01")[0] == 400
    assert send(officer, path, act="promised", due_on="2026-12-01")[0] == 303
    anybody = desk.app.test_client()
    assert "by 1 December" in words_of(anybody.get(f"/questions/{question.code}?lang=en").text)
    clock.now = NOW + timedelta(days=20)
    assert "20 days silent" in words_of(anybody.get(f"/questions/{question.code}?lang=en").text)


# -- Mail ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("contact")
def test_each_is_told_once_of_a_cause_in_their_own_language_without_anybodys_words(
    desk: Desk, session: Session, mails: Post, world: World
) -> None:
    member = desk.browser("member of A")
    question = ask(member, session, words="canary-words of the platform")
    sent = mails.deliver()
    assert [mail.to for mail in sent] == ["maintainer@example.org"]
    assert f"/questions/{question.code}/answer" in sent[0].text
    path = f"/questions/{question.code}/answer"
    assert send(desk.browser("officer here"), path, act="answered", note="canary-answer")[0] == 303
    sent = mails.deliver()
    assert [mail.to for mail in sent] == ["maintainer@example.org", "member-of-A@example.org"]
    assert world.desk.name in sent[1].text
    assert not [mail for mail in sent if "canary" in mail.text + mail.subject]
    assert len(mails.deliver()) == 2


@pytest.mark.usefixtures("world")
def test_whoever_stops_following_gets_no_more_mail(
    desk: Desk,
    session: Session,
    mails: Post,
) -> None:
    member = desk.browser("member of A")
    question = ask(member, session)
    assert send(member, f"/questions/{question.code}/asker", act="leave")[0] == 303
    path = f"/questions/{question.code}/answer"
    assert send(desk.browser("officer here"), path, act="answered", note="Soon.")[0] == 303
    assert [mail for mail in mails.deliver() if "member" in mail.to] == []


# -- Hidden words --------------------------------------------------------------------------------


def test_a_moderator_without_a_part_hides_words_with_a_reason_everybody_reads(
    desk: Desk, session: Session, question: Question, world: World
) -> None:
    question.words = "canary-name did this"
    event = world.make.question_event(
        question_id=question.id, organisation_id=world.contractor.id, note="canary-answer"
    )
    session.commit()
    path = f"/questions/{question.code}/judging"
    assert desk.browser("moderator of the contractor").get(path).status_code == 403
    moderator = desk.browser("moderator")
    for position, status in ((0, 303), (0, 409), (event.position, 303)):
        assert send(moderator, path, position=str(position), reason="name")[0] == status
    anybody = desk.app.test_client()
    for address in (f"/questions/{question.code}", "/platforms/platform-a/questions"):
        assert "canary" not in anybody.get(address).text
    shown = words_of(anybody.get(f"/questions/{question.code}?lang=en").text)
    assert shown.count("The words are hidden: somebody's name is in it.") == 2
    events = session.scalars(select(QuestionEvent.note).where(QuestionEvent.id == event.id)).one()
    assert events == "canary-answer"


# -- Examples ------------------------------------------------------------------------------------


def test_examples_of_both_districts_ask_are_answered_and_brought_and_post_no_mail(
    demo_session: Session,
) -> None:
    by_district = demo_session.execute(
        select(Question.district_id, func.count(), func.bool_and(Question.is_example))
        .group_by(Question.district_id)
        .order_by(Question.district_id)
    ).all()
    assert [(count, is_example) for _, count, is_example in by_district] == [(2, True)] * 2
    silent = demo_session.scalars(select(Question).where(Question.state == State.ASKED)).all()
    assert [(NOW.date() - one.turn_since).days for one in silent] == [16, 16]
    assert demo_session.scalar(select(func.count()).select_from(MediationCase)) == 2
    kinds = demo_session.scalars(select(OutboxMessage.kind)).all()
    assert [kind for kind in kinds if kind.startswith("question")] == []
    remove_examples(demo_session)
    for table in (Question, QuestionEvent, MediationCase):
        assert demo_session.scalar(select(func.count()).select_from(table)) == 0


def test_a_question_to_an_example_organisation_goes_to_the_desk_when_examples_go(
    session: Session, question: Question, world: World
) -> None:
    world.contractor.is_example = True
    event = {"question_id": question.id, "note": "Soon."}
    world.make.question_event(organisation_id=world.contractor.id, **event)
    world.make.question_event(organisation_id=world.desk.id, **event)
    remove_example_questions(session)
    session.refresh(question)
    assert question.organisation_id == world.desk.id
    assert session.scalars(select(QuestionEvent.organisation_id)).all() == [world.desk.id]
