"""A report: checked, routed to its first addressee, stored exactly once, with its limits."""

import json
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from geoalchemy2.shape import to_shape
from hypothesis import given
from hypothesis import strategies as st
from openapi_schema_validator import OAS30Validator
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from geoapp.app import create_app, metadata
from geoapp.assets.rules import Aspect
from geoapp.config import Settings
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine
from geoapp.defects.rules import Category
from geoapp.defects.tables import Defect, DefectEvent
from geoapp.intake.rules import FIELDS, PICTURES, check_secret, choose_addressee, make_secret
from geoapp.ledger.rules import REPORTS_OF_ONE
from geoapp.neighbourhoods.tables import NeighbourhoodAnswer
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory

SECRET = "only-for-tests-" * 4
GOOD = {"lat": LAT, "lon": LON, "category": "broken"}


@pytest.fixture
def app(connection: Any, make: Factory, tmp_path: Path) -> Flask:
    make.organisation(is_desk=True, name="The desk")
    settings = Settings(background_url="", secret=SECRET, media_dir=tmp_path)
    return create_app(settings, engine=connection, clock=lambda: NOW)


@pytest.fixture
def poster(app: Flask) -> FlaskClient:
    return app.test_client()


def post(client: FlaskClient, body: Any, **headers: str) -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(
        "/api/v1/defects", data=text, content_type="application/json", headers=headers
    )


def count(session: Session, table: Any) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_report_is_stored_with_its_first_event_and_found_by_its_code(
    poster: FlaskClient, session: Session
) -> None:
    answer = post(poster, {**GOOD, "description": "glas kapot"})
    assert answer.status_code == 201
    body = answer.get_json()
    assert body["state"] == "received"
    assert answer.headers["Location"].endswith(f"/api/v1/defects/{body['code']}")
    shown = poster.get(f"/api/v1/defects/{body['code']}").get_json()
    assert (shown["description"], shown["category"]) == ("glas kapot", "broken")
    assert [event["kind"] for event in shown["events"]] == ["reported"]
    assert (shown["turn"], shown["turn_name"]) == ("addressee", "The desk")
    assert count(session, DefectEvent) == 1


@pytest.mark.parametrize("whole", [True, False], ids=["taken", "refused"])
def test_reporting_is_described_as_it_is(poster: FlaskClient, *, whole: bool) -> None:
    api = poster.get("/api/v1/openapi.json").get_json()
    described = api["paths"]["/defects"]["post"]
    schema = described["requestBody"]["content"]["application/json"]["schema"]
    body = {**GOOD, "description": "glas", "city_number": "1", "city_reported_on": "2026-11-01"}
    sent = body if whole else {**body, "colour": "red"}
    errors = list(
        OAS30Validator({"components": api["components"], "allOf": [schema]}).iter_errors(sent)
    )
    answer = post(poster, sent)
    assert (answer.status_code, errors == []) == ((201, True) if whole else (400, False))
    assert str(answer.status_code) in described["responses"]
    receipt = OAS30Validator(api["components"]["schemas"]["receipt"])
    assert receipt.is_valid(answer.get_json()) == whole
    fields = set(schema["properties"]) - {"key", *PICTURES}
    assert fields == set(FIELDS)


def test_a_replay_answers_the_same_and_stores_nothing(
    poster: FlaskClient, session: Session
) -> None:
    key = str(uuid.uuid4())
    first = post(poster, GOOD, **{"Idempotency-Key": key})
    again = post(poster, GOOD, **{"Idempotency-Key": key})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()
    assert count(session, Defect) == 1


def test_the_same_key_with_other_content_is_a_conflict(
    poster: FlaskClient, session: Session
) -> None:
    key = str(uuid.uuid4())
    post(poster, GOOD, **{"Idempotency-Key": key})
    other = post(poster, {**GOOD, "category": "dirty"}, **{"Idempotency-Key": key})
    assert other.status_code == 409
    assert count(session, Defect) == 1


@pytest.fixture(scope="module")
def committed(make_database: Callable[[str], str]) -> Iterator[Engine]:
    """A database in which rows are really committed, for those who ask at once."""
    engine = make_engine(make_database("intake"))
    migrate(engine, metadata())
    with Session(engine) as session, session.begin():
        Factory(session).organisation(is_desk=True)
    yield engine
    engine.dispose()


def test_fifty_posts_at_once_with_one_key_store_one_report(
    committed: Engine, tmp_path: Path
) -> None:
    settings = Settings(background_url="", secret=SECRET, media_dir=tmp_path)
    app = create_app(settings, engine=committed, clock=lambda: NOW)
    key = str(uuid.uuid4())

    def send(_: int) -> tuple[int, str]:
        answer = post(app.test_client(), GOOD, **{"Idempotency-Key": key})
        return answer.status_code, answer.text

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(50)))
    assert sorted(status for status, _ in answers) == [200] * 49 + [201]
    assert len({body for _, body in answers}) == 1


def test_the_limit_of_one_sender_is_exact_when_all_come_at_once(
    committed: Engine, tmp_path: Path
) -> None:
    settings = Settings(background_url="", secret=SECRET, media_dir=tmp_path)
    app = create_app(settings, engine=committed, clock=lambda: NOW)

    def send(_: int) -> int:
        client = app.test_client()
        body = json.dumps(GOOD)
        return client.post(
            "/api/v1/defects",
            data=body,
            content_type="application/json",
            environ_base={"REMOTE_ADDR": "192.0.2.7"},
        ).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(REPORTS_OF_ONE.most + 20)))
    assert answers.count(201) == REPORTS_OF_ONE.most
    assert answers.count(429) == 20


BAD: dict[str, tuple[Any, str]] = {
    "swapped": ({**GOOD, "lat": LON, "lon": LAT}, "wrong way round"),
    "outside": ({**GOOD, "lat": 40.0}, "outside City"),
    "metres": ({**GOOD, "lat": 480_000, "lon": 125_000}, "not metres"),
    "words for a number": ({**GOOD, "lat": "52"}, "number"),
    "true for a number": ({**GOOD, "lat": True}, "number"),
    "a number without end": ({**GOOD, "lat": int("9" * 400)}, "not metres"),
    "no place": ({"category": "broken"}, "where"),
    "no category": ({"lat": LAT, "lon": LON}, "what is the matter"),
    "unknown category": ({**GOOD, "category": "noise"}, "broken"),
    "unknown asset": ({**GOOD, "asset": "BB-BBB"}, "BB-BBB"),
    "unknown field": ({**GOOD, "colour": "red"}, "colour"),
    "too many words": ({**GOOD, "description": "a" * 2001}, "2000"),
    "five megabytes of words": ({**GOOD, "description": "a" * 5_000_000}, "2000"),
    "a NUL": ({**GOOD, "description": "a\x00b"}, "no letter"),
    "half a letter": ('{"lat":52,"lon":5,"category":"broken","description":"\\ud800"}', "letter"),
    "no number": ('{"lat":NaN,"lon":5,"category":"broken"}', "NaN"),
    "endless": ('{"lat":1e999,"lon":5,"category":"broken"}', "number"),
    "a name twice": ('{"lat":52,"lat":52,"lon":5,"category":"broken"}', "once"),
    "infinity": ('{"lat":Infinity}', "Infinity"),
    "minus infinity": ('{"lat":-Infinity}', "Infinity"),
    "endless, in a list": ('{"photos":[1e999]}', "photos"),
    "a number of 5,000 digits": (f'{{"lat":{"9" * 5000}}}', "JSON"),
    "a name twice, further in": ('{"photos":[{"a":1,"a":1}]}', "once"),
    "a NUL in a name": ('{"a\\u0000":1}', "no field"),
    "half a letter in a name": ('{"\\udfff":1}', "no field"),
    "deep": ("[" * 100_000, "deep"),
    "deep, in a field": ('{"lat":' * 100_000, "deep"),
    "deep, and closed again": (f"{'[' * 100_000}{']' * 100_000}", "deep"),
    "a list": ("[]", "object"),
    "a word": ('"broken"', "object"),
    "a number": ("52", "object"),
    "an endless number": ("1e999", "object"),
    "true": ("true", "object"),
    "null": ("null", "object"),
    "no number at all": ("NaN", "NaN"),
    "no JSON": ("{", "JSON"),
    "two objects": ("{}{}", "JSON"),
    "one quote": ("{'lat': 52}", "JSON"),
    "nothing": ("", "JSON"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "JSON"),
    "UTF-16": ("{}".encode("utf-16"), "UTF-8"),
    "UTF-16 without a mark": ("{}".encode("utf-16-le"), "JSON"),
    "UTF-32": ("{}".encode("utf-32-be"), "JSON"),
    "a byte that is no letter": (b'{"description":"\xff"}', "UTF-8"),
    "a NUL in two bytes": (b'{"description":"\xc0\x80"}', "UTF-8"),
    "half a letter in bytes": (b'{"description":"\xed\xa0\x80"}', "UTF-8"),
    "mail": ({**GOOD, "email": "someone"}, "name@example.org"),
    "six photos": ({**GOOD, "photos": [""] * 6}, "5 photos"),
    "a photo that is none": ({**GOOD, "photos": ["R0lGODlhAQABAAAAACw="]}, "no photo"),
    "a day to come": ({**GOOD, "city_reported_on": "2099-01-01"}, "future"),
}


@pytest.mark.parametrize(("body", "said"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_refused_with_what_to_do_and_stores_nothing(
    poster: FlaskClient, session: Session, body: Any, said: str
) -> None:
    answer = post(poster, body)
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert said in answer.get_json()["detail"]
    assert count(session, Defect) == 0


@pytest.mark.parametrize("category", list(Category))
def test_every_category_has_exactly_one_first_addressee(category: Category) -> None:
    device, cleaning, operation = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    duties = [([Aspect.DEVICE], device), ([Aspect.CLEANING], cleaning)]
    duties += [([Aspect.OPERATION], operation)]
    expected = {
        Category.DIRTY: cleaning,
        Category.FULL: cleaning,
        Category.LITTER: cleaning,
        Category.CLOSED: operation,
    }.get(category, device)
    assert choose_addressee(category, duties=duties, routes=[]) == expected
    assert choose_addressee(category, duties=[], routes=[]) is None


def test_a_swing_goes_to_who_repairs_and_a_locked_gate_to_who_opens(
    poster: FlaskClient, make: Factory
) -> None:
    asset = make.asset()
    make.duty(asset_id=asset.id, organisation_id=make.organisation(name="Works").id)
    minders = make.organisation(name="Minders", is_volunteer=True).id
    make.duty(asset_id=asset.id, organisation_id=minders, covers=["operation", "cleaning"])
    movers = {}
    for category in ("broken", "closed", "other"):
        code = post(poster, {"category": category, "asset": asset.code}).get_json()["code"]
        movers[category] = poster.get(f"/api/v1/defects/{code}").get_json()["turn_name"]
    assert movers == {"broken": "Works", "closed": "Minders", "other": "Works"}


@given(version=st.integers(1, 9), other=st.integers(10, 19), noise=st.text(max_size=40))
def test_only_the_reporters_own_key_of_its_version_fits(
    version: int, other: int, noise: str
) -> None:
    defect_id = uuid.UUID(int=7)
    secret = make_secret(SECRET, defect_id, version)
    assert check_secret(SECRET, defect_id, version, secret)
    assert not check_secret(SECRET, defect_id, other, secret)
    assert not check_secret(SECRET, uuid.UUID(int=8), version, secret)
    if noise != secret:
        assert not check_secret(SECRET, defect_id, version, noise)


def test_the_public_pin_is_the_cells_and_the_own_page_shows_the_receipt(
    poster: FlaskClient, session: Session
) -> None:
    made = post(poster, {**GOOD, "lat": LAT + 0.00011}).get_json()
    stored = session.scalars(select(Defect)).one()
    assert to_shape(stored.geom).bounds[1] == pytest.approx(LAT + 0.00011)
    assert to_shape(stored.point).bounds[1] != pytest.approx(LAT + 0.00011, abs=1e-7)
    own = poster.get(made["secret_url"].split("localhost")[1])
    public = poster.get(f"/defects/{made['code']}")
    assert 'id="receipt"' in own.text
    assert 'id="receipt"' not in public.text
    assert own.headers["Referrer-Policy"] == "no-referrer"
    assert own.headers["Cache-Control"] == "no-store"


def send_form(client: FlaskClient, **changes: str) -> Any:
    page = client.get(f"/report?lat={LAT}&lon={LON}", headers={"Accept-Language": "en"}).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    key = page.split('name="key" value="')[1].split('"')[0]
    fields = {"csrf_token": token, "key": key, "lat": str(LAT), "lon": str(LON)}
    fields |= {"category": "dirty", "description": "Paint on the wall", "website": ""}
    return client.post("/report", data={**fields, **changes}, headers={"Accept-Language": "en"})


def test_the_form_stores_and_leads_to_the_reporters_own_page(
    poster: FlaskClient, session: Session
) -> None:
    answer = send_form(poster)
    assert answer.status_code == 303
    page = poster.get(answer.headers["Location"], headers={"Accept-Language": "en"})
    assert "Your report is on the map." in page.text
    assert session.scalars(select(Defect.description)).all() == ["Paint on the wall"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"category": ""}, "Choose what is the matter."),
        ({"csrf_token": "wrong"}, "open for too long"),
        ({"website": "http://spam.example"}, "hidden field"),
        ({"lat": "40"}, "lies outside"),
        ({"colour": "red"}, "no field colour"),
    ],
    ids=["no category", "wrong token", "honeypot", "outside", "unknown field"],
)
def test_what_is_wrong_in_a_form_is_said_and_the_words_are_kept(
    poster: FlaskClient, session: Session, changes: dict[str, str], said: str
) -> None:
    answer = send_form(poster, **changes)
    assert answer.status_code == 400
    assert said in answer.text
    assert "Paint on the wall" in answer.text
    assert count(session, Defect) == 0


def test_what_a_reporter_calls_the_neighbourhood_is_kept_once_for_its_cell(
    poster: FlaskClient, session: Session
) -> None:
    own = send_form(poster).headers["Location"]
    page = poster.get(own).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    secret = page.split('name="secret" value="')[1].split('"')[0]
    code = session.scalars(select(Defect.code)).one()
    for name in ("The Hook", "De Hoek"):
        answer = poster.post(
            f"/defects/{code}/neighbourhood",
            data={"csrf_token": token, "secret": secret, "other": name},
        )
        assert answer.status_code == 303
    assert session.scalars(select(NeighbourhoodAnswer.name)).all() == ["De Hoek"]


def test_without_the_own_key_nobody_answers_for_the_reporter(
    poster: FlaskClient, session: Session
) -> None:
    page = poster.get(send_form(poster).headers["Location"]).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    code = session.scalars(select(Defect.code)).one()
    answer = poster.post(
        f"/defects/{code}/neighbourhood",
        data={"csrf_token": token, "secret": "guessed", "other": "X"},
    )
    assert answer.status_code == 404
    assert count(session, NeighbourhoodAnswer) == 0
