"""What does one more place do? The best of the spots that people have in mind, or of a grid: who
has one near before and after, which money could pay, and a map with their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from geoapp.assets.rules import Kind
from geoapp.budgets.queries import Line as MoneyLine
from geoapp.budgets.queries import list_lines
from geoapp.budgets.rules import Earmark
from geoapp.coverage.gaps.counting import LEAST_TOLD, Counts, hide_in_sum
from geoapp.coverage.gaps.findings import Finding
from geoapp.coverage.gaps.proposing import Change, Proposal, Proposed, Why, propose
from geoapp.coverage.gaps.questions import Question, read_question
from geoapp.coverage.gaps.reading import find_gaps
from geoapp.coverage.gaps.spots import MOST_COUNT, More, Whence, find_spots, read_more
from geoapp.coverage.queries import describe_spot
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import Invalid, NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.people.rules import Permission
from geoapp.plans.rules import Fit, Misfit, Wanted, fit
from geoapp.platforms.queries import PlatformFacts, platforms_at
from geoapp.refusals import find_refusal
from geoapp.web import gap_words, words
from geoapp.web.drawn_map import DrawnMap, Pin
from geoapp.web.errors import say_error
from geoapp.web.gap_asking import read_typed, say_when, url_of
from geoapp.web.language import Words, gettext, lazy_gettext
from geoapp.web.page import Page, open_page, render
from geoapp.web.plan_cards import MOST_FITS, PotCard, make_item_cards, make_pot
from geoapp.web.report import say_spot
from geoapp.web.spots import draw_area

# Air round the spots on the map: about 400 m.
AIR = 0.004
WHY: dict[Why, Words] = {
    Why.NO_PLANS: lazy_gettext(
        "There is no plan with a spot for this yet. Choose every spot in the district instead."
    ),
    Why.NOT_KNOWN: lazy_gettext(
        "Nothing can be said: we do not know what stands there. First find out what is there."
    ),
    Why.NOBODY_FAR: lazy_gettext("Wherever we know what stands there, everybody has one near."),
    Why.TOO_FAR: lazy_gettext("None of these spots is near anybody who has nothing near now."),
}
WHENCE: dict[Whence, Words] = {
    Whence.GRID: lazy_gettext("Every spot in the district"),
    Whence.PLANS: lazy_gettext("Spots of plans"),
}
# What a pot must be for, by what comes.
THEMES: dict[Kind, Earmark] = {
    Kind.PLAYGROUND: Earmark.PLAY_SPORT,
    Kind.SPORT_COURT: Earmark.PLAY_SPORT,
    Kind.CABINET: Earmark.MEETING,
    Kind.BENCH: Earmark.MEETING,
    Kind.BIN: Earmark.CLEANING,
}
# These tell who asks and how, which is not settled here.
WHO_ASKS = frozenset({Misfit.ONLY_PLATFORMS, Misfit.BY_VOTE, Misfit.NEEDS_DESIGN})


@dataclass(frozen=True)
class Link:
    """Where one can go on, and what it is called."""

    name: str
    url: str


@dataclass(frozen=True)
class SpotCard:
    """One of the best spots. `amount` is for how many more it is near, `together` with those before
    it; `plan` is the plan it comes from, `pot` the money that fits that; `new_plans` are where
    each platform begins a plan there, `platforms` who is active there."""

    number: int
    where: str
    lat: str
    lon: str
    amount: str
    together: str
    plan: Link | None
    pot: str
    new_plans: list[Link]
    platforms: list[Link]
    is_example: bool


@dataclass(frozen=True)
class ChangeRow:
    """Who has one near in an area: before, how many more, and after."""

    name: str
    url: str
    before: str
    more: str
    after: str
    is_example: bool


def show_gap_more(slug: str) -> str | tuple[str, int]:
    """The best spots for the question in the address."""
    with open_session() as session:
        page = open_page(session, district=slug)
        question, more = Question(), More()
        try:
            question = read_question(read_typed())
            more = read_more(request.args)
            finding = _find(session, page, question)
            spots = find_spots(session, finding=finding, whence=more.whence)
        except (Invalid, NotFound) as problem:
            shown = render_more(page, question, more, problem=say_error(problem))
            return shown, find_refusal(problem).status
        found = propose(session, finding=finding, more=more, spots=spots)
        return render_more(page, question, more, **describe(session, page, finding, found))


def render_more(page: Page, question: Question, more: More, **told: object) -> str:
    """The page of the best spots, with its form as it was sent."""
    return render(
        "gap_more.html",
        page,
        back_url=url_of(page.place.slug, question),
        exact_url=url_of(page.place.slug, question, "web.show_new_search", **more.to_values()),
        asked=question.to_values(),
        counts=[(str(n), n == more.count) for n in range(1, MOST_COUNT + 1)],
        whences=[(one.value, str(said), one is more.whence) for one, said in WHENCE.items()],
        sprite=sprite_svg(("brand", "plus")),
        **{"problem": "", "cards": [], **told},
    )


def describe(session: Session, page: Page, finding: Finding, found: Proposed) -> dict[str, Any]:
    """What a template needs of spots that were found."""
    cards = make_cards(session, page, found.proposals)
    return {
        "finding": say_question(finding),
        "unit": gap_words.say_unit(finding.need),
        "cards": cards,
        "drawn": draw_spots(session, found.proposals),
        "buurten": [make_row(one) for one in found.buurten],
        "neighbourhoods": [make_row(one) for one in found.neighbourhoods],
        "total": _make_total(page, finding, found),
        "pots": _list_pots(session, page, finding.question) if cards else [],
        "why": str(WHY[found.why]) if found.why else "",
        "weighed": words.say_number(found.weighed),
        "not_known": words.say_number(found.not_known) if found.not_known else "",
        "unknown": say_unknown(finding),
    }


def say_unknown(finding: Finding) -> str:
    """Of how many nobody knows; empty where there are none."""
    listed = [line.counts.rounded() for line in finding.lines]
    told = hide_in_sum(finding.whole.rounded(), listed, left_out=0)[2]
    return _say(told) if finding.whole.unknown else ""


def _find(session: Session, page: Page, question: Question) -> Finding:
    return find_gaps(session, place=page.place, question=question, now=wiring().clock())


def say_question(finding: Finding) -> list[str]:
    """What is asked, in a few words each."""
    distance = gap_words.say_metres(finding.distance_m)
    if finding.norm is not None and finding.band is not None:
        distance = gap_words.say_band(finding.norm, finding.band)
    at = finding.question.at
    said = [gap_words.say_wanted(finding.question.kind), gap_words.say_need(finding.need), distance]
    return [*said, say_when(at)] if at else said


# -- The spots ---------------------------------------------------------------------------------


def make_cards(session: Session, page: Page, proposals: Sequence[Proposal]) -> list[SpotCard]:
    """Spots in their order, each with its place in words."""
    items = [one.item for one in proposals if one.item is not None]
    pots = {card.url: card.pot for card in make_item_cards(session, page, items)} if items else {}
    return [_make_card(session, number, one, pots) for number, one in enumerate(proposals, start=1)]


def _make_card(session: Session, number: int, one: Proposal, pots: dict[str, str]) -> SpotCard:
    lat, lon = f"{one.lat:.6f}", f"{one.lon:.6f}"
    item = one.item
    plan = Link(item.title, url_for("web.show_plan", code=item.code)) if item else None
    there = platforms_at(session, lon=one.lon, lat=one.lat)
    return SpotCard(
        number=number,
        where=say_spot(describe_spot(session, lon=one.lon, lat=one.lat)),
        lat=lat,
        lon=lon,
        amount=say_few(round(one.amount)),
        # Beside one that is not told, together would tell it.
        together=say_few(round(one.together))
        if round(one.amount) >= LEAST_TOLD
        else gettext("not told"),
        plan=plan,
        pot=pots.get(plan.url, "") if plan else "",
        new_plans=[] if item else [_link_new(one, lat, lon) for one in there],
        platforms=[Link(one.name, url_for("web.show_platform", slug=one.slug)) for one in there],
        is_example=item is not None and item.is_example,
    )


def _link_new(platform: PlatformFacts, lat: str, lon: str) -> Link:
    url = url_for("web.show_new_plan", slug=platform.slug, lat=lat, lon=lon)
    return Link(platform.name, url)


def draw_spots(session: Session, proposals: Sequence[Proposal]) -> list[DrawnMap]:
    """A map with their numbers; none where there are none."""
    if not proposals:
        return []
    pins = [
        Pin(one.lon, one.lat, "", is_report=True, is_example=False, words=str(number))
        for number, one in enumerate(proposals, start=1)
    ]
    lons, lats = [pin.lon for pin in pins], [pin.lat for pin in pins]
    bounds = (min(lons) - AIR, min(lats) - AIR, max(lons) + AIR, max(lats) + AIR)
    return draw_area(session, bounds, None, pins)


def _list_pots(session: Session, page: Page, question: Question) -> list[PotCard]:
    """The money of the district that could pay for it, whoever asks."""
    themes = frozenset(filter(None, [THEMES.get(Kind(question.kind))]))
    lines = list_lines(session, district_id=page.place.id)
    wanted = Wanted(themes)
    found = [(line, fit(line.terms, wanted, page.today)) for line in lines]
    fitting = [(line, said) for line, said in found if _could_pay(said)]
    fitting.sort(key=_sort_key)
    return [make_pot(line, said, page.today) for line, said in fitting[:MOST_FITS]]


def _sort_key(one: tuple[MoneyLine, Fit]) -> tuple[bool, int]:
    # Narrow money first: what is free can wait for what nothing else pays.
    return not one[0].earmarks, len(one[0].earmarks)


def _could_pay(said: Fit) -> bool:
    return all(why.misfit in WHO_ASKS for why in said.reasons)


# -- Before and after --------------------------------------------------------------------------


def make_row(change: Change) -> ChangeRow:
    """An area, before and after."""
    return ChangeRow(
        name=change.name,
        url=url_for("web.show_area", slug=change.slug),
        is_example=change.is_example,
        **_say_change(change.before, change.after),
    )


def _make_total(page: Page, finding: Finding, more: Proposed) -> ChangeRow | None:
    few = [
        one
        for one in more.buurten
        if one.after.rounded().near - one.before.rounded().near < LEAST_TOLD
    ]
    listed = [line.counts.rounded() for line in finding.lines]
    near = hide_in_sum(finding.whole.rounded(), listed, left_out=0)[0]
    if not more.proposals or len(few) == 1 or near is None:
        return None
    return ChangeRow(page.place.name, "", is_example=False, **_say_change(more.before, more.after))


def _say_change(before: Counts, after: Counts) -> dict[str, str]:
    """In words: fewer than five are told in no number, nor by what two others differ."""
    first, last = before.rounded(), after.rounded()
    more = last.near - first.near
    near, then = first.told()[0], last.told()[0]
    if 0 < more < LEAST_TOLD:
        return {"before": _say(near), "more": say_few(more), "after": ""}
    if near is None or then is None:
        return {"before": _say(near), "more": _say(None), "after": _say(None)}
    return {"before": _say(near), "more": say_few(more), "after": _say(then)}


def _say(number: int | None) -> str:
    return gettext("not told") if number is None else words.say_number(number)


def say_few(number: int) -> str:
    """How many; of fewer than five that they are so few."""
    if 0 <= number < LEAST_TOLD:
        return gettext("fewer than %(count)s", count=LEAST_TOLD)
    return words.say_number(number)


ROUTES = (Route("/districts/<slug>/gaps/more", show_gap_more, Permission.SEE_PUBLIC),)
