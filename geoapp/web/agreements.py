"""Agreements in public: who undertakes what, for which things, and whether it still holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import request, url_for

from geoapp.agreements.queries import (
    AgreementFacts,
    Undertaking,
    get_agreement,
    list_covered,
    standing_under,
)
from geoapp.agreements.rules import Stage, stage_of
from geoapp.assets.queries import Standing, duties_of
from geoapp.edge import Route, open_session
from geoapp.geo.symbol import sprite_svg
from geoapp.people.rules import Permission
from geoapp.web import words
from geoapp.web.cards import make_asset_cards
from geoapp.web.language import gettext, ngettext
from geoapp.web.page import open_page, render

MOST_ON_PAGE = 50


@dataclass(frozen=True)
class AgreementLine:
    """An agreement on a page, in the reader's words."""

    url: str
    edit_url: str
    title: str
    stands: str
    is_good: bool
    covers: str
    undertakings: Sequence[Undertaking]
    is_example: bool


def make_agreement_lines(
    agreements: Sequence[AgreementFacts], *, today: date
) -> list[AgreementLine]:
    """Agreements as a page shows them, in their order."""
    return [
        AgreementLine(
            url=url_for("web.show_agreement", slug=one.slug),
            edit_url=url_for("web.show_agreement_form", slug=one.slug),
            title=one.title,
            stands=say_stands(one, today=today),
            is_good=is_good(one, today=today),
            covers=ngettext(
                "It covers %(num)s thing.", "It covers %(num)s things.", one.asset_count
            ),
            undertakings=one.undertakings,
            is_example=one.is_example,
        )
        for one in agreements
    ]


def is_good(agreement: AgreementFacts, *, today: date) -> bool:
    """True where nothing is the matter with its days."""
    return stage_of(agreement.term, today) in (Stage.IN_FORCE, Stage.COMING)


def say_stands(agreement: AgreementFacts, *, today: date) -> str:
    """How an agreement stands today, in a sentence."""
    term = agreement.term
    stage = stage_of(term, today)
    if term.last_day is None and stage is Stage.IN_FORCE:
        return gettext("In force, without a last day.")
    shown = term.starts_on if stage is Stage.COMING else term.last_day
    day = words.say_day(shown) if shown else ""
    return {
        Stage.COMING: gettext("Begins on %(day)s.", day=day),
        Stage.IN_FORCE: gettext("In force until %(day)s.", day=day),
        Stage.ENDING: gettext("Ends soon: on %(day)s.", day=day),
        Stage.LAPSED: gettext("It has lapsed: its last day was %(day)s.", day=day),
        Stage.ENDED: gettext(
            "It was ended: its last day was %(day)s. %(reason)s",
            day=day,
            reason=agreement.end_reason,
        ),
    }[stage]


def say_standing(standing: Standing) -> str:
    """How many of what is covered still stand."""
    return ngettext(
        "%(num)s of the %(total)s is still there.",
        "%(num)s of the %(total)s are still there.",
        standing.standing,
        total=standing.total,
    )


def show_agreement(slug: str) -> str:
    """The facts of an agreement: its paper itself is private."""
    with open_session() as session:
        agreement = get_agreement(session, slug=slug)
        page = open_page(session, district=agreement.district)
        after = request.args.get("after", "")
        assets = list_covered(session, agreement_id=agreement.id, after=after, limit=MOST_ON_PAGE)
        standing = standing_under(session, agreement_id=agreement.id)
        shown = assets[:MOST_ON_PAGE]
        ids = [asset.id for asset in shown]
        duties = duties_of(session, asset_ids=ids, today=page.today)
    has_more = len(assets) > MOST_ON_PAGE
    term = agreement.term
    return render(
        "agreement.html",
        page,
        agreement=agreement,
        stands=say_stands(agreement, today=page.today),
        is_good=is_good(agreement, today=page.today),
        days=[
            (label, words.say_day(day))
            for label, day in (
                (gettext("Signed on"), term.signed_on),
                (gettext("First day"), term.starts_on),
                (gettext("Last day"), term.last_day),
            )
            if day
        ],
        standing=say_standing(standing) if standing.total else "",
        last_seen=words.say_day(standing.last_seen_on, today=page.today)
        if standing.last_seen_on
        else "",
        cards=make_asset_cards(shown, duties),
        next_url=url_for("web.show_agreement", slug=slug, after=shown[-1].code) if has_more else "",
        sprite=sprite_svg(),
    )


ROUTES = (Route("/agreements/<slug>", show_agreement, Permission.SEE_PUBLIC),)
