"""Words on screen for closed sets, days and money. Dutch and others stand in translations."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from geoapp.areas.rules import Level, Theme
from geoapp.assets.queries import Happening
from geoapp.assets.rules import (
    Aspect,
    AssetEventKind,
    Kind,
    PhysicalStatus,
    Precision,
    RegisterStatus,
    SeenBy,
)
from geoapp.defects.queries import DefectFacts, Step
from geoapp.defects.rules import (
    Action,
    Category,
    EventKind,
    Hearing,
    Move,
    Pace,
    Party,
    PictureRole,
    Says,
    Shape,
    State,
    WordsState,
    hear,
)
from geoapp.dialogue.rules import HowRefused
from geoapp.districts.rules import Conformance, Ground, Slot
from geoapp.moderation.rules import PersonalKind, Reason, Target, Verdict
from geoapp.people.rules import FIRST_RUNG
from geoapp.web.language import Words, gettext, lazy_gettext, ngettext, page_language

SHAPES: dict[Shape, Words] = {
    Shape.OPEN: lazy_gettext("Open"),
    Shape.ASKED: lazy_gettext("Done, is it?"),
    Shape.BAD: lazy_gettext("Still not right"),
    Shape.GOOD: lazy_gettext("Solved"),
}

KINDS: dict[Kind, Words] = {
    Kind.CABINET: lazy_gettext("Notice-board cabinet"),
    Kind.PLAYGROUND: lazy_gettext("Playground"),
    Kind.SPORT_COURT: lazy_gettext("Sports court"),
    Kind.BENCH: lazy_gettext("Bench"),
    Kind.BIN: lazy_gettext("Litter bin"),
    Kind.SIGN: lazy_gettext("Sign"),
}

PERSONAL: dict[PersonalKind, Words] = {
    PersonalKind.PHONE: lazy_gettext("a phone number"),
    PersonalKind.EMAIL: lazy_gettext("an e-mail address"),
    PersonalKind.PLATE: lazy_gettext("a licence plate"),
}

TARGETS: dict[Target, Words] = {
    Target.WORDS: lazy_gettext("Words"),
    Target.PICTURE: lazy_gettext("Photo"),
    Target.VOICE: lazy_gettext("Words of a neighbour"),
    Target.NOTE: lazy_gettext("What the city told a resident"),
    Target.SIGHTING: lazy_gettext("Photo of a passer-by"),
}
# A line of the public log: what was judged, and how.
JUDGED: dict[tuple[Target, Verdict], Words] = {
    (Target.WORDS, Verdict.SHOW): lazy_gettext("words shown"),
    (Target.WORDS, Verdict.HIDE): lazy_gettext("words hidden"),
    (Target.PICTURE, Verdict.SHOW): lazy_gettext("photo shown"),
    (Target.PICTURE, Verdict.HIDE): lazy_gettext("photo hidden"),
    (Target.VOICE, Verdict.SHOW): lazy_gettext("words of a neighbour shown"),
    (Target.VOICE, Verdict.HIDE): lazy_gettext("words of a neighbour hidden"),
    (Target.NOTE, Verdict.SHOW): lazy_gettext("words about the city's answer shown"),
    (Target.NOTE, Verdict.HIDE): lazy_gettext("words about the city's answer hidden"),
    (Target.SIGHTING, Verdict.SHOW): lazy_gettext("photo of a passer-by shown"),
    (Target.SIGHTING, Verdict.HIDE): lazy_gettext("photo of a passer-by hidden"),
}

REASONS: dict[Reason, Words] = {
    Reason.FACE: lazy_gettext("somebody's face is in it"),
    Reason.NAME: lazy_gettext("somebody's name is in it"),
    Reason.PHONE_OR_ADDRESS: lazy_gettext("a phone number, an address or a licence plate is in it"),
    Reason.INSULT: lazy_gettext("it is an insult"),
    Reason.ADVERTISING: lazy_gettext("it is advertising"),
    Reason.NOT_ABOUT_THIS: lazy_gettext("it is not about this report"),
    Reason.OTHER: lazy_gettext("for another reason"),
}

SEEN_BY: dict[SeenBy, Words] = {
    SeenBy.PUBLIC: lazy_gettext("Still there, says a passer-by."),
    SeenBy.KEEPER: lazy_gettext("Still there, says who keeps it."),
}
SEERS: dict[SeenBy, Words] = {
    SeenBy.PUBLIC: lazy_gettext("by a passer-by"),
    SeenBy.KEEPER: lazy_gettext("by who keeps it"),
}

WHOSE: dict[Kind, Words] = {
    Kind.CABINET: lazy_gettext("Whose is the cabinet?"),
    Kind.PLAYGROUND: lazy_gettext("Whose is the playground?"),
    Kind.SPORT_COURT: lazy_gettext("Whose is the court?"),
    Kind.BENCH: lazy_gettext("Whose is the bench?"),
    Kind.BIN: lazy_gettext("Whose is the litter bin?"),
    Kind.SIGN: lazy_gettext("Whose is the sign?"),
}

ALL_ABOUT: dict[Kind, Words] = {
    Kind.CABINET: lazy_gettext("All about this cabinet"),
    Kind.PLAYGROUND: lazy_gettext("All about this playground"),
    Kind.SPORT_COURT: lazy_gettext("All about this court"),
    Kind.BENCH: lazy_gettext("All about this bench"),
    Kind.BIN: lazy_gettext("All about this litter bin"),
    Kind.SIGN: lazy_gettext("All about this sign"),
}

PICTURES: dict[Kind, Words] = {
    Kind.CABINET: lazy_gettext("Drawing: a cabinet with neighbourhood notices, on two posts"),
    Kind.PLAYGROUND: lazy_gettext("Drawing: a playground with a swing and a slide"),
    Kind.SPORT_COURT: lazy_gettext("Drawing: a sports court with a goal"),
    Kind.BENCH: lazy_gettext("Drawing: a bench"),
    Kind.BIN: lazy_gettext("Drawing: a litter bin"),
    Kind.SIGN: lazy_gettext("Drawing: a sign on a post"),
}

STATUSES: dict[PhysicalStatus, Words] = {
    PhysicalStatus.PLANNED: lazy_gettext("Planned, not there yet"),
    PhysicalStatus.IN_USE: lazy_gettext("Still there"),
    PhysicalStatus.OUT_OF_ORDER: lazy_gettext("Out of order"),
    PhysicalStatus.REMOVED: lazy_gettext("Taken away"),
}

CATEGORIES: dict[Category, Words] = {
    Category.BROKEN: lazy_gettext("Broken"),
    Category.DIRTY: lazy_gettext("Dirty"),
    Category.FULL: lazy_gettext("Full"),
    Category.LITTER: lazy_gettext("Litter"),
    Category.UNSAFE: lazy_gettext("Unsafe"),
    Category.MISSING: lazy_gettext("Gone"),
    Category.CLOSED: lazy_gettext("Closed"),
    Category.OTHER: lazy_gettext("Something else"),
}

ASPECTS: dict[Aspect, Words] = {
    Aspect.DEVICE: lazy_gettext("repairs it"),
    Aspect.CLEANING: lazy_gettext("keeps it clean"),
    Aspect.OPERATION: lazy_gettext("opens and runs it"),
}

HAPPENINGS: dict[AssetEventKind, Words] = {
    AssetEventKind.PLANNED: lazy_gettext("Planned."),
    AssetEventKind.BUILT: lazy_gettext("Built."),
    AssetEventKind.REGISTERED: lazy_gettext("Put in the city's list."),
    AssetEventKind.DEREGISTERED: lazy_gettext("Taken out of the city's list."),
    AssetEventKind.INSPECTED: lazy_gettext("Inspected."),
    AssetEventKind.SEEN: lazy_gettext("Seen there."),
    AssetEventKind.MOVED: lazy_gettext("Moved."),
    AssetEventKind.OWNED: lazy_gettext("Became somebody else's."),
    AssetEventKind.REPLACED: lazy_gettext("Replaced by a new one."),
    AssetEventKind.REVIEWED: lazy_gettext("The trial was looked at."),
    AssetEventKind.REMOVED: lazy_gettext("Taken away."),
}

REGISTERS: dict[RegisterStatus, Words] = {
    RegisterStatus.IN_REGISTER: lazy_gettext("Yes"),
    RegisterStatus.REMOVED: lazy_gettext("No, taken out of it"),
    RegisterStatus.NEVER: lazy_gettext("No, never in it"),
    RegisterStatus.UNKNOWN: lazy_gettext("We do not know"),
}

LEVELS: dict[Level, Words] = {
    Level.GEBIED: lazy_gettext("official area"),
    Level.WIJK: lazy_gettext("official quarter"),
    Level.BUURT: lazy_gettext("official neighbourhood"),
}

THEMES: dict[Theme, Words] = {
    Theme.REPAIR: lazy_gettext("Repairs"),
    Theme.CLEANING: lazy_gettext("Cleaning"),
    Theme.GREEN: lazy_gettext("Trees and plants"),
    Theme.PLAY_SPORT: lazy_gettext("Play and sport"),
    Theme.SAFETY: lazy_gettext("Safety"),
    Theme.MONEY: lazy_gettext("Money"),
    Theme.PERMITS: lazy_gettext("Permits"),
    Theme.OTHER: lazy_gettext("Other things"),
}

NAME_KINDS: dict[str, Words] = {
    "organic": lazy_gettext("neighbourhood"),
    "place": lazy_gettext("place"),
    **{level.value: words for level, words in LEVELS.items()},
}

ENDINGS: dict[State, Words] = {
    State.SOLVED: lazy_gettext("Residents say it is good. Broken again? Say so below."),
    State.LAPSED: lazy_gettext("Nobody has looked. How is it now? Say so below."),
    State.MERGED: lazy_gettext("The other report goes on."),
    State.WITHDRAWN: lazy_gettext("Is it there after all? Say so below."),
    State.REMOVED: lazy_gettext("Do you miss it? Say so below."),
}

SAYINGS: dict[Says, Words] = {
    Says.SOLVED: lazy_gettext("It is good now"),
    Says.STILL_BROKEN: lazy_gettext("Still not right"),
    Says.BROKEN_AGAIN: lazy_gettext("Broken again"),
}

PHOTO_ROLES: dict[PictureRole, Words] = {
    PictureRole.MATTER: lazy_gettext("Before"),
    PictureRole.CITY_ANSWER: lazy_gettext("The city's answer"),
    PictureRole.WORK: lazy_gettext("After"),
    PictureRole.VOICE: lazy_gettext("Seen on the spot"),
}

PHOTO_ALTS: dict[PictureRole, Words] = {
    PictureRole.MATTER: lazy_gettext("Photo of the problem"),
    PictureRole.CITY_ANSWER: lazy_gettext("Photo of the city's answer"),
    PictureRole.WORK: lazy_gettext("Photo of what was done"),
    PictureRole.VOICE: lazy_gettext("Photo by a resident"),
}

# Beside the words of a voice that are not shown.
PACES: dict[Pace, Words] = {
    Pace.AT_ONCE: lazy_gettext("At once, a mail each time"),
    Pace.WEEKLY: lazy_gettext("Once a week, on Monday, one mail about all you follow so"),
}

UNSEEN: dict[WordsState, Words] = {
    WordsState.HELD: lazy_gettext("Words of a resident wait for a moderator."),
    WordsState.HIDDEN: lazy_gettext("Words of a resident are hidden."),
}

# Details whose name needs more than the word itself.
DETAILS: dict[str, Words] = {
    "sided": lazy_gettext("Sides"),
    "material": lazy_gettext("Material"),
    "surface": lazy_gettext("Ground"),
    "fence": lazy_gettext("Fence"),
    "entrances": lazy_gettext("Entrances"),
    "area_m2": lazy_gettext("Size in square metres"),
    "sport": lazy_gettext("Sport"),
    "setting": lazy_gettext("Where"),
    "light": lazy_gettext("Light"),
    "description": lazy_gettext("Description"),
    "volume_l": lazy_gettext("Litres"),
    "text": lazy_gettext("Text"),
}

SLOTS: dict[Slot, Words] = {
    Slot.NAME: lazy_gettext("Who runs this map"),
    Slot.ADDRESS: lazy_gettext("Address"),
    Slot.MAIL: lazy_gettext("E-mail"),
    Slot.PHONE: lazy_gettext("Telephone"),
    Slot.MODERATORS: lazy_gettext("Who appoints the moderators"),
    Slot.NORMS: lazy_gettext("Who sets the norms"),
    Slot.PRIVACY_OFFICER: lazy_gettext("Questions about privacy"),
    Slot.GROUND: lazy_gettext("Ground for keeping reports"),
    Slot.HOSTING: lazy_gettext("Where the map runs, and who helps"),
    Slot.SUPERVISOR: lazy_gettext("Where to complain about privacy"),
    Slot.ACCESSIBILITY_CONTACT: lazy_gettext("Questions about accessibility"),
    Slot.ACCESSIBILITY_STATUS: lazy_gettext("Status of accessibility"),
    Slot.ACCESSIBILITY_CHECKED_ON: lazy_gettext("Last checked"),
    Slot.ACCESSIBILITY_COMPLAINTS: lazy_gettext("Where to complain about accessibility"),
}

GROUNDS: dict[Ground, Words] = {
    Ground.CONSENT: lazy_gettext("you say yes to it (GDPR, article 6.1.a)"),
    Ground.PUBLIC_TASK: lazy_gettext("a public task (GDPR, article 6.1.e)"),
    Ground.LEGITIMATE_INTEREST: lazy_gettext("a legitimate interest (GDPR, article 6.1.f)"),
}

CONFORMANCES: dict[Conformance, Words] = {
    Conformance.FULL: lazy_gettext("A: meets everything"),
    Conformance.PARTIAL: lazy_gettext("B: meets a part, and says which"),
    Conformance.FIRST_STEPS: lazy_gettext("C: first steps are taken, not everything was checked"),
    Conformance.NONE: lazy_gettext("D: does not meet the rules"),
    Conformance.UNSTATED: lazy_gettext("E: nothing has been stated yet"),
}


# What can be done on the desk: the button, and what it means for those who reported it.
ACTIONS: dict[Action, tuple[Words, Words]] = {
    Action.TAKE: (
        lazy_gettext("Take it"),
        lazy_gettext("Everybody sees that it is with you now."),
    ),
    Action.PROMISE: (
        lazy_gettext("Promise a day"),
        lazy_gettext("Everybody sees the day. The third new day is a broken promise."),
    ),
    Action.ASK: (
        lazy_gettext("Ask something"),
        lazy_gettext("Whoever follows it gets your question. Your days go on."),
    ),
    Action.PASS_ON: (
        lazy_gettext("Not ours: pass it on"),
        lazy_gettext("It stays yours until they accept it, and comes back if they do not."),
    ),
    Action.ACCEPT: (
        lazy_gettext("Accept it"),
        lazy_gettext("From now on it is yours."),
    ),
    Action.HANDLE: (
        lazy_gettext("It is done"),
        lazy_gettext("Say what you did, best with a photo. Residents then say whether it is good."),
    ),
    Action.REFUSE: (
        lazy_gettext("We will not do this"),
        lazy_gettext("What would make it possible? Residents may ask for a second look."),
    ),
    Action.MERGE: (
        lazy_gettext("Same problem as another report"),
        lazy_gettext("The oldest day stays, nobody's word is lost, and the reporter may undo it."),
    ),
    Action.UNMERGE: (
        lazy_gettext("This is something else after all"),
        lazy_gettext("It is a report by itself again."),
    ),
    Action.CHECK: (
        lazy_gettext("I went and looked"),
        lazy_gettext("You have no part in it: with a photo of today your look decides."),
    ),
}

# For volunteers, of whom nobody may demand anything: the municipality takes it, or it comes back.
HELP: tuple[Words, Words] = (
    lazy_gettext("Ask for help"),
    lazy_gettext("%(by)s gets your question, and must answer it. Nobody blames volunteers."),
)

HOW_REFUSED: dict[HowRefused, Words] = {
    HowRefused.POSSIBLE: lazy_gettext("What would make it possible?"),
    HowRefused.INTERESTS: lazy_gettext("Which interests were weighed?"),
    HowRefused.DECIDED_BY: lazy_gettext("Who decided? A role, no name"),
    HowRefused.VISITED_ON: lazy_gettext("On which day did somebody go and look?"),
}


def say_state(defect: DefectFacts) -> str:
    """The state as its page says it, with names and days filled in."""
    by = defect.addressee
    match defect.state:
        case State.ASSIGNED:
            return gettext("With %(by)s", by=by)
        case State.PLANNED if defect.promised_on and not defect.mover_is_volunteer:
            return gettext("Promised: by %(day)s", day=say_day(defect.promised_on))
        case State.PASSED_ON:
            return gettext("Passed on to %(by)s, no answer yet", by=defect.receiver or by)
        case State.HANDLED:
            return gettext("%(by)s says: done. Is it?", by=by)
        case State.MERGED:
            return gettext("Same problem as %(code)s", code=defect.merged_into)
        case _:
            return str(_STATES[defect.state])


_STATES: dict[State, Words] = {
    State.RECEIVED: lazy_gettext("Received"),
    State.PLANNED: lazy_gettext("Promised"),
    State.DISPUTED: lazy_gettext("Still not right"),
    State.MIXED: lazy_gettext("Residents see it differently"),
    State.SOLVED: lazy_gettext("Solved, residents say"),
    State.LAPSED: lazy_gettext("Reported done, nobody checked"),
    State.REFUSED: lazy_gettext("We will not do this. Read why"),
    State.NO_AGREEMENT: lazy_gettext("No agreement"),
    State.REMOVED: lazy_gettext("Taken away"),
    State.WITHDRAWN: lazy_gettext("Withdrawn by the reporter"),
}

# A card is read at a glance: the shape's word, save where the state says something else.
_CARD_STATES: dict[State, Words] = {
    State.MIXED: _STATES[State.MIXED],
    State.LAPSED: _STATES[State.LAPSED],
    State.REFUSED: lazy_gettext("We will not do this"),
    State.NO_AGREEMENT: _STATES[State.NO_AGREEMENT],
}


def say_state_briefly(defect: DefectFacts) -> str:
    """The state as a card or a list says it."""
    if defect.state in _CARD_STATES:
        return str(_CARD_STATES[defect.state])
    return str(SHAPES[defect.shape]) if defect.shape else say_state(defect)


def say_mover(defect: DefectFacts) -> str:
    """Who has the move."""
    match defect.move.party:
        case Party.ADDRESSEE | Party.RECEIVER:
            return defect.mover or ""
        case Party.RESIDENTS:
            return gettext("residents")
        case Party.CHECKER:
            return gettext("someone neutral, to look")
        case Party.REVIEW:
            return gettext("looked at again each year")
        case Party.NOBODY:
            return gettext("nobody")


def say_part(*, reads_along: bool, is_mailed: bool) -> str:
    """Whether an organisation takes part, and what becomes of a report where it does not."""
    if reads_along:
        return gettext("Reads along here.")
    if is_mailed:
        return gettext("Does not take part yet: we send your report on by e-mail.")
    return gettext("Does not take part yet: tell them yourself as well.")


def say_rung(defect: DefectFacts, *, due: str) -> str:
    """Whom a report was brought to, a rung higher, by role; empty where it stands on the first, or
    it is not their move."""
    if defect.rung <= FIRST_RUNG or defect.move.party is not Party.ADDRESSEE:
        return ""
    role = defect.rung_role or gettext("team lead")
    return gettext(
        "A step higher: %(role)s of %(by)s, answer %(due)s.",
        role=role,
        by=defect.addressee,
        due=due,
    )


def say_due(move: Move, *, today: date, is_volunteer: bool) -> str:
    """By when, or since when it is late; volunteers have no public clock."""
    if move.due_on is None or is_volunteer:
        return ""
    if move.due_on < today and move.party in (Party.ADDRESSEE, Party.RECEIVER):
        return gettext("late since %(day)s", day=say_day(move.due_on, today=today))
    if move.due_on < today:
        return gettext("still can")
    return gettext("by %(day)s", day=say_day(move.due_on, today=today))


def say_way(length_m: float) -> str:
    """How far it is, to ten metres."""
    if length_m < 1000:
        return gettext("%(count)s m", count=max(10, round(length_m / 10) * 10))
    return gettext(
        "%(count)s km", count=format_decimal(length_m / 1000, "0.0", locale=page_language())
    )


def say_days(days: int) -> str:
    """A length of time."""
    return ngettext("%(num)s day", "%(num)s days", days)


def say_days_open(days: int) -> str:
    """How long a report is open."""
    return ngettext("%(num)s day open", "%(num)s days open", days)


def say_photographer(role: PictureRole) -> str:
    """Who took a photo that no organisation sent."""
    return gettext("a resident") if role is PictureRole.VOICE else gettext("the reporter")


def say_asked(state: State) -> str:
    """What the page of a file asks those who pass by."""
    if state is State.REMOVED:
        return gettext("Do you miss this place?")
    return gettext("How is it now?")


def say_saying(state: State, says: Says) -> str:
    """One of the three words, as it is said of a file in this state."""
    if state is State.REMOVED and says is Says.STILL_BROKEN:
        return gettext("I miss this place")
    return str(SAYINGS[says])


def say_hearing(state: State, says: Says) -> str:
    """What becomes of such a word, before it is said."""
    if says is Says.SOLVED:
        return gettext("A yes of whoever reported it settles it, or of two neighbours with photos.")
    if hear(state, says) is Hearing.NEW_FILE:
        return gettext("This begins a new report of the same thing. The old one stays as it is.")
    if state is State.REMOVED:
        return gettext("Your word stays with this report.")
    return gettext("It turns on the map at once. Whoever has to act hears of it.")


def say_step(step: Step, *, voices: int = 1) -> str:
    """One event of a defect, as its timeline says it; or so many equal voices of one day."""
    by = step.by or gettext("a resident")
    day = say_day(step.due_on) if step.due_on else ""
    sentences: dict[EventKind, str] = {
        EventKind.REPORTED: gettext("Reported by a resident."),
        EventKind.TAKEN: gettext("With %(by)s.", by=by),
        EventKind.PROMISED: gettext("%(by)s promises: by %(day)s.", by=by, day=day),
        EventKind.MISSED: gettext("The promise was not kept."),
        EventKind.ASKED: gettext("%(by)s asks:", by=by),
        EventKind.PASSED_ON: gettext("%(by)s ask for help.", by=by)
        if step.is_by_volunteers
        else gettext("%(by)s passes it on.", by=by),
        EventKind.ACCEPTED: gettext("%(by)s takes it on.", by=by),
        EventKind.RETURNED: gettext("Nobody took it on: it came back."),
        EventKind.HANDLED: gettext("%(by)s says: done. Is it?", by=by),
        EventKind.CITY_ANSWERED: gettext("The city says: done, a resident tells."),
        EventKind.REFUSED: gettext("%(by)s says: we will not do this.", by=by),
        EventKind.REFUSED_AGAIN: gettext("%(by)s says no again, after a second look.", by=by),
        EventKind.SAID_SOLVED: ngettext(
            "A resident says: it is good now.", "%(num)s residents say: it is good now.", voices
        ),
        EventKind.SAID_GOOD: ngettext(
            "A neighbour says: it is good now.", "%(num)s neighbours say: it is good now.", voices
        ),
        EventKind.SAID_NOT_GOOD: ngettext(
            "A resident says: still not right.", "%(num)s residents say: still not right.", voices
        ),
        EventKind.SAID_BROKEN_AGAIN: ngettext(
            "A resident says: broken again.", "%(num)s residents say: broken again.", voices
        ),
        EventKind.SETTLED: gettext("Two neighbours with photos said: good."),
        EventKind.CHECKED: gettext("Someone neutral went to look: it is good."),
        EventKind.CHECKED_NOT_GOOD: gettext("Someone neutral went to look: still not right."),
        EventKind.CLIMBED: gettext("A rung higher: to the team lead of %(by)s.", by=by)
        if step.by
        else gettext("A rung higher: to the team lead."),
        EventKind.LAPSED: gettext("Reported done. Nobody has looked."),
        EventKind.REVIEWED: gettext("A year without agreement. Has anything changed?"),
        EventKind.MERGED: gettext("Joined with a report of the same problem."),
        EventKind.JOINED: gettext("The same was reported once more."),
        EventKind.JOINED_OPEN: gettext("The same was reported once more: still not right."),
        EventKind.UNMERGED: gettext("No longer joined: it stands by itself again."),
        EventKind.WITHDRAWN: gettext("Withdrawn by the reporter."),
        EventKind.RETAKEN: gettext("Taken up again by the reporter."),
        EventKind.REMOVED: gettext("Taken away by %(by)s.", by=by),
    }
    return sentences[step.kind]


def say_happening(happening: Happening) -> str:
    """What happened to a thing, in a sentence."""
    if happening.by:
        return gettext("From now on of %(name)s.", name=happening.by)
    return str(HAPPENINGS[happening.kind])


def say_day(day: date, *, today: date | None = None) -> str:
    """A day in words; the year only where it is not this one."""
    pattern = "d MMMM" if today is not None and day.year == today.year else "d MMMM y"
    return format_date(day, pattern, locale=page_language())


def say_moment(at: datetime, *, time_zone: str) -> str:
    """A day and a time, by the clocks of a district."""
    return format_datetime(
        at, "d MMMM y, HH:mm", tzinfo=ZoneInfo(time_zone), locale=page_language()
    )


def say_date(day: date, precision: Precision) -> str:
    """As much of a date as is known."""
    pattern = {Precision.YEAR: "y", Precision.MONTH: "MMMM y", Precision.DAY: "d MMMM y"}
    return format_date(day, pattern[precision], locale=page_language())


def say_money(amount_cents: int) -> str:
    """An amount in euro: no cents where there are none."""
    pattern = "#,##0" if amount_cents % 100 == 0 else "#,##0.00"
    return "EUR " + format_decimal(amount_cents / 100, pattern, locale=page_language())


def say_number(number: float) -> str:
    """A whole number with the language's own separators."""
    return format_decimal(number, "#,##0", locale=page_language())


def say_decimal(number: float) -> str:
    """A number with what stands after the point, where anything does."""
    return format_decimal(number, "#,##0.##", locale=page_language())


def say_aspects(aspects: Iterable[Aspect]) -> str:
    """What a keeper does, in a row."""
    return ", ".join(str(ASPECTS[aspect]) for aspect in aspects)
