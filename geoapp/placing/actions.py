"""Placing a thing, moving it, drawing its outline: each with its history, in one transaction."""

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import partial
from random import Random
from typing import Any

from geoalchemy2.shape import from_shape
from shapely import Point
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from geoapp.assets.actions import AssetDraft, add_asset
from geoapp.assets.queries import AssetFacts, thing_of
from geoapp.assets.rules import Aspect, AssetEventKind, Kind, PhysicalStatus, Precision
from geoapp.assets.tables import Asset, AssetEvent, MaintenanceDuty
from geoapp.db.base import new_id
from geoapp.db.codes import make_code
from geoapp.db.text import read_words
from geoapp.districts.queries import Place
from geoapp.errors import Conflict, Invalid, Stale
from geoapp.geo.crs import LONLAT
from geoapp.ledger.actions import claim_key, settle_key
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Doer, Thing
from geoapp.ledger.rules import check_key, make_fingerprint
from geoapp.people.tables import Organisation
from geoapp.placing.queries import Drawn, is_inside, list_twins, read_drawn
from geoapp.placing.rules import (
    DRAWN_KINDS,
    FIRST_STATUSES,
    MOST_FROM_PIN_M,
    MOST_NAME_LETTERS,
    MOST_NOTE_LETTERS,
    check_outline,
    measure_area_m2,
    measure_m,
    shift_shape,
    write_how_far,
)

PURPOSE = "place_asset"
LICENCE = "CC0 1.0"
# A pin that goes less far stays where it is: the numbers of a form are rounded.
LEAST_M = 0.1


@dataclass(frozen=True)
class NewThing:
    """A thing as somebody puts it on the map, in lon/lat.

    `organisation_id` keeps what `covers` says, and owns it where `is_owner`; None: nobody is known.
    """

    kind: Kind
    name: str
    lon: float
    lat: float
    physical_status: PhysicalStatus = PhysicalStatus.IN_USE
    details: Mapping[str, object] = field(default_factory=dict)
    organisation_id: uuid.UUID | None = None
    covers: tuple[Aspect, ...] = (Aspect.OPERATION,)
    is_owner: bool = False


@dataclass(frozen=True)
class Placer:
    """Who does it, at which organisation, when, and the day it is there."""

    doer: Doer
    organisation_id: uuid.UUID | None
    now: datetime
    today: date


def place_asset(
    session: Session,
    *,
    place: Place,
    thing: NewThing,
    by: Placer,
    key: str,
    is_sure: bool = False,
) -> str:
    """Put a thing on the map; its code, or that of what its key had put there before.

    Raises:
        Invalid: something of it cannot be kept; of the field that is wrong.
        Conflict: the same stands there already, and nobody said that this is another one; or the
            key was used for something else.
    """
    name = read_words(thing.name, field="name", most=MOST_NAME_LETTERS).replace("\n", " ")
    _check_new(session, thing, name, place)
    known = claim_key(
        session, purpose=PURPOSE, key=check_key(key), fingerprint=make_fingerprint(asdict(thing))
    )
    if known is not None:
        return known
    if not is_sure and list_twins(session, kind=thing.kind, lon=thing.lon, lat=thing.lat):
        raise Conflict("Something of this kind stands there already. Is it this one?", field="twin")
    organisations = _read_organisations(session, {thing.organisation_id, by.organisation_id})
    keeper = organisations.get(thing.organisation_id)
    is_planned = thing.physical_status is PhysicalStatus.PLANNED
    is_example = place.is_example or any(one.is_example for one in organisations.values())
    draft = AssetDraft(
        kind=thing.kind,
        name=name,
        shape=Point(thing.lon, thing.lat),
        source=f"Register {keeper.name if keeper else place.full_name}",
        source_ref=str(new_id()),
        licence=LICENCE,
        physical_status=thing.physical_status,
        details=dict(thing.details),
        source_on=by.today,
        owner_id=thing.organisation_id if thing.is_owner else None,
        last_seen_on=None if is_planned else by.today,
        is_example=is_example,
    )
    random: Random = secrets.SystemRandom()
    asset = add_asset(
        session, district_id=place.id, draft=draft, new_code=partial(make_code, random)
    )
    if keeper is not None:
        _add_duty(session, asset, thing, by)
    kind = AssetEventKind.PLANNED if is_planned else AssetEventKind.SEEN
    _add_event(session, asset, kind, by)
    settle_key(session, purpose=PURPOSE, key=key, outcome=asset.code)
    after = {
        "kind": thing.kind.value,
        "name": name,
        "place": _write_place(thing.lon, thing.lat),
        "physical_status": thing.physical_status.value,
        "organisation": keeper.name if keeper else "",
        "covers": [aspect.value for aspect in thing.covers] if keeper else [],
        "owner": keeper.name if keeper and thing.is_owner else "",
    }
    deed = Deed("place_asset", after=after)
    record_change(session, thing=Thing("asset", asset.id), doer=by.doer, deed=deed, now=by.now)
    return asset.code


def move_asset(
    session: Session,
    *,
    place: Place,
    asset: AssetFacts,
    to: Point,
    told: tuple[str, str],
    by: Placer,
) -> float:
    """Let a thing stand elsewhere, its outline with it; how many metres further. `told` is the
    version it was moved from, and why.

    Raises:
        Invalid: the place lies outside the district, or the words are too many.
        Stale: somebody else has moved or drawn it since.
    """
    version, words = told
    why = read_words(words, field="note", most=MOST_NOTE_LETTERS).replace("\n", " ")
    drawn = _open_drawn(session, asset, version)
    shape = shift_shape(drawn.shape, drawn.pin, to, metric_srid=place.metric_srid)
    metres = measure_m(drawn.pin, to, metric_srid=place.metric_srid)
    if metres < LEAST_M:
        return 0.0
    _check_inside(session, shape, place, "lat")
    session.execute(
        update(Asset).where(Asset.id == asset.id).values(geom=from_shape(shape, srid=LONLAT))
    )
    row = session.get_one(Asset, asset.id, populate_existing=True)
    _add_event(session, row, AssetEventKind.MOVED, by, write_how_far(metres, why))
    deed = Deed(
        "move_asset",
        before={"place": _write_place(drawn.pin.x, drawn.pin.y)},
        after={"place": _write_place(to.x, to.y), "note": why},
    )
    record_change(session, thing=thing_of(asset), doer=by.doer, deed=deed, now=by.now)
    return metres


def draw_outline(
    session: Session,
    *,
    place: Place,
    asset: AssetFacts,
    outline: BaseGeometry,
    version: str,
    by: Placer,
) -> float:
    """Give a thing its outline, made from that version; its size in square metres.

    Raises:
        Invalid: it is no outline, lies outside the district or far from the pin, or the thing is
            of a kind that has none.
        Stale: somebody else has moved or drawn it since.
    """
    if asset.kind not in DRAWN_KINDS:
        raise Invalid("Only a playground or a sports court has an outline.", field="outline")
    bounds = place.bounds or (-180.0, -90.0, 180.0, 90.0)
    shape = check_outline(outline, bounds=bounds)
    _check_inside(session, shape, place, "outline")
    drawn = _open_drawn(session, asset, version)
    nearest = shape.representative_point()
    metres = measure_m(drawn.pin, nearest, metric_srid=place.metric_srid)
    if metres > MOST_FROM_PIN_M:
        raise Invalid(
            "This outline lies {metres} metres from the pin: move the pin first, or look at the "
            "numbers.",
            field="outline",
            metres=round(metres),
        )
    size = measure_area_m2(shape, metric_srid=place.metric_srid)
    if drawn.shape.equals_exact(shape, tolerance=1e-9):
        return size
    before: dict[str, Any] = {"area_m2": asset.details.get("area_m2")}
    after: dict[str, Any] = {"area_m2": round(size)}
    values = {
        "geom": from_shape(shape, srid=LONLAT),
        "details": {**asset.details, **after},
    }
    session.execute(update(Asset).where(Asset.id == asset.id).values(**values))
    before["outline"], after["outline"] = _write_corners(drawn.shape), _write_corners(shape)
    deed = Deed("draw_outline", before=before, after=after)
    record_change(session, thing=thing_of(asset), doer=by.doer, deed=deed, now=by.now)
    return size


def _check_new(session: Session, thing: NewThing, name: str, place: Place) -> None:
    if not name:
        raise Invalid("Give it a name.", field="name")
    if thing.physical_status not in FIRST_STATUSES:
        raise Invalid("Say whether it stands there, or is to come.", field="physical_status")
    if thing.organisation_id is not None and not thing.covers:
        raise Invalid("Say what they do for it.", field="covers")
    _check_inside(session, Point(thing.lon, thing.lat), place, "lat")


def _check_inside(session: Session, shape: BaseGeometry, place: Place, name: str) -> None:
    if not is_inside(session, district_id=place.id, shape=shape):
        raise Invalid(
            "It lies outside {district}: check its place.", field=name, district=place.name
        )


def _open_drawn(session: Session, asset: AssetFacts, version: str) -> Drawn:
    """Of two at once the second waits here, and then finds its own version stale."""
    drawn = read_drawn(session, asset_id=asset.id, is_locked=True)
    if drawn.version != version:
        raise Stale(
            "Somebody moved or drew it since you opened this: look where it stands now, and send "
            "yours again."
        )
    return drawn


def _read_organisations(
    session: Session, ids: set[uuid.UUID | None]
) -> dict[uuid.UUID | None, Organisation]:
    found = select(Organisation).where(Organisation.id.in_([one for one in ids if one]))
    return {one.id: one for one in session.scalars(found)}


def _add_duty(session: Session, asset: Asset, thing: NewThing, by: Placer) -> None:
    session.add(
        MaintenanceDuty(
            asset_id=asset.id,
            organisation_id=thing.organisation_id,
            covers=[aspect.value for aspect in thing.covers],
            starts_on=by.today,
            is_example=asset.is_example,
        )
    )


def _add_event(
    session: Session, asset: Asset, kind: AssetEventKind, by: Placer, note: str = ""
) -> None:
    session.add(
        AssetEvent(
            asset_id=asset.id,
            kind=kind,
            happened_on=by.today,
            precision=Precision.DAY,
            note=note,
            is_example=asset.is_example,
        )
    )
    session.flush()


def _write_place(lon: float, lat: float) -> str:
    return f"{lat:.6f}, {lon:.6f}"


def _write_corners(shape: BaseGeometry) -> str:
    """What the history keeps of a shape: no more than a person can check it by."""
    return shape.wkt if len(shape.wkt) <= 2000 else f"{shape.wkt[:2000]}…"
