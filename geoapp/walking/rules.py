"""Networks of paths, pure: for whom a path is barred."""

import re

from geoapp.errors import Invalid

MOST_SNAP_M = 1000
_BAND = re.compile(r"[a-z0-9+-]{1,24}")


def read_barred(words: str) -> tuple[str, ...]:
    """The bands of norms that cannot go along a path, as "0-5, 6-11"; none where it is empty.

    Raises:
        Invalid: one of them is no band.
    """
    bands = words.replace(",", " ").replace(";", " ").lower().split()
    for band in bands:
        if not _BAND.fullmatch(band):
            raise Invalid("{band} is no band of a norm: write it like 0-5.", band=band)
    return tuple(dict.fromkeys(bands))


def check_snap(value: object) -> int:
    """How far from a path one is still on it, in metres.

    Raises:
        Invalid: it is no whole number from 1 to 1000.
    """
    if not isinstance(value, int) or not 1 <= value <= MOST_SNAP_M:
        raise Invalid(
            "Say how far from a path one is still on it, from 1 to {most} metres.",
            field="max_snap_m",
            most=MOST_SNAP_M,
        )
    return value
