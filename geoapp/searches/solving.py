"""Working on a search: the world is read here, and a program of its own looks for the answer.

That program can be killed, and is: when the search is stopped, when it takes too long, and when the
worker is told to end. How far it has come is committed on the way. A search whose worker ended or
was killed stays as it is, and the worker that takes its message next begins it anew.
"""

import json
import logging
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from geoapp.bounded import TOO_HEAVY, folder_of
from geoapp.coverage.gaps.exact import LIMIT_S
from geoapp.coverage.gaps.questions import read_question
from geoapp.coverage.gaps.reading import find_gaps
from geoapp.coverage.gaps.spots import find_spots, read_more
from geoapp.db.session import transaction
from geoapp.districts.queries import Place, list_districts
from geoapp.errors import GeoappError
from geoapp.geo.crs import LONLAT, transform_point
from geoapp.outbox.rules import Message
from geoapp.outbox.worker import Handler
from geoapp.searches.actions import (
    SOLVE,
    fail_search,
    finish_search,
    note_progress,
    take_search,
)
from geoapp.searches.queries import SearchFacts
from geoapp.searches.rules import MOST_TRIES, Reason
from geoapp.searches.solver import Task

log = logging.getLogger("geoapp.searches")

SOLVER = (sys.executable, "-P", "-m", "geoapp.searches.solver")
# A search that is stopped ends within a second.
LOOK_EVERY_S = 0.4
# Beyond the time of the search itself: to begin, and to reckon distances along many paths.
BESIDE_S = 60.0
# Percents at which each stage begins; the last one counts on by the clock.
BEGINS_AT = {"read": 0, "distances": 5, "greedy": 15, "exact": 20}

Clock = Callable[[], datetime]
Child = subprocess.Popen[bytes]


class _Stopped(Exception):  # noqa: N818  no error: somebody wanted it
    """The search was stopped, and its program is dead."""


class WorkerEnds(Exception):  # noqa: N818
    """The worker was told to end, and did not finish a search: its message waits."""


class _Failed(Exception):  # noqa: N818
    """The program ended without an answer."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Solver:
    """How a search is worked on: where its progress is committed, what tells the worker to end, the
    program, how long that may search."""

    bind: Engine | Connection
    clock: Clock
    stop: threading.Event = field(default_factory=threading.Event)
    command: Sequence[str] = SOLVER
    limit_s: float = LIMIT_S


def make_searches(solver: Solver) -> dict[str, Handler]:
    """What is done with a message that a search waits."""

    def work(_session: Session, message: Message) -> None:
        work_on(solver, uuid.UUID(message.payload["search_id"]), attempt=message.attempts)

    return {SOLVE: work}


def work_on(solver: Solver, search_id: uuid.UUID, *, attempt: int = 1) -> None:
    """Find the answer to a search, and keep it; nothing where it has ended. At the `attempt` after
    the last one it may have, it fails.

    Raises:
        WorkerEnds: the worker is to end first.
    """
    with transaction(solver.bind) as session:
        search = take_search(session, search_id=search_id)
    if search is None:
        return
    try:
        if attempt > MOST_TRIES:
            raise _Failed(Reason.BROKEN)
        found = _find(solver, search)
    except _Stopped:
        return
    except (GeoappError, _Failed) as error:
        reason = error.reason if isinstance(error, _Failed) else Reason.GONE
        log.warning("search %s failed: %s", search.id, reason)
        with transaction(solver.bind) as session:
            fail_search(session, search_id=search_id, reason=reason, now=solver.clock())
        return
    with transaction(solver.bind) as session:
        finish_search(session, search_id=search_id, found=found, now=solver.clock())


def _find(solver: Solver, search: SearchFacts) -> dict[str, Any]:
    with transaction(solver.bind) as session:
        place, task = _read_task(session, search, limit_s=solver.limit_s)
    found = _run(solver, search.id, task)
    for picks in (found["picks"], found["greedy"]):
        for pick in picks:
            x, y = pick.pop("x"), pick.pop("y")
            pick["lon"], pick["lat"] = transform_point(x, y, place.metric_srid, LONLAT)
    return found


def _read_task(session: Session, search: SearchFacts, *, limit_s: float) -> tuple[Place, Task]:
    [place] = [one for one in list_districts(session) if one.id == search.district_id]
    more = read_more(search.question)
    question = read_question(search.question)
    # "Saturday" is the one that came next when it was asked.
    finding = find_gaps(session, place=place, question=question, now=search.asked_at)
    spots = find_spots(session, finding=finding, whence=more.whence)
    return place, Task(finding.world, finding.measured, spots, more.count, limit_s)


# -- The program -----------------------------------------------------------------------------


def _run(solver: Solver, search_id: uuid.UUID, task: Task) -> dict[str, Any]:
    """What the program finds.

    Raises:
        _Stopped: the search was stopped.
        _Failed: the program has found nothing.
    """
    with _start(solver.command, task) as child:
        watch = _Watch(solver, search_id, limit_s=task.limit_s)
        for told in _listen(child, every_s=LOOK_EVERY_S):
            if told and "found" in told:
                found: dict[str, Any] = told["found"]
                return found
            watch.look(told)
        raise _Failed(_why(child.wait()))


@contextmanager
def _start(command: Sequence[str], task: Task) -> Iterator[Child]:
    """The program, begun with its task; dead at the end, whatever happens."""
    with os.fdopen(os.memfd_create("search"), "w+b") as given:
        pickle.dump(task, given)
        given.seek(0)
        child = subprocess.Popen(  # noqa: S603  our own program; nothing of a stranger is an argument
            command,
            stdin=given,
            stdout=subprocess.PIPE,
            cwd="/",
            env={"PYTHONPATH": folder_of("geoapp"), "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,
        )
        with child:
            try:
                yield child
            finally:
                child.kill()


def _listen(child: Child, *, every_s: float) -> Iterator[Mapping[str, Any] | None]:
    """What the program says, line by line; None where it has said nothing for a while. Ends when it
    does."""
    held = b""
    stream: BinaryIO = child.stdout  # type: ignore[assignment]  # it is a pipe
    while True:
        ready, _, _ = select.select([stream], [], [], every_s)
        if not ready:
            yield None
            continue
        said = os.read(stream.fileno(), 65_536)
        if not said:
            return
        *lines, held = (held + said).split(b"\n")
        for line in lines:
            yield json.loads(line)


class _Watch:
    """Tells how far a search has come, and sees that it is to go on."""

    def __init__(self, solver: Solver, search_id: uuid.UUID, *, limit_s: float) -> None:
        self._solver, self._search_id, self._limit_s = solver, search_id, limit_s
        self._stage, self._since = "read", time.monotonic()
        self._until = self._since + limit_s + BESIDE_S
        self._looked = 0.0

    def look(self, told: Mapping[str, Any] | None) -> None:
        """Commit how far it is, at most once in `LOOK_EVERY_S` seconds.

        Raises:
            _Stopped: it is not to go on.
            WorkerEnds: nor is the worker.
            _Failed: it takes too long.
        """
        if told:
            self._stage, self._since = told["stage"], time.monotonic()
        if self._solver.stop.is_set():
            raise WorkerEnds
        if time.monotonic() > self._until:
            raise _Failed(Reason.HEAVY)
        if time.monotonic() - self._looked < LOOK_EVERY_S / 2:
            return
        self._looked = time.monotonic()
        with transaction(self._solver.bind) as session:
            if not note_progress(session, search_id=self._search_id, percent=self._percent()):
                raise _Stopped

    def _percent(self) -> int:
        begins = BEGINS_AT[self._stage]
        if self._stage != "exact":
            return begins
        part = min((time.monotonic() - self._since) / max(self._limit_s, 1), 1)
        return begins + int((99 - begins) * part)


def _why(ended: int) -> Reason:
    is_heavy = ended in TOO_HEAVY or ended == -signal.SIGABRT
    return Reason.HEAVY if is_heavy else Reason.BROKEN
