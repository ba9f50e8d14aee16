"""Questions about neighbourhoods by agreement: of a cell, of a neighbourhood, of a district."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from geoalchemy2.shape import to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, Float, Integer, and_, cast, func, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.orm import Session, aliased

from geoapp.areas.rules import Level
from geoapp.areas.tables import AreaFigure, OfficialArea, OrganicArea, PlaceName
from geoapp.db import spatial
from geoapp.districts.tables import District
from geoapp.geo.cells import shape_of
from geoapp.geo.crs import CELL_M
from geoapp.neighbourhoods.rules import (
    BELONGS,
    CELLS_ACROSS,
    LEAST_AGREEMENT,
    LEAST_SAYING,
    REACH_CELLS,
    Grade,
    OutlineKind,
    find_grade,
)
from geoapp.neighbourhoods.tables import (
    AgreementCell,
    AnsweredCell,
    NeighbourhoodAnswer,
    NeighbourhoodOutline,
    NeighbourhoodTally,
    PopulationCell,
)
from geoapp.people.tables import Organisation

LEAST_COMMON = min(LEAST_AGREEMENT[grade] for grade in BELONGS)
# Names that nobody knows yet are looked for in the newest answers, and no further back.
MOST_LOOKED_AT = 5_000
_INTEGERS = ARRAY(Integer)


@dataclass(frozen=True)
class Membership:
    """That a place belongs to a neighbourhood, or lies at the edge of it: which part of how many
    voices say so."""

    area_slug: str
    area_name: str
    agreement: float
    grade: Grade
    voices: int

    @property
    def belongs(self) -> bool:
        """False at the edge."""
        return self.grade in BELONGS


@dataclass(frozen=True)
class Cell:
    """A cell of 25 m in a neighbourhood, at its edge or more."""

    x: int
    y: int
    agreement: float
    grade: Grade
    voices: int


@dataclass(frozen=True)
class People:
    """Who lives there, spread evenly over squares of 100 m; `year` of the oldest figure in it."""

    inhabitants: float
    households: float
    households_with_children: float
    year: int | None
    source: str


NOBODY = People(0.0, 0.0, 0.0, None, "")
COUNTS = ("inhabitants", "households", "households_with_children")


@dataclass(frozen=True)
class Voices:
    """How many said what a neighbourhood is."""

    outlines: int = 0
    drawings: int = 0
    declarations: int = 0
    answers: int = 0


@dataclass(frozen=True)
class Overlap:
    """Another neighbourhood with which one shares ground, and how much."""

    area_slug: str
    area_name: str
    cells: int


@dataclass(frozen=True)
class Declared:
    """An outline that an organisation gave; `valid_to` None: it stands. `shape` lon/lat."""

    id: uuid.UUID
    organisation_id: uuid.UUID
    organisation: str
    area_slug: str
    area_name: str
    valid_from: datetime
    valid_to: datetime | None
    is_example: bool
    shape: BaseGeometry


@dataclass(frozen=True)
class Buurt:
    """A smallest official area, to draw by; `shape` lon/lat."""

    slug: str
    name: str
    code: str
    shape: BaseGeometry


@dataclass(frozen=True)
class Unclaimed:
    """A square of 100 m with people in it that no neighbourhood reaches; `buurt` is where most of
    them are counted."""

    x: int
    y: int
    buurt_slug: str
    buurt: str
    inhabitants: float


@dataclass(frozen=True)
class SaidName:
    """A name that people say and no map knows: how many, and about where (a cell)."""

    name: str
    senders: int
    cell: tuple[int, int]


# -- Of a cell, of a neighbourhood ---------------------------------------------------------------


def memberships_at(
    session: Session, *, district_id: uuid.UUID, cell: tuple[int, int]
) -> list[Membership]:
    """The neighbourhoods a cell belongs to or lies at the edge of, most agreement first."""
    rows = session.execute(
        _agreements()
        .add_columns(OrganicArea.slug, OrganicArea.name)
        .join(OrganicArea, OrganicArea.id == AgreementCell.organic_area_id)
        .where(
            AgreementCell.district_id == district_id,
            AgreementCell.cell_x == cell[0],
            AgreementCell.cell_y == cell[1],
        )
    )
    found = [
        Membership(row.slug, row.name, row.agreement, grade, row.voices)
        for row in rows
        if (grade := find_grade(row.agreement)) is not None
    ]
    return sorted(found, key=lambda one: (-one.agreement, one.area_name))


def cells_of(session: Session, *, area_id: uuid.UUID) -> list[Cell]:
    """The cells of a neighbourhood, at its edge or more."""
    rows = session.execute(_agreements().where(AgreementCell.organic_area_id == area_id))
    return [
        Cell(row.cell_x, row.cell_y, row.agreement, grade, row.voices)
        for row in rows
        if (grade := find_grade(row.agreement)) is not None
    ]


def common_cells(*, area_id: uuid.UUID) -> spatial.Rows:
    """Columns and rows (x, y) of the cells that belong to a neighbourhood, for other nouns'
    questions."""
    found = _agreements().where(AgreementCell.organic_area_id == area_id).subquery()
    return select(found.c.cell_x.label("x"), found.c.cell_y.label("y")).where(
        found.c.agreement >= LEAST_COMMON
    )


def common_shape(session: Session, *, area_id: uuid.UUID) -> BaseGeometry:
    """The cells that belong to a neighbourhood as one shape, lon/lat; empty where none does."""
    srid = session.scalars(
        select(District.metric_srid)
        .join(OrganicArea, OrganicArea.district_id == District.id)
        .where(OrganicArea.id == area_id)
    ).one()
    return shape_of(list_common_cells(session, area_id=area_id), CELL_M, srid)


def voices_of(session: Session, *, area_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Voices]:
    """How many voices each of these has."""
    tally = NeighbourhoodTally
    rows = session.execute(
        select(
            tally.organic_area_id,
            tally.outlines,
            tally.drawings,
            tally.declarations,
            tally.answers,
        ).where(tally.organic_area_id.in_(area_ids))
    )
    return {area_id: Voices(*counts) for area_id, *counts in rows}


def overlaps_of(session: Session, *, area_id: uuid.UUID) -> list[Overlap]:
    """The neighbourhoods with which one has common ground, by name."""
    return list_overlaps(session, area_ids=[area_id]).get(area_id, [])


def list_overlaps(
    session: Session, *, area_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[Overlap]]:
    """The same of each of these, in one pass over their cells."""
    mine = (
        _agreements()
        .add_columns(AgreementCell.district_id)
        .where(AgreementCell.organic_area_id.in_(area_ids), _agreement() >= LEAST_COMMON)
        .cte("mine")
    )
    theirs = (
        _agreements()
        .add_columns(mine.c.organic_area_id.label("mine_id"))
        .join(
            mine,
            and_(
                mine.c.district_id == AgreementCell.district_id,
                mine.c.cell_x == AgreementCell.cell_x,
                mine.c.cell_y == AgreementCell.cell_y,
                mine.c.organic_area_id != AgreementCell.organic_area_id,
            ),
        )
        .where(_agreement() >= LEAST_COMMON)
        .subquery("theirs")
    )
    rows = session.execute(
        select(theirs.c.mine_id, OrganicArea.slug, OrganicArea.name, func.count())
        .join(OrganicArea, OrganicArea.id == theirs.c.organic_area_id)
        .group_by(theirs.c.mine_id, OrganicArea.slug, OrganicArea.name)
        .order_by(OrganicArea.name)
    )
    found: dict[uuid.UUID, list[Overlap]] = defaultdict(list)
    for area_id, slug, name, cells in rows:
        found[area_id].append(Overlap(slug, name, cells))
    return dict(found)


def aliases_of(session: Session, *, area_id: uuid.UUID) -> list[str]:
    """The other names of a neighbourhood, from A to Z."""
    own = select(OrganicArea.name).where(OrganicArea.id == area_id).scalar_subquery()
    return list(
        session.scalars(
            select(PlaceName.name)
            .where(PlaceName.organic_area_id == area_id, PlaceName.name != own)
            .order_by(PlaceName.name)
        )
    )


def list_declared(
    session: Session,
    *,
    area_id: uuid.UUID | None = None,
    organisation_id: uuid.UUID | None = None,
    limit: int = 50,
) -> list[Declared]:
    """Outlines that organisations gave, of a neighbourhood or by one of them, the newest first;
    those that were ended as well."""
    outline = NeighbourhoodOutline
    asked = (
        select(outline, Organisation, OrganicArea)
        .join(Organisation, Organisation.id == outline.organisation_id)
        .join(OrganicArea, OrganicArea.id == outline.organic_area_id)
        .where(outline.kind == OutlineKind.DECLARED)
        .order_by(outline.valid_from.desc(), outline.id.desc())
    )
    if area_id is not None:
        asked = asked.where(outline.organic_area_id == area_id)
    if organisation_id is not None:
        asked = asked.where(outline.organisation_id == organisation_id)
    return [
        Declared(
            id=row.id,
            organisation_id=by.id,
            organisation=by.name,
            area_slug=area.slug,
            area_name=area.name,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            is_example=row.is_example,
            shape=to_shape(row.geom),
        )
        for row, by, area in session.execute(asked.limit(limit))
    ]


def list_buurten(session: Session, *, district_id: uuid.UUID) -> list[Buurt]:
    """The smallest official areas of a district in force, by name, each with its outline."""
    rows = session.execute(
        select(OfficialArea.slug, OfficialArea.name, OfficialArea.code, OfficialArea.geom)
        .where(
            OfficialArea.district_id == district_id,
            OfficialArea.level == Level.BUURT,
            OfficialArea.valid_to.is_(None),
        )
        .order_by(OfficialArea.name, OfficialArea.code)
    )
    return [Buurt(row.slug, row.name, row.code, to_shape(row.geom)) for row in rows]


# -- People ------------------------------------------------------------------------------------


def weigh_people(
    session: Session, *, area_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, People]:
    """Who lives in each of these neighbourhoods: of a cell's people as large a part as agree.

    Where the agreements of all neighbourhoods at a cell sum to more than 1 they are scaled to 1
    (`rules.share_out`): nobody is counted twice, and whoever is left over lives in none.
    """
    found = dict.fromkeys(area_ids, NOBODY)
    own = aliased(AgreementCell)
    mine = (
        select(own.district_id, own.cell_x, own.cell_y)
        .where(own.organic_area_id.in_(area_ids))
        .distinct()
        .subquery("mine")
    )
    there = (
        _agreements()
        .add_columns(AgreementCell.district_id)
        .join(
            mine,
            and_(
                mine.c.district_id == AgreementCell.district_id,
                mine.c.cell_x == AgreementCell.cell_x,
                mine.c.cell_y == AgreementCell.cell_y,
            ),
        )
        .subquery("there")
    )
    place = (there.c.district_id, there.c.cell_x, there.c.cell_y)
    whole = func.greatest(1.0, func.sum(there.c.agreement).over(partition_by=place))
    shared = select(there, (there.c.agreement / whole).label("share")).subquery("shared")
    squares = (
        select(
            shared.c.organic_area_id,
            shared.c.district_id,
            _to_square(shared.c.cell_x).label("x"),
            _to_square(shared.c.cell_y).label("y"),
            (func.sum(shared.c.share) / CELLS_ACROSS**2).label("share"),
        )
        .where(shared.c.organic_area_id.in_(area_ids))
        .group_by("organic_area_id", "district_id", "x", "y")
        .subquery("squares")
    )
    people = PopulationCell
    rows = session.execute(
        select(
            squares.c.organic_area_id,
            *(func.sum(squares.c.share * getattr(people, name)) for name in COUNTS),
            func.min(people.year),
            func.min(people.source),
        )
        .join(
            people,
            and_(
                people.district_id == squares.c.district_id,
                people.cell_x == squares.c.x,
                people.cell_y == squares.c.y,
            ),
        )
        .group_by(squares.c.organic_area_id)
    )
    return found | {area_id: People(*counts) for area_id, *counts in rows}


def count_people(session: Session, *, district_id: uuid.UUID) -> People:
    """Who lives in a district, in a neighbourhood or in none."""
    people = PopulationCell
    row = session.execute(
        select(
            *(func.coalesce(func.sum(getattr(people, name)), 0.0) for name in COUNTS),
            func.min(people.year),
            func.coalesce(func.min(people.source), ""),
        ).where(people.district_id == district_id)
    ).one()
    return People(row[0], row[1], row[2], row[3], row[4])


def unclaimed_cells(session: Session, *, district_id: uuid.UUID) -> list[Unclaimed]:
    """No-man's-land: squares of 100 m with people in them of which no neighbourhood reaches any
    cell, not even with its edge."""
    people = PopulationCell
    west, south = people.cell_x * CELLS_ACROSS, people.cell_y * CELLS_ACROSS
    reached = (
        _agreements()
        .where(
            AgreementCell.district_id == people.district_id,
            AgreementCell.cell_x.between(west, west + CELLS_ACROSS - 1),
            AgreementCell.cell_y.between(south, south + CELLS_ACROSS - 1),
            _agreement() >= LEAST_AGREEMENT[Grade.EDGE],
        )
        .correlate(people)
        .exists()
    )
    # Of a square in several buurten the one that most of them live in.
    whole = func.sum(people.inhabitants).over(partition_by=(people.cell_x, people.cell_y))
    parts = (
        select(
            people.cell_x,
            people.cell_y,
            OfficialArea.slug,
            OfficialArea.name,
            whole.label("inhabitants"),
        )
        .join(OfficialArea, OfficialArea.id == people.area_id)
        .where(people.district_id == district_id, people.inhabitants > 0, ~reached)
        .ext(distinct_on(people.cell_x, people.cell_y))
        .order_by(people.cell_x, people.cell_y, people.inhabitants.desc(), OfficialArea.code)
        .subquery("parts")
    )
    rows = session.execute(select(parts).order_by(parts.c.name, parts.c.cell_y, parts.c.cell_x))
    return [Unclaimed(*row) for row in rows]


def list_said_names(session: Session, *, district_id: uuid.UUID, limit: int) -> list[SaidName]:
    """Names that at least three senders say in their newest answers and no neighbourhood has, from
    A to Z."""
    answer = NeighbourhoodAnswer
    newest = (
        select(answer.search_key, answer.name, answer.sender, answer.cell_x, answer.cell_y)
        .where(answer.district_id == district_id, answer.organic_area_id.is_(None))
        .order_by(answer.created_at.desc())
        .limit(MOST_LOOKED_AT)
        .subquery("newest")
    )
    senders = func.count(newest.c.sender.distinct())
    usual = func.mode().within_group(newest.c.name)
    where = [
        func.percentile_disc(0.5).within_group(column)
        for column in (newest.c.cell_x, newest.c.cell_y)
    ]
    rows = session.execute(
        select(usual, senders, *where)
        .group_by(newest.c.search_key)
        .having(senders >= LEAST_SAYING)
        .order_by(usual)
        .limit(limit)
    )
    return [SaidName(name, count, (x, y)) for name, count, x, y in rows]


# -- For the room's own changes --------------------------------------------------------------------


def list_common_cells(session: Session, *, area_id: uuid.UUID) -> list[tuple[int, int]]:
    """The cells that belong to a neighbourhood."""
    return [(row.x, row.y) for row in session.execute(common_cells(area_id=area_id))]


def cells_of_outlines(*where: ColumnElement[bool]) -> spatial.Rows:
    """How many outlines hold each cell of their neighbourhood."""
    outline = NeighbourhoodOutline
    run = func.unnest(outline.run_rows, outline.run_firsts, outline.run_lasts).table_valued(
        "row", "first", "last"
    )
    run = run.render_derived()
    column = func.generate_series(run.c.first, run.c.last).table_valued("x").render_derived()
    return (
        select(
            outline.district_id,
            column.c.x.label("cell_x"),
            run.c.row.label("cell_y"),
            outline.organic_area_id,
            func.count().label("voices"),
        )
        .select_from(outline)
        .join(run, true())
        .join(column, true())
        .where(*where)
        .group_by("district_id", "cell_x", "cell_y", "organic_area_id")
    )


def cells_of_answers(*where: ColumnElement[bool], by_area: bool) -> spatial.Rows:
    """How many answers speak for each cell: for a neighbourhood that they name, or whatever they
    say."""
    answer = NeighbourhoodAnswer
    reach = range(-REACH_CELLS, REACH_CELLS + 1)
    east = func.unnest(literal(list(reach), _INTEGERS)).table_valued("x").render_derived(name="e")
    north = func.unnest(literal(list(reach), _INTEGERS)).table_valued("y").render_derived(name="n")
    named = [answer.organic_area_id] if by_area else []
    keys = ["district_id", "cell_x", "cell_y", *(["organic_area_id"] if by_area else [])]
    found = (
        select(
            answer.district_id,
            (answer.cell_x + east.c.x).label("cell_x"),
            (answer.cell_y + north.c.y).label("cell_y"),
            *named,
        )
        .select_from(answer)
        .join(east, true())
        .join(north, true())
        .where(*where, *(column.is_not(None) for column in named))
        .subquery()
    )
    columns = [found.c[key] for key in keys]
    return select(*columns, func.count().label("voices")).group_by(*columns)


def newest_figures(session: Session, *, district_id: uuid.UUID) -> list[Any]:
    """Each buurt in force that has figures, with the newest of them."""
    other = aliased(AreaFigure)
    newest = (
        select(func.max(other.year)).where(other.area_id == AreaFigure.area_id).scalar_subquery()
    )
    return list(
        session.execute(
            select(OfficialArea.geom, AreaFigure)
            .join(AreaFigure, AreaFigure.area_id == OfficialArea.id)
            .where(
                OfficialArea.district_id == district_id,
                OfficialArea.level == Level.BUURT,
                OfficialArea.valid_to.is_(None),
                AreaFigure.year == newest,
            )
            .order_by(OfficialArea.code)
        )
    )


def _voices() -> ColumnElement[int]:
    """Those that spoke of a cell: the outlines of the neighbourhood, the answers at the cell."""
    return NeighbourhoodTally.outlines + func.coalesce(AnsweredCell.answers, 0)


def _agreement() -> ColumnElement[Any]:
    yes = AgreementCell.yes_outlines + AgreementCell.yes_answers
    # Nobody says yes who is not among them: without a fault of ours this is never none.
    return cast(yes, Float) / func.greatest(1, _voices())


def _agreements() -> spatial.Rows:
    """Cells of neighbourhoods, each with its agreement and of how many voices."""
    return (
        select(
            AgreementCell.organic_area_id,
            AgreementCell.cell_x,
            AgreementCell.cell_y,
            _agreement().label("agreement"),
            _voices().label("voices"),
        )
        .select_from(AgreementCell)
        .join(
            NeighbourhoodTally,
            NeighbourhoodTally.organic_area_id == AgreementCell.organic_area_id,
        )
        .outerjoin(
            AnsweredCell,
            and_(
                AnsweredCell.district_id == AgreementCell.district_id,
                AnsweredCell.cell_x == AgreementCell.cell_x,
                AnsweredCell.cell_y == AgreementCell.cell_y,
            ),
        )
    )


def _to_square(column: ColumnElement[int]) -> ColumnElement[int]:
    """The square of 100 m that holds a cell; below zero as well."""
    return cast(func.floor(column / float(CELLS_ACROSS)), Integer)
