"""The facts of the register, dated, and the pages on which whoever manages a thing changes them."""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from shapely import Point
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geoapp.assets.actions import add_asset
from geoapp.assets.queries import contracts_of, duties_of
from geoapp.assets.rules import (
    DETAILS,
    Aspect,
    AssetEventKind,
    Kind,
    PhysicalStatus,
    RegisterEntry,
    RegisterStatus,
    events_of,
    settle_entry,
)
from geoapp.assets.tables import (
    Asset,
    AssetEvent,
    FrameworkContract,
    MaintenanceDuty,
    Ownership,
)
from geoapp.care.actions import refresh_districts
from geoapp.errors import Invalid
from geoapp.exchange.examples import remove_examples
from geoapp.keepers.rules import Cut, DutyDraft, Holding, cut_duties
from geoapp.ledger.audit import list_entries
from geoapp.ledger.chain import Thing
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory, stored
from tests.test_assets import BENCH
from tests.world import World

pytest_plugins = ("tests.desks",)

TODAY = date(2026, 11, 21)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def read(client: FlaskClient, path: str, language: str = "en") -> str:
    """A page's words, as a person reads them."""
    answer = client.get(path, query_string={"lang": language})
    assert answer.status_code == 200, answer.text
    return words_of(answer.text)


def words_of(page: str) -> str:
    """The words of a page, in one line."""
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", page)).split())


def fields_of(page: str) -> dict[str, str]:
    """What the forms of a page would send, of those whose name stands once."""
    found = {}
    for tag in re.findall(r"<input[^>]+>", page):
        told = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if told.get("type") != "checkbox":
            found[told["name"]] = told.get("value", "")
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found | dict(re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>(.*?)</textarea>', page))


def send(client: FlaskClient, asset: Asset, form: str, where: str = "", **typed: Any) -> Any:
    """Send a form of a thing's page as it stands there, with what is typed in it."""
    path = f"/assets/{asset.code}/{form}"
    sent = {**fields_of(client.get(path).text), **typed}
    return client.post(path + where, data=sent)


def send_keepers(client: FlaskClient, asset: Asset, where: str = "", **typed: Any) -> Any:
    """Send a form of the page of keepers, with nothing in it but what is typed."""
    page = client.get(f"/assets/{asset.code}/keepers").text
    hidden = {name: fields_of(page)[name] for name in ("csrf_token", "version")}
    return client.post(f"/assets/{asset.code}/keepers{where}", data={**hidden, **typed})


def actions_of(session: Session, asset: Asset) -> list[str]:
    """What the chain of a thing tells, the latest first."""
    entries = list_entries(session, thing=Thing("asset", asset.id), limit=9)
    return [entry.action for entry in entries]


def owner_lines(session: Session, asset: Asset) -> list[tuple[Any, date | None, date | None]]:
    """Whose a thing was and is, the oldest first."""
    lines = select(Ownership.organisation_id, Ownership.starts_on, Ownership.until)
    rows = session.execute(lines.where(Ownership.asset_id == asset.id).order_by(Ownership.id))
    return [(row[0], row[1], row[2]) for row in rows]


# -- Keepers -----------------------------------------------------------------------------------


def test_an_officer_gives_a_playground_a_keeper_of_its_devices_and_all_say_it_at_once(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    playground = world.make.asset(district_id=world.here.id, kind=Kind.PLAYGROUND)
    anybody, officer = enter("anonymous"), enter("officer here")
    assert "We do not know who keeps this" in read(anybody, f"/assets/{playground.code}")
    page = read(officer, f"/assets/{playground.code}/keepers")
    assert "Nobody is down for this: repairs it, keeps it clean, opens and runs it" in page
    answer = send_keepers(
        officer, playground, covers="device", organisation="contractor", starts_on=str(TODAY)
    )
    assert answer.status_code == 303
    public = read(anybody, f"/assets/{playground.code}")
    assert f"{world.contractor.name} repairs it" in public
    (duty,) = anybody.get(f"/api/v1/assets/{playground.code}").get_json()["keeper"]
    assert (duty["organisation"]["slug"], duty["covers"]) == ("contractor", ["device"])
    assert actions_of(session, playground) == ["change_keeper"]


def test_whoever_assigns_a_keeper_sees_the_place_leave_the_list_of_what_nobody_keeps(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    bench = world.make.asset(district_id=world.here.id, kind=Kind.BENCH, name="Bank zonder zorg")
    refresh_districts(session, now=NOW)
    officer, path = enter("officer here"), "/districts/here/care"
    assert "Bank zonder zorg" in read(officer, path)
    told = {"covers": "device", "organisation": "contractor", "starts_on": str(TODAY)}
    assert send_keepers(officer, bench, **told).status_code == 303
    assert "Bank zonder zorg" not in read(officer, path)


def test_whoever_manages_a_thing_names_no_other_organisation(
    enter: Callable[[str], FlaskClient], court: Asset, session: Session
) -> None:
    manager = enter("manager of A")
    named = {"covers": "device", "organisation": "contractor", "starts_on": str(TODAY)}
    assert send_keepers(manager, court, **named).status_code == 403
    assert 'value="contractor"' not in manager.get(f"/assets/{court.code}/keepers").text
    taken = send_keepers(
        manager, court, **(named | {"organisation": "org-a", "covers": "cleaning"})
    )
    assert (taken.status_code, "the district says who takes it over" in taken.text) == (400, True)
    owner = {"organisation": "org-a", "since": str(TODAY)}
    assert send_keepers(manager, court, "/owner", **owner).status_code == 403
    assert session.scalar(select(func.count()).select_from(MaintenanceDuty)) == 6
    assert owner_lines(session, court) == []


@pytest.mark.parametrize("name", ["manager of A", "supporter"])
def test_a_vacant_part_is_taken_for_ones_own_organisation_and_given_back(
    enter: Callable[[str], FlaskClient], court: Asset, session: Session, world: World, name: str
) -> None:
    own = {"covers": "device", "organisation": "org-a", "starts_on": str(TODAY)}
    client = enter(name)
    assert send_keepers(client, court, **own).status_code == 303
    duty = session.scalars(select(MaintenanceDuty).where(MaintenanceDuty.starts_on == TODAY)).one()
    assert (duty.organisation_id, duty.covers) == (world.org_a.id, ["device"])
    end = {"duty": str(duty.id), "ends_on": str(TODAY)}
    assert send_keepers(client, court, "/end", **end).status_code == 303
    session.refresh(duty)
    assert duty.until == TODAY
    assert actions_of(session, court) == ["end_keeping", "change_keeper"]


def test_nobody_ends_what_another_organisation_keeps(
    enter: Callable[[str], FlaskClient], court: Asset, session: Session, world: World
) -> None:
    duty = session.scalars(
        select(MaintenanceDuty).where(
            MaintenanceDuty.asset_id == court.id,
            MaintenanceDuty.organisation_id == world.org_b.id,
        )
    ).one()
    end = {"duty": str(duty.id), "ends_on": str(TODAY)}
    assert send_keepers(enter("manager of A"), court, "/end", **end).status_code == 403
    assert send_keepers(enter("officer here"), court, "/end", **end).status_code == 303
    session.refresh(duty)
    assert duty.until == TODAY


def test_of_a_duty_that_covers_several_parts_only_the_one_taken_over_ends(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    bench = world.make.asset(district_id=world.here.id)
    last = date(2028, 6, 1)
    world.make.duty(
        asset_id=bench.id,
        organisation_id=world.contractor.id,
        covers=["device", "cleaning"],
        until=last,
    )
    named = {"covers": "cleaning", "organisation": "org-b", "starts_on": "2027-01-01"}
    assert send_keepers(enter("officer here"), bench, **named).status_code == 303
    rows = session.execute(
        select(
            MaintenanceDuty.organisation_id,
            MaintenanceDuty.covers,
            MaintenanceDuty.starts_on,
            MaintenanceDuty.until,
        )
        .where(MaintenanceDuty.asset_id == bench.id)
        .order_by(MaintenanceDuty.id)
    ).all()
    new_year, eve = date(2027, 1, 1), date(2026, 12, 31)
    assert [tuple(row) for row in rows] == [
        (world.contractor.id, ["device", "cleaning"], None, eve),
        (world.contractor.id, ["device"], new_year, last),
        (world.org_b.id, ["cleaning"], new_year, None),
    ]
    kept = {
        day: {
            (duty.keeper.slug, aspect)
            for duty in duties_of(session, asset_ids=[bench.id], today=day)[bench.id]
            for aspect in duty.covers
        }
        for day in (eve, new_year)
    }
    assert kept == {
        eve: {("contractor", "device"), ("contractor", "cleaning")},
        new_year: {("contractor", "device"), ("org-b", "cleaning")},
    }


ORG_A, ORG_B = uuid4(), uuid4()
BOTH = frozenset({Aspect.DEVICE, Aspect.CLEANING})
DEVICE, CLEANING = frozenset({Aspect.DEVICE}), frozenset({Aspect.CLEANING})
HELD = Holding(uuid4(), ORG_A, BOTH, None, None)
TAKEN = DutyDraft(ORG_B, DEVICE, TODAY)


@pytest.mark.parametrize(
    ("held", "taken", "becomes"),
    [
        (HELD, TAKEN, [(YESTERDAY, CLEANING)]),
        (HELD, replace(TAKEN, covers=BOTH), [(YESTERDAY, frozenset())]),
        (replace(HELD, covers=CLEANING), TAKEN, []),
        (replace(HELD, until=YESTERDAY), TAKEN, []),
        (replace(HELD, until=TODAY), TAKEN, [(YESTERDAY, CLEANING)]),
        (replace(HELD, starts_on=YESTERDAY), TAKEN, [(YESTERDAY, CLEANING)]),
        (replace(HELD, starts_on=TODAY), TAKEN, [(None, CLEANING)]),
        (replace(HELD, starts_on=TOMORROW), replace(TAKEN, covers=BOTH), [(None, frozenset())]),
        (replace(HELD, starts_on=TOMORROW), replace(TAKEN, until=TODAY), []),
        (replace(HELD, starts_on=YESTERDAY), replace(TAKEN, starts_on=YESTERDAY), None),
        (HELD, replace(TAKEN, starts_on=YESTERDAY), [(YESTERDAY - timedelta(days=1), CLEANING)]),
    ],
)
def test_what_is_taken_over_ends_the_day_before_and_what_was_kept_stays_on_record(
    held: Holding, taken: DutyDraft, becomes: list[tuple[date | None, frozenset[Aspect]]] | None
) -> None:
    if becomes is None:
        with pytest.raises(Invalid, match="since that day or later"):
            cut_duties([held], taken, today=TODAY)
        return
    cuts = cut_duties([held], taken, today=TODAY)
    assert cuts == [Cut(held, ends_on, rest) for ends_on, rest in becomes]


WRONG_DAYS: tuple[tuple[str, dict[str, str], str], ...] = (
    ("", {"starts_on": "2026-11-21", "until": "2026-11-20"}, "comes before the first"),
    ("", {"starts_on": "2099-01-01"}, "within 10 years"),
    ("", {"starts_on": ""}, "Choose a day"),
    ("", {"starts_on": "soon"}, "Choose a day"),
    ("", {"starts_on": "0001-01-01"}, "Choose a day"),
    ("", {"covers": ""}, "Choose what they do"),
    ("", {"organisation": "other-desk"}, "Choose an organisation"),
    ("/owner", {"since": "2026-11-22"}, "once it has happened"),
    ("/owner", {"since": ""}, "Choose a day"),
)


@pytest.mark.parametrize(("where", "typed", "says"), WRONG_DAYS)
def test_days_and_names_that_cannot_be_come_back_as_they_were_typed(
    enter: Callable[[str], FlaskClient],
    court: Asset,
    session: Session,
    where: str,
    typed: dict[str, str],
    says: str,
) -> None:
    right = {
        "covers": "device",
        "organisation": "contractor",
        "starts_on": str(TODAY),
        "since": str(TODAY),
    }
    answer = send_keepers(enter("officer here"), court, where, **(right | typed))
    assert (answer.status_code, says in answer.text) == (400, True)
    assert 'aria-invalid="true"' in answer.text
    assert session.scalar(select(func.count()).select_from(MaintenanceDuty)) == 6
    assert owner_lines(session, court) == []


def test_of_two_who_change_the_keepers_the_second_sees_the_first(
    enter: Callable[[str], FlaskClient], court: Asset, session: Session
) -> None:
    first, second = enter("officer here"), enter("manager of A")
    stale = fields_of(second.get(f"/assets/{court.code}/keepers").text)
    named = {"covers": "device", "starts_on": str(TODAY)}
    assert send_keepers(first, court, **named, organisation="contractor").status_code == 303
    late = {"csrf_token": stale["csrf_token"], "version": stale["version"]}
    answer = second.post(
        f"/assets/{court.code}/keepers",
        data={**late, **named, "organisation": "org-a", "until": "2027-03-01"},
    )
    assert answer.status_code == 412
    words = words_of(answer.text)
    assert "Department" in words
    assert "repairs it since 21 November" in words
    assert 'name="until" value="2027-03-01"' in answer.text
    assert session.scalar(select(func.count()).where(MaintenanceDuty.starts_on == TODAY)) == 1


# -- Owners ------------------------------------------------------------------------------------


def test_an_owner_follows_another_and_the_page_tells_both(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    bench = world.make.asset(district_id=world.here.id, owner_id=world.desk.id)
    officer = enter("officer here")
    named = {"organisation": "org-b", "since": "2026-11-01"}
    assert send_keepers(officer, bench, "/owner", **named).status_code == 303
    assert owner_lines(session, bench) == [
        (world.desk.id, None, date(2026, 10, 31)),
        (world.org_b.id, date(2026, 11, 1), None),
    ]
    session.refresh(bench)
    assert bench.owner_id == world.org_b.id
    page = read(enter("anonymous"), f"/assets/{bench.code}")
    assert f"Whose is the bench? {world.org_b.name}" in page
    assert f"1 November 2026 From now on of {world.org_b.name}." in page
    earlier = send_keepers(officer, bench, "/owner", organisation="desk", since="2026-10-01")
    assert "another owner after that day" in earlier.text
    wrong = send_keepers(officer, bench, "/owner", organisation="contractor", since="2026-11-01")
    assert wrong.status_code == 303
    assert owner_lines(session, bench)[1:] == [
        (world.contractor.id, date(2026, 11, 1), None),
    ]
    assert send_keepers(officer, bench, "/owner", organisation="", since="2026-11-10")
    assert session.scalar(select(Asset.owner_id).where(Asset.id == bench.id)) is None
    assert owner_lines(session, bench)[-1][2] == date(2026, 11, 9)


def test_the_owner_of_a_thing_is_the_open_end_of_its_line_of_owners(
    demo_session: Session, session: Session, make: Factory
) -> None:
    def differing(asked: Session) -> int | None:
        is_open = (Ownership.asset_id == Asset.id) & Ownership.until.is_(None)
        return asked.scalar(
            select(func.count())
            .select_from(Asset)
            .outerjoin(Ownership, is_open)
            .where(Asset.owner_id.is_distinct_from(Ownership.organisation_id))
        )

    assert demo_session.scalar(select(func.count()).where(Asset.owner_id.is_not(None)))
    assert differing(demo_session) == 0
    place, owner = make.district(), make.organisation()
    draft = replace(BENCH, owner_id=owner.id, owner_since=date(2020, 1, 1))
    asset = add_asset(session, district_id=place.id, draft=draft, new_code=make.code)
    assert owner_lines(session, asset) == [(owner.id, date(2020, 1, 1), None)]
    assert differing(session) == 0


def test_a_real_thing_that_an_example_owned_belongs_to_nobody_once_examples_go(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    invented = world.make.organisation(district_id=world.here.id, is_example=True)
    bench = world.make.asset(district_id=world.here.id)
    named = {"organisation": invented.slug, "since": str(TODAY)}
    kept = {"organisation": invented.slug, "starts_on": str(TODAY), "covers": "device"}
    officer = enter("officer here")
    assert send_keepers(officer, bench, "/owner", **named).status_code == 303
    assert send_keepers(officer, bench, **kept).status_code == 303
    contract = world.make.framework_contract(
        district_id=world.here.id, contractor_id=invented.id, is_example=True
    )
    world.make.asset_contract(asset_id=bench.id, contract_id=contract.id)
    remove_examples(session)
    session.expire_all()
    assert session.get_one(Asset, bench.id).owner_id is None
    assert owner_lines(session, bench) == []
    assert contracts_of(session, asset_id=bench.id) == []


# -- Facts -------------------------------------------------------------------------------------


def test_facts_are_changed_and_read_by_everybody(
    enter: Callable[[str], FlaskClient], court: Asset, session: Session
) -> None:
    manager = enter("manager of A")
    typed = {
        "name": "Tennis court",
        "register_status": "in_register",
        "review_on": "2027-03-03",
        "sport": "tennis",
        "area_m2": "260",
    }
    answer = send(manager, court, "facts", **typed)
    assert answer.status_code == 303
    session.refresh(court)
    assert (court.name, court.search_key) == ("Tennis court", "tenniscourt")
    assert court.details == {"sport": "tennis", "area_m2": 260}
    page = read(enter("anonymous"), f"/assets/{court.code}")
    assert "A trial: on 3 March 2027 we look whether this stays." in page
    assert "November 2026 Put in the city's list." in page
    dutch = read(enter("anonymous"), f"/q/{court.code}", "nl")
    assert "Proef: op 3 maart 2027 kijken wij of dit blijft." in dutch
    told = enter("anonymous").get(f"/api/v1/assets/{court.code}").get_json()
    assert (told["planned_on"], told["review_on"]) == (None, "2027-03-03")
    history = read(manager, f"/assets/{court.code}/history")
    assert "Changed the facts" in history
    assert "In the city's list? Before: We do not know After: Yes" in history
    assert actions_of(session, court) == ["change_entry"]


WRONG_FACTS: tuple[tuple[dict[str, str], str], ...] = (
    ({"name": " "}, "Say what it is called"),
    ({"name": "x" * 201}, "at most 200 letters"),
    ({"physical_status": "removed"}, "is not said here"),
    ({"physical_status": "melted"}, "Choose one of these"),
    ({"physical_status": "planned", "planned_on": "2026-11-20"}, "from today on"),
    ({"physical_status": "planned", "planned_on": "2047-01-01"}, "within 20 years"),
    ({"planned_on": "2027-01-01"}, "Only what is planned"),
    ({"review_on": "2026-02-30"}, "Choose a day"),
    ({"area_m2": "much"}, "in digits alone"),
    ({"part_of": "K9-999"}, "There is no place with number K9-999 near it"),
)


@pytest.mark.parametrize(("typed", "says"), WRONG_FACTS)
def test_facts_that_cannot_be_come_back_as_they_were_typed(
    enter: Callable[[str], FlaskClient], court: Asset, typed: dict[str, str], says: str
) -> None:
    answer = send(enter("manager of A"), court, "facts", **typed)
    assert (answer.status_code, says in answer.text) == (400, True)
    assert 'aria-invalid="true"' in answer.text
    for name, words in typed.items():
        if name not in ("physical_status",):
            assert words.strip() in answer.text


def test_of_two_who_change_the_facts_the_second_sees_both(
    enter: Callable[[str], FlaskClient], court: Asset, session: Session
) -> None:
    first, second = enter("manager of A"), enter("supporter")
    page = fields_of(second.get(f"/assets/{court.code}/facts").text)
    assert send(first, court, "facts", name="Theirs", fence="a low hedge").status_code == 303
    late = second.post(f"/assets/{court.code}/facts", data={**page, "name": "Mine"})
    assert late.status_code == 412
    words = words_of(late.text)
    assert "On the map now, by somebody else: Theirs" in words
    assert "On the map now, by somebody else: a low hedge" in words
    assert 'value="Mine"' in late.text
    again = second.post(f"/assets/{court.code}/facts", data=fields_of(late.text))
    assert again.status_code == 303
    session.refresh(court)
    assert (court.name, court.details) == ("Mine", {})


def test_what_is_planned_has_a_day_until_it_stands_there(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    bench = world.make.asset(
        district_id=world.here.id,
        physical_status=PhysicalStatus.PLANNED,
        planned_on=date(2027, 5, 1),
    )
    contract = world.make.framework_contract(district_id=world.here.id)
    world.make.asset_contract(asset_id=bench.id, contract_id=contract.id)
    page = read(enter("anonymous"), f"/assets/{bench.code}")
    assert "To be built on 1 May 2027" in page
    assert "until 31 December 2026. That is before it is to be built." in page
    officer = enter("officer here")
    early = send(officer, bench, "replace")
    assert (early.status_code, "It is not there yet" in early.text) == (400, True)
    assert send(officer, bench, "facts", physical_status="in_use").status_code == 303
    session.refresh(bench)
    assert (bench.planned_on, bench.last_seen_on) == (None, TODAY)
    kinds = session.scalars(select(AssetEvent.kind).where(AssetEvent.asset_id == bench.id))
    assert kinds.all() == [AssetEventKind.BUILT]


ENTRY = RegisterEntry("Bench", RegisterStatus.UNKNOWN, PhysicalStatus.IN_USE)
PLANNED = replace(ENTRY, physical_status=PhysicalStatus.PLANNED)
REMOVED = replace(ENTRY, physical_status=PhysicalStatus.REMOVED)


def test_a_change_of_facts_tells_what_happened_to_the_thing_itself() -> None:
    due = replace(ENTRY, review_on=TODAY)
    listed = replace(ENTRY, register_status=RegisterStatus.IN_REGISTER)
    unlisted = replace(ENTRY, register_status=RegisterStatus.REMOVED)
    changes: list[tuple[RegisterEntry, RegisterEntry, list[AssetEventKind]]] = [
        (PLANNED, ENTRY, [AssetEventKind.BUILT]),
        (ENTRY, PLANNED, []),
        (ENTRY, listed, [AssetEventKind.REGISTERED]),
        (listed, unlisted, [AssetEventKind.DEREGISTERED]),
        (due, ENTRY, [AssetEventKind.REVIEWED]),
        (due, due, []),
        (replace(ENTRY, review_on=TOMORROW), ENTRY, []),
    ]
    for before, after, told in changes:
        assert events_of(before, after, today=TODAY) == told


def test_nothing_is_taken_away_or_brought_back_on_the_side() -> None:
    for before, after in ((ENTRY, REMOVED), (REMOVED, ENTRY), (REMOVED, PLANNED)):
        with pytest.raises(Invalid, match="is not said here"):
            settle_entry(before, after, today=TODAY)
    renamed = replace(REMOVED, name="Old bench")
    assert settle_entry(REMOVED, renamed, today=TODAY) == renamed
    long_due = replace(PLANNED, planned_on=YESTERDAY)
    assert settle_entry(long_due, replace(long_due, name="Late"), today=TODAY).name == "Late"


def test_a_facility_stands_in_a_site_near_it_and_never_in_itself(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    here = {"district_id": world.here.id}
    site = world.make.asset(kind=Kind.PLAYGROUND, **here)
    court = world.make.asset(kind=Kind.SPORT_COURT, part_of_id=site.id, **here)
    sign = world.make.asset(kind=Kind.SIGN, **here)
    officer = enter("officer here")
    typed = {"part_of": court.code.replace("-", "").lower(), "shows": court.code}
    assert send(officer, sign, "facts", **typed).status_code == 303
    session.refresh(sign)
    assert (sign.part_of_id, sign.shows_id) == (court.id, court.id)
    for other in (site, court, sign):
        answer = send(officer, site, "facts", part_of=other.code)
        assert (answer.status_code, "cannot stand in itself" in answer.text) == (400, True)
    shown = send(officer, court, "facts", shows=site.code)
    assert (shown.status_code, "Only a sign" in shown.text) == (400, True)
    far = world.make.asset(geom=stored(Point(LON + 0.06, LAT)), **here)
    assert send(officer, far, "facts", part_of=site.code).status_code == 400


# -- Replacing ---------------------------------------------------------------------------------


def test_a_bench_that_is_replaced_keeps_its_number_and_its_reports(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    bench = world.make.asset(
        district_id=world.here.id,
        details={"material": "wood"},
        physical_status=PhysicalStatus.OUT_OF_ORDER,
    )
    defect = world.make.defect(district_id=world.here.id, asset_id=bench.id)
    code, officer = bench.code, enter("officer here")
    typed = {"on_day": "2026-11-19", "note": "With a back this time", "material": "steel"}
    assert send(officer, bench, "replace", **typed).status_code == 303
    session.refresh(bench)
    assert (bench.code, bench.physical_status) == (code, PhysicalStatus.IN_USE)
    assert (bench.last_seen_on, bench.details) == (date(2026, 11, 19), {"material": "steel"})
    page = enter("anonymous").get(f"/q/{code}?lang=en")
    assert f"/defects/{defect.code}" in page.text
    life = read(enter("anonymous"), f"/assets/{code}")
    assert "19 November 2026 Replaced by a new one. With a back this time" in life
    assert actions_of(session, bench) == ["replace_asset"]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"on_day": "2026-11-22"}, "once it has happened"),
        ({"on_day": ""}, "Choose a day"),
        ({"name": ""}, "Say what it is called"),
        ({"note": "x" * 201}, "at most 200 letters"),
    ],
)
def test_a_replacement_that_cannot_be_changes_nothing(
    enter: Callable[[str], FlaskClient],
    court: Asset,
    session: Session,
    typed: dict[str, str],
    says: str,
) -> None:
    answer = send(enter("manager of A"), court, "replace", **typed)
    assert (answer.status_code, says in answer.text) == (400, True)
    assert session.scalar(select(func.count()).select_from(AssetEvent)) == 0


def test_a_new_thing_and_a_change_of_facts_at_once_do_not_overwrite_each_other(
    enter: Callable[[str], FlaskClient], court: Asset, session: Session
) -> None:
    first, second = enter("manager of A"), enter("officer here")
    page = fields_of(second.get(f"/assets/{court.code}/replace").text)
    assert send(first, court, "facts", name="Theirs").status_code == 303
    late = second.post(f"/assets/{court.code}/replace", data={**page, "name": "Mine"})
    assert late.status_code == 412
    assert "Theirs" in late.text
    session.refresh(court)
    assert court.name == "Theirs"


# -- Contracts ---------------------------------------------------------------------------------


def test_an_officer_adds_a_contract_lets_it_end_later_and_builds_a_bench_under_it(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    officer, path = enter("officer here"), "/districts/here/contracts"
    token = fields_of(officer.get(path).text)["csrf_token"]
    right = {
        "csrf_token": token,
        "title": "Benches and bins",
        "contractor": "contractor",
        "covers_kinds": ["bench", "bin"],
        "starts_on": "2025-01-01",
        "ends_on": "2026-12-31",
    }
    for wrong, says in (
        ({"title": ""}, "Say what the contract is called"),
        ({"covers_kinds": []}, "Choose what it is for"),
        ({"ends_on": "2024-12-31"}, "comes before the first"),
        ({"contractor": "other-desk"}, "Choose an organisation"),
    ):
        answer = officer.post(path, data={**right, **wrong})
        assert (answer.status_code, says in answer.text) == (400, True)
    assert officer.post(path, data=right).status_code == 303
    assert officer.post(path, data=right).status_code == 303
    slugs = session.scalars(select(FrameworkContract.slug).order_by(FrameworkContract.slug)).all()
    assert slugs == ["benches-and-bins", "benches-and-bins-2"]
    end = {"csrf_token": token, "contract": slugs[0], "was_ends_on": "2026-12-31"}
    assert officer.post(f"{path}/end", data={**end, "ends_on": "2027-12-31"}).status_code == 303
    late = officer.post(f"{path}/end", data={**end, "ends_on": "2028-12-31"})
    assert (late.status_code, "31 December 2027" in late.text) == (412, True)
    bench, court = world.make.asset(district_id=world.here.id), world.assets["kept by A"][0]
    assert send_keepers(officer, court, "/contract", contract=slugs[0]).status_code == 400
    assert send_keepers(officer, bench, "/contract", contract=slugs[0]).status_code == 303
    (found,) = contracts_of(session, asset_id=bench.id)
    assert (found.title, found.ends_on) == ("Benches and bins", date(2027, 12, 31))
    page = read(enter("anonymous"), f"/assets/{bench.code}")
    assert (
        f"Who builds it? {world.contractor.name} Benches and bins , until 31 December 2027" in page
    )
    assert send_keepers(officer, bench, "/contract", contract=slugs[0]).status_code == 303
    assert contracts_of(session, asset_id=bench.id) == []
    assert actions_of(session, bench) == ["link_contract", "link_contract"]


def test_a_contract_of_another_district_is_not_to_be_had(
    enter: Callable[[str], FlaskClient], world: World, session: Session
) -> None:
    theirs = world.make.framework_contract(district_id=world.there.id)
    bench = world.make.asset(district_id=world.here.id)
    officer = enter("officer here")
    assert send_keepers(officer, bench, "/contract", contract=theirs.slug).status_code == 404
    assert theirs.title not in officer.get("/districts/here/contracts").text
    assert enter("officer there").get("/districts/here/contracts").status_code == 403
    assert contracts_of(session, asset_id=bench.id) == []


# -- Doors and words ---------------------------------------------------------------------------


def test_whoever_has_not_signed_in_is_led_to_the_sign_in(
    enter: Callable[[str], FlaskClient], court: Asset
) -> None:
    anybody = enter("anonymous")
    assert f"/assets/{court.code}/manage" in anybody.get(f"/assets/{court.code}").text
    for page in ("manage", "facts", "keepers", "replace", "history"):
        answer = anybody.get(f"/assets/{court.code}/{page}")
        assert (answer.status_code, "/sign-in?next=" in answer.text) == (401, True)


def test_the_hub_leads_to_what_the_reader_may_do(
    enter: Callable[[str], FlaskClient], world: World
) -> None:
    bench = world.make.asset(district_id=world.here.id, owner_id=world.org_a.id)
    for name, has_hours in (("officer here", True), ("manager of A", False)):
        page = enter(name).get(f"/assets/{bench.code}/manage").text
        assert (f"/assets/{bench.code}/hours" in page) is has_hours
        for task in ("facts", "keepers", "replace", "history"):
            assert f'href="/assets/{bench.code}/{task}"' in page


def test_every_page_of_the_register_speaks_dutch_and_labels_what_is_typed(
    enter: Callable[[str], FlaskClient], world: World
) -> None:
    officer = enter("officer here")
    sign = world.make.asset(district_id=world.here.id, kind=Kind.SIGN)
    world.make.duty(asset_id=sign.id)
    world.make.framework_contract(district_id=world.here.id, covers_kinds=["sign"])
    pages = {
        f"/assets/{sign.code}/manage": "Bijhouden",
        f"/assets/{sign.code}/facts": "Naam, toestand en details",
        f"/assets/{sign.code}/keepers": "Van wie het is, wie het bijhoudt",
        f"/assets/{sign.code}/replace": "Er staat nu een nieuwe",
        f"/assets/{sign.code}/history": "Geschiedenis",
        "/districts/here/contracts": "Raamcontracten",
    }
    for path, says in pages.items():
        assert says in read(officer, path, "nl")
        page = officer.get(path).text.partition("<main")[2]
        labelled = set(re.findall(r'<label for="([^"]+)"', page))
        typed = re.findall(r'<(?:input|select|textarea) id="([^"]+)"', page)
        assert labelled == set(typed)
        assert len(typed) == len(set(typed))


@pytest.mark.parametrize("kind", Kind)
def test_the_form_of_every_kind_asks_for_its_details_and_keeps_them(
    enter: Callable[[str], FlaskClient], world: World, session: Session, kind: Kind
) -> None:
    details = {name: wanted(7) for name, wanted in DETAILS[kind].items()}
    if "entrances" in details:
        details["entrances"] = "52.3137, 4.9742"
    asset = world.make.asset(district_id=world.here.id, kind=kind, details=details)
    assert send(enter("officer here"), asset, "facts", name="Renamed").status_code == 303
    session.refresh(asset)
    assert (asset.name, asset.details) == ("Renamed", details)


# -- Examples ----------------------------------------------------------------------------------


def test_the_demo_has_a_trial_and_a_bench_planned_after_its_contract_ends(
    demo_session: Session,
) -> None:
    planned = demo_session.scalars(select(Asset).where(Asset.planned_on.is_not(None))).all()
    assert planned
    assert all(
        contract.is_example and contract.ends_on < asset.planned_on
        for asset in planned
        if asset.planned_on is not None
        for contract in contracts_of(demo_session, asset_id=asset.id)
    )
    assert demo_session.scalar(select(func.count()).where(Asset.review_on > TODAY))
    unkept = select(func.count()).where(
        Asset.kind == Kind.PLAYGROUND,
        ~select(MaintenanceDuty.id)
        .where(MaintenanceDuty.asset_id == Asset.id, MaintenanceDuty.covers.contains(["device"]))
        .exists(),
    )
    assert demo_session.scalar(unkept)


def test_every_task_of_the_hub_leads_to_a_page(
    enter: Callable[[str], FlaskClient], world: World
) -> None:
    court, manager = world.assets["kept by A"][0], enter("manager of A")
    bench = world.make.asset(district_id=world.here.id, kind=Kind.BENCH, owner_id=world.org_a.id)
    for asset in (court, bench):
        hub = manager.get(f"/assets/{asset.code}/manage").text
        links = re.findall(rf"""href="(/assets/{asset.code}/[^"]+)">""", hub)
        assert len(links) > 8, hub
        assert {path: manager.get(path).status_code for path in links} == dict.fromkeys(links, 200)
