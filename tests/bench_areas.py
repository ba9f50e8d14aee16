"""What agreement about neighbourhoods takes, as a ratio to one plain spatial join on the same data:
scripts/bench areas.

Counting anew is one statement for each sort of voice, whatever the number of neighbourhoods; one
more answer or outline touches its own cells alone.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from shapely import MultiPolygon, Point
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.areas.tables import OrganicArea
from geoapp.db.migrating import migrate
from geoapp.districts.queries import Place, get_district
from geoapp.geo.crs import CELL_M, LONLAT, transform_point, transform_shape
from geoapp.geo.shapes import as_multipolygon
from geoapp.neighbourhoods.actions import (
    AnswerDraft,
    OutlineDraft,
    answer_neighbourhood,
    put_outline,
)
from geoapp.neighbourhoods.counting import recount_areas
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory, area_shape, stored

SRID = 28992
OUTLINES, ACROSS = 3, 6

# The same question without any of our tables: which points of a grid lie in which shapes.
_PLAIN = (
    f"""
    CREATE TABLE plain_point AS SELECT DISTINCT cell_x, cell_y, ST_SetSRID(ST_MakePoint(
        (cell_x + 0.5) * {CELL_M}, (cell_y + 0.5) * {CELL_M}), {SRID}) AS geom FROM agreement_cell
    """,  # noqa: S608  numbers of ours
    f"""
    CREATE TABLE plain_shape AS SELECT organic_area_id, ST_Transform(geom, {SRID}) AS geom
    FROM neighbourhood_outline WHERE valid_to IS NULL
    """,  # noqa: S608  numbers of ours
    "CREATE INDEX ON plain_point USING gist (geom)",
    "ANALYZE",
)
_JOIN = """
    SELECT count(*) FROM (
        SELECT organic_area_id, cell_x, cell_y, count(*) FROM plain_shape
        JOIN plain_point ON ST_Covers(plain_shape.geom, plain_point.geom)
        GROUP BY organic_area_id, cell_x, cell_y
    ) AS joined
"""


@dataclass(frozen=True)
class AreaFigure:
    """One act: how long the quickest took, how many times as long as the join, how many cells it
    is about."""

    act: str
    ms: float
    times_join: float
    cells: int


def measure_areas(
    engine: Engine, *, neighbourhoods: int = 30, radius_cells: int = 94, rounds: int = 3
) -> list[AreaFigure]:
    """Fill the empty database with neighbourhoods of three outlines each, a million cells unless
    told otherwise, and measure."""
    migrate(engine, metadata())
    with Session(engine) as session, session.begin():
        place = _settle(session, neighbourhoods, radius_cells)
        areas = session.scalars(select(OrganicArea.id).order_by(OrganicArea.slug)).all()
    with engine.begin() as connection:
        for statement in _PLAIN:
            connection.execute(text(statement))
        cells = connection.execute(text("SELECT count(*) FROM agreement_cell")).scalar_one()
        joined = connection.execute(text(_JOIN)).scalar_one()
    numbers = count()

    def join(session: Session) -> None:
        session.execute(text(_JOIN))

    def recount(session: Session) -> None:
        recount_areas(session, area_ids=areas)

    def answer(session: Session) -> None:
        number = next(numbers)
        cell = tuple(int(metres // CELL_M) for metres in _middle_of(number, radius_cells))
        draft = AnswerDraft((cell[0], cell[1]), "Organic", f"bench {number}")
        answer_neighbourhood(session, district_id=place.id, draft=draft, now=NOW)

    def outline(session: Session) -> None:
        sender = bytes([100 + next(numbers)]) * 32
        draft = OutlineDraft(areas[0], _circle(0, radius_cells), sender=sender)
        put_outline(session, place=place, draft=draft, now=NOW)

    join_ms = _time(engine, join, rounds)
    acts: dict[str, tuple[Callable[[Session], None], int]] = {
        f"{neighbourhoods} neighbourhoods anew": (recount, cells),
        "one more answer": (answer, 25),
        "one more outline": (outline, cells // neighbourhoods),
    }
    figures = [AreaFigure("one plain spatial join", join_ms, 1.0, joined)]
    for act, (do, about) in acts.items():
        ms = _time(engine, do, rounds)
        figures.append(AreaFigure(act, ms, round(ms / join_ms, 4), about))
    return figures


def make_area_table(figures: list[AreaFigure]) -> str:
    """The figures as a Markdown table."""
    lines = [["act", "ms", "x join", "cells"], ["---", "---:", "---:", "---:"]]
    lines += [
        [found.act, f"{found.ms:,.1f}", f"{found.times_join:g}", f"{found.cells:,}"]
        for found in figures
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _settle(session: Session, neighbourhoods: int, radius_cells: int) -> Place:
    make = Factory(session)
    district = make.district(slug="crowded", bounds=stored(area_shape(4.5, 51.5, 6.0, 52.9)))
    place = get_district(session, slug="crowded")
    for number in range(neighbourhoods):
        shape = _circle(number, radius_cells)
        area = make.organic_area(
            slug=f"area-{number:03}", district_id=district.id, geom=stored(shape)
        )
        put_outline(session, place=place, draft=OutlineDraft(area.id, shape), now=NOW)
        for sender in range(1, OUTLINES):
            drawn = _circle(number, radius_cells, east_m=sender * 15 * CELL_M)
            draft = OutlineDraft(area.id, drawn, sender=bytes([sender]) * 32)
            put_outline(session, place=place, draft=draft, now=NOW)
    return place


def _middle_of(number: int, radius_cells: int) -> tuple[float, float]:
    """Where a neighbourhood lies, in metres: each overlaps those beside it."""
    x, y = transform_point(LON, LAT, LONLAT, SRID)
    step_m = radius_cells * CELL_M * 1.7
    return x + number % ACROSS * step_m, y + number // ACROSS * step_m


def _circle(number: int, radius_cells: int, *, east_m: float = 0.0) -> MultiPolygon:
    x, y = _middle_of(number, radius_cells)
    metric = Point(x + east_m, y).buffer(radius_cells * CELL_M, quad_segs=32)
    return as_multipolygon(transform_shape(metric, SRID, LONLAT))


def _time(engine: Engine, do: Callable[[Session], None], rounds: int) -> float:
    """Milliseconds of the quickest round, its commit included."""
    found = []
    for _ in range(rounds):
        started = time.perf_counter()
        with Session(engine) as session, session.begin():
            do(session)
        found.append((time.perf_counter() - started) * 1000)
    return round(min(found), 1)
