"""What an answer about gaps takes, as a ratio to one pass of scipy's cKDTree over the same squares
and things, in the same process: scripts/bench coverage.

What is large runs in programs of its own, so that each tells its own peak of memory:

    python -m tests.bench_coverage ACT SQUARES THINGS [DATABASE]
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from scipy.spatial import cKDTree
from shapely import LineString, Point, box
from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.assets.rules import Kind
from geoapp.completeness.rules import Known
from geoapp.config import PROJECT_DIR
from geoapp.coverage.gaps.adding import Spots, choose_best
from geoapp.coverage.gaps.counting import judge, sum_all, sum_by_ground
from geoapp.coverage.gaps.crowding import find_crowding
from geoapp.coverage.gaps.exact import choose_exactly
from geoapp.coverage.gaps.findings import Finding
from geoapp.coverage.gaps.keeping import forget_all
from geoapp.coverage.gaps.questions import Question
from geoapp.coverage.gaps.reach import measure
from geoapp.coverage.gaps.reading import find_gaps
from geoapp.coverage.gaps.walking import make_paths
from geoapp.coverage.gaps.worlds import SQUARE_M, Floats, Ground, Measured, Paths, Thing, World
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine
from geoapp.districts.queries import get_district
from geoapp.exchange.importing import import_file
from geoapp.geo.crs import LONLAT, transform_point, transform_shape
from geoapp.geo.shapes import as_multipolygon
from geoapp.neighbourhoods.tables import PopulationCell
from geoapp.norms.rules import Asked
from tests.factories import LAT, LON, Factory, stored

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SRID = 28992
QUESTION = Question(kind=Kind.SPORT_COURT.value, norm=Asked(metres=400))
SEED = 20_261_121
SPOTS, COUNT, LIMIT_S = 2_000, 5, 20.0
TIMES_LIMIT, SECONDS_LIMIT, MEGABYTES_LIMIT = 5, 60, 2_048

# The barest question for the same squares and things.
_BARE = """
    SELECT cell_x, cell_y, households_with_children, area_id, NULL
    FROM population_cell WHERE district_id = :district_id AND households_with_children > 0
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, ST_AsBinary(geom)
    FROM asset WHERE district_id = :district_id AND kind = :kind
"""


@dataclass(frozen=True)
class CoverageFigure:
    """One act: milliseconds of the middle round, how many times as long as its reference (`of`),
    the peak of its program in megabytes (None: it ran beside others), and what is asked of it."""

    act: str
    squares: int
    things: int
    ms: float
    times: float
    of: str
    peak_mb: int | None
    target: str
    is_met: bool | None


# -- The real place --------------------------------------------------------------------------


def measure_place(engine: Engine, *, rounds: int = 15) -> list[CoverageFigure]:
    """Load Zuidoost into the empty database, without examples, and ask after its courts."""
    migrate(engine, metadata())
    plan = json.loads((PROJECT_DIR / "data/demo.json").read_text(encoding="utf-8"))[0]
    with Session(engine) as session, session.begin():
        for file in plan["files"]:
            path = PROJECT_DIR / "data" / file["file"]
            import_file(session, path, layout_name=file["as"], say=lambda _words: None)
    finding = _ask(engine, plan["district"])
    world = finding.world
    places = np.array([thing.shape.representative_point().coords[0] for thing in world.things])
    values = {"district_id": finding.place.id, "kind": QUESTION.kind}

    def ask_anew() -> None:
        forget_all()
        _ask(engine, plan["district"])

    def ask_database() -> None:
        with Session(engine) as session:
            session.execute(text(_BARE), values).all()

    acts: Mapping[str, Callable[[], object]] = {
        "pass": lambda: cKDTree(places).query(world.xy),
        "query": ask_database,
        "fresh": ask_anew,
        "cached": lambda: _ask(engine, plan["district"]),
    }
    found = _take_turns(acts, rounds)
    both = found["pass"] + found["query"]
    size = (len(world.xy), len(world.things))
    of = "pass + query"
    return [
        _tell("one cKDTree pass", size, found["pass"], both, of),
        _tell("one bare query", size, found["query"], both, of),
        _tell("Zuidoost, fresh", size, found["fresh"], both, of, within=TIMES_LIMIT),
        _tell("Zuidoost, cached", size, found["cached"], both, of),
    ]


def _ask(engine: Engine, slug: str) -> Finding:
    with Session(engine) as session:
        place = get_district(session, slug=slug)
        return find_gaps(session, place=place, question=QUESTION, now=NOW)


def _tell(
    act: str,
    size: tuple[int, int],
    ms: float,
    reference_ms: float,
    of: str,
    *,
    within: float | None = None,
) -> CoverageFigure:
    times = round(ms / reference_ms, 2)
    target = "" if within is None else f"within {within:g}x"
    is_met = None if within is None else times <= within
    return CoverageFigure(act, *size, round(ms, 2), times, of, None, target, is_met)


def _take_turns(acts: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Milliseconds of the middle round of each, one after the other; the first two are not told."""
    times: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(rounds + 2):
        for name, do in acts.items():
            times[name].append(_time(do))
    return {name: float(np.median(taken[2:])) for name, taken in times.items()}


def _time(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return (time.perf_counter() - started) * 1000


# -- What is large ---------------------------------------------------------------------------


def measure_large(
    engine: Engine,
    url: str,
    *,
    squares: int = 100_000,
    things: int = 2_000,
    acts: Sequence[str] = (),
) -> list[CoverageFigure]:
    """Made-up squares and things, as arrays and by the empty database; each act (all of them unless
    some are named) in a program of its own."""
    fill_database(engine, squares=squares, things=things)
    return [
        *(run_act(act, squares, things) for act in acts or ACTS),
        run_act("by the database, fresh", squares, things, url),
    ]


def run_act(act: str, squares: int, things: int, *more: str) -> CoverageFigure:
    """Measure an act in a program of its own."""
    ended = subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-m", "tests.bench_coverage", act, str(squares), str(things), *more],
        cwd=PROJECT_DIR,
        stdout=subprocess.PIPE,
        check=True,
    )
    return CoverageFigure(**json.loads(ended.stdout))


def make_large(squares: int, things: int, *, paths: Paths | None = None) -> World:
    """Squares in ten columns of grounds, of which one is not known, points anywhere on them."""
    random = np.random.default_rng(SEED)
    side = int(np.ceil(np.sqrt(squares)))
    number = np.arange(squares)
    places = np.stack([number % side, number // side], axis=1)
    xy = np.array((places + 0.5) * SQUARE_M, dtype=float)
    known = [Known.COMPLETE] * 8 + [Known.PARTIAL, Known.UNKNOWN]
    return World(
        srid=SRID,
        xy=xy,
        amounts=random.integers(0, 40, squares).astype(float),
        ground_of=(number % side) * 10 // side,
        reach_m=np.full(squares, 400.0),
        grounds=[Ground(f"g{i}", f"Ground {i}", f"G{i}", one) for i, one in enumerate(known)],
        things=[
            Thing(f"t{i}", f"Thing {i}", Point(place))
            for i, place in enumerate(draw_places(side, things))
        ],
        paths=paths,
    )


def draw_places(side: int, count: int, seed: int = SEED + 1) -> Floats:
    """Anywhere in a field of so many squares wide and high."""
    return np.random.default_rng(seed).uniform(0, side * SQUARE_M, (count, 2))


def pave(squares: int) -> Paths:
    """A street along every border of the squares, cut at each crossing."""
    side = int(np.ceil(np.sqrt(squares)))
    length = side * SQUARE_M
    lines = [
        line.segmentize(SQUARE_M)
        for at in range(0, length + 1, SQUARE_M)
        for line in (LineString([(0, at), (length, at)]), LineString([(at, 0), (at, length)]))
    ]
    return make_paths([(line, ()) for line in lines], band=None, max_snap_m=SQUARE_M)


def _answer(world: World) -> Measured:
    measured = measure(world)
    answers = judge(world, measured)
    sum_all(world, answers)
    sum_by_ground(world, answers)
    return measured


def _draw_spots(world: World) -> Spots:
    side = int(np.ceil(np.sqrt(len(world.xy))))
    xy = draw_places(side, SPOTS, SEED + 2)
    return Spots(xy, [str(number) for number in range(SPOTS)])


def _choose(world: World) -> object:
    return choose_best(world, measure(world), _draw_spots(world), COUNT)


def _choose_exactly(world: World) -> object:
    return choose_exactly(world, measure(world), _draw_spots(world), COUNT, limit_s=LIMIT_S)


# What is done, and whether along streets.
ACTS: Mapping[str, tuple[Callable[[World], object], bool]] = {
    "straight": (_answer, False),
    "along streets": (_answer, True),
    f"best {COUNT} of {SPOTS:,} spots, straight": (_choose, False),
    f"best {COUNT} of {SPOTS:,} spots, along streets": (_choose, True),
    f"best {COUNT} of {SPOTS:,} spots, exactly": (_choose_exactly, False),
    "crowding, straight": (find_crowding, False),
}


def fill_database(engine: Engine, *, squares: int, things: int) -> None:
    """The same world in the empty database, in one buurt."""
    migrate(engine, metadata())
    world = make_large(squares, things)
    # Its south-west corner, on a border between squares.
    corner = np.floor(np.array(transform_point(LON, LAT, LONLAT, SRID)) / SQUARE_M)
    west, south = (corner * SQUARE_M).tolist()
    side = float(world.xy.max()) + SQUARE_M / 2
    shape = transform_shape(box(west, south, west + side, south + side), SRID, LONLAT)
    with Session(engine) as session, session.begin():
        make = Factory(session)
        geom = stored(as_multipolygon(shape))
        district = make.district(slug="large", metric_srid=SRID, bounds=geom)
        area = make.official_area(district_id=district.id, geom=geom)
        ids = {"district_id": district.id, "area_id": area.id}
        cells = (np.floor(world.xy / SQUARE_M) + corner).astype(int).tolist()
        rows = zip(cells, world.amounts.tolist(), strict=True)
        session.execute(insert(PopulationCell), [_make_cell(*row) | ids for row in rows])
        for thing in world.things:
            x, y = thing.shape.coords[0]
            spot = stored(Point(transform_point(x + west, y + south, SRID, LONLAT)))
            make.asset(district_id=district.id, kind=Kind.SPORT_COURT, geom=spot)
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))


def _make_cell(cell: tuple[int, int], amount: float) -> dict[str, Any]:
    names = ("inhabitants", "households", "households_with_children")
    said = {"cell_x": cell[0], "cell_y": cell[1], "year": 2020, "source": "made up"}
    return said | dict.fromkeys(names, amount)


def _prepare(
    act: str, squares: int, things: int, database: list[str]
) -> tuple[World, Callable[[], object]]:
    """The world of an act, and what is done."""
    if database:
        engine = make_engine(database[0])
        return make_large(squares, things), lambda: _ask(engine, "large")
    do, is_along = ACTS[act]
    world = make_large(squares, things, paths=pave(squares) if is_along else None)
    return world, lambda: do(world)


def main() -> int:
    """Do one act, and tell of it as JSON."""
    act, squares, things, *database = sys.argv[1:]
    world, do = _prepare(act, int(squares), int(things), database)
    ms = _time(do)
    places = np.array([thing.shape.coords[0] for thing in world.things])
    passed = min(_time(lambda: cKDTree(places).query(world.xy)) for _ in range(3))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    figure = CoverageFigure(
        act=act,
        squares=int(squares),
        things=int(things),
        ms=round(ms, 1),
        times=round(ms / passed, 2),
        of="pass",
        peak_mb=peak,
        target=f"under {SECONDS_LIMIT} s and {MEGABYTES_LIMIT:,} MB",
        is_met=ms < SECONDS_LIMIT * 1000 and peak < MEGABYTES_LIMIT,
    )
    sys.stdout.write(json.dumps(asdict(figure)))
    return 0


# -- Telling ---------------------------------------------------------------------------------

WORDS = """\
ms: the middle round; what is large is done once. pass: one cKDTree of the things, asked for the
nearest to every square, in the same process. query: one bare statement for the same squares and
things. peak: of a program of its own, with Python and its libraries."""


def make_coverage_table(figures: list[CoverageFigure]) -> str:
    """The figures as a Markdown table."""
    columns = ("act", "squares", "things", "ms", "times", "of", "peak MB", "target", "met")
    lines = [[*columns], ["---", *["---:"] * 4, "---", "---:", "---", "---"]]
    lines += [
        [
            found.act,
            f"{found.squares:,}",
            f"{found.things:,}",
            f"{found.ms:,.1f}",
            f"{found.times:,.2f}",
            found.of,
            "" if found.peak_mb is None else f"{found.peak_mb:,}",
            found.target,
            {None: "", True: "yes", False: "NO"}[found.is_met],
        ]
        for found in figures
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
