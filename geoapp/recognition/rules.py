"""Criteria, evidence and decisions, pure. There is evidence or none yet, and no more than that:
nothing is counted, weighed or ranked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from geoapp.db.text import read_by_language, read_words, say_in
from geoapp.errors import Invalid, Stale

MOST_CRITERIA = 20
MOST_CRITERION_LETTERS = 200
MOST_ABOUT_LETTERS = 400
MOST_ENTRY_LETTERS = 1500
MOST_WORDS_LETTERS = 1000
MOST_BODY_LETTERS = 120
MOST_EVIDENCE = 12
MOST_CODE_LETTERS = 80

_CODE = re.compile("[a-z][a-z_]{0,39}")


class EvidenceKind(StrEnum):
    """What evidence can be; each is known to its own noun by a public code."""

    ASSET = "asset"
    AGREEMENT = "agreement"
    REPORT = "report"
    PLAN = "plan"


class Side(StrEnum):
    """In which role somebody reviews; never a civil servant's."""

    PEER = "peer"
    COMMISSION = "commission"
    INDEPENDENT = "independent"


class Decision(StrEnum):
    """What a review comes to."""

    RECOGNISED = "recognised"
    NOT_YET = "not_yet"


@dataclass(frozen=True)
class Criterion:
    """One criterion, per language; `is_on` False: its owners have switched it off."""

    code: str
    is_on: bool
    words: Mapping[str, str]

    def say(self, languages: Sequence[str]) -> str:
        """In the first of these languages it has, else in any."""
        return say_in(self.words, languages)


@dataclass(frozen=True)
class Evidence:
    """Something on the map, by its kind and public code."""

    kind: EvidenceKind
    code: str


@dataclass(frozen=True)
class EntryDraft:
    """What a platform says under a criterion."""

    words: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class ReviewDraft:
    """A decision that has passed the check."""

    decision: Decision
    reasons: str
    interests: str
    still_possible: str


class StaleEntry(Stale):
    """Somebody changed the entry since; what it says now, and its version, come along."""

    def __init__(self, message: str, *, words: str, version: int) -> None:
        super().__init__(message)
        self.words = words
        self.version = version


# -- Lists ---------------------------------------------------------------------------------------


def read_criteria(values: object) -> tuple[Criterion, ...]:
    """The criteria of a list as a file or the database has them.

    Raises:
        Invalid: no list of criteria, each with its own code, words by language and is_on.
    """
    if not isinstance(values, list) or not 1 <= len(values) <= MOST_CRITERIA:
        raise Invalid("A list has one to {most} criteria.", field="criteria", most=MOST_CRITERIA)
    criteria = tuple(_read_criterion(value) for value in values)
    if len({one.code for one in criteria}) < len(criteria):
        raise Invalid("Two criteria of a list have the same code.", field="criteria")
    return criteria


def _read_criterion(value: object) -> Criterion:
    match value:
        case {"code": str(code), "is_on": bool(is_on), "words": words, **rest} if (
            not rest and _CODE.fullmatch(code)
        ):
            return Criterion(
                code, is_on, read_by_language(words, field="criteria", most=MOST_CRITERION_LETTERS)
            )
    raise Invalid(
        "A criterion has a code of small letters, is_on, and its words by language.",
        field="criteria",
    )


def write_criteria(criteria: Sequence[Criterion]) -> list[dict[str, Any]]:
    """What `read_criteria` reads."""
    return [asdict(one) for one in criteria]


# -- Entries and reviews -------------------------------------------------------------------------


def read_evidence(ticked: Sequence[str]) -> tuple[Evidence, ...]:
    """Evidence as a form sends it: "kind:code", each once.

    Raises:
        Invalid: a kind that is none, no code, or too many.
    """
    found = dict.fromkeys(_read_one(words) for words in ticked)
    if len(found) > MOST_EVIDENCE:
        raise Invalid(
            "Choose at most {most} things that show it.", field="evidence", most=MOST_EVIDENCE
        )
    return tuple(found)


def _read_one(words: str) -> Evidence:
    kind, _, code = words.partition(":")
    clean = read_words(code, field="evidence", most=MOST_CODE_LETTERS)
    if kind not in set(EvidenceKind) or not clean:
        raise Invalid("Choose what shows it from the list.", field="evidence")
    return Evidence(EvidenceKind(kind), clean)


def write_evidence(evidence: Evidence) -> str:
    """What `read_evidence` reads."""
    return f"{evidence.kind}:{evidence.code}"


def check_review(values: Mapping[str, str]) -> ReviewDraft:
    """A decision as a form sends it.

    Raises:
        Invalid: no decision, or one without reasons, interests or what could still be done.
    """
    decision = values.get("decision", "")
    if decision not in set(Decision):
        raise Invalid("Choose what you decide.", field="decision")
    said = {
        name: read_needed(values.get(name, ""), field=name)
        for name in ("reasons", "interests", "still_possible")
    }
    return ReviewDraft(Decision(decision), **said)


def read_needed(words: str, *, field: str, most: int = MOST_WORDS_LETTERS) -> str:
    """Words that cannot be left out.

    Raises:
        Invalid: there are none, or too many.
    """
    read = read_words(words, field=field, most=most)
    if not read:
        raise Invalid("A decision without this cannot be kept: fill it in.", field=field)
    return read


def is_filled(words: str, evidence: Sequence[Evidence]) -> bool:
    """Evidence, or none yet."""
    return bool(words or evidence)
