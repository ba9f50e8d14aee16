"""Files of need: who needs something, by buurt (CSV in UTF-8), or as points and areas with a number
(GeoJSON, GeoPackage). Each number stands for itself: none is made up from another."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from geoapp.db.changes import Tally
from geoapp.districts.queries import Place, get_district
from geoapp.errors import Invalid
from geoapp.exchange.features import read_features
from geoapp.exchange.layouts import Layout
from geoapp.exchange.rows import convert_rows, need, read_lines
from geoapp.geo.shapes import as_place, check_shape
from geoapp.needs.actions import (
    Amount,
    Buurt,
    put_layer,
    read_buurten,
    spread_in,
    spread_over,
)
from geoapp.needs.rules import read_amount, read_layer


@dataclass(frozen=True)
class Ground:
    """Where rows are for: a district and its buurten."""

    place: Place
    buurten: list[Buurt]


@dataclass(frozen=True)
class Counted:
    """A row: so many, where its key says."""

    key: str
    amount: Amount


def import_need(session: Session, path: Path, layout: Layout) -> Tally:
    """Import a layer of need. A second time changes nothing; a changed file is a new version.

    Raises:
        Invalid: the file cannot be read, the layout lacks something, or rows are wrong.
    """
    place = get_district(session, slug=layout.district)
    draft = read_layer(layout.fixed, source=layout.source, licence=layout.licence)
    ground = Ground(place, read_buurten(session, district_id=place.id))
    if path.suffix.lower() == ".csv":
        lines = [(layout, ground, line) for line in read_lines(path, layout)]
        rows = convert_rows(lines, _count_buurt, lambda row: row.key)
    else:
        features = [
            (layout, ground, number, *feature)
            for number, feature in enumerate(read_features(path), start=1)
        ]
        rows = convert_rows(features, _count_place, lambda row: row.key)
    if not rows:
        raise Invalid("{path} has no rows: nobody is counted in it.", path=path)
    change = put_layer(
        session,
        district_id=place.id,
        draft=replace(draft, is_example=draft.is_example or place.is_example),
        amounts=[row.amount for row in rows],
    )
    tally = Tally()
    tally.count(change, draft.code)
    return tally


def _count_buurt(layout: Layout, ground: Ground, row: Mapping[str, Any]) -> Counted:
    code = need(layout, row, "code")
    amount = read_amount(need(layout, row, "amount"))
    for buurt in ground.buurten:
        if buurt.code == code:
            parts = spread_in(buurt, metric_srid=ground.place.metric_srid)
            return Counted(code, Amount(amount, parts))
    raise Invalid("There is no area {code} of this level.", code=code)


def _count_place(
    layout: Layout,
    ground: Ground,
    number: int,
    row: Mapping[str, Any],
    shape: BaseGeometry | None,
) -> Counted:
    amount = read_amount(need(layout, row, "amount"))
    checked = as_place(check_shape(shape))
    parts = spread_over(checked, ground.buurten, metric_srid=ground.place.metric_srid)
    if parts is None:
        raise Invalid("It lies outside the district: check its points.")
    return Counted(str(number), Amount(amount, parts))
