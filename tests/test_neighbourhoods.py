"""Neighbourhoods by agreement: what answers and outlines sum to, and how many people that is."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date

import pytest
from geoalchemy2.shape import to_shape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geoapp.areas.actions import CrosswalkDraft, put_crosswalk
from geoapp.areas.queries import areas_at
from geoapp.areas.rules import Level
from geoapp.areas.tables import AreaFigure, OfficialArea, OrganicArea
from geoapp.dialogue.jobs import make_jobs
from geoapp.districts.queries import Place, get_district
from geoapp.errors import Invalid
from geoapp.geo.cells import runs_within, shape_of, shares_of
from geoapp.geo.crs import CELL_M, cell_centre, cell_of
from geoapp.neighbourhoods.actions import (
    AnswerDraft,
    NeighbourhoodDraft,
    OutlineDraft,
    answer_neighbourhood,
    drop_alias,
    end_declared,
    forget_answers,
    put_alias,
    put_neighbourhood,
    put_outline,
)
from geoapp.neighbourhoods.counting import (
    REDRAW,
    rebuild_population,
    recount_answers,
    recount_areas,
)
from geoapp.neighbourhoods.queries import (
    cells_of,
    count_people,
    list_said_names,
    memberships_at,
    overlaps_of,
    unclaimed_cells,
    voices_of,
    weigh_people,
)
from geoapp.neighbourhoods.rules import (
    POPULATION_M,
    Grade,
    find_grade,
    round_people,
    share_out,
)
from geoapp.neighbourhoods.tables import (
    AgreementCell,
    AnsweredCell,
    NeighbourhoodOutline,
    NeighbourhoodTally,
    PopulationCell,
)
from geoapp.outbox.actions import take_due
from geoapp.outbox.tables import OutboxMessage
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory, area_shape, stored

SRID = 28992
HERE = cell_of(LON, LAT, SRID)


def square(west: int, south: int, east: int, north: int) -> MultiPolygon:
    """Cells round the middle of the made-up place, as a shape: columns and rows from it."""
    x, y = HERE
    cells = [(x + i, y + j) for i in range(west, east) for j in range(south, north)]
    return shape_of(cells, CELL_M, SRID)


class Ground:
    """A district and what people say in it; cells are counted from its middle."""

    def __init__(self, session: Session, make: Factory) -> None:
        self.session, self.make = session, make
        self.place: Place = get_district(session, slug=make.district().slug)
        self.answers = 0

    def settle(self, name: str, shape: MultiPolygon, *aliases: str) -> uuid.UUID:
        """A neighbourhood with its first voice."""
        draft = NeighbourhoodDraft(name, aliases, shape)
        return put_neighbourhood(self.session, place=self.place, draft=draft, now=NOW).id

    def draw(self, area_id: uuid.UUID, shape: MultiPolygon, sender: int = 1) -> None:
        """Somebody draws it."""
        draft = OutlineDraft(area_id, shape, sender=bytes([sender]) * 32)
        put_outline(self.session, place=self.place, draft=draft, now=NOW)

    def declare(self, area_id: uuid.UUID, shape: MultiPolygon, organisation_id: uuid.UUID) -> None:
        """An organisation says where it is."""
        draft = OutlineDraft(area_id, shape, organisation_id=organisation_id)
        put_outline(self.session, place=self.place, draft=draft, now=NOW)

    def answer(
        self, name: str, at: tuple[int, int] = (0, 0), *, ref: str = "", sender: int | None = None
    ) -> str:
        """Somebody who reports something calls it so; what names the report."""
        self.answers += 1
        ref = ref or f"report {self.answers}"
        cell = (HERE[0] + at[0], HERE[1] + at[1])
        draft = AnswerDraft(cell, name, ref, sender=bytes([sender]) * 32 if sender else None)
        answer_neighbourhood(self.session, district_id=self.place.id, draft=draft, now=NOW)
        return ref

    def at(self, x: int = 0, y: int = 0) -> dict[str, tuple[float, int]]:
        """What a cell belongs to or lies at the edge of: the agreement, and of how many."""
        cell = (HERE[0] + x, HERE[1] + y)
        found = memberships_at(self.session, district_id=self.place.id, cell=cell)
        return {one.area_name: (round(one.agreement, 3), one.voices) for one in found}

    def counted(self) -> tuple[object, ...]:
        """Everything that is counted, to be compared."""
        self.session.flush()
        columns: Sequence[Sequence[object]] = (
            self.session.execute(
                select(
                    AgreementCell.organic_area_id,
                    AgreementCell.cell_x,
                    AgreementCell.cell_y,
                    AgreementCell.yes_outlines,
                    AgreementCell.yes_answers,
                ).order_by(*AgreementCell.__table__.primary_key)
            ).all(),
            self.session.execute(
                select(AnsweredCell.cell_x, AnsweredCell.cell_y, AnsweredCell.answers).order_by(
                    *AnsweredCell.__table__.primary_key
                )
            ).all(),
            self.session.execute(
                select(
                    NeighbourhoodTally.organic_area_id,
                    NeighbourhoodTally.outlines,
                    NeighbourhoodTally.drawings,
                    NeighbourhoodTally.declarations,
                    NeighbourhoodTally.answers,
                ).order_by(NeighbourhoodTally.organic_area_id)
            ).all(),
        )
        return tuple(map(tuple, columns))

    def people(self, inhabitants: int, shape: MultiPolygon, **values: object) -> uuid.UUID:
        """A buurt with figures."""
        area = self.make.official_area(district_id=self.place.id, geom=stored(shape), **values)
        self.make.area_figure(
            area_id=area.id,
            inhabitants=inhabitants,
            households=inhabitants // 2,
            households_with_children=inhabitants // 5,
        )
        return area.id

    def spread(self) -> None:
        """Spread the figures over the squares."""
        rebuild_population(self.session, district_id=self.place.id)


@pytest.fixture
def ground(session: Session, make: Factory) -> Ground:
    """A district without a neighbourhood."""
    return Ground(session, make)


# -- The rules -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agreement", "grade"),
    [
        (1.0, Grade.CORE),
        (0.75, Grade.CORE),
        (0.749, Grade.COMMON),
        (0.5, Grade.COMMON),
        (0.499, Grade.EDGE),
        (0.25, Grade.EDGE),
        (0.249, None),
        (0.0, None),
    ],
)
def test_from_three_quarters_it_is_core_from_half_common_from_a_quarter_edge(
    agreement: float, grade: Grade | None
) -> None:
    assert find_grade(agreement) is grade


@given(st.dictionaries(st.integers(), st.floats(0, 1), max_size=6))
def test_shares_never_sum_to_more_than_everybody_and_keep_their_order(
    agreements: Mapping[int, float],
) -> None:
    shares = share_out(agreements)
    assert sum(shares.values()) <= 1 + 1e-9
    assert all(shares[key] <= agreements[key] for key in agreements)
    if sum(agreements.values()) <= 1:
        assert shares == dict(agreements)


def test_people_are_told_to_the_nearest_five() -> None:
    assert [round_people(count) for count in (0, 2.4, 2.6, 12, 13, 4998)] == [0, 0, 5, 10, 15, 5000]


# -- Cells ---------------------------------------------------------------------------------------


@given(st.sets(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=60))
def test_a_shape_made_of_cells_holds_exactly_these(cells: set[tuple[int, int]]) -> None:
    whole = [(HERE[0] + x, HERE[1] + y) for x, y in cells]
    runs = runs_within(shape_of(whole, CELL_M, SRID), SRID)
    held = [
        (x, row)
        for row, first, last in zip(runs.rows, runs.firsts, runs.lasts, strict=True)
        for x in range(first, last + 1)
    ]
    assert sorted(held) == sorted(whole)


def test_an_area_lies_in_squares_by_what_of_it_is_in_each() -> None:
    shares = shares_of(square(0, 0, 6, 4), POPULATION_M, SRID)
    parts = dict(zip(zip(shares.columns, shares.rows, strict=True), shares.parts, strict=True))
    assert sum(parts.values()) == pytest.approx(1)
    # Six cells wide and four high: 16 of 24 cells in a square, or less where it is cut.
    assert max(parts.values()) <= 16 / 24 + 1e-6
    assert sum(round(part * 24, 3) for part in parts.values()) == pytest.approx(24)


# -- Agreement -----------------------------------------------------------------------------------


def test_with_one_outline_everybody_agrees_within_it_and_nobody_beyond(ground: Ground) -> None:
    ground.settle("Hook", square(0, 0, 4, 4))
    assert ground.at(0, 0) == {"Hook": (1.0, 1)}
    assert ground.at(3, 3) == {"Hook": (1.0, 1)}
    assert ground.at(4, 0) == {}


def test_drawings_grade_what_only_some_of_them_hold(ground: Ground) -> None:
    hook = ground.settle("Hook", square(0, 0, 4, 4))
    for sender in (1, 2, 3):
        ground.draw(hook, square(0, 0, 4 + sender, 4), sender)
    assert [ground.at(x) for x in (0, 4, 5, 6, 7)] == [
        {"Hook": (1.0, 4)},
        {"Hook": (0.75, 4)},
        {"Hook": (0.5, 4)},
        {"Hook": (0.25, 4)},
        {},
    ]
    grades = {cell.x - HERE[0]: cell.grade for cell in cells_of(ground.session, area_id=hook)}
    assert (grades[4], grades[5], grades[6]) == (Grade.CORE, Grade.COMMON, Grade.EDGE)


def test_one_sender_has_one_drawing_of_a_neighbourhood_the_newest(
    ground: Ground, session: Session
) -> None:
    hook = ground.settle("Hook", square(0, 0, 4, 4))
    ground.draw(hook, square(0, 0, 8, 4))
    ground.draw(hook, square(0, 0, 2, 4))
    assert (ground.at(0), ground.at(2), ground.at(6)) == (
        {"Hook": (1.0, 2)},
        {"Hook": (0.5, 2)},
        {},
    )
    kept = session.execute(
        select(NeighbourhoodOutline.sender, NeighbourhoodOutline.valid_to)
        .where(NeighbourhoodOutline.kind == "drawn")
        .order_by(NeighbourhoodOutline.valid_to.nulls_last())
    ).all()
    # Of the one that is over nothing tells whose it was.
    assert [(sender is None, over is None) for sender, over in kept] == [
        (True, False),
        (False, True),
    ]


def test_an_answer_speaks_for_its_cell_and_two_on_each_side(ground: Ground) -> None:
    hook = ground.settle("Hook", square(20, 0, 24, 4))
    ground.answer("HOOK!")
    assert ground.at(2, -2) == {"Hook": (0.5, 2)}
    assert ground.at(3, 0) == ground.at(0, 3) == {}
    assert voices_of(ground.session, area_ids=[hook])[hook].answers == 1


def test_an_answer_that_names_another_neighbourhood_is_a_no(ground: Ground) -> None:
    ground.settle("Hook", square(0, 0, 9, 9))
    ground.settle("Bend", square(30, 0, 34, 4))
    for _ in range(3):
        ground.answer("Bend", (1, 1))
    assert ground.at(1, 1) == {"Bend": (0.75, 4), "Hook": (0.25, 4)}
    assert ground.at(8, 8) == {"Hook": (1.0, 1)}


def test_a_strip_that_two_hold_belongs_to_both(ground: Ground) -> None:
    hook = ground.settle("Hook", square(0, 0, 8, 4))
    bend = ground.settle("Bend", square(6, 0, 12, 4))
    assert ground.at(7) == {"Bend": (1.0, 1), "Hook": (1.0, 1)}
    found = overlaps_of(ground.session, area_id=hook)
    assert [(one.area_name, one.cells) for one in found] == [("Bend", 8)]
    assert [one.area_name for one in overlaps_of(ground.session, area_id=bend)] == ["Hook"]


def test_a_platforms_newer_outline_ends_its_older_and_can_be_taken_back(
    ground: Ground, make: Factory
) -> None:
    hook = ground.settle("Hook", square(0, 0, 4, 4))
    ours = make.organisation(district_id=ground.place.id).id
    ground.declare(hook, square(0, 0, 4, 8), ours)
    before = ground.counted()
    ground.declare(hook, square(0, 0, 8, 4), ours)
    assert ground.counted() != before
    assert (ground.at(0, 5), ground.at(5)) == ({}, {"Hook": (0.5, 2)})
    values = {"district_id": ground.place.id, "area_id": hook, "organisation_id": ours}
    assert end_declared(ground.session, now=NOW, **values)
    assert not end_declared(ground.session, now=NOW, **values)
    assert ground.at(5) == {}


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        (area_shape(LON, LAT, LON + 1e-5, LAT + 1e-5), "too small"),
        (area_shape(LON - 0.05, LAT - 0.05, LON + 0.05, LAT + 0.05), "too large"),
    ],
)
def test_an_outline_is_no_speck_and_no_city(ground: Ground, shape: MultiPolygon, says: str) -> None:
    hook = ground.settle("Hook", square(0, 0, 4, 4))
    with pytest.raises(Invalid, match=says):
        ground.draw(hook, shape)


def test_whatever_was_said_and_taken_back_the_counts_are_those_of_counting_anew(
    ground: Ground, make: Factory
) -> None:
    hook = ground.settle("Hook", square(0, 0, 8, 4))
    bend = ground.settle("Bend", square(6, 0, 12, 4))
    ours = make.organisation(district_id=ground.place.id).id
    first = ground.answer("Hook", (2, 2))
    ground.answer("Bend", (2, 2), ref=first)
    second = ground.answer("Nobody knows it", (7, 1))
    ground.answer("Hook", (7, 1))
    ground.draw(hook, square(1, 1, 9, 9))
    ground.draw(hook, square(1, 1, 5, 5))
    ground.declare(bend, square(5, 0, 12, 9), ours)
    ground.declare(bend, square(5, 0, 12, 8), ours)
    forget_answers(ground.session, source_ref=second, now=NOW)
    counted = ground.counted()
    recount_areas(ground.session, area_ids=[hook, bend])
    recount_answers(ground.session, district_id=ground.place.id)
    assert ground.counted() == counted


def test_what_is_said_and_taken_back_leaves_no_row(ground: Ground) -> None:
    ground.settle("Hook", square(20, 0, 24, 4))
    before = ground.counted()
    ref = ground.answer("Hook")
    assert ground.counted() != before
    forget_answers(ground.session, source_ref=ref, now=NOW)
    assert ground.counted() == before


# -- Names ---------------------------------------------------------------------------------------


def test_a_name_that_becomes_an_alias_brings_those_who_said_it(ground: Ground) -> None:
    hook = ground.settle("Hook", square(20, 0, 24, 4))
    ground.answer("The Quay")
    assert ground.at() == {}
    before = ground.counted()
    put_alias(ground.session, area_id=hook, name="the quay!", now=NOW)
    assert ground.at() == {"Hook": (0.5, 2)}
    drop_alias(ground.session, area_id=hook, name="The Quay", now=NOW)
    assert ground.counted() == before


@pytest.mark.parametrize("name", ["hook", "HOOK", "Bend", " ", "?"])
def test_a_name_stands_for_one_neighbourhood(ground: Ground, name: str) -> None:
    hook = ground.settle("Hook", square(0, 0, 4, 4))
    ground.settle("Bend", square(20, 0, 24, 4))
    with pytest.raises(Invalid):
        put_alias(ground.session, area_id=hook, name=name, now=NOW)


def test_a_neighbourhood_keeps_its_own_name(ground: Ground) -> None:
    hook = ground.settle("Hook", square(0, 0, 4, 4), "Quay")
    with pytest.raises(Invalid):
        drop_alias(ground.session, area_id=hook, name="hook", now=NOW)
    drop_alias(ground.session, area_id=hook, name="quay", now=NOW)


def test_a_name_is_told_once_three_senders_have_said_it(ground: Ground) -> None:
    for sender in (1, 2, 2, 2):
        ground.answer("De Kade", sender=sender)
    assert list_said_names(ground.session, district_id=ground.place.id, limit=9) == []
    ground.answer("de kade", sender=3)
    (said,) = list_said_names(ground.session, district_id=ground.place.id, limit=9)
    assert (said.name, said.senders, said.cell) == ("De Kade", 3, HERE)
    ground.settle("De Kade", square(0, 0, 4, 4))
    assert list_said_names(ground.session, district_id=ground.place.id, limit=9) == []
    assert ground.at()["De Kade"] == (1.0, 6)


# -- The shape -----------------------------------------------------------------------------------


def work(session: Session) -> list[str]:
    """Let the worker do what waits; the kinds of what it did."""
    messages = take_due(session, now=NOW, limit=99)
    for message in messages:
        make_jobs(lambda: NOW)[message.kind](session, message)
        session.get_one(OutboxMessage, message.id).sent_at = NOW
        session.get_one(OutboxMessage, message.id).leased_until = None
    session.flush()
    return [message.kind for message in messages]


def test_the_worker_draws_it_anew_once_however_much_was_said(
    ground: Ground, session: Session
) -> None:
    hook = ground.settle("Hook", square(0, 0, 4, 4))
    ground.draw(hook, square(0, 0, 8, 4))
    ground.answer("Hook", (20, 20))
    assert work(session) == [REDRAW]
    ground.draw(hook, square(0, 0, 9, 4))
    assert work(session) == [REDRAW]
    assert work(session) == []


def test_a_place_lies_in_the_drawn_shape_exactly_where_it_belongs(
    ground: Ground, session: Session
) -> None:
    hook = ground.settle("Hook", square(0, 0, 4, 4))
    ground.draw(hook, square(2, 2, 9, 9))
    ground.draw(hook, square(3, 3, 12, 5), 2)
    ground.answer("Elsewhere", (3, 3))
    work(session)
    session.expire_all()
    for x in range(-2, 14):
        for y in range(-2, 10):
            lon, lat = cell_centre(HERE[0] + x, HERE[1] + y, SRID)
            agreement, _ = ground.at(x, y).get("Hook", (0.0, 0))
            is_drawn = bool(areas_at(session, lon=lon, lat=lat))
            assert is_drawn is (agreement >= 0.5), (x, y, agreement)


def test_where_nothing_is_common_the_last_shape_stays(ground: Ground, session: Session) -> None:
    hook = ground.settle("Hook", square(0, 0, 4, 4))
    shape = to_shape(session.get_one(OrganicArea, hook).geom)
    for sender in (1, 2):
        ground.draw(hook, square(20 * sender, 0, 20 * sender + 4, 4), sender)
    work(session)
    session.expire_all()
    assert to_shape(session.get_one(OrganicArea, hook).geom).equals_exact(shape, 1e-9)


# -- People --------------------------------------------------------------------------------------


def test_people_are_spread_evenly_and_nobody_is_lost(ground: Ground, session: Session) -> None:
    ground.people(1000, area_shape(4.995, 51.995, 5.0, 52.0))
    ground.people(333, area_shape(5.0, 51.995, 5.0037, 52.0))
    ground.spread()
    assert count_people(session, district_id=ground.place.id).inhabitants == pytest.approx(1333)
    inner = session.scalar(select(func.count()).where(PopulationCell.inhabitants.between(1, 1000)))
    assert inner
    ground.spread()
    assert count_people(session, district_id=ground.place.id).inhabitants == pytest.approx(1333)


Outlined = tuple[int, int, int, int]
OUTLINES = st.tuples(st.integers(-6, 6), st.integers(-6, 6), st.integers(1, 7), st.integers(1, 7))


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    outlines=st.lists(st.lists(OUTLINES, min_size=1, max_size=3), min_size=1, max_size=3),
    answers=st.lists(
        st.tuples(st.integers(0, 2), st.integers(-8, 8), st.integers(-8, 8)), max_size=6
    ),
)
def test_however_people_draw_all_neighbourhoods_and_nobodys_land_sum_to_everybody(
    ground: Ground,
    session: Session,
    outlines: list[list[Outlined]],
    answers: list[tuple[int, int, int]],
) -> None:
    savepoint = session.begin_nested()
    ground.people(700, square(-7, -7, 5, 5))
    ground.people(41, square(5, -7, 9, 9))
    ground.spread()
    areas = []
    for number, drawn in enumerate(outlines):
        shapes = [square(x, y, x + wide, y + high) for x, y, wide, high in drawn]
        areas.append(ground.settle(f"Area {number}", shapes[0]))
        for sender, shape in enumerate(shapes[1:], start=1):
            ground.draw(areas[-1], shape, sender)
    for area, x, y in answers:
        ground.answer(f"Area {area}", (x, y))
    people = weigh_people(session, area_ids=areas)
    inside = sum(people[area].inhabitants for area in areas)
    whole = count_people(session, district_id=ground.place.id).inhabitants
    nobodys = whole - inside
    left = _count_left(ground, session, areas)
    savepoint.rollback()
    session.expire_all()
    assert whole == pytest.approx(741)
    assert nobodys == pytest.approx(left, abs=1e-6)
    assert -1e-6 <= nobodys <= whole + 1e-6


def _count_left(ground: Ground, session: Session, areas: list[uuid.UUID]) -> float:
    """Whoever lives in none, counted cell by cell with the rule itself."""
    agreements: dict[tuple[int, int], dict[uuid.UUID, float]] = {}
    yes = session.execute(
        select(AgreementCell, NeighbourhoodTally.outlines, func.coalesce(AnsweredCell.answers, 0))
        .join(
            NeighbourhoodTally,
            NeighbourhoodTally.organic_area_id == AgreementCell.organic_area_id,
        )
        .outerjoin(
            AnsweredCell,
            (AnsweredCell.cell_x == AgreementCell.cell_x)
            & (AnsweredCell.cell_y == AgreementCell.cell_y)
            & (AnsweredCell.district_id == AgreementCell.district_id),
        )
        .where(AgreementCell.organic_area_id.in_(areas))
    )
    for cell, outlines, answers in yes:
        found = agreements.setdefault((cell.cell_x, cell.cell_y), {})
        said = cell.yes_outlines + cell.yes_answers
        found[cell.organic_area_id] = said / (outlines + answers)
    squares = session.scalars(
        select(PopulationCell).where(PopulationCell.district_id == ground.place.id)
    )
    left = 0.0
    for one in squares:
        for x in range(one.cell_x * 4, one.cell_x * 4 + 4):
            for y in range(one.cell_y * 4, one.cell_y * 4 + 4):
                taken = sum(share_out(agreements.get((x, y), {})).values())
                left += one.inhabitants / 16 * (1 - taken)
    return left


def test_an_overlap_counts_nobody_twice(ground: Ground, session: Session) -> None:
    ground.people(160, square(0, 0, 8, 8))
    ground.spread()
    hook = ground.settle("Hook", square(0, 0, 8, 8))
    bend = ground.settle("Bend", square(0, 0, 8, 8))
    people = weigh_people(session, area_ids=[hook])
    assert people[hook].inhabitants == pytest.approx(80, rel=1e-4)
    assert set(weigh_people(session, area_ids=[bend])) == {bend}


def test_no_mans_land_is_where_people_live_and_no_edge_reaches(
    ground: Ground, session: Session
) -> None:
    x, y = (4 - HERE[0] % 4, 4 - HERE[1] % 4)
    ground.people(300, square(x, y, x + 12, y + 4), name="Row", code="B1")
    ground.spread()
    hook = ground.settle("Hook", square(x, y, x + 4, y + 4))
    found = unclaimed_cells(session, district_id=ground.place.id)
    assert [(one.buurt, round(one.inhabitants)) for one in found] == [("Row", 100), ("Row", 100)]
    ground.draw(hook, square(x + 4, y, x + 8, y + 1))
    assert len(unclaimed_cells(session, district_id=ground.place.id)) == 1


# -- The crosswalk's traps -----------------------------------------------------------------------


Line = tuple[str, str, float, int | None]


def carry(ground: Ground, *lines: Line) -> dict[str, int]:
    """Carry figures over lines (old code, new code, share of the old area, its people) and spread
    them over the squares; inhabitants by the new code."""
    drafts = [
        CrosswalkDraft(
            old_code=old,
            old_name=old,
            old_statistics_code=None,
            new_code=new,
            new_name=new,
            share_old=share,
            share_new=1,
            inhabitants=people,
            households=people,
            households_with_children=people,
            year=2020,
            source="made up",
            licence="CC0 1.0",
        )
        for old, new, share, people in lines
    ]
    put_crosswalk(ground.session, district_id=ground.place.id, level=Level.BUURT, drafts=drafts)
    ground.spread()
    rows = ground.session.execute(
        select(OfficialArea.code, AreaFigure.inhabitants).join(
            AreaFigure, AreaFigure.area_id == OfficialArea.id
        )
    )
    return {row.code: row.inhabitants for row in rows}


TRAPS: dict[str, tuple[tuple[Line, ...], dict[str, int]]] = {
    "split in two": ((("O1", "N1", 0.5, 101), ("O1", "N2", 0.5, 101)), {"N1": 51, "N2": 50}),
    "two merged": ((("O1", "N1", 1, 300), ("O2", "N1", 1, 41)), {"N1": 341}),
    "partly outside the district": (
        (("O1", "N1", 0.75, 400), ("O1", "X9", 0.25, 400)),
        {"N1": 300},
    ),
    "slivers do not make people": (
        (("O1", "N1", 0.9987, 1000), ("O1", "N2", 0.0004, 1000)),
        {"N1": 1000, "N2": 0},
    ),
    "an old area without figures": ((("O1", "N1", 1, None), ("O2", "N2", 1, 60)), {"N2": 60}),
    "codes that look alike": (
        (("O1", "N1", 1, 10), ("O01", "N01", 1, 20), ("o1", "n1", 1, 40)),
        {"N1": 10, "N01": 20, "n1": 40},
    ),
    "an old code that is another's new one": (
        (("N2", "N1", 1, 10), ("N1", "N2", 1, 20)),
        {"N1": 10, "N2": 20},
    ),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_the_crosswalk_loses_nobody_and_makes_up_nobody(
    ground: Ground, session: Session, trap: str
) -> None:
    lines, wanted = TRAPS[trap]
    for number, code in enumerate(("N1", "N2", "N01", "n1")):
        west = LON + 0.005 * number
        geom = stored(area_shape(west, LAT, west + 0.005, LAT + 0.005))
        ground.make.official_area(code=code, district_id=ground.place.id, geom=geom)
    assert carry(ground, *lines) == wanted
    people = count_people(session, district_id=ground.place.id)
    assert people.inhabitants == pytest.approx(sum(wanted.values()))
    assert people.households_with_children == pytest.approx(sum(wanted.values()))


def test_a_buurt_that_ended_has_nobody_and_of_two_years_the_newer_counts(
    ground: Ground, session: Session
) -> None:
    ground.people(70, area_shape(), valid_to=date(2022, 1, 2))
    still = ground.people(80, area_shape())
    ground.make.area_figure(area_id=still, year=2024, inhabitants=90)
    ground.spread()
    people = count_people(session, district_id=ground.place.id)
    assert (round(people.inhabitants), people.year, people.source) == (90, 2024, "made up")
