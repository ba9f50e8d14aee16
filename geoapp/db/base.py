"""The declarative base, names of constraints, and the column kinds every table shares."""

import enum
import uuid
from datetime import datetime
from typing import Annotated

import uuid_utils.compat
from sqlalchemy import BigInteger, DateTime, Enum, Identity, MetaData, Uuid, func
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


# Marks a table whose rows follow from others' alone (`__table_args__`, last): they go with them.
DERIVED = {"info": {"is_derived": True}}
# Marks a key to the row that this one is a part of: written with it, never changed, gone with it.
PART_OF = {"is_part": True}


class Base(DeclarativeBase):
    """Every table of the service."""

    metadata = MetaData(naming_convention=NAMES)


def new_id() -> uuid.UUID:
    """A UUIDv7: unique anywhere, sorted by time of making."""
    return uuid_utils.compat.uuid7()


Id = Annotated[uuid.UUID, mapped_column(Uuid, primary_key=True, default=new_id)]
# The small whole number a map tile uses for the thing; unique in its table, never shown.
Number = Annotated[int, mapped_column(BigInteger, Identity(always=True), unique=True)]
CreatedAt = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]


def closed_set(kind: type[enum.StrEnum], name: str) -> Enum:
    """Column type of a closed set: text with a CHECK that lists the values."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=24,
        values_callable=lambda members: [member.value for member in members],
    )
