"""A small world to ask about: three buurten of whole squares, and courts in two of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import floor
from typing import Any

from shapely import MultiPolygon, Point, box
from sqlalchemy.orm import Session

from geoapp.areas.tables import OfficialArea
from geoapp.assets.rules import Kind
from geoapp.assets.tables import Asset
from geoapp.completeness.rules import Known
from geoapp.completeness.tables import Completeness
from geoapp.coverage.gaps.worlds import SQUARE_M
from geoapp.districts.queries import Place, get_district
from geoapp.districts.tables import District
from geoapp.geo.crs import LONLAT, transform_point, transform_shape
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory, stored

SRID = 28992
# South has three near its court, of whom no number tells.
FEW, OTHERS = 3.0, 20.0


@dataclass
class GapWorld:
    """West: ten squares in a row with ten households each, a court in the first. East: ten more, of
    which nobody knows whether all courts are on the map. South: three households near a court, and
    twenty far from it. Near is 400 m (307 m straight)."""

    session: Session
    make: Factory
    district: District
    areas: dict[str, OfficialArea] = field(default_factory=dict)
    courts: dict[str, Asset] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """Its district."""
        return get_district(self.session, slug=self.district.slug)

    @property
    def origin(self) -> tuple[int, int]:
        """Column and row of the first square of West."""
        x, y = transform_point(LON, LAT, LONLAT, SRID)
        return floor(x / SQUARE_M), floor(y / SQUARE_M)

    def lonlat(self, column: float, row: float) -> tuple[float, float]:
        """The middle of a square, counted from the first of West."""
        left, bottom = self.origin
        x, y = (left + column + 0.5) * SQUARE_M, (bottom + row + 0.5) * SQUARE_M
        return transform_point(x, y, SRID, LONLAT)

    def add_area(
        self, name: str, row: int, amounts: Sequence[float], *, start: int = 0
    ) -> OfficialArea:
        """A buurt of one row of squares, and who lives in each."""
        left, bottom = self.origin
        west, south = (left + start) * SQUARE_M, (bottom + row) * SQUARE_M
        metric = box(west, south, west + len(amounts) * SQUARE_M, south + SQUARE_M)
        shape = transform_shape(MultiPolygon([metric]), SRID, LONLAT)
        area = self.make.official_area(
            district_id=self.district.id, name=name, geom=stored(shape), code=f"B-{name[:1]}"
        )
        for i, amount in enumerate(amounts):
            self.make.population_cell(
                district_id=self.district.id,
                area_id=area.id,
                cell_x=left + start + i,
                cell_y=bottom + row,
                households_with_children=amount,
            )
        self.areas[name] = area
        return area

    def add_court(self, name: str, column: float, row: float, **values: Any) -> Asset:
        """A court in the middle of a square."""
        told = {"kind": Kind.SPORT_COURT, "name": name, "district_id": self.district.id}
        spot = stored(Point(*self.lonlat(column, row)))
        self.courts[name] = self.make.asset(**{**told, "geom": spot, **values})
        return self.courts[name]

    def say(self, name: str, known: Known, note: str = "Counted") -> None:
        """How much is known of courts in a buurt."""
        self.session.add(
            Completeness(
                district_id=self.district.id,
                area_id=self.areas[name].id,
                kind=Kind.SPORT_COURT,
                known=known,
                note=note,
                source="List of the city",
                said_at=NOW,
                is_example=False,
            )
        )
        self.session.flush()


def make_world(session: Session, make: Factory) -> GapWorld:
    """The world as its class tells it."""
    world = GapWorld(session, make, make.district(slug="oost", metric_srid=SRID))
    world.add_area("West", 0, [10.0] * 10)
    world.add_area("East", 0, [10.0] * 10, start=10)
    world.add_area("South", -20, [FEW, *[0.0] * 8, OTHERS])
    world.add_court("First court", 0, 0, code="22-222")
    world.add_court("South court", 0, -20, code="33-333")
    world.say("West", Known.COMPLETE)
    world.say("South", Known.PARTIAL, "=A list of volunteers")
    return world
