"""Changes to platforms."""

import uuid
from dataclasses import dataclass
from datetime import date

from geoalchemy2.shape import from_shape
from shapely import MultiPolygon
from sqlalchemy import delete
from sqlalchemy.orm import Session

from geoapp.areas.rules import make_search_key
from geoapp.geo.crs import LONLAT
from geoapp.platforms.tables import Platform, PlatformArea


@dataclass(frozen=True)
class PlatformDraft:
    """A platform and where it says it is active (lon/lat) from a day on."""

    slug: str
    name: str
    organisation_id: uuid.UUID
    about: str
    meets: str
    since_year: int | None
    shape: MultiPolygon
    valid_from: date
    is_example: bool


def add_platform(session: Session, *, district_id: uuid.UUID, draft: PlatformDraft) -> Platform:
    """Make a platform with its area; overlaps with others are allowed."""
    platform = Platform(
        district_id=district_id,
        organisation_id=draft.organisation_id,
        slug=draft.slug,
        name=draft.name,
        search_key=make_search_key(draft.name),
        about=draft.about,
        meets=draft.meets,
        since_year=draft.since_year,
        is_example=draft.is_example,
    )
    session.add(platform)
    session.flush()
    session.add(
        PlatformArea(
            district_id=district_id,
            platform_id=platform.id,
            valid_from=draft.valid_from,
            is_example=draft.is_example,
            geom=from_shape(draft.shape, srid=LONLAT),
        )
    )
    session.flush()
    return platform


def remove_example_platforms(session: Session) -> int:
    """Take away every example platform; returns how many."""
    gone = session.execute(delete(Platform).where(Platform.is_example).returning(Platform.id))
    return len(gone.all())
