"""How long a file waits, how many of one person, and what it is called; pure."""

from datetime import timedelta

LASTS = timedelta(days=1)
# Of one person; a newer one takes the place of the oldest.
MOST_HELD = 5
MOST_LETTERS_OF_NAME = 100


def clean_file_name(given: str) -> str:
    """The last part of a file's name, in letters that can be shown; "-" where none are."""
    last = given.replace("\\", "/").rpartition("/")[2]
    shown = "".join(letter for letter in last if letter.isprintable()).strip()
    return shown[-MOST_LETTERS_OF_NAME:] or "-"
