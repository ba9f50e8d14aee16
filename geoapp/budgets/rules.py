"""Money, pure: models of a round, and the shares of those who pay for one asset."""

from collections.abc import Sequence
from enum import StrEnum


class Model(StrEnum):
    """How a round gives its money: a and b by residents' votes, c to a platform's plan."""

    A = "a"
    B = "b"
    C = "c"


def split_shares(amounts_cents: Sequence[int | None]) -> list[float | None]:
    """Each funder's share of the whole, 0 to 1; None for all where any amount is not known."""
    known = [amount for amount in amounts_cents if amount is not None]
    total = sum(known)
    if len(known) < len(amounts_cents) or total == 0:
        return [None] * len(amounts_cents)
    return [amount / total for amount in known]
