"""The bench measures what it says: every answer is right, and the work does not grow with rows."""

import dataclasses
import json
from collections.abc import Callable, Iterator

import pytest

from geoapp.db.session import make_engine
from tests.bench import Figures, make_table, measure, read_options
from tests.bench_areas import measure_areas
from tests.bench_coverage import make_coverage_table, measure_large, measure_place
from tests.bench_subjects import (
    BenchError,
    World,
    make_page,
    make_subjects,
    make_tile,
    open_world,
)

READ = (
    *("home", "tile z13", "tile z16", "asset"),
    *("desk", "desk, deep", "desk's report", "defect"),
    *("answers", "answers of an area", "answers of an organic area"),
)


@pytest.fixture(scope="module")
def few(make_database: Callable[[str], str]) -> Iterator[World]:
    """A service on 30 defects."""
    with open_world(make_database("bench_few"), count=30) as world:
        yield world


@pytest.fixture(scope="module")
def many(make_database: Callable[[str], str]) -> Iterator[World]:
    """A service on ten times as many."""
    with open_world(make_database("bench_many"), count=300) as world:
        yield world


@pytest.fixture(scope="module")
def figures(few: World, many: World) -> dict[tuple[int, str], Figures]:
    """Every subject of both, by number of defects and name."""
    found = [
        measure(world, subject, rounds=2, warm_ups=1)
        for world in (few, many)
        for subject in make_subjects(world)
    ]
    return {(figure.defects, figure.subject): figure for figure in found}


def test_every_subject_answers_and_its_work_is_counted(
    figures: dict[tuple[int, str], Figures],
) -> None:
    assert set(figures) == {(count, name) for count in (30, 300) for name in (*READ, "report")}
    for figure in figures.values():
        assert figure.rows > 0
        assert figure.sent_bytes > 0
        assert figure.statements >= figure.sql_statements > 0
        assert figure.times_sql > 0
        assert figure.times_empty > 0


@pytest.mark.parametrize("name", [*READ, "report"])
def test_no_subject_asks_more_of_the_database_when_there_is_more_in_it(
    figures: dict[tuple[int, str], Figures], name: str
) -> None:
    assert figures[300, name].statements == figures[30, name].statements


def test_the_middle_tile_holds_more_where_there_is_more(
    figures: dict[tuple[int, str], Figures],
) -> None:
    assert figures[300, "tile z13"].rows > figures[30, "tile z13"].rows


def test_neighbourhoods_are_measured_on_all_their_cells(
    make_database: Callable[[str], str],
) -> None:
    engine = make_engine(make_database("bench_areas"))
    try:
        figures = measure_areas(engine, neighbourhoods=3, radius_cells=8, rounds=1)
    finally:
        engine.dispose()
    join, recount, answer, outline = figures
    # A cell whose middle lies on a border may fall either way.
    assert recount.cells > 3 * 200
    assert abs(join.cells - recount.cells) < recount.cells / 50
    assert answer.cells == 25
    assert 200 < outline.cells < recount.cells
    assert all(figure.ms > 0 for figure in figures)


def test_gaps_are_measured_on_the_real_place_and_on_a_made_up_one(
    make_database: Callable[[str], str],
) -> None:
    url = make_database("bench_large")
    place, large = make_engine(make_database("bench_place")), make_engine(url)
    try:
        figures = measure_place(place, rounds=1)
        figures += measure_large(large, url, squares=400, things=30, acts=["along streets"])
    finally:
        place.dispose()
        large.dispose()
    assert len(figures) == 4 + 1 + 1
    # The courts and the squares of Zuidoost.
    assert all((figure.squares > 1500, figure.things > 100) for figure in figures[:4])
    assert {(figure.squares, figure.things) for figure in figures[4:]} == {(400, 30)}
    assert all(figure.ms > 0 for figure in figures)
    assert all(figure.peak_mb for figure in figures[4:])
    assert "by the database" in make_coverage_table(figures)


def test_a_wrong_status_ends_the_run(few: World) -> None:
    home, *_ = make_subjects(few)
    astray = dataclasses.replace(home, request=lambda: {"path": "/assets/ZZ-ZZZ"})
    with pytest.raises(BenchError, match="404"):
        measure(few, astray, rounds=2, warm_ups=1)


def test_a_tile_in_the_sea_ends_the_run(few: World) -> None:
    with pytest.raises(BenchError, match="0 rows"):
        measure(few, make_tile("16/0/32000", few.values), rounds=2, warm_ups=1)


def test_a_page_that_shows_other_rows_ends_the_run(few: World) -> None:
    home, *_ = make_subjects(few)
    with pytest.raises(BenchError, match="does not show"):
        measure(few, make_page("about", "/about", home.sql, few.values), rounds=2, warm_ups=1)


def test_the_table_has_a_line_for_every_figure(figures: dict[tuple[int, str], Figures]) -> None:
    table = make_table(list(figures.values())).splitlines()
    assert len(table) == 2 + len(figures)
    assert len({line.count("|") for line in table}) == 1
    assert json.dumps(dataclasses.asdict(figures[30, "home"]))


@pytest.mark.parametrize("words", ["--rounds 1", "--counts 0", "--counts 300,x", "--counts ,"])
def test_options_that_cannot_be_measured_are_refused(words: str) -> None:
    with pytest.raises(SystemExit):
        read_options(words.split())


def test_each_number_of_defects_is_measured_once() -> None:
    assert read_options(["--counts", "300,40,300"]).counts == [300, 40]
