"""The word that goes to those who follow a report: one for each cause, in their language."""

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.defects.tables import DefectEvent, DefectFollower
from geoapp.outbox.actions import post_message

WORD = "word"


def spread_word(session: Session, *, event_id: uuid.UUID, now: datetime) -> int:
    """Have a mail sent to each who had confirmed by now; how many."""
    event = session.get(DefectEvent, event_id)
    if event is None:
        return 0
    followers = session.scalars(
        select(DefectFollower.id)
        .where(
            DefectFollower.defect_id == event.defect_id, DefectFollower.confirmed_at.is_not(None)
        )
        .order_by(DefectFollower.id)
    )
    return sum(
        post_message(
            session,
            kind=WORD,
            payload={"event_id": str(event_id), "follower_id": str(follower_id)},
            once_key=f"{WORD}:{event_id}:{follower_id}",
            now=now,
        )
        for follower_id in followers
    )
