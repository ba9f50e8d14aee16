"""Who speaks for a platform: what its own people say of it, and what has ended."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, doer_of
from geoapp.assets.rules import read_date
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import GeoappError, Invalid
from geoapp.geo.symbol import sprite_svg
from geoapp.ledger.chain import Doer
from geoapp.people.rules import Permission, Seat
from geoapp.platforms.actions import Moment, add_mandate, end_mandate
from geoapp.platforms.queries import (
    MandateFacts,
    PlatformFacts,
    get_platform,
    list_mandates,
    subject_of,
    thing_of,
)
from geoapp.platforms.rules import MANDATE_LETTERS, MandateDraft, check_mandate
from geoapp.refusals import find_refusal
from geoapp.web.errors import say_error
from geoapp.web.forms import Typed, check_form, form_token
from geoapp.web.language import gettext
from geoapp.web.page import Page, open_page, render
from geoapp.web.public_words import check_public
from geoapp.web.words import say_day


@dataclass(frozen=True)
class MandateCard:
    """Who speaks for a platform, in the reader's words."""

    id: UUID
    says: str
    about: str
    period: str
    is_in_force: bool
    is_ended: bool
    is_example: bool


def make_mandate_cards(
    mandates: list[MandateFacts], *, today: date
) -> tuple[list[MandateCard], list[MandateCard]]:
    """Those in force or still to begin, and those that are over."""
    cards = [_make_card(one, today) for one in mandates]
    over = [one for one in mandates if one.is_ended or (one.last_day and one.last_day < today)]
    ids = {one.id for one in over}
    return [one for one in cards if one.id not in ids], [one for one in cards if one.id in ids]


def _make_card(mandate: MandateFacts, today: date) -> MandateCard:
    first = say_day(mandate.valid_from, today=today)
    period = gettext("Since %(day)s.", day=first)
    if mandate.valid_from > today:
        period = gettext("From %(day)s on.", day=first)
    if mandate.last_day is not None:
        last = say_day(mandate.last_day, today=today)
        period = gettext("From %(first)s until %(last)s.", first=first, last=last)
    return MandateCard(
        id=mandate.id,
        says=gettext("%(role)s speaks for %(whom)s", role=mandate.role, whom=mandate.on_behalf_of),
        about=mandate.about,
        period=period,
        is_in_force=mandate.is_in_force(today),
        is_ended=mandate.is_ended,
        is_example=mandate.is_example,
    )


def show_mandates(slug: str) -> str:
    """The mandates of a platform, and the form for another."""
    with open_session() as session:
        platform, _ = _open(session, slug)
        page = open_page(session, district=platform.district)
        return _show(session, page, platform, Typed({"valid_from": page.today.isoformat()}))


def post_mandate(slug: str) -> Response | tuple[str, int]:
    """Say who speaks for the platform."""

    def keep(session: Session, platform: PlatformFacts, doer: Doer, at: Moment) -> None:
        draft = _read_draft()
        add_mandate(session, platform=platform, draft=draft, doer=doer, now=at.now)

    return _change(slug, keep)


def post_mandate_end(slug: str, mandate_id: UUID) -> Response | tuple[str, int]:
    """End a mandate; it stays to be read."""

    def keep(session: Session, platform: PlatformFacts, doer: Doer, at: Moment) -> None:
        end_mandate(session, platform=platform, mandate_id=mandate_id, doer=doer, at=at)

    return _change(slug, keep)


def _change(
    slug: str, keep: Callable[[Session, PlatformFacts, Doer, Moment], None]
) -> Response | tuple[str, int]:
    with open_session() as session:
        platform, seat = _open(session, slug)
        check_form()
        page = open_page(session, district=platform.district)
    doer = doer_of(seat, whose=platform.slug)
    try:
        with open_session() as session:
            keep(session, platform, doer, Moment(wiring().clock(), page.today))
    except Invalid as problem:
        with open_session() as session:
            shown = _show(session, page, platform, _give_back(problem))
        return shown, find_refusal(problem).status
    return redirect(url_for("web.show_mandates", slug=platform.slug, kept=1), 303)


def _open(session: Session, slug: str) -> tuple[PlatformFacts, Seat]:
    platform = get_platform(session, slug=slug)
    return platform, check_subject(subject_of(platform), thing=thing_of(platform))


def _read_draft() -> MandateDraft:
    form = request.form
    draft = check_mandate(
        form,
        valid_from=read_date(form.get("valid_from", ""), field="valid_from"),
        valid_to=read_date(form.get("valid_to", ""), field="valid_to"),
    )
    said = {name: str(value) for name, value in asdict(draft).items() if name in MANDATE_LETTERS}
    check_public(said)
    return draft


def _give_back(problem: GeoappError) -> Typed:
    return Typed(dict(request.form.items()), say_error(problem), problem.field or "")


def _show(session: Session, page: Page, platform: PlatformFacts, typed: Typed) -> str:
    mandates = list_mandates(session, platform_id=platform.id)
    standing, over = make_mandate_cards(mandates, today=page.today)
    return render(
        "mandates.html",
        page,
        platform=platform,
        standing=standing,
        over=over,
        typed=typed,
        most=MANDATE_LETTERS,
        is_kept="kept" in request.args and not typed.problem,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


ROUTES = (
    Route("/platforms/<slug>/mandates", show_mandates, Permission.EDIT_PLATFORM),
    Route("/platforms/<slug>/mandates", post_mandate, Permission.EDIT_PLATFORM, methods=("POST",)),
    Route(
        "/platforms/<slug>/mandates/<uuid:mandate_id>/end",
        post_mandate_end,
        Permission.EDIT_PLATFORM,
        methods=("POST",),
    ),
)
