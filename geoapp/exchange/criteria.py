"""Files of criteria: the versions of the list by which platforms show who they are (JSON)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from geoapp.db.changes import Tally
from geoapp.db.text import read_by_language
from geoapp.errors import Invalid
from geoapp.exchange.layouts import Layout
from geoapp.exchange.rows import import_records, read_date
from geoapp.recognition.actions import CriteriaDraft, put_criteria
from geoapp.recognition.rules import MOST_ABOUT_LETTERS, read_criteria

FIELDS = {"version", "valid_from", "owners", "source", "criteria"}
MOST_VERSION = 9999


def import_criteria(session: Session, path: Path, _layout: Layout) -> Tally:
    """Import versions, the oldest first; one that names no `district` is for every district there
    is. A second time changes nothing, and a newer version stands beside the one before it.

    Raises:
        Invalid: no JSON list, or rows are wrong.
    """
    return import_records(
        session, path, read=_read_draft, name=lambda draft: str(draft.version), put=put_criteria
    )


def _read_draft(row: Mapping[str, Any]) -> CriteriaDraft:
    if set(row) != FIELDS:
        raise Invalid("A version has {names}.", names=", ".join(sorted(FIELDS)))
    return CriteriaDraft(
        version=_read_version(row["version"]),
        valid_from=read_date(str(row["valid_from"])),
        owners=read_by_language(row["owners"], field="owners", most=MOST_ABOUT_LETTERS),
        source=read_by_language(row["source"], field="source", most=MOST_ABOUT_LETTERS),
        criteria=read_criteria(row["criteria"]),
    )


def _read_version(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_VERSION:
        raise Invalid("A version is a whole number from 1.", field="version")
    return value
