"""Questions about paths."""

import uuid
from dataclasses import dataclass
from datetime import date

import shapely
from shapely import LineString
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geoapp.walking.tables import WalkingLine, WalkingNetwork


@dataclass(frozen=True)
class NetworkFacts:
    """A version of a district's paths. `id` is never published."""

    id: uuid.UUID
    version: int
    max_snap_m: int
    source: str
    licence: str
    source_on: date | None
    is_example: bool


@dataclass(frozen=True)
class Line:
    """A path, lon/lat, and the bands of norms that cannot go along it."""

    shape: LineString
    barred: tuple[str, ...]


def newest_network(session: Session, *, district_id: uuid.UUID) -> NetworkFacts | None:
    """The paths of a district that count; None where none have been imported."""
    newest = (
        select(WalkingNetwork)
        .where(WalkingNetwork.district_id == district_id)
        .order_by(WalkingNetwork.version.desc())
        .limit(1)
    )
    row = session.scalars(newest).first()
    if row is None:
        return None
    return NetworkFacts(
        id=row.id,
        version=row.version,
        max_snap_m=row.max_snap_m,
        source=row.source,
        licence=row.licence,
        source_on=row.source_on,
        is_example=row.is_example,
    )


def lines_of(session: Session, *, network_id: uuid.UUID) -> list[Line]:
    """All lines of a version, in their order."""
    rows = session.execute(
        select(func.ST_AsBinary(WalkingLine.geom), WalkingLine.barred)
        .where(WalkingLine.network_id == network_id)
        .order_by(WalkingLine.position)
    ).all()
    shapes = shapely.from_wkb([bytes(wkb) for wkb, _ in rows])
    return [Line(shape, tuple(barred)) for shape, (_, barred) in zip(shapes, rows, strict=True)]
