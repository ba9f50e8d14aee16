"""Messages that wait to leave, and those that have left."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db.base import Base, CreatedAt, Id

_WAITS = "sent_at IS NULL AND given_up_at IS NULL"


class OutboxMessage(Base):
    """One message of one cause, written in the cause's transaction.

    `payload` names rows by their ids: nobody's address stands in it, so erasing a person need not
    look here. `once_key` names the cause. `leased_until` is set while a worker has it in hand;
    `last_error` is the class of what went wrong, for an error's words may hold an address.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        CheckConstraint("kind ~ '^[a-z]+(_[a-z]+)*$'", name="kind"),
        CheckConstraint(
            "jsonb_typeof(payload) = 'object' AND octet_length(payload::text) <= 2000 "
            "AND position('@' in payload::text) = 0",
            name="payload",
        ),
        CheckConstraint(
            "length(once_key) BETWEEN 1 AND 200 AND position('@' in once_key) = 0", name="once_key"
        ),
        CheckConstraint("attempts >= 0", name="attempts"),
        CheckConstraint("last_error ~ '^[A-Za-z_][A-Za-z0-9_]*$'", name="last_error"),
        CheckConstraint("num_nonnulls(leased_until, sent_at, given_up_at) <= 1", name="one_fate"),
        Index("ix_outbox_message_waiting", "due_at", "id", postgresql_where=text(_WAITS)),
        Index("ix_outbox_message_sent", "sent_at", postgresql_where=text("sent_at IS NOT NULL")),
        Index(
            "ix_outbox_message_given_up",
            "given_up_at",
            postgresql_where=text("given_up_at IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, str]] = mapped_column(JSONB)
    once_key: Mapped[str] = mapped_column(Text, unique=True)
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    leased_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    given_up_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[CreatedAt]
