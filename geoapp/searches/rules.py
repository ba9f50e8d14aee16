"""Searches, pure: what becomes of one."""

from enum import StrEnum


class SearchState(StrEnum):
    """Where a search stands. The last three are its end."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


OPEN = (SearchState.WAITING, SearchState.WORKING)
