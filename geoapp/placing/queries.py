"""Questions of whoever keeps things: what they keep, how a thing is drawn, where a place lies."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import date

from geoalchemy2.shape import to_shape
from shapely import Point
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, or_, select, tuple_
from sqlalchemy.orm import Session

from geoapp.assets.queries import ON_MAP, AssetFacts, assets_near, list_assets
from geoapp.assets.rules import Kind
from geoapp.assets.tables import Asset, MaintenanceDuty
from geoapp.db import spatial
from geoapp.districts.tables import District
from geoapp.placing.rules import TWIN_M

MOST_TWINS = 50


@dataclass(frozen=True)
class Drawn:
    """How a thing stands on the map: its shape, the pin of it, and by what to tell that somebody
    has changed it since."""

    shape: BaseGeometry
    pin: Point
    version: str


@dataclass(frozen=True)
class KeptPage:
    """A page of what an organisation owns or keeps, by name; `next_id` where it goes on."""

    assets: list[AssetFacts]
    next_id: uuid.UUID | None


def read_drawn(session: Session, *, asset_id: uuid.UUID, is_locked: bool = False) -> Drawn:
    """How a thing stands on the map now; `is_locked`: nobody else changes it until the end."""
    wanted = select(Asset).where(Asset.id == asset_id)
    asset = session.scalars(
        wanted.with_for_update(key_share=True) if is_locked else wanted,
        execution_options={"populate_existing": True},
    ).one()
    shape = to_shape(asset.geom)
    return Drawn(shape, to_shape(asset.point).centroid, hashlib.sha256(shape.wkb).hexdigest()[:16])


def is_inside(session: Session, *, district_id: uuid.UUID, shape: BaseGeometry) -> bool:
    """Whether all of a lon/lat shape lies in a district."""
    held = spatial.covers(District.bounds, spatial.lonlat_shape(shape))
    return session.scalar(select(District.id).where(District.id == district_id, held)) is not None


def list_twins(session: Session, *, kind: Kind, lon: float, lat: float) -> list[AssetFacts]:
    """What stands so near a place, of one kind, that it may be the same thing; nearest first."""
    near = assets_near(session, lon=lon, lat=lat, radius_m=TWIN_M, limit=MOST_TWINS)
    return [asset for asset in near if asset.kind is kind]


def list_kept(
    session: Session,
    *,
    organisation_id: uuid.UUID,
    today: date,
    after: uuid.UUID | None,
    limit: int,
) -> KeptPage:
    """What an organisation owns, or keeps any part of today, by name, from just after `after`."""
    theirs = _is_kept_by(organisation_id, today)
    wanted = select(Asset.id).where(ON_MAP, theirs).order_by(Asset.name, Asset.id)
    if after is not None:
        last = session.scalar(select(Asset.name).where(Asset.id == after)) or ""
        wanted = wanted.where(tuple_(Asset.name, Asset.id) > (last, after))
    ids = list(session.scalars(wanted.limit(limit + 1)))
    shown = ids[:limit]
    found = {
        asset.id: asset for asset in list_assets(session, where=[Asset.id.in_(shown)], limit=limit)
    }
    return KeptPage(
        [found[asset_id] for asset_id in shown if asset_id in found],
        shown[-1] if len(ids) > limit else None,
    )


def _is_kept_by(organisation_id: uuid.UUID, today: date) -> ColumnElement[bool]:
    """True for what is theirs: each of the two by its own index."""
    kept = select(MaintenanceDuty.asset_id).where(
        MaintenanceDuty.organisation_id == organisation_id,
        or_(MaintenanceDuty.until.is_(None), MaintenanceDuty.until >= today),
        or_(MaintenanceDuty.starts_on.is_(None), MaintenanceDuty.starts_on <= today),
    )
    owned = select(Asset.id).where(Asset.owner_id == organisation_id)
    return Asset.id.in_(kept.union(owned))
