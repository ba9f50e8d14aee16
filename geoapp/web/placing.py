"""Putting something new on the map, one after another: where it stands, then what it is."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import make_response, redirect, request, url_for
from shapely import Point
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, current_actor, doer_of
from geoapp.assets.queries import AssetFacts, duties_of, get_asset, managed_subject, thing_of
from geoapp.assets.rules import DETAILS, Aspect, Kind, PhysicalStatus
from geoapp.coverage.queries import describe_spot
from geoapp.db.codes import read_code
from geoapp.db.text import read_words
from geoapp.districts.queries import Place, find_district_at, list_districts
from geoapp.edge import Route, open_session, read_place, wiring
from geoapp.errors import Conflict, GeoappError, Invalid
from geoapp.geo.symbol import sprite_svg
from geoapp.intake.actions import make_outside_error
from geoapp.people.queries import list_names
from geoapp.people.rules import POLICY, Permission, Subject, may
from geoapp.placing.actions import NewThing, Placer, place_asset
from geoapp.placing.queries import list_twins
from geoapp.placing.rules import (
    ASKED,
    DRAWN_KINDS,
    FIRST_STATUSES,
    MOST_DETAIL_LETTERS,
    MOST_NAME_LETTERS,
    USUAL_COVERS,
    count_up,
    measure_m,
)
from geoapp.refusals import find_refusal
from geoapp.web import words
from geoapp.web.chooser import make_chooser
from geoapp.web.errors import say_error
from geoapp.web.forms import TOKEN, bind_key, check_form, form_token
from geoapp.web.home import open_map_page
from geoapp.web.language import Words, lazy_gettext
from geoapp.web.neighbourhoods import join_names
from geoapp.web.page import Page, open_page, render
from geoapp.web.report import MOST_NAMES, say_spot

# What goes along from step 1 to step 2, and to the next of a row.
CARRIED = ("kind", "organisation", "like", "district")
DETAIL = "detail_"
STATUSES: dict[PhysicalStatus, Words] = {
    PhysicalStatus.IN_USE: lazy_gettext("It stands there"),
    PhysicalStatus.PLANNED: lazy_gettext("It is to come"),
}


@dataclass(frozen=True)
class Choice:
    """An organisation that something new can be put on the map for."""

    id: uuid.UUID
    slug: str
    name: str


@dataclass(frozen=True)
class Twin:
    """What stands where somebody wants to put the same."""

    url: str
    name: str
    metres: int
    is_example: bool


@dataclass(frozen=True)
class Filling:
    """The form as it stands: what is typed in each field, what they do for it, what is wrong."""

    values: Mapping[str, str]
    covers: Sequence[str]
    problem: GeoappError | None = None


def show_new() -> str:
    """Step 1, where; with a place in the address, step 2, what."""
    with open_session() as session:
        if not (request.args.get("lat") or request.args.get("lon")):
            return _show_where(session)
        try:
            lon, lat = read_place(request.args.get("lat"), request.args.get("lon"))
            place = _find_place(session, lon, lat)
        except Invalid as problem:
            return _show_where(session, problem)
        return _show_what(session, place, (lon, lat), _fill(session, place, request.args))


def show_new_spot() -> str:
    """How a spot is read back in words, and what of the kind stands there: a part of step 1."""
    lon, lat = read_place(request.args.get("lat"), request.args.get("lon"))
    kind = request.args.get("kind", "")
    with open_session() as session:
        place = find_district_at(session, lon=lon, lat=lat)
        page = open_page(session, district=place.slug if place else None)
        spot = describe_spot(session, lon=lon, lat=lat)
        twins = [] if place is None else _make_twins(session, kind, lon, lat, place)
    return render(
        "_new_spot.html", page, said=say_spot(spot), twins=twins, is_inside=place is not None
    )


def post_new() -> Response | tuple[str, int]:
    """Put it on the map, and go to what can be done next."""
    problem: GeoappError
    try:
        check_form()
        with open_session() as session:
            code = _place(session, request.form)
            url = _find_next(session, code)
        return redirect(url, 303)
    except (Invalid, Conflict) as error:
        problem = error
    with open_session() as session:
        return _show_again(session, problem), find_refusal(problem).status


def _find_next(session: Session, code: str) -> str:
    """What can be done next; its page, for who only cleans or repairs it: they do not manage it."""
    asset = get_asset(session, code=code)
    today = open_page(session, district=asset.district).today
    duties = duties_of(session, asset_ids=[asset.id], today=today).get(asset.id, [])
    subject = managed_subject(asset, duties)
    is_theirs = may(current_actor(), Permission.MANAGE_ASSET, subject)
    return url_for("web.show_placed" if is_theirs else "web.show_asset", code=code)


def show_placed(code: str) -> Response:
    """It is on the map: what one does next."""
    with open_session() as session:
        asset = get_asset(session, code=read_code(code))
        page = open_page(session, district=asset.district)
        duties = duties_of(session, asset_ids=[asset.id], today=page.today).get(asset.id, [])
        check_subject(managed_subject(asset, duties), thing=thing_of(asset))
        spot = describe_spot(session, lon=asset.lon, lat=asset.lat)
    area = join_names(spot.organic[:MOST_NAMES]) or spot.buurt
    at = f"{asset.lat:.6f},{asset.lon:.6f},18"
    keeper = duties[0].keeper.slug if duties else asset.owner.slug if asset.owner else ""
    return make_response(
        render(
            "placed.html",
            page,
            asset=asset,
            area=area,
            keeper=keeper,
            next_name=count_up(asset.name),
            next_url=url_for("web.show_new", like=asset.code, at=at),
            is_drawn=asset.kind in DRAWN_KINDS,
            sprite=sprite_svg(("brand", "check", "plus")),
        )
    )


# -- Step 1 ------------------------------------------------------------------------------------


def _show_where(session: Session, problem: GeoappError | None = None) -> str:
    page = _open_page(session)
    carried = {name: request.values.get(name, "") for name in CARRIED}
    like = _read_like(session, carried["like"])
    kind = like.kind if like else _kind_of(carried["kind"])
    return render(
        "new_where.html",
        page,
        chooser=make_chooser(
            session,
            page,
            url=url_for("web.show_new"),
            carried={**carried, "district": page.place.slug, "kind": kind.value if kind else ""},
        ),
        kind=words.KINDS[kind] if kind else "",
        name=count_up(like.name) if like else "",
        problem=say_error(problem) if problem else "",
        sprite=sprite_svg(),
    )


def _open_page(session: Session) -> Page:
    """The district the address is about, else the first that they have a part in."""
    if not request.args.keys().isdisjoint({"at", "district", "area"}):
        return open_map_page(session)
    granted = POLICY[Permission.MANAGE_ASSET]
    own = {seat.district_id for seat in current_actor().seats if seat.role in granted}
    slugs = [place.slug for place in list_districts(session) if place.id in own]
    return open_page(session, district=slugs[0] if slugs else None)


def _find_place(session: Session, lon: float, lat: float) -> Place:
    place = find_district_at(session, lon=lon, lat=lat)
    if place is None:
        raise make_outside_error(session, lon=lon, lat=lat)
    return place


# -- Step 2 ------------------------------------------------------------------------------------


def _show_what(
    session: Session,
    place: Place,
    spot: tuple[float, float],
    filling: Filling,
) -> str:
    choices = _list_choices(session, place)
    is_free = may(current_actor(), Permission.MANAGE_ASSET, Subject(place.id))
    if not choices and not is_free:
        check_subject(Subject(place.id))
    page = open_page(session, district=place.slug)
    lon, lat = spot
    values = filling.values
    kind = _kind_of(values.get("kind", ""))
    problem = filling.problem
    carried: dict[str, Any] = {name: values[name] for name in CARRIED if values.get(name)}
    return render(
        "new_what.html",
        page,
        said=say_spot(describe_spot(session, lon=lon, lat=lat)),
        lat=f"{lat:.7f}",
        lon=f"{lon:.7f}",
        move_url=url_for(
            "web.show_new",
            **carried,
            at=f"{lat:.6f},{lon:.6f},18",
        ),
        kinds=[(one.value, words.KINDS[one]) for one in Kind],
        choices=choices,
        is_free=is_free,
        statuses=[(status.value, STATUSES[status]) for status in FIRST_STATUSES],
        aspects=[(aspect.value, words.ASPECTS[aspect]) for aspect in Aspect],
        details=[(DETAIL + name, words.DETAILS[name]) for name in (ASKED[kind] if kind else ())],
        values=values,
        covers=filling.covers,
        problem=say_error(problem) if problem else "",
        problem_field=(problem.field or "") if problem else "",
        twins=_make_twins(session, values.get("kind", ""), lon, lat, place),
        most={"name": MOST_NAME_LETTERS, "detail": MOST_DETAIL_LETTERS},
        key=_key_of(values, problem),
        token=form_token(),
        token_name=TOKEN,
        sprite=sprite_svg(),
    )


def _show_again(session: Session, problem: GeoappError) -> str:
    """Nothing that was typed is lost."""
    try:
        lon, lat = read_place(request.form.get("lat"), request.form.get("lon"))
        place = _find_place(session, lon, lat)
    except Invalid as error:
        return _show_where(session, error)
    filling = Filling(request.form, request.form.getlist("covers"), problem)
    return _show_what(session, place, (lon, lat), filling)


def _list_choices(session: Session, place: Place) -> list[Choice]:
    """The organisations of the district that this person may manage things of, by name."""
    actor = current_actor()
    known = sorted(list_names(session, district_id=place.id), key=lambda one: one[2].casefold())
    return [
        Choice(*one)
        for one in known
        if may(actor, Permission.MANAGE_ASSET, Subject(place.id, frozenset({one[0]})))
    ]


def _fill(session: Session, place: Place, given: Mapping[str, str]) -> Filling:
    """The form as it opens: as the one before of a row, but for its place and name."""
    values = {name: given.get(name, "") for name in CARRIED}
    like = _read_like(session, values["like"])
    if like is None:
        usual = {"physical_status": PhysicalStatus.IN_USE.value, "is_owner": "1"}
        return Filling({**usual, **values}, [aspect.value for aspect in USUAL_COVERS])
    today = open_page(session, district=place.slug).today
    duties = duties_of(session, asset_ids=[like.id], today=today).get(like.id, [])
    keeper = duties[0].keeper if duties else like.owner
    is_owner = like.owner is not None and keeper is not None and like.owner.slug == keeper.slug
    theirs = [duty for duty in duties if keeper is not None and duty.keeper.slug == keeper.slug]
    status = like.physical_status if like.physical_status in FIRST_STATUSES else FIRST_STATUSES[0]
    details = {
        DETAIL + name: str(like.details[name]) for name in ASKED[like.kind] if name in like.details
    }
    same = {
        "kind": like.kind.value,
        "name": count_up(like.name),
        "organisation": keeper.slug if keeper else "",
        "physical_status": status.value,
        "is_owner": "1" if is_owner else "",
    }
    covers = dict.fromkeys(aspect.value for duty in theirs for aspect in duty.covers)
    return Filling({**values, **same, **details}, list(covers))


def _read_like(session: Session, code: str) -> AssetFacts | None:
    return get_asset(session, code=read_code(code)) if code else None


def _kind_of(said: str) -> Kind | None:
    return Kind(said) if said in set(Kind) else None


def _make_twins(session: Session, said: str, lon: float, lat: float, place: Place) -> list[Twin]:
    kind = _kind_of(said)
    if kind is None:
        return []
    here = Point(lon, lat)
    return [
        Twin(
            url_for("web.show_asset", code=found.code),
            found.name,
            round(measure_m(here, Point(found.lon, found.lat), metric_srid=place.metric_srid)),
            found.is_example,
        )
        for found in list_twins(session, kind=kind, lon=lon, lat=lat)
    ]


def _key_of(values: Mapping[str, str], problem: GeoappError | None) -> str:
    """The key the form came with; a new one where that was used for something else, or is none."""
    is_spent = problem is not None and problem.field == "key"
    return ("" if is_spent else values.get("key", "")) or str(uuid.uuid4())


# -- What is sent ------------------------------------------------------------------------------


def _place(session: Session, form: Mapping[str, str]) -> str:
    lon, lat = read_place(form.get("lat"), form.get("lon"))
    place = _find_place(session, lon, lat)
    organisation_id = _read_organisation(session, place, form.get("organisation", ""))
    own = frozenset({organisation_id} if organisation_id else ())
    seat = check_subject(Subject(place.id, own))
    thing = _read_thing(form, (lon, lat), organisation_id)
    page = open_page(session, district=place.slug)
    doer = doer_of(seat, whose=form.get("organisation", ""))
    by = Placer(doer, seat.organisation_id, wiring().clock(), page.today)
    return place_asset(
        session,
        place=place,
        thing=thing,
        by=by,
        key=bind_key(form.get("key", "")),
        is_sure=form.get("is_sure") == "1",
    )


def _read_organisation(session: Session, place: Place, slug: str) -> uuid.UUID | None:
    if not slug:
        return None
    known = {name: found_id for found_id, name, _ in list_names(session, district_id=place.id)}
    if slug not in known:
        raise Invalid("Choose an organisation of this district.", field="organisation")
    return known[slug]


def _read_thing(
    form: Mapping[str, str], spot: tuple[float, float], organisation_id: uuid.UUID | None
) -> NewThing:
    kind = _kind_of(form.get("kind", ""))
    if kind is None:
        raise Invalid("Say what it is.", field="kind")
    status = form.get("physical_status", "")
    if status not in set(PhysicalStatus):
        raise Invalid("Say whether it stands there, or is to come.", field="physical_status")
    said = set(request.form.getlist("covers"))
    return NewThing(
        kind=kind,
        name=form.get("name", ""),
        lon=spot[0],
        lat=spot[1],
        physical_status=PhysicalStatus(status),
        details=_read_details(form, kind),
        organisation_id=organisation_id,
        covers=tuple(aspect for aspect in Aspect if aspect.value in said),
        is_owner=form.get("is_owner") == "1" and organisation_id is not None,
    )


def _read_details(form: Mapping[str, str], kind: Kind) -> dict[str, object]:
    """The details this kind is asked for; those of another, chosen before, are left out."""
    read: dict[str, object] = {}
    for name in ASKED[kind]:
        field = DETAIL + name
        said = read_words(form.get(field, ""), field=field, most=MOST_DETAIL_LETTERS)
        if not said:
            continue
        if DETAILS[kind][name] is not int:
            read[name] = said.replace("\n", " ")
        elif said.isascii() and said.isdigit() and len(said) < 7:
            read[name] = int(said)
        else:
            raise Invalid("Give a whole number.", field=field)
    return read


ROUTES = (
    Route("/assets/new", show_new, Permission.MANAGE_ASSET),
    Route("/assets/new", post_new, Permission.MANAGE_ASSET, methods=("POST",)),
    Route("/assets/new/spot", show_new_spot, Permission.MANAGE_ASSET),
    Route("/assets/<code>/placed", show_placed, Permission.MANAGE_ASSET),
)
