"""Go and look: a round past reports on which someone neutral decides, for a phone.

Offered to whoever may look for both sides; what their own organisations handle is not on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import make_response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import current_actor
from geoapp.areas.queries import find_names
from geoapp.defects.queries import DefectFacts, first_photos_of, list_to_check
from geoapp.districts.queries import Place, list_districts
from geoapp.edge import Route, open_session, read_place
from geoapp.errors import Invalid
from geoapp.geo.crs import LONLAT, transform_point
from geoapp.geo.symbol import sprite_svg
from geoapp.geo.walk import order_walk
from geoapp.people.rules import Actor, Permission, Subject, may
from geoapp.web import words
from geoapp.web.cards import title_of, where_of
from geoapp.web.drawn_map import DrawnMap, Pin, mark_spot
from geoapp.web.errors import say_error
from geoapp.web.forms import form_token
from geoapp.web.language import gettext
from geoapp.web.page import open_page, render
from geoapp.web.security import keep_private
from geoapp.web.spots import draw_area

MOST_STOPS = 8
# Where the round began, so that it goes on from there.
WALK_FIELDS = ("at", "from", "district")
LonLat = tuple[float, float]


@dataclass(frozen=True)
class Stop:
    """A report to look at, in the order of the round."""

    number: int
    code: str
    title: str
    where: str
    shape: str
    state: str
    called_done: str
    way: str
    geo: str
    url: str
    act_url: str
    photo_url: str
    is_example: bool


def show_walk() -> Response:
    """The round from where one is, from a place that is named, or from the middle."""
    actor = current_actor()
    problem = ""
    with open_session() as session:
        place = _find_district(session, actor)
        page = open_page(session, district=place.slug)
        try:
            start = read_start(session, place)
        except Invalid as error:
            start, problem = None, say_error(error)
        first = start or middle_of(place.bounds or (0.0, 0.0, 0.0, 0.0))
        found = list_to_check(
            session,
            district_id=place.id,
            not_of=actor.organisation_ids,
            near=first,
            today=page.today,
            limit=MOST_STOPS,
        )
        photos = first_photos_of(session, defect_ids=[defect.id for defect in found])
        stops = _make_stops(place, first, found, photos)
        drawn = _draw(session, start, found, stops) if found else None
    shown = render(
        "walk.html",
        page,
        stops=stops,
        drawn=drawn,
        asked=request.args.get("from", ""),
        at=request.args.get("at", ""),
        problem=problem,
        noted=request.args.get("noted", ""),
        today=words.say_day(page.today),
        token=form_token(),
        sprite=sprite_svg(("brand", "asked", "bad", "search", "locate")),
    )
    return keep_private(make_response(shown))


def make_walk_url(*, noted: str) -> str:
    """Back to the round that a check was sent from, which says that it was noted."""
    asked: dict[str, Any] = {
        name: request.form[name] for name in WALK_FIELDS if request.form.get(name)
    }
    return url_for("web.show_walk", **asked, noted=noted)


def _find_district(session: Session, actor: Actor) -> Place:
    """The district asked for, else the first, in which they may look for both sides."""
    places = list_districts(session)
    theirs = [place for place in places if _may_look(actor, place.id)] or places
    asked = request.args.get("district")
    return next((place for place in theirs if place.slug == asked), theirs[0])


def _may_look(actor: Actor, district_id: UUID) -> bool:
    return may(actor, Permission.CHECK_DEFECT, Subject(district_id=district_id))


def read_start(session: Session, place: Place) -> LonLat | None:
    """Where the round begins, lon and lat; None: nothing was said of it.

    Raises:
        Invalid: there is no place of this name.
    """
    if request.args.get("at"):
        lat, _, lon = request.args["at"].partition(",")
        return read_place(lat, lon)
    named = request.args.get("from", "")
    if not named:
        return None
    found = find_names(session, words=named, district_id=place.id, limit=1)
    if not found:
        raise Invalid('Nothing found for "{words}". Try a shorter name.', words=named[:80])
    return middle_of(found[0].bounds)


def middle_of(bounds: tuple[float, float, float, float]) -> LonLat:
    """The middle of a box."""
    west, south, east, north = bounds
    return (west + east) / 2, (south + north) / 2


def _make_stops(
    place: Place, start: LonLat, found: list[DefectFacts], photos: Mapping[UUID, int]
) -> list[Stop]:
    def to_metres(lon: float, lat: float) -> tuple[float, float]:
        return transform_point(lon, lat, LONLAT, place.metric_srid)

    legs = order_walk(to_metres(*start), [to_metres(one.lon, one.lat) for one in found])
    return [
        _make_stop(number, found[leg.index], leg.length_m, photos)
        for number, leg in enumerate(legs, start=1)
    ]


def _make_stop(
    number: int, defect: DefectFacts, length_m: float, photos: Mapping[UUID, int]
) -> Stop:
    photo = photos.get(defect.id)
    return Stop(
        number=number,
        code=defect.code,
        title=title_of(defect),
        where=where_of(defect),
        shape=defect.shape.value if defect.shape else "plain",
        state=words.say_state_briefly(defect),
        called_done=gettext("Called done %(count)s times.", count=defect.axes.handlings),
        way=words.say_way(length_m),
        geo=f"{defect.lat},{defect.lon}",
        url=url_for("web.show_defect", code=defect.code),
        act_url=url_for("web.post_act", code=defect.code),
        photo_url=url_for("web.show_photo", code=defect.code, position=photo, small=1)
        if photo
        else "",
        is_example=defect.is_example,
    )


def _draw(
    session: Session, start: LonLat | None, found: list[DefectFacts], stops: list[Stop]
) -> list[DrawnMap]:
    numbers = {stop.code: str(stop.number) for stop in stops}
    pins = [
        Pin(
            one.lon, one.lat, "", is_report=True, is_example=one.is_example, words=numbers[one.code]
        )
        for one in found
    ]
    if start is not None:
        pins.append(mark_spot(*start))
    lons, lats = [pin.lon for pin in pins], [pin.lat for pin in pins]
    bounds = (min(lons), min(lats), max(lons), max(lats))
    return draw_area(session, bounds, None, pins)


ROUTES = (Route("/desk/walk", show_walk, Permission.CHECK_DEFECT),)
