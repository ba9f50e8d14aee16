"""The PostgreSQL server of a private cluster: its data made and removed, its process run.

It listens on no port, only on a socket in a folder closed to others. Who may start and stop it
is not known here: `cluster` holds the lock around every call that changes something.
"""

import os
import shlex
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psycopg

from geoapp.db.installation import PORT, SUPERUSER, Cluster
from geoapp.errors import Conflict, Invalid

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


# -- Its data --------------------------------------------------------------------------------


def check_data_owner(cluster: Cluster) -> None:
    """Raises Invalid when the data were made by another user than the server's."""
    if cluster.is_made and cluster.data_dir.stat().st_uid != cluster.user.pw_uid:
        raise Invalid(
            f"{cluster.data_dir} does not belong to the user {cluster.user.pw_name}: run this as "
            "the user who made it, remove it, or set DATABASE_URL."
        )


def make_data_dir(cluster: Cluster) -> None:
    """Makes the data of a new cluster, whole or not at all."""
    _remove_tree(cluster.data_dir)
    fresh = cluster.data_dir.with_name("pg.new")
    fresh.mkdir(mode=0o700)
    _give_to_server(cluster, fresh)
    options = ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust", "--data-checksums"]
    _run(cluster, "initdb", "-D", str(fresh), "-U", SUPERUSER, *options)
    (fresh / "pg_hba.conf").write_text(
        "# The socket's folder is open to the server's user and root alone.\nlocal all all trust\n"
    )
    fresh.rename(cluster.data_dir)


def remove_data_dir(cluster: Cluster) -> None:
    """Deletes the data; the server must have stopped."""
    # Renamed first, so that an interrupted removal leaves no half of a data folder.
    discarded = cluster.data_dir.with_name("pg.old")
    _remove_tree(discarded)
    cluster.data_dir.rename(discarded)
    _remove_tree(discarded)


def remove_halves(cluster: Cluster) -> None:
    """Deletes what an interrupted making or removal left beside the data."""
    for half in ("pg.new", "pg.old"):
        _remove_tree(cluster.data_dir.with_name(half))


def _remove_tree(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


# -- Start and stop --------------------------------------------------------------------------


def start_server(cluster: Cluster) -> None:
    """Starts the server and waits until it answers; it must not be running."""
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


def stop_server(cluster: Cluster) -> bool:
    """Stops the server and waits until it has gone; False when it was not running."""
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
    is_folder = folder.is_dir() and not folder.is_symlink()
    # Root's is ours to give: just made, or by a start that was interrupted here.
    if is_folder and folder.stat().st_uid == 0:
        _give_to_server(cluster, folder)
    if not is_folder or folder.stat().st_uid != cluster.user.pw_uid:
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


def _give_to_server(cluster: Cluster, folder: Path) -> None:
    if cluster.run_as is not None:
        os.chown(folder, cluster.user.pw_uid, cluster.user.pw_gid)


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


# -- Whether it runs -------------------------------------------------------------------------


def is_answering(cluster: Cluster) -> bool:
    """Whether the server runs and can be reached; waits for one that is starting."""
    if _server_pid(cluster) is None:
        return False
    deadline = time.monotonic() + READY_TIMEOUT_S
    while cluster.socket_file.exists() and time.monotonic() < deadline:
        with suppress(psycopg.OperationalError), connect(cluster, "postgres"):
            return True
        time.sleep(0.1)
    return False


def connect(cluster: Cluster, database: str) -> psycopg.Connection:
    """A connection as superuser, each statement its own transaction."""
    return psycopg.connect(
        host=str(cluster.socket_dir),
        port=PORT,
        user=SUPERUSER,
        dbname=database,
        autocommit=True,
        connect_timeout=10,
    )


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
