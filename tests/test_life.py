"""The life of a defect, pure: the state table, whose move it is, and what a history leads to."""

import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoapp.defects.rules import (
    ASPECT_OF,
    ENDED,
    STATE_TABLE,
    STATES,
    Axes,
    Category,
    Days,
    EventKind,
    File,
    Move,
    Party,
    Shape,
    State,
    Street,
    Work,
    days_open,
    derive_state,
    follow,
    state_sql,
    states_with_shape,
    whose_move,
)
from tests.approved_files import LIFE, describe_life

TODAY = date(2026, 11, 21)
DAYS = Days(answer=14, acceptance=7, silence=28)

works, streets, files = st.sampled_from(Work), st.sampled_from(Street), st.sampled_from(File)
states = st.sampled_from(State)
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
terms = st.builds(Days, *[st.integers(1, 365)] * 3)

# -- The state table -------------------------------------------------------------------------

# Work by street of a public file, written out by hand: first match wins.
# fmt: off
TRUTH: dict[Work, dict[Street, State]] = {
    work: dict(zip(Street, row, strict=True))
    for work, row in {
        #                     not_asked            waiting              silent
        #                     good                 not_good             mixed
        Work.RECEIVED:      (State.RECEIVED,      State.RECEIVED,      State.RECEIVED,
                             State.SOLVED,        State.DISPUTED,      State.MIXED),
        Work.ASSIGNED:      (State.ASSIGNED,      State.ASSIGNED,      State.ASSIGNED,
                             State.SOLVED,        State.DISPUTED,      State.MIXED),
        Work.PLANNED:       (State.PLANNED,       State.PLANNED,       State.PLANNED,
                             State.SOLVED,        State.DISPUTED,      State.MIXED),
        Work.PASSED_ON:     (State.PASSED_ON,     State.PASSED_ON,     State.PASSED_ON,
                             State.SOLVED,        State.DISPUTED,      State.MIXED),
        Work.HANDLED:       (State.HANDLED,       State.HANDLED,       State.LAPSED,
                             State.SOLVED,        State.DISPUTED,      State.MIXED),
        Work.REFUSED:       (State.REFUSED,       State.REFUSED,       State.REFUSED,
                             State.SOLVED,        State.DISPUTED,      State.MIXED),
        Work.REFUSED_TWICE: (State.NO_AGREEMENT,  State.NO_AGREEMENT,  State.NO_AGREEMENT,
                             State.SOLVED,        State.NO_AGREEMENT,  State.NO_AGREEMENT),
    }.items()
}
# fmt: on
OFF_STREET = {
    File.MERGED: State.MERGED,
    File.WITHDRAWN: State.WITHDRAWN,
    File.REMOVED: State.REMOVED,
}


@pytest.mark.parametrize(("work", "street"), list(product(Work, Street)))
def test_a_public_file_has_the_state_of_the_table(work: Work, street: Street) -> None:
    assert derive_state(work, street, File.PUBLIC) is TRUTH[work][street]


@pytest.mark.parametrize("file", OFF_STREET)
@given(works, streets)
def test_a_file_that_is_gone_says_so_whatever_else_was_said(
    file: File, work: Work, street: Street
) -> None:
    assert derive_state(work, street, file) is OFF_STREET[file]


def test_every_combination_of_the_axes_has_a_state_and_every_state_a_combination() -> None:
    derived = {derive_state(*axes) for axes in product(Work, Street, File)}
    assert derived == set(State)


def test_no_row_of_the_table_is_idle() -> None:
    for row in STATE_TABLE:
        hit = [
            (work, street, file)
            for work, street, file in product(Work, Street, File)
            if next(
                r
                for r in STATE_TABLE
                if r.file in (None, file) and r.street in (None, street) and r.work in (None, work)
            )
            is row
        ]
        assert hit, row


def test_the_sql_names_every_state_in_the_order_of_the_table() -> None:
    named = re.findall(r"THEN '(\w+)'", state_sql())
    assert named == [row.state.value for row in STATE_TABLE]


def test_every_state_says_what_the_map_draws_and_whose_move_it_is() -> None:
    assert set(STATES) == set(State)


def test_the_four_shapes_stand_for_the_states_of_the_specification() -> None:
    assert {shape: set(states_with_shape(shape)) for shape in Shape} == {
        Shape.OPEN: {
            State.RECEIVED,
            State.ASSIGNED,
            State.PLANNED,
            State.PASSED_ON,
            State.REFUSED,
        },
        Shape.ASKED: {State.HANDLED, State.MIXED, State.LAPSED},
        Shape.BAD: {State.DISPUTED, State.NO_AGREEMENT},
        Shape.GOOD: {State.SOLVED},
    }


def test_merged_withdrawn_and_removed_are_off_the_map() -> None:
    hidden = {state for state, facet in STATES.items() if facet.shape is None}
    assert hidden == {State.MERGED, State.WITHDRAWN, State.REMOVED}


def test_every_category_is_about_one_part_of_a_duty_save_other() -> None:
    assert {category.value: aspect for category, aspect in ASPECT_OF.items()} == {
        "broken": "device",
        "unsafe": "device",
        "missing": "device",
        "dirty": "cleaning",
        "full": "cleaning",
        "litter": "cleaning",
        "closed": "operation",
        "other": None,
    }
    assert set(ASPECT_OF) == set(Category)


# -- Whose move ------------------------------------------------------------------------------


def test_the_ended_states_are_those_with_nobody_to_move() -> None:
    assert {
        State.SOLVED,
        State.LAPSED,
        State.MERGED,
        State.WITHDRAWN,
        State.REMOVED,
    } == ENDED


@given(states, days, st.none() | days, terms)
def test_while_a_file_is_open_one_party_has_the_move_with_a_date(
    state: State, since: date, promised: date | None, term: Days
) -> None:
    move = whose_move(state, turn_since=since, promised_on=promised, days=term)
    is_over = state in ENDED
    assert (move.party is Party.NOBODY, move.due_on is None) == (is_over, is_over)


MOVES = [
    (State.RECEIVED, Party.ADDRESSEE, 14),
    (State.ASSIGNED, Party.ADDRESSEE, 14),
    (State.PLANNED, Party.ADDRESSEE, 14),
    (State.PASSED_ON, Party.RECEIVER, 7),
    (State.HANDLED, Party.RESIDENTS, 28),
    (State.DISPUTED, Party.ADDRESSEE, 14),
    (State.MIXED, Party.CHECKER, 14),
    (State.REFUSED, Party.RESIDENTS, 28),
    (State.NO_AGREEMENT, Party.REVIEW, 365),
]


@pytest.mark.parametrize(("state", "party", "length"), MOVES)
def test_the_move_ends_after_the_days_of_the_district(
    state: State, party: Party, length: int
) -> None:
    move = whose_move(state, turn_since=TODAY, days=Days(answer=14, acceptance=7, silence=28))
    assert move == Move(party, TODAY + timedelta(days=length))


def test_the_table_of_moves_above_names_every_open_state() -> None:
    assert {state for state, _, _ in MOVES} == set(State) - ENDED


def test_a_promise_sets_its_own_day() -> None:
    promised = TODAY + timedelta(days=3)
    move = whose_move(State.PLANNED, turn_since=TODAY, promised_on=promised, days=DAYS)
    assert move == Move(Party.ADDRESSEE, promised)


@given(st.sampled_from(sorted(set(State) - ENDED)), days)
def test_a_promise_moves_no_day_but_the_addressees(state: State, promised: date) -> None:
    plain = whose_move(state, turn_since=TODAY, days=DAYS)
    moved = whose_move(state, turn_since=TODAY, promised_on=promised, days=DAYS)
    assert moved == (plain if plain.party is not Party.ADDRESSEE else Move(plain.party, promised))


@given(states, days, st.integers(0, 4000), st.integers(0, 4000))
def test_days_run_while_a_file_is_open_and_stop_when_it_ends(
    state: State, reported: date, until_end: int, until_today: int
) -> None:
    counted = days_open(
        state,
        reported_on=reported,
        ended_on=reported + timedelta(days=until_end),
        today=reported + timedelta(days=until_today),
    )
    assert counted == (until_end if state in ENDED else until_today)


def test_a_report_of_just_past_midnight_elsewhere_is_not_open_for_less_than_no_days() -> None:
    tomorrow = TODAY + timedelta(days=1)
    assert days_open(State.RECEIVED, reported_on=tomorrow, ended_on=TODAY, today=TODAY) == 0


# -- Histories -------------------------------------------------------------------------------

E = EventKind
YES, NO = E.SAID_SOLVED, E.SAID_NOT_GOOD

HISTORIES: list[tuple[list[EventKind], State]] = [
    ([], State.RECEIVED),
    ([E.TAKEN], State.ASSIGNED),
    ([E.TAKEN, E.ASKED], State.ASSIGNED),
    ([E.TAKEN, E.PROMISED], State.PLANNED),
    ([E.PASSED_ON], State.PASSED_ON),
    ([E.PASSED_ON, E.ACCEPTED], State.ASSIGNED),
    ([E.HANDLED], State.HANDLED),
    ([E.HANDLED, YES], State.SOLVED),
    ([E.HANDLED, NO], State.DISPUTED),
    ([E.HANDLED, E.LAPSED], State.LAPSED),
    # Before anything was handled, a voice is heard as well.
    ([YES], State.SOLVED),
    ([E.TAKEN, NO], State.DISPUTED),
    # Yes and no about one handling.
    ([E.HANDLED, YES, NO], State.MIXED),
    ([E.HANDLED, NO, YES], State.MIXED),
    ([E.HANDLED, NO, YES, NO, YES], State.MIXED),
    # A neutral check decides, not the last voice.
    ([E.HANDLED, NO, YES, E.CHECKED], State.SOLVED),
    # A no about an earlier handling stands until a yes about the latest.
    ([E.HANDLED, NO, E.HANDLED], State.DISPUTED),
    ([E.HANDLED, NO, E.HANDLED, YES], State.SOLVED),
    ([E.HANDLED, NO, E.HANDLED, NO], State.DISPUTED),
    ([E.HANDLED, NO, E.HANDLED, YES, NO], State.MIXED),
    ([E.HANDLED, NO, YES, E.HANDLED], State.DISPUTED),
    ([E.HANDLED, NO, YES, E.HANDLED, YES], State.SOLVED),
    # Whatever work says since, the street's no stands.
    ([E.HANDLED, NO, E.PROMISED], State.DISPUTED),
    ([E.HANDLED, NO, E.REFUSED], State.DISPUTED),
    # A good that was settled is asked again after a new handling.
    ([E.HANDLED, YES, E.HANDLED], State.HANDLED),
    ([E.REFUSED], State.REFUSED),
    ([E.REFUSED, NO, E.REFUSED_AGAIN], State.NO_AGREEMENT),
    ([E.REFUSED, NO, E.REFUSED_AGAIN, E.CHECKED], State.SOLVED),
    ([E.HANDLED, E.LAPSED, NO], State.DISPUTED),
    ([E.HANDLED, YES, E.SAID_BROKEN_AGAIN], State.MIXED),
    ([E.MERGED], State.MERGED),
    ([E.HANDLED, YES, E.MERGED], State.MERGED),
    ([E.TAKEN, E.WITHDRAWN], State.WITHDRAWN),
    ([E.HANDLED, NO, E.REMOVED], State.REMOVED),
]


def tell(*kinds: EventKind) -> Axes:
    """The axes after these events, the report first."""
    axes = follow(Axes(), E.REPORTED)
    for kind in kinds:
        axes = follow(axes, kind)
    return axes


@pytest.mark.parametrize(
    ("kinds", "state"), HISTORIES, ids=["-".join(kinds) or "reported" for kinds, _ in HISTORIES]
)
def test_a_history_ends_in_its_state(kinds: list[EventKind], state: State) -> None:
    assert tell(*kinds).state is state


histories = st.lists(st.sampled_from(EventKind), max_size=12)


@given(histories)
def test_every_history_has_a_state(kinds: list[EventKind]) -> None:
    assert tell(*kinds).state in State


@given(histories)
def test_solved_only_ever_follows_a_yes_or_a_check(kinds: list[EventKind]) -> None:
    voices = [kind for kind in kinds if kind not in (YES, E.CHECKED, E.SETTLED)]
    assert tell(*voices).state is not State.SOLVED


# Every telling of up to five of what handlers and people on the spot can say.
SAID = (E.HANDLED, YES, NO, E.CHECKED, E.LAPSED)
TELLINGS = [kinds for length in range(6) for kinds in product(SAID, repeat=length)]


def test_after_a_no_silence_never_ends_a_file() -> None:
    lapsed = [kinds for kinds in TELLINGS if tell(*kinds).state is State.LAPSED]
    assert lapsed
    assert [kinds for kinds in lapsed if NO in kinds] == []


def test_silence_ends_a_file_only_where_nobody_spoke_after_the_last_handling() -> None:
    for kinds in TELLINGS:
        if tell(*kinds).state is State.LAPSED:
            since = kinds[len(kinds) - kinds[::-1].index(E.HANDLED) :]
            assert set(since) == {E.LAPSED}


@given(histories)
def test_a_handling_alone_never_ends_a_dispute(kinds: list[EventKind]) -> None:
    axes = replace(tell(*kinds), file=File.PUBLIC)
    if axes.state in (State.DISPUTED, State.MIXED):
        axes = follow(axes, E.HANDLED)
        assert axes.state is State.DISPUTED
    assert follow(follow(axes, NO), E.HANDLED).state in (State.DISPUTED, State.MERGED)


@given(histories)
def test_no_event_of_work_changes_what_became_of_the_file(kinds: list[EventKind]) -> None:
    gone = {E.MERGED, E.WITHDRAWN, E.REMOVED}
    assert tell(*[kind for kind in kinds if kind not in gone]).file is File.PUBLIC


@given(histories, st.sampled_from([E.MERGED, E.WITHDRAWN, E.REMOVED]))
def test_what_was_said_before_survives_the_end_of_a_file(
    kinds: list[EventKind], end: EventKind
) -> None:
    before = tell(*kinds)
    after = follow(before, end)
    assert (after.work, after.street) == (before.work, before.street)


def test_the_diagram_is_that_of_the_rules() -> None:
    # A change that was meant: python -m tests.approved_files
    assert LIFE.read_text(encoding="utf-8") == describe_life()
