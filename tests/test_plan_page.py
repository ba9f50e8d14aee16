"""A platform's plan page, its own words beside the figures, and its booklet to hand over."""

import re
from datetime import date

import pytest
from flask.testing import FlaskClient
from shapely import Point
from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.assets.rules import Kind, PhysicalStatus
from geoapp.coverage.own_area import count_denied, list_missed
from geoapp.defects.rules import Category, Says, Speaker
from geoapp.ledger.audit import list_entries
from geoapp.ledger.chain import Thing
from geoapp.ledger.rules import Limit
from geoapp.platforms.tables import OwnWord
from geoapp.web import prints
from tests.conftest import count_queries
from tests.desks import Desk, post
from tests.factories import LAT, LON, stored
from tests.papers import check_tagged, words_on
from tests.world import TODAY, World

pytest_plugins = ("tests.desks",)

PLAN, OWN = "/platforms/platform-a/plan", "/platforms/platform-a/own-words"
FILE, PAPER = "/platforms/platform-a/dossier.html", "/platforms/platform-a/dossier.pdf"
HOSTILE = "</textarea><script>alert(1)</script>${x}{{7*7}}"
A4 = (595, 842)


def read(client: FlaskClient, path: str) -> str:
    """The words of a page."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    html = re.sub(r"<(script|style)[^>]*>.*?</\\1>", " ", answer.get_data(as_text=True), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# -- The page ------------------------------------------------------------------------------------


def test_the_plan_page_is_for_its_own_people_and_whoever_acts_for_them(desk: Desk) -> None:
    for name in ("member of A", "manager of A", "supporter"):
        assert desk.browser(name).get(PLAN).status_code == 200, name
    for name in ("manager of B", "officer here", "resident"):
        assert desk.browser(name).get(PLAN).status_code == 403, name
    assert desk.browser("anonymous").get(PLAN).status_code == 401


def test_with_nothing_typed_and_nothing_known_every_part_says_so(desk: Desk, world: World) -> None:
    for asset, _ in world.assets.values():
        asset.physical_status = PhysicalStatus.REMOVED
    world.assets["kept by A"][0].geom = stored(Point(LON, LAT))
    page = read(desk.browser("manager of A"), PLAN)
    assert "Our neighbourhood:" in page
    assert "They say done, we say no (0)" in page
    assert "Nobody has said here that something is missing." in page
    assert "We do not know whom to call here." in page


def test_what_was_called_done_and_is_not_stands_first_with_who_must_act(
    desk: Desk, world: World
) -> None:
    denied = {"work": "handled", "street": "not_good", "handlings": 1, "was_disputed": True}
    world.make.defect(
        district_id=world.here.id,
        addressee_id=world.contractor.id,
        description="The lamp is out",
        **denied,
    )
    page = read(desk.browser("member of A"), PLAN)
    assert "They say done, we say no (1)" in page
    assert "The lamp is out" in page
    assert "Next move:" in page


def test_what_is_kept_is_counted_by_what_still_stands(desk: Desk, world: World) -> None:
    for number in range(1, 4):
        cabinet = world.make.asset(
            district_id=world.here.id,
            kind=Kind.CABINET,
            name=f"Cabinet {number + 6}",
            last_seen_on=date(2026, 11, number),
            physical_status=PhysicalStatus.OUT_OF_ORDER if number == 1 else PhysicalStatus.IN_USE,
        )
        world.make.duty(asset_id=cabinet.id, organisation_id=world.org_a.id, covers=["cleaning"])
    page = read(desk.browser("member of A"), PLAN)
    assert "3 of 3 cabinets are still there. Of other things: 1 of 1." in page
    assert "Last seen: 1 November." in page
    numbered = re.search(r"\d+", world.assets["kept by A"][0].name)
    assert numbered is not None
    tiles = re.findall(
        r'<b aria-hidden="true">(\d+)</b>', desk.browser("member of A").get(PLAN).text
    )
    assert tiles == ["7", "8", "9", numbered.group()]


def test_what_is_missing_tells_how_many_ask_for_it(session: Session, world: World) -> None:
    missing = {"category": Category.MISSING, "district_id": world.here.id}
    often = world.make.defect(**missing, description="A place to play")
    once = world.make.defect(**missing, description="A bin")
    laid = world.make.defect(**missing, file="merged", merged_into_id=often.id)
    for number, sender in enumerate((b"one", b"one", b"two"), start=1):
        world.make.defect_voice(defect_id=often.id, position=number, sender=sender)
    world.make.defect_voice(
        defect_id=once.id, position=1, sender=b"three", says=Says.SOLVED, speaker=Speaker.NEIGHBOUR
    )
    solved = world.make.defect(**missing, work="handled", street="good", handlings=1)
    session.flush()
    found = list_missed(session, where=[], today=TODAY, limit=5)
    assert [(one.defect.code, one.people) for one in found] == [(often.code, 4), (once.code, 1)]
    assert {laid.code, solved.code}.isdisjoint(one.defect.code for one in found)


def test_counting_what_is_denied_asks_for_the_two_states_alone(
    session: Session, world: World
) -> None:
    for street, said_no in (("not_good", True), ("good", False)):
        world.make.defect(
            district_id=world.here.id,
            work="handled",
            street=street,
            handlings=1,
            was_disputed=said_no,
        )
    assert count_denied(session, where=[]) == 1


def test_the_plan_page_asks_as_often_for_many_reports_as_for_one(
    desk: Desk, world: World, session: Session
) -> None:
    member = desk.browser("member of A")
    engine = session.get_bind().engine

    def count() -> int:
        with count_queries(engine) as asked:
            assert member.get(PLAN).status_code == 200
        return len(asked)

    def grow(times: int) -> None:
        home = {"district_id": world.here.id}
        for _ in range(times):
            world.make.defect(**home, category=Category.MISSING)
            world.make.defect(
                **home, work="handled", street="not_good", handlings=1, was_disputed=True
            )
            kept = world.make.asset(**home, kind=Kind.CABINET)
            world.make.duty(asset_id=kept.id, organisation_id=world.org_a.id, covers=["device"])
        session.flush()

    grow(1)
    count()
    before = count()
    grow(12)
    assert count() == before


# -- Own words -----------------------------------------------------------------------------------


def test_a_platform_says_its_own_word_beside_a_figure(desk: Desk, world: World) -> None:
    manager = desk.browser("manager of A")
    answer = post(manager, OWN, kept="We clean them every Friday", money="Too late every year")
    assert (answer.status_code, answer.location) == (303, PLAN)
    assert "We clean them every Friday" in read(manager, PLAN)
    entry = list_entries(
        world.session, thing=Thing("platform", world.platforms["platform-a"].id), limit=1
    )[0]
    assert entry.told is not None
    assert entry.told.after == {
        "kept": "We clean them every Friday",
        "money": "Too late every year",
    }


def test_an_empty_field_takes_the_word_away_and_one_left_alone_stays(
    desk: Desk, world: World
) -> None:
    manager = desk.browser("manager of A")
    post(manager, OWN, kept="First", area="Ours")
    # Somebody else changes the other one while this form is open.
    post(
        desk.browser("supporter"),
        OWN,
        was_area="Ours",
        area="Ours since 1982",
        was_kept="First",
        kept="First",
    )
    post(manager, OWN, was_kept="First", kept="", was_area="Ours", area="Ours")
    words = {row.figure.value: row.words for row in world.session.scalars(select(OwnWord))}
    assert words == {"area": "Ours since 1982"}


@pytest.mark.parametrize(
    ("words", "said"),
    [("Call 06 12345678", "leave out phone numbers"), ("x" * 401, "at most 400")],
)
def test_what_cannot_be_kept_comes_back_as_it_was_typed(desk: Desk, words: str, said: str) -> None:
    answer = post(desk.browser("manager of A"), OWN, plans=words, kept="Stays")
    assert answer.status_code == 400
    assert said in answer.text
    assert words in answer.text
    assert "Stays" in answer.text
    assert (
        'id="plans" class="field" name="plans" rows="2" maxlength="400" dir="auto" aria-invalid'
        in (answer.text)
    )


def test_a_member_does_not_speak_for_the_platform(desk: Desk) -> None:
    assert desk.browser("member of A").get(OWN).status_code == 403


def test_hostile_words_stay_words(desk: Desk) -> None:
    manager = desk.browser("manager of A")
    post(manager, OWN, kept=HOSTILE, area=HOSTILE)
    for path in (PLAN, OWN, FILE):
        page = manager.get(path).text
        assert "<script>alert(1)" not in page, path
        assert "&lt;script&gt;alert(1)" in page, path


# -- The booklet ---------------------------------------------------------------------------------


def test_the_booklet_says_of_every_thing_who_owns_keeps_and_pays(desk: Desk, world: World) -> None:
    asset = world.assets["kept by A"][0]
    line = world.make.budget_line(district_id=world.here.id, name="Green money")
    world.make.funding(asset_id=asset.id, line_id=line.id, amount_cents=125000)
    page = read(desk.browser("anonymous"), FILE)
    assert asset.name in page
    assert "Green money (EUR 1,250)" in page
    assert f"{world.org_a.name} (" in page
    assert "As it was on 21 November 2026." in page


def test_the_booklet_holds_the_platform_s_own_words_beside_the_figures(desk: Desk) -> None:
    said = {"area": "Ours", "denied": "Ask us", "kept": "By us", "missing": "Shade"}
    post(desk.browser("manager of A"), OWN, **said)
    page = read(desk.browser("anonymous"), FILE)
    for words in said.values():
        assert f"{words} In our own words" in page


def test_the_booklet_s_file_asks_for_nothing(desk: Desk) -> None:
    answer = desk.browser("anonymous").get(FILE)
    disposition = answer.headers["Content-Disposition"]
    assert disposition == 'attachment; filename="platform-a-booklet-2026-11-21.html"'
    styles = "".join(re.findall(r"<style[^>]*>(.*?)</style>", answer.text, re.S))
    assert "url(" not in styles
    assert "@import" not in styles
    assert not re.findall(r"<(?:script|img|iframe|source)[^>]+src=", answer.text)
    assert re.findall(r"<link[^>]+>", answer.text) == ['<link rel="icon" href="data:,">']


def test_the_booklet_on_paper_can_be_read_aloud(desk: Desk, world: World) -> None:
    reader = desk.browser("anonymous")
    reader.set_cookie("lang", "nl")
    answer = reader.get(PAPER)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    name = world.platforms["platform-a"].name
    figures = check_tagged(answer.data, title=f"Boekje van {name}", size=A4)
    assert f"Kaart van het gebied van {name}" in figures
    assert all(figures)
    assert "Zij zeggen klaar, wij zeggen nee" in words_on(answer.data)


def test_a_robot_gets_no_more_paper_than_a_neighbourhood_needs(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prints, "PAPERS_OF_ONE", Limit("papers_of_one", most=1, window_s=3600))
    reader = desk.browser("anonymous")
    week = PAPER.replace("dossier", "week")
    assert [reader.get(path).status_code for path in (PAPER, PAPER, week)] == [200, 429, 429]
