"""Files of lists: what is asked of every thing of a kind on the round, and how often (JSON)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from geoapp.assets.rules import Kind
from geoapp.db.changes import Tally
from geoapp.defects.rules import Category
from geoapp.errors import Invalid
from geoapp.exchange.layouts import Layout
from geoapp.exchange.rows import import_records, read_date, read_member
from geoapp.inspections.actions import ListDraft, put_checklist
from geoapp.inspections.rules import check_every_days, read_items

FIELDS = {"kind", "starts_on", "every_days", "source", "items"}


def import_checklists(session: Session, path: Path, _layout: Layout) -> Tally:
    """Import lists; one that names no `district` is for every district there is. A second time
    changes nothing, and a changed list stands beside the one before it.

    Raises:
        Invalid: no JSON list, or rows are wrong.
    """
    return import_records(
        session, path, read=_read_draft, name=lambda draft: str(draft.kind), put=put_checklist
    )


def _read_draft(row: Mapping[str, Any]) -> ListDraft:
    if set(row) != FIELDS:
        raise Invalid("A list has {names}.", names=", ".join(sorted(FIELDS)))
    items = read_items(row["items"])
    for item in items:
        read_member(Category, item.category)
    return ListDraft(
        kind=read_member(Kind, str(row["kind"])),
        starts_on=read_date(str(row["starts_on"])),
        every_days=check_every_days(row["every_days"]),
        items=items,
        source=str(row["source"]),
    )
