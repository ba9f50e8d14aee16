"""The API keeps to its own description; a sample here, many more in the drill."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from geoapp.api.openapi import describe_api
from tests.contract import Known, Operation, ask_operation, find_known, list_operations, trial_app

CASES = 24
OPERATIONS = list_operations(describe_api("http://localhost/api/v1/"))
# What a sample of each operation must have met, or it proves nothing.
GOOD = {"get": 200, "post": 201, "patch": 401}
FOR_A_TOKEN = ("/defects/{code}/actions",)


@pytest.fixture(scope="module")
def app(demo_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    media: Path = tmp_path_factory.mktemp("media")
    with trial_app(demo_engine, media) as made:
        yield made


@pytest.fixture(scope="module")
def known(app: Flask) -> Known:
    return find_known(app)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_every_answer_is_as_described(app: Flask, known: Known, operation: Operation) -> None:
    statuses = ask_operation(app, operation, cases=CASES, known=known)
    good = 401 if operation.path in FOR_A_TOKEN else GOOD[operation.method]
    assert statuses[good] > 0, statuses


def test_an_answer_that_is_not_described_is_noticed(
    app: Flask, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer_otherwise() -> Any:
        return {"items": "none"}

    monkeypatch.setitem(app.view_functions, "api.show_platforms", answer_otherwise)
    with pytest.raises(BaseExceptionGroup):
        ask_operation(app, Operation("/platforms", "get", takes=True), cases=4, known=known)
