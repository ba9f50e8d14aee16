"""Pages for residents: a thing, with its keepers, payers and reports."""

from dataclasses import replace
from typing import Any

from flask import redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.agreements.queries import agreements_of
from geoapp.areas.queries import AreaKind, areas_at
from geoapp.assets.queries import (
    AssetFacts,
    contracts_of,
    duties_of,
    get_asset,
    history_of,
    sightings_of,
)
from geoapp.assets.rules import STANDING
from geoapp.budgets.queries import funding_of
from geoapp.db.codes import read_code
from geoapp.defects.queries import (
    defects_of_asset,
)
from geoapp.defects.rules import ENDED
from geoapp.edge import Route, open_session, wiring
from geoapp.geo.symbol import sprite_svg
from geoapp.people.rules import Permission
from geoapp.web import words
from geoapp.web.agreements import make_agreement_lines
from geoapp.web.cards import (
    make_defect_card,
    make_keepers,
    make_line_of_life,
    make_payments,
    make_pins,
    make_report_box,
    make_seen_photos,
    say_last_seen,
)
from geoapp.web.clean_safe import make_safety_box
from geoapp.web.forms import form_token
from geoapp.web.hours import make_hours_box
from geoapp.web.language import gettext
from geoapp.web.page import Page, open_page, render
from geoapp.web.spots import draw_spot


def show_asset(code: str) -> str | Response:
    """A thing: what, where, who pays, who keeps it, its line of life."""
    written = read_code(code)
    if written != code:
        return redirect(url_for("web.show_asset", code=written), 301)
    with open_session() as session:
        asset = get_asset(session, code=code)
        page = open_page(session, district=asset.district)
        facts = _asset_facts(session, page, asset)
        drawn = draw_spot(session, make_pins([asset], [])[0])
    return render("asset.html", page, sprite=sprite_svg(), drawn=drawn, **facts)


def show_quick(code: str) -> str | Response:
    """The same as its sign's QR code shows it: light, without a script."""
    written = read_code(code)
    if written != code:
        return redirect(url_for("web.show_quick", code=written), 301)
    with open_session() as session:
        asset = get_asset(session, code=code)
        page = open_page(session, district=asset.district)
        facts = _asset_facts(session, page, asset)
    symbols = ("brand", "plus", "check", "closed", "bell", "open", "asked", "bad", "good")
    return render("quick.html", page, sprite=sprite_svg(symbols), **facts)


def _asset_facts(session: Session, page: Page, asset: AssetFacts) -> dict[str, Any]:
    duties = duties_of(session, asset_ids=[asset.id], today=page.today).get(asset.id, [])
    funding = funding_of(session, asset_ids=[asset.id]).get(asset.id, [])
    agreements = agreements_of(session, asset_id=asset.id)
    history = history_of(session, asset_id=asset.id)
    defects = defects_of_asset(session, asset_id=asset.id, today=page.today)
    seen = sightings_of(session, asset_id=asset.id, today=page.today)
    areas = areas_at(session, lon=asset.lon, lat=asset.lat)
    still_open = [defect for defect in defects if defect.state not in ENDED]
    hours, relatives = make_hours_box(
        session, asset, place=page.place, today=page.today, now=wiring().clock()
    )
    return {
        "asset": asset,
        "hours": hours,
        "safety": make_safety_box(session, asset, page),
        "relatives": relatives,
        "kind": words.KINDS[asset.kind],
        "whose": words.WHOSE[asset.kind],
        "all_about": words.ALL_ABOUT[asset.kind],
        "picture": words.PICTURES[asset.kind],
        "status": words.STATUSES[asset.physical_status],
        "last_seen": say_last_seen(asset, seen, today=page.today),
        "can_see": asset.physical_status in STANDING,
        "seen_photos": make_seen_photos(asset.code, seen, today=page.today),
        "token": form_token(),
        "planned": words.say_day(asset.planned_on) if asset.planned_on else "",
        "review": words.say_day(asset.review_on) if asset.review_on else "",
        "contracts": contracts_of(session, asset_id=asset.id),
        "register": _say_register(asset),
        "details": [(words.DETAILS[name], value) for name, value in asset.details.items()],
        "payments": make_payments(funding, today=page.today),
        "payment_total": _say_total(funding),
        "keepers": make_keepers(duties),
        "agreements": make_agreement_lines(agreements, today=page.today),
        "say_day": words.say_day,
        "open_cards": [
            replace(make_defect_card(defect, today=page.today), where="") for defect in still_open
        ],
        "reports": [make_report_box(defect, today=page.today) for defect in still_open],
        "life": make_line_of_life(history, defects, today=page.today, seen=seen),
        "organic": [area for area in areas if area.kind is AreaKind.ORGANIC],
        "official": [area for area in areas if area.kind is AreaKind.OFFICIAL],
        "levels": words.LEVELS,
        "source_day": words.say_day(asset.source_on) if asset.source_on else "",
    }


def _say_total(funding: list[Any]) -> str:
    amounts = [part.amount_cents for part in funding]
    return words.say_money(sum(amounts)) if amounts and None not in amounts else ""


def _say_register(asset: AssetFacts) -> str:
    sentences = {
        "in_register": gettext("Yes."),
        "removed": gettext("No, taken out of the list. It is still there."),
        "never": gettext("No, never. It is there all the same."),
        "unknown": gettext("We do not know."),
    }
    return sentences[asset.register_status.value]


ROUTES = tuple(
    Route(rule, view, Permission.SEE_PUBLIC)
    for rule, view in (
        ("/assets/<code>", show_asset),
        ("/q/<code>", show_quick),
    )
)
