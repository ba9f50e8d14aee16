"""What agreement is, pure: grades, how far an answer reaches, how people are shared out."""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from geoapp.geo.crs import CELL_M
from geoapp.ledger.rules import Limit

# An answer is about where somebody stands, not about one square of 25 m: it speaks for what lies
# within some 60 m, a block of flats, two squares to each side.
REACH_CELLS = 2
# A population cell is 100 m wide, as the national statistics draw theirs: 4 by 4 squares of 25 m.
CELLS_ACROSS = 4
POPULATION_M = CELLS_ACROSS * CELL_M
# As much as a square of 5 km holds: beyond that it is no neighbourhood, and costs too much to keep.
MOST_OUTLINE_CELLS = 40_000
MOST_NAME_LETTERS = 80
# Fewer than this many senders may be one joker.
LEAST_SAYING = 3
# Counts of people are an estimate: nobody is to read them to the last one.
PEOPLE_STEP = 5
# A class may draw its neighbourhood from one school.
DRAWINGS_OF_ONE = Limit("drawings_of_one", most=40, window_s=3600)


class OutlineKind(StrEnum):
    """Who draws: anybody, a platform's organisation, or where the neighbourhood came from."""

    DRAWN = "drawn"
    DECLARED = "declared"
    SOURCE = "source"


class Grade(StrEnum):
    """How many agree that a place belongs to a neighbourhood, most first."""

    CORE = "core"
    COMMON = "common"
    EDGE = "edge"


# From which part of the voices on.
LEAST_AGREEMENT: dict[Grade, float] = {Grade.CORE: 0.75, Grade.COMMON: 0.5, Grade.EDGE: 0.25}
# A place belongs to a neighbourhood where at least so many say so.
BELONGS = frozenset({Grade.CORE, Grade.COMMON})

Key = TypeVar("Key")


def make_sender(mark: str, about: str) -> bytes:
    """Tells the senders about one thing apart, by a mark of their network (`edge.sender_mark`); of
    two things it does not tell whether they have one sender."""
    return hashlib.sha256(f"{mark}:{about}".encode()).digest()


def find_grade(agreement: float) -> Grade | None:
    """The grade of a place; None: it lies outside."""
    return next((grade for grade, least in LEAST_AGREEMENT.items() if agreement >= least), None)


def share_out(agreements: Mapping[Key, float]) -> dict[Key, float]:
    """Which part of whoever lives at a place each neighbourhood counts: as many as agree, and never
    more than there are; what is left over lives in none."""
    whole = max(1.0, sum(agreements.values()))
    return {key: agreement / whole for key, agreement in agreements.items()}


def round_people(count: float) -> int:
    """People or homes to the nearest 5."""
    return round(count / PEOPLE_STEP) * PEOPLE_STEP
