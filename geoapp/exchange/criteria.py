"""Files of criteria: the versions of the list by which platforms show who they are (JSON)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from geoapp.db.changes import Tally
from geoapp.db.text import read_by_language
from geoapp.districts.queries import Place
from geoapp.errors import Invalid
from geoapp.exchange.layouts import Layout
from geoapp.exchange.rows import convert_rows, read_date, read_places, read_records
from geoapp.recognition.actions import CriteriaDraft, put_criteria
from geoapp.recognition.rules import MOST_ABOUT_LETTERS, read_criteria

FIELDS = {"version", "valid_from", "owners", "source", "criteria"}
MOST_VERSION = 9999


@dataclass(frozen=True)
class VersionRow:
    """One version, and the districts it is for."""

    draft: CriteriaDraft
    places: tuple[Place, ...]

    @property
    def key(self) -> str:
        """What tells the version apart."""
        return " | ".join([str(self.draft.version), *(place.slug for place in self.places)])


def import_criteria(session: Session, path: Path, _layout: Layout) -> Tally:
    """Import versions, the oldest first; one that names no `district` is for every district there
    is. A second time changes nothing, and a newer version stands beside the one before it.

    Raises:
        Invalid: no JSON list, or rows are wrong.
    """
    rows = convert_rows(
        [(session, row) for row in read_records(path)], _to_row, lambda row: row.key
    )
    tally = Tally()
    for row in rows:
        for place in row.places:
            change = put_criteria(
                session, district_id=place.id, draft=row.draft, is_example=place.is_example
            )
            tally.count(change, f"{place.slug} | {row.draft.version}")
    return tally


def _to_row(session: Session, row: Mapping[str, Any]) -> VersionRow:
    if set(row) - {"district"} != FIELDS:
        raise Invalid("A version has {names}.", names=", ".join(sorted(FIELDS)))
    draft = CriteriaDraft(
        version=_read_version(row["version"]),
        valid_from=read_date(str(row["valid_from"])),
        owners=read_by_language(row["owners"], field="owners", most=MOST_ABOUT_LETTERS),
        source=read_by_language(row["source"], field="source", most=MOST_ABOUT_LETTERS),
        criteria=read_criteria(row["criteria"]),
    )
    return VersionRow(draft, read_places(session, row))


def _read_version(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_VERSION:
        raise Invalid("A version is a whole number from 1.", field="version")
    return value
