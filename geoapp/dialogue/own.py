"""What residents do with a report beside speaking: note what the city told them; and, by its
reporter's own link, withdraw it and take it up again. One transaction each."""

import uuid
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from geoapp.defects.actions import (
    EventDraft,
    axes_of,
    lock_defect,
    lock_defects,
    remove_reporters,
    take_step,
    tell,
)
from geoapp.defects.queries import thing_of
from geoapp.defects.rules import (
    Axes,
    EventKind,
    PictureRole,
    Speaker,
    State,
    can_city_answer,
    can_retake,
    can_withdraw,
)
from geoapp.defects.tables import Defect, DefectEvent, DefectFollower, DefectNote, DefectVoice
from geoapp.dialogue.acts import Photos, attach_photos, unmerge
from geoapp.dialogue.rules import CITY_ANSWERS_OF_ONE, check_public
from geoapp.errors import Conflict, NotFound
from geoapp.intake.actions import Sender
from geoapp.intake.following import drop_unused_address
from geoapp.ledger.actions import claim_key, count_use, settle_key
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import SECRET_LINK, Deed
from geoapp.ledger.rules import check_key, make_fingerprint

PURPOSE = "city_answer"
CHECKS = (EventKind.CHECKED, EventKind.CHECKED_NOT_GOOD)


def note_city_answer(
    session: Session, *, code: str, note: str, sender: Sender, photos: Photos, now: datetime
) -> State:
    """Note that the city says: done, as a resident tells; the state it leads to. It is no handling
    of the organisation's own, and residents are asked whether it is so.

    Raises:
        NotFound: there is no such report.
        Invalid: words hold a phone number.
        Conflict: the city has answered already, the report has ended, or the key was used with
            other content.
        TooMany: this sender has noted much in a short time.
    """
    check_public(note)
    is_known = sender.key is not None and _claim(session, sender.key, code, note, photos)
    defect_id = session.scalar(select(Defect.id).where(Defect.code == code))
    if defect_id is None:
        raise NotFound("There is no report with number {code}.", code=code)
    defect, zone = lock_defect(session, defect_id=defect_id)
    if is_known:
        return State(defect.state)
    count_use(session, limit=CITY_ANSWERS_OF_ONE, subject=sender.subject, now=now)
    check_city_answer_fits(axes_of(defect))
    step = EventDraft(EventKind.CITY_ANSWERED, now)
    event = take_step(session, defect=defect, step=step, zone=zone)
    session.flush()
    if note:
        _keep_note(session, event, note)
    attach_photos(session, defect, event, photos, PictureRole.CITY_ANSWER, now=now)
    tell(session, event_id=event.id, now=now)
    if sender.key is not None:
        settle_key(session, purpose=PURPOSE, key=sender.key, outcome=code)
    session.flush()
    return axes_of(defect).state


def _keep_note(session: Session, event: DefectEvent, note: str) -> None:
    """Apart from the event, which nobody can change: a moderator can hide the words."""
    last = session.scalar(
        select(func.max(DefectNote.position)).where(DefectNote.defect_id == event.defect_id)
    )
    position = (last or 0) + 1
    session.add(
        DefectNote(event_id=event.id, defect_id=event.defect_id, position=position, note=note)
    )
    session.flush()


def check_city_answer_fits(axes: Axes) -> None:
    """Nothing where an answer of the city can be noted.

    Raises:
        Conflict: it cannot.
    """
    if not can_city_answer(axes):
        raise Conflict("This was answered already, or it has ended: say how it is now.")


def _claim(session: Session, key: str, code: str, note: str, photos: Photos) -> bool:
    """True where this very answer was noted before."""
    digests = [picture.digest.hex() for picture in photos.pictures]
    fingerprint = make_fingerprint({"code": code, "note": note, "photos": digests})
    known = claim_key(session, purpose=PURPOSE, key=check_key(key), fingerprint=fingerprint)
    return known is not None


# -- By the reporter's own link ------------------------------------------------------------------


def withdraw(session: Session, *, defect_id: uuid.UUID, now: datetime) -> bool:
    """The reporter takes their report back. True where the report goes; False where it is of
    others as well: then it stays as it is, and its reporter hears of it no more.

    What was merged into a report that goes stands by itself again.

    Raises:
        Conflict: it has ended.
    """
    joined = _list_joined(session, defect_id)
    defect, zone = lock_defects(session, defect_ids={defect_id, *joined})[defect_id]
    before = axes_of(defect)
    if not can_withdraw(before):
        raise Conflict("This cannot be done any more: look at how the report stands now.")
    if is_shared(session, defect_id=defect_id):
        _leave(session, defect_id, now=now)
        return False
    step = EventDraft(EventKind.WITHDRAWN, now)
    event = take_step(session, defect=defect, step=step, zone=zone)
    session.flush()
    _record(session, defect, "withdraw", before=before.state, now=now)
    tell(session, event_id=event.id, now=now)
    for one in _list_joined(session, defect_id):
        unmerge(session, *lock_defect(session, defect_id=one), by=SECRET_LINK, now=now)
    return True


def retake(session: Session, *, defect_id: uuid.UUID, now: datetime) -> State:
    """The reporter takes up again what they withdrew; the state it then has, which it had.

    Raises:
        Conflict: it is not withdrawn, or too long ago.
    """
    defect, zone = lock_defect(session, defect_id=defect_id)
    before = axes_of(defect)
    withdrawn_at = find_withdrawn_at(session, defect_id=defect_id)
    if not can_retake(before, withdrawn_at=withdrawn_at, now=now):
        raise Conflict("This cannot be taken up again any more: report it anew.")
    step = EventDraft(EventKind.RETAKEN, now)
    event = take_step(session, defect=defect, step=step, zone=zone)
    session.flush()
    _record(session, defect, "retake", before=before.state, now=now)
    tell(session, event_id=event.id, now=now)
    return axes_of(defect).state


def find_withdrawn_at(session: Session, *, defect_id: uuid.UUID) -> datetime | None:
    """When its reporter last withdrew it; None: never."""
    return session.scalar(
        select(func.max(DefectEvent.at)).where(
            DefectEvent.defect_id == defect_id, DefectEvent.kind == EventKind.WITHDRAWN
        )
    )


def is_shared(session: Session, *, defect_id: uuid.UUID) -> bool:
    """True where others than its reporter follow it, have spoken of it, or went to look."""
    follows = select(DefectFollower.id).where(
        DefectFollower.defect_id == defect_id,
        DefectFollower.confirmed_at.is_not(None),
        ~DefectFollower.is_reporter,
    )
    speaks = select(DefectVoice.id).where(
        DefectVoice.defect_id == defect_id, DefectVoice.speaker != Speaker.REPORTER
    )
    looked = select(DefectEvent.id).where(
        DefectEvent.defect_id == defect_id, DefectEvent.kind.in_(CHECKS)
    )
    found = session.scalar(select(or_(follows.exists(), speaks.exists(), looked.exists())))
    return bool(found)


def _leave(session: Session, defect_id: uuid.UUID, *, now: datetime) -> None:
    gone = remove_reporters(session, defect_id=defect_id)
    for address_id in gone:
        drop_unused_address(session, address_id=address_id)
    if gone:
        thing, deed = thing_of(defect_id), Deed("leave")
        record_change(session, thing=thing, doer=SECRET_LINK, deed=deed, now=now)


def _list_joined(session: Session, defect_id: uuid.UUID) -> list[uuid.UUID]:
    joined = select(Defect.id).where(Defect.merged_into_id == defect_id)
    return list(session.scalars(joined.order_by(Defect.id)))


def _record(session: Session, defect: Defect, action: str, *, before: State, now: datetime) -> None:
    after = {"state": axes_of(defect).state.value}
    deed = Deed(action, before={"state": before.value}, after=after)
    record_change(session, thing=thing_of(defect.id), doer=SECRET_LINK, deed=deed, now=now)
