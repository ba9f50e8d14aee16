"""When a message is tried again and when no more, pure."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=3)
# A message that waited for days because no worker ran has had no chance yet: these span two hours.
FEWEST_TRIES = 8
# Longer than any sending takes: then its worker is dead.
LEASE = timedelta(minutes=5)


@dataclass(frozen=True)
class Message:
    """What waits to be sent. `attempts` counts the one at hand; `payload` holds plain ids and
    words of ours, never an address or what people wrote."""

    id: uuid.UUID
    kind: str
    payload: Mapping[str, str]
    attempts: int
    created_at: datetime


def next_try(message: Message, *, now: datetime) -> datetime | None:
    """When to try again what has just failed; None means: no more."""
    is_old = now - message.created_at >= GIVE_UP_AFTER
    if is_old and message.attempts >= FEWEST_TRIES:
        return None
    # Beyond ten doublings the longest wait has long been reached.
    doublings = min(max(message.attempts - 1, 0), 10)
    return now + min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
