"""Questions about the round, what was found on it, the ladder, and what is asked to go."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, cast, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from geoapp.areas.queries import areas_at
from geoapp.assets.queries import AssetFacts, list_assets
from geoapp.assets.rules import PhysicalStatus
from geoapp.assets.tables import Asset, MaintenanceDuty
from geoapp.db import spatial
from geoapp.inspections.rules import (
    MOST_ALTERNATIVES,
    OPEN,
    Alternative,
    CaseState,
    Displacement,
    Item,
    Reasons,
    Result,
    read_displacement,
    read_items,
)
from geoapp.inspections.tables import Checklist, Inspection, RemovalCase, RemovalRequest
from geoapp.ledger.rules import Verdict
from geoapp.ledger.tables import SecondLook
from geoapp.people.tables import Organisation

LonLat = tuple[float, float]


@dataclass(frozen=True)
class ListFacts:
    """A list of questions, as it is walked by."""

    id: uuid.UUID
    version: int
    starts_on: date
    every_days: int
    items: tuple[Item, ...]
    source: str


@dataclass(frozen=True)
class InspectionFacts:
    """What was found; `person_id` and the other ids are never published.

    `together` is the other side where it was done together, and `is_shared` whether that side has
    confirmed it.
    """

    id: uuid.UUID
    asset_id: uuid.UUID
    number: int
    done_on: date
    by: str
    by_id: uuid.UUID
    by_district: bool
    person_id: uuid.UUID | None
    together: str
    together_id: uuid.UUID | None
    is_shared: bool
    answers: Mapping[str, str]
    result: Result
    note: str
    picture_id: uuid.UUID | None
    items: tuple[Item, ...]
    version: int
    list_since: date
    is_example: bool

    @property
    def is_waiting(self) -> bool:
        """True where the other side has still to say that they were there."""
        return self.together_id is not None and not self.is_shared


@dataclass(frozen=True)
class CaseFacts:
    """A warning and where it stands."""

    id: uuid.UUID
    asset_id: uuid.UUID
    state: CaseState
    warned_on: date
    repair_until: date
    ended_on: date | None
    ended_because: str
    is_example: bool

    def is_late(self, today: date) -> bool:
        """True where there was time for repair, and it is over."""
        return self.state in OPEN and today > self.repair_until


@dataclass(frozen=True)
class RequestFacts:
    """What is asked to be taken away; `asked_by` is never published. No outcome: it waits."""

    id: uuid.UUID
    asset_id: uuid.UUID
    look_id: uuid.UUID
    case_id: uuid.UUID | None
    reasons: Reasons
    displacement: Displacement
    asked_on: date
    asked_by: uuid.UUID | None
    organisation: str
    by_officer: bool
    outcome: Verdict | None
    settled_on: date | None
    settled_organisation: str
    answer: str
    is_example: bool


# -- Lists and the round -----------------------------------------------------------------------


def _in_force(today: date) -> Select[Any]:
    return (
        select(Checklist)
        .ext(distinct_on(Checklist.district_id, Checklist.kind))
        .where(Checklist.starts_on <= today)
        .order_by(Checklist.district_id, Checklist.kind, Checklist.version.desc())
    )


def list_in_force(session: Session, *, asset: AssetFacts, today: date) -> ListFacts | None:
    """What is asked of such a thing today; None: nobody has said."""
    own = (Checklist.district_id == asset.district_id, Checklist.kind == asset.kind)
    row = session.scalar(_in_force(today).where(*own))
    return None if row is None else _to_list(row)


def get_list(session: Session, *, asset: AssetFacts, version: int) -> ListFacts | None:
    """A list of such a thing by its version, in force or not any more."""
    own = (Checklist.district_id == asset.district_id, Checklist.kind == asset.kind)
    row = session.scalar(select(Checklist).where(*own, Checklist.version == version))
    return None if row is None else _to_list(row)


def overdue(today: date) -> Select[uuid.UUID, date]:
    """Things in use that ask for a look, each with the day since which (`asset_id`, `since`).

    What was never looked at does so from the day on which the first list of its kind began.
    """
    lists = _in_force(today).subquery("list_in_force")
    first = aliased(Checklist)
    began = (
        select(func.min(first.starts_on))
        .where(first.district_id == Asset.district_id, first.kind == Asset.kind)
        .scalar_subquery()
    )
    last = (
        select(func.max(Inspection.done_on))
        .where(Inspection.asset_id == Asset.id)
        .scalar_subquery()
    )
    since: ColumnElement[date] = cast(func.coalesce(last + lists.c.every_days, began), Date)
    return (
        select(Asset.id.label("asset_id"), since.label("since"))
        .join(lists, (lists.c.district_id == Asset.district_id) & (lists.c.kind == Asset.kind))
        .where(Asset.physical_status == PhysicalStatus.IN_USE, since <= today)
    )


def list_due(
    session: Session, *, organisation_id: uuid.UUID, near: LonLat, today: date, limit: int
) -> tuple[list[AssetFacts], int]:
    """What this organisation owns or keeps and is due for a look, the nearest to `near` (lon, lat)
    first; and how many in all."""
    due = overdue(today).subquery("due")
    kept = select(MaintenanceDuty.asset_id).where(
        MaintenanceDuty.organisation_id == organisation_id,
        (MaintenanceDuty.until.is_(None)) | (MaintenanceDuty.until >= today),
        (MaintenanceDuty.starts_on.is_(None)) | (MaintenanceDuty.starts_on <= today),
    )
    rows = session.execute(
        select(Asset.id, func.count().over())
        .join(due, due.c.asset_id == Asset.id)
        .where(or_(Asset.owner_id == organisation_id, Asset.id.in_(kept)))
        .order_by(spatial.distance_m(Asset.point, *near), Asset.id)
        .limit(limit)
    ).all()
    order = {row[0]: number for number, row in enumerate(rows)}
    found = list_assets(session, where=[Asset.id.in_(order)], limit=limit)
    return sorted(found, key=lambda asset: order[asset.id]), rows[0][1] if rows else 0


# -- What was found ----------------------------------------------------------------------------


def last_inspection_of(session: Session, *, asset_id: uuid.UUID) -> InspectionFacts | None:
    """The newest look at a thing; None: there was none."""
    found = _inspections().where(Inspection.asset_id == asset_id)
    row = session.execute(found.order_by(Inspection.number.desc()).limit(1)).first()
    return None if row is None else _to_inspection(row)


def last_days_of(session: Session, *, asset_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, date]:
    """When each of these was last looked at; what never was is not in the answer."""
    days = select(Inspection.asset_id, func.max(Inspection.done_on).label("day"))
    rows = session.execute(
        days.where(Inspection.asset_id.in_(asset_ids)).group_by(Inspection.asset_id)
    )
    return {row.asset_id: row.day for row in rows}


def find_inspection(
    session: Session, *, asset_id: uuid.UUID, number: int
) -> InspectionFacts | None:
    """One look at a thing by its number; None: there is none."""
    found = _inspections().where(Inspection.asset_id == asset_id, Inspection.number == number)
    row = session.execute(found).first()
    return None if row is None else _to_inspection(row)


def _inspections() -> spatial.Rows:
    other = aliased(Organisation)
    return (
        select(Inspection, Checklist, Organisation.name, func.coalesce(other.name, ""))
        .join(Checklist, Checklist.id == Inspection.checklist_id)
        .join(Organisation, Organisation.id == Inspection.by_organisation_id)
        .outerjoin(other, other.id == Inspection.with_organisation_id)
    )


def _to_inspection(row: Any) -> InspectionFacts:
    inspection, checklist, by, together = row
    return InspectionFacts(
        id=inspection.id,
        asset_id=inspection.asset_id,
        number=inspection.number,
        done_on=inspection.done_on,
        by=by,
        by_id=inspection.by_organisation_id,
        by_district=inspection.by_district,
        person_id=inspection.person_id,
        together=together,
        together_id=inspection.with_organisation_id,
        is_shared=inspection.confirmed_at is not None,
        answers=inspection.answers,
        result=inspection.result,
        note=inspection.note,
        picture_id=inspection.picture_id,
        items=read_items(checklist.items),
        version=checklist.version,
        list_since=checklist.starts_on,
        is_example=inspection.is_example,
    )


def _to_list(row: Checklist) -> ListFacts:
    items = read_items(row.items)
    return ListFacts(row.id, row.version, row.starts_on, row.every_days, items, row.source)


# -- The ladder and removal --------------------------------------------------------------------


def last_case_of(session: Session, *, asset_id: uuid.UUID) -> CaseFacts | None:
    """The open case of a thing, else the last that ended; None: it was never warned of."""
    rows = select(RemovalCase).where(RemovalCase.asset_id == asset_id)
    newest = rows.order_by(RemovalCase.ended_on.desc().nulls_first(), RemovalCase.id.desc())
    row = session.scalar(newest.limit(1))
    return None if row is None else to_case(row)


def to_case(row: RemovalCase) -> CaseFacts:
    """A case as it is stored."""
    return CaseFacts(
        row.id,
        row.asset_id,
        row.state,
        row.warned_on,
        row.repair_until,
        row.ended_on,
        row.ended_because,
        row.is_example,
    )


def last_request_of(session: Session, *, asset_id: uuid.UUID) -> RequestFacts | None:
    """What was last asked about taking a thing away; None: nobody did."""
    found = _requests().where(RemovalRequest.asset_id == asset_id)
    row = session.execute(found.order_by(RemovalRequest.id.desc()).limit(1)).first()
    return None if row is None else _to_request(row)


def list_open_requests(
    session: Session, *, district_id: uuid.UUID, limit: int
) -> list[RequestFacts]:
    """What waits for a second person in a district, the oldest first."""
    inside = RemovalRequest.asset_id.in_(_assets_of(district_id))
    found = _requests().where(inside, RemovalRequest.outcome.is_(None))
    rows = session.execute(found.order_by(RemovalRequest.id).limit(limit))
    return [_to_request(row) for row in rows]


def list_open_cases(session: Session, *, district_id: uuid.UUID, limit: int) -> list[CaseFacts]:
    """The open cases of a district, those with the least time left first."""
    rows = session.scalars(
        select(RemovalCase)
        .where(RemovalCase.asset_id.in_(_assets_of(district_id)), RemovalCase.state.in_(OPEN))
        .order_by(RemovalCase.repair_until, RemovalCase.id)
        .limit(limit)
    )
    return [to_case(row) for row in rows]


def list_unconfirmed(
    session: Session, *, district_id: uuid.UUID, since: date, limit: int
) -> list[InspectionFacts]:
    """The newest looks that a keeper wrote down together with the district, which has still to say
    so; those done since a day, the oldest first."""
    newer = aliased(Inspection)
    is_newest = ~(
        select(newer.id)
        .where(newer.asset_id == Inspection.asset_id, newer.number > Inspection.number)
        .exists()
    )
    rows = session.execute(
        _inspections()
        .where(
            Inspection.asset_id.in_(_assets_of(district_id)),
            Inspection.with_organisation_id.is_not(None),
            Inspection.confirmed_at.is_(None),
            Inspection.by_district.is_(False),
            Inspection.done_on >= since,
            is_newest,
        )
        .order_by(Inspection.number)
        .limit(limit)
    )
    return [_to_inspection(row) for row in rows]


def _assets_of(district_id: uuid.UUID) -> Select[uuid.UUID]:
    return select(Asset.id).where(Asset.district_id == district_id)


def _requests() -> spatial.Rows:
    settler = aliased(Organisation)
    return (
        select(
            RemovalRequest,
            SecondLook.asked_by,
            Organisation.name,
            func.coalesce(settler.name, ""),
        )
        .join(SecondLook, SecondLook.id == RemovalRequest.look_id)
        .join(Organisation, Organisation.id == RemovalRequest.organisation_id)
        .outerjoin(settler, settler.id == RemovalRequest.settled_organisation_id)
    )


def _to_request(row: Any) -> RequestFacts:
    request, asked_by, organisation, settled_organisation = row
    return RequestFacts(
        id=request.id,
        asset_id=request.asset_id,
        look_id=request.look_id,
        case_id=request.case_id,
        reasons=Reasons(
            request.ground,
            request.reason,
            request.interests,
            request.decides,
            request.still_possible,
        ),
        displacement=read_displacement(request.displacement),
        asked_on=request.asked_on,
        asked_by=asked_by,
        organisation=organisation,
        by_officer=request.by_officer,
        outcome=request.outcome,
        settled_on=request.settled_on,
        settled_organisation=settled_organisation,
        answer=request.answer,
        is_example=request.is_example,
    )


def list_alternatives(
    session: Session, *, asset: AssetFacts, limit: int = MOST_ALTERNATIVES
) -> tuple[Alternative, ...]:
    """The nearest things of the same kind that are in use, in whatever district, the nearest first;
    by the index on places, so however many things there are."""
    rows = session.execute(
        select(Asset.code, Asset.name, spatial.distance_m(Asset.point, asset.lon, asset.lat))
        .where(
            Asset.kind == asset.kind,
            Asset.id != asset.id,
            Asset.physical_status == PhysicalStatus.IN_USE,
        )
        .order_by(spatial.nearness(Asset.point, asset.lon, asset.lat))
        .limit(limit)
    )
    return tuple(Alternative(code, name, round(distance_m)) for code, name, distance_m in rows)


def displacement_of(
    session: Session, *, asset: AssetFacts, open_reports: int, hours: str
) -> Displacement:
    """Whom it touches when a thing goes; reports and hours are known to others."""
    official = [area for area in areas_at(session, lon=asset.lon, lat=asset.lat) if area.level]
    counted = next((area for area in official if area.figures), None)
    figures = counted.figures if counted else None
    return Displacement(
        alternatives=list_alternatives(session, asset=asset),
        area=counted.name if counted else "",
        households=figures.households if figures else None,
        inhabitants=figures.inhabitants if figures else None,
        year=figures.year if figures else None,
        open_reports=open_reports,
        hours=hours,
    )


def assets_of(session: Session, *, asset_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, AssetFacts]:
    """These things by id; what was taken away is not in it."""
    found = list_assets(session, where=[Asset.id.in_(asset_ids)], limit=len(asset_ids))
    return {asset.id: asset for asset in found}
