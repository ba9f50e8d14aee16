"""Words on screen for questions, for the mediating team and for what is stuck."""

from datetime import date

from geoapp.coverage.stuck import Why
from geoapp.questions.queries import EventFacts, QuestionFacts, StepFacts
from geoapp.questions.rules import (
    SIDE_OF_STATE,
    EventKind,
    HowTold,
    Mediation,
    Result,
    Side,
    State,
    StepKind,
    ThingKind,
    make_title,
    silent_days,
)
from geoapp.web import words
from geoapp.web.cards import Turn
from geoapp.web.language import Words, gettext, lazy_gettext, ngettext

STATES: dict[State, Words] = {
    State.ASKED: lazy_gettext("Asked, no answer yet"),
    State.ANSWERED: lazy_gettext("There is a word, no result yet"),
    State.PROMISED: lazy_gettext("A day is promised"),
    State.PASSED_ON: lazy_gettext("Passed on, no answer yet"),
    State.GRANTED: lazy_gettext("Yes"),
    State.PARTLY: lazy_gettext("Partly yes"),
    State.REFUSED: lazy_gettext("No. Read why"),
    State.WITHDRAWN: lazy_gettext("Taken back by the platform"),
}
# As on the map: what is open, what waits for a word of the asker, what ended well or not.
SHAPES: dict[State, str] = {
    State.ASKED: "open",
    State.ANSWERED: "asked",
    State.PROMISED: "open",
    State.PASSED_ON: "open",
    State.GRANTED: "good",
    State.PARTLY: "asked",
    State.REFUSED: "bad",
    State.WITHDRAWN: "plain",
}

# What a side can do: the button, and what it means for the other side.
ACTS: dict[EventKind, tuple[Words, Words]] = {
    EventKind.ANSWERED: (
        lazy_gettext("Give a word"),
        lazy_gettext("An answer, not yet a result: the platform says whether it is one."),
    ),
    EventKind.PROMISED: (
        lazy_gettext("Promise a day"),
        lazy_gettext("Everybody sees the day. On that day there is an answer."),
    ),
    EventKind.PASSED_ON: (
        lazy_gettext("Not ours: pass it on"),
        lazy_gettext("The days of silence go on: passing on is no word."),
    ),
    EventKind.GRANTED: (lazy_gettext("Yes"), lazy_gettext("Say what happens, and when.")),
    EventKind.PARTLY: (
        lazy_gettext("Partly yes"),
        lazy_gettext("Say what happens, what does not, and why."),
    ),
    EventKind.REFUSED: (
        lazy_gettext("No"),
        lazy_gettext("First: what would make it possible? Then the reasons."),
    ),
    EventKind.NO_ANSWER: (
        lazy_gettext("This is no answer"),
        lazy_gettext("It goes on, and it is their move. You can say so for ever."),
    ),
    EventKind.WITHDRAWN: (
        lazy_gettext("Take the question back"),
        lazy_gettext("Only you can. You can let it go on again at any time."),
    ),
}

FIELDS: dict[str, Words] = {
    "note": lazy_gettext("In your words"),
    HowTold.POSSIBLE: lazy_gettext("What would make it possible?"),
    HowTold.INTERESTS: lazy_gettext("Which interests were weighed?"),
    HowTold.DECIDED_BY: lazy_gettext("Who decided? A role, no name"),
}
REASON: Words = lazy_gettext("Why?")
# As everybody reads it afterwards.
TOLD: dict[str, Words] = {
    HowTold.POSSIBLE: lazy_gettext("What could still be done"),
    HowTold.INTERESTS: lazy_gettext("Interests that were weighed"),
    HowTold.DECIDED_BY: lazy_gettext("Decided by"),
}

WHYS: dict[Why, Words] = {
    Why.BROUGHT: lazy_gettext("Brought by a platform"),
    Why.NO_AGREEMENT: lazy_gettext("No agreement"),
    Why.BOUNCED: lazy_gettext("Sent to and fro"),
    Why.SILENT: lazy_gettext("14 days silent"),
}

THING_KINDS: dict[ThingKind, Words] = {
    ThingKind.DEFECT: lazy_gettext("Report"),
    ThingKind.QUESTION: lazy_gettext("Question"),
    ThingKind.PLAN: lazy_gettext("Plan"),
}

MEDIATIONS: dict[Mediation, Words] = {
    Mediation.ASKED: lazy_gettext("Asked, not taken up yet"),
    Mediation.TAKEN_UP: lazy_gettext("The team is at work"),
    Mediation.ENDED: lazy_gettext("Ended"),
}
STEPS: dict[StepKind, Words] = {
    StepKind.TAKEN_UP: lazy_gettext("Taken up"),
    StepKind.TALKED: lazy_gettext("Talked with both sides, or one"),
    StepKind.VISITED: lazy_gettext("Went to look on the spot"),
    StepKind.PROPOSED: lazy_gettext("Made a proposal"),
    StepKind.ENDED: lazy_gettext("Ended: this came of it"),
}
RESULTS: dict[Result, Words] = {
    Result.AGREED: lazy_gettext("They agree"),
    Result.PARTLY: lazy_gettext("They agree in part"),
    Result.NO_AGREEMENT: lazy_gettext("They do not agree"),
}


def say_title(question: QuestionFacts, *, is_hidden: bool) -> str:
    """Its first line; where that is hidden, what it is about."""
    if is_hidden:
        return gettext("A question about: %(theme)s", theme=words.THEMES[question.theme])
    return make_title(question.words)


def say_turn(question: QuestionFacts, *, today: date) -> Turn:
    """Whose move it is, and how long they have been silent."""
    side = SIDE_OF_STATE[question.state]
    if side is Side.NOBODY:
        return Turn("", "", is_nobody=True)
    if side is Side.ASKER:
        return Turn(question.platform, "", is_nobody=False)
    return Turn(question.organisation.name, say_silence(question, today=today), is_nobody=False)


def say_silence(question: QuestionFacts, *, today: date) -> str:
    """How long the organisation that has the move has said nothing; or the day it promised."""
    if question.due_on is not None and question.due_on >= today:
        return gettext("by %(day)s", day=words.say_day(question.due_on, today=today))
    days = silent_days(question.state, turn_since=question.turn_since, today=today)
    if not days:
        return ""
    return ngettext("%(num)s day silent", "%(num)s days silent", days)


def say_event(event: EventFacts) -> str:
    """One event, as the history tells it."""
    by, to = event.by, event.to or ""
    day = words.say_day(event.due_on) if event.due_on else ""
    said: dict[EventKind, str] = {
        EventKind.ASKED: gettext("%(by)s asks %(to)s.", by=by, to=to),
        EventKind.ANSWERED: gettext("%(by)s says:", by=by),
        EventKind.PROMISED: gettext("%(by)s promises: by %(day)s.", by=by, day=day),
        EventKind.PASSED_ON: gettext("%(by)s passes it on to %(to)s.", by=by, to=to),
        EventKind.GRANTED: gettext("%(by)s says yes.", by=by),
        EventKind.PARTLY: gettext("%(by)s says partly yes.", by=by),
        EventKind.REFUSED: gettext("%(by)s says no.", by=by),
        EventKind.NO_ANSWER: gettext("%(by)s says: this is no answer. It goes on.", by=by),
        EventKind.WITHDRAWN: gettext("%(by)s takes the question back.", by=by),
        EventKind.BROUGHT: gettext("%(by)s asks the mediating team for help.", by=by),
    }
    return said[event.kind]


def say_step(step: StepFacts) -> str:
    """One step of the team, with what came of it."""
    said = str(STEPS[step.kind])
    return f"{said} {RESULTS[step.result]}." if step.result else said
