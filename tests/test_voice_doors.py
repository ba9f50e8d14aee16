"""The doors of voices: what a page, a sign and the API take, what they answer, what they keep."""

import base64
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, func, select, update
from sqlalchemy.orm import Session

from geoapp.app import create_app
from geoapp.config import Settings
from geoapp.defects.actions import EventDraft, lock_defect, take_step
from geoapp.defects.queries import Step, get_defect
from geoapp.defects.rules import (
    OFFERED,
    EventKind,
    PictureRole,
    Says,
    Speaker,
    State,
    WordsState,
)
from geoapp.defects.tables import Defect, DefectEvent, DefectPicture, DefectVoice
from geoapp.dialogue.rules import VOICES_ON_ONE
from geoapp.edge import KEY
from geoapp.intake.following import make_follow_secret
from geoapp.intake.rules import make_secret
from geoapp.media.rules import PictureState
from geoapp.media.tables import Picture
from geoapp.web.cards import make_timeline
from geoapp.web.voices import CAME, THANKS, Came
from tests.conftest import NOW
from tests.factories import Factory
from tests.pictures import photo
from tests.test_moderation import public_answers
from tests.world import tables_that_hold

E = EventKind
PATHS = {Says.SOLVED: "solved", Says.STILL_BROKEN: "dispute", Says.BROKEN_AGAIN: "again"}
DUTCH = {"Accept-Language": "nl"}
PERSONAL = "Bel Zwaluwenberg op 06-12345678"
Events = tuple[EventKind, ...]


@dataclass
class Street:
    """A report on a bench, and somebody with a phone."""

    app: Flask
    session: Session
    make: Factory
    defect: Defect
    client: FlaskClient

    @property
    def own(self) -> str:
        """The reporter's own link."""
        key = self.app.extensions[KEY].settings.secret
        return make_secret(key, self.defect.id, self.defect.secret_version)

    @property
    def state(self) -> State:
        """As the database has it."""
        self.session.refresh(self.defect)
        return State(self.defect.state)

    def work(self, *kinds: EventKind, **more: Any) -> None:
        """The organisation does things, a day before now."""
        for kind in kinds:
            defect, zone = lock_defect(self.session, defect_id=self.defect.id)
            step = EventDraft(kind, NOW - timedelta(days=1), defect.addressee_id, **more)
            take_step(self.session, defect=defect, step=step, zone=zone)
            self.session.flush()

    def page(self, path: str = "", *, code: str = "") -> str:
        """A page of the report, in Dutch."""
        answer = self.client.get(f"/defects/{code or self.defect.code}{path}", headers=DUTCH)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    def say(self, says: Says, *, link: str = "", **changes: Any) -> Any:
        """Open the form of a word, fill it in and send it."""
        path = f"/{PATHS[says]}"
        form = self.page(f"{path}?secret={link}" if link else path)
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        sent = {**fields, "website": "", "note": "", **changes}
        address = f"/defects/{self.defect.code}{path}"
        return self.client.post(address, data=sent, headers=DUTCH)

    def ask(self, says: str = "still_broken", **more: Any) -> Any:
        """Say it as a machine does."""
        headers = {"Idempotency-Key": more.pop("key")} if "key" in more else {}
        address = f"/api/v1/defects/{self.defect.code}/voice"
        return self.client.post(address, json={"says": says, **more}, headers=headers)

    def voices(self) -> list[DefectVoice]:
        """What was said, oldest first."""
        return list(self.session.scalars(select(DefectVoice).order_by(DefectVoice.position)))


@pytest.fixture
def street(connection: Connection, session: Session, make: Factory, tmp_path: Path) -> Street:
    """A report nobody has answered yet."""
    settings = Settings(background_url="", media_dir=tmp_path)
    app = create_app(settings, engine=connection, clock=lambda: NOW)
    make.organisation(is_desk=True)
    return Street(app, session, make, make.defect(), app.test_client())


def picture(size: tuple[int, int] = (160, 120)) -> tuple[io.BytesIO, str]:
    return io.BytesIO(photo(size=size)), "photo.jpg"


def thanks_of(street: Street, answer: Any) -> str:
    """What the page says that a word led to."""
    assert answer.status_code == 303, answer.text
    page = unescape(street.client.get(answer.location, headers=DUTCH).text)
    found = re.search(r'role="status"><p><b>([^<]+)', page)
    return found[1] if found else ""


# -- Pages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "whose", "says", "state", "said"),
    [
        ((E.HANDLED,), "own", Says.SOLVED, State.SOLVED, "Het staat nu als opgelost."),
        ((E.HANDLED,), "no", Says.SOLVED, State.HANDLED, "of twee buren met een foto"),
        ((E.HANDLED,), "no", Says.STILL_BROKEN, State.DISPUTED, "weer op de kaart als: nog niet"),
        ((E.HANDLED, E.SAID_SOLVED), "no", Says.STILL_BROKEN, State.MIXED, "verschillend"),
        ((E.HANDLED, E.SAID_NOT_GOOD), "own", Says.SOLVED, State.MIXED, "verschillend"),
        ((E.REMOVED,), "no", Says.STILL_BROKEN, State.REMOVED, "Uw woord staat bij deze melding"),
        ((E.REMOVED,), "no", Says.SOLVED, State.REMOVED, "Uw woord staat bij deze melding"),
        ((), "no", Says.BROKEN_AGAIN, State.DISPUTED, "weer op de kaart als: nog niet goed"),
    ],
)
def test_each_word_is_taken_without_an_account_and_the_page_says_what_came_of_it(
    street: Street, events: Events, whose: str, says: Says, state: State, said: str
) -> None:
    street.work(*events)
    answer = street.say(says, link=street.own if whose == "own" else "")
    assert said in thanks_of(street, answer)
    assert street.state is state
    assert [voice.says for voice in street.voices()] == [says]


def test_there_are_words_for_whatever_came_of_a_word() -> None:
    assert set(THANKS) == set(Came)
    assert set(CAME.values()) | {Came.SHOWN} == set(Came)


def test_what_came_of_a_word_is_not_told_when_it_is_otherwise_by_now(street: Street) -> None:
    street.work(E.SAID_NOT_GOOD)
    assert "Dank u." in street.page("?said=disputed")
    for said in ("solved", "mixed", "nothing"):
        assert "Dank u." not in street.page(f"?said={said}")


def test_broken_again_after_solved_leads_to_the_receipt_of_a_new_report(street: Street) -> None:
    street.work(E.HANDLED, E.SAID_SOLVED)
    answer = street.say(Says.BROKEN_AGAIN, note="Weer los")
    assert (answer.status_code, answer.headers["Referrer-Policy"]) == (303, "no-referrer")
    fresh = street.session.scalars(select(Defect).where(Defect.again_of_id.is_not(None))).one()
    assert answer.location.startswith(f"/defects/{fresh.code}?secret=")
    receipt = unescape(street.client.get(answer.location, headers=DUTCH).text)
    assert "Uw melding staat op de kaart." in receipt
    assert "Uw eigen link" in receipt
    assert street.state is State.SOLVED


def test_a_word_takes_a_sentence_a_photo_and_whether_one_was_heard(street: Street) -> None:
    answer = street.say(Says.STILL_BROKEN, note="Er hangt nu lint om", heard="no", photos=picture())
    assert answer.status_code == 303, answer.text
    voice = street.voices()[0]
    assert (voice.note, voice.heard, voice.has_photo) == ("Er hangt nu lint om", False, True)
    assert voice.speaker is Speaker.NEIGHBOUR
    page = street.page()
    assert "Er hangt nu lint om" in page
    assert "Met foto." in page
    # Nobody sees the photo until somebody has looked at it.
    assert "1 foto wacht" in page
    assert "photos/1.jpg" not in page
    street.session.execute(update(Picture).values(state=PictureState.SHOWN, looked_at=NOW))
    page = street.page()
    assert "<b>Gezien</b><br>21 november, een bewoner" in page


def test_being_heard_is_not_asked_of_a_new_report(street: Street) -> None:
    assert "bent u gehoord" in street.page("/again")
    street.work(E.HANDLED, E.SAID_SOLVED)
    page = street.page("/again")
    assert "bent u gehoord" not in page
    assert "nieuwe melding" in page


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "too many words": ({"note": "a" * 2001}, "note", "2000"),
    "neither yes nor no": ({"heard": "perhaps"}, "heard", "heard is"),
    "no photo": ({"photos": (io.BytesIO(b"words"), "photo.jpg")}, "photos", "geen foto"),
    "six photos": ({"photos": [picture() for _ in range(6)]}, "photos", "hoogstens 5"),
    "a wrong link": ({"secret": "a" * 32}, "", "zonder link"),
    "a wrong token": ({"csrf_token": "wrong"}, "", "te lang open"),
    "a program": ({"website": "http://spam.example"}, "", "verborgen veld"),
    "no key": ({"key": "short"}, "", "8 tot 200"),
    "an unknown field": ({"colour": "red"}, "", "colour"),
}


@pytest.mark.parametrize(("changes", "field", "said"), BAD.values(), ids=BAD.keys())
def test_what_is_wrong_comes_back_at_its_field_and_nothing_typed_is_lost(
    street: Street, changes: dict[str, Any], field: str, said: str
) -> None:
    fields = {"note": "Nog steeds scheef", "heard": "yes", **changes}
    answer = street.say(Says.STILL_BROKEN, **fields)
    page = unescape(answer.text)
    assert answer.status_code == 400
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert said in page.split('role="alert"')[1].split("</div>")[0]
    if field:
        slot = re.search(rf'id="wrong-{field}">([^<]*)<', page)
        assert slot is not None
        assert said in slot[1]
    assert str(fields["note"])[:100] in page
    assert ('value="yes" checked' in page) is (fields["heard"] == "yes")
    assert street.voices() == []


def test_what_was_refused_is_sent_again_without_the_link_that_leads_nowhere(
    street: Street,
) -> None:
    refused = street.say(Says.STILL_BROKEN, link=street.own, colour="red")
    assert f'name="secret" value="{street.own}"' in refused.text
    refused = street.say(Says.STILL_BROKEN, link="a" * 32)
    assert 'name="secret"' not in refused.text


def test_too_much_of_one_sender_waits_and_keeps_the_words(street: Street) -> None:
    for number in range(VOICES_ON_ONE.most + 1):
        assert street.say(Says.STILL_BROKEN, note=f"Nog {number}").status_code == 303
    answer = street.say(Says.STILL_BROKEN, note="Nog een keer")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Nog een keer" in answer.text


def test_the_same_form_sent_twice_is_one_word_and_its_key_serves_nobody_else(
    street: Street,
) -> None:
    street.work(E.HANDLED)
    form = street.page("/dispute")
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    fields["note"] = "Nog los"
    path = f"/defects/{street.defect.code}/dispute"
    said = [thanks_of(street, street.client.post(path, data=fields)) for _ in range(2)]
    assert said[0] == said[1] != ""
    assert len(street.voices()) == 1
    other = street.app.test_client()
    theirs = re.search(r'name="csrf_token" value="([^"]+)', other.get(path).text)
    assert theirs is not None
    answer = other.post(path, data=fields | {"csrf_token": theirs[1], "note": "Ook ik"})
    assert answer.status_code == 303
    assert len(street.voices()) == 2


def test_opening_a_link_of_a_mail_says_nothing(street: Street) -> None:
    for path in PATHS.values():
        street.page(f"/{path}?secret={street.own}")
    assert street.voices() == []


def test_a_report_that_is_not_there_has_no_doors(street: Street) -> None:
    for path in PATHS.values():
        assert street.client.get(f"/defects/22-222/{path}").status_code == 404
        assert street.client.post(f"/defects/22-222/{path}").status_code == 404


# -- Which words, and by whose link --------------------------------------------------------------

HISTORIES: dict[State, Events] = {
    State.RECEIVED: (),
    State.ASSIGNED: (E.TAKEN,),
    State.PLANNED: (E.PROMISED,),
    State.PASSED_ON: (E.PASSED_ON,),
    State.HANDLED: (E.HANDLED,),
    State.DISPUTED: (E.SAID_NOT_GOOD,),
    State.MIXED: (E.HANDLED, E.SAID_SOLVED, E.SAID_NOT_GOOD),
    State.SOLVED: (E.SAID_SOLVED,),
    State.LAPSED: (E.HANDLED, E.LAPSED),
    State.REFUSED: (E.REFUSED,),
    State.NO_AGREEMENT: (E.REFUSED, E.REFUSED_AGAIN),
    State.REMOVED: (E.REMOVED,),
    State.WITHDRAWN: (E.WITHDRAWN,),
}


def words_on(street: Street) -> list[str]:
    """The buttons of the report's page, in order."""
    code = street.defect.code
    return re.findall(rf'href="/defects/{code}/(solved|dispute|again)"', street.page())


@pytest.mark.parametrize("state", HISTORIES)
def test_in_every_state_there_is_something_to_say(street: Street, state: State) -> None:
    street.work(*HISTORIES[state])
    assert street.state is state
    links = re.findall(
        rf'href="/defects/{street.defect.code}/(solved|dispute|again)"', street.page()
    )
    assert links == [PATHS[says] for says in OFFERED[state]]
    assert links


def test_no_state_is_left_without_words() -> None:
    assert set(OFFERED) == set(State) == {*HISTORIES, State.MERGED}
    assert all(OFFERED.values())


def test_where_a_thing_was_taken_away_the_page_asks_whether_it_is_missed(street: Street) -> None:
    street.work(E.REMOVED)
    page = street.page()
    assert "Mist u deze plek?" in page
    assert "Ik mis deze plek" in page
    assert "<h1" in street.page("/dispute")
    assert "Ik mis deze plek" in street.page("/dispute")


def test_on_a_merged_page_the_words_are_those_of_the_kept_report(street: Street) -> None:
    kept = street.make.defect(
        district_id=street.defect.district_id,
        addressee_id=street.defect.addressee_id,
        work="handled",
        street="good",
    )
    street.work(E.MERGED, merged_into_id=kept.id)
    links = re.findall(
        rf'href="/defects/{street.defect.code}/(solved|dispute|again)"', street.page()
    )
    assert links == ["again", "dispute"]
    answer = street.say(Says.STILL_BROKEN, link=street.own)
    # The link of the one opens nothing of the other.
    assert answer.location.startswith(f"/defects/{kept.code}?said=")
    assert "secret" not in answer.location
    assert [voice.defect_id for voice in street.voices()] == [kept.id]


@pytest.mark.parametrize("holder", ["reporter", "follower"])
def test_a_page_opened_by_a_link_carries_it_to_the_forms_and_back(
    street: Street, holder: str
) -> None:
    follower = street.make.defect_follower(
        defect_id=street.defect.id, confirmed_at=NOW - timedelta(days=9)
    )
    sealer = street.app.extensions[KEY].sealer
    secret = street.own if holder == "reporter" else make_follow_secret(sealer, follower.id)
    street.work(E.HANDLED)
    page = street.page(f"?secret={secret}")
    assert f"/defects/{street.defect.code}/solved?secret={secret}" in page
    shown = street.client.get(f"/defects/{street.defect.code}/solved?secret={secret}")
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    answer = street.say(Says.SOLVED, link=secret)
    assert f"secret={secret}" in answer.location
    assert answer.headers["Cache-Control"] == "no-store"
    assert street.state is State.SOLVED
    assert street.voices()[0].speaker is Speaker(holder)


def test_who_has_no_link_of_this_report_speaks_as_a_neighbour(street: Street) -> None:
    other = street.make.defect_follower()
    sealer = street.app.extensions[KEY].sealer
    street.work(E.HANDLED)
    for secret in ("a" * 32, make_follow_secret(sealer, other.id)):
        assert 'name="secret"' not in street.page(f"/solved?secret={secret}")
        assert f"solved?secret={secret}" not in street.page(f"?secret={secret}")


# -- The sign ------------------------------------------------------------------------------------


def test_the_page_of_a_sign_asks_of_each_open_report_how_it_is(street: Street) -> None:
    asset = street.make.asset(district_id=street.defect.district_id)
    given = {
        "district_id": asset.district_id,
        "asset_id": asset.id,
        "addressee_id": street.defect.addressee_id,
    }
    first = street.make.defect(**given, work="handled", street="waiting")
    second = street.make.defect(**given)
    solved = street.make.defect(**given, work="handled", street="good")
    page = street.client.get(f"/q/{asset.code}", headers=DUTCH).text
    assert page.count("Hoe is het nu?</h3>") == 2
    for path in PATHS.values():
        assert f"/defects/{first.code}/{path}" in page
    assert f"/defects/{second.code}/solved" in page
    assert f"/defects/{solved.code}/" not in page


# -- The API -------------------------------------------------------------------------------------


def test_the_api_takes_a_word_and_tells_what_came_of_it(street: Street) -> None:
    street.work(E.HANDLED)
    pictures = [base64.b64encode(photo()).decode()]
    answer = street.ask(note="Nog los", heard=True, photos=pictures)
    assert answer.status_code == 201, answer.text
    code = street.defect.code
    assert answer.get_json() == {
        "code": code,
        "state": "disputed",
        "url": f"http://localhost/defects/{code}",
    }
    assert answer.headers["Location"] == f"http://localhost/api/v1/defects/{code}"
    assert answer.headers["Cache-Control"] == "no-store"
    voice = street.voices()[0]
    assert (voice.note, voice.heard, voice.has_photo) == ("Nog los", True, True)


def test_the_api_takes_a_form_as_well(street: Street) -> None:
    fields = {"says": "solved", "secret": street.own, "photos": picture(), "key": "12345678-abc"}
    answer = street.client.post(f"/api/v1/defects/{street.defect.code}/voice", data=fields)
    assert (answer.status_code, answer.get_json()["state"]) == (201, "solved")


def test_a_word_that_opens_a_new_report_gives_its_own_link(street: Street) -> None:
    street.work(E.HANDLED, E.SAID_SOLVED)
    first = street.ask("broken_again", key="12345678-abc")
    again = street.ask("broken_again", key="12345678-abc")
    assert (first.status_code, again.status_code) == (201, 200)
    told = first.get_json()
    assert told == again.get_json()
    assert told["code"] != street.defect.code
    assert first.headers["Location"].endswith(f"/api/v1/defects/{told['code']}")
    path = told["secret_url"].removeprefix("http://localhost")
    assert 'id="receipt"' in street.client.get(path).text


def test_a_word_that_adds_nothing_answers_200(street: Street) -> None:
    statuses = [street.ask().status_code for _ in range(2)]
    assert statuses == [201, 200]
    assert street.ask(note="Er hangt lint om").status_code == 201


@pytest.mark.parametrize(
    ("says", "sent", "status", "field"),
    [
        ("maybe", {}, 400, "says"),
        ("solved", {"note": 5}, 400, "note"),
        ("solved", {"heard": "perhaps"}, 400, "heard"),
        ("solved", {"photos": "none"}, 400, "photos"),
        ("solved", {"secret": "a" * 32}, 400, "secret"),
        ("solved", {"colour": "red"}, 400, "colour"),
        ("solved", {"key": "short"}, 400, None),
    ],
)
def test_the_api_names_the_field_that_is_wrong(
    street: Street, says: str, sent: dict[str, Any], status: int, field: str | None
) -> None:
    answer = street.ask(says, **sent)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.get_json().get("field") == field or field is None
    assert street.voices() == []


def test_a_key_that_was_used_for_another_word_is_a_conflict(street: Street) -> None:
    assert street.ask(key="12345678-abc").status_code == 201
    assert street.ask("solved", key="12345678-abc").status_code == 409
    address = "/api/v1/defects/22-222/voice"
    assert street.client.post(address, json={"says": "solved"}).status_code == 404
    assert street.client.post(address, data="says", content_type="text/plain").status_code == 415


# -- What nobody else sees -----------------------------------------------------------------------


@pytest.mark.parametrize("state", [WordsState.HELD, WordsState.HIDDEN])
def test_no_public_answer_holds_words_that_are_not_shown(street: Street, state: WordsState) -> None:
    assert street.say(Says.STILL_BROKEN, note=PERSONAL).status_code == 303
    voice = street.voices()[0]
    assert voice.words_state is WordsState.HELD
    voice.words_state = state
    street.session.flush()
    answers = public_answers(street.client, street.defect.code)
    assert [path for path, said in answers.items() if "Zwaluwenberg" in said] == []
    said = {
        WordsState.HELD: "Woorden van een bewoner wachten op een moderator.",
        WordsState.HIDDEN: "Woorden van een bewoner zijn verborgen.",
    }
    assert said[state] in street.page()
    told = street.client.get(f"/api/v1/defects/{street.defect.code}").get_json()["events"][-1]
    assert (told["note"], told["words_state"]) == ("", state.value)
    voice.words_state = WordsState.SHOWN
    street.session.flush()
    shown = public_answers(street.client, street.defect.code)
    assert {path for path, words in shown.items() if "Zwaluwenberg" in words} == {
        f"/defects/{street.defect.code}",
        f"/api/v1/defects/{street.defect.code}",
    }


def test_the_link_and_whence_it_came_stand_in_no_public_answer(street: Street) -> None:
    street.work(E.HANDLED)
    street.say(Says.SOLVED, link=street.own)
    sender = street.voices()[0].sender
    assert sender is not None
    answers = "".join(public_answers(street.client, street.defect.code).values())
    for secret in (street.own, sender.hex(), base64.b64encode(sender).decode()):
        assert secret not in answers


# -- What happened -------------------------------------------------------------------------------


def beads_of(street: Street, *steps: Step) -> list[str]:
    """What the line of life says, without its open end."""
    with street.app.test_request_context(headers=DUTCH):
        defect = get_defect(street.session, code=street.defect.code, today=NOW.date())
        beads = make_timeline(defect, steps, today=NOW.date())
        return [" ".join(filter(None, (bead.bold, bead.words))) for bead in beads][: len(steps)]


@pytest.mark.parametrize("kind", EventKind)
def test_whatever_happened_has_its_words(street: Street, kind: EventKind) -> None:
    (said,) = beads_of(street, Step(kind, NOW.date(), "Stadswerken", "", NOW.date()))
    assert said.endswith((".", "?", ":"))
    assert "{" not in said


def test_equal_voices_of_one_day_stand_in_one_line(street: Street) -> None:
    today, before = NOW.date(), NOW.date() - timedelta(days=1)

    def no(day: Any, by: bytes | None, *, has_photo: bool = False) -> Step:
        return Step(E.SAID_NOT_GOOD, day, None, "", None, has_photo=has_photo, said_by=by)

    said = beads_of(
        street,
        no(before, b"a"),
        no(today, b"a", has_photo=True),
        no(today, b"b"),
        no(today, b"b"),
        Step(E.SAID_GOOD, today, None, "", None),
    )
    assert said[:3] == [
        "Een bewoner zegt: nog niet goed.",
        "2 bewoners zeggen: nog niet goed. Met foto.",
        "Een buur zegt: het is nu goed.",
    ]


def test_photos_before_and_after_say_when_and_whose_they_are(street: Street) -> None:
    works = street.make.organisation(name="Stadswerken", district_id=street.defect.district_id)
    event = street.make.defect_event(
        defect_id=street.defect.id,
        kind=E.HANDLED,
        at=NOW - timedelta(days=9),
        organisation_id=works.id,
    )
    for position, role, event_id in (
        (1, PictureRole.MATTER, None),
        (2, PictureRole.WORK, event.id),
        (3, PictureRole.WORK, event.id),
    ):
        state = PictureState.HELD if position == 3 else PictureState.SHOWN
        taken = street.make.picture(
            district_id=street.defect.district_id,
            state=state,
            looked_at=None if position == 3 else NOW,
            created_at=NOW - timedelta(days=20),
        )
        street.make.defect_picture(
            defect_id=street.defect.id,
            picture_id=taken.id,
            position=position,
            role=role,
            event_id=event_id,
        )
    page = street.page()
    assert "<b>Voor</b><br>1 november, melder" in page
    assert "<b>Na</b><br>12 november, Stadswerken" in page
    assert "photos/3.jpg" not in page
    assert "1 foto wacht" in page


# -- Being forgotten -----------------------------------------------------------------------------


def erase(street: Street, **more: str) -> None:
    """The reporter takes away what tells of them."""
    form = street.page(f"/erase?secret={street.own}")
    token = re.search(r'name="csrf_token" value="([^"]+)', form)
    assert token is not None
    sent = {"csrf_token": token[1], "secret": street.own, **more}
    answer = street.client.post(f"/defects/{street.defect.code}/erase", data=sent)
    assert answer.status_code == 303


@pytest.mark.parametrize("events", [(), (E.REMOVED,)])
def test_a_reporter_takes_their_own_words_and_photos_away_and_nobody_elses(
    street: Street, events: Events
) -> None:
    street.work(*events)
    clock: list[Any] = [NOW]

    def later(says: Callable[[], Any]) -> None:
        clock[0] += timedelta(minutes=1)
        assert says().status_code == 303

    settings = street.app.extensions[KEY].settings
    street.app = create_app(settings, engine=street.session.connection(), clock=lambda: clock[0])
    street.client = street.app.test_client()
    later(
        lambda: street.say(
            Says.STILL_BROKEN, link=street.own, note="Van mij alleen", photos=picture()
        )
    )
    later(lambda: street.say(Says.STILL_BROKEN, note="Van de buren", photos=picture((200, 150))))
    erase(street, words="1")
    street.session.expire_all()
    own, neighbours = street.voices()
    assert (own.note, own.sender, own.has_photo) == ("", None, False)
    assert (neighbours.note, neighbours.has_photo) == ("Van de buren", True)
    assert neighbours.sender is not None
    assert tables_that_hold(street.session, "Van mij alleen") == []
    positions = street.session.scalars(select(DefectPicture.position)).all()
    assert positions == [2]
    assert street.session.scalar(select(func.count()).select_from(Picture)) == 1


def test_without_the_words_they_stay_and_tell_of_nobody(street: Street) -> None:
    street.say(Says.STILL_BROKEN, link=street.own, note="Het zit nog los")
    erase(street)
    street.session.expire_all()
    assert "Het zit nog los" in street.page()
    assert street.voices()[0].sender is None
    kinds = street.session.scalars(select(DefectEvent.kind)).all()
    assert E.SAID_NOT_GOOD in kinds
