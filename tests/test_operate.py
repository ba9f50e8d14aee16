"""What operators see: figures that add up over processes, and logs that know nobody."""

import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from geoapp.app import create_app
from geoapp.config import Settings
from geoapp.db.session import make_engine
from geoapp.operate.logs import ACCESS, HIDDEN, JsonLines, make_log_settings
from geoapp.operate.metrics import BOUNDS_S, Meter
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory

CANARY = "canary-of-somebody"  # and see `Leaks` in conftest: it listens to the whole suite


class Lines(logging.Handler):
    """Keeps what the service logs, as it would write it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonLines())
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))


@pytest.fixture
def logged() -> Any:
    """Lines written while the test runs."""
    handler, level = Lines(), ACCESS.level
    logging.getLogger().addHandler(handler)
    ACCESS.setLevel(logging.INFO)
    yield handler.lines
    ACCESS.setLevel(level)
    logging.getLogger().removeHandler(handler)


def figures_of(client: FlaskClient) -> dict[tuple[str, ...], float]:
    """Each figure by its name and labels."""
    text = client.get("/metrics").text
    return {
        (sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))): (
            sample.value
        )
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


# -- Figures -------------------------------------------------------------------------------------


def test_each_request_is_counted_by_its_route_never_by_its_path(own_client: FlaskClient) -> None:
    for path in ("/defects/22-222?secret=abc", "/defects/33-333", "/nowhere/at/all"):
        own_client.get(path)
    found = figures_of(own_client)
    name = "geoapp_request_seconds_count"
    assert found[name, "method=GET", "route=/defects/<code>", "status=404"] == 2
    assert found[name, "method=GET", "route=", "status=404"] == 1
    assert not any("22-222" in part for key in found for part in key)


def test_the_buckets_of_a_route_add_up(own_client: FlaskClient) -> None:
    for _ in range(5):
        own_client.get("/health/live")
    found = figures_of(own_client)
    labels = ("method=GET", "route=/health/live", "status=200")
    buckets = [
        found["geoapp_request_seconds_bucket", f"le={bound}", *labels]
        for bound in (*BOUNDS_S, "+Inf")
    ]
    assert buckets == sorted(buckets)
    assert buckets[-1] == found["geoapp_request_seconds_count", *labels] == 5
    assert found["geoapp_request_seconds_sum", *labels] > 0


def test_what_waits_for_people_is_told(make: Factory, own_client: FlaskClient) -> None:
    for state in ("held", "held", "shown"):
        looked = None if state == "held" else NOW
        make.picture(state=state, looked_at=looked)
    found = figures_of(own_client)
    assert found["geoapp_pictures_held",] == 2
    assert found["geoapp_database_up",] == 1


def test_without_a_database_the_figures_say_so() -> None:
    engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    client = create_app(Settings(background_url=""), engine=engine).test_client()
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 503
    assert figures_of(client)["geoapp_database_up",] == 0


def test_several_processes_count_together_and_those_that_ended_stay(tmp_path: Path) -> None:
    meter = Meter(tmp_path)
    meter.count("GET", "/", 200, 0.02)
    for _ in range(3):
        child = os.fork()
        if child == 0:
            meter.count("GET", "/", 200, 0.02)
            meter.count("POST", "/report", 303, 0.5)
            meter.write_text([])
            os._exit(0)
        os.waitpid(child, 0)
    text = meter.write_text([])
    assert 'geoapp_request_seconds_count{method="GET",route="/",status="200"} 4' in text
    assert 'geoapp_request_seconds_count{method="POST",route="/report",status="303"} 3' in text


def test_a_torn_or_missing_file_costs_figures_and_no_request(tmp_path: Path) -> None:
    meter = Meter(tmp_path / "gone")
    meter.count("GET", "/", 200, 0.02)
    (tmp_path / "1.json").write_text('[["GET"')
    assert "# TYPE geoapp_request_seconds histogram" in Meter(tmp_path).write_text([])


def test_a_method_somebody_made_up_is_no_label(own_client: FlaskClient) -> None:
    own_client.open("/", method="CANARY")
    assert not any("CANARY" in part for key in figures_of(own_client) for part in key)


# -- Logs ----------------------------------------------------------------------------------------


def test_a_request_is_one_line_with_its_route_and_nothing_of_who_asked(
    own_client: FlaskClient, make: Factory, logged: list[dict[str, Any]]
) -> None:
    make.organisation(district_id=make.district().id, is_desk=True)
    sent = {"lat": LAT, "lon": LON, "category": "broken", "description": CANARY}
    whose = {"User-Agent": CANARY, "Referer": f"https://example.org/{CANARY}"}
    refused, answer = (
        own_client.post(
            address, json=sent, headers=whose, environ_base={"REMOTE_ADDR": "192.0.2.77"}
        )
        for address in (f"/api/v1/defects?ref={CANARY}", "/api/v1/defects")
    )
    assert (refused.status_code, answer.status_code) == (400, 201)
    assert len(logged) == 2
    line = logged[-1]
    assert (line["method"], line["route"], line["status"]) == ("POST", "/api/v1/defects", 201)
    assert line["ms"] > 0
    told = json.dumps(logged)
    for personal in (CANARY, "192.0.2.77", answer.get_json()["code"], "secret"):
        assert personal not in told


def test_an_error_is_told_by_where_it_arose_and_never_by_its_words(
    demo_app: Flask, monkeypatch: pytest.MonkeyPatch, logged: list[dict[str, Any]]
) -> None:
    def fail() -> None:
        raise RuntimeError(f"DETAIL: Failing row contains ({CANARY})")

    monkeypatch.setitem(demo_app.view_functions, "web.show_about", fail)
    assert demo_app.test_client().get("/about").status_code == 500
    error = next(line for line in logged if line["level"] == "error")
    assert error["error"] == "RuntimeError"
    assert error["trace"][-1].startswith("test_operate.py:")
    assert CANARY not in json.dumps(logged)


def test_what_the_database_says_of_a_row_stays_out_of_errors(session: Session) -> None:
    assert session.bind is not None
    made = make_engine("postgresql://nobody@127.0.0.1:1/none")
    assert made.hide_parameters
    made.dispose()


@pytest.mark.parametrize(
    "words",
    [
        "from ip=192.0.2.77 refused",
        "mail to jan.de.vries@example.org failed",
        "GET /defects/K7-QF4?secret=abcdef HTTP/1.1",
        "peer 2001:db8:0:1::7 gone",
        "peer 2001:db8:0:1:2:3:4:5 gone",
    ],
)
def test_what_libraries_write_of_people_is_hidden(words: str) -> None:
    record = logging.LogRecord("library", logging.WARNING, "", 0, words, (), None)
    said = json.loads(JsonLines().format(record))["words"]
    assert HIDDEN in said
    assert not any(part in said for part in ("192.0", "jan.de", "abcdef", "2001:db8"))


def test_the_server_s_complaints_leave_out_what_the_request_said() -> None:
    line = "Invalid HTTP request line: 'GET /?q=jan jansen'"
    for message, arguments, said in (
        (f"Invalid request from ip=192.0.2.7: {line}", (), "Invalid request from ip="),
        ("Error handling request %s %s", ("GET", "/defects/K7-QF4"), "Error handling request"),
    ):
        record = logging.LogRecord("gunicorn.error", 30, "", 0, message, arguments, None)
        words = json.loads(JsonLines().format(record))["words"]
        assert words.startswith(said)
        assert not any(part in words for part in ("jansen", "K7-QF4", "192.0"))


def test_times_and_versions_are_not_taken_for_addresses() -> None:
    record = logging.LogRecord("x", logging.WARNING, "", 0, "at 12:34:56 with 1.9.4", (), None)
    assert json.loads(JsonLines().format(record))["words"] == "at 12:34:56 with 1.9.4"


def test_the_server_s_own_words_take_the_same_way() -> None:
    loggers = make_log_settings(with_requests=True)["loggers"]
    assert loggers["gunicorn.error"]["handlers"] == ["stderr"]
    assert loggers["gunicorn.access"]["handlers"] == []
    assert make_log_settings(with_requests=False)["loggers"]["geoapp.access"]["level"] == "WARNING"
