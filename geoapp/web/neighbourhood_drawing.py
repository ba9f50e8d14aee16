"""Saying where a neighbourhood is: by anybody, and by a platform's managers. Drawn on the map, by
ticking official areas, or by ticking squares of 100 m, with JavaScript and without."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import shapely
from flask import redirect, request, url_for
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, doer_of
from geoapp.areas.queries import Area, AreaKind, get_area, list_areas, outlines_in
from geoapp.edge import (
    Route,
    count_refusals,
    open_session,
    sender_mark,
    sender_subject,
    wiring,
)
from geoapp.errors import GeoappError, Invalid, NotFound, TooMany
from geoapp.exchange.reading.outlines import read_outline, write_outline
from geoapp.geo.cells import shape_of, shares_of
from geoapp.geo.crs import LONLAT, transform_point, transform_shape
from geoapp.geo.shapes import as_multipolygon
from geoapp.geo.symbol import sprite_svg
from geoapp.ledger.actions import count_use
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed
from geoapp.neighbourhoods.actions import OutlineDraft, end_declared, put_outline
from geoapp.neighbourhoods.queries import (
    Buurt,
    Declared,
    common_shape,
    list_buurten,
    list_declared,
)
from geoapp.neighbourhoods.rules import DRAWINGS_OF_ONE, POPULATION_M, make_sender
from geoapp.people.rules import Permission, Seat
from geoapp.placing.rules import check_outline
from geoapp.platforms.queries import PlatformFacts, get_platform, subject_of, thing_of
from geoapp.refusals import find_refusal
from geoapp.web.drawn_map import DrawnMap, Frame, draw_map
from geoapp.web.errors import say_error
from geoapp.web.forms import HONEYPOT, TOKEN, check_form, form_token
from geoapp.web.home import View, map_config
from geoapp.web.language import Words, lazy_gettext
from geoapp.web.neighbourhoods import MOST_AREAS, list_versions
from geoapp.web.page import Page, open_page, render

# The side of a square on screen: large enough for a finger (WCAG 2.5.8).
SQUARE_PX = 28
# The grid reaches so many squares beyond what stands, and is never wider than a district.
AIR_SQUARES, MOST_ACROSS = 3, 36
NEAR_DEGREES = 0.002
_SQUARE = re.compile(r"(-?\d{1,6}),(-?\d{1,6})")


class Way(StrEnum):
    """How somebody says where it is."""

    MAP = "map"
    AREAS = "areas"
    SQUARES = "squares"


WAYS: dict[Way, Words] = {
    Way.MAP: lazy_gettext("Draw on the map"),
    Way.AREAS: lazy_gettext("Choose official areas"),
    Way.SQUARES: lazy_gettext("Choose squares of 100 m"),
}


@dataclass(frozen=True)
class Square:
    """One square to tick."""

    value: str
    row: int
    column: int
    is_ticked: bool


@dataclass(frozen=True)
class Grid:
    """Squares of 100 m over a drawn map, from north to south."""

    drawn: DrawnMap
    rows: list[list[Square]]


@dataclass(frozen=True)
class Drawing:
    """What is drawn, on which page, and what stands now (`shape`, lon/lat, may be empty)."""

    page: Page
    area: Area
    shape: BaseGeometry
    url: str
    title: str
    platform: PlatformFacts | None = None


# -- By anybody --------------------------------------------------------------------------------


def show_drawing(slug: str) -> str:
    """Where is this neighbourhood? For anybody, without an account."""
    with open_session() as session:
        return _show(session, _open(session, slug))


def post_drawing(slug: str) -> Response | tuple[str, int]:
    """Keep a drawing; the same sender's older one of this neighbourhood counts no more."""
    with open_session() as session:
        drawing = _open(session, slug)

    def keep(session: Session, shape: MultiPolygon) -> None:
        now = wiring().clock()
        count_use(session, limit=DRAWINGS_OF_ONE, subject=sender_subject(), now=now)
        sender = make_sender(sender_mark(), str(drawing.area.id))
        draft = OutlineDraft(drawing.area.id, shape, sender=sender)
        put_outline(session, place=drawing.page.place, draft=draft, now=now)

    after = url_for("web.show_area", slug=drawing.area.slug, drawn=1, _anchor="border")
    return _keep(drawing, keep, after)


def _open(session: Session, slug: str) -> Drawing:
    area = _get_organic(session, slug)
    return Drawing(
        page=open_page(session, district=area.district),
        area=area,
        shape=common_shape(session, area_id=area.id),
        url=url_for("web.show_drawing", slug=area.slug),
        title=area.name,
    )


def _get_organic(session: Session, slug: str) -> Area:
    area = get_area(session, slug=slug)
    if area.kind is not AreaKind.ORGANIC:
        raise NotFound("There is no neighbourhood called {slug}.", slug=slug)
    return area


# -- By a platform -----------------------------------------------------------------------------


def show_platform_outline(slug: str) -> str:
    """Which neighbourhood, then where it is, for a platform's managers."""
    with open_session() as session:
        platform, _ = _open_platform(session, slug)
        if request.args.get("area"):
            return _show(session, _open_declared(session, platform, request.args["area"]))
        page = open_page(session, district=platform.district)
        areas = list_areas(
            session, district=platform.district, kind=AreaKind.ORGANIC, limit=MOST_AREAS
        )
        declared = list_declared(session, organisation_id=platform.organisation_id)
    standing = [one for one in declared if one.valid_to is None]
    return render(
        "platform_outlines.html",
        page,
        platform=platform,
        standing=[(one.area_slug, one.area_name) for one in standing],
        near=[area for area in areas if _meets(area, platform)],
        others=[area for area in areas if not _meets(area, platform)],
        versions=[
            (one.area_name, version)
            for one, version in zip(declared, list_versions(declared, page), strict=True)
        ],
        is_kept="kept" in request.args,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


def post_platform_outline(slug: str) -> Response | tuple[str, int]:
    """Keep what a platform declares; its older outline of this neighbourhood is history."""
    with open_session() as session:
        platform, seat = _open_platform(session, slug)
        check_form()
        drawing = _open_declared(session, platform, request.form.get("area", ""))

    def keep(session: Session, shape: MultiPolygon) -> None:
        draft = OutlineDraft(
            drawing.area.id,
            shape,
            organisation_id=platform.organisation_id,
            is_example=platform.is_example,
        )
        now = wiring().clock()
        put_outline(session, place=drawing.page.place, draft=draft, now=now)
        _record(session, platform, seat, "declare_outline", after={"area": drawing.area.name})

    after = url_for("web.show_platform_outline", slug=platform.slug, kept=1)
    return _keep(drawing, keep, after)


def post_outline_end(slug: str) -> Response:
    """Take back what a platform declared."""
    with open_session() as session:
        platform, seat = _open_platform(session, slug)
        check_form()
        area = _get_organic(session, request.form.get("area", ""))
        is_ended = end_declared(
            session,
            district_id=area.district_id,
            area_id=area.id,
            organisation_id=platform.organisation_id,
            now=wiring().clock(),
        )
        if is_ended:
            _record(session, platform, seat, "end_outline", before={"area": area.name})
    return redirect(url_for("web.show_platform_outline", slug=platform.slug, kept=1), 303)


def _record(
    session: Session, platform: PlatformFacts, seat: Seat, action: str, **values: Any
) -> None:
    record_change(
        session,
        thing=thing_of(platform),
        doer=doer_of(seat, whose=platform.slug),
        deed=Deed(action, **values),
        now=wiring().clock(),
    )


def _open_platform(session: Session, slug: str) -> tuple[PlatformFacts, Seat]:
    platform = get_platform(session, slug=slug)
    return platform, check_subject(subject_of(platform), thing=thing_of(platform))


def _open_declared(session: Session, platform: PlatformFacts, slug: str) -> Drawing:
    area = _get_organic(session, slug)
    if area.district_id != platform.district_id:
        raise NotFound("There is no neighbourhood called {slug}.", slug=slug)
    mine: list[Declared] = list_declared(
        session, area_id=area.id, organisation_id=platform.organisation_id, limit=1
    )
    declared = mine[0].shape if mine and mine[0].valid_to is None else None
    return Drawing(
        page=open_page(session, district=area.district),
        area=area,
        shape=declared or common_shape(session, area_id=area.id),
        url=url_for("web.show_platform_outline", slug=platform.slug, area=area.slug),
        title=area.name,
        platform=platform,
    )


def _meets(area: Area, platform: PlatformFacts) -> bool:
    return bool(shapely.box(*area.bounds).intersects(shapely.box(*platform.bounds)))


# -- The form ----------------------------------------------------------------------------------


def _keep(
    drawing: Drawing, keep: Callable[[Session, MultiPolygon], None], after: str
) -> Response | tuple[str, int]:
    """Keep the shape that was sent; what cannot be kept comes back as it was sent."""
    try:
        with count_refusals():
            check_form()
            with open_session() as session:
                keep(session, _read_shape(session, drawing))
    except (Invalid, TooMany) as problem:
        with open_session() as session:
            return _show(session, drawing, problem), find_refusal(problem).status
    return redirect(after, 303)


def _read_shape(session: Session, drawing: Drawing) -> MultiPolygon:
    place = drawing.page.place
    readers: dict[Way, Callable[[], BaseGeometry]] = {
        Way.MAP: lambda: read_outline(request.form.get("outline", "")),
        Way.AREAS: lambda: _join_areas(list_buurten(session, district_id=place.id)),
        Way.SQUARES: lambda: shape_of(_read_squares(), POPULATION_M, place.metric_srid),
    }
    shape = check_outline(
        readers[_read_way(request.form.get("as", ""))](), bounds=place.bounds or _EARTH
    )
    # As far beyond the border as the database lets a thing of the district lie (2 km).
    reach = shapely.box(*(place.bounds or _EARTH)).buffer(0.02, join_style="mitre")
    if not reach.covers(shape):
        raise Invalid(
            "It lies outside {district}: check its place.", field="outline", district=place.name
        )
    return as_multipolygon(shape)


_EARTH = (-180.0, -90.0, 180.0, 90.0)


def _read_way(words: str) -> Way:
    return Way(words) if words in set(Way) else Way.MAP


def _join_areas(buurten: Sequence[Buurt]) -> BaseGeometry:
    ticked = set(request.form.getlist("buurt"))
    shapes = [buurt.shape for buurt in buurten if buurt.slug in ticked]
    if not shapes:
        raise Invalid("Tick at least one area.", field="buurt")
    # Neighbours meet within 1e-7 degrees (1 cm) only: close the slivers between them.
    joined = shapely.union_all(shapes, grid_size=1e-7).buffer(2e-7).buffer(-2e-7)
    return as_multipolygon(joined)


def _read_squares() -> list[tuple[int, int]]:
    found = [_SQUARE.fullmatch(words) for words in request.form.getlist("square")]
    squares = [(int(one[1]), int(one[2])) for one in found if one is not None]
    if not squares or len(squares) < len(found) or len(squares) > MOST_ACROSS**2:
        raise Invalid("Tick at least one square.", field="square")
    return squares


def _show(session: Session, drawing: Drawing, problem: GeoappError | None = None) -> str:
    page, area = drawing.page, drawing.area
    way = _read_way(request.form.get("as", "") or request.args.get("as", ""))
    west, south, east, north = area.bounds
    view = View((west + east) / 2, (south + north) / 2, 15, "all", (), area)
    more: dict[str, Any] = {}
    if way is Way.AREAS:
        more = {"buurten": _list_ticks(session, drawing)}
    if way is Way.SQUARES:
        more = {"grid": _make_grid(session, drawing)}
    typed = request.form.get("outline", "") or (
        write_outline(_simplify(drawing)) if drawing.platform else ""
    )
    return render(
        "neighbourhood_draw.html",
        page,
        drawing=drawing,
        area=area,
        way=way.value,
        ways=[
            (one.value, str(said), f"{drawing.url}{'&' if '?' in drawing.url else '?'}as={one}")
            for one, said in WAYS.items()
        ],
        typed=typed,
        config=map_config(page, view),
        problem=say_error(problem) if problem else "",
        token=form_token(),
        token_name=TOKEN,
        honeypot=HONEYPOT,
        sprite=sprite_svg(),
        **more,
    )


def _simplify(drawing: Drawing) -> BaseGeometry:
    """As few corners as a person can drag: to 15 m."""
    srid = drawing.page.place.metric_srid
    metric = transform_shape(drawing.shape, LONLAT, srid).simplify(15)
    largest = max(shapely.get_parts(metric), key=lambda part: part.area, default=Polygon())
    return transform_shape(Polygon(largest.exterior), srid, LONLAT)


def _list_ticks(session: Session, drawing: Drawing) -> list[tuple[Buurt, bool, bool]]:
    """Official areas, each with whether it lies near and whether it is ticked."""
    ticked = set(request.form.getlist("buurt"))
    near = shapely.box(*drawing.area.bounds).buffer(NEAR_DEGREES)
    found = []
    for buurt in list_buurten(session, district_id=drawing.page.place.id):
        is_ticked = buurt.slug in ticked
        if not ticked:
            is_ticked = drawing.shape.intersection(buurt.shape).area > buurt.shape.area / 2
        found.append((buurt, bool(near.intersects(buurt.shape)), is_ticked))
    return found


def _make_grid(session: Session, drawing: Drawing) -> Grid:
    srid = drawing.page.place.metric_srid
    shape = drawing.shape if not drawing.shape.is_empty else shapely.box(*drawing.area.bounds)
    shares = shares_of(shape, POPULATION_M, srid)
    metric_area = transform_shape(shape, LONLAT, srid).area
    half = POPULATION_M**2 / 2
    held = zip(shares.columns, shares.rows, shares.parts, strict=True)
    ticked = {f"{x},{y}" for x, y, part in held if part * metric_area >= half}
    if request.form.getlist("square"):
        ticked = set(request.form.getlist("square"))
    columns, rows = (_reach(found) for found in (shares.columns, shares.rows))
    return Grid(
        drawn=_draw_ground(session, columns, rows, srid),
        rows=[
            [
                Square(f"{x},{y}", row, column, f"{x},{y}" in ticked)
                for column, x in enumerate(columns, start=1)
            ]
            for row, y in enumerate(reversed(rows), start=1)
        ],
    )


def _reach(held: Sequence[int]) -> range:
    """From a little before the first to a little after the last; of a large one its middle."""
    first, last = min(held) - AIR_SQUARES, max(held) + AIR_SQUARES
    over = max(0, last - first + 1 - MOST_ACROSS)
    return range(first + over // 2, last + 1 - (over - over // 2))


def _draw_ground(session: Session, columns: range, rows: range, srid: int) -> DrawnMap:
    """The map under the squares; over a few kilometres both grids lie alike to some metres."""
    east, north = ((found.start + found.stop) / 2 * POPULATION_M for found in (columns, rows))
    lon, lat = transform_point(east, north, srid, LONLAT)
    size = (len(columns) * SQUARE_PX, len(rows) * SQUARE_PX)
    frame = Frame(lon, lat, POPULATION_M / SQUARE_PX, *size)
    outlines = outlines_in(session, box=frame.box(), tolerance_m=frame.tolerance_m())
    return draw_map(frame, outlines=outlines, pins=[])


ROUTES = (
    Route("/areas/<slug>/draw", show_drawing, Permission.SEE_PUBLIC),
    Route("/areas/<slug>/draw", post_drawing, Permission.REPORT, methods=("POST",)),
    Route("/platforms/<slug>/outline", show_platform_outline, Permission.EDIT_PLATFORM),
    Route(
        "/platforms/<slug>/outline",
        post_platform_outline,
        Permission.EDIT_PLATFORM,
        methods=("POST",),
    ),
    Route(
        "/platforms/<slug>/outline/end",
        post_outline_end,
        Permission.EDIT_PLATFORM,
        methods=("POST",),
    ),
)
