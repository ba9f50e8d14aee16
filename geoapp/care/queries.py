"""Questions about what is lacking: where, of what, since when; and what is lacking by the facts."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    Subquery,
    Text,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.orm import Session

from geoapp.agreements.queries import lapsing
from geoapp.agreements.tables import Agreement, AgreementAsset
from geoapp.areas.rules import Level
from geoapp.areas.tables import OfficialArea
from geoapp.assets.queries import AssetFacts, list_assets
from geoapp.assets.rules import STANDING, Aspect, PhysicalStatus
from geoapp.assets.tables import Asset, AssetContract, FrameworkContract, MaintenanceDuty
from geoapp.budgets.tables import Funding
from geoapp.care.rules import MUST_BE_KEPT, Gap, seen_since
from geoapp.care.tables import CareGap, CareLook
from geoapp.db import spatial
from geoapp.inspections.queries import overdue
from geoapp.ledger.chain import Thing

Lack = Select[Any]
STANDS = Asset.physical_status.in_(STANDING)
SHOULD_BE_PAID = (*STANDING, PhysicalStatus.PLANNED)
NEVER = cast("infinity", Date)
# From where a list goes on: a day (None: nobody knows since when) and the code of a thing.
Place = tuple[date | None, str]


@dataclass(frozen=True)
class GapFacts:
    """What is lacking of a thing; `about` and `since_on` as in `CareGap`."""

    asset: AssetFacts
    kind: Gap
    about: str
    since_on: date | None


@dataclass(frozen=True)
class GapSpot:
    """Where something is lacking: lon/lat; `count` things stand there."""

    lon: float
    lat: float
    count: int


def count_gaps(
    session: Session, *, district_id: uuid.UUID, where: Sequence[ColumnElement[bool]] = ()
) -> dict[Gap, int]:
    """How many things lack what (10,001 stands for more than 10,000); `where` is asked of
    `Asset`."""
    counts = [
        spatial.count_rows(CareGap, *_of(district_id, kind), *_among(where)).scalar_subquery()
        for kind in Gap
    ]
    row = session.execute(select(*counts)).one()
    return dict(zip(Gap, row, strict=True))


@dataclass(frozen=True)
class AreaCare:
    """Of a buurt how many things stand there that we know of, how many of them nobody keeps, and
    for how many nobody pays."""

    slug: str
    name: str
    things: int
    no_keeper: int
    no_funding: int


def count_by_buurt(session: Session, *, district_id: uuid.UUID) -> list[AreaCare]:
    """The same of every buurt in force of a district, from A to Z: one question. A thing on a
    border is counted where the code is lower."""
    holder = (
        select(OfficialArea.id)
        .where(
            OfficialArea.district_id == district_id,
            OfficialArea.level == Level.BUURT,
            OfficialArea.valid_to.is_(None),
            spatial.covers(OfficialArea.geom, Asset.point),
        )
        .order_by(OfficialArea.code)
        .limit(1)
        .scalar_subquery()
    )
    lacks = {
        kind: (
            exists().where(
                CareGap.asset_id == Asset.id,
                CareGap.kind == kind,
                CareGap.district_id == district_id,
            )
        )
        for kind in (Gap.NO_KEEPER, Gap.NO_FUNDING)
    }
    things = (
        select(
            holder.label("area_id"),
            lacks[Gap.NO_KEEPER].label("no_keeper"),
            lacks[Gap.NO_FUNDING].label("no_funding"),
        )
        .where(Asset.district_id == district_id, STANDS)
        .subquery()
    )
    rows = session.execute(
        select(
            OfficialArea.slug,
            OfficialArea.name,
            func.count(things.c.area_id),
            func.count().filter(things.c.no_keeper),
            func.count().filter(things.c.no_funding),
        )
        .outerjoin(things, things.c.area_id == OfficialArea.id)
        .where(
            OfficialArea.district_id == district_id,
            OfficialArea.level == Level.BUURT,
            OfficialArea.valid_to.is_(None),
        )
        .group_by(OfficialArea.id)
        .order_by(func.lower(OfficialArea.name), OfficialArea.code)
    )
    return [AreaCare(*row) for row in rows]


def list_gaps(
    session: Session,
    *,
    district_id: uuid.UUID,
    kind: Gap,
    where: Sequence[ColumnElement[bool]] = (),
    after: Place | None = None,
    limit: int,
) -> list[GapFacts]:
    """What is lacking so, the longest first, unknown days last, from just after `after`."""
    since = func.coalesce(CareGap.since_on, NEVER)
    gaps = select(CareGap).where(*_of(district_id, kind), *_among(where))
    if after is not None:
        day, code = after
        first = tuple_(NEVER if day is None else literal(day), literal(code))
        gaps = gaps.where(tuple_(since, CareGap.code) > first)
    found = session.scalars(gaps.order_by(since, CareGap.code).limit(limit)).all()
    codes = [gap.code for gap in found]
    assets = list_assets(session, where=[Asset.code.in_(codes)], limit=len(codes)) if codes else []
    by_code = {asset.code: asset for asset in assets}
    return [
        GapFacts(by_code[gap.code], gap.kind, gap.about, gap.since_on)
        for gap in found
        if gap.code in by_code
    ]


def spots_of_gaps(
    session: Session,
    *,
    district_id: uuid.UUID,
    kind: Gap,
    where: Sequence[ColumnElement[bool]] = (),
    parts: int,
    most: int,
) -> list[GapSpot]:
    """Where things lack this, joined to spots in squares of 1/`parts` degree of latitude (and half
    as many of longitude); of more than `most` things those that lack it longest."""
    since = func.coalesce(CareGap.since_on, NEVER)
    some = (
        select(
            spatial.longitude(Asset.point).label("lon"), spatial.latitude(Asset.point).label("lat")
        )
        .join(CareGap, CareGap.asset_id == Asset.id)
        .where(*_of(district_id, kind), *where)
        .order_by(since, CareGap.code)
        .limit(most)
        .subquery()
    )
    column = cast(func.floor(some.c.lon * parts / 2), Integer)
    line = cast(func.floor(some.c.lat * parts), Integer)
    rows = session.execute(
        select(func.avg(some.c.lon), func.avg(some.c.lat), func.count()).group_by(column, line)
    )
    return [GapSpot(*row) for row in rows]


def list_touched(
    session: Session, *, things: Collection[Thing]
) -> dict[uuid.UUID, list[uuid.UUID]]:
    """The assets that these things are, or that these agreements and contracts are or were about,
    by district."""
    ids = {kind: [thing.id for thing in things if thing.kind == kind] for kind in _KINDS}
    if not any(ids.values()):
        return {}
    agreements, contracts = ids["agreement"], ids["contract"]
    slugs = select(Agreement.slug).where(Agreement.id.in_(agreements))
    told = or_(
        Asset.id.in_(ids["asset"]),
        Asset.id.in_(
            select(AgreementAsset.asset_id).where(AgreementAsset.agreement_id.in_(agreements))
        ),
        Asset.id.in_(
            select(AssetContract.asset_id).where(AssetContract.contract_id.in_(contracts))
        ),
        Asset.id.in_(
            select(CareGap.asset_id).where(
                CareGap.kind == Gap.AGREEMENT_ENDS, CareGap.about.in_(slugs)
            )
        ),
    )
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for district_id, asset_id in session.execute(select(Asset.district_id, Asset.id).where(told)):
        found.setdefault(district_id, []).append(asset_id)
    return found


_KINDS = ("asset", "agreement", "contract")


def last_look(session: Session, *, district_id: uuid.UUID) -> datetime | None:
    """When all of a district was last looked at; None: never."""
    return session.scalar(select(CareLook.looked_at).where(CareLook.district_id == district_id))


def _of(district_id: uuid.UUID, kind: Gap) -> tuple[ColumnElement[bool], ...]:
    return CareGap.district_id == district_id, CareGap.kind == kind


def _among(where: Sequence[ColumnElement[bool]]) -> tuple[ColumnElement[bool], ...]:
    if not where:
        return ()
    return (select(1).where(Asset.id == CareGap.asset_id, *where).exists(),)


# -- What is lacking by the facts ----------------------------------------------------------------


@dataclass(frozen=True)
class _Lack:
    """Of which assets something is lacking, as a question about `Asset`, what it is about and since
    when; `joined` are rows by `asset_id` that it needs beside."""

    where: ColumnElement[bool]
    about: Any
    since: Any
    joined: Subquery | None = None


def lacking(*, district_id: uuid.UUID, asset_ids: Sequence[uuid.UUID] | None, today: date) -> Lack:
    """Everything that is lacking today, as rows of `CareGap`: of these assets, or of them all."""
    among: list[ColumnElement[bool]] = [Asset.district_id == district_id]
    if asset_ids is not None:
        among.append(Asset.id.in_(asset_ids))
    first, *others = (
        _select_lacking(kind, make(today)).where(*among) for kind, make in _LACKS.items()
    )
    return select(first.union_all(*others).subquery())


def _select_lacking(kind: Gap, lack: _Lack) -> Select[uuid.UUID, str, uuid.UUID, str, str, date]:
    rows = select(
        Asset.id.label("asset_id"),
        literal(kind.value).label("kind"),
        Asset.district_id.label("district_id"),
        Asset.code.label("code"),
        cast(lack.about, Text).label("about"),
        cast(lack.since, Date).label("since_on"),
    ).where(lack.where)
    if lack.joined is None:
        return rows
    return rows.join(lack.joined, lack.joined.c.asset_id == Asset.id)


def list_differing(session: Session, *, district_id: uuid.UUID, today: date) -> list[uuid.UUID]:
    """The assets of a district of which something else is lacking than is kept."""
    found = lacking(district_id=district_id, asset_ids=None, today=today).cte("found")
    kept = (
        select(
            CareGap.asset_id,
            cast(CareGap.kind, Text).label("kind"),
            CareGap.about,
            CareGap.since_on,
        )
        .where(CareGap.district_id == district_id)
        .cte("kept")
    )
    facts = ("asset_id", "kind", "about", "since_on")
    here, there = (select(*(one.c[name] for name in facts)) for one in (found, kept))
    differ = union(here.except_(there), there.except_(here)).subquery()
    return list(session.scalars(select(differ.c.asset_id).distinct()))


def _no_keeper(today: date) -> _Lack:
    missing = {aspect: _unkept(aspect, today) for aspect in MUST_BE_KEPT}
    told = func.concat_ws(
        ",", *(case((lacks, literal(aspect.value))) for aspect, lacks in missing.items())
    )
    last = select(func.max(MaintenanceDuty.until)).where(
        MaintenanceDuty.asset_id == Asset.id,
        MaintenanceDuty.until < today,
        or_(
            *(
                lacks & MaintenanceDuty.covers.contains([aspect.value])
                for aspect, lacks in missing.items()
            )
        ),
    )
    return _Lack(STANDS & or_(*missing.values()), told, last.scalar_subquery() + 1)


def _unkept(aspect: Aspect, today: date) -> ColumnElement[bool]:
    kept = select(1).where(
        MaintenanceDuty.asset_id == Asset.id,
        MaintenanceDuty.covers.contains([aspect.value]),
        or_(MaintenanceDuty.until.is_(None), MaintenanceDuty.until >= today),
        or_(MaintenanceDuty.starts_on.is_(None), MaintenanceDuty.starts_on <= today),
    )
    return Asset.kind.in_(MUST_BE_KEPT[aspect]) & ~kept.exists()


def _no_funding(_: date) -> _Lack:
    paid = select(1).where(Funding.asset_id == Asset.id).exists()
    return _Lack(Asset.physical_status.in_(SHOULD_BE_PAID) & ~paid, literal(""), null())


def _agreement_ends(today: date) -> _Lack:
    ending = lapsing(today).subquery()
    about = select(Agreement.slug).where(Agreement.id == ending.c.agreement_id).scalar_subquery()
    return _Lack(STANDS, about, ending.c.valid_to + 1, joined=ending)


def _not_inspected(today: date) -> _Lack:
    due = overdue(today).subquery()
    return _Lack(STANDS, literal(""), due.c.since, joined=due)


def _no_contract(_: date) -> _Lack:
    """Planned for a day on which none of its contracts runs; named is the one that ends last."""
    mine = (
        select(FrameworkContract)
        .join(AssetContract, AssetContract.contract_id == FrameworkContract.id)
        .where(AssetContract.asset_id == Asset.id)
    )
    runs = mine.where(
        FrameworkContract.starts_on <= Asset.planned_on,
        FrameworkContract.ends_on >= Asset.planned_on,
    )
    last = mine.order_by(FrameworkContract.ends_on.desc(), FrameworkContract.id).limit(1)
    about = last.with_only_columns(FrameworkContract.slug).scalar_subquery()
    is_planned = (Asset.physical_status == PhysicalStatus.PLANNED) & Asset.planned_on.is_not(None)
    return _Lack(is_planned & ~runs.exists(), func.coalesce(about, ""), Asset.planned_on)


def _not_seen(today: date) -> _Lack:
    seen = func.coalesce(Asset.last_seen_on >= seen_since(today), false())
    return _Lack(STANDS & ~seen, literal(""), Asset.last_seen_on)


_LACKS: Mapping[Gap, Callable[[date], _Lack]] = {
    Gap.NO_KEEPER: _no_keeper,
    Gap.NO_FUNDING: _no_funding,
    Gap.AGREEMENT_ENDS: _agreement_ends,
    Gap.NOT_INSPECTED: _not_inspected,
    Gap.NO_CONTRACT: _no_contract,
    Gap.NOT_SEEN: _not_seen,
}
