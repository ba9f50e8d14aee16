"""Asking for an exact answer, and what becomes of it."""

import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from geoapp.db.codes import make_code
from geoapp.errors import Conflict, TooMany
from geoapp.outbox.actions import post_message, withdraw_message
from geoapp.searches.queries import (
    SearchFacts,
    count_open,
    get_search,
    open_search_of,
    read_search,
)
from geoapp.searches.rules import (
    GIVEN_UP_AFTER,
    KEPT_FOR,
    MOST_OPEN,
    OPEN,
    Reason,
    SearchState,
)
from geoapp.searches.tables import Search

SOLVE = "solve_gap"
# A number of our own for the database's advisory locks: one asks at a time.
LOCK = 0x5EA2C4


def ask_search(
    session: Session,
    *,
    district_id: uuid.UUID,
    person_id: uuid.UUID,
    question: Mapping[str, str],
    now: datetime,
) -> SearchFacts:
    """Have the exact answer to a question looked for by the worker; `question` as in the address of
    the page that asks.

    Raises:
        Conflict: this person has one open.
        TooMany: the district has as many open as it may.
    """
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    if open_search_of(session, person_id=person_id) is not None:
        raise Conflict("You have asked for an exact answer already: wait for it, or stop it.")
    if count_open(session, district_id=district_id) >= MOST_OPEN:
        raise TooMany("Others have asked for exact answers: try again in a minute.", wait_s=60)
    row = Search(
        district_id=district_id,
        code=_free_code(session),
        person_id=person_id,
        question=dict(question),
        state=SearchState.WAITING,
        asked_at=now,
    )
    session.add(row)
    session.flush()
    payload = {"search_id": str(row.id)}
    post_message(session, kind=SOLVE, payload=payload, once_key=_once_key(row.id), now=now)
    return read_search(row)


def cancel_search(session: Session, *, code: str, now: datetime) -> SearchFacts:
    """Stop a search; whoever works on it sees that within a second.

    Raises:
        NotFound: there is none.
        Conflict: it has ended already.
    """
    search = get_search(session, code=code)
    if not _end(session, search.id, SearchState.CANCELLED, now=now):
        raise Conflict("This search has ended already.")
    withdraw_message(session, once_key=_once_key(search.id))
    return get_search(session, code=code)


def take_search(session: Session, *, search_id: uuid.UUID) -> SearchFacts | None:
    """Begin to work on a search, or begin anew where its worker died; None where it has ended."""
    row = session.scalar(
        update(Search)
        .where(Search.id == search_id, Search.state.in_(OPEN))
        .values(state=SearchState.WORKING, percent=0)
        .returning(Search)
        .execution_options(populate_existing=True)
    )
    return None if row is None else read_search(row)


def note_progress(session: Session, *, search_id: uuid.UUID, percent: int) -> bool:
    """How far it has come; False where it goes on no more, for it was stopped."""
    noted = session.execute(
        update(Search)
        .where(Search.id == search_id, Search.state == SearchState.WORKING)
        .values(percent=min(max(percent, 0), 99))
        .returning(Search.id)
    )
    return noted.first() is not None


def finish_search(
    session: Session, *, search_id: uuid.UUID, found: Mapping[str, Any], now: datetime
) -> bool:
    """What was found; False where it was stopped before."""
    return _end(session, search_id, SearchState.DONE, now=now, found=dict(found), percent=100)


def fail_search(session: Session, *, search_id: uuid.UUID, reason: Reason, now: datetime) -> bool:
    """Nothing was found, and why; False where it has ended already."""
    return _end(session, search_id, SearchState.FAILED, now=now, reason=reason.value)


def sweep_searches(session: Session, *, now: datetime) -> int:
    """Give up what nobody worked on for a day, and take away what was asked a month ago; returns
    how many went."""
    session.execute(
        update(Search)
        .where(Search.state.in_(OPEN), Search.asked_at < now - GIVEN_UP_AFTER)
        .values(state=SearchState.FAILED, ended_at=now, reason=Reason.LATE.value)
    )
    gone = session.execute(
        delete(Search).where(Search.asked_at < now - KEPT_FOR).returning(Search.id)
    )
    return len(gone.all())


def _end(
    session: Session, search_id: uuid.UUID, state: SearchState, *, now: datetime, **values: Any
) -> bool:
    ended = session.execute(
        update(Search)
        .where(Search.id == search_id, Search.state.in_(OPEN))
        .values(state=state, ended_at=now, **values)
        .returning(Search.id)
    )
    return ended.first() is not None


def _once_key(search_id: uuid.UUID) -> str:
    return f"{SOLVE}/{search_id}"


def _free_code(session: Session) -> str:
    random: Random = secrets.SystemRandom()
    code = make_code(random)
    while session.scalar(select(Search.id).where(Search.code == code)):
        code = make_code(random)
    return code
