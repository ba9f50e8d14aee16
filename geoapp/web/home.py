"""The live map: home, the list beside it, what is here, and what a name may mean.

Its legend stands in `templates/home.html`.
"""

from dataclasses import asdict, dataclass
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from geoapp.areas.queries import Area, AreaKind, Name, get_area, outlines_in
from geoapp.assets.queries import (
    assets_in_box,
    duties_of,
)
from geoapp.assets.rules import PLAY_KINDS, Kind
from geoapp.coverage.queries import find_place, what_is_at
from geoapp.db.spatial import MOST_COUNTED
from geoapp.defects.queries import (
    defects_in_box,
)
from geoapp.defects.rules import Shape
from geoapp.districts.queries import find_district_at
from geoapp.edge import Route, open_session, read_box, read_number, read_place
from geoapp.errors import Invalid, NotFound
from geoapp.geo.shapes import zoom_to_fit
from geoapp.geo.symbol import sprite_svg, symbology
from geoapp.people.rules import Permission
from geoapp.web import words
from geoapp.web.cards import (
    Card,
    make_asset_cards,
    make_defect_card,
)
from geoapp.web.drawn_map import DrawnMap, draw_map, fit_frame, mark_spot
from geoapp.web.language import gettext, ngettext, page_language
from geoapp.web.neighbourhoods import say_agreement, say_memberships, say_sharing
from geoapp.web.page import Page, open_page, render
from geoapp.web.spots import draw_spot

Box = tuple[float, float, float, float]
MOST_REPORTS = 20
MOST_THINGS = 10
SHOWS = ("all", "not_good", "places", "cabinets")
OVERLAYS = ("neighbourhoods", "platforms")


@dataclass(frozen=True)
class NearList:
    """The list beside the map: what the map shows in a box, nearest first."""

    reports: list[Card]
    things: list[Card]
    report_count: int
    thing_count: int

    @property
    def report_total(self) -> str:
        """The number of reports, in words."""
        return _say_count(self.report_count)

    @property
    def thing_total(self) -> str:
        """The number of places, in words."""
        return _say_count(self.thing_count)

    @property
    def counted(self) -> str:
        """How many reports and places are in view, in words."""
        reports, things = self.report_total, self.thing_total
        if not self.report_count and not self.thing_count:
            return gettext("Nothing in view. Move the map, or zoom out.")
        if not self.thing_count:
            return ngettext(
                "%(count)s report in view",
                "%(count)s reports in view",
                self.report_count,
                count=reports,
            )
        places = ngettext(
            "%(count)s place in view", "%(count)s places in view", self.thing_count, count=things
        )
        if not self.report_count:
            return places
        some = ngettext("%(count)s report", "%(count)s reports", self.report_count, count=reports)
        return f"{some}, {places}"


@dataclass(frozen=True)
class View:
    """What the map shows: its middle and zoom, which layers, which area is chosen."""

    lon: float
    lat: float
    zoom: float
    show: str
    overlays: tuple[str, ...]
    area: Area | None

    def box(self) -> Box:
        """About what a wide screen shows, for a list made before the map measures itself."""
        across = 360 / 2**self.zoom * 2
        return (
            max(-180.0, self.lon - across),
            max(-90.0, self.lat - across * 0.62),
            min(180.0, self.lon + across),
            min(90.0, self.lat + across * 0.62),
        )


def open_map_page(session: Session) -> Page:
    """The page of the district that the address is about: by its area, by name, by its middle."""
    if request.args.get("area"):
        return open_page(session, district=get_area(session, slug=request.args["area"]).district)
    middle = request.args.get("at", "").split(",")
    if "district" in request.args or len(middle) != 3:
        return open_page(session)
    try:
        return open_page_at(session, *read_place(middle[0], middle[1]))
    except Invalid:
        return open_page(session)


def open_page_at(session: Session, lon: float, lat: float) -> Page:
    """The page of the district that holds the spot; of the one named in the address where none."""
    place = find_district_at(session, lon=lon, lat=lat)
    return open_page(session, district=place.slug if place else None)


def show_home() -> str:
    """The live map with the list beside it."""
    with open_session() as session:
        page = open_map_page(session)
        view = read_view(session, page)
        near = _make_near(session, page, view.box(), (view.lon, view.lat), view.show)
        searched = request.args.get("q", "")
        found = find_links(session, page, searched) if searched and view.area is None else None
        drawn = _draw_home(session, page, view)
    return render(
        "home.html",
        page,
        view=view,
        near=near,
        searched=searched,
        found=found,
        config=map_config(page, view),
        sprite=sprite_svg(),
        drawn=drawn,
    )


def show_list() -> str:
    """The list beside the map, for a box of it: a part of the home page."""
    box = read_box(request.args.get("bbox", ""))
    lat, _, lon = request.args.get("at", "").partition(",")
    near = read_place(lat, lon)
    show, _ = _read_layers(request.args.get("layers", ""))
    with open_session() as session:
        page = open_page(session)
        found = _make_near(session, page, box, near, show)
    return render("_near.html", page, near=found)


def show_at() -> str:
    """What is here: a page, or with `part=1` only its list."""
    lon, lat = read_place(request.args.get("lat"), request.args.get("lon"))
    radius_m = read_number("radius_m", request.args.get("radius_m", "50"), low=1, high=2000)
    with open_session() as session:
        page = open_page_at(session, lon, lat)
        here = what_is_at(session, lon=lon, lat=lat, radius_m=radius_m, today=page.today)
        duties = duties_of(session, asset_ids=[asset.id for asset in here.assets], today=page.today)
        is_part = "part" in request.args
        drawn = None if is_part else draw_spot(session, mark_spot(lon, lat))
    return render(
        "_here.html" if is_part else "at.html",
        page,
        here=here,
        things=make_asset_cards(here.assets, duties),
        reports=[make_defect_card(defect, today=page.today) for defect in here.defects],
        hoods=say_memberships(here.memberships),
        sharing=say_sharing(here.memberships),
        voices=[say_agreement(one) for one in here.memberships],
        levels=words.LEVELS,
        sprite=sprite_svg(),
        drawn=drawn,
    )


def show_found() -> str:
    """What words may mean: a page, or with `part=1` only the links."""
    searched = request.args.get("q", "")
    with open_session() as session:
        page = open_page(session)
        found = find_links(session, page, searched)
    is_part = "part" in request.args
    return render(
        "_found.html" if is_part else "found.html",
        page,
        found=found,
        searched=searched,
        sprite=sprite_svg(("brand",)),
    )


def _make_near(
    session: Session, page: Page, box: Box, near: tuple[float, float], show: str
) -> NearList:
    reports: list[Card] = []
    things: list[Card] = []
    report_count = thing_count = 0
    if show in ("all", "not_good"):
        shape = Shape.BAD if show == "not_good" else None
        defects, report_count = defects_in_box(
            session, box=box, near=near, shape=shape, today=page.today, limit=MOST_REPORTS
        )
        reports = [make_defect_card(defect, today=page.today) for defect in defects]
    if show != "not_good":
        kinds = {"all": tuple(Kind), "places": PLAY_KINDS, "cabinets": (Kind.CABINET,)}[show]
        assets, thing_count = assets_in_box(
            session, box=box, kinds=kinds, near=near, limit=MOST_THINGS
        )
        duties = duties_of(session, asset_ids=[asset.id for asset in assets], today=page.today)
        things = make_asset_cards(assets, duties)
    return NearList(reports, things, report_count, thing_count)


def _say_count(count: int) -> str:
    if count > MOST_COUNTED:
        return gettext("more than %(number)s", number=words.say_number(MOST_COUNTED))
    return words.say_number(count)


@dataclass(frozen=True)
class FoundLink:
    """A search result: where it leads, and for the map where to fly."""

    url: str
    name: str
    kind: str
    found_as: str
    is_example: bool
    bounds: str
    at: str
    number: int
    layer: str
    report_url: str


def find_links(session: Session, page: Page, searched: str) -> list[FoundLink]:
    found = find_place(session, words=searched[:80], district_id=page.place.id)
    links = [_name_link(name) for name in found.names]
    for platform in found.platforms:
        url = url_for("web.show_platform", slug=platform.slug)
        west, south, east, north = platform.bounds
        at = f"{(south + north) / 2:.5f},{(west + east) / 2:.5f},16"
        report_url = url_for("web.show_report", at=at)
        links.append(
            _plain_link(url, platform.name, gettext("platform"), platform.is_example, report_url)
        )
    for asset in found.assets:
        url = url_for("web.show_asset", code=asset.code)
        report_url = url_for("web.show_report", asset=asset.code)
        kind = str(words.KINDS[asset.kind])
        links.append(_plain_link(url, asset.name, kind, asset.is_example, report_url))
    return links


def _plain_link(url: str, name: str, kind: str, is_example: bool, report_url: str) -> FoundLink:  # noqa: FBT001  a field of the link
    return FoundLink(url, name, kind, "", is_example, "", "", 0, "", report_url)


def _name_link(name: Name) -> FoundLink:
    west, south, east, north = name.bounds
    is_area = name.area_slug is not None
    at = f"{(south + north) / 2:.5f},{(west + east) / 2:.5f},17"
    return FoundLink(
        url=url_for("web.show_home", area=name.area_slug)
        if is_area
        else url_for("web.show_home", at=at),
        name=name.name,
        kind=str(words.NAME_KINDS[name.kind]),
        found_as="" if name.found_as == name.name else name.found_as,
        is_example=name.is_example,
        bounds=f"{south:.5f},{west:.5f},{north:.5f},{east:.5f}" if is_area else "",
        at="" if is_area else at,
        number=name.number,
        layer="" if not is_area else "neighbourhoods" if name.kind == "organic" else "official",
        report_url=url_for("web.show_report", at=at)
        if is_area
        else url_for("web.show_report", lat=f"{south:.6f}", lon=f"{west:.6f}"),
    )


def read_view(session: Session, page: Page) -> View:
    show, overlays = _read_layers(request.args.get("layers", ""))
    area = None
    if request.args.get("area"):
        area = get_area(session, slug=request.args["area"])
    bounds = area.bounds if area else page.place.bounds
    if bounds is None:
        raise NotFound("This district has no official areas yet: import them first.")
    west, south, east, north = bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    zoom: float = zoom_to_fit(bounds)
    parts = request.args.get("at", "").split(",")
    if len(parts) == 3:
        try:
            lon, lat = read_place(parts[0], parts[1])
            zoom = read_number("zoom", parts[2], low=10, high=19)
        except Invalid:
            # A link broken on its way through a chat still opens the map.
            area = area or None
    return View(lon, lat, zoom, show, overlays, area)


def _read_layers(text: str) -> tuple[str, tuple[str, ...]]:
    asked = text.split(",")
    show = next((code for code in asked if code in SHOWS), "all")
    return show, tuple(code for code in OVERLAYS if code in asked)


def map_config(page: Page, view: View) -> dict[str, Any]:
    background = page.background
    west, south, east, north = page.place.bounds or (-180.0, -90.0, 180.0, 90.0)
    air = 0.03
    area = view.area
    return {
        "symbols": symbology(),
        "view": {"lat": view.lat, "lon": view.lon, "zoom": view.zoom},
        "bounds": [[south - air, west - air], [north + air, east + air]],
        "fit": [[south, west], [north, east]],
        "tiles": "/tiles",
        "background": background and asdict(background),
        "attribution": page.place.attribution,
        "layers": view.show,
        "overlays": list(view.overlays),
        "area": area
        and {
            "number": area.number,
            "layer": "neighbourhoods" if area.kind is AreaKind.ORGANIC else "official",
            "bounds": [[area.bounds[1], area.bounds[0]], [area.bounds[3], area.bounds[2]]],
        },
        "words": _map_words(),
        "lang": page_language(),
    }


def _map_words() -> dict[str, str]:
    return {
        "map": gettext("Map"),
        "map_help": gettext("Arrows move the map, plus and minus zoom, Enter asks what is here."),
        "zoom_in": gettext("Zoom in"),
        "zoom_out": gettext("Zoom out"),
        "locate": gettext("My location"),
        "you_are_here": gettext("You are here"),
        "locate_refused": gettext("Your location is not shared. Move the map by hand."),
        "locate_outside": gettext("You are outside this map."),
        "tiles_failed": gettext("A part of the map did not come. Move it to try again."),
        "list_failed": gettext("The list did not come. Move the map to try again."),
        "find_failed": gettext("Searching failed. Press Enter to try again."),
        "more": gettext("+{n} more, zoom in"),
    }


def _draw_home(session: Session, page: Page, view: View) -> DrawnMap:
    bounds = view.area.bounds if view.area else page.place.bounds
    frame = fit_frame(bounds or view.box(), width=640, height=600)
    outlines = outlines_in(session, box=frame.box(), tolerance_m=frame.tolerance_m())
    return draw_map(frame, outlines=outlines, pins=[])


ROUTES = tuple(
    Route(rule, view, Permission.SEE_PUBLIC)
    for rule, view in (
        ("/", show_home),
        ("/list", show_list),
        ("/at", show_at),
        ("/find", show_found),
    )
)
