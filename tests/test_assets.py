"""Assets: imported again and again, kept by someone on a given day."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from shapely import LineString, MultiPolygon, Point
from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.assets.actions import AssetDraft, put_assets
from geoapp.assets.queries import (
    assets_in_box,
    assets_near,
    count_standing,
    duties_of,
    find_assets,
    get_asset,
    history_of,
)
from geoapp.assets.rules import (
    DETAILS,
    Aspect,
    AssetEventKind,
    Kind,
    PhysicalStatus,
    RegisterStatus,
    check_details,
    read_entrances,
)
from geoapp.assets.tables import Asset
from geoapp.db.changes import Tally
from geoapp.db.codes import LETTERS, make_code, read_code
from geoapp.errors import Invalid, NotFound
from tests.factories import LAT, LON, Factory, stored

TODAY = date(2026, 11, 21)

BENCH = AssetDraft(
    kind=Kind.BENCH,
    name="Bench",
    shape=Point(LON, LAT),
    source="register",
    source_ref="1",
    licence="CC0 1.0",
    details={"material": "wood"},
)


def put(session: Session, make: Factory, *drafts: AssetDraft) -> tuple[int, int, int]:
    """Put drafts into one district; how many were new, changed, the same."""
    district_id = make._any_district()  # noqa: SLF001  the factory's own district
    tally: Tally = put_assets(session, district_id=district_id, drafts=drafts, new_code=make.code)
    session.expire_all()
    return tally.new, tally.changed, tally.same


# -- Import again ----------------------------------------------------------------------------


def test_a_second_run_changes_nothing(session: Session, make: Factory) -> None:
    drafts = (BENCH, replace(BENCH, source_ref="2"))
    assert put(session, make, *drafts) == (2, 0, 0)
    assert put(session, make, *drafts) == (0, 0, 2)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Long bench"},
        {"kind": Kind.SIGN, "details": {}},
        {"details": {"material": "steel"}},
        {"details": {}},
        {"shape": Point(LON + 0.001, LAT)},
        {"licence": "CC BY 4.0"},
        {"source_on": date(2026, 1, 1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_row_is_changed_and_the_others_are_not(
    session: Session, make: Factory, change: dict[str, Any]
) -> None:
    other = replace(BENCH, source_ref="2")
    put(session, make, BENCH, other)
    changed = replace(BENCH, **change)
    assert put(session, make, changed, other) == (0, 1, 1)
    assert put(session, make, changed, other) == (0, 0, 2)


def test_the_same_key_of_another_source_is_another_thing(session: Session, make: Factory) -> None:
    assert put(session, make, BENCH, replace(BENCH, source="survey")) == (2, 0, 0)


def test_what_people_said_since_outlives_the_next_import(session: Session, make: Factory) -> None:
    put(session, make, BENCH)
    asset = session.scalars(select(Asset)).one()
    asset.physical_status = PhysicalStatus.OUT_OF_ORDER
    asset.register_status = RegisterStatus.REMOVED
    asset.owner_id = make.organisation().id
    asset.last_seen_on = TODAY
    session.flush()
    code, owner_id = asset.code, asset.owner_id
    put(session, make, replace(BENCH, name="Renamed"))
    assert (asset.name, asset.code, asset.owner_id) == ("Renamed", code, owner_id)
    assert asset.physical_status is PhysicalStatus.OUT_OF_ORDER
    assert (asset.register_status, asset.last_seen_on) == (RegisterStatus.REMOVED, TODAY)


def test_a_code_that_is_taken_is_not_given_twice(session: Session, make: Factory) -> None:
    taken = make.asset().code
    codes = iter([taken, taken, "K7-QF4"])
    put_assets(
        session,
        district_id=make._any_district(),  # noqa: SLF001  the factory's own district
        drafts=[BENCH],
        new_code=lambda: next(codes),
    )
    assert get_asset(session, code="K7-QF4").name == "Bench"


# -- Details and codes -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_says_which_details_it_has(kind: Kind) -> None:
    details = {name: wanted(1) for name, wanted in DETAILS[kind].items()}
    if "entrances" in details:
        details["entrances"] = "52.3137, 4.9742"
    assert check_details(kind, details) == details


def test_entrances_are_read_with_the_latitude_first() -> None:
    assert read_entrances("52.3137, 4.9742; 52.3141 4.9733;") == (
        (4.9742, 52.3137),
        (4.9733, 52.3141),
    )
    for wrong in ("the gate", "52.3137", "95.3137, 4.9742", "52.3, 4.9", "52.3137, 4.9742, 1.000"):
        with pytest.raises(Invalid) as refused:
            read_entrances(wrong)
        assert refused.value.field == "entrances"


@pytest.mark.parametrize(
    ("kind", "details", "said"),
    [
        (Kind.BENCH, {"sport": "chess"}, "no detail called sport"),
        (Kind.BIN, {"volume_l": "much"}, "volume_l is of the wrong type"),
        (Kind.BIN, {"volume_l": True}, "volume_l is of the wrong type"),
        (Kind.PLAYGROUND, {"area_m2": 1.5}, "area_m2 is of the wrong type"),
        (Kind.SIGN, {"text": None}, "text is of the wrong type"),
    ],
)
def test_a_detail_that_does_not_fit_is_refused(
    kind: Kind, details: dict[str, object], said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        check_details(kind, details)


@pytest.mark.parametrize("words", ["K7-QF4", "k7qf4", "k7 qf4", "K7QF4", " k-7-q-f-4 "])
def test_a_code_is_read_however_it_is_typed(words: str) -> None:
    assert read_code(words) == "K7-QF4"


@pytest.mark.parametrize("words", ["", "K7", "K7-QF0", "nothing at all", "ÄÄ-ÄÄÄ", "٢٢-٢٢٢"])
def test_words_that_are_no_code_come_back_as_they_are(words: str) -> None:
    assert read_code(words) == words


def test_codes_are_made_of_letters_that_nobody_mistakes(make: Factory) -> None:
    made = {make.code() for _ in range(500)}
    assert {letter for code in made for letter in code} == {*LETTERS, "-"}
    assert not set("01OILAEU") & set(LETTERS)
    assert {len(code) for code in made} == {6}
    assert make_code.__module__ == "geoapp.db.codes"


# -- Duties ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts_on", "until", "is_kept"),
    [
        (None, None, True),
        (None, TODAY, True),
        (None, TODAY - timedelta(days=1), False),
        (TODAY, None, True),
        (TODAY + timedelta(days=1), None, False),
        (TODAY - timedelta(days=9), TODAY + timedelta(days=9), True),
    ],
)
def test_a_duty_holds_from_its_first_day_to_its_last(
    session: Session, make: Factory, starts_on: date | None, until: date | None, *, is_kept: bool
) -> None:
    asset = make.asset()
    make.duty(asset_id=asset.id, starts_on=starts_on, until=until)
    assert (asset.id in duties_of(session, asset_ids=[asset.id], today=TODAY)) == is_kept


def test_who_repairs_comes_before_who_cleans_and_who_opens(session: Session, make: Factory) -> None:
    asset = make.asset()
    for covers in (["operation"], ["cleaning", "device"], ["cleaning"]):
        make.duty(asset_id=asset.id, covers=covers)
    duties = duties_of(session, asset_ids=[asset.id], today=TODAY)[asset.id]
    assert [duty.covers for duty in duties] == [
        (Aspect.DEVICE, Aspect.CLEANING),
        (Aspect.CLEANING,),
        (Aspect.OPERATION,),
    ]


def test_an_asset_nobody_keeps_is_not_in_the_answer(session: Session, make: Factory) -> None:
    kept, unkept = make.asset(), make.asset()
    make.duty(asset_id=kept.id)
    assert set(duties_of(session, asset_ids=[kept.id, unkept.id], today=TODAY)) == {kept.id}


# -- History ---------------------------------------------------------------------------------


def test_the_history_of_an_asset_is_told_from_its_beginning(
    session: Session, make: Factory
) -> None:
    asset = make.asset()
    make.asset_event(asset_id=asset.id, kind=AssetEventKind.SEEN, happened_on=TODAY)
    make.asset_event(asset_id=asset.id, happened_on=date(2022, 5, 1))
    kinds = [event.kind for event in history_of(session, asset_id=asset.id)]
    assert kinds == [AssetEventKind.BUILT, AssetEventKind.SEEN]


# -- Which and where -------------------------------------------------------------------------


def test_eight_of_eight_counts_what_stands_and_when_the_last_was_seen(
    session: Session, make: Factory
) -> None:
    statuses = [
        (PhysicalStatus.IN_USE, date(2026, 11, 3)),
        (PhysicalStatus.OUT_OF_ORDER, date(2026, 11, 1)),
        (PhysicalStatus.REMOVED, date(2020, 1, 1)),
        (PhysicalStatus.PLANNED, None),
    ]
    for status, seen in statuses:
        make.asset(kind=Kind.CABINET, physical_status=status, last_seen_on=seen)
    make.asset(kind=Kind.BENCH)
    counted = count_standing(session, where=[], kind=Kind.CABINET)
    assert (counted.standing, counted.total, counted.last_seen_on) == (2, 3, date(2026, 11, 1))


def test_a_name_is_found_by_how_it_begins(session: Session, make: Factory) -> None:
    make.asset(name="Kast 1, bij metro")
    make.asset(name="Bank bij kast")
    make.asset(name="Kast 2", physical_status=PhysicalStatus.REMOVED)
    found = find_assets(session, words="KAST-")
    assert [asset.name for asset in found] == ["Kast 1, bij metro"]


@pytest.mark.parametrize("words", ["", "k", "%", "__", "%%", "\\"])
def test_too_little_or_signs_find_nothing(session: Session, make: Factory, words: str) -> None:
    make.asset(name="Kast 1")
    assert find_assets(session, words=words) == []


def test_the_pin_of_an_area_stands_on_it(session: Session, make: Factory) -> None:
    # A horseshoe: its middle lies outside it.
    shape = LineString([(LON, LAT), (LON + 0.01, LAT), (LON + 0.01, LAT + 0.01), (LON, LAT + 0.01)])
    horseshoe = MultiPolygon([shape.buffer(0.001)])
    code = make.asset(kind=Kind.PLAYGROUND, geom=stored(horseshoe)).code
    facts = get_asset(session, code=code)
    assert horseshoe.covers(Point(facts.lon, facts.lat))


def test_things_come_nearest_first_and_are_all_counted(session: Session, make: Factory) -> None:
    for step in (3, 1, 2):
        make.asset(name=f"Bench {step}", geom=stored(Point(LON + step * 0.001, LAT)))
    make.asset(kind=Kind.BIN)
    found, total = assets_in_box(
        session,
        box=(LON - 0.01, LAT - 0.01, LON + 0.01, LAT + 0.01),
        kinds=[Kind.BENCH],
        near=(LON, LAT),
        limit=2,
    )
    assert ([asset.name for asset in found], total) == (["Bench 1", "Bench 2"], 3)


def test_near_is_metres_over_the_ground(session: Session, make: Factory) -> None:
    # 0.001 degrees: 68.7 m east, 111.3 m north at this latitude.
    make.asset(name="East", geom=stored(Point(LON + 0.001, LAT)))
    make.asset(name="North", geom=stored(Point(LON, LAT + 0.001)))
    found = assets_near(session, lon=LON, lat=LAT, radius_m=100, limit=9)
    assert [asset.name for asset in found] == ["East"]


def test_a_code_of_nothing_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound, match="22-222"):
        get_asset(session, code="22-222")
