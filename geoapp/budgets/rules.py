"""Money, pure: models of a round, earmarks, terms and amounts, and the shares of those who pay for
one asset."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from geoapp.errors import Invalid

# Above this a receipt is asked, unless a line says otherwise (B7).
USUAL_RECEIPT_OVER_CENTS = 25_000
MOST_EARMARK_LETTERS = 120
MOST_NAME_LETTERS = 120
MOST_LEAD_DAYS = 730
# A hundred million euro: what is more has a comma in the wrong place.
MOST_CENTS = 100_000_000_00
_AMOUNT = re.compile(r"([0-9]{1,9}|[0-9]{1,3}(?:[. ][0-9]{3}){1,2})(?:[,.]([0-9]{2}))?")


class Model(StrEnum):
    """How a round gives its money: a and b by residents' votes, c to a platform's plan."""

    A = "a"
    B = "b"
    C = "c"


class Earmark(StrEnum):
    """What money may be meant for, and what a plan may be about."""

    GREEN = "green"
    PLAY_SPORT = "play_sport"
    MEETING = "meeting"
    SAFETY = "safety"
    ART = "art"
    CLEANING = "cleaning"
    PARTICIPATION = "participation"
    FLATS = "flats"


class MoveKind(StrEnum):
    """How money moves: it is set aside, set free, spent, or goes to another line."""

    RESERVE = "reserve"
    RELEASE = "release"
    SPEND = "spend"
    TRANSFER = "transfer"


@dataclass(frozen=True)
class Terms:
    """On which terms a line pays. `earmarks` empty: for whatever; `platform_id` None: for all.

    `lead_days` is how long before spending it must be asked, `ask_by` the last day to ask.
    """

    left_cents: int
    earmarks: frozenset[Earmark] = frozenset()
    model: Model | None = None
    platform_id: uuid.UUID | None = None
    spend_from: date | None = None
    spend_by: date | None = None
    ask_by: date | None = None
    lead_days: int = 0
    needs_design: bool = False


def read_amount(words: str, *, field: str) -> int:
    """An amount of euro as people write it ("1.250", "1250,50"), in cents.

    Raises:
        Invalid: it is none, nothing, or more than anybody has here.
    """
    found = _AMOUNT.fullmatch(words.strip().removeprefix("€").removeprefix("EUR").strip())
    if found is None:
        raise Invalid("Give an amount in euro, for example 1250 or 1250,50.", field=field)
    cents = int(re.sub("[. ]", "", found[1])) * 100 + int(found[2] or 0)
    if not 0 < cents <= MOST_CENTS:
        raise Invalid("Give an amount in euro, for example 1250 or 1250,50.", field=field)
    return cents


def write_amount(amount_cents: int | None) -> str:
    """An amount as `read_amount` takes it back; empty where there is none."""
    if amount_cents is None:
        return ""
    euro, cents = divmod(amount_cents, 100)
    return f"{euro},{cents:02}" if cents else str(euro)


def split_shares(amounts_cents: Sequence[int | None]) -> list[float | None]:
    """Each funder's share of the whole, 0 to 1; None for all where any amount is not known."""
    known = [amount for amount in amounts_cents if amount is not None]
    total = sum(known)
    if len(known) < len(amounts_cents) or total == 0:
        return [None] * len(amounts_cents)
    return [amount / total for amount in known]
