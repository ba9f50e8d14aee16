"""Which PostgreSQL with PostGIS is installed, and where a project's private cluster lies.

The cluster lies in the project's `.local`, or under the system's state folder where the server's
user cannot reach that. Here everything is found and nothing is changed.
"""

import hashlib
import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from geoapp.errors import Invalid

ROLE = "geoapp"
DATABASE = "geoapp"
SUPERUSER = "postgres"
PORT = 5432

OLDEST_POSTGRES = 15
OLDEST_POSTGIS = (3, 3)

VERSIONS_DIR = Path("/usr/lib/postgresql")
SHARE_DIR = Path("/usr/share/postgresql")
STATE_DIR = Path("/var/lib/geoapp")


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
    def is_made(self) -> bool:
        """Whether there are data; half-made data do not count."""
        return (self.data_dir / "PG_VERSION").exists()

    @property
    def owners_file(self) -> Path:
        return self.data_dir.with_name("pg.owners")

    @property
    def user(self) -> pwd.struct_passwd:
        """The user the server runs as."""
        return pwd.getpwnam(self.run_as) if self.run_as else pwd.getpwuid(os.geteuid())


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


# -- Where it lies ---------------------------------------------------------------------------


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


# -- What is installed -----------------------------------------------------------------------


@dataclass(frozen=True)
class _Installed:
    bin_dir: Path
    lib_dir: Path
    share_dir: Path


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
