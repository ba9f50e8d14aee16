"""The register of a district, to take along as a file."""

from collections.abc import Collection

from flask import make_response, request, url_for
from werkzeug.wrappers import Response

from geoapp.assets.rules import SHARE_ALIKE, is_share_alike
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import Invalid
from geoapp.exchange.exports import WRITERS, read_rows
from geoapp.people.rules import Permission
from geoapp.web.language import gettext
from geoapp.web.page import open_page

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
    """`licence=odbl` gives the rows under that alone, and without it all others."""
    licence = request.args.get("licence", "")
    if licence not in ("", OPEN_DATABASE):
        raise Invalid("There is no other file than that with licence=odbl.", field="licence")
    with open_session() as session:
        page = open_page(session, district=slug)
        rows = read_rows(
            session,
            district=page.place.slug,
            is_share_alike=bool(licence),
            url_of=lambda code: url_for("web.show_asset", code=code, _external=True),
        )
        body = WRITERS[end].write(rows, now=wiring().clock())
    response = make_response(body)
    response.mimetype = WRITERS[end].mimetype
    marks = ("register", page.place.slug, licence, page.today.isoformat())
    filename = "-".join(filter(None, marks))
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}{end}"'
    return response


def list_files(slug: str, licences: Collection[str]) -> list[tuple[str, str]]:
    """The address and name of each file of a district whose sources have these licences."""
    ends = {"GeoJSON": "geojson", "GeoPackage": "geopackage", "CSV": "csv"}
    return [
        (
            url_for(f"web.download_{end}", slug=slug, licence=licence),
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
