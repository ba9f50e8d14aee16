"""Headers of every answer: a content security policy with a nonce, the rest of the set, and who
keeps it: nobody, where somebody's own key stands in the address.
"""

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from werkzeug import wrappers

# What the reporter's own key is called in an address.
OWN_KEY = "secret"


def nonce() -> str:
    """This request's nonce, for the script tags of its page."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    value: str = g.nonce
    return value


def allow_images_of(address: str) -> None:
    """Let this request's page show images from the host of `address`, beside our own."""
    found = urlsplit(address)
    if found.netloc:
        g.image_host = f"{found.scheme}://{found.netloc}"


def keep_private(response: wrappers.Response) -> wrappers.Response:
    """For an answer with somebody's own link in it: nobody keeps it, and no link tells of it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _images() -> str:
    return " ".join(filter(None, ["'self'", "data:", "blob:", g.get("image_host", "")]))


def set_up(app: Flask) -> None:
    """Put the headers on every answer."""
    app.jinja_env.globals["nonce"] = nonce

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src 'nonce-{nonce()}'; style-src 'self'; "
            f"img-src {_images()}; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "no-cache")
        response.headers["X-Frame-Options"] = "DENY"
        response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        if OWN_KEY in request.args:
            keep_private(response)
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "geolocation=(self), camera=(), microphone=()"
        return response
