"""When a thing is open, pure: OpenStreetMap's `opening_hours`, the calendar, the change of clocks.

The library reads what is written for one day alone. Holidays (`PH`) and school vacations (`SH`)
are ours: it is wrong about Good Friday and 5 May in the Netherlands and knows no vacations. What
we do not read for sure is refused where it is entered.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours, ParserError, State  # type: ignore[attr-defined]  # its stub forgets the error

from geoapp.db.text import read_words
from geoapp.errors import Invalid

MOST_LETTERS = 500
MOST_NOTE_LETTERS = 80
DAY_MIN = 24 * 60
NOON_MIN = 12 * 60
# How far ahead the next opening is looked for, and a day that differs can be told.
LOOK_AHEAD_DAYS = 60
MOST_DAYS_AHEAD = 366
MOST_CALENDAR_DAYS = 100
WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


class DayKind(StrEnum):
    """What the calendar tells of a day. A local day is only named: no rule can speak of it."""

    PUBLIC_HOLIDAY = "public_holiday"
    SCHOOL_VACATION = "school_vacation"
    LOCAL = "local"


class Why(StrEnum):
    """Why it is closed, where the week alone does not say it."""

    CLOSED_TODAY = "closed_today"
    OTHER_HOURS = "other_hours"
    PUBLIC_HOLIDAY = "public_holiday"
    SCHOOL_VACATION = "school_vacation"


HOLIDAYS = {"PH": DayKind.PUBLIC_HOLIDAY, "SH": DayKind.SCHOOL_VACATION}
WHY_OF_KIND = {
    DayKind.PUBLIC_HOLIDAY: Why.PUBLIC_HOLIDAY,
    DayKind.SCHOOL_VACATION: Why.SCHOOL_VACATION,
}


@dataclass(frozen=True, order=True)
class Span:
    """From and until, in minutes of the local day; until 1440 is until its end."""

    start_min: int
    end_min: int


Spans = tuple[Span, ...]
CLOSED: Spans = ()


@dataclass(frozen=True)
class CalendarEntry:
    """Days of one kind, the last one included."""

    kind: DayKind
    first_day: date
    last_day: date
    name: str


@dataclass(frozen=True)
class OtherDay:
    """A day that differs. `spans` None: as usual, were it not closed for today (`is_shut`)."""

    spans: Spans | None
    is_shut: bool = False
    note: str = ""


@dataclass(frozen=True)
class Opening:
    """All that says when one thing is open. `hours` None: its week is not known.

    `lon` and `lat` tell when the sun rises there.
    """

    hours: str | None
    zone: ZoneInfo
    lon: float
    lat: float
    other_days: Mapping[date, OtherDay] = field(default_factory=dict)
    calendar: Sequence[CalendarEntry] = ()


@dataclass(frozen=True)
class OpenState:
    """Open or closed now. Both instants are in UTC; None: not within the days looked ahead."""

    is_open: bool
    until: datetime | None = None
    next_open: datetime | None = None
    why: Why | None = None


# -- What is read, and what is refused ---------------------------------------------------------

_CLOCK = r"[0-9]{1,2}:[0-9]{2}"
_MORNING, _EVENING = ("dawn", "sunrise"), ("sunset", "dusk")
SUN = "|".join((*_MORNING, *_EVENING))
_POINT = rf"(?:{_CLOCK}|{SUN})"
RANGE = re.compile(rf"\b({_POINT})\s*-\s*({_POINT})\b", re.IGNORECASE)
_DAY = rf"(?:PH|SH|(?:{'|'.join(WEEKDAYS)})(?:\s*-\s*(?:{'|'.join(WEEKDAYS)}))?)"
_TIMES = rf"{_POINT}\s*-\s*{_POINT}(?:\s*,\s*{_POINT}\s*-\s*{_POINT})*"
_COMMENT = re.compile(r'"([^"]*)"')
_RULE = re.compile(r'(?:[^;"]|"[^"]*")+')
_HOLIDAY = re.compile(r"\b(?:PH|SH)\b", re.IGNORECASE)
# A part that holidays may stand in, and that a week can show.
SIMPLE_RULE = re.compile(
    rf"(?:(?P<days>{_DAY}(?:\s*,\s*{_DAY})*)\s+)?(?P<times>{_TIMES}|off|closed|24/7(?: closed)?)"
    r'(?P<comment>\s*"[^"]*")?',
    re.IGNORECASE,
)
_SAYS_WHEN = re.compile(rf"{RANGE.pattern}|\boff\b|\bclosed\b|24/7", re.IGNORECASE)

# What no two readers read alike, or what says less than it seems to.
_REFUSED: tuple[tuple[re.Pattern[str], Callable[[], Invalid]], ...] = (
    (
        re.compile(r"\|\|"),
        lambda: Invalid(
            "Leave out || and what follows: say when it is open for sure.", field="hours"
        ),
    ),
    (
        re.compile(r"\bunknown\b", re.IGNORECASE),
        lambda: Invalid(
            "Leave out unknown: say when it is open for sure, and nothing about the rest.",
            field="hours",
        ),
    ),
    (
        re.compile(rf"{_POINT}\s*\+(?!\s*[0-9])", re.IGNORECASE),
        lambda: Invalid(
            "Say until when: an open end such as 10:00+ cannot be told from closed.", field="hours"
        ),
    ),
    (
        re.compile(rf"{_CLOCK}\s*/"),
        lambda: Invalid("Leave out / after the hours: say from when until when.", field="hours"),
    ),
)


def check_hours(words: str) -> str:
    """Hours as they are stored: in the library's own spelling, and read by us for sure.

    Raises:
        Invalid: they cannot be read, or not for sure; the message says what to write instead.
    """
    clean = " ".join(read_words(words, field="hours", most=MOST_LETTERS).split())
    clean = clean.replace("\u2013", "-").replace("\u2014", "-").rstrip("; ")
    if not clean:
        raise Invalid("Say when it is open; off says that it is closed.", field="hours")
    if clean.count('"') % 2:
        raise Invalid("A quotation mark is missing.", field="hours")
    if any(len(comment) > MOST_NOTE_LETTERS for comment in _COMMENT.findall(clean)):
        raise Invalid(
            "Words between quotes have at most {most} letters.",
            field="hours",
            most=MOST_NOTE_LETTERS,
        )
    _check_rules(clean)
    try:
        spelled = str(_read(clean))
    except ParserError as error:
        raise _make_unread(clean, error) from None
    _check_rules(spelled)
    return spelled


def _make_unread(words: str, error: Exception) -> Invalid:
    place = re.search(r"--> 1:([0-9]+)", str(error))
    begin = int(place.group(1)) - 1 if place else 0
    return Invalid(
        "This cannot be read from here on: {rest} An example: {example}",
        field="hours",
        rest=words[begin:] or words,
        example="Mo-Fr 10:00-17:00; Sa 10:00-12:00,13:00-16:00; PH off",
    )


def _check_rules(words: str) -> None:
    bare = _COMMENT.sub('""', words)
    for pattern, make_refusal in _REFUSED:
        if pattern.search(bare):
            raise make_refusal()
    for start, end in RANGE.findall(bare):
        _check_range(start.lower(), end.lower())
    if re.search(rf"\b{_POINT}\b", RANGE.sub("", bare), re.IGNORECASE):
        raise Invalid("Say from when until when, as in 10:00-17:00.", field="hours")
    for rule in split_rules(bare):
        if not _SAYS_WHEN.search(rule):
            raise Invalid(
                "{rule} says no hours: write from when until when, or off.",
                field="hours",
                rule=rule,
            )
        if _HOLIDAY.search(rule) and not SIMPLE_RULE.fullmatch(rule):
            raise Invalid(
                "PH and SH stand at the beginning of a part, with hours or off: PH off, or "
                "SH 10:00-20:00. Put them together with days by a comma: Sa,Su,PH 10:00-12:00.",
                field="hours",
            )


def _check_range(start: str, end: str) -> None:
    if start[0].isdigit() and end[0].isdigit():
        check_span(Span(to_minutes(start), to_minutes(end)), name="hours")
        return
    # Else a short day in winter, or a long one in summer, would go past midnight.
    is_read = (
        (start in _MORNING or start[0].isdigit() and to_minutes(start) <= NOON_MIN)
        and (end in _EVENING or end[0].isdigit() and to_minutes(end) >= NOON_MIN)
        and end != "24:00"
    )
    if not is_read:
        raise Invalid(
            "With the sun it opens in the morning and closes in the evening: sunrise-sunset, "
            "sunrise-20:00 or 10:00-sunset.",
            field="hours",
        )


def check_span(span: Span, *, name: str) -> None:
    """Nothing where it lies within one day.

    Raises:
        Invalid: it does not; `name` is the field.
    """
    if not 0 <= span.start_min < span.end_min <= DAY_MIN:
        raise Invalid(
            "It closes after it opens, at 24:00 at the latest: write the rest of the night with "
            "the next day.",
            field=name,
        )


def to_minutes(clock: str) -> int:
    """The minute of the day of 09:30."""
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes or 0)


def split_rules(words: str) -> list[str]:
    """The parts between semicolons; those within quotes part nothing."""
    return [rule.strip() for rule in _RULE.findall(words)]


# -- One day -----------------------------------------------------------------------------------


def check_entry(entry: CalendarEntry) -> None:
    """Nothing where a calendar can hold these days.

    Raises:
        Invalid: they have no name or a long one, or end before they begin, or after too long.
    """
    if not 0 < len(entry.name) <= MOST_NOTE_LETTERS:
        raise Invalid(
            "Give the days a name of at most {most} letters.", field="name", most=MOST_NOTE_LETTERS
        )
    if not 0 <= (entry.last_day - entry.first_day).days <= MOST_CALENDAR_DAYS:
        raise Invalid(
            "The last day comes after the first, within {most} days.",
            field="last_day",
            most=MOST_CALENDAR_DAYS,
        )


def kinds_on(calendar: Sequence[CalendarEntry], day: date) -> frozenset[DayKind]:
    """What the calendar calls this day; empty: an ordinary one."""
    return frozenset(entry.kind for entry in entries_on(calendar, day))


def entries_on(calendar: Sequence[CalendarEntry], day: date) -> list[CalendarEntry]:
    """What the calendar says of this day."""
    return [entry for entry in calendar if entry.first_day <= day <= entry.last_day]


def spans_on(opening: Opening, day: date) -> Spans | None:
    """When it is open that day; None: nobody has told. A day that differs beats the week, and
    "closed today" beats both."""
    other = opening.other_days.get(day)
    if other is not None and other.is_shut:
        return CLOSED
    if other is not None and other.spans is not None:
        return other.spans
    return _usual_spans(opening, day, kinds_on(opening.calendar, day))


def _usual_spans(opening: Opening, day: date, kinds: frozenset[DayKind]) -> Spans | None:
    if opening.hours is None:
        return None
    words = "; ".join(_rules_for(opening.hours, kinds))
    if not words:
        return CLOSED
    begin = datetime.combine(day, time())
    read = _read(words, opening if re.search(SUN, words) else None)
    found = [
        Span(_minutes_into(day, start), _minutes_into(day, end))
        for start, end, state, _ in read.intervals(begin, begin + timedelta(days=1))
        if state == State.OPEN
    ]
    return join_spans(span for span in found if span.start_min < span.end_min)


def _rules_for(hours: str, kinds: frozenset[DayKind]) -> Iterator[str]:
    """The parts that speak of a day of these kinds, without their word for holidays."""
    for rule in split_rules(hours):
        simple = SIMPLE_RULE.fullmatch(rule)
        if simple is None or not _HOLIDAY.search(simple["days"] or ""):
            yield rule
            continue
        days = [day.strip() for day in simple["days"].split(",")]
        times = simple["times"]
        if any(HOLIDAYS.get(day) in kinds for day in days):
            yield times
        elif weekdays := [day for day in days if day not in HOLIDAYS]:
            yield f"{','.join(weekdays)} {times}"


def _read(words: str, opening: Opening | None = None) -> OpeningHours:
    if opening is None:
        return OpeningHours(words, auto_country=False, auto_timezone=False)
    spot = (opening.lat, opening.lon)
    return OpeningHours(words, timezone=opening.zone, coords=spot, auto_country=False)


def _minutes_into(day: date, at: datetime) -> int:
    wall = at.replace(tzinfo=None)
    return DAY_MIN if wall.date() > day else wall.hour * 60 + wall.minute


def join_spans(spans: Iterable[Span]) -> Spans:
    """In order, those that touch or overlap as one."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start_min <= joined[-1].end_min:
            last = joined.pop()
            joined.append(Span(last.start_min, max(last.end_min, span.end_min)))
        else:
            joined.append(span)
    return tuple(joined)


# -- Now ---------------------------------------------------------------------------------------


def instant_of(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """When a clock on the wall there first shows this minute of the day, or a later one; in UTC.

    An hour that comes twice counts by its first (RFC 5545, 3.3.5); of one that is left out, every
    minute is the moment the clock jumps.
    """
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return first
    # Left out: the jump lies between the two readings of this time.
    gap = int((first - second) / timedelta(minutes=1))
    jump = bisect_left(
        range(gap),
        wall,
        key=lambda m: (second + timedelta(minutes=m)).astimezone(zone).replace(tzinfo=None),
    )
    return second + timedelta(minutes=jump)


def is_open_at(opening: Opening, now: datetime) -> bool | None:
    """Open at this instant; None: nobody has told. Looks at no other day."""
    day = now.astimezone(opening.zone).date()
    spans = spans_on(opening, day)
    if spans is None:
        return None
    return any(start <= now < end for start, end in _instants(day, spans, opening.zone))


def state_at(opening: Opening, now: datetime) -> OpenState | None:
    """Open or closed at this instant, and what comes next; None: nobody has told."""
    today = now.astimezone(opening.zone).date()
    if spans_on(opening, today) is None:
        return None
    last_day = today + timedelta(days=LOOK_AHEAD_DAYS)
    horizon = instant_of(last_day, DAY_MIN, opening.zone)
    why = _why_closed(opening, today)
    for start, end in _open_times(opening, today, last_day):
        if start <= now < end:
            return OpenState(is_open=True, until=end if end < horizon else None)
        if start > now:
            return OpenState(is_open=False, next_open=start, why=why)
    return OpenState(is_open=False, why=why)


def _why_closed(opening: Opening, day: date) -> Why | None:
    if spans_on(opening, day):
        return None
    other = opening.other_days.get(day)
    if other is not None:
        return Why.CLOSED_TODAY if other.is_shut else Why.OTHER_HOURS
    kinds = kinds_on(opening.calendar, day)
    for kind, why in WHY_OF_KIND.items():
        if kind in kinds and _usual_spans(opening, day, kinds - {kind}):
            return why
    return None


def _instants(day: date, spans: Spans, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    for span in spans:
        start, end = (instant_of(day, m, zone) for m in (span.start_min, span.end_min))
        if start < end:
            yield start, end


def _open_times(
    opening: Opening, first_day: date, last_day: date
) -> Iterator[tuple[datetime, datetime]]:
    """From when until when it is open, across midnights."""
    running: tuple[datetime, datetime] | None = None
    for number in range((last_day - first_day).days + 1):
        day = first_day + timedelta(days=number)
        for start, end in _instants(day, spans_on(opening, day) or CLOSED, opening.zone):
            if running is not None and running[1] == start:
                running = (running[0], end)
                continue
            if running is not None:
                yield running
            running = (start, end)
    if running is not None:
        yield running
