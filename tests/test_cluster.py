"""The private cluster: made, started, survived and stopped for real, in a folder of its own."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from geoapp.db.cluster import (
    create_database,
    drop_database,
    release_cluster,
    remove_cluster,
    start_cluster,
    stop_cluster,
)
from geoapp.db.installation import Cluster, find_bin_dirs, find_cluster
from geoapp.db.server import SOCKET_PATH_LIMIT
from geoapp.errors import Conflict, Invalid


def ignore(_words: str) -> None:
    pass


def start(project: Path, owner_pid: int | None = None) -> bool:
    return start_cluster(project, say=ignore, owner_pid=owner_pid)


def fetch(url: str, question: str) -> object:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return connection.execute(text(question)).scalar_one()
    finally:
        engine.dispose()


def server_pid(cluster: Cluster) -> int:
    return int((cluster.data_dir / "postmaster.pid").read_text().split()[0])


def dead_pid() -> int:
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    return gone.pid


@pytest.fixture
def other_pid() -> Iterator[int]:
    """A living process that can own a cluster."""
    other = subprocess.Popen(["/bin/sleep", "60"])
    yield other.pid
    other.kill()
    other.wait()


def lay_postgres(folder: Path, major: int, postgis: str | None) -> None:
    """The files by which an installed PostgreSQL is recognised; versions and share in one."""
    for laid in ("bin/initdb", "extension/plpgsql.control", "lib/postgis-3.so"):
        (folder / str(major) / laid).parent.mkdir(parents=True)
        (folder / str(major) / laid).touch()
    if postgis is not None:
        control = folder / str(major) / "extension" / "postgis.control"
        control.write_text(f"# postgis extension\ndefault_version = '{postgis}'\n")


def remove_all(project: Path) -> None:
    remove_cluster(project)
    shutil.rmtree(find_cluster(project).data_dir.parent, ignore_errors=True)


@pytest.fixture(scope="module")
def shared_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    # Longer than a socket's path may be.
    project = tmp_path_factory.mktemp("long") / ("a" * 60) / ("b" * 60)
    project.mkdir(parents=True)
    yield project
    remove_all(project)


@pytest.fixture
def project(shared_project: Path) -> Path:
    """A project whose cluster has been made, and stands still."""
    if not find_cluster(shared_project).data_dir.exists():
        start(shared_project)
    stop_cluster(shared_project)
    return shared_project


def test_the_application_has_its_own_database_with_postgis(project: Path) -> None:
    assert start(project)
    url = find_cluster(project).url
    assert fetch(url, "SELECT current_user::text") == "geoapp"
    assert fetch(url, "SELECT ST_AsText(ST_Point(4.98, 52.3))") == "POINT(4.98 52.3)"
    assert fetch(url, "SHOW server_encoding") == "UTF8"
    assert fetch(url, "SHOW data_checksums") == "on"
    assert fetch(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert fetch(url, "SELECT has_schema_privilege('public', 'CREATE')") is True


def test_a_second_start_says_that_it_runs_already(project: Path) -> None:
    assert start(project)
    assert not start(project)


def test_stopping_twice_says_that_it_was_not_running(project: Path) -> None:
    start(project)
    assert stop_cluster(project)
    assert not stop_cluster(project)


def test_a_long_path_gives_a_short_socket_in_a_closed_folder(project: Path) -> None:
    start(project)
    cluster = find_cluster(project)
    assert len(str(project)) > SOCKET_PATH_LIMIT
    assert len(str(cluster.socket_file)) <= SOCKET_PATH_LIMIT
    assert cluster.socket_file.is_socket()
    assert cluster.socket_dir.stat().st_mode & 0o777 == 0o700


def test_the_server_listens_on_no_port_and_outlives_the_terminal(project: Path) -> None:
    start(project)
    cluster = find_cluster(project)
    assert fetch(cluster.url, "SHOW listen_addresses") == ""
    assert os.getsid(server_pid(cluster)) != os.getsid(0)


def test_a_cluster_whose_owner_died_is_taken_over(project: Path) -> None:
    start(project, owner_pid=dead_pid())
    assert start(project, owner_pid=os.getpid())
    assert release_cluster(project, owner_pid=os.getpid())
    assert not stop_cluster(project)


def test_a_cluster_with_a_living_owner_is_left_to_it(project: Path, other_pid: int) -> None:
    start(project, owner_pid=other_pid)
    assert not start(project, owner_pid=os.getpid())
    assert not release_cluster(project, owner_pid=os.getpid())
    assert stop_cluster(project)


def test_the_last_owner_to_leave_stops_it(project: Path, other_pid: int) -> None:
    start(project, owner_pid=other_pid)
    start(project, owner_pid=os.getpid())
    assert not release_cluster(project, owner_pid=other_pid)
    assert release_cluster(project, owner_pid=os.getpid())


def test_a_cluster_started_by_hand_stays(project: Path) -> None:
    start(project)
    assert not start(project, owner_pid=os.getpid())
    assert not release_cluster(project, owner_pid=os.getpid())
    assert stop_cluster(project)


def test_asking_by_hand_keeps_a_cluster_that_somebody_owns(project: Path) -> None:
    start(project, owner_pid=os.getpid())
    assert not start(project)
    assert not release_cluster(project, owner_pid=os.getpid())
    assert stop_cluster(project)


def test_a_killed_server_starts_again_with_its_data(project: Path) -> None:
    start(project)
    cluster = find_cluster(project)
    with psycopg.connect(cluster.url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    os.kill(server_pid(cluster), signal.SIGKILL)
    assert start(project)
    assert fetch(cluster.url, "SELECT n FROM kept") == 7


def test_a_pid_file_naming_another_process_is_survived(project: Path, other_pid: int) -> None:
    cluster = find_cluster(project)
    lock_files = (cluster.data_dir / "postmaster.pid", cluster.socket_dir / ".s.PGSQL.5432.lock")
    cluster.socket_dir.mkdir(exist_ok=True)
    for lock_file in lock_files:
        lock_file.write_text(f"{other_pid}\n{cluster.data_dir}\n1\n5432\n")
    assert start(project)


def test_a_server_that_lost_its_socket_is_started_again(project: Path) -> None:
    start(project)
    cluster = find_cluster(project)
    shutil.rmtree(cluster.socket_dir)
    assert start(project)
    assert fetch(cluster.url, "SELECT 1") == 1


def test_two_starts_at_once_make_one_server(project: Path) -> None:
    with ThreadPoolExecutor() as pool:
        assert sorted(pool.map(start, [project, project])) == [False, True]


def test_a_database_can_be_made_and_dropped_in_use(project: Path) -> None:
    start(project)
    url = find_cluster(project).url_for("geoapp_of_a_test")
    create_database(project, "geoapp_of_a_test")
    with pytest.raises(Conflict):
        create_database(project, "geoapp_of_a_test")
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT postgis_lib_version()")).scalar_one()
        drop_database(project, "geoapp_of_a_test")
        connection.invalidate()
    engine.dispose()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host=str(find_cluster(project).socket_dir), dbname="geoapp_of_a_test")


def test_the_applications_database_cannot_be_dropped(project: Path) -> None:
    with pytest.raises(Invalid, match="remove_cluster"):
        drop_database(project, "geoapp")


def test_half_made_data_are_made_anew_and_removed_whole(tmp_path: Path) -> None:
    cluster = find_cluster(tmp_path)
    for half in ("pg.new", "pg.old", "pg"):
        (cluster.data_dir.parent / half).mkdir(parents=True)
        (cluster.data_dir.parent / half / "base").write_text("half")
    try:
        assert start(tmp_path)
        remove_cluster(tmp_path)
        assert [left.name for left in cluster.data_dir.parent.iterdir()] == ["pg.lock"]
        assert not cluster.socket_dir.exists()
    finally:
        remove_all(tmp_path)


def test_a_socket_folder_of_somebody_else_is_refused(project: Path) -> None:
    cluster = find_cluster(project)
    cluster.socket_dir.symlink_to(project)
    with pytest.raises(Invalid, match="made by somebody else"):
        start(project)
    cluster.socket_dir.unlink()


def test_two_projects_lie_apart(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    one, other = find_cluster(tmp_path / "one"), find_cluster(tmp_path / "other")
    assert one.data_dir != other.data_dir
    assert one.socket_dir != other.socket_dir


def test_without_postgres_the_message_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="install the package postgresql-15-postgis-3"):
        find_bin_dirs(versions_dir=tmp_path, share_dir=tmp_path, ask_pg_config=False)


@pytest.mark.parametrize("postgis", [None, "3.2.0"])
def test_without_a_new_postgis_the_message_names_its_package(
    tmp_path: Path, postgis: str | None
) -> None:
    lay_postgres(tmp_path, 16, postgis)
    with pytest.raises(Invalid, match="postgresql-16-postgis-3, or set DATABASE_URL"):
        find_bin_dirs(versions_dir=tmp_path, share_dir=tmp_path, ask_pg_config=False)


def test_a_control_file_without_its_library_does_not_count(tmp_path: Path) -> None:
    lay_postgres(tmp_path, 16, "3.5.0")
    (tmp_path / "16" / "lib" / "postgis-3.so").unlink()
    with pytest.raises(Invalid, match="postgresql-16-postgis-3"):
        find_bin_dirs(versions_dir=tmp_path, share_dir=tmp_path, ask_pg_config=False)


def test_only_usable_versions_are_found(tmp_path: Path) -> None:
    for major, postgis in ((14, "3.5.0"), (15, "3.3.2"), (17, "3.5.2"), (18, None)):
        lay_postgres(tmp_path, major, postgis)
    found = find_bin_dirs(versions_dir=tmp_path, share_dir=tmp_path, ask_pg_config=False)
    assert found == {15: tmp_path / "15" / "bin", 17: tmp_path / "17" / "bin"}


def test_data_of_a_version_that_is_gone_name_its_package(tmp_path: Path) -> None:
    cluster = find_cluster(tmp_path)
    cluster.data_dir.mkdir(parents=True)
    try:
        (cluster.data_dir / "PG_VERSION").write_text("9\n")
        with pytest.raises(Invalid, match="postgresql-9-postgis-3, or start over"):
            start(tmp_path)
    finally:
        shutil.rmtree(cluster.data_dir.parent)
