"""Backup and restore: what comes back into a fresh cluster is what was there, row by row (T68)."""

import json
import tarfile
import uuid
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.cli import main as command
from geoapp.db.cluster import remove_cluster, start_cluster
from geoapp.db.installation import find_cluster
from geoapp.db.migrating import compare, migrate
from geoapp.db.session import make_engine
from geoapp.errors import Conflict, Invalid
from geoapp.exchange.backup import MANIFEST, back_up, restore
from geoapp.media.rules import Size
from geoapp.media.store import FileStore
from tests.conftest import NOW
from tests.factories import Factory


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Engine]:
    """The empty database of a cluster that was just made, in a folder of its own."""
    project = tmp_path / "elsewhere"
    project.mkdir()
    start_cluster(project, say=lambda _: None)
    engine = make_engine(find_cluster(project).url)
    yield engine
    engine.dispose()
    remove_cluster(project)


@pytest.fixture
def filled(
    make_database: Callable[[str], str], tmp_path: Path
) -> Iterator[tuple[Engine, FileStore]]:
    """A small database with a picture, and its store."""
    engine = make_engine(make_database(f"backup_{uuid.uuid4().hex[:8]}"))
    migrate(engine, metadata())
    store = FileStore(tmp_path / "pictures")
    with Session(engine) as session, session.begin():
        make = Factory(session)
        picture = make.picture()
        make.defect_picture(picture_id=picture.id)
        for size in Size:
            store.put(picture.id, size, f"{size} of it".encode())
    yield engine, store
    engine.dispose()


def hash_tables(engine: Engine) -> dict[str, str]:
    """A digest of every row of each table, in whatever order they lie."""
    with engine.connect() as connection:
        return {
            name: connection.execute(
                text(
                    "SELECT count(*) || ' rows ' || coalesce(md5(string_agg(md5(t::text), ''"  # noqa: S608  our own table names
                    f" ORDER BY md5(t::text))), '') FROM \"{name}\" AS t"
                )
            ).scalar_one()
            for name in [*metadata().tables, "alembic_version"]
        }


def files_of(store: FileStore) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in store.list_files()}


def test_the_whole_demo_comes_back_into_a_fresh_cluster(
    demo_engine: Engine, fresh: Engine, tmp_path: Path
) -> None:
    store, other = FileStore(tmp_path / "here"), FileStore(tmp_path / "there")
    for number in range(3):
        store.put(uuid.UUID(int=number), Size.LARGE, bytes([number]) * 1000)
    file = tmp_path / "backup.tar"
    assert back_up(demo_engine, store=store, file=file, now=NOW) == 3
    assert restore(fresh, metadata(), store=other, file=file) == 3
    assert hash_tables(fresh) == hash_tables(demo_engine)
    assert files_of(other) == files_of(store)
    assert compare(fresh, metadata()) == []


def test_a_restored_database_takes_new_rows_and_keeps_its_rules(
    filled: tuple[Engine, FileStore], fresh: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "backup.tar"
    back_up(filled[0], store=filled[1], file=file, now=NOW)
    restore(fresh, metadata(), store=FileStore(tmp_path / "there"), file=file)
    with Session(fresh) as session:
        make = Factory(session)
        home = {"district_id": make.district(slug="after").id}
        make.defect(**home, addressee_id=make.organisation(**home, slug="after").id, code="KS-TNR")
        session.commit()
    with fresh.connect() as connection, pytest.raises(Exception, match="ck_defect_city_number"):
        connection.execute(text("UPDATE defect SET city_number = repeat('1', 61)"))


def test_a_backup_goes_into_an_empty_database_alone(
    filled: tuple[Engine, FileStore], tmp_path: Path
) -> None:
    engine, store = filled
    file = tmp_path / "backup.tar"
    back_up(engine, store=store, file=file, now=NOW)
    before = hash_tables(engine)
    with pytest.raises(Conflict, match="not empty"):
        restore(engine, metadata(), store=store, file=file)
    with pytest.raises(Conflict, match="there already"):
        back_up(engine, store=store, file=file, now=NOW)
    assert hash_tables(engine) == before


def rewrite(file: Path, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> None:
    """The same archive with each entry as `change` has it; None leaves it out."""
    with tarfile.open(file) as archive:
        entries = [(entry.name, archive.extractfile(entry).read()) for entry in archive]  # type: ignore[union-attr]  # all are files
    with tarfile.open(file, "w") as archive:
        for changed in filter(None, (change(name, content) for name, content in entries)):
            entry = tarfile.TarInfo(changed[0])
            entry.size = len(changed[1])
            archive.addfile(entry, BytesIO(changed[1]))


def lead_out(name: str, content: bytes) -> tuple[str, bytes]:
    """An entry that would like to lie elsewhere, with a manifest that agrees."""
    if name == MANIFEST:
        told: dict[str, Any] = json.loads(content)
        files = {key.replace("pictures/", "../../"): value for key, value in told["files"].items()}
        return name, json.dumps(told | {"files": files}).encode()
    return name.replace("pictures/", "../../"), content


CHANGES: dict[str, Callable[[str, bytes], tuple[str, bytes] | None]] = {
    "a byte of the database": lambda name, content: (
        name,
        content[:-1] + b"x" if name.endswith("dump") else content,
    ),
    "a picture gone": lambda name, content: None if name.endswith("large.jpg") else (name, content),
    "no manifest": lambda name, content: None if name == MANIFEST else (name, content),
    "a way out": lead_out,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_backup_that_was_changed_is_refused_and_leaves_nothing(
    filled: tuple[Engine, FileStore],
    make_database: Callable[[str], str],
    tmp_path: Path,
    change: Callable[[str, bytes], tuple[str, bytes] | None],
) -> None:
    file, other = tmp_path / "backup.tar", FileStore(tmp_path / "there")
    back_up(filled[0], store=filled[1], file=file, now=NOW)
    rewrite(file, change)
    engine = make_engine(make_database(f"backup_{uuid.uuid4().hex[:8]}"))
    with pytest.raises(Invalid):
        restore(engine, metadata(), store=other, file=file)
    assert files_of(other) == {}
    with engine.connect() as connection:
        assert connection.execute(text("SELECT to_regclass('defect')")).scalar() is None
    engine.dispose()


@pytest.mark.parametrize("content", [b"", b"no tar at all", b"\x1f\x8b" + bytes(600)])
def test_what_is_no_backup_is_said_to_be_none(
    make_database: Callable[[str], str], tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "holiday.tar"
    file.write_bytes(content)
    engine = make_engine(make_database(f"backup_{uuid.uuid4().hex[:8]}"))
    with pytest.raises(Invalid, match=r"holiday\.tar is no whole backup"):
        restore(engine, metadata(), store=FileStore(tmp_path / "there"), file=file)
    engine.dispose()


def test_the_commands_back_up_and_restore(
    filled: tuple[Engine, FileStore], make_database: Callable[[str], str], tmp_path: Path
) -> None:
    file = str(tmp_path / "backup.tar")
    empty = make_database(f"backup_{uuid.uuid4().hex[:8]}")

    def run(verb: str, url: str, folder: Path) -> str:
        environ = {"DATABASE_URL": url, "GEOAPP_MEDIA": str(folder)}
        done = CliRunner().invoke(command, ["db", verb, file], env=environ)
        assert done.exit_code == 0, done.output
        return done.output

    here = filled[0].url.render_as_string(hide_password=False)
    assert "2 picture files." in run("backup", here, filled[1].folder)
    assert "2 picture files are back." in run("restore", empty, tmp_path / "there")
    engine = make_engine(empty)
    assert hash_tables(engine) == hash_tables(filled[0])
    engine.dispose()
