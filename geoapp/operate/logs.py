"""Logs as one JSON object a line, of what happened and never of whom.

A line of a request holds the route's pattern, never its path or query: codes and keys stand in
those. An error is told by its type and where it arose; its message may quote what people sent
(PostgreSQL's DETAIL holds the whole row), so it stays out.
"""

import json
import logging
import re
import time
import traceback
from datetime import UTC, datetime
from http import HTTPMethod
from typing import Any

from flask import Flask, Response, g, request

ACCESS = logging.getLogger("geoapp.access")

# A net below the rule that nothing personal is logged: addresses of people and of machines, and
# the keys of links, in words that libraries write.
PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b"
    r"|(?<![\w:])(?:[0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{0,4}(?![\w:])"
    r"|(?<=secret=)[^\s&\"']+"
)
HIDDEN = "[hidden]"
OWN = ("method", "route", "status", "ms", "bytes")


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, words, and what a request was."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "words": PERSONAL.sub(HIDDEN, _words_of(record)),
        }
        line |= {name: record.__dict__[name] for name in OWN if name in record.__dict__}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = [
                f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False)


def _words_of(record: logging.LogRecord) -> str:
    """What a line says; of the server's own lines only what comes before the request's words."""
    if record.name.startswith("gunicorn"):
        template = str(record.msg)
        return template.partition("%" if record.args else ":")[0].strip()
    return record.getMessage()


def make_log_settings(*, with_requests: bool) -> dict[str, Any]:
    """Settings of `logging` that send every log, ours and the server's, to stderr as JSON lines."""
    here = {"level": "WARNING", "handlers": ["stderr"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonLines}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {
            "gunicorn.error": here,
            "gunicorn.access": {**here, "handlers": []},
            ACCESS.name: {**here, "level": "INFO" if with_requests else "WARNING"},
        },
    }


def log_requests(app: Flask) -> None:
    """Log a line for each request the app answers."""

    @app.before_request
    def start() -> None:
        g.started_s = time.monotonic()

    @app.after_request
    def end(response: Response) -> Response:
        ACCESS.info(
            "request",
            extra={
                "method": method_of_request(),
                "route": route_of_request(),
                "status": response.status_code,
                "ms": round(seconds_of_request() * 1000, 1),
                "bytes": response.content_length,
            },
        )
        return response


def method_of_request() -> str:
    """The method of this request, one of HTTP's own: a sender may write anything there."""
    return request.method if request.method in HTTPMethod.__members__ else "OTHER"


def route_of_request() -> str:
    """The pattern of the route that was asked, such as /defects/<code>; empty where none is."""
    return request.url_rule.rule if request.url_rule is not None else ""


def seconds_of_request() -> float:
    """How long this request has taken so far; nothing where it was refused before it began."""
    started: float | None = g.get("started_s")
    return 0.0 if started is None else time.monotonic() - started
