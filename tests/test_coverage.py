"""Questions across nouns: what is here, and what words may mean."""

from datetime import date

import pytest
from shapely import MultiPolygon, Point, box
from sqlalchemy.orm import Session

from geoapp.assets.rules import PhysicalStatus
from geoapp.coverage.queries import MOST_AT_ONE_PLACE, find_place, what_is_at
from geoapp.defects.rules import File
from geoapp.errors import NotFound
from geoapp.platforms.queries import (
    find_platforms,
    get_platform,
    list_platforms,
    platforms_at,
    platforms_in_area,
)
from tests.factories import LAT, LON, Factory, area_shape, stored

TODAY = date(2026, 11, 21)


def test_what_is_here_are_its_areas_and_what_lies_within_the_radius(
    session: Session, make: Factory
) -> None:
    area, platform = make.organic_area(), make.platform()
    make.platform_area(platform_id=platform.id)
    # 0.001 degrees of longitude are 68.7 m here.
    near, nearer, far = (
        make.asset(geom=stored(Point(LON + east, LAT))) for east in (0.0007, 0.0002, 0.002)
    )
    defect = make.defect()
    make.defect(file=File.WITHDRAWN)
    make.asset(physical_status=PhysicalStatus.REMOVED)
    here = what_is_at(session, lon=LON, lat=LAT, radius_m=50, today=TODAY)
    assert [found.slug for found in here.areas] == [area.slug]
    assert [found.slug for found in here.platforms] == [platform.slug]
    assert [found.code for found in here.assets] == [nearer.code, near.code]
    assert [found.code for found in here.defects] == [defect.code]
    wide = what_is_at(session, lon=LON, lat=LAT, radius_m=150, today=TODAY)
    assert far.code in [found.code for found in wide.assets]


def test_of_very_many_things_the_nearest_50_are_told(session: Session, make: Factory) -> None:
    for step in range(MOST_AT_ONE_PLACE + 5):
        make.asset(geom=stored(Point(LON + step * 1e-6, LAT)))
    here = what_is_at(session, lon=LON, lat=LAT, radius_m=500, today=TODAY)
    assert len(here.assets) == MOST_AT_ONE_PLACE


@pytest.mark.parametrize(("lon", "lat"), [(0, 0), (180, 90), (-180, -90), (LAT, LON)])
def test_where_nothing_is_the_answer_is_empty(
    session: Session, make: Factory, lon: float, lat: float
) -> None:
    make.organic_area()
    make.asset()
    here = what_is_at(session, lon=lon, lat=lat, radius_m=2000, today=TODAY)
    assert (here.areas, here.platforms, here.assets, here.defects) == ([], [], [], [])


def test_words_may_mean_a_name_a_platform_or_a_thing(session: Session, make: Factory) -> None:
    make.place_name(name="Fountain square")
    platform = make.platform(name="Neighbours of the Fountain")
    make.platform_area(platform_id=platform.id)
    asset = make.asset(name="Fountain bench")
    found = find_place(session, words="fountain")
    assert [name.name for name in found.names] == ["Fountain square"]
    assert [one.slug for one in found.platforms] == [platform.slug]
    assert [one.code for one in found.assets] == [asset.code]


def test_words_of_one_district_do_not_find_another(session: Session, make: Factory) -> None:
    here, there = make.district(), make.district()
    for district in (here, there):
        make.place_name(name="Fountain", district_id=district.id)
        make.asset(name="Fountain bench", district_id=district.id)
        platform = make.platform(name="Fountain friends", district_id=district.id)
        make.platform_area(platform_id=platform.id, district_id=district.id)
    found = find_place(session, words="fountain", district_id=here.id)
    assert (len(found.names), len(found.platforms), len(found.assets)) == (1, 1, 1)


@pytest.mark.parametrize("words", ["", "%", "___", "%%%", "\\\\\\", "  ", "ab"])
def test_too_little_or_signs_find_no_platform(session: Session, make: Factory, words: str) -> None:
    platform = make.platform(name="About a hundred %")
    make.platform_area(platform_id=platform.id)
    assert find_platforms(session, words=words) == []


@pytest.mark.parametrize("words", ["café de brug", "cafe-de-brug", "CAFE", "brug"])
def test_a_platform_is_found_whatever_the_accents(
    session: Session, make: Factory, words: str
) -> None:
    platform = make.platform(name="Café De Brug")
    make.platform_area(platform_id=platform.id)
    assert [one.slug for one in find_platforms(session, words=words)] == [platform.slug]


def test_a_platform_that_moved_is_told_once_with_its_area_of_today(
    session: Session, make: Factory
) -> None:
    platform = make.platform()
    old = stored(area_shape(5.02, 51.99, 5.04, 52.01))
    make.platform_area(platform_id=platform.id, geom=old, valid_to=date(2024, 1, 1))
    make.platform_area(platform_id=platform.id, valid_from=date(2024, 1, 1))
    assert [one.slug for one in list_platforms(session)] == [platform.slug]
    assert get_platform(session, slug=platform.slug).bounds == (4.99, 51.99, 5.01, 52.01)
    assert platforms_at(session, lon=5.03, lat=LAT) == []


def test_platforms_may_share_ground(session: Session, make: Factory) -> None:
    for name in ("B", "A"):
        platform = make.platform(name=name)
        make.platform_area(platform_id=platform.id)
    assert [one.name for one in platforms_at(session, lon=LON, lat=LAT)] == ["A", "B"]


def test_a_neighbourhood_knows_the_platforms_about_its_middle(
    session: Session, make: Factory
) -> None:
    area = make.organic_area()
    for name, shape in (("Here", area_shape()), ("There", area_shape(5.02, 51.99, 5.04, 52.01))):
        platform = make.platform(name=name)
        make.platform_area(platform_id=platform.id, geom=stored(shape))
    assert [one.name for one in platforms_in_area(session, area_id=area.id)] == ["Here"]


def test_a_slug_of_no_platform_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound, match="nobody"):
        get_platform(session, slug="nobody")


def test_a_radius_reaches_over_the_ground_and_not_over_degrees(
    session: Session, make: Factory
) -> None:
    make.asset(geom=stored(MultiPolygon([box(LON + 0.0010, LAT, LON + 0.0011, LAT + 1e-5)])))
    make.asset(geom=stored(Point(LON, LAT + 0.0010)))
    here = what_is_at(session, lon=LON, lat=LAT, radius_m=90, today=TODAY)
    assert len(here.assets) == 1
