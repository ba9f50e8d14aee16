"""Rounds, lines and the funding of assets. Money is integer cents (euro)."""

import uuid
from datetime import date

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.budgets.rules import Model
from geoapp.db.base import Base, CreatedAt, Id, closed_set

SLUG = "slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'"


class BudgetRound(Base):
    """A round of neighbourhood budget in a district, with its model."""

    __tablename__ = "budget_round"
    __table_args__ = (CheckConstraint(SLUG, name="slug"),)

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"), index=True)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    model: Mapped[Model] = mapped_column(closed_set(Model, "model"))
    year: Mapped[int] = mapped_column(SmallInteger)
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class BudgetLine(Base):
    """Money with an amount, an earmark and dates; outside money has no round.

    `committed_cents` can never pass `amount_cents`: it moves only by conditional UPDATE.
    """

    __tablename__ = "budget_line"
    __table_args__ = (
        CheckConstraint(SLUG, name="slug"),
        CheckConstraint("amount_cents >= 0", name="amount_cents"),
        CheckConstraint("committed_cents BETWEEN 0 AND amount_cents", name="not_overspent"),
        CheckConstraint(
            "spend_by IS NULL OR spend_from IS NULL OR spend_by >= spend_from", name="spend_by"
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"), index=True)
    round_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("budget_round.id"), index=True)
    payer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    committed_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    earmark: Mapped[str | None] = mapped_column(Text)
    approved_on: Mapped[date | None]
    spend_from: Mapped[date | None]
    spend_by: Mapped[date | None]
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class Funding(Base):
    """A line pays for an asset: an amount, or a share where the amount is not known."""

    __tablename__ = "funding"
    __table_args__ = (
        UniqueConstraint("asset_id", "line_id"),
        CheckConstraint("amount_cents > 0", name="amount_cents"),
        CheckConstraint("share > 0 AND share <= 1", name="share"),
        CheckConstraint("amount_cents IS NOT NULL OR share IS NOT NULL", name="says_something"),
    )

    id: Mapped[Id]
    asset_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"))
    line_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("budget_line.id"), index=True)
    amount_cents: Mapped[int | None] = mapped_column(BigInteger)
    share: Mapped[float | None] = mapped_column(Numeric(5, 4))
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]
