"""Forms: the token that shows a form came from our own page, and fields a person never fills."""

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from flask import Response, g, request

from geoapp.edge import wiring
from geoapp.errors import Invalid
from geoapp.ledger.rules import check_key

COOKIE = "form"
TOKEN = "csrf_token"  # noqa: S105  the name of a field
# Hidden from people; whoever fills it is a program.
HONEYPOT = "website"


@dataclass(frozen=True)
class Typed:
    """A form as it stands, and what is wrong with it."""

    values: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    problem_field: str = ""


def cookie_name() -> str:
    """The cookie of forms; over TLS its prefix lets no other host of our domain set it."""
    return f"__Host-{COOKIE}" if request.is_secure else COOKIE


def form_token() -> str:
    """The token of this visitor's forms; `keep_form_cookie` gives them the cookie it goes with."""
    if "form_cookie" not in g:
        g.form_cookie = request.cookies.get(cookie_name()) or secrets.token_urlsafe(24)
    return _sign(g.form_cookie)


def check_form() -> None:
    """As `check_token`, of a form of which not every field is read as words.

    Raises:
        Invalid: as there, or a field holds a NUL: no text here can.
    """
    check_token()
    if any("\x00" in words for words in _list_words()):
        raise Invalid("There is a sign in it that is no letter: take it out.")


def check_token() -> None:
    """Before a form is read: its token must be that of the visitor's own cookie.

    Raises:
        Invalid: it is not, or a field was filled that no person sees.
    """
    cookie = request.cookies.get(cookie_name(), "")
    given = request.form.get(TOKEN, "")
    if not cookie or not hmac.compare_digest(_sign(cookie).encode(), given.encode()):
        raise Invalid("This form was open for too long. Look it over and send it again.")
    if request.form.get(HONEYPOT):
        raise Invalid("A hidden field was filled in, as programs do. Send it again.")


def bind_key(key: str) -> str:
    """The key of a form, good for this visitor alone: whoever learns it gains nothing.

    Raises:
        Invalid: it is no key.
    """
    words = f"key:{request.cookies.get(cookie_name(), '')}:{check_key(key)}"
    return hashlib.sha256(words.encode()).hexdigest()


def keep_form_cookie(response: Response) -> Response:
    """After a page with a form: the cookie its token goes with.

    The page does not vary by it: else "back" would bring a new form, with a new key, instead of
    the one that was sent.
    """
    if "form_cookie" not in g:
        return response
    response.vary.discard("cookie")  # in small letters: Werkzeug finds no others
    if request.cookies.get(cookie_name()) != g.form_cookie:
        response.set_cookie(
            cookie_name(), g.form_cookie, httponly=True, samesite="Strict", secure=request.is_secure
        )
    return response


def _list_words() -> Iterator[str]:
    for name, words in request.form.items(multi=True):
        yield name or ""
        yield words


def _sign(cookie: str) -> str:
    key = wiring().settings.secret.encode()
    return hmac.new(key, f"form:{cookie}".encode(), "sha256").hexdigest()
