"""From a warning to removal: begun together, climbed slowly, settled by a second person."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from shapely import Point
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from geoapp.accounts.actions import erase_account
from geoapp.app import metadata
from geoapp.assets.queries import get_asset, history_of
from geoapp.assets.rules import AssetEventKind, Kind, PhysicalStatus
from geoapp.assets.tables import Asset, MaintenanceDuty
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine, transaction
from geoapp.errors import Conflict, NotAllowed
from geoapp.geo.crs import LONLAT, transform_point
from geoapp.inspections.actions import Hand, Moment
from geoapp.inspections.ladder import Settling, ask_removal, settle_removal
from geoapp.inspections.queries import displacement_of, last_request_of, list_alternatives
from geoapp.inspections.rules import (
    CASES,
    OPEN,
    CaseAction,
    CaseState,
    Ground,
    Reasons,
    check_ground,
    check_reasons,
    check_second,
    move_case,
)
from geoapp.inspections.tables import RemovalCase, RemovalRequest
from geoapp.ledger.audit import list_entries, verify_chain
from geoapp.ledger.chain import Doer, Thing
from geoapp.ledger.rules import Verdict
from geoapp.ledger.tables import SecondLook
from geoapp.people.rules import Role
from geoapp.web.clean_safe import ENDINGS, GROUNDS
from geoapp.web.people_words import ACTIONS
from tests.conftest import NOW
from tests.desks import Desk, token_of
from tests.factories import LAT, LON, Factory, stored
from tests.keepers import RIGHT, WRONG, Keepers

pytest_plugins = ("tests.desks", "tests.keepers")

TODAY = date(2026, 11, 21)
SAID = {
    "reason": "The posts are rotten.",
    "interests": "Players lose a court; neighbours get rest.",
    "decides": "The district manager.",
    "still_possible": "New posts, paid by the fund.",
}
# Every ground, asked by its owner or not, in time or late.
ASKING = [
    (ground, owns, late) for ground in Ground for owns in (True, False) for late in (True, False)
]
REASONS = Reasons(Ground.WORN_OUT, **SAID)


# -- The rules ---------------------------------------------------------------------------------


def test_the_ladder_says_of_every_state_and_action_where_it_leads() -> None:
    told = {(state, action) for state, moves in CASES.items() for action in moves}
    assert told == set(product(CaseState, CaseAction))
    for state, action in told:
        after = CASES[state][action]
        if after is None:
            with pytest.raises(Conflict):
                move_case(state, action)
        else:
            assert move_case(state, action) is after


def test_what_has_ended_moves_no_more_and_removal_comes_from_being_open_alone() -> None:
    for state in set(CaseState) - set(OPEN):
        assert set(CASES[state].values()) == {None}
    assert all(CASES[state][CaseAction.REMOVE] is CaseState.REMOVED for state in OPEN)
    assert set(ENDINGS) == set(CaseState) - set(OPEN)
    assert set(GROUNDS) == set(Ground)


@pytest.mark.parametrize(("ground", "is_owner", "is_late"), ASKING)
def test_the_ladder_is_open_when_time_is_over_and_the_rest_to_the_owner(
    ground: Ground, *, is_owner: bool, is_late: bool
) -> None:
    is_open = is_late if ground is Ground.LADDER else is_owner
    if is_open:
        check_ground(ground, is_owner=is_owner, is_late=is_late)
        return
    with pytest.raises((Conflict, NotAllowed)):
        check_ground(ground, is_owner=is_owner, is_late=is_late)


def test_after_the_ladder_one_of_the_two_works_for_the_district() -> None:
    for asked, settled in product((True, False), (True, False)):
        check_second(Ground.WORN_OUT, asked_by_officer=asked, settled_by_officer=settled)
        if asked or settled:
            check_second(Ground.LADDER, asked_by_officer=asked, settled_by_officer=settled)
    with pytest.raises(NotAllowed):
        check_second(Ground.LADDER, asked_by_officer=False, settled_by_officer=False)


@pytest.mark.parametrize("missing", [*SAID, "ground"])
def test_nothing_is_asked_without_each_of_the_reasons(missing: str) -> None:
    values = {**SAID, "ground": "worn_out"}
    assert check_reasons(values) == REASONS
    for empty in ("", "  ", "\u200b"):
        with pytest.raises(Exception, match="[Cc]hoose|fill it in") as caught:
            check_reasons({**values, missing: empty})
        assert caught.value.field == missing  # type: ignore[attr-defined]  # our own error has it


# -- How a case begins and ends ----------------------------------------------------------------


def test_the_database_knows_no_case_without_a_confirmed_joint_look_at_that_very_thing(
    session: Session, make: Factory
) -> None:
    alone = make.inspection()
    unconfirmed = make.inspection(with_organisation_id=make.organisation().id)
    together = {"with_organisation_id": make.organisation().id, "confirmed_at": NOW}
    elsewhere = make.inspection(**together)
    for look, changed in (
        (alone, {}),
        (unconfirmed, {}),
        (alone, {"is_shared": False}),
        (elsewhere, {"asset_id": make.asset().id}),
        (elsewhere, {"inspection_id": None}),
    ):
        values = {"asset_id": look.asset_id, "inspection_id": look.id, **changed}
        with pytest.raises(IntegrityError), session.begin_nested():
            make.removal_case(**values)
    make.removal_case(asset_id=elsewhere.asset_id, inspection_id=elsewhere.id)
    with pytest.raises(IntegrityError, match="uq_removal_case_open"), session.begin_nested():
        make.removal_case(asset_id=elsewhere.asset_id, inspection_id=elsewhere.id)
    # What a case hangs on is not made a lonely look again.
    undo = text("UPDATE inspection SET confirmed_at = NULL WHERE id = :id")
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(undo, {"id": elsewhere.id})


def test_reports_in_any_number_start_no_case(session: Session, keepers: Keepers) -> None:
    court, make = keepers.court, keepers.desk.world.make
    for _ in range(25):
        make.defect(asset_id=court.id, district_id=court.district_id)
    for name in ("manager of A", "officer here", "manager of B"):
        assert keepers.send(name, **WRONG)[0] == 303
    assert keepers.cases() == []
    assert session.scalar(select(func.count()).select_from(RemovalCase)) == 0
    assert ask(keepers, "officer here", ground="ladder")[0] == 409


def test_a_second_joint_look_that_finds_all_right_ends_the_case(keepers: Keepers) -> None:
    assert keepers.look_together(**WRONG)[0] == 303
    assert keepers.send("member of A", "inspect/repair")[0] == 303
    assert keepers.cases() == [CaseState.REPAIRING]
    assert keepers.send("member of A", "inspect/repair")[0] == 409
    assert keepers.send("manager of A", **RIGHT)[0] == 303
    assert keepers.look_together(**WRONG)[0] == 303
    assert keepers.cases() == [CaseState.REPAIRING]
    assert keepers.look_together(**RIGHT)[0] == 303
    assert keepers.cases() == [CaseState.REPAIRED]
    assert "There was a warning. It has been repaired." in keepers.read("anonymous")


def test_only_the_district_takes_a_warning_back_and_says_why(keepers: Keepers) -> None:
    assert keepers.look_together(**WRONG)[0] == 303
    assert keepers.send("manager of A", "removal/warning", because="No.")[0] == 403
    assert keepers.send("officer here", "removal/warning", because=" ")[0] == 400
    assert keepers.send("officer here", "removal/warning", because="It was the storm.")[0] == 303
    assert keepers.cases() == [CaseState.WITHDRAWN]
    assert "It was the storm." in keepers.read("anonymous")
    assert keepers.send("officer here", "removal/warning", because="Again.")[0] == 409


# -- Asking and settling by page ---------------------------------------------------------------


def ask(keepers: Keepers, name: str, **fields: str) -> tuple[int, str]:
    """Ask by the form of the page."""
    return keepers.send(name, "removal", **{**SAID, "ground": "worn_out", **fields})


def settle(keepers: Keepers, name: str, verdict: str, answer: str = "") -> tuple[int, str]:
    """Say yes or no to what waits, or to the last that did."""
    look = keepers.desk.world.session.scalars(
        select(RemovalRequest.look_id).order_by(RemovalRequest.id.desc()).limit(1)
    ).one()
    sent = {"look": str(look), "verdict": verdict, "answer": answer}
    return keepers.send(name, "removal/settle", **sent)


@pytest.fixture
def warned(keepers: Keepers, session: Session) -> Keepers:
    """The court, long after a warning that nobody heeded."""
    assert keepers.look_together(**WRONG)[0] == 303
    case = session.scalars(select(RemovalCase)).one()
    case.warned_on, case.repair_until = TODAY - timedelta(days=29), TODAY - timedelta(days=1)
    session.flush()
    return keepers


def test_there_is_time_until_the_last_day_of_the_window(warned: Keepers, session: Session) -> None:
    case = session.scalars(select(RemovalCase)).one()
    case.repair_until = TODAY
    session.flush()
    assert ask(warned, "officer here", ground="ladder")[0] == 409
    assert 'value="ladder"' not in page_of(warned, "officer here")
    case.repair_until = TODAY - timedelta(days=1)
    session.flush()
    assert 'value="ladder"' in page_of(warned, "officer here")
    assert ask(warned, "officer here", ground="ladder")[0] == 303
    assert warned.cases() == [CaseState.TO_REMOVE]


def page_of(keepers: Keepers, name: str) -> str:
    """The page of the removal as it is."""
    return keepers.desk.browser(name).get(f"/assets/{keepers.court.code}/removal").text


def status_of(keepers: Keepers) -> str:
    """What stands on the street."""
    keepers.desk.world.session.refresh(keepers.court)
    return keepers.court.physical_status.value


def test_after_the_ladder_two_take_it_away_and_everything_else_stays(
    warned: Keepers, session: Session
) -> None:
    court, world = warned.court, warned.desk.world
    make = world.make
    other = make.asset(
        district_id=court.district_id,
        kind=Kind.SPORT_COURT,
        name="Other court",
        geom=stored(Point(LON, LAT + 0.01)),
    )
    make.defect(asset_id=court.id, district_id=court.district_id)
    world.add_person("manager two of A", [(Role.PLATFORM_MANAGER, world.here.id, world.org_a.id)])
    assert ask(warned, "manager of A", ground="ladder")[0] == 303
    words = warned.read("anonymous")
    assert "asked on 21 November to take it away" in words
    assert "Other court , 1.1 km" in words
    assert all(said in words for said in SAID.values())
    for name in ("manager of A", "manager of B", "maintainer", "officer there"):
        assert settle(warned, name, "yes")[0] == 403
    assert status_of(warned) == "in_use"
    assert settle(warned, "officer here", "yes")[0] == 303
    assert status_of(warned) == "removed"
    assert warned.cases() == [CaseState.REMOVED]
    assert settle(warned, "officer here", "no", "Too late")[0] == 409
    kinds = [happening.kind for happening in history_of(session, asset_id=court.id)]
    assert kinds[-1] is AssetEventKind.REMOVED
    words = warned.read("anonymous")
    assert "said yes to it on 21 November" in words
    assert SAID["reason"] in words
    assert other.name in words
    own = select(func.count()).select_from(MaintenanceDuty)
    assert session.scalar(own.where(MaintenanceDuty.asset_id == court.id)) == 2
    form = warned.desk.browser("anonymous").get(f"/report?asset={court.code}")
    assert form.status_code == 200
    thing = Thing("asset", court.id)
    told = [entry.action for entry in list_entries(session, thing=thing, limit=50)]
    assert {"warn", "ask_removal", "settle_removal", "remove_after_warning"} <= set(told)
    assert set(told) <= set(ACTIONS)
    assert verify_chain(session, thing=thing) == []


def test_two_managers_alone_do_not_settle_what_the_ladder_led_to(
    warned: Keepers, session: Session
) -> None:
    world = warned.desk.world
    second = world.add_person("second", [(Role.PLATFORM_MANAGER, world.here.id, world.org_a.id)])
    world.people.hold(second)
    assert ask(warned, "manager of A", ground="ladder")[0] == 303
    status, page = settle(warned, "second", "yes")
    assert (status, "one of the two must work for the district" in page) == (403, True)
    session.expire_all()
    assert session.scalars(select(SecondLook.verdict)).all() == [None]


def test_one_person_in_two_sessions_does_not_settle_their_own(warned: Keepers) -> None:
    assert ask(warned, "officer here", ground="ladder")[0] == 303
    assert "somebody else must look at it" in page_of(warned, "officer here")
    status, page = settle(warned, "officer here", "yes")
    assert (status, "You asked for this yourself" in page) == (403, True)


def test_a_no_needs_a_reason_keeps_the_thing_and_gives_time_anew(
    warned: Keepers, session: Session
) -> None:
    assert ask(warned, "officer here", ground="ladder")[0] == 303
    status, page = settle(warned, "manager of A", "no")
    assert status == 400
    assert 'value="no" checked' in page
    assert settle(warned, "manager of A", "no", "The posts come on Monday.")[0] == 303
    assert status_of(warned) == "in_use"
    assert warned.cases() == [CaseState.WARNED]
    case = session.scalars(select(RemovalCase)).one()
    assert case.repair_until == TODAY + timedelta(days=28)
    assert "It stays." in warned.read("anonymous")
    assert "The posts come on Monday." in warned.read("anonymous")
    assert ask(warned, "officer here", ground="ladder")[0] == 409


def test_what_was_put_right_meanwhile_is_not_taken_away_but_can_be_refused(
    warned: Keepers,
) -> None:
    assert ask(warned, "manager of A", ground="ladder")[0] == 303
    assert warned.look_together(**RIGHT)[0] == 303
    assert warned.cases() == [CaseState.REPAIRED]
    assert settle(warned, "officer here", "yes")[0] == 409
    assert settle(warned, "officer here", "no", "Repaired.")[0] == 303
    assert warned.cases() == [CaseState.REPAIRED]


def test_only_its_owner_lets_a_thing_go_for_another_reason(
    keepers: Keepers, session: Session
) -> None:
    keepers.court.owner_id = keepers.desk.world.org_b.id
    session.flush()
    for name in ("manager of A", "officer here"):
        assert ask(keepers, name)[0] == 403
        assert 'value="worn_out"' not in page_of(keepers, name)
    assert ask(keepers, "manager of B")[0] == 303
    assert ask(keepers, "manager of B")[0] == 409
    assert settle(keepers, "manager of A", "yes")[0] == 303
    assert status_of(keepers) == "removed"
    assert keepers.cases() == []
    assert ask(keepers, "manager of B")[0] == 409


def test_what_nobody_is_known_to_own_the_district_may_let_go(keepers: Keepers) -> None:
    assert ask(keepers, "manager of A")[0] == 403
    assert ask(keepers, "officer here")[0] == 303


def test_what_is_only_planned_is_given_up_with_its_day(keepers: Keepers, session: Session) -> None:
    world = keepers.desk.world
    world.people.hold(
        world.add_person("officer two", [(Role.DISTRICT_OFFICER, world.here.id, world.desk.id)])
    )
    keepers.court.physical_status = PhysicalStatus.PLANNED
    keepers.court.planned_on = TODAY + timedelta(days=90)
    session.flush()
    assert ask(keepers, "officer here")[0] == 303
    assert settle(keepers, "officer two", "yes")[0] == 303
    assert status_of(keepers) == "removed"


def test_what_is_typed_comes_back_with_the_message_at_its_field(keepers: Keepers) -> None:
    status, page = ask(keepers, "officer here", interests=" ")
    assert status == 400
    assert f'dir="auto">{SAID["reason"]}</textarea>' in page
    assert re.search('id="interests"[^>]*aria-invalid="true"', page)
    assert '<option value="worn_out" selected>' in page


@pytest.mark.parametrize(
    "fields",
    [
        {"look": "x", "verdict": "yes"},
        {"look": "00000000-0000-0000-0000-000000000000", "verdict": "yes"},
        {"look": "00000000-0000-0000-0000-000000000000", "verdict": "perhaps"},
        {},
    ],
)
def test_what_does_not_wait_is_not_settled(keepers: Keepers, fields: dict[str, str]) -> None:
    assert keepers.send("officer here", "removal/settle", **fields)[0] in (400, 404)


def test_a_request_goes_with_its_asker_and_what_was_settled_stays_without_them(
    warned: Keepers, session: Session
) -> None:
    people, make = warned.desk.world.people, warned.desk.world.make
    settled = make.removal_request(
        asset_id=make.asset().id,
        look_id=make.second_look(
            asked_by=people["officer here"].person_id, settled_at=NOW, verdict=Verdict.CONFIRMED
        ).id,
        outcome=Verdict.CONFIRMED,
        settled_on=TODAY,
    )
    assert ask(warned, "officer here", ground="ladder")[0] == 303
    person_id = people["officer here"].person_id
    assert person_id is not None
    erase_account(session, person_id=person_id)
    session.expire_all()
    assert session.scalars(select(RemovalRequest.id)).all() == [settled.id]
    assert last_request_of(session, asset_id=warned.court.id) is None
    # The case waits for whoever asks anew.
    assert warned.cases() == [CaseState.TO_REMOVE]
    assert ask(warned, "manager of A", ground="ladder")[0] == 303


def test_the_officers_of_a_district_see_what_waits_there(warned: Keepers, desk: Desk) -> None:
    def read(name: str, slug: str = "here") -> tuple[int, str]:
        answer = desk.browser(name).get(f"/districts/{slug}/removals")
        return answer.status_code, answer.text

    name = warned.court.name
    assert warned.send("manager of A", **RIGHT, together="desk")[0] == 303
    assert ask(warned, "manager of A", ground="ladder")[0] == 303
    status, page = read("officer here")
    assert (status, page.count(f">{name}</a>")) == (200, 3)
    assert read("officer there", "there")[1].count(name) == 0
    assert "/districts/here/removals" in desk.browser("officer here").get("/desk").text
    for other, slug in (("officer there", "here"), ("manager of A", "here")):
        assert read(other, slug)[0] == 403
    assert desk.browser("anonymous").get("/districts/here/removals").status_code == 401


def test_no_form_of_the_ladder_is_kept_without_its_token(warned: Keepers) -> None:
    client = warned.desk.browser("officer here")
    for where in ("inspect", "inspect/confirm", "inspect/repair", "removal", "removal/settle"):
        assert client.post(f"/assets/{warned.court.code}/{where}", data=SAID).status_code == 400
    assert token_of(page_of(warned, "officer here"))


# -- Two at once -------------------------------------------------------------------------------


@pytest.fixture
def own_engine(make_database: Callable[[str], str]) -> Iterator[Engine]:
    """A database in which transactions end."""
    made = make_engine(make_database("removal"))
    migrate(made, metadata())
    yield made
    made.dispose()


def test_of_two_who_settle_at_once_one_does(own_engine: Engine) -> None:
    with transaction(own_engine) as session:
        make = Factory(session)
        us = make.organisation()
        bench = make.asset(owner_id=us.id)
        people = [make.person().id for _ in range(3)]
        code, organisation_id = bench.code, us.id
    at = Moment(NOW, TODAY)

    def hand(number: int) -> Hand:
        return Hand(Doer(people[number], "maintainer"), organisation_id, is_officer=False)

    with transaction(own_engine) as session:
        asset = get_asset(session, code=code)
        found = displacement_of(session, asset=asset, open_reports=0, hours="")
        ask_removal(session, asset=asset, reasons=REASONS, displacement=found, by=hand(0), at=at)
        waiting = last_request_of(session, asset_id=asset.id)
        assert waiting is not None
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def settle_as(number: int, verdict: Verdict) -> None:
        start.wait(timeout=20)
        try:
            with transaction(own_engine) as session:
                settling = Settling(waiting.look_id, verdict, "Because.")
                settle_removal(session, asset=asset, settling=settling, by=hand(number), at=at)
        except Conflict:
            outcomes.append("late")
        else:
            outcomes.append("settled")

    threads = [
        threading.Thread(target=settle_as, args=(1, Verdict.CONFIRMED)),
        threading.Thread(target=settle_as, args=(2, Verdict.REFUSED)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(outcomes) == ["late", "settled"]
    with transaction(own_engine) as session:
        request = session.scalars(select(RemovalRequest)).one()
        is_gone = session.scalars(select(Asset.physical_status)).one() is PhysicalStatus.REMOVED
        assert is_gone == (request.outcome is Verdict.CONFIRMED)


# -- Whom it touches ---------------------------------------------------------------------------


@pytest.mark.parametrize("slug", ["zuidoost", "lakeside"])
def test_the_nearest_others_are_named_with_their_distance_in_each_district(
    demo_session: Session, slug: str
) -> None:
    place = demo_session.execute(
        text("SELECT id, metric_srid FROM district WHERE slug = :slug"), {"slug": slug}
    ).one()
    rows = demo_session.scalars(
        select(Asset).where(Asset.district_id == place.id, Asset.kind == Kind.CABINET)
    ).all()
    first = get_asset(demo_session, code=rows[0].code)

    def metres_from(code: str) -> float:
        other = get_asset(demo_session, code=code)
        here, there = (
            transform_point(one.lon, one.lat, LONLAT, place.metric_srid) for one in (first, other)
        )
        return float(((here[0] - there[0]) ** 2 + (here[1] - there[1]) ** 2) ** 0.5)

    in_use = [row.code for row in rows[1:] if row.physical_status is PhysicalStatus.IN_USE]
    nearest = sorted(in_use, key=metres_from)[:3]
    found = [one for one in list_alternatives(demo_session, asset=first) if one.distance_m < 50_000]
    assert [one.code for one in found] == nearest
    assert [one.distance_m for one in found] == pytest.approx(
        [metres_from(code) for code in nearest], rel=0.002, abs=1
    )
    displacement = displacement_of(demo_session, asset=first, open_reports=0, hours="")
    assert displacement.area
    assert displacement.households


def test_where_there_is_no_other_it_says_so(keepers: Keepers, session: Session) -> None:
    session.execute(
        text("UPDATE asset SET physical_status = 'planned' WHERE id <> :id"),
        {"id": keepers.court.id},
    )
    assert "There is no other of its kind" in keepers.read("officer here", "/removal")


def test_the_nearest_are_found_by_the_index(demo_session: Session) -> None:
    bench = demo_session.scalars(select(Asset.code).where(Asset.kind == Kind.BENCH)).first()
    assert bench is not None
    asset = get_asset(demo_session, code=bench)
    heard: list[tuple[str, Any]] = []

    def note(_conn: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        heard.append((statement, values))

    connection = demo_session.connection()
    event.listen(connection, "before_cursor_execute", note)
    list_alternatives(demo_session, asset=asset)
    event.remove(connection, "before_cursor_execute", note)
    connection.exec_driver_sql("SET LOCAL enable_sort = off")
    ((statement, values),) = heard
    plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {statement}", values).scalars())
    assert "Index Scan using ix_asset_geography" in plan
    assert "Sort" not in plan
