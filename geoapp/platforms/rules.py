"""A platform's own words: how long they may be, and how two changes at once come together; what it
takes to put one forward, and what a mandate says."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import StrEnum

from geoapp.areas.rules import make_slug
from geoapp.db.text import read_words
from geoapp.errors import Invalid, Stale

# Few fields, few letters: nobody makes volunteers play government (P9).
MOST_LETTERS = {"about": 2000, "meets": 200}
MOST_NAME_LETTERS = 80
MOST_SENTENCE_LETTERS = 300
LEAST_NAME_LETTERS = 3
# Somebody who means it puts one forward, and not another one the week after.
BETWEEN_TWO = timedelta(days=30)
# What stands in an address where a platform's name does.
TAKEN_SLUGS = frozenset({"new"})
# What is said in each field of a mandate, and how much of it.
MANDATE_LETTERS = {"about": 300, "role": 80, "on_behalf_of": 120}
MOST_OWN_LETTERS = 400


class Figure(StrEnum):
    """What of its area a platform can say its own word about, beside what the service says (F6)."""

    AREA = "area"
    KEPT = "kept"
    DENIED = "denied"
    MISSING = "missing"
    PLANS = "plans"
    MONEY = "money"


def read_own_word(words: str, *, figure: Figure) -> str:
    """A platform's own word beside a figure; empty takes it away.

    Raises:
        Invalid: too long, or it holds what is no letter.
    """
    return read_words(words, field=figure.value, most=MOST_OWN_LETTERS)


def read_counter_view(words: str) -> str:
    """A platform's own word beside a gap of its area; empty takes it away.

    Raises:
        Invalid: too long, or it holds what is no letter.
    """
    return read_words(words, field="words", most=MOST_OWN_LETTERS)


@dataclass(frozen=True)
class PlatformWords:
    """What a platform says of itself."""

    about: str
    meets: str


def read_platform_words(values: Mapping[str, object]) -> PlatformWords:
    """A platform's words from named values; each of them is given.

    Raises:
        Invalid: a field that is not one, one that is missing, no words, or too long.
    """
    for name in values:
        if name not in MOST_LETTERS:
            raise Invalid("There is no field {name} here.", field=name, name=name)
    read = {name: _read(values, name, most=most) for name, most in MOST_LETTERS.items()}
    return PlatformWords(**read)


def _read(values: Mapping[str, object], name: str, *, most: int) -> str:
    value = values.get(name)
    if not isinstance(value, str):
        raise Invalid("{name} must be words.", field=name, name=name)
    return read_words(value, field=name, most=most)


@dataclass(frozen=True)
class Clash:
    """One field both have changed."""

    field: str
    theirs: str
    mine: str


@dataclass(frozen=True)
class Merge:
    """Two changes of the same words brought together; `clashes` need somebody's choice.

    `words` holds their change where only they made one, and mine everywhere else.
    """

    words: PlatformWords
    clashes: tuple[Clash, ...]


def merge_words(base: PlatformWords, theirs: PlatformWords, mine: PlatformWords) -> Merge:
    """What becomes of my change, made from `base`, now that it is `theirs`."""
    merged: dict[str, str] = {}
    clashes: list[Clash] = []
    for name, own in asdict(mine).items():
        before, other = getattr(base, name), getattr(theirs, name)
        merged[name] = other if own == before else own
        if own not in (before, other) and other != before:
            clashes.append(Clash(name, other, own))
    return Merge(PlatformWords(**merged), tuple(clashes))


class StaleWords(Stale):
    """Somebody changed the words since; what they are now, and their version, come along."""

    def __init__(self, message: str, *, words: PlatformWords, version: int) -> None:
        super().__init__(message)
        self.words = words
        self.version = version


# -- Putting forward, mandates -------------------------------------------------------------------


@dataclass(frozen=True)
class NewWords:
    """What somebody says of the platform they put forward."""

    name: str
    about: str
    meets: str


def read_new_words(values: Mapping[str, str]) -> NewWords:
    """The words of a platform that is put forward, from named values.

    Raises:
        Invalid: no name or no sentence, or too long; the error names the field.
    """
    name = " ".join(
        read_words(values.get("name", ""), field="name", most=MOST_NAME_LETTERS).split()
    )
    if len(name) < LEAST_NAME_LETTERS or not make_slug(name):
        raise Invalid("Give the platform a name of three letters or more.", field="name")
    about = read_words(values.get("about", ""), field="about", most=MOST_SENTENCE_LETTERS)
    if not about:
        raise Invalid("Say in a sentence who you are.", field="about")
    meets = read_words(values.get("meets", ""), field="meets", most=MOST_LETTERS["meets"])
    return NewWords(name, about, meets)


@dataclass(frozen=True)
class MandateDraft:
    """Who speaks for a platform; `valid_to` is the last day, None where there is none."""

    about: str
    role: str
    on_behalf_of: str
    valid_from: date
    valid_to: date | None


def check_mandate(
    values: Mapping[str, str], *, valid_from: date | None, valid_to: date | None
) -> MandateDraft:
    """A mandate from named values and its days.

    Raises:
        Invalid: something is not said, or its last day lies before the first; names the field.
    """
    read = {}
    for name, most in MANDATE_LETTERS.items():
        read[name] = read_words(values.get(name, ""), field=name, most=most)
        if not read[name]:
            raise Invalid("A mandate says this: fill it in.", field=name)
    if valid_from is None:
        raise Invalid("Choose the first day.", field="valid_from")
    if valid_to is not None and valid_to < valid_from:
        raise Invalid("The last day comes after the first.", field="valid_to")
    return MandateDraft(**read, valid_from=valid_from, valid_to=valid_to)


"""A platform's own words: how long they may be, and how two changes at once come together; what it
takes to put one forward, and what a mandate says."""
