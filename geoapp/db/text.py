"""People's words as they are stored: letters that a database can hold and a page can show."""

from geoapp.errors import Invalid

# Signs that turn the direction of whatever follows them on a page; messengers paste them along.
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


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


def _is_seen(letter: str) -> bool:
    return letter.isprintable() and not letter.isspace()
