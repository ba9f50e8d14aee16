"""Looks again at what is lacking: of a few things at once with what changed them, of a whole
district every hour."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Text, cast, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.care.queries import lacking, list_differing, list_touched
from geoapp.care.tables import CareGap, CareLook
from geoapp.districts.queries import list_districts
from geoapp.ledger.audit import take_changed

AT_ONCE = 5_000
COLUMNS = ("asset_id", "kind", "district_id", "code", "about", "since_on")


def refresh_care(
    session: Session, *, district_id: uuid.UUID, asset_ids: Sequence[uuid.UUID], today: date
) -> None:
    """See anew what is lacking of a few assets of a district, after their facts have changed."""
    if not asset_ids:
        return
    session.flush()
    _hold(session, district_id)
    for first in range(0, len(asset_ids), AT_ONCE):
        _bring_up_to_date(session, district_id, asset_ids[first : first + AT_ONCE], today)


def follow_changes(session: Session, *, now: datetime) -> None:
    """See anew what is lacking of the things whose change was written in this transaction, and of
    those that a changed agreement or contract is about."""
    found = list_touched(session, things=take_changed(session))
    for place in list_districts(session) if found else ():
        today = now.astimezone(ZoneInfo(place.time_zone)).date()
        ids = found.get(place.id, [])
        refresh_care(session, district_id=place.id, asset_ids=ids, today=today)


def refresh_districts(session: Session, *, now: datetime) -> None:
    """See anew what is lacking everywhere: one pass over the assets of each district, that keeps
    nobody waiting; only those of which something else is lacking than is kept are held."""
    session.flush()
    for place in list_districts(session):
        today = now.astimezone(ZoneInfo(place.time_zone)).date()
        found = list_differing(session, district_id=place.id, today=today)
        refresh_care(session, district_id=place.id, asset_ids=found, today=today)
        _make_look(session, place.id)
        looked = update(CareLook).where(CareLook.district_id == place.id)
        session.execute(looked.values(looked_at=now))


def _hold(session: Session, district_id: uuid.UUID) -> None:
    """One at a time in a district: a look begun before a change would write what was."""
    _make_look(session, district_id)
    session.execute(
        select(CareLook.district_id).where(CareLook.district_id == district_id).with_for_update()
    )


def _make_look(session: Session, district_id: uuid.UUID) -> None:
    session.execute(insert(CareLook).values(district_id=district_id).on_conflict_do_nothing())


def _bring_up_to_date(
    session: Session, district_id: uuid.UUID, asset_ids: Sequence[uuid.UUID], today: date
) -> None:
    found = lacking(district_id=district_id, asset_ids=asset_ids, today=today).cte("found")
    stale = delete(CareGap).where(
        CareGap.asset_id.in_(asset_ids),
        ~select(1)
        .where(found.c.asset_id == CareGap.asset_id, found.c.kind == cast(CareGap.kind, Text))
        .exists(),
    )
    put = insert(CareGap).from_select(COLUMNS, select(*(found.c[name] for name in COLUMNS)))
    session.execute(
        put.on_conflict_do_update(
            index_elements=["asset_id", "kind"],
            set_={"about": put.excluded.about, "since_on": put.excluded.since_on},
            where=CareGap.about.is_distinct_from(put.excluded.about)
            | CareGap.since_on.is_distinct_from(put.excluded.since_on),
        ).add_cte(stale.cte("stale"))
    )
