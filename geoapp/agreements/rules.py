"""What an agreement says, pure: its days, how it stands on a day, what its scan may be."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from geoapp.db.text import read_words
from geoapp.errors import Invalid

MOST_TITLE_LETTERS = 120
MOST_UNDERTAKES_LETTERS = 500
MOST_REASON_LETTERS = 200
# The same numbers stand in a CHECK of `tables`.
REMIND_DAYS, MOST_REMIND_DAYS = 60, 365
MOST_SCAN_MB = 10
MOST_SCAN_BYTES = MOST_SCAN_MB * 1024 * 1024


class Stage(StrEnum):
    """How an agreement stands on a day."""

    COMING = "coming"
    IN_FORCE = "in_force"
    ENDING = "ending"
    LAPSED = "lapsed"
    ENDED = "ended"


class ScanKind(StrEnum):
    """What a scan may come as; told by content, never by name."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"


SIGNATURES = {
    ScanKind.PDF: b"%PDF-",
    ScanKind.JPEG: b"\xff\xd8\xff",
    ScanKind.PNG: b"\x89PNG\r\n\x1a\n",
}


@dataclass(frozen=True)
class Term:
    """The days of an agreement. `valid_to` is its last day, `ended_on` the same where it was ended
    early; `remind_days` before `valid_to` its parties get a word."""

    signed_on: date | None = None
    starts_on: date | None = None
    valid_to: date | None = None
    ended_on: date | None = None
    remind_days: int = REMIND_DAYS

    @property
    def last_day(self) -> date | None:
        """Its last day, however it ends; None: it has no end."""
        return min((day for day in (self.valid_to, self.ended_on) if day), default=None)


def stage_of(term: Term, today: date) -> Stage:
    """How an agreement with these days stands today."""
    last_day = term.last_day
    if last_day is not None and last_day < today:
        return Stage.ENDED if last_day == term.ended_on else Stage.LAPSED
    if term.starts_on is not None and term.starts_on > today:
        return Stage.COMING
    if last_day is not None and last_day - timedelta(days=term.remind_days) <= today:
        return Stage.ENDING
    return Stage.IN_FORCE


@dataclass(frozen=True)
class AgreementDraft:
    """What a form says of an agreement; its days as in `Term`."""

    title: str
    signed_on: date | None = None
    starts_on: date | None = None
    valid_to: date | None = None
    remind_days: int = REMIND_DAYS


def check_draft(draft: AgreementDraft) -> AgreementDraft:
    """The draft as it is kept.

    Raises:
        Invalid: no title, or days that cannot be; of the field that is wrong.
    """
    title = read_line(draft.title, field="title", most=MOST_TITLE_LETTERS)
    if not title:
        raise Invalid("Give the agreement a name.", field="title")
    begins = [day for day in (draft.signed_on, draft.starts_on) if day]
    if draft.valid_to is not None and begins and draft.valid_to <= max(begins):
        raise Invalid("An agreement ends after it is signed and begins.", field="valid_to")
    if not 1 <= draft.remind_days <= MOST_REMIND_DAYS:
        raise Invalid(
            "Give a number of days from 1 to {most}.", field="remind_days", most=MOST_REMIND_DAYS
        )
    return AgreementDraft(
        title, draft.signed_on, draft.starts_on, draft.valid_to, draft.remind_days
    )


def check_end(term: Term, ended_on: date) -> None:
    """Whether an agreement can be ended early on a day.

    Raises:
        Invalid: it has not begun by then, or has ended anyway.
    """
    begins = term.starts_on or term.signed_on
    if begins is not None and ended_on < begins:
        raise Invalid("Choose a day after the agreement begins.", field="ended_on")
    if term.valid_to is not None and ended_on >= term.valid_to:
        raise Invalid("Choose a day before the agreement ends by itself.", field="ended_on")


def check_extension(term: Term, valid_to: date, *, today: date) -> None:
    """Whether an agreement can go on until a day.

    Raises:
        Invalid: it has been ended, has no end, or the day is not later.
    """
    if term.ended_on is not None:
        raise Invalid("This agreement was ended: make a new one.", field="extended_to")
    if term.valid_to is None:
        raise Invalid("This agreement has no end: there is nothing to extend.", field="extended_to")
    if valid_to <= term.valid_to or valid_to < today:
        raise Invalid(
            "Choose a day after the one it ends on, not in the past.", field="extended_to"
        )


def read_line(words: str, *, field: str, most: int) -> str:
    """Words of one line; empty where nothing is seen.

    Raises:
        Invalid: a sign that is no letter, or more than `most` letters.
    """
    return " ".join(read_words(words, field=field, most=most).split())


def read_undertaking(words: str) -> str:
    """What a party undertakes.

    Raises:
        Invalid: nothing is said, or too much.
    """
    said = read_words(words, field="undertakes", most=MOST_UNDERTAKES_LETTERS)
    if not said:
        raise Invalid("Say what this party does.", field="undertakes")
    return said


def read_scan_kind(data: bytes) -> ScanKind:
    """What a scan is, by its first bytes; a PDF must reach its end as well.

    Raises:
        Invalid: empty, too large, cut short, or none of the three.
    """
    if not data:
        raise Invalid("This file is empty: choose the scan again.", field="scan")
    if len(data) > MOST_SCAN_BYTES:
        raise Invalid(
            "This scan is larger than {megabytes} MB: choose a smaller one.",
            field="scan",
            megabytes=MOST_SCAN_MB,
        )
    found = next((kind for kind, start in SIGNATURES.items() if data.startswith(start)), None)
    # ISO 32000-1, 7.5.5: the last line of the file; what a printer hangs behind it is let be.
    is_cut = found is ScanKind.PDF and b"%%EOF" not in data[-1024:]
    if found is None or is_cut:
        raise Invalid("This file is no scan: choose a PDF, JPEG or PNG.", field="scan")
    return found
