"""Reads the world that a question is about, and keeps what was worked out of it.

Each question asks the database a bounded number of times whatever was kept: who and what is there,
with stamps that change when they do. Shapes and squares are read only when their stamp is new.
"""

import uuid
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from geoapp.areas.queries import Part, list_parts
from geoapp.areas.rules import Level
from geoapp.assets.queries import Reachable, list_reachable, shapes_of
from geoapp.assets.rules import Kind, PhysicalStatus
from geoapp.completeness.queries import KnownFacts, known_of
from geoapp.completeness.rules import Known
from geoapp.coverage.gaps.counting import Answers, Counts, judge, sum_all, sum_by_ground
from geoapp.coverage.gaps.keeping import Kept
from geoapp.coverage.gaps.questions import PLATFORM, Question
from geoapp.coverage.gaps.reach import NONE, count_off, measure, measure_again
from geoapp.coverage.gaps.walking import make_paths
from geoapp.coverage.gaps.worlds import (
    DETOUR,
    SQUARE_M,
    Floats,
    Ground,
    Ints,
    Measured,
    Nearness,
    Paths,
    Thing,
    World,
)
from geoapp.districts.queries import Place
from geoapp.geo.crs import LONLAT, transform_point, transform_shape
from geoapp.hours.queries import open_now_of
from geoapp.needs.queries import NeedFacts, find_need, read_squares
from geoapp.neighbourhoods.queries import common_shape, list_buurten
from geoapp.norms.queries import BandFacts, NormFacts, OwnNorm, find_norm, own_norms_of
from geoapp.platforms.queries import (
    CounterViewFacts,
    PlatformGround,
    counter_views_of,
    list_grounds,
    shapes_of_platforms,
)
from geoapp.walking.queries import NetworkFacts, lines_of, newest_network

# Of a buurt less than this part is a seam, and no place where a platform is active.
LEAST_SHARED = 0.01
# Of platforms this service is the register itself.
OWN_REGISTER = KnownFacts(known=Known.COMPLETE)
# With more differences than so many everything is measured anew.
MOST_CHANGED = 16


@dataclass(frozen=True)
class SourceFacts:
    """Whence things are known, and how many are."""

    name: str
    licence: str
    on: date | None
    count: int
    is_example: bool


@dataclass(frozen=True)
class Method:
    """How it was reckoned. `network` None: straight lines times `detour`. Of the things `closed`
    are closed at the time asked about and do not count, `without_hours` count for nobody knows
    when they open (both 0 where no time was asked about); `out_of_order` stand there beside them
    and do not count. For squares and things off the network a straight line has to do."""

    network: NetworkFacts | None
    detour: float
    things: int
    closed: int
    without_hours: int
    out_of_order: int
    squares_off: int
    things_off: int


@dataclass(frozen=True)
class Line:
    """What is so in one buurt. `platforms` are active there, `views` what they say beside it;
    `has_examples`: it is near for some only because of a thing that is an example."""

    slug: str
    name: str
    code: str
    counts: Counts
    known: KnownFacts
    platforms: tuple[PlatformGround, ...]
    views: tuple[CounterViewFacts, ...]
    has_examples: bool


@dataclass(frozen=True, eq=False)
class Finding:
    """The answer to a question. Square i has column `columns[i]` and row `rows[i]` of the metric
    grid, lies in `lines[world.ground_of[i]]`, and has the answer `answers[i]`. `lines` are from A
    to Z, with every buurt in force. `distance_m` is what was asked, `own` where something else
    counts; `at` in UTC, None: at any time."""

    place: Place
    question: Question
    need: NeedFacts
    norm: NormFacts | None
    band: BandFacts | None
    distance_m: int
    own: tuple[OwnNorm, ...]
    at: datetime | None
    world: World
    columns: Ints
    rows: Ints
    measured: Measured
    answers: Answers
    whole: Counts
    lines: tuple[Line, ...]
    method: Method
    sources: tuple[SourceFacts, ...]


@dataclass(frozen=True, eq=False)
class _Squares:
    """The squares of a layer on the grounds of a district; `key` says which."""

    key: Hashable
    columns: Ints
    rows: Ints
    xy: Floats
    amounts: Floats
    ground_of: Ints


@dataclass(frozen=True)
class _Provision:
    """What is looked for; `keys` tell which things these are, one each."""

    things: tuple[Thing, ...]
    keys: tuple[Hashable, ...]
    out_of_order: int = 0
    without_hours: int = 0
    sources: tuple[SourceFacts, ...] = ()


@dataclass(frozen=True)
class _Reach:
    """How far is near: what was asked, and what areas have of their own."""

    norm: NormFacts | None
    band: BandFacts | None
    distance_m: int
    own: tuple[OwnNorm, ...]


@dataclass(frozen=True, eq=False)
class _Distance:
    """How far each square is from the nearest of the things with these keys, and which it is; how
    many squares and things are off the paths."""

    keys: tuple[Hashable, ...]
    measured: Measured
    off: tuple[int, int]


_squares: Kept[_Squares] = Kept(12)
_shapes: Kept[Mapping[Hashable, BaseGeometry]] = Kept(24)
_paths: Kept[Paths] = Kept(6)
_distances: Kept[_Distance] = Kept(48)
_active: Kept[Mapping[uuid.UUID, tuple[uuid.UUID, ...]]] = Kept(6)


def forget_all() -> None:
    """Keep nothing of what was worked out: to see how long it takes anew."""
    for kept in (_squares, _shapes, _paths, _distances, _active):
        kept.forget()


def find_gaps(session: Session, *, place: Place, question: Question, now: datetime) -> Finding:
    """Where what is asked for is near, far or not known, and for how many.

    Raises:
        NotFound: there is no such layer of need or norm.
        Invalid: the norm has no such band.
    """
    zone = ZoneInfo(place.time_zone)
    need = find_need(session, district_id=place.id, code=question.need)
    reach = _read_reach(session, place, question, now.astimezone(zone).date())
    at = question.at.instant(now=now, zone=zone) if question.at else None
    parts = list_parts(session, district_id=place.id)
    buurten = _list_buurten(parts)
    squares = _read_squares(session, place, need, buurten)
    known = _read_known(session, place, question, parts)
    platforms = list_grounds(session, district_id=place.id)
    network = None
    if question.kind == PLATFORM:
        provision = _read_platforms(session, place, platforms)
        reach_m = np.zeros(len(squares.xy))
    else:
        provision = _read_things(session, place, Kind(question.kind), at)
        reach_m = _spread_reach(session, place, parts, buurten, squares, reach)
        network = newest_network(session, district_id=place.id)
    paths = _read_paths(session, place, network, reach.band) if network else None
    world = World(
        srid=place.metric_srid,
        xy=squares.xy,
        amounts=squares.amounts,
        ground_of=squares.ground_of,
        reach_m=reach_m,
        grounds=[Ground(one.slug, one.name, one.code, known[one.id].known) for one in buurten],
        things=provision.things,
        paths=paths,
        detour=1.0 if question.kind == PLATFORM else DETOUR,
    )
    along = (network.id, _code_of(reach.band)) if network else None
    measured, off = _measure(world, provision.keys, (squares.key, along))
    answers = judge(world, measured)
    active = _find_active(session, place, buurten, platforms)
    views = counter_views_of(session, district_id=place.id, about=question.kind)
    return Finding(
        place=place,
        question=question,
        need=need,
        norm=reach.norm,
        band=reach.band,
        distance_m=reach.distance_m,
        own=reach.own,
        at=at,
        world=world,
        columns=squares.columns,
        rows=squares.rows,
        measured=measured,
        answers=answers,
        whole=sum_all(world, answers),
        lines=_make_lines(_Told(world, measured, answers, buurten, known, active, views)),
        method=Method(
            network=network,
            detour=world.detour,
            things=len(world.things),
            closed=sum(not thing.counts for thing in world.things),
            without_hours=provision.without_hours,
            out_of_order=provision.out_of_order,
            squares_off=off[0],
            things_off=off[1],
        ),
        sources=provision.sources,
    )


def _list_buurten(parts: Sequence[Part]) -> list[Part]:
    mine = [part for part in parts if part.is_in_force and part.level is Level.BUURT]
    return sorted(mine, key=lambda part: (part.name.casefold(), part.code))


# -- Who is where ----------------------------------------------------------------------------------


def _read_squares(
    session: Session, place: Place, need: NeedFacts, buurten: Sequence[Part]
) -> _Squares:
    key = (place.id, need.code, need.stamp, tuple(part.id for part in buurten))

    def make() -> _Squares:
        read = read_squares(session, district_id=place.id, facts=need)
        index = {part.id: i for i, part in enumerate(buurten)}
        ground = np.array([index.get(area_id, -1) for area_id in read.area_ids], dtype=np.int64)
        ground_of = ground[read.areas] if len(ground) else read.areas
        # A buurt that is no longer in force has no line, and its people are in none.
        held = ground_of >= 0
        columns, rows = read.columns[held], read.rows[held]
        xy = np.column_stack([columns + 0.5, rows + 0.5]) * SQUARE_M
        return _Squares(key, columns, rows, xy, read.amounts[held], ground_of[held])

    return _squares.get(key, make)


def _read_known(
    session: Session, place: Place, question: Question, parts: Sequence[Part]
) -> Mapping[uuid.UUID, KnownFacts]:
    if question.kind == PLATFORM:
        return {part.id: OWN_REGISTER for part in parts}
    kind = Kind(question.kind)
    return known_of(session, district_id=place.id, kind=kind, parts=parts)


# -- How far is near -------------------------------------------------------------------------------


def _read_reach(session: Session, place: Place, question: Question, today: date) -> _Reach:
    norm = find_norm(session, district_id=place.id, asked=question.norm, today=today)
    if norm is None:
        return _Reach(None, None, question.norm.metres or 0, ())
    band = norm.band(question.norm.band)
    own = own_norms_of(session, district_id=place.id, bands=(None, band.code))
    return _Reach(norm, band, band.distance_m, tuple(own))


def _spread_reach(
    session: Session,
    place: Place,
    parts: Sequence[Part],
    buurten: Sequence[Part],
    squares: _Squares,
    reach: _Reach,
) -> Floats:
    """How far is near for each square: an official area's own norm before that of what holds it,
    and what residents of an organic neighbourhood agreed on before both."""
    own = {norm.official_area_id: norm.distance_m for norm in reach.own if norm.official_area_id}
    parents = {part.id: part.parent_id for part in parts}
    of_ground = [_find_own(own, parents, part.id, reach.distance_m) for part in buurten]
    reach_m = np.array(of_ground, dtype=float)[squares.ground_of]
    for norm in reach.own:
        if norm.organic_area_id is not None:
            shape = common_shape(session, area_id=norm.organic_area_id)
            metric = transform_shape(shape, LONLAT, place.metric_srid)
            inside = shapely.contains_xy(metric, squares.xy)
            reach_m[inside] = norm.distance_m
    return reach_m


def _find_own(
    own: Mapping[uuid.UUID, int],
    parents: Mapping[uuid.UUID, uuid.UUID | None],
    area_id: uuid.UUID,
    usual: int,
) -> int:
    found: uuid.UUID | None = area_id
    while found is not None:
        if found in own:
            return own[found]
        found = parents.get(found)
    return usual


# -- What stands there -----------------------------------------------------------------------------


def _read_things(session: Session, place: Place, kind: Kind, at: datetime | None) -> _Provision:
    found = list_reachable(session, district_id=place.id, kind=kind)
    usable = [one for one in found if one.physical_status is PhysicalStatus.IN_USE]
    keys = tuple((one.id, one.stamp) for one in usable)
    ids = [one.id for one in usable]
    is_open = {} if at is None else open_now_of(session, asset_ids=ids, now=at)

    def make() -> Mapping[Hashable, BaseGeometry]:
        shapes = shapes_of(session, asset_ids=ids)
        return {key: _to_metric(shapes[key[0]], place) for key in keys}

    shapes = _shapes.get((place.id, keys), make)
    things = tuple(
        Thing(
            code=one.code,
            name=one.name,
            shape=shapes[key],
            entrances=tuple(
                transform_point(lon, lat, LONLAT, place.metric_srid) for lon, lat in one.entrances
            ),
            is_open=is_open.get(one.id),
            is_example=one.is_example,
        )
        for one, key in zip(usable, keys, strict=True)
    )
    return _Provision(
        things=things,
        keys=keys,
        out_of_order=len(found) - len(usable),
        without_hours=0 if at is None else sum(thing.is_open is None for thing in things),
        sources=_list_sources(usable),
    )


def _read_platforms(
    session: Session, place: Place, platforms: Sequence[PlatformGround]
) -> _Provision:
    shapes = _shapes_of_platforms(session, place, platforms)
    return _Provision(
        things=tuple(
            Thing(one.slug, one.name, shapes[one.platform_id], is_example=one.is_example)
            for one in platforms
        ),
        keys=tuple((one.platform_id, one.stamp) for one in platforms),
    )


def _shapes_of_platforms(
    session: Session, place: Place, platforms: Sequence[PlatformGround]
) -> Mapping[Hashable, BaseGeometry]:
    def make() -> Mapping[Hashable, BaseGeometry]:
        ids = [one.platform_id for one in platforms]
        shapes = shapes_of_platforms(session, platform_ids=ids)
        return {one_id: _to_metric(shape, place) for one_id, shape in shapes.items()}

    stamps = tuple((one.platform_id, one.stamp) for one in platforms)
    return _shapes.get((place.id, stamps), make)


def _to_metric(shape: BaseGeometry, place: Place) -> BaseGeometry:
    return transform_shape(shape, LONLAT, place.metric_srid)


def _list_sources(things: Sequence[Reachable]) -> tuple[SourceFacts, ...]:
    counted = Counter((one.source, one.licence, one.source_on, one.is_example) for one in things)
    return tuple(
        SourceFacts(name, licence, on, count, is_example=is_example)
        for (name, licence, on, is_example), count in sorted(
            counted.items(), key=lambda pair: (pair[0][3], pair[0][0])
        )
    )


# -- How far it is ---------------------------------------------------------------------------------


def _read_paths(
    session: Session, place: Place, network: NetworkFacts, band: BandFacts | None
) -> Paths:
    def make() -> Paths:
        lines = lines_of(session, network_id=network.id)
        metric = [(_to_metric(line.shape, place), line.barred) for line in lines]
        return make_paths(metric, band=_code_of(band), max_snap_m=network.max_snap_m)

    return _paths.get((network.id, _code_of(band)), make)


def _code_of(band: BandFacts | None) -> str | None:
    return band.code if band else None


def _measure(
    world: World, keys: Sequence[Hashable], where: Hashable
) -> tuple[Measured, tuple[int, int]]:
    """As `measure`; where much the same was measured before, only what is other."""
    counted = [i for i, thing in enumerate(world.things) if thing.counts]
    now = tuple(keys[i] for i in counted)

    def make() -> _Distance:
        before = _find_like(where, now)
        off = count_off(world, counted)
        if before is None:
            return _Distance(now, measure(world, counted), off)
        index = {key: i for i, key in enumerate(now)}
        kept = [index.get(key, NONE) for key in before.keys]
        return _Distance(now, measure_again(world, counted, before.measured, kept), off)

    found = _distances.get((where, now), make)
    names = np.array([*counted, NONE], dtype=np.int64)
    return Measured(found.measured.distance_m, names[found.measured.nearest]), found.off


def _find_like(where: Hashable, now: Sequence[Hashable]) -> _Distance | None:
    """What was measured before of the same squares, from nearly the same things."""
    wanted = set(now)
    for key, before in _distances.newest_first():
        is_there = isinstance(key, tuple) and key[0] == where
        if is_there and len(wanted.symmetric_difference(before.keys)) <= MOST_CHANGED:
            return before
    return None


# -- What is said of each buurt --------------------------------------------------------------------


def _find_active(
    session: Session, place: Place, buurten: Sequence[Part], platforms: Sequence[PlatformGround]
) -> Mapping[uuid.UUID, tuple[PlatformGround, ...]]:
    """The platforms active in each buurt."""
    stamps = tuple((one.platform_id, one.stamp) for one in platforms)

    def make() -> Mapping[uuid.UUID, tuple[uuid.UUID, ...]]:
        areas = _shapes_of_platforms(session, place, platforms)
        found: dict[uuid.UUID, tuple[uuid.UUID, ...]] = {}
        ids = {part.slug: part.id for part in buurten}
        for buurt in list_buurten(session, district_id=place.id):
            shape = _to_metric(buurt.shape, place)
            least = shape.area * LEAST_SHARED
            found[ids[buurt.slug]] = tuple(
                one.platform_id
                for one in platforms
                if areas[one.platform_id].intersection(shape).area > least
            )
        return found

    active = _active.get((place.id, tuple(part.id for part in buurten), stamps), make)
    by_id = {one.platform_id: one for one in platforms}
    return {
        buurt_id: tuple(by_id[platform_id] for platform_id in ids)
        for buurt_id, ids in active.items()
    }


@dataclass(frozen=True, eq=False)
class _Told:
    """What the lines are made of."""

    world: World
    measured: Measured
    answers: Answers
    buurten: Sequence[Part]
    known: Mapping[uuid.UUID, KnownFacts]
    active: Mapping[uuid.UUID, tuple[PlatformGround, ...]]
    views: Sequence[CounterViewFacts]


def _make_lines(told: _Told) -> tuple[Line, ...]:
    counts = sum_by_ground(told.world, told.answers)
    by_example = _find_by_example(told.world, told.measured, told.answers)
    lines = []
    for buurt, sums, has_examples in zip(told.buurten, counts, by_example, strict=True):
        platforms = told.active.get(buurt.id, ())
        ids = {one.platform_id for one in platforms}
        lines.append(
            Line(
                slug=buurt.slug,
                name=buurt.name,
                code=buurt.code,
                counts=sums,
                known=told.known[buurt.id],
                platforms=platforms,
                views=tuple(view for view in told.views if view.platform_id in ids),
                has_examples=has_examples,
            )
        )
    return tuple(lines)


def _find_by_example(world: World, measured: Measured, answers: Answers) -> list[bool]:
    """Of each ground whether the nearest of some who are near is an example."""
    # The last stands for none.
    examples = np.array([*(thing.is_example for thing in world.things), False], dtype=bool)
    leans = (answers == Nearness.NEAR) & examples[measured.nearest]
    count = np.bincount(world.ground_of[leans], minlength=len(world.grounds))
    return [bool(one) for one in count]
