"""How reports are answered, in a district and in an area: shares, days, silence, promises, and
what is called done while people say no; the same as a file for a spreadsheet."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO

from flask import Response, make_response, request, url_for
from sqlalchemy.orm import Session

from geoapp.areas.queries import Area, area_shape, get_area
from geoapp.coverage.answers import (
    Answers,
    AreaAnswers,
    OwnerAnswers,
    Scope,
    find_scope,
    read_answers,
    read_areas,
)
from geoapp.coverage.rules import LEAST_OF_OWNER, find_half, round_shares, says_something
from geoapp.db.codes import read_code
from geoapp.db.spatial import MOST_COUNTED
from geoapp.defects.queries import DefectFacts, list_denied
from geoapp.defects.rules import DAY_STEPS, MORE_DAYS, Share
from geoapp.edge import Route, open_session
from geoapp.errors import NotFound
from geoapp.exchange.reports import defuse
from geoapp.geo.symbol import sprite_svg
from geoapp.people.rules import Permission
from geoapp.web import answer_words, words
from geoapp.web.cards import make_defect_card, make_pins
from geoapp.web.drawn_map import DrawnMap
from geoapp.web.language import gettext, ngettext
from geoapp.web.page import Page, open_page, render
from geoapp.web.spots import draw_area

MOST_DENIED = 10
COLUMNS = ("area_code", "area", "reports", *(share.value for share in Share), "examples")


@dataclass(frozen=True)
class Stripe:
    """One share of a bar: where it begins and how wide it is, of 100."""

    share: str
    x: int
    width: int


@dataclass(frozen=True)
class Line:
    """A line of a table: whose it is, its bar, its counts; `note` where they say nothing."""

    name: str
    url: str
    is_example: bool
    bar: list[Stripe]
    count: str
    counts: list[tuple[str, str]]
    note: str = ""


@dataclass(frozen=True)
class Figure:
    """A word and a number, and how long its bar is, of 100."""

    words: str
    count: str
    width: int


def show_district_answers(slug: str) -> str:
    """How reports are answered in a district."""
    with open_session() as session:
        page = open_page(session, district=slug)
        return _show(session, page, None)


def show_area_answers(slug: str) -> str:
    """How reports are answered in an area of either division."""
    with open_session() as session:
        area = get_area(session, slug=slug)
        page = open_page(session, district=area.district)
        return _show(session, page, area)


def download_answers(slug: str) -> Response:
    """The counts of every buurt; names of columns are the same in every language."""
    with open_session() as session:
        page = open_page(session, district=slug)
        areas = read_areas(session, scope=find_scope(session, place=page.place))
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows(_to_cells(one) for one in areas)
    response = make_response(file.getvalue())
    response.mimetype = "text/csv"
    filename = f"answers-{page.place.slug}-{page.today.isoformat()}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _to_cells(one: AreaAnswers) -> list[str]:
    shares = [one.answers.shares[share] for share in Share]
    cells = (one.code, one.name, one.answers.count, *shares, one.answers.of_examples)
    return [defuse(str(cell)) for cell in cells]


def _show(session: Session, page: Page, area: Area | None) -> str:
    scope = find_scope(session, place=page.place, area=area)
    overview = read_answers(session, scope=scope, today=page.today)
    denied = list_denied(
        session,
        where=scope.where(),
        today=page.today,
        before=_read_before(request.args.get("before", "")),
        limit=MOST_DENIED + 1,
    )
    shown = denied[:MOST_DENIED]
    whole = overview.whole
    name = area.name if area else page.place.name
    told = [one for one in overview.areas if one.answers.count]
    return render(
        "answers.html",
        page,
        area=area,
        name=name,
        count=words.say_number(whole.count),
        has_examples=whole.of_examples > 0,
        bar=_draw_bar(whole),
        shares=_say_shares(whole),
        half=_say_half(whole.days),
        days=_list_days(whole.days),
        silent=_say_silent(overview.silent, page.place.answer_days),
        promises=_list_promises(whole),
        areas=[_line_of_area(one) for one in told] if len(told) > 1 else [],
        total=_make_line(name, whole),
        empty=len(overview.areas) - len(told),
        owners=[_line_of_owner(one) for one in overview.owners if one.answers.count],
        columns=[(share.value, answer_words.SHARE_COLUMNS[share]) for share in Share],
        denied=[make_defect_card(one, today=page.today) for one in shown],
        drawn=_draw(session, scope, shown),
        older_url=_older_url(shown[-1]) if len(denied) > MOST_DENIED else "",
        day=words.say_day(page.today),
        sprite=sprite_svg(),
    )


def _read_before(told: str) -> tuple[date, str] | None:
    """From which file on the list goes: its day and its code.

    Raises:
        NotFound: that is no such place in the list.
    """
    if not told:
        return None
    day, _, code = told.partition("_")
    try:
        return date.fromisoformat(day), read_code(code)
    except ValueError as error:
        raise NotFound("This page is not here. Perhaps the address has a typing error.") from error


def _older_url(last: DefectFacts) -> str:
    before = f"{last.ended_on.isoformat()}_{last.code}"
    values = {**(request.view_args or {}), "before": before, "_anchor": "denied"}
    return url_for(str(request.endpoint), **values)


def _draw(session: Session, scope: Scope, denied: Sequence[DefectFacts]) -> list[DrawnMap]:
    pins = make_pins([], denied)
    if not pins:
        return []
    if scope.area is not None:
        shape = area_shape(session, area=scope.area)
        return draw_area(session, scope.area.bounds, shape, pins)
    return draw_area(session, scope.place.bounds, None, pins) if scope.place.bounds else []


def _draw_bar(answers: Answers) -> list[Stripe]:
    stripes, x = [], 0
    for share, width in round_shares(answers.shares).items():
        stripes.append(Stripe(share.value, x, width))
        x += width
    return [stripe for stripe in stripes if stripe.width]


def _say_shares(answers: Answers) -> list[tuple[str, str, int, str, str]]:
    """Of each share: its name, its words, its part of 100, how many, and what it means."""
    return [
        (
            share.value,
            str(answer_words.SHARES[share]),
            part,
            words.say_number(answers.shares[share]),
            str(answer_words.SHARE_MEANINGS[share]),
        )
        for share, part in round_shares(answers.shares).items()
    ]


def _say_half(days: Mapping[str, int]) -> str:
    half = find_half(days)
    if half is None:
        return gettext("No report is good yet.")
    if half == MORE_DAYS:
        return gettext("Half of them took longer than %(days)s days.", days=DAY_STEPS[-1])
    return gettext("Half of them were good within %(days)s days.", days=half)


def _list_days(days: Mapping[str, int]) -> list[Figure]:
    firsts = (0, *(step + 1 for step in DAY_STEPS))
    names = {
        str(last): gettext("%(first)s to %(last)s days", first=first, last=last)
        for first, last in zip(firsts, DAY_STEPS, strict=False)
    }
    names[MORE_DAYS] = gettext("more than %(days)s days", days=DAY_STEPS[-1])
    return _make_figures([(name, days.get(step, 0)) for step, name in names.items()])


def _list_promises(answers: Answers) -> list[Figure]:
    return _make_figures(
        [(str(said), answers.promises[state]) for state, said in answer_words.PROMISES.items()]
    )


def _make_figures(counted: Sequence[tuple[str, int]]) -> list[Figure]:
    """Nothing where all are none."""
    most = max(count for _, count in counted)
    return [
        Figure(name, words.say_number(count), round(count * 100 / most))
        for name, count in counted
        if most
    ]


def _say_silent(count: int, answer_days: int) -> tuple[str, str]:
    """The number, and the words after it."""
    number = words.say_number(min(count, MOST_COUNTED))
    days = words.say_days(answer_days)
    said = ngettext(
        "report waits longer than %(days)s for a word.",
        "reports wait longer than %(days)s for a word.",
        count,
        days=days,
    )
    return (gettext("more than %(count)s", count=number) if count > MOST_COUNTED else number), said


def _line_of_area(one: AreaAnswers) -> Line:
    if one.slug is None:
        return _make_line(gettext("Outside every neighbourhood"), one.answers)
    url = url_for("web.show_area_answers", slug=one.slug)
    return _make_line(one.name, one.answers, url=url)


def _line_of_owner(one: OwnerAnswers) -> Line:
    if not says_something(one.answers.count):
        note = gettext("fewer than %(least)s: too few to say anything", least=LEAST_OF_OWNER)
        return Line(one.name, "", one.is_example, [], "", [], note)
    return _make_line(one.name, one.answers)


def _make_line(name: str, answers: Answers, *, url: str = "") -> Line:
    return Line(
        name=name,
        url=url,
        is_example=answers.of_examples > 0,
        bar=_draw_bar(answers),
        count=words.say_number(answers.count),
        counts=[
            (str(answer_words.SHARE_COLUMNS[share]), words.say_number(answers.shares[share]))
            for share in Share
        ],
    )


ROUTES = (
    Route("/districts/<slug>/answers", show_district_answers, Permission.SEE_PUBLIC),
    Route("/districts/<slug>/answers.csv", download_answers, Permission.SEE_PUBLIC),
    Route("/areas/<slug>/answers", show_area_answers, Permission.SEE_PUBLIC),
)
