"""The register of a district as a file: what the catalogue publishes, in three formats."""

import csv
import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import geopandas
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from geoapp.assets.queries import get_asset
from geoapp.assets.rules import Kind, PhysicalStatus
from geoapp.catalogue import PUBLISHED, REGISTER_ROW
from geoapp.cli import main
from geoapp.districts.tables import District
from geoapp.exchange.exports import REGISTER, WRITERS, read_rows
from geoapp.exchange.reading.program import read
from geoapp.geo.crs import LONLAT, find_srid
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory

COLUMNS = REGISTER.columns
ODBL = "ODbL 1.0, (c) OpenStreetMap contributors"


@pytest.fixture
def slug(session: Session, make: Factory) -> str:
    """A district with two things of the city's own and one of OpenStreetMap."""
    owner = make.organisation(name="Stadsbeheer")
    make.asset(
        code="22-222",
        name="=HYPERLINK(1)",
        kind=Kind.PLAYGROUND,
        details={"surface": "gras", "area_m2": 12},
        owner_id=owner.id,
        last_seen_on=NOW.date(),
    )
    make.asset(code="33-333", name="Bank")
    make.asset(code="44-444", name="Bank van allen", licence=ODBL)
    make.asset(physical_status=PhysicalStatus.REMOVED)
    make.asset(district_id=make.district().id)
    return session.get_one(District, owner.district_id).slug


def ask(client: FlaskClient, slug: str, end: str, query: str = "") -> bytes:
    """The file as anybody gets it."""
    answer = client.get(f"/districts/{slug}/register{end}{query}")
    assert answer.status_code == 200
    assert answer.mimetype == WRITERS[end].mimetype
    return bytes(answer.data)


def codes(data: bytes) -> list[Any]:
    """The codes in a file, as our own gate reads them."""
    return [row["code"] for row in read(data, None).rows]


def test_a_row_has_the_fields_of_the_api_without_what_is_joined() -> None:
    asset = {field.name: field for field in PUBLISHED["asset"]}
    joined = {"keeper", "funding", "agreement", "open_now", "areas", "defects"}
    assert set(COLUMNS) == set(asset) - joined
    assert all(asset[field.name] is field for field in REGISTER_ROW if field.name != "owner")


@pytest.mark.parametrize("end", WRITERS)
def test_rows_under_the_odbl_have_a_file_of_their_own(
    own_client: FlaskClient, slug: str, end: str
) -> None:
    assert codes(ask(own_client, slug, end)) == ["22-222", "33-333"]
    assert codes(ask(own_client, slug, end, "?licence=odbl")) == ["44-444"]


def test_geojson_tells_what_the_api_tells(own_client: FlaskClient, slug: str) -> None:
    first, _ = json.loads(ask(own_client, slug, ".geojson"))["features"]
    told = own_client.get("/api/v1/assets/22-222").get_json()
    assert first["properties"] == {name: told[name] for name in COLUMNS} | {"owner": "Stadsbeheer"}
    assert first["geometry"] == {"type": "Point", "coordinates": [told["lon"], told["lat"]]}


def test_csv_has_no_cell_that_a_spreadsheet_runs(own_client: FlaskClient, slug: str) -> None:
    lines = list(csv.DictReader(StringIO(ask(own_client, slug, ".csv").decode())))
    assert tuple(lines[0]) == COLUMNS
    assert lines[0]["name"] == "'=HYPERLINK(1)"
    assert json.loads(lines[0]["details"]) == {"surface": "gras", "area_m2": 12}
    assert lines[1]["owner"] == lines[1]["last_seen_on"] == ""


def test_a_geopackage_opens_where_people_open_it(
    own_client: FlaskClient, slug: str, tmp_path: Path
) -> None:
    data = ask(own_client, slug, ".gpkg")
    file = tmp_path / "register.gpkg"
    file.write_bytes(data)
    frame = geopandas.read_file(file)
    assert isinstance(frame, geopandas.GeoDataFrame)
    assert frame.crs is not None
    assert frame.crs.to_epsg() == LONLAT
    assert set(frame.columns) == {*COLUMNS, "geometry"}
    assert list(frame.geometry.x.round(6)) == [LON, LON]
    assert list(frame.geometry.y.round(6)) == [LAT, LAT]
    assert find_srid(read(data, None).crs) == LONLAT


@pytest.mark.parametrize("end", WRITERS)
def test_a_district_where_nothing_stands_has_an_empty_file(
    own_client: FlaskClient, make: Factory, end: str
) -> None:
    assert ask(own_client, make.district().slug, end)


def test_a_file_of_another_kind_or_licence_is_refused(own_client: FlaskClient, slug: str) -> None:
    assert own_client.get(f"/districts/{slug}/register.shp").status_code == 404
    assert own_client.get(f"/districts/{slug}/register.csv?licence=mine").status_code == 400
    assert own_client.get("/districts/nowhere/register.csv").status_code == 404


def test_rows_are_read_some_at_a_time_and_each_once(
    session: Session, slug: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geoapp.exchange.exports.AT_ONCE", 1)
    rows = read_rows(session, district=slug, is_share_alike=False, url_of=str)
    assert [row["code"] for row in rows] == ["22-222", "33-333"]
    assert get_asset(session, code="22-222").owner is not None


def test_the_command_writes_the_same_and_refuses_a_name_it_does_not_know(
    demo_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", demo_url)
    known, strange = tmp_path / "register.geojson", tmp_path / "register.shp"
    assert CliRunner().invoke(main, ["export", "zuidoost", str(known), "--odbl"]).exit_code == 0
    features = json.loads(known.read_text(encoding="utf-8"))["features"]
    assert {feature["properties"]["licence"] for feature in features} == {ODBL}
    assert CliRunner().invoke(main, ["export", "zuidoost", str(strange)]).exit_code != 0
    assert not strange.exists()


@pytest.mark.parametrize(("district", "count"), [("zuidoost", 6), ("elsewhere", 3)])
def test_the_page_of_whose_map_this_is_leads_to_every_file(
    own_client: FlaskClient, make: Factory, district: str, count: int
) -> None:
    make.organisation(district_id=make.district(slug=district).id, is_desk=True)
    page = own_client.get(f"/about?district={district}").text
    files = set(re.findall(rf'href="(/districts/{district}/register[^"]+)"', page))
    assert len(files) == count
    assert {own_client.get(file).status_code for file in files} == {200}
