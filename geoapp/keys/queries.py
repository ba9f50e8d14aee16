"""Questions about keys: who has each, how it came to them, and which nobody has.

Whoever asks for those of an asset has been allowed to manage it before.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from geoapp.assets.queries import ON_MAP, managers
from geoapp.assets.tables import Asset
from geoapp.errors import NotFound
from geoapp.keys.rules import Alarm, Holder, Outcome, Side
from geoapp.keys.tables import AssetKey, KeyAsset, KeyHandover
from geoapp.ledger.chain import Thing
from geoapp.people.queries import in_force, names_of, names_of_organisations
from geoapp.people.rules import MANAGERS, Role
from geoapp.people.tables import Address, Membership, Organisation, Person
from geoapp.sealing import Sealer

CALL_KINDS = {side: f"key_{side.value}" for side in Side}
COLUMNS = {
    Side.GIVER: (KeyHandover.giver_person_id, KeyHandover.giver_organisation_id),
    Side.RECEIVER: (KeyHandover.receiver_person_id, KeyHandover.receiver_organisation_id),
}


@dataclass(frozen=True)
class Opened:
    """A thing that a key opens."""

    code: str
    name: str


@dataclass(frozen=True)
class Handover:
    """A key going from hand to hand, with what it opens."""

    id: uuid.UUID
    key_id: uuid.UUID
    label: str
    opens: tuple[Opened, ...]
    giver: Holder
    receiver: Holder
    opened_at: datetime
    given_at: datetime | None
    received_at: datetime | None
    closed_at: datetime | None
    outcome: Outcome | None
    is_example: bool

    def holder_on(self, side: Side) -> Holder:
        """Who stands on a side."""
        return {Side.GIVER: self.giver, Side.RECEIVER: self.receiver}[side]

    def is_confirmed_by(self, side: Side) -> bool:
        """True where this side has said yes."""
        said = {Side.GIVER: self.given_at, Side.RECEIVER: self.received_at}
        return said[side] is not None


@dataclass(frozen=True)
class KeyFacts:
    """A key as those who manage its asset see it. `chain` are its handovers, the newest first;
    `holder` is whoever it was last given to, whatever became of them."""

    id: uuid.UUID
    district_id: uuid.UUID
    label: str
    opens: tuple[Opened, ...]
    lost_on: date | None
    retired_on: date | None
    alarm: Alarm | None
    holder: Holder | None
    since: datetime | None
    open: Handover | None
    chain: tuple[Handover, ...]
    is_example: bool


@dataclass(frozen=True)
class Candidate:
    """Somebody who may have a key: of an organisation that manages the asset, or its office."""

    holder: Holder
    name: str
    role: Role | None
    organisation: str


def thing_of(key_id: uuid.UUID) -> Thing:
    """Under what a key's history stands: never under the asset's, which others read as well."""
    return Thing("key", key_id)


# -- Who has it --------------------------------------------------------------------------------


def custody(today: date) -> Subquery:
    """A row for each key: `key_id`, the `handover_id` it was last given by, `person_id` or
    `organisation_id` it was given to, `since`, and `alarm`: why nobody has it, empty where
    somebody does. A key in use has either a custodian or an alarm."""
    last = (
        select(
            KeyHandover.key_id,
            KeyHandover.id.label("handover_id"),
            KeyHandover.receiver_person_id.label("person_id"),
            KeyHandover.receiver_organisation_id.label("organisation_id"),
            KeyHandover.closed_at.label("since"),
        )
        .ext(distinct_on(KeyHandover.key_id))
        .where(KeyHandover.outcome == Outcome.DONE)
        .order_by(KeyHandover.key_id, KeyHandover.closed_at.desc(), KeyHandover.id.desc())
        .subquery("last_handover")
    )
    has_left = and_(last.c.person_id.is_(None), last.c.organisation_id.is_(None))
    alarm = case(
        (AssetKey.retired_on.is_not(None), None),
        (AssetKey.lost_on.is_not(None), Alarm.LOST.value),
        (last.c.handover_id.is_(None), Alarm.NEVER_GIVEN.value),
        (has_left, Alarm.GONE.value),
        (~_has_seat(last.c.person_id, last.c.organisation_id, today), Alarm.NO_SEAT.value),
    )
    return (
        select(
            AssetKey.id.label("key_id"),
            last.c.handover_id,
            last.c.person_id,
            last.c.organisation_id,
            last.c.since,
            cast(alarm, Text).label("alarm"),
        )
        .outerjoin(last, last.c.key_id == AssetKey.id)
        .subquery("custody")
    )


def _has_seat(
    person_id: ColumnElement[Any], organisation_id: ColumnElement[Any], today: date
) -> ColumnElement[bool]:
    """True for whoever has a seat at, or is, an organisation that manages what the key opens."""
    managing = managers(today).subquery("managing")
    seated = exists().where(
        Membership.person_id == person_id,
        Membership.organisation_id == managing.c.organisation_id,
        in_force(today),
    )
    return (
        select(KeyAsset.key_id)
        .join(managing, managing.c.asset_id == KeyAsset.asset_id)
        .where(
            KeyAsset.key_id == AssetKey.id,
            or_(managing.c.organisation_id == organisation_id, seated),
        )
        .correlate_except(KeyAsset, managing)
        .exists()
    )


def keys_without_custodian(today: date) -> Select[uuid.UUID, uuid.UUID, Any]:
    """Each key in use that nobody has, with each standing asset that it opens: `asset_id`,
    `key_id`, `since`. For those who manage the asset alone."""
    held = custody(today)
    since = func.coalesce(
        case((held.c.alarm == Alarm.LOST.value, AssetKey.lost_on)),
        case((held.c.alarm == Alarm.NEVER_GIVEN.value, cast(AssetKey.created_at, Date))),
        AssetKey.alarmed_on,
        cast(literal(today), Date),
    )
    return (
        select(KeyAsset.asset_id, KeyAsset.key_id, since.label("since"))
        .join(AssetKey, AssetKey.id == KeyAsset.key_id)
        .join(held, held.c.key_id == KeyAsset.key_id)
        .join(Asset, Asset.id == KeyAsset.asset_id)
        .where(ON_MAP, held.c.alarm.is_not(None))
    )


@dataclass(frozen=True)
class Unheld:
    """A key in use that nobody has, of a place it opens; never for the public."""

    code: str
    name: str
    label: str
    since: date
    is_example: bool


def list_unheld(
    session: Session,
    *,
    district_id: uuid.UUID,
    today: date,
    organisation_id: uuid.UUID | None = None,
    limit: int,
) -> list[Unheld]:
    """The keys that nobody has, in a district or of what one organisation manages there; the
    longest first."""
    lost = keys_without_custodian(today).subquery()
    found = (
        select(Asset.code, Asset.name, AssetKey.label, lost.c.since, AssetKey.is_example)
        .join(Asset, Asset.id == lost.c.asset_id)
        .join(AssetKey, AssetKey.id == lost.c.key_id)
        .where(Asset.district_id == district_id)
    )
    if organisation_id is not None:
        managing = managers(today).subquery()
        mine = select(managing.c.asset_id).where(managing.c.organisation_id == organisation_id)
        found = found.where(Asset.id.in_(mine))
    rows = session.execute(found.order_by(lost.c.since, Asset.code, AssetKey.id).limit(limit))
    return [Unheld(*row) for row in rows]


def list_keys(session: Session, *, asset_id: uuid.UUID, today: date) -> list[KeyFacts]:
    """The keys that open an asset, those in use first, by name."""
    held = custody(today)
    rows = session.execute(
        select(AssetKey, *(column for column in held.c if column.name != "key_id"))
        .join(KeyAsset, KeyAsset.key_id == AssetKey.id)
        .join(held, held.c.key_id == AssetKey.id)
        .where(KeyAsset.asset_id == asset_id)
        .order_by(AssetKey.retired_on.is_not(None), AssetKey.label, AssetKey.id)
    ).all()
    ids = [row.AssetKey.id for row in rows]
    opens = _opened_by(session, ids)
    chains: dict[uuid.UUID, list[Handover]] = {}
    for one in _list_handovers(session, KeyHandover.key_id.in_(ids)):
        chains.setdefault(one.key_id, []).append(one)
    return [_to_facts(row, opens, chains.get(row.AssetKey.id, [])) for row in rows]


def _to_facts(
    row: Any, opens: dict[uuid.UUID, tuple[Opened, ...]], chain: Sequence[Handover]
) -> KeyFacts:
    key = row.AssetKey
    given = row.handover_id is not None
    return KeyFacts(
        id=key.id,
        district_id=key.district_id,
        label=key.label,
        opens=opens.get(key.id, ()),
        lost_on=key.lost_on,
        retired_on=key.retired_on,
        alarm=Alarm(row.alarm) if row.alarm else None,
        holder=Holder(row.person_id, row.organisation_id) if given else None,
        since=row.since,
        open=next((one for one in chain if one.closed_at is None), None),
        chain=tuple(one for one in chain if one.closed_at is not None),
        is_example=key.is_example,
    )


def find_alarm(session: Session, *, key_id: uuid.UUID, today: date) -> Alarm | None:
    """Why nobody has a key; None: somebody does, or it is not in use."""
    held = custody(today)
    found = session.scalar(select(held.c.alarm).where(held.c.key_id == key_id))
    return Alarm(found) if found else None


def find_custodian(session: Session, *, key_id: uuid.UUID, today: date) -> Holder | None:
    """Who has a key that is in use; None: nobody."""
    held = custody(today)
    row = session.execute(
        select(held.c.person_id, held.c.organisation_id)
        .join(AssetKey, AssetKey.id == held.c.key_id)
        .where(held.c.key_id == key_id, held.c.alarm.is_(None), AssetKey.retired_on.is_(None))
    ).one_or_none()
    return Holder(*row) if row else None


def list_candidates(session: Session, *, key_id: uuid.UUID, today: date) -> list[Candidate]:
    """Who may have a key: the offices of who manages what it opens, and whoever has a seat there;
    by organisation, its office first."""
    managing = managers(today).subquery("managing")
    offices = session.execute(
        select(Organisation.id, Organisation.name)
        .where(
            Organisation.id.in_(
                select(managing.c.organisation_id)
                .join(KeyAsset, KeyAsset.asset_id == managing.c.asset_id)
                .where(KeyAsset.key_id == key_id)
            )
        )
        .order_by(Organisation.name, Organisation.id)
    ).all()
    people = session.execute(
        select(Membership.organisation_id, Membership.role, Person.id, Person.name)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id.in_([row.id for row in offices]), in_force(today))
        .order_by(Person.name, Person.id)
    ).all()
    found: dict[Holder, Candidate] = {}
    for office in offices:
        holder = Holder(organisation_id=office.id)
        found[holder] = Candidate(holder, "", None, office.name)
        for organisation_id, role, person_id, name in people:
            if organisation_id == office.id:
                person = Holder(person_id=person_id)
                found.setdefault(person, Candidate(person, name, role, office.name))
    return list(found.values())


def name_holders(session: Session, *, holders: Sequence[Holder]) -> dict[Holder, str]:
    """What each is called, for those who manage the asset; who has left, or gave no name, is not
    in it."""
    people = names_of(session, person_ids={one.person_id for one in holders if one.person_id})
    offices = names_of_organisations(
        session, organisation_ids={one.organisation_id for one in holders if one.organisation_id}
    )
    names = {
        one: people.get(one.person_id, "")
        if one.person_id
        else offices.get(one.organisation_id or uuid.UUID(int=0), "")
        for one in holders
    }
    return {one: name for one, name in names.items() if name}


# -- Handovers ---------------------------------------------------------------------------------


def get_handover(session: Session, *, handover_id: uuid.UUID) -> Handover:
    """A handover.

    Raises:
        NotFound: there is none.
    """
    for found in _list_handovers(session, KeyHandover.id == handover_id):
        return found
    raise NotFound("There is no such handing over.")


def list_open_of(session: Session, *, person_id: uuid.UUID) -> list[tuple[Handover, Side]]:
    """The handovers that wait for a word of this person, and the side they stand on."""
    theirs = [
        and_(person == person_id, said.is_(None))
        for person, said in (
            (KeyHandover.giver_person_id, KeyHandover.given_at),
            (KeyHandover.receiver_person_id, KeyHandover.received_at),
        )
    ]
    found = _list_handovers(session, KeyHandover.closed_at.is_(None), or_(*theirs))
    return [
        (one, side)
        for one in found
        for side in Side
        if one.holder_on(side).person_id == person_id and not one.is_confirmed_by(side)
    ]


def list_held_by(session: Session, *, person_id: uuid.UUID, today: date) -> list[Handover]:
    """The keys a person has, each by the handover it came with."""
    held = custody(today)
    mine = select(held.c.handover_id).where(held.c.person_id == person_id, held.c.alarm.is_(None))
    retired = select(AssetKey.id).where(AssetKey.retired_on.is_not(None))
    return _list_handovers(session, KeyHandover.id.in_(mine), KeyHandover.key_id.not_in(retired))


def make_call_secret(sealer: Sealer, handover_id: uuid.UUID, side: Side) -> str:
    """What the link of a mail carries to whoever stands on this side."""
    return sealer.sign_id(CALL_KINDS[side], handover_id)


def find_call(session: Session, *, sealer: Sealer, secret: str) -> tuple[Handover, Side]:
    """What such a link stands for.

    Raises:
        NotFound: it is none of ours, or no person stands there any more.
    """
    for side, kind in CALL_KINDS.items():
        handover_id = sealer.read_id(kind, secret)
        if handover_id is not None:
            found = get_handover(session, handover_id=handover_id)
            if found.holder_on(side).person_id is not None:
                return found, side
    raise NotFound("This link is not good: open the newest mail, or ask who gave you the key.")


@dataclass(frozen=True)
class Reader:
    """Whom a mail about a key goes to; `asset` is the code of one thing that it opens."""

    label: str
    opens: tuple[Opened, ...]
    sealed_address: bytes
    language: str


def find_reader(session: Session, *, key_id: uuid.UUID, person_id: uuid.UUID) -> Reader | None:
    """Somebody who is written to about a key; None where they have left."""
    row = session.execute(
        select(AssetKey.label, Address.sealed, Address.language)
        .select_from(AssetKey)
        .join(Person, Person.id == person_id)
        .join(Address, Address.id == Person.address_id)
        .where(AssetKey.id == key_id)
    ).one_or_none()
    if row is None:
        return None
    return Reader(
        row.label, _opened_by(session, [key_id]).get(key_id, ()), row.sealed, row.language
    )


def manages_key(session: Session, *, key_id: uuid.UUID, person_id: uuid.UUID, today: date) -> bool:
    """True for somebody who manages what a key opens, by a role at one who does."""
    managing = managers(today).subquery("managing")
    found = (
        select(KeyAsset.key_id)
        .join(managing, managing.c.asset_id == KeyAsset.asset_id)
        .join(Membership, Membership.organisation_id == managing.c.organisation_id)
        .where(
            KeyAsset.key_id == key_id,
            Membership.person_id == person_id,
            Membership.role.in_(MANAGERS),
            in_force(today),
        )
    )
    return session.scalar(found.limit(1)) is not None


def _list_handovers(session: Session, *where: ColumnElement[bool]) -> list[Handover]:
    rows = session.execute(
        select(KeyHandover, AssetKey.label, AssetKey.is_example)
        .join(AssetKey, AssetKey.id == KeyHandover.key_id)
        .where(*where)
        .order_by(KeyHandover.opened_at.desc(), KeyHandover.id.desc())
        .execution_options(populate_existing=True)
    ).all()
    opens = _opened_by(session, [row.KeyHandover.key_id for row in rows])
    return [
        Handover(
            id=one.id,
            key_id=one.key_id,
            label=label,
            opens=opens.get(one.key_id, ()),
            giver=Holder(one.giver_person_id, one.giver_organisation_id),
            receiver=Holder(one.receiver_person_id, one.receiver_organisation_id),
            opened_at=one.opened_at,
            given_at=one.given_at,
            received_at=one.received_at,
            closed_at=one.closed_at,
            outcome=one.outcome,
            is_example=is_example,
        )
        for one, label, is_example in rows
    ]


def _opened_by(
    session: Session, key_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, tuple[Opened, ...]]:
    rows = session.execute(
        select(KeyAsset.key_id, Asset.code, Asset.name)
        .join(Asset, Asset.id == KeyAsset.asset_id)
        .where(KeyAsset.key_id.in_(key_ids))
        .order_by(Asset.name, Asset.code)
    )
    found: dict[uuid.UUID, tuple[Opened, ...]] = {}
    for key_id, code, name in rows:
        found[key_id] = (*found.get(key_id, ()), Opened(code, name))
    return found
