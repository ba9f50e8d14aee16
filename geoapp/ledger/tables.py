"""Keys that were used, counts of uses, and what each import changed."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db.base import Base, CreatedAt, Id, Number


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


class ImportBatch(Base):
    """A file that was imported and changed something: what it can be undone by.

    `columns` names the columns each table had: those that come later tell nothing of a row's past.
    """

    __tablename__ = "import_batch"

    id: Mapped[Id]
    number: Mapped[Number]
    file_name: Mapped[str] = mapped_column(Text)
    layout: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)
    new_count: Mapped[int]
    changed_count: Mapped[int]
    columns: Mapped[dict[str, list[str]]] = mapped_column(JSONB)
    imported_at: Mapped[CreatedAt]
    undone_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ImportChange(Base):
    """One row a batch made or changed, in order. A row that was made has no `before`.

    `row_key` and `before` hold values as the database writes them, so that they come back exactly;
    `fingerprint` tells whether anything has changed since in what the batch wrote: all of a row it
    made, and of another the columns of `before`.
    """

    __tablename__ = "import_change"

    batch_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("import_batch.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    table_name: Mapped[str] = mapped_column(Text)
    row_key: Mapped[dict[str, str]] = mapped_column(JSONB)
    before: Mapped[dict[str, str | None] | None] = mapped_column(JSONB(none_as_null=True))
    fingerprint: Mapped[str] = mapped_column(Text)
