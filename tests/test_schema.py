"""The schema: migrations agree with the tables, and the database refuses what must not be."""

import math
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import shapely
from alembic import command
from geoalchemy2 import Geometry
from shapely import LineString, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.db.migrating import compare, make_config, migrate
from geoapp.db.session import make_engine
from geoapp.defects.rules import File, State, Street, Work, derive_state
from geoapp.geo.crs import LONLAT
from geoapp.geo.shapes import MAX_VERTICES
from tests.approved_files import SCHEMA, dump_schema
from tests.factories import LAT, LON, Factory

# -- Migrations ------------------------------------------------------------------------------


def test_the_migrated_database_is_what_the_tables_in_code_say(engine: Engine) -> None:
    assert compare(engine, metadata()) == []


def test_the_migrated_schema_is_the_approved_one(engine: Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    # A change that was meant: python -m tests.approved_files
    assert dump_schema(url) == SCHEMA.read_text(encoding="utf-8")


@pytest.fixture
def own_engine(make_database: Callable[[str], str]) -> Iterator[Engine]:
    """An engine on an empty database that nobody else sees."""
    made = make_engine(make_database("migrations"))
    yield made
    made.dispose()


def test_migrations_go_up_down_and_up_again(own_engine: Engine) -> None:
    migrate(own_engine, metadata())
    with own_engine.begin() as connection:
        command.downgrade(make_config(connection, metadata()), "base")
    left = set(inspect(own_engine).get_table_names()) - {"spatial_ref_sys", "alembic_version"}
    with own_engine.connect() as connection:
        functions = connection.scalars(
            text(
                "SELECT proname FROM pg_proc JOIN pg_language ON pg_language.oid = prolang "
                "WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'refuse%'"
            )
        ).all()
    migrate(own_engine, metadata())
    assert (left, functions) == (set(), [])
    assert compare(own_engine, metadata()) == []
    assert dump_schema(own_engine.url.render_as_string(hide_password=False)) == SCHEMA.read_text(
        encoding="utf-8"
    )


def test_squares_of_two_buurten_are_joined_on_the_way_down_and_come_up_again(
    own_engine: Engine,
) -> None:
    migrate(own_engine, metadata())
    with Session(own_engine) as session:
        make = Factory(session)
        place = make.district()
        for inhabitants, year in ((30.0, 2020), (10.0, 2019)):
            area = make.official_area(district_id=place.id)
            make.area_figure(area_id=area.id, rounded_to=5)
            values = {"inhabitants": inhabitants, "year": year, "rounded_to": 5}
            make.population_cell(district_id=place.id, area_id=area.id, cell_x=7, **values)
            make.completeness(area_id=area.id)
        make.norm_band()
        make.need_cell()
        make.walking_line()
        make.search()
        make.counter_view()
        make.area_norm()
        session.commit()
    squares = "SELECT cell_x, inhabitants, year FROM population_cell"
    found = []
    for revision in ("0030", "0031"):
        with own_engine.begin() as connection:
            step = command.downgrade if revision == "0030" else command.upgrade
            step(make_config(connection, metadata()), revision)
            found.append([tuple(row) for row in connection.execute(text(squares))])
    assert found == [[(7, 40.0, 2019)]] * 2
    migrate(own_engine, metadata())
    assert compare(own_engine, metadata()) == []


def test_a_second_migration_changes_nothing(engine: Engine) -> None:
    before = dump_schema(engine.url.render_as_string(hide_password=False))
    migrate(engine, metadata())
    assert dump_schema(engine.url.render_as_string(hide_password=False)) == before


# -- Geometry (threats, T31), by raw SQL -----------------------------------------------------

AREAS = (
    *("district.bounds", "official_area.geom", "organic_area.geom", "platform_area.geom"),
    "neighbourhood_outline.geom",
)
POINTS = ("defect.geom", "defect.point", "place_name.geom", "plan_spending.geom")
ANY = ("asset.geom", "plan_item.geom")
LINES = ("walking_line.geom",)

NAN, INF = float("nan"), float("inf")
EAST, NORTH = LON + 0.001, LAT + 0.001


def ring_of(count: int) -> Polygon:
    """A polygon of `count` corners, the closing one counted, about the made-up place."""
    turns = [2 * math.pi * i / (count - 1) for i in range(count - 1)]
    return Polygon([(LON + 0.001 * math.cos(a), LAT + 0.001 * math.sin(a)) for a in turns])


def as_wkb(shape: BaseGeometry) -> str:
    """Hexadecimal EWKB with the right SRID: what a client that checks nothing would send."""
    return str(shapely.to_wkb(shapely.set_srid(shape, LONLAT), hex=True, include_srid=True))


def ring_wkb(*corners: tuple[float, float]) -> str:
    """EWKB of a multipolygon of one ring, byte by byte: no library looks at the corners."""
    ring = struct.pack("<I", len(corners)) + b"".join(struct.pack("<dd", *xy) for xy in corners)
    polygon = struct.pack("<BII", 1, 3, 1) + ring
    return (struct.pack("<BIII", 1, 0x20000006, LONLAT, 1) + polygon).hex()


def line_wkb(*corners: tuple[float, float]) -> str:
    """EWKB of a line, byte by byte: no library looks at the corners."""
    head = struct.pack("<BIII", 1, 0x20000002, LONLAT, len(corners))
    return (head + b"".join(struct.pack("<dd", *xy) for xy in corners)).hex()


def with_corner(x: float, y: float) -> str:
    """EWKB of a closed multipolygon, one corner of which is x, y."""
    return ring_wkb((LON, LAT), (EAST, LAT), (x, y), (LON, NORTH), (LON, LAT))


def ewkt(words: str) -> str:
    """EWKT with the right SRID."""
    return f"SRID={LONLAT};{words}"


SQUARE = "5 52, 5.001 52, 5.001 52.001, 5 52.001, 5 52"

GOOD_POINTS = {"a point": as_wkb(Point(LON, LAT))}
GOOD_LINES = {
    "a path": as_wkb(LineString([(LON, LAT), (EAST, LAT)])),
    "as many corners as are allowed": as_wkb(LineString(ring_of(MAX_VERTICES).exterior.coords)),
}
GOOD_AREAS = {
    "a square": as_wkb(MultiPolygon([box(LON, LAT, EAST, NORTH)])),
    "as many corners as are allowed": as_wkb(MultiPolygon([ring_of(MAX_VERTICES)])),
    "an area with a hole": as_wkb(
        MultiPolygon(
            [Polygon(ring_of(9).exterior, [box(LON, LAT, LON + 2e-4, LAT + 2e-4).exterior])]
        )
    ),
}
BAD_POINTS = {
    "NaN": as_wkb(Point(NAN, NAN)),
    "NaN longitude": as_wkb(Point(NAN, LAT)),
    "NaN latitude": as_wkb(Point(LON, NAN)),
    "infinite longitude": as_wkb(Point(INF, LAT)),
    "infinite latitude": as_wkb(Point(LON, -INF)),
    "latitude 95": as_wkb(Point(LON, 95)),
    "longitude 181": as_wkb(Point(181, LAT)),
    "RD metres": as_wkb(Point(125_000, 480_000)),
    "empty": ewkt("POINT EMPTY"),
    "height": ewkt("POINT Z (5 52 3)"),
    "measure": ewkt("POINT M (5 52 3)"),
    "another SRID": "SRID=28992;POINT(5 52)",
    "Web Mercator": "SRID=3857;POINT(5 52)",
    "two points": ewkt("MULTIPOINT(5 52, 5.001 52)"),
    "a line": ewkt("LINESTRING(5 52, 5.001 52)"),
    "a circular string": ewkt("CIRCULARSTRING(5 52, 5.001 52.001, 5.002 52)"),
}
BAD_AREAS = {
    "a NaN corner": with_corner(NAN, NAN),
    "a NaN latitude": with_corner(EAST, NAN),
    "an infinite corner": with_corner(INF, NORTH),
    "latitude 95": with_corner(EAST, 95),
    "longitude -181": with_corner(-181, NORTH),
    "empty": ewkt("MULTIPOLYGON EMPTY"),
    "an empty part": ewkt("MULTIPOLYGON(EMPTY)"),
    "a bow-tie": ewkt("MULTIPOLYGON(((5 52, 5.001 52.001, 5.001 52, 5 52.001, 5 52)))"),
    "parts that overlap": ewkt(f"MULTIPOLYGON((({SQUARE})), (({SQUARE})))"),
    "no width": ewkt("MULTIPOLYGON(((5 52, 5.001 52, 5 52, 5 52)))"),
    "an unclosed ring in words": ewkt("MULTIPOLYGON(((5 52, 5.001 52, 5.001 52.001)))"),
    "an unclosed ring in bytes": ring_wkb((LON, LAT), (EAST, LAT), (EAST, NORTH), (LON, NORTH)),
    "one corner too many": as_wkb(MultiPolygon([ring_of(MAX_VERTICES + 1)])),
    "a curve": ewkt("CURVEPOLYGON(CIRCULARSTRING(5 52, 5.001 52.001, 5.002 52, 5.001 51.9, 5 52))"),
    "a multisurface": ewkt(f"MULTISURFACE((({SQUARE})))"),
    "a collection": ewkt(f"GEOMETRYCOLLECTION(POLYGON(({SQUARE})))"),
    "a TIN": ewkt("TIN(((5 52, 5.001 52, 5.001 52.001, 5 52)))"),
    "a line": ewkt("LINESTRING(5 52, 5.001 52)"),
    "height": ewkt("MULTIPOLYGON Z (((5 52 1, 5.001 52 1, 5.001 52.001 1, 5 52 1)))"),
    "another SRID": f"SRID=28992;MULTIPOLYGON((({SQUARE})))",
    "Web Mercator": f"SRID=3857;MULTIPOLYGON((({SQUARE})))",
}
BAD_LINES = {
    "NaN": line_wkb((LON, LAT), (NAN, NAN)),
    "an infinite corner": line_wkb((LON, LAT), (INF, LAT)),
    "latitude 95": as_wkb(LineString([(LON, LAT), (LON, 95)])),
    "longitude 181": as_wkb(LineString([(LON, LAT), (181, LAT)])),
    "RD metres": as_wkb(LineString([(125_000, 480_000), (125_100, 480_000)])),
    "empty": ewkt("LINESTRING EMPTY"),
    "no length": ewkt("LINESTRING(5 52, 5 52)"),
    "one corner too many": as_wkb(LineString(ring_of(MAX_VERTICES + 1).exterior.coords)),
    "height": ewkt("LINESTRING Z (5 52 1, 5.001 52 1)"),
    "another SRID": "SRID=28992;LINESTRING(5 52, 5.001 52)",
    "two lines": ewkt("MULTILINESTRING((5 52, 5.001 52), (5.002 52, 5.003 52))"),
    "a point": ewkt("POINT(5 52)"),
    "an area": ewkt(f"POLYGON(({SQUARE}))"),
    "a circular string": ewkt("CIRCULARSTRING(5 52, 5.001 52.001, 5.002 52)"),
}
SWAPPED_POINT = as_wkb(Point(LAT, LON))
SWAPPED_AREA = as_wkb(MultiPolygon([box(LAT, LON, LAT + 0.001, LON + 0.001)]))


def cases(columns: tuple[str, ...], shapes: dict[str, str]) -> list[Any]:
    """Each column with each shape, named by both."""
    return [
        pytest.param(column, shape, id=f"{column}: {name}")
        for column in columns
        for name, shape in shapes.items()
    ]


def store(session: Session, make: Factory, column: str, shape: str) -> None:
    """Put a shape into a column of a valid row by raw SQL."""
    table, name = column.split(".")
    row = getattr(make, table)()
    *_, key = metadata().tables[table].primary_key.columns
    with session.begin_nested():
        session.execute(
            text(f"UPDATE {table} SET {name} = CAST(:shape AS geometry) WHERE {key.name} = :key"),  # noqa: S608  names from the list above
            {"shape": shape, "key": getattr(row, key.name)},
        )


def test_every_geometry_column_is_tried_here() -> None:
    columns = {
        f"{table.name}.{column.name}"
        for table in metadata().tables.values()
        for column in table.c
        if isinstance(column.type, Geometry) and column.computed is None
    }
    assert columns == {*AREAS, *POINTS, *ANY, *LINES}


@pytest.mark.parametrize(
    ("column", "shape"),
    [
        *cases(POINTS, GOOD_POINTS),
        *cases(AREAS, GOOD_AREAS),
        *cases(ANY, GOOD_POINTS | GOOD_AREAS),
        *cases(LINES, GOOD_LINES),
    ],
)
def test_a_good_shape_is_stored(session: Session, make: Factory, column: str, shape: str) -> None:
    store(session, make, column, shape)
    table, name = column.split(".")
    stored = session.scalars(
        text(f"SELECT ST_Equals({name}, CAST(:shape AS geometry)) FROM {table}"),  # noqa: S608
        {"shape": shape},
    ).all()
    assert any(stored)


@pytest.mark.parametrize(
    ("column", "shape"),
    [
        *cases(POINTS, BAD_POINTS),
        *cases(AREAS, BAD_AREAS),
        *cases(ANY, BAD_POINTS | BAD_AREAS),
        *cases(LINES, BAD_LINES),
    ],
)
def test_an_impossible_shape_is_refused(
    session: Session, make: Factory, column: str, shape: str
) -> None:
    with pytest.raises(DBAPIError):
        store(session, make, column, shape)


@pytest.mark.parametrize(
    ("column", "shape"),
    [
        *cases(POINTS, {"swapped axes": SWAPPED_POINT}),
        *cases(("organic_area.geom", "platform_area.geom"), {"swapped axes": SWAPPED_AREA}),
        *cases(ANY, {"swapped axes": SWAPPED_POINT, "swapped area": SWAPPED_AREA}),
    ],
)
def test_swapped_axes_are_refused(session: Session, make: Factory, column: str, shape: str) -> None:
    with pytest.raises(IntegrityError, match="are the axes swapped"):
        store(session, make, column, shape)


# -- What else must not be -------------------------------------------------------------------

REFUSED = [
    ("district", "slug = 'Not A Slug'"),
    ("district", "languages = '{}'"),
    ("district", "answer_days = 0"),
    ("district", "silence_days = -1"),
    ("official_area", "level = 'street'"),
    ("official_area", "valid_to = valid_from"),
    ("official_area", "tint = 4"),
    ("official_area", "slug = '-a'"),
    ("area_crosswalk", "share_old = 0"),
    ("area_crosswalk", "share_old = 1.0001"),
    ("area_crosswalk", "share_new = 'NaN'"),
    ("area_figure", "inhabitants = -1"),
    ("area_figure", "households_with_children = -1"),
    ("organic_area", "slug = 'a--b'"),
    ("place_name", "geom = NULL"),
    ("place_name", "search_key = ''"),
    ("platform", "slug = ''"),
    ("platform_area", "valid_to = valid_from"),
    ("organisation", "kind = 'ministry'"),
    ("organisation", "slug = 'Ünïcode'"),
    ("organisation_days", "answer_days = 0"),
    ("organisation_days", "acceptance_days = 366"),
    ("organisation_days", "silence_days = -1"),
    ("rung", "number = 3"),
    ("rung", "days = 0"),
    ("defect_call", "person_id = NULL"),
    ("defect_note", "note = ''"),
    ("defect_note", "words_state = 'lost'"),
    ("asset", "code = 'k7-qf4'"),
    ("asset", "code = 'K0-QF4'"),
    ("asset", "code = 'K7QF4'"),
    ("asset", "name = ''"),
    ("asset", "kind = 'unicorn'"),
    ("asset", "register_status = 'perhaps'"),
    ("asset", "physical_status = 'melted'"),
    ("asset", "planned_on = '2027-01-01'"),
    ("asset_event", "kind = 'painted'"),
    ("ownership", "starts_on = '2026-01-02', until = '2026-01-01'"),
    ("framework_contract", "title = ''"),
    ("framework_contract", "covers_kinds = '{}'"),
    ("framework_contract", "covers_kinds = '{unicorn}'"),
    ("framework_contract", "ends_on = starts_on - 1"),
    ("duty", "covers = '{}'"),
    ("duty", "covers = '{device,spying}'"),
    ("duty", "covers = ARRAY[NULL]::text[]"),
    ("duty", "starts_on = '2026-01-02', until = '2026-01-01'"),
    ("agreement", "signed_on = '2026-01-02', valid_to = '2026-01-01'"),
    ("agreement", "starts_on = '2026-01-02', valid_to = '2026-01-01'"),
    ("agreement", "ended_on = '2026-01-02'"),
    ("agreement", "remind_days = 366"),
    ("agreement", "version = 0"),
    ("agreement_scan", "byte_count = 0"),
    ("agreement_scan", "kind = 'text/html'"),
    ("asset_key", "label = ''"),
    ("asset_key", "alarm = 'lost:'"),
    ("key_handover", "outcome = NULL, closed_at = NULL"),
    ("key_handover", "given_at = now()"),
    ("key_handover", "opened_at = now()"),
    ("key_handover", "outcome = 'withdrawn'"),
    ("budget_round", "model = 'd'"),
    ("budget_round", "slug = 'a_b'"),
    ("budget_line", "committed_cents = amount_cents + 1"),
    ("budget_line", "committed_cents = -1"),
    ("budget_line", "amount_cents = -1"),
    ("budget_line", "spend_from = '2026-01-02', spend_by = '2026-01-01'"),
    ("funding", "amount_cents = 0"),
    ("funding", "amount_cents = NULL"),
    ("funding", "share = 0"),
    ("funding", "share = 1.0001"),
    ("norm", "code = 'Not A Code'"),
    ("norm", "version = 0"),
    ("norm", "source_text = ''"),
    ("norm_band", "distance_m = 24"),
    ("norm_band", "distance_m = 10001"),
    ("norm_band", "code = 'Six'"),
    ("area_norm", "organic_area_id = NULL"),
    ("area_norm", "distance_m = 0"),
    ("area_norm", "note = ''"),
    ("area_norm", "band = 'Six to eleven'"),
    ("area_norm", "valid_to = valid_from - interval '1 second'"),
    ("completeness", "note = ''"),
    ("completeness", "note = repeat('x', 401)"),
    ("completeness", "source = ''"),
    ("completeness", "known = 'perhaps'"),
    ("need_layer", "code = 'households'"),
    ("need_layer", "unit = 'cats'"),
    ("need_layer", "rounded_to = 0"),
    ("need_cell", "amount = 0"),
    ("need_cell", "amount = 'NaN'"),
    ("need_cell", "amount = 'infinity'"),
    ("walking_network", "max_snap_m = 0"),
    ("walking_network", "max_snap_m = 1001"),
    ("walking_line", "barred = ARRAY[NULL]::text[]"),
    ("defect", "code = 'AAAAA'"),
    ("defect", "category = 'youths'"),
    ("defect", "description = repeat('x', 2001)"),
    ("defect", "work = 'done'"),
    ("defect", "street = 'fine'"),
    ("defect", "file = 'hidden'"),
    ("defect", "file = 'merged'"),
    ("defect", "file = 'merged', merged_into_id = id"),
    ("defect", "merged_into_id = id"),
    ("defect", "state = 'solved'"),
    ("defect_event", "kind = 'sighed'"),
    ("audit_chain", "length = 0"),
    ("audit_chain", "head = 'short'"),
    ("second_look", "asked_by = NULL"),
    ("second_look", "settled_at = now()"),
    ("second_look", "settled_by = id"),
    ("second_look", "verdict = 'confirmed'"),
    ("second_look", "verdict = 'perhaps', settled_at = now()"),
    ("second_look", "verdict = 'refused', settled_at = now(), settled_by = asked_by"),
    ("outbox_message", "kind = 'Two Words'"),
    ("outbox_message", "payload = '[]'"),
    ("outbox_message", """payload = '{"to": "somebody@example.org"}'"""),
    ("outbox_message", """payload = '{"to": "somebody\\u0040example.org"}'"""),
    ("outbox_message", "payload = jsonb_build_object('words', repeat('x', 2001))"),
    ("outbox_message", "once_key = ''"),
    ("outbox_message", "once_key = 'somebody@example.org'"),
    ("outbox_message", "attempts = -1"),
    ("outbox_message", "last_error = 'refused: somebody'"),
    ("outbox_message", "sent_at = due_at, given_up_at = due_at"),
    ("outbox_message", "sent_at = due_at, leased_until = due_at"),
]
TABLE_OF = {"duty": "maintenance_duty"}


@pytest.mark.parametrize(("noun", "change"), REFUSED, ids=[f"{a}: {b}" for a, b in REFUSED])
def test_the_database_refuses(session: Session, make: Factory, noun: str, change: str) -> None:
    getattr(make, noun)()
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(f"UPDATE {TABLE_OF.get(noun, noun)} SET {change}"))  # noqa: S608  from the list above


def test_a_description_of_2000_characters_is_stored(session: Session, make: Factory) -> None:
    defect = make.defect(description="é" * 2000)
    session.expire(defect)
    assert len(defect.description) == 2000


def test_a_line_may_be_spent_to_its_last_cent(session: Session, make: Factory) -> None:
    line = make.budget_line(amount_cents=500, committed_cents=500)
    session.expire(line)
    assert line.committed_cents == line.amount_cents


def test_a_merged_file_has_the_one_it_went_into(make: Factory) -> None:
    kept = make.defect()
    merged = make.defect(file=File.MERGED, merged_into_id=kept.id)
    assert merged.state == State.MERGED.value


def test_a_district_has_one_desk(make: Factory) -> None:
    desk = make.organisation(is_desk=True)
    with pytest.raises(IntegrityError, match="uq_organisation_desk"):
        make.organisation(is_desk=True, district_id=desk.district_id)


def test_an_alias_stands_once_at_a_neighbourhood(make: Factory) -> None:
    area = make.organic_area()
    make.place_name(organic_area_id=area.id, name="K-buurt")
    with pytest.raises(IntegrityError, match="uq_place_name_alias"):
        make.place_name(organic_area_id=area.id, name="k buurt")


def test_a_line_pays_for_an_asset_once(make: Factory) -> None:
    funding = make.funding()
    with pytest.raises(IntegrityError, match="uq_funding_asset_id_line_id"):
        make.funding(asset_id=funding.asset_id, line_id=funding.line_id)


@pytest.mark.parametrize("table", [name for name in metadata().tables if name.endswith("_event")])
def test_an_event_is_never_changed(session: Session, make: Factory, table: str) -> None:
    getattr(make, table)()
    with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
        session.execute(text(f"UPDATE {table} SET id = id"))  # noqa: S608  from the metadata


def test_the_database_derives_the_state_of_every_combination_as_the_rules_do(
    session: Session, make: Factory
) -> None:
    defect = make.defect()
    kept = make.defect()
    combinations = [(w, s, f) for w in Work for s in Street for f in File]
    for work, street, file in combinations:
        defect.work, defect.street, defect.file = work, street, file
        defect.merged_into_id = kept.id if file is File.MERGED else None
        session.flush()
        session.refresh(defect, ["state"])
        assert defect.state == derive_state(work, street, file).value
    assert len(combinations) == 7 * 6 * 4
