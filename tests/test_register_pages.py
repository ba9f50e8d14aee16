"""An officer's own register through the pages: brought, matched, looked over, mended, loaded and
taken back; and every file that hides something comes back with a sentence."""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO, StringIO
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from shapely import Point
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from geoapp.accounts.actions import erase_account
from geoapp.app import create_app, metadata
from geoapp.assets.rules import Kind, PhysicalStatus, RegisterStatus
from geoapp.assets.tables import Asset
from geoapp.config import Settings
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine, transaction
from geoapp.districts.queries import get_district
from geoapp.edge import KEY
from geoapp.exchange.choices import (
    Choices,
    Step,
    begin_choices,
    read_choices,
    refit_choices,
    rename_columns,
    write_choices,
)
from geoapp.exchange.matching import (
    KIND_WORDS,
    PHYSICAL_WORDS,
    REGISTER_WORDS,
    Matching,
    Said,
    read_one_of,
)
from geoapp.exchange.registers import AtTwin, Fate
from geoapp.exchange.samples import guess_srid, sample_letters, sample_places
from geoapp.exchange.uploads import read_upload
from geoapp.geo.crs import LONLAT, transform_point
from geoapp.intake.keeping import sweep_old
from geoapp.ledger.batches import LOCK
from geoapp.ledger.tables import AuditEntry, ImportBatch
from geoapp.uploads.actions import hold_upload
from geoapp.uploads.queries import Whose, list_waiting
from geoapp.uploads.rules import LASTS, MOST_HELD, clean_file_name
from geoapp.uploads.tables import Upload
from geoapp.web import register_words
from tests.factories import LAT, LON, Factory
from tests.map_files import make_csv, make_geojson
from tests.test_uploads import DEEP, LAUGHS, VRT, ZIPS, one_feature
from tests.world import NOW, World

HERE = "/districts/here/register"
TERMS = {"source": "Stadsdeel", "licence": "CC BY 4.0", "at_twin": "leave"}


@pytest.fixture
def app(connection: Any) -> Flask:
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


@pytest.fixture
def officer(enter: Callable[[str], FlaskClient]) -> FlaskClient:
    """The browser of an officer of the district."""
    return enter("officer here")


def plain(html: str) -> str:
    """A page's words, as a person reads them."""
    return " ".join(re.sub("<[^>]+>", " ", html.partition("<main")[2]).split())


def read(client: FlaskClient, path: str, language: str = "en") -> str:
    """The words of a page."""
    return plain(look(client, path, language))


def look(client: FlaskClient, path: str, language: str = "en") -> str:
    """A page; its language is kept for what follows."""
    answer = client.get(f"{path}{'&' if '?' in path else '?'}lang={language}")
    assert answer.status_code == 200, answer.text
    return answer.text


def token_of(client: FlaskClient) -> str:
    """The token of this browser's forms."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(HERE).text)
    assert found is not None
    return found[1]


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Send a form of theirs."""
    return client.post(path, data={"csrf_token": token_of(client), **fields})


def bring(
    client: FlaskClient, data: bytes, name: str = "register.csv", **fields: str
) -> TestResponse:
    """Bring a file, as a browser sends it."""
    start = '--x\r\nContent-Disposition: form-data; name="'
    told = {"csrf_token": token_of(client), **fields}
    head = "".join(f'{start}{field}"\r\n\r\n{words}\r\n' for field, words in told.items())
    head += f'{start}file"; filename="{name}"\r\n\r\n'
    body = head.encode() + data + b"\r\n--x--\r\n"
    return client.post(HERE, data=body, content_type="multipart/form-data; boundary=x")


def bring_well(client: FlaskClient, data: bytes, **fields: str) -> str:
    """Bring a file that is taken; where its steps are."""
    answer = bring(client, data, **fields)
    assert answer.status_code == 303, plain(answer.text)
    return str(answer.location)


def tell(client: FlaskClient, path: str, columns: dict[str, str], **terms: str) -> str:
    """Go through the first two steps; the page of the third."""
    answer = send(client, f"{path}?step=columns", **columns)
    assert answer.status_code == 303, plain(answer.text)
    answer = send(client, f"{path}?step=where", **TERMS | terms)
    assert (answer.status_code, answer.location) == (303, f"{path}?step=check"), answer.text
    page = client.get(answer.location)
    assert page.status_code == 200
    return page.text


def seen_in(client: FlaskClient, path: str) -> str:
    """What the third step says was seen in it."""
    page = client.get(f"{path}?step=check").text
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen is not None, plain(page)
    return seen[1]


def load(client: FlaskClient, path: str) -> TestResponse:
    """Press the button of the third step."""
    return send(client, f"{path}?step=check", seen=seen_in(client, path))


def benches(*names: str, **more: str) -> bytes:
    """A GeoJSON of benches, 22 m from each other."""
    rows = [
        {"ref": str(n), "naam": name, "soort": "bank", **more} for n, name in enumerate(names, 1)
    ]
    return make_geojson(rows, [Point(LON, LAT + n * 0.0002) for n in range(len(rows))])


COLUMNS = {Said.NAME: "naam", Said.KIND: "soort", Said.ID: "ref"}


def hold(world: World, data: bytes, **chosen: Any) -> str:
    """A file of the officer's that was looked over: all is chosen, and waits to be loaded."""
    terms = {"source": "Stadsdeel", "licence": "CC BY 4.0", "reached": Step.CHECK}
    choices = Choices(Matching(COLUMNS), **terms | chosen)
    row = world.make.upload(
        district_id=world.here.id,
        person_id=world.people["officer here"].person_id,
        data=data,
        choices=write_choices(choices),
        created_at=NOW,
        expires_at=NOW + LASTS,
    )
    return f"{HERE}/{row.id}"


def count(session: Session, table: type[Any]) -> int:
    """How many rows there are."""
    return session.scalars(select(func.count()).select_from(table)).one()


def count_benches(session: Session) -> int:
    """How many benches stand anywhere."""
    return session.scalars(
        select(func.count()).select_from(Asset).where(Asset.kind == Kind.BENCH)
    ).one()


# -- From 500 rows with ten faults to the map, and back --------------------------------------------


def register(*, wrong: set[int]) -> bytes:
    """500 benches in metres, in letters of Windows; of those in `wrong` the kind is no kind."""
    lines = ["Nummer;Omschrijving;Objecttype;x;y"]
    for number in range(1, 501):
        x, y = transform_point(LON + number * 0.00002, LAT, LONLAT, 28992)
        kind = "=olifant" if number in wrong else "bank"
        lines.append(f"{number};Bank bij café {number};{kind};{x:.2f};{y:.2f}".replace(".", ","))
    return "\r\n".join(lines).encode("windows-1252")


def test_an_officer_sees_ten_faulty_rows_of_500_mends_loads_and_takes_back(
    officer: FlaskClient, session: Session
) -> None:
    path = bring_well(officer, register(wrong=set(range(50, 501, 50))))
    see_the_ten(officer, path)
    assert count_benches(session) == 0
    mended = bring_well(officer, register(wrong=set()), like=path.rpartition("/")[2])
    page = look(officer, mended)
    assert "500 rows, and all are right." in plain(page)
    assert "500 comes on the map" in plain(page)
    assert page.count("h0M") > 490
    answer = load(officer, mended)
    batch = session.scalars(select(ImportBatch)).one()
    assert (answer.status_code, answer.location) == (303, f"{HERE}/batches/{batch.number}")
    told = read(officer, answer.location)
    assert "new 500 brought up to date 0 left as it was 0" in told
    assert "officer here" in told
    api = officer.get("/api/v1/assets?kind=bench&limit=1000").get_json()["items"]
    assert len(api) == count_benches(session) == 500
    assert api[0]["name"].startswith("Bank bij café")
    assert "register.csv 500 new, 0 brought up to date" in read(officer, HERE)
    take_back(officer, answer.location)
    assert officer.get("/api/v1/assets?kind=bench").get_json()["items"] == []
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.position)).all()
    assert actions == ["load_register", "undo_register"]


def see_the_ten(officer: FlaskClient, path: str) -> None:
    """Go through the steps of a file in which ten rows are not right."""
    first = read(officer, path)
    assert "A file of CSV with 500 rows" in first
    assert "Kind Objecttype bank" in first
    columns = {"name": "Omschrijving", "kind": "Objecttype", "id": "Nummer"}
    send(officer, f"{path}?step=columns", **columns)
    where = read(officer, f"{path}?step=where")
    assert "windows-1252: Bank bij café 1" in where
    assert re.search(r"In District \d+: RD \(Amersfoort / RD New\)", where)
    send(officer, f"{path}?step=where", encoding="windows-1252", srid="28992", **TERMS)
    page = look(officer, f"{path}?step=check")
    assert "10 of 500 rows are not right." in plain(page)
    assert "Row 50 , Objecttype : =olifant is none of: cabinet, playground" in plain(page)
    assert page.count("<li><b>Row ") == 10
    assert "Load 4" not in plain(page)
    faults = officer.get(f"{path}/faults.csv", query_string={"lang": "nl"})
    assert 'filename="fouten.csv"' in faults.headers["Content-Disposition"]
    lines = list(csv.DictReader(StringIO(faults.text)))
    assert [line["Rij"] for line in lines] == [str(n) for n in range(50, 501, 50)]
    assert lines[0]["Wat niet klopt"].startswith("'=olifant is geen van deze: kast, speelplek")
    assert (lines[0]["Omschrijving"], lines[0]["Objecttype"]) == ("Bank bij café 50", "'=olifant")


def take_back(officer: FlaskClient, batch: str) -> None:
    """Undo a load, twice as with a double click."""
    for _ in range(2):
        assert send(officer, batch).location == batch
    assert "This was taken back" in read(officer, batch)
    assert "Taken back" in read(officer, HERE)


def test_the_pages_speak_dutch(officer: FlaskClient) -> None:
    path = bring_well(officer, benches("Bank", ""))
    assert "Stap 1 van 3" in read(officer, path, "nl")
    tell(officer, path, {"name": "naam", "kind": "soort"})
    page = read(officer, f"{path}?step=check", "nl")
    assert "1 van de 2 rijen klopt niet." in page
    assert "Rij 2 , naam : De naam is leeg" in page
    answer = bring(officer, VRT, "register.geojson")
    assert "XML-bestand" in plain(answer.text)
    assert "Eerder geladen" in read(officer, HERE, "nl")


# -- Files that hide something (threats, T50 to T53) -----------------------------------------------

REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    **ZIPS,
    "vrt as geojson": (lambda: VRT, "XML"),
    "entities": (lambda: LAUGHS, "XML"),
    "address": (lambda: b"/vsicurl/http://127.0.0.1:9/x.geojson", "no file we can read"),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n\x00\x00", "no file we can read"),
    "deep": (lambda: one_feature("null", DEEP), "too deep"),
    "no place": (lambda: b"a,b\n1,2", "No column says where"),
    "nothing": (lambda: b"", "empty"),
}


def test_every_file_that_hides_something_comes_back_with_one_sentence_and_leaves_nothing(
    officer: FlaskClient, session: Session
) -> None:
    said = {}
    for name, (make, _) in REFUSED.items():
        answer = bring(officer, make(), "../../register.geojson")
        alerts = re.findall(r'role="alert"[^>]*>(.*?)</div>', answer.text, re.S)
        said[name] = (answer.status_code, len(alerts), " ".join(alerts))
    wrong = {
        name: told
        for name, told in said.items()
        if told[:2] != (400, 1) or not re.search(REFUSED[name][1], told[2])
    }
    assert wrong == {}
    assert count(session, Upload) == count(session, ImportBatch) == 0


def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    officer: FlaskClient, session: Session
) -> None:
    class Unread(BytesIO):
        """A body of which nothing may be read."""

        def read(self, _size: int | None = -1, /) -> bytes:
            raise AssertionError

    answer = officer.post(
        HERE,
        input_stream=Unread(),
        headers={"Content-Type": "multipart/form-data; boundary=x"},
        environ_overrides={"CONTENT_LENGTH": str(22 * 1024 * 1024)},
    )
    assert answer.status_code == 413
    assert "larger than 20 MB" in plain(answer.text)
    answer = bring(officer, b"a" * (20 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert count(session, Upload) == 0


def test_no_file_and_no_token_are_told(officer: FlaskClient) -> None:
    answer = send(officer, HERE)
    assert (answer.status_code, "Choose a file." in answer.text) == (400, True)
    assert officer.post(HERE, data={"file": (BytesIO(benches("a")), "a")}).status_code == 400


# -- Whose it is, and for how long -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("anonymous", 401),
        ("resident", 403),
        ("manager of A", 403),
        ("officer there", 403),
        ("officer here too", 404),
    ],
)
def test_a_file_is_for_whoever_brought_it_alone(
    enter: Callable[[str], FlaskClient], world: World, name: str, status: int
) -> None:
    colleague = world.people["officer here"]
    seats = [(seat.role, seat.district_id, seat.organisation_id) for seat in colleague.actor.seats]
    world.people.hold(world.add_person("officer here too", seats))
    path = hold(world, benches("Bank"))
    other = enter(name)
    for where in (path, f"{path}/faults.csv"):
        assert other.get(where).status_code == status


def test_a_file_is_gone_after_a_day_and_swept(
    officer: FlaskClient, session: Session, world: World
) -> None:
    path = hold(world, benches("Bank"))
    row = session.scalars(select(Upload)).one()
    row.created_at, row.expires_at = NOW - LASTS, NOW + timedelta(seconds=1)
    session.flush()
    assert "Not loaded yet" in read(officer, HERE)
    assert sweep_old(session, now=NOW).uploads == 0
    row.expires_at = NOW
    session.flush()
    answer = officer.get(path)
    assert (answer.status_code, "kept for a day" in answer.text) == (404, True)
    assert "Not loaded yet" not in read(officer, HERE)
    assert sweep_old(session, now=NOW).uploads == 1
    assert count(session, Upload) == 0


def test_a_file_waits_for_a_day_and_the_oldest_of_many_makes_room(
    session: Session, world: World
) -> None:
    person_id = world.people["officer here"].person_id
    assert person_id is not None
    whose = Whose(person_id, world.here.id)
    held = [
        hold_upload(session, whose=whose, file=(f"{n}.csv", b"x"), choices={}, now=NOW)
        for n in range(MOST_HELD + 1)
    ]
    kept = [one.id for one in list_waiting(session, whose=whose, now=NOW)]
    assert kept == held[:0:-1]
    assert set(session.scalars(select(Upload.expires_at))) == {NOW + timedelta(days=1)}


def test_a_file_goes_with_the_person_who_brought_it(session: Session, world: World) -> None:
    hold(world, benches("Bank"))
    person_id = world.people["officer here"].person_id
    assert person_id is not None
    erase_account(session, person_id=person_id)
    assert count(session, Upload) == 0


def test_a_file_is_thrown_away(officer: FlaskClient, session: Session, world: World) -> None:
    path = hold(world, benches("Bank"))
    assert send(officer, f"{path}/remove").status_code == 303
    assert count(session, Upload) == 0


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\stuk\\register.csv", "register.csv"),
        ("../../etc/passwd", "passwd"),
        ("a\u202egpj.csv", "agpj.csv"),
        ("\n", "-"),
        ("x" * 200 + ".csv", "x" * 96 + ".csv"),
    ],
)
def test_a_name_of_a_file_is_shown_in_letters_alone(given: str, kept: str) -> None:
    assert clean_file_name(given) == kept


# -- The steps -------------------------------------------------------------------------------------


def test_what_must_be_chosen_is_asked_and_what_was_typed_comes_back(officer: FlaskClient) -> None:
    rows = [{"wat": "Bank", "code": "7"}]
    path = bring_well(officer, make_csv(rows, [Point(LON, LAT)]))
    answer = send(officer, f"{path}?step=columns", all_kind="bench", id="code")
    assert answer.status_code == 400
    assert "Say which column has the name." in plain(answer.text)
    assert '<option value="bench" selected>' in answer.text
    assert "No column says it wat (Bank)" in plain(answer.text)
    assert send(officer, f"{path}?step=columns", name="wat", all_kind="bench").status_code == 303
    answer = send(officer, f"{path}?step=where", source="Mine", licence="")
    assert answer.status_code == 400
    assert "Say under which licence it is." in plain(answer.text)
    assert 'value="Mine"' in answer.text


def test_no_step_is_skipped(officer: FlaskClient) -> None:
    path = bring_well(officer, benches("Bank"))
    assert "Step 1 of 3" in read(officer, f"{path}?step=check")
    answer = send(officer, f"{path}?step=check", seen="x")
    assert answer.status_code == 400
    send(officer, f"{path}?step=columns", **COLUMNS)
    assert "Step 2 of 3" in read(officer, f"{path}?step=check")
    assert "Step 1 of 3" in read(officer, f"{path}?step=columns")


def test_no_step_shows_more_than_seven_fields_at_once(officer: FlaskClient) -> None:
    path = bring_well(officer, register(wrong={1}))
    pages = [officer.get(path).text]
    send(officer, f"{path}?step=columns", name="Omschrijving", kind="Objecttype")
    pages.append(officer.get(f"{path}?step=where").text)
    send(officer, f"{path}?step=where", encoding="windows-1252", srid="28992", **TERMS)
    pages.append(officer.get(f"{path}?step=check").text)
    for page in pages:
        shown = re.sub(r"<details.*?</details>", "", page, flags=re.S)
        names = re.findall(r'<(?:input|select|textarea)\b(?![^>]*"hidden")[^>]*name="(\w+)"', shown)
        assert len(set(names)) <= 7
        for field in re.findall(r'<(?:select|input)[^>]* id="(\w+)"', page):
            assert f'<label for="{field}">' in page


@pytest.mark.parametrize(
    ("at_twin", "fate", "then"),
    [
        ("leave", "stays as it is", ["Bank 2", "Oude bank"]),
        ("update", "is brought up to date", ["Bank 1", "Bank 2"]),
        ("add", "gets the row of the file beside it", ["Bank 1", "Bank 2", "Oude bank"]),
    ],
)
def test_what_stands_there_already_is_told_and_treated_as_was_chosen(
    officer: FlaskClient, session: Session, world: World, at_twin: str, fate: str, then: list[str]
) -> None:
    world.make.asset(
        district_id=world.here.id, name="Oude bank", kind=Kind.BENCH, licence=TERMS["licence"]
    )
    path = hold(world, benches("Bank 1", "Bank 2"), at_twin=AtTwin(at_twin))
    page = read(officer, path)
    assert f"Row 1 , Bank 1 : Oude bank {fate}" in page
    assert "1 comes on the map" in page
    told = read(officer, str(load(officer, path).location))
    left = 1 if at_twin == "leave" else 0
    assert f"left as it was {left}" in told
    names = session.scalars(select(Asset.name).where(Asset.kind == Kind.BENCH))
    assert sorted(names) == then


def test_what_is_known_by_its_key_is_told_and_nothing_to_load_is_no_error_page(
    officer: FlaskClient, session: Session, world: World
) -> None:
    load(officer, hold(world, benches("Bank 1")))
    again = hold(world, benches("Bank 1"))
    assert "1 is known by its key" in read(officer, again)
    answer = load(officer, again)
    assert answer.status_code == 409
    assert "stands there already: nothing was loaded" in plain(answer.text)
    assert count(session, ImportBatch) == 1


def test_a_mended_file_keeps_what_still_holds() -> None:
    unread = read_upload(register(wrong=set()))
    upload = read_upload(register(wrong=set()), encoding="windows-1252")
    chosen = replace(
        begin_choices(upload),
        encoding="windows-1252",
        srid=28992,
        source="S",
        licence="L",
        reached=Step.CHECK,
    )
    assert refit_choices(chosen, upload) == chosen
    assert read_choices(write_choices(chosen)) == chosen
    # It tells now what was asked before.
    told = replace(upload, encoding="utf-8", srid=LONLAT)
    refitted = refit_choices(chosen, told)
    assert (refitted.encoding, refitted.srid, refitted.reached) == (None, None, Step.CHECK)
    # It is asked what it told before.
    assert refit_choices(refitted, unread).reached is Step.WHERE
    lost = refit_choices(chosen, replace(upload, columns=("Nummer", "Objecttype")))
    assert (Said.NAME in lost.matching.columns, lost.reached) == (False, Step.COLUMNS)


def test_columns_follow_the_letters_they_are_read_in() -> None:
    data = "id;na\x80m;soort;lon;lat\n1;a;bank;5;52".encode("latin-1")
    before, after = read_upload(data), read_upload(data, encoding="windows-1252")
    matching = replace(begin_choices(before).matching, columns={Said.NAME: "na\x80m"})
    assert rename_columns(matching, before, after).columns == {Said.NAME: "na€m"}


def test_samples_tell_letters_and_places_apart(session: Session, make: Factory) -> None:
    place = get_district(session, slug=make.district().slug)
    x, y = transform_point(LON, LAT, LONLAT, 28992)
    upload = read_upload(f"id;naam;x;y\n1;caf\x80é;{x};{y}".encode("latin-1"))
    assert sample_letters(upload) == {"windows-1252": "caf€é", "iso-8859-1": "caf\x80é"}
    places = sample_places(upload, place)
    assert places[LONLAT] is None
    assert guess_srid(places) == 28992


@pytest.mark.parametrize("language", ["en", "nl"])
def test_what_a_page_says_may_stand_in_a_cell_is_read(app: Flask, language: str) -> None:
    sets: list[tuple[Any, Any]] = [
        (Kind, KIND_WORDS),
        (RegisterStatus, REGISTER_WORDS),
        (PhysicalStatus, PHYSICAL_WORDS),
    ]
    with app.test_request_context(query_string={"lang": language}):
        for members, known in sets:
            for member in members:
                said = str(register_words.WRITTEN[member])
                assert read_one_of(members, known, said) is member


def test_every_word_of_the_steps_is_there() -> None:
    assert set(register_words.STEPS) == set(Step)
    assert set(register_words.SAID) == set(Said)
    assert set(register_words.FATES) == set(Fate)
    assert set(register_words.AT_TWIN) == set(AtTwin)


# -- Loaded once, and taken back or not ------------------------------------------------------------


def test_a_file_that_was_loaded_leads_to_what_it_was_loaded_as(
    officer: FlaskClient, session: Session, world: World
) -> None:
    path = hold(world, benches("Bank"))
    batch = load(officer, path).location
    assert officer.get(path).location == batch
    assert send(officer, f"{path}?step=check", seen="x").location == batch
    assert (count_benches(session), count(session, ImportBatch)) == (1, 1)


def test_what_was_not_looked_at_is_not_loaded(
    officer: FlaskClient, session: Session, world: World
) -> None:
    path = hold(world, benches("Bank"))
    seen = seen_in(officer, path)
    send(officer, f"{path}?step=where", **TERMS | {"source": "Another"})
    answer = send(officer, f"{path}?step=check", seen=seen)
    assert answer.status_code == 409
    assert "Something else was chosen meanwhile" in answer.text
    assert count_benches(session) == 0


def test_what_others_hang_on_is_not_taken_back_and_told_without_a_command(
    officer: FlaskClient, session: Session, world: World
) -> None:
    batch = load(officer, hold(world, benches("Bank"))).location
    bench = session.scalars(select(Asset).where(Asset.kind == Kind.BENCH)).one()
    report = world.make.defect(asset_id=bench.id, district_id=world.here.id)
    answer = send(officer, batch)
    assert answer.status_code == 409
    assert "(1 reports)" in plain(answer.text)
    assert "geoapp" not in plain(answer.text)
    session.delete(report)
    bench.name = "Bank van Sara"
    session.commit()
    assert "(1 places)" in plain(send(officer, batch).text)
    assert "It is on the map." in read(officer, batch)


def test_a_batch_of_anybody_elses_is_not_shown_nor_taken_back(
    officer: FlaskClient, world: World
) -> None:
    for layout in ("assets", "register of there"):
        batch = world.make.import_batch(layout=layout)
        path = f"{HERE}/batches/{batch.number}"
        assert officer.get(path).status_code == 404
        assert send(officer, path).status_code == 404
        assert batch.undone_at is None


def test_the_desk_of_an_officer_leads_here_and_that_of_others_does_not(
    officer: FlaskClient, enter: Callable[[str], FlaskClient]
) -> None:
    assert f'href="{HERE}"' in officer.get("/desk").text
    assert HERE not in enter("maintainer").get("/desk").text


@pytest.fixture
def committed(make_database: Callable[[str], str]) -> Iterator[tuple[Flask, Engine, World, str]]:
    """A service on a database in which things are really stored."""
    engine = make_engine(make_database("uploads"))
    migrate(engine, metadata())
    app = create_app(Settings(background_url=""), engine=engine, clock=lambda: NOW)
    with transaction(engine) as session:
        world = World(session, app.extensions[KEY].sealer)
        path = hold(world, benches("Bank 1", "Bank 2"))
    yield app, engine, world, path
    engine.dispose()


def test_two_tabs_that_load_the_same_file_at_once_load_it_once(
    committed: tuple[Flask, Engine, World, str],
) -> None:
    app, engine, world, path = committed
    tabs = [app.test_client() for _ in range(2)]
    for tab in tabs:
        world.people["officer here"].enter(tab)
    fields = {"seen": seen_in(tabs[0], path)}
    tokens = [token_of(tab) for tab in tabs]
    ends: list[tuple[int, str | None]] = []

    def press(tab: FlaskClient, token: str) -> None:
        answer = tab.post(f"{path}?step=check", data={"csrf_token": token, **fields})
        ends.append((answer.status_code, answer.location))

    threads = [Thread(target=press, args=pair) for pair in zip(tabs, tokens, strict=True)]
    # Both come as far as they can before either may go on.
    with transaction(engine) as session:
        session.execute(select(func.pg_advisory_xact_lock(LOCK)))
        for thread in threads:
            thread.start()
        while count_waiting(engine) < len(threads):
            assert all(thread.is_alive() for thread in threads)
    for thread in threads:
        thread.join()
    with transaction(engine) as session:
        number = session.scalars(select(ImportBatch.number)).one()
        assert count_benches(session) == 2
    assert ends == [(303, f"{HERE}/batches/{number}")] * 2


def count_waiting(engine: Engine) -> int:
    """How many wait for what others hold in this database."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with engine.connect() as connection:
        return int(connection.scalar(text(waiting)) or 0)
