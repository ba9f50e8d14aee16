"""What is kept how long, pure."""

from enum import StrEnum


class Kept(StrEnum):
    """What goes by itself after its days; a district's own term for contact data is its column."""

    SIGN_INS = "sign_ins"
    MAILS = "mails"
    KEYS = "keys"
    IDLE_ACCOUNTS = "idle_accounts"
    AUDIT_PERSONS = "audit_persons"


MOST_DAYS = 3660

# Where nothing is set: links and sessions that are over, mails that left, keys that cannot come
# back, accounts that hold no role and stay away, and who did what.
DEFAULT_DAYS: dict[Kept, int] = {
    Kept.SIGN_INS: 7,
    Kept.MAILS: 30,
    Kept.KEYS: 30,
    Kept.IDLE_ACCOUNTS: 730,
    Kept.AUDIT_PERSONS: 1825,
}
