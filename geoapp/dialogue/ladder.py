"""What happens to a report because days are over, or because it climbs: done by the worker."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, exists, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from geoapp.defects.actions import EventDraft, axes_of, lock_defect, take_step, tell
from geoapp.defects.rules import (
    PEOPLE_TO_CLIMB,
    REVIEW_DAYS,
    EventKind,
    File,
    PromiseState,
    Says,
    State,
    Street,
    Work,
)
from geoapp.defects.tables import Defect, DefectFollower, DefectPromise, DefectVoice
from geoapp.districts.tables import District
from geoapp.people.rules import TOP_RUNG
from geoapp.people.tables import Organisation, OrganisationDays

MOST_AT_ONCE = 200
# Two neighbours with new photos settle it where nobody says no for so long.
QUIET_DAYS = 7


@dataclass(frozen=True)
class Done:
    """How many of each."""

    missed: int
    returned: int
    lapsed: int
    settled: int
    reviewed: int


def climb(session: Session, *, defect_id: uuid.UUID, now: datetime) -> bool:
    """Take a report a rung higher; False where that is no longer so, or was done."""
    defect, zone = lock_defect(session, defect_id=defect_id)
    is_volunteer = session.get_one(Organisation, defect.addressee_id).is_volunteer
    is_open = axes_of(defect).state in (State.DISPUTED, State.MIXED)
    if is_volunteer or not is_open or defect.rung >= TOP_RUNG:
        return False
    if defect.climbed_at >= defect.handlings:
        return False
    _happen(session, defect, zone, EventKind.CLIMBED, now=now)
    return True


def carry_out(session: Session, *, now: datetime) -> Done:
    """Let happen what is due by the days of each district, at most 200 of each at once."""
    done = dict.fromkeys(DUE, 0)
    for district in session.scalars(select(District).order_by(District.slug)):
        today = now.astimezone(ZoneInfo(district.time_zone)).date()
        for kind, find in DUE.items():
            due = select(Defect.id).where(Defect.district_id == district.id, *find(district, today))
            for defect_id in session.scalars(due.order_by(Defect.id).limit(MOST_AT_ONCE)).all():
                defect, zone = lock_defect(session, defect_id=defect_id)
                # Somebody may have acted, or another worker been first, before it was held.
                if session.scalar(due.where(Defect.id == defect_id)) is not None:
                    _happen(session, defect, zone, kind, now=now)
                    done[kind] += 1
    return Done(
        missed=done[EventKind.MISSED],
        returned=done[EventKind.RETURNED],
        lapsed=done[EventKind.LAPSED],
        settled=done[EventKind.SETTLED],
        reviewed=done[EventKind.REVIEWED],
    )


def _happen(
    session: Session, defect: Defect, zone: ZoneInfo, kind: EventKind, *, now: datetime
) -> None:
    step = EventDraft(kind, now, defect.addressee_id if kind in OF_ADDRESSEE else None)
    event = take_step(session, defect=defect, step=step, zone=zone)
    session.flush()
    tell(session, event_id=event.id, now=now)


OF_ADDRESSEE = (EventKind.MISSED, EventKind.RETURNED, EventKind.CLIMBED)
Conditions = Sequence[ColumnElement[bool]]


def _missed(_district: District, today: date) -> Conditions:
    """A promised day is over."""
    promise = (
        exists()
        .where(DefectPromise.defect_id == Defect.id)
        .where(DefectPromise.state == PromiseState.OPEN, DefectPromise.due_on < today)
    )
    return (Defect.work == Work.PLANNED, Defect.file == File.PUBLIC, promise)


def _returned(district: District, today: date) -> Conditions:
    """Whoever it was passed on to has not taken it: it is back."""
    own = _Own(OrganisationDays.acceptance_days, Defect.passed_to_id)
    return (
        Defect.work == Work.PASSED_ON,
        Defect.file == File.PUBLIC,
        *_are_over(own, district.acceptance_days, today),
    )


def _lapsed(district: District, today: date) -> Conditions:
    """Called done, never disputed, and nobody who could be reached has said anything."""
    own = _Own(OrganisationDays.silence_days, Defect.addressee_id)
    reached = exists().where(
        DefectFollower.defect_id == Defect.id, DefectFollower.confirmed_at.is_not(None)
    )
    return (
        Defect.work == Work.HANDLED,
        Defect.street == Street.WAITING,
        Defect.file == File.PUBLIC,
        Defect.was_disputed.is_(False),
        *_are_over(own, district.silence_days, today),
        reached,
    )


@dataclass(frozen=True)
class _Own:
    """Which days of an organisation's own count, and whose."""

    days: InstrumentedAttribute[int | None]
    whose: InstrumentedAttribute[Any]


def _are_over(own: _Own, days: int, today: date) -> Conditions:
    """The days of the organisation are over; of one that has none of its own, the district's."""
    said = select(own.days).where(OrganisationDays.organisation_id == own.whose).scalar_subquery()
    shortest = select(func.min(own.days)).scalar_subquery()
    day = literal(today, Date)
    return (
        # By its index: before the shortest of all, nobody's days are over.
        Defect.turn_since < day - func.least(shortest, days),
        Defect.turn_since < day - func.coalesce(said, days),
    )


def _settled(district: District, today: date) -> Conditions:
    """Two neighbours from two places, each with a new photo, and no no since."""
    until = today - timedelta(days=QUIET_DAYS)
    places = (
        select(func.count(DefectVoice.sender.distinct()))
        .where(
            DefectVoice.defect_id == Defect.id,
            DefectVoice.handling == Defect.handlings,
            DefectVoice.says == Says.SOLVED,
            DefectVoice.speaker.in_(("neighbour", "follower")),
            DefectVoice.has_photo,
            func.date(func.timezone(district.time_zone, DefectVoice.said_at)) <= until,
        )
        .scalar_subquery()
    )
    return (
        Defect.work == Work.HANDLED,
        Defect.street.in_((Street.WAITING, Street.NOT_GOOD, Street.SILENT)),
        Defect.file == File.PUBLIC,
        Defect.no_said.is_(False),
        Defect.turn_since <= until,
        places >= PEOPLE_TO_CLIMB,
    )


def _reviewed(_district: District, today: date) -> Conditions:
    """A year without agreement is over."""
    return (
        Defect.work == Work.REFUSED_TWICE,
        Defect.state == State.NO_AGREEMENT.value,
        Defect.file == File.PUBLIC,
        Defect.turn_since < today - timedelta(days=REVIEW_DAYS),
    )


# What is due first: a settled file does not lapse.
DUE = {
    EventKind.SETTLED: _settled,
    EventKind.MISSED: _missed,
    EventKind.RETURNED: _returned,
    EventKind.LAPSED: _lapsed,
    EventKind.REVIEWED: _reviewed,
}
