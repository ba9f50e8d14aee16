"""Pages of neighbourhoods by agreement: what a place belongs to in words, where one begins and
ends, all of a district from A to Z."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import url_for
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from geoapp.areas.queries import Area, AreaKind, list_areas
from geoapp.edge import Route, open_session
from geoapp.geo.cells import shape_of
from geoapp.geo.crs import CELL_M, cell_centre
from geoapp.geo.symbol import sprite_svg
from geoapp.moderation.rules import find_personal
from geoapp.neighbourhoods.queries import (
    Declared,
    Membership,
    People,
    Unclaimed,
    Voices,
    aliases_of,
    cells_of,
    count_people,
    list_declared,
    list_overlaps,
    list_said_names,
    overlaps_of,
    unclaimed_cells,
    voices_of,
    weigh_people,
)
from geoapp.neighbourhoods.rules import POPULATION_M, Grade, round_people
from geoapp.people.rules import Permission
from geoapp.web import words
from geoapp.web.drawn_map import DrawnMap
from geoapp.web.language import Words, gettext, lazy_gettext, ngettext
from geoapp.web.page import Page, open_page, render
from geoapp.web.spots import draw_fields

MOST_AREAS = 500
MOST_SAID = 30
M2_OF_HECTARE = 10_000
# Less than a hectare (16 cells) is two borders that touch, and no ground two share.
LEAST_SHARED = M2_OF_HECTARE // CELL_M**2

GRADES: dict[Grade, tuple[Words, Words]] = {
    Grade.CORE: (lazy_gettext("Core"), lazy_gettext("At least 3 out of 4 say so.")),
    Grade.COMMON: (lazy_gettext("Most say so"), lazy_gettext("At least half say so.")),
    Grade.EDGE: (lazy_gettext("Edge"), lazy_gettext("At least 1 out of 4 says so.")),
}


@dataclass(frozen=True)
class PeopleLine:
    """Who lives there, in words; `year` 0 where no figures are known."""

    inhabitants: str
    households: str
    with_children: str
    year: int
    source: str


@dataclass(frozen=True)
class Version:
    """An outline that an organisation declared: since when, until when."""

    organisation: str
    since: str
    until: str
    is_example: bool


@dataclass(frozen=True)
class Border:
    """Where a neighbourhood begins and ends, for its page; `overlaps` are address, name and how
    much is shared."""

    maps: list[DrawnMap]
    grades: list[tuple[str, str, str, str]]
    said: str
    people: PeopleLine
    overlaps: list[tuple[str, str, str]]
    aliases: list[str]
    versions: list[Version]


@dataclass(frozen=True)
class Line:
    """A neighbourhood in the list of its district."""

    url: str
    name: str
    said: str
    inhabitants: str
    overlaps: list[tuple[str, str]]
    is_example: bool


@dataclass(frozen=True)
class Nobodys:
    """A buurt where people live whom no neighbourhood reaches: how many, about."""

    url: str
    name: str
    inhabitants: str


# -- In words --------------------------------------------------------------------------------------


def join_names(names: Sequence[str]) -> str:
    """Names as a sentence has them: "A", "A and B", "A, B and C"."""
    if len(names) < 2:
        return "".join(names)
    return gettext("%(some)s and %(last)s", some=", ".join(names[:-1]), last=names[-1])


def say_memberships(found: Sequence[Membership]) -> str:
    """The neighbourhoods of a place in words; empty where there are none."""
    within = join_names([one.area_name for one in found if one.belongs])
    edges = join_names([one.area_name for one in found if not one.belongs])
    if within and edges:
        return gettext("%(names)s, at the edge of %(edges)s", names=within, edges=edges)
    if edges:
        return gettext("At the edge of %(edges)s", edges=edges)
    return within


def say_sharing(found: Sequence[Membership]) -> str:
    """That a place belongs to more than one; empty where it does not."""
    within = sum(one.belongs for one in found)
    if within < 2:
        return ""
    if within == 2:
        return gettext("This place belongs to both.")
    return gettext("This place belongs to all of them.")


def say_agreement(one: Membership) -> str:
    """How many say that a place belongs to a neighbourhood."""
    return ngettext(
        "%(name)s: %(part)s out of 100 voices, of %(count)s",
        "%(name)s: %(part)s out of 100 voices, of %(count)s",
        one.voices,
        name=one.area_name,
        part=round(one.agreement * 100),
        count=words.say_number(one.voices),
    )


def say_voices(voices: Voices) -> str:
    """How many said what a neighbourhood is, one sort after the other; empty where nobody has."""
    answers, drawings, declared = voices.answers, voices.drawings, voices.declarations
    number = words.say_number
    said = {
        ngettext("%(n)s answer", "%(n)s answers", answers, n=number(answers)): answers,
        ngettext("%(n)s drawing", "%(n)s drawings", drawings, n=number(drawings)): drawings,
        ngettext(
            "%(n)s outline of a platform",
            "%(n)s outlines of platforms",
            declared,
            n=number(declared),
        ): declared,
    }
    return join_names([words_of for words_of, count in said.items() if count])


def say_people(people: People) -> PeopleLine:
    """Counts to the nearest five."""
    counts = (people.inhabitants, people.households, people.households_with_children)
    said = [words.say_number(round_people(count)) for count in counts]
    return PeopleLine(said[0], said[1], said[2], people.year or 0, people.source)


def _say_hectares(cells: int) -> str:
    rounded = round(cells * CELL_M**2 / M2_OF_HECTARE)
    if rounded < 1:
        return gettext("less than 1 hectare")
    return ngettext("%(n)s hectare", "%(n)s hectares", rounded, n=words.say_number(rounded))


# -- Of one neighbourhood --------------------------------------------------------------------------


def tell_border(session: Session, page: Page, area: Area) -> Border | None:
    """Where a neighbourhood begins and ends, and who says so; None of an official area."""
    if area.kind is not AreaKind.ORGANIC:
        return None
    shapes: dict[Grade, list[tuple[int, int]]] = defaultdict(list)
    for cell in cells_of(session, area_id=area.id):
        shapes[cell.grade].append((cell.x, cell.y))
    fields = [
        (grade.value, shape_of(shapes[grade], CELL_M, page.place.metric_srid))
        for grade in Grade
        if grade in shapes
    ]
    voices = voices_of(session, area_ids=[area.id]).get(area.id, Voices())
    return Border(
        maps=draw_fields(session, _bounds_of(fields), fields) if fields else [],
        grades=[
            (grade.value, str(name), str(meaning), _say_hectares(len(shapes[grade])))
            for grade, (name, meaning) in GRADES.items()
        ],
        said=say_voices(voices),
        people=say_people(weigh_people(session, area_ids=[area.id])[area.id]),
        overlaps=[
            (url_for("web.show_area", slug=one.area_slug), one.area_name, _say_hectares(one.cells))
            for one in overlaps_of(session, area_id=area.id)
            if one.cells >= LEAST_SHARED
        ],
        aliases=aliases_of(session, area_id=area.id),
        versions=list_versions(list_declared(session, area_id=area.id), page),
    )


def list_versions(declared: Iterable[Declared], page: Page) -> list[Version]:
    """Outlines with their days."""
    zone = ZoneInfo(page.place.time_zone)

    def say(at: datetime | None) -> str:
        return words.say_day(at.astimezone(zone).date(), today=page.today) if at else ""

    return [
        Version(
            organisation=one.organisation,
            since=say(one.valid_from),
            until=say(one.valid_to),
            is_example=one.is_example,
        )
        for one in declared
    ]


def _bounds_of(fields: Sequence[tuple[str, BaseGeometry]]) -> tuple[float, float, float, float]:
    boxes = [shape.bounds for _, shape in fields]
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


# -- Of a district ---------------------------------------------------------------------------------


def show_neighbourhoods(slug: str) -> str:
    """All neighbourhoods of a district from A to Z, and where none is."""
    with open_session() as session:
        page = open_page(session, district=slug)
        areas = list_areas(
            session, district=page.place.slug, kind=AreaKind.ORGANIC, limit=MOST_AREAS
        )
        lines = _list_lines(session, areas)
        unclaimed = unclaimed_cells(session, district_id=page.place.id)
        shape = shape_of([(one.x, one.y) for one in unclaimed], POPULATION_M, _srid(page))
        bounds = page.place.bounds
        maps = draw_fields(session, bounds, [("nobodys", shape)]) if bounds and unclaimed else []
        people = count_people(session, district_id=page.place.id)
        said = list_said_names(session, district_id=page.place.id, limit=MOST_SAID)
    return render(
        "neighbourhoods.html",
        page,
        lines=lines,
        maps=maps,
        nobodys=_list_nobodys(unclaimed),
        nobody_total=words.say_number(round_people(sum(one.inhabitants for one in unclaimed))),
        people=say_people(people),
        # What somebody without an account wrote: three wrote it, and nobody is named in it.
        said=[
            (one.name, words.say_number(one.senders), _at(one.cell, page))
            for one in said
            if not find_personal(one.name)
        ],
        sprite=sprite_svg(("brand",)),
    )


def _srid(page: Page) -> int:
    return page.place.metric_srid


def _at(cell: tuple[int, int], page: Page) -> str:
    lon, lat = cell_centre(*cell, _srid(page))
    return url_for("web.show_home", at=f"{lat:.5f},{lon:.5f},16")


def _list_lines(session: Session, areas: Sequence[Area]) -> list[Line]:
    ids = [area.id for area in areas]
    voices = voices_of(session, area_ids=ids)
    people = weigh_people(session, area_ids=ids)
    overlaps = list_overlaps(session, area_ids=ids)
    return [
        Line(
            url=url_for("web.show_area", slug=area.slug),
            name=area.name,
            said=say_voices(voices.get(area.id, Voices())),
            inhabitants=words.say_number(round_people(people[area.id].inhabitants)),
            overlaps=[
                (url_for("web.show_area", slug=one.area_slug), one.area_name)
                for one in overlaps.get(area.id, [])
                if one.cells >= LEAST_SHARED
            ],
            is_example=area.is_example,
        )
        for area in sorted(areas, key=lambda area: (area.name.casefold(), area.slug))
    ]


def _list_nobodys(unclaimed: Iterable[Unclaimed]) -> list[Nobodys]:
    by_buurt: dict[tuple[str, str], float] = defaultdict(float)
    for one in unclaimed:
        by_buurt[one.buurt, one.buurt_slug] += one.inhabitants
    return [
        Nobodys(url_for("web.show_area", slug=slug), name, words.say_number(round_people(count)))
        for (name, slug), count in sorted(by_buurt.items())
        if round_people(count) > 0
    ]


ROUTES = (Route("/districts/<slug>/neighbourhoods", show_neighbourhoods, Permission.SEE_PUBLIC),)
