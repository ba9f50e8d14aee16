"""Example choices of a commission, mandates, and files in which platforms show who they are."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.areas.queries import get_area
from geoapp.assets.tables import Asset
from geoapp.claims.actions import add_choice
from geoapp.claims.rules import ChoiceDraft
from geoapp.districts.queries import Place
from geoapp.errors import Invalid
from geoapp.people.tables import Organisation
from geoapp.platforms.tables import Platform, PlatformMandate
from geoapp.recognition.queries import find_list
from geoapp.recognition.rules import Decision, EvidenceKind, Side
from geoapp.recognition.tables import (
    RecognitionEntry,
    RecognitionEvidence,
    RecognitionFile,
    RecognitionRemark,
    RecognitionReview,
)

Value = TypeVar("Value")


@dataclass
class ExampleClaims:
    """Writes what the file tells; where no list of criteria holds, no platform has a file."""

    session: Session
    place: Place
    today: date
    platforms: Mapping[str, uuid.UUID]
    organisations: Mapping[str, uuid.UUID]
    codes: Mapping[str, str]

    @classmethod
    def open(cls, session: Session, *, place: Place, today: date) -> "ExampleClaims":
        """A writer with the district's platforms, organisations and example things at hand."""
        platforms = select(Platform).where(Platform.district_id == place.id)
        organisations = select(Organisation).where(Organisation.district_id == place.id)
        assets = select(Asset).where(Asset.district_id == place.id, Asset.is_example)
        return cls(
            session,
            place,
            today,
            {one.slug: one.id for one in session.scalars(platforms)},
            {one.slug: one.id for one in session.scalars(organisations)},
            {one.name: one.code for one in session.scalars(assets)},
        )

    def load(self, rows: Mapping[str, list[dict[str, Any]]]) -> None:
        """Write every row.

        Raises:
            Invalid: a row names what the district does not have.
        """
        writers: dict[str, Callable[[dict[str, Any]], None]] = {
            "choices": self._add_choice,
            "mandates": self._add_mandate,
            "recognition": self._add_file,
        }
        for kind, write in writers.items():
            for row in rows[kind]:
                write(row)
        self.session.flush()

    def _add_choice(self, row: dict[str, Any]) -> None:
        draft = ChoiceDraft(
            slugs=tuple(row["platforms"]),
            body=row["body"],
            reasons=row["reasons"],
            interests=row["interests"],
            still_possible=row["still_possible"],
            decided_on=self._ago(row["days_ago"]),
        )
        area = get_area(self.session, slug=row["area"])
        add_choice(self.session, area=area, draft=draft, after=0, is_example=True)

    def _add_mandate(self, row: dict[str, Any]) -> None:
        until = row["until_days"]
        self.session.add(
            PlatformMandate(
                platform_id=_find(self.platforms, row["platform"]),
                about=row["about"],
                role=row["role"],
                on_behalf_of=row["on_behalf_of"],
                valid_from=self._ago(row["since_days"]),
                valid_to=None if until is None else self._ago(-until),
                is_example=True,
            )
        )

    def _add_file(self, row: dict[str, Any]) -> None:
        criteria = find_list(self.session, district_id=self.place.id, today=self.today)
        if criteria is None:
            return
        platform_id = _find(self.platforms, row["platform"])
        self.session.add(
            RecognitionFile(
                platform_id=platform_id,
                list_id=criteria.id,
                published_at=datetime.combine(self._ago(60), time(hour=12), tzinfo=UTC),
                is_example=True,
            )
        )
        self.session.flush()
        for entry in row["entries"]:
            self._add_entry(platform_id, entry)
        for remark in row["remarks"]:
            self.session.add(
                RecognitionRemark(
                    platform_id=platform_id,
                    criterion=remark["criterion"],
                    words=remark["words"],
                    said_on=self._ago(40),
                    is_example=True,
                    **self._read_side(remark),
                )
            )
        for review in row["reviews"]:
            self.session.add(
                RecognitionReview(
                    platform_id=platform_id,
                    list_id=criteria.id,
                    decision=Decision(review["decision"]),
                    reasons=review["reasons"],
                    interests=review["interests"],
                    still_possible=review["still_possible"],
                    decided_on=self._ago(review["days_ago"]),
                    is_example=True,
                    **self._read_side(review),
                )
            )

    def _add_entry(self, platform_id: uuid.UUID, entry: dict[str, Any]) -> None:
        known = {"platform_id": platform_id, "criterion": entry["criterion"]}
        self.session.add(RecognitionEntry(**known, words=entry["words"]))
        self.session.flush()
        codes = [
            *((EvidenceKind.ASSET, _find(self.codes, name)) for name in entry.get("assets", [])),
            *((EvidenceKind.AGREEMENT, slug) for slug in entry.get("agreements", [])),
        ]
        self.session.add_all(
            RecognitionEvidence(**known, kind=kind, code=code) for kind, code in codes
        )

    def _read_side(self, row: dict[str, Any]) -> dict[str, Any]:
        """A platform by its slug is a peer; a body is the commission."""
        if "by" in row:
            own_id = _find(self.organisations, row["by"])
            return {"side": Side.PEER, "organisation_id": own_id, "body": ""}
        return {"side": Side.COMMISSION, "organisation_id": None, "body": row["body"]}

    def _ago(self, days: int) -> date:
        return self.today - timedelta(days=days)


def _find(known: Mapping[str, Value], name: str) -> Value:
    if name not in known:
        raise Invalid("The examples name {name}, which is not there.", name=name)
    return known[name]
