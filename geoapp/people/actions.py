"""Changes to organisations, persons and their roles."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.db.base import new_id
from geoapp.db.changes import Change, update_row
from geoapp.db.text import read_words
from geoapp.districts.tables import District
from geoapp.errors import Conflict, Invalid, NotFound
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Doer, Thing
from geoapp.people.queries import get_contact, get_ladder
from geoapp.people.rules import (
    MOST_NAME_LETTERS,
    MOST_REACH_LETTERS,
    MOST_ROLE_LETTERS,
    Ladder,
    Mandate,
    MembershipDraft,
    OrganisationKind,
    RungDraft,
    address_key,
    check_membership,
    read_address,
)
from geoapp.people.tables import (
    Address,
    Contact,
    Membership,
    Organisation,
    OrganisationDays,
    Person,
    Rung,
    SupportConsent,
)
from geoapp.sealing import Sealer


@dataclass(frozen=True)
class OrganisationDraft:
    """What makes an organisation; see the columns of the table."""

    slug: str
    name: str
    kind: OrganisationKind
    reads_along: bool
    is_volunteer: bool
    is_example: bool
    how_to_reach: str = ""
    about: str = ""
    is_desk: bool = False
    is_own_word: bool = False


def put_organisation(
    session: Session, *, district_id: uuid.UUID, draft: OrganisationDraft
) -> Organisation:
    """Make the organisation, or bring the one of this slug up to date.

    Raises:
        Invalid: an organisation of another district has this slug.
    """
    organisation = session.scalar(select(Organisation).where(Organisation.slug == draft.slug))
    if organisation is None:
        organisation = Organisation(district_id=district_id, **asdict(draft))
        session.add(organisation)
    elif organisation.district_id != district_id:
        raise Invalid(
            "Another district has an organisation called {slug}: choose another slug.",
            field="slug",
            slug=draft.slug,
        )
    else:
        update_row(organisation, asdict(draft))
    session.flush()
    return organisation


def remove_example_organisations(session: Session) -> int:
    """Take away every example organisation with its mailbox; whatever hangs on one must be gone
    before."""
    gone = session.scalars(
        delete(Organisation).where(Organisation.is_example).returning(Organisation.mailbox_id)
    ).all()
    for address_id in {one for one in gone if one is not None}:
        drop_address(session, address_id=address_id)
    return len(gone)


def set_mailbox(
    session: Session, *, organisation: Organisation, address_id: uuid.UUID | None
) -> uuid.UUID | None:
    """Say where an organisation gets by mail what nobody of it is called for; None: nowhere.
    Returns the row of the address it had, which is left to whoever else may need it."""
    before, organisation.mailbox_id = organisation.mailbox_id, address_id
    session.flush()
    return None if before == address_id else before


# -- The ladder --------------------------------------------------------------------------------


def put_days(
    session: Session, *, organisation: Organisation, days: Mapping[str, int | None]
) -> Change:
    """Say how long its moves may take; what is not named stays as it was.

    Raises:
        Invalid: residents would have fewer days to look than its district gives them: what it
            calls done would end the sooner for it.
    """
    silence = days.get("silence_days")
    least = session.get_one(District, organisation.district_id).silence_days
    if silence is not None and silence < least:
        raise Invalid(
            "Residents have at least {least} days here to say whether it is good.",
            field="silence_days",
            least=least,
        )
    known = session.get(OrganisationDays, organisation.id)
    if known is not None:
        change = update_row(known, days)
        session.flush()
        return change
    if not any(days.values()):
        return Change.SAME
    own = OrganisationDays(
        organisation_id=organisation.id, is_example=organisation.is_example, **days
    )
    session.add(own)
    session.flush()
    return Change.NEW


def put_rung(session: Session, *, organisation: Organisation, draft: RungDraft) -> Change:
    """Say whom a rung is brought to. One that leans on an example goes with the examples.

    Raises:
        NotFound: the organisation has no such contact.
    """
    contact = get_contact(session, organisation_id=organisation.id, role_name=draft.contact)
    values = {
        "contact_id": contact.id,
        "days": draft.days,
        "is_example": organisation.is_example or contact.is_example,
    }
    known = session.scalar(
        select(Rung).where(Rung.organisation_id == organisation.id, Rung.number == draft.number)
    )
    if known is not None:
        change = update_row(known, values)
        session.flush()
        return change
    session.add(Rung(organisation_id=organisation.id, number=draft.number, **values))
    session.flush()
    return Change.NEW


def change_ladder(
    session: Session, *, organisation: Organisation, before: Ladder, after: Ladder
) -> bool:
    """Keep days and rungs as a page sends them; `before` is how they stood there. False where
    nothing changes.

    Raises:
        Conflict: somebody has changed them since.
        NotFound: the organisation has no such contact.
        Invalid: see `put_days`.
    """
    # One at a time: the second sees what the first did.
    session.execute(
        select(Organisation.id).where(Organisation.id == organisation.id).with_for_update()
    )
    if get_ladder(session, organisation_id=organisation.id) != before:
        raise Conflict("Somebody was first: look at both, and send it again.")
    if before == after:
        return False
    put_days(session, organisation=organisation, days=vars(after.days))
    session.execute(
        delete(Rung).where(
            Rung.organisation_id == organisation.id,
            Rung.number.not_in([rung.number for rung in after.rungs]),
        )
    )
    for rung in after.rungs:
        put_rung(session, organisation=organisation, draft=rung)
    return True


def remove_example_ladders(session: Session) -> None:
    """Take away every example rung, and the days of example organisations."""
    session.execute(delete(Rung).where(Rung.is_example))
    session.execute(delete(OrganisationDays).where(OrganisationDays.is_example))


# -- Contacts ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ContactDraft:
    """A role one can call, as everybody may know it: who it is has no place here."""

    role_name: str
    how_to_reach: str
    mandate: Mandate
    is_example: bool


def put_contact(
    session: Session, *, organisation: Organisation, draft: ContactDraft
) -> tuple[Contact, Change]:
    """Make the organisation's contact, or bring the one of this role up to date; who it is today
    stays as it was.

    Raises:
        Invalid: the role or how to reach it is empty or too long.
    """
    role_name = read_words(draft.role_name, field="role_name", most=MOST_ROLE_LETTERS)
    reach = read_words(draft.how_to_reach, field="how_to_reach", most=MOST_REACH_LETTERS)
    if not (role_name and reach):
        raise Invalid("Give the role and how to reach it.", field="role_name")
    values = {**asdict(draft), "role_name": role_name, "how_to_reach": reach}
    contact = session.scalar(
        select(Contact).where(
            Contact.organisation_id == organisation.id, Contact.role_name == role_name
        )
    )
    if contact is not None:
        change = update_row(contact, values)
        session.flush()
        return contact, change
    contact = Contact(
        district_id=organisation.district_id, organisation_id=organisation.id, **values
    )
    session.add(contact)
    session.flush()
    return contact, Change.NEW


def check_contact(
    session: Session, *, contact: Contact, today: date, doer: Doer, now: datetime
) -> None:
    """Say that a contact is right as it stands."""
    if contact.checked_on == today:
        return
    contact.checked_on = today
    session.flush()
    deed = Deed("check_contact", before={}, after={"contact": contact.role_name})
    thing = Thing("organisation", contact.organisation_id)
    record_change(session, thing=thing, doer=doer, deed=deed, now=now)


def assign_contact(
    session: Session,
    *,
    contact: Contact,
    person_id: uuid.UUID | None,
    deputy_id: uuid.UUID | None,
) -> None:
    """Say who it is today and who stands in; None: nobody.

    Raises:
        Invalid: somebody would stand in for themselves.
    """
    if person_id is not None and person_id == deputy_id:
        raise Invalid("Somebody else must be the deputy.", field="deputy")
    contact.person_id, contact.deputy_id = person_id, deputy_id
    session.flush()


def remove_example_contacts(session: Session) -> int:
    """Take away every example contact, with what it is there for."""
    gone = session.execute(delete(Contact).where(Contact.is_example).returning(Contact.id))
    return len(gone.all())


def keep_address(session: Session, *, sealer: Sealer, address: str, language: str) -> uuid.UUID:
    """The row of an address, made where it is new; one row, however many ask at once.

    Raises:
        Invalid: it is no e-mail address.
    """
    clean = read_address(address)
    made: uuid.UUID | None = session.scalar(
        insert(Address)
        .values(
            id=new_id(),
            look_up=sealer.look_up(address_key(clean)),
            sealed=sealer.seal(clean),
            language=language,
        )
        .on_conflict_do_update(index_elements=["look_up"], set_={"look_up": Address.look_up})
        .returning(Address.id)
    )
    if made is None:
        raise Conflict("Try again: this address was just being taken away.")
    return made


def confirm_address(session: Session, *, address_id: uuid.UUID, now: datetime) -> None:
    """Note that somebody acted on a mail sent to this address."""
    session.execute(
        update(Address)
        .where(Address.id == address_id, Address.confirmed_at.is_(None))
        .values(confirmed_at=now)
    )


def put_person(
    session: Session,
    *,
    address_id: uuid.UUID,
    today: date,
    name: str = "",
    is_example: bool = False,
) -> Person:
    """Whoever signs in with an address, made where they are new."""
    session.execute(
        insert(Person)
        .values(
            id=new_id(),
            address_id=address_id,
            name=read_words(name, field="name", most=MOST_NAME_LETTERS),
            chain_id=new_id(),
            rights_version=1,
            last_seen_on=today,
            is_example=is_example,
        )
        .on_conflict_do_update(index_elements=["address_id"], set_={"last_seen_on": today})
    )
    return session.scalars(select(Person).where(Person.address_id == address_id)).one()


def give_role(
    session: Session, *, person_id: uuid.UUID, draft: MembershipDraft, is_example: bool = False
) -> Membership:
    """Give somebody a role; their session gets a new key at their next click.

    Raises:
        Invalid: the role does not fit what it is given for.
        NotFound: there is no such person or organisation.
    """
    kind = None
    if draft.organisation_id is not None:
        kind = session.scalar(
            select(Organisation.kind).where(Organisation.id == draft.organisation_id)
        )
        if kind is None:
            raise NotFound("There is no such organisation.")
    check_membership(draft, kind)
    _change_rights(session, person_id)
    membership = Membership(person_id=person_id, is_example=is_example, **asdict(draft))
    session.add(membership)
    session.flush()
    return membership


def end_role(session: Session, *, membership_id: uuid.UUID, now: datetime) -> Membership:
    """Take a role away; from the next click on it counts no more.

    Whoever calls this ends the sessions of the person in the same transaction.

    Raises:
        NotFound: there is no such role in force.
    """
    membership = session.scalar(
        select(Membership)
        .where(Membership.id == membership_id, Membership.ended_at.is_(None))
        .with_for_update()
    )
    if membership is None:
        raise NotFound("There is no such role in force.")
    membership.ended_at = now
    _change_rights(session, membership.person_id)
    session.flush()
    return membership


def _change_rights(session: Session, person_id: uuid.UUID) -> None:
    changed = session.scalar(
        update(Person)
        .where(Person.id == person_id)
        .values(rights_version=Person.rights_version + 1)
        .returning(Person.id)
    )
    if changed is None:
        raise NotFound("There is no such person.")


def give_consent(
    session: Session,
    *,
    organisation_id: uuid.UUID,
    supporter_id: uuid.UUID,
    now: datetime,
    is_example: bool = False,
) -> bool:
    """Let a support organisation act for this one; False where it may already.

    Raises:
        Invalid: the other is no support organisation of the same district.
    """
    own = session.get_one(Organisation, organisation_id)
    supporter = session.get(Organisation, supporter_id)
    fits = supporter is not None and supporter.kind is OrganisationKind.SUPPORT
    if supporter is None or not fits or supporter.district_id != own.district_id:
        raise Invalid("Choose a support organisation of your district.", field="supporter")
    given = session.execute(
        insert(SupportConsent)
        .values(
            id=new_id(),
            organisation_id=organisation_id,
            supporter_id=supporter_id,
            given_at=now,
            is_example=is_example,
        )
        .on_conflict_do_nothing()
        .returning(SupportConsent.id)
    )
    return bool(given.all())


def end_consent(
    session: Session, *, organisation_id: uuid.UUID, supporter_id: uuid.UUID, now: datetime
) -> bool:
    """Act for us no more; False where there was no consent."""
    ended = session.execute(
        update(SupportConsent)
        .where(
            SupportConsent.organisation_id == organisation_id,
            SupportConsent.supporter_id == supporter_id,
            SupportConsent.ended_at.is_(None),
        )
        .values(ended_at=now)
        .returning(SupportConsent.id)
    )
    return bool(ended.all())


def erase_person(session: Session, *, person_id: uuid.UUID) -> uuid.UUID | None:
    """Take a person away with their roles; what they did stays, without them. Returns the row of
    their address, which is left to whoever else may need it (see `drop_address`).

    What hangs on the person elsewhere must be gone before.
    """
    return session.scalar(delete(Person).where(Person.id == person_id).returning(Person.address_id))


def drop_address(session: Session, *, address_id: uuid.UUID) -> None:
    """Take an address away, unless somebody signs in with it or it is an organisation's mailbox."""
    signs_in = exists().where(Person.address_id == Address.id)
    is_mailbox = exists().where(Organisation.mailbox_id == Address.id)
    session.execute(delete(Address).where(Address.id == address_id, ~signs_in, ~is_mailbox))


def remove_example_people(session: Session) -> int:
    """Take away every example person, consent and role; their addresses too."""
    session.execute(delete(SupportConsent).where(SupportConsent.is_example))
    session.execute(delete(Membership).where(Membership.is_example))
    gone = session.scalars(
        delete(Person).where(Person.is_example).returning(Person.address_id)
    ).all()
    session.execute(delete(Address).where(Address.id.in_(gone)))
    return len(gone)
