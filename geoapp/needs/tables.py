"""Imported layers of need and their squares."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db.base import PART_OF, Base, CreatedAt, Id, closed_set
from geoapp.needs.rules import Counted, Unit

_TAKEN = ", ".join(f"'{counted.value}'" for counted in Counted)


class NeedLayer(Base):
    """A version of a layer of need: whom it counts, of which year, rounded to what. A layer that is
    imported anew is a new version; the newest counts. `is_planned`: they are not there yet."""

    __tablename__ = "need_layer"
    __table_args__ = (
        UniqueConstraint("district_id", "code", "version"),
        CheckConstraint(
            f"code ~ '^[a-z0-9]+([-_][a-z0-9]+)*$' AND code NOT IN ({_TAKEN})", name="code"
        ),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("rounded_to > 0", name="rounded_to"),
        CheckConstraint("source <> ''", name="source"),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    code: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    unit: Mapped[Unit] = mapped_column(closed_set(Unit, "unit"))
    year: Mapped[int] = mapped_column(SmallInteger)
    rounded_to: Mapped[int | None] = mapped_column(SmallInteger)
    is_planned: Mapped[bool]
    source: Mapped[str] = mapped_column(Text)
    licence: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class NeedCell(Base):
    """How many of a layer are in the part of a square of 100 m that lies in a buurt; column and row
    are those of the district's metric grid."""

    __tablename__ = "need_cell"
    __table_args__ = (
        CheckConstraint("amount > 0 AND amount < 'infinity'::float8", name="amount"),
        Index("ix_need_cell_area_id", "area_id"),
    )

    layer_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("need_layer.id", ondelete="CASCADE", info=PART_OF), primary_key=True
    )
    cell_x: Mapped[int] = mapped_column(primary_key=True)
    cell_y: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("official_area.id", ondelete="CASCADE"), primary_key=True
    )
    amount: Mapped[float]
