"""Agreements, their parties, what they cover, and their scans under lock."""

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.agreements.rules import REMIND_DAYS, ScanKind
from geoapp.db.base import Base, CreatedAt, Id, closed_set


class Agreement(Base):
    """A use agreement: one paper for many assets.

    `valid_to` is its last day, and `ended_on` the same where it was ended early.
    `reminded_for` is the `valid_to` its parties have had a word of.
    """

    __tablename__ = "agreement"
    __table_args__ = (
        CheckConstraint(
            "valid_to IS NULL OR signed_on IS NULL OR valid_to > signed_on", name="valid"
        ),
        CheckConstraint("valid_to > starts_on", name="starts_on"),
        CheckConstraint("(ended_on IS NULL) = (end_reason = '')", name="ended"),
        CheckConstraint("remind_days BETWEEN 1 AND 365", name="remind_days"),
        CheckConstraint("version > 0", name="version"),
        Index("ix_agreement_district_id_valid_to", "district_id", "valid_to"),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    slug: Mapped[str] = mapped_column(Text, unique=True)
    title: Mapped[str] = mapped_column(Text)
    signed_on: Mapped[date | None]
    starts_on: Mapped[date | None]
    valid_to: Mapped[date | None]
    remind_days: Mapped[int] = mapped_column(
        SmallInteger, default=REMIND_DAYS, server_default=str(REMIND_DAYS)
    )
    reminded_for: Mapped[date | None]
    ended_on: Mapped[date | None]
    end_reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    # Grows with each change of its days and title: whoever changes them names the one they read.
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class AgreementParty(Base):
    """What one party of an agreement undertakes."""

    __tablename__ = "agreement_party"

    agreement_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("agreement.id", ondelete="CASCADE"), primary_key=True
    )
    organisation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organisation.id"), primary_key=True, index=True
    )
    undertakes: Mapped[str] = mapped_column(Text)


class AgreementAsset(Base):
    """An asset that an agreement covers."""

    __tablename__ = "agreement_asset"

    agreement_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("agreement.id", ondelete="CASCADE"), primary_key=True
    )
    asset_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("asset.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class AgreementScan(Base):
    """The signed paper, sealed with the service's secret (see `sealing`); never public.

    A table of its own, so that no page that reads an agreement carries it. It is in the database's
    backup; without the secret nobody reads it there either.
    """

    __tablename__ = "agreement_scan"
    __table_args__ = (CheckConstraint("byte_count > 0", name="byte_count"),)

    agreement_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("agreement.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[ScanKind] = mapped_column(closed_set(ScanKind, "kind"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    byte_count: Mapped[int]
    added_on: Mapped[date]
    created_at: Mapped[CreatedAt]
