"""People's words as they are stored: letters that a database can hold and a page can show."""

import re
from collections.abc import Mapping, Sequence

from geoapp.errors import Invalid

# Signs that turn the direction of whatever follows them on a page; messengers paste them along.
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_TAG = re.compile("[a-z]{2,3}")


def read_words(words: str, *, field: str, most: int) -> str:
    """`words` without space around them or signs that turn a line; empty where nothing is seen.

    Raises:
        Invalid: NUL, half a letter, or bytes that were none (U+FFFD); or more than `most` letters.
    """
    if any(letter in "\x00\ufffd" or "\ud800" <= letter <= "\udfff" for letter in words):
        raise Invalid("There is a sign in it that is no letter: take it out.", field=field)
    clean = words.replace("\r\n", "\n").translate(_TURNS).strip()
    if len(clean) > most:
        raise Invalid("Use at most {most} letters.", field=field, most=most)
    return clean if any(_is_seen(letter) for letter in clean) else ""


def read_by_language(value: object, *, field: str, most: int) -> dict[str, str]:
    """Words by language, as a file has them.

    Raises:
        Invalid: they are none.
    """
    if not isinstance(value, dict) or not value:
        raise Invalid("Give the words by language, as nl and en.", field=field)
    found = {}
    for tag, words in value.items():
        clean = isinstance(words, str) and read_words(words, field=field, most=most)
        if not clean or not isinstance(tag, str) or not _TAG.fullmatch(tag):
            raise Invalid("Give the words by language, as nl and en.", field=field)
        found[tag] = clean
    return found


def say_in(words: Mapping[str, str], languages: Sequence[str]) -> str:
    """Words by language, in the first of these there are, else in any."""
    known = [words[tag] for tag in languages if tag in words]
    return (known or list(words.values()))[0]


def _is_seen(letter: str) -> bool:
    return letter.isprintable() and not letter.isspace()
