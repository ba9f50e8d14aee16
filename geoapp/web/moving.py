"""Where a thing stands: moving it, and drawing its outline on the map or typing its corners."""

from dataclasses import dataclass

from flask import redirect, request, url_for
from shapely import Point
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, doer_of
from geoapp.assets.queries import AssetFacts, duties_of, get_asset, managed_subject, thing_of
from geoapp.coverage.queries import describe_spot
from geoapp.db.codes import read_code
from geoapp.edge import Route, open_session, read_place, wiring
from geoapp.errors import GeoappError, Invalid, NotFound, Stale
from geoapp.exchange.reading.outlines import read_outline, write_outline
from geoapp.geo.symbol import sprite_svg
from geoapp.people.rules import Permission
from geoapp.placing.actions import Placer, draw_outline, move_asset
from geoapp.placing.queries import Drawn, is_inside, read_drawn
from geoapp.placing.rules import (
    DRAWN_KINDS,
    MOST_NOTE_LETTERS,
    measure_area_m2,
    measure_m,
)
from geoapp.refusals import find_refusal
from geoapp.web import words
from geoapp.web.chooser import make_chooser
from geoapp.web.errors import say_error
from geoapp.web.forms import TOKEN, check_form, form_token
from geoapp.web.home import View, map_config
from geoapp.web.page import Page, open_page, render
from geoapp.web.report import say_spot

OUTLINE_ZOOM = 19


@dataclass(frozen=True)
class _Kept:
    """A thing that whoever asks may manage, how it stands on the map, and as whom they act."""

    asset: AssetFacts
    page: Page
    drawn: Drawn
    by: Placer


@dataclass(frozen=True)
class Move:
    """A move as it is read back before it is made."""

    lat: str
    lon: str
    said: str
    metres: str


# -- Moving it ---------------------------------------------------------------------------------


def show_place_form(code: str) -> str:
    """Step 1, where it is to stand; with a place in the address, step 2, is this right?"""
    with open_session() as session:
        kept = _open(session, code)
        if not (request.args.get("lat") or request.args.get("lon")):
            return _show_where(session, kept)
        try:
            spot = _read_spot(session, kept, request.args.get("lat"), request.args.get("lon"))
        except Invalid as problem:
            return _show_where(session, kept, problem)
        return _show_move(session, kept, spot)


def post_place(code: str) -> Response | tuple[str, int]:
    """Move it, and go to its page."""
    with open_session() as session:
        kept = _open(session, code)
    try:
        check_form()
        with open_session() as session:
            spot = _read_spot(session, kept, request.form.get("lat"), request.form.get("lon"))
            told = (request.form.get("version", ""), request.form.get("note", ""))
            place = kept.page.place
            move_asset(session, place=place, asset=kept.asset, to=spot, told=told, by=kept.by)
    except (Invalid, Stale) as problem:
        return _show_move_again(code, problem)
    return redirect(url_for("web.show_asset", code=kept.asset.code), 303)


def _show_move_again(code: str, problem: GeoappError) -> tuple[str, int]:
    status = find_refusal(problem).status
    with open_session() as session:
        kept = _open(session, code)
        try:
            spot = _read_spot(session, kept, request.form.get("lat"), request.form.get("lon"))
        except Invalid as error:
            return _show_where(session, kept, error), status
        return _show_move(session, kept, spot, problem), status


def _read_spot(session: Session, kept: _Kept, lat: str | None, lon: str | None) -> Point:
    spot = Point(read_place(lat, lon))
    place = kept.page.place
    if is_inside(session, district_id=place.id, shape=spot):
        return spot
    if is_inside(session, district_id=place.id, shape=Point(spot.y, spot.x)):
        raise Invalid("lat and lon are the wrong way round: swap them.", field="lat")
    raise Invalid("It lies outside {district}: check its place.", field="lat", district=place.name)


def _show_where(session: Session, kept: _Kept, problem: GeoappError | None = None) -> str:
    asset = kept.asset
    return render(
        "asset_where.html",
        kept.page,
        asset=asset,
        chooser=make_chooser(
            session,
            kept.page,
            url=url_for("web.show_place_form", code=asset.code),
            carried={},
            around=(asset.lon, asset.lat),
        ),
        problem=say_error(problem) if problem else "",
        is_drawn=asset.kind in DRAWN_KINDS,
        sprite=sprite_svg(),
    )


def _show_move(
    session: Session, kept: _Kept, spot: Point, problem: GeoappError | None = None
) -> str:
    is_stale = isinstance(problem, Stale)
    given = request.form.get("version", "")
    metres = measure_m(kept.drawn.pin, spot, metric_srid=kept.page.place.metric_srid)
    return render(
        "asset_move.html",
        kept.page,
        asset=kept.asset,
        now=say_spot(describe_spot(session, lon=kept.asset.lon, lat=kept.asset.lat)),
        move=Move(
            f"{spot.y:.7f}",
            f"{spot.x:.7f}",
            say_spot(describe_spot(session, lon=spot.x, lat=spot.y)),
            words.say_number(max(1, round(metres))),
        ),
        note=request.form.get("note", "")[: 2 * MOST_NOTE_LETTERS],
        most=MOST_NOTE_LETTERS,
        version=kept.drawn.version if is_stale else given or kept.drawn.version,
        problem=say_error(problem) if problem else "",
        problem_field=(problem.field or "") if problem else "",
        again_url=url_for(
            "web.show_place_form", code=kept.asset.code, at=f"{spot.y:.6f},{spot.x:.6f},18"
        ),
        token=form_token(),
        token_name=TOKEN,
        sprite=sprite_svg(),
    )


# -- Its outline -------------------------------------------------------------------------------


def show_outline_form(code: str) -> str:
    """The outline of a thing, drawn on the map or typed."""
    with open_session() as session:
        kept = _open_drawable(session, code)
    return _show_outline(kept, write_outline(kept.drawn.shape))


def post_outline(code: str) -> Response | tuple[str, int]:
    """Keep the outline; what is wrong with it comes back with what was typed."""
    with open_session() as session:
        kept = _open_drawable(session, code)
    typed = request.form.get("outline", "")
    try:
        check_form()
        with open_session() as session:
            draw_outline(
                session,
                place=kept.page.place,
                asset=kept.asset,
                outline=read_outline(typed),
                version=request.form.get("version", ""),
                by=kept.by,
            )
    except (Invalid, Stale) as problem:
        return _show_outline(kept, typed, problem), find_refusal(problem).status
    return redirect(url_for("web.show_outline_form", code=kept.asset.code, kept=1), 303)


def _open_drawable(session: Session, code: str) -> _Kept:
    kept = _open(session, code)
    if kept.asset.kind not in DRAWN_KINDS:
        raise NotFound("Only a playground or a sports court has an outline.")
    return kept


def _show_outline(kept: _Kept, typed: str, problem: GeoappError | None = None) -> str:
    asset, drawn = kept.asset, kept.drawn
    is_stale = isinstance(problem, Stale)
    given = request.form.get("version", "")
    size = measure_area_m2(drawn.shape, metric_srid=kept.page.place.metric_srid)
    view = View(asset.lon, asset.lat, OUTLINE_ZOOM, "all", (), None)
    return render(
        "outline.html",
        kept.page,
        asset=asset,
        typed=typed,
        theirs=write_outline(drawn.shape) if is_stale else "",
        size=words.say_number(round(size)) if size else "",
        version=drawn.version if is_stale else given or drawn.version,
        config={**map_config(kept.page, view), "fit": None},
        problem=say_error(problem) if problem else "",
        is_kept="kept" in request.args and not problem,
        token=form_token(),
        token_name=TOKEN,
        sprite=sprite_svg(),
    )


def _open(session: Session, code: str) -> _Kept:
    asset = get_asset(session, code=read_code(code))
    page = open_page(session, district=asset.district)
    duties = duties_of(session, asset_ids=[asset.id], today=page.today).get(asset.id, [])
    seat = check_subject(managed_subject(asset, duties), thing=thing_of(asset))
    keepers = [duty.keeper.slug for duty in duties]
    doer = doer_of(seat, whose=keepers[0] if keepers else asset.owner.slug if asset.owner else "")
    by = Placer(doer, seat.organisation_id, wiring().clock(), page.today)
    return _Kept(asset, page, read_drawn(session, asset_id=asset.id), by)


ROUTES = (
    Route("/assets/<code>/place", show_place_form, Permission.MANAGE_ASSET),
    Route("/assets/<code>/place", post_place, Permission.MANAGE_ASSET, methods=("POST",)),
    Route("/assets/<code>/outline", show_outline_form, Permission.MANAGE_ASSET),
    Route("/assets/<code>/outline", post_outline, Permission.MANAGE_ASSET, methods=("POST",)),
)
