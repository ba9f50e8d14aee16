"""Claims: a platform is put forward from below, claims stand side by side, a commission chooses."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from shapely import box
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError, InternalError
from sqlalchemy.orm import Session

from geoapp.areas.queries import get_area
from geoapp.claims.queries import claims_of, list_choices
from geoapp.claims.rules import is_met, join_area
from geoapp.claims.tables import AreaChoice
from geoapp.errors import Invalid
from geoapp.geo.shapes import as_multipolygon
from geoapp.ledger.audit import list_entries, verify_chain
from geoapp.ledger.chain import Thing
from geoapp.people.queries import get_standing
from geoapp.people.rules import Permission, Role, Subject, may, seat_actor
from geoapp.people.tables import Membership, Organisation
from geoapp.platforms.tables import Platform, PlatformArea
from tests.conftest import NOW
from tests.desks import token_of
from tests.factories import Factory, area_shape, stored
from tests.world import TODAY, World

pytest_plugins = ("tests.desks",)

MOST_INPUTS = 7
NEW = {"name": "Plein Samen", "about": "Buren rond het plein.", "meets": "Elke maandag"}
SQUARE = "51.995, 4.995\n51.995, 5.002\n52.002, 5.002\n52.002, 4.995"
REASONS = {
    "reasons": "They are known in every street.",
    "interests": "Young and old were heard.",
    "still_possible": "Come again next year.",
    "body": "District commission",
    "decided_on": "2026-11-20",
}


def inputs_of(page: str) -> set[str]:
    """The names of what is asked in a page."""
    found = set()
    for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", page):
        name = re.search(r'name="([^"]+)"', tag)
        if name and 'type="hidden"' not in tag:
            found.add(name[1])
    return found


def hidden_of(page: str) -> dict[str, str]:
    """What a form carries along."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def put_forward(client: FlaskClient, **fields: Any) -> Any:
    """Both steps of a new platform of the district of the tests; the answer of the last."""
    where = "/platforms/new?district=here"
    token = token_of(client.get(where).text)
    said = {**NEW, **{name: fields.pop(name) for name in NEW if name in fields}}
    first = client.post(where, data={"csrf_token": token, "step": "words", **said})
    if first.status_code != 200:
        return first
    return client.post(where, data={**hidden_of(first.text), **said, **fields})


def choose(client: FlaskClient, area: str = "area-here", **fields: Any) -> Any:
    """Send the form of a choice."""
    path = f"/areas/{area}/claims/choose"
    page = client.get(path).text
    return client.post(path, data={**hidden_of(page), **REASONS, **fields})


# -- Put forward -------------------------------------------------------------------------------


def test_a_resident_puts_a_platform_forward_in_two_steps_and_manages_it(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    resident = enter("resident")
    answer = put_forward(resident, area=["area-here"])
    assert (answer.status_code, answer.headers["Location"]) == (303, "/platforms/plein-samen")
    platform = session.scalars(select(Platform).where(Platform.slug == "plein-samen")).one()
    area = session.scalars(
        select(PlatformArea).where(PlatformArea.platform_id == platform.id)
    ).one()
    assert (area.valid_from, area.valid_to) == (TODAY, None)
    held = session.scalars(
        select(Membership).where(Membership.organisation_id == platform.organisation_id)
    ).one()
    assert (held.person_id, held.role) == (
        world.people["resident"].person_id,
        Role.PLATFORM_MANAGER,
    )
    told = list_entries(session, thing=Thing("platform", platform.id), limit=2)
    assert [entry.action for entry in told] == ["claim_area"]
    assert verify_chain(session, thing=Thing("platform", platform.id)) == []
    page = enter("anonymous").get("/platforms/plein-samen").text
    assert "Buren rond het plein." in page
    assert "Put itself forward on 21 November." in page
    assert "Nobody has decided yet who speaks for this area." in page
    assert "others say so too" in page
    assert "Platform" in page
    assert resident.get("/platforms/plein-samen/edit").status_code == 200


def test_no_step_asks_for_more_than_seven_things(
    enter: Callable[[str], FlaskClient],
) -> None:
    resident, manager = enter("resident"), enter("manager of A")
    where = "/platforms/new?district=here"
    first = resident.get(where).text
    second = resident.post(where, data={**hidden_of(first), **NEW}).text
    pages = [
        first,
        second,
        manager.get("/platforms/platform-a/area").text,
        manager.get("/platforms/platform-a/mandates").text,
        enter("commission member").get("/areas/area-here/claims/choose").text,
    ]
    for page in pages:
        asked = inputs_of(page)
        assert 0 < len(asked) <= MOST_INPUTS, asked
    assert inputs_of(first).isdisjoint(inputs_of(second))


def test_an_area_can_be_drawn_or_ticked_or_both(
    enter: Callable[[str], FlaskClient], world: World, make: Factory, session: Session
) -> None:
    far = stored(area_shape(5.03, 51.99, 5.04, 52.0))
    make.official_area(slug="far-quarter", district_id=world.here.id, geom=far)
    answer = put_forward(enter("resident"), area=["far-quarter"], outline=SQUARE)
    assert answer.status_code == 303
    parts = session.scalar(
        select(func.ST_NumGeometries(PlatformArea.geom))
        .join(Platform, Platform.id == PlatformArea.platform_id)
        .where(Platform.slug == "plein-samen")
    )
    assert parts == 2


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": "  "}, "Give the platform a name"),
        ({"name": "!!!"}, "Give the platform a name"),
        ({"name": "P" * 81}, "Use at most 80 letters"),
        ({"about": ""}, "Say in a sentence who you are"),
        ({"about": "Bel ons op 06 1234 5678"}, "leave out phone numbers"),
        ({"name": "Platform 1", "area": ["area-here"]}, "has this name already"),
        ({}, "Choose an area from the list, or draw one"),
        ({"area": ["nowhere"]}, "Choose an area from the list, or draw one"),
        ({"outline": "51.9, 4.9"}, "give three corners or more"),
        ({"outline": "1, 1\n1, 2\n2, 2"}, "lies outside the district"),
        ({"outline": "52.0, 5.0\n52.001, 5.001\n52.0, 5.001\n52.001, 5.0"}, "not right"),
        ({"outline": '{"type": "Point", "coordinates": [5, 52]}'}, "must be a polygon"),
    ],
)
def test_what_cannot_be_kept_comes_back_as_it_was_typed(
    enter: Callable[[str], FlaskClient],
    world: World,
    session: Session,
    fields: dict[str, Any],
    says: str,
) -> None:
    world.platforms["platform-a"].name = "PLATFORM 1"
    world.platforms["platform-a"].search_key = "platform1"
    session.flush()
    before = session.scalar(select(func.count()).select_from(Platform))
    answer = put_forward(enter("resident"), **fields)
    assert answer.status_code == 400
    assert says in answer.text
    assert 'role="alert"' in answer.text
    for typed in {
        **NEW,
        **{name: said for name, said in fields.items() if name != "area"},
    }.values():
        assert typed.strip()[:20].replace('"', "&#34;") in answer.text
    assert session.scalar(select(func.count()).select_from(Platform)) == before


def test_one_person_puts_one_forward_in_thirty_days(
    enter: Callable[[str], FlaskClient], session: Session
) -> None:
    resident = enter("resident")
    assert put_forward(resident, area=["area-here"]).status_code == 303
    assert "less than 30 days ago" in resident.get("/platforms/new?district=here").text
    again = {**NEW, "name": "Nog een", "step": "where", "area": ["area-here"]}
    token = {"csrf_token": token_of(resident.get("/account").text)}
    refused = resident.post("/platforms/new?district=here", data={**token, **again})
    assert (refused.status_code, "one at a time" in refused.text) == (409, True)
    assert (
        put_forward(enter("other resident"), name="Nog een", area=["area-here"]).status_code == 303
    )
    session.execute(update(Platform).values(put_forward_at=NOW - timedelta(days=31)))
    assert put_forward(resident, name="Weer een", area=["area-here"]).status_code == 303


def test_a_name_in_addresses_is_given_once_and_never_that_of_a_page(
    enter: Callable[[str], FlaskClient], make: Factory, world: World
) -> None:
    make.organisation(slug="plein-samen", district_id=world.there.id)
    answer = put_forward(enter("resident"), area=["area-here"])
    assert answer.headers["Location"] == "/platforms/plein-samen-2"
    answer = put_forward(enter("other resident"), name="New", area=["area-here"])
    assert answer.headers["Location"] == "/platforms/new-2"


def test_who_wrote_themselves_in_acts_for_their_own_platform_alone_until_it_is_chosen(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    put_forward(enter("resident"), area=["area-here"])
    platform = session.scalars(select(Platform).where(Platform.slug == "plein-samen")).one()
    person_id = world.people["resident"].person_id
    assert person_id is not None
    here = Subject(district_id=world.here.id)
    own = Subject(world.here.id, frozenset({platform.organisation_id}))
    outside = (Permission.CHECK_DEFECT, Permission.REVIEW_RECOGNITION)
    wide = (*outside, Permission.SEE_CONTACT_PERSONS)

    def rights() -> list[bool]:
        session.expire_all()
        standing = get_standing(session, person_id=person_id, today=TODAY)
        assert standing is not None
        actor = seat_actor(standing, has_second_factor=False)
        assert may(actor, Permission.EDIT_PLATFORM, own)
        return [may(actor, permission, here) for permission in wide]

    assert rights() == [False, False, False]
    assert choose(enter("commission member"), platform="plein-samen").status_code == 303
    assert rights() == [True, True, True]


def test_the_name_of_who_put_it_forward_is_gone_with_them(make: Factory, session: Session) -> None:
    person = make.person()
    platform = make.platform(put_forward_by=person.id, put_forward_at=NOW)
    session.delete(person)
    session.flush()
    session.refresh(platform)
    assert platform.put_forward_by is None


# -- Another area ------------------------------------------------------------------------------


def test_a_changed_area_is_a_new_version_and_the_old_one_is_kept(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    manager = enter("manager of A")
    path = "/platforms/platform-a/area"
    page = manager.get(path).text
    sent = manager.post(path, data={**hidden_of(page), "outline": SQUARE})
    assert sent.status_code == 303
    platform = world.platforms["platform-a"]
    days = session.execute(
        select(PlatformArea.valid_from, PlatformArea.valid_to)
        .where(PlatformArea.platform_id == platform.id)
        .order_by(PlatformArea.number)
    ).all()
    assert [tuple(row) for row in days] == [(date(2020, 1, 1), TODAY), (TODAY, None)]
    page = manager.get(path).text
    assert "Another area from 1 January 2020 until 21 November" in page
    # A second change on one day puts the new one right, and makes no third.
    assert manager.post(path, data={**hidden_of(page), "area": "area-here"}).status_code == 303
    count = select(func.count()).where(PlatformArea.platform_id == platform.id)
    assert session.scalar(count) == 2
    entries = list_entries(session, thing=Thing("platform", platform.id), limit=3)
    assert [entry.action for entry in entries] == ["change_claim", "change_claim"]


def test_of_two_changes_of_one_area_the_second_is_asked_to_look_again(
    enter: Callable[[str], FlaskClient],
) -> None:
    manager, path = enter("manager of A"), "/platforms/platform-a/area"
    both = hidden_of(manager.get(path).text)
    assert manager.post(path, data={**both, "outline": SQUARE}).status_code == 303
    late = manager.post(path, data={**both, "area": "area-here"})
    assert (late.status_code, "Somebody changed this" in late.text) == (412, True)
    assert 'value="area-here" checked' in late.text


def test_a_platform_has_one_area_in_force(make: Factory, session: Session) -> None:
    area = make.platform_area()
    with pytest.raises(IntegrityError), session.begin_nested():
        make.platform_area(platform_id=area.platform_id, district_id=area.district_id)


# -- Side by side ------------------------------------------------------------------------------


def test_claims_stand_side_by_side_from_a_to_z_with_their_part_and_their_own_words(
    make: Factory, own_client: FlaskClient
) -> None:
    here = make.district()
    area = make.organic_area(slug="hood", district_id=here.id, geom=stored(area_shape()))
    shapes = {
        "Zuid": area_shape(4.99, 51.99, 5.01, 52.0),
        "Anders": area_shape(4.9, 51.9, 5.1, 52.1),
        "Rand": area_shape(5.00999, 51.99, 5.03, 52.01),
        "Ver": area_shape(5.05, 51.99, 5.06, 52.01),
    }
    for name, shape in shapes.items():
        platform = make.platform(
            name=name, slug=name.lower(), about=f"Wij zijn {name}.", district_id=here.id
        )
        make.platform_area(platform_id=platform.id, district_id=here.id, geom=stored(shape))
    old = make.platform(name="Oud", slug="oud", district_id=here.id)
    for valid_to, geom in ((date(2025, 1, 1), area_shape()), (None, shapes["Ver"])):
        make.platform_area(
            platform_id=old.id, district_id=here.id, valid_to=valid_to, geom=stored(geom)
        )
    found = claims_of(make.session, area=get_area(make.session, slug="hood"))
    assert [(one.slug, round(one.share, 2)) for one in found] == [("anders", 1.0), ("zuid", 0.5)]
    page = own_client.get("/areas/hood/claims?lang=en").text
    assert page.index("Wij zijn Anders.") < page.index("Wij zijn Zuid.")
    assert "Active in about 50 % of this area." in page
    assert "Active in all of this area." in page
    assert "Says so since 1 January 2020." in page
    assert area.slug == "hood"


def test_where_nobody_is_known_it_says_so_without_a_number(
    make: Factory, own_client: FlaskClient
) -> None:
    make.organic_area(slug="hood")
    page = own_client.get("/areas/hood/claims?lang=en").text
    assert "Who is active here? We do not know." in page
    assert "%" not in re.sub(r"<[^>]+>", " ", page)
    assert "Nobody has decided yet" in page


def test_an_official_area_has_claims_as_well(make: Factory, own_client: FlaskClient) -> None:
    area = make.official_area(slug="quarter")
    platform = make.platform(name="Zuid", district_id=area.district_id)
    make.platform_area(platform_id=platform.id, district_id=area.district_id)
    assert "Zuid" in own_client.get("/areas/quarter/claims?lang=en").text
    assert 'href="/areas/quarter/claims"' in own_client.get("/areas/quarter").text


@pytest.mark.parametrize(
    ("area_m2", "platform_m2", "common_m2", "meets"),
    [
        (100.0, 100.0, 100.0, True),
        (100.0, 100.0, 0.9, False),
        (100.0, 100.0, 1.0, True),
        (100_000.0, 50.0, 50.0, True),
        (100.0, 0.0, 0.0, False),
    ],
)
def test_who_meets_by_the_edge_alone_does_not_meet(
    area_m2: float, platform_m2: float, common_m2: float, *, meets: bool
) -> None:
    assert is_met(area_m2, platform_m2, common_m2) is meets


def test_what_is_ticked_and_drawn_is_one_area_within_reach_of_the_district() -> None:
    bounds = (4.9, 51.9, 5.1, 52.1)
    whole = join_area([box(4.95, 52, 5, 52.05), box(4.98, 52, 5.05, 52.05)], bounds=bounds)
    assert whole.equals(as_multipolygon(box(4.95, 52, 5.05, 52.05)))
    for parts in ([], [box(0, 0, 1, 1)], [box(5, 52, 5.01, 52.01)] * 61):
        with pytest.raises(Invalid):
            join_area(parts, bounds=bounds)


# -- The commission's choice -------------------------------------------------------------------


def test_the_commission_chooses_and_everybody_reads_all_that_it_said(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    commission = enter("commission member")
    sent = choose(commission, platform=["platform-a", "platform-b"])
    assert (sent.status_code, sent.headers["Location"]) == (303, "/areas/area-here/claims")
    page = enter("anonymous").get("/areas/area-here/claims").text
    for said in (REASONS["reasons"], REASONS["interests"], REASONS["still_possible"]):
        assert said in page
    assert "Decided by District commission on 20 November." in page
    assert "Chosen by the commission" in page
    assert world.people["commission member"].name not in page
    own = enter("anonymous").get("/platforms/platform-a").text
    assert "Chosen for Organic" in own
    thing = Thing("area", world.areas["area-here"].id)
    assert [one.action for one in list_entries(session, thing=thing, limit=2)] == ["choose_claim"]


def test_a_later_choice_replaces_the_earlier_one_and_both_are_shown(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    commission = enter("commission member")
    choose(commission, platform="platform-a")
    words = {name: platform.about for name, platform in world.platforms.items()}
    later = choose(commission, platform="", reasons="Nobody came to tell us.")
    assert later.status_code == 303
    area = get_area(session, slug="area-here")
    found = list_choices(session, area=area)
    assert [[one.slug for one in choice.platforms] for choice in found] == [[], ["platform-a"]]
    page = enter("anonymous").get("/areas/area-here/claims").text
    assert (
        page.index("Nobody was chosen.")
        < page.index("Earlier choices")
        < page.index(REASONS["reasons"])
    )
    assert "Chosen by the commission" not in page
    own = enter("anonymous").get("/platforms/platform-a").text
    assert "The commission has chosen, and not this platform: read why." in own
    assert {name: one.about for name, one in world.platforms.items()} == words


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"platform": []}, "Choose who speaks for this area, or nobody."),
        ({"platform": ["platform-a", ""]}, "not both"),
        ({"platform": ["platform-c"]}, "Choose among those"),
        ({"platform": "platform-a", "reasons": " "}, "A choice without this"),
        ({"platform": "platform-a", "interests": ""}, "A choice without this"),
        ({"platform": "platform-a", "still_possible": ""}, "A choice without this"),
        ({"platform": "platform-a", "body": ""}, "A choice without this"),
        ({"platform": "platform-a", "decided_on": "2026-11-22"}, "today, or before"),
        ({"platform": "platform-a", "decided_on": ""}, "today, or before"),
        ({"platform": "platform-a", "reasons": "Ask jan@example.org"}, "leave out phone numbers"),
    ],
)
def test_no_choice_is_kept_without_all_that_it_must_say(
    enter: Callable[[str], FlaskClient], session: Session, fields: dict[str, Any], says: str
) -> None:
    answer = choose(enter("commission member"), **fields)
    assert (answer.status_code, says in answer.text) == (400, True)
    assert fields.get("interests", REASONS["interests"]) in answer.text
    assert session.scalar(select(func.count()).select_from(AreaChoice)) == 0


def test_who_chooses_has_read_the_last_choice(enter: Callable[[str], FlaskClient]) -> None:
    commission, path = enter("commission member"), "/areas/area-here/claims/choose"
    both = {**hidden_of(commission.get(path).text), **REASONS, "platform": "platform-a"}
    assert commission.post(path, data=both).status_code == 303
    late = commission.post(path, data=both)
    assert (late.status_code, "Somebody has chosen" in late.text) == (412, True)


def test_nobody_changes_a_choice(make: Factory, session: Session) -> None:
    choice = make.area_choice()
    choice.reasons = "Others."
    with (
        pytest.raises((IntegrityError, InternalError), match="append-only"),
        session.begin_nested(),
    ):
        session.flush()


def test_an_officer_does_not_choose(enter: Callable[[str], FlaskClient]) -> None:
    path = "/areas/area-here/claims/choose"
    assert enter("officer here").get(path).status_code == 403
    assert enter("commission member").get("/areas/area-there/claims/choose").status_code == 403


def test_a_new_platform_of_an_example_district_is_an_example(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    world.here.is_example = True
    session.flush()
    put_forward(enter("resident"), area=["area-here"])
    made = session.execute(
        select(Platform.is_example, Organisation.is_example)
        .join(Organisation, Organisation.id == Platform.organisation_id)
        .where(Platform.slug == "plein-samen")
    ).one()
    assert tuple(made) == (True, True)
