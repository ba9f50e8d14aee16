"""What the bench measures: databases with the service on them, and each subject as SQL too."""

import itertools
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any, LiteralString

import mapbox_vector_tile
import psycopg
from flask import Flask
from geoalchemy2.shape import to_shape
from shapely import Point
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from geoapp.app import create_app, metadata
from geoapp.assets.tables import Asset
from geoapp.config import Settings
from geoapp.db.codes import make_code
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine
from geoapp.defects.rules import STATES
from geoapp.districts.queries import get_district
from geoapp.geo.crs import LONLAT
from geoapp.geo.shapes import zoom_to_fit
from geoapp.people.tables import Organisation
from geoapp.sealing import Sealer
from geoapp.web.home import MOST_REPORTS, MOST_THINGS, View
from tests import bench_handling as handling
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory, area_shape, stored
from tests.synthetic import fill, tile_at

# A circle of this radius is about as large as a district of a big city: 38 km2.
SPREAD_DEGREES = 0.04
MIDDLE_ZOOM, HIGH_ZOOM = 13, 16
DEFECTS_OF_THE_ASSET = 5
SHOWN = [state.value for state, facet in STATES.items() if facet.shape is not None]

SECRET = "only-for-the-bench-" * 2

Rows = list[tuple[Any, ...]]
Request = dict[str, Any]


class BenchError(Exception):
    """An answer was not what is measured: its figures would mean nothing."""


# -- The bare statements ---------------------------------------------------------------------
# The first column of each row but a tile's stands in the answer of the service as well.

REPORTS_IN_BOX: LiteralString = """
    SELECT code, category, description, state, reported_at, ST_X(point), ST_Y(point)
    FROM defect
    WHERE file = 'public' AND state = ANY(%(shown)s)
        AND point && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s)
    ORDER BY point <-> ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), %(srid)s)
    LIMIT %(reports)s
"""
THINGS_IN_BOX: LiteralString = """
    SELECT code, kind, name, ST_X(point), ST_Y(point)
    FROM asset
    WHERE physical_status <> 'removed'
        AND point && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, %(srid)s)
    ORDER BY point <-> ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), %(srid)s)
    LIMIT %(things)s
"""
TILE: LiteralString = """
    SELECT ST_AsMVT(tile, 'defects', 4096, 'geom'), count(geom) FROM (
        SELECT number, state, is_example, ST_AsMVTGeom(
            point_mercator, ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4096, 512) AS geom
        FROM defect
        WHERE file = 'public' AND state = ANY(%(shown)s)
            AND point_mercator && ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 0.125)
    ) AS tile
"""
ASSET: LiteralString = "SELECT code, kind, name, details FROM asset WHERE code = %(code)s"
DUTIES: LiteralString = """
    SELECT organisation.name, maintenance_duty.covers
    FROM maintenance_duty JOIN organisation ON organisation.id = organisation_id
    WHERE asset_id = %(asset)s
"""
DEFECTS_OF_ASSET: LiteralString = """
    SELECT code, category, description, state, reported_at FROM defect
    WHERE asset_id = %(asset)s AND file IN ('public', 'removed')
    ORDER BY reported_at DESC LIMIT 200
"""
# One statement in a transaction of its own: the defect and its event.
REPORT: LiteralString = """
    WITH made AS (
        INSERT INTO defect (id, district_id, code, category, description, cell_x, cell_y, work,
            street, file, addressee_id, turn_since, reported_at, is_example, geom, point,
            city_number, secret_version)
        VALUES (%(id)s, %(district)s, %(new_code)s, 'broken', 'The plank is broken', 0, 0,
            'received', 'not_asked', 'public', %(desk)s, %(now)s, %(now)s, false,
            ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), %(srid)s),
            ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), %(srid)s), '', 1)
        RETURNING id, code
    ), told AS (
        INSERT INTO defect_event (id, defect_id, kind, at, note, is_example)
        SELECT %(event)s, id, 'reported', %(now)s, '', false FROM made
    )
    SELECT code FROM made
"""


# -- A database, and the service on it -------------------------------------------------------

_DUTY_FOR_EACH = """
    INSERT INTO maintenance_duty (id, asset_id, organisation_id, covers, is_example)
    SELECT gen_random_uuid(), id, :desk, ARRAY['device'], true FROM asset
"""
_EVENT_FOR_EACH = """
    INSERT INTO defect_event (id, defect_id, kind, at, note, is_example)
    SELECT gen_random_uuid(), id, 'reported', reported_at, '', true FROM defect
"""


@dataclass(frozen=True)
class World:
    """A database with `count` defects: the service on it, and a plain connection to it.

    `values` is what the bare statements need.
    """

    count: int
    engine: Engine
    app: Flask
    empty: Flask
    driver: psycopg.Connection
    values: dict[str, Any]


@contextmanager
def open_world(url: str, *, count: int) -> Iterator[World]:
    """Fill the empty database at `url`, and serve it."""
    engine = make_engine(url)
    try:
        migrate(engine, metadata())
        fill(engine, count=count, spread=SPREAD_DEGREES)
        values = furnish(engine)
        # One proxy of ours: so each report can come from an address of its own.
        settings = Settings(background_url="", secret=SECRET, proxy_hops=1)
        app = create_app(settings, engine=engine, clock=lambda: NOW)
        empty = Flask("empty", static_folder=None)
        empty.add_url_rule("/", "empty", lambda: b"", methods=["GET", "POST"])
        # The same options as the service's own connections.
        with psycopg.connect(
            url.replace("+psycopg", "", 1), autocommit=True, options="-c TimeZone=UTC -c jit=off"
        ) as driver:
            yield World(count, engine, app, empty, driver, values)
    finally:
        engine.dispose()


def furnish(engine: Engine) -> dict[str, Any]:
    """Official areas, a keeper for each asset, an event for each defect; one asset with more."""
    with Session(engine) as session, session.begin():
        make = Factory(session)
        desk = session.scalars(select(Organisation)).one()
        asset = session.scalars(select(Asset).where(Asset.source_ref == "3")).one()
        district = asset.district_id
        keeper = make.organisation(slug="keeper", name="The keeper", district_id=district)
        spot = Point(to_shape(asset.geom).coords[0])
        for _ in range(DEFECTS_OF_THE_ASSET):
            make.defect(
                district_id=district, asset_id=asset.id, addressee_id=desk.id, geom=stored(spot)
            )
        for column, row in itertools.product(range(5), range(5)):
            west, south = 4.9 + column * 0.04, 51.9 + row * 0.04
            shape = stored(area_shape(west, south, west + 0.04, south + 0.04))
            make.official_area(district_id=district, geom=shape)
        session.execute(text(_DUTY_FOR_EACH), {"desk": desk.id})
        make.duty(asset_id=asset.id, organisation_id=keeper.id, covers=["cleaning"])
        session.execute(text(_EVENT_FOR_EACH))
        place = get_district(session, slug="crowded")
        values = {"asset": asset.id, "code": asset.code, "desk": desk.id, "district": district}
        values |= handling.hand_out(make, values, sealer=Sealer(SECRET))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    assert place.bounds is not None
    view = View(LON, LAT, zoom_to_fit(place.bounds), "all", (), None)
    box = dict(zip(("west", "south", "east", "north"), view.box(), strict=True))
    most = {"reports": MOST_REPORTS, "things": MOST_THINGS}
    spots = {"lon": LON, "lat": LAT, "srid": LONLAT, "spot": spot}
    return {**values, **box, **most, **spots, "shown": SHOWN, "now": NOW}


# -- What is measured ------------------------------------------------------------------------


@dataclass(frozen=True)
class Subject:
    """One thing that is asked: of the service as a request, and of the database as bare SQL.

    `check` compares the two and gives the number of rows; it raises where they do not agree.
    """

    name: str
    request: Callable[[], Request]
    sql: tuple[LiteralString, ...]
    values: Callable[[], dict[str, Any]]
    check: Callable[[bytes, Rows], int]
    status: int = 200


def make_subjects(world: World) -> list[Subject]:
    """All that is measured; reports last, for they add rows."""
    values, code = world.values, world.values["code"]
    return [
        make_page("home", "/", (REPORTS_IN_BOX, THINGS_IN_BOX), values),
        *(make_tile(tile_at(values["spot"].x, values["spot"].y, zoom), values)
          for zoom in (MIDDLE_ZOOM, HIGH_ZOOM)),
        make_page("asset", f"/assets/{code}", (ASSET, DUTIES, DEFECTS_OF_ASSET), values),
        *make_handling(values),
        make_report(world),
    ]  # fmt: skip


def make_handling(values: dict[str, Any]) -> list[Subject]:
    """The pages of those who handle reports, and of how they do."""
    headers = {"Cookie": f"session={values['key']}"}
    voiced, deep = values["voiced"], f"/desk?after={values['since']}_{values['after']}"
    of_defect = (handling.DEFECT, handling.STEPS)
    of_district = (handling.DISTRICT_COUNTS, handling.DISTRICT_DENIED)
    of_area = (handling.AREA_COUNTS, handling.AREA_DENIED)
    return [
        make_page("desk", "/desk", (handling.DESK,), values, headers),
        make_page("desk, deep", deep, (handling.DEEP_DESK,), values, headers),
        make_page("desk's report", f"/desk/{voiced}", of_defect, values, headers),
        make_page("defect", f"/defects/{voiced}", of_defect, values),
        make_page("answers", "/districts/crowded/answers", of_district, values),
        make_page("answers of an area", f"/areas/{values['area_slug']}/answers", of_area, values),
        make_page(
            "answers of an organic area",
            "/areas/crowded-corner/answers",
            (handling.ORGANIC_FACTS,),
            values,
        ),
    ]


def make_page(
    name: str,
    path: str,
    sql: tuple[LiteralString, ...],
    values: dict[str, Any],
    headers: dict[str, str] | None = None,
) -> Subject:
    """A page: all that the bare statements fetch stands on it."""

    def check(body: bytes, rows: Rows) -> int:
        page = body.decode()
        missing = [row[0] for row in rows if row[0] not in page]
        if missing or not rows:
            raise BenchError(f"{path}: of {len(rows)} rows it does not show {missing}.")
        return len(rows)

    return Subject(
        name, lambda: {"path": path, "headers": headers or {}}, sql, lambda: values, check
    )


def make_tile(address: str, values: dict[str, Any]) -> Subject:
    """A tile: its features stand for as many rows as the bare statement put into its own."""
    z, x, y = (int(part) for part in address.split("/"))
    path = f"/tiles/defects/{address}.mvt"

    def check(body: bytes, rows: Rows) -> int:
        layers = mapbox_vector_tile.decode(body)
        features = layers.get("defects", {"features": []})["features"]
        shown = sum(feature["properties"]["n"] for feature in features)
        # Clipping drops points on the rim of the buffer: one by one, or those of a square.
        if not shown or abs(shown - rows[0][1]) > shown / 1000:
            raise BenchError(f"{path}: it shows {shown} rows of {rows[0][1]}.")
        return int(shown)

    place = {**values, "z": z, "x": x, "y": y}
    return Subject(f"tile z{z}", lambda: {"path": path}, (TILE,), lambda: place, check)


def make_report(world: World) -> Subject:
    """A report: each from an address of its own, as the limits on reports stay in force."""
    numbers, random = itertools.count(), Random(11)  # noqa: S311  codes of made-up rows
    body = {"lat": LAT, "lon": LON, "category": "broken", "description": "The plank is broken"}

    def request() -> Request:
        number = next(numbers)
        headers = {
            "Idempotency-Key": str(uuid.uuid4()),
            "X-Forwarded-For": f"198.18.{number // 250}.{number % 250}",
        }
        return {"path": "/api/v1/defects", "method": "POST", "json": body, "headers": headers}

    def values() -> dict[str, Any]:
        new = {"id": uuid.uuid4(), "event": uuid.uuid4(), "new_code": make_code(random)}
        return {**world.values, **new}

    def check(body: bytes, rows: Rows) -> int:
        codes = [json.loads(body)["code"], rows[0][0]]
        kept = world.driver.execute(
            "SELECT 1 FROM defect JOIN defect_event ON defect_id = defect.id WHERE code = ANY(%s)",
            [codes],
        ).fetchall()
        if len(kept) != 2:
            raise BenchError(f"Of the reports {codes} {len(kept)} are stored with their event.")
        return 1

    return Subject("report", request, (REPORT,), values, check, status=201)
