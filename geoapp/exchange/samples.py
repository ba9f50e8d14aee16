"""How a file reads in the letters and coordinates it may be in, where it does not say: so that
somebody can tell."""

from collections.abc import Mapping
from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from geoapp.districts.queries import Place
from geoapp.exchange.reading.found import ENCODINGS
from geoapp.exchange.uploads import Upload
from geoapp.geo.crs import KNOWN, LONLAT, check_lonlat, transform_point

# Every byte is a letter of it: what was read in it can be read again in any other.
_GUESSED = ENCODINGS[-1]
MOST_LETTERS = 60


@dataclass(frozen=True)
class PlaceSample:
    """Where the first row would stand, if anywhere; `is_inside` the district's box."""

    lon: float
    lat: float
    is_inside: bool


def sample_letters(upload: Upload) -> Mapping[str, str]:
    """The first words with a letter that is not plain, by encoding; `upload` was read by guess."""
    words = (*upload.columns, *(cell for row in upload.rows for cell in row.values()))
    found = next((w for w in words if isinstance(w, str) and not w.isascii()), "")
    # What a reader put in for half a letter is no byte of the file.
    raw = found.replace("\ufffd", "?").encode(_GUESSED, "replace")
    return {name: raw.decode(name, "replace")[:MOST_LETTERS] for name in ENCODINGS[1:]}


def sample_places(upload: Upload, place: Place) -> Mapping[int, PlaceSample | None]:
    """Where the first row would stand, by coordinate system; None where it cannot be in it."""
    shape = next((shape for shape in upload.shapes if shape is not None), None)
    return {srid: None if shape is None else _stand(shape, srid, place) for srid in KNOWN}


def guess_srid(samples: Mapping[int, PlaceSample | None]) -> int | None:
    """The coordinate system in which the first row stands in the district."""
    return next((srid for srid, found in samples.items() if found and found.is_inside), None)


def _stand(shape: BaseGeometry, srid: int, place: Place) -> PlaceSample | None:
    point = shape.representative_point()
    lon, lat = transform_point(point.x, point.y, srid, LONLAT)
    if not check_lonlat(lon, lat):
        return None
    west, south, east, north = place.bounds or (-180.0, -90.0, 180.0, 90.0)
    return PlaceSample(lon, lat, west <= lon <= east and south <= lat <= north)
