"""Placing and drawing in a real browser: the pin, and an outline by terra-draw."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from geoapp.app import create_app
from geoapp.config import Settings
from geoapp.db.session import make_engine
from tests.browser import (
    NARROW,
    PHONE,
    Visitors,
    ask_axe,
    find_small_targets,
    find_sticking_out,
    serve,
    watch,
)
from tests.conftest import NOW

pytest_plugins = ("tests.browser",)

KEPT = "/organisations/voorbeeldplatform-2/assets"
CORNER = r"52\.\d{7}, 4\.\d{7}"


@pytest.fixture(scope="module")
def site(
    copy_demo: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A demonstration in which people sign in with one click."""
    engine = make_engine(copy_demo("placing"))
    mails: Path = tmp_path_factory.mktemp("mails")
    settings = Settings(background_url="", demo=True, mail_folder=mails)
    with serve(create_app(settings, engine=engine, clock=lambda: NOW)) as origin:
        yield origin
    engine.dispose()


@pytest.fixture
def people(browser: Browser, site: str) -> Iterator[Visitors]:
    """Visitors of that demonstration."""
    yield from watch(browser, site)


def enter_as(page: Page, name: str) -> None:
    """Sign in as somebody invented."""
    page.goto("/demo/people")
    page.get_by_role("button", name=name).click()
    page.wait_for_url("**/account")


def look(page: Page) -> list[str]:
    """What is wrong with how the page that is open is made."""
    bad = [*ask_axe(page), *find_sticking_out(page), *find_small_targets(page)]
    return [f"{page.url}: {words}" for words in bad]


def choose_spot(page: Page) -> None:
    """Take the place under the pin, once it is read back."""
    page.wait_for_selector("html[data-spot=ready]")
    page.locator("#here").click()


def middle_of_map(page: Page) -> tuple[float, float]:
    """Where the middle of the map lies in the window."""
    box = page.locator("#map").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_playground_is_placed_and_its_outline_drawn(people: Visitors) -> None:
    page = people.enter(width=PHONE)
    enter_as(page, "Voorbeeld Beheerder 2")
    page.goto(KEPT)
    page.locator("details.ask summary").click()
    page.locator("a[href*='kind=playground']").click()
    choose_spot(page)
    page.fill("#name", "Plek bij de flat")
    page.locator(".dock button").click()
    page.wait_for_url("**/placed")
    page.get_by_role("link", name="Teken de omtrek").click()
    page.wait_for_selector("html[data-outline=ready]")
    x, y = middle_of_map(page)
    # Round, and on the first corner again.
    for right, down in ((-70, -50), (70, -50), (70, 50), (-70, 50), (-70, -50)):
        page.mouse.move(x + right, y + down)
        page.mouse.click(x + right, y + down)
    corners = page.locator("#outline")
    expect(corners).to_have_value(re.compile(rf"^{CORNER}(\n{CORNER}){{3}}$"))
    expect(page.locator("#outline-size")).to_have_text(re.compile(r"U tekent: \d{3} m²"))
    page.locator(".dock button").click()
    expect(page.locator(".big")).to_have_text(re.compile(r"Op de kaart: \d{3} m²"))
    first = corners.input_value()
    # What is typed is drawn, and a corner that is dragged is written.
    page.wait_for_selector("html[data-outline=ready]")
    x, y = middle_of_map(page)
    page.mouse.move(x + 70, y + 50)
    page.mouse.down()
    page.mouse.move(x + 85, y + 65, steps=4)
    page.mouse.up()
    expect(corners).not_to_have_value(first)
    expect(corners).to_have_value(re.compile(rf"^{CORNER}(\n{CORNER}){{3}}$"))


def test_the_pages_of_placing_pass_the_gates(people: Visitors) -> None:
    page = people.enter(width=NARROW)
    enter_as(page, "Voorbeeld Beheerder 2")
    page.goto(KEPT)
    bad = look(page)
    page.locator("details.ask summary").click()
    bad += look(page)
    page.locator("a[href*='kind=sport_court']").click()
    page.wait_for_selector("html[data-spot=ready]")
    page.locator("details.ask summary").click()
    bad += look(page)
    choose_spot(page)
    bad += look(page)
    page.fill("#name", "Veld bij de flat")
    page.locator(".dock button").click()
    page.wait_for_url("**/placed")
    bad += look(page)
    code = page.url.split("/")[-2]
    page.goto(f"/assets/{code}/outline")
    page.wait_for_selector("html[data-outline=ready]")
    bad += look(page)
    page.goto(f"/assets/{code}/place")
    choose_spot(page)
    bad += look(page)
    assert not bad, "\n".join(bad)
