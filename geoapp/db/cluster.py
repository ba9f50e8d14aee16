"""The private PostGIS cluster of one project folder, for a machine that has no database.

Who started it and may stop it, and the databases in it. It never touches a cluster of the system.
"""

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from geoapp.db.installation import DATABASE, ROLE, Cluster, find_cluster
from geoapp.db.server import (
    check_data_owner,
    connect,
    is_answering,
    make_data_dir,
    remove_data_dir,
    remove_halves,
    start_server,
    stop_server,
)
from geoapp.errors import Conflict, Invalid

TEMPLATE = "geoapp_template"
KEPT_DATABASES = frozenset({DATABASE, TEMPLATE, "postgres", "template0", "template1"})

Say = Callable[[str], None]


# -- Start and stop --------------------------------------------------------------------------


def start_cluster(project_dir: Path, *, say: Say, owner_pid: int | None = None) -> bool:
    """Brings the cluster up, made on the first call, with the application's database ready.

    A cluster started with `owner_pid` belongs to that process, and ends with the last such
    process to call `release_cluster`; one started without stays until `stop_cluster`.

    Returns:
        True when this call started it, or took it over from owners that are all dead; False
        when it was running already and somebody else's.

    Raises:
        Invalid: it cannot be made or started; the message says why.
        Conflict: an earlier server of this folder is still ending.
    """
    cluster = find_cluster(project_dir)
    with _lock(cluster):
        check_data_owner(cluster)
        if is_answering(cluster):
            started = _join(cluster, owner_pid)
        else:
            _start(cluster, owner_pid, say)
            started = True
        try:
            _make_database(cluster)
        except psycopg.Error as error:
            reason = str(error).splitlines()[0]
            raise Invalid(f"The database in {cluster.data_dir} cannot be used: {reason}") from error
    return started


def stop_cluster(project_dir: Path) -> bool:
    """Stops the cluster, whoever owns it; False when it was not running."""
    cluster = find_cluster(project_dir)
    if not cluster.data_dir.exists():
        return False
    with _lock(cluster):
        return _stop(cluster)


def release_cluster(project_dir: Path, *, owner_pid: int) -> bool:
    """Ends the share of `owner_pid`; stops the cluster when no living owner is left.

    Returns:
        True when this stopped it; False when it runs on for somebody else.
    """
    cluster = find_cluster(project_dir)
    if not cluster.owners_file.exists():
        return False
    with _lock(cluster):
        owners = _living_owners(cluster)
        if owner_pid not in owners:
            return False
        _write_owners(cluster, others := [pid for pid in owners if pid != owner_pid])
        return not others and stop_server(cluster)


def remove_cluster(project_dir: Path) -> None:
    """Stops the cluster and deletes its data."""
    cluster = find_cluster(project_dir)
    if not cluster.data_dir.exists():
        return
    with _lock(cluster):
        check_data_owner(cluster)
        _stop(cluster)
        remove_data_dir(cluster)


@contextmanager
def _lock(cluster: Cluster) -> Iterator[None]:
    home = cluster.data_dir.parent
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock_file = (home / "pg.lock").open("w")
    except OSError as error:
        raise Invalid(
            f"{home} cannot be written: run this as the user who owns it, or set DATABASE_URL."
        ) from error
    with lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        yield


def _start(cluster: Cluster, owner_pid: int | None, say: Say) -> None:
    # One that runs all the same has lost its socket.
    _stop(cluster)
    remove_halves(cluster)
    if not cluster.is_made:
        say(f"Making a database in {cluster.data_dir}")
        make_data_dir(cluster)
    # Before the server: whoever interrupts the start can then still end it.
    _write_owners(cluster, [owner_pid] if owner_pid else [])
    say(f"Starting the database in {cluster.data_dir}")
    start_server(cluster)


def _stop(cluster: Cluster) -> bool:
    _write_owners(cluster, [])
    return stop_server(cluster)


# -- Owners ----------------------------------------------------------------------------------


def _join(cluster: Cluster, owner_pid: int | None) -> bool:
    if owner_pid is None:
        # Asked for by hand: from now on it stays until it is stopped by hand.
        _write_owners(cluster, [])
        return False
    if not cluster.owners_file.exists():
        return False
    living = [pid for pid in _living_owners(cluster) if pid != owner_pid]
    _write_owners(cluster, [*living, owner_pid])
    return not living


def _write_owners(cluster: Cluster, pids: list[int]) -> None:
    if not pids:
        cluster.owners_file.unlink(missing_ok=True)
        return
    # With its start, because a number is soon given to another process.
    owners = {str(pid): _started_at(pid) for pid in pids}
    written = cluster.owners_file.with_name("pg.owners.new")
    written.write_text(json.dumps(owners))
    written.replace(cluster.owners_file)


def _living_owners(cluster: Cluster) -> list[int]:
    try:
        owners = json.loads(cluster.owners_file.read_text())
    except (FileNotFoundError, ValueError):
        return []
    return [int(pid) for pid, start in owners.items() if start and _started_at(int(pid)) == start]


def _started_at(pid: int) -> str | None:
    """Start of a living process in ticks since boot (field 22 of proc(5)), else None."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


# -- Databases -------------------------------------------------------------------------------


def create_database(project_dir: Path, name: str) -> None:
    """Makes an empty database `name` with PostGIS, owned by the application's role.

    Raises:
        Conflict: there is one of that name.
    """
    cluster = find_cluster(project_dir)
    with _lock(cluster), connect(cluster, "postgres") as connection:
        try:
            _copy_template(connection, name)
        except psycopg.errors.DuplicateDatabase:
            raise Conflict(f"There is a database {name} already: drop it first.") from None


def drop_database(project_dir: Path, name: str) -> None:
    """Drops the database `name`, whoever is connected to it; nothing when there is none."""
    if name in KEPT_DATABASES:
        raise Invalid(f"The database {name} is kept: use remove_cluster to start over.")
    cluster = find_cluster(project_dir)
    with connect(cluster, "postgres") as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def _make_database(cluster: Cluster) -> None:
    with connect(cluster, "postgres") as connection:
        made = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(made, [DATABASE]).fetchone():
            return
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(ROLE)))
        _make_template(cluster, connection)
        _copy_template(connection, DATABASE)


def _make_template(cluster: Cluster, connection: psycopg.Connection) -> None:
    """A database with PostGIS to copy from: a copy takes a tenth of the time of the extension."""
    template = sql.Identifier(TEMPLATE)
    whole = "SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate"
    if connection.execute(whole, [TEMPLATE]).fetchone():
        return
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(template))
    connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(template))
    with connect(cluster, TEMPLATE) as inside:
        inside.execute("CREATE EXTENSION postgis")
    connection.execute(
        sql.SQL("ALTER DATABASE {} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false").format(template)
    )


def _copy_template(connection: psycopg.Connection, name: str) -> None:
    connection.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
            sql.Identifier(name), sql.Identifier(TEMPLATE), sql.Identifier(ROLE)
        )
    )
