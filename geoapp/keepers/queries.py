"""Questions about whose a thing was and is, and who kept, keeps and will keep it."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.assets.queries import ContractFacts, contracts_of, list_contracts
from geoapp.assets.rules import Aspect
from geoapp.assets.tables import FrameworkContract, MaintenanceDuty, Ownership
from geoapp.errors import NotFound
from geoapp.keepers.rules import Holding
from geoapp.people.tables import Organisation


@dataclass(frozen=True)
class OwnerLine:
    """Whose a thing was or is; both days counted, None where not known or without an end."""

    organisation_id: uuid.UUID
    slug: str
    name: str
    starts_on: date | None
    until: date | None
    is_example: bool


@dataclass(frozen=True)
class KeeperLine:
    """Who kept, keeps or will keep a part of a thing."""

    holding: Holding
    slug: str
    name: str
    is_example: bool


@dataclass(frozen=True)
class Keeping:
    """All of it, the latest first. `version` changes with anything in it."""

    owners: tuple[OwnerLine, ...]
    keepers: tuple[KeeperLine, ...]
    contracts: tuple[ContractFacts, ...]

    @property
    def owner(self) -> OwnerLine | None:
        """Whose it is."""
        return next((line for line in self.owners if line.until is None), None)

    @property
    def version(self) -> str:
        """A digest of what stands here."""
        told = [
            *((line.organisation_id, line.starts_on, line.until) for line in self.owners),
            *(
                (held.id, held.organisation_id, sorted(held.covers), held.starts_on, held.until)
                for held in (line.holding for line in self.keepers)
            ),
            *(contract.slug for contract in self.contracts),
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def keeping_of(session: Session, *, asset_id: uuid.UUID) -> Keeping:
    """Whose an asset was and is, who kept and keeps it, and what it is built under."""
    owners = session.execute(
        select(Ownership, Organisation.slug, Organisation.name)
        .join(Organisation, Organisation.id == Ownership.organisation_id)
        .where(Ownership.asset_id == asset_id)
        .order_by(Ownership.until.desc().nulls_first(), Ownership.id.desc())
    )
    keepers = session.execute(
        select(MaintenanceDuty, Organisation.slug, Organisation.name)
        .join(Organisation, Organisation.id == MaintenanceDuty.organisation_id)
        .where(MaintenanceDuty.asset_id == asset_id)
        .order_by(MaintenanceDuty.until.desc().nulls_first(), MaintenanceDuty.id)
    )
    return Keeping(
        owners=tuple(
            OwnerLine(row.organisation_id, slug, name, row.starts_on, row.until, row.is_example)
            for row, slug, name in owners
        ),
        keepers=tuple(
            KeeperLine(to_holding(row), slug, name, row.is_example) for row, slug, name in keepers
        ),
        contracts=tuple(contracts_of(session, asset_id=asset_id)),
    )


def to_holding(row: MaintenanceDuty) -> Holding:
    """A duty as the rules know it."""
    covers = frozenset(Aspect(aspect) for aspect in row.covers)
    return Holding(row.id, row.organisation_id, covers, row.starts_on, row.until)


def contracts_in(session: Session, *, district_id: uuid.UUID) -> list[ContractFacts]:
    """The framework contracts of a district, the one that ends last first."""
    return list_contracts(session, where=[FrameworkContract.district_id == district_id])


def get_contract(session: Session, *, district_id: uuid.UUID, slug: str) -> FrameworkContract:
    """The framework contract of this slug in a district.

    Raises:
        NotFound: there is none.
    """
    found = session.scalar(
        select(FrameworkContract).where(
            FrameworkContract.district_id == district_id, FrameworkContract.slug == slug
        )
    )
    if found is None:
        raise NotFound("There is no contract called {slug} here.", slug=slug)
    return found
