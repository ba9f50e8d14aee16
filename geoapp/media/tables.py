"""Pictures: what is known of each; the pixels are files."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db.base import Base, CreatedAt, Id, closed_set
from geoapp.media.rules import LARGE_SIDE_PX, PictureState


class Picture(Base):
    """A picture that passed the gate. Its files are committed to disk before this row is.

    `width` and `height` are those of the large file, `byte_count` is of both files together.
    `digest` is the SHA-256 of the upload, of which nothing else is kept. `looked_at` is the first
    look. What a picture belongs to is known there, not here.
    """

    __tablename__ = "picture"
    __table_args__ = (
        CheckConstraint(
            f"width BETWEEN 1 AND {LARGE_SIDE_PX} AND height BETWEEN 1 AND {LARGE_SIDE_PX}",
            name="sides",
        ),
        CheckConstraint("byte_count > 0", name="byte_count"),
        CheckConstraint("octet_length(digest) = 32", name="digest"),
        CheckConstraint("(looked_at IS NULL) = (state = 'held')", name="looked_at"),
        Index("ix_picture_held", "district_id", "id", postgresql_where=text("state = 'held'")),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"), index=True)
    state: Mapped[PictureState] = mapped_column(
        closed_set(PictureState, "state"), default=PictureState.HELD
    )
    width: Mapped[int] = mapped_column(SmallInteger)
    height: Mapped[int] = mapped_column(SmallInteger)
    byte_count: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[CreatedAt]
    looked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    is_example: Mapped[bool]
