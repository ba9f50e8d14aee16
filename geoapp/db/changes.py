"""What an import did, counted: the same for every noun."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto


class Change(Enum):
    """What became of one row of a file; one outside every district is left out."""

    NEW = auto()
    CHANGED = auto()
    SAME = auto()
    OUTSIDE = auto()


@dataclass
class Tally:
    """What became of each row, by its key; `outside` names those outside the district."""

    by_key: dict[str, Change] = field(default_factory=dict)
    outside: list[str] = field(default_factory=list)

    def count(self, change: Change, key: str) -> None:
        """Count one row."""
        self.by_key[key] = change

    @property
    def new(self) -> int:
        """How many rows were not known before."""
        return self._how_many(Change.NEW)

    @property
    def changed(self) -> int:
        """How many rows were brought up to date."""
        return self._how_many(Change.CHANGED)

    @property
    def same(self) -> int:
        """How many rows were as they are."""
        return self._how_many(Change.SAME)

    def _how_many(self, change: Change) -> int:
        return sum(1 for found in self.by_key.values() if found is change)

    def lines(self) -> list[str]:
        """The outcome in sentences, for a terminal."""
        lines = [f"{self.new} new, {self.changed} changed, {self.same} the same"]
        lines += [f"outside the district, not counted: {row}" for row in self.outside]
        return lines


def update_row(row: object, values: Mapping[str, object]) -> Change:
    """Set what differs; a number that only lost its binary tail is the same."""
    different = {name: new for name, new in values.items() if _differs(getattr(row, name), new)}
    for name, new in different.items():
        setattr(row, name, new)
    return Change.CHANGED if different else Change.SAME


def _differs(old: object, new: object) -> bool:
    if isinstance(new, float) and old is not None:
        return abs(float(str(old)) - new) > 1e-9
    return old != new
