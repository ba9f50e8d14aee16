"""Platforms, the areas they say are theirs, and who speaks for whom in them."""

import uuid
from datetime import date, datetime

from geoalchemy2 import WKBElement
from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db import spatial
from geoapp.db.base import Base, CreatedAt, Id, Number, closed_set
from geoapp.platforms.rules import Figure


class Platform(Base):
    """Active residents organised for a neighbourhood; as keeper it is its `organisation`.

    `put_forward_by` is who wrote it in themselves, never public: nobody does so often. Empty where
    an operator did, or they have left. `hidden_for` is why a moderator has hidden all that the
    platform says of itself; empty where nobody has.
    """

    __tablename__ = "platform"
    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug"),
        CheckConstraint("put_forward_by IS NULL OR put_forward_at IS NOT NULL", name="put_forward"),
        Index(
            "ix_platform_put_forward_by",
            "put_forward_by",
            postgresql_where=text("put_forward_by IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"), index=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), unique=True)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    search_key: Mapped[str] = mapped_column(Text)
    about: Mapped[str] = mapped_column(Text, default="")
    meets: Mapped[str] = mapped_column(Text, default="")
    since_year: Mapped[int | None] = mapped_column(SmallInteger)
    # Grows with each change of the words: whoever changes them names the one they read.
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    put_forward_by: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )
    put_forward_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    hidden_for: Mapped[str] = mapped_column(Text, default="", server_default="")
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class PlatformArea(Base):
    """Where a platform says it is active, from a day on; overlaps with others are allowed.

    A changed area is a new row beside the old one, whose `valid_to` is the first day without it.
    """

    __tablename__ = "platform_area"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="valid"),
        CheckConstraint(spatial.area_check("geom"), name="geom"),
        Index("ix_platform_area_geom", "geom", postgresql_using="gist"),
        Index("ix_platform_area_geom_mercator", "geom_mercator", postgresql_using="gist"),
        Index(
            "uq_platform_area_in_force",
            "platform_id",
            unique=True,
            postgresql_where=text("valid_to IS NULL"),
        ),
    )

    id: Mapped[Id]
    number: Mapped[Number]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    platform_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.id", ondelete="CASCADE"), index=True
    )
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    is_example: Mapped[bool]
    geom: Mapped[WKBElement] = mapped_column(spatial.area_type())
    geom_mercator: Mapped[WKBElement] = mapped_column(
        spatial.mercator_type("MULTIPOLYGON"), spatial.mercator_of("geom")
    )
    created_at: Mapped[CreatedAt]


class WeekReader(Base):
    """Who gets the news of a platform's area by mail, on Monday."""

    __tablename__ = "week_reader"
    __table_args__ = (UniqueConstraint("platform_id", "person_id"),)

    id: Mapped[Id]
    platform_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[CreatedAt]


class PlatformMandate(Base):
    """Who speaks for a platform, by role and never by name: about what, for whom, until when.

    `valid_to` is its last day, `ended_on` the day it was ended before that. It stays as history.
    """

    __tablename__ = "platform_mandate"
    __table_args__ = (
        CheckConstraint("about <> '' AND role <> '' AND on_behalf_of <> ''", name="said"),
        CheckConstraint("valid_to >= valid_from", name="valid"),
        CheckConstraint("ended_on >= valid_from", name="ended"),
    )

    id: Mapped[Id]
    platform_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.id", ondelete="CASCADE"), index=True
    )
    about: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    on_behalf_of: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    ended_on: Mapped[date | None]
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class OwnWord(Base):
    """What a platform itself says beside a figure of its area, for everybody to read."""

    __tablename__ = "own_word"
    __table_args__ = (CheckConstraint("words <> '' AND char_length(words) <= 400", name="words"),)

    platform_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.id", ondelete="CASCADE"), primary_key=True
    )
    figure: Mapped[Figure] = mapped_column(closed_set(Figure, "figure"), primary_key=True)
    words: Mapped[str] = mapped_column(Text)
    said_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    is_example: Mapped[bool]


"""Platforms, the areas they say are theirs, and who speaks for whom in them."""


class CounterView(Base):
    """What a platform itself says beside a gap that is told of its area (F6), for everybody to read
    and in every file. `about` is what was looked for: the code of a kind, or of another gap."""

    __tablename__ = "counter_view"
    __table_args__ = (
        CheckConstraint("words <> '' AND char_length(words) <= 400", name="words"),
        CheckConstraint("about ~ '^[a-z_]{1,24}$'", name="about"),
    )

    platform_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.id", ondelete="CASCADE"), primary_key=True
    )
    about: Mapped[str] = mapped_column(Text, primary_key=True)
    words: Mapped[str] = mapped_column(Text)
    said_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    is_example: Mapped[bool]
