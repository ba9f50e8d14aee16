"""Answers as frames, for notebooks and files: who has something near, by buurt and by square.

The same numbers that the pages tell, and no more: None where one is not told. Geometry is in the
district's own metric system (x is east, y is north, in metres).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import geopandas
import pandas as pd
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from geoapp.coverage.gaps import telling
from geoapp.coverage.gaps.findings import Finding
from geoapp.coverage.gaps.questions import Question, read_question
from geoapp.coverage.gaps.reading import find_gaps
from geoapp.coverage.gaps.worlds import SQUARE_M
from geoapp.districts.queries import get_district
from geoapp.geo.crs import LONLAT, transform_shape
from geoapp.neighbourhoods.queries import list_buurten

# What is not told is None, in whole numbers as well.
_WHOLE = ("all", "near", "far", "unknown", "near_of_100", "far_of_100", "unknown_of_100")
_TYPES = {**dict.fromkeys((*_WHOLE, "need_year"), "Int64"), "is_example": "bool"}


def gaps_frame(  # noqa: PLR0913  the words of a question, as a notebook says them
    session: Session,
    *,
    district: str,
    kind: str,
    norm: str,
    now: datetime,
    need: str = Question.need,
    at: str = "",
) -> geopandas.GeoDataFrame:
    """Who has a `kind` near by a norm (its code, "code:band", or metres), a row for every buurt.

    `need` is the code of a layer of need, `at` a time like "Sat 15:00" (empty: at any time).
    Columns are `telling.AREA_COLUMNS` and `geometry`; how it was reckoned stands in `.attrs`.

    Raises:
        NotFound: there is no such district, layer of need or norm.
        Invalid: there is no such kind or time, or the norm has no such band.
    """
    typed = {"kind": kind, "norm": norm, "need": need, "at": at}
    place = get_district(session, slug=district)
    finding = find_gaps(session, place=place, question=read_question(typed), now=now)
    return frame_areas(finding, shapes=shapes_of_areas(session, finding), now=now)


def shapes_of_areas(session: Session, finding: Finding) -> dict[str, BaseGeometry]:
    """The outlines (lon/lat) of the buurten of an answer, by slug."""
    return {one.slug: one.shape for one in list_buurten(session, district_id=finding.place.id)}


def frame_areas(
    finding: Finding, *, shapes: Mapping[str, BaseGeometry], now: datetime
) -> geopandas.GeoDataFrame:
    """A row for every buurt; `shapes` (lon/lat) by slug."""
    rows = telling.tell_areas(finding, now=now)
    srid = finding.place.metric_srid
    outlines = [_to_multi(transform_shape(shapes[row["slug"]], LONLAT, srid)) for row in rows]
    frame = _make_frame(rows, telling.AREA_COLUMNS, outlines, srid).astype(_TYPES)
    frame.attrs.update(telling.tell_about(finding, now=now))
    return frame


def frame_squares(finding: Finding) -> geopandas.GeoDataFrame:
    """A row for every square in every buurt it lies in; its shape is the whole square."""
    xs, ys = finding.columns * SQUARE_M, finding.rows * SQUARE_M
    squares = shapely.box(xs, ys, xs + SQUARE_M, ys + SQUARE_M)
    rows = telling.tell_squares(finding)
    return _make_frame(rows, telling.SQUARE_COLUMNS, list(squares), finding.place.metric_srid)


def frame_things(finding: Finding) -> geopandas.GeoDataFrame:
    """A row for everything that is looked for, each a point or an area."""
    shapes = [_to_multi(thing.shape) for thing in finding.world.things]
    rows = telling.tell_things(finding)
    return _make_frame(rows, telling.THING_COLUMNS, shapes, finding.place.metric_srid)


def frame_about(finding: Finding, *, now: datetime) -> pd.DataFrame:
    """What was asked and how it was answered: an item and its words a row."""
    about = telling.tell_about(finding, now=now)
    return pd.DataFrame({"item": list(about), "words": list(about.values())}, dtype=str)


def _make_frame(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    shapes: Sequence[BaseGeometry],
    srid: int,
) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(
        {name: [row[name] for row in rows] for name in columns},
        geometry=list(shapes),
        crs=srid,
    )


def _to_multi(shape: BaseGeometry) -> BaseGeometry:
    # A layer with polygons of both sorts has no one type.
    return MultiPolygon([shape]) if isinstance(shape, Polygon) else shape
