"""Questions with what happened to them and who follows them; what was brought before the mediating
team, and its steps."""

import uuid
from datetime import date, datetime

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
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.areas.rules import Theme
from geoapp.db.base import Base, CreatedAt, Id, closed_set
from geoapp.db.codes import CODE_CHECK
from geoapp.questions.rules import (
    STUCK_BOUNCES,
    WAITING,
    EventKind,
    Mediation,
    Result,
    State,
    StepKind,
    ThingKind,
)

# Written out: a partial index serves only a question in its own words.
IS_WAITING = text(f"state IN ({', '.join(repr(state.value) for state in WAITING)})")
IS_BOUNCED = text(f"bounces >= {STUCK_BOUNCES} AND {IS_WAITING.text}")
IS_DENIED = text(f"refusals > 0 AND {IS_WAITING.text}")
IS_GOING_ON = text("state <> 'ended'")


class Question(Base):
    """What a platform asks an organisation, followed until a result.

    `organisation_id` has it now. `about_kind` and `about_code` name a thing or a place, without a
    foreign key: the pages look it up. `turn_since` is the day of the last word of the side that
    has the move; `bounces` how often it was passed on to who had it before, `refusals` how many
    noes there were.
    """

    __tablename__ = "question"
    __table_args__ = (
        CheckConstraint(CODE_CHECK, name="code"),
        CheckConstraint("char_length(words) BETWEEN 1 AND 1000", name="words"),
        CheckConstraint("(about_kind = '') = (about_code = '')", name="about"),
        CheckConstraint("(state = 'promised') = (due_on IS NOT NULL)", name="due_on"),
        Index("ix_question_platform_id", "platform_id", "asked_at"),
        Index("ix_question_organisation_id", "organisation_id"),
        Index("ix_question_district_id", "district_id", "asked_at"),
        Index("ix_question_waiting", "district_id", "turn_since", postgresql_where=IS_WAITING),
        Index("ix_question_bounced", "district_id", "turn_since", postgresql_where=IS_BOUNCED),
        Index("ix_question_denied", "district_id", "turn_since", postgresql_where=IS_DENIED),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    code: Mapped[str] = mapped_column(Text, unique=True)
    platform_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    theme: Mapped[Theme] = mapped_column(closed_set(Theme, "theme"))
    words: Mapped[str] = mapped_column(Text)
    about_kind: Mapped[str] = mapped_column(Text, default="")
    about_code: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[State] = mapped_column(closed_set(State, "state"), default=State.ASKED)
    turn_since: Mapped[date]
    due_on: Mapped[date | None]
    bounces: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    refusals: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class QuestionEvent(Base):
    """One thing said or done about a question; a trigger refuses to change one.

    `position` counts from 1 within the question. `to_id` is whom it was asked, or passed on to;
    `told` what a no tells beside its reason, by name.
    """

    __tablename__ = "question_event"
    __table_args__ = (
        UniqueConstraint("question_id", "position"),
        CheckConstraint("char_length(note) <= 1000", name="note"),
        CheckConstraint("(kind IN ('asked', 'passed_on')) = (to_id IS NOT NULL)", name="to"),
        CheckConstraint("(kind = 'promised') = (due_on IS NOT NULL)", name="due_on"),
        CheckConstraint(
            "kind NOT IN ('partly', 'refused') OR (note <> '' "
            "AND coalesce(told ->> 'possible', '') <> '' "
            "AND coalesce(told ->> 'interests', '') <> '' "
            "AND coalesce(told ->> 'decided_by', '') <> '')",
            name="told",
        ),
        Index("ix_question_event_at", "at"),
    )

    id: Mapped[Id]
    question_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[EventKind] = mapped_column(closed_set(EventKind, "kind"))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    to_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    note: Mapped[str] = mapped_column(Text, default="")
    due_on: Mapped[date | None]
    told: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default="{}")
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class QuestionFollower(Base):
    """Who of the asker's people gets a mail when something is said."""

    __tablename__ = "question_follower"

    question_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("question.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    created_at: Mapped[CreatedAt]


class MediationCase(Base):
    """Something a platform brought before the mediating team, by its kind and code; one at a time
    of each. `why` is the platform's own words."""

    __tablename__ = "mediation_case"
    __table_args__ = (
        CheckConstraint(CODE_CHECK, name="code"),
        CheckConstraint("char_length(why) BETWEEN 1 AND 1000", name="why"),
        CheckConstraint("(state = 'ended') = (result IS NOT NULL)", name="ended"),
        Index(
            "uq_mediation_case_open",
            "thing_kind",
            "thing_code",
            unique=True,
            postgresql_where=IS_GOING_ON,
        ),
        Index("ix_mediation_case_thing", "thing_kind", "thing_code", "asked_on"),
        Index("ix_mediation_case_waiting", "district_id", "asked_on", postgresql_where=IS_GOING_ON),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    code: Mapped[str] = mapped_column(Text, unique=True)
    platform_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("platform.id"), index=True)
    thing_kind: Mapped[ThingKind] = mapped_column(closed_set(ThingKind, "thing_kind"))
    thing_code: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    state: Mapped[Mediation] = mapped_column(
        closed_set(Mediation, "state"), default=Mediation.ASKED
    )
    result: Mapped[Result | None] = mapped_column(closed_set(Result, "result"))
    asked_on: Mapped[date]
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class MediationStep(Base):
    """One thing the team did; a trigger refuses to change one."""

    __tablename__ = "mediation_step"
    __table_args__ = (
        UniqueConstraint("case_id", "position"),
        CheckConstraint("char_length(note) <= 1000", name="note"),
        CheckConstraint("kind = 'taken_up' OR note <> ''", name="said"),
        CheckConstraint("(kind = 'ended') = (result IS NOT NULL)", name="ended"),
    )

    id: Mapped[Id]
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("mediation_case.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[StepKind] = mapped_column(closed_set(StepKind, "kind"))
    on_day: Mapped[date]
    note: Mapped[str] = mapped_column(Text, default="")
    result: Mapped[Result | None] = mapped_column(closed_set(Result, "result"))
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]
