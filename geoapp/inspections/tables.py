"""Lists of questions, inspections, cases on the ladder, and what was asked to be taken away."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.assets.rules import Kind
from geoapp.db.base import Base, CreatedAt, Id, Number, closed_set
from geoapp.inspections.rules import (
    MOST_EVERY_DAYS,
    MOST_ITEMS,
    MOST_NOTE_LETTERS,
    CaseState,
    Ground,
    Result,
)
from geoapp.ledger.rules import Verdict

_OPEN = "state IN ('warned', 'repairing', 'to_remove')"


class Checklist(Base):
    """What is asked of every thing of a kind in a district, and how often; a changed list is a new
    version, for inspections keep the one they were done by."""

    __tablename__ = "checklist"
    __table_args__ = (
        UniqueConstraint("district_id", "kind", "version"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint(f"every_days BETWEEN 1 AND {MOST_EVERY_DAYS}", name="every_days"),
        CheckConstraint(f"jsonb_array_length(items) BETWEEN 1 AND {MOST_ITEMS}", name="items"),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    kind: Mapped[Kind] = mapped_column(closed_set(Kind, "kind"))
    version: Mapped[int] = mapped_column(SmallInteger)
    starts_on: Mapped[date]
    every_days: Mapped[int] = mapped_column(SmallInteger)
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    source: Mapped[str] = mapped_column(Text)
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class Inspection(Base):
    """What was found at a thing, by which list, on which day of its district.

    With `with_organisation_id` it was done together: by the district and a keeper, of whom
    `by_district` says which one wrote it down. It counts as that (`is_shared`) once somebody of the
    other side has confirmed it. Who they are is erased with them.
    """

    __tablename__ = "inspection"
    __table_args__ = (
        # What a case hangs on: a thing's own inspection, done together.
        UniqueConstraint("id", "asset_id", "is_shared"),
        CheckConstraint(f"char_length(note) <= {MOST_NOTE_LETTERS}", name="note"),
        CheckConstraint("jsonb_typeof(answers) = 'object'", name="answers"),
        CheckConstraint("with_organisation_id <> by_organisation_id", name="two_sides"),
        CheckConstraint("confirmed_by <> person_id", name="two_persons"),
        CheckConstraint(
            "confirmed_at IS NULL OR with_organisation_id IS NOT NULL", name="confirmed_at"
        ),
        CheckConstraint("confirmed_by IS NULL OR confirmed_at IS NOT NULL", name="confirmed_by"),
        Index("ix_inspection_asset_id", "asset_id", text("number DESC")),
        Index("ix_inspection_person_id", "person_id", postgresql_where=text("person_id NOTNULL")),
        Index(
            "ix_inspection_confirmed_by",
            "confirmed_by",
            postgresql_where=text("confirmed_by NOTNULL"),
        ),
    )

    id: Mapped[Id]
    number: Mapped[Number]
    asset_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"))
    checklist_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("checklist.id"), index=True)
    done_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    done_on: Mapped[date]
    by_organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    by_district: Mapped[bool]
    person_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )
    with_organisation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organisation.id"), index=True
    )
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    confirmed_by: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )
    is_shared: Mapped[bool] = mapped_column(Computed("confirmed_at IS NOT NULL", persisted=True))
    answers: Mapped[dict[str, str]] = mapped_column(JSONB)
    result: Mapped[Result] = mapped_column(closed_set(Result, "result"))
    note: Mapped[str] = mapped_column(Text, default="")
    picture_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("picture.id", ondelete="SET NULL"), index=True
    )
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class RemovalCase(Base):
    """A warning and what became of it. `inspection_id` is the one done together that it began
    with: the database knows no other way (`is_shared`). `repair_until` is the last day for repair.
    """

    __tablename__ = "removal_case"
    __table_args__ = (
        ForeignKeyConstraint(
            ["inspection_id", "asset_id", "is_shared"],
            ["inspection.id", "inspection.asset_id", "inspection.is_shared"],
            ondelete="CASCADE",
            name="fk_removal_case_inspection_id",
        ),
        CheckConstraint("is_shared", name="is_shared"),
        CheckConstraint("repair_until >= warned_on", name="repair_until"),
        CheckConstraint(f"(ended_on IS NULL) = ({_OPEN})", name="ended_on"),
        Index("uq_removal_case_open", "asset_id", unique=True, postgresql_where=text(_OPEN)),
        Index("ix_removal_case_inspection_id", "inspection_id"),
    )

    id: Mapped[Id]
    asset_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("asset.id", ondelete="CASCADE"), index=True
    )
    inspection_id: Mapped[uuid.UUID]
    is_shared: Mapped[bool] = mapped_column(default=True)
    state: Mapped[CaseState] = mapped_column(closed_set(CaseState, "state"))
    warned_on: Mapped[date]
    repair_until: Mapped[date]
    ended_on: Mapped[date | None]
    ended_because: Mapped[str] = mapped_column(Text, default="")
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class RemovalRequest(Base):
    """What was asked to be taken away, why, and whom that touches; settled by a second person.

    `look_id` is where that person is waited for: it goes with its asker, erased before an answer,
    and takes this along. What is settled stays, with no person in it.
    """

    __tablename__ = "removal_request"
    __table_args__ = (
        CheckConstraint("(ground = 'ladder') = (case_id IS NOT NULL)", name="case_id"),
        CheckConstraint(
            "reason <> '' AND interests <> '' AND decides <> '' AND still_possible <> ''",
            name="reasons",
        ),
        CheckConstraint("(outcome IS NULL) = (settled_on IS NULL)", name="settled_on"),
        CheckConstraint("outcome <> 'refused' OR answer <> ''", name="answer"),
    )

    id: Mapped[Id]
    asset_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("asset.id", ondelete="CASCADE"), index=True
    )
    look_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("second_look.id", ondelete="CASCADE"), unique=True
    )
    case_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("removal_case.id", ondelete="CASCADE"), index=True
    )
    ground: Mapped[Ground] = mapped_column(closed_set(Ground, "ground"))
    reason: Mapped[str] = mapped_column(Text)
    interests: Mapped[str] = mapped_column(Text)
    decides: Mapped[str] = mapped_column(Text)
    still_possible: Mapped[str] = mapped_column(Text)
    displacement: Mapped[dict[str, Any]] = mapped_column(JSONB)
    asked_on: Mapped[date]
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    by_officer: Mapped[bool]
    outcome: Mapped[Verdict | None] = mapped_column(closed_set(Verdict, "outcome"))
    settled_on: Mapped[date | None]
    settled_organisation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organisation.id"), index=True
    )
    answer: Mapped[str] = mapped_column(Text, default="")
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]
