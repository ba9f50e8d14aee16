"""Questions about agreements: of an asset, of an organisation, how they stand, their scan."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from geoapp.agreements.rules import MOST_REMIND_DAYS, ScanKind, Term
from geoapp.agreements.tables import Agreement, AgreementAsset, AgreementParty, AgreementScan
from geoapp.assets.queries import (
    ON_MAP,
    AssetFacts,
    Standing,
    count_standing,
    list_assets,
    managers,
)
from geoapp.assets.tables import Asset
from geoapp.districts.tables import District
from geoapp.errors import NotFound
from geoapp.ledger.chain import Thing
from geoapp.people.queries import Party, to_party
from geoapp.people.rules import Subject
from geoapp.people.tables import Address, Organisation, Person
from geoapp.sealing import Sealer


@dataclass(frozen=True)
class Undertaking:
    """What one party of an agreement does. `party_id` is never published."""

    party: Party
    party_id: uuid.UUID
    undertakes: str


@dataclass(frozen=True)
class AgreementFacts:
    """An agreement in public: its paper's facts and how many assets it covers. `id` and
    `district_id` are never published."""

    id: uuid.UUID
    district_id: uuid.UUID
    district: str
    slug: str
    title: str
    term: Term
    end_reason: str
    version: int
    asset_count: int
    is_example: bool
    undertakings: tuple[Undertaking, ...] = ()


@dataclass(frozen=True)
class Scan:
    """The signed paper, as it is handed to whoever manages the agreement."""

    kind: ScanKind
    data: bytes


@dataclass(frozen=True)
class ScanFacts:
    """That there is a scan; `byte_count` of it, unsealed."""

    kind: ScanKind
    byte_count: int
    added_on: date


def get_agreement(session: Session, *, slug: str) -> AgreementFacts:
    """The agreement of this slug.

    Raises:
        NotFound: there is none.
    """
    for found in _list(session, Agreement.slug == slug):
        return found
    raise NotFound("There is no agreement called {slug}.", slug=slug)


def agreements_of(session: Session, *, asset_id: uuid.UUID) -> list[AgreementFacts]:
    """The agreements that cover an asset, with what each party undertakes; the one that lasts
    longest first."""
    covering = select(AgreementAsset.agreement_id).where(AgreementAsset.asset_id == asset_id)
    return _list(session, Agreement.id.in_(covering))


def agreements_of_party(session: Session, *, organisation_id: uuid.UUID) -> list[AgreementFacts]:
    """The agreements an organisation is a party to; the one that lasts longest first."""
    of_party = select(AgreementParty.agreement_id).where(
        AgreementParty.organisation_id == organisation_id
    )
    return _list(session, Agreement.id.in_(of_party))


def agreements_named(session: Session, *, slugs: Collection[str]) -> list[AgreementFacts]:
    """The agreements of these slugs; those there are none of are left out."""
    return _list(session, Agreement.slug.in_(slugs))


def subject_of(agreement: AgreementFacts) -> Subject:
    """Where an agreement is, and who manages it: its parties."""
    parties = frozenset(part.party_id for part in agreement.undertakings)
    return Subject(agreement.district_id, organisation_ids=parties)


def thing_of(agreement_id: uuid.UUID) -> Thing:
    """Under what an agreement's history stands."""
    return Thing("agreement", agreement_id)


def list_covered(
    session: Session, *, agreement_id: uuid.UUID, after: str = "", limit: int
) -> list[AssetFacts]:
    """The assets an agreement covers and that stand, by code from just after `after`; one more
    than `limit` says: go on."""
    return list_assets(session, where=[_is_covered(agreement_id)], after=after, limit=limit)


def list_coverable(
    session: Session, *, agreement: AgreementFacts, today: date, after: str = "", limit: int
) -> list[AssetFacts]:
    """What an agreement covers, or could: what one of its parties manages. As `list_covered`."""
    able = Asset.id.in_(managed_by_parties(agreement.id, today))
    wanted = and_(Asset.district_id == agreement.district_id, able)
    return list_assets(
        session, where=[or_(_is_covered(agreement.id), wanted)], after=after, limit=limit
    )


def covered_among(
    session: Session, *, agreement_id: uuid.UUID, asset_ids: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    """Those of these assets that an agreement covers."""
    found = select(AgreementAsset.asset_id).where(
        AgreementAsset.agreement_id == agreement_id, AgreementAsset.asset_id.in_(asset_ids)
    )
    return set(session.scalars(found))


def managed_by_parties(
    agreement_id: uuid.UUID, today: date, *, without: uuid.UUID | None = None
) -> Select[uuid.UUID]:
    """The assets that a party of an agreement manages, but for one party."""
    managing = managers(today).subquery("managing")
    found = (
        select(managing.c.asset_id)
        .join(AgreementParty, AgreementParty.organisation_id == managing.c.organisation_id)
        .where(AgreementParty.agreement_id == agreement_id)
    )
    return found if without is None else found.where(managing.c.organisation_id != without)


def standing_under(session: Session, *, agreement_id: uuid.UUID) -> Standing:
    """How many of what an agreement covers still stand, and when all were last seen."""
    return count_standing(session, where=[_is_covered(agreement_id)])


def find_scan(session: Session, *, agreement_id: uuid.UUID) -> ScanFacts | None:
    """Whether an agreement has a scan; what is on it is not read."""
    row = session.execute(
        select(AgreementScan.kind, AgreementScan.byte_count, AgreementScan.added_on).where(
            AgreementScan.agreement_id == agreement_id
        )
    ).one_or_none()
    return ScanFacts(*row) if row else None


def read_scan(session: Session, *, agreement_id: uuid.UUID, sealer: Sealer) -> Scan:
    """The scan itself; whoever asks has been allowed to manage the agreement before.

    Raises:
        NotFound: there is none.
        Invalid: it was sealed with another secret.
    """
    row = session.get(AgreementScan, agreement_id)
    if row is None:
        raise NotFound("There is no scan of this agreement.")
    return Scan(row.kind, sealer.unseal_file(row.sealed))


# -- What ends ---------------------------------------------------------------------------------


def lapsing(today: date) -> Select[uuid.UUID, uuid.UUID, date | None]:
    """Each standing asset whose agreement has lapsed, or does within its days of warning:
    `asset_id`, `agreement_id`, `valid_to`; one row for an asset.

    Not where it was ended on purpose, nor where another goes on from there.
    """
    other, covering = aliased(Agreement), aliased(AgreementAsset)
    lasts_longer = or_(
        other.valid_to.is_(None),
        tuple_(other.valid_to, other.id) > tuple_(Agreement.valid_to, Agreement.id),
    )
    goes_on = exists().where(
        covering.asset_id == AgreementAsset.asset_id,
        covering.agreement_id == other.id,
        other.id != Agreement.id,
        other.ended_on.is_(None),
        lasts_longer,
        or_(
            other.starts_on.is_(None),
            other.starts_on <= func.greatest(Agreement.valid_to + 1, _day(today)),
        ),
    )
    return (
        select(
            AgreementAsset.asset_id,
            Agreement.id.label("agreement_id"),
            Agreement.valid_to.label("valid_to"),
        )
        .join(Agreement, Agreement.id == AgreementAsset.agreement_id)
        .join(Asset, Asset.id == AgreementAsset.asset_id)
        .where(ON_MAP, is_ending(today), ~goes_on)
    )


def is_ending(today: date) -> ColumnElement[bool]:
    """True for an agreement that has lapsed, or does within its days of warning, and that nobody
    ended; not before it has begun. By the index on its last day."""
    return and_(
        Agreement.ended_on.is_(None),
        or_(Agreement.starts_on.is_(None), Agreement.starts_on <= today),
        Agreement.valid_to <= _day(today) + MOST_REMIND_DAYS,
        Agreement.valid_to - Agreement.remind_days <= today,
    )


@dataclass(frozen=True)
class Reader:
    """Whom the word goes to that an agreement ends; one of its parties is theirs."""

    agreement: AgreementFacts
    organisation: str
    sealed_address: bytes
    language: str


def get_reader(
    session: Session,
    *,
    agreement_id: uuid.UUID,
    organisation_id: uuid.UUID,
    person_id: uuid.UUID | None,
) -> Reader | None:
    """Somebody of a party, or without a person its mailbox; None where it is a party no more, or
    they have left."""
    found = _list(session, Agreement.id == agreement_id)
    parties = {part.party_id for agreement in found for part in agreement.undertakings}
    if organisation_id not in parties:
        return None
    whose = select(Address.sealed, Address.language, Organisation.name).join(
        Organisation, Organisation.id == organisation_id
    )
    row = session.execute(
        whose.where(Address.id == Organisation.mailbox_id)
        if person_id is None
        else whose.join(Person, Person.address_id == Address.id).where(Person.id == person_id)
    ).one_or_none()
    return Reader(found[0], row.name, row.sealed, row.language) if row else None


def _day(today: date) -> ColumnElement[date]:
    return cast(literal(today), Date)


def _is_covered(agreement_id: uuid.UUID) -> ColumnElement[bool]:
    return Asset.id.in_(
        select(AgreementAsset.asset_id).where(AgreementAsset.agreement_id == agreement_id)
    )


def _list(session: Session, *where: ColumnElement[bool]) -> list[AgreementFacts]:
    count = (
        select(func.count())
        .where(AgreementAsset.agreement_id == Agreement.id)
        .correlate(Agreement)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Agreement, District.slug, count)
        .join(District, District.id == Agreement.district_id)
        .where(*where)
        .order_by(func.least(Agreement.ended_on, Agreement.valid_to).desc().nulls_first())
        .order_by(Agreement.slug)
    ).all()
    parts = _undertakings_of(session, [row.Agreement.id for row in rows])
    return [
        _to_facts(agreement, district, covered, parts.get(agreement.id, ()))
        for agreement, district, covered in rows
    ]


def _undertakings_of(
    session: Session, agreement_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, tuple[Undertaking, ...]]:
    rows = session.execute(
        select(AgreementParty, Organisation)
        .join(Organisation, Organisation.id == AgreementParty.organisation_id)
        .where(AgreementParty.agreement_id.in_(agreement_ids))
        .order_by(Organisation.name, Organisation.id)
    )
    found: dict[uuid.UUID, tuple[Undertaking, ...]] = {}
    for party, organisation in rows:
        part = Undertaking(to_party(organisation), organisation.id, party.undertakes)
        found[party.agreement_id] = (*found.get(party.agreement_id, ()), part)
    return found


def _to_facts(
    row: Agreement, district: str, asset_count: int, undertakings: tuple[Undertaking, ...]
) -> AgreementFacts:
    return AgreementFacts(
        id=row.id,
        district_id=row.district_id,
        district=district,
        slug=row.slug,
        title=row.title,
        term=Term(row.signed_on, row.starts_on, row.valid_to, row.ended_on, row.remind_days),
        end_reason=row.end_reason,
        version=row.version,
        asset_count=asset_count,
        is_example=row.is_example,
        undertakings=undertakings,
    )
