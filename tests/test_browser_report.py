"""The resident's errand in a real browser: a pin dropped, stored once, found again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from geoapp.app import create_app, metadata
from geoapp.assets.rules import Kind
from geoapp.config import Settings
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine
from geoapp.defects.tables import Defect
from tests.browser import PHONE, Visitors, serve, watch
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory
from tests.pictures import photo as picture

pytest_plugins = ("tests.browser",)


@pytest.fixture(scope="module")
def place(make_database: Callable[[str], str]) -> Iterator[tuple[Engine, str]]:
    """A district with one cabinet, in which reports are really stored; the cabinet's code."""
    engine = make_engine(make_database("report"))
    migrate(engine, metadata())
    with Session(engine, expire_on_commit=False) as session, session.begin():
        make = Factory(session)
        make.organisation(is_desk=True, name="Het loket")
        make.organic_area(name="De Hoek", slug="de-hoek")
        cabinet = make.asset(kind=Kind.CABINET, name="Kast 1, bij het plein")
    yield engine, cabinet.code
    engine.dispose()


@pytest.fixture(scope="module")
def site(place: tuple[Engine, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service on that district."""
    settings = Settings(
        background_url="", secret="for-tests-" * 5, media_dir=tmp_path_factory.mktemp("media")
    )
    with serve(create_app(settings, engine=place[0], clock=lambda: NOW)) as origin:
        yield origin


@pytest.fixture
def reporters(browser: Browser, site: str) -> Iterator[Visitors]:
    """Visitors of that district."""
    yield from watch(browser, site)


def count(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(Defect)) or 0


def test_a_photo_an_icon_and_one_button_put_a_report_on_the_map_once(
    reporters: Visitors, place: tuple[Engine, str], tmp_path: Path
) -> None:
    photo = tmp_path / "glass.jpg"
    photo.write_bytes(picture(size=(640, 480)))
    before = count(place[0])
    page = reporters.enter(width=PHONE)
    page.goto(f"/assets/{place[1]}")
    page.get_by_role("link", name="Meld een probleem hier").click()
    page.locator("#photos").set_input_files(photo)
    page.locator("label", has_text="Stuk").click()
    page.get_by_role("button", name="Zet het op de kaart").click()
    expect(page.get_by_role("heading", name="Uw melding staat op de kaart.")).to_be_visible()
    expect(page.locator("#receipt")).to_contain_text("Aan zet: Het loket.")
    own = page.url
    page.go_back()
    page.get_by_role("button", name="Zet het op de kaart").click()
    expect(page.locator("#receipt")).to_be_visible()
    assert page.url == own
    assert count(place[0]) == before + 1
    page.goto("/mine")
    expect(page.locator("#mine a")).to_have_count(1)


def test_the_pin_stands_where_the_map_was_put_and_is_read_back(reporters: Visitors) -> None:
    page = reporters.enter(width=PHONE)
    page.goto(f"/report?at={LAT},{LON},17")
    page.wait_for_selector("html[data-spot=ready]", state="attached")
    expect(page.locator("#spot")).to_contain_text("Bij Kast 1, bij het plein, in De Hoek")
    page.get_by_role("button", name="Zet pin hier").click()
    expect(page.locator("input[name=lat]")).to_have_value(f"{LAT:.7f}")
    page.locator("label", has_text="Vies").click()
    expect(page.locator(".addressee.now")).to_contain_text("Het loket")
    page.locator("#description").fill("Verf op de muur")
    page.get_by_role("button", name="Zet het op de kaart").click()
    expect(page.locator("#receipt")).to_be_visible()
    page.get_by_role("button", name="De Hoek").click()
    expect(page.locator("#receipt")).to_contain_text("Dank u.")


def test_without_javascript_the_same_errand_works(
    reporters: Visitors, place: tuple[Engine, str]
) -> None:
    before = count(place[0])
    page = reporters.enter(width=PHONE, java_script_enabled=False)
    page.goto("/report")
    page.get_by_role("searchbox").fill("kast")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Kast 1").click()
    page.locator("label", has_text="Stuk").click()
    page.get_by_role("button", name="Zet het op de kaart").click()
    expect(page.get_by_role("heading", name="Uw melding staat op de kaart.")).to_be_visible()
    assert count(place[0]) == before + 1
