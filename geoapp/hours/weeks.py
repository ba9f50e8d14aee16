"""A week as people fill it in: seven days, holidays and vacations, to hours and back; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

from geoapp.db.text import read_words
from geoapp.errors import Invalid
from geoapp.hours.rules import (
    CLOSED,
    DAY_MIN,
    MOST_NOTE_LETTERS,
    RANGE,
    SIMPLE_RULE,
    SUN,
    WEEKDAYS,
    Span,
    Spans,
    check_span,
    join_spans,
    split_rules,
    to_minutes,
)

MOST_SPANS = 3
_TYPED_CLOCK = r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?"
_TYPED = re.compile(rf"{_TYPED_CLOCK}\s*[-\u2013\u2014]\s*{_TYPED_CLOCK}")


@dataclass(frozen=True)
class Week:
    """A week from Monday on. Of holidays and vacations None says: as on any other day."""

    days: tuple[Spans, ...]
    public_holidays: Spans | None = None
    school_vacations: Spans | None = None


CLOSED_WEEK = Week((CLOSED,) * len(WEEKDAYS))


def read_spans(words: str, *, name: str) -> Spans:
    """The hours of a day as people type them: "10-12, 13.00-17:30"; nothing typed is closed.

    Raises:
        Invalid: it is no hours, they overlap, or there are more than three; `name` is the field.
    """
    clean = read_words(words, field=name, most=MOST_NOTE_LETTERS)
    parts = [part.strip() for part in re.split("[,;+&\n]", clean) if part.strip()]
    spans = sorted(_read_span(part, name=name) for part in parts)
    if any(after.start_min < before.end_min for before, after in pairwise(spans)):
        raise Invalid("These hours overlap: make them one.", field=name)
    joined = join_spans(spans)
    if len(joined) > MOST_SPANS:
        raise Invalid("A day opens at most {most} times.", field=name, most=MOST_SPANS)
    return joined


def _read_span(words: str, *, name: str) -> Span:
    typed = _TYPED.fullmatch(words)
    if typed is None or any(int(minute or 0) >= 60 for minute in typed.group(2, 4)):
        raise Invalid("Write hours as 10:00-12:00, 13:00-17:00.", field=name)
    start, start_min, end, end_min = (int(number or 0) for number in typed.groups())
    span = Span(start * 60 + start_min, end * 60 + end_min)
    check_span(span, name=name)
    return span


def write_spans(spans: Spans, separator: str = ", ") -> str:
    """Hours as people read and type them; empty: closed."""
    return separator.join(f"{write_clock(s.start_min)}-{write_clock(s.end_min)}" for s in spans)


def write_clock(minute: int) -> str:
    """A minute of the day as 09:30."""
    return f"{minute // 60:02}:{minute % 60:02}"


def write_week(week: Week) -> str:
    """A week as hours; vacations before holidays, so that a holiday in a vacation is a holiday."""
    rules = [
        f"{_say_days(days)} {write_spans(spans, ',')}" for spans, days in _group_days(week) if spans
    ]
    told = (("SH", week.school_vacations), ("PH", week.public_holidays))
    rules = rules or ["off"]
    rules += [
        f"{word} {write_spans(spans, ',') or 'off'}" for word, spans in told if spans is not None
    ]
    return "; ".join(rules)


def _group_days(week: Week) -> Iterator[tuple[Spans, list[int]]]:
    for spans, days in groupby(range(len(WEEKDAYS)), key=lambda day: week.days[day]):
        yield spans, list(days)


def _say_days(days: list[int]) -> str:
    first, last = WEEKDAYS[days[0]], WEEKDAYS[days[-1]]
    return first if first == last else f"{first}-{last}"


def read_week(hours: str) -> Week | None:
    """The week these hours are; None: they say more than a week can show."""
    days: list[Spans] = list(CLOSED_WEEK.days)
    told: dict[str, Spans | None] = {"PH": None, "SH": None}
    for rule in split_rules(hours):
        simple = SIMPLE_RULE.fullmatch(rule)
        spans = _plain_spans(simple["times"]) if simple and not simple["comment"] else None
        if simple is None or spans is None:
            return None
        named = [day.strip() for day in (simple["days"] or "Mo-Su").split(",")]
        weekdays = {day for name in named if name not in told for day in _days_between(name)}
        if len(weekdays) == len(WEEKDAYS):
            told = {"PH": None, "SH": None}
        # What comes later wins: a weekday after a holiday would take part of it back.
        elif weekdays and told != {"PH": None, "SH": None}:
            return None
        if "SH" in named and "PH" not in named and told["PH"] is not None:
            return None
        days = [spans if day in weekdays else before for day, before in enumerate(days)]
        told |= {name: spans for name in named if name in told}
    return Week(tuple(days), told["PH"], told["SH"])


def _plain_spans(times: str) -> Spans | None:
    if times.lower() in ("off", "closed", "24/7 closed"):
        return CLOSED
    if times == "24/7":
        return (Span(0, DAY_MIN),)
    if re.search(SUN, times):
        return None
    spans = [Span(to_minutes(start), to_minutes(end)) for start, end in RANGE.findall(times)]
    joined = join_spans(spans)
    return joined if len(joined) == len(spans) <= MOST_SPANS else None


def _days_between(name: str) -> list[int]:
    first, _, last = name.replace(" ", "").partition("-")
    begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    count = (end - begin) % len(WEEKDAYS) + 1
    return [(begin + number) % len(WEEKDAYS) for number in range(count)]
