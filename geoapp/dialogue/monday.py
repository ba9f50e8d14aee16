"""The Monday list: what waits for one organisation, what presses most first; and who of it gets
the list by mail."""

import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    ScalarSelect,
    and_,
    cast,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from geoapp.db.spatial import MOST_COUNTED
from geoapp.defects.queries import (
    MOVERS,
    DefectFacts,
    Waiting,
    count_waiting,
    is_any_waiting,
    list_waiting,
)
from geoapp.defects.rules import Party, State
from geoapp.defects.tables import Defect
from geoapp.dialogue.rules import latest_monday
from geoapp.districts.tables import District
from geoapp.outbox.actions import post_message
from geoapp.people.rules import FIRST_RUNG, TOP_RUNG
from geoapp.people.tables import (
    Address,
    Contact,
    Organisation,
    OrganisationDays,
    Person,
    Rung,
)

LIST = "monday"
RUNGS = range(FIRST_RUNG, TOP_RUNG + 1)
# So long after Monday a list is still worth reading.
MADE_UP_FOR = timedelta(days=2)


@dataclass(frozen=True)
class Owner:
    """An organisation that has the move on reports, and the days it has, to answer by the rung a
    report stands on; `id` never leaves."""

    id: uuid.UUID
    slug: str
    name: str
    is_volunteer: bool
    is_example: bool
    district: str
    time_zone: str
    acceptance_days: int
    answer_days: Sequence[int]


@dataclass(frozen=True)
class Counts:
    """How much waits, how much of it was called done and is not good, is promised by a day of this
    week, or is late; 10,001 stands for more than 10,000."""

    waiting: int
    denied: int
    promised: int
    late: int


@dataclass(frozen=True)
class MondayList:
    """What waits for an organisation in the week of `monday`; `defects` are the most pressing."""

    owner: Owner
    monday: date
    counts: Counts
    defects: list[DefectFacts]

    @property
    def left(self) -> int:
        """How many more there are than are shown."""
        return max(0, self.counts.waiting - len(self.defects))


def list_owners(session: Session, *, organisation_ids: Collection[uuid.UUID]) -> list[Owner]:
    """These organisations, by name."""
    answer_days = func.coalesce(OrganisationDays.answer_days, District.answer_days)
    rows = session.execute(
        select(
            Organisation.id,
            Organisation.slug,
            Organisation.name,
            Organisation.is_volunteer,
            Organisation.is_example,
            District.slug,
            District.time_zone,
            func.coalesce(OrganisationDays.acceptance_days, District.acceptance_days),
            cast(
                array([func.coalesce(_days_on(rung), answer_days) for rung in RUNGS]),
                ARRAY(Integer),
            ),
        )
        .join(District, District.id == Organisation.district_id)
        .outerjoin(OrganisationDays, OrganisationDays.organisation_id == Organisation.id)
        .where(Organisation.id.in_(organisation_ids))
        .order_by(Organisation.name, Organisation.slug)
    )
    return [Owner(*row) for row in rows]


def _days_on(rung: int) -> ScalarSelect[int | None]:
    mine = (Rung.organisation_id == Organisation.id, Rung.number == rung)
    return select(Rung.days).where(*mine).scalar_subquery()


def read_list(session: Session, *, owner: Owner, today: date, limit: int) -> MondayList:
    """What waits: called done and not good first, from the highest rung; then late promises and
    late answers; then the rest, the longest waiting first."""
    monday = today - timedelta(days=today.weekday())
    found: list[DefectFacts] = []
    for parts in _list_sections(owner, today):
        left = limit - len(found)
        if left <= 0:
            break
        section = [
            defect
            for waiting in parts
            for defect in list_waiting(session, waiting=waiting, today=today, limit=left)
        ]
        found += sorted(section, key=partial(_order, today=today))[:left]
    return MondayList(owner, monday, _count(session, owner, today, monday), found)


def _order(defect: DefectFacts, *, today: date) -> tuple[bool, date, uuid.UUID]:
    is_late_promise = defect.promised_on is not None and defect.promised_on < today
    return (not is_late_promise, defect.ended_on, defect.id)


# What was called done by an organisation, and people say no to.
_IS_DENIED = and_(
    Defect.state == literal_column(f"'{State.DISPUTED.value}'"),
    Defect.handlings > literal_column("0"),
)


def _list_sections(owner: Owner, today: date) -> Iterator[list[Waiting]]:
    """What the list is made of, in its order; each part is read by an index."""
    for rung in reversed(RUNGS):
        yield [_wait(owner, Party.ADDRESSEE, _IS_DENIED, Defect.rung == rung)]
    others = not_(_IS_DENIED)
    if owner.is_volunteer:
        # They have no clock.
        yield [_wait(owner, Party.ADDRESSEE, others), _wait(owner, Party.RECEIVER)]
        return
    yield _list_late(owner, today, others)
    is_in_time = and_(Defect.promised_on.is_(None), not_(_is_over(owner, today)))
    yield [
        _wait(owner, Party.ADDRESSEE, others, Defect.promised_on >= today),
        _wait(owner, Party.ADDRESSEE, others, is_in_time),
        _wait(owner, Party.RECEIVER, Defect.turn_since >= _accepts_from(owner, today)),
    ]


def _list_late(owner: Owner, today: date, *where: ColumnElement[bool]) -> list[Waiting]:
    """Late promises, late answers, and what was passed on to it and not taken."""
    is_late = and_(Defect.promised_on.is_(None), _is_over(owner, today))
    return [
        _wait(owner, Party.ADDRESSEE, Defect.promised_on < today, *where),
        _wait(owner, Party.ADDRESSEE, is_late, *where),
        _wait(owner, Party.RECEIVER, Defect.turn_since < _accepts_from(owner, today)),
    ]


def _is_over(owner: Owner, today: date) -> ColumnElement[bool]:
    """True where the days to answer in, on the rung it stands on, are over."""
    since = [today - timedelta(days=days) for days in owner.answer_days]
    shortest = Defect.turn_since < max(since)
    if len(set(since)) == 1:
        return shortest
    of_rungs = zip(RUNGS, since, strict=True)
    # The first by its index.
    return and_(
        shortest,
        or_(*(and_(Defect.rung == rung, Defect.turn_since < day) for rung, day in of_rungs)),
    )


def _accepts_from(owner: Owner, today: date) -> date:
    """What was passed on to it on this day or later is in time."""
    return today - timedelta(days=owner.acceptance_days)


def _wait(owner: Owner, party: Party, *where: ColumnElement[bool]) -> Waiting:
    return Waiting(party, [owner.id], where)


def _count(session: Session, owner: Owner, today: date, monday: date) -> Counts:
    def count(parts: list[Waiting]) -> int:
        number = sum(count_waiting(session, waiting=one) for one in parts)
        return min(number, MOST_COUNTED + 1)

    is_this_week = Defect.promised_on.between(monday, monday + timedelta(days=6))
    return Counts(
        waiting=count([_wait(owner, Party.ADDRESSEE), _wait(owner, Party.RECEIVER)]),
        denied=count([_wait(owner, Party.ADDRESSEE, _IS_DENIED)]),
        promised=count([_wait(owner, Party.ADDRESSEE, is_this_week)]),
        late=0 if owner.is_volunteer else count(_list_late(owner, today)),
    )


# -- By mail -------------------------------------------------------------------------------------


def post_lists(session: Session, *, now: datetime) -> int:
    """On Monday, from six by the clocks of a district: a mail to each person who answers for an
    organisation there that something waits for, once that week; how many. Volunteers get none.

    Where no worker ran on Monday it goes out on Tuesday or Wednesday.
    """
    posted = 0
    for district in session.scalars(select(District).order_by(District.slug)).all():
        zone = ZoneInfo(district.time_zone)
        monday = latest_monday(now, zone=zone).date()
        if now.astimezone(zone).date() - monday > MADE_UP_FOR:
            continue
        for organisation_id, person_id in _list_readers(session, district_id=district.id):
            posted += post_message(
                session,
                kind=LIST,
                payload={"organisation_id": str(organisation_id), "person_id": str(person_id)},
                once_key=f"{LIST}:{organisation_id}:{person_id}:{monday}",
                now=now,
            )
    return posted


def _list_readers(session: Session, *, district_id: uuid.UUID) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Every organisation that something waits for, with each who answers for it."""
    rows = session.execute(
        select(Organisation.id, Person.id)
        .join(Contact, Contact.organisation_id == Organisation.id)
        .join(Person, or_(Person.id == Contact.person_id, Person.id == Contact.deputy_id))
        .where(
            Organisation.district_id == district_id,
            Organisation.is_volunteer.is_(False),
        )
        .distinct()
        .order_by(Organisation.id, Person.id)
    ).all()
    waiting = {
        organisation_id
        for organisation_id in {row[0] for row in rows}
        if any(
            is_any_waiting(session, waiting=Waiting(party, [organisation_id])) for party in MOVERS
        )
    }
    return [(row[0], row[1]) for row in rows if row[0] in waiting]


@dataclass(frozen=True)
class Reader:
    """Whom a list goes to."""

    owner: Owner
    sealed_address: bytes
    language: str


def get_reader(
    session: Session, *, organisation_id: uuid.UUID, person_id: uuid.UUID
) -> Reader | None:
    """Somebody who gets the list of an organisation; None where they answer for it no more."""
    row = session.execute(
        select(Address.sealed, Address.language)
        .join(Person, Person.address_id == Address.id)
        .where(
            Person.id == person_id,
            exists().where(
                Contact.organisation_id == organisation_id,
                or_(Contact.person_id == Person.id, Contact.deputy_id == Person.id),
            ),
        )
    ).one_or_none()
    owners = list_owners(session, organisation_ids=[organisation_id])
    if row is None or not owners:
        return None
    return Reader(owners[0], row.sealed, row.language)
