"""Errors as pages that say what to do, in the reader's language."""

from collections.abc import Mapping, Sequence

from flask import render_template, request, url_for

from geoapp.errors import CodeNeeded, GeoappError, SignInNeeded
from geoapp.refusals import find_refusal
from geoapp.web.language import gettext

Page = tuple[str, int, Mapping[str, str]]


def say_error(error: Exception) -> str:
    """The error's sentence in the reader's language."""
    if not isinstance(error, GeoappError):
        return gettext(find_refusal(error).words)
    words: str = gettext(error.message)
    return words.format_map(error.values) if error.values else words


def say_at_fields(problems: Sequence[GeoappError]) -> dict[str, str]:
    """The first sentence for each field; under "" what is wrong with none of them."""
    said: dict[str, str] = {}
    for problem in problems:
        said.setdefault(problem.field or "", say_error(problem))
    return said


def show_error(error: Exception) -> Page:
    """The page of an error, whichever it is."""
    refusal = find_refusal(error)
    page = render_template(
        "error.html",
        status=refusal.status,
        words=say_error(error),
        sign_in_url=_find_way_in(error) if isinstance(error, SignInNeeded) else "",
    )
    return page, refusal.status, refusal.headers


def _find_way_in(error: SignInNeeded) -> str:
    """Where to sign in, or to give the code; from there one goes on to what was asked for."""
    asked = request.full_path.rstrip("?") if request.method == "GET" else None
    endpoint = "web.show_code" if isinstance(error, CodeNeeded) else "web.show_sign_in"
    return url_for(endpoint, next=asked)
