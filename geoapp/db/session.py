"""Engine, and the one transaction an edge opens: the edge is the only committer."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, func, select, true
from sqlalchemy.orm import Session


def normalise_url(url: str) -> str:
    """The address of a database as SQLAlchemy wants it, with the driver we ship (psycopg 3)."""
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


def make_engine(url: str) -> Engine:
    """An engine for `url`. Connections are tried before use, so a restarted database heals."""
    return create_engine(
        normalise_url(url),
        pool_pre_ping=True,
        pool_size=4,
        # What people sent never stands in an error's words.
        hide_parameters=True,
        max_overflow=4,
        connect_args={"application_name": "geoapp", "options": "-c TimeZone=UTC -c jit=off"},
    )


@contextmanager
def transaction(bind: Engine | Connection) -> Iterator[Session]:
    """One session in one transaction: committed at the end, rolled back on any error.

    On a connection that is in a transaction already, it is a savepoint of that.
    """
    with (
        Session(bind, expire_on_commit=False, join_transaction_mode="create_savepoint") as session,
        session.begin(),
    ):
        yield session


def bound_waiting(session: Session, *, seconds: int) -> None:
    """Wait no longer than this for what another transaction holds, until this one ends; what would
    have to wait longer is an OperationalError."""
    session.execute(select(func.set_config("lock_timeout", f"{seconds}s", true())))
