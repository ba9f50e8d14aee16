"""Near, far or unknown: the answer of every square, and what they sum to. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoapp.areas.rules import round_together
from geoapp.coverage.gaps.worlds import Floats, Measured, Nearness, World

# Fewer than so many are never told of by number.
LEAST_TOLD = 5
Answers = NDArray[np.int8]


@dataclass(frozen=True)
class Counts:
    """Of how many something is near, far or unknown, as the source counts them (a part of a
    household where figures were spread over squares)."""

    near: float = 0.0
    far: float = 0.0
    unknown: float = 0.0

    @property
    def all(self) -> float:
        """All of them."""
        return self.near + self.far + self.unknown

    def rounded(self) -> "Told":
        """Whole numbers that sum to the whole; small ones are not told."""
        whole = round_together({"near": self.near, "far": self.far, "unknown": self.unknown})
        return Told(**whole)

    def of_hundred(self) -> tuple[int, int, int]:
        """Near, far and unknown of a hundred; together 100, or all 0 where there is nobody."""
        if self.all <= 0:
            return 0, 0, 0
        parts = {
            name: round(value * 100 / self.all, 9)
            for name, value in (("near", self.near), ("far", self.far), ("unknown", self.unknown))
        }
        told = round_together(parts)
        return told["near"], told["far"], told["unknown"]


@dataclass(frozen=True)
class Told:
    """Counts as they may be published: below five nobody learns how many, and where one part is
    hidden the largest other is as well (`None`), so that no subtraction finds it."""

    near: int
    far: int
    unknown: int

    @property
    def all(self) -> int:
        """All of them."""
        return self.near + self.far + self.unknown

    @property
    def parts(self) -> tuple[int, int, int]:
        """Near, far and unknown."""
        return self.near, self.far, self.unknown

    def is_small(self, part: int) -> bool:
        """True where one of the parts is too small to tell."""
        return 0 < part < LEAST_TOLD

    @property
    def hides(self) -> bool:
        """True where some part is too small to tell."""
        return any(map(self.is_small, self.parts))

    def told(self) -> tuple[int | None, int | None, int | None]:
        """Near, far and unknown; None where the number is not told: too small, or the rest."""
        if not self.hides:
            return self.parts
        rest = max(self.parts)
        return tuple(  # type: ignore[return-value]  # three go in
            None if self.is_small(part) or part == rest else part for part in self.parts
        )


def hide_in_sum(
    whole: Told, listed: Sequence[Told], *, left_out: int
) -> tuple[int | None, int | None, int | None]:
    """The parts of a sum as they may be told beside its lines: not where one alone of these is
    hidden, for it would be what is left. `left_out` lines are not listed at all."""
    told = [one.told() for one in listed]
    near, far, unknown = (
        None if sum(parts[i] is None for parts in told) + left_out == 1 else part
        for i, part in enumerate(whole.told())
    )
    return near, far, unknown


def tell_all(whole: Told, listed: Sequence[Told]) -> int | None:
    """How many there are in all; None where one line alone has so few that it is not listed."""
    return None if sum(line.is_small(line.all) for line in listed) == 1 else whole.all


def tells_hundred(counts: Counts) -> bool:
    """False where so few are counted that a share of a hundred would tell of somebody."""
    told = counts.rounded()
    parts = zip(told.parts, counts.of_hundred(), strict=True)
    gives_away = any(told.is_small(part) and share for part, share in parts)
    return told.all >= LEAST_TOLD and not gives_away


def judge(world: World, measured: Measured) -> Answers:
    """The answer of every square (n,), as `Nearness`. Where nobody knows what stands there, it is
    unknown, whatever stands near."""
    answers = np.where(measured.distance_m <= world.reach_m, Nearness.NEAR, Nearness.FAR)
    return np.where(world.unknown, Nearness.UNKNOWN, answers).astype(np.int8)


def sum_all(world: World, answers: Answers) -> Counts:
    """Of all together."""
    near, far, unknown = np.bincount(answers, weights=world.amounts, minlength=3)
    return Counts(float(near), float(far), float(unknown))


def sum_by_ground(world: World, answers: Answers) -> Sequence[Counts]:
    """Of each ground, in the order of `World.grounds`."""
    table = sum_table(world, answers)
    return [Counts(*map(float, row)) for row in table]


def sum_table(world: World, answers: Answers) -> Floats:
    """The same as numbers: (grounds, 3)."""
    table = np.zeros((len(world.grounds), 3))
    np.add.at(table, (world.ground_of, answers), world.amounts)
    return table
