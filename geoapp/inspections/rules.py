"""What a round asks of a thing, what its answers come to, and the ladder to removal; all pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from geoapp.db.text import read_words
from geoapp.errors import Conflict, Invalid, NotAllowed

# A round is walked on a phone, in under a minute a thing.
MOST_ITEMS = 6
MOST_QUESTION_LETTERS = 120
MOST_NOTE_LETTERS = 500
MOST_REASON_LETTERS = 2000
MOST_EVERY_DAYS = 730
# Four weeks: a volunteer meets twice in it, and a contractor gets a part delivered and fitted.
REPAIR_DAYS = 28
# "Together" is confirmed while both remember it.
CONFIRM_DAYS = 14
MOST_ALTERNATIVES = 3

_CODE = re.compile("[a-z][a-z0-9_]{0,29}")


class Answer(StrEnum):
    """What somebody on the spot answers; "not there" where the question does not fit the thing."""

    YES = "yes"
    NO = "no"
    NOT_THERE = "not_there"


class Result(StrEnum):
    """What the answers come to."""

    RIGHT = "right"
    NOT_RIGHT = "not_right"
    NOT_SAFE = "not_safe"


@dataclass(frozen=True)
class Item:
    """One question, per language; `category` is that of the report which a "no" offers."""

    code: str
    question: Mapping[str, str]
    is_safety: bool
    category: str

    def ask(self, languages: Sequence[str]) -> str:
        """The question in the first of these languages it has, else in any: it must be asked."""
        known = [self.question[tag] for tag in languages if tag in self.question]
        return (known or list(self.question.values()))[0]


def read_items(values: object) -> tuple[Item, ...]:
    """The questions of a list as a file or the database has them.

    Raises:
        Invalid: no list of one to six questions, each with its own code, words and category.
    """
    if not isinstance(values, list) or not 1 <= len(values) <= MOST_ITEMS:
        raise Invalid("A list has one to {most} questions.", field="items", most=MOST_ITEMS)
    items = tuple(_read_item(value) for value in values)
    if len({item.code for item in items}) < len(items):
        raise Invalid("Two questions of a list have the same code.", field="items")
    return items


def _read_item(value: object) -> Item:
    match value:
        case {
            "code": str(code),
            "question": {**question},
            "is_safety": bool(is_safety),
            "category": str(category),
            **rest,
        } if not rest and question and _CODE.fullmatch(code):
            return Item(code, _read_question(question), is_safety, category)
    raise Invalid(
        "A question has a code of small letters, its words by language, is_safety and a category.",
        field="items",
    )


def _read_question(question: Mapping[Any, Any]) -> dict[str, str]:
    found = {}
    for tag, words in question.items():
        clean = isinstance(words, str) and read_words(
            words, field="items", most=MOST_QUESTION_LETTERS
        )
        if not clean or not isinstance(tag, str) or not re.fullmatch("[a-z]{2,3}", tag):
            raise Invalid("Give the words of a question by language, as nl and en.", field="items")
        found[tag] = clean
    return found


def write_items(items: Sequence[Item]) -> list[dict[str, Any]]:
    """What `read_items` reads."""
    return [asdict(item) for item in items]


def check_every_days(days: object) -> int:
    """How often a thing is looked at.

    Raises:
        Invalid: no whole number of days up to two years.
    """
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MOST_EVERY_DAYS:
        raise Invalid(
            "every_days is a whole number from 1 to {most}.",
            field="every_days",
            most=MOST_EVERY_DAYS,
        )
    return days


def check_answers(items: Sequence[Item], answers: Mapping[str, object]) -> dict[str, str]:
    """The answers to a list, in its order, when each question has one and nothing else has.

    Raises:
        Invalid: of the field of the first question that is not answered.
    """
    known = {item.code for item in items}
    if set(answers) - known:
        raise Invalid("There is an answer to a question that this list does not ask.")
    for item in items:
        if answers.get(item.code) not in list(Answer):  # a stranger's answer may have no hash
            raise Invalid("Answer every question: yes, no, or not there.", field=item.code)
    return {item.code: str(answers[item.code]) for item in items}


def find_result(items: Sequence[Item], answers: Mapping[str, str]) -> Result:
    """What checked answers come to: one "no" that is about safety weighs most."""
    wrong = find_wrong(items, answers)
    if any(item.is_safety for item in wrong):
        return Result.NOT_SAFE
    return Result.NOT_RIGHT if wrong else Result.RIGHT


def find_wrong(items: Sequence[Item], answers: Mapping[str, str]) -> list[Item]:
    """The questions that were answered with no."""
    return [item for item in items if answers.get(item.code) == Answer.NO]


# -- The ladder --------------------------------------------------------------------------------


class CaseState(StrEnum):
    """Where a thing stands on the ladder. `warned`: the window for repair runs, or is over."""

    WARNED = "warned"
    REPAIRING = "repairing"
    REPAIRED = "repaired"
    TO_REMOVE = "to_remove"
    REMOVED = "removed"
    WITHDRAWN = "withdrawn"


class CaseAction(StrEnum):
    """What moves it. `find_right` and `find_wrong` are what a further joint inspection finds;
    `keep` is a no of the second person to a removal."""

    TAKE_UP = "take_up"
    FIND_RIGHT = "find_right"
    FIND_WRONG = "find_wrong"
    ASK_REMOVAL = "ask_removal"
    KEEP = "keep"
    REMOVE = "remove"
    WITHDRAW = "withdraw"


OPEN = (CaseState.WARNED, CaseState.REPAIRING, CaseState.TO_REMOVE)
_ENDED: dict[CaseAction, CaseState | None] = dict.fromkeys(CaseAction)

# How a case begins stands nowhere in it: only a confirmed joint inspection opens one. Who asked for
# a removal and has left is asked for anew: hence from "to remove" to itself.
CASES: dict[CaseState, dict[CaseAction, CaseState | None]] = {
    CaseState.WARNED: {
        CaseAction.TAKE_UP: CaseState.REPAIRING,
        CaseAction.FIND_RIGHT: CaseState.REPAIRED,
        CaseAction.FIND_WRONG: CaseState.WARNED,
        CaseAction.ASK_REMOVAL: CaseState.TO_REMOVE,
        CaseAction.KEEP: None,
        CaseAction.REMOVE: CaseState.REMOVED,
        CaseAction.WITHDRAW: CaseState.WITHDRAWN,
    },
    CaseState.REPAIRING: {
        CaseAction.TAKE_UP: None,
        CaseAction.FIND_RIGHT: CaseState.REPAIRED,
        CaseAction.FIND_WRONG: CaseState.REPAIRING,
        CaseAction.ASK_REMOVAL: CaseState.TO_REMOVE,
        CaseAction.KEEP: None,
        CaseAction.REMOVE: CaseState.REMOVED,
        CaseAction.WITHDRAW: CaseState.WITHDRAWN,
    },
    CaseState.TO_REMOVE: {
        CaseAction.TAKE_UP: None,
        CaseAction.FIND_RIGHT: CaseState.REPAIRED,
        CaseAction.FIND_WRONG: CaseState.TO_REMOVE,
        CaseAction.ASK_REMOVAL: CaseState.TO_REMOVE,
        CaseAction.KEEP: CaseState.WARNED,
        CaseAction.REMOVE: CaseState.REMOVED,
        CaseAction.WITHDRAW: CaseState.WITHDRAWN,
    },
    CaseState.REPAIRED: _ENDED,
    CaseState.REMOVED: _ENDED,
    CaseState.WITHDRAWN: _ENDED,
}


def move_case(state: CaseState, action: CaseAction) -> CaseState:
    """Where an action brings a case.

    Raises:
        Conflict: it cannot be done from there.
    """
    after = CASES[state][action]
    if after is None:
        raise Conflict("Somebody was first: look again at where this place stands.")
    return after


# -- Removal -----------------------------------------------------------------------------------


class Ground(StrEnum):
    """Why a thing should go: after the ladder, or because its owner wants it away."""

    LADDER = "ladder"
    WORN_OUT = "worn_out"
    PLACE_NEEDED = "place_needed"
    MOVED_AWAY = "moved_away"


@dataclass(frozen=True)
class Reasons:
    """What nobody may be refused a place without (P4)."""

    ground: Ground
    reason: str
    interests: str
    decides: str
    still_possible: str


@dataclass(frozen=True)
class Alternative:
    """A thing of the same kind elsewhere, and how far off in a straight line."""

    code: str
    name: str
    distance_m: int


@dataclass(frozen=True)
class Displacement:
    """Whom a removal touches: where else they can go, how many live here, what was reported.

    `alternatives` are the nearest, the nearest first. `households` and `inhabitants` are those of
    the official area `area`; None: not known. `hours` is how it opens, as it is written.
    """

    alternatives: tuple[Alternative, ...]
    area: str
    households: int | None
    inhabitants: int | None
    year: int | None
    open_reports: int
    hours: str


def read_displacement(values: Mapping[str, Any]) -> Displacement:
    """What `asdict` made of one."""
    others = tuple(Alternative(**one) for one in values["alternatives"])
    return Displacement(**{**values, "alternatives": others})


REASON_FIELDS = ("reason", "interests", "decides", "still_possible")


def check_reasons(values: Mapping[str, str]) -> Reasons:
    """A removal as it is asked for.

    Raises:
        Invalid: no ground, or one of the four that must be said is not.
    """
    ground = values.get("ground", "")
    if ground not in set(Ground):
        raise Invalid("Choose why it should go.", field="ground")
    said = {
        name: read_words(values.get(name, ""), field=name, most=MOST_REASON_LETTERS)
        for name in REASON_FIELDS
    }
    for name, words in said.items():
        if not words:
            raise Invalid("Without this nothing is taken away: fill it in.", field=name)
    return Reasons(Ground(ground), **said)


def check_ground(ground: Ground, *, is_owner: bool, is_late: bool) -> None:
    """Whether this ground is open: the ladder to whoever manages the thing, once the window for
    repair is over; any other to its owner.

    Raises:
        NotAllowed: who asks is not the owner.
        Conflict: no warning stands, or its window still runs.
    """
    if ground is Ground.LADDER and not is_late:
        raise Conflict("No warning stands, or there is still time for repair: this cannot be yet.")
    if ground is not Ground.LADDER and not is_owner:
        raise NotAllowed("Only whoever owns it may let it go for this reason.")


def check_second(ground: Ground, *, asked_by_officer: bool, settled_by_officer: bool) -> None:
    """Whether these two may settle it: after the ladder one of them works for the district.

    Raises:
        NotAllowed: neither does.
    """
    if ground is Ground.LADDER and not (asked_by_officer or settled_by_officer):
        raise NotAllowed("After a warning one of the two must work for the district.")
