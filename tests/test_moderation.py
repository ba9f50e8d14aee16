"""Moderation: what is held or hidden is seen by nobody, judged by outsiders, open to objection."""

import json
import re
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, delete, select
from sqlalchemy.orm import Session

from geoapp.app import create_app, metadata
from geoapp.config import Settings
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine
from geoapp.defects.actions import forget_words
from geoapp.defects.rules import EventKind, Says, Speaker, WordsState
from geoapp.defects.tables import Defect, DefectVoice
from geoapp.edge import KEY
from geoapp.errors import Conflict, GeoappError, Invalid, NotAllowed, NotFound
from geoapp.ledger.audit import list_entries
from geoapp.ledger.chain import Doer, Thing
from geoapp.media.rules import PictureState
from geoapp.media.tables import Picture
from geoapp.moderation.actions import (
    judge_picture,
    judge_voice,
    judge_words,
    object_to,
    settle_appeal,
)
from geoapp.moderation.queries import find_hiding, for_bench, list_queue
from geoapp.moderation.rules import (
    Judgement,
    Outcome,
    Reason,
    Target,
    Verdict,
    make_bench,
    read_judgement,
)
from geoapp.moderation.tables import ModerationAppeal, ModerationVerdict
from geoapp.people.rules import Permission, Role, Subject, may
from tests.conftest import NOW, count_queries
from tests.factories import LAT, LON, Factory
from tests.synthetic import tile_at
from tests.world import Somebody, World

WORDS = "De plank is los, bel Zwaluwenberg op 06-12345678"
SHOW = Judgement(Verdict.SHOW)
HIDE = Judgement(Verdict.HIDE, Reason.INSULT)


@pytest.fixture
def app(connection: Connection) -> Flask:
    """A service that sees what this test's session has made."""
    return create_app(Settings(background_url=""), engine=connection, clock=lambda: NOW)


@pytest.fixture
def world(session: Session, app: Flask) -> World:
    """Everybody, and a report to each."""
    return World(session, app.extensions[KEY].sealer)


def doer_for(somebody: Somebody) -> Doer:
    return Doer(somebody.person_id, "moderator")


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def hold(world: World, name: str) -> Defect:
    """The words of one of the world's reports wait."""
    defect = world.defects[name]
    defect.description, defect.words_state = WORDS, WordsState.HELD
    world.session.flush()
    return defect


def state_of(defect: Defect, world: World) -> WordsState:
    """Whether the words are shown, as the database has it now."""
    world.session.refresh(defect)
    return defect.words_state


def public_answers(client: FlaskClient, code: str) -> dict[str, str]:
    """Whatever everybody can ask that tells of reports."""
    box = "4.9,51.9,5.1,52.1"
    paths = [
        "/",
        f"/list?bbox={box}&at={LAT},{LON}",
        f"/at?lat={LAT}&lon={LON}&radius_m=500",
        f"/defects/{code}",
        f"/defects/{code}/follow",
        f"/find?q={code}",
        "/find?q=zwaluwenberg",
        f"/api/v1/defects/{code}",
        "/api/v1/defects",
        f"/api/v1/at?lat={LAT}&lon={LON}&radius_m=500",
        f"/tiles/defects/{tile_at(LON, LAT, 16)}.mvt",
        "/moderation/log",
    ]
    return {path: client.get(path).get_data().decode("utf-8", "replace") for path in paths}


# -- Held when they are stored ---------------------------------------------------------------


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("words", "state"), [(WORDS, WordsState.HELD), ("De plank is los", WordsState.SHOWN)]
)
def test_words_that_lead_to_a_person_are_held_when_they_are_sent(
    session: Session, own_client: FlaskClient, words: str, state: WordsState
) -> None:
    sent = {"lat": LAT, "lon": LON, "category": "broken", "description": words}
    answer = own_client.post("/api/v1/defects", json=sent)
    assert answer.status_code == 201, answer.text
    defect = session.scalars(select(Defect).where(Defect.code == answer.get_json()["code"])).one()
    assert defect.words_state is state
    assert defect.description == words


@pytest.mark.usefixtures("world")
def test_the_form_takes_them_and_the_receipt_says_that_nobody_sees_them_yet(
    own_client: FlaskClient,
) -> None:
    form = own_client.get(f"/report?lat={LAT}&lon={LON}").text
    key = re.search(r'name="key" value="([^"]+)"', form)
    assert key is not None
    sent = {
        "csrf_token": token_of(form),
        "key": key[1],
        "lat": str(LAT),
        "lon": str(LON),
        "category": "broken",
        "description": WORDS,
    }
    stored = own_client.post("/report", data=sent)
    assert stored.status_code == 303, stored.text
    receipt = own_client.get(stored.location, headers={"Accept-Language": "nl"}).text
    assert "een telefoonnummer" in receipt
    assert "12345678" not in receipt


@pytest.mark.usefixtures("world")
def test_a_city_number_and_a_neighbourhood_take_no_phone_number(own_client: FlaskClient) -> None:
    sent = {"lat": LAT, "lon": LON, "category": "broken", "city_number": "06-12345678"}
    answer = own_client.post("/api/v1/defects", json=sent)
    assert answer.status_code in {400, 422}
    assert "city_number" in answer.text


@pytest.mark.parametrize("state", [WordsState.HELD, WordsState.HIDDEN])
def test_no_public_answer_holds_words_that_are_not_shown(
    world: World, own_client: FlaskClient, state: WordsState
) -> None:
    defect = hold(world, "other")
    assert "Zwaluwenberg" not in "".join(public_answers(own_client, defect.code).values())
    defect.words_state = state
    if state is WordsState.HIDDEN:
        world.make.moderation_verdict(defect_id=defect.id)
    world.session.flush()
    answers = public_answers(own_client, defect.code)
    assert [path for path, said in answers.items() if "Zwaluwenberg" in said] == []
    told = json.loads(answers[f"/api/v1/defects/{defect.code}"])
    assert (told["words_state"], told["description"]) == (state.value, "")
    assert told["words_hidden_for"] == ("name" if state is WordsState.HIDDEN else None)
    defect.words_state = WordsState.SHOWN
    world.session.flush()
    shown = public_answers(own_client, defect.code)
    assert len([path for path, said in shown.items() if "Zwaluwenberg" in said]) > 5


def test_what_is_hidden_cannot_be_told_from_the_rest_of_the_answers(
    world: World, own_client: FlaskClient
) -> None:
    defect = hold(world, "other")
    defect.words_state = WordsState.HIDDEN
    world.make.moderation_verdict(defect_id=defect.id)
    world.session.flush()
    passing = re.compile(r'name="(?:csrf_token|key)" value="[^"]+"|nonce="[^"]+"|nonce-[^\']+')

    def ask() -> dict[str, str]:
        answers = public_answers(own_client, defect.code)
        return {path: passing.sub("", said) for path, said in answers.items()}

    before = ask()
    defect.description = "Heel iets anders\nen veel langer"
    world.session.flush()
    assert ask() == before


# -- The queue -------------------------------------------------------------------------------


def test_a_list_holds_exactly_what_the_policy_lets_each_judge(world: World) -> None:
    wrong = []
    for somebody in world.people.values():
        listed = set(
            world.session.scalars(select(Defect.id).where(for_bench(make_bench(somebody.actor))))
        )
        for defect in world.defects.values():
            handlers = frozenset({defect.addressee_id})
            subject = Subject(district_id=defect.district_id, handler_ids=handlers)
            if may(somebody.actor, Permission.MODERATE, subject) is not (defect.id in listed):
                wrong.append((somebody.name, defect.code))
    assert wrong == []


def test_a_moderator_who_acts_for_a_platform_judges_nothing_it_handles(
    world: World, own_client: FlaskClient
) -> None:
    here = world.here.id
    both = world.add_person(
        "moderator who supports",
        [(Role.MODERATOR, here, None), (Role.SUPPORT, here, world.support.id)],
    )
    theirs = world.make.defect(
        district_id=here, addressee_id=world.org_a.id, words_state=WordsState.HELD
    )
    others = hold(world, "other")
    both.enter(own_client)
    queue = own_client.get("/moderation").text
    assert theirs.code not in queue
    assert others.code in queue
    assert own_client.get(f"/defects/{theirs.code}/judging").status_code == 403


def test_a_moderator_of_the_contractor_neither_sees_nor_touches_a_complaint_about_it(
    world: World, own_client: FlaskClient
) -> None:
    defect = hold(world, "own")
    world.people["moderator of the contractor"].enter(own_client)
    page = own_client.get("/moderation")
    assert page.status_code == 200
    assert defect.code not in page.text
    token = token_of(own_client.get("/account").text)
    form = {"csrf_token": token, "verdict": "show", "was": "held"}
    path = f"/defects/{defect.code}/words/verdict"
    assert own_client.post(path, data=form).status_code == 403
    assert own_client.get(f"/defects/{defect.code}/judging").status_code == 403
    # As its handler they read the history, in which their attempts stand.
    assert (
        "Judged words or a photo"
        in own_client.get(f"/defects/{defect.code}/history", headers={"Accept-Language": "en"}).text
    )
    assert state_of(defect, world) is WordsState.HELD

    world.people["moderator"].enter(own_client)
    page = own_client.get("/moderation")
    assert defect.code in page.text
    assert "Zwaluwenberg" in page.text
    form["csrf_token"] = token_of(page.text)
    assert own_client.post(path, data=form).status_code == 303
    assert state_of(defect, world) is WordsState.SHOWN
    assert own_client.post(path, data=form).status_code == 409


def test_hiding_needs_a_reason_and_tells_it_to_everybody(
    world: World, own_client: FlaskClient
) -> None:
    defect = hold(world, "other")
    world.people["moderator"].enter(own_client)
    form = {
        "csrf_token": token_of(own_client.get("/moderation").text),
        "verdict": "hide",
        "was": "held",
    }
    path = f"/defects/{defect.code}/words/verdict"
    refused = own_client.post(path, data=form)
    assert refused.status_code in {400, 422}
    assert own_client.post(path, data=form | {"reason": "insult"}).status_code == 303
    own_client.delete_cookie("session")
    page = own_client.get(f"/defects/{defect.code}", headers={"Accept-Language": "en"}).text
    assert "it is an insult" in page
    log = own_client.get("/moderation/log", headers={"Accept-Language": "en"}).text
    assert defect.code in log
    assert "it is an insult" in log
    assert "Zwaluwenberg" not in log
    assert "moderator@" not in log
    entry = list_entries(world.session, thing=Thing("defect", defect.id), limit=1)[0]
    assert entry.action == "judge_words"
    assert entry.doer is not None
    assert entry.doer.person_id == world.people["moderator"].person_id
    assert entry.told is not None
    assert "Zwaluwenberg" not in json.dumps(entry.told.after)


@pytest.mark.parametrize(("verdict", "reason"), [("maybe", ""), ("hide", ""), ("hide", "bored")])
def test_a_judgement_is_to_show_or_to_hide_for_a_known_reason(verdict: str, reason: str) -> None:
    with pytest.raises(Invalid):
        read_judgement(verdict, reason)


def test_a_photo_is_seen_by_its_moderators_alone_until_one_shows_it(
    world: World, own_client: FlaskClient
) -> None:
    defect = world.defects["own"]
    picture = world.make.picture(district_id=defect.district_id)
    world.make.defect_picture(defect_id=defect.id, picture_id=picture.id)
    private = f"/moderation/photos/{picture.id}.jpg"
    assert own_client.get(f"/defects/{defect.code}/photos/1.jpg").status_code == 404
    assert own_client.get(private).status_code == 401
    for name, status in (("moderator of the contractor", 403), ("moderator there", 403)):
        world.people[name].enter(own_client)
        assert own_client.get(private).status_code == status
    moderator = world.people["moderator"]
    queue = list_queue(world.session, bench=make_bench(moderator.actor), limit=9)
    assert [(item.picture_id, item.code) for item in queue] == [(picture.id, defect.code)]
    row = judge_picture(
        world.session,
        picture_id=picture.id,
        judgement=HIDE,
        was=PictureState.HELD,
        doer=doer_for(moderator),
        now=NOW,
    )
    assert row is not None
    assert (row.target, row.position, row.reason) == (Target.PICTURE, 1, Reason.INSULT)
    with pytest.raises(Conflict):
        judge_picture(
            world.session,
            picture_id=picture.id,
            judgement=SHOW,
            was=PictureState.HELD,
            doer=doer_for(moderator),
            now=NOW,
        )
    appeal = object_to(world.session, verdict_id=row.id, note="", now=NOW)
    other = world.add_person("second", [(moderator.actor.seats[0].role, world.here.id, None)])
    settle_appeal(world.session, appeal_id=appeal.id, judgement=SHOW, doer=doer_for(other), now=NOW)
    world.session.refresh(picture)
    assert picture.state is PictureState.SHOWN


# -- Objecting -------------------------------------------------------------------------------


def hide_words(world: World, by: Somebody) -> tuple[Defect, ModerationVerdict]:
    defect = hold(world, "other")
    verdict = judge_words(
        world.session,
        defect_id=defect.id,
        judgement=HIDE,
        was=WordsState.HELD,
        doer=doer_for(by),
        now=NOW,
    )
    return defect, verdict


def test_anybody_may_object_once_and_another_moderator_brings_the_words_back(
    world: World, own_client: FlaskClient
) -> None:
    first, second = world.people["moderator"], world.people["moderator of the contractor"]
    defect, verdict = hide_words(world, first)
    address = f"/defects/{defect.code}/appeal"
    form = {"csrf_token": token_of(own_client.get(address).text), "note": "Dit is geen scheldwoord"}
    assert own_client.post(address, data=form).status_code == 303
    assert own_client.post(address, data=form).status_code == 409
    assert "scheldwoord" not in own_client.get(f"/defects/{defect.code}").text
    appeal = world.session.scalars(select(ModerationAppeal)).one()

    first.enter(own_client)
    page = own_client.get("/moderation")
    assert defect.code not in page.text
    judged = {"csrf_token": token_of(own_client.get("/account").text), "verdict": "show"}
    path = f"/moderation/appeals/{appeal.id}"
    assert own_client.post(path, data=judged).status_code == 403

    second.enter(own_client)
    page = own_client.get("/moderation")
    assert "scheldwoord" in page.text
    assert own_client.post(path, data=judged).status_code == 303
    world.session.refresh(defect)
    world.session.refresh(appeal)
    assert defect.words_state is WordsState.SHOWN
    assert appeal.outcome is Outcome.REVERSED
    assert appeal.note == ""
    own_client.delete_cookie("session")
    page_now = own_client.get(f"/defects/{defect.code}", headers={"Accept-Language": "en"}).text
    assert "Another moderator has looked again" in page_now
    assert verdict.id == appeal.verdict_id


def test_what_a_second_look_hides_stays_hidden(world: World) -> None:
    first, second = world.people["moderator"], world.people["moderator of the contractor"]
    defect, verdict = hide_words(world, first)
    appeal = object_to(world.session, verdict_id=verdict.id, note="", now=NOW)
    again = settle_appeal(
        world.session, appeal_id=appeal.id, judgement=HIDE, doer=doer_for(second), now=NOW
    )
    world.session.refresh(defect)
    assert defect.words_state is WordsState.HIDDEN
    with pytest.raises(GeoappError):
        object_to(world.session, verdict_id=again.id, note="", now=NOW)
    with pytest.raises(Conflict):
        settle_appeal(
            world.session, appeal_id=appeal.id, judgement=SHOW, doer=doer_for(second), now=NOW
        )


@pytest.mark.parametrize("judgement", [SHOW, HIDE])
def test_words_that_were_taken_away_are_not_looked_at_again(
    world: World, judgement: Judgement
) -> None:
    first, second = world.people["moderator"], world.people["moderator of the contractor"]
    defect, verdict = hide_words(world, first)
    appeal = object_to(world.session, verdict_id=verdict.id, note="", now=NOW)
    forget_words(world.session, defect_id=defect.id)
    with pytest.raises(NotFound):
        settle_appeal(
            world.session, appeal_id=appeal.id, judgement=judgement, doer=doer_for(second), now=NOW
        )
    world.session.refresh(defect)
    assert defect.words_state is WordsState.SHOWN


def test_an_appeal_outlives_the_moderator_who_caused_it(world: World) -> None:
    first = world.people["moderator"]
    _, verdict = hide_words(world, first)
    appeal = object_to(world.session, verdict_id=verdict.id, note="", now=NOW)
    with pytest.raises(NotAllowed):
        settle_appeal(
            world.session, appeal_id=appeal.id, judgement=SHOW, doer=doer_for(first), now=NOW
        )
    person = metadata().tables["person"]
    world.session.execute(delete(person).where(person.c.id == first.person_id))
    world.session.refresh(appeal)
    assert (appeal.decided_by, appeal.outcome) == (None, None)


def test_of_two_moderators_at_once_exactly_one_settles(
    make_database: Callable[[str], str],
) -> None:
    engine = make_engine(make_database("raced"))
    migrate(engine, metadata())
    with Session(engine, expire_on_commit=False) as session:
        make = Factory(session)
        people = [make.person().id for _ in range(2)]
        hidden = make.defect(words_state=WordsState.HIDDEN)
        verdict = make.moderation_verdict(defect_id=hidden.id)
        appeal = make.moderation_appeal(verdict_id=verdict.id)
        kept = [appeal.verdict_id, appeal.id]
        session.commit()
    ended: list[str] = []

    def settle(person_id: Any, judgement: Judgement) -> None:
        with Session(engine) as own:
            try:
                settle_appeal(
                    own,
                    appeal_id=kept[1],
                    judgement=judgement,
                    doer=Doer(person_id, "moderator"),
                    now=NOW,
                )
                own.commit()
                ended.append("settled")
            except Conflict:
                ended.append("late")

    threads = [Thread(target=settle, args=pair) for pair in zip(people, (SHOW, HIDE), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    assert sorted(ended) == ["late", "settled"]


# -- The words of voices -----------------------------------------------------------------------


def speak(
    world: World, name: str, state: WordsState = WordsState.HELD, *, position: int = 1
) -> tuple[Defect, DefectVoice]:
    """Somebody wrote this with what they said of one of the world's reports."""
    defect = world.defects[name]
    voice = world.make.defect_voice(
        defect_id=defect.id,
        position=position,
        says=Says.STILL_BROKEN,
        speaker=Speaker.REPORTER,
        note=WORDS,
        words_state=state,
    )
    world.make.defect_event(
        defect_id=defect.id, kind=EventKind.SAID_NOT_GOOD, voice_id=voice.id, at=NOW
    )
    return defect, voice


def judge_note(world: World, voice: DefectVoice, judgement: Judgement) -> ModerationVerdict:
    return judge_voice(
        world.session,
        voice_id=voice.id,
        judgement=judgement,
        was=voice.words_state,
        doer=doer_for(world.people["moderator"]),
        now=NOW,
    )


def test_the_words_of_a_voice_wait_for_outsiders_and_are_shown_by_one(
    world: World, own_client: FlaskClient
) -> None:
    defect, voice = speak(world, "own")
    path = f"/defects/{defect.code}/voices/1/verdict"
    form = {"verdict": "show", "was": "held"}
    world.people["moderator of the contractor"].enter(own_client)
    assert "Zwaluwenberg" not in own_client.get("/moderation").text
    form["csrf_token"] = token_of(own_client.get("/account").text)
    assert own_client.post(path, data=form).status_code == 403

    world.people["moderator"].enter(own_client)
    for page in ("/moderation", f"/defects/{defect.code}/judging"):
        said = own_client.get(page).text
        assert "Zwaluwenberg" in said
        assert f'action="{path}"' in said
    form["csrf_token"] = token_of(own_client.get("/moderation").text)
    assert own_client.post(path.replace("/1/", "/2/"), data=form).status_code == 404
    assert own_client.post(path, data=form).status_code == 303
    assert own_client.post(path, data=form).status_code == 409
    world.session.refresh(voice)
    assert voice.words_state is WordsState.SHOWN
    assert "Zwaluwenberg" in own_client.get(f"/defects/{defect.code}").text
    assert "Zwaluwenberg" not in own_client.get("/moderation").text


def test_hidden_words_of_a_voice_are_in_no_public_answer_and_change_nothing_else(
    world: World, own_client: FlaskClient
) -> None:
    defect, voice = speak(world, "other", WordsState.SHOWN)
    speak(world, "other", WordsState.SHOWN, position=2)[1].note = "De bank is weer los"
    world.session.flush()

    def ask_pins() -> list[bytes]:
        tile = f"/tiles/defects/{tile_at(LON, LAT, 16)}.mvt"
        return [own_client.get(path).get_data() for path in (tile, "/api/v1/defects")]

    pins = ask_pins()
    judge_note(world, voice, HIDE)
    answers = public_answers(own_client, defect.code)
    assert [path for path, said in answers.items() if "Zwaluwenberg" in said] == []
    assert ask_pins() == pins
    dutch = {"Accept-Language": "nl"}
    page = own_client.get(f"/defects/{defect.code}", headers=dutch).text
    assert "De woorden zijn verborgen: het is een belediging." in page
    assert f'href="/defects/{defect.code}/appeal?voice=1"' in page
    assert "De bank is weer los" in page
    log = own_client.get("/moderation/log", headers=dutch).text
    assert "woorden van een buurtbewoner verborgen" in log
    entry = list_entries(world.session, thing=Thing("defect", defect.id), limit=1)[0]
    assert entry.action == "judge_voice"


def test_another_moderator_brings_back_the_words_of_a_voice(
    world: World, own_client: FlaskClient
) -> None:
    defect, voice = speak(world, "other")
    # A photo with the number of the voice is another thing.
    picture = world.make.picture(
        district_id=defect.district_id, state=PictureState.SHOWN, looked_at=NOW
    )
    world.make.defect_picture(defect_id=defect.id, picture_id=picture.id)
    judge_note(world, voice, HIDE)
    with pytest.raises(Conflict):
        judge_note(world, voice, SHOW)
    address = f"/defects/{defect.code}/appeal"
    assert own_client.get(address).status_code == 404
    assert own_client.get(f"{address}?photo=1").status_code == 404
    form = own_client.get(f"{address}?voice=1").text
    sent = {"csrf_token": token_of(form), "note": "Dit is geen scheldwoord"}
    action = re.search(r'action="([^"]+/appeal[^"]*)"', form)
    assert action is not None
    assert own_client.post(action[1], data=sent).status_code == 303

    world.people["moderator"].enter(own_client)
    assert defect.code not in own_client.get("/moderation").text
    world.people["moderator of the contractor"].enter(own_client)
    page = own_client.get("/moderation").text
    assert "Zwaluwenberg" in page
    assert "scheldwoord" in page
    assert f"{picture.id}" not in page
    appeal = world.session.scalars(select(ModerationAppeal)).one()
    judged = {"csrf_token": token_of(page), "verdict": "show"}
    assert own_client.post(f"/moderation/appeals/{appeal.id}", data=judged).status_code == 303
    world.session.refresh(voice)
    assert voice.words_state is WordsState.SHOWN
    assert "Zwaluwenberg" in own_client.get(f"/defects/{defect.code}").text


def test_words_of_a_voice_that_were_taken_away_are_not_looked_at_again(world: World) -> None:
    defect, voice = speak(world, "other")
    verdict = judge_note(world, voice, HIDE)
    appeal = object_to(world.session, verdict_id=verdict.id, note="", now=NOW)
    second = world.people["moderator of the contractor"]

    def queue() -> list[Target]:
        found = list_queue(world.session, bench=make_bench(second.actor), limit=9)
        return [item.target for item in found]

    assert queue() == [Target.VOICE]
    forget_words(world.session, defect_id=defect.id)
    assert queue() == []
    with pytest.raises(NotFound):
        settle_appeal(
            world.session, appeal_id=appeal.id, judgement=HIDE, doer=doer_for(second), now=NOW
        )
    world.session.refresh(voice)
    with pytest.raises(NotFound):
        judge_note(world, voice, HIDE)
    assert voice.words_state is WordsState.SHOWN


# -- Cost ------------------------------------------------------------------------------------


def test_the_queue_asks_as_much_for_50_photos_as_for_one(
    world: World, own_client: FlaskClient, connection: Connection
) -> None:
    world.people["moderator"].enter(own_client)

    def add(count: int) -> None:
        for _ in range(count):
            defect = world.make.defect(district_id=world.here.id, addressee_id=world.desk.id)
            picture = world.make.picture(district_id=world.here.id)
            world.make.defect_picture(defect_id=defect.id, picture_id=picture.id)
            world.make.moderation_verdict(defect_id=defect.id)

    def count(path: str) -> int:
        own_client.get(path)
        with count_queries(connection.engine) as statements:
            assert own_client.get(path).status_code == 200
        return len(statements)

    add(1)
    paths = ("/moderation", "/moderation/log", "/account")
    before = {path: count(path) for path in paths}
    add(49)
    assert {path: count(path) for path in paths} == before
    first = own_client.get("/moderation").text
    further = re.search(r'href="(/moderation\?after=[^"]+)"', first)
    assert further is not None
    assert own_client.get(further[1]).status_code == 200
    assert world.session.query(Picture).count() == 50


# -- What the city told --------------------------------------------------------------------------


def test_what_the_city_told_can_be_hidden_and_brought_back_and_the_answer_stays(
    world: World, own_client: FlaskClient
) -> None:
    defect = world.defects["other"]
    event = world.make.defect_event(defect_id=defect.id, kind=EventKind.CITY_ANSWERED, at=NOW)
    note = world.make.defect_note(defect_id=defect.id, event_id=event.id, note=WORDS)
    world.session.commit()
    address = f"/defects/{defect.code}"
    assert "Zwaluwenberg" in own_client.get(address).text

    world.people["moderator"].enter(own_client)
    page = own_client.get(f"{address}/judging").text
    assert "Zwaluwenberg" in page
    form = {"verdict": "hide", "reason": "name", "was": "shown", "from": "report"}
    form["csrf_token"] = token_of(page)
    assert own_client.post(f"{address}/notes/2/verdict", data=form).status_code == 404
    assert own_client.post(f"{address}/notes/1/verdict", data=form).status_code == 303
    assert own_client.post(f"{address}/notes/1/verdict", data=form).status_code == 409
    answers = public_answers(own_client, defect.code)
    assert [path for path, said in answers.items() if "Zwaluwenberg" in said] == []
    page = own_client.get(address).text
    assert "The city says: done, a resident tells." in page
    assert f'href="{address}/appeal?note=1"' in page

    hiding = find_hiding(world.session, defect_id=defect.id, target=Target.NOTE, position=1)
    object_to(world.session, verdict_id=hiding.verdict_id, note="", now=NOW)
    world.people["moderator of the contractor"].enter(own_client)
    (item,) = list_queue(
        world.session,
        bench=make_bench(world.people["moderator of the contractor"].actor),
        limit=9,
    )
    assert (item.target, item.words) == (Target.NOTE, WORDS)
    assert item.appeal_id is not None
    settle_appeal(
        world.session,
        appeal_id=item.appeal_id,
        judgement=SHOW,
        doer=doer_for(world.people["moderator of the contractor"]),
        now=NOW,
    )
    world.session.refresh(note)
    assert note.words_state is WordsState.SHOWN
    assert "Zwaluwenberg" in own_client.get(address).text
