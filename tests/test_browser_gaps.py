"""What is missing, in a browser: every width, keyboard, no script, no network."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import expect

from tests.browser import DESK, HEIGHTS, NARROW, PHONE, Visitors, find_sticking_out
from tests.test_browser_pages import GATES, START_OVER

pytest_plugins = ("tests.browser",)

GAPS = "/districts/zuidoost/gaps"
COURTS = f"{GAPS}?kind=sport_court&norm=400&at=sat-15:00"
PAGES = {
    "too far": COURTS,
    "wrong": f"{GAPS}?metres=3",
    "platforms": f"{GAPS}?kind=platform",
    "no keeper": f"{GAPS}?tab=care",
    "not good": f"{GAPS}?tab=answers",
    "not known": f"{GAPS}?tab=known",
    "round": f"{GAPS}/walk?kind=sport_court",
    "map": f"{GAPS}/map?kind=sport_court",
    "other place": "/districts/lakeside/gaps?kind=sport_court",
}


@pytest.mark.parametrize("sort", PAGES)
def test_every_page_of_gaps_passes_every_gate_in_every_width(visitors: Visitors, sort: str) -> None:
    visitors.allow(words="status of 400")
    page, bad = visitors.enter(width=NARROW), []
    for language in ("nl", "en"):
        page.goto(f"{PAGES[sort]}{'&' if '?' in PAGES[sort] else '?'}lang={language}")
        for width in (NARROW, PHONE, DESK):
            page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            page.evaluate(START_OVER)
            for gate in GATES:
                if gate.is_for(sort, width, language, differs=True):
                    bad += [f"{gate.name}, {width} wide: {words}" for words in gate.find(page)]
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_without_a_script_a_question_is_asked_and_answered(visitors: Visitors, width: int) -> None:
    page = visitors.open(GAPS, width=width, java_script_enabled=False)
    page.get_by_label("Wat zoekt u?").select_option("sport_court")
    page.get_by_label("Hoe ver lopen?").select_option("800")
    page.get_by_label("Wanneer?").select_option("sat")
    page.get_by_label("Hoe laat?").fill("15:00")
    page.get_by_role("button", name="Laat zien").click()
    expect(page.get_by_label("Hoe ver lopen?")).to_have_value("800")
    expect(page.get_by_text("Zaterdag om 15:00.")).to_be_visible()
    expect(page.get_by_role("img", name="Van 100 gezinnen").first).to_be_visible()
    expect(page.get_by_role("button", name="Kopieer de link")).to_have_count(0)
    expect(page.get_by_label("Een link met deze hele vraag")).to_be_visible()


def test_the_link_is_copied_at_a_press_of_the_keyboard(visitors: Visitors) -> None:
    page = visitors.open(COURTS, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Kopieer de link").press("Enter")
    expect(page.get_by_text("Gekopieerd.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(
        f"{GAPS}?kind=sport_court&need=households_with_children&norm=400&at=sat-15:00"
    )


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_file_opens_without_a_network_with_all_that_is_told(
    visitors: Visitors, client: FlaskClient, tmp_path: Path, width: int
) -> None:
    file = tmp_path / "gaps.html"
    file.write_bytes(client.get(f"{GAPS}/map?kind=sport_court&download=1&lang=nl").data)
    page = visitors.enter(width=width)
    visitors.allow(origin="file://")
    page.context.set_offline(True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    expect(page.get_by_role("heading", name="Wat mist er in Zuidoost?")).to_be_visible()
    for words in ("Van 100 gezinnen:", "Waar komt dit vandaan?", "Datum", "Hoe is er geteld?"):
        expect(page.get_by_text(words).first).to_be_visible()
    assert page.locator("#snapshot path.g-unknown, #snapshot path.g-far").count() > 0
    assert page.evaluate(
        "getComputedStyle(document.querySelector('#snapshot path.g-far, #snapshot path.g-unknown'))"
        ".fill.startsWith('url(')"
    )
    assert page.locator("table.az tbody tr").count() > 30
    assert find_sticking_out(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
