"""Questions about assets: which, where, whose, kept by whom."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Double,
    Integer,
    Text,
    and_,
    case,
    cast,
    column,
    false,
    func,
    literal_column,
    or_,
    select,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.orm import Session, aliased

from geoapp.areas.rules import make_search_key
from geoapp.assets.rules import (
    PLAY_KINDS,
    SHARE_ALIKE,
    STANDING,
    Aspect,
    AssetEventKind,
    Kind,
    PhysicalStatus,
    Precision,
    RegisterEntry,
    RegisterStatus,
    SeenBy,
    find_entrances,
)
from geoapp.assets.tables import (
    Asset,
    AssetContract,
    AssetEvent,
    FrameworkContract,
    MaintenanceDuty,
    Ownership,
    Sighting,
)
from geoapp.db import spatial
from geoapp.districts.tables import District
from geoapp.errors import NotFound
from geoapp.geo.tile import TileId
from geoapp.ledger.chain import Thing
from geoapp.media.rules import PictureState
from geoapp.media.tables import Picture
from geoapp.people.queries import Party, to_party
from geoapp.people.rules import Subject
from geoapp.people.tables import Organisation

Box = tuple[float, float, float, float]
# How many photos of passers-by a page shows, and how far back taps are counted.
MOST_SEEN_PHOTOS, DAYS_OF_A_YEAR = 3, 365
ON_MAP = Asset.physical_status != PhysicalStatus.REMOVED


@dataclass(frozen=True)
class AssetFacts:
    """An asset in public; lon/lat of its pin. `id` and `owner_id` are never published."""

    id: uuid.UUID
    district_id: uuid.UUID
    district: str
    code: str
    kind: Kind
    name: str
    lon: float
    lat: float
    register_status: RegisterStatus
    physical_status: PhysicalStatus
    details: Mapping[str, Any]
    owner: Party | None
    owner_id: uuid.UUID | None
    last_seen_on: date | None
    planned_on: date | None
    review_on: date | None
    source: str
    source_on: date | None
    licence: str
    is_example: bool


@dataclass(frozen=True)
class Relatives:
    """How an asset stands to others: the site it stands in, what stands in it, by name, and what
    a sign shows."""

    site: AssetFacts | None
    parts: tuple[AssetFacts, ...]
    shown: AssetFacts | None


@dataclass(frozen=True)
class Duty:
    """Who keeps what part of an asset, until when. `keeper_id` is never published."""

    keeper: Party
    keeper_id: uuid.UUID
    covers: tuple[Aspect, ...]
    until: date | None
    is_example: bool


@dataclass(frozen=True)
class Happening:
    """One entry of an asset's own history; `by` names the organisation, where it is about one."""

    kind: AssetEventKind
    happened_on: date
    precision: Precision
    note: str
    is_example: bool
    by: str = ""


@dataclass(frozen=True)
class ContractFacts:
    """A framework contract: who builds things of which kinds under it, from its first day to its
    last."""

    slug: str
    title: str
    contractor: Party
    covers_kinds: tuple[Kind, ...]
    starts_on: date
    ends_on: date
    is_example: bool


@dataclass(frozen=True)
class SeenPhoto:
    """A photo of a passer-by that everybody may see; `position` is its place in its address."""

    position: int
    seen_on: date


@dataclass(frozen=True)
class Sightings:
    """What taps tell of an asset: the last of them, how many there were in the last twelve months,
    and the newest photos that are shown."""

    last_on: date
    last_by: SeenBy
    in_a_year: int
    photos: tuple[SeenPhoto, ...]


@dataclass(frozen=True)
class Twin:
    """What stands where a row of a file wants to put the same."""

    code: str
    name: str
    source: str
    source_ref: str
    licence: str


@dataclass(frozen=True)
class Standing:
    """How many of a group still stand, and the day the oldest of them was last seen."""

    standing: int
    total: int
    last_seen_on: date | None


def get_asset(session: Session, *, code: str) -> AssetFacts:
    """The asset of this public code.

    Raises:
        NotFound: there is none.
    """
    row = session.execute(_assets().where(Asset.code == code)).first()
    if row is None:
        raise NotFound("There is no place with number {code}.", code=code)
    return _to_facts(row)


def relatives_of(session: Session, *, asset_id: uuid.UUID) -> Relatives:
    """The site of an asset, its parts, and what it shows; what was removed is not among them."""
    own = aliased(Asset)
    rows = session.execute(
        _assets()
        .add_columns(Asset.id == own.part_of_id, Asset.id == own.shows_id)
        .join(
            own,
            or_(
                Asset.id == own.part_of_id,
                Asset.id == own.shows_id,
                Asset.part_of_id == own.id,
            ),
        )
        .where(own.id == asset_id, ON_MAP)
        .order_by(Asset.name, Asset.id)
    ).all()
    sites = [_to_facts(row) for row in rows if row[-2]]
    shown = [_to_facts(row) for row in rows if row[-1]]
    parts = tuple(_to_facts(row) for row in rows if not (row[-2] or row[-1]))
    return Relatives(next(iter(sites), None), parts, next(iter(shown), None))


@dataclass(frozen=True)
class Setting:
    """What a sign is about, for many at once: the site an asset stands in, empty where in none;
    and what it shows, if it is a sign that does."""

    site: str
    shown: str
    shown_kind: Kind | None


def settings_of(session: Session, *, asset_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Setting]:
    """Of each of these assets what its sign is about; what was removed is left out."""
    site, shown = aliased(Asset), aliased(Asset)
    rows = session.execute(
        select(Asset.id, site.name, shown.name, shown.kind)
        .outerjoin(
            site,
            and_(site.id == Asset.part_of_id, site.physical_status != PhysicalStatus.REMOVED),
        )
        .outerjoin(
            shown,
            and_(shown.id == Asset.shows_id, shown.physical_status != PhysicalStatus.REMOVED),
        )
        .where(Asset.id.in_(asset_ids))
    )
    return {row[0]: Setting(row[1] or "", row[2] or "", row[3]) for row in rows}


def assets_looked_after(
    session: Session, *, organisation_id: uuid.UUID, today: date, limit: int
) -> list[AssetFacts]:
    """What stands and an organisation owns, or keeps in part today, by name; one more than
    `limit` says: there are more."""
    keeps = select(MaintenanceDuty.asset_id).where(
        MaintenanceDuty.organisation_id == organisation_id,
        (MaintenanceDuty.until.is_(None)) | (MaintenanceDuty.until >= today),
        (MaintenanceDuty.starts_on.is_(None)) | (MaintenanceDuty.starts_on <= today),
    )
    own = or_(Asset.owner_id == organisation_id, Asset.id.in_(keeps))
    found = _assets().where(ON_MAP, own).order_by(Asset.name, Asset.id).limit(limit + 1)
    return [_to_facts(row) for row in session.execute(found)]


def list_assets(
    session: Session,
    *,
    where: Sequence[ColumnElement[bool]] = (),
    district: str | None = None,
    kind: Kind | None = None,
    after: str = "",
    limit: int = 200,
) -> list[AssetFacts]:
    """Assets that are not removed, by code, from just after `after`; one more than `limit` says:
    go on."""
    assets = _assets().where(ON_MAP, Asset.code > after, *where)
    assets = assets.order_by(Asset.code).limit(limit + 1)
    if district is not None:
        assets = assets.where(District.slug == district)
    if kind is not None:
        assets = assets.where(Asset.kind == kind)
    return [_to_facts(row) for row in session.execute(assets)]


def assets_in_box(
    session: Session,
    *,
    box: Box,
    kinds: Sequence[Kind],
    near: tuple[float, float],
    limit: int,
) -> tuple[list[AssetFacts], int]:
    """Assets of these kinds in a box, nearest to `near` (lon, lat) first, and how many in all
    (10,001 stands for more than 10,000)."""
    inside = (ON_MAP, Asset.kind.in_(kinds), spatial.in_box(Asset.point, box))
    among, distance = spatial.nearest(Asset, *inside, near=near, limit=limit)
    rows = session.execute(_assets().where(among).order_by(distance, Asset.id).limit(limit)).all()
    total = session.scalar(spatial.count_rows(Asset, *inside))
    return [_to_facts(row) for row in rows], int(total or 0)


def assets_near(
    session: Session, *, lon: float, lat: float, radius_m: float, limit: int
) -> list[AssetFacts]:
    """Assets within `radius_m` metres over the ground, nearest first."""
    rows = session.execute(
        _assets()
        .where(ON_MAP, spatial.within_m(Asset.point, lon, lat, radius_m))
        .order_by(spatial.distance_m(Asset.point, lon, lat), Asset.id)
        .limit(limit)
    )
    return [_to_facts(row) for row in rows]


def find_asset_near(
    session: Session, *, code: str, near: tuple[float, float], radius_m: float
) -> AssetFacts | None:
    """The asset of this code, where it stands within `radius_m` metres of `near` (lon, lat)."""
    is_near = spatial.within_m(Asset.point, *near, radius_m)
    row = session.execute(_assets().where(ON_MAP, Asset.code == code, is_near)).first()
    return None if row is None else _to_facts(row)


def find_twins(
    session: Session,
    *,
    district_id: uuid.UUID,
    places: Sequence[tuple[Kind, float, float]],
    radius_m: float,
) -> dict[int, Twin]:
    """By its number in `places` (kind, lon, lat; from 0): what stands there already, of the same
    kind and at most `radius_m` metres off, the nearest."""
    if not places:
        return {}
    kinds, lons, lats = zip(*places, strict=True)
    given = (
        func.unnest(
            cast(list(range(len(places))), ARRAY(Integer)),
            cast([kind.value for kind in kinds], ARRAY(Text)),
            cast(list(lons), ARRAY(Double)),
            cast(list(lats), ARRAY(Double)),
        )
        .table_valued(
            column("number", Integer),
            column("kind", Text),
            column("lon", Double),
            column("lat", Double),
        )
        .render_derived(name="given")
    )
    lon, lat = given.c.lon, given.c.lat
    rows = session.execute(
        select(
            given.c.number, Asset.code, Asset.name, Asset.source, Asset.source_ref, Asset.licence
        )
        .ext(distinct_on(given.c.number))
        .join(Asset, cast(Asset.kind, Text) == given.c.kind)
        .where(Asset.district_id == district_id, ON_MAP)
        .where(spatial.within_m(Asset.point, lon, lat, radius_m))
        .order_by(given.c.number, spatial.distance_m(Asset.point, lon, lat), Asset.id)
    )
    return {number: Twin(*told) for number, *told in rows}


@dataclass(frozen=True)
class Reachable:
    """A thing to go to, without its shape; `stamp` changes when anything of it does. `entrances`
    are lon/lat. `id` is never published."""

    id: uuid.UUID
    code: str
    name: str
    physical_status: PhysicalStatus
    entrances: tuple[tuple[float, float], ...]
    source: str
    source_on: date | None
    licence: str
    is_example: bool
    stamp: str


def list_reachable(session: Session, *, district_id: uuid.UUID, kind: Kind) -> list[Reachable]:
    """Everything of a kind that stands in a district, by code."""
    rows = session.execute(
        select(
            Asset.id,
            Asset.code,
            Asset.name,
            Asset.physical_status,
            Asset.details,
            Asset.source,
            Asset.source_on,
            Asset.licence,
            Asset.is_example,
            spatial.stamp_of(Asset).label("stamp"),
        )
        .where(
            Asset.district_id == district_id,
            Asset.kind == kind,
            Asset.physical_status.in_(STANDING),
        )
        .order_by(Asset.code)
    )
    return [
        Reachable(
            id=row.id,
            code=row.code,
            name=row.name,
            physical_status=row.physical_status,
            entrances=find_entrances(row.details),
            source=row.source,
            source_on=row.source_on,
            licence=row.licence,
            is_example=row.is_example,
            stamp=row.stamp,
        )
        for row in rows
    ]


def shapes_of(
    session: Session, *, asset_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, BaseGeometry]:
    """The shapes of these assets, lon/lat."""
    rows = session.execute(
        select(Asset.id, func.ST_AsBinary(Asset.geom)).where(Asset.id.in_(asset_ids))
    ).all()
    found = shapely.from_wkb([bytes(wkb) for _, wkb in rows])
    return {asset_id: shape for (asset_id, _), shape in zip(rows, found, strict=True)}


def list_licences(
    session: Session, *, district_id: uuid.UUID, source: str | None = None
) -> list[str]:
    """The licences that rows of a source are here under, or of all sources."""
    found = select(Asset.licence).where(Asset.district_id == district_id)
    if source is not None:
        found = found.where(Asset.source == source)
    return sorted(session.scalars(found.distinct()))


def list_refs(session: Session, *, district_id: uuid.UUID, source: str) -> set[str]:
    """The keys of a source that are known here."""
    found = select(Asset.source_ref).where(Asset.district_id == district_id, Asset.source == source)
    return set(session.scalars(found))


def share_alike() -> ColumnElement[bool]:
    """As `is_share_alike`, of rows."""
    return Asset.licence.istartswith(SHARE_ALIKE)


def find_assets(
    session: Session, *, words: str, district_id: uuid.UUID | None = None, limit: int = 5
) -> list[AssetFacts]:
    """Assets whose name begins with `words`, case, spaces and signs aside."""
    key = make_search_key(words)
    if len(key) < 2:
        return []
    assets = _assets().where(ON_MAP, Asset.search_key.like(key + "%"))
    if district_id is not None:
        assets = assets.where(Asset.district_id == district_id)
    rows = session.execute(assets.order_by(Asset.search_key, Asset.id).limit(limit))
    return [_to_facts(row) for row in rows]


def duties_of(
    session: Session, *, asset_ids: Sequence[uuid.UUID], today: date
) -> dict[uuid.UUID, list[Duty]]:
    """Who keeps these assets today, device first; an asset nobody keeps is not in the answer."""
    rows = session.execute(
        select(MaintenanceDuty, Organisation)
        .join(Organisation, Organisation.id == MaintenanceDuty.organisation_id)
        .where(
            MaintenanceDuty.asset_id.in_(asset_ids),
            _in_force(today),
        )
        .order_by(MaintenanceDuty.id)
    )
    duties: dict[uuid.UUID, list[Duty]] = {}
    order = list(Aspect)
    for duty, keeper in rows:
        covers = tuple(sorted((Aspect(aspect) for aspect in duty.covers), key=order.index))
        duties.setdefault(duty.asset_id, []).append(
            Duty(to_party(keeper), keeper.id, covers, duty.until, duty.is_example)
        )
    for found in duties.values():
        found.sort(key=lambda duty: [order.index(aspect) for aspect in duty.covers])
    return duties


def subject_of(asset: AssetFacts, duties: Sequence[Duty]) -> Subject:
    """Where an asset is, and who operates it (never merely who repairs or cleans it)."""
    operators = frozenset(duty.keeper_id for duty in duties if Aspect.OPERATION in duty.covers)
    return Subject(district_id=asset.district_id, organisation_ids=operators)


def managed_subject(asset: AssetFacts, duties: Sequence[Duty]) -> Subject:
    """Where an asset is, and who manages it: its legal owner and who operates it."""
    return _with_owner(asset, subject_of(asset, duties))


def kept_subject(asset: AssetFacts, duties: Sequence[Duty]) -> Subject:
    """Where an asset is, and who looks after it: its legal owner and who keeps any part of it."""
    keepers = frozenset(duty.keeper_id for duty in duties)
    return _with_owner(asset, Subject(asset.district_id, organisation_ids=keepers))


def _with_owner(asset: AssetFacts, subject: Subject) -> Subject:
    owner = frozenset({asset.owner_id} if asset.owner_id else ())
    return replace(subject, organisation_ids=subject.organisation_ids | owner)


def thing_of(asset: AssetFacts) -> Thing:
    """Under what an asset's history stands."""
    return Thing("asset", asset.id)


def managers(today: date) -> CompoundSelect[uuid.UUID, uuid.UUID]:
    """As `managed_subject`, of rows: `asset_id` and `organisation_id` of each who manages it."""
    owned = select(Asset.id.label("asset_id"), Asset.owner_id.label("organisation_id")).where(
        Asset.owner_id.is_not(None)
    )
    operated = select(MaintenanceDuty.asset_id, MaintenanceDuty.organisation_id).where(
        MaintenanceDuty.covers.contains([Aspect.OPERATION.value]), _in_force(today)
    )
    return union(owned, operated)


def _in_force(today: date) -> ColumnElement[bool]:
    return and_(
        or_(MaintenanceDuty.until.is_(None), MaintenanceDuty.until >= today),
        or_(MaintenanceDuty.starts_on.is_(None), MaintenanceDuty.starts_on <= today),
    )


def history_of(session: Session, *, asset_id: uuid.UUID) -> list[Happening]:
    """What happened to an asset itself, whose it became among it, oldest first."""
    events = session.scalars(
        select(AssetEvent)
        .where(AssetEvent.asset_id == asset_id)
        .order_by(AssetEvent.happened_on, AssetEvent.id)
    )
    told = [
        Happening(event.kind, event.happened_on, event.precision, event.note, event.is_example)
        for event in events
    ]
    owners = session.execute(
        select(Ownership.starts_on, Ownership.is_example, Organisation.name)
        .join(Organisation, Organisation.id == Ownership.organisation_id)
        .where(Ownership.asset_id == asset_id)
        .order_by(Ownership.id)
    )
    told += [
        Happening(AssetEventKind.OWNED, since, Precision.DAY, "", is_example, by=name)
        for since, is_example, name in owners
        if since is not None
    ]
    return sorted(told, key=lambda happening: happening.happened_on)


def contracts_of(session: Session, *, asset_id: uuid.UUID) -> list[ContractFacts]:
    """Under which framework contracts an asset is or was built, the latest first."""
    mine = select(AssetContract.contract_id).where(AssetContract.asset_id == asset_id)
    return list_contracts(session, where=[FrameworkContract.id.in_(mine)])


def list_contracts(
    session: Session, *, where: Sequence[ColumnElement[bool]]
) -> list[ContractFacts]:
    """Framework contracts, the one that ends last first."""
    rows = session.execute(
        select(FrameworkContract, Organisation)
        .join(Organisation, Organisation.id == FrameworkContract.contractor_id)
        .where(*where)
        .order_by(FrameworkContract.ends_on.desc(), FrameworkContract.slug)
    )
    return [
        ContractFacts(
            slug=contract.slug,
            title=contract.title,
            contractor=to_party(contractor),
            covers_kinds=tuple(kind for kind in Kind if kind in contract.covers_kinds),
            starts_on=contract.starts_on,
            ends_on=contract.ends_on,
            is_example=contract.is_example,
        )
        for contract, contractor in rows
    ]


def get_entry(session: Session, *, asset_id: uuid.UUID) -> RegisterEntry:
    """What the register says of an asset, as whoever manages it may change it."""
    site, shown = aliased(Asset), aliased(Asset)
    row = session.execute(
        select(
            Asset.name,
            Asset.register_status,
            Asset.physical_status,
            Asset.planned_on,
            Asset.review_on,
            func.coalesce(site.code, "").label("part_of"),
            func.coalesce(shown.code, "").label("shows"),
            Asset.details,
        )
        .outerjoin(site, site.id == Asset.part_of_id)
        .outerjoin(shown, shown.id == Asset.shows_id)
        .where(Asset.id == asset_id)
    ).one()
    return RegisterEntry(*row)


def stands_in(session: Session, *, asset_id: uuid.UUID, site_id: uuid.UUID) -> bool:
    """True where an asset is `site_id`, stands in it, or in something that does."""
    above = select(Asset.id, Asset.part_of_id).where(Asset.id == asset_id).cte(recursive=True)
    above = above.union(
        select(Asset.id, Asset.part_of_id).join(above, Asset.id == above.c.part_of_id)
    )
    return bool(session.scalar(select(func.count()).where(above.c.id == site_id)))


def sightings_of(session: Session, *, asset_id: uuid.UUID, today: date) -> Sightings | None:
    """What taps tell of an asset; None where nobody has tapped. One statement."""
    newest = (Sighting.seen_on.desc(), Sighting.id.desc())
    is_shown = func.coalesce(Picture.state == PictureState.SHOWN, false())
    since = Sighting.seen_on > today - timedelta(days=DAYS_OF_A_YEAR)
    rows = session.execute(
        select(
            is_shown,
            Sighting.position,
            Sighting.seen_on,
            func.first_value(Sighting.seen_on).over(order_by=newest),
            func.first_value(Sighting.seen_by).over(order_by=newest),
            func.count().filter(since).over(),
        )
        .outerjoin(Picture, Picture.id == Sighting.picture_id)
        .where(Sighting.asset_id == asset_id)
        .order_by(is_shown.desc(), *newest)
        .limit(MOST_SEEN_PHOTOS)
    ).all()
    if not rows:
        return None
    *_, last_on, last_by, in_a_year = rows[0]
    photos = tuple(SeenPhoto(*row[1:3]) for row in rows if row[0])
    return Sightings(last_on, last_by, in_a_year, photos)


def find_seen_photo(session: Session, *, asset_id: uuid.UUID, position: int) -> uuid.UUID:
    """The picture at this place among the photos of an asset that everybody may see.

    Raises:
        NotFound: there is none.
    """
    found = session.scalar(
        select(Picture.id)
        .join(Sighting, Sighting.picture_id == Picture.id)
        .where(
            Sighting.asset_id == asset_id,
            Sighting.position == position,
            Picture.state == PictureState.SHOWN,
        )
    )
    if found is None:
        raise NotFound("There is no such photo.")
    return found


def list_seen_photos(
    session: Session, *, asset_ids: Sequence[uuid.UUID], limit: int
) -> list[tuple[uuid.UUID, SeenPhoto]]:
    """The newest photos of these assets that everybody may see, each with whose it is."""
    rows = session.execute(
        select(Sighting.asset_id, Sighting.position, Sighting.seen_on)
        .join(Picture, Picture.id == Sighting.picture_id)
        .where(Sighting.asset_id.in_(asset_ids), Picture.state == PictureState.SHOWN)
        .order_by(Sighting.seen_on.desc(), Sighting.id.desc())
        .limit(limit)
    )
    return [(row.asset_id, SeenPhoto(row.position, row.seen_on)) for row in rows]


def codes_of_seen_pictures(
    session: Session, *, picture_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, str]:
    """Which asset each picture of a passer-by shows, for whoever looks at pictures."""
    rows = session.execute(
        select(Sighting.picture_id, Asset.code)
        .join(Asset, Asset.id == Sighting.asset_id)
        .where(Sighting.picture_id.in_(picture_ids))
    )
    return {row.picture_id: row.code for row in rows}


def wants_photo(session: Session, *, asset_id: uuid.UUID, sighting_id: uuid.UUID) -> bool:
    """True for a sighting of this asset that has no photo yet."""
    bare = select(Sighting.id).where(
        Sighting.id == sighting_id, Sighting.asset_id == asset_id, Sighting.picture_id.is_(None)
    )
    return session.scalar(bare) is not None


def count_standing(
    session: Session, *, where: Sequence[ColumnElement[bool]], kind: Kind | None = None
) -> Standing:
    """How many assets, of a kind where it is named, still stand there ("8 of 8"), and when all
    were last seen."""
    stands = Asset.physical_status.in_(STANDING)
    row = session.execute(
        select(
            func.count().filter(stands),
            func.count().filter(Asset.physical_status != PhysicalStatus.PLANNED),
            func.min(Asset.last_seen_on).filter(stands),
        ).where(*where, *([Asset.kind == kind] if kind else []))
    ).one()
    return Standing(*row)


def point_tile(tile: TileId, *, layer: str) -> spatial.Rows:
    """Vector tile of `cabinets`, or of `places` (every other kind), binned."""
    wanted = Asset.kind == Kind.CABINET if layer == "cabinets" else Asset.kind != Kind.CABINET
    rows = select(
        Asset.point_mercator.label("geom"),
        Asset.number.label("id"),
        Asset.kind.label("kind"),
        Asset.is_example.label("example"),
        (Asset.physical_status == PhysicalStatus.OUT_OF_ORDER).label("out"),
    ).where(ON_MAP, wanted, spatial.meets_tile(Asset.point_mercator, tile))
    kind: ColumnElement[Any] = literal_column("kind")
    is_play = kind.in_([play.value for play in PLAY_KINDS])
    is_mixed = func.min(kind) != func.max(kind)
    return spatial.binned_tile(
        layer,
        tile,
        rows,
        {
            "kind": case((~is_mixed, func.min(kind))),
            "play": func.count().filter(is_play),
            "play_kind": case((is_mixed, func.min(kind).filter(is_play))),
            "example": func.bool_and(literal_column("example")),
            "out": func.count().filter(literal_column('"out"')),
        },
    )


def _assets() -> spatial.Rows:
    return (
        select(
            Asset.id,
            Asset.district_id,
            District.slug.label("district"),
            Asset.code,
            Asset.kind,
            Asset.name,
            spatial.longitude(Asset.point).label("lon"),
            spatial.latitude(Asset.point).label("lat"),
            Asset.register_status,
            Asset.physical_status,
            Asset.details,
            Organisation,
            Asset.last_seen_on,
            Asset.planned_on,
            Asset.review_on,
            Asset.source,
            Asset.source_on,
            Asset.licence,
            Asset.is_example,
        )
        .join(District, District.id == Asset.district_id)
        .outerjoin(Organisation, Organisation.id == Asset.owner_id)
    )


def _to_facts(row: Any) -> AssetFacts:
    return AssetFacts(
        id=row.id,
        district_id=row.district_id,
        district=row.district,
        code=row.code,
        kind=row.kind,
        name=row.name,
        lon=round(row.lon, 7),
        lat=round(row.lat, 7),
        register_status=row.register_status,
        physical_status=row.physical_status,
        details=row.details,
        owner=to_party(row.Organisation) if row.Organisation else None,
        owner_id=row.Organisation.id if row.Organisation else None,
        last_seen_on=row.last_seen_on,
        planned_on=row.planned_on,
        review_on=row.review_on,
        source=row.source,
        source_on=row.source_on,
        licence=row.licence,
        is_example=row.is_example,
    )
