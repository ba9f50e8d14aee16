"""Keys that were used, counts of uses, what each import changed, the audit, second looks."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db.base import Base, CreatedAt, Id, Number, closed_set
from geoapp.ledger.chain import DIGEST_BYTES, SALT_BYTES, Part
from geoapp.ledger.rules import Verdict


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


class AuditChain(Base):
    """Where the chain of one thing ends; its row is the lock of all who write to it."""

    __tablename__ = "audit_chain"
    __table_args__ = (
        CheckConstraint("length > 0", name="length"),
        CheckConstraint(f"octet_length(head) = {DIGEST_BYTES}", name="head"),
    )

    thing_kind: Mapped[str] = mapped_column(Text, primary_key=True)
    thing_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    length: Mapped[int]
    head: Mapped[bytes] = mapped_column(LargeBinary)


class AuditEntry(Base):
    """One change, or one attempt that was refused; a trigger refuses to change or delete one.

    It says nothing of a person: that stands in its parts, of which it holds the digests.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        ForeignKeyConstraint(
            ["thing_kind", "thing_id"], ["audit_chain.thing_kind", "audit_chain.thing_id"]
        ),
        UniqueConstraint("thing_kind", "thing_id", "position"),
        CheckConstraint("position > 0", name="position"),
        CheckConstraint("action <> ''", name="action"),
        CheckConstraint(
            " AND ".join(
                f"octet_length({name}) = {DIGEST_BYTES}"
                for name in ("who_digest", "what_digest", "previous", "digest")
            ),
            name="digests",
        ),
    )

    id: Mapped[Id]
    thing_kind: Mapped[str] = mapped_column(Text)
    thing_id: Mapped[uuid.UUID]
    position: Mapped[int]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    action: Mapped[str] = mapped_column(Text)
    is_refused: Mapped[bool]
    who_digest: Mapped[bytes] = mapped_column(LargeBinary)
    what_digest: Mapped[bytes] = mapped_column(LargeBinary)
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)


class AuditPart(Base):
    """What can be erased of an entry, by deleting the row; a trigger refuses to change one.

    `person_id` is who did it, or whom it tells of; no foreign key, for persons are known above.
    """

    __tablename__ = "audit_part"
    __table_args__ = (
        CheckConstraint(f"octet_length(salt) = {SALT_BYTES}", name="salt"),
        Index(
            "ix_audit_part_person_id",
            "person_id",
            "entry_id",
            postgresql_where=text("person_id IS NOT NULL"),
        ),
    )

    entry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("audit_entry.id"), primary_key=True)
    part: Mapped[Part] = mapped_column(closed_set(Part, "part"), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    person_id: Mapped[uuid.UUID | None]
    content: Mapped[str] = mapped_column(Text)


class SecondLook(Base):
    """Something that is done only when a second person says so, and what that person said.

    An open one has its asker; a settled one may have lost either person, erased.
    """

    __tablename__ = "second_look"
    __table_args__ = (
        CheckConstraint("settled_by <> asked_by", name="second"),
        CheckConstraint("asked_by IS NOT NULL OR verdict IS NOT NULL", name="asked_by"),
        CheckConstraint("settled_by IS NULL OR verdict IS NOT NULL", name="settled_by"),
        CheckConstraint("(settled_at IS NULL) = (verdict IS NULL)", name="settled_at"),
        Index(
            "uq_second_look_open",
            "thing_kind",
            "thing_id",
            "action",
            unique=True,
            postgresql_where=text("verdict IS NULL"),
        ),
    )

    id: Mapped[Id]
    thing_kind: Mapped[str] = mapped_column(Text)
    thing_id: Mapped[uuid.UUID]
    action: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    asked_by: Mapped[uuid.UUID | None]
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    settled_by: Mapped[uuid.UUID | None]
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    verdict: Mapped[Verdict | None] = mapped_column(closed_set(Verdict, "verdict"))
