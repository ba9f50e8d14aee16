"""Searches and how far each has come."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db.base import Base, Id, closed_set
from geoapp.db.codes import CODE_CHECK
from geoapp.searches.rules import SearchState


class Search(Base):
    """The exact answer to a question, looked for apart. `question` is what stands in the address of
    the page that asked; `percent` is how far it has come, `found` what came of it, in public codes
    and plain numbers; `reason` why there is none. A person can have one open search at a time."""

    __tablename__ = "search"
    __table_args__ = (
        CheckConstraint(CODE_CHECK, name="code"),
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
        CheckConstraint("(found IS NOT NULL) = (state = 'done')", name="found"),
        CheckConstraint("(ended_at IS NULL) = (state IN ('waiting', 'working'))", name="ended_at"),
        Index(
            "uq_search_open",
            "person_id",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'working')"),
        ),
        Index("ix_search_asked_at", "asked_at"),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"), index=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    question: Mapped[dict[str, str]] = mapped_column(JSONB)
    state: Mapped[SearchState] = mapped_column(closed_set(SearchState, "state"))
    percent: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    found: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    reason: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
