"""Changes to assets and what is known of them."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from geoalchemy2.shape import from_shape, to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from geoapp.areas.rules import make_search_key
from geoapp.assets.rules import Kind, PhysicalStatus, RegisterStatus, check_details
from geoapp.assets.tables import Agreement, Asset, AssetEvent, MaintenanceDuty
from geoapp.db.changes import Change, Tally, update_row
from geoapp.geo.crs import LONLAT


@dataclass(frozen=True)
class AssetDraft:
    """An asset as a source gives it. `shape` lon/lat, checked; `source_ref` the source's key."""

    kind: Kind
    name: str
    shape: BaseGeometry
    source: str
    source_ref: str
    licence: str
    register_status: RegisterStatus = RegisterStatus.UNKNOWN
    physical_status: PhysicalStatus = PhysicalStatus.IN_USE
    details: dict[str, object] = field(default_factory=dict)
    source_on: date | None = None
    owner_id: uuid.UUID | None = None
    part_of_id: uuid.UUID | None = None
    shows_id: uuid.UUID | None = None
    last_seen_on: date | None = None
    is_example: bool = False

    @property
    def key(self) -> str:
        """What tells it apart from all others."""
        return f"{self.source}: {self.source_ref}"


def put_assets(
    session: Session,
    *,
    district_id: uuid.UUID,
    drafts: Sequence[AssetDraft],
    new_code: Callable[[], str],
) -> Tally:
    """Bring the assets of one source up to date, by the source's own key.

    What people changed here since (owner, statuses, last seen) stays; name, kind, place and
    details follow the source.

    Raises:
        Invalid: a detail does not fit its kind.
    """
    known = {
        (asset.source, asset.source_ref): asset
        for asset in session.scalars(
            select(Asset).where(
                Asset.district_id == district_id,
                Asset.source.in_({draft.source for draft in drafts}),
            )
        )
    }
    tally = Tally()
    for draft in drafts:
        asset = known.get((draft.source, draft.source_ref))
        if asset is None:
            known[draft.source, draft.source_ref] = add_asset(
                session, district_id=district_id, draft=draft, new_code=new_code
            )
            tally.count(Change.NEW, draft.key)
        else:
            tally.count(_update_asset(asset, draft), draft.key)
    session.flush()
    return tally


def add_asset(
    session: Session, *, district_id: uuid.UUID, draft: AssetDraft, new_code: Callable[[], str]
) -> Asset:
    """Add one asset with a free public code from `new_code`.

    Raises:
        Invalid: a detail does not fit the kind.
    """
    code = new_code()
    while session.scalar(select(Asset.id).where(Asset.code == code)):
        code = new_code()
    asset = Asset(
        district_id=district_id,
        code=code,
        kind=draft.kind,
        name=draft.name,
        search_key=make_search_key(draft.name),
        register_status=draft.register_status,
        physical_status=draft.physical_status,
        details=check_details(draft.kind, draft.details),
        owner_id=draft.owner_id,
        part_of_id=draft.part_of_id,
        shows_id=draft.shows_id,
        last_seen_on=draft.last_seen_on,
        source=draft.source,
        source_ref=draft.source_ref,
        source_on=draft.source_on,
        licence=draft.licence,
        is_example=draft.is_example,
        geom=from_shape(draft.shape, srid=LONLAT),
    )
    session.add(asset)
    session.flush()
    return asset


def remove_example_assets(session: Session) -> int:
    """Take away every example asset, and every example fact on a real one."""
    session.execute(delete(AssetEvent).where(AssetEvent.is_example))
    session.execute(delete(MaintenanceDuty).where(MaintenanceDuty.is_example))
    session.execute(delete(Agreement).where(Agreement.is_example))
    gone = session.execute(delete(Asset).where(Asset.is_example).returning(Asset.id)).all()
    return len(gone)


def _update_asset(asset: Asset, draft: AssetDraft) -> Change:
    change = update_row(
        asset,
        {
            "kind": draft.kind,
            "name": draft.name,
            "search_key": make_search_key(draft.name),
            "details": check_details(draft.kind, draft.details),
            "source_on": draft.source_on,
            "licence": draft.licence,
        },
    )
    if not to_shape(asset.geom).equals_exact(draft.shape, tolerance=1e-9):
        asset.geom = from_shape(draft.shape, srid=LONLAT)
        change = Change.CHANGED
    return change
