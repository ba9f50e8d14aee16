"""The pages of those who sign in, in a real browser on a copy of the demonstration."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from geoapp.app import create_app
from geoapp.config import Settings
from geoapp.db.session import make_engine
from tests.browser import (
    DESK,
    NARROW,
    Visitors,
    ask_axe,
    find_small_targets,
    find_sticking_out,
    serve,
    watch,
)
from tests.conftest import NOW

pytest_plugins = ("tests.browser",)

OWN, OTHERS = "/platforms/voorbeeldplatform-3", "/platforms/voorbeeldplatform-2"


@pytest.fixture(scope="module")
def site(
    copy_demo: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A demonstration in which people sign in with one click."""
    engine = make_engine(copy_demo("people"))
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


def look(page: Page, path: str = "") -> list[str]:
    """What is wrong with how the page at `path`, or the one that is open, is made."""
    if path:
        page.goto(path)
    bad = [*ask_axe(page), *find_sticking_out(page), *find_small_targets(page)]
    return [f"{page.url}: {words}" for words in bad]


# Each width in one of the languages: what is long in Dutch must fit the narrow one.
@pytest.mark.parametrize(("width", "language"), [(NARROW, "nl"), (DESK, "en")])
def test_the_pages_of_the_signed_in_pass_the_gates(
    people: Visitors, width: int, language: str
) -> None:
    people.allow(words="status of 40[03]")
    page = people.enter(width=width, language=language)
    bad = look(page, "/demo/people") + look(page, "/demo/mail")
    enter_as(page, "Voorbeeld Beheerder 3")
    for path in ("/account", "/sign-in/code", f"{OWN}/edit", f"{OWN}/history", f"{OWN}/support"):
        bad += look(page, path)
    bad += look(page, f"{OTHERS}/edit")
    bad += look(page, "/areas/holendrecht/contacts") + look(page, "/account/erase")

    enter_as(page, "Voorbeeld Werker")
    bad += look(page, "/desk") + look(page, "/desk/monday")
    page.goto("/desk")
    page.locator(".card").first.click()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    bad += look(page)

    enter_as(page, "Voorbeeld Ambtenaar")
    bad += look(page, "/organisations/stadswerken/days")
    court = page.request.get("/api/v1/assets?kind=sport_court&limit=200").json()["items"]
    opened = next(one["code"] for one in court if one["open_now"] is not None)
    bad += look(page, f"/assets/{opened}/hours") + look(page, f"/q/{opened}")

    enter_as(page, "Voorbeeld Lid 3")
    bad += look(page, "/desk")
    page.goto("/desk/walk?from=Holendrecht")
    page.locator("summary").first.click()
    bad += look(page)

    code = report(page)
    enter_as(page, "Voorbeeld Moderator 2")
    bad += look(page, "/moderation")
    bad += look(page, f"/defects/{code}/history") + look(page, f"/defects/{code}/judging")
    page.locator("label:has(input[name=reason])").first.click()
    page.locator("button[value=hide]").first.click()
    bad += look(page, "/moderation/log") + look(page, f"/defects/{code}/appeal")
    assert not bad, "\n".join(bad)


def report(page: Page) -> str:
    """Send words with a phone number; the report's number."""
    page.goto("/report?lat=52.2989&lon=4.9606")
    page.locator("label:has(input[name=category][value=dirty])").click()
    page.locator("#description").fill("Vol glas. Bel mij op 06-12345678.")
    page.locator("#send").click()
    page.wait_for_url("**/defects/**")
    return page.url.split("/defects/")[1].split("?")[0]


def test_of_two_who_edit_at_once_the_second_lays_both_side_by_side_and_another_s_is_refused(
    people: Visitors,
) -> None:
    people.allow(words="status of 4(03|12)")
    first, second = people.enter(), people.enter()
    for page in (first, second):
        enter_as(page, "Voorbeeld Beheerder 3")
        page.goto(f"{OWN}/edit")
    first.locator("#about").fill("Wij zorgen voor de bankjes.")
    first.get_by_role("button", name="Zet het op de kaart").click()
    expect(first.locator("main")).to_contain_text("Wij zorgen voor de bankjes.")
    second.locator("#about").fill("Wij zorgen ook voor het groen.")
    second.get_by_role("button", name="Zet het op de kaart").click()
    expect(second.locator("main")).to_contain_text("Wij zorgen voor de bankjes.")
    assert look(second) == []
    expect(second.locator("#about")).to_have_value("Wij zorgen ook voor het groen.")
    second.get_by_role("button", name="Zet het op de kaart").click()
    expect(second.locator("main")).to_contain_text("Wij zorgen ook voor het groen.")

    second.goto(f"{OTHERS}/edit")
    expect(second.locator("main")).not_to_contain_text("Zet het op de kaart")
    second.goto(f"{OWN}/history")
    expect(second.locator("main")).to_contain_text("Wij zorgen voor de bankjes.")
    second.goto("/account")
    expect(second.locator("main")).to_contain_text("Voorbeeldplatform 2")
