"""Questions about moderation: what waits for whom, what stands, what was decided."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SmallInteger,
    Text,
    Uuid,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from geoapp.areas.tables import OfficialArea
from geoapp.assets.rules import Kind
from geoapp.assets.tables import Asset, MaintenanceDuty, Sighting
from geoapp.defects.queries import DefectFacts
from geoapp.defects.rules import Category, Says, WordsState
from geoapp.defects.tables import Defect, DefectNote, DefectPicture, DefectVoice
from geoapp.districts.tables import District
from geoapp.errors import NotFound
from geoapp.media.rules import PictureState
from geoapp.media.tables import Picture
from geoapp.moderation.rules import Bench, Outcome, Reason, Target, Verdict
from geoapp.moderation.tables import HiddenWords, ModerationAppeal, ModerationVerdict
from geoapp.people.rules import Subject

MOST_COUNTED = 999
_BEFORE_ALL = uuid.UUID(int=0)


@dataclass(frozen=True)
class QueueItem:
    """One thing that waits for a moderator; `id` orders the queue, oldest first.

    `code` and `category` are those of its report; the photo of a sighting has the code and `kind`
    of its asset. With `appeal_id` it was hidden for `reason`, and somebody objected with `note`.
    """

    id: uuid.UUID
    target: Target
    code: str
    category: Category | None
    kind: Kind | None
    where: str
    words: str
    picture_id: uuid.UUID | None
    position: int | None
    appeal_id: uuid.UUID | None
    reason: Reason | None
    note: str


@dataclass(frozen=True)
class Standing:
    """The last verdict on one thing of a report, and what became of an objection to it."""

    verdict_id: uuid.UUID
    target: Target
    position: int | None
    verdict: Verdict
    reason: Reason | None
    is_second_look: bool
    is_disputed: bool

    @property
    def is_open_to_appeal(self) -> bool:
        """True where anybody may still object."""
        return self.verdict is Verdict.HIDE and not (self.is_second_look or self.is_disputed)


@dataclass(frozen=True)
class VoiceWords:
    """The words of one voice of a report, shown or not."""

    id: uuid.UUID
    position: int
    says: Says
    note: str
    words_state: WordsState


@dataclass(frozen=True)
class LogLine:
    """One verdict as everybody may read it: neither what it was about, nor who gave it."""

    number: int
    decided_at: datetime
    code: str
    target: Target
    verdict: Verdict
    reason: Reason | None
    is_second_look: bool
    is_objected: bool
    outcome: Outcome | None


def for_bench(bench: Bench) -> ColumnElement[bool]:
    """True for reports in the districts of a bench that none of its own organisations handles."""
    return and_(Defect.district_id.in_(bench.district_ids), _has_no_part(bench))


def _has_no_part(bench: Bench) -> ColumnElement[bool]:
    return and_(
        Defect.addressee_id.not_in(bench.organisation_ids),
        or_(Defect.passed_to_id.is_(None), Defect.passed_to_id.not_in(bench.organisation_ids)),
    )


def list_queue(
    session: Session, *, bench: Bench, after: uuid.UUID = _BEFORE_ALL, limit: int
) -> list[QueueItem]:
    """What waits for this bench, oldest first, from just after `after`."""
    portions = [
        select(waiting.where(key > after).order_by(key).limit(limit).subquery())
        for key, waiting in _waiting(bench)
    ]
    if not portions:
        return []
    queue = union_all(*portions).subquery()
    rows = session.execute(select(queue).order_by(queue.c.id).limit(limit))
    return [
        QueueItem(
            **{
                **row._asdict(),
                "target": Target(row.target),
                "reason": Reason(row.reason) if row.reason else None,
                "category": Category(row.category) if row.category else None,
                "kind": Kind(row.kind) if row.kind else None,
            }
        )
        for row in rows
    ]


def count_queue(session: Session, *, bench: Bench) -> int:
    """How much waits for this bench; 999 stands for more as well."""
    portions = [
        select(waiting.limit(MOST_COUNTED).subquery().c.id) for _, waiting in _waiting(bench)
    ]
    if not portions:
        return 0
    counted = session.scalars(
        select(func.count()).select_from(union_all(*portions).subquery())
    ).one()
    return min(MOST_COUNTED, counted)


Key = InstrumentedAttribute[uuid.UUID]


def _waiting(bench: Bench) -> list[tuple[Key, Select[Any]]]:
    """What waits in each district of a bench: one at a time, for so the indexes have it."""
    return [
        portion
        for district_id in sorted(bench.district_ids)
        for portion in _waiting_in(bench, district_id)
    ]


def _waiting_in(bench: Bench, district_id: uuid.UUID) -> list[tuple[Key, Select[Any]]]:
    """Held photos of reports and of things, held words of reports and of voices, and open appeals,
    each with what orders them."""
    inside = and_(Defect.district_id == district_id, _has_no_part(bench))
    photos = (
        _items(
            Picture.id,
            target=literal(Target.PICTURE.value),
            picture_id=Picture.id,
            position=DefectPicture.position,
        )
        .join(DefectPicture, DefectPicture.defect_id == Defect.id)
        .join(Picture, Picture.id == DefectPicture.picture_id)
        .where(inside, Picture.district_id == district_id, Picture.state == PictureState.HELD)
    )
    words = _items(Defect.id, target=literal(Target.WORDS.value), words=Defect.description).where(
        inside, Defect.words_state == WordsState.HELD
    )
    voices = (
        _items(
            DefectVoice.id,
            target=literal(Target.VOICE.value),
            words=DefectVoice.note,
            position=DefectVoice.position,
        )
        .join(DefectVoice, DefectVoice.defect_id == Defect.id)
        .where(inside, DefectVoice.words_state == WordsState.HELD)
    )
    return [
        (Picture.id, photos),
        (Picture.id, _sighted(bench, district_id)),
        (Defect.id, words),
        (DefectVoice.id, voices),
        (
            ModerationAppeal.id,
            _appealed(bench).where(inside, ModerationAppeal.district_id == district_id),
        ),
    ]


def _sighted(bench: Bench, district_id: uuid.UUID) -> Select[Any]:
    """Held photos of things that no organisation of the bench owns or has ever kept."""
    kept = select(MaintenanceDuty.id).where(
        MaintenanceDuty.asset_id == Asset.id,
        MaintenanceDuty.organisation_id.in_(bench.organisation_ids),
    )
    columns: dict[str, Any] = {
        **_NOTHING,
        "id": Picture.id,
        "target": literal(Target.SIGHTING.value),
        "picture_id": Picture.id,
        "position": Sighting.position,
        "code": Asset.code,
        "kind": cast(Asset.kind, Text),
        "where": Asset.name,
    }
    return (
        select(*[columns[name].label(name) for name in _COLUMNS])
        .select_from(Picture)
        .join(Sighting, Sighting.picture_id == Picture.id)
        .join(Asset, Asset.id == Sighting.asset_id)
        .where(
            Picture.district_id == district_id,
            Picture.state == PictureState.HELD,
            or_(Asset.owner_id.is_(None), Asset.owner_id.not_in(bench.organisation_ids)),
            ~kept.exists(),
        )
    )


def _appealed(bench: Bench) -> Select[Any]:
    """What was hidden by others and objected to, wherever that is."""
    of_words = ModerationVerdict.target == Target.WORDS
    of_voice = and_(
        ModerationVerdict.target == Target.VOICE,
        DefectVoice.position == ModerationVerdict.position,
    )
    of_note = and_(
        ModerationVerdict.target == Target.NOTE,
        DefectNote.position == ModerationVerdict.position,
    )
    of_picture = and_(
        ModerationVerdict.target == Target.PICTURE,
        DefectPicture.position == ModerationVerdict.position,
    )
    return (
        _items(
            ModerationAppeal.id,
            target=cast(ModerationVerdict.target, Text),
            words=case(
                (of_words, Defect.description),
                else_=func.coalesce(DefectVoice.note, DefectNote.note, ""),
            ),
            picture_id=DefectPicture.picture_id,
            position=ModerationVerdict.position,
            appeal_id=ModerationAppeal.id,
            reason=cast(ModerationVerdict.reason, Text),
            note=ModerationAppeal.note,
        )
        .join(ModerationVerdict, ModerationVerdict.defect_id == Defect.id)
        .join(ModerationAppeal, ModerationAppeal.verdict_id == ModerationVerdict.id)
        .outerjoin(DefectPicture, and_(DefectPicture.defect_id == Defect.id, of_picture))
        .outerjoin(DefectVoice, and_(DefectVoice.defect_id == Defect.id, of_voice))
        .outerjoin(DefectNote, and_(DefectNote.defect_id == Defect.id, of_note))
        .where(
            ModerationAppeal.outcome.is_(None),
            ModerationAppeal.decided_by.is_distinct_from(bench.person_id),
            # What its reporter has taken away since is nobody's to look at.
            or_(
                DefectPicture.picture_id.is_not(None),
                and_(of_words, Defect.words_state == WordsState.HIDDEN),
                DefectVoice.words_state == WordsState.HIDDEN,
                DefectNote.words_state == WordsState.HIDDEN,
            ),
        )
    )


# In one order, for they are joined into one queue.
_COLUMNS = tuple(field.name for field in fields(QueueItem))
_NOTHING: dict[str, ColumnElement[Any]] = {
    "category": cast(null(), Text),
    "kind": cast(null(), Text),
    "words": literal(""),
    "picture_id": cast(null(), Uuid),
    "position": cast(null(), SmallInteger),
    "appeal_id": cast(null(), Uuid),
    "reason": cast(null(), Text),
    "note": literal(""),
}


def _items(key: Key, **said: Any) -> Select[Any]:
    """The columns of `QueueItem`, of reports with their place."""
    columns = {
        **_NOTHING,
        "id": key,
        "code": Defect.code,
        "category": cast(Defect.category, Text),
        "where": func.coalesce(Asset.name, OfficialArea.name, ""),
        **said,
    }
    return (
        select(*[columns[name].label(name) for name in _COLUMNS])
        .select_from(Defect)
        .outerjoin(Asset, Asset.id == Defect.asset_id)
        .outerjoin(OfficialArea, OfficialArea.id == Defect.area_id)
    )


def standing_of(session: Session, *, defect_id: uuid.UUID) -> list[Standing]:
    """The last verdict on each thing of a report that anybody has judged."""
    last = (
        select(func.max(ModerationVerdict.number))
        .where(ModerationVerdict.defect_id == defect_id)
        .group_by(ModerationVerdict.target, ModerationVerdict.position)
    )
    rows = session.execute(
        select(
            ModerationVerdict.id,
            ModerationVerdict.target,
            ModerationVerdict.position,
            ModerationVerdict.verdict,
            ModerationVerdict.reason,
            ModerationVerdict.is_second_look,
            ModerationAppeal.id.is_not(None),
        )
        .outerjoin(ModerationAppeal, ModerationAppeal.verdict_id == ModerationVerdict.id)
        .where(ModerationVerdict.number.in_(last))
        .order_by(ModerationVerdict.number)
    )
    return [Standing(*row) for row in rows]


def reason_of_words(defect: DefectFacts, standings: Sequence[Standing]) -> Reason | None:
    """Why the words of a report are hidden; None where they are not."""
    if defect.words_state is not WordsState.HIDDEN:
        return None
    return next((one.reason for one in standings if one.target is Target.WORDS), None)


def find_hiding(
    session: Session, *, defect_id: uuid.UUID, target: Target, position: int | None
) -> Standing:
    """What hides the words, a picture or the words of a voice or a note of a report now.

    Raises:
        NotFound: nothing does.
    """
    for standing in standing_of(session, defect_id=defect_id):
        if (standing.target, standing.position) == (target, position) and standing.reason:
            return standing
    raise NotFound("There is nothing here to object to.")


def get_words(session: Session, *, defect_id: uuid.UUID) -> str:
    """A reporter's words, shown or not; the caller has checked who asks."""
    return session.scalars(select(Defect.description).where(Defect.id == defect_id)).one()


def words_of_voices(session: Session, *, defect_id: uuid.UUID) -> list[VoiceWords]:
    """What voices of a report wrote, shown or not, oldest first; the caller has checked who asks.
    Voices without words are left out."""
    rows = session.execute(
        select(
            DefectVoice.id,
            DefectVoice.position,
            DefectVoice.says,
            DefectVoice.note,
            DefectVoice.words_state,
        )
        .where(DefectVoice.defect_id == defect_id, DefectVoice.note != "")
        .order_by(DefectVoice.position)
    )
    return [VoiceWords(*row) for row in rows]


@dataclass(frozen=True)
class NoteWords:
    """What a resident tells that the city said of a report, shown or not."""

    event_id: uuid.UUID
    position: int
    note: str
    words_state: WordsState


def notes_of(session: Session, *, defect_id: uuid.UUID) -> list[NoteWords]:
    """What residents tell that the city said, oldest first; the caller has checked who asks."""
    rows = session.execute(
        select(DefectNote.event_id, DefectNote.position, DefectNote.note, DefectNote.words_state)
        .where(DefectNote.defect_id == defect_id)
        .order_by(DefectNote.position)
    )
    return [NoteWords(*row) for row in rows]


def find_picture(session: Session, *, picture_id: uuid.UUID) -> tuple[Target, str]:
    """What a picture is of, and the code of the report or the asset it belongs to.

    Raises:
        NotFound: it belongs to none.
    """
    of_report = (
        select(literal(Target.PICTURE.value), Defect.code)
        .join(DefectPicture, DefectPicture.defect_id == Defect.id)
        .where(DefectPicture.picture_id == picture_id)
    )
    of_asset = (
        select(literal(Target.SIGHTING.value), Asset.code)
        .join(Sighting, Sighting.asset_id == Asset.id)
        .where(Sighting.picture_id == picture_id)
    )
    found = session.execute(union_all(of_report, of_asset)).one_or_none()
    if found is None:
        raise NotFound("There is no such photo.")
    return Target(found[0]), found[1]


@dataclass(frozen=True)
class SightedThing:
    """An asset of whose sightings a photo is judged; `subject` names who has a part in it."""

    id: uuid.UUID
    district: str
    subject: Subject


def get_sighted_thing(session: Session, *, code: str) -> SightedThing:
    """The asset of this code. Whoever owns it or has ever kept it has a part in it.

    Raises:
        NotFound: there is none.
    """
    row = session.execute(
        select(Asset.id, Asset.district_id, Asset.owner_id, District.slug)
        .join(District, District.id == Asset.district_id)
        .where(Asset.code == code)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no place with number {code}.", code=code)
    keepers = session.scalars(
        select(MaintenanceDuty.organisation_id).where(MaintenanceDuty.asset_id == row.id)
    )
    parts = frozenset({*keepers, *([row.owner_id] if row.owner_id else [])})
    return SightedThing(row.id, row.slug, Subject(row.district_id, handler_ids=parts))


def find_sighting_picture(session: Session, *, asset_id: uuid.UUID, position: int) -> uuid.UUID:
    """The picture at this place among those of an asset, shown or not; the caller has checked who
    asks.

    Raises:
        NotFound: there is none.
    """
    found = session.scalar(
        select(Sighting.picture_id).where(
            Sighting.asset_id == asset_id, Sighting.position == position
        )
    )
    if found is None:
        raise NotFound("There is no such photo.")
    return found


def hidden_words_of(
    session: Session, *, thing_ids: Collection[uuid.UUID]
) -> dict[tuple[uuid.UUID, int], Reason]:
    """Why words of these questions, or of what was brought before the mediating team, are hidden,
    by whose they are and their position."""
    thing_id = func.coalesce(HiddenWords.question_id, HiddenWords.case_id)
    rows = session.execute(
        select(thing_id, HiddenWords.position, HiddenWords.reason).where(
            or_(HiddenWords.question_id.in_(thing_ids), HiddenWords.case_id.in_(thing_ids))
        )
    )
    return {(found_id, position): reason for found_id, position, reason in rows}


def find_code_of_appeal(session: Session, *, appeal_id: uuid.UUID) -> str:
    """The report an appeal is about.

    Raises:
        NotFound: there is no such appeal.
    """
    code = session.scalar(
        select(Defect.code)
        .join(ModerationVerdict, ModerationVerdict.defect_id == Defect.id)
        .join(ModerationAppeal, ModerationAppeal.verdict_id == ModerationVerdict.id)
        .where(ModerationAppeal.id == appeal_id)
    )
    if code is None:
        raise NotFound("There is no such objection.")
    return code


def list_log(
    session: Session, *, district: str, before: int | None = None, limit: int
) -> list[LogLine]:
    """The verdicts of a district, the newest first, from just before number `before`."""
    verdicts = (
        select(
            ModerationVerdict.number,
            ModerationVerdict.decided_at,
            func.coalesce(Defect.code, Asset.code),
            ModerationVerdict.target,
            ModerationVerdict.verdict,
            ModerationVerdict.reason,
            ModerationVerdict.is_second_look,
            ModerationAppeal.id.is_not(None),
            ModerationAppeal.outcome,
        )
        .outerjoin(Defect, Defect.id == ModerationVerdict.defect_id)
        .outerjoin(Asset, Asset.id == ModerationVerdict.asset_id)
        .join(District, District.id == func.coalesce(Defect.district_id, Asset.district_id))
        .outerjoin(ModerationAppeal, ModerationAppeal.verdict_id == ModerationVerdict.id)
        .where(District.slug == district)
        .order_by(ModerationVerdict.number.desc())
        .limit(limit)
    )
    if before is not None:
        verdicts = verdicts.where(ModerationVerdict.number < before)
    return [LogLine(*row) for row in session.execute(verdicts)]
