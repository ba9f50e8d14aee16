"""Hearing of a report by mail: asked for, confirmed by one mail, stopped, and erased."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from geoapp.accounts.actions import may_mail
from geoapp.defects.actions import (
    confirm_follower,
    follow_defect,
    forget_senders,
    forget_words,
    remove_follower,
    remove_reporters,
    renew_secret,
)
from geoapp.defects.queries import thing_of
from geoapp.defects.rules import Pace
from geoapp.defects.tables import Defect, DefectFollower
from geoapp.errors import NotFound
from geoapp.ledger.audit import forget_link, record_change
from geoapp.ledger.chain import SECRET_LINK, Deed
from geoapp.moderation.actions import forget_notes
from geoapp.neighbourhoods.actions import forget_answers
from geoapp.outbox.actions import post_message
from geoapp.people.actions import confirm_address, drop_address
from geoapp.people.tables import Address, Organisation, Person
from geoapp.sealing import Sealer

CONFIRM = "confirm_follow"
LINK_KIND = "follow"


@dataclass(frozen=True)
class Following:
    """One address that asked to hear of one report, as its mail and its pages need it."""

    id: uuid.UUID
    code: str
    sealed_address: bytes
    language: str
    is_confirmed: bool
    pace: Pace


def ask_to_follow(
    session: Session,
    *,
    sealer: Sealer,
    defect_id: uuid.UUID,
    address_id: uuid.UUID,
    now: datetime,
    is_reporter: bool = False,
) -> None:
    """Note an address and have it asked, once, whether it wants this; whoever asks learns nothing
    of the address. It gets no more mails than `accounts.rules` allow."""
    follower = follow_defect(
        session, defect_id=defect_id, address_id=address_id, is_reporter=is_reporter
    )
    if follower.confirmed_at is not None:
        return
    if not may_mail(session, sealer=sealer, address_id=address_id, now=now):
        return
    post_message(
        session,
        kind=CONFIRM,
        payload={"follower_id": str(follower.id)},
        once_key=f"{CONFIRM}:{follower.id}:{now:%Y%m%d%H}",
        now=now,
    )


def make_follow_secret(sealer: Sealer, follower_id: uuid.UUID) -> str:
    """What the links of a follower's mails carry."""
    return sealer.sign_id(LINK_KIND, follower_id)


def find_following(session: Session, *, sealer: Sealer, secret: str) -> Following:
    """What a follower's link stands for.

    Raises:
        NotFound: it is none of ours, or they follow no more.
    """
    follower_id = sealer.read_id(LINK_KIND, secret)
    found = get_following(session, follower_id=follower_id) if follower_id else None
    if found is not None:
        return found
    raise NotFound("This link leads nowhere any more: nobody follows with it.")


def is_link_of(session: Session, *, sealer: Sealer, defect_id: uuid.UUID, secret: str) -> bool:
    """True for the link of somebody who follows this report."""
    follower_id = sealer.read_id(LINK_KIND, secret)
    follower = session.get(DefectFollower, follower_id) if follower_id else None
    return follower is not None and follower.defect_id == defect_id


def get_following(session: Session, *, follower_id: uuid.UUID) -> Following | None:
    """A follower; None where they follow no more."""
    row = session.execute(
        select(DefectFollower, Address, Defect.code)
        .join(Address, Address.id == DefectFollower.address_id)
        .join(Defect, Defect.id == DefectFollower.defect_id)
        .where(DefectFollower.id == follower_id)
    ).one_or_none()
    if row is None:
        return None
    follower, address, code = row
    return Following(
        id=follower.id,
        code=code,
        sealed_address=address.sealed,
        language=address.language,
        is_confirmed=follower.confirmed_at is not None,
        pace=follower.pace,
    )


def confirm_following(session: Session, *, follower_id: uuid.UUID, now: datetime) -> None:
    """The address wants it: from now on it hears of the report. A second time changes nothing.

    Raises:
        NotFound: they follow no more.
    """
    follower = confirm_follower(session, follower_id=follower_id, now=now)
    if follower is None:
        return
    confirm_address(session, address_id=follower.address_id, now=now)
    _record(session, follower.defect_id, "confirm_follow", now=now)


def stop_following(session: Session, *, follower_id: uuid.UUID, now: datetime) -> None:
    """Hear no more of a report; the address goes with it where nothing else needs it."""
    gone = remove_follower(session, follower_id=follower_id)
    if gone is None:
        return
    drop_unused_address(session, address_id=gone.address_id)
    _record(session, gone.defect_id, "stop_following", now=now)


def erase_reporter(
    session: Session, *, defect_id: uuid.UUID, with_words: bool, now: datetime
) -> None:
    """Take away at once what tells of the reporter: address, own link, what came through it; with
    `with_words` also what they wrote and photographed, then and since. The report stays: it is the
    place's; and so does that they said yes or no.

    The chain of the report stays valid (see `ledger.audit`).
    """
    for address_id in remove_reporters(session, defect_id=defect_id):
        drop_unused_address(session, address_id=address_id)
    renew_secret(session, defect_id=defect_id)
    forget_senders(session, defect_id=defect_id)
    forget_link(session, thing=thing_of(defect_id), with_words=with_words)
    if with_words:
        forget_words(session, defect_id=defect_id)
        forget_notes(session, defect_id=defect_id)
        forget_answers(session, source_ref=f"defect {defect_id}", now=now)
    _record(session, defect_id, "erase_reporter", now=now)


def drop_unused_address(session: Session, *, address_id: uuid.UUID) -> None:
    """Take an address away unless somebody signs in with it or follows with it."""
    follows = select(DefectFollower.id).where(DefectFollower.address_id == address_id).limit(1)
    if session.scalar(follows) is None:
        drop_address(session, address_id=address_id)


def drop_lone_addresses(session: Session, *, before: datetime) -> int:
    """Take away addresses from before this that nobody signs in or follows with, and that are no
    mailbox; how many."""
    lone = (
        ~exists().where(Person.address_id == Address.id),
        ~exists().where(DefectFollower.address_id == Address.id),
        ~exists().where(Organisation.mailbox_id == Address.id),
    )
    gone = session.execute(
        delete(Address).where(Address.created_at < before, *lone).returning(Address.id)
    )
    return len(gone.all())


def _record(session: Session, defect_id: uuid.UUID, action: str, *, now: datetime) -> None:
    record_change(
        session,
        thing=thing_of(defect_id),
        doer=SECRET_LINK,
        deed=Deed(action),
        now=now,
    )
