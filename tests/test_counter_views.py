"""What a platform says beside a gap of its area: who may, who reads it, and when it is hidden."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.ledger.audit import list_entries
from geoapp.ledger.chain import Thing
from geoapp.platforms.queries import counter_views_of
from geoapp.platforms.tables import CounterView
from tests.desks import Desk, post
from tests.world import NOW, World

pytest_plugins = ("tests.desks",)

COURTS = "/platforms/platform-a/counter-view?about=sport_court"


def list_said(session: Session, world: World, about: str = "sport_court") -> list[tuple[str, str]]:
    found = counter_views_of(session, district_id=world.here.id, about=about)
    return [(one.slug, one.words) for one in found]


def test_a_platform_says_its_word_beside_a_gap_and_takes_it_away(
    desk: Desk, world: World, session: Session
) -> None:
    manager = desk.browser("manager of A")
    assert post(manager, COURTS, about="sport_court", words="Locked").status_code == 303
    assert list_said(session, world) == [("platform-a", "Locked")]
    assert list_said(session, world, "playground") == []
    assert "Locked</textarea>" in manager.get(COURTS).text
    post(manager, COURTS, about="sport_court", was="Locked", words="")
    assert list_said(session, world) == []
    thing = Thing("platform", world.platforms["platform-a"].id)
    entries = list_entries(session, thing=thing, limit=5)
    assert [entry.action for entry in entries] == ["say_counter_view"] * 2
    page = manager.get("/platforms/platform-a/history").text
    assert "Said its word beside a gap" in page


def test_a_form_left_as_it_was_keeps_what_somebody_else_said_since(
    desk: Desk, world: World, session: Session
) -> None:
    manager = desk.browser("manager of A")
    post(manager, COURTS, about="sport_court", words="First")
    post(desk.browser("supporter"), COURTS, about="sport_court", was="First", words="Second")
    post(manager, COURTS, about="sport_court", was="First", words="First")
    assert list_said(session, world) == [("platform-a", "Second")]


def test_only_who_speaks_for_the_platform_says_its_word(desk: Desk) -> None:
    for name in ("member of A", "manager of B", "officer here", "resident"):
        assert desk.browser(name).get(COURTS).status_code == 403, name
    assert desk.browser("anonymous").get(COURTS).status_code == 401


@pytest.mark.parametrize(
    ("words", "said"),
    [("Call 06 12345678", "leave out phone numbers"), ("x" * 401, "at most 400")],
)
def test_what_cannot_be_kept_comes_back_as_it_was_typed(
    desk: Desk, session: Session, words: str, said: str
) -> None:
    answer = post(desk.browser("manager of A"), COURTS, about="sport_court", words=words)
    assert answer.status_code == 400
    assert said in answer.text
    assert f"{words}</textarea>" in answer.text
    assert session.scalars(select(CounterView)).all() == []


def test_there_is_no_word_about_what_is_no_gap(desk: Desk) -> None:
    answer = desk.browser("manager of A").get("/platforms/platform-a/counter-view?about=trees")
    assert answer.status_code == 404


def test_words_of_a_hidden_platform_are_told_to_nobody_and_those_of_others_are(
    session: Session, world: World
) -> None:
    for name in ("platform-a", "platform-b", "platform-c"):
        world.make.counter_view(
            platform_id=world.platforms[name].id, about="sport_court", words=name, said_at=NOW
        )
    world.platforms["platform-a"].hidden_for = "abuse"
    session.flush()
    assert list_said(session, world) == [("platform-b", "platform-b")]
