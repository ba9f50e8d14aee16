"""Questions about organisations and persons."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from geoapp.districts.tables import District
from geoapp.errors import NotFound
from geoapp.people.rules import (
    FIRST_RUNG,
    MANAGERS,
    HeldRole,
    Ladder,
    MembershipDraft,
    OrganisationKind,
    OwnDays,
    PersonFacts,
    Role,
    RungDraft,
    Seat,
    Standing,
    address_key,
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
class Party:
    """An organisation as the public sees it; `is_mailed`: it has a mailbox for what nobody of it
    is called for."""

    slug: str
    name: str
    kind: OrganisationKind
    about: str
    how_to_reach: str
    reads_along: bool
    is_mailed: bool
    is_volunteer: bool
    is_example: bool


def to_party(organisation: Organisation) -> Party:
    """The public face of an organisation."""
    return Party(
        slug=organisation.slug,
        name=organisation.name,
        kind=organisation.kind,
        about=organisation.about,
        how_to_reach=organisation.how_to_reach,
        reads_along=organisation.reads_along,
        is_mailed=organisation.mailbox_id is not None,
        is_volunteer=organisation.is_volunteer,
        is_example=organisation.is_example,
    )


@dataclass(frozen=True)
class Desk:
    """The organisation that gets what nobody else is down for; `id` is never published."""

    id: uuid.UUID
    party: Party


def get_desk(session: Session, *, district_id: uuid.UUID) -> Desk:
    """The desk of a district.

    Raises:
        NotFound: the district has no desk yet.
    """
    desk = session.scalar(
        select(Organisation).where(Organisation.district_id == district_id, Organisation.is_desk)
    )
    if desk is None:
        raise NotFound("This district has no desk yet: import its district file.")
    return Desk(desk.id, to_party(desk))


def get_organisation(session: Session, *, slug: str) -> Organisation:
    """The organisation of this slug.

    Raises:
        NotFound: there is none.
    """
    found = session.scalar(select(Organisation).where(Organisation.slug == slug))
    if found is None:
        raise NotFound("There is no organisation called {slug}.", slug=slug)
    return found


def get_contact(session: Session, *, organisation_id: uuid.UUID, role_name: str) -> Contact:
    """The contact of this role at an organisation.

    Raises:
        NotFound: there is none.
    """
    found = session.scalar(
        select(Contact).where(
            Contact.organisation_id == organisation_id, Contact.role_name == role_name
        )
    )
    if found is None:
        raise NotFound("This organisation has no contact called {role}.", role=role_name)
    return found


def get_contact_by_id(session: Session, *, contact_id: uuid.UUID) -> Contact:
    """The contact of this id.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Contact, contact_id)
    if found is None:
        raise NotFound("There is no such contact any more.")
    return found


def get_ladder(session: Session, *, organisation_id: uuid.UUID) -> Ladder:
    """How long an organisation's moves may take, and whom each rung of it is brought to."""
    own = session.get(OrganisationDays, organisation_id)
    rungs = session.execute(
        select(Rung.number, Contact.role_name, Rung.days)
        .join(Contact, Contact.id == Rung.contact_id)
        .where(Rung.organisation_id == organisation_id)
        .order_by(Rung.number)
    )
    days = (
        OwnDays(own.answer_days, own.acceptance_days, own.silence_days)
        if own is not None
        else OwnDays()
    )
    return Ladder(days, tuple(RungDraft(*rung) for rung in rungs))


def list_roles_to_call(session: Session, *, organisation_id: uuid.UUID) -> list[str]:
    """The roles of an organisation that one can call, by name."""
    roles = select(Contact.role_name).where(Contact.organisation_id == organisation_id)
    return list(session.scalars(roles.order_by(Contact.role_name)))


def answer_days_of(
    session: Session, *, organisation_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, int]:
    """How long each of these may take to answer at first, of those that have days of their own."""
    days = func.coalesce(Rung.days, OrganisationDays.answer_days)
    rows = session.execute(
        select(Organisation.id, days.label("days"))
        .outerjoin(OrganisationDays, OrganisationDays.organisation_id == Organisation.id)
        .outerjoin(Rung, and_(Rung.organisation_id == Organisation.id, Rung.number == FIRST_RUNG))
        .where(Organisation.id.in_(organisation_ids), days.is_not(None))
    )
    return {row.id: row.days for row in rows}


@dataclass(frozen=True)
class ContactPersons:
    """Who a contact is today and who stands in, for those they work with; empty: nobody, or they
    gave no name."""

    person: str
    deputy: str


def persons_of_contacts(
    session: Session, *, contact_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, ContactPersons]:
    """Who each contact is; whoever asks has been allowed `SEE_CONTACT_PERSONS` before."""
    if not contact_ids:
        return {}
    deputy = aliased(Person)
    rows = session.execute(
        select(Contact.id, Person.name, deputy.name)
        .outerjoin(Person, Person.id == Contact.person_id)
        .outerjoin(deputy, deputy.id == Contact.deputy_id)
        .where(Contact.id.in_(contact_ids))
    )
    return {
        contact_id: ContactPersons(name or "", deputy_name or "")
        for contact_id, name, deputy_name in rows
    }


def get_standing(session: Session, *, person_id: uuid.UUID, today: date) -> Standing | None:
    """The roles a person holds today, and the organisations they may act for; None: no such
    person. Two statements, however many roles.

    A role at an organisation that stands here by its own word reaches no further than that: who
    wrote it in themselves is neutral to nobody, and is told nothing of others.
    """
    rows = session.execute(
        select(
            Person.rights_version,
            Membership.role,
            case((Organisation.is_own_word, None), else_=Membership.district_id).label(
                "district_id"
            ),
            Membership.organisation_id,
        )
        .outerjoin(Membership, and_(Membership.person_id == Person.id, in_force(today)))
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .where(Person.id == person_id)
        .order_by(Membership.created_at, Membership.id)
    ).all()
    if not rows:
        return None
    seats = tuple(
        Seat(row.role, row.district_id, row.organisation_id) for row in rows if row.role is not None
    )
    supporters = [seat.organisation_id for seat in seats if seat.role is Role.SUPPORT]
    supported = _list_supported(session, supporters) if supporters else frozenset()
    return Standing(person_id, seats, supported, rows[0].rights_version)


def is_invented(session: Session, *, person_id: uuid.UUID | None) -> bool:
    """Whether somebody is an example: what they make in a demonstration goes with them."""
    found = select(Person.id).where(Person.id == person_id, Person.is_example)
    return session.scalar(found) is not None


def in_force(today: date) -> ColumnElement[bool]:
    """True for a membership that counts today."""
    return and_(
        Membership.ended_at.is_(None),
        Membership.valid_from <= today,
        or_(Membership.valid_to.is_(None), Membership.valid_to > today),
    )


def list_managers(
    session: Session, *, organisation_ids: Collection[uuid.UUID], today: date
) -> dict[uuid.UUID, list[uuid.UUID]]:
    """By organisation: the persons who manage what is its; those nobody manages are left out."""
    rows = session.execute(
        select(Membership.organisation_id, Membership.person_id)
        .where(
            Membership.organisation_id.in_(organisation_ids),
            Membership.role.in_(MANAGERS),
            in_force(today),
        )
        .distinct()
        .order_by(Membership.organisation_id, Membership.person_id)
    )
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for organisation_id, person_id in rows:
        if organisation_id is not None:
            found.setdefault(organisation_id, []).append(person_id)
    return found


def _list_supported(
    session: Session, supporter_ids: list[uuid.UUID | None]
) -> frozenset[uuid.UUID]:
    return frozenset(
        session.scalars(
            select(SupportConsent.organisation_id).where(
                SupportConsent.supporter_id.in_(supporter_ids), SupportConsent.ended_at.is_(None)
            )
        )
    )


@dataclass(frozen=True)
class Supporter:
    """An organisation that may act for another, by its consent."""

    slug: str
    name: str


def list_supporters(session: Session, *, organisation_id: uuid.UUID) -> list[Supporter]:
    """Who may act for this organisation, by name; this is public."""
    rows = session.execute(
        select(Organisation.slug, Organisation.name)
        .join(SupportConsent, SupportConsent.supporter_id == Organisation.id)
        .where(SupportConsent.organisation_id == organisation_id, SupportConsent.ended_at.is_(None))
        .order_by(Organisation.name, Organisation.slug)
    )
    return [Supporter(row.slug, row.name) for row in rows]


def list_organisations(session: Session, *, district_id: uuid.UUID) -> list[Party]:
    """Every organisation of a district, by name."""
    found = select(Organisation).where(Organisation.district_id == district_id)
    rows = session.scalars(found.order_by(Organisation.name, Organisation.slug))
    return [to_party(row) for row in rows]


def parties_of(session: Session, *, organisation_ids: Collection[uuid.UUID]) -> list[Party]:
    """These organisations, by name."""
    found = select(Organisation).where(Organisation.id.in_(organisation_ids))
    rows = session.scalars(found.order_by(Organisation.name, Organisation.slug))
    return [to_party(row) for row in rows]


def list_names(session: Session, *, district_id: uuid.UUID) -> list[tuple[uuid.UUID, str, str]]:
    """The id, slug and name of every organisation of a district."""
    named = select(Organisation.id, Organisation.slug, Organisation.name)
    rows = session.execute(named.where(Organisation.district_id == district_id))
    return [(row.id, row.slug, row.name) for row in rows]


def list_organisations_of_kind(
    session: Session, *, district_id: uuid.UUID, kind: OrganisationKind
) -> list[Party]:
    """The organisations of one kind in a district, by name."""
    found = select(Organisation).where(
        Organisation.district_id == district_id, Organisation.kind == kind
    )
    rows = session.scalars(found.order_by(Organisation.name, Organisation.slug))
    return [to_party(row) for row in rows]


def find_address(session: Session, *, sealer: Sealer, address: str) -> Address | None:
    """The row of an address as it was typed and read; None where it is not known."""
    key = sealer.look_up(address_key(address))
    return session.scalar(select(Address).where(Address.look_up == key))


def find_person(session: Session, *, sealer: Sealer, address: str) -> Person | None:
    """Whoever signs in with this address; None: nobody has yet."""
    row = find_address(session, sealer=sealer, address=address)
    if row is None:
        return None
    return session.scalar(select(Person).where(Person.address_id == row.id))


def get_person(session: Session, *, person_id: uuid.UUID, sealer: Sealer) -> PersonFacts:
    """A person with their roles in force or to come.

    Raises:
        NotFound: there is none.
        Invalid: the address was sealed with another secret.
    """
    row = session.execute(
        select(Person, Address).join(Address).where(Person.id == person_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such person.")
    return PersonFacts(
        id=row.Person.id,
        name=row.Person.name,
        address=sealer.unseal(row.Address.sealed),
        since=row.Person.created_at,
        roles=list_roles(session, person_id=person_id),
    )


def list_roles(session: Session, *, person_id: uuid.UUID) -> list[HeldRole]:
    """Every role a person has been given and that was not taken away, the oldest first."""
    rows = session.execute(
        select(Membership, Organisation.name, District.full_name)
        .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
        .outerjoin(District, District.id == Membership.district_id)
        .where(Membership.person_id == person_id, Membership.ended_at.is_(None))
        .order_by(Membership.valid_from, Membership.id)
    )
    return [
        HeldRole(
            membership.id,
            membership.role,
            organisation or "",
            district or "",
            membership.valid_from,
            membership.valid_to,
        )
        for membership, organisation, district in rows
    ]


def list_persons(session: Session, *, limit: int) -> list[uuid.UUID]:
    """Those who hold or held a role, in the order they came."""
    persons = select(Person.id).where(Person.id.in_(select(Membership.person_id)))
    return list(session.scalars(persons.order_by(Person.id).limit(limit)))


def get_chain_id(session: Session, *, person_id: uuid.UUID) -> uuid.UUID:
    """Under which id the history of a person's account stands.

    Raises:
        NotFound: there is no such person.
    """
    found = session.scalar(select(Person.chain_id).where(Person.id == person_id))
    if found is None:
        raise NotFound("There is no such person.")
    return found


def names_of(session: Session, *, person_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """What each person is called, for those who work with them; who has left is not in it."""
    if not person_ids:
        return {}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(person_ids)))
    return {row.id: row.name for row in rows}


def names_of_organisations(
    session: Session, *, organisation_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, str]:
    """What each organisation is called."""
    if not organisation_ids:
        return {}
    rows = session.execute(
        select(Organisation.id, Organisation.name).where(Organisation.id.in_(organisation_ids))
    )
    return {row.id: row.name for row in rows}


def find_membership(
    session: Session, *, person_id: uuid.UUID, draft: MembershipDraft
) -> uuid.UUID | None:
    """The same role for the same thing, given before and not taken away."""
    return session.scalar(
        select(Membership.id).where(
            Membership.person_id == person_id,
            Membership.role == draft.role,
            Membership.district_id.is_not_distinct_from(draft.district_id),
            Membership.organisation_id.is_not_distinct_from(draft.organisation_id),
            Membership.ended_at.is_(None),
            or_(Membership.valid_to.is_(None), Membership.valid_to > draft.valid_from),
        )
    )


def list_memberships(
    session: Session, *, person_id: uuid.UUID, role: Role | None = None
) -> list[uuid.UUID]:
    """The roles a person was given and that were not taken away; of one kind where it is named."""
    held = select(Membership.id).where(
        Membership.person_id == person_id, Membership.ended_at.is_(None)
    )
    if role is not None:
        held = held.where(Membership.role == role)
    return list(session.scalars(held.order_by(Membership.id)))


@dataclass(frozen=True)
class ExamplePerson:
    """Somebody invented, to be signed in as with one click."""

    id: uuid.UUID
    name: str
    roles: list[HeldRole]


def list_example_people(session: Session) -> list[ExamplePerson]:
    """Everybody invented, with their roles: a few, for a demonstration."""
    rows = session.execute(
        select(Person.id, Person.name).where(Person.is_example).order_by(Person.id)
    ).all()
    return [ExamplePerson(row.id, row.name, list_roles(session, person_id=row.id)) for row in rows]
