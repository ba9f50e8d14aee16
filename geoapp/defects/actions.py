"""Changes to defects: a new one with its history, be it only the report."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from geoalchemy2.shape import from_shape, to_shape
from shapely import Point
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from geoapp.areas.queries import find_buurt_at
from geoapp.assets.tables import Asset
from geoapp.defects.rules import Axes, Category, EventKind, PictureRole, Work, follow
from geoapp.defects.tables import Defect, DefectEvent, DefectPicture
from geoapp.districts.queries import Place
from geoapp.errors import Invalid
from geoapp.geo.crs import LONLAT, cell_centre, cell_of


@dataclass(frozen=True)
class EventDraft:
    """One step of a history."""

    kind: EventKind
    at: datetime
    organisation_id: uuid.UUID | None = None
    passed_to_id: uuid.UUID | None = None
    note: str = ""
    due_on: date | None = None


@dataclass(frozen=True)
class HistoryDraft:
    """A defect with all that happened to it. `lon`, `lat` is where the pin was put."""

    category: Category
    description: str
    lon: float
    lat: float
    addressee_id: uuid.UUID
    events: Sequence[EventDraft]
    asset_id: uuid.UUID | None = None
    merged_into_id: uuid.UUID | None = None
    is_example: bool = False


def import_defect(
    session: Session, *, place: Place, draft: HistoryDraft, new_code: Callable[[], str]
) -> Defect:
    """Store a defect with its whole history; the axes follow from the events.

    Raises:
        Invalid: the history does not begin with a report.
    """
    if not draft.events or draft.events[0].kind is not EventKind.REPORTED:
        raise Invalid("A history begins with the report.")
    axes, turn_since, promised_on = _read_history(draft.events, ZoneInfo(place.time_zone))
    cell_x, cell_y = cell_of(draft.lon, draft.lat, place.metric_srid)
    passed_to = [event.passed_to_id for event in draft.events if event.passed_to_id]
    defect = Defect(
        district_id=place.id,
        code=_free_code(session, new_code),
        category=draft.category,
        description=draft.description,
        asset_id=draft.asset_id,
        area_id=find_buurt_at(session, district_id=place.id, lon=draft.lon, lat=draft.lat),
        cell_x=cell_x,
        cell_y=cell_y,
        work=axes.work,
        street=axes.street,
        file=axes.file,
        addressee_id=draft.addressee_id,
        passed_to_id=passed_to[-1] if passed_to else None,
        merged_into_id=draft.merged_into_id,
        promised_on=promised_on,
        turn_since=turn_since,
        reported_at=draft.events[0].at,
        is_example=draft.is_example,
        geom=from_shape(Point(draft.lon, draft.lat), srid=LONLAT),
        point=from_shape(
            _public_point(session, draft.asset_id, (cell_x, cell_y), place.metric_srid),
            srid=LONLAT,
        ),
    )
    session.add(defect)
    session.flush()
    for event in draft.events:
        session.add(
            DefectEvent(
                defect_id=defect.id,
                kind=event.kind,
                at=event.at,
                organisation_id=event.organisation_id,
                note=event.note,
                due_on=event.due_on,
                is_example=draft.is_example,
            )
        )
    return defect


def attach_picture(
    session: Session, *, defect_id: uuid.UUID, picture_id: uuid.UUID, role: PictureRole
) -> None:
    """Add a picture after those the defect has."""
    last = session.scalar(
        select(func.max(DefectPicture.position)).where(DefectPicture.defect_id == defect_id)
    )
    session.add(
        DefectPicture(
            defect_id=defect_id, picture_id=picture_id, position=(last or 0) + 1, role=role
        )
    )
    session.flush()


def remove_example_defects(session: Session) -> int:
    """Take away every example defect; returns how many."""
    session.execute(
        update(Defect).where(Defect.is_example).values(merged_into_id=None, file="public")
    )
    gone = session.execute(delete(Defect).where(Defect.is_example).returning(Defect.id))
    return len(gone.all())


def _read_history(events: Sequence[EventDraft], zone: ZoneInfo) -> tuple[Axes, date, date | None]:
    axes = Axes()
    turn_since = events[0].at.astimezone(zone).date()
    promised_on = None
    for event in events:
        after = follow(axes, event.kind)
        if after.state is not axes.state or event.kind is EventKind.PROMISED:
            turn_since = event.at.astimezone(zone).date()
        if event.kind is EventKind.PROMISED:
            promised_on = event.due_on
        elif after.work is not Work.PLANNED:
            promised_on = None
        axes = after
    return axes, turn_since, promised_on


def _public_point(
    session: Session, asset_id: uuid.UUID | None, cell: tuple[int, int], metric_srid: int
) -> Point:
    """The asset's own point; any other report shows the middle of its 25 m cell."""
    if asset_id is not None:
        point = session.scalars(select(Asset.point).where(Asset.id == asset_id)).one()
        return Point(to_shape(point).coords[0])
    return Point(*cell_centre(*cell, metric_srid))


def _free_code(session: Session, new_code: Callable[[], str]) -> str:
    code = new_code()
    while session.scalar(select(Defect.id).where(Defect.code == code)):
        code = new_code()
    return code
