"""Reckon it exactly: an answer that takes long is asked for, waited for, stopped, and shown beside
the quick one."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, current_actor, signed_in_id
from geoapp.coverage.gaps.counting import LEAST_TOLD, Counts
from geoapp.coverage.gaps.proposing import Change, Proposal, adds_somebody
from geoapp.coverage.gaps.questions import read_question
from geoapp.coverage.gaps.reading import find_gaps
from geoapp.coverage.gaps.spots import Whence, check_wanted, read_more
from geoapp.db.codes import read_code
from geoapp.districts.queries import Place, list_districts
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import NotAllowed
from geoapp.geo.symbol import sprite_svg
from geoapp.people.rules import Permission, Subject
from geoapp.plans.queries import items_in
from geoapp.plans.tables import PlanItem
from geoapp.searches.actions import ask_search, cancel_search
from geoapp.searches.queries import SearchFacts, get_search
from geoapp.searches.rules import Reason, SearchState
from geoapp.web import gap_words
from geoapp.web.forms import check_form, form_token
from geoapp.web.gap_asking import url_of
from geoapp.web.gap_more import draw_spots, make_cards, make_row, say_few, say_question
from geoapp.web.language import Words, gettext, lazy_gettext
from geoapp.web.page import Page, open_page, render

STATES: dict[SearchState, Words] = {
    SearchState.WAITING: lazy_gettext("It waits for its turn."),
    SearchState.WORKING: lazy_gettext("It is being reckoned."),
    SearchState.DONE: lazy_gettext("Here is the answer."),
    SearchState.CANCELLED: lazy_gettext("It was stopped."),
    SearchState.FAILED: lazy_gettext("There is no answer."),
}
REASONS: dict[Reason, Words] = {
    Reason.GONE: lazy_gettext("What it asks about is not there any more."),
    Reason.HEAVY: lazy_gettext("It takes more than one search may take. Ask for fewer places."),
    Reason.LATE: lazy_gettext("Nobody could work on it in time. Ask again."),
    Reason.BROKEN: lazy_gettext("Something is wrong here, not with your question."),
}


def show_new_search(slug: str) -> str:
    """What would be reckoned exactly, and the button to ask for it."""
    with open_session() as session:
        page = open_page(session, district=slug)
        check_subject(Subject(district_id=page.place.id))
        asked = _read_asked(request.args)
        finding = find_gaps(
            session, place=page.place, question=read_question(asked), now=wiring().clock()
        )
    return render(
        "gap_search_new.html",
        page,
        finding=say_question(finding),
        count=asked["n"],
        asked=asked,
        back_url=_more_url(page.place, asked),
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


def post_search(slug: str) -> Response:
    """Have it looked for."""
    with open_session() as session:
        page = open_page(session, district=slug)
        check_subject(Subject(district_id=page.place.id))
        check_form()
        asked = _read_asked(request.form)
        now = wiring().clock()
        # What cannot be asked is said now, and not when its turn comes.
        find_gaps(session, place=page.place, question=read_question(asked), now=now)
        search = ask_search(
            session,
            district_id=page.place.id,
            person_id=signed_in_id(),
            question=asked,
            now=now,
        )
    return redirect(url_for("web.show_search", code=search.code), 303)


def show_search(code: str) -> str:
    """How far it has come, and what was found."""
    with open_session() as session:
        search, page = _open(session, code)
        found = search.found
        told = _describe(session, page, search, found) if found else {}
    return render(
        "gap_search.html",
        page,
        search=search,
        state=STATES[search.state],
        reason=REASONS[search.reason] if search.reason else "",
        may_stop=search.is_open and search.person_id == current_actor().person_id,
        back_url=_more_url(page.place, search.question),
        token=form_token(),
        sprite=sprite_svg(("brand", "plus")),
        **told,
    )


def post_search_stop(code: str) -> Response:
    """Stop what one asked for oneself."""
    with open_session() as session:
        search, _ = _open(session, code)
        if search.person_id != signed_in_id():
            raise NotAllowed("Only who asked for it can stop it.")
        check_form()
        cancel_search(session, code=search.code, now=wiring().clock())
    return redirect(url_for("web.show_search", code=search.code), 303)


def _open(session: Session, code: str) -> tuple[SearchFacts, Page]:
    search = get_search(session, code=read_code(code))
    places = {place.id: place for place in list_districts(session)}
    page = open_page(session, district=places[search.district_id].slug)
    check_subject(Subject(district_id=search.district_id))
    return search, page


def _read_asked(typed: Mapping[str, str]) -> dict[str, str]:
    """The question and how many spots, with nothing else that was sent.

    Raises:
        Invalid: something of it is wrong.
    """
    question = read_question(typed)
    check_wanted(question.kind)
    return {**question.to_values(), **read_more(typed).to_values()}


def _more_url(place: Place, asked: Mapping[str, str]) -> str:
    more = read_more(asked).to_values()
    return url_of(place.slug, read_question(asked), "web.show_gap_more", **more)


# -- What was found ------------------------------------------------------------------------------


def _describe(
    session: Session, page: Page, search: SearchFacts, found: Mapping[str, Any]
) -> dict[str, Any]:
    question = read_question(search.question)
    finding = find_gaps(session, place=page.place, question=question, now=search.asked_at)
    proposals = list(_list_proposals(session, search, found))
    lines = {line.slug: line.name for line in finding.lines}
    changes = [
        Change(one["slug"], lines[one["slug"]], Counts(*one["before"]), Counts(*one["after"]))
        for one in found["grounds"]
        if one["slug"] in lines
    ]
    tells = all(round(pick["amount"]) >= LEAST_TOLD for pick in found["picks"])
    gain = round(found["amount"]) - round(found["greedy_amount"])
    return {
        "finding": say_question(finding),
        "unit": gap_words.say_unit(finding.need),
        "cards": make_cards(session, page, proposals),
        "drawn": draw_spots(session, proposals),
        "buurten": [
            make_row(change) for change in changes if adds_somebody(change.before, change.after)
        ],
        "amount": say_few(round(found["amount"])) if tells else gettext("not told"),
        "quick": say_few(round(found["greedy_amount"])) if tells else gettext("not told"),
        "gain": say_few(gain) if gain else "",
        "is_proven": found["is_proven"],
        "bound": say_few(round(found["bound"])),
    }


def _list_proposals(
    session: Session, search: SearchFacts, found: Mapping[str, Any]
) -> Iterator[Proposal]:
    is_plan = read_more(search.question).whence is Whence.PLANS
    codes = [pick["name"] for pick in found["picks"]] if is_plan else []
    items = {}
    if codes:
        there = items_in(session, where=[PlanItem.code.in_(codes)], limit=len(codes))
        items = {item.code: item for item in there}
    together = 0.0
    for pick in found["picks"]:
        together += pick["amount"]
        # A plan that is gone since leaves its spot.
        item = items.get(pick["name"])
        yield Proposal(pick["lon"], pick["lat"], pick["amount"], together, item)


ROUTES = (
    Route("/districts/<slug>/searches", show_new_search, Permission.SEARCH),
    Route("/districts/<slug>/searches", post_search, Permission.SEARCH, methods=("POST",)),
    Route("/searches/<code>", show_search, Permission.SEARCH),
    Route("/searches/<code>", post_search_stop, Permission.SEARCH, methods=("POST",)),
)
