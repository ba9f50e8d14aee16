"""Pages of areas and platforms: what stands here, who keeps it, what is open."""

from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from geoapp.areas.queries import (
    AreaKind,
    area_shape,
    areas_at,
    contacts_of_areas,
    get_area,
)
from geoapp.assets.queries import count_standing
from geoapp.assets.rules import Kind
from geoapp.defects.queries import count_by_shape
from geoapp.defects.rules import Shape
from geoapp.edge import Route, open_session
from geoapp.geo.symbol import sprite_svg
from geoapp.people.queries import list_supporters
from geoapp.people.rules import Permission
from geoapp.plans.queries import list_realised
from geoapp.platforms.queries import get_platform, platform_shape, platforms_in_area
from geoapp.web import words
from geoapp.web.cards import make_asset_cards, make_defect_card, make_pins
from geoapp.web.contacts import areas_around, contacts_of_area, group_contacts
from geoapp.web.neighbourhoods import tell_border
from geoapp.web.own_words import list_own_words
from geoapp.web.page import Page, open_page, render
from geoapp.web.spots import draw_area
from geoapp.web.stock import Inside, inside_area, inside_platform, read_stock
from geoapp.web.who import DoneLine, read_who

MOST, MOST_REALISED = 60, 12


def show_area(slug: str) -> str:
    """An area of either division."""
    with open_session() as session:
        area = get_area(session, slug=slug)
        page = open_page(session, district=area.district)
        facts = _stock(session, page, inside_area(area))
        shape = area_shape(session, area=area)
        drawn = draw_area(session, area.bounds, shape, facts.pop("pins"))
        platforms = (
            platforms_in_area(session, area_id=area.id) if area.kind is AreaKind.ORGANIC else []
        )
        around = areas_around(session, area, shape)
        contacts = contacts_of_area(session, area, around)
        border = tell_border(session, page, area)
    return render(
        "area.html",
        page,
        area=area,
        level=words.LEVELS[area.level] if area.level else None,
        platforms=platforms,
        border=border,
        has_drawn="drawn" in request.args,
        around=around,
        contacts=group_contacts(contacts, today=page.today),
        contacts_url=url_for("web.show_contacts", slug=slug),
        map_url=url_for("web.show_home", area=area.slug),
        snapshot_url=url_for("web.show_area_map", slug=slug),
        number=words.say_number,
        drawn=drawn,
        sprite=sprite_svg(),
        **facts,
    )


def show_platform(slug: str) -> str:
    """A platform: who they are, what they keep, what is open in their area."""
    with open_session() as session:
        platform = get_platform(session, slug=slug)
        page = open_page(session, district=platform.district)
        facts = _stock(session, page, inside_platform(platform.id))
        shape = platform_shape(session, platform_id=platform.id)
        drawn = draw_area(session, platform.bounds, shape, facts.pop("pins"))
        middle = shape.representative_point()
        supporters = list_supporters(session, organisation_id=platform.organisation_id)
        holding = areas_at(session, lon=middle.x, lat=middle.y)
        contacts = contacts_of_areas(session, district_id=platform.district_id, areas=holding)
        who = read_who(session, page, platform)
        own = list_own_words(session, platform)
        carried_out = list_realised(session, platform_id=platform.id, limit=MOST_REALISED)
    west, south, east, north = platform.bounds
    at = f"{(south + north) / 2:.5f},{(west + east) / 2:.5f},15"
    return render(
        "platform.html",
        page,
        platform=platform,
        around=[area for area in holding if area.kind is AreaKind.ORGANIC],
        contacts=group_contacts(contacts, today=page.today),
        contacts_url=url_for("web.show_contacts", slug=holding[0].slug) if holding else None,
        map_url=url_for("web.show_home", at=at, layers="all,platforms"),
        snapshot_url=url_for("web.show_platform_map", slug=slug),
        supporters=supporters,
        drawn=drawn,
        realised=[
            DoneLine(url_for("web.show_plan", code=one.code), "check", one.title, one.is_example)
            for one in carried_out
        ],
        own=own,
        sprite=sprite_svg(),
        **facts,
        **who,
    )


def _stock(session: Session, page: Page, inside: Inside) -> dict[str, Any]:
    """What stands there in words: six questions, however many rows."""
    stock = read_stock(session, page, inside, most=MOST)
    counts = count_by_shape(session, where=inside.defects, today=page.today)
    cabinets = count_standing(session, where=inside.assets, kind=Kind.CABINET)
    return {
        "pins": make_pins(stock.assets, stock.defects),
        "things": make_asset_cards(stock.assets, stock.duties),
        "has_more_things": stock.has_more_assets,
        "reports": [make_defect_card(defect, today=page.today) for defect in stock.defects],
        "has_more_reports": stock.has_more_defects,
        "counts": [(shape.value, words.SHAPES[shape], counts[shape]) for shape in Shape],
        "unkept": sum(1 for asset in stock.assets if asset.id not in stock.duties),
        "cabinets": cabinets if cabinets.total else None,
        "cabinets_seen": words.say_day(cabinets.last_seen_on, today=page.today)
        if cabinets.last_seen_on
        else "",
    }


ROUTES = (
    Route("/areas/<slug>", show_area, Permission.SEE_PUBLIC),
    Route("/platforms/<slug>", show_platform, Permission.SEE_PUBLIC),
)
