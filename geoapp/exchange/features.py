"""Map files of the machine's owner: columns and shapes, row by row. Uploads of strangers never take
this way (threats, T50)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas
from pyogrio.errors import DataSourceError
from shapely.geometry.base import BaseGeometry

from geoapp.errors import Invalid
from geoapp.geo.crs import LONLAT

Feature = tuple[Mapping[str, Any], BaseGeometry | None]


def read_features(path: Path) -> list[Feature]:
    """The rows of an operator's own GeoJSON or GeoPackage, in longitude and latitude; a row may
    have no shape.

    Raises:
        Invalid: it is neither, or holds no shapes.
    """
    try:
        frame = geopandas.read_file(path)
    except (DataSourceError, ValueError) as error:
        raise Invalid(
            "{path} cannot be read as a map file: give GeoJSON or GeoPackage ({error}).",
            path=path,
            error=error,
        ) from error
    if not isinstance(frame, geopandas.GeoDataFrame):
        raise Invalid("{path} has no places: each row needs a geometry.", path=path)
    if frame.crs is not None and frame.crs.to_epsg() != LONLAT:
        frame = frame.to_crs(LONLAT)
    columns = [name for name in frame.columns if name != frame.geometry.name]
    records: list[dict[str, Any]] = frame[columns].astype(object).to_dict("records")  # type: ignore[assignment]  # columns are words
    return list(zip(records, frame.geometry, strict=True))
