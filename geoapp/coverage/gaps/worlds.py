"""A world to ask about, as plain arrays: who lives in which square, what stands where, what is
known.

All lengths are metres in the district's metric coordinate system; x is east, y is north. Pure: what
the other rooms know has been read already (`reading`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geoapp.completeness.rules import Known

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SQUARE_M = 100
# A straight line is about so much shorter than the way one walks: an assumption, said on the page.
DETOUR = 1.3


class Nearness(IntEnum):
    """Which of three answers a square has. Unknown is an answer like the others."""

    NEAR = 0
    FAR = 1
    UNKNOWN = 2


@dataclass(frozen=True)
class Ground:
    """An official area (a buurt), and how much is known there of what is asked about."""

    slug: str
    name: str
    code: str
    known: Known


@dataclass(frozen=True, eq=False)
class Thing:
    """Something that stands there. `shape` is metric; people reach an area at its edge, or at one
    of its `entrances` (x, y) where these are known. `is_open` None: its hours are not known."""

    code: str
    name: str
    shape: BaseGeometry
    entrances: tuple[tuple[float, float], ...] = ()
    is_open: bool | None = None
    is_example: bool = False

    @property
    def counts(self) -> bool:
        """False where it is known to be closed at the time that is asked about."""
        return self.is_open is not False

    @property
    def target(self) -> BaseGeometry:
        """Where people arrive: its entrances, else its shape."""
        return shapely.MultiPoint(self.entrances) if self.entrances else self.shape


@dataclass(frozen=True, eq=False)
class Paths:
    """A network to walk along, for one band. `xy` (m, 2) are its nodes; edge i goes from `start[i]`
    to `end[i]` both ways and is `length_m[i]` long, straight between its nodes. What is further
    than `max_snap_m` from every edge is not on it."""

    xy: Floats
    start: Ints
    end: Ints
    length_m: Floats
    max_snap_m: float


@dataclass(frozen=True, eq=False)
class World:
    """Squares, grounds, things. `xy` (n, 2) are the middles of the squares, `amounts` (n,) who is
    asked about in each, `ground_of` (n,) the index of its ground, `reach_m` (n,) how far is near
    for it. A square that lies in two grounds stands here twice, each time with its own part.
    `paths` None: distances are straight lines times `detour`."""

    srid: int
    xy: Floats
    amounts: Floats
    ground_of: Ints
    reach_m: Floats
    grounds: Sequence[Ground]
    things: Sequence[Thing] = ()
    paths: Paths | None = None
    detour: float = DETOUR
    unknown: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        silent = np.array([ground.known is Known.UNKNOWN for ground in self.grounds], dtype=bool)
        of_square = silent[self.ground_of] if len(self.grounds) else np.zeros(0, dtype=bool)
        object.__setattr__(self, "unknown", of_square)


@dataclass(frozen=True, eq=False)
class Measured:
    """How far each square (n,) is from the nearest thing that counts, in metres of walking (inf:
    there is none), and which one that is (index into `World.things`; -1: none)."""

    distance_m: Floats
    nearest: Ints
