"""Files of contacts: roles one can call, with mandate and scope (CSV in UTF-8). No person stands in
one: who it is today is said by command."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from geoapp.areas.actions import put_contact_scope
from geoapp.areas.queries import Area
from geoapp.areas.rules import Theme
from geoapp.db.changes import Change, Tally
from geoapp.errors import Invalid
from geoapp.exchange.layouts import Layout
from geoapp.exchange.rows import (
    RowProblem,
    WrongRows,
    convert_rows,
    need,
    read_area,
    read_lines,
    read_member,
)
from geoapp.people.actions import ContactDraft, put_contact
from geoapp.people.queries import get_organisation
from geoapp.people.rules import Mandate
from geoapp.people.tables import Organisation


@dataclass(frozen=True)
class ContactRow:
    """One line: a contact, and one area (None: the district) and theme (None: all) it is for."""

    organisation: Organisation
    draft: ContactDraft
    area: Area | None
    theme: Theme | None

    @property
    def key(self) -> str:
        """What tells the line apart."""
        area = self.area.slug if self.area else ""
        parts = (self.organisation.slug, self.draft.role_name, area, self.theme or "")
        return " | ".join(parts)


def import_contacts(session: Session, path: Path, layout: Layout) -> Tally:
    """Import contacts; a second time changes nothing, and nothing is taken away.

    Raises:
        Invalid: no CSV, a column is missing or is none of ours, or rows are wrong.
    """
    lines = read_lines(path, layout)
    strange = sorted(set(map(str, lines[0])) - set(layout.columns.values()))
    if strange:
        raise Invalid(
            "{path} has the columns {names}: leave them out. Who it is today is no thing for a "
            "file: `geoapp contacts assign` says it.",
            path=path,
            names=", ".join(strange),
        )

    rows = convert_rows([(session, layout, line) for line in lines], _to_row, lambda row: row.key)
    _check_alike(rows)
    return put_contact_rows(session, rows)


def put_contact_rows(session: Session, rows: list[ContactRow]) -> Tally:
    """Store contacts with their scopes."""
    tally = Tally()
    for row in rows:
        contact, change = put_contact(session, organisation=row.organisation, draft=row.draft)
        scope = put_contact_scope(session, contact=contact, area=row.area, theme=row.theme)
        tally.count(Change.NEW if Change.NEW in (change, scope) else change, row.key)
    return tally


def _to_row(session: Session, layout: Layout, row: Mapping[str, Any]) -> ContactRow:
    organisation = get_organisation(session, slug=need(layout, row, "organisation"))
    area = read_area(session, layout, row, district_id=organisation.district_id)
    theme = layout.value(row, "theme")
    draft = ContactDraft(
        role_name=need(layout, row, "role_name"),
        how_to_reach=need(layout, row, "how_to_reach"),
        mandate=read_member(Mandate, need(layout, row, "mandate")),
        is_example=organisation.is_example,
    )
    return ContactRow(organisation, draft, area, read_member(Theme, theme) if theme else None)


def _check_alike(rows: list[ContactRow]) -> None:
    """One contact in several lines is said alike in each."""
    first: dict[tuple[str, str], ContactDraft] = {}
    problems = []
    for number, row in enumerate(rows, start=1):
        known = first.setdefault((row.organisation.slug, row.draft.role_name), row.draft)
        if known != row.draft:
            words = "The same role has another mandate or way to reach it in a line above."
            problems.append(RowProblem(number, words))
    if problems:
        raise WrongRows(problems)
