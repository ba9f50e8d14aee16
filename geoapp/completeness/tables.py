"""What was said of how much is known."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.assets.rules import Kind
from geoapp.completeness.rules import MOST_NOTE_LETTERS, Known
from geoapp.db.base import Base, Id, closed_set


class Completeness(Base):
    """One saying of how much is known of a kind of thing in an official area; only ever added, and
    the newest counts. What is said of a smaller area goes before what is said of a larger one.

    `organisation_id` is who says so; None: the list of `source` itself.
    """

    __tablename__ = "completeness"
    __table_args__ = (
        CheckConstraint(f"note <> '' AND char_length(note) <= {MOST_NOTE_LETTERS}", name="note"),
        CheckConstraint("(organisation_id IS NULL) = (source <> '')", name="who"),
        Index("ix_completeness_newest", "district_id", "kind", "area_id", "said_at"),
        Index("ix_completeness_area_id", "area_id"),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    area_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("official_area.id"))
    kind: Mapped[Kind] = mapped_column(closed_set(Kind, "kind"))
    known: Mapped[Known] = mapped_column(closed_set(Known, "known"))
    note: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organisation.id"), index=True
    )
    said_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    is_example: Mapped[bool]
