"""The chain of the audit, pure: what an entry is and seals, and what is wrong with a chain.

Content is kept as the very text that was sealed: JSONB would order its keys anew, round its
numbers and refuse a NUL, and a digest must come out the same in ten years.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from typing import Any

DIGEST_BYTES = 32
SALT_BYTES = 32
# What the first entry of a chain has before it.
NOTHING = bytes(DIGEST_BYTES)


class Part(StrEnum):
    """What can be erased of an entry: who did it, and what was done."""

    WHO = "who"
    WHAT = "what"


@dataclass(frozen=True)
class Thing:
    """What is changed: a kind and an id, only text to this room.

    Entries stay for good and their thing with them: never give the id of a person. An account's
    chain goes by an id of its own, which is erased with the account.
    """

    kind: str
    id: uuid.UUID


@dataclass(frozen=True)
class Doer:
    """Who did it. `label` is the role it was done in; `acting_for` the slug of an organisation
    on whose behalf. Without `person_id` it was a secret link, or a command."""

    person_id: uuid.UUID | None
    label: str
    acting_for: str = ""


SECRET_LINK = Doer(None, "secret_link")


@dataclass(frozen=True)
class Deed:
    """What is done: the values before and after, of which only what differs is kept.

    Values are text, numbers, yes or no, nothing, dates, ids, and lists and dicts of these.
    `about` is the person they tell of (a membership, a name), with whom they are erased.
    """

    action: str
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    about: uuid.UUID | None = None


@dataclass(frozen=True)
class Told:
    """What was done, as it is read back: dates and ids as text. A refusal has a reason alone."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str = ""


@dataclass(frozen=True)
class Entry:
    """One entry, to be shown. `doer` and `told` are None where they were erased."""

    id: uuid.UUID
    thing: Thing
    position: int
    at: datetime
    action: str
    is_refused: bool
    doer: Doer | None
    told: Told | None


# -- Content -----------------------------------------------------------------------------------


def write_canonical(value: object) -> str:
    """JSON in one spelling: ASCII, sorted keys, no spaces; reading it and writing it again gives
    the same.

    Raises:
        TypeError: a value is of no kind that `Deed` allows.
        ValueError: a number is infinite or none.
    """
    return json.dumps(
        value,
        sort_keys=True,
        ensure_ascii=True,
        allow_nan=False,
        separators=(",", ":"),
        default=_write_value,
    )


def _write_value(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, uuid.UUID | Decimal):
        return str(value)
    raise TypeError(f"the audit keeps no {type(value).__name__}")


def write_doer(doer: Doer) -> str:
    """The content of a who-part; the person's id stands beside it, to be found."""
    return write_canonical({"label": doer.label, "acting_for": doer.acting_for})


def read_doer(content: str, person_id: uuid.UUID | None) -> Doer:
    """A doer as `write_doer` wrote it."""
    return Doer(person_id, **json.loads(content))


def write_told(told: Told) -> str:
    """The content of a what-part."""
    return write_canonical(vars(told))


def read_told(content: str) -> Told:
    """What `write_told` wrote."""
    return Told(**json.loads(content))


def keep_different(deed: Deed) -> Told:
    """What differs between before and after; a field that only one of them has differs."""
    before, after = (
        {name: write_canonical(value) for name, value in values.items()}
        for values in (deed.before, deed.after)
    )
    same = {name for name, value in before.items() if after.get(name) == value}
    return Told(
        before={name: value for name, value in deed.before.items() if name not in same},
        after={name: value for name, value in deed.after.items() if name not in same},
    )


# -- Seals -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SealedPart:
    """A part as it is stored; who does not know the salt cannot guess the content by its digest."""

    part: Part
    salt: bytes
    person_id: uuid.UUID | None
    content: str


@dataclass(frozen=True)
class Link:
    """All of an entry that its digest covers."""

    id: uuid.UUID
    thing: Thing
    position: int
    at: datetime
    action: str
    is_refused: bool
    who_digest: bytes
    what_digest: bytes
    previous: bytes


def seal_part(part: SealedPart) -> bytes:
    """SHA-256 of the salt and everything else of the part."""
    told = write_canonical([part.part, part.person_id, part.content])
    return hashlib.sha256(part.salt + told.encode()).digest()


def seal_link(link: Link) -> bytes:
    """SHA-256 of everything an entry says, the digest of the one before it included."""
    told = [
        link.thing.kind,
        link.thing.id,
        link.position,
        link.id,
        link.at.astimezone(UTC).isoformat(timespec="microseconds"),
        link.action,
        link.is_refused,
        link.who_digest.hex(),
        link.what_digest.hex(),
        link.previous.hex(),
    ]
    return hashlib.sha256(write_canonical(told).encode()).digest()


# -- Verifying ---------------------------------------------------------------------------------


class FaultKind(StrEnum):
    """What can be wrong, in words for a terminal."""

    GAP = "entries before it are missing, or stand twice"
    PREVIOUS = "it does not follow the entry before it"
    DIGEST = "the entry was changed"
    WHO = "who did it was changed"
    WHAT = "what was done was changed"
    HEAD = "the chain does not end where its last entry does"
    NO_CHAIN = "its entries hang on no chain"
    NO_ENTRY = "the chain has no entries"
    STRAY_PART = "a part hangs on no entry"


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was written. A stray part has no thing, only `entry_id`."""

    kind: FaultKind
    thing: Thing | None
    position: int | None = None
    entry_id: uuid.UUID | None = None

    def __str__(self) -> str:
        where = f"{self.thing.kind} {self.thing.id}" if self.thing else f"part of {self.entry_id}"
        entry = "" if self.position is None else f", entry {self.position}"
        return f"{where}{entry}: {self.kind}"


@dataclass(frozen=True)
class StoredLink:
    """An entry as it was found, its parts but for those erased, and how its chain should end."""

    link: Link
    digest: bytes
    parts: tuple[SealedPart, ...]
    chain: tuple[int, bytes] | None


def find_faults(stored: Iterable[StoredLink]) -> Iterator[Fault]:
    """What is wrong with whole chains, given entry by entry in the order of thing and position.

    An erased part is no fault; a changed one is. What was cut off at the end shows in the chain's
    own row.
    """
    for thing, entries in groupby(stored, key=lambda entry: entry.link.thing):
        yield from _find_faults_of(thing, entries)


def _find_faults_of(thing: Thing, entries: Iterable[StoredLink]) -> Iterator[Fault]:
    end, chain = (0, NOTHING), None
    for entry in entries:
        for kind in _find_kinds(entry, *end):
            yield Fault(kind, thing, entry.link.position)
        end, chain = (entry.link.position, entry.digest), entry.chain
    if chain is None:
        yield Fault(FaultKind.NO_CHAIN, thing)
    elif chain != end:
        yield Fault(FaultKind.HEAD, thing)


def _find_kinds(entry: StoredLink, position: int, digest: bytes) -> list[FaultKind]:
    link = entry.link
    changed = {part.part for part in entry.parts if seal_part(part) != _digest_of(link, part.part)}
    wrong = {
        FaultKind.GAP: link.position != position + 1,
        FaultKind.PREVIOUS: link.previous != digest,
        FaultKind.DIGEST: entry.digest != seal_link(link),
        FaultKind.WHO: Part.WHO in changed,
        FaultKind.WHAT: Part.WHAT in changed,
    }
    return [kind for kind, is_wrong in wrong.items() if is_wrong]


def _digest_of(link: Link, part: Part) -> bytes:
    return {Part.WHO: link.who_digest, Part.WHAT: link.what_digest}[part]
