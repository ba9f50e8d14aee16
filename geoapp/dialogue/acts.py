"""What the handler's side does, and what those do who stand between: take, promise, ask, pass on,
accept, handle, refuse; merge and undo it; look for both sides. One transaction each."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.db.base import new_id
from geoapp.db.codes import read_code
from geoapp.defects.actions import (
    EventDraft,
    attach_picture,
    axes_of,
    lock_defect,
    lock_defects,
    take_step,
    tell,
)
from geoapp.defects.queries import thing_of
from geoapp.defects.rules import (
    EVENT_OF,
    Action,
    EventKind,
    File,
    PictureRole,
    State,
    Work,
    can_act,
    join_event,
)
from geoapp.defects.tables import Defect, DefectEvent, DefectFollower
from geoapp.dialogue.rules import ActBy, ActDraft, check_public
from geoapp.errors import Conflict, Invalid, NotAllowed, NotFound
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import SECRET_LINK, Deed, Doer
from geoapp.media.actions import add_picture
from geoapp.media.gate import Cleaned
from geoapp.media.store import FileStore
from geoapp.people.queries import get_organisation
from geoapp.people.tables import Organisation

# These are for whom it was given to; the others for those who have no part in it.
OF_HANDLER = frozenset(EVENT_OF)


@dataclass(frozen=True)
class Photos:
    """Pictures that passed the gate, and their store."""

    pictures: Sequence[Cleaned]
    store: FileStore


def take_act(
    session: Session,
    *,
    defect_id: uuid.UUID,
    draft: ActDraft,
    by: ActBy,
    photos: Photos,
    now: datetime,
) -> State:
    """Do it, note it in the file and in the history, and have followers told; the state it leads
    to. The caller has checked that they may.

    Raises:
        Conflict: the life of the file does not allow it now, or somebody else was first.
        NotAllowed: it is for another organisation, or for somebody else than who refused.
        Invalid: there is no such organisation or report to name; words hold a phone number.
    """
    check_public(" ".join([draft.note, *dict(draft.told).values()]))
    if draft.action is Action.MERGE:
        return _merge(session, defect_id, draft, by, now=now)
    if draft.action is Action.UNMERGE:
        return undo_merge(session, defect_id=defect_id, by=_doer(by), now=now)
    defect, zone = lock_defect(session, defect_id=defect_id)
    if not can_act(axes_of(defect), draft.action):
        raise Conflict("This cannot be done any more: look at how the report stands now.")
    before = axes_of(defect).state
    step = _make_step(session, defect, draft, by, photos, now=now)
    event = take_step(session, defect=defect, step=step, zone=zone)
    session.flush()
    if step.kind is EventKind.REFUSED:
        defect.refused_by_id = by.person_id
    role = PictureRole.VOICE if draft.action is Action.CHECK else PictureRole.WORK
    attach_photos(session, defect, event, photos, role, now=now)
    state = axes_of(defect).state
    after: dict[str, object] = {"state": state.value}
    if draft.due_on is not None:
        after["due_on"] = draft.due_on
    record_change(
        session,
        thing=thing_of(defect.id),
        doer=_doer(by),
        deed=Deed(draft.action.value, before={"state": before.value}, after=after),
        now=now,
    )
    tell(session, event_id=event.id, now=now)
    return state


def _doer(by: ActBy) -> Doer:
    return Doer(by.person_id, by.label, by.acting_for)


def _make_step(
    session: Session, defect: Defect, draft: ActDraft, by: ActBy, photos: Photos, *, now: datetime
) -> EventDraft:
    if draft.action is Action.CHECK:
        if not photos.pictures:
            raise Invalid("Take a photo of how it is: a check shows what it saw.", field="photos")
        kind = EventKind.CHECKED if draft.is_good else EventKind.CHECKED_NOT_GOOD
        return EventDraft(kind, now, by.organisation_id, note=draft.note)
    owner_id = defect.passed_to_id if draft.action is Action.ACCEPT else defect.addressee_id
    if by.organisation_id != owner_id:
        raise NotAllowed("This is for another organisation to do.")
    step = EventDraft(
        EVENT_OF[draft.action],
        now,
        by.organisation_id,
        note=draft.note,
        due_on=draft.due_on,
        told={name.value: words for name, words in draft.told},
    )
    if draft.action is Action.PASS_ON:
        return replace(step, passed_to_id=_find_receiver(session, defect, draft.organisation))
    if draft.action is Action.PROMISE and _is_volunteer(session, defect.addressee_id):
        raise Conflict("Volunteers promise no day here: ask for help instead.")
    if draft.action is Action.REFUSE and defect.work is Work.REFUSED:
        if by.person_id is None or by.person_id == defect.refused_by_id:
            raise NotAllowed("Somebody else must look at it: not who refused it first.")
        return replace(step, kind=EventKind.REFUSED_AGAIN)
    return step


def _is_volunteer(session: Session, organisation_id: uuid.UUID) -> bool:
    return session.get_one(Organisation, organisation_id).is_volunteer


def _find_receiver(session: Session, defect: Defect, slug: str) -> uuid.UUID:
    try:
        found = get_organisation(session, slug=slug)
    except NotFound as error:
        raise Invalid(error.message, field="organisation", **error.values) from None
    if found.district_id != defect.district_id or found.id == defect.addressee_id:
        raise Invalid("Name another organisation of this district.", field="organisation")
    return found.id


def attach_photos(
    session: Session,
    defect: Defect,
    event: DefectEvent,
    photos: Photos,
    role: PictureRole,
    *,
    now: datetime,
) -> None:
    """Hang photos on a step; nobody sees them until somebody has looked."""
    for cleaned in photos.pictures:
        picture = add_picture(
            session,
            district_id=defect.district_id,
            cleaned=cleaned,
            store=photos.store,
            now=now,
            is_example=defect.is_example,
        )
        attach_picture(
            session,
            defect_id=defect.id,
            picture_id=picture.id,
            role=role,
            event_id=event.id,
        )


# -- One problem, reported twice -----------------------------------------------------------------


def _merge(
    session: Session, defect_id: uuid.UUID, draft: ActDraft, by: ActBy, *, now: datetime
) -> State:
    kept_id = session.scalar(select(Defect.id).where(Defect.code == read_code(draft.into)))
    if kept_id is None or kept_id == defect_id:
        raise Invalid("Give the number of the other report of this problem.", field="into")
    held = lock_defects(session, defect_ids=(defect_id, kept_id))
    (gone, zone), (kept, _) = held[defect_id], held[kept_id]
    if not can_act(axes_of(gone), Action.MERGE):
        raise Conflict("This cannot be done any more: look at how the report stands now.")
    if kept.district_id != gone.district_id or kept.file is not File.PUBLIC:
        raise Invalid("Give the number of the other report of this problem.", field="into")
    before = axes_of(gone)
    step = EventDraft(
        EventKind.MERGED, now, by.organisation_id, merged_into_id=kept.id, note=draft.note
    )
    event = take_step(session, defect=gone, step=step, zone=zone)
    kind = join_event(axes_of(kept), before)
    take_step(session, defect=kept, step=EventDraft(kind, now, note=gone.code), zone=zone)
    kept.reported_at = min(kept.reported_at, gone.reported_at)
    session.flush()
    session.execute(
        update(Defect).where(Defect.merged_into_id == gone.id).values(merged_into_id=kept.id)
    )
    _take_followers_along(session, gone.id, kept.id)
    record_change(
        session,
        thing=thing_of(gone.id),
        doer=_doer(by),
        deed=Deed(Action.MERGE.value, after={"into": kept.code}),
        now=now,
    )
    tell(session, event_id=event.id, now=now)
    return State.MERGED


def _take_followers_along(session: Session, gone_id: uuid.UUID, kept_id: uuid.UUID) -> None:
    """Whoever heard of the one hears of the other, and a reporter is a follower of it."""
    followers = session.scalars(select(DefectFollower).where(DefectFollower.defect_id == gone_id))
    for follower in followers.all():
        session.execute(
            insert(DefectFollower)
            .values(
                id=new_id(),
                defect_id=kept_id,
                address_id=follower.address_id,
                is_reporter=False,
                pace=follower.pace,
                confirmed_at=follower.confirmed_at,
            )
            .on_conflict_do_nothing(index_elements=["defect_id", "address_id"])
        )


def undo_merge(
    session: Session, *, defect_id: uuid.UUID, now: datetime, by: Doer = SECRET_LINK
) -> State:
    """This is something else, says the reporter by their own link, or whoever `by` is.

    Raises:
        Conflict: it is not merged.
    """
    kept_id = session.scalar(select(Defect.merged_into_id).where(Defect.id == defect_id))
    held = lock_defects(session, defect_ids={defect_id, kept_id or defect_id})
    defect, zone = held[defect_id]
    if not can_act(axes_of(defect), Action.UNMERGE):
        raise Conflict("This cannot be done any more: look at how the report stands now.")
    return unmerge(session, defect, zone, by=by, now=now)


def unmerge(session: Session, defect: Defect, zone: ZoneInfo, *, by: Doer, now: datetime) -> State:
    """Let a merged report that this transaction holds stand by itself again, as it stood."""
    kept_id = defect.merged_into_id
    event = take_step(session, defect=defect, step=EventDraft(EventKind.UNMERGED, now), zone=zone)
    session.flush()
    # What had been merged into this one before went along, and stays with the kept one.
    for changed_id in (kept_id, defect.id):
        if changed_id is not None:
            _take_first_date_back(session, changed_id)
    record_change(
        session,
        thing=thing_of(defect.id),
        doer=by,
        deed=Deed(Action.UNMERGE.value, after={"state": axes_of(defect).state.value}),
        now=now,
    )
    tell(session, event_id=event.id, now=now)
    return axes_of(defect).state


def _take_first_date_back(session: Session, kept_id: uuid.UUID) -> None:
    """The oldest first date of those that are still one."""
    kept, _ = lock_defect(session, defect_id=kept_id)
    first = session.scalar(
        select(func.min(DefectEvent.at))
        .join(Defect, Defect.id == DefectEvent.defect_id)
        .where(
            (Defect.id == kept_id) | (Defect.merged_into_id == kept_id),
            DefectEvent.kind == EventKind.REPORTED,
        )
    )
    kept.reported_at = first or kept.reported_at
    session.flush()
