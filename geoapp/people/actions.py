"""Changes to organisations."""

import uuid
from dataclasses import asdict, dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from geoapp.db.changes import update_row
from geoapp.errors import Invalid
from geoapp.people.rules import OrganisationKind
from geoapp.people.tables import Organisation


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
    """Take away every example organisation; whatever hangs on one must be gone before."""
    gone = session.execute(
        delete(Organisation).where(Organisation.is_example).returning(Organisation.id)
    )
    return len(gone.all())
