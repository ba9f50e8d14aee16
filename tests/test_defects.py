"""Defects in the database: where their pin stands, what the map shows, what their history says."""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import mapbox_vector_tile
import pytest
from flask.testing import FlaskClient
from geoalchemy2.shape import to_shape
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, box
from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.assets.queries import assets_in_box
from geoapp.assets.rules import PLAY_KINDS, Kind
from geoapp.defects.actions import EventDraft, HistoryDraft, add_defect, remove_example_defects
from geoapp.defects.queries import (
    count_by_shape,
    defects_in_box,
    defects_near,
    defects_of_asset,
    get_defect,
    list_defects,
    steps_of,
)
from geoapp.defects.rules import Category, EventKind, File, Shape, State, Street, Work
from geoapp.defects.tables import Defect, DefectEvent
from geoapp.districts.queries import Place, get_district
from geoapp.districts.tables import District
from geoapp.errors import Invalid, NotFound
from geoapp.geo.crs import CELL_M, LONLAT, cell_centre, cell_of, transform_point
from geoapp.geo.tile import EXTENT
from tests.conftest import NOW
from tests.factories import LAT, LON, REPORTED_AT, Factory, area_shape, stored
from tests.synthetic import tile_at

TODAY = NOW.date()
RD = 28992

Box = tuple[float, float, float, float]

# -- The pin ---------------------------------------------------------------------------------


@pytest.fixture
def place(session: Session, make: Factory) -> Place:
    """The made-up district."""
    make.district(slug="here", bounds=stored(area_shape(4.9, 51.9, 5.1, 52.1)))
    return get_district(session, slug="here")


def tell(
    session: Session,
    make: Factory,
    place: Place,
    *events: EventDraft,
    **values: Any,
) -> Defect:
    """Store a defect with this history, or only its report."""
    desk = make.organisation(district_id=place.id)
    report = EventDraft(EventKind.REPORTED, REPORTED_AT)
    draft = HistoryDraft(
        **{
            "category": Category.LITTER,
            "description": "",
            "lon": LON,
            "lat": LAT,
            "addressee_id": desk.id,
            "events": [report, *events],
            **values,
        }
    )
    defect = add_defect(session, place=place, draft=draft, new_code=make.code)
    session.expire(defect)
    return defect


cells = st.tuples(st.integers(4700, 5300), st.integers(18_900, 19_700))


@given(cells)
def test_the_middle_of_a_cell_lies_in_it(cell: tuple[int, int]) -> None:
    assert cell_of(*cell_centre(*cell, RD), RD) == cell


@given(st.floats(4.9, 5.1), st.floats(52.2, 52.4))
def test_every_spot_is_within_a_cell_of_the_middle_of_its_own(lon: float, lat: float) -> None:
    centre = cell_centre(*cell_of(lon, lat, RD), RD)
    x, y = transform_point(lon, lat, LONLAT, RD)
    middle_x, middle_y = transform_point(*centre, LONLAT, RD)
    # Half a cell, and the centimetre to which a centre is written.
    assert max(abs(x - middle_x), abs(y - middle_y)) <= CELL_M / 2 + 0.01


def test_a_report_on_no_asset_shows_the_middle_of_its_cell(
    session: Session, make: Factory, place: Place
) -> None:
    lon, lat = 5.00012, 52.00034
    defect = tell(session, make, place, lon=lon, lat=lat)
    pin = to_shape(defect.point).coords[0]
    assert pin == cell_centre(*cell_of(lon, lat, place.metric_srid), RD)
    assert pin != (lon, lat)
    assert to_shape(defect.geom).equals(Point(lon, lat))


def test_two_reports_of_one_cell_show_one_pin(
    session: Session, make: Factory, place: Place
) -> None:
    lon, lat = cell_centre(*cell_of(LON, LAT, RD), RD)
    pins = {
        to_shape(tell(session, make, place, lon=lon + step * 2e-5, lat=lat).point).coords[0]
        for step in (-1, 0, 1)
    }
    assert len(pins) == 1


def test_a_report_on_an_asset_shows_the_pin_of_the_asset(
    session: Session, make: Factory, place: Place
) -> None:
    shape = stored(MultiPolygon([box(LON, LAT, LON + 0.001, LAT + 0.001)]))
    asset = make.asset(kind=Kind.PLAYGROUND, geom=shape, district_id=place.id)
    session.refresh(asset)
    defect = tell(session, make, place, lon=LON + 0.0002, lat=LAT, asset_id=asset.id)
    assert to_shape(defect.point).equals(to_shape(asset.point))


def test_no_real_pin_is_the_spot_where_it_was_put(demo_session: Session) -> None:
    rows = demo_session.execute(
        select(Defect.geom, Defect.point, Defect.cell_x, Defect.cell_y, District.metric_srid)
        .join(District, District.id == Defect.district_id)
        .where(Defect.asset_id.is_(None))
    ).all()
    assert {row.metric_srid for row in rows} == {28992, 2056}
    for geom, point, cell_x, cell_y, metric_srid in rows:
        assert to_shape(point).coords[0] == cell_centre(cell_x, cell_y, metric_srid)
        assert not to_shape(point).equals(to_shape(geom))


def test_a_report_knows_the_buurt_it_lies_in(session: Session, make: Factory, place: Place) -> None:
    make.official_area(code="B7", name="Seven", district_id=place.id)
    code = tell(session, make, place).code
    facts = get_defect(session, code=code, today=TODAY)
    assert (facts.area_code, facts.area_name) == ("B7", "Seven")


# -- The history -----------------------------------------------------------------------------


def after(days: int, kind: EventKind, **values: Any) -> EventDraft:
    """An event some days after the report."""
    return EventDraft(kind, REPORTED_AT + timedelta(days=days), **values)


def day(days: int) -> date:
    """The day some days after the report."""
    return REPORTED_AT.date() + timedelta(days=days)


@pytest.mark.parametrize("events", [[], [EventDraft(EventKind.HANDLED, REPORTED_AT)]])
def test_a_history_begins_with_the_report(
    session: Session, make: Factory, place: Place, events: list[EventDraft]
) -> None:
    with pytest.raises(Invalid, match="begins with the report"):
        tell(session, make, place, events=events)


def test_the_move_begins_anew_with_each_state(
    session: Session, make: Factory, place: Place
) -> None:
    events = [after(2, EventKind.TAKEN), after(5, EventKind.ASKED), after(9, EventKind.HANDLED)]
    since = [
        tell(session, make, place, *events[:count]).turn_since for count in range(len(events) + 1)
    ]
    assert since == [day(0), day(2), day(2), day(9)]


def test_a_new_promise_sets_a_new_day_and_work_done_ends_it(
    session: Session, make: Factory, place: Place
) -> None:
    events = [
        after(1, EventKind.PROMISED, due_on=day(10)),
        after(9, EventKind.PROMISED, due_on=day(20)),
        after(12, EventKind.HANDLED),
    ]
    told = [tell(session, make, place, *events[:count]) for count in (1, 2, 3)]
    assert [defect.promised_on for defect in told] == [day(10), day(20), None]
    assert [defect.turn_since for defect in told] == [day(1), day(9), day(12)]


def test_the_day_of_a_move_is_the_day_where_the_district_lies(
    session: Session, make: Factory, place: Place
) -> None:
    late = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    defect = tell(session, make, place, events=[EventDraft(EventKind.REPORTED, late)])
    assert defect.turn_since == date(2026, 11, 1)


def test_events_are_told_in_the_order_of_their_time(
    session: Session, make: Factory, place: Place
) -> None:
    works = make.organisation(name="Works", district_id=place.id)
    defect = tell(
        session,
        make,
        place,
        after(3, EventKind.TAKEN, organisation_id=works.id),
        after(8, EventKind.HANDLED, organisation_id=works.id, note="Done"),
    )
    steps = steps_of(session, defect_ids=[defect.id])[defect.id]
    assert [(step.kind.value, step.happened_on, step.by, step.note) for step in steps] == [
        ("reported", day(0), None, ""),
        ("taken", day(3), "Works", ""),
        ("handled", day(8), "Works", "Done"),
    ]


def test_who_it_was_passed_to_last_has_the_move(
    session: Session, make: Factory, place: Place
) -> None:
    first, second = (make.organisation(name=n, district_id=place.id) for n in ("One", "Two"))
    defect = tell(
        session,
        make,
        place,
        after(1, EventKind.PASSED_ON, passed_to_id=first.id),
        after(2, EventKind.PASSED_ON, passed_to_id=second.id),
    )
    facts = get_defect(session, code=defect.code, today=TODAY)
    assert (facts.state, facts.receiver, facts.mover) == (State.PASSED_ON, "Two", "Two")
    assert facts.move.due_on == defect.turn_since + timedelta(days=place.acceptance_days)


def test_who_accepted_a_passed_on_file_has_the_move(
    session: Session, make: Factory, place: Place
) -> None:
    other = make.organisation(name="Two", district_id=place.id)
    defect = tell(
        session,
        make,
        place,
        after(1, EventKind.PASSED_ON, passed_to_id=other.id),
        after(2, EventKind.ACCEPTED, organisation_id=other.id),
    )
    facts = get_defect(session, code=defect.code, today=TODAY)
    assert (facts.state, facts.mover) == (State.ASSIGNED, "Two")


def test_a_code_that_is_taken_is_not_given_twice(
    session: Session, make: Factory, place: Place
) -> None:
    taken = tell(session, make, place)
    codes = iter([taken.code, taken.code, "K7-QF4"])
    again = add_defect(
        session,
        place=place,
        draft=HistoryDraft(
            category=Category.FULL,
            description="",
            lon=LON,
            lat=LAT,
            addressee_id=taken.addressee_id,
            events=[EventDraft(EventKind.REPORTED, REPORTED_AT)],
        ),
        new_code=lambda: next(codes),
    )
    assert again.code == "K7-QF4"


def test_examples_go_with_their_events_and_real_ones_stay(session: Session, make: Factory) -> None:
    real, kept = make.defect(), make.defect(is_example=True)
    make.defect(is_example=True, file=File.MERGED, merged_into_id=kept.id)
    for defect in (real, kept):
        make.defect_event(defect_id=defect.id)
    assert remove_example_defects(session) == 2
    assert session.scalars(select(Defect.id)).all() == [real.id]
    assert session.scalars(select(DefectEvent.defect_id)).all() == [real.id]


# -- What the map shows ----------------------------------------------------------------------

WORLD: Box = (4.9, 51.9, 5.1, 52.1)


def shown(session: Session, shape: Shape | None = None, today: date = TODAY) -> list[str]:
    """The codes of what the map shows in the made-up district."""
    found, total = defects_in_box(
        session, box=WORLD, near=(LON, LAT), shape=shape, today=today, limit=100
    )
    assert len(found) == total
    return [defect.code for defect in found]


@pytest.mark.parametrize("file", [File.WITHDRAWN, File.REMOVED, File.MERGED])
def test_what_is_gone_is_off_the_map_and_still_has_its_page(
    session: Session, make: Factory, file: File
) -> None:
    kept = make.defect()
    merged_into = kept.id if file is File.MERGED else None
    gone = make.defect(file=file, merged_into_id=merged_into)
    near = defects_near(session, lon=LON, lat=LAT, radius_m=50, today=TODAY, limit=9)
    assert shown(session) == [kept.code]
    assert [defect.code for defect in near] == [kept.code]
    assert get_defect(session, code=gone.code, today=TODAY).state == file.value


@pytest.mark.parametrize(("days", "is_shown"), [(0, True), (30, True), (31, False), (400, False)])
def test_what_is_solved_leaves_the_map_after_30_days(
    session: Session, make: Factory, days: int, *, is_shown: bool
) -> None:
    solved = make.defect(street=Street.GOOD, turn_since=TODAY - timedelta(days=days))
    assert shown(session) == ([solved.code] if is_shown else [])


def test_what_nobody_checked_stays_on_the_map(session: Session, make: Factory) -> None:
    long_ago = TODAY - timedelta(days=700)
    lapsed = make.defect(work=Work.HANDLED, street=Street.SILENT, turn_since=long_ago)
    assert shown(session) == [lapsed.code]


def test_each_shape_is_counted_and_found_alone(session: Session, make: Factory) -> None:
    codes = {
        Shape.OPEN: make.defect().code,
        Shape.ASKED: make.defect(work=Work.HANDLED).code,
        Shape.BAD: make.defect(street=Street.NOT_GOOD).code,
        Shape.GOOD: make.defect(street=Street.GOOD, turn_since=TODAY).code,
    }
    make.defect(file=File.WITHDRAWN)
    assert {shape: shown(session, shape) for shape in Shape} == {
        shape: [code] for shape, code in codes.items()
    }
    assert count_by_shape(session, where=[], today=TODAY) == dict.fromkeys(Shape, 1)


def test_what_is_nearest_comes_first_and_all_are_counted(session: Session, make: Factory) -> None:
    codes = {
        step: make.defect(geom=stored(Point(LON + step * 0.001, LAT))).code for step in (3, 1, 2)
    }
    found, total = defects_in_box(
        session, box=WORLD, near=(LON, LAT), shape=None, today=TODAY, limit=2
    )
    assert ([defect.code for defect in found], total) == ([codes[1], codes[2]], 3)


def test_the_line_of_an_asset_holds_what_was_removed_and_not_what_was_merged(
    session: Session, make: Factory
) -> None:
    asset = make.asset()
    kept = make.defect(asset_id=asset.id)
    removed = make.defect(
        asset_id=asset.id, file=File.REMOVED, reported_at=REPORTED_AT + timedelta(days=1)
    )
    make.defect(asset_id=asset.id, file=File.MERGED, merged_into_id=kept.id)
    make.defect(asset_id=asset.id, file=File.WITHDRAWN)
    found = defects_of_asset(session, asset_id=asset.id, today=TODAY)
    assert [defect.code for defect in found] == [kept.code, removed.code]


def test_days_are_counted_from_the_report_to_the_end(session: Session, make: Factory) -> None:
    still = make.defect()
    ended = make.defect(street=Street.GOOD, turn_since=REPORTED_AT.date() + timedelta(days=5))
    facts = {defect.code: defect.days_open for defect in list_defects(session, today=TODAY)}
    assert facts == {still.code: 20, ended.code: 5}


def test_a_code_of_nothing_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound, match="22-222"):
        get_defect(session, code="22-222", today=TODAY)


# -- Map and list never disagree -------------------------------------------------------------


def corner(column: int, row: int, zoom: int) -> tuple[float, float]:
    """Longitude and latitude of the north-west corner of a tile."""
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / 2**zoom))))
    return column / 2**zoom * 360 - 180, lat


def tiles_over(bounds: Box, zoom: int) -> tuple[range, range]:
    """The columns and rows of tiles that cover a box."""
    west, north = (int(n) for n in tile_at(bounds[0], bounds[3], zoom).split("/")[1:])
    east, south = (int(n) for n in tile_at(bounds[2], bounds[1], zoom).split("/")[1:])
    return range(west, east + 1), range(north, south + 1)


def box_of(columns: range, rows: range, zoom: int) -> Box:
    """The box of a block of tiles."""
    west, north = corner(columns.start, rows.start, zoom)
    east, south = corner(columns.stop, rows.stop, zoom)
    return west, south, east, north


def drawn_in(
    client: FlaskClient, layer: str, columns: range, rows: range, zoom: int
) -> Iterator[dict[str, Any]]:
    """The properties of what a block of tiles draws, each within its own tile."""
    for column in columns:
        for row in rows:
            body = client.get(f"/tiles/{layer}/{zoom}/{column}/{row}.mvt").data
            for feature in mapbox_vector_tile.decode(body).get(layer, {"features": []})["features"]:
                x, up = feature["geometry"]["coordinates"]
                # Half-open on either axis: what lies on an edge belongs to one tile.
                if 0 <= x < EXTENT and 0 < up <= EXTENT:
                    yield feature["properties"]


def blocks(session: Session) -> Iterator[tuple[range, range, int]]:
    """The whole district at low zooms, and some of its parts at high ones."""
    bounds = get_district(session, slug="zuidoost").bounds
    assert bounds is not None
    for zoom in (11, 12, 13, 14):
        yield *tiles_over(bounds, zoom), zoom
    for lon, lat in ((4.9606, 52.2989), (4.975, 52.32), (4.99, 52.297)):
        for zoom in (15, 16, 17):
            column, row = (int(n) for n in tile_at(lon, lat, zoom).split("/")[1:])
            yield range(column - 1, column + 2), range(row - 1, row + 2), zoom


def test_the_list_counts_the_defects_that_the_tiles_draw(
    demo_session: Session, client: FlaskClient
) -> None:
    for columns, rows, zoom in blocks(demo_session):
        found, total = defects_in_box(
            demo_session,
            box=box_of(columns, rows, zoom),
            near=(4.96, 52.3),
            shape=None,
            today=TODAY,
            limit=1000,
        )
        drawn = list(drawn_in(client, "defects", columns, rows, zoom))
        bad = [defect for defect in found if defect.shape is Shape.BAD]
        assert sum(feature["n"] for feature in drawn) == total == len(found)
        assert sum(feature["bad"] for feature in drawn) == len(bad)


@pytest.mark.parametrize(
    ("layer", "number", "kinds"),
    [
        ("cabinets", "n", (Kind.CABINET,)),
        ("places", "n", tuple(kind for kind in Kind if kind is not Kind.CABINET)),
        ("places", "play", PLAY_KINDS),
    ],
)
def test_the_list_counts_the_things_that_the_tiles_draw(
    demo_session: Session,
    client: FlaskClient,
    layer: str,
    number: str,
    kinds: tuple[Kind, ...],
) -> None:
    for columns, rows, zoom in blocks(demo_session):
        _, total = assets_in_box(
            demo_session,
            box=box_of(columns, rows, zoom),
            kinds=kinds,
            near=(4.96, 52.3),
            limit=1,
        )
        drawn = drawn_in(client, layer, columns, rows, zoom)
        assert sum(feature[number] for feature in drawn) == total
