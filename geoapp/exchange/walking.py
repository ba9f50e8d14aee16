"""Files of paths to walk along: lines, and where wanted whom each is barred for (GeoJSON or
GeoPackage)."""

import hashlib
import json
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from shapely import LineString, MultiLineString
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from geoapp.db.changes import Change, Tally
from geoapp.districts.queries import Place, get_district
from geoapp.errors import Invalid
from geoapp.exchange.features import read_features
from geoapp.exchange.layouts import Layout
from geoapp.exchange.rows import convert_rows, is_within_reach, read_date
from geoapp.geo.shapes import check_shape
from geoapp.walking.actions import LineDraft, NetworkDraft, is_newest, put_network
from geoapp.walking.rules import check_snap, read_barred


def import_walking(session: Session, path: Path, layout: Layout) -> Tally:
    """Import all paths of a district. A second time changes nothing; a changed file is a new
    version.

    Raises:
        Invalid: the file cannot be read, the layout lacks something, or rows are wrong.
    """
    place = get_district(session, slug=layout.district)
    draft = NetworkDraft(
        max_snap_m=check_snap(layout.fixed.get("max_snap_m")),
        source=layout.source,
        licence=layout.licence,
        source_on=read_date(layout.source_on) if layout.source_on else None,
        digest=_digest(path, layout),
        is_example=place.is_example or layout.fixed.get("is_example") is True,
    )
    tally = Tally()
    if is_newest(session, district_id=place.id, digest=draft.digest):
        tally.count(Change.SAME, place.slug)
        return tally
    rows = [
        (layout, place, number, *feature)
        for number, feature in enumerate(read_features(path), start=1)
    ]
    found = convert_rows(rows, _to_lines, lambda row: str(row[0]))
    lines = list(chain.from_iterable(lines for _, lines in found))
    if not lines:
        raise Invalid("{path} has no paths.", path=path)
    tally.count(put_network(session, district_id=place.id, draft=draft, lines=lines), place.slug)
    return tally


def _digest(path: Path, layout: Layout) -> str:
    told = [layout.source, layout.licence, layout.source_on, layout.fixed, layout.columns]
    words = json.dumps(told, sort_keys=True, default=dict).encode()
    return hashlib.sha256(words + path.read_bytes()).hexdigest()


def _to_lines(
    layout: Layout,
    place: Place,
    number: int,
    row: Mapping[str, Any],
    shape: BaseGeometry | None,
) -> tuple[int, list[LineDraft]]:
    checked = check_shape(shape)
    if not isinstance(checked, LineString | MultiLineString):
        raise Invalid("A path must be a line, not a {kind}.", kind=checked.geom_type)
    if not is_within_reach(checked, place):
        raise Invalid("The shape reaches far outside its district: check its points.")
    parts = list(checked.geoms) if isinstance(checked, MultiLineString) else [checked]
    if not all(part.length > 0 for part in parts):
        raise Invalid("The path has no length: take it out.")
    barred = read_barred(str(layout.value(row, "barred") or ""))
    return number, [LineDraft(part, barred) for part in parts]
