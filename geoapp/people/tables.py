"""Organisations: who owns, keeps, pays."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db.base import Base, CreatedAt, Id, closed_set
from geoapp.people.rules import OrganisationKind


class Organisation(Base):
    """A department, contractor, platform, group of residents, fund or sponsor.

    `reads_along` is public: whether it sees what is reported here. An organisation of volunteers
    has no public clock. `is_desk` marks the one that gets what nobody else is down for.
    """

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug"),
        Index("uq_organisation_desk", "district_id", unique=True, postgresql_where=text("is_desk")),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"), index=True)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[OrganisationKind] = mapped_column(closed_set(OrganisationKind, "kind"))
    about: Mapped[str] = mapped_column(Text, default="")
    how_to_reach: Mapped[str] = mapped_column(Text, default="")
    reads_along: Mapped[bool]
    is_volunteer: Mapped[bool]
    is_desk: Mapped[bool] = mapped_column(default=False)
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]
