"""Keys that were used, and counts of uses."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, Text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db.base import Base, CreatedAt


class IdempotencyKey(Base):
    """A key a sender chose, what it was used for, and what came of it.

    Written in the transaction of its cause: where the cause is stored, so is the key.
    """

    __tablename__ = "idempotency_key"

    purpose: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[CreatedAt]


class LimitCount(Base):
    """How often a subject did something in one window. A subject is a digest, never an address."""

    __tablename__ = "limit_count"
    __table_args__ = (CheckConstraint("used > 0", name="used"),)

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    window_start: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    used: Mapped[int]
