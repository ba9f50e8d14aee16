"""Changes to files that wait."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from geoapp.uploads.queries import Whose
from geoapp.uploads.rules import LASTS, MOST_HELD, clean_file_name
from geoapp.uploads.tables import Upload


def hold_upload(
    session: Session,
    *,
    whose: Whose,
    file: tuple[str, bytes],
    choices: Mapping[str, Any],
    now: datetime,
) -> uuid.UUID:
    """Keep a file (its name and content) for a day; the oldest of this person make room."""
    name, data = file
    held = Upload(
        district_id=whose.district_id,
        person_id=whose.person_id,
        file_name=clean_file_name(name),
        data=data,
        choices=dict(choices),
        created_at=now,
        expires_at=now + LASTS,
    )
    session.add(held)
    session.flush()
    theirs = select(Upload.id).where(Upload.person_id == whose.person_id)
    older = theirs.order_by(Upload.id.desc()).offset(MOST_HELD)
    session.execute(delete(Upload).where(Upload.id.in_(older)))
    return held.id


def keep_choices(session: Session, *, upload_id: uuid.UUID, choices: Mapping[str, Any]) -> None:
    """Keep what was chosen of a file; not of one that is loaded."""
    waits = (Upload.id == upload_id, Upload.batch.is_(None))
    session.execute(update(Upload).where(*waits).values(choices=dict(choices)))


def settle_upload(session: Session, *, upload_id: uuid.UUID, batch: int) -> None:
    """Note as what a file was loaded, in the transaction that loads it."""
    session.execute(update(Upload).where(Upload.id == upload_id).values(batch=batch))


def drop_upload(session: Session, *, upload_id: uuid.UUID, whose: Whose) -> None:
    """Throw a file of this person away; nothing where there is none."""
    theirs = (Upload.person_id == whose.person_id, Upload.district_id == whose.district_id)
    session.execute(delete(Upload).where(Upload.id == upload_id, *theirs))


def sweep_uploads(session: Session, *, now: datetime) -> int:
    """Take away the files whose day is over. How many."""
    gone = session.execute(delete(Upload).where(Upload.expires_at <= now).returning(Upload.id))
    return len(gone.all())
