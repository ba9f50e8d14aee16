"""Layers of need, pure: what one counts, and what they are called."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from geoapp.db.text import read_by_language
from geoapp.errors import Invalid


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


MOST_NAME_LETTERS = 80
MOST_SOURCE_LETTERS = 200
MOST_AMOUNT = 1_000_000
MOST_ROUNDING = 1000
_CODE = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")


@dataclass(frozen=True)
class LayerDraft:
    """What a layer of need is said to be: whom it counts, of which year, rounded to what (None:
    nobody says); `is_planned`: they are not there yet."""

    code: str
    name: Mapping[str, str]
    unit: Unit
    year: int
    rounded_to: int | None
    is_planned: bool
    source: str
    licence: str
    is_example: bool


def read_layer(values: Mapping[str, Any], *, source: str, licence: str) -> LayerDraft:
    """What a layout says of a layer: `layer` (its code), `name` by language, `unit`, `year`, and
    where they are so `rounded_to`, `is_planned` and `is_example`.

    Raises:
        Invalid: something of it is not said, or is none.
    """
    code, unit, year = values.get("layer"), values.get("unit"), values.get("year")
    if not isinstance(code, str) or not _CODE.fullmatch(code) or code in set(Counted):
        raise Invalid("Give the layer a code of its own, like planned-homes.", field="layer")
    if unit not in set(Unit):
        raise Invalid("Say what it counts: {units}.", field="unit", units=", ".join(Unit))
    if not isinstance(year, int) or not 1900 <= year <= 2200:
        raise Invalid("Say of which year it is, like 2030.", field="year")
    rounded_to = values.get("rounded_to")
    if rounded_to is not None and rounded_to not in range(1, MOST_ROUNDING + 1):
        raise Invalid("Say to which whole number it is rounded, like 5.", field="rounded_to")
    if not source:
        raise Invalid("Say what its source is.", field="source")
    return LayerDraft(
        code=code,
        name=read_by_language(values.get("name"), field="name", most=MOST_NAME_LETTERS),
        unit=Unit(unit),
        year=year,
        rounded_to=rounded_to,
        is_planned=values.get("is_planned") is True,
        source=source,
        licence=licence,
        is_example=values.get("is_example") is True,
    )


def read_amount(value: object) -> float:
    """How many there are: 0 or more; a comma may stand for the point.

    Raises:
        Invalid: it is no such number.
    """
    try:
        amount = float(str(value).strip().replace(",", "."))
    except ValueError:
        amount = -1.0
    if not 0 <= amount <= MOST_AMOUNT:
        raise Invalid("{words} is no number of people or homes.", words=value)
    return amount
