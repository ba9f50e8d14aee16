"""The Monday mail with the news of a platform's area: who chose it, and posting it once a week."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.db.base import new_id
from geoapp.dialogue.monday import MADE_UP_FOR
from geoapp.dialogue.rules import latest_monday
from geoapp.districts.tables import District
from geoapp.errors import NotFound
from geoapp.outbox.actions import post_message
from geoapp.people.tables import Address, Person
from geoapp.platforms.tables import Platform, WeekReader
from geoapp.sealing import Sealer

WEEK = "week"
LINK_KIND = "week"


def start_reading(session: Session, *, platform_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Have somebody get the mail; whoever gets it already goes on."""
    session.execute(
        insert(WeekReader)
        .values(id=new_id(), platform_id=platform_id, person_id=person_id)
        .on_conflict_do_nothing(index_elements=["platform_id", "person_id"])
    )


def stop_reading(session: Session, *, platform_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Have them get it no more."""
    session.execute(
        delete(WeekReader).where(
            WeekReader.platform_id == platform_id, WeekReader.person_id == person_id
        )
    )


def is_reading(session: Session, *, platform_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    """True where they get it."""
    found = select(WeekReader.id).where(
        WeekReader.platform_id == platform_id, WeekReader.person_id == person_id
    )
    return session.scalar(found) is not None


def post_weeks(session: Session, *, now: datetime) -> int:
    """On Monday, from six by the clocks of a district: a mail to each who chose it there, once that
    week; how many. Where no worker ran on Monday it goes out on Tuesday or Wednesday. Whether there
    is anything to tell is seen when it is written."""
    posted = 0
    for district in session.scalars(select(District).order_by(District.slug)).all():
        zone = ZoneInfo(district.time_zone)
        monday = latest_monday(now, zone=zone).date()
        if now.astimezone(zone).date() - monday > MADE_UP_FOR:
            continue
        readers = session.execute(
            select(WeekReader.id)
            .join(Platform, Platform.id == WeekReader.platform_id)
            .where(Platform.district_id == district.id)
            .order_by(WeekReader.id)
        )
        for (reader_id,) in readers.all():
            posted += post_message(
                session,
                kind=WEEK,
                payload={"reader_id": str(reader_id), "monday": monday.isoformat()},
                once_key=f"{WEEK}:{reader_id}:{monday}",
                now=now,
            )
    return posted


@dataclass(frozen=True)
class Reader:
    """Whom the mail of a week goes to."""

    id: uuid.UUID
    platform: str
    sealed_address: bytes
    language: str


def get_reader(session: Session, *, reader_id: uuid.UUID) -> Reader | None:
    """Somebody who gets it; None where they stopped."""
    row = session.execute(
        select(WeekReader.id, Platform.slug, Address.sealed, Address.language)
        .join(Platform, Platform.id == WeekReader.platform_id)
        .join(Person, Person.id == WeekReader.person_id)
        .join(Address, Address.id == Person.address_id)
        .where(WeekReader.id == reader_id)
    ).one_or_none()
    return Reader(*row) if row is not None else None


def make_week_secret(sealer: Sealer, reader_id: uuid.UUID) -> str:
    """What the link of such a mail carries: it stops the mail, and does nothing else."""
    return sealer.sign_id(LINK_KIND, reader_id)


def find_reader(session: Session, *, sealer: Sealer, secret: str) -> Reader:
    """Whose mail the link stops.

    Raises:
        NotFound: it is none of ours, or they have stopped.
    """
    reader_id = sealer.read_id(LINK_KIND, secret)
    found = get_reader(session, reader_id=reader_id) if reader_id else None
    if found is None:
        raise NotFound("This link leads nowhere any more: no mail comes with it.")
    return found


def stop_by_link(session: Session, *, reader_id: uuid.UUID) -> None:
    """Have whoever has this link get the mail no more."""
    session.execute(delete(WeekReader).where(WeekReader.id == reader_id))


def week_before(monday: date) -> tuple[date, date]:
    """The days a Monday mail tells of: from the Monday before up to, not on, this one."""
    return monday - timedelta(days=7), monday
