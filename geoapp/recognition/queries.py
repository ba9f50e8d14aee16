"""Questions about recognition: the list in force, a platform's file, what reviewers said."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from geoapp.people.rules import Subject
from geoapp.people.tables import Organisation
from geoapp.platforms.queries import PlatformFacts
from geoapp.recognition.rules import Criterion, Decision, Evidence, Side, is_filled, read_criteria
from geoapp.recognition.tables import (
    CriteriaList,
    RecognitionEntry,
    RecognitionEvidence,
    RecognitionFile,
    RecognitionRemark,
    RecognitionReview,
)

MOST_SAID = 50


@dataclass(frozen=True)
class ListFacts:
    """A version of the criteria; `owners` and `source` are words by language."""

    id: uuid.UUID
    version: int
    valid_from: date
    owners: Mapping[str, str]
    source: Mapping[str, str]
    criteria: tuple[Criterion, ...]

    @property
    def asked(self) -> tuple[Criterion, ...]:
        """Those that are on."""
        return tuple(one for one in self.criteria if one.is_on)


@dataclass(frozen=True)
class EntryFacts:
    """What a platform says under a criterion; version 0: nothing was ever said."""

    words: str = ""
    version: int = 0
    evidence: tuple[Evidence, ...] = ()

    @property
    def is_filled(self) -> bool:
        """Evidence, or none yet."""
        return is_filled(self.words, self.evidence)


NOTHING_SAID = EntryFacts()


@dataclass(frozen=True)
class FileFacts:
    """A platform's file, by the list it was made with; private while `published_at` is None."""

    criteria: ListFacts
    entries: Mapping[str, EntryFacts]
    published_at: datetime | None
    is_example: bool

    @property
    def filled(self) -> list[tuple[Criterion, EntryFacts]]:
        """What everybody reads once it is published: the criteria that are on and filled."""
        return [
            (one, self.entries[one.code])
            for one in self.criteria.asked
            if self.entries.get(one.code, NOTHING_SAID).is_filled
        ]


@dataclass(frozen=True)
class Reviewer:
    """In which role somebody reviewed, and for whom: a platform or a body, never a person."""

    side: Side
    name: str


@dataclass(frozen=True)
class RemarkFacts:
    """What a reviewer said under a criterion."""

    criterion: str
    reviewer: Reviewer
    words: str
    said_on: date
    is_example: bool


@dataclass(frozen=True)
class ReviewFacts:
    """What a reviewer decided; `version` is that of the list they read the file by."""

    reviewer: Reviewer
    decision: Decision
    reasons: str
    interests: str
    still_possible: str
    decided_on: date
    version: int
    is_example: bool


def review_subject(platform: PlatformFacts) -> Subject:
    """Who reviews a file: of the district, and nobody who is tied to the platform."""
    return Subject(
        district_id=platform.district_id, handler_ids=frozenset({platform.organisation_id})
    )


def find_list(session: Session, *, district_id: uuid.UUID, today: date) -> ListFacts | None:
    """The list in force in a district; None: none has been loaded."""
    row = session.scalar(
        select(CriteriaList)
        .where(CriteriaList.district_id == district_id, CriteriaList.valid_from <= today)
        .order_by(CriteriaList.version.desc())
        .limit(1)
    )
    return _to_list(row) if row else None


def find_file(session: Session, *, platform_id: uuid.UUID) -> FileFacts | None:
    """The file of a platform, published or not; None: it has none. Three statements at most."""
    return _find(session, platform_id)


def find_published(session: Session, *, platform_id: uuid.UUID) -> FileFacts | None:
    """The file of a platform as everybody may read it; None: it has published none."""
    return _find(session, platform_id, RecognitionFile.published_at.is_not(None))


def _find(
    session: Session, platform_id: uuid.UUID, *where: ColumnElement[bool]
) -> FileFacts | None:
    row = session.execute(
        select(RecognitionFile, CriteriaList)
        .join(CriteriaList, CriteriaList.id == RecognitionFile.list_id)
        .where(RecognitionFile.platform_id == platform_id, *where)
    ).one_or_none()
    if row is None:
        return None
    shown = select(RecognitionEvidence).where(RecognitionEvidence.platform_id == platform_id)
    evidence: dict[str, list[Evidence]] = {}
    by_kind = shown.order_by(RecognitionEvidence.kind, RecognitionEvidence.code)
    for one in session.scalars(by_kind):
        evidence.setdefault(one.criterion, []).append(Evidence(one.kind, one.code))
    entries = {
        entry.criterion: EntryFacts(
            entry.words, entry.version, tuple(evidence.get(entry.criterion, ()))
        )
        for entry in session.scalars(
            select(RecognitionEntry).where(RecognitionEntry.platform_id == platform_id)
        )
    }
    return FileFacts(
        criteria=_to_list(row.CriteriaList),
        entries=entries,
        published_at=row.RecognitionFile.published_at,
        is_example=row.RecognitionFile.is_example,
    )


def list_remarks(session: Session, *, platform_id: uuid.UUID) -> list[RemarkFacts]:
    """What reviewers said under the criteria, the last first."""
    rows = session.execute(
        select(RecognitionRemark, Organisation.name)
        .outerjoin(Organisation, Organisation.id == RecognitionRemark.organisation_id)
        .where(RecognitionRemark.platform_id == platform_id)
        .order_by(RecognitionRemark.number.desc())
        .limit(MOST_SAID)
    )
    return [
        RemarkFacts(row.criterion, _to_reviewer(row, name), row.words, row.said_on, row.is_example)
        for row, name in rows
    ]


def list_reviews(session: Session, *, platform_id: uuid.UUID) -> list[ReviewFacts]:
    """What reviewers decided of a file, the last first."""
    rows = session.execute(
        select(RecognitionReview, Organisation.name, CriteriaList.version)
        .join(CriteriaList, CriteriaList.id == RecognitionReview.list_id)
        .outerjoin(Organisation, Organisation.id == RecognitionReview.organisation_id)
        .where(RecognitionReview.platform_id == platform_id)
        .order_by(RecognitionReview.number.desc())
        .limit(MOST_SAID)
    )
    return [
        ReviewFacts(
            reviewer=_to_reviewer(row, name),
            decision=row.decision,
            reasons=row.reasons,
            interests=row.interests,
            still_possible=row.still_possible,
            decided_on=row.decided_on,
            version=version,
            is_example=row.is_example,
        )
        for row, name, version in rows
    ]


def _to_reviewer(row: Any, name: str | None) -> Reviewer:
    return Reviewer(row.side, name or row.body)


def _to_list(row: CriteriaList) -> ListFacts:
    return ListFacts(
        id=row.id,
        version=row.version,
        valid_from=row.valid_from,
        owners=row.owners,
        source=row.source,
        criteria=read_criteria(row.criteria),
    )
