"""Every page: axe, reflow, targets, keyboard, weight, headings, links, and no word left in English.

Chapter numbers are those of WCAG 2.2.
"""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from playwright.sync_api import Page, expect

from geoapp.db.codes import LETTERS
from geoapp.web.language import TRANSLATIONS
from tests.browser import (
    DESK,
    HEIGHTS,
    MAP_AND_LIST,
    NARROW,
    PHONE,
    STICKING_OUT,
    Visitors,
    ask_axe,
    find_small_targets,
    find_sticking_out,
    focus_map,
    settle,
)
from tests.conftest import Shared

pytest_plugins = ("tests.browser",)

LANGUAGES = ("nl", "en")
# Every page in each width; every state of a report in one width of each language.
IN_EVERY_STATE = {(PHONE, "nl"), (DESK, "en")}
# The pages are shared out over so many tests of each language.
PARTS = 4
# Pages whose map or place is made for the width it opens in.
DRAWN_FOR_WIDTH = ("/", "/report")
STATES_THAT_DIFFER = ("disputed", "handled", "solved")
MOST_STOPS = 25
MOST_PAGES = 250
HOME_MOST_BYTES = 200_000
QUICK_MOST_BYTES = 30_000
NOT_HERE = "Failed to load resource: the server responded with a status of 404"

FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const style = getComputedStyle(e);
  const after = getComputedStyle(e, "::after");
  const { left, top, right, bottom } = e.getBoundingClientRect();
  const spots = [0.5, 0.1, 0.9].flatMap((x) => [0.5, 0.1, 0.9].map((y) =>
    document.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y)));
  const regions = { skip: ".skip", brand: ".brand", lang: ".lang", search: ".find", map: "#map",
    chips: ".chips", list: "#near", legend: ".legbox", foot: ".foot", report: ".dock" };
  return {
    what: `${e.className} ${e.id} ${e.textContent.trim().slice(0, 30)}`,
    region: Object.keys(regions).find((name) => e.closest(regions[name])) ?? "elsewhere",
    marked: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2)
      || (after.content !== "none" && parseFloat(after.borderTopWidth) >= 2),
    seen: spots.some((spot) => spot && (e.contains(spot) || spot.closest("label")?.contains(e))),
  };
}"""
# The keyboard back at the page's start, which is the window's top.
START_OVER = """() => {
  const start = document.createElement("i");
  start.tabIndex = -1;
  document.body.prepend(start);
  start.focus();
  start.remove();
  scrollTo(0, 0);
}"""


# -- The gates that every page goes through ------------------------------------------------------


def one_of_each(addresses: dict[str, str]) -> dict[str, str]:
    """One address of each page; of reports those whose pages differ most."""
    kept = {f"defect {state}" for state in STATES_THAT_DIFFER}
    return {s: path for s, path in addresses.items() if not s.startswith("defect ") or s in kept}


def find_lost_focus(page: Page) -> list[str]:
    """2.4.7 and 2.4.11: where the keyboard's place is unmarked or out of sight."""
    page.evaluate(START_OVER)
    bad, stops = [], 0
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUSED)
        if focus is None:
            break
        stops += 1
        if not (focus["marked"] and focus["seen"]):
            bad.append(str(focus))
    return bad if stops else ["Tab reaches nothing"]


def find_useless_skip_link(page: Page) -> list[str]:
    """2.4.1: the first stop of Tab leads past what every page has, to the page's own."""
    page.evaluate(START_OVER)
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    leads = page.evaluate("document.activeElement.closest('main') !== null")
    return [] if leads else ["does not lead to the content"]


@dataclass(frozen=True)
class Gate:
    """What is looked for on every page, in which widths and languages; and where not."""

    name: str
    find: Callable[[Page], list[str]]
    widths: tuple[int, ...] = (PHONE, DESK)
    languages: tuple[str, ...] = ("nl",)
    in_every_state: bool = False
    but_not: tuple[str, ...] = ()

    def is_for(self, sort: str, width: int, language: str, *, differs: bool) -> bool:
        """Whether this sort of page goes through it in this view."""
        every_state = self.in_every_state and (width, language) in IN_EVERY_STATE
        return (
            width in self.widths
            and language in self.languages
            and sort not in self.but_not
            and (differs or every_state)
        )


# Those that press keys come last: they leave the page elsewhere than they found it.
GATES = (
    Gate("axe", ask_axe, in_every_state=True),
    # Another language changes words, not how a page is made: one width is enough to see that.
    Gate("axe", ask_axe, widths=(DESK,), languages=("en",), in_every_state=True),
    Gate("reflow", find_sticking_out, widths=(NARROW,), languages=LANGUAGES),
    Gate("target size", find_small_targets),
    Gate("keyboard", find_lost_focus),
    # There is nothing on the page of what is not there that Tab could reach.
    Gate("skip link", find_useless_skip_link, widths=(PHONE,), but_not=("nowhere",)),
)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_passes_every_gate_in_every_width(
    visitors: Visitors, addresses: dict[str, str], language: str, part: int
) -> None:
    visitors.allow(words=NOT_HERE)
    page = visitors.enter(width=NARROW, language=language)
    bad, kept = [], one_of_each(addresses)
    for sort, path in list(addresses.items())[part::PARTS]:
        opened = False
        for width in (NARROW, PHONE, DESK):
            asked = [g for g in GATES if g.is_for(sort, width, language, differs=sort in kept)]
            if not asked:
                continue
            _show(page, path, width, opened=opened)
            opened = True
            for gate in asked:
                told = f"{gate.name}: {sort} {path}, {width} wide, in {language}"
                bad += [f"{told}: {words}" for words in gate.find(page)]
    assert not bad, "\n".join(bad)


def _show(page: Page, path: str, width: int, *, opened: bool) -> None:
    """The page in this width, as if it had just been opened."""
    page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    if opened and urlsplit(path).path not in DRAWN_FOR_WIDTH:
        page.evaluate(START_OVER)
    else:
        _visit(page, path)


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_axe_finds_nothing_while_the_home_page_is_in_use(visitors: Visitors, width: int) -> None:
    page = visitors.open("/?at=52.29890,4.96060,17&layers=cabinets,platforms", width=width)
    page.get_by_role("searchbox").press_sequentially("gein")
    page.locator("#found a").first.wait_for()
    assert ask_axe(page, within="form.find") == []
    page.keyboard.press("Escape")
    focus_map(page)
    page.keyboard.press("Enter")
    expect(page.locator("#near-h")).to_have_text("Wat is hier")
    assert ask_axe(page) == []


# -- Right to left -------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", ["home", "cabinet", "defect disputed", "organic area"])
def test_a_page_that_runs_from_right_to_left_keeps_its_map_and_fits(
    visitors: Visitors, addresses: dict[str, str], sort: str
) -> None:
    page = visitors.enter(width=PHONE)
    _visit(page, addresses[sort])
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate(STICKING_OUT) == []
    if sort == "home":
        assert page.evaluate("getComputedStyle(document.querySelector('#map')).direction") == "ltr"
        focus_map(page)
        page.keyboard.press("ArrowRight")
        settle(page)
        brand, lang = (page.locator(css).bounding_box() for css in (".brand", ".lang"))
        assert brand
        assert lang
        assert brand["x"] > lang["x"]


# -- 2.1 Keyboard -------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_tab_reaches_everything_on_home_in_order_and_always_in_sight(
    visitors: Visitors, width: int
) -> None:
    page = visitors.open("/?at=52.29890,4.96060,17", width=width)
    regions: list[str] = []
    unmarked, hidden = [], []
    for _ in range(150):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUSED)
        if focus is None:
            break
        if not regions or regions[-1] != focus["region"]:
            regions.append(focus["region"])
        if not focus["marked"]:
            unmarked.append(focus)
        if not focus["seen"]:
            hidden.append(focus)
        if focus["region"] == "report":
            break
    assert regions == [
        *("skip", "brand", "lang", "search", "map", "chips", "list", "legend", "foot", "report"),
    ]
    assert not unmarked, unmarked
    assert not hidden, hidden


def test_the_map_is_no_trap(visitors: Visitors) -> None:
    page = visitors.open(width=PHONE)
    focus_map(page)
    for _ in range(5):
        page.keyboard.press("Tab")
    expect(page.locator(".chip").nth(1)).to_be_focused()
    for _ in range(5):
        page.keyboard.press("Shift+Tab")
    expect(page.locator("#map")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("searchbox")).to_be_focused()


# -- Weight ------------------------------------------------------------------------------------


def test_the_home_page_transfers_under_200_kb_before_tiles(visitors: Visitors) -> None:
    for width in (PHONE, DESK):
        page = visitors.enter(width=width)
        sizes = _weigh(page, "/")
        total = sum(size for url, size in sizes.items() if "/tiles/" not in url)
        assert total < HOME_MOST_BYTES, sizes


def test_the_page_behind_a_sign_is_under_30_kb_and_has_no_script(
    visitors: Visitors, addresses: dict[str, str]
) -> None:
    page = visitors.enter(width=PHONE)
    sizes = _weigh(page, addresses["quick"])
    assert sum(sizes.values()) < QUICK_MOST_BYTES, sizes
    assert not [url for url in sizes if ".js" in url]
    html = page.content()
    assert "<script" not in html
    assert not re.search(r"\son\w+=", html)
    assert page.locator("[href^='javascript']").count() == 0


def _weigh(page: Page, path: str) -> dict[str, int]:
    """Bytes over the wire per address, headers included, with the icon the browser may fetch."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    urls: dict[str, str] = {}
    sizes: dict[str, int] = {}

    def note(event: dict[str, Any]) -> None:
        urls[event["requestId"]] = event["response"]["url"]

    def weigh(event: dict[str, Any]) -> None:
        url = urls.get(event["requestId"], event["requestId"])
        sizes[url] = sizes.get(url, 0) + int(event["encodedDataLength"])

    wire.on("Network.responseReceived", note)
    wire.on("Network.loadingFinished", weigh)
    page.goto(path)
    if urlsplit(path).path == "/":
        settle(page)
    page.wait_for_load_state("networkidle")
    icon = page.evaluate("document.querySelector('link[rel=icon]').href")
    if icon not in sizes:
        sizes[icon] = len(page.request.get(icon).body())
    return sizes


# -- What every page has -----------------------------------------------------------------------


@dataclass(frozen=True)
class Read:
    """A page as a reader without eyes has it: tags, the words between them, links."""

    tags: list[tuple[str, dict[str, str]]]
    words: list[str]

    def all(self, tag: str) -> list[dict[str, str]]:
        """Attributes of each tag of that name."""
        return [attributes for name, attributes in self.tags if name == tag]


class _Reader(HTMLParser):
    SAID = ("aria-label", "alt", "title", "placeholder")

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        self.words += [given[name] for name in self.SAID if name in given]
        self.silent += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.silent and data.strip():
            self.words.append(" ".join(data.split()))


def _read(html: str) -> Read:
    reader = _Reader()
    reader.feed(html)
    return Read(reader.tags, reader.words)


@pytest.fixture(scope="module")
def crawled(demo_app: Flask, addresses: dict[str, str], shared: Shared) -> dict[str, Read]:
    """Every page that links lead to from home, in Dutch, and one of each sort; at most 250."""
    told = shared.get("crawled", lambda: _crawl(demo_app, addresses))
    return {path: Read(**page) for path, page in told.items()}


def _crawl(app: Flask, addresses: dict[str, str]) -> dict[str, dict[str, Any]]:
    client = app.test_client()
    # The other place speaks another language; its own tests crawl it.
    left_out = re.compile("nowhere|other place")
    queue = [path for sort, path in addresses.items() if not left_out.search(sort)]
    pages: dict[str, Read] = {}
    while queue and len(pages) < MOST_PAGES:
        path = queue.pop(0)
        if path in pages:
            continue
        answer = client.get(path, headers={"Accept-Language": "nl"})
        if answer.status_code == 401:  # for somebody alone
            continue
        assert answer.status_code == 200, path
        if answer.mimetype != "text/html":
            continue
        pages[path] = _read(answer.text)
        for link in pages[path].all("a"):
            target = urlsplit(urljoin(path, link["href"]))
            leads_away = "lang=" in target.query or "district=" in target.query
            if not target.scheme and not target.netloc and not leads_away:
                queue.append(target._replace(fragment="").geturl())
    return {path: asdict(page) for path, page in pages.items()}


def test_every_link_leads_to_a_page(crawled: dict[str, Read]) -> None:
    assert len(crawled) > 200


def test_every_page_has_one_h1_a_title_a_language_and_one_main(crawled: dict[str, Read]) -> None:
    for path, page in crawled.items():
        assert len(page.all("h1")) == 1, path
        assert len(page.all("title")) == 1, path
        assert page.all("html")[0]["lang"] == "nl", path
        assert [main["id"] for main in page.all("main")] == ["main"], path


def test_titles_tell_pages_apart(crawled: dict[str, Read]) -> None:
    titles = {page.words[0] for path, page in crawled.items() if "?" not in path}
    assert all("Buurtkaart Zuidoost" in title for title in titles)
    assert len(titles) > len(crawled) / 4


def test_headings_never_skip_a_level(crawled: dict[str, Read]) -> None:
    for path, page in crawled.items():
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
        steps = [after - before for before, after in zip(levels, levels[1:], strict=False)]
        assert all(step <= 1 for step in steps), (path, levels)


def test_every_symbol_that_is_used_is_drawn(crawled: dict[str, Read]) -> None:
    for path, page in crawled.items():
        ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
        used = {use["href"].removeprefix("#") for use in page.all("use")}
        assert used <= ids, (path, used - ids)


def test_no_id_stands_twice_on_a_page(crawled: dict[str, Read]) -> None:
    for path, page in crawled.items():
        ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
        assert len(ids) == len(set(ids)), (path, [id_ for id_ in ids if ids.count(id_) > 1])


def test_no_page_in_dutch_says_a_sentence_in_english(crawled: dict[str, Read]) -> None:
    english = _english_sentences()
    found = {
        (words, path)
        for path, page in crawled.items()
        for words in page.words
        if english.fullmatch(words)
    }
    assert not found


def test_no_page_in_dutch_has_english_words_from_its_data(crawled: dict[str, Read]) -> None:
    english = re.compile(r"\b(the|and|this|with|from|without|published|rounded|public|by)\b", re.I)
    # Names, the same in every language: a licence, and codes, which are made at random.
    names = re.compile(rf"CC BY [0-9.]+|\b[{LETTERS}]{{2}}-[{LETTERS}]{{3}}\b")
    said = {names.sub("", words) for page in crawled.values() for words in page.words}
    assert not {words for words in said if english.search(words)}


def _english_sentences() -> re.Pattern[str]:
    """What the code says in English and Dutch says otherwise, placeholders as anything."""
    with (TRANSLATIONS / "nl" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale="nl")
    sentences = []
    for message in catalogue:
        pairs = (
            zip(message.id, message.string or (), strict=False)
            if isinstance(message.id, tuple | list)
            else [(message.id, str(message.string))]
        )
        sentences += [english for english, dutch in pairs if english and english != dutch]
    patterns = [re.sub(r"%\\\(\w+\\\)s|\\{\w+\\}", ".+", re.escape(said)) for said in sentences]
    return re.compile("|".join(pattern for pattern in patterns if re.search(r"[a-z]{2}", pattern)))


def _visit(page: Page, path: str) -> None:
    page.goto(path)
    if urlsplit(path).path == "/":
        page.wait_for_selector(MAP_AND_LIST, state="attached")
