"""Reads the world that a question is about, and keeps what was worked out of it.

Each question asks the database a bounded number of times whatever was kept: who and what is there,
with stamps that change when they do. Shapes and squares are read only when their stamp is new.
"""

import uuid
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from sqlalchemy.orm import Session

from geoapp.areas.queries import Part, list_parts
from geoapp.areas.rules import Level
from geoapp.assets.rules import Kind
from geoapp.completeness.queries import KnownFacts, known_of
from geoapp.completeness.rules import Known
from geoapp.coverage.gaps.counting import judge, sum_all
from geoapp.coverage.gaps.findings import Finding, Method
from geoapp.coverage.gaps.keeping import Kept
from geoapp.coverage.gaps.lines import Told, find_active, make_lines
from geoapp.coverage.gaps.provision import read_platforms, read_things, to_metric
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
    Paths,
    World,
)
from geoapp.districts.queries import Place
from geoapp.geo.crs import LONLAT, transform_shape
from geoapp.needs.queries import NeedFacts, find_need, read_squares
from geoapp.neighbourhoods.queries import common_shape
from geoapp.norms.queries import BandFacts, NormFacts, OwnNorm, find_norm, own_norms_of
from geoapp.platforms.queries import counter_views_of, list_grounds
from geoapp.walking.queries import NetworkFacts, lines_of, newest_network

# Of platforms this service is the register itself.
OWN_REGISTER = KnownFacts(known=Known.COMPLETE)
# With more differences than so many everything is measured anew.
MOST_CHANGED = 16


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


_paths: Kept[Paths] = Kept(6)


_distances: Kept[_Distance] = Kept(48)


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
        provision = read_platforms(session, place, platforms)
        reach_m = np.zeros(len(squares.xy))
    else:
        provision = read_things(session, place, Kind(question.kind), at)
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
    measured, off = _measure(world, provision.keys, (squares.key, along, question.kind))
    answers = judge(world, measured)
    active = find_active(session, place, buurten, platforms)
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
        lines=make_lines(Told(world, measured, answers, buurten, known, active, views)),
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


def _read_paths(
    session: Session, place: Place, network: NetworkFacts, band: BandFacts | None
) -> Paths:
    def make() -> Paths:
        lines = lines_of(session, network_id=network.id)
        metric = [(to_metric(line.shape, place), line.barred) for line in lines]
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
