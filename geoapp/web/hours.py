"""Opening hours on screen: open or closed now, what comes next, the week ahead."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from babel.dates import format_date
from flask import url_for
from sqlalchemy.orm import Session

from geoapp.assets.queries import AssetFacts, Relatives, relatives_of
from geoapp.assets.rules import PLAY_KINDS
from geoapp.districts.queries import Place
from geoapp.hours.queries import DayTold, HoursFacts, hours_of
from geoapp.hours.rules import (
    DAY_MIN,
    OpenState,
    Spans,
    Why,
    entries_on,
    instant_of,
    spans_on,
    state_at,
)
from geoapp.hours.weeks import read_week, write_spans
from geoapp.web.language import Words, gettext, lazy_gettext, page_language
from geoapp.web.words import say_day

WEEK_DAYS = 7

WHYS: dict[Why, Words] = {
    Why.CLOSED_TODAY: lazy_gettext("Whoever opens it says: closed today."),
    Why.OTHER_HOURS: lazy_gettext("Today is different."),
    Why.PUBLIC_HOLIDAY: lazy_gettext("It is a public holiday."),
    Why.SCHOOL_VACATION: lazy_gettext("It is a school vacation."),
}


@dataclass(frozen=True)
class HoursRow:
    """One day: when it opens, and what is special about it."""

    day: str
    hours: str
    note: str
    is_today: bool
    is_example: bool = False


@dataclass(frozen=True)
class HoursBox:
    """The hours of a thing as its page shows them. `shown` is what a sign speaks of, else None."""

    now: str
    is_open: bool | None
    why: str
    rows: list[HoursRow]
    coming: list[HoursRow]
    written: str
    source: str
    is_example: bool
    shown: AssetFacts | None
    keep_url: str


def make_hours_box(
    session: Session, asset: AssetFacts, *, place: Place, today: date, now: datetime
) -> tuple[HoursBox | None, Relatives]:
    """The hours of a thing, or of what it shows; None where nobody expects any."""
    relatives = relatives_of(session, asset_id=asset.id)
    subject = relatives.shown or asset
    facts = hours_of(session, asset=subject, place=place, today=today)
    has_any = facts.version or facts.days_told
    if not (has_any or relatives.shown or subject.kind in PLAY_KINDS):
        return None, relatives
    return _make_box(facts, subject, relatives.shown, today, now), relatives


def _make_box(
    facts: HoursFacts, subject: AssetFacts, shown: AssetFacts | None, today: date, now: datetime
) -> HoursBox:
    state = state_at(facts.opening, now)
    ahead = today + timedelta(days=WEEK_DAYS)
    hours = facts.opening.hours
    days = [today + timedelta(days=number) for number in range(WEEK_DAYS)]
    return HoursBox(
        now=say_state(facts, state, today=today),
        is_open=state.is_open if state else None,
        why=_say_why(facts, state, today),
        rows=[_make_row(facts, day, today) for day in days] if state or hours else [],
        coming=[_make_row(facts, day, today) for day in _list_coming(facts, ahead)],
        written="" if hours is None or read_week(hours) is not None else hours,
        source=_say_source(facts, today),
        is_example=facts.is_example,
        shown=shown,
        keep_url=url_for("web.show_hours_form", code=subject.code),
    )


def say_state(facts: HoursFacts, state: OpenState | None, *, today: date) -> str:
    """Open or closed now, and until when, in one line."""
    if state is None:
        return gettext("Opening hours not known")
    if state.is_open:
        return _say_open(facts, state, today)
    closed = gettext("Closed today") if state.why else gettext("Closed")
    if state.next_open is None:
        return closed
    return f"{closed}, {_say_opening(state.next_open.astimezone(facts.opening.zone), today)}"


def _say_open(facts: HoursFacts, state: OpenState, today: date) -> str:
    if state.until is None:
        return gettext("Open day and night")
    until = state.until.astimezone(facts.opening.zone)
    if state.until == instant_of(today, DAY_MIN, facts.opening.zone):
        return gettext("Open until %(time)s", time="24:00")
    if until.date() == today:
        return gettext("Open until %(time)s", time=f"{until:%H:%M}")
    if until.date() == today + timedelta(days=1):
        return gettext("Open until tomorrow, %(time)s", time=f"{until:%H:%M}")
    return gettext(
        "Open until %(day)s, %(time)s", day=say_weekday(until.date()), time=f"{until:%H:%M}"
    )


def _say_opening(opens: datetime, today: date) -> str:
    clock = f"{opens:%H:%M}"
    if opens.date() == today:
        return gettext("open at %(time)s", time=clock)
    if opens.date() == today + timedelta(days=1):
        return gettext("open tomorrow at %(time)s", time=clock)
    return gettext("open on %(day)s at %(time)s", day=say_weekday(opens.date()), time=clock)


def _say_why(facts: HoursFacts, state: OpenState | None, today: date) -> str:
    if state is None or state.why is None:
        return ""
    note = _note_of(facts, today)
    return f"{WHYS[state.why]} {note}".strip()


def _make_row(facts: HoursFacts, day: date, today: date) -> HoursRow:
    told = _told_of(facts, day)
    return HoursRow(
        day=gettext("today") if day == today else say_weekday(day),
        hours=say_hours(spans_on(facts.opening, day)),
        note=_note_of(facts, day),
        is_today=day == today,
        is_example=told is not None and told.is_example,
    )


def _list_coming(facts: HoursFacts, first_day: date) -> list[date]:
    return [told.on_day for told in facts.days_told if told.on_day >= first_day]


def _note_of(facts: HoursFacts, day: date) -> str:
    told = _told_of(facts, day)
    notes = [told.other.note] if told and told.other.note else []
    notes += [entry.name for entry in entries_on(facts.opening.calendar, day)]
    return ". ".join(notes)


def _told_of(facts: HoursFacts, day: date) -> DayTold | None:
    return next((told for told in facts.days_told if told.on_day == day), None)


def _say_source(facts: HoursFacts, today: date) -> str:
    if facts.since is None:
        return ""
    since = say_day(facts.since, today=today)
    if not facts.by:
        return gettext("Told on %(day)s.", day=since)
    return gettext("Told by %(organisation)s on %(day)s.", organisation=facts.by, day=since)


def say_hours(spans: Spans | None) -> str:
    """The hours of a day."""
    if spans is None:
        return gettext("not known")
    return write_spans(spans) or gettext("closed")


def say_weekday(day: date) -> str:
    """A day of these weeks."""
    return format_date(day, "EEEE d MMMM", locale=page_language())
