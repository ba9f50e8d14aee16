"""What nobody does in a district: of each thing that is lacking a list and a map, with the one next
step and who can take it; the same as a file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request, url_for
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.areas.queries import Area, area_shape, get_area, list_areas, within_area
from geoapp.assets.queries import Duty, duties_of
from geoapp.assets.tables import Asset
from geoapp.care.queries import (
    GapFacts,
    GapSpot,
    Place,
    count_gaps,
    last_look,
    list_gaps,
    spots_of_gaps,
)
from geoapp.care.rules import Gap, split_aspects
from geoapp.catalogue import SYMBOL_OF_KIND
from geoapp.db.codes import read_code
from geoapp.db.spatial import MOST_COUNTED
from geoapp.edge import Route, open_session
from geoapp.errors import NotFound
from geoapp.exchange.exports import CARE, Row, read_gap_rows
from geoapp.exchange.layouts import list_sources
from geoapp.geo.symbol import sprite_svg
from geoapp.people.queries import get_desk
from geoapp.people.rules import Permission
from geoapp.web import care_words, words
from geoapp.web.drawn_map import DrawnMap, Pin
from geoapp.web.language import gettext
from geoapp.web.page import Page, open_page, render
from geoapp.web.registers import Asked, list_files, send_rows
from geoapp.web.spots import draw_area

AT_ONCE = 20
# On the map: things joined to so many spots from north to south, of so many things at most.
SPOTS_DOWN = 14
MOST_ON_MAP = 2_000
MOST_AREAS = 500


@dataclass(frozen=True)
class GapCard:
    """A thing of which something is lacking, with the next step and who can take it."""

    url: str
    symbol: str
    title: str
    kind: str
    lacks: str
    step: str
    step_url: str
    who: str
    is_example: bool


@dataclass(frozen=True)
class GapChip:
    """One of the lists, with its number."""

    words: str
    count: str
    url: str
    is_current: bool


def show_care(slug: str) -> str:
    """What is lacking in a district, or in one area of it: one list at a time."""
    with open_session() as session:
        page = open_page(session, district=slug)
        area = _read_area(session, page)
        where = [within_area(Asset.point, area)] if area else []
        counts = count_gaps(session, district_id=page.place.id, where=where)
        kind = _read_kind(counts)
        found = list_gaps(
            session,
            district_id=page.place.id,
            kind=kind,
            where=where,
            after=_read_after(request.args.get("after", "")),
            limit=AT_ONCE + 1,
        )
        shown = found[:AT_ONCE]
        desk = get_desk(session, district_id=page.place.id).party.name
        duties = duties_of(session, asset_ids=[gap.asset.id for gap in shown], today=page.today)
        looked_at = last_look(session, district_id=page.place.id)
        areas = list_areas(session, district=slug, limit=MOST_AREAS)
        drawn = _draw(session, page, area, kind, where)
    licences = [source.licence for source in list_sources(district=slug)]
    return render(
        "care.html",
        page,
        area=area,
        name=area.name if area else page.place.name,
        kind=kind,
        chips=[_make_chip(one, counts[one], is_current=one is kind) for one in Gap],
        count=_say_count(counts[kind]),
        counted=care_words.COUNTED[kind],
        method=care_words.METHODS[kind],
        cards=[_make_card(gap, duties.get(gap.asset.id, []), desk, page) for gap in shown],
        more_url=_more_url(shown[-1]) if len(found) > AT_ONCE else "",
        areas=sorted((_name_area(one), one.slug) for one in areas),
        files=list_files(slug, licences, of="download_care"),
        looked_at=words.say_moment(looked_at, time_zone=page.place.time_zone) if looked_at else "",
        drawn=drawn,
        sprite=sprite_svg(),
    )


def _read_area(session: Session, page: Page) -> Area | None:
    """The area asked for.

    Raises:
        NotFound: this district has none of this name.
    """
    slug = request.args.get("area", "")
    if not slug:
        return None
    area = get_area(session, slug=slug)
    if area.district_id != page.place.id:
        raise NotFound("There is no area called {slug}.", slug=slug)
    return area


def _name_area(area: Area) -> str:
    """Its name, and its level where it is official: many are called as a neighbourhood is."""
    return f"{area.name} ({words.LEVELS[area.level]})" if area.level else area.name


def _read_kind(counts: Mapping[Gap, int]) -> Gap:
    """The list asked for, else the first with anything in it.

    Raises:
        NotFound: there is no such list.
    """
    told = request.args.get("gap", "")
    if not told:
        return next((kind for kind, count in counts.items() if count), Gap.NO_KEEPER)
    if told not in set(Gap):
        raise NotFound("This page is not here. Perhaps the address has a typing error.")
    return Gap(told)


def _read_after(told: str) -> Place | None:
    """From where the list goes on.

    Raises:
        NotFound: that is no place in the list.
    """
    if not told:
        return None
    day, _, code = told.partition("_")
    try:
        return (date.fromisoformat(day) if day else None), read_code(code)
    except ValueError as error:
        raise NotFound("This page is not here. Perhaps the address has a typing error.") from error


def _more_url(last: GapFacts) -> str:
    day = last.since_on.isoformat() if last.since_on else ""
    return _url(last.kind, after=f"{day}_{last.asset.code}", _anchor="list")


def _url(kind: Gap, **more: Any) -> str:
    area = request.args.get("area") or None
    return url_for("web.show_care", **(request.view_args or {}), gap=kind.value, area=area, **more)


def _make_chip(kind: Gap, count: int, *, is_current: bool) -> GapChip:
    return GapChip(str(care_words.GAPS[kind]), _say_count(count), _url(kind), is_current)


def _say_count(count: int) -> str:
    number = words.say_number(min(count, MOST_COUNTED))
    return gettext("more than %(count)s", count=number) if count > MOST_COUNTED else number


def _make_card(gap: GapFacts, duties: Sequence[Duty], desk: str, page: Page) -> GapCard:
    return GapCard(
        url=url_for("web.show_asset", code=gap.asset.code),
        symbol=SYMBOL_OF_KIND[gap.asset.kind],
        title=gap.asset.name,
        kind=str(words.KINDS[gap.asset.kind]),
        lacks=_say_lack(gap, page.today),
        step=str(care_words.STEPS[gap.kind]),
        step_url=_STEP_URLS[gap.kind](gap),
        who=_say_who(gap, duties, desk),
        is_example=gap.asset.is_example,
    )


def _say_lack(gap: GapFacts, today: date) -> str:
    """What is lacking of this very thing, and since when."""
    day = words.say_day(gap.since_on, today=today) if gap.since_on else ""
    match gap.kind:
        case Gap.NO_KEEPER:
            parts = (str(care_words.ASPECTS[aspect]) for aspect in split_aspects(gap.about))
            what = gettext(" and ").join(parts)
            if day:
                return gettext(
                    "Nobody has answered for %(what)s since %(day)s.", what=what, day=day
                )
            return gettext("Nobody answers for %(what)s.", what=what)
        case Gap.NO_FUNDING:
            return gettext("We know nobody who pays for it.")
        case Gap.AGREEMENT_ENDS:
            is_over = gap.since_on is not None and gap.since_on <= today
            return (
                gettext("The agreement has ended: no longer in force since %(day)s.", day=day)
                if is_over
                else gettext("The agreement ends: no longer in force from %(day)s.", day=day)
            )
        case Gap.NOT_INSPECTED:
            return (
                gettext("An inspection was due on %(day)s.", day=day)
                if day
                else gettext("It was never inspected.")
            )
        case Gap.NO_CONTRACT:
            return gettext("Planned for %(day)s: no contract covers it then.", day=day)
        case Gap.NOT_SEEN:
            return (
                gettext("Last seen: %(day)s", day=day)
                if day
                else gettext("Nobody has ever said that it stands there.")
            )


def _say_who(gap: GapFacts, duties: Sequence[Duty], desk: str) -> str:
    """Who can take the next step, by name."""
    keepers = list(dict.fromkeys(duty.keeper.name for duty in duties))
    match gap.kind:
        case Gap.NO_KEEPER | Gap.NO_CONTRACT:
            return desk
        case Gap.NO_FUNDING:
            return gap.asset.owner.name if gap.asset.owner else desk
        case Gap.AGREEMENT_ENDS | Gap.NOT_INSPECTED:
            return ", ".join(keepers) or desk
        case Gap.NOT_SEEN:
            return gettext("everybody who passes by")


_STEP_URLS: Mapping[Gap, Callable[[GapFacts], str]] = {
    Gap.NO_KEEPER: lambda gap: url_for("web.show_keepers", code=gap.asset.code),
    Gap.NO_FUNDING: lambda gap: url_for("web.show_whom", asset=gap.asset.code, theme="money"),
    Gap.AGREEMENT_ENDS: lambda gap: url_for("web.show_agreement", slug=gap.about),
    Gap.NOT_INSPECTED: lambda gap: url_for("web.show_inspect", code=gap.asset.code),
    Gap.NO_CONTRACT: lambda gap: url_for("web.show_contracts", slug=gap.asset.district),
    Gap.NOT_SEEN: lambda gap: url_for("web.show_asset", code=gap.asset.code),
}


def _draw(
    session: Session,
    page: Page,
    area: Area | None,
    kind: Gap,
    where: Sequence[ColumnElement[bool]],
) -> list[DrawnMap]:
    """The things of a list as spots with their numbers."""
    bounds = area.bounds if area else page.place.bounds
    if bounds is None:
        return []
    _, south, _, north = bounds
    spots = spots_of_gaps(
        session,
        district_id=page.place.id,
        kind=kind,
        where=where,
        parts=round(SPOTS_DOWN / max(north - south, 0.001)),
        most=MOST_ON_MAP,
    )
    shape = area_shape(session, area=area) if area else None
    return draw_area(session, bounds, shape, [_make_pin(spot) for spot in spots])


def _make_pin(spot: GapSpot) -> Pin:
    return Pin(spot.lon, spot.lat, "", is_report=False, is_example=False, words=str(spot.count))


# -- The same as a file --------------------------------------------------------------------------


def download_care_geojson(slug: str) -> Response:
    """Everything that is lacking in a district, as GeoJSON."""
    return send_rows(slug, CARE, ".geojson", _read)


def download_care_geopackage(slug: str) -> Response:
    """Everything that is lacking in a district, as a GeoPackage."""
    return send_rows(slug, CARE, ".gpkg", _read)


def download_care_csv(slug: str) -> Response:
    """Everything that is lacking in a district, as CSV."""
    return send_rows(slug, CARE, ".csv", _read)


def _read(session: Session, page: Page, asked: Asked) -> Iterator[Row]:
    return read_gap_rows(session, district_id=page.place.id, **asked)


ROUTES = (
    Route("/districts/<slug>/care", show_care, Permission.SEE_PUBLIC),
    Route("/districts/<slug>/care.geojson", download_care_geojson, Permission.SEE_PUBLIC),
    Route("/districts/<slug>/care.gpkg", download_care_geopackage, Permission.SEE_PUBLIC),
    Route("/districts/<slug>/care.csv", download_care_csv, Permission.SEE_PUBLIC),
)
