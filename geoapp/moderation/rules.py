"""What words are held for, what a verdict is and who may give it, pure."""

import re
import unicodedata
import uuid
from dataclasses import dataclass
from enum import StrEnum

from geoapp.defects.rules import WordsState
from geoapp.errors import Invalid
from geoapp.ledger.rules import Limit
from geoapp.media.rules import PictureState
from geoapp.people.rules import POLICY, Actor, Permission, Relation

MOST_NOTE_LETTERS = 500
APPEALS_OF_ONE = Limit("appeals_of_one", most=20, window_s=3600)


class PersonalKind(StrEnum):
    """What in words leads to a person."""

    PHONE = "phone"
    EMAIL = "email"
    PLATE = "plate"


class Target(StrEnum):
    """What of a report can be judged, never its pin; and the photo of a sighting of a thing."""

    WORDS = "words"
    PICTURE = "picture"
    VOICE = "voice"
    NOTE = "note"
    SIGHTING = "sighting"


class Verdict(StrEnum):
    """What a moderator says of it."""

    SHOW = "show"
    HIDE = "hide"


class Reason(StrEnum):
    """Why something is hidden; everybody may read it."""

    FACE = "face"
    NAME = "name"
    PHONE_OR_ADDRESS = "phone_or_address"
    INSULT = "insult"
    ADVERTISING = "advertising"
    NOT_ABOUT_THIS = "not_about_this"
    OTHER = "other"


class Outcome(StrEnum):
    """What came of an appeal."""

    CONFIRMED = "confirmed"
    REVERSED = "reversed"


OUTCOMES: dict[Verdict, Outcome] = {
    Verdict.SHOW: Outcome.REVERSED,
    Verdict.HIDE: Outcome.CONFIRMED,
}
PICTURE_AFTER: dict[Verdict, PictureState] = {
    Verdict.SHOW: PictureState.SHOWN,
    Verdict.HIDE: PictureState.HIDDEN,
}
WORDS_AFTER: dict[Verdict, WordsState] = {
    Verdict.SHOW: WordsState.SHOWN,
    Verdict.HIDE: WordsState.HIDDEN,
}
# What was hidden comes back by an appeal alone, as with pictures (`media.rules.LOOKS`).
WORDS_LOOKS: dict[WordsState, frozenset[Verdict]] = {
    WordsState.HELD: frozenset({Verdict.SHOW, Verdict.HIDE}),
    WordsState.SHOWN: frozenset({Verdict.HIDE}),
    WordsState.HIDDEN: frozenset(),
}


@dataclass(frozen=True)
class Judgement:
    """A verdict with its reason; showing needs none."""

    verdict: Verdict
    reason: Reason | None = None


def read_judgement(verdict: str, reason: str) -> Judgement:
    """A judgement as a form sends it.

    Raises:
        Invalid: there is no such verdict, or something is to be hidden without a reason.
    """
    if verdict not in [known.value for known in Verdict]:
        raise Invalid("Say whether to show it or to hide it.", field="verdict")
    if verdict == Verdict.SHOW:
        return Judgement(Verdict.SHOW)
    if reason not in [known.value for known in Reason]:
        raise Invalid("Say why you hide it: choose a reason.", field="reason")
    return Judgement(Verdict.HIDE, Reason(reason))


@dataclass(frozen=True)
class Bench:
    """For whom a queue is: the districts they moderate, the organisations they are tied to."""

    person_id: uuid.UUID | None
    district_ids: frozenset[uuid.UUID]
    organisation_ids: frozenset[uuid.UUID]


def make_bench(actor: Actor) -> Bench:
    """Where somebody may judge, for a list; for one thing `people.rules.may` says it."""
    grants = POLICY[Permission.MODERATE]
    districts = {
        seat.district_id
        for seat in actor.seats
        if grants.get(seat.role) is Relation.OUTSIDER and seat.district_id
    }
    return Bench(actor.person_id, frozenset(districts), actor.organisation_ids)


# -- What leads to a person --------------------------------------------------------------------
#
# Every pattern is bounded: however hostile the words, the time grows with their number alone.

_GAP = r"[ \t\n.\-‐–—−_*~·•()/]{0,3}"
# Nobody sees these between two letters: soft hyphens, joiners, marks on a sign of their own.
_UNSEEN = frozenset({"Cf", "Mn", "Me"})
_TLD = r"(?:nl|com|net|org|eu|be|de|fr|uk|info|me|io)\b"

# What looks like a number to call and is none: taken out before the search.
_NO_NUMBERS = re.compile(
    r"""
      (?<![\d\-./])(?:0?[1-9]|[12]\d|3[01])[\-./](?:0?[1-9]|1[0-2])[\-./](?:19|20)\d\d(?![\-./]?\d)
    | (?<!\d)(?:19|20)\d\d-[01]\d-[0-3]\d(?!\d)
    | (?<!\d)[0-2]?\d[:.][0-5]\d(?=\s?(?:u\b|uur\b|h\b))
    | (?<![\d.])(?:0|[1-9]\d{0,2})[.,]\d{4,}(?!\d)
    | €\s?[\d.,]{1,20}
    | (?<![\d+])[1-9]\d{0,2}(?:\.\d{3}){1,4}(?:,\d\d)?(?![.\d])
    | \b(?:SIA|SIG|MOR)[\- ]?\d{4,12}\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Dutch numbers have ten digits; 0800, 0900 and the like, and 088, belong to nobody's person.
_NATIONAL = re.compile(
    rf"(?<!\d)(?<!\d[.\-])(?:0|o(?=6))(?!800|90[069]|88)(?:{_GAP}\d){{9}}(?!\d)", re.I
)
_INTERNATIONAL = re.compile(
    rf"(?:(?:\+|(?<!\d)00)[ (]{{0,2}}[1-9](?:{_GAP}\d){{7,13}}|(?<!\d)31{_GAP}6(?:{_GAP}\d){{8}})"
    r"(?!\d)"
)
# Within a town: only where the words say that it is a number to call.
_LOCAL = re.compile(
    r"\b(?:bel|call|tel|telefoon|telefoonnummer|mobiel|app|whatsapp|sms)\b[^\d\n]{0,15}"
    rf"(?!0[89]00)\d(?:{_GAP}\d){{6,8}}(?!\d)",
    re.IGNORECASE,
)
_EMAILS = (
    re.compile(r"[\w.+\-]\s{0,2}@\s{0,2}[\w\-]{1,63}\s?\.\s?[a-z]{2,}", re.IGNORECASE),
    re.compile(
        r"(?:\b(?:apenstaartje|apestaartje)\b|[(\[]\s?(?:at|@)\s?[)\]])\s{0,2}"
        rf"[\w\-]{{1,63}}[ (\[]{{0,2}}(?:punt|dot|\.)[ )\]]{{0,2}}{_TLD}",
        re.IGNORECASE,
    ),
    re.compile(rf"\b\w[\w.]{{1,40}} at [\w\-]{{1,63}} (?:punt|dot) {_TLD}", re.IGNORECASE),
)
_POSTCODES = re.compile(r"(?<![\d\-])[1-9]\d{3} ?[A-Z]{2}\b", re.IGNORECASE)
_MONTHS = r"(?:jan|feb|mrt|apr|mei|jun|jul|aug|sep|okt|nov|dec|mar|may|oct)"
# The shapes the Dutch register has given since 1951, and the Belgian one since 2010.
_SHAPES = (
    "AA-99-99",
    "99-99-AA",
    "99-AA-99",
    "AA-99-AA",
    "AA-AA-99",
    "99-AA-AA",
    "99-AAA-9",
    "9-AAA-99",
    "AA-999-A",
    "A-999-AA",
    "AAA-99-A",
    "A-99-AAA",
    "9-AA-999",
    "999-AA-9",
    "9-AAA-999",
)


def _write_shapes(gap: str) -> str:
    signs = str.maketrans({"A": "[A-Z]", "9": r"\d", "-": gap})
    return "|".join(shape.translate(signs) for shape in _SHAPES)


_GERMAN = r"[A-Z]{1,3}[ \-]?[A-Z]{1,2}[ \-]?\d{1,4}"
_PLATES = (
    re.compile(
        rf"(?<![\w\-])(?!\d-{_MONTHS}-|\d\d-{_MONTHS}-)(?:{_write_shapes('[-‐–]')})(?![\w\-])",
        re.IGNORECASE,
    ),
    re.compile(rf"(?<![\w\-])(?:{_write_shapes('[ -]')})(?![\w\-])"),
    # Without signs between, only where the words say what it is.
    re.compile(
        r"\b(?:kenteken|kentekenplaat|nummerplaat|nummerbord|licence plate|license plate)\b"
        rf"[^\d\n]{{0,20}}?\b(?:{_write_shapes('')}|{_GERMAN})\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:auto|bus|busje|scooter|brommer|bestelbus)\b[^\d\n]{{0,12}}?"
        rf"\b(?:{_write_shapes('')})\b"
    ),
)


def find_personal(words: str) -> frozenset[PersonalKind]:
    """What in `words` may lead to a person. It holds words for a moderator and refuses nothing,
    so it may err; what is the city's, the service's or the place's own is let through."""
    letters = unicodedata.normalize("NFKC", words)
    plain = "".join(one for one in letters if unicodedata.category(one) not in _UNSEEN)
    numbers = _NO_NUMBERS.sub(" ; ", plain)
    found = {
        PersonalKind.PHONE: any(
            pattern.search(numbers) for pattern in (_NATIONAL, _INTERNATIONAL, _LOCAL)
        ),
        PersonalKind.EMAIL: any(pattern.search(plain) for pattern in _EMAILS),
        PersonalKind.PLATE: _has_plate(plain),
    }
    return frozenset(kind for kind, is_there in found.items() if is_there)


def _has_plate(words: str) -> bool:
    without = _POSTCODES.sub(" ; ", words)
    return any(pattern.search(without) for pattern in _PLATES)
