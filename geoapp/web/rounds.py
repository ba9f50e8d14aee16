"""The round past what an organisation keeps: what is due for a look, the nearest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import request, url_for
from sqlalchemy.orm import Session

from geoapp.actors import check_subject
from geoapp.assets.queries import AssetFacts
from geoapp.districts.queries import Place, list_districts
from geoapp.districts.tables import District
from geoapp.edge import Route, open_session
from geoapp.errors import Invalid, NotFound
from geoapp.geo.crs import LONLAT, transform_point
from geoapp.geo.symbol import sprite_svg
from geoapp.geo.walk import order_walk
from geoapp.inspections.queries import last_days_of, list_due
from geoapp.ledger.chain import Thing
from geoapp.people.queries import get_organisation, list_names
from geoapp.people.rules import POLICY, Actor, Permission, Relation, Subject, may
from geoapp.people.tables import Organisation
from geoapp.web import words
from geoapp.web.drawn_map import DrawnMap, Pin, mark_spot
from geoapp.web.errors import say_error
from geoapp.web.language import gettext
from geoapp.web.page import Page, open_page, render
from geoapp.web.spots import draw_area
from geoapp.web.walk import LonLat, middle_of, read_start

MOST_STOPS = 8


@dataclass(frozen=True)
class Stop:
    """A thing to look at, in the order of the round."""

    number: int
    name: str
    kind: str
    seen: str
    way: str
    geo: str
    url: str
    is_example: bool


def show_round(slug: str) -> str:
    """What is due, from where one is, from a place that is named, or from the middle."""
    problem = ""
    with open_session() as session:
        organisation = get_organisation(session, slug=slug)
        subject = Subject(organisation.district_id, organisation_ids=frozenset({organisation.id}))
        check_subject(subject, thing=Thing("organisation", organisation.id))
        district = session.get_one(District, organisation.district_id)
        page = open_page(session, district=district.slug)
        try:
            start = read_start(session, page.place)
        except Invalid as error:
            start, problem = None, say_error(error)
        first = start or middle_of(page.place.bounds or (0.0, 0.0, 0.0, 0.0))
        found, total = list_due(
            session,
            organisation_id=organisation.id,
            near=first,
            today=page.today,
            limit=MOST_STOPS,
        )
        stops = _make_stops(session, page, organisation, first, found)
        drawn = _draw(session, start, found, stops) if found else None
    return render(
        "round.html",
        page,
        organisation=organisation,
        stops=stops,
        total=total,
        drawn=drawn,
        asked=request.args.get("from", ""),
        problem=problem,
        noted=request.args.get("noted", ""),
        sprite=sprite_svg(("brand", "search", "locate")),
    )


def list_rounds(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """The organisations whose round somebody may walk: slug and name."""
    roles = POLICY[Permission.LOOK_AFTER_ASSET]
    seats = [seat for seat in actor.seats if seat.role in roles]
    own = {seat.organisation_id for seat in seats if roles[seat.role] is not Relation.SUPPORTED}
    if any(roles[seat.role] is Relation.SUPPORTED for seat in seats):
        own |= actor.supported_ids
    districts = {seat.district_id for seat in seats if seat.district_id}
    return [
        (slug, name)
        for district_id in sorted(districts)
        for organisation_id, slug, name in list_names(session, district_id=district_id)
        if organisation_id in own
    ]


def list_watched(session: Session, actor: Actor) -> list[Place]:
    """The districts whose warnings and removals somebody may see listed."""
    return [
        place
        for place in list_districts(session)
        if may(actor, Permission.REMOVE_ASSET, Subject(district_id=place.id))
    ]


def find_next_url(session: Session, slug: str, *, after: AssetFacts, page: Page) -> str:
    """The next thing of an organisation's round, the nearest to where one stands; empty where the
    round is done, or there is none of that name."""
    try:
        organisation = get_organisation(session, slug=slug)
    except NotFound:
        return ""
    found, _ = list_due(
        session,
        organisation_id=organisation.id,
        near=(after.lon, after.lat),
        today=page.today,
        limit=2,
    )
    for asset in found:
        if asset.id != after.id:
            return url_for("web.show_inspect", code=asset.code, round=slug)
    return ""


def _make_stops(
    session: Session,
    page: Page,
    organisation: Organisation,
    start: LonLat,
    found: Sequence[AssetFacts],
) -> list[Stop]:
    place: Place = page.place

    def to_metres(lon: float, lat: float) -> tuple[float, float]:
        return transform_point(lon, lat, LONLAT, place.metric_srid)

    legs = order_walk(to_metres(*start), [to_metres(one.lon, one.lat) for one in found])
    days = last_days_of(session, asset_ids=[asset.id for asset in found])
    return [
        Stop(
            number=number,
            name=asset.name,
            kind=str(words.KINDS[asset.kind]),
            seen=say_last(page, days.get(asset.id)),
            way=words.say_way(leg.length_m),
            geo=f"{asset.lat},{asset.lon}",
            url=url_for("web.show_inspect", code=asset.code, round=organisation.slug),
            is_example=asset.is_example,
        )
        for number, leg in enumerate(legs, start=1)
        for asset in (found[leg.index],)
    ]


def say_last(page: Page, day: date | None) -> str:
    """When somebody last looked."""
    if day is None:
        return gettext("Nobody has looked at it yet.")
    return gettext("Last looked at on %(day)s.", day=words.say_day(day, today=page.today))


def _draw(
    session: Session, start: LonLat | None, found: Sequence[AssetFacts], stops: Sequence[Stop]
) -> list[DrawnMap]:
    numbers = {stop.geo: str(stop.number) for stop in stops}
    pins = [
        Pin(
            one.lon,
            one.lat,
            "",
            is_report=False,
            is_example=one.is_example,
            words=numbers[f"{one.lat},{one.lon}"],
        )
        for one in found
    ]
    if start is not None:
        pins.append(mark_spot(*start))
    lons, lats = [pin.lon for pin in pins], [pin.lat for pin in pins]
    return draw_area(session, (min(lons), min(lats), max(lons), max(lats)), None, pins)


ROUTES = (Route("/organisations/<slug>/round", show_round, Permission.LOOK_AFTER_ASSET),)
