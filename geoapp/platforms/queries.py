"""Questions about platforms."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from geoalchemy2.shape import to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, and_, func, literal, select
from sqlalchemy.orm import Session, aliased

from geoapp.areas.queries import SEAM, Area, AreaKind
from geoapp.areas.rules import Level, make_search_key
from geoapp.areas.tables import OfficialArea, OrganicArea
from geoapp.db import spatial
from geoapp.districts.tables import District
from geoapp.errors import NotFound
from geoapp.geo.tile import TileId
from geoapp.ledger.chain import Thing
from geoapp.people.rules import Subject
from geoapp.people.tables import Organisation
from geoapp.platforms.rules import Figure
from geoapp.platforms.tables import (
    CounterView,
    OwnWord,
    Platform,
    PlatformArea,
    PlatformMandate,
)

Box = tuple[float, float, float, float]
MOST_VERSIONS = 20
MOST_MANDATES = 50


@dataclass(frozen=True)
class PlatformFacts:
    """A platform in public. `bounds` is the box of its area; `number` its area's tile id;
    `claimed_on` since when it says that an area is its own, whichever it was then. What it says of
    itself is empty while a moderator has hidden it, and `hidden_for` says why.

    `version` is that of its words. `id` and `organisation_id` serve other rooms' questions and
    are never published.
    """

    id: uuid.UUID
    organisation_id: uuid.UUID
    district_id: uuid.UUID
    district: str
    number: int
    slug: str
    name: str
    about: str
    meets: str
    since_year: int | None
    version: int
    bounds: Box
    claimed_on: date
    hidden_for: str
    is_example: bool


def get_platform(session: Session, *, slug: str) -> PlatformFacts:
    """The platform of this slug.

    Raises:
        NotFound: there is none.
    """
    row = session.execute(_platforms().where(Platform.slug == slug)).first()
    if row is None:
        raise NotFound("There is no platform called {slug}.", slug=slug)
    return _to_facts(row)


def list_platforms(
    session: Session, *, district: str | None = None, after: str = "", limit: int = 200
) -> list[PlatformFacts]:
    """Platforms by slug, from just after slug `after`; one more than `limit` says: go on."""
    platforms = _platforms().where(Platform.slug > after).order_by(Platform.slug)
    if district is not None:
        platforms = platforms.where(District.slug == district)
    return [_to_facts(row) for row in session.execute(platforms.limit(limit + 1))]


def platforms_of(
    session: Session, *, organisation_ids: Collection[uuid.UUID]
) -> list[PlatformFacts]:
    """The platforms that are these organisations, by name."""
    theirs = _platforms().where(Platform.organisation_id.in_(organisation_ids))
    rows = session.execute(theirs.order_by(Platform.name, Platform.slug))
    return [_to_facts(row) for row in rows]


def has_put_forward(session: Session, *, person_id: uuid.UUID | None, since: datetime) -> bool:
    """Whether somebody has put a platform forward after this."""
    lately = select(Platform.id).where(
        Platform.put_forward_by == person_id, Platform.put_forward_at > since
    )
    return session.scalar(lately.limit(1)) is not None


def names_of(session: Session, *, platform_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """What each of these platforms is called."""
    if not platform_ids:
        return {}
    rows = session.execute(select(Platform.id, Platform.name).where(Platform.id.in_(platform_ids)))
    return {row.id: row.name for row in rows}


@dataclass(frozen=True)
class OwnWordFacts:
    """A platform's own word beside a figure, and when it was said."""

    words: str
    said_at: datetime
    is_example: bool


def own_words_of(session: Session, *, platform_id: uuid.UUID) -> dict[Figure, OwnWordFacts]:
    """What a platform says beside the figures of its area; where it says nothing, nothing."""
    rows = session.scalars(select(OwnWord).where(OwnWord.platform_id == platform_id))
    return {row.figure: OwnWordFacts(row.words, row.said_at, row.is_example) for row in rows}


@dataclass(frozen=True)
class CounterViewFacts:
    """What a platform says beside a gap of its area, and when; `platform_id` serves other rooms'
    questions and is never published."""

    platform_id: uuid.UUID
    slug: str
    name: str
    words: str
    said_at: datetime
    is_example: bool


def counter_views_of(
    session: Session, *, district_id: uuid.UUID, about: str
) -> list[CounterViewFacts]:
    """What platforms of a district say beside a gap, by their name; what a platform says is left
    out while a moderator hides it."""
    rows = session.execute(
        select(
            CounterView.platform_id,
            Platform.slug,
            Platform.name,
            CounterView.words,
            CounterView.said_at,
            CounterView.is_example,
        )
        .join(Platform, Platform.id == CounterView.platform_id)
        .where(
            Platform.district_id == district_id,
            CounterView.about == about,
            Platform.hidden_for == "",
        )
        .order_by(Platform.name, Platform.slug)
    )
    return [CounterViewFacts(*row) for row in rows]


def find_counter_view(session: Session, *, platform_id: uuid.UUID, about: str) -> str:
    """What a platform says beside a gap, hidden or not; empty where it says nothing."""
    own = (CounterView.platform_id == platform_id, CounterView.about == about)
    return session.scalar(select(CounterView.words).where(*own)) or ""


def subject_of(platform: PlatformFacts) -> Subject:
    """Whose a platform's pages are: its own organisation's."""
    return Subject(
        district_id=platform.district_id, organisation_ids=frozenset({platform.organisation_id})
    )


def thing_of(platform: PlatformFacts) -> Thing:
    """Under what a platform's history stands."""
    return Thing("platform", platform.id)


def platforms_at(session: Session, *, lon: float, lat: float) -> list[PlatformFacts]:
    """The platforms that say they are active here, by name."""
    rows = session.execute(
        _platforms()
        .where(spatial.covers(PlatformArea.geom, spatial.lonlat(lon, lat)))
        .order_by(Platform.name, Platform.slug)
    )
    return [_to_facts(row) for row in rows]


def platforms_in_area(session: Session, *, area_id: uuid.UUID) -> list[PlatformFacts]:
    """The platforms whose area holds the middle of an organic neighbourhood, by name."""
    middle = (
        select(func.ST_PointOnSurface(OrganicArea.geom))
        .where(OrganicArea.id == area_id)
        .scalar_subquery()
    )
    rows = session.execute(
        _platforms()
        .where(spatial.covers(PlatformArea.geom, middle))
        .order_by(Platform.name, Platform.slug)
    )
    return [_to_facts(row) for row in rows]


def platforms_speaking_for(session: Session, *, area: Area) -> list[PlatformFacts]:
    """The platforms that speak for a buurt or a neighbourhood: those whose area meets it by more
    than a seam, by name. For a larger area none does, and whoever put a platform forward speaks for
    nobody else until it has been chosen."""
    if area.level not in (None, Level.BUURT):
        return []
    table = OrganicArea if area.kind is AreaKind.ORGANIC else OfficialArea
    shape = select(table.geom).where(table.id == area.id).scalar_subquery()
    # Both in degrees, in one place: their ratio is that over the ground.
    common = func.ST_Area(func.ST_Intersection(PlatformArea.geom, shape))
    smaller = func.least(func.ST_Area(PlatformArea.geom), func.ST_Area(shape))
    rows = session.execute(
        _platforms()
        .join(Organisation, Organisation.id == Platform.organisation_id)
        .where(
            ~Organisation.is_own_word,
            PlatformArea.geom.op("&&")(shape),
            func.ST_Intersects(PlatformArea.geom, shape),
            common > SEAM * smaller,
        )
        .order_by(Platform.name, Platform.slug)
    )
    return [_to_facts(row) for row in rows]


def find_platforms(
    session: Session, *, words: str, district_id: uuid.UUID | None = None, limit: int = 3
) -> list[PlatformFacts]:
    """Platforms whose name has these words in it, case, spaces and signs aside."""
    key = make_search_key(words)
    if len(key) < 3:
        return []
    platforms = _platforms().where(Platform.search_key.contains(key, autoescape=True))
    if district_id is not None:
        platforms = platforms.where(Platform.district_id == district_id)
    rows = session.execute(
        platforms.order_by(func.length(Platform.name), Platform.slug).limit(limit)
    )
    return [_to_facts(row) for row in rows]


def platform_shape(session: Session, *, platform_id: uuid.UUID) -> BaseGeometry:
    """The platform's area in force, lon/lat."""
    return to_shape(
        session.scalars(
            select(PlatformArea.geom).where(
                PlatformArea.platform_id == platform_id, PlatformArea.valid_to.is_(None)
            )
        ).one()
    )


@dataclass(frozen=True)
class PlatformGround:
    """Where a platform is active. `stamp` changes when its area does; the id is never published."""

    platform_id: uuid.UUID
    slug: str
    name: str
    is_example: bool
    stamp: str


def list_grounds(session: Session, *, district_id: uuid.UUID) -> list[PlatformGround]:
    """The platforms of a district, by name, without the shapes of their areas."""
    rows = session.execute(
        select(Platform.id, Platform.slug, Platform.name, Platform.is_example, PlatformArea.id)
        .join(PlatformArea, PlatformArea.platform_id == Platform.id)
        .where(PlatformArea.district_id == district_id, PlatformArea.valid_to.is_(None))
        .order_by(Platform.name, Platform.slug)
    )
    return [
        PlatformGround(platform_id, slug, name, is_example, str(area_id))
        for platform_id, slug, name, is_example, area_id in rows
    ]


def shapes_of_platforms(
    session: Session, *, platform_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, BaseGeometry]:
    """The areas in force of these platforms, lon/lat."""
    rows = session.execute(
        select(PlatformArea.platform_id, PlatformArea.geom).where(
            PlatformArea.platform_id.in_(platform_ids), PlatformArea.valid_to.is_(None)
        )
    )
    return {platform_id: to_shape(geom) for platform_id, geom in rows}


@dataclass(frozen=True)
class AreaVersion:
    """An area that a platform said was its own from a day on; `valid_to` is the first day without
    it."""

    number: int
    valid_from: date
    valid_to: date | None


def list_versions(session: Session, *, platform_id: uuid.UUID) -> list[AreaVersion]:
    """The areas of a platform over time, the one in force first; the oldest ones are left out."""
    rows = session.execute(
        select(PlatformArea.number, PlatformArea.valid_from, PlatformArea.valid_to)
        .where(PlatformArea.platform_id == platform_id)
        .order_by(PlatformArea.valid_to.desc().nulls_first(), PlatformArea.number.desc())
        .limit(MOST_VERSIONS)
    )
    return [AreaVersion(*row) for row in rows]


@dataclass(frozen=True)
class MandateFacts:
    """Who speaks for a platform, by role; `last_day` None where it has none. `id` serves the forms
    of its own people."""

    id: uuid.UUID
    about: str
    role: str
    on_behalf_of: str
    valid_from: date
    last_day: date | None
    is_ended: bool
    is_example: bool

    def is_in_force(self, today: date) -> bool:
        """Whether they speak for it today."""
        lasts = self.last_day is None or today <= self.last_day
        return not self.is_ended and lasts and self.valid_from <= today


def list_mandates(session: Session, *, platform_id: uuid.UUID) -> list[MandateFacts]:
    """The mandates of a platform, the newest first."""
    rows = session.scalars(
        select(PlatformMandate)
        .where(PlatformMandate.platform_id == platform_id)
        .order_by(PlatformMandate.valid_from.desc(), PlatformMandate.id.desc())
        .limit(MOST_MANDATES)
    )
    return [
        MandateFacts(
            id=row.id,
            about=row.about,
            role=row.role,
            on_behalf_of=row.on_behalf_of,
            valid_from=row.valid_from,
            last_day=row.ended_on or row.valid_to,
            is_ended=row.ended_on is not None,
            is_example=row.is_example,
        )
        for row in rows
    ]


def within_platform(column: spatial.Column, platform_id: uuid.UUID) -> ColumnElement[bool]:
    """True where a lon/lat point column lies in the platform's area, for other nouns' questions."""
    shape = (
        select(PlatformArea.geom)
        .where(PlatformArea.platform_id == platform_id, PlatformArea.valid_to.is_(None))
        .scalar_subquery()
    )
    return and_(column.op("&&")(shape), func.ST_Covers(shape, column))


def platforms_tile(tile: TileId) -> spatial.Rows:
    """Vector tile of platform areas."""
    rows = select(
        PlatformArea.geom_mercator.label("geom"),
        PlatformArea.number.label("id"),
        PlatformArea.is_example.label("example"),
    ).where(spatial.meets_tile(PlatformArea.geom_mercator, tile), PlatformArea.valid_to.is_(None))
    return spatial.area_tile("platforms", tile, rows)


def label_rows(tile: TileId) -> spatial.Rows:
    """Names of platforms, as rows for a label tile (see areas.queries.label_rows)."""
    return (
        select(
            func.ST_PointOnSurface(PlatformArea.geom_mercator),
            PlatformArea.number,
            Platform.name,
            literal("platform"),
            literal(False),  # noqa: FBT003  a SQL literal
            literal(2),
        )
        .join(Platform, Platform.id == PlatformArea.platform_id)
        .where(
            spatial.meets_tile(PlatformArea.geom_mercator, tile), PlatformArea.valid_to.is_(None)
        )
    )


def _platforms() -> spatial.Rows:
    earlier = aliased(PlatformArea)
    first = select(func.min(earlier.valid_from)).where(earlier.platform_id == Platform.id)
    return (
        select(
            Platform,
            District.slug.label("district"),
            PlatformArea.number,
            func.ST_Envelope(PlatformArea.geom).label("box"),
            first.scalar_subquery().label("claimed_on"),
        )
        .join(District, District.id == Platform.district_id)
        .join(
            PlatformArea,
            and_(PlatformArea.platform_id == Platform.id, PlatformArea.valid_to.is_(None)),
        )
    )


def _to_facts(row: Any) -> PlatformFacts:
    platform = row.Platform
    return PlatformFacts(
        id=platform.id,
        organisation_id=platform.organisation_id,
        district_id=platform.district_id,
        district=row.district,
        number=row.number,
        slug=platform.slug,
        name=platform.name,
        about="" if platform.hidden_for else platform.about,
        meets="" if platform.hidden_for else platform.meets,
        since_year=platform.since_year,
        version=platform.version,
        bounds=to_shape(row.box).bounds,
        claimed_on=row.claimed_on,
        hidden_for=platform.hidden_for,
        is_example=platform.is_example,
    )
