"""Taking a voice: who speaks, of which file, what follows; all in one transaction."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.orm import Session

from geoapp.assets.tables import Asset
from geoapp.db import spatial
from geoapp.db.base import new_id
from geoapp.defects.actions import EventDraft, attach_picture, axes_of, lock_defect, take_step, tell
from geoapp.defects.queries import answers_of, thing_of
from geoapp.defects.rules import (
    ANSWERS,
    SETTLING,
    Hearing,
    PictureRole,
    Says,
    Speaker,
    State,
    WordsState,
    event_of_voice,
    hear,
    may_climb,
)
from geoapp.defects.tables import (
    Defect,
    DefectEvent,
    DefectFollower,
    DefectPicture,
    DefectVoice,
)
from geoapp.dialogue.rules import VOICES_OF_ONE, VOICES_ON_ONE, VoiceDraft
from geoapp.errors import Conflict, Invalid, NotFound
from geoapp.intake.actions import Photos, Sender, take_report
from geoapp.intake.following import LINK_KIND
from geoapp.intake.rules import ReportDraft, check_secret
from geoapp.ledger.actions import claim_key, count_use, settle_key
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import SECRET_LINK, Deed
from geoapp.ledger.rules import check_key, make_fingerprint
from geoapp.media.actions import add_picture
from geoapp.media.gate import Cleaned
from geoapp.media.store import FileStore
from geoapp.media.tables import Picture
from geoapp.moderation.rules import find_personal
from geoapp.outbox.actions import post_message
from geoapp.people.queries import in_force
from geoapp.people.tables import Contact, Membership, Organisation, Person

PURPOSE = "voice"
CLIMB = "climb"


@dataclass(frozen=True)
class VoiceBy:
    """Where a voice comes from, with its pictures. `mark` tells one network from another and is
    kept only mixed with the report it is about; `server_key` makes reporters' own links."""

    sender: Sender
    mark: str
    server_key: str
    pictures: Sequence[Cleaned]
    store: FileStore


@dataclass(frozen=True)
class VoiceReceipt:
    """What came of a voice: of which report it was said, and how that stands now. `opened` is the
    report's own key where a new one was opened, which the speaker is then the reporter of."""

    code: str
    state: State
    is_new: bool = True
    opened: tuple[uuid.UUID, int] | None = None


@dataclass(frozen=True)
class _Spoken:
    """A voice on its way into a file that this transaction holds."""

    draft: VoiceDraft
    speaker: Speaker
    hearing: Hearing
    sender: bytes
    pictures: list[Cleaned]


def take_voice(
    session: Session,
    *,
    code: str,
    draft: VoiceDraft,
    by: VoiceBy,
    now: datetime,
) -> VoiceReceipt:
    """Store what somebody says of a report, and let what follows from it follow.

    On a report that was merged it is said of the one it was merged into; "broken again" on one
    that was solved opens a new one, linked to it.

    Raises:
        NotFound: there is no such report.
        Invalid: the link it came by is none of this report.
        Conflict: the key was used with other content.
        TooMany: this sender has said much in a short time; a first word is not kept out.
    """
    key = by.sender.key
    if key is not None:
        digests = [picture.digest.hex() for picture in by.pictures]
        fingerprint = make_fingerprint({**asdict(draft), "code": code, "photos": digests})
        known = claim_key(session, purpose=PURPOSE, key=check_key(key), fingerprint=fingerprint)
        if known is not None:
            return _find_receipt(session, known)
    said_of = session.scalar(select(Defect.id).where(Defect.code == code))
    if said_of is None:
        raise NotFound("There is no report with number {code}.", code=code)
    defect, zone = lock_defect(session, defect_id=said_of)
    holder = _read_link(session, defect, draft.secret, by)
    while (hearing := hear(State(defect.state), draft.says)) is Hearing.KEPT_FILE:
        defect, zone = lock_defect(session, defect_id=_kept_of(defect))
    speaker = _rank(session, defect, holder, now=now)
    sender = hashlib.sha256(f"{by.mark}:{defect.id}".encode()).digest()
    pictures = _find_new(session, defect.id, by.pictures)
    spoken = _Spoken(draft, speaker, hearing, sender, pictures)
    is_first = _count(session, defect, spoken, by, now=now)
    if hearing is Hearing.NEW_FILE:
        receipt = _open_again(session, defect, spoken, by, now=now)
    elif is_first or spoken.pictures or draft.note or draft.heard is not None:
        _say(session, defect, zone, spoken, by.store, now=now)
        receipt = VoiceReceipt(defect.code, State(axes_of(defect).state))
    else:
        receipt = VoiceReceipt(defect.code, State(defect.state), is_new=False)
    if draft.secret:
        record_change(
            session,
            thing=thing_of(defect.id),
            doer=SECRET_LINK,
            deed=Deed("speak", after={"says": draft.says.value}),
            now=now,
        )
    if key is not None:
        opened = f" {receipt.code}" if receipt.opened else ""
        settle_key(session, purpose=PURPOSE, key=key, outcome=f"{receipt.code}{opened}")
    session.flush()
    return receipt


def _find_receipt(session: Session, outcome: str) -> VoiceReceipt:
    code, _, is_opened = outcome.partition(" ")
    found = session.execute(
        select(Defect.id, Defect.secret_version, Defect.state).where(Defect.code == code)
    ).one_or_none()
    if found is None:
        raise Conflict("This report was sent before and has been taken away. Send it as a new one.")
    opened = (found.id, found.secret_version) if is_opened else None
    return VoiceReceipt(code, State(found.state), is_new=False, opened=opened)


# -- Who speaks ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Holder:
    """Whose link it is: of the report it was made for, since when, by which address, if any."""

    is_reporter: bool
    defect_id: uuid.UUID
    joined_at: datetime | None
    address_id: uuid.UUID | None


def _read_link(session: Session, defect: Defect, secret: str, by: VoiceBy) -> _Holder | None:
    """What a link stands for; None without one."""
    if not secret:
        return None
    if check_secret(by.server_key, defect.id, defect.secret_version, secret):
        address_id = session.scalar(
            select(DefectFollower.address_id).where(
                DefectFollower.defect_id == defect.id, DefectFollower.is_reporter
            )
        )
        return _Holder(
            is_reporter=True,
            defect_id=defect.id,
            joined_at=defect.reported_at,
            address_id=address_id,
        )
    follower_id = by.sender.sealer.read_id(LINK_KIND, secret)
    follower = session.get(DefectFollower, follower_id) if follower_id else None
    if follower is None or follower.defect_id != defect.id:
        raise Invalid("This link is not of this report: say it without a link.", field="secret")
    return _Holder(
        is_reporter=False,
        defect_id=defect.id,
        joined_at=follower.confirmed_at,
        address_id=follower.address_id,
    )


def _rank(session: Session, defect: Defect, holder: _Holder | None, *, now: datetime) -> Speaker:
    """As whom they speak of this file. Whoever is of the handler's stays so, whatever link they
    hold; the reporter of a file that was merged into this one is a follower of it."""
    if holder is None:
        return Speaker.NEIGHBOUR
    if holder.address_id is not None and _is_tied(session, defect, holder.address_id, now):
        return Speaker.TIED
    if holder.is_reporter and holder.defect_id == defect.id:
        return Speaker.REPORTER
    answered_at = session.scalar(
        select(func.max(DefectEvent.at)).where(
            DefectEvent.defect_id == defect.id, DefectEvent.kind.in_(ANSWERS)
        )
    )
    is_early = holder.joined_at is not None and (
        answered_at is None or holder.joined_at < answered_at
    )
    return Speaker.FOLLOWER if is_early else Speaker.NEIGHBOUR


def _kept_of(defect: Defect) -> uuid.UUID:
    if defect.merged_into_id is None:
        raise AssertionError(defect.id)
    return defect.merged_into_id


def _is_tied(session: Session, defect: Defect, address_id: uuid.UUID, now: datetime) -> bool:
    """True for an address of who has the report or has answered it: of somebody with a role there,
    of somebody who answers for it, or its mailbox."""
    handles = or_(
        Organisation.id.in_({defect.addressee_id, defect.passed_to_id} - {None}),
        Organisation.id.in_(answers_of(defect.id)),
    )
    person_id = select(Person.id).where(Person.address_id == address_id).scalar_subquery()
    has_role = exists().where(
        Membership.organisation_id == Organisation.id,
        Membership.person_id == person_id,
        in_force(now.date()),
    )
    answers = exists().where(
        Contact.organisation_id == Organisation.id,
        or_(Contact.person_id == person_id, Contact.deputy_id == person_id),
    )
    tied = or_(has_role, answers, Organisation.mailbox_id == address_id)
    return session.scalar(select(Organisation.id).where(handles, tied).limit(1)) is not None


def _count(
    session: Session, defect: Defect, spoken: _Spoken, by: VoiceBy, *, now: datetime
) -> bool:
    """Count the voice; True where it is this sender's first such word on the latest handling."""
    count_use(session, limit=VOICES_OF_ONE, subject=by.sender.subject, now=now)
    is_yes = spoken.draft.says is Says.SOLVED
    same = session.scalar(
        select(DefectVoice.id)
        .where(
            DefectVoice.defect_id == defect.id,
            DefectVoice.sender == spoken.sender,
            DefectVoice.handling == defect.handlings,
            (DefectVoice.says == Says.SOLVED) == is_yes,
            DefectVoice.speaker == spoken.speaker,
        )
        .limit(1)
    )
    if same is None:
        return True
    subject = f"{by.sender.subject}:{defect.id.hex}"
    count_use(session, limit=VOICES_ON_ONE, subject=subject, now=now)
    return False


def _find_new(session: Session, defect_id: uuid.UUID, pictures: Sequence[Cleaned]) -> list[Cleaned]:
    """Those that were not sent with this report before: a photo proves something once."""
    if not pictures:
        return []
    known = set(
        session.scalars(
            select(Picture.digest)
            .join(DefectPicture, DefectPicture.picture_id == Picture.id)
            .where(
                DefectPicture.defect_id == defect_id,
                Picture.digest.in_([picture.digest for picture in pictures]),
            )
        )
    )
    return [picture for picture in pictures if picture.digest not in known]


# -- What follows --------------------------------------------------------------------------------


def _say(
    session: Session,
    defect: Defect,
    zone: ZoneInfo,
    spoken: _Spoken,
    store: FileStore,
    *,
    now: datetime,
) -> None:
    draft = spoken.draft
    last = session.scalar(
        select(func.max(DefectVoice.position)).where(DefectVoice.defect_id == defect.id)
    )
    voice = DefectVoice(
        id=new_id(),
        defect_id=defect.id,
        position=(last or 0) + 1,
        says=draft.says,
        speaker=spoken.speaker,
        handling=defect.handlings,
        heard=draft.heard,
        has_photo=bool(spoken.pictures),
        note=draft.note,
        words_state=WordsState.HELD if find_personal(draft.note) else WordsState.SHOWN,
        sender=spoken.sender,
        said_at=now,
        is_example=defect.is_example,
    )
    session.add(voice)
    session.flush()
    before = State(defect.state)
    event = None
    # Where a file is gone its words are kept, and change nothing of it.
    if spoken.hearing is Hearing.HERE:
        step = EventDraft(event_of_voice(draft.says, spoken.speaker), now)
        event = take_step(session, defect=defect, step=step, zone=zone, voice_id=voice.id)
        session.flush()
    for picture in spoken.pictures:
        kept = add_picture(
            session,
            district_id=defect.district_id,
            cleaned=picture,
            store=store,
            now=now,
            is_example=defect.is_example,
        )
        attach_picture(
            session,
            defect_id=defect.id,
            picture_id=kept.id,
            role=PictureRole.VOICE,
            event_id=event.id if event else None,
        )
    if event is not None and axes_of(defect).state is not before:
        tell(session, event_id=event.id, now=now)
    _look_up_the_ladder(session, defect, now=now)


def _look_up_the_ladder(session: Session, defect: Defect, *, now: datetime) -> None:
    """Where this word takes the file a rung higher, have the worker carry that out."""
    of_latest = (
        DefectVoice.defect_id == defect.id,
        DefectVoice.handling == defect.handlings,
        DefectVoice.says != Says.SOLVED,
    )
    people, has_photo = session.execute(
        select(
            func.count(DefectVoice.sender.distinct()), func.bool_or(DefectVoice.has_photo)
        ).where(*of_latest)
    ).one()
    if may_climb(
        axes_of(defect),
        rung=defect.rung,
        climbed_at=defect.climbed_at,
        people=people,
        has_photo=bool(has_photo),
    ):
        post_message(
            session,
            kind=CLIMB,
            payload={"defect_id": str(defect.id)},
            once_key=f"{CLIMB}:{defect.id}:{defect.handlings}",
            now=now,
        )


def _open_again(
    session: Session,
    defect: Defect,
    spoken: _Spoken,
    by: VoiceBy,
    *,
    now: datetime,
) -> VoiceReceipt:
    """A new report of the same thing, or the same spot: two years between are not counted."""
    asset = session.get(Asset, defect.asset_id) if defect.asset_id else None
    lon, lat = session.execute(
        select(spatial.longitude(Defect.geom), spatial.latitude(Defect.geom)).where(
            Defect.id == defect.id
        )
    ).one()
    # A stranger's report shows no more of the spot than everybody sees.
    if asset is None and spoken.speaker not in SETTLING:
        lon, lat = session.execute(
            select(spatial.longitude(Defect.point), spatial.latitude(Defect.point)).where(
                Defect.id == defect.id
            )
        ).one()
    report = ReportDraft(
        category=defect.category,
        description=spoken.draft.note,
        lon=lon,
        lat=lat,
        asset=asset.code if asset else "",
        city_number="",
        city_reported_on=None,
    )
    sender = Sender(by.sender.subject, None, by.sender.language, by.sender.sealer)
    receipt = take_report(
        session, draft=report, photos=Photos(spoken.pictures, [], by.store), sender=sender, now=now
    )
    session.execute(
        update(Defect).where(Defect.id == receipt.defect_id).values(again_of_id=defect.id)
    )
    return VoiceReceipt(
        receipt.code, State.RECEIVED, opened=(receipt.defect_id, receipt.secret_version)
    )
