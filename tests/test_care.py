"""What nobody does: found from the facts, kept as rows, seen anew when a fact changes."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from threading import Thread

import pytest
from sqlalchemy import Engine, delete, select, text
from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.assets.actions import lock_asset as lock_entry
from geoapp.assets.queries import AssetFacts, list_assets
from geoapp.assets.rules import Kind, PhysicalStatus
from geoapp.assets.tables import Asset, MaintenanceDuty
from geoapp.care.actions import refresh_care, refresh_districts
from geoapp.care.queries import count_gaps, last_look, list_gaps, spots_of_gaps
from geoapp.care.rules import Gap
from geoapp.care.tables import CareGap
from geoapp.db.migrating import migrate
from geoapp.db.session import bound_waiting, make_engine, transaction
from geoapp.inspections.actions import lock_asset
from geoapp.placing.queries import read_drawn
from tests.conftest import NOW
from tests.factories import Factory
from tests.test_acts import is_waited_for

TODAY = NOW.date()
LONG_AGO = TODAY - timedelta(days=366)

# Whatever lets one transaction after another change a thing.
HOLDS: dict[str, Callable[[Session, AssetFacts], object]] = {
    "entry": lambda session, asset: lock_entry(session, asset_id=asset.id),
    "inspection": lock_asset,
    "place": lambda session, asset: read_drawn(session, asset_id=asset.id, is_locked=True),
}


@pytest.fixture
def bench(make: Factory) -> Asset:
    """A bench of which nothing is lacking."""
    return make_sound(make)


def make_sound(make: Factory, **values: object) -> Asset:
    """A thing that is kept, paid for and seen."""
    asset = make.asset(**{"kind": Kind.BENCH, "last_seen_on": TODAY} | values)
    make.duty(asset_id=asset.id, covers=["device", "cleaning"])
    make.funding(asset_id=asset.id)
    return asset


def look(session: Session, asset: Asset) -> dict[Gap, tuple[str, date | None]]:
    """What is lacking of a thing, seen anew."""
    refresh_care(session, district_id=asset.district_id, asset_ids=[asset.id], today=TODAY)
    return found(session, asset)


def found(session: Session, asset: Asset) -> dict[Gap, tuple[str, date | None]]:
    """What is kept as lacking of a thing."""
    session.expire_all()
    rows = session.scalars(select(CareGap).where(CareGap.asset_id == asset.id))
    return {gap.kind: (gap.about, gap.since_on) for gap in rows}


def test_of_what_is_kept_paid_for_and_seen_nothing_is_lacking(
    session: Session, bench: Asset
) -> None:
    assert look(session, bench) == {}


def test_what_somebody_cleans_still_has_nobody_for_its_devices(
    session: Session, make: Factory
) -> None:
    playground = make.asset(kind=Kind.PLAYGROUND, last_seen_on=TODAY)
    make.funding(asset_id=playground.id)
    make.duty(asset_id=playground.id, covers=["cleaning", "operation"])
    assert look(session, playground) == {Gap.NO_KEEPER: ("device", None)}


def test_a_keeper_that_left_is_missed_from_the_day_after_its_last(
    session: Session, make: Factory, bench: Asset
) -> None:
    session.execute(delete(MaintenanceDuty).where(MaintenanceDuty.asset_id == bench.id))
    last = TODAY - timedelta(days=9)
    make.duty(asset_id=bench.id, covers=["device"], until=last)
    assert look(session, bench) == {Gap.NO_KEEPER: ("device", last + timedelta(days=1))}


def test_a_keeper_of_tomorrow_keeps_nothing_today(
    session: Session, make: Factory, bench: Asset
) -> None:
    session.execute(delete(MaintenanceDuty).where(MaintenanceDuty.asset_id == bench.id))
    make.duty(asset_id=bench.id, covers=["device"], starts_on=TODAY + timedelta(days=1))
    assert Gap.NO_KEEPER in look(session, bench)


@pytest.mark.parametrize(
    ("kind", "aspects"),
    [(Kind.BENCH, "device"), (Kind.PLAYGROUND, "device,cleaning"), (Kind.BIN, "device,cleaning")],
)
def test_what_must_be_kept_depends_on_the_kind(
    session: Session, make: Factory, kind: Kind, aspects: str
) -> None:
    asset = make.asset(kind=kind)
    assert look(session, asset)[Gap.NO_KEEPER] == (aspects, None)


@pytest.mark.parametrize(("seen", "is_lacking"), [(LONG_AGO, True), (None, True), (TODAY, False)])
def test_what_was_not_seen_for_a_year_may_be_gone(
    session: Session, make: Factory, seen: date | None, *, is_lacking: bool
) -> None:
    asset = make_sound(make, last_seen_on=seen)
    assert look(session, asset) == ({Gap.NOT_SEEN: ("", seen)} if is_lacking else {})


@pytest.mark.parametrize(
    ("status", "lacking"),
    [
        (PhysicalStatus.IN_USE, {Gap.NO_KEEPER, Gap.NO_FUNDING, Gap.NOT_SEEN}),
        (PhysicalStatus.OUT_OF_ORDER, {Gap.NO_KEEPER, Gap.NO_FUNDING, Gap.NOT_SEEN}),
        (PhysicalStatus.PLANNED, {Gap.NO_FUNDING}),
        (PhysicalStatus.REMOVED, set()),
    ],
)
def test_what_does_not_stand_needs_no_keeper(
    session: Session, make: Factory, status: PhysicalStatus, lacking: set[Gap]
) -> None:
    asset = make.asset(kind=Kind.BENCH, physical_status=status)
    assert set(look(session, asset)) == lacking


def test_what_is_mended_is_gone_from_the_list_and_other_things_stay(
    session: Session, make: Factory
) -> None:
    mended, other = make.asset(kind=Kind.BENCH), make.asset(kind=Kind.BENCH)
    refresh_districts(session, now=NOW)
    make.duty(asset_id=mended.id, covers=["device"])
    assert Gap.NO_KEEPER not in look(session, mended)
    assert Gap.NO_KEEPER in found(session, other)


def test_all_of_a_district_seen_at_once_is_what_each_seen_alone_says(
    session: Session, make: Factory
) -> None:
    assets = [
        make.asset(kind=kind, physical_status=status, last_seen_on=seen)
        for kind in Kind
        for status in PhysicalStatus
        for seen in (LONG_AGO, TODAY)
    ]
    alone = [look(session, asset) for asset in assets]
    session.execute(delete(CareGap))
    refresh_districts(session, now=NOW)
    assert [found(session, asset) for asset in assets] == alone
    assert last_look(session, district_id=assets[0].district_id) == NOW


def test_the_list_goes_on_where_it_ended_each_thing_once_the_longest_first(
    session: Session, make: Factory
) -> None:
    days = (None, LONG_AGO, LONG_AGO, LONG_AGO - timedelta(days=5), None)
    assets = [make_sound(make, last_seen_on=day) for day in days]
    refresh_districts(session, now=NOW)
    told: list[tuple[str, date | None]] = []
    after = None
    while page := list_gaps(
        session, district_id=assets[0].district_id, kind=Gap.NOT_SEEN, after=after, limit=2
    ):
        told += [(gap.asset.code, gap.since_on) for gap in page]
        after = (page[-1].since_on, page[-1].asset.code)
    expected = sorted(
        ((asset.code, asset.last_seen_on) for asset in assets),
        key=lambda one: (one[1] or date.max, one[0]),
    )
    assert told == expected


def test_the_counts_and_the_spots_are_those_of_the_district_and_of_the_things_asked_for(
    session: Session, make: Factory
) -> None:
    here, there = make.district(slug="here"), make.district(slug="there")
    mine = make.asset(kind=Kind.BENCH, district_id=here.id)
    make.asset(kind=Kind.BIN, district_id=here.id)
    make.asset(kind=Kind.BENCH, district_id=there.id)
    refresh_districts(session, now=NOW)
    assert count_gaps(session, district_id=here.id)[Gap.NO_KEEPER] == 2
    benches = [Asset.kind == Kind.BENCH]
    assert count_gaps(session, district_id=here.id, where=benches)[Gap.NO_KEEPER] == 1
    (spot,) = spots_of_gaps(
        session, district_id=here.id, kind=Gap.NO_KEEPER, where=benches, parts=100, most=9
    )
    assert spot.count == 1
    assert mine.code in {
        gap.asset.code
        for gap in list_gaps(session, district_id=here.id, kind=Gap.NO_KEEPER, limit=9)
    }


@pytest.fixture
def own_engine(make_database: Callable[[str], str]) -> Iterator[Engine]:
    """An engine on a database that nobody else sees."""
    made = make_engine(make_database("care"))
    migrate(made, metadata())
    yield made
    made.dispose()


def test_a_look_at_the_district_waits_for_a_change_and_does_not_undo_it(
    own_engine: Engine,
) -> None:
    with transaction(own_engine) as session:
        make = Factory(session)
        asset, keeper_id = make.asset(kind=Kind.BENCH), make.organisation().id
        refresh_districts(session, now=NOW)
        asset_id, district_id = asset.id, asset.district_id

    with transaction(own_engine) as session:
        Factory(session).duty(asset_id=asset_id, organisation_id=keeper_id, covers=["device"])
        refresh_care(session, district_id=district_id, asset_ids=[asset_id], today=TODAY)
        own = session.scalars(text("SELECT pg_backend_pid()")).one()
        looker = Thread(target=look_at_all, args=(own_engine,))
        looker.start()
        while not is_waited_for(own_engine, own):
            assert looker.is_alive()
    looker.join()
    with transaction(own_engine) as session:
        kinds = set(session.scalars(select(CareGap.kind).where(CareGap.asset_id == asset_id)))
    assert kinds == {Gap.NO_FUNDING, Gap.NOT_SEEN}


@pytest.mark.parametrize("hold", HOLDS.values(), ids=HOLDS.keys())
def test_a_look_at_the_district_does_not_wait_for_who_holds_one_of_its_things(
    own_engine: Engine, hold: Callable[[Session, AssetFacts], object]
) -> None:
    # Whoever holds it looks at the district last: each would wait for the other.
    with transaction(own_engine) as session:
        asset_id = Factory(session).asset(kind=Kind.BENCH).id
    with transaction(own_engine) as holder, transaction(own_engine) as looker:
        (asset,) = list_assets(holder, where=[Asset.id == asset_id], limit=1)
        hold(holder, asset)
        bound_waiting(looker, seconds=1)
        refresh_districts(looker, now=NOW)
        gaps = looker.scalars(select(CareGap.kind).where(CareGap.asset_id == asset_id)).all()
    assert Gap.NO_KEEPER in gaps


def look_at_all(engine: Engine) -> None:
    """See all districts anew, as the worker does."""
    with transaction(engine) as session:
        refresh_districts(session, now=NOW)


# -- What follows from agreements, inspections and contracts -------------------------------------


@pytest.mark.parametrize(
    ("last", "lacking"),
    [
        (TODAY - timedelta(days=1), {Gap.AGREEMENT_ENDS}),
        (TODAY + timedelta(days=59), {Gap.AGREEMENT_ENDS}),
        (TODAY + timedelta(days=61), set()),
        (None, set()),
    ],
)
def test_an_agreement_is_missed_from_the_day_its_parties_want_a_word(
    session: Session, make: Factory, bench: Asset, last: date | None, lacking: set[Gap]
) -> None:
    paper = make.agreement(district_id=bench.district_id, valid_to=last)
    make.agreement_asset(agreement_id=paper.id, asset_id=bench.id)
    told = look(session, bench)
    assert set(told) == lacking
    if last is not None and lacking:
        assert told[Gap.AGREEMENT_ENDS] == (paper.slug, last + timedelta(days=1))


def test_an_inspection_is_missed_once_its_time_is_over(
    session: Session, make: Factory, bench: Asset
) -> None:
    questions = make.checklist(district_id=bench.district_id, kind=Kind.BENCH, every_days=30)
    done = TODAY - timedelta(days=31)
    make.inspection(asset_id=bench.id, checklist_id=questions.id, done_on=done)
    assert look(session, bench) == {Gap.NOT_INSPECTED: ("", done + timedelta(days=30))}
    make.inspection(asset_id=bench.id, checklist_id=questions.id, done_on=TODAY)
    assert look(session, bench) == {}


@pytest.mark.parametrize(
    ("planned", "lacking"), [(date(2026, 12, 31), set()), (date(2027, 1, 1), {Gap.NO_CONTRACT})]
)
def test_what_is_planned_after_its_contract_ends_has_none(
    session: Session, make: Factory, planned: date, lacking: set[Gap]
) -> None:
    asset = make_sound(make, physical_status=PhysicalStatus.PLANNED, planned_on=planned)
    contract = make.framework_contract(district_id=asset.district_id, ends_on=date(2026, 12, 31))
    make.asset_contract(asset_id=asset.id, contract_id=contract.id)
    told = look(session, asset)
    assert set(told) == lacking
    assert told.get(Gap.NO_CONTRACT, (contract.slug, planned)) == (contract.slug, planned)
