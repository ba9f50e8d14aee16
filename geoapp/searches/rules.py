"""Searches, pure: what becomes of one."""

from datetime import timedelta
from enum import StrEnum

# Each keeps one core busy for a minute.
MOST_OPEN = 3
# So often a search is taken up again after its worker died.
MOST_TRIES = 3
KEPT_FOR = timedelta(days=30)
GIVEN_UP_AFTER = timedelta(days=1)


class SearchState(StrEnum):
    """Where a search stands. The last three are its end."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


OPEN = (SearchState.WAITING, SearchState.WORKING)


class Reason(StrEnum):
    """Why a search failed: what it asks about is not there any more; it needs more memory or time
    than it may have; nobody worked on it in time; something is wrong here."""

    GONE = "gone"
    HEAVY = "heavy"
    LATE = "late"
    BROKEN = "broken"
