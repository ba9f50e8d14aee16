"""Vector tiles: what they cost, what is in them, and how large they may grow."""

import gzip
import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import mapbox_vector_tile
import pytest
import shapely
from flask.testing import FlaskClient
from shapely import MultiPolygon, Point, Polygon
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from geoapp.app import create_app, metadata
from geoapp.areas.actions import put_organic_area
from geoapp.assets.rules import Kind, PhysicalStatus
from geoapp.config import Settings
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine
from geoapp.defects.rules import File, Street, Work
from geoapp.geo.crs import LONLAT, WEB_MERCATOR, transform_shape
from geoapp.geo.tile import EXTENT
from tests.conftest import NOW, count_queries
from tests.factories import LAT, LON, Factory, stored
from tests.synthetic import fill, tile_at

LAYERS = ("neighbourhoods", "official", "platforms", "cabinets", "places", "defects", "labels")
MOST_BYTES = 50_000

# A tile of the real district, and one in the sea.
HERE = tile_at(4.9606, 52.2989, 14)
SEA = "14/0/8191"

Layer = dict[str, Any]


def decode(body: bytes) -> dict[str, Layer]:
    """The layers of a tile."""
    decoded: dict[str, Layer] = mapbox_vector_tile.decode(body)
    return decoded


def features(body: bytes, layer: str) -> list[dict[str, Any]]:
    """The features of one layer of a tile; none where the tile has no such layer."""
    found: list[dict[str, Any]] = decode(body).get(layer, {"features": []})["features"]
    return found


def get_tile(client: FlaskClient, path: str) -> bytes:
    """A tile as it is, not packed."""
    answer = client.get(f"/tiles/{path}.mvt")
    assert answer.status_code == 200, answer.text
    return bytes(answer.data)


# -- Addresses -------------------------------------------------------------------------------

BAD = [
    ("-1/0/0", 400),
    ("1/-1/0", 400),
    ("a/0/0", 400),
    ("1/b/0", 400),
    ("1/0/c", 400),
    ("1.0/0/0", 400),
    ("%2B1/0/0", 400),
    ("1/%200/0", 400),
    ("1/0/1e0", 400),
    ("%D9%A1/0/0", 400),
    ("%C2%B2/0/0", 400),
    ("1/0/99999999999", 400),
    ("1/" + "9" * 5000 + "/0", 400),
    ("20/0/0", 404),
    ("9999999999/0/0", 404),
    ("0/1/0", 404),
    ("14/16384/0", 404),
    ("14/0/16384", 404),
    ("19/524288/0", 404),
    ("14/9999999999/9999999999", 404),
]


@pytest.mark.parametrize(("address", "status"), BAD, ids=[bad[:30] for bad, _ in BAD])
def test_a_bad_tile_address_costs_no_query(
    client: FlaskClient, demo_engine: Engine, address: str, status: int
) -> None:
    with count_queries(demo_engine) as statements:
        answer = client.get(f"/tiles/defects/{address}.mvt")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert statements == []


def test_a_layer_that_is_not_there_costs_no_query(client: FlaskClient, demo_engine: Engine) -> None:
    with count_queries(demo_engine) as statements:
        answers = [client.get(path) for path in (f"/tiles/roads/{HERE}.mvt", "/tiles/roads.json")]
    assert [(answer.status_code, answer.mimetype) for answer in answers] == [
        (404, "application/problem+json")
    ] * 2
    assert statements == []


@pytest.mark.parametrize("layer", LAYERS)
def test_a_tile_costs_at_most_two_queries(
    client: FlaskClient, demo_engine: Engine, layer: str
) -> None:
    client.get(f"/tiles/{layer}/{HERE}.mvt")
    with count_queries(demo_engine) as statements:
        get_tile(client, f"{layer}/{HERE}")
    assert 1 <= len(statements) <= 2


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_tile_is_only_ever_read(client: FlaskClient, method: str) -> None:
    answer = client.open(f"/tiles/labels/{HERE}.mvt", method=method)
    assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")


# -- The answer ------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", LAYERS)
def test_tilejson_says_where_the_tiles_are_and_what_they_tell(
    client: FlaskClient, layer: str
) -> None:
    answer = client.get(f"/tiles/{layer}.json")
    body = answer.json
    assert body is not None
    assert (body["tilejson"], body["tiles"]) == (
        "3.0.0",
        [f"http://localhost/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt"],
    )
    assert body["minzoom"] <= body["maxzoom"] == 19
    assert [described["id"] for described in body["vector_layers"]] == [layer]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("layer", LAYERS)
def test_tilejson_names_every_property_a_feature_has(client: FlaskClient, layer: str) -> None:
    body = client.get(f"/tiles/{layer}.json").json
    assert body is not None
    named = set(body["vector_layers"][0]["fields"])
    had = {
        name
        for zoom in (11, 13, 15, 17)
        for feature in features(
            get_tile(client, f"{layer}/{tile_at(4.9606, 52.2989, zoom)}"), layer
        )
        for name in feature["properties"]
    }
    assert had
    assert had <= named


@pytest.mark.parametrize("layer", LAYERS)
def test_a_tile_has_a_strong_tag_and_is_not_sent_again(client: FlaskClient, layer: str) -> None:
    path = f"/tiles/{layer}/{HERE}.mvt"
    for encoding in ("gzip", "identity"):
        headers = {"Accept-Encoding": encoding}
        first = client.get(path, headers=headers)
        tag = first.headers["ETag"]
        again = client.get(path, headers={**headers, "If-None-Match": tag})
        assert not tag.startswith("W/")
        assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
        assert again.headers["ETag"] == tag


@pytest.mark.parametrize("layer", LAYERS)
def test_a_tile_is_the_same_whatever_way_the_database_goes_to_find_it(
    demo_engine: Engine, layer: str
) -> None:
    paths = [f"{layer}/{tile_at(4.9606, 52.2989, zoom)}" for zoom in (12, 13, 14, 16)]
    with demo_engine.connect() as connection, connection.begin():
        app = create_app(Settings(background_url=""), engine=connection, clock=lambda: NOW)
        as_usual = [get_tile(app.test_client(), path) for path in paths]
        for way in ("hashagg", "hashjoin", "nestloop", "indexscan", "bitmapscan"):
            connection.execute(text(f"SET LOCAL enable_{way} = off"))
        otherwise = [get_tile(app.test_client(), path) for path in paths]
    assert otherwise == as_usual


def test_the_two_encodings_of_a_tile_have_different_strong_tags(client: FlaskClient) -> None:
    tags = {
        client.get(f"/tiles/places/{HERE}.mvt", headers={"Accept-Encoding": encoding}).headers[
            "ETag"
        ]
        for encoding in ("gzip", "identity")
    }
    assert len(tags) == 2


def test_a_tile_whose_content_changed_has_another_tag(
    make: Factory, own_client: FlaskClient
) -> None:
    path = f"/tiles/defects/{tile_at(LON, LAT, 16)}.mvt"
    before = own_client.get(path).headers["ETag"]
    make.defect()
    changed = own_client.get(path, headers={"If-None-Match": before})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != before


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("gzip, br;q=0.9", True),
        ("*", True),
        ("identity", False),
        ("br", False),
        ("", False),
        ("gzip;q=0", False),
        ("gzip;q=0, identity", False),
        ("*;q=0", False),
    ],
)
def test_a_tile_is_gzipped_where_the_client_takes_it(
    client: FlaskClient, accepted: str, *, packed: bool
) -> None:
    answer = client.get(f"/tiles/places/{HERE}.mvt", headers={"Accept-Encoding": accepted})
    body = gzip.decompress(answer.data) if packed else answer.data
    assert (answer.headers.get("Content-Encoding"), answer.headers["Vary"]) == (
        "gzip" if packed else None,
        "Accept-Encoding",
    )
    assert features(body, "places")


@pytest.mark.parametrize("layer", LAYERS)
def test_an_empty_tile_is_an_answer_without_a_body(client: FlaskClient, layer: str) -> None:
    answer = client.get(f"/tiles/{layer}/{SEA}.mvt")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.mimetype == "application/vnd.mapbox-vector-tile"


# -- What is in a tile -----------------------------------------------------------------------

CLOSED_SETS = {
    *("open", "asked", "bad", "good"),
    *(kind.value for kind in Kind),
    *("district", "gebied", "wijk", "buurt", "organic", "platform", "place"),
}


@pytest.mark.parametrize("zoom", [10, 12, 14, 16])
@pytest.mark.parametrize("layer", LAYERS)
def test_text_is_in_labels_alone_and_there_in_the_name(
    client: FlaskClient, layer: str, zoom: int
) -> None:
    words = {
        (name, value)
        for feature in features(get_tile(client, f"{layer}/{tile_at(4.97, 52.31, zoom)}"), layer)
        for name, value in feature["properties"].items()
        if isinstance(value, str) and value not in CLOSED_SETS
    }
    assert {name for name, _ in words} <= ({"name"} if layer == "labels" else set())
    assert layer != "labels" or zoom not in (12, 14) or words


def test_labels_stand_once_on_a_point_of_their_area(client: FlaskClient) -> None:
    labels = features(get_tile(client, f"labels/{tile_at(4.9606, 52.2989, 14)}"), "labels")
    assert "Holendrecht" in {label["properties"]["name"] for label in labels}
    assert {label["geometry"]["type"] for label in labels} == {"Point"}


@pytest.mark.parametrize(
    ("zoom", "levels"),
    [
        (10, {"district"}),
        (12, {"district", "wijk"}),
        (13, {"district", "wijk", "buurt"}),
    ],
)
def test_official_areas_grow_finer_with_the_zoom(
    client: FlaskClient, zoom: int, levels: set[str]
) -> None:
    found = features(get_tile(client, f"official/{tile_at(4.9606, 52.2989, zoom)}"), "official")
    assert {feature["properties"]["level"] for feature in found} == levels


def shapes_at(client: FlaskClient, layer: str = "defects") -> list[dict[str, Any]]:
    """The properties of what the tile at the made-up place shows."""
    body = get_tile(client, f"{layer}/{tile_at(LON, LAT, 16)}")
    return [feature["properties"] for feature in features(body, layer)]


def test_one_defect_is_one_feature_with_its_shape(make: Factory, own_client: FlaskClient) -> None:
    make.defect(street=Street.NOT_GOOD, is_example=True)
    (properties,) = shapes_at(own_client)
    assert properties == {"n": 1, "bad": 1, "shape": "bad", "example": True, "at_asset": False}


def test_defects_of_one_spot_are_one_feature_that_counts_them(
    make: Factory, own_client: FlaskClient
) -> None:
    make.defect(work=Work.HANDLED)
    make.defect(street=Street.NOT_GOOD, asset_id=make.asset().id)
    make.defect(street=Street.NOT_GOOD, is_example=True)
    (properties,) = shapes_at(own_client)
    assert (properties["n"], properties["bad"]) == (3, 2)
    assert (properties["example"], properties["at_asset"]) == (False, False)


def test_what_is_off_the_map_is_in_no_tile(make: Factory, own_client: FlaskClient) -> None:
    kept = make.defect()
    make.defect(file=File.MERGED, merged_into_id=kept.id)
    make.defect(file=File.WITHDRAWN)
    make.defect(file=File.REMOVED)
    make.asset(physical_status=PhysicalStatus.REMOVED)
    (properties,) = shapes_at(own_client)
    assert properties["n"] == 1
    assert shapes_at(own_client, "places") == []


def test_cabinets_and_other_places_have_a_layer_each(
    make: Factory, own_client: FlaskClient
) -> None:
    make.asset(kind=Kind.CABINET, physical_status=PhysicalStatus.OUT_OF_ORDER)
    make.asset(kind=Kind.BENCH)
    make.asset(kind=Kind.BIN)
    (cabinets,) = shapes_at(own_client, "cabinets")
    (places,) = shapes_at(own_client, "places")
    assert (cabinets["n"], cabinets["kind"], cabinets["out"]) == (1, "cabinet", 1)
    assert (places["n"], places.get("kind"), places["out"]) == (2, None, 0)


def test_play_among_other_places_is_counted_apart(make: Factory, own_client: FlaskClient) -> None:
    for kind in (Kind.BENCH, Kind.PLAYGROUND, Kind.SPORT_COURT, Kind.SPORT_COURT):
        make.asset(kind=kind)
    (places,) = shapes_at(own_client, "places")
    assert (places["n"], places["play"]) == (4, 3)


def test_a_point_on_the_edge_of_two_tiles_is_whole_in_both(
    make: Factory, own_client: FlaskClient
) -> None:
    zoom, x, y = (int(part) for part in tile_at(LON, LAT, 16).split("/"))
    west = -180 + 360 * x / 2**zoom
    spot = make.defect(geom=stored(Point(west + 1e-6, LAT)))
    assert spot.state == "received"
    for column in (x - 1, x):
        assert features(get_tile(own_client, f"defects/{zoom}/{column}/{y}"), "defects")


# -- At scale --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crowded(make_database: Callable[[str], str]) -> Iterator[Engine]:
    """A database with 20,000 defects and as many assets within one tile of zoom 16."""
    made = make_engine(make_database("crowded"))
    migrate(made, metadata())
    fill(made, count=20_000, spread=0.0006)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def crowded_client(crowded: Engine) -> FlaskClient:
    """Asks a service on the crowded database."""
    app = create_app(Settings(background_url=""), engine=crowded, clock=lambda: NOW)
    return app.test_client()


@pytest.mark.parametrize("layer", ["defects", "places", "cabinets"])
@pytest.mark.parametrize("zoom", [10, 13, 14, 15, 16])
def test_20000_points_in_one_tile_stay_under_50_kb_and_none_is_lost(
    crowded_client: FlaskClient, crowded: Engine, layer: str, zoom: int
) -> None:
    answer = crowded_client.get(
        f"/tiles/{layer}/{tile_at(LON, LAT, zoom)}.mvt", headers={"Accept-Encoding": "gzip"}
    )
    counted = sum(
        feature["properties"]["n"] for feature in features(gzip.decompress(answer.data), layer)
    )
    shown = {
        "defects": "SELECT count(*) FROM defect WHERE file = 'public'",
        "places": "SELECT count(*) FROM asset WHERE kind <> 'cabinet'",
        "cabinets": "SELECT count(*) FROM asset WHERE kind = 'cabinet'",
    }[layer]
    with crowded.connect() as connection:
        stored_count = connection.scalar(text(shown))
    assert len(answer.data) < MOST_BYTES
    assert counted == stored_count
    assert counted > 3000


def star(middle: tuple[float, float], corners: int, seed: int) -> MultiPolygon:
    """A ragged area (lon/lat) that no simplification makes small."""
    ragged = random.Random(seed)  # noqa: S311  a shape, alike each time
    spokes = []
    for turn in (i * 2 * math.pi / corners for i in range(corners)):
        reach = ragged.uniform(0.002, 0.008)
        spokes.append((middle[0] + reach * math.cos(turn), middle[1] + reach * math.sin(turn)))
    return MultiPolygon([Polygon(spokes)])


@pytest.fixture
def ragged_areas(session: Session, make: Factory) -> int:
    """Thirty organic neighbourhoods of 1,500 corners each about the made-up place."""
    district = make.district()
    for number in range(30):
        middle = (LON + number * 1e-4, LAT)
        put_organic_area(
            session,
            district_id=district.id,
            name=f"Ragged {number}",
            aliases=[],
            shape=star(middle, 1500, number),
            is_example=False,
        )
    return 30


@pytest.mark.parametrize("zoom", [13, 15, 17])
def test_many_large_areas_stay_under_50_kb_and_the_tile_says_how_many_more(
    own_client: FlaskClient, ragged_areas: int, zoom: int
) -> None:
    answer = own_client.get(
        f"/tiles/neighbourhoods/{tile_at(LON, LAT, zoom)}.mvt",
        headers={"Accept-Encoding": "gzip"},
    )
    body = gzip.decompress(answer.data)
    drawn = {feature["id"] for feature in features(body, "neighbourhoods")}
    more = [feature["properties"]["n"] for feature in features(body, "more")]
    assert len(answer.data) < MOST_BYTES
    assert drawn
    assert len(drawn) + sum(more) == ragged_areas


def test_a_tile_at_its_limit_says_so_in_a_layer_of_its_own(
    own_client: FlaskClient, ragged_areas: int
) -> None:
    body = get_tile(own_client, f"neighbourhoods/{tile_at(LON, LAT, 15)}")
    (more,) = features(body, "more")
    assert 0 < more["properties"]["n"] < ragged_areas
    assert more["geometry"]["type"] == "Point"


def test_an_area_in_a_tile_lies_where_it_lies_on_earth(
    make: Factory, own_client: FlaskClient
) -> None:
    make.organic_area(geom=stored(MultiPolygon([shapely.box(LON, LAT, LON + 1e-3, LAT + 1e-3)])))
    zoom, x, y = (int(part) for part in tile_at(LON, LAT, 15).split("/"))
    (feature,) = features(get_tile(own_client, f"neighbourhoods/{zoom}/{x}/{y}"), "neighbourhoods")
    half = 20037508.342789244
    width = 2 * half / 2**zoom
    on_earth = [
        (x * width - half + px * width / EXTENT, half - (y + 1) * width + py * width / EXTENT)
        for px, py in feature["geometry"]["coordinates"][0]
    ]
    drawn = transform_shape(Polygon(on_earth), WEB_MERCATOR, LONLAT)
    assert drawn.bounds == pytest.approx((LON, LAT, LON + 1e-3, LAT + 1e-3), abs=1e-5)
