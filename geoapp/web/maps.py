"""Snapshot maps of one area, with legend and table: the only module that imports folium.

folium makes the script; everything it would load is ours. Its traps are closed here (see
DECISIONS.md): its lists of outside files are class attributes shared by all
maps, its tooltips and popups put values in as HTML or run `${...}` in them, its style blocks break
a content security policy, and what it has rendered is compiled once more as a template, here on
the server. So the map is a subclass with lists of its own, values travel only as JSON without an
opening brace and become text nodes in `static/js/snapshot.js`, and an unknown link is refused.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import folium
from branca.element import CssLink, Figure, JavascriptLink
from flask import Response, make_response, render_template, request, url_for
from folium.utilities import JsCode
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from geoapp.areas.queries import Box, Outline, area_shape, get_area, outlines_in
from geoapp.areas.rules import Level
from geoapp.assets.queries import AssetFacts
from geoapp.catalogue import SYMBOL_OF_KIND, SYMBOL_OF_SHAPE
from geoapp.config import PROJECT_DIR
from geoapp.defects.queries import DefectFacts
from geoapp.defects.rules import Shape
from geoapp.edge import Route, open_session
from geoapp.errors import Conflict
from geoapp.exchange.layouts import list_sources
from geoapp.geo.crs import LONLAT, WEB_MERCATOR, transform_shape
from geoapp.geo.symbol import sprite_svg
from geoapp.people.rules import Permission
from geoapp.platforms.queries import get_platform, platform_shape
from geoapp.web import words
from geoapp.web.cards import Card, make_asset_card, make_defect_card
from geoapp.web.drawn_map import TINTS, fit_frame
from geoapp.web.language import gettext
from geoapp.web.page import Page, icon, open_page, render
from geoapp.web.security import nonce
from geoapp.web.stock import Stock, inside_area, inside_platform, read_stock

# Stands for { in words on their way through folium: no template begins without one. It comes out
# as JSON's own escape of the letter, and a browser reads { again.
BRACE, BRACE_ESCAPED = "\ue07b", "\\ue07b"

# folium draws GeoJson layers of some 5,000 features well; beyond this the page says so.
MOST = 1000
STATIC = PROJECT_DIR / "static"
STYLES = ("vendor/leaflet/leaflet.css", "css/tokens.css", "css/screens.css", "css/snapshot.css")
SCRIPTS = ("vendor/leaflet/leaflet.js", "js/snapshot.js")


class SnapshotMap(folium.Map):
    """A folium map that loads nothing: the page around it brings Leaflet and our own script."""

    default_js: list[tuple[str, str]] = []
    default_css: list[tuple[str, str]] = []


@dataclass(frozen=True)
class Parts:
    """What folium made: an element for the map, and the script that fills it."""

    html: str
    script: str


@dataclass(frozen=True)
class Row:
    """A line of the table, and a pin: the same words in both."""

    card: Card
    kind: str
    says: tuple[str, ...]
    is_report: bool
    lon: float
    lat: float


@dataclass(frozen=True)
class Thing:
    """A pin (lon/lat) and what its window says."""

    lon: float
    lat: float
    symbol: str
    title: str
    lines: tuple[str, ...]
    url: str
    is_example: bool


@dataclass(frozen=True)
class Scene:
    """What a snapshot shows: where, the area's own edge, and the rows."""

    name: str
    bounds: Box
    shape: BaseGeometry
    stock: Stock


def show_area_map(slug: str) -> str | Response:
    """A snapshot of an area: a page, or with `download=1` one file that needs no network."""
    with open_session() as session:
        area = get_area(session, slug=slug)
        page = open_page(session, district=area.district)
        stock = read_stock(session, page, inside_area(area), most=MOST)
        scene = Scene(area.name, area.bounds, area_shape(session, area=area), stock)
        outlines = read_outlines(session, scene)
    return _answer(page, scene, outlines, url_for("web.show_area", slug=slug))


def show_platform_map(slug: str) -> str | Response:
    """A snapshot of a platform's area, as `show_area_map`."""
    with open_session() as session:
        platform = get_platform(session, slug=slug)
        page = open_page(session, district=platform.district)
        stock = read_stock(session, page, inside_platform(platform.id), most=MOST)
        shape = platform_shape(session, platform_id=platform.id)
        scene = Scene(platform.name, platform.bounds, shape, stock)
        outlines = read_outlines(session, scene)
    return _answer(page, scene, outlines, url_for("web.show_platform", slug=slug))


def read_outlines(session: Session, scene: Scene) -> list[Outline]:
    """The official areas that a scene is drawn on."""
    frame = fit_frame(scene.bounds, width=900, height=700)
    return outlines_in(session, box=frame.box(), tolerance_m=frame.tolerance_m())


def _answer(page: Page, scene: Scene, outlines: Sequence[Outline], back: str) -> str | Response:
    things = list_things(scene)
    reports = list_reports(scene, page)
    legend = list_legend(scene)
    values = {
        "name": scene.name,
        "download_url": url_for(
            str(request.endpoint), **{**(request.view_args or {}), "download": 1}
        ),
        "back": back,
        "things": things,
        "reports": reports,
        "has_more": scene.stock.has_more_assets or scene.stock.has_more_defects,
        "most": MOST,
        "legend": legend,
        "day": words.say_day(page.today),
        "parts": draw_scene(scene, outlines, [*things, *reports]),
        "map_words": say_controls(),
        "sources": list_sources(district=page.place.slug),
    }
    values["sprite"] = draw_sprite(legend)
    if "download" not in request.args:
        return render("snapshot.html", page, **values)
    slug = request.view_args["slug"] if request.view_args else ""
    return answer_file("snapshot_file.html", page, name=slug, values=values)


def draw_sprite(legend: Sequence[tuple[str, Any]]) -> str:
    """The symbols that a snapshot shows."""
    return sprite_svg(sorted({"brand", "example", *(symbol for symbol, _ in legend)}))


def answer_file(
    template: str, page: Page, *, name: str, values: dict[str, Any], styles: Sequence[str] = ()
) -> Response:
    """A page with a snapshot as one file that needs no network; of `styles` beside the map's."""
    html = render_template(
        template,
        page=page,
        icon=icon,
        styles=[_read_style(style) for style in (*STYLES, *styles)],
        scripts=[(STATIC / name).read_text(encoding="utf-8") for name in SCRIPTS],
        nonce=nonce,
        origin=request.host_url.rstrip("/"),
        **values,
    )
    response = make_response(html)
    filename = f"{name}-{page.today.isoformat()}.html"
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _read_style(name: str) -> str:
    """A style sheet for inside a page: what it would fetch (Leaflet's own pins) is not used; the
    patterns of ground stand in the page itself."""
    text = (STATIC / name).read_text(encoding="utf-8")
    return re.sub(r"url\((?!#g-)[^)]*\)", "none", text)


# -- What stands on it -------------------------------------------------------------------------

OPEN = (Shape.OPEN, Shape.ASKED, Shape.BAD)


def list_things(scene: Scene) -> list[Row]:
    """The things of a scene as lines of its table."""
    return [_thing_row(asset, scene.stock) for asset in scene.stock.assets]


def list_reports(scene: Scene, page: Page) -> list[Row]:
    """The reports of a scene as lines of its table."""
    return [_report_row(defect, page) for defect in scene.stock.defects]


def list_legend(scene: Scene) -> list[tuple[str, Any]]:
    """What the symbols of a scene stand for."""
    kinds = dict.fromkeys(asset.kind for asset in scene.stock.assets)
    return [
        *[(SYMBOL_OF_SHAPE[shape], words.SHAPES[shape]) for shape in OPEN],
        *[(SYMBOL_OF_KIND[kind], words.KINDS[kind]) for kind in kinds],
    ]


def _thing_row(asset: AssetFacts, stock: Stock) -> Row:
    card = make_asset_card(asset, stock.duties.get(asset.id, ()))
    says = tuple(filter(None, (card.where, card.state)))
    kind = str(words.KINDS[asset.kind])
    return Row(card, kind, says, is_report=False, lon=asset.lon, lat=asset.lat)


def _report_row(defect: DefectFacts, page: Page) -> Row:
    card = make_defect_card(defect, today=page.today)
    turn = card.turn
    move = f"{gettext('Next move:')} {turn.name} {turn.when}".strip() if turn else ""
    says = tuple(filter(None, (card.state, move, card.note)))
    return Row(card, card.where, says, is_report=True, lon=defect.lon, lat=defect.lat)


def _pins(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [
        _feature(
            {"type": "Point", "coordinates": [row.lon, row.lat]},
            role="report" if row.is_report else "thing",
            symbol=row.card.symbol,
            example=gettext("Example") if row.card.is_example else "",
            title=row.card.title,
            lines=[words for words in (row.kind, *row.says) if words],
            url=row.card.url,
        )
        for row in rows
    ]


def _base(scene: Scene, outlines: Sequence[Outline]) -> list[dict[str, Any]]:
    """Land, borders and names below the pins; the area's own edge on top."""
    wijken = [outline for outline in outlines if outline.level is Level.WIJK]
    buurten = [outline for outline in outlines if outline.level is Level.BUURT]
    named = buurten if _width_m(scene.bounds) < 4000 else wijken
    return [
        *[_land(wijk, f"snap-wijk t-{TINTS[wijk.tint or 0]}") for wijk in wijken],
        *[_land(buurt, "snap-quiet" if buurt.is_quiet else "snap-buurt") for buurt in buurten],
        _feature(mapping(scene.shape), style="snap-own"),
        *_labels(named),
    ]


def _land(outline: Outline, style: str) -> dict[str, Any]:
    shape = transform_shape(outline.shape.buffer(0), WEB_MERCATOR, LONLAT)
    return _feature(mapping(shape), style=style)


def _labels(outlines: Sequence[Outline]) -> Iterator[dict[str, Any]]:
    for outline in outlines:
        spot = transform_shape(outline.shape.representative_point(), WEB_MERCATOR, LONLAT)
        yield _feature(mapping(spot), role="label", title=outline.name)


def _width_m(bounds: Box) -> float:
    frame = fit_frame(bounds, width=1000, height=1000)
    return frame.metres_per_px * 1000


def _feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


# -- folium ------------------------------------------------------------------------------------


def draw_scene(
    scene: Scene,
    outlines: Sequence[Outline],
    rows: Sequence[Row],
    others: Sequence[dict[str, Any]] = (),
) -> Parts:
    """The map of a scene with a pin for each row, and `others`, which are features already."""
    return draw_parts(scene.bounds, _base(scene, outlines), [*_pins(rows), *others])


def make_letter(*, lon: float, lat: float, letter: str, title: str, url: str) -> dict[str, Any]:
    """A square with a letter in it, where a plan is to be."""
    point = {"type": "Point", "coordinates": [lon, lat]}
    return _feature(
        point, role="plan", letter=letter, example="", title=title, lines=[letter], url=url
    )


def draw_ground(
    bounds: Box,
    outlines: Sequence[Outline],
    patches: Sequence[tuple[str, BaseGeometry]],
    things: Sequence[Thing],
) -> Parts:
    """Ground under patterns: of each its style and its shape (lon/lat), with the borders and names
    of wijken over it, and things as pins."""
    wijken = [outline for outline in outlines if outline.level is Level.WIJK]
    buurten = [outline for outline in outlines if outline.level is Level.BUURT]
    base = [
        *[_land(wijk, "snap-land") for wijk in wijken],
        *[_feature(mapping(shape), style=style) for style, shape in patches],
        *[_land(buurt, "snap-buurt") for buurt in buurten],
        *[_land(wijk, "snap-line") for wijk in wijken],
        *_labels(wijken),
    ]
    pins = [
        _feature(
            {"type": "Point", "coordinates": [one.lon, one.lat]},
            role="thing",
            symbol=one.symbol,
            example=gettext("Example") if one.is_example else "",
            title=one.title,
            lines=list(one.lines),
            url=one.url,
        )
        for one in things
    ]
    return draw_parts(bounds, base, pins)


def draw_parts(
    bounds: Box, base: Sequence[dict[str, Any]], pins: Sequence[dict[str, Any]]
) -> Parts:
    """The map as folium makes it, without its page.

    Raises:
        Conflict: folium asks for a file that is not ours.
    """
    west, south, east, north = bounds
    drawn = SnapshotMap(
        location=[(south + north) / 2, (west + east) / 2], tiles=None, zoom_control=False
    )
    drawn.options["zoomSnap"] = 0.25
    for features in (base, pins):
        if features:
            _layer(features).add_to(drawn)
    drawn.fit_bounds([[south, west], [north, east]], padding=(16, 16))
    figure = cast(Figure, drawn.get_root())
    figure.render()
    _refuse_links(figure)
    script = figure.script.render().replace(BRACE_ESCAPED, "\\u007b")
    return Parts(figure.html.render(), script)


def _layer(features: Sequence[dict[str, Any]]) -> folium.GeoJson:
    numbered = [{**feature, "id": str(number)} for number, feature in enumerate(features)]
    # Through JSON once: what is no plain value fails here and not on somebody's screen.
    plain = json.loads(json.dumps({"type": "FeatureCollection", "features": numbered}))
    return folium.GeoJson(
        _without_braces(plain),
        style_function=_style_of,
        on_each_feature=JsCode("snapshotFeature"),
        point_to_layer=JsCode("snapshotPoint"),
    )


def _without_braces(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("{", BRACE)
    if isinstance(value, list):
        return [_without_braces(part) for part in value]
    if isinstance(value, dict):
        return {name: _without_braces(part) for name, part in value.items()}
    return value


def _style_of(feature: dict[str, Any]) -> dict[str, Any]:
    return {"className": feature["properties"].get("style", ""), "interactive": False}


def _refuse_links(figure: Figure) -> None:
    children = list(figure.header._children.values())  # noqa: SLF001  branca has no other door
    links = [child.url for child in children if isinstance(child, JavascriptLink | CssLink)]
    if links:
        raise Conflict("The map asks for files that are not ours: {links}.", links=", ".join(links))


def say_controls() -> dict[str, str]:
    """What the map's own buttons are called."""
    return {
        "zoom_in": gettext("Zoom in"),
        "zoom_out": gettext("Zoom out"),
        "close": gettext("Close"),
        "map": gettext("Map"),
        "open": gettext("To its page"),
    }


ROUTES = (
    Route("/areas/<slug>/map", show_area_map, Permission.SEE_PUBLIC),
    Route("/platforms/<slug>/map", show_platform_map, Permission.SEE_PUBLIC),
)
