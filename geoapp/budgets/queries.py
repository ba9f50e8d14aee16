"""Questions about money: who pays for what, what is left of a line, and how its money moved."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from geoapp.budgets.rules import Earmark, Model, MoveKind, Terms, split_shares
from geoapp.budgets.tables import BudgetLine, BudgetRound, Funding, MoneyMove
from geoapp.db import spatial
from geoapp.errors import NotFound
from geoapp.people.queries import Party, to_party
from geoapp.people.tables import Organisation
from geoapp.platforms.tables import Platform

MOST_LINES = 200


@dataclass(frozen=True)
class Line:
    """A budget line in public. The ids serve other rooms' questions and are never published."""

    id: uuid.UUID
    district_id: uuid.UUID
    payer_id: uuid.UUID
    platform_id: uuid.UUID | None
    slug: str
    name: str
    payer: Party
    platform: str | None
    round_name: str | None
    round_model: Model | None
    amount_cents: int
    committed_cents: int
    spent_cents: int
    earmark: str | None
    earmarks: frozenset[Earmark]
    asked_on: date | None
    approved_on: date | None
    spend_from: date | None
    spend_by: date | None
    ask_by: date | None
    lead_days: int
    needs_design: bool
    receipt_over_cents: int
    is_example: bool

    @property
    def left_cents(self) -> int:
        """What nothing is set aside for."""
        return self.amount_cents - self.committed_cents

    @property
    def terms(self) -> Terms:
        """On which terms it pays."""
        return Terms(
            left_cents=self.left_cents,
            earmarks=self.earmarks,
            model=self.round_model,
            platform_id=self.platform_id,
            spend_from=self.spend_from,
            spend_by=self.spend_by,
            ask_by=self.ask_by,
            lead_days=self.lead_days,
            needs_design=self.needs_design,
        )


@dataclass(frozen=True)
class Round:
    """A round of a district, in public."""

    id: uuid.UUID
    slug: str
    name: str
    model: Model
    year: int
    is_example: bool


@dataclass(frozen=True)
class Balance:
    """Where the money of a line is."""

    amount_cents: int
    committed_cents: int
    spent_cents: int


@dataclass(frozen=True)
class Move:
    """How money moved: `line` is where from, `to_line` where it went, of a transfer alone; `by` is
    the organisation that moved it, where one is known."""

    kind: MoveKind
    amount_cents: int
    line: str
    to_line: str | None
    about_id: uuid.UUID | None
    by: str
    moved_at: datetime
    is_example: bool


@dataclass(frozen=True)
class FundingFacts:
    """One line's part in paying for an asset; `share` (0 to 1) None where it is not known."""

    line: Line
    amount_cents: int | None
    share: float | None
    is_example: bool


def funding_of(
    session: Session, *, asset_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[FundingFacts]]:
    """Who pays for these assets, largest part first; an asset nobody pays for is not in it."""
    rows = session.execute(
        _lines()
        .add_columns(Funding)
        .join(Funding, Funding.line_id == BudgetLine.id)
        .where(Funding.asset_id.in_(asset_ids))
        .order_by(func.coalesce(Funding.amount_cents, 0).desc(), BudgetLine.slug)
    )
    found: dict[uuid.UUID, list[tuple[Funding, Line]]] = {}
    for row in rows:
        found.setdefault(row.Funding.asset_id, []).append((row.Funding, _to_line(row)))
    return {asset_id: _with_shares(parts) for asset_id, parts in found.items()}


def _with_shares(parts: list[tuple[Funding, Line]]) -> list[FundingFacts]:
    computed = split_shares([funding.amount_cents for funding, _ in parts])
    return [
        FundingFacts(
            line=line,
            amount_cents=funding.amount_cents,
            share=float(funding.share) if funding.share is not None else share,
            is_example=funding.is_example,
        )
        for (funding, line), share in zip(parts, computed, strict=True)
    ]


# -- Lines and rounds --------------------------------------------------------------------------


def get_line(session: Session, *, slug: str) -> Line:
    """The line of this slug.

    Raises:
        NotFound: there is none.
    """
    row = session.execute(_lines().where(BudgetLine.slug == slug)).first()
    if row is None:
        raise NotFound("There is no money called {slug}.", slug=slug)
    return _to_line(row)


def lines_of(session: Session, *, line_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Line]:
    """These lines, by id."""
    if not line_ids:
        return {}
    rows = session.execute(_lines().where(BudgetLine.id.in_(line_ids)))
    return {row.BudgetLine.id: _to_line(row) for row in rows}


def list_lines(
    session: Session, *, district_id: uuid.UUID, platform_id: uuid.UUID | None = None
) -> list[Line]:
    """Money of a district that is for all, and with `platform_id` that of that platform; what is
    longest to be spent first. At most 200."""
    is_theirs: ColumnElement[bool] = BudgetLine.platform_id.is_(None)
    if platform_id is not None:
        is_theirs = or_(is_theirs, BudgetLine.platform_id == platform_id)
    return _list_lines(session, BudgetLine.district_id == district_id, is_theirs)


def list_all_lines(session: Session, *, district_id: uuid.UUID) -> list[Line]:
    """Every line of a district, for whomever it is; at most 200."""
    return _list_lines(session, BudgetLine.district_id == district_id)


def list_own_lines(session: Session, *, platform_id: uuid.UUID) -> list[Line]:
    """Money that is for one platform alone; at most 200."""
    return _list_lines(session, BudgetLine.platform_id == platform_id)


def list_rounds(session: Session, *, district_id: uuid.UUID) -> list[Round]:
    """The rounds of a district, the newest first; at most 200."""
    rows = session.scalars(
        select(BudgetRound)
        .where(BudgetRound.district_id == district_id)
        .order_by(BudgetRound.year.desc(), BudgetRound.slug)
        .limit(MOST_LINES)
    )
    return [Round(one.id, one.slug, one.name, one.model, one.year, one.is_example) for one in rows]


def balance(session: Session, *, line_id: uuid.UUID) -> Balance:
    """Where the money of a line is now."""
    row = session.execute(
        select(BudgetLine.amount_cents, BudgetLine.committed_cents, BudgetLine.spent_cents).where(
            BudgetLine.id == line_id
        )
    ).one()
    return Balance(*row)


def sum_moves(session: Session, *, about_id: uuid.UUID) -> dict[MoveKind, int]:
    """How much was set aside, set free and spent for something, in all; cents."""
    rows = session.execute(
        select(MoneyMove.kind, func.sum(MoneyMove.amount_cents))
        .where(MoneyMove.about_id == about_id)
        .group_by(MoneyMove.kind)
    )
    return {**dict.fromkeys(MoveKind, 0), **{kind: int(total) for kind, total in rows}}


def list_moves(
    session: Session,
    *,
    line_id: uuid.UUID | None = None,
    about_id: uuid.UUID | None = None,
    limit: int = MOST_LINES,
) -> list[Move]:
    """How money moved, of a line or for something, the latest first."""
    here, there = aliased(BudgetLine), aliased(BudgetLine)
    moves = (
        select(MoneyMove, here.name, there.name, Organisation.name)
        .join(here, here.id == MoneyMove.line_id)
        .outerjoin(there, there.id == MoneyMove.to_line_id)
        .outerjoin(Organisation, Organisation.id == MoneyMove.by_organisation_id)
        .order_by(MoneyMove.number.desc())
        .limit(limit)
    )
    if line_id is not None:
        moves = moves.where(or_(MoneyMove.line_id == line_id, MoneyMove.to_line_id == line_id))
    if about_id is not None:
        moves = moves.where(MoneyMove.about_id == about_id)
    return [
        Move(
            kind=move.kind,
            amount_cents=move.amount_cents,
            line=line,
            to_line=to_line,
            about_id=move.about_id,
            by=by or "",
            moved_at=move.moved_at,
            is_example=move.is_example,
        )
        for move, line, to_line, by in session.execute(moves)
    ]


def _list_lines(session: Session, *where: ColumnElement[bool]) -> list[Line]:
    rows = session.execute(
        _lines()
        .where(*where)
        .order_by(BudgetLine.spend_by.desc().nulls_last(), BudgetLine.slug)
        .limit(MOST_LINES)
    )
    return [_to_line(row) for row in rows]


def _lines() -> spatial.Rows:
    return (
        select(BudgetLine, Organisation, BudgetRound, Platform.name.label("platform"))
        .join(Organisation, Organisation.id == BudgetLine.payer_id)
        .outerjoin(BudgetRound, BudgetRound.id == BudgetLine.round_id)
        .outerjoin(Platform, Platform.id == BudgetLine.platform_id)
    )


def _to_line(row: Any) -> Line:
    line, budget_round = row.BudgetLine, row.BudgetRound
    return Line(
        id=line.id,
        district_id=line.district_id,
        payer_id=line.payer_id,
        platform_id=line.platform_id,
        slug=line.slug,
        name=line.name,
        payer=to_party(row.Organisation),
        platform=row.platform,
        round_name=budget_round.name if budget_round else None,
        round_model=budget_round.model if budget_round else None,
        amount_cents=line.amount_cents,
        committed_cents=line.committed_cents,
        spent_cents=line.spent_cents,
        earmark=line.earmark,
        earmarks=frozenset(Earmark(one) for one in line.earmarks),
        asked_on=line.asked_on,
        approved_on=line.approved_on,
        spend_from=line.spend_from,
        spend_by=line.spend_by,
        ask_by=line.ask_by,
        lead_days=line.lead_days,
        needs_design=line.needs_design,
        receipt_over_cents=line.receipt_over_cents,
        is_example=line.is_example,
    )
