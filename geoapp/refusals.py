"""One table: with which status, title and headers each error is answered, in both tongues.

Never here: how an answer looks; that is `web/errors` for people, `api/problems` for machines.
"""

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from geoapp.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    NotInstalled,
    SignInNeeded,
    Stale,
    TooLarge,
    TooMany,
    UnknownMedia,
    VersionNeeded,
)


@dataclass(frozen=True)
class Refusal:
    """What is answered. `words` are for errors that are not our own: ours say themselves."""

    status: int
    title: str
    words: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


UNEXPECTED = Refusal(
    500,
    "Internal error",
    "Something went wrong here. It is not your fault. Try again later.",
)
UNAVAILABLE = Refusal(
    503,
    "Unavailable",
    "The map is out of reach for a moment. Try again in a minute.",
    headers={"Retry-After": "5"},
)
FULL = Refusal(507, "Insufficient storage", "There is no room for photos now. Send it without.")

# By the nearest of the kinds an error is.
KINDS: dict[type[BaseException], Refusal] = {
    NotFound: Refusal(404, "Not found"),
    # The Dutch API design rules: 400, never 422.
    Invalid: Refusal(400, "Bad request"),
    TooLarge: Refusal(413, "Too large"),
    UnknownMedia: Refusal(415, "Unsupported media type"),
    VersionNeeded: Refusal(428, "Precondition required"),
    NotAllowed: Refusal(403, "Not allowed"),
    SignInNeeded: Refusal(401, "Not signed in"),
    TooMany: Refusal(429, "Too many requests"),
    Conflict: Refusal(409, "Conflict"),
    NotInstalled: Refusal(503, "Not installed"),
    Stale: Refusal(412, "Precondition failed"),
    OperationalError: UNAVAILABLE,
    NoConnectionLeft: UNAVAILABLE,
    Exception: UNEXPECTED,
}

# Errors of the protocol, found before any view or by the reader of a body.
PROTOCOL: dict[int, Refusal] = {
    refusal.status: refusal
    for refusal in (
        Refusal(400, "Bad request", "This request could not be read. Go back and try again."),
        Refusal(404, "Not found", "This page is not here. Perhaps the address has a typing error."),
        Refusal(405, "Method not allowed", "This address does not take that."),
        Refusal(413, "Too large", "This is too much at once. Choose fewer or smaller photos."),
    )
}


def find_refusal(error: Exception) -> Refusal:
    """With what an error is answered; any error is."""
    refusal = _find_row(error)
    return replace(refusal, headers={**refusal.headers, **_own_headers(error)})


def _find_row(error: Exception) -> Refusal:
    if isinstance(error, HTTPException):
        is_theirs = error.code is not None and error.code < 500
        return PROTOCOL.get(error.code or 500, PROTOCOL[400] if is_theirs else UNEXPECTED)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FULL
    return next(KINDS[kind] for kind in type(error).__mro__ if kind in KINDS)


def _own_headers(error: Exception) -> dict[str, str]:
    """What only this very error knows."""
    if isinstance(error, TooMany):
        return {"Retry-After": str(error.wait_s)}
    if isinstance(error, SignInNeeded):
        # RFC 9110, 15.5.2: a 401 names at least one way to sign in.
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, MethodNotAllowed):
        return {"Allow": ", ".join(sorted(error.valid_methods or ()))}
    return {}
