"""What the handler's side does, what stands between, the ladder, and days that are over."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text

from geoapp.app import metadata
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine, transaction
from geoapp.defects import rules
from geoapp.defects.actions import EventDraft, lock_defect, take_step
from geoapp.defects.rules import (
    ACTION_TABLE,
    EVENT_OF,
    Action,
    EventKind,
    PictureRole,
    PromiseState,
    Says,
    State,
    Work,
)
from geoapp.defects.tables import (
    Defect,
    DefectEvent,
    DefectFollower,
    DefectPicture,
    DefectPromise,
)
from geoapp.dialogue.acts import Photos, take_act, undo_merge
from geoapp.dialogue.ladder import DUE, carry_out, climb
from geoapp.dialogue.rules import ActBy, HowRefused, check_act
from geoapp.errors import Conflict, GeoappError, Invalid, NotAllowed
from geoapp.ledger.audit import list_entries
from geoapp.ledger.chain import Thing
from geoapp.media.gate import Cleaned, clean_picture
from geoapp.media.store import FileStore
from geoapp.outbox.tables import OutboxMessage
from geoapp.people.tables import Organisation
from tests.conftest import NOW
from tests.factories import Factory
from tests.pictures import photo
from tests.voices import Street

pytest_plugins = ("tests.voices",)

E = EventKind
TODAY = NOW.date()
REFUSAL: dict[str, Any] = {
    "note": "Dit doen we niet",
    "possible": "Met geld van het stadsdeel",
    "interests": "De speelwaarde en de kosten",
    "decided_by": "De gebiedsmanager",
    "visited_on": "2026-11-20",
}
NEEDS: dict[str, dict[str, Any]] = {
    "promise": {"due_on": "2026-12-12"},
    "ask": {"note": "Welke plank?"},
    "handle": {"note": "Nieuwe plank"},
    "refuse": REFUSAL,
}


@dataclass
class Desk:
    """Whoever handles the report of a street."""

    street: Street

    def do(
        self,
        action: str,
        *,
        of: uuid.UUID | None = None,
        person: uuid.UUID | None = None,
        pictures: tuple[Cleaned, ...] = (),
        **values: Any,
    ) -> State:
        """Do something a day later, as somebody of the addressee if not of another."""
        self.street.now += timedelta(days=1)
        defect = self.street.defect
        self.street.session.refresh(defect)
        given = values or NEEDS.get(action, {})
        state = take_act(
            self.street.session,
            defect_id=defect.id,
            draft=check_act({"action": action, **given}, today=self.street.now.date()),
            by=ActBy(of or defect.addressee_id, person, "maintainer"),
            photos=Photos(pictures, self.street.store),
            now=self.street.now,
        )
        self.street.session.flush()
        self.street.session.refresh(defect)
        return state


@pytest.fixture
def desk(street: Street) -> Desk:
    """The organisation the report was given to."""
    return Desk(street)


@pytest.fixture(scope="module")
def pictures() -> list[Cleaned]:
    """Some different photos."""
    return [clean_picture(photo(size=(170 + number, 120))) for number in range(3)]


# -- The table -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actions", "state"),
    [
        (["take"], State.ASSIGNED),
        (["promise"], State.PLANNED),
        (["take", "ask"], State.ASSIGNED),
        (["take", "promise", "handle"], State.HANDLED),
        (["refuse"], State.REFUSED),
    ],
)
def test_what_the_handler_does_leads_to_a_state(
    desk: Desk, actions: list[str], state: State
) -> None:
    assert [desk.do(action) for action in actions][-1] is state


def test_done_twice_is_refused_until_somebody_said_no(desk: Desk) -> None:
    desk.do("handle")
    with pytest.raises(Conflict):
        desk.do("handle")
    desk.street.say(Says.STILL_BROKEN)
    assert desk.do("handle") is State.DISPUTED


def test_nothing_the_handler_does_ends_a_dispute(desk: Desk) -> None:
    desk.do("handle")
    desk.street.say(Says.STILL_BROKEN)
    states = [desk.do(action) for action in ("take", "promise", "ask", "handle")]
    assert states == [State.DISPUTED] * 4


def test_a_solved_report_is_left_alone_by_its_handler(desk: Desk) -> None:
    desk.do("handle")
    desk.street.say(Says.SOLVED, secret=desk.street.own)
    for action in ("take", "promise", "handle", "refuse"):
        with pytest.raises(Conflict):
            desk.do(action)


def test_another_organisation_does_nothing_here(desk: Desk) -> None:
    other = desk.street.make.organisation(district_id=desk.street.defect.district_id)
    with pytest.raises(NotAllowed, match="another organisation"):
        desk.do("handle", of=other.id)


def test_photos_of_what_was_done_hang_on_that_step(desk: Desk, pictures: list[Cleaned]) -> None:
    desk.do("handle", pictures=(pictures[0],), note="Nieuwe plank")
    session = desk.street.session
    role, kind = session.execute(
        select(DefectPicture.role, DefectEvent.kind).join(
            DefectEvent, DefectEvent.id == DefectPicture.event_id
        )
    ).one()
    assert (role, kind) == (PictureRole.WORK, E.HANDLED)


def test_who_did_it_stands_in_the_history_and_the_organisation_in_public(desk: Desk) -> None:
    person = desk.street.make.person()
    desk.do("handle", person=person.id)
    (entry,) = list_entries(
        desk.street.session, thing=Thing("defect", desk.street.defect.id), limit=9
    )
    assert entry.doer is not None
    assert (entry.action, entry.doer.person_id) == ("handle", person.id)
    event = desk.street.session.scalars(select(DefectEvent)).one()
    assert event.organisation_id == desk.street.defect.addressee_id


# -- Passing on ----------------------------------------------------------------------------------


@pytest.fixture
def other(desk: Desk) -> Organisation:
    """Somebody it can be passed on to."""
    return desk.street.make.organisation(slug="other", district_id=desk.street.defect.district_id)


def test_passing_on_needs_acceptance_and_then_it_is_theirs(desk: Desk, other: Organisation) -> None:
    sender = desk.street.defect.addressee_id
    assert desk.do("pass_on", organisation="other", note="Uw gras") is State.PASSED_ON
    assert desk.street.defect.addressee_id == sender
    with pytest.raises(NotAllowed):
        desk.do("accept")
    assert desk.do("accept", of=other.id) is State.ASSIGNED
    assert desk.street.defect.addressee_id == other.id


def test_what_nobody_accepts_comes_back_and_is_counted(desk: Desk, other: Organisation) -> None:
    desk.do("pass_on", organisation="other", note="Uw gras")
    session, passed = desk.street.session, desk.street.now
    assert carry_out(session, now=passed + timedelta(days=7)).returned == 0
    assert carry_out(session, now=passed + timedelta(days=8)).returned == 1
    assert desk.street.state is State.RECEIVED
    defect = desk.street.defect
    assert (defect.bounces, defect.passed_to_id) == (1, None)
    assert other.id != defect.addressee_id


@pytest.mark.parametrize("slug", ["nowhere", "there", "itself"])
def test_passing_on_names_another_organisation_of_the_district(desk: Desk, slug: str) -> None:
    make = desk.street.make
    make.organisation(slug="there", district_id=make.district().id)
    own = desk.street.session.get_one(Organisation, desk.street.defect.addressee_id)
    with pytest.raises(Invalid) as refused:
        desk.do("pass_on", organisation=own.slug if slug == "itself" else slug, note="Hier")
    assert refused.value.field == "organisation"


# -- Promises ------------------------------------------------------------------------------------


def promises(desk: Desk) -> list[PromiseState]:
    rows = select(DefectPromise.state).order_by(DefectPromise.promised_at)
    return list(desk.street.session.scalars(rows))


def test_a_promise_is_kept_by_work_done_in_time(desk: Desk) -> None:
    desk.do("promise", due_on="2026-12-12")
    desk.do("handle")
    assert promises(desk) == [PromiseState.KEPT]


def test_the_third_move_of_a_promise_is_a_missed_promise(desk: Desk) -> None:
    for due_on in ("2026-12-12", "2026-12-20", "2027-01-10", "2027-02-01"):
        desk.do("promise", due_on=due_on)
    assert promises(desk) == [
        PromiseState.MOVED,
        PromiseState.MOVED,
        PromiseState.MISSED,
        PromiseState.OPEN,
    ]


def test_a_day_that_passes_is_a_missed_promise_and_is_told(desk: Desk) -> None:
    desk.do("promise", due_on="2026-12-01")
    session, now = desk.street.session, NOW
    assert carry_out(session, now=now.replace(month=12, day=1)).missed == 0
    assert carry_out(session, now=now.replace(month=12, day=2)).missed == 1
    assert carry_out(session, now=now.replace(month=12, day=3)).missed == 0
    assert (promises(desk), desk.street.state) == ([PromiseState.MISSED], State.ASSIGNED)
    assert desk.street.kinds()[-1] is E.MISSED


def test_volunteers_promise_no_day(desk: Desk) -> None:
    keeper = desk.street.session.get_one(Organisation, desk.street.defect.addressee_id)
    keeper.is_volunteer = True
    with pytest.raises(Conflict, match="ask for help"):
        desk.do("promise")


# -- Refusing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["note", *HowRefused])
def test_a_refusal_tells_everything_or_is_none(desk: Desk, missing: str) -> None:
    with pytest.raises(Invalid) as refused:
        desk.do("refuse", **{name: words for name, words in REFUSAL.items() if name != missing})
    assert refused.value.field == missing
    assert desk.street.kinds() == []


def test_what_a_refusal_tells_is_kept(desk: Desk) -> None:
    desk.do("refuse")
    event = desk.street.session.scalars(select(DefectEvent)).one()
    assert event.told == {name.value: REFUSAL[name] for name in HowRefused}


def test_the_second_look_at_a_refusal_is_somebody_elses(desk: Desk) -> None:
    first, second = desk.street.make.person().id, desk.street.make.person().id
    desk.do("refuse", person=first)
    desk.street.say(Says.STILL_BROKEN)
    for same in (first, None):
        with pytest.raises(NotAllowed, match="Somebody else"):
            desk.do("refuse", person=same)
    assert desk.do("refuse", person=second) is State.NO_AGREEMENT


def test_a_year_without_agreement_is_looked_at_again_each_year(desk: Desk) -> None:
    first, second = desk.street.make.person().id, desk.street.make.person().id
    desk.do("refuse", person=first)
    desk.street.say(Says.STILL_BROKEN)
    desk.do("refuse", person=second)
    session, now = desk.street.session, desk.street.now
    year = timedelta(days=rules.REVIEW_DAYS)
    for later, times in ((year, 0), (year + timedelta(1), 1), (year + timedelta(2), 0)):
        assert carry_out(session, now=now + later).reviewed == times
    assert (desk.street.state, desk.street.kinds()[-1]) == (State.NO_AGREEMENT, E.REVIEWED)
    assert carry_out(session, now=now + 2 * year + timedelta(2)).reviewed == 1


def test_words_with_a_phone_number_are_given_back(desk: Desk) -> None:
    with pytest.raises(Invalid, match="leave out"):
        desk.do("handle", note="Bel mij op 06-12345678")


# -- A neutral check -----------------------------------------------------------------------------


@pytest.mark.parametrize(("found", "state"), [("true", State.SOLVED), ("false", State.DISPUTED)])
def test_a_neutral_check_decides_where_residents_differ(
    desk: Desk, pictures: list[Cleaned], found: str, state: State
) -> None:
    desk.do("handle")
    desk.street.say(Says.STILL_BROKEN)
    desk.street.say(Says.SOLVED, secret=desk.street.own)
    assert desk.street.state is State.MIXED
    neutral = desk.street.make.organisation(district_id=desk.street.defect.district_id)
    with pytest.raises(Invalid, match="photo"):
        desk.do("check", of=neutral.id, is_good=found)
    assert desk.do("check", of=neutral.id, is_good=found, pictures=(pictures[0],)) is state


# -- Merging -------------------------------------------------------------------------------------


@pytest.fixture
def kept(desk: Desk) -> Defect:
    """Another report of the same problem, a month younger."""
    defect = desk.street.defect
    return desk.street.make.defect(
        district_id=defect.district_id,
        addressee_id=defect.addressee_id,
        reported_at=defect.reported_at + timedelta(days=30),
    )


def test_merging_keeps_the_oldest_first_date_and_undoing_it_takes_it_back(
    desk: Desk, kept: Defect
) -> None:
    session, make, gone = desk.street.session, desk.street.make, desk.street.defect
    own_first = kept.reported_at
    for defect in (gone, kept):
        make.defect_event(defect_id=defect.id, at=defect.reported_at)
    assert desk.do("merge", into=kept.code, note="Dezelfde bank") is State.MERGED
    session.refresh(kept)
    assert kept.reported_at == gone.reported_at
    undo_merge(session, defect_id=gone.id, now=desk.street.now)
    session.refresh(kept)
    assert (desk.street.state, kept.reported_at) == (State.RECEIVED, own_first)


def test_undoing_a_merge_leaves_the_date_of_what_went_along_with_the_kept_one(
    desk: Desk, kept: Defect
) -> None:
    session, make, gone = desk.street.session, desk.street.make, desk.street.defect
    own_first = gone.reported_at
    oldest = make.defect(
        district_id=kept.district_id,
        addressee_id=kept.addressee_id,
        reported_at=own_first - timedelta(days=90),
        file="merged",
        merged_into_id=gone.id,
    )
    gone.reported_at = oldest.reported_at
    for defect, at in ((gone, own_first), (kept, kept.reported_at), (oldest, oldest.reported_at)):
        make.defect_event(defect_id=defect.id, at=at)
    desk.do("merge", into=kept.code, note="Dezelfde bank")
    undo_merge(session, defect_id=gone.id, now=desk.street.now)
    for defect in (gone, kept):
        session.refresh(defect)
    assert (gone.reported_at, kept.reported_at) == (own_first, oldest.reported_at)


def test_merging_what_is_not_good_into_what_is_solved_is_a_dispute(
    desk: Desk, kept: Defect
) -> None:
    kept.work, kept.street = Work.HANDLED, rules.Street.GOOD
    desk.street.session.flush()
    desk.do("merge", into=kept.code, note="Dezelfde bank")
    desk.street.session.refresh(kept)
    assert kept.state == State.DISPUTED.value


def test_followers_of_a_merged_report_follow_the_kept_one(desk: Desk, kept: Defect) -> None:
    follower = desk.street.make.defect_follower(
        defect_id=desk.street.defect.id, is_reporter=True, confirmed_at=NOW
    )
    desk.do("merge", into=kept.code, note="Dezelfde bank")
    along = desk.street.session.scalars(
        select(DefectFollower).where(DefectFollower.defect_id == kept.id)
    ).one()
    assert (along.address_id, along.is_reporter, along.confirmed_at) == (
        follower.address_id,
        False,
        NOW,
    )


def test_what_was_merged_into_a_merged_report_goes_along(desk: Desk, kept: Defect) -> None:
    first = desk.street.make.defect(
        district_id=kept.district_id,
        addressee_id=kept.addressee_id,
        file="merged",
        merged_into_id=desk.street.defect.id,
    )
    desk.do("merge", into=kept.code, note="Dezelfde bank")
    desk.street.session.refresh(first)
    assert first.merged_into_id == kept.id


@pytest.mark.parametrize("into", ["itself", "nothing", "elsewhere", "gone"])
def test_a_report_is_merged_into_another_one_that_is_there(desk: Desk, into: str) -> None:
    make, own = desk.street.make, desk.street.defect
    codes = {
        "itself": own.code,
        "nothing": "ZZ-ZZZ",
        "elsewhere": make.defect(district_id=make.district().id).code,
        "gone": make.defect(district_id=own.district_id, file="withdrawn").code,
    }
    with pytest.raises(Invalid) as refused:
        desk.do("merge", into=codes[into], note="Dezelfde bank")
    assert refused.value.field == "into"


# -- Days that are over, and the ladder ----------------------------------------------------------


def test_silence_ends_a_file_whose_followers_could_have_spoken(desk: Desk) -> None:
    make, session = desk.street.make, desk.street.session
    desk.do("handle")
    later = desk.street.now + timedelta(days=29)
    assert carry_out(session, now=later).lapsed == 0
    make.defect_follower(defect_id=desk.street.defect.id, confirmed_at=NOW)
    assert carry_out(session, now=desk.street.now + timedelta(days=28)).lapsed == 0
    assert carry_out(session, now=later).lapsed == 1
    assert desk.street.state is State.LAPSED


def test_silence_ends_nothing_that_was_disputed(desk: Desk) -> None:
    desk.street.make.defect_follower(defect_id=desk.street.defect.id, confirmed_at=NOW)
    desk.do("handle")
    desk.street.say(Says.STILL_BROKEN)
    desk.do("handle")
    assert carry_out(desk.street.session, now=NOW + timedelta(days=900)).lapsed == 0


def test_two_neighbours_with_new_photos_settle_after_seven_quiet_days(
    desk: Desk, pictures: list[Cleaned]
) -> None:
    street = desk.street
    desk.do("handle")
    street.say(Says.SOLVED, who="one", pictures=(pictures[0],))
    street.say(Says.SOLVED, who="one", pictures=(pictures[1],))
    assert carry_out(street.session, now=street.now + timedelta(days=9)).settled == 0
    street.say(Says.SOLVED, who="two", pictures=(pictures[2],))
    assert carry_out(street.session, now=street.now + timedelta(days=6)).settled == 0
    assert carry_out(street.session, now=street.now + timedelta(days=8)).settled == 1
    assert street.state is State.SOLVED


def test_one_no_keeps_two_neighbours_from_settling(desk: Desk, pictures: list[Cleaned]) -> None:
    desk.do("handle")
    for number, who in enumerate(("one", "two")):
        desk.street.say(Says.SOLVED, who=who, pictures=(pictures[number],))
    desk.street.say(Says.STILL_BROKEN, who="three")
    assert carry_out(desk.street.session, now=NOW + timedelta(days=90)).settled == 0


def test_a_rung_is_climbed_once_for_a_handling_and_no_higher_than_the_team_lead(
    desk: Desk,
) -> None:
    street = desk.street
    for _ in range(2):
        desk.do("handle")
        street.say(Says.STILL_BROKEN)
    climbed = [climb(street.session, defect_id=street.defect.id, now=street.now) for _ in "ab"]
    assert climbed == [True, False]
    assert (street.state, street.defect.rung) == (State.DISPUTED, 2)
    desk.do("handle")
    street.say(Says.STILL_BROKEN)
    assert not climb(street.session, defect_id=street.defect.id, now=street.now)


def test_volunteers_have_no_ladder(desk: Desk) -> None:
    for _ in range(2):
        desk.do("handle")
        desk.street.say(Says.STILL_BROKEN)
    keeper = desk.street.session.get_one(Organisation, desk.street.defect.addressee_id)
    keeper.is_volunteer = True
    assert not climb(desk.street.session, defect_id=desk.street.defect.id, now=NOW)


# -- Two at once ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def acts_engine(make_database: Callable[[str], str]) -> Any:
    """A database in which things are really stored."""
    engine = make_engine(make_database("acts"))
    migrate(engine, metadata())
    yield engine
    engine.dispose()


def test_of_two_who_close_it_at_once_one_succeeds_with_one_event_and_one_word(
    acts_engine: Engine, tmp_path: Path
) -> None:
    with transaction(acts_engine) as session:
        defect = Factory(session).defect()
        defect_id, by = defect.id, ActBy(defect.addressee_id, None, "maintainer")
    draft = check_act({"action": "handle", "note": "Klaar"}, today=date(2026, 11, 21))
    photos = Photos((), FileStore(tmp_path))
    ends: list[object] = []

    def close() -> None:
        try:
            with transaction(acts_engine) as session:
                ends.append(
                    take_act(
                        session, defect_id=defect_id, draft=draft, by=by, photos=photos, now=NOW
                    )
                )
        except GeoappError as error:
            ends.append(type(error))

    threads = [Thread(target=close) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, ends)) == sorted(map(str, [State.HANDLED, *[Conflict] * 5]))
    with transaction(acts_engine) as session:
        counted = select(func.count()).select_from
        assert session.scalar(counted(DefectEvent)) == 1
        assert session.scalar(counted(OutboxMessage)) == 1


def make_due(make: Factory, kind: EventKind) -> Defect:
    """A report to which this must happen today."""
    day = TODAY - timedelta(days=400)
    done = {"work": "handled", "street": "waiting", "handlings": 1, "turn_since": day}
    if kind is E.SETTLED:
        defect = make.defect(**done)
        for position, place in enumerate((b"one", b"two"), start=1):
            make.defect_voice(
                defect_id=defect.id,
                position=position,
                says=Says.SOLVED,
                handling=1,
                has_photo=True,
                said_at=NOW - timedelta(days=9),
                sender=place,
            )
        return defect
    if kind is E.LAPSED:
        defect = make.defect(**done)
        make.defect_follower(defect_id=defect.id, confirmed_at=NOW - timedelta(days=400))
        return defect
    if kind is E.RETURNED:
        receiver = make.organisation().id
        return make.defect(work="passed_on", passed_to_id=receiver, turn_since=day)
    if kind is E.MISSED:
        defect = make.defect(work="planned", promised_on=day, turn_since=day)
        make.defect_promise(defect_id=defect.id, due_on=day)
        return defect
    refused = {"work": "refused_twice", "street": "not_good", "turn_since": day}
    return make.defect(**refused, was_disputed=True)


# What somebody does in the very moment that it is due.
FIRST: dict[EventKind, EventKind] = {
    E.SETTLED: E.SAID_NOT_GOOD,
    E.LAPSED: E.SAID_NOT_GOOD,
    E.RETURNED: E.ACCEPTED,
    E.MISSED: E.HANDLED,
    E.REVIEWED: E.PROMISED,
}


@pytest.fixture(scope="module")
def due(make_database: Callable[[str], str]) -> Any:
    """A database with two reports to each of which one thing must happen today."""
    engine = make_engine(make_database("due"))
    migrate(engine, metadata())
    with transaction(engine) as session:
        make = Factory(session)
        ids = {kind: [make_due(make, kind).id for _ in range(2)] for kind in DUE}
    yield engine, ids
    engine.dispose()


def test_what_is_due_does_not_happen_where_somebody_was_first(
    due: tuple[Engine, dict[EventKind, list[uuid.UUID]]],
) -> None:
    """Two workers at once, while somebody acts on one report of each sort."""
    engine, ids = due
    with transaction(engine) as session:
        for kind, (defect_id, _) in ids.items():
            defect, zone = lock_defect(session, defect_id=defect_id)
            step = EventDraft(FIRST[kind], NOW, due_on=TODAY + timedelta(days=9))
            take_step(session, defect=defect, step=step, zone=zone)
        session.flush()
        own = session.scalars(text("SELECT pg_backend_pid()")).one()
        workers = [Thread(target=work, args=(engine,)) for _ in range(2)]
        for worker in workers:
            worker.start()
        while not is_waited_for(engine, own):
            assert all(worker.is_alive() for worker in workers)
    for worker in workers:
        worker.join()
    with transaction(engine) as session:
        for kind, both in ids.items():
            events = select(DefectEvent.kind).where(DefectEvent.defect_id.in_(both))
            assert sorted(session.scalars(events)) == sorted([FIRST[kind], kind])


def work(engine: Engine) -> None:
    """Let happen what is due, as a worker does."""
    with transaction(engine) as session:
        carry_out(session, now=NOW)


def is_waited_for(engine: Engine, pid: int | None) -> bool:
    """True where another process waits for what this one holds."""
    waiting = "SELECT 1 FROM pg_stat_activity WHERE :pid = ANY (pg_blocking_pids(pid)) LIMIT 1"
    with engine.connect() as connection:
        return connection.scalar(text(waiting), {"pid": pid}) is not None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "action"),
        ({"action": "close"}, "action"),
        ({"action": "promise"}, "due_on"),
        ({"action": "promise", "due_on": "2026-11-20"}, "due_on"),
        ({"action": "promise", "due_on": "2030-01-01"}, "due_on"),
        ({"action": "handle"}, "note"),
        ({"action": "take", "due_on": "2026-12-01"}, "due_on"),
        ({"action": "merge", "note": "x"}, "into"),
        ({"action": "check"}, "is_good"),
    ],
)
def test_a_wrong_act_is_refused_at_its_field(values: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_act(values, today=TODAY)
    assert refused.value.field == field


def test_every_action_is_in_the_table_or_for_those_between() -> None:
    between = {Action.MERGE, Action.UNMERGE, Action.CHECK}
    assert set(ACTION_TABLE) == set(EVENT_OF) == set(Action) - between
