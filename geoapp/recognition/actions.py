"""What changes lists, files and what is said of them; each is written to the platform's history."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.db.changes import Change
from geoapp.errors import Conflict, Invalid, NotFound
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Doer
from geoapp.people.queries import is_invented
from geoapp.people.rules import Permission
from geoapp.platforms.queries import PlatformFacts, thing_of
from geoapp.recognition.queries import FileFacts, ListFacts, find_file
from geoapp.recognition.rules import (
    Criterion,
    EntryDraft,
    ReviewDraft,
    Side,
    StaleEntry,
    write_criteria,
    write_evidence,
)
from geoapp.recognition.tables import (
    CriteriaList,
    RecognitionEntry,
    RecognitionEvidence,
    RecognitionFile,
    RecognitionRemark,
    RecognitionReview,
)

# -- Lists -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CriteriaDraft:
    """A version of the criteria as a file gives it."""

    version: int
    valid_from: date
    owners: Mapping[str, str]
    source: Mapping[str, str]
    criteria: tuple[Criterion, ...]


def put_criteria(
    session: Session, *, district_id: uuid.UUID, draft: CriteriaDraft, is_example: bool
) -> Change:
    """Let a version of the criteria hold in a district from its day on; the ones before it stay.

    Raises:
        Invalid: a version that is known already says something else, or this one is older.
    """
    rows = session.scalars(select(CriteriaList).where(CriteriaList.district_id == district_id))
    known = {row.version: row for row in rows}
    said = {
        "valid_from": draft.valid_from,
        "owners": dict(draft.owners),
        "source": dict(draft.source),
        "criteria": write_criteria(draft.criteria),
    }
    same = known.get(draft.version)
    if same is not None:
        if any(getattr(same, name) != value for name, value in said.items()):
            raise Invalid(
                "Version {version} is there and says something else: give it a new number.",
                field="version",
                version=draft.version,
            )
        return Change.SAME
    if draft.version < max(known, default=0):
        raise Invalid("A newer version is there: give this one a higher number.", field="version")
    session.add(
        CriteriaList(district_id=district_id, version=draft.version, is_example=is_example, **said)
    )
    session.flush()
    return Change.NEW


# -- The file ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hand:
    """Who acts, and when."""

    doer: Doer
    now: datetime
    today: date


def keep_entry(
    session: Session,
    *,
    platform: PlatformFacts,
    criteria: ListFacts,
    criterion: str,
    change: tuple[EntryDraft, int],
    by: Hand,
) -> None:
    """Let a platform say this under a criterion, made from that version; the first entry opens its
    file, by the list in force.

    Raises:
        StaleEntry: the version is not the one in force.
    """
    draft, version = change
    _open_file(session, platform, criteria)
    entry = session.scalar(
        select(RecognitionEntry)
        .where(RecognitionEntry.platform_id == platform.id, RecognitionEntry.criterion == criterion)
        .execution_options(populate_existing=True)
    )
    if version != (entry.version if entry else 0):
        raise StaleEntry(
            "Somebody changed this since you opened it: look at it, and send it again.",
            words=entry.words if entry else "",
            version=entry.version if entry else 0,
        )
    before = entry.words if entry else ""
    if entry is None:
        entry = RecognitionEntry(platform_id=platform.id, criterion=criterion, words=draft.words)
        session.add(entry)
    else:
        entry.words = draft.words
        entry.version += 1
    session.flush()
    shown = _put_evidence(session, platform.id, criterion, draft)
    _record(
        session,
        platform,
        Deed(
            "keep_recognition",
            before={"words": before},
            after={"criterion": criterion, "words": draft.words, "evidence": shown},
        ),
        by,
    )


def _open_file(session: Session, platform: PlatformFacts, criteria: ListFacts) -> None:
    """The file is there, and nobody else changes it until the end."""
    session.execute(
        insert(RecognitionFile)
        .values(platform_id=platform.id, list_id=criteria.id, is_example=platform.is_example)
        .on_conflict_do_nothing()
    )
    _lock_file(session, platform)


def _lock_file(session: Session, platform: PlatformFacts) -> RecognitionFile:
    file = session.scalar(
        select(RecognitionFile)
        .where(RecognitionFile.platform_id == platform.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if file is None:
        raise NotFound("This platform has no file yet.")
    return file


def _put_evidence(
    session: Session, platform_id: uuid.UUID, criterion: str, draft: EntryDraft
) -> list[str]:
    session.execute(
        delete(RecognitionEvidence).where(
            RecognitionEvidence.platform_id == platform_id,
            RecognitionEvidence.criterion == criterion,
        )
    )
    session.add_all(
        RecognitionEvidence(platform_id=platform_id, criterion=criterion, **asdict(one))
        for one in draft.evidence
    )
    session.flush()
    return [write_evidence(one) for one in draft.evidence]


def publish_file(
    session: Session, *, platform: PlatformFacts, is_published: bool, by: Hand
) -> None:
    """Show a platform's file to everybody, or to its own people alone again.

    Raises:
        NotFound: it has none.
        Conflict: nothing is filled in.
    """
    file = _lock_file(session, platform)
    found = find_file(session, platform_id=platform.id)
    if is_published and not (found and found.filled):
        raise Conflict("Nothing is filled in yet: there is nothing to show.")
    if is_published == (file.published_at is not None):
        return
    file.published_at = by.now if is_published else None
    session.flush()
    action = "publish_recognition" if is_published else "withdraw_recognition"
    _record(session, platform, Deed(action), by)


def move_file(session: Session, *, platform: PlatformFacts, criteria: ListFacts, by: Hand) -> None:
    """Let a file go on by another version of the list; what was said stays with its criterion.

    Raises:
        NotFound: the platform has no file.
    """
    file = _lock_file(session, platform)
    before = session.scalar(select(CriteriaList.version).where(CriteriaList.id == file.list_id))
    if file.list_id == criteria.id:
        return
    file.list_id = criteria.id
    session.flush()
    deed = Deed("move_recognition", before={"list": before}, after={"list": criteria.version})
    _record(session, platform, deed, by)


# -- Reviews -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReviewSeat:
    """In which role somebody reviews: a peer for an organisation, everybody else for a body."""

    side: Side
    organisation_id: uuid.UUID | None
    body: str


def add_remark(
    session: Session,
    *,
    platform: PlatformFacts,
    said: tuple[str, str],
    seat: ReviewSeat,
    by: Hand,
) -> None:
    """Say something under a criterion of a published file; `said` is the criterion and the words.

    Raises:
        NotFound: the platform has published no file, or there is no such criterion on it.
    """
    criterion, words = said
    file = _get_published(session, platform)
    if criterion not in {one.code for one in file.criteria.asked}:
        raise NotFound("There is no such criterion on this list.")
    session.add(
        RecognitionRemark(
            platform_id=platform.id,
            criterion=criterion,
            words=words,
            said_on=by.today,
            is_example=_is_example(session, file, by),
            **asdict(seat),
        )
    )
    session.flush()
    after = {"criterion": criterion, "words": words, "side": seat.side.value}
    _record(session, platform, Deed("remark_recognition", after=after), by)


def add_review(
    session: Session, *, platform: PlatformFacts, draft: ReviewDraft, seat: ReviewSeat, by: Hand
) -> None:
    """Decide on a published file; what was decided before stays beside it.

    Raises:
        NotFound: the platform has published no file.
    """
    file = _get_published(session, platform)
    session.add(
        RecognitionReview(
            platform_id=platform.id,
            list_id=file.criteria.id,
            decided_on=by.today,
            is_example=_is_example(session, file, by),
            **asdict(seat),
            **asdict(draft),
        )
    )
    session.flush()
    after = {**asdict(draft), "decision": draft.decision.value, "side": seat.side.value}
    _record(session, platform, Deed(Permission.REVIEW_RECOGNITION.value, after=after), by)


def _get_published(session: Session, platform: PlatformFacts) -> FileFacts:
    """The file, which stays published until the end."""
    _lock_file(session, platform)
    file = find_file(session, platform_id=platform.id)
    if file is None or file.published_at is None:
        raise NotFound("This platform has published no file.")
    return file


def _is_example(session: Session, file: FileFacts, by: Hand) -> bool:
    return file.is_example or is_invented(session, person_id=by.doer.person_id)


def _record(session: Session, platform: PlatformFacts, deed: Deed, by: Hand) -> None:
    record_change(session, thing=thing_of(platform), doer=by.doer, deed=deed, now=by.now)


def remove_example_recognition(session: Session) -> None:
    """Take away every example file with what was said of it, what examples said of others, and the
    lists of example districts."""
    for table in (RecognitionRemark, RecognitionReview):
        session.execute(delete(table).where(table.is_example))
    session.execute(delete(RecognitionFile).where(RecognitionFile.is_example))
    session.execute(delete(CriteriaList).where(CriteriaList.is_example))
