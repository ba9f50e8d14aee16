"""Our own files and the vendored ones; an address with a content hash is kept for a year."""

import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for
from werkzeug.security import safe_join

from geoapp.edge import Route
from geoapp.errors import NotFound
from geoapp.people.rules import Permission

MOST_LETTERS = 200
YEAR_S = 365 * 24 * 3600


def show_static(name: str) -> Response:
    """One file of the static folder."""
    found = safe_join(current_app.config["STATIC_DIR"], name)
    if found is None or len(name) > MOST_LETTERS or not Path(found).is_file():
        raise NotFound("This page is not here. Perhaps the address has a typing error.")
    path = Path(found)
    kind, _ = mimetypes.guess_type(path.name)
    response = Response(path.read_bytes(), mimetype=kind or "application/octet-stream")
    if request.args.get("v") == _content_hash(path):
        response.cache_control.max_age = YEAR_S
        response.cache_control.public = True
        response.cache_control.immutable = True
    else:
        response.cache_control.no_cache = True
    response.set_etag(_content_hash(path))
    response.make_conditional(request)
    return response


def static_url(name: str) -> str:
    """The address of a static file, with its content in it."""
    version = _content_hash(current_app.config["STATIC_DIR"] / name)
    return url_for("web.show_static", name=name, v=version)


def set_up(app: Flask, folder: Path) -> None:
    """Say where the files lie."""
    app.config["STATIC_DIR"] = folder
    app.jinja_env.globals["static_url"] = static_url


@lru_cache(maxsize=256)
def _hash_of(path: Path, changed_ns: int) -> str:
    # The time of change is part of the key: an edited file gets a new address at once.
    content = path.read_bytes() if changed_ns else b""
    return hashlib.blake2b(content, digest_size=6).hexdigest()


def _content_hash(path: Path) -> str:
    return _hash_of(path, path.stat().st_mtime_ns)


ROUTES = (Route("/static/<path:name>", show_static, Permission.SEE_PUBLIC),)
