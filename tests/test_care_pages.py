"""The care page, its files, and whom one can call: every list has its next step, every place and
theme somebody to call."""

import csv
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import geopandas
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from geoapp.areas.rules import Theme
from geoapp.areas.tables import OfficialArea
from geoapp.assets.rules import Kind
from geoapp.care.actions import refresh_districts
from geoapp.care.rules import Gap
from geoapp.districts.queries import list_districts
from geoapp.districts.tables import District
from tests.conftest import NOW
from tests.desks import Desk, token_of
from tests.factories import Factory, area_shape, stored
from tests.world import World

TODAY = NOW.date()
pytest_plugins = ["tests.desks"]


@pytest.fixture
def here(session: Session, make: Factory) -> District:
    """A district with a playground that nobody keeps, and a bench of OpenStreetMap."""
    district = make.district(slug="here", bounds=stored(area_shape(4.9, 51.9, 5.1, 52.1)))
    make.organisation(
        slug="desk", name="Balie Hier", district_id=district.id, is_desk=True, how_to_reach="14 020"
    )
    playground = make.asset(
        code="22-222", name="De Ponk", kind=Kind.PLAYGROUND, district_id=district.id
    )
    make.duty(asset_id=playground.id, covers=["cleaning"])
    make.asset(
        code="33-333", name="=Bank", kind=Kind.BENCH, district_id=district.id, licence="ODbL 1.0"
    )
    refresh_districts(session, now=NOW)
    return district


def read(client: FlaskClient, path: str) -> str:
    """A page in English."""
    answer = client.get(path, query_string=None if "?" in path else {"lang": "en"})
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


@pytest.mark.usefixtures("here")
def test_a_playground_nobody_answers_for_is_found_with_who_must_say_it(
    own_client: FlaskClient,
) -> None:
    page = read(own_client, "/districts/here/care?gap=no_keeper&lang=en")
    assert "Nobody answers for the devices." in page
    assert 'href="/assets/22-222/keepers"' in page
    assert "Who can do this: Balie Hier" in page


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("gap", Gap)
def test_each_list_says_what_it_is_and_how_it_is_counted(own_client: FlaskClient, gap: Gap) -> None:
    for tag in ("en", "nl"):
        page = read(own_client, f"/districts/here/care?gap={gap.value}&lang={tag}")
        assert page.count('aria-current="page"') == 1


def test_an_area_shows_what_lies_in_it_alone(
    own_client: FlaskClient, session: Session, make: Factory, here: District
) -> None:
    far = stored(area_shape(5.05, 52.05, 5.06, 52.06))
    area: OfficialArea = make.official_area(district_id=here.id, geom=far)
    session.flush()
    page = read(own_client, f"/districts/here/care?area={area.slug}&lang=en")
    assert "There is nothing on this list." in page
    elsewhere = make.official_area(district_id=make.district(slug="there").id)
    answer = own_client.get(f"/districts/here/care?area={elsewhere.slug}")
    assert answer.status_code == 404


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "query",
    ["gap=keys", "after=x", "after=2026-13-01_22-222", "after=_%00", "area=nowhere"],
)
def test_what_is_no_list_is_not_there(own_client: FlaskClient, query: str) -> None:
    assert own_client.get(f"/districts/here/care?{query}").status_code in (400, 404)


def test_the_list_is_read_page_by_page(
    own_client: FlaskClient, session: Session, make: Factory, here: District
) -> None:
    for _ in range(45):
        make.asset(kind=Kind.BENCH, district_id=here.id)
    refresh_districts(session, now=NOW)
    path, told = "/districts/here/care?gap=no_keeper&lang=en", 0
    pages = 0
    while path:
        page = read(own_client, path)
        told += page.count("Who can do this")
        pages += 1
        _, _, rest = page.partition('<p class="gap"><a class="btn sm" href="')
        path = rest.partition("#")[0].replace("&amp;", "&") if "Go on</a>" in page else ""
    assert (told, pages) == (47, 3)


@pytest.mark.usefixtures("here")
def test_the_files_tell_what_the_page_tells_and_keep_licences_apart(
    own_client: FlaskClient, tmp_path: Path
) -> None:
    ours = own_client.get("/districts/here/care.csv").get_data(as_text=True)
    rows = [(row["code"], row["gap"], row["about"]) for row in csv.DictReader(StringIO(ours))]
    assert ("22-222", "no_keeper", "device") in rows
    assert {code for code, _, _ in rows} == {"22-222"}
    theirs = own_client.get("/districts/here/care.geojson?licence=odbl").get_json()
    assert {feature["id"] for feature in theirs["features"]} == {"33-333"}
    packed = tmp_path / "care.gpkg"
    packed.write_bytes(own_client.get("/districts/here/care.gpkg").data)
    frame = geopandas.read_file(packed, layer="care")
    assert len(frame) == len(rows)
    assert str(frame.crs) == "EPSG:4326"


@pytest.mark.usefixtures("here")
def test_no_cell_of_the_file_is_run_by_a_spreadsheet(own_client: FlaskClient) -> None:
    told = own_client.get("/districts/here/care.csv?licence=odbl").get_data(as_text=True)
    assert "'=Bank" in told


def test_a_district_of_which_nothing_is_known_says_so(
    own_client: FlaskClient, make: Factory
) -> None:
    district = make.district(slug="empty")
    make.organisation(district_id=district.id, is_desk=True)
    page = read(own_client, "/districts/empty/care?lang=en")
    assert "There is nothing on this list." in page
    assert "The places have not been looked at yet" in page


# -- Whom can we call? ---------------------------------------------------------------------------


def spots_of(session: Session) -> Iterator[tuple[str, str]]:
    """Nine spots in every district, as an address says them."""
    for place in list_districts(session):
        assert place.bounds
        west, south, east, north = place.bounds
        for right in (0.1, 0.5, 0.9):
            for up in (0.1, 0.5, 0.9):
                lon, lat = west + (east - west) * right, south + (north - south) * up
                yield place.slug, f"{lat:.5f},{lon:.5f}"


def test_every_place_and_theme_has_somebody_to_call(
    client: FlaskClient, demo_session: Session
) -> None:
    asked = 0
    for district, at in spots_of(demo_session):
        for theme in ("", *Theme):
            path = f"/contacts?district={district}&at={at}&theme={theme}&lang=en"
            page = read(client, path)
            _, _, answer = page.partition("Not sure whom?")
            assert "Takes every question" in answer
            asked += 1
    assert asked == 9 * 2 * (len(Theme) + 1)


def test_a_thing_tells_who_keeps_it_first_and_how_to_reach_them(
    own_client: FlaskClient, make: Factory, here: District
) -> None:
    keeper = make.organisation(
        name="Oppasmoeders", how_to_reach="elke dag in het gebouwtje", district_id=here.id
    )
    asset = make.asset(district_id=here.id)
    make.duty(asset_id=asset.id, organisation_id=keeper.id)
    page = read(own_client, f"/contacts?asset={asset.code}&lang=en")
    assert page.index("Oppasmoeders") < page.index("Balie Hier")
    assert "elke dag in het gebouwtje" in page


def test_a_contact_nobody_has_checked_for_a_year_is_marked_until_somebody_says_it_is_right(
    world: World, desk: Desk
) -> None:
    contact = world.make.contact(
        role_name="Wijkmeester",
        district_id=world.here.id,
        organisation_id=world.contractor.id,
        checked_on=TODAY - timedelta(days=366),
    )
    world.make.contact_scope(contact_id=contact.id)
    anybody = desk.app.test_client()
    marked = "Nobody has said since"
    assert marked in read(anybody, "/contacts?district=here&lang=en")
    keeper = desk.browser("maintainer")
    page = keeper.get("/areas/area-here/contacts").get_data(as_text=True)
    path = f"/contacts/{contact.id}/checked"
    assert path in page
    values = {"csrf_token": token_of(page), "area": "area-here"}
    assert keeper.post(path, data=values).status_code == 303
    assert marked not in read(anybody, "/contacts?district=here&lang=en")
    stranger = desk.browser("member of A")
    assert stranger.post(path, data=values).status_code == 403
    assert anybody.post(path, data=values).status_code == 401
