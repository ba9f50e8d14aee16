"""Changes to money: a line cannot be overspent, even by two people at once."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.areas.rules import make_slug
from geoapp.budgets.rules import USUAL_RECEIPT_OVER_CENTS, Earmark, Model, MoveKind
from geoapp.budgets.tables import BudgetLine, BudgetRound, Funding, MoneyMove
from geoapp.db.base import new_id
from geoapp.errors import Conflict
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Doer, Thing


@dataclass(frozen=True)
class Mover:
    """For which organisation money is moved, and when; None: not known, and now."""

    organisation_id: uuid.UUID | None
    now: datetime | None
    is_example: bool


def reserve(
    session: Session, *, line_id: uuid.UUID, amount_cents: int, about_id: uuid.UUID, by: Mover
) -> None:
    """Set money of a line aside.

    Raises:
        Conflict: the line has less than that left.
    """
    _take(session, line_id, amount_cents)
    _write(session, MoveKind.RESERVE, line_id, amount_cents, by, about_id=about_id)


def release(
    session: Session, *, line_id: uuid.UUID, amount_cents: int, about_id: uuid.UUID, by: Mover
) -> None:
    """Set money free that was set aside.

    Raises:
        Conflict: so much is not set aside, or it is spent.
    """
    is_there = BudgetLine.committed_cents - amount_cents >= BudgetLine.spent_cents
    values = {"committed_cents": BudgetLine.committed_cents - amount_cents}
    if not _move(session, line_id, is_there, values):
        raise Conflict("So much is not set aside on this line any more: look again.")
    _write(session, MoveKind.RELEASE, line_id, amount_cents, by, about_id=about_id)


def spend(
    session: Session, *, line_id: uuid.UUID, amount_cents: int, about_id: uuid.UUID, by: Mover
) -> None:
    """Spend money that was set aside.

    Raises:
        Conflict: so much is not set aside.
    """
    is_there = BudgetLine.spent_cents + amount_cents <= BudgetLine.committed_cents
    values = {"spent_cents": BudgetLine.spent_cents + amount_cents}
    if not _move(session, line_id, is_there, values):
        raise Conflict("So much is not set aside on this line any more: look again.")
    _write(session, MoveKind.SPEND, line_id, amount_cents, by, about_id=about_id)


def transfer(
    session: Session, *, line_id: uuid.UUID, to_line_id: uuid.UUID, amount_cents: int, by: Mover
) -> None:
    """Let money that is free go to another line.

    Raises:
        Conflict: the line has less than that left.
    """
    # In one order: of two who move money both ways, neither waits for the other for ever.
    for one in sorted((line_id, to_line_id)):
        is_from = one == line_id
        change = -amount_cents if is_from else amount_cents
        is_there = BudgetLine.amount_cents + change >= BudgetLine.committed_cents
        values = {"amount_cents": BudgetLine.amount_cents + change}
        if not _move(session, one, is_there, values):
            raise Conflict("This budget line has less than that left: choose another line.")
    _write(session, MoveKind.TRANSFER, line_id, amount_cents, by, to_line_id=to_line_id)


def fund_asset(
    session: Session,
    *,
    asset_id: uuid.UUID,
    line_id: uuid.UUID,
    amount_cents: int,
    is_example: bool,
) -> Funding:
    """Let a line pay `amount_cents` for an asset.

    The amount is taken by one conditional UPDATE: of two who ask at once for the last euro,
    one gets it.

    Raises:
        Conflict: the line has less than that left.
    """
    _take(session, line_id, amount_cents)
    funding = Funding(
        asset_id=asset_id, line_id=line_id, amount_cents=amount_cents, is_example=is_example
    )
    session.add(funding)
    session.flush()
    by = Mover(None, None, is_example)
    _write(session, MoveKind.RESERVE, line_id, amount_cents, by, about_id=asset_id)
    return funding


def link_funding(
    session: Session,
    *,
    asset_id: uuid.UUID,
    line_id: uuid.UUID,
    amount_cents: int,
    is_example: bool,
) -> None:
    """Show that a line pays for an asset with money that was set aside for it before; what it
    paid for the same asset already comes on top."""
    told = insert(Funding).values(
        id=new_id(),
        asset_id=asset_id,
        line_id=line_id,
        amount_cents=amount_cents,
        is_example=is_example,
    )
    session.execute(
        told.on_conflict_do_update(
            index_elements=["asset_id", "line_id"],
            set_={"amount_cents": Funding.amount_cents + told.excluded.amount_cents},
        )
    )


def _take(session: Session, line_id: uuid.UUID, amount_cents: int) -> None:
    is_there = BudgetLine.committed_cents + amount_cents <= BudgetLine.amount_cents
    values = {"committed_cents": BudgetLine.committed_cents + amount_cents}
    if not _move(session, line_id, is_there, values):
        raise Conflict("This budget line has less than that left: choose another line.")


def _move(
    session: Session,
    line_id: uuid.UUID,
    is_there: ColumnElement[bool],
    values: Mapping[str, ColumnElement[int]],
) -> bool:
    moved = session.execute(
        update(BudgetLine)
        .where(BudgetLine.id == line_id, is_there)
        .values(**values)
        .returning(BudgetLine.id)
    )
    return moved.first() is not None


def _write(
    session: Session,
    kind: MoveKind,
    line_id: uuid.UUID,
    amount_cents: int,
    by: Mover,
    **about: uuid.UUID,
) -> None:
    """A move of invented money is invented, whoever moves it: it goes with its line."""
    lines = [line_id, about.get("to_line_id", line_id)]
    is_invented = select(func.bool_or(BudgetLine.is_example)).where(BudgetLine.id.in_(lines))
    session.add(
        MoneyMove(
            kind=kind,
            line_id=line_id,
            amount_cents=amount_cents,
            by_organisation_id=by.organisation_id,
            **({"moved_at": by.now} if by.now else {}),
            is_example=by.is_example or bool(session.scalar(is_invented)),
            **about,
        )
    )
    session.flush()


# -- Rounds and lines --------------------------------------------------------------------------


@dataclass(frozen=True)
class RoundDraft:
    """A round as somebody makes it."""

    name: str
    model: Model
    year: int


@dataclass(frozen=True)
class LineDraft:
    """A line as somebody makes it; outside money has no round."""

    name: str
    payer_id: uuid.UUID
    amount_cents: int
    round_id: uuid.UUID | None = None
    platform_id: uuid.UUID | None = None
    earmark: str = ""
    earmarks: tuple[Earmark, ...] = ()
    asked_on: date | None = None
    approved_on: date | None = None
    spend_from: date | None = None
    spend_by: date | None = None
    ask_by: date | None = None
    lead_days: int = 0
    needs_design: bool = False
    receipt_over_cents: int = USUAL_RECEIPT_OVER_CENTS


@dataclass(frozen=True)
class Bookkeeper:
    """Who writes down money of a district, and when."""

    doer: Doer
    district_id: uuid.UUID
    now: datetime
    is_example: bool


def add_round(session: Session, *, draft: RoundDraft, by: Bookkeeper) -> BudgetRound:
    """Begin a round."""
    made = BudgetRound(
        district_id=by.district_id,
        slug=_free_slug(session, BudgetRound, draft.name),
        name=draft.name,
        model=draft.model,
        year=draft.year,
        is_example=by.is_example,
    )
    session.add(made)
    session.flush()
    after = {"name": draft.name, "model": draft.model.value, "year": draft.year}
    _record(session, Thing("budget_round", made.id), Deed("add_round", after=after), by)
    return made


def add_line(session: Session, *, draft: LineDraft, by: Bookkeeper) -> BudgetLine:
    """Write down money that is there."""
    said = {**vars(draft), "earmarks": [one.value for one in draft.earmarks]}
    made = BudgetLine(
        **{**said, "earmark": draft.earmark or None},
        district_id=by.district_id,
        slug=_free_slug(session, BudgetLine, draft.name),
        is_example=by.is_example,
    )
    session.add(made)
    session.flush()
    told = ("name", "amount_cents", "earmark", "earmarks", "spend_from", "spend_by", "ask_by")
    after = {name: said[name] for name in told if said[name]}
    _record(session, thing_of_line(made.id), Deed("add_line", after=after), by)
    return made


@dataclass(frozen=True)
class LineTimes:
    """When money may be asked and spent, as somebody tells it after the line itself."""

    asked_on: date | None
    approved_on: date | None
    ask_by: date | None
    lead_days: int
    needs_design: bool
    receipt_over_cents: int


def tell_times(session: Session, *, line_id: uuid.UUID, times: LineTimes, by: Bookkeeper) -> None:
    """Say when money of a line may be asked, and when a receipt goes with it."""
    row = session.get_one(BudgetLine, line_id, with_for_update=True, populate_existing=True)
    before = {name: getattr(row, name) for name in vars(times)}
    for name, value in vars(times).items():
        setattr(row, name, value)
    session.flush()
    deed = Deed("change_line", before=before, after=dict(vars(times)))
    _record(session, thing_of_line(line_id), deed, by)


def thing_of_line(line_id: uuid.UUID) -> Thing:
    """Under what a line's history stands."""
    return Thing("budget_line", line_id)


def _record(session: Session, thing: Thing, deed: Deed, by: Bookkeeper) -> None:
    record_change(session, thing=thing, doer=by.doer, deed=deed, now=by.now)


def _free_slug(session: Session, table: type[BudgetLine] | type[BudgetRound], name: str) -> str:
    base = make_slug(name)[:60].strip("-") or "money"
    taken = set(
        session.scalars(select(table.slug).where(table.slug.startswith(base, autoescape=True)))
    )
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug


def remove_example_money(session: Session) -> None:
    """Take away example funding, moves, lines and rounds; a line that is none has the money back
    that examples took of it."""
    session.execute(delete(Funding).where(Funding.is_example))
    _give_back(session)
    session.execute(delete(MoneyMove).where(MoneyMove.is_example))
    session.execute(delete(BudgetLine).where(BudgetLine.is_example))
    session.execute(delete(BudgetRound).where(BudgetRound.is_example))


def _give_back(session: Session) -> None:
    def total(kind: MoveKind) -> ColumnElement[int]:
        amount = case((MoneyMove.kind == kind, MoneyMove.amount_cents), else_=0)
        return func.coalesce(func.sum(amount), 0)

    taken = (
        select(
            MoneyMove.line_id,
            (total(MoveKind.RESERVE) - total(MoveKind.RELEASE)).label("committed"),
            total(MoveKind.SPEND).label("spent"),
        )
        .where(MoneyMove.is_example, MoneyMove.kind != MoveKind.TRANSFER)
        .group_by(MoneyMove.line_id)
        .subquery()
    )
    session.execute(
        update(BudgetLine)
        .where(
            BudgetLine.id == taken.c.line_id,
            BudgetLine.is_example.is_(False),
            or_(taken.c.committed > 0, taken.c.spent > 0),
        )
        .values(
            committed_cents=BudgetLine.committed_cents - taken.c.committed,
            spent_cents=BudgetLine.spent_cents - taken.c.spent,
        ),
        execution_options={"synchronize_session": False},
    )
