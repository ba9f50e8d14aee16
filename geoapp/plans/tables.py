"""Plans, what happened to each, what is said of them, and what was spent."""

import uuid
from datetime import date

from geoalchemy2 import WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.assets.rules import Kind
from geoapp.budgets.rules import Earmark
from geoapp.budgets.tables import array_of
from geoapp.db import spatial
from geoapp.db.base import Base, CreatedAt, Id, Number, closed_set
from geoapp.db.codes import CODE_CHECK
from geoapp.defects.rules import WordsState
from geoapp.ledger.rules import Verdict
from geoapp.plans.rules import Choice, PlaceKind, State, VoiceKind


class PlanItem(Base):
    """One thing that somebody wants to make. `geom` is a lon/lat point or area, or nothing.

    `organisation_id` is whose plan it is: the platform's own, or empty for one person's proposal.
    `maker_id` makes it and `keeper_id` keeps it afterwards; empty: we do not know. `line_id` is the
    money that was asked, `asked_by` the person who did, never shown; `granted_cents` what was set
    aside of it, `asset_id` what came of it.
    """

    __tablename__ = "plan_item"
    __table_args__ = (
        CheckConstraint(CODE_CHECK, name="code"),
        CheckConstraint("title <> ''", name="title"),
        CheckConstraint("(place = 'none') = (geom IS NULL)", name="place_of"),
        CheckConstraint(spatial.shape_check("geom"), name="geom"),
        CheckConstraint(f"themes <@ {array_of(Earmark)}", name="themes"),
        CheckConstraint("cost_cents > 0", name="cost_cents"),
        CheckConstraint("granted_cents > 0", name="granted_cents"),
        CheckConstraint(
            "(platform_id IS NULL) = (organisation_id IS NULL)", name="organisation_id"
        ),
        CheckConstraint(
            "state NOT IN ('asked', 'granted', 'partly', 'refused') OR line_id IS NOT NULL",
            name="line_id",
        ),
        CheckConstraint(
            "state NOT IN ('granted', 'partly') OR granted_cents IS NOT NULL", name="granted"
        ),
        CheckConstraint(
            "granted_cents IS NULL OR state IN ('granted', 'partly', 'realised', 'not_realised')",
            name="not_granted",
        ),
        Index("ix_plan_item_platform_id", "platform_id", "number"),
        Index("ix_plan_item_district_id", "district_id", "number"),
        Index("ix_plan_item_line_id", "line_id", "number"),
        Index("ix_plan_item_asset_id", "asset_id", postgresql_where=text("asset_id IS NOT NULL")),
        Index("ix_plan_item_asked_by", "asked_by", postgresql_where=text("asked_by IS NOT NULL")),
        Index("ix_plan_item_point", "point", postgresql_using="gist"),
    )

    id: Mapped[Id]
    number: Mapped[Number]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    platform_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("platform.id", ondelete="CASCADE")
    )
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organisation.id"), index=True
    )
    code: Mapped[str] = mapped_column(Text, unique=True)
    title: Mapped[str] = mapped_column(Text)
    place: Mapped[PlaceKind] = mapped_column(closed_set(PlaceKind, "place"))
    geom: Mapped[WKBElement | None] = mapped_column(spatial.any_type())
    point: Mapped[WKBElement | None] = mapped_column(
        spatial.point_type(), spatial.inner_point_of("geom")
    )
    themes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    kind: Mapped[Kind | None] = mapped_column(closed_set(Kind, "kind"))
    maker_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    keeper_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    cost_cents: Mapped[int | None] = mapped_column(BigInteger)
    wanted_by: Mapped[date | None]
    problem: Mapped[str] = mapped_column(Text, default="")
    whose_problem: Mapped[str] = mapped_column(Text, default="")
    who_left_out: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[State] = mapped_column(closed_set(State, "state"), default=State.IDEA)
    line_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("budget_line.id"))
    asked_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    granted_cents: Mapped[int | None] = mapped_column(BigInteger)
    asset_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("asset.id", ondelete="SET NULL"))
    # Grows with each change of what it says: whoever changes it names the one they read.
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class PlanEvent(Base):
    """That a plan went on, on a day of its district; rows are only ever added.

    A part or a refusal says why, what was weighed and what could still be done. A decision may come
    with a visit to the place: its day and its photo.
    """

    __tablename__ = "plan_event"
    __table_args__ = (
        CheckConstraint(
            "state NOT IN ('partly', 'refused') "
            "OR (reasons <> '' AND interests <> '' AND alternatives <> '')",
            name="reasons",
        ),
        CheckConstraint("picture_id IS NULL OR visited_on IS NOT NULL", name="visited_on"),
        Index("ix_plan_event_item_id", "item_id", "number"),
    )

    id: Mapped[Id]
    number: Mapped[Number]
    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plan_item.id", ondelete="CASCADE"))
    state: Mapped[State] = mapped_column(closed_set(State, "state"))
    happened_on: Mapped[date]
    by_organisation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organisation.id"), index=True
    )
    by_role: Mapped[str] = mapped_column(Text)
    line_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("budget_line.id"), index=True)
    granted_cents: Mapped[int | None] = mapped_column(BigInteger)
    alternatives: Mapped[str] = mapped_column(Text, default="")
    interests: Mapped[str] = mapped_column(Text, default="")
    reasons: Mapped[str] = mapped_column(Text, default="")
    visited_on: Mapped[date | None]
    picture_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("picture.id"), index=True)
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class PlanVoice(Base):
    """What somebody says of a plan: a choice, and words of whoever has signed in.

    Of where they are nothing is kept but how far that is from the plan.
    """

    __tablename__ = "plan_voice"
    __table_args__ = (
        CheckConstraint("(kind = 'view') = (choice IS NULL)", name="choice_of"),
        CheckConstraint("kind <> 'view' OR words <> ''", name="words"),
        CheckConstraint("(words = '') = (words_state IS NULL)", name="words_state_of"),
        # The column without a value is unknown, and a CHECK lets that through: so it is said.
        CheckConstraint(
            "(COALESCE(words_state, '') = 'hidden') = (hidden_because IS NOT NULL)",
            name="hidden_because",
        ),
        CheckConstraint("words = '' OR has_account", name="has_account"),
        CheckConstraint("distance_m >= 50", name="distance_m"),
        Index("ix_plan_voice_item_id", "item_id", "number"),
        Index("ix_plan_voice_person_id", "person_id", postgresql_where=text("person_id NOTNULL")),
        Index("ix_plan_voice_held", "item_id", postgresql_where=text("words_state = 'held'")),
    )

    id: Mapped[Id]
    number: Mapped[Number]
    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plan_item.id", ondelete="CASCADE"))
    kind: Mapped[VoiceKind] = mapped_column(closed_set(VoiceKind, "kind"))
    choice: Mapped[Choice | None] = mapped_column(closed_set(Choice, "choice"))
    words: Mapped[str] = mapped_column(Text, default="")
    words_state: Mapped[WordsState | None] = mapped_column(closed_set(WordsState, "words_state"))
    hidden_because: Mapped[str | None] = mapped_column(Text)
    distance_m: Mapped[int | None]
    has_account: Mapped[bool]
    person_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )
    said_on: Mapped[date]
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class PlanSpending(Base):
    """Money that was spent on a plan: a photo, a place and an amount; it counts once a second
    person has said yes. A refusal says why.

    `look_id` is where that person is waited for: it goes with its asker, erased before an answer.
    """

    __tablename__ = "plan_spending"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount_cents"),
        CheckConstraint(spatial.point_check("geom"), name="geom"),
        CheckConstraint("(outcome IS NULL) = (settled_on IS NULL)", name="settled_on"),
        CheckConstraint("outcome <> 'refused' OR answer <> ''", name="answer"),
        Index("ix_plan_spending_item_id", "item_id", "number"),
        Index("ix_plan_spending_line_id", "line_id", "number"),
    )

    id: Mapped[Id]
    number: Mapped[Number]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"), index=True)
    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("plan_item.id", ondelete="CASCADE"))
    line_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("budget_line.id"))
    look_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("second_look.id", ondelete="CASCADE"), unique=True
    )
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    what: Mapped[str] = mapped_column(Text)
    spent_on: Mapped[date]
    geom: Mapped[WKBElement | None] = mapped_column(spatial.point_type())
    picture_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("picture.id", ondelete="SET NULL"), index=True
    )
    receipt_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("picture.id", ondelete="SET NULL"), index=True
    )
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organisation.id"), index=True
    )
    outcome: Mapped[Verdict | None] = mapped_column(closed_set(Verdict, "outcome"))
    settled_on: Mapped[date | None]
    settled_organisation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organisation.id"), index=True
    )
    answer: Mapped[str] = mapped_column(Text, default="")
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]
