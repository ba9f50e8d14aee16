"""Answers about gaps for a notebook: it opens the database, reads, and closes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas
import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from geoapp.coverage.gaps.counting import LEAST_TOLD
from geoapp.coverage.gaps.crowding import find_crowding as count_crowding
from geoapp.coverage.gaps.equity import Equity
from geoapp.coverage.gaps.equity import find_equity as measure_equity
from geoapp.coverage.gaps.findings import Finding
from geoapp.coverage.gaps.frames import frame_areas, frame_squares, frame_things, shapes_of_areas
from geoapp.coverage.gaps.questions import Question, read_question
from geoapp.coverage.gaps.reading import find_gaps as find
from geoapp.db.session import make_engine, transaction
from geoapp.districts.queries import get_district


@dataclass(frozen=True)
class Asked:
    """A question in a notebook's words. `norm` is a norm's code ("rotterdam",
    "de-ronde-venen:6-11") or metres ("400"), `at` a time like "Sat 15:00" (empty: at any time);
    `now` has a time zone."""

    district: str
    kind: str
    norm: str
    now: datetime
    need: str = Question.need
    at: str = ""


def find_gaps(url: str, **asked: Any) -> dict[str, geopandas.GeoDataFrame]:
    """Who has something near, in the district's own metric system: `areas` (a row for every buurt),
    `squares` and `things`, from the database at `url`, in which nothing is changed.

    `district`, `kind`, `norm`, `now`, and if wanted `need` and `at`, as `Asked` has them. A number
    that is not told is NA. `areas.attrs` says how it was reckoned.

    Raises:
        NotFound: there is no such district, layer of need or norm.
        Invalid: there is no such kind or time, or the norm has no such band.
    """
    one = Asked(**asked)
    with open_reading(url) as session:
        finding = _find(session, one)
        shapes = shapes_of_areas(session, finding)
    return {
        "areas": frame_areas(finding, shapes=shapes, now=one.now),
        "squares": frame_squares(finding),
        "things": frame_things(finding),
    }


def find_crowding(url: str, **asked: Any) -> geopandas.GeoDataFrame:
    """How many share each thing (`demand`), and its part for each of them (`level`), asked as
    `find_gaps`; the method stands in `coverage.gaps.crowding`. A demand under five is NA."""
    with open_reading(url) as session:
        finding = _find(session, Asked(**asked))
    crowding = count_crowding(finding.world)
    is_told = (crowding.demand == 0) | (crowding.demand >= LEAST_TOLD)
    frame = frame_things(finding)
    frame["demand"] = np.where(is_told, crowding.demand.round(1), np.nan)
    frame["level"] = np.where(is_told, crowding.level, np.nan)
    return frame


def find_equity(url: str, **asked: Any) -> Equity:
    """How even it is, asked as `find_gaps`; the measures stand in `coverage.gaps.equity`."""
    with open_reading(url) as session:
        finding = _find(session, Asked(**asked))
    return measure_equity(finding.world, finding.measured)


def _find(session: Session, asked: Asked) -> Finding:
    typed = {"kind": asked.kind, "norm": asked.norm, "need": asked.need, "at": asked.at}
    place = get_district(session, slug=asked.district)
    return find(session, place=place, question=read_question(typed), now=asked.now)


@contextmanager
def open_reading(url: str) -> Iterator[Session]:
    """A session on the database at `url` that can only read."""
    engine = make_engine(url)
    try:
        with transaction(engine) as session:
            session.execute(text("SET TRANSACTION READ ONLY"))
            yield session
    finally:
        engine.dispose()
