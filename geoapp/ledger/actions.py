"""Using a key once, and counting a use against its limit; exact however many ask at once."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.errors import Conflict, TooMany
from geoapp.ledger.rules import KEEP_COUNTS, Limit
from geoapp.ledger.tables import IdempotencyKey, LimitCount


def claim_key(session: Session, *, purpose: str, key: str, fingerprint: str) -> str | None:
    """Take a key for this transaction; None means: it is yours, go on.

    Of many that ask at once the first gets None; the others wait for its transaction to end and
    then get what came of it. Rolled back, the key is free again.

    Raises:
        Conflict: the key was used for something else.
    """
    mine = session.execute(
        insert(IdempotencyKey)
        .values(purpose=purpose, key=key, fingerprint=fingerprint)
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    ).first()
    if mine is not None:
        return None
    used = session.execute(
        select(IdempotencyKey.fingerprint, IdempotencyKey.outcome).where(
            IdempotencyKey.purpose == purpose, IdempotencyKey.key == key
        )
    ).one()
    if used.fingerprint != fingerprint or used.outcome is None:
        raise Conflict(
            "This was sent before with other content. Send it as something new.",
            field="key",
            outcome=used.outcome,
        )
    outcome: str = used.outcome
    return outcome


def settle_key(session: Session, *, purpose: str, key: str, outcome: str) -> None:
    """Note what came of a key's use, in the transaction that claimed it."""
    session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.purpose == purpose, IdempotencyKey.key == key)
        .values(outcome=outcome)
    )


def count_use(session: Session, *, limit: Limit, subject: str, now: datetime) -> int:
    """Count one use; what rolls back is not counted. Returns how many there are now.

    Raises:
        TooMany: the subject has had its uses of this window.
    """
    used = try_count_use(session, limit=limit, subject=subject, now=now)
    if used is None:
        raise make_pause(limit, now=now)
    return used


def sweep_keys(session: Session, *, before: datetime) -> int:
    """Take away keys used before this: nobody sends the same thing again so late. How many."""
    gone = session.execute(
        delete(IdempotencyKey)
        .where(IdempotencyKey.created_at < before)
        .returning(IdempotencyKey.key)
    )
    return len(gone.all())


def make_pause(limit: Limit, *, now: datetime) -> TooMany:
    """What is said over any limit: until its window is over."""
    return TooMany(
        "So many came from here that we must pause. Try again later, or call.",
        wait_s=limit.seconds_left(now),
    )


def check_left(session: Session, *, limit: Limit, subject: str, now: datetime) -> None:
    """Before costly work; counts nothing.

    Raises:
        TooMany: the subject has had its uses of this window.
    """
    used = session.scalar(
        select(LimitCount.used).where(
            LimitCount.name == limit.name,
            LimitCount.subject == subject,
            LimitCount.window_start == limit.window_start(now),
        )
    )
    if used is not None and used >= limit.most:
        raise make_pause(limit, now=now)


def try_count_use(session: Session, *, limit: Limit, subject: str, now: datetime) -> int | None:
    """As `count_use`; None where the subject has had its uses of this window."""
    counted = session.execute(
        insert(LimitCount)
        .values(name=limit.name, subject=subject, window_start=limit.window_start(now), used=1)
        .on_conflict_do_update(
            index_elements=["name", "subject", "window_start"],
            set_={"used": LimitCount.used + 1},
            where=LimitCount.used < limit.most,
        )
        .returning(LimitCount.used)
    ).first()
    if counted is None:
        return None
    if counted.used == 1:
        session.execute(delete(LimitCount).where(LimitCount.window_start < now - KEEP_COUNTS))
    used: int = counted.used
    return used
