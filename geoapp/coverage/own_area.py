"""Questions about one platform's own area: how much was called done and is not, what people say is
missing. However many reports there are, a bounded number of them is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, literal, literal_column, select
from sqlalchemy.orm import Session, aliased

from geoapp.db import spatial
from geoapp.defects.queries import DefectFacts, in_states, list_defects
from geoapp.defects.rules import DENIED, UNDER_WAY, Says
from geoapp.defects.tables import Defect, DefectVoice

Where = Sequence[ColumnElement[bool]]
# Of very many the latest are looked at.
MOST_MISSED = 500


@dataclass(frozen=True)
class Missed:
    """What people say is not there, and how many say so: whoever reported it, whoever's report was
    laid with it, and neighbours who said so from a place of their own."""

    defect: DefectFacts
    people: int


def count_denied(session: Session, *, where: Where) -> int:
    """How many files were called done while people say no; 10,001 stands for more than 10,000."""
    said_done = Defect.handlings > literal_column("0")
    some = select(literal(1)).select_from(Defect).where(said_done, in_states(DENIED), *where)
    counted = select(func.count()).select_from(some.limit(spatial.MOST_COUNTED + 1).subquery())
    return int(session.scalar(counted) or 0)


def list_missed(session: Session, *, where: Where, today: date, limit: int) -> list[Missed]:
    """What is said to be missing and is under way, said by most people first."""
    latest = (
        select(Defect.id)
        .where(
            Defect.category == literal_column("'missing'"),
            Defect.file == literal_column("'public'"),
            in_states(UNDER_WAY),
            *where,
        )
        .order_by(Defect.reported_at.desc())
        .limit(MOST_MISSED)
        .subquery()
    )
    other = aliased(Defect)
    reports = select(func.count()).where(other.merged_into_id == latest.c.id).scalar_subquery()
    neighbours = (
        select(func.count(DefectVoice.sender.distinct()))
        .where(DefectVoice.defect_id == latest.c.id, DefectVoice.says == Says.STILL_BROKEN)
        .scalar_subquery()
    )
    people = (reports + neighbours + 1).label("people")
    counted = select(latest.c.id, people).order_by(people.desc(), latest.c.id.desc()).limit(limit)
    said = {row.id: int(row.people) for row in session.execute(counted)}
    if not said:
        return []
    found = list_defects(session, today=today, where=[Defect.id.in_(said)], limit=limit)
    facts = {defect.id: defect for defect in found}
    return [Missed(facts[one], count) for one, count in said.items()]
