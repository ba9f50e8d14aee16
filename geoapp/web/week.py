"""What is new since last week, of a platform's area or a neighbourhood: as a page, as words for a
group chat, on one A4 for the weekly talk, as a feed, and by mail on Monday."""

import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, signed_in_id
from geoapp.areas.queries import get_area
from geoapp.catalogue import SYMBOL_OF_KIND
from geoapp.coverage.news import (
    Item,
    News,
    Where,
    read_news,
    where_of_area,
    where_of_platform,
)
from geoapp.coverage.rules import NewsKind
from geoapp.dialogue.weeks import (
    find_reader,
    is_reading,
    start_reading,
    stop_by_link,
    stop_reading,
)
from geoapp.edge import Route, open_session, wiring
from geoapp.geo.symbol import sprite_svg
from geoapp.people.rules import Permission
from geoapp.platforms.queries import PlatformFacts, get_platform, subject_of, thing_of
from geoapp.web import prints, words
from geoapp.web.forms import check_form, check_token, form_token
from geoapp.web.language import gettext, ngettext, page_language
from geoapp.web.page import Page, open_page, render
from geoapp.web.security import OWN_KEY, keep_private

DAYS = 7
# A reader of feeds that looked in a week ago misses nothing.
DAYS_IN_FEED = 14
MOST_LINES = 40
# The rows of the sheet have one height; below them is room to write.
MOST_ON_PAPER = 14
MOST_NAMED = 3
ATOM = "http://www.w3.org/2005/Atom"

SHAPES: dict[NewsKind, str] = {
    NewsKind.NOT_GOOD: "bad",
    NewsKind.CHECKED_NOT_GOOD: "bad",
    NewsKind.PROMISE_MISSED: "bad",
    NewsKind.SOLVED: "good",
    NewsKind.PROMISE_KEPT: "good",
    NewsKind.DONE: "asked",
    NewsKind.REFUSED: "bad",
    NewsKind.REPORTED: "open",
    NewsKind.GRANTED: "good",
    NewsKind.PARTLY: "asked",
    NewsKind.NOT_GRANTED: "bad",
    NewsKind.PLAN_REALISED: "check",
    NewsKind.PLAN_GRANTED: "good",
    NewsKind.PLAN_PARTLY: "asked",
    NewsKind.PLAN_REFUSED: "bad",
    NewsKind.PLAN_ASKED: "asked",
    NewsKind.PLAN_MADE: "plus",
    NewsKind.ANSWERED: "asked",
    NewsKind.PROMISED: "asked",
    NewsKind.PLACED: "plus",
    NewsKind.REMOVED: "minus",
    NewsKind.SEEN: "check",
    NewsKind.AGREEMENT_ENDS: "bell",
    NewsKind.AGREEMENT_ENDED: "bell",
}
OF_REPORTS = frozenset(
    {
        NewsKind.NOT_GOOD,
        NewsKind.CHECKED_NOT_GOOD,
        NewsKind.PROMISE_MISSED,
        NewsKind.SOLVED,
        NewsKind.PROMISE_KEPT,
        NewsKind.DONE,
        NewsKind.REFUSED,
        NewsKind.REPORTED,
    }
)
OF_THINGS = frozenset({NewsKind.PLACED, NewsKind.REMOVED, NewsKind.SEEN})
OF_PLANS = frozenset(
    {
        NewsKind.PLAN_REALISED,
        NewsKind.PLAN_GRANTED,
        NewsKind.PLAN_PARTLY,
        NewsKind.PLAN_REFUSED,
        NewsKind.PLAN_ASKED,
        NewsKind.PLAN_MADE,
    }
)
OF_AGREEMENTS = frozenset({NewsKind.AGREEMENT_ENDS, NewsKind.AGREEMENT_ENDED})


@dataclass(frozen=True)
class WeekLine:
    """One line of news: the name of its symbol, its words, and where to read more (empty: it is
    about several things)."""

    shape: str
    words: str
    url: str
    is_example: bool


# -- What is said --------------------------------------------------------------------------------


def make_week_lines(news: News, page: Page) -> list[WeekLine]:
    """The news as lines: what is new by buurt and what was seen are each joined to one."""
    lines: list[WeekLine] = []
    for kind in NewsKind:
        items = [item for item in news.items if item.kind is kind]
        if kind is NewsKind.REPORTED:
            lines += _join_reports(items)
        elif kind is NewsKind.SEEN and len(items) > 1:
            lines.append(_join_seen(items))
        else:
            lines += [_make_line(item, page) for item in items]
    return lines


def _make_line(item: Item, page: Page) -> WeekLine:
    return WeekLine(
        shape=_shape_of(item), words=_say(item, page), url=_link(item), is_example=item.is_example
    )


def _shape_of(item: Item) -> str:
    if item.kind is NewsKind.SEEN and item.thing is not None:
        return SYMBOL_OF_KIND[item.thing]
    return SHAPES[item.kind]


def _join_reports(items: Sequence[Item]) -> list[WeekLine]:
    """New reports by where they are, from A to Z."""
    places: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        places[item.area].append(item)
    return [
        WeekLine(
            shape=SHAPES[NewsKind.REPORTED],
            words=_say_new(len(some), place),
            url=_link(some[0]) if len(some) == 1 else "",
            is_example=all(one.is_example for one in some),
        )
        for place, some in sorted(places.items())
    ]


def _say_new(count: int, place: str) -> str:
    if not place:
        return ngettext("%(num)s new report.", "%(num)s new reports.", count)
    return ngettext(
        "%(num)s new report, in %(place)s.",
        "%(num)s new reports, in %(place)s.",
        count,
        place=place,
    )


def _join_seen(items: Sequence[Item]) -> WeekLine:
    names = ", ".join(item.name for item in items[:MOST_NAMED])
    more = len(items) - MOST_NAMED
    if more > 0:
        names = ngettext(
            "%(names)s and %(num)s more", "%(names)s and %(num)s more", more, names=names
        )
    return WeekLine(
        shape=SHAPES[NewsKind.SEEN],
        words=gettext("Still there, people say: %(names)s.", names=names),
        url="",
        is_example=all(item.is_example for item in items),
    )


def _say(item: Item, page: Page) -> str:
    """One item in a sentence; nothing of anybody's own words is in it."""
    what = _say_what(item)
    day = words.say_day(item.due_on or item.on_day, today=page.today)
    said: dict[NewsKind, str] = {
        NewsKind.NOT_GOOD: ngettext(
            "%(what)s: %(num)s resident says still not right.",
            "%(what)s: %(num)s residents say still not right.",
            max(1, item.count),
            what=what,
        ),
        NewsKind.CHECKED_NOT_GOOD: gettext(
            "%(what)s: someone neutral looked, still not right.", what=what
        ),
        NewsKind.PROMISE_MISSED: gettext(
            "%(what)s: %(by)s did not keep the promise.", what=what, by=item.by
        ),
        NewsKind.SOLVED: gettext("%(what)s: solved, residents say.", what=what),
        NewsKind.PROMISE_KEPT: gettext("%(what)s: %(by)s kept the promise.", what=what, by=item.by),
        NewsKind.DONE: gettext("%(what)s: %(by)s says done. Is it?", what=what, by=item.by),
        NewsKind.REFUSED: gettext(
            "%(what)s: %(by)s says we will not do this.", what=what, by=item.by
        ),
        NewsKind.REPORTED: gettext("New: %(what)s.", what=what),
        NewsKind.GRANTED: gettext("%(what)s: %(by)s says yes.", what=what, by=item.by),
        NewsKind.PARTLY: gettext("%(what)s: %(by)s says partly yes.", what=what, by=item.by),
        NewsKind.NOT_GRANTED: gettext("%(what)s: %(by)s says no.", what=what, by=item.by),
        NewsKind.PLAN_REALISED: gettext("Plan carried out: %(what)s.", what=what),
        NewsKind.PLAN_GRANTED: gettext("Plan %(what)s: %(by)s says yes.", what=what, by=item.by),
        NewsKind.PLAN_PARTLY: gettext(
            "Plan %(what)s: %(by)s says partly yes.", what=what, by=item.by
        ),
        NewsKind.PLAN_REFUSED: gettext("Plan %(what)s: %(by)s says no.", what=what, by=item.by),
        NewsKind.PLAN_ASKED: gettext("Money was asked for the plan %(what)s.", what=what),
        NewsKind.PLAN_MADE: gettext("New plan: %(what)s.", what=what),
        NewsKind.ANSWERED: gettext("%(what)s: %(by)s gave a word.", what=what, by=item.by),
        NewsKind.PROMISED: gettext(
            "%(what)s: %(by)s promises an answer by %(day)s.", what=what, by=item.by, day=day
        ),
        NewsKind.PLACED: gettext("On the map now: %(what)s.", what=what),
        NewsKind.REMOVED: gettext("Taken away: %(what)s.", what=what),
        NewsKind.SEEN: gettext("Still there, people say: %(names)s.", names=what),
        NewsKind.AGREEMENT_ENDS: gettext(
            "The agreement %(what)s ends on %(day)s.", what=what, day=day
        ),
        NewsKind.AGREEMENT_ENDED: gettext(
            "The agreement %(what)s ended on %(day)s.", what=what, day=day
        ),
    }
    return said[item.kind]


def _say_what(item: Item) -> str:
    """What it is about: of a report the category and where, of a question the theme."""
    if item.category is not None:
        where = item.name or item.area
        return ", ".join(filter(None, [str(words.CATEGORIES[item.category]), where]))
    if item.theme is not None:
        return gettext("Question about %(theme)s", theme=words.THEMES[item.theme])
    return item.name


def _link(item: Item) -> str:
    if item.kind in OF_REPORTS:
        return url_for("web.show_defect", code=item.code)
    if item.kind in OF_THINGS:
        return url_for("web.show_asset", code=item.code)
    if item.kind in OF_PLANS:
        return url_for("web.show_plan", code=item.code)
    if item.kind in OF_AGREEMENTS:
        return url_for("web.show_agreement", slug=item.code)
    return url_for("web.show_question", code=item.code)


def say_week(news: News) -> str:
    """Which days the news is of."""
    last = news.until - timedelta(days=1)
    return gettext(
        "%(first)s to %(last)s",
        first=words.say_day(news.since, today=last),
        last=words.say_day(last),
    )


def make_text(news: News, page: Page, *, name: str, url: str) -> str:
    """The news as plain words, for a group chat."""
    lines = make_week_lines(news, page)
    head = gettext("New in %(name)s, %(week)s:", name=name, week=say_week(news))
    told = [f"- {_say_example(line)}{line.words}" for line in lines[:MOST_LINES]]
    told = told or [gettext("Nothing new this week.")]
    more = say_more(lines, MOST_LINES)
    return "\n".join([head, *told, *([more] if more else []), "", url, ""])


def _say_example(line: WeekLine) -> str:
    return f"({gettext('Example')}) " if line.is_example else ""


def say_more(lines: Sequence[WeekLine], shown: int) -> str:
    """How many lines more there are than are shown; empty: none."""
    left = len(lines) - shown
    return ngettext("And %(num)s more.", "And %(num)s more.", left) if left > 0 else ""


# -- Doors ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Asked:
    """Of which platform, and its news."""

    platform: PlatformFacts
    page: Page
    news: News

    @property
    def url(self) -> str:
        """The page, as a link of a chat or a feed says it."""
        return url_for("web.show_week", slug=self.platform.slug, _external=True)


def read_week(session: Session, where: Where, page: Page, *, days: int = DAYS) -> News:
    """What is new there: today, and as many days before."""
    return read_news(
        session,
        where=where,
        since=page.today - timedelta(days=days),
        until=page.today + timedelta(days=1),
        today=page.today,
    )


def _ask(slug: str, *, days: int = DAYS) -> _Asked:
    with open_session() as session:
        platform = get_platform(session, slug=slug)
        page = open_page(session, district=platform.district)
        news = read_week(session, where_of_platform(page.place, platform), page, days=days)
    return _Asked(platform, page, news)


def show_week(slug: str) -> str:
    """The news of a platform's area, with the words to copy and the sheet."""
    asked = _ask(slug)
    platform, page, news = asked.platform, asked.page, asked.news
    lines = make_week_lines(news, page)
    return render(
        "week.html",
        page,
        name=platform.name,
        back_url=url_for("web.show_platform", slug=slug),
        platform=platform,
        week=say_week(news),
        lines=lines[:MOST_LINES],
        more=say_more(lines, MOST_LINES),
        text=make_text(news, page, name=platform.name, url=asked.url),
        sprite=sprite_svg(),
    )


def show_area_week(slug: str) -> str:
    """The news of an area of either division."""
    with open_session() as session:
        area = get_area(session, slug=slug)
        page = open_page(session, district=area.district)
        news = read_week(session, where_of_area(session, page.place, area), page)
    lines = make_week_lines(news, page)
    url = url_for("web.show_area_week", slug=slug, _external=True)
    return render(
        "week.html",
        page,
        name=area.name,
        back_url=url_for("web.show_area", slug=slug),
        platform=None,
        week=say_week(news),
        lines=lines[:MOST_LINES],
        more=say_more(lines, MOST_LINES),
        text=make_text(news, page, name=area.name, url=url),
        sprite=sprite_svg(),
    )


def show_week_text(slug: str) -> Response:
    """The same as plain words."""
    asked = _ask(slug)
    name = asked.platform.name
    return _answer(make_text(asked.news, asked.page, name=name, url=asked.url), "text/plain")


def show_week_pdf(slug: str) -> Response:
    """The same on one A4, with room to write for the talk.

    Raises:
        NotInstalled: nothing can be printed here.
        TooMany: somebody prints more than a neighbourhood needs.
    """
    prints.count_paper()
    asked = _ask(slug)
    lines = make_week_lines(asked.news, asked.page)
    html = render_template(
        "prints/week.html",
        map_name=gettext("%(name)s neighbourhood map", name=asked.page.place.name),
        name=asked.platform.name,
        is_example=asked.platform.is_example,
        week=say_week(asked.news),
        lines=lines[:MOST_ON_PAPER],
        more=say_more(lines, MOST_ON_PAPER),
        rows=range(max(4, MOST_ON_PAPER + 4 - len(lines))),
        made=words.say_day(asked.page.today),
        url=asked.url,
        code=prints.draw_code(asked.url),
        draw=prints.draw_symbol,
    )
    made = prints.print_pdf(html, styles=("css/print.css", "css/week-print.css"))
    response = _answer(made, "application/pdf")
    name = f"week-{asked.platform.slug}-{asked.page.today.isoformat()}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def show_week_atom(slug: str) -> Response:
    """The same as a feed (RFC 4287): one entry for each thing that is new."""
    asked = _ask(slug, days=DAYS_IN_FEED)
    return _answer(write_atom(asked.news, asked.page, asked.platform, asked.url), ATOM_TYPE)


ATOM_TYPE = "application/atom+xml"


def _answer(content: str | bytes, media_type: str) -> Response:
    response = make_response(content)
    response.mimetype = media_type
    response.headers["Content-Language"] = page_language()
    return response


def write_atom(news: News, page: Page, platform: PlatformFacts, url: str) -> bytes:
    """The news as a feed. An entry keeps its id for as long as it is the same thing on the same
    day: in whatever language it is read."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(
        f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": page_language()}
    )
    latest = max((item.on_day for item in news.items), default=news.since)
    _put(feed, "id", url)
    _put(feed, "title", gettext("New in %(name)s", name=platform.name))
    _put(feed, "updated", _write_instant(latest, page))
    ET.SubElement(_put(feed, "author"), f"{{{ATOM}}}name").text = platform.name
    own = url_for("web.show_week_atom", slug=platform.slug, _external=True)
    _put(feed, "link", rel="self", href=own, type=ATOM_TYPE)
    _put(feed, "link", rel="alternate", href=url, type="text/html")
    for item in sorted(news.items, key=lambda one: (one.on_day, one.code), reverse=True):
        entry = _put(feed, "entry")
        line = _make_line(item, page)
        _put(entry, "id", f"{url}#{item.kind.value}-{item.code}-{item.on_day.isoformat()}")
        _put(entry, "title", _say_example(line) + line.words)
        _put(entry, "updated", _write_instant(item.on_day, page))
        _put(entry, "link", rel="alternate", href=_complete(line.url), type="text/html")
        _put(entry, "summary", _say_example(line) + line.words)
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True))


def _put(parent: ET.Element, name: str, text: str | None = None, **values: str) -> ET.Element:
    child = ET.SubElement(parent, f"{{{ATOM}}}{name}", values)
    child.text = None if text is None else _keep_writable(text)
    return child


def _keep_writable(text: str) -> str:
    """Without the signs that XML cannot hold (XML 1.0, 2.2); names may hold them."""
    return "".join(one for one in text if one >= " " or one in "\t\n\r")


def _complete(path: str) -> str:
    return request.host_url.rstrip("/") + path


def _write_instant(day: date, page: Page) -> str:
    """Noon of a day there: days, not hours, are public."""
    noon = datetime.combine(day, time(12), tzinfo=ZoneInfo(page.place.time_zone))
    return noon.astimezone(UTC).isoformat()


# -- By mail -------------------------------------------------------------------------------------


def show_week_mail(slug: str) -> str:
    """Whether whoever asks gets it by mail on Monday: one tap."""
    with open_session() as session:
        platform = _open(session, slug)
        page = open_page(session, district=platform.district)
        reads = is_reading(session, platform_id=platform.id, person_id=signed_in_id())
    return render(
        "week_mail.html",
        page,
        platform=platform,
        reads=reads,
        is_kept="kept" in request.args,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


def post_week_mail(slug: str) -> Response:
    """Begin or stop to get it."""
    with open_session() as session:
        platform = _open(session, slug)
        check_form()
        change = stop_reading if request.form.get("stop") == "1" else start_reading
        change(session, platform_id=platform.id, person_id=signed_in_id())
    return redirect(url_for("web.show_week_mail", slug=slug, kept=1), 303)


def _open(session: Session, slug: str) -> PlatformFacts:
    platform = get_platform(session, slug=slug)
    check_subject(subject_of(platform), thing=thing_of(platform))
    return platform


def show_week_stop() -> Response:
    """What the link of a mail opens. Opening it does nothing: a mail's scanner opens links too."""
    secret = request.args.get(OWN_KEY, "")
    with open_session() as session:
        reader = find_reader(session, sealer=wiring().sealer, secret=secret)
        platform = get_platform(session, slug=reader.platform)
        page = open_page(session, district=platform.district)
    shown = render(
        "week_stop.html",
        page,
        platform=platform,
        secret=secret,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )
    return keep_private(make_response(shown))


def post_week_stop() -> Response:
    """Stop it."""
    check_token()
    with open_session() as session:
        secret = request.form.get(OWN_KEY, "")
        reader = find_reader(session, sealer=wiring().sealer, secret=secret)
        stop_by_link(session, reader_id=reader.id)
    return keep_private(redirect(url_for("web.show_week", slug=reader.platform), 303))


def list_mail_lines(lines: Iterable[WeekLine]) -> list[str]:
    """The lines as a mail says them."""
    return [_say_example(line) + line.words for line in lines]


ROUTES = (
    Route("/platforms/<slug>/week", show_week, Permission.SEE_PUBLIC),
    Route("/platforms/<slug>/week.txt", show_week_text, Permission.SEE_PUBLIC),
    Route("/platforms/<slug>/week.pdf", show_week_pdf, Permission.SEE_PUBLIC),
    Route("/platforms/<slug>/week.atom", show_week_atom, Permission.SEE_PUBLIC),
    Route("/areas/<slug>/week", show_area_week, Permission.SEE_PUBLIC),
    Route("/platforms/<slug>/week/mail", show_week_mail, Permission.WORK_ON_PLAN),
    Route(
        "/platforms/<slug>/week/mail", post_week_mail, Permission.WORK_ON_PLAN, methods=("POST",)
    ),
    Route("/week/stop", show_week_stop, Permission.SEE_PUBLIC),
    Route("/week/stop", post_week_stop, Permission.REPORT, methods=("POST",)),
)
