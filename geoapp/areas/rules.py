"""Names and levels of areas, and the arithmetic of a crosswalk between old and new codes."""

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

QUIET_BELOW_HOUSEHOLDS = 60


class Level(StrEnum):
    """Official levels below the district, widest first."""

    GEBIED = "gebied"
    WIJK = "wijk"
    BUURT = "buurt"


class Theme(StrEnum):
    """What one can call a contact about."""

    REPAIR = "repair"
    CLEANING = "cleaning"
    GREEN = "green"
    PLAY_SPORT = "play_sport"
    SAFETY = "safety"
    MONEY = "money"
    PERMITS = "permits"
    OTHER = "other"


def make_search_key(words: str) -> str:
    """`words` without case, accents, spaces and signs: "K-buurt", "k buurt", "Kbuurt" agree."""
    plain = unicodedata.normalize("NFKD", words).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def make_slug(words: str) -> str:
    """Lower-case ASCII words joined by hyphens, for an address."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


@dataclass(frozen=True)
class Overlap:
    """A part of an old area that lies in a new one; `share_old` is that part of the old area."""

    old_code: str
    new_code: str
    share_old: float


def round_together(values: Mapping[str, float]) -> dict[str, int]:
    """Whole numbers whose sum is that of the values: the largest remainders are rounded up."""
    whole = {name: math.floor(value + 1e-9) for name, value in values.items()}
    missing = round(sum(values.values())) - sum(whole.values())
    by_remainder = sorted(values, key=lambda name: (whole[name] - values[name], name))
    for name in by_remainder[:missing]:
        whole[name] += 1
    return whole


def carry_over(figures: Mapping[str, int], overlaps: Iterable[Overlap]) -> dict[str, float]:
    """Figures per old code, carried over to new codes; the total is conserved.

    Shares from an overlay sum to a little less than 1 per old area (slivers); they are made to
    sum to 1, so that nobody is lost in a split and nobody counted twice in a merge. An old code
    without an overlap is left out.
    """
    by_old: dict[str, list[Overlap]] = defaultdict(list)
    for overlap in overlaps:
        by_old[overlap.old_code].append(overlap)
    carried: dict[str, float] = defaultdict(float)
    for old_code, parts in by_old.items():
        whole = sum(part.share_old for part in parts)
        for part in parts:
            if old_code in figures and whole > 0:
                carried[part.new_code] += figures[old_code] * part.share_old / whole
    return dict(carried)
