"""What the worker does beside sending mail: telling whom a report concerns, climbing, drawing a
neighbourhood anew, and what happens because days are over."""

import uuid
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from geoapp.agreements.actions import post_ending_words
from geoapp.care.actions import refresh_districts
from geoapp.defects.actions import TELL
from geoapp.dialogue.digests import GATHER, gather_digests
from geoapp.dialogue.ladder import carry_out, climb
from geoapp.dialogue.monday import post_lists
from geoapp.dialogue.voices import CLIMB
from geoapp.dialogue.weeks import post_weeks
from geoapp.dialogue.words import spread_word
from geoapp.intake.keeping import sweep_old
from geoapp.keys.actions import post_alarms
from geoapp.neighbourhoods.counting import REDRAW, redraw_area
from geoapp.outbox.rules import Message
from geoapp.outbox.worker import Handler


def make_jobs(clock: Callable[[], datetime]) -> dict[str, Handler]:
    """What is done with each kind of message that is no mail."""

    def spread(session: Session, message: Message) -> None:
        spread_word(session, event_id=uuid.UUID(message.payload["event_id"]), now=clock())

    def go_up(session: Session, message: Message) -> None:
        climb(session, defect_id=uuid.UUID(message.payload["defect_id"]), now=clock())

    def gather(session: Session, _message: Message) -> None:
        gather_digests(session, now=clock())

    def redraw(session: Session, message: Message) -> None:
        redraw_area(session, area_id=uuid.UUID(message.payload["area_id"]))

    return {TELL: spread, CLIMB: go_up, GATHER: gather, REDRAW: redraw}


def sweep(session: Session, *, now: datetime) -> None:
    """Once an hour: what is due happens, on Monday what waits is told, whom an agreement or a key
    concerns gets a word, what was kept long enough goes, and what nobody does is looked at anew."""
    carry_out(session, now=now)
    post_lists(session, now=now)
    post_weeks(session, now=now)
    post_ending_words(session, now=now)
    post_alarms(session, now=now)
    gather_digests(session, now=now)
    sweep_old(session, now=now)
    # Last, for until the end nobody else may write what is lacking in a district.
    refresh_districts(session, now=now)
