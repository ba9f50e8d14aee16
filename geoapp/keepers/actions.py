"""Changes of owner, of keepers and of framework contracts."""

import uuid
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from geoapp.areas.rules import make_slug
from geoapp.assets.actions import Editor, is_example, lock_asset
from geoapp.assets.queries import AssetFacts, thing_of
from geoapp.assets.rules import Aspect, check_past
from geoapp.assets.tables import AssetContract, FrameworkContract, MaintenanceDuty, Ownership
from geoapp.errors import Invalid, NotAllowed, NotFound, Stale
from geoapp.keepers.queries import Keeping, get_contract, keeping_of
from geoapp.keepers.rules import (
    ContractDraft,
    Cut,
    DutyDraft,
    Holding,
    OwnerDraft,
    check_contract,
    check_end,
    check_term,
    cut_duties,
    is_already,
)
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Doer, Thing
from geoapp.people.tables import Organisation

# For whom somebody may speak; None: for every organisation of the district.
SpeaksFor = frozenset[uuid.UUID] | None


# -- Owners ------------------------------------------------------------------------------------


def change_owner(
    session: Session, *, asset: AssetFacts, owner: OwnerDraft, version: str, by: Editor
) -> None:
    """Let an asset be an organisation's from a day on; the one before was it to the day before.

    `Asset.owner_id` and the open end of the line of owners are written together.

    Raises:
        Invalid: the day is still to come, or somebody became its owner after it.
        Stale: somebody changed it meanwhile.
    """
    check_past(owner.since, field="since", today=by.today)
    row = lock_asset(session, asset_id=asset.id)
    keeping = _get_unchanged(session, asset, version)
    before = keeping.owner
    if (before.organisation_id if before else None) == owner.organisation_id:
        return
    _end_owner(session, asset, owner.since)
    if owner.organisation_id is not None:
        session.add(
            Ownership(
                asset_id=asset.id,
                organisation_id=owner.organisation_id,
                starts_on=owner.since,
                is_example=is_example(session, row, owner.organisation_id),
            )
        )
    row.owner_id = owner.organisation_id
    session.flush()
    deed = Deed(
        "change_owner",
        before={"owner": before.name if before else None},
        after={"owner": _name_of(session, owner.organisation_id), "starts_on": owner.since},
    )
    record_change(session, thing=thing_of(asset), doer=by.doer, deed=deed, now=by.now)


def _end_owner(session: Session, asset: AssetFacts, since: date) -> None:
    """Whoever became the owner that very day was written down by mistake."""
    lines = session.scalars(select(Ownership).where(Ownership.asset_id == asset.id)).all()
    later = [line for line in lines if line.starts_on is not None and line.starts_on > since]
    if later or any(line.until is not None and line.until >= since for line in lines):
        raise Invalid("It had another owner after that day: choose a later day.", field="since")
    for line in lines:
        if line.until is not None:
            continue
        if line.starts_on == since:
            session.delete(line)
        else:
            line.until = since - timedelta(days=1)
    session.flush()


# -- Keepers -----------------------------------------------------------------------------------


def assign_keeper(
    session: Session,
    *,
    asset: AssetFacts,
    draft: DutyDraft,
    version: str,
    by: Editor,
    speaks_for: SpeaksFor,
) -> None:
    """Let an organisation keep parts of an asset from a day on. Whoever kept them did so to the day
    before, and keeps what else they had.

    Who may not speak for every organisation takes what nobody else is down for.

    Raises:
        NotAllowed: they may not speak for the organisation.
        Invalid: the days cannot be, or somebody else is down for a part.
        Stale: somebody changed it meanwhile.
    """
    if speaks_for is not None and draft.organisation_id not in speaks_for:
        raise NotAllowed("You may only say it of your own organisation.")
    check_term(draft.starts_on, draft.until, today=by.today)
    row = lock_asset(session, asset_id=asset.id)
    keeping = _get_unchanged(session, asset, version)
    held = [line.holding for line in keeping.keepers]
    if is_already(held, draft):
        return
    cuts = cut_duties(held, draft, today=by.today)
    names = {line.holding.organisation_id: line.name for line in keeping.keepers}
    _check_displaced(cuts, names, speaks_for)
    for cut in cuts:
        _cut_duty(session, cut, draft.starts_on)
    session.add(
        MaintenanceDuty(
            asset_id=asset.id,
            organisation_id=draft.organisation_id,
            covers=_sort(draft.covers),
            starts_on=draft.starts_on,
            until=draft.until,
            is_example=is_example(session, row, draft.organisation_id),
        )
    )
    session.flush()
    kept_before = {
        aspect.value: names[cut.holding.organisation_id]
        for cut in cuts
        for aspect in cut.holding.covers & draft.covers
    }
    name = _name_of(session, draft.organisation_id)
    days = {"starts_on": draft.starts_on, "until": draft.until}
    deed = Deed(
        "change_keeper",
        before=kept_before,
        after={**dict.fromkeys(_sort(draft.covers), name), **days},
    )
    record_change(session, thing=thing_of(asset), doer=by.doer, deed=deed, now=by.now)


def end_duty(
    session: Session,
    *,
    asset: AssetFacts,
    end: tuple[uuid.UUID, date],
    version: str,
    by: Editor,
    speaks_for: SpeaksFor,
) -> None:
    """Let a duty (by its id) have its last day; one that would begin after it never begins.

    Raises:
        NotFound: the asset has no such duty.
        NotAllowed: it is of an organisation they may not speak for.
        Invalid: it cannot end that day.
        Stale: somebody changed it meanwhile.
    """
    duty_id, until = end
    lock_asset(session, asset_id=asset.id)
    keeping = _get_unchanged(session, asset, version)
    line = next((line for line in keeping.keepers if line.holding.id == duty_id), None)
    if line is None:
        raise NotFound("There is no such duty here.")
    if speaks_for is not None and line.holding.organisation_id not in speaks_for:
        raise NotAllowed("You may only say it of your own organisation.")
    if check_end(line.holding, until, today=by.today):
        session.delete(session.get_one(MaintenanceDuty, duty_id))
    elif until == line.holding.until:
        return
    else:
        session.get_one(MaintenanceDuty, duty_id).until = until
    session.flush()
    kept = dict.fromkeys(_sort(line.holding.covers), line.name)
    deed = Deed("end_keeping", before={**kept, "until": line.holding.until}, after={"until": until})
    record_change(session, thing=thing_of(asset), doer=by.doer, deed=deed, now=by.now)


def _check_displaced(cuts: list[Cut], names: dict[uuid.UUID, str], speaks_for: SpeaksFor) -> None:
    for cut in cuts:
        if speaks_for is not None and cut.holding.organisation_id not in speaks_for:
            raise Invalid(
                "{name} is down for this: the district says who takes it over.",
                field="covers",
                name=names[cut.holding.organisation_id],
            )


def _cut_duty(session: Session, cut: Cut, since: date) -> None:
    row = session.get_one(MaintenanceDuty, cut.holding.id)
    if cut.ends_on is not None:
        goes_on = _copy(row, replace(cut.holding, covers=cut.rest, starts_on=since))
        row.until = cut.ends_on
        session.add_all([goes_on] if cut.rest else [])
    elif cut.rest:
        row.covers = _sort(cut.rest)
    else:
        session.delete(row)
    session.flush()


def _copy(row: MaintenanceDuty, holding: Holding) -> MaintenanceDuty:
    return MaintenanceDuty(
        asset_id=row.asset_id,
        organisation_id=row.organisation_id,
        covers=_sort(holding.covers),
        starts_on=holding.starts_on,
        until=holding.until,
        is_example=row.is_example,
    )


def _sort(covers: frozenset[Aspect]) -> list[str]:
    return [aspect.value for aspect in Aspect if aspect in covers]


def _get_unchanged(session: Session, asset: AssetFacts, version: str) -> Keeping:
    """What stands there, where it is what whoever changes it has read."""
    keeping = keeping_of(session, asset_id=asset.id)
    if keeping.version != version:
        raise Stale(
            "Somebody changed this since you opened it: look at how it stands now, and send yours "
            "again."
        )
    return keeping


def _name_of(session: Session, organisation_id: uuid.UUID | None) -> str | None:
    return session.scalar(select(Organisation.name).where(Organisation.id == organisation_id))


# -- Contracts ---------------------------------------------------------------------------------


def add_contract(
    session: Session,
    *,
    district_id: uuid.UUID,
    draft: ContractDraft,
    slug: str = "",
    is_invented: bool = False,
) -> FrameworkContract:
    """Add a framework contract under a free slug, of its title where none is given.

    Raises:
        Invalid: it has no title, covers nothing, or ends before it begins.
    """
    check_contract(draft)
    contractor = session.get_one(Organisation, draft.contractor_id)
    contract = FrameworkContract(
        district_id=district_id,
        slug=slug or _free_slug(session, make_slug(draft.title) or "contract"),
        title=draft.title,
        contractor_id=draft.contractor_id,
        covers_kinds=list(draft.covers_kinds),
        starts_on=draft.starts_on,
        ends_on=draft.ends_on,
        is_example=is_invented or contractor.is_example,
    )
    session.add(contract)
    session.flush()
    return contract


def _free_slug(session: Session, wanted: str) -> str:
    tried = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    taken = select(FrameworkContract.id)
    return next(
        slug
        for slug in tried
        if session.scalar(taken.where(FrameworkContract.slug == slug)) is None
    )


def tell_contract(
    session: Session, *, contract: FrameworkContract, by: Doer, now: datetime
) -> None:
    """Write a new contract into its history."""
    told = {
        "title": contract.title,
        "contractor": _name_of(session, contract.contractor_id),
        "covers_kinds": contract.covers_kinds,
        "starts_on": contract.starts_on,
        "ends_on": contract.ends_on,
    }
    deed = Deed("add_contract", after=told)
    record_change(session, thing=_thing_of(contract), doer=by, deed=deed, now=now)


def change_contract_end(
    session: Session,
    *,
    contract: FrameworkContract,
    change: tuple[str, date],
    by: Doer,
    now: datetime,
) -> None:
    """Let a contract end on another day, where it still ends on the day that was read (the first
    of `change`).

    Raises:
        Invalid: it would end before it begins.
        Stale: somebody changed it meanwhile.
    """
    session.refresh(contract, with_for_update=True)
    before, after = contract.ends_on, change[1]
    if after == before:
        return
    if before.isoformat() != change[0]:
        raise Stale("Somebody changed this since you opened it: look at both, and send it again.")
    if after < contract.starts_on:
        raise Invalid("The last day comes before the first: choose a later one.", field="ends_on")
    contract.ends_on = after
    session.flush()
    deed = Deed("change_contract_end", before={"ends_on": before}, after={"ends_on": after})
    record_change(session, thing=_thing_of(contract), doer=by, deed=deed, now=now)


def link_contract(
    session: Session, *, asset: AssetFacts, slug: str, version: str, by: Editor
) -> None:
    """Let an asset be built under a framework contract of its district; or, where it is already,
    take that back.

    Raises:
        NotFound: there is no such contract.
        Invalid: the contract is not for such things.
        Stale: somebody changed it meanwhile.
    """
    lock_asset(session, asset_id=asset.id)
    keeping = _get_unchanged(session, asset, version)
    contract = get_contract(session, district_id=asset.district_id, slug=slug)
    is_linked = slug in [known.slug for known in keeping.contracts]
    if is_linked:
        link = AssetContract.asset_id == asset.id, AssetContract.contract_id == contract.id
        session.execute(delete(AssetContract).where(*link))
    elif asset.kind not in contract.covers_kinds:
        raise Invalid("This contract is not for such things.", field="contract")
    else:
        session.add(AssetContract(asset_id=asset.id, contract_id=contract.id))
    session.flush()
    told = {"contract": contract.title}
    deed = Deed("link_contract", before=told if is_linked else {}, after={} if is_linked else told)
    record_change(session, thing=thing_of(asset), doer=by.doer, deed=deed, now=by.now)


def _thing_of(contract: FrameworkContract) -> Thing:
    return Thing("contract", contract.id)
