"""Rounds, lines, moves of money, and the funding of assets. Money is integer cents (euro)."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.budgets.rules import USUAL_RECEIPT_OVER_CENTS, Earmark, Model, MoveKind
from geoapp.db.base import Base, CreatedAt, Id, Number, closed_set


def array_of(kinds: type[StrEnum]) -> str:
    """The values of a closed set, as a CHECK on an array has them."""
    return f"ARRAY[{', '.join(repr(kind.value) for kind in kinds)}]::text[]"


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

    `committed_cents` can never pass `amount_cents`, nor `spent_cents` what is committed: they move
    only by conditional UPDATE. `earmark` are the payer's words, `earmarks` what they come to (none:
    for whatever). With `platform_id` it is for that platform alone. `lead_days` is how long before
    it is spent it must be asked, `ask_by` the last day to ask. `needs_design`: a drawn design is
    demanded before anything is granted.
    """

    __tablename__ = "budget_line"
    __table_args__ = (
        CheckConstraint(SLUG, name="slug"),
        CheckConstraint("amount_cents >= 0", name="amount_cents"),
        CheckConstraint("committed_cents BETWEEN 0 AND amount_cents", name="not_overspent"),
        CheckConstraint("spent_cents BETWEEN 0 AND committed_cents", name="spent_cents"),
        CheckConstraint(
            "spend_by IS NULL OR spend_from IS NULL OR spend_by >= spend_from", name="spend_by"
        ),
        CheckConstraint(f"earmarks <@ {array_of(Earmark)}", name="earmarks"),
        CheckConstraint("lead_days BETWEEN 0 AND 730", name="lead_days"),
        CheckConstraint("receipt_over_cents >= 0", name="receipt_over_cents"),
        Index(
            "ix_budget_line_platform_id",
            "platform_id",
            postgresql_where=text("platform_id IS NOT NULL"),
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
    spent_cents: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    earmark: Mapped[str | None] = mapped_column(Text)
    earmarks: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    platform_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("platform.id", ondelete="CASCADE")
    )
    asked_on: Mapped[date | None]
    approved_on: Mapped[date | None]
    spend_from: Mapped[date | None]
    spend_by: Mapped[date | None]
    ask_by: Mapped[date | None]
    lead_days: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    needs_design: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    receipt_over_cents: Mapped[int] = mapped_column(
        BigInteger,
        default=USUAL_RECEIPT_OVER_CENTS,
        server_default=str(USUAL_RECEIPT_OVER_CENTS),
    )
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class MoneyMove(Base):
    """Money of a line that was set aside, set free, spent, or went `to_line_id`; rows are only ever
    added, and together they are the line's balances.

    `about_id` is what it was for, known in the rooms above.
    """

    __tablename__ = "money_move"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount_cents"),
        CheckConstraint("(kind = 'transfer') = (to_line_id IS NOT NULL)", name="to_line_id"),
        CheckConstraint("to_line_id <> line_id", name="two_lines"),
        Index("ix_money_move_line_id", "line_id", "number"),
        Index("ix_money_move_to_line_id", "to_line_id"),
        Index(
            "ix_money_move_about_id",
            "about_id",
            "number",
            postgresql_where=text("about_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    number: Mapped[Number]
    line_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("budget_line.id", ondelete="CASCADE"))
    to_line_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("budget_line.id", ondelete="CASCADE")
    )
    about_id: Mapped[uuid.UUID | None]
    kind: Mapped[MoveKind] = mapped_column(closed_set(MoveKind, "kind"))
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    by_organisation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organisation.id"), index=True
    )
    moved_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=text("now()")
    )
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
