"""Files of norms: how far is near, by version, with what the source says (JSON)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from geoapp.db.changes import Tally
from geoapp.districts.queries import Place
from geoapp.exchange.layouts import Layout
from geoapp.exchange.rows import convert_rows, read_places, read_records
from geoapp.norms.actions import put_norm
from geoapp.norms.rules import NormDraft, read_norm


@dataclass(frozen=True)
class NormRow:
    """One version of a norm, and the districts it is for."""

    draft: NormDraft
    places: tuple[Place, ...]

    @property
    def key(self) -> str:
        """What tells the version apart."""
        slugs = [place.slug for place in self.places]
        return " | ".join([self.draft.code, str(self.draft.version), *slugs])


def import_norms(session: Session, path: Path, _layout: Layout) -> Tally:
    """Import norms, the oldest version of each first; one that names no `district` is for every
    district there is. A second time changes nothing, and a changed norm is a new version beside
    the one before it.

    Raises:
        Invalid: no JSON list, or rows are wrong.
    """
    rows = convert_rows(
        [(session, row) for row in read_records(path)], _to_row, lambda row: row.key
    )
    tally = Tally()
    for row in rows:
        for place in row.places:
            change = put_norm(
                session, district_id=place.id, draft=row.draft, is_example=place.is_example
            )
            tally.count(change, f"{place.slug} | {row.draft.code} | {row.draft.version}")
    return tally


def _to_row(session: Session, row: Mapping[str, Any]) -> NormRow:
    draft = read_norm({name: value for name, value in row.items() if name != "district"})
    return NormRow(draft, read_places(session, row))
