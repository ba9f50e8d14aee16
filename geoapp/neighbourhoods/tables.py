"""Answers, outlines, what both sum to per cell of 25 m, and who lives in each square of 100 m."""

import uuid
from datetime import datetime

from geoalchemy2 import WKBElement
from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, INTEGER
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db import spatial
from geoapp.db.base import DERIVED, Base, CreatedAt, Id, closed_set
from geoapp.neighbourhoods.rules import OutlineKind

_IN_FORCE = "valid_to IS NULL"


class NeighbourhoodAnswer(Base):
    """What one reporter calls the neighbourhood of a 25 m cell; `source_ref` makes it one each.

    `organic_area_id` where the name is known; a new name is kept as said. `sender` tells two
    networks apart that say one name, and nothing else; None: nobody knows.
    """

    __tablename__ = "neighbourhood_answer"
    __table_args__ = (
        CheckConstraint("search_key <> '' AND char_length(name) <= 80", name="name"),
        CheckConstraint("octet_length(sender) = 32", name="sender"),
        Index("ix_neighbourhood_answer_cell", "district_id", "cell_x", "cell_y"),
        Index(
            "ix_neighbourhood_answer_unknown",
            "district_id",
            "created_at",
            postgresql_where=text("organic_area_id IS NULL"),
        ),
        Index("ix_neighbourhood_answer_name", "district_id", "search_key"),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    organic_area_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organic_area.id", ondelete="SET NULL"), index=True
    )
    cell_x: Mapped[int]
    cell_y: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    search_key: Mapped[str] = mapped_column(Text)
    source_ref: Mapped[str] = mapped_column(Text, unique=True)
    sender: Mapped[bytes | None] = mapped_column(LargeBinary)
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class NeighbourhoodOutline(Base):
    """One author's outline of a neighbourhood; a newer one of the same author ends it.

    `sender` tells the networks of drawings apart, and goes when the drawing is over. The runs are
    the cells that were counted for it, of each its row and its first and last column, so that
    exactly those are counted off again.
    """

    __tablename__ = "neighbourhood_outline"
    __table_args__ = (
        CheckConstraint(
            "(organisation_id IS NOT NULL) = (kind = 'declared') AND "
            "(sender IS NOT NULL) = (kind = 'drawn' AND valid_to IS NULL)",
            name="author",
        ),
        CheckConstraint("octet_length(sender) = 32", name="sender"),
        CheckConstraint("valid_to >= valid_from", name="valid"),
        CheckConstraint(
            "cardinality(run_rows) > 0 AND cardinality(run_rows) = cardinality(run_firsts) "
            "AND cardinality(run_rows) = cardinality(run_lasts)",
            name="runs",
        ),
        CheckConstraint(spatial.area_check("geom"), name="geom"),
        Index(
            "uq_neighbourhood_outline_in_force",
            "organic_area_id",
            "kind",
            "organisation_id",
            "sender",
            unique=True,
            postgresql_where=text(_IN_FORCE),
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    organic_area_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organic_area.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[OutlineKind] = mapped_column(closed_set(OutlineKind, "kind"))
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organisation.id"), index=True
    )
    sender: Mapped[bytes | None] = mapped_column(LargeBinary)
    valid_from: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    valid_to: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    is_example: Mapped[bool]
    run_rows: Mapped[list[int]] = mapped_column(ARRAY(INTEGER))
    run_firsts: Mapped[list[int]] = mapped_column(ARRAY(INTEGER))
    run_lasts: Mapped[list[int]] = mapped_column(ARRAY(INTEGER))
    geom: Mapped[WKBElement] = mapped_column(spatial.area_type())


class NeighbourhoodTally(Base):
    """The voices about one neighbourhood as a whole; `redraws` is how often its shape was drawn
    anew from them."""

    __tablename__ = "neighbourhood_tally"
    __table_args__ = (
        CheckConstraint(
            "outlines >= drawings + declarations AND drawings >= 0 AND declarations >= 0 "
            "AND answers >= 0 AND redraws >= 0",
            name="counts",
        ),
        DERIVED,
    )

    organic_area_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organic_area.id", ondelete="CASCADE"), primary_key=True
    )
    outlines: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    drawings: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    declarations: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    answers: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    redraws: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class AgreementCell(Base):
    """How many say that a cell of 25 m belongs to a neighbourhood. Of how many is never stored:
    the outlines of the neighbourhood in all, and the answers at the cell. The district is that of
    the neighbourhood, with which a cell goes: no foreign key is looked up twice for each cell."""

    __tablename__ = "agreement_cell"
    __table_args__ = (
        CheckConstraint(
            "yes_outlines >= 0 AND yes_answers >= 0 AND yes_outlines + yes_answers > 0",
            name="voices",
        ),
        Index("ix_agreement_cell_area", "organic_area_id", "cell_x", "cell_y"),
        DERIVED,
    )

    district_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    cell_x: Mapped[int] = mapped_column(primary_key=True)
    cell_y: Mapped[int] = mapped_column(primary_key=True)
    organic_area_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("organic_area.id", ondelete="CASCADE"), primary_key=True
    )
    yes_outlines: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    yes_answers: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class AnsweredCell(Base):
    """How many answers speak for a cell of 25 m, whatever they say."""

    __tablename__ = "answered_cell"
    __table_args__ = (CheckConstraint("answers > 0", name="answers"), DERIVED)

    district_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("district.id", ondelete="CASCADE"), primary_key=True
    )
    cell_x: Mapped[int] = mapped_column(primary_key=True)
    cell_y: Mapped[int] = mapped_column(primary_key=True)
    answers: Mapped[int]


class PopulationCell(Base):
    """Who lives in the part of a square of 100 m that lies in a buurt: the buurt's figures, spread
    evenly over its area. A square at a border has a row for each buurt, so that the parts of a
    buurt sum to its figures."""

    __tablename__ = "population_cell"
    __table_args__ = (
        CheckConstraint(
            "inhabitants >= 0 AND households >= 0 AND households_with_children >= 0",
            name="not_negative",
        ),
        Index("ix_population_cell_area_id", "area_id"),
        DERIVED,
    )

    district_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("district.id", ondelete="CASCADE"), primary_key=True
    )
    cell_x: Mapped[int] = mapped_column(primary_key=True)
    cell_y: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("official_area.id", ondelete="CASCADE"), primary_key=True
    )
    inhabitants: Mapped[float]
    households: Mapped[float]
    households_with_children: Mapped[float]
    year: Mapped[int] = mapped_column(SmallInteger)
    rounded_to: Mapped[int | None] = mapped_column(SmallInteger)
    source: Mapped[str] = mapped_column(Text)
