"""The one gate for registers that come from outside: GeoJSON, GeoPackage, Shapefile or CSV.

A stranger's file never meets GDAL (threats, T50). A child process with limits reads it (see
`reading.program`), from memory and by its content, and hands back plain rows and fresh shapes.
"""

import base64
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from geoapp.bounded import TOO_HEAVY, folder_of, run_bounded
from geoapp.errors import Invalid, TooLarge
from geoapp.exchange.reading.found import ENCODINGS, MOST_BYTES, Cell, Format
from geoapp.geo.crs import find_srid

FIELD = "file"
TIMEOUT_S = 20.0
PROGRAM = (sys.executable, "-S", "-s", "-P", "-B", "-m", "geoapp.exchange.reading.program")
# How the program ends over a file that is damaged. Anything else above zero is our own fault.
_DAMAGED = 3


@dataclass(frozen=True)
class RowFault:
    """What is wrong with a row of a file (counted from 1), in which column if in one."""

    number: int
    error: Invalid
    column: str = ""


@dataclass(frozen=True)
class Upload:
    """What a file holds: rows, and the shape of each in the file's own coordinates.

    A shape is None where `faults` says what is wrong with the row. `srid` and `encoding` are None
    where the file does not tell and somebody must; the letters are then a guess.
    """

    format: Format
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Cell], ...]
    shapes: tuple[BaseGeometry | None, ...]
    faults: tuple[RowFault, ...]
    srid: int | None
    encoding: str | None


def read_upload(
    data: bytes,
    *,
    encoding: str | None = None,
    command: Sequence[str] = PROGRAM,
    timeout_s: float = TIMEOUT_S,
) -> Upload:
    """The rows of an uploaded file. `encoding` is one of `ENCODINGS`, where somebody told it.

    Raises:
        Invalid: it cannot be read, of the field `file`; the message says what to do.
        RuntimeError: the program that reads is not well.
    """
    if not data:
        raise Invalid("This file is empty: choose another.", field=FIELD)
    if len(data) > MOST_BYTES:
        raise too_large()
    if encoding is not None and encoding not in ENCODINGS:
        raise Invalid("{words} is none of: {known}.", words=encoding, known=", ".join(ENCODINGS))
    folders = [folder_of("geoapp"), folder_of("shapely"), folder_of("shapefile")]
    ended, answer = run_bounded(
        [*command, encoding] if encoding else command, data, folders=folders, timeout_s=timeout_s
    )
    if ended in TOO_HEAVY:
        raise Invalid("This file is too heavy to read: cut the register into parts.", field=FIELD)
    # A program that a file brings to fall is a file we do not want.
    if ended == _DAMAGED or ended < 0:
        raise Invalid("This file is damaged: save it again, or in another format.", field=FIELD)
    if ended:
        raise RuntimeError(f"The program that reads uploads ended with {ended}.")
    return read_answer(json.loads(answer))


def too_large() -> TooLarge:
    """What is said of a file that is larger than any we read."""
    said = Invalid("The file is larger than 20 MB: cut the register into parts.")
    return TooLarge(said.message, field=FIELD)


def read_answer(told: Mapping[str, Any]) -> Upload:
    """The upload that the program tells of (`reading.program.answer`).

    Raises:
        Invalid: it refused the file.
    """
    if "refused" in told:
        raise _to_error(told["refused"], field=FIELD)
    columns = tuple(told["columns"])
    return Upload(
        format=Format(told["format"]),
        columns=columns,
        rows=tuple(dict(zip(columns, row, strict=True)) for row in told["rows"]),
        shapes=tuple(
            None if shape is None else shapely.from_wkb(base64.b64decode(shape))
            for shape in told["shapes"]
        ),
        faults=tuple(
            RowFault(int(number) + 1, _to_error(error)) for number, error in told["faults"].items()
        ),
        srid=find_srid(told["crs"]),
        encoding=told["encoding"],
    )


def _to_error(told: tuple[str, Mapping[str, str]], *, field: str | None = None) -> Invalid:
    message, values = told
    error = Invalid(message, field=field)
    error.values = values
    return error
