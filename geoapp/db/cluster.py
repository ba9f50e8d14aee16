"""The private PostGIS cluster of one project folder, for a machine that has no database.

It lies in the project's `.local`, or under the system's state folder where the server's user
cannot reach that. It listens on no port, only on a socket in a folder closed to others, and it
never touches a cluster of the system.
"""

import fcntl
import hashlib
import json
import os
import pwd
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from geoapp.errors import Conflict, Invalid

ROLE = "geoapp"
DATABASE = "geoapp"
SUPERUSER = "postgres"
TEMPLATE = "geoapp_template"
KEPT_DATABASES = frozenset({DATABASE, TEMPLATE, "postgres", "template0", "template1"})

OLDEST_POSTGRES = 15
OLDEST_POSTGIS = (3, 3)

VERSIONS_DIR = Path("/usr/lib/postgresql")
SHARE_DIR = Path("/usr/share/postgresql")
STATE_DIR = Path("/var/lib/geoapp")

PORT = 5432
# sockaddr_un.sun_path holds 108 bytes with its closing zero (unix(7)).
SOCKET_PATH_LIMIT = 107
READY_TIMEOUT_S = 120
LOG_LIMIT_BYTES = 5_000_000

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "fsync": "on",
    "synchronous_commit": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Cluster:
    """Where a project's cluster lies and which programs run it.

    `run_as` is the unprivileged user the programs run as when we are root, else None.
    """

    data_dir: Path
    socket_dir: Path
    bin_dir: Path
    run_as: str | None

    @property
    def url(self) -> str:
        """SQLAlchemy address of the application's database."""
        return self.url_for(DATABASE)

    def url_for(self, database: str) -> str:
        """SQLAlchemy address of another database of this cluster."""
        # The port is named because libpq would otherwise take PGPORT from the environment.
        return f"postgresql+psycopg://{ROLE}@/{database}?host={self.socket_dir}&port={PORT}"

    @property
    def name(self) -> str:
        """Stands in the title of every process of this cluster."""
        return self.socket_dir.name

    @property
    def socket_file(self) -> Path:
        return self.socket_dir / f".s.PGSQL.{PORT}"

    @property
    def owners_file(self) -> Path:
        return self.data_dir.with_name("pg.owners")

    @property
    def user(self) -> pwd.struct_passwd:
        """The user the server runs as."""
        return pwd.getpwnam(self.run_as) if self.run_as else pwd.getpwuid(os.geteuid())


# -- Where it lies, and its programs ---------------------------------------------------------


def find_cluster(project_dir: Path) -> Cluster:
    """Where the cluster of `project_dir` lies or would lie; changes nothing.

    Raises:
        Invalid: no usable PostgreSQL with PostGIS is installed; the message names the package.
    """
    project = project_dir.resolve()
    bin_dirs = find_bin_dirs()
    run_as = _server_user()
    data_dir = _data_dir_of(project, run_as)
    made_by = _major_of(data_dir)
    if made_by is not None and made_by not in bin_dirs:
        raise Invalid(
            f"The data in {data_dir} were made by PostgreSQL {made_by}: install "
            f"postgresql-{made_by}-postgis-3, or start over with scripts/demo --reset."
        )
    return Cluster(
        data_dir=data_dir,
        socket_dir=_socket_dir_of(project, run_as),
        bin_dir=bin_dirs[made_by or max(bin_dirs)],
        run_as=run_as,
    )


def find_bin_dirs(
    *,
    versions_dir: Path = VERSIONS_DIR,
    share_dir: Path = SHARE_DIR,
    ask_pg_config: bool = True,
) -> dict[int, Path]:
    """Programs of each usable PostgreSQL, by major version; never empty.

    Usable is PostgreSQL 15 or newer with the extension files of PostGIS 3.3 or newer.

    Raises:
        Invalid: there is none; the message says what to install.
    """
    found = {
        int(folder.name): _Installed(folder / "bin", folder / "lib", share_dir / folder.name)
        for folder in (versions_dir.iterdir() if versions_dir.is_dir() else ())
        if folder.name.isdigit() and (folder / "bin" / "initdb").exists()
    }
    if ask_pg_config and (told := _told_by_pg_config()):
        found.setdefault(*told)
    new_enough = {major: dirs for major, dirs in found.items() if major >= OLDEST_POSTGRES}
    usable = {
        major: installed.bin_dir
        for major, installed in new_enough.items()
        if _postgis_version(installed) >= OLDEST_POSTGIS
    }
    if usable:
        return usable
    if new_enough:
        raise Invalid(
            f"PostgreSQL {max(new_enough)} is here without PostGIS 3.3 or newer: install the "
            f"package postgresql-{max(new_enough)}-postgis-3, or set DATABASE_URL."
        )
    raise Invalid(
        "There is no PostgreSQL 15 or newer with PostGIS here: install the package "
        "postgresql-15-postgis-3 (Debian 12; the number is your release's), or set DATABASE_URL."
    )


@dataclass(frozen=True)
class _Installed:
    bin_dir: Path
    lib_dir: Path
    share_dir: Path


def _told_by_pg_config() -> tuple[int, _Installed] | None:
    program = shutil.which("pg_config")
    if program is None:
        return None
    asked = subprocess.run(  # noqa: S603  found on PATH, constant arguments
        [program, "--version", "--bindir", "--pkglibdir", "--sharedir"],
        capture_output=True,
        text=True,
        check=False,
    )
    version, *folders = asked.stdout.splitlines() or [""]
    major = re.search(r"\d+", version)
    if major is None or len(folders) != 3 or not (Path(folders[0]) / "initdb").exists():
        return None
    return int(major[0]), _Installed(*(Path(folder) for folder in folders))


def _postgis_version(installed: _Installed) -> tuple[int, ...]:
    # Debian packs the control file apart, and it can stay behind without the library.
    if not (installed.lib_dir / "postgis-3.so").exists():
        return ()
    try:
        control = (installed.share_dir / "extension" / "postgis.control").read_text()
    except OSError:
        return ()
    version = re.search(r"^default_version\s*=\s*'(\d+)\.(\d+)", control, re.MULTILINE)
    return (int(version[1]), int(version[2])) if version else ()


def _server_user() -> str | None:
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SUPERUSER)
    except KeyError:
        raise Invalid(
            "PostgreSQL refuses to run as root and there is no user postgres: run this as an "
            "ordinary user, or set DATABASE_URL."
        ) from None
    return SUPERUSER


def _data_dir_of(project: Path, run_as: str | None) -> Path:
    local = project / ".local"
    if run_as is None or _can_enter(run_as, local if local.exists() else project):
        return local / "pg"
    return STATE_DIR / _digest(project) / "pg"


def _can_enter(user: str, folder: Path) -> bool:
    """Whether `user` has the search right on `folder` and on every folder above it."""
    entry = pwd.getpwnam(user)
    groups = os.getgrouplist(user, entry.pw_gid)

    def is_open(step: Path) -> bool:
        status = step.stat()
        if status.st_uid == entry.pw_uid:
            return bool(status.st_mode & 0o100)
        if status.st_gid in groups:
            return bool(status.st_mode & 0o010)
        return bool(status.st_mode & 0o001)

    return all(is_open(step) for step in (folder, *folder.parents))


def _socket_dir_of(project: Path, run_as: str | None) -> Path:
    """A short folder, the same in every session of a user.

    Not XDG_RUNTIME_DIR: it is unset under su and cron, and emptied when its user logs out
    while the server runs on. In /run only root can make a folder, so nobody can squat it.
    """
    if run_as is not None:
        return Path("/run") / f"geoapp-{_digest(project)}"
    return Path("/tmp") / f"geoapp-{os.geteuid()}-{_digest(project)}"  # noqa: S108  checked when made


def _digest(project: Path) -> str:
    return hashlib.sha256(os.fsencode(project)).hexdigest()[:12]


def _major_of(data_dir: Path) -> int | None:
    try:
        return int((data_dir / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None
    except (PermissionError, ValueError) as error:
        raise Invalid(
            f"{data_dir} cannot be read: run this as the user who made it, remove it, or set "
            "DATABASE_URL."
        ) from error


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
        _check_data_owner(cluster)
        if _is_running(cluster):
            started = _join(cluster, owner_pid)
        else:
            _make_data_dir(cluster, say)
            # Before the server: whoever interrupts the start can then still end it.
            _write_owners(cluster, [owner_pid] if owner_pid else [])
            say(f"Starting the database in {cluster.data_dir}")
            _run_server(cluster)
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
        return _stop_server(cluster)


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
        return not others and _stop_server(cluster)


def remove_cluster(project_dir: Path) -> None:
    """Stops the cluster and deletes its data."""
    cluster = find_cluster(project_dir)
    if not cluster.data_dir.exists():
        return
    with _lock(cluster):
        _check_data_owner(cluster)
        _stop_server(cluster)
        # Renamed first, so that an interrupted removal leaves no half of a data folder.
        discarded = cluster.data_dir.with_name("pg.old")
        _remove_tree(discarded)
        cluster.data_dir.rename(discarded)
        _remove_tree(discarded)


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


def _check_data_owner(cluster: Cluster) -> None:
    if _major_of(cluster.data_dir) and cluster.data_dir.stat().st_uid != cluster.user.pw_uid:
        raise Invalid(
            f"{cluster.data_dir} does not belong to the user {cluster.user.pw_name}: run this as "
            "the user who made it, remove it, or set DATABASE_URL."
        )


def _make_data_dir(cluster: Cluster, say: Say) -> None:
    fresh = cluster.data_dir.with_name("pg.new")
    _remove_tree(fresh)
    _remove_tree(cluster.data_dir.with_name("pg.old"))
    if (cluster.data_dir / "PG_VERSION").exists():
        return
    say(f"Making a database in {cluster.data_dir}")
    _remove_tree(cluster.data_dir)
    fresh.mkdir(mode=0o700)
    _give_to_server(cluster, fresh)
    options = ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust", "--data-checksums"]
    _run(cluster, "initdb", "-D", str(fresh), "-U", SUPERUSER, *options)
    (fresh / "pg_hba.conf").write_text(
        "# The socket's folder is open to the server's user and root alone.\nlocal all all trust\n"
    )
    fresh.rename(cluster.data_dir)


def _run_server(cluster: Cluster) -> None:
    _make_socket_dir(cluster)
    _clear_remains(cluster)
    log = cluster.data_dir / "server.log"
    with suppress(FileNotFoundError):
        if log.stat().st_size > LOG_LIMIT_BYTES:
            log.unlink()
    settings = SETTINGS | {
        "cluster_name": cluster.name,
        "port": str(PORT),
        "unix_socket_directories": str(cluster.socket_dir),
    }
    options = " ".join(f"-c {shlex.quote(f'{key}={value}')}" for key, value in settings.items())
    waiting = ["-w", "-t", str(READY_TIMEOUT_S)]
    _run(
        cluster, "pg_ctl", "start", "-D", str(cluster.data_dir), "-l", str(log), *waiting,
        "-o", options,
    )  # fmt: skip


def _stop_server(cluster: Cluster) -> bool:
    cluster.owners_file.unlink(missing_ok=True)
    if _server_pid(cluster) is None:
        return False
    _run(cluster, "pg_ctl", "stop", "-D", str(cluster.data_dir), "-m", "fast", "-w", "-t", "60")
    with suppress(OSError):
        cluster.socket_dir.rmdir()
    return True


def _make_socket_dir(cluster: Cluster) -> None:
    folder = cluster.socket_dir
    if len(os.fsencode(cluster.socket_file)) > SOCKET_PATH_LIMIT:
        raise Invalid(f"{cluster.socket_file} is too long for a socket: set DATABASE_URL.")
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        _give_to_server(cluster, folder)
    if cluster.run_as is not None and not folder.is_symlink() and folder.stat().st_uid == 0:
        _give_to_server(cluster, folder)
    if folder.is_symlink() or not folder.is_dir() or folder.stat().st_uid != cluster.user.pw_uid:
        raise Invalid(
            f"{folder} was made by somebody else, so it is not safe to use: have it removed, or "
            "set DATABASE_URL."
        )
    folder.chmod(0o700)


def _clear_remains(cluster: Cluster) -> None:
    """Removes what a killed server left, once the last of its processes has gone.

    PostgreSQL itself refuses to start when another process of the same user has got the number
    written in its lock files, as happens after a reboot and in containers.
    """
    deadline = time.monotonic() + 10
    while _has_processes(cluster):
        if time.monotonic() > deadline:
            raise Conflict("An earlier database server is still ending: try again in a minute.")
        time.sleep(0.1)
    lock_of_socket = cluster.socket_file.with_name(f"{cluster.socket_file.name}.lock")
    for remains in (cluster.data_dir / "postmaster.pid", cluster.socket_file, lock_of_socket):
        remains.unlink(missing_ok=True)


def _is_running(cluster: Cluster) -> bool:
    """Whether the server runs and can be reached; one that lost its socket is ended."""
    if _server_pid(cluster) is None:
        return False
    deadline = time.monotonic() + READY_TIMEOUT_S
    while cluster.socket_file.exists() and time.monotonic() < deadline:
        with suppress(psycopg.OperationalError), _connect(cluster, "postgres"):
            return True
        time.sleep(0.1)
    _stop_server(cluster)
    return False


# -- Databases -------------------------------------------------------------------------------


def create_database(project_dir: Path, name: str) -> None:
    """Makes an empty database `name` with PostGIS, owned by the application's role.

    Raises:
        Conflict: there is one of that name.
    """
    cluster = find_cluster(project_dir)
    with _lock(cluster), _connect(cluster, "postgres") as connection:
        try:
            _copy_template(connection, name)
        except psycopg.errors.DuplicateDatabase:
            raise Conflict(f"There is a database {name} already: drop it first.") from None


def drop_database(project_dir: Path, name: str) -> None:
    """Drops the database `name`, whoever is connected to it; nothing when there is none."""
    if name in KEPT_DATABASES:
        raise Invalid(f"The database {name} is kept: use remove_cluster to start over.")
    cluster = find_cluster(project_dir)
    with _connect(cluster, "postgres") as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def _make_database(cluster: Cluster) -> None:
    with _connect(cluster, "postgres") as connection:
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
    with _connect(cluster, TEMPLATE) as inside:
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


def _connect(cluster: Cluster, database: str) -> psycopg.Connection:
    return psycopg.connect(
        host=str(cluster.socket_dir),
        port=PORT,
        user=SUPERUSER,
        dbname=database,
        autocommit=True,
        connect_timeout=10,
    )


# -- Owners and processes --------------------------------------------------------------------


def _join(cluster: Cluster, owner_pid: int | None) -> bool:
    if owner_pid is None:
        # Asked for by hand: from now on it stays until it is stopped by hand.
        cluster.owners_file.unlink(missing_ok=True)
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


def _server_pid(cluster: Cluster) -> int | None:
    try:
        pid = int((cluster.data_dir / "postmaster.pid").read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    program, *arguments = _command_line(pid) or [""]
    is_ours = Path(program).name == "postgres" and str(cluster.data_dir) in arguments
    return pid if is_ours else None


def _has_processes(cluster: Cluster) -> bool:
    # By title: a root without CAP_SYS_PTRACE, as in a container, may read no more of it.
    title = f"postgres: {cluster.name}: "
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return any(" ".join(_command_line(pid)).startswith(title) for pid in pids)


def _command_line(pid: int) -> list[str]:
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return os.fsdecode(raw).split("\0")


def _give_to_server(cluster: Cluster, folder: Path) -> None:
    if cluster.run_as is not None:
        os.chown(folder, cluster.user.pw_uid, cluster.user.pw_gid)


def _remove_tree(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _run(cluster: Cluster, program: str, *arguments: str) -> None:
    user = cluster.user
    as_root = cluster.run_as is not None
    ran = subprocess.run(  # noqa: S603  our own program and arguments
        [str(cluster.bin_dir / program), *arguments],
        cwd="/",
        env={"PATH": f"{cluster.bin_dir}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        # Ctrl-C in the terminal is for us; the server must outlive it.
        start_new_session=True,
        user=user.pw_uid if as_root else None,
        group=user.pw_gid if as_root else None,
        extra_groups=os.getgrouplist(user.pw_name, user.pw_gid) if as_root else None,
        umask=0o077,
    )
    if ran.returncode != 0:
        told = [line for line in ran.stderr.splitlines() if line.strip()] or ["no reason given"]
        where = cluster.data_dir / "server.log"
        reason = told[-1].strip() if program == "initdb" else f"{told[-1].strip()} See {where}."
        raise Invalid(f"PostgreSQL's {program} failed: {reason}")
