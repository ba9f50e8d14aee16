"""Small worlds to ask about, made up or drawn at random."""

from collections.abc import Sequence

import numpy as np
from shapely import Point, box
from shapely.geometry.base import BaseGeometry

from geoapp.completeness.rules import Known
from geoapp.coverage.gaps.adding import Spots
from geoapp.coverage.gaps.worlds import Ground, Paths, Thing, World

XY = tuple[float, float]
SRID = 28992


def make_world(  # noqa: PLR0913  what a world has, by name
    homes: Sequence[XY],
    things: Sequence[BaseGeometry] = (),
    *,
    amounts: Sequence[float] | None = None,
    ground_of: Sequence[int] | None = None,
    known: Sequence[Known] = (Known.COMPLETE,),
    reach_m: float = 400.0,
    paths: Paths | None = None,
    detour: float = 1.0,
) -> World:
    """One in each home unless told otherwise, all in the first ground."""
    count = len(homes)
    return World(
        srid=SRID,
        xy=np.array(homes, dtype=float).reshape(-1, 2),
        amounts=np.array([1.0] * count if amounts is None else amounts, dtype=float),
        ground_of=np.array([0] * count if ground_of is None else ground_of, dtype=np.int64),
        reach_m=np.full(count, reach_m),
        grounds=[Ground(f"g{i}", f"Ground {i}", f"BU{i}", one) for i, one in enumerate(known)],
        things=[Thing(f"t{i}", f"Thing {i}", shape) for i, shape in enumerate(things)],
        paths=paths,
        detour=detour,
    )


def make_spots(*xy: XY) -> Spots:
    """Spots called by the letters."""
    return Spots(np.array(xy, dtype=float).reshape(-1, 2), [chr(97 + i) for i in range(len(xy))])


def draw_world(random: np.random.Generator, *, squares: int = 30, things: int = 6) -> World:
    """Squares in three grounds, points and fields, some closed, some with two entrances; each
    square has a reach of its own."""
    homes = random.integers(0, 20, (squares, 2)) * 100.0 + 50
    world = make_world(
        [(x, y) for x, y in homes.tolist()],
        amounts=random.integers(0, 9, squares).tolist(),
        ground_of=random.integers(0, 3, squares).tolist(),
        known=[Known(one) for one in random.choice([known.value for known in Known], 3).tolist()],
        detour=1.3,
    )
    return World(
        srid=SRID,
        xy=world.xy,
        amounts=world.amounts,
        ground_of=world.ground_of,
        reach_m=np.array(random.integers(1, 8, squares) * 100, dtype=float),
        grounds=world.grounds,
        things=[draw_thing(random, number) for number in range(random.integers(0, things + 1))],
        detour=1.3,
    )


def draw_thing(random: np.random.Generator, number: int) -> Thing:
    """A point, a field, or a field with two entrances."""
    x, y, wide, high = random.uniform(0, 2000, 4).tolist()
    shape = Point(x, y) if number % 3 == 0 else box(x, y, x + wide / 10, y + high / 10)
    entrances = ((x, y), (x + wide / 10, y)) if number % 3 == 2 else ()
    is_open = [None, True, False][random.integers(0, 3)]
    return Thing(f"t{number}", f"Thing {number}", shape, entrances, is_open)


def draw_spots(random: np.random.Generator, count: int = 10) -> Spots:
    """Anywhere in a drawn world."""
    return make_spots(*[(x, y) for x, y in random.uniform(0, 2000, (count, 2)).tolist()])
