"""Public codes: short, read aloud without mistakes, not to be guessed from one another."""

from random import Random

# No 0 O 1 I L and no vowels: nothing to mistake on a sign, no words by accident.
LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"
LENGTH = 5
CODE_CHECK = f"code ~ '^[{LETTERS}]{{2,6}}-[{LETTERS}]{{3,6}}$'"


def make_code(random: Random, *, length: int = LENGTH) -> str:
    """A public code such as ``K7-QF4``; 28^5 = 17 million at the usual length.

    Pass `secrets.SystemRandom()` for real things; a seeded one only for examples.
    """
    return _write_code("".join(random.choice(LETTERS) for _ in range(length)))


def read_code(words: str) -> str:
    """A code as typed or scanned, in its one written form: capitals, one hyphen.

    Words that cannot be a code come back as they are, and are then simply not found.
    """
    letters = "".join(letter for letter in words.upper() if letter.isalnum())
    if not LENGTH <= len(letters) <= 12 or any(letter not in LETTERS for letter in letters):
        return words
    return _write_code(letters)


def _write_code(letters: str) -> str:
    cut = 2 if len(letters) == LENGTH else len(letters) // 2
    return f"{letters[:cut]}-{letters[cut:]}"
