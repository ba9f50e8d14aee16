"""How reports are answered: counters that equal a recount, shares of a hundred, and their pages."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, delete, func, select, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from geoapp.app import metadata
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
from geoapp.defects.tables import AnswerCount, AnswerFact, Defect, DefectPromise
from geoapp.districts.tables import District
from tests.conftest import NOW
from tests.factories import Factory

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
    fold_counts(session)
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
    assert fold_counts(session) == 3 + 2 * 2 + 2 - 1
    assert [row.amount for row in session.scalars(select(AnswerCount))] == [3]
    assert (counted(session), fold_counts(session)) == (before, 0)


@pytest.mark.parametrize("state", State)
def test_the_database_counts_every_state_as_the_table_does(session: Session, state: State) -> None:
    share = session.scalar(select(func.share_of_state(state.value)))
    assert share == (SHARE_OF[state] and SHARE_OF[state].value)


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
