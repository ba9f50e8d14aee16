"""One error table, in both tongues; and limits on what may be sent: refused, never a failure."""

import errno
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from werkzeug.exceptions import MethodNotAllowed, default_exceptions

from geoapp.api.openapi import VERSION
from geoapp.errors import (
    Conflict,
    GeoappError,
    Invalid,
    NotAllowed,
    NotFound,
    NotInstalled,
    SignInNeeded,
    Stale,
    TooLarge,
    TooMany,
    UnknownMedia,
    VersionNeeded,
)
from geoapp.intake.rules import Refused
from geoapp.ledger.rules import REPORTS_OF_ONE, Limit
from geoapp.refusals import KINDS, PROTOCOL, find_refusal

# -- The table -------------------------------------------------------------------------------

STATUSES: dict[type[GeoappError], int] = {
    NotFound: 404,
    Invalid: 400,
    NotAllowed: 403,
    Conflict: 409,
    NotInstalled: 503,
    TooMany: 429,
    SignInNeeded: 401,
    Stale: 412,
    VersionNeeded: 428,
    TooLarge: 413,
    UnknownMedia: 415,
}
MADE: dict[type[GeoappError], Callable[[], GeoappError]] = {
    TooMany: lambda: TooMany("Too many.", wait_s=7),
    Refused: lambda: Refused([Invalid("One.", field="a"), Invalid("Two.", field="b")]),
}
THEIRS: list[Exception] = [
    *(kind() for kind in default_exceptions.values()),
    MethodNotAllowed(["GET", "HEAD"]),
    OperationalError("SELECT", {}, Exception()),
    NoConnectionLeft(),
    OSError(errno.ENOSPC, "full"),
    OSError(errno.EDQUOT, "full"),
    OSError(errno.EIO, "broken"),
    RuntimeError("what nobody may read"),
]
ANSWERED = {*STATUSES.values(), *PROTOCOL, 500, 503, 507}


def kinds_of_error(kind: type[GeoappError] = GeoappError) -> Iterator[type[GeoappError]]:
    """Every kind there is, and the kinds of it."""
    for known in kind.__subclasses__():
        yield known
        yield from kinds_of_error(known)


def make_error(kind: type[GeoappError]) -> GeoappError:
    if kind in MADE:
        return MADE[kind]()
    error = kind.__new__(kind)
    GeoappError.__init__(error, "What is wrong.")  # whatever else a kind asks for
    return error


def test_each_kind_has_its_status() -> None:
    assert {kind: find_refusal(make_error(kind)).status for kind in STATUSES} == STATUSES
    assert {kind for kind in KINDS if issubclass(kind, GeoappError)} == set(STATUSES)


def test_a_kind_of_a_kind_is_answered_as_the_nearest_of_them() -> None:
    found = list(kinds_of_error())
    assert len(found) > len(STATUSES)
    for kind in found:
        nearest = next(known for known in kind.__mro__ if known in STATUSES)
        assert find_refusal(make_error(kind)).status == STATUSES[nearest]


def answer_both(
    app: Flask, monkeypatch: pytest.MonkeyPatch, error: Exception, language: str = "en"
) -> tuple[Any, Any]:
    """What a machine and a person hear when a view fails with this error."""

    def fail() -> None:
        raise error

    for view in ("api.show_root", "web.show_about"):
        monkeypatch.setitem(app.view_functions, view, fail)
    asker, headers = app.test_client(), {"Accept-Language": language}
    return asker.get("/api/v1/", headers=headers), asker.get("/about", headers=headers)


EVERY = [*(make_error(kind) for kind in kinds_of_error()), *THEIRS]


@pytest.mark.parametrize("error", EVERY, ids=lambda error: type(error).__name__)
def test_every_error_is_answered_in_both_tongues_from_one_table(
    demo_app: Flask, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    machine, page = answer_both(demo_app, monkeypatch, error)
    refusal = find_refusal(error)
    assert machine.status_code == page.status_code == refusal.status
    assert refusal.status in ANSWERED
    assert machine.mimetype == "application/problem+json"
    assert page.mimetype == "text/html"
    told = machine.get_json()
    assert (told["status"], told["title"]) == (refusal.status, refusal.title)
    assert told["detail"]
    assert f"<h1>{told['detail']}</h1>" in page.text
    assert "nobody may read" not in machine.text + page.text
    assert machine.headers["API-Version"] == VERSION
    for name, value in refusal.headers.items():
        assert machine.headers[name] == page.headers[name] == value


@pytest.mark.parametrize(
    "error", [error for error in THEIRS if find_refusal(error).status in (413, 500, 503, 507)]
)
def test_what_goes_wrong_here_is_said_in_the_readers_language(
    demo_app: Flask, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    machine, page = answer_both(demo_app, monkeypatch, error, language="nl")
    assert machine.get_json()["detail"] not in page.text


def test_several_faults_are_each_named(demo_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    machine, _ = answer_both(demo_app, monkeypatch, make_error(Refused))
    assert machine.get_json()["errors"] == [
        {"field": "a", "detail": "One."},
        {"field": "b", "detail": "Two."},
    ]


@pytest.mark.parametrize(
    ("error", "name", "value"),
    [
        (TooMany("Too many.", wait_s=7), "Retry-After", "7"),
        (OperationalError("", {}, Exception()), "Retry-After", "5"),
        (SignInNeeded("Sign in."), "WWW-Authenticate", "Bearer"),
        (MethodNotAllowed(["HEAD", "GET"]), "Allow", "GET, HEAD"),
    ],
)
def test_a_refusal_says_what_its_status_asks_for(error: Exception, name: str, value: str) -> None:
    assert find_refusal(error).headers[name] == value


@given(
    window_s=st.integers(1, 100_000),
    now=st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  hypothesis adds the zone
)
def test_after_the_wait_another_window_begins_and_not_a_second_before(
    window_s: int, now: datetime
) -> None:
    limit = Limit("any", most=1, window_s=window_s)
    left = limit.seconds_left(now)
    assert 1 <= left <= window_s
    assert limit.window_start(now + timedelta(seconds=left)) > limit.window_start(now)
    assert limit.window_start(now + timedelta(seconds=left - 1)) == limit.window_start(now)


def test_half_a_letter_sent_comes_back_as_one_that_strict_readers_take(
    client: FlaskClient,
) -> None:
    answer = client.post("/api/v1/defects", data='{"\\ud800": 1}', content_type="application/json")
    assert answer.status_code == 400
    assert json.loads(answer.data.decode("utf-8"))["field"] == "?"
    assert "\\ud" not in answer.text


def test_a_flood_of_unknown_fields_is_named_in_part(client: FlaskClient) -> None:
    for body in ({f"field{number}": 1 for number in range(10_000)}, {"x" * 1_000_000: 1}):
        answer = client.post("/api/v1/defects", json=body)
        assert answer.status_code == 400
        assert len(answer.data) < 10_000


# -- Limits ----------------------------------------------------------------------------------

MULTIPART = "multipart/form-data; boundary=here"


def parts(count: int, *, letters: int = 1) -> bytes:
    """A multipart body of so many fields."""
    one = '--here\r\nContent-Disposition: form-data; name="f{}"\r\n\r\n{}\r\n'
    return ("".join(one.format(number, "x" * letters) for number in range(count))).encode() + (
        b"--here--\r\n"
    )


# What is sent, of which kind, with which length said; and the status that is due.
BODIES: dict[str, tuple[bytes, str, dict[str, str], int]] = {
    "10,000 parts": (parts(10_000), MULTIPART, {}, 413),
    "one part of 17 MB": (parts(1, letters=17_000_000), MULTIPART, {}, 413),
    "said to be 74 MB": (parts(1), MULTIPART, {"CONTENT_LENGTH": "74000000"}, 413),
    "said to be endless": (parts(1), MULTIPART, {"CONTENT_LENGTH": "9" * 30}, 413),
    "longer than said": (parts(9), MULTIPART, {"CONTENT_LENGTH": "20"}, 400),
    "shorter than said": (parts(9), MULTIPART, {"CONTENT_LENGTH": "99999"}, 400),
    "a length below nothing": (parts(1), MULTIPART, {"CONTENT_LENGTH": "-5"}, 400),
    "a length that is a word": (parts(1), MULTIPART, {"CONTENT_LENGTH": "many"}, 400),
    "no boundary": (parts(1), "multipart/form-data", {}, 400),
    "another boundary": (parts(1), "multipart/form-data; boundary=there", {}, 400),
    "a boundary of spaces": (parts(1), 'multipart/form-data; boundary="  "', {}, 400),
    "a part without a name": (
        b"--here\r\nContent-Disposition: form-data\r\n\r\nx\r\n--here--\r\n",
        MULTIPART,
        {},
        400,
    ),
    "a part without headers": (b"--here\r\n\r\nx\r\n--here--\r\n", MULTIPART, {}, 400),
    "no end": (parts(2)[:-12], MULTIPART, {}, 400),
    "10,000 fields": (
        "&".join(f"f{number}=1" for number in range(10_000)).encode(),
        "application/x-www-form-urlencoded",
        {},
        400,
    ),
    "no letters": (b"lat=%ff&category=%00", "application/x-www-form-urlencoded", {}, 400),
    "an unknown charset": (b"lat=1", "application/x-www-form-urlencoded; charset=xx", {}, 400),
    "nothing": (b"", MULTIPART, {}, 400),
}


@pytest.mark.parametrize("address", ["/api/v1/defects", "/report"])
@pytest.mark.parametrize("sent", BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_too_much_or_broken_is_refused(
    own_client: FlaskClient, make: Any, address: str, sent: Any
) -> None:
    make.organisation(is_desk=True)
    body, kind, environ, status = sent
    answer = own_client.post(address, data=body, content_type=kind, environ_overrides=environ)
    assert answer.status_code == status
    is_page = address == "/report"
    assert answer.mimetype == ("text/html" if is_page else "application/problem+json")


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/xml", "application/jsonp", "nonsense", "\xff/\xff"]
)
def test_another_kind_of_content_is_not_read(client: FlaskClient, kind: str) -> None:
    answer = client.post("/api/v1/defects", data=b"{}", headers={"Content-Type": kind})
    assert (answer.status_code, answer.mimetype) == (415, "application/problem+json")
    assert "multipart/form-data" in answer.get_json()["detail"]


LONG = "a" * 300_000
HEADERS = {
    "Accept": (LONG, "*/*;q=nan", "text/html;q=1e999"),
    "Accept-Encoding": (LONG, "gzip;q=inf, br;q=-1", ";;;,"),
    "Accept-Language": (LONG, "nl;q=x", "-", "en" + "-x" * 5000),
    "Cookie": (f"lang={LONG}", "lang=\xff; form=\xff", ";;=;"),
    "If-None-Match": (LONG, 'W/"', '"' * 999),
    "If-Modified-Since": (LONG, "yesterday", "Thu, 99 Foo 99999 99:99:99 GMT"),
    "Range": (f"bytes={LONG}", "bytes=5-1", "bytes=0-0,1-1"),
    "Authorization": (LONG, "Basic ====", "Bearer"),
    "Idempotency-Key": (LONG, "\xe9\xe9\xe9\xe9\xe9\xe9\xe9\xe9"),
    "X-Forwarded-For": (LONG, "999.1.1.1, ::::"),
}


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in HEADERS.items() for value in values],
    ids=lambda value: ascii(value)[:30],
)
def test_no_header_breaks_the_service(client: FlaskClient, name: str, value: str) -> None:
    for path in ("/about", "/api/v1/", "/tiles/labels.json", "/static/icon.svg"):
        answer = client.get(path, headers={name: value}, buffered=True)
        assert answer.status_code < 500
    answer = client.post("/api/v1/defects", json={}, headers={name: value})
    assert answer.status_code == 400


def test_a_long_address_is_refused_or_answered(client: FlaskClient) -> None:
    for path, status in (
        (f"/api/v1/assets?kind={LONG}", 400),
        (f"/api/v1/assets?{LONG}=1", 400),
        (f"/api/v1/assets?{'after=a&' * 9999}", 400),
        (f"/api/v1/defects/{LONG}", 404),
        (f"/{LONG}", 404),
        (f"/find?q={LONG}", 200),
    ):
        assert client.get(path).status_code == status, path[:40]


def test_the_api_says_when_to_come_back(own_client: FlaskClient, make: Any, session: Any) -> None:
    make.organisation(is_desk=True)
    assert session.is_active
    asked = [
        own_client.post("/api/v1/defects", json={"lat": 52, "lon": 5, "category": "broken"})
        for _ in range(REPORTS_OF_ONE.most + 1)
    ]
    assert [answer.status_code for answer in asked] == [201] * REPORTS_OF_ONE.most + [429]
    assert asked[-1].headers["Retry-After"] == str(REPORTS_OF_ONE.window_s)
