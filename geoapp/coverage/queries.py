"""Questions across nouns: what is here, what is it called."""

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from geoapp.areas.queries import Area, Name, areas_at, find_names
from geoapp.assets.queries import AssetFacts, assets_near, find_assets
from geoapp.defects.queries import DefectFacts, defects_near
from geoapp.platforms.queries import PlatformFacts, find_platforms, platforms_at

MOST_AT_ONE_PLACE = 50


@dataclass(frozen=True)
class Here:
    """What is at a place: the areas that hold it, and what lies within `radius_m` of it."""

    lon: float
    lat: float
    radius_m: float
    areas: list[Area]
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
        platforms=platforms_at(session, lon=lon, lat=lat),
        assets=assets_near(session, lon=lon, lat=lat, radius_m=radius_m, limit=MOST_AT_ONE_PLACE),
        defects=defects_near(
            session, lon=lon, lat=lat, radius_m=radius_m, today=today, limit=MOST_AT_ONE_PLACE
        ),
    )


def find_place(session: Session, *, words: str, district_id: uuid.UUID | None = None) -> Found:
    """What people may mean by `words`, best matches first."""
    return Found(
        names=find_names(session, words=words, district_id=district_id),
        platforms=find_platforms(session, words=words, district_id=district_id),
        assets=find_assets(session, words=words, district_id=district_id),
    )
