"""Who is told of what happens to a report: its followers, one word for each cause, and whoever
has to act now, by a mail whose link acts for their organisation."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.areas.queries import find_contact
from geoapp.db import spatial
from geoapp.db.base import new_id
from geoapp.defects.rules import THEME_OF, EventKind, Pace
from geoapp.defects.tables import Defect, DefectCall, DefectEvent, DefectFollower
from geoapp.dialogue.digests import note_word
from geoapp.errors import NotFound
from geoapp.outbox.actions import post_message
from geoapp.people.rules import FIRST_RUNG, Mandate
from geoapp.people.tables import Address, Contact, Organisation, Person, Rung
from geoapp.sealing import Sealer

WORD, CALL = "word", "call"
LINK_KIND = "call"

# Of these nobody is told who follows: the report itself, and what changes nothing for them.
SAID_TO_NOBODY = frozenset({EventKind.REPORTED, EventKind.TAKEN, EventKind.JOINED})
# After these somebody has to act, or to know that they must soon: who it was given to, who it was
# passed on to, and the team lead.
CALLED_BY = frozenset(
    {
        EventKind.REPORTED,
        EventKind.SAID_NOT_GOOD,
        EventKind.SAID_BROKEN_AGAIN,
        EventKind.JOINED_OPEN,
        EventKind.CHECKED_NOT_GOOD,
        EventKind.PASSED_ON,
        EventKind.RETURNED,
        EventKind.MISSED,
        EventKind.UNMERGED,
        EventKind.RETAKEN,
        EventKind.CLIMBED,
        EventKind.REVIEWED,
    }
)


def spread_word(session: Session, *, event_id: uuid.UUID, now: datetime) -> int:
    """Have a mail sent to each whom an event concerns; how many."""
    event = session.get(DefectEvent, event_id)
    if event is None:
        return 0
    sent = 0
    if event.kind not in SAID_TO_NOBODY:
        sent += _tell_followers(session, event, now=now)
    if event.kind in CALLED_BY:
        sent += _call_handler(session, event, now=now)
    return sent


def _tell_followers(session: Session, event: DefectEvent, *, now: datetime) -> int:
    followers = session.execute(
        select(DefectFollower.id, DefectFollower.pace)
        .where(
            DefectFollower.defect_id == event.defect_id, DefectFollower.confirmed_at.is_not(None)
        )
        .order_by(DefectFollower.id)
    )
    return sum(TELL_BY[pace](session, event.id, one, now) for one, pace in followers.all())


def _tell_at_once(
    session: Session, event_id: uuid.UUID, follower_id: uuid.UUID, now: datetime
) -> bool:
    return post_message(
        session,
        kind=WORD,
        payload={"event_id": str(event_id), "follower_id": str(follower_id)},
        once_key=f"{WORD}:{event_id}:{follower_id}",
        now=now,
    )


# By the pace of this moment, and in one way alone: whoever chooses another later has been told.
TELL_BY = {Pace.AT_ONCE: _tell_at_once, Pace.WEEKLY: note_word}


def tell_received(session: Session, *, follower_id: uuid.UUID, now: datetime) -> bool:
    """The first word for a reporter who has confirmed: who has it, and by when they answer. False
    where they have had it, or only follow."""
    follower = session.get(DefectFollower, follower_id)
    if follower is None or follower.confirmed_at is None or not follower.is_reporter:
        return False
    reported = select(DefectEvent.id).where(
        DefectEvent.defect_id == follower.defect_id, DefectEvent.kind == EventKind.REPORTED
    )
    event_id = session.scalars(reported.order_by(DefectEvent.at).limit(1)).one()
    return post_message(
        session,
        kind=WORD,
        payload={"event_id": str(event_id), "follower_id": str(follower_id)},
        once_key=f"{WORD}:{event_id}:{follower_id}",
        now=now,
    )


def _call_handler(session: Session, event: DefectEvent, *, now: datetime) -> int:
    defect = session.get_one(Defect, event.defect_id)
    organisation_id = defect.passed_to_id or defect.addressee_id
    contacts = _list_whom(session, defect, organisation_id, event.kind)
    answering = next((one for one in contacts if one.person_id or one.deputy_id), None)
    persons = {answering.person_id, answering.deputy_id} - {None} if answering else set()
    whom: list[dict[str, uuid.UUID | None]] = [
        {"person_id": person_id, "address_id": None} for person_id in persons
    ]
    if not whom:
        mailbox_id = session.get_one(Organisation, organisation_id).mailbox_id
        whom = [{"person_id": None, "address_id": mailbox_id}] if mailbox_id else []
    return sum(_call(session, event, organisation_id, one, now=now) for one in whom)


def _call(
    session: Session,
    event: DefectEvent,
    organisation_id: uuid.UUID,
    whom: Mapping[str, uuid.UUID | None],
    *,
    now: datetime,
) -> bool:
    """Have one person, or one mailbox, called; the row of a call is made once."""
    call_id = session.scalar(
        insert(DefectCall)
        .values(id=new_id(), defect_id=event.defect_id, organisation_id=organisation_id, **whom)
        .on_conflict_do_update(
            constraint="uq_defect_call_whom", set_={"organisation_id": organisation_id}
        )
        .returning(DefectCall.id)
    )
    return post_message(
        session,
        kind=CALL,
        payload={"event_id": str(event.id), "call_id": str(call_id)},
        once_key=f"{CALL}:{event.id}:{call_id}",
        now=now,
    )


def _list_whom(
    session: Session, defect: Defect, organisation_id: uuid.UUID, kind: EventKind
) -> Iterator[Contact]:
    """Who can answer there, first choice first: on a higher rung whom that is brought to, or who
    decides; then who answers for this place and problem; then whom the first rung is brought to."""
    is_addressee = organisation_id == defect.addressee_id
    number = defect.rung if is_addressee else FIRST_RUNG
    rung = _find_rung(session, organisation_id, number)
    if number > FIRST_RUNG and rung is not None:
        yield rung
    if kind is EventKind.CLIMBED:
        decides = (
            select(Contact)
            .where(Contact.organisation_id == organisation_id, Contact.mandate == Mandate.DECIDES)
            .order_by(Contact.role_name)
        )
        yield from session.scalars(decides.limit(1)).all()
    near = _find_near(session, defect, organisation_id)
    if near is not None:
        yield near
    first = rung if number == FIRST_RUNG else _find_rung(session, organisation_id, FIRST_RUNG)
    if first is not None:
        yield first


def _find_rung(session: Session, organisation_id: uuid.UUID, number: int) -> Contact | None:
    return session.scalar(
        select(Contact)
        .join(Rung, Rung.contact_id == Contact.id)
        .where(Rung.organisation_id == organisation_id, Rung.number == number)
    )


def _find_near(session: Session, defect: Defect, organisation_id: uuid.UUID) -> Contact | None:
    lon, lat = session.execute(
        select(spatial.longitude(Defect.geom), spatial.latitude(Defect.geom)).where(
            Defect.id == defect.id
        )
    ).one()
    near = find_contact(
        session,
        district_id=defect.district_id,
        organisation_id=organisation_id,
        lon=lon,
        lat=lat,
        theme=THEME_OF[defect.category],
    )
    return session.get_one(Contact, near.id) if near is not None else None


# -- The link of a mail --------------------------------------------------------------------------


@dataclass(frozen=True)
class Call:
    """A mail to somebody who answers for a report, as its text and its link need it; `person_id`
    is empty where it went to the mailbox of an organisation."""

    id: uuid.UUID
    defect_id: uuid.UUID
    code: str
    organisation_id: uuid.UUID
    organisation: str
    reads_along: bool
    person_id: uuid.UUID | None
    sealed_address: bytes
    language: str


def make_call_secret(sealer: Sealer, call_id: uuid.UUID) -> str:
    """What the link of such a mail carries."""
    return sealer.sign_id(LINK_KIND, call_id)


def get_call(session: Session, *, call_id: uuid.UUID) -> Call | None:
    """A call that still stands: its organisation has the report, and they still answer for it, or
    it is still the mailbox of that organisation."""
    answers = exists().where(
        Contact.organisation_id == DefectCall.organisation_id,
        or_(
            Contact.person_id == DefectCall.person_id,
            Contact.deputy_id == DefectCall.person_id,
        ),
    )
    row = session.execute(
        select(
            DefectCall,
            Defect.code,
            Organisation.name,
            Organisation.reads_along,
            Address.sealed,
            Address.language,
        )
        .join(Defect, Defect.id == DefectCall.defect_id)
        .join(Organisation, Organisation.id == DefectCall.organisation_id)
        .outerjoin(Person, Person.id == DefectCall.person_id)
        .join(Address, Address.id == func.coalesce(DefectCall.address_id, Person.address_id))
        .where(
            DefectCall.id == call_id,
            or_(
                DefectCall.organisation_id == Defect.addressee_id,
                DefectCall.organisation_id == Defect.passed_to_id,
            ),
            or_(DefectCall.address_id == Organisation.mailbox_id, answers),
        )
    ).one_or_none()
    if row is None:
        return None
    call, code, organisation, reads_along, sealed, language = row
    return Call(
        id=call.id,
        defect_id=call.defect_id,
        code=code,
        organisation_id=call.organisation_id,
        organisation=organisation,
        reads_along=reads_along,
        person_id=call.person_id,
        sealed_address=sealed,
        language=language,
    )


def find_call(session: Session, *, sealer: Sealer, secret: str) -> Call:
    """What the link of a mail stands for.

    Raises:
        NotFound: it is none of ours, or is no longer theirs to act on.
    """
    call_id = sealer.read_id(LINK_KIND, secret)
    found = get_call(session, call_id=call_id) if call_id else None
    if found is None:
        raise NotFound("This link leads nowhere any more: the report is not yours to act on.")
    return found
