"""Drill of the audit, run by scripts/drill: 50 writers on 50 things, then on one. Prints its
figures."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine, transaction
from geoapp.ledger.audit import record_change, verify_all
from geoapp.ledger.chain import Deed, Doer, Thing
from geoapp.ledger.tables import AuditChain
from tests.conftest import NOW

WRITERS, CHANGES = 50, 20
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND wait_event_type = 'Lock' AND wait_event IN ('transactionid', 'tuple')"
)


@dataclass
class Run:
    """How it went: seconds in all, the longest change, and how many waited for another at most."""

    seconds: float
    longest_s: float
    most_waiting: int

    @property
    def per_second(self) -> float:
        """Changes in a second."""
        return WRITERS * CHANGES / self.seconds

    def __str__(self) -> str:
        return (
            f"{self.seconds:.1f} s ({self.per_second:.0f} in a second), the longest took "
            f"{self.longest_s:.2f} s, at most {self.most_waiting} seen to wait for another"
        )


@pytest.fixture(scope="module")
def engines(make_database: Callable[[str], str]) -> Iterator[list[Engine]]:
    """One for each writer and one who looks on, connected, on a database of their own."""
    url = make_database("audit_drill")
    made = [make_engine(url) for _ in range(WRITERS + 1)]
    migrate(made[0], metadata())
    for engine in made:
        with engine.connect() as connection:
            connection.execute(select(1))
    yield made
    for engine in made:
        engine.dispose()


@contextmanager
def watching(engine: Engine) -> Iterator[list[int]]:
    """Gathers, again and again, how many wait for somebody else's transaction."""
    seen, over = [0], threading.Event()

    def look() -> None:
        with engine.connect() as connection:
            while not over.wait(0.01):
                seen.append(connection.execute(WAITING).scalar_one())
                connection.rollback()

    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(look)
        try:
            yield seen
        finally:
            over.set()
            looking.result()


def write_at_once(engines: list[Engine], things: list[Thing]) -> Run:
    """Every writer changes a thing, theirs or the one there is, again and again."""
    together = threading.Barrier(WRITERS)

    def write(number: int) -> float:
        thing, longest_s = things[number % len(things)], 0.0
        doer = Doer(uuid.uuid4(), "platform_manager")
        together.wait()
        for change in range(CHANGES):
            started = time.monotonic()
            with transaction(engines[number]) as session:
                deed = Deed("edit", {"name": change}, {"name": change + 1})
                record_change(session, thing=thing, doer=doer, deed=deed, now=NOW)
            longest_s = max(longest_s, time.monotonic() - started)
        return longest_s

    with watching(engines[-1]) as seen, ThreadPoolExecutor(WRITERS) as pool:
        started = time.monotonic()
        longest_s = max(pool.map(write, range(WRITERS)))
        return Run(time.monotonic() - started, longest_s, max(seen))


def test_50_writers_on_50_things_do_not_wait_and_every_chain_verifies(
    engines: list[Engine], capsys: pytest.CaptureFixture[str]
) -> None:
    things = [Thing("asset", uuid.uuid4()) for _ in range(WRITERS)]
    one = Thing("platform", uuid.uuid4())
    apart = write_at_once(engines, things)
    queued = write_at_once(engines, [one])
    with Session(engines[0]) as session:
        started = time.monotonic()
        faults = list(verify_all(session))
        verified_s = time.monotonic() - started
        lengths = {chain.thing_id: chain.length for chain in session.scalars(select(AuditChain))}
    with capsys.disabled():
        print(  # noqa: T201  a drill tells its figures
            f"\naudit: {WRITERS} writers, {CHANGES} changes each"
            f"\n  on {WRITERS} things: {apart}"
            f"\n  on one thing: {queued}"
            f"\n  {apart.per_second / queued.per_second:.1f} times as many in a second on "
            f"{WRITERS} things; {2 * WRITERS * CHANGES} entries verified in {verified_s:.1f} s, "
            f"{len(faults)} faults"
        )
    assert faults == []
    assert lengths == {one.id: WRITERS * CHANGES} | {thing.id: CHANGES for thing in things}
    assert apart.most_waiting == 0
    assert queued.most_waiting > 0, "it can be seen when somebody waits"
