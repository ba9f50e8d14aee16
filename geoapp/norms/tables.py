"""Norms by version, the distance of each band, and the areas that have one of their own."""

import uuid
from datetime import date, datetime

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
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db.base import Base, CreatedAt, Id
from geoapp.norms.rules import LEAST_M, MOST_M

CODE = "code ~ '^[a-z0-9]+(-[a-z0-9]+)*$'"
DISTANCE = f"distance_m BETWEEN {LEAST_M} AND {MOST_M}"


class Norm(Base):
    """A version of a norm in a district: whose it is, since when, and what its source says in its
    own words. A changed norm is a new version; the newest that has begun counts."""

    __tablename__ = "norm"
    __table_args__ = (
        UniqueConstraint("district_id", "code", "version"),
        CheckConstraint(CODE, name="code"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("source_text <> ''", name="source_text"),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    code: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(SmallInteger)
    starts_on: Mapped[date]
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    owners: Mapped[dict[str, str]] = mapped_column(JSONB)
    source: Mapped[str] = mapped_column(Text)
    source_text: Mapped[str] = mapped_column(Text)
    source_language: Mapped[str] = mapped_column(Text)
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class NormBand(Base):
    """For whom a norm has which distance, in metres of walking. One band of a norm is its main one,
    meant by whoever names none. The order is that of `position`."""

    __tablename__ = "norm_band"
    __table_args__ = (
        CheckConstraint("code ~ '^[a-z0-9+-]{1,24}$'", name="code"),
        CheckConstraint(DISTANCE, name="distance_m"),
        Index("uq_norm_band_main", "norm_id", unique=True, postgresql_where=text("is_main")),
    )

    norm_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("norm.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    distance_m: Mapped[int]
    is_main: Mapped[bool]


class AreaNorm(Base):
    """The distance that an area has agreed on for itself, instead of the district's; a newer one
    ends it. `said_by_id` is whose word it is; the band is as norms call it, None: for everybody."""

    __tablename__ = "area_norm"
    __table_args__ = (
        CheckConstraint("(official_area_id IS NULL) <> (organic_area_id IS NULL)", name="one_area"),
        CheckConstraint(DISTANCE, name="distance_m"),
        CheckConstraint("band ~ '^[a-z0-9+-]{1,24}$'", name="band"),
        CheckConstraint("note <> '' AND char_length(note) <= 1000", name="note"),
        CheckConstraint("valid_to >= valid_from", name="valid"),
        Index(
            "uq_area_norm_in_force",
            "official_area_id",
            "organic_area_id",
            "band",
            unique=True,
            postgresql_where=text("valid_to IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_area_norm_district_id", "district_id"),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    official_area_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("official_area.id"))
    organic_area_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organic_area.id", ondelete="CASCADE"), index=True
    )
    band: Mapped[str | None] = mapped_column(Text)
    distance_m: Mapped[int]
    note: Mapped[str] = mapped_column(Text)
    said_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    valid_from: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    valid_to: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    is_example: Mapped[bool]
