"""Layers of need, pure: what one counts, and what they are called."""

from enum import StrEnum


class Unit(StrEnum):
    """What a layer counts."""

    HOUSEHOLDS = "households"
    PEOPLE = "people"
    HOMES = "homes"


class Counted(StrEnum):
    """What the figures of each buurt count, which is a layer by itself."""

    HOUSEHOLDS_WITH_CHILDREN = "households_with_children"
    HOUSEHOLDS = "households"
    INHABITANTS = "inhabitants"


UNIT_OF_COUNTED = {
    Counted.HOUSEHOLDS_WITH_CHILDREN: Unit.HOUSEHOLDS,
    Counted.HOUSEHOLDS: Unit.HOUSEHOLDS,
    Counted.INHABITANTS: Unit.PEOPLE,
}
