"""What both tongues share: routes that declare their permission, the transaction, the clock.

Never here: a noun, a page, a format.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app, request
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from geoapp.config import Settings
from geoapp.db.session import transaction
from geoapp.errors import Invalid, NotAllowed
from geoapp.geo.crs import check_lonlat
from geoapp.people.rules import Permission, Role, may

KEY = "geoapp"
PLAIN_NUMBER = re.compile(r"[-+]?[0-9]{1,20}(\.[0-9]{1,20})?")


@dataclass(frozen=True)
class Route:
    """An address, what answers it, and the permission it demands."""

    rule: str
    view: Callable[..., Any]
    permission: Permission
    methods: tuple[str, ...] = ("GET",)


@dataclass(frozen=True)
class Wiring:
    """What a request finds ready: settings, the engine, the clock, permissions by endpoint."""

    settings: Settings
    engine: Engine | Connection
    clock: Callable[[], datetime]
    permissions: dict[str, Permission]


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


def check_permission() -> None:
    """Before each request: who asks must hold the permission the endpoint declares.

    Raises:
        NotAllowed: they do not.
    """
    if request.endpoint is None:
        return
    if not may(Role.ANONYMOUS, wiring().permissions[request.endpoint]):
        raise NotAllowed("You may not do this. Sign in with an account that may.")


@contextmanager
def open_session() -> Iterator[Session]:
    """The one transaction of a request."""
    with transaction(wiring().engine) as session:
        yield session


def today_in(time_zone: str) -> date:
    """Today, by the days of a district."""
    return wiring().clock().astimezone(ZoneInfo(time_zone)).date()


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
