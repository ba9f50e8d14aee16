"""Questions about how much is known: of a kind in every buurt, and what was said of an area."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from geoapp.areas.queries import Part
from geoapp.areas.rules import Level
from geoapp.areas.tables import OfficialArea
from geoapp.assets.rules import Kind
from geoapp.completeness.rules import Known
from geoapp.completeness.tables import Completeness
from geoapp.people.tables import Organisation
from geoapp.platforms.tables import Platform


@dataclass(frozen=True)
class KnownFacts:
    """How much is known of a kind, who says so and why. `area` and `area_name` are where it was
    said: a buurt, or a larger area that holds it; empty where nobody said anything."""

    known: Known = Known.UNKNOWN
    kind: Kind | None = None
    note: str = ""
    by: str = ""
    source: str = ""
    said_at: datetime | None = None
    area: str = ""
    area_name: str = ""
    is_example: bool = False


NOBODY_SAID = KnownFacts()


def known_of(
    session: Session, *, district_id: uuid.UUID, kind: Kind, parts: Sequence[Part]
) -> dict[uuid.UUID, KnownFacts]:
    """How much is known of a kind in every buurt in force; `parts` are the district's official
    areas. What was said of the smallest area that holds a buurt counts."""
    return known_by_kind(session, district_id=district_id, kinds=[kind], parts=parts)[kind]


def known_by_kind(
    session: Session, *, district_id: uuid.UUID, kinds: Sequence[Kind], parts: Sequence[Part]
) -> dict[Kind, dict[uuid.UUID, KnownFacts]]:
    """The same of several kinds, in one question."""
    said = _newest(session, district_id, kinds)
    parents = {part.id: part.parent_id for part in parts}
    buurten = [part.id for part in parts if part.is_in_force and part.level is Level.BUURT]
    return {
        kind: {buurt: _find_nearest(said, parents, buurt, kind) for buurt in buurten}
        for kind in kinds
    }


def known_in(
    session: Session, *, district_id: uuid.UUID, area_id: uuid.UUID, parts: Sequence[Part]
) -> dict[Kind, KnownFacts]:
    """How much is known of every kind in one official area of any level, in the same way."""
    said = _newest(session, district_id, list(Kind))
    parents = {part.id: part.parent_id for part in parts}
    return {kind: _find_nearest(said, parents, area_id, kind) for kind in Kind}


def list_sayings(
    session: Session, *, area_ids: Sequence[uuid.UUID], limit: int
) -> list[KnownFacts]:
    """What was said of these areas, the newest first."""
    return [facts for _, facts in _read(session, Completeness.area_id.in_(area_ids), limit=limit)]


def _find_nearest(
    said: Mapping[tuple[uuid.UUID, Kind], KnownFacts],
    parents: Mapping[uuid.UUID, uuid.UUID | None],
    area_id: uuid.UUID,
    kind: Kind,
) -> KnownFacts:
    found: uuid.UUID | None = area_id
    while found is not None:
        if (found, kind) in said:
            return said[found, kind]
        found = parents.get(found)
    return NOBODY_SAID


def _newest(
    session: Session, district_id: uuid.UUID, kinds: Sequence[Kind]
) -> dict[tuple[uuid.UUID, Kind], KnownFacts]:
    newest = (
        select(Completeness.id)
        .where(Completeness.district_id == district_id, Completeness.kind.in_(kinds))
        .ext(distinct_on(Completeness.kind, Completeness.area_id))
        .order_by(
            Completeness.kind,
            Completeness.area_id,
            Completeness.said_at.desc(),
            Completeness.id.desc(),
        )
    )
    rows = _read(session, Completeness.id.in_(newest))
    return {(area_id, facts.kind): facts for area_id, facts in rows if facts.kind is not None}


def _read(
    session: Session, where: ColumnElement[bool], *, limit: int | None = None
) -> list[tuple[uuid.UUID, KnownFacts]]:
    rows = session.execute(
        select(
            Completeness,
            OfficialArea.slug,
            OfficialArea.name,
            Organisation.name,
            func.coalesce(Platform.hidden_for, ""),
        )
        .join(OfficialArea, OfficialArea.id == Completeness.area_id)
        .outerjoin(Organisation, Organisation.id == Completeness.organisation_id)
        .outerjoin(Platform, Platform.organisation_id == Completeness.organisation_id)
        .where(where)
        .order_by(Completeness.said_at.desc(), Completeness.id.desc())
        .limit(limit)
    )
    return [
        (
            saying.area_id,
            KnownFacts(
                known=saying.known,
                kind=saying.kind,
                # What a platform says is not told while a moderator hides it.
                note="" if hidden_for else saying.note,
                by=by or "",
                source=saying.source,
                said_at=saying.said_at,
                area=slug,
                area_name=name,
                is_example=saying.is_example,
            ),
        )
        for saying, slug, name, by, hidden_for in rows
    ]
