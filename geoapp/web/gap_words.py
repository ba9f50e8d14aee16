"""Words of the gaps pages: what is looked for, for whom, the three answers, and how much is
known."""

from collections.abc import Mapping

from geoapp.assets.rules import Kind
from geoapp.completeness.rules import Known
from geoapp.coverage.gaps.questions import PLATFORM
from geoapp.coverage.gaps.worlds import Nearness
from geoapp.needs.queries import NeedFacts
from geoapp.needs.rules import Counted, Unit
from geoapp.norms.queries import BandFacts, NormFacts
from geoapp.web import words
from geoapp.web.language import Words, gettext, lazy_gettext, page_language

# What is looked for, by its code in an address.
WANTED: dict[str, Words] = {
    Kind.PLAYGROUND.value: words.KINDS[Kind.PLAYGROUND],
    Kind.SPORT_COURT.value: words.KINDS[Kind.SPORT_COURT],
    Kind.BENCH.value: words.KINDS[Kind.BENCH],
    Kind.BIN.value: words.KINDS[Kind.BIN],
    Kind.CABINET.value: words.KINDS[Kind.CABINET],
    Kind.SIGN.value: words.KINDS[Kind.SIGN],
    PLATFORM: lazy_gettext("Neighbourhood platform"),
}
# The gaps that are no lack of a thing: they have a code as well.
CARE, ANSWERS = "care", "answers"
# What a platform can say its own word about.
ABOUT: dict[str, Words] = {
    **WANTED,
    CARE: lazy_gettext("No keeper or money"),
    ANSWERS: lazy_gettext("Called done, not good"),
}

# Who is asked about, in a list of choices.
COUNTED: dict[str, Words] = {
    Counted.HOUSEHOLDS_WITH_CHILDREN.value: lazy_gettext("Families with children"),
    Counted.HOUSEHOLDS.value: lazy_gettext("All households"),
    Counted.INHABITANTS.value: lazy_gettext("All inhabitants"),
}
# The same at the head of a column, and, in small letters, in a sentence.
UNITS: dict[Unit, Words] = {
    Unit.HOUSEHOLDS: lazy_gettext("Households"),
    Unit.PEOPLE: lazy_gettext("People"),
    Unit.HOMES: lazy_gettext("Homes"),
}
FAMILIES: Words = lazy_gettext("Families")

NEARNESS: dict[Nearness, Words] = {
    Nearness.NEAR: lazy_gettext("Near"),
    Nearness.FAR: lazy_gettext("Not near"),
    Nearness.UNKNOWN: lazy_gettext("We don't know"),
}
# As the sentence has them, after a number.
NEARNESS_SAID: dict[Nearness, Words] = {
    Nearness.NEAR: lazy_gettext("near"),
    Nearness.FAR: lazy_gettext("not near"),
    Nearness.UNKNOWN: lazy_gettext("we don't know"),
}
# How much of what stands there is on the map, in a column of that name.
KNOWN_BRIEFLY: dict[Known, Words] = {
    Known.COMPLETE: lazy_gettext("All"),
    Known.PARTIAL: lazy_gettext("A part"),
    Known.UNKNOWN: lazy_gettext("We don't know"),
}
KNOWN: dict[Known, Words] = {
    Known.COMPLETE: lazy_gettext("All of it is on the map"),
    Known.PARTIAL: lazy_gettext("A part is on the map"),
    Known.UNKNOWN: lazy_gettext("We don't know"),
}
# What a buurt looks like on the maps of the other questions.
CARED_FOR: dict[str, Words] = {
    "near": lazy_gettext("Every place has a keeper and money"),
    "far": lazy_gettext("One or more have not"),
    "unknown": lazy_gettext("We don't know"),
}
ANSWERED: dict[str, Words] = {
    "near": lazy_gettext("Nothing was called done that is not good"),
    "far": lazy_gettext("One or more are not good"),
    "unknown": lazy_gettext("No reports"),
}
WEEKDAYS: tuple[Words, ...] = (
    lazy_gettext("Monday"),
    lazy_gettext("Tuesday"),
    lazy_gettext("Wednesday"),
    lazy_gettext("Thursday"),
    lazy_gettext("Friday"),
    lazy_gettext("Saturday"),
    lazy_gettext("Sunday"),
)
CSS: dict[Nearness, str] = {
    Nearness.NEAR: "near",
    Nearness.FAR: "far",
    Nearness.UNKNOWN: "unknown",
}


def say_need(need: NeedFacts) -> str:
    """Whom a layer is about."""
    return str(COUNTED[need.code]) if need.code in COUNTED else say_by_language(need.name)


def say_unit(need: NeedFacts) -> str:
    """What it counts, at the head of a column."""
    return str(FAMILIES if need.code == Counted.HOUSEHOLDS_WITH_CHILDREN else UNITS[need.unit])


def say_of_hundred(need: NeedFacts) -> str:
    """How a sentence about a hundred begins."""
    if need.code == Counted.HOUSEHOLDS_WITH_CHILDREN:
        return gettext("Of 100 families:")
    match need.unit:
        case Unit.HOUSEHOLDS:
            return gettext("Of 100 households:")
        case Unit.PEOPLE:
            return gettext("Of 100 people:")
        case Unit.HOMES:
            return gettext("Of 100 homes:")


def say_band(norm: NormFacts, band: BandFacts) -> str:
    """A norm, for whom, and how far that is."""
    name, whom = say_by_language(norm.name), say_by_language(band.name)
    metres = say_metres(band.distance_m)
    if not whom:
        return gettext("%(norm)s: %(metres)s", norm=name, metres=metres)
    return gettext("%(norm)s, %(whom)s: %(metres)s", norm=name, whom=whom, metres=metres)


def say_by_language(said: Mapping[str, str]) -> str:
    """Words in the reader's language, else in whichever there is."""
    return said.get(page_language()) or next(iter(said.values()), "")


def say_wanted(kind: str) -> str:
    """What is looked for, in a word."""
    return str(WANTED[kind])


def say_metres(metres: float) -> str:
    """A distance of a norm."""
    return gettext("%(metres)s metres", metres=words.say_number(round(metres)))
