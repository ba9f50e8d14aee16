"""The program that reads one upload, and ends: it alone meets the bytes of a stranger.

    python -m geoapp.exchange.reading.program [ENCODING]

Reads the upload from standard input and writes to standard output, as JSON, what it found or why it
refuses. Ends with 3 where the file is damaged, 4 where it needs more than a register does. It
limits itself before it reads; what it needs is imported by then, as no file can be opened after.
"""

import base64
import encodings.cp437
import encodings.cp1252
import encodings.latin_1
import encodings.utf_8_sig
import encodings.utf_16  # noqa: F401  a codec is looked for in a file
import json
import logging
import resource
import sys
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from geoapp.bounded import HEAVY, limit_self
from geoapp.errors import Invalid
from geoapp.exchange.reading.found import Found
from geoapp.exchange.reading.geojson import read_geojson
from geoapp.exchange.reading.geopackages import read_geopackage
from geoapp.exchange.reading.shapefiles import read_shapefile
from geoapp.exchange.reading.tables import read_table

DAMAGED = 3

LIMITS = {
    resource.RLIMIT_AS: 768 * 1024 * 1024,
    resource.RLIMIT_CPU: 15,
    resource.RLIMIT_FSIZE: 64 * 1024 * 1024,
    resource.RLIMIT_NOFILE: 3,
    resource.RLIMIT_NPROC: 0,
    resource.RLIMIT_CORE: 0,
}

_READERS: Mapping[bytes, Callable[[bytes, str | None], Found]] = {
    b"PK": read_shapefile,
    b"SQLite format 3\x00": lambda data, _: read_geopackage(data),
    b"{": lambda data, _: read_geojson(data),
    b"[": lambda data, _: read_geojson(data),
}
# What is known and not read, with what to do about it.
_REFUSED: Mapping[bytes, Invalid] = {
    b"<": Invalid(
        "This is an XML file, such as GML, KML or VRT: save the map as GeoJSON or GeoPackage."
    ),
    b"\x00\x00\x27\x0a": Invalid(
        "This is one part of a Shapefile: put .shp, .shx and .dbf together in a zip."
    ),
    b"\xff\xfe": Invalid("This text is in UTF-16: save it as UTF-8."),
    b"\xfe\xff": Invalid("This text is in UTF-16: save it as UTF-8."),
}


def read(data: bytes, encoding: str | None) -> Found:
    """What is in a file, by its content; its name plays no part.

    Raises:
        Invalid: it cannot be read; the message says what to do.
    """
    start = data[:1000].removeprefix(b"\xef\xbb\xbf").lstrip()
    for sign, refusal in _REFUSED.items():
        if start.startswith(sign):
            raise refusal
    reader = next(
        (reader for sign, reader in _READERS.items() if start.startswith(sign)), read_table
    )
    found = reader(data, encoding)
    if not found.rows:
        raise Invalid("The file has no rows.")
    return found


def main() -> int:
    """Read what stands in standard input; returns how the program ends."""
    limit_self(LIMITS)
    be_silent()
    try:
        told = answer(sys.stdin.buffer.read(), next(iter(sys.argv[1:]), None))
        sys.stdout.buffer.write(json.dumps(told).encode())
        sys.stdout.buffer.flush()
    except (MemoryError, OSError):
        return HEAVY
    except ImportError:  # our own fault: it is to be imported above
        raise
    except Exception:  # noqa: BLE001  an edge: whatever a stranger's file brings about is its damage
        return DAMAGED
    return 0


def be_silent() -> None:
    """What the readers say is of the file, and has no place in our log."""
    warnings.simplefilter("ignore")
    logging.disable()


def answer(data: bytes, encoding: str | None) -> dict[str, Any]:
    """What was found, or why it is refused, ready for JSON; see `uploads.read_answer`."""
    try:
        found = read(data, encoding)
    except Invalid as error:
        return {"refused": _write_error(error)}
    columns = list(found.columns)
    return {
        "format": found.format,
        "crs": found.crs,
        "encoding": found.encoding,
        "columns": columns,
        "rows": [list(map(partial(_cell, row), columns)) for row in found.rows],
        "shapes": [shape and base64.b64encode(shape.wkb).decode("ascii") for shape in found.shapes],
        "faults": {number: _write_error(error) for number, error in found.faults.items()},
    }


def _cell(row: Mapping[str, Any], column: str) -> Any:
    return row.get(column)


def _write_error(error: Invalid) -> list[Any]:
    return [error.message, {name: str(value) for name, value in error.values.items()}]


if __name__ == "__main__":
    sys.exit(main())
