"""Neighbourhoods by agreement at the doors: their pages, drawing one, names, what a report says."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from shapely import Point
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from geoapp.areas.tables import OrganicArea, PlaceName
from geoapp.defects.tables import Defect
from geoapp.districts.queries import get_district
from geoapp.geo.cells import shape_of
from geoapp.geo.crs import cell_centre, cell_of
from geoapp.ledger.audit import list_entries
from geoapp.ledger.chain import Thing
from geoapp.ledger.tables import LimitCount
from geoapp.neighbourhoods.actions import OutlineDraft, put_outline
from geoapp.neighbourhoods.counting import rebuild_population
from geoapp.neighbourhoods.queries import voices_of
from geoapp.neighbourhoods.rules import DRAWINGS_OF_ONE
from geoapp.neighbourhoods.tables import NeighbourhoodOutline
from tests.conftest import NOW
from tests.factories import LAT, LON, area_shape, stored
from tests.world import World

pytest_plugins = ("tests.desks",)

# What the pages draw in: squares of 100 m round the middle of the made-up place.
EAST, NORTH = (one // 4 for one in cell_of(LON, LAT, 28992))
CORNERS = "52.0, 5.0\n52.0, 5.004\n52.003, 5.004\n52.003, 5.0"


def read(client: FlaskClient, path: str, **asked: str) -> str:
    """A page's words in English, as a person reads them."""
    answer = client.get(path, query_string={"lang": "en", **asked})
    assert answer.status_code == 200, answer.text
    return " ".join(re.sub("<[^>]+>", " ", answer.text).split())


def send(client: FlaskClient, path: str, to: str = "", **fields: Any) -> tuple[int, str]:
    """Send the form of the page at `path` with its token; status and page."""
    page = client.get(path).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None, page[:500]
    answer = client.post(to or path.partition("?")[0], data={"csrf_token": token[1], **fields})
    return answer.status_code, answer.text


def count_voices(session: Session, slug: str) -> tuple[int, int, int]:
    """Outlines, drawings and declarations of a neighbourhood."""
    area_id = session.scalars(select(OrganicArea.id).where(OrganicArea.slug == slug)).one()
    voices = voices_of(session, area_ids=[area_id]).get(area_id)
    return (voices.outlines, voices.drawings, voices.declarations) if voices else (0, 0, 0)


# -- Drawing -----------------------------------------------------------------------------------

WAYS: dict[str, dict[str, Any]] = {
    "map": {"as": "map", "outline": CORNERS},
    "areas": {"as": "areas", "buurt": ["here-buurt"]},
    "squares": {"as": "squares", "square": [f"{EAST},{NORTH}", f"{EAST + 1},{NORTH}"]},
}


@pytest.mark.parametrize("way", WAYS)
def test_anybody_says_where_it_is_without_a_script_or_an_account(
    enter: Callable[[str], FlaskClient], world: World, session: Session, way: str
) -> None:
    world.make.official_area(slug="here-buurt", name="Row", district_id=world.here.id)
    anybody = enter("anonymous")
    path = f"/areas/area-here/draw?as={way}"
    drawn: dict[str, Any] = WAYS[way]
    assert send(anybody, path, **drawn)[0] == 303
    assert count_voices(session, "area-here") == (1, 1, 0)
    assert "1 drawing" in read(anybody, "/areas/area-here")
    assert send(anybody, path, **drawn)[0] == 303
    assert count_voices(session, "area-here") == (1, 1, 0)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no corners": ({"as": "map", "outline": ""}, "three corners"),
    "a bow-tie": (
        {"as": "map", "outline": "52.0, 5.0\n52.003, 5.004\n52.0, 5.004\n52.003, 5.0"},
        "crosses or touches itself",
    ),
    "far away": ({"as": "map", "outline": CORNERS.replace("5.00", "9.00")}, "outside"),
    "swapped": (
        {"as": "map", "outline": "5.0, 52.0\n5.004, 52.0\n5.004, 52.003\n5.0, 52.003"},
        "the wrong way round",
    ),
    "no area": ({"as": "areas"}, "Tick at least one area"),
    "no square": ({"as": "squares"}, "Tick at least one square"),
    "a square that is none": ({"as": "squares", "square": "here"}, "Tick at least one square"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_kept_comes_back_with_what_to_do(
    enter: Callable[[str], FlaskClient], session: Session, wrong: str
) -> None:
    fields, says = WRONG[wrong]
    status, page = send(enter("anonymous"), "/areas/area-here/draw?lang=en", **fields)
    assert status == 400
    assert says in page
    assert fields.get("outline", "") in page
    assert session.scalar(select(func.count()).select_from(NeighbourhoodOutline)) == 0


def test_squares_that_were_ticked_stay_ticked_when_something_is_wrong(
    enter: Callable[[str], FlaskClient],
) -> None:
    client = enter("anonymous")
    ticked = f"{EAST},{NORTH}"
    sent: dict[str, Any] = {"as": "squares", "square": [ticked, "none"]}
    _, page = send(client, "/areas/area-here/draw?as=squares", **sent)
    assert re.findall(r'value="([^"]+)" aria-label="[^"]+" checked', page) == [ticked]


def test_a_network_draws_so_many_in_an_hour_and_no_more(
    enter: Callable[[str], FlaskClient], session: Session
) -> None:
    client = enter("anonymous")
    path, drawn = "/areas/area-here/draw", {"as": "map", "outline": CORNERS}
    assert send(client, path, **drawn)[0] == 303
    session.execute(update(LimitCount).values(used=DRAWINGS_OF_ONE.most))
    assert send(client, path, **drawn)[0] == 429


def test_every_square_has_a_name_and_no_way_asks_more_than_one_thing(
    enter: Callable[[str], FlaskClient],
) -> None:
    client = enter("anonymous")
    page = client.get("/areas/area-here/draw?as=squares&lang=en").text
    squares = re.findall(r'<input type="checkbox"[^>]*>', page)
    assert 100 < len(squares) <= 36 * 36
    assert all(re.search(r'aria-label="row \d+, column \d+"', one) for one in squares)
    for way in ("map", "areas"):
        page = client.get(f"/areas/area-here/draw?as={way}").text
        assert len(re.findall(r"<textarea|<select|<fieldset", page)) == 1


# -- Its page ------------------------------------------------------------------------------------


def settle(world: World, slug: str, west: int, east: int) -> OrganicArea:
    """A neighbourhood of these columns of 100 m, five rows high."""
    squares = [(EAST + x, NORTH + y) for x in range(west, east) for y in range(-2, 3)]
    shape, here = shape_of(squares, 100, 28992), world.here.id
    make = world.make
    area = make.organic_area(slug=slug, name=slug.title(), geom=stored(shape), district_id=here)
    make.place_name(organic_area_id=area.id, district_id=here, name=slug.title())
    place = get_district(world.session, slug="here")
    put_outline(world.session, place=place, draft=OutlineDraft(area.id, shape), now=NOW)
    return area


def people(world: World, inhabitants: int) -> None:
    """A buurt round the middle, whose figures are spread."""
    area = world.make.official_area(
        slug="row", name="Row", district_id=world.here.id, geom=stored(area_shape())
    )
    world.make.area_figure(area_id=area.id, inhabitants=inhabitants)
    rebuild_population(world.session, district_id=world.here.id)


def test_the_page_says_who_said_it_how_many_live_there_and_what_is_shared(
    enter: Callable[[str], FlaskClient], world: World
) -> None:
    settle(world, "hook", -5, 2)
    settle(world, "bend", 0, 5)
    people(world, 10_000)
    page = read(enter("anonymous"), "/areas/hook")
    assert "Nobody has said it yet. This is the border it began with." in page
    assert "Core 35 hectares At least 3 out of 4 say so." in page
    assert "Bend 10 hectares" in page
    # 30 hectares of some 304, of which 10 count half.
    inhabitants = int(re.findall(r"([\d,]+) inhabitants", page)[0].replace(",", ""))
    assert inhabitants % 5 == 0
    assert 900 < inhabitants < 1050
    assert "spread evenly over squares of 100 m" in page
    assert "made up, 2020" in page


def test_a_neighbourhood_without_figures_says_so_and_an_official_area_has_no_border(
    enter: Callable[[str], FlaskClient], world: World
) -> None:
    settle(world, "hook", -5, 2)
    people(world, 0)
    client = enter("anonymous")
    assert "About, to the nearest 5" in read(client, "/areas/hook")
    assert "Where does" not in read(client, "/areas/row")
    assert client.get("/areas/row/draw").status_code == 404


def test_all_neighbourhoods_stand_from_a_to_z_with_nobodys_land_and_names_people_say(
    enter: Callable[[str], FlaskClient], world: World
) -> None:
    settle(world, "hook", 0, 2)
    settle(world, "bend", 1, 4)
    people(world, 10_000)
    for number in range(3):
        world.make.neighbourhood_answer(
            district_id=world.here.id,
            name="De Kade",
            search_key="dekade",
            sender=bytes([number]) * 32,
        )
        world.make.neighbourhood_answer(
            district_id=world.here.id,
            name="Bel 0612345678",
            search_key="bel",
            sender=bytes([number]) * 32,
        )
    page = read(enter("anonymous"), "/districts/here/neighbourhoods")
    assert page.index("Bend") < page.index("Hook")
    assert re.search(r"About [\d,]+ people live where no neighbourhood reaches", page)
    assert "Row about" in page
    assert "De Kade said by 3" in page
    assert "0612345678" not in page


# -- Where it is said ------------------------------------------------------------------------------


def test_a_report_in_the_strip_belongs_to_both_and_one_beside_it_to_one(
    enter: Callable[[str], FlaskClient], world: World
) -> None:
    settle(world, "hook", -5, 2)
    settle(world, "bend", -2, 5)
    client = enter("anonymous")
    defect = world.defects["own"]
    page = read(client, f"/defects/{defect.code}")
    assert "Neighbourhood: Bend and Hook . This place belongs to both." in page
    spot = stored(Point(cell_centre((EAST + 4) * 4, NORTH * 4, 28992)))
    beside = world.make.defect(district_id=world.here.id, geom=spot, point=spot)
    page = read(client, f"/defects/{beside.code}")
    assert "Neighbourhood: Bend" in page
    assert "belongs to both" not in page
    here = read(client, "/at", lat=str(LAT), lon=str(LON))
    assert "Bend and Hook . This place belongs to both." in here
    assert "Bend: 100 out of 100 voices, of 1" in here


def test_the_edge_of_a_neighbourhood_is_called_so(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    hook = settle(world, "hook", -5, 2)
    place = get_district(session, slug="here")
    for sender in (1, 2):
        shape = shape_of([(EAST - 5, NORTH)], 100, 28992)
        draft = OutlineDraft(hook.id, shape, sender=bytes([sender]) * 32)
        put_outline(session, place=place, draft=draft, now=NOW)
    page = read(enter("anonymous"), f"/defects/{world.defects['own'].code}")
    assert "Neighbourhood: At the edge of Hook" in page


# -- A platform declares -------------------------------------------------------------------------


def test_a_platforms_manager_declares_it_again_and_takes_it_back_and_all_is_history(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    manager = enter("manager of A")
    path = "/platforms/platform-a/outline"
    assert "Which neighbourhood do you draw?" in read(manager, path)
    for square in (f"{EAST},{NORTH}", f"{EAST + 1},{NORTH}"):
        status, _ = send(
            manager,
            f"{path}?area=area-here&as=squares",
            **{"as": "squares", "area": "area-here", "square": square},
        )
        assert status == 303
    assert count_voices(session, "area-here") == (1, 0, 1)
    assert "What you say now" in read(manager, path)
    assert read(enter("anonymous"), "/areas/area-here").count("since 21 November") == 1
    assert send(manager, path, f"{path}/end", area="area-here")[0] == 303
    assert count_voices(session, "area-here") == (0, 0, 0)
    page = read(manager, path)
    assert "What you say now" not in page
    assert page.count("from 21 November until 21 November") == 2
    thing = Thing("platform", world.platforms["platform-a"].id)
    actions = [entry.action for entry in list_entries(session, thing=thing, limit=9)]
    assert actions == ["end_outline", "declare_outline", "declare_outline"]


def test_nobody_declares_for_another_platform_or_in_another_district(
    enter: Callable[[str], FlaskClient],
) -> None:
    path = "/platforms/platform-a/outline"
    assert enter("manager of B").get(path).status_code == 403
    assert enter("manager of A").get(f"{path}?area=area-there").status_code == 404


# -- Names ---------------------------------------------------------------------------------------


def test_whoever_is_active_there_adds_a_name_and_takes_it_away(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    settle(world, "hook", -5, 2)
    path, thing_id = "/areas/hook/names", None
    for somebody in ("manager of A", "officer here"):
        client = enter(somebody)
        assert send(client, path, name="De Kade")[0] == 303
        assert "De Kade" in read(enter("anonymous"), "/areas/hook")
        assert send(client, path, name="De Kade", remove="1")[0] == 303
        assert "De Kade" not in read(enter("anonymous"), "/areas/hook")
    thing_id = session.scalars(select(OrganicArea.id).where(OrganicArea.slug == "hook")).one()
    entries = list_entries(session, thing=Thing("neighbourhood", thing_id), limit=9)
    assert [entry.action for entry in entries] == ["end_alias", "add_alias"] * 2


@pytest.mark.parametrize("name", ["Hook", "bend", "", "Bel 0612345678", "x" * 81])
def test_a_name_that_cannot_be_kept_comes_back_as_it_was_typed(
    enter: Callable[[str], FlaskClient], world: World, session: Session, name: str
) -> None:
    settle(world, "hook", -5, 2)
    settle(world, "bend", 3, 5)
    before = session.scalar(select(func.count()).select_from(PlaceName))
    status, page = send(enter("manager of A"), "/areas/hook/names", name=name)
    assert status == 400
    assert f'value="{name}" aria-invalid="true"' in page
    assert session.scalar(select(func.count()).select_from(PlaceName)) == before


# -- The examples --------------------------------------------------------------------------------


@pytest.mark.parametrize(("one", "other"), [("K-buurt", "G-buurt"), ("The Mills", "Saint-Élan")])
def test_in_the_examples_a_report_in_a_strip_shows_both(
    client: FlaskClient, demo_session: Session, one: str, other: str
) -> None:
    found = demo_session.execute(
        select(Defect.code)
        .join(OrganicArea, func.ST_Covers(OrganicArea.geom, Defect.point))
        .where(OrganicArea.name.in_([one, other]))
        .group_by(Defect.code)
        .having(func.count() == 2)
        .order_by(Defect.code)
    ).first()
    assert found is not None
    page = read(client, f"/defects/{found.code}")
    named = re.findall(r"Neighbourhood: (.*?)\. This place belongs to", page)
    assert named
    assert one in named[0]
    assert other in named[0]


def test_the_examples_have_a_core_a_common_ground_and_an_edge(client: FlaskClient) -> None:
    page = read(client, "/areas/k-buurt")
    sizes = re.findall(r"(?:Core|Most say so|Edge) (\d+) hectares", page)
    assert len(sizes) == 3
    assert all(int(size) > 5 for size in sizes)
    assert "3 drawings" in page
    assert "1 outline of a platform" in page
