"""What residents do beside speaking: what the city told them, withdrawing, undoing a merge."""

import io
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from geoapp.app import create_app
from geoapp.config import Settings
from geoapp.defects.actions import EventDraft, forget_words, lock_defect, take_step
from geoapp.defects.queries import steps_of, thing_of
from geoapp.defects.rules import (
    Axes,
    EventKind,
    File,
    PictureRole,
    PromiseState,
    Says,
    Speaker,
    State,
    Work,
    can_city_answer,
    can_withdraw,
)
from geoapp.defects.rules import Street as Spot
from geoapp.defects.tables import (
    Defect,
    DefectEvent,
    DefectFollower,
    DefectPicture,
    DefectPromise,
)
from geoapp.dialogue.acts import Photos, take_act, undo_merge
from geoapp.dialogue.own import note_city_answer, retake, withdraw
from geoapp.dialogue.rules import CITY_ANSWERS_OF_ONE, ActBy, check_act
from geoapp.edge import KEY
from geoapp.errors import Conflict, Invalid, NotFound, TooMany
from geoapp.intake.actions import Sender
from geoapp.intake.rules import make_secret
from geoapp.ledger.audit import list_entries
from geoapp.media.gate import clean_picture
from geoapp.media.rules import PictureState
from geoapp.media.tables import Picture
from geoapp.people.tables import Address
from tests.conftest import NOW, SEALER
from tests.factories import Factory
from tests.pictures import photo
from tests.voices import Street

pytest_plugins = ("tests.voices",)

E = EventKind
DUTCH = {"Accept-Language": "nl"}
DAY = timedelta(days=1)


def note(street: Street, words: str = "", **given: Any) -> State:
    """A resident notes what the city said."""
    street.now += DAY
    return note_city_answer(
        street.session,
        code=given.get("code", street.defect.code),
        note=words,
        sender=Sender(given.get("who", "resident"), given.get("key"), "nl", SEALER),
        photos=Photos(given.get("pictures", ()), street.store),
        now=street.now,
    )


def merge(street: Street, gone: Defect, kept: Defect) -> None:
    """Somebody says that both are of one problem."""
    take_act(
        street.session,
        defect_id=gone.id,
        draft=check_act(
            {"action": "merge", "into": kept.code, "note": "Dezelfde bank"},
            today=street.now.date(),
        ),
        by=ActBy(kept.addressee_id, None, "maintainer"),
        photos=Photos((), street.store),
        now=street.now,
    )
    street.session.flush()


def actions_of(street: Street, defect: Defect) -> list[str]:
    """What the history of a report holds, newest first."""
    entries = list_entries(street.session, thing=thing_of(defect.id), limit=9)
    return [entry.action for entry in entries]


@pytest.fixture
def other(street: Street) -> Defect:
    """Another report of the district."""
    defect = street.make.defect(
        district_id=street.defect.district_id,
        addressee_id=street.defect.addressee_id,
        reported_at=street.defect.reported_at - 9 * DAY,
    )
    for one in (street.defect, defect):
        street.make.defect_event(defect_id=one.id, at=one.reported_at)
    return defect


# -- What the city told --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ((), State.HANDLED),
        ((E.TAKEN,), State.HANDLED),
        ((E.SAID_NOT_GOOD,), State.DISPUTED),
        ((E.HANDLED, E.SAID_NOT_GOOD), State.DISPUTED),
    ],
)
def test_what_the_city_told_is_noted_and_is_no_handling(
    street: Street, events: tuple[EventKind, ...], state: State
) -> None:
    street.work(*events)
    handlings = street.defect.handlings
    assert note(street, "Het is gemaakt") is state
    assert street.state is state
    assert street.defect.handlings == handlings
    event = street.session.scalars(select(DefectEvent).order_by(DefectEvent.at.desc())).first()
    assert event is not None
    *_, step = steps_of(street.session, defect_ids=[street.defect.id])[street.defect.id]
    assert (event.kind, event.note, step.note) == (E.CITY_ANSWERED, "", "Het is gemaakt")
    assert event.organisation_id is None
    assert street.posted("tell") == 1


@pytest.mark.parametrize(
    "events",
    [
        (E.HANDLED,),
        (E.REFUSED,),
        (E.HANDLED, E.SAID_NOT_GOOD, E.HANDLED),
        (E.HANDLED, E.SAID_SOLVED),
        (E.HANDLED, E.LAPSED),
        (E.HANDLED, E.SAID_SOLVED, E.SAID_NOT_GOOD),
        (E.HANDLED, E.SAID_SOLVED, E.SAID_NOT_GOOD, E.TAKEN),
        (E.WITHDRAWN,),
        (E.REMOVED,),
    ],
)
def test_the_city_says_nothing_more_where_it_has_answered_or_the_report_has_ended(
    street: Street, events: tuple[EventKind, ...]
) -> None:
    street.work(*events)
    before = street.state
    with pytest.raises(Conflict):
        note(street)
    assert street.state is before


def test_a_second_answer_waits_for_somebody_who_says_no(street: Street) -> None:
    note(street)
    with pytest.raises(Conflict):
        note(street)
    street.say(Says.STILL_BROKEN)
    assert note(street) is State.DISPUTED


def test_nothing_is_noted_on_a_file_that_is_off_the_map() -> None:
    assert can_city_answer(Axes())
    for file in set(File) - {File.PUBLIC}:
        assert not can_city_answer(Axes(file=file))


def test_what_is_called_done_keeps_the_promise_and_leaves_room_for_another(
    street: Street,
) -> None:
    due_on = NOW.date() + timedelta(days=20)
    for wanted in (PromiseState.KEPT, PromiseState.OPEN):
        street.now += DAY
        defect, zone = lock_defect(street.session, defect_id=street.defect.id)
        step = EventDraft(E.PROMISED, street.now, defect.addressee_id, due_on=due_on)
        take_step(street.session, defect=defect, step=step, zone=zone)
        if wanted is PromiseState.KEPT:
            note(street)
            street.say(Says.STILL_BROKEN)
    states = select(DefectPromise.state).order_by(DefectPromise.promised_at)
    assert street.session.scalars(states).all() == [PromiseState.KEPT, PromiseState.OPEN]


def test_what_is_called_done_waits_for_nobody_it_was_passed_on_to(street: Street) -> None:
    organisation = street.make.organisation(district_id=street.defect.district_id)
    defect, zone = lock_defect(street.session, defect_id=street.defect.id)
    step = EventDraft(E.PASSED_ON, NOW, defect.addressee_id, passed_to_id=organisation.id)
    take_step(street.session, defect=defect, step=step, zone=zone)
    assert street.defect.passed_to_id == organisation.id
    note(street)
    assert street.state is State.HANDLED
    assert street.defect.passed_to_id is None


def test_a_phone_number_in_what_the_city_said_is_refused(street: Street) -> None:
    with pytest.raises(Invalid) as refused:
        note(street, "Bel 06-12345678")
    assert refused.value.field == "note"
    assert street.kinds() == []


def test_the_same_answer_sent_twice_is_noted_once(street: Street) -> None:
    for _ in range(2):
        assert note(street, "Klaar", key="a-key-of-a-form") is State.HANDLED
    assert street.kinds() == [E.CITY_ANSWERED]
    with pytest.raises(Conflict):
        note(street, "Toch anders", key="a-key-of-a-form")


def test_an_answer_about_no_report_is_not_found(street: Street) -> None:
    with pytest.raises(NotFound):
        note(street, code="22-222")


def test_whoever_notes_answers_on_and_on_waits(street: Street) -> None:
    for _ in range(CITY_ANSWERS_OF_ONE.most):
        street.now = NOW
        note(street, code=street.make.defect(district_id=street.defect.district_id).code)
    street.now = NOW
    with pytest.raises(TooMany):
        note(street)
    street.now = NOW
    assert note(street, who="somebody else") is State.HANDLED


def test_the_photo_of_an_answer_is_held_and_stays_when_the_reporter_is_forgotten(
    street: Street,
) -> None:
    note(street, pictures=(clean_picture(photo(size=(170, 120))),))
    role, kind, state = street.session.execute(
        select(DefectPicture.role, DefectEvent.kind, Picture.state)
        .join(DefectEvent, DefectEvent.id == DefectPicture.event_id)
        .join(Picture, Picture.id == DefectPicture.picture_id)
    ).one()
    assert (role, kind, state) == (PictureRole.CITY_ANSWER, E.CITY_ANSWERED, PictureState.HELD)
    theirs = street.make.defect_picture(
        defect_id=street.defect.id, position=2, role=PictureRole.CITY_ANSWER
    )
    forget_words(street.session, defect_id=street.defect.id)
    kept = street.session.scalars(select(DefectPicture.picture_id)).all()
    assert len(kept) == 1
    assert theirs.picture_id not in kept


# -- Withdrawing ---------------------------------------------------------------------------------


def test_a_report_of_its_reporter_alone_is_withdrawn_and_taken_up_again(street: Street) -> None:
    street.make.defect_follower(defect_id=street.defect.id, is_reporter=True, confirmed_at=NOW)
    street.make.defect_follower(defect_id=street.defect.id)
    street.say(Says.STILL_BROKEN, secret=street.own)
    before = street.state
    told = street.posted("tell")
    assert withdraw(street.session, defect_id=street.defect.id, now=street.now)
    assert street.state is State.WITHDRAWN
    again_at = street.now + timedelta(hours=48)
    assert retake(street.session, defect_id=street.defect.id, now=again_at) is before
    assert street.state is before
    assert street.kinds()[-2:] == [E.WITHDRAWN, E.RETAKEN]
    assert street.posted("tell") == told + 2
    assert actions_of(street, street.defect)[:2] == ["retake", "withdraw"]


def test_after_48_hours_nothing_is_taken_up_again(street: Street) -> None:
    withdraw(street.session, defect_id=street.defect.id, now=NOW)
    late = NOW + timedelta(hours=48, seconds=1)
    with pytest.raises(Conflict):
        retake(street.session, defect_id=street.defect.id, now=late)
    assert street.state is State.WITHDRAWN


def test_what_was_not_withdrawn_is_not_taken_up_again(street: Street) -> None:
    with pytest.raises(Conflict):
        retake(street.session, defect_id=street.defect.id, now=NOW)
    withdraw(street.session, defect_id=street.defect.id, now=NOW)
    retake(street.session, defect_id=street.defect.id, now=NOW)
    with pytest.raises(Conflict):
        retake(street.session, defect_id=street.defect.id, now=NOW)


def follow(street: Street) -> None:
    street.make.defect_follower(defect_id=street.defect.id, confirmed_at=NOW)


def speak(street: Street) -> None:
    street.say(Says.STILL_BROKEN)


def look(street: Street) -> None:
    street.work(E.HANDLED, E.CHECKED_NOT_GOOD)


@pytest.mark.parametrize("share", [follow, speak, look])
def test_what_is_of_others_as_well_stays_and_its_reporter_leaves(
    street: Street, share: Any
) -> None:
    own = street.make.defect_follower(
        defect_id=street.defect.id, is_reporter=True, confirmed_at=NOW
    )
    share(street)
    before, happened = street.state, street.kinds()
    assert not withdraw(street.session, defect_id=street.defect.id, now=street.now)
    assert (street.state, street.kinds()) == (before, happened)
    left = street.session.scalars(select(DefectFollower.id)).all()
    assert own.id not in left
    assert len(left) == (share is follow)
    addresses = street.session.scalars(select(Address.id)).all()
    assert own.address_id not in addresses
    assert actions_of(street, street.defect)[0] == "leave"


@pytest.mark.parametrize(
    "events",
    [(E.HANDLED, E.SAID_SOLVED), (E.HANDLED, E.LAPSED), (E.REMOVED,), (E.WITHDRAWN,)],
)
def test_what_has_ended_is_not_withdrawn(street: Street, events: tuple[EventKind, ...]) -> None:
    street.work(*events)
    before = street.state
    with pytest.raises(Conflict):
        withdraw(street.session, defect_id=street.defect.id, now=street.now)
    assert street.state is before


def test_a_refused_report_can_be_withdrawn_and_a_merged_one_cannot() -> None:
    assert can_withdraw(Axes(work=Work.REFUSED))
    assert not can_withdraw(Axes(file=File.MERGED))
    assert not can_withdraw(Axes(street=Spot.GOOD))


def test_what_was_merged_into_a_withdrawn_report_stands_by_itself_again(
    street: Street, other: Defect
) -> None:
    own_first = street.defect.reported_at
    merge(street, other, street.defect)
    assert street.defect.reported_at == other.reported_at
    assert withdraw(street.session, defect_id=street.defect.id, now=street.now)
    street.session.refresh(other)
    assert (State(other.state), other.merged_into_id) == (State.RECEIVED, None)
    assert street.state is State.WITHDRAWN
    assert street.defect.reported_at == own_first
    assert actions_of(street, other)[0] == "unmerge"
    # Taking the one up again leaves the other by itself.
    retake(street.session, defect_id=street.defect.id, now=street.now)
    street.session.refresh(other)
    assert other.merged_into_id is None


def test_undoing_a_merge_is_the_reporters_and_stands_so_in_the_history(
    street: Street, other: Defect
) -> None:
    merge(street, street.defect, other)
    assert undo_merge(street.session, defect_id=street.defect.id, now=NOW) is State.RECEIVED
    (entry, *_) = list_entries(street.session, thing=thing_of(street.defect.id), limit=1)
    assert entry.doer is not None
    assert (entry.action, entry.doer.label) == ("unmerge", "secret_link")
    with pytest.raises(Conflict):
        undo_merge(street.session, defect_id=street.defect.id, now=NOW)


# -- The doors -----------------------------------------------------------------------------------


@dataclass
class Doors:
    """Somebody with a phone, and the pages of the report of a street."""

    street: Street
    client: FlaskClient
    key: str
    clock: list[datetime]

    @property
    def own(self) -> str:
        """The reporter's own link."""
        defect = self.street.defect
        return make_secret(self.key, defect.id, defect.secret_version)

    def ask(self, path: str = "", *, secret: str = "") -> Any:
        """A page of the report, in Dutch."""
        query = f"?secret={secret}" if secret else ""
        address = f"/defects/{self.street.defect.code}{path}{query}"
        return self.client.get(address, headers=DUTCH)

    def page(self, path: str = "", *, secret: str = "") -> str:
        """Its words."""
        answer = self.ask(path, secret=secret)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    def press(self, path: str, **fields: Any) -> Any:
        """Send a form of the report."""
        token = re.search(r'name="csrf_token" value="([^"]+)', self.page("/follow"))
        assert token is not None
        sent = {"csrf_token": token[1], **fields}
        address = f"/defects/{self.street.defect.code}{path}"
        return self.client.post(address, data=sent, headers=DUTCH)

    def note(self, **changes: Any) -> Any:
        """Fill in what the city said."""
        return self.press("/city-answer", **{"key": "key-of-a-form", "note": "", **changes})


@pytest.fixture
def doors(
    street: Street, connection: Connection, session: Session, make: Factory, tmp_path: Path
) -> Doors:
    """The service, with a report nobody has answered yet."""
    assert (street.session, street.make) == (session, make)
    clock = [NOW]
    settings = Settings(background_url="", media_dir=tmp_path)
    app = create_app(settings, engine=connection, clock=lambda: clock[0])
    return Doors(street, app.test_client(), app.extensions[KEY].settings.secret, clock)


def upload(size: tuple[int, int] = (160, 120)) -> tuple[io.BytesIO, str]:
    return io.BytesIO(photo(size=size)), "photo.jpg"


def test_the_page_of_a_report_asks_for_what_the_city_said_until_it_has_said_it(
    doors: Doors,
) -> None:
    assert "De gemeente zegt: klaar</a>" in doors.page()
    form = doors.page("/city-answer")
    assert "Wat zei de gemeente?" in form
    assert "Iedereen leest het" in form
    answer = doors.note(note="De bank is gemaakt", photos=upload())
    assert (answer.status_code, answer.location) == (303, f"/defects/{doors.street.defect.code}")
    page = doors.page()
    assert "De gemeente zegt: klaar</a>" not in page
    assert "De bank is gemaakt" in page
    assert "1 foto wacht" in page
    assert doors.ask("/city-answer").status_code == 409


BAD: dict[str, tuple[dict[str, Any], str, int]] = {
    "a phone number": ({"note": "Bel 06-12345678"}, "laat telefoonnummers", 400),
    "too many words": ({"note": "a" * 2001}, "2000", 400),
    "two photos": ({"photos": [upload(), upload((170, 90))]}, "hoogstens 1", 400),
    "a wrong token": ({"csrf_token": "wrong"}, "te lang open", 400),
    "a program": ({"website": "http://spam.example"}, "verborgen veld", 400),
    "an unknown field": ({"colour": "red"}, "colour", 400),
}


@pytest.mark.parametrize(("changes", "said", "status"), BAD.values(), ids=BAD.keys())
def test_what_is_wrong_with_an_answer_is_said_and_nothing_typed_is_lost(
    doors: Doors, changes: dict[str, Any], said: str, status: int
) -> None:
    fields = {"note": "De bank is gemaakt", **changes}
    answer = doors.note(**fields)
    page = unescape(answer.text)
    assert (answer.status_code, answer.headers["Referrer-Policy"]) == (status, "no-referrer")
    assert said in page.split('role="alert"')[1].split("</div>")[0]
    assert str(fields["note"])[:100] in page
    assert doors.street.kinds() == []


def test_an_answer_that_came_too_late_keeps_its_words(doors: Doors) -> None:
    doors.street.work(E.HANDLED)
    answer = doors.note(note="De bank is gemaakt")
    assert answer.status_code == 409
    assert "De bank is gemaakt" in answer.text


def test_whoever_came_by_their_own_link_goes_back_by_it(doors: Doors) -> None:
    assert f"city-answer?secret={doors.own}" in doors.page(secret=doors.own)
    answer = doors.note(secret=doors.own)
    assert answer.location.endswith(f"?secret={doors.own}")
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_reporter_withdraws_in_two_taps_and_takes_it_up_again_in_one(doors: Doors) -> None:
    receipt = doors.page(secret=doors.own)
    assert f"/withdraw?secret={doors.own}" in receipt
    asked = doors.ask("/withdraw", secret=doors.own)
    assert (asked.status_code, asked.headers["Cache-Control"]) == (200, "no-store")
    assert "gaat van de kaart" in asked.text
    assert doors.street.kinds() == []
    answer = doors.press("/withdraw", secret=doors.own)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (303, "no-store")
    assert doors.street.kinds() == [E.WITHDRAWN]
    for path in ("", "/withdraw"):
        page = doors.page(path, secret=doors.own)
        assert "Toch niet" in page
        assert "Intrekken</button>" not in page
    assert "Toch niet" not in doors.page()
    assert doors.press("/retake", secret=doors.own).status_code == 303
    assert doors.street.state is State.RECEIVED


def test_after_48_hours_the_page_offers_nothing_to_take_up(doors: Doors) -> None:
    doors.press("/withdraw", secret=doors.own)
    doors.clock[0] += timedelta(hours=49)
    assert "Toch niet" not in doors.page(secret=doors.own)
    assert "er valt niets in te trekken" in doors.page("/withdraw", secret=doors.own)
    assert doors.press("/retake", secret=doors.own).status_code == 409
    assert doors.street.state is State.WITHDRAWN


def test_the_page_says_that_a_report_of_others_stays(doors: Doors) -> None:
    voice = doors.street.make.defect_voice(defect_id=doors.street.defect.id)
    assert voice.speaker is Speaker.NEIGHBOUR
    assert "Daarom blijft zij op de kaart" in doors.page("/withdraw", secret=doors.own)
    answer = doors.press("/withdraw", secret=doors.own)
    page = unescape(doors.client.get(answer.location, headers=DUTCH).text)
    assert "De melding blijft, want zij is ook van anderen." in page
    assert doors.street.state is State.RECEIVED


def test_a_reporter_undoes_a_merge_in_one_tap(doors: Doors, other: Defect) -> None:
    merge(doors.street, doors.street.defect, other)
    assert "Dit is iets anders</button>" in doors.page(secret=doors.own)
    assert "Dit is iets anders</button>" not in doors.page()
    answer = doors.press("/unmerge", secret=doors.own)
    assert (answer.status_code, answer.headers["Referrer-Policy"]) == (303, "no-referrer")
    assert doors.street.state is State.RECEIVED
    assert "Dit is iets anders</button>" not in doors.page(secret=doors.own)


@pytest.mark.parametrize("path", ["/withdraw", "/retake", "/unmerge"])
def test_a_wrong_link_opens_none_of_these_and_does_nothing(doors: Doors, path: str) -> None:
    for secret in ("", "x", "a" * 32):
        assert doors.press(path, secret=secret).status_code == 404
    assert doors.street.kinds() == []


def test_a_link_alone_does_nothing_without_our_own_form(doors: Doors) -> None:
    forged = {"csrf_token": "wrong"}
    for path in ("/withdraw", "/retake", "/unmerge"):
        assert doors.press(path, secret=doors.own, **forged).status_code == 400
    assert doors.ask("/withdraw", secret="a" * 32).status_code == 404
    assert doors.ask("/withdraw").status_code == 404
    assert doors.street.kinds() == []
