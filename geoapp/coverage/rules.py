"""What figures say, pure: shares of a hundred, where half is reached, who is told of; and what of a
week is told."""

from collections.abc import Collection, Mapping
from enum import StrEnum

from geoapp.areas.rules import round_together
from geoapp.defects.rules import (
    DAY_STEPS,
    DECIDED_GOOD,
    DONE,
    MORE_DAYS,
    EventKind,
    Share,
    State,
)

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


# -- What is new ---------------------------------------------------------------------------------


class NewsKind(StrEnum):
    """A sort of news, in the order it is told: what hurts first."""

    NOT_GOOD = "not_good"
    CHECKED_NOT_GOOD = "checked_not_good"
    PROMISE_MISSED = "promise_missed"
    SOLVED = "solved"
    PROMISE_KEPT = "promise_kept"
    DONE = "done"
    REFUSED = "refused"
    REPORTED = "reported"
    GRANTED = "granted"
    PARTLY = "partly"
    NOT_GRANTED = "not_granted"
    PLAN_REALISED = "plan_realised"
    PLAN_GRANTED = "plan_granted"
    PLAN_PARTLY = "plan_partly"
    PLAN_REFUSED = "plan_refused"
    PLAN_ASKED = "plan_asked"
    PLAN_MADE = "plan_made"
    ANSWERED = "answered"
    PROMISED = "promised"
    PLACED = "placed"
    REMOVED = "removed"
    SEEN = "seen"
    AGREEMENT_ENDS = "agreement_ends"
    AGREEMENT_ENDED = "agreement_ended"


_GOOD = frozenset({EventKind.SAID_SOLVED, *DECIDED_GOOD})
SAID_NO = frozenset({EventKind.SAID_NOT_GOOD, EventKind.SAID_BROKEN_AGAIN})
# What of a report is told of a week: the first line of which something happened. Solved is told
# only of what is solved still.
_NEWS_OF_EVENTS: tuple[tuple[NewsKind, frozenset[EventKind]], ...] = (
    (NewsKind.SOLVED, _GOOD),
    (NewsKind.NOT_GOOD, SAID_NO),
    (NewsKind.CHECKED_NOT_GOOD, frozenset({EventKind.CHECKED_NOT_GOOD})),
    (NewsKind.DONE, frozenset(DONE)),
    (NewsKind.REFUSED, frozenset({EventKind.REFUSED, EventKind.REFUSED_AGAIN})),
    (NewsKind.REPORTED, frozenset({EventKind.REPORTED})),
)
TOLD_EVENTS = frozenset().union(*(kinds for _, kinds in _NEWS_OF_EVENTS))


def choose_news(state: State, happened: Collection[EventKind]) -> NewsKind | None:
    """What to tell of a report to which this happened, now that it stands so; None: nothing."""
    for news, kinds in _NEWS_OF_EVENTS:
        is_so = news is not NewsKind.SOLVED or state is State.SOLVED
        if is_so and not kinds.isdisjoint(happened):
            return news
    return None


# So few reports a household, beside those of the whole district, may mean few reporters (F1).
FEW_REPORTS = 0.5


def tells_little(reports: int, households: int, *, of_all: tuple[int, int]) -> bool:
    """Whether so many reports of so many households are few beside `of_all` (reports and
    households of the whole district). Where nobody lives they never are."""
    all_reports, all_households = of_all
    if not (households and all_households and all_reports):
        return False
    return reports / households < FEW_REPORTS * all_reports / all_households
