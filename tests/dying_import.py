"""An import that is killed (-9) again and again, each time at another statement: for tests.

    python -m tests.dying_import DATABASE_URL FILE LAYOUT DEATHS SEED

Forks for each death; writes, as JSON, one list of the numbers of rows each table held after each.
The last import is left alive, to show that all of the rows come when nothing kills it.
"""

import json
import os
import signal
import sys
from pathlib import Path
from random import Random

from sqlalchemy import event, func, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.db.session import make_engine, transaction
from geoapp.exchange.importing import import_file

COUNTED = ("asset", "import_batch", "import_change")


def run_import(url: str, path: Path, layout: str, *, dies_at: int | None) -> int:
    """Import in this process, killed at a statement (the one after the last is the commit)."""
    engine = make_engine(url)
    seen = [0]

    def count(*_: object) -> None:
        seen[0] += 1
        if seen[0] == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", count)
    with transaction(engine) as session:
        import_file(session, path, layout_name=layout, say=lambda _: None)
    engine.dispose()
    return seen[0]


def count_rows(engine: Engine) -> list[int]:
    """How many rows the tables hold that an import of assets fills."""
    with Session(engine) as session:
        tables = [metadata().tables[name] for name in COUNTED]
        return [session.scalars(select(func.count()).select_from(t)).one() for t in tables]


def count_statements(url: str, path: Path, layout: str) -> int:
    """How many statements the whole import takes, taken back at its end."""
    engine = make_engine(url)
    seen = [0]

    def count(*_: object) -> None:
        seen[0] += 1

    event.listen(engine, "before_cursor_execute", count)
    with Session(engine) as session:
        import_file(session, path, layout_name=layout, say=lambda _: None)
        session.rollback()
    engine.dispose()
    return seen[0]


def main(url: str, file: str, layout: str, deaths: int, seed: int) -> None:
    """Die as often as asked, then live."""
    path = Path(file)
    statements = count_statements(url, path, layout)
    random = Random(seed)  # noqa: S311  moments of tests
    # The first and the last statement and the commit are always among the moments.
    moments = [1, statements, statements + 1]
    moments += [random.randint(1, statements) for _ in range(deaths - len(moments))]
    held = []
    for dies_at in [*moments, None]:
        child = os.fork()
        if child == 0:
            run_import(url, path, layout, dies_at=dies_at)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        engine = make_engine(url)
        held.append({"dies_at": dies_at, "killed": killed, "rows": count_rows(engine)})
        engine.dispose()
    sys.stdout.write(json.dumps(held))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
