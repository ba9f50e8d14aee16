"""Questions about defects: which, where, in what state, whose move."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from geoapp.areas.queries import official_ids_at
from geoapp.areas.rules import Level
from geoapp.areas.tables import OfficialArea, OrganicArea
from geoapp.assets.rules import Kind
from geoapp.assets.tables import Asset
from geoapp.db import spatial
from geoapp.defects.rules import (
    ANSWERED,
    ANSWERS,
    DENIED,
    ENDED,
    SOLVED_ON_MAP_DAYS,
    STATES,
    TURN_OF_ORGANISATION,
    Axes,
    Category,
    Days,
    EventKind,
    File,
    Move,
    Party,
    PictureRole,
    Reach,
    Route,
    Shape,
    State,
    WordsState,
    days_open,
    states_with_shape,
    to_check_sql,
    whose_move,
)
from geoapp.defects.tables import (
    Defect,
    DefectEvent,
    DefectNote,
    DefectPicture,
    DefectVoice,
    RoutingRule,
)
from geoapp.districts.tables import District
from geoapp.errors import NotFound
from geoapp.geo.tile import TileId
from geoapp.ledger import chain
from geoapp.media.rules import PictureState
from geoapp.media.tables import Picture
from geoapp.people import queries as people
from geoapp.people.rules import Subject
from geoapp.people.tables import Contact, Organisation, OrganisationDays, Rung

Box = tuple[float, float, float, float]

MOST_OF_ONE_ASSET = 200
MOST_STEPS, MOST_PHOTOS, MOST_RETURNS = 1000, 200, 5

Addressee = aliased(Organisation, name="addressee")
Receiver = aliased(Organisation, name="receiver")
Kept = aliased(Defect, name="kept")
Before = aliased(Defect, name="before")


@dataclass(frozen=True)
class Thing:
    """The asset a report is about."""

    code: str
    name: str
    kind: Kind


@dataclass(frozen=True)
class DefectFacts:
    """A defect in public; lon/lat of its public pin, days in its district. `id` never leaves.

    `mover` names who has the move where that is an organisation; `rung_role` is whom of it the
    report was brought to, a rung higher, empty where it has not said. `description` is empty
    unless its words are shown. `addressee_id`, `receiver_id` and `answerer_ids` never leave.
    """

    id: uuid.UUID
    district_id: uuid.UUID
    district: str
    code: str
    category: Category
    description: str
    words_state: WordsState
    state: State
    shape: Shape | None
    lon: float
    lat: float
    asset: Thing | None
    area_name: str | None
    area_code: str | None
    reported_on: date
    city_number: str
    city_reported_on: date | None
    ended_on: date
    days_open: int
    move: Move
    mover: str | None
    mover_is_volunteer: bool
    mover_reads_along: bool
    mover_is_mailed: bool
    rung: int
    rung_role: str
    addressee: str
    receiver: str | None
    promised_on: date | None
    merged_into: str | None
    again_of: str | None
    is_example: bool
    addressee_id: uuid.UUID
    receiver_id: uuid.UUID | None
    answerer_ids: frozenset[uuid.UUID]
    axes: Axes

    @property
    def handler_ids(self) -> frozenset[uuid.UUID]:
        """The addressee, and who it was passed on to."""
        return frozenset(one for one in (self.addressee_id, self.receiver_id) if one is not None)


def subject_of(defect: DefectFacts) -> Subject:
    """Where a defect is, and who handles it."""
    return Subject(
        district_id=defect.district_id,
        organisation_ids=defect.handler_ids,
        handler_ids=defect.handler_ids,
    )


def handler_of(defect: DefectFacts, *, of_receiver: bool = False) -> Subject:
    """As `subject_of`, whose it is to act: the addressee, or whom it was passed on to. Whoever has
    answered it before, and passed it on, stays of the handler's side."""
    owner = defect.receiver_id if of_receiver else defect.addressee_id
    owners = frozenset({owner} if owner else ())
    return Subject(
        district_id=defect.district_id,
        organisation_ids=owners,
        handler_ids=defect.handler_ids | defect.answerer_ids,
    )


def thing_of(defect_id: uuid.UUID) -> chain.Thing:
    """Under what a defect's history stands."""
    return chain.Thing("defect", defect_id)


@dataclass(frozen=True)
class Step:
    """One event of a defect: the day it happened, not the hour.

    `note` holds the words of a voice only where `words_state` lets them be shown. `said_by` tells
    the voices of two people apart, and never leaves. `voice` is the position of a voice, `noted`
    that of a note of what the city said. `told` is what a refusal tells beside its reason.
    """

    kind: EventKind
    happened_on: date
    by: str | None
    note: str
    due_on: date | None
    words_state: WordsState = WordsState.SHOWN
    has_photo: bool = False
    said_by: bytes | None = None
    voice: int | None = None
    told: Mapping[str, str] = field(default_factory=dict)
    is_by_volunteers: bool = False
    noted: int | None = None


@dataclass(frozen=True)
class EventFacts:
    """One event by itself, with the report it is of."""

    kind: EventKind
    code: str
    time_zone: str


def get_event(session: Session, *, event_id: uuid.UUID) -> EventFacts | None:
    """An event; None where its report was taken away."""
    row = session.execute(
        select(DefectEvent.kind, Defect.code, District.time_zone)
        .join(Defect, Defect.id == DefectEvent.defect_id)
        .join(District, District.id == Defect.district_id)
        .where(DefectEvent.id == event_id)
    ).one_or_none()
    return EventFacts(*row) if row is not None else None


def on_map(today: date) -> ColumnElement[bool]:
    """True for what the map and the list beside it show: one rule for both."""
    shown = [state.value for state, facet in STATES.items() if facet.shape is not None]
    since = today - timedelta(days=SOLVED_ON_MAP_DAYS)
    return and_(
        Defect.file == File.PUBLIC,
        Defect.state.in_(shown),
        or_(Defect.state != State.SOLVED.value, Defect.turn_since >= since),
    )


def with_shape(shape: Shape) -> ColumnElement[bool]:
    """True for defects drawn with this shape."""
    return Defect.state.in_([state.value for state in states_with_shape(shape)])


def with_state(state: State) -> ColumnElement[bool]:
    """True for defects in this public state."""
    return Defect.state == state.value


def find_district_of(session: Session, *, code: str) -> str:
    """The slug of the district a defect lies in.

    Raises:
        NotFound: there is no such defect.
    """
    slug = session.scalar(
        select(District.slug)
        .join(Defect, Defect.district_id == District.id)
        .where(Defect.code == code)
    )
    if slug is None:
        raise NotFound("There is no report with number {code}.", code=code)
    return slug


def get_defect(session: Session, *, code: str, today: date) -> DefectFacts:
    """The defect of this public code.

    Raises:
        NotFound: there is none.
    """
    row = session.execute(_defects().where(Defect.code == code)).first()
    if row is None:
        raise NotFound("There is no report with number {code}.", code=code)
    return _to_facts(row, today)


@dataclass(frozen=True)
class Private:
    """What only the reporter and the addressee may see: the exact pin; and the key's version."""

    id: uuid.UUID
    lon: float
    lat: float
    cell_x: int
    cell_y: int
    secret_version: int


def get_private(session: Session, *, defect_id: uuid.UUID) -> Private:
    """The private side of a defect; the caller has checked who asks."""
    row = session.execute(
        select(
            Defect.id,
            spatial.longitude(Defect.geom),
            spatial.latitude(Defect.geom),
            Defect.cell_x,
            Defect.cell_y,
            Defect.secret_version,
        ).where(Defect.id == defect_id)
    ).one()
    return Private(*row)


@dataclass(frozen=True)
class Photo:
    """A picture of a report; `position` is its place in the report's address. `taken_on` is the
    day it came, by the days of the district, and `by` the organisation that sent it, if one did."""

    position: int
    role: PictureRole
    state: PictureState
    picture_id: uuid.UUID
    width: int
    height: int
    taken_on: date
    by: str | None


def photos_of(session: Session, *, defect_id: uuid.UUID) -> list[Photo]:
    """All pictures of a defect, in order; the caller shows only those that may be seen."""
    rows = session.execute(
        select(
            DefectPicture,
            Picture,
            func.coalesce(DefectEvent.at, Picture.created_at),
            District.time_zone,
            Organisation.name,
        )
        .join(Picture, Picture.id == DefectPicture.picture_id)
        .join(Defect, Defect.id == DefectPicture.defect_id)
        .join(District, District.id == Defect.district_id)
        .outerjoin(DefectEvent, DefectEvent.id == DefectPicture.event_id)
        .outerjoin(Organisation, Organisation.id == DefectEvent.organisation_id)
        .where(DefectPicture.defect_id == defect_id)
        .order_by(DefectPicture.position)
        .limit(MOST_PHOTOS)
    )
    return [
        Photo(
            position=link.position,
            role=link.role,
            state=picture.state,
            picture_id=picture.id,
            width=picture.width,
            height=picture.height,
            taken_on=_day(at, zone),
            by=by,
        )
        for link, picture, at, zone, by in rows
    ]


def returns_of(session: Session, *, defect_id: uuid.UUID) -> list[str]:
    """The codes of what was reported as the return of this solved report, the latest first."""
    again = select(Defect.code).where(
        Defect.again_of_id == defect_id, Defect.file.in_([File.PUBLIC, File.REMOVED])
    )
    latest = again.order_by(Defect.reported_at.desc(), Defect.id.desc()).limit(MOST_RETURNS)
    return list(session.scalars(latest))


def codes_of_pictures(
    session: Session, *, picture_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, str]:
    """Which report each picture belongs to, for whoever looks at pictures."""
    rows = session.execute(
        select(DefectPicture.picture_id, Defect.code)
        .join(Defect, Defect.id == DefectPicture.defect_id)
        .where(DefectPicture.picture_id.in_(picture_ids))
    )
    return {row.picture_id: row.code for row in rows}


def list_defects(
    session: Session,
    *,
    today: date,
    where: Sequence[ColumnElement[bool]] = (),
    district: str | None = None,
    after: str = "",
    limit: int = 200,
) -> list[DefectFacts]:
    """Defects by code, from just after `after`; one more than `limit` says: go on."""
    defects = _defects().where(Defect.code > after, *where)
    defects = defects.order_by(Defect.code).limit(limit + 1)
    if district is not None:
        defects = defects.where(District.slug == district)
    return [_to_facts(row, today) for row in session.execute(defects)]


@dataclass(frozen=True)
class Turn:
    """Where a list of moves goes on: after the one that began on this day."""

    since: date
    id: uuid.UUID


def list_moves(
    session: Session,
    *,
    organisation_ids: Collection[uuid.UUID],
    today: date,
    after: Turn | None = None,
    limit: int,
) -> list[DefectFacts]:
    """Reports on which one of these organisations has the move, the longest waiting first; one
    more than `limit` says: go on."""
    place = tuple_(Defect.turn_since, Defect.id)
    where = [] if after is None else [place > tuple_(literal(after.since), literal(after.id))]
    found: list[DefectFacts] = []
    for party in MOVERS:
        waiting = Waiting(party, organisation_ids, where)
        found += list_waiting(session, waiting=waiting, today=today, limit=limit + 1)
    return sorted(found, key=lambda one: (one.ended_on, one.id))[: limit + 1]


# Which column names the organisation that has the move.
MOVERS: dict[Party, Any] = {
    Party.ADDRESSEE: Defect.addressee_id,
    Party.RECEIVER: Defect.passed_to_id,
}


@dataclass(frozen=True)
class Waiting:
    """What waits for organisations that have the move in one way, and `where` of that."""

    party: Party
    organisation_ids: Collection[uuid.UUID]
    where: Sequence[ColumnElement[bool]] = ()

    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        """True for what waits so, in words that a partial index knows again."""
        states = [state for state, facet in STATES.items() if facet.party is self.party]
        return (
            MOVERS[self.party].in_(self.organisation_ids),
            Defect.file == literal_column("'public'"),
            in_states(states),
            _is_their_turn(),
            *self.where,
        )


def list_waiting(
    session: Session, *, waiting: Waiting, today: date, limit: int
) -> list[DefectFacts]:
    """What waits so, the longest waiting first."""
    theirs = _defects().where(*waiting.conditions()).order_by(Defect.turn_since, Defect.id)
    return [_to_facts(row, today) for row in session.execute(theirs.limit(limit))]


def is_any_waiting(session: Session, *, waiting: Waiting) -> bool:
    """True where something waits so."""
    some = select(literal(1)).select_from(Defect).where(*waiting.conditions()).limit(1)
    return session.scalar(some) is not None


def count_waiting(session: Session, *, waiting: Waiting) -> int:
    """How much waits so (10,001 stands for more than 10,000)."""
    return int(session.scalar(spatial.count_rows(Defect, *waiting.conditions())) or 0)


def defects_in_box(
    session: Session,
    *,
    box: Box,
    near: tuple[float, float],
    shape: Shape | None,
    today: date,
    limit: int,
) -> tuple[list[DefectFacts], int]:
    """What the map shows in a box, nearest to `near` (lon, lat) first, and how many in all
    (10,001 stands for more than 10,000)."""
    inside = [on_map(today), spatial.in_box(Defect.point, box)]
    if shape is not None:
        inside.append(with_shape(shape))
    among, distance = spatial.nearest(Defect, *inside, near=near, limit=limit)
    rows = session.execute(_defects().where(among).order_by(distance, Defect.id).limit(limit)).all()
    total = session.scalar(spatial.count_rows(Defect, *inside))
    return [_to_facts(row, today) for row in rows], int(total or 0)


def defects_near(
    session: Session, *, lon: float, lat: float, radius_m: float, today: date, limit: int
) -> list[DefectFacts]:
    """What the map shows within `radius_m` metres over the ground, nearest first."""
    rows = session.execute(
        _defects()
        .where(on_map(today), spatial.within_m(Defect.point, lon, lat, radius_m))
        .order_by(spatial.distance_m(Defect.point, lon, lat), Defect.id)
        .limit(limit)
    )
    return [_to_facts(row, today) for row in rows]


def defects_of_asset(session: Session, *, asset_id: uuid.UUID, today: date) -> list[DefectFacts]:
    """The latest 200 public defects of an asset, oldest report first: its line of problems."""
    rows = session.execute(
        _defects()
        .where(Defect.asset_id == asset_id, Defect.file.in_([File.PUBLIC, File.REMOVED]))
        .order_by(Defect.reported_at.desc(), Defect.id.desc())
        .limit(MOST_OF_ONE_ASSET)
    ).all()
    return [_to_facts(row, today) for row in reversed(rows)]


def count_open(session: Session, *, asset_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many public defects of each of these assets are still somebody's move; none: left out."""
    ended = [state.value for state in ENDED]
    rows = session.execute(
        select(Defect.asset_id, func.count())
        .where(
            Defect.asset_id.in_(asset_ids),
            Defect.file == File.PUBLIC,
            Defect.state.not_in(ended),
        )
        .group_by(Defect.asset_id)
    )
    return {asset_id: count for asset_id, count in rows if asset_id is not None}


def steps_of(session: Session, *, defect_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Step]]:
    """What happened to these defects, oldest first, by the days of their district; of very much
    the latest 1,000."""
    # The one door by which the words of a voice, and what the city told, leave.
    note = case(
        (DefectVoice.words_state == WordsState.SHOWN, DefectVoice.note),
        (DefectNote.words_state == WordsState.SHOWN, DefectNote.note),
        (and_(DefectVoice.id.is_(None), DefectNote.event_id.is_(None)), DefectEvent.note),
        else_="",
    )
    rows = session.execute(
        select(
            DefectEvent,
            Organisation,
            District.time_zone,
            note,
            func.coalesce(DefectVoice.words_state, DefectNote.words_state, WordsState.SHOWN),
            DefectVoice.has_photo,
            DefectVoice.sender,
            DefectVoice.position,
            DefectNote.position,
        )
        .join(Defect, Defect.id == DefectEvent.defect_id)
        .join(District, District.id == Defect.district_id)
        .outerjoin(Organisation, Organisation.id == DefectEvent.organisation_id)
        .outerjoin(DefectVoice, DefectVoice.id == DefectEvent.voice_id)
        .outerjoin(DefectNote, DefectNote.event_id == DefectEvent.id)
        .where(DefectEvent.defect_id.in_(defect_ids))
        .order_by(DefectEvent.at.desc(), DefectEvent.id.desc())
        .limit(MOST_STEPS)
    ).all()
    found: dict[uuid.UUID, list[Step]] = {}
    for event, by, zone, said, words_state, has_photo, said_by, voice, noted in reversed(rows):
        found.setdefault(event.defect_id, []).append(
            Step(
                kind=event.kind,
                happened_on=_day(event.at, zone),
                by=by.name if by else None,
                note=said,
                due_on=event.due_on,
                words_state=WordsState(words_state),
                has_photo=bool(has_photo),
                said_by=said_by,
                voice=voice,
                told=event.told,
                is_by_volunteers=by is not None and by.is_volunteer,
                noted=noted,
            )
        )
    return found


def count_silent(
    session: Session, *, where: Sequence[ColumnElement[bool]], before: date, today: date
) -> int:
    """Open files in which an organisation has the move since before this day, and no promise of
    it stands; volunteers have no clock. 10,001 stands for more than 10,000."""
    silent = (*is_silent(before=before, today=today), *where)
    # By day, as the index has them: of very many the longest silent are counted, and no further.
    some = select(literal(1)).select_from(Defect).where(*silent).order_by(Defect.turn_since)
    counted = select(func.count()).select_from(some.limit(spatial.MOST_COUNTED + 1).subquery())
    return int(session.scalar(counted) or 0)


def is_silent(*, before: date, today: date) -> tuple[ColumnElement[bool], ...]:
    """True for open files in which an organisation has the move since before this day, and no
    promise of it stands, in words that a partial index knows again."""
    of_volunteers = select(Organisation.id).where(Organisation.is_volunteer)
    return (
        Defect.file == literal_column("'public'"),
        in_states(TURN_OF_ORGANISATION),
        _is_their_turn(),
        Defect.turn_since < before,
        or_(Defect.promised_on.is_(None), Defect.promised_on < today),
        Defect.addressee_id.not_in(of_volunteers),
    )


def list_longest(
    session: Session, *, where: Sequence[ColumnElement[bool]], today: date, limit: int
) -> list[DefectFacts]:
    """Of the files for which this is true (of `Defect` alone) those whose present move began
    first."""
    # By day alone, as the indexes have them: of very many of one day the first are read.
    first = select(Defect.id).where(*where).order_by(Defect.turn_since).limit(limit)
    found = _defects().where(Defect.id.in_(first)).order_by(Defect.turn_since, Defect.id)
    return [_to_facts(row, today) for row in session.execute(found)]


def list_of_ids(
    session: Session, *, defect_ids: Collection[uuid.UUID], today: date
) -> dict[uuid.UUID, DefectFacts]:
    """These defects by their ids."""
    found = _defects().where(Defect.id.in_(defect_ids)) if defect_ids else None
    rows = session.execute(found).all() if found is not None else []
    return {row.id: _to_facts(row, today) for row in rows}


def list_denied(
    session: Session,
    *,
    where: Sequence[ColumnElement[bool]],
    today: date,
    before: tuple[date, str] | None = None,
    limit: int,
) -> list[DefectFacts]:
    """Files that were called done while people say no, the latest no first, from just before that
    of a day and a code."""
    said_done = Defect.handlings > literal_column("0")
    denied = _defects().where(said_done, in_states(DENIED), *where)
    if before is not None:
        denied = denied.where(tuple_(Defect.turn_since, Defect.code) < tuple_(*before))
    latest = denied.order_by(Defect.turn_since.desc(), Defect.code.desc()).limit(limit)
    return [_to_facts(row, today) for row in session.execute(latest)]


def list_to_check(
    session: Session,
    *,
    district_id: uuid.UUID,
    not_of: Collection[uuid.UUID],
    near: tuple[float, float],
    today: date,
    limit: int,
) -> list[DefectFacts]:
    """What someone neutral is asked to look at, nearest to `near` (lon, lat) first; nothing that
    one of these organisations handles."""
    wanted: tuple[ColumnElement[bool], ...] = (
        literal_column(f"({to_check_sql()})"),
        Defect.district_id == district_id,
        Defect.addressee_id.not_in(not_of),
        or_(Defect.passed_to_id.is_(None), Defect.passed_to_id.not_in(not_of)),
        ~answers_of(Defect.id).where(DefectEvent.organisation_id.in_(not_of)).exists(),
    )
    among, distance = spatial.nearest(Defect, *wanted, near=near, limit=limit)
    rows = session.execute(_defects().where(among).order_by(distance, Defect.id).limit(limit))
    return [_to_facts(row, today) for row in rows]


def answers_of(defect_id: Any) -> Select[uuid.UUID | None]:
    """The organisations that have answered a report, whoever has it now."""
    return select(DefectEvent.organisation_id).where(
        DefectEvent.defect_id == defect_id, DefectEvent.kind.in_(ANSWERS)
    )


def checked_by(organisation_id: uuid.UUID, *, limit: int) -> Select[uuid.UUID]:
    """The reports that an organisation has looked at for both sides and found good, the last
    ones: for other nouns' questions."""
    return (
        select(DefectEvent.defect_id)
        .where(
            DefectEvent.organisation_id == organisation_id,
            DefectEvent.kind == EventKind.CHECKED,
        )
        .order_by(DefectEvent.at.desc())
        .limit(limit)
    )


def first_photos_of(session: Session, *, defect_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """The position of the first photo of each that everybody may see."""
    rows = session.execute(
        select(DefectPicture.defect_id, func.min(DefectPicture.position).label("position"))
        .join(Picture, Picture.id == DefectPicture.picture_id)
        .where(DefectPicture.defect_id.in_(defect_ids), Picture.state == PictureState.SHOWN)
        .group_by(DefectPicture.defect_id)
    )
    return {row.defect_id: row.position for row in rows}


def _is_their_turn() -> ColumnElement[bool]:
    """False where the organisation has answered, and it is for residents to say."""
    answered: list[ColumnElement[Any]] = [literal_column(f"'{work.value}'") for work in ANSWERED]
    return not_(and_(Defect.work.in_(answered), Defect.no_said.is_(False)))


def in_states(states: Sequence[State]) -> ColumnElement[bool]:
    """True in these states, in words that a partial index knows again."""
    return Defect.state.in_([literal_column(f"'{state.value}'") for state in states])


def count_by_shape(
    session: Session, *, where: Sequence[ColumnElement[bool]], today: date
) -> dict[Shape, int]:
    """How many defects of each shape the map shows there."""
    shapes = {shape: func.count().filter(with_shape(shape)) for shape in Shape}
    row = session.execute(select(*shapes.values()).where(on_map(today), *where)).one()
    return dict(zip(shapes, row, strict=True))


def defects_tile(tile: TileId, *, today: date) -> spatial.Rows:
    """Vector tile of what the map shows, binned."""
    shape = case(
        *[
            (Defect.state == state.value, facet.shape.value)
            for state, facet in STATES.items()
            if facet.shape is not None
        ]
    )
    rows = select(
        Defect.point_mercator.label("geom"),
        Defect.number.label("id"),
        shape.label("shape"),
        Defect.is_example.label("example"),
        Defect.asset_id.is_not(None).label("at_asset"),
    ).where(on_map(today), spatial.meets_tile(Defect.point_mercator, tile))
    column: ColumnElement[Any] = literal_column("shape")
    same = func.min(column) == func.max(column)
    return spatial.binned_tile(
        "defects",
        tile,
        rows,
        {
            "bad": func.count().filter(column == Shape.BAD.value),
            "shape": case((same, func.min(column)), else_=Shape.OPEN.value),
            "example": func.bool_and(literal_column("example")),
            "at_asset": func.bool_and(literal_column("at_asset")),
        },
    )


def _defects() -> spatial.Rows:
    return (
        select(
            Defect.id,
            Defect.district_id,
            District.slug.label("district"),
            District.time_zone,
            *_own_days(),
            Defect.rung,
            Defect.code,
            Defect.category,
            # The one door by which a reporter's words leave.
            case((Defect.words_state == WordsState.SHOWN, Defect.description), else_="").label(
                "description"
            ),
            Defect.words_state,
            Defect.addressee_id,
            Defect.passed_to_id,
            Defect.state,
            *[getattr(Defect, one.name) for one in fields(Axes)],
            spatial.longitude(Defect.point).label("lon"),
            spatial.latitude(Defect.point).label("lat"),
            Asset.code.label("asset_code"),
            Asset.name.label("asset_name"),
            Asset.kind.label("asset_kind"),
            OfficialArea.name.label("area_name"),
            OfficialArea.code.label("area_code"),
            Defect.reported_at,
            Defect.city_number,
            Defect.city_reported_on,
            Defect.turn_since,
            Defect.promised_on,
            Addressee.name.label("addressee"),
            *_manners(Addressee, "addressee"),
            Receiver.name.label("receiver"),
            *_manners(Receiver, "receiver"),
            Kept.code.label("merged_into"),
            # No join: past eight the planner takes them in the order they are written.
            select(Before.code)
            .where(Before.id == Defect.again_of_id)
            .scalar_subquery()
            .label("again_of"),
            func.array(answers_of(Defect.id).scalar_subquery()).label("answerer_ids"),
            Defect.is_example,
        )
        .join(District, District.id == Defect.district_id)
        .join(Addressee, Addressee.id == Defect.addressee_id)
        .outerjoin(Receiver, Receiver.id == Defect.passed_to_id)
        .outerjoin(Asset, Asset.id == Defect.asset_id)
        .outerjoin(OfficialArea, OfficialArea.id == Defect.area_id)
        .outerjoin(Kept, Kept.id == Defect.merged_into_id)
    )


def _own_days() -> list[ColumnElement[Any]]:
    """How long each move may take: as the organisation says, else its district; and on which rung,
    before whom. Each is looked up by its key: with more joins PostgreSQL would not find the best
    order of them any more (`join_collapse_limit`)."""

    def own(days: Any, whose: Any) -> ColumnElement[Any]:
        said = select(days).where(OrganisationDays.organisation_id == whose).scalar_subquery()
        return func.coalesce(said, getattr(District, days.key)).label(days.key)

    on_rung = (Rung.organisation_id == Defect.addressee_id, Rung.number == Defect.rung)
    days = select(Rung.days).where(*on_rung).scalar_subquery()
    called = select(Contact.role_name).join(Rung, Rung.contact_id == Contact.id).where(*on_rung)
    return [
        own(OrganisationDays.answer_days, Defect.addressee_id),
        own(OrganisationDays.acceptance_days, Defect.passed_to_id),
        own(OrganisationDays.silence_days, Defect.addressee_id),
        days.label("rung_days"),
        called.scalar_subquery().label("rung_role"),
    ]


def _manners(organisation: Any, name: str) -> list[ColumnElement[Any]]:
    """What sort of a mover an organisation is."""
    return [
        organisation.is_volunteer.label(f"{name}_is_volunteer"),
        organisation.reads_along.label(f"{name}_reads_along"),
        organisation.mailbox_id.is_not(None).label(f"{name}_is_mailed"),
    ]


def _to_facts(row: Any, today: date) -> DefectFacts:
    state = State(row.state)
    axes = Axes(**{one.name: getattr(row, one.name) for one in fields(Axes)})
    move = whose_move(
        state,
        is_answered=axes.is_answered,
        turn_since=row.turn_since,
        promised_on=row.promised_on,
        days=Days(row.answer_days, row.acceptance_days, row.silence_days, row.rung_days),
    )
    who = {Party.ADDRESSEE: "addressee", Party.RECEIVER: "receiver"}.get(move.party)
    reported_on = _day(row.reported_at, row.time_zone)
    thing = (
        Thing(row.asset_code, row.asset_name, row.asset_kind)
        if row.asset_code is not None
        else None
    )
    return DefectFacts(
        id=row.id,
        district_id=row.district_id,
        district=row.district,
        code=row.code,
        category=row.category,
        description=row.description,
        words_state=row.words_state,
        state=state,
        shape=STATES[state].shape,
        lon=round(row.lon, 7),
        lat=round(row.lat, 7),
        asset=thing,
        area_name=row.area_name,
        area_code=row.area_code,
        reported_on=reported_on,
        city_number=row.city_number,
        city_reported_on=row.city_reported_on,
        ended_on=row.turn_since,
        days_open=days_open(state, reported_on=reported_on, ended_on=row.turn_since, today=today),
        move=move,
        mover=getattr(row, who) if who else None,
        mover_is_volunteer=bool(who and getattr(row, f"{who}_is_volunteer")),
        mover_reads_along=bool(who is None or getattr(row, f"{who}_reads_along")),
        mover_is_mailed=bool(who and getattr(row, f"{who}_is_mailed")),
        rung=row.rung,
        rung_role=row.rung_role or "",
        addressee=row.addressee,
        receiver=row.receiver,
        promised_on=row.promised_on,
        merged_into=row.merged_into,
        again_of=row.again_of,
        is_example=row.is_example,
        addressee_id=row.addressee_id,
        receiver_id=row.passed_to_id,
        answerer_ids=frozenset(row.answerer_ids) - {None},
        axes=axes,
    )


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def routes_at(
    session: Session, *, district_id: uuid.UUID, lon: float, lat: float
) -> list[tuple[Route, people.Party]]:
    """The rules that hold at a place, each with its organisation; of two of one reach and category,
    which only neighbourhoods that overlap have, the smallest neighbourhood's first. One statement.
    """
    whole = and_(RoutingRule.official_area_id.is_(None), RoutingRule.organic_area_id.is_(None))
    official = official_ids_at(district_id=district_id, lon=lon, lat=lat)
    rows = session.execute(
        select(RoutingRule, OfficialArea.level, Organisation)
        .join(Organisation, Organisation.id == RoutingRule.organisation_id)
        .outerjoin(OfficialArea, OfficialArea.id == RoutingRule.official_area_id)
        .outerjoin(OrganicArea, OrganicArea.id == RoutingRule.organic_area_id)
        .where(
            RoutingRule.district_id == district_id,
            or_(
                whole,
                RoutingRule.official_area_id.in_(official),
                spatial.covers(OrganicArea.geom, spatial.lonlat(lon, lat)),
            ),
        )
        .order_by(func.ST_Area(OrganicArea.geom), OrganicArea.slug, RoutingRule.id)
    )
    return [
        (
            Route(_reach_of(rule, level), rule.category, organisation.id),
            people.to_party(organisation),
        )
        for rule, level, organisation in rows
    ]


def _reach_of(rule: RoutingRule, level: Level | None) -> Reach:
    if rule.organic_area_id is not None:
        return Reach.ORGANIC
    return Reach.DISTRICT if level is None else Reach(level.value)
