"""Rows of a file: converted all or none, and what is wrong with them said row by row."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from geoapp.errors import Invalid
from geoapp.exchange.layouts import Layout

Draft = TypeVar("Draft")
MOST_ERRORS = 10


def convert_rows(
    rows: Sequence[Any], convert: Callable[..., Draft], key: Callable[[Draft], str]
) -> list[Draft]:
    """Convert every row; gather what is wrong with all of them before giving up."""
    converted: list[Draft] = []
    errors: list[str] = []
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        try:
            draft = convert(*row)
            twin = seen.setdefault(key(draft), number)
            if twin != number:
                raise Invalid("The key {key} stands in row {twin} too.", key=key(draft), twin=twin)
            converted.append(draft)
        except Invalid as error:
            errors.append(f"row {number}: {error}")
    give_up(errors)
    return converted


def give_up(errors: Sequence[str]) -> None:
    """Nothing where nothing is wrong.

    Raises:
        Invalid: with the first ten errors, and how many more there are.
    """
    if not errors:
        return
    rest = len(errors) - MOST_ERRORS
    more = f"\n... and {rest} more" if rest > 0 else ""
    raise Invalid(
        "{count} rows are not right, so nothing was imported:\n{rows}",
        count=len(errors),
        rows="\n".join(errors[:MOST_ERRORS]) + more,
    )


def need(layout: Layout, row: Mapping[str, Any], name: str) -> str:
    """Our column `name` of a row, which must not be empty."""
    value = layout.value(row, name)
    if value is None:
        raise Invalid("The column {column} is empty.", column=layout.columns.get(name, name))
    return str(value)


def read_date(words: str) -> date:
    """A day as 2026-01-31; a time after it is left out."""
    try:
        return date.fromisoformat(words[:10])
    except ValueError:
        raise Invalid("{words} is no date: write it as 2026-01-31.", words=words) from None
