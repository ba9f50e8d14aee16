"""Putting things on the map, moving them, drawing their outline: by whom, checked, and once."""

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from threading import Barrier, Thread
from typing import Any

import pytest
from flask.testing import FlaskClient
from geoalchemy2.shape import to_shape
from shapely import Point, box
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.assets.queries import get_asset
from geoapp.assets.rules import AssetEventKind, Kind, PhysicalStatus
from geoapp.assets.tables import Asset, AssetEvent, MaintenanceDuty
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine, transaction
from geoapp.districts.queries import get_district
from geoapp.errors import Invalid, Stale
from geoapp.exchange.reading.outlines import read_outline, write_outline
from geoapp.geo.shapes import MAX_VERTICES
from geoapp.ledger.audit import list_entries
from geoapp.ledger.chain import Doer, Thing
from geoapp.people.rules import Role
from geoapp.placing.actions import NewThing, Placer, move_asset, place_asset
from geoapp.placing.queries import list_kept, read_drawn
from geoapp.placing.rules import count_up, is_how_far, write_how_far
from tests.conftest import NOW, count_queries
from tests.factories import LAT, LON, Factory, stored
from tests.world import World

pytest_plugins = ("tests.desks",)

TODAY = date(2026, 11, 21)
# About 0.7 and 1.1 metres.
STEP = 0.00001


Enter = Callable[[str], FlaskClient]


def read(client: FlaskClient, path: str) -> str:
    """A page's words in English, as a person reads them."""
    answer = client.get(f"{path}{'&' if '?' in path else '?'}lang=en")
    assert answer.status_code == 200, answer.text
    return " ".join(re.sub("<[^>]+>", " ", answer.text).split())


def hidden_of(page: str) -> dict[str, str]:
    """What a form sends along by itself."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))


NEW = {
    "kind": "cabinet",
    "name": "Cabinet at the tree park",
    "physical_status": "in_use",
    "organisation": "org-a",
    "covers": "operation",
}


def place(
    client: FlaskClient, *, lat: float = LAT + 0.01, lon: float = LON, **fields: Any
) -> tuple[int, str]:
    """Fill the form at a place, and send it; status, and where it leads or the page."""
    page = client.get("/assets/new", query_string={"lat": f"{lat:.7f}", "lon": f"{lon:.7f}"}).text
    answer = client.post("/assets/new", data={**hidden_of(page), **NEW, **fields})
    return answer.status_code, answer.headers.get("Location", answer.text)


def code_of(url: str) -> str:
    """The code in the address of what was placed."""
    return url.split("/")[-2]


# -- Placing -----------------------------------------------------------------------------------


def test_a_new_thing_has_its_owner_keeper_source_and_history(
    enter: Enter, session: Session, world: World
) -> None:
    covers = ["operation", "cleaning"]
    manager = enter("manager of A")
    status, url = place(manager, covers=covers, is_owner="1", detail_material="Steel")
    assert status == 303
    asset = session.scalars(select(Asset).where(Asset.code == code_of(url))).one()
    assert (asset.kind, asset.name, asset.owner_id) == (Kind.CABINET, NEW["name"], world.org_a.id)
    assert (asset.source, asset.licence) == (f"Register {world.org_a.name}", "CC0 1.0")
    assert (asset.details, asset.last_seen_on) == ({"material": "Steel"}, TODAY)
    assert to_shape(asset.point).equals_exact(Point(LON, LAT + 0.01), 1e-6)
    duty = session.scalars(select(MaintenanceDuty).filter_by(asset_id=asset.id)).one()
    assert (duty.organisation_id, duty.covers) == (world.org_a.id, ["cleaning", "operation"])
    event = session.scalars(select(AssetEvent).filter_by(asset_id=asset.id)).one()
    assert (event.kind, event.happened_on) == (AssetEventKind.SEEN, TODAY)
    (entry,) = list_entries(session, thing=Thing("asset", asset.id), limit=9)
    assert entry.action == "place_asset"
    assert entry.doer is not None
    assert entry.doer.label == Role.PLATFORM_MANAGER
    assert "Cabinet at the tree park" in read(enter("anonymous"), f"/assets/{asset.code}")


def test_what_is_to_come_is_planned_and_was_never_seen(enter: Enter, session: Session) -> None:
    _, url = place(enter("manager of A"), physical_status="planned")
    asset = session.scalars(select(Asset).where(Asset.code == code_of(url))).one()
    assert (asset.physical_status, asset.last_seen_on) == (PhysicalStatus.PLANNED, None)
    event = session.scalars(select(AssetEvent).filter_by(asset_id=asset.id)).one()
    assert event.kind is AssetEventKind.PLANNED


def test_an_officer_places_for_anybody_of_the_district_or_for_nobody(
    enter: Enter, session: Session
) -> None:
    officer = enter("officer here")
    assert place(officer, organisation="org-b")[0] == 303
    status, url = place(officer, organisation="", lat=LAT + 0.02)
    asset = session.scalars(select(Asset).where(Asset.code == code_of(url))).one()
    assert (status, asset.owner_id) == (303, None)
    assert session.scalar(select(func.count()).where(MaintenanceDuty.asset_id == asset.id)) == 0


def test_support_places_for_the_platform_that_lets_it_and_is_seen_to(
    enter: Enter, session: Session
) -> None:
    status, url = place(enter("supporter"))
    asset = session.scalars(select(Asset).where(Asset.code == code_of(url))).one()
    (entry,) = list_entries(session, thing=Thing("asset", asset.id), limit=9)
    assert entry.doer is not None
    assert (status, entry.doer.acting_for) == (303, "org-a")


def test_nobody_places_for_an_organisation_that_is_not_theirs(
    enter: Enter, session: Session
) -> None:
    before = session.scalar(select(func.count()).select_from(Asset))
    tried = (
        ("manager of A", "org-b"),
        ("manager of A", ""),
        ("officer there", "org-a"),
        ("manager of A", "org-c"),
        ("manager of A", "nobody"),
    )
    manager = enter("manager of A")
    page = manager.get(f"/assets/new?lat={LAT}&lon={LON}").text
    assert [enter_status(enter(who), page, organisation=slug) for who, slug in tried] == [
        403,
        403,
        403,
        400,
        400,
    ]
    assert session.scalar(select(func.count()).select_from(Asset)) == before
    assert "org-b" not in page


def enter_status(client: FlaskClient, page: str, **fields: str) -> int:
    """The status of a form that was made by hand; another's form has another's token."""
    own = client.get("/account").text
    token = re.findall(r'name="csrf_token" value="([^"]*)"', own)[0]
    fields = {**hidden_of(page), **NEW, **fields, "csrf_token": token}
    return client.post("/assets/new", data=fields).status_code


def test_a_form_sent_twice_puts_one_thing_on_the_map(enter: Enter, session: Session) -> None:
    manager = enter("manager of A")
    page = manager.get(f"/assets/new?lat={LAT + 0.01}&lon={LON}").text
    fields = {**hidden_of(page), **NEW}
    first, second = (manager.post("/assets/new", data=fields) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    other = manager.post("/assets/new", data={**fields, "name": "Another"})
    assert other.status_code == 409
    assert 'value="Another"' in other.text
    assert hidden_of(other.text)["key"] != fields["key"]
    assert session.scalar(select(func.count()).where(Asset.name == NEW["name"])) == 1


def test_what_stands_there_already_is_shown_before_it_is_added_all_the_same(enter: Enter) -> None:
    manager = enter("manager of A")
    _, url = place(manager)
    near = LAT + 0.01 + 5 * STEP
    status, page = place(manager, lat=near, name="The same?")
    assert status == 409
    assert f'href="/assets/{code_of(url)}"' in page
    sure = hidden_of(page)
    assert sure["is_sure"] == "1"
    assert manager.post("/assets/new", data={**NEW, **sure, "name": "Two"}).status_code == 303
    assert place(manager, lat=near, kind="bench", name="A bench")[0] == 303
    assert place(manager, lat=LAT + 0.01 + 20 * STEP, name="Far enough")[0] == 303


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"name": "  "}, "Give it a name"),
    ({"name": "x" * 121}, "at most 120 letters"),
    ({"kind": "castle"}, "Say what it is"),
    ({"physical_status": "removed"}, "is to come"),
    ({"covers": []}, "what they do for it"),
    ({"kind": "bin", "detail_volume_l": "many"}, "whole number"),
    ({"key": "x"}, "The key must be"),
    ({"lat": "NaN"}, "lat must be a number"),
    ({"lon": "inf"}, "lon must be a number"),
    ({"lat": "1e999"}, "lat must be a number"),
    ({"lat": f"{LAT + 1}"}, "lies outside"),
    ({"lat": f"{LON}", "lon": f"{LAT}"}, "wrong way round"),
    ({"csrf_token": "x"}, "open for too long"),
)


def test_what_cannot_be_placed_comes_back_as_it_was_typed(enter: Enter, session: Session) -> None:
    manager = enter("manager of A")
    before = session.scalar(select(func.count()).select_from(Asset))
    page = manager.get(f"/assets/new?lat={LAT + 0.01}&lon={LON}").text
    for fields, says in WRONG:
        sent = {**hidden_of(page), **NEW, **fields}
        answer = manager.post("/assets/new?lang=en", data=sent)
        assert (answer.status_code, says in answer.text) == (400, True), (fields, answer.text)
    assert session.scalar(select(func.count()).select_from(Asset)) == before


def test_one_more_like_this_asks_for_a_place_alone(enter: Enter, session: Session) -> None:
    manager = enter("manager of A")
    given: dict[str, Any] = {"covers": ["device", "cleaning"], "detail_material": "Wood"}
    _, url = place(manager, name="Cabinet", is_owner="1", **given)
    for number in range(2, 9):
        done = manager.get(url).text
        (again,) = re.findall(r'href="(/assets/new\?[^"]*like=[^"]+)"', done)
        where = manager.get(again.replace("&amp;", "&")).text
        spot = {**hidden_of(where), "lat": f"{LAT + number / 1000:.7f}", "lon": f"{LON:.7f}"}
        form = manager.get("/assets/new", query_string=spot).text
        assert f'value="Cabinet {number}"' in form
        checked = re.findall(r'<input type="checkbox" name="\w+" value="(\w+)" checked', form)
        assert checked == ["1", "device", "cleaning"]
        same = {**given, "is_owner": "1", "name": f"Cabinet {number}"}
        sent = {**hidden_of(form), **NEW, **same}
        assert 'value="Wood"' in form
        url = manager.post("/assets/new", data=sent).headers["Location"]
    names = session.scalars(select(Asset.name).where(Asset.kind == Kind.CABINET)).all()
    assert len(set(names)) == 8


def test_who_only_cleans_what_they_placed_is_led_to_its_page(enter: Enter) -> None:
    manager = enter("manager of A")
    status, url = place(manager, covers="cleaning")
    assert (status, manager.get(url).status_code) == (303, 200)
    assert not url.endswith("placed")


def test_names_are_counted_up() -> None:
    told = {"Case": "Case 2", "Case 2": "Case 3", "Case 9": "Case 10", "K5": "K 6", "Flat 360": ""}
    assert {name: count_up(name) for name in told} == {**told, "Flat 360": "Flat 360 2"}


def test_without_javascript_a_place_is_typed_or_found_by_name(enter: Enter, world: World) -> None:
    manager = enter("manager of A")
    world.make.asset(district_id=world.here.id, name="Tree park", geom=stored(Point(LON, LAT)))
    page = manager.get("/assets/new?kind=cabinet&organisation=org-a&q=tree").text
    (found,) = re.findall(r'href="(/assets/new\?[^"]*at=[^"]*)"', page)
    near = manager.get(found.replace("&amp;", "&")).text
    (chosen,) = re.findall(r'class="btn go" href="(/assets/new\?[^"]*lat=[^"]*)"', near)
    form = manager.get(chosen.replace("&amp;", "&")).text
    assert '<option value="cabinet" selected>' in form
    assert 'name="lat" value="52.0000000"' in form
    assert 'id="typed-lat"' in page
    outside = manager.get("/assets/new?lat=10&lon=10&lang=en").text
    assert "lies outside" in outside
    assert 'name="lat" value="10"' in outside


def test_a_spot_is_read_back_with_what_stands_there(enter: Enter) -> None:
    manager = enter("manager of A")
    _, url = place(manager)
    spot = f"/assets/new/spot?lat={LAT + 0.01}&lon={LON}&kind=cabinet"
    assert f'href="/assets/{code_of(url)}"' in manager.get(spot).text
    assert "Here stands already" not in read(manager, spot.replace("cabinet", "bench"))
    assert "data-inside" not in manager.get("/assets/new/spot?lat=10&lon=10").text


# -- What an organisation keeps ----------------------------------------------------------------


def test_the_list_has_what_is_owned_or_kept_today_and_no_more(
    enter: Enter, world: World, court: Asset
) -> None:
    make, here = world.make, {"district_id": world.here.id}
    own = make.asset(name="Own bench", owner_id=world.contractor.id, **here)
    over = make.asset(name="Was kept", **here)
    make.duty(asset_id=over.id, organisation_id=world.contractor.id, until=date(2026, 11, 1))
    gone = {"physical_status": PhysicalStatus.REMOVED, "owner_id": world.contractor.id}
    make.asset(name="Taken away", **gone, **here)
    for _ in range(2):
        make.defect(asset_id=own.id, addressee_id=world.contractor.id, **here)
    page = read(enter("maintainer"), "/organisations/contractor/assets")
    assert "Own bench owns it" in page
    assert "2 open reports" in page
    kept = world.assets["kept by the contractor"][0]
    assert f"{kept.name} opens and runs it" in page
    assert not [name for name in ("Was kept", "Taken away", court.name) if name in page]


def test_the_list_goes_on_by_name_and_asks_as_much_for_fifty_as_for_one(
    enter: Enter, world: World, session: Session, engine: Engine
) -> None:
    maintainer = enter("maintainer")
    address = "/organisations/contractor/assets"
    maintainer.get(address)
    with count_queries(engine) as one:
        maintainer.get(address)
    for number in range(60):
        world.make.asset(
            name=f"Long bench {number:02}", owner_id=world.contractor.id, district_id=world.here.id
        )
    session.flush()
    with count_queries(engine) as many:
        page = maintainer.get(address).text
    assert len(many) == len(one)
    names: list[str] = []
    while True:
        names += re.findall(r'<h2 class="h3" dir="auto">(.*?)</h2>', page)
        found = re.findall(r'class="btn" href="([^"]*\?after=[^"]*)"', page)
        if not found:
            break
        page = maintainer.get(found[0]).text
    assert len(names) == len(set(names)) == 61
    assert names == sorted(names)
    assert maintainer.get(f"{address}?after=nowhere").status_code == 200


def test_who_looks_after_things_finds_them_from_their_account(enter: Enter) -> None:
    address = 'href="/organisations/org-a/assets"'
    shown = {name: address in enter(name).get("/account").text for name in PEOPLE}
    assert shown == PEOPLE
    assert "/assets/new" in enter("manager of A").get("/organisations/org-a/assets").text
    assert "/assets/new" not in enter("member of A").get("/organisations/org-a/assets").text


def test_the_list_leads_to_managing_a_thing_whoever_may_and_else_to_its_page(
    enter: Enter, court: Asset
) -> None:
    managed = f'href="/assets/{court.code}/manage"'
    assert managed in enter("manager of A").get("/organisations/org-a/assets").text
    seen = enter("member of A").get("/organisations/org-a/assets").text
    assert managed not in seen
    assert f'href="/assets/{court.code}"' in seen


PEOPLE = {"manager of A": True, "member of A": True, "supporter": True, "maintainer": False}


# -- Moving ------------------------------------------------------------------------------------


def move(client: FlaskClient, asset: Asset, lat: float, **fields: str) -> tuple[int, str]:
    """Choose another place and send it; status, and where it leads or the page."""
    address = f"/assets/{asset.code}/place"
    page = client.get(address, query_string={"lat": f"{lat:.7f}", "lon": f"{LON:.7f}"}).text
    answer = client.post(f"{address}?lang=en", data={**hidden_of(page), **fields})
    return answer.status_code, answer.headers.get("Location", answer.text)


def test_a_thing_that_is_moved_says_how_far_and_why(
    enter: Enter, court: Asset, session: Session
) -> None:
    status, url = move(enter("manager of A"), court, LAT + 0.0003145, note="Roots in the way.")
    assert (status, url) == (303, f"/assets/{court.code}")
    session.refresh(court)
    assert to_shape(court.point).equals_exact(Point(LON, LAT + 0.0003145), 1e-6)
    assert "Moved, 35 m. Roots in the way." in read(enter("anonymous"), url)
    (entry,) = list_entries(session, thing=Thing("asset", court.id), limit=9)
    assert entry.told is not None
    assert (entry.action, entry.told.before) == ("move_asset", {"place": "52.000000, 5.000000"})


def test_a_move_of_before_keeps_its_own_words() -> None:
    assert is_how_far(write_how_far(35.4, "Why.\nSo."))
    assert is_how_far(write_how_far(0.2, ""))
    assert not is_how_far("Thirty metres. The pavement was dug up.")
    assert not is_how_far("3 months ago it was moved.")


def test_an_outline_moves_along_and_keeps_its_size(
    enter: Enter, court: Asset, session: Session
) -> None:
    court.geom = stored(box(LON, LAT, LON + 0.0004, LAT + 0.0002))
    session.flush()
    assert move(enter("manager of A"), court, LAT + 0.01)[0] == 303
    session.refresh(court)
    west, south, east, north = to_shape(court.geom).bounds
    assert (east - west, north - south) == pytest.approx((0.0004, 0.0002), rel=0.01)
    assert south == pytest.approx(LAT + 0.01 - 0.0001, abs=1e-6)


def test_a_thing_stays_within_its_district(enter: Enter, court: Asset) -> None:
    manager = enter("manager of A")
    page = manager.get(f"/assets/{court.code}/place?lat={LAT}&lon={LON}").text
    wrong = {
        (f"{LAT + 1}", f"{LON}"): "lies outside",
        (f"{LON}", f"{LAT}"): "wrong way round",
        ("NaN", "5"): "must be a number",
        ("52", "inf"): "must be a number",
    }
    for (lat, lon), says in wrong.items():
        sent = {**hidden_of(page), "lat": lat, "lon": lon}
        answer = manager.post(f"/assets/{court.code}/place?lang=en", data=sent)
        assert (answer.status_code, says in answer.text) == (400, True), answer.text


def test_who_moves_what_somebody_moved_meanwhile_is_told(
    enter: Enter, court: Asset, session: Session
) -> None:
    officer, manager = enter("officer here"), enter("manager of A")
    page = manager.get(f"/assets/{court.code}/place?lat={LAT + 0.001}&lon={LON}").text
    assert move(officer, court, LAT + 0.002)[0] == 303
    late = manager.post(f"/assets/{court.code}/place?lang=en", data=hidden_of(page))
    assert late.status_code == 412
    assert "Somebody moved or drew it" in late.text
    assert manager.post(f"/assets/{court.code}/place", data=hidden_of(late.text)).status_code == 303
    kinds = session.scalars(select(AssetEvent.kind).filter_by(asset_id=court.id)).all()
    assert kinds == [AssetEventKind.MOVED] * 2


@pytest.fixture(scope="module")
def own_engine(make_database: Callable[[str], str]) -> Iterator[Engine]:
    """A database that nobody else sees: what is raced is committed, and histories stay."""
    made = make_engine(make_database("placed"))
    migrate(made, metadata())
    yield made
    made.dispose()


BY = Placer(Doer(None, "command"), None, NOW, TODAY)


def race(engine: Engine, act: Callable[[Session, int], object]) -> list[object]:
    """What comes of it where four do it at once: what `act` gives, or the kind of the refusal."""
    came: list[object] = []
    start = Barrier(4)

    def run(number: int) -> None:
        start.wait()
        try:
            with transaction(engine) as own:
                found = act(own, number)
            came.append(found)
        except Stale as stale:
            came.append(type(stale))

    threads = [Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


def test_of_many_who_move_it_at_once_one_does(own_engine: Engine) -> None:
    with transaction(own_engine) as session:
        asset = get_asset(session, code=Factory(session).asset(kind=Kind.BENCH).code)
        here = get_district(session, slug=asset.district)
        version = read_drawn(session, asset_id=asset.id).version

    def move_it(own: Session, number: int) -> float:
        to = Point(LON, LAT + (number + 1) / 1000)
        return move_asset(own, place=here, asset=asset, to=to, told=(version, ""), by=BY)

    came = race(own_engine, move_it)
    assert came.count(Stale) == 3
    with transaction(own_engine) as session:
        events = select(func.count()).where(AssetEvent.asset_id == asset.id)
        assert session.scalar(events) == 1


def test_a_form_sent_four_times_at_once_puts_one_thing_on_the_map(own_engine: Engine) -> None:
    with transaction(own_engine) as session:
        here = get_district(session, slug=Factory(session).district(slug="once").slug)
    thing = NewThing(Kind.CABINET, "Raced", LON, LAT)

    def place_it(own: Session, _: int) -> str:
        return place_asset(own, place=here, thing=thing, by=BY, key="12345678")

    assert len(set(race(own_engine, place_it))) == 1
    with transaction(own_engine) as session:
        assert session.scalar(select(func.count()).where(Asset.name == "Raced")) == 1


# -- The outline -------------------------------------------------------------------------------

SQUARE = "52.0000000, 5.0000000\n52.0000000, 5.0003000\n52.0002000, 5.0003000\n52.0002000, 5.0"


def outline(client: FlaskClient, asset: Asset, words: str) -> tuple[int, str]:
    """Send an outline; status and page."""
    address = f"/assets/{asset.code}/outline"
    page = client.get(address).text
    answer = client.post(f"{address}?lang=en", data={**hidden_of(page), "outline": words})
    return answer.status_code, answer.text


def test_an_outline_is_kept_and_its_size_read_back(
    enter: Enter, court: Asset, session: Session
) -> None:
    manager = enter("manager of A")
    assert outline(manager, court, SQUARE)[0] == 303
    page = read(manager, f"/assets/{court.code}/outline")
    assert "On the map: 458 m²" in page
    assert "52.0002000, 5.0003000" in page
    assert "Size in square metres 458" in read(enter("anonymous"), f"/assets/{court.code}")
    (entry,) = list_entries(session, thing=Thing("asset", court.id), limit=9)
    assert entry.action == "draw_outline"


BOW_TIE = "52.0, 5.0\n52.0002, 5.0003\n52.0002, 5.0\n52.0, 5.0003"
MANY = "\n".join(f"{LAT + number / 1e7:.7f}, {LON}" for number in range(MAX_VERTICES + 1))
REFUSED = {
    BOW_TIE: "touches itself at 52.000100, 5.000150",
    MANY: "more than 10,000 corners",
    "\n".join(f"5.0{n}, 52.0{n * n}" for n in range(3)): "wrong way round",
    "120000, 480000\n120000, 480010\n120010, 480010": "latitude in degrees",
    "52.0, NaN\n52.1, 5.0\n52.1, 5.1": "Line 1 is no corner",
    "52.0, 5.0\n52.0, inf\n52.1, 5.1": "Line 2 is no corner",
    "52.0, 5.0\n52.0, 5.0\n52.1, 5.1": "three corners or more",
    "": "three corners or more",
    SQUARE.replace("52.", "53."): "lies outside",
    SQUARE.replace("52.0", "52.05"): "metres from the pin",
    '{"type": "Point", "coordinates": [5, 52]}': "An outline is an area",
    '{"type": "Polygon", "coordinates": [[[5, 52], [5.1, NaN]]]}': "NaN for a number",
    '{"type": "Polygon", "coordinates": [[[5, 52], [5.1, 52], [5, 52.1]]]}': "not closed",
    '{"type": "LineString", "coordinates": [[5, 52], [5.1, 52]]}': "must be a point or an area",
    '{"type": "FeatureCollection", "features": []}': "one thing alone",
    '{"type": "Polygon"': "damaged",
    "[" * 50: "Line 1 is no corner",
}


@pytest.mark.parametrize("words", REFUSED, ids=REFUSED.values())
def test_what_is_no_outline_is_refused_with_the_reason_and_the_place(
    words: str, enter: Enter, court: Asset, session: Session
) -> None:
    status, page = outline(enter("manager of A"), court, words)
    assert (status, REFUSED[words] in page) == (400, True), page[:3000]
    assert words[:40].split("\n")[0] in page.replace("&#34;", '"')
    session.refresh(court)
    assert to_shape(court.geom).geom_type == "Point"


GEOJSON = (
    '{"type": "Polygon", "coordinates": [[[5.0, 52.0], [5.0003, 52.0], [5.0003, 52.0002], '
    "[5.0, 52.0002], [5.0, 52.0]], [[5.0001, 52.0001], [5.0002, 52.0001], [5.0002, 52.00015], "
    "[5.0001, 52.0001]]]}"
)


def test_pasted_geojson_keeps_its_holes_and_comes_back_as_it_was(
    enter: Enter, court: Asset, session: Session
) -> None:
    manager = enter("manager of A")
    for words in (GEOJSON, f'{{"type": "Feature", "properties": null, "geometry": {GEOJSON}}}'):
        assert outline(manager, court, words)[0] == 303
        session.refresh(court)
        drawn = to_shape(court.geom)
        assert len(drawn.interiors) == 1  # type: ignore[attr-defined]  # it is a polygon here
        assert read_outline(write_outline(drawn)).equals(drawn)


def test_corners_are_read_as_people_type_them() -> None:
    square = read_outline(SQUARE)
    for mark in (" ", "; ", " , ", "\t"):
        assert read_outline(f"\n{SQUARE.replace(', ', mark)}\r\n\n").equals(square)
    assert read_outline(write_outline(square)).equals(square)
    with pytest.raises(Invalid, match="10,000"):
        read_outline(" 52.0, 5.0\n" * 200_000)


def test_a_bench_has_no_outline_and_who_may_not_draws_none(
    enter: Enter, court: Asset, world: World
) -> None:
    bench = world.make.asset(district_id=world.here.id, owner_id=world.org_a.id, kind=Kind.BENCH)
    assert enter("manager of A").get(f"/assets/{bench.code}/outline").status_code == 404
    for name, status in (("manager of B", 403), ("anonymous", 401), ("member of A", 403)):
        assert enter(name).get(f"/assets/{court.code}/outline").status_code == status


def test_an_outline_drawn_over_somebody_elses_is_told(enter: Enter, court: Asset) -> None:
    officer, manager = enter("officer here"), enter("manager of A")
    page = manager.get(f"/assets/{court.code}/outline").text
    assert outline(officer, court, SQUARE)[0] == 303
    sent = {**hidden_of(page), "outline": SQUARE.replace("5.0003", "5.0004")}
    late = manager.post(f"/assets/{court.code}/outline?lang=en", data=sent)
    assert late.status_code == 412
    assert "52.0002000, 5.0003000" in late.text
    assert "5.0004" in late.text


def test_only_the_page_with_the_editor_names_modules(enter: Enter, court: Asset) -> None:
    manager = enter("manager of A")
    page = manager.get(f"/assets/{court.code}/outline").text
    assert page.count('type="importmap"') == 1
    for path in (f"/assets/{court.code}/place", "/assets/new", f"/assets/{court.code}"):
        assert "importmap" not in manager.get(path).text


def test_the_list_of_nobody_is_empty(session: Session) -> None:
    nobody = uuid.uuid4()
    found = list_kept(session, organisation_id=nobody, today=TODAY, after=nobody, limit=5)
    assert (found.assets, found.next_id) == ([], None)
