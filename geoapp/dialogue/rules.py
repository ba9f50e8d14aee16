"""What a voice and an act must hold, pure: one check for forms, mail links and the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from uuid import UUID

from geoapp.db.text import read_words
from geoapp.defects.rules import Action, Says
from geoapp.errors import Invalid
from geoapp.ledger.rules import Limit
from geoapp.moderation.rules import find_personal
from geoapp.people.rules import Permission

# The same number stands in a CHECK of `defects/tables`: another one needs a migration.
MOST_NOTE_LETTERS = 2000
MOST_PICTURES = 5
PICTURES = {"photos": MOST_PICTURES}

# Nobody is kept from a first true word: these stop one who goes on and on. A word that is the
# sender's first about a handling is counted against the wide limit alone.
VOICES_OF_ONE = Limit("voices_of_one", most=120, window_s=3600)
VOICES_ON_ONE = Limit("voices_on_one", most=6, window_s=3600)

# What the city told a resident is noted once for each time it answers.
CITY_ANSWERS_OF_ONE = Limit("city_answers_of_one", most=20, window_s=3600)
CITY_ANSWER_PICTURES = {"photos": 1}

# A week begins when people come to their desks, by the clocks of the district.
WEEK_BEGINS = time(6)

# How far ahead a day may be promised.
MOST_PROMISED_DAYS = 730


@dataclass(frozen=True)
class VoiceDraft:
    """A voice that has passed the check. `heard` None: not answered. `secret` is the link of the
    reporter or of a follower; empty: a neighbour."""

    says: Says
    note: str
    heard: bool | None
    secret: str


def check_voice(values: Mapping[str, object]) -> VoiceDraft:
    """A voice from named values.

    Raises:
        Invalid: names the field that is wrong.
    """
    check_fields(values, ("says", "note", "heard", "secret"))
    says = values.get("says")
    if not isinstance(says, str) or says not in list(Says):
        raise Invalid("Say how it is: use one of {known}.", field="says", known=", ".join(Says))
    return VoiceDraft(
        says=Says(says),
        note=read_field(values, "note"),
        heard=_read_heard(values.get("heard")),
        secret=read_field(values, "secret", most=200),
    )


def check_city_answer(values: Mapping[str, object]) -> str:
    """What the city told a resident, from named values: a sentence, or nothing.

    Raises:
        Invalid: names the field that is wrong.
    """
    check_fields(values, ("note",))
    return check_public(read_field(values, "note"))


def check_public(words: str) -> str:
    """The same words; they stand in a history that nobody changes, for everybody to read.

    Raises:
        Invalid: there is somebody's phone number, address or licence plate in them.
    """
    if find_personal(words):
        raise Invalid(
            "Everybody can read this: leave out phone numbers, addresses and licence plates.",
            field="note",
        )
    return words


class HowRefused(StrEnum):
    """What a refusal must tell (M14, M15, P4), beside the reason."""

    POSSIBLE = "possible"
    INTERESTS = "interests"
    DECIDED_BY = "decided_by"
    VISITED_ON = "visited_on"


@dataclass(frozen=True)
class ActDraft:
    """An act that has passed the check; what its action does not need is empty.

    `told` holds what a refusal tells. `organisation` is the slug of whom it is passed on to, and
    `into` the code of the report it is merged into. `is_good` is what a neutral check found.
    """

    action: Action
    note: str = ""
    due_on: date | None = None
    organisation: str = ""
    into: str = ""
    is_good: bool | None = None
    told: tuple[tuple[HowRefused, str], ...] = ()


ACT_FIELDS: dict[Action, tuple[str, ...]] = {
    Action.TAKE: ("note",),
    Action.PROMISE: ("note", "due_on"),
    Action.ASK: ("note",),
    Action.PASS_ON: ("note", "organisation"),
    Action.ACCEPT: ("note",),
    Action.HANDLE: ("note",),
    Action.REFUSE: ("note", *HowRefused),
    Action.MERGE: ("note", "into"),
    Action.UNMERGE: ("note",),
    Action.CHECK: ("note", "is_good"),
}
# Who may do it: the side it was given to, and those without a part in it.
PERMISSION_OF: dict[Action, Permission] = dict.fromkeys(Action, Permission.HANDLE_DEFECT) | {
    Action.MERGE: Permission.MERGE_DEFECTS,
    Action.UNMERGE: Permission.MERGE_DEFECTS,
    Action.CHECK: Permission.CHECK_DEFECT,
}
# Without words these say nothing: what is asked, why not, why it is the same.
NEEDS_NOTE = (Action.ASK, Action.PASS_ON, Action.HANDLE, Action.REFUSE, Action.MERGE)


def check_act(values: Mapping[str, object], *, today: date) -> ActDraft:
    """An act from named values: `action`, and what that action needs.

    Raises:
        Invalid: names the field that is wrong.
    """
    named = values.get("action")
    if not isinstance(named, str) or named not in list(Action):
        raise Invalid("Say what you do: use one of {known}.", field="action", known=_list(Action))
    action = Action(named)
    check_fields(values, ("action", *ACT_FIELDS[action]))
    note = read_field(values, "note")
    if action in NEEDS_NOTE and not note:
        raise Invalid("Say it in words: everybody reads it.", field="note")
    return ActDraft(
        action=action,
        note=note,
        due_on=_read_due(values, today) if action is Action.PROMISE else None,
        organisation=_read_named(values, "organisation") if action is Action.PASS_ON else "",
        into=_read_named(values, "into") if action is Action.MERGE else "",
        is_good=_read_found(values) if action is Action.CHECK else None,
        told=_read_told(values, today) if action is Action.REFUSE else (),
    )


def check_fields(values: Mapping[str, object], known: Sequence[str]) -> None:
    """Nothing where every name is known.

    Raises:
        Invalid: one is not.
    """
    for name in values:
        if name not in known:
            raise Invalid("There is no field {name} here.", field=name[:60], name=name[:60])


def read_field(values: Mapping[str, object], name: str, *, most: int = MOST_NOTE_LETTERS) -> str:
    """The words of a field; empty where there are none.

    Raises:
        Invalid: no words, or too many.
    """
    value = values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Invalid("{name} must be words.", field=name, name=name)
    return read_words(value, field=name, most=most)


def _list(known: type[StrEnum]) -> str:
    return ", ".join(known)


_HEARD: dict[object, bool | None] = {
    None: None,
    "": None,
    "yes": True,
    "true": True,
    "no": False,
    "false": False,
}


def _read_heard(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    if not isinstance(value, str | None) or value not in _HEARD:
        raise Invalid("heard is true, false or left out.", field="heard")
    return _HEARD[value]


def _read_found(values: Mapping[str, object]) -> bool:
    found = _read_heard(values.get("is_good"))
    if found is None:
        raise Invalid("Say whether it is good now.", field="is_good")
    return found


def _read_named(values: Mapping[str, object], name: str) -> str:
    words = read_field(values, name, most=200)
    if not words:
        raise Invalid("Name it: {name} is empty.", field=name, name=name)
    return words


def _read_day(values: Mapping[str, object], name: str) -> date:
    value = values.get(name)
    try:
        if isinstance(value, str):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise Invalid("Write the day as 2026-01-31.", field=name)


def _read_due(values: Mapping[str, object], today: date) -> date:
    due_on = _read_day(values, "due_on")
    if not today <= due_on <= today + timedelta(days=MOST_PROMISED_DAYS):
        raise Invalid("Promise a day from today on, at most two years ahead.", field="due_on")
    return due_on


def _read_told(values: Mapping[str, object], today: date) -> tuple[tuple[HowRefused, str], ...]:
    told = []
    for name in (HowRefused.POSSIBLE, HowRefused.INTERESTS, HowRefused.DECIDED_BY):
        words = read_field(values, name)
        if not words:
            raise Invalid("A refusal tells this as well: fill it in.", field=name)
        told.append((name, words))
    visited_on = _read_day(values, HowRefused.VISITED_ON)
    if visited_on > today:
        raise Invalid("Go and look first: this day lies ahead.", field=HowRefused.VISITED_ON)
    return (*told, (HowRefused.VISITED_ON, visited_on.isoformat()))


@dataclass(frozen=True)
class ActBy:
    """Who acts: for which organisation, and who that is in the history alone. `label` is the role,
    or that it came by the link of a mail."""

    organisation_id: UUID | None
    person_id: UUID | None
    label: str
    acting_for: str = ""


def latest_monday(now: datetime, *, zone: tzinfo) -> datetime:
    """The latest Monday morning that has been, by the clocks of `zone`."""
    today = now.astimezone(zone).date()
    monday = datetime.combine(today - timedelta(days=today.weekday()), WEEK_BEGINS, tzinfo=zone)
    return monday if monday <= now else monday - timedelta(days=7)
