"""Who runs a district's map: the slots they fill, and what each may hold; what is kept how long;
pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from geoapp.db.text import read_words
from geoapp.errors import Invalid

MOST_LETTERS = 1000
# Words of a slot that stand in no language: an address, a number, a choice.
ANY_LANGUAGE = ""


class Slot(StrEnum):
    """What whoever runs a map tells of themselves; roles and offices, never a person's name."""

    NAME = "name"
    ADDRESS = "address"
    MAIL = "mail"
    PHONE = "phone"
    MODERATORS = "moderators"
    NORMS = "norms"
    PRIVACY_OFFICER = "privacy_officer"
    GROUND = "ground"
    HOSTING = "hosting"
    SUPERVISOR = "supervisor"
    ACCESSIBILITY_CONTACT = "accessibility_contact"
    ACCESSIBILITY_STATUS = "accessibility_status"
    ACCESSIBILITY_CHECKED_ON = "accessibility_checked_on"
    ACCESSIBILITY_COMPLAINTS = "accessibility_complaints"


class Ground(StrEnum):
    """On which ground personal data may be kept (GDPR, article 6.1: a, e, f)."""

    CONSENT = "consent"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTEREST = "legitimate_interest"


class Conformance(StrEnum):
    """How far a site is accessible, in the letters of the Dutch model statement."""

    FULL = "A"
    PARTIAL = "B"
    FIRST_STEPS = "C"
    NONE = "D"
    UNSTATED = "E"


@dataclass(frozen=True)
class Operator:
    """Who runs a map: the words of each slot that was filled, per language or in any."""

    told: Mapping[Slot, Mapping[str, str]]

    @property
    def empty(self) -> list[Slot]:
        """The slots that wait to be filled, in their order."""
        return [slot for slot in Slot if slot not in self.told]

    def say(self, slot: Slot, wanted: Sequence[str]) -> tuple[str, str]:
        """A slot's words and their language: the first wanted one there is, else whatever there
        is. Both are empty where the slot is; the language is, where words stand in any.
        """
        told = self.told.get(slot, {})
        for language in (ANY_LANGUAGE, *wanted, *told):
            if language in told:
                return told[language], language
        return "", ANY_LANGUAGE


def read_operator(stored: Mapping[str, str | Mapping[str, str]]) -> Operator:
    """The operator of a district as it is stored, which `check_operator` has seen."""
    return Operator(
        {
            slot: {ANY_LANGUAGE: told} if isinstance(told, str) else told
            for slot in Slot
            if (told := stored.get(slot)) is not None
        }
    )


def check_operator(
    values: object, *, languages: Sequence[str]
) -> dict[str, str | Mapping[str, str]]:
    """The filled slots as they are stored: plain words, or words per language of the district.

    Raises:
        Invalid: there is no such slot, or it does not hold what it must; the message names it.
    """
    if not isinstance(values, Mapping):
        raise Invalid(
            "operator must be slots with their words, such as {example}.",
            field="operator",
            example='{"name": "..."}',
        )
    filled: dict[str, str | Mapping[str, str]] = {}
    for name, told in values.items():
        if name not in set(Slot):
            raise Invalid(
                "operator has no slot {slot}: use {slots}.",
                field="operator",
                slot=name,
                slots=", ".join(Slot),
            )
        clean = _CHECKS.get(Slot(name), _check_words)(name, told, languages)
        if clean:
            filled[name] = clean
    return filled


def _check_words(slot: str, told: object, languages: Sequence[str]) -> str | Mapping[str, str]:
    if not isinstance(told, Mapping):
        return _read_line(slot, told)
    foreign = [language for language in told if language not in languages]
    if foreign:
        raise Invalid(
            "{slot} has words in {language}, which is no language of this district: use {known}.",
            field=slot,
            slot=slot,
            language=foreign[0],
            known=", ".join(languages),
        )
    read = {language: _read_line(slot, words) for language, words in told.items()}
    return {language: words for language, words in read.items() if words}


def _read_line(slot: str, told: object) -> str:
    if not isinstance(told, str):
        raise Invalid(
            "{slot} must be words, or words per language such as {example}.",
            field=slot,
            slot=slot,
            example='{"nl": "...", "en": "..."}',
        )
    return read_words(told, field=slot, most=MOST_LETTERS)


def _check_form(pattern: str, example: str) -> Callable[[str, object, Sequence[str]], str]:
    def check(slot: str, told: object, _languages: Sequence[str]) -> str:
        if not isinstance(told, str) or (told and not re.fullmatch(pattern, told)):
            raise Invalid(
                "{slot} must look like {example}.", field=slot, slot=slot, example=example
            )
        return told

    return check


def _check_choice(choices: type[StrEnum]) -> Callable[[str, object, Sequence[str]], str]:
    def check(slot: str, told: object, _languages: Sequence[str]) -> str:
        if not isinstance(told, str) or (told and told not in set(choices)):
            raise Invalid(
                "{slot} must be one of {choices}.",
                field=slot,
                slot=slot,
                choices=", ".join(choices),
            )
        return told

    return check


def _check_day(slot: str, told: object, _languages: Sequence[str]) -> str:
    try:
        return date.fromisoformat(str(told)).isoformat() if told != "" else ""
    except ValueError:
        raise Invalid(
            "{slot} must look like {example}.", field=slot, slot=slot, example="2026-01-31"
        ) from None


# What holds no free words; every other slot may say it in each language.
_CHECKS: dict[Slot, Callable[[str, object, Sequence[str]], str | Mapping[str, str]]] = {
    Slot.MAIL: _check_form(r"[\w.+-]{1,64}@[\w-]+(\.[\w-]+)+", "map@example.org"),
    Slot.PHONE: _check_form(r"\+?[0-9][0-9 ()-]{1,28}[0-9]", "+31 20 000 0000"),
    Slot.GROUND: _check_choice(Ground),
    Slot.ACCESSIBILITY_STATUS: _check_choice(Conformance),
    Slot.ACCESSIBILITY_CHECKED_ON: _check_day,
}


class Kept(StrEnum):
    """What goes by itself after its days; a district's own term for contact data is its column."""

    SIGN_INS = "sign_ins"
    MAILS = "mails"
    KEYS = "keys"
    IDLE_ACCOUNTS = "idle_accounts"
    AUDIT_PERSONS = "audit_persons"


MOST_DAYS = 3660

# Where nothing is set: links and sessions that are over, mails that left, keys that cannot come
# back, accounts that hold no role and stay away, and who did what.
DEFAULT_DAYS: dict[Kept, int] = {
    Kept.SIGN_INS: 7,
    Kept.MAILS: 30,
    Kept.KEYS: 30,
    Kept.IDLE_ACCOUNTS: 730,
    Kept.AUDIT_PERSONS: 1825,
}
