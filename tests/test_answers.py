"""How reports are answered: counters that equal a recount, shares of a hundred, and their pages."""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from io import StringIO
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point
from sqlalchemy import Engine, create_engine, delete, func, select, text, tuple_
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from geoapp.app import metadata
from geoapp.areas.rules import Level
from geoapp.coverage.rules import find_half, round_shares
from geoapp.db.migrating import migrate
from geoapp.db.session import normalise_url, transaction
from geoapp.defects.actions import EventDraft, fold_counts, lock_defect, take_step
from geoapp.defects.rules import (
    DAY_STEPS,
    MORE_DAYS,
    SHARE_OF,
    EventKind,
    FactKind,
    File,
    Share,
    State,
    Work,
)
from geoapp.defects.tables import AnswerCellCount, AnswerCount, AnswerFact, Defect, DefectPromise
from geoapp.districts.queries import get_district
from geoapp.districts.tables import District
from geoapp.neighbourhoods.actions import OutlineDraft, put_outline
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory, area_shape, stored

E = EventKind
Key = tuple[UUID | None, UUID, FactKind, str]


# -- Counting anew -------------------------------------------------------------------------------


def recount(session: Session) -> dict[Key, int]:
    """What the counters should say, from reports and promises themselves."""
    session.flush()
    session.expire_all()
    defects = {defect.id: defect for defect in session.scalars(select(Defect))}
    zones = {one.id: ZoneInfo(one.time_zone) for one in session.scalars(select(District))}
    found: Counter[Key] = Counter()
    for defect in defects.values():
        share = share_of(defect, defects)
        place = (defect.area_id, defect.addressee_id)
        if share is not None:
            found[*place, FactKind.SHARE, share.value] += 1
        if defect.state == State.SOLVED:
            reported_on = defect.reported_at.astimezone(zones[defect.district_id]).date()
            days = (defect.turn_since - reported_on).days
            step = next((str(most) for most in DAY_STEPS if days <= most), MORE_DAYS)
            found[*place, FactKind.DAYS, step] += 1
    for promise in session.scalars(select(DefectPromise)):
        area_id = defects[promise.defect_id].area_id
        found[area_id, promise.organisation_id, FactKind.PROMISE, promise.state.value] += 1
    return dict(found)


def share_of(defect: Defect, defects: dict[UUID, Defect]) -> Share | None:
    """Its own share, or that of the file it was merged into."""
    kept, seen = defect, set()
    while kept.merged_into_id is not None and kept.id not in seen:
        seen.add(kept.id)
        kept = defects[kept.merged_into_id]
    share = SHARE_OF[State(kept.state)]
    return share if kept is defect else share or Share.GOING_ON


def counted(session: Session) -> dict[Key, int]:
    """What the counters say."""
    key = (
        AnswerCount.area_id,
        AnswerCount.organisation_id,
        AnswerCount.about,
        AnswerCount.value,
    )
    total = func.sum(AnswerCount.amount)
    rows = session.execute(select(*key, total).group_by(*key).having(total != 0))
    return {(area, owner, about, value): amount for area, owner, about, value, amount in rows}


def by_cell(session: Session, table: Any, amount: Any) -> dict[Any, int]:
    """What is counted for each cell: by the counters, or by the facts themselves."""
    key = (table.cell_x, table.cell_y, table.organisation_id, table.about, table.value)
    rows = session.execute(select(*key, amount).group_by(*key).having(amount != 0))
    return {tuple(row[:-1]): row[-1] for row in rows}


def check_cells(session: Session) -> None:
    """The counters of the cells equal a recount, and each fact stands in the cell of its report."""
    counters = by_cell(session, AnswerCellCount, func.sum(AnswerCellCount.amount))
    assert counters == by_cell(session, AnswerFact, func.count())
    astray = (
        select(func.count())
        .select_from(AnswerFact)
        .outerjoin(DefectPromise, DefectPromise.id == AnswerFact.thing_id)
        .join(Defect, Defect.id == func.coalesce(DefectPromise.defect_id, AnswerFact.thing_id))
        .where(tuple_(Defect.cell_x, Defect.cell_y) != tuple_(AnswerFact.cell_x, AnswerFact.cell_y))
    )
    assert session.scalar(astray) == 0


# -- A walk through everything that can happen ---------------------------------------------------


STEPS = [kind for kind in E if kind not in (E.MERGED, E.UNMERGED, E.REPORTED)]


@dataclass
class Walk:
    """Reports in two areas at three organisations, to which things happen by chance."""

    session: Session
    make: Factory
    random: Random
    now: datetime = NOW
    ids: list[UUID] = field(default_factory=list)
    acts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.areas = [*(self.make.official_area().id for _ in range(2)), None]
        self.owners = [self.make.organisation().id for _ in range(3)]

    def go(self) -> None:
        """One thing happens."""
        self.now += timedelta(hours=self.random.randint(1, 200))
        acts = [self.step] * 8 + [self.report, self.merge, self.unmerge] * 2
        acts += [self.move, self.pass_on, self.drop, self.fold, self.change_two]
        act = self.random.choice(acts) if self.ids else self.report
        act()
        self.acts[act.__name__] += 1
        self.session.flush()

    def report(self) -> None:
        """A new one."""
        defect = self.make.defect(
            area_id=self.random.choice(self.areas),
            addressee_id=self.random.choice(self.owners),
            reported_at=self.now,
            turn_since=self.now.date(),
            is_example=self.random.random() < 0.3,
        )
        self.ids.append(defect.id)

    def take(self, kind: EventKind, **given: Any) -> None:
        """Let something happen to one of them."""
        defect, zone = lock_defect(self.session, defect_id=given.pop("id", self.one()))
        draft = EventDraft(kind, self.now, defect.addressee_id, **given)
        take_step(self.session, defect=defect, step=draft, zone=zone)

    def one(self) -> UUID:
        """Any of them."""
        return self.random.choice(self.ids)

    def step(self) -> None:
        """Any event but those of merging, a removed file aside: that one may have been merged."""
        one = self.one()
        kind = self.random.choice(STEPS)
        merged = self.session.get_one(Defect, one).merged_into_id is not None
        if not (merged and kind in (E.WITHDRAWN, E.RETAKEN, E.REMOVED)):
            due_on = self.now.date() + timedelta(days=5) if kind is E.PROMISED else None
            self.take(kind, id=one, due_on=due_on)

    def merge(self) -> None:
        """Two turn out to be one; in a circle they are never."""
        one, kept = self.one(), self.one()
        above: UUID | None = kept
        while above is not None and above != one:
            above = self.session.get_one(Defect, above).merged_into_id
        if above is None and self.session.get_one(Defect, one).file is File.PUBLIC:
            self.take(E.MERGED, id=one, merged_into_id=kept)

    def unmerge(self) -> None:
        """They were not."""
        merged = [one for one in self.ids if self.session.get_one(Defect, one).merged_into_id]
        if merged:
            self.take(E.UNMERGED, id=self.random.choice(merged))

    def move(self) -> None:
        """It lies elsewhere, by new borders, or was reported earlier."""
        defect = self.session.get_one(Defect, self.one())
        defect.area_id = self.random.choice(self.areas)
        defect.cell_x += self.random.randint(0, 2)
        defect.reported_at -= timedelta(days=20)

    def pass_on(self) -> None:
        """Another has it from now on."""
        one = self.one()
        if self.session.get_one(Defect, one).file is File.PUBLIC:
            self.take(E.PASSED_ON, id=one, passed_to_id=self.random.choice(self.owners))
            self.take(E.ACCEPTED, id=one)

    def drop(self) -> None:
        """One goes for good, with what was merged into it."""
        gone = [self.one()]
        for one in gone:
            gone += self.session.scalars(select(Defect.id).where(Defect.merged_into_id == one))
        self.session.flush()
        self.session.execute(delete(Defect).where(Defect.id.in_(gone)))
        self.session.expire_all()
        self.ids = [one for one in self.ids if one not in gone]

    def fold(self) -> None:
        """The hourly sweep."""
        fold_counts(self.session)

    def change_two(self) -> None:
        """A kept file and the merged one change in one statement."""
        self.session.execute(
            text(
                "UPDATE defect SET merged_into_id = NULL, file = 'public',"
                " street = CASE street WHEN 'good' THEN 'not_good' ELSE 'good' END"
                " WHERE id = :id OR merged_into_id = :id"
            ),
            {"id": self.one()},
        )
        self.session.expire_all()


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_the_counters_equal_a_recount(
    session: Session, make: Factory, seed: int
) -> None:
    walk = Walk(session, make, Random(seed))  # noqa: S311  a walk, no secret
    for number in range(120):
        walk.go()
        if number % 6 == 0:
            assert counted(session) == recount(session), walk.acts
            check_cells(session)
    fold_counts(session)
    check_cells(session)
    assert counted(session) == recount(session)
    assert min(walk.acts.values()) > 0
    assert len(walk.acts) == 9
    assert len(session.scalars(select(AnswerFact)).all()) == sum(counted(session).values())


def test_a_fold_leaves_one_row_for_each_key_and_none_where_nothing_is_left(
    session: Session, make: Factory
) -> None:
    kept = [make.defect() for _ in range(3)]
    gone = make.defect()
    for defect in kept:
        defect.addressee_id = kept[0].addressee_id
    session.flush()
    session.execute(delete(Defect).where(Defect.id == gone.id))
    before = counted(session)
    # Of the area and of the cell alike.
    assert fold_counts(session) == 2 * (3 + 2 * 2 + 2 - 1)
    assert [row.amount for row in session.scalars(select(AnswerCount))] == [3]
    assert (counted(session), fold_counts(session)) == (before, 0)


@pytest.mark.parametrize("state", State)
def test_the_database_counts_every_state_as_the_table_does(session: Session, state: State) -> None:
    assert session.scalar(select(func.share_of_state(state.value))) == SHARE_OF[state]


def test_only_what_its_reporter_withdrew_is_not_counted(session: Session, make: Factory) -> None:
    kept = make.defect(work=Work.REFUSED)
    make.defect(file=File.MERGED, merged_into_id=kept.id, addressee_id=kept.addressee_id)
    make.defect(work=Work.PASSED_ON, addressee_id=kept.addressee_id)
    make.defect(file=File.REMOVED, addressee_id=kept.addressee_id)
    make.defect(file=File.WITHDRAWN, addressee_id=kept.addressee_id)
    assert {key[3]: amount for key, amount in counted(session).items()} == {
        Share.GOING_ON: 3,
        Share.UNCHECKED: 1,
    }


def test_a_merged_file_goes_on_where_the_kept_one_was_withdrawn(
    session: Session, make: Factory
) -> None:
    kept = make.defect()
    make.defect(file=File.MERGED, merged_into_id=kept.id)
    kept.file = File.WITHDRAWN
    session.flush()
    assert [key[3] for key in counted(session)] == [Share.GOING_ON]


# -- At once -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own_engine(make_database: Callable[[str], str]) -> Iterator[Engine]:
    """An engine on a database in which rows are really committed."""
    made = create_engine(normalise_url(make_database("answers")), poolclass=NullPool)
    migrate(made, metadata())
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def reports(own_engine: Engine) -> list[UUID]:
    """24 reports in one area at one organisation."""
    with transaction(own_engine) as session:
        make = Factory(session)
        area, owner = make.official_area(), make.organisation()
        return [make.defect(area_id=area.id, addressee_id=owner.id).id for _ in range(24)]


def test_writers_on_one_area_never_wait_for_each_other_nor_for_a_fold(
    own_engine: Engine, reports: list[UUID]
) -> None:
    ids = reports[:20]
    opened = [Session(own_engine) for _ in ids]
    try:
        for session, defect_id in zip(opened, ids, strict=True):
            session.execute(text("SET LOCAL lock_timeout = '50ms'"))
            defect, zone = lock_defect(session, defect_id=defect_id)
            take_step(session, defect=defect, step=EventDraft(E.TAKEN, NOW), zone=zone)
            take_step(session, defect=defect, step=EventDraft(E.HANDLED, NOW), zone=zone)
            session.flush()
        with transaction(own_engine) as session:
            session.execute(text("SET LOCAL lock_timeout = '50ms'"))
            assert fold_counts(session) > 0
        for session in opened:
            session.commit()
    finally:
        for session in opened:
            session.close()
    with transaction(own_engine) as session:
        assert counted(session) == recount(session)
        shares = {
            fact.value for fact in session.scalars(select(AnswerFact)) if fact.thing_id in ids
        }
        assert shares == {Share.UNCHECKED}


@pytest.mark.parametrize("is_merged_first", [True, False])
def test_a_file_merged_while_the_kept_one_changes_has_its_new_share(
    own_engine: Engine, reports: list[UUID], *, is_merged_first: bool
) -> None:
    kept, merged = reports[20:22] if is_merged_first else reports[22:]

    def settle(session: Session) -> None:
        session.execute(text("UPDATE defect SET street = 'good' WHERE id = :id"), {"id": kept})

    def merge(session: Session) -> None:
        session.execute(
            text("UPDATE defect SET file = 'merged', merged_into_id = :kept WHERE id = :id"),
            {"kept": kept, "id": merged},
        )

    def follow(session: Session, act: Callable[[Session], None]) -> None:
        act(session)
        session.commit()

    acts = [merge, settle] if is_merged_first else [settle, merge]
    with (
        ThreadPoolExecutor(1) as pool,
        Session(own_engine) as one,
        Session(own_engine) as other,
    ):
        acts[0](one)
        pid = other.scalar(select(func.pg_backend_pid()))
        waiting = pool.submit(follow, other, acts[1])
        while not waits_for_a_lock(own_engine, pid):
            assert not waiting.done()
        one.commit()
        waiting.result(timeout=10)
    with Session(own_engine) as session:
        assert counted(session) == recount(session)
        facts = {fact.thing_id: fact.value for fact in session.scalars(select(AnswerFact))}
        assert facts[merged] == Share.GOOD


def waits_for_a_lock(engine: Engine, pid: int | None) -> bool:
    """True where that process of the database waits for another."""
    with engine.connect() as connection:
        return bool(
            connection.scalar(text("SELECT cardinality(pg_blocking_pids(:pid)) > 0"), {"pid": pid})
        )


# -- Shares of a hundred -------------------------------------------------------------------------

COUNTS = st.dictionaries(st.sampled_from(Share), st.integers(0, 100_000))


@given(COUNTS)
def test_the_four_shares_sum_to_100_and_none_is_off_by_one(counts: dict[Share, int]) -> None:
    shares, whole = round_shares(counts), sum(counts.values())
    assert set(shares) == set(Share)
    assert sum(shares.values()) == (100 if whole else 0)
    for share in Share:
        exact = counts.get(share, 0) * 100 / whole if whole else 0
        assert abs(shares[share] - exact) < 1


@pytest.mark.parametrize(
    ("days", "step"),
    [
        ({}, None),
        ({"7": 1}, "7"),
        ({"7": 1, "14": 1}, "7"),
        ({"7": 1, "14": 2}, "14"),
        ({"7": 1, "more": 2}, "more"),
    ],
)
def test_half_were_good_within_the_step_that_holds_the_middle_one(
    days: dict[str, int], step: str | None
) -> None:
    assert find_half(days) == step


# -- The page ------------------------------------------------------------------------------------


@dataclass
class Place:
    """A district with two buurten, an organisation and volunteers, as its visitors see it."""

    make: Factory
    visitor: FlaskClient

    def __post_init__(self) -> None:
        works = self.make.organisation(name="Works")
        self.works = works.id
        self.minders = self.make.organisation(name="Minders", is_volunteer=True).id
        self.slug = self.make.session.get_one(District, works.district_id).slug
        wide = self.make.official_area(slug="wide", level=Level.WIJK, name="Wide")
        self.zon, self.aar = (
            self.make.official_area(slug=name.lower(), name=name, parent_id=wide.id).id
            for name in ("Zon", "Aar")
        )

    def report(self, count: int = 1, **values: Any) -> Defect:
        """In the buurt Zon, at the organisation Works, turned just now; the last of so many."""
        defaults = {"area_id": self.zon, "addressee_id": self.works, "turn_since": NOW.date()}
        return [self.make.defect(**{**defaults, **values}) for _ in range(count)][-1]

    def read(self, path: str = "") -> str:
        """The words of the page in English, that of the district if no other is named."""
        answer = self.visitor.get(f"{path or f'/districts/{self.slug}/answers'}?lang=en")
        assert answer.status_code == 200
        return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


@pytest.fixture
def place(make: Factory, own_client: FlaskClient) -> Place:
    """Where nothing has been reported yet."""
    return Place(make, own_client)


def ago(days: int) -> date:
    """That many days before today."""
    return NOW.date() - timedelta(days=days)


def test_where_nothing_was_reported_the_page_says_so(place: Place) -> None:
    assert "Nothing has been reported here yet." in place.read()
    assert "100 reports" not in place.read("/areas/zon/answers")


def test_four_shares_sum_to_100_with_their_counts_and_meanings(place: Place) -> None:
    place.report(street="good")
    place.report(street="not_good", handlings=1)
    place.report(work="refused")
    words = place.read()
    assert "Of 100 reports: 33 good , 33 not good , 0 not checked , 34 going on ." in words
    assert "Still going on 34 % (1) No answer yet, promised, passed on or refused." in words


def test_neighbourhoods_stand_from_a_to_z_however_they_are_answered(place: Place) -> None:
    place.report(3, area_id=place.zon, street="good")
    place.report(area_id=place.aar, street="not_good")
    place.report(area_id=None)
    words = place.read()
    assert words.index("Aar Reports 1") < words.index("Zon Reports 3")
    assert words.index("Zon Reports 3") < words.index("Outside every neighbourhood Reports 1")


def test_a_wider_area_counts_what_lies_in_its_parts_and_a_buurt_itself(place: Place) -> None:
    place.report(2, area_id=place.zon)
    place.report(area_id=place.aar, street="good")
    place.report(area_id=None)
    assert "33 good , 0 not good , 0 not checked , 67 going on" in place.read("/areas/wide/answers")
    assert "100 good" in place.read("/areas/aar/answers")


def test_an_organic_neighbourhood_counts_what_lies_within_its_border(place: Place) -> None:
    area = place.make.organic_area(slug="round", geom=stored(area_shape()))
    district = get_district(place.make.session, slug=place.slug)
    draft = OutlineDraft(area.id, area_shape())
    put_outline(place.make.session, place=district, draft=draft, now=NOW)
    outside = stored(Point(LON + 0.05, LAT))
    place.report(geom=outside, point=outside, street="good")
    kept = place.report(street="not_good", work="planned")
    place.make.defect_promise(defect_id=kept.id, organisation_id=place.works)
    words = place.read("/areas/round/answers")
    assert "0 good , 100 not good" in words
    assert "Still stands 1" in words


@pytest.mark.parametrize(("count", "told"), [(29, False), (30, True)])
def test_an_organisation_is_told_of_from_30_reports_on_and_volunteers_never(
    place: Place, count: int, *, told: bool
) -> None:
    place.report(count)
    place.report(40, addressee_id=place.minders)
    words = place.read()
    assert ("Works Reports" in words) is told
    assert ("fewer than 30: too few to say anything" in words) is not told
    assert "Minders" not in words
    assert f"All {count + 40} reports here" in words


def test_silence_counts_whose_move_it_is_and_not_volunteers_or_a_standing_promise(
    place: Place,
) -> None:
    place.report(turn_since=ago(14))
    assert "0 reports wait longer than 14 days for a word." in place.read()
    place.report(turn_since=ago(15))
    place.report(turn_since=ago(15), work="handled", street="waiting")
    place.report(turn_since=ago(15), work="planned", promised_on=NOW.date())
    place.report(turn_since=ago(15), addressee_id=place.minders)
    assert "1 report waits longer than 14 days for a word." in place.read()
    place.report(turn_since=ago(99), work="planned", promised_on=ago(1), area_id=place.aar)
    assert "2 reports wait" in place.read()
    assert "1 report waits" in place.read("/areas/aar/answers")


def test_promises_are_told_by_what_became_of_them_and_never_of_volunteers(place: Place) -> None:
    defect = place.report()
    for state in ("kept", "kept", "missed"):
        place.make.defect_promise(
            defect_id=defect.id, organisation_id=place.works, state=state, closed_at=NOW
        )
    place.make.defect_promise(defect_id=defect.id, organisation_id=place.minders)
    assert "Kept 2 Moved to another day 0 Not kept 1 Still stands 0" in place.read()


def test_days_run_from_the_first_report_until_it_is_good(place: Place) -> None:
    place.report()
    assert "No report is good yet." in place.read()
    for days in (3, 20, 28):
        place.report(street="good", reported_at=NOW - timedelta(days=days))
    place.report(street="not_good", reported_at=NOW - timedelta(days=300))
    words = place.read()
    assert "Half of them were good within 28 days." in words
    assert "15 to 28 days 2 29 to 56 days 0" in words


def test_examples_are_said_to_be_examples(place: Place) -> None:
    place.report()
    assert "Example" not in place.read()
    place.report(is_example=True)
    assert "Some of them are invented" in place.read()


def test_the_list_holds_what_was_called_done_and_is_not_the_latest_no_first(place: Place) -> None:
    place.report(street="not_good", description="Never answered")
    place.report(street="good", handlings=1, description="Good by now")
    for number in range(12):
        place.report(
            street="mixed" if number % 2 else "not_good",
            work="handled",
            handlings=1,
            turn_since=ago(number // 3),
            description=f"No {number:02}",
        )
    first = place.visitor.get(f"/districts/{place.slug}/answers?lang=en").text
    (older,) = re.findall(r'href="([^"]+before=[^"]+)"', first)
    second = place.visitor.get(older.replace("&amp;", "&")).text
    told = [re.findall(r"No \d\d|Never answered|Good by now", page) for page in (first, second)]
    assert [len(names) for names in told] == [10, 2]
    assert sorted(told[0] + told[1]) == [f"No {number:02}" for number in range(12)]
    assert [int(name[3:]) // 3 for name in told[0] + told[1]] == sorted([0, 1, 2, 3] * 3)
    # Every one of the page, and no other, stands on its two maps.
    assert first.count('class="tok"') == 2 * 10


@pytest.mark.parametrize("before", ["yesterday", "2026-13-01_AB-CDE", "_", "2026-11-01%00"])
def test_a_place_in_the_list_that_is_none_is_refused(place: Place, before: str) -> None:
    path = f"/districts/{place.slug}/answers?before={before}"
    assert place.visitor.get(path).status_code in (400, 404)


@pytest.mark.parametrize("path", ["/districts/none/answers", "/areas/none/answers"])
def test_what_is_not_there_has_no_answers(place: Place, path: str) -> None:
    assert place.visitor.get(path).status_code == 404


def test_the_file_has_a_row_for_every_buurt_that_no_spreadsheet_runs(place: Place) -> None:
    place.make.official_area(slug="odd", name='=HYPERLINK("x")', code="B9")
    place.report(2, area_id=place.aar, street="good", is_example=True)
    place.report(area_id=place.aar)
    answer = place.visitor.get(f"/districts/{place.slug}/answers.csv?lang=nl")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    expected = f'attachment; filename="answers-{place.slug}-2026-11-21.csv"'
    assert answer.headers["Content-Disposition"] == expected
    rows = list(csv.DictReader(StringIO(answer.text)))
    head = ["area_code", "area", "reports", "good", "not_good", "unchecked", "going_on", "examples"]
    assert list(rows[0]) == head
    assert [row["area"] for row in rows] == ['\'=HYPERLINK("x")', "Aar", "Zon"]
    assert list(rows[1].values())[1:] == ["Aar", "3", "2", "0", "0", "1", "2"]
    assert rows[2]["reports"] == "0"


def test_the_answers_are_reached_from_the_area_and_from_whose_map_this_is(
    client: FlaskClient,
) -> None:
    assert 'href="/areas/k-buurt/answers"' in client.get("/areas/k-buurt").text
    assert 'href="/districts/zuidoost/answers"' in client.get("/about").text
