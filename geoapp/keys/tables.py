"""Keys, what they open, and each time one went from hand to hand."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db.base import Base, CreatedAt, Id, closed_set
from geoapp.keys.rules import Outcome


class AssetKey(Base):
    """A key. Who has it stands in its last handover that both confirmed; nothing of it is public.

    `alarm` is the cause of the last mail because nobody has it, `alarmed_on` the day that was
    noted; both are empty again once somebody does.
    """

    __tablename__ = "asset_key"
    __table_args__ = (
        CheckConstraint("char_length(label) BETWEEN 1 AND 40", name="label"),
        CheckConstraint("(alarm IS NULL) = (alarmed_on IS NULL)", name="alarm"),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"), index=True)
    label: Mapped[str] = mapped_column(Text)
    lost_on: Mapped[date | None]
    retired_on: Mapped[date | None]
    alarm: Mapped[str | None] = mapped_column(Text)
    alarmed_on: Mapped[date | None]
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class KeyAsset(Base):
    """What a key opens."""

    __tablename__ = "key_asset"

    key_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("asset_key.id", ondelete="CASCADE"), primary_key=True
    )
    asset_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("asset.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class KeyHandover(Base):
    """A key going from one hand into another: done once both have confirmed it.

    Only ever added: what is set stays, and who has left is emptied (a trigger of the migration).
    """

    __tablename__ = "key_handover"
    __table_args__ = (
        CheckConstraint("num_nonnulls(giver_person_id, giver_organisation_id) <= 1", name="giver"),
        CheckConstraint(
            "num_nonnulls(receiver_person_id, receiver_organisation_id) <= 1", name="receiver"
        ),
        CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="closed"),
        CheckConstraint(
            "(outcome IS NOT DISTINCT FROM 'done') = (num_nonnulls(given_at, received_at) = 2)",
            name="done",
        ),
        Index(
            "uq_key_handover_open",
            "key_id",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "ix_key_handover_done",
            "key_id",
            "closed_at",
            "id",
            postgresql_where=text("outcome = 'done'"),
        ),
    )

    id: Mapped[Id]
    key_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("asset_key.id", ondelete="CASCADE"), index=True
    )
    giver_person_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    giver_organisation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organisation.id", ondelete="SET NULL"), index=True
    )
    receiver_person_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    receiver_organisation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organisation.id", ondelete="SET NULL"), index=True
    )
    opened_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    given_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    received_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    outcome: Mapped[Outcome | None] = mapped_column(closed_set(Outcome, "outcome"))
