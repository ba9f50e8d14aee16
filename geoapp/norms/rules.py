"""Norms, pure: which distance somebody means."""

import re
from dataclasses import dataclass

from geoapp.errors import Invalid

LEAST_M, MOST_M = 25, 10_000
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_METRES = re.compile(r"([0-9]{1,5})( ?m)?")


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
