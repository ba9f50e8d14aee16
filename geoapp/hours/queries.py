"""Questions about hours: when a thing opens, whether it is open, and what the calendar says."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from geoapp.assets.queries import AssetFacts
from geoapp.assets.rules import STANDING, Kind
from geoapp.assets.tables import Asset
from geoapp.db import spatial
from geoapp.districts.queries import Place
from geoapp.districts.tables import District
from geoapp.hours.rules import (
    LOOK_AHEAD_DAYS,
    CalendarEntry,
    Opening,
    OtherDay,
    is_open_at,
)
from geoapp.hours.tables import CalendarDay, HoursException, OpeningHours
from geoapp.hours.weeks import read_spans
from geoapp.people.tables import Organisation


@dataclass(frozen=True)
class DayTold:
    """A day that differs, as whoever keeps the hours sees it."""

    on_day: date
    other: OtherDay
    by: str
    is_example: bool


@dataclass(frozen=True)
class HoursFacts:
    """When an asset opens, who told it and since when. `version` 0: nobody has told it yet."""

    opening: Opening
    version: int
    by: str
    since: date | None
    is_example: bool
    days_told: tuple[DayTold, ...]


def hours_of(session: Session, *, asset: AssetFacts, place: Place, today: date) -> HoursFacts:
    """The hours of an asset, and the days from today on that differ."""
    told = session.execute(
        select(OpeningHours, Organisation.name)
        .outerjoin(Organisation, Organisation.id == OpeningHours.organisation_id)
        .where(OpeningHours.asset_id == asset.id)
    ).first()
    row: OpeningHours | None = told[0] if told else None
    days = days_told_of(session, asset_id=asset.id, today=today)
    calendar = calendar_of(
        session,
        district_ids=[place.id],
        first_day=today,
        last_day=today + timedelta(days=LOOK_AHEAD_DAYS),
    )
    opening = Opening(
        hours=row.hours if row else None,
        zone=ZoneInfo(place.time_zone),
        lon=asset.lon,
        lat=asset.lat,
        other_days={day.on_day: day.other for day in days},
        calendar=calendar.get(place.id, ()),
    )
    return HoursFacts(
        opening=opening,
        version=row.version if row else 0,
        by=(told[1] or "") if told else "",
        since=row.since if row else None,
        is_example=row is not None and row.is_example,
        days_told=tuple(days),
    )


def days_told_of(session: Session, *, asset_id: uuid.UUID, today: date) -> list[DayTold]:
    """The days from today on that differ, the nearest first."""
    rows = session.execute(
        select(HoursException, Organisation.name)
        .outerjoin(Organisation, Organisation.id == HoursException.organisation_id)
        .where(HoursException.asset_id == asset_id, HoursException.on_day >= today)
        .order_by(HoursException.on_day)
    )
    return [
        DayTold(day.on_day, to_other_day(day), name or "", day.is_example) for day, name in rows
    ]


def open_now_of(
    session: Session, *, asset_ids: Sequence[uuid.UUID], now: datetime
) -> dict[uuid.UUID, bool | None]:
    """Which of these assets are open at this instant; one nobody has told of is not in the answer.

    Two statements, however many there are.
    """
    rows = session.execute(_told_now(now).where(Asset.id.in_(asset_ids))).all()
    districts = {row.district_id for row in rows}
    yesterday, tomorrow = ((now + timedelta(days=n)).date() for n in (-1, 1))
    calendar = calendar_of(
        session, district_ids=list(districts), first_day=yesterday, last_day=tomorrow
    )
    found: dict[uuid.UUID, bool | None] = {}
    days: dict[uuid.UUID, dict[date, OtherDay]] = {}
    for row in rows:
        if row.HoursException is not None:
            other = to_other_day(row.HoursException)
            days.setdefault(row.id, {})[row.HoursException.on_day] = other
        opening = Opening(
            hours=row.hours,
            zone=ZoneInfo(row.time_zone),
            lon=row.lon,
            lat=row.lat,
            other_days=days.get(row.id, {}),
            calendar=calendar.get(row.district_id, ()),
        )
        found[row.id] = is_open_at(opening, now)
    return found


def _told_now(now: datetime) -> spatial.Rows:
    """A row for each asset with hours, and one for each of its days around `now` that differs."""
    # Whatever the district's clock, its day is one of these three.
    near = HoursException.on_day.in_([(now + timedelta(days=n)).date() for n in (-1, 0, 1)])
    is_told: ColumnElement[bool] = or_(OpeningHours.id.is_not(None), HoursException.id.is_not(None))
    return (
        select(
            Asset.id,
            Asset.district_id,
            District.time_zone,
            OpeningHours.hours,
            HoursException,
            spatial.longitude(Asset.point).label("lon"),
            spatial.latitude(Asset.point).label("lat"),
        )
        .join(District, District.id == Asset.district_id)
        .outerjoin(OpeningHours, OpeningHours.asset_id == Asset.id)
        .outerjoin(HoursException, (HoursException.asset_id == Asset.id) & near)
        .where(is_told)
    )


def count_without_hours(session: Session, *, district_id: uuid.UUID) -> dict[Kind, tuple[int, int]]:
    """Of each kind that stands in a district how many there are, and of how many nobody has told
    when they open."""
    is_told = exists().where(OpeningHours.asset_id == Asset.id)
    rows = session.execute(
        select(Asset.kind, func.count(), func.count().filter(~is_told))
        .where(Asset.district_id == district_id, Asset.physical_status.in_(STANDING))
        .group_by(Asset.kind)
    )
    return {kind: (count, without) for kind, count, without in rows}


def calendar_of(
    session: Session, *, district_ids: Sequence[uuid.UUID], first_day: date, last_day: date
) -> dict[uuid.UUID, list[CalendarEntry]]:
    """What the calendars of these districts say of the days from the first to the last."""
    rows = session.scalars(
        select(CalendarDay)
        .where(
            CalendarDay.district_id.in_(district_ids),
            CalendarDay.first_day <= last_day,
            CalendarDay.last_day >= first_day,
        )
        .order_by(CalendarDay.first_day, CalendarDay.kind)
    )
    found: dict[uuid.UUID, list[CalendarEntry]] = {}
    for row in rows:
        entry = CalendarEntry(row.kind, row.first_day, row.last_day, row.name)
        found.setdefault(row.district_id, []).append(entry)
    return found


def to_other_day(row: HoursException) -> OtherDay:
    """A day that differs, as it is stored."""
    spans = None if row.hours is None else read_spans(row.hours, name="hours")
    return OtherDay(spans, is_shut=row.is_shut, note=row.note)
