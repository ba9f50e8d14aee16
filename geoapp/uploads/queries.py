"""Questions about files that wait."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, undefer

from geoapp.errors import NotFound
from geoapp.uploads.tables import Upload


@dataclass(frozen=True)
class Whose:
    """Whose files are asked for, and of which district; a file is found by nobody else."""

    person_id: uuid.UUID
    district_id: uuid.UUID


@dataclass(frozen=True)
class HeldUpload:
    """A file that waits, with all that is in it; `batch` is the number of what it was loaded as."""

    id: uuid.UUID
    file_name: str
    data: bytes
    choices: Mapping[str, Any]
    batch: int | None


@dataclass(frozen=True)
class WaitingUpload:
    """A file in a list."""

    id: uuid.UUID
    file_name: str
    created_at: datetime


def get_upload(
    session: Session, *, upload_id: uuid.UUID, whose: Whose, now: datetime, is_locked: bool = False
) -> HeldUpload:
    """A file of this person; `is_locked`: nobody else settles it before this transaction ends.

    Raises:
        NotFound: there is none, or its day is over.
    """
    query = _uploads(whose, now).where(Upload.id == upload_id).options(undefer(Upload.data))
    row = session.scalar(query.with_for_update() if is_locked else query)
    if row is None:
        raise NotFound("This file is not here any more: it is kept for a day. Choose it again.")
    return HeldUpload(row.id, row.file_name, row.data, row.choices, row.batch)


def list_waiting(session: Session, *, whose: Whose, now: datetime) -> list[WaitingUpload]:
    """The files of this person that are not loaded yet, the newest first."""
    query = _uploads(whose, now).where(Upload.batch.is_(None)).order_by(Upload.id.desc())
    return [WaitingUpload(row.id, row.file_name, row.created_at) for row in session.scalars(query)]


def _uploads(whose: Whose, now: datetime) -> Select[Upload]:
    return select(Upload).where(
        Upload.person_id == whose.person_id,
        Upload.district_id == whose.district_id,
        Upload.expires_at > now,
    )
