"""A real Chromium before a real server: visitors whose every step is watched.

Test modules name this one in `pytest_plugins`. A visitor's page may do what people do; whatever a
page should never do (an error in the console, a breach of the content security policy, a dialog,
a request to a host that is not the server's) fails the test that opened it.

PYTEST_DONT_REWRITE: this module is imported for its names before pytest meets it as a plugin.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from math import asinh, floor, pi, radians, tan
from typing import Any
from urllib.parse import parse_qs, urlsplit

import mapbox_vector_tile
import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    WebError,
    expect,
    sync_playwright,
)
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import run_wsgi_app

from tests.conftest import Shared

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
NARROW = 320
PHONE = 360
DESK = 1280
HEIGHTS = {NARROW: 640, PHONE: 740, DESK: 800}
MAP_AND_LIST = "html[data-map=ready][data-list=ready]"

AXE = Axe()
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Only what it found is brought over: axe's whole answer is as long as the page.
RUN_AXE = """([within, tags]) => axe
  .run(within ?? document, { runOnly: tags, resultTypes: ["violations"] })
  .then(({ violations }) => violations.map(({ id, help, nodes }) =>
    `${id}: ${help}: ${nodes.slice(0, 4).map((n) => n.html.slice(0, 160)).join("; ")}`))"""

# Boxes that stick out of the window, but for what scrolls in a box of its own or is meant unseen;
# and words cut off by their own box.
STICKING_OUT = """() => {
  const width = document.documentElement.clientWidth;
  const unseen = (e) => e.closest(".skip, .vh, .leaflet-pane, defs, .spr")
    || getComputedStyle(e).visibility === "hidden";
  const scrolls = (e) => {
    for (let box = e.parentElement; box && box !== document.body; box = box.parentElement)
      if (/auto|scroll|hidden|clip/.test(getComputedStyle(box).overflowX)) return true;
    return false;
  };
  const name = (e) =>
    `${e.tagName}.${e.getAttribute("class") ?? ""} ${e.textContent.trim().slice(0, 40)}`;
  const bad = [];
  for (const e of document.body.querySelectorAll("*")) {
    if (e.closest("svg") !== null && e.tagName !== "svg") continue;
    if (unseen(e)) continue;
    const { left, right, width: w } = e.getBoundingClientRect();
    if (w > 0 && (right > width + 1 || left < -1) && !scrolls(e)) bad.push(`out: ${name(e)}`);
    const { overflowX } = getComputedStyle(e);
    if (/hidden|clip/.test(overflowX) && e.innerText?.trim() && e.scrollWidth > e.clientWidth + 1
        && !e.matches(".leaflet-container, :has(canvas)")) bad.push(`cut: ${name(e)}`);
  }
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) bad.push(`page: ${scrollWidth} in ${clientWidth}`);
  return bad;
}"""
# What can be pressed and is smaller than asked; links within a sentence may be as high as it is.
TOO_SMALL = """([selector, least]) => {
  const bad = [];
  for (const e of document.body.querySelectorAll(selector)) {
    if (getComputedStyle(e).display === "inline" || e.closest(".skip")) continue;
    const target = e.matches("[type=checkbox], [type=radio]") ? e.closest("label") ?? e : e;
    const { width, height } = target.getBoundingClientRect();
    if (width === 0 || getComputedStyle(target).opacity === "0") continue;
    if (Math.min(width, height) < least - 0.5)
      bad.push(`${e.className} ${e.textContent.trim().slice(0, 30)} ${width}x${height}`);
  }
  return bad;
}"""
# Every breach is told in the console, the only place that outlives the page it happened on.
TELL_BREACHES = """addEventListener("securitypolicyviolation", (e) =>
  console.error(`breach: ${e.effectiveDirective} ${e.blockedURI} ${e.sample}`))"""
# What the map writes on its canvas, and how many things stand there: their tiles are the only
# rounded squares, and a canvas is emptied by giving it its width.
KEEP_PAINTED = """{
  const { set } = Object.getOwnPropertyDescriptor(HTMLCanvasElement.prototype, "width");
  const square = CanvasRenderingContext2D.prototype.roundRect;
  Object.defineProperty(HTMLCanvasElement.prototype, "width", {
    get() { return Number(this.getAttribute("width")); },
    set(px) { globalThis.things = 0; set.call(this, px); },
  });
  CanvasRenderingContext2D.prototype.roundRect = function (...box) {
    globalThis.things += 1;
    return square.apply(this, box);
  };
  const write = CanvasRenderingContext2D.prototype.fillText;
  globalThis.painted = new Set();
  CanvasRenderingContext2D.prototype.fillText = function (words, ...rest) {
    globalThis.painted.add(words);
    return write.call(this, words, ...rest);
  };
}"""


IS_PAINTED = """([words, timeout]) => new Promise((tell) => {
  const last = performance.now() + timeout;
  const look = () => {
    const found = [...globalThis.painted].some((written) => written.includes(words));
    if (found || performance.now() > last) tell(found);
    else requestAnimationFrame(look);
  };
  look();
})"""


THINGS_DRAWN = """() => new Promise((tell) => {
  const last = performance.now() + 2000;
  const look = () => {
    if (globalThis.things > 0 || performance.now() > last) tell(globalThis.things);
    else requestAnimationFrame(look);
  };
  look();
})"""


class _Silent(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@contextmanager
def serve(app: Callable[..., Any]) -> Iterator[str]:
    """A WSGI app on a free port of this machine, in threads; gives its origin."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Remember:
    """A WSGI app that makes each tile and file once: they do not change while the suite runs."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self.app = app
        self.answers: dict[tuple[str | None, ...], tuple[str, list[tuple[str, str]], bytes]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Answer as the app does, or did."""
        if not environ["PATH_INFO"].startswith(("/tiles/", "/static/")):
            return self.app(environ, start_response)
        wanted = ("PATH_INFO", "QUERY_STRING", "HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH")
        key = tuple(environ.get(name) for name in wanted)
        if key not in self.answers:
            body, status, headers = run_wsgi_app(self.app, environ, buffered=True)
            self.answers[key] = (status, list(headers), b"".join(body))
        status, kept, content = self.answers[key]
        start_response(status, kept)
        return [content]


@dataclass
class Visitors:
    """Opens pages for people, each in a browser of their own, and remembers what went wrong."""

    browser: Browser
    origin: str
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    expected: list[str] = field(default_factory=list)

    def open(
        self, path: str = "/", *, width: int = DESK, language: str = "nl", **options: Any
    ) -> Page:
        """A page in a fresh browser of this width and language; home waits until it is drawn."""
        page = self.enter(width=width, language=language, **options)
        page.goto(path)
        if urlsplit(path).path == "/" and options.get("java_script_enabled", True):
            settle(page)
        return page

    def enter(self, *, width: int = DESK, language: str = "nl", **options: Any) -> Page:
        """An empty page in a fresh browser; motion is reduced unless `options` say otherwise."""
        given: dict[str, Any] = {
            "viewport": {"width": width, "height": HEIGHTS[width]},
            "locale": language,
            "reduced_motion": "reduce",
            "base_url": self.origin,
            **options,
        }
        context = self.browser.new_context(**given)
        self.contexts.append(context)
        self._watch(context)
        return context.new_page()

    def allow(self, *, words: str = "", origin: str = "") -> None:
        """Expect a complaint with these words (a regular expression), or requests to `origin`."""
        if words:
            self.expected.append(words)
        if origin:
            self.hosts.add(urlsplit(origin).netloc)

    def close(self) -> list[str]:
        """End all visits; the complaints nobody expected."""
        for context in self.contexts:
            context.close()
        return [
            complaint
            for complaint in self.complaints
            if not any(re.search(words, complaint) for words in self.expected)
        ]

    def _watch(self, context: BrowserContext) -> None:
        self.hosts.add(urlsplit(self.origin).netloc)
        context.add_init_script(TELL_BREACHES)
        context.add_init_script(KEEP_PAINTED)
        context.on("console", self._hear)
        context.on("weberror", self._note_error)
        context.on("request", self._check_host)
        context.on("dialog", self._refuse)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console: {message.text} at {message.location['url']}")

    def _note_error(self, error: WebError) -> None:
        self.complaints.append(f"error: {error.error}")

    def _check_host(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc not in self.hosts:
            self.complaints.append(f"request to another host: {request.url}")

    def _refuse(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, without a screen."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_ARGS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def origin(demo_app: Flask) -> Iterator[str]:
    """Where the loaded demo is served."""
    with serve(Remember(demo_app)) as served:
        yield served


@pytest.fixture
def visitors(browser: Browser, origin: str) -> Iterator[Visitors]:
    """Visitors of the loaded demo; the test fails if any page did what no page should do."""
    yield from watch(browser, origin)


def watch(browser: Browser, origin: str) -> Iterator[Visitors]:
    """Visitors of `origin`, for a fixture: complaints nobody expected fail the test."""
    visitors = Visitors(browser, origin)
    yield visitors
    complaints = visitors.close()
    assert not complaints, complaints


def settle(page: Page) -> None:
    """Wait until the map is drawn and the list beside it is of the same view."""
    page.wait_for_selector(MAP_AND_LIST, state="attached")


def focus_map(page: Page) -> None:
    """Give the map the keyboard."""
    page.locator("#map").focus()
    expect(page.locator("#map")).to_be_focused()


def ask_axe(page: Page, within: str | None = None) -> list[str]:
    """What axe holds against the page, or against the part that `within` selects."""
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(AXE.axe_script)
    found: list[str] = page.evaluate(RUN_AXE, [within, AXE_TAGS])
    return found


def find_sticking_out(page: Page) -> list[str]:
    """1.4.10 Reflow: what makes the page scroll sideways, and words that are cut."""
    found: list[str] = page.evaluate(STICKING_OUT)
    return found


def find_small_targets(page: Page) -> list[str]:
    """2.5.8 Target size, and the house's own 44 pixels for what is pressed most."""
    main = ".btn, .chip, .map-button, .brand, .lang a, .card, .find input"
    return [
        f"under {least}: {words}"
        for selector, least in (("a, button, input", 24), (main, 44))
        for words in page.evaluate(TOO_SMALL, [selector, least])
    ]


def is_painted(page: Page, words: str, *, timeout_ms: int = 5000) -> bool:
    """True as soon as the map has written something with these words in it."""
    found: bool = page.evaluate(IS_PAINTED, [words, timeout_ms])
    return found


def things_drawn(page: Page) -> int:
    """How many things (alone, or several as one) the map has drawn, its margin included.

    Waits until one is drawn, or until it is clear that none will be.
    """
    drawn: int = page.evaluate(THINGS_DRAWN)
    return drawn


def painted(page: Page) -> set[str]:
    """Every string the map has written since the page was opened."""
    return set(page.evaluate("[...globalThis.painted]"))


# -- What a view of the map holds ------------------------------------------------------------


@dataclass(frozen=True)
class MapView:
    """What the page's address says of the map: middle, zoom, layers; and its size on screen."""

    lat: float
    lon: float
    zoom: float
    layers: str
    left: float
    top: float
    width: float
    height: float

    @property
    def tile_zoom(self) -> int:
        """The zoom of the tiles drawn; they are scaled to the map's own."""
        return floor(self.zoom + 1e-6)

    @property
    def world_px(self) -> float:
        """Width of the whole world at this zoom."""
        return 256 * 2**self.zoom

    @property
    def corner(self) -> tuple[float, float]:
        """World pixels of the map's top left."""
        x, y = project(self.lon, self.lat, self.world_px)
        return x - self.width / 2, y - self.height / 2

    def tiles(self) -> list[tuple[int, int]]:
        """Column and row of the tiles under the map."""
        side = self.world_px / 2**self.tile_zoom
        x, y = self.corner
        columns = range(floor(x / side), floor((x + self.width) / side) + 1)
        rows = range(floor(y / side), floor((y + self.height) / side) + 1)
        return [(column, row) for column in columns for row in rows]


def project(lon: float, lat: float, world_px: float) -> tuple[float, float]:
    """Web Mercator, in pixels from the world's north-west corner."""
    return (
        (lon + 180) / 360 * world_px,
        (1 - asinh(tan(radians(lat))) / pi) / 2 * world_px,
    )


def read_view(page: Page) -> MapView:
    """The map's view, by the page's address: the link must name a place, or the map have moved."""
    asked = parse_qs(urlsplit(page.url).query)
    lat, lon, zoom = (float(part) for part in asked["at"][0].split(","))
    box = page.locator("#map").bounding_box()
    assert box is not None
    return MapView(
        lat,
        lon,
        zoom,
        asked.get("layers", ["all"])[0],
        box["x"],
        box["y"],
        box["width"],
        box["height"],
    )


@dataclass(frozen=True)
class Pin:
    """A point of a tile: its pixel within the map, and what it says."""

    x: float
    y: float
    told: dict[str, Any]


class TileKeeper:
    """Keeps the tiles a page gets, to be counted as the map counts them."""

    def __init__(self, page: Page) -> None:
        self.finished: list[Request] = []
        self.tiles: dict[tuple[str, int, int, int], list[Any]] = {}
        page.on("requestfinished", self._keep)

    def pins(self, view: MapView, layer: str) -> list[Pin]:
        """The points of a layer in the tiles under the view, each once, edges included.

        A point in a tile's buffer is its neighbour's, as the map has it.
        """
        self._read()
        side = view.world_px / 2**view.tile_zoom
        left, top = view.corner
        pins = []
        for column, row in view.tiles():
            for point in self.tiles[layer, view.tile_zoom, column, row]:
                x, y = point["geometry"]["coordinates"]
                if 0 <= x < 4096 and 0 <= y < 4096:
                    across, down = (column + x / 4096) * side, (row + y / 4096) * side
                    pins.append(Pin(across - left, down - top, point["properties"]))
        return pins

    def _keep(self, request: Request) -> None:
        if "/tiles/" in request.url:
            self.finished.append(request)

    def _read(self) -> None:
        for request in self.finished:
            answer = request.response()
            assert answer is not None
            *_, layer, z, x, y = urlsplit(answer.url).path.removesuffix(".mvt").split("/")
            if answer.status == 304:  # the tile kept already
                continue
            assert answer.status == 200, answer.url
            drawn = mapbox_vector_tile.decode(answer.body(), default_options={"y_coord_down": True})
            features = drawn.get(layer, {"features": []})["features"]
            self.tiles[layer, int(z), int(x), int(y)] = features
        self.finished.clear()


# -- Where pages are ---------------------------------------------------------------------------


@pytest.fixture(scope="session")
def addresses(demo_app: Flask, shared: Shared) -> dict[str, str]:
    """One address of each sort of page of Zuidoost, by a name for the sort."""
    found: dict[str, str] = shared.get("addresses", lambda: _find_addresses(demo_app))
    return found


def _read_items(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    """All of a list of the API."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        answer = json.loads(client.get(f"{path}?district=zuidoost&limit=200&after={after}").text)
        found += answer["items"]
        if not answer.get("next"):
            return found
        after = parse_qs(urlsplit(answer["next"]).query)["after"][0]


def _find_addresses(app: Flask) -> dict[str, str]:
    client = app.test_client()

    items = partial(_read_items, client)
    assets = items("/api/v1/assets")
    sorts = {
        "home": "/",
        "home, one chip": "/?layers=not_good&at=52.30000,4.96500,15",
        "home, searched": "/?q=holendrecht",
        "at": "/at?lat=52.2989&lon=4.9606",
        "at, nothing": "/at?lat=52.2850&lon=4.9300&radius_m=5",
        "found": "/find?q=kbuurt",
        "found nothing": "/find?q=xyzzy",
        "organic area": "/areas/k-buurt",
        "platform": "/platforms/voorbeeldplatform-3",
        "answers": "/districts/zuidoost/answers",
        "answers of an area": "/areas/k-buurt/answers",
        "answers of the other place": "/districts/lakeside/answers",
        "organic area's map": "/areas/k-buurt/map",
        "platform's map": "/platforms/voorbeeldplatform-3/map",
        "report": "/report",
        "other place": "/?district=lakeside",
        "other place's map": "/areas/harbour/map",
        "report in the other place": "/report?district=lakeside",
        "about": "/about",
        "privacy": "/privacy",
        "accessibility": "/accessibility",
        "about the other place": "/about?district=lakeside",
        "privacy in the other place": "/privacy?district=lakeside",
        "moderation log": "/moderation/log",
        "sign in": "/sign-in",
        "link sent": "/sign-in/sent",
        "nowhere": "/nergens",
    }
    for asset in assets:
        sorts.setdefault(asset["kind"], f"/assets/{asset['code']}")
        if asset["kind"] == "playground" and not asset["is_example"]:
            full = json.loads(client.get(f"/api/v1/assets/{asset['code']}").text)
            if not full["keeper"]:
                sorts.setdefault("without keeper", f"/assets/{asset['code']}")
    cabinet = sorts["cabinet"].rpartition("/")[2]
    sorts |= {"quick": f"/q/{cabinet}", "report here": f"/report?asset={cabinet}"}
    for defect in items("/api/v1/defects"):
        sorts.setdefault(f"defect {defect['state']}", f"/defects/{defect['code']}")
        sorts.setdefault("follow", f"/defects/{defect['code']}/follow")
    handled = sorts["defect handled"]
    sorts |= {
        # The three forms of a voice are one template: one stands for all.
        "still not right": f"{handled}/dispute",
        "the city says: done": f"{sorts['defect received']}/city-answer",
    }
    for area in items("/api/v1/areas"):
        path = f"/areas/{area['slug']}"
        sorts.setdefault(f"area {area.get('level') or area['kind']}", path)
        if (
            area["kind"] == "organic"
            and "Wie is hier actief? Wij weten het niet" in client.get(f"{path}?lang=nl").text
        ):
            sorts.setdefault("area without platform", path)
    return sorts
