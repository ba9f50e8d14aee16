"""Figures for operators, in the text form that Prometheus reads.

Several processes serve, and a scrape reaches any one of them. After each request a process writes
its own counts to a file of the folder they share (some kilobytes, renamed into place); whoever is
asked adds all files up. Files of processes that ended stay, so that no count goes back.
"""

import json
import os
import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

# Upper bounds of the histogram, in seconds.
BOUNDS_S = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
Series = tuple[str, str, str]  # method, route, status


class Meter:
    """Counts requests of this process; `folder` is shared with the others, None is alone."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._pid, self._name = os.getpid(), _new_name()
        # For each series: a count for each bucket and one beyond the last, and the seconds in all.
        self._counts: dict[Series, list[float]] = _no_counts()

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        with self._lock:
            self._begin_anew_after_fork()
            row = self._counts[method, route, str(status)]
            row[bisect_left(BOUNDS_S, seconds)] += 1
            row[-1] += seconds
            self._write()

    def write_text(self, gauges: Iterable[tuple[str, str, float]]) -> str:
        """All counts, and `gauges` as (name, help, value), in the text form."""
        with self._lock:
            self._begin_anew_after_fork()
            self._write()
            lines = [*_lines_of_requests(self._add_up()), *_lines_of_gauges(gauges)]
        return "\n".join([*lines, ""])

    def _begin_anew_after_fork(self) -> None:
        if self._pid != os.getpid():
            self._pid, self._name = os.getpid(), _new_name()
            self._counts = _no_counts()

    def _write(self) -> None:
        if self._folder is None:
            return
        draft = self._folder / f".{self._name}"
        rows = [[*series, *row] for series, row in self._counts.items()]
        # Figures are not worth a failed request: a full disk costs only them.
        with suppress(OSError):
            draft.write_text(json.dumps(rows), encoding="utf-8")
            draft.replace(self._folder / f"{self._name}.json")

    def _add_up(self) -> dict[Series, list[float]]:
        if self._folder is None:
            return self._counts
        total = _no_counts()
        for file in sorted(self._folder.glob("*.json")):
            with suppress(OSError, ValueError):
                for method, route, status, *row in json.loads(file.read_text(encoding="utf-8")):
                    known = total[method, route, status]
                    known[:] = [a + b for a, b in zip(known, row, strict=True)]
        return total


def _new_name() -> str:
    # The time as well: a number of a process comes round again.
    return f"{os.getpid()}-{time.time_ns()}"


def _no_counts() -> dict[Series, list[float]]:
    return defaultdict(lambda: [0.0] * (len(BOUNDS_S) + 2))


def _lines_of_requests(counts: dict[Series, list[float]]) -> Iterator[str]:
    name = "geoapp_request_seconds"
    yield f"# HELP {name} Time to answer a request, in seconds."
    yield f"# TYPE {name} histogram"
    for (method, route, status), row in sorted(counts.items()):
        labels = f'method="{_quote(method)}",route="{_quote(route)}",status="{_quote(status)}"'
        *buckets, seconds = row
        so_far = 0.0
        for bound, count in zip([*map(str, BOUNDS_S), "+Inf"], buckets, strict=True):
            so_far += count
            yield f'{name}_bucket{{{labels},le="{bound}"}} {so_far:g}'
        yield f"{name}_sum{{{labels}}} {seconds:g}"
        yield f"{name}_count{{{labels}}} {so_far:g}"


def _lines_of_gauges(gauges: Iterable[tuple[str, str, float]]) -> Iterator[str]:
    for name, help_words, value in gauges:
        yield f"# HELP {name} {help_words}"
        yield f"# TYPE {name} gauge"
        yield f"{name} {value:g}"


def _quote(words: str) -> str:
    return words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
