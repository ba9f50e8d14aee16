"""What is missing in a district, and for whom: too far away, without keeper or money, called done
and not good, and what nobody knows. Every answer says where it comes from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from geoapp.coverage.gaps.findings import Finding
from geoapp.edge import Route, open_session
from geoapp.errors import Invalid
from geoapp.geo.symbol import sprite_svg
from geoapp.people.rules import Permission
from geoapp.web import gap_words
from geoapp.web.gap_asking import Asked, ask, make_asking, url_of
from geoapp.web.gap_lines import make_hundred, make_table
from geoapp.web.gap_map import draw_gaps
from geoapp.web.gap_tabs import read_answers, read_care, read_known
from geoapp.web.gap_whence import list_facts
from geoapp.web.language import Words, lazy_gettext
from geoapp.web.page import Page, open_page, render

Values = Mapping[str, Any]
FAR = "far"
FILES = (("CSV", "csv"), ("GeoJSON", "geojson"), ("GeoPackage", "gpkg"))


@dataclass(frozen=True)
class Tab:
    """One of the four questions, as a link."""

    words: str
    url: str
    is_current: bool


def show_gaps(slug: str) -> str | tuple[str, int]:
    """What is missing in a district; what is wrong in the address is said at its field."""
    told = request.args.get("tab", "") or FAR
    with open_session() as session:
        page = open_page(session, district=slug)
        if told in OTHER_TABS:
            return _show(page, told, OTHER_TABS[told](session, page))
        asked = ask(session, page)
        if told != FAR:
            error = Invalid("There is no such question: choose one of the four.", field="tab")
            asked = replace(asked, error=error)
        shown = _show(page, FAR, _read_far(session, page, asked))
    return (shown, 400) if asked.error else shown


def _show(page: Page, tab: str, values: Values) -> str:
    return render(
        f"gaps_{tab}.html",
        page,
        tabs=_list_tabs(page, tab),
        sprite=sprite_svg(("brand",)),
        **values,
    )


def _list_tabs(page: Page, current: str) -> list[Tab]:
    return [
        Tab(
            str(said),
            url_for("web.show_gaps", slug=page.place.slug, tab=tab if tab != FAR else None),
            is_current=tab == current,
        )
        for tab, said in TABS.items()
    ]


def _read_far(session: Session, page: Page, asked: Asked) -> Values:
    asking = make_asking(session, page, asked)
    if asked.finding is None:
        return {"asking": asking, "finding": None}
    finding = asked.finding
    return {"asking": asking, **tell(page, finding), "maps": draw_gaps(session, finding)}


def tell(page: Page, finding: Finding) -> dict[str, Any]:
    """An answer in plain values, for the page and for every copy of it."""
    slug, question = page.place.slug, finding.question
    url = url_of(slug, question)
    platforms = {one.slug: one for line in finding.lines for one in line.platforms}
    return {
        "finding": finding,
        "wanted": gap_words.say_wanted(question.kind),
        "unit": gap_words.say_unit(finding.need),
        "hundred": make_hundred(finding),
        "table": make_table(finding),
        "facts": list_facts(page, finding),
        "has_examples": any(thing.is_example for thing in finding.world.things),
        "has_closed": any(not thing.counts for thing in finding.world.things),
        "url": url,
        "full_url": url_of(slug, question, _external=True),
        "files": [(name, url.replace("/gaps?", f"/gaps.{end}?", 1)) for name, end in FILES],
        "walk_url": url_of(slug, question, "web.show_gaps_walk"),
        "map_url": url_of(slug, question, "web.show_gaps_map"),
        "file_url": url_of(slug, question, "web.show_gaps_map", download="1"),
        "more_url": url_of(slug, question, "web.show_gap_more"),
        "counter_views": [
            (one.name, url_for("web.show_counter_view", slug=one.slug, about=question.kind))
            for one in platforms.values()
        ],
    }


TABS: dict[str, Words] = {
    FAR: lazy_gettext("Too far away"),
    "care": lazy_gettext("No keeper or money"),
    "answers": lazy_gettext("Called done, not good"),
    "known": lazy_gettext("What we do not know"),
}
OTHER_TABS: dict[str, Callable[[Session, Page], Values]] = {
    "care": read_care,
    "answers": read_answers,
    "known": read_known,
}

ROUTES = (Route("/districts/<slug>/gaps", show_gaps, Permission.SEE_PUBLIC),)
