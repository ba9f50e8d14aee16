"""Files of how much a list knows: of each area and kind complete, partial or unknown (CSV in
UTF-8)."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from geoapp.areas.actions import codes_in_force
from geoapp.areas.rules import Level
from geoapp.assets.rules import Kind
from geoapp.completeness.actions import KnownDraft, Saying, put_known
from geoapp.completeness.rules import Known, read_note
from geoapp.db.changes import Tally
from geoapp.db.text import read_words
from geoapp.districts.queries import Place, get_district
from geoapp.errors import Invalid
from geoapp.exchange.layouts import Layout
from geoapp.exchange.rows import convert_rows, need, read_date, read_lines, read_member

MOST_SOURCE_LETTERS = 200
EARLIEST, LATEST = 1950, 2100


@dataclass(frozen=True)
class Ground:
    """Where lines are for: a district, and the codes of its areas by level."""

    place: Place
    codes: Mapping[Level, Mapping[str, uuid.UUID]]


def import_completeness(session: Session, path: Path, layout: Layout) -> Tally:
    """Import what lists say of themselves; a second time changes nothing, and nothing is taken
    away. What people said after the day of a line goes before it.

    Raises:
        Invalid: no CSV, a column is missing, or rows are wrong.
    """
    place = get_district(session, slug=layout.district)
    codes = {level: codes_in_force(session, district_id=place.id, level=level) for level in Level}
    ground = Ground(place, codes)
    lines = [(layout, ground, line) for line in read_lines(path, layout)]
    drafts = convert_rows(lines, _to_draft, lambda draft: draft.key)
    return put_known(session, district_id=place.id, drafts=drafts, is_example=place.is_example)


def _to_draft(layout: Layout, ground: Ground, row: Mapping[str, Any]) -> KnownDraft:
    level = read_member(Level, need(layout, row, "level"))
    code = need(layout, row, "code")
    if code not in ground.codes[level]:
        raise Invalid("There is no area {code} of this level.", code=code)
    day = read_date(need(layout, row, "said_on"))
    if not EARLIEST <= day.year <= LATEST:
        raise Invalid("{day} is no day on which somebody said so.", day=day)
    source = read_words(need(layout, row, "source"), field="source", most=MOST_SOURCE_LETTERS)
    if not source:
        raise Invalid("The column {column} is empty.", column=layout.columns["source"])
    return KnownDraft(
        where=f"{level} {code}",
        area_id=ground.codes[level][code],
        said=Saying(
            read_member(Kind, need(layout, row, "kind")),
            read_member(Known, need(layout, row, "known")),
            read_note(need(layout, row, "note")),
        ),
        source=source,
        said_at=datetime.combine(day, time(), ZoneInfo(ground.place.time_zone)),
    )
