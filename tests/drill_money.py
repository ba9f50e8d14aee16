"""Drill of money, run by scripts/drill: 50 threads, 200 moves each, on four lines (T40)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine
from tests.factories import Factory
from tests.test_plans_money import check_sums, move_at_random

THREADS, DEEDS, LINES, BEGAN_WITH = 50, 200, 4, 20_000


def test_fifty_who_move_money_at_once_leave_a_ledger_that_sums(
    make_database: Callable[[str], str],
) -> None:
    url = make_database("money")
    # One for each: who waits for a connection is no test of who waits for money.
    engines = [make_engine(url) for _ in range(THREADS)]
    engine = engines[0]
    migrate(engine, metadata())
    with Session(engine, expire_on_commit=False) as session:
        make = Factory(session)
        ids = [make.budget_line(amount_cents=BEGAN_WITH).id for _ in range(LINES)]
        session.commit()
    together = Barrier(THREADS)

    def work(seed: int) -> None:
        together.wait()
        move_at_random(engines[seed], ids, seed=seed, deeds=DEEDS)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    with Session(engine) as session:
        check_sums(session, BEGAN_WITH)
    for one in engines:
        one.dispose()
