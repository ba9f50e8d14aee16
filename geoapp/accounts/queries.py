"""Questions about sessions, factors and tokens."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from geoapp.accounts.rules import Held, digest_of
from geoapp.accounts.tables import (
    AccountSession,
    ApiToken,
    RecoveryCode,
    SecondFactor,
    SignInLink,
)
from geoapp.people.rules import Permission
from geoapp.people.tables import Address, Membership, Person


def find_session(session: Session, *, key: str, now: datetime) -> Held | None:
    """The session of a cookie; None where there is none, or it is over."""
    found = session.execute(
        select(
            AccountSession.person_id, AccountSession.rights_version, AccountSession.factor_until
        ).where(AccountSession.digest == digest_of(key), AccountSession.expires_at > now)
    ).one_or_none()
    if found is None:
        return None
    has_factor = found.factor_until is not None and found.factor_until > now
    return Held(found.person_id, found.rights_version, has_factor)


@dataclass(frozen=True)
class HeldToken:
    """A token as a machine shows it."""

    person_id: uuid.UUID
    scopes: frozenset[Permission]
    has_second_factor: bool


def find_token(session: Session, *, key: str, today: date) -> HeldToken | None:
    """What a machine's token stands for; None where there is none, or it is over."""
    found = session.execute(
        select(ApiToken.person_id, ApiToken.scopes, ApiToken.has_second_factor).where(
            ApiToken.digest == digest_of(key), ApiToken.expires_on > today
        )
    ).one_or_none()
    if found is None:
        return None
    scopes = frozenset(Permission(scope) for scope in found.scopes)
    return HeldToken(found.person_id, scopes, found.has_second_factor)


@dataclass(frozen=True)
class LinkFacts:
    """A link as its mail or its page needs it; `is_good` is false once used or over."""

    sealed_address: bytes
    language: str
    next_path: str
    is_good: bool


def find_link(session: Session, *, link_id: uuid.UUID, now: datetime) -> LinkFacts | None:
    """A sign-in link; None where it has been swept away."""
    row = session.execute(
        select(SignInLink, Address).join(Address).where(SignInLink.id == link_id)
    ).one_or_none()
    if row is None:
        return None
    link, address = row
    is_good = link.used_at is None and link.expires_at > now
    return LinkFacts(address.sealed, address.language, link.next_path, is_good)


@dataclass(frozen=True)
class FactorFacts:
    """How a person's second factor stands."""

    is_confirmed: bool
    recovery_codes_left: int


def get_factor(session: Session, *, person_id: uuid.UUID) -> FactorFacts:
    """The second factor of a person, none being one that is not confirmed."""
    confirmed_at = session.scalar(
        select(SecondFactor.confirmed_at).where(SecondFactor.person_id == person_id)
    )
    left = session.scalar(
        select(func.count()).select_from(RecoveryCode).where(RecoveryCode.person_id == person_id)
    )
    return FactorFacts(confirmed_at is not None, left or 0)


def list_tokens(session: Session, *, person_id: uuid.UUID) -> list[ApiToken]:
    """A person's tokens, the oldest first."""
    mine = select(ApiToken).where(ApiToken.person_id == person_id)
    return list(session.scalars(mine.order_by(ApiToken.id)))


def count_sessions(session: Session, *, person_id: uuid.UUID, now: datetime) -> int:
    """In how many browsers a person has signed in."""
    mine = (
        select(func.count())
        .select_from(AccountSession)
        .where(AccountSession.person_id == person_id, AccountSession.expires_at > now)
    )
    return session.scalar(mine) or 0


def list_idle_accounts(session: Session, *, before: date, limit: int) -> list[uuid.UUID]:
    """Persons without a role who have not signed in since this day."""
    holds = exists().where(Membership.person_id == Person.id, Membership.ended_at.is_(None))
    idle = select(Person.id).where(Person.last_seen_on < before, ~holds, ~Person.is_example)
    return list(session.scalars(idle.order_by(Person.id).limit(limit)))
