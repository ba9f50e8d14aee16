"""Organisations, who owns, keeps, pays; persons, their addresses under lock, and their roles."""

import uuid
from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db.base import Base, CreatedAt, Id, closed_set, new_id
from geoapp.people.rules import Mandate, OrganisationKind, Role


class Organisation(Base):
    """A department, contractor, platform, group of residents, fund or sponsor.

    `reads_along` is public: whether it sees what is reported here. An organisation of volunteers
    has no public clock. `is_desk` marks the one that gets what nobody else is down for.
    `mailbox_id` is where it gets by mail what nobody of it is called for; never public.
    `is_own_word` where it stands here by its own word alone: its people act for it, and for nobody
    and nothing else in the district.
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
    is_own_word: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    mailbox_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("address.id", ondelete="SET NULL"), index=True
    )
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class OrganisationDays(Base):
    """How long an organisation's own moves may take; where it says nothing, its district does."""

    __tablename__ = "organisation_days"
    __table_args__ = (
        CheckConstraint(
            "answer_days BETWEEN 1 AND 365 AND acceptance_days BETWEEN 1 AND 365 "
            "AND silence_days BETWEEN 1 AND 365",
            name="days",
        ),
    )

    organisation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True
    )
    answer_days: Mapped[int | None] = mapped_column(SmallInteger)
    acceptance_days: Mapped[int | None] = mapped_column(SmallInteger)
    silence_days: Mapped[int | None] = mapped_column(SmallInteger)
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class Address(Base):
    """An e-mail address under lock (see `sealing`); `look_up` finds it and tells nothing.

    `confirmed_at` is when somebody first acted on a mail sent there: until then it gets one.
    """

    __tablename__ = "address"
    __table_args__ = (CheckConstraint("octet_length(look_up) = 32", name="look_up"),)

    id: Mapped[Id]
    look_up: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(Text)
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]


class Person(Base):
    """Somebody who signs in. `rights_version` grows with each change of their roles.

    `name` is for those they work with, never public. An erased person has no row.
    """

    __tablename__ = "person"
    __table_args__ = (CheckConstraint("char_length(name) <= 80", name="name"),)

    id: Mapped[Id]
    address_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("address.id"), unique=True)
    name: Mapped[str] = mapped_column(Text, default="")
    # Under this id, not their own, stands what was done to their account: it goes with them.
    chain_id: Mapped[uuid.UUID] = mapped_column(Uuid, default=new_id, unique=True)
    rights_version: Mapped[int] = mapped_column(default=1)
    last_seen_on: Mapped[date]
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class Membership(Base):
    """A role somebody holds from a day on; `valid_to` is the first day without it.

    `ended_at` is when it was taken away before its time: that acts at once.
    """

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="valid"),
        CheckConstraint("(role = 'administrator') = (district_id IS NULL)", name="scope"),
        CheckConstraint(
            "organisation_id IS NOT NULL OR role IN "
            "('commission_member', 'mediating_team', 'moderator', 'administrator')",
            name="organisation",
        ),
        CheckConstraint("role NOT IN ('anonymous', 'resident')", name="given"),
    )

    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    role: Mapped[Role] = mapped_column(closed_set(Role, "role"))
    district_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("district.id"))
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organisation.id"), index=True
    )
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class SupportConsent(Base):
    """A platform lets a support organisation act for it, until `ended_at` (P8)."""

    __tablename__ = "support_consent"
    __table_args__ = (
        CheckConstraint("supporter_id <> organisation_id", name="not_itself"),
        Index(
            "uq_support_consent_open",
            "organisation_id",
            "supporter_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    supporter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    given_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    is_example: Mapped[bool]


class Contact(Base):
    """A role one can call: public with its mandate and how to reach it, never with who it is.

    `person_id` is who it is today, `deputy_id` who stands in: for those they work with alone. What
    it is there for, by area and theme, stands in `areas`. `checked_on` is when somebody last said
    that it is right; None: not since it was made.
    """

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint("char_length(role_name) BETWEEN 1 AND 80", name="role_name"),
        CheckConstraint("char_length(how_to_reach) BETWEEN 1 AND 200", name="how_to_reach"),
        UniqueConstraint("organisation_id", "role_name"),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    role_name: Mapped[str] = mapped_column(Text)
    how_to_reach: Mapped[str] = mapped_column(Text)
    mandate: Mapped[Mandate] = mapped_column(closed_set(Mandate, "mandate"))
    person_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )
    deputy_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )
    checked_on: Mapped[date | None]
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class Rung(Base):
    """Whom of an organisation a report is brought to, by how high it stands; 1 is who handles it.

    `days` are those to answer in on this rung; None: those of the organisation.
    """

    __tablename__ = "rung"
    __table_args__ = (
        # The same numbers stand in `rules`: another one needs a migration.
        CheckConstraint("number BETWEEN 1 AND 2", name="number"),
        CheckConstraint("days BETWEEN 1 AND 365", name="days"),
        UniqueConstraint("organisation_id", "number"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE")
    )
    number: Mapped[int] = mapped_column(SmallInteger)
    contact_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("contact.id", ondelete="CASCADE"), index=True
    )
    days: Mapped[int | None] = mapped_column(SmallInteger)
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]
