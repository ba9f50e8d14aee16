"""Questions about messages."""

from sqlalchemy.orm import Session

from geoapp.db.spatial import count_rows
from geoapp.outbox.tables import OutboxMessage


def count_waiting(session: Session) -> int:
    """How many messages wait to be sent (10,001 stands for more than 10,000)."""
    waits = (OutboxMessage.sent_at.is_(None), OutboxMessage.given_up_at.is_(None))
    waiting: int = session.scalars(count_rows(OutboxMessage, *waits)).one()
    return waiting


def count_given_up(session: Session) -> int:
    """How many messages were given up, counted in the same way."""
    is_given_up = OutboxMessage.given_up_at.is_not(None)
    given_up: int = session.scalars(count_rows(OutboxMessage, is_given_up)).one()
    return given_up
