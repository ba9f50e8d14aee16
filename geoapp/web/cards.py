"""What a template is given: plain values, words already said."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from flask import url_for

from geoapp.assets.queries import AssetFacts, Duty, Happening, Sightings
from geoapp.assets.rules import AssetEventKind, PhysicalStatus
from geoapp.budgets.queries import FundingFacts
from geoapp.catalogue import SYMBOL_OF_KIND, SYMBOL_OF_SHAPE
from geoapp.defects.queries import DefectFacts, Photo, Step
from geoapp.defects.rules import (
    ENDED,
    OFFERED,
    EventKind,
    Party,
    Says,
    Shape,
    State,
)
from geoapp.dialogue.rules import HowRefused
from geoapp.moderation.queries import Standing
from geoapp.moderation.rules import Target
from geoapp.placing.rules import is_how_far
from geoapp.web import words
from geoapp.web.drawn_map import Pin
from geoapp.web.language import gettext, ngettext


@dataclass(frozen=True)
class Turn:
    """Whose move it is; `name` empty where nobody's. `notes` say what more there is to it."""

    name: str
    when: str
    is_nobody: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Card:
    """A report or a thing in a list."""

    url: str
    symbol: str
    title: str
    where: str
    state: str
    state_css: str
    is_example: bool
    turn: Turn | None
    note: str


@dataclass(frozen=True)
class HiddenPart:
    """Words or a photo nobody sees, and why; `appeal_url` where anybody may still object."""

    is_photo: bool
    reason: str
    is_disputed: bool
    is_second_look: bool
    appeal_url: str


@dataclass(frozen=True)
class Bead:
    """One entry on a line of life. `run` colours the thread below it; `turn` ends an open one.
    `quotes` are the words of those who said it, `hidden` those that nobody sees; `told` is what
    a refusal tells beside its reason, each with what it is about."""

    symbol: str
    when: str
    bold: str
    words: str
    note: str
    run: str
    turn: Turn | None = None
    url: str = ""
    quotes: tuple[str, ...] = ()
    hidden: tuple[HiddenPart, ...] = ()
    told: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class TwoViews:
    """Where there is no agreement: what the organisation says, and what residents say."""

    by: str
    reason: str
    told: tuple[tuple[str, str], ...]
    people: int
    quotes: tuple[str, ...]


@dataclass(frozen=True)
class Saying:
    """One thing a passer-by can say of a report, as a button."""

    url: str
    symbol: str
    words: str


@dataclass(frozen=True)
class Question:
    """What is asked of those who pass by, and what they can say."""

    asked: str
    sayings: list[Saying]


@dataclass(frozen=True)
class ReportBox:
    """A report that is open, where its thing is shown: its state, and the question to people."""

    url: str
    follow_url: str
    title: str
    state: str
    shape: str
    days: str
    turn: Turn
    is_example: bool
    question: Question


@dataclass(frozen=True)
class PhotoCard:
    """A photo everybody may see: what it is of, and on which day and by whom it came."""

    url: str
    small_url: str
    alt: str
    role: str
    told: str
    width: int
    height: int
    page_url: str


@dataclass(frozen=True)
class Payment:
    """One funder's part: a stripe of the bar (x, width of 600) and its words."""

    name: str
    payer: str
    amount: str
    share: str
    earmark: str
    spend_by: str
    is_example: bool
    x: float
    width: float


@dataclass(frozen=True)
class Keeper:
    """Who keeps an asset: what they do, until when, how to reach them, whether they take part."""

    name: str
    about: str
    does: str
    until: str
    how_to_reach: str
    part: str
    is_volunteer: bool
    is_example: bool
    platform_url: str


def make_turn(defect: DefectFacts, *, today: date) -> Turn:
    """Whose move a defect is."""
    when = words.say_due(defect.move, today=today, is_volunteer=defect.mover_is_volunteer)
    return Turn(words.say_mover(defect), when, is_nobody=defect.move.party is Party.NOBODY)


def make_full_turn(defect: DefectFacts, *, today: date) -> Turn:
    """As `make_turn`, for the page of the report: with whom it was brought to, a rung higher, and
    whether they take part."""
    turn = make_turn(defect, today=today)
    part = words.say_part(reads_along=defect.mover_reads_along, is_mailed=defect.mover_is_mailed)
    notes = [
        words.say_rung(defect, due=turn.when),
        "" if defect.mover_reads_along else part,
    ]
    return replace(turn, notes=tuple(filter(None, notes)))


MOST_TITLE_LETTERS = 90
MOST_QUOTES = 3


def title_of(defect: DefectFacts) -> str:
    """The reporter's first words, or the category's."""
    line = defect.description.partition("\n")[0].strip()
    if len(line) > MOST_TITLE_LETTERS:
        line = line[:MOST_TITLE_LETTERS].rsplit(maxsplit=1)[0] + "…"
    return line or str(words.CATEGORIES[defect.category])


def title_without_words(defect: DefectFacts) -> str:
    """The category and where it is: no words of the reporter."""
    return ", ".join(filter(None, [str(words.CATEGORIES[defect.category]), where_of(defect)]))


def where_of(defect: DefectFacts) -> str:
    """The thing it is about, else the neighbourhood."""
    return defect.asset.name if defect.asset else defect.area_name or ""


def make_defect_card(defect: DefectFacts, *, today: date) -> Card:
    """A report in a list."""
    shape = defect.shape or Shape.OPEN
    return Card(
        url=url_for("web.show_defect", code=defect.code),
        symbol=SYMBOL_OF_SHAPE[shape],
        title=title_of(defect),
        where=where_of(defect),
        state=words.say_state_briefly(defect),
        state_css=shape.value,
        is_example=defect.is_example,
        turn=None if defect.state in ENDED else make_turn(defect, today=today),
        note=""
        if defect.state in (State.SOLVED, State.LAPSED)
        else words.say_days_open(defect.days_open),
    )


SYMBOL_OF_SAYING: dict[Says, str] = {
    Says.SOLVED: "good",
    Says.STILL_BROKEN: "bad",
    Says.BROKEN_AGAIN: "open",
}
ENDPOINT_OF_SAYING: dict[Says, str] = {
    Says.SOLVED: "web.show_solved",
    Says.STILL_BROKEN: "web.show_dispute",
    Says.BROKEN_AGAIN: "web.show_again",
}


def make_question(code: str, state: State, *, secret: str = "") -> Question:
    """What those who pass by are asked of a report in this state. The buttons carry the link of
    whoever came by one."""
    return Question(
        asked=words.say_asked(state),
        sayings=[
            Saying(
                url=url_for(ENDPOINT_OF_SAYING[says], code=code, secret=secret or None),
                symbol=SYMBOL_OF_SAYING[says],
                words=words.say_saying(state, says),
            )
            for says in OFFERED[state]
        ],
    )


def make_report_box(defect: DefectFacts, *, today: date) -> ReportBox:
    """An open report on the page of its thing."""
    return ReportBox(
        url=url_for("web.show_defect", code=defect.code),
        follow_url=url_for("web.show_follow", code=defect.code),
        title=title_of(defect),
        state=words.say_state(defect),
        shape=(defect.shape or Shape.OPEN).value,
        days=words.say_days_open(defect.days_open),
        turn=make_turn(defect, today=today),
        is_example=defect.is_example,
        question=make_question(defect.code, defect.state),
    )


def make_photos(code: str, photos: Sequence[Photo], *, today: date) -> list[PhotoCard]:
    """Photos that somebody has looked at."""
    return [
        PhotoCard(
            url=url_for("web.show_photo", code=code, position=photo.position),
            small_url=url_for("web.show_photo", code=code, position=photo.position, small=1),
            page_url=url_for("web.show_photo", code=code, position=photo.position, _external=True),
            alt=str(words.PHOTO_ALTS[photo.role]),
            role=str(words.PHOTO_ROLES[photo.role]),
            told=gettext(
                "%(day)s, %(by)s",
                day=words.say_day(photo.taken_on, today=today),
                by=photo.by or words.say_photographer(photo.role),
            ),
            width=photo.width,
            height=photo.height,
        )
        for photo in photos
    ]


def make_asset_card(asset: AssetFacts, duties: Sequence[Duty]) -> Card:
    """A thing in a list, with who keeps it."""
    is_broken = asset.physical_status is PhysicalStatus.OUT_OF_ORDER
    keepers = ", ".join(dict.fromkeys(duty.keeper.name for duty in duties))
    kept = (
        gettext("Kept by %(names)s", names=keepers)
        if keepers
        else gettext("We do not know who keeps this")
    )
    return Card(
        url=url_for("web.show_asset", code=asset.code),
        symbol=SYMBOL_OF_KIND[asset.kind],
        title=asset.name,
        where=kept,
        state=str(words.STATUSES[asset.physical_status]) if is_broken else "",
        state_css="plain",
        is_example=asset.is_example,
        turn=None,
        note="",
    )


def make_asset_cards(
    assets: Sequence[AssetFacts], duties: Mapping[UUID, Sequence[Duty]]
) -> list[Card]:
    """Things in a list."""
    return [make_asset_card(asset, duties.get(asset.id, ())) for asset in assets]


def make_payments(funding: Sequence[FundingFacts], *, today: date) -> list[Payment]:
    """Who pays, with the stripes of the bar; stripes only where every share is known.

    A line's last day is said while it lies ahead.
    """
    gap, start, payments = 4.0, 0.0, []
    known = all(part.share is not None for part in funding)
    room = 600 - gap * (len(funding) - 1)
    for part in funding:
        width = room * (part.share or 0) if known else 0.0
        line = part.line
        payments.append(
            Payment(
                name=line.name,
                payer=line.payer.name,
                amount=words.say_money(part.amount_cents) if part.amount_cents else "",
                share=f"{round((part.share or 0) * 100)} %" if known else "",
                earmark=line.earmark or "",
                spend_by=words.say_day(line.spend_by)
                if line.spend_by is not None and line.spend_by >= today
                else "",
                is_example=part.is_example,
                x=round(start, 1),
                width=round(width, 1),
            )
        )
        start += width + gap
    return payments


def make_keepers(duties: Sequence[Duty]) -> list[Keeper]:
    """Who keeps an asset."""
    return [
        Keeper(
            name=duty.keeper.name,
            about=duty.keeper.about,
            does=words.say_aspects(duty.covers),
            until=words.say_day(duty.until) if duty.until else "",
            how_to_reach=duty.keeper.how_to_reach,
            part=words.say_part(
                reads_along=duty.keeper.reads_along, is_mailed=duty.keeper.is_mailed
            ),
            is_volunteer=duty.keeper.is_volunteer,
            is_example=duty.is_example,
            platform_url=url_for("web.show_platform", slug=duty.keeper.slug)
            if duty.keeper.kind == "platform"
            else "",
        )
        for duty in duties
    ]


_RUN_OF_SHAPE = {Shape.OPEN: "run o", Shape.ASKED: "run a", Shape.BAD: "run", Shape.GOOD: ""}
_SYMBOL_OF_STEP: dict[EventKind, tuple[str, str]] = {
    EventKind.REPORTED: ("open", "run o"),
    EventKind.HANDLED: ("asked", "run a"),
    EventKind.CITY_ANSWERED: ("asked", "run a"),
    EventKind.SAID_NOT_GOOD: ("bad", "run"),
    EventKind.SAID_BROKEN_AGAIN: ("bad", "run"),
    EventKind.JOINED: ("open", "run"),
    EventKind.JOINED_OPEN: ("bad", "run"),
    EventKind.CHECKED_NOT_GOOD: ("bad", "run"),
    EventKind.SAID_SOLVED: ("good", ""),
    EventKind.SETTLED: ("good", ""),
    EventKind.CHECKED: ("good", ""),
}
# What people say: equal voices of one day stand in one line.
_VOICES = (
    EventKind.SAID_SOLVED,
    EventKind.SAID_GOOD,
    EventKind.SAID_NOT_GOOD,
    EventKind.SAID_BROKEN_AGAIN,
)
_NOES = (EventKind.SAID_NOT_GOOD, EventKind.SAID_BROKEN_AGAIN)

# How the address of an objection names which one it is about; the words of a report are one.
NUMBERED: dict[Target, str] = {
    Target.PICTURE: "photo",
    Target.VOICE: "voice",
    Target.NOTE: "note",
}
Hidden = Mapping[tuple[Target, int | None], HiddenPart]


def target_of_step(step: Step) -> tuple[Target, int | None]:
    """What of a step a moderator judges: the words of a voice, or of what the city told."""
    return (Target.VOICE, step.voice) if step.noted is None else (Target.NOTE, step.noted)


def make_hidden(
    defect: DefectFacts, gone: Set[tuple[Target, int | None]], standings: Sequence[Standing]
) -> dict[tuple[Target, int | None], HiddenPart]:
    """Why each of these is hidden, and where to object to it."""
    return {
        (one.target, one.position): HiddenPart(
            is_photo=one.target is Target.PICTURE,
            reason=str(words.REASONS[one.reason]),
            is_disputed=one.is_disputed,
            is_second_look=one.is_second_look,
            appeal_url=make_appeal_url(defect.code, one) if one.is_open_to_appeal else "",
        )
        for one in standings
        if one.reason is not None and (one.target, one.position) in gone
    }


def make_appeal_url(code: str, standing: Standing) -> str:
    """Where to object to what a verdict hides."""
    name = NUMBERED.get(standing.target)
    which: dict[str, Any] = {name: standing.position} if name else {}
    return url_for("web.show_appeal", code=code, **which)


def make_timeline(
    defect: DefectFacts, steps: Sequence[Step], *, today: date, hidden: Hidden | None = None
) -> list[Bead]:
    """What happened to one report, by the day; with `hidden` also why words are not seen."""
    beads, run = [], ""
    for alike in _group_voices(steps):
        symbol, run = _SYMBOL_OF_STEP.get(alike[0].kind, ("", run))
        bead = _step_bead(alike, symbol=symbol, run=run, today=today)
        beads.append(_tell_unseen(bead, alike, hidden or {}))
    told = _city_bead(defect, today=today)
    if told is not None:
        beads.insert(1, told)
    if defect.state not in ENDED:
        beads.append(_open_end(make_turn(defect, today=today)))
    return beads


def _group_voices(steps: Sequence[Step]) -> list[list[Step]]:
    groups: list[list[Step]] = []
    for step in steps:
        said = (step.kind, step.happened_on)
        before = groups[-1][0] if groups else None
        if before and step.kind in _VOICES and said == (before.kind, before.happened_on):
            groups[-1].append(step)
        else:
            groups.append([step])
    return groups


def _step_bead(alike: Sequence[Step], *, symbol: str, run: str, today: date) -> Bead:
    """One event, or equal voices; how many people those are is known by whence they came."""
    first = alike[0]
    when = words.say_day(first.happened_on, today=today)
    if first.kind not in _VOICES:
        said = words.say_step(first)
        turns = first.kind in _SYMBOL_OF_STEP and first.kind is not EventKind.REPORTED
        return Bead(
            symbol=symbol,
            when=when,
            bold=said if turns else "",
            words="" if turns else said,
            note=first.note,
            run=run,
            told=_tell_refusal(first),
        )
    unknown = sum(1 for step in alike if step.said_by is None)
    people = len({step.said_by for step in alike} - {None}) + unknown
    beside = [gettext("With a photo.")] if any(step.has_photo for step in alike) else []
    return Bead(
        symbol=symbol,
        when=when,
        bold=words.say_step(first, voices=people),
        words=" ".join(beside),
        note="",
        run=run,
        quotes=tuple(step.note for step in alike if step.note),
    )


def _tell_refusal(step: Step) -> tuple[tuple[str, str], ...]:
    told = []
    for name, label in words.HOW_REFUSED.items():
        said = step.told.get(name, "")
        if said and name is HowRefused.VISITED_ON:
            said = words.say_day(date.fromisoformat(said))
        if said:
            told.append((str(label), said))
    return tuple(told)


def make_two_views(defect: DefectFacts, steps: Sequence[Step]) -> TwoViews | None:
    """Both views side by side, where nobody agrees."""
    refused = [step for step in steps if step.kind is EventKind.REFUSED_AGAIN]
    if defect.state is not State.NO_AGREEMENT or not refused:
        return None
    last = refused[-1]
    against = [step for step in steps if step.kind in _NOES]
    unknown = sum(1 for step in against if step.said_by is None)
    return TwoViews(
        by=last.by or defect.addressee,
        reason=last.note,
        told=_tell_refusal(last),
        people=len({step.said_by for step in against} - {None}) + unknown,
        quotes=tuple(step.note for step in against if step.note)[-MOST_QUOTES:],
    )


def _tell_unseen(bead: Bead, alike: Sequence[Step], hidden: Hidden) -> Bead:
    """With what of these voices is not seen, and why where that is known."""
    told = [hidden.get(target_of_step(step)) for step in alike]
    parts = tuple(part for part in told if part)
    others = {step.words_state for step, part in zip(alike, told, strict=True) if not part}
    unseen = [str(said) for state, said in words.UNSEEN.items() if state in others]
    return replace(bead, words=" ".join(filter(None, [bead.words, *unseen])), hidden=parts)


def _city_bead(defect: DefectFacts, *, today: date) -> Bead | None:
    if not defect.city_number and defect.city_reported_on is None:
        return None
    day = defect.city_reported_on
    number = gettext("Number %(code)s", code=defect.city_number) if defect.city_number else ""
    return Bead(
        symbol="",
        when=words.say_day(day, today=today) if day else "",
        bold="",
        words=gettext("The reporter told the city too."),
        note=number,
        run="run o",
    )


def make_line_of_life(
    history: Sequence[Happening],
    defects: Sequence[DefectFacts],
    *,
    today: date,
    shown: str = "",
    seen: Sightings | None = None,
) -> list[Bead]:
    """All about an asset: what happened to it, each report with how it ended, and when it was last
    `seen`.

    `shown` is the code of the report on whose page the line stands.
    """
    dated: list[tuple[date, Bead]] = [
        (event.happened_on, _happening_bead(event)) for event in history
    ]
    dated += [
        (defect.reported_on, _defect_bead(defect, today=today, is_shown=defect.code == shown))
        for defect in defects
    ]
    dated += [(seen.last_on, _seen_bead(seen, today=today))] if seen else []
    beads = [bead for _, bead in sorted(dated, key=lambda pair: pair[0])]
    still_open = [defect for defect in defects if defect.state not in ENDED]
    if len(still_open) == 1:
        beads.append(_open_end(make_turn(still_open[0], today=today)))
    elif still_open:
        beads.append(_open_end(None))
    return beads


# What these say stands beside the note, not in its place.
_SAID_WITH_NOTE = {AssetEventKind.REPLACED, AssetEventKind.REVIEWED}


def _happening_bead(event: Happening) -> Bead:
    said = words.say_happening(event)
    is_beside = event.kind in _SAID_WITH_NOTE
    return Bead(
        symbol="",
        when=words.say_date(event.happened_on, event.precision),
        bold="",
        words=said if is_beside else _say_event(event, said),
        note=event.note if is_beside else "",
        run="",
    )


def _seen_bead(seen: Sightings, *, today: date) -> Bead:
    """The last tap alone, with how many there were: not a line for each."""
    times = ngettext(
        "Seen %(num)s time in the last twelve months.",
        "Seen %(num)s times in the last twelve months.",
        seen.in_a_year,
    )
    return Bead(
        symbol="",
        when=words.say_day(seen.last_on, today=today),
        bold="",
        words=str(words.SEEN_BY[seen.last_by]),
        note=times if seen.in_a_year > 1 else "",
        run="",
    )


def say_last_seen(asset: AssetFacts, seen: Sightings | None, *, today: date) -> str:
    """When an asset was last seen, and by whom where a tap told it; empty: not that we know."""
    if asset.last_seen_on is None:
        return ""
    day = words.say_day(asset.last_seen_on, today=today)
    if seen is None or seen.last_on != asset.last_seen_on:
        return day
    return f"{day}, {words.SEERS[seen.last_by]}"


@dataclass(frozen=True)
class SeenPhotoCard:
    """A photo of a passer-by, and on which day it was seen so."""

    url: str
    small_url: str
    alt: str
    day: str


def make_seen_photos(code: str, seen: Sightings | None, *, today: date) -> list[SeenPhotoCard]:
    """The newest photos of passers-by that everybody may see."""
    return [
        SeenPhotoCard(
            url=url_for("web.show_seen_photo", code=code, position=photo.position),
            small_url=url_for("web.show_seen_photo", code=code, position=photo.position, small=1),
            alt=gettext("Photo of a passer-by"),
            day=words.say_day(photo.seen_on, today=today),
        )
        for photo in (seen.photos if seen else ())
    ]


def _say_event(event: Happening, said: str) -> str:
    if event.kind is AssetEventKind.MOVED and is_how_far(event.note):
        return gettext("Moved, %(how_far)s", how_far=event.note)
    return event.note or said


def _defect_bead(defect: DefectFacts, *, today: date, is_shown: bool) -> Bead:
    if defect.state is State.SOLVED:
        ending = gettext("Solved in %(days)s days, residents say.", days=defect.days_open)
    else:
        ending = words.say_state(defect) + "."
    if defect.axes.handlings > 1:
        ending += " " + gettext("Called done %(count)s times.", count=defect.axes.handlings)
    shape = defect.shape or Shape.OPEN
    return Bead(
        symbol=SYMBOL_OF_SHAPE[shape] if defect.shape else "",
        when=words.say_day(defect.reported_on, today=today),
        bold=title_of(defect),
        words=ending.replace("?.", "?"),
        run=_RUN_OF_SHAPE[shape] if defect.state not in ENDED else "",
        url="" if is_shown else url_for("web.show_defect", code=defect.code),
        note=gettext("This report.") if is_shown else "",
    )


def _open_end(turn: Turn | None) -> Bead:
    return Bead(
        symbol="ring",
        when="",
        bold=gettext("Still open. Until residents say: it is good."),
        words="",
        note="",
        run="",
        turn=turn,
    )


def make_pins(assets: Sequence[AssetFacts], defects: Sequence[DefectFacts]) -> list[Pin]:
    """Pins of a drawn map: things below, reports above."""
    things = [
        Pin(a.lon, a.lat, SYMBOL_OF_KIND[a.kind], is_report=False, is_example=a.is_example)
        for a in assets
    ]
    reports = [
        Pin(d.lon, d.lat, SYMBOL_OF_SHAPE[d.shape], is_report=True, is_example=d.is_example)
        for d in defects
        if d.shape is not None
    ]
    return things + reports
