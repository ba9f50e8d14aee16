"""What figures say, pure: shares of a hundred, where half is reached, who is told of."""

from collections.abc import Mapping

from geoapp.areas.rules import round_together
from geoapp.defects.rules import DAY_STEPS, MORE_DAYS, Share

# Of fewer a share says more about chance than about whoever answers.
LEAST_OF_OWNER = 30


def round_shares(counts: Mapping[Share, int]) -> dict[Share, int]:
    """Whole percentages that sum to 100; all are 0 where there is nothing to share."""
    whole = sum(counts.values())
    if whole == 0:
        return dict.fromkeys(Share, 0)
    # In thousandths of millionths: what is left of a division is no remainder to round by.
    parts = {share.value: round(counts.get(share, 0) * 100 / whole, 9) for share in Share}
    rounded = round_together(parts)
    return {share: rounded[share.value] for share in Share}


def find_half(days: Mapping[str, int]) -> str | None:
    """The step within which half of them lie; None where there are none."""
    whole, so_far = sum(days.values()), 0
    for step in (*map(str, DAY_STEPS), MORE_DAYS):
        so_far += days.get(step, 0)
        if whole > 0 and so_far * 2 >= whole:
            return step
    return None


def says_something(count: int) -> bool:
    """True where there are enough reports to speak of the shares of one organisation."""
    return count >= LEAST_OF_OWNER
