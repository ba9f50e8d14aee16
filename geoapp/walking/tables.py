"""Networks of paths and their lines."""

import uuid
from datetime import date

from geoalchemy2 import WKBElement
from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db import spatial
from geoapp.db.base import PART_OF, Base, CreatedAt, Id


class WalkingNetwork(Base):
    """A version of a district's paths: one import, all of it. The newest counts. A home or a place
    further than `max_snap_m` from every path is not on it."""

    __tablename__ = "walking_network"
    __table_args__ = (
        UniqueConstraint("district_id", "version"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("max_snap_m BETWEEN 1 AND 1000", name="max_snap_m"),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    version: Mapped[int] = mapped_column(SmallInteger)
    max_snap_m: Mapped[int] = mapped_column(SmallInteger)
    source: Mapped[str] = mapped_column(Text)
    licence: Mapped[str] = mapped_column(Text)
    source_on: Mapped[date | None]
    digest: Mapped[str] = mapped_column(Text)
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class WalkingLine(Base):
    """A path, lon/lat; lines meet where their ends do. `barred` are the bands of norms that cannot
    go along it: small children do not cross a main road."""

    __tablename__ = "walking_line"
    __table_args__ = (
        CheckConstraint(spatial.line_check("geom"), name="geom"),
        CheckConstraint("array_position(barred, NULL) IS NULL", name="barred"),
    )

    network_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("walking_network.id", ondelete="CASCADE", info=PART_OF), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    barred: Mapped[list[str]] = mapped_column(ARRAY(Text))
    geom: Mapped[WKBElement] = mapped_column(spatial.line_type())
