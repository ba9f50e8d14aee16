"""What a report must hold, pure: one check for the form and the API."""

import base64
import hashlib
import hmac
import math
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from geoapp.assets.rules import Aspect, Kind
from geoapp.db.text import read_words
from geoapp.defects.rules import ASPECT_OF, Category, Reach, Route
from geoapp.errors import GeoappError, Invalid
from geoapp.moderation.rules import PersonalKind, find_personal
from geoapp.people.rules import MOST_ADDRESS_LETTERS, read_address

# The same number stands in a CHECK of `defects/tables`: another one needs a migration.
MOST_WORDS = 2000
MOST_PICTURES = 5
MOST_NUMBER_LETTERS = 60
# Of fields nobody asked for, so many are named, and so much of each name.
MOST_UNKNOWN, MOST_NAME_LETTERS = 20, 60
PICTURES = {"photos": MOST_PICTURES, "city_photo": 1}
FIELDS = (
    "lat",
    "lon",
    "category",
    "description",
    "asset",
    "city_number",
    "city_reported_on",
    "email",
)

# Only a bin is full, and only what has a gate, a door or hours is closed; anything may be broken.
KINDS_OF_CATEGORY: dict[Category, frozenset[Kind]] = {
    category: frozenset(Kind) for category in Category
} | {
    Category.FULL: frozenset({Kind.BIN}),
    Category.CLOSED: frozenset({Kind.CABINET, Kind.PLAYGROUND, Kind.SPORT_COURT}),
}

Value = TypeVar("Value")


@dataclass(frozen=True)
class ReportDraft:
    """A report that has passed the check. `lon`, `lat` None: at the asset named by `asset`.
    `email` is where its reporter wants to hear of it; empty: nowhere."""

    category: Category
    description: str
    lon: float | None
    lat: float | None
    asset: str
    city_number: str
    city_reported_on: date | None
    email: str = ""


class Refused(Invalid):
    """Several fields are wrong; each problem says which and what to do."""

    def __init__(self, problems: Sequence[Invalid]) -> None:
        first = problems[0]
        super().__init__(first.message, field=first.field, **first.values)
        self._problems = tuple(problems)

    @property
    def problems(self) -> tuple[GeoappError, ...]:
        """What is wrong, one for each field."""
        return self._problems


def check_report(values: Mapping[str, object], *, today: date) -> ReportDraft:
    """A report from named values; numbers are numbers, words are words, a date is a date.

    Raises:
        Refused: with one problem for each field that is wrong.
    """
    problems: list[Invalid] = []

    def read(check: Callable[[], Value], default: Value) -> Value:
        try:
            return check()
        except Invalid as problem:
            problems.append(problem)
            return default

    unknown = [name[:MOST_NAME_LETTERS] for name in values if name not in FIELDS]
    problems += [
        Invalid("There is no field {name} here.", field=name, name=name)
        for name in unknown[:MOST_UNKNOWN]
    ]
    asset = read(lambda: _words(values, "asset", most=20), "")
    is_placed = values.get("lat") is not None or values.get("lon") is not None
    lat = read(lambda: _degrees(values, "lat", most=90), 0.0) if is_placed or not asset else None
    lon = read(lambda: _degrees(values, "lon", most=180), 0.0) if is_placed or not asset else None
    category = read(lambda: _category(values), Category.OTHER)
    description = read(lambda: _words(values, "description", most=MOST_WORDS), "")
    number = read(lambda: _city_number(values), "")
    reported_on = read(lambda: _day(values, "city_reported_on", today=today), None)
    email = read(lambda: _address(values), "")
    if problems:
        raise Refused(problems)
    return ReportDraft(category, description, lon, lat, asset, number, reported_on, email)


def list_fitting(kind: Kind) -> list[Category]:
    """What can be the matter with a thing of this kind."""
    return [category for category in Category if kind in KINDS_OF_CATEGORY[category]]


def choose_addressee(
    category: Category,
    *,
    duties: Sequence[tuple[Collection[Aspect], uuid.UUID]],
    routes: Sequence[Route],
) -> uuid.UUID | None:
    """Who gets a report first, of the keepers of its asset and the rules of its place; None: the
    district's desk.

    A keeper comes before any rule: whose duty covers the aspect of the category, of several the
    one with the narrowest duty. What has no aspect goes to who covers all, else to who keeps the
    device.

    Of the rules the nearest wins. Area is compared first: a neighbourhood's rule for every
    category beats the district's own for litter. In areas of one level a rule that names the
    category beats one for all. Of two alike the first one given wins.
    """
    for needed in _duties_needed(category):
        keepers = [duty for duty in duties if needed <= set(duty[0])]
        if keepers:
            return min(keepers, key=lambda duty: len(duty[0]))[1]
    reaches = list(Reach)
    fitting = [route for route in routes if route.category in (None, category)]
    if not fitting:
        return None
    nearest = min(fitting, key=lambda route: (reaches.index(route.reach), route.category is None))
    return nearest.organisation_id


def _duties_needed(category: Category) -> list[set[Aspect]]:
    """What a keeper's duty must cover, and what will do where nobody's covers that."""
    aspect = ASPECT_OF[category]
    return [set(Aspect), {Aspect.DEVICE}] if aspect is None else [{Aspect(aspect)}]


def make_secret(server_key: str, defect_id: uuid.UUID, version: int) -> str:
    """The reporter's own key: never stored, so a replay or a later mail can repeat it."""
    text = f"report:{defect_id}:{version}".encode()
    digest = hmac.new(server_key.encode(), text, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()


def check_secret(server_key: str, defect_id: uuid.UUID, version: int, secret: str) -> bool:
    """True for the reporter's own key; takes as long for a wrong one."""
    expected = make_secret(server_key, defect_id, version)
    return hmac.compare_digest(expected.encode(), secret.encode())


def _degrees(values: Mapping[str, object], name: str, *, most: int) -> float:
    value = values.get(name)
    if value is None:
        raise Invalid("Say where it is: put the pin on the map, or choose a place.", field=name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid("{name} must be a number in degrees.", field=name, name=name)
    # A whole number may be too long for a float; a float may be none.
    if isinstance(value, float) and not math.isfinite(value):
        raise Invalid("{name} must be a number in degrees.", field=name, name=name)
    if abs(value) > most:
        raise Invalid(
            "{name} must be degrees between -{most} and {most}, not metres.",
            field=name,
            name=name,
            most=most,
        )
    return float(value)


def _category(values: Mapping[str, object]) -> Category:
    value = values.get("category")
    if value is None or value == "":
        raise Invalid("Choose what is the matter.", field="category")
    if not isinstance(value, str) or value not in [known.value for known in Category]:
        raise Invalid(
            "There is no such problem to choose: use one of {known}.",
            field="category",
            known=", ".join(Category),
        )
    return Category(value)


def _city_number(values: Mapping[str, object]) -> str:
    words = _words(values, "city_number", most=MOST_NUMBER_LETTERS)
    if find_personal(words) & {PersonalKind.PHONE, PersonalKind.EMAIL}:
        raise Invalid(
            "Everybody can read this: give the city's number, no phone number and no address.",
            field="city_number",
        )
    return words


def _address(values: Mapping[str, object]) -> str:
    words = _words(values, "email", most=MOST_ADDRESS_LETTERS)
    return read_address(words) if words else ""


def _words(values: Mapping[str, object], name: str, *, most: int) -> str:
    value = values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Invalid("{name} must be words.", field=name, name=name)
    return read_words(value, field=name, most=most)


def _day(values: Mapping[str, object], name: str, *, today: date) -> date | None:
    value = values.get(name)
    if value is None or value == "":
        return None
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    if day is None:
        raise Invalid("Write the day as 2026-01-31.", field=name)
    if not today - timedelta(days=36525) < day <= today:
        raise Invalid("This day lies in the future or too far back.", field=name)
    return day
