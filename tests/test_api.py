"""The JSON API: its shapes, its refusals, what never leaves."""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from flask.testing import FlaskClient
from geoalchemy2.shape import to_shape
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import validate
from shapely import Point
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from geoapp.api.openapi import VERSION
from geoapp.areas.tables import OfficialArea, OrganicArea
from geoapp.assets.rules import Kind, PhysicalStatus
from geoapp.assets.tables import Asset
from geoapp.catalogue import PUBLISHED
from geoapp.defects.actions import EventDraft, HistoryDraft, add_defect
from geoapp.defects.rules import Category, EventKind, File, State, Street, Work
from geoapp.defects.tables import Defect
from geoapp.districts.queries import find_district_at
from tests.approved_files import PUBLISHED_FIELDS, list_published_fields
from tests.conftest import NOW
from tests.factories import LAT, LON, REPORTED_AT, Factory, area_shape, stored

ROOT = "/api/v1"
LISTS = ("assets", "defects", "areas", "platforms")


def ask(client: FlaskClient, path: str, status: int = 200) -> Any:
    """The JSON of an answer, which must have this status."""
    answer = client.get(f"{ROOT}{path}")
    assert answer.status_code == status, answer.text
    return answer.json


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """The problem details of a refusal (RFC 9457), which must have this status."""
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    body: dict[str, Any] = json.loads(answer.text)
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


def walk(client: FlaskClient, path: str) -> Iterator[dict[str, Any]]:
    """All items of a list, page after page by `next`."""
    following: str | None = f"{ROOT}{path}"
    asked: set[str] = set()
    while following:
        assert following not in asked, "the walk goes round in a circle"
        asked.add(following)
        page = client.get(following)
        assert page.status_code == 200, page.text
        assert page.json is not None
        yield from page.json["items"]
        following = page.json["next"]


@pytest.fixture(scope="module")
def description(demo_app: Any) -> Any:
    """The API's own description."""
    return demo_app.test_client().get(f"{ROOT}/openapi.json").json


@pytest.fixture(scope="module")
def public_answers(demo_app: Any) -> dict[str, str]:
    """Every answer of the API, and of each kind of page a good handful."""
    client = demo_app.test_client()
    paths = [f"{ROOT}{path}" for path in GOOD_PATHS]
    pages = ["/", "/about", "/report", "/at?lat=52.2989&lon=4.9606&radius_m=500", "/find?q=ho"]
    pages += ["/list?bbox=4.95,52.29,4.98,52.31&at=52.3,4.96"]
    for name in LISTS:
        items = list(walk(client, f"/{name}?limit=1000"))
        if name in ("assets", "defects"):
            paths += [f"{ROOT}/{name}/{item['code']}" for item in items]
        pages += [urlsplit(item["url"]).path for item in islice(items, 0, None, 9)]
        pages += [f"/q/{item['code']}" for item in islice(items, 0, None, 20) if name == "assets"]
    return {path: client.get(path).text for path in [*paths, *pages]}


# -- Shapes ----------------------------------------------------------------------------------


def test_the_root_leads_to_every_list(client: FlaskClient) -> None:
    root = ask(client, "/")
    assert {name: urlsplit(url).path for name, url in root.items()} == {
        "openapi": f"{ROOT}/openapi.json",
        **{name: f"{ROOT}/{name}" for name in LISTS},
    }


FIXED = {
    "assets": {"code", "kind", "lat", "lon", "open_now"},
    "defects": {"code", "state", "category", "lat", "lon"},
    "areas": {"slug", "kind", "level", "code"},
    "platforms": {"slug"},
}
EVERYWHERE = {"name", "district", "url", "is_example"}


@pytest.mark.parametrize("name", LISTS)
def test_items_carry_the_fields_that_clients_are_written_against(
    client: FlaskClient, name: str
) -> None:
    page = ask(client, f"/{name}?limit=3")
    noun = {"areas": "area_item", "platforms": "platform_item"}.get(name, f"{name[:-1]}_item")
    assert set(page) == {"items", "next"}
    for item in page["items"]:
        assert set(item) >= FIXED[name] | EVERYWHERE
        assert list(item) == [field.name for field in PUBLISHED[noun]]


@pytest.mark.parametrize("name", LISTS)
def test_an_item_names_a_page_that_is_there(client: FlaskClient, name: str) -> None:
    item = ask(client, f"/{name}?limit=1")["items"][0]
    assert client.get(item["url"]).status_code == 200


def test_what_is_published_is_the_approved_list() -> None:
    # A field that was meant: python -m tests.approved_files
    assert list_published_fields() == PUBLISHED_FIELDS.read_text(encoding="utf-8")


def test_an_asset_says_who_owns_keeps_and_pays_and_under_which_agreement(
    make: Factory, own_client: FlaskClient
) -> None:
    owner, keeper = make.organisation(), make.organisation(name="Keepers")
    asset = make.asset(kind=Kind.CABINET, owner_id=owner.id)
    make.duty(asset_id=asset.id, organisation_id=keeper.id, until=date(2027, 1, 31))
    line = make.budget_line(slug="line", amount_cents=50_000)
    make.funding(asset_id=asset.id, line_id=line.id, amount_cents=30_000)
    other = make.budget_line(slug="other", amount_cents=50_000)
    make.funding(asset_id=asset.id, line_id=other.id, amount_cents=10_000)
    agreement = make.agreement(title="One paper")
    make.agreement_asset(agreement_id=agreement.id, asset_id=asset.id)
    make.agreement_party(agreement_id=agreement.id, organisation_id=keeper.id)
    defect = make.defect(asset_id=asset.id)
    body = ask(own_client, f"/assets/{asset.code}")
    assert (body["kind"], body["name"], body["open_now"]) == ("cabinet", asset.name, None)
    assert body["owner"]["slug"] == owner.slug
    assert [(k["organisation"]["name"], k["covers"], k["until"]) for k in body["keeper"]] == [
        ("Keepers", ["device"], "2027-01-31")
    ]
    assert [(f["line"]["slug"], f["amount_cents"], f["share"]) for f in body["funding"]] == [
        ("line", 30_000, 0.75),
        ("other", 10_000, 0.25),
    ]
    assert (body["agreement"]["title"], body["agreement"]["asset_count"]) == ("One paper", 1)
    assert [item["code"] for item in body["defects"]] == [defect.code]


def test_what_is_not_known_of_an_asset_is_null_or_empty(
    make: Factory, own_client: FlaskClient
) -> None:
    body = ask(own_client, f"/assets/{make.asset().code}")
    unknown = ("owner", "keeper", "funding", "agreement", "open_now", "last_seen_on", "defects")
    assert [body[name] for name in unknown] == [None, [], [], None, None, None, []]


def test_a_defect_tells_its_events_by_the_day_of_its_district(
    make: Factory, own_client: FlaskClient
) -> None:
    department = make.organisation(name="Works")
    # 00:30 on the second of November where the district lies.
    late = REPORTED_AT.replace(hour=23, minute=30)
    defect = make.defect(addressee_id=department.id, work=Work.ASSIGNED, reported_at=late)
    make.defect_event(defect_id=defect.id, at=late)
    make.defect_event(
        defect_id=defect.id,
        at=late + timedelta(days=1),
        kind=EventKind.TAKEN,
        organisation_id=department.id,
        note="We look at it.",
    )
    body = ask(own_client, f"/defects/{defect.code}")
    assert body["reported_on"] == "2026-11-02"
    assert body["events"] == [
        {
            "kind": "reported",
            "happened_on": "2026-11-02",
            "by": None,
            "note": "",
            "words_state": "shown",
            "has_photo": False,
            "due_on": None,
        },
        {
            "kind": "taken",
            "happened_on": "2026-11-03",
            "by": "Works",
            "note": "We look at it.",
            "words_state": "shown",
            "has_photo": False,
            "due_on": None,
        },
    ]
    assert (body["turn"], body["turn_name"], body["days_open"]) == ("addressee", "Works", 19)


def test_volunteers_have_the_move_without_a_public_day(
    make: Factory, own_client: FlaskClient
) -> None:
    volunteers = make.organisation(is_volunteer=True, name="Neighbours")
    body = ask(own_client, f"/defects/{make.defect(addressee_id=volunteers.id).code}")
    assert (body["turn"], body["turn_name"], body["turn_due_on"]) == (
        "addressee",
        "Neighbours",
        None,
    )


def test_a_merged_report_names_the_one_it_went_into(make: Factory, own_client: FlaskClient) -> None:
    kept = make.defect()
    merged = make.defect(file=File.MERGED, merged_into_id=kept.id)
    body = ask(own_client, f"/defects/{merged.code}")
    assert (body["state"], body["merged_into"], body["turn_due_on"]) == ("merged", kept.code, None)


def test_a_code_is_read_as_people_type_it(make: Factory, own_client: FlaskClient) -> None:
    asset = make.asset(code="K7-QF4")
    assert ask(own_client, "/assets/k7qf4")["code"] == asset.code


def test_at_answers_with_what_is_around_a_place(make: Factory, own_client: FlaskClient) -> None:
    area, platform = make.organic_area(), make.platform()
    make.platform_area(platform_id=platform.id)
    near = make.asset()
    make.asset(geom=stored(Point(LON + 0.01, LAT)))
    defect = make.defect()
    body = ask(own_client, f"/at?lat={LAT}&lon={LON}")
    assert (body["lat"], body["lon"], body["radius_m"]) == (LAT, LON, 50)
    assert [item["slug"] for item in body["areas"]] == [area.slug]
    assert [item["slug"] for item in body["platforms"]] == [platform.slug]
    assert [item["code"] for item in body["assets"]] == [near.code]
    assert [item["code"] for item in body["defects"]] == [defect.code]


# -- Lists -----------------------------------------------------------------------------------


def make_six(make: Factory, name: str) -> list[str]:
    """Six rows of a list, and their codes or slugs in order."""
    if name == "assets":
        return sorted(make.asset().code for _ in range(6))
    if name == "defects":
        files = (File.PUBLIC, File.WITHDRAWN) * 3
        return sorted(make.defect(file=file).code for file in files)
    if name == "areas":
        organic = [make.organic_area(slug=f"a-{number}").slug for number in range(3)]
        official = [make.official_area(slug=f"a{number}-b").slug for number in range(3)]
        return sorted(organic + official)
    platforms = [make.platform(slug=f"p-{number}") for number in range(6)]
    for platform in platforms:
        make.platform_area(platform_id=platform.id)
    return [platform.slug for platform in platforms]


@pytest.mark.parametrize("name", LISTS)
def test_a_walk_by_pages_of_any_size_shows_each_row_once(
    make: Factory, own_client: FlaskClient, name: str
) -> None:
    made = make_six(make, name)
    key = "code" if name in ("assets", "defects") else "slug"
    for limit in range(1, 8):
        shown = [item[key] for item in walk(own_client, f"/{name}?limit={limit}")]
        assert shown == made


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_list_is_an_answer(make: Factory, own_client: FlaskClient, name: str) -> None:
    make.district(slug="empty")
    assert ask(own_client, f"/{name}?district=empty") == {"items": [], "next": None}


def test_the_page_holds_200_items_where_no_limit_is_given(client: FlaskClient) -> None:
    page = ask(client, "/defects")
    assert (len(page["items"]), page["next"] is None) == (200, False)


def test_the_next_page_keeps_the_filters(client: FlaskClient) -> None:
    states = {item["state"] for item in walk(client, "/defects?state=solved&limit=10")}
    assert states == {"solved"}


@pytest.mark.parametrize("state", State)
def test_the_filter_on_state_finds_all_of_that_state(
    client: FlaskClient, demo_session: Session, state: State
) -> None:
    stored_codes = demo_session.scalars(
        select(Defect.code).where(Defect.state == state.value).order_by(Defect.code)
    ).all()
    found = list(walk(client, f"/defects?state={state.value}"))
    assert [item["code"] for item in found] == stored_codes
    assert {item["state"] for item in found} == {state.value}


@pytest.mark.parametrize("kind", Kind)
def test_the_filter_on_kind_finds_all_of_that_kind_that_stand(
    client: FlaskClient, demo_session: Session, kind: Kind
) -> None:
    stored_codes = demo_session.scalars(
        select(Asset.code)
        .where(Asset.kind == kind, Asset.physical_status != PhysicalStatus.REMOVED)
        .order_by(Asset.code)
    ).all()
    assert [item["code"] for item in walk(client, f"/assets?kind={kind.value}")] == stored_codes


@pytest.mark.parametrize("table", [OrganicArea, OfficialArea])
@pytest.mark.parametrize("name", ["assets", "defects"])
def test_the_filter_on_area_finds_what_lies_in_it(
    client: FlaskClient,
    demo_session: Session,
    name: str,
    table: type[OrganicArea] | type[OfficialArea],
) -> None:
    nouns = {"assets": Asset, "defects": Defect}
    noun: Any = nouns[name]
    for slug, geom in demo_session.execute(
        select(table.slug, table.geom).order_by(table.slug).limit(8)
    ).all():
        shape = to_shape(geom)
        inside = [
            code
            for code, point in demo_session.execute(select(noun.code, noun.point))
            if shape.covers(to_shape(point))
        ]
        found = [item["code"] for item in walk(client, f"/{name}?area={slug}")]
        gone = demo_session.scalars(
            select(Asset.code).where(Asset.physical_status == PhysicalStatus.REMOVED)
        ).all()
        assert found == sorted(set(inside) - set(gone))


def test_lists_of_two_districts_are_told_apart(make: Factory, own_client: FlaskClient) -> None:
    here, there = make.district(slug="here"), make.district(slug="there")
    for district in (here, there):
        make.asset(district_id=district.id)
        make.defect(district_id=district.id)
        make.organic_area(district_id=district.id)
        platform = make.platform(district_id=district.id)
        make.platform_area(platform_id=platform.id, district_id=district.id)
    for name in LISTS:
        assert [item["district"] for item in walk(own_client, f"/{name}?district=there")] == [
            "there"
        ]
        assert len(list(walk(own_client, f"/{name}"))) == 2


@pytest.mark.parametrize("kind", ["official", "organic"])
def test_the_filter_on_division_finds_areas_of_it(client: FlaskClient, kind: str) -> None:
    areas = list(walk(client, f"/areas?kind={kind}"))
    assert {area["kind"] for area in areas} == {kind}
    assert {area["code"] is not None for area in areas} == {kind == "official"}


def test_an_area_that_is_no_longer_in_force_is_not_listed(
    make: Factory, own_client: FlaskClient
) -> None:
    make.official_area(valid_to=date(2024, 1, 1))
    assert ask(own_client, "/areas")["items"] == []


def test_a_removed_asset_is_not_listed_and_still_has_its_page(
    make: Factory, own_client: FlaskClient
) -> None:
    gone = make.asset(physical_status=PhysicalStatus.REMOVED)
    assert ask(own_client, "/assets")["items"] == []
    assert ask(own_client, f"/assets/{gone.code}")["physical_status"] == "removed"


# -- Refusals --------------------------------------------------------------------------------

UNKNOWN = [
    ("/assets?colour=red", "colour"),
    ("/defects?kind=bench", "kind"),
    ("/platforms?area=a", "area"),
    ("/areas?radius_m=5", "radius_m"),
    ("/assets/K7-QF4?full=1", "full"),
    ("/defects/K7-QF4?secret=x", "secret"),
    ("/at?lat=52&lon=5&bbox=1", "bbox"),
    ("/openapi.json?pretty=1", "pretty"),
    ("/?x=", "x"),
]
WRONG = [
    ("/assets?kind=unicorn", "kind"),
    ("/assets?kind=", "kind"),
    ("/assets?kind=bench&kind=bin", "kind"),
    ("/defects?state=open", "state"),
    ("/defects?state=Solved", "state"),
    ("/areas?kind=both", "kind"),
    *[
        (f"/assets?limit={words}", "limit")
        for words in (
            "0",
            "1001",
            "x",
            "-1",
            "1.5",
            "",
            "1e2",
            "%2B5",
            "%205",
            "5_0",
            "%D9%A1",
            "00100000",
            "001000" + "0" * 5000,
            "9" * 5000,
        )
    ],
    ("/at", "lat"),
    ("/at?lat=52", "lon"),
    ("/at?lat=&lon=5", "lat"),
    ("/at?lat=52&lat=53&lon=5", "lat"),
    *[
        (f"/at?lat={words}&lon=5", "lat")
        for words in (
            "nan",
            "NaN",
            "inf",
            "-inf",
            "1e999",
            "90.0001",
            "-91",
            "52,3",
            "noon",
            "480000",
        )
    ],
    *[(f"/at?lat={words}&lon=5", "lat") for words in ("5_2", "%D9%A5", "0x34", "%2052", "52%0A")],
    *[(f"/at?lat=52&lon={words}", "lon") for words in ("nan", "1e999", "180.1", "125000")],
    *[
        (f"/at?lat=52&lon=5&radius_m={words}", "radius_m")
        for words in ("0", "-1", "2001", "nan", "inf", "1e999", "far")
    ],
]


@pytest.mark.parametrize(("path", "field"), [*UNKNOWN, *WRONG], ids=lambda value: value[:60])
def test_a_parameter_that_is_wrong_is_refused_by_name(
    client: FlaskClient, path: str, field: str
) -> None:
    body = problem(client.get(f"{ROOT}{path}"), 400)
    assert body["field"] == field
    assert field in body["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/assets?kind=%00",
        "/assets?after=%00",
        "/defects?area=a%00b",
        "/areas?district=%00",
        "/at?lat=52&lon=5%00",
        "/assets/%00",
        "/defects/22%00222",
    ],
)
def test_a_nul_character_is_refused(client: FlaskClient, path: str) -> None:
    assert "NUL" in problem(client.get(f"{ROOT}{path}"), 400)["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/assets/22-222",
        "/assets/nothing",
        "/defects/22-222",
        "/defects/" + "x" * 5000,
        "/assets?area=nowhere",
        "/assets?district=nowhere",
        "/defects?area=nowhere",
        "/platforms?district=nowhere",
        "/nothing",
    ],
    ids=lambda path: path[:40],
)
def test_what_is_not_there_is_not_found(client: FlaskClient, path: str) -> None:
    problem(client.get(f"{ROOT}{path}"), 404)


@pytest.mark.parametrize(
    "path", ["/assets/", "/defects/", "/areas/", "/platforms/", "/at/", "/assets/22-222/"]
)
def test_a_trailing_slash_is_not_found(client: FlaskClient, path: str) -> None:
    problem(client.get(f"{ROOT}{path}"), 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        (method, path)
        for method in ("POST", "PUT", "PATCH", "DELETE")
        for path in ("/", "/assets", "/assets/22-222", "/defects", "/at")
        if (method, path) != ("POST", "/defects")
    ],
)
def test_another_method_is_refused_with_those_allowed(
    client: FlaskClient, path: str, method: str
) -> None:
    answer = client.open(f"{ROOT}{path}", method=method)
    problem(answer, 405)
    assert {verb.strip() for verb in answer.headers["Allow"].split(",")} >= {"GET", "HEAD"}


HOSTILE = [
    "\x00",
    "a\x00b",
    "x" * 5000,
    "\udcff",
    "' OR 1=1 --",
    "../../etc/passwd",
    "%",
    "🦆",
    "\\",
]


@pytest.mark.parametrize("value", HOSTILE, ids=ascii)
@pytest.mark.parametrize(
    "template",
    [
        "/?district={}",
        "/?area={}",
        "/?q={}",
        "/?at={}",
        "/?layers={}",
        "/?lang={}",
        "/find?q={}",
        "/find?q=a&district={}",
        "/report?asset={}",
        "/list?bbox=4.9,52,5,53&at=52.3,4.9&district={}",
        "/list?bbox={}&at=52.3,4.9",
        "/at?lat=52.3&lon=4.9&district={}",
        "/at?lat={}&lon=4.9",
        "/assets/{}",
        "/q/{}",
        "/defects/{}",
        "/areas/{}",
        "/platforms/{}",
        "/static/{}",
        "/static/js/map.js?v={}",
        "/tiles/{}.json",
        "/tiles/{}/0/0/0.mvt",
        "/tiles/labels/{}/0/0.mvt",
        "/api/v1/{}",
        "/api/v1/assets/{}",
        "/api/v1/assets?after={}",
        "/api/v1/assets?area={}",
        "/api/v1/defects/{}",
        "/api/v1/areas?after={}",
    ],
)
def test_no_input_breaks_the_service(client: FlaskClient, template: str, value: str) -> None:
    words = quote(value.encode("utf-8", "surrogateescape"), safe="")
    answer = client.get(template.format(words), buffered=True)
    assert answer.status_code in {200, 301, 400, 404}


# -- Headers ---------------------------------------------------------------------------------

GOOD_PATHS = [
    "/",
    "/openapi.json",
    "/assets?limit=5",
    "/defects?limit=5",
    "/areas?limit=5",
    "/platforms?limit=5",
    "/at?lat=52.2989&lon=4.9606",
]


@pytest.mark.parametrize("path", [*GOOD_PATHS, "/assets?limit=0", "/assets/22-222", "/nothing"])
def test_every_answer_carries_the_version_and_may_be_read_by_any_page(
    client: FlaskClient, path: str
) -> None:
    headers = client.get(f"{ROOT}{path}").headers
    assert headers.get("API-Version") == VERSION
    assert headers.get("Access-Control-Allow-Origin") == "*"


@pytest.mark.parametrize("encoding", ["identity", "gzip", "br"])
@pytest.mark.parametrize("path", GOOD_PATHS)
def test_what_has_not_changed_is_not_sent_again(
    client: FlaskClient, path: str, encoding: str
) -> None:
    headers = {"Accept-Encoding": encoding}
    first = client.get(f"{ROOT}{path}", headers=headers)
    again = client.get(f"{ROOT}{path}", headers={**headers, "If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")


def test_another_answer_has_another_tag(client: FlaskClient) -> None:
    tags = {client.get(f"{ROOT}{path}").headers["ETag"] for path in GOOD_PATHS}
    assert len(tags) == len(GOOD_PATHS)


def test_head_answers_as_get_without_a_body(client: FlaskClient) -> None:
    got, asked = client.get(f"{ROOT}/areas"), client.head(f"{ROOT}/areas")
    assert (asked.status_code, asked.data) == (200, b"")
    assert asked.headers["ETag"] == got.headers["ETag"]


def test_no_answer_sets_a_cookie(client: FlaskClient) -> None:
    cookies = [client.get(f"{ROOT}{path}").headers.get("Set-Cookie") for path in GOOD_PATHS]
    assert cookies == [None] * len(GOOD_PATHS)


# -- The description -------------------------------------------------------------------------


def test_the_description_is_valid_openapi(description: Any) -> None:
    validate(description)
    assert description["openapi"].startswith("3.0")


def test_the_description_names_every_address_of_the_api_with_its_methods(
    demo_app: Any, description: Any
) -> None:
    rules: dict[str, set[str]] = {}
    for rule in demo_app.url_map.iter_rules():
        if rule.rule.startswith(ROOT):
            path = re.sub(r"<(\w+)>", r"{\1}", rule.rule.removeprefix(ROOT))
            methods = {method.lower() for method in rule.methods} - {"head", "options"}
            rules.setdefault(path, set()).update(methods)
    assert {path: set(told) for path, told in description["paths"].items()} == rules


def list_examples(part: Any) -> Iterator[tuple[Any, Any]]:
    """Every example beside the schema it is an example of."""
    if isinstance(part, dict):
        if "example" in part and "schema" in part:
            yield part["example"], part["schema"]
        for inner in part.values():
            yield from list_examples(inner)
    if isinstance(part, list):
        for inner in part:
            yield from list_examples(inner)


def test_every_example_is_as_described(description: Any) -> None:
    found = list(list_examples(description))
    assert len(found) > 20
    for example, schema in found:
        whole = {"components": description["components"], "allOf": [schema]}
        assert list(OAS30Validator(whole).iter_errors(example)) == [], example


def test_the_description_names_the_parameters_that_are_taken(
    client: FlaskClient, description: Any
) -> None:
    seen = [one for one in description["paths"].items() if "get" in one[1]]
    for path, operations in seen:
        queries = [p["name"] for p in operations["get"]["parameters"] if p["in"] == "query"]
        for name in queries:
            answer = client.get(f"{ROOT}{path.replace('{code}', '22-222')}?{name}=%00")
            assert answer.json is not None
            assert "There is no parameter" not in answer.json["detail"]


def test_every_answer_is_described_with_its_version_header(description: Any) -> None:
    refusals = description["components"]["responses"]
    for operations in description["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                name = answer.get("$ref", "").rpartition("/")[2]
                assert "API-Version" in refusals.get(name, answer)["headers"], status


def check_body(description: Any, template: str, body: Any) -> None:
    """Compare a body with the schema of its address."""
    schema = description["paths"][template]["get"]["responses"]["200"]["content"][
        "application/json"
    ]["schema"]
    whole = {"components": description["components"], "allOf": [schema]}
    errors = list(OAS30Validator(whole).iter_errors(body))
    assert errors == []


@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_as_described(client: FlaskClient, description: Any, name: str) -> None:
    check_body(description, f"/{name}", ask(client, f"/{name}?limit=1000"))


@pytest.mark.parametrize("noun", ["asset", "defect"])
def test_every_thing_is_as_described(
    public_answers: dict[str, str], description: Any, noun: str
) -> None:
    bodies = [
        json.loads(body)
        for path, body in public_answers.items()
        if path.startswith(f"{ROOT}/{noun}s/")
    ]
    assert len(bodies) > 100
    for body in bodies:
        check_body(description, f"/{noun}s/{{code}}", body)
        assert list(body) == [field.name for field in PUBLISHED[noun]]


def test_what_is_at_a_place_is_as_described(client: FlaskClient, description: Any) -> None:
    check_body(description, "/at", ask(client, "/at?lat=52.2989&lon=4.9606&radius_m=500"))


def test_a_problem_is_as_described(client: FlaskClient, description: Any) -> None:
    schema = description["components"]["schemas"]["problem"]
    for path in ("/assets?limit=0", "/assets/22-222"):
        body = client.get(f"{ROOT}{path}").json
        assert list(OAS30Validator(schema).iter_errors(body)) == []


def test_a_wrong_body_is_noticed(description: Any) -> None:
    with pytest.raises(AssertionError):
        check_body(description, "/assets", {"items": [{"code": 7}], "next": None})


# -- What never leaves -----------------------------------------------------------------------

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
# A uuid without its hyphens begins with the time of making: this century's and a version 7.
PACKED = re.compile(r"\b01[0-9a-f]{10}7[0-9a-f]{19}\b", re.IGNORECASE)
HOUR = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")


def test_no_internal_id_leaves(public_answers: dict[str, str]) -> None:
    leaks = [
        path for path, body in public_answers.items() if UUID.search(body) or PACKED.search(body)
    ]
    assert leaks == []
    assert len(public_answers) > 500


def test_the_hour_of_nothing_leaves(public_answers: dict[str, str]) -> None:
    assert [path for path, body in public_answers.items() if HOUR.search(body)] == []


def test_the_exact_place_of_no_report_leaves(
    demo_session: Session, public_answers: dict[str, str]
) -> None:
    exact = demo_session.execute(
        select(func.ST_X(Defect.geom), func.ST_Y(Defect.geom)).where(Defect.asset_id.is_(None))
    ).all()
    needles = [(f"{lon:.9f}"[:8], f"{lat:.9f}"[:9]) for lon, lat in exact]
    leaks = [
        (path, lon, lat)
        for path, body in public_answers.items()
        for lon, lat in needles
        if lon in body and lat in body
    ]
    assert needles
    assert leaks == []


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/defects",
        "/api/v1/defects/{code}",
        f"/api/v1/at?lat={LAT}&lon={LON}&radius_m=100",
        "/defects/{code}",
        f"/at?lat={LAT}&lon={LON}&radius_m=100",
        f"/list?bbox=4.99,51.99,5.01,52.01&at={LAT},{LON}",
        "/",
        "/areas/here",
    ],
)
def test_the_spot_a_reporter_pointed_at_is_in_no_answer(
    session: Session, make: Factory, own_client: FlaskClient, path: str
) -> None:
    make.district(bounds=stored(area_shape(4.9, 51.9, 5.1, 52.1)))
    place = find_district_at(session, lon=LON, lat=LAT)
    assert place is not None
    make.organic_area(slug="here", district_id=place.id)
    desk = make.organisation(district_id=place.id)
    lon, lat = 5.000123, 52.000456
    defect = add_defect(
        session,
        place=place,
        draft=HistoryDraft(
            category=Category.LITTER,
            description="Beside the tree",
            lon=lon,
            lat=lat,
            addressee_id=desk.id,
            events=[EventDraft(EventKind.REPORTED, NOW - timedelta(days=3))],
        ),
        new_code=make.code,
    )
    body = own_client.get(path.format(code=defect.code)).text
    assert "Beside the tree" in body
    assert "000123" not in body
    assert "000456" not in body


@pytest.mark.parametrize("street", [Street.NOT_GOOD, Street.GOOD])
def test_the_state_of_an_item_is_that_of_its_page(
    make: Factory, own_client: FlaskClient, street: Street
) -> None:
    defect = make.defect(work=Work.HANDLED, street=street)
    (item,) = ask(own_client, "/defects")["items"]
    assert item["state"] == ask(own_client, f"/defects/{defect.code}")["state"] == defect.state
