"""The life of a defect, pure: three axes, the derived public state, and whose move it is.

Source: the project's specification of the life of a defect. The table below is the only place
that knows it: the stored column, the map's shapes and the API are made from it.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from geoapp.areas.rules import Theme

SOLVED_ON_MAP_DAYS = 30


class Category(StrEnum):
    """What is the matter; things, never people."""

    BROKEN = "broken"
    DIRTY = "dirty"
    FULL = "full"
    LITTER = "litter"
    UNSAFE = "unsafe"
    MISSING = "missing"
    CLOSED = "closed"
    OTHER = "other"


# Which part of a maintenance duty a report is about; None: the keeper of the thing as such.
ASPECT_OF: dict[Category, str | None] = {
    Category.BROKEN: "device",
    Category.UNSAFE: "device",
    Category.MISSING: "device",
    Category.DIRTY: "cleaning",
    Category.FULL: "cleaning",
    Category.LITTER: "cleaning",
    Category.CLOSED: "operation",
    Category.OTHER: None,
}

# What a contact is asked about: see `areas.queries.find_contact`.
THEME_OF: dict[Category, Theme] = {
    Category.BROKEN: Theme.REPAIR,
    Category.UNSAFE: Theme.REPAIR,
    Category.MISSING: Theme.REPAIR,
    Category.DIRTY: Theme.CLEANING,
    Category.FULL: Theme.CLEANING,
    Category.LITTER: Theme.CLEANING,
    Category.CLOSED: Theme.OTHER,
    Category.OTHER: Theme.OTHER,
}


class Reach(StrEnum):
    """How far a rule of routing reaches, nearest first: a neighbourhood, the official levels, all
    of the district."""

    ORGANIC = "organic"
    BUURT = "buurt"
    WIJK = "wijk"
    GEBIED = "gebied"
    DISTRICT = "district"


@dataclass(frozen=True)
class Route:
    """A rule that holds at a place: who gets a report of this category (None: of all) first."""

    reach: Reach
    category: Category | None
    organisation_id: uuid.UUID


class Work(StrEnum):
    """What the organisation says."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    PLANNED = "planned"
    PASSED_ON = "passed_on"
    HANDLED = "handled"
    REFUSED = "refused"
    REFUSED_TWICE = "refused_twice"


class Street(StrEnum):
    """What people on the spot say."""

    NOT_ASKED = "not_asked"
    WAITING = "waiting"
    SILENT = "silent"
    GOOD = "good"
    NOT_GOOD = "not_good"
    MIXED = "mixed"


class File(StrEnum):
    """What became of the file itself."""

    PUBLIC = "public"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    REMOVED = "removed"


class State(StrEnum):
    """The one public state."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    PLANNED = "planned"
    PASSED_ON = "passed_on"
    HANDLED = "handled"
    DISPUTED = "disputed"
    MIXED = "mixed"
    SOLVED = "solved"
    LAPSED = "lapsed"
    REFUSED = "refused"
    NO_AGREEMENT = "no_agreement"
    REMOVED = "removed"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


class EventKind(StrEnum):
    """What can happen to a file; events are only ever added."""

    REPORTED = "reported"
    TAKEN = "taken"
    PROMISED = "promised"
    ASKED = "asked"
    PASSED_ON = "passed_on"
    ACCEPTED = "accepted"
    HANDLED = "handled"
    REFUSED = "refused"
    REFUSED_AGAIN = "refused_again"
    SAID_SOLVED = "said_solved"
    SAID_NOT_GOOD = "said_not_good"
    SAID_BROKEN_AGAIN = "said_broken_again"
    CHECKED = "checked"
    LAPSED = "lapsed"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    REMOVED = "removed"


class WordsState(StrEnum):
    """Whether everybody sees the reporter's words: held ones wait for a moderator."""

    SHOWN = "shown"
    HELD = "held"
    HIDDEN = "hidden"


class PictureRole(StrEnum):
    """What a picture of a report shows."""

    MATTER = "matter"
    CITY_ANSWER = "city_answer"


class Shape(StrEnum):
    """The four shapes of the map."""

    OPEN = "open"
    ASKED = "asked"
    BAD = "bad"
    GOOD = "good"


class Party(StrEnum):
    """Who can have the move."""

    ADDRESSEE = "addressee"
    RECEIVER = "receiver"
    RESIDENTS = "residents"
    CHECKER = "checker"
    REVIEW = "review"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Row:
    """One line of the table: where every axis that is named has this value, the state holds."""

    state: State
    file: File | None = None
    street: Street | None = None
    work: Work | None = None


# First match wins.
STATE_TABLE: tuple[Row, ...] = (
    Row(State.MERGED, file=File.MERGED),
    Row(State.WITHDRAWN, file=File.WITHDRAWN),
    Row(State.REMOVED, file=File.REMOVED),
    Row(State.SOLVED, street=Street.GOOD),
    Row(State.NO_AGREEMENT, work=Work.REFUSED_TWICE),
    Row(State.MIXED, street=Street.MIXED),
    Row(State.DISPUTED, street=Street.NOT_GOOD),
    Row(State.LAPSED, street=Street.SILENT, work=Work.HANDLED),
    Row(State.RECEIVED, work=Work.RECEIVED),
    Row(State.ASSIGNED, work=Work.ASSIGNED),
    Row(State.PLANNED, work=Work.PLANNED),
    Row(State.PASSED_ON, work=Work.PASSED_ON),
    Row(State.HANDLED, work=Work.HANDLED),
    Row(State.REFUSED, work=Work.REFUSED),
)


def derive_state(work: Work, street: Street, file: File) -> State:
    """The public state of the three axes; total over all their values."""
    for row in STATE_TABLE:
        if row.file in (None, file) and row.street in (None, street) and row.work in (None, work):
            return row.state
    raise AssertionError((work, street, file))


def state_sql() -> str:
    """The same table as a SQL CASE over columns work, street and file."""
    lines = []
    for row in STATE_TABLE:
        axes = {"file": row.file, "street": row.street, "work": row.work}
        named = [f"{axis} = '{value.value}'" for axis, value in axes.items() if value is not None]
        lines.append(f"WHEN {' AND '.join(named)} THEN '{row.state.value}'")
    return f"CASE {' '.join(lines)} END"


@dataclass(frozen=True)
class Facet:
    """What the table says of a state: its shape on the map (None: off the map), whose move."""

    shape: Shape | None
    party: Party


STATES: dict[State, Facet] = {
    State.RECEIVED: Facet(Shape.OPEN, Party.ADDRESSEE),
    State.ASSIGNED: Facet(Shape.OPEN, Party.ADDRESSEE),
    State.PLANNED: Facet(Shape.OPEN, Party.ADDRESSEE),
    State.PASSED_ON: Facet(Shape.OPEN, Party.RECEIVER),
    State.HANDLED: Facet(Shape.ASKED, Party.RESIDENTS),
    State.DISPUTED: Facet(Shape.BAD, Party.ADDRESSEE),
    State.MIXED: Facet(Shape.ASKED, Party.CHECKER),
    State.SOLVED: Facet(Shape.GOOD, Party.NOBODY),
    State.LAPSED: Facet(Shape.ASKED, Party.NOBODY),
    State.REFUSED: Facet(Shape.OPEN, Party.RESIDENTS),
    State.NO_AGREEMENT: Facet(Shape.BAD, Party.REVIEW),
    State.REMOVED: Facet(None, Party.NOBODY),
    State.MERGED: Facet(None, Party.NOBODY),
    State.WITHDRAWN: Facet(None, Party.NOBODY),
}

ENDED = frozenset(state for state, facet in STATES.items() if facet.party is Party.NOBODY)


def states_with_shape(shape: Shape) -> list[State]:
    """The states drawn with this shape."""
    return [state for state, facet in STATES.items() if facet.shape is shape]


@dataclass(frozen=True)
class Days:
    """How long each move may take; data of the district, overridable per organisation."""

    answer: int
    acceptance: int
    silence: int


@dataclass(frozen=True)
class Move:
    """Whose move it is, and by which day; `due_on` is None only where nobody has the move."""

    party: Party
    due_on: date | None


def whose_move(
    state: State, *, turn_since: date, promised_on: date | None = None, days: Days
) -> Move:
    """Exactly one party has the move, with a date, while the file is open.

    `turn_since` is the day the present move began; a standing promise sets its own day. A
    refusal leaves the move with residents: they may ask for a second look.
    """
    party = STATES[state].party
    if party is Party.NOBODY:
        return Move(party, None)
    if party is Party.ADDRESSEE and promised_on is not None:
        return Move(party, promised_on)
    length = {
        Party.ADDRESSEE: days.answer,
        Party.CHECKER: days.answer,
        Party.RECEIVER: days.acceptance,
        Party.RESIDENTS: days.silence,
        Party.REVIEW: 365,
    }[party]
    return Move(party, turn_since + timedelta(days=length))


def days_open(state: State, *, reported_on: date, ended_on: date, today: date) -> int:
    """Days from the first report to today, or to the end of a file that has ended."""
    last = ended_on if state in ENDED else today
    return max(0, (last - reported_on).days)


@dataclass(frozen=True)
class Axes:
    """The three axes, and what was said: yes or no about the latest handling, ever a no."""

    work: Work = Work.RECEIVED
    street: Street = Street.NOT_ASKED
    file: File = File.PUBLIC
    yes_said: bool = False
    no_said: bool = False
    was_disputed: bool = False

    @property
    def state(self) -> State:
        """The public state."""
        return derive_state(self.work, self.street, self.file)


WORK_AFTER: dict[EventKind, Work] = {
    EventKind.TAKEN: Work.ASSIGNED,
    EventKind.PROMISED: Work.PLANNED,
    EventKind.PASSED_ON: Work.PASSED_ON,
    EventKind.ACCEPTED: Work.ASSIGNED,
    EventKind.HANDLED: Work.HANDLED,
    EventKind.REFUSED: Work.REFUSED,
    EventKind.REFUSED_AGAIN: Work.REFUSED_TWICE,
}
FILE_AFTER: dict[EventKind, File] = {
    EventKind.MERGED: File.MERGED,
    EventKind.WITHDRAWN: File.WITHDRAWN,
    EventKind.REMOVED: File.REMOVED,
}


def follow(axes: Axes, kind: EventKind) -> Axes:
    """The axes after an event of a finished history, where each voice is one that settles."""
    if kind in FILE_AFTER:
        return replace(axes, file=FILE_AFTER[kind])
    if kind in WORK_AFTER:
        axes = replace(axes, work=WORK_AFTER[kind])
    if kind is EventKind.HANDLED:
        # A no about an earlier handling stands until someone on the spot says yes.
        street = Street.NOT_GOOD if axes.street in DISPUTES else Street.WAITING
        return replace(axes, street=street, yes_said=False, no_said=False)
    if kind is EventKind.SAID_SOLVED:
        street = Street.MIXED if axes.no_said else Street.GOOD
        return replace(axes, street=street, yes_said=True)
    if kind in (EventKind.SAID_NOT_GOOD, EventKind.SAID_BROKEN_AGAIN):
        street = Street.MIXED if axes.yes_said else Street.NOT_GOOD
        return replace(axes, street=street, no_said=True, was_disputed=True)
    # After one dispute silence says nothing, nor does it where someone has spoken.
    if kind is EventKind.LAPSED and axes.street is Street.WAITING and not axes.was_disputed:
        return replace(axes, street=Street.SILENT)
    if kind is EventKind.CHECKED:
        return replace(axes, street=Street.GOOD)
    return axes


DISPUTES = (Street.NOT_GOOD, Street.MIXED)
