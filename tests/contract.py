"""The API asked by its own description, within it and beside it: what schemathesis makes up,
with codes, names and places that are really there mixed in."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import Engine

from geoapp.app import create_app
from geoapp.config import Settings
from geoapp.defects.rules import Says
from tests.conftest import NOW

DESCRIPTION = "/api/v1/openapi.json"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
AS_DESCRIBED, BESIDE_IT = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
Known = Mapping[str, Sequence[Any]]


@contextmanager
def trial_app(engine: Engine, media: Path) -> Iterator[Flask]:
    """The service within a transaction that is rolled back; no limit of an hour is reached,
    for on its clock each look is two minutes later."""
    looks = count()
    with engine.connect() as connection, connection.begin() as outer:
        yield create_app(
            Settings(background_url="", media_dir=media),
            engine=connection,
            clock=lambda: NOW + timedelta(minutes=2 * next(looks)),
        )
        outer.rollback()


def find_known(app: Flask) -> Known:
    """What there is to ask for, under the names of the parameters that ask for it."""
    client = app.test_client()
    items = {
        name: client.get(f"/api/v1/{name}?limit=20").get_json()["items"]
        for name in ("assets", "defects", "areas", "platforms")
    }
    codes = [item["code"] for name in ("assets", "defects") for item in items[name]]
    return {
        "code": codes,
        "slug": [item["slug"] for item in items["platforms"]],
        "after": codes,
        "asset": codes,
        "area": [item["slug"] for item in items["areas"]],
        "district": sorted({item["district"] for item in items["areas"]}),
        "place": [(item["lat"], item["lon"]) for item in items["assets"]],
        "report": [{"asset": item["code"], "category": "broken"} for item in items["assets"]],
        "voice": [{"says": says} for says in Says],
    }


@dataclass(frozen=True)
class Operation:
    """One address and method of the description; `takes`: there is something to fill in wrongly."""

    path: str
    method: str
    takes: bool


def list_operations(description: Mapping[str, Any]) -> list[Operation]:
    """Every operation described."""
    return [
        Operation(path, method, any(told["in"] != "path" for told in operation["parameters"]))
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
    ]


def ask_operation(app: Flask, operation: Operation, *, cases: int, known: Known) -> Counter[int]:
    """Ask so many times, half of it as described and half beside it; how often which status.

    Raises:
        BaseExceptionGroup: an answer is not as described, or is a failure of the service.
    """
    described = schemathesis.openapi.from_wsgi(DESCRIPTION, app)[operation.path][operation.method]
    statuses: Counter[int] = Counter()
    modes = (AS_DESCRIBED, BESIDE_IT) if operation.takes else (AS_DESCRIBED,)

    for mode in modes:

        @seed(23)
        @settings(
            max_examples=cases // len(modes),
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=described.as_strategy(generation_mode=mode), data=st.data())
        def ask(case: Any, data: st.DataObject) -> None:
            _use_known(case, data, known)
            # schemathesis would take an answer to be packed, and does not unpack it.
            answer = case.call(headers={"Accept-Encoding": "identity"})
            statuses[answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)

        ask()
    return statuses


def _use_known(case: Any, data: st.DataObject, known: Known) -> None:
    """Put what is really there in the place of some made-up values."""
    if isinstance(case.body, dict) and data.draw(st.booleans()):
        whole = "voice" if "says" in case.body else "report"
        case.body = dict(data.draw(st.sampled_from(known[whole])))
    for given_values in (case.path_parameters, case.query, case.body):
        if not isinstance(given_values, dict):
            continue
        for name in sorted(set(given_values) & set(known)):
            if data.draw(st.booleans()):
                given_values[name] = data.draw(st.sampled_from(known[name]))
        if "lat" in given_values and "lon" in given_values and data.draw(st.booleans()):
            given_values["lat"], given_values["lon"] = data.draw(st.sampled_from(known["place"]))
