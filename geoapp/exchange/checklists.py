"""Files of lists: what is asked of every thing of a kind on the round, and how often (JSON)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from geoapp.assets.rules import Kind
from geoapp.db.changes import Tally
from geoapp.defects.rules import Category
from geoapp.districts.queries import Place
from geoapp.errors import Invalid
from geoapp.exchange.layouts import Layout
from geoapp.exchange.rows import convert_rows, read_date, read_member, read_places, read_records
from geoapp.inspections.actions import ListDraft, put_checklist
from geoapp.inspections.rules import check_every_days, read_items

FIELDS = {"kind", "starts_on", "every_days", "source", "items"}


@dataclass(frozen=True)
class ListRow:
    """One list, and the districts it is for."""

    draft: ListDraft
    places: tuple[Place, ...]

    @property
    def key(self) -> str:
        """What tells the list apart."""
        return " | ".join([self.draft.kind, *(place.slug for place in self.places)])


def import_checklists(session: Session, path: Path, _layout: Layout) -> Tally:
    """Import lists; one that names no `district` is for every district there is. A second time
    changes nothing, and a changed list stands beside the one before it.

    Raises:
        Invalid: no JSON list, or rows are wrong.
    """
    rows = convert_rows(
        [(session, row) for row in read_records(path)], _to_row, lambda row: row.key
    )
    tally = Tally()
    for row in rows:
        for place in row.places:
            change = put_checklist(
                session, district_id=place.id, draft=row.draft, is_example=place.is_example
            )
            tally.count(change, f"{place.slug} | {row.draft.kind}")
    return tally


def _to_row(session: Session, row: Mapping[str, Any]) -> ListRow:
    names = set(row) - {"district"}
    if names != FIELDS:
        raise Invalid("A list has {names}.", names=", ".join(sorted(FIELDS)))
    items = read_items(row["items"])
    for item in items:
        read_member(Category, item.category)
    draft = ListDraft(
        kind=read_member(Kind, str(row["kind"])),
        starts_on=read_date(str(row["starts_on"])),
        every_days=check_every_days(row["every_days"]),
        items=items,
        source=str(row["source"]),
    )
    return ListRow(draft, read_places(session, row))
