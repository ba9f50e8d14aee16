"""A backup of everything in one file: the database and the pictures, and a list of both.

The file is a tar: `database.dump` (PostgreSQL's custom format), `pictures/...`, and last
`manifest.json` with the SHA-256 of each, so that a file cut short is known as one. The database
is dumped first: a picture's files are there before its row, so every row in the dump has its own.
"""

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, Engine, MetaData, inspect

from geoapp.db.installation import find_bin_dirs
from geoapp.db.migrating import ensure_postgis, migrate
from geoapp.errors import Conflict, Invalid
from geoapp.media.rules import Size
from geoapp.media.store import FileStore

DUMP, PICTURES, MANIFEST = "database.dump", "pictures/", "manifest.json"
FORMAT = 1


def back_up(engine: Engine, *, store: FileStore, file: Path, now: datetime) -> int:
    """Write the backup; `file` appears whole or not at all. Returns the number of picture files.

    Raises:
        Conflict: `file` is there already.
        Invalid: there is no pg_dump, or it failed (the message has its words).
    """
    if file.exists():
        raise Conflict("{file} is there already: choose another name.", file=file)
    unfinished = file.with_name(f".{file.name}.part")
    try:
        with tempfile.TemporaryDirectory() as folder:
            dump = Path(folder) / DUMP
            options = ("--format=custom", "--no-owner", "--no-acl", f"--file={dump}")
            _run(engine.url, "pg_dump", *options)
            count = _write(unfinished, dump, store, now)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    return count


def restore(engine: Engine, metadata: MetaData, *, store: FileStore, file: Path) -> int:
    """Bring a backup into an empty database and its pictures into the store, then to the newest
    schema. The database takes all or nothing; returns the number of picture files.

    Raises:
        Conflict: the database is not empty.
        Invalid: the file is no backup, or was cut short or changed; or pg_restore failed.
    """
    if set(inspect(engine).get_table_names()) & set(metadata.tables):
        raise Conflict("The database is not empty: restore into an empty one.")
    ensure_postgis(engine)
    with tempfile.TemporaryDirectory() as folder:
        pictures = _read(file, Path(folder))
        # As with a new picture: files first, so that no row is ever without its own.
        for file_id, size, path in pictures:
            store.put(file_id, size, path.read_bytes())
        engine.dispose()
        _restore_dump(engine.url, Path(folder) / DUMP)
    migrate(engine, metadata)
    return len(pictures)


def _write(target: Path, dump: Path, store: FileStore, now: datetime) -> int:
    digests: dict[str, str] = {}
    with tarfile.open(target, "x") as archive:
        for name, path in [(DUMP, dump), *_list_pictures(store)]:
            # A picture may be swept meanwhile: then no row knows it.
            if path.exists():
                archive.add(path, name, recursive=False)
                digests[name] = _digest(path)
        told = {"format": FORMAT, "made_at": now.isoformat(), "files": digests}
        content = json.dumps(told, indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return len(digests) - 1


def _list_pictures(store: FileStore) -> Iterator[tuple[str, Path]]:
    for path in store.list_files():
        yield f"{PICTURES}{path.name}", path


def _read(file: Path, folder: Path) -> list[tuple[uuid.UUID, Size, Path]]:
    """Unpack under names of our own; nothing in the archive says where a file goes."""
    found: dict[str, Path] = {}
    try:
        with tarfile.open(file) as archive:
            for number, entry in enumerate(archive):
                content = archive.extractfile(entry) if entry.isreg() else None
                if content is None:
                    raise Invalid("{file} is no backup of geoapp.", file=file)
                path = folder / (DUMP if entry.name == DUMP else str(number))
                with path.open("xb") as unpacked:
                    shutil.copyfileobj(content, unpacked)
                found[entry.name] = path
        told = json.loads(found.pop(MANIFEST).read_text())["files"]
    except (tarfile.TarError, EOFError, KeyError, ValueError, FileExistsError) as error:
        raise Invalid("{file} is no whole backup of geoapp.", file=file) from error
    if {name: _digest(path) for name, path in found.items()} != told or DUMP not in found:
        raise Invalid("{file} was changed or cut short after it was made.", file=file)
    return [
        (*FileStore.read_name(name.removeprefix(PICTURES)), path)
        for name, path in found.items()
        if name != DUMP
    ]


def _digest(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _restore_dump(url: URL, dump: Path) -> None:
    """PostGIS is there already and brings its own table, which only its owner may write."""
    wanted = dump.with_name("wanted")
    listed = _run(url, "pg_restore", "--list", dump).splitlines(keepends=True)
    ours = [line for line in listed if " EXTENSION " not in line and "spatial_ref_sys" not in line]
    wanted.write_text("".join(ours))
    options = ("--no-owner", "--no-acl", "--single-transaction", "--exit-on-error")
    into = f"--dbname={url.database}"
    _run(url, "pg_restore", *options, f"--use-list={wanted}", into, dump)


def _run(url: URL, program: str, *arguments: str | Path) -> str:
    ended = subprocess.run(  # noqa: S603  PostgreSQL's own program, by its path
        [_find_program(program), *arguments],
        env=_environ_of(url),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        said = ended.stderr.strip() or f"exit code {ended.returncode}"
        raise Invalid("{program} failed: {said}", program=program, said=said)
    return ended.stdout


def _environ_of(url: URL) -> dict[str, str]:
    """What libpq reads: so no password stands in the list of processes."""
    given = {
        "PGHOST": url.host or url.query.get("host"),
        "PGPORT": url.port or url.query.get("port"),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": url.query.get("sslmode"),
        "PATH": os.defpath,
    }
    return {name: str(value) for name, value in given.items() if value}


def _find_program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        bin_dirs = find_bin_dirs()
        found = shutil.which(name, path=str(bin_dirs[max(bin_dirs)]))
    if found is None:
        raise Invalid("{name} is missing: install postgresql-client.", name=name)
    return found
