"""Whom a commission chose to speak for an area, each time it chose."""

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db.base import Base, CreatedAt, Id, Number


class AreaChoice(Base):
    """One choice for an area of either division, with all that a choice must say; a trigger
    refuses to change one. A later one replaces it, and both are shown.

    `body` is the role of who decided, never a person. No platform beside it: none was chosen.
    """

    __tablename__ = "area_choice"
    __table_args__ = (
        CheckConstraint("(organic_area_id IS NULL) <> (official_area_id IS NULL)", name="area"),
        CheckConstraint(
            "body <> '' AND reasons <> '' AND interests <> '' AND still_possible <> ''",
            name="said",
        ),
        Index("ix_area_choice_organic_area_id", "organic_area_id", "number"),
        Index("ix_area_choice_official_area_id", "official_area_id", "number"),
    )

    id: Mapped[Id]
    number: Mapped[Number]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    organic_area_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organic_area.id", ondelete="CASCADE")
    )
    official_area_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("official_area.id"))
    body: Mapped[str] = mapped_column(Text)
    reasons: Mapped[str] = mapped_column(Text)
    interests: Mapped[str] = mapped_column(Text)
    still_possible: Mapped[str] = mapped_column(Text)
    decided_on: Mapped[date]
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class AreaChoicePlatform(Base):
    """A platform that was chosen."""

    __tablename__ = "area_choice_platform"

    choice_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("area_choice.id", ondelete="CASCADE"), primary_key=True
    )
    platform_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.id", ondelete="CASCADE"), primary_key=True, index=True
    )
