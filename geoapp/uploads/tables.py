"""Files that wait to be loaded."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db.base import Base, Id
from geoapp.uploads.rules import MOST_LETTERS_OF_NAME


class Upload(Base):
    """A file as it came, of one person for one district.

    `choices` is what they said of it so far, in the words of `exchange.choices`; `batch` is the
    number of what loading it made. Nobody finds it after `expires_at`.
    """

    __tablename__ = "upload"
    __table_args__ = (
        CheckConstraint(
            f"length(file_name) BETWEEN 1 AND {MOST_LETTERS_OF_NAME}", name="file_name"
        ),
        CheckConstraint("octet_length(data) > 0", name="data"),
        CheckConstraint("expires_at > created_at", name="expires_at"),
    )

    id: Mapped[Id]
    district_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("district.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    file_name: Mapped[str] = mapped_column(Text)
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    choices: Mapped[dict[str, Any]] = mapped_column(JSONB)
    batch: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
