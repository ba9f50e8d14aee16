"""Engine, and the one transaction an edge opens: the edge is the only committer."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine
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
        max_overflow=4,
        connect_args={"application_name": "geoapp", "options": "-c TimeZone=UTC -c jit=off"},
    )


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """One session in one transaction: committed at the end, rolled back on any error."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session
