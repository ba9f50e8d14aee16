"""What changes layers of need: a file brings one, as a new version beside those before it."""

import hashlib
import json
import math
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import shapely
from geoalchemy2.shape import to_shape
from shapely import Point
from shapely.geometry.base import BaseGeometry
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from geoapp.areas.rules import Level
from geoapp.areas.tables import OfficialArea
from geoapp.db.changes import Change
from geoapp.geo.cells import shares_of
from geoapp.geo.crs import LONLAT, transform_point
from geoapp.needs.rules import LayerDraft
from geoapp.needs.tables import NeedCell, NeedLayer
from geoapp.neighbourhoods.rules import POPULATION_M

# Which part of an area may lie outside the district and still be a seam of the drawing.
SEAM = 0.01
# Smaller than this part of an area is no part of it.
SPECK = 1e-9

Spot = tuple[int, int, uuid.UUID]


@dataclass(frozen=True)
class Buurt:
    """An official area that people are counted in; `shape` lon/lat."""

    id: uuid.UUID
    code: str
    shape: BaseGeometry


@dataclass(frozen=True)
class Amount:
    """So many, in parts that sum to 1: of each square and buurt which part."""

    number: float
    parts: Mapping[Spot, float]


def read_buurten(session: Session, *, district_id: uuid.UUID) -> list[Buurt]:
    """The buurten of a district that are in force, by code."""
    rows = session.execute(
        select(OfficialArea.id, OfficialArea.code, OfficialArea.geom)
        .where(
            OfficialArea.district_id == district_id,
            OfficialArea.level == Level.BUURT,
            OfficialArea.valid_to.is_(None),
        )
        .order_by(OfficialArea.code)
    )
    return [Buurt(row.id, row.code, to_shape(row.geom)) for row in rows]


def spread_in(buurt: Buurt, *, metric_srid: int) -> dict[Spot, float]:
    """Which part of a buurt lies in each square it meets; the parts sum to 1."""
    return _spread(buurt.shape, buurt.id, metric_srid)


def spread_over(
    shape: BaseGeometry, buurten: Sequence[Buurt], *, metric_srid: int
) -> dict[Spot, float] | None:
    """Which part of a point or area (lon/lat) lies in each square and buurt; the parts sum to 1. A
    point at a border is of the buurt of the lower code. None: it lies outside the district."""
    inside = [buurt for buurt in buurten if buurt.shape.intersects(shape)]
    if isinstance(shape, Point):
        x, y = transform_point(shape.x, shape.y, LONLAT, metric_srid)
        square = math.floor(x / POPULATION_M), math.floor(y / POPULATION_M)
        return {(*square, inside[0].id): 1.0} if inside else None
    pieces = [(shapely.intersection(shape, buurt.shape), buurt.id) for buurt in inside]
    pieces = [(piece, area_id) for piece, area_id in pieces if piece.area > SPECK * shape.area]
    held = sum(piece.area for piece, _ in pieces)
    if held < (1 - SEAM) * shape.area:
        return None
    parts: dict[Spot, float] = defaultdict(float)
    for piece, area_id in pieces:
        for spot, part in _spread(piece, area_id, metric_srid).items():
            parts[spot] += part * piece.area / held
    return dict(parts)


def _spread(shape: BaseGeometry, area_id: uuid.UUID, metric_srid: int) -> dict[Spot, float]:
    shares = shares_of(shape, POPULATION_M, metric_srid)
    squares = zip(shares.columns, shares.rows, shares.parts, strict=True)
    return {(column, row, area_id): part for column, row, part in squares}


def put_layer(
    session: Session, *, district_id: uuid.UUID, draft: LayerDraft, amounts: Iterable[Amount]
) -> Change:
    """Keep a layer as a new version, unless the newest one says the same of the same squares."""
    sums: dict[Spot, float] = defaultdict(float)
    for amount in amounts:
        for spot, part in amount.parts.items():
            sums[spot] += amount.number * part
    cells = {spot: number for spot, number in sums.items() if number > 0}
    digest = _digest(draft, cells)
    newest = session.scalar(
        select(NeedLayer)
        .where(NeedLayer.district_id == district_id, NeedLayer.code == draft.code)
        .order_by(NeedLayer.version.desc())
        .limit(1)
    )
    if newest is not None and newest.digest == digest:
        return Change.SAME
    layer = NeedLayer(
        district_id=district_id,
        version=newest.version + 1 if newest else 1,
        digest=digest,
        **asdict(draft),
    )
    session.add(layer)
    session.flush()
    rows = [
        {"layer_id": layer.id, "cell_x": x, "cell_y": y, "area_id": area_id, "amount": number}
        for (x, y, area_id), number in cells.items()
    ]
    if rows:
        session.execute(insert(NeedCell), rows)
    return Change.NEW if newest is None else Change.CHANGED


def _digest(draft: LayerDraft, cells: Mapping[Spot, float]) -> str:
    """Of what a layer says; to 6 decimals, so that another machine's arithmetic is the same."""
    told = [[x, y, str(area_id), round(number, 6)] for (x, y, area_id), number in cells.items()]
    words = json.dumps([asdict(draft), sorted(told)], sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()


def remove_example_needs(session: Session) -> None:
    """Take away every example layer."""
    session.execute(delete(NeedLayer).where(NeedLayer.is_example))
