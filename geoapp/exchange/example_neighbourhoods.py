"""Example voices about neighbourhoods: answers, drawings and outlines that platforms declare."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from geoalchemy2.shape import to_shape
from shapely import MultiPolygon, Point
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.areas.rules import Level
from geoapp.areas.tables import OfficialArea, OrganicArea
from geoapp.districts.queries import Place
from geoapp.geo.crs import cell_of
from geoapp.geo.shapes import spread_area
from geoapp.neighbourhoods.actions import (
    AnswerDraft,
    OutlineDraft,
    answer_neighbourhood,
    put_outline,
)
from geoapp.neighbourhoods.counting import redraw_area
from geoapp.platforms.tables import Platform


@dataclass
class ExampleNeighbourhoods:
    """Says what made-up people say, and has every neighbourhood drawn by it."""

    session: Session
    place: Place
    now: datetime
    random: Random
    buurten: dict[str, BaseGeometry]

    @classmethod
    def open(cls, session: Session, *, place: Place, now: datetime) -> "ExampleNeighbourhoods":
        """A speaker with the district's buurten at hand."""
        rows = session.execute(
            select(OfficialArea.code, OfficialArea.geom).where(
                OfficialArea.district_id == place.id,
                OfficialArea.level == Level.BUURT,
                OfficialArea.valid_to.is_(None),
            )
        )
        buurten = {code: to_shape(geom) for code, geom in rows}
        # Not for secrets: examples must be alike each time.
        return cls(session, place, now, Random(f"voices of {place.slug}"), buurten)  # noqa: S311

    def load(self, recipe: dict[str, Any]) -> None:
        """Say all that the recipe holds."""
        areas = {
            row.slug: row.id
            for row in self.session.execute(
                select(OrganicArea.slug, OrganicArea.id).where(
                    OrganicArea.district_id == self.place.id
                )
            )
        }
        for row in recipe["declared"]:
            platform = self.session.scalars(
                select(Platform).where(Platform.slug == row["platform"])
            ).one()
            self._outline(areas[row["area"]], row, organisation_id=platform.organisation_id)
        for row in recipe["drawings"]:
            self._outline(areas[row["area"]], row, sender=self._sender())
        for row in recipe["answers"]:
            for _ in range(row["count"]):
                self._answer(row["name"], row["buurten"])
        for area_id in areas.values():
            redraw_area(self.session, area_id=area_id)

    def _outline(self, area_id: uuid.UUID, row: dict[str, Any], **author: Any) -> None:
        shape = self._grow(row["buurten"], row["spread_m"])
        draft = OutlineDraft(area_id, shape, is_example=True, **author)
        put_outline(self.session, place=self.place, draft=draft, now=self.now)

    def _answer(self, name: str, codes: Sequence[str]) -> None:
        point = self._point_in(self.buurten[self.random.choice(codes)])
        draft = AnswerDraft(
            cell=cell_of(point.x, point.y, self.place.metric_srid),
            name=name,
            source_ref=f"example {uuid.UUID(int=self.random.getrandbits(128))}",
            sender=self._sender(),
            is_example=True,
        )
        answer_neighbourhood(self.session, district_id=self.place.id, draft=draft, now=self.now)

    def _grow(self, codes: Sequence[str], spread_m: float) -> MultiPolygon:
        shapes = [self.buurten[code] for code in codes]
        return spread_area(shapes, spread_m=spread_m, metric_srid=self.place.metric_srid)

    def _sender(self) -> bytes:
        return hashlib.sha256(self.random.randbytes(32)).digest()

    def _point_in(self, shape: BaseGeometry) -> Point:
        west, south, east, north = shape.bounds
        while True:
            point = Point(self.random.uniform(west, east), self.random.uniform(south, north))
            if shape.contains(point):
                return point
