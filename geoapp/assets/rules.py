"""What an asset may be, pure: closed sets, details per kind, aspects of a duty."""

from collections.abc import Mapping
from enum import StrEnum

from geoapp.errors import Invalid


class Kind(StrEnum):
    """What stands there."""

    CABINET = "cabinet"
    PLAYGROUND = "playground"
    SPORT_COURT = "sport_court"
    BENCH = "bench"
    BIN = "bin"
    SIGN = "sign"


# What is joined in one file with rows under this licence falls under it as well.
SHARE_ALIKE = "ODbL"


def is_share_alike(licence: str) -> bool:
    """True for the ODbL of whatever version, with whatever follows."""
    return licence.casefold().startswith(SHARE_ALIKE.casefold())


# What a child or a player looks for.
PLAY_KINDS = (Kind.PLAYGROUND, Kind.SPORT_COURT)


class RegisterStatus(StrEnum):
    """What the municipal register says; a different fact from what stands on the street."""

    IN_REGISTER = "in_register"
    REMOVED = "removed"
    NEVER = "never"
    UNKNOWN = "unknown"


class PhysicalStatus(StrEnum):
    """What stands on the street."""

    PLANNED = "planned"
    IN_USE = "in_use"
    OUT_OF_ORDER = "out_of_order"
    REMOVED = "removed"


class Aspect(StrEnum):
    """What a maintenance duty covers."""

    DEVICE = "device"
    CLEANING = "cleaning"
    OPERATION = "operation"


class AssetEventKind(StrEnum):
    """What can have happened to an asset."""

    PLANNED = "planned"
    BUILT = "built"
    REGISTERED = "registered"
    DEREGISTERED = "deregistered"
    INSPECTED = "inspected"
    SEEN = "seen"
    MOVED = "moved"


class Precision(StrEnum):
    """How much of a date is known."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"


# What may be told of each kind beyond what all kinds share, with the type of the value.
DETAILS: dict[Kind, dict[str, type]] = {
    Kind.CABINET: {"sided": str, "material": str},
    Kind.PLAYGROUND: {"surface": str, "fence": str, "area_m2": int},
    Kind.SPORT_COURT: {
        "sport": str,
        "setting": str,
        "fence": str,
        "surface": str,
        "light": str,
        "description": str,
        "area_m2": int,
    },
    Kind.BENCH: {"material": str},
    Kind.BIN: {"volume_l": int},
    Kind.SIGN: {"text": str},
}


def check_details(kind: Kind, details: Mapping[str, object]) -> dict[str, object]:
    """`details` when every name and type fits the kind.

    Raises:
        Invalid: a name that this kind does not have, or a value of another type.
    """
    known = DETAILS[kind]
    for name, value in details.items():
        if name not in known:
            raise Invalid("A {kind} has no detail called {name}.", kind=kind.value, name=name)
        if not isinstance(value, known[name]) or isinstance(value, bool):
            raise Invalid("The detail {name} is of the wrong type.", name=name)
    return dict(details)
