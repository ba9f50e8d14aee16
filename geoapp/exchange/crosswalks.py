"""Crosswalk files: old and new codes of areas, with the old areas' figures (CSV in UTF-8)."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from geoapp.areas.actions import CrosswalkDraft, put_crosswalk
from geoapp.areas.rules import Level
from geoapp.db.changes import Tally
from geoapp.districts.queries import get_district
from geoapp.errors import Invalid
from geoapp.exchange.layouts import Layout
from geoapp.exchange.rows import convert_rows, need, read_lines

MOST_COUNT = 1_000_000_000


def import_crosswalk(session: Session, path: Path, layout: Layout) -> Tally:
    """Import a crosswalk; a second time changes nothing.

    Raises:
        Invalid: no CSV, a column is missing, or rows are wrong.
    """
    place = get_district(session, slug=layout.district)
    drafts = convert_rows(
        [(line,) for line in read_lines(path, layout)],
        partial(_to_crosswalk, layout),
        lambda draft: draft.key,
    )
    return put_crosswalk(session, district_id=place.id, level=Level(layout.level), drafts=drafts)


def _to_crosswalk(layout: Layout, row: Mapping[str, Any]) -> CrosswalkDraft:
    return CrosswalkDraft(
        old_code=need(layout, row, "old_code"),
        old_name=need(layout, row, "old_name"),
        old_statistics_code=layout.value(row, "old_statistics_code"),
        new_code=need(layout, row, "new_code"),
        new_name=need(layout, row, "new_name"),
        share_old=_read_share(need(layout, row, "share_old")),
        share_new=_read_share(need(layout, row, "share_new")),
        inhabitants=_read_count(layout.value(row, "inhabitants")),
        households=_read_count(layout.value(row, "households")),
        households_with_children=_read_count(layout.value(row, "households_with_children")),
        year=int(layout.fixed["year"]),
        rounded_to=layout.fixed.get("rounded_to"),
        source=layout.source,
        licence=layout.licence,
    )


def _read_share(words: str) -> float:
    """A share to 4 decimals, as the table keeps it."""
    try:
        share = round(float(words), 4)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise Invalid("{words} is no share: it is a number above 0, at most 1.", words=words)
    return share


def _read_count(words: str | None) -> int | None:
    if words is None:
        return None
    try:
        count = float(words)
    except ValueError:
        count = -1.0
    if not 0 <= count <= MOST_COUNT:
        raise Invalid("{words} is no count of people or homes.", words=words)
    return int(count)
