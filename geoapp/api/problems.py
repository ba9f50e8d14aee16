"""Errors as problem details (RFC 9457), by the Dutch API design rules."""

import json

from flask import Response

from geoapp.errors import GeoappError
from geoapp.refusals import find_refusal


def answer_problem(error: Exception) -> Response:
    """Any error as problem+json."""
    refusal = find_refusal(error)
    body: dict[str, object] = {
        "type": "about:blank",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.words,
    }
    if isinstance(error, GeoappError):
        body |= {"detail": str(error)} | ({"field": error.field} if error.field else {})
        if len(error.problems) > 1:
            body["errors"] = [{"field": p.field, "detail": str(p)} for p in error.problems]
    # What is sent back of a request may hold half a letter, which no strict reader takes.
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Response(
        text, refusal.status, dict(refusal.headers), mimetype="application/problem+json"
    )
