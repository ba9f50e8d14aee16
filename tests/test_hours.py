"""Opening hours: what is read and refused, one day, now, both changes of the clock, a week."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoapp.errors import Invalid
from geoapp.hours.rules import (
    DAY_MIN,
    CalendarEntry,
    DayKind,
    Opening,
    OpenState,
    OtherDay,
    Span,
    Spans,
    Why,
    check_hours,
    instant_of,
    is_open_at,
    spans_on,
    state_at,
)
from geoapp.hours.weeks import CLOSED_WEEK, Week, read_spans, read_week, write_spans, write_week

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MONDAY = date(2026, 11, 23)
SPRING_FORWARD, FALL_BACK = date(2026, 3, 29), date(2026, 10, 25)


def opening(
    hours: str | None = None,
    *,
    calendar: list[CalendarEntry] | None = None,
    other_days: dict[date, OtherDay] | None = None,
    zone: ZoneInfo = AMSTERDAM,
) -> Opening:
    """A court in Amsterdam."""
    return Opening(hours, zone, 4.95, 52.3, other_days or {}, calendar or [])


def days_off(kind: DayKind, first_day: date, last_day: date | None = None) -> CalendarEntry:
    """Days of one kind."""
    return CalendarEntry(kind, first_day, last_day or first_day, "a day")


def read_day(hours: str, day: date, *kinds: DayKind) -> str:
    """When it is open on a day of these kinds; empty: closed."""
    calendar = [days_off(kind, day) for kind in kinds]
    spans = spans_on(opening(check_hours(hours), calendar=calendar), day)
    assert spans is not None
    return write_spans(spans)


def at(day: date, clock: str, *, fold: int = 0, zone: ZoneInfo = AMSTERDAM) -> datetime:
    """The instant at which a clock there shows this; `fold` 1: for the second time."""
    hour, minute = map(int, clock.split(":"))
    wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone, fold=fold)
    return wall.astimezone(UTC)


# -- What is read ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Mo-Fr 10:00-17:00", "Mo-Fr 10:00-17:00"),
        ("  mo-fr   9:00 - 17:00 ; PH off; ", "Mo-Fr 09:00-17:00; PH closed"),
        ("Mo-Fr 10:00\u201312:00", "Mo-Fr 10:00-12:00"),
        ("off", "24/7 closed"),
        ('Mo 10:00-12:00 "bring; a ball"', 'Mo 10:00-12:00 "bring; a ball"'),
        ("Apr-Oct sunrise-sunset", "Apr-Oct sunrise-sunset"),
        ("sunrise-20:00; Dec 10:00-sunset", "sunrise-20:00; Dec 10:00-sunset"),
        ("Mo-Fr 10:00-14:00, Mo 16:00-18:00", "Mo-Fr 10:00-14:00, Mo 16:00-18:00"),
    ],
)
def test_hours_are_kept_in_one_spelling(typed: str, kept: str) -> None:
    assert check_hours(typed) == kept
    assert check_hours(kept) == kept


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Say when it is open"),
        (" ; ", "Say when it is open"),
        ("Ma-Vr 10:00-12:00", "cannot be read from here on: Ma-Vr"),
        ("Mo-Fr 10:00-12:00 Sa", "cannot be read from here on: Sa"),
        ("Mo 10:60-11:30", "cannot be read"),
        ('Mo 10:00-12:00 "open', "quotation mark"),
        ("Mo 10:00", "from when until when"),
        ("Mo", "says no hours"),
        ("open", "says no hours"),
        ('Mo "ask the porter"', "says no hours"),
        ("Mo-Fr 10:00-12:00; PH", "says no hours"),
        # Read as "vacations, and Monday to Friday" by the library: it loses the difference.
        ("SH Mo-Fr 10:00-12:00", "PH and SH stand at the beginning"),
        ("Mo-Fr SH 10:00-12:00", "PH and SH stand at the beginning"),
        ("SH,PH Mo-Fr 10:00-12:00", "PH and SH stand at the beginning"),
        ("PH +1 day off", "PH and SH stand at the beginning"),
        ("Dec PH off", "PH and SH stand at the beginning"),
        ("PH,Su[1] 10:00-11:00", "PH and SH stand at the beginning"),
        ("Mo-Fr 10:00-12:00, PH off", "PH and SH stand at the beginning"),
        ("22:00-02:00", "24:00 at the latest"),
        ("22:00-26:00", "24:00 at the latest"),
        ("10:00-24:30", "24:00 at the latest"),
        ("10:00-10:00", "24:00 at the latest"),
        # In winter the sun sets before six: the library would go on until the next day.
        ("18:00-sunset", "sunrise-sunset"),
        ("sunset-sunrise", "sunrise-sunset"),
        ("sunset-23:00", "sunrise-sunset"),
        ("sunrise-08:00", "sunrise-sunset"),
        ("(sunrise+00:30)-sunset", "from when until when"),
        ("10:00+", "open end"),
        ("10:00-16:00+", "open end"),
        ("sunset+", "open end"),
        ("10:00-16:00/02:00", "Leave out /"),
        ("Mo 10:00-12:00 || Tu 10:00-12:00", "Leave out ||"),
        ("Mo 10:00-12:00 unknown", "Leave out unknown"),
        (f'Mo 10:00-12:00 "{"x" * 81}"', "at most 80 letters"),
        ("Mo 10:00-12:00;" * 40, "at most 500 letters"),
        ("Mo 10:00-12:00\x00", "no letter"),
    ],
)
def test_what_is_not_read_for_sure_is_refused_and_says_why(typed: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_hours(typed)
    assert says in str(refused.value)


PIECES = ["Mo", "-", "Fr", ",", ";", "10:00-12:00", "24:00", "02:00", "PH", "SH", "off", "easter"]
PIECES += [
    "24/7",
    "Jan",
    "25",
    "week",
    "[1]",
    "sunrise",
    "||",
    "+",
    "/",
    "(",
    '"',
    "9999",
    "\u00e9",
]


@given(st.lists(st.sampled_from(PIECES), max_size=9))
def test_whatever_is_typed_is_refused_or_can_be_asked(words: list[str]) -> None:
    try:
        kept = check_hours(" ".join(words))
    except Invalid:
        return
    assert check_hours(kept) == kept
    for day in (SPRING_FORWARD, FALL_BACK, MONDAY):
        assert spans_on(opening(kept), day) is not None


# -- One day -----------------------------------------------------------------------------------

PH, SH = DayKind.PUBLIC_HOLIDAY, DayKind.SCHOOL_VACATION
SUNDAY = MONDAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("hours", "day", "kinds", "expected"),
    [
        ("Mo-Fr 10:00-17:00", MONDAY, (), "10:00-17:00"),
        ("Mo-Fr 10:00-17:00", SUNDAY, (), ""),
        # A holiday nobody speaks of is a day like others.
        ("Mo-Fr 10:00-17:00", MONDAY, (PH,), "10:00-17:00"),
        ("Mo-Fr 10:00-17:00; PH off", MONDAY, (PH,), ""),
        ("Mo-Fr 10:00-17:00; PH off", MONDAY, (SH,), "10:00-17:00"),
        ("Mo-Fr 10:00-17:00; PH off", MONDAY, (), "10:00-17:00"),
        # A holiday counts on whatever weekday it falls.
        ("Mo-Fr,PH 10:00-17:00", SUNDAY, (PH,), "10:00-17:00"),
        ("Mo-Fr,PH 10:00-17:00", SUNDAY, (), ""),
        ("Mo-Su,PH 10:00-17:00", MONDAY, (PH,), "10:00-17:00"),
        ("SH,PH 12:00-14:00", MONDAY, (SH,), "12:00-14:00"),
        ("SH,PH 12:00-14:00", MONDAY, (), ""),
        ("Mo-Fr 10:00-17:00; SH 10:00-20:00", SUNDAY, (SH,), "10:00-20:00"),
        # What comes later wins, vacation and holiday alike.
        ("SH 10:00-20:00; PH off", MONDAY, (SH, PH), ""),
        ("PH off; SH 10:00-20:00", MONDAY, (SH, PH), "10:00-20:00"),
        ("PH off; Mo-Fr 10:00-17:00", MONDAY, (PH,), "10:00-17:00"),
        ("Mo-Su 10:00-17:00; Mo off", MONDAY, (), ""),
        ("Mo-Fr 10:00-12:00; Mo 14:00-16:00", MONDAY, (), "14:00-16:00"),
        ("Mo-Fr 10:00-12:00, Mo 14:00-16:00", MONDAY, (), "10:00-12:00, 14:00-16:00"),
        # A local day opens and closes nothing.
        ("Mo-Fr 10:00-17:00; PH off", MONDAY, (DayKind.LOCAL,), "10:00-17:00"),
        ("24/7", MONDAY, (), "00:00-24:00"),
        ("24/7; PH off", MONDAY, (PH,), ""),
        ("10:00-24:00", MONDAY, (), "10:00-24:00"),
        ("10:00-12:00,11:00-13:00", MONDAY, (), "10:00-13:00"),
        ("10:00-12:00,12:00-13:00", MONDAY, (), "10:00-13:00"),
        ("08:00-20:00; 10:00-12:00 off", MONDAY, (), "08:00-10:00, 12:00-20:00"),
        ("Apr-Oct 10:00-20:00; Nov-Mar 10:00-16:00", MONDAY, (), "10:00-16:00"),
        ("10:00-12:00; Nov 23 off", MONDAY, (), ""),
        ("week 48 10:00-11:00", MONDAY, (), "10:00-11:00"),
        ("Mo[-1] 10:00-11:00", MONDAY, (), ""),
        ("Mo[4] 10:00-11:00", MONDAY, (), "10:00-11:00"),
        ('Mo 10:00-12:00 "a; PH off"', MONDAY, (PH,), "10:00-12:00"),
        # Sunrise and sunset of Amsterdam on that day.
        ("sunrise-sunset", MONDAY, (), "08:14-16:38"),
        ("sunrise-sunset", SPRING_FORWARD, (), "07:22-20:07"),
    ],
)
def test_a_day_is_open_as_its_weekday_season_and_holidays_say(
    hours: str, day: date, kinds: tuple[DayKind, ...], expected: str
) -> None:
    assert read_day(hours, day, *kinds) == expected


@pytest.mark.parametrize("day", [date(2026, 4, 3), date(2026, 5, 5)])
def test_good_friday_and_5_may_are_no_holidays_unless_the_calendar_says_so(day: date) -> None:
    assert read_day("10:00-17:00; PH off", day) == "10:00-17:00"
    assert read_day("10:00-17:00; PH off", day, PH) == ""


DAY_TOLD = OtherDay((Span(600, 720),))


@pytest.mark.parametrize(
    ("hours", "other", "expected"),
    [
        ("Mo 09:00-17:00", DAY_TOLD, (Span(600, 720),)),
        ("Mo off", DAY_TOLD, (Span(600, 720),)),
        (None, DAY_TOLD, (Span(600, 720),)),
        ("Mo 09:00-17:00", OtherDay(()), ()),
        ("Mo 09:00-17:00", OtherDay((Span(600, 720),), is_shut=True), ()),
        ("Mo 09:00-17:00", OtherDay(None, is_shut=True), ()),
        (None, OtherDay(None, is_shut=True), ()),
        (None, None, None),
    ],
)
def test_a_day_told_beats_the_week_and_closed_today_beats_both(
    hours: str | None, other: OtherDay | None, expected: Spans | None
) -> None:
    other_days = {MONDAY: other} if other else {}
    holiday = [days_off(PH, MONDAY)]
    assert spans_on(opening(hours, other_days=other_days, calendar=holiday), MONDAY) == expected


# -- Now ---------------------------------------------------------------------------------------


def test_open_says_until_when_and_closed_says_when_it_opens() -> None:
    court = opening("Mo-Fr 10:00-12:00,13:00-17:00")
    assert state_at(court, at(MONDAY, "10:00")) == OpenState(
        is_open=True, until=at(MONDAY, "12:00")
    )
    assert state_at(court, at(MONDAY, "12:00")) == OpenState(
        is_open=False, next_open=at(MONDAY, "13:00")
    )
    friday, next_monday = MONDAY + timedelta(days=4), MONDAY + timedelta(days=7)
    closed = OpenState(is_open=False, next_open=at(next_monday, "10:00"))
    assert state_at(court, at(friday, "17:00")) == closed


@pytest.mark.parametrize(
    ("hours", "other", "kinds", "why"),
    [
        ("Mo 10:00-17:00; PH off", None, (PH,), Why.PUBLIC_HOLIDAY),
        ("Mo 10:00-17:00; SH off", None, (SH,), Why.SCHOOL_VACATION),
        ("Tu 10:00-17:00; PH off", None, (PH,), None),
        ("Tu 10:00-17:00", None, (), None),
        ("Mo 10:00-17:00", OtherDay(()), (), Why.OTHER_HOURS),
        ("Mo 10:00-17:00", OtherDay(None, is_shut=True), (PH,), Why.CLOSED_TODAY),
        ("Mo 10:00-11:00; PH off", None, (), None),
    ],
)
def test_closed_for_the_day_says_why(
    hours: str, other: OtherDay | None, kinds: tuple[DayKind, ...], why: Why | None
) -> None:
    calendar = [days_off(kind, MONDAY) for kind in kinds]
    other_days = {MONDAY: other} if other else {}
    state = state_at(opening(hours, calendar=calendar, other_days=other_days), at(MONDAY, "12:00"))
    assert state is not None
    assert not state.is_open
    assert state.why == why


def test_closed_today_ends_with_the_day_and_nothing_is_told_of_days_nobody_knows() -> None:
    shut = {MONDAY: OtherDay(None, is_shut=True)}
    tuesday = MONDAY + timedelta(days=1)
    known = opening("Mo-Fr 10:00-17:00", other_days=shut)
    assert state_at(known, at(MONDAY, "11:00")) == OpenState(
        is_open=False, next_open=at(tuesday, "10:00"), why=Why.CLOSED_TODAY
    )
    assert is_open_at(known, at(tuesday, "11:00")) is True
    unknown = opening(None, other_days=shut)
    assert state_at(unknown, at(MONDAY, "11:00")) == OpenState(is_open=False, why=Why.CLOSED_TODAY)
    assert state_at(unknown, at(tuesday, "11:00")) is None
    assert is_open_at(unknown, at(tuesday, "11:00")) is None


def test_midnight_closes_nothing_that_goes_on() -> None:
    night = opening("Mo-Fr 22:00-24:00; Sa 00:00-02:00")
    friday, saturday = MONDAY + timedelta(days=4), MONDAY + timedelta(days=5)
    assert state_at(night, at(friday, "23:00")) == OpenState(
        is_open=True, until=at(saturday, "02:00")
    )
    assert state_at(opening("24/7"), at(MONDAY, "11:00")) == OpenState(is_open=True)


@pytest.mark.parametrize(("days_ahead", "is_seen"), [(60, True), (61, False)])
def test_the_next_opening_is_looked_for_within_sixty_days(days_ahead: int, is_seen: bool) -> None:  # noqa: FBT001  a column of the table
    day = MONDAY + timedelta(days=days_ahead)
    state = state_at(opening(f"{day:%Y %b %d} 10:00-12:00"), at(MONDAY, "11:00"))
    assert state == OpenState(is_open=False, next_open=at(day, "10:00") if is_seen else None)


# -- The change of clocks ----------------------------------------------------------------------


def hours_open(hours: str, day: date) -> list[tuple[str, str]]:
    """From when until when it is open on a day, in UTC."""
    spans = spans_on(opening(check_hours(hours)), day)
    assert spans is not None
    instants = [
        tuple(instant_of(day, minute, AMSTERDAM) for minute in (span.start_min, span.end_min))
        for span in spans
    ]
    return [(f"{start:%d %H:%M}", f"{end:%d %H:%M}") for start, end in instants]


@pytest.mark.parametrize(
    ("hours", "day", "expected"),
    [
        # 2:00 becomes 3:00: one hour of the two is left.
        ("01:30-03:30", SPRING_FORWARD, [("29 00:30", "29 01:30")]),
        # 3:00 becomes 2:00: three hours.
        ("01:30-03:30", FALL_BACK, [("24 23:30", "25 02:30")]),
        ("00:00-24:00", SPRING_FORWARD, [("28 23:00", "29 22:00")]),
        ("00:00-24:00", FALL_BACK, [("24 22:00", "25 23:00")]),
        # A start that is left out is the jump itself; an hour left out opens nothing.
        ("02:30-05:00", SPRING_FORWARD, [("29 01:00", "29 03:00")]),
        ("01:00-02:30", SPRING_FORWARD, [("29 00:00", "29 01:00")]),
        ("02:10-02:50", SPRING_FORWARD, [("29 01:00", "29 01:00")]),
        # Of an hour that comes twice the first counts, for opening and for closing.
        ("02:30-05:00", FALL_BACK, [("25 00:30", "25 04:00")]),
        ("01:00-02:30", FALL_BACK, [("24 23:00", "25 00:30")]),
        ("10:00-17:00", SPRING_FORWARD, [("29 08:00", "29 15:00")]),
        ("10:00-17:00", FALL_BACK, [("25 09:00", "25 16:00")]),
    ],
)
def test_a_day_of_23_or_25_hours_opens_by_the_clock_on_the_wall(
    hours: str, day: date, expected: list[tuple[str, str]]
) -> None:
    assert hours_open(hours, day) == expected


def test_an_hour_that_comes_twice_is_told_apart_and_one_left_out_is_never_open() -> None:
    early = opening("01:00-02:30")
    assert is_open_at(early, at(FALL_BACK, "02:15"))
    assert not is_open_at(early, at(FALL_BACK, "02:15", fold=1))
    gone = opening("02:10-02:50")
    assert state_at(gone, at(SPRING_FORWARD, "03:00")) == OpenState(
        is_open=False, next_open=at(SPRING_FORWARD + timedelta(days=1), "02:10")
    )


@pytest.mark.parametrize(
    ("zone_name", "day", "minutes"),
    [
        # Back from 24:00 to 23:00, and from 1:00 to 0:00 of the next day.
        ("America/Santiago", date(2026, 4, 4), 240),
        ("America/Havana", date(2026, 10, 31), 240),
        ("Europe/Amsterdam", date(2026, 10, 24), 180),
    ],
)
def test_where_a_clock_goes_back_around_midnight_the_night_is_longer(
    zone_name: str, day: date, minutes: int
) -> None:
    zone = ZoneInfo(zone_name)
    late = opening("Sa 22:00-24:00; Su 00:00-01:00", zone=zone)
    begin = at(day, "22:00", zone=zone)
    for passed in range(0, minutes, 15):
        now = begin + timedelta(minutes=passed)
        assert is_open_at(late, now)
        assert state_at(late, now) == OpenState(
            is_open=True, until=begin + timedelta(minutes=minutes)
        )


@given(
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.integers(0, DAY_MIN),
    st.integers(0, DAY_MIN),
    st.sampled_from(["Europe/Amsterdam", "America/St_Johns", "Australia/Lord_Howe", "UTC"]),
)
def test_later_on_the_clock_is_never_earlier_in_time(
    day: date, one: int, other: int, zone_name: str
) -> None:
    zone = ZoneInfo(zone_name)
    first, second = sorted((one, other))
    assert instant_of(day, first, zone) <= instant_of(day, second, zone)
    assert instant_of(day, DAY_MIN, zone) == instant_of(day + timedelta(days=1), 0, zone)


# -- A week ------------------------------------------------------------------------------------

minutes = st.lists(st.integers(0, DAY_MIN), min_size=0, max_size=6, unique=True).map(sorted)
some_spans = minutes.map(
    lambda found: tuple(Span(*pair) for pair in zip(found[::2], found[1::2], strict=False))
)
weeks = st.builds(
    Week,
    st.tuples(*[some_spans] * 7),
    st.none() | some_spans,
    st.none() | some_spans,
)


@given(weeks)
def test_a_week_comes_back_as_it_was_written(week: Week) -> None:
    assert read_week(write_week(week)) == week
    if len(write_week(week)) <= 500:
        assert read_week(check_hours(write_week(week))) == week


@given(weeks, st.integers(0, 6), st.sets(st.sampled_from(DayKind)))
def test_a_week_opens_as_it_shows(week: Week, number: int, kinds: set[DayKind]) -> None:
    day = MONDAY + timedelta(days=number)
    told = [
        week.public_holidays if PH in kinds else None,
        week.school_vacations if SH in kinds else None,
        week.days[number],
    ]
    expected = next(spans for spans in told if spans is not None)
    calendar = [days_off(kind, day) for kind in kinds]
    assert spans_on(opening(write_week(week), calendar=calendar), day) == expected


@pytest.mark.parametrize(
    "hours",
    [
        "Apr-Oct 10:00-12:00",
        "Mo sunrise-sunset",
        "Mo[1] 10:00-12:00",
        'Mo 10:00-12:00 "members"',
        "Mo 10:00-12:00, Mo 14:00-16:00",
        "PH off; Mo 10:00-12:00",
        "PH off; SH 10:00-12:00",
        "Mo 09:00-10:00,11:00-12:00,13:00-14:00,15:00-16:00",
        "08:00-20:00; 10:00-12:00 off",
    ],
)
def test_hours_that_a_week_cannot_show_are_shown_as_they_are(hours: str) -> None:
    assert read_week(check_hours(hours)) is None


@pytest.mark.parametrize(
    ("hours", "week"),
    [
        ("off", CLOSED_WEEK),
        ("24/7", Week(((Span(0, DAY_MIN),),) * 7)),
        ("PH off; 10:00-12:00", Week(((Span(600, 720),),) * 7)),
        ("Sa-Mo 10:00-12:00", Week(((Span(600, 720),),) + ((),) * 4 + ((Span(600, 720),),) * 2)),
    ],
)
def test_other_ways_of_writing_a_week_are_read_too(hours: str, week: Week) -> None:
    assert read_week(check_hours(hours)) == week


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("10-12", "10:00-12:00"),
        ("13.00 - 17:30, 9:00-12", "09:00-12:00, 13:00-17:30"),
        ("9h30\u201312h00", "09:30-12:00"),
        ("10:00-12:00, 12:00-14:00", "10:00-14:00"),
        ("0-24", "00:00-24:00"),
    ],
)
def test_hours_of_a_day_are_read_as_people_type_them(typed: str, kept: str) -> None:
    assert write_spans(read_spans(typed, name="mo")) == kept


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("in the morning", "Write hours as"),
        ("10:00", "Write hours as"),
        ("10:75-11:00", "Write hours as"),
        ("17-10", "24:00 at the latest"),
        ("22-26", "24:00 at the latest"),
        ("10-12, 11-13", "overlap"),
        ("9-10, 11-12, 13-14, 15-16", "at most 3 times"),
    ],
)
def test_hours_of_a_day_that_cannot_be_are_refused(typed: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_spans(typed, name="mo")
    assert says in str(refused.value)
    assert refused.value.field == "mo"
