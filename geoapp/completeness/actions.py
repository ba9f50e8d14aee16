"""What changes how much is known: somebody says it, or a list does. Nothing is ever overwritten."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from geoapp.areas.queries import Area
from geoapp.areas.tables import OfficialArea
from geoapp.assets.rules import Kind
from geoapp.claims.queries import thing_of
from geoapp.completeness.rules import Known
from geoapp.completeness.tables import Completeness
from geoapp.db.changes import Change, Tally
from geoapp.districts.tables import District
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Doer
from geoapp.people.queries import is_invented
from geoapp.people.tables import Organisation


@dataclass(frozen=True)
class Saying:
    """How much is known of a kind, and how one knows."""

    kind: Kind
    known: Known
    note: str


@dataclass(frozen=True)
class KnownDraft:
    """What a list says of itself: in which official area it has how much, and since when. `where`
    is the area as the file names it."""

    where: str
    area_id: uuid.UUID
    said: Saying
    source: str
    said_at: datetime

    @property
    def key(self) -> str:
        """What tells the line apart."""
        return f"{self.where} | {self.said.kind} | {self.source}"


def say_known(
    session: Session,
    *,
    area: Area,
    said: Saying,
    organisation_id: uuid.UUID,
    doer: Doer,
    now: datetime,
) -> None:
    """Let an organisation say how much is known of a kind in an official area; what was said before
    stays beside it. What the newest saying of the area says already changes nothing."""
    # Of two who say the same at once the second finds it said.
    mine = select(OfficialArea.id).where(OfficialArea.id == area.id)
    session.execute(mine.with_for_update(key_share=True))
    before = _find_newest(session, area_id=area.id, kind=said.kind)
    same = (said.known, said.note, organisation_id)
    if before is not None and (before.known, before.note, before.organisation_id) == same:
        return
    made_up = select(District.is_example).where(District.id == area.district_id)
    session.add(
        Completeness(
            district_id=area.district_id,
            area_id=area.id,
            kind=said.kind,
            known=said.known,
            note=said.note,
            source="",
            organisation_id=organisation_id,
            said_at=now,
            is_example=session.scalars(made_up).one()
            or is_invented(session, person_id=doer.person_id),
        )
    )
    session.flush()
    deed = Deed(
        "say_known",
        before={"known": before.known.value, "note": before.note} if before else {},
        after={"kind": said.kind.value, "known": said.known.value, "note": said.note},
    )
    record_change(session, thing=thing_of(area), doer=doer, deed=deed, now=now)


def put_known(
    session: Session, *, district_id: uuid.UUID, drafts: Sequence[KnownDraft], is_example: bool
) -> Tally:
    """Keep what a list says of itself; what it said before of an area and kind stays beside it,
    and is not said twice."""
    tally = Tally()
    for draft in drafts:
        kind = draft.said.kind
        before = _find_newest(session, area_id=draft.area_id, kind=kind, source=draft.source)
        if before is not None and _tell(before) == (draft.said, draft.said_at):
            tally.count(Change.SAME, draft.key)
            continue
        session.add(
            Completeness(
                district_id=district_id,
                area_id=draft.area_id,
                kind=kind,
                known=draft.said.known,
                note=draft.said.note,
                source=draft.source,
                said_at=draft.said_at,
                is_example=is_example,
            )
        )
        session.flush()
        tally.count(Change.NEW, draft.key)
    return tally


def _tell(row: Completeness) -> tuple[Saying, datetime]:
    return Saying(row.kind, row.known, row.note), row.said_at


def _find_newest(
    session: Session, *, area_id: uuid.UUID, kind: Kind, source: str | None = None
) -> Completeness | None:
    newest = (
        select(Completeness)
        .where(Completeness.area_id == area_id, Completeness.kind == kind)
        .order_by(Completeness.said_at.desc(), Completeness.id.desc())
        .limit(1)
    )
    if source is not None:
        newest = newest.where(Completeness.source == source)
    return session.scalar(newest)


def remove_example_completeness(session: Session) -> None:
    """Take away what examples said, and all that was said in made-up districts."""
    theirs = select(Organisation.id).where(Organisation.is_example)
    said = or_(Completeness.is_example, Completeness.organisation_id.in_(theirs))
    session.execute(delete(Completeness).where(said))
