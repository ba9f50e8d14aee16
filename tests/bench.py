"""What the service takes, as a ratio to two bare references of the same run: scripts/bench.

Service, bare SQL and an empty Flask route take turns in one process, over WSGI without a network.
Times are told and never asserted; an answer that is wrong or empty ends the run.
"""

import argparse
import gzip
import json
import os
import platform
import signal
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from geoapp.db.session import make_engine
from tests.bench_areas import make_area_table, measure_areas
from tests.bench_coverage import WORDS as COVERAGE_WORDS
from tests.bench_coverage import make_coverage_table, measure_large, measure_place
from tests.bench_subjects import (
    BenchError,
    Request,
    Rows,
    Subject,
    World,
    make_subjects,
    open_world,
)
from tests.conftest import count_queries, own_databases

# The driver prepares a statement at its sixth use: the first rounds are not measured.
WARM_UPS = 10


# -- Measuring -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spread:
    """Milliseconds: the middle one, the quarters, and what 19 of 20 stay under."""

    median: float
    low: float
    high: float
    p95: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f}-{self.high:.2f})"


@dataclass(frozen=True)
class Figures:
    """One subject on one database; ratios are of medians, what follows is exact."""

    defects: int
    subject: str
    rounds: int
    service_ms: Spread
    sql_ms: Spread
    empty_ms: Spread
    times_sql: float
    times_empty: float
    rows: int
    statements: int
    sql_statements: int
    sent_bytes: int


def measure(world: World, subject: Subject, *, rounds: int, warm_ups: int = WARM_UPS) -> Figures:
    """Service, SQL, empty route, and again; `rounds` times after the warm-up.

    Raises:
        BenchError: an answer has another status, or does not hold the rows.
    """
    for _ in range(warm_ups):
        take_turns(world, subject)
    with count_queries(world.engine) as statements:
        _, sent, packed = ask(world.app, subject.request(), subject.status)
    rows = fetch(world, subject, subject.values())
    found = subject.check(gzip.decompress(sent) if packed else sent, rows)
    turns = [take_turns(world, subject) for _ in range(rounds)]
    service, sql, empty = (make_spread(times) for times in zip(*turns, strict=True))
    return Figures(
        defects=world.count,
        subject=subject.name,
        rounds=rounds,
        service_ms=service,
        sql_ms=sql,
        empty_ms=empty,
        times_sql=round(service.median / sql.median, 2),
        times_empty=round(service.median / empty.median, 2),
        rows=found,
        statements=len(statements),
        sql_statements=len(subject.sql),
        sent_bytes=len(sent),
    )


def take_turns(world: World, subject: Subject) -> tuple[float, float, float]:
    """Milliseconds of service, SQL and empty route, one after the other."""
    request, values = subject.request(), subject.values()
    service, _, _ = ask(world.app, request, subject.status)
    started = time.perf_counter()
    fetch(world, subject, values)
    sql = (time.perf_counter() - started) * 1000
    empty, _, _ = ask(world.empty, {**request, "path": "/"}, 200)
    return service, sql, empty


def ask(app: Flask, request: Request, status: int) -> tuple[float, bytes, bool]:
    """Milliseconds, the bytes sent, and whether they are gzipped; making the request is untimed.

    Raises:
        BenchError: the answer has another status.
    """
    headers = {"Accept-Encoding": "gzip", **request.get("headers", {})}
    environ = EnvironBuilder(**{**request, "headers": headers}).get_environ()
    started = time.perf_counter()
    body, told, answered = run_wsgi_app(app, environ, buffered=True)
    sent = b"".join(body)
    took = (time.perf_counter() - started) * 1000
    if told.split()[0] != str(status):
        raise BenchError(f"{request['path']} answered {told}, not {status}: {sent[:300]!r}")
    return took, sent, answered.get("Content-Encoding") == "gzip"


def fetch(world: World, subject: Subject, values: dict[str, Any]) -> Rows:
    """The rows of the bare statements."""
    return [row for sql in subject.sql for row in world.driver.execute(sql, values).fetchall()]


def make_spread(times: Sequence[float]) -> Spread:
    """The middle and the spread of at least two times."""
    low, median, high = statistics.quantiles(times, n=4, method="inclusive")
    p95 = statistics.quantiles(times, n=20, method="inclusive")[-1]
    return Spread(*(round(value, 3) for value in (median, low, high, p95)))


# -- Telling ---------------------------------------------------------------------------------

COLUMNS = (
    *("defects", "subject", "service", "SQL", "empty"),
    *("x SQL", "x empty", "rows", "statements", "bytes"),
)
WORDS = """\
service, SQL, empty: milliseconds, the median and between which two the middle half lies. Service
  is the whole answer, in-process over WSGI: no network, no server. SQL is the barest statements
  for the same rows, over one plain connection of the driver. Empty is a Flask route that answers
  nothing. The three take turns; what they read is warm in memory.
x SQL, x empty: how many times longer the service takes. Only these compare between machines.
rows: what the answer stands on. The home page also counts what is in view (to 10,000) and draws
  the areas; a tile joins rows that lie close and is gzipped; the SQL does none of this.
statements: of one request, and of its SQL; without BEGIN, COMMIT and the pool's own question.
bytes: of the body as sent, gzipped where the service does so."""


def make_table(figures: Sequence[Figures]) -> str:
    """The figures as a Markdown table."""
    lines = [[*COLUMNS], ["---:", "---", *["---:"] * 8]]
    lines += [
        [
            f"{found.defects:,}",
            found.subject,
            str(found.service_ms),
            str(found.sql_ms),
            str(found.empty_ms),
            f"{found.times_sql:.1f}",
            f"{found.times_empty:.1f}",
            f"{found.rows:,}",
            f"{found.statements} / {found.sql_statements}",
            f"{found.sent_bytes:,}",
        ]
        for found in figures
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def read_facts(world: World) -> dict[str, Any]:
    """The machine and its programs."""
    versions = world.driver.execute(
        "SELECT current_setting('server_version'), postgis_lib_version()"
    )
    postgres, postgis = versions.fetchone() or ("", "")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "postgresql": postgres,
        "postgis": postgis,
    }


def say(words: str) -> None:
    """Tell what goes on, beside the table."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {words}\n")


def run(counts: Sequence[int], rounds: int) -> tuple[list[Figures], dict[str, Any]]:
    """Measure every subject on a database of its own for each count; and the machine's facts."""
    figures: list[Figures] = []
    facts: dict[str, Any] = {"load_at_start": round(os.getloadavg()[0], 2)}
    with own_databases() as make_database:
        for count in counts:
            say(f"Filling a database with {count:,} defects")
            with open_world(make_database(f"bench_{count}"), count=count) as world:
                facts |= read_facts(world)
                for subject in make_subjects(world):
                    say(f"Measuring {subject.name}")
                    figures.append(measure(world, subject, rounds=rounds))
    return figures, {**facts, "load_at_end": round(os.getloadavg()[0], 2)}


def run_areas() -> int:
    """Measure agreement about neighbourhoods on a million cells, and tell."""
    with own_databases() as make_database:
        say("Filling a database with a million cells of 30 neighbourhoods")
        engine = make_engine(make_database("bench_areas"))
        try:
            figures = measure_areas(engine)
        finally:
            engine.dispose()
    sys.stdout.write(f"\n{make_area_table(figures)}\n")
    return 0


def run_coverage() -> int:
    """Measure answers about gaps on Zuidoost and on a large made-up place, and tell."""
    with own_databases() as make_database:
        say("Loading Zuidoost")
        place = make_engine(make_database("bench_place"))
        url = make_database("bench_large")
        large = make_engine(url)
        try:
            figures = measure_place(place)
            say("Filling a database with 100,000 squares and 2,000 things, and measuring each act")
            figures += measure_large(large, url)
        finally:
            place.dispose()
            large.dispose()
    sys.stdout.write(f"\n{make_coverage_table(figures)}\n\n{COVERAGE_WORDS}\n")
    return 0


def read_options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument(
        "what",
        nargs="?",
        choices=("pages", "areas", "coverage"),
        default="pages",
        help="pages, areas, or coverage (of gaps)",
    )
    parser.add_argument("--rounds", type=int, default=30, help="of each subject (30)")
    parser.add_argument(
        "--counts", default="300,100000", help="defects in the databases (300,100000)"
    )
    parser.add_argument("--out", type=Path, help="also write the figures to this file, as JSON")
    options = parser.parse_args(words)
    if options.rounds < 2:
        parser.error("--rounds must be at least 2")
    parts = options.counts.split(",")
    if not all(part.isascii() and part.isdigit() and int(part) >= 30 for part in parts):
        parser.error("--counts must be whole numbers from 30 on, with commas between")
    options.counts = list(dict.fromkeys(int(part) for part in parts))
    return options


def main() -> int:
    """Measure, and tell."""
    options = read_options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if options.what == "areas":
        return run_areas()
    if options.what == "coverage":
        return run_coverage()
    try:
        figures, facts = run(options.counts, options.rounds)
    except BenchError as error:
        say(f"The bench failed: {error}")
        return 1
    except KeyboardInterrupt:
        say("Interrupted; the databases of the bench are dropped.")
        return 130
    sys.stdout.write(f"\n{make_table(figures)}\n\n{WORDS}\n\n")
    told = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())
    sys.stdout.write(f"{options.rounds} rounds after {WARM_UPS} to warm up; {told}\n")
    # The bench keeps one core busy by itself.
    if facts["load_at_start"] > 1 or facts["load_at_end"] > 2:
        say("WARNING: this machine had other work. Measure again when its load is low.")
    if options.out:
        found = {"machine": facts, "figures": [asdict(figure) for figure in figures]}
        options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
