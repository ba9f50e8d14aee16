"""Pages of areas and platforms: what stands here, who keeps it, what is open."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from geoapp.areas.queries import (
    Area,
    AreaKind,
    area_shape,
    areas_at,
    get_area,
    within_area,
)
from geoapp.assets.queries import count_standing, duties_of, list_assets
from geoapp.assets.rules import Kind
from geoapp.assets.tables import Asset
from geoapp.defects.queries import count_by_shape, list_defects, on_map
from geoapp.defects.rules import ENDED, Shape
from geoapp.defects.tables import Defect
from geoapp.edge import Route, open_session
from geoapp.geo.symbol import sprite_svg
from geoapp.people.rules import Permission
from geoapp.platforms.queries import (
    get_platform,
    platform_shape,
    platforms_in_area,
    within_platform,
)
from geoapp.web import words
from geoapp.web.cards import make_asset_cards, make_defect_card, make_pins
from geoapp.web.page import Page, open_page, render
from geoapp.web.spots import draw_area

MOST = 60

Inside = Sequence[ColumnElement[bool]]


def show_area(slug: str) -> str:
    """An area of either division."""
    with open_session() as session:
        area = get_area(session, slug=slug)
        page = open_page(session, district=area.district)
        facts = _stock(
            session, page, [within_area(Asset.point, area)], [within_area(Defect.point, area)]
        )
        shape = area_shape(session, area=area)
        drawn = draw_area(session, area.bounds, shape, facts.pop("pins"))
        platforms = (
            platforms_in_area(session, area_id=area.id) if area.kind is AreaKind.ORGANIC else []
        )
        around = _areas_around(session, area, shape)
    return render(
        "area.html",
        page,
        area=area,
        level=words.LEVELS[area.level] if area.level else None,
        platforms=platforms,
        around=around,
        map_url=url_for("web.show_home", area=area.slug),
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
        facts = _stock(
            session,
            page,
            [within_platform(Asset.point, platform.id)],
            [within_platform(Defect.point, platform.id)],
        )
        shape = platform_shape(session, platform_id=platform.id)
        drawn = draw_area(session, platform.bounds, shape, facts.pop("pins"))
        middle = shape.representative_point()
        around = [
            area
            for area in areas_at(session, lon=middle.x, lat=middle.y)
            if area.kind is AreaKind.ORGANIC
        ]
    west, south, east, north = platform.bounds
    at = f"{(south + north) / 2:.5f},{(west + east) / 2:.5f},15"
    return render(
        "platform.html",
        page,
        platform=platform,
        around=around,
        map_url=url_for("web.show_home", at=at, layers="all,platforms"),
        drawn=drawn,
        sprite=sprite_svg(),
        **facts,
    )


def _stock(session: Session, page: Page, assets_in: Inside, defects_in: Inside) -> dict[str, Any]:
    """What stands in an area, who keeps it, what is open: six questions, however many rows."""
    assets = list_assets(session, where=assets_in, limit=MOST)
    duties = duties_of(session, asset_ids=[asset.id for asset in assets], today=page.today)
    defects = list_defects(
        session,
        today=page.today,
        where=[*defects_in, on_map(page.today), Defect.state.not_in([s.value for s in ENDED])],
        limit=MOST,
    )
    defects.sort(key=lambda defect: (defect.shape is not Shape.BAD, -defect.days_open))
    counts = count_by_shape(session, where=defects_in, today=page.today)
    cabinets = count_standing(session, where=assets_in, kind=Kind.CABINET)
    shown = sorted(assets[:MOST], key=lambda asset: (list(Kind).index(asset.kind), asset.name))
    return {
        "pins": make_pins(shown, defects[:MOST]),
        "things": make_asset_cards(shown, duties),
        "has_more_things": len(assets) > MOST,
        "reports": [make_defect_card(defect, today=page.today) for defect in defects[:MOST]],
        "has_more_reports": len(defects) > MOST,
        "counts": [(shape.value, words.SHAPES[shape], counts[shape]) for shape in Shape],
        "unkept": sum(1 for asset in shown if asset.id not in duties),
        "cabinets": cabinets if cabinets.total else None,
        "cabinets_seen": words.say_day(cabinets.last_seen_on, today=page.today)
        if cabinets.last_seen_on
        else "",
    }


def _areas_around(session: Session, area: Area, shape: BaseGeometry) -> list[Area]:
    """The other areas that hold the middle of this one."""
    middle = shape.representative_point()
    found = areas_at(session, lon=middle.x, lat=middle.y)
    return [other for other in found if other.slug != area.slug]


ROUTES = (
    Route("/areas/<slug>", show_area, Permission.SEE_PUBLIC),
    Route("/platforms/<slug>", show_platform, Permission.SEE_PUBLIC),
)
