"""Taking voices from machines: what somebody on the spot says of a report."""

from typing import Any

from flask import Response, url_for

from geoapp.api.bodies import read_body, take_key
from geoapp.api.v1 import answer_json, check_parameters
from geoapp.db.codes import read_code
from geoapp.dialogue.rules import PICTURES, check_voice
from geoapp.dialogue.voices import VoiceBy, VoiceReceipt, take_voice
from geoapp.edge import (
    Route,
    count_refusals,
    open_session,
    read_preferred_language,
    sender_mark,
    sender_subject,
    wiring,
)
from geoapp.intake.actions import Sender
from geoapp.intake.rules import make_secret
from geoapp.people.rules import Permission


def post_voice(code: str) -> Response:
    """Take a word: 201 with what came of it; a replay, or a word that adds nothing, answers 200."""
    with count_refusals():
        check_parameters()
        values, pictures = read_body(PICTURES)
        sender = Sender(
            sender_subject(), take_key(values), read_preferred_language(), wiring().sealer
        )
        by = VoiceBy(
            sender=sender,
            mark=sender_mark(),
            server_key=wiring().settings.secret,
            pictures=pictures["photos"],
            store=wiring().store,
        )
        draft = check_voice(values)
        with open_session() as session:
            receipt = take_voice(
                session, code=read_code(code), draft=draft, by=by, now=wiring().clock()
            )
    return _answer(receipt)


def _answer(receipt: VoiceReceipt) -> Response:
    body: dict[str, Any] = {
        "code": receipt.code,
        "state": receipt.state.value,
        "url": url_for("web.show_defect", code=receipt.code, _external=True),
    }
    if receipt.opened is not None:
        secret = make_secret(wiring().settings.secret, *receipt.opened)
        body["secret_url"] = url_for(
            "web.show_defect", code=receipt.code, secret=secret, _external=True
        )
    response = answer_json(body)
    response.status_code = 201 if receipt.is_new else 200
    response.headers["Location"] = url_for("api.show_defect", code=receipt.code, _external=True)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


ROUTES = (Route("/api/v1/defects/<code>/voice", post_voice, Permission.REPORT, methods=("POST",)),)
