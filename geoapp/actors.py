"""Who asks: a person by the cookie of their session, a machine by its token, or nobody.

Pages know cookies alone, the API tokens alone. Rights are read at each request: what was taken
away is gone at the next click.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from flask import Response, g, request
from sqlalchemy.orm import Session

from geoapp.accounts.actions import rotate_session
from geoapp.accounts.queries import find_session, find_token
from geoapp.accounts.rules import SESSION_LASTS
from geoapp.edge import open_session, utc_today, wiring
from geoapp.errors import NotAllowed, SignInNeeded
from geoapp.ledger.actions import try_count_use
from geoapp.ledger.audit import record_refusal
from geoapp.ledger.chain import Doer, Thing
from geoapp.ledger.rules import REFUSED_DEEDS_OF_ONE
from geoapp.people.queries import get_standing
from geoapp.people.rules import (
    NOBODY,
    Actor,
    Permission,
    Role,
    Seat,
    Subject,
    check_may,
    check_may_ever,
    seat_actor,
)

COOKIE = "session"
MACHINES = ("api.", "tiles.", "operate.")


def cookie_name() -> str:
    """The session's cookie; the prefix keeps it to this very host, over TLS alone."""
    return f"__Host-{COOKIE}" if request.is_secure else COOKIE


def session_key() -> str:
    """The key this browser carries, the newest of this request; empty where it has none."""
    key: str = g.get("session_key", request.cookies.get(cookie_name(), ""))
    return key


def current_actor() -> Actor:
    """Who asks; read once in a request."""
    if "actor" not in g:
        is_machine = str(request.endpoint).startswith(MACHINES)
        g.actor = _read_machine() if is_machine else _read_person()
    actor: Actor = g.actor
    return actor


def signed_in_id() -> UUID:
    """Who has signed in.

    Raises:
        SignInNeeded: nobody has.
    """
    person_id = current_actor().person_id
    if person_id is None:
        raise SignInNeeded("Sign in first: this is not for everybody.")
    return person_id


def check_permission() -> None:
    """Before each request, and before its body: who asks must hold what the endpoint declares.

    Raises:
        SignInNeeded: nobody has signed in.
        NotAllowed: this person may not, whatever it is about.
    """
    # A browser asks with OPTIONS, before it may show who its user is.
    if request.endpoint is None or request.method == "OPTIONS":
        return
    permission = wiring().permissions[request.endpoint]
    # Whoever asks for what is everybody's is not looked up: those answers are the same for all.
    actor = current_actor() if needs_account(permission) else NOBODY
    check_may_ever(actor, permission)


def needs_account(permission: Permission) -> bool:
    """True for what not everybody may do."""
    try:
        check_may_ever(NOBODY, permission)
    except NotAllowed:
        return True
    return False


def check_subject(
    subject: Subject, *, thing: Thing | None = None, permission: Permission | None = None
) -> Seat:
    """Who asks must be allowed this endpoint's permission towards `subject`, or a narrower one
    that is named; the seat they act by.

    A refusal is kept in the history of `thing`, in a transaction of its own.

    Raises:
        SignInNeeded: nobody has signed in.
        NotAllowed: this person may not.
    """
    actor = current_actor()
    # A token is given for an address: the narrower permission is asked of its holder.
    if permission is not None:
        actor = replace(actor, scopes=None)
    permission = permission or wiring().permissions[str(request.endpoint)]
    try:
        return check_may(actor, permission, subject)
    except NotAllowed as refusal:
        if actor.person_id is not None and thing is not None:
            g.refused = _Refused(actor, permission, thing, refusal.message)
        raise


@dataclass(frozen=True)
class _Refused:
    actor: Actor
    permission: Permission
    thing: Thing
    reason: str


def keep_refusal(response: Response) -> Response:
    """After a request that was refused: write it to the thing's history. By now the transaction
    that was refused is over, and takes nothing of this back."""
    refused: _Refused | None = g.pop("refused", None)
    if refused is None:
        return response
    person_id, now = refused.actor.person_id, wiring().clock()
    with open_session() as session:
        limit, subject = REFUSED_DEEDS_OF_ONE, str(person_id)
        if try_count_use(session, limit=limit, subject=subject, now=now) is not None:
            record_refusal(
                session,
                thing=refused.thing,
                doer=Doer(person_id, _first_role(refused.actor)),
                action=refused.permission.value,
                reason=refused.reason,
                now=now,
            )
    return response


def _first_role(actor: Actor) -> str:
    return (actor.seats[0].role if actor.seats else Role.RESIDENT).value


def doer_of(seat: Seat, *, whose: str = "") -> Doer:
    """Who does it, for the history: this person, in this role. `whose` is the slug of what it is
    done to: a support organisation is seen to act for it."""
    acting_for = whose if seat.role is Role.SUPPORT else ""
    return Doer(current_actor().person_id, seat.role.value, acting_for)


def _read_person() -> Actor:
    key = session_key()
    if not key:
        return NOBODY
    now = wiring().clock()
    with open_session() as session:
        held = find_session(session, key=key, now=now)
        if held is None:
            return NOBODY
        standing = get_standing(session, person_id=held.person_id, today=utc_today())
        if standing is None:
            return NOBODY
        if standing.rights_version != held.rights_version:
            fresh = rotate_session(session, key=key, standing=standing, now=now)
            # Where another request was first, its answer carries the new key, and ours none.
            if fresh is not None:
                g.session_key = fresh
    return seat_actor(standing, has_second_factor=held.has_second_factor)


def _read_machine() -> Actor:
    """The holder of the token in the Authorization header.

    Raises:
        SignInNeeded: there is a token and it is none of ours, or is over.
    """
    # By hand: Werkzeug's reader breaks on credentials of other kinds that are no ASCII.
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        return NOBODY
    with open_session() as session:
        held = find_token(session, key=token.strip(), today=utc_today())
        standing = (
            get_standing(session, person_id=held.person_id, today=utc_today()) if held else None
        )
    if held is None or standing is None:
        raise SignInNeeded("This token is not known, or is over: make a new one.")
    return seat_actor(standing, has_second_factor=held.has_second_factor, scopes=held.scopes)


def pass_second_factor(session: Session) -> None:
    """Let this browser's session hold the second factor from now on, under a new key.

    Raises:
        SignInNeeded: it has ended since.
    """
    standing = get_standing(session, person_id=signed_in_id(), today=utc_today())
    fresh = None
    if standing is not None:
        fresh = rotate_session(
            session,
            key=session_key(),
            standing=standing,
            now=wiring().clock(),
            passed_factor=True,
        )
    if fresh is None:
        raise SignInNeeded("Sign in first: this is not for everybody.")
    g.session_key = fresh


def carry_session(key: str) -> None:
    """From this answer on the browser carries this key; empty: none."""
    g.session_key = key


def keep_session_cookie(response: Response) -> Response:
    """After a request: the cookie of a new key; nobody keeps what is for somebody alone."""
    key = g.get("session_key")
    if key:
        response.set_cookie(
            cookie_name(),
            key,
            max_age=SESSION_LASTS,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
        )
    elif key == "":
        response.delete_cookie(
            cookie_name(), httponly=True, samesite="Lax", secure=request.is_secure
        )
    if key is not None or "actor" in g:
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
    return response
