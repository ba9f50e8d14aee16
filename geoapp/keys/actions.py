"""Changes to keys: a new one, from hand to hand, lost, found, out of use; and the alarm.

Whoever changes a key waits for whoever is before them: its row is locked first.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Text, cast, delete, func, select
from sqlalchemy.orm import Session

from geoapp.assets.queries import ON_MAP, managers
from geoapp.assets.tables import Asset
from geoapp.districts.tables import District
from geoapp.errors import Conflict, Invalid
from geoapp.keys.queries import (
    Handover,
    custody,
    find_custodian,
    get_handover,
    list_candidates,
    thing_of,
)
from geoapp.keys.rules import (
    MOST_OPENED,
    NO_OF,
    Alarm,
    Holder,
    Outcome,
    Side,
    read_label,
)
from geoapp.keys.tables import AssetKey, KeyAsset, KeyHandover
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Doer
from geoapp.outbox.actions import post_message
from geoapp.people.queries import list_managers

CALL, ALARM = "key_call", "key_alarm"
# Who has just made a key hands it over; nobody is warned meanwhile.
NEW_FOR = timedelta(days=1)


@dataclass(frozen=True)
class By:
    """Who does it, when, and which day it is there. `organisation_ids` are those they may speak
    for; `office_id` is the one they act by."""

    doer: Doer
    now: datetime
    today: date
    organisation_ids: frozenset[uuid.UUID] = frozenset()
    office_id: uuid.UUID | None = None

    def is_holder(self, holder: Holder) -> bool:
        """True where they speak for it."""
        if holder.person_id is not None:
            return holder.person_id == self.doer.person_id
        return holder.organisation_id in self.organisation_ids


def add_key(
    session: Session,
    *,
    assets: Sequence[Asset],
    label: str,
    by: By,
    is_example: bool = False,
) -> AssetKey:
    """A key that opens these assets of one district; nobody has it yet.

    Raises:
        Invalid: no name, or too many assets.
    """
    said = read_label(label)
    if len(assets) > MOST_OPENED:
        raise Invalid("One key opens at most {most} things.", field="numbers", most=MOST_OPENED)
    key = AssetKey(
        district_id=assets[0].district_id, label=said, is_example=is_example, created_at=by.now
    )
    session.add(key)
    session.flush()
    session.add_all(
        KeyAsset(key_id=key.id, asset_id=asset_id)
        for asset_id in dict.fromkeys(asset.id for asset in assets)
    )
    session.flush()
    _record(session, key, Deed("add_key", after={"key": said}), by)
    return key


def start_handover(session: Session, *, key_id: uuid.UUID, receiver: Holder, by: By) -> Handover:
    """Let a key go from whoever has it to somebody else; from the office of who starts it where
    nobody has it. A side that who starts it speaks for is confirmed; the other gets a mail.

    Raises:
        Invalid: the receiver may have no key of this, or has it already.
        Conflict: the key is being handed over, is lost, or is not in use.
    """
    key = _lock(session, key_id)
    _check_in_use(key)
    waiting = _find_open(session, key_id)
    if waiting is not None and _has_lost_a_side(waiting):
        _close(waiting, Outcome.WITHDRAWN, by)
        session.flush()
    elif waiting is not None:
        raise Conflict("Somebody was first: this key is being handed over already.")
    custodian = find_custodian(session, key_id=key_id, today=by.today)
    if receiver == custodian:
        raise Invalid("This key is there already: choose somebody else.", field="receiver")
    allowed = {one.holder for one in list_candidates(session, key_id=key_id, today=by.today)}
    if receiver not in allowed:
        raise Invalid("Choose somebody of who manages this place.", field="receiver")
    giver = custodian or Holder(organisation_id=by.office_id)
    row = KeyHandover(
        key_id=key.id,
        giver_person_id=giver.person_id,
        giver_organisation_id=giver.organisation_id,
        receiver_person_id=receiver.person_id,
        receiver_organisation_id=receiver.organisation_id,
        opened_at=by.now,
        # Who took a key from nobody has nobody to ask.
        given_at=by.now if giver.is_nobody or by.is_holder(giver) else None,
        received_at=by.now if by.is_holder(receiver) else None,
    )
    _close_where_done(row, by)
    session.add(row)
    session.flush()
    _call_both(session, row, by)
    deed = Deed("hand_over_key", after={"key": key.label}, about=receiver.person_id)
    _record(session, key, deed, by)
    return get_handover(session, handover_id=row.id)


def answer_handover(
    session: Session, *, handover_id: uuid.UUID, side: Side, is_yes: bool, by: By
) -> None:
    """Confirm one side, or say no to it. The same word again changes nothing; whoever calls this
    has seen that `by` stands on that side.

    Raises:
        Conflict: it is over, in another way.
    """
    key, row = _lock_handover(session, handover_id)
    said = {Side.GIVER: row.given_at, Side.RECEIVER: row.received_at}[side]
    if is_yes and said is not None and row.outcome in (None, Outcome.DONE):
        return
    if row.closed_at is not None:
        if not is_yes and row.outcome is NO_OF[side]:
            return
        raise Conflict("This handing over is over already: look at the keys again.")
    _check_in_use(key)
    if is_yes:
        setattr(row, {Side.GIVER: "given_at", Side.RECEIVER: "received_at"}[side], by.now)
        _close_where_done(row, by)
    else:
        _close(row, NO_OF[side], by)
    session.flush()
    action = f"{'confirm' if is_yes else 'deny'}_key_{side.value}"
    _record(session, key, Deed(action, after={"key": key.label}), by)


def withdraw_handover(session: Session, *, handover_id: uuid.UUID, by: By) -> None:
    """Take a handing over back: the key stays where it is.

    Raises:
        Conflict: it is over already.
    """
    key, row = _lock_handover(session, handover_id)
    if row.closed_at is not None:
        raise Conflict("This handing over is over already: look at the keys again.")
    _close(row, Outcome.WITHDRAWN, by)
    session.flush()
    _record(session, key, Deed("withdraw_key", after={"key": key.label}), by)


def tell_lost(session: Session, *, key_id: uuid.UUID, is_lost: bool, by: By) -> None:
    """Say that a key is lost, or found again; who had it then has it still.

    Raises:
        Conflict: it is not in use any more.
    """
    key = _lock(session, key_id)
    if key.retired_on is not None:
        raise Conflict("This key is not in use any more.")
    if (key.lost_on is not None) == is_lost:
        return
    key.lost_on = by.today if is_lost else None
    if is_lost:
        _withdraw_open(session, key_id, by)
    session.flush()
    _record(session, key, Deed("lose_key" if is_lost else "find_key", after={"key": key.label}), by)


def retire_key(session: Session, *, key_id: uuid.UUID, by: By) -> None:
    """Take a key out of use for good; its history stays."""
    key = _lock(session, key_id)
    if key.retired_on is not None:
        return
    key.retired_on = by.today
    _withdraw_open(session, key_id, by)
    session.flush()
    _record(session, key, Deed("retire_key", after={"key": key.label}), by)


# -- The alarm ---------------------------------------------------------------------------------


def post_alarms(session: Session, *, now: datetime) -> int:
    """Of each key that nobody has: a mail to each who manages what it opens, once for each cause;
    how many. A new key has a day.

    What was told stands in the key's own row: the outbox forgets what it has sent.
    """
    posted = 0
    for district in session.scalars(select(District).order_by(District.slug)).all():
        today = now.astimezone(ZoneInfo(district.time_zone)).date()
        held = custody(today)
        ref = func.coalesce(cast(AssetKey.lost_on, Text), cast(held.c.handover_id, Text), "")
        cause = held.c.alarm + ":" + ref
        standing = select(KeyAsset.key_id).join(Asset, Asset.id == KeyAsset.asset_id).where(ON_MAP)
        rows = session.execute(
            select(AssetKey, cause)
            .join(held, held.c.key_id == AssetKey.id)
            .where(
                AssetKey.district_id == district.id,
                AssetKey.alarm.is_distinct_from(cause),
                (held.c.alarm != Alarm.NEVER_GIVEN.value)
                | (AssetKey.created_at < now - NEW_FOR)
                | held.c.alarm.is_(None),
                AssetKey.id.in_(standing) | held.c.alarm.is_(None),
            )
            .order_by(AssetKey.id)
            .with_for_update(of=AssetKey, skip_locked=True)
        ).all()
        for key, told in rows:
            key.alarm, key.alarmed_on = told, today if told else None
            if told:
                posted += _post_alarm(session, key, today, now)
    session.flush()
    return posted


def _post_alarm(session: Session, key: AssetKey, today: date, now: datetime) -> int:
    managing = managers(today).subquery("managing")
    organisation_ids = session.scalars(
        select(managing.c.organisation_id)
        .join(KeyAsset, KeyAsset.asset_id == managing.c.asset_id)
        .where(KeyAsset.key_id == key.id)
        .distinct()
    ).all()
    by_organisation = list_managers(session, organisation_ids=organisation_ids, today=today)
    persons = {person for found in by_organisation.values() for person in found}
    return sum(
        post_message(
            session,
            kind=ALARM,
            payload={"key_id": str(key.id), "person_id": str(person_id)},
            once_key=f"{ALARM}:{key.id}:{key.alarm}:{today}:{person_id}",
            now=now,
        )
        for person_id in sorted(persons)
    )


# -- Examples ----------------------------------------------------------------------------------


def put_example_key(
    session: Session,
    *,
    assets: Sequence[Asset],
    label: str,
    hands: tuple[Holder, Holder],
    now: datetime,
) -> None:
    """An example key that went from one to another; no mail, and no history beside that."""
    giver, receiver = hands
    key = AssetKey(district_id=assets[0].district_id, label=label, is_example=True, created_at=now)
    session.add(key)
    session.flush()
    session.add_all(KeyAsset(key_id=key.id, asset_id=asset.id) for asset in assets)
    session.add(
        KeyHandover(
            key_id=key.id,
            giver_person_id=giver.person_id,
            giver_organisation_id=giver.organisation_id,
            receiver_person_id=receiver.person_id,
            receiver_organisation_id=receiver.organisation_id,
            opened_at=now,
            given_at=now,
            received_at=now,
            closed_at=now,
            outcome=Outcome.DONE,
        )
    )
    session.flush()


def remove_example_keys(session: Session) -> None:
    """Take away every example key, with its history."""
    session.execute(delete(AssetKey).where(AssetKey.is_example))


def _lock(session: Session, key_id: uuid.UUID) -> AssetKey:
    return session.scalars(
        select(AssetKey)
        .where(AssetKey.id == key_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _lock_handover(session: Session, handover_id: uuid.UUID) -> tuple[AssetKey, KeyHandover]:
    """The key first, as everybody does."""
    key = _lock(session, get_handover(session, handover_id=handover_id).key_id)
    row = session.get_one(KeyHandover, handover_id, populate_existing=True)
    return key, row


def _find_open(session: Session, key_id: uuid.UUID) -> KeyHandover | None:
    return session.scalar(
        select(KeyHandover)
        .where(KeyHandover.key_id == key_id, KeyHandover.closed_at.is_(None))
        .execution_options(populate_existing=True)
    )


def _withdraw_open(session: Session, key_id: uuid.UUID, by: By) -> None:
    row = _find_open(session, key_id)
    if row is not None:
        _close(row, Outcome.WITHDRAWN, by)


def _has_lost_a_side(row: KeyHandover) -> bool:
    """A side that has left can never confirm. One that had is no matter any more."""
    giver = Holder(row.giver_person_id, row.giver_organisation_id)
    receiver = Holder(row.receiver_person_id, row.receiver_organisation_id)
    return receiver.is_nobody or (giver.is_nobody and row.given_at is None)


def _check_in_use(key: AssetKey) -> None:
    if key.retired_on is not None:
        raise Conflict("This key is not in use any more.")
    if key.lost_on is not None:
        raise Conflict("This key is lost: say first that it is found.")


def _close_where_done(row: KeyHandover, by: By) -> None:
    if row.given_at is not None and row.received_at is not None:
        _close(row, Outcome.DONE, by)


def _close(row: KeyHandover, outcome: Outcome, by: By) -> None:
    row.closed_at, row.outcome = by.now, outcome


def _call_both(session: Session, row: KeyHandover, by: By) -> None:
    """A mail to each who has to confirm: the person, or whoever manages at that office."""
    sides = (
        (Side.GIVER, row.given_at, row.giver_person_id, row.giver_organisation_id),
        (Side.RECEIVER, row.received_at, row.receiver_person_id, row.receiver_organisation_id),
    )
    for side, said, person_id, organisation_id in sides:
        if said is not None or row.closed_at is not None:
            continue
        # Whoever is asked for themselves is named by the handover alone: erased, they are nowhere.
        whom = [""] if person_id else []
        if organisation_id is not None:
            found = list_managers(session, organisation_ids=[organisation_id], today=by.today)
            whom += [str(one) for one in found.get(organisation_id, [])]
        for one in whom:
            post_message(
                session,
                kind=CALL,
                payload={"handover_id": str(row.id), "side": side.value, "person_id": one},
                once_key=f"{CALL}:{row.id}:{side.value}:{one}",
                now=by.now,
            )


def _record(session: Session, key: AssetKey, deed: Deed, by: By) -> None:
    record_change(session, thing=thing_of(key.id), doer=by.doer, deed=deed, now=by.now)
