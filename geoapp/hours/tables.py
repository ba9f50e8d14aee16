"""Hours of things, days that differ, and the district's calendar."""

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db.base import Base, CreatedAt, Id, closed_set
from geoapp.hours.rules import MOST_CALENDAR_DAYS, MOST_LETTERS, MOST_NOTE_LETTERS, DayKind


class OpeningHours(Base):
    """The usual hours of an asset, in OpenStreetMap's `opening_hours`, as `rules` spells them.

    `organisation_id` is who told them and `since` on which day; neither where nobody is named.
    """

    __tablename__ = "opening_hours"
    __table_args__ = (
        CheckConstraint(f"length(hours) BETWEEN 1 AND {MOST_LETTERS}", name="hours"),
        CheckConstraint("version > 0", name="version"),
    )

    id: Mapped[Id]
    asset_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("asset.id", ondelete="CASCADE"), unique=True
    )
    hours: Mapped[str] = mapped_column(Text)
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organisation.id"), index=True
    )
    since: Mapped[date]
    # Grows with each change: whoever changes them names the one they read.
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class HoursException(Base):
    """A day on which an asset opens at other `hours` ("10:00-12:00"; empty: not at all).

    `is_shut` is "closed today", said in one tap and taken back in one: what was planned for the
    day stands under it. Without `hours` the row is that tap alone.
    """

    __tablename__ = "hours_exception"
    __table_args__ = (
        UniqueConstraint("asset_id", "on_day"),
        CheckConstraint("is_shut OR hours IS NOT NULL", name="differs"),
        CheckConstraint(f"length(note) <= {MOST_NOTE_LETTERS}", name="note"),
    )

    id: Mapped[Id]
    asset_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"))
    on_day: Mapped[date]
    hours: Mapped[str | None] = mapped_column(Text)
    is_shut: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(Text, default="")
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organisation.id"), index=True
    )
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class CalendarDay(Base):
    """Days of a district that are not like others; the last one included."""

    __tablename__ = "calendar_day"
    __table_args__ = (
        UniqueConstraint("district_id", "kind", "first_day"),
        CheckConstraint(
            f"last_day BETWEEN first_day AND first_day + {MOST_CALENDAR_DAYS}", name="last_day"
        ),
        CheckConstraint("name <> ''", name="name"),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    kind: Mapped[DayKind] = mapped_column(closed_set(DayKind, "kind"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    name: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]
