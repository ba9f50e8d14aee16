"""Changes to pictures."""

import uuid
from collections.abc import Collection
from datetime import datetime
from functools import partial

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from geoapp.db.base import new_id
from geoapp.errors import Conflict, NotFound
from geoapp.media.gate import Cleaned
from geoapp.media.queries import find_known
from geoapp.media.rules import LOOKS, PictureState, Size
from geoapp.media.store import FileStore
from geoapp.media.tables import Picture


def add_picture(
    session: Session,
    *,
    district_id: uuid.UUID,
    cleaned: Cleaned,
    store: FileStore,
    now: datetime,
    is_example: bool = False,
) -> Picture:
    """Keep a cleaned picture, held until somebody has looked.

    The files come first: a transaction that is rolled back leaves files without a row, for the
    sweep, and never a row without its files.

    Raises:
        OSError: the disk is full or broken; nothing is left behind.
    """
    picture_id = new_id()
    try:
        store.put(picture_id, Size.LARGE, cleaned.large)
        store.put(picture_id, Size.SMALL, cleaned.small)
    except OSError:
        store.delete(picture_id)
        raise
    picture = Picture(
        id=picture_id,
        district_id=district_id,
        width=cleaned.width,
        height=cleaned.height,
        byte_count=len(cleaned.large) + len(cleaned.small),
        digest=cleaned.digest,
        created_at=now,
        is_example=is_example,
    )
    session.add(picture)
    session.flush()
    return picture


def look_at_picture(
    session: Session, *, picture_id: uuid.UUID, verdict: PictureState, now: datetime
) -> Picture:
    """Show or hide a picture. The same verdict again changes nothing.

    Raises:
        NotFound: there is no such picture.
        Conflict: the picture is in a state that does not allow this (see `LOOKS`).
    """
    picture = session.scalar(
        select(Picture)
        .where(Picture.id == picture_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if picture is None:
        raise NotFound("There is no such photo.")
    if verdict is picture.state:
        return picture
    if verdict not in LOOKS[picture.state]:
        raise Conflict("Somebody has looked at this photo already: reload the list.")
    picture.state = verdict
    picture.looked_at = picture.looked_at or now
    session.flush()
    return picture


def bring_back_picture(session: Session, *, picture_id: uuid.UUID) -> None:
    """Show a hidden picture again, as an appeal does; any other stays as it is."""
    session.execute(
        update(Picture)
        .where(Picture.id == picture_id, Picture.state == PictureState.HIDDEN)
        .values(state=PictureState.SHOWN)
    )


def remove_pictures(session: Session, *, picture_ids: Collection[uuid.UUID]) -> int:
    """Take pictures away; the sweep takes their files. Returns how many."""
    gone = session.execute(delete(Picture).where(Picture.id.in_(picture_ids)).returning(Picture.id))
    return len(gone.all())


def remove_example_pictures(session: Session) -> int:
    """Take away every example picture; the sweep takes the files. Returns how many."""
    gone = session.execute(delete(Picture).where(Picture.is_example).returning(Picture.id))
    return len(gone.all())


def sweep_pictures(session: Session, *, store: FileStore, written_before: datetime) -> int:
    """Take away the old files that no committed row knows; returns how many.

    Asks the database, so it runs in a transaction of its own that has written no picture.
    """
    return store.sweep(written_before=written_before, find_known=partial(find_known, session))
