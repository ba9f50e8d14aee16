"""The register of a district, to take along as a file."""

from collections.abc import Callable, Collection, Iterator
from typing import Any

from flask import make_response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.assets.rules import SHARE_ALIKE, is_share_alike
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import Invalid
from geoapp.exchange.exports import REGISTER, WRITERS, Layer, Row, read_rows
from geoapp.people.rules import Permission
from geoapp.web.language import gettext
from geoapp.web.page import Page, open_page

# What a reader of rows is told: whether those under the ODbL are asked for, and their addresses.
Asked = dict[str, Any]
# How an address asks for the rows under that licence, and those alone.
OPEN_DATABASE = SHARE_ALIKE.lower()


def download_geojson(slug: str) -> Response:
    """What stands in a district, as GeoJSON."""
    return _download(slug, ".geojson")


def download_geopackage(slug: str) -> Response:
    """What stands in a district, as a GeoPackage."""
    return _download(slug, ".gpkg")


def download_csv(slug: str) -> Response:
    """What stands in a district, as CSV."""
    return _download(slug, ".csv")


def _download(slug: str, end: str) -> Response:
    return send_rows(slug, REGISTER, end, _read)


def _read(session: Session, page: Page, asked: Asked) -> Iterator[Row]:
    return read_rows(session, district=page.place.slug, **asked)


def send_rows(
    slug: str, layer: Layer, end: str, read: Callable[[Session, Page, Asked], Iterator[Row]]
) -> Response:
    """Rows of a district as a file; `licence=odbl` gives those under that alone, and without it
    all others.

    Raises:
        Invalid: another licence is asked for.
    """
    licence = request.args.get("licence", "")
    if licence not in ("", OPEN_DATABASE):
        raise Invalid("There is no other file than that with licence=odbl.", field="licence")
    asked = {"is_share_alike": bool(licence), "url_of": _url_of}
    with open_session() as session:
        page = open_page(session, district=slug)
        rows = read(session, page, asked)
        body = WRITERS[end].write(rows, layer=layer, now=wiring().clock())
    response = make_response(body)
    response.mimetype = WRITERS[end].mimetype
    marks = (layer.name, page.place.slug, licence, page.today.isoformat())
    filename = "-".join(filter(None, marks))
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}{end}"'
    return response


def _url_of(code: str) -> str:
    return url_for("web.show_asset", code=code, _external=True)


def list_files(
    slug: str, licences: Collection[str], *, of: str = "download"
) -> list[tuple[str, str]]:
    """The address and name of each file of a district whose sources have these licences; `of` is
    how the names of their views begin."""
    ends = {"GeoJSON": "geojson", "GeoPackage": "geopackage", "CSV": "csv"}
    return [
        (
            url_for(f"web.{of}_{end}", slug=slug, licence=licence),
            gettext("%(name)s, under the ODbL", name=name) if licence else name,
        )
        for licence in ((None, OPEN_DATABASE) if any(map(is_share_alike, licences)) else (None,))
        for name, end in ends.items()
    ]


ROUTES = (
    Route("/districts/<slug>/register.geojson", download_geojson, Permission.SEE_PUBLIC),
    Route("/districts/<slug>/register.gpkg", download_geopackage, Permission.SEE_PUBLIC),
    Route("/districts/<slug>/register.csv", download_csv, Permission.SEE_PUBLIC),
)
