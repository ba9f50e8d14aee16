"""Snapshot maps: folium's script, our files alone, and one file that needs no network."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import folium
import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect
from shapely import Point
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from geoapp.app import create_app, metadata
from geoapp.config import Settings
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine
from geoapp.defects.rules import EventKind
from geoapp.errors import Conflict
from geoapp.web.maps import MOST, SnapshotMap, draw_parts
from tests.browser import DESK, PHONE, Visitors, serve, watch
from tests.conftest import NOW, count_queries
from tests.factories import LAT, LON, Factory, area_shape, stored

pytest_plugins = ("tests.browser",)

AREA, PLATFORM = "/areas/k-buurt/map", "/platforms/voorbeeldplatform-3/map"
BOOKLET = "/platforms/voorbeeldplatform-3/dossier.html"
BOTH = pytest.mark.parametrize("path", [AREA, PLATFORM])
DATA = re.compile(r"_add\((\{.*\})\);")
# Pixels of a pin that can be pressed: on a phone they lie over one another.
FREE_PIN = """() => {
  document.querySelector("#snapshot").scrollIntoView({ block: "center" });
  for (const pin of document.querySelectorAll(".snap-pin")) {
    const { left, top, width, height } = pin.getBoundingClientRect();
    const spot = [left + width / 2, top + height / 2];
    if (document.elementFromPoint(...spot)?.closest(".snap-pin") === pin) return spot;
  }
  return null;
}"""
BOX = (4.9, 51.9, 5.1, 52.1)
HOSTILE = "<img src=x onerror=alert(1)>${alert(2)}`</script>{{7*7}}{% include 'x' %}{# no #}"


# -- What the page holds -----------------------------------------------------------------------


@BOTH
def test_the_map_and_the_table_hold_the_same(client: FlaskClient, path: str) -> None:
    html = client.get(f"{path}?lang=nl").text
    pins = _pins(html)
    table = re.findall(r'<span class="what">.*?<a href="([^"]+)"', html)
    assert len(table) > 15
    assert sorted(pin["url"] for pin in pins) == sorted(table)
    assert {pin["role"] for pin in pins} == {"thing", "report"}


@BOTH
def test_who_keeps_a_thing_and_whose_move_it_is_are_said(client: FlaskClient, path: str) -> None:
    pins = _pins(client.get(f"{path}?lang=nl").text)
    keepers = [pin["lines"][1] for pin in pins if pin["role"] == "thing"]
    assert all(words.startswith(("Houdt het bij: ", "Wij weten niet")) for words in keepers)
    reports = [" ".join(pin["lines"]) for pin in pins if pin["role"] == "report"]
    assert any("Nog niet goed" in words for words in reports)
    assert all("Aan zet:" in words for words in reports)


@BOTH
def test_the_legend_names_every_symbol_on_the_map(client: FlaskClient, path: str) -> None:
    html = client.get(path).text
    legend = html[html.index("snap-legend") :].partition("</ul>")[0]
    named = set(re.findall(r'href="#s-([a-z_]+)"', legend))
    assert {pin["symbol"] for pin in _pins(html)} <= named


@BOTH
def test_every_file_is_ours_and_every_script_carries_the_nonce(
    client: FlaskClient, path: str
) -> None:
    answer = client.get(path)
    nonce = re.search(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
    assert nonce
    scripts = re.findall(r"<script([^>]*)>", answer.text)
    assert len(scripts) == 3
    assert all(f'nonce="{nonce[1]}"' in script for script in scripts)
    loaded = re.findall(r'<(?:script|link)[^>]+(?:src|href)="([^"]+)"', answer.text)
    assert all(address.startswith("/static/") for address in loaded), loaded
    assert "<style" not in answer.text


@pytest.mark.parametrize(
    "path", ["/areas/nergens/map", "/platforms/nergens/map", "/areas/k-buurt/map/"]
)
def test_a_map_of_nothing_is_not_there(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_snapshot_asks_the_database_as_often_for_few_rows_as_for_many(
    demo_app: Flask, demo_engine: Engine
) -> None:
    asked = []
    for slug in ("k-buurt", "amsterdamse-poort"):
        with count_queries(demo_engine) as statements:
            answer = demo_app.test_client().get(f"/areas/{slug}/map")
        assert answer.status_code == 200
        asked.append(len(statements))
    assert len(set(asked)) == 1, asked
    assert asked[0] <= 8


def test_an_empty_area_has_a_map_that_says_so(make: Factory, own_client: FlaskClient) -> None:
    area = make.organic_area(name="Nothing Yet")
    make.official_area()
    html = own_client.get(f"/areas/{area.slug}/map?lang=en").text
    assert "Nothing open is known here." in html
    assert "That says nothing about what there is." in html
    assert _pins(html) == []


def test_beyond_a_thousand_the_page_says_that_there_is_more(
    make: Factory, own_client: FlaskClient
) -> None:
    area = make.organic_area()
    for _ in range(MOST + 1):
        make.asset(district_id=area.district_id)
    html = own_client.get(f"/areas/{area.slug}/map?lang=en").text
    assert "the first 1000 of each are shown" in html
    assert len(_pins(html)) == MOST


# -- folium's traps ------------------------------------------------------------------------------


def test_no_map_changes_what_other_maps_load() -> None:
    before = list(folium.Map.default_js), list(folium.Map.default_css)
    SnapshotMap(tiles=None).add_js_link("evil", "https://evil.example/x.js")
    SnapshotMap.default_js.clear()
    assert (folium.Map.default_js, folium.Map.default_css) == before


def test_a_file_that_is_not_ours_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SnapshotMap, "default_js", [("plugin", "https://evil.example/x.js")])
    with pytest.raises(Conflict, match=r"evil\.example"):
        draw_parts(BOX, [], [])


def test_no_word_is_run_as_a_template_on_the_way_through_folium() -> None:
    words = "{{7*7}} {% if %} {# #} { \ue07b"
    point = {"type": "Point", "coordinates": [5.0, 52.0]}
    feature = {"type": "Feature", "geometry": point, "properties": {"title": words}}
    script = draw_parts(BOX, [], [feature]).script
    (told,) = json.loads(DATA.findall(script)[0])["features"]
    assert told["properties"]["title"] == words.replace("\ue07b", "{")


def test_the_keyboard_passes_the_map_in_one_step(visitors: Visitors) -> None:
    page = visitors.open(AREA)
    page.locator("#snapshot .folium-map").focus()
    stops = 0
    while page.evaluate("document.activeElement.closest('#snapshot') !== null"):
        page.keyboard.press("Tab")
        stops += 1
    # The map itself and its two zoom buttons.
    assert stops == 3
    expect(page.locator(".snap-rows a").first).to_be_focused()


def test_what_is_no_plain_value_never_reaches_a_map() -> None:
    feature = {"type": "Feature", "geometry": None, "properties": {"title": object()}}
    with pytest.raises(TypeError):
        draw_parts(BOX, [], [feature])


# -- The file ------------------------------------------------------------------------------------


@BOTH
def test_the_file_is_named_after_its_place_and_day(client: FlaskClient, path: str) -> None:
    answer = client.get(f"{path}?download=1")
    slug = path.split("/")[2]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{slug}-2026-11-21.html"'
    assert answer.mimetype == "text/html"


@BOTH
def test_the_file_asks_for_nothing(client: FlaskClient, path: str) -> None:
    html = client.get(f"{path}?download=1").text
    styles = "".join(re.findall(r"<style[^>]*>(.*?)</style>", html, re.S))
    assert "url(" not in styles
    assert "@import" not in styles
    assert not re.findall(r"<(?:script|img|iframe|source)[^>]+src=", html)
    assert re.findall(r"<link[^>]+>", html) == ['<link rel="icon" href="data:,">']


@BOTH
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_file_opens_without_a_network(
    visitors: Visitors, client: FlaskClient, tmp_path: Path, path: str, width: int
) -> None:
    file = tmp_path / "map.html"
    file.write_bytes(client.get(f"{path}?download=1&lang=nl").data)
    page = visitors.enter(width=width)
    visitors.allow(origin="file://")
    page.context.set_offline(True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    # Its empty icon is a data: address: a browser may tell of it, and asks nobody.
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    _open_first_pin(page)
    links = page.locator(".snap-popup a")
    assert str(links.get_attribute("href")).startswith("http://localhost/")


def test_the_booklet_opens_without_a_network(
    visitors: Visitors, client: FlaskClient, tmp_path: Path
) -> None:
    file = tmp_path / "booklet.html"
    file.write_bytes(client.get(f"{BOOKLET}?lang=nl").data)
    page = visitors.enter(width=PHONE)
    visitors.allow(origin="file://")
    page.context.set_offline(True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    _open_first_pin(page)
    expect(page.get_by_role("heading", name="Wat hier staat, wie het betaalt")).to_be_visible()
    expect(page.get_by_text("In onze eigen woorden").first).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide == PHONE


# -- In a browser --------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_pin_says_what_its_line_in_the_table_says(
    visitors: Visitors, path: str, width: int
) -> None:
    page = visitors.open(path, width=width)
    expect(page.locator(".snap-pin")).to_have_count(page.locator(".snap-rows tbody tr").count())
    title = _open_first_pin(page)
    expect(page.locator(".snap-rows a").filter(has_text=title).first).to_be_attached()
    page.keyboard.press("Escape")
    expect(page.locator(".snap-popup")).to_have_count(0)


def test_the_zoom_buttons_speak_the_page_s_language(visitors: Visitors) -> None:
    page = visitors.open(AREA)
    expect(page.get_by_role("button", name="Zoom uit")).to_be_visible()
    page.get_by_role("button", name="Zoom uit").click()


def test_without_a_script_the_table_tells_all(visitors: Visitors) -> None:
    page = visitors.open(AREA, java_script_enabled=False)
    assert page.locator(".snap-rows tbody tr").count() > 15


def test_the_area_s_and_the_platform_s_page_lead_to_their_map(visitors: Visitors) -> None:
    for path in (AREA, PLATFORM):
        page = visitors.open(path.removesuffix("/map"))
        page.get_by_role("link", name="Kaart om mee te nemen").click()
        expect(page).to_have_url(re.compile(re.escape(path)))
        with page.expect_download() as waiting:
            page.get_by_role("link", name="Download als één bestand").click()
        assert waiting.value.suggested_filename.endswith(".html")


@pytest.fixture(scope="module")
def hostile_paths(make_database: Callable[[str], str]) -> Iterator[tuple[str, list[str]]]:
    """A service whose names are hostile, and the paths of its snapshots."""
    engine = make_engine(make_database("snapshots"))
    migrate(engine, metadata())
    with Session(engine, expire_on_commit=False) as session, session.begin():
        paths = _fill(Factory(session))
    settings = Settings(background_url="", secret="for-tests-" * 5)
    with serve(create_app(settings, engine=engine, clock=lambda: NOW)) as origin:
        yield origin, paths
    engine.dispose()


@pytest.fixture
def victims(browser: Browser, hostile_paths: tuple[str, list[str]]) -> Iterator[Visitors]:
    """Visitors of that service."""
    yield from watch(browser, hostile_paths[0])


def test_hostile_names_stay_words_on_the_map_in_popups_and_in_the_file(
    victims: Visitors, hostile_paths: tuple[str, list[str]], tmp_path: Path
) -> None:
    victims.allow(origin="file://")
    page = victims.enter(width=DESK)
    for number, path in enumerate(hostile_paths[1]):
        page.goto(path)
        file = tmp_path / f"{number}.html"
        file.write_bytes(page.request.get(f"{path}?download=1").body())
        for address in (path, file.as_uri()):
            page.goto(address)
            pins = page.locator(".snap-pin")
            expect(pins).to_have_count(2)
            for pin in pins.all():
                pin.click()
                expect(page.locator(".snap-popup b").last).to_have_text(HOSTILE)
                page.keyboard.press("Escape")
                expect(page.locator(".snap-popup")).to_have_count(0)
            assert page.locator("img, iframe, main script:not([nonce])").count() == 0
            expect(page.get_by_role("rowheader").filter(has_text=HOSTILE)).to_have_count(2)


def _fill(make: Factory) -> list[str]:
    district = make.district(name=HOSTILE, full_name=HOSTILE, attribution=HOSTILE)
    home = {"district_id": district.id}
    square = stored(area_shape())
    make.official_area(**home, name=HOSTILE, geom=square)
    organic = make.organic_area(**home, name=HOSTILE, geom=square)
    platform = make.platform(**home, name=HOSTILE)
    make.platform_area(platform_id=platform.id, **home, geom=square)
    organisation = make.organisation(**home, name=HOSTILE)
    asset = make.asset(**home, name=HOSTILE, geom=stored(Point(LON, LAT)))
    make.duty(asset_id=asset.id, organisation_id=organisation.id)
    defect = make.defect(
        **home,
        description=HOSTILE,
        addressee_id=organisation.id,
        geom=stored(Point(LON + 0.002, LAT)),
    )
    make.defect_event(defect_id=defect.id, kind=EventKind.REPORTED)
    return [f"/areas/{organic.slug}/map", f"/platforms/{platform.slug}/map"]


def _pins(html: str) -> list[dict[str, str]]:
    return [
        feature["properties"]
        for data in DATA.findall(html)
        for feature in json.loads(data)["features"]
        if "lines" in feature["properties"]
    ]


def _open_first_pin(page: Page) -> str:
    """Open a pin that no other lies over; its title."""
    spot = page.evaluate(FREE_PIN)
    page.mouse.click(*spot)
    heading = page.locator(".snap-popup b")
    expect(heading).to_be_visible()
    return heading.inner_text()
