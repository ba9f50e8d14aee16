"""Questions about money: who pays for what."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geoapp.budgets.rules import Model, split_shares
from geoapp.budgets.tables import BudgetLine, BudgetRound, Funding
from geoapp.people.queries import Party, to_party
from geoapp.people.tables import Organisation


@dataclass(frozen=True)
class Line:
    """A budget line in public."""

    slug: str
    name: str
    payer: Party
    round_name: str | None
    round_model: Model | None
    amount_cents: int
    committed_cents: int
    earmark: str | None
    spend_by: date | None
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
        select(Funding, BudgetLine, Organisation, BudgetRound)
        .join(BudgetLine, BudgetLine.id == Funding.line_id)
        .join(Organisation, Organisation.id == BudgetLine.payer_id)
        .outerjoin(BudgetRound, BudgetRound.id == BudgetLine.round_id)
        .where(Funding.asset_id.in_(asset_ids))
        .order_by(func.coalesce(Funding.amount_cents, 0).desc(), BudgetLine.slug)
    )
    found: dict[uuid.UUID, list[tuple[Funding, Line]]] = {}
    for funding, line, payer, budget_round in rows:
        found.setdefault(funding.asset_id, []).append(
            (funding, _to_line(line, payer, budget_round))
        )
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


def _to_line(line: BudgetLine, payer: Organisation, budget_round: BudgetRound | None) -> Line:
    return Line(
        slug=line.slug,
        name=line.name,
        payer=to_party(payer),
        round_name=budget_round.name if budget_round else None,
        round_model=budget_round.model if budget_round else None,
        amount_cents=line.amount_cents,
        committed_cents=line.committed_cents,
        earmark=line.earmark,
        spend_by=line.spend_by,
        is_example=line.is_example,
    )
