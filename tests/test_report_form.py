"""The form's door: what is wrong is said in the reader's language at its field, nothing is lost."""

import io
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from geoapp.app import create_app, metadata
from geoapp.assets.rules import Kind
from geoapp.config import Settings
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine
from geoapp.defects.rules import Category
from geoapp.defects.tables import Defect
from geoapp.edge import KEY
from geoapp.intake.rules import list_fitting
from geoapp.ledger.rules import REFUSALS_OF_ONE, REPORTS_OF_ONE
from geoapp.ledger.tables import LimitCount
from geoapp.people.rules import Permission
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory
from tests.pictures import BOMB, photo

SECRET = "only-for-tests-" * 4
WORDS = "Verf op de muur"
DUTCH = {"Accept-Language": "nl"}


@pytest.fixture
def app(connection: Any, make: Factory, tmp_path: Path) -> Flask:
    make.organisation(is_desk=True, name="Het loket")
    return create_app(
        Settings(background_url="", secret=SECRET, media_dir=tmp_path),
        engine=connection,
        clock=lambda: NOW,
    )


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    return app.test_client()


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return unescape(found[1])


def fields_of(
    visitor: FlaskClient, address: str = f"/report?lat={LAT}&lon={LON}"
) -> dict[str, Any]:
    """What the form sends when a person fills it in."""
    page = visitor.get(address, headers=DUTCH).text
    names = ("csrf_token", "key", "lat", "lon")
    return {name: hidden(page, name) for name in names} | {
        "category": "dirty",
        "description": WORDS,
        "website": "",
    }


def send(visitor: FlaskClient, fields: dict[str, Any]) -> Any:
    return visitor.post("/report", data=fields, headers=DUTCH)


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Defect)) or 0


def picture(file_format: str = "JPEG") -> tuple[io.BytesIO, str]:
    return io.BytesIO(photo(file_format)), "photo.jpg"


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "outside": ({"lat": "40.0"}, "lat", "Deze plek ligt buiten City"),
    "swapped": ({"lat": str(LON), "lon": str(LAT)}, "lat", "verkeerd om"),
    "no number": ({"lat": "NaN"}, "lat", "getal"),
    "endless": ({"lon": "1e999"}, "lon", "getal"),
    "words for a number": ({"lat": "hier"}, "lat", "getal"),
    "metres": ({"lat": "480000", "lon": "125000"}, "lat", "niet in meters"),
    "no category": ({"category": ""}, "category", "Kies wat er is."),
    "unknown category": ({"category": "noise"}, "category", "broken"),
    "unknown asset": ({"asset": "BB-BBB"}, "asset", "BB-BBB"),
    "too many words": ({"description": "a" * 2001}, "description", "2000"),
    "five megabytes of words": ({"description": "a" * 5_000_000}, "description", "2000"),
    "a NUL": ({"description": f"{WORDS}\x00"}, "description", "geen letter"),
    "a GIF named JPG": ({"photos": picture("GIF")}, "photos", "geen foto"),
    "a bomb": ({"photos": (io.BytesIO(BOMB), "photo.png")}, "photos", "pixels"),
    "six photos": ({"photos": [picture() for _ in range(6)]}, "photos", "hoogstens 5"),
    "two answers of the city": (
        {"city_photo": [picture(), picture()]},
        "city_photo",
        "hoogstens 1",
    ),
    "a day to come": ({"city_reported_on": "2099-01-01"}, "city_reported_on", "toekomst"),
    "no day": ({"city_reported_on": "gisteren"}, "city_reported_on", "2026-01-31"),
    "a long number of the city": ({"city_number": "1" * 61}, "city_number", "60"),
    "wrong token": ({"csrf_token": "wrong"}, "", "te lang open"),
    "a program": ({"website": "http://spam.example"}, "", "verborgen veld"),
    "unknown field": ({"colour": "red"}, "colour", "colour"),
    "a field twice": ({"category": ["dirty", "full"]}, "category", "één keer"),
    "no key": ({"key": "short"}, "key", "8 tot 200"),
    "an asset with a NUL": ({"asset": "\x00"}, "asset", "geen letter"),
    "a number in other digits": ({"lat": "٥٢"}, "lat", "getal"),
    "a file nobody asked for": ({"document": picture()}, "document", "document"),
}


@pytest.mark.parametrize(("changes", "field", "said"), BAD.values(), ids=BAD.keys())
def test_what_is_wrong_is_said_in_dutch_at_its_field_and_nothing_typed_is_lost(
    visitor: FlaskClient, session: Session, changes: dict[str, Any], field: str, said: str
) -> None:
    fields = fields_of(visitor) | changes
    for value in fields.values():
        if isinstance(value, tuple):
            value[0].seek(0)
    answer = send(visitor, fields)
    page = unescape(answer.text)
    assert answer.status_code == 400
    alert = page.split('role="alert"')[1].split("</div>")[0]
    assert said in alert
    slot = re.search(rf'id="wrong-{field}"([^>]*)>([^<]*)<', page)
    if slot:
        assert "hidden" not in slot[1]
        assert said in slot[2]
    assert bool(slot) == (field not in {"lat", "lon", "", "colour", "key", "document"})
    kept = fields["description"]
    kept = kept if isinstance(kept, str) else WORDS
    assert kept.replace("\x00", "")[:100] in page
    assert count(session) == 0


def test_bytes_that_are_no_letters_are_refused(visitor: FlaskClient, session: Session) -> None:
    fields = fields_of(visitor) | {"description": "HALF"}
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{words}\r\n'
        for name, words in fields.items()
    )
    body = f"{parts}--x--\r\n".encode().replace(b"HALF", b"Verf\xed\xa0\x80")
    answer = visitor.post(
        "/report", data=body, headers=DUTCH, content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 400
    assert "geen letter" in answer.text
    assert count(session) == 0


def test_what_was_refused_is_sent_again_and_stored_once(
    visitor: FlaskClient, session: Session
) -> None:
    fields = fields_of(visitor)
    page = send(visitor, fields | {"category": ""}).text
    fields |= {name: hidden(page, name) for name in ("csrf_token", "key")}
    assert [send(visitor, fields).status_code for _ in range(2)] == [303, 303]
    assert count(session) == 1


def test_a_key_used_for_something_else_comes_back_as_a_new_one(
    visitor: FlaskClient, session: Session
) -> None:
    fields = fields_of(visitor)
    send(visitor, fields)
    other = fields | {"description": "Iets anders"}
    answer = send(visitor, other)
    assert answer.status_code == 409
    assert "Iets anders" in answer.text
    assert hidden(answer.text, "key") != fields["key"]
    assert send(visitor, other | {"key": hidden(answer.text, "key")}).status_code == 303
    assert count(session) == 2


def test_a_key_in_a_link_is_nobodys(visitor: FlaskClient, app: Flask, session: Session) -> None:
    shared = f"/report?lat={LAT}&lon={LON}&key=shared-by-many"
    assert hidden(visitor.get(shared).text, "key") != "shared-by-many"
    other = app.test_client()
    links = set()
    for one in (visitor, other):
        fields = fields_of(one) | {"key": "the-same-for-two"}
        links.add(send(one, fields).headers["Location"])
    assert len(links) == 2
    assert count(session) == 2
    body = {"lat": LAT, "lon": LON, "category": "dirty", "description": WORDS}
    again = other.post("/api/v1/defects", json=body, headers={"Idempotency-Key": fields["key"]})
    assert again.status_code == 201


def test_a_changed_word_after_a_lost_answer_leads_to_what_was_stored(
    visitor: FlaskClient,
) -> None:
    fields = fields_of(visitor)
    own = send(visitor, fields).headers["Location"]
    page = unescape(send(visitor, fields | {"description": "Anders"}).text)
    box = page.split('id="sent"')[1].split("</div>")[0]
    assert "hidden" not in box.split(">")[0]
    assert f'href="{own}"' in box


def test_an_address_outside_asks_for_another_place_at_once(visitor: FlaskClient) -> None:
    page = unescape(visitor.get("/report?lat=40&lon=4", headers=DUTCH).text)
    assert "Waar is het?" in page
    assert "Deze plek ligt buiten City" in page


def test_without_a_live_map_an_area_leads_to_the_things_in_it(
    visitor: FlaskClient, make: Factory
) -> None:
    asset = make.asset(name="Bank 7")
    page = unescape(visitor.get(f"/report?at={LAT},{LON},17", headers=DUTCH).text)
    list_of_things = page.split("<noscript>")[1].split("</noscript>")[0]
    assert f'href="/report?asset={asset.code}"' in list_of_things
    assert "Ik beschrijf de plek in woorden." in list_of_things


def test_a_thing_that_was_chosen_can_be_taken_back_after_an_error(
    visitor: FlaskClient, make: Factory
) -> None:
    asset = make.asset()
    answer = send(visitor, fields_of(visitor) | {"asset": asset.code, "category": ""})
    assert re.search(rf'type="radio" name="asset" value="{asset.code}"[^>]*checked', answer.text)


@pytest.mark.parametrize("name", ["", "x" * 81, "Ho\x00k", "\u200b"])
def test_a_name_that_cannot_be_kept_is_said_on_the_receipt(
    visitor: FlaskClient, session: Session, name: str
) -> None:
    page = visitor.get(send(visitor, fields_of(visitor)).headers["Location"]).text
    code = session.scalars(select(Defect.code)).one()
    told = {key: hidden(page, key) for key in ("csrf_token", "secret")}
    answer = visitor.post(f"/defects/{code}/neighbourhood", data=told | {"other": name})
    assert answer.headers["Cache-Control"] == "no-store"
    receipt = visitor.get(answer.headers["Location"], headers=DUTCH).text
    assert 'id="receipt"' in receipt
    assert "Geef een naam van hoogstens 80 letters." in receipt


def test_an_own_link_typed_in_small_letters_keeps_its_key(
    visitor: FlaskClient, session: Session
) -> None:
    answer = send(visitor, fields_of(visitor))
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == (
        "no-store",
        "no-referrer",
    )
    code = session.scalars(select(Defect.code)).one()
    typed = answer.headers["Location"].replace(code, code.lower())
    assert 'id="receipt"' in visitor.get(typed, follow_redirects=True).text


@pytest.mark.parametrize(
    ("words", "kept"),
    [("\u202egreb\u202c", "greb"), ("\u200b", ""), ("👩\u200d🔧 kapot", "👩\u200d🔧 kapot")],
)
def test_words_are_kept_but_for_signs_that_turn_a_line(
    visitor: FlaskClient, session: Session, words: str, kept: str
) -> None:
    send(visitor, fields_of(visitor) | {"description": words})
    assert session.scalars(select(Defect.description)).one() == kept


@pytest.mark.parametrize("limit", [REPORTS_OF_ONE, REFUSALS_OF_ONE], ids=lambda one: one.name)
def test_over_a_limit_the_words_stay_and_there_is_a_way_out(
    visitor: FlaskClient, session: Session, limit: Any
) -> None:
    fields = fields_of(visitor)
    good = limit is REPORTS_OF_ONE
    send(visitor, fields if good else fields | {"category": ""})
    row = session.scalars(select(LimitCount).where(LimitCount.name == limit.name)).one()
    row.used = limit.most
    session.flush()
    changes = {"key": "another-key"} if good else {"category": ""}
    answer = send(visitor, fields | changes)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == str(limit.window_s)
    assert WORDS in answer.text
    assert "of bel" in answer.text
    assert 'href="tel:112"' in answer.text


def test_no_form_is_taken_without_its_token_and_the_api_knows_no_cookie(
    app: Flask, session: Session
) -> None:
    # Those that need somebody signed in: the matrix of permissions.
    permissions = app.extensions[KEY].permissions
    unsafe = {
        rule.rule: method
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
        if permissions[rule.endpoint] in (Permission.REPORT, Permission.SIGN_IN)
    }
    forms = [rule for rule in unsafe if not rule.startswith("/api/")]
    assert "/report" in forms
    make = Factory(session)
    defect = make.defect(is_example=True)
    home = {"district_id": defect.district_id}
    platform = make.platform(**home)
    of_platform = {"platform_id": platform.id, "organisation_id": platform.organisation_id}
    named = {
        "/assets/": make.asset(**home).code,
        "/areas/": make.organic_area(**home).slug,
        "/plans/": make.plan_item(**home, **of_platform).code,
        "/": defect.code,
    }
    for rule in forms:
        name = next(named[start] for start in named if rule.startswith(start))
        path = re.sub(r"<[^>]+>", name, rule)
        answer = app.test_client().open(path, method=unsafe[rule], data={"category": "dirty"})
        # There is nothing hidden to object to: then there is no form to give back either.
        wanted = (404, False) if rule.endswith("/appeal") else (400, True)
        assert (answer.status_code, "te lang open" in answer.text) == wanted, rule
    client = app.test_client()
    client.set_cookie("form", "x")
    body = {"lat": LAT, "lon": LON, "category": "dirty"}
    before = count(session)
    assert client.post("/api/v1/defects", json=body).status_code == 201
    assert count(session) == before + 1


def test_the_city_s_number_date_and_photo_stand_on_the_page(
    visitor: FlaskClient, session: Session
) -> None:
    told = {"city_number": "SIA-123", "city_reported_on": "2026-11-03", "city_photo": picture()}
    answer = send(visitor, fields_of(visitor) | told)
    session.execute(text("UPDATE picture SET state = 'shown', looked_at = created_at"))
    page = unescape(visitor.get(answer.headers["Location"], headers=DUTCH).text)
    assert "Nummer SIA-123" in page
    assert "3 november" in page
    assert 'alt="Foto van het antwoord van de gemeente"' in page


def test_a_report_on_an_asset_shows_the_assets_whole_line(
    visitor: FlaskClient, make: Factory
) -> None:
    cabinet = make.asset(kind=Kind.CABINET, name="Kast 1")
    make.asset_event(asset_id=cabinet.id, note="Gebouwd door bewoners")
    older = make.defect(asset_id=cabinet.id, description="Slot kapot")
    fields = fields_of(visitor, f"/report?asset={cabinet.code}") | {"asset": cabinet.code}
    page = visitor.get(send(visitor, fields).headers["Location"], headers=DUTCH).text
    line = page.split("Alles over deze kast")[1]
    assert "Gebouwd door bewoners" in line
    assert f'href="/defects/{older.code}"' in line
    assert "Deze melding." in line


def test_long_words_make_a_short_title_and_stand_below_in_full(visitor: FlaskClient) -> None:
    words = "Alle planken zijn los. " * 20
    answer = send(visitor, fields_of(visitor) | {"description": words})
    page = visitor.get(answer.headers["Location"], headers=DUTCH).text
    heading = page.split("<h1")[1].split("</h1>")[0]
    assert len(heading) < 200
    assert words.strip() in page


def test_only_what_can_be_full_is_proposed_for_a_full_bin(
    visitor: FlaskClient, make: Factory
) -> None:
    cabinet, bin_ = make.asset(kind=Kind.CABINET), make.asset(kind=Kind.BIN)
    page = visitor.get(f"/report?lat={LAT}&lon={LON}").text
    fits = dict(re.findall(r'value="([A-Z0-9-]+)" data-fits="([^"]*)"', page))
    assert "full" in fits[bin_.code].split()
    assert "full" not in fits[cabinet.code].split()
    assert {category for kind in Kind for category in list_fitting(kind)} == set(Category)


# -- Any report that is accepted -------------------------------------------------------------


@pytest.fixture(scope="module")
def place(make_database: Callable[[str], str]) -> Iterator[Engine]:
    """A district with one asset, where reports are really committed."""
    engine = make_engine(make_database("property"))
    migrate(engine, metadata())
    with Session(engine) as session, session.begin():
        make = Factory(session)
        make.organisation(is_desk=True)
        make.asset(code="KS-TNR", kind=Kind.CABINET)
    yield engine
    engine.dispose()


# Signs that turn a line are left out of what is stored: see test_words_are_kept_but_for.
TURNS = "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters=f"\x00\ufffd{TURNS}")
# The exact pin, in degrees and in metres of the district's own grid, and the public one.
FACTS = text(
    "SELECT ST_IsValid(d.geom) AND ST_Covers(p.bounds, d.geom) AS inside,"
    " ST_X(d.geom) AS lon, ST_Y(d.geom) AS lat,"
    " ST_X(ST_Transform(d.geom, p.metric_srid)) AS east,"
    " ST_Y(ST_Transform(d.geom, p.metric_srid)) AS north,"
    " ST_X(ST_Transform(d.point, p.metric_srid)) AS public_east,"
    " ST_Y(ST_Transform(d.point, p.metric_srid)) AS public_north"
    " FROM defect d JOIN district p ON p.id = d.district_id WHERE d.code = :code"
)


@pytest.fixture(scope="module")
def place_client(place: Engine, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Asks a service on it."""
    media = tmp_path_factory.mktemp("media")
    kept = Settings(background_url="", secret=SECRET, media_dir=media)
    return create_app(kept, engine=place, clock=lambda: NOW).test_client()


@settings(max_examples=60, deadline=None)
@given(
    body=st.fixed_dictionaries(
        {
            "lat": st.floats(51.85, 52.15),
            "lon": st.floats(4.85, 5.15),
            "category": st.sampled_from(list(Category)),
            "description": st.text(LETTERS, max_size=300),
        },
        optional={"asset": st.just("KS-TNR")},
    )
)
def test_any_accepted_report_comes_out_as_it_went_in_and_shows_no_exact_place(
    place: Engine, place_client: FlaskClient, body: dict[str, Any]
) -> None:
    with Session(place) as session, session.begin():
        session.query(LimitCount).delete()
    answer = place_client.post("/api/v1/defects", json=body)
    lon, lat = body["lon"], body["lat"]
    # As the factory's district has its bounds.
    is_inside = 4.9 <= lon <= 5.1 and 51.9 <= lat <= 52.1
    assert answer.status_code == (201 if is_inside else 400)
    if not is_inside:
        return
    shown = place_client.get(f"/api/v1/defects/{answer.json['code']}").json  # type: ignore[index]
    assert shown is not None
    wanted = body["description"].replace("\r\n", "\n").strip()
    if not any(letter.isprintable() and not letter.isspace() for letter in wanted):
        wanted = ""
    assert (shown["description"], shown["category"]) == (wanted, body["category"])
    with Session(place) as session:
        row = session.execute(FACTS, {"code": shown["code"]}).one()
    assert row.inside
    assert (row.lon, row.lat) == pytest.approx((lon, lat), abs=1e-9)
    if "asset" in body:
        assert (shown["lon"], shown["lat"]) == pytest.approx((LON, LAT), abs=1e-6)
    else:
        middle = (row.east // 25 * 25 + 12.5, row.north // 25 * 25 + 12.5)
        assert (row.public_east, row.public_north) == pytest.approx(middle, abs=0.05)
