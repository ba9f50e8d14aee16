"""Questions about districts."""

import uuid
from dataclasses import dataclass
from typing import Any

from geoalchemy2.shape import to_shape
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geoapp.db import spatial
from geoapp.districts.rules import DEFAULT_DAYS, Kept, Operator, read_operator
from geoapp.districts.tables import District, Retention
from geoapp.errors import NotFound


@dataclass(frozen=True)
class Emergency:
    """A number to call, with its words per language."""

    words: dict[str, str]
    number: str


@dataclass(frozen=True)
class Place:
    """A district as other rooms use it. `bounds` is (west, south, east, north) or None."""

    id: uuid.UUID
    slug: str
    name: str
    full_name: str
    metric_srid: int
    time_zone: str
    languages: tuple[str, ...]
    answer_days: int
    acceptance_days: int
    silence_days: int
    contact_days: int
    emergency: tuple[Emergency, ...]
    attribution: str
    search_example: str
    background_url: str
    background_attribution: str
    operator: Operator
    is_example: bool
    bounds: tuple[float, float, float, float] | None


def list_districts(session: Session) -> list[Place]:
    """All districts, oldest first."""
    return [_to_place(row) for row in session.execute(_places().order_by(District.id))]


def get_district(session: Session, *, slug: str) -> Place:
    """The district of this slug.

    Raises:
        NotFound: there is none.
    """
    row = session.execute(_places().where(District.slug == slug)).first()
    if row is None:
        raise NotFound("There is no district called {slug}.", slug=slug)
    return _to_place(row)


def find_district_at(session: Session, *, lon: float, lat: float) -> Place | None:
    """The district whose bounds hold the point; None outside all of them."""
    held = spatial.covers(District.bounds, spatial.lonlat(lon, lat))
    row = session.execute(_places().where(held).order_by(District.id).limit(1)).first()
    return None if row is None else _to_place(row)


def _places() -> spatial.Rows:
    return select(District, func.ST_Envelope(District.bounds))


def _to_place(row: Any) -> Place:
    district, box = row
    west, south, east, north = to_shape(box).bounds if box is not None else (0.0,) * 4
    return Place(
        id=district.id,
        slug=district.slug,
        name=district.name,
        full_name=district.full_name,
        metric_srid=district.metric_srid,
        time_zone=district.time_zone,
        languages=tuple(district.languages),
        answer_days=district.answer_days,
        acceptance_days=district.acceptance_days,
        silence_days=district.silence_days,
        contact_days=district.contact_days,
        emergency=tuple(Emergency(e["words"], e["number"]) for e in district.emergency),
        attribution=district.attribution,
        search_example=district.search_example,
        background_url=district.background_url,
        background_attribution=district.background_attribution,
        operator=read_operator(district.operator),
        is_example=district.is_example,
        bounds=(west, south, east, north) if box is not None else None,
    )


def read_retention(session: Session) -> dict[Kept, int]:
    """For how many days each kind of thing is kept: what was set, else what the rules say."""
    rows = session.execute(select(Retention.kind, Retention.days))
    return DEFAULT_DAYS | {row.kind: row.days for row in rows}
