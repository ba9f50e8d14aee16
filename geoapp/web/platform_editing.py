"""What a platform's own people do on its pages: change its words, see its history, let a support
organisation act for it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, doer_of
from geoapp.db.text import read_words
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import GeoappError, Invalid
from geoapp.geo.symbol import sprite_svg
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed
from geoapp.people.actions import end_consent, give_consent
from geoapp.people.queries import (
    get_organisation,
    list_organisations_of_kind,
    list_supporters,
)
from geoapp.people.rules import OrganisationKind, Permission, Seat
from geoapp.platforms.actions import change_words
from geoapp.platforms.queries import PlatformFacts, get_platform, subject_of, thing_of
from geoapp.platforms.rules import (
    MOST_LETTERS,
    Clash,
    PlatformWords,
    StaleWords,
    merge_words,
    read_platform_words,
)
from geoapp.refusals import find_refusal
from geoapp.web.errors import say_error
from geoapp.web.forms import check_form, form_token
from geoapp.web.history import show_history
from geoapp.web.page import open_page, render
from geoapp.web.public_words import check_public

# A form whose version is none: whatever stands there by now is newer.
BEFORE_ALL = 0
MOST_SLUG_LETTERS = 200


@dataclass(frozen=True)
class Editing:
    """The form as it stands: words in it, those it began with, their version, what clashes."""

    values: PlatformWords
    base: PlatformWords
    version: int
    clashes: tuple[Clash, ...] = ()
    problem: str = ""
    problem_field: str = ""


def show_platform_form(slug: str) -> str:
    """The platform's words in a form."""
    with open_session() as session:
        platform, _ = _open(session, slug)
        current = PlatformWords(platform.about, platform.meets)
        return _show_form(session, platform, Editing(current, current, platform.version))


def post_platform_words(slug: str) -> Response | tuple[str, int]:
    """Keep the words; where somebody was first, show both."""
    with open_session() as session:
        platform, seat = _open(session, slug)
        check_form()
        try:
            given = _read_words(request.form)
            version = _read_version(request.form.get("version", ""))
        except Invalid as error:
            return _show_form(session, platform, _give_back(error)), find_refusal(error).status
    try:
        with open_session() as session:
            change_words(
                session,
                platform=platform,
                change=(given, version),
                doer=doer_of(seat, whose=platform.slug),
                now=wiring().clock(),
            )
    except StaleWords as stale:
        with open_session() as session:
            return _show_merge(session, platform, given, stale), find_refusal(stale).status
    return redirect(url_for("web.show_platform", slug=platform.slug), 303)


def _open(session: Session, slug: str) -> tuple[PlatformFacts, Seat]:
    platform = get_platform(session, slug=slug)
    return platform, check_subject(subject_of(platform), thing=thing_of(platform))


def _read_words(form: Mapping[str, str]) -> PlatformWords:
    said = read_platform_words({name: form.get(name, "") for name in MOST_LETTERS})
    check_public(asdict(said))
    return said


def _read_base(form: Mapping[str, str]) -> PlatformWords:
    return PlatformWords(
        **{name: form.get(f"was_{name}", "").replace("\r\n", "\n") for name in MOST_LETTERS}
    )


def _read_version(version: str) -> int:
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise Invalid("This form was open for too long. Look it over and send it again.")
    return int(version)


def _give_back(error: GeoappError) -> Editing:
    """Nothing that was typed is lost, nor the version it was made from."""
    try:
        version = _read_version(request.form.get("version", ""))
    except Invalid:
        version = BEFORE_ALL
    typed = PlatformWords(**{name: request.form.get(name, "") for name in MOST_LETTERS})
    return Editing(
        values=typed,
        base=_read_base(request.form),
        version=version,
        problem=say_error(error),
        problem_field=error.field or "",
    )


def _show_merge(
    session: Session, platform: PlatformFacts, given: PlatformWords, stale: StaleWords
) -> str:
    merge = merge_words(_read_base(request.form), stale.words, given)
    editing = Editing(
        merge.words, stale.words, stale.version, merge.clashes, problem=say_error(stale)
    )
    return _show_form(session, platform, editing)


def _show_form(session: Session, platform: PlatformFacts, editing: Editing) -> str:
    return render(
        "platform_edit.html",
        open_page(session, district=platform.district),
        platform=platform,
        editing=editing,
        clashes={clash.field: clash for clash in editing.clashes},
        most=MOST_LETTERS,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


# -- History -----------------------------------------------------------------------------------


def show_platform_history(slug: str) -> str:
    """Everything that was done to a platform's page, and what was refused."""
    with open_session() as session:
        platform, _ = _open(session, slug)
        return show_history(
            session,
            open_page(session, district=platform.district),
            thing=thing_of(platform),
            title=platform.name,
            back_url=url_for("web.show_platform", slug=platform.slug),
        )


# -- Support -----------------------------------------------------------------------------------


def show_support(slug: str) -> str:
    """Who acts for the platform, and who could."""
    with open_session() as session:
        platform, _ = _open(session, slug)
        page = open_page(session, district=platform.district)
        chosen = {
            one.slug for one in list_supporters(session, organisation_id=platform.organisation_id)
        }
        parties = list_organisations_of_kind(
            session, district_id=platform.district_id, kind=OrganisationKind.SUPPORT
        )
    return render(
        "platform_support.html",
        page,
        platform=platform,
        parties=[(party, party.slug in chosen) for party in parties],
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


def post_support(slug: str) -> Response:
    """Give or take back a consent."""
    with open_session() as session:
        platform, seat = _open(session, slug)
        check_form()
        given = request.form.get("supporter", "")
        named = read_words(given, field="supporter", most=MOST_SLUG_LETTERS)
        supporter = get_organisation(session, slug=named)
        now, is_given = wiring().clock(), request.form.get("give") == "1"
        change = give_consent if is_given else end_consent
        is_changed = change(
            session,
            organisation_id=platform.organisation_id,
            supporter_id=supporter.id,
            now=now,
        )
        deed = Deed(
            Permission.GIVE_CONSENT.value,
            before={"may_act": not is_given},
            after={"may_act": is_given, "organisation": supporter.name},
        )
        doer = doer_of(seat, whose=platform.slug)
        if is_changed:
            record_change(session, thing=thing_of(platform), doer=doer, deed=deed, now=now)
    return redirect(url_for("web.show_support", slug=platform.slug), 303)


ROUTES = (
    Route("/platforms/<slug>/edit", show_platform_form, Permission.EDIT_PLATFORM),
    Route(
        "/platforms/<slug>/edit",
        post_platform_words,
        Permission.EDIT_PLATFORM,
        methods=("POST",),
    ),
    Route("/platforms/<slug>/history", show_platform_history, Permission.SEE_PLATFORM_HISTORY),
    Route("/platforms/<slug>/support", show_support, Permission.GIVE_CONSENT),
    Route("/platforms/<slug>/support", post_support, Permission.GIVE_CONSENT, methods=("POST",)),
)
