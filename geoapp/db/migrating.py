"""Brings a database to the newest schema, and compares a schema with the tables in code."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from geoalchemy2 import alembic_helpers
from sqlalchemy import Connection, Engine, MetaData, text
from sqlalchemy.exc import DBAPIError, OperationalError

from geoapp.errors import Conflict, Invalid

MIGRATIONS_DIR = Path(__file__).resolve().parent.parent / "migrations"

# Any number no other program is likely to lock: two starts at once migrate one after the other.
MIGRATION_LOCK = 7_363_118_402


def migrate(engine: Engine, metadata: MetaData | None = None) -> None:
    """Brings the database of `engine` to head, in one transaction; nothing when it is there.

    Raises:
        Conflict: the database cannot be reached.
        Invalid: it has no PostGIS, and may not be given it; or it is too old.
    """
    try:
        ensure_postgis(engine)
    except OperationalError as error:
        raise Conflict(f"The database cannot be reached: {_first_line(error)}") from error
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        command.upgrade(make_config(connection, metadata), "head")


def compare(engine: Engine, metadata: MetaData) -> list[Any]:
    """What differs between the database and `metadata`, as Alembic's operations; empty is well."""
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_object": alembic_helpers.include_object,
                "compare_type": True,
                "target_metadata": metadata,
            },
        )
        return list(compare_metadata(context, metadata))


def make_config(connection: Connection, metadata: MetaData | None = None) -> Config:
    """Alembic's config for `connection`: all that migrations/env.py gets to know."""
    config = Config(attributes={"connection": connection, "metadata": metadata})
    # ConfigParser would read a percent sign in the path as the start of a slot.
    config.set_main_option("script_location", str(MIGRATIONS_DIR).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def ensure_postgis(engine: Engine) -> None:
    """See that the database has PostGIS, new enough.

    Raises:
        Invalid: it has none and may not be given it; or it, or the server, is too old.
    """
    with engine.connect() as connection:
        if connection.execute(text("SHOW server_version_num")).scalar_one() < "150000":
            raise Invalid("The database is older than PostgreSQL 15: use a newer server.")
        version = _postgis_version(connection)
    if version is None:
        try:
            with engine.begin() as connection:
                connection.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))
                version = _postgis_version(connection)
        except DBAPIError as error:
            raise Invalid(
                "The database has no PostGIS and may not be given it: have its administrator run "
                f"CREATE EXTENSION postgis there ({_first_line(error)})."
            ) from error
    if version is not None and version < (3, 3):
        raise Invalid("The database's PostGIS is older than 3.3: have its administrator update it.")


def _postgis_version(connection: Connection) -> tuple[int, ...] | None:
    version: str | None = connection.execute(
        text("SELECT extversion FROM pg_extension WHERE extname = 'postgis'")
    ).scalar()
    return None if version is None else tuple(int(part) for part in version.split(".")[:2])


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if error.orig else str(error)
