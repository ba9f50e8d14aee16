"""What both tongues share: routes that declare their permission, the transaction, the clock.

Never here: a noun, a page, a format.
"""

import base64
import binascii
import hashlib
import hmac
import ipaddress
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from flask import Flask, current_app, request
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session
from werkzeug.routing import IntegerConverter, Map

from geoapp.config import Settings
from geoapp.db.session import transaction
from geoapp.errors import Conflict, Invalid, NotAllowed, TooMany
from geoapp.geo.crs import check_lonlat
from geoapp.ledger.actions import check_left, try_count_use
from geoapp.ledger.rules import REFUSALS_OF_ONE
from geoapp.media.gate import Cleaned, clean_picture
from geoapp.media.rules import MAX_UPLOAD_BYTES
from geoapp.media.store import FileStore
from geoapp.people.rules import Permission
from geoapp.sealing import Sealer

KEY = "geoapp"
PLAIN_NUMBER = re.compile(r"[-+]?[0-9]{1,20}(\.[0-9]{1,20})?")


@dataclass(frozen=True)
class Route:
    """An address, what answers it, and the permission it demands."""

    rule: str
    view: Callable[..., Any]
    permission: Permission
    methods: tuple[str, ...] = ("GET",)


class Follow(Protocol):
    """Writes what follows from the changes of a transaction, just before it ends."""

    def __call__(self, session: Session, *, now: datetime) -> None:
        """Within the same transaction."""


@dataclass(frozen=True)
class Wiring:
    """What a request finds ready: settings, the engine, the clock, the key of what is sealed,
    permissions by endpoint, and what writes down what follows from changes."""

    settings: Settings
    engine: Engine | Connection
    clock: Callable[[], datetime]
    store: FileStore
    sealer: Sealer
    permissions: dict[str, Permission]
    follow: Follow


class RowNumber(IntegerConverter):
    """A number in an address that a column can hold: of a larger one there is nothing here."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**31 - 1)


def wiring() -> Wiring:
    """The wiring of the running service."""
    found: Wiring = current_app.extensions[KEY]
    return found


def add_routes(app: Flask, name: str, routes: tuple[Route, ...]) -> None:
    """Register the routes of one tongue; `name` begins each endpoint."""
    permissions = app.extensions[KEY].permissions
    for route in routes:
        endpoint = f"{name}.{route.view.__name__}"
        app.add_url_rule(
            route.rule, endpoint, route.view, methods=list(route.methods), strict_slashes=True
        )
        permissions[endpoint] = route.permission


def check_every_route(app: Flask) -> None:
    """Refuse to start while any endpoint declares no permission.

    Raises:
        NotAllowed: names the endpoints.
    """
    declared = app.extensions[KEY].permissions
    bare = {rule.endpoint for rule in app.url_map.iter_rules()} - set(declared)
    if bare:
        raise NotAllowed(
            "These endpoints declare no permission: {names}.", names=", ".join(sorted(bare))
        )


def check_text() -> None:
    """Before each request: no NUL in its address, for no text here can hold one.

    Raises:
        Invalid: there is one.
    """
    values = (request.path, *request.args, *request.args.values())
    if any("\x00" in value for value in values):
        raise Invalid("The address holds a NUL character: take it out.")


def sender_subject() -> str:
    """A digest of the sender's address, good for one day: nobody's address is stored."""
    text = f"{_network(request.remote_addr or '')}|{utc_today()}".encode()
    key = wiring().settings.secret.encode()
    return hmac.new(key, text, hashlib.sha256).hexdigest()[:32]


def sender_mark() -> str:
    """Tells this sender's network from another, on any day; kept nowhere as it is."""
    text = f"mark|{_network(request.remote_addr or '')}".encode()
    return hmac.new(wiring().settings.secret.encode(), text, hashlib.sha256).hexdigest()


def _network(address: str) -> str:
    """Whoever has one address of IPv6 has all of its /64."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(found if found.version == 4 else ipaddress.ip_network((found, 64), strict=False))


@contextmanager
def count_refusals() -> Iterator[None]:
    """Count what is refused within the block against a limit of its own, wider than that of
    what is stored. Beyond it the block is not entered: refusing costs work as well.

    Raises:
        TooMany: so much was refused of this sender that even refusing must pause.
    """
    subject, now = sender_subject(), wiring().clock()
    with open_session() as session:
        check_left(session, limit=REFUSALS_OF_ONE, subject=subject, now=now)
    try:
        yield
    except (Invalid, Conflict, TooMany):
        with open_session() as session:
            try_count_use(session, limit=REFUSALS_OF_ONE, subject=subject, now=now)
        raise


def read_json_object() -> dict[str, object]:
    """The request's body as one JSON object, read strictly (threats, T23).

    Raises:
        Invalid: no JSON, no object, a name twice, NaN or infinity, too deep, no UTF-8.
    """
    try:
        body = json.loads(
            request.get_data(cache=False).decode(),
            object_pairs_hook=_refuse_twice,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError:
        raise Invalid("Send the body as UTF-8.") from None
    except RecursionError:
        raise Invalid("The body is nested too deep.") from None
    except ValueError:
        raise Invalid("The body is no JSON: check its commas, quotes and brackets.") from None
    if not isinstance(body, dict):
        raise Invalid("The body must be one JSON object.")
    return body


def read_form() -> dict[str, object]:
    """The request's form fields, each once; `lat` and `lon` as numbers where they are.

    Raises:
        Invalid: a field comes twice.
    """
    values: dict[str, object] = {}
    for given, words in request.form.items(multi=True):
        name = given or ""  # a part of a form may come without one
        if name in values:
            raise Invalid("Give {name} once.", field=name, name=name)
        values[name] = words
    for name in ("lat", "lon"):
        number = values.get(name)
        if number == "":
            del values[name]
        elif isinstance(number, str) and PLAIN_NUMBER.fullmatch(number):
            values[name] = float(number)
    return values


def read_preferred_language() -> str:
    """The primary subtag of the language asked for first ("nl" of "nl-BE"); empty where none is."""
    for tag, _ in request.accept_languages:
        primary = tag.replace("_", "-").split("-")[0].lower()
        if re.fullmatch("[a-z]{2,3}", primary):
            return primary
    return ""


def read_uploads(most: Mapping[str, int]) -> dict[str, list[Cleaned]]:
    """The pictures uploaded under each name of `most`, as many as that, through the gate.

    Raises:
        Invalid: a file under another name, too many of one, or one that is no picture we take.
    """
    unknown = [name for name in request.files if name not in most]
    if unknown:
        raise Invalid("There is no field {name} here.", field=unknown[0], name=unknown[0])
    found: dict[str, list[Cleaned]] = {}
    for name, allowed in most.items():
        uploads = [
            (file.filename, file.stream.read(MAX_UPLOAD_BYTES + 1))
            for file in request.files.getlist(name)[: allowed + 1]
        ]
        # A field in which nothing was chosen comes as a file without name and content.
        pictures = [content for filename, content in uploads if filename or content]
        if len(pictures) > allowed:
            raise Invalid("Choose at most {most} photos.", field=name, most=allowed)
        found[name] = [_clean(name, picture) for picture in pictures]
    return found


def read_json_pictures(values: object, *, field: str, most: int) -> list[Cleaned]:
    """Pictures in JSON: a list of base64 texts, through the gate.

    Raises:
        Invalid: no such list, more than `most`, or one that is no picture we take.
    """
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Invalid("{name} is a list of pictures in base64.", field=field, name=field)
    if len(values) > most:
        raise Invalid("Choose at most {most} photos.", field=field, most=most)
    try:
        pictures = [base64.b64decode(value, validate=True) for value in values]
    except (binascii.Error, ValueError):
        raise Invalid("{name} is a list of pictures in base64.", field=field, name=field) from None
    return [_clean(field, picture) for picture in pictures]


def _clean(name: str, data: bytes) -> Cleaned:
    try:
        return clean_picture(data)
    except Invalid as error:
        raise Invalid(error.message, field=name, **error.values) from None


def _refuse_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    seen: dict[str, object] = {}
    for name, value in pairs:
        if name in seen:
            raise Invalid("Give {name} once.", field=name[:60], name=name[:60])
        seen[name] = value
    return seen


def _refuse_constant(words: str) -> object:
    raise Invalid("{words} is no number.", words=words)


@contextmanager
def open_session() -> Iterator[Session]:
    """The one transaction of a request; what follows from its changes is written in it, last."""
    wired = wiring()
    with transaction(wired.engine) as session:
        yield session
        wired.follow(session, now=wired.clock())


def today_in(time_zone: str) -> date:
    """Today, by the days of a district."""
    return wiring().clock().astimezone(ZoneInfo(time_zone)).date()


def latest_today() -> date:
    """The day it is where the day is furthest on: a day after it lies in the future anywhere."""
    return (wiring().clock() + timedelta(hours=14)).astimezone(UTC).date()


def utc_today() -> date:
    """Today in UTC, where an answer spans districts."""
    return wiring().clock().astimezone(UTC).date()


def read_number(name: str, words: str | None, *, low: float, high: float) -> float:
    """A plain decimal number between two bounds.

    Raises:
        Invalid: absent, no number (NaN and infinity are none), or out of bounds.
    """
    if not words:
        raise Invalid("Give {name}, a number.", field=name, name=name)
    if not PLAIN_NUMBER.fullmatch(words):
        raise Invalid("{name} must be a number.", field=name, name=name)
    value = float(words)
    if not low <= value <= high:
        raise Invalid(
            "{name} must lie between {low} and {high}.", field=name, name=name, low=low, high=high
        )
    return value


def read_place(lat: str | None, lon: str | None) -> tuple[float, float]:
    """A place as (lon, lat).

    Raises:
        Invalid: not numbers, or not on earth.
    """
    latitude = read_number("lat", lat, low=-90, high=90)
    longitude = read_number("lon", lon, low=-180, high=180)
    if not check_lonlat(longitude, latitude):
        raise Invalid("Give lat and lon in degrees.", field="lat")
    return longitude, latitude


def read_box(words: str) -> tuple[float, float, float, float]:
    """A box "west,south,east,north" in degrees.

    Raises:
        Invalid: not four numbers in that order.
    """
    parts = words.split(",")
    if len(parts) != 4:
        raise Invalid("bbox is four numbers: west,south,east,north.", field="bbox")
    west, east = (read_number("bbox", part, low=-180, high=180) for part in parts[::2])
    south, north = (read_number("bbox", part, low=-90, high=90) for part in parts[1::2])
    if west > east or south > north:
        raise Invalid("bbox is four numbers: west,south,east,north.", field="bbox")
    return west, south, east, north
