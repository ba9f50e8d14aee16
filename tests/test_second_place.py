"""A second, made-up place in the same database: nothing is tied to the first."""

import gzip
import html
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
import shapely
from click.testing import CliRunner
from flask.testing import FlaskClient
from geoalchemy2.shape import to_shape
from playwright.sync_api import Browser, expect
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from geoapp.app import create_app, metadata, refuse_examples
from geoapp.areas.rules import Level
from geoapp.areas.tables import AreaFigure, OfficialArea
from geoapp.assets.tables import Asset
from geoapp.cli import main
from geoapp.config import PROJECT_DIR, Settings
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine
from geoapp.defects.tables import Defect
from geoapp.districts.queries import Place, get_district, list_districts
from geoapp.districts.tables import District
from geoapp.errors import Invalid
from geoapp.exchange.examples import load_examples, remove_examples
from geoapp.exchange.importing import import_file
from geoapp.geo.crs import LONLAT, cell_of, transform_shape
from geoapp.people.actions import OrganisationDraft, put_organisation
from geoapp.people.rules import OrganisationKind
from geoapp.people.tables import Organisation
from tests.browser import PHONE, Visitors, serve, watch
from tests.conftest import NOW, SEALER
from tests.factories import LAT, LON, Factory, area_shape, stored
from tests.synthetic import tile_at

pytest_plugins = ("tests.browser",)

DATA = PROJECT_DIR / "data"
PARENT_LEVEL = {Level.BUURT: Level.WIJK, Level.WIJK: Level.GEBIED}
# Less than a square millimetre: rounding of the transformation, not a gap.
NOTHING_M2 = 1e-6
MOST_PAGES = 60


@pytest.fixture
def lakeside(demo_session: Session) -> Place:
    """The second place."""
    return get_district(demo_session, slug="lakeside")


def shapes_of(session: Session, place: Place, level: Level) -> dict[str, BaseGeometry]:
    """Official areas of a level by code, in the place's own metres."""
    rows = session.execute(
        select(OfficialArea.code, OfficialArea.geom).where(
            OfficialArea.district_id == place.id, OfficialArea.level == level
        )
    )
    return {code: transform_shape(to_shape(geom), LONLAT, place.metric_srid) for code, geom in rows}


def codes_of(session: Session, table: type[Asset] | type[Defect], place: Place) -> set[str]:
    """Public codes of what lies in a place."""
    return set(session.scalars(select(table.code).where(table.district_id == place.id)))


def middle_of(place: Place) -> tuple[float, float]:
    """Lon and lat of the middle of a place."""
    assert place.bounds is not None
    west, south, east, north = place.bounds
    return (west + east) / 2, (south + north) / 2


def get_page(client: FlaskClient, address: str, **headers: str) -> str:
    """A page that is there, without its list of other maps: they are meant to lead away."""
    return read_page(client.get(address, headers=headers))


def read_page(answer: TestResponse) -> str:
    """The same of an answer."""
    assert answer.status_code == 200, answer.text
    return re.sub(r"<h2>Other maps</h2>.*?</section>", "", answer.text, flags=re.S)


def test_two_places_lie_in_one_database_and_differ_in_everything(demo_session: Session) -> None:
    first, second = list_districts(demo_session)
    assert (first.slug, second.slug) == ("zuidoost", "lakeside")
    assert (second.metric_srid, second.time_zone) == (2056, "Europe/Zurich")
    assert second.languages == ("en", "nl")
    for name in (
        "metric_srid",
        "time_zone",
        "languages",
        "answer_days",
        "acceptance_days",
        "silence_days",
        "emergency",
        "attribution",
        "search_example",
    ):
        assert getattr(first, name) != getattr(second, name), name


def test_its_buurten_fill_their_wijken_and_gebieden_without_gap_or_overlap(
    demo_session: Session, lakeside: Place
) -> None:
    for level, above in PARENT_LEVEL.items():
        small, large = (shapes_of(demo_session, lakeside, each) for each in (level, above))
        assert small
        for code, whole in large.items():
            parts = [shape for own, shape in small.items() if own.startswith(code)]
            united = shapely.union_all(parts)
            assert sum(part.area for part in parts) == pytest.approx(united.area, abs=NOTHING_M2)
            assert united.symmetric_difference(whole).area < NOTHING_M2


def test_its_levels_hold_what_the_files_say(demo_session: Session, lakeside: Place) -> None:
    counts = {level: len(shapes_of(demo_session, lakeside, level)) for level in Level}
    assert counts == {Level.GEBIED: 2, Level.WIJK: 4, Level.BUURT: 10}


def test_two_old_areas_that_merged_are_counted_together(
    demo_session: Session, lakeside: Place
) -> None:
    merged = demo_session.scalars(
        select(AreaFigure)
        .join(OfficialArea, OfficialArea.id == AreaFigure.area_id)
        .where(OfficialArea.district_id == lakeside.id, OfficialArea.code == "LB02")
    ).one()
    assert (merged.year, merged.inhabitants, merged.households) == (2025, 2000, 880)
    assert merged.households_with_children == 270


def test_its_map_bears_its_own_name_and_numbers(client: FlaskClient) -> None:
    page = get_page(client, "/?district=lakeside")
    assert "Lakeside neighbourhood map" in page
    assert "Danger? Call 112" in page
    assert "Old Orchard" in page
    for foreign in ("Zuidoost", "K-buurt", "14020"):
        assert foreign not in page


def test_the_first_place_does_not_speak_of_the_second(client: FlaskClient) -> None:
    assert "akeside" not in get_page(client, "/")


def test_links_on_its_pages_keep_to_it(client: FlaskClient) -> None:
    page = get_page(client, "/?district=lakeside")
    assert 'class="brand" href="/?district=lakeside"' in page
    assert '<input type="hidden" name="district" value="lakeside">' in page
    for address in ("/", "/report", "/about", "/mine"):
        links = re.findall(rf'href="{re.escape(address)}(?:\?([^"#]*))?"', page)
        assert links, address
        assert all("district=lakeside" in query for query in links), address


def test_no_link_from_its_map_leaves_it(client: FlaskClient) -> None:
    queue, met, pages = ["/?district=lakeside"], set[str](), 0
    while queue and pages < MOST_PAGES:
        address = queue.pop(0)
        if address in met:
            continue
        met.add(address)
        answer = client.get(address)
        if answer.status_code == 401:  # for somebody alone
            continue
        pages += 1
        page = read_page(answer)
        assert "Lakeside neighbourhood map</title>" in page, address
        assert '<html lang="en" data-district="lakeside">' in page, address
        assert "uidoost" not in page, address
        queue += [
            html.unescape(link).partition("#")[0]
            for link in re.findall(r'href="(/[^"]*)"', page)
            if "lang=" not in link and not link.startswith("/static")
        ]
    assert pages == MOST_PAGES


@pytest.mark.parametrize(
    "address",
    ["/?area=harbour", "/areas/harbour", "/areas/saint-elan", "/platforms/lakeside-platform-1"],
)
def test_an_address_of_its_things_opens_its_page(client: FlaskClient, address: str) -> None:
    page = get_page(client, address)
    assert "Lakeside neighbourhood map" in page
    assert "Zuidoost" not in page


@pytest.mark.parametrize(
    "address",
    [
        "/?at={lat},{lon},15",
        "/report?at={lat},{lon},15",
        "/report?lat={lat}&lon={lon}",
        "/at?lat={lat}&lon={lon}",
        "/about?district=lakeside",
        "/mine?district=lakeside",
        "/report?district=lakeside",
    ],
)
def test_a_spot_in_it_opens_its_page(client: FlaskClient, lakeside: Place, address: str) -> None:
    lon, lat = middle_of(lakeside)
    page = get_page(client, address.format(lat=lat, lon=lon))
    assert "Lakeside neighbourhood map" in page
    assert "Zuidoost neighbourhood map" not in page


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("old orchard", "Old Orchard"),
        ("saint elan", "Saint-Élan"),
        ("millers row", "Miller&#39;s Row"),
        ("example platform a", "Example platform A"),
        ("k-buurt", ""),
        ("voorbeeldplatform", ""),
    ],
)
def test_its_search_finds_its_names_and_none_of_the_other_place(
    client: FlaskClient, words: str, found: str
) -> None:
    part = client.get("/find", query_string={"district": "lakeside", "q": words, "part": 1}).text
    assert found in part
    assert bool(found) == ("<a " in part)


def test_the_first_place_finds_none_of_its_names(client: FlaskClient) -> None:
    assert "<a " not in client.get("/find?q=old+orchard&part=1").text


@pytest.mark.parametrize(("kind", "table"), [("assets", Asset), ("defects", Defect)])
def test_the_api_lists_its_things_alone(
    client: FlaskClient,
    demo_session: Session,
    lakeside: Place,
    kind: str,
    table: type[Asset] | type[Defect],
) -> None:
    answer = client.get(f"/api/v1/{kind}?district=lakeside&limit=1000").get_json()
    assert {item["district"] for item in answer["items"]} == {"lakeside"}
    listed = {item["code"] for item in answer["items"]}
    assert listed <= codes_of(demo_session, table, lakeside)
    assert len(listed) > 20


@pytest.mark.parametrize("layer", ["official", "neighbourhoods", "platforms", "places", "labels"])
def test_a_tile_over_it_holds_its_things(client: FlaskClient, lakeside: Place, layer: str) -> None:
    tile = tile_at(*middle_of(lakeside), 13)
    answer = client.get(f"/tiles/{layer}/{tile}.mvt", headers={"Accept-Encoding": "gzip"})
    assert mapbox_vector_tile.decode(gzip.decompress(answer.data))[layer]["features"]


@pytest.mark.parametrize("table", [Asset, Defect])
def test_its_things_are_told_in_its_first_language_when_none_is_asked_for(
    client: FlaskClient, demo_session: Session, lakeside: Place, table: type[Asset] | type[Defect]
) -> None:
    code = min(codes_of(demo_session, table, lakeside))
    address = f"/{table.__name__.lower()}s/{code}"
    page = get_page(client, address)
    assert '<html lang="en"' in page
    assert "Lakeside neighbourhood map" in page
    assert '<html lang="nl"' in get_page(client, address, **{"Accept-Language": "nl"})


def test_whose_map_it_is_names_its_desk_in_its_language(client: FlaskClient) -> None:
    page = get_page(client, "/about?district=lakeside")
    assert '<html lang="en"' in page
    assert "Lakeside district office" in page
    assert "Made up for this example" in page
    for foreign in ("OpenStreetMap", "Amsterdam", "stadsloket"):
        assert foreign not in page


def test_the_first_place_names_its_own_sources(client: FlaskClient) -> None:
    page = get_page(client, "/about")
    assert "OpenStreetMap" in page
    assert "Made up for this example" not in page


def test_its_languages_stand_in_its_own_order(client: FlaskClient) -> None:
    first, second = (
        re.findall(r'hreflang="(\w+)"', get_page(client, address))
        for address in ("/", "/?district=lakeside")
    )
    assert (first[:2], second[:2]) == (["nl", "en"], ["en", "nl"])


def test_a_report_in_it_is_its_own(demo_engine: Engine, lakeside: Place) -> None:
    lon, lat = middle_of(lakeside)
    with demo_engine.connect() as connection, connection.begin() as outer:
        app = create_app(Settings(background_url=""), engine=connection, clock=lambda: NOW)
        sent: dict[str, Any] = {"lat": lat, "lon": lon, "category": "broken"}
        answer = app.test_client().post("/api/v1/defects", json=sent)
        assert answer.status_code == 201, answer.text
        with Session(connection) as session:
            code = answer.get_json()["code"]
            stored = session.scalars(select(Defect).where(Defect.code == code)).one()
            addressee = session.get_one(Organisation, stored.addressee_id)
            found = (stored.district_id, addressee.district_id, (stored.cell_x, stored.cell_y))
        outer.rollback()
    assert found == (lakeside.id, lakeside.id, cell_of(lon, lat, 2056))


def test_its_examples_are_not_loaded_twice(
    demo_session: Session,
) -> None:
    with pytest.raises(Invalid, match="remove them first"):
        load_examples(
            demo_session,
            folder=DATA / "examples" / "lakeside",
            district="lakeside",
            sealer=SEALER,
            now=NOW,
        )


def test_a_folder_without_examples_is_named(demo_session: Session) -> None:
    with pytest.raises(Invalid, match=r"no examples in .*nowhere"):
        load_examples(
            demo_session, folder=DATA / "nowhere", district="lakeside", sealer=SEALER, now=NOW
        )


@pytest.mark.parametrize(
    ("slug", "said"),
    [("lakeside", "loaded already"), ("nowhere", "There are no examples in")],
)
def test_the_command_looks_in_the_folder_of_the_district(
    demo_url: str, monkeypatch: pytest.MonkeyPatch, slug: str, said: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", demo_url)
    done = CliRunner().invoke(main, ["examples", "load", "--district", slug])
    assert done.exit_code == 1
    assert said in done.output


def test_an_organisation_is_never_taken_from_another_place(
    demo_session: Session, lakeside: Place
) -> None:
    draft = OrganisationDraft(
        slug="stadswerken",
        name="Works",
        kind=OrganisationKind.MUNICIPALITY,
        reads_along=True,
        is_volunteer=False,
        is_example=True,
    )
    with pytest.raises(Invalid, match="Another district"):
        put_organisation(demo_session, district_id=lakeside.id, draft=draft)


def test_examples_that_name_what_another_place_has_are_refused(
    demo_session: Session, tmp_path: Path
) -> None:
    folder = shutil.copytree(DATA / "examples" / "zuidoost", tmp_path / "zuidoost")
    money = (folder / "money.json").read_text(encoding="utf-8")
    (folder / "money.json").write_text(
        money.replace("stadsdeel-zuidoost", "lakeside-office"), encoding="utf-8"
    )
    remove_examples(demo_session)
    with pytest.raises(Invalid, match="lakeside-office, which zuidoost does not have"):
        load_examples(demo_session, folder=folder, district="zuidoost", sealer=SEALER, now=NOW)


def test_whose_map_it_is_leads_to_the_other_maps(client: FlaskClient) -> None:
    for address, slug, name in (
        ("/about?lang=en", "lakeside", "Exampletown Lakeside"),
        ("/about?district=lakeside", "zuidoost", "Amsterdam Zuidoost"),
    ):
        others = client.get(address).text.partition("<h2>Other maps</h2>")[2]
        assert f'<a href="/?district={slug}' in others
        assert name in others


# -- A place that is made up is an example ----------------------------------------------------


def test_every_page_of_a_made_up_place_wears_the_badge(client: FlaskClient) -> None:
    badge = re.compile(r'class="brand"(?:(?!</a>).)*<span class="vb">Example</span>', re.S)
    assert badge.search(get_page(client, "/?district=lakeside"))
    assert badge.search(get_page(client, "/areas/harbour"))
    assert not badge.search(get_page(client, "/?lang=en"))


def test_a_report_and_a_thing_in_a_made_up_place_are_examples_and_go_with_it(
    make: Factory, session: Session, own_client: FlaskClient, tmp_path: Path
) -> None:
    district = make.district(is_example=True)
    make.organisation(district_id=district.id, is_desk=True, is_example=True)
    make.official_area(district_id=district.id)
    file = tmp_path / "bench.geojson"
    point = {"type": "Point", "coordinates": [LON, LAT]}
    bench = {"ref": "1", "kind": "bench", "name": "Bench"}
    feature = {"type": "Feature", "properties": bench, "geometry": point}
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    import_file(session, file, layout_name="assets", say=lambda _: None)
    sent = {"lat": LAT, "lon": LON, "category": "broken"}
    assert own_client.post("/api/v1/defects", json=sent).status_code == 201
    for table in (Asset, Defect):
        assert session.scalars(select(table.is_example)).all() == [True]
    remove_examples(session)
    assert list_districts(session) == []


def test_a_made_up_place_keeps_production_from_starting(
    make: Factory, connection: Connection
) -> None:
    make.district(is_example=True)
    with pytest.raises(Invalid, match=r"there are examples \(district\)"):
        refuse_examples(connection)


# -- The background map is the place's own ----------------------------------------------------


def test_each_place_has_its_own_background_and_the_page_may_show_it_alone(
    demo_engine: Engine,
) -> None:
    client = create_app(Settings(), engine=demo_engine, clock=lambda: NOW).test_client()
    first, second = client.get("/"), client.get("/?district=lakeside")
    assert "service.pdok.nl" in html.unescape(first.text)
    assert "https://service.pdok.nl" in first.headers["Content-Security-Policy"]
    assert "pdok" not in second.text
    assert "pdok" not in second.headers["Content-Security-Policy"]
    assert "pdok" not in client.get("/about").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("url", "attribution", "said"),
    [
        ("https://example.org/tiles", "Somebody", "address of map tiles"),
        ("javascript:{z}{x}{y}", "Somebody", "address of map tiles"),
        ("https://example.org/{z}/{x}/{y}.png", "", "whose background map"),
    ],
)
def test_a_background_without_an_address_or_an_owner_is_refused(
    session: Session, tmp_path: Path, url: str, attribution: str, said: str
) -> None:
    told = json.loads((DATA / "lakeside_district.json").read_text(encoding="utf-8"))
    told |= {"background_url": url, "background_attribution": attribution}
    file = tmp_path / "district.json"
    file.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(Invalid, match=said):
        import_file(session, file, layout_name="district", say=lambda _: None)


def test_a_place_stays_what_it_is_a_trial_or_not(session: Session, tmp_path: Path) -> None:
    told = json.loads((DATA / "lakeside_district.json").read_text(encoding="utf-8"))
    trial, real = tmp_path / "trial.json", tmp_path / "real.json"
    trial.write_text(json.dumps(told), encoding="utf-8")
    real.write_text(json.dumps(told | {"is_example": False}), encoding="utf-8")
    import_file(session, trial, layout_name="district", say=lambda _: None)
    with pytest.raises(Invalid, match="is_example cannot change"):
        import_file(session, real, layout_name="district", say=lambda _: None)


def test_a_key_whose_report_went_with_the_examples_is_said_to_be_used(
    make: Factory, session: Session, own_client: FlaskClient
) -> None:
    district = make.district(is_example=True)
    make.organisation(district_id=district.id, is_desk=True, is_example=True)
    sent = {"lat": LAT, "lon": LON, "category": "broken"}
    headers = {"Idempotency-Key": "a-key-of-a-report"}
    assert own_client.post("/api/v1/defects", json=sent, headers=headers).status_code == 201
    session.execute(delete(Defect))
    answer = own_client.post("/api/v1/defects", json=sent, headers=headers)
    assert (answer.status_code, "taken away" in answer.text) == (409, True)


@pytest.mark.parametrize("query", ["endpoint=x", "_method=POST", "_scheme=javascript", "self=1"])
def test_an_address_gives_no_orders_to_its_own_links(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/?{query}")
    assert answer.status_code == 200
    assert "javascript:" not in answer.text


def test_days_are_the_place_s_own(make: Factory, own_client: FlaskClient) -> None:
    # At noon of 21 November in UTC it is the 22nd in the east and still the 21st in the west.
    for zone, day in (
        ("Pacific/Auckland", "22 November 2026"),
        ("Pacific/Honolulu", "21 November"),
    ):
        area = make.organic_area(district_id=make.district(time_zone=zone).id)
        assert day in own_client.get(f"/areas/{area.slug}/map?lang=en").text


# -- The errand of a resident, in a browser, in another place than the first ---------------------


@pytest.fixture(scope="module")
def two_places(make_database: Callable[[str], str]) -> Iterator[tuple[Engine, str]]:
    """A service on two places, the second elsewhere in everything; and its origin."""
    engine = make_engine(make_database("two_places"))
    migrate(engine, metadata())
    with Session(engine, expire_on_commit=False) as session, session.begin():
        make = Factory(session)
        make.organisation(is_desk=True, name="Het loket")
        far = make.district(
            slug="far",
            name="Far",
            metric_srid=2056,
            time_zone="Europe/Zurich",
            languages=["en", "nl"],
            bounds=stored(area_shape(8.25, 47.0, 8.35, 47.1)),
        )
        make.organisation(district_id=far.id, is_desk=True, name="The office")
        square = stored(area_shape(8.25, 47.0, 8.35, 47.1))
        make.official_area(district_id=far.id, name="Field", level=Level.WIJK, geom=square)
    with serve(create_app(Settings(background_url=""), engine=engine, clock=lambda: NOW)) as origin:
        yield engine, origin
    engine.dispose()


@pytest.fixture
def travellers(browser: Browser, two_places: tuple[Engine, str]) -> Iterator[Visitors]:
    """Visitors of those two places."""
    yield from watch(browser, two_places[1])


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_a_report_in_another_place_goes_to_its_own_desk_in_its_own_language(
    travellers: Visitors, two_places: tuple[Engine, str], *, scripts: bool
) -> None:
    # A language the service does not speak: the place's own first one is read.
    page = travellers.enter(width=PHONE, language="fr", java_script_enabled=scripts)
    if scripts:
        page.goto("/?district=far")
        page.locator(".dock a").click()
        page.wait_for_selector("html[data-map=ready]", state="attached")
        page.locator("#here").click()
    else:
        page.goto("/report?lat=47.05&lon=8.30")
    page.locator(".pick label").first.click()
    page.locator("#send").click()
    expect(page.get_by_role("heading", name="Your report is on the map.")).to_be_visible()
    expect(page.locator("#receipt")).to_contain_text("The office")
    with Session(two_places[0]) as session:
        newest = select(Defect, District.slug).join(District, District.id == Defect.district_id)
        defect, slug = session.execute(newest.order_by(Defect.id.desc()).limit(1)).one()
        point = to_shape(defect.geom)
    assert slug == "far"
    assert (defect.cell_x, defect.cell_y) == cell_of(point.x, point.y, 2056)  # type: ignore[attr-defined]  # a point has both
