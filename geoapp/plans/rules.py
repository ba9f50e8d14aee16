"""Plans, pure: what a plan can be, how it goes on, which money fits, and what may be said of it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from geoapp.budgets.rules import Earmark, Model, Terms
from geoapp.db.text import read_words
from geoapp.errors import Conflict, Invalid
from geoapp.ledger.rules import Limit
from geoapp.people.rules import Permission

MOST_TITLE_LETTERS = 120
MOST_ANSWER_LETTERS = 500
MOST_REASON_LETTERS = 2000
MOST_WORDS_LETTERS = 1000
# A flat that reads one link at the same time passes; one network counts once a day for one choice.
PLAN_VOICES_OF_ONE = Limit("plan_voices_of_one", most=40, window_s=3600)
PLAN_VOICE_OF_ONE_ITEM = Limit("plan_voice_of_one_item", most=1, window_s=24 * 3600)
PLAN_VOICES_OF_AN_ITEM = Limit("plan_voices_of_an_item", most=200, window_s=24 * 3600)
# Nearer than this a distance would tell where somebody lives.
LEAST_SAID_M = 50
# What comes within this many days is said to be soon.
SOON_DAYS = 30


class PlaceKind(StrEnum):
    """Whether a plan is at a spot, in an area, or has no place."""

    POINT = "point"
    AREA = "area"
    NONE = "none"


# -- How a plan goes on ------------------------------------------------------------------------


class State(StrEnum):
    """Where a plan is. An idea is seen by its platform alone."""

    IDEA = "idea"
    PLAN = "plan"
    ASKED = "asked"
    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"
    REALISED = "realised"
    NOT_REALISED = "not_realised"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What can be done with a plan."""

    PUBLISH = "publish"
    ASK = "ask"
    GRANT = "grant"
    GRANT_PARTLY = "grant_partly"
    REFUSE = "refuse"
    REALISE = "realise"
    GIVE_UP = "give_up"
    WITHDRAW = "withdraw"
    TAKE_UP = "take_up"


# Where each act leads, from where; what is not here cannot be done. A decision may be given anew
# as long as nothing came of it, and whatever ended without a thing may be taken up again (P4).
TRANSITIONS: dict[State, dict[Act, State]] = {
    State.IDEA: {Act.PUBLISH: State.PLAN, Act.WITHDRAW: State.WITHDRAWN},
    State.PLAN: {
        Act.ASK: State.ASKED,
        Act.REALISE: State.REALISED,
        Act.WITHDRAW: State.WITHDRAWN,
    },
    State.ASKED: {
        Act.GRANT: State.GRANTED,
        Act.GRANT_PARTLY: State.PARTLY,
        Act.REFUSE: State.REFUSED,
        Act.WITHDRAW: State.WITHDRAWN,
    },
    State.GRANTED: {
        Act.GRANT_PARTLY: State.PARTLY,
        Act.REFUSE: State.REFUSED,
        Act.REALISE: State.REALISED,
        Act.GIVE_UP: State.NOT_REALISED,
    },
    State.PARTLY: {
        Act.GRANT: State.GRANTED,
        Act.REFUSE: State.REFUSED,
        Act.REALISE: State.REALISED,
        Act.GIVE_UP: State.NOT_REALISED,
    },
    State.REFUSED: {Act.TAKE_UP: State.PLAN},
    State.NOT_REALISED: {Act.TAKE_UP: State.PLAN},
    State.WITHDRAWN: {Act.TAKE_UP: State.PLAN},
    State.REALISED: {},
}
DECISIONS: dict[Act, State] = {
    Act.GRANT: State.GRANTED,
    Act.GRANT_PARTLY: State.PARTLY,
    Act.REFUSE: State.REFUSED,
}
# Each of these says why, what was weighed, and what could still be done (P4, B12, M14).
REASONED = (State.PARTLY, State.REFUSED)
# Money is set aside for these.
FUNDED = (State.GRANTED, State.PARTLY)
# These may be changed by their own people: of what was asked the payer must read the same.
EDITABLE = (State.IDEA, State.PLAN)
# Nothing comes of these any more, unless they are taken up again.
ENDED = (State.REFUSED, State.NOT_REALISED, State.WITHDRAWN)

PERMISSION_OF: dict[Act, Permission] = {
    act: Permission.DECIDE_PLAN if act in DECISIONS else Permission.WORK_ON_PLAN for act in Act
}


class Ball(StrEnum):
    """Who has the move."""

    MAKER = "maker"
    PAYER = "payer"
    NOBODY = "nobody"


BALL: dict[State, Ball] = {
    State.IDEA: Ball.MAKER,
    State.PLAN: Ball.MAKER,
    State.ASKED: Ball.PAYER,
    State.GRANTED: Ball.MAKER,
    State.PARTLY: Ball.MAKER,
    State.REFUSED: Ball.MAKER,
    State.REALISED: Ball.NOBODY,
    State.NOT_REALISED: Ball.NOBODY,
    State.WITHDRAWN: Ball.NOBODY,
}


def list_acts(state: State) -> tuple[Act, ...]:
    """What can be done with a plan that is there."""
    return tuple(TRANSITIONS[state])


def can_act(state: State, act: Act) -> bool:
    """True where a plan in this state goes on by this act."""
    return act in TRANSITIONS[state]


def go_on(state: State, act: Act) -> State:
    """The state after an act.

    Raises:
        Conflict: it cannot be done from there.
    """
    if not can_act(state, act):
        raise Conflict("This cannot be done with the plan as it is now: look at it again.")
    return TRANSITIONS[state][act]


@dataclass(frozen=True)
class Reasons:
    """Why, what was weighed, and what could still be done."""

    alternatives: str = ""
    interests: str = ""
    reasons: str = ""


def read_reasons(values: Mapping[str, str], *, are_needed: bool) -> Reasons:
    """The words of a decision.

    Raises:
        Invalid: one is needed and not there, or it is too long.
    """
    read = {
        name: read_words(values.get(name, ""), field=name, most=MOST_REASON_LETTERS)
        for name in vars(Reasons())
    }
    for name, words in read.items():
        if are_needed and not words:
            raise Invalid("This cannot be left open: fill it in.", field=name)
    return Reasons(**read)


# -- Which money fits --------------------------------------------------------------------------


class Misfit(StrEnum):
    """Why money does not fit a plan; or what to know before it is asked."""

    EARMARK = "earmark"
    TOO_LITTLE = "too_little"
    OVER = "over"
    NOT_YET = "not_yet"
    WANTED_LATER = "wanted_later"
    ASK_OVER = "ask_over"
    LEAD = "lead"
    ONLY_PLATFORMS = "only_platforms"
    BY_VOTE = "by_vote"
    OTHER_PLATFORM = "other_platform"
    NEEDS_DESIGN = "needs_design"


# These are said, and keep nobody from asking.
ONLY_SAID = frozenset({Misfit.NEEDS_DESIGN})


@dataclass(frozen=True)
class Why:
    """One reason, with what is needed to say it."""

    misfit: Misfit
    cents: int | None = None
    on: date | None = None
    days: int | None = None
    earmarks: frozenset[Earmark] = frozenset()


@dataclass(frozen=True)
class Wanted:
    """What a plan asks of money. `platform_id` None: one person's proposal."""

    themes: frozenset[Earmark] = frozenset()
    cost_cents: int | None = None
    wanted_by: date | None = None
    platform_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Fit:
    """Whether money fits, and why not. Days are counted from today; None: no last day is known."""

    fits: bool
    reasons: tuple[Why, ...]
    days_left: int | None
    must_ask_within: int | None


def fit(line: Terms, item: Wanted, today: date) -> Fit:
    """Whether a line can pay for a plan, asked today (B8, B9, B10)."""
    days_left = None if line.spend_by is None else (line.spend_by - today).days
    reasons = (*_find_misfits(line, item), *_find_late(line, item, today))
    is_right = all(why.misfit in ONLY_SAID for why in reasons)
    return Fit(is_right, reasons, days_left, _days_to_ask(line, today))


def _find_misfits(line: Terms, item: Wanted) -> list[Why]:
    """What is wrong whatever day it is."""
    found = []
    uncovered = item.themes - line.earmarks
    if line.earmarks and (uncovered or not item.themes):
        found.append(Why(Misfit.EARMARK, earmarks=frozenset(uncovered)))
    if item.cost_cents is not None and item.cost_cents > line.left_cents:
        found.append(Why(Misfit.TOO_LITTLE, cents=line.left_cents))
    if line.model is Model.C and item.platform_id is None:
        found.append(Why(Misfit.ONLY_PLATFORMS))
    if line.model in (Model.A, Model.B) and item.platform_id is not None:
        found.append(Why(Misfit.BY_VOTE))
    if line.platform_id is not None and line.platform_id != item.platform_id:
        found.append(Why(Misfit.OTHER_PLATFORM))
    if line.needs_design:
        found.append(Why(Misfit.NEEDS_DESIGN))
    return found


def _find_late(line: Terms, item: Wanted, today: date) -> list[Why]:
    """What is wrong by the calendar: the first that is, for the others follow from it."""
    spend_by, spend_from = line.spend_by, line.spend_from
    if spend_by is not None and today > spend_by:
        return [Why(Misfit.OVER, on=spend_by)]
    if line.ask_by is not None and today > line.ask_by:
        return [Why(Misfit.ASK_OVER, on=line.ask_by)]
    if spend_by is not None and line.lead_days > (spend_by - today).days:
        return [Why(Misfit.LEAD, on=spend_by, days=line.lead_days)]
    wanted = item.wanted_by
    if spend_from is not None and (wanted or today) < spend_from:
        return [Why(Misfit.NOT_YET, on=spend_from)]
    if spend_by is not None and wanted is not None and wanted > spend_by:
        return [Why(Misfit.WANTED_LATER, on=spend_by)]
    return []


def _days_to_ask(line: Terms, today: date) -> int | None:
    ends = [] if line.ask_by is None else [(line.ask_by - today).days]
    if line.spend_by is not None:
        ends.append((line.spend_by - today).days - line.lead_days)
    return min(ends, default=None)


# -- What is said of a plan --------------------------------------------------------------------


class VoiceKind(StrEnum):
    """Hands that are offered, an objection, or another view."""

    HELP = "help"
    OBJECTION = "objection"
    VIEW = "view"


class Choice(StrEnum):
    """What one can say without words."""

    BUILD = "build"
    KEEP = "keep"
    THINK = "think"
    LEND = "lend"
    NOISE = "noise"
    VIEW_OUT = "view_out"
    GREEN_LOST = "green_lost"
    SAFETY = "safety"
    ACCESS = "access"
    OTHER_PLACE = "other_place"
    NOT_NEEDED = "not_needed"


CHOICES: dict[VoiceKind, tuple[Choice, ...]] = {
    VoiceKind.HELP: (Choice.BUILD, Choice.KEEP, Choice.THINK, Choice.LEND),
    VoiceKind.OBJECTION: (
        Choice.NOISE,
        Choice.VIEW_OUT,
        Choice.GREEN_LOST,
        Choice.SAFETY,
        Choice.ACCESS,
        Choice.OTHER_PLACE,
        Choice.NOT_NEEDED,
    ),
    # Another view is told in words alone.
    VoiceKind.VIEW: (),
}


@dataclass(frozen=True)
class VoiceDraft:
    """What somebody says of a plan."""

    kind: VoiceKind
    choice: Choice | None
    words: str = ""


def read_voice(values: Mapping[str, str], *, has_words: bool) -> VoiceDraft:
    """What somebody says of a plan; words only where `has_words`, of whoever has signed in.

    Raises:
        Invalid: there is no such choice, words are needed, or words came where there are none.
    """
    kind = read_voice_kind(values.get("kind", ""))
    said = values.get("choice", "")
    words = read_words(values.get("words", ""), field="words", most=MOST_WORDS_LETTERS)
    if words and not has_words:
        raise Invalid("Words need an account: sign in, or choose without words.", field="words")
    if not CHOICES[kind]:
        if not words:
            raise Invalid("Tell how you see it, in words.", field="words")
        return VoiceDraft(kind, None, words)
    if said not in [choice.value for choice in CHOICES[kind]]:
        raise Invalid("Choose what it is.", field="choice")
    return VoiceDraft(kind, Choice(said), words)


def read_voice_kind(words: str) -> VoiceKind:
    """What sort of voice it is.

    Raises:
        Invalid: there is no such sort.
    """
    if words not in [kind.value for kind in VoiceKind]:
        raise Invalid("Say whether you help, object, or see it otherwise.", field="kind")
    return VoiceKind(words)


def round_distance_m(metres: float) -> int:
    """A distance as everybody may read it: to tens, and never so near that it tells a door."""
    return max(LEAST_SAID_M, round(metres / 10) * 10)


# -- The item itself ---------------------------------------------------------------------------


def read_themes(words: list[str]) -> tuple[Earmark, ...]:
    """What a plan is about.

    Raises:
        Invalid: there is no such theme.
    """
    known = [theme.value for theme in Earmark]
    if any(word not in known for word in words):
        raise Invalid("Choose what it is about.", field="themes")
    return tuple(theme for theme in Earmark if theme.value in words)


def read_date(words: str, *, field: str) -> date | None:
    """A day of a form; None where nothing is said.

    Raises:
        Invalid: it is none.
    """
    if not words:
        return None
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise Invalid("Give a day as the calendar has it: year-month-day.", field=field) from None


def write_letter(position: int) -> str:
    """A, B ... Z, AA: the letter of the n-th plan on a page, from 0."""
    letters = ""
    number = position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
