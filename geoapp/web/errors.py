"""Errors as pages that say what to do, in the reader's language."""

from flask import render_template
from werkzeug.exceptions import HTTPException

from geoapp.errors import Conflict, GeoappError, Invalid, NotAllowed, NotFound, TooMany
from geoapp.web.language import gettext

STATUS: dict[type[GeoappError], int] = {
    NotFound: 404,
    Invalid: 400,
    NotAllowed: 403,
    Conflict: 409,
    TooMany: 429,
}

Page = tuple[str, int]


def say_error(error: GeoappError) -> str:
    """The error's sentence in the reader's language."""
    words: str = gettext(error.message)
    return words.format_map(error.values) if error.values else words


def status_of(error: GeoappError) -> int:
    """The HTTP status of an error, by the nearest of the kinds it is."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def show_error(error: GeoappError) -> Page:
    """One of the four kinds of error."""
    return _page(status_of(error), say_error(error))


def show_http_error(error: HTTPException) -> Page:
    """An error of the protocol."""
    status = error.code or 500
    if status == 404:
        return _page(404, gettext("This page is not here. Perhaps the address has a typing error."))
    if status == 405:
        return _page(405, gettext("This address does not take that."))
    if status == 413:
        return _page(413, gettext("This is too much at once. Choose fewer or smaller photos."))
    return _page(status, gettext("This request could not be read. Go back and try again."))


def show_unavailable() -> Page:
    """The database cannot be reached."""
    return _page(503, gettext("The map is out of reach for a moment. Try again in a minute."))


def show_full() -> Page:
    """No room for pictures is left."""
    return _page(507, gettext("There is no room for photos now. Send it without."))


def show_unexpected() -> Page:
    """What was not foreseen."""
    return _page(500, gettext("Something went wrong here. It is not your fault. Try again later."))


def _page(status: int, words: str) -> Page:
    return render_template("error.html", status=status, words=words), status
