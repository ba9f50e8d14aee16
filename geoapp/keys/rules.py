"""What a key and its handing over may be, pure: two sides, two confirmations, and the alarm."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from geoapp.db.text import read_words
from geoapp.errors import Invalid

# The same number stands in a CHECK of `tables`.
MOST_LABEL_LETTERS = 40
MOST_OPENED = 50


class Side(StrEnum):
    """The two who confirm a handover."""

    GIVER = "giver"
    RECEIVER = "receiver"


class Outcome(StrEnum):
    """How a handover ended: both confirmed it, the receiver says no, or it was taken back."""

    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


# What "no" makes of a handover, by who says it.
NO_OF: dict[Side, Outcome] = {Side.GIVER: Outcome.WITHDRAWN, Side.RECEIVER: Outcome.REFUSED}


class Alarm(StrEnum):
    """Why a key has no custodian."""

    NEVER_GIVEN = "never_given"
    LOST = "lost"
    GONE = "gone"
    NO_SEAT = "no_seat"


@dataclass(frozen=True)
class Holder:
    """Who has a key or is to have it: a person, or the office of an organisation; neither is
    somebody who has left."""

    person_id: UUID | None = None
    organisation_id: UUID | None = None

    @property
    def is_nobody(self) -> bool:
        """True for somebody who has left."""
        return self.person_id is None and self.organisation_id is None


def read_label(words: str) -> str:
    """What a key is called.

    Raises:
        Invalid: nothing is said, or too much.
    """
    said = " ".join(read_words(words, field="label", most=MOST_LABEL_LETTERS).split())
    if not said:
        raise Invalid("Give the key a name, such as: key 1.", field="label")
    return said


def write_holder(holder: Holder) -> str:
    """A holder as a form sends it; empty for nobody."""
    if holder.person_id is not None:
        return f"person:{holder.person_id}"
    return f"organisation:{holder.organisation_id}" if holder.organisation_id else ""


def read_holder(words: str) -> Holder:
    """What `write_holder` wrote.

    Raises:
        Invalid: it names nobody.
    """
    kind, _, name = words.partition(":")
    try:
        row_id = UUID(name)
    except ValueError:
        raise Invalid("Choose who gets the key.", field="receiver") from None
    found = {"person": Holder(person_id=row_id), "organisation": Holder(organisation_id=row_id)}
    if kind not in found:
        raise Invalid("Choose who gets the key.", field="receiver")
    return found[kind]
