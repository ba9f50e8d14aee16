"""Searches for an exact answer: asked, worked on by a program of its own, stopped."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.assets.rules import Kind
from geoapp.completeness.rules import Known
from geoapp.coverage.gaps.spots import More, Whence, find_spots, read_more
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine, transaction
from geoapp.errors import Conflict, Invalid, NotFound, TooMany
from geoapp.geo.crs import LONLAT, transform_point
from geoapp.outbox.worker import run_once
from geoapp.plans.rules import State
from geoapp.searches.actions import (
    ask_search,
    cancel_search,
    fail_search,
    finish_search,
    note_progress,
    sweep_searches,
    take_search,
)
from geoapp.searches.queries import SearchFacts, get_search, open_search_of
from geoapp.searches.rules import MOST_TRIES, OPEN, Reason, SearchState
from geoapp.searches.solving import Solver, WorkerEnds, make_searches, work_on
from tests.conftest import NOW
from tests.factories import Factory, stored
from tests.test_gaps import SRID, Town, X, Y, lonlat

# One buurt of ten squares in a row, and nothing within 130 m of most.
QUESTION = {"kind": "playground", "norm": "130", "n": "2", "spots": "grid"}


def program(words: str) -> tuple[str, ...]:
    """Something else in the place of the solver."""
    return (sys.executable, "-c", f"import json, os, signal, sys, time\n{words}")


# Until a signal ends it.
WAITS = "signal.pause()"


@pytest.fixture
def town(session: Session, make: Factory) -> Town:
    """Ten squares of twenty households with children, of which all is known; no playground."""
    found = Town(session, make)
    found.know()
    return found


def ask(session: Session, town: Town, **values: Any) -> SearchFacts:
    """Somebody asks for the best two spots, or something else."""
    person_id = values.pop("person_id", None) or town.make.person().id
    return ask_search(
        session,
        district_id=town.place.id,
        person_id=person_id,
        question={**QUESTION, **values},
        now=NOW,
    )


def solver(bind: Engine | Connection, *command: str, **values: Any) -> Solver:
    """What works on searches here: the real program unless told otherwise."""
    made = Solver(bind, lambda: NOW, **values)
    return replace(made, command=command) if command else made


# -- What becomes of one ---------------------------------------------------------------------


def test_the_worker_finds_the_exact_answer_and_keeps_it(
    session: Session, connection: Connection, town: Town
) -> None:
    search = ask(session, town)

    sent = run_once(connection, make_searches(solver(connection)), clock=lambda: NOW)

    done = get_search(session, code=search.code)
    assert (sent, done.state, done.percent, done.ended_at) == (1, SearchState.DONE, 100, NOW)
    assert done.found is not None
    # A spot is near for the square it is in and for those on both sides: three of twenty each.
    assert (done.found["amount"], done.found["is_proven"], done.found["bound"]) == (120, True, 120)
    assert done.found["before"] == [0, 200, 0]
    assert done.found["after"] == [120, 80, 0]
    east = [
        transform_point(pick["lon"], pick["lat"], LONLAT, SRID)[0] - X
        for pick in done.found["picks"]
    ]
    assert [pick["amount"] for pick in done.found["picks"]] == [60, 60]
    assert abs(east[0] - east[1]) >= 299
    assert {ground["slug"] for ground in done.found["grounds"]} <= {
        ground.slug for ground in town.ask().world.grounds
    }


def test_of_what_is_not_known_no_spot_is_found(
    session: Session, connection: Connection, town: Town
) -> None:
    for area_id in (town.west, town.east):
        town.say(area_id, Known.UNKNOWN, said_at=NOW + timedelta(hours=1))
    search = ask(session, town)

    work_on(solver(connection), search.id)

    found = get_search(session, code=search.code).found
    assert found is not None
    assert (found["picks"], found["before"]) == ([], [0, 0, 200])


def test_somebody_has_one_search_and_a_district_three(session: Session, town: Town) -> None:
    first = ask(session, town)
    assert first.person_id is not None

    with pytest.raises(Conflict, match="already"):
        ask(session, town, person_id=first.person_id)
    ask(session, town)
    ask(session, town)
    with pytest.raises(TooMany) as refused:
        ask(session, town)
    cancel_search(session, code=first.code, now=NOW)
    again = ask(session, town, person_id=first.person_id)

    assert refused.value.wait_s == 60
    assert open_search_of(session, person_id=first.person_id) == again


def test_a_search_that_was_stopped_is_not_begun(
    session: Session, connection: Connection, town: Town
) -> None:
    search = ask(session, town)

    cancel_search(session, code=search.code, now=NOW)

    refuse = make_searches(solver(connection, "/there/is/no/such/program"))
    assert run_once(connection, refuse, clock=lambda: NOW) == 0
    work_on(solver(connection, "/there/is/no/such/program"), search.id)
    stopped = get_search(session, code=search.code)
    assert (stopped.state, stopped.ended_at) == (SearchState.CANCELLED, NOW)


@pytest.mark.parametrize("state", [state for state in SearchState if state not in OPEN])
def test_what_has_ended_stays_as_it_ended(
    session: Session, make: Factory, state: SearchState
) -> None:
    found: dict[str, Any] | None = {"picks": []} if state is SearchState.DONE else None
    row = make.search(state=state, ended_at=NOW, found=found)

    with pytest.raises(Conflict, match="ended already"):
        cancel_search(session, code=row.code, now=NOW)
    assert take_search(session, search_id=row.id) is None
    assert not note_progress(session, search_id=row.id, percent=50)
    assert not finish_search(session, search_id=row.id, found={}, now=NOW)
    assert not fail_search(session, search_id=row.id, reason=Reason.BROKEN, now=NOW)
    assert get_search(session, code=row.code).state is state


def test_a_search_that_is_not_there_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound, match="ask again"):
        get_search(session, code="K7-QF4")


def test_what_nobody_worked_on_for_a_day_is_given_up_and_goes_after_a_month(
    session: Session, make: Factory
) -> None:
    new = make.search(asked_at=NOW - timedelta(hours=23))
    old = make.search(asked_at=NOW - timedelta(hours=25), state=SearchState.WORKING)
    gone = make.search(asked_at=NOW - timedelta(days=31), state=SearchState.FAILED, ended_at=NOW)

    assert sweep_searches(session, now=NOW) == 1

    assert get_search(session, code=new.code).is_open
    late = get_search(session, code=old.code)
    assert (late.state, late.reason) == (SearchState.FAILED, Reason.LATE)
    with pytest.raises(NotFound):
        get_search(session, code=gone.code)


# -- Programs that end badly -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", Reason.HEAVY),
        ("os.abort()", Reason.HEAVY),
        ("sys.exit(4)", Reason.HEAVY),
        ("sys.exit(1)", Reason.BROKEN),
        ("pass", Reason.BROKEN),
    ],
)
def test_a_program_that_dies_fails_its_search_with_a_reason(
    session: Session, connection: Connection, town: Town, words: str, reason: Reason
) -> None:
    search = ask(session, town)

    work_on(solver(connection, *program(words)), search.id)

    failed = get_search(session, code=search.code)
    assert (failed.state, failed.reason, failed.ended_at) == (SearchState.FAILED, reason, NOW)


def test_a_program_that_does_not_end_is_ended(
    session: Session, connection: Connection, town: Town
) -> None:
    search = ask(session, town)

    work_on(solver(connection, *program(WAITS), limit_s=-60.0), search.id)

    assert get_search(session, code=search.code).reason is Reason.HEAVY


def test_what_is_asked_about_and_no_longer_there_fails_the_search(
    session: Session, connection: Connection, town: Town
) -> None:
    search = ask(session, town, norm="no-such-norm")

    work_on(solver(connection), search.id)

    assert get_search(session, code=search.code).reason is Reason.GONE


def test_a_search_whose_worker_died_is_begun_anew_and_given_up_in_the_end(
    session: Session, connection: Connection, town: Town
) -> None:
    search = ask(session, town)
    take_search(session, search_id=search.id)
    note_progress(session, search_id=search.id, percent=70)

    work_on(solver(connection), search.id, attempt=MOST_TRIES)
    assert get_search(session, code=search.code).state is SearchState.DONE

    other = ask(session, town)
    take_search(session, search_id=other.id)
    work_on(solver(connection), other.id, attempt=MOST_TRIES + 1)
    assert get_search(session, code=other.code).reason is Reason.BROKEN


def test_a_worker_that_is_told_to_end_ends_and_its_search_waits(
    session: Session, connection: Connection, town: Town
) -> None:
    search = ask(session, town)
    told = threading.Event()
    told.set()

    with pytest.raises(WorkerEnds):
        work_on(solver(connection, *program(WAITS), stop=told), search.id)

    assert get_search(session, code=search.code).is_open


# -- Where each commits for itself -----------------------------------------------------------


@pytest.fixture
def own_engine(make_database: Callable[[str], str]) -> Iterator[Engine]:
    """A database in which rows are really committed."""
    made = make_engine(make_database("searches"))
    migrate(made, metadata())
    yield made
    made.dispose()


def test_a_search_that_is_stopped_kills_its_program_and_tells_how_far_it_came(
    own_engine: Engine, tmp_path: Path
) -> None:
    with transaction(own_engine) as session:
        town = Town(session, Factory(session))
        town.know()
        search = ask(session, town)
    started = tmp_path / "started"
    os.mkfifo(started)
    # It tells its stage and, once that has been read, its number.
    words = f"""
print(json.dumps({{"stage": "greedy"}}), flush=True)
with open({str(started)!r}, "w") as told:
    told.write(str(os.getpid()))
{WAITS}
"""
    working = threading.Thread(
        target=work_on, args=(solver(own_engine, *program(words)), search.id), daemon=True
    )

    working.start()
    number = int(started.read_text())
    with transaction(own_engine) as session:
        cancel_search(session, code=search.code, now=NOW)
    working.join(timeout=60)

    assert not working.is_alive()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
    with transaction(own_engine) as session:
        assert get_search(session, code=search.code).state is SearchState.CANCELLED


# -- Where one more could come ---------------------------------------------------------------


def test_spots_are_what_people_plan_for_this_kind_or_a_grid(session: Session, town: Town) -> None:
    def plan(east_m: float, **values: Any) -> str:
        geom = values.pop("geom", stored(lonlat(east_m, 50)))
        code: str = town.make.plan_item(district_id=town.place.id, geom=geom, **values).code
        return code

    wanted = plan(150, kind=Kind.PLAYGROUND)
    open_to_all = plan(250, kind=None)
    plan(350, kind=Kind.BENCH)
    plan(450, kind=Kind.PLAYGROUND, state=State.IDEA)
    plan(550, kind=Kind.PLAYGROUND, state=State.WITHDRAWN, geom=None)
    finding = town.ask()

    planned = find_spots(session, finding=finding, whence=Whence.PLANS)
    grid = find_spots(session, finding=finding, whence=Whence.GRID)

    assert set(planned.names) == {wanted, open_to_all}
    assert sorted((planned.xy[:, 0] - X).round(2).tolist()) == [150, 250]
    assert (grid.xy - [X, Y]).tolist() == [[50 + 100 * i, 50] for i in range(10)]


def test_how_many_more_and_where_is_read_from_an_address() -> None:
    assert read_more({}) == More(2, Whence.GRID)
    assert read_more(More(5, Whence.PLANS).to_values()) == More(5, Whence.PLANS)
    for typed, field in (({"n": "0"}, "n"), ({"n": "6"}, "n"), ({"spots": "sea"}, "spots")):
        with pytest.raises(Invalid) as refused:
            read_more(typed)
        assert refused.value.field == field


def test_a_platform_has_no_spot(session: Session, town: Town) -> None:
    with pytest.raises(Invalid, match="no spot"):
        find_spots(session, finding=town.ask(kind="platform"), whence=Whence.GRID)
