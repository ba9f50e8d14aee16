"""A platform's own words: how long they may be, and how two changes at once come together."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from geoapp.db.text import read_words
from geoapp.errors import Invalid, Stale

# Few fields, few letters: nobody makes volunteers play government (P9).
MOST_LETTERS = {"about": 2000, "meets": 200}
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
