"""Defects on three axes, their append-only events, and the rules that say who gets one first."""

import uuid
from datetime import date, datetime

from geoalchemy2 import WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db import spatial
from geoapp.db.base import Base, CreatedAt, Id, Number, closed_set
from geoapp.db.codes import CODE_CHECK
from geoapp.defects.rules import (
    ANSWERED,
    DENIED,
    STUCK_BOUNCES,
    TURN_OF_ADDRESSEE,
    TURN_OF_ORGANISATION,
    UNDER_WAY,
    Category,
    EventKind,
    FactKind,
    File,
    Pace,
    PictureRole,
    PromiseState,
    Says,
    Speaker,
    Street,
    WordsState,
    Work,
    list_sql,
    no_agreement_sql,
    state_sql,
    to_check_sql,
)

PUBLIC = text("file = 'public'")
# Written out: a partial index serves only a question in its own words.
DENIES = text(f"handlings > 0 AND state IN {list_sql(DENIED)}")
# What people say is not there: of a platform's plan page.
MISSES = text(f"category = 'missing' AND file = 'public' AND state IN {list_sql(UNDER_WAY)}")
IS_TURN_OF_ORGANISATION = text(f"file = 'public' AND state IN {list_sql(TURN_OF_ORGANISATION)}")
TO_CHECK = text(to_check_sql())
BOUNCED = text(
    f"bounces >= {STUCK_BOUNCES} AND file = 'public' AND state IN {list_sql(TURN_OF_ORGANISATION)}"
)
DISAGREED = text(no_agreement_sql())
_NOT_ANSWERED = f"NOT (work IN {list_sql(ANSWERED)} AND no_said IS false)"
WAITS = f"file = 'public' AND state IN {list_sql(TURN_OF_ADDRESSEE)} AND {_NOT_ANSWERED}"
FALSE = text("false")
STANDS = text("state = 'open'")


class Defect(Base):
    """A reported problem; its file never locks.

    `geom` is where the reporter put the pin (lon/lat, never public); `point` is what the public
    sees: the asset's own point, or the middle of the 25 m cell. `turn_since` is the day the
    present move began. `state` is derived by the database from the three axes; what they rest on
    (`yes_said` to `disputed_at`) is that of `rules.Axes`.

    `rung` is how high on the ladder it stands, since the handling of number `climbed_at`; `bounces`
    how often it came back from whom it was passed on to. `again_of_id` is the solved report it is
    the return of. `refused_by_id` gave the first refusal: somebody else looks again.
    """

    __tablename__ = "defect"
    __table_args__ = (
        CheckConstraint(CODE_CHECK, name="code"),
        CheckConstraint("char_length(description) <= 2000", name="description"),
        CheckConstraint("char_length(city_number) <= 60", name="city_number"),
        CheckConstraint("(file = 'merged') = (merged_into_id IS NOT NULL)", name="merged_into"),
        CheckConstraint("merged_into_id <> id", name="not_into_itself"),
        CheckConstraint(spatial.point_check("geom"), name="geom"),
        CheckConstraint(spatial.point_check("point"), name="point"),
        Index(
            "ix_defect_point_mercator",
            "point_mercator",
            postgresql_using="gist",
            postgresql_where=PUBLIC,
        ),
        Index("ix_defect_point", "point", postgresql_using="gist"),
        Index(
            "ix_defect_geography",
            text("geography(point)"),
            postgresql_using="gist",
            postgresql_where=PUBLIC,
        ),
        Index(
            "ix_defect_words_held",
            "district_id",
            "id",
            postgresql_where=text("words_state = 'held'"),
        ),
        Index("ix_defect_district_id_state_code", "district_id", "state", "code"),
        # What a desk opens with, and what the worker looks through for days that are over.
        Index("ix_defect_addressee_id_turn", "addressee_id", "turn_since", "id"),
        Index("ix_defect_passed_to_id_turn", "passed_to_id", "turn_since", "id"),
        Index("ix_defect_work_turn", "work", "turn_since", postgresql_where=PUBLIC),
        # How it is answered: who has not said a word, and what is called done and is not.
        Index(
            "ix_defect_turn_of_organisation",
            "district_id",
            "turn_since",
            # Enough to count by without reading the reports.
            postgresql_include=["area_id", "addressee_id", "promised_on", "work", "no_said"],
            postgresql_where=IS_TURN_OF_ORGANISATION,
        ),
        # What waits for one organisation, however much it has had: all of it by length, what was
        # called done and is not by rung, and what was promised by its day.
        Index(
            "ix_defect_waits",
            "addressee_id",
            "turn_since",
            "id",
            postgresql_include=["promised_on"],
            postgresql_where=text(WAITS),
        ),
        Index(
            "ix_defect_waits_denied",
            "addressee_id",
            "rung",
            "turn_since",
            "id",
            postgresql_where=text(f"{WAITS} AND state = 'disputed' AND handlings > 0"),
        ),
        Index(
            "ix_defect_waits_promised",
            "addressee_id",
            "promised_on",
            postgresql_where=text(f"{WAITS} AND promised_on IS NOT NULL"),
        ),
        # What is stuck: sent to and fro, or without agreement.
        Index("ix_defect_bounced", "district_id", "turn_since", postgresql_where=BOUNCED),
        Index("ix_defect_no_agreement", "district_id", "turn_since", postgresql_where=DISAGREED),
        Index("ix_defect_denied", "district_id", "turn_since", "code", postgresql_where=DENIES),
        Index("ix_defect_to_check", "point", postgresql_using="gist", postgresql_where=TO_CHECK),
        Index("ix_defect_denied_point", "point", postgresql_using="gist", postgresql_where=DENIES),
        Index("ix_defect_missing_point", "point", postgresql_using="gist", postgresql_where=MISSES),
        Index("ix_defect_denied_in_area", "area_id", "turn_since", "code", postgresql_where=DENIES),
    )

    id: Mapped[Id]
    number: Mapped[Number]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    code: Mapped[str] = mapped_column(Text, unique=True)
    category: Mapped[Category] = mapped_column(closed_set(Category, "category"))
    description: Mapped[str] = mapped_column(Text, default="")
    words_state: Mapped[WordsState] = mapped_column(
        closed_set(WordsState, "words_state"), default=WordsState.SHOWN, server_default="shown"
    )
    asset_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("asset.id"), index=True)
    area_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("official_area.id"), index=True)
    cell_x: Mapped[int]
    cell_y: Mapped[int]
    work: Mapped[Work] = mapped_column(closed_set(Work, "work"), default=Work.RECEIVED)
    street: Mapped[Street] = mapped_column(closed_set(Street, "street"), default=Street.NOT_ASKED)
    file: Mapped[File] = mapped_column(closed_set(File, "file"), default=File.PUBLIC)
    state: Mapped[str] = mapped_column(Text, Computed(state_sql(), persisted=True))
    addressee_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    passed_to_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisation.id"))
    merged_into_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("defect.id"), index=True)
    yes_said: Mapped[bool] = mapped_column(default=False, server_default=FALSE)
    no_said: Mapped[bool] = mapped_column(default=False, server_default=FALSE)
    was_disputed: Mapped[bool] = mapped_column(default=False, server_default=FALSE)
    handlings: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    disputes: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    disputed_at: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    rung: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    climbed_at: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    bounces: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    again_of_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("defect.id"), index=True)
    refused_by_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    promised_on: Mapped[date | None]
    turn_since: Mapped[date]
    reported_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    # The city's own number and day, where the reporter told there first.
    city_number: Mapped[str] = mapped_column(Text, default="")
    city_reported_on: Mapped[date | None]
    secret_version: Mapped[int] = mapped_column(default=1)
    is_example: Mapped[bool]
    geom: Mapped[WKBElement] = mapped_column(spatial.point_type())
    point: Mapped[WKBElement] = mapped_column(spatial.point_type())
    point_mercator: Mapped[WKBElement] = mapped_column(
        spatial.mercator_type("POINT"), spatial.mercator_of("point")
    )
    created_at: Mapped[CreatedAt]


class DefectPicture(Base):
    """A picture of a report: of the matter itself, of the city's answer, of what was done, or of
    what somebody on the spot saw since.

    `position` counts from 1 within the defect: a picture's address holds no internal id.
    """

    __tablename__ = "defect_picture"
    __table_args__ = (UniqueConstraint("defect_id", "position"),)

    picture_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("picture.id"), primary_key=True)
    defect_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("defect.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(SmallInteger)
    role: Mapped[PictureRole] = mapped_column(closed_set(PictureRole, "role"))
    # With which word or deed it came; none: with the report itself.
    event_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("defect_event.id", ondelete="CASCADE"), index=True
    )


class DefectEvent(Base):
    """One thing said or done about a defect; a trigger refuses to change one.

    `told` is what a refusal tells beside its reason, by name.
    """

    __tablename__ = "defect_event"
    __table_args__ = (
        Index("ix_defect_event_defect_id_at_id", "defect_id", "at", "id"),
        # What happened of late, wherever: the news of an area.
        Index("ix_defect_event_at", "at"),
    )

    id: Mapped[Id]
    defect_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("defect.id", ondelete="CASCADE"))
    kind: Mapped[EventKind] = mapped_column(closed_set(EventKind, "kind"))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organisation.id"), index=True
    )
    note: Mapped[str] = mapped_column(Text, default="")
    due_on: Mapped[date | None]
    voice_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("defect_voice.id"), index=True)
    told: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default="{}")
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]


class DefectNote(Base):
    """What a resident tells that the city said, with the event it came with; `position` counts
    from 1 within the report. The event itself cannot be changed: the words can be hidden."""

    __tablename__ = "defect_note"
    __table_args__ = (
        UniqueConstraint("defect_id", "position"),
        CheckConstraint("char_length(note) BETWEEN 1 AND 2000", name="note"),
    )

    event_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("defect_event.id", ondelete="CASCADE"), primary_key=True
    )
    defect_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("defect.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(SmallInteger)
    note: Mapped[str] = mapped_column(Text)
    words_state: Mapped[WordsState] = mapped_column(
        closed_set(WordsState, "words_state"), default=WordsState.SHOWN, server_default="shown"
    )


class DefectVoice(Base):
    """What somebody on the spot said of a report, and in which words; never removed, not even
    where the words are.

    `handling` is the number of the handling it is about. `heard` answers "were you heard?", apart
    from whether it is good; None: not answered. `sender` is a digest by which two voices on one
    report can be told to come from one place; good for this report alone.
    """

    __tablename__ = "defect_voice"
    __table_args__ = (
        UniqueConstraint("defect_id", "position"),
        CheckConstraint("char_length(note) <= 2000", name="note"),
        Index("ix_defect_voice_words_held", "id", postgresql_where=text("words_state = 'held'")),
    )

    id: Mapped[Id]
    defect_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("defect.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(SmallInteger)
    says: Mapped[Says] = mapped_column(closed_set(Says, "says"))
    speaker: Mapped[Speaker] = mapped_column(closed_set(Speaker, "speaker"))
    handling: Mapped[int] = mapped_column(SmallInteger)
    heard: Mapped[bool | None]
    has_photo: Mapped[bool]
    note: Mapped[str] = mapped_column(Text, default="")
    words_state: Mapped[WordsState] = mapped_column(
        closed_set(WordsState, "words_state"), default=WordsState.SHOWN
    )
    sender: Mapped[bytes | None] = mapped_column(LargeBinary)
    said_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    is_example: Mapped[bool]


class DefectPromise(Base):
    """A day an organisation promised; `moves` counts how often it had moved one before."""

    __tablename__ = "defect_promise"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_at"),
        Index(
            "uq_defect_promise_open",
            "defect_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_defect_promise_due_on", "due_on", postgresql_where=text("state = 'open'")),
        Index("ix_defect_promise_defect_id", "defect_id"),
        Index("ix_defect_promise_closed_at", "closed_at"),
    )

    id: Mapped[Id]
    defect_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("defect.id", ondelete="CASCADE"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    due_on: Mapped[date]
    moves: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[PromiseState] = mapped_column(closed_set(PromiseState, "state"))
    promised_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    is_example: Mapped[bool]


class DefectCall(Base):
    """A mail to somebody who answers for a report, or to the mailbox (`address_id`) of an
    organisation of which nobody does; its link acts for that organisation, while it has the
    report."""

    __tablename__ = "defect_call"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (address_id IS NULL)", name="whom"),
        UniqueConstraint(
            "defect_id",
            "organisation_id",
            "person_id",
            "address_id",
            name="uq_defect_call_whom",
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[Id]
    defect_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("defect.id", ondelete="CASCADE"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    address_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("address.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[CreatedAt]


class DefectFollower(Base):
    """An address that asked to hear of a report; until `confirmed_at` it hears nothing but that.

    `is_reporter` marks the address given with the report itself; `pace` is chosen by whoever reads
    its mail.
    """

    __tablename__ = "defect_follower"
    __table_args__ = (UniqueConstraint("defect_id", "address_id"),)

    id: Mapped[Id]
    defect_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("defect.id", ondelete="CASCADE"))
    address_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("address.id", ondelete="CASCADE"), index=True
    )
    is_reporter: Mapped[bool]
    pace: Mapped[Pace] = mapped_column(
        closed_set(Pace, "pace"), default=Pace.AT_ONCE, server_default="at_once"
    )
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]


class FollowerWord(Base):
    """An event that waits for the weekly mail of a follower; the row goes when that mail has left.

    It is written where else a mail would be posted, so that each event is told in one way.
    `digest_id` names the one mail it is in, and is set once.
    """

    __tablename__ = "follower_word"
    __table_args__ = (
        Index("ix_follower_word_waiting", "noted_at", postgresql_where=text("digest_id IS NULL")),
    )

    follower_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("defect_follower.id", ondelete="CASCADE"), primary_key=True
    )
    event_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("defect_event.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    noted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    digest_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, index=True)


class AnswerFact(Base):
    """One fact that is counted, of a report or of a promise; triggers keep it, nobody else.

    A file that was merged has the share of the one it was merged into. There are no foreign keys:
    a fact goes with its thing, and no writer is to wait for an area or an organisation.
    """

    __tablename__ = "answer_fact"

    thing_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    about: Mapped[FactKind] = mapped_column(closed_set(FactKind, "about"), primary_key=True)
    district_id: Mapped[uuid.UUID]
    area_id: Mapped[uuid.UUID | None]
    organisation_id: Mapped[uuid.UUID]
    of_examples: Mapped[bool]
    value: Mapped[str] = mapped_column(String(24))
    cell_x: Mapped[int]
    cell_y: Mapped[int]


class Counter:
    """So many facts more, or fewer where `amount` is negative: what there are is the sum of the
    rows. A trigger adds one with each change of a fact; now and then they are folded."""

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    district_id: Mapped[uuid.UUID]
    organisation_id: Mapped[uuid.UUID]
    of_examples: Mapped[bool]
    about: Mapped[FactKind] = mapped_column(closed_set(FactKind, "about"))
    value: Mapped[str] = mapped_column(String(24))
    amount: Mapped[int]


class AnswerCount(Counter, Base):
    """Facts counted for each official area."""

    __tablename__ = "answer_count"
    __table_args__ = (Index("ix_answer_count_district_id_area_id", "district_id", "area_id"),)

    area_id: Mapped[uuid.UUID | None]


class AnswerCellCount(Counter, Base):
    """Facts counted for each cell of 25 m: whatever border residents draw, a neighbourhood is a
    sum of cells."""

    __tablename__ = "answer_cell_count"
    __table_args__ = (Index("ix_answer_cell_count_cell", "district_id", "cell_x", "cell_y"),)

    cell_x: Mapped[int]
    cell_y: Mapped[int]


class RoutingRule(Base):
    """Who gets a report first that no duty speaks for: in one area or the whole district, of one
    category or all of them. At most one rule says so of the same area and category."""

    __tablename__ = "routing_rule"
    __table_args__ = (
        CheckConstraint("official_area_id IS NULL OR organic_area_id IS NULL", name="one_area"),
        UniqueConstraint(
            "district_id",
            "official_area_id",
            "organic_area_id",
            "category",
            name="uq_routing_rule_whole",
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"))
    official_area_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("official_area.id"), index=True
    )
    organic_area_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("organic_area.id", ondelete="CASCADE"), index=True
    )
    category: Mapped[Category | None] = mapped_column(closed_set(Category, "category"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    is_example: Mapped[bool]
    created_at: Mapped[CreatedAt]
