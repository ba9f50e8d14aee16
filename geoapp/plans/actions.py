"""Changes to plans: made, changed, asked, decided, realised; and what people say of them. Each is
written to the plan's history, in one transaction."""

import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from random import Random
from typing import Any

from geoalchemy2.shape import from_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from geoapp.assets.rules import Kind
from geoapp.budgets.actions import Mover, release, reserve
from geoapp.budgets.queries import Line, sum_moves
from geoapp.budgets.rules import Earmark, MoveKind
from geoapp.budgets.tables import BudgetLine
from geoapp.db import spatial
from geoapp.db.codes import make_code
from geoapp.db.text import read_words
from geoapp.defects.rules import WordsState
from geoapp.districts.queries import Place
from geoapp.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from geoapp.geo.crs import LONLAT
from geoapp.inspections.actions import Hand, Moment
from geoapp.ledger.actions import claim_key, count_use, settle_key, try_count_use
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Doer
from geoapp.ledger.rules import check_key, make_fingerprint
from geoapp.ledger.tables import SecondLook
from geoapp.people.tables import Organisation
from geoapp.placing.queries import is_inside
from geoapp.plans.queries import PlanItemFacts, thing_of
from geoapp.plans.rules import (
    DECISIONS,
    EDITABLE,
    FUNDED,
    MOST_ANSWER_LETTERS,
    MOST_TITLE_LETTERS,
    PLAN_VOICE_OF_ONE_ITEM,
    PLAN_VOICES_OF_AN_ITEM,
    PLAN_VOICES_OF_ONE,
    REASONED,
    Act,
    PlaceKind,
    Reasons,
    State,
    VoiceDraft,
    fit,
    go_on,
    round_distance_m,
)
from geoapp.plans.tables import PlanEvent, PlanItem, PlanSpending, PlanVoice
from geoapp.platforms.queries import PlatformFacts

MAKE, SPEAK = "make_plan", "speak_on_plan"


@dataclass(frozen=True)
class ItemDraft:
    """What a plan is; `shape` is a lon/lat point or area, None where it has no place."""

    title: str
    shape: BaseGeometry | None = None
    themes: tuple[Earmark, ...] = ()
    kind: Kind | None = None
    cost_cents: int | None = None
    wanted_by: date | None = None


@dataclass(frozen=True)
class ItemWho:
    """Who makes it and who keeps it afterwards, and the three questions (F3)."""

    maker_id: uuid.UUID | None = None
    keeper_id: uuid.UUID | None = None
    problem: str = ""
    whose_problem: str = ""
    who_left_out: str = ""


def add_item(
    session: Session,
    *,
    place: Place,
    platform: PlatformFacts,
    draft: ItemDraft,
    key: str,
    acting: tuple[Hand, Moment],
) -> str:
    """Make a plan, as an idea that its platform alone sees; its code, or that of the one its key
    had made before.

    Raises:
        Invalid: something of it cannot be kept; of the field that is wrong.
        Conflict: the key was used for something else.
    """
    by, at = acting
    title = _read_title(draft.title)
    _check_place(session, place, draft.shape)
    told = {"platform": platform.slug, "title": title, "place": str(draft.shape)}
    fingerprint = make_fingerprint(told)
    known = claim_key(session, purpose=MAKE, key=check_key(key), fingerprint=fingerprint)
    if known is not None:
        return known
    item = PlanItem(
        district_id=place.id,
        platform_id=platform.id,
        organisation_id=platform.organisation_id,
        code=_free_code(session),
        **_write_what(draft, title),
        **_write_place(draft.shape),
        is_example=place.is_example or platform.is_example,
    )
    session.add(item)
    session.flush()
    _add_event(session, item, by, at)
    settle_key(session, purpose=MAKE, key=key, outcome=item.code)
    _record(session, item.id, Deed("make_plan", after={"title": title}), by.doer, at.now)
    return item.code


def change_what(
    session: Session,
    *,
    item: PlanItemFacts,
    draft: ItemDraft,
    version: int,
    acting: tuple[Hand, Moment],
) -> None:
    """Say anew what a plan is; its place stays.

    Raises:
        Invalid: something of it cannot be kept.
        Stale: somebody changed it meanwhile.
        Conflict: it was asked, so the payer must read what was asked.
    """
    _change(session, item, _write_what(draft, _read_title(draft.title)), version, acting)


def change_who(
    session: Session,
    *,
    item: PlanItemFacts,
    who: ItemWho,
    version: int,
    acting: tuple[Hand, Moment],
) -> None:
    """Say anew who makes it and keeps it, and answer the three questions.

    Raises:
        Invalid, Stale, Conflict: as `change_what`.
    """
    values = dict(vars(who))
    for name in ("problem", "whose_problem", "who_left_out"):
        values[name] = read_words(values[name], field=name, most=MOST_ANSWER_LETTERS)
    _change(session, item, values, version, acting)


def change_place(
    session: Session,
    *,
    item: PlanItemFacts,
    place: Place,
    shape: BaseGeometry | None,
    acting: tuple[Hand, Moment],
) -> None:
    """Let a plan be elsewhere, or have no place.

    Raises:
        Invalid, Conflict: as `change_what`.
    """
    _check_place(session, place, shape)
    _change(session, item, _write_place(shape), item.version, acting)


def _change(
    session: Session,
    item: PlanItemFacts,
    values: Mapping[str, Any],
    version: int,
    acting: tuple[Hand, Moment],
) -> None:
    by, at = acting
    row = lock_item(session, item.id)
    if row.state not in EDITABLE:
        raise Conflict("It is asked already: take it back first, or leave it as it is.")
    if row.version != version:
        raise Stale("Somebody changed this since you opened it: look at it, and send yours again.")
    before = {name: _say(getattr(row, name)) for name in values if name not in _NOT_TOLD}
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    session.flush()
    after = {name: _say(value) for name, value in values.items() if name not in _NOT_TOLD}
    _record(session, item.id, Deed("change_plan", before, after), by.doer, at.now)


_NOT_TOLD = ("geom", "maker_id", "keeper_id")


def _say(value: object) -> object:
    return value.value if isinstance(value, Kind | PlaceKind) else value


def _read_title(words: str) -> str:
    title = read_words(words, field="title", most=MOST_TITLE_LETTERS).replace("\n", " ")
    if not title:
        raise Invalid("Say in a few words what you want to make.", field="title")
    return title


def _write_what(draft: ItemDraft, title: str) -> dict[str, Any]:
    return {
        "title": title,
        "themes": [theme.value for theme in draft.themes],
        "kind": draft.kind,
        "cost_cents": draft.cost_cents,
        "wanted_by": draft.wanted_by,
    }


def _write_place(shape: BaseGeometry | None) -> dict[str, Any]:
    if shape is None:
        return {"place": PlaceKind.NONE, "geom": None}
    is_point = shape.geom_type == "Point"
    place = PlaceKind.POINT if is_point else PlaceKind.AREA
    return {"place": place, "geom": from_shape(shape, srid=LONLAT)}


def _check_place(session: Session, place: Place, shape: BaseGeometry | None) -> None:
    if shape is not None and not is_inside(session, district_id=place.id, shape=shape):
        raise Invalid(
            "It lies outside {district}: check its place.", field="lat", district=place.name
        )


def _free_code(session: Session) -> str:
    random: Random = secrets.SystemRandom()
    new_code: Callable[[], str] = partial(make_code, random)
    code = new_code()
    while session.scalar(select(PlanItem.id).where(PlanItem.code == code)):
        code = new_code()
    return code


# -- How it goes on ----------------------------------------------------------------------------


def lock_item(session: Session, item_id: uuid.UUID) -> PlanItem:
    """Who changes a plan waits for whoever is before them."""
    return session.scalars(
        select(PlanItem)
        .where(PlanItem.id == item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def move_item(
    session: Session,
    *,
    item: PlanItemFacts,
    act: Act,
    line: Line | None,
    acting: tuple[Hand, Moment],
) -> None:
    """Publish a plan, ask money for it (of `line`), take it back, give it up or take it up again.

    Raises:
        Invalid: money is asked of a line that does not fit, or of none.
        Conflict: it cannot be done from where the plan is, or a spending still waits.
    """
    by, at = acting
    row = lock_item(session, item.id)
    state = go_on(row.state, act)
    before = row.state
    if act is Act.ASK:
        row.line_id, row.asked_by = _check_line(item, line, at.today), by.person_id
    if act is Act.GIVE_UP:
        give_back(session, row, by, at)
    if act is Act.TAKE_UP:
        row.line_id = row.granted_cents = None
    row.state = state
    session.flush()
    _add_event(session, row, by, at)
    after = {"state": state.value, **({"line": line.name} if line else {})}
    _record(
        session, item.id, Deed(f"plan_{act.value}", {"state": before.value}, after), by.doer, at.now
    )


def _check_line(item: PlanItemFacts, line: Line | None, today: date) -> uuid.UUID:
    if line is None or line.district_id != item.district_id:
        raise Invalid("Choose which money you ask.", field="line")
    if item.cost_cents is None:
        raise Invalid(
            "Say first what it costs: nobody can set aside what is not known.", field="line"
        )
    if not fit(line.terms, item.wanted, today).fits:
        raise Invalid(
            "This money does not fit this plan: see why, and choose another.", field="line"
        )
    return line.id


def give_back(session: Session, row: PlanItem, by: Hand, at: Moment) -> int:
    """Set free what is set aside for a plan and not spent; the caller has locked it. Cents.

    Raises:
        Conflict: a spending still waits for a second person.
    """
    if row.line_id is None:
        return 0
    if waiting_cents(session, row.id):
        raise Conflict("A spending still waits for a second person: have it settled first.")
    rest = free_cents(session, row.id)
    if rest:
        release(
            session,
            line_id=row.line_id,
            amount_cents=rest,
            about_id=row.id,
            by=make_mover(row, by, at),
        )
    return rest


def free_cents(session: Session, item_id: uuid.UUID) -> int:
    """What is set aside for a plan, and neither spent nor waiting."""
    moved = sum_moves(session, about_id=item_id)
    set_aside = moved[MoveKind.RESERVE] - moved[MoveKind.RELEASE] - moved[MoveKind.SPEND]
    return set_aside - waiting_cents(session, item_id)


def waiting_cents(session: Session, item_id: uuid.UUID) -> int:
    """What waits for a second person."""
    rows = session.scalars(
        select(PlanSpending.amount_cents).where(
            PlanSpending.item_id == item_id, PlanSpending.outcome.is_(None)
        )
    )
    return sum(rows)


def make_mover(row: PlanItem, by: Hand, at: Moment) -> Mover:
    """For whom money of a plan moves."""
    return Mover(by.organisation_id, at.now, row.is_example)


@dataclass(frozen=True)
class Decision:
    """What a payer says of a plan that was asked; a visit to the place may go with it."""

    act: Act
    reasons: Reasons = field(default_factory=Reasons)
    granted_cents: int | None = None
    visited_on: date | None = None
    picture_id: uuid.UUID | None = None


def decide(
    session: Session, *, item: PlanItemFacts, decision: Decision, acting: tuple[Hand, Moment]
) -> None:
    """Grant a plan, a part of it, or refuse it, and set aside or free the money.

    Raises:
        NotAllowed: they asked it themselves.
        Invalid: the amount cannot be, or a reason is missing.
        Conflict: it cannot be decided now, the line has less left, or money was spent of it.
    """
    by, at = acting
    row = lock_item(session, item.id)
    if decision.act not in DECISIONS:
        raise Invalid("Say yes, a part, or no.", field="act")
    state = go_on(row.state, decision.act)
    _check_decision(row, state, decision, by, at)
    granted = _read_grant(row, decision)
    _set_aside(session, row, granted, by, at)
    before = {"state": row.state.value, "granted_cents": row.granted_cents}
    row.state, row.granted_cents = state, granted or None
    session.flush()
    told = {**vars(decision.reasons), "granted_cents": row.granted_cents}
    _add_event(
        session,
        row,
        by,
        at,
        **told,
        visited_on=decision.visited_on,
        picture_id=decision.picture_id,
    )
    after = {"state": state.value, **{name: said for name, said in told.items() if said}}
    _record(session, item.id, Deed(f"plan_{decision.act.value}", before, after), by.doer, at.now)


def _check_decision(row: PlanItem, state: State, decision: Decision, by: Hand, at: Moment) -> None:
    if row.asked_by == by.person_id:
        raise NotAllowed("You asked for this yourself: somebody else must decide.")
    if state in REASONED:
        for name, words in vars(decision.reasons).items():
            if not words:
                raise Invalid("This cannot be left open: fill it in.", field=name)
    if decision.visited_on is not None and decision.visited_on > at.today:
        raise Invalid("A visit lies in the past: choose the day it was.", field="visited_on")
    if decision.picture_id is not None and decision.visited_on is None:
        raise Invalid("Say on which day that was.", field="visited_on")


def _read_grant(row: PlanItem, decision: Decision) -> int:
    """How much is granted; cents."""
    if decision.act is Act.REFUSE:
        return 0
    cost, given = row.cost_cents, decision.granted_cents
    if decision.act is Act.GRANT:
        amount = cost or given
        if amount is None:
            raise Invalid("Say how much is granted.", field="granted")
        return amount
    if given is None:
        raise Invalid("Say how much is granted.", field="granted")
    if cost is not None and given >= cost:
        raise Invalid("That is all of it: say yes instead of a part.", field="granted")
    return given


def _set_aside(session: Session, row: PlanItem, granted: int, by: Hand, at: Moment) -> None:
    """Bring what is set aside to what is granted now."""
    before = (row.granted_cents or 0) if row.state in FUNDED else 0
    change = granted - before
    line_id, mover = row.line_id, make_mover(row, by, at)
    if line_id is None or not change:
        return
    if change > 0:
        reserve(session, line_id=line_id, amount_cents=change, about_id=row.id, by=mover)
        return
    if -change > free_cents(session, row.id):
        raise Conflict(
            "Money was spent of this already: less than that cannot be granted any more."
        )
    release(session, line_id=line_id, amount_cents=-change, about_id=row.id, by=mover)


def add_realised(
    session: Session, row: PlanItem, asset_id: uuid.UUID | None, acting: tuple[Hand, Moment]
) -> None:
    """Note that a plan has become a thing on the map; the caller has locked it."""
    by, at = acting
    before = row.state
    row.state, row.asset_id = go_on(before, Act.REALISE), asset_id
    session.flush()
    _add_event(session, row, by, at)
    deed = Deed("plan_realise", {"state": before.value}, {"state": row.state.value})
    _record(session, row.id, deed, by.doer, at.now)


def _add_event(session: Session, row: PlanItem, by: Hand, at: Moment, **told: Any) -> None:
    session.add(
        PlanEvent(
            item_id=row.id,
            state=row.state,
            happened_on=at.today,
            by_organisation_id=by.organisation_id,
            by_role=by.doer.label,
            line_id=row.line_id,
            is_example=row.is_example,
            **told,
        )
    )
    session.flush()


def _record(session: Session, item_id: uuid.UUID, deed: Deed, doer: Doer, now: datetime) -> None:
    record_change(session, thing=thing_of(item_id), doer=doer, deed=deed, now=now)


# -- What is said of it ------------------------------------------------------------------------


@dataclass(frozen=True)
class Speaker:
    """Who says something: a digest of their network's address for this day, the key of their form,
    and who it is, where they have signed in. `place` is (lon, lat), and is not kept."""

    subject: str
    key: str
    person_id: uuid.UUID | None = None
    place: tuple[float, float] | None = None
    is_held: bool = False


def speak_on(
    session: Session, *, item: PlanItemFacts, draft: VoiceDraft, speaker: Speaker, at: Moment
) -> None:
    """Keep what somebody says of a plan; the same key again changes nothing, and neither does the
    same choice of the same network on one day.

    Raises:
        Conflict: nobody may see the plan yet, or the key was used for something else.
        TooMany: this network has said too much for an hour.
    """
    if item.state is State.IDEA:
        raise Conflict("This is an idea of its platform: it is not public yet.")
    fingerprint = make_fingerprint({"plan": item.code, **vars(draft)})
    known = claim_key(session, purpose=SPEAK, key=speaker.key, fingerprint=fingerprint)
    if known is not None:
        return
    settle_key(session, purpose=SPEAK, key=speaker.key, outcome=item.code)
    if not _counts(session, item, draft, speaker, at.now):
        return
    metres = _measure(session, item, speaker.place)
    state = WordsState.HELD if speaker.is_held else WordsState.SHOWN
    session.add(
        PlanVoice(
            item_id=item.id,
            kind=draft.kind,
            choice=draft.choice,
            words=draft.words,
            words_state=state if draft.words else None,
            distance_m=None if metres is None else round_distance_m(metres),
            has_account=speaker.person_id is not None,
            person_id=speaker.person_id,
            said_on=at.today,
            is_example=item.is_example,
        )
    )
    session.flush()


def _counts(
    session: Session, item: PlanItemFacts, draft: VoiceDraft, speaker: Speaker, now: datetime
) -> bool:
    subject = speaker.subject if speaker.person_id is None else speaker.person_id.hex
    told = {"plan": item.code, "kind": draft.kind, "choice": draft.choice, "subject": subject}
    once = make_fingerprint(told)
    if try_count_use(session, limit=PLAN_VOICE_OF_ONE_ITEM, subject=once, now=now) is None:
        return False
    count_use(session, limit=PLAN_VOICES_OF_ONE, subject=speaker.subject, now=now)
    of_item = str(item.id)
    return (
        try_count_use(session, limit=PLAN_VOICES_OF_AN_ITEM, subject=of_item, now=now) is not None
    )


def _measure(
    session: Session, item: PlanItemFacts, place: tuple[float, float] | None
) -> float | None:
    if place is None or item.place is PlaceKind.NONE:
        return None
    distance = spatial.distance_m(PlanItem.geom, *place)
    return session.scalar(select(distance).where(PlanItem.id == item.id))


def judge_words(
    session: Session,
    *,
    item: PlanItemFacts,
    number: int,
    hidden_because: str | None,
    doer: Doer,
    now: datetime,
) -> None:
    """Show the words of a voice, or hide them for a reason; what was said stays said.

    Raises:
        NotFound: there are no such words.
    """
    changed = session.execute(
        update(PlanVoice)
        .where(PlanVoice.item_id == item.id, PlanVoice.number == number, PlanVoice.words != "")
        .values(
            words_state=WordsState.HIDDEN if hidden_because else WordsState.SHOWN,
            hidden_because=hidden_because,
        )
        .returning(PlanVoice.id)
    ).first()
    if changed is None:
        raise NotFound("There are no such words.")
    after = {"position": number, "reason": hidden_because or ""}
    _record(session, item.id, Deed("judge_words", after=after), doer, now)


# -- Examples ----------------------------------------------------------------------------------


def remove_example_plans(session: Session) -> int:
    """Take away every example plan, with what was said and spent; returns how many."""
    looks = select(PlanSpending.look_id).where(PlanSpending.is_example)
    session.execute(delete(SecondLook).where(SecondLook.id.in_(looks)))
    session.execute(delete(PlanVoice).where(PlanVoice.is_example))
    # What asked example money is no more than that money was; who was to make it may be invented.
    lines = select(BudgetLine.id).where(BudgetLine.is_example)
    asked = select(PlanEvent.item_id).where(PlanEvent.line_id.in_(lines))
    wanted = or_(PlanItem.is_example, PlanItem.line_id.in_(lines), PlanItem.id.in_(asked))
    gone = session.execute(
        delete(PlanItem).where(wanted).returning(PlanItem.id),
        execution_options={"synchronize_session": False},
    )
    invented = select(Organisation.id).where(Organisation.is_example)
    for column in (PlanItem.maker_id, PlanItem.keeper_id):
        session.execute(
            update(PlanItem).where(column.in_(invented)).values({column: None}),
            execution_options={"synchronize_session": False},
        )
    return len(gone.all())
