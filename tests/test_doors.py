"""The doors to the world: who may read an answer, who keeps it, and that no answer leads away."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from geoapp.api.openapi import VERSION
from geoapp.app import create_app
from geoapp.areas.tables import OrganicArea
from geoapp.assets.tables import Asset
from geoapp.config import Settings
from geoapp.defects.tables import Defect
from geoapp.districts.tables import District
from geoapp.edge import KEY
from geoapp.media.rules import Size
from geoapp.media.store import FileStore
from geoapp.people.rules import POLICY, Permission
from geoapp.platforms.tables import Platform, PlatformArea
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory

ORIGIN = "http://localhost"

# -- Who may read it (CORS) ------------------------------------------------------------------

PUBLIC = ["/api/v1/", "/api/v1/assets?limit=1", "/tiles/labels.json", "/tiles/labels/0/0/0.mvt"]
REFUSED = ["/api/v1/assets?limit=0", "/api/v1/assets/22-222", "/api/v1/none", "/tiles/none.json"]
OURS = ["/about", "/health/live", "/static/icon.svg", "/none"]


@pytest.mark.parametrize("path", [*PUBLIC, *REFUSED, "/api/v1"])
def test_any_page_may_read_what_is_public_and_why_it_was_refused(
    client: FlaskClient, path: str
) -> None:
    headers = client.get(path, headers={"Origin": "https://other.example"}).headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    exposed = set(headers["Access-Control-Expose-Headers"].split(", "))
    assert exposed == {"API-Version", "ETag", "Link", "Location", "Retry-After"}


@pytest.mark.parametrize("path", [*PUBLIC, *REFUSED, *OURS])
def test_no_answer_is_for_pages_that_bring_their_readers_cookies(
    client: FlaskClient, path: str
) -> None:
    for method in ("GET", "OPTIONS"):
        headers = client.open(path, method=method, headers={"Origin": "https://other.example"})
        assert "Access-Control-Allow-Credentials" not in headers.headers


@pytest.mark.parametrize("path", OURS)
def test_pages_are_for_our_own_site_alone(client: FlaskClient, path: str) -> None:
    headers = client.get(path, headers={"Origin": "https://other.example"}, buffered=True).headers
    assert "Access-Control-Allow-Origin" not in headers


def ask_before(client: FlaskClient, path: str, method: str) -> TestResponse:
    """What a browser asks before a page of another site may send this."""
    headers = {
        "Origin": "https://other.example",
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type,idempotency-key",
    }
    return client.options(path, headers=headers)


@pytest.mark.parametrize(
    ("path", "method"),
    [("/api/v1/defects", "POST"), ("/api/v1/defects", "GET"), ("/api/v1/at", "GET")],
)
def test_a_page_of_another_site_may_ask_and_report(
    client: FlaskClient, path: str, method: str
) -> None:
    answer = ask_before(client, path, method)
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert method in answer.headers["Access-Control-Allow-Methods"].split(", ")
    allowed = set(answer.headers["Access-Control-Allow-Headers"].split(", "))
    assert allowed == {"Authorization", "Content-Type", "Idempotency-Key", "If-Match"}
    assert answer.headers["API-Version"] == VERSION


def test_what_is_asked_before_needs_nobody_to_be_signed_in(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(POLICY, Permission.REPORT, {})
    monkeypatch.setitem(POLICY, Permission.SEE_PUBLIC, {})
    assert client.post("/api/v1/defects", json={}).status_code == 401
    assert ask_before(client, "/api/v1/defects", "POST").status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/areas", "/api/v1/openapi.json"])
def test_the_version_comes_with_what_has_not_changed_with_heads_and_with_redirects(
    client: FlaskClient, path: str
) -> None:
    tag = client.get(path).headers["ETag"]
    answers = [
        client.get(path, headers={"If-None-Match": tag}),
        client.head(path),
        client.options(path),
        client.delete(path),
        client.get("/api/v1"),
    ]
    assert [answer.status_code for answer in answers] == [304, 200, 200, 405, 308]
    assert {answer.headers["API-Version"] for answer in answers} == {VERSION}


def test_who_wants_a_version_that_is_gone_is_told_so(client: FlaskClient) -> None:
    tag = client.get("/api/v1/areas").headers["ETag"]
    assert client.get("/api/v1/areas", headers={"If-Match": tag}).status_code == 200
    answer = client.get("/api/v1/areas", headers={"If-Match": '"another"'})
    assert (answer.status_code, answer.mimetype) == (412, "application/problem+json")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_report_takes_no_parameter_either(client: FlaskClient, method: str) -> None:
    answer = client.open("/api/v1/defects?colour=red", method=method, json={})
    assert (answer.status_code, answer.get_json()["field"]) == (400, "colour")


def test_the_next_page_is_a_link_as_well(client: FlaskClient) -> None:
    answer = client.get("/api/v1/assets?limit=1")
    assert answer.headers["Link"] == f'<{answer.get_json()["next"]}>; rel="next"'
    assert "Link" not in client.get("/api/v1/platforms?limit=1000").headers


# -- Who keeps it ----------------------------------------------------------------------------

CHECKED_EACH_TIME = "no-cache"
KEPT_BY_THE_PROXY = "public, max-age=0, must-revalidate"
KEPT_FOR_AN_HOUR = "public, max-age=3600"
FOR_EVER = "max-age=31536000, public, immutable"

# Each address that is read, one path of it, and who keeps the answer.
KEPT: dict[str, tuple[str, str]] = {
    "web.show_booklet": ("/platforms/{platform}/dossier.html", CHECKED_EACH_TIME),
    "web.download_booklet_pdf": ("/platforms/{platform}/dossier.pdf", CHECKED_EACH_TIME),
    "operate.show_live": ("/health/live", CHECKED_EACH_TIME),
    "operate.show_ready": ("/health/ready", CHECKED_EACH_TIME),
    "operate.show_metrics": ("/metrics", CHECKED_EACH_TIME),
    "tiles.show_tile": ("/tiles/labels/12/2104/1347.mvt", KEPT_BY_THE_PROXY),
    "tiles.show_tilejson": ("/tiles/labels.json", CHECKED_EACH_TIME),
    "api.show_root": ("/api/v1/", CHECKED_EACH_TIME),
    "api.show_openapi": ("/api/v1/openapi.json", CHECKED_EACH_TIME),
    "api.show_assets": ("/api/v1/assets", CHECKED_EACH_TIME),
    "api.show_asset": ("/api/v1/assets/{asset}", CHECKED_EACH_TIME),
    "api.show_defects": ("/api/v1/defects", CHECKED_EACH_TIME),
    "api.show_defect": ("/api/v1/defects/{defect}", CHECKED_EACH_TIME),
    "api.show_areas": ("/api/v1/areas", CHECKED_EACH_TIME),
    "api.show_platforms": ("/api/v1/platforms", CHECKED_EACH_TIME),
    "api.show_at": ("/api/v1/at?lat=52&lon=5", CHECKED_EACH_TIME),
    "web.show_home": ("/", CHECKED_EACH_TIME),
    "web.show_list": ("/list?bbox=4.9,51.9,5.1,52.1&at=52,5", CHECKED_EACH_TIME),
    "web.show_at": ("/at?lat=52&lon=5", CHECKED_EACH_TIME),
    "web.show_found": ("/find?q=a", CHECKED_EACH_TIME),
    "web.show_about": ("/about", CHECKED_EACH_TIME),
    "web.show_asset": ("/assets/{asset}", CHECKED_EACH_TIME),
    "web.show_agreement": ("/agreements/{agreement}", CHECKED_EACH_TIME),
    "web.show_quick": ("/q/{asset}", CHECKED_EACH_TIME),
    "web.show_seen": ("/assets/{asset}/seen", CHECKED_EACH_TIME),
    "web.show_seen_photo": ("/assets/{asset}/photos/1.jpg", CHECKED_EACH_TIME),
    "web.show_sign_svg": ("/assets/{asset}/sign.svg", KEPT_FOR_AN_HOUR),
    "web.show_sign_pdf": ("/assets/{asset}/sign.pdf", KEPT_FOR_AN_HOUR),
    "web.show_defect": ("/defects/{defect}", CHECKED_EACH_TIME),
    "web.show_photo": ("/defects/{defect}/photos/1.jpg", CHECKED_EACH_TIME),
    "web.show_mine": ("/mine", CHECKED_EACH_TIME),
    "web.show_report": (f"/report?lat={LAT}&lon={LON}", CHECKED_EACH_TIME),
    "web.show_report_place": (f"/report/place?lat={LAT}&lon={LON}", CHECKED_EACH_TIME),
    "web.show_known": ("/areas/{area}/known", CHECKED_EACH_TIME),
    "web.show_area_norm": ("/areas/{area}/norm", CHECKED_EACH_TIME),
    "web.show_norms": ("/districts/{district}/norms", CHECKED_EACH_TIME),
    "web.show_area": ("/areas/{area}", CHECKED_EACH_TIME),
    "web.show_drawing": ("/areas/{area}/draw", CHECKED_EACH_TIME),
    "web.show_neighbourhoods": ("/districts/{district}/neighbourhoods", CHECKED_EACH_TIME),
    "web.show_claims": ("/areas/{area}/claims", CHECKED_EACH_TIME),
    "web.show_recognition": ("/platforms/{platform}/recognition", CHECKED_EACH_TIME),
    "web.show_area_answers": ("/areas/{area}/answers", CHECKED_EACH_TIME),
    "web.show_district_answers": ("/districts/{district}/answers", CHECKED_EACH_TIME),
    "web.download_answers": ("/districts/{district}/answers.csv", CHECKED_EACH_TIME),
    "web.download_geojson": ("/districts/{district}/register.geojson", CHECKED_EACH_TIME),
    "web.download_geopackage": ("/districts/{district}/register.gpkg", CHECKED_EACH_TIME),
    "web.download_csv": ("/districts/{district}/register.csv", CHECKED_EACH_TIME),
    "web.show_care": ("/districts/{district}/care", CHECKED_EACH_TIME),
    "web.download_care_geojson": ("/districts/{district}/care.geojson", CHECKED_EACH_TIME),
    "web.download_care_geopackage": ("/districts/{district}/care.gpkg", CHECKED_EACH_TIME),
    "web.download_care_csv": ("/districts/{district}/care.csv", CHECKED_EACH_TIME),
    "web.show_gaps": ("/districts/{district}/gaps", CHECKED_EACH_TIME),
    "web.show_gaps_walk": ("/districts/{district}/gaps/walk", CHECKED_EACH_TIME),
    "web.show_gaps_map": ("/districts/{district}/gaps/map", CHECKED_EACH_TIME),
    "web.download_gaps_csv": ("/districts/{district}/gaps.csv", CHECKED_EACH_TIME),
    "web.download_gaps_geojson": ("/districts/{district}/gaps.geojson", CHECKED_EACH_TIME),
    "web.download_gaps_geopackage": ("/districts/{district}/gaps.gpkg", CHECKED_EACH_TIME),
    "web.show_gap_more": ("/districts/{district}/gaps/more", CHECKED_EACH_TIME),
    "web.show_loss": ("/assets/{asset}/loss", CHECKED_EACH_TIME),
    "web.show_whom": ("/contacts", CHECKED_EACH_TIME),
    "web.show_area_map": ("/areas/{area}/map", CHECKED_EACH_TIME),
    "web.show_platform": ("/platforms/{platform}", CHECKED_EACH_TIME),
    "web.show_platform_map": ("/platforms/{platform}/map", CHECKED_EACH_TIME),
    "api.show_platform": ("/api/v1/platforms/{platform}", CHECKED_EACH_TIME),
    "api.show_contacts": ("/api/v1/contacts?lat=52&lon=5", CHECKED_EACH_TIME),
    "web.show_privacy": ("/privacy", CHECKED_EACH_TIME),
    "web.show_accessibility": ("/accessibility", CHECKED_EACH_TIME),
    "web.show_follow": ("/defects/{defect}/follow", CHECKED_EACH_TIME),
    "web.show_solved": ("/defects/{defect}/solved", CHECKED_EACH_TIME),
    "web.show_dispute": ("/defects/{defect}/dispute", CHECKED_EACH_TIME),
    "web.show_again": ("/defects/{defect}/again", CHECKED_EACH_TIME),
    "web.show_city_answer": ("/defects/{defect}/city-answer", CHECKED_EACH_TIME),
    "web.show_plan": ("/plans/{plan}", CHECKED_EACH_TIME),
    "web.show_plan_voice": ("/plans/{plan}/voice", CHECKED_EACH_TIME),
    "web.show_money": ("/districts/{district}/money", CHECKED_EACH_TIME),
    "web.show_line": ("/districts/{district}/money/{line}", CHECKED_EACH_TIME),
    "web.download_line": ("/districts/{district}/money/{line}.csv", CHECKED_EACH_TIME),
    "web.show_moderation_log": ("/moderation/log", CHECKED_EACH_TIME),
    "web.show_questions": ("/platforms/{platform}/questions", CHECKED_EACH_TIME),
    "web.show_question": ("/questions/{question}", CHECKED_EACH_TIME),
    "web.show_week": ("/platforms/{platform}/week", CHECKED_EACH_TIME),
    "web.show_week_text": ("/platforms/{platform}/week.txt", CHECKED_EACH_TIME),
    "web.show_week_pdf": ("/platforms/{platform}/week.pdf", CHECKED_EACH_TIME),
    "web.show_week_atom": ("/platforms/{platform}/week.atom", CHECKED_EACH_TIME),
    "web.show_area_week": ("/areas/{area}/week", CHECKED_EACH_TIME),
    "web.show_static": ("/static/icon.svg", CHECKED_EACH_TIME),
}
# These open by somebody's own link alone.
BEHIND_A_KEY = {
    "web.show_following",
    "web.show_reporter_erasure",
    "web.show_withdrawal",
    "web.show_call",
    "web.show_handover",
    "web.show_week_stop",
}
PRIVATE = ("no-store", "no-referrer")


@pytest.fixture
def things(
    session: Session, make: Factory, tmp_path: Path, connection: Any
) -> tuple[FlaskClient, dict[str, str]]:
    """Asks a service with one thing of each kind, and their names in addresses."""
    make.organisation(is_desk=True)
    asset, defect, area, platform = (
        make.asset(),
        make.defect(),
        make.organic_area(),
        make.platform(),
    )
    make.platform_area(platform_id=platform.id)
    picture = make.picture(state="shown", looked_at=NOW)
    make.defect_picture(defect_id=defect.id, picture_id=picture.id)
    seen = make.picture(state="shown", looked_at=NOW)
    make.sighting(asset_id=asset.id, picture_id=seen.id)
    assert session.scalars(select(Asset.code)).all() == [asset.code]
    store = FileStore(tmp_path)
    for one in (picture, seen):
        store.put(one.id, Size.LARGE, b"a picture")
    settings = Settings(background_url="", media_dir=tmp_path)
    app = create_app(settings, engine=connection, clock=lambda: NOW)
    names = {
        "asset": asset.code,
        "defect": defect.code,
        "area": area.slug,
        "platform": platform.slug,
        "agreement": make.agreement().slug,
        "plan": make.plan_item(
            platform_id=platform.id, organisation_id=platform.organisation_id
        ).code,
        "line": make.budget_line().slug,
        "question": make.question(platform_id=platform.id, district_id=platform.district_id).code,
        "district": session.scalars(select(District.slug)).one(),
    }
    return app.test_client(), names


def test_every_address_that_is_read_says_who_keeps_it(
    demo_app: Flask, things: tuple[FlaskClient, dict[str, str]]
) -> None:
    asker, names = things
    permissions = demo_app.extensions[KEY].permissions
    read = {
        rule.endpoint
        for rule in demo_app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        if permissions[rule.endpoint] in (Permission.SEE_PUBLIC, Permission.OPERATE)
    }
    assert read - BEHIND_A_KEY == set(KEPT)
    found = {}
    for endpoint, (path, _) in KEPT.items():
        answer = asker.get(path.format(**names), buffered=True)
        assert answer.status_code == 200, (endpoint, answer.text)
        found[endpoint] = (path, answer.headers["Cache-Control"])
        assert answer.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert found == KEPT


def test_nobody_keeps_an_answer_to_an_address_with_somebodys_key_in_it(
    things: tuple[FlaskClient, dict[str, str]],
) -> None:
    asker, names = things
    for path, _ in KEPT.values():
        asked = path.format(**names)
        answer = asker.get(f"{asked}{'&' if '?' in asked else '?'}secret=abc", buffered=True)
        policy = (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"])
        assert policy == PRIVATE, asked


def test_a_redirect_and_a_refusal_with_a_key_in_them_are_kept_by_nobody(
    things: tuple[FlaskClient, dict[str, str]],
) -> None:
    asker, names = things
    typed = names["defect"].replace("-", "").lower()
    for path, status in ((f"/defects/{typed}", 301), ("/defects/22-222", 404), ("/none", 404)):
        answer = asker.get(f"{path}?secret=abc")
        assert answer.status_code == status
        policy = (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"])
        assert policy == PRIVATE


def test_a_file_named_by_its_content_is_kept_for_ever(client: FlaskClient) -> None:
    (name,) = set(re.findall(r'"(/static/css/pages\.css\?v=[^"]+)"', client.get("/about").text))
    answer = client.get(name, buffered=True)
    assert answer.headers["Cache-Control"] == FOR_EVER


# -- No answer leads away --------------------------------------------------------------------

HOSTILE = [
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "%0d%0aLocation:%20https://evil.example",
    "%E5%98%8A%E5%98%8DLocation:x",
    "%2F%2Fevil.example",
    "%5Cevil.example",
    "@evil.example",
    ".evil.example",
    "%FF%FE",
]


def lead(answer: TestResponse, path: str) -> str:
    """The origin that a browser goes to; it reads \\ as /."""
    address = answer.headers["Location"]
    assert not set("\r\n") & set(address)
    found = urlsplit(urljoin(f"{ORIGIN}{path}", address.replace("\\", "/")))
    return f"{found.scheme}://{found.netloc}"


def redirects_of(client: FlaskClient, paths: list[str]) -> list[str]:
    """Of those paths the ones that lead elsewhere, each to an address of ours."""
    found = []
    for path in paths:
        asked, _, query = path.partition("?")
        # As a server hands it on: a test client would read //name as another host.
        environ = {"PATH_INFO": unquote(asked, "latin-1"), "QUERY_STRING": query}
        answer = client.get("/", environ_overrides=environ, buffered=True)
        assert answer.status_code < 500
        if 300 <= answer.status_code < 400:
            assert lead(answer, path) == ORIGIN, (path, answer.headers["Location"])
            found.append(path)
    return found


@pytest.mark.parametrize("value", HOSTILE)
def test_no_redirect_leaves_our_origin(make: Factory, own_client: FlaskClient, value: str) -> None:
    make.asset(code="K7-QF4")
    make.defect(code="K7-QF4")
    typed = [
        f"{path}k7qf4?{query}"
        for path in ("/defects/", "/assets/", "/q/")
        for query in (value, *(f"{name}={value}" for name in ("next", "secret", "lang", "_scheme")))
    ]
    assert redirects_of(own_client, typed) == typed
    slashes = [f"/assets//K7-QF4?x={value}", f"/api/v1?{value}"]
    assert redirects_of(own_client, slashes) == slashes
    folders = ("", "/", "//", "/defects/", "/assets/", "/q/", "/static/")
    elsewhere = [f"{folder}{value}" for folder in folders]
    elsewhere += [
        f"//assets/K7-QF4?{value}",
        f"/{value}/../about",
        f"/defects/{value}k7qf4",
        f"/q/k7qf4{value}",
    ]
    redirects_of(own_client, elsewhere)


def test_a_redirect_with_letters_of_no_known_code_stays_ours(
    make: Factory, own_client: FlaskClient
) -> None:
    make.defect(code="K7-QF4")
    for query in ("\xe9=\xff", "a\r\nLocation: https://evil.example", "\x85", "\u2028"):
        answer = own_client.get(
            "/defects/k7qf4", environ_overrides={"QUERY_STRING": query.encode().decode("latin-1")}
        )
        assert answer.status_code in (301, 400)
        if answer.status_code == 301:
            assert lead(answer, "/defects/k7qf4") == ORIGIN


@pytest.mark.parametrize("value", HOSTILE)
def test_sending_a_form_leads_to_a_page_of_ours(
    own_client: FlaskClient, make: Factory, session: Session, value: str
) -> None:
    make.organisation(is_desk=True)
    path = f"/report?lat={LAT}&lon={LON}"
    page = own_client.get(path).text
    fields = dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', page))
    fields |= {"lat": str(LAT), "lon": str(LON), "category": "dirty", "description": value}
    answer = own_client.post(f"/report?next={value}&lang={value}", data=fields)
    assert (answer.status_code, lead(answer, path)) == (303, ORIGIN)
    code = session.scalars(select(Defect.code)).one()
    secret = answer.headers["Location"].partition("secret=")[2].partition("&")[0]
    named = {**fields, "secret": secret, "other": value}
    asked = f"/defects/{code}/neighbourhood?next={value}"
    answer = own_client.post(
        asked, data={name: named[name] for name in ("csrf_token", "secret", "other")}
    )
    assert (answer.status_code, lead(answer, asked)) == (303, ORIGIN)


@pytest.mark.parametrize("value", HOSTILE)
def test_the_links_to_other_languages_are_ours(client: FlaskClient, value: str) -> None:
    names = ("_external", "_scheme", "_anchor", "_method", "endpoint", "self", "q", "at")
    for name in names:
        page = client.get(f"/about?{name}={value}").text
        for link in re.findall(r'href="([^"#][^"]*lang=[^"]*)"', page):
            assert urlsplit(urljoin(ORIGIN, link.replace("\\", "/"))).netloc == "localhost"


# -- Under which name ------------------------------------------------------------------------

HOSTS = [
    "a b",
    "[::1",
    "evil:99999999",
    "..",
    "-",
    "x" * 300,
    "\xff",
    "xn--zz",
    "a..b",
    "a@b",
    "'><u>",
]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["/about", "/api/v1/", "/api/v1", "/tiles/labels.json"])
def test_no_name_breaks_the_service(
    own_client: FlaskClient, make: Factory, path: str, host: str
) -> None:
    make.organisation(is_desk=True)
    # Not by the test client, which itself breaks on some.
    environ = EnvironBuilder(path).get_environ() | {"HTTP_HOST": host}
    body, status, headers = run_wsgi_app(own_client.application, environ, buffered=True)
    assert status[:3] in ("200", "308", "400")
    assert b"<u>" not in b"".join(body)
    assert "<u>" not in headers.get("Location", "")


@pytest.mark.parametrize("path", ["/api/v1/", *OURS])
def test_where_names_are_set_nothing_is_answered_under_another(connection: Any, path: str) -> None:
    settings = Settings(background_url="", hosts=("map.example",))
    asker = create_app(settings, engine=connection, clock=lambda: NOW).test_client()
    answer = asker.get(path, headers={"Host": "evil.example"})
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert "evil" not in answer.text
    root = asker.get("/api/v1/", headers={"Host": "map.example"}).get_json()
    assert {urlsplit(address).netloc for address in root.values()} == {"map.example"}


# -- Lists while rows come and go (T21) ------------------------------------------------------

LISTED: dict[str, tuple[Any, str]] = {
    "assets": (Asset, "code"),
    "defects": (Defect, "code"),
    "areas": (OrganicArea, "slug"),
    "platforms": (Platform, "slug"),
}
STABLE, PASSING = 100, 30


def make_row(make: Factory, name: str, number: int) -> Any:
    """A row of a list; its slug is scattered over the order of the list."""
    slug = f"{number * 7919 % 1000:03}-{number}"
    match name:
        case "assets":
            return make.asset()
        case "defects":
            return make.defect()
        case "areas":
            return make.organic_area(slug=slug)
        case _:
            row = make.platform(slug=slug)
            make.platform_area(platform_id=row.id)
            return row


def take_away(session: Session, row: Any) -> None:
    """A row as if it had never been."""
    if isinstance(row, Platform):
        session.execute(delete(PlatformArea).where(PlatformArea.platform_id == row.id))
    session.delete(row)
    session.flush()


@pytest.mark.parametrize("name", LISTED)
def test_a_walk_while_rows_come_and_go_shows_each_that_stays_once(
    session: Session, make: Factory, own_client: FlaskClient, name: str
) -> None:
    table, key = LISTED[name]
    rows = [make_row(make, name, number) for number in range(STABLE + PASSING)]
    passing = rows[STABLE:]
    stable = {getattr(row, key) for row in rows[:STABLE]}
    shown: list[str] = []
    following: str | None = f"/api/v1/{name}?limit=17"
    while following:
        page = own_client.get(following).get_json()
        shown += [item[key] for item in page["items"]]
        following = page["next"]
        for number in range(len(rows), len(rows) + 3):
            rows.append(make_row(make, name, number))
            take_away(session, passing.pop())
    assert sorted(code for code in shown if code in stable) == sorted(stable)
    assert len(shown) == len(set(shown))
    assert shown == sorted(shown)
    assert len(shown) > STABLE
