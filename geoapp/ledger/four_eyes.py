"""Four eyes: what is done only when a second person says so.

Whoever asks for it describes it whole; whoever settles it is somebody else. Doing it, and the
audit of asking and settling, belong to the noun, in the same transaction.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Text, case, cast, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session

from geoapp.errors import Conflict, NotAllowed, NotFound
from geoapp.ledger.chain import Thing
from geoapp.ledger.rules import Verdict
from geoapp.ledger.tables import SecondLook


def ask_second(
    session: Session,
    *,
    thing: Thing,
    action: str,
    payload: Mapping[str, Any],
    by: uuid.UUID,
    now: datetime,
) -> SecondLook:
    """Ask for a second person; `payload` is all that is needed to do it then, as JSON has it.

    Raises:
        Conflict: the same action on this thing waits already, whoever asked.
    """
    asked: SecondLook | None = session.scalar(
        insert(SecondLook)
        .values(
            thing_kind=thing.kind,
            thing_id=thing.id,
            action=action,
            payload=dict(payload),
            asked_by=by,
            asked_at=now,
        )
        .on_conflict_do_nothing(
            index_elements=["thing_kind", "thing_id", "action"],
            index_where=SecondLook.verdict.is_(None),
        )
        .returning(SecondLook)
    )
    if asked is None:
        raise Conflict("This waits for a second person already: it must be settled first.")
    return asked


def settle_second(
    session: Session, *, look_id: uuid.UUID, by: uuid.UUID, verdict: Verdict, now: datetime
) -> SecondLook:
    """Say yes or no to what somebody else asked for. Of many at once exactly one succeeds.

    The others wait for its transaction; rolled back, the look is open again.

    Raises:
        NotFound: there is no such look.
        NotAllowed: it was asked for by the same person, from whatever session.
        Conflict: it was settled already.
    """
    settled: SecondLook | None = session.scalar(
        update(SecondLook)
        .where(SecondLook.id == look_id, SecondLook.verdict.is_(None), SecondLook.asked_by != by)
        .values(settled_by=by, settled_at=now, verdict=verdict)
        .returning(SecondLook),
        execution_options={"synchronize_session": False, "populate_existing": True},
    )
    if settled is not None:
        return settled
    asked_by = session.execute(
        select(SecondLook.asked_by).where(SecondLook.id == look_id)
    ).one_or_none()
    if asked_by is None:
        raise NotFound("Nothing waits for a second person under this address.")
    if asked_by[0] == by:
        raise NotAllowed("You asked for this yourself: somebody else must look at it.")
    raise Conflict("Somebody has settled this already.")


def list_open(session: Session, *, thing_kind: str, limit: int) -> list[SecondLook]:
    """What waits for a second person, the oldest first."""
    waiting = select(SecondLook).where(
        SecondLook.thing_kind == thing_kind, SecondLook.verdict.is_(None)
    )
    return list(session.scalars(waiting.order_by(SecondLook.asked_at, SecondLook.id).limit(limit)))


def forget_looks(session: Session, *, person_id: uuid.UUID) -> int:
    """Take a person out of every look; returns how many rows told of them.

    What they asked for and nobody has settled goes, and so does what names them and is open: it
    can no longer be done. Of what is settled the verdict stays, without its payload.
    """
    tells = or_(
        SecondLook.asked_by == person_id, cast(SecondLook.payload, Text).contains(str(person_id))
    )
    gone = session.execute(
        delete(SecondLook).where(SecondLook.verdict.is_(None), tells).returning(SecondLook.id),
        execution_options={"synchronize_session": False},
    )
    kept = session.execute(
        update(SecondLook)
        .where(or_(tells, SecondLook.settled_by == person_id))
        .values(
            asked_by=func.nullif(SecondLook.asked_by, person_id),
            settled_by=func.nullif(SecondLook.settled_by, person_id),
            payload=case((tells, literal({}, JSONB)), else_=SecondLook.payload),
        )
        .returning(SecondLook.id),
        execution_options={"synchronize_session": False},
    )
    return len(gone.all()) + len(kept.all())
