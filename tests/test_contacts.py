"""Contacts: whom to call about a place, in which order, and who may know who it is today."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.areas.queries import contacts_for
from geoapp.areas.rules import Level, Theme
from geoapp.areas.tables import ContactScope, OfficialArea
from geoapp.cli import main
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine, transaction
from geoapp.edge import KEY
from geoapp.errors import Invalid
from geoapp.exchange.importing import import_file
from geoapp.exchange.rows import WrongRows
from geoapp.ledger.audit import list_entries
from geoapp.ledger.batches import undo_batch
from geoapp.ledger.chain import Thing
from geoapp.people.actions import assign_contact, keep_address, put_person
from geoapp.people.rules import Mandate
from geoapp.people.tables import Contact, Organisation
from tests.conftest import NOW, SEALER, count_queries
from tests.factories import LAT, LON, Factory, area_shape, stored
from tests.world import World

HEAD = "organisation,role,how_to_reach,mandate,area,theme"


def silent(_: str) -> None:
    """Say nothing."""


@pytest.fixture
def desk(make: Factory) -> Organisation:
    """An organisation in a district of its own."""
    district = make.district(slug="here", bounds=stored(area_shape(4.9, 51.9, 5.1, 52.1)))
    return make.organisation(slug="desk", district_id=district.id)


def add_contact(
    make: Factory,
    desk: Organisation,
    name: str,
    *,
    mandate: Mandate = Mandate.DECIDES,
    **scope: object,
) -> Contact:
    """A contact of the desk, in this scope; without one, for everything everywhere."""
    contact = make.contact(
        role_name=name, organisation_id=desk.id, district_id=desk.district_id, mandate=mandate
    )
    make.contact_scope(contact_id=contact.id, **scope)
    return contact


def add_official(make: Factory, desk: Organisation, level: Level) -> OfficialArea:
    """An official area around the usual place."""
    return make.official_area(district_id=desk.district_id, level=level, geom=stored(area_shape()))


def ask(session: Session, desk: Organisation, theme: Theme | None = None) -> list[str]:
    """The roles to call at the usual place, in order."""
    found = contacts_for(session, district_id=desk.district_id, lon=LON, lat=LAT, theme=theme)
    return [contact.role_name for contact in found]


# -- Whom to call ----------------------------------------------------------------------------


def test_the_nearest_area_comes_first_and_the_whole_district_last(
    session: Session, make: Factory, desk: Organisation
) -> None:
    organic = make.organic_area(district_id=desk.district_id, geom=stored(area_shape()))
    add_contact(make, desk, "district")
    add_contact(make, desk, "organic", organic_area_id=organic.id)
    for level in Level:
        area = add_official(make, desk, level)
        add_contact(make, desk, level.value, official_area_id=area.id)
    assert ask(session, desk) == ["buurt", "wijk", "gebied", "organic", "district"]


def test_in_one_area_who_decides_comes_before_who_advises_and_who_passes_on(
    session: Session, make: Factory, desk: Organisation
) -> None:
    for mandate in reversed(Mandate):
        add_contact(make, desk, mandate.value, mandate=mandate)
    assert ask(session, desk) == ["decides", "advises", "passes_on"]


def test_a_theme_finds_its_own_contacts_and_those_for_everything(
    session: Session, make: Factory, desk: Organisation
) -> None:
    add_contact(make, desk, "everything")
    add_contact(make, desk, "green", theme=Theme.GREEN)
    add_contact(make, desk, "money", theme=Theme.MONEY)
    assert ask(session, desk, Theme.GREEN) == ["green", "everything"]


def test_who_is_there_for_several_areas_is_told_once_by_the_nearest(
    session: Session, make: Factory, desk: Organisation
) -> None:
    buurt = add_official(make, desk, Level.BUURT)
    contact = add_contact(make, desk, "both", theme=Theme.GREEN)
    make.contact_scope(contact_id=contact.id, official_area_id=buurt.id)
    (found,) = contacts_for(
        session, district_id=desk.district_id, lon=LON, lat=LAT, theme=Theme.GREEN
    )
    assert found.area is not None
    assert found.area.slug == buurt.slug


def test_a_contact_of_another_area_or_district_is_not_told(
    session: Session, make: Factory, desk: Organisation
) -> None:
    aside = make.organic_area(
        district_id=desk.district_id, geom=stored(area_shape(5.05, 52.05, 5.06, 52.06))
    )
    add_contact(make, desk, "aside", organic_area_id=aside.id)
    make.contact_scope(contact_id=make.contact(district_id=make.district().id).id)
    assert ask(session, desk) == []


def test_whom_to_call_is_asked_as_often_for_30_contacts_as_for_one(
    session: Session, connection: Connection, make: Factory, desk: Organisation
) -> None:
    add_contact(make, desk, "first")
    with count_queries(connection.engine) as with_one:
        ask(session, desk)
    for number in range(29):
        add_contact(make, desk, f"contact {number}")
    with count_queries(connection.engine) as with_many:
        assert len(ask(session, desk)) == 30
    assert len(with_one) == len(with_many) == 3


# -- Who may know who it is today ------------------------------------------------------------


@pytest.fixture
def world(session: Session, own_client: FlaskClient) -> World:
    """Everybody; a contact of the district here, with somebody whose name must not leave."""
    made = World(session, own_client.application.extensions[KEY].sealer)
    contact = made.make.contact(
        role_name="Foreman", district_id=made.here.id, organisation_id=made.desk.id
    )
    made.make.contact_scope(contact_id=contact.id, theme=Theme.REPAIR)
    people = []
    for name in ("Canary Person", "Canary Deputy"):
        address = f"{name.replace(' ', '.')}@canary.example"
        row = keep_address(session, sealer=made.sealer, address=address, language="nl")
        people.append(put_person(session, address_id=row, today=NOW.date(), name=name).id)
    assign_contact(session, contact=contact, person_id=people[0], deputy_id=people[1])
    session.commit()
    return made


PUBLIC = [
    "/areas/area-here",
    "/platforms/platform-a",
    f"/api/v1/contacts?lat={LAT}&lon={LON}",
    f"/api/v1/contacts?lat={LAT}&lon={LON}&theme=repair",
]


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize("name", ["anonymous", "manager of A"])
def test_everybody_sees_the_role_and_no_public_answer_says_who_it_is(
    world: World, own_client: FlaskClient, path: str, name: str
) -> None:
    world.people[name].enter(own_client)
    answer = own_client.get(path)
    assert answer.status_code == 200
    assert "Foreman" in answer.text
    assert "canary" not in answer.text.casefold()


def test_those_who_work_there_see_who_it_is_and_who_stands_in_but_no_address(
    world: World, own_client: FlaskClient
) -> None:
    world.people["manager of A"].enter(own_client)
    answer = own_client.get("/areas/area-here/contacts")
    assert "Canary Person" in answer.text
    assert "Canary Deputy" in answer.text
    assert "canary.example" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("name", "status"),
    [("anonymous", 401), ("resident", 403), ("officer there", 403), ("administrator", 403)],
)
def test_whoever_does_not_work_there_does_not_see_who_it_is(
    world: World, own_client: FlaskClient, name: str, status: int
) -> None:
    world.people[name].enter(own_client)
    answer = own_client.get("/areas/area-here/contacts")
    assert answer.status_code == status
    assert "Canary" not in answer.text


def test_who_has_left_stands_nowhere_any_more(world: World, own_client: FlaskClient) -> None:
    contact = world.session.scalars(select(Contact)).one()
    assign_contact(world.session, contact=contact, person_id=None, deputy_id=contact.deputy_id)
    world.session.commit()
    world.people["manager of A"].enter(own_client)
    text = own_client.get("/areas/area-here/contacts").text
    assert ("Canary Person" in text, "Canary Deputy" in text) == (False, True)


def test_nobody_stands_in_for_themselves(session: Session, make: Factory) -> None:
    person = make.person()
    with pytest.raises(Invalid, match="Somebody else"):
        assign_contact(session, contact=make.contact(), person_id=person.id, deputy_id=person.id)


# -- On the page and over the API ------------------------------------------------------------


def test_the_page_of_an_area_tells_mandate_reach_and_what_is_an_example(
    client: FlaskClient,
) -> None:
    text = client.get("/areas/holendrecht?lang=nl").text
    section = text[text.index("Wie kunnen we bellen?") :]
    assert "Voorbeeld vraagbaak" in section
    assert "Mag beslissen." in section
    assert "Geeft advies." in section
    assert section.index('<h3 class="gap">Geld</h3>') < section.index('<h3 class="gap">Schoon')
    assert "/areas/holendrecht/contacts" in section


def test_an_area_without_contacts_says_that_nobody_is_known(
    make: Factory, own_client: FlaskClient
) -> None:
    make.organic_area(slug="quiet", geom=stored(area_shape()))
    assert "niet wie u hier kunt bellen" in own_client.get("/areas/quiet?lang=nl").text


def test_outside_every_district_there_is_nobody_to_call(client: FlaskClient) -> None:
    assert client.get("/api/v1/contacts?lat=0&lon=0").get_json()["items"] == []


def test_a_theme_that_is_none_is_refused_with_those_there_are(client: FlaskClient) -> None:
    answer = client.get(f"/api/v1/contacts?lat={LAT}&lon={LON}&theme=sheep")
    assert answer.status_code == 400
    assert "repair, cleaning, green" in answer.get_json()["detail"]


# -- Files -----------------------------------------------------------------------------------


def write(path: Path, *lines: str, head: str = HEAD) -> Path:
    """A CSV file."""
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


def count_scopes(session: Session) -> int:
    """How many scopes there are."""
    return session.scalars(select(func.count()).select_from(ContactScope)).one()


@pytest.fixture
def area_slug(make: Factory, desk: Organisation) -> str:
    """An area of the desk's district."""
    return make.organic_area(district_id=desk.district_id, geom=stored(area_shape())).slug


def test_a_file_of_contacts_comes_in_once_and_goes_as_one(
    session: Session, area_slug: str, tmp_path: Path
) -> None:
    file = write(
        tmp_path / "contacts.csv",
        f"desk,Foreman,At the counter,decides,{area_slug},green",
        "desk,Foreman,At the counter,decides,,repair",
        "desk,Clerk,By letter,passes_on,,",
    )
    first = import_file(session, file, layout_name="contacts", say=silent)
    again = import_file(session, file, layout_name="contacts", say=silent)
    assert (first.tally.new, again.tally.same, again.batch) == (3, 3, None)
    assert first.batch is not None
    assert count_scopes(session) == 3
    undo_batch(session, number=first.batch, now=NOW)
    assert count_scopes(session) == 0
    assert session.scalars(select(Contact)).all() == []


@pytest.mark.usefixtures("desk")
def test_a_file_that_is_changed_changes_the_contact_and_not_who_it_is(
    session: Session, make: Factory, tmp_path: Path
) -> None:
    line = "desk,Foreman,{},decides,,"
    file = write(tmp_path / "contacts.csv", line.format("At the counter"))
    import_file(session, file, layout_name="contacts", say=silent)
    contact = session.scalars(select(Contact)).one()
    person_id = make.person().id
    assign_contact(session, contact=contact, person_id=person_id, deputy_id=None)
    write(file, line.format("By letter"))
    assert import_file(session, file, layout_name="contacts", say=silent).tally.changed == 1
    assert (contact.how_to_reach, contact.person_id) == ("By letter", person_id)


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nowhere,Foreman,Counter,decides,,", "no organisation called nowhere"),
        ("desk,Foreman,Counter,rules,,", "rules is none of: decides"),
        ("desk,Foreman,Counter,decides,nowhere,", "no area called nowhere"),
        ("desk,Foreman,Counter,decides,,sheep", "sheep is none of: repair"),
        ("desk,,Counter,decides,,", "role is empty"),
        ("desk,Foreman,Counter,decides,far-away,", "far-away is of another district"),
        ("desk,Clerk,Elsewhere,decides,,", "another mandate or way to reach"),
    ],
)
def test_a_wrong_line_imports_nothing_and_is_named(
    session: Session,
    make: Factory,
    tmp_path: Path,
    line: str,
    words: str,
) -> None:
    make.organic_area(slug="far-away", district_id=make.district().id)
    file = write(tmp_path / "contacts.csv", "desk,Clerk,By letter,decides,,green", line)
    with pytest.raises(WrongRows, match="row 2: .*" + words):
        import_file(session, file, layout_name="contacts", say=silent)
    assert count_scopes(session) == 0


@pytest.mark.usefixtures("desk")
def test_a_file_with_names_of_people_is_refused(session: Session, tmp_path: Path) -> None:
    file = write(
        tmp_path / "contacts.csv",
        "desk,Foreman,Counter,decides,,,Somebody",
        head=f"{HEAD},person",
    )
    with pytest.raises(Invalid, match="columns person: leave them out"):
        import_file(session, file, layout_name="contacts", say=silent)


# -- By command ------------------------------------------------------------------------------


def test_who_it_is_today_is_said_by_command_and_who_is_not_named_is_taken_off(
    make_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = make_database("contacts")
    engine = make_engine(url)
    migrate(engine, metadata())
    with transaction(engine) as session:
        make = Factory(session)
        desk = make.organisation(slug="desk")
        make.contact(role_name="Foreman", organisation_id=desk.id, district_id=desk.district_id)
        desk_id = desk.id
        people = []
        for name in ("one", "two"):
            row = keep_address(session, sealer=SEALER, address=f"{name}@example.org", language="nl")
            people.append(put_person(session, address_id=row, today=NOW.date()).id)
    monkeypatch.setenv("DATABASE_URL", url)

    def assign(*words: str) -> tuple[int, list[object]]:
        result = CliRunner().invoke(main, ["contacts", "assign", "desk", *words])
        with transaction(engine) as session:
            told = session.execute(select(Contact.person_id, Contact.deputy_id)).one()
        return result.exit_code, list(told)

    both = ("--person", "one@example.org", "--deputy", "two@example.org")
    assert assign("Foreman", *both) == (0, people)
    assert assign("Clerk", *both) == (1, people)
    assert assign("Foreman", "--person", "nobody@example.org") == (1, people)
    assert assign("Foreman", "--person", "two@example.org") == (0, [people[1], None])
    with transaction(engine) as session:
        entries = list_entries(session, thing=Thing("organisation", desk_id), limit=9)
    assert [one.action for one in entries] == ["assign_contact"] * 2
    engine.dispose()
