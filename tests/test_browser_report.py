"""The resident's errand in a real browser: a pin dropped, stored once, found again."""

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, delete, select, text
from sqlalchemy.orm import Session

from geoapp.app import create_app, metadata
from geoapp.areas.rules import Level
from geoapp.assets.rules import Kind
from geoapp.config import Settings
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine
from geoapp.defects.tables import Defect, DefectPicture
from geoapp.ledger.tables import LimitCount
from geoapp.media.rules import Size
from geoapp.media.store import FileStore
from tests.browser import (
    DESK,
    PHONE,
    Visitors,
    ask_axe,
    focus_map,
    project,
    serve,
    settle,
    watch,
)
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory
from tests.pictures import busy_at, photo, size_of

pytest_plugins = ("tests.browser",)

ZOOM = 17
OFFLINE = "ERR_INTERNET_DISCONNECTED"


@pytest.fixture(scope="module")
def place(make_database: Callable[[str], str]) -> Iterator[tuple[Engine, str]]:
    """A district with one cabinet, in which reports are really stored; the cabinet's code."""
    engine = make_engine(make_database("report"))
    migrate(engine, metadata())
    with Session(engine, expire_on_commit=False) as session, session.begin():
        make = Factory(session)
        make.organisation(is_desk=True, name="Het loket")
        make.official_area(name="Wijk", level=Level.WIJK, tint=0)
        make.organic_area(name="De Hoek", slug="de-hoek")
        cabinet = make.asset(kind=Kind.CABINET, name="Kast 1, bij het plein")
    yield engine, cabinet.code
    engine.dispose()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FileStore:
    """Where the photos of that district are kept."""
    return FileStore(tmp_path_factory.mktemp("media"))


@pytest.fixture(scope="module")
def site(place: tuple[Engine, str], store: FileStore) -> Iterator[str]:
    """The service on that district."""
    settings = Settings(background_url="", secret="for-tests-" * 5, media_dir=store.folder)
    with serve(create_app(settings, engine=place[0], clock=lambda: NOW)) as origin:
        yield origin


@pytest.fixture
def reporters(browser: Browser, site: str, place: tuple[Engine, str]) -> Iterator[Visitors]:
    """Visitors of that district, who have sent nothing yet in this hour."""
    with Session(place[0]) as session, session.begin():
        session.execute(delete(LimitCount))
    yield from watch(browser, site)


@pytest.fixture(scope="module")
def glass(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo, as large as a phone makes it."""
    file = tmp_path_factory.mktemp("photos") / "glass.jpg"
    file.write_bytes(photo(size=(3000, 2000), grain=2))
    return file


def codes(place: tuple[Engine, str]) -> set[str]:
    with Session(place[0]) as session:
        return set(session.scalars(select(Defect.code)))


@pytest.fixture
def stored(place: tuple[Engine, str]) -> Callable[[], set[str]]:
    """Gives the codes of what was stored since the test began."""
    before = codes(place)
    return lambda: codes(place) - before


def open_form(visitors: Visitors, place: tuple[Engine, str], **options: Any) -> Page:
    page = visitors.enter(width=PHONE, **options)
    page.goto(f"/report?asset={place[1]}")
    return page


def send(page: Page) -> None:
    page.get_by_role("button", name="Zet het op de kaart").click()


def expect_receipt(page: Page) -> None:
    heading = page.get_by_role("heading", name="Uw melding staat op de kaart.")
    expect(heading).to_be_visible(timeout=30_000)


def look_at_all_photos(place: tuple[Engine, str]) -> None:
    with place[0].begin() as connection:
        connection.execute(text("UPDATE picture SET state = 'shown', looked_at = created_at"))


def watch_line(page: Page) -> list[int]:
    """The bytes of each body that leaves from here on, as the browser's network has them."""
    sizes: list[int] = []
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")

    def keep(sent: dict[str, Any]) -> None:
        headers = {name.lower(): value for name, value in sent["headers"].items()}
        sizes.append(int(headers.get("content-length", 0)))

    line.on("Network.requestWillBeSentExtraInfo", keep)
    return sizes


# -- The errand ----------------------------------------------------------------------------------


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_glass_broken_at_a_cabinet_is_reported_with_a_photo_and_stays_one(
    reporters: Visitors,
    place: tuple[Engine, str],
    stored: Callable[[], set[str]],
    glass: Path,
    *,
    scripts: bool,
) -> None:
    page = reporters.enter(width=PHONE, java_script_enabled=scripts)
    page.goto(f"/q/{place[1]}")
    page.get_by_role("link", name="Meld een probleem hier").click()
    page.locator("#photos").set_input_files(glass)
    page.locator("label", has_text="Stuk").click()
    page.locator("#description").fill("glas kapot")
    send(page)
    expect_receipt(page)
    expect(page.locator("#receipt")).to_contain_text("Aan zet: Het loket.")
    expect(page.locator(".map").first).to_be_visible()
    expect(page).not_to_have_url(re.compile("/report"))
    own = page.url
    page.reload()
    expect(page.locator("#receipt")).to_contain_text(stored().pop())
    page.go_back()
    send(page)
    expect_receipt(page)
    expect(page).to_have_url(own)
    assert len(stored()) == 1


def test_the_photo_stands_on_the_page_when_somebody_has_looked(
    reporters: Visitors, place: tuple[Engine, str], stored: Callable[[], set[str]], glass: Path
) -> None:
    page = open_form(reporters, place)
    page.locator("#photos").set_input_files(glass)
    page.locator("label", has_text="Stuk").click()
    send(page)
    expect_receipt(page)
    (code,) = stored()
    page.goto(f"/defects/{code}")
    expect(page.locator("main")).to_contain_text("1 foto wacht tot iemand ernaar heeft gekeken")
    expect(page.locator("figure img")).to_have_count(0)
    look_at_all_photos(place)
    page.reload()
    shown = page.get_by_role("img", name="Foto van het probleem")
    expect(shown).to_have_js_property("naturalWidth", 480)
    preview = page.locator("meta[property='og:image']").get_attribute("content") or ""
    assert page.request.get(preview).headers["content-type"] == "image/jpeg"


def test_a_link_for_neighbours_holds_no_key_and_shows_no_receipt(
    reporters: Visitors, place: tuple[Engine, str]
) -> None:
    page = open_form(reporters, place)
    page.locator("label", has_text="Vies").click()
    send(page)
    expect_receipt(page)
    shared = page.get_by_role("link", name="Deel met buren").get_attribute("href") or ""
    assert "secret" not in shared
    page.goto(shared)
    expect(page.locator("#receipt")).to_have_count(0)
    picture = page.locator("meta[property='og:image']").get_attribute("content") or ""
    assert page.request.get(picture).headers["content-type"] == "image/png"
    said = page.locator("meta[property='og:description']").get_attribute("content")
    assert said == "Ontvangen"


def test_my_reports_are_kept_and_forgotten_by_the_phone_alone(
    reporters: Visitors, place: tuple[Engine, str], stored: Callable[[], set[str]]
) -> None:
    page = open_form(reporters, place)
    page.locator("label", has_text="Vies").click()
    send(page)
    expect_receipt(page)
    (code,) = stored()
    page.goto("/mine")
    page.locator("#mine a", has_text=code).click()
    expect(page.get_by_role("heading", name="Dit is uw eigen melding.")).to_be_visible()
    page.get_by_role("button", name="Vergeet op deze telefoon").click()
    page.go_back()
    page.go_back()
    page.reload()
    page.goto("/mine")
    expect(page.locator("#mine a")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("Hier is nog niets bewaard.")


def test_what_the_neighbourhood_is_called_is_one_tap(
    reporters: Visitors, place: tuple[Engine, str]
) -> None:
    page = open_form(reporters, place)
    page.locator("label", has_text="Vies").click()
    send(page)
    page.get_by_role("button", name="De Hoek").click()
    expect(page.locator("#receipt")).to_contain_text("Dank u.")


def test_a_new_report_stands_on_the_open_map_without_a_reload(
    reporters: Visitors, place: tuple[Engine, str], stored: Callable[[], set[str]]
) -> None:
    map_page = reporters.enter(width=DESK)
    map_page.goto(f"/?at={LAT},{LON},{ZOOM}")
    settle(map_page)
    map_page.evaluate("globalThis.same = true")
    asked: list[str] = []
    map_page.on("request", lambda request: asked.append(request.url))
    form = map_page.context.new_page()
    form.goto(f"/report?asset={place[1]}")
    form.locator("label", has_text="Onveilig").click()
    form.locator("#description").fill("Scherpe rand, net gemeld")
    send(form)
    expect_receipt(form)
    expect(map_page.locator("#near")).to_contain_text("Scherpe rand, net gemeld")
    settle(map_page)
    assert any("/tiles/defects/" in url for url in asked)
    assert map_page.evaluate("globalThis.same"), "the page was loaded anew"
    assert len(stored()) == 1


# -- Where ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_the_pin_lands_under_the_crosshair(
    reporters: Visitors, place: tuple[Engine, str], stored: Callable[[], set[str]], direction: str
) -> None:
    page = reporters.enter(width=PHONE)
    page.goto(f"/report?at={LAT},{LON},{ZOOM}")
    page.evaluate("(to) => { document.documentElement.dir = to }", direction)
    page.wait_for_selector("html[data-spot=ready]", state="attached")
    page.locator("#map").scroll_into_view_if_needed()
    box = page.locator("#map").bounding_box()
    assert box
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(middle[0], middle[1] - 60)
    page.mouse.down()
    page.mouse.move(middle[0] + 70, middle[1] - 20, steps=8)
    with page.expect_response(lambda answer: "/report/place" in answer.url):
        page.mouse.up()
    page.wait_for_selector("html[data-spot=ready]", state="attached")
    pin = page.locator(".pick-pin").bounding_box()
    assert pin
    tip = (pin["x"] + pin["width"] / 2, pin["y"] + pin["height"])
    assert tip == pytest.approx(middle, abs=1)
    page.get_by_role("button", name="Zet pin hier").click()
    page.locator("label", has_text="Vies").click()
    send(page)
    expect_receipt(page)
    world = 256 * 2**ZOOM
    x, y = project(LON, LAT, world)
    found = project(*_exact_place(place, stored().pop()), world)
    # The map went 70 right and 40 down, so what lies under the pin is as far the other way.
    assert found == pytest.approx((x - 70, y - 40), abs=1.5)


def _exact_place(place: tuple[Engine, str], code: str) -> tuple[float, float]:
    with place[0].connect() as connection:
        row = connection.execute(
            text("SELECT ST_X(geom) AS lon, ST_Y(geom) AS lat FROM defect WHERE code = :code"),
            {"code": code},
        ).one()
    return row.lon, row.lat


def test_the_place_is_read_back_and_what_is_near_is_proposed(reporters: Visitors) -> None:
    page = reporters.enter(width=PHONE)
    page.goto(f"/report?at={LAT},{LON},{ZOOM}")
    expect(page.locator("#spot")).to_contain_text("Bij Kast 1, bij het plein, in De Hoek")
    page.get_by_role("button", name="Zet pin hier").click()
    choice = page.get_by_role("radio", name=re.compile("Kast 1"))
    expect(choice).to_be_visible()
    expect(page.get_by_role("radio", name="Nee, iets anders")).to_be_checked()
    choice.check()
    page.locator("label", has_text="Vol").click()
    expect(choice, "a cabinet is never full").to_be_hidden()
    expect(page.get_by_role("radio", name="Nee, iets anders")).to_be_checked()
    page.locator("label", has_text="Stuk").click()
    choice.check()
    expect(page.locator(".addressee.now")).to_contain_text("Het loket")
    send(page)
    expect(page.locator("main")).to_contain_text("Alles over deze kast")


def test_my_location_moves_the_pin(reporters: Visitors) -> None:
    page = reporters.enter(
        width=PHONE,
        geolocation={"latitude": LAT + 0.002, "longitude": LON + 0.003},
        permissions=["geolocation"],
    )
    page.goto(f"/report?at={LAT},{LON},{ZOOM}")
    page.wait_for_selector("html[data-spot=ready]", state="attached")
    with page.expect_response(lambda answer: "/report/place" in answer.url):
        page.get_by_role("button", name="Mijn locatie").click()
    page.wait_for_selector("html[data-spot=ready]", state="attached")
    page.get_by_role("button", name="Zet pin hier").click()
    lat = float(page.locator("input[name=lat]").input_value())
    lon = float(page.locator("input[name=lon]").input_value())
    assert (lat, lon) == pytest.approx((LAT + 0.002, LON + 0.003), abs=1e-5)


def test_a_pin_outside_the_district_cannot_be_put(reporters: Visitors) -> None:
    page = reporters.enter(width=PHONE)
    page.goto("/report?at=52.3,5.3,15")
    expect(page.locator("#spot")).to_contain_text("Dit is buiten de kaart")
    expect(page.get_by_role("button", name="Zet pin hier")).to_be_disabled()


def test_the_pin_is_where_the_map_is_however_soon_the_button_is_pressed(
    reporters: Visitors,
) -> None:
    page = reporters.enter(width=PHONE)
    page.goto(f"/report?at={LAT},{LON},{ZOOM}")
    page.wait_for_selector("html[data-spot=ready]", state="attached")
    focus_map(page)
    page.keyboard.press("ArrowRight")
    page.evaluate("document.getElementById('here').click()")
    page.wait_for_url("**lat=**")
    assert float(page.locator("input[name=lon]").input_value()) > LON + 0.0005


def test_words_stay_while_the_place_is_changed(
    reporters: Visitors, place: tuple[Engine, str]
) -> None:
    page = reporters.enter(width=PHONE)
    page.goto(f"/report?lat={LAT}&lon={LON}")
    page.locator("label", has_text="Onveilig").click()
    page.locator("#description").fill("Los stopcontact")
    page.locator("main a").first.click()
    page.wait_for_selector("html[data-spot=ready]", state="attached")
    page.get_by_role("button", name="Zet pin hier").click()
    expect(page.locator("#description")).to_have_value("Los stopcontact")
    expect(page.get_by_role("radio", name="Onveilig")).to_be_checked()
    expect(page.locator("#goes-to")).to_have_text("Gaat naar Het loket")
    page.goto(f"/q/{place[1]}")
    page.get_by_role("link", name="Meld een probleem hier").click()
    expect(page.locator("#description")).to_have_value("")


# -- The keyboard, and what is heard -----------------------------------------------------------


def test_the_whole_errand_goes_by_the_keyboard_alone(
    reporters: Visitors, stored: Callable[[], set[str]]
) -> None:
    page = reporters.enter(width=PHONE)
    page.goto("/report")
    _tab_to(page, "input[type=search]")
    page.keyboard.type("kast")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=kast")
    _tab_to(page, ".picks a")
    page.keyboard.press("Enter")
    page.wait_for_url("**asset=**")
    _tab_to(page, "input[name=category]")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Vies")).to_be_checked()
    _tab_to(page, "#description")
    page.keyboard.type("Met het toetsenbord")
    _tab_to(page, "#send")
    page.keyboard.press("Enter")
    expect_receipt(page)
    assert len(stored()) == 1


def test_the_map_is_moved_by_arrows_and_the_pin_put_by_enter(reporters: Visitors) -> None:
    page = reporters.enter(width=PHONE)
    page.goto(f"/report?at={LAT},{LON},{ZOOM}")
    page.wait_for_selector("html[data-spot=ready]", state="attached")
    focus_map(page)
    with page.expect_response(lambda answer: "/report/place" in answer.url):
        page.keyboard.press("ArrowRight")
    page.wait_for_selector("html[data-spot=ready]", state="attached")
    _tab_to(page, "#here")
    page.keyboard.press("Enter")
    page.wait_for_url("**lat=**")
    assert float(page.locator("input[name=lon]").input_value()) > LON + 0.0005


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("(css) => document.activeElement.matches(css)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")


def test_the_map_is_heard_after_the_search_and_the_list(reporters: Visitors) -> None:
    page = reporters.enter(width=PHONE)
    page.goto(f"/report?at={LAT},{LON},{ZOOM}")
    page.wait_for_selector("html[data-spot=ready]", state="attached")
    order = page.evaluate(
        """() => ["h1", "#search", "#spot", "#map", "#here"].map((css) =>
          [...document.querySelectorAll("*")].indexOf(document.querySelector(css)))"""
    )
    assert order == sorted(order)
    assert min(order) > 0


@pytest.mark.parametrize(("width", "language"), [(PHONE, "nl"), (DESK, "en")])
def test_axe_finds_nothing_where_a_report_goes_wrong_or_right(
    reporters: Visitors, place: tuple[Engine, str], glass: Path, width: int, language: str
) -> None:
    reporters.allow(words="status of 400")
    page = reporters.enter(width=width, language=language)
    page.goto(f"/report?at={LAT},{LON},{ZOOM}")
    page.wait_for_selector("html[data-spot=ready]", state="attached")
    assert ask_axe(page) == []
    page.locator("#here").click()
    page.locator("#photos").set_input_files(glass)
    page.locator("[data-smear]").click()
    expect(page.locator("#smear")).to_be_visible()
    assert ask_axe(page) == []
    page.locator("[data-cancel]").click()
    page.locator(".pick label").first.click()
    page.locator("#city_number").evaluate("(field) => { field.value = '1'.repeat(61) }")
    page.locator("#send").click()
    expect(page.locator("#wrong-city_number")).not_to_be_empty()
    assert ask_axe(page) == []
    page.locator("#city_number").fill("SIA-1")
    page.locator("#send").click()
    expect(page.locator("#receipt")).to_be_visible()
    assert ask_axe(page) == []
    page.goto("/mine")
    assert ask_axe(page) == []
    assert place


# -- Once, and nothing lost --------------------------------------------------------------------


def test_a_double_click_sends_one_report(
    reporters: Visitors, place: tuple[Engine, str], stored: Callable[[], set[str]]
) -> None:
    page = open_form(reporters, place)
    page.locator("label", has_text="Vies").click()
    page.locator("#send").dblclick()
    expect_receipt(page)
    assert len(stored()) == 1


def test_what_is_changed_after_sending_is_a_report_of_its_own(
    reporters: Visitors, place: tuple[Engine, str], stored: Callable[[], set[str]]
) -> None:
    page = open_form(reporters, place)
    page.locator("label", has_text="Vies").click()
    send(page)
    expect_receipt(page)
    page.go_back()
    expect(page.locator("#sent")).to_contain_text("Dit hebt u verstuurd.")
    page.locator("#description").fill("En er ligt nog iets")
    expect(page.locator("#sent")).to_be_hidden()
    page.locator("label", has_text="Zwerfvuil").click()
    send(page)
    expect_receipt(page)
    assert len(stored()) == 2


def test_with_the_line_gone_nothing_is_lost_and_pressing_again_sends_it_once(
    reporters: Visitors, place: tuple[Engine, str], stored: Callable[[], set[str]], glass: Path
) -> None:
    reporters.allow(words=OFFLINE)
    page = open_form(reporters, place)
    page.locator("#photos").set_input_files(glass)
    page.locator("label", has_text="Stuk").click()
    page.locator("#description").fill("In de kelder")
    expect(page.locator("#previews img")).to_have_count(1)
    page.context.set_offline(True)
    send(page)
    expect(page.locator("#wrong")).to_contain_text("Het kwam niet aan. Alles staat er nog")
    expect(page.locator("#wrong")).to_be_focused()
    page.context.set_offline(False)
    send(page)
    expect_receipt(page)
    assert len(stored()) == 1
    with Session(place[0]) as session:
        (code,) = stored()
        pictures = select(DefectPicture).join(Defect).where(Defect.code == code)
        assert len(session.scalars(pictures).all()) == 1


def test_a_form_that_was_open_for_too_long_keeps_words_and_photo(
    reporters: Visitors, place: tuple[Engine, str], stored: Callable[[], set[str]], glass: Path
) -> None:
    reporters.allow(words="status of 400")
    page = open_form(reporters, place)
    page.locator("#photos").set_input_files(glass)
    page.locator("label", has_text="Stuk").click()
    page.locator("#description").fill("Gisteren begonnen")
    page.context.clear_cookies()
    send(page)
    expect(page.locator("#wrong")).to_contain_text("stond te lang open")
    expect(page.locator("#previews img")).to_have_count(1)
    send(page)
    expect_receipt(page)
    (code,) = stored()
    page.goto(f"/defects/{code}")
    expect(page.locator("h1")).to_contain_text("Gisteren begonnen")


def test_what_is_no_photo_is_said_at_its_field_and_the_rest_stays(
    reporters: Visitors, place: tuple[Engine, str], tmp_path: Path
) -> None:
    reporters.allow(words="status of 400")
    page = open_form(reporters, place)
    file = tmp_path / "photo.jpg"
    file.write_text("no picture at all")
    page.locator("#photos").set_input_files(file)
    page.locator("label", has_text="Stuk").click()
    page.locator("#description").fill("Dit blijft staan")
    send(page)
    expect(page.locator("#wrong-photos")).to_contain_text("geen foto")
    expect(page.locator("#photos")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#description")).to_have_value("Dit blijft staan")
    page.get_by_role("button", name="Haal weg").click()
    send(page)
    expect_receipt(page)


# -- Photos --------------------------------------------------------------------------------------


def test_five_photos_are_kept_and_the_sixth_is_said_to_be_too_many(
    reporters: Visitors, place: tuple[Engine, str], tmp_path: Path
) -> None:
    files = [tmp_path / f"{number}.png" for number in range(6)]
    for file in files:
        file.write_bytes(photo("PNG"))
    page = open_form(reporters, place)
    page.locator("#photos").set_input_files(files[:2])
    expect(page.locator("#previews img")).to_have_count(2)
    page.locator("#photos").set_input_files(files[2:])
    expect(page.locator("#wrong-photos")).to_have_text("Kies hoogstens 5 foto's.")
    expect(page.locator("#previews img")).to_have_count(5)


def test_a_photo_leaves_the_phone_small_and_where_it_was_wiped_nothing_is_left(
    reporters: Visitors,
    place: tuple[Engine, str],
    store: FileStore,
    stored: Callable[[], set[str]],
    glass: Path,
) -> None:
    page = open_form(reporters, place)
    page.locator("#photos").set_input_files(glass)
    page.get_by_role("button", name="Veeg weg").click()
    expect(page.locator("#smear")).to_be_visible()
    box = page.locator("#smear canvas").bounding_box()
    assert box
    left, middle = box["x"] + box["width"] * 0.25, box["y"] + box["height"] / 2
    page.mouse.move(left, middle)
    page.mouse.down()
    page.mouse.move(left + 20, middle, steps=4)
    page.mouse.up()
    page.locator("#smear canvas").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Klaar").click()
    page.locator("label", has_text="Stuk").click()
    expect(page.locator("#smear")).to_be_hidden()
    sent = watch_line(page)
    send(page)
    expect_receipt(page)
    assert 0 < sum(sent) < glass.stat().st_size / 2
    with Session(place[0]) as session:
        (code,) = stored()
        picture = session.scalars(
            select(DefectPicture.picture_id).join(Defect).where(Defect.code == code)
        ).one()
    kept = io.BytesIO(store.read(picture, Size.LARGE))
    assert max(size_of(kept)) == 1600
    plain = busy_at(kept, 0.8, 0.5)
    # In the middle of a square: across the line between two of them pixels may differ.
    assert busy_at(kept, 4.5 / 18, 5.5 / 12) < plain / 4, "wiped with a finger"
    assert busy_at(kept, 8.5 / 18, 5.5 / 12) < plain / 4, "wiped with the space bar"


# -- A slow phone --------------------------------------------------------------------------------


def test_on_a_slow_phone_the_errand_takes_three_taps_after_the_photo(
    reporters: Visitors,
    place: tuple[Engine, str],
    stored: Callable[[], set[str]],
    glass: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = reporters.enter(width=PHONE, has_touch=True, is_mobile=True)
    slow = page.context.new_cdp_session(page)
    slow.send("Network.enable")
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    # Slow 4G as the browser's own tools have it: 1.6 Mbit/s down, 0.75 up, 150 ms.
    line = {"latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
    slow.send("Network.emulateNetworkConditions", {"offline": False, **line})
    down: list[float] = []
    slow.on("Network.loadingFinished", lambda done: down.append(done["encodedDataLength"]))
    up = watch_line(page)
    taps = 0

    def tap(locator: Any) -> None:
        nonlocal taps
        locator.tap()
        taps += 1

    page.goto(f"/q/{place[1]}")
    start = page.evaluate("Date.now()")
    tap(page.get_by_role("link", name="Meld een probleem hier"))
    page.locator("#photos").set_input_files(glass)
    expect(page.locator("#previews img")).to_have_count(1, timeout=20_000)
    before_photo, taps = taps, 0
    tap(page.locator("label", has_text="Stuk"))
    tap(page.get_by_role("button", name="Zet het op de kaart"))
    expect_receipt(page)
    seconds = (page.evaluate("Date.now()") - start) / 1000
    assert taps <= 3
    assert len(stored()) == 1
    with capsys.disabled():
        told = f"{before_photo} tap, a photo of {glass.stat().st_size / 1e6:.1f} MB, {taps} taps"
        sums = f"{sum(down) / 1000:.0f} kB down, {sum(up) / 1000:.0f} kB up, {seconds:.1f} s"
        print(f"\nslow phone, from the QR page to a stored pin: {told}, {sums}")  # noqa: T201
