"""Headers of every answer to machines: the version of the API, and who may read it (CORS).

Never here: credentials. Any page may read what is public; no cookie of its reader goes along.
"""

from flask import Flask, Response, request

from geoapp.api.openapi import VERSION

PREFLIGHT_S = 24 * 3600
SENT = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match")
READ = ("API-Version", "ETag", "Link", "Location", "Retry-After")


def set_up(app: Flask) -> None:
    """Put the headers on every answer of the API and of the tiles, refusals and redirects too."""

    @app.after_request
    def add_headers(response: Response) -> Response:
        if request.path.startswith("/api/"):
            response.headers["API-Version"] = VERSION
        if request.path.startswith(("/api/", "/tiles/")):
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Expose-Headers"] = ", ".join(READ)
            if request.method == "OPTIONS" and response.status_code == 200:
                _answer_preflight(response)
        return response


def _answer_preflight(response: Response) -> None:
    response.headers["Access-Control-Allow-Methods"] = response.headers["Allow"]
    response.headers["Access-Control-Allow-Headers"] = ", ".join(SENT)
    response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_S)
