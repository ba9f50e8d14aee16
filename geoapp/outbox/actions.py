"""Posting a message with its cause, taking it for sending, and noting what came of it."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.db.base import new_id
from geoapp.outbox.rules import LEASE, Message, next_try
from geoapp.outbox.tables import OutboxMessage


def post_message(
    session: Session, *, kind: str, payload: Mapping[str, str], once_key: str, now: datetime
) -> bool:
    """Have a message sent once this transaction is committed; False where its cause has posted
    before.

    `payload` holds ids and words of ours: the database refuses an address in it or in `once_key`.
    Of many that post one cause at once, the others wait for the first one's transaction to end.
    """
    posted = session.execute(
        insert(OutboxMessage)
        .values(
            id=new_id(),
            kind=kind,
            payload=dict(payload),
            once_key=once_key,
            due_at=now,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["once_key"])
        .returning(OutboxMessage.id)
    ).first()
    return posted is not None


def withdraw_message(session: Session, *, once_key: str) -> None:
    """Take back what waits of this cause, for it has been done; what is in hand stays."""
    session.execute(
        delete(OutboxMessage).where(
            OutboxMessage.once_key == once_key, _waits(), OutboxMessage.leased_until.is_(None)
        )
    )


def take_due(session: Session, *, now: datetime, limit: int) -> list[Message]:
    """Lease the messages whose time has come, the longest due first, and count the attempt.

    Commit before sending: whoever takes next then passes them by until the lease ends. What
    another worker is taking at this moment is passed by as well, without waiting.
    """
    is_free = or_(OutboxMessage.leased_until.is_(None), OutboxMessage.leased_until <= now)
    due = session.scalars(
        select(OutboxMessage)
        .where(_waits(), OutboxMessage.due_at <= now, is_free)
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for row in due:
        row.leased_until = now + LEASE
        row.attempts += 1
    session.flush()
    return [
        Message(row.id, row.kind, dict(row.payload), row.attempts, row.created_at) for row in due
    ]


def hold_message(session: Session, *, message: Message) -> bool:
    """Lock a message for as long as this transaction lasts; False where it is no longer ours.

    A lease can run out while a slow server is being talked to; the lock cannot.
    """
    held = session.execute(
        select(OutboxMessage.id).where(_is_ours(message)).with_for_update(skip_locked=True)
    ).first()
    return held is not None


def mark_sent(session: Session, *, message: Message, now: datetime) -> None:
    """The message has left; it is not tried again."""
    session.execute(
        update(OutboxMessage)
        .where(_is_ours(message))
        .values(sent_at=now, leased_until=None, last_error=None)
    )


def mark_failed(session: Session, *, message: Message, error: Exception, now: datetime) -> bool:
    """The message has not left; False where it is given up, else it waits for its next try.

    Of the error its class is kept, and none of its words.
    """
    due_at = next_try(message, now=now)
    fate = {"given_up_at": now} if due_at is None else {"due_at": due_at}
    session.execute(
        update(OutboxMessage)
        .where(_is_ours(message))
        .values(leased_until=None, last_error=type(error).__name__, **fate)
    )
    return due_at is not None


def retry_given_up(session: Session, *, now: datetime) -> int:
    """Have every message that was given up tried anew; returns how many."""
    again = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.given_up_at.is_not(None))
        .values(given_up_at=None, due_at=now, attempts=0)
        .returning(OutboxMessage.id)
    )
    return len(again.all())


def sweep_sent(session: Session, *, before: datetime) -> int:
    """Take away what was sent before an instant; returns how many. Its causes are then forgotten:
    `before` lies further back than any cause comes again."""
    gone = session.execute(
        delete(OutboxMessage).where(OutboxMessage.sent_at < before).returning(OutboxMessage.id)
    )
    return len(gone.all())


def _waits() -> ColumnElement[bool]:
    return and_(OutboxMessage.sent_at.is_(None), OutboxMessage.given_up_at.is_(None))


def _is_ours(message: Message) -> ColumnElement[bool]:
    """Whoever takes a message counts an attempt: with another count it is somebody else's."""
    return and_(
        OutboxMessage.id == message.id, OutboxMessage.attempts == message.attempts, _waits()
    )
