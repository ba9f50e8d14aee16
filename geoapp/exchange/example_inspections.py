"""Example inspections, and the warnings that those done together led to."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.assets.rules import AssetEventKind, Precision
from geoapp.assets.tables import Asset, AssetEvent
from geoapp.districts.queries import Place
from geoapp.errors import Invalid
from geoapp.inspections.rules import (
    REPAIR_DAYS,
    Answer,
    CaseState,
    Result,
    check_answers,
    find_result,
    read_items,
)
from geoapp.inspections.tables import Checklist, Inspection, RemovalCase
from geoapp.people.tables import Organisation


@dataclass
class ExampleInspections:
    """Writes what the file tells; a place without lists has no inspections."""

    session: Session
    place: Place
    now: datetime
    lists: Mapping[str, Checklist]
    organisations: Mapping[str, uuid.UUID]
    assets: Mapping[str, Asset]

    @classmethod
    def open(cls, session: Session, *, place: Place, now: datetime) -> "ExampleInspections":
        """A writer with the district's lists, organisations and example things at hand."""
        lists = session.scalars(
            select(Checklist)
            .where(Checklist.district_id == place.id)
            .order_by(Checklist.kind, Checklist.version)
        )
        organisations = session.scalars(
            select(Organisation).where(Organisation.district_id == place.id)
        )
        assets = session.scalars(
            select(Asset).where(Asset.district_id == place.id, Asset.is_example)
        )
        return cls(
            session,
            place,
            now,
            {one.kind.value: one for one in lists},
            {one.slug: one.id for one in organisations},
            {one.name: one for one in assets},
        )

    def load(self, rows: list[dict[str, Any]]) -> None:
        """Write every row of a kind that has a list.

        Raises:
            Invalid: a row names what the district does not have.
        """
        for row in rows:
            asset = self.assets.get(row["asset"])
            if asset is None:
                raise Invalid("The examples name {name}, which is not there.", name=row["asset"])
            if asset.kind.value in self.lists:
                self._add(asset, self.lists[asset.kind.value], row)
        self.session.flush()

    def _add(self, asset: Asset, checklist: Checklist, row: dict[str, Any]) -> None:
        items = read_items(checklist.items)
        answers = check_answers(
            items, {**{item.code: Answer.YES.value for item in items}, **row.get("answers", {})}
        )
        done_at = self.now - timedelta(days=row["days_ago"])
        done_on = done_at.astimezone(ZoneInfo(self.place.time_zone)).date()
        together = row.get("with")
        inspection = Inspection(
            asset_id=asset.id,
            checklist_id=checklist.id,
            done_at=done_at,
            done_on=done_on,
            by_organisation_id=self.organisations[row["by"]],
            by_district=False,
            with_organisation_id=self.organisations[together] if together else None,
            confirmed_at=done_at if together else None,
            answers=answers,
            result=find_result(items, answers),
            note=row.get("note", ""),
            is_example=True,
        )
        self.session.add(inspection)
        self.session.add(
            AssetEvent(
                asset_id=asset.id,
                kind=AssetEventKind.INSPECTED,
                happened_on=done_on,
                precision=Precision.DAY,
                is_example=True,
            )
        )
        self.session.flush()
        if together and inspection.result is not Result.RIGHT:
            self.session.add(
                RemovalCase(
                    asset_id=asset.id,
                    inspection_id=inspection.id,
                    state=CaseState.WARNED,
                    warned_on=done_on,
                    repair_until=done_on + timedelta(days=REPAIR_DAYS),
                    is_example=True,
                )
            )
