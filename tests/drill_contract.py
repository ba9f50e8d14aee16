"""The long drill of the API's description, run by scripts/drill. It prints its figures."""

import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine

from geoapp.api.openapi import describe_api
from tests.contract import ask_operation, find_known, list_operations, trial_app

CASES = 20_000
# Where there is little to fill in, the questions run out before their number is reached.
PLANNED = CASES * 5 // 4


def test_20000_questions_are_answered_as_described_and_none_with_a_failure(
    demo_engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operations = list_operations(describe_api("http://localhost/api/v1/"))
    statuses: Counter[int] = Counter()
    started = time.monotonic()
    with trial_app(demo_engine, tmp_path) as app:
        known = find_known(app)
        # Those without anything to fill in have little to ask; reporting has most.
        weights = {one: 1 if "{" not in one.path else 2 for one in operations}
        weights |= {one: 8 for one in operations if one.method == "post"}
        for one in operations:
            cases = PLANNED * weights[one] // sum(weights.values()) + 1
            statuses += ask_operation(app, one, cases=cases, known=known)
    with capsys.disabled():
        seconds = time.monotonic() - started
        told = ", ".join(f"{status}: {number}" for status, number in sorted(statuses.items()))
        print(f"\ncontract: {sum(statuses.values())} cases in {seconds:.0f} s, {told}")  # noqa: T201  a drill tells its figures
    assert max(statuses) < 500
    assert statuses.total() >= CASES
