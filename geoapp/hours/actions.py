"""Changes of hours, of days that differ, and of the calendar."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from geoapp.assets.queries import AssetFacts, thing_of
from geoapp.assets.tables import Asset
from geoapp.db.changes import Change, update_row
from geoapp.db.text import read_words
from geoapp.errors import Invalid, Stale
from geoapp.hours.rules import (
    MOST_DAYS_AHEAD,
    MOST_NOTE_LETTERS,
    CalendarEntry,
    Spans,
    check_entry,
    check_hours,
)
from geoapp.hours.tables import CalendarDay, HoursException, OpeningHours
from geoapp.hours.weeks import write_spans
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Doer
from geoapp.people.tables import Organisation

_AS_USUAL: dict[str, Any] = {"hours": None, "note": "", "is_shut": False}


@dataclass(frozen=True)
class Keeper:
    """Who keeps the hours: the person for the history, their organisation for everybody."""

    doer: Doer
    organisation_id: uuid.UUID | None


@dataclass(frozen=True)
class Moment:
    """Now, and the day it is there."""

    now: datetime
    today: date


def set_hours(
    session: Session, *, asset: AssetFacts, change: tuple[str, int], by: Keeper, at: Moment
) -> None:
    """Let the asset open at these hours, made from that version (0: there were none).

    Of two at once the second waits for the first and then finds its own version stale. Hours that
    stand there already change nothing.

    Raises:
        Invalid: the hours cannot be read for sure.
        Stale: the version is not the one in force.
    """
    hours, version = check_hours(change[0]), change[1]
    _lock(session, asset)
    row = session.scalar(select(OpeningHours).where(OpeningHours.asset_id == asset.id))
    before = row.hours if row else ""
    if before == hours:
        return
    if version != (row.version if row else 0):
        raise Stale(
            "Somebody changed the hours since you opened this: look at both, and send yours again.",
        )
    values = {
        "hours": hours,
        "organisation_id": by.organisation_id,
        "since": at.today,
        "is_example": asset.is_example or _is_example(session, by),
    }
    if row is None:
        session.add(OpeningHours(asset_id=asset.id, **values))
    else:
        update_row(row, {**values, "version": row.version + 1})
    session.flush()
    deed = Deed("set_hours", before={"hours": before}, after={"hours": hours})
    record_change(session, thing=thing_of(asset), doer=by.doer, deed=deed, now=at.now)


def forget_hours(
    session: Session, *, asset: AssetFacts, version: int, by: Keeper, at: Moment
) -> None:
    """Take the hours of an asset away: nobody knows them any more. Days that differ stay.

    Raises:
        Stale: the version is not the one in force.
    """
    _lock(session, asset)
    row = session.scalar(select(OpeningHours).where(OpeningHours.asset_id == asset.id))
    if row is None:
        return
    if version != row.version:
        raise Stale(
            "Somebody changed the hours since you opened this: look at both, and send yours again.",
        )
    session.delete(row)
    session.flush()
    deed = Deed("forget_hours", before={"hours": row.hours}, after={"hours": ""})
    record_change(session, thing=thing_of(asset), doer=by.doer, deed=deed, now=at.now)


def put_other_day(
    session: Session, *, asset: AssetFacts, told: tuple[date, Spans, str], by: Keeper, at: Moment
) -> None:
    """Let the asset open at other hours on a day (none: closed), with a note for everybody.

    Raises:
        Invalid: the day is over or more than a year away, or the note is too long.
    """
    on_day, spans, words = told
    if not at.today <= on_day <= at.today + timedelta(days=MOST_DAYS_AHEAD):
        raise Invalid("Choose a day from today on, within a year.", field="on_day")
    note = read_words(words, field="note", most=MOST_NOTE_LETTERS).replace("\n", " ")
    values = {"hours": write_spans(spans), "note": note}
    _change_day(session, asset, on_day, ("tell_other_day", values), by, at)


def remove_other_day(
    session: Session, *, asset: AssetFacts, on_day: date, by: Keeper, at: Moment
) -> None:
    """Let a day be as usual again; "closed today" stays until it is taken back by itself."""
    values = {"hours": None, "note": ""}
    _change_day(session, asset, on_day, ("forget_other_day", values), by, at)


def shut_today(
    session: Session, *, asset: AssetFacts, is_shut: bool, by: Keeper, at: Moment
) -> None:
    """Close it for today, whatever else is told of the day; or take that back."""
    action = "shut_today" if is_shut else "open_after_all"
    _change_day(session, asset, at.today, (action, {"is_shut": is_shut}), by, at)


def put_calendar_day(
    session: Session, *, district_id: uuid.UUID, entry: CalendarEntry, source: str, is_example: bool
) -> Change:
    """Let the district's calendar hold these days, or bring those of this kind and first day up to
    date.

    Raises:
        Invalid: a calendar cannot hold them.
    """
    check_entry(entry)
    known = session.scalar(
        select(CalendarDay).where(
            CalendarDay.district_id == district_id,
            CalendarDay.kind == entry.kind,
            CalendarDay.first_day == entry.first_day,
        )
    )
    values = {**asdict(entry), "source": source, "is_example": is_example}
    if known is not None:
        return update_row(known, values)
    session.add(CalendarDay(district_id=district_id, **values))
    session.flush()
    return Change.NEW


def put_example_hours(session: Session, *, asset_id: uuid.UUID, hours: str, since: date) -> None:
    """Give an asset example hours; on a real asset they are an example fact.

    Raises:
        Invalid: they cannot be read for sure.
    """
    session.add(
        OpeningHours(asset_id=asset_id, hours=check_hours(hours), since=since, is_example=True)
    )
    session.flush()


def remove_example_hours(session: Session) -> None:
    """Take away every example of hours, of a day that differs, and of a calendar."""
    for table in (OpeningHours, HoursException, CalendarDay):
        session.execute(delete(table).where(table.is_example))


def _change_day(
    session: Session,
    asset: AssetFacts,
    on_day: date,
    change: tuple[str, Mapping[str, Any]],
    by: Keeper,
    at: Moment,
) -> None:
    """Change what is told of a day, and keep who did; a day that is as usual leaves no row."""
    _lock(session, asset)
    row = session.scalar(
        select(HoursException).where(
            HoursException.asset_id == asset.id, HoursException.on_day == on_day
        )
    )
    before = _AS_USUAL if row is None else {name: getattr(row, name) for name in _AS_USUAL}
    after = {**before, **change[1]}
    if after == before:
        return
    told = {
        **after,
        "organisation_id": by.organisation_id,
        "is_example": asset.is_example or _is_example(session, by),
    }
    if row is None:
        session.add(HoursException(asset_id=asset.id, on_day=on_day, **told))
    elif after == _AS_USUAL:
        session.delete(row)
    else:
        update_row(row, told)
    session.flush()
    day = {"on_day": on_day.isoformat()}
    deed = Deed(change[0], before={**day, **before}, after={**day, **after})
    record_change(session, thing=thing_of(asset), doer=by.doer, deed=deed, now=at.now)


def _lock(session: Session, asset: AssetFacts) -> None:
    """Who changes the hours of one asset waits here for whoever is before them."""
    session.execute(select(Asset.id).where(Asset.id == asset.id).with_for_update(key_share=True))


def _is_example(session: Session, by: Keeper) -> bool:
    """What an example organisation tells goes with it."""
    told = select(Organisation.is_example).where(Organisation.id == by.organisation_id)
    return bool(session.scalar(told))
