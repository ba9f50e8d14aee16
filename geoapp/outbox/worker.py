"""Sends what waits in the outbox: leased and committed, sent, marked and committed.

At least once: a worker that dies between sending and marking leaves a message that is sent again.
A handler gives each sending the message's own id, so that the receiver can tell.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from geoapp.db.session import transaction
from geoapp.outbox.actions import hold_message, mark_failed, mark_sent, take_due
from geoapp.outbox.rules import Message

log = logging.getLogger("geoapp.outbox")

PAUSE_S = 1.0
PAUSE_WITHOUT_DATABASE_S = 3.0
SWEEP_EVERY = timedelta(hours=1)

Clock = Callable[[], datetime]


class Sweep(Protocol):
    """Takes away what was kept for as long as it may be."""

    def __call__(self, session: Session, *, now: datetime) -> object:
        """Within one transaction."""


# Sends a message, or finds that there is nothing to send any more; raises where it must be tried
# again. What it writes by the session is committed with the mark that the message was sent.
Handler = Callable[[Session, Message], None]


def run(
    engine: Engine,
    handlers: Mapping[str, Handler],
    *,
    clock: Clock,
    stop: threading.Event,
    sweep: Sweep,
) -> None:
    """Send what is due, every second, until `stop`; the message at hand is finished first. Every
    hour `sweep` takes away what is over.

    Without a database it waits for one.
    """
    sweep_at = clock()
    while not stop.is_set():
        try:
            run_once(engine, handlers, clock=clock, stop=stop)
            if clock() >= sweep_at:
                with transaction(engine) as session:
                    sweep(session, now=clock())
                sweep_at = clock() + SWEEP_EVERY
        except DBAPIError as error:
            log.error("the database: %s", type(error.orig).__name__)
            stop.wait(PAUSE_WITHOUT_DATABASE_S)
        stop.wait(PAUSE_S)


def run_once(
    engine: Engine | Connection,
    handlers: Mapping[str, Handler],
    *,
    clock: Clock,
    stop: threading.Event | None = None,
) -> int:
    """Send all that is due, one after the other; returns how many were sent."""
    sent = 0
    while stop is None or not stop.is_set():
        # One at a time: a lease begins just before its sending does.
        with transaction(engine) as session:
            taken = take_due(session, now=clock(), limit=1)
        if not taken:
            break
        sent += _send(engine, handlers, taken[0], clock)
    return sent


def _send(
    engine: Engine | Connection, handlers: Mapping[str, Handler], message: Message, clock: Clock
) -> bool:
    try:
        with transaction(engine) as session:
            if not hold_message(session, message=message):
                return False
            handlers[message.kind](session, message)
            mark_sent(session, message=message, now=clock())
    except Exception as error:  # noqa: BLE001  an edge: whatever went wrong, the message is kept
        _note_failure(engine, message, error, clock)
        return False
    return True


def _note_failure(
    engine: Engine | Connection, message: Message, error: Exception, clock: Clock
) -> None:
    with transaction(engine) as session:
        waits = mark_failed(session, message=message, error=error, now=clock())
    level, fate = (logging.WARNING, "waits") if waits else (logging.ERROR, "is given up")
    # Of the error only its class: its words may hold an address.
    name = type(error).__name__
    log.log(level, "message %s (%s) %s: %s", message.id, message.kind, fate, name)
