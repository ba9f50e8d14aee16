"""Plans as they stand on pages: a card or a row for each, the money that fits, and its letter on a
map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import url_for
from sqlalchemy.orm import Session

from geoapp.budgets.queries import Line
from geoapp.budgets.rules import Earmark
from geoapp.plans.queries import PlanItemFacts, Where, list_lines_for, wheres_of
from geoapp.plans.rules import EDITABLE, Fit, State, fit, write_letter
from geoapp.web import plan_words
from geoapp.web.drawn_map import Pin
from geoapp.web.language import gettext
from geoapp.web.page import Page
from geoapp.web.words import say_day, say_money

# How many lines that do not fit are told, the longest to be spent first.
MOST_MISFITS = 8
MOST_FITS = 8


@dataclass(frozen=True)
class ItemCard:
    """A plan in a list, in the reader's words."""

    letter: str
    url: str
    where: str
    title: str
    maker: str
    keeper: str
    cost: str
    pot: str
    state: str
    symbol: str
    lon: float | None
    lat: float | None
    is_example: bool


@dataclass(frozen=True)
class PotCard:
    """A line that fits a plan, or does not and why; `notes` are what to know before asking."""

    slug: str
    name: str
    payer: str
    left: str
    earmark: str
    countdown: str
    is_soon: bool
    notes: list[str]
    is_example: bool


@dataclass(frozen=True)
class Pots:
    """Which money fits, and which does not; `more` are not told. `taking_part` says what is set
    aside for the costs of taking part."""

    fitting: list[PotCard]
    others: list[PotCard]
    more: int
    taking_part: str


def make_item_cards(session: Session, page: Page, items: Sequence[PlanItemFacts]) -> list[ItemCard]:
    """Plans as rows of a table and cards of a phone, with letters in their order; two questions,
    and one more for each platform among them."""
    wheres = wheres_of(session, item_ids=[item.id for item in items])
    lines: dict[UUID | None, list[Line]] = {}
    for item in items:
        if item.platform_id not in lines:
            lines[item.platform_id] = list_lines_for(
                session, platform_id=item.platform_id, district_id=item.district_id
            )
    return [
        _make_card(item, position, wheres, lines[item.platform_id], page)
        for position, item in enumerate(items)
    ]


def make_plan_pins(cards: Sequence[ItemCard]) -> list[Pin]:
    """The letters of plans that have a place, for a drawn map."""
    return [
        Pin(card.lon, card.lat, "plan", is_report=False, is_example=False, words=card.letter)
        for card in cards
        if card.lon is not None and card.lat is not None
    ]


def _make_card(
    item: PlanItemFacts,
    position: int,
    wheres: Mapping[UUID, Where],
    lines: Sequence[Line],
    page: Page,
) -> ItemCard:
    unknown = gettext("We do not know")
    return ItemCard(
        letter=write_letter(position),
        url=url_for("web.show_plan", code=item.code)
        if item.state is not State.IDEA
        else url_for("web.show_plan_work", code=item.code),
        where=plan_words.say_where(wheres.get(item.id)),
        title=item.title,
        maker=item.maker.name if item.maker else unknown,
        keeper=item.keeper.name if item.keeper else unknown,
        cost=plan_words.say_cost(item),
        pot=_say_pot(item, lines, page.today),
        state=str(plan_words.STATES[item.state]),
        symbol=plan_words.SYMBOLS[item.state],
        lon=item.lon,
        lat=item.lat,
        is_example=item.is_example,
    )


def _say_pot(item: PlanItemFacts, lines: Sequence[Line], today: date) -> str:
    """Which money fits, or what became of what was asked."""
    name = item.line_name or ""
    if item.state not in EDITABLE:
        if not name:
            return gettext("Without money of a pot")
        state = str(plan_words.STATES[item.state])
        if item.granted_cents:
            money = say_money(item.granted_cents)
            return gettext("%(pot)s: %(money)s granted", pot=name, money=money)
        return f"{name}: {state[:1].lower()}{state[1:]}"
    fitting = _find_fitting(item, lines, today)
    if not fitting:
        return gettext("No pot yet")
    line, found = fitting[0]
    if found.must_ask_within is not None and found.must_ask_within != found.days_left:
        last = date.fromordinal(today.toordinal() + found.must_ask_within)
        day = say_day(last, today=today)
        return gettext("%(pot)s: fits, ask by %(day)s", pot=line.name, day=day)
    return gettext("%(pot)s: fits", pot=line.name)


def _find_fitting(
    item: PlanItemFacts, lines: Sequence[Line], today: date
) -> list[tuple[Line, Fit]]:
    """What fits, narrow money first: what is free can wait for what nothing else pays."""
    found = [(line, fit(line.terms, item.wanted, today)) for line in lines]
    fitting = [(line, said) for line, said in found if said.fits]
    return sorted(fitting, key=lambda one: (not one[0].earmarks, len(one[0].earmarks)))


def make_pots(item: PlanItemFacts, lines: Sequence[Line], today: date) -> Pots:
    """Which money fits a plan, and why the rest does not."""
    fitting = _find_fitting(item, lines, today)
    fits = {line.id for line, _ in fitting}
    others = [(line, fit(line.terms, item.wanted, today)) for line in lines if line.id not in fits]
    others.sort(key=lambda one: len(one[1].reasons))
    meant = [line for line in lines if Earmark.PARTICIPATION in line.earmarks]
    aside = say_money(sum(max(0, line.left_cents) for line in meant))
    return Pots(
        fitting=[make_pot(line, said, today) for line, said in fitting[:MOST_FITS]],
        others=[make_pot(line, said, today) for line, said in others[:MOST_MISFITS]],
        more=max(0, len(others) - MOST_MISFITS),
        taking_part=gettext(
            "For the costs of taking part (a room, translating, childcare) there is %(money)s.",
            money=aside,
        ),
    )


def make_pot(line: Line, said: Fit, today: date) -> PotCard:
    """A line with what is to be known of it."""
    return PotCard(
        slug=line.slug,
        name=line.name,
        payer=line.payer.name,
        left=gettext("%(money)s left.", money=say_money(line.left_cents)),
        earmark=plan_words.say_earmark(line),
        countdown=plan_words.say_countdown(said),
        is_soon=plan_words.is_soon(said),
        notes=[plan_words.say_why(why, today=today) for why in said.reasons],
        is_example=line.is_example,
    )
