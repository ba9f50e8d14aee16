"""Rows of a file: converted all or none, and what is wrong with them said row by row."""

import csv
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeVar

from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from geoapp.areas.queries import Area, get_area
from geoapp.db.changes import Change, Tally
from geoapp.districts.queries import Place, get_district, list_districts
from geoapp.errors import Invalid, NotFound
from geoapp.exchange.layouts import Layout

Draft = TypeVar("Draft")
Member = TypeVar("Member", bound=StrEnum)
MOST_ERRORS = 10
SPARE = 0.02


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with a row of a file (counted from 1), and what to do."""

    number: int
    words: str


class WrongRows(Invalid):
    """Rows of a file are wrong, so none was imported; `rows` has every one of them."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        shown = "\n".join(f"row {row.number}: {row.words}" for row in problems[:MOST_ERRORS])
        rest = len(problems) - MOST_ERRORS
        super().__init__(
            "{count} rows are not right, so nothing was imported:\n{rows}",
            count=len(problems),
            rows=shown + (f"\n... and {rest} more" if rest > 0 else ""),
        )
        self.rows = tuple(problems)


def read_records(path: Path) -> list[Mapping[str, Any]]:
    """The records of a JSON file in UTF-8: a list of objects.

    Raises:
        Invalid: it is no such file.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise Invalid("{path} is no JSON file in UTF-8.", path=path) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Invalid("{path} is no list of objects in JSON.", path=path)
    return rows


@dataclass(frozen=True)
class _Record(Generic[Draft]):
    """What a record says, what it is called, and the districts it is for."""

    draft: Draft
    name: str
    places: tuple[Place, ...]

    @property
    def key(self) -> str:
        """What tells it apart."""
        return " | ".join([self.name, *(place.slug for place in self.places)])


def import_records(
    session: Session,
    path: Path,
    *,
    read: Callable[[Mapping[str, Any]], Draft],
    name: Callable[[Draft], str],
    put: Callable[..., Change],
) -> Tally:
    """Put every record of a JSON file, in its order, into the district it names, else into every
    district there is. `read` gets it without its `district`; `put` is called as an action is, with
    `district_id`, `draft` and `is_example`.

    Raises:
        Invalid: no JSON list, or rows are wrong.
    """

    def convert(row: Mapping[str, Any]) -> _Record[Draft]:
        draft = read({field: value for field, value in row.items() if field != "district"})
        return _Record(draft, name(draft), _read_places(session, row))

    records = convert_rows([(row,) for row in read_records(path)], convert, lambda one: one.key)
    tally = Tally()
    for record in records:
        for place in record.places:
            change = put(
                session, district_id=place.id, draft=record.draft, is_example=place.is_example
            )
            tally.count(change, f"{place.slug} | {record.name}")
    return tally


def _read_places(session: Session, row: Mapping[str, Any]) -> tuple[Place, ...]:
    if "district" in row:
        return (get_district(session, slug=str(row["district"])),)
    return tuple(list_districts(session))


def read_lines(path: Path, layout: Layout) -> list[dict[str, Any]]:
    """The lines of a CSV file in UTF-8 that has every column the layout names.

    Raises:
        Invalid: no CSV, a column is missing, or there is no line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            lines, columns = list(reader), reader.fieldnames or ()
    except (UnicodeDecodeError, csv.Error) as error:
        raise Invalid("{path} is no CSV file in UTF-8.", path=path) from error
    missing = set(layout.columns.values()) - set(columns)
    if missing or not lines:
        raise Invalid(
            "{path} has no lines, or lacks the columns {names}.",
            path=path,
            names=", ".join(sorted(missing)) or "it needs",
        )
    return lines


def convert_rows(
    rows: Sequence[Any], convert: Callable[..., Draft], key: Callable[[Draft], str]
) -> list[Draft]:
    """Convert every row; gather what is wrong with all of them before giving up."""
    converted: list[Draft] = []
    problems: list[RowProblem] = []
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        try:
            draft = convert(*row)
            twin = seen.setdefault(key(draft), number)
            if twin != number:
                raise Invalid("The key {key} stands in row {twin} too.", key=key(draft), twin=twin)
            converted.append(draft)
        except (Invalid, NotFound) as error:
            problems.append(RowProblem(number, str(error)))
    if problems:
        raise WrongRows(problems)
    return converted


def need(layout: Layout, row: Mapping[str, Any], name: str) -> str:
    """Our column `name` of a row, which must not be empty."""
    value = layout.value(row, name)
    if value is None:
        raise Invalid("The column {column} is empty.", column=layout.columns.get(name, name))
    return str(value)


def read_member(members: type[Member], words: str) -> Member:
    """One of a closed set."""
    if words not in set(members):
        raise Invalid("{words} is none of: {known}.", words=words, known=", ".join(members))
    return members(words)


def read_area(
    session: Session, layout: Layout, row: Mapping[str, Any], *, district_id: uuid.UUID
) -> Area | None:
    """The area a row is for; None: the whole district."""
    slug = layout.value(row, "area")
    area = get_area(session, slug=slug) if slug else None
    if area is not None and area.district_id != district_id:
        raise Invalid("The area {slug} is of another district.", field="area", slug=area.slug)
    return area


def read_date(words: str) -> date:
    """A day as 2026-01-31; a time after it is left out."""
    try:
        return date.fromisoformat(words[:10])
    except ValueError:
        raise Invalid("{words} is no date: write it as 2026-01-31.", words=words) from None


def is_within_reach(shape: BaseGeometry, place: Place) -> bool:
    """What the database allows of a shape (lon/lat): inside the district's box, with 0.02 degrees
    (2 km) to spare."""
    west, south, east, north = place.bounds or (-180.0, -90.0, 180.0, 90.0)
    left, low, right, high = shape.bounds
    return (
        west - SPARE <= left
        and south - SPARE <= low
        and right <= east + SPARE
        and high <= north + SPARE
    )
