"""Spatial column types, CHECK texts and ST_ expressions; values are always bound.

PostGIS stores NaN, infinity, latitude 95 and bow-ties without a word (threats, T31): the CHECKs
here refuse them whatever door they come through.
"""

from collections.abc import Mapping
from typing import Any

from geoalchemy2 import Geometry
from shapely.geometry.base import BaseGeometry
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Computed,
    Integer,
    Select,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql.elements import SQLColumnExpression

from geoapp.geo.crs import LONLAT, WEB_MERCATOR
from geoapp.geo.shapes import MAX_VERTICES
from geoapp.geo.tile import BUFFER, EXTENT, TileId


def point_type() -> Geometry:
    """A lon/lat point."""
    return Geometry("POINT", srid=LONLAT, spatial_index=False)


def area_type() -> Geometry:
    """A lon/lat multipolygon."""
    return Geometry("MULTIPOLYGON", srid=LONLAT, spatial_index=False)


def line_type() -> Geometry:
    """A lon/lat line."""
    return Geometry("LINESTRING", srid=LONLAT, spatial_index=False)


def any_type() -> Geometry:
    """A lon/lat point or area; pair it with `SHAPE_CHECK`."""
    return Geometry("GEOMETRY", srid=LONLAT, spatial_index=False)


def mercator_type(kind: str) -> Geometry:
    """The stored Web-Mercator twin of a geometry, so that a tile costs no transform."""
    return Geometry(kind, srid=WEB_MERCATOR, spatial_index=False)


def mercator_of(column: str) -> Computed:
    """Stored twin of `column` in Web Mercator, kept by the database itself."""
    return Computed(f"ST_Transform({column}, {WEB_MERCATOR})", persisted=True)


def inner_point_of(column: str) -> Computed:
    """Stored point inside `column`, where its pin stands."""
    return Computed(f"ST_PointOnSurface({column})", persisted=True)


def inner_mercator_of(column: str) -> Computed:
    """Stored Web-Mercator twin of the point inside `column`."""
    return mercator_of(f"ST_PointOnSurface({column})")


def point_check(column: str) -> str:
    """CHECK text of a point: a finite place on earth (NaN sorts above 180, so BETWEEN refuses)."""
    return (
        f"NOT ST_IsEmpty({column}) AND ST_X({column}) BETWEEN -180 AND 180 "
        f"AND ST_Y({column}) BETWEEN -90 AND 90"
    )


def area_check(column: str) -> str:
    """CHECK text of an area: finite, on earth, valid, at most 10,000 corners."""
    return (
        f"NOT ST_IsEmpty({column}) AND ST_NPoints({column}) <= {MAX_VERTICES} "
        f"AND ST_XMin({column}) >= -180 AND ST_XMax({column}) <= 180 "
        f"AND ST_YMin({column}) >= -90 AND ST_YMax({column}) <= 90 "
        f"AND ST_IsValid({column})"
    )


def line_check(column: str) -> str:
    """CHECK text of a line: finite, on earth, at most 10,000 corners, of some length."""
    return area_check(column) + f" AND ST_Length({column}) > 0"


def shape_check(column: str) -> str:
    """CHECK text of a point or area."""
    return f"GeometryType({column}) IN ('POINT', 'POLYGON', 'MULTIPOLYGON') AND " + area_check(
        column
    )


Column = SQLColumnExpression[Any]
# A question with any columns.
Rows = Select[*tuple[Any, ...]]
Degrees = float | ColumnElement[float]


def lonlat(lon: Degrees, lat: Degrees) -> ColumnElement[Any]:
    """A lon/lat point, bound or of columns."""
    return func.ST_SetSRID(func.ST_MakePoint(lon, lat), LONLAT)


def lonlat_shape(shape: BaseGeometry) -> ColumnElement[Any]:
    """A lon/lat shape, bound."""
    return func.ST_GeomFromWKB(shape.wkb, LONLAT)


def geography(column: Column) -> ColumnElement[Any]:
    """The geography of a lon/lat column, as the GiST indexes on `geography(...)` have it."""
    return func.geography(column)


def within_m(column: Column, lon: Degrees, lat: Degrees, radius_m: float) -> ColumnElement[bool]:
    """True where the column lies at most `radius_m` metres over the ground from the point."""
    return func.ST_DWithin(geography(column), geography(lonlat(lon, lat)), radius_m)


def distance_m(column: Column, lon: Degrees, lat: Degrees) -> ColumnElement[float]:
    """Metres over the ground from the point."""
    return func.ST_Distance(geography(column), geography(lonlat(lon, lat)))


def nearness(column: Column, lon: Degrees, lat: Degrees) -> ColumnElement[float]:
    """Metres over the ground from the point, to order by: the GiST index on `geography(...)` gives
    rows in this order."""
    return geography(column).op("<->")(geography(lonlat(lon, lat)))


def in_box(column: Column, box: tuple[float, float, float, float]) -> ColumnElement[bool]:
    """True where a lon/lat column's own box meets `box` (west, south, east, north)."""
    west, south, east, north = box
    envelope = func.ST_MakeEnvelope(west, south, east, north, literal(LONLAT))
    return column.op("&&")(envelope)


MOST_COUNTED = 10_000


def nearest(
    table: type[Any], *where: ColumnElement[bool], near: tuple[float, float], limit: int
) -> tuple[ColumnElement[bool], ColumnElement[float]]:
    """Which rows of `table` are the `limit` nearest to `near` (lon, lat), and the distance to
    order them by (degrees: an order, not a measure).

    Rows as far as the last one come too: the caller orders by distance and id, and cuts off. To
    ask for both at once would read and sort every row, for an index knows distance alone.
    """
    distance: ColumnElement[float] = table.point.op("<->")(lonlat(*near))
    ids = select(table.id).where(*where).order_by(distance).fetch(limit, with_ties=True)
    return table.id.in_(ids), distance


def count_rows(table: type[Any], *where: ColumnElement[bool]) -> Rows:
    """How many rows there are, counted to just past 10,000 and no further."""
    some = select(literal(1)).select_from(table).where(*where).limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(some)


def longitude(column: Column) -> ColumnElement[float]:
    """Longitude of a point column."""
    return func.ST_X(column)


def latitude(column: Column) -> ColumnElement[float]:
    """Latitude of a point column."""
    return func.ST_Y(column)


def covers(area: Column, point: Column) -> ColumnElement[bool]:
    """True where the area holds the point, its border included."""
    return func.ST_Covers(area, point)


# Corners and labels a tile may hold: keeps it under 50 kB gzipped whatever the number of rows.
MOST_CORNERS = 15_000
MOST_LABELS = 1_000


def tile_envelope(tile: TileId) -> ColumnElement[Any]:
    """The tile's square in Web Mercator."""
    return func.ST_TileEnvelope(tile.z, tile.x, tile.y)


def meets_tile(column: Column, tile: TileId) -> ColumnElement[bool]:
    """True where a Web-Mercator column's box meets the tile, its buffer included."""
    margin_m = tile.width_m * BUFFER / EXTENT
    return column.op("&&")(func.ST_Expand(tile_envelope(tile), margin_m))


def area_tile(layer: str, tile: TileId, rows: Rows) -> Rows:
    """An MVT of areas, and how many were left out.

    `rows` selects `geom` (Web Mercator) and `id`, and whatever else is a property. The largest
    areas are drawn first, until the tile's corners are used up.
    """
    found = rows.subquery("found")
    shape = func.ST_SimplifyPreserveTopology(found.c.geom, tile.width_m / EXTENT * 4)
    simple = select(*_others(found), shape.label("geom")).subquery("simple")
    corners = func.sum(func.ST_NPoints(simple.c.geom)).over(
        order_by=(func.ST_Area(simple.c.geom).desc(), simple.c.id)
    )
    counted = select(*_others(simple), simple.c.geom, corners.label("corners")).subquery("counted")
    drawn = select(
        *[column for column in _others(counted) if column.name != "corners"],
        _in_tile(counted.c.geom, tile).label("geom"),
    ).where(counted.c.corners <= MOST_CORNERS)
    left_out = select(func.count()).select_from(counted).where(counted.c.corners > MOST_CORNERS)
    return _mvt(layer, drawn, left_out.scalar_subquery())


def label_tile(layer: str, tile: TileId, rows: CompoundSelect[*tuple[Any, ...]]) -> Rows:
    """An MVT of label points; `rows` selects `geom` (a Web-Mercator point), `id`, `rank`, ..."""
    found = rows.subquery("found")
    ranked = select(
        *_others(found),
        found.c.geom,
        func.row_number().over(order_by=(found.c.rank, found.c.id)).label("place"),
    ).subquery("ranked")
    drawn = select(
        *[c for c in _others(ranked) if c.name not in ("place", "rank")],
        _in_tile(ranked.c.geom, tile).label("geom"),
    ).where(ranked.c.place <= MOST_LABELS)
    left_out = select(func.count()).select_from(ranked).where(ranked.c.place > MOST_LABELS)
    return _mvt(layer, drawn, left_out.scalar_subquery())


def binned_tile(
    layer: str, tile: TileId, rows: Rows, properties: Mapping[str, ColumnElement[Any]]
) -> Rows:
    """An MVT of points, one feature per small square of the screen that holds any.

    `rows` selects `geom` (a Web-Mercator point), `id` and what `properties` (aggregates over
    `literal_column` names of rows) need. Squares are 32 pixels wide up to zoom 13, 16 up to 15,
    8 beyond: a tile never holds more than 1,600 features, and none is left out.
    """
    found = rows.subquery("found")
    square_m = tile.width_m * square_px(tile.z) / 256
    envelope = tile_envelope(tile)
    x, y = func.ST_X(found.c.geom), func.ST_Y(found.c.geom)
    middle = func.ST_SetSRID(func.ST_MakePoint(func.avg(x), func.avg(y)), WEB_MERCATOR)
    drawn = (
        select(
            func.min(found.c.id).label("id"),
            func.count().label("n"),
            *[aggregate.label(name) for name, aggregate in properties.items()],
            _in_tile(middle, tile).label("geom"),
        )
        .select_from(found)
        .group_by(
            func.floor((x - func.ST_XMin(envelope)) / square_m),
            func.floor((y - func.ST_YMin(envelope)) / square_m),
        )
    )
    return _mvt(layer, drawn, literal(0))


def _in_tile(shape: ColumnElement[Any], tile: TileId) -> ColumnElement[Any]:
    return func.ST_AsMVTGeom(shape, tile_envelope(tile), EXTENT, BUFFER)


def square_px(zoom: int) -> int:
    """Screen pixels of the square within which points are drawn as one."""
    return 32 if zoom <= 13 else 16 if zoom <= 15 else 8


def _others(table: Any) -> list[ColumnElement[Any]]:
    return [column for column in table.c if column.name != "geom"]


def _mvt(layer: str, drawn: Rows, left_out: ColumnElement[Any]) -> Rows:
    tile = drawn.subquery("tile")
    return select(
        # In one order: the same content is the same bytes, whatever plan read it.
        func.ST_AsMVT(
            tile.table_valued(),
            layer,
            EXTENT,
            "geom",
            aggregate_order_by(literal("id"), tile.c.id, *_others(tile)),
        ),
        left_out,
    ).select_from(tile)


def more_tile(count: int) -> Rows:
    """A small MVT layer that says how many features its neighbour layer left out."""
    middle = func.ST_SetSRID(func.ST_MakePoint(EXTENT / 2, EXTENT / 2), 0)
    rows = select(middle.label("geom"), literal(count, Integer).label("n")).subquery("more")
    return select(func.ST_AsMVT(rows.table_valued(), "more", EXTENT, "geom"))


def stamp_of(table: type[Any]) -> ColumnElement[str]:
    """What changes whenever a row does, and is never the same again: the transaction that wrote it
    and where it lies."""
    name = table.__tablename__
    return func.concat(literal_column(f"{name}.xmin"), " ", literal_column(f"{name}.ctid"))
