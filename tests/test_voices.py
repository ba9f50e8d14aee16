"""What those who live with it say of a report, and what follows from it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from geoapp.defects.actions import EventDraft, lock_defect, take_step
from geoapp.defects.rules import EventKind, PictureRole, Says, Speaker, State, WordsState
from geoapp.defects.tables import (
    Defect,
    DefectPicture,
    DefectVoice,
)
from geoapp.dialogue.rules import check_voice
from geoapp.errors import Conflict, Invalid, NotFound, TooMany
from geoapp.intake.following import make_follow_secret
from geoapp.intake.rules import make_secret
from geoapp.media.gate import Cleaned, clean_picture
from geoapp.people.rules import Role
from geoapp.people.tables import Organisation
from tests.conftest import NOW, SEALER
from tests.pictures import photo
from tests.voices import SERVER_KEY, Street

pytest_plugins = ("tests.voices",)

E = EventKind


@pytest.fixture(scope="module")
def pictures() -> list[Cleaned]:
    """Some different photos."""
    return [clean_picture(photo(size=(160 + number, 120))) for number in range(3)]


# -- Who settles ---------------------------------------------------------------------------------


def test_the_reporter_settles_by_their_own_link(street: Street) -> None:
    street.work(E.HANDLED)
    assert street.say(Says.SOLVED, secret=street.own).state is State.SOLVED
    assert street.state is State.SOLVED


def test_a_neighbours_yes_is_shown_and_changes_nothing(street: Street) -> None:
    street.work(E.HANDLED)
    assert street.say(Says.SOLVED).state is State.HANDLED
    assert street.kinds() == [E.HANDLED, E.SAID_GOOD]


def test_anybodys_no_turns_the_pin_at_once(street: Street) -> None:
    street.work(E.HANDLED)
    assert street.say(Says.STILL_BROKEN).state is State.DISPUTED
    assert street.state is State.DISPUTED


@pytest.mark.parametrize(("joined_days", "state"), [(-30, State.SOLVED), (30, State.HANDLED)])
def test_a_follower_settles_who_joined_before_it_was_called_done(
    street: Street, joined_days: int, state: State
) -> None:
    follower = street.make.defect_follower(
        defect_id=street.defect.id, confirmed_at=NOW + timedelta(days=joined_days)
    )
    street.work(E.HANDLED)
    secret = make_follow_secret(SEALER, follower.id)
    assert street.say(Says.SOLVED, secret=secret).state is state


@pytest.mark.parametrize(("kinds", "state"), [([E.HANDLED], "handled"), ([], "received")])
def test_a_follower_who_never_confirmed_settles_nothing(
    street: Street, kinds: list[EventKind], state: str
) -> None:
    follower = street.make.defect_follower(defect_id=street.defect.id, confirmed_at=None)
    street.work(*kinds)
    secret = make_follow_secret(SEALER, follower.id)
    assert street.say(Says.SOLVED, secret=secret).state.value == state


@pytest.mark.parametrize("link", ["reporter", "follower"])
def test_whoever_works_for_the_handler_settles_nothing_by_whatever_link(
    street: Street, link: str
) -> None:
    make, defect = street.make, street.defect
    person = make.person()
    make.membership(
        person_id=person.id,
        role=Role.MAINTAINER,
        organisation_id=defect.addressee_id,
        district_id=defect.district_id,
    )
    follower = make.defect_follower(
        defect_id=defect.id,
        address_id=person.address_id,
        is_reporter=link == "reporter",
        confirmed_at=NOW - timedelta(days=9),
    )
    street.work(E.HANDLED)
    secret = street.own if link == "reporter" else make_follow_secret(SEALER, follower.id)
    assert street.say(Says.SOLVED, secret=secret).state is State.HANDLED
    voice = street.session.scalars(select(DefectVoice)).one()
    assert voice.speaker is Speaker.TIED


@pytest.mark.parametrize("tie", ["mailbox", "contact", "passed it on"])
def test_whoever_is_of_the_handlers_side_without_a_role_there_settles_nothing(
    street: Street, tie: str
) -> None:
    make, defect = street.make, street.defect
    person, first = make.person(), defect.addressee_id
    handler = street.session.get_one(Organisation, first)
    if tie == "mailbox":
        handler.mailbox_id = person.address_id
    elif tie == "contact":
        make.contact(organisation_id=first, deputy_id=person.id)
    else:
        make.membership(person_id=person.id, organisation_id=first, role=Role.MAINTAINER)
    follower = make.defect_follower(
        defect_id=defect.id, address_id=person.address_id, confirmed_at=NOW - timedelta(days=9)
    )
    street.work(E.HANDLED)
    if tie == "passed it on":
        street.say(Says.STILL_BROKEN)
        defect.addressee_id = make.organisation().id
        street.work(E.HANDLED)
    before = street.state
    secret = make_follow_secret(SEALER, follower.id)
    assert street.say(Says.SOLVED, secret=secret).state is before
    said_by = select(DefectVoice.speaker).order_by(DefectVoice.position.desc())
    assert street.session.scalars(said_by).first() is Speaker.TIED


def test_the_link_of_another_report_is_refused_and_nothing_is_said(street: Street) -> None:
    other = street.make.defect()
    secret = make_secret(SERVER_KEY, other.id, 1)
    with pytest.raises(Invalid, match="without a link"):
        street.say(Says.SOLVED, secret=secret)
    assert street.kinds() == []


# -- Objecting -----------------------------------------------------------------------------------


def test_objecting_never_expires(street: Street) -> None:
    street.work(E.HANDLED)
    street.say(Says.SOLVED, secret=street.own)
    street.now += timedelta(days=3650)
    assert street.say(Says.STILL_BROKEN).state is State.MIXED


def test_a_no_about_an_earlier_handling_stands_until_the_reporter_says_good(street: Street) -> None:
    street.work(E.HANDLED)
    street.say(Says.STILL_BROKEN)
    street.work(E.HANDLED)
    assert street.state is State.DISPUTED
    street.say(Says.SOLVED)
    assert street.state is State.DISPUTED
    assert street.say(Says.SOLVED, secret=street.own).state is State.SOLVED


def test_who_says_no_again_gives_the_handler_no_more_time(street: Street) -> None:
    street.work(E.HANDLED)
    street.say(Says.STILL_BROKEN)
    since = street.defect.turn_since
    street.say(Says.STILL_BROKEN, who="another")
    assert street.state is State.DISPUTED
    assert street.defect.turn_since == since


def test_the_same_word_again_without_anything_new_adds_nothing(
    street: Street, pictures: list[Cleaned]
) -> None:
    street.work(E.HANDLED)
    assert street.say(Says.STILL_BROKEN, pictures=(pictures[0],)).is_new
    assert not street.say(Says.STILL_BROKEN).is_new
    assert not street.say(Says.STILL_BROKEN, pictures=(pictures[0],)).is_new
    assert street.say(Says.STILL_BROKEN, pictures=(pictures[1],)).is_new
    assert street.say(Says.STILL_BROKEN, note="Er hangt nu lint om").is_new
    assert street.kinds().count(E.SAID_NOT_GOOD) == 3


def test_broken_again_after_solved_opens_a_new_report_linked_to_the_old_one(
    street: Street, pictures: list[Cleaned]
) -> None:
    street.work(E.HANDLED)
    street.say(Says.SOLVED, secret=street.own)
    receipt = street.say(Says.BROKEN_AGAIN, note="Weer los", pictures=(pictures[0],))
    assert receipt.opened is not None
    assert (receipt.state, street.state) == (State.RECEIVED, State.SOLVED)
    fresh = street.session.get_one(Defect, receipt.opened[0])
    assert (fresh.code, fresh.again_of_id) == (receipt.code, street.defect.id)
    assert (fresh.category, fresh.description) == (street.defect.category, "Weer los")
    roles = select(DefectPicture.role).where(DefectPicture.defect_id == fresh.id)
    assert street.session.scalars(roles).all() == [PictureRole.MATTER]


def test_broken_again_on_a_report_that_is_open_is_a_no(street: Street) -> None:
    street.work(E.HANDLED)
    receipt = street.say(Says.BROKEN_AGAIN)
    assert (receipt.opened, receipt.state) == (None, State.DISPUTED)


def test_what_is_said_of_a_merged_report_is_said_of_the_kept_one(street: Street) -> None:
    kept = street.make.defect(
        district_id=street.defect.district_id, addressee_id=street.defect.addressee_id
    )
    defect, zone = lock_defect(street.session, defect_id=street.defect.id)
    merged = EventDraft(E.MERGED, street.now, merged_into_id=kept.id)
    take_step(street.session, defect=defect, step=merged, zone=zone)
    receipt = street.say(Says.STILL_BROKEN, note="Ook hier")
    assert (receipt.code, receipt.state) == (kept.code, State.DISPUTED)
    voice = street.session.scalars(select(DefectVoice)).one()
    assert (voice.defect_id, voice.note) == (kept.id, "Ook hier")
    assert street.state is State.MERGED


def test_the_reporter_of_a_merged_report_settles_the_kept_one_as_a_follower(
    street: Street,
) -> None:
    kept = street.defect
    joined = street.make.defect(district_id=kept.district_id, addressee_id=kept.addressee_id)
    defect, zone = lock_defect(street.session, defect_id=joined.id)
    step = EventDraft(E.MERGED, street.now, merged_into_id=kept.id)
    take_step(street.session, defect=defect, step=step, zone=zone)
    street.work(E.HANDLED)
    secret = make_secret(SERVER_KEY, joined.id, 1)
    assert street.say(Says.SOLVED, code=joined.code, secret=secret).state is State.SOLVED


def test_a_word_about_what_was_taken_away_is_kept_and_changes_nothing(street: Street) -> None:
    street.work(E.REMOVED)
    assert street.say(Says.STILL_BROKEN, note="Wij missen de bank").state is State.REMOVED
    assert street.session.scalars(select(DefectVoice.note)).all() == ["Wij missen de bank"]


# -- Words, photos, keys -------------------------------------------------------------------------


def test_words_with_a_phone_number_wait_and_the_no_counts_all_the_same(street: Street) -> None:
    street.work(E.HANDLED)
    assert street.say(Says.STILL_BROKEN, note="Bel 06-12345678").state is State.DISPUTED
    voice = street.session.scalars(select(DefectVoice)).one()
    assert voice.words_state is WordsState.HELD


def test_a_key_used_again_says_it_once_and_with_other_words_is_refused(street: Street) -> None:
    street.work(E.HANDLED)
    first = street.say(Says.STILL_BROKEN, key="abcd-efgh-1")
    again = street.say(Says.STILL_BROKEN, key="abcd-efgh-1")
    assert (first.is_new, again.is_new, again.state) == (True, False, State.DISPUTED)
    assert street.kinds().count(E.SAID_NOT_GOOD) == 1
    with pytest.raises(Conflict):
        street.say(Says.SOLVED, key="abcd-efgh-1")


def test_one_who_goes_on_and_on_is_stopped_and_nobody_elses_first_word(street: Street) -> None:
    street.work(E.HANDLED)
    street.now = NOW.replace(minute=0)

    def shout(number: int) -> None:
        street.now -= timedelta(days=1)
        street.say(Says.STILL_BROKEN, who="loud", note=f"Nog steeds {number}")

    for number in range(7):
        shout(number)
    with pytest.raises(TooMany):
        shout(8)
    street.now -= timedelta(days=1)
    assert street.say(Says.STILL_BROKEN, who="somebody").is_new


def test_no_report_no_voice(street: Street) -> None:
    with pytest.raises(NotFound):
        street.say(Says.SOLVED, code="ZZ-ZZZ")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "says"),
        ({"says": "fixed"}, "says"),
        ({"says": ["solved"]}, "says"),
        ({"says": "solved", "heard": "perhaps"}, "heard"),
        ({"says": "solved", "heard": 1}, "heard"),
        ({"says": "solved", "note": 5}, "note"),
        ({"says": "solved", "note": "a" * 2001}, "note"),
        ({"says": "solved", "because": "x"}, "because"),
    ],
)
def test_a_wrong_voice_is_refused_at_its_field(values: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_voice(values)
    assert refused.value.field == field


# -- The ladder ----------------------------------------------------------------------------------


def test_the_second_disputed_handling_with_a_photo_climbs_once(
    street: Street, pictures: list[Cleaned]
) -> None:
    street.work(E.HANDLED)
    street.say(Says.STILL_BROKEN, pictures=(pictures[0],))
    street.say(Says.STILL_BROKEN, who="another", pictures=(pictures[1],))
    assert street.posted("climb") == 0
    street.work(E.HANDLED)
    street.say(Says.STILL_BROKEN, who="another")
    assert street.posted("climb") == 0
    street.say(Says.STILL_BROKEN, who="another", pictures=(pictures[2],))
    assert street.posted("climb") == 1
    street.say(Says.STILL_BROKEN, who="third", note="Ik ook")
    assert street.posted("climb") == 1


def test_two_independent_people_climb_without_a_photo_and_one_twice_does_not(
    street: Street,
) -> None:
    for _ in range(2):
        street.work(E.HANDLED)
        street.say(Says.STILL_BROKEN, who="one")
        street.say(Says.STILL_BROKEN, who="one", note="Echt waar")
    assert street.posted("climb") == 0
    street.say(Says.STILL_BROKEN, who="two")
    assert street.posted("climb") == 1
