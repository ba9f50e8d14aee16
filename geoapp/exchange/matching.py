"""What the columns of a register say, in Dutch or English words, and what stands in their cells."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeVar

from geoapp.assets.rules import DETAILS, Kind, PhysicalStatus, RegisterStatus
from geoapp.errors import Invalid
from geoapp.exchange.uploads import Upload

DAY = "2026-01-31"

Member = TypeVar("Member", bound=StrEnum)


class Said(StrEnum):
    """What a column can say of a thing, its details aside."""

    NAME = "name"
    KIND = "kind"
    ID = "id"
    OWNER = "owner"
    REGISTER_STATUS = "register_status"
    PHYSICAL_STATUS = "physical_status"
    LAST_SEEN = "last_seen"


# What registers call it, without case, spaces and signs; the first that a file has is taken.
SYNONYMS: Mapping[Said, tuple[str, ...]] = {
    Said.NAME: ("name", "naam", "title", "titel", "omschrijving", "description", "locatie"),
    Said.KIND: ("kind", "soort", "type", "objecttype", "categorie", "category"),
    Said.ID: ("id", "ref", "code", "objectid", "nummer", "identificatie", "number", "fid", "key"),
    Said.OWNER: ("owner", "eigenaar"),
    Said.REGISTER_STATUS: ("registerstatus", "registratiestatus", "inregister"),
    Said.PHYSICAL_STATUS: ("physicalstatus", "status", "toestand", "statusbuiten"),
    Said.LAST_SEEN: ("lastseenon", "lastseen", "laatstgezien", "gezienop", "schouwdatum"),
}
DETAIL_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "material": ("materiaal",),
    "surface": ("ondergrond", "verharding"),
    "fence": ("hek", "hekwerk"),
    "entrances": ("ingangen",),
    "sport": ("sport",),
    "light": ("licht", "verlichting"),
    "description": ("toelichting",),
    "area_m2": ("oppervlakte", "oppervlaktem2", "aream2"),
    "volume_l": ("inhoud", "inhoudl", "volume"),
    "text": ("tekst", "opschrift"),
    "sided": ("zijden",),
}
KIND_WORDS: Mapping[str, Kind] = {
    "kast": Kind.CABINET,
    "vitrine": Kind.CABINET,
    "mededelingenkast": Kind.CABINET,
    "informatiekast": Kind.CABINET,
    "speelplek": Kind.PLAYGROUND,
    "speelplaats": Kind.PLAYGROUND,
    "speeltuin": Kind.PLAYGROUND,
    "sportveld": Kind.SPORT_COURT,
    "sportcourt": Kind.SPORT_COURT,
    "sportplek": Kind.SPORT_COURT,
    "bank": Kind.BENCH,
    "bankje": Kind.BENCH,
    "zitbank": Kind.BENCH,
    "afvalbak": Kind.BIN,
    "litterbin": Kind.BIN,
    "prullenbak": Kind.BIN,
    "bord": Kind.SIGN,
}
REGISTER_WORDS: Mapping[str, RegisterStatus] = {
    "inregister": RegisterStatus.IN_REGISTER,
    "ja": RegisterStatus.IN_REGISTER,
    "yes": RegisterStatus.IN_REGISTER,
    "verwijderd": RegisterStatus.REMOVED,
    "nooit": RegisterStatus.NEVER,
    "onbekend": RegisterStatus.UNKNOWN,
}
PHYSICAL_WORDS: Mapping[str, PhysicalStatus] = {
    "gepland": PhysicalStatus.PLANNED,
    "ingebruik": PhysicalStatus.IN_USE,
    "aanwezig": PhysicalStatus.IN_USE,
    "actief": PhysicalStatus.IN_USE,
    "buitengebruik": PhysicalStatus.OUT_OF_ORDER,
    "defect": PhysicalStatus.OUT_OF_ORDER,
    "verwijderd": PhysicalStatus.REMOVED,
    "weg": PhysicalStatus.REMOVED,
}


@dataclass(frozen=True)
class Matching:
    """Which column says what; `kind` is that of every row where no column says it."""

    columns: Mapping[Said, str] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)
    kind: Kind | None = None


def match_columns(upload: Upload) -> Matching:
    """The columns that are called what they likely are; each says one thing."""
    free = {plain(name): name for name in reversed(upload.columns)}
    columns = {
        said: found for said, words in SYNONYMS.items() if (found := _take(free, words)) is not None
    }
    details = {
        name: found
        for name in sorted({name for known in DETAILS.values() for name in known})
        if (
            found := _take(
                free, (plain(name), "details" + plain(name), *DETAIL_SYNONYMS.get(name, ()))
            )
        )
    }
    return Matching(columns, details)


def check_matching(upload: Upload, matching: Matching) -> Matching:
    """`matching` when the file has its columns, and rows can get a name and a kind by it.

    Raises:
        Invalid: it has not; of the field that is to be chosen.
    """
    for chosen in (*matching.columns.values(), *matching.details.values()):
        if chosen not in upload.columns:
            raise Invalid("The file has no column {name}: choose another.", name=chosen)
    if Said.NAME not in matching.columns:
        raise Invalid("Say which column has the name.", field=Said.NAME)
    if Said.KIND not in matching.columns and matching.kind is None:
        raise Invalid("Say which column has the kind, or what all rows are.", field=Said.KIND)
    return matching


def read_one_of(members: type[Member], words: Mapping[str, Member], said: str) -> Member | None:
    """One of a closed set, in our words or those of a register; None where nothing is said."""
    if not said:
        return None
    known = {plain(member): member for member in members} | dict(words)
    found = known.get(plain(said))
    if found is None:
        raise Invalid("{words} is none of: {known}.", words=said, known=", ".join(members))
    return found


def read_day(words: str) -> date | None:
    """A day; None where nothing is said."""
    try:
        return date.fromisoformat(words[:10]) if words else None
    except ValueError:
        raise Invalid(
            "{words} is no day: write it as {example}.", words=words, example=DAY
        ) from None


def read_whole(words: str) -> int:
    """A whole number; 12.0 is what a database writes for 12."""
    whole = words.removesuffix(".0")
    if not whole.isascii() or not whole.isdigit() or len(whole) > 9:
        raise Invalid("{words} is no whole number.", words=words)
    return int(whole)


def _take(free: dict[str, str], words: tuple[str, ...]) -> str | None:
    """The column called the first of these words, which is then no longer free."""
    found = next((word for word in words if word in free), None)
    return None if found is None else free.pop(found)


def plain(words: str) -> str:
    """`words` without case, spaces and signs."""
    return "".join(letter for letter in words.casefold() if letter.isalnum())
