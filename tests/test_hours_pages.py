"""Opening hours at the doors: the page of a thing and of its sign, who keeps them, the API, the
calendar's file, the examples."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from shapely import Point
from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from geoapp.assets.queries import get_asset
from geoapp.assets.rules import Kind
from geoapp.assets.tables import Asset
from geoapp.errors import Stale
from geoapp.exchange.examples import remove_examples
from geoapp.exchange.importing import import_file
from geoapp.exchange.rows import WrongRows
from geoapp.hours.actions import Keeper, Moment, set_hours
from geoapp.hours.queries import open_now_of
from geoapp.hours.rules import DayKind
from geoapp.hours.tables import CalendarDay, HoursException, OpeningHours
from geoapp.ledger.audit import list_entries
from geoapp.ledger.batches import undo_batch
from geoapp.ledger.chain import Doer, Thing
from tests.conftest import NOW, count_queries
from tests.factories import LAT, LON, Factory, area_shape, stored
from tests.world import World

pytest_plugins = ("tests.desks",)

# A Saturday, 13:00 in Amsterdam.
TODAY = date(2026, 11, 21)


def read(client: FlaskClient, path: str) -> str:
    """A page's words in English, as a person reads them."""
    answer = client.get(path, query_string={"lang": "en"})
    assert answer.status_code == 200, answer.text
    return " ".join(re.sub("<[^>]+>", " ", answer.text).split())


def send(client: FlaskClient, court: Asset, where: str = "", **fields: str) -> tuple[int, str]:
    """Send a form of the hours' page with its token; status and page."""
    page = client.get(f"/assets/{court.code}/hours").text
    hidden = dict(re.findall(r'name="(csrf_token|version)" value="([^"]*)"', page))
    answer = client.post(f"/assets/{court.code}/hours{where}", data={**hidden, **fields})
    return answer.status_code, answer.text


# -- What everybody sees -----------------------------------------------------------------------


SAID: dict[str | None, str] = {
    "Sa 10:00-17:00": "Open until 17:00",
    "Sa 10:00-24:00": "Open until 24:00",
    "24/7": "Open day and night",
    "Sa 14:00-17:00": "Closed, open at 14:00",
    "Sa-Su 10:00-12:00": "Closed, open tomorrow at 10:00",
    "Mo 10:00-12:00": "Closed, open on Monday 23 November at 10:00",
    "off": "Closed",
    "Sa 10:00-24:00; Su 00:00-02:00": "Open until tomorrow, 02:00",
    None: "Opening hours not known",
}


def test_the_page_and_the_sign_say_open_or_closed_and_what_comes_next(
    make: Factory, own_client: FlaskClient
) -> None:
    place = make.district()
    for hours, says in SAID.items():
        court = make.asset(kind=Kind.SPORT_COURT, district_id=place.id)
        if hours:
            make.opening_hours(asset_id=court.id, hours=hours)
        follows = "The days ahead" if hours else "Do you open"
        for path in ("/assets", "/q"):
            assert f"{says} {follows}" in read(own_client, f"{path}/{court.code}")


def test_a_bench_without_hours_says_nothing_of_them(make: Factory, own_client: FlaskClient) -> None:
    assert "Opening hours" not in read(own_client, f"/q/{make.asset().code}")


def test_the_week_ahead_shows_holidays_and_days_that_differ_and_later_ones_after_it(
    make: Factory, own_client: FlaskClient
) -> None:
    court = make.asset(kind=Kind.SPORT_COURT)
    make.opening_hours(asset_id=court.id, hours="Mo-Su 10:00-17:00; PH off")
    holiday = date(2026, 11, 24)
    make.calendar_day(
        district_id=court.district_id, first_day=holiday, last_day=holiday, name="Lamp day"
    )
    make.hours_exception(
        asset_id=court.id, on_day=date(2026, 11, 25), hours="12:00-13:00", note="Party"
    )
    make.hours_exception(asset_id=court.id, on_day=date(2026, 12, 31))
    page = read(own_client, f"/assets/{court.code}")
    assert "Tuesday 24 November closed Lamp day" in page
    assert "Wednesday 25 November 12:00-13:00 Party" in page
    assert "different from usual Thursday 31 December closed" in page


def test_a_sign_in_a_site_shows_the_hours_of_the_facility(
    make: Factory, own_client: FlaskClient
) -> None:
    site = make.asset(kind=Kind.PLAYGROUND, name="Big playground")
    here = {"district_id": site.district_id, "part_of_id": site.id}
    court = make.asset(kind=Kind.SPORT_COURT, name="Tennis court", **here)
    sign = make.asset(kind=Kind.SIGN, name="Sign", shows_id=court.id, **here)
    make.opening_hours(asset_id=court.id, hours="Sa 10:00-17:00")
    page = read(own_client, f"/q/{sign.code}")
    assert "Tennis court Open until 17:00" in page
    assert "Stands in Big playground" in page
    assert f'href="/assets/{court.code}/hours"' in own_client.get(f"/q/{sign.code}").text
    whole = read(own_client, f"/assets/{site.code}")
    assert "What stands in it Sign Tennis court" in whole


# -- Who keeps them ----------------------------------------------------------------------------


def test_closed_today_is_one_tap_and_its_undoing_another(
    enter: Callable[[str], FlaskClient], make: Factory, court: Asset, session: Session
) -> None:
    make.opening_hours(asset_id=court.id, hours="Sa-Su 10:00-17:00")
    make.hours_exception(asset_id=court.id, on_day=TODAY, hours="12:00-14:00", note="Match")
    volunteer, anybody = enter("member of A"), enter("anonymous")
    assert "Open until 14:00" in read(anybody, f"/q/{court.code}")
    assert send(volunteer, court, "/today", shut="1")[0] == 303
    page = read(anybody, f"/q/{court.code}")
    assert "Closed today, open tomorrow at 10:00" in page
    assert "Whoever opens it says: closed today. Match" in page
    assert send(volunteer, court, "/today", shut="0")[0] == 303
    assert "Open until 14:00" in read(anybody, f"/q/{court.code}")
    actions = [
        entry.action for entry in list_entries(session, thing=Thing("asset", court.id), limit=9)
    ]
    assert actions == ["open_after_all", "shut_today"]


def test_a_tap_alone_leaves_nothing_once_it_is_undone(
    enter: Callable[[str], FlaskClient], court: Asset, session: Session
) -> None:
    volunteer = enter("member of A")
    send(volunteer, court, "/today", shut="1")
    send(volunteer, court, "/today", shut="1")
    assert session.scalar(select(func.count()).select_from(HoursException)) == 1
    send(volunteer, court, "/today", shut="0")
    assert session.scalar(select(func.count()).select_from(HoursException)) == 0


def test_the_week_is_typed_day_by_day_and_read_by_everybody(
    enter: Callable[[str], FlaskClient], court: Asset, session: Session, world: World
) -> None:
    manager = enter("manager of A")
    week = {"as": "week", "mo": "10-12, 13-17", "sa": "9.30-13:30", "ph_as": "closed"}
    vacation = {"sh_as": "typed", "sh": "10-20"}
    assert send(manager, court, **week, **vacation)[0] == 303
    row = session.scalars(select(OpeningHours)).one()
    assert row.hours == ("Mo 10:00-12:00,13:00-17:00; Sa 09:30-13:30; SH 10:00-20:00; PH closed")
    form = manager.get(f"/assets/{court.code}/hours").text
    assert 'name="mo" maxlength="80" dir="ltr" value="10:00-12:00, 13:00-17:00"' in form
    page = read(enter("anonymous"), f"/assets/{court.code}")
    assert "Open until 13:30" in page
    assert f"Told by {world.org_a.name} on 21 November." in page


WRONG: tuple[tuple[dict[str, str], str, str], ...] = (
    ({"as": "week", "tu": "in the morning"}, "", "Write hours as"),
    ({"as": "written", "hours": "SH Mo-Fr 10:00-12:00"}, "", "PH and SH stand"),
    ({"on_day": "2026-11-20", "note": "party"}, "/days", "from today on"),
    ({"on_day": "2028-11-20"}, "/days", "within a year"),
    ({"on_day": "soon"}, "/days", "within a year"),
    ({"on_day": "2026-11-24", "note": "x" * 81}, "/days", "at most 80 letters"),
    ({"on_day": "2026-11-24", "day_hours": "17-10"}, "/days", "24:00 at the latest"),
)


def test_what_cannot_be_kept_comes_back_as_it_was_typed(
    enter: Callable[[str], FlaskClient], court: Asset
) -> None:
    manager = enter("manager of A")
    for fields, where, says in WRONG:
        status, page = send(manager, court, where, **fields)
        assert status == 400
        assert says in page
        assert 'aria-invalid="true"' in page
        for typed in fields.values():
            assert typed in page


def test_of_two_who_change_the_week_the_second_sees_both(
    enter: Callable[[str], FlaskClient], court: Asset, session: Session
) -> None:
    manager = enter("manager of A")
    assert send(manager, court, **{"as": "written", "hours": "Mo 10:00-12:00"})[0] == 303
    late = {"as": "written", "hours": "Tu 10:00-12:00", "version": "0"}
    status, page = send(enter("supporter"), court, **late)
    assert status == 412
    assert "Mo 10:00-12:00" in page
    assert "Tu 10:00-12:00" in page
    assert session.scalars(select(OpeningHours.hours)).one() == "Mo 10:00-12:00"
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    assert send(enter("supporter"), court, **(late | {"version": version[1]}))[0] == 303


def test_hours_made_from_an_old_version_are_refused_and_the_same_ones_change_nothing(
    session: Session, make: Factory
) -> None:
    row = make.opening_hours(hours="Mo 10:00-12:00")
    asset = session.get_one(Asset, row.asset_id)
    facts = get_asset(session, code=asset.code)
    by, at = Keeper(Doer(None, "command"), None), Moment(NOW, TODAY)
    set_hours(session, asset=facts, change=("Mo 10:00-12:00", 0), by=by, at=at)
    assert row.version == 1
    with pytest.raises(Stale):
        set_hours(session, asset=facts, change=("Tu 10:00-12:00", 2), by=by, at=at)
    set_hours(session, asset=facts, change=("Tu 10:00-12:00", 1), by=by, at=at)
    assert (row.hours, row.version) == ("Tu 10:00-12:00", 2)


def test_hours_nobody_knows_any_more_are_taken_away_once_and_by_who_saw_them(
    enter: Callable[[str], FlaskClient], court: Asset
) -> None:
    manager = enter("manager of A")
    assert send(manager, court, **{"as": "written", "hours": "24/7"})[0] == 303
    assert manager.get(f"/api/v1/assets/{court.code}").get_json()["open_now"] is True
    assert send(manager, court, "/none", version="9")[0] == 412
    assert send(manager, court, "/none", version="1")[0] == 303
    assert manager.get(f"/api/v1/assets/{court.code}").get_json()["open_now"] is None
    assert "Nobody knows the hours any more" not in read(manager, f"/assets/{court.code}/hours")


def test_a_day_is_told_changed_and_taken_back(
    enter: Callable[[str], FlaskClient], court: Asset, session: Session
) -> None:
    manager = enter("manager of A")
    day = {"on_day": "2026-11-24", "day_hours": "10-12", "note": "Party"}
    assert send(manager, court, "/days", **day)[0] == 303
    assert send(manager, court, "/days", **(day | {"day_hours": ""}))[0] == 303
    row = session.scalars(select(HoursException)).one()
    session.refresh(row)
    assert (row.hours, row.note) == ("", "Party")
    assert "Tuesday 24 November : closed Party" in read(manager, f"/assets/{court.code}/hours")
    assert send(manager, court, "/days", on_day="2026-11-24", remove="1")[0] == 303
    assert session.scalar(select(func.count()).select_from(HoursException)) == 0


def test_support_acts_for_whoever_opens_the_place(
    enter: Callable[[str], FlaskClient], court: Asset, session: Session, world: World
) -> None:
    assert send(enter("supporter"), court, "/today", shut="1")[0] == 303
    assert session.scalars(select(HoursException)).one().organisation_id == world.org_a.id
    (entry,) = list_entries(session, thing=Thing("asset", court.id), limit=9)
    assert entry.doer is not None
    assert entry.doer.acting_for == "org-a"


# -- Machines ----------------------------------------------------------------------------------


def ask(client: FlaskClient, path: str) -> Any:
    """What the API answers."""
    return client.get(f"/api/v1/{path}").get_json()


def test_the_api_says_open_closed_or_not_known_in_a_list_and_of_one(
    make: Factory, own_client: FlaskClient
) -> None:
    place = make.district()
    told: dict[str | None, bool | None] = {
        "Sa 10:00-17:00": True,
        "Su 10:00-17:00": False,
        None: None,
    }
    expected = {}
    for hours, is_open in told.items():
        asset = make.asset(district_id=place.id)
        if hours:
            make.opening_hours(asset_id=asset.id, hours=hours)
        expected[asset.code] = is_open
    shut = make.asset(district_id=place.id)
    make.opening_hours(asset_id=shut.id, hours="24/7")
    make.hours_exception(asset_id=shut.id, on_day=TODAY, hours=None, is_shut=True)
    expected[shut.code] = False
    listed = ask(own_client, "assets")["items"]
    assert {item["code"]: item["open_now"] for item in listed} == expected
    for code, is_open in expected.items():
        assert ask(own_client, f"assets/{code}")["open_now"] is is_open
    near = ask(own_client, f"at?lat={LAT}&lon={LON}")["assets"]
    assert {item["code"]: item["open_now"] for item in near} == expected


def test_each_district_goes_by_its_own_clock_and_calendar(make: Factory, session: Session) -> None:
    east = make.district(time_zone="Asia/Tokyo", bounds=stored(area_shape(6.9, 51.9, 7.1, 52.1)))
    here = make.asset()
    there = make.asset(district_id=east.id, geom=stored(Point(7.0, LAT)))
    for asset in (here, there):
        # In Tokyo it is 21:00.
        make.opening_hours(asset_id=asset.id, hours="Sa 10:00-17:00; PH 20:00-22:00")
    asked = [here.id, there.id]
    assert open_now_of(session, asset_ids=asked, now=NOW) == {here.id: True, there.id: False}
    make.calendar_day(district_id=east.id, first_day=TODAY, last_day=TODAY)
    assert open_now_of(session, asset_ids=asked, now=NOW) == {here.id: True, there.id: True}


def test_the_hours_of_a_page_of_things_cost_two_statements(
    make: Factory, session: Session, connection: Connection
) -> None:
    place = make.district()
    assets = [make.asset(district_id=place.id) for _ in range(12)]
    for asset in assets:
        make.opening_hours(asset_id=asset.id)
        make.hours_exception(asset_id=asset.id, on_day=TODAY)
    with count_queries(connection.engine) as statements:
        found = open_now_of(session, asset_ids=[asset.id for asset in assets], now=NOW)
    assert set(found.values()) == {False}
    assert len(statements) == 2


# -- The calendar ------------------------------------------------------------------------------

HEAD = "district,kind,first_day,last_day,name,source"


def silent(_: str) -> None:
    """Say nothing."""


@pytest.mark.parametrize(
    ("day", "kinds"),
    [
        (date(2026, 4, 3), set()),
        (date(2026, 4, 6), {DayKind.PUBLIC_HOLIDAY}),
        (date(2027, 3, 29), {DayKind.PUBLIC_HOLIDAY}),
        (date(2026, 4, 27), {DayKind.PUBLIC_HOLIDAY}),
        (date(2026, 5, 5), {DayKind.LOCAL}),
        (date(2026, 5, 14), {DayKind.PUBLIC_HOLIDAY}),
        (date(2026, 5, 25), {DayKind.PUBLIC_HOLIDAY}),
        (date(2026, 12, 25), {DayKind.PUBLIC_HOLIDAY, DayKind.SCHOOL_VACATION}),
        (date(2026, 8, 16), {DayKind.SCHOOL_VACATION}),
        (date(2026, 8, 17), set()),
        (date(2027, 1, 3), {DayKind.SCHOOL_VACATION}),
    ],
)
def test_the_calendar_of_zuidoost_knows_dutch_holidays_and_the_vacations_of_the_north(
    demo_session: Session, day: date, kinds: set[DayKind]
) -> None:
    rows = demo_session.scalars(
        select(CalendarDay).where(
            CalendarDay.first_day <= day, CalendarDay.last_day >= day, ~CalendarDay.is_example
        )
    )
    assert {row.kind for row in rows} == kinds


def test_a_calendar_is_imported_once_changed_and_undone(
    session: Session, make: Factory, tmp_path: Path
) -> None:
    make.district(slug="here")
    file = tmp_path / "days.csv"
    file.write_text(f"{HEAD}\nhere,public_holiday,2026-12-25,,Christmas,made up\n")
    first = import_file(session, file, layout_name="calendar", say=silent)
    assert first.tally.new == 1
    assert import_file(session, file, layout_name="calendar", say=silent).tally.same == 1
    file.write_text(f"{HEAD}\nhere,public_holiday,2026-12-25,2026-12-26,Christmas,made up\n")
    changed = import_file(session, file, layout_name="calendar", say=silent)
    assert changed.tally.changed == 1
    assert session.scalars(select(CalendarDay)).one().last_day == date(2026, 12, 26)
    for imported in (changed, first):
        assert imported.batch is not None
        undo_batch(session, number=imported.batch, now=NOW)
    assert session.scalar(select(func.count()).select_from(CalendarDay)) == 0


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("here,holiday,2026-12-25,,Christmas,made up", "none of"),
        ("here,local,2026-12-25,2026-12-24,Christmas,made up", "comes after the first"),
        ("here,local,2026-12-25,2027-12-24,Christmas,made up", "within 100 days"),
        ("here,local,2026-12-25,,,made up", "column name is empty"),
        ("nowhere,local,2026-12-25,,Christmas,made up", "no district called nowhere"),
    ],
)
def test_a_wrong_line_of_a_calendar_is_named(
    session: Session, make: Factory, tmp_path: Path, line: str, says: str
) -> None:
    make.district(slug="here")
    file = tmp_path / "days.csv"
    file.write_text(f"{HEAD}\n{line}\n")
    with pytest.raises(WrongRows) as refused:
        import_file(session, file, layout_name="calendar", say=silent)
    assert says in str(refused.value)


# -- Examples ----------------------------------------------------------------------------------


def test_ten_real_courts_have_example_hours_and_an_example_sign_shows_a_court(
    demo_session: Session, client: FlaskClient
) -> None:
    real = demo_session.execute(
        select(OpeningHours, Asset)
        .join(Asset, Asset.id == OpeningHours.asset_id)
        .where(~Asset.is_example)
    ).all()
    assert len(real) == 10
    assert all(hours.is_example and asset.kind is Kind.SPORT_COURT for hours, asset in real)
    page = client.get(f"/assets/{real[0].Asset.code}").text
    box = page.partition('id="hours-now"')[2].partition("</h2>")[0]
    assert "Voorbeeld" in box
    sign = demo_session.scalars(select(Asset).where(Asset.shows_id.is_not(None))).one()
    assert sign.is_example
    assert "Tennisveld" in client.get(f"/q/{sign.code}").text.partition('id="hours-now"')[0]


def test_examples_that_go_take_their_hours_and_leave_the_court_as_it_was(
    session: Session, make: Factory
) -> None:
    invented = make.organisation(is_example=True)
    court = make.asset(kind=Kind.SPORT_COURT)
    make.opening_hours(asset_id=court.id, is_example=True)
    row = make.hours_exception()
    by, at = Keeper(Doer(None, "command"), invented.id), Moment(NOW, TODAY)
    asset = session.get_one(Asset, row.asset_id)
    facts = get_asset(session, code=asset.code)
    set_hours(session, asset=facts, change=("Mo 10:00-12:00", 0), by=by, at=at)
    remove_examples(session)
    assert session.scalar(select(func.count()).select_from(OpeningHours)) == 0
    assert session.scalars(select(HoursException.id)).all() == [row.id]
    assert session.get(Asset, court.id) is not None
