"""The files of pictures, on disk, in a folder the caller names. Knows no row and no picture."""

import os
import re
import secrets
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from geoapp.errors import Invalid, NotFound
from geoapp.media.rules import Size

_NAME = re.compile(r"([0-9a-f]{32})-[a-z]+\.jpg(\.[0-9a-f]{16}\.part)?")
_TWO_DIGITS = "[0-9a-f][0-9a-f]"


class FileStore:
    """Files by id and size. The folder is made with the first file, for its owner alone.

    A file stands there whole or not at all, through a crash or a full disk. Its name is made of
    the number of the id and of a closed set, so none leads out of the folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path_of(self, file_id: uuid.UUID, size: Size) -> Path:
        """Where the file stands. The last digits of a UUIDv7 are random: folders fill evenly."""
        digits = f"{file_id.int:032x}"
        return self.folder / digits[-2:] / digits[-4:-2] / f"{digits}-{Size(size).value}.jpg"

    def put(self, file_id: uuid.UUID, size: Size, data: bytes) -> None:
        """Write the file; it is on the disk, and survives a power cut, when this returns.

        Raises:
            OSError: the disk is full or broken; nothing of the file is left behind.
        """
        path = self.path_of(file_id, size)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        folders = (self.folder, path.parent.parent, path.parent)
        for folder in folders:
            folder.mkdir(mode=0o700, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
        try:
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(data)
                opened.flush()
                os.fsync(descriptor)
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        for folder in folders:
            _sync_folder(folder)

    def list_files(self) -> list[Path]:
        """Every finished file."""
        found = self.folder.glob(f"{_TWO_DIGITS}/{_TWO_DIGITS}/*.jpg")
        return sorted(path for path in found if _NAME.fullmatch(path.name))

    @staticmethod
    def read_name(name: str) -> tuple[uuid.UUID, Size]:
        """The id and size that a file's name tells.

        Raises:
            Invalid: it is no name of ours.
        """
        named = _NAME.fullmatch(name)
        size = name.rpartition("-")[2].removesuffix(".jpg")
        if named is None or named[2] or size not in list(Size):
            raise Invalid("{name} is no picture of ours.", name=name)
        return uuid.UUID(named[1]), Size(size)

    def read(self, file_id: uuid.UUID, size: Size) -> bytes:
        """What stands in the file.

        Raises:
            NotFound: there is no such file.
        """
        try:
            return self.path_of(file_id, size).read_bytes()
        except FileNotFoundError as error:
            raise NotFound("There is no such photo.") from error

    def delete(self, file_id: uuid.UUID) -> None:
        """Take away the files of every size, those that are there."""
        for size in Size:
            self.path_of(file_id, size).unlink(missing_ok=True)

    def sweep(
        self,
        *,
        written_before: datetime,
        find_known: Callable[[Collection[uuid.UUID]], Collection[uuid.UUID]],
    ) -> int:
        """Take away old files that were never finished, or whose id `find_known` does not give
        back; returns how many. A file of another making is left alone.

        A file is written before its row is committed: `written_before` lies further back than any
        transaction lasts.
        """
        swept = 0
        for top in sorted(self.folder.glob(_TWO_DIGITS)):
            files = dict(_find_files(top, written_before.timestamp()))
            known = find_known({file_id for file_id in files.values() if file_id})
            for path, file_id in files.items():
                if file_id is None or file_id not in known:
                    path.unlink(missing_ok=True)
                    swept += 1
        return swept


def _find_files(top: Path, before: float) -> Iterator[tuple[Path, uuid.UUID | None]]:
    """Our own files, last written before an instant, with their id; None where unfinished."""
    for path in top.glob(f"{_TWO_DIGITS}/*"):
        named = _NAME.fullmatch(path.name)
        # Whoever deletes a file meanwhile has done our work.
        with suppress(FileNotFoundError):
            if named and path.stat().st_mtime < before:
                yield path, None if named[2] else uuid.UUID(named[1])


def _sync_folder(folder: Path) -> None:
    """A name is on the disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
