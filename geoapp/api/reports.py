"""Taking reports from machines: JSON and multipart, by the same rules as the form."""

from typing import Any

from flask import Response, url_for

from geoapp.api.bodies import read_body, take_key
from geoapp.api.v1 import answer_json, check_parameters
from geoapp.defects.queries import get_defect
from geoapp.edge import (
    Route,
    count_refusals,
    latest_today,
    open_session,
    read_preferred_language,
    sender_subject,
    utc_today,
    wiring,
)
from geoapp.intake.actions import Photos, Receipt, Sender, take_report
from geoapp.intake.rules import PICTURES, check_report, make_secret
from geoapp.people.rules import Permission


def post_defect() -> Response:
    """Store a report: 201 with its code and the reporter's own link; a replay answers 200."""
    with count_refusals():
        check_parameters()
        values, pictures = read_body(PICTURES)
        photos = Photos(pictures["photos"], pictures["city_photo"], wiring().store)
        sender = Sender(
            sender_subject(), take_key(values), read_preferred_language(), wiring().sealer
        )
        draft = check_report(values, today=latest_today())
        with open_session() as session:
            receipt = take_report(
                session, draft=draft, photos=photos, sender=sender, now=wiring().clock()
            )
            state = get_defect(session, code=receipt.code, today=utc_today()).state
    return _answer(receipt, state.value)


def _answer(receipt: Receipt, state: str) -> Response:
    secret = make_secret(wiring().settings.secret, receipt.defect_id, receipt.secret_version)
    url = url_for("web.show_defect", code=receipt.code, _external=True)
    body: dict[str, Any] = {
        "code": receipt.code,
        "state": state,
        "url": url,
        "secret_url": url_for("web.show_defect", code=receipt.code, secret=secret, _external=True),
    }
    response = answer_json(body)
    response.status_code = 200 if receipt.is_replay else 201
    response.headers["Location"] = url_for("api.show_defect", code=receipt.code, _external=True)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


ROUTES = (Route("/api/v1/defects", post_defect, Permission.REPORT, methods=("POST",)),)
