"""Pages without a browser: light where they must be, closed to foreign scripts, in Dutch first."""

import gzip
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.assets.rules import Kind
from geoapp.assets.tables import Asset
from tests.factories import Factory

PATHS = [
    "/",
    "/about",
    "/privacy",
    "/accessibility",
    "/report",
    "/at?lat=52.2989&lon=4.9606",
    "/find?q=k",
    "/nothing-here",
]


def transferred(client: FlaskClient, path: str) -> int:
    """Gzipped bytes of a page and the style sheets, scripts and pictures it names."""
    page = client.get(path).text
    named = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    files = [client.get(name.replace("&amp;", "&"), buffered=True) for name in named]
    assert {file.status_code for file in files} == {200}
    return sum(len(gzip.compress(body)) for body in (page.encode(), *(f.data for f in files)))


@pytest.fixture
def cabinet(demo_session: Session) -> str:
    """The code of a cabinet with payers, keepers and an agreement."""
    return demo_session.scalars(
        select(Asset.code).where(Asset.kind == Kind.CABINET).order_by(Asset.name).limit(1)
    ).one()


def test_the_page_behind_a_sign_is_light_and_without_a_script(
    client: FlaskClient, cabinet: str
) -> None:
    body = client.get(f"/q/{cabinet}").text
    assert "<script" not in body
    assert cabinet in body
    assert transferred(client, f"/q/{cabinet}") < 30_000


@pytest.mark.parametrize("path", PATHS)
def test_every_page_takes_scripts_by_its_own_nonce_alone(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    (nonce,) = re.findall(r"script-src 'nonce-([^']+)'", policy)
    scripts = re.findall(r"<script\b[^>]*>", answer.text)
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert [tag for tag in scripts if f'nonce="{nonce}"' not in tag] == []


def test_no_two_answers_share_a_nonce(client: FlaskClient) -> None:
    policies = {client.get("/about").headers["Content-Security-Policy"] for _ in range(3)}
    assert len(policies) == 3


@pytest.mark.parametrize("path", [*PATHS, "/api/v1/areas", "/tiles/labels.json", "/health/live"])
def test_every_answer_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("headers", "path", "language"),
    [
        ({}, "/about", "nl"),
        ({"Accept-Language": "xx"}, "/about", "nl"),
        ({"Accept-Language": "en-GB,en;q=0.9"}, "/about", "en"),
        ({"Accept-Language": "nl-BE"}, "/about", "nl"),
        ({"Accept-Language": "en"}, "/about?lang=nl", "nl"),
        ({"Accept-Language": "nl"}, "/about?lang=en", "en"),
    ],
)
def test_a_page_speaks_the_readers_language_and_else_the_districts(
    client: FlaskClient, headers: dict[str, str], path: str, language: str
) -> None:
    answer = client.get(path, headers=headers)
    assert f'<html lang="{language}"' in answer.text
    assert answer.headers["Content-Language"] == language


def test_an_asset_of_which_nothing_is_known_says_so(make: Factory, own_client: FlaskClient) -> None:
    make.organisation(is_desk=True)
    asset = make.asset()
    for path in (f"/assets/{asset.code}", f"/q/{asset.code}"):
        body = own_client.get(path).text
        assert "Wij weten niet wie dit bijhoudt" in body
        assert "Wij weten niet wie dit betaalt" in body


def test_what_people_wrote_is_shown_as_they_wrote_it(
    make: Factory, own_client: FlaskClient
) -> None:
    asset = make.asset(name="<b>Bench</b> & {{ 7 * 7 }}")
    body = own_client.get(f"/assets/{asset.code}").text
    assert "<b>Bench</b>" not in body
    assert "&lt;b&gt;Bench&lt;/b&gt; &amp; {{ 7 * 7 }}" in body


@pytest.mark.parametrize("path", ["/assets/{}", "/q/{}", "/defects/{}"])
def test_a_code_typed_otherwise_leads_to_the_one_address(
    make: Factory, own_client: FlaskClient, path: str
) -> None:
    make.asset(code="K7-QF4")
    make.defect(code="K7-QF4")
    answer = own_client.get(path.format("k7qf4"))
    assert (answer.status_code, answer.headers["Location"]) == (301, path.format("K7-QF4"))
    assert own_client.get(path.format("K7-QF4")).status_code == 200


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_an_operator_hears_that_all_is_well(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_before_any_district_is_loaded_a_page_says_what_to_do(own_client: FlaskClient) -> None:
    answer = own_client.get("/")
    assert answer.status_code == 404
    assert "geoapp demo" in answer.text
