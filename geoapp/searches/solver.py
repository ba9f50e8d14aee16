"""The solver: a program that finds one exact answer, and ends.

Reads a pickled `Task` from standard input and writes lines of JSON to standard output: the stage at
hand as it begins, and last what was found. It has limits of its own, and can be killed at any time:
it holds nothing but what it was given.
"""

import json
import pickle
import resource
import sys
from dataclasses import dataclass
from typing import Any

from geoapp.bounded import HEAVY, limit_self
from geoapp.coverage.gaps.adding import (
    Choice,
    Spots,
    pick_greedily,
    reached_from,
    tell_choice,
)
from geoapp.coverage.gaps.counting import Counts
from geoapp.coverage.gaps.exact import Exact, solve
from geoapp.coverage.gaps.worlds import Measured, World

_DIGITS = 3
LIMITS = {
    resource.RLIMIT_AS: 3 * 1024**3,
    # Where its worker was killed nobody ends it but this.
    resource.RLIMIT_CPU: 120,
    resource.RLIMIT_CORE: 0,
}


@dataclass(frozen=True, eq=False)
class Task:
    """What is looked for: `count` of the spots, in at most `limit_s` seconds."""

    world: World
    measured: Measured
    spots: Spots
    count: int
    limit_s: float


def main() -> int:
    """Find it, and tell."""
    limit_self(LIMITS)
    task: Task = pickle.load(sys.stdin.buffer)  # noqa: S301  written by the worker that began us
    try:
        _work(task)
    except MemoryError:
        return HEAVY
    return 0


def _work(task: Task) -> None:
    say({"stage": "distances"})
    reached = reached_from(task.world, task.measured, task.spots)
    say({"stage": "greedy"})
    picks = pick_greedily(task.world, reached, task.count)
    greedy = tell_choice(task.world, task.measured, task.spots, reached, picks)
    say({"stage": "exact"})
    exact = solve(task.world, task.measured, task.spots, reached, task.count, task.limit_s)
    say({"found": tell_exact(task.world, exact, greedy)})


def tell_exact(world: World, exact: Exact, greedy: Choice) -> dict[str, Any]:
    """What was found, as JSON has it: places are metric, counts are (near, far, unknown)."""
    choice = exact.choice
    changed = zip(world.grounds, choice.before_by_ground, choice.after_by_ground, strict=True)
    return {
        "picks": _tell_picks(choice),
        "greedy": _tell_picks(greedy),
        "amount": round(choice.amount, _DIGITS),
        "greedy_amount": round(greedy.amount, _DIGITS),
        "is_proven": exact.is_proven,
        "bound": round(exact.bound, _DIGITS),
        "before": _tell_counts(choice.before),
        "after": _tell_counts(choice.after),
        "grounds": [
            {"slug": ground.slug, "before": _tell_counts(before), "after": _tell_counts(after)}
            for ground, before, after in changed
            if before != after
        ],
    }


def _tell_picks(choice: Choice) -> list[dict[str, Any]]:
    return [
        {"name": pick.name, "x": pick.x, "y": pick.y, "amount": round(pick.amount, _DIGITS)}
        for pick in choice.picks
    ]


def _tell_counts(counts: Counts) -> list[float]:
    return [round(value, _DIGITS) for value in (counts.near, counts.far, counts.unknown)]


def say(told: dict[str, Any]) -> None:
    """One line, at once."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
