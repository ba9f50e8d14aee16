"""What can be lacking of a thing, pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

from geoapp.assets.rules import PLAY_KINDS, Aspect, Kind


class Gap(StrEnum):
    """What is lacking, the most pressing first."""

    NO_KEEPER = "no_keeper"
    NO_FUNDING = "no_funding"
    AGREEMENT_ENDS = "agreement_ends"
    NOT_INSPECTED = "not_inspected"
    NO_CONTRACT = "no_contract"
    NOT_SEEN = "not_seen"


# What somebody must answer for, by kind; who opens and runs it is said where there is such a one.
MUST_BE_KEPT: Mapping[Aspect, frozenset[Kind]] = {
    Aspect.DEVICE: frozenset(Kind),
    Aspect.CLEANING: frozenset({*PLAY_KINDS, Kind.BIN}),
}

# After so long nobody can say that it still stands.
SEEN_WITHIN = timedelta(days=365)


def seen_since(today: date) -> date:
    """The first day on which having been seen still counts."""
    return today - SEEN_WITHIN


def split_aspects(about: str) -> tuple[Aspect, ...]:
    """Which aspects nobody keeps, as a row tells them."""
    return tuple(Aspect(name) for name in about.split(",") if name)
