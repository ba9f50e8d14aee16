"""What a claim must be and what a choice must say, pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import shapely
from shapely import MultiPolygon
from shapely.geometry.base import BaseGeometry

from geoapp.db.text import read_words
from geoapp.errors import Invalid
from geoapp.geo.shapes import as_multipolygon, check_shape

MOST_WORDS_LETTERS = 1000
MOST_BODY_LETTERS = 120
# How a form says that it is none of them; no slug is empty.
NOBODY = ""
# Two hands never draw one border alike: what meets by less than this part of the smaller of the
# two does not meet.
LEAST_PART = 0.01
MOST_TICKED = 60
# Degrees, about 2 km: a neighbourhood may lie across the border of its district, as the database
# has it.
AIR = 0.02


@dataclass(frozen=True)
class ChoiceDraft:
    """A choice that has passed the check; `slugs` of the platforms chosen, none where nobody is."""

    slugs: tuple[str, ...]
    body: str
    reasons: str
    interests: str
    still_possible: str
    decided_on: date


def check_chosen(ticked: Sequence[str], *, claiming: Collection[str]) -> tuple[str, ...]:
    """The platforms that were ticked; none of them, where that was ticked alone.

    Raises:
        Invalid: nothing was ticked, nobody and somebody, or one that does not claim the area.
    """
    chosen = tuple(dict.fromkeys(slug for slug in ticked if slug != NOBODY))
    if not ticked:
        raise Invalid("Choose who speaks for this area, or nobody.", field="platform")
    if chosen and NOBODY in ticked:
        raise Invalid("Choose platforms, or nobody: not both.", field="platform")
    if not set(chosen) <= set(claiming):
        raise Invalid("Choose among those who say that they are active here.", field="platform")
    return chosen


def read_needed(words: str, *, field: str, most: int = MOST_WORDS_LETTERS) -> str:
    """Words that a choice cannot do without.

    Raises:
        Invalid: there are none, or too many.
    """
    read = read_words(words, field=field, most=most)
    if not read:
        raise Invalid("A choice without this cannot be kept: fill it in.", field=field)
    return read


def check_decided_on(day: date | None, *, today: date) -> date:
    """The day of a choice.

    Raises:
        Invalid: none, or one that is still to come.
    """
    if day is None or day > today:
        raise Invalid("Give the day it was decided on: today, or before.", field="decided_on")
    return day


def is_met(area_m2: float, platform_m2: float, common_m2: float) -> bool:
    """Whether a platform's area meets another, more than by the edge alone."""
    smaller = min(area_m2, platform_m2)
    return smaller > 0 and common_m2 >= LEAST_PART * smaller


def join_area(
    parts: Sequence[BaseGeometry], *, bounds: tuple[float, float, float, float] | None
) -> MultiPolygon:
    """The area that somebody claims (lon/lat), from all that they ticked and drew.

    Raises:
        Invalid: there is none, it is no area, or it lies outside the district with these `bounds`.
    """
    if not parts:
        raise Invalid("Choose an area from the list, or draw one.", field="area")
    if len(parts) > MOST_TICKED:
        raise Invalid("Choose at most {most} areas.", field="area", most=MOST_TICKED)
    whole = as_multipolygon(check_shape(shapely.union_all(list(parts))))
    west, south, east, north = bounds or (-180.0, -90.0, 180.0, 90.0)
    reach = shapely.box(west - AIR, south - AIR, east + AIR, north + AIR)
    if not reach.covers(whole):
        raise Invalid("This lies outside the district: draw it on the map.", field="outline")
    return whole
