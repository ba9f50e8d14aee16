"""What changes lists, inspections, cases and what is asked to go; each is written to the history of
the thing."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from geoapp.assets.queries import AssetFacts, thing_of
from geoapp.assets.rules import AssetEventKind, Kind, PhysicalStatus, Precision
from geoapp.assets.tables import Asset, AssetEvent
from geoapp.db.changes import Change
from geoapp.db.text import read_words
from geoapp.errors import Conflict, Invalid, NotAllowed
from geoapp.inspections.queries import ListFacts
from geoapp.inspections.rules import (
    MOST_NOTE_LETTERS,
    Item,
    check_answers,
    check_every_days,
    find_result,
    write_items,
)
from geoapp.inspections.tables import Checklist, Inspection, RemovalCase, RemovalRequest
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Doer
from geoapp.ledger.tables import SecondLook
from geoapp.people.tables import Organisation

REMOVE = "remove"


@dataclass(frozen=True)
class Hand:
    """Who acts: the person for the history, their organisation for everybody, and whether they do
    it for the district."""

    doer: Doer
    organisation_id: uuid.UUID
    is_officer: bool

    @property
    def person_id(self) -> uuid.UUID:
        """Who it is; nobody does this without an account."""
        if self.doer.person_id is None:
            raise NotAllowed("You may not do this. Sign in with an account that may.")
        return self.doer.person_id


@dataclass(frozen=True)
class Moment:
    """Now, and the day it is there."""

    now: datetime
    today: date


# -- Lists -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ListDraft:
    """A list of questions of a kind as a file gives it."""

    kind: Kind
    starts_on: date
    every_days: int
    items: tuple[Item, ...]
    source: str


def put_checklist(
    session: Session, *, district_id: uuid.UUID, draft: ListDraft, is_example: bool
) -> Change:
    """Let this list hold in a district from its day on; one that differs from the last is a new
    version beside it.

    Raises:
        Invalid: a thing is not looked at so often, or it begins before the last one did.
    """
    check_every_days(draft.every_days)
    last = session.scalar(
        select(Checklist)
        .where(Checklist.district_id == district_id, Checklist.kind == draft.kind)
        .order_by(Checklist.version.desc())
        .limit(1)
    )
    items = write_items(draft.items)
    if last is not None and (last.items, last.every_days) == (items, draft.every_days):
        return Change.SAME
    if last is not None and draft.starts_on < last.starts_on:
        raise Invalid(
            "A changed list begins on {day} or later: the one before it began then.",
            field="starts_on",
            day=last.starts_on,
        )
    session.add(
        Checklist(
            district_id=district_id,
            kind=draft.kind,
            version=last.version + 1 if last else 1,
            starts_on=draft.starts_on,
            every_days=draft.every_days,
            items=items,
            source=draft.source,
            is_example=is_example,
        )
    )
    session.flush()
    return Change.NEW


# -- The round ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """What was found, by which list; `together_id` is the other side where both were there."""

    checklist: ListFacts
    answers: Mapping[str, object]
    note: str = ""
    picture_id: uuid.UUID | None = None
    together_id: uuid.UUID | None = None


def record_inspection(
    session: Session, *, asset: AssetFacts, found: Found, by: Hand, at: Moment
) -> int:
    """Keep what was found on the spot, with the thing's line of life; returns its number.

    Done together it starts nothing before the other side confirms it.

    Raises:
        Invalid: a question has no answer, or the words are too many.
        Conflict: the thing is gone.
    """
    answers = check_answers(found.checklist.items, found.answers)
    note = read_words(found.note, field="note", most=MOST_NOTE_LETTERS)
    row = lock_asset(session, asset)
    if row.physical_status is PhysicalStatus.REMOVED:
        raise Conflict("It has been taken away: there is nothing to look at.")
    result = find_result(found.checklist.items, answers)
    is_example = asset.is_example or is_of_example(session, by)
    inspection = Inspection(
        asset_id=asset.id,
        checklist_id=found.checklist.id,
        done_at=at.now,
        done_on=at.today,
        by_organisation_id=by.organisation_id,
        by_district=by.is_officer,
        person_id=by.person_id,
        with_organisation_id=found.together_id,
        answers=answers,
        result=result,
        note=note,
        picture_id=found.picture_id,
        is_example=is_example,
    )
    session.add(inspection)
    row.last_seen_on = max(at.today, row.last_seen_on or at.today)
    add_event(session, asset, AssetEventKind.INSPECTED, at, is_example=is_example)
    after = {"result": result, "list": found.checklist.version}
    if found.together_id is not None:
        after["together"] = True
    record_deed(session, asset, Deed("inspect", after=after), by, at)
    return inspection.number


# -- Examples, and what all who change something do ---------------------------------------------


def remove_example_inspections(session: Session) -> None:
    """Take away every example list, look, case and request, with what waits for a second person."""
    looks = select(RemovalRequest.look_id).where(RemovalRequest.is_example)
    session.execute(delete(SecondLook).where(SecondLook.id.in_(looks)))
    for table in (RemovalCase, Inspection, Checklist):
        session.execute(delete(table).where(table.is_example))


def lock_asset(session: Session, asset: AssetFacts) -> Asset:
    """Who changes anything here about one thing waits for whoever is before them."""
    return session.scalars(
        select(Asset)
        .where(Asset.id == asset.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def add_event(
    session: Session, asset: AssetFacts, kind: AssetEventKind, at: Moment, *, is_example: bool
) -> None:
    """Add to a thing's own line of life."""
    session.add(
        AssetEvent(
            asset_id=asset.id,
            kind=kind,
            happened_on=at.today,
            precision=Precision.DAY,
            is_example=is_example,
        )
    )
    session.flush()


def record_deed(session: Session, asset: AssetFacts, deed: Deed, by: Hand, at: Moment) -> None:
    """Write what was done to the history of a thing; call it last."""
    record_change(session, thing=thing_of(asset), doer=by.doer, deed=deed, now=at.now)


def is_of_example(session: Session, by: Hand) -> bool:
    """What an example organisation does goes with it."""
    told = select(Organisation.is_example).where(Organisation.id == by.organisation_id)
    return bool(session.scalar(told))
