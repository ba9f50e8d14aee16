"""What one more does, and what is lost where one goes: pages with who is reached before and after,
and never a spot where nobody knows what stands there."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from shapely import Point
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from geoapp.assets.rules import Kind, PhysicalStatus
from geoapp.completeness.rules import Known
from geoapp.plans.rules import PlaceKind
from geoapp.plans.rules import State as PlanState
from tests.conftest import count_queries
from tests.factories import Factory, stored
from tests.gap_world import GapWorld, make_world

ASKED = "kind=sport_court&norm=400"
EN = {"Accept-Language": "en"}


@pytest.fixture
def world(session: Session, make: Factory) -> GapWorld:
    """Three buurten with courts."""
    return make_world(session, make)


def see(client: FlaskClient, path: str, status: int = 200) -> str:
    """The words of a page."""
    answer = client.get(path, headers=EN)
    assert answer.status_code == status, answer.text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def more(client: FlaskClient, query: str = "", status: int = 200) -> str:
    """The words of the page of the best spots."""
    return see(client, f"/districts/oost/gaps/more?{ASKED}&{query}", status)


def plan(world: GapWorld, title: str, column: float, row: float, **values: object) -> None:
    """A plan at a spot that everybody may see."""
    told = {"title": title, "state": PlanState.PLAN, "kind": Kind.SPORT_COURT, **values}
    spot = stored(Point(*world.lonlat(column, row)))
    world.make.plan_item(district_id=world.district.id, place=PlaceKind.POINT, geom=spot, **told)


@pytest.mark.usefixtures("world")
def test_the_best_spot_of_all_is_told_with_who_is_near_then(own_client: FlaskClient) -> None:
    page = more(own_client, "n=1")
    assert "The best spots" in page
    assert "Near for so many more (Families) 60" in page
    assert re.search(r"West Near now 40 More 60 Near then 100", page)
    assert "No spot is proposed" not in page


def test_of_plans_the_one_that_does_most_comes_first(
    own_client: FlaskClient, world: GapWorld
) -> None:
    plan(world, "A court at the edge", 9, 0)
    plan(world, "A court in the middle", 6.5, 0)
    plan(world, "A bench", 6.5, 0, kind=Kind.BENCH)
    plan(world, "Only an idea", 6.5, 0, state=PlanState.IDEA)
    page = more(own_client, "spots=plans&n=3")
    assert page.index("A court in the middle") < page.index("Where does this come from?")
    assert "A bench" not in page
    assert "Only an idea" not in page
    # The second reaches nobody whom the first does not.
    assert "A court at the edge" not in page


@pytest.mark.usefixtures("world")
def test_without_plans_it_says_so_and_offers_the_rest(own_client: FlaskClient) -> None:
    page = more(own_client, "spots=plans")
    assert "No spot is proposed. There is no plan with a spot for this yet." in page


def test_nothing_is_proposed_where_we_do_not_know(own_client: FlaskClient, world: GapWorld) -> None:
    plan(world, "In the unknown", 15, 0)
    page = more(own_client, "spots=plans")
    assert "No spot is proposed. Nothing can be said: we do not know what stands there." in page
    for name in ("West", "South"):
        world.say(name, Known.UNKNOWN)
    assert "No spot is proposed" in more(own_client)


def test_where_everybody_has_one_near_it_says_so(own_client: FlaskClient, world: GapWorld) -> None:
    for column in (3, 7, 9):
        world.add_court(f"More {column}", column, 0)
        world.add_court(f"South {column}", column, -20)
    assert "Wherever we know what stands there, everybody has one near." in more(own_client)


def test_who_are_fewer_than_five_are_told_by_no_number(
    own_client: FlaskClient, world: GapWorld
) -> None:
    # Three of South have one near, which no number may tell; twenty more would have.
    page = more(own_client, "n=2")
    assert re.search(r"South Near now not told More Near then 23", page)
    world.add_area("North", 30, [4.0])
    world.say("North", Known.COMPLETE)
    page = more(own_client, "n=3")
    assert re.search(r"North Near now 0 More fewer than 5 Near then ", page)


def test_neighbourhoods_as_residents_know_them_are_told_as_well(
    own_client: FlaskClient, world: GapWorld
) -> None:
    shape = world.areas["West"].geom
    world.make.organic_area(district_id=world.district.id, name="Our streets", geom=shape)
    page = more(own_client, "n=1")
    assert "These neighbourhoods overlap: a home can count in two." in page
    assert re.search(r"Our streets Near now 40 More 60 Near then 100", page)


def test_money_that_could_pay_is_named(own_client: FlaskClient, world: GapWorld) -> None:
    for name, earmarks in (("Play money", ["play_sport"]), ("Green money", ["green"])):
        world.make.budget_line(
            district_id=world.district.id, name=name, earmarks=earmarks, platform_id=None
        )
    page = more(own_client, "n=1")
    assert "Play money" in page
    assert "Green money" not in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("n=9", "Give a number from 1 to 5."),
        ("n=x", "Give a number from 1 to 5."),
        ("spots=moon", "Choose one of these: plans, grid."),
        ("kind=castle&n=1", "There is no kind called castle"),
        ("kind=platform", "A platform has no spot"),
    ],
)
@pytest.mark.usefixtures("world")
def test_what_cannot_be_asked_says_what_to_do(
    own_client: FlaskClient, query: str, words: str
) -> None:
    asked = query if "kind=" in query else f"{ASKED}&{query}"
    assert words in see(own_client, f"/districts/oost/gaps/more?{asked}", 400)


def test_a_page_of_five_asks_a_bounded_number_of_times(
    engine: Engine, own_client: FlaskClient, world: GapWorld
) -> None:
    with count_queries(engine) as few:
        more(own_client, "n=1")
    for number in range(6):
        world.add_area(f"{number} more", 40 + 10 * number, [10.0] * 3)
        world.say(f"{number} more", Known.COMPLETE)
    with count_queries(engine) as many:
        page = more(own_client, "n=5")
    assert page.count("Show me the way") == 5
    assert len(many) <= len(few) + 4 * 8


# -- What is lost ----------------------------------------------------------------------------------


def test_who_has_no_other_near_is_told_by_buurt_with_how_far_the_next_is(
    own_client: FlaskClient, world: GapWorld
) -> None:
    world.add_court("Second", 9, 0)
    page = see(own_client, "/assets/22-222/loss?norm=400")
    # Of ten squares the first four have only this one; from there it is 780 to 1,170 m.
    assert "40 have this one near and no other (Families)." in page
    assert "780 metres to 1,170 metres" in page
    assert "100 (Families). Where we do not know what stands there, nobody is counted." in page


@pytest.mark.usefixtures("world")
def test_fewer_than_five_who_lose_are_told_by_no_number(own_client: FlaskClient) -> None:
    page = see(own_client, "/assets/33-333/loss?norm=400")
    assert "fewer than 5 have this one near and no other" in page
    assert "metres to" not in page


def test_where_there_is_another_nobody_loses(own_client: FlaskClient, world: GapWorld) -> None:
    world.add_court("Beside", 0, 0)
    page = see(own_client, "/assets/22-222/loss?norm=400")
    assert "As far as we know nobody loses" in page


def test_what_is_out_of_use_is_lost_for_nobody(own_client: FlaskClient, world: GapWorld) -> None:
    world.courts["First court"].physical_status = PhysicalStatus.OUT_OF_ORDER
    world.session.flush()
    page = see(own_client, "/assets/22-222/loss?norm=400")
    assert "This counts for nobody now" in page


@pytest.mark.usefixtures("world")
def test_the_loss_is_asked_of_what_it_is_and_with_any_distance(own_client: FlaskClient) -> None:
    assert "Sports court" in see(own_client, "/assets/22-222/loss?kind=bench")
    assert "Give a distance" in see(own_client, "/assets/22-222/loss?norm=3", 400)
    assert see(own_client, "/assets/99-999/loss", 404)


@pytest.mark.usefixtures("world")
def test_the_page_of_a_thing_leads_to_what_is_lost(own_client: FlaskClient) -> None:
    page = own_client.get("/assets/22-222").text
    assert 'href="/assets/22-222/loss"' in page
