"""The gaps of a district in lines: a sentence of a hundred, a table from A to Z, and their bars.

What is too small to tell is told nowhere: not in a number, not in a bar, and not by what is left of
the sum."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from geoapp.completeness.rules import Known
from geoapp.coverage.gaps.counting import (
    LEAST_TOLD,
    Told,
    hide_in_sum,
    tell_all,
    tells_hundred,
)
from geoapp.coverage.gaps.findings import Finding, Line
from geoapp.coverage.gaps.questions import PLATFORM
from geoapp.coverage.gaps.worlds import Nearness
from geoapp.web import gap_words, words
from geoapp.web.language import gettext

# The comb: so many columns of so many hexagons, and the size of one.
COMB_DOWN, COMB_STEP_X, COMB_STEP_Y = 5, 17.4, 15.1
HEXAGON = ((0.0, -9.2), (8.0, -4.6), (8.0, 4.6), (0.0, 9.2), (-8.0, 4.6), (-8.0, -4.6))


@dataclass(frozen=True)
class Stripe:
    """One part of a bar: where it begins and how wide it is, of 100."""

    css: str
    x: float
    width: float


@dataclass(frozen=True)
class Cell:
    """A number of the table; `is_muted` where it is a word instead, or nothing."""

    words: str
    is_muted: bool = False


@dataclass(frozen=True)
class Saying:
    """What a platform says of itself."""

    name: str
    words: str
    is_example: bool


@dataclass(frozen=True)
class Row:
    """A buurt: its bar, how many in all, and how many near, not near and not known. `stands` is
    how much of what stands there is on the map; `says` is empty where no platform said anything,
    and `silence` then tells why."""

    name: str
    url: str
    slug: str
    bar: tuple[Stripe, ...]
    count: Cell
    parts: tuple[Cell, ...]
    stands: str
    stands_url: str
    says: tuple[Saying, ...]
    silence: str
    is_example: bool


@dataclass(frozen=True)
class Table:
    """All rows from A to Z, and what they sum to; `left_out` buurten have fewer than five."""

    rows: tuple[Row, ...]
    bar: tuple[Stripe, ...]
    count: Cell
    parts: tuple[Cell, ...]
    left_out: int


@dataclass(frozen=True)
class Hexagon:
    """One of a hundred."""

    points: str
    css: str


@dataclass(frozen=True)
class Hundred:
    """The answer in a sentence, as its parts: number, word and sort of each; and as a comb."""

    first: str
    parts: tuple[tuple[str, str, str], ...]
    comb: tuple[Hexagon, ...]

    @property
    def words(self) -> str:
        """All of the sentence."""
        said = ", ".join(f"{number} {word}" for number, word, _ in self.parts)
        return f"{self.first} {said}."


def make_hundred(finding: Finding) -> Hundred | None:
    """Of a hundred; None where so few live there that it would tell of somebody."""
    if not tells_hundred(finding.whole):
        return None
    of_hundred = finding.whole.of_hundred()
    parts = tuple(
        (str(number), str(gap_words.NEARNESS_SAID[one]), gap_words.CSS[one])
        for one, number in zip(Nearness, of_hundred, strict=True)
    )
    return Hundred(gap_words.say_of_hundred(finding.need), parts, _draw_comb(of_hundred))


def make_table(finding: Finding) -> Table:
    """Every buurt in which five or more are asked about."""
    told = [line.counts.rounded() for line in finding.lines]
    listed = [
        (line, one) for line, one in zip(finding.lines, told, strict=True) if one.all >= LEAST_TOLD
    ]
    left_out = sum(0 < one.all < LEAST_TOLD for one in told)
    whole = finding.whole.rounded()
    sums = hide_in_sum(whole, [one for _, one in listed], left_out=left_out)
    count = tell_all(whole, told)
    return Table(
        rows=tuple(_make_row(finding, line, one) for line, one in listed),
        # A bar of the whole would tell what the sums hide.
        bar=() if count is None or None in sums else draw_bar(whole),
        count=Cell(gettext("the rest"), is_muted=True)
        if count is None
        else Cell(words.say_number(count)),
        parts=tuple(_to_cell(part, one) for part, one in zip(whole.parts, sums, strict=True)),
        left_out=left_out,
    )


def draw_bar(told: Told) -> tuple[Stripe, ...]:
    """The parts as they are told: what is too small has no part of it, and what is left of the
    whole is the largest."""
    if told.all < LEAST_TOLD or told.is_small(max(told.parts)):
        return ()
    numbers = told.told()
    left = told.all - sum(number for number in numbers if number is not None)
    rest = told.parts.index(max(told.parts))
    stripes, x = [], 0.0
    for index, (one, number) in enumerate(zip(Nearness, numbers, strict=True)):
        part = left if number is None and index == rest else number
        if part:
            width = round(part * 100 / told.all, 2)
            stripes.append(Stripe(gap_words.CSS[one], x, width))
            x = round(x + width, 2)
    return tuple(stripes)


def tell_cells(told: Told) -> tuple[Cell, ...]:
    """Near, not near and not known, as the table has them."""
    return tuple(map(_to_cell, told.parts, told.told()))


def say_line(line: Line) -> tuple[tuple[Saying, ...], str]:
    """What the platforms of a buurt say, and why nothing where they do not."""
    says = tuple(Saying(view.name, view.words, view.is_example) for view in line.views)
    if says:
        return says, ""
    return (), gettext("Not asked yet") if line.platforms else gettext("No platform")


def _make_row(finding: Finding, line: Line, told: Told) -> Row:
    says, silence = say_line(line)
    url = url_for("web.show_area", slug=line.slug)
    is_platform = finding.question.kind == PLATFORM
    return Row(
        name=line.name,
        url=url,
        slug=line.slug,
        bar=draw_bar(told),
        count=Cell(words.say_number(told.all)),
        parts=tell_cells(told),
        stands="" if is_platform else str(gap_words.KNOWN_BRIEFLY[line.known.known]),
        stands_url="" if is_platform else url_for("web.show_known", slug=line.slug),
        says=says,
        silence=silence,
        is_example=line.has_examples or line.known.is_example,
    )


def _to_cell(part: int, number: int | None) -> Cell:
    if number:
        return Cell(words.say_number(number))
    if number == 0:
        return Cell("-", is_muted=True)
    if part < LEAST_TOLD:
        return Cell(gettext("fewer than %(count)s", count=LEAST_TOLD), is_muted=True)
    return Cell(gettext("the rest"), is_muted=True)


def _draw_comb(of_hundred: Sequence[int]) -> tuple[Hexagon, ...]:
    sorts = [
        gap_words.CSS[one]
        for one, number in zip(Nearness, of_hundred, strict=True)
        for _ in range(number)
    ]
    return tuple(Hexagon(_draw_hexagon(index), css) for index, css in enumerate(sorts))


def _draw_hexagon(index: int) -> str:
    column, row = divmod(index, COMB_DOWN)
    x = 12 + column * COMB_STEP_X + (row % 2) * COMB_STEP_X / 2
    y = 12 + row * COMB_STEP_Y
    return " ".join(f"{x + across:.1f},{y + down:.1f}" for across, down in HEXAGON)


def count_known(finding: Finding) -> dict[Known, int]:
    """In how many buurten how much is known."""
    found = [line.known.known for line in finding.lines]
    return {known: found.count(known) for known in Known}
