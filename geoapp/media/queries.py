"""Questions about pictures."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import ARRAY, Uuid, any_, literal, select
from sqlalchemy.orm import Session

from geoapp.db.spatial import count_rows
from geoapp.media.rules import PictureState
from geoapp.media.tables import Picture

_NO_PICTURE = uuid.UUID(int=0)


def list_held(session: Session, *, after: uuid.UUID = _NO_PICTURE, limit: int) -> Sequence[Picture]:
    """Pictures nobody has looked at, the oldest first, from just after `after`."""
    held = select(Picture).where(Picture.state == PictureState.HELD, Picture.id > after)
    return session.scalars(held.order_by(Picture.id).limit(limit)).all()


def count_held(session: Session) -> int:
    """How many pictures nobody has looked at (10,001 stands for more than 10,000)."""
    held: int = session.scalars(count_rows(Picture, Picture.state == PictureState.HELD)).one()
    return held


def find_known(session: Session, picture_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the ids that have a row."""
    if not picture_ids:
        return set()
    asked = literal(list(picture_ids), ARRAY(Uuid))
    return set(session.scalars(select(Picture.id).where(Picture.id == any_(asked))))
