"""Questions about claims: who says that an area is theirs, and whom a commission chose for it."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from geoalchemy2.shape import to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from geoapp.areas.queries import Area, AreaKind
from geoapp.areas.tables import OfficialArea, OrganicArea
from geoapp.claims.rules import is_met
from geoapp.claims.tables import AreaChoice, AreaChoicePlatform
from geoapp.db import spatial
from geoapp.ledger.chain import Thing
from geoapp.people.rules import Subject
from geoapp.platforms.tables import Platform, PlatformArea

MOST_CLAIMS = 50
MOST_CHOICES = 50


@dataclass(frozen=True)
class ClaimFacts:
    """A platform that says it is active in an area, since when; `share` is the part of the area
    that lies in the platform's own (0 to 1)."""

    slug: str
    name: str
    about: str
    since: date
    share: float
    is_example: bool


@dataclass(frozen=True)
class Chosen:
    """A platform that was chosen."""

    slug: str
    name: str


@dataclass(frozen=True)
class ChoiceFacts:
    """A choice of a commission in public; `number` tells it from a later one."""

    number: int
    area_slug: str
    area_name: str
    platforms: tuple[Chosen, ...]
    body: str
    reasons: str
    interests: str
    still_possible: str
    decided_on: date
    is_example: bool


def subject_of(area: Area) -> Subject:
    """Where a choice is made."""
    return Subject(district_id=area.district_id)


def thing_of(area: Area) -> Thing:
    """Under what the history of an area's choices stands."""
    return Thing("area", area.id)


def shapes_named(
    session: Session, *, district_id: uuid.UUID, slugs: Collection[str]
) -> list[tuple[str, BaseGeometry]]:
    """Name and outline (lon/lat) of a district's areas of either division, by these slugs; what is
    none of them is left out."""
    official = select(OfficialArea.name, OfficialArea.geom).where(
        OfficialArea.district_id == district_id,
        OfficialArea.slug.in_(slugs),
        OfficialArea.valid_to.is_(None),
    )
    organic = select(OrganicArea.name, OrganicArea.geom).where(
        OrganicArea.district_id == district_id, OrganicArea.slug.in_(slugs)
    )
    rows = [*session.execute(organic), *session.execute(official)]
    return [(name, to_shape(geom)) for name, geom in rows]


def claims_of(session: Session, *, area: Area) -> list[ClaimFacts]:
    """The platforms whose area meets this one, from A to Z: no order says who has more of it."""
    return _list_meeting(session, _shape_of(area))


def others_claiming(session: Session, *, platform_id: uuid.UUID) -> list[ClaimFacts]:
    """The other platforms whose area meets that of a platform, from A to Z."""
    shape = (
        select(PlatformArea.geom)
        .where(PlatformArea.platform_id == platform_id, PlatformArea.valid_to.is_(None))
        .scalar_subquery()
    )
    return _list_meeting(session, shape, PlatformArea.platform_id != platform_id)


def _list_meeting(session: Session, shape: Any, *where: ColumnElement[bool]) -> list[ClaimFacts]:
    # Measured over the ground, so that a share is right whatever the latitude.
    common = func.ST_Intersection(PlatformArea.geom, shape)
    rows = session.execute(
        select(
            Platform.slug,
            Platform.name,
            case((Platform.hidden_for == "", Platform.about), else_="").label("about"),
            PlatformArea.valid_from,
            Platform.is_example,
            func.ST_Area(spatial.geography(shape)).label("area_m2"),
            func.ST_Area(spatial.geography(PlatformArea.geom)).label("platform_m2"),
            func.ST_Area(spatial.geography(common)).label("common_m2"),
        )
        .join(PlatformArea, PlatformArea.platform_id == Platform.id)
        .where(
            PlatformArea.valid_to.is_(None),
            PlatformArea.geom.op("&&")(shape),
            func.ST_Intersects(PlatformArea.geom, shape),
            *where,
        )
        .order_by(Platform.search_key, Platform.slug)
        .limit(MOST_CLAIMS)
    )
    return [
        ClaimFacts(
            row.slug,
            row.name,
            row.about,
            row.valid_from,
            min(1.0, row.common_m2 / row.area_m2),
            row.is_example,
        )
        for row in rows
        if is_met(row.area_m2, row.platform_m2, row.common_m2)
    ]


def list_choices(session: Session, *, area: Area) -> list[ChoiceFacts]:
    """What was chosen for an area, the last choice first."""
    return _list_choices(session, _column_of(area) == area.id)


def choices_about(
    session: Session, *, platform_id: uuid.UUID, district_id: uuid.UUID
) -> list[ChoiceFacts]:
    """The choice in force of each area that a platform's own meets, chosen or not."""
    shape = (
        select(PlatformArea.geom)
        .where(PlatformArea.platform_id == platform_id, PlatformArea.valid_to.is_(None))
        .scalar_subquery()
    )
    later = select(func.max(AreaChoice.number)).where(AreaChoice.district_id == district_id)
    last = later.group_by(AreaChoice.organic_area_id, AreaChoice.official_area_id)
    meets = or_(
        func.ST_Intersects(OrganicArea.geom, shape), func.ST_Intersects(OfficialArea.geom, shape)
    )
    return _list_choices(session, AreaChoice.number.in_(last), meets)


def _list_choices(session: Session, *where: ColumnElement[bool]) -> list[ChoiceFacts]:
    chosen = func.array_agg(
        aggregate_order_by(
            func.json_build_array(Platform.slug, Platform.name),
            Platform.search_key,
            Platform.slug,
        )
    ).filter(Platform.id.is_not(None))
    named = func.coalesce(OrganicArea.name, OfficialArea.name)
    rows = session.execute(
        select(
            AreaChoice,
            func.coalesce(OrganicArea.slug, OfficialArea.slug).label("area_slug"),
            named.label("area_name"),
            chosen.label("chosen"),
        )
        .outerjoin(OrganicArea, OrganicArea.id == AreaChoice.organic_area_id)
        .outerjoin(OfficialArea, OfficialArea.id == AreaChoice.official_area_id)
        .outerjoin(AreaChoicePlatform, AreaChoicePlatform.choice_id == AreaChoice.id)
        .outerjoin(Platform, Platform.id == AreaChoicePlatform.platform_id)
        .where(*where)
        .group_by(AreaChoice.id, OrganicArea.id, OfficialArea.id)
        .order_by(AreaChoice.number.desc())
        .limit(MOST_CHOICES)
    )
    return [_to_facts(row) for row in rows]


def _to_facts(row: Any) -> ChoiceFacts:
    choice = row.AreaChoice
    return ChoiceFacts(
        number=choice.number,
        area_slug=row.area_slug,
        area_name=row.area_name,
        platforms=tuple(Chosen(*pair) for pair in row.chosen or ()),
        body=choice.body,
        reasons=choice.reasons,
        interests=choice.interests,
        still_possible=choice.still_possible,
        decided_on=choice.decided_on,
        is_example=choice.is_example,
    )


def _column_of(area: Area) -> Any:
    is_organic = area.kind is AreaKind.ORGANIC
    return AreaChoice.organic_area_id if is_organic else AreaChoice.official_area_id


def _shape_of(area: Area) -> Any:
    table = OrganicArea if area.kind is AreaKind.ORGANIC else OfficialArea
    return select(table.geom).where(table.id == area.id).scalar_subquery()
