"""Questions about areas: where is this, what is it called, what shape has it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from geoalchemy2.shape import to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from geoapp.areas.rules import QUIET_BELOW_HOUSEHOLDS, Level, Theme, make_search_key
from geoapp.areas.tables import AreaFigure, ContactScope, OfficialArea, OrganicArea, PlaceName
from geoapp.db import spatial
from geoapp.districts.tables import District
from geoapp.errors import NotFound
from geoapp.geo.tile import TileId
from geoapp.people.queries import Party, to_party
from geoapp.people.rules import Mandate
from geoapp.people.tables import Contact, Organisation

Box = tuple[float, float, float, float]


class AreaKind(StrEnum):
    """Which of the two divisions an area belongs to."""

    OFFICIAL = "official"
    ORGANIC = "organic"


@dataclass(frozen=True)
class Figures:
    """People and homes of an official area, with year and source."""

    year: int
    inhabitants: int
    households: int
    households_with_children: int
    source: str


@dataclass(frozen=True)
class Area:
    """An area of either division. `bounds` is west, south, east, north; `number` is its tile id.

    `id` serves other rooms' questions and is never published.
    """

    id: uuid.UUID
    number: int
    district_id: uuid.UUID
    district: str
    slug: str
    kind: AreaKind
    name: str
    level: Level | None
    code: str | None
    source: str
    is_example: bool
    bounds: Box
    figures: Figures | None = None


@dataclass(frozen=True)
class Name:
    """A name that was found: of an area (then `area_slug`), or of a spot."""

    name: str
    found_as: str
    kind: str
    area_slug: str | None
    number: int
    bounds: Box
    is_example: bool


def find_buurt_at(
    session: Session, *, district_id: uuid.UUID, lon: float, lat: float
) -> uuid.UUID | None:
    """The one smallest official area that owns the point; a border point goes to the lower code."""
    return session.scalar(
        select(OfficialArea.id)
        .where(
            OfficialArea.district_id == district_id,
            OfficialArea.level == Level.BUURT,
            OfficialArea.valid_to.is_(None),
            spatial.covers(OfficialArea.geom, spatial.lonlat(lon, lat)),
        )
        .order_by(OfficialArea.code)
        .limit(1)
    )


def areas_at(session: Session, *, lon: float, lat: float) -> list[Area]:
    """Organic neighbourhoods that hold the point, smallest first, then one area of each level."""
    point = spatial.lonlat(lon, lat)
    organic = session.execute(
        _organic_areas()
        .where(spatial.covers(OrganicArea.geom, point))
        .order_by(func.ST_Area(OrganicArea.geom), OrganicArea.slug)
    )
    owns = OfficialArea.id.in_(_owners_of(lon, lat))
    holds = and_(spatial.covers(OfficialArea.geom, point), OfficialArea.valid_to.is_(None))
    official = session.execute(
        _official_areas().where(or_(owns, holds)).order_by(owns.desc(), OfficialArea.code)
    )
    levels: dict[Level | None, Area] = {}
    for area in map(_to_area, official):
        levels.setdefault(area.level, area)
    smallest_first = [levels[level] for level in reversed(Level) if level in levels]
    return [*map(_to_area, organic), *smallest_first]


def official_ids_at(*, district_id: uuid.UUID, lon: float, lat: float) -> spatial.Rows:
    """Ids of a district's official areas at a point, one of each level as in `areas_at`: for other
    nouns' questions."""
    owns = OfficialArea.id.in_(_owners_of(lon, lat))
    holds = and_(
        spatial.covers(OfficialArea.geom, spatial.lonlat(lon, lat)),
        OfficialArea.valid_to.is_(None),
    )
    return (
        select(OfficialArea.id)
        .ext(distinct_on(OfficialArea.level))
        .where(OfficialArea.district_id == district_id, or_(owns, holds))
        .order_by(OfficialArea.level, owns.desc(), OfficialArea.code)
    )


def _owners_of(lon: float, lat: float) -> spatial.Rows:
    """Ids of the smallest official area that owns a point, and of those that hold that area."""
    smallest = case(
        {level: rank for rank, level in enumerate(reversed(Level))}, value=OfficialArea.level
    )
    own = (
        select(OfficialArea.id, OfficialArea.parent_id)
        .where(
            spatial.covers(OfficialArea.geom, spatial.lonlat(lon, lat)),
            OfficialArea.valid_to.is_(None),
        )
        .order_by(smallest, OfficialArea.code)
        .limit(1)
        .subquery()
    )
    chain = select(own.c.id, own.c.parent_id).cte(recursive=True)
    parent = aliased(OfficialArea)
    chain = chain.union_all(
        select(parent.id, parent.parent_id).join(chain, parent.id == chain.c.parent_id)
    )
    return select(chain.c.id)


def get_area(session: Session, *, slug: str) -> Area:
    """The area of this slug, in either division.

    Raises:
        NotFound: there is none.
    """
    for areas, column in (
        (_organic_areas(), OrganicArea.slug),
        (_official_areas(), OfficialArea.slug),
    ):
        row = session.execute(areas.where(column == slug)).first()
        if row is not None:
            return _to_area(row)
    raise NotFound("There is no area called {slug}.", slug=slug)


def list_areas(
    session: Session,
    *,
    district: str | None = None,
    kind: AreaKind | None = None,
    after: str = "",
    limit: int = 200,
) -> list[Area]:
    """Areas in force by slug, from just after slug `after`; one more than `limit` says: go on."""
    kinds = [kind] if kind else list(AreaKind)
    found: list[Area] = []
    for wanted in kinds:
        areas, table = (
            (_organic_areas(), OrganicArea)
            if wanted is AreaKind.ORGANIC
            else (_official_areas().where(OfficialArea.valid_to.is_(None)), OfficialArea)
        )
        # By bytes, as Python sorts below, whatever the database's language.
        slug = table.slug.collate("C")
        areas = areas.where(slug > after).order_by(slug).limit(limit + 1)
        if district is not None:
            areas = areas.where(District.slug == district)
        found += map(_to_area, session.execute(areas))
    return sorted(found, key=lambda area: area.slug)[: limit + 1]


def find_names(
    session: Session, *, words: str, district_id: uuid.UUID | None = None, limit: int = 8
) -> list[Name]:
    """Areas and spots whose name begins with `words`, case, spaces and signs aside.

    Organic neighbourhoods come first, then spots, then official areas; whole matches first.
    """
    key = make_search_key(words)
    if not key:
        return []
    rows = session.execute(
        select(_name_matches(key, district_id).subquery())
        .order_by("whole", "rank", "name", "slug")
        .limit(limit * 3)
    )
    # Two spots may share a name; an area shows once, by whichever of its names was found.
    found: dict[tuple[str, str | None, int | None], Name] = {}
    for row in rows:
        name = Name(
            name=row.name,
            found_as=row.found_as,
            kind=row.kind,
            area_slug=row.slug,
            number=row.number,
            bounds=to_shape(row.box).bounds,
            is_example=row.is_example,
        )
        spot = row.number if row.slug is None else None
        found.setdefault((row.name, row.slug, spot), name)
    return list(found.values())[:limit]


@dataclass(frozen=True)
class Part:
    """An official area, in force or not, and the one it is a part of; `id` is never published.
    `stamp` changes when anything of it does."""

    id: uuid.UUID
    parent_id: uuid.UUID | None
    slug: str
    name: str
    code: str
    level: Level
    is_in_force: bool
    stamp: str


def list_parts(session: Session, *, district_id: uuid.UUID) -> list[Part]:
    """Every official area a district ever had, without its shape."""
    rows = session.execute(
        select(
            OfficialArea.id,
            OfficialArea.parent_id,
            OfficialArea.slug,
            OfficialArea.name,
            OfficialArea.code,
            OfficialArea.level,
            OfficialArea.valid_to.is_(None),
            spatial.stamp_of(OfficialArea),
        ).where(OfficialArea.district_id == district_id)
    )
    return [Part(*row) for row in rows]


# Of either area less than this part in common is a seam between two drawings.
SEAM = 0.01


def buurten_meeting(session: Session, *, area: Area) -> list[Area]:
    """The buurten in force that an area of either division lies in, or that lie in it, by name."""
    table = OrganicArea if area.kind is AreaKind.ORGANIC else OfficialArea
    shape = select(table.geom).where(table.id == area.id).scalar_subquery()
    # In degrees, in one place: their ratio is that over the ground.
    common = func.ST_Area(func.ST_Intersection(OfficialArea.geom, shape))
    smaller = func.least(func.ST_Area(OfficialArea.geom), func.ST_Area(shape))
    rows = session.execute(
        _official_areas()
        .where(
            OfficialArea.district_id == area.district_id,
            OfficialArea.level == Level.BUURT,
            OfficialArea.valid_to.is_(None),
            OfficialArea.id != area.id,
            OfficialArea.geom.op("&&")(shape),
            func.ST_Intersects(OfficialArea.geom, shape),
            common > SEAM * smaller,
        )
        .order_by(OfficialArea.name, OfficialArea.code)
    )
    return [_to_area(row) for row in rows]


@dataclass(frozen=True)
class Neighbourhood:
    """A neighbourhood as residents know it, with its outline, lon/lat."""

    slug: str
    name: str
    is_example: bool
    shape: BaseGeometry


def list_neighbourhoods(session: Session, *, district_id: uuid.UUID) -> list[Neighbourhood]:
    """The organic neighbourhoods of a district, by name; they may overlap."""
    rows = session.execute(
        select(OrganicArea.slug, OrganicArea.name, OrganicArea.is_example, OrganicArea.geom)
        .where(OrganicArea.district_id == district_id)
        .order_by(OrganicArea.name, OrganicArea.slug)
    )
    return [Neighbourhood(row.slug, row.name, row.is_example, to_shape(row.geom)) for row in rows]


def area_shape(session: Session, *, area: Area) -> BaseGeometry:
    """The area's outline, lon/lat."""
    table = OrganicArea if area.kind is AreaKind.ORGANIC else OfficialArea
    return to_shape(session.scalars(select(table.geom).where(table.id == area.id)).one())


def within_area(column: spatial.Column, area: Area) -> ColumnElement[bool]:
    """True where a lon/lat point column lies in the area, for other nouns' questions."""
    table = OrganicArea if area.kind is AreaKind.ORGANIC else OfficialArea
    shape = select(table.geom).where(table.id == area.id).scalar_subquery()
    inside = and_(column.op("&&")(shape), func.ST_Covers(shape, column))
    if area.kind is AreaKind.ORGANIC:
        return inside
    # A border point has one official owner: the area of the lower code.
    other = aliased(OfficialArea)
    owned_before = (
        select(other.id)
        .where(
            other.district_id == area.district_id,
            other.level == area.level,
            other.valid_to.is_(None),
            other.code < area.code,
            spatial.covers(other.geom, column),
        )
        .exists()
    )
    return and_(inside, ~owned_before)


@dataclass(frozen=True)
class ContactFacts:
    """A role one can call about one theme (None: about everything) in one area (None: in the whole
    district), as everybody may know it; `checked_on` is when it was last said to be right. `id` is
    never published.

    Who it is today is asked for apart: see `people.queries.persons_of_contacts`.
    """

    id: uuid.UUID
    role_name: str
    organisation: Party
    mandate: Mandate
    how_to_reach: str
    theme: Theme | None
    area: Area | None
    checked_on: date
    is_example: bool


# The nearest first: official areas by level, neighbourhoods (without one), the whole district.
_NEARNESS: dict[Level | None, int] = {Level.BUURT: 0, Level.WIJK: 1, Level.GEBIED: 2, None: 3}
_FARTHEST = 4


def contacts_for(
    session: Session, *, district_id: uuid.UUID, lon: float, lat: float, theme: Theme | None = None
) -> list[ContactFacts]:
    """Whom to call about a place: of the nearest area first, who decides before who does not.

    Three statements, however many contacts.
    """
    areas = areas_at(session, lon=lon, lat=lat)
    return contacts_of_areas(session, district_id=district_id, areas=areas, theme=theme)


def contacts_of_areas(
    session: Session,
    *,
    district_id: uuid.UUID,
    areas: Sequence[Area],
    theme: Theme | None = None,
    organisation_id: uuid.UUID | None = None,
) -> list[ContactFacts]:
    """Whom to call in any of these areas or in the whole district, once for each theme; of a
    `theme` that is asked for, once. Same order as `contacts_for`."""
    known = {area.id: area for area in areas}
    held = func.coalesce(ContactScope.official_area_id, ContactScope.organic_area_id)
    asked = (
        select(ContactScope.theme, held, Contact, Organisation)
        .join(Contact, Contact.id == ContactScope.contact_id)
        .join(Organisation, Organisation.id == Contact.organisation_id)
        .where(
            Contact.district_id == district_id,
            or_(
                ContactScope.official_area_id.in_(known),
                ContactScope.organic_area_id.in_(known),
                held.is_(None),
            ),
        )
    )
    if theme is not None:
        asked = asked.where(or_(ContactScope.theme == theme, ContactScope.theme.is_(None)))
    if organisation_id is not None:
        asked = asked.where(Contact.organisation_id == organisation_id)
    found = [
        ContactFacts(
            id=contact.id,
            role_name=contact.role_name,
            organisation=to_party(organisation),
            mandate=contact.mandate,
            how_to_reach=contact.how_to_reach,
            theme=of_theme,
            # Nothing holds what is for the whole district.
            area=known.get(area_id),
            checked_on=contact.checked_on or contact.created_at.date(),
            is_example=contact.is_example,
        )
        for of_theme, area_id, contact, organisation in session.execute(asked)
    ]
    once: dict[tuple[uuid.UUID, Theme | None], ContactFacts] = {}
    for fact in sorted(found, key=_nearness):
        once.setdefault((fact.id, fact.theme if theme is None else None), fact)
    return list(once.values())


def find_contact(
    session: Session,
    *,
    district_id: uuid.UUID,
    organisation_id: uuid.UUID,
    lon: float,
    lat: float,
    theme: Theme,
) -> ContactFacts | None:
    """The one role of an organisation to call about a theme at a place: the first of those that
    `contacts_for` tells. None: it has said nobody."""
    found = contacts_of_areas(
        session,
        district_id=district_id,
        areas=areas_at(session, lon=lon, lat=lat),
        theme=theme,
        organisation_id=organisation_id,
    )
    return next(iter(found), None)


def _nearness(contact: ContactFacts) -> tuple[int, int, bool, str, str]:
    """Place in the order; of two alike, who is there for one theme comes first."""
    return (
        _FARTHEST if contact.area is None else _NEARNESS[contact.area.level],
        list(Mandate).index(contact.mandate),
        contact.theme is None,
        contact.role_name,
        contact.organisation.slug,
    )


@dataclass(frozen=True)
class Outline:
    """An official area to draw; `shape` in Web Mercator, simplified to `tolerance_m`."""

    slug: str
    level: Level
    name: str
    tint: int | None
    is_quiet: bool
    shape: BaseGeometry


def outlines_in(session: Session, *, box: Box, tolerance_m: float) -> list[Outline]:
    """Wijken and buurten whose box meets `box` (lon/lat), for a drawn map."""
    quiet = AreaFigure.households < QUIET_BELOW_HOUSEHOLDS
    shape = func.ST_SimplifyPreserveTopology(OfficialArea.geom_mercator, tolerance_m)
    rows = session.execute(
        select(
            OfficialArea.slug,
            OfficialArea.level,
            OfficialArea.name,
            OfficialArea.tint,
            quiet,
            shape,
        )
        .outerjoin(AreaFigure, _newest_figure())
        .where(
            spatial.in_box(OfficialArea.geom, box),
            OfficialArea.valid_to.is_(None),
            OfficialArea.level.in_([Level.WIJK, Level.BUURT]),
        )
        .order_by(OfficialArea.level.desc(), OfficialArea.code)
    )
    return [
        Outline(slug, level, name, tint, bool(is_quiet), to_shape(geom))
        for slug, level, name, tint, is_quiet, geom in rows
    ]


def official_tile(tile: TileId) -> spatial.Rows:
    """Vector tile of the district's edge and its official areas, finer with the zoom."""
    district = select(
        District.bounds_mercator.label("geom"),
        literal(0).label("id"),
        literal("district").label("level"),
        cast(null(), OfficialArea.tint.type).label("tint"),
        literal(None, type_=AreaFigure.households.type).label("households"),
    ).where(spatial.meets_tile(District.bounds_mercator, tile))
    levels = [level.value for level, from_zoom in LEVELS_FROM_ZOOM if tile.z >= from_zoom]
    areas = (
        select(
            OfficialArea.geom_mercator,
            OfficialArea.number,
            cast(OfficialArea.level, String),
            OfficialArea.tint,
            AreaFigure.households,
        )
        .outerjoin(AreaFigure, _newest_figure())
        .where(
            spatial.meets_tile(OfficialArea.geom_mercator, tile),
            OfficialArea.valid_to.is_(None),
            cast(OfficialArea.level, String).in_(levels),
        )
    )
    both = union_all(district, areas).subquery("areas")
    quiet = case((both.c.households < QUIET_BELOW_HOUSEHOLDS, True))
    return spatial.area_tile(
        "official",
        tile,
        select(both.c.geom, both.c.id, both.c.level, both.c.tint, quiet.label("quiet")),
    )


LEVELS_FROM_ZOOM = ((Level.WIJK, 12), (Level.BUURT, 13))


def neighbourhoods_tile(tile: TileId) -> spatial.Rows:
    """Vector tile of organic neighbourhoods."""
    rows = select(
        OrganicArea.geom_mercator.label("geom"),
        OrganicArea.number.label("id"),
        OrganicArea.is_example.label("example"),
    ).where(spatial.meets_tile(OrganicArea.geom_mercator, tile))
    return spatial.area_tile("neighbourhoods", tile, rows)


def label_rows(tile: TileId) -> list[spatial.Rows]:
    """Names of areas and spots in a tile, as rows for a label tile."""
    quiet = AreaFigure.households < QUIET_BELOW_HOUSEHOLDS
    wanted: list[ColumnElement[bool]] = [OfficialArea.level == Level.WIJK]
    if tile.z >= 13:
        wanted.append(and_(OfficialArea.level == Level.BUURT, quiet))
    if tile.z >= 14:
        wanted.append(OfficialArea.level == Level.BUURT)
    middle = func.ST_PointOnSurface(OfficialArea.geom_mercator)
    official = (
        select(
            middle.label("geom"),
            OfficialArea.number.label("id"),
            OfficialArea.name.label("name"),
            cast(OfficialArea.level, String).label("level"),
            func.coalesce(quiet, literal(False)).label("quiet"),  # noqa: FBT003  a SQL literal
            literal(1).label("rank"),
        )
        .outerjoin(AreaFigure, _newest_figure())
        .where(
            spatial.meets_tile(OfficialArea.geom_mercator, tile),
            OfficialArea.valid_to.is_(None),
            or_(*wanted),
        )
    )
    organic = _plain_labels(
        OrganicArea, func.ST_PointOnSurface(OrganicArea.geom_mercator), "organic", 2
    ).where(spatial.meets_tile(OrganicArea.geom_mercator, tile))
    spots = _plain_labels(PlaceName, PlaceName.geom_mercator, "place", 3).where(
        spatial.meets_tile(PlaceName.geom_mercator, tile)
    )
    return [official, organic, spots] if tile.z >= 15 else [official, organic]


def _plain_labels(
    table: type[OrganicArea] | type[PlaceName], point: Any, level: str, rank: int
) -> spatial.Rows:
    return select(
        point,
        table.number,
        table.name,
        literal(level),
        literal(False),  # noqa: FBT003  a SQL literal
        literal(rank),
    )


def _newest_figure() -> ColumnElement[bool]:
    """Joins an official area with its figures of the newest year alone."""
    other = aliased(AreaFigure)
    newest = (
        select(func.max(other.year))
        .where(other.area_id == OfficialArea.id)
        .correlate(OfficialArea)
        .scalar_subquery()
    )
    return and_(AreaFigure.area_id == OfficialArea.id, AreaFigure.year == newest)


def _organic_areas() -> spatial.Rows:
    return select(
        OrganicArea.id,
        OrganicArea.number,
        OrganicArea.district_id,
        District.slug.label("district"),
        OrganicArea.slug,
        literal(AreaKind.ORGANIC.value).label("kind"),
        OrganicArea.name,
        literal(None).label("level"),
        literal(None).label("code"),
        OrganicArea.source,
        OrganicArea.is_example,
        func.ST_Envelope(OrganicArea.geom).label("box"),
    ).join(District, District.id == OrganicArea.district_id)


def _official_areas() -> spatial.Rows:
    return (
        select(
            OfficialArea.id,
            OfficialArea.number,
            OfficialArea.district_id,
            District.slug.label("district"),
            OfficialArea.slug,
            literal(AreaKind.OFFICIAL.value).label("kind"),
            OfficialArea.name,
            OfficialArea.level,
            OfficialArea.code,
            OfficialArea.source,
            literal(False).label("is_example"),  # noqa: FBT003  a SQL literal
            func.ST_Envelope(OfficialArea.geom).label("box"),
            AreaFigure,
        )
        .join(District, District.id == OfficialArea.district_id)
        .outerjoin(AreaFigure, _newest_figure())
    )


def _to_area(row: Any) -> Area:
    figure = getattr(row, "AreaFigure", None)
    return Area(
        id=row.id,
        number=row.number,
        district_id=row.district_id,
        district=row.district,
        slug=row.slug,
        kind=AreaKind(row.kind),
        name=row.name,
        level=row.level,
        code=row.code,
        source=row.source,
        is_example=row.is_example,
        bounds=to_shape(row.box).bounds,
        figures=figure
        and Figures(
            year=figure.year,
            inhabitants=figure.inhabitants,
            households=figure.households,
            households_with_children=figure.households_with_children,
            source=figure.source,
        ),
    )


def _name_matches(key: str, district_id: uuid.UUID | None) -> Any:
    begins = key.replace("\\", "").replace("%", "").replace("_", "") + "%"

    def matches(table: Any) -> Sequence[ColumnElement[bool]]:
        found = [table.search_key.like(begins)]
        return found if district_id is None else [*found, table.district_id == district_id]

    spots = (
        select(
            func.coalesce(OrganicArea.name, PlaceName.name).label("name"),
            PlaceName.name.label("found_as"),
            case((PlaceName.geom.is_(None), "organic"), else_="place").label("kind"),
            OrganicArea.slug.label("slug"),
            func.coalesce(OrganicArea.number, PlaceName.number).label("number"),
            func.ST_Envelope(func.coalesce(OrganicArea.geom, PlaceName.geom)).label("box"),
            PlaceName.is_example.label("is_example"),
            case((PlaceName.search_key == key, 0), else_=1).label("whole"),
            case((PlaceName.geom.is_(None), 0), else_=1).label("rank"),
        )
        .outerjoin(OrganicArea, OrganicArea.id == PlaceName.organic_area_id)
        .where(*matches(PlaceName))
    )
    official = select(
        OfficialArea.name,
        OfficialArea.name,
        cast(OfficialArea.level, String),
        OfficialArea.slug,
        OfficialArea.number,
        func.ST_Envelope(OfficialArea.geom),
        literal(False),  # noqa: FBT003  a SQL literal
        case((OfficialArea.search_key == key, 0), else_=1),
        literal(2),
    ).where(OfficialArea.valid_to.is_(None), *matches(OfficialArea))
    return union_all(spots, official)
