"""Questions about norms: which there are, which distance one means, which areas have their own."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from geoapp.areas.queries import Area
from geoapp.areas.tables import OfficialArea, OrganicArea
from geoapp.errors import Invalid, NotFound
from geoapp.norms.rules import Asked
from geoapp.norms.tables import AreaNorm, Norm, NormBand
from geoapp.people.tables import Organisation
from geoapp.platforms.tables import Platform

ByLanguage = Mapping[str, str]


@dataclass(frozen=True)
class BandFacts:
    """For whom a norm has which distance, in metres of walking; `name` by language."""

    code: str
    name: ByLanguage
    distance_m: int
    is_main: bool


@dataclass(frozen=True)
class NormFacts:
    """A version of a norm: whose it is, since when, what its source says in its own language."""

    code: str
    version: int
    starts_on: date
    name: ByLanguage
    owners: ByLanguage
    source: str
    source_text: str
    source_language: str
    bands: tuple[BandFacts, ...]
    is_example: bool

    def band(self, code: str | None) -> BandFacts:
        """The band of this code; None: its main one.

        Raises:
            Invalid: it has none so called.
        """
        for band in self.bands:
            if band.is_main if code is None else band.code == code:
                return band
        codes = ", ".join(f"{self.code}:{band.code}" for band in self.bands)
        raise Invalid(
            "The norm {norm} has no such distance: choose one of {codes}.",
            field="norm",
            norm=self.code,
            codes=codes,
        )


@dataclass(frozen=True)
class OwnNorm:
    """The distance an area has for itself; one of the two ids is there, and neither is published.
    `band` None: for everybody. `by` is empty where nobody is named; `until` None: in force."""

    official_area_id: uuid.UUID | None
    organic_area_id: uuid.UUID | None
    slug: str
    name: str
    band: str | None
    distance_m: int
    note: str
    by: str
    since: datetime
    until: datetime | None
    is_example: bool


def list_norms(session: Session, *, district_id: uuid.UUID, today: date) -> list[NormFacts]:
    """The newest version of each norm that has begun, by code."""
    begun = (Norm.district_id == district_id, Norm.starts_on <= today)
    return _read_newest(session, begun)


def list_norm_versions(session: Session, *, district_id: uuid.UUID) -> list[NormFacts]:
    """Every version of every norm of a district, those to come as well: by code, the newest
    first."""
    mine = select(Norm).where(Norm.district_id == district_id)
    rows = session.scalars(mine.order_by(Norm.code, Norm.version.desc()))
    return _read_norms(session, rows.all())


def find_norm(
    session: Session, *, district_id: uuid.UUID, asked: Asked, today: date
) -> NormFacts | None:
    """The norm somebody asks for, with the band they mean; None where they ask for metres.

    Raises:
        NotFound: there is no norm of this code; the message lists those there are.
        Invalid: the norm has no such band.
    """
    if asked.code is None:
        return None
    begun = (Norm.district_id == district_id, Norm.starts_on <= today, Norm.code == asked.code)
    for norm in _read_newest(session, begun):
        norm.band(asked.band)
        return norm
    codes = sorted(norm.code for norm in list_norms(session, district_id=district_id, today=today))
    raise NotFound(
        "There is no norm called {norm}: choose one of {codes}, or give metres.",
        norm=asked.code,
        codes=", ".join(codes) or "-",
    )


def own_norms_of(
    session: Session, *, district_id: uuid.UUID, bands: Collection[str | None] | None = None
) -> list[OwnNorm]:
    """What areas of a district have agreed on for themselves and is in force, by name. Of these
    bands, each area once: what it says of a band goes before what it says for everybody."""
    found = list_own_norms(
        session, where=(AreaNorm.district_id == district_id, AreaNorm.valid_to.is_(None))
    )
    if bands is None:
        return found
    by_area: dict[str, OwnNorm] = {}
    for norm in found:
        if norm.band in bands and (norm.slug not in by_area or norm.band is not None):
            by_area[norm.slug] = norm
    return list(by_area.values())


def own_norms_in(session: Session, *, area: Area) -> list[OwnNorm]:
    """What an area of either division has or had for itself, the newest first."""
    mine = or_(AreaNorm.official_area_id == area.id, AreaNorm.organic_area_id == area.id)
    return list_own_norms(session, where=(mine,))


def list_own_norms(session: Session, *, where: Sequence[ColumnElement[bool]]) -> list[OwnNorm]:
    """Own norms of which `where` is true, by area; of one area the newest first."""
    rows = session.execute(
        select(
            AreaNorm,
            func.coalesce(OfficialArea.slug, OrganicArea.slug),
            func.coalesce(OfficialArea.name, OrganicArea.name),
            Organisation.name,
            func.coalesce(Platform.hidden_for, ""),
        )
        .outerjoin(OfficialArea, OfficialArea.id == AreaNorm.official_area_id)
        .outerjoin(OrganicArea, OrganicArea.id == AreaNorm.organic_area_id)
        .outerjoin(Organisation, Organisation.id == AreaNorm.said_by_id)
        .outerjoin(Platform, Platform.organisation_id == AreaNorm.said_by_id)
        .where(*where)
        .order_by(AreaNorm.valid_from.desc(), AreaNorm.id.desc())
    )
    found = [
        OwnNorm(
            official_area_id=norm.official_area_id,
            organic_area_id=norm.organic_area_id,
            slug=slug,
            name=name,
            band=norm.band,
            distance_m=norm.distance_m,
            # What a platform says is not told while a moderator hides it.
            note="" if hidden_for else norm.note,
            by=by or "",
            since=norm.valid_from,
            until=norm.valid_to,
            is_example=norm.is_example,
        )
        for norm, slug, name, by, hidden_for in rows
    ]
    return sorted(found, key=lambda own: (own.name.casefold(), own.slug))


def _read_newest(session: Session, where: Sequence[ColumnElement[bool]]) -> list[NormFacts]:
    newest = (
        select(Norm)
        .where(*where)
        .ext(distinct_on(Norm.code))
        .order_by(Norm.code, Norm.version.desc())
    )
    return _read_norms(session, session.scalars(newest).all())


def _read_norms(session: Session, norms: Sequence[Norm]) -> list[NormFacts]:
    bands: dict[uuid.UUID, list[BandFacts]] = defaultdict(list)
    if norms:
        mine = select(NormBand).where(NormBand.norm_id.in_([norm.id for norm in norms]))
        for band in session.scalars(mine.order_by(NormBand.position, NormBand.code)):
            facts = BandFacts(band.code, band.name, band.distance_m, band.is_main)
            bands[band.norm_id].append(facts)
    return [
        NormFacts(
            code=norm.code,
            version=norm.version,
            starts_on=norm.starts_on,
            name=norm.name,
            owners=norm.owners,
            source=norm.source,
            source_text=norm.source_text,
            source_language=norm.source_language,
            bands=tuple(bands[norm.id]),
            is_example=norm.is_example,
        )
        for norm in norms
    ]
