"""The life of a question and of what is brought before the mediating team, pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from geoapp.areas.rules import Theme
from geoapp.db.text import read_words
from geoapp.errors import Conflict, Invalid

MOST_LETTERS = 1000
MOST_TITLE_LETTERS = 90
MOST_ROLE_LETTERS = 80
MOST_ABOUT_LETTERS = 80
# How far ahead a day may be promised.
MOST_PROMISED_DAYS = 730


class State(StrEnum):
    """Where a question stands."""

    ASKED = "asked"
    ANSWERED = "answered"
    PROMISED = "promised"
    PASSED_ON = "passed_on"
    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class EventKind(StrEnum):
    """What can happen to a question; events are only ever added.

    `answered` is a word and no end; with `no_answer` the asker says so, and it goes on.
    """

    ASKED = "asked"
    ANSWERED = "answered"
    PROMISED = "promised"
    PASSED_ON = "passed_on"
    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    WITHDRAWN = "withdrawn"
    BROUGHT = "brought"


class Side(StrEnum):
    """Who can have the move, and who does something."""

    ORGANISATION = "organisation"
    ASKER = "asker"
    NOBODY = "nobody"


SIDE_OF_STATE: dict[State, Side] = {
    State.ASKED: Side.ORGANISATION,
    State.ANSWERED: Side.ASKER,
    State.PROMISED: Side.ORGANISATION,
    State.PASSED_ON: Side.ORGANISATION,
    State.GRANTED: Side.NOBODY,
    State.PARTLY: Side.NOBODY,
    State.REFUSED: Side.NOBODY,
    State.WITHDRAWN: Side.NOBODY,
}
WAITING = tuple(state for state, side in SIDE_OF_STATE.items() if side is Side.ORGANISATION)
ENDED = tuple(state for state, side in SIDE_OF_STATE.items() if side is Side.NOBODY)

SIDE_OF_ACT: dict[EventKind, Side] = {
    EventKind.ASKED: Side.ASKER,
    EventKind.ANSWERED: Side.ORGANISATION,
    EventKind.PROMISED: Side.ORGANISATION,
    EventKind.PASSED_ON: Side.ORGANISATION,
    EventKind.GRANTED: Side.ORGANISATION,
    EventKind.PARTLY: Side.ORGANISATION,
    EventKind.REFUSED: Side.ORGANISATION,
    EventKind.NO_ANSWER: Side.ASKER,
    EventKind.WITHDRAWN: Side.ASKER,
    EventKind.BROUGHT: Side.ASKER,
}

_OPEN = frozenset(State) - frozenset(ENDED)
_NO = frozenset({State.PARTLY, State.REFUSED})
# From where each can be done. Only a result or the asker ends a question; after any answer or end
# the asker can say that it is none, for ever. Who refused may think again.
FROM: dict[EventKind, frozenset[State]] = {
    EventKind.ASKED: frozenset(),
    EventKind.ANSWERED: _OPEN,
    EventKind.PROMISED: _OPEN | _NO,
    EventKind.PASSED_ON: _OPEN,
    EventKind.GRANTED: _OPEN | _NO,
    EventKind.PARTLY: _OPEN | {State.REFUSED},
    EventKind.REFUSED: _OPEN,
    EventKind.NO_ANSWER: frozenset({State.ANSWERED, State.PROMISED, *ENDED}),
    EventKind.WITHDRAWN: _OPEN,
    EventKind.BROUGHT: frozenset(State) - {State.WITHDRAWN},
}
# None: it stays as it was.
TO: dict[EventKind, State | None] = {
    EventKind.ASKED: State.ASKED,
    EventKind.ANSWERED: State.ANSWERED,
    EventKind.PROMISED: State.PROMISED,
    EventKind.PASSED_ON: State.PASSED_ON,
    EventKind.GRANTED: State.GRANTED,
    EventKind.PARTLY: State.PARTLY,
    EventKind.REFUSED: State.REFUSED,
    EventKind.NO_ANSWER: State.ASKED,
    EventKind.WITHDRAWN: State.WITHDRAWN,
    EventKind.BROUGHT: None,
}
RESULTS = (EventKind.GRANTED, EventKind.PARTLY, EventKind.REFUSED)


def list_acts(state: State, side: Side) -> list[EventKind]:
    """What a side can do now, in the order of the table."""
    return [kind for kind in EventKind if SIDE_OF_ACT[kind] is side and state in FROM[kind]]


def follow(state: State, kind: EventKind) -> State:
    """Where a question stands after this.

    Raises:
        Conflict: it cannot be done now.
    """
    if state not in FROM[kind]:
        raise Conflict("This cannot be done now: somebody was first. Look it over again.")
    return TO[kind] or state


def begins_turn(before: State, kind: EventKind) -> bool:
    """True where silence is counted anew. Passing on is no word: the clock goes on, unless it was
    the asker's move."""
    if kind is EventKind.PASSED_ON:
        return SIDE_OF_STATE[before] is not Side.ORGANISATION
    return kind is not EventKind.BROUGHT


# -- What is said --------------------------------------------------------------------------------


class HowTold(StrEnum):
    """What a no must tell beside its reason (M14, P4), in the order it is asked."""

    POSSIBLE = "possible"
    INTERESTS = "interests"
    DECIDED_BY = "decided_by"


MOST_OF_FIELD: dict[str, int] = {
    "note": MOST_LETTERS,
    HowTold.POSSIBLE: MOST_LETTERS,
    HowTold.INTERESTS: MOST_LETTERS,
    HowTold.DECIDED_BY: MOST_ROLE_LETTERS,
}
FIELDS_OF_ACT: dict[EventKind, tuple[str, ...]] = {
    EventKind.ANSWERED: ("note",),
    EventKind.PROMISED: ("due_on", "note"),
    EventKind.PASSED_ON: ("organisation", "note"),
    EventKind.GRANTED: ("note",),
    EventKind.PARTLY: (HowTold.POSSIBLE, "note", HowTold.INTERESTS, HowTold.DECIDED_BY),
    EventKind.REFUSED: (HowTold.POSSIBLE, "note", HowTold.INTERESTS, HowTold.DECIDED_BY),
    EventKind.NO_ANSWER: ("note",),
    EventKind.WITHDRAWN: ("note",),
    EventKind.BROUGHT: ("note",),
}
NOT_NEEDED = {EventKind.PROMISED, EventKind.WITHDRAWN}


@dataclass(frozen=True)
class QuestionDraft:
    """A question that has passed the check. `about_kind` and `about_code` name a thing or a place,
    where it is about one."""

    theme: Theme
    words: str
    about_kind: str = ""
    about_code: str = ""


@dataclass(frozen=True)
class ActDraft:
    """An act that has passed the check; what it does not need is empty. `organisation` is the slug
    of whom it is passed on to."""

    kind: EventKind
    note: str = ""
    due_on: date | None = None
    organisation: str = ""
    told: Mapping[str, str] = field(default_factory=dict)


def check_question(theme: str, words: str) -> QuestionDraft:
    """A question as a form sends it, about nothing yet.

    Raises:
        Invalid: of the field that is wrong.
    """
    said = read_words(words, field="words", most=MOST_LETTERS)
    if not said:
        raise Invalid("Say what you ask.", field="words")
    if theme not in list(Theme):
        raise Invalid("Choose what it is about.", field="theme")
    return QuestionDraft(Theme(theme), said)


def check_act(kind: EventKind, values: Mapping[str, str], *, today: date) -> ActDraft:
    """An act as a form sends it.

    Raises:
        Invalid: of the field that is wrong.
    """
    fields = FIELDS_OF_ACT[kind]
    said = {
        name: read_words(values.get(name, ""), field=name, most=most)
        for name, most in MOST_OF_FIELD.items()
        if name in fields
    }
    for name, words in said.items():
        if not words and kind not in NOT_NEEDED:
            raise Invalid("Say it in words: everybody reads it.", field=name)
    return ActDraft(
        kind=kind,
        note=said.pop("note"),
        due_on=_read_due(values.get("due_on", ""), today) if "due_on" in fields else None,
        organisation=_read_organisation(values) if "organisation" in fields else "",
        told=said,
    )


def _read_due(words: str, today: date) -> date:
    try:
        due_on = date.fromisoformat(words)
    except ValueError:
        due_on = date.min
    if not today <= due_on <= today + timedelta(days=MOST_PROMISED_DAYS):
        raise Invalid("Promise a day from today on, at most two years ahead.", field="due_on")
    return due_on


def _read_organisation(values: Mapping[str, str]) -> str:
    slug = values.get("organisation", "")
    if not slug:
        raise Invalid("Choose who goes on with it.", field="organisation")
    return slug


def make_title(words: str) -> str:
    """The first line of a question, or as much of it as fits in a list."""
    line = words.partition("\n")[0].strip()
    if len(line) <= MOST_TITLE_LETTERS:
        return line
    return line[:MOST_TITLE_LETTERS].rsplit(maxsplit=1)[0] + "…"


# -- Silence -------------------------------------------------------------------------------------

# After so many days without a word it is on the list of what is stuck; so is what came back so
# often from whom it was passed on to.
STUCK_DAYS = 14
STUCK_BOUNCES = 2


def silent_days(state: State, *, turn_since: date, today: date) -> int | None:
    """Days since the last word of the organisation that has the move; None where none has it."""
    if SIDE_OF_STATE[state] is not Side.ORGANISATION:
        return None
    return max(0, (today - turn_since).days)


# -- The mediating team --------------------------------------------------------------------------


class ThingKind(StrEnum):
    """What can be brought before the team; named by its code, and looked up by the pages."""

    DEFECT = "defect"
    QUESTION = "question"
    PLAN = "plan"


class Mediation(StrEnum):
    """How far the team is."""

    ASKED = "asked"
    TAKEN_UP = "taken_up"
    ENDED = "ended"


class StepKind(StrEnum):
    """What the team does."""

    TAKEN_UP = "taken_up"
    TALKED = "talked"
    VISITED = "visited"
    PROPOSED = "proposed"
    ENDED = "ended"


class Result(StrEnum):
    """What came of it."""

    AGREED = "agreed"
    PARTLY = "partly"
    NO_AGREEMENT = "no_agreement"


STEP_TABLE: dict[Mediation, dict[StepKind, Mediation]] = {
    Mediation.ASKED: {
        StepKind.TAKEN_UP: Mediation.TAKEN_UP,
        StepKind.TALKED: Mediation.TAKEN_UP,
        StepKind.VISITED: Mediation.TAKEN_UP,
        StepKind.PROPOSED: Mediation.TAKEN_UP,
        StepKind.ENDED: Mediation.ENDED,
    },
    Mediation.TAKEN_UP: {
        StepKind.TALKED: Mediation.TAKEN_UP,
        StepKind.VISITED: Mediation.TAKEN_UP,
        StepKind.PROPOSED: Mediation.TAKEN_UP,
        StepKind.ENDED: Mediation.ENDED,
    },
    # It can be brought anew: that is another row.
    Mediation.ENDED: {},
}


@dataclass(frozen=True)
class StepDraft:
    """A step that has passed the check; `result` where it is the last one."""

    kind: StepKind
    on_day: date
    note: str
    result: Result | None = None


def check_step(values: Mapping[str, str], *, today: date) -> StepDraft:
    """A step as a form sends it.

    Raises:
        Invalid: of the field that is wrong.
    """
    if values.get("kind", "") not in list(StepKind):
        raise Invalid("Choose what you did.", field="kind")
    kind = StepKind(values["kind"])
    try:
        on_day = date.fromisoformat(values.get("on_day", "") or today.isoformat())
    except ValueError:
        on_day = date.max
    if not today - timedelta(days=365) <= on_day <= today:
        raise Invalid("Choose a day up to today, within a year.", field="on_day")
    note = read_words(values.get("note", ""), field="note", most=MOST_LETTERS)
    if not note and kind is not StepKind.TAKEN_UP:
        raise Invalid("Say it in words: everybody reads it.", field="note")
    if kind is not StepKind.ENDED:
        return StepDraft(kind, on_day, note)
    if values.get("result", "") not in list(Result):
        raise Invalid("Choose what came of it.", field="result")
    return StepDraft(kind, on_day, note, Result(values["result"]))


def take_step(state: Mediation, kind: StepKind) -> Mediation:
    """How far the team is after this.

    Raises:
        Conflict: it cannot be done now.
    """
    after = STEP_TABLE[state].get(kind)
    if after is None:
        raise Conflict("This cannot be done now: somebody was first. Look it over again.")
    return after


def check_why(words: str) -> str:
    """Why something is brought before the team.

    Raises:
        Invalid: nothing is said, or too much.
    """
    said = read_words(words, field="note", most=MOST_LETTERS)
    if not said:
        raise Invalid("Say in a few words why it is stuck.", field="note")
    return said
