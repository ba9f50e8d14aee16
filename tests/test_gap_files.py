"""Where something is near, far or not known, as a file: the same numbers in every format, none
under five, and what platforms say beside it."""

import csv
import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pyogrio
import pytest
import shapely
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from geoapp.coverage.gaps.findings import Finding
from geoapp.coverage.gaps.frames import frame_squares, gaps_frame
from geoapp.coverage.gaps.questions import Question, read_question
from geoapp.coverage.gaps.reading import find_gaps
from geoapp.coverage.gaps.telling import AREA_COLUMNS, SQUARE_COLUMNS, THING_COLUMNS
from geoapp.exchange.gap_files import GAP_WRITERS
from geoapp.geo.crs import LONLAT
from tests.conftest import NOW, count_queries
from tests.factories import LON, Factory, stored
from tests.gap_world import SRID, GapWorld, make_world

ASKED = "kind=sport_court&norm=400"


@pytest.fixture
def world(session: Session, make: Factory) -> GapWorld:
    """Three buurten with courts."""
    return make_world(session, make)


def find(world: GapWorld, **typed: str) -> Finding:
    """The answer to a question in that world."""
    question = read_question({"kind": "sport_court", "norm": "400", **typed})
    return find_gaps(world.session, place=world.place, question=question, now=NOW)


def ask(client: FlaskClient, end: str, query: str = ASKED) -> bytes:
    """The file as anybody gets it."""
    answer = client.get(f"/districts/oost/gaps{end}?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == GAP_WRITERS[end].mimetype
    return bytes(answer.data)


def lines_of(data: bytes) -> dict[str, dict[str, str]]:
    """The lines of a CSV by their buurt."""
    return {line["name"]: line for line in csv.DictReader(StringIO(data.decode()))}


def open_layers(data: bytes, folder: Path) -> dict[str, Any]:
    """The layers of a GeoPackage, as any program opens them."""
    file = folder / "gaps.gpkg"
    file.write_bytes(data)
    names = [name for name, _ in pyogrio.list_layers(file)]
    return {name: geopandas.read_file(file, layer=name) for name in names}


@pytest.mark.usefixtures("world")
def test_a_csv_tells_near_far_and_unknown_of_every_buurt(own_client: FlaskClient) -> None:
    lines = lines_of(ask(own_client, ".csv"))
    assert list(lines) == ["East", "South", "West"]
    assert tuple(lines["West"]) == AREA_COLUMNS
    told = [lines["West"][name] for name in ("all", "near", "far", "unknown", "near_of_100")]
    assert told == ["100", "40", "60", "0", "40"]
    assert [lines["East"][name] for name in ("near", "far", "unknown")] == ["0", "0", "100"]
    assert (lines["West"]["known"], lines["East"]["known"]) == ("complete", "unknown")


@pytest.mark.usefixtures("world")
def test_of_fewer_than_five_no_format_tells_the_number(
    own_client: FlaskClient, tmp_path: Path
) -> None:
    south = lines_of(ask(own_client, ".csv"))["South"]
    shares = ("near_of_100", "far_of_100", "unknown_of_100")
    assert [south[name] for name in ("near", "far", "unknown", *shares)] == ["", "", "0", *[""] * 3]
    feature = read_features(ask(own_client, ".geojson"))["South"]
    assert (feature["near"], feature["far"], feature["all"]) == (None, None, 23)
    layers = open_layers(ask(own_client, ".gpkg"), tmp_path)
    areas = layers["areas"].set_index("name")
    assert areas.loc["South", ["near", "far", "near_of_100"]].isna().all()
    # By what is left of the others one would find out how many these are.
    squares = layers["squares"]
    assert squares[squares.area_code == "B-S"].amount.isna().all()
    assert (squares[squares.area_code == "B-W"].amount == 10).all()


def test_a_buurt_with_fewer_than_five_tells_no_number_at_all(
    own_client: FlaskClient, world: GapWorld
) -> None:
    world.add_area("North", 30, [2.0, 1.0])
    north = lines_of(ask(own_client, ".csv"))["North"]
    numbers = [north[name] for name in AREA_COLUMNS[3:10]]
    assert numbers == [""] * 7


@pytest.mark.usefixtures("world")
def test_all_formats_tell_the_same(own_client: FlaskClient, tmp_path: Path) -> None:
    lines = lines_of(ask(own_client, ".csv"))
    features = read_features(ask(own_client, ".geojson"))
    areas = open_layers(ask(own_client, ".gpkg"), tmp_path)["areas"].set_index("name")
    for name, line in lines.items():
        for column in ("all", "near", "far", "unknown"):
            told = line[column]
            assert told == ("" if features[name][column] is None else str(features[name][column]))
            found = areas.loc[name, column]
            assert told == ("" if pd.isna(found) else str(int(found)))


def read_features(data: bytes) -> dict[str, dict[str, Any]]:
    """What a GeoJSON tells of each buurt."""
    features = json.loads(data)["features"]
    return {one["properties"]["name"]: one["properties"] for one in features}


def test_no_cell_of_a_csv_runs_in_a_spreadsheet(own_client: FlaskClient, world: GapWorld) -> None:
    world.areas["West"].name = "=HYPERLINK(1)"
    world.session.flush()
    lines = lines_of(ask(own_client, ".csv"))
    assert "'=HYPERLINK(1)" in lines
    assert lines["South"]["note"] == "'=A list of volunteers"


def test_what_a_platform_says_stands_beside_the_figure_in_every_file(
    own_client: FlaskClient, world: GapWorld, tmp_path: Path
) -> None:
    platform = world.make.platform(name="Ons Platform", district_id=world.district.id)
    shape = world.areas["West"].geom
    world.make.platform_area(platform_id=platform.id, district_id=world.district.id, geom=shape)
    world.make.counter_view(platform_id=platform.id, words="That court\nis locked.", said_at=NOW)
    said = "Ons Platform, 2026-11-21: That court is locked."
    lines = lines_of(ask(own_client, ".csv"))
    assert (lines["West"]["counter_view"], lines["West"]["platforms"]) == (said, "Ons Platform")
    assert lines["South"]["counter_view"] == ""
    assert read_features(ask(own_client, ".geojson"))["West"]["counter_view"] == said
    areas = open_layers(ask(own_client, ".gpkg"), tmp_path)["areas"].set_index("name")
    assert areas.loc["West", "counter_view"] == said


@pytest.mark.usefixtures("world")
def test_geojson_lies_in_degrees_and_says_how_it_was_reckoned(own_client: FlaskClient) -> None:
    told = json.loads(ask(own_client, ".geojson"))
    first = shapely.from_geojson(json.dumps(told["features"][0]["geometry"]))
    assert first.bounds[0] == pytest.approx(LON, abs=0.05)
    about = told["metadata"]
    assert about["coordinate_system"] == "OGC:CRS84"
    assert about["answer"].startswith("Of 100 households with children: ")
    assert about["question"] == "kind=sport_court&need=households_with_children&norm=400"
    assert "straight line times 1.3" in about["method"]
    assert about["source_1"] == "made up (CC0 1.0): 2"
    assert about["need"] == "households with children 2020"


@pytest.mark.usefixtures("world")
def test_a_geopackage_has_its_layers_in_the_districts_own_system(
    own_client: FlaskClient, tmp_path: Path
) -> None:
    file = tmp_path / "gaps.gpkg"
    file.write_bytes(ask(own_client, ".gpkg"))
    assert [name for name, _ in pyogrio.list_layers(file)] == [
        "areas",
        "squares",
        "things",
        "about",
    ]
    infos = {name: pyogrio.read_info(file, layer=name) for name, _ in pyogrio.list_layers(file)}
    assert {infos[name]["crs"] for name in ("areas", "squares", "things")} == {f"EPSG:{SRID}"}
    # Eight squares of South have nobody in them.
    counts = {name: info["features"] for name, info in infos.items()}
    assert (counts["areas"], counts["squares"], counts["things"]) == (3, 22, 2)
    assert tuple(infos["squares"]["fields"]) == SQUARE_COLUMNS
    assert tuple(infos["things"]["fields"]) == THING_COLUMNS
    assert infos["areas"]["geometry_type"] == "MultiPolygon"
    about = geopandas.read_file(file, layer="about").set_index("item").words
    assert about["coordinate_system"] == f"EPSG:{SRID}"


def test_the_squares_of_a_file_sum_to_its_buurten(world: GapWorld) -> None:
    frame = frame_squares(find(world))
    west = frame[frame.area_code == "B-W"]
    assert west.groupby("answer").amount.sum().to_dict() == {"near": 40.0, "far": 60.0}
    assert set(frame[frame.area_code == "B-E"].answer) == {"unknown"}
    assert west.total_bounds.tolist() == [
        world.origin[0] * 100.0,
        world.origin[1] * 100.0,
        world.origin[0] * 100.0 + 1000,
        world.origin[1] * 100.0 + 100,
    ]


@pytest.mark.usefixtures("world")
def test_the_same_answer_is_the_same_file(own_client: FlaskClient) -> None:
    for end in GAP_WRITERS:
        assert ask(own_client, end) == ask(own_client, end)


def test_things_of_several_shapes_stand_in_one_layer(
    own_client: FlaskClient, world: GapWorld, tmp_path: Path
) -> None:
    area = shapely.Point(*world.lonlat(3, 5)).buffer(0.0005)
    world.add_court("Wide court", 3, 5, geom=stored(area))
    things = open_layers(ask(own_client, ".gpkg"), tmp_path)["things"]
    assert sorted(things.geom_type) == ["MultiPolygon", "Point", "Point"]


def test_at_a_time_the_closed_ones_are_said(own_client: FlaskClient, world: GapWorld) -> None:
    world.make.opening_hours(asset_id=world.courts["First court"].id, hours="Mo-Fr 09:00-17:00")
    about = json.loads(ask(own_client, ".geojson", f"{ASKED}&at=Sat+15:00"))["metadata"]
    assert about["at"] == "sat-15:00"
    assert "Of 2 places 1 are closed then" in about["method"]
    assert lines_of(ask(own_client, ".csv", f"{ASKED}&at=Sat+15:00"))["West"]["near"] == "0"


def test_a_place_without_anybody_or_anything_has_files_as_well(
    own_client: FlaskClient, make: Factory, tmp_path: Path
) -> None:
    make.district(slug="oost")
    assert lines_of(ask(own_client, ".csv")) == {}
    assert json.loads(ask(own_client, ".geojson"))["features"] == []
    layers = open_layers(ask(own_client, ".gpkg"), tmp_path)
    assert [len(layers[name]) for name in ("areas", "squares", "things")] == [0, 0, 0]
    about = layers["about"].set_index("item").words
    assert about["answer"] == "Nobody is counted here."


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("kind=castle", 400),
        ("kind=bench&norm=12", 400),
        ("kind=bench&norm=unheard-of", 404),
        ("kind=bench&at=yesterday", 400),
        ("kind=bench&need=dragons", 404),
    ],
)
@pytest.mark.usefixtures("world")
def test_a_question_that_cannot_be_asked_says_what_to_do(
    own_client: FlaskClient, query: str, status: int
) -> None:
    answer = own_client.get(f"/districts/oost/gaps.csv?{query}")
    assert answer.status_code == status
    assert own_client.get("/districts/nowhere/gaps.csv").status_code == 404


@pytest.mark.usefixtures("world")
def test_a_file_has_a_name_that_says_what_it_is(own_client: FlaskClient) -> None:
    answer = own_client.get(f"/districts/oost/gaps.gpkg?{ASKED}")
    name = 'attachment; filename="gaps-oost-sport_court-2026-11-21.gpkg"'
    assert answer.headers["Content-Disposition"] == name


def test_a_file_asks_as_often_however_many_buurten_there_are(
    engine: Engine, own_client: FlaskClient, world: GapWorld
) -> None:
    with count_queries(engine) as few:
        ask(own_client, ".gpkg")
    for number in range(5):
        world.add_area(f"{number} more", 40 + number, [10.0] * 3)
        world.add_court(f"{number} more", 0, 40 + number)
    with count_queries(engine) as more:
        ask(own_client, ".gpkg")
    assert len(more) <= len(few)


# -- In a notebook -------------------------------------------------------------------------------


def test_a_frame_has_a_row_for_every_buurt_in_metres(world: GapWorld) -> None:
    frame = gaps_frame(
        world.session, district="oost", kind="sport_court", norm="400", at="", now=NOW
    )
    assert frame.crs is not None
    assert frame.crs.to_epsg() == SRID
    assert list(frame.columns) == [*AREA_COLUMNS, "geometry"]
    west = frame.set_index("name").loc["West"]
    assert (west.near, west.far, west.unknown) == (40, 60, 0)
    assert west.geometry.area == pytest.approx(100_000, rel=1e-3)
    assert frame.attrs["made_on"] == "2026-11-21"


def test_a_question_has_the_same_file_on_the_next_day_but_for_its_date(world: GapWorld) -> None:
    finding = find(world)
    first, second = (
        GAP_WRITERS[".csv"].write(finding, shapes={}, now=NOW + timedelta(days=days))
        for days in (0, 1)
    )
    assert first.replace(b"2026-11-21,False", b"2026-11-22,False") == second


def test_the_second_district_answers_in_its_own_system(demo_session: Session) -> None:
    frame = gaps_frame(demo_session, district="lakeside", kind="playground", norm="400", now=NOW)
    assert frame.crs is not None
    assert frame.crs.to_epsg() == 2056
    lonlat = frame.to_crs(LONLAT).total_bounds
    assert 5.9 < lonlat[0] < 10.5
    assert Question.need == frame.need.iloc[0]
