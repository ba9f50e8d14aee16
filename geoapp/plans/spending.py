"""What comes of the money of a plan: a thing on the map, and spendings that a second person
confirms."""

import uuid
from dataclasses import dataclass
from datetime import date

from geoalchemy2.shape import from_shape
from shapely import Point
from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.assets.actions import Editor
from geoapp.assets.queries import AssetFacts, duties_of, get_asset
from geoapp.assets.rules import Aspect, Kind
from geoapp.budgets.actions import link_funding, spend
from geoapp.budgets.queries import Line
from geoapp.db.base import new_id
from geoapp.db.text import read_words
from geoapp.districts.queries import Place
from geoapp.errors import Conflict, Invalid, NotFound
from geoapp.geo.crs import LONLAT
from geoapp.inspections.actions import Hand, Moment
from geoapp.keepers.actions import assign_keeper, change_owner
from geoapp.keepers.queries import keeping_of
from geoapp.keepers.rules import DutyDraft, OwnerDraft
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Thing
from geoapp.ledger.four_eyes import ask_second, settle_second
from geoapp.ledger.rules import Verdict
from geoapp.placing.actions import NewThing, Placer, place_asset
from geoapp.plans.actions import (
    add_realised,
    free_cents,
    give_back,
    lock_item,
    make_mover,
)
from geoapp.plans.queries import PlanItemFacts, thing_of
from geoapp.plans.rules import FUNDED, MOST_ANSWER_LETTERS, MOST_TITLE_LETTERS, Act, State, go_on
from geoapp.plans.tables import PlanItem, PlanSpending

SPEND = "spend"
# Of these there may be money to spend.
SPENDABLE = (*FUNDED, State.REALISED)
# Whoever keeps what came of a plan keeps all of it; who keeps a part is told at the thing itself.
ALL_OF_IT = tuple(Aspect)


@dataclass(frozen=True)
class Standing:
    """What came of a plan: a thing that is there already, or a new one at (lon, lat). `owner_id`
    None: nobody knows whose it is."""

    asset_code: str = ""
    kind: Kind | None = None
    spot: tuple[float, float] | None = None
    owner_id: uuid.UUID | None = None
    key: str = ""
    is_sure: bool = False


def realise(
    session: Session,
    *,
    item: PlanItemFacts,
    place: Place,
    standing: Standing,
    acting: tuple[Hand, Moment],
) -> str:
    """Let a plan become a thing on the map: who owns and keeps it, and who paid how much; its code.

    Raises:
        Invalid: it cannot be put there, or no such thing stands here.
        Conflict: the plan is not so far, or the same stands there already.
    """
    row = lock_item(session, item.id)
    go_on(row.state, Act.REALISE)
    is_agreed = row.state in FUNDED
    own = {row.organisation_id, acting[0].organisation_id}
    # Of another organisation only what the payer has agreed to is told.
    keeper_id = row.keeper_id if is_agreed or row.keeper_id in own else None
    if standing.asset_code:
        asset = _name_asset(session, item, standing.asset_code)
        _keep(session, asset, keeper_id, acting)
    else:
        asset = _place(session, item, place, standing, keeper_id, acting)
    if is_agreed and row.line_id is not None and row.granted_cents is not None:
        link_funding(
            session,
            asset_id=asset.id,
            line_id=row.line_id,
            amount_cents=row.granted_cents,
            is_example=row.is_example or asset.is_example,
        )
    add_realised(session, row, asset.id, acting)
    return asset.code


def _name_asset(session: Session, item: PlanItemFacts, code: str) -> AssetFacts:
    try:
        asset = get_asset(session, code=code)
    except NotFound as error:
        raise Invalid(error.message, field="asset", **error.values) from None
    if asset.district_id != item.district_id:
        raise Invalid("It stands in another district: choose one that is here.", field="asset")
    return asset


def _place(
    session: Session,
    item: PlanItemFacts,
    place: Place,
    standing: Standing,
    keeper_id: uuid.UUID | None,
    acting: tuple[Hand, Moment],
) -> AssetFacts:
    by, at = acting
    if standing.kind is None:
        raise Invalid("Say what it is.", field="kind")
    if standing.spot is None:
        raise Invalid("Say where it stands, or choose something that is there.", field="lat")
    thing = NewThing(
        kind=standing.kind,
        name=item.title,
        lon=standing.spot[0],
        lat=standing.spot[1],
        organisation_id=keeper_id,
        covers=ALL_OF_IT,
        is_owner=keeper_id is not None and keeper_id == standing.owner_id,
    )
    placer = Placer(by.doer, by.organisation_id, at.now, at.today)
    code = place_asset(
        session, place=place, thing=thing, by=placer, key=standing.key, is_sure=standing.is_sure
    )
    asset = get_asset(session, code=code)
    if standing.owner_id is not None and asset.owner_id != standing.owner_id:
        change_owner(
            session,
            asset=asset,
            owner=OwnerDraft(standing.owner_id, at.today),
            version=keeping_of(session, asset_id=asset.id).version,
            by=Editor(by.doer, by.organisation_id, at.now, at.today),
        )
    return asset


def _keep(
    session: Session,
    asset: AssetFacts,
    keeper_id: uuid.UUID | None,
    acting: tuple[Hand, Moment],
) -> None:
    """Who keeps a thing that was there already stays; where nobody does, the plan says it."""
    by, at = acting
    if keeper_id is None or duties_of(session, asset_ids=[asset.id], today=at.today):
        return
    assign_keeper(
        session,
        asset=asset,
        draft=DutyDraft(keeper_id, frozenset(ALL_OF_IT), at.today),
        version=keeping_of(session, asset_id=asset.id).version,
        by=Editor(by.doer, by.organisation_id, at.now, at.today),
        speaks_for=None,
    )


# -- Spending ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class SpendingDraft:
    """What was spent: on what, how much, when, where (lon, lat), with which photos."""

    amount_cents: int
    what: str
    spent_on: date
    picture_id: uuid.UUID | None
    receipt_id: uuid.UUID | None = None
    spot: tuple[float, float] | None = None


def check_spending(draft: SpendingDraft, *, line: Line, today: date) -> None:
    """Whether what was spent can be written down.

    Raises:
        Invalid: no photo, a receipt is needed (B7), or the day lies ahead or outside what may be.
    """
    if draft.picture_id is None:
        raise Invalid("Choose a photo of what was made or bought.", field="photos")
    if draft.amount_cents > line.receipt_over_cents and draft.receipt_id is None:
        raise Invalid("Above this amount a photo of the receipt is needed.", field="receipt")
    if draft.spent_on > today:
        raise Invalid("It is spent in the past: choose the day it was.", field="spent_on")
    is_early = line.spend_from is not None and draft.spent_on < line.spend_from
    is_late = line.spend_by is not None and draft.spent_on > line.spend_by
    if is_early or is_late:
        raise Invalid("This money could not be spent on that day.", field="spent_on")


def record_spending(
    session: Session,
    *,
    item: PlanItemFacts,
    line: Line,
    draft: SpendingDraft,
    acting: tuple[Hand, Moment],
) -> int:
    """Write down what was spent; it counts once a second person says so. Its number.

    Raises:
        Invalid: something of it is missing, or more than is set aside.
        Conflict: there is no money for this plan.
    """
    by, at = acting
    what = read_words(draft.what, field="what", most=MOST_TITLE_LETTERS).replace("\n", " ")
    if not what:
        raise Invalid("Say in a few words what it was for.", field="what")
    check_spending(draft, line=line, today=at.today)
    row = lock_item(session, item.id)
    if row.state not in SPENDABLE or row.line_id != line.id:
        raise Conflict("No money is set aside for this plan.")
    if draft.amount_cents > free_cents(session, row.id):
        raise Invalid("That is more than is left for this plan.", field="amount")
    spending_id = _add_spending(session, row, draft, what, acting)
    after = {"amount_cents": draft.amount_cents, "name": what}
    deed = Deed("record_spending", after=after)
    record_change(session, thing=thing_of(row.id), doer=by.doer, deed=deed, now=at.now)
    return session.get_one(PlanSpending, spending_id).number


def _add_spending(
    session: Session,
    row: PlanItem,
    draft: SpendingDraft,
    what: str,
    acting: tuple[Hand, Moment],
) -> uuid.UUID:
    by, at = acting
    spending_id = new_id()
    spending = PlanSpending(
        id=spending_id,
        district_id=row.district_id,
        item_id=row.id,
        line_id=row.line_id,
        amount_cents=draft.amount_cents,
        what=what,
        spent_on=draft.spent_on,
        geom=from_shape(Point(draft.spot), srid=LONLAT) if draft.spot else None,
        picture_id=draft.picture_id,
        receipt_id=draft.receipt_id,
        organisation_id=by.organisation_id,
        is_example=row.is_example,
    )
    look = ask_second(
        session,
        # Each spending waits by itself: several of one plan may wait at a time.
        thing=Thing("plan_spending", spending_id),
        action=SPEND,
        payload={"amount_cents": draft.amount_cents},
        by=by.person_id,
        now=at.now,
    )
    spending.look_id = look.id
    session.add(spending)
    session.flush()
    session.refresh(spending)
    return spending_id


@dataclass(frozen=True)
class Settling:
    """What the second person says of a spending, and why."""

    number: int
    verdict: Verdict
    answer: str = ""


def settle_spending(
    session: Session, *, item: PlanItemFacts, settling: Settling, acting: tuple[Hand, Moment]
) -> None:
    """Say yes or no to a spending that somebody else wrote down; with a yes it is spent.

    Raises:
        NotFound: there is no such spending.
        NotAllowed: they wrote it down themselves, from whatever session.
        Invalid: a no without a reason.
        Conflict: it was settled already.
    """
    by, at = acting
    answer = read_words(settling.answer, field="answer", most=MOST_ANSWER_LETTERS)
    is_yes = settling.verdict is Verdict.CONFIRMED
    if not is_yes and not answer:
        raise Invalid("Say why not: whoever asked must know.", field="answer")
    row = lock_item(session, item.id)
    spending = session.scalar(
        select(PlanSpending)
        .where(PlanSpending.item_id == row.id, PlanSpending.number == settling.number)
        .execution_options(populate_existing=True)
    )
    if spending is None:
        raise NotFound("There is no such spending.")
    settle_second(
        session, look_id=spending.look_id, by=by.person_id, verdict=settling.verdict, now=at.now
    )
    spending.outcome, spending.answer = settling.verdict, answer
    spending.settled_on, spending.settled_organisation_id = at.today, by.organisation_id
    session.flush()
    if is_yes:
        spend(
            session,
            line_id=spending.line_id,
            amount_cents=spending.amount_cents,
            about_id=row.id,
            by=make_mover(row, by, at),
        )
    after = {"amount_cents": spending.amount_cents, "outcome": settling.verdict, "reason": answer}
    deed = Deed("settle_spending", after=after)
    record_change(session, thing=thing_of(row.id), doer=by.doer, deed=deed, now=at.now)


def return_rest(session: Session, *, item: PlanItemFacts, acting: tuple[Hand, Moment]) -> int:
    """Set free what was not needed of a plan that is realised; cents.

    Raises:
        Conflict: it is not realised, nothing is left, or a spending still waits.
    """
    by, at = acting
    row = lock_item(session, item.id)
    rest = give_back(session, row, by, at) if row.state is State.REALISED else 0
    if not rest:
        raise Conflict("There is nothing to give back.")
    deed = Deed("return_rest", after={"amount_cents": rest})
    record_change(session, thing=thing_of(row.id), doer=by.doer, deed=deed, now=at.now)
    return rest
