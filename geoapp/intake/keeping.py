"""What goes by itself when its days are over (see `districts.rules`): small steps, each its own
transaction's work, done by the worker every hour."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from geoapp.accounts.actions import erase_account, sweep_sign_ins
from geoapp.accounts.queries import list_idle_accounts
from geoapp.defects.actions import (
    fold_counts,
    remove_old_followers,
    remove_unconfirmed_followers,
)
from geoapp.districts.queries import read_retention
from geoapp.districts.rules import Kept
from geoapp.intake.following import drop_lone_addresses, drop_unused_address
from geoapp.ledger.actions import sweep_keys
from geoapp.ledger.audit import forget_persons_before
from geoapp.outbox.actions import sweep_sent
from geoapp.uploads.actions import sweep_uploads

MOST_ACCOUNTS_AT_ONCE = 200


@dataclass(frozen=True)
class Swept:
    """How much went, by what it was."""

    followers: int
    sign_ins: int
    mails: int
    keys: int
    accounts: int
    addresses: int
    audit_persons: int
    counts: int
    uploads: int


def sweep_old(session: Session, *, now: datetime) -> Swept:
    """Take away what was kept for as long as it may be."""
    days = read_retention(session)

    def before(kind: Kept) -> datetime:
        return now - timedelta(days=days[kind])

    followed = [
        *remove_old_followers(session, today=now.date()),
        *remove_unconfirmed_followers(session, before=before(Kept.SIGN_INS)),
    ]
    for address_id in followed:
        drop_unused_address(session, address_id=address_id)
    idle = list_idle_accounts(
        session, before=before(Kept.IDLE_ACCOUNTS).date(), limit=MOST_ACCOUNTS_AT_ONCE
    )
    for person_id in idle:
        erase_account(session, person_id=person_id)
    return Swept(
        followers=len(followed),
        sign_ins=sweep_sign_ins(session, before=before(Kept.SIGN_INS)),
        mails=sweep_sent(session, before=before(Kept.MAILS)),
        keys=sweep_keys(session, before=before(Kept.KEYS)),
        accounts=len(idle),
        addresses=drop_lone_addresses(session, before=before(Kept.SIGN_INS)),
        audit_persons=forget_persons_before(session, before=before(Kept.AUDIT_PERSONS)),
        counts=fold_counts(session),
        uploads=sweep_uploads(session, now=now),
    )
