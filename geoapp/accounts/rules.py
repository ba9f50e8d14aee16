"""How long a link and a session last, what a code must be; pure."""

import base64
import hashlib
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from geoapp.db.text import read_words
from geoapp.errors import Invalid
from geoapp.ledger.rules import Limit
from geoapp.people.rules import Permission
from geoapp.sealing import Sealer

LINK_KIND = "sign-in"
LINK_LASTS = timedelta(hours=1)
SESSION_LASTS = timedelta(days=30)
# Roles that need a second factor keep it for a working day.
FACTOR_LASTS = timedelta(hours=12)
TOKEN_LASTS_MOST = timedelta(days=366)
RECOVERY_CODES = 10
MOST_TOKENS = 20
MOST_NAME_LETTERS = 60
PERIOD_S = 30

# A confirmed address gets at most three mails an hour, another one: nobody is bombed through us.
MAILS_TO_CONFIRMED = Limit("mails_to_confirmed", most=3, window_s=3600)
MAILS_TO_UNCONFIRMED = Limit("mails_to_unconfirmed", most=1, window_s=3600)
MAILS_ASKED_BY_ONE = Limit("mails_asked_by_one", most=20, window_s=3600)
# Six digits: at this pace a guess succeeds once in ten years.
CODES_OF_ONE = Limit("codes_of_one", most=8, window_s=900)

# What a machine may be trusted with on somebody's behalf.
TOKEN_SCOPES = (Permission.EDIT_PLATFORM, Permission.ACT_ON_DEFECT)


@dataclass(frozen=True)
class Held:
    """A session as its cookie finds it."""

    person_id: uuid.UUID
    rights_version: int
    has_second_factor: bool


@dataclass(frozen=True)
class TokenDraft:
    """A machine's token: its name, what it may do, and its first day without."""

    name: str
    scopes: tuple[Permission, ...]
    expires_on: date


def make_link_secret(sealer: Sealer, link_id: uuid.UUID) -> str:
    """What a sign-in mail's link carries."""
    return sealer.sign_id(LINK_KIND, link_id)


def read_link_secret(sealer: Sealer, words: str) -> uuid.UUID | None:
    """The link a mail's address stands for; None where it is none of ours."""
    return sealer.read_id(LINK_KIND, words)


def make_session_key() -> str:
    """What a cookie or a machine's token carries; only its digest is stored."""
    return secrets.token_urlsafe(32)


def digest_of(key: str) -> bytes:
    """By what a key of 256 random bits is found; it cannot be turned round."""
    return hashlib.sha256(key.encode()).digest()


def make_recovery_codes() -> list[str]:
    """Codes for a lost phone, each good for once: 50 bits, in two halves to be read aloud."""
    letters = "23456789abcdefghjkmnpqrstuvwxyz"
    halves = ["".join(secrets.choice(letters) for _ in range(5)) for _ in range(2 * RECOVERY_CODES)]
    return [f"{first}-{second}" for first, second in zip(halves[::2], halves[1::2], strict=True)]


def read_code(words: str) -> str:
    """A code as typed, spaces and capitals aside."""
    return "".join(words.split()).lower()


def find_step(secret: bytes, code: str, *, now: datetime, after: int) -> int | None:
    """The half minute a code of six digits belongs to, the one before and after now allowed for;
    only one later than step `after`, so that a code serves once (RFC 6238, 5.2)."""
    if not re.fullmatch("[0-9]{6}", code):
        return None
    totp = _make_totp(secret)
    current = int(now.timestamp()) // PERIOD_S
    for step in (current, current - 1, current + 1):
        try:
            totp.verify(code.encode(), step * PERIOD_S)
        except InvalidToken:
            continue
        return step if step > after else None
    return None


def _make_totp(secret: bytes) -> TOTP:
    return TOTP(secret, 6, SHA1(), PERIOD_S, enforce_key_length=False)  # noqa: S303  the standard's


def make_code(secret: bytes, *, at: datetime) -> str:
    """The code a phone shows at this moment."""
    return _make_totp(secret).generate(int(at.timestamp())).decode()


def make_factor_uri(secret: bytes, *, account: str, issuer: str) -> str:
    """What a phone's app reads from the QR code."""
    return _make_totp(secret).get_provisioning_uri(account, issuer)


def say_secret(secret: bytes) -> str:
    """The secret as somebody types it who cannot scan: groups of four letters."""
    letters = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def read_next(words: str) -> str:
    """Where to go after signing in: a path of our own, else the account page's empty words."""
    plain = words.isascii() and words.isprintable() and "\\" not in words and " " not in words
    is_ours = words.startswith("/") and not words.startswith("//")
    return words if is_ours and plain and len(words) <= 500 else ""


def check_token(name: str, scopes: list[str], expires_on: date | None, today: date) -> TokenDraft:
    """A token as asked for.

    Raises:
        Invalid: no name, no scope or one we do not give, or no day within a year.
    """
    clean = read_words(name, field="name", most=MOST_NAME_LETTERS)
    if not clean:
        raise Invalid("Give the token a name, so that you know it again.", field="name")
    known = {scope.value: scope for scope in TOKEN_SCOPES}
    if not scopes or not set(scopes) <= set(known):
        raise Invalid("Choose what the token may do.", field="scopes")
    last = today + TOKEN_LASTS_MOST
    if expires_on is None or not today < expires_on <= last:
        raise Invalid("Choose a last day within a year from now.", field="expires_on")
    return TokenDraft(clean, tuple(known[scope] for scope in dict.fromkeys(scopes)), expires_on)
