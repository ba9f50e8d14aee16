"""Counting of voices cell by cell, up and down and all anew; the shape and the people that follow
from it."""

import uuid
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from geoalchemy2.shape import from_shape, to_shape
from sqlalchemy import ColumnElement, and_, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.areas.tables import AreaFigure, OrganicArea
from geoapp.db import spatial
from geoapp.districts.tables import District
from geoapp.geo.cells import Shares, shape_of, shares_of
from geoapp.geo.crs import CELL_M, LONLAT
from geoapp.geo.shapes import keep_largest
from geoapp.neighbourhoods.queries import (
    COUNTS,
    cells_of_answers,
    cells_of_outlines,
    list_common_cells,
    newest_figures,
)
from geoapp.neighbourhoods.rules import POPULATION_M, OutlineKind
from geoapp.neighbourhoods.tables import (
    AgreementCell,
    AnsweredCell,
    NeighbourhoodAnswer,
    NeighbourhoodOutline,
    NeighbourhoodTally,
    PopulationCell,
)
from geoapp.outbox.actions import post_message, withdraw_message

REDRAW = "redraw_neighbourhood"
# A number of our own for the database's advisory locks: one change of a district's cells at a time.
LOCK = 4_150_026
_OF_AREA = ("district_id", "cell_x", "cell_y", "organic_area_id")
_OF_CELL = _OF_AREA[:3]
# No row of these tables is ever held in a session.
_UNSEEN = {"synchronize_session": False}


def hold_district(session: Session, district_id: uuid.UUID) -> None:
    """One change of a district's cells at a time: two that share cells never wait for each other
    crosswise. Held until the transaction ends, which is soon."""
    session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(str(district_id), LOCK)))
    )


def _count(
    session: Session,
    table: type[AgreementCell | AnsweredCell],
    column: str,
    cells: spatial.Rows,
    *,
    sign: int,
) -> None:
    """Count voices (`cells`, with how many) up or down; a cell without any has no row."""
    keys = _OF_AREA if table is AgreementCell else _OF_CELL
    if sign > 0:
        put = insert(table).from_select([*keys, column], cells)
        counted = {column: getattr(table, column) + getattr(put.excluded, column)}
        session.execute(put.on_conflict_do_update(index_elements=keys, set_=counted))
        return
    found = cells.subquery()
    same = and_(*(getattr(table, key) == found.c[key] for key in keys))
    left = getattr(table, column) - found.c.voices
    other = AgreementCell.yes_answers if column == "yes_outlines" else AgreementCell.yes_outlines
    is_last = left == 0 if table is AnsweredCell else left + other == 0
    session.execute(delete(table).where(same, is_last), execution_options=_UNSEEN)
    session.execute(update(table).where(same).values({column: left}), execution_options=_UNSEEN)


def count_answers(session: Session, said: ColumnElement[bool], *, sign: int) -> None:
    """Count the answers of which `said` is true up or down, whatever they say."""
    _count(session, AnsweredCell, "answers", cells_of_answers(said, by_area=False), sign=sign)


def count_named(session: Session, said: ColumnElement[bool], *, sign: int) -> None:
    """Count the answers of which `said` is true, and that name a neighbourhood, up or down."""
    cells = cells_of_answers(said, by_area=True)
    _count(session, AgreementCell, "yes_answers", cells, sign=sign)
    answer, tally = NeighbourhoodAnswer, NeighbourhoodTally
    named = session.execute(
        select(answer.organic_area_id, func.count().label("amount"))
        .where(said, answer.organic_area_id.is_not(None))
        .group_by(answer.organic_area_id)
    ).all()
    _put_tally(session, [row.organic_area_id for row in named])
    for area_id, amount in named:
        session.execute(
            update(tally)
            .where(tally.organic_area_id == area_id)
            .values(answers=tally.answers + sign * amount)
        )


def count_outline(session: Session, outline: NeighbourhoodOutline, *, sign: int) -> None:
    """Count an outline up or down: its own cells, and one of its neighbourhood's."""
    cells = cells_of_outlines(NeighbourhoodOutline.id == outline.id)
    _count(session, AgreementCell, "yes_outlines", cells, sign=sign)
    _put_tally(session, [outline.organic_area_id])
    tally = NeighbourhoodTally
    session.execute(
        update(tally)
        .where(tally.organic_area_id == outline.organic_area_id)
        .values(
            outlines=tally.outlines + sign,
            drawings=tally.drawings + (sign if outline.kind is OutlineKind.DRAWN else 0),
            declarations=tally.declarations + (sign if outline.kind is OutlineKind.DECLARED else 0),
        )
    )


def _put_tally(session: Session, area_ids: Sequence[uuid.UUID]) -> None:
    if area_ids:
        rows = [{"organic_area_id": area_id} for area_id in area_ids]
        session.execute(insert(NeighbourhoodTally).values(rows).on_conflict_do_nothing())


def recount_areas(session: Session, *, area_ids: Collection[uuid.UUID]) -> None:
    """Make what is counted of these neighbourhoods anew from their outlines and answers, all of
    them at once."""
    session.flush()
    outline, answer, tally = NeighbourhoodOutline, NeighbourhoodAnswer, NeighbourhoodTally
    session.execute(
        delete(AgreementCell).where(AgreementCell.organic_area_id.in_(area_ids)),
        execution_options=_UNSEEN,
    )
    in_force = (outline.organic_area_id.in_(area_ids), outline.valid_to.is_(None))
    _count(session, AgreementCell, "yes_outlines", cells_of_outlines(*in_force), sign=1)
    named = answer.organic_area_id.in_(area_ids)
    _count(session, AgreementCell, "yes_answers", cells_of_answers(named, by_area=True), sign=1)
    _put_tally(session, list(area_ids))
    drawn, declared = (
        func.count(case((outline.kind == kind, 1)))
        for kind in (OutlineKind.DRAWN, OutlineKind.DECLARED)
    )
    of_area = outline.organic_area_id == tally.organic_area_id
    counted = select(func.count(), drawn, declared).where(of_area, outline.valid_to.is_(None))
    outlines, drawings, declarations = (
        counted.with_only_columns(column).scalar_subquery()
        for column in (func.count(), drawn, declared)
    )
    answers = (
        select(func.count())
        .where(answer.organic_area_id == tally.organic_area_id)
        .scalar_subquery()
    )
    session.execute(
        update(tally)
        .where(tally.organic_area_id.in_(area_ids))
        .values(outlines=outlines, drawings=drawings, declarations=declarations, answers=answers),
        execution_options=_UNSEEN,
    )


def recount_answers(session: Session, *, district_id: uuid.UUID) -> None:
    """Make the answers of each cell of a district anew."""
    session.flush()
    cells = AnsweredCell.district_id == district_id
    session.execute(delete(AnsweredCell).where(cells), execution_options=_UNSEEN)
    count_answers(session, NeighbourhoodAnswer.district_id == district_id, sign=1)


# -- The shape by agreement ----------------------------------------------------------------------


def post_redraws(session: Session, area_ids: Collection[uuid.UUID], *, now: datetime) -> None:
    """Have neighbourhoods drawn anew; once while one waits, for its number is that of the next
    drawing, and whoever draws counts it up under the same lock."""
    tally = NeighbourhoodTally
    rows = session.execute(
        select(tally.organic_area_id, tally.redraws).where(tally.organic_area_id.in_(area_ids))
    )
    for area_id, redraws in rows:
        post_message(
            session,
            kind=REDRAW,
            payload={"area_id": str(area_id)},
            once_key=_redraw_key(area_id, redraws),
            now=now,
        )


def _redraw_key(area_id: uuid.UUID, redraws: int) -> str:
    return f"{REDRAW} {area_id} {redraws}"


def redraw_area(session: Session, *, area_id: uuid.UUID) -> None:
    """Draw a neighbourhood as the cells that belong to it; where none does, its last shape stays.
    One that is gone is passed by."""
    found = session.execute(
        select(OrganicArea.district_id, District.metric_srid)
        .join(District, District.id == OrganicArea.district_id)
        .where(OrganicArea.id == area_id)
    ).first()
    if found is None:
        return
    hold_district(session, found.district_id)
    tally = NeighbourhoodTally
    redraws = session.scalar(
        update(tally)
        .where(tally.organic_area_id == area_id)
        .values(redraws=tally.redraws + 1)
        .returning(tally.redraws)
    )
    withdraw_message(session, once_key=_redraw_key(area_id, (redraws or 1) - 1))
    cells = list_common_cells(session, area_id=area_id)
    if cells:
        shape = keep_largest(shape_of(cells, CELL_M, found.metric_srid))
        values = {"geom": from_shape(shape, srid=LONLAT)}
        session.execute(update(OrganicArea).where(OrganicArea.id == area_id).values(values))


# -- Who lives where -------------------------------------------------------------------------------


def rebuild_population(session: Session, *, district_id: uuid.UUID) -> None:
    """Spread the newest figures of each buurt evenly by area over the squares of 100 m it meets;
    the figures of each buurt stay."""
    session.flush()
    srid = session.scalars(select(District.metric_srid).where(District.id == district_id)).one()
    rows = [
        _to_square(district_id, figure, square)
        for geom, figure in newest_figures(session, district_id=district_id)
        for square in _squares_of(shares_of(to_shape(geom), POPULATION_M, srid))
    ]
    session.execute(delete(PopulationCell).where(PopulationCell.district_id == district_id))
    if rows:
        session.execute(insert(PopulationCell), rows)


def _squares_of(shares: Shares) -> Iterator[tuple[int, int, float]]:
    return zip(shares.columns, shares.rows, shares.parts, strict=True)


def _to_square(
    district_id: uuid.UUID, figure: AreaFigure, square: tuple[int, int, float]
) -> dict[str, Any]:
    column, row, part = square
    return {
        "district_id": district_id,
        "cell_x": column,
        "cell_y": row,
        "area_id": figure.area_id,
        **{name: getattr(figure, name) * part for name in COUNTS},
        "year": figure.year,
        "rounded_to": figure.rounded_to,
        "source": figure.source,
    }
