"""The mediating team: what is brought before it, what it notes, and the one list of what is
stuck."""

import itertools
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from geoapp.coverage.stuck import Why, list_stuck
from geoapp.defects.rules import Work
from geoapp.errors import Conflict
from geoapp.ledger.audit import verify_all
from geoapp.questions.rules import (
    STEP_TABLE,
    Mediation,
    Result,
    State,
    StepKind,
    ThingKind,
    take_step,
)
from geoapp.questions.tables import MediationCase, QuestionEvent
from tests.desks import Desk
from tests.test_questions import send, visible_inputs, words_of
from tests.world import TODAY, World

pytest_plugins = ("tests.desks",)
LONG_AGO = TODAY - timedelta(days=40)


@pytest.mark.parametrize(("state", "kind"), list(itertools.product(Mediation, StepKind)))
def test_of_every_state_and_step_it_is_known_what_comes_of_it(
    state: Mediation, kind: StepKind
) -> None:
    assert set(STEP_TABLE) == set(Mediation)
    if kind in STEP_TABLE[state]:
        assert (take_step(state, kind) is Mediation.ENDED) is (kind is StepKind.ENDED)
    else:
        with pytest.raises(Conflict):
            take_step(state, kind)


# -- Bringing and noting -------------------------------------------------------------------------


def bring(desk: Desk, session: Session, kind: str, code: str) -> MediationCase:
    """Platform A asks the team for help."""
    path = f"/mediations/new?kind={kind}&code={code}"
    client = desk.browser("member of A")
    page = client.get(path).text
    assert len(visible_inputs(page)) == 1
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    fields = {"platform": "platform-a", "kind": kind, "code": code, "note": "Nobody answers."}
    answer = client.post("/mediations/new", data={"csrf_token": token[1], **fields})
    assert answer.status_code == 303, answer.text
    return session.scalars(select(MediationCase).where(MediationCase.thing_code == code)).one()


def test_help_with_a_report_stands_on_its_page_with_every_step_to_the_end(
    desk: Desk, session: Session, world: World
) -> None:
    code = world.defects["own"].code
    case = bring(desk, session, "defect", code)
    team, path = desk.browser("mediating team"), f"/mediations/{case.code}"
    assert len(visible_inputs(team.get(path).text)) <= 7
    assert send(team, path, kind="talked", on_day="2026-11-20", note="With both sides.")[0] == 303
    assert send(team, path, kind="visited", note="At the court.")[0] == 303
    assert send(team, path, kind="ended", note="They meet in May.")[0] == 400
    ended = {"kind": "ended", "note": "They meet in May.", "result": "partly"}
    assert send(team, path, **ended)[0] == 303
    shown = words_of(desk.app.test_client().get(f"/defects/{code}?lang=en").text)
    for said in ("Nobody answers.", "With both sides.", "At the court.", "They agree in part"):
        assert said in shown
    session.refresh(case)
    assert (case.state, case.result) == (Mediation.ENDED, Result.PARTLY)
    assert list(verify_all(session)) == []


def test_a_thing_is_before_the_team_once_and_can_be_brought_anew(
    desk: Desk, session: Session, world: World
) -> None:
    code = world.questions[0].code
    case = bring(desk, session, "question", code)
    kinds = session.scalars(select(QuestionEvent.kind)).all()
    assert [kind.value for kind in kinds] == ["brought"]
    member = desk.browser("member of A")
    fields = {"platform": "platform-a", "kind": "question", "code": code, "note": "Again."}
    assert send(member, "/mediations/new", **fields)[0] == 409
    case.state, case.result = Mediation.ENDED, Result.AGREED
    session.commit()
    assert send(member, "/mediations/new", **fields)[0] == 303


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"note": " "}, 400),
        ({"note": "Call 06-12345678"}, 400),
        ({"kind": "plan", "code": "22-222"}, 404),
        ({"kind": "defect", "code": "elsewhere"}, 404),
    ],
)
def test_what_cannot_be_brought_comes_back(
    desk: Desk, session: Session, world: World, fields: dict[str, Any], status: int
) -> None:
    code = world.defects[fields.get("code", "own")].code if "kind" not in fields else ""
    if fields.get("code") == "elsewhere":
        fields = {**fields, "code": world.defects["elsewhere"].code}
    given = {"platform": "platform-a", "kind": "defect", "code": code, "note": "Stuck.", **fields}
    assert send(desk.browser("member of A"), "/mediations/new", **given)[0] == status
    found = session.scalars(select(MediationCase).where(MediationCase.why == given["note"])).all()
    assert found == []


def test_nobody_brings_something_for_a_platform_of_others(desk: Desk, world: World) -> None:
    fields = {"platform": "platform-b", "kind": "defect", "code": world.defects["own"].code}
    assert send(desk.browser("member of A"), "/mediations/new", **fields)[0] == 404


def test_words_of_the_team_and_of_the_asker_can_be_hidden(
    desk: Desk, session: Session, world: World
) -> None:
    code = world.defects["own"].code
    case = bring(desk, session, "defect", code)
    team, path = desk.browser("mediating team"), f"/mediations/{case.code}"
    assert send(team, path, kind="talked", note="canary-step")[0] == 303
    moderator = desk.browser("moderator")
    for position in ("0", "1"):
        judged = {"position": position, "reason": "insult"}
        assert send(moderator, f"{path}/judging", **judged)[0] == 303
    shown = desk.app.test_client().get(f"/defects/{code}?lang=en").text
    assert "canary-step" not in shown
    assert "Nobody answers." not in shown
    assert words_of(shown).count("it is an insult") == 2


# -- What is stuck -------------------------------------------------------------------------------


def stuck(session: Session, world: World, why: Why | None = None) -> list[tuple[Why, str]]:
    """What is stuck in the district, as reason and code."""
    found = list_stuck(session, district_id=world.here.id, today=TODAY, why=why, limit=50)
    return [(one.why, one.code) for one in found]


@pytest.fixture
def quiet(session: Session, world: World) -> World:
    """A world in which nothing is stuck."""
    for defect in world.defects.values():
        defect.turn_since = TODAY
    for question in world.questions:
        question.turn_since = TODAY
    for case in world.cases:
        session.delete(case)
    session.flush()
    return world


def test_where_all_is_well_nothing_is_on_the_list(session: Session, quiet: World) -> None:
    assert stuck(session, quiet) == []


def test_fourteen_days_of_silence_are_stuck_and_thirteen_are_not(
    session: Session, quiet: World
) -> None:
    question, defect = quiet.questions[0], quiet.defects["own"]
    question.turn_since = defect.turn_since = TODAY - timedelta(days=13)
    session.flush()
    assert stuck(session, quiet) == []
    question.turn_since, defect.turn_since = LONG_AGO, TODAY - timedelta(days=14)
    session.flush()
    assert stuck(session, quiet) == [(Why.SILENT, question.code), (Why.SILENT, defect.code)]
    question.state, question.due_on = State.PROMISED, TODAY + timedelta(days=1)
    defect.promised_on = TODAY
    session.flush()
    assert stuck(session, quiet) == []


def test_of_volunteers_silence_is_not_counted(session: Session, quiet: World) -> None:
    quiet.contractor.is_volunteer = True
    quiet.defects["own"].turn_since = LONG_AGO
    session.flush()
    assert stuck(session, quiet) == []


def test_what_was_sent_to_and_fro_twice_is_stuck(session: Session, quiet: World) -> None:
    question, defect = quiet.questions[0], quiet.defects["own"]
    question.bounces = defect.bounces = 1
    session.flush()
    assert stuck(session, quiet) == []
    question.bounces = defect.bounces = 2
    session.flush()
    assert {one for one, _ in stuck(session, quiet)} == {Why.BOUNCED}
    assert {code for _, code in stuck(session, quiet)} == {question.code, defect.code}


def test_without_agreement_it_is_stuck(session: Session, quiet: World) -> None:
    question, defect = quiet.questions[0], quiet.defects["own"]
    question.refusals = 1
    defect.work = Work.REFUSED_TWICE
    quiet.defects["other"].work = Work.REFUSED
    session.flush()
    assert {code for _, code in stuck(session, quiet)} == {question.code, defect.code}
    session.execute(
        text("UPDATE defect SET street = 'not_good' WHERE id = :id"),
        {"id": quiet.defects["other"].id},
    )
    assert len(stuck(session, quiet, Why.NO_AGREEMENT)) == 3
    assert stuck(session, quiet, Why.SILENT) == []


def test_what_is_brought_comes_once_and_the_longest_stuck_first(
    session: Session, quiet: World
) -> None:
    question, defect = quiet.questions[0], quiet.defects["own"]
    question.turn_since = LONG_AGO
    quiet.make.mediation_case(
        district_id=quiet.here.id,
        platform_id=quiet.platforms["platform-a"].id,
        thing_kind=ThingKind.QUESTION,
        thing_code=question.code,
        asked_on=TODAY,
    )
    defect.turn_since = TODAY - timedelta(days=20)
    assert stuck(session, quiet) == [(Why.SILENT, defect.code), (Why.BROUGHT, question.code)]


def test_the_list_says_since_when_whose_move_it_is_and_whom_to_call(
    desk: Desk, session: Session, quiet: World, contact: Any
) -> None:
    quiet.questions[0].turn_since = LONG_AGO
    session.commit()
    team = desk.browser("mediating team")
    shown = words_of(team.get("/districts/here/stuck?lang=en").text)
    for said in ("14 days silent", "since 12 October", quiet.contractor.name, contact.role_name):
        assert said in shown
    assert "There is nothing on this list." in team.get("/districts/here/stuck?why=bounced").text
    assert desk.browser("officer here").get("/districts/here/stuck").status_code == 403


def test_as_many_statements_for_thirty_stuck_things_as_for_three(
    desk: Desk, session: Session, world: World
) -> None:
    platform = world.platforms["platform-a"]

    def grow(count: int) -> None:
        for _ in range(count):
            where = {"district_id": world.here.id}
            asked = {"platform_id": platform.id, "organisation_id": world.contractor.id}
            question = world.make.question(turn_since=LONG_AGO, **where, **asked)
            defect = world.make.defect(turn_since=LONG_AGO, **where)
            for kind, row in ((ThingKind.QUESTION, question), (ThingKind.DEFECT, defect)):
                world.make.mediation_case(
                    platform_id=platform.id, thing_kind=kind, thing_code=row.code, **where
                )
        session.commit()

    def count_statements() -> int:
        heard: list[str] = []

        def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
            heard.append(statement)

        bind = session.get_bind()
        event.listen(bind, "before_cursor_execute", note)
        assert team.get("/districts/here/stuck").status_code == 200
        event.remove(bind, "before_cursor_execute", note)
        return len([one for one in heard if one.lstrip().startswith("SELECT")])

    team = desk.browser("mediating team")
    grow(3)
    count_statements()
    with_few = count_statements()
    grow(12)
    assert count_statements() == with_few
