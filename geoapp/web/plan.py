"""A platform's plan page: what is new, what is not right, what they keep, plan and miss, whom to
call, and money last. It is complete with nothing typed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for
from sqlalchemy.orm import Session

from geoapp.actors import check_subject
from geoapp.areas.queries import Area, AreaKind, ContactFacts, areas_at, contacts_of_areas
from geoapp.assets.queries import AssetFacts
from geoapp.assets.rules import STANDING, Kind, PhysicalStatus
from geoapp.budgets.queries import Line
from geoapp.catalogue import SYMBOL_OF_KIND
from geoapp.coverage.news import where_of_platform
from geoapp.coverage.own_area import Missed, count_denied, list_missed
from geoapp.db.spatial import MOST_COUNTED
from geoapp.defects.queries import DefectFacts, list_denied
from geoapp.edge import Route, open_session
from geoapp.geo.symbol import sprite_svg
from geoapp.people.rules import Permission
from geoapp.placing.queries import list_kept
from geoapp.plans.queries import list_items, list_lines_for
from geoapp.platforms.queries import (
    OwnWordFacts,
    PlatformFacts,
    get_platform,
    own_words_of,
    platform_shape,
    subject_of,
    thing_of,
)
from geoapp.platforms.rules import Figure
from geoapp.web import people_words, words
from geoapp.web.cards import make_defect_card, make_pins, title_of, where_of
from geoapp.web.drawn_map import DrawnMap
from geoapp.web.language import gettext, ngettext
from geoapp.web.money import LineCard, make_line
from geoapp.web.page import Page, open_page, render
from geoapp.web.plan_cards import ItemCard, make_item_cards, make_plan_pins
from geoapp.web.spots import draw_area
from geoapp.web.stock import inside_platform
from geoapp.web.week import WeekLine, make_week_lines, read_week, say_more

MOST_DENIED, MOST_MISSED, MOST_CALLED = 5, 4, 4
MOST_NEWS, MOST_PLANS, MOST_POTS = 5, 15, 3
# On the small tiles; the platform's own list has them all.
MOST_KEPT = 24
_NUMBER = re.compile(r"\b[0-9]{1,3}\b")


@dataclass(frozen=True)
class Tile:
    """A thing the platform keeps, small: its symbol and what tells it from its likes."""

    url: str
    symbol: str
    title: str
    name: str
    is_standing: bool


@dataclass(frozen=True)
class Kept:
    """What a platform keeps: how many of them stand, in a sentence, since when all were seen."""

    says: str
    seen: str
    tiles: list[Tile]
    all_url: str
    is_example: bool


@dataclass(frozen=True)
class Wish:
    """What people say is missing, where, and how many say so."""

    url: str
    title: str
    says: str
    is_example: bool


@dataclass(frozen=True)
class Callee:
    """Whom to call, and what they can do."""

    role: str
    mandate: str
    is_example: bool


@dataclass(frozen=True)
class Plan:
    """What the plan page knows of an area, before it is said."""

    platform: PlatformFacts
    page: Page
    around: list[Area]
    kept: list[AssetFacts]
    has_more_kept: bool
    denied: list[DefectFacts]
    denied_count: int
    missed: list[Missed]
    contacts: list[ContactFacts]
    own: Mapping[Figure, OwnWordFacts]
    drawn: list[DrawnMap]
    news: list[WeekLine]
    plans: list[ItemCard]
    pots: list[LineCard]


def show_plan_page(slug: str) -> str:
    """The working page of those who make a platform, and of whoever acts for it."""
    with open_session() as session:
        platform = get_platform(session, slug=slug)
        check_subject(subject_of(platform), thing=thing_of(platform))
        page = open_page(session, district=platform.district)
        plan = read_plan(session, page, platform)
    return render(
        "plan_page.html",
        page,
        platform=platform,
        title=say_title(plan),
        drawn=plan.drawn,
        denied=[make_defect_card(one, today=page.today) for one in plan.denied],
        denied_count=say_count(plan.denied_count),
        denied_url=url_for("web.show_district_answers", slug=page.place.slug),
        kept=make_kept(plan),
        wishes=[make_wish(one) for one in plan.missed],
        callees=[make_callee(one) for one in plan.contacts[:MOST_CALLED]],
        own={figure.value: said for figure, said in plan.own.items()},
        news=plan.news[:MOST_NEWS],
        more_news=say_more(plan.news, MOST_NEWS),
        item_cards=plan.plans,
        pots=plan.pots,
        sprite=sprite_svg(),
    )


def read_plan(session: Session, page: Page, platform: PlatformFacts) -> Plan:
    """What there is to say of a platform's area: as many questions whatever the number of rows."""
    inside = inside_platform(platform.id)
    kept = list_kept(
        session,
        organisation_id=platform.organisation_id,
        today=page.today,
        after=None,
        limit=MOST_KEPT,
    )
    denied = list_denied(session, where=inside.defects, today=page.today, limit=MOST_DENIED)
    items = list_items(session, platform_id=platform.id, limit=MOST_PLANS, with_ideas=True)
    plans = make_item_cards(session, page, items)
    news = read_week(session, where_of_platform(page.place, platform), page)
    pins = [*make_pins(kept.assets, denied), *make_plan_pins(plans)]
    shape = platform_shape(session, platform_id=platform.id)
    middle = shape.representative_point()
    holding = areas_at(session, lon=middle.x, lat=middle.y)
    return Plan(
        platform=platform,
        page=page,
        around=[area for area in holding if area.kind is AreaKind.ORGANIC],
        kept=kept.assets,
        has_more_kept=kept.next_id is not None,
        denied=denied,
        denied_count=count_denied(session, where=inside.defects),
        missed=list_missed(session, where=inside.defects, today=page.today, limit=MOST_MISSED),
        contacts=contacts_of_areas(session, district_id=platform.district_id, areas=holding),
        own=own_words_of(session, platform_id=platform.id),
        drawn=draw_area(session, platform.bounds, shape, pins),
        news=make_week_lines(news, page),
        plans=plans,
        pots=[make_line(line, page) for line in _choose_pots(session, platform, page.today)],
    )


def _choose_pots(session: Session, platform: PlatformFacts, today: date) -> list[Line]:
    """The money that was given to this platform alone and can still be spent, what must be spent
    first before the rest."""
    lines = list_lines_for(session, platform_id=platform.id, district_id=platform.district_id)
    own = [
        line
        for line in lines
        if line.platform_id == platform.id and (line.spend_by is None or line.spend_by >= today)
    ]
    return sorted(own, key=lambda line: (line.spend_by or date.max, line.slug))[:MOST_POTS]


# -- In words ------------------------------------------------------------------------------------


def say_title(plan: Plan) -> str:
    """Whose neighbourhood this is: by the name people use, else by the platform's."""
    name = plan.around[0].name if plan.around else plan.platform.name
    return gettext("Our neighbourhood: %(name)s", name=name)


def say_count(count: int) -> str:
    """How many there are, as far as they were counted."""
    if count > MOST_COUNTED:
        return gettext("more than %(count)s", count=words.say_number(MOST_COUNTED))
    return words.say_number(count)


def make_kept(plan: Plan) -> Kept | None:
    """What a platform keeps, in a sentence and as tiles; None: it keeps nothing that is known."""
    if not plan.kept:
        return None
    kinds = list(Kind)
    kept = sorted(plan.kept, key=lambda asset: kinds.index(asset.kind))
    seen = min((asset.last_seen_on for asset in kept if asset.last_seen_on), default=None)
    return Kept(
        says=_say_standing(kept, has_more=plan.has_more_kept),
        seen=words.say_day(seen, today=plan.page.today) if seen else "",
        tiles=[tile for kind in kinds for tile in _make_tiles(kept, kind)],
        all_url=url_for("web.show_kept_assets", slug=plan.platform.slug),
        is_example=all(asset.is_example for asset in kept),
    )


def _say_standing(kept: Sequence[AssetFacts], *, has_more: bool) -> str:
    if has_more:
        return gettext("More than %(count)s things.", count=len(kept))
    counted = [asset for asset in kept if asset.physical_status is not PhysicalStatus.PLANNED]
    cabinets = [asset for asset in counted if asset.kind is Kind.CABINET]
    others = [asset for asset in counted if asset.kind is not Kind.CABINET]
    said = []
    if cabinets:
        said.append(
            gettext(
                "%(standing)s of %(total)s cabinets are still there.",
                standing=_count_standing(cabinets),
                total=len(cabinets),
            )
        )
    if others:
        said.append(
            gettext(
                "Of other things: %(standing)s of %(total)s.",
                standing=_count_standing(others),
                total=len(others),
            )
        )
    return " ".join(said)


def _count_standing(assets: Sequence[AssetFacts]) -> int:
    return sum(1 for asset in assets if asset.physical_status in STANDING)


def _make_tiles(kept: Sequence[AssetFacts], kind: Kind) -> list[Tile]:
    """Of one kind; each with the number in its name, else its place among its likes."""
    found = enumerate((asset for asset in kept if asset.kind is kind), start=1)
    return [
        Tile(
            url=url_for("web.show_asset", code=asset.code),
            symbol=SYMBOL_OF_KIND[asset.kind],
            title=number.group() if (number := _NUMBER.search(asset.name)) else str(place),
            name=asset.name,
            is_standing=asset.physical_status in STANDING,
        )
        for place, asset in found
    ]


def make_wish(missed: Missed) -> Wish:
    """What people say is missing."""
    asked = ngettext(
        "%(num)s resident asks for it.", "%(num)s residents ask for it.", missed.people
    )
    where = where_of(missed.defect)
    return Wish(
        url=url_for("web.show_defect", code=missed.defect.code),
        title=title_of(missed.defect),
        says=f"{where}. {asked}" if where else asked,
        is_example=missed.defect.is_example,
    )


def _say_people(count: int) -> str:
    return ngettext("%(num)s resident asks for it.", "%(num)s residents ask for it.", count)


def make_callee(contact: ContactFacts) -> Callee:
    """Whom to call."""
    theme = f", {words.THEMES[contact.theme]}" if contact.theme else ""
    return Callee(
        role=f"{contact.role_name}{str(theme).lower()}",
        mandate=str(people_words.MANDATES[contact.mandate]),
        is_example=contact.is_example,
    )


ROUTES = (Route("/platforms/<slug>/plan", show_plan_page, Permission.WORK_ON_PLAN),)
