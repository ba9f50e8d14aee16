"""Files of the ladder: how long each organisation may take, and whom of it a report is brought to,
rung by rung (CSV in UTF-8). A rung names a role, never a person."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from geoapp.db.changes import Change, Tally
from geoapp.errors import Invalid
from geoapp.exchange.layouts import Layout
from geoapp.exchange.rows import RowProblem, WrongRows, convert_rows, need, read_lines
from geoapp.people.actions import put_days, put_rung
from geoapp.people.queries import get_contact, get_organisation
from geoapp.people.rules import RungDraft, read_days, read_rung
from geoapp.people.tables import Organisation

DAYS = ("answer_days", "acceptance_days", "silence_days")


@dataclass(frozen=True)
class LadderRow:
    """One line: an organisation, days of its own by name, and a rung of it, or none."""

    organisation: Organisation
    days: Mapping[str, int]
    rung: RungDraft | None

    @property
    def key(self) -> str:
        """What tells the line apart."""
        return f"{self.organisation.slug} | {self.rung.number if self.rung else 'days'}"


def import_ladder(session: Session, path: Path, layout: Layout) -> Tally:
    """Import days and rungs; a second time changes nothing, and what a file leaves empty stays as
    it was.

    Raises:
        Invalid: no CSV, a column is missing, or rows are wrong.
    """
    lines = [(session, layout, line) for line in read_lines(path, layout)]
    rows = convert_rows(lines, _to_row, lambda row: row.key)
    _check_alike(rows)
    return put_ladder_rows(session, rows)


def put_ladder_rows(session: Session, rows: list[LadderRow]) -> Tally:
    """Store days and rungs."""
    tally = Tally()
    for row in rows:
        changes = [put_days(session, organisation=row.organisation, days=row.days)]
        if row.rung is not None:
            changes.append(put_rung(session, organisation=row.organisation, draft=row.rung))
        most = (Change.NEW, Change.CHANGED, Change.SAME)
        tally.count(next(one for one in most if one in changes), row.key)
    return tally


def _to_row(session: Session, layout: Layout, row: Mapping[str, Any]) -> LadderRow:
    organisation = get_organisation(session, slug=need(layout, row, "organisation"))
    own = {name: read_days(layout.value(row, name) or "", field=name) for name in DAYS}
    days = {name: said for name, said in own.items() if said is not None}
    said = {name: layout.value(row, name) or "" for name in ("rung", "contact", "days")}
    if not any(said.values()):
        if not days:
            raise Invalid("The line says nothing: give days, or a rung with its contact.")
        return LadderRow(organisation, days, None)
    draft = RungDraft(
        read_rung(said["rung"]),
        need(layout, row, "contact"),
        read_days(said["days"], field="days"),
    )
    get_contact(session, organisation_id=organisation.id, role_name=draft.contact)
    return LadderRow(organisation, days, draft)


def _check_alike(rows: list[LadderRow]) -> None:
    """An organisation in several lines has the same days in each that says them."""
    first: defaultdict[str, dict[str, int]] = defaultdict(dict)
    problems = []
    for number, row in enumerate(rows, start=1):
        known = first[row.organisation.slug]
        if any(known.setdefault(name, days) != days for name, days in row.days.items()):
            words = "The same organisation has other days in a line above."
            problems.append(RowProblem(number, words))
    if problems:
        raise WrongRows(problems)
