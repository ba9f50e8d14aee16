"""Following a report by mail: asking, confirming, stopping; and the reporter's own erasure."""

from flask import make_response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.accounts.rules import MAILS_ASKED_BY_ONE
from geoapp.db.codes import read_code
from geoapp.defects.actions import set_pace
from geoapp.defects.queries import (
    DefectFacts,
    find_district_of,
    get_defect,
    get_private,
)
from geoapp.defects.rules import Pace
from geoapp.dialogue.words import tell_received
from geoapp.edge import Route, open_session, sender_subject, wiring
from geoapp.errors import GeoappError, Invalid, NotFound, TooMany
from geoapp.geo.symbol import sprite_svg
from geoapp.intake.following import (
    ask_to_follow,
    confirm_following,
    erase_reporter,
    find_following,
    stop_following,
)
from geoapp.intake.rules import check_secret
from geoapp.ledger.actions import count_use
from geoapp.people.actions import keep_address
from geoapp.people.rules import Permission
from geoapp.refusals import find_refusal
from geoapp.web import words
from geoapp.web.cards import title_of
from geoapp.web.errors import say_error
from geoapp.web.forms import HONEYPOT, check_token, form_token
from geoapp.web.language import page_language
from geoapp.web.page import Page, open_page, render
from geoapp.web.security import keep_private


def show_follow(code: str) -> str:
    """Ask for an address: one field."""
    with open_session() as session:
        return _show_form(session, code)


def post_follow(code: str) -> Response | tuple[str, int]:
    """Have the address asked whether it wants this; the answer does not depend on it."""
    try:
        check_token()
        with open_session() as session:
            defect = open_report(session, code)[1]
            now = wiring().clock()
            count_use(session, limit=MAILS_ASKED_BY_ONE, subject=sender_subject(), now=now)
            sealer = wiring().sealer
            address_id = keep_address(
                session,
                sealer=sealer,
                address=request.form.get("email", ""),
                language=page_language(),
            )
            ask_to_follow(
                session, sealer=sealer, defect_id=defect.id, address_id=address_id, now=now
            )
    except (Invalid, TooMany) as error:
        with open_session() as session:
            return _show_form(session, code, error), find_refusal(error).status
    return redirect(url_for("web.show_follow", code=defect.code, sent=1), 303)


def open_report(session: Session, code: str) -> tuple[Page, DefectFacts]:
    """The page of a report, and the report."""
    page = open_page(session, district=find_district_of(session, code=read_code(code)))
    return page, get_defect(session, code=read_code(code), today=page.today)


def _show_form(session: Session, code: str, problem: GeoappError | None = None) -> str:
    page, defect = open_report(session, code)
    return render(
        "follow.html",
        page,
        defect=defect,
        title=title_of(defect),
        is_sent=request.args.get("sent") == "1",
        typed=request.form.get("email", ""),
        problem=say_error(problem) if problem else "",
        contact_days=page.place.contact_days,
        is_demo=wiring().settings.demo,
        token=form_token(),
        honeypot=HONEYPOT,
        sprite=sprite_svg(("brand",)),
    )


def show_following(code: str) -> Response:
    """What a mail's link opens: confirm with one button, or stop with another. Opening it does
    nothing, for a mail's scanner opens links as well."""
    with open_session() as session:
        page, defect = open_report(session, code)
        secret = request.args.get("secret", "")
        following = find_following(session, sealer=wiring().sealer, secret=secret)
        if following.code != defect.code:
            raise NotFound("This link leads nowhere any more: nobody follows with it.")
    shown = render(
        "following.html",
        page,
        defect=defect,
        title=title_of(defect),
        is_confirmed=following.is_confirmed,
        paces=list(words.PACES.items()),
        said_pace=words.PACES[following.pace],
        pace=following.pace,
        is_kept=request.args.get("kept") == "1",
        secret=secret,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )
    return keep_private(make_response(shown))


def post_following(code: str) -> Response:
    """Confirm, choose how often, or stop."""
    check_token()
    pace = _read_pace(request.form.get("pace", ""))
    secret = request.form.get("secret", "")
    now = wiring().clock()
    with open_session() as session:
        _, defect = open_report(session, code)
        following = find_following(session, sealer=wiring().sealer, secret=secret)
        if following.code != defect.code:
            raise NotFound("This link leads nowhere any more: nobody follows with it.")
        if request.form.get("stop") == "1":
            stop_following(session, follower_id=following.id, now=now)
            address = url_for("web.show_defect", code=defect.code)
        else:
            confirm_following(session, follower_id=following.id, now=now)
            set_pace(session, follower_id=following.id, pace=pace or following.pace)
            tell_received(session, follower_id=following.id, now=now)
            address = url_for("web.show_following", code=defect.code, secret=secret, kept=1)
    return keep_private(redirect(address, 303))


def _read_pace(given: str) -> Pace | None:
    """What was chosen; None where nothing was."""
    try:
        return Pace(given) if given else None
    except ValueError as error:
        raise Invalid("Choose one of the two.", field="pace") from error


def show_reporter_erasure(code: str) -> Response:
    """What goes and what stays, before a reporter has it taken away."""
    with open_session() as session:
        page, defect = open_own(session, code, request.args.get("secret", ""))
    shown = render(
        "reporter_erase.html",
        page,
        defect=defect,
        title=title_of(defect),
        secret=request.args["secret"],
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )
    return keep_private(make_response(shown))


def post_reporter_erasure(code: str) -> Response:
    """Take away at once what tells of the reporter."""
    check_token()
    with open_session() as session:
        _, defect = open_own(session, code, request.form.get("secret", ""))
        erase_reporter(
            session,
            defect_id=defect.id,
            with_words=request.form.get("words") == "1",
            now=wiring().clock(),
        )
    return keep_private(redirect(url_for("web.show_defect", code=defect.code), 303))


def open_own(session: Session, code: str, secret: str) -> tuple[Page, DefectFacts]:
    """As `open_report`, for its reporter.

    Raises:
        NotFound: the link is not that of this report.
    """
    page, defect = open_report(session, code)
    private = get_private(session, defect_id=defect.id)
    key = wiring().settings.secret
    if not secret or not check_secret(key, defect.id, private.secret_version, secret):
        raise NotFound("There is no report with number {code}.", code=code)
    return page, defect


ROUTES = (
    Route("/defects/<code>/follow", show_follow, Permission.SEE_PUBLIC),
    Route("/defects/<code>/follow", post_follow, Permission.REPORT, methods=("POST",)),
    Route("/defects/<code>/following", show_following, Permission.SEE_PUBLIC),
    Route("/defects/<code>/following", post_following, Permission.REPORT, methods=("POST",)),
    Route("/defects/<code>/erase", show_reporter_erasure, Permission.SEE_PUBLIC),
    Route("/defects/<code>/erase", post_reporter_erasure, Permission.REPORT, methods=("POST",)),
)
