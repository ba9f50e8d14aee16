"""Go and look yourself: a short round on foot past where most live who have nothing near, or past
where nobody knows what stands. For a phone and for paper."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from flask import request, url_for
from sqlalchemy.orm import Session

from geoapp.coverage.gaps.findings import Finding
from geoapp.coverage.gaps.questions import Question
from geoapp.coverage.gaps.reading import find_gaps
from geoapp.coverage.gaps.stops import choose_stops
from geoapp.coverage.gaps.worlds import Nearness
from geoapp.coverage.queries import describe_spot
from geoapp.edge import Route, open_session, wiring
from geoapp.geo.crs import LONLAT, transform_point
from geoapp.geo.symbol import sprite_svg
from geoapp.geo.walk import order_walk
from geoapp.people.rules import Permission
from geoapp.web import gap_words, words
from geoapp.web.drawn_map import DrawnMap, Pin
from geoapp.web.gap_asking import find, url_of
from geoapp.web.gap_tabs import read_kind
from geoapp.web.language import gettext
from geoapp.web.page import Page, open_page, render
from geoapp.web.report import say_spot
from geoapp.web.spots import draw_area

MOST_STOPS = 8
# Round the stops, in degrees: a few hundred metres.
AIR = 0.003


@dataclass(frozen=True)
class Stop:
    """A spot to go to (lon/lat), in the order of the round."""

    number: int
    lon: float
    lat: float
    where: str
    buurt: str
    way: str
    report_url: str
    known_url: str

    @property
    def geo(self) -> str:
        """As a phone's own map takes it."""
        return f"{self.lat:.5f},{self.lon:.5f}"


def show_gaps_walk(slug: str) -> str:
    """A round of at most eight stops, for the question in the address."""
    is_known = request.args.get("tab", "") == "known"
    with open_session() as session:
        page = open_page(session, district=slug)
        finding = _find_known(session, page) if is_known else find(session, page)
        wanted = Nearness.UNKNOWN if is_known else Nearness.FAR
        stops = _make_stops(session, finding, wanted)
        drawn = _draw(session, stops)
    kind = finding.question.kind
    back = url_of(slug, finding.question)
    if is_known:
        back = url_for("web.show_gaps", slug=slug, tab="known", kind=kind)
    return render(
        "gaps_walk.html",
        page,
        is_known=is_known,
        stops=stops,
        drawn=drawn,
        wanted=gap_words.say_wanted(kind),
        back=back,
        day=words.say_day(page.today),
        sprite=sprite_svg(("brand",)),
    )


def _find_known(session: Session, page: Page) -> Finding:
    question = Question(kind=read_kind().value)
    return find_gaps(session, place=page.place, question=question, now=wiring().clock())


def _make_stops(session: Session, finding: Finding, wanted: Nearness) -> list[Stop]:
    chosen = np.flatnonzero(finding.answers == wanted)
    world = finding.world
    picked = choose_stops(world.xy[chosen], world.amounts[chosen], most=MOST_STOPS)
    if not picked:
        return []
    squares = [int(chosen[one]) for one in picked]
    spots = [(float(x), float(y)) for x, y in world.xy[squares]]
    legs = order_walk(spots[0], spots)
    return [
        _make_stop(session, finding, (number, squares[leg.index]), leg.length_m)
        for number, leg in enumerate(legs, start=1)
    ]


def _make_stop(
    session: Session, finding: Finding, numbered: tuple[int, int], length_m: float
) -> Stop:
    number, square = numbered
    x, y = finding.world.xy[square]
    lon, lat = transform_point(float(x), float(y), finding.world.srid, LONLAT)
    line = finding.lines[finding.world.ground_of[square]]
    return Stop(
        number=number,
        lon=lon,
        lat=lat,
        where=say_spot(describe_spot(session, lon=lon, lat=lat)),
        buurt=line.name,
        way=words.say_way(length_m) if number > 1 else gettext("Begin here"),
        report_url=url_for(
            "web.show_report", lat=f"{lat:.5f}", lon=f"{lon:.5f}", category="missing"
        ),
        known_url=url_for("web.show_known", slug=line.slug),
    )


def _draw(session: Session, stops: Sequence[Stop]) -> list[DrawnMap]:
    if not stops:
        return []
    lons, lats = [stop.lon for stop in stops], [stop.lat for stop in stops]
    bounds = (min(lons) - AIR, min(lats) - AIR, max(lons) + AIR, max(lats) + AIR)
    pins = [
        Pin(stop.lon, stop.lat, "", is_report=True, is_example=False, words=str(stop.number))
        for stop in stops
    ]
    return draw_area(session, bounds, None, pins)


ROUTES = (Route("/districts/<slug>/gaps/walk", show_gaps_walk, Permission.SEE_PUBLIC),)
