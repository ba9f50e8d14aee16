"""The audit: who did what to which thing, written in the transaction of its cause.

Each thing has a chain of its own, so that writers on different things never wait for each other.
Erasing deletes parts, never entries; the chain stays whole.
"""

import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    delete,
    insert,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_or_find
from sqlalchemy.orm import Session, aliased

from geoapp.db.base import new_id
from geoapp.ledger.chain import (
    NOTHING,
    SALT_BYTES,
    SECRET_LINK,
    Deed,
    Doer,
    Entry,
    Fault,
    FaultKind,
    Link,
    Part,
    SealedPart,
    StoredLink,
    Thing,
    Told,
    find_faults,
    keep_different,
    read_doer,
    read_told,
    seal_link,
    seal_part,
    write_doer,
    write_told,
)
from geoapp.ledger.four_eyes import forget_looks
from geoapp.ledger.tables import AuditChain, AuditEntry, AuditPart

AT_ONCE = 1000
# Under which name a session carries what was changed in it.
_CHANGED = "changed"

PARTS = {part: aliased(AuditPart, name=part.value) for part in Part}
PLACE = (AuditEntry.thing_kind, AuditEntry.thing_id, AuditEntry.position)


# -- Writing -----------------------------------------------------------------------------------


def record_change(session: Session, *, thing: Thing, doer: Doer, deed: Deed, now: datetime) -> int:
    """Write what was done, in the transaction that does it; returns the position in the chain.

    Call it last: others who write to this thing wait here until the transaction ends. Where one
    transaction changes several things, record them in the order of kind and id, or two such may
    block each other.
    """
    draft = _Draft(deed.action, keep_different(deed), about=deed.about)
    session.info.setdefault(_CHANGED, set()).add(thing)
    return _append(session, thing=thing, doer=doer, draft=draft, now=now)


def take_changed(session: Session) -> set[Thing]:
    """The things whose change was written since this was last asked in this session."""
    changed: set[Thing] = session.info.pop(_CHANGED, set())
    return changed


def record_refusal(
    session: Session, *, thing: Thing, doer: Doer, action: str, reason: str, now: datetime
) -> int:
    """Write that an attempt was refused, in a transaction of its own: the attempt's is undone."""
    draft = _Draft(action, Told({}, {}, reason), is_refused=True)
    return _append(session, thing=thing, doer=doer, draft=draft, now=now)


@dataclass(frozen=True)
class _Draft:
    action: str
    told: Told
    about: uuid.UUID | None = None
    is_refused: bool = False


def _append(session: Session, *, thing: Thing, doer: Doer, draft: _Draft, now: datetime) -> int:
    place = {"thing_kind": thing.kind, "thing_id": thing.id}
    end = session.execute(
        insert_or_find(AuditChain)
        .values(**place, length=1, head=NOTHING)
        .on_conflict_do_update(
            index_elements=["thing_kind", "thing_id"], set_={"length": AuditChain.length + 1}
        )
        .returning(AuditChain.length, AuditChain.head)
    ).one()
    who = _seal(Part.WHO, doer.person_id, write_doer(doer))
    what = _seal(Part.WHAT, draft.about, write_told(draft.told))
    said = {
        "id": new_id(),
        "position": end.length,
        "at": now,
        "action": draft.action,
        "is_refused": draft.is_refused,
        "who_digest": seal_part(who),
        "what_digest": seal_part(what),
        "previous": end.head,
    }
    digest = seal_link(Link(thing=thing, **said))
    session.execute(insert(AuditEntry).values(**place, **said, digest=digest))
    session.execute(
        insert(AuditPart), [{"entry_id": said["id"], **vars(part)} for part in (who, what)]
    )
    session.execute(update(AuditChain).where(_is_of(AuditChain, thing)).values(head=digest))
    position: int = end.length
    return position


def _seal(part: Part, person_id: uuid.UUID | None, content: str) -> SealedPart:
    return SealedPart(part, secrets.token_bytes(SALT_BYTES), person_id, content)


def _is_of(table: type[AuditChain] | type[AuditEntry], thing: Thing) -> ColumnElement[bool]:
    return and_(table.thing_kind == thing.kind, table.thing_id == thing.id)


# -- Reading -----------------------------------------------------------------------------------


def list_entries(
    session: Session, *, thing: Thing, before_position: int | None = None, limit: int
) -> list[Entry]:
    """The newest entries of a thing first; for the next page, before the last one's position."""
    query = _select_entries().where(_is_of(AuditEntry, thing))
    if before_position is not None:
        query = query.where(AuditEntry.position < before_position)
    found = session.execute(query.order_by(AuditEntry.position.desc()).limit(limit))
    return [_read_entry(row) for row in found]


def list_doings(session: Session, *, person_id: uuid.UUID, limit: int) -> list[Entry]:
    """What one person did, to whatever thing; what was recorded last comes first."""
    theirs = _select_entries().where(PARTS[Part.WHO].person_id == person_id)
    found = session.execute(theirs.order_by(PARTS[Part.WHO].entry_id.desc()).limit(limit))
    return [_read_entry(row) for row in found]


def _select_entries() -> Select[Any]:
    """Entries with their parts side by side. As rows: the session may know of older values."""
    query: Select[Any] = select(*AuditEntry.__table__.columns).select_from(AuditEntry)
    for part, table in PARTS.items():
        query = query.add_columns(
            table.salt.label(f"{part}_salt"),
            table.person_id.label(f"{part}_person_id"),
            table.content.label(f"{part}_content"),
        ).outerjoin(table, and_(table.entry_id == AuditEntry.id, table.part == part))
    return query


def _read_entry(row: Row[Any]) -> Entry:
    who, what = row.who_content, row.what_content
    return Entry(
        id=row.id,
        thing=Thing(row.thing_kind, row.thing_id),
        position=row.position,
        at=row.at,
        action=row.action,
        is_refused=row.is_refused,
        doer=None if who is None else read_doer(who, row.who_person_id),
        told=None if what is None else read_told(what),
    )


# -- Erasing -----------------------------------------------------------------------------------


def forget_person(session: Session, *, person_id: uuid.UUID, with_words: bool = False) -> int:
    """Erase who they are from all they did, and what others wrote about them; `with_words`, also
    what they wrote themselves. Returns how many rows no longer tell of them.

    Call it when they can do nothing any more: what they do meanwhile would stay.
    """
    tells = AuditPart.person_id == person_id
    if with_words:
        tells = or_(
            tells, AuditPart.entry_id.in_(_entries_by(PARTS[Part.WHO].person_id == person_id))
        )
    return _erase(session, tells) + forget_looks(session, person_id=person_id)


def forget_link(session: Session, *, thing: Thing, with_words: bool = False) -> int:
    """The same for all that came through the secret links of one thing."""
    who = PARTS[Part.WHO]
    by_link = _entries_by(who.content == write_doer(SECRET_LINK), who.person_id.is_(None))
    theirs = and_(
        AuditPart.entry_id.in_(by_link.join(AuditEntry).where(_is_of(AuditEntry, thing))),
        AuditPart.part.in_(Part if with_words else (Part.WHO,)),
    )
    return _erase(session, theirs)


def forget_persons_before(session: Session, *, before: datetime) -> int:
    """Erase which person did what was done before this; what was done stays. Returns how many
    rows went. What came by a secret link names nobody, and is still found by `forget_link`."""
    old = select(AuditEntry.id).where(AuditEntry.at < before)
    names = and_(AuditPart.part == Part.WHO, AuditPart.person_id.is_not(None))
    return _erase(session, and_(names, AuditPart.entry_id.in_(old)))


def _entries_by(*doer: ColumnElement[bool]) -> Select[uuid.UUID]:
    who = PARTS[Part.WHO]
    return select(who.entry_id).where(who.part == Part.WHO, *doer)


def _erase(session: Session, parts: ColumnElement[bool]) -> int:
    erased = session.execute(
        delete(AuditPart).where(parts).returning(AuditPart.entry_id),
        execution_options={"synchronize_session": False},
    )
    return len(erased.all())


# -- Verifying ---------------------------------------------------------------------------------


def verify_chain(session: Session, *, thing: Thing) -> list[Fault]:
    """What is not as it was written in the chain of one thing."""
    entries = find_faults(_walk(session, _is_of(AuditEntry, thing), at_once=AT_ONCE))
    return [*entries, *_find_empty_chains(session, _is_of(AuditChain, thing))]


def verify_all(session: Session, *, at_once: int = AT_ONCE) -> Iterator[Fault]:
    """What is not as it was written anywhere; reads `at_once` entries at a time."""
    yield from find_faults(_walk(session, true(), at_once=at_once))
    yield from _find_empty_chains(session, true())
    yield from _find_stray_parts(session)


def _walk(session: Session, where: ColumnElement[bool], *, at_once: int) -> Iterator[StoredLink]:
    """Each portion is read at once with the ends of its chains, so writers disturb nothing."""
    query = (
        _select_entries()
        .add_columns(AuditChain.length.label("chain_length"), AuditChain.head.label("chain_head"))
        .outerjoin(
            AuditChain,
            and_(
                AuditChain.thing_kind == AuditEntry.thing_kind,
                AuditChain.thing_id == AuditEntry.thing_id,
            ),
        )
        .where(where)
        .order_by(*PLACE)
        .limit(at_once)
    )
    portion = session.execute(query).all()
    while portion:
        yield from map(_read_link, portion)
        last = portion[-1]
        after = tuple_(*PLACE) > (last.thing_kind, last.thing_id, last.position)
        portion = session.execute(query.where(after)).all()


def _read_link(row: Row[Any]) -> StoredLink:
    return StoredLink(
        link=Link(
            id=row.id,
            thing=Thing(row.thing_kind, row.thing_id),
            position=row.position,
            at=row.at,
            action=row.action,
            is_refused=row.is_refused,
            who_digest=row.who_digest,
            what_digest=row.what_digest,
            previous=row.previous,
        ),
        digest=row.digest,
        parts=tuple(_read_parts(row)),
        chain=None if row.chain_length is None else (row.chain_length, row.chain_head),
    )


def _read_parts(row: Row[Any]) -> Iterator[SealedPart]:
    if row.who_content is not None:
        yield SealedPart(Part.WHO, row.who_salt, row.who_person_id, row.who_content)
    if row.what_content is not None:
        yield SealedPart(Part.WHAT, row.what_salt, row.what_person_id, row.what_content)


def _find_empty_chains(session: Session, where: ColumnElement[bool]) -> Iterator[Fault]:
    entries = select(AuditEntry.id).where(
        AuditEntry.thing_kind == AuditChain.thing_kind, AuditEntry.thing_id == AuditChain.thing_id
    )
    empty = select(AuditChain.thing_kind, AuditChain.thing_id).where(where, ~entries.exists())
    for kind, thing_id in session.execute(empty, execution_options={"yield_per": AT_ONCE}):
        yield Fault(FaultKind.NO_ENTRY, Thing(kind, thing_id))


def _find_stray_parts(session: Session) -> Iterator[Fault]:
    entries = select(AuditEntry.id).where(AuditEntry.id == AuditPart.entry_id)
    stray = select(AuditPart.entry_id).where(~entries.exists())
    for entry_id in session.scalars(stray, execution_options={"yield_per": AT_ONCE}):
        yield Fault(FaultKind.STRAY_PART, None, entry_id=entry_id)
