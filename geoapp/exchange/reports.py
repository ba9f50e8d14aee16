"""What became of each row of a file, as a CSV file that a spreadsheet opens safely."""

import csv
from collections.abc import Iterable
from pathlib import Path

from geoapp.db.changes import Change, Tally
from geoapp.errors import Invalid
from geoapp.exchange.rows import WrongRows

COLUMNS = ("row", "key", "outcome", "what to do")
SAID = {
    Change.NEW: ("new", ""),
    Change.CHANGED: ("changed", ""),
    Change.SAME: ("the same", ""),
    Change.OUTSIDE: ("left out", "It lies outside every district: check its place."),
}
# What a spreadsheet would take for a formula (threats, T53).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_outcomes(path: Path, tally: Tally) -> None:
    """Write a line for each row that was read, in the file's order.

    Raises:
        Invalid: the file cannot be written.
    """
    _write(
        path,
        (
            (number, key, *SAID[change])
            for number, (key, change) in enumerate(tally.by_key.items(), start=1)
        ),
    )


def write_problems(path: Path, wrong: WrongRows) -> None:
    """Write a line for each row that was wrong, with what to do; nothing was imported.

    Raises:
        Invalid: the file cannot be written.
    """
    _write(path, ((row.number, "", "wrong", row.words) for row in wrong.rows))


def _write(path: Path, rows: Iterable[tuple[object, ...]]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(COLUMNS)
            writer.writerows([defuse(str(value)) for value in row] for row in rows)
    except OSError as error:
        raise Invalid(
            "{path} cannot be written: {reason}.", path=path, reason=error.strerror or error
        ) from error


def defuse(words: str) -> str:
    """`words` as a cell that no spreadsheet runs."""
    return f"'{words}" if words.startswith(FORMULA_STARTS) else words
