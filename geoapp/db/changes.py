"""What an import did, counted: the same for every noun."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto


class Change(Enum):
    """What became of one row of a file."""

    NEW = auto()
    CHANGED = auto()
    SAME = auto()


@dataclass
class Tally:
    """How many rows were new, changed or the same; `outside` names those outside the district."""

    new: int = 0
    changed: int = 0
    same: int = 0
    outside: list[str] = field(default_factory=list)

    def count(self, change: Change) -> None:
        """Count one row."""
        name = change.name.lower()
        setattr(self, name, getattr(self, name) + 1)

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
