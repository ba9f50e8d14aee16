"""What a platform's own people do: its words, two at once, its history, who acts for it."""

import json
import re
from collections.abc import Callable, Iterator
from threading import Barrier, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from geoapp.accounts.actions import demote_person
from geoapp.app import create_app, metadata
from geoapp.config import Settings
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine, transaction
from geoapp.edge import KEY
from geoapp.ledger.audit import list_entries, verify_chain
from geoapp.ledger.chain import Doer, Thing
from geoapp.people.actions import end_consent
from geoapp.platforms.actions import change_words
from geoapp.platforms.queries import get_platform
from geoapp.platforms.rules import (
    Merge,
    PlatformWords,
    StaleWords,
    merge_words,
)
from geoapp.platforms.tables import Platform
from tests.conftest import NOW
from tests.factories import Factory, area_shape, stored
from tests.world import World

EDIT = "/platforms/platform-a/edit"


@pytest.fixture
def app(connection: Connection) -> Flask:
    """A service on this test's connection."""
    return create_app(Settings(background_url=""), engine=connection, clock=lambda: NOW)


@pytest.fixture
def world(session: Session, app: Flask) -> World:
    """Everybody, and something of each kind."""
    return World(session, app.extensions[KEY].sealer)


@pytest.fixture
def enter(app: Flask, world: World) -> Callable[[str], FlaskClient]:
    """A browser in which somebody has signed in."""

    def enter_as(name: str) -> FlaskClient:
        client = app.test_client()
        world.people[name].enter(client)
        return client

    return enter_as


def fields_of(page: str) -> dict[str, str]:
    """The hidden fields of a form."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def save(client: FlaskClient, fields: dict[str, str], **words: str) -> tuple[int, str]:
    """Send the form; status and page."""
    answer = client.post(EDIT, data={"about": "", "meets": "", **fields, **words})
    return answer.status_code, answer.get_data(as_text=True)


def open_form(client: FlaskClient) -> dict[str, str]:
    """The hidden fields of the form as it stands."""
    return fields_of(client.get(EDIT).get_data(as_text=True))


# -- Words -------------------------------------------------------------------------------------


def test_a_manager_changes_the_words_and_everybody_reads_them(
    enter: Callable[[str], FlaskClient],
) -> None:
    manager = enter("manager of A")
    assert save(manager, open_form(manager), about="We plant trees")[0] == 303
    page = enter("anonymous").get("/platforms/platform-a").get_data(as_text=True)
    assert "We plant trees" in page


def test_a_telephone_number_does_not_come_before_everybody(
    enter: Callable[[str], FlaskClient],
) -> None:
    manager = enter("manager of A")
    status, page = save(manager, open_form(manager), about="Call Jan, 06 12345678")
    assert (status, "leave out phone numbers" in page) == (400, True)
    assert "Call Jan, 06 12345678" in page


def test_the_change_and_a_refusal_stand_in_the_histories_and_with_whoever_did_them(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    manager = enter("manager of A")
    save(manager, open_form(manager), about="We plant trees")
    assert manager.get("/platforms/platform-b/edit").status_code == 403
    own = manager.get("/platforms/platform-a/history").get_data(as_text=True)
    assert "We plant trees" in own
    assert "manager of A" in own
    theirs = enter("manager of B").get("/platforms/platform-b/history").get_data(as_text=True)
    assert "Refused" in theirs
    doings = manager.get("/account").get_data(as_text=True)
    assert doings.count("Changed the words") == 2
    assert world.platforms["platform-b"].name in doings
    for platform in world.platforms.values():
        assert verify_chain(session, thing=Thing("platform", platform.id)) == []


def test_saving_the_same_words_is_no_change(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    manager = enter("manager of A")
    fields = open_form(manager)
    save(manager, fields, about="We plant trees")
    assert save(manager, fields, about="We plant trees")[0] == 303
    thing = Thing("platform", world.platforms["platform-a"].id)
    assert len(list_entries(session, thing=thing, limit=10)) == 1


def test_too_many_letters_come_back_with_nothing_lost(
    enter: Callable[[str], FlaskClient],
) -> None:
    manager = enter("manager of A")
    status, page = save(manager, open_form(manager), about="x" * 2001, meets="Tuesdays")
    assert status == 400
    assert "x" * 2001 in page
    assert "Tuesdays" in page
    assert 'aria-invalid="true"' in page


@pytest.mark.parametrize("version", [None, "one"])
def test_a_form_that_comes_back_does_not_undo_what_somebody_else_saved_meanwhile(
    enter: Callable[[str], FlaskClient], version: str | None
) -> None:
    manager, supporter = enter("manager of A"), enter("supporter")
    fields = open_form(manager)
    assert save(supporter, open_form(supporter), about="Theirs")[0] == 303
    sent = fields if version is None else fields | {"version": version}
    status, page = save(manager, sent, about="x" * 2001)
    assert status == 400
    status, page = save(manager, fields_of(page), about="Mine")
    assert status == 412
    assert "Theirs" in page


@pytest.mark.parametrize("version", ["", "-1", "one", "9" * 12])
def test_a_version_that_is_none_is_refused(
    enter: Callable[[str], FlaskClient], version: str
) -> None:
    manager = enter("manager of A")
    fields = open_form(manager) | {"version": version}
    assert save(manager, fields, about="We plant trees")[0] == 400


def test_a_form_without_its_token_changes_nothing(
    enter: Callable[[str], FlaskClient],
) -> None:
    manager = enter("manager of A")
    fields = open_form(manager) | {"csrf_token": "made up"}
    assert save(manager, fields, about="We plant trees")[0] == 400
    assert "We plant trees" not in manager.get("/platforms/platform-a").get_data(as_text=True)


# -- Two at once -------------------------------------------------------------------------------


def test_the_second_of_two_gets_both_side_by_side_and_can_go_on(
    enter: Callable[[str], FlaskClient],
) -> None:
    first, second = enter("manager of A"), enter("supporter")
    fields = open_form(second)
    save(first, open_form(first), about="From the first", meets="Mondays")
    status, page = save(second, fields, about="From the second")
    assert status == 412
    assert "From the first" in page
    assert "From the second" in page
    # Where only the first changed something, their change is taken over.
    assert re.search(r'<textarea id="meets"[^>]*>Mondays</textarea>', page)
    status, _ = save(second, fields_of(page), about="From both", meets="Mondays")
    assert status == 303
    shown = enter("anonymous").get("/platforms/platform-a").get_data(as_text=True)
    assert "From both" in shown


BASE = PlatformWords("a", "m")


@pytest.mark.parametrize(
    ("theirs", "mine", "words", "clashes"),
    [
        (BASE, PlatformWords("b", "m"), PlatformWords("b", "m"), []),
        (PlatformWords("b", "m"), BASE, PlatformWords("b", "m"), []),
        (PlatformWords("b", "m"), PlatformWords("a", "n"), PlatformWords("b", "n"), []),
        (PlatformWords("b", "m"), PlatformWords("b", "m"), PlatformWords("b", "m"), []),
        (PlatformWords("b", "m"), PlatformWords("c", "m"), PlatformWords("c", "m"), ["about"]),
        (PlatformWords("b", "n"), PlatformWords("c", "o"), PlatformWords("c", "o"), None),
    ],
)
def test_two_changes_come_together(
    theirs: PlatformWords, mine: PlatformWords, words: PlatformWords, clashes: list[str] | None
) -> None:
    merged = merge_words(BASE, theirs, mine)
    assert isinstance(merged, Merge)
    assert merged.words == words
    wanted = ["about", "meets"] if clashes is None else clashes
    assert [clash.field for clash in merged.clashes] == wanted


@pytest.fixture
def own_engine(make_database: Callable[[str], str]) -> Iterator[Engine]:
    """A database that nobody else sees: what is raced is committed, and histories stay."""
    made = make_engine(make_database("raced"))
    migrate(made, metadata())
    yield made
    made.dispose()


def test_of_many_at_once_one_change_is_kept_and_the_others_are_told(own_engine: Engine) -> None:
    with transaction(own_engine) as session:
        make = Factory(session)
        district = make.district(slug="raced", bounds=stored(area_shape(4.9, 51.9, 5.1, 52.1)))
        platform = make.platform(slug="raced", district_id=district.id)
        make.platform_area(platform_id=platform.id, district_id=district.id)
    came: list[str] = []
    start = Barrier(8)

    def change(number: int) -> None:
        try:
            with transaction(own_engine) as own:
                facts = get_platform(own, slug="raced")
                start.wait()
                change_words(
                    own,
                    platform=facts,
                    change=(PlatformWords(f"by {number}", ""), 1),
                    doer=Doer(None, "command"),
                    now=NOW,
                )
            came.append("kept")
        except StaleWords:
            came.append("stale")

    threads = [Thread(target=change, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction(own_engine) as session:
        version = session.scalars(select(Platform.version).where(Platform.slug == "raced")).one()
        faults = verify_chain(session, thing=Thing("platform", platform.id))
    assert sorted(came) == ["kept"] + ["stale"] * 7
    assert version == 2
    assert faults == []


# -- Rights ------------------------------------------------------------------------------------


def test_a_demoted_managers_open_form_saves_nothing(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    manager = enter("manager of A")
    fields = open_form(manager)
    person_id = world.people["manager of A"].person_id
    assert person_id is not None
    demote_person(session, person_id=person_id, role=None, now=NOW)
    assert save(manager, fields, about="We plant trees")[0] == 401


def test_a_supporter_is_seen_to_act_for_the_platform_until_it_takes_that_back(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    supporter = enter("supporter")
    assert save(supporter, open_form(supporter), about="Written for them")[0] == 303
    history = enter("member of A").get("/platforms/platform-a/history").get_data(as_text=True)
    assert "for platform-a" in history
    shown = enter("anonymous").get("/platforms/platform-a").get_data(as_text=True)
    assert f"{world.support.name} may act for this platform" in shown
    end_consent(session, organisation_id=world.org_a.id, supporter_id=world.support.id, now=NOW)
    assert supporter.get(EDIT).status_code == 403


def test_a_manager_gives_and_takes_back_a_consent(
    enter: Callable[[str], FlaskClient],
) -> None:
    manager = enter("manager of B")
    path = "/platforms/platform-b/support"
    for give, status in (("1", 200), ("0", 403)):
        fields = fields_of(manager.get(path).get_data(as_text=True))
        assert manager.post(path, data={**fields, "give": give}).status_code == 303
        assert enter("supporter").get("/platforms/platform-b/edit").status_code == status


def test_a_consent_given_twice_stands_in_the_history_once(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    manager, path = enter("manager of B"), "/platforms/platform-b/support"
    fields = fields_of(manager.get(path).get_data(as_text=True))
    for give in ("0", "1", "1", "0", "0"):
        assert manager.post(path, data={**fields, "give": give}).status_code == 303
    thing = Thing("platform", world.platforms["platform-b"].id)
    assert len(list_entries(session, thing=thing, limit=10)) == 2


def test_a_supporter_whose_name_holds_a_nul_is_refused(
    enter: Callable[[str], FlaskClient],
) -> None:
    manager, path = enter("manager of B"), "/platforms/platform-b/support"
    fields = fields_of(manager.get(path).get_data(as_text=True)) | {"supporter": "a\x00b"}
    assert manager.post(path, data={**fields, "give": "1"}).status_code == 400


# -- Machines ----------------------------------------------------------------------------------


def test_a_machine_must_name_the_version_it_read(app: Flask, world: World) -> None:
    client, path = app.test_client(), "/api/v1/platforms/platform-a"
    headers = world.people["manager of A"].headers
    tag = client.get(path).headers["ETag"]
    ask = {"json": {"meets": "Mondays"}}
    assert client.patch(path, headers=headers, **ask).status_code == 428
    fresh = headers | {"If-Match": tag}
    changed = client.patch(path, headers=fresh, **ask)
    assert changed.status_code == 200
    assert json.loads(changed.data)["meets"] == "Mondays"
    assert changed.headers["ETag"] != tag
    stale = client.patch(path, headers=fresh, json={"meets": "Tuesdays"})
    assert stale.status_code == 412
    assert stale.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"name": "x"}, 400), ({"about": 1}, 400), ({"about": "x" * 2001}, 400)],
)
def test_a_machines_wrong_words_are_refused(
    app: Flask, world: World, body: dict[str, object], status: int
) -> None:
    headers = world.people["manager of A"].headers | {"If-Match": "*"}
    answer = app.test_client().patch("/api/v1/platforms/platform-a", headers=headers, json=body)
    assert answer.status_code == status
    assert json.loads(answer.data)["detail"]


@pytest.mark.parametrize("header", ["Basic \xff", "Bearer \xff", "Digest \xff=\xff", "bearer", " "])
def test_a_machine_that_shows_no_token_of_ours_is_asked_for_one(app: Flask, header: str) -> None:
    answer = app.test_client().patch(
        "/api/v1/platforms/platform-a", headers={"Authorization": header}, json={}
    )
    assert answer.status_code == 401
