"""Questions about need: which layers there are, and who lives in which square by one of them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on
from sqlalchemy.orm import Session

from geoapp.db import spatial
from geoapp.errors import NotFound
from geoapp.needs.rules import UNIT_OF_COUNTED, Counted, Unit
from geoapp.needs.tables import NeedCell, NeedLayer
from geoapp.neighbourhoods.tables import PopulationCell


@dataclass(frozen=True)
class NeedFacts:
    """A layer of need: what it counts, of which year, rounded to what (None: nobody says). `name`
    is by language, and empty for what the figures of the buurten count (`code` in `Counted`).
    `stamp` changes when its squares do."""

    code: str
    name: Mapping[str, str]
    unit: Unit
    year: int | None
    rounded_to: int | None
    is_planned: bool
    source: str
    licence: str
    is_example: bool
    stamp: str


@dataclass(frozen=True, eq=False)
class Squares:
    """Who is where: of every part of a square of 100 m that lies in one buurt its column and row in
    the district's metric grid, and how many; `areas` the buurt of each part as an index into
    `area_ids`."""

    columns: NDArray[np.int64]
    rows: NDArray[np.int64]
    amounts: NDArray[np.float64]
    areas: NDArray[np.int64]
    area_ids: tuple[uuid.UUID, ...]


def list_needs(session: Session, *, district_id: uuid.UUID) -> list[NeedFacts]:
    """What one can ask about in a district: what its figures count, then the layers by code."""
    counted = [_read_counted(session, district_id, one) for one in Counted]
    newest = (
        select(NeedLayer)
        .where(NeedLayer.district_id == district_id)
        .ext(distinct_on(NeedLayer.code))
        .order_by(NeedLayer.code, NeedLayer.version.desc())
    )
    told = [facts for facts in counted if facts.stamp]
    return [*told, *map(_to_facts, session.scalars(newest))]


def find_need(session: Session, *, district_id: uuid.UUID, code: str) -> NeedFacts:
    """A layer by its code.

    Raises:
        NotFound: there is none; the message lists those there are.
    """
    if code in set(Counted):
        return _read_counted(session, district_id, Counted(code))
    newest = (
        select(NeedLayer)
        .where(NeedLayer.district_id == district_id, NeedLayer.code == code)
        .order_by(NeedLayer.version.desc())
        .limit(1)
    )
    layer = session.scalars(newest).first()
    if layer is None:
        codes = [need.code for need in list_needs(session, district_id=district_id)]
        raise NotFound(
            "There is no layer of need called {need}: choose one of {codes}.",
            need=code,
            codes=", ".join(codes) or "-",
        )
    return _to_facts(layer)


def read_squares(session: Session, *, district_id: uuid.UUID, facts: NeedFacts) -> Squares:
    """The squares of a layer in which there is somebody, always in the same order."""
    cell: type[PopulationCell | NeedCell] = NeedCell
    amount: spatial.Column = NeedCell.amount
    mine: ColumnElement[bool] = NeedCell.layer_id == facts.stamp
    if facts.code in set(Counted):
        cell, amount = PopulationCell, getattr(PopulationCell, facts.code)
        mine = PopulationCell.district_id == district_id
    columns, lines, amounts = (
        func.array_agg(aggregate_order_by(column, cell.cell_y, cell.cell_x))
        for column in (cell.cell_x, cell.cell_y, amount)
    )
    by_area = select(cell.area_id, columns, lines, amounts).where(mine, amount > 0)
    rows = session.execute(by_area.group_by(cell.area_id).order_by(cell.area_id)).all()
    if not rows:
        nobody = np.zeros(0, dtype=np.int64)
        return Squares(nobody, nobody, np.zeros(0), nobody, ())
    area_ids, *arrays = zip(*rows, strict=True)
    columns_of, rows_of, amounts_of = (np.concatenate([*map(np.array, one)]) for one in arrays)
    return Squares(
        columns=columns_of.astype(np.int64),
        rows=rows_of.astype(np.int64),
        amounts=amounts_of.astype(np.float64),
        areas=np.repeat(np.arange(len(rows)), [len(one) for one in arrays[0]]),
        area_ids=area_ids,
    )


def _read_counted(session: Session, district_id: uuid.UUID, counted: Counted) -> NeedFacts:
    """What the figures count; a district without figures has nobody, and no year."""
    # All squares of a district are made at once: the stamp of one is that of all.
    row = session.execute(
        select(
            PopulationCell.year,
            PopulationCell.rounded_to,
            PopulationCell.source,
            spatial.stamp_of(PopulationCell),
        )
        .where(PopulationCell.district_id == district_id)
        .limit(1)
    ).first()
    year, rounded_to, source, stamp = row or (None, None, "", "")
    return NeedFacts(
        code=counted.value,
        name={},
        unit=UNIT_OF_COUNTED[counted],
        year=year,
        rounded_to=rounded_to,
        is_planned=False,
        source=source,
        licence="",
        is_example=False,
        stamp=stamp,
    )


def _to_facts(layer: NeedLayer) -> NeedFacts:
    return NeedFacts(
        code=layer.code,
        name=layer.name,
        unit=layer.unit,
        year=layer.year,
        rounded_to=layer.rounded_to,
        is_planned=layer.is_planned,
        source=layer.source,
        licence=layer.licence,
        is_example=layer.is_example,
        stamp=str(layer.id),
    )
