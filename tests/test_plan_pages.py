"""Plans at the doors: made in three steps, seen by everybody, asked, decided, spent and realised;
what people say of them; the money of a district in public."""

import csv
import re
from collections.abc import Callable
from html import unescape
from io import BytesIO, StringIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from shapely import Point
from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from geoapp.assets.queries import duties_of, get_asset
from geoapp.assets.tables import Asset
from geoapp.budgets.actions import remove_example_money
from geoapp.budgets.queries import balance, funding_of
from geoapp.budgets.rules import Model
from geoapp.budgets.tables import BudgetLine, BudgetRound
from geoapp.edge import open_session
from geoapp.ledger.audit import list_entries
from geoapp.plans.actions import remove_example_plans
from geoapp.plans.queries import PlanItemFacts, get_item, items_in, list_items, thing_of
from geoapp.plans.rules import State, VoiceKind, write_letter
from geoapp.plans.tables import PlanItem, PlanVoice
from geoapp.web.page import open_page, render
from geoapp.web.plan_cards import make_item_cards, make_plan_pins
from tests.conftest import count_queries
from tests.factories import LAT, LON, stored
from tests.pictures import photo
from tests.world import TODAY, World

pytest_plugins = ("tests.desks",)

Enter = Callable[[str], FlaskClient]
REASONS = {
    "alternatives": "Ask the fund in spring",
    "interests": "Shade for who waits, light for the homes",
    "reasons": "The pot is for green alone",
}
MOST_INPUTS = 7


@pytest.fixture
def line(world: World) -> BudgetLine:
    """Money of the district's office for platforms' plans, for green alone."""
    made = world.make.budget_round(
        district_id=world.here.id, name="Plans of this year", model=Model.C
    )
    return world.make.budget_line(
        slug="green-pot",
        name="Green pot",
        district_id=world.here.id,
        payer_id=world.desk.id,
        round_id=made.id,
        earmarks=["green"],
        amount_cents=1_000_000,
    )


@pytest.fixture
def item(world: World) -> PlanItem:
    """A public plan of A, with a cost and a place."""
    return world.make.plan_item(
        district_id=world.here.id,
        platform_id=world.platforms["platform-a"].id,
        organisation_id=world.org_a.id,
        title="Two benches and shade",
        geom=stored(Point(LON, LAT)),
        cost_cents=380_000,
        keeper_id=world.org_a.id,
        kind="bench",
    )


def read(client: FlaskClient, path: str, status: int = 200) -> str:
    """A page's words in English, as a person reads them."""
    answer = client.get(in_english(path))
    assert answer.status_code == status, answer.text[:2000]
    return say(answer.text)


def in_english(path: str) -> str:
    """The address of a page in English."""
    return f"{path}{'&' if '?' in path else '?'}lang=en"


def fetch(session: Session, code: str) -> PlanItemFacts:
    """A plan as it is now, whoever has changed it."""
    session.expire_all()
    return get_item(session, code=code)


def say(page: str) -> str:
    """The words of a page."""
    return " ".join(unescape(re.sub("<[^>]+>", " ", page)).split())


def send(client: FlaskClient, form: str, to: str = "", **fields: Any) -> tuple[int, str, str]:
    """Send a form that stands on a page; status, where it leads, and what it says."""
    page = client.get(in_english(form)).text
    hidden = dict(re.findall(r'name="(csrf_token|version|key|lat|lon)" value="([^"]*)"', page))
    answer = client.post(to or form.split("?")[0], data={**hidden, **fields})
    return answer.status_code, answer.headers.get("Location", ""), say(answer.text)


def visible_inputs(page: str) -> set[str]:
    """The names of what a person fills in on a page, a group of ticks or choices being one."""
    main = page[page.index('<main id="main"') :]
    fields = re.findall(r"<(?:input|select|textarea)\b[^>]*>", main)
    seen = [
        field for field in fields if 'type="hidden"' not in field and 'tabindex="-1"' not in field
    ]
    names = {found[1] for field in seen if (found := re.search(r'name="([^"]+)"', field))}
    # The chooser of a place is one question with three ways to answer it.
    return names - {"q"} - ({"lat"} if "lon" in names else set())


# -- Making one --------------------------------------------------------------------------------


def make_plan(client: FlaskClient, spot: str = "place=none", **fields: object) -> str:
    """Steps 2 and 3 as somebody of A goes through them; the plan's code."""
    told = {"title": "Plant the corner", "themes": ["green"], "cost": "1.250,50", **fields}
    status, to, said = send(
        client, f"/platforms/platform-a/plan/new?{spot}", "/platforms/platform-a/plan/new", **told
    )
    assert status == 303, said
    return to.split("/")[2]


def test_a_plan_is_made_in_three_steps_and_stays_with_its_platform_until_it_is_shown(
    world: World, enter: Enter, session: Session
) -> None:
    member = enter("member of A")
    assert "Where is the plan?" in read(member, "/platforms/platform-a/plan/new")
    code = make_plan(member, f"lat={LAT}&lon={LON}")
    assert "Who is left out?" in read(member, f"/plans/{code}/who?new=1")
    status, to, _ = send(
        member, f"/plans/{code}/who", maker="desk", keeper="org-a", problem="No shade"
    )
    assert (status, to) == (303, f"/plans/{code}/work?kept=1")
    made = fetch(session, code)
    assert (made.state, made.cost_cents, made.problem) == (State.IDEA, 125_050, "No shade")
    assert (made.maker and made.maker.slug, made.keeper and made.keeper.slug) == ("desk", "org-a")
    assert (made.lon, made.lat) == pytest.approx((LON, LAT))
    # Nobody else knows of it.
    assert member.application.test_client().get(f"/plans/{code}").status_code == 404
    assert enter("manager of B").get(f"/plans/{code}/work").status_code == 403
    status, _, _ = send(member, f"/plans/{code}/work", f"/plans/{code}/step", act="publish")
    assert status == 303
    shown = read(member.application.test_client(), f"/plans/{code}")
    assert "Plant the corner" in shown
    assert f"Next move: {world.platforms['platform-a'].name}" in shown
    said = [entry.action for entry in list_entries(session, thing=thing_of(made.id), limit=9)]
    assert said == ["plan_publish", "work_on_plan", "change_plan", "make_plan"]


def test_a_plan_can_be_an_area_or_have_no_place(enter: Enter, session: Session) -> None:
    member = enter("member of A")
    assert fetch(session, make_plan(member)).place == "none"
    corners = f"{LAT}, {LON}\n{LAT + 0.001}, {LON}\n{LAT + 0.001}, {LON + 0.001}"
    where = "/platforms/platform-a/plan/new?place=area"
    status, _, said = send(member, where, "/platforms/platform-a/plan/new/area", outline=corners)
    assert (status, "What is the plan?" in said) == (200, True)
    made = fetch(session, make_plan(member, outline=corners))
    assert made.place == "area"
    assert made.bounds == pytest.approx((LON, LAT, LON + 0.001, LAT + 0.001))
    crossed = f"{LAT}, {LON}\n{LAT + 1}, {LON + 1}"
    status, _, said = send(member, where, "/platforms/platform-a/plan/new/area", outline=crossed)
    assert (status, "not kept yet" in said) == (400, True)


def test_what_cannot_be_kept_comes_back_as_it_was_typed(enter: Enter) -> None:
    member = enter("member of A")
    form = "/platforms/platform-a/plan/new"
    page = member.get(f"{form}?place=none").text
    hidden = dict(re.findall(r'name="(csrf_token|key)" value="([^"]*)"', page))
    told = {"title": "Bench", "cost": "much", "themes": ["art", "green"], **hidden}
    answer = member.post(form, data=told)
    assert answer.status_code == 400
    assert 'value="much" aria-invalid="true" aria-describedby="wrong"' in answer.text
    assert answer.text.count(" checked") == 2
    sent = {**told, "cost": "100"}
    once, twice = member.post(form, data=sent), member.post(form, data=sent)
    assert once.headers["Location"] == twice.headers["Location"]


@pytest.mark.parametrize(("step", "field"), [("what", "title"), ("who", "whose_problem")])
def test_words_that_lead_to_a_person_are_asked_to_be_left_out(
    enter: Enter, step: str, field: str
) -> None:
    member = enter("member of A")
    code = make_plan(member)
    told: dict[str, Any] = {
        "title": "Plant the corner",
        "themes": ["green"],
        field: "Ask Jan, 06 12345678",
    }
    status, _, said = send(member, f"/plans/{code}/{step}", **told)
    assert status == 400
    assert "leave out phone numbers" in said
    assert "06 12345678" not in read(member, f"/plans/{code}/work")


def test_two_who_change_one_plan_do_not_write_over_each_other(
    enter: Enter, item: PlanItem, session: Session
) -> None:
    first, second = enter("member of A"), enter("manager of A")
    form = f"/plans/{item.code}/what"
    page = second.get(form).text
    assert send(first, form, title="Three benches")[0] == 303
    hidden = dict(re.findall(r'name="(csrf_token|version)" value="([^"]*)"', page))
    late = second.post(form, data={**hidden, "title": "Four benches"})
    assert late.status_code == 412
    assert 'value="Four benches"' in late.text
    assert fetch(session, item.code).title == "Three benches"


def test_near_the_spot_stand_reports_and_things_with_their_distance(
    world: World, enter: Enter
) -> None:
    world.make.asset(name="Bench of old", district_id=world.here.id, geom=stored(Point(LON, LAT)))
    page = read(
        enter("member of A"), f"/platforms/platform-a/plan/new?lat={LAT + 0.0005}&lon={LON}"
    )
    assert re.search(r"Bench of old Bench 5\d m", page), page


def test_no_step_asks_more_than_seven_things(
    world: World, enter: Enter, item: PlanItem, line: BudgetLine
) -> None:
    item.line_id, item.state, item.granted_cents = line.id, State.GRANTED, 380_000
    other = world.make.plan_item(
        district_id=world.here.id, platform_id=item.platform_id, organisation_id=world.org_a.id,
        geom=None, state=State.PLAN,
    )  # fmt: skip
    world.session.flush()
    member, officer = enter("member of A"), enter("officer here")
    new = "/platforms/platform-a/plan/new"
    pages = [
        (member, new),
        (member, f"{new}?place=none"),
        (member, f"{new}?place=area"),
        (member, f"/plans/{item.code}/who"),
        (member, f"/plans/{item.code}/what"),
        (member, f"/plans/{item.code}/spend"),
        (member, f"/plans/{other.code}/realise"),
        (officer, f"/plans/{item.code}/decide"),
        (officer, "/districts/here/money/new-line"),
        (officer, "/districts/here/money/new-round"),
        (officer, "/districts/here/money/green-pot/times"),
        (enter("manager of A"), "/platforms/platform-a/money"),
        (enter("resident"), f"/plans/{item.code}/words?kind=objection"),
        (member, f"/plans/{item.code}/voice?kind=help"),
    ]
    counted = {path: visible_inputs(client.get(path).text) for client, path in pages}
    assert {path: names for path, names in counted.items() if len(names) > MOST_INPUTS} == {}
    assert all(counted.values()), counted


# -- Asking and deciding -----------------------------------------------------------------------


@pytest.mark.usefixtures("line")
def test_the_page_says_which_pot_fits_and_why_another_does_not(
    world: World, enter: Enter, item: PlanItem
) -> None:
    world.make.budget_line(
        name="Art pot", district_id=world.here.id, earmarks=["art"], amount_cents=100_000
    )
    page = read(enter("anonymous"), f"/plans/{item.code}")
    fitting, others = page.split("Why not the other pots?")
    assert "Green pot EUR 10,000 left. Only for green" in fitting
    assert "Art pot Not meant for green. Only EUR 1,000 is left." in others
    assert "costs of taking part (a room, translating, childcare) there is EUR 0" in others


def ask(member: FlaskClient, item: PlanItem, slug: str = "green-pot") -> tuple[int, str, str]:
    """Ask money of a line."""
    return send(
        member, f"/plans/{item.code}/work", f"/plans/{item.code}/step", act="ask", line=slug
    )


@pytest.mark.usefixtures("line")
def test_money_is_asked_of_a_pot_that_fits_and_of_no_other(
    world: World, enter: Enter, item: PlanItem, session: Session
) -> None:
    art = world.make.budget_line(district_id=world.here.id, earmarks=["art"])
    member = enter("member of A")
    status, _, said = ask(member, item, art.slug)
    assert (status, "does not fit this plan" in said) == (400, True)
    assert ask(member, item)[0] == 303
    found = fetch(session, item.code)
    assert (found.state, found.line) == (State.ASKED, "green-pot")
    page = read(enter("anonymous"), f"/plans/{item.code}")
    assert f"Money is asked Next move: {world.desk.name}" in page
    # Of what was asked the payer reads the same.
    assert send(member, f"/plans/{item.code}/what", title="A fountain")[0] == 409


@pytest.mark.usefixtures("line")
def test_a_refusal_first_says_what_would_make_it_possible_and_leaves_nothing_open(
    enter: Enter, item: PlanItem, session: Session
) -> None:
    ask(enter("member of A"), item)
    officer, form = enter("officer here"), f"/plans/{item.code}/decide"
    page = officer.get(form).text
    at = [page.index(f'name="{name}"') for name in (*REASONS, "granted")]
    assert at == sorted(at)
    for missing in REASONS:
        told = {**REASONS, missing: " "}
        status, _, said = send(officer, form, act="refuse", **told)
        assert (status, "cannot be left open" in said) == (400, True)
    assert send(officer, form, act="refuse", **REASONS)[0] == 303
    shown = read(enter("anonymous"), f"/plans/{item.code}")
    for words in ("Refused", *REASONS.values(), "works for the district"):
        assert words in shown
    assert fetch(session, item.code).granted_cents is None


def test_who_gives_the_money_decides_and_nobody_who_asks_it(
    enter: Enter, item: PlanItem, line: BudgetLine, session: Session
) -> None:
    ask(enter("member of A"), item)
    form = f"/plans/{item.code}/decide"
    for name in ("member of A", "officer there", "resident"):
        assert enter(name).get(form).status_code == 403
    status, _, said = send(enter("officer here"), form, act="grant_partly", **REASONS)
    assert (status, "how much is granted" in said) == (400, True)
    assert (
        send(enter("officer here"), form, act="grant_partly", granted="2000", **REASONS)[0] == 303
    )
    found = fetch(session, item.code)
    assert (found.state, found.granted_cents) == (State.PARTLY, 200_000)
    assert balance(session, line_id=line.id).committed_cents == 200_000


# -- Spending ----------------------------------------------------------------------------------


@pytest.fixture
def granted(enter: Enter, item: PlanItem, line: BudgetLine) -> PlanItem:
    """The plan, granted."""
    ask(enter("member of A"), item, line.slug)
    assert send(enter("officer here"), f"/plans/{item.code}/decide", act="grant")[0] == 303
    return item


def spend(client: FlaskClient, item: PlanItem, **fields: Any) -> tuple[int, str, str]:
    """Write down a spending with its photo."""
    picture = (BytesIO(photo()), "photo.jpg")
    told: dict[str, Any] = {
        "amount": "200",
        "what": "Wood",
        "spent_on": TODAY.isoformat(),
        "photos": picture,
    }
    return send(client, f"/plans/{item.code}/spend", **{**told, **fields})


def test_a_photo_and_an_amount_are_spent_once_a_second_person_says_so(
    enter: Enter, granted: PlanItem, line: BudgetLine, session: Session
) -> None:
    member, manager = enter("member of A"), enter("manager of A")
    status, _, said = spend(member, granted, photos="")
    assert (status, "Choose a photo" in said) == (400, True)
    assert spend(member, granted)[0] == 303
    page = read(enter("anonymous"), f"/plans/{granted.code}")
    assert "Wood EUR 200" in page
    assert "Waits for a second person." in page
    number = int(
        re.findall(r"/spend/(\d+)/confirm", member.get(f"/plans/{granted.code}/spend").text)[0]
    )
    form = f"/plans/{granted.code}/spend/{number}/confirm"
    assert "somebody else must look at it" in read(member, form)
    page = manager.get(form).text
    hidden = dict(re.findall(r'name="(csrf_token)" value="([^"]*)"', page))
    own = dict(
        re.findall(
            r'name="(csrf_token)" value="([^"]*)"', member.get(f"/plans/{granted.code}/spend").text
        )
    )
    assert member.post(form, data={**own, "verdict": "yes"}).status_code == 403
    assert manager.get(f"/plans/{granted.code}/spend/{number}.jpg").mimetype == "image/jpeg"
    assert enter("manager of B").get(f"/plans/{granted.code}/spend/{number}.jpg").status_code == 403
    assert manager.post(form, data={**hidden, "verdict": "no"}).status_code == 400
    assert manager.post(form, data={**hidden, "verdict": "yes"}).status_code == 303
    assert balance(session, line_id=line.id).spent_cents == 20_000
    assert "Confirmed by" in read(enter("anonymous"), f"/plans/{granted.code}")


def test_a_receipt_is_asked_above_the_limit_and_the_account_tells_plan_beside_spending(
    enter: Enter, granted: PlanItem
) -> None:
    member = enter("member of A")
    status, _, said = spend(member, granted, amount="250,01")
    assert (status, "photo of the receipt is needed" in said) == (400, True)
    receipt = (BytesIO(photo()), "receipt.jpg")
    assert spend(member, granted, amount="250,01", what="=SUM(A1)", receipt=receipt)[0] == 303
    answer = enter("anonymous").get("/districts/here/money/green-pot.csv")
    assert answer.mimetype == "text/csv"
    plan, spending = csv.DictReader(StringIO(answer.text))
    assert (plan["planned_cents"], plan["granted_cents"]) == ("380000", "380000")
    assert (plan["spent_cents"], plan["waiting_cents"]) == ("0", "25001")
    assert (spending["amount_cents"], spending["settled"]) == ("25001", "waits")
    # No spreadsheet runs it (threats, T53).
    assert spending["spent_for"] == "'=SUM(A1)"
    page = read(enter("anonymous"), "/districts/here/money/green-pot")
    assert "Planned: EUR" not in page
    assert "Two benches and shade" in page


# -- It is there -------------------------------------------------------------------------------


def test_a_realised_plan_is_a_thing_on_the_map_with_its_whole_chain(
    enter: Enter, granted: PlanItem, line: BudgetLine, session: Session
) -> None:
    status, to, said = send(
        enter("member of A"), f"/plans/{granted.code}/realise", kind="bench", owner="payers"
    )
    assert status == 303, said
    asset = get_asset(session, code=to.rsplit("/", 1)[1])
    assert asset.name == "Two benches and shade"
    assert asset.owner is not None
    assert asset.owner.slug == "desk"
    (duty,) = duties_of(session, asset_ids=[asset.id], today=TODAY)[asset.id]
    assert duty.keeper.slug == "org-a"
    (part,) = funding_of(session, asset_ids=[asset.id])[asset.id]
    assert (part.line.slug, part.amount_cents) == ("green-pot", 380_000)
    # It was set aside before, and is not taken twice.
    assert balance(session, line_id=line.id).committed_cents == 380_000
    found = fetch(session, granted.code)
    assert (found.state, found.asset_code) == (State.REALISED, asset.code)
    assert "It is on the map" in read(enter("anonymous"), f"/plans/{granted.code}")


def test_something_that_stands_there_already_can_be_what_came_of_a_plan(
    world: World, enter: Enter, granted: PlanItem, session: Session
) -> None:
    asset = world.make.asset(district_id=world.here.id, geom=stored(Point(LON, LAT)))
    count = session.scalars(select(func.count()).select_from(Asset)).one()
    status, to, said = send(
        enter("member of A"), f"/plans/{granted.code}/realise", asset=asset.code
    )
    assert (status, to) == (303, f"/assets/{asset.code}"), said
    assert session.scalars(select(func.count()).select_from(Asset)).one() == count
    assert funding_of(session, asset_ids=[asset.id])


def test_without_a_grant_a_platform_says_of_nobody_else_that_they_keep_it(
    world: World, enter: Enter, item: PlanItem, session: Session
) -> None:
    item.keeper_id = world.desk.id
    session.flush()
    status, to, said = send(enter("member of A"), f"/plans/{item.code}/realise", kind="bench")
    assert status == 303, said
    asset = get_asset(session, code=to.rsplit("/", 1)[1])
    assert duties_of(session, asset_ids=[asset.id], today=TODAY) == {}
    assert asset.owner is None


# -- What people say ---------------------------------------------------------------------------


def speak(
    client: FlaskClient, item: PlanItem, door: str = "voice", **fields: str
) -> tuple[int, str]:
    """Say something of a plan; status and what the page says."""
    form = f"/plans/{item.code}/{door}?kind={fields['kind']}"
    status, _, said = send(client, form, **fields)
    return status, said


def test_help_and_an_objection_need_no_account_and_say_how_far_and_never_where(
    enter: Enter, item: PlanItem, session: Session
) -> None:
    nobody = enter("anonymous")
    assert speak(nobody, item, kind="help", choice="build")[0] == 303
    near = {"lat": f"{LAT + 0.002:.6f}", "lon": f"{LON:.6f}"}
    assert speak(nobody, item, kind="objection", choice="noise", **near)[0] == 303
    page = read(nobody, f"/plans/{item.code}")
    assert "I want to help (1) I help to make it" in page
    assert re.search(r"I object \(1\) Noise about 22\d m from the plan", page), page
    assert near["lat"] not in nobody.get(f"/plans/{item.code}").text
    kept = session.scalars(select(PlanVoice).where(PlanVoice.kind == VoiceKind.OBJECTION)).one()
    assert (kept.person_id, kept.words) == (None, "")


def test_one_network_counts_once_a_day_and_the_same_form_once(
    enter: Enter, item: PlanItem, session: Session
) -> None:
    for _ in range(3):
        assert speak(enter("anonymous"), item, kind="help", choice="build")[0] == 303
    assert session.scalars(select(func.count()).select_from(PlanVoice)).one() == 1
    assert fetch(session, item.code).help_count == 1


def test_words_need_an_account_and_are_kept_beside_what_most_say(
    enter: Enter, item: PlanItem
) -> None:
    nobody = enter("anonymous")
    status, said = speak(nobody, item, kind="help", choice="build", words="Call me")
    assert (status, "need an account" in said) == (400, True)
    assert nobody.get(f"/plans/{item.code}/words?kind=view").status_code == 401
    assert speak(enter("resident"), item, "words", kind="view", words="Not on the grass")[0] == 303
    assert "I see it otherwise (1)" in read(nobody, f"/plans/{item.code}")
    assert "Not on the grass" in read(nobody, f"/plans/{item.code}")


def test_words_that_lead_to_a_person_wait_for_a_moderator_who_hides_them_with_a_reason(
    enter: Enter, item: PlanItem, session: Session
) -> None:
    words = "Bel mij op 06 12345678"
    assert speak(enter("resident"), item, "words", kind="view", words=words)[0] == 303
    nobody, moderator = enter("anonymous"), enter("moderator")
    assert "Words beside plans Two benches and shade" in read(moderator, "/moderation")
    assert words not in nobody.get(f"/plans/{item.code}").text
    assert "wait for a moderator" in read(nobody, f"/plans/{item.code}")
    assert words in moderator.get(f"/plans/{item.code}/judging").text
    number = session.scalars(select(PlanVoice.number)).one()
    form, to = f"/plans/{item.code}/judging", f"/plans/{item.code}/voices/{number}/verdict"
    assert send(moderator, form, to, verdict="hide")[0] == 400
    assert send(moderator, form, to, verdict="hide", reason="phone_or_address")[0] == 303
    assert "The words are hidden" in read(nobody, f"/plans/{item.code}")
    assert send(moderator, form, to, verdict="show")[0] == 303
    assert words in nobody.get(f"/plans/{item.code}").text


# -- On the pages of others --------------------------------------------------------------------


def test_plans_are_rows_with_letters_and_those_with_a_place_stand_on_the_map(
    world: World, enter: Enter, item: PlanItem, line: BudgetLine
) -> None:
    line.lead_days, line.spend_by = 10, TODAY.replace(month=12, day=31)
    world.make.plan_item(
        district_id=world.here.id, platform_id=item.platform_id, organisation_id=world.org_a.id,
        geom=None, state=State.IDEA, title="Cook together",
    )  # fmt: skip
    platform_id = world.platforms["platform-a"].id
    app = enter("anonymous").application
    with app.test_request_context("/?lang=en"), open_session() as session:
        page = open_page(session, district="here")
        public = list_items(session, platform_id=platform_id, limit=9)
        own = list_items(session, platform_id=platform_id, limit=9, with_ideas=True)
        cards = make_item_cards(session, page, own)
        words = say(render("_plan_items.html", page, item_cards=cards))
        pins = make_plan_pins(cards)
        others = items_in(session, where=[], limit=9)
    titles = [one.title for one in own]
    assert [one.title for one in public] == [one for one in titles if one != "Cook together"]
    assert "Cook together" not in [one.title for one in others]
    at = titles.index("Two benches and shade")
    letter = write_letter(at)
    assert [(pin.words, pin.symbol) for pin in pins] == [(letter, "plan")]
    assert cards[at].where.startswith("At Bench")
    row = (
        "Two benches and shade A plan We do not know "
        f"{world.org_a.name} EUR 3,800 Green pot: fits, ask by 21 December"
    )
    assert row in words
    assert "Cook together An idea" in words


def test_examples_go_with_all_that_was_asked_of_them(
    world: World, enter: Enter, item: PlanItem, line: BudgetLine, session: Session
) -> None:
    line.is_example = True
    session.flush()
    ask(enter("member of A"), item)
    assert send(enter("officer here"), f"/plans/{item.code}/decide", act="grant")[0] == 303
    spend(enter("member of A"), item)
    world.make.plan_voice(item_id=item.id, is_example=True)
    kept = session.scalars(select(PlanItem.id).where(PlanItem.id != item.id)).all()
    remove_example_plans(session)
    remove_example_money(session)
    assert session.scalars(select(PlanItem.id)).all() == kept
    assert session.scalars(select(func.count()).select_from(BudgetLine)).one() == 0


# -- The money of a district -------------------------------------------------------------------


def test_the_money_of_a_district_says_what_is_left_who_pays_and_until_when(
    world: World, enter: Enter, line: BudgetLine
) -> None:
    line.spend_by = TODAY.replace(month=12, day=31)
    line.asked_on, line.approved_on = TODAY.replace(year=2024), TODAY.replace(month=1)
    line.lead_days, line.needs_design = 30, True
    world.session.flush()
    page = read(enter("anonymous"), "/districts/here/money")
    for words in (
        "Plans of this year",
        "Green pot EUR 10,000 left.",
        "Only for green. To be spent by 31 December.",
        "Ask within 10 days.",
        f"Who pays: {world.desk.name}.",
        "426 days later.",
        "It wants a drawn design",
        "costs of taking part (a room, translating, childcare) there is EUR 0",
    ):
        assert words in page, words


def test_an_officer_writes_down_a_round_and_a_pot_and_a_platform_its_own_money(
    enter: Enter, session: Session
) -> None:
    officer = enter("officer here")
    assert (
        send(officer, "/districts/here/money/new-round", name="Plans", model="c", year="2026")[0]
        == 303
    )
    made = session.scalars(select(BudgetRound).where(BudgetRound.name == "Plans")).one()
    told: dict[str, Any] = {
        "name": "Pot",
        "amount": "5.000",
        "payer": "desk",
        "themes": ["green", "art"],
    }
    status, to, said = send(
        officer, "/districts/here/money/new-line", round=made.slug, spend_by="2026-12-31", **told
    )
    assert (status, to) == (303, "/districts/here/money/pot/times?new=1"), said
    times = "/districts/here/money/pot/times"
    assert send(officer, times, lead_days="many")[0] == 400
    assert send(officer, times, lead_days="14", ask_by="2026-12-01", receipt_over="100")[0] == 303
    line = session.scalars(select(BudgetLine).where(BudgetLine.slug == "pot")).one()
    assert (line.amount_cents, line.earmarks, line.lead_days) == (500_000, ["green", "art"], 14)
    assert (line.round_id, line.receipt_over_cents) == (made.id, 10_000)
    status, _, said = send(enter("manager of A"), "/platforms/platform-a/money", **told)
    assert status == 303, said
    own = session.scalars(select(BudgetLine).where(BudgetLine.platform_id.is_not(None))).one()
    assert own.round_id is None
    for name in ("member of A", "manager of B"):
        assert enter(name).get("/platforms/platform-a/money").status_code == 403
    assert enter("manager of A").get("/districts/here/money/new-line").status_code == 403


@pytest.mark.usefixtures("line")
def test_a_plan_is_read_with_as_many_questions_however_much_is_said_of_it(
    world: World, enter: Enter, item: PlanItem, connection: Connection
) -> None:
    nobody = enter("anonymous")
    nobody.get(f"/plans/{item.code}")
    with count_queries(connection.engine) as few:
        nobody.get(f"/plans/{item.code}")
    for _ in range(5):
        world.make.plan_voice(item_id=item.id)
        world.make.plan_event(item_id=item.id)
        world.make.budget_line(district_id=world.here.id)
    with count_queries(connection.engine) as many:
        nobody.get(f"/plans/{item.code}")
    assert len(many) == len(few)
