"""Words on screen for plans and their money. Dutch and others stand in translations."""

from collections.abc import Iterable
from datetime import date

from geoapp.budgets.queries import Line
from geoapp.budgets.rules import Earmark, Model, MoveKind
from geoapp.plans.queries import PlanItemFacts, Where
from geoapp.plans.rules import (
    BALL,
    SOON_DAYS,
    Act,
    Ball,
    Choice,
    Fit,
    Misfit,
    State,
    VoiceKind,
    Why,
)
from geoapp.web.language import Words, gettext, lazy_gettext, ngettext
from geoapp.web.words import say_day, say_money, say_number

THEMES: dict[Earmark, Words] = {
    Earmark.GREEN: lazy_gettext("green"),
    Earmark.PLAY_SPORT: lazy_gettext("play and sport"),
    Earmark.MEETING: lazy_gettext("meeting each other"),
    Earmark.SAFETY: lazy_gettext("safety and light"),
    Earmark.ART: lazy_gettext("art and culture"),
    Earmark.CLEANING: lazy_gettext("a clean neighbourhood"),
    Earmark.PARTICIPATION: lazy_gettext("costs of taking part"),
    Earmark.FLATS: lazy_gettext("round the flats"),
}

STATES: dict[State, Words] = {
    State.IDEA: lazy_gettext("An idea"),
    State.PLAN: lazy_gettext("A plan"),
    State.ASKED: lazy_gettext("Money is asked"),
    State.GRANTED: lazy_gettext("Granted"),
    State.PARTLY: lazy_gettext("Granted in part"),
    State.REFUSED: lazy_gettext("Refused"),
    State.REALISED: lazy_gettext("It is there"),
    State.NOT_REALISED: lazy_gettext("It did not work out"),
    State.WITHDRAWN: lazy_gettext("Taken back"),
}
# What a state looks like; each stands beside its word.
SYMBOLS: dict[State, str] = {
    State.IDEA: "plain",
    State.PLAN: "open",
    State.ASKED: "asked",
    State.GRANTED: "good",
    State.PARTLY: "good",
    State.REFUSED: "bad",
    State.REALISED: "good",
    State.NOT_REALISED: "plain",
    State.WITHDRAWN: "plain",
}

ACTS: dict[Act, Words] = {
    Act.PUBLISH: lazy_gettext("Show it to everybody"),
    Act.ASK: lazy_gettext("Ask this money"),
    Act.GRANT: lazy_gettext("Yes, all of it"),
    Act.GRANT_PARTLY: lazy_gettext("A part of it"),
    Act.REFUSE: lazy_gettext("No"),
    Act.REALISE: lazy_gettext("It is there now"),
    Act.GIVE_UP: lazy_gettext("It does not work out"),
    Act.WITHDRAW: lazy_gettext("Take it back"),
    Act.TAKE_UP: lazy_gettext("Take it up again"),
}

MODELS: dict[Model, Words] = {
    Model.A: lazy_gettext("Everybody proposes, residents vote"),
    Model.B: lazy_gettext("Everybody proposes by theme, residents vote"),
    Model.C: lazy_gettext("A platform makes one plan, there is no vote"),
}

MOVES: dict[MoveKind, Words] = {
    MoveKind.RESERVE: lazy_gettext("Set aside"),
    MoveKind.RELEASE: lazy_gettext("Set free again"),
    MoveKind.SPEND: lazy_gettext("Spent"),
    MoveKind.TRANSFER: lazy_gettext("To another pot"),
}

CHOICES: dict[Choice, Words] = {
    Choice.BUILD: lazy_gettext("I help to make it"),
    Choice.KEEP: lazy_gettext("I help to look after it"),
    Choice.THINK: lazy_gettext("I think along"),
    Choice.LEND: lazy_gettext("I lend tools or a room"),
    Choice.NOISE: lazy_gettext("Noise"),
    Choice.VIEW_OUT: lazy_gettext("It takes view or light away"),
    Choice.GREEN_LOST: lazy_gettext("Green would be lost"),
    Choice.SAFETY: lazy_gettext("It would not be safe"),
    Choice.ACCESS: lazy_gettext("Not everybody can get there or pass"),
    Choice.OTHER_PLACE: lazy_gettext("Good, but not in this place"),
    Choice.NOT_NEEDED: lazy_gettext("It is not needed here"),
}

VOICES: dict[VoiceKind, Words] = {
    VoiceKind.HELP: lazy_gettext("I want to help"),
    VoiceKind.OBJECTION: lazy_gettext("I object"),
    VoiceKind.VIEW: lazy_gettext("I see it otherwise"),
}
ASKED_OF_VOICES: dict[VoiceKind, Words] = {
    VoiceKind.HELP: lazy_gettext("How do you want to help?"),
    VoiceKind.OBJECTION: lazy_gettext("What do you object to?"),
    VoiceKind.VIEW: lazy_gettext("How do you see it?"),
}
VOICE_SYMBOLS: dict[VoiceKind, str] = {
    VoiceKind.HELP: "good",
    VoiceKind.OBJECTION: "bad",
    VoiceKind.VIEW: "open",
}


def say_themes(themes: Iterable[Earmark]) -> str:
    """Themes in a row, in the order of the list."""
    said = set(themes)
    return ", ".join(str(THEMES[theme]) for theme in Earmark if theme in said)


def say_earmark(line: Line) -> str:
    """What a line is for: the payer's words, else the themes."""
    if line.earmark:
        return line.earmark
    if line.earmarks:
        return gettext("Only for %(themes)s", themes=say_themes(line.earmarks))
    return gettext("For whatever the neighbourhood needs")


def say_where(where: Where | None) -> str:
    """A plan's place in words."""
    if where is None:
        return gettext("No fixed place")
    if where.thing and where.area:
        return gettext("At %(thing)s, in %(area)s", thing=where.thing, area=where.area)
    if where.thing:
        return gettext("At %(thing)s", thing=where.thing)
    if where.area:
        return gettext("In %(area)s", area=where.area)
    return gettext("Outside every neighbourhood we know")


def say_cost(item: PlanItemFacts) -> str:
    """What it costs."""
    return say_money(item.cost_cents) if item.cost_cents else gettext("We do not know yet")


def say_ball(item: PlanItemFacts, *, payer: str) -> str:
    """Who has the move; empty: nobody."""
    return {
        Ball.MAKER: item.platform_name or gettext("whoever proposed it"),
        Ball.PAYER: payer,
        Ball.NOBODY: "",
    }[BALL[item.state]]


# -- Money -------------------------------------------------------------------------------------


def say_why(why: Why, *, today: date) -> str:
    """One reason why money does not fit, in a sentence."""
    day = say_day(why.on, today=today) if why.on else ""
    if why.misfit is Misfit.EARMARK and not why.earmarks:
        return gettext("This money has a purpose: say first what the plan is about.")
    return {
        Misfit.EARMARK: gettext("Not meant for %(themes)s.", themes=say_themes(why.earmarks)),
        Misfit.TOO_LITTLE: gettext("Only %(left)s is left.", left=say_money(why.cents or 0)),
        Misfit.OVER: gettext("It had to be spent by %(day)s.", day=day),
        Misfit.NOT_YET: gettext("It may be spent from %(day)s.", day=day),
        Misfit.WANTED_LATER: gettext("The plan comes later than %(day)s, its last day.", day=day),
        Misfit.ASK_OVER: gettext("It could be asked until %(day)s.", day=day),
        Misfit.LEAD: gettext(
            "It must be asked %(days)s days before it is spent, and its last day is %(date)s.",
            days=why.days,
            date=day,
        ),
        Misfit.ONLY_PLATFORMS: gettext("Only a platform can ask this."),
        Misfit.BY_VOTE: gettext("Residents propose and vote here, not platforms."),
        Misfit.OTHER_PLATFORM: gettext("It is for another platform."),
        Misfit.NEEDS_DESIGN: gettext(
            "It wants a drawn design before anything is granted. Choosing together comes first: "
            "talk about that beforehand."
        ),
    }[why.misfit]


def say_countdown(found: Fit) -> str:
    """How long there is still to ask or to spend; empty where there is no last day."""
    ask, left = found.must_ask_within, found.days_left
    if left is None and ask is None:
        return ""
    if ask is not None and ask >= 0 and ask != left:
        return ngettext("Ask within %(num)s day.", "Ask within %(num)s days.", ask)
    if left is None or left < 0:
        return gettext("Too late.")
    return ngettext("%(num)s day to spend it.", "%(num)s days to spend it.", left)


def is_soon(found: Fit) -> bool:
    """True where a last day comes within a month."""
    days = [day for day in (found.days_left, found.must_ask_within) if day is not None]
    return any(0 <= day <= SOON_DAYS for day in days)


def say_lag(line: Line) -> str:
    """How long it took between asking and the yes (B9); empty where either day is not known."""
    if line.asked_on is None or line.approved_on is None or line.approved_on < line.asked_on:
        return ""
    days = (line.approved_on - line.asked_on).days
    return gettext(
        "Asked on %(asked)s, approved on %(approved)s: %(days)s days later.",
        asked=say_day(line.asked_on),
        approved=say_day(line.approved_on),
        days=say_number(days),
    )


def say_window(line: Line, *, today: date) -> str:
    """From when to when it may be spent; empty where nothing is said."""
    first = say_day(line.spend_from, today=today) if line.spend_from else ""
    last = say_day(line.spend_by, today=today) if line.spend_by else ""
    if first and last:
        return gettext("To be spent from %(first)s to %(last)s.", first=first, last=last)
    if last:
        return gettext("To be spent by %(last)s.", last=last)
    return gettext("To be spent from %(first)s.", first=first) if first else ""
