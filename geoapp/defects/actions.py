"""Changes to defects: a new one with its history, be it only the report."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from zoneinfo import ZoneInfo

from geoalchemy2.shape import from_shape, to_shape
from shapely import Point
from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.areas.actions import make_area_ids
from geoapp.areas.queries import Area, find_buurt_at
from geoapp.assets.tables import Asset
from geoapp.db.base import new_id
from geoapp.db.changes import Change, update_row
from geoapp.defects.rules import (
    ENDED,
    Axes,
    Category,
    EventKind,
    Pace,
    PictureRole,
    PromiseState,
    Speaker,
    WordsState,
    Work,
    begins_turn,
    close_promise,
    follow,
)
from geoapp.defects.tables import (
    AnswerCellCount,
    AnswerCount,
    Defect,
    DefectCall,
    DefectEvent,
    DefectFollower,
    DefectPicture,
    DefectPromise,
    DefectVoice,
    RoutingRule,
)
from geoapp.districts.queries import Place
from geoapp.districts.tables import District
from geoapp.errors import Invalid
from geoapp.geo.crs import LONLAT, cell_centre, cell_of
from geoapp.media.actions import remove_pictures
from geoapp.media.tables import Picture
from geoapp.outbox.actions import post_message
from geoapp.people.queries import get_desk
from geoapp.people.tables import Organisation


@dataclass(frozen=True)
class EventDraft:
    """One step of a history."""

    kind: EventKind
    at: datetime
    organisation_id: uuid.UUID | None = None
    passed_to_id: uuid.UUID | None = None
    merged_into_id: uuid.UUID | None = None
    note: str = ""
    due_on: date | None = None
    told: Mapping[str, str] = field(default_factory=dict)


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
    again_of_id: uuid.UUID | None = None
    is_example: bool = False
    city_number: str = ""
    city_reported_on: date | None = None
    words_state: WordsState = WordsState.SHOWN


def add_defect(
    session: Session, *, place: Place, draft: HistoryDraft, new_code: Callable[[], str]
) -> Defect:
    """Store a defect with its whole history; the axes follow from the events.

    Raises:
        Invalid: the history does not begin with a report.
    """
    if not draft.events or draft.events[0].kind is not EventKind.REPORTED:
        raise Invalid("A history begins with the report.")
    zone = ZoneInfo(place.time_zone)
    cell_x, cell_y = cell_of(draft.lon, draft.lat, place.metric_srid)
    defect = Defect(
        id=new_id(),
        district_id=place.id,
        code=_free_code(session, new_code),
        category=draft.category,
        description=draft.description,
        words_state=draft.words_state,
        asset_id=draft.asset_id,
        area_id=find_buurt_at(session, district_id=place.id, lon=draft.lon, lat=draft.lat),
        cell_x=cell_x,
        cell_y=cell_y,
        addressee_id=draft.addressee_id,
        again_of_id=draft.again_of_id,
        turn_since=draft.events[0].at.astimezone(zone).date(),
        reported_at=draft.events[0].at,
        city_number=draft.city_number,
        city_reported_on=draft.city_reported_on,
        is_example=draft.is_example,
        geom=from_shape(Point(draft.lon, draft.lat), srid=LONLAT),
        point=from_shape(
            _public_point(session, draft.asset_id, (cell_x, cell_y), place.metric_srid),
            srid=LONLAT,
        ),
    )
    keep_axes(defect, Axes())
    session.add(defect)
    session.flush()
    for event in draft.events:
        take_step(session, defect=defect, step=event, zone=zone)
    session.flush()
    return defect


def lock_defect(session: Session, *, defect_id: uuid.UUID) -> tuple[Defect, ZoneInfo]:
    """The defect, held until this transaction ends, and the time zone of its district: of two who
    change it at once the second sees what the first did."""
    defect, zone = session.execute(
        select(Defect, District.time_zone)
        .join(District, District.id == Defect.district_id)
        .where(Defect.id == defect_id)
        .with_for_update(of=Defect)
        .execution_options(populate_existing=True)
    ).one()
    return defect, ZoneInfo(zone)


def lock_defects(
    session: Session, *, defect_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, tuple[Defect, ZoneInfo]]:
    """As `lock_defect`, several: in one order, whoever does what, so that no two wait for each
    other."""
    return {one: lock_defect(session, defect_id=one) for one in sorted(defect_ids)}


def take_step(
    session: Session,
    *,
    defect: Defect,
    step: EventDraft,
    zone: ZoneInfo,
    voice_id: uuid.UUID | None = None,
) -> DefectEvent:
    """Let one thing happen to a defect that this transaction made or holds: the axes, whose move
    it is, who has it and what was promised follow from it."""
    day = step.at.astimezone(zone).date()
    before = axes_of(defect)
    after = follow(before, step.kind)
    _follow_promise(session, defect, step, day)
    keep_axes(defect, after)
    if begins_turn(before, after, step.kind):
        defect.turn_since = day
    if step.kind is EventKind.PASSED_ON:
        defect.passed_to_id = step.passed_to_id
    elif step.kind is EventKind.ACCEPTED and defect.passed_to_id is not None:
        defect.addressee_id, defect.passed_to_id = defect.passed_to_id, None
    elif step.kind is EventKind.RETURNED:
        defect.passed_to_id = None
        defect.bounces += 1
    elif step.kind is EventKind.CITY_ANSWERED:
        # What is called done waits for nobody to take it on.
        defect.passed_to_id = None
    elif step.kind in (EventKind.MERGED, EventKind.UNMERGED):
        defect.merged_into_id = step.merged_into_id
    elif step.kind is EventKind.CLIMBED:
        defect.rung += 1
        defect.climbed_at = defect.handlings
    event = DefectEvent(
        id=new_id(),
        defect_id=defect.id,
        kind=step.kind,
        at=step.at,
        organisation_id=step.organisation_id,
        note=step.note,
        due_on=step.due_on,
        told=dict(step.told),
        voice_id=voice_id,
        is_example=defect.is_example,
    )
    session.add(event)
    return event


def axes_of(defect: Defect) -> Axes:
    """The axes as they are stored."""
    return Axes(**{one.name: getattr(defect, one.name) for one in fields(Axes)})


def keep_axes(defect: Defect, axes: Axes) -> None:
    """Store them."""
    for one in fields(Axes):
        setattr(defect, one.name, getattr(axes, one.name))


def _follow_promise(session: Session, defect: Defect, step: EventDraft, day: date) -> None:
    moves = 0
    if defect.promised_on is not None:
        promise = session.scalars(
            select(DefectPromise).where(
                DefectPromise.defect_id == defect.id, DefectPromise.state == PromiseState.OPEN
            )
        ).one_or_none()
        if promise is not None:
            moves = promise.moves
            ended = close_promise(step.kind, due_on=promise.due_on, moves=moves, today=day)
            if ended is not None:
                promise.state, promise.closed_at = ended, step.at
                session.flush()
    if step.kind is EventKind.PROMISED and step.due_on is not None:
        was_open = defect.promised_on is not None
        session.add(
            DefectPromise(
                defect_id=defect.id,
                organisation_id=step.organisation_id or defect.addressee_id,
                due_on=step.due_on,
                moves=moves + 1 if was_open else 0,
                state=PromiseState.OPEN,
                promised_at=step.at,
                is_example=defect.is_example,
            )
        )
        defect.promised_on = step.due_on
    elif follow(axes_of(defect), step.kind).work is not Work.PLANNED:
        defect.promised_on = None


TELL = "tell"


def tell(session: Session, *, event_id: uuid.UUID, now: datetime) -> None:
    """Have everybody whom an event concerns told of it, once; the worker looks up who that is, so
    that whoever acts does not wait for them."""
    post_message(
        session,
        kind=TELL,
        payload={"event_id": str(event_id)},
        once_key=f"{TELL}:{event_id}",
        now=now,
    )


def attach_picture(
    session: Session,
    *,
    defect_id: uuid.UUID,
    picture_id: uuid.UUID,
    role: PictureRole,
    event_id: uuid.UUID | None = None,
) -> None:
    """Add a picture after those the defect has."""
    last = session.scalar(
        select(func.max(DefectPicture.position)).where(DefectPicture.defect_id == defect_id)
    )
    session.add(
        DefectPicture(
            defect_id=defect_id,
            picture_id=picture_id,
            position=(last or 0) + 1,
            role=role,
            event_id=event_id,
        )
    )
    session.flush()


def follow_defect(
    session: Session, *, defect_id: uuid.UUID, address_id: uuid.UUID, is_reporter: bool
) -> DefectFollower:
    """Note that an address asks to hear of a report; one row, however often it asks."""
    session.execute(
        insert(DefectFollower)
        .values(id=new_id(), defect_id=defect_id, address_id=address_id, is_reporter=is_reporter)
        .on_conflict_do_nothing(index_elements=["defect_id", "address_id"])
    )
    return session.scalars(
        select(DefectFollower).where(
            DefectFollower.defect_id == defect_id, DefectFollower.address_id == address_id
        )
    ).one()


def confirm_follower(
    session: Session, *, follower_id: uuid.UUID, now: datetime
) -> DefectFollower | None:
    """From now on this address hears of the report; None where it did already, or is gone."""
    return session.scalar(
        update(DefectFollower)
        .where(DefectFollower.id == follower_id, DefectFollower.confirmed_at.is_(None))
        .values(confirmed_at=now)
        .returning(DefectFollower)
    )


def set_pace(session: Session, *, follower_id: uuid.UUID, pace: Pace) -> None:
    """From now on they hear so; what was noted or sent before stays as it is."""
    session.execute(
        update(DefectFollower).where(DefectFollower.id == follower_id).values(pace=pace)
    )


def remove_follower(session: Session, *, follower_id: uuid.UUID) -> DefectFollower | None:
    """This address hears of the report no more; None where it did not."""
    return session.scalar(
        delete(DefectFollower).where(DefectFollower.id == follower_id).returning(DefectFollower)
    )


def remove_reporters(session: Session, *, defect_id: uuid.UUID) -> list[uuid.UUID]:
    """Take away the address that came with a report; returns its row, if there was one."""
    gone = session.scalars(
        delete(DefectFollower)
        .where(DefectFollower.defect_id == defect_id, DefectFollower.is_reporter)
        .returning(DefectFollower.address_id)
    )
    return list(gone)


def remove_old_followers(session: Session, *, today: date) -> list[uuid.UUID]:
    """Take away the followers of files that ended longer ago than their district keeps addresses;
    returns the rows of their addresses."""
    gone = session.scalars(
        delete(DefectFollower)
        .where(
            DefectFollower.defect_id == Defect.id,
            Defect.district_id == District.id,
            Defect.state.in_([state.value for state in ENDED]),
            Defect.turn_since + District.contact_days < today,
        )
        .returning(DefectFollower.address_id)
    )
    return list(set(gone))


def remove_unconfirmed_followers(session: Session, *, before: datetime) -> list[uuid.UUID]:
    """Take away those who asked before this and never confirmed; returns the rows of their
    addresses."""
    gone = session.scalars(
        delete(DefectFollower)
        .where(DefectFollower.confirmed_at.is_(None), DefectFollower.created_at < before)
        .returning(DefectFollower.address_id)
    )
    return list(set(gone))


def renew_secret(session: Session, *, defect_id: uuid.UUID) -> None:
    """The reporter's own link opens nothing any more."""
    session.execute(
        update(Defect)
        .where(Defect.id == defect_id)
        .values(secret_version=Defect.secret_version + 1)
    )


def forget_senders(session: Session, *, defect_id: uuid.UUID) -> None:
    """Take away from the reporter's own voices whence they came."""
    session.execute(update(DefectVoice).where(*_own_voices(defect_id)).values(sender=None))


def forget_words(session: Session, *, defect_id: uuid.UUID) -> None:
    """Take away what the reporter wrote, with the report and since; nobody sees their photos any
    more, and their files go. What others said and showed stays."""
    own = _own_voices(defect_id)
    theirs = _own_pictures(defect_id)
    session.execute(
        update(Defect)
        .where(Defect.id == defect_id)
        .values(
            description="",
            words_state=WordsState.SHOWN,
            city_number="",
            city_reported_on=None,
        )
    )
    pictures = session.scalars(
        delete(DefectPicture).where(theirs).returning(DefectPicture.picture_id)
    ).all()
    session.execute(
        update(DefectVoice)
        .where(*own)
        .values(note="", words_state=WordsState.SHOWN, has_photo=False)
    )
    remove_pictures(session, picture_ids=pictures)


def put_routing_rule(
    session: Session, *, organisation: Organisation, area: Area | None, category: Category | None
) -> Change:
    """Say who gets a report of this category (None: of all) in this area (None: in the whole of
    its district) first, where no keeper does. The rule of an example goes with the examples.

    Raises:
        Invalid: the area lies in another district.
    """
    place: dict[str, object] = {
        "district_id": organisation.district_id,
        "category": category,
        **make_area_ids(area, district_id=organisation.district_id),
    }
    values = {
        "organisation_id": organisation.id,
        "is_example": organisation.is_example or (area is not None and area.is_example),
    }
    known = session.scalar(
        select(RoutingRule).where(
            *(getattr(RoutingRule, name).is_not_distinct_from(at) for name, at in place.items())
        )
    )
    if known is None:
        session.add(RoutingRule(**place, **values))
        session.flush()
        return Change.NEW
    return update_row(known, values)


def remove_example_rules(session: Session) -> None:
    """Take away every example rule of routing."""
    session.execute(delete(RoutingRule).where(RoutingRule.is_example))


def _own_voices(defect_id: uuid.UUID) -> tuple[ColumnElement[bool], ...]:
    return DefectVoice.defect_id == defect_id, DefectVoice.speaker == Speaker.REPORTER


def _own_pictures(defect_id: uuid.UUID) -> ColumnElement[bool]:
    """Those that came with the report or with the reporter's voices; of a voice that changed
    nothing, and so is no event, its photos are known by their moment."""
    own = _own_voices(defect_id)
    events = select(DefectEvent.id).join(DefectVoice, DefectEvent.voice_id == DefectVoice.id)
    moments = select(DefectVoice.said_at).where(*own)
    same_moment = select(Picture.id).where(Picture.created_at.in_(moments))
    return and_(
        DefectPicture.defect_id == defect_id,
        or_(
            DefectPicture.role == PictureRole.MATTER,
            # One that came later is of whoever told it.
            and_(
                DefectPicture.role == PictureRole.CITY_ANSWER,
                DefectPicture.event_id.is_(None),
            ),
            DefectPicture.event_id.in_(events.where(*own)),
            and_(
                DefectPicture.role == PictureRole.VOICE,
                DefectPicture.event_id.is_(None),
                DefectPicture.picture_id.in_(same_moment),
            ),
        ),
    )


def fold_counts(session: Session) -> int:
    """Make one row of all that count the same, and none where nothing is left; returns how many
    went. Nobody waits: what is written meanwhile is folded the next time."""
    return sum(_fold(session, counter) for counter in (AnswerCount, AnswerCellCount))


def _fold(session: Session, counter: type[AnswerCount | AnswerCellCount]) -> int:
    key = [column for column in counter.__table__.columns if column.name not in ("id", "amount")]
    counted = select(
        counter.id,
        func.count().over(partition_by=key).label("rows"),
        func.sum(counter.amount).over(partition_by=key).label("total"),
    ).subquery()
    several = select(counted.c.id).where(or_(counted.c.rows > 1, counted.c.total == 0))
    gone = (
        delete(counter).where(counter.id.in_(several)).returning(*key, counter.amount).cte("gone")
    )
    same = [gone.c[column.name] for column in key]
    total = func.sum(gone.c.amount)
    folded = select(*same, total).group_by(*same).having(total != 0)
    names = [*(column.name for column in key), "amount"]
    kept = insert(counter).from_select(names, folded).returning(counter.id).cte("kept")
    went = select(func.count()).select_from(gone).scalar_subquery()
    made = select(func.count()).select_from(kept).scalar_subquery()
    return int(session.scalar(select(went - made)) or 0)


def remove_example_defects(session: Session) -> int:
    """Take away every example defect; returns how many."""
    session.execute(
        update(Defect)
        .where(Defect.is_example)
        .values(merged_into_id=None, again_of_id=None, file="public")
    )
    gone = session.execute(delete(Defect).where(Defect.is_example).returning(Defect.id))
    return len(gone.all())


def release_from_examples(session: Session) -> int:
    """Keep people's own reports when the examples they lean on go; returns how many were.

    One on an example asset becomes one at its place; one sent to an example organisation goes to
    the district's desk, and the links of mails to that organisation lead nowhere.
    """
    invented = select(Organisation.id).where(Organisation.is_example)
    session.execute(delete(DefectCall).where(DefectCall.organisation_id.in_(invented)))
    leaning = session.execute(
        select(Defect, District.metric_srid)
        .join(District, District.id == Defect.district_id)
        .join(Organisation, Organisation.id == Defect.addressee_id)
        .outerjoin(Asset, Asset.id == Defect.asset_id)
        .where(~Defect.is_example, or_(Organisation.is_example, Asset.is_example))
    ).all()
    for defect, metric_srid in leaning:
        if defect.asset_id is not None and session.get_one(Asset, defect.asset_id).is_example:
            cell = (defect.cell_x, defect.cell_y)
            defect.asset_id = None
            defect.point = from_shape(_public_point(session, None, cell, metric_srid), srid=LONLAT)
        if session.get_one(Organisation, defect.addressee_id).is_example:
            defect.addressee_id = get_desk(session, district_id=defect.district_id).id
    session.flush()
    return len(leaning)


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
