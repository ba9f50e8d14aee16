"""Errors as problem details (RFC 9457), by the Dutch API design rules: 400, never 422."""

import json

from flask import Response
from werkzeug.exceptions import HTTPException

from geoapp.api.openapi import VERSION
from geoapp.errors import Conflict, GeoappError, Invalid, NotAllowed, NotFound, TooMany

STATUS: dict[type[GeoappError], tuple[int, str]] = {
    NotFound: (404, "Not found"),
    Invalid: (400, "Bad request"),
    NotAllowed: (403, "Not allowed"),
    Conflict: (409, "Conflict"),
    TooMany: (429, "Too many requests"),
}


def answer_problem(error: GeoappError) -> Response:
    """One of the four kinds of error as problem+json."""
    status, title = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    members: dict[str, object] = {"field": error.field} if error.field else {}
    if len(error.problems) > 1:
        members["errors"] = [{"field": p.field, "detail": str(p)} for p in error.problems]
    return _problem(status, title, str(error), **members)


def answer_http_problem(error: HTTPException) -> Response:
    """An error of the protocol (no such address, wrong method) as problem+json."""
    status = error.code or 500
    response = _problem(status, error.name, error.description or error.name)
    if error.get_response().headers.get("Allow"):
        response.headers["Allow"] = error.get_response().headers["Allow"]
    return response


def answer_unexpected() -> Response:
    """What was not foreseen; the log has the rest."""
    return _problem(500, "Internal error", "Something went wrong here. Try again later.")


def answer_full() -> Response:
    """No room for pictures is left."""
    return _problem(
        507, "Insufficient storage", "There is no room for photos now. Send it without."
    )


def answer_unavailable() -> Response:
    """The database cannot be reached."""
    response = _problem(503, "Unavailable", "The database cannot be reached. Try again soon.")
    response.headers["Retry-After"] = "5"
    return response


def _problem(status: int, title: str, detail: str, **members: object) -> Response:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **members}
    response = Response(json.dumps(body), status=status, mimetype="application/problem+json")
    response.headers["API-Version"] = VERSION
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
