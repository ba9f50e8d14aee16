"""Official areas, the crosswalk between their codes, figures, organic neighbourhoods, names."""

import uuid
from datetime import date

from geoalchemy2 import WKBElement
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.areas.rules import Level, Theme
from geoapp.db import spatial
from geoapp.db.base import Base, CreatedAt, Id, Number, closed_set

SLUG = "slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'"


class OfficialArea(Base):
    """An area of the official division: imported, dated, read-only. Geometry lon/lat.

    `tint` (0-3) only decorates: neighbours differ. `valid_to` None means: in force.
    """

    __tablename__ = "official_area"
    __table_args__ = (
        UniqueConstraint("district_id", "level", "code", "valid_from"),
        CheckConstraint(SLUG, name="slug"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="valid"),
        CheckConstraint("tint BETWEEN 0 AND 3", name="tint"),
        CheckConstraint(spatial.area_check("geom"), name="geom"),
        Index("ix_official_area_geom", "geom", postgresql_using="gist"),
        Index("ix_official_area_geom_mercator", "geom_mercator", postgresql_using="gist"),
        Index(
            "ix_official_area_search_key",
            "search_key",
            postgresql_ops={"search_key": "text_pattern_ops"},
        ),
    )

    id: Mapped[Id]
    number: Mapped[Number]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("official_area.id"), index=True)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    level: Mapped[Level] = mapped_column(closed_set(Level, "level"))
    code: Mapped[str] = mapped_column(Text)
    statistics_code: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    search_key: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    tint: Mapped[int | None] = mapped_column(SmallInteger)
    source: Mapped[str] = mapped_column(Text)
    licence: Mapped[str] = mapped_column(Text)
    geom: Mapped[WKBElement] = mapped_column(spatial.area_type())
    geom_mercator: Mapped[WKBElement] = mapped_column(
        spatial.mercator_type("MULTIPOLYGON"), spatial.mercator_of("geom")
    )
    created_at: Mapped[CreatedAt]


class AreaCrosswalk(Base):
    """A part of an old area that lies in a new one, with the old area's own figures.

    `area_id` None: the new area lies outside the district, and counts in no total here.
    """

    __tablename__ = "area_crosswalk"
    __table_args__ = (
        UniqueConstraint("district_id", "old_code", "new_code"),
        CheckConstraint("share_old > 0 AND share_old <= 1", name="share_old"),
        CheckConstraint("share_new > 0 AND share_new <= 1", name="share_new"),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    area_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("official_area.id"), index=True)
    old_code: Mapped[str] = mapped_column(Text)
    old_name: Mapped[str] = mapped_column(Text)
    old_statistics_code: Mapped[str | None] = mapped_column(Text)
    new_code: Mapped[str] = mapped_column(Text)
    new_name: Mapped[str] = mapped_column(Text)
    share_old: Mapped[float] = mapped_column(Numeric(6, 4))
    share_new: Mapped[float] = mapped_column(Numeric(6, 4))
    inhabitants: Mapped[int | None]
    households: Mapped[int | None]
    households_with_children: Mapped[int | None]
    year: Mapped[int] = mapped_column(SmallInteger)
    rounded_to: Mapped[int | None] = mapped_column(SmallInteger)
    source: Mapped[str] = mapped_column(Text)
    licence: Mapped[str] = mapped_column(Text)


class AreaFigure(Base):
    """People and homes of an official area, carried over from older codes by the crosswalk;
    `rounded_to` as their source rounds them, None: nobody says."""

    __tablename__ = "area_figure"
    __table_args__ = (
        CheckConstraint(
            "inhabitants >= 0 AND households >= 0 AND households_with_children >= 0",
            name="not_negative",
        ),
        CheckConstraint("rounded_to > 0", name="rounded_to"),
    )

    area_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("official_area.id"), primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    inhabitants: Mapped[int]
    households: Mapped[int]
    households_with_children: Mapped[int]
    rounded_to: Mapped[int | None] = mapped_column(SmallInteger)
    source: Mapped[str] = mapped_column(Text)


class OrganicArea(Base):
    """A neighbourhood as residents know it; may overlap others and cross official borders."""

    __tablename__ = "organic_area"
    __table_args__ = (
        CheckConstraint(SLUG, name="slug"),
        CheckConstraint(spatial.area_check("geom"), name="geom"),
        Index("ix_organic_area_geom", "geom", postgresql_using="gist"),
        Index("ix_organic_area_geom_mercator", "geom_mercator", postgresql_using="gist"),
    )

    id: Mapped[Id]
    number: Mapped[Number]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"), index=True)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    is_example: Mapped[bool]
    geom: Mapped[WKBElement] = mapped_column(spatial.area_type())
    geom_mercator: Mapped[WKBElement] = mapped_column(
        spatial.mercator_type("MULTIPOLYGON"), spatial.mercator_of("geom")
    )
    created_at: Mapped[CreatedAt]


class PlaceName(Base):
    """A name people use: of an organic neighbourhood (its own and its aliases) or of a spot."""

    __tablename__ = "place_name"
    __table_args__ = (
        CheckConstraint("(organic_area_id IS NULL) <> (geom IS NULL)", name="one_target"),
        CheckConstraint("search_key <> ''", name="search_key"),
        CheckConstraint(f"geom IS NULL OR ({spatial.point_check('geom')})", name="geom"),
        Index(
            "ix_place_name_search_key",
            "search_key",
            postgresql_ops={"search_key": "text_pattern_ops"},
        ),
        Index(
            "uq_place_name_alias",
            "organic_area_id",
            "search_key",
            unique=True,
            postgresql_where=text("organic_area_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    number: Mapped[Number]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"), index=True)
    organic_area_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organic_area.id", ondelete="CASCADE")
    )
    name: Mapped[str] = mapped_column(Text)
    search_key: Mapped[str] = mapped_column(Text)
    is_example: Mapped[bool]
    geom: Mapped[WKBElement | None] = mapped_column(spatial.point_type())
    geom_mercator: Mapped[WKBElement | None] = mapped_column(
        spatial.mercator_type("POINT"), spatial.mercator_of("geom")
    )
    created_at: Mapped[CreatedAt]


class ContactScope(Base):
    """Where and about what a contact can be called: one area or the whole district, one theme or
    all of them."""

    __tablename__ = "contact_scope"
    __table_args__ = (
        CheckConstraint("official_area_id IS NULL OR organic_area_id IS NULL", name="one_area"),
        UniqueConstraint(
            "contact_id",
            "official_area_id",
            "organic_area_id",
            "theme",
            name="uq_contact_scope_whole",
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[Id]
    contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    official_area_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("official_area.id"), index=True
    )
    organic_area_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organic_area.id", ondelete="CASCADE"), index=True
    )
    theme: Mapped[Theme | None] = mapped_column(closed_set(Theme, "theme"))
