"""How much is known, pure."""

from enum import StrEnum

from geoapp.db.text import read_words
from geoapp.errors import Invalid

MOST_NOTE_LETTERS = 400


class Known(StrEnum):
    """How much of what stands in an area is on the map. Where nobody said anything: unknown."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    UNKNOWN = "unknown"


def read_note(words: str) -> str:
    """Why somebody says so.

    Raises:
        Invalid: it is empty, or too long.
    """
    note = read_words(words, field="note", most=MOST_NOTE_LETTERS)
    if not note:
        raise Invalid("Say how you know.", field="note")
    return note
