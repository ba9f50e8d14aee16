"""What an asset may be, pure: closed sets, details per kind, aspects of a duty, and what whoever
manages it may say of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from geoapp.db.codes import read_code
from geoapp.db.text import read_words
from geoapp.errors import Invalid
from geoapp.ledger.rules import Limit

MOST_NAME_LETTERS = 200
MOST_DETAIL_LETTERS = 2_000
MOST_NOTE_LETTERS = 200
MOST_DIGITS = 7
# How far ahead something is planned or looked at again.
MOST_YEARS_AHEAD = 20
# Before it nothing is told here.
EARLIEST = date(1900, 1, 1)


class Kind(StrEnum):
    """What stands there."""

    CABINET = "cabinet"
    PLAYGROUND = "playground"
    SPORT_COURT = "sport_court"
    BENCH = "bench"
    BIN = "bin"
    SIGN = "sign"


# What is joined in one file with rows under this licence falls under it as well.
SHARE_ALIKE = "ODbL"


def is_share_alike(licence: str) -> bool:
    """True for the ODbL of whatever version, with whatever follows."""
    return licence.casefold().startswith(SHARE_ALIKE.casefold())


# What a child or a player looks for.
PLAY_KINDS = (Kind.PLAYGROUND, Kind.SPORT_COURT)


class RegisterStatus(StrEnum):
    """What the municipal register says; a different fact from what stands on the street."""

    IN_REGISTER = "in_register"
    REMOVED = "removed"
    NEVER = "never"
    UNKNOWN = "unknown"


class PhysicalStatus(StrEnum):
    """What stands on the street."""

    PLANNED = "planned"
    IN_USE = "in_use"
    OUT_OF_ORDER = "out_of_order"
    REMOVED = "removed"


# What a passer-by can find there.
STANDING = (PhysicalStatus.IN_USE, PhysicalStatus.OUT_OF_ORDER)


class SeenBy(StrEnum):
    """Who says that a thing is still there: anybody who passes, or who keeps it."""

    PUBLIC = "public"
    KEEPER = "keeper"


# A round past all cabinets of a neighbourhood fits in an hour. One network counts once a day for
# one thing; beyond so many of a thing nothing more is kept of them: that it stands is known.
SIGHTINGS_OF_ONE = Limit("sightings_of_one", most=60, window_s=3600)
SIGHTING_OF_ONE_THING = Limit("sighting_of_one_thing", most=1, window_s=24 * 3600)
SIGHTINGS_OF_A_THING = Limit("sightings_of_a_thing", most=50, window_s=24 * 3600)


class Aspect(StrEnum):
    """What a maintenance duty covers."""

    DEVICE = "device"
    CLEANING = "cleaning"
    OPERATION = "operation"


class AssetEventKind(StrEnum):
    """What can have happened to an asset."""

    PLANNED = "planned"
    BUILT = "built"
    REGISTERED = "registered"
    DEREGISTERED = "deregistered"
    INSPECTED = "inspected"
    SEEN = "seen"
    MOVED = "moved"
    # Told by the line of owners, never written as an event.
    OWNED = "owned"
    REPLACED = "replaced"
    REVIEWED = "reviewed"
    REMOVED = "removed"


class Precision(StrEnum):
    """How much of a date is known."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"


# What may be told of each kind beyond what all kinds share, with the type of the value.
DETAILS: dict[Kind, dict[str, type]] = {
    Kind.CABINET: {"sided": str, "material": str},
    Kind.PLAYGROUND: {"surface": str, "fence": str, "entrances": str, "area_m2": int},
    Kind.SPORT_COURT: {
        "sport": str,
        "setting": str,
        "fence": str,
        "entrances": str,
        "surface": str,
        "light": str,
        "description": str,
        "area_m2": int,
    },
    Kind.BENCH: {"material": str},
    Kind.BIN: {"volume_l": int},
    Kind.SIGN: {"text": str},
}


def check_details(kind: Kind, details: Mapping[str, object]) -> dict[str, object]:
    """`details` when every name and type fits the kind.

    Raises:
        Invalid: a name that this kind does not have, or a value of another type.
    """
    known = DETAILS[kind]
    for name, value in details.items():
        if name not in known:
            raise Invalid("A {kind} has no detail called {name}.", kind=kind.value, name=name)
        if not isinstance(value, known[name]) or isinstance(value, bool):
            raise Invalid("The detail {name} is of the wrong type.", name=name)
    read_entrances(str(details.get("entrances", "")))
    return dict(details)


_ENTRANCE = re.compile(r"(-?[0-9]{1,2}\.[0-9]{3,12})[ ,]+(-?[0-9]{1,3}\.[0-9]{3,12})")


def read_entrances(words: str) -> tuple[tuple[float, float], ...]:
    """Where one goes in, as longitude and latitude, of words like "52.3137, 4.9742; 52.3141,
    4.9733" (latitude first, as people read it).

    Raises:
        Invalid: it is no such list, of the detail.
    """
    found = []
    for part in filter(None, (one.strip() for one in words.split(";"))):
        pair = _ENTRANCE.fullmatch(part)
        if pair is None or abs(float(pair[1])) > 90 or abs(float(pair[2])) > 180:
            raise Invalid("Write entrances as 52.3137, 4.9742; 52.3141, 4.9733.", field="entrances")
        found.append((float(pair[2]), float(pair[1])))
    return tuple(found)


def find_entrances(details: Mapping[str, object]) -> tuple[tuple[float, float], ...]:
    """The entrances among the details of a thing that is stored; none where they cannot be read."""
    try:
        return read_entrances(str(details.get("entrances", "")))
    except Invalid:
        return ()


def read_details(kind: Kind, typed: Mapping[str, str]) -> dict[str, object]:
    """The details of a kind as a form sends them; what is empty is not told.

    Raises:
        Invalid: a number is none, or the words are too long; of the detail.
    """
    told: dict[str, object] = {}
    for name, wanted in DETAILS[kind].items():
        said = read_words(typed.get(name, ""), field=name, most=MOST_DETAIL_LETTERS)
        if not said:
            continue
        if wanted is int and not (said.isascii() and said.isdigit() and len(said) <= MOST_DIGITS):
            raise Invalid("Write a whole number, in digits alone.", field=name)
        told[name] = int(said) if wanted is int else said
    read_entrances(str(told.get("entrances", "")))
    return told


def read_name(words: str) -> str:
    """What a thing is called.

    Raises:
        Invalid: it is empty, or too long.
    """
    name = read_words(words, field="name", most=MOST_NAME_LETTERS)
    if not name:
        raise Invalid("Say what it is called.", field="name")
    return name


def read_date(words: str, *, field: str) -> date | None:
    """A day as a form sends it; None where it is left empty.

    Raises:
        Invalid: it is no day, or lies centuries away.
    """
    if not words.strip():
        return None
    try:
        day = date.fromisoformat(words.strip())
    except ValueError:
        raise Invalid("Choose a day.", field=field) from None
    if not EARLIEST.year <= day.year <= EARLIEST.year + 300:
        raise Invalid("Choose a day.", field=field)
    return day


# -- The entry in the register -----------------------------------------------------------------


@dataclass(frozen=True)
class RegisterEntry:
    """What whoever manages an asset says of it. `part_of` and `shows` are public codes, empty
    where it stands in nothing and shows nothing."""

    name: str
    register_status: RegisterStatus
    physical_status: PhysicalStatus
    planned_on: date | None = None
    review_on: date | None = None
    part_of: str = ""
    shows: str = ""
    details: Mapping[str, object] = field(default_factory=dict)


def flatten_entry(entry: RegisterEntry) -> dict[str, str]:
    """An entry as a form shows it: words by the name of the field; a detail by its own."""
    said = {name: value for name, value in vars(entry).items() if name != "details"}
    return {
        name: "" if value is None else str(value)
        for name, value in (said | dict(entry.details)).items()
    }


def read_entry(kind: Kind, typed: Mapping[str, str]) -> RegisterEntry:
    """An entry as a form sends it.

    Raises:
        Invalid: a field cannot be read.
    """
    try:
        register_status = RegisterStatus(typed.get("register_status", ""))
    except ValueError:
        raise Invalid("Choose one of these.", field="register_status") from None
    try:
        physical_status = PhysicalStatus(typed.get("physical_status", ""))
    except ValueError:
        raise Invalid("Choose one of these.", field="physical_status") from None
    return RegisterEntry(
        name=read_name(typed.get("name", "")),
        register_status=register_status,
        physical_status=physical_status,
        planned_on=read_date(typed.get("planned_on", ""), field="planned_on"),
        review_on=read_date(typed.get("review_on", ""), field="review_on"),
        part_of=read_code(typed.get("part_of", "").strip()),
        shows=read_code(typed.get("shows", "").strip()),
        details=read_details(kind, typed),
    )


def _check_ahead(day: date, *, field: str, today: date) -> None:
    if not today <= day <= date(today.year + MOST_YEARS_AHEAD, 12, 31):
        raise Invalid(
            "Choose a day from today on, within {years} years.",
            field=field,
            years=MOST_YEARS_AHEAD,
        )


def settle_entry(before: RegisterEntry, after: RegisterEntry, *, today: date) -> RegisterEntry:
    """The entry to keep: what stands there has no day of building any more.

    Raises:
        Invalid: a day that was changed lies behind or too far ahead; something that is not planned
            is given a day of building; or it would be taken away, or back, on the side.
    """
    was, now = before.physical_status, after.physical_status
    if was is not now and PhysicalStatus.REMOVED in (was, now):
        raise Invalid("Whether it was taken away is not said here.", field="physical_status")
    for name in ("planned_on", "review_on"):
        day = getattr(after, name)
        if day is not None and day != getattr(before, name):
            _check_ahead(day, field=name, today=today)
    if after.planned_on is None or now is PhysicalStatus.PLANNED:
        return after
    if after.planned_on != before.planned_on:
        raise Invalid(
            "Only what is planned has such a day: say that it is planned, or take the day away.",
            field="planned_on",
        )
    return replace(after, planned_on=None)


_EVENT_OF_REGISTER = {
    RegisterStatus.IN_REGISTER: AssetEventKind.REGISTERED,
    RegisterStatus.REMOVED: AssetEventKind.DEREGISTERED,
}


def events_of(before: RegisterEntry, after: RegisterEntry, *, today: date) -> list[AssetEventKind]:
    """What a change of the entry tells of the thing's own life."""
    told = []
    was_planned, is_planned = (
        entry.physical_status is PhysicalStatus.PLANNED for entry in (before, after)
    )
    if was_planned and not is_planned:
        told.append(AssetEventKind.BUILT)
    now_listed = _EVENT_OF_REGISTER.get(after.register_status)
    if now_listed and after.register_status is not before.register_status:
        told.append(now_listed)
    is_due = before.review_on is not None and before.review_on <= today
    if is_due and after.review_on != before.review_on:
        told.append(AssetEventKind.REVIEWED)
    return told


@dataclass(frozen=True)
class Replacement:
    """A new thing that stands where the old one stood, under the same number."""

    on_day: date
    note: str
    name: str
    details: Mapping[str, object]


def check_replacement(new: Replacement, *, before: RegisterEntry, today: date) -> None:
    """Whether one can stand in the place of the other.

    Raises:
        Invalid: the day is still to come, or there is no old one yet.
    """
    if before.physical_status is PhysicalStatus.PLANNED:
        raise Invalid("It is not there yet: say in its facts that it stands there now.")
    check_past(new.on_day, field="on_day", today=today)


def check_past(day: date, *, field: str, today: date) -> None:
    """A change is told after it has happened.

    Raises:
        Invalid: the day is still to come.
    """
    if day > today:
        raise Invalid("Say it once it has happened: choose today or an earlier day.", field=field)
