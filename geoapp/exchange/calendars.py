"""Files of calendars: public holidays, school vacations and local days of districts (CSV in
UTF-8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from geoapp.db.changes import Tally
from geoapp.districts.queries import Place, get_district
from geoapp.exchange.layouts import Layout
from geoapp.exchange.rows import convert_rows, need, read_date, read_lines, read_member
from geoapp.hours.actions import put_calendar_day
from geoapp.hours.rules import CalendarEntry, DayKind, check_entry


@dataclass(frozen=True)
class CalendarRow:
    """One line: days of a district that are not like others, and whence that is known."""

    place: Place
    entry: CalendarEntry
    source: str

    @property
    def key(self) -> str:
        """What tells the line apart."""
        return " | ".join((self.place.slug, self.entry.kind, self.entry.first_day.isoformat()))


def import_calendar(session: Session, path: Path, layout: Layout) -> Tally:
    """Import days; a second time changes nothing, and nothing is taken away.

    Raises:
        Invalid: no CSV, a column is missing, or rows are wrong.
    """
    lines = [(session, layout, line) for line in read_lines(path, layout)]
    tally = Tally()
    for row in convert_rows(lines, _to_row, lambda row: row.key):
        change = put_calendar_day(
            session,
            district_id=row.place.id,
            entry=row.entry,
            source=row.source,
            is_example=row.place.is_example,
        )
        tally.count(change, row.key)
    return tally


def _to_row(session: Session, layout: Layout, row: Mapping[str, Any]) -> CalendarRow:
    first_day = read_date(need(layout, row, "first_day"))
    last_day = layout.value(row, "last_day")
    entry = CalendarEntry(
        kind=read_member(DayKind, need(layout, row, "kind")),
        first_day=first_day,
        last_day=read_date(last_day) if last_day else first_day,
        name=need(layout, row, "name"),
    )
    check_entry(entry)
    place = get_district(session, slug=need(layout, row, "district"))
    return CalendarRow(place, entry, need(layout, row, "source"))
