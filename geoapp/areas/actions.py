"""Changes to areas: official ones only ever by import."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

import shapely
from geoalchemy2.shape import from_shape, to_shape
from shapely import MultiPolygon
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from geoapp.areas.queries import Area, AreaKind
from geoapp.areas.rules import (
    Level,
    Overlap,
    Theme,
    carry_over,
    make_search_key,
    make_slug,
    round_together,
)
from geoapp.areas.tables import (
    AreaCrosswalk,
    AreaFigure,
    ContactScope,
    OfficialArea,
    OrganicArea,
    PlaceName,
)
from geoapp.db.changes import Change, Tally, update_row
from geoapp.db.text import read_words
from geoapp.districts.tables import District
from geoapp.errors import Invalid
from geoapp.geo.crs import LONLAT
from geoapp.geo.shapes import as_multipolygon, choose_tints
from geoapp.people.tables import Contact

MOST_NAME_LETTERS = 80
FIGURES = ("inhabitants", "households", "households_with_children")


@dataclass(frozen=True)
class OfficialAreaDraft:
    """An official area as a source gives it; `shape` lon/lat, already checked."""

    code: str
    name: str
    valid_from: date
    shape: MultiPolygon
    source: str
    licence: str
    parent_code: str | None = None
    statistics_code: str | None = None

    @property
    def key(self) -> str:
        """What tells it apart from the others of its level."""
        return f"{self.code} {self.valid_from}"


@dataclass(frozen=True)
class CrosswalkDraft:
    """One line of a crosswalk: a part of an old area in a new one, and the old area's figures."""

    old_code: str
    old_name: str
    old_statistics_code: str | None
    new_code: str
    new_name: str
    share_old: float
    share_new: float
    inhabitants: int | None
    households: int | None
    households_with_children: int | None
    year: int
    source: str
    licence: str
    rounded_to: int | None = None

    @property
    def key(self) -> str:
        """What tells the line apart."""
        return f"{self.old_code} {self.new_code}"


def put_official_areas(
    session: Session, *, district_id: uuid.UUID, level: Level, drafts: Sequence[OfficialAreaDraft]
) -> Tally:
    """Bring one level of the official division up to date; a newer version ends the older one.

    Raises:
        Invalid: a parent is named that has not been imported.
    """
    known = {
        (area.code, area.valid_from): area
        for area in session.scalars(
            select(OfficialArea).where(
                OfficialArea.district_id == district_id, OfficialArea.level == level
            )
        )
    }
    parents = parents_in_force(session, district_id=district_id, below=level)
    tally = Tally()
    for draft in drafts:
        if draft.parent_code is not None and draft.parent_code not in parents:
            raise Invalid(
                "Area {code} names parent {parent}, which is not there: import that level first.",
                code=draft.code,
                parent=draft.parent_code,
            )
        parent_id = parents[draft.parent_code] if draft.parent_code is not None else None
        area = known.get((draft.code, draft.valid_from))
        if area is None:
            session.add(_new_official_area(draft, district_id, level, parent_id))
            _end_older(known, draft)
            tally.count(Change.NEW, draft.key)
        else:
            tally.count(_update_official_area(area, draft, parent_id), draft.key)
    session.flush()
    _set_tints(session, district_id=district_id, level=level)
    return tally


def district_shape(session: Session, *, district_id: uuid.UUID) -> MultiPolygon | None:
    """Union (lon/lat) of the highest official level there is; None where there is none."""
    for level in Level:
        shapes = [
            to_shape(geom)
            for geom in session.scalars(
                select(OfficialArea.geom).where(
                    OfficialArea.district_id == district_id,
                    OfficialArea.level == level,
                    OfficialArea.valid_to.is_(None),
                )
            )
        ]
        if shapes:
            # Neighbours meet within 1e-7 degrees (1 cm) only: close the slivers between them.
            whole = shapely.union_all(shapes, grid_size=1e-7).buffer(2e-7).buffer(-2e-7)
            return as_multipolygon(whole)
    return None


def put_crosswalk(
    session: Session, *, district_id: uuid.UUID, level: Level, drafts: Sequence[CrosswalkDraft]
) -> Tally:
    """Bring the crosswalk up to date and carry the old areas' figures over to the new ones.

    A line whose new area is not in the district is kept with no area: it counts in no total.
    """
    areas = codes_in_force(session, district_id=district_id, level=level)
    known = {
        (line.old_code, line.new_code): line
        for line in session.scalars(
            select(AreaCrosswalk).where(AreaCrosswalk.district_id == district_id)
        )
    }
    tally = Tally()
    for draft in drafts:
        area_id = areas.get(draft.new_code)
        if area_id is None:
            tally.outside.append(f"{draft.new_code} {draft.new_name}")
        line = known.get((draft.old_code, draft.new_code))
        values = {field.name: getattr(draft, field.name) for field in fields(draft)}
        values |= {"area_id": area_id}
        if line is None:
            session.add(AreaCrosswalk(district_id=district_id, **values))
            tally.count(Change.NEW, draft.key)
        else:
            tally.count(update_row(line, values), draft.key)
    session.flush()
    _carry_figures(session, areas=areas, drafts=drafts)
    return tally


def put_organic_area(
    session: Session,
    *,
    district_id: uuid.UUID,
    name: str,
    aliases: Sequence[str],
    shape: MultiPolygon,
    is_example: bool,
) -> OrganicArea:
    """Make an organic neighbourhood with its names.

    Raises:
        Invalid: the name makes no address, or one that another area has.
    """
    slug = make_slug(name)
    taken = select(OrganicArea.slug).union_all(select(OfficialArea.slug)).subquery()
    if not slug or session.scalar(select(taken.c.slug).where(taken.c.slug == slug)):
        raise Invalid("There is an area called {name} already: choose another name.", name=name)
    area = OrganicArea(
        district_id=district_id,
        slug=slug,
        name=name,
        source="example" if is_example else "declared",
        is_example=is_example,
        geom=from_shape(shape, srid=LONLAT),
    )
    session.add(area)
    session.flush()
    for key, words in {make_search_key(words): words for words in [*aliases, name]}.items():
        _add_alias(session, area, words, key, is_example=is_example)
    session.flush()
    return area


def add_alias(session: Session, *, area_id: uuid.UUID, name: str) -> str:
    """Let an organic neighbourhood have one name more; the name as it is kept.

    Raises:
        Invalid: the name is empty or too long, or a neighbourhood of the district has it already:
            of a name that stands for two nobody knows which is meant.
    """
    words = read_words(name, field="name", most=MOST_NAME_LETTERS)
    key = make_search_key(words)
    if not key:
        raise Invalid("Give a name of at most 80 letters.", field="name")
    area = session.get_one(OrganicArea, area_id)
    taken = select(PlaceName.id).where(
        PlaceName.district_id == area.district_id,
        PlaceName.search_key == key,
        PlaceName.organic_area_id.is_not(None),
    )
    if session.scalar(taken.limit(1)) is not None:
        raise Invalid("A neighbourhood has this name already.", field="name")
    _add_alias(session, area, words, key, is_example=area.is_example)
    session.flush()
    return words


def end_alias(session: Session, *, area_id: uuid.UUID, name: str) -> None:
    """Take one of its other names away.

    Raises:
        Invalid: it is no other name of this neighbourhood.
    """
    area = session.get_one(OrganicArea, area_id)
    key = make_search_key(name)
    gone = None
    if key != make_search_key(area.name):
        gone = session.execute(
            delete(PlaceName)
            .where(PlaceName.organic_area_id == area_id, PlaceName.search_key == key)
            .returning(PlaceName.id)
        ).first()
    if gone is None:
        raise Invalid("This is no other name of this neighbourhood.", field="name")


def add_place_name(
    session: Session,
    *,
    district_id: uuid.UUID,
    name: str,
    point: shapely.Point,
    is_example: bool,
) -> None:
    """Add a name that people use for a spot (lon/lat)."""
    session.add(
        PlaceName(
            district_id=district_id,
            name=name,
            search_key=make_search_key(name),
            is_example=is_example,
            geom=from_shape(point, srid=LONLAT),
        )
    )
    session.flush()


def put_contact_scope(
    session: Session, *, contact: Contact, area: Area | None, theme: Theme | None
) -> Change:
    """Say where and about what a contact can be called; None: everywhere, everything.

    Raises:
        Invalid: the area lies in another district.
    """
    area_ids = make_area_ids(area, district_id=contact.district_id)
    values = {"contact_id": contact.id, "theme": theme, **area_ids}
    known = select(ContactScope.id).where(
        *(getattr(ContactScope, name).is_not_distinct_from(value) for name, value in values.items())
    )
    if session.scalar(known) is not None:
        return Change.SAME
    session.add(ContactScope(**values))
    session.flush()
    return Change.NEW


def make_area_ids(area: Area | None, *, district_id: uuid.UUID) -> dict[str, uuid.UUID | None]:
    """The two columns of a row that is for one area of either division; None: for the district.

    Raises:
        Invalid: the area lies in another district.
    """
    if area is not None and area.district_id != district_id:
        raise Invalid("The area {slug} is of another district.", field="area", slug=area.slug)
    columns = {AreaKind.OFFICIAL: "official_area_id", AreaKind.ORGANIC: "organic_area_id"}
    return {
        column: area.id if area is not None and area.kind is kind else None
        for kind, column in columns.items()
    }


def remove_example_areas(session: Session) -> int:
    """Take away every example neighbourhood and name, and what lies in a made-up district;
    returns how many neighbourhoods."""
    session.execute(delete(PlaceName).where(PlaceName.is_example))
    made_up = select(District.id).where(District.is_example)
    session.execute(delete(AreaCrosswalk).where(AreaCrosswalk.district_id.in_(made_up)))
    official = select(OfficialArea.id).where(OfficialArea.district_id.in_(made_up))
    session.execute(delete(AreaFigure).where(AreaFigure.area_id.in_(official)))
    session.execute(delete(OfficialArea).where(OfficialArea.district_id.in_(made_up)))
    gone = session.execute(
        delete(OrganicArea).where(OrganicArea.is_example).returning(OrganicArea.id)
    )
    return len(gone.all())


def _add_alias(
    session: Session, area: OrganicArea, words: str, key: str, *, is_example: bool
) -> None:
    session.add(
        PlaceName(
            district_id=area.district_id,
            organic_area_id=area.id,
            name=words,
            search_key=key,
            is_example=is_example,
        )
    )


def codes_in_force(
    session: Session, *, district_id: uuid.UUID, level: Level
) -> dict[str, uuid.UUID]:
    """The areas of a level that are in force, by code."""
    rows = session.execute(
        select(OfficialArea.code, OfficialArea.id).where(
            OfficialArea.district_id == district_id,
            OfficialArea.level == level,
            OfficialArea.valid_to.is_(None),
        )
    )
    return {row.code: row.id for row in rows}


def parents_in_force(
    session: Session, *, district_id: uuid.UUID, below: Level
) -> dict[str, uuid.UUID]:
    """Areas in force of the level above `below`, by code; empty for the highest level."""
    levels = list(Level)
    position = levels.index(below)
    if position == 0:
        return {}
    return codes_in_force(session, district_id=district_id, level=levels[position - 1])


def _new_official_area(
    draft: OfficialAreaDraft,
    district_id: uuid.UUID,
    level: Level,
    parent_id: uuid.UUID | None,
) -> OfficialArea:
    return OfficialArea(
        district_id=district_id,
        parent_id=parent_id,
        slug=make_slug(f"{draft.code} {draft.name} {draft.valid_from:%Y}"),
        level=level,
        code=draft.code,
        statistics_code=draft.statistics_code,
        name=draft.name,
        search_key=make_search_key(draft.name),
        valid_from=draft.valid_from,
        source=draft.source,
        licence=draft.licence,
        geom=from_shape(draft.shape, srid=LONLAT),
    )


def _update_official_area(
    area: OfficialArea, draft: OfficialAreaDraft, parent_id: uuid.UUID | None
) -> Change:
    change = update_row(
        area,
        {
            "name": draft.name,
            "search_key": make_search_key(draft.name),
            "parent_id": parent_id,
            "statistics_code": draft.statistics_code,
            "source": draft.source,
            "licence": draft.licence,
        },
    )
    if not to_shape(area.geom).equals_exact(draft.shape, tolerance=1e-9):
        area.geom = from_shape(draft.shape, srid=LONLAT)
        return Change.CHANGED
    return change


def _end_older(known: dict[tuple[str, date], OfficialArea], draft: OfficialAreaDraft) -> None:
    for (code, valid_from), older in known.items():
        if code == draft.code and valid_from < draft.valid_from and older.valid_to is None:
            older.valid_to = draft.valid_from


def _set_tints(session: Session, *, district_id: uuid.UUID, level: Level) -> None:
    if level is not Level.WIJK:
        return
    areas = session.scalars(
        select(OfficialArea)
        .where(
            OfficialArea.district_id == district_id,
            OfficialArea.level == level,
            OfficialArea.valid_to.is_(None),
        )
        .order_by(OfficialArea.code)
    ).all()
    tints = choose_tints([to_shape(area.geom) for area in areas])
    for area, tint in zip(areas, tints, strict=True):
        area.tint = tint
    session.flush()


def _carry_figures(
    session: Session, *, areas: dict[str, uuid.UUID], drafts: Sequence[CrosswalkDraft]
) -> None:
    overlaps = [Overlap(d.old_code, d.new_code, d.share_old) for d in drafts]
    totals: dict[tuple[str, int, str], dict[str, int]] = defaultdict(dict)
    for name in FIGURES:
        old = {d.old_code: value for d in drafts if (value := getattr(d, name)) is not None}
        for code, count in round_together(carry_over(old, overlaps)).items():
            totals[code, drafts[0].year, drafts[0].source][name] = count
    for (code, year, source), figures in totals.items():
        if code in areas and len(figures) == len(FIGURES):
            rounding = {"source": source, "rounded_to": drafts[0].rounded_to}
            session.merge(AreaFigure(area_id=areas[code], year=year, **rounding, **figures))
    session.flush()
