"""The command `geoapp`: each subcommand is one call; errors become one sentence."""

import ctypes
import dataclasses
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # it ships none
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import Session

from geoapp.app import create_app, metadata, refuse_examples
from geoapp.config import PROJECT_DIR, Settings, check_production, read_settings
from geoapp.db.cluster import release_cluster, remove_cluster, start_cluster, stop_cluster
from geoapp.db.installation import find_cluster
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine, normalise_url, transaction
from geoapp.defects.queries import codes_of_pictures
from geoapp.districts.queries import list_districts
from geoapp.errors import Conflict, GeoappError, Invalid
from geoapp.exchange.backup import back_up, restore
from geoapp.exchange.demo import load_demo
from geoapp.exchange.examples import load_examples, remove_examples
from geoapp.exchange.importing import import_file
from geoapp.exchange.reports import write_outcomes, write_problems
from geoapp.exchange.rows import WrongRows
from geoapp.ledger.batches import list_batches, undo_batch
from geoapp.media.actions import look_at_picture, sweep_pictures
from geoapp.media.queries import list_held
from geoapp.media.rules import PictureState, Size
from geoapp.media.store import FileStore
from geoapp.operate.logs import make_log_settings

DATA_DIR = PROJECT_DIR / "data"
HOST = "127.0.0.1"
PORT = 8000
PORTS_TRIED = 100
STARTED_WITHIN_S = 60
STOPPED_WITHIN_S = 15


class _Commands(click.Group):
    """Turns the errors we expect into one sentence on stderr and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GeoappError as error:
            raise click.ClickException(str(error)) from error
        except OperationalError as error:
            reason = str(error.orig).strip().splitlines()[0]
            raise click.ClickException(f"The database cannot be used: {reason}") from error


@click.group(cls=_Commands)
@click.version_option(package_name="geoapp")
def main() -> None:
    """A map of neighbourhood assets and problems."""


# -- Serving ---------------------------------------------------------------------------------


@main.command()
@click.option("--host", default=HOST, show_default=True)
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1))
@click.option("--quiet", is_flag=True, help="No line for each request.")
@click.option("--with-parent", is_flag=True, hidden=True, help="End when the caller ends.")
def serve(host: str, port: int, workers: int, *, quiet: bool, with_parent: bool) -> None:
    """Serve over HTTP with the database that is there; logs are JSON lines on stderr."""
    if with_parent:
        _end_with_parent()
    # As they were set: a private cluster is no database for production.
    check_production(read_settings())
    settings = _settings_with_database()
    _refuse_examples_in_production()
    with _shared_folder() as figures:
        options = {
            "bind": f"{_bracketed(host)}:{port}",
            "workers": workers,
            "logconfig_dict": make_log_settings(with_requests=not quiet),
        }
        _Server(settings, options, figures).run()


@contextmanager
def _shared_folder() -> Iterator[Path]:
    """A folder for the processes that serve; it goes when the one that made it ends."""
    folder, maker = Path(tempfile.mkdtemp(prefix="geoapp-figures-")), os.getpid()
    try:
        yield folder
    finally:
        # A worker that ends comes by here too.
        if os.getpid() == maker:
            shutil.rmtree(folder, ignore_errors=True)


class _Server(BaseApplication):  # type: ignore[misc]  # untyped, see its import
    """gunicorn inside our own command."""

    def __init__(self, settings: Settings, options: dict[str, Any], figures: Path) -> None:
        self._settings = settings
        self._figures = figures
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        ours = {
            "worker_class": "gthread",
            "threads": 4,
            "loglevel": "warning",
            "graceful_timeout": 10,
            # Five heavy photos may each keep the decoder busy for eight seconds.
            "timeout": 90,
            # Its one fixed path would be shared by all clones of a user.
            "control_socket_disable": True,
        }
        for name, value in (ours | self._options).items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_app(self._settings, figures=self._figures)


# -- Database --------------------------------------------------------------------------------


@main.group()
def db() -> None:
    """The database: bring it up, take it down, migrate it."""


@db.command()
def up() -> None:
    """Bring up the private cluster of this folder, to stay until `db down`."""
    if read_settings().database_url:
        raise Invalid("DATABASE_URL is set, so there is no database of this folder to bring up.")
    started = start_cluster(PROJECT_DIR, say=click.echo)
    click.echo(f"{'Started' if started else 'Running already'}: {find_cluster(PROJECT_DIR).url}")


@db.command()
def down() -> None:
    """Stop the private cluster of this folder; its data are kept."""
    click.echo("Stopped." if stop_cluster(PROJECT_DIR) else "It was not running.")


@db.command(name="migrate")
def migrate_database() -> None:
    """Bring the schema to the newest version."""
    with _engine() as engine:
        migrate(engine, metadata())
    click.echo("The schema is up to date.")


@db.command(name="backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def back_up_all(file: Path) -> None:
    """Write the database and the pictures to FILE."""
    store = FileStore(read_settings().media_dir)
    with _engine() as engine:
        count = back_up(engine, store=store, file=file, now=_now())
    click.echo(f"{file}: the database and {count} picture files.")


@db.command(name="restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore_all(file: Path) -> None:
    """Bring the backup in FILE into an empty database."""
    store = FileStore(read_settings().media_dir)
    with _engine() as engine:
        count = restore(engine, metadata(), store=store, file=file)
    click.echo(f"{file}: the database and {count} picture files are back.")
    _refuse_examples_in_production()


# -- Files and examples ----------------------------------------------------------------------


@main.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "layout_name", required=True, metavar="KIND", help="What the file holds.")
@click.option("--dry-run", is_flag=True, help="Say what would become of each row; store nothing.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what became of each row, and what to do, to this CSV file.",
)
def import_one(file: Path, layout_name: str, *, dry_run: bool, report: Path | None) -> None:
    """Import FILE, all or nothing; a second run changes nothing."""
    if report is not None and report.resolve() == file.resolve():
        raise Invalid("The report would overwrite the file itself: give it another name.")
    with _engine() as engine, transaction(engine) as session, session.begin_nested() as trial:
        try:
            imported = import_file(session, file, layout_name=layout_name, say=click.echo)
        except WrongRows as wrong:
            if report is not None:
                write_problems(report, wrong)
            raise
        if report is not None:
            write_outcomes(report, imported.tally)
        if read_settings().production:
            refuse_examples(session.connection())
        if dry_run:
            trial.rollback()
    for line in imported.lines():
        click.echo(line)
    if dry_run:
        click.echo("This was a dry run: nothing is stored.")
    elif imported.batch is not None:
        click.echo(f"Batch {imported.batch}. To undo it: geoapp batches undo {imported.batch}")


@main.group()
def batches() -> None:
    """Imports that changed something, each to be undone as one."""


@batches.command(name="list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
def list_imports(limit: int) -> None:
    """Imports, the newest first: number, when, kind, file, rows."""
    with _engine() as engine, transaction(engine) as session:
        for batch in list_batches(session, limit=limit):
            undone = ", undone" if batch.undone_at else ""
            click.echo(
                f"{batch.number}  {batch.imported_at:%Y-%m-%d %H:%M}  {batch.layout}  "
                f"{batch.file_name}: {batch.new_count} new, {batch.changed_count} changed{undone}"
            )


@batches.command(name="undo")
@click.argument("number", type=click.IntRange(1))
def undo_import(number: int) -> None:
    """Take back all that import NUMBER did, or nothing."""
    with _engine() as engine, transaction(engine) as session:
        count = undo_batch(session, number=number, now=_now())
    click.echo(f"Batch {number} is undone: {count} rows are as they were.")


@main.group()
def examples() -> None:
    """Invented content, marked as such."""


@examples.command(name="load")
@click.option("--district", metavar="SLUG", help="Whose examples; the first district if not given.")
@click.option(
    "--from",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the examples; data/examples/SLUG if not given.",
)
def load_all_examples(district: str | None, folder: Path | None) -> None:
    """Load the examples, dated relative to today."""
    _refuse_production()
    with _engine() as engine, transaction(engine) as session:
        slug = district or _first_district(session)
        own = folder or DATA_DIR / "examples" / slug
        load_examples(session, folder=own, district=slug, now=_now())
    click.echo("The examples are loaded.")


@examples.command(name="remove")
def remove_all_examples() -> None:
    """Take every example away."""
    with _engine() as engine, transaction(engine) as session:
        removed = remove_examples(session)
    click.echo(f"Removed {removed} examples. `geoapp pictures sweep` deletes their photos' files.")


@main.group()
def pictures() -> None:
    """Photos of reports: held until somebody has looked."""


@pictures.command(name="list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def list_pictures(limit: int) -> None:
    """Photos nobody has looked at, oldest first: number, report, file."""
    store = FileStore(read_settings().media_dir)
    with _engine() as engine, transaction(engine) as session:
        held = list_held(session, limit=limit)
        codes = codes_of_pictures(session, picture_ids=[picture.id for picture in held])
        for picture in held:
            file = store.path_of(picture.id, Size.LARGE)
            click.echo(f"{picture.id}  {codes.get(picture.id, '-')}  {file}")
    click.echo(f"{len(held)} held. Look at the file, then: geoapp pictures show|hide NUMBER")


@pictures.command(name="show")
@click.argument("picture_id", metavar="NUMBER", type=click.UUID)
def show_picture(picture_id: uuid.UUID) -> None:
    """Let everybody see a photo."""
    _judge_picture(picture_id, PictureState.SHOWN)


@pictures.command(name="hide")
@click.argument("picture_id", metavar="NUMBER", type=click.UUID)
def hide_picture(picture_id: uuid.UUID) -> None:
    """Let nobody see a photo; its report stays."""
    _judge_picture(picture_id, PictureState.HIDDEN)


def _judge_picture(picture_id: uuid.UUID, verdict: PictureState) -> None:
    with _engine() as engine, transaction(engine) as session:
        look_at_picture(session, picture_id=picture_id, verdict=verdict, now=_now())
    click.echo(f"{picture_id} is {verdict.value}.")


@pictures.command(name="sweep")
def sweep_old_pictures() -> None:
    """Delete files that no report knows, an hour old or more."""
    store = FileStore(read_settings().media_dir)
    with _engine() as engine, transaction(engine) as session:
        gone = sweep_pictures(session, store=store, written_before=_now() - timedelta(hours=1))
    click.echo(f"{gone} files deleted.")


# -- Demonstration ---------------------------------------------------------------------------


@main.command()
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1, 65535))
@click.option("--reset", is_flag=True, help="Delete the data of this folder's database first.")
@click.option("--yes", is_flag=True, help="Ask nothing (for scripts/demo).")
def demo(port: int, *, reset: bool, yes: bool) -> None:
    """Bring up everything with its data, and serve until Ctrl-C."""
    del yes
    _refuse_production()
    own_database = not read_settings().database_url
    if reset and not own_database:
        raise Invalid(
            "DATABASE_URL is set and --reset deletes only the database of this folder: empty "
            "yours by hand, or unset DATABASE_URL."
        )
    _stop_on_signals()
    try:
        if reset:
            remove_cluster(PROJECT_DIR)
        if own_database:
            start_cluster(PROJECT_DIR, say=_say, owner_pid=os.getpid())
        _run_demo(port)
    except KeyboardInterrupt:
        _say("\nStopped.")
    finally:
        _ignore_signals()
        if own_database and release_cluster(PROJECT_DIR, owner_pid=os.getpid()):
            _say("The database has stopped; its data are kept.")


def _run_demo(wanted_port: int) -> None:
    with _engine() as engine:
        migrate(engine, metadata())
        with transaction(engine) as session:
            links = load_demo(session, data_dir=DATA_DIR, now=_now(), say=_say)
    port = _free_port(wanted_port)
    if port != wanted_port:
        _say(f"Port {wanted_port} is taken, so this uses {port}.")
    with _child_server(port) as server:
        _wait_until_served(server, port)
        address = f"http://{HOST}:{port}"
        _say(f"\nReady: {address}\n")
        for words, path in links:
            _say(f"  {words}: {address}{path}")
        _say("\nCtrl-C stops it.")
        raise Conflict(f"The server ended by itself (exit code {server.wait()}): see above why.")


@contextmanager
def _child_server(port: int) -> Iterator[subprocess.Popen[bytes]]:
    server = subprocess.Popen(  # noqa: S603  our own command
        [sys.executable, "-m", "geoapp.cli", "serve", f"--port={port}", "--quiet", "--with-parent"],
        stdin=subprocess.DEVNULL,
        # Ctrl-C reaches us alone, so that the server can finish what it is answering.
        start_new_session=True,
    )
    try:
        yield server
    finally:
        _ignore_signals()
        server.terminate()
        try:
            server.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _wait_until_served(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise Conflict(f"The server did not start (exit code {server.returncode}).")
        if _is_live(port):
            return
        time.sleep(0.1)
    raise Conflict(f"The server did not answer within {STARTED_WITHIN_S} seconds.")


def _is_live(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _free_port(wanted: int) -> int:
    for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
        with socket.socket() as probe, suppress(OSError):
            # As gunicorn does, so that a port somebody just left counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            return port
    raise Conflict(f"No port from {wanted} on is free: choose another with --port.")


# -- Shared by the commands ------------------------------------------------------------------


def _refuse_production() -> None:
    if read_settings().production:
        raise Invalid("GEOAPP_PRODUCTION is set, and examples are not for the public: unset it.")


def _refuse_examples_in_production() -> None:
    if read_settings().production:
        with _engine() as engine:
            refuse_examples(engine)


def _settings_with_database() -> Settings:
    """Settings whose `database_url` is an address: the given one, or the private cluster's."""
    settings = read_settings()
    if settings.database_url is None:
        cluster = find_cluster(PROJECT_DIR)
        if not cluster.socket_file.exists():
            raise Conflict(
                "The database of this folder is not running: start it with `geoapp db up`."
            )
        return dataclasses.replace(settings, database_url=cluster.url)
    url = normalise_url(settings.database_url)
    try:
        is_ours = make_url(url).drivername == "postgresql+psycopg"
    except (ArgumentError, ValueError):
        is_ours = False
    if not is_ours:
        raise Invalid("DATABASE_URL must read like postgresql://user:password@host/database.")
    return dataclasses.replace(settings, database_url=url)


@contextmanager
def _engine() -> Iterator[Engine]:
    url = _settings_with_database().database_url
    engine = make_engine(url or "")
    try:
        yield engine
    finally:
        engine.dispose()


def _first_district(session: Session) -> str:
    places = list_districts(session)
    if not places:
        raise Conflict("There is no district yet: import one first, with --as district.")
    return read_settings().district or places[0].slug


def _now() -> datetime:
    return datetime.now(tz=UTC)  # noqa: TID251  the command line is an edge: its clock starts here


def _say(words: str) -> None:
    # A closed terminal must not keep us from stopping what we started.
    with suppress(OSError):
        click.echo(words)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _stop_on_signals() -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in _ENDING:
        # nohup sets SIGHUP to be ignored, and a shell SIGINT for what it runs in the background.
        if number is signal.SIGTERM or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)


def _ignore_signals() -> None:
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)


def _end_with_parent() -> None:
    """Asks Linux to end us when our parent dies, even by kill -9, so that no port stays taken."""
    set_parent_death_signal: int = 1  # PR_SET_PDEATHSIG of prctl(2)
    prctl: Callable[..., int] = ctypes.CDLL(None).prctl
    prctl(set_parent_death_signal, signal.SIGTERM)


if __name__ == "__main__":
    main()
