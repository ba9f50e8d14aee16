"""The booklet of a platform, to hand over: its area, what stands there with who pays and who keeps
it, what is not right, plans, money and sources, with the platform's own words beside each figure.
As one file that opens without a network, and as a tagged PDF.

Only what everybody may know: what a platform keeps to itself, such as an idea, is not in it.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from sqlalchemy.orm import Session

from geoapp.areas.queries import Outline, areas_at, contacts_of_areas
from geoapp.assets.queries import AssetFacts, Duty, duties_of, list_assets
from geoapp.assets.rules import Kind
from geoapp.budgets.queries import FundingFacts, funding_of
from geoapp.coverage.own_area import count_denied, list_missed
from geoapp.defects.queries import list_denied
from geoapp.edge import Route, open_session
from geoapp.exchange.layouts import list_sources
from geoapp.people.rules import Permission
from geoapp.plans.queries import list_items, list_lines_for
from geoapp.platforms.queries import PlatformFacts, get_platform, own_words_of, platform_shape
from geoapp.web import maps, people_words, prints, words
from geoapp.web.cards import Card, make_defect_card, make_pins
from geoapp.web.drawn_map import DrawnMap, draw_map, fit_frame
from geoapp.web.language import gettext, page_language
from geoapp.web.money import LineCard, make_line
from geoapp.web.page import Page, open_page
from geoapp.web.plan import Wish, make_wish, say_count
from geoapp.web.plan_cards import ItemCard, make_item_cards, make_plan_pins
from geoapp.web.stock import Stock, inside_platform

MOST_PLANS, MOST_POTS = 40, 40
MOST_THINGS, MOST_DENIED, MOST_MISSED, MOST_CALLED = 300, 60, 20, 12
# A drawing on paper, in points.
PAPER_WIDTH, PAPER_HEIGHT = 690, 520


@dataclass(frozen=True)
class Thing:
    """Something that stands there: who owns, keeps and pays for it."""

    url: str
    name: str
    kind: str
    status: str
    owner: str
    keepers: str
    payers: str
    seen: str
    is_example: bool


@dataclass(frozen=True)
class Callee:
    """Whom to call about what, what they can do, and how."""

    role: str
    about: str
    mandate: str
    reach: str
    is_example: bool


@dataclass(frozen=True)
class Booklet:
    """All that a booklet says, before it is laid out."""

    platform: PlatformFacts
    page: Page
    scene: maps.Scene
    outlines: Sequence[Outline]
    area: str
    things: list[Thing]
    denied: list[Card]
    denied_count: str
    wishes: list[Wish]
    plans: list[ItemCard]
    pots: list[LineCard]
    callees: list[Callee]
    own: Mapping[str, str]


def show_booklet(slug: str) -> Response:
    """The booklet as one file of HTML."""
    with open_session() as session:
        booklet = read_booklet(session, slug)
    rows = [*maps.list_things(booklet.scene), *maps.list_reports(booklet.scene, booklet.page)]
    letters = [
        maps.make_letter(
            lon=card.lon, lat=card.lat, letter=card.letter, title=card.title, url=card.url
        )
        for card in booklet.plans
        if card.lon is not None and card.lat is not None
    ]
    legend = maps.list_legend(booklet.scene)
    values = {
        **_say(booklet),
        "legend": legend,
        "sprite": maps.draw_sprite(legend),
        "parts": maps.draw_scene(booklet.scene, booklet.outlines, rows, letters),
        "map_words": maps.say_controls(),
    }
    name = f"{slug}-{gettext('booklet')}"
    return maps.answer_file(
        "booklet_file.html", booklet.page, name=name, values=values, styles=("css/booklet.css",)
    )


def download_booklet_pdf(slug: str) -> Response:
    """The booklet on paper.

    Raises:
        NotInstalled: nothing can be printed here.
    """
    prints.count_paper()
    with open_session() as session:
        booklet = read_booklet(session, slug)
    html = render_template(
        "prints/booklet.html",
        **_say(booklet),
        origin=request.host_url.rstrip("/"),
        map_name=gettext("%(name)s neighbourhood map", name=booklet.page.place.name),
        map_source=_draw_for_paper(booklet),
        draw=prints.draw_symbol,
        code=prints.draw_code(
            url_for("web.show_platform", slug=booklet.platform.slug, _external=True)
        ),
    )
    response = make_response(prints.print_pdf(html, styles=("css/booklet_print.css",)))
    response.mimetype = "application/pdf"
    filename = f"{slug}-{gettext('booklet')}-{booklet.page.today.isoformat()}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Content-Language"] = page_language()
    return response


def read_booklet(session: Session, slug: str) -> Booklet:
    """What there is to say; as many questions whatever the number of rows."""
    platform = get_platform(session, slug=slug)
    page = open_page(session, district=platform.district)
    inside = inside_platform(platform.id)
    shape = platform_shape(session, platform_id=platform.id)
    middle = shape.representative_point()
    holding = areas_at(session, lon=middle.x, lat=middle.y)
    assets = list_assets(session, where=inside.assets, limit=MOST_THINGS)
    ids = [asset.id for asset in assets]
    duties = duties_of(session, asset_ids=ids, today=page.today)
    funding = funding_of(session, asset_ids=ids)
    denied = list_denied(session, where=inside.defects, today=page.today, limit=MOST_DENIED)
    kinds = list(Kind)
    assets = sorted(assets[:MOST_THINGS], key=lambda one: (kinds.index(one.kind), one.name))
    stock = Stock(
        assets=assets,
        duties=duties,
        defects=denied,
        has_more_assets=len(ids) > MOST_THINGS,
        has_more_defects=False,
    )
    scene = maps.Scene(platform.name, platform.bounds, shape, stock)
    missed = list_missed(session, where=inside.defects, today=page.today, limit=MOST_MISSED)
    items = list_items(session, platform_id=platform.id, limit=MOST_PLANS)
    lines = list_lines_for(session, platform_id=platform.id, district_id=platform.district_id)
    contacts = contacts_of_areas(session, district_id=platform.district_id, areas=holding)
    own = own_words_of(session, platform_id=platform.id)
    return Booklet(
        platform=platform,
        page=page,
        scene=scene,
        outlines=maps.read_outlines(session, scene),
        area=next((area.name for area in holding if area.level is None), platform.name),
        things=[
            make_thing(asset, duties.get(asset.id, ()), funding.get(asset.id, ()))
            for asset in assets
        ],
        denied=[make_defect_card(one, today=page.today) for one in denied],
        denied_count=say_count(count_denied(session, where=inside.defects)),
        wishes=[make_wish(one) for one in missed],
        plans=make_item_cards(session, page, items),
        pots=[make_line(line, page) for line in lines[:MOST_POTS]],
        callees=[
            Callee(
                role=f"{one.role_name}, {one.organisation.name}",
                about=str(words.THEMES[one.theme]) if one.theme else gettext("everything"),
                mandate=str(people_words.MANDATES[one.mandate]),
                reach=one.how_to_reach,
                is_example=one.is_example,
            )
            for one in contacts[:MOST_CALLED]
        ],
        own={} if platform.hidden_for else {one.value: said.words for one, said in own.items()},
    )


def make_thing(asset: AssetFacts, duties: Sequence[Duty], funding: Sequence[FundingFacts]) -> Thing:
    """A thing with everybody it is of; who is not known is said so."""
    unknown = gettext("We do not know")
    keepers = dict.fromkeys(
        f"{duty.keeper.name} ({words.say_aspects(duty.covers)})" for duty in duties
    )
    payers = dict.fromkeys(
        f"{part.line.name} ({words.say_money(part.amount_cents)})"
        if part.amount_cents
        else part.line.name
        for part in funding
    )
    return Thing(
        url=url_for("web.show_asset", code=asset.code, _external=True),
        name=asset.name,
        kind=str(words.KINDS[asset.kind]),
        status=str(words.STATUSES[asset.physical_status]),
        owner=asset.owner.name if asset.owner else unknown,
        keepers="; ".join(keepers) or unknown,
        payers="; ".join(payers) or unknown,
        seen=words.say_day(asset.last_seen_on) if asset.last_seen_on else "",
        is_example=asset.is_example,
    )


def _say(booklet: Booklet) -> dict[str, Any]:
    """What both layouts are given."""
    page = booklet.page
    return {
        "platform": booklet.platform,
        "place": page.place,
        "area": booklet.area,
        "day": words.say_day(page.today),
        "things": booklet.things,
        "has_more_things": booklet.scene.stock.has_more_assets,
        "most_things": MOST_THINGS,
        "denied": booklet.denied,
        "denied_count": booklet.denied_count,
        "wishes": booklet.wishes,
        "plans": booklet.plans,
        "pots": booklet.pots,
        "callees": booklet.callees,
        "own": booklet.own,
        "sources": list_sources(district=page.place.slug),
        "page_url": url_for("web.show_platform", slug=booklet.platform.slug, _external=True),
        "legend": maps.list_legend(booklet.scene),
    }


def _draw_for_paper(booklet: Booklet) -> str:
    """The drawn map, as the source of an image: no style sheet reaches into it."""
    frame = fit_frame(booklet.scene.bounds, width=PAPER_WIDTH, height=PAPER_HEIGHT)
    stock = booklet.scene.stock
    drawn: DrawnMap = draw_map(
        frame,
        outlines=booklet.outlines,
        pins=[*make_pins(stock.assets, stock.defects), *make_plan_pins(booklet.plans)],
        chosen=booklet.scene.shape,
    )
    svg = render_template(
        "prints/_map.svg", map=drawn, colours=prints.read_colours(), paths=prints.draw_paths
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


ROUTES = (
    Route("/platforms/<slug>/dossier.html", show_booklet, Permission.SEE_PUBLIC),
    Route("/platforms/<slug>/dossier.pdf", download_booklet_pdf, Permission.SEE_PUBLIC),
)
