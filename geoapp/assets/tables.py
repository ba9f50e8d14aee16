"""Assets, their line of life and maintenance duties."""

import uuid
from datetime import date
from enum import StrEnum
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.assets.rules import (
    Aspect,
    AssetEventKind,
    Kind,
    PhysicalStatus,
    Precision,
    RegisterStatus,
    SeenBy,
)
from geoapp.db import spatial
from geoapp.db.base import Base, CreatedAt, Id, Number, closed_set
from geoapp.db.codes import CODE_CHECK

# A first and a last day, both counted.
_UNTIL = "until IS NULL OR starts_on IS NULL OR until >= starts_on"


def _array(kinds: type[StrEnum]) -> str:
    return f"ARRAY[{', '.join(repr(kind.value) for kind in kinds)}]::text[]"


class Asset(Base):
    """Anything on the map that somebody pays for and keeps. `geom` is a lon/lat point or area.

    A facility or a sign is `part_of` a site; a sign `shows` the hours of a facility.
    `point` is where its pin stands. `owner_id` is the legal owner, the open end of its `Ownership`;
    who maintains it is a duty, who holds a key is neither and is never public. `source_ref` is the
    source's own key. `planned_on` is the day it is to be built, `review_on` the day a trial is
    looked at again.
    """

    __tablename__ = "asset"
    __table_args__ = (
        UniqueConstraint("district_id", "source", "source_ref"),
        CheckConstraint(CODE_CHECK, name="code"),
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint(spatial.shape_check("geom"), name="geom"),
        CheckConstraint("part_of_id <> id", name="part_of"),
        CheckConstraint("shows_id IS NULL OR (shows_id <> id AND kind = 'sign')", name="shows"),
        CheckConstraint("planned_on IS NULL OR physical_status = 'planned'", name="planned_on"),
        Index("ix_asset_point_mercator", "point_mercator", postgresql_using="gist"),
        Index("ix_asset_point", "point", postgresql_using="gist"),
        Index("ix_asset_geography", text("geography(point)"), postgresql_using="gist"),
        Index("ix_asset_district_id_kind_code", "district_id", "kind", "code"),
        Index(
            "ix_asset_search_key",
            "search_key",
            postgresql_ops={"search_key": "text_pattern_ops"},
        ),
    )

    id: Mapped[Id]
    number: Mapped[Number]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    code: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[Kind] = mapped_column(closed_set(Kind, "kind"))
    name: Mapped[str] = mapped_column(Text)
    search_key: Mapped[str] = mapped_column(Text)
    register_status: Mapped[RegisterStatus] = mapped_column(
        closed_set(RegisterStatus, "register_status")
    )
    physical_status: Mapped[PhysicalStatus] = mapped_column(
        closed_set(PhysicalStatus, "physical_status")
    )
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    owner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    part_of_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("asset.id", ondelete="SET NULL"), index=True
    )
    shows_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("asset.id", ondelete="SET NULL"), index=True
    )
    last_seen_on: Mapped[date | None]
    planned_on: Mapped[date | None]
    review_on: Mapped[date | None]
    source: Mapped[str] = mapped_column(Text)
    source_ref: Mapped[str] = mapped_column(Text)
    source_on: Mapped[date | None]
    licence: Mapped[str] = mapped_column(Text)
    is_example: Mapped[bool]
    geom: Mapped[WKBElement] = mapped_column(spatial.any_type())
    point: Mapped[WKBElement] = mapped_column(spatial.point_type(), spatial.inner_point_of("geom"))
    point_mercator: Mapped[WKBElement] = mapped_column(
        spatial.mercator_type("POINT"),
        spatial.inner_mercator_of("geom"),
    )
    created_at: Mapped[CreatedAt]


class AssetEvent(Base):
    """One thing that happened to an asset; only ever added."""

    __tablename__ = "asset_event"
    __table_args__ = (Index("ix_asset_event_happened_on", "happened_on"),)

    id: Mapped[Id]
    asset_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("asset.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[AssetEventKind] = mapped_column(closed_set(AssetEventKind, "kind"))
    happened_on: Mapped[date]
    precision: Mapped[Precision] = mapped_column(closed_set(Precision, "precision"))
    note: Mapped[str] = mapped_column(Text, default="")
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class Ownership(Base):
    """Whose an asset was or is, from its first day to its last; either may be unknown. At most one
    has no last day: `Asset.owner_id` says the same, and both are written together."""

    __tablename__ = "ownership"
    __table_args__ = (
        CheckConstraint(_UNTIL, name="until"),
        Index("uq_ownership_open", "asset_id", unique=True, postgresql_where=text("until IS NULL")),
    )

    id: Mapped[Id]
    asset_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("asset.id", ondelete="CASCADE"), index=True
    )
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    starts_on: Mapped[date | None]
    until: Mapped[date | None]
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class Sighting(Base):
    """That somebody stood at an asset and said it is still there; nothing of who or from where.

    `position` counts its photo from 1 within the asset: a picture's address holds no internal id.
    """

    __tablename__ = "sighting"
    __table_args__ = (
        UniqueConstraint("asset_id", "position"),
        CheckConstraint("(picture_id IS NULL) = (position IS NULL)", name="position"),
        Index("ix_sighting_asset_id", "asset_id", "seen_on"),
        Index("ix_sighting_seen_on", "seen_on"),
    )

    id: Mapped[Id]
    asset_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"))
    seen_on: Mapped[date]
    seen_by: Mapped[SeenBy] = mapped_column(closed_set(SeenBy, "seen_by"))
    picture_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("picture.id"), unique=True)
    position: Mapped[int | None] = mapped_column(SmallInteger)
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class MaintenanceDuty(Base):
    """An organisation's duty to keep an asset right: what it covers, first and last day."""

    __tablename__ = "maintenance_duty"
    __table_args__ = (
        CheckConstraint("cardinality(covers) > 0", name="covers_something"),
        CheckConstraint(f"covers <@ {_array(Aspect)}", name="covers"),
        CheckConstraint(_UNTIL, name="until"),
    )

    id: Mapped[Id]
    asset_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("asset.id", ondelete="CASCADE"), index=True
    )
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    covers: Mapped[list[str]] = mapped_column(ARRAY(Text))
    starts_on: Mapped[date | None]
    until: Mapped[date | None]
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class FrameworkContract(Base):
    """Under which a contractor builds and repairs things of these kinds, to its last day."""

    __tablename__ = "framework_contract"
    __table_args__ = (
        CheckConstraint("title <> ''", name="title"),
        CheckConstraint("cardinality(covers_kinds) > 0", name="covers_something"),
        CheckConstraint(f"covers_kinds <@ {_array(Kind)}", name="covers_kinds"),
        CheckConstraint("ends_on >= starts_on", name="ends_on"),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"), index=True)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    title: Mapped[str] = mapped_column(Text)
    contractor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    covers_kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class AssetContract(Base):
    """An asset that is or was built under a framework contract."""

    __tablename__ = "asset_contract"

    asset_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("asset.id", ondelete="CASCADE"), primary_key=True
    )
    contract_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("framework_contract.id", ondelete="CASCADE"), primary_key=True, index=True
    )
