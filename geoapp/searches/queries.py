"""Questions about searches."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from geoapp.errors import NotFound
from geoapp.searches.rules import OPEN, Reason, SearchState
from geoapp.searches.tables import Search


@dataclass(frozen=True)
class SearchFacts:
    """A search as its page tells of it. `found` is what `geoapp.searches.solving` says it is, None
    until it is done; `reason` why it failed."""

    id: uuid.UUID
    code: str
    district_id: uuid.UUID
    person_id: uuid.UUID | None
    question: Mapping[str, str]
    state: SearchState
    percent: int
    found: Mapping[str, Any] | None
    reason: Reason | None
    asked_at: datetime
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        """True until it has ended."""
        return self.state in OPEN


def get_search(session: Session, *, code: str) -> SearchFacts:
    """The search of this code.

    Raises:
        NotFound: there is none, or it is no longer kept.
    """
    row = session.scalar(_searches().where(Search.code == code))
    if row is None:
        raise NotFound("This search is not there any more: ask again.")
    return read_search(row)


def open_search_of(session: Session, *, person_id: uuid.UUID) -> SearchFacts | None:
    """The one search that somebody has open."""
    mine = _searches().where(Search.person_id == person_id, Search.state.in_(OPEN))
    row = session.scalar(mine)
    return None if row is None else read_search(row)


def count_open(session: Session, *, district_id: uuid.UUID) -> int:
    """How many searches of a district have not ended."""
    mine = select(func.count()).where(Search.district_id == district_id, Search.state.in_(OPEN))
    return session.scalars(mine).one()


def read_search(row: Search) -> SearchFacts:
    """A row as facts."""
    return SearchFacts(
        id=row.id,
        code=row.code,
        district_id=row.district_id,
        person_id=row.person_id,
        question=dict(row.question),
        state=row.state,
        percent=row.percent,
        found=row.found,
        reason=Reason(row.reason) if row.reason else None,
        asked_at=row.asked_at,
        ended_at=row.ended_at,
    )


def _searches() -> Select[Search]:
    return select(Search).execution_options(populate_existing=True)
