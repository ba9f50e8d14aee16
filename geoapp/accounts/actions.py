"""Changes to links, sessions, factors and tokens."""

import os
import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.accounts.rules import (
    CODES_OF_ONE,
    FACTOR_LASTS,
    LINK_LASTS,
    MAILS_ASKED_BY_ONE,
    MAILS_TO_CONFIRMED,
    MAILS_TO_UNCONFIRMED,
    MOST_TOKENS,
    SESSION_LASTS,
    TokenDraft,
    digest_of,
    find_step,
    make_recovery_codes,
    make_session_key,
    read_code,
)
from geoapp.accounts.tables import (
    AccountSession,
    ApiToken,
    RecoveryCode,
    SecondFactor,
    SignInLink,
)
from geoapp.db.base import new_id
from geoapp.errors import Conflict, Invalid, NotFound
from geoapp.ledger.actions import count_use, try_count_use
from geoapp.ledger.audit import forget_person, record_change
from geoapp.ledger.chain import Deed, Doer, Thing
from geoapp.outbox.actions import post_message
from geoapp.people.actions import (
    confirm_address,
    drop_address,
    end_role,
    erase_person,
    give_role,
    keep_address,
    put_person,
)
from geoapp.people.queries import find_membership, list_memberships
from geoapp.people.rules import MembershipDraft, Role, Standing, mailbox_key
from geoapp.people.tables import Address, Person
from geoapp.sealing import Sealer

SIGN_IN = "sign_in"
SECRET_BYTES = 20


@dataclass(frozen=True)
class SignedIn:
    """What came of a link: the cookie's new key, who it is, and where they were going."""

    key: str
    person_id: uuid.UUID
    next_path: str


@dataclass(frozen=True)
class Asker:
    """Who asks for a mail: a digest of their network's address, and the language they read."""

    subject: str
    language: str


def ask_for_link(
    session: Session, *, sealer: Sealer, address: str, asker: Asker, next_path: str, now: datetime
) -> bool:
    """Have a sign-in link sent; whoever asks learns nothing of the address.

    False where the address has had its mails of this hour. Anybody can have an account; it gives
    nothing but what residents may.

    Raises:
        Invalid: it is no address.
        TooMany: this sender asked for too many mails.
    """
    count_use(session, limit=MAILS_ASKED_BY_ONE, subject=asker.subject, now=now)
    address_id = keep_address(session, sealer=sealer, address=address, language=asker.language)
    if not may_mail(session, sealer=sealer, address_id=address_id, now=now):
        return False
    send_link(session, address_id=address_id, next_path=next_path, now=now)
    return True


def send_link(
    session: Session, *, address_id: uuid.UUID, next_path: str, now: datetime
) -> uuid.UUID:
    """Have a sign-in link sent to an address, whatever it got before: for those who manage people.

    The mail itself is written when it is sent (see `web.mails`).
    """
    link = SignInLink(
        id=new_id(), address_id=address_id, next_path=next_path, expires_at=now + LINK_LASTS
    )
    session.add(link)
    session.flush()
    post_message(
        session,
        kind=SIGN_IN,
        payload={"link_id": str(link.id)},
        once_key=f"{SIGN_IN}:{link.id}",
        now=now,
    )
    return link.id


def may_mail(session: Session, *, sealer: Sealer, address_id: uuid.UUID, now: datetime) -> bool:
    """Count a mail to an address; False where its mailbox has had its share of this hour.

    Counted by what the mailbox is called, not by the row: that goes and comes again at will.
    """
    address = session.get_one(Address, address_id)
    limit = MAILS_TO_UNCONFIRMED if address.confirmed_at is None else MAILS_TO_CONFIRMED
    mailbox = sealer.look_up(f"mails:{mailbox_key(sealer.unseal(address.sealed))}").hex()
    return try_count_use(session, limit=limit, subject=mailbox, now=now) is not None


def use_link(session: Session, *, link_id: uuid.UUID, now: datetime) -> SignedIn:
    """Sign in by a link, once.

    Raises:
        Conflict: it was used, or is over.
    """
    link = session.execute(
        update(SignInLink)
        .where(SignInLink.id == link_id, SignInLink.used_at.is_(None), SignInLink.expires_at > now)
        .values(used_at=now)
        .returning(SignInLink.address_id, SignInLink.next_path)
    ).one_or_none()
    if link is None:
        raise Conflict("This link was used, or is older than an hour. Ask for a new one.")
    confirm_address(session, address_id=link.address_id, now=now)
    person = put_person(session, address_id=link.address_id, today=now.date())
    key = open_account_session(session, person_id=person.id, now=now)
    return SignedIn(key, person.id, link.next_path)


def open_account_session(session: Session, *, person_id: uuid.UUID, now: datetime) -> str:
    """A new session; returns the key its cookie carries."""
    person = session.get_one(Person, person_id)
    key = make_session_key()
    session.add(
        AccountSession(
            digest=digest_of(key),
            person_id=person_id,
            rights_version=person.rights_version,
            signed_in_at=now,
            expires_at=now + SESSION_LASTS,
        )
    )
    session.flush()
    return key


def rotate_session(
    session: Session, *, key: str, standing: Standing, now: datetime, passed_factor: bool = False
) -> str | None:
    """Give a session a new key; with `passed_factor` it holds the second factor from now on.

    None where the session has ended since, or another request gave it a new key first.
    """
    fresh = make_session_key()
    values: dict[str, object] = {
        "digest": digest_of(fresh),
        "rights_version": standing.rights_version,
    }
    if passed_factor:
        values["factor_until"] = now + FACTOR_LASTS
    changed = session.execute(
        update(AccountSession)
        .where(AccountSession.digest == digest_of(key))
        .values(**values)
        .returning(AccountSession.person_id)
    ).one_or_none()
    return fresh if changed else None


def end_session(session: Session, *, key: str) -> None:
    """Sign out in this browser."""
    session.execute(delete(AccountSession).where(AccountSession.digest == digest_of(key)))


def end_sessions(session: Session, *, person_id: uuid.UUID) -> int:
    """Sign a person out everywhere; their tokens stay. Returns how many sessions there were."""
    ended = session.execute(
        delete(AccountSession)
        .where(AccountSession.person_id == person_id)
        .returning(AccountSession.digest)
    )
    return len(ended.all())


# -- The second factor -------------------------------------------------------------------------


def begin_factor(session: Session, *, person_id: uuid.UUID, sealer: Sealer) -> bytes:
    """The secret to put on a phone: the one begun before while no code has confirmed it. Of two
    pages that begin at once, both show the same.

    Raises:
        Conflict: there is a confirmed one.
    """
    fresh = sealer.seal(os.urandom(SECRET_BYTES).hex())
    session.execute(
        insert(SecondFactor)
        .values(person_id=person_id, sealed=fresh, last_step=0)
        .on_conflict_do_nothing()
    )
    factor = session.scalars(_one_factor(person_id)).one()
    if factor.confirmed_at is not None:
        raise Conflict("Your phone is set up already. Lost it? Use a recovery code.")
    return bytes.fromhex(sealer.unseal(factor.sealed))


def confirm_factor(
    session: Session, *, person_id: uuid.UUID, code: str, sealer: Sealer, now: datetime
) -> list[str]:
    """Begin to ask for codes, once one was right; returns the recovery codes, shown this once.

    Raises:
        Invalid: the code is wrong.
        Conflict: there is no secret to confirm.
        TooMany: too many tries.
    """
    factor = _lock_factor(session, person_id)
    if factor is None or factor.confirmed_at is not None:
        raise Conflict("There is nothing to set up: go to your account.")
    _use_code(session, factor, code=code, sealer=sealer, now=now)
    factor.confirmed_at = now
    codes = make_recovery_codes()
    session.add_all(
        RecoveryCode(person_id=person_id, look_up=_recovery_digest(sealer, person_id, code))
        for code in codes
    )
    session.flush()
    person = session.get_one(Person, person_id)
    doer = Doer(person_id, Role.RESIDENT.value)
    _record(session, person, Deed("confirm_factor", about=person_id), doer=doer, now=now)
    return codes


def pass_factor(
    session: Session, *, person_id: uuid.UUID, code: str, sealer: Sealer, now: datetime
) -> None:
    """A code of the phone, or one for a lost phone, which is then used up.

    Raises:
        Invalid: it is wrong, or was used before.
        TooMany: too many tries.
    """
    factor = _lock_factor(session, person_id)
    if factor is None or factor.confirmed_at is None:
        raise Conflict("There is nothing to give a code for: set up your phone first.")
    _use_code(session, factor, code=code, sealer=sealer, now=now)


def remove_factor(session: Session, *, person_id: uuid.UUID) -> bool:
    """Take a person's second factor away, so that they set up another phone; False: none."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    gone = session.execute(
        delete(SecondFactor)
        .where(SecondFactor.person_id == person_id)
        .returning(SecondFactor.person_id)
    )
    return bool(gone.all())


def count_code(session: Session, *, person_id: uuid.UUID, now: datetime) -> None:
    """Count a try at a code, in a transaction of its own: a wrong one must count as well.

    Raises:
        TooMany: too many tries.
    """
    count_use(session, limit=CODES_OF_ONE, subject=person_id.hex, now=now)


def _lock_factor(session: Session, person_id: uuid.UUID) -> SecondFactor | None:
    return session.scalar(_one_factor(person_id))


def _one_factor(person_id: uuid.UUID) -> Select[SecondFactor]:
    return select(SecondFactor).where(SecondFactor.person_id == person_id).with_for_update()


def _use_code(
    session: Session, factor: SecondFactor, *, code: str, sealer: Sealer, now: datetime
) -> None:
    clean = read_code(code)
    secret = bytes.fromhex(sealer.unseal(factor.sealed))
    step = find_step(secret, clean, now=now, after=factor.last_step)
    if step is not None:
        factor.last_step = step
        return
    used = session.execute(
        delete(RecoveryCode)
        .where(
            RecoveryCode.person_id == factor.person_id,
            RecoveryCode.look_up == _recovery_digest(sealer, factor.person_id, clean),
        )
        .returning(RecoveryCode.person_id)
    )
    if not used.all():
        raise Invalid("This code is wrong, or was used. Wait for the next one.", field="code")


def _recovery_digest(sealer: Sealer, person_id: uuid.UUID, code: str) -> bytes:
    return sealer.look_up(f"recovery:{person_id}:{code}")


# -- Tokens ------------------------------------------------------------------------------------


def make_token(
    session: Session, *, person_id: uuid.UUID, draft: TokenDraft, has_second_factor: bool
) -> str:
    """A token for a machine; its key is shown this once.

    Raises:
        Conflict: this person has too many.
    """
    mine = select(func.count()).select_from(ApiToken).where(ApiToken.person_id == person_id)
    if (session.scalar(mine) or 0) >= MOST_TOKENS:
        raise Conflict("You have as many tokens as one can have: take one away first.")
    key = make_session_key()
    session.add(
        ApiToken(
            person_id=person_id,
            name=draft.name,
            digest=digest_of(key),
            scopes=[scope.value for scope in draft.scopes],
            expires_on=draft.expires_on,
            has_second_factor=has_second_factor,
        )
    )
    session.flush()
    return key


def remove_token(session: Session, *, person_id: uuid.UUID, token_id: uuid.UUID) -> None:
    """Take a token away; it stops at once.

    Raises:
        NotFound: this person has no such token.
    """
    gone = session.execute(
        delete(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.person_id == person_id)
        .returning(ApiToken.id)
    )
    if not gone.all():
        raise NotFound("You have no such token.")


def sweep_sign_ins(session: Session, *, before: datetime) -> int:
    """Take away links and sessions that were over before this; returns how many."""
    links = session.execute(
        delete(SignInLink).where(SignInLink.expires_at < before).returning(SignInLink.id)
    )
    sessions = session.execute(
        delete(AccountSession)
        .where(AccountSession.expires_at < before)
        .returning(AccountSession.digest)
    )
    return len(links.all()) + len(sessions.all())


# -- Those who manage people -------------------------------------------------------------------

COMMAND = Doer(None, "command")


@dataclass(frozen=True)
class Invitation:
    """Whom to invite: an address, what they are called, the language of the mail, the role."""

    address: str
    name: str
    language: str
    role: MembershipDraft


def invite_person(
    session: Session, *, sealer: Sealer, invitation: Invitation, now: datetime
) -> uuid.UUID:
    """Give somebody a role and send them a link to sign in; returns who it is.

    Raises:
        Invalid: no address, or the role does not fit what it is given for.
        Conflict: they hold this role already.
    """
    draft = invitation.role
    address_id = keep_address(
        session, sealer=sealer, address=invitation.address, language=invitation.language
    )
    person = put_person(
        session, address_id=address_id, today=draft.valid_from, name=invitation.name
    )
    if find_membership(session, person_id=person.id, draft=draft) is not None:
        raise Conflict("They hold this role already: `geoapp users list` shows it.")
    give_role(session, person_id=person.id, draft=draft)
    send_link(session, address_id=address_id, next_path="", now=now)
    deed = Deed("give_role", after={"role": draft.role.value}, about=person.id)
    _record(session, person, deed, now=now)
    return person.id


def demote_person(
    session: Session, *, person_id: uuid.UUID, role: Role | None, now: datetime
) -> int:
    """Take a role away, or every one, and sign them out everywhere: their next click is refused.

    Their tokens stay, and give no more than what is left. Returns how many roles went.

    Raises:
        NotFound: there is no such person, or they do not hold that role.
    """
    person = session.get(Person, person_id)
    held = list_memberships(session, person_id=person_id, role=role)
    if person is None or not held:
        raise NotFound("They hold no such role: `geoapp users list` shows what they hold.")
    for membership_id in held:
        ended = end_role(session, membership_id=membership_id, now=now)
        deed = Deed("end_role", before={"role": ended.role.value}, about=person_id)
        _record(session, person, deed, now=now)
    end_sessions(session, person_id=person_id)
    return len(held)


def reset_factor(session: Session, *, person_id: uuid.UUID, now: datetime) -> None:
    """For somebody who lost their phone and their codes: they set up another at the next sign-in.

    Raises:
        NotFound: there is no such person, or nothing to take away.
    """
    person = session.get(Person, person_id)
    if person is None or not remove_factor(session, person_id=person_id):
        raise NotFound("They have no second factor.")
    end_sessions(session, person_id=person_id)
    _record(session, person, Deed("remove_factor", about=person_id), now=now)


def _record(
    session: Session, person: Person, deed: Deed, *, doer: Doer = COMMAND, now: datetime
) -> None:
    thing = Thing("account", person.chain_id)
    record_change(session, thing=thing, doer=doer, deed=deed, now=now)


# -- Leaving -----------------------------------------------------------------------------------


def erase_account(session: Session, *, person_id: uuid.UUID) -> None:
    """Take a person away: account, roles, sessions, tokens, address and whatever is followed with
    it, and their name from all they did. What they did to things stays, done by nobody.

    Raises:
        NotFound: there is no such person.
    """
    address_id = erase_person(session, person_id=person_id)
    if address_id is None:
        raise NotFound("There is no such person.")
    drop_address(session, address_id=address_id)
    forget_person(session, person_id=person_id)
