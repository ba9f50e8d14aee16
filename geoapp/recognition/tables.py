"""Lists of criteria, the file of a platform with its evidence, and what reviewers said of it.

No column here counts, weighs or ranks.
"""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db.base import Base, CreatedAt, Id, Number, closed_set
from geoapp.recognition.rules import MOST_CRITERIA, Decision, EvidenceKind, Side


class CriteriaList(Base):
    """A version of a district's criteria, whose list it is, and from which day; a changed list is
    a new version, for files keep the one they were made with."""

    __tablename__ = "criteria_list"
    __table_args__ = (
        UniqueConstraint("district_id", "version"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint(
            f"jsonb_array_length(criteria) BETWEEN 1 AND {MOST_CRITERIA}", name="criteria"
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    version: Mapped[int] = mapped_column(SmallInteger)
    valid_from: Mapped[date]
    owners: Mapped[dict[str, str]] = mapped_column(JSONB)
    source: Mapped[dict[str, str]] = mapped_column(JSONB)
    criteria: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class RecognitionFile(Base):
    """A platform's file; private until `published_at`."""

    __tablename__ = "recognition_file"

    platform_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("platform.id", ondelete="CASCADE"), primary_key=True
    )
    list_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("criteria_list.id"), index=True)
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class RecognitionEntry(Base):
    """What a platform says under one criterion; `version` grows with each change."""

    __tablename__ = "recognition_entry"
    __table_args__ = (CheckConstraint("version > 0", name="version"),)

    platform_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("recognition_file.platform_id", ondelete="CASCADE"), primary_key=True
    )
    criterion: Mapped[str] = mapped_column(Text, primary_key=True)
    words: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[CreatedAt]


class RecognitionEvidence(Base):
    """Something on the map that shows it: its kind and its public code, whatever noun it is of."""

    __tablename__ = "recognition_evidence"
    __table_args__ = (
        ForeignKeyConstraint(
            ["platform_id", "criterion"],
            ["recognition_entry.platform_id", "recognition_entry.criterion"],
            ondelete="CASCADE",
        ),
        CheckConstraint("code <> ''", name="code"),
    )

    platform_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    criterion: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[EvidenceKind] = mapped_column(closed_set(EvidenceKind, "kind"), primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)


_SIDES = "(side = 'peer') = (organisation_id IS NOT NULL) AND (side = 'peer') = (body = '')"


class RecognitionRemark(Base):
    """What a reviewer says under one criterion, by role; a trigger refuses to change one.

    A peer is named by its organisation, everybody else by the `body` they review for.
    """

    __tablename__ = "recognition_remark"
    __table_args__ = (
        CheckConstraint(_SIDES, name="side_named"),
        CheckConstraint("words <> ''", name="words"),
        Index("ix_recognition_remark_platform_id", "platform_id", "number"),
    )

    id: Mapped[Id]
    number: Mapped[Number]
    platform_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("recognition_file.platform_id", ondelete="CASCADE")
    )
    criterion: Mapped[str] = mapped_column(Text)
    side: Mapped[Side] = mapped_column(closed_set(Side, "side"))
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organisation.id"), index=True
    )
    body: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    said_on: Mapped[date]
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class RecognitionReview(Base):
    """What a reviewer decided of a file, with all that a decision must say; a trigger refuses to
    change one, and a later one stands beside it."""

    __tablename__ = "recognition_review"
    __table_args__ = (
        CheckConstraint(_SIDES, name="side_named"),
        CheckConstraint("reasons <> '' AND interests <> '' AND still_possible <> ''", name="said"),
        Index("ix_recognition_review_platform_id", "platform_id", "number"),
    )

    id: Mapped[Id]
    number: Mapped[Number]
    platform_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("recognition_file.platform_id", ondelete="CASCADE")
    )
    list_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("criteria_list.id"), index=True)
    side: Mapped[Side] = mapped_column(closed_set(Side, "side"))
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organisation.id"), index=True
    )
    body: Mapped[str] = mapped_column(Text)
    decision: Mapped[Decision] = mapped_column(closed_set(Decision, "decision"))
    reasons: Mapped[str] = mapped_column(Text)
    interests: Mapped[str] = mapped_column(Text)
    still_possible: Mapped[str] = mapped_column(Text)
    decided_on: Mapped[date]
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]
