"""What is asked: what is looked for, for whom, how far, and when. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from geoapp.assets.rules import Kind
from geoapp.errors import Invalid
from geoapp.needs.rules import Counted
from geoapp.norms.rules import Asked, read_asked

# What is looked for beside things that stand somewhere: a platform to belong to.
PLATFORM = "platform"
WANTED = (*(kind.value for kind in Kind), PLATFORM)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS = (
    WEEKDAYS,
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("ma", "di", "wo", "do", "vr", "za", "zo"),
    ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
)
_WEEKLY = re.compile(r"([a-z]{2,9})[ \-,]+([0-9]{1,2})[:.]([0-9]{2})")
_NEED = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
FIELDS = ("kind", "need", "norm", "at")


@dataclass(frozen=True)
class When:
    """A time of the week, or of one day; on the clock of the district."""

    clock: time
    weekday: int | None = None
    day: date | None = None

    def __str__(self) -> str:
        clock = f"{self.clock:%H:%M}"
        if self.weekday is not None:
            return f"{WEEKDAYS[self.weekday]}-{clock}"
        return f"{self.day:%Y-%m-%d}T{clock}"

    def instant(self, *, now: datetime, zone: ZoneInfo) -> datetime:
        """In UTC: of a time of the week the next one from `now` on."""
        local = now.astimezone(zone)
        day = self.day or local.date() + timedelta(days=((self.weekday or 0) - local.weekday()) % 7)
        found = datetime.combine(day, self.clock, tzinfo=zone)
        if self.day is None and found < local:
            found = datetime.combine(day + timedelta(days=7), self.clock, tzinfo=zone)
        return found.astimezone(UTC)


@dataclass(frozen=True)
class Question:
    """What is looked for (a code of `WANTED`), for whom (the code of a layer of need), how far and
    when; `at` None: at any time."""

    kind: str = Kind.PLAYGROUND.value
    need: str = Counted.HOUSEHOLDS_WITH_CHILDREN.value
    norm: Asked = Asked(metres=400)
    at: When | None = None

    def to_values(self) -> dict[str, str]:
        """As an address has it; the same question has the same words."""
        values = {"kind": self.kind, "need": self.need, "norm": str(self.norm)}
        return values if self.at is None else {**values, "at": str(self.at)}


def read_question(typed: Mapping[str, str]) -> Question:
    """A question as an address or a command gives it; what is left out is as in `Question`.
    `metres` goes before `norm`, so that a form can have both.

    Raises:
        Invalid: names the field and what can stand there.
    """
    kind = typed.get("kind", "").strip() or Question.kind
    if kind not in WANTED:
        raise Invalid(
            "There is no kind called {kind}: choose one of {kinds}.",
            field="kind",
            kind=kind,
            kinds=", ".join(WANTED),
        )
    need = typed.get("need", "").strip() or Question.need
    if not _NEED.fullmatch(need):
        raise Invalid("Give the code of a layer of need.", field="need")
    return Question(kind, need, _read_norm(typed), read_when(typed.get("at", "")))


def _read_norm(typed: Mapping[str, str]) -> Asked:
    metres, norm = typed.get("metres", "").strip(), typed.get("norm", "").strip()
    if not metres:
        return read_asked(norm) if norm else Question.norm
    asked = read_asked(metres, field="metres")
    if asked.metres is None:
        raise Invalid("Give a distance in metres.", field="metres")
    return asked


def read_when(words: str) -> When | None:
    """A time as "Sat 15:00", "za 15:00", "sat-15:00" or "2026-11-28T15:00"; None where it is empty.

    Raises:
        Invalid: it is none of these.
    """
    said = words.strip().lower()
    if not said:
        return None
    try:
        if weekly := _WEEKLY.fullmatch(said):
            clock = time(int(weekly[2]), int(weekly[3]))
            return When(clock, weekday=_read_weekday(weekly[1]))
        whole = datetime.fromisoformat(said)
    except ValueError:
        raise Invalid(
            "Give a day and a time, like Sat 15:00 or 2026-11-28T15:00.", field="at"
        ) from None
    if whole.tzinfo is not None or not 2000 <= whole.year <= 2199:
        raise Invalid("Give a day and a time, like Sat 15:00 or 2026-11-28T15:00.", field="at")
    return When(whole.time().replace(second=0, microsecond=0), day=whole.date())


def _read_weekday(word: str) -> int:
    for names in _DAYS:
        if word in names:
            return names.index(word)
    raise ValueError
