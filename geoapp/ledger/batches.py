"""What an import changed, kept so that a whole batch can be undone: any table, row by row.

Values are kept as the database itself writes them, so that what comes back is what was there.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Table,
    Text,
    and_,
    cast,
    delete,
    event,
    func,
    inspect,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, UOWTransaction

from geoapp.db.base import Base
from geoapp.errors import Conflict, NotFound
from geoapp.ledger.tables import ImportBatch, ImportChange

# A number of our own for the database's advisory locks: one import or undoing at a time.
LOCK = 4_150_003
AT_ONCE = 500

Key = tuple[tuple[str, str], ...]
Values = dict[str, str | None]


@dataclass
class Changes:
    """What a session wrote, in order: by table and key, what the columns held before.

    A row that was made held nothing: None.
    """

    rows: dict[tuple[str, Key], Values | None] = field(default_factory=dict)


@dataclass(frozen=True)
class BatchDraft:
    """What is said of a batch: the file's own name, the layout, a digest, how many rows."""

    file_name: str
    layout: str
    digest: str
    new_count: int
    changed_count: int


@contextmanager
def watch_changes(session: Session) -> Iterator[Changes]:
    """Note every row the session makes or changes within the block.

    One import or undoing at a time: a second waits here for the first one's transaction.
    """
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    changes = Changes()

    def note_old(_session: Session, _context: UOWTransaction, _instances: object) -> None:
        for row in session.dirty:
            _note_changed(session, changes, row)

    def note_new(_session: Session, _context: UOWTransaction) -> None:
        for row in session.new:
            changes.rows.setdefault((_table_of(row).name, _key_of(row)), None)

    event.listen(session, "before_flush", note_old)
    event.listen(session, "after_flush", note_new)
    try:
        yield changes
        session.flush()
    finally:
        event.remove(session, "before_flush", note_old)
        event.remove(session, "after_flush", note_new)


def keep_batch(session: Session, *, draft: BatchDraft, changes: Changes) -> ImportBatch | None:
    """Keep what was noted as a batch; None where nothing changed."""
    if not changes.rows:
        return None
    columns = {name: list(Base.metadata.tables[name].c.keys()) for name, _ in changes.rows}
    batch = ImportBatch(**vars(draft), columns=columns)
    session.add(batch)
    session.flush()
    written = {
        row: tuple(sorted(before or columns[row[0]])) for row, before in changes.rows.items()
    }
    prints = _fingerprints(session, written)
    session.add_all(
        ImportChange(
            batch_id=batch.id,
            position=position,
            table_name=table_name,
            row_key=dict(key),
            before=before,
            fingerprint=prints[table_name, key],
        )
        for position, ((table_name, key), before) in enumerate(changes.rows.items())
    )
    session.flush()
    return batch


def list_batches(session: Session, *, limit: int, layout: str | None = None) -> list[ImportBatch]:
    """The newest batches first, of one layout or of all."""
    newest = select(ImportBatch).order_by(ImportBatch.number.desc()).limit(limit)
    if layout is not None:
        newest = newest.where(ImportBatch.layout == layout)
    return list(session.scalars(newest))


def find_batch(session: Session, *, number: int, layout: str) -> ImportBatch | None:
    """The batch of this number, if it is of this layout."""
    mine = (ImportBatch.number == number, ImportBatch.layout == layout)
    return session.scalar(select(ImportBatch).where(*mine))


def undo_batch(session: Session, *, number: int, now: datetime) -> int:
    """Take back all a batch did, or nothing; returns how many rows.

    Raises:
        NotFound: there is no such batch.
        Conflict: it was undone before; or a row was changed since, or something hangs on a row
            that would go. The message names them and what to do; its value `counts` tells how many
            rows of which table.
    """
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    batch = session.scalar(select(ImportBatch).where(ImportBatch.number == number))
    if batch is None:
        raise NotFound(
            "There is no batch {number}: `geoapp batches list` shows them.", number=number
        )
    if batch.undone_at is not None:
        raise Conflict("Batch {number} was undone already.", number=number)
    kept = _read_changes(session, batch.id)
    rows = {(change.table_name, _sorted(change.row_key)): change for change in kept}
    _lock_rows(session, rows)
    _refuse_changed(session, rows, batch.columns)
    _refuse_needed(session, rows)
    try:
        for change in reversed(kept):
            _take_back(session, change)
        batch.undone_at = now
        session.flush()
    except IntegrityError as error:
        raise Conflict(
            "Rows that this batch replaced are gone: undo the batches after it first."
        ) from error
    session.expire_all()
    return len(kept)


# -- Noting ------------------------------------------------------------------------------------


def _note_changed(session: Session, changes: Changes, row: object) -> None:
    table, key = _table_of(row), _key_of(row)
    known = changes.rows.setdefault((table.name, key), {})
    if known is None:  # made within this batch: nothing was there before
        return
    names = [
        attribute.key
        for attribute in inspect(row).attrs
        if attribute.key in table.c and attribute.key not in known
        if attribute.history.has_changes()
    ]
    if not names:
        if not known:
            del changes.rows[table.name, key]
        return
    columns = [cast(table.c[name], Text).label(name) for name in names]
    held = session.connection().execute(select(*columns).where(_is(table, key)))
    known.update(dict(held.mappings().one()))


def _table_of(row: object) -> Table:
    table: Table = inspect(row).mapper.local_table
    return table


def _key_of(row: object) -> Key:
    columns = _table_of(row).primary_key.columns
    return _sorted({column.name: str(getattr(row, column.name)) for column in columns})


def _sorted(key: Mapping[str, str]) -> Key:
    return tuple(sorted(key.items()))


def _is(table: Table, key: Key) -> ColumnElement[bool]:
    return and_(*[table.c[name] == _typed(table, name, value) for name, value in key])


def _typed(table: Table, name: str, value: str | None) -> ColumnElement[object]:
    return cast(literal(value, Text), table.c[name].type)


def _by_table(keys: Iterable[tuple[str, Key]]) -> Iterator[tuple[Table, list[Key]]]:
    """The keys of each table, some hundreds at a time."""
    found: dict[str, list[Key]] = defaultdict(list)
    for table_name, key in keys:
        found[table_name].append(key)
    for table_name, members in found.items():
        for start in range(0, len(members), AT_ONCE):
            yield Base.metadata.tables[table_name], members[start : start + AT_ONCE]


def _fingerprints(
    session: Session, written: Mapping[tuple[str, Key], tuple[str, ...]]
) -> dict[tuple[str, Key], str]:
    """A digest of these columns of each row, as the database writes them; a row that is gone, or
    has lost one of the columns, has none."""
    prints: dict[tuple[str, Key], str] = {}
    by_columns: dict[tuple[str, ...], list[tuple[str, Key]]] = defaultdict(list)
    for row, names in written.items():
        by_columns[names].append(row)
    for names, rows in by_columns.items():
        for table, members in _by_table(rows):
            if set(names) <= set(table.c.keys()):
                prints |= _fingerprints_in(session, table, members, names)
    return prints


def _fingerprints_in(
    session: Session, table: Table, members: Sequence[Key], names: Sequence[str]
) -> dict[tuple[str, Key], str]:
    keys = [column.name for column in table.primary_key.columns]
    told = func.concat_ws("|", *[func.quote_nullable(cast(table.c[name], Text)) for name in names])
    columns = [cast(table.c[name], Text).label(name) for name in keys]
    query = select(*columns, func.md5(told).label("print")).where(_among(table, members))
    return {
        (table.name, _sorted({name: row[name] for name in keys})): row["print"]
        for row in session.execute(query).mappings()
    }


def _among(table: Table, members: Sequence[Key]) -> ColumnElement[bool]:
    return or_(*[_is(table, key) for key in members])


# -- Undoing -----------------------------------------------------------------------------------


def _read_changes(session: Session, batch_id: uuid.UUID) -> list[ImportChange]:
    mine = select(ImportChange).where(ImportChange.batch_id == batch_id)
    return list(session.scalars(mine.order_by(ImportChange.position)))


def _lock_rows(session: Session, rows: Iterable[tuple[str, Key]]) -> None:
    """Nobody changes a row, nor hangs anything on it, before this transaction ends."""
    for table, members in _by_table(rows):
        session.execute(select(literal(1)).where(_among(table, members)).with_for_update(of=table))


def _refuse_changed(
    session: Session,
    rows: Mapping[tuple[str, Key], ImportChange],
    columns: Mapping[str, Sequence[str]],
) -> None:
    written = {key: tuple(sorted(row.before or columns[key[0]])) for key, row in rows.items()}
    prints = _fingerprints(session, written)
    changed = Counter(key[0] for key, row in rows.items() if prints.get(key) != row.fingerprint)
    if changed:
        raise Conflict(
            "Rows of this batch were changed since ({rows}): undo what came later first.",
            rows=_say_counts(changed),
            counts=changed,
        )


def _refuse_needed(session: Session, rows: Mapping[tuple[str, Key], ImportChange]) -> None:
    """Whatever would go with a row, or keep it from going, is somebody's: it is named."""
    made = [key for key, row in rows.items() if row.before is None]
    needing: Counter[str] = Counter()
    for table, members in _by_table(made):
        for foreign in _foreign_keys_to(table):
            for key in _keys_that_need(session, foreign, members):
                needing[foreign.parent.table.name] += (foreign.parent.table.name, key) not in rows
    if +needing:
        raise Conflict(
            "Other rows hang on those of this batch ({rows}): take those away first.",
            rows=_say_counts(+needing),
            counts=+needing,
        )


def _foreign_keys_to(table: Table) -> list[ForeignKey]:
    others = [other for other in Base.metadata.tables.values() if "is_derived" not in other.info]
    return [
        foreign
        for other in others
        for foreign in other.foreign_keys
        if foreign.references(table) and "is_part" not in foreign.info
    ]


def _keys_that_need(session: Session, foreign: ForeignKey, members: Sequence[Key]) -> list[Key]:
    needing, target = foreign.parent, foreign.column
    wanted = [_typed(target.table, target.name, dict(key)[target.name]) for key in members]
    names = [column.name for column in needing.table.primary_key.columns]
    columns = [cast(needing.table.c[name], Text).label(name) for name in names]
    found = session.execute(select(*columns).where(needing.in_(wanted)))
    return [_sorted(dict(row)) for row in found.mappings()]


def _say_counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in sorted(counts.items()))


def _take_back(session: Session, change: ImportChange) -> None:
    table = Base.metadata.tables[change.table_name]
    mine = _is(table, _sorted(change.row_key))
    if change.before is None:
        session.execute(delete(table).where(mine))
        return
    values = {name: _typed(table, name, value) for name, value in change.before.items()}
    session.execute(update(table).where(mine).values(values))
