"""What tests stand on: an empty migrated database rolled back after each, and the loaded demo.

The server is the one scripts use: DATABASE_URL where it is set, else the project's private
cluster. Every run makes databases of its own and drops them.
"""

import fcntl
import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
from flask import Flask, has_request_context, request
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings
from jinja2 import FileSystemBytecodeCache
from psycopg import sql
from sqlalchemy import Connection, Engine, event, make_url, text
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from geoapp.app import create_app, metadata
from geoapp.config import PROJECT_DIR, Settings, keep_secret, read_settings
from geoapp.db.cluster import create_database, drop_database, release_cluster, start_cluster
from geoapp.db.installation import ROLE, find_cluster
from geoapp.db.migrating import migrate
from geoapp.db.server import connect
from geoapp.db.session import make_engine, normalise_url, transaction
from geoapp.exchange.demo import load_demo
from geoapp.operate.logs import ACCESS, JsonLines
from geoapp.sealing import Sealer
from tests.factories import Factory

# Fixed, so that examples and answers are the same on every day the suite runs.
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
# That of every service the suite starts without a secret of its own.
SEALER = Sealer(keep_secret(Settings()).secret)

# What a test says never depends on how busy the machine is.
hypothesis_settings.register_profile("geoapp", deadline=None)
hypothesis_settings.load_profile("geoapp")


@dataclass(frozen=True)
class Databases:
    """What can be done with databases on the server of the run, by their names.

    `copy` takes the new name and that of a database to which nobody is connected; it and `create`
    give the address of what they made.
    """

    create: Callable[[str], str]
    copy: Callable[[str, str], str]
    drop: Callable[[str], object]


@contextmanager
def running_server() -> Iterator[Databases]:
    """The server that databases are made on; a cluster that was not running is up until the end."""
    given = read_settings().database_url
    if given is not None:
        yield _at_address(given)
        return
    started = start_cluster(PROJECT_DIR, say=lambda _: None, owner_pid=os.getpid())
    try:
        yield _in_cluster()
    finally:
        if started:
            release_cluster(PROJECT_DIR, owner_pid=os.getpid())


# What the tests of permissions tell of themselves, to be summed over all processes.
CELLS_ASKED, CELLS_WANTED = "permission cells asked", "permission cells wanted"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how large the matrix of permissions is, and whether any of it was not asked."""
    counts = {CELLS_ASKED: 0, CELLS_WANTED: 0}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in report.user_properties:
                if name in counts:
                    counts[name] += int(value)
    wanted, asked = counts[CELLS_WANTED], counts[CELLS_ASKED]
    if wanted:
        terminalreporter.write_line(
            f"Permission matrix: {wanted:,} cells, {wanted - asked:,} untested."
        )


@contextmanager
def own_databases() -> Iterator[Callable[[str], str]]:
    """Makes empty databases with PostGIS and gives their addresses; drops them all at the end."""
    with running_server() as databases, _dropped_at_the_end(databases) as name_database:
        yield lambda purpose: databases.create(name_database(purpose))


@contextmanager
def _dropped_at_the_end(databases: Databases) -> Iterator[Callable[[str], str]]:
    made: list[str] = []

    def name_database(purpose: str) -> str:
        # Numbered: a module whose tests are shared out may need its own more than once.
        made.append(f"geoapp_test_{os.getpid()}_{len(made)}_{purpose}")
        return made[-1]

    try:
        yield name_database
    finally:
        for name in made:
            databases.drop(name)


class Shared:
    """What one process of a run makes and all of them use: JSON values by name, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, name: str, make: Callable[[], Any]) -> Any:
        """The value of that name, made now unless a process has made it."""
        with self._file(name) as file:
            if not file.exists():
                file.write_text(json.dumps(make()), encoding="utf-8")
            return json.loads(file.read_text(encoding="utf-8"))

    @contextmanager
    def lend(
        self, name: str, make: Callable[[], str], drop: Callable[[str], object]
    ) -> Iterator[str]:
        """What is to be dropped when nobody needs it any more; made anew for who comes later."""
        with self._file(name) as file:
            made, users = json.loads(file.read_text()) if file.exists() else (make(), 0)
            file.write_text(json.dumps([made, users + 1]))
        try:
            yield made
        finally:
            with self._file(name) as file:
                made, users = json.loads(file.read_text())
                file.write_text(json.dumps([made, users - 1]))
                if users == 1:
                    file.unlink()
                    drop(made)

    @contextmanager
    def _file(self, name: str) -> Iterator[Path]:
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.folder / f"{name}.json"


class RuleOfManyServices(Rule):
    """An address of a service, of which the suite starts more than a thousand: the code that makes
    it is written once for each address and process, not again for each service."""

    _written: ClassVar[dict[object, Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002  as Werkzeug has it
        # All that the code is made from; what is filled in it asks of the rule when it runs.
        defaults = tuple(sorted((self.defaults or {}).items()))
        key = (self.rule, tuple(self._trace), defaults, append_unknown)
        if key not in self._written:
            self._written[key] = super()._compile_builder(append_unknown)
        return self._written[key]


OWN_FIELDS = ("at", "level", "logger", "method", "route")


class Leaks(logging.Handler):
    """Reads every line the service logs, and keeps those in which something of the asker stands."""

    SHORTEST = 6

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonLines())
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Look through one line."""
        line = self.format(record)
        if has_request_context():
            # The names of the fields and of the route are the service's own words.
            values = json.loads(line)
            said = " ".join(str(value) for name, value in values.items() if name not in OWN_FIELDS)
            told = [words for words in _sent_with_request() if words in said]
            self.found += [f"{words!r} in {line}" for words in told]


def _sent_with_request() -> set[str]:
    """What this request told: address, path's values, query, form, cookies, browser, referrer."""
    form = request.__dict__.get("form", {})
    sent = [
        request.remote_addr,
        *(str(value) for value in (request.view_args or {}).values()),
        *request.args.values(),
        *form.values(),
        *request.cookies.values(),
        *(request.headers.get(name) for name in ("User-Agent", "Referer", "X-Forwarded-For")),
    ]
    return {words for words in sent if words and len(words) >= Leaks.SHORTEST}


@pytest.fixture(scope="session")
def leaks() -> Iterator[Leaks]:
    """Listens to all logs while the suite runs."""
    handler = Leaks()
    logging.getLogger().addHandler(handler)
    ACCESS.setLevel(logging.INFO)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.fixture(autouse=True)
def _no_log_tells_of_anybody(leaks: Leaks) -> Iterator[None]:
    yield
    found, leaks.found = leaks.found, []
    assert not found, found[:5]


@pytest.fixture(scope="session", autouse=True)
def _templates_and_addresses_are_compiled_once(shared: Shared) -> None:
    # Most tests start a service of their own; without this each compiles its templates anew.
    folder = shared.folder / "templates"
    folder.mkdir(exist_ok=True)
    Flask.url_rule_class = RuleOfManyServices
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(folder))}


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """The server of the run."""
    with running_server() as running:
        yield running


@pytest.fixture(scope="session")
def name_database(databases: Databases) -> Iterator[Callable[[str], str]]:
    """Names for the databases of one process, which are dropped when it ends."""
    with _dropped_at_the_end(databases) as name:
        yield name


@pytest.fixture(scope="session")
def make_database(
    databases: Databases, name_database: Callable[[str], str]
) -> Callable[[str], str]:
    """The databases of one process."""
    return lambda purpose: databases.create(name_database(purpose))


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Shared:
    """What the processes of this run share."""
    own = tmp_path_factory.getbasetemp()
    return Shared(own if worker_id == "master" else own.parent)


def _in_cluster() -> Databases:
    cluster = find_cluster(PROJECT_DIR)

    def create(name: str) -> str:
        create_database(PROJECT_DIR, name)
        return cluster.url_for(name)

    def copy(name: str, original: str) -> str:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
        with connect(cluster, "postgres") as connection:
            connection.execute(statement.format(*map(sql.Identifier, (name, original, ROLE))))
        return cluster.url_for(name)

    return Databases(create, copy, partial(drop_database, PROJECT_DIR))


def _at_address(address: str) -> Databases:
    url = make_url(normalise_url(address))

    def execute(statement: str, name: str, original: str = "") -> str:
        engine = make_engine(url.render_as_string(hide_password=False))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement.format(name=name, original=original)))
        engine.dispose()
        return url.set(database=name).render_as_string(hide_password=False)

    return Databases(
        create=partial(execute, 'CREATE DATABASE "{name}"'),
        copy=partial(execute, 'CREATE DATABASE "{name}" TEMPLATE "{original}"'),
        drop=partial(execute, 'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'),
    )


@pytest.fixture(scope="session")
def engine(make_database: Callable[[str], str]) -> Iterator[Engine]:
    """An engine on an empty, migrated database."""
    made = make_engine(make_database("empty"))
    migrate(made, metadata())
    yield made
    made.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A connection whose work is rolled back when the test ends."""
    with engine.connect() as opened, opened.begin() as outer:
        yield opened
        if outer.is_active:
            outer.rollback()


@pytest.fixture
def session(connection: Connection) -> Iterator[Session]:
    """A session in a savepoint: a refused statement does not end the test's transaction."""
    with Session(
        connection, join_transaction_mode="create_savepoint", expire_on_commit=False
    ) as opened:
        yield opened


@pytest.fixture
def make(session: Session) -> Factory:
    """One factory for each table."""
    return Factory(session)


@pytest.fixture(scope="session")
def copy_demo(
    databases: Databases, name_database: Callable[[str], str], shared: Shared
) -> Iterator[Callable[[str], str]]:
    """Copies of a database with the real Zuidoost and its examples, which is loaded once in a run;
    gives the address of each."""
    load = partial(_load_demo, databases, f"geoapp_test_{os.getpid()}_loaded")
    with shared.lend("demo", load, databases.drop) as loaded:
        yield lambda purpose: databases.copy(name_database(purpose), loaded)


@pytest.fixture(scope="session")
def demo_url(copy_demo: Callable[[str], str]) -> str:
    """Address of a copy that tests only read; each process has its own."""
    return copy_demo("demo")


def _load_demo(databases: Databases, name: str) -> str:
    opened = make_engine(databases.create(name))
    migrate(opened, metadata())
    with transaction(opened) as loading:
        load_demo(
            loading, data_dir=PROJECT_DIR / "data", sealer=SEALER, now=NOW, say=lambda _: None
        )
    with opened.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    opened.dispose()
    return name


@pytest.fixture(scope="session")
def demo_engine(demo_url: str) -> Iterator[Engine]:
    """An engine on the loaded demo."""
    opened = make_engine(demo_url)
    yield opened
    opened.dispose()


@pytest.fixture
def demo_session(demo_engine: Engine) -> Iterator[Session]:
    """A session on the loaded demo, rolled back."""
    with Session(demo_engine) as opened:
        yield opened
        opened.rollback()


@pytest.fixture(scope="session")
def demo_app(demo_engine: Engine) -> Flask:
    """The service on the loaded demo, on a fixed day, without a background map."""
    return create_app(Settings(background_url=""), engine=demo_engine, clock=lambda: NOW)


@pytest.fixture
def client(demo_app: Flask) -> FlaskClient:
    """Asks the service on the loaded demo."""
    return demo_app.test_client()


@pytest.fixture
def own_client(connection: Connection) -> FlaskClient:
    """Asks a service that sees what this test's `session` has made, and nothing else."""
    app = create_app(Settings(background_url=""), engine=connection, clock=lambda: NOW)
    return app.test_client()


@contextmanager
def count_queries(engine: Engine) -> Iterator[list[str]]:
    """Gathers the statements sent to the database within the block."""
    statements: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
