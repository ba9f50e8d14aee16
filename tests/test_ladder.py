"""Days and rungs of organisations: what they change, how they come in, who says them."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.cli import main
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine, transaction
from geoapp.defects.queries import get_defect
from geoapp.defects.rules import EventKind, Move, Party, Says, Speaker, Work
from geoapp.defects.tables import DefectCall
from geoapp.dialogue.ladder import carry_out
from geoapp.edge import KEY
from geoapp.errors import Conflict
from geoapp.exchange.examples import remove_examples
from geoapp.exchange.importing import Imported, import_file
from geoapp.exchange.rows import WrongRows
from geoapp.ledger.audit import list_entries
from geoapp.ledger.batches import undo_batch
from geoapp.ledger.chain import Thing
from geoapp.people.actions import change_ladder, drop_address, put_rung
from geoapp.people.queries import get_ladder
from geoapp.people.rules import Ladder, OwnDays, RungDraft
from geoapp.people.tables import Address, Contact, Organisation, OrganisationDays, Rung
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory
from tests.voices import Street
from tests.world import World

pytest_plugins = ("tests.voices",)

TODAY = NOW.date()
HEAD = "organisation,rung,contact,days,answer_days,acceptance_days,silence_days"


def move_of(make: Factory, **values: Any) -> Move:
    """Whose move a report is, and until when, as its page has it."""
    defect = make.defect(turn_since=TODAY, **values)
    return get_defect(make.session, code=defect.code, today=TODAY).move


# -- What they change ----------------------------------------------------------------------------


def test_each_move_lasts_as_long_as_whose_it_is_may_take_and_else_as_its_district_says(
    make: Factory,
) -> None:
    own, plain = make.organisation(), make.organisation()
    make.organisation_days(organisation_id=own.id, answer_days=3, acceptance_days=2, silence_days=5)

    def due(**values: Any) -> tuple[Party, int]:
        move = move_of(make, **values)
        assert move.due_on is not None
        return move.party, (move.due_on - TODAY).days

    assert due(addressee_id=own.id) == (Party.ADDRESSEE, 3)
    assert due(addressee_id=plain.id) == (Party.ADDRESSEE, 14)
    passed = {"work": "passed_on", "addressee_id": plain.id, "passed_to_id": own.id}
    assert due(**passed) == (Party.RECEIVER, 2)
    assert due(**passed | {"addressee_id": own.id, "passed_to_id": plain.id}) == (Party.RECEIVER, 7)
    handled = {"work": "handled", "street": "waiting"}
    assert due(**handled, addressee_id=own.id) == (Party.RESIDENTS, 5)
    assert due(**handled, addressee_id=plain.id) == (Party.RESIDENTS, 28)


def test_a_rung_has_its_own_days_and_a_neutral_check_those_of_the_organisation(
    make: Factory,
) -> None:
    own = make.organisation()
    make.organisation_days(organisation_id=own.id, answer_days=3)
    make.rung(organisation_id=own.id, number=2, days=9)
    disputed = {"addressee_id": own.id, "street": "not_good"}
    assert move_of(make, **disputed).due_on == TODAY + timedelta(days=3)
    assert move_of(make, **disputed, rung=2).due_on == TODAY + timedelta(days=9)
    mixed = {"addressee_id": own.id, "street": "mixed", "rung": 2}
    assert move_of(make, **mixed) == Move(Party.CHECKER, TODAY + timedelta(days=3))


@pytest.mark.parametrize("days", [3, 40])
def test_what_is_not_accepted_comes_back_by_the_days_of_the_receiver(
    make: Factory, days: int
) -> None:
    own = make.organisation()
    make.organisation_days(organisation_id=own.id, acceptance_days=days)
    passed = make.defect(work=Work.PASSED_ON, passed_to_id=own.id, turn_since=TODAY)
    other = make.defect(work=Work.PASSED_ON, passed_to_id=make.organisation().id, turn_since=TODAY)
    assert carry_out(make.session, now=NOW + timedelta(days=min(days, 7))).returned == 0
    carry_out(make.session, now=NOW + timedelta(days=min(days, 7) + 1))
    assert [one.work is Work.RECEIVED for one in (passed, other)] == [days < 7, days > 7]
    carry_out(make.session, now=NOW + timedelta(days=days + 1))
    assert passed.work is Work.RECEIVED


@pytest.mark.parametrize("days", [5, 60])
def test_silence_ends_a_file_by_the_days_of_who_handled_it(street: Street, days: int) -> None:
    defect, session = street.defect, street.session
    street.make.organisation_days(organisation_id=defect.addressee_id, silence_days=days)
    street.make.defect_follower(defect_id=defect.id, confirmed_at=NOW)
    street.work(EventKind.HANDLED)
    assert carry_out(session, now=street.now + timedelta(days=days)).lapsed == 0
    assert carry_out(session, now=street.now + timedelta(days=days + 1)).lapsed == 1


def test_the_days_of_voices_are_those_of_their_district(street: Street) -> None:
    """Just past midnight in Amsterdam it is still yesterday in London."""
    street.work(EventKind.HANDLED)
    handled_on = street.defect.turn_since
    said_at = NOW.replace(hour=23, minute=30) + timedelta(days=1)
    for number in (1, 2):
        street.make.defect_voice(
            defect_id=street.defect.id,
            position=number,
            says=Says.SOLVED,
            speaker=Speaker.NEIGHBOUR,
            handling=street.defect.handlings,
            has_photo=True,
            sender=bytes([number]),
            said_at=said_at,
        )
    assert handled_on == said_at.date()
    week_later = said_at.replace(hour=12) + timedelta(days=7)
    assert carry_out(street.session, now=week_later).settled == 0
    assert carry_out(street.session, now=week_later + timedelta(days=1)).settled == 1


# -- Before it is sent ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reads_along", "has_mailbox", "words"),
    [
        (True, False, "Leest mee. U krijgt antwoord voor "),
        (False, True, "Doet nog niet mee: we sturen uw melding per e-mail door."),
        (False, False, "Doet nog niet mee: meld het daar ook zelf."),
    ],
)
def test_the_form_says_before_sending_what_becomes_of_a_report(
    make: Factory,
    own_client: FlaskClient,
    reads_along: bool,  # noqa: FBT001  pytest hands it over
    has_mailbox: bool,  # noqa: FBT001  pytest hands it over
    words: str,
) -> None:
    desk = make.organisation(
        is_desk=True,
        reads_along=reads_along,
        mailbox_id=make.address().id if has_mailbox else None,
    )
    make.organisation_days(organisation_id=desk.id, answer_days=2)
    page = own_client.get(f"/report?lat={LAT}&lon={LON}&lang=nl").text
    assert words in page
    assert (f"{(NOW + timedelta(days=2)).day} november" in page) == reads_along


# -- Files ---------------------------------------------------------------------------------------


def bring_in(session: Session, tmp_path: Path, *lines: str) -> Imported:
    """Import these lines."""
    file = tmp_path / "ladder.csv"
    file.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    return import_file(session, file, layout_name="ladder", say=lambda _: None)


@pytest.fixture
def works(make: Factory) -> Organisation:
    """An organisation with two roles one can call."""
    works = make.organisation(slug="works")
    for role in ("Foreman", "Team lead"):
        make.contact(role_name=role, organisation_id=works.id, district_id=works.district_id)
    return works


def test_a_file_of_days_and_rungs_comes_in_once_and_goes_as_one(
    session: Session, make: Factory, works: Organisation, tmp_path: Path
) -> None:
    make.organisation(slug="garden")
    lines = ("works,1,Foreman,,10,,", "works,2,Team lead,5,10,3,", "garden,,,,,,60")
    first, again = bring_in(session, tmp_path, *lines), bring_in(session, tmp_path, *lines)
    assert (first.tally.new, again.tally.same, again.batch) == (3, 3, None)
    assert get_ladder(session, organisation_id=works.id) == Ladder(
        OwnDays(10, 3, None), (RungDraft(1, "Foreman"), RungDraft(2, "Team lead", 5))
    )
    changed = bring_in(session, tmp_path, "works,2,Foreman,6,,4,")
    assert changed.tally.changed == 1
    assert get_ladder(session, organisation_id=works.id) == Ladder(
        OwnDays(10, 4, None), (RungDraft(1, "Foreman"), RungDraft(2, "Foreman", 6))
    )
    for batch in (changed.batch, first.batch):
        assert batch is not None
        undo_batch(session, number=batch, now=NOW)
    counts = [
        session.scalar(select(func.count()).select_from(one)) for one in (Rung, OrganisationDays)
    ]
    assert counts == [0, 0]


@pytest.mark.usefixtures("works")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nowhere,,,,5,,", "no organisation called nowhere"),
        (",,,,5,,", "organisation is empty"),
        ("works,,,,,,", "says nothing"),
        ("works,3,Foreman,,,,", "3 is no rung: use one of 1, 2"),
        ("works,,Foreman,,,,", " is no rung"),
        ("works,1,,,,,", "contact is empty"),
        ("works,1,Gardener,,,,", "no contact called Gardener"),
        ("works,1,Foreman,0,,,", "days from 1 to 365"),
        ("works,1,Foreman,,ten,,", "days from 1 to 365"),
        ("works,1,Foreman,,,366,", "days from 1 to 365"),
        ("works,1,Foreman,,11,,", "other days in a line above"),
        ("works,2,Foreman,,,,", r"works \| 2 stands in row 1 too"),
    ],
)
def test_a_wrong_line_imports_no_rung_and_is_named(
    session: Session, tmp_path: Path, line: str, words: str
) -> None:
    with pytest.raises(WrongRows, match="row 2: .*" + words):
        bring_in(session, tmp_path, "works,2,Team lead,5,10,,", line)
    assert session.scalars(select(Rung)).all() == []


# -- On the page ---------------------------------------------------------------------------------


@pytest.fixture
def world(session: Session, own_client: FlaskClient) -> World:
    """Everybody; the contractor has a foreman."""
    made = World(session, own_client.application.extensions[KEY].sealer)
    made.make.contact(
        role_name="Foreman", organisation_id=made.contractor.id, district_id=made.here.id
    )
    session.commit()
    return made


PAGE = "/organisations/contractor/days"


def open_form(client: FlaskClient) -> dict[str, str]:
    """What the form of the contractor would send as it stands."""
    page = client.get(PAGE).text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    typed = {name.removeprefix("was_"): said for name, said in hidden.items() if "was_" in name}
    return hidden | typed


def test_an_officer_says_days_and_rungs_and_the_history_tells_what_changed(
    world: World, own_client: FlaskClient
) -> None:
    world.people["officer here"].enter(own_client)
    assert PAGE in own_client.get("/desk").text
    given = {"answer_days": "9", "rung_2": "Foreman", "rung_2_days": "4"}
    assert own_client.post(PAGE, data=open_form(own_client) | given).status_code == 303
    ladder = get_ladder(world.session, organisation_id=world.contractor.id)
    assert ladder == Ladder(OwnDays(9), (RungDraft(2, "Foreman", 4),))
    given = {"answer_days": "", "rung_2": "", "rung_2_days": ""}
    assert own_client.post(PAGE, data=open_form(own_client) | given).status_code == 303
    world.session.expire_all()
    assert get_ladder(world.session, organisation_id=world.contractor.id) == Ladder()
    thing = Thing("organisation", world.contractor.id)
    last, first = list_entries(world.session, thing=thing, limit=9)
    assert last.told is not None
    assert first.told is not None
    assert first.action == "edit_ladder"
    assert first.told.after == {"answer_days": 9, "rung_2": "Foreman", "rung_2_days": 4}
    assert (last.told.before, last.told.after) == (first.told.after, {})


def test_only_an_officer_of_the_district_sees_the_way_there(
    world: World, own_client: FlaskClient
) -> None:
    for name in ("maintainer", "officer there"):
        world.people[name].enter(own_client)
        assert PAGE not in own_client.get("/desk").text


def test_of_two_at_once_the_second_sees_both_and_then_decides(
    world: World, own_client: FlaskClient
) -> None:
    world.people["officer here"].enter(own_client)
    first, second = open_form(own_client), open_form(own_client)
    assert own_client.post(PAGE, data=first | {"answer_days": "9"}).status_code == 303
    answer = own_client.post(PAGE, data=second | {"answer_days": "11"})
    assert answer.status_code == 409
    assert 'id="theirs-answer_days"' in answer.text
    assert '<b dir="auto">9</b>' in answer.text
    assert 'value="11"' in answer.text
    assert 'name="was_answer_days" value="9"' in answer.text
    again = second | {"answer_days": "11", "was_answer_days": "9"}
    assert own_client.post(PAGE, data=again).status_code == 303
    world.session.expire_all()
    ladder = get_ladder(world.session, organisation_id=world.contractor.id)
    assert ladder.days.answer_days == 11


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("answer_days", {"answer_days": "0"}),
        ("silence_days", {"silence_days": "soon"}),
        ("silence_days", {"silence_days": "27"}),
        ("rung_2_days", {"rung_2": "Foreman", "rung_2_days": "366"}),
        ("rung_2", {"rung_2_days": "4"}),
        ("rung_1", {"rung_1": "Somebody else"}),
    ],
)
def test_what_is_wrong_comes_back_at_its_field_and_changes_nothing(
    world: World, own_client: FlaskClient, field: str, given: dict[str, str]
) -> None:
    world.people["officer here"].enter(own_client)
    answer = own_client.post(PAGE, data=open_form(own_client) | {"acceptance_days": "6"} | given)
    assert answer.status_code == 400
    assert re.search(rf'name="{field}"[^>]* aria-invalid="true"', answer.text)
    assert (
        'name="acceptance_days" inputmode="numeric" pattern="[0-9]*" maxlength="4" value="6"'
        in (answer.text)
    )
    assert get_ladder(world.session, organisation_id=world.contractor.id) == Ladder()


def test_a_change_made_from_an_older_state_is_refused(session: Session, make: Factory) -> None:
    works = make.organisation()
    make.organisation_days(organisation_id=works.id, answer_days=5)
    with pytest.raises(Conflict):
        change_ladder(
            session, organisation=works, before=Ladder(), after=Ladder(OwnDays(answer_days=6))
        )
    assert get_ladder(session, organisation_id=works.id).days.answer_days == 5


# -- The mailbox ---------------------------------------------------------------------------------


def test_a_mailbox_is_said_by_command_and_its_address_goes_with_it(
    make_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = make_database("mailbox")
    engine = make_engine(url)
    migrate(engine, metadata())
    with transaction(engine) as session:
        works_id = Factory(session).organisation(slug="works").id
    monkeypatch.setenv("DATABASE_URL", url)

    def say(*words: str) -> tuple[int, bool, int]:
        result = CliRunner().invoke(main, ["contacts", "mailbox", *words])
        with transaction(engine) as session:
            mailbox_id = session.scalar(select(Organisation.mailbox_id))
            addresses = session.scalars(select(func.count()).select_from(Address)).one()
        return result.exit_code, mailbox_id is not None, addresses

    assert say("works", "no address") == (1, False, 0)
    assert say("nowhere", "post@example.org") == (1, False, 0)
    assert say("works", "post@example.org") == (0, True, 1)
    assert say("works", "other@example.org") == (0, True, 1)
    assert say("works") == (0, False, 0)
    with transaction(engine) as session:
        entries = list_entries(session, thing=Thing("organisation", works_id), limit=9)
        told = [one.told.after for one in entries if one.told]
    assert told == [{"has_mailbox": False}, {"has_mailbox": True}, {"has_mailbox": True}]
    engine.dispose()


def test_an_address_that_is_a_mailbox_outlives_who_followed_with_it(
    session: Session, make: Factory
) -> None:
    address = make.address()
    works = make.organisation(mailbox_id=address.id)
    drop_address(session, address_id=address.id)
    assert session.scalars(select(Address.id)).all() == [address.id]
    works.mailbox_id = None
    session.flush()
    drop_address(session, address_id=address.id)
    assert session.scalars(select(Address.id)).all() == []


def test_with_the_examples_their_mailboxes_go_and_peoples_own_reports_stay(
    session: Session, make: Factory
) -> None:
    desk = make.organisation(is_desk=True)
    invented = make.organisation(is_example=True, mailbox_id=make.address().id)
    make.organisation_days(organisation_id=invented.id, is_example=True)
    make.rung(organisation_id=invented.id, is_example=True)
    # A rung of a real organisation may lean on an invented contact.
    contact = make.contact(organisation_id=desk.id, is_example=True)
    put_rung(session, organisation=desk, draft=RungDraft(2, contact.role_name))
    session.execute(update(Contact).values(is_example=True))
    defect = make.defect(addressee_id=invented.id)
    make.defect_call(
        defect_id=defect.id, organisation_id=invented.id, address_id=invented.mailbox_id
    )
    remove_examples(session)
    assert defect.addressee_id == desk.id
    for table in (Rung, OrganisationDays, Address, DefectCall):
        assert session.scalars(select(func.count()).select_from(table)).one() == 0
