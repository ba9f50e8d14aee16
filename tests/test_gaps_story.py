"""The errand of an officer in Zuidoost, on the data that is there: the figure is reckoned once more
here from the rows themselves, square by square."""

import csv
import html as escapes
import math
import re
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pyogrio
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from geoapp.coverage.gaps.questions import read_question
from geoapp.districts.queries import get_district
from geoapp.geo.crs import LONLAT, transform_point
from geoapp.hours.queries import open_now_of
from tests.conftest import NOW

ASKED = "kind=sport_court&norm=400&at=sat-15:00"
GAPS = "/districts/zuidoost/gaps"
SILENT = 9
MOST_BYTES = 3_000_000
WHY = "De lijst noemt hier geen enkele speelplek."


def read(client: FlaskClient, path: str) -> str:
    """The words of a page."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    bare = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", answer.text, flags=re.S)
    return escapes.unescape(" ".join(re.sub(r"<[^>]+>", " ", bare).split()))


def list_lines(client: FlaskClient, asked: str) -> list[dict[str, str]]:
    """The lines of the file for a spreadsheet."""
    answer = client.get(f"{GAPS}.csv?{asked}")
    assert answer.status_code == 200
    return list(csv.DictReader(StringIO(answer.text)))


def reckon_far(session: Session) -> float:
    """Households with children that walk more than 400 m to a court that may be open then."""
    place = get_district(session, slug="zuidoost")
    when = read_question({"at": "Sat 15:00"}).at
    assert when is not None
    at = when.instant(now=NOW, zone=ZoneInfo(place.time_zone))
    found = session.execute(
        text(
            "SELECT asset.id, ST_X(point) AS lon, ST_Y(point) AS lat FROM asset "
            "WHERE district_id = :id AND kind = 'sport_court' AND physical_status = 'in_use' "
            "AND GeometryType(geom) = 'POINT'"
        ),
        {"id": place.id},
    ).all()
    is_open = open_now_of(session, asset_ids=[row.id for row in found], now=at)
    courts = [
        transform_point(row.lon, row.lat, LONLAT, place.metric_srid)
        for row in found
        if is_open.get(row.id) is not False
    ]
    squares = session.execute(
        text(
            "SELECT cell_x * 100 + 50 AS x, cell_y * 100 + 50 AS y, households_with_children AS n "
            "FROM population_cell WHERE district_id = :id"
        ),
        {"id": place.id},
    )
    return math.fsum(
        n
        for x, y, n in squares
        if min(math.hypot(x - east, y - north) for east, north in courts) * 1.3 > 400
    )


def test_how_many_have_no_court_near_on_saturday_is_the_same_by_hand_on_the_page_and_in_files(
    client: FlaskClient, demo_session: Session, tmp_path: Path
) -> None:
    far = reckon_far(demo_session)
    lines = list_lines(client, ASKED)
    page = read(client, f"{GAPS}?{ASKED}")
    assert f"{round(far):,}".replace(",", ".") in page
    told = sum(int(line["far"]) for line in lines if line["far"])
    hidden = [line for line in lines if not line["far"]]
    assert abs(far - told) <= 5 * len(hidden) + len(lines) / 2
    file = client.get(f"{GAPS}.gpkg?{ASKED}")
    path = tmp_path / "gaps.gpkg"
    path.write_bytes(file.data)
    layers = {str(name) for name, _ in pyogrio.list_layers(path)}
    assert layers == {"areas", "squares", "things", "about"}
    info = pyogrio.read_info(path, layer="areas")
    assert (info["crs"], info["features"]) == ("EPSG:28992", len(lines))


def test_playgrounds_are_unknown_in_nine_wijken_and_the_page_says_why(
    client: FlaskClient, demo_engine: Engine
) -> None:
    with demo_engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT buurt.code, wijk.code AS wijk, buurt.slug FROM official_area buurt "
                "JOIN official_area wijk ON wijk.id = buurt.parent_id "
                "JOIN district ON district.id = buurt.district_id "
                "WHERE district.slug = 'zuidoost' AND buurt.level = 'buurt'"
            )
        ).all()
    lines = {line["code"]: line for line in list_lines(client, "kind=playground")}
    unknown = {row.wijk for row in rows if lines[row.code]["known"] == "unknown"}
    known = {row.wijk for row in rows if lines[row.code]["known"] == "partial"}
    assert (len(unknown), len(known), unknown & known) == (SILENT, 3, set())
    for row in rows:
        if row.wijk in unknown:
            assert lines[row.code]["near"] in ("0", "")
            assert lines[row.code]["far"] in ("0", "")
    silent = next(row for row in rows if row.wijk in unknown)
    assert WHY in read(client, f"/areas/{silent.slug}/known")
    assert WHY in lines[silent.code]["note"]


def test_two_best_spots_tell_whom_they_reach_and_together_as_much_as_both(
    client: FlaskClient,
) -> None:
    page = read(client, f"{GAPS}/more?{ASKED}&n=2&spots=grid")
    found = re.findall(r"Voor zoveel meer dichtbij \(Gezinnen\) ([0-9.]+)", page)
    first, second = (int(count.replace(".", "")) for count in found)
    assert first >= second >= 5
    assert f"Samen met die ervoor {first + second}" in page
    far = sum(int(line["far"] or 0) for line in list_lines(client, ASKED))
    assert first + second <= far


def test_the_one_file_holds_the_answer_and_asks_for_nothing(client: FlaskClient) -> None:
    file = client.get(f"{GAPS}/map?{ASKED}&download=1")
    assert "attachment" in file.headers["Content-Disposition"]
    assert not re.findall(r'(?:src|href)="[^"]*\.(?:js|css)"', file.text)
    assert "Van 100 gezinnen" in file.text
    assert len(file.data) < MOST_BYTES
