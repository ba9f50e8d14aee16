"""The page that says who a platform is and what it does: what it keeps, what was agreed, who speaks
for it; and the mandates its own people give."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geoapp.ledger.audit import list_entries
from geoapp.ledger.chain import Thing
from geoapp.platforms.tables import PlatformMandate
from tests.conftest import NOW
from tests.factories import Factory
from tests.test_claims import hidden_of
from tests.world import World

pytest_plugins = ("tests.desks",)

MANDATES = "/platforms/platform-a/mandates"
SAID = {
    "role": "The secretary",
    "about": "The square by the lake",
    "on_behalf_of": "all who come to the meetings",
    "valid_from": "2026-11-01",
    "valid_to": "2027-01-31",
}


def give(client: FlaskClient, **fields: Any) -> Any:
    """Send the form of a mandate."""
    return client.post(MANDATES, data={**hidden_of(client.get(MANDATES).text), **SAID, **fields})


def read_page(client: FlaskClient) -> str:
    """The public page of platform A."""
    answer = client.get("/platforms/platform-a?lang=en")
    assert answer.status_code == 200
    return answer.text


# -- Who we are --------------------------------------------------------------------------------


def test_the_page_says_what_it_keeps_what_was_agreed_and_shows_public_photos_alone(
    enter: Callable[[str], FlaskClient], world: World, make: Factory
) -> None:
    asset, _ = world.assets["kept by A"]
    shown = make.picture(state="shown", looked_at=NOW, district_id=world.here.id)
    held = make.picture(district_id=world.here.id)
    make.sighting(asset_id=asset.id, picture_id=shown.id, position=1)
    make.sighting(asset_id=asset.id, picture_id=held.id, position=2)
    world.platforms["platform-a"].meets = "Every Monday, in the hall."
    world.session.flush()
    page = read_page(enter("anonymous"))
    assert "Come along:" in page
    assert "Every Monday, in the hall." in page
    done = page[page.index('id="done"') : page.index('id="mandates"')]
    assert asset.name in done
    assert world.assets["kept by the contractor"][0].name not in done
    assert f"/assets/{asset.code}/photos/1.jpg" in done
    assert f"/assets/{asset.code}/photos/2.jpg" not in done
    assert "/agreements/agreement-here" in done


def test_of_a_platform_that_did_nothing_on_the_map_it_says_that_this_tells_nothing(
    enter: Callable[[str], FlaskClient], world: World, make: Factory
) -> None:
    new = make.platform(slug="new-here", district_id=world.here.id)
    make.platform_area(platform_id=new.id, district_id=world.here.id)
    page = enter("anonymous").get("/platforms/new-here").text
    assert "That says nothing about what they do." in page
    assert "They have not said yet when they meet." in page
    assert "They have not said who speaks for them." in page


def test_the_areas_page_and_the_account_lead_to_putting_a_platform_forward(
    enter: Callable[[str], FlaskClient],
) -> None:
    for name, path in (("anonymous", "/areas/area-here"), ("resident", "/account")):
        assert 'href="/platforms/new' in enter(name).get(path).text


# -- Mandates ----------------------------------------------------------------------------------


def test_everybody_reads_who_speaks_for_whom_about_what_until_when(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    assert give(enter("manager of A")).status_code == 303
    page = read_page(enter("anonymous"))
    assert "The secretary speaks for all who come to the meetings" in page
    assert "About: The square by the lake" in page
    assert "From 1 November until 31 January 2027." in page
    thing = Thing("platform", world.platforms["platform-a"].id)
    assert [one.action for one in list_entries(session, thing=thing, limit=1)] == ["give_mandate"]


def test_an_ended_mandate_stays_to_be_read(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    manager = enter("manager of A")
    give(manager)
    mandate = session.scalars(select(PlatformMandate)).one()
    end = f"{MANDATES}/{mandate.id}/end"
    for _ in range(2):
        token = hidden_of(manager.get(MANDATES).text)
        assert manager.post(end, data=token).status_code == 303
    session.refresh(mandate)
    assert mandate.ended_on == date(2026, 11, 21)
    page = read_page(enter("anonymous"))
    assert page.index("They have not said who speaks for them.") < page.index("The secretary")
    assert "From 1 November until 21 November." in page
    thing = Thing("platform", world.platforms["platform-a"].id)
    entries = list_entries(session, thing=thing, limit=5)
    assert [one.action for one in entries] == ["end_mandate", "give_mandate"]


def test_a_mandate_whose_day_has_passed_is_over_by_itself(
    enter: Callable[[str], FlaskClient], world: World, make: Factory
) -> None:
    platform = world.platforms["platform-a"]
    make.platform_mandate(platform_id=platform.id, role="a guard", valid_to=date(2026, 11, 20))
    page = read_page(enter("anonymous"))
    assert page.index("They have not said who speaks for them.") < page.index("A guard speaks")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"role": ""}, "A mandate says this"),
        ({"about": " "}, "A mandate says this"),
        ({"on_behalf_of": ""}, "A mandate says this"),
        ({"valid_from": ""}, "Choose the first day"),
        ({"valid_from": "soon"}, "Choose a day"),
        ({"valid_to": "2026-10-31"}, "The last day comes after the first"),
        ({"role": "R" * 81}, "Use at most 80 letters"),
        ({"role": "Bel 06-12345678"}, "leave out phone numbers"),
    ],
)
def test_a_mandate_that_cannot_be_kept_comes_back_as_it_was_typed(
    enter: Callable[[str], FlaskClient], session: Session, fields: dict[str, str], says: str
) -> None:
    answer = give(enter("manager of A"), **fields)
    assert (answer.status_code, says in answer.text) == (400, True)
    assert fields.get("about", SAID["about"]) in answer.text
    assert session.scalar(select(func.count()).select_from(PlatformMandate)) == 0


def test_nobody_ends_the_mandate_of_another_platform(
    enter: Callable[[str], FlaskClient], world: World, make: Factory
) -> None:
    theirs = make.platform_mandate(platform_id=world.platforms["platform-b"].id)
    manager = enter("manager of A")
    token = hidden_of(manager.get(MANDATES).text)
    assert manager.post(f"{MANDATES}/{theirs.id}/end", data=token).status_code == 404
    assert theirs.ended_on is None


# -- Hidden by a moderator ---------------------------------------------------------------------


def test_a_moderator_hides_what_a_platform_says_of_itself_and_everybody_reads_why(
    enter: Callable[[str], FlaskClient], world: World, make: Factory
) -> None:
    platform = world.platforms["platform-a"]
    platform.about, platform.meets = "Not for every eye", "Behind the shed"
    criteria = make.criteria_list(district_id=world.here.id)
    make.recognition_file(platform_id=platform.id, list_id=criteria.id, published_at=NOW)
    make.recognition_entry(platform_id=platform.id, words="Nor is this")
    make.platform_mandate(platform_id=platform.id, about="And neither this")
    moderator, path = enter("moderator"), "/platforms/platform-a/words"
    said = ("Not for every eye", "Behind the shed", "Nor is this", "And neither this")
    pages = (
        "/platforms/platform-a",
        "/platforms/platform-a/recognition",
        "/areas/area-here/claims",
        "/api/v1/platforms/platform-a",
    )

    def count_said() -> int:
        read = "".join(enter("anonymous").get(page).text for page in pages)
        return sum(words in read for words in said)

    def judge(**fields: str) -> int:
        token = hidden_of(moderator.get(path).text)
        return int(moderator.post(path, data={**token, **fields}).status_code)

    assert count_said() == 4
    assert judge(verdict="hide") == 400
    assert judge(verdict="hide", reason="insult") == 303
    assert count_said() == 0
    assert "The words are hidden: it is an insult." in read_page(enter("anonymous"))
    thing = Thing("platform", platform.id)
    assert list_entries(world.session, thing=thing, limit=1)[0].action == "judge_platform"
    assert judge(verdict="show") == 303
    assert count_said() == 4


@pytest.mark.parametrize("name", ["manager of A", "officer here", "moderator there"])
def test_nobody_else_hides_the_words_of_a_platform(
    enter: Callable[[str], FlaskClient], name: str
) -> None:
    assert enter(name).get("/platforms/platform-a/words").status_code == 403
