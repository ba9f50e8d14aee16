"""What a reader finds in a file, and the bounds that all of them keep to."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from math import isfinite

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from geoapp.errors import Invalid

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 20_000
MOST_COLUMNS = 200
MOST_CELLS = 1_000_000
MOST_LETTERS = 10_000
MOST_LETTERS_OF_NAME = 100

# What a file without a word on it is taken for, if its numbers allow it.
DEGREES = "CRS84"
UTF_8 = "utf-8"
# What a text that is no UTF-8 may be in; the last knows every byte.
ENCODINGS = (UTF_8, "windows-1252", "iso-8859-1")

Cell = str | int | float | None


class Format(StrEnum):
    """What can be read."""

    GEOJSON = "GeoJSON"
    GEOPACKAGE = "GeoPackage"
    SHAPEFILE = "Shapefile"
    CSV = "CSV"


@dataclass
class Found:
    """Rows with their shapes, None where `faults` (by row, from 0) says what is wrong.

    `crs` is what the file says of it, in its own words; `encoding` is None where it is a guess.
    """

    format: Format
    crs: str = ""
    encoding: str | None = UTF_8
    columns: dict[str, None] = field(default_factory=dict)
    rows: list[dict[str, Cell]] = field(default_factory=list)
    shapes: list[BaseGeometry | None] = field(default_factory=list)
    faults: dict[int, Invalid] = field(default_factory=dict)

    def name_columns(self, names: Iterable[str]) -> list[str]:
        """Take these columns; their names as they are kept."""
        kept = [clean_text(name).strip()[:MOST_LETTERS_OF_NAME] for name in names]
        self.columns.update(dict.fromkeys(name for name in kept if name))
        if len(self.columns) > MOST_COLUMNS:
            raise Invalid(
                "The file has more than {most} columns: keep those that are needed.",
                most=MOST_COLUMNS,
            )
        return kept

    def add(self, cells: Mapping[str, object], make_shape: Callable[[], BaseGeometry]) -> None:
        """Take one row; what is wrong with it is its fault alone.

        Raises:
            Invalid: there are too many rows or cells.
        """
        number = len(self.rows)
        if number == MOST_ROWS or number * len(self.columns) > MOST_CELLS:
            raise Invalid(
                "The file has more than {rows} rows or {cells} cells: cut it into parts.",
                rows=MOST_ROWS,
                cells=MOST_CELLS,
            )
        row: dict[str, Cell] = {}
        shape: BaseGeometry | None = None
        try:
            for name, value in cells.items():
                row[name] = clean_cell(name, value)
            shape = _check_finite(make_shape())
        except Invalid as error:
            self.faults[number] = error
        except (ShapelyError, ValueError, TypeError):
            self.faults[number] = Invalid("The shape of this row cannot be read.")
        self.rows.append(row)
        self.shapes.append(shape)

    def is_in_degrees(self) -> bool:
        """Whether every shape could be in degrees."""
        corners = np.abs(shapely.get_coordinates([s for s in self.shapes if s is not None]))
        return bool((corners <= (180, 90)).all())


def clean_text(words: str) -> str:
    """`words` in letters that can be written down: U+FFFD where there was half of one, or NUL."""
    whole = words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\x00", "\ufffd")


def clean_cell(column: str, value: object) -> Cell:
    """A value as text or number; None for what is neither.

    Raises:
        Invalid: it is too long.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if not isinstance(value, str):
        return None
    if len(value) > MOST_LETTERS:
        raise Invalid(
            "The column {column} has more than {most} letters here.",
            column=column,
            most=MOST_LETTERS,
        )
    return clean_text(value)


def decode(data: bytes, encoding: str | None) -> tuple[str, str | None]:
    """The text, and what it was in; None where that is a guess.

    Raises:
        Invalid: it is not in the encoding that was said.
    """
    known = (UTF_8,) if encoding is None else (encoding,)
    for name in known:
        try:
            return data.decode("utf-8-sig" if name == UTF_8 else name), name
        except UnicodeDecodeError:
            continue
    if encoding is not None:
        raise Invalid("The letters of this file are not in {encoding}.", encoding=encoding)
    return data.decode(ENCODINGS[-1]), None


def _check_finite(shape: BaseGeometry) -> BaseGeometry:
    if shape.is_empty:
        raise Invalid("The shape is empty: give a point or an area.")
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        raise Invalid("The shape has a coordinate that is not a number.")
    return shapely.force_2d(shape)
