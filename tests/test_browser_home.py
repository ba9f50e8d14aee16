"""The home page as a resident meets it: words, language, search, chips, keyboard, and bad luck."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from geoapp.app import create_app
from geoapp.config import Settings
from tests.browser import (
    DESK,
    HEIGHTS,
    PHONE,
    TileKeeper,
    Visitors,
    focus_map,
    is_painted,
    painted,
    read_view,
    serve,
    settle,
)
from tests.conftest import NOW

pytest_plugins = ("tests.browser",)

WIDTHS = (PHONE, DESK)
LEAD = {
    "nl": "Is er iets stuk of vies? Zet het op de kaart. "
    "Het blijft open tot bewoners zeggen: het is goed.",
    "en": "Is something broken or dirty? Put it on the map. "
    "It stays open until residents say: it is good.",
}
NAMES = {
    "nl": ("Buurtkaart Zuidoost", "Dicht bij u", "Meld een probleem", "Geen account nodig"),
    "en": ("Zuidoost neighbourhood map", "Near you", "Report a problem", "No account needed"),
}
CHIPS = {
    "nl": ["Nog niet goed", "Speelplekken", "Kasten", "Alles"],
    "en": ["Still not right", "Play places", "Cabinets", "Everything"],
}
SEARCH = {"nl": "Zoek een plek, bijvoorbeeld K-buurt", "en": "Find a place, for example K-buurt"}
FAILED_TILES = "Een deel van de kaart kwam niet"
FAILED_LIST = "De lijst kwam niet"
A_NETWORK_FAILURE = "Failed to load resource"
K_BUURT = (4.98, 52.315)


# -- Words, order, language --------------------------------------------------------------------


@pytest.mark.parametrize("language", ["nl", "en"])
def test_home_says_in_this_order_what_it_is_for(visitors: Visitors, language: str) -> None:
    page = visitors.open(width=DESK, language=language)
    brand, near, report, account = NAMES[language]
    for width in (DESK, PHONE):
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        settle(page)
        expect(page.locator(".brand")).to_have_text(brand)
        expect(page.locator(".lead")).to_have_text(LEAD[language])
        expect(page.get_by_placeholder(SEARCH[language])).to_be_visible()
        expect(page.locator(".chips .chip")).to_have_text(CHIPS[language])
        expect(page.locator("#near-h")).to_have_text(near)
        expect(page.locator(".dock a")).to_have_text(report)
        expect(page.locator(".dock")).to_contain_text(account)
        tops = [
            _top(page, selector)
            for selector in (".brand", ".lead", ".find", "#near-h", ".dock a", ".dock small")
        ]
        assert tops == sorted(tops), width
    assert _top(page, ".find") < _top(page, ".chips") < _top(page, "#near-h")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_report_button_stays_in_sight_however_far_the_list_is_read(
    visitors: Visitors, width: int
) -> None:
    page = visitors.open(width=width)
    button = page.locator(".dock a")
    page.locator("#near .card").last.scroll_into_view_if_needed()
    expect(button).to_be_in_viewport(ratio=1)
    button.click()
    expect(page.locator("h1")).to_have_text("Waar is het?")


def test_on_a_wide_screen_list_and_map_stand_side_by_side(visitors: Visitors) -> None:
    page = visitors.open(width=DESK)
    side, hero = page.locator(".side").bounding_box(), page.locator(".hero").bounding_box()
    assert side
    assert hero
    assert side["x"] + side["width"] <= hero["x"] + 1
    assert hero["y"] == 0
    assert hero["height"] == page.evaluate("innerHeight")


def test_a_card_says_what_where_state_and_whose_move_it_is(visitors: Visitors) -> None:
    page = visitors.open("/?layers=not_good")
    card = page.locator("#near .card").first
    expect(card.locator("h3")).not_to_be_empty()
    expect(card.locator("p.mut").first).not_to_be_empty()
    expect(card).to_contain_text("Aan zet:")
    expect(card).to_contain_text("open")


def test_a_visitor_without_choice_or_known_language_reads_the_districts_first(
    visitors: Visitors, client: FlaskClient
) -> None:
    assert '<html lang="nl">' in client.get("/").text
    page = visitors.open(language="fr-FR")
    expect(page.locator("html")).to_have_attribute("lang", "nl")


def test_a_language_chosen_by_link_is_kept_on_the_next_pages(visitors: Visitors) -> None:
    page = visitors.open(language="nl")
    page.get_by_role("link", name="EN", exact=True).click()
    settle(page)
    expect(page.locator(".dock a")).to_have_text("Report a problem")
    page.goto("/about")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("h1")).to_have_text("Whose map is this?")


def test_the_list_fetched_later_is_in_the_language_of_the_page(visitors: Visitors) -> None:
    page = visitors.open("/?lang=en", language="nl")
    page.locator(".chip[data-show=cabinets]").click()
    settle(page)
    expect(page.locator("#near-h")).to_have_text("Near you")
    expect(page.locator("#near .count")).to_contain_text("in view")


def test_the_area_labels_are_painted_on_the_map(visitors: Visitors) -> None:
    page = visitors.open("/?at=52.30500,4.96500,14")
    assert is_painted(page, "Holendrecht")
    assert is_painted(page, "K-buurt")


# -- Search ------------------------------------------------------------------------------------


def test_a_neighbourhood_is_found_however_it_is_spelt_and_escape_empties_the_search(
    visitors: Visitors,
) -> None:
    page = visitors.open(width=PHONE)
    found, search = page.locator("#found"), page.get_by_role("searchbox")
    spellings = ("kbuurt", "K buurt", "K-buurt", "k-BUURT")
    for words, told in (*((words, "K-buurt") for words in spellings), ("de k", "ook wel de K")):
        _type(page, words)
        expect(found.locator("a").first, words).to_contain_text("K-buurt")
        expect(found.locator("a").first, words).to_contain_text(told)
        expect(page.locator("#found-status"), words).to_contain_text("gevonden")
        page.keyboard.press("Escape")
        expect(found, words).to_have_count(0)
        expect(search, words).to_have_value("")
        expect(search, words).to_be_focused()


def test_arrow_keys_and_enter_take_the_map_and_the_list_to_what_was_found(
    visitors: Visitors,
) -> None:
    page = visitors.open()
    before = page.locator("#near .card h3").all_inner_texts()
    _type(page, "kbuurt")
    page.locator("#found a").first.wait_for()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#found a").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#found a").nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_have_count(0)
    expect(page.get_by_role("searchbox")).to_have_value("K-buurt")
    settle(page)
    view = read_view(page)
    assert abs(view.lon - K_BUURT[0]) < 0.01
    assert abs(view.lat - K_BUURT[1]) < 0.01
    assert "area=k-buurt" in page.url
    assert page.locator("#near .card h3").all_inner_texts() != before


def test_the_map_flies_to_what_was_found_where_motion_is_welcome(visitors: Visitors) -> None:
    page = visitors.open(reduced_motion="no-preference")
    _type(page, "Gein")
    page.locator("#found a").first.click()
    settle(page)
    view = read_view(page)
    assert abs(view.lon - 4.99) < 0.02
    assert view.zoom > 13


def test_a_thing_can_be_found_by_its_name(visitors: Visitors) -> None:
    page = visitors.open()
    _type(page, "kast 1")
    page.locator("#found a").first.click()
    expect(page.locator("h1")).to_contain_text("Kast 1")


def test_nothing_found_is_said(visitors: Visitors) -> None:
    page = visitors.open(width=PHONE)
    _type(page, "xyzzy")
    expect(page.locator("#found")).to_contain_text("Niets gevonden")


def test_search_works_without_javascript(visitors: Visitors) -> None:
    page = visitors.open(width=PHONE, java_script_enabled=False)
    page.get_by_role("searchbox").fill("k buurt")
    page.get_by_role("searchbox").press("Enter")
    page.locator("#found a", has_text="K-buurt").first.click()
    assert "k-buurt" in page.url
    expect(page.locator("#near .card").first).to_be_visible()
    expect(page.locator("#map svg")).to_be_visible()


def test_without_javascript_chips_and_report_still_work(visitors: Visitors) -> None:
    page = visitors.open(width=PHONE, java_script_enabled=False)
    page.get_by_role("link", name="Kasten").click()
    expect(page.locator(".chip[data-show=cabinets]")).to_have_attribute("aria-current", "true")
    assert page.locator("#near").get_attribute("data-reports") == "0"
    expect(page.locator(".dock a")).to_be_in_viewport(ratio=1)


# -- Links that hold a view --------------------------------------------------------------------


def test_choosing_a_chip_shows_in_the_address_and_a_reload_shows_the_same(
    visitors: Visitors,
) -> None:
    page = visitors.open()
    page.locator(".chip[data-show=cabinets]").click()
    settle(page)
    assert "layers=cabinets" in page.url
    shown = _shown(page)
    page.reload()
    settle(page)
    expect(page.locator(".chip[data-show=cabinets]")).to_have_attribute("aria-current", "true")
    assert _shown(page) == shown


@pytest.mark.parametrize("width", WIDTHS)
def test_a_link_with_a_place_opens_the_same_view(visitors: Visitors, width: int) -> None:
    page = visitors.open("/?layers=not_good&at=52.30000,4.96500,16", width=width)
    view = read_view(page)
    assert (view.lat, view.lon, view.zoom) == (52.3, 4.965, 16)
    assert view.layers == "not_good"
    focus_map(page)
    page.keyboard.press("ArrowRight")
    settle(page)
    moved, shown = page.url, _shown(page)
    assert read_view(page).lon > 4.965
    page.goto(moved)
    settle(page)
    assert page.url == moved
    assert _shown(page) == shown


def test_overlays_of_a_link_stay_in_the_address(visitors: Visitors) -> None:
    page = visitors.open("/?layers=all,platforms&at=52.30000,4.96500,15")
    expect(page.locator("input[data-overlay=platforms]")).to_be_checked()
    focus_map(page)
    page.keyboard.press("ArrowRight")
    settle(page)
    assert "platforms" in page.url


def test_ticking_an_overlay_shows_in_the_address_and_on_the_map(visitors: Visitors) -> None:
    page = visitors.open("/?at=52.30000,4.96500,15")
    assert not any("Voorbeeldplatform" in words for words in painted(page))
    page.locator("input[data-overlay=platforms]").check()
    assert is_painted(page, "Voorbeeldplatform")
    assert "platforms" in page.url


def test_a_link_broken_on_its_way_still_opens_the_map(visitors: Visitors) -> None:
    page = visitors.enter()
    for at in ("52.3,4.9", "north,west,9", "52.3,4.9,99", ",,", "91,4.9,14"):
        page.goto(f"/?at={at}&layers=nonsense")
        settle(page)
        expect(page.locator(".chip[data-show=all]"), at).to_have_attribute("aria-current", "true")
        expect(page.locator("#near .card").first, at).to_be_visible()


# -- What is here, by touch and by keyboard ----------------------------------------------------


def test_enter_on_the_map_asks_what_is_here_and_the_list_comes_back(visitors: Visitors) -> None:
    page = visitors.open("/?at=52.29890,4.96060,17")
    focus_map(page)
    page.keyboard.press("Enter")
    heading = page.locator("#near-h")
    expect(heading).to_have_text("Wat is hier")
    expect(heading).to_be_focused()
    expect(page.locator("#near")).to_contain_text("Kast 1, bij metro Holendrecht")
    expect(page.locator("#near")).to_contain_text("Voorbeeldplatform 3")
    page.get_by_role("link", name="Terug naar de lijst").press("Enter")
    expect(heading).to_have_text("Dicht bij u")
    expect(heading).to_be_focused()
    settle(page)
    assert int(page.locator("#near").get_attribute("data-things") or 0) > 0


def test_an_answer_stands_while_the_map_moves_a_little_and_goes_when_it_moves_away(
    visitors: Visitors,
) -> None:
    page = visitors.open("/?at=52.29890,4.96060,17")
    focus_map(page)
    page.keyboard.press("Enter")
    expect(page.locator("#near-h")).to_have_text("Wat is hier")
    focus_map(page)
    page.keyboard.press("ArrowUp")
    settle(page)
    expect(page.locator("#near-h")).to_have_text("Wat is hier")
    for _ in range(6):
        page.keyboard.press("ArrowUp")
    expect(page.locator("#near-h")).to_have_text("Dicht bij u")


def test_a_resident_finds_k_buurt_and_then_the_payer_and_keeper_of_a_cabinet(
    visitors: Visitors,
) -> None:
    page = visitors.open()
    kept = TileKeeper(page)
    _choose(page, "kbuurt", "K-buurt")
    _choose(page, "Holendrecht", "Holendrecht")
    page.locator(".chip[data-show=cabinets]").click()
    settle(page)
    while read_view(page).zoom < 16:
        before = page.url
        page.mouse.dblclick(*_nearest_cabinet(page, kept))
        expect(page).not_to_have_url(before)
        settle(page)
    page.mouse.click(*_nearest_cabinet(page, kept))
    expect(page.locator("#near-h")).to_have_text("Wat is hier")
    page.locator("#near a.card[href^='/assets/']").first.click()
    expect(page.locator("h1")).to_contain_text("Kast")
    expect(page.locator(".pay")).to_contain_text("Buurtbudget")
    expect(page.locator(".pay")).to_contain_text("EUR")
    expect(page.locator(".keeper").first).to_contain_text("Stadswerken")
    expect(page.locator(".facts")).to_contain_text("Eén afspraak voor 8 kasten")
    code = page.url.rpartition("/")[2]
    phone = visitors.open(f"/q/{code}", width=PHONE)
    expect(phone.locator("h1")).to_have_text(page.locator("h1").inner_text())
    expect(phone.locator(".pay")).to_contain_text("Buurtbudget")
    expect(phone.locator(".keeper").first).to_contain_text("Stadswerken")


def test_a_finger_on_a_phone_opens_what_is_there(visitors: Visitors) -> None:
    page = visitors.enter(width=PHONE, has_touch=True, is_mobile=True)
    kept = TileKeeper(page)
    page.goto("/?layers=cabinets&at=52.29890,4.96060,17")
    settle(page)
    page.touchscreen.tap(*_nearest_cabinet(page, kept))
    expect(page.locator("#near-h")).to_have_text("Wat is hier")
    things = page.locator("#near a.card[href^='/assets/']")
    expect(things.filter(has_text="Kast 1, bij metro Holendrecht")).to_have_count(1)
    expect(page.locator("#near-h")).to_be_in_viewport()


# -- The visitor's own place ---------------------------------------------------------------------


def test_my_location_moves_the_map_there_and_says_so(visitors: Visitors) -> None:
    page = visitors.open(
        geolocation={"latitude": 52.2989, "longitude": 4.9606}, permissions=["geolocation"]
    )
    page.get_by_role("button", name="Mijn locatie").click()
    page.wait_for_url("**at=52.29*")
    settle(page)
    assert is_painted(page, "U bent hier")


def test_a_location_outside_the_map_is_said_and_the_map_stays(visitors: Visitors) -> None:
    page = visitors.open(
        geolocation={"latitude": 48.85, "longitude": 2.35}, permissions=["geolocation"]
    )
    before = page.url
    page.get_by_role("button", name="Mijn locatie").click()
    expect(page.locator("#map-status")).to_contain_text("U bent buiten deze kaart")
    assert page.url == before


def test_a_location_that_is_not_shared_is_said(visitors: Visitors) -> None:
    page = visitors.open(permissions=[])
    page.get_by_role("button", name="Mijn locatie").click()
    expect(page.locator("#map-status")).to_contain_text("Uw locatie wordt niet gedeeld")


# -- Bad luck ------------------------------------------------------------------------------------


def test_tiles_that_do_not_come_are_told_and_come_at_the_next_move(visitors: Visitors) -> None:
    visitors.allow(words=A_NETWORK_FAILURE)
    page = visitors.enter()
    page.route("**/tiles/**", lambda route: route.fulfill(status=500))
    page.goto("/")
    status = page.locator("#map-status")
    expect(status).to_contain_text(FAILED_TILES)
    page.unroute("**/tiles/**")
    focus_map(page)
    page.keyboard.press("ArrowRight")
    expect(status).not_to_contain_text(FAILED_TILES)
    settle(page)
    assert is_painted(page, "K-buurt")


def test_offline_is_told_and_map_and_list_recover(visitors: Visitors) -> None:
    visitors.allow(words=A_NETWORK_FAILURE)
    page = visitors.open("/?at=52.30000,4.96500,15")
    status = page.locator("#map-status")
    page.context.set_offline(True)
    focus_map(page)
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(status).to_contain_text(FAILED_TILES)
    expect(status).to_contain_text(FAILED_LIST)
    expect(page.locator("#near .card").first).to_be_visible()
    page.context.set_offline(False)
    page.keyboard.press("ArrowRight")
    expect(status).not_to_contain_text(FAILED_TILES)
    expect(status).not_to_contain_text(FAILED_LIST)
    settle(page)


def test_a_search_that_fails_is_told(visitors: Visitors) -> None:
    visitors.allow(words=A_NETWORK_FAILURE)
    page = visitors.open()
    page.route("**/find?*", lambda route: route.abort())
    _type(page, "gein")
    expect(page.locator("#found-status")).to_contain_text("Zoeken lukte niet")


# -- The background map ----------------------------------------------------------------------


@contextmanager
def _map_over(engine: Engine, background: str) -> Iterator[str]:
    address = f"{background}/{{z}}/{{x}}/{{y}}.png"
    settings = Settings(background_url=address, background_attribution="Kaart: de buren")
    with serve(create_app(settings, engine=engine, clock=lambda: NOW)) as origin:
        yield origin


def test_the_background_map_comes_from_the_host_that_is_set(
    visitors: Visitors, demo_engine: Engine
) -> None:
    with serve(_background(200)) as background, _map_over(demo_engine, background) as origin:
        visitors.allow(origin=origin)
        visitors.allow(origin=background)
        page = visitors.enter(base_url=origin)
        with page.expect_request(f"{background}/**"):
            page.goto("/")
        settle(page)
        expect(page.locator("#map.has-background")).to_be_visible()
        expect(page.locator("[data-background-source]")).to_have_text("Kaart: de buren")
        visitors.contexts.pop().close()


def test_a_background_map_that_fails_goes_without_a_word_and_the_map_stays(
    visitors: Visitors, demo_engine: Engine
) -> None:
    visitors.allow(words=A_NETWORK_FAILURE)
    with serve(_background(404)) as background, _map_over(demo_engine, background) as origin:
        visitors.allow(origin=origin)
        visitors.allow(origin=background)
        page = visitors.enter(base_url=origin)
        page.goto("/")
        settle(page)
        expect(page.locator("#map img.leaflet-tile")).to_have_count(0)
        expect(page.locator("#map.has-background")).to_have_count(0)
        expect(page.locator("#map-status")).not_to_contain_text(FAILED_TILES)
        assert is_painted(page, "K-buurt")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        focus_map(page)
        page.keyboard.press("ArrowRight")
        settle(page)
        assert not [url for url in asked if url.startswith(background)]
        visitors.contexts.pop().close()


def _background(status: int) -> Flask:
    app = Flask("background", static_folder=None)
    # One grey pixel.
    pixel = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
        "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
    )

    @app.get("/<int:z>/<int:x>/<int:y>.png")
    def show_tile(z: int, x: int, y: int) -> tuple[bytes, int, dict[str, str]]:
        assert z + x + y >= 0
        return pixel if status == 200 else b"", status, {"Content-Type": "image/png"}

    return app


# -- Small steps -------------------------------------------------------------------------------


def _type(page: Page, words: str) -> None:
    box = page.get_by_role("searchbox")
    box.click()
    box.press_sequentially(words)


def _choose(page: Page, words: str, name: str) -> None:
    page.get_by_role("searchbox").fill("")
    _type(page, words)
    page.locator("#found a", has_text=name).first.click()
    settle(page)


def _nearest_cabinet(page: Page, kept: TileKeeper) -> tuple[float, float]:
    """Pixel on screen of the cabinet nearest to the middle of the map."""
    view = read_view(page)
    middle = (view.width / 2, view.height / 2)
    pins = kept.pins(view, "cabinets")
    pin = min(pins, key=lambda pin: (pin.x - middle[0]) ** 2 + (pin.y - middle[1]) ** 2)
    return view.left + pin.x, view.top + pin.y


def _top(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["y"]


def _shown(page: Page) -> tuple[str | None, str | None, list[str]]:
    near = page.locator("#near")
    return (
        near.get_attribute("data-reports"),
        near.get_attribute("data-things"),
        near.locator(".card h3").all_inner_texts(),
    )
