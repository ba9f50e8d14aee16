"""The doors of voices: it is good now, still not right, broken again. No account, no address."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum

from flask import make_response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.db.codes import read_code
from geoapp.defects.queries import DefectFacts, find_district_of, get_defect, get_private
from geoapp.defects.rules import Hearing, Says, State, hear
from geoapp.dialogue.rules import MOST_PICTURES, PICTURES, check_voice
from geoapp.dialogue.voices import VoiceBy, VoiceReceipt, take_voice
from geoapp.edge import (
    Route,
    count_refusals,
    open_session,
    read_form,
    read_uploads,
    sender_mark,
    sender_subject,
    wiring,
)
from geoapp.errors import Conflict, GeoappError, Invalid, NotAllowed
from geoapp.geo.symbol import sprite_svg
from geoapp.intake.actions import Sender
from geoapp.intake.following import is_link_of
from geoapp.intake.rules import check_secret, make_secret
from geoapp.people.rules import Permission
from geoapp.refusals import find_refusal
from geoapp.web import words
from geoapp.web.cards import SYMBOL_OF_SAYING, title_of, where_of
from geoapp.web.errors import say_at_fields
from geoapp.web.forms import HONEYPOT, TOKEN, bind_key, check_token, form_token
from geoapp.web.language import Words, lazy_gettext, page_language
from geoapp.web.page import open_page, render
from geoapp.web.security import OWN_KEY, keep_private

NOT_OF_THE_VOICE = {"key", TOKEN, HONEYPOT}


class Came(StrEnum):
    """What came of a word, as its speaker is told."""

    SOLVED = "solved"
    SHOWN = "shown"
    MIXED = "mixed"
    DISPUTED = "disputed"
    KEPT = "kept"


# A yes, or a no, by the state the report has since; of every other state: it is kept.
CAME: dict[tuple[bool, State], Came] = {
    (True, State.SOLVED): Came.SOLVED,
    (True, State.MIXED): Came.MIXED,
    (True, State.REMOVED): Came.KEPT,
    (True, State.WITHDRAWN): Came.KEPT,
    (False, State.DISPUTED): Came.DISPUTED,
    (False, State.MIXED): Came.MIXED,
}
THANKS: dict[Came, Words] = {
    Came.SOLVED: lazy_gettext("Thank you. It now stands as solved."),
    Came.SHOWN: lazy_gettext(
        "Thank you. Whoever reported it, or two neighbours with a photo, confirms it."
    ),
    Came.MIXED: lazy_gettext(
        "Thank you. Residents see it differently: somebody neutral goes to look."
    ),
    Came.DISPUTED: lazy_gettext("Thank you. It is on the map again as: still not right."),
    Came.KEPT: lazy_gettext("Thank you. Your word stands with this report."),
}


def show_solved(code: str) -> str:
    """Say that it is good now."""
    return _show(code, Says.SOLVED)


def show_dispute(code: str) -> str:
    """Say that it is still not right."""
    return _show(code, Says.STILL_BROKEN)


def show_again(code: str) -> str:
    """Say that it is broken again."""
    return _show(code, Says.BROKEN_AGAIN)


def post_solved(code: str) -> Response:
    """Take the word that it is good now."""
    return _post(code, Says.SOLVED)


def post_dispute(code: str) -> Response:
    """Take the word that it is still not right."""
    return _post(code, Says.STILL_BROKEN)


def post_again(code: str) -> Response:
    """Take the word that it is broken again."""
    return _post(code, Says.BROKEN_AGAIN)


def read_link(session: Session, defect: DefectFacts) -> str:
    """The link the visitor came by, if it is that of the reporter or of a follower of this report;
    whoever has another speaks as a neighbour."""
    secret = request.args.get(OWN_KEY, "")
    return secret if secret and _is_of(session, defect, secret) else ""


def say_thanks(state: State) -> str:
    """What came of the word that led to the page of a report in this state; empty where none did,
    or where it is otherwise by now."""
    told = {came for (_, after), came in CAME.items() if after is state}
    said = request.args.get("said", "")
    for came in told | {Came.SHOWN, Came.KEPT}:
        if came == said:
            return str(THANKS[came])
    return ""


def find_kept(session: Session, defect: DefectFacts, *, today: date) -> DefectFacts:
    """The report that words about this one are said of: where it was merged, the one it went
    into."""
    while defect.merged_into is not None:
        defect = get_defect(session, code=defect.merged_into, today=today)
    return defect


def _is_of(session: Session, defect: DefectFacts, secret: str) -> bool:
    version = get_private(session, defect_id=defect.id).secret_version
    if check_secret(wiring().settings.secret, defect.id, version, secret):
        return True
    return is_link_of(session, sealer=wiring().sealer, defect_id=defect.id, secret=secret)


def _show(
    code: str,
    says: Says,
    *,
    kept: Mapping[str, str] | None = None,
    problems: Sequence[GeoappError] = (),
) -> str:
    values = kept or {}
    at_field = say_at_fields(problems)
    with open_session() as session:
        page = open_page(session, district=find_district_of(session, code=read_code(code)))
        defect = get_defect(session, code=read_code(code), today=page.today)
        state = find_kept(session, defect, today=page.today).state
        secret = read_link(session, defect) if kept is None else values.get(OWN_KEY, "")
    return render(
        "voice.html",
        page,
        defect=defect,
        title=title_of(defect),
        where=where_of(defect),
        heading=words.say_saying(state, says),
        symbol=SYMBOL_OF_SAYING[says],
        hearing=words.say_hearing(state, says),
        is_new_report=hear(state, says) is Hearing.NEW_FILE,
        secret="" if OWN_KEY in at_field else secret,
        values=values,
        problems=at_field,
        key=("" if "key" in at_field else values.get("key", "")) or str(uuid.uuid4()),
        token=form_token(),
        token_name=TOKEN,
        honeypot=HONEYPOT,
        most_pictures=MOST_PICTURES,
        sprite=sprite_svg(("brand", "camera", "good", "bad", "open")),
    )


def _post(code: str, says: Says) -> Response:
    """Store the word and go to the report's page; what is wrong comes back at its field."""
    try:
        with count_refusals():
            receipt = _take(code, says)
    except (Invalid, Conflict, NotAllowed) as error:
        refusal = find_refusal(error)
        shown = _show(code, says, kept=request.form, problems=error.problems)
        return keep_private(make_response(shown, refusal.status, dict(refusal.headers)))
    return keep_private(redirect(_next_url(code, says, receipt), 303))


def _take(code: str, says: Says) -> VoiceReceipt:
    check_token()
    values = read_form()
    key = bind_key(str(values.get("key", "")))
    fields = {name: value for name, value in values.items() if name not in NOT_OF_THE_VOICE}
    draft = check_voice({**fields, "says": says.value})
    by = VoiceBy(
        sender=Sender(sender_subject(), key, page_language(), wiring().sealer),
        mark=sender_mark(),
        server_key=wiring().settings.secret,
        pictures=read_uploads(PICTURES)["photos"],
        store=wiring().store,
    )
    with open_session() as session:
        return take_voice(session, code=read_code(code), draft=draft, by=by, now=wiring().clock())


def _next_url(code: str, says: Says, receipt: VoiceReceipt) -> str:
    """The report's page, by whatever link its speaker came; of a new one, by its own link."""
    if receipt.opened is not None:
        secret = make_secret(wiring().settings.secret, *receipt.opened)
        return url_for("web.show_defect", code=receipt.code, secret=secret, new=1)
    is_yes = says is Says.SOLVED
    came = CAME.get((is_yes, receipt.state), Came.SHOWN if is_yes else Came.KEPT)
    # A link opens the report it was made for, and no other.
    is_same = receipt.code == read_code(code)
    link: str | None = request.form.get(OWN_KEY) if is_same else None
    return url_for("web.show_defect", code=receipt.code, secret=link or None, said=came.value)


ROUTES = (
    Route("/defects/<code>/solved", show_solved, Permission.SEE_PUBLIC),
    Route("/defects/<code>/solved", post_solved, Permission.REPORT, methods=("POST",)),
    Route("/defects/<code>/dispute", show_dispute, Permission.SEE_PUBLIC),
    Route("/defects/<code>/dispute", post_dispute, Permission.REPORT, methods=("POST",)),
    Route("/defects/<code>/again", show_again, Permission.SEE_PUBLIC),
    Route("/defects/<code>/again", post_again, Permission.REPORT, methods=("POST",)),
)
