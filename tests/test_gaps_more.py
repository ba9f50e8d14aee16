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
from geoapp.searches.actions import finish_search, take_search
from geoapp.searches.queries import get_search
from tests.conftest import NOW, count_queries
from tests.desks import Desk, post, token_of
from tests.factories import Factory, stored
from tests.gap_world import GapWorld, make_world
from tests.world import World

pytest_plugins = ("tests.desks",)

ASKED = "kind=sport_court&norm=400"
EN = {"Accept-Language": "en"}


@pytest.fixture
def town(session: Session, make: Factory) -> GapWorld:
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


def plan(town: GapWorld, title: str, column: float, row: float, **values: object) -> None:
    """A plan at a spot that everybody may see."""
    told = {"title": title, "state": PlanState.PLAN, "kind": Kind.SPORT_COURT, **values}
    spot = stored(Point(*town.lonlat(column, row)))
    town.make.plan_item(district_id=town.district.id, place=PlaceKind.POINT, geom=spot, **told)


@pytest.mark.usefixtures("town")
def test_the_best_spot_of_all_is_told_with_who_is_near_then(own_client: FlaskClient) -> None:
    page = more(own_client, "n=1")
    assert "The best spots" in page
    assert "Near for so many more (Families) 60" in page
    assert re.search(r"West Near now 40 More 60 Near then 100", page)
    assert "No spot is proposed" not in page


def test_of_plans_the_one_that_does_most_comes_first(
    own_client: FlaskClient, town: GapWorld
) -> None:
    plan(town, "A court at the edge", 9, 0)
    plan(town, "A court in the middle", 6.5, 0)
    plan(town, "A bench", 6.5, 0, kind=Kind.BENCH)
    plan(town, "Only an idea", 6.5, 0, state=PlanState.IDEA)
    page = more(own_client, "spots=plans&n=3")
    assert page.index("A court in the middle") < page.index("Where does this come from?")
    assert "A bench" not in page
    assert "Only an idea" not in page
    # The second reaches nobody whom the first does not.
    assert "A court at the edge" not in page


@pytest.mark.usefixtures("town")
def test_without_plans_it_says_so_and_offers_the_rest(own_client: FlaskClient) -> None:
    page = more(own_client, "spots=plans")
    assert "No spot is proposed. There is no plan with a spot for this yet." in page


def test_nothing_is_proposed_where_we_do_not_know(own_client: FlaskClient, town: GapWorld) -> None:
    plan(town, "In the unknown", 15, 0)
    page = more(own_client, "spots=plans")
    assert "No spot is proposed. Nothing can be said: we do not know what stands there." in page
    for name in ("West", "South"):
        town.say(name, Known.UNKNOWN)
    assert "No spot is proposed" in more(own_client)


def test_where_everybody_has_one_near_it_says_so(own_client: FlaskClient, town: GapWorld) -> None:
    for column in (3, 7, 9):
        town.add_court(f"More {column}", column, 0)
        town.add_court(f"South {column}", column, -20)
    assert "Wherever we know what stands there, everybody has one near." in more(own_client)


def test_who_are_fewer_than_five_are_told_by_no_number(
    own_client: FlaskClient, town: GapWorld
) -> None:
    # Three of South have one near, which no number may tell; twenty more would have.
    page = more(own_client, "n=2")
    assert re.search(r"South Near now not told More not told Near then not told", page)
    town.add_area("North", 30, [4.0])
    town.say("North", Known.COMPLETE)
    page = more(own_client, "n=3")
    assert re.search(r"North Near now 0 More fewer than 5 Near then ", page)


def test_neighbourhoods_as_residents_know_them_are_told_as_well(
    own_client: FlaskClient, town: GapWorld
) -> None:
    shape = town.areas["West"].geom
    town.make.organic_area(district_id=town.district.id, name="Our streets", geom=shape)
    page = more(own_client, "n=1")
    assert "These neighbourhoods overlap: a home can count in two." in page
    assert re.search(r"Our streets Near now 40 More 60 Near then 100", page)


def test_money_that_could_pay_is_named(own_client: FlaskClient, town: GapWorld) -> None:
    for name, earmarks in (("Play money", ["play_sport"]), ("Green money", ["green"])):
        town.make.budget_line(
            district_id=town.district.id, name=name, earmarks=earmarks, platform_id=None
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
@pytest.mark.usefixtures("town")
def test_what_cannot_be_asked_says_what_to_do(
    own_client: FlaskClient, query: str, words: str
) -> None:
    asked = query if "kind=" in query else f"{ASKED}&{query}"
    assert words in see(own_client, f"/districts/oost/gaps/more?{asked}", 400)


def test_a_page_of_five_asks_a_bounded_number_of_times(
    engine: Engine, own_client: FlaskClient, town: GapWorld
) -> None:
    with count_queries(engine) as few:
        more(own_client, "n=1")
    for number in range(6):
        town.add_area(f"{number} more", 40 + 10 * number, [10.0] * 3)
        town.say(f"{number} more", Known.COMPLETE)
    with count_queries(engine) as many:
        page = more(own_client, "n=5")
    assert page.count("Show me the way") == 5
    assert len(many) <= len(few) + 4 * 8


# -- What is lost ----------------------------------------------------------------------------------


def test_who_has_no_other_near_is_told_by_buurt_with_how_far_the_next_is(
    own_client: FlaskClient, town: GapWorld
) -> None:
    town.add_court("Second", 9, 0)
    page = see(own_client, "/assets/22-222/loss?norm=400")
    # Of ten squares the first four have only this one; from there it is 780 to 1,170 m.
    assert "40 have this one near and no other (Families)." in page
    assert "780 metres to 1,170 metres" in page
    assert "100 (Families). Where we do not know what stands there, nobody is counted." in page


@pytest.mark.usefixtures("town")
def test_fewer_than_five_who_lose_are_told_by_no_number(own_client: FlaskClient) -> None:
    page = see(own_client, "/assets/33-333/loss?norm=400")
    assert "fewer than 5 have this one near and no other" in page
    assert "metres to" not in page


def test_where_there_is_another_nobody_loses(own_client: FlaskClient, town: GapWorld) -> None:
    town.add_court("Beside", 0, 0)
    page = see(own_client, "/assets/22-222/loss?norm=400")
    assert "As far as we know nobody loses" in page


def test_what_is_out_of_use_is_lost_for_nobody(own_client: FlaskClient, town: GapWorld) -> None:
    town.courts["First court"].physical_status = PhysicalStatus.OUT_OF_ORDER
    town.session.flush()
    page = see(own_client, "/assets/22-222/loss?norm=400")
    assert "This counts for nobody now" in page


@pytest.mark.usefixtures("town")
def test_the_loss_is_asked_of_what_it_is_and_with_any_distance(own_client: FlaskClient) -> None:
    assert "Sports court" in see(own_client, "/assets/22-222/loss?kind=bench")
    assert "Give a distance" in see(own_client, "/assets/22-222/loss?norm=3", 400)
    assert see(own_client, "/assets/99-999/loss", 404)


@pytest.mark.usefixtures("town")
def test_the_page_of_a_thing_leads_to_what_is_lost(own_client: FlaskClient) -> None:
    page = own_client.get("/assets/22-222").text
    assert 'href="/assets/22-222/loss"' in page


# -- Reckoned exactly ------------------------------------------------------------------------------

QUESTION = {"kind": "bench", "norm": "400", "n": "2", "spots": "grid"}


def ask_exactly(desk: Desk, world: World, name: str = "officer here") -> str:
    """The address of a search that somebody has asked for."""
    answer = post(desk.browser(name), f"/districts/{world.here.slug}/searches", **QUESTION)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_an_exact_answer_is_asked_for_waited_for_and_stopped(desk: Desk, world: World) -> None:
    officer = desk.browser("officer here")
    new = officer.get(f"/districts/{world.here.slug}/searches?kind=bench&norm=400&n=2").text
    assert "Reckon it exactly" in new
    address = ask_exactly(desk, world)
    waiting = officer.get(address).text
    assert "It waits for its turn." in waiting
    assert '<meta http-equiv="refresh" content="3">' in waiting
    assert post(officer, address).status_code == 303
    stopped = officer.get(address).text
    assert "It was stopped." in stopped
    assert "refresh" not in stopped


def test_one_asks_for_one_at_a_time(desk: Desk, world: World) -> None:
    ask_exactly(desk, world)
    address = f"/districts/{world.here.slug}/searches"
    assert post(desk.browser("officer here"), address, **QUESTION).status_code == 409


def test_only_who_asked_can_stop_it_and_only_some_may_ask(desk: Desk, world: World) -> None:
    address = ask_exactly(desk, world)
    manager = desk.browser("manager of A")
    assert "Stop it" not in manager.get(address).text
    token = token_of(manager.get(f"/districts/{world.here.slug}/searches?kind=bench").text)
    assert manager.post(address, data={"csrf_token": token}).status_code == 403
    for name, status in (("anonymous", 401), ("resident", 403), ("officer there", 403)):
        browser = desk.browser(name)
        assert browser.get(address).status_code == status, name
        new = f"/districts/{world.here.slug}/searches?kind=bench"
        assert browser.get(new).status_code == status, name


def test_what_was_found_stands_beside_the_quick_answer(
    desk: Desk, world: World, session: Session
) -> None:
    address = ask_exactly(desk, world)
    search = get_search(session, code=address.rsplit("/", 1)[-1])
    take_search(session, search_id=search.id)
    spot = {"name": "1 2", "lon": 5.0, "lat": 52.0, "amount": 30.0}
    found = {
        "picks": [spot],
        "greedy": [spot],
        "amount": 30.0,
        "greedy_amount": 20.0,
        "is_proven": True,
        "bound": 30.0,
        "before": [0, 60, 0],
        "after": [30, 30, 0],
        "grounds": [],
    }
    finish_search(session, search_id=search.id, found=found, now=NOW)
    session.commit()
    page = desk.browser("officer here").get(address).text
    assert "Here is the answer." in page
    assert "Near for 30 more (Families)." in page
    assert "One spot after the other did 20: so this gains 10." in page
    assert "It is proven: no choice does more." in page


def test_a_search_that_is_not_there_is_said(desk: Desk) -> None:
    assert desk.browser("officer here").get("/searches/GN-234").status_code == 404
