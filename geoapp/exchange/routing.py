"""Files of routing: who gets a report first that no keeper speaks for (CSV in UTF-8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from geoapp.areas.queries import Area
from geoapp.db.changes import Tally
from geoapp.defects.actions import put_routing_rule
from geoapp.defects.rules import Category
from geoapp.districts.tables import District
from geoapp.exchange.layouts import Layout
from geoapp.exchange.rows import convert_rows, need, read_area, read_lines, read_member
from geoapp.people.queries import get_organisation
from geoapp.people.tables import Organisation


@dataclass(frozen=True)
class RoutingRow:
    """One line: an organisation, and one area (None: the district) and category (None: all) of
    which it gets reports first. `district` is a slug."""

    organisation: Organisation
    district: str
    area: Area | None
    category: Category | None

    @property
    def key(self) -> str:
        """What tells the line apart: two organisations cannot both be the first."""
        area = self.area.slug if self.area else "everywhere"
        return " | ".join((self.district, area, self.category or "every category"))


def import_routing(session: Session, path: Path, layout: Layout) -> Tally:
    """Import rules of routing; a second time changes nothing, and nothing is taken away.

    Raises:
        Invalid: no CSV, a column is missing, or rows are wrong.
    """
    lines = [(session, layout, line) for line in read_lines(path, layout)]
    tally = Tally()
    for row in convert_rows(lines, _to_row, lambda row: row.key):
        change = put_routing_rule(
            session, organisation=row.organisation, area=row.area, category=row.category
        )
        tally.count(change, row.key)
    return tally


def _to_row(session: Session, layout: Layout, row: Mapping[str, Any]) -> RoutingRow:
    organisation = get_organisation(session, slug=need(layout, row, "organisation"))
    district = session.get_one(District, organisation.district_id)
    area = read_area(session, layout, row, district_id=district.id)
    category = layout.value(row, "category")
    return RoutingRow(
        organisation=organisation,
        district=district.slug,
        area=area,
        category=read_member(Category, category) if category else None,
    )
