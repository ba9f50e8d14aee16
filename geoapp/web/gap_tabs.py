"""The other three questions about what is missing: nobody keeps it or pays, it was called done and
is not good, and what nobody knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from geoapp.areas.queries import Area, Part, list_areas, list_parts
from geoapp.areas.rules import Level
from geoapp.assets.rules import Kind
from geoapp.care.queries import AreaCare, count_by_buurt, last_look
from geoapp.care.rules import Gap
from geoapp.completeness.queries import KnownFacts, known_by_kind
from geoapp.completeness.rules import Known
from geoapp.coverage.answers import AreaAnswers, find_scope, read_areas
from geoapp.coverage.gaps.counting import LEAST_TOLD
from geoapp.coverage.rules import tells_little
from geoapp.defects.rules import Share
from geoapp.errors import Invalid
from geoapp.hours.queries import count_without_hours
from geoapp.platforms.queries import counter_views_of
from geoapp.web import care_words, gap_words, words
from geoapp.web.gap_lines import Saying
from geoapp.web.gap_map import GapMap, draw_grounds
from geoapp.web.gap_whence import Fact
from geoapp.web.language import gettext, ngettext
from geoapp.web.page import Page

MOST_AREAS = 2_000
# How much of what stands somewhere is known, as the map and the table draw it.
PATTERNS: dict[Known, str] = {
    Known.COMPLETE: "near",
    Known.PARTIAL: "part",
    Known.UNKNOWN: "unknown",
}


@dataclass(frozen=True)
class CareLine:
    """A buurt: how many things stand there, and of how many nobody answers or pays. Where nothing
    is known to stand, nothing is known to be lacking: the numbers are empty."""

    name: str
    url: str
    count: str
    no_keeper: str
    no_funding: str


@dataclass(frozen=True)
class AnswerLine:
    """A buurt: how many reports, how many were called done and are not good, and how many nobody
    has looked at since."""

    name: str
    url: str
    count: str
    not_good: str
    unchecked: str
    is_example: bool


@dataclass(frozen=True)
class State:
    """How much is known of one kind in a buurt: its pattern and its words."""

    css: str
    words: str
    url: str


@dataclass(frozen=True)
class KnownLine:
    """A buurt: what is known of each kind, and how many reports came from how many households."""

    name: str
    url: str
    slug: str
    states: tuple[State, ...]
    reports: str
    households: str
    tells_little: bool


# -- Nobody keeps it, nobody pays ----------------------------------------------------------------


def read_care(session: Session, page: Page) -> Mapping[str, Any]:
    """Of every buurt what nobody keeps or pays for."""
    found = count_by_buurt(session, district_id=page.place.id)
    looked_at = last_look(session, district_id=page.place.id)
    moment = words.say_moment(looked_at, time_zone=page.place.time_zone) if looked_at else ""
    total = AreaCare(
        "",
        page.place.name,
        sum(one.things for one in found),
        sum(one.no_keeper for one in found),
        sum(one.no_funding for one in found),
    )
    return {
        "lines": [_make_care_line(page, one) for one in found],
        "maps": draw_grounds(session, page.place, {one.slug: _show_care(one) for one in found}),
        "legend": [(css, str(said)) for css, said in gap_words.CARED_FOR.items()],
        "total": _make_care_line(page, total),
        "silent": sum(not one.things for one in found),
        "says": list_views(session, page, gap_words.CARE),
        "facts": [
            Fact(
                gettext("Source"),
                (gettext("What this map knows of things, of who keeps them and who pays."),),
            ),
            Fact(
                gettext("Date"),
                (moment or gettext("Not looked at yet: that is done every hour."),),
            ),
            Fact(
                gettext("How is it counted?"),
                tuple(str(care_words.METHODS[gap]) for gap in (Gap.NO_KEEPER, Gap.NO_FUNDING)),
            ),
        ],
    }


def _show_care(one: AreaCare) -> str:
    if not one.things:
        return "unknown"
    return "far" if one.no_keeper or one.no_funding else "near"


def _make_care_line(page: Page, one: AreaCare) -> CareLine:
    if not one.things:
        return CareLine(one.name, _area_url(one.slug), "", "", "")
    return CareLine(
        one.name,
        url_for("web.show_care", slug=page.place.slug, area=one.slug or None),
        *map(words.say_number, (one.things, one.no_keeper, one.no_funding)),
    )


# -- Called done, not good -----------------------------------------------------------------------


def read_answers(session: Session, page: Page) -> Mapping[str, Any]:
    """Of every buurt what was called done while people on the spot say no."""
    found = read_areas(session, scope=find_scope(session, place=page.place))
    return {
        "lines": [_make_answer_line(one) for one in found],
        "maps": draw_grounds(
            session, page.place, {one.slug: _show_answers(one) for one in found if one.slug}
        ),
        "legend": [(css, str(said)) for css, said in gap_words.ANSWERED.items()],
        "sums": [
            words.say_number(sum(numbers))
            for numbers in zip(*(_count_answers(one) for one in found), strict=True)
        ],
        "has_examples": any(one.answers.of_examples for one in found),
        "says": list_views(session, page, gap_words.ANSWERS),
        "facts": [
            Fact(gettext("Source"), (gettext("All reports here, from the first day on."),)),
            Fact(gettext("Date"), (words.say_day(page.today),)),
            Fact(
                gettext("How is it counted?"),
                (
                    gettext(
                        "Not good: the organisation said that it is done, and somebody on the spot "
                        "says no. Not checked: it said so, and nobody has looked."
                    ),
                ),
            ),
        ],
    }


def _show_answers(one: AreaAnswers) -> str:
    count, not_good, _ = _count_answers(one)
    if not count:
        return "unknown"
    return "far" if not_good else "near"


def _make_answer_line(one: AreaAnswers) -> AnswerLine:
    count, not_good, unchecked = map(words.say_number, _count_answers(one))
    return AnswerLine(
        name=one.name or gettext("Outside every neighbourhood"),
        url=url_for("web.show_area_answers", slug=one.slug) if one.slug else "",
        count=count,
        not_good=not_good,
        unchecked=unchecked,
        is_example=one.answers.of_examples > 0,
    )


def _count_answers(one: AreaAnswers) -> tuple[int, int, int]:
    shares = one.answers.shares
    return one.answers.count, shares[Share.NOT_GOOD], shares[Share.UNCHECKED]


# -- What we do not know -------------------------------------------------------------------------


def read_known(session: Session, page: Page) -> Mapping[str, Any]:
    """Of every buurt and kind how much is known, beside who reports.

    Raises:
        Invalid: there is no such kind.
    """
    kind = read_kind()
    parts = list_parts(session, district_id=page.place.id)
    known = known_by_kind(session, district_id=page.place.id, kinds=list(Kind), parts=parts)
    buurten = _list_buurten(parts)
    scope = find_scope(session, place=page.place)
    reports = {one.slug: one.answers.count for one in read_areas(session, scope=scope)}
    households = _read_households(session, page)
    of_all = (
        sum(reports.get(one.slug, 0) for one in buurten),
        sum(households.get(one.slug, 0) for one in buurten),
    )
    lines = [
        KnownLine(
            name=one.name,
            url=_area_url(one.slug),
            slug=one.slug,
            states=tuple(_make_state(one, known[kind]) for kind in Kind),
            reports=words.say_number(reports.get(one.slug, 0)),
            households=_say_households(households.get(one.slug)),
            tells_little=tells_little(
                reports.get(one.slug, 0), households.get(one.slug, 0), of_all=of_all
            ),
        )
        for one in buurten
    ]
    of_kind = [known[kind][one.id] for one in buurten]
    return {
        "lines": lines,
        "kinds": [str(words.KINDS[one]) for one in Kind],
        "kind": kind,
        "kind_words": words.KINDS[kind],
        "choices": [(one.value, str(words.KINDS[one]), one is kind) for one in Kind],
        "sentence": _say_known(of_kind),
        "legend": [(PATTERNS[one], str(gap_words.KNOWN[one])) for one in Known],
        "maps": _draw_known(session, page, buurten, known[kind]),
        "hours": _list_hours(session, page),
        "facts": _list_known_facts(page, of_kind),
        "walk_url": url_for(
            "web.show_gaps_walk", slug=page.place.slug, tab="known", kind=kind.value
        ),
    }


def read_kind() -> Kind:
    """The kind that is asked about.

    Raises:
        Invalid: there is none so called.
    """
    told = request.args.get("kind", "") or Kind.PLAYGROUND.value
    if told not in set(Kind):
        raise Invalid(
            "There is no kind called {kind}: choose one of {kinds}.",
            field="kind",
            kind=told,
            kinds=", ".join(Kind),
        )
    return Kind(told)


def _list_buurten(parts: Sequence[Part]) -> list[Part]:
    mine = [part for part in parts if part.is_in_force and part.level is Level.BUURT]
    return sorted(mine, key=lambda part: (part.name.casefold(), part.code))


def _read_households(session: Session, page: Page) -> dict[str, int]:
    areas: list[Area] = list_areas(session, district=page.place.slug, limit=MOST_AREAS)
    return {
        area.slug: area.figures.households
        for area in areas
        if area.level is Level.BUURT and area.figures is not None
    }


def _say_households(count: int | None) -> str:
    if count is not None and 0 < count < LEAST_TOLD:
        return gettext("fewer than %(count)s", count=LEAST_TOLD)
    return "" if count is None else words.say_number(count)


def _make_state(buurt: Part, known: Mapping[Any, KnownFacts]) -> State:
    state = known[buurt.id].known
    url = url_for("web.show_known", slug=buurt.slug)
    return State(PATTERNS[state], str(gap_words.KNOWN_BRIEFLY[state]), url)


def _say_known(found: Sequence[KnownFacts]) -> list[tuple[str, str]]:
    """In how many buurten how much is known: of each its sort, and its words."""
    counts = {known: sum(one.known is known for one in found) for known in Known}
    return [
        (
            "near",
            ngettext(
                "%(num)s neighbourhood is all on the map",
                "%(num)s neighbourhoods are all on the map",
                counts[Known.COMPLETE],
            ),
        ),
        (
            "near",
            ngettext("%(num)s in part", "%(num)s in part", counts[Known.PARTIAL]),
        ),
        (
            "unknown",
            ngettext("%(num)s we don't know", "%(num)s we don't know", counts[Known.UNKNOWN]),
        ),
    ]


def _list_hours(session: Session, page: Page) -> list[tuple[str, str]]:
    counted = count_without_hours(session, district_id=page.place.id)
    return [
        (
            str(words.KINDS[kind]),
            gettext(
                "%(without)s out of %(count)s",
                without=words.say_number(counted[kind][1]),
                count=words.say_number(counted[kind][0]),
            ),
        )
        for kind in Kind
        if kind in counted
    ]


def _list_known_facts(page: Page, found: Sequence[KnownFacts]) -> list[Fact]:
    sources = sorted({one.by or one.source for one in found if one.by or one.source})
    said = [one.said_at for one in found if one.said_at is not None]
    newest = words.say_moment(max(said), time_zone=page.place.time_zone) if said else ""
    return [
        Fact(
            gettext("Source"), tuple(sources) or (gettext("Nobody has said anything of it yet."),)
        ),
        Fact(gettext("Date"), (newest or words.say_day(page.today),)),
        Fact(
            gettext("How is it counted?"),
            (
                gettext(
                    "Platforms and the district say of each neighbourhood how much is on the map. "
                    "Where nobody said anything we do not know."
                ),
                gettext(
                    "Few reports: fewer than half as many for each household as in the whole "
                    "district."
                ),
            ),
        ),
    ]


def _draw_known(
    session: Session, page: Page, buurten: Sequence[Part], known: Mapping[Any, KnownFacts]
) -> list[GapMap]:
    css = {one.slug: PATTERNS[known[one.id].known] for one in buurten}
    return draw_grounds(session, page.place, css)


# -- All of them ---------------------------------------------------------------------------------


def list_views(session: Session, page: Page, about: str) -> list[Saying]:
    """What platforms say beside one of these."""
    found = counter_views_of(session, district_id=page.place.id, about=about)
    return [Saying(one.name, one.words, one.is_example) for one in found]


def _area_url(slug: str) -> str:
    return url_for("web.show_area", slug=slug) if slug else ""
