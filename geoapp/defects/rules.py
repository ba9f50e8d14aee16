"""The life of a defect, pure: three axes, the derived public state, and whose move it is.

Source: the project's specification of the life of a defect. The table below is the only place
that knows it: the stored column, the map's shapes and the API are made from it.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from geoapp.areas.rules import Theme
from geoapp.people.rules import TOP_RUNG

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
    """What can happen to a file; events are only ever added.

    `said_good` is a yes that is shown and settles nothing; `settled` is two of those, with new
    photos and unopposed; `city_answered` is what the city told a resident; with `joined_open` a
    file that is not good was merged into one that was. With `reviewed` a year without agreement
    is over, and all are asked again.
    """

    REPORTED = "reported"
    TAKEN = "taken"
    PROMISED = "promised"
    MISSED = "missed"
    ASKED = "asked"
    PASSED_ON = "passed_on"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    HANDLED = "handled"
    CITY_ANSWERED = "city_answered"
    REFUSED = "refused"
    REFUSED_AGAIN = "refused_again"
    SAID_SOLVED = "said_solved"
    SAID_GOOD = "said_good"
    SAID_NOT_GOOD = "said_not_good"
    SAID_BROKEN_AGAIN = "said_broken_again"
    SETTLED = "settled"
    CHECKED = "checked"
    CHECKED_NOT_GOOD = "checked_not_good"
    CLIMBED = "climbed"
    LAPSED = "lapsed"
    REVIEWED = "reviewed"
    MERGED = "merged"
    JOINED = "joined"
    JOINED_OPEN = "joined_open"
    UNMERGED = "unmerged"
    WITHDRAWN = "withdrawn"
    RETAKEN = "retaken"
    REMOVED = "removed"


class WordsState(StrEnum):
    """Whether everybody sees the reporter's words: held ones wait for a moderator."""

    SHOWN = "shown"
    HELD = "held"
    HIDDEN = "hidden"


class Pace(StrEnum):
    """How soon a follower hears of what happened."""

    AT_ONCE = "at_once"
    WEEKLY = "weekly"


class PictureRole(StrEnum):
    """What a picture of a report shows."""

    MATTER = "matter"
    CITY_ANSWER = "city_answer"
    VOICE = "voice"
    WORK = "work"


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


def list_sql(values: Sequence[StrEnum]) -> str:
    """Members of a closed set as SQL writes them after IN."""
    return f"({', '.join(repr(one.value) for one in values)})"


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
UNDER_WAY = tuple(state for state in STATES if state not in ENDED)


def states_with_shape(shape: Shape) -> list[State]:
    """The states drawn with this shape."""
    return [state for state, facet in STATES.items() if facet.shape is shape]


@dataclass(frozen=True)
class Days:
    """How long each move may take; data of the district, overridable per organisation.

    `rung` is how long the addressee may take on the rung it stands on; None: `answer`.
    """

    answer: int
    acceptance: int
    silence: int
    rung: int | None = None


@dataclass(frozen=True)
class Move:
    """Whose move it is, and by which day; `due_on` is None only where nobody has the move."""

    party: Party
    due_on: date | None


# How long nobody agrees before all are asked again whether something has changed.
REVIEW_DAYS = 365


def whose_move(
    state: State,
    *,
    turn_since: date,
    promised_on: date | None = None,
    days: Days,
    is_answered: bool = False,
) -> Move:
    """Exactly one party has the move, with a date, while the file is open.

    `turn_since` is the day the present move began; a standing promise sets its own day. A
    refusal leaves the move with residents: they may ask for a second look. So does an answer to
    their no (`is_answered`, see `Axes`): the file stays disputed, and it is theirs to say.
    """
    party = Party.RESIDENTS if is_answered else STATES[state].party
    if party is Party.NOBODY:
        return Move(party, None)
    if party is Party.ADDRESSEE and promised_on is not None:
        return Move(party, promised_on)
    length = {
        Party.ADDRESSEE: days.answer if days.rung is None else days.rung,
        Party.CHECKER: days.answer,
        Party.RECEIVER: days.acceptance,
        Party.RESIDENTS: days.silence,
        Party.REVIEW: REVIEW_DAYS,
    }[party]
    return Move(party, turn_since + timedelta(days=length))


def days_open(state: State, *, reported_on: date, ended_on: date, today: date) -> int:
    """Days from the first report to today, or to the end of a file that has ended."""
    last = ended_on if state in ENDED else today
    return max(0, (last - reported_on).days)


# -- What happens --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Axes:
    """The three axes, and what they rest on.

    `yes_said` is a settling yes, `no_said` a no, both about the latest handling or refusal.
    `handlings` counts those of organisations; `disputes` those that people said no to, of which
    `disputed_at` is the number of the latest.
    """

    work: Work = Work.RECEIVED
    street: Street = Street.NOT_ASKED
    file: File = File.PUBLIC
    yes_said: bool = False
    no_said: bool = False
    was_disputed: bool = False
    handlings: int = 0
    disputes: int = 0
    disputed_at: int = 0

    @property
    def state(self) -> State:
        """The public state."""
        return derive_state(self.work, self.street, self.file)

    @property
    def is_answered(self) -> bool:
        """True where the organisation has answered a no, and nobody has said anything since."""
        return self.state is State.DISPUTED and self.work in ANSWERED and not self.no_said


WORK_AFTER: dict[EventKind, Work] = {
    EventKind.TAKEN: Work.ASSIGNED,
    EventKind.PROMISED: Work.PLANNED,
    EventKind.MISSED: Work.ASSIGNED,
    EventKind.PASSED_ON: Work.PASSED_ON,
    EventKind.ACCEPTED: Work.ASSIGNED,
    EventKind.RETURNED: Work.RECEIVED,
    EventKind.HANDLED: Work.HANDLED,
    EventKind.CITY_ANSWERED: Work.HANDLED,
    EventKind.REFUSED: Work.REFUSED,
    EventKind.REFUSED_AGAIN: Work.REFUSED_TWICE,
}
FILE_AFTER: dict[EventKind, File] = {
    EventKind.MERGED: File.MERGED,
    EventKind.UNMERGED: File.PUBLIC,
    EventKind.WITHDRAWN: File.WITHDRAWN,
    EventKind.RETAKEN: File.PUBLIC,
    EventKind.REMOVED: File.REMOVED,
}
# What ends or begins a dispute; everything else leaves the street as it is.
DONE = (EventKind.HANDLED, EventKind.CITY_ANSWERED)
ANSWERS = (*DONE, EventKind.REFUSED, EventKind.REFUSED_AGAIN)
YES = (EventKind.SAID_SOLVED,)
NO = (EventKind.SAID_NOT_GOOD, EventKind.SAID_BROKEN_AGAIN, EventKind.JOINED_OPEN)
DECIDED_GOOD = (EventKind.CHECKED, EventKind.SETTLED)
# What residents, and those who check for them, say: none of it is the handler's.
OF_RESIDENTS = frozenset(
    {
        EventKind.REPORTED,
        EventKind.CITY_ANSWERED,
        *YES,
        *NO,
        *DECIDED_GOOD,
        EventKind.SAID_GOOD,
        EventKind.CHECKED_NOT_GOOD,
        EventKind.UNMERGED,
        EventKind.WITHDRAWN,
        EventKind.RETAKEN,
    }
)
DISPUTES = (Street.NOT_GOOD, Street.MIXED)


def follow(axes: Axes, kind: EventKind) -> Axes:
    """The axes after an event."""
    if kind in FILE_AFTER:
        return replace(axes, file=FILE_AFTER[kind])
    if kind in WORK_AFTER:
        axes = replace(axes, work=WORK_AFTER[kind])
    if kind in ANSWERS:
        return _ask_the_street(axes, kind)
    if kind in YES:
        return replace(axes, street=Street.MIXED if axes.no_said else Street.GOOD, yes_said=True)
    if kind in NO:
        return _dispute(axes, Street.MIXED if axes.yes_said else Street.NOT_GOOD)
    if kind in DECIDED_GOOD:
        return replace(axes, street=Street.GOOD, yes_said=True, no_said=False)
    if kind is EventKind.CHECKED_NOT_GOOD:
        return replace(_dispute(axes, Street.NOT_GOOD), yes_said=False)
    # After one dispute silence says nothing, nor does it where someone has spoken.
    if kind is EventKind.LAPSED and axes.street is Street.WAITING and not axes.was_disputed:
        return replace(axes, street=Street.SILENT)
    return axes


def _ask_the_street(axes: Axes, kind: EventKind) -> Axes:
    """A no about an earlier handling stands until someone on the spot says yes."""
    street = axes.street
    if kind in DONE:
        street = Street.NOT_GOOD if street in DISPUTES else Street.WAITING
    handlings = axes.handlings + (kind is EventKind.HANDLED)
    return replace(axes, street=street, yes_said=False, no_said=False, handlings=handlings)


def _dispute(axes: Axes, street: Street) -> Axes:
    """A no; about one handling it counts once. Before any answer there is nothing to weigh it
    against: a yes then settles."""
    is_first = axes.handlings > axes.disputed_at
    return replace(
        axes,
        street=street,
        no_said=axes.no_said or axes.work in ANSWERED or axes.handlings > 0,
        was_disputed=True,
        disputes=axes.disputes + is_first,
        disputed_at=axes.handlings,
    )


ANSWERED = (Work.HANDLED, Work.REFUSED, Work.REFUSED_TWICE)
# These begin a new move even where the public state stays what it was.
NEW_TURNS = (EventKind.PROMISED, *DONE, EventKind.CLIMBED, EventKind.REVIEWED)


def begins_turn(before: Axes, after: Axes, kind: EventKind) -> bool:
    """True where the present move begins with this event. A no said again gives nobody more
    time."""
    is_new_no = after.no_said and not before.no_said
    return after.state is not before.state or kind in NEW_TURNS or is_new_no


# -- What the handler's side may do --------------------------------------------------------------


class Action(StrEnum):
    """What those who handle a report, or look at it for both sides, can do."""

    TAKE = "take"
    PROMISE = "promise"
    ASK = "ask"
    PASS_ON = "pass_on"  # noqa: S105  no password, an action
    ACCEPT = "accept"
    HANDLE = "handle"
    REFUSE = "refuse"
    MERGE = "merge"
    UNMERGE = "unmerge"
    CHECK = "check"


_TO_DO = frozenset({Work.RECEIVED, Work.ASSIGNED, Work.PLANNED})
_SAID = frozenset(ANSWERED)

# From what the organisation said last, each action can be done. Where it has answered, a no must
# have come since: saying "done" twice says no more. Who refused may think again without one.
ACTION_TABLE: dict[Action, frozenset[Work]] = {
    Action.TAKE: frozenset({Work.RECEIVED}) | _SAID,
    Action.PROMISE: _TO_DO | _SAID,
    Action.ASK: _TO_DO | _SAID,
    Action.PASS_ON: _TO_DO | _SAID,
    Action.ACCEPT: frozenset({Work.PASSED_ON}),
    Action.HANDLE: _TO_DO | _SAID,
    Action.REFUSE: _TO_DO | {Work.HANDLED, Work.REFUSED},
}
SECOND_THOUGHTS = (Action.TAKE, Action.PROMISE)
EVENT_OF: dict[Action, EventKind] = {
    Action.TAKE: EventKind.TAKEN,
    Action.PROMISE: EventKind.PROMISED,
    Action.ASK: EventKind.ASKED,
    Action.PASS_ON: EventKind.PASSED_ON,
    Action.ACCEPT: EventKind.ACCEPTED,
    Action.HANDLE: EventKind.HANDLED,
    Action.REFUSE: EventKind.REFUSED,
}


def can_act(axes: Axes, action: Action) -> bool:
    """True where the life of the file allows this now, whoever asks."""
    if action is Action.UNMERGE:
        return axes.file is File.MERGED
    if axes.file is not File.PUBLIC:
        return False
    if action is Action.MERGE:
        return True
    if action is Action.CHECK:
        return axes.street is not Street.GOOD and (axes.handlings > 0 or axes.work in _SAID)
    if axes.state in ENDED:
        return False
    thinks_again = action in SECOND_THOUGHTS and axes.work is not Work.HANDLED
    is_open = axes.work not in _SAID or axes.no_said or thinks_again
    return axes.work in ACTION_TABLE[action] and is_open


def list_actions(axes: Axes) -> list[Action]:
    """What can be done now, in the order of the table."""
    return [action for action in Action if can_act(axes, action)]


def join_event(kept: Axes, gone: Axes) -> EventKind:
    """What happens to a file that another one is merged into. The most open of the two stays:
    what is not good in one is not good in both, and a finished file is disputed by an open one."""
    is_finished = kept.state in ENDED and gone.state not in ENDED
    is_worse = gone.street in DISPUTES and kept.street not in DISPUTES
    return EventKind.JOINED_OPEN if is_finished or is_worse else EventKind.JOINED


# -- What residents may say ----------------------------------------------------------------------


class Says(StrEnum):
    """The three words of everybody who lives with it."""

    SOLVED = "solved"
    STILL_BROKEN = "still_broken"
    BROKEN_AGAIN = "broken_again"


class Speaker(StrEnum):
    """Who says it. `tied` to the handler by a role, in whatever other way they speak as well."""

    REPORTER = "reporter"
    FOLLOWER = "follower"
    NEIGHBOUR = "neighbour"
    TIED = "tied"


class Hearing(StrEnum):
    """What becomes of a word: it is said of this file, of the one it was merged into, of a new
    one linked to it, or it is kept and changes nothing."""

    HERE = "here"
    KEPT_FILE = "kept_file"
    NEW_FILE = "new_file"
    NOTED = "noted"


SETTLING = frozenset({Speaker.REPORTER, Speaker.FOLLOWER})
# Where a word is not simply said of this file.
HEARINGS: dict[tuple[State, Says | None], Hearing] = {
    (State.SOLVED, Says.BROKEN_AGAIN): Hearing.NEW_FILE,
    (State.WITHDRAWN, Says.STILL_BROKEN): Hearing.NEW_FILE,
    (State.WITHDRAWN, Says.BROKEN_AGAIN): Hearing.NEW_FILE,
    (State.WITHDRAWN, Says.SOLVED): Hearing.NOTED,
    (State.REMOVED, None): Hearing.NOTED,
    (State.MERGED, None): Hearing.KEPT_FILE,
}


def hear(state: State, says: Says) -> Hearing:
    """What becomes of a word about a file in this state: there is always something."""
    return HEARINGS.get((state, says)) or HEARINGS.get((state, None)) or Hearing.HERE


_EVERY_WORD = tuple(Says)
_NO_WORK_YET = (Says.SOLVED, Says.STILL_BROKEN)
# What the page of a file offers to say: never nothing, for a resident always has a move left. A
# merged one offers what the file does that it was merged into.
OFFERED: dict[State, tuple[Says, ...]] = {
    State.RECEIVED: _NO_WORK_YET,
    State.ASSIGNED: _NO_WORK_YET,
    State.PLANNED: _NO_WORK_YET,
    State.PASSED_ON: _NO_WORK_YET,
    State.HANDLED: _EVERY_WORD,
    State.DISPUTED: _EVERY_WORD,
    State.MIXED: _EVERY_WORD,
    State.SOLVED: (Says.BROKEN_AGAIN, Says.STILL_BROKEN),
    State.LAPSED: _EVERY_WORD,
    State.REFUSED: _NO_WORK_YET,
    State.NO_AGREEMENT: _NO_WORK_YET,
    State.REMOVED: (Says.STILL_BROKEN,),
    State.MERGED: _EVERY_WORD,
    State.WITHDRAWN: (Says.STILL_BROKEN,),
}


def event_of_voice(says: Says, speaker: Speaker) -> EventKind:
    """What is noted in the file. A yes settles by who says it; a no needs nothing."""
    if says is not Says.SOLVED:
        return EventKind.SAID_NOT_GOOD
    return EventKind.SAID_SOLVED if speaker in SETTLING else EventKind.SAID_GOOD


# How long a reporter can take up again what they withdrew.
RETAKE_HOURS = 48


def can_city_answer(axes: Axes) -> bool:
    """True where a resident may note that the city says: done. Where it has answered, a no must
    have come since; where a yes stands against a no, somebody neutral decides."""
    if axes.file is not File.PUBLIC or axes.state in ENDED or axes.state is State.MIXED:
        return False
    return axes.work not in ANSWERED or (axes.state is State.DISPUTED and axes.no_said)


def can_withdraw(axes: Axes) -> bool:
    """True where its reporter may take it back: what has ended stays as it ended."""
    return axes.file is File.PUBLIC and axes.state not in ENDED


def can_retake(axes: Axes, *, withdrawn_at: datetime | None, now: datetime) -> bool:
    """True where its reporter may still take it up again."""
    return (
        axes.file is File.WITHDRAWN
        and withdrawn_at is not None
        and now - withdrawn_at <= timedelta(hours=RETAKE_HOURS)
    )


# -- Promises ------------------------------------------------------------------------------------


class PromiseState(StrEnum):
    """What became of a promise; one that moves for the third time is missed."""

    OPEN = "open"
    KEPT = "kept"
    MOVED = "moved"
    MISSED = "missed"


MOST_MOVES = 2


def close_promise(kind: EventKind, *, due_on: date, moves: int, today: date) -> PromiseState | None:
    """What becomes of an open promise by an event; None: it stands."""
    if kind in (*DONE, EventKind.SAID_SOLVED, *DECIDED_GOOD):
        return PromiseState.KEPT if today <= due_on else PromiseState.MISSED
    if kind is EventKind.PROMISED:
        late = today > due_on or moves >= MOST_MOVES
        return PromiseState.MISSED if late else PromiseState.MOVED
    if kind in (EventKind.PASSED_ON, EventKind.REFUSED, EventKind.MISSED):
        return PromiseState.MISSED
    return None


# -- The ladder ----------------------------------------------------------------------------------

DISPUTES_TO_CLIMB = 2
PEOPLE_TO_CLIMB = 2


def may_climb(axes: Axes, *, rung: int, climbed_at: int, people: int, has_photo: bool) -> bool:
    """True where the file goes a rung higher: the second handling people said no to, by a photo
    or two independent people, and once for each handling. Silence never climbs.

    `climbed_at` is the number of the handling at which it last did; `people` and `has_photo` are
    of those who said no to the latest one.
    """
    return (
        axes.state in (State.DISPUTED, State.MIXED)
        and axes.disputes >= DISPUTES_TO_CLIMB
        and axes.disputed_at == axes.handlings > climbed_at
        and rung < TOP_RUNG
        and (has_photo or people >= PEOPLE_TO_CLIMB)
    )


# -- Figures -------------------------------------------------------------------------------------


class Share(StrEnum):
    """The four shares of the answers page; they sum to the whole."""

    GOOD = "good"
    NOT_GOOD = "not_good"
    UNCHECKED = "unchecked"
    GOING_ON = "going_on"


# A merged file counts with the share of the one it was merged into. What its own reporter
# withdrew was taken back, not answered: it alone is not counted.
SHARE_OF: dict[State, Share | None] = {
    State.SOLVED: Share.GOOD,
    State.DISPUTED: Share.NOT_GOOD,
    State.MIXED: Share.NOT_GOOD,
    State.NO_AGREEMENT: Share.NOT_GOOD,
    State.HANDLED: Share.UNCHECKED,
    State.LAPSED: Share.UNCHECKED,
    State.REMOVED: Share.UNCHECKED,
    State.RECEIVED: Share.GOING_ON,
    State.ASSIGNED: Share.GOING_ON,
    State.PLANNED: Share.GOING_ON,
    State.PASSED_ON: Share.GOING_ON,
    State.REFUSED: Share.GOING_ON,
    State.MERGED: None,
    State.WITHDRAWN: None,
}


class FactKind(StrEnum):
    """What is counted: the share of a file, days until it was good, what became of a promise."""

    SHARE = "share"
    DAYS = "days"
    PROMISE = "promise"


# Days from the first report until it was good, in steps: as many or fewer, longer than the step
# before. A middle cannot be kept as a counter; how many there are of each step can.
DAY_STEPS = (7, 14, 28, 56, 112)
MORE_DAYS = "more"
# Here the organisation has the move, and silence is its own. That of the others asks residents, or
# someone neutral.
TURN_OF_ORGANISATION = tuple(
    state for state, facet in STATES.items() if facet.party in (Party.ADDRESSEE, Party.RECEIVER)
)
DENIED = (State.DISPUTED, State.MIXED)
# Of those with the addressee alone.
TURN_OF_ADDRESSEE = tuple(
    state for state, facet in STATES.items() if facet.party is Party.ADDRESSEE
)
# On these someone neutral is asked to look: residents see it differently; or the organisation says
# done, and residents say no, or nobody has looked.
TO_CHECK = ((State.MIXED, None), (State.DISPUTED, Work.HANDLED), (State.LAPSED, Work.HANDLED))


# What came back so often from whom it was passed on to is stuck.
STUCK_BOUNCES = 2


def no_agreement_sql() -> str:
    """True where there is no agreement, as SQL: a second no, or a no that residents deny."""
    refused = list_sql((Work.REFUSED, Work.REFUSED_TWICE))
    disputed = f"state = '{State.DISPUTED.value}' AND work IN {refused}"
    return f"file = 'public' AND (state = '{State.NO_AGREEMENT.value}' OR ({disputed}))"


def to_check_sql() -> str:
    """True where someone neutral is asked to look, as SQL."""
    ways = [
        f"state = '{state.value}'" + (f" AND work = '{work.value}'" if work else "")
        for state, work in TO_CHECK
    ]
    return f"file = 'public' AND ({' OR '.join(f'({way})' for way in ways)})"
