"""Questions across nouns: what is here, what is it called."""

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from geoapp.areas.queries import Area, AreaKind, Name, areas_at, find_names
from geoapp.assets.queries import AssetFacts, assets_near, find_assets
from geoapp.defects.queries import DefectFacts, defects_near
from geoapp.districts.queries import find_district_at
from geoapp.geo.crs import cell_of
from geoapp.neighbourhoods.queries import Membership, memberships_at
from geoapp.platforms.queries import PlatformFacts, find_platforms, platforms_at

MOST_AT_ONE_PLACE = 50


@dataclass(frozen=True)
class Here:
    """What is at a place: the areas that hold it, and what lies within `radius_m` of it."""

    lon: float
    lat: float
    radius_m: float
    areas: list[Area]
    memberships: list[Membership]
    platforms: list[PlatformFacts]
    assets: list[AssetFacts]
    defects: list[DefectFacts]


@dataclass(frozen=True)
class Found:
    """What words may mean: names of areas and spots, platforms, assets."""

    names: list[Name]
    platforms: list[PlatformFacts]
    assets: list[AssetFacts]


def what_is_at(session: Session, *, lon: float, lat: float, radius_m: float, today: date) -> Here:
    """Everything public at a place; nearest first, at most 50 of a kind."""
    return Here(
        lon=lon,
        lat=lat,
        radius_m=radius_m,
        areas=areas_at(session, lon=lon, lat=lat),
        memberships=_list_memberships(session, lon=lon, lat=lat),
        platforms=platforms_at(session, lon=lon, lat=lat),
        assets=assets_near(session, lon=lon, lat=lat, radius_m=radius_m, limit=MOST_AT_ONE_PLACE),
        defects=defects_near(
            session, lon=lon, lat=lat, radius_m=radius_m, today=today, limit=MOST_AT_ONE_PLACE
        ),
    )


def _list_memberships(session: Session, *, lon: float, lat: float) -> list[Membership]:
    place = find_district_at(session, lon=lon, lat=lat)
    if place is None:
        return []
    cell = cell_of(lon, lat, place.metric_srid)
    return memberships_at(session, district_id=place.id, cell=cell)


def find_place(session: Session, *, words: str, district_id: uuid.UUID | None = None) -> Found:
    """What people may mean by `words`, best matches first."""
    return Found(
        names=find_names(session, words=words, district_id=district_id),
        platforms=find_platforms(session, words=words, district_id=district_id),
        assets=find_assets(session, words=words, district_id=district_id),
    )


@dataclass(frozen=True)
class Spot:
    """A place as people say it: the nearest thing within reach, and the areas it lies in; it may
    belong to two neighbourhoods."""

    thing: AssetFacts | None
    organic: list[str]
    buurt: str | None
    near: list[AssetFacts]


NEAR_M = 30
SAID_WITHIN_M = 60
MOST_PROPOSED = 5


def describe_spot(session: Session, *, lon: float, lat: float) -> Spot:
    """How to read a place back in words; `near` are the things within 30 m, nearest first."""
    around = assets_near(session, lon=lon, lat=lat, radius_m=SAID_WITHIN_M, limit=8)
    close = assets_near(session, lon=lon, lat=lat, radius_m=NEAR_M, limit=MOST_PROPOSED)
    areas = areas_at(session, lon=lon, lat=lat)
    organic = [area.name for area in areas if area.kind is AreaKind.ORGANIC]
    official = [area.name for area in areas if area.kind is AreaKind.OFFICIAL]
    return Spot(
        thing=around[0] if around else None,
        organic=organic,
        buurt=official[0] if official else None,
        near=close,
    )
