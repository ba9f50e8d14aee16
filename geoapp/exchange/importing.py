"""Import of an operator's own files: all of a file or nothing, and a second run changes nothing.

The files come from the command line of the machine's owner, so `geopandas.read_file` is right
here; uploads of strangers never take this way (threats, T50).
"""

import hashlib
import json
import random
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from geoapp.areas.actions import (
    OfficialAreaDraft,
    district_shape,
    parents_in_force,
    put_official_areas,
)
from geoapp.areas.rules import Level
from geoapp.assets.actions import AssetDraft, put_assets
from geoapp.assets.rules import Kind, PhysicalStatus, RegisterStatus, check_details
from geoapp.db.changes import Change, Tally
from geoapp.db.codes import make_code
from geoapp.districts.actions import DistrictDraft, put_district, set_bounds
from geoapp.districts.queries import Place, find_district_at, get_district
from geoapp.districts.tables import District
from geoapp.errors import Invalid
from geoapp.exchange.calendars import import_calendar
from geoapp.exchange.checklists import import_checklists
from geoapp.exchange.completeness import import_completeness
from geoapp.exchange.contacts import import_contacts
from geoapp.exchange.criteria import import_criteria
from geoapp.exchange.crosswalks import import_crosswalk
from geoapp.exchange.features import Feature, read_features
from geoapp.exchange.ladder import import_ladder
from geoapp.exchange.layouts import Layout, read_layout
from geoapp.exchange.needs import import_need
from geoapp.exchange.norms import import_norms
from geoapp.exchange.routing import import_routing
from geoapp.exchange.rows import (
    RowProblem,
    WrongRows,
    convert_rows,
    is_within_reach,
    need,
    read_date,
)
from geoapp.exchange.walking import import_walking
from geoapp.geo.shapes import as_multipolygon, as_place, check_shape
from geoapp.ledger.batches import BatchDraft, keep_batch, watch_changes
from geoapp.neighbourhoods.counting import rebuild_population
from geoapp.people.actions import OrganisationDraft, put_organisation

Say = Callable[[str], None]
# Files that are read in a way of their own.
TABLES: dict[str, Callable[[Session, Path, Layout], Tally]] = {
    "crosswalk": import_crosswalk,
    "contacts": import_contacts,
    "routing": import_routing,
    "ladder": import_ladder,
    "calendar": import_calendar,
    "checklists": import_checklists,
    "criteria": import_criteria,
    "norms": import_norms,
    "completeness": import_completeness,
    "need": import_need,
    "walking": import_walking,
}
# What says who lives where; what follows from it is no part of the batch.
PEOPLED = {"crosswalk", "official_areas"}
SYSTEM_RANDOM = secrets.SystemRandom()


@dataclass(frozen=True)
class Imported:
    """What an import did, row by row in the file's order; `batch` is the number to undo it by."""

    tally: Tally
    batch: int | None

    def lines(self) -> list[str]:
        """The outcome in sentences, for a terminal."""
        return self.tally.lines()


def import_file(
    session: Session,
    path: Path,
    *,
    layout_name: str,
    say: Say,
    code_random: random.Random = SYSTEM_RANDOM,
) -> Imported:
    """Import one file as the named layout; the caller's transaction makes it all or nothing.

    What it changes is kept as a batch, to be undone as one.

    Raises:
        Invalid: the file cannot be read, or rows are wrong (`WrongRows` lists every one).
        NotFound: the layout's district has not been imported.
    """
    layout = read_layout(layout_name)
    if not path.is_file():
        raise Invalid("There is no file {path}.", path=path)
    with watch_changes(session) as changes:
        if layout.what == "district":
            tally = import_district(session, path)
        elif layout.what in TABLES:
            tally = TABLES[layout.what](session, path, layout)
        else:
            rows = read_features(path)
            say(f"{path.name}: {len(rows)} rows")
            if layout.what == "official_areas":
                tally = _import_official_areas(session, rows, layout)
            else:
                tally = _import_assets(session, rows, layout, say=say, code_random=code_random)
    if layout.what in PEOPLED and tally.new + tally.changed:
        place = get_district(session, slug=layout.district)
        rebuild_population(session, district_id=place.id)
    draft = BatchDraft(
        file_name=path.name,
        layout=layout_name,
        digest=hashlib.sha256(path.read_bytes()).hexdigest(),
        new_count=tally.new,
        changed_count=tally.changed,
    )
    batch = keep_batch(session, draft=draft, changes=changes)
    return Imported(tally, None if batch is None else batch.number)


def import_district(session: Session, path: Path) -> Tally:
    """Make or update a district and its desk from a JSON file (see `data/README.md`)."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        desk = OrganisationDraft(
            **values.pop("desk"), is_desk=True, is_example=values.get("is_example", False)
        )
        district, change = put_district(session, draft=DistrictDraft(**values))
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid("{path} is no district file: {error}.", path=path, error=error) from error
    put_organisation(session, district_id=district.id, draft=desk)
    tally = Tally()
    tally.count(change, district.slug)
    return tally


def _import_official_areas(session: Session, rows: list[Feature], layout: Layout) -> Tally:
    place = get_district(session, slug=layout.district)
    level = Level(layout.level)
    parents = parents_in_force(session, district_id=place.id, below=level)

    def convert(row: Mapping[str, Any], shape: BaseGeometry) -> OfficialAreaDraft:
        parent = layout.value(row, "parent")
        if parent is not None and parent not in parents:
            raise Invalid(
                "Its parent {parent} is not there: import that level first.", parent=parent
            )
        return OfficialAreaDraft(
            code=need(layout, row, "code"),
            name=need(layout, row, "name"),
            parent_code=parent,
            statistics_code=layout.value(row, "statistics_code"),
            valid_from=read_date(need(layout, row, "valid_from")),
            shape=as_multipolygon(check_shape(shape)),
            source=layout.source,
            licence=layout.licence,
        )

    drafts = convert_rows(rows, convert, lambda draft: draft.key)
    tally = put_official_areas(session, district_id=place.id, level=level, drafts=drafts)
    bounds = district_shape(session, district_id=place.id)
    if bounds is not None and tally.new + tally.changed:
        set_bounds(session, district=session.get_one(District, place.id), bounds=bounds)
    return tally


def _import_assets(
    session: Session,
    rows: list[Feature],
    layout: Layout,
    *,
    say: Say,
    code_random: random.Random,
) -> Tally:
    converted = convert_rows(rows, partial(_to_asset, layout), lambda draft: draft.source_ref)
    drafts = _number_twins(converted)
    tally = Tally({draft.key: Change.OUTSIDE for draft in drafts})
    problems: list[RowProblem] = []
    by_district: dict[Any, list[AssetDraft]] = {}
    for number, draft in enumerate(drafts, start=1):
        place = _district_of(session, draft)
        if place is None:
            tally.outside.append(f"row {number}, {draft.name}")
        elif not is_within_reach(draft.shape, place):
            words = "The shape reaches far outside its district: check its points."
            problems.append(RowProblem(number, words))
        else:
            marked = replace(draft, is_example=place.is_example)
            by_district.setdefault(place.id, []).append(marked)
        if number % 500 == 0:
            say(f"  {number} of {len(drafts)}")
    if problems:
        raise WrongRows(problems)
    for district_id, members in by_district.items():
        part = put_assets(
            session,
            district_id=district_id,
            drafts=members,
            new_code=partial(make_code, code_random),
        )
        tally.by_key.update(part.by_key)
    return tally


def _district_of(session: Session, draft: AssetDraft) -> Place | None:
    point = draft.shape.representative_point()
    return find_district_at(session, lon=point.x, lat=point.y)


def _to_asset(layout: Layout, row: Mapping[str, Any], shape: BaseGeometry) -> AssetDraft:
    checked = as_place(check_shape(shape))
    details = {
        name: value
        for name, column in layout.details.items()
        if (value := layout.clean(row.get(column))) is not None
    }
    kind = _read_kind(layout, row)
    return AssetDraft(
        kind=kind,
        name=layout.name_of(row),
        shape=checked,
        source=layout.source,
        source_ref=_source_ref(layout, row, checked),
        licence=layout.licence,
        register_status=RegisterStatus(layout.register_status),
        physical_status=PhysicalStatus(layout.physical_status),
        details=check_details(kind, details),
        source_on=read_date(layout.source_on) if layout.source_on else None,
    )


def _read_kind(layout: Layout, row: Mapping[str, Any]) -> Kind:
    words = layout.kind or need(layout, row, "kind")
    if words not in set(Kind):
        raise Invalid(
            "{words} is no kind of asset: use one of {kinds}.", words=words, kinds=", ".join(Kind)
        )
    return Kind(words)


def _source_ref(layout: Layout, row: Mapping[str, Any], shape: BaseGeometry) -> str:
    parts = [str(row.get(column) or "") for column in layout.key]
    if layout.key_with_coordinates:
        point = shape.representative_point()
        parts.append(f"{point.x:.6f} {point.y:.6f}")
    if not any(parts):
        raise Invalid("The key column {column} is empty.", column=", ".join(layout.key))
    return " | ".join(parts)


def _number_twins(drafts: list[AssetDraft]) -> list[AssetDraft]:
    """Give things of one name a number each, in the order of their keys."""
    names = Counter(draft.name for draft in drafts)
    order = sorted(range(len(drafts)), key=lambda i: drafts[i].source_ref)
    numbers: dict[int, str] = dict(_numbered_names(drafts, order, names))
    return [
        AssetDraft(**{**vars(draft), "name": numbers.get(i, draft.name)})
        for i, draft in enumerate(drafts)
    ]


def _numbered_names(
    drafts: list[AssetDraft], order: list[int], names: Counter[str]
) -> Iterator[tuple[int, str]]:
    seen: Counter[str] = Counter()
    for i in order:
        name = drafts[i].name
        if names[name] > 1:
            seen[name] += 1
            what, comma, where = name.partition(", ")
            yield i, f"{what} {seen[name]}{comma}{where}"
