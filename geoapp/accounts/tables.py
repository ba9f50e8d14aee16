"""Links, sessions, second factors, recovery codes, tokens: digests and sealed words alone."""

import uuid
from datetime import date, datetime

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, DateTime, ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from geoapp.db.base import Base, CreatedAt, Id


class SignInLink(Base):
    """A link sent to an address: good once, for an hour; opening it does nothing yet.

    `next_path` is where its asker was going. The link's secret is never stored.
    """

    __tablename__ = "sign_in_link"

    id: Mapped[Id]
    address_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("address.id", ondelete="CASCADE"), index=True
    )
    next_path: Mapped[str] = mapped_column(Text, default="")
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]


class AccountSession(Base):
    """A browser that has signed in, found by the digest of its cookie.

    `rights_version` is that of the person when the cookie was made: a later one makes a new cookie.
    """

    __tablename__ = "account_session"
    __table_args__ = (CheckConstraint("octet_length(digest) = 32", name="digest"),)

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    rights_version: Mapped[int]
    signed_in_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    factor_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class SecondFactor(Base):
    """The secret a phone makes codes from, sealed; `last_step` is the last half minute used."""

    __tablename__ = "second_factor"

    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]


class RecoveryCode(Base):
    """For a lost phone, once: its digest goes when it is used."""

    __tablename__ = "recovery_code"

    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    look_up: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)


class ApiToken(Base):
    """A machine that acts for somebody, within `scopes`, until `expires_on`."""

    __tablename__ = "api_token"
    __table_args__ = (CheckConstraint("octet_length(digest) = 32", name="digest"),)

    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(Text)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    expires_on: Mapped[date]
    has_second_factor: Mapped[bool]
    created_at: Mapped[CreatedAt]
