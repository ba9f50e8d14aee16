"""What a platform says of itself, looked at by a moderator: shown, or hidden with a reason."""

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, doer_of
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import Invalid
from geoapp.geo.symbol import sprite_svg
from geoapp.moderation.actions import judge_platform
from geoapp.moderation.rules import read_judgement
from geoapp.people.rules import Permission, Seat, Subject
from geoapp.platforms.queries import PlatformFacts, get_platform, thing_of
from geoapp.refusals import find_refusal
from geoapp.web.errors import say_error
from geoapp.web.forms import check_form, form_token
from geoapp.web.page import open_page, render
from geoapp.web.words import REASONS


def show_hiding(slug: str) -> str:
    """Whether the words of a platform are shown, and the form to hide them."""
    with open_session() as session:
        platform, _ = _open(session, slug)
        return _show(session, platform)


def post_hiding(slug: str) -> Response | tuple[str, int]:
    """Show or hide them."""
    with open_session() as session:
        platform, seat = _open(session, slug)
        check_form()
    try:
        judgement = read_judgement(request.form.get("verdict", ""), request.form.get("reason", ""))
    except Invalid as problem:
        with open_session() as session:
            return _show(session, platform, say_error(problem)), find_refusal(problem).status
    with open_session() as session:
        judge_platform(
            session,
            platform=platform,
            judgement=judgement,
            doer=doer_of(seat),
            now=wiring().clock(),
        )
    return redirect(url_for("web.show_platform", slug=slug), 303)


def _open(session: Session, slug: str) -> tuple[PlatformFacts, Seat]:
    """Never by the platform's own people."""
    platform = get_platform(session, slug=slug)
    own = frozenset({platform.organisation_id})
    subject = Subject(district_id=platform.district_id, handler_ids=own)
    return platform, check_subject(subject, thing=thing_of(platform))


def _show(session: Session, platform: PlatformFacts, problem: str = "") -> str:
    return render(
        "platform_words.html",
        open_page(session, district=platform.district),
        platform=platform,
        reasons={reason.value: said for reason, said in REASONS.items()},
        problem=problem,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


ROUTES = (
    Route("/platforms/<slug>/words", show_hiding, Permission.MODERATE),
    Route("/platforms/<slug>/words", post_hiding, Permission.MODERATE, methods=("POST",)),
)
