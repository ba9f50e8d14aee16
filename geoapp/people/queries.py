"""Questions about organisations."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.errors import NotFound
from geoapp.people.rules import OrganisationKind
from geoapp.people.tables import Organisation


@dataclass(frozen=True)
class Party:
    """An organisation as the public sees it."""

    slug: str
    name: str
    kind: OrganisationKind
    about: str
    how_to_reach: str
    reads_along: bool
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
