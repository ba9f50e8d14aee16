"""What is looked for: the things of a kind that stand there, or the areas of platforms; shapes are
read only when their stamp is new."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from geoapp.assets.queries import Reachable, list_reachable, shapes_of
from geoapp.assets.rules import Kind, PhysicalStatus
from geoapp.coverage.gaps.findings import SourceFacts
from geoapp.coverage.gaps.keeping import Kept
from geoapp.coverage.gaps.worlds import Thing
from geoapp.districts.queries import Place
from geoapp.geo.crs import LONLAT, transform_point, transform_shape
from geoapp.hours.queries import open_now_of
from geoapp.platforms.queries import PlatformGround, shapes_of_platforms

_shapes: Kept[Mapping[Hashable, BaseGeometry]] = Kept(24)


@dataclass(frozen=True)
class Provision:
    """What is looked for; `keys` tell which things these are, one each."""

    things: tuple[Thing, ...]
    keys: tuple[Hashable, ...]
    out_of_order: int = 0
    without_hours: int = 0
    sources: tuple[SourceFacts, ...] = ()


def read_things(session: Session, place: Place, kind: Kind, at: datetime | None) -> Provision:
    """What stands there and can be used; at a time (UTC), with what is open then."""
    found = list_reachable(session, district_id=place.id, kind=kind)
    usable = [one for one in found if one.physical_status is PhysicalStatus.IN_USE]
    keys = tuple((one.id, one.stamp) for one in usable)
    ids = [one.id for one in usable]
    is_open = {} if at is None else open_now_of(session, asset_ids=ids, now=at)

    def make() -> Mapping[Hashable, BaseGeometry]:
        shapes = shapes_of(session, asset_ids=ids)
        # What was taken away between the two questions has none.
        return {key: to_metric(shapes[key[0]], place) for key in keys if key[0] in shapes}

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
        if key in shapes
    )
    return Provision(
        things=things,
        keys=tuple(key for key in keys if key in shapes),
        out_of_order=len(found) - len(usable),
        without_hours=0 if at is None else sum(thing.is_open is None for thing in things),
        sources=_list_sources(usable),
    )


def read_platforms(
    session: Session, place: Place, platforms: Sequence[PlatformGround]
) -> Provision:
    """The platforms of a district as things that stand where they are active."""
    shapes = shapes_of_grounds(session, place, platforms)
    return Provision(
        things=tuple(
            Thing(one.slug, one.name, shapes[one.platform_id], is_example=one.is_example)
            for one in platforms
        ),
        keys=tuple((one.platform_id, one.stamp) for one in platforms),
    )


def shapes_of_grounds(
    session: Session, place: Place, platforms: Sequence[PlatformGround]
) -> Mapping[Hashable, BaseGeometry]:
    """Where each platform is active, in metres, by its id."""

    def make() -> Mapping[Hashable, BaseGeometry]:
        ids = [one.platform_id for one in platforms]
        shapes = shapes_of_platforms(session, platform_ids=ids)
        return {one_id: to_metric(shape, place) for one_id, shape in shapes.items()}

    stamps = tuple((one.platform_id, one.stamp) for one in platforms)
    return _shapes.get((place.id, stamps), make)


def to_metric(shape: BaseGeometry, place: Place) -> BaseGeometry:
    """A lon/lat shape in the district\'s metric system."""
    return transform_shape(shape, LONLAT, place.metric_srid)


def _list_sources(things: Sequence[Reachable]) -> tuple[SourceFacts, ...]:
    counted = Counter((one.source, one.licence, one.source_on, one.is_example) for one in things)
    return tuple(
        SourceFacts(name, licence, on, count, is_example=is_example)
        for (name, licence, on, is_example), count in sorted(
            counted.items(), key=lambda pair: (pair[0][3], pair[0][0])
        )
    )
