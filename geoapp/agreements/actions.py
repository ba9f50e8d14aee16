"""Changes to agreements, their parties, what they cover and their scans; the word before one ends.

Who changes an agreement waits for whoever is before them: its row is locked first.
"""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.agreements.queries import (
    find_scan,
    is_ending,
    managed_by_parties,
    thing_of,
)
from geoapp.agreements.rules import (
    MOST_REASON_LETTERS,
    AgreementDraft,
    ScanKind,
    Term,
    check_draft,
    check_end,
    check_extension,
    read_line,
    read_scan_kind,
    read_undertaking,
)
from geoapp.agreements.tables import Agreement, AgreementAsset, AgreementParty, AgreementScan
from geoapp.areas.rules import make_slug
from geoapp.assets.tables import Asset
from geoapp.db.changes import update_row
from geoapp.districts.tables import District
from geoapp.errors import Conflict, Invalid, Stale
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Doer
from geoapp.media.gate import clean_picture
from geoapp.outbox.actions import post_message
from geoapp.people.queries import list_managers
from geoapp.people.tables import Organisation
from geoapp.sealing import Sealer

ENDS = "agreement_ends"
MOST_SLUG_LETTERS = 60


@dataclass(frozen=True)
class Change:
    """Who changes an agreement, when, and which day it is there."""

    doer: Doer
    now: datetime
    today: date


def add_agreement(
    session: Session,
    *,
    organisation: Organisation,
    draft: AgreementDraft,
    undertakes: str,
    by: Change,
) -> Agreement:
    """Make an agreement whose first party is this organisation.

    Raises:
        Invalid: of the field that is wrong.
    """
    checked, said = check_draft(draft), read_undertaking(undertakes)
    agreement = Agreement(
        district_id=organisation.district_id,
        slug=_make_free_slug(session, checked.title),
        is_example=organisation.is_example,
        **asdict(checked),
    )
    session.add(agreement)
    session.flush()
    session.add(
        AgreementParty(agreement_id=agreement.id, organisation_id=organisation.id, undertakes=said)
    )
    session.flush()
    told = {**asdict(checked), "party": organisation.name, "undertakes": said}
    _record(session, agreement.id, Deed("add_agreement", after=told), by)
    return agreement


def change_terms(
    session: Session, *, agreement_id: uuid.UUID, change: tuple[AgreementDraft, int], by: Change
) -> None:
    """Keep title and days, made from that version; what stands there already changes nothing.

    Raises:
        Invalid: of the field that is wrong.
        Stale: the version is not the one in force.
    """
    after, version = check_draft(change[0]), change[1]
    row = _lock(session, agreement_id)
    before = _read_draft(row)
    if after == before:
        return
    if version != row.version:
        raise Stale("Somebody changed this agreement since you opened it: look, and send it again.")
    if row.ended_on is not None:
        check_end(replace(_read_term(row), **_days_of(after)), row.ended_on)
    update_row(row, {**asdict(after), "version": row.version + 1})
    session.flush()
    deed = Deed("change_agreement", before=asdict(before), after=asdict(after))
    _record(session, row.id, deed, by)


def extend_agreement(
    session: Session, *, agreement_id: uuid.UUID, valid_to: date, by: Change
) -> None:
    """Let it go on until a later day; its parties get a new word before that one.

    Raises:
        Invalid: it was ended, has no end, or the day is not later.
    """
    row = _lock(session, agreement_id)
    if row.valid_to == valid_to:
        return
    check_extension(_read_term(row), valid_to, today=by.today)
    deed = Deed("extend_agreement", before={"valid_to": row.valid_to}, after={"valid_to": valid_to})
    update_row(row, {"valid_to": valid_to, "version": row.version + 1})
    session.flush()
    _record(session, row.id, deed, by)


def end_agreement(
    session: Session, *, agreement_id: uuid.UUID, ended_on: date, reason: str, by: Change
) -> None:
    """End it before its time, for a reason that everybody can read.

    Raises:
        Invalid: no reason, or a day it cannot be ended on.
        Conflict: it was ended before.
    """
    said = read_line(reason, field="reason", most=MOST_REASON_LETTERS)
    if not said:
        raise Invalid("Say why it ends.", field="reason")
    row = _lock(session, agreement_id)
    if row.ended_on is not None:
        raise Conflict("Somebody was first: this agreement has been ended already.")
    check_end(_read_term(row), ended_on)
    update_row(row, {"ended_on": ended_on, "end_reason": said, "version": row.version + 1})
    session.flush()
    deed = Deed("end_agreement", after={"ended_on": ended_on, "reason": said})
    _record(session, row.id, deed, by)


# -- Parties -----------------------------------------------------------------------------------


def put_party(
    session: Session,
    *,
    agreement_id: uuid.UUID,
    organisation: Organisation,
    undertakes: str,
    by: Change,
) -> None:
    """Let an organisation be a party, or change what it undertakes.

    Raises:
        Invalid: nothing is undertaken, or it is of another district.
    """
    said = read_undertaking(undertakes)
    row = _lock(session, agreement_id)
    if organisation.district_id != row.district_id:
        raise Invalid("Choose an organisation of this district.", field="organisation")
    known = session.get(AgreementParty, (row.id, organisation.id))
    before = known.undertakes if known else ""
    if before == said:
        return
    if known is None:
        session.add(
            AgreementParty(agreement_id=row.id, organisation_id=organisation.id, undertakes=said)
        )
    else:
        known.undertakes = said
    session.flush()
    deed = Deed(
        "put_party",
        before={"undertakes": before},
        after={"party": organisation.name, "undertakes": said},
    )
    _record(session, row.id, deed, by)


def remove_party(
    session: Session, *, agreement_id: uuid.UUID, organisation: Organisation, by: Change
) -> None:
    """Let an organisation be a party no more.

    Raises:
        Invalid: it is the last one, or alone manages something that is covered.
    """
    row = _lock(session, agreement_id)
    known = session.get(AgreementParty, (row.id, organisation.id))
    if known is None:
        return
    others = AgreementParty.organisation_id != organisation.id
    if not session.scalar(select(exists().where(AgreementParty.agreement_id == row.id, others))):
        raise Invalid("An agreement has at least one party.", field="organisation")
    theirs = select(AgreementAsset.asset_id).where(
        AgreementAsset.agreement_id == row.id,
        AgreementAsset.asset_id.in_(managed_by_parties(row.id, by.today)),
        AgreementAsset.asset_id.not_in(
            managed_by_parties(row.id, by.today, without=organisation.id)
        ),
    )
    if session.scalar(theirs.limit(1)):
        raise Invalid(
            "This party alone manages some of what the agreement covers: take that out first.",
            field="organisation",
        )
    session.delete(known)
    session.flush()
    deed = Deed("remove_party", before={"party": organisation.name})
    _record(session, row.id, deed, by)


# -- What it covers ----------------------------------------------------------------------------


def cover_assets(
    session: Session,
    *,
    agreement_id: uuid.UUID,
    add: Sequence[str],
    remove: Sequence[str],
    by: Change,
) -> None:
    """Let an agreement cover more assets, and some no more; both by their public codes.

    Raises:
        Invalid: there is none of this number in the district, or no party manages it.
    """
    row = _lock(session, agreement_id)
    found = session.execute(
        select(Asset.id, Asset.code).where(
            Asset.code.in_([*add, *remove]), Asset.district_id == row.district_id
        )
    )
    by_code = {code: asset_id for asset_id, code in found}
    covered = set(
        session.scalars(
            select(AgreementAsset.asset_id).where(
                AgreementAsset.agreement_id == row.id,
                AgreementAsset.asset_id.in_(by_code.values()),
            )
        )
    )
    coming = [code for code in dict.fromkeys(add) if by_code.get(code) not in covered]
    going = [code for code in dict.fromkeys(remove) if by_code.get(code) in covered]
    _check_coverable(session, row, coming, by_code, by.today)
    if not (coming or going):
        return
    session.execute(
        delete(AgreementAsset).where(
            AgreementAsset.agreement_id == row.id,
            AgreementAsset.asset_id.in_([by_code[code] for code in going]),
        )
    )
    session.add_all(AgreementAsset(agreement_id=row.id, asset_id=by_code[code]) for code in coming)
    session.flush()
    deed = Deed("cover_assets", before={"covered": going}, after={"covered": coming})
    _record(session, row.id, deed, by)


def _check_coverable(
    session: Session,
    row: Agreement,
    codes: Sequence[str],
    by_code: dict[str, uuid.UUID],
    today: date,
) -> None:
    for code in codes:
        if code not in by_code:
            raise Invalid("There is no place with number {code}.", field="numbers", code=code)
    managed = managed_by_parties(row.id, today).subquery("managed")
    wanted = [by_code[code] for code in codes]
    found = set(session.scalars(select(managed.c.asset_id).where(managed.c.asset_id.in_(wanted))))
    for code in codes:
        if by_code[code] not in found:
            raise Invalid(
                "Nobody who manages {code} is a party: add who does as a party first.",
                field="numbers",
                code=code,
            )


# -- The scan ----------------------------------------------------------------------------------


def put_scan(
    session: Session, *, agreement_id: uuid.UUID, data: bytes, sealer: Sealer, by: Change
) -> None:
    """Keep the signed paper under lock; one that is there goes. Of a picture fresh pixels are kept,
    a PDF as it is: nobody here ever opens it.

    Raises:
        Invalid: it is no scan, or too large, or a damaged picture.
    """
    kind, kept = read_scan_kind(data), data
    if kind is not ScanKind.PDF:
        try:
            kind, kept = ScanKind.JPEG, clean_picture(data).large
        except Invalid as error:
            raise Invalid(error.message, field="scan", **error.values) from None
    row = _lock(session, agreement_id)
    had = find_scan(session, agreement_id=row.id) is not None
    values = {
        "kind": kind,
        "sealed": sealer.seal_file(kept),
        "byte_count": len(kept),
        "added_on": by.today,
    }
    session.execute(
        insert(AgreementScan)
        .values(agreement_id=row.id, **values)
        .on_conflict_do_update(index_elements=["agreement_id"], set_=values)
    )
    deed = Deed("replace_scan" if had else "add_scan", after={"scan": kind.name})
    _record(session, row.id, deed, by)


def remove_scan(session: Session, *, agreement_id: uuid.UUID, by: Change) -> None:
    """Take the signed paper away."""
    row = _lock(session, agreement_id)
    gone = session.execute(
        delete(AgreementScan)
        .where(AgreementScan.agreement_id == row.id)
        .returning(AgreementScan.agreement_id)
    ).all()
    if gone:
        _record(session, row.id, Deed("remove_scan"), by)


# -- The word before it ends -------------------------------------------------------------------


def post_ending_words(session: Session, *, now: datetime) -> int:
    """Of each agreement that ends within its days of warning: a mail to each who manages a party,
    or else to that party's mailbox, once for each last day; how many.

    Which day it was noted of stands in the agreement's own row, for as long as it does: the outbox
    forgets what it has sent.
    """
    posted = 0
    for district in session.scalars(select(District).order_by(District.slug)).all():
        today = now.astimezone(ZoneInfo(district.time_zone)).date()
        ending = session.scalars(
            select(Agreement)
            .where(
                Agreement.district_id == district.id,
                is_ending(today),
                Agreement.valid_to >= today,
                Agreement.reminded_for.is_distinct_from(Agreement.valid_to),
            )
            .order_by(Agreement.id)
            .with_for_update(skip_locked=True)
        )
        for agreement in ending.all():
            agreement.reminded_for = agreement.valid_to
            posted += sum(
                _post_word(session, agreement, one, now)
                for one in _list_whom(session, agreement.id, today)
            )
    session.flush()
    return posted


def _list_whom(
    session: Session, agreement_id: uuid.UUID, today: date
) -> list[tuple[uuid.UUID, uuid.UUID | None]]:
    """Organisation and person; no person: its mailbox. A person of two parties gets one mail."""
    parties = session.scalars(
        select(Organisation)
        .join(AgreementParty, AgreementParty.organisation_id == Organisation.id)
        .where(AgreementParty.agreement_id == agreement_id)
        .order_by(Organisation.id)
    ).all()
    managing = list_managers(session, organisation_ids=[party.id for party in parties], today=today)
    whom: dict[uuid.UUID, tuple[uuid.UUID, uuid.UUID | None]] = {}
    for party in parties:
        for person_id in managing.get(party.id, []):
            whom.setdefault(person_id, (party.id, person_id))
        if party.id not in managing and party.mailbox_id is not None:
            whom.setdefault(party.mailbox_id, (party.id, None))
    return list(whom.values())


def _post_word(
    session: Session,
    agreement: Agreement,
    whom: tuple[uuid.UUID, uuid.UUID | None],
    now: datetime,
) -> bool:
    organisation_id, person_id = whom
    return post_message(
        session,
        kind=ENDS,
        payload={
            "agreement_id": str(agreement.id),
            "organisation_id": str(organisation_id),
            "person_id": str(person_id or ""),
            "valid_to": str(agreement.valid_to),
        },
        once_key=f"{ENDS}:{agreement.id}:{agreement.valid_to}:{person_id or organisation_id}",
        now=now,
    )


# -- Examples ----------------------------------------------------------------------------------


def remove_example_agreements(session: Session) -> None:
    """Take away every example agreement, and every example party of a real one."""
    session.execute(delete(Agreement).where(Agreement.is_example))
    examples = select(Organisation.id).where(Organisation.is_example)
    session.execute(delete(AgreementParty).where(AgreementParty.organisation_id.in_(examples)))


def _make_free_slug(session: Session, title: str) -> str:
    stem = make_slug(title)[:MOST_SLUG_LETTERS].strip("-") or "agreement"
    taken = set(
        session.scalars(select(Agreement.slug).where(func.starts_with(Agreement.slug, stem)))
    )
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return next(slug for slug in (stem, *numbered) if slug not in taken)


def _lock(session: Session, agreement_id: uuid.UUID) -> Agreement:
    return session.scalars(
        select(Agreement)
        .where(Agreement.id == agreement_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _read_draft(row: Agreement) -> AgreementDraft:
    return AgreementDraft(row.title, row.signed_on, row.starts_on, row.valid_to, row.remind_days)


def _read_term(row: Agreement) -> Term:
    return Term(row.signed_on, row.starts_on, row.valid_to, row.ended_on, row.remind_days)


def _days_of(draft: AgreementDraft) -> dict[str, Any]:
    return {name: value for name, value in asdict(draft).items() if name != "title"}


def _record(session: Session, agreement_id: uuid.UUID, deed: Deed, by: Change) -> None:
    record_change(session, thing=thing_of(agreement_id), doer=by.doer, deed=deed, now=by.now)
