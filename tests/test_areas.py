"""Areas: names people use, one owner for each point, figures carried over from old codes."""

from collections import defaultdict
from datetime import date

import pytest
from geoalchemy2.shape import to_shape
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, box, get_coordinates
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geoapp.areas.actions import CrosswalkDraft, put_crosswalk, put_organic_area
from geoapp.areas.queries import (
    AreaKind,
    areas_at,
    find_buurt_at,
    find_names,
    get_area,
    list_areas,
    within_area,
)
from geoapp.areas.rules import Level, Overlap, carry_over, make_search_key, make_slug
from geoapp.areas.tables import AreaFigure, OfficialArea
from geoapp.assets.queries import list_assets
from geoapp.assets.tables import Asset
from geoapp.errors import Invalid, NotFound
from tests.factories import LAT, LON, Factory, area_shape, stored

# -- Words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["K-buurt", "k buurt", "Kbuurt", " KBUURT ", "k.b.u.u.r.t", "Ḱ-buurt"]
)
def test_one_name_has_one_key_however_it_is_written(words: str) -> None:
    assert make_search_key(words) == "kbuurt"


@given(st.text())
def test_a_key_is_the_key_of_itself_and_holds_no_sign(words: str) -> None:
    key = make_search_key(words)
    assert all(letter.isalnum() for letter in key)
    assert not set("%_\\") & set(key)


@given(st.text())
def test_a_slug_is_what_the_database_takes_as_one(words: str) -> None:
    slug = make_slug(words)
    assert slug == "" or all(
        part and set(part) <= set("abcdefghijklmnopqrstuvwxyz0123456789")
        for part in slug.split("-")
    )


@pytest.mark.parametrize("words", ["kbuurt", "K buurt", "K-BUURT", "k-buu", "K"])
def test_the_neighbourhood_residents_mean_is_found_first(demo_session: Session, words: str) -> None:
    first = find_names(demo_session, words=words)[0]
    assert (first.name, first.kind, first.area_slug) == ("K-buurt", "organic", "k-buurt")


def find(session: Session, words: str) -> list[tuple[str, str]]:
    """The names found, each with what it was found as."""
    return [(name.name, name.found_as) for name in find_names(session, words=words)]


def test_an_alias_finds_the_neighbourhood_under_its_own_name(
    session: Session, make: Factory
) -> None:
    put_organic_area(
        session,
        district_id=make.district().id,
        name="Kraaiennest",
        aliases=["De Kameleon", "K-midden"],
        shape=area_shape(),
        is_example=False,
    )
    assert find(session, "kameleon") == []
    assert find(session, "de kam") == [("Kraaiennest", "De Kameleon")]
    assert find(session, "KRAAI") == [("Kraaiennest", "Kraaiennest")]


def test_a_neighbourhood_with_many_fitting_names_is_found_once(
    session: Session, make: Factory
) -> None:
    area = make.organic_area(name="Gein")
    for name in ("Gein", "Gein 1", "Gein 2", "Gein 3"):
        make.place_name(organic_area_id=area.id, name=name)
    assert find(session, "gein") == [("Gein", "Gein")]


def test_accents_are_no_obstacle(session: Session, make: Factory) -> None:
    make.place_name(name="Café Zoë")
    assert find(session, "cafe zoe") == [("Café Zoë", "Café Zoë")]


def test_neighbourhoods_come_before_spots_and_official_areas(
    session: Session, make: Factory
) -> None:
    make.official_area(name="Venser 2")
    make.place_name(name="Venser 1")
    area = make.organic_area(name="Venserpolder")
    make.place_name(organic_area_id=area.id, name="Venserpolder")
    assert [name for name, _ in find(session, "venser")] == ["Venserpolder", "Venser 1", "Venser 2"]


def test_a_whole_name_comes_before_one_that_only_begins_so(session: Session, make: Factory) -> None:
    area = make.organic_area(name="Holendrecht")
    make.place_name(organic_area_id=area.id, name="Holendrecht")
    make.official_area(name="Hol")
    assert [name for name, _ in find(session, "hol")] == ["Hol", "Holendrecht"]


@pytest.mark.parametrize("words", ["", " ", "%", "_", "\\", "%%%", "-", "' OR 1=1 --x", "🦆"])
def test_signs_are_no_wildcards(session: Session, make: Factory, words: str) -> None:
    make.place_name(name="Somewhere")
    make.official_area(name="Elsewhere")
    assert find(session, words) == []


def test_an_area_that_ended_is_not_found(session: Session, make: Factory) -> None:
    make.official_area(name="Driemond", valid_to=date(2022, 3, 24))
    assert find(session, "driemond") == []


def test_two_spots_of_one_name_are_both_found_unless_one_district_is_asked_for(
    session: Session, make: Factory
) -> None:
    here, there = make.district(), make.district()
    for district in (here, there):
        make.place_name(name="Station", district_id=district.id)
    assert len(find_names(session, words="station", district_id=here.id)) == 1
    assert len(find_names(session, words="station")) == 2


@pytest.mark.parametrize("name", ["Taken", "taken!", "TAKEN", "!!!", ""])
def test_a_neighbourhood_needs_an_address_of_its_own(
    session: Session, make: Factory, name: str
) -> None:
    district = make.district()
    make.organic_area(slug="taken", district_id=district.id)
    with pytest.raises(Invalid, match="choose another name"):
        put_organic_area(
            session,
            district_id=district.id,
            name=name,
            aliases=[],
            shape=area_shape(),
            is_example=False,
        )


def test_an_official_area_takes_an_address_too(session: Session, make: Factory) -> None:
    make.official_area(slug="ta01-centre-2022")
    with pytest.raises(Invalid, match="choose another name"):
        put_organic_area(
            session,
            district_id=make.district().id,
            name="TA01 Centre 2022",
            aliases=[],
            shape=area_shape(),
            is_example=False,
        )


def test_an_area_is_found_by_its_address_in_either_division(
    session: Session, make: Factory
) -> None:
    make.organic_area(slug="one")
    make.official_area(slug="two")
    kinds = [get_area(session, slug=slug).kind for slug in ("one", "two")]
    assert kinds == [AreaKind.ORGANIC, AreaKind.OFFICIAL]


def test_an_address_of_no_area_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        get_area(session, slug="nowhere")


# -- One owner for each point (threats, T33) -------------------------------------------------


def make_two_buurten(make: Factory) -> tuple[OfficialArea, OfficialArea]:
    """Two buurten that meet at the made-up longitude, the higher code first."""
    west = make.official_area(code="B2", geom=stored(area_shape(4.99, 51.99, LON, 52.01)))
    east = make.official_area(
        code="B1",
        geom=stored(area_shape(LON, 51.99, 5.01, 52.01)),
        district_id=west.district_id,
    )
    return west, east


@pytest.mark.parametrize(("lon", "code"), [(4.995, "B2"), (LON, "B1"), (5.005, "B1")])
def test_a_border_point_belongs_to_the_lower_code(
    session: Session, make: Factory, lon: float, code: str
) -> None:
    west, _ = make_two_buurten(make)
    owner = find_buurt_at(session, district_id=west.district_id, lon=lon, lat=LAT)
    assert session.get_one(OfficialArea, owner).code == code
    assert [area.code for area in areas_at(session, lon=lon, lat=LAT)] == [code]


def test_a_thing_on_the_border_is_listed_in_one_official_area(
    session: Session, make: Factory
) -> None:
    buurten = make_two_buurten(make)
    make.asset(district_id=buurten[0].district_id)
    listed = [
        list_assets(session, where=[within_area(Asset.point, get_area(session, slug=buurt.slug))])
        for buurt in buurten
    ]
    assert sum(len(assets) for assets in listed) == 1


def test_the_areas_of_a_border_point_lie_in_one_another(session: Session, make: Factory) -> None:
    west, east = area_shape(4.99, 51.99, LON, 52.01), area_shape(LON, 51.99, 5.01, 52.01)
    # The lower buurt lies in the higher wijk.
    for shape, wijk_code, buurt_code in ((west, "W1", "B9"), (east, "W2", "B1")):
        wijk = make.official_area(level=Level.WIJK, code=wijk_code, geom=stored(shape))
        make.official_area(code=buurt_code, parent_id=wijk.id, geom=stored(shape))
    inner, outer = areas_at(session, lon=LON, lat=LAT)
    assert session.get_one(OfficialArea, inner.id).parent_id == outer.id


def test_every_corner_of_the_real_borders_has_one_owner_of_each_level(
    demo_session: Session,
) -> None:
    buurten = demo_session.scalars(
        select(OfficialArea).where(OfficialArea.level == Level.BUURT).order_by(OfficialArea.code)
    ).all()
    parents = {area.id: area.parent_id for area in demo_session.scalars(select(OfficialArea))}
    for buurt in buurten:
        corners = get_coordinates(to_shape(buurt.geom))
        lon, lat = corners[len(corners) // 2]
        owner = find_buurt_at(
            demo_session, district_id=buurt.district_id, lon=float(lon), lat=float(lat)
        )
        official = [
            area
            for area in areas_at(demo_session, lon=float(lon), lat=float(lat))
            if area.kind is AreaKind.OFFICIAL
        ]
        assert [area.level for area in official] == [Level.BUURT, Level.WIJK, Level.GEBIED]
        assert official[0].id == owner
        assert parents[official[0].id] == official[1].id
        assert parents[official[1].id] == official[2].id


def test_organic_neighbourhoods_come_smallest_first_and_before_official_areas(
    session: Session, make: Factory
) -> None:
    make.official_area(level=Level.WIJK, code="W")
    make.official_area(level=Level.BUURT, code="B")
    make.organic_area(slug="large", geom=stored(area_shape(4.98, 51.98, 5.02, 52.02)))
    make.organic_area(slug="small")
    areas = areas_at(session, lon=LON, lat=LAT)
    assert [area.slug if area.kind is AreaKind.ORGANIC else area.code for area in areas] == [
        "small",
        "large",
        "B",
        "W",
    ]


def test_outside_every_area_there_is_none(session: Session, make: Factory) -> None:
    make.official_area()
    assert areas_at(session, lon=6.5, lat=53.2) == []


# -- Figures ---------------------------------------------------------------------------------

codes = st.integers(0, 5).map(lambda number: f"O{number}")
overlaps = st.lists(
    st.builds(
        Overlap,
        old_code=codes,
        new_code=st.integers(0, 5).map(lambda number: f"N{number}"),
        share_old=st.floats(0.001, 1),
    ),
    max_size=20,
    unique_by=lambda overlap: (overlap.old_code, overlap.new_code),
)


@given(st.dictionaries(codes, st.integers(0, 100_000)), overlaps)
def test_carrying_over_loses_nobody_and_counts_nobody_twice(
    figures: dict[str, int], parts: list[Overlap]
) -> None:
    carried = carry_over(figures, parts)
    known = {part.old_code for part in parts} & set(figures)
    assert sum(carried.values()) == pytest.approx(sum(figures[code] for code in known))
    assert all(value >= 0 for value in carried.values())


def test_a_split_is_carried_over_by_its_shares() -> None:
    parts = [Overlap("O", "N1", 0.6), Overlap("O", "N2", 0.2)]
    assert carry_over({"O": 1000}, parts) == pytest.approx({"N1": 750, "N2": 250})


def test_a_merge_adds_up() -> None:
    parts = [Overlap("O1", "N", 0.998), Overlap("O2", "N", 0.5)]
    assert carry_over({"O1": 300, "O2": 70}, parts) == pytest.approx({"N": 370})


def test_an_old_code_without_an_overlap_is_left_out() -> None:
    assert carry_over({"O1": 300, "O2": 70}, [Overlap("O1", "N", 1)]) == {"N": 300}


def draft(old: str, new: str, share: float, people: int) -> CrosswalkDraft:
    """A line of a crosswalk."""
    return CrosswalkDraft(
        old_code=old,
        old_name=old,
        old_statistics_code=None,
        new_code=new,
        new_name=new,
        share_old=share,
        share_new=1,
        inhabitants=people,
        households=people,
        households_with_children=people,
        year=2020,
        source="made up",
        licence="CC0 1.0",
    )


@pytest.mark.parametrize("people", [10, 11, 1000, 1])
def test_stored_figures_of_a_split_add_up_to_the_old_area(
    session: Session, make: Factory, people: int
) -> None:
    district = make.district()
    for code in ("N1", "N2", "N3"):
        make.official_area(code=code, district_id=district.id)
    drafts = [draft("O", code, 0.3333, people) for code in ("N1", "N2", "N3")]
    put_crosswalk(session, district_id=district.id, level=Level.BUURT, drafts=drafts)
    assert session.scalars(select(func.sum(AreaFigure.inhabitants))).one() == people


def test_a_line_out_of_the_district_is_kept_and_counts_nowhere(
    session: Session, make: Factory
) -> None:
    district = make.district()
    make.official_area(code="N1", district_id=district.id)
    tally = put_crosswalk(
        session,
        district_id=district.id,
        level=Level.BUURT,
        drafts=[draft("O1", "N1", 1, 100), draft("O2", "X1", 1, 40)],
    )
    assert (tally.new, tally.outside) == (2, ["X1 X1"])
    assert session.scalars(select(func.sum(AreaFigure.inhabitants))).one() == 100


def test_an_area_with_figures_of_two_years_is_one_area_with_the_newer(
    session: Session, make: Factory
) -> None:
    area = make.official_area()
    make.area_figure(area_id=area.id, year=2020, inhabitants=100)
    make.area_figure(area_id=area.id, year=2025, inhabitants=200)
    counts: dict[str, int] = defaultdict(int)
    for listed in list_areas(session):
        counts[listed.slug] += 1
    figures = get_area(session, slug=area.slug).figures
    assert dict(counts) == {area.slug: 1}
    assert figures is not None
    assert (figures.year, figures.inhabitants) == (2025, 200)


def test_a_neighbourhood_may_overlap_others_and_cross_official_borders(
    session: Session, make: Factory
) -> None:
    make_two_buurten(make)
    for slug in ("one", "other"):
        make.organic_area(slug=slug, geom=stored(MultiPolygon([box(4.995, 51.995, 5.005, 52.005)])))
    assert len(areas_at(session, lon=LON, lat=LAT)) == 3
