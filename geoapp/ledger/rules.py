"""Limits, fingerprints and verdicts, pure."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from geoapp.errors import Invalid

MOST_KEY_LETTERS = 200
EVERYONE = "everyone"


@dataclass(frozen=True)
class Limit:
    """At most `most` uses in a window of `window_s` seconds, for one subject."""

    name: str
    most: int
    window_s: int

    def window_start(self, now: datetime) -> datetime:
        """The start of the window that holds `now`; windows follow each other without gaps."""
        seconds = int(now.timestamp()) // self.window_s * self.window_s
        return datetime.fromtimestamp(seconds, tz=UTC)

    def seconds_left(self, now: datetime) -> int:
        """Whole seconds until the window that holds `now` is over: at least one."""
        end = self.window_start(now) + timedelta(seconds=self.window_s)
        return math.ceil((end - now).total_seconds())


# A school class or a whole flat may share one address: stored reports are limited per address
# so that an honest group passes, and in all so that a flood does not bury the map.
REPORTS_OF_ONE = Limit("reports_of_one", most=30, window_s=3600)
REPORTS_OF_ALL = Limit("reports_of_all", most=1500, window_s=3600)
# In a flood whoever has sent few gets through all the same, to a bound that protects the disk.
FEW_OF_ONE = 3
REPORTS_IN_A_FLOOD = Limit("reports_in_a_flood", most=15_000, window_s=3600)
REFUSALS_OF_ONE = Limit("refusals_of_one", most=120, window_s=60)
NAMES_OF_ONE = Limit("names_of_one", most=60, window_s=3600)
# Each keeps a program of ours busy for some seconds.
UPLOADS_OF_ONE = Limit("uploads_of_one", most=60, window_s=3600)
# Attempts that are refused fill a history: beyond this they are refused without a word in it.
REFUSED_DEEDS_OF_ONE = Limit("refused_deeds_of_one", most=30, window_s=3600)

KEEP_COUNTS = timedelta(days=2)


class Verdict(StrEnum):
    """What the second person says."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"


def check_key(key: str) -> str:
    """An idempotency key as the sender made it: 8 to 200 plain letters.

    Raises:
        Invalid: it is none.
    """
    if not 8 <= len(key) <= MOST_KEY_LETTERS or not (key.isascii() and key.isprintable()):
        raise Invalid("The key must be 8 to 200 plain letters: use a random UUID.", field="key")
    return key


def make_fingerprint(payload: Mapping[str, object]) -> str:
    """A digest of what was sent, the same for the same content in any order of fields."""
    text = json.dumps(payload, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
