"""The district: everything that makes one place of use differ from another is a column here."""

from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import CheckConstraint, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db import spatial
from geoapp.db.base import Base, CreatedAt, Id, closed_set
from geoapp.districts.rules import Kept


class District(Base):
    """A place of use. `bounds` (lon/lat) is the union of its highest official areas.

    `emergency` is a list of {"words": {language: text}, "number": str}. Days are calendar days.
    `operator` holds the filled slots of `rules.Slot`: text, or {language: text}.
    """

    __tablename__ = "district"
    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug"),
        CheckConstraint("cardinality(languages) > 0", name="languages"),
        CheckConstraint(
            "answer_days > 0 AND acceptance_days > 0 AND silence_days > 0 AND contact_days > 0",
            name="days",
        ),
        CheckConstraint("background_url = '' OR background_attribution <> ''", name="background"),
        CheckConstraint("jsonb_typeof(operator) = 'object'", name="operator"),
        CheckConstraint(f"bounds IS NULL OR ({spatial.area_check('bounds')})", name="bounds"),
    )

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    full_name: Mapped[str] = mapped_column(Text)
    metric_srid: Mapped[int]
    time_zone: Mapped[str] = mapped_column(Text)
    calendar: Mapped[str] = mapped_column(Text)
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text))
    answer_days: Mapped[int] = mapped_column(SmallInteger)
    acceptance_days: Mapped[int] = mapped_column(SmallInteger)
    silence_days: Mapped[int] = mapped_column(SmallInteger)
    # How long the address of who reported or follows is kept after the end of the file.
    contact_days: Mapped[int] = mapped_column(SmallInteger, default=90, server_default="90")
    emergency: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    attribution: Mapped[str] = mapped_column(Text)
    # A name people can search for here, shown in the empty search box.
    search_example: Mapped[str] = mapped_column(Text, default="")
    # The map under ours: an address with {z}, {x} and {y}, or nothing; and whose it is.
    background_url: Mapped[str] = mapped_column(Text, default="")
    background_attribution: Mapped[str] = mapped_column(Text, default="")
    # Whose map it is: what the trust pages say of who runs it.
    operator: Mapped[dict[str, Any]] = mapped_column(
        JSONB, default=dict, server_default=text("'{}'")
    )
    is_example: Mapped[bool] = mapped_column(default=False)
    bounds: Mapped[WKBElement | None] = mapped_column(spatial.area_type())
    bounds_mercator: Mapped[WKBElement | None] = mapped_column(
        spatial.mercator_type("MULTIPOLYGON"), spatial.mercator_of("bounds")
    )
    created_at: Mapped[CreatedAt]


class Retention(Base):
    """How many days the installation keeps a kind of thing that is not a district's."""

    __tablename__ = "retention"
    __table_args__ = (CheckConstraint("days BETWEEN 1 AND 3660", name="days"),)

    kind: Mapped[Kept] = mapped_column(closed_set(Kept, "kind"), primary_key=True)
    days: Mapped[int] = mapped_column(SmallInteger)
