"""Shapefiles, through pyshp, from memory: it also opens addresses and files, and gets none."""

import struct
from functools import partial
from io import BytesIO

import shapefile
from shapely.geometry.base import BaseGeometry

from geoapp.errors import Invalid
from geoapp.exchange.reading.archives import unpack_shapefile
from geoapp.exchange.reading.found import ENCODINGS, MOST_ROWS, UTF_8, Format, Found
from geoapp.exchange.reading.shapes import shape_of

MOST_LETTERS_OF_CRS = 10_000
# What the file beside it calls each encoding.
_CODE_PAGES = {
    "utf8": UTF_8,
    "65001": UTF_8,
    "1252": "windows-1252",
    "cp1252": "windows-1252",
    "windows1252": "windows-1252",
    "ansi1252": "windows-1252",
    "iso88591": "iso-8859-1",
    "88591": "iso-8859-1",
    "latin1": "iso-8859-1",
}


def read_shapefile(data: bytes, encoding: str | None) -> Found:
    """The rows of the Shapefile in a zip.

    Raises:
        Invalid: there is none, or it is damaged.
    """
    parts = unpack_shapefile(data)
    _check_count(parts[".dbf"])
    said = encoding or _encoding_of(parts.get(".cpg", b""))
    crs = parts.get(".prj", b"").decode(ENCODINGS[-1])[:MOST_LETTERS_OF_CRS]
    try:
        return _read_parts(parts, said or UTF_8, Found(Format.SHAPEFILE, crs=crs))
    except (UnicodeDecodeError, shapefile.dbfFileException):
        guessed = _read_parts(parts, ENCODINGS[-1], Found(Format.SHAPEFILE, crs=crs, encoding=None))
    if said is not None:
        raise Invalid("The letters of this file are not in {encoding}.", encoding=said)
    return guessed


def _read_parts(parts: dict[str, bytes], encoding: str, found: Found) -> Found:
    if found.encoding is not None:
        found.encoding = encoding
    with shapefile.Reader(
        shp=BytesIO(parts[".shp"]), dbf=BytesIO(parts[".dbf"]), encoding=encoding
    ) as reader:
        columns = found.name_columns(str(one[0]) for one in reader.fields[1:])
        shapes = list(reader.iterShapes())
        records = list(reader.iterRecords(deleted_as_None=True))
        if len(shapes) != len(records):
            raise Invalid("The .shp and .dbf in the zip do not belong together: make it again.")
        for shape, record in zip(shapes, records, strict=True):
            if record is not None:
                cells = dict(zip(columns, record, strict=True))
                found.add(cells, partial(_shape_of, shape))
    return found


def _shape_of(shape: shapefile.Shape) -> BaseGeometry:
    if shape.shapeType == shapefile.NULL:
        return shape_of(None)
    return shape_of(shape.__geo_interface__)


def _check_count(table: bytes) -> None:
    """Before anything reads the table: its head says how many rows there are."""
    (count,) = struct.unpack_from("<I", table, 4) if len(table) >= 8 else (0,)
    if count > MOST_ROWS:
        raise Invalid("The file has more than {rows} rows: cut it into parts.", rows=MOST_ROWS)


def _encoding_of(words: bytes) -> str | None:
    name = words.decode("ascii", "replace").lower().strip()
    return _CODE_PAGES.get("".join(letter for letter in name if letter.isalnum()))
