"""Where one more could come: spots that people have plans for, or a grid over where people live."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from sqlalchemy import or_
from sqlalchemy.orm import Session

from geoapp.assets.rules import Kind
from geoapp.coverage.gaps.adding import Spots, make_grid
from geoapp.coverage.gaps.findings import Finding
from geoapp.coverage.gaps.questions import PLATFORM
from geoapp.coverage.gaps.worlds import SQUARE_M, World
from geoapp.errors import Invalid
from geoapp.geo.crs import LONLAT, transform_point
from geoapp.plans.queries import items_in
from geoapp.plans.rules import ENDED, State
from geoapp.plans.tables import PlanItem

MOST_COUNT = 5
# With more the grid is made wider.
# Pairs of a spot and a square that are weighed for one question; so many spots are always tried.
MOST_PAIRS, LEAST_SPOTS = 500_000, 25
MOST_SPOTS = 4000


class Whence(StrEnum):
    """Which spots are tried."""

    PLANS = "plans"
    GRID = "grid"


@dataclass(frozen=True)
class More:
    """How many more are asked for, and where they could come."""

    count: int = 2
    whence: Whence = Whence.GRID

    def to_values(self) -> dict[str, str]:
        """As an address has it."""
        return {"n": str(self.count), "spots": self.whence.value}


def read_more(typed: Mapping[str, str]) -> More:
    """What an address asks for; what is left out is as in `More`.

    Raises:
        Invalid: names the field and what can stand there.
    """
    count, whence = typed.get("n", "").strip(), typed.get("spots", "").strip()
    if count and count not in {str(n) for n in range(1, MOST_COUNT + 1)}:
        raise Invalid("Give a number from 1 to {most}.", field="n", most=MOST_COUNT)
    if whence and whence not in list(Whence):
        raise Invalid("Choose one of these: {choices}.", field="spots", choices=", ".join(Whence))
    return More(int(count or More.count), Whence(whence or More.whence))


def check_wanted(kind: str) -> Kind:
    """What can be put somewhere.

    Raises:
        Invalid: it is a platform, which stands nowhere.
    """
    if kind == PLATFORM:
        raise Invalid(
            "A platform has no spot: choose something that can stand there.", field="kind"
        )
    return Kind(kind)


def find_spots(session: Session, *, finding: Finding, whence: Whence) -> Spots:
    """The spots where one more of what was asked for could come; plans are called by their code.

    Raises:
        Invalid: see `check_wanted`.
    """
    kind = check_wanted(finding.question.kind)
    if whence is Whence.GRID:
        return _make_grid(finding.world)
    mine = (
        PlanItem.district_id == finding.place.id,
        PlanItem.state.not_in((*ENDED, State.REALISED)),
        or_(PlanItem.kind == kind, PlanItem.kind.is_(None)),
        PlanItem.place != "none",
    )
    items = items_in(session, where=mine, limit=MOST_SPOTS)
    placed = [
        (item.code, transform_point(item.lon, item.lat, LONLAT, finding.place.metric_srid))
        for item in items
        if item.lon is not None and item.lat is not None
    ]
    xy = np.array([spot for _, spot in placed], dtype=float).reshape(-1, 2)
    return Spots(xy, [code for code, _ in placed])


def _make_grid(world: World) -> Spots:
    step_m = float(SQUARE_M)
    spots = make_grid(world, step_m)
    # About so many squares are weighed for each spot.
    reach = float(world.reach_m.max(initial=0)) / SQUARE_M
    held = max(min(len(world.xy), math.pi * reach**2), 1)
    most = min(MOST_SPOTS, max(LEAST_SPOTS, MOST_PAIRS / held))
    while len(spots.xy) > most:
        step_m *= 2
        spots = make_grid(world, step_m)
    return spots
