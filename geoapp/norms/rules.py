"""Norms, pure: which distance somebody means, and what a norm is made of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from geoapp.db.text import read_by_language, read_words
from geoapp.errors import Invalid

LEAST_M, MOST_M = 25, 10_000
_CODE = re.compile(r"(?=.{1,40}$)[a-z0-9]+(-[a-z0-9]+)*")
_METRES = re.compile(r"([0-9]{1,5})( ?m)?", re.ASCII)


@dataclass(frozen=True)
class Asked:
    """A distance as somebody asks for it: a norm with one of its bands (None: its main one), or
    metres."""

    code: str | None = None
    band: str | None = None
    metres: int | None = None

    def __str__(self) -> str:
        if self.code is None:
            return str(self.metres)
        return self.code if self.band is None else f"{self.code}:{self.band}"


def read_asked(words: str, *, field: str = "norm") -> Asked:
    """A norm's code, code and band ("de-ronde-venen:6-11"), or metres ("400", "400 m").

    Raises:
        Invalid: it is none of these, or too near or far.
    """
    said = words.strip().lower()
    if metres := _METRES.fullmatch(said):
        return Asked(metres=check_metres(int(metres[1]), field=field))
    code, colon, band = said.partition(":")
    if not _CODE.fullmatch(code) or (colon and not re.fullmatch(r"[a-z0-9+-]{1,24}", band)):
        raise Invalid("Give the code of a norm, or a distance in metres.", field=field)
    return Asked(code=code, band=band or None)


def check_metres(metres: int, *, field: str) -> int:
    """A distance that people walk.

    Raises:
        Invalid: it is shorter or longer.
    """
    if not LEAST_M <= metres <= MOST_M:
        raise Invalid(
            "Give a distance from {least} to {most} metres.",
            field=field,
            least=LEAST_M,
            most=MOST_M,
        )
    return metres


# -- What a file and a form say ------------------------------------------------------------------

MOST_NAME_LETTERS = 80
MOST_ABOUT_LETTERS = 400
MOST_TEXT_LETTERS = 2000
MOST_NOTE_LETTERS = 1000
MOST_BANDS = 12
MOST_VERSION = 9999
_BAND = re.compile(r"[a-z0-9+-]{1,24}")
_LANGUAGE = re.compile("[a-z]{2,3}")


@dataclass(frozen=True)
class BandDraft:
    """For whom a norm has which distance, in metres of walking; `name` by language."""

    code: str
    name: Mapping[str, str]
    distance_m: int
    is_main: bool


@dataclass(frozen=True)
class NormDraft:
    """A version of a norm as a file gives it; `source_text` is what the source says, in its own
    words and language."""

    code: str
    version: int
    starts_on: date
    name: Mapping[str, str]
    owners: Mapping[str, str]
    source: str
    source_text: str
    source_language: str
    bands: tuple[BandDraft, ...]


FIELDS = {field.name for field in fields(NormDraft)}
BAND_FIELDS = {field.name for field in fields(BandDraft)}


def read_norm(row: Mapping[str, Any]) -> NormDraft:
    """A version of a norm as a file has it, with exactly the fields of `NormDraft`.

    Raises:
        Invalid: it is none.
    """
    if set(row) != FIELDS:
        raise Invalid("A norm has {names}.", names=", ".join(sorted(FIELDS)))
    if not isinstance(row["code"], str) or not _CODE.fullmatch(row["code"]):
        raise Invalid("The code of a norm is small letters, like de-ronde-venen.", field="code")
    language = row["source_language"]
    if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
        raise Invalid("Give the language of the source, as nl or en.", field="source_language")
    return NormDraft(
        code=row["code"],
        version=_read_number(row["version"], field="version", most=MOST_VERSION),
        starts_on=_read_day(row["starts_on"]),
        name=read_by_language(row["name"], field="name", most=MOST_NAME_LETTERS),
        owners=read_by_language(row["owners"], field="owners", most=MOST_ABOUT_LETTERS),
        source=_read_needed(row["source"], field="source", most=MOST_ABOUT_LETTERS),
        source_text=_read_needed(row["source_text"], field="source_text", most=MOST_TEXT_LETTERS),
        source_language=language,
        bands=_read_bands(row["bands"]),
    )


def _read_bands(rows: object) -> tuple[BandDraft, ...]:
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_BANDS:
        raise Invalid("A norm has one to {most} distances.", field="bands", most=MOST_BANDS)
    bands = tuple(_read_band(row) for row in rows)
    if len({band.code for band in bands}) < len(bands):
        raise Invalid("Two distances of a norm have the same code.", field="bands")
    if sum(band.is_main for band in bands) != 1:
        raise Invalid("One distance of a norm is its main one.", field="bands")
    return bands


def _read_band(row: object) -> BandDraft:
    if not isinstance(row, dict) or set(row) != BAND_FIELDS or not isinstance(row["is_main"], bool):
        names = ", ".join(sorted(BAND_FIELDS))
        raise Invalid("A distance of a norm has {names}.", field="bands", names=names)
    return BandDraft(
        code=check_band(str(row["code"]), field="bands"),
        name=read_by_language(row["name"], field="bands", most=MOST_NAME_LETTERS),
        distance_m=check_metres(
            _read_number(row["distance_m"], field="bands", most=MOST_M), field="bands"
        ),
        is_main=row["is_main"],
    )


def check_band(code: str, *, field: str) -> str:
    """The code of a band, like 6-11.

    Raises:
        Invalid: it is none.
    """
    if not _BAND.fullmatch(code):
        raise Invalid("Say for whom the distance is, like 6-11.", field=field)
    return code


def read_own_norm(values: Mapping[str, str]) -> tuple[str | None, int, str]:
    """An area's own distance as a form sends it: for which band (None: everybody), in metres, and
    why.

    Raises:
        Invalid: no distance, or nothing is said of why.
    """
    band = values.get("band", "").strip()
    found = _METRES.fullmatch(values.get("metres", "").strip().lower())
    if not found:
        raise Invalid("Give a distance in metres, like 400.", field="metres")
    return (
        check_band(band, field="band") if band else None,
        check_metres(int(found[1]), field="metres"),
        _read_needed(values.get("note", ""), field="note", most=MOST_NOTE_LETTERS),
    )


def _read_needed(value: object, *, field: str, most: int) -> str:
    words = read_words(value, field=field, most=most) if isinstance(value, str) else ""
    if not words:
        raise Invalid("Fill this in: it may not be empty.", field=field)
    return words


def _read_number(value: object, *, field: str, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise Invalid("Give a whole number from 1 to {most}.", field=field, most=most)
    return value


def _read_day(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise Invalid("Write the first day as 2026-01-31.", field="starts_on") from None
