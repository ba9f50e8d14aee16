"""Changes to money: a line cannot be overspent, even by two people at once."""

import uuid

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from geoapp.budgets.tables import BudgetLine, BudgetRound, Funding
from geoapp.errors import Conflict


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
    taken = session.execute(
        update(BudgetLine)
        .where(
            BudgetLine.id == line_id,
            BudgetLine.committed_cents + amount_cents <= BudgetLine.amount_cents,
        )
        .values(committed_cents=BudgetLine.committed_cents + amount_cents)
        .returning(BudgetLine.id)
    ).first()
    if taken is None:
        raise Conflict("This budget line has less than that left: choose another line.")
    funding = Funding(
        asset_id=asset_id, line_id=line_id, amount_cents=amount_cents, is_example=is_example
    )
    session.add(funding)
    session.flush()
    return funding


def remove_example_money(session: Session) -> None:
    """Take away example funding, lines and rounds."""
    session.execute(delete(Funding).where(Funding.is_example))
    session.execute(delete(BudgetLine).where(BudgetLine.is_example))
    session.execute(delete(BudgetRound).where(BudgetRound.is_example))
