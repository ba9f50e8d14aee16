"""The doors of what residents do beside speaking: note what the city told them; and, by the
reporter's own link, withdraw a report, take it up again, or undo its merging."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import make_response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.db.codes import read_code
from geoapp.defects.queries import DefectFacts
from geoapp.defects.rules import RETAKE_HOURS, Action, can_act, can_retake, can_withdraw
from geoapp.dialogue.acts import Photos, undo_merge
from geoapp.dialogue.own import (
    check_city_answer_fits,
    find_withdrawn_at,
    is_shared,
    note_city_answer,
    retake,
    withdraw,
)
from geoapp.dialogue.rules import CITY_ANSWER_PICTURES, check_city_answer
from geoapp.edge import (
    Route,
    count_refusals,
    open_session,
    read_form,
    read_uploads,
    sender_subject,
    wiring,
)
from geoapp.errors import Conflict, GeoappError, Invalid, NotAllowed
from geoapp.geo.symbol import sprite_svg
from geoapp.intake.actions import Sender
from geoapp.people.rules import Permission
from geoapp.refusals import find_refusal
from geoapp.web.cards import title_of, where_of
from geoapp.web.errors import say_at_fields
from geoapp.web.following import open_own, open_report
from geoapp.web.forms import HONEYPOT, TOKEN, bind_key, check_token, form_token
from geoapp.web.language import page_language
from geoapp.web.page import render
from geoapp.web.security import OWN_KEY, keep_private
from geoapp.web.voices import read_link

NOT_OF_THE_ANSWER = {"key", OWN_KEY, TOKEN, HONEYPOT}


@dataclass(frozen=True)
class OwnActs:
    """What its reporter can do with a report now; `has_left` where they just left it to others."""

    can_withdraw: bool
    can_retake: bool
    can_unmerge: bool
    has_left: bool
    retake_hours: int = RETAKE_HOURS


def list_own_acts(session: Session, defect: DefectFacts) -> OwnActs:
    """What its reporter can do; the caller has checked that they ask."""
    withdrawn_at = find_withdrawn_at(session, defect_id=defect.id)
    return OwnActs(
        can_withdraw=can_withdraw(defect.axes),
        can_retake=can_retake(defect.axes, withdrawn_at=withdrawn_at, now=wiring().clock()),
        can_unmerge=can_act(defect.axes, Action.UNMERGE),
        has_left=request.args.get("left") == "1",
    )


# -- What the city told --------------------------------------------------------------------------


def show_city_answer(code: str) -> str:
    """Note that the city says: done."""
    with open_session() as session:
        check_city_answer_fits(open_report(session, code)[1].axes)
    return _show(code)


def post_city_answer(code: str) -> Response:
    """Store what the city told and go to the report's page; what is wrong comes back at its
    field."""
    try:
        with count_refusals():
            _note(code)
    except (Invalid, Conflict, NotAllowed) as error:
        refusal = find_refusal(error)
        shown = _show(code, kept=request.form, problems=error.problems)
        return keep_private(make_response(shown, refusal.status, dict(refusal.headers)))
    link = request.form.get(OWN_KEY) or None
    address = url_for("web.show_defect", code=read_code(code), secret=link)
    return keep_private(redirect(address, 303))


def _show(
    code: str,
    *,
    kept: Mapping[str, str] | None = None,
    problems: Sequence[GeoappError] = (),
) -> str:
    values = kept or {}
    at_field = say_at_fields(problems)
    with open_session() as session:
        page, defect = open_report(session, code)
        secret = read_link(session, defect) if kept is None else values.get(OWN_KEY, "")
    return render(
        "city_answer.html",
        page,
        defect=defect,
        title=title_of(defect),
        where=where_of(defect),
        secret=secret,
        values=values,
        problems=at_field,
        key=("" if "key" in at_field else values.get("key", "")) or str(uuid.uuid4()),
        token=form_token(),
        token_name=TOKEN,
        honeypot=HONEYPOT,
        most_pictures=CITY_ANSWER_PICTURES["photos"],
        sprite=sprite_svg(("brand", "camera", "asked")),
    )


def _note(code: str) -> None:
    check_token()
    values = read_form()
    key = bind_key(str(values.get("key", "")))
    fields = {name: value for name, value in values.items() if name not in NOT_OF_THE_ANSWER}
    note = check_city_answer(fields)
    pictures = read_uploads(CITY_ANSWER_PICTURES)["photos"]
    with open_session() as session:
        note_city_answer(
            session,
            code=read_code(code),
            note=note,
            sender=Sender(sender_subject(), key, page_language(), wiring().sealer),
            photos=Photos(pictures, wiring().store),
            now=wiring().clock(),
        )


# -- By the reporter's own link ------------------------------------------------------------------


def show_withdrawal(code: str) -> Response:
    """What happens, before a reporter withdraws."""
    secret = request.args.get(OWN_KEY, "")
    with open_session() as session:
        page, defect = open_own(session, code, secret)
        acts = list_own_acts(session, defect)
        is_of_others = is_shared(session, defect_id=defect.id)
    shown = render(
        "withdraw.html",
        page,
        defect=defect,
        title=title_of(defect),
        acts=acts,
        is_of_others=is_of_others,
        secret=secret,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )
    return keep_private(make_response(shown))


def post_withdrawal(code: str) -> Response:
    """Withdraw it; where it is of others as well, leave it to them."""
    with open_session() as session:
        defect, secret = _read_own(session, code)
        is_gone = withdraw(session, defect_id=defect.id, now=wiring().clock())
    return _go_to(defect, secret, left=None if is_gone else 1)


def post_retake(code: str) -> Response:
    """Take up again what was withdrawn."""
    with open_session() as session:
        defect, secret = _read_own(session, code)
        retake(session, defect_id=defect.id, now=wiring().clock())
    return _go_to(defect, secret)


def post_unmerge(code: str) -> Response:
    """Undo that it was merged: this is something else."""
    with open_session() as session:
        defect, secret = _read_own(session, code)
        undo_merge(session, defect_id=defect.id, now=wiring().clock())
    return _go_to(defect, secret)


def _read_own(session: Session, code: str) -> tuple[DefectFacts, str]:
    check_token()
    secret = request.form.get(OWN_KEY, "")
    return open_own(session, code, secret)[1], secret


def _go_to(defect: DefectFacts, secret: str, *, left: int | None = None) -> Response:
    address = url_for("web.show_defect", code=defect.code, secret=secret, left=left)
    return keep_private(redirect(address, 303))


ROUTES = (
    Route("/defects/<code>/city-answer", show_city_answer, Permission.SEE_PUBLIC),
    Route("/defects/<code>/city-answer", post_city_answer, Permission.REPORT, methods=("POST",)),
    Route("/defects/<code>/withdraw", show_withdrawal, Permission.SEE_PUBLIC),
    Route("/defects/<code>/withdraw", post_withdrawal, Permission.REPORT, methods=("POST",)),
    Route("/defects/<code>/retake", post_retake, Permission.REPORT, methods=("POST",)),
    Route("/defects/<code>/unmerge", post_unmerge, Permission.REPORT, methods=("POST",)),
)
