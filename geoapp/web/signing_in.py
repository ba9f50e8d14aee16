"""Signing in by a link in a mail, the code of a second factor, and signing out."""

from typing import Any

import segno
from flask import g, make_response, redirect, request, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.accounts.actions import (
    Asker,
    ask_for_link,
    begin_factor,
    confirm_factor,
    count_code,
    end_session,
    pass_factor,
    use_link,
)
from geoapp.accounts.queries import find_link, get_factor
from geoapp.accounts.rules import make_factor_uri, read_link_secret, read_next, say_secret
from geoapp.actors import (
    carry_session,
    current_actor,
    pass_second_factor,
    session_key,
    signed_in_id,
)
from geoapp.edge import Route, open_session, sender_subject, wiring
from geoapp.errors import Conflict, GeoappError, Invalid, TooMany
from geoapp.geo.symbol import sprite_svg
from geoapp.people.queries import get_person
from geoapp.people.rules import Permission
from geoapp.refusals import find_refusal
from geoapp.web.errors import say_error
from geoapp.web.forms import HONEYPOT, check_form, form_token
from geoapp.web.language import page_language
from geoapp.web.page import open_page, render
from geoapp.web.security import keep_private


def show_sign_in() -> str | Response:
    """Ask for a link: one field."""
    if current_actor().person_id is not None:
        return _go_on(read_next(request.args.get("next", "")))
    return _show_form()


def post_sign_in() -> Response | tuple[str, int]:
    """Have a link sent. What the answer says does not depend on the address."""
    try:
        check_form()
        with open_session() as session:
            ask_for_link(
                session,
                sealer=wiring().sealer,
                address=request.form.get("email", ""),
                asker=Asker(sender_subject(), page_language()),
                next_path=read_next(request.form.get("next", "")),
                now=wiring().clock(),
            )
    except (Invalid, TooMany) as error:
        return _show_form(error), find_refusal(error).status
    return redirect(url_for("web.show_link_sent"), 303)


def _show_form(problem: GeoappError | None = None) -> str:
    with open_session() as session:
        page = open_page(session)
    return render(
        "sign_in.html",
        page,
        next_path=read_next(request.values.get("next", "")),
        typed=request.form.get("email", ""),
        problem=say_error(problem) if problem else "",
        is_demo=wiring().settings.demo,
        token=form_token(),
        honeypot=HONEYPOT,
        sprite=sprite_svg(("brand",)),
    )


def show_link_sent() -> str:
    """A mail is on its way, if it is."""
    with open_session() as session:
        page = open_page(session)
    return render(
        "sign_in_sent.html", page, is_demo=wiring().settings.demo, sprite=sprite_svg(("brand",))
    )


def show_link() -> Response:
    """The link of the mail: a page with one button, for a mail's scanner opens links as well.

    Raises:
        Conflict: it was used, or is over.
    """
    secret = request.args.get("secret", "")
    with open_session() as session:
        page = open_page(session)
        link_id = read_link_secret(wiring().sealer, secret)
        now = wiring().clock()
        link = find_link(session, link_id=link_id, now=now) if link_id else None
    if link is None or not link.is_good:
        raise Conflict("This link was used, or is older than an hour. Ask for a new one.")
    return keep_private(
        make_response(
            render(
                "sign_in_link.html",
                page,
                address=_half_hidden(wiring().sealer.unseal(link.sealed_address)),
                secret=secret,
                token=form_token(),
                sprite=sprite_svg(("brand",)),
            )
        )
    )


def post_link() -> Response:
    """Sign in: the link is used up, and this browser's session is a new one.

    Raises:
        Conflict: the link was used, or is over.
    """
    check_form()
    link_id = read_link_secret(wiring().sealer, request.form.get("secret", ""))
    if link_id is None:
        raise Conflict("This link was used, or is older than an hour. Ask for a new one.")
    with open_session() as session:
        signed_in = use_link(session, link_id=link_id, now=wiring().clock())
        if session_key():
            end_session(session, key=session_key())
    carry_session(signed_in.key)
    g.pop("actor", None)
    return _go_on(signed_in.next_path)


def _go_on(next_path: str) -> Response:
    """To where they were going; by way of the second factor, where a role of theirs sleeps."""
    if current_actor().dormant:
        return redirect(url_for("web.show_code", next=next_path or None), 303)
    return redirect(next_path or url_for("web.show_account"), 303)


def _half_hidden(address: str) -> str:
    """Enough to know one's own address, too little to learn it."""
    name, _, host = address.partition("@")
    return f"{name[:1]}...@{host}"


# -- The second factor -------------------------------------------------------------------------


def show_code() -> str:
    """Give the code of the phone; the first time, set the phone up."""
    return _show_code()


def post_code() -> Response | str | tuple[str, int]:
    """Check a code; the first right one shows the recovery codes, this once."""
    person_id, code, now = signed_in_id(), request.form.get("code", ""), wiring().clock()
    sealer = wiring().sealer
    codes: list[str] = []
    try:
        check_form()
        with open_session() as session:
            count_code(session, person_id=person_id, now=now)
        with open_session() as session:
            if get_factor(session, person_id=person_id).is_confirmed:
                pass_factor(session, person_id=person_id, code=code, sealer=sealer, now=now)
            else:
                codes = confirm_factor(
                    session, person_id=person_id, code=code, sealer=sealer, now=now
                )
            pass_second_factor(session)
    except (Invalid, TooMany) as error:
        return _show_code(error), find_refusal(error).status
    next_path = read_next(request.form.get("next", ""))
    if codes:
        return _show_recovery(codes, next_path)
    return redirect(next_path or url_for("web.show_account"), 303)


def _show_code(problem: GeoappError | None = None) -> str:
    with open_session() as session:
        page = open_page(session)
        factor = get_factor(session, person_id=signed_in_id())
        setting_up = None if factor.is_confirmed else _read_setting_up(session)
    return render(
        "sign_in_code.html",
        page,
        setting_up=setting_up,
        next_path=read_next(request.values.get("next", "")),
        problem=say_error(problem) if problem else "",
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


def _read_setting_up(session: Session) -> dict[str, Any]:
    """What a phone scans, and what somebody types who cannot scan."""
    person_id, sealer = signed_in_id(), wiring().sealer
    secret = begin_factor(session, person_id=person_id, sealer=sealer)
    account = get_person(session, person_id=person_id, sealer=sealer).address
    uri = make_factor_uri(secret, account=account, issuer=open_page(session).place.full_name)
    drawn = segno.make(uri, error="m").svg_inline(scale=4, border=2, omitsize=False)
    return {"drawn": Markup(drawn), "words": say_secret(secret)}  # noqa: S704  segno's own drawing


def _show_recovery(codes: list[str], next_path: str) -> str:
    with open_session() as session:
        page = open_page(session)
    return render(
        "recovery_codes.html",
        page,
        codes=codes,
        next_path=next_path or url_for("web.show_account"),
        sprite=sprite_svg(("brand",)),
    )


def post_sign_out() -> Response:
    """Sign out in this browser."""
    check_form()
    with open_session() as session:
        end_session(session, key=session_key())
    carry_session("")
    return redirect(url_for("web.show_home"), 303)


ROUTES = (
    Route("/sign-in", show_sign_in, Permission.SIGN_IN),
    Route("/sign-in", post_sign_in, Permission.SIGN_IN, methods=("POST",)),
    Route("/sign-in/sent", show_link_sent, Permission.SIGN_IN),
    Route("/sign-in/link", show_link, Permission.SIGN_IN),
    Route("/sign-in/link", post_link, Permission.SIGN_IN, methods=("POST",)),
    Route("/sign-in/code", show_code, Permission.KEEP_ACCOUNT),
    Route("/sign-in/code", post_code, Permission.KEEP_ACCOUNT, methods=("POST",)),
    Route("/sign-out", post_sign_out, Permission.KEEP_ACCOUNT, methods=("POST",)),
)
