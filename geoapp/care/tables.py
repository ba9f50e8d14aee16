"""What is lacking of which thing, and when that was last looked at."""

import uuid
from datetime import date, datetime

from sqlalchemy import DateTime, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.care.rules import Gap
from geoapp.db.base import DERIVED, Base, CreatedAt, closed_set


class CareGap(Base):
    """One thing that is lacking of one asset: derived from other rows and made anew from them.

    `about` names what it is about: aspects, or the slug of an agreement or contract. `since_on` is
    the first day it was so (of what was not seen: the day it last was); None: nobody knows.
    """

    __tablename__ = "care_gap"
    __table_args__ = (
        Index(
            "ix_care_gap_oldest",
            "district_id",
            "kind",
            text("coalesce(since_on, 'infinity'::date)"),
            "code",
        ),
        DERIVED,
    )

    asset_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("asset.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[Gap] = mapped_column(closed_set(Gap, "kind"), primary_key=True)
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    code: Mapped[str] = mapped_column(Text)
    about: Mapped[str] = mapped_column(Text, default="", server_default="")
    since_on: Mapped[date | None]
    created_at: Mapped[CreatedAt]


class CareLook(Base):
    """When all of a district was last looked at."""

    __tablename__ = "care_look"
    __table_args__ = DERIVED

    district_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("district.id", ondelete="CASCADE"), primary_key=True
    )
    looked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
