"""The weekly mail of those who chose it: what happened is noted, gathered on Monday morning into
one mail for each address, and taken away when that mail has left."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.db.base import new_id
from geoapp.defects.tables import Defect, DefectFollower, FollowerWord
from geoapp.dialogue.rules import latest_monday
from geoapp.districts.tables import District
from geoapp.outbox.actions import post_message
from geoapp.people.tables import Address

DIGEST, GATHER = "digest", "gather_digests"
MOST_AT_ONCE = 200
MOST_IN_ONE = 100


def note_word(session: Session, event_id: uuid.UUID, follower_id: uuid.UUID, now: datetime) -> bool:
    """Keep an event for a follower's weekly mail; False where it was kept before."""
    noted = session.execute(
        insert(FollowerWord)
        .values(follower_id=follower_id, event_id=event_id, noted_at=now)
        .on_conflict_do_nothing()
        .returning(FollowerWord.event_id)
    ).first()
    return noted is not None


def gather_digests(session: Session, *, now: datetime) -> int:
    """Post the weekly mails that are due, and return how many. What was noted before the latest
    Monday morning of its district is due, also where no worker ran that day.

    Of more than 200 words the rest follow by messages of their own, each its own transaction. Of
    more than 100 reports of one address the rest come in further mails.
    """
    posted = 0
    for district in session.scalars(select(District).order_by(District.slug)).all():
        due = _list_due(session, district, now=now)
        for address_id in dict.fromkeys(due):
            while _post_digest(session, address_id, now=now):
                posted += 1
        if len(due) == MOST_AT_ONCE:
            post_message(session, kind=GATHER, payload={}, once_key=f"{GATHER}:{new_id()}", now=now)
    return posted


def _list_due(session: Session, district: District, *, now: datetime) -> Sequence[uuid.UUID]:
    """Whose words wait since before Monday morning there, an address for each, oldest first."""
    before = latest_monday(now, zone=ZoneInfo(district.time_zone))
    found = session.scalars(
        select(DefectFollower.address_id)
        .join(FollowerWord, FollowerWord.follower_id == DefectFollower.id)
        .join(Defect, Defect.id == DefectFollower.defect_id)
        .where(
            FollowerWord.digest_id.is_(None),
            FollowerWord.noted_at < before,
            Defect.district_id == district.id,
        )
        .order_by(FollowerWord.noted_at)
        .limit(MOST_AT_ONCE)
    )
    return found.all()


def _post_digest(session: Session, address_id: uuid.UUID, *, now: datetime) -> bool:
    """One mail with everything that waits for an address, of at most 100 reports. What is in it is
    settled here: sent again, it is the same mail; of two workers the second finds nothing left."""
    digest_id = new_id()
    theirs = (
        select(FollowerWord.follower_id)
        .join(DefectFollower, DefectFollower.id == FollowerWord.follower_id)
        .where(DefectFollower.address_id == address_id, FollowerWord.digest_id.is_(None))
        .distinct()
        .order_by(FollowerWord.follower_id)
        .limit(MOST_IN_ONE)
    )
    marked = session.execute(
        update(FollowerWord)
        .where(FollowerWord.follower_id.in_(theirs), FollowerWord.digest_id.is_(None))
        .values(digest_id=digest_id)
        .returning(FollowerWord.event_id)
    ).all()
    return bool(marked) and post_message(
        session,
        kind=DIGEST,
        payload={"digest_id": str(digest_id)},
        once_key=f"{DIGEST}:{digest_id}",
        now=now,
    )


@dataclass(frozen=True)
class Followed:
    """A report of a digest, and who follows it."""

    follower_id: uuid.UUID
    code: str
    time_zone: str


@dataclass(frozen=True)
class Digest:
    """A weekly mail: whom to, and each report that something happened to, once."""

    sealed_address: bytes
    language: str
    followed: tuple[Followed, ...]


def get_digest(session: Session, *, digest_id: uuid.UUID) -> Digest | None:
    """A weekly mail; None where they follow nothing of it any more."""
    rows = session.execute(
        select(Address.sealed, Address.language, DefectFollower.id, Defect.code, District.time_zone)
        .join(DefectFollower, DefectFollower.address_id == Address.id)
        .join(FollowerWord, FollowerWord.follower_id == DefectFollower.id)
        .join(Defect, Defect.id == DefectFollower.defect_id)
        .join(District, District.id == Defect.district_id)
        .where(FollowerWord.digest_id == digest_id, DefectFollower.confirmed_at.is_not(None))
        .distinct()
        .order_by(Defect.code)
    ).all()
    if not rows:
        return None
    followed = tuple(Followed(follower_id, code, zone) for _, _, follower_id, code, zone in rows)
    return Digest(rows[0].sealed, rows[0].language, followed)


def forget_digest(session: Session, *, digest_id: uuid.UUID) -> None:
    """Take away what a mail has told."""
    session.execute(delete(FollowerWord).where(FollowerWord.digest_id == digest_id))
