"""Verdicts on words, of reports and of voices, and on pictures, of reports and of things; the
appeals against them; and what is hidden of questions and of what the mediating team does."""

import uuid
from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db.base import Base, Id, Number, closed_set
from geoapp.moderation.rules import Outcome, Reason, Target, Verdict


class ModerationVerdict(Base):
    """What a moderator said of the words or a picture of a report, of the words of one of its
    voices or notes, or of the photo of a sighting of an asset; rows are only ever added.

    `position` is the picture's, the voice's or the note's within its thing. `person_id` is empty
    where it was said by command, or by somebody who has left. `is_second_look` settled an appeal.
    """

    __tablename__ = "moderation_verdict"
    __table_args__ = (
        CheckConstraint("(target = 'words') = (position IS NULL)", name="position"),
        CheckConstraint(
            "(asset_id IS NULL) <> (defect_id IS NULL) "
            "AND (asset_id IS NOT NULL) = (target = 'sighting')",
            name="thing",
        ),
        CheckConstraint("(verdict = 'hide') = (reason IS NOT NULL)", name="why"),
        Index("ix_moderation_verdict_defect_id", "defect_id", "target", "position", "number"),
        Index(
            "ix_moderation_verdict_asset_id",
            "asset_id",
            postgresql_where=text("asset_id IS NOT NULL"),
        ),
        Index(
            "ix_moderation_verdict_person_id",
            "person_id",
            postgresql_where=text("person_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    number: Mapped[Number]
    defect_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("defect.id", ondelete="CASCADE"))
    asset_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"))
    target: Mapped[Target] = mapped_column(closed_set(Target, "target"))
    position: Mapped[int | None] = mapped_column(SmallInteger)
    verdict: Mapped[Verdict] = mapped_column(closed_set(Verdict, "verdict"))
    reason: Mapped[Reason | None] = mapped_column(closed_set(Reason, "reason"))
    is_second_look: Mapped[bool] = mapped_column(default=False)
    person_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )
    decided_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ModerationAppeal(Base):
    """An objection to something hidden, one for each verdict; settled by somebody else than
    `decided_by`, who gave that verdict. `note` is for moderators alone. `district_id` is the
    report's: a queue is read by it."""

    __tablename__ = "moderation_appeal"
    __table_args__ = (
        CheckConstraint("char_length(note) <= 500", name="note"),
        CheckConstraint("settled_by <> decided_by", name="second"),
        CheckConstraint("(settled_at IS NULL) = (outcome IS NULL)", name="settled_at"),
        CheckConstraint("settled_by IS NULL OR outcome IS NOT NULL", name="settled_by"),
        Index(
            "ix_moderation_appeal_open",
            "district_id",
            "id",
            postgresql_where=text("outcome IS NULL"),
        ),
        Index(
            "ix_moderation_appeal_decided_by",
            "decided_by",
            postgresql_where=text("decided_by IS NOT NULL"),
        ),
        Index(
            "ix_moderation_appeal_settled_by",
            "settled_by",
            postgresql_where=text("settled_by IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    verdict_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("moderation_verdict.id", ondelete="CASCADE"), unique=True
    )
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    decided_by: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )
    note: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    settled_by: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    outcome: Mapped[Outcome | None] = mapped_column(closed_set(Outcome, "outcome"))


class HiddenWords(Base):
    """Words of a question or of the mediating team that a moderator hid, with the reason everybody
    reads. `position` is that of the event or step they came with; 0: of the asker, to begin with.
    """

    __tablename__ = "hidden_words"
    __table_args__ = (
        CheckConstraint("(question_id IS NULL) <> (case_id IS NULL)", name="thing"),
        CheckConstraint("position >= 0", name="position"),
        UniqueConstraint(
            "question_id",
            "case_id",
            "position",
            name="uq_hidden_words_place",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_hidden_words_case_id", "case_id", postgresql_where=text("case_id IS NOT NULL")),
        Index(
            "ix_hidden_words_person_id",
            "person_id",
            postgresql_where=text("person_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    question_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("question.id", ondelete="CASCADE")
    )
    case_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("mediation_case.id", ondelete="CASCADE")
    )
    position: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[Reason] = mapped_column(closed_set(Reason, "reason"))
    person_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )
    decided_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
