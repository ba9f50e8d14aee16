"""Where something is near, far or not known, to take along as a file: the answer to the question
that stands in the address."""

from flask import make_response
from werkzeug.wrappers import Response

from geoapp.coverage.gaps.frames import shapes_of_areas
from geoapp.edge import Route, open_session, wiring
from geoapp.exchange.gap_files import GAP_WRITERS
from geoapp.people.rules import Permission
from geoapp.web.gap_asking import find
from geoapp.web.page import open_page


def download_gaps_csv(slug: str) -> Response:
    """A line for every buurt, for a spreadsheet."""
    return _download(slug, ".csv")


def download_gaps_geojson(slug: str) -> Response:
    """A feature for every buurt, as GeoJSON."""
    return _download(slug, ".geojson")


def download_gaps_geopackage(slug: str) -> Response:
    """Buurten, squares, places and how it was reckoned, as a GeoPackage."""
    return _download(slug, ".gpkg")


def _download(slug: str, end: str) -> Response:
    now = wiring().clock()
    with open_session() as session:
        page = open_page(session, district=slug)
        finding = find(session, page)
        shapes = shapes_of_areas(session, finding)
    writer = GAP_WRITERS[end]
    response = make_response(writer.write(finding, shapes=shapes, now=now))
    response.mimetype = writer.mimetype
    filename = f"gaps-{page.place.slug}-{finding.question.kind}-{page.today.isoformat()}{end}"
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


ROUTES = (
    Route("/districts/<slug>/gaps.csv", download_gaps_csv, Permission.SEE_PUBLIC),
    Route("/districts/<slug>/gaps.geojson", download_gaps_geojson, Permission.SEE_PUBLIC),
    Route("/districts/<slug>/gaps.gpkg", download_gaps_geopackage, Permission.SEE_PUBLIC),
)
