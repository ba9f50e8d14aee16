"""Changes to assets and what is known of them."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from geoalchemy2.shape import from_shape, to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from geoapp.areas.rules import make_search_key
from geoapp.assets.queries import (
    AssetFacts,
    find_asset_near,
    get_entry,
    stands_in,
    thing_of,
)
from geoapp.assets.rules import (
    SIGHTING_OF_ONE_THING,
    SIGHTINGS_OF_A_THING,
    SIGHTINGS_OF_ONE,
    STANDING,
    AssetEventKind,
    Kind,
    PhysicalStatus,
    Precision,
    RegisterEntry,
    RegisterStatus,
    Replacement,
    SeenBy,
    check_details,
    check_replacement,
    events_of,
    flatten_entry,
    settle_entry,
)
from geoapp.assets.tables import (
    Asset,
    AssetEvent,
    FrameworkContract,
    MaintenanceDuty,
    Ownership,
    Sighting,
)
from geoapp.db.changes import Change, Tally, update_row
from geoapp.errors import Conflict, Invalid, NotFound, Stale
from geoapp.geo.crs import LONLAT
from geoapp.ledger.actions import claim_key, count_use, settle_key, try_count_use
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Doer
from geoapp.ledger.rules import make_fingerprint
from geoapp.media.actions import add_picture
from geoapp.media.gate import Cleaned
from geoapp.media.store import FileStore
from geoapp.people.tables import Organisation

SIGHTING = "sighting"
# A part stands at most so far from its site, a sign from what it shows.
REACH_M = 1_000.0


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
    owner_since: date | None = None
    part_of_id: uuid.UUID | None = None
    shows_id: uuid.UUID | None = None
    last_seen_on: date | None = None
    planned_on: date | None = None
    review_on: date | None = None
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
        planned_on=draft.planned_on,
        review_on=draft.review_on,
        source=draft.source,
        source_ref=draft.source_ref,
        source_on=draft.source_on,
        licence=draft.licence,
        is_example=draft.is_example,
        geom=from_shape(draft.shape, srid=LONLAT),
    )
    session.add(asset)
    session.flush()
    if draft.owner_id is not None:
        session.add(
            Ownership(
                asset_id=asset.id,
                organisation_id=draft.owner_id,
                starts_on=draft.owner_since,
                is_example=is_example(session, asset, draft.owner_id),
            )
        )
        session.flush()
    return asset


@dataclass(frozen=True)
class Tap:
    """That somebody stands at a thing: as whom, a digest of their network's address for this day,
    and the key of their form."""

    seen_by: SeenBy
    subject: str
    key: str


def see_asset(
    session: Session, *, asset: AssetFacts, tap: Tap, today: date, now: datetime
) -> uuid.UUID | None:
    """Note that an asset is still there; the same key again answers with the same sighting.

    None where no row is kept: this network said so today, or enough others did.

    Raises:
        Conflict: by the map it is not there (yet, or any more).
        TooMany: this network has seen too much for an hour.
    """
    if asset.physical_status not in STANDING:
        raise Conflict(
            "By the map this is not there (any more). Is it there all the same? Report that."
        )
    fingerprint = make_fingerprint({"asset": asset.code})
    known = claim_key(session, purpose=SIGHTING, key=tap.key, fingerprint=fingerprint)
    if known is not None:
        return uuid.UUID(known) if known else None
    sighting_id = _keep_sighting(session, asset, tap, today=today, now=now)
    outcome = str(sighting_id or "")
    settle_key(session, purpose=SIGHTING, key=tap.key, outcome=outcome)
    return sighting_id


def _keep_sighting(
    session: Session, asset: AssetFacts, tap: Tap, *, today: date, now: datetime
) -> uuid.UUID | None:
    once = make_fingerprint({"asset": asset.code, "subject": tap.subject})
    if try_count_use(session, limit=SIGHTING_OF_ONE_THING, subject=once, now=now) is None:
        return None
    count_use(session, limit=SIGHTINGS_OF_ONE, subject=tap.subject, now=now)
    mark_seen(session, asset_id=asset.id, seen_on=today)
    of_thing = str(asset.id)
    if try_count_use(session, limit=SIGHTINGS_OF_A_THING, subject=of_thing, now=now) is None:
        return None
    sighting = Sighting(
        asset_id=asset.id, seen_on=today, seen_by=tap.seen_by, is_example=asset.is_example
    )
    session.add(sighting)
    session.flush()
    return sighting.id


def mark_seen(session: Session, *, asset_id: uuid.UUID, seen_on: date) -> None:
    """An asset was seen on a day; the day it was last seen never goes back."""
    is_earlier = or_(Asset.last_seen_on.is_(None), Asset.last_seen_on < seen_on)
    session.execute(
        update(Asset).where(Asset.id == asset_id, is_earlier).values(last_seen_on=seen_on)
    )


def add_sighting_picture(
    session: Session,
    *,
    asset: AssetFacts,
    sighting_id: uuid.UUID,
    cleaned: Cleaned,
    store: FileStore,
    now: datetime,
) -> None:
    """Add a photo to a sighting of an asset, held until somebody has looked; where it has one,
    nothing changes.

    Raises:
        NotFound: there is no such sighting of this asset.
        OSError: the disk is full or broken; nothing is left behind.
    """
    # One at a time for an asset: each photo has its own place.
    session.execute(select(Asset.id).where(Asset.id == asset.id).with_for_update(key_share=True))
    sighting = session.scalar(
        select(Sighting)
        .where(Sighting.id == sighting_id, Sighting.asset_id == asset.id)
        .execution_options(populate_existing=True)
    )
    if sighting is None:
        raise NotFound("There is no such photo.")
    if sighting.picture_id is not None:
        return
    last = select(func.max(Sighting.position)).where(Sighting.asset_id == asset.id)
    position = (session.scalar(last) or 0) + 1
    picture = add_picture(
        session,
        district_id=asset.district_id,
        cleaned=cleaned,
        store=store,
        now=now,
        is_example=asset.is_example,
    )
    sighting.picture_id, sighting.position = picture.id, position
    session.flush()


def put_example_sighting(session: Session, *, asset_id: uuid.UUID, seen_on: date) -> None:
    """Somebody passed an example asset."""
    session.add(
        Sighting(asset_id=asset_id, seen_on=seen_on, seen_by=SeenBy.PUBLIC, is_example=True)
    )


def remove_example_sightings(session: Session) -> None:
    """Take away the sightings of example assets; their photos may go then."""
    session.execute(delete(Sighting).where(Sighting.is_example))


def remove_example_assets(session: Session) -> int:
    """Take away every example asset, and every example fact on a real one."""
    owned = select(Ownership.asset_id).where(Ownership.is_example, Ownership.until.is_(None))
    real = update(Asset).where(Asset.id.in_(owned), ~Asset.is_example)
    session.execute(real.values(owner_id=None))
    session.execute(delete(Ownership).where(Ownership.is_example))
    session.execute(delete(FrameworkContract).where(FrameworkContract.is_example))
    session.execute(delete(AssetEvent).where(AssetEvent.is_example))
    session.execute(delete(MaintenanceDuty).where(MaintenanceDuty.is_example))
    gone = session.execute(delete(Asset).where(Asset.is_example).returning(Asset.id)).all()
    return len(gone)


# -- By whoever manages it ---------------------------------------------------------------------


@dataclass(frozen=True)
class Editor:
    """Who changes the register: the person for the history and their organisation; when: the
    instant, and the day it is there."""

    doer: Doer
    organisation_id: uuid.UUID | None
    now: datetime
    today: date


def change_entry(
    session: Session,
    *,
    asset: AssetFacts,
    change: tuple[Mapping[str, str], RegisterEntry],
    by: Editor,
) -> None:
    """Let the register say this of an asset, where it still says what it said before (the first of
    `change`, as `flatten_entry` writes it).

    What that tells of the thing's own life is added to it, by the month: the day it was told is
    seldom the day it happened.

    Raises:
        Invalid: a day, a status, a site or a sign that cannot be.
        Stale: somebody changed it meanwhile.
    """
    row = lock_asset(session, asset_id=asset.id)
    before = _get_unchanged(session, asset, change[0])
    after = settle_entry(before, change[1], today=by.today)
    if after == before:
        return
    values = {name: value for name, value in vars(after).items() if name not in _CODES}
    for name, column in _CODES.items():
        values[column] = getattr(row, column)
        if getattr(after, name) != getattr(before, name):
            values[column] = _find_relative(session, asset, getattr(after, name), field=name)
    events = events_of(before, after, today=by.today)
    if AssetEventKind.BUILT in events:
        values["last_seen_on"] = by.today
    details = check_details(asset.kind, after.details)
    update_row(row, {**values, "details": details, "search_key": make_search_key(after.name)})
    is_made_up = is_example(session, row, by.organisation_id)
    session.add_all(
        AssetEvent(
            asset_id=asset.id,
            kind=kind,
            happened_on=by.today,
            precision=Precision.MONTH,
            is_example=is_made_up,
        )
        for kind in events
    )
    session.flush()
    deed = Deed("change_entry", before=flatten_entry(before), after=flatten_entry(after))
    record_change(session, thing=thing_of(asset), doer=by.doer, deed=deed, now=by.now)


def replace_asset(
    session: Session,
    *,
    asset: AssetFacts,
    change: tuple[Mapping[str, str], Replacement],
    by: Editor,
) -> None:
    """Let a new thing stand where the old one stood. It keeps the row and the public code, so that
    the code on its sign stays good and the line of life goes on.

    Raises:
        Invalid: the day is still to come, or there is no old one yet.
        Stale: somebody changed it meanwhile.
    """
    row = lock_asset(session, asset_id=asset.id)
    before, new = _get_unchanged(session, asset, change[0]), change[1]
    check_replacement(new, before=before, today=by.today)
    update_row(
        row,
        {
            "name": new.name,
            "search_key": make_search_key(new.name),
            "details": check_details(asset.kind, new.details),
            "physical_status": PhysicalStatus.IN_USE,
            "last_seen_on": max(new.on_day, row.last_seen_on or new.on_day),
        },
    )
    session.add(
        AssetEvent(
            asset_id=asset.id,
            kind=AssetEventKind.REPLACED,
            happened_on=new.on_day,
            precision=Precision.DAY,
            note=new.note,
            is_example=is_example(session, row, by.organisation_id),
        )
    )
    session.flush()
    told = {"on_day": new.on_day, "note": new.note}
    after = flatten_entry(get_entry(session, asset_id=asset.id))
    deed = Deed("replace_asset", before=flatten_entry(before), after={**after, **told})
    record_change(session, thing=thing_of(asset), doer=by.doer, deed=deed, now=by.now)


def lock_asset(session: Session, *, asset_id: uuid.UUID) -> Asset:
    """The row as it is now; who changes facts of one asset waits here for whoever is before
    them."""
    wanted = select(Asset).where(Asset.id == asset_id).with_for_update(of=Asset, key_share=True)
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def is_example(session: Session, asset: Asset, organisation_id: uuid.UUID | None) -> bool:
    """What is told of an example, or by or of an example organisation, goes with it."""
    told = select(Organisation.is_example).where(Organisation.id == organisation_id)
    return asset.is_example or bool(session.scalar(told))


# Fields of the entry that hold a public code, with the column of what it stands for.
_CODES = {"part_of": "part_of_id", "shows": "shows_id"}


def _get_unchanged(session: Session, asset: AssetFacts, before: Mapping[str, str]) -> RegisterEntry:
    """The entry, where it still says what whoever changes it has read."""
    entry = get_entry(session, asset_id=asset.id)
    said = flatten_entry(entry)
    if any(said.get(name, "") != words for name, words in before.items()):
        raise Stale("Somebody changed this since you opened it: look at both, and send it again.")
    return entry


def _find_relative(
    session: Session, asset: AssetFacts, code: str, *, field: str
) -> uuid.UUID | None:
    if not code:
        return None
    found = find_asset_near(session, code=code, near=(asset.lon, asset.lat), radius_m=REACH_M)
    if found is None or found.district_id != asset.district_id:
        raise Invalid("There is no place with number {code} near it.", field=field, code=code)
    if field == "shows" and asset.kind is not Kind.SIGN:
        raise Invalid("Only a sign shows another place.", field=field)
    is_in_it = field == "part_of" and stands_in(session, asset_id=found.id, site_id=asset.id)
    if found.id == asset.id or is_in_it:
        raise Invalid("A place cannot stand in itself: choose another.", field=field)
    return found.id


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
