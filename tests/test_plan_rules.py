"""Plans by their rules: how one goes on, which money fits and why not, what may be said."""

import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoapp.budgets.rules import Earmark, Model, Terms, read_amount, write_amount
from geoapp.errors import Conflict, Invalid
from geoapp.people.rules import Permission
from geoapp.plans.rules import (
    BALL,
    CHOICES,
    DECISIONS,
    ENDED,
    LEAST_SAID_M,
    PERMISSION_OF,
    REASONED,
    TRANSITIONS,
    Act,
    Choice,
    Misfit,
    State,
    VoiceKind,
    Wanted,
    Why,
    can_act,
    fit,
    go_on,
    list_acts,
    read_reasons,
    read_voice,
    round_distance_m,
    write_letter,
)

TODAY = date(2026, 11, 21)
PLATFORM, OTHER = uuid.uuid4(), uuid.uuid4()

# -- How a plan goes on ------------------------------------------------------------------------


def test_every_state_and_act_has_its_place_in_the_tables() -> None:
    assert set(TRANSITIONS) == set(BALL) == set(State)
    assert {act for acts in TRANSITIONS.values() for act in acts} == set(Act) == set(PERMISSION_OF)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("act", Act)
def test_an_act_leads_on_or_is_refused_and_nothing_in_between(state: State, act: Act) -> None:
    if can_act(state, act):
        assert go_on(state, act) is TRANSITIONS[state][act]
        assert act in list_acts(state)
    else:
        with pytest.raises(Conflict):
            go_on(state, act)


def test_from_an_idea_every_state_can_be_reached_and_only_what_stands_is_the_end() -> None:
    reached, todo = {State.IDEA}, [State.IDEA]
    while todo:
        for after in TRANSITIONS[todo.pop()].values():
            if after not in reached:
                reached.add(after)
                todo.append(after)
    assert reached == set(State)
    assert [state for state in State if not list_acts(state)] == [State.REALISED]


def test_a_refusal_is_not_the_end_of_a_plan() -> None:
    assert {go_on(state, Act.TAKE_UP) for state in ENDED} == {State.PLAN}


def test_a_decision_is_never_of_whoever_asks() -> None:
    deciding = {act for act, said in PERMISSION_OF.items() if said is Permission.DECIDE_PLAN}
    assert deciding == set(DECISIONS)
    assert all(go_on(State.ASKED, act) is state for act, state in DECISIONS.items())


@pytest.mark.parametrize("missing", ["alternatives", "interests", "reasons"])
def test_a_part_and_a_refusal_say_what_else_what_was_weighed_and_why(missing: str) -> None:
    assert set(REASONED) == {State.PARTLY, State.REFUSED}
    said = {"alternatives": "In spring", "interests": "Shade and light", "reasons": "No money"}
    assert vars(read_reasons(said, are_needed=True)) == said
    with pytest.raises(Invalid) as refused:
        read_reasons({**said, missing: "  "}, are_needed=True)
    assert refused.value.field == missing
    assert not getattr(read_reasons({**said, missing: ""}, are_needed=False), missing)


# -- Which money fits --------------------------------------------------------------------------

LINE = Terms(
    left_cents=500_000,
    earmarks=frozenset({Earmark.GREEN}),
    model=Model.C,
    spend_from=date(2026, 9, 1),
    spend_by=date(2026, 12, 31),
)
ITEM = Wanted(frozenset({Earmark.GREEN}), 380_000, None, PLATFORM)

TABLE: list[tuple[str, Terms, Wanted, tuple[Why, ...]]] = [
    ("it fits", LINE, ITEM, ()),
    ("to the last cent", LINE, replace(ITEM, cost_cents=500_000), ()),
    ("a cost nobody knows yet", LINE, replace(ITEM, cost_cents=None), ()),
    ("a cent too much", LINE, replace(ITEM, cost_cents=500_001), (
        Why(Misfit.TOO_LITTLE, cents=500_000),)),
    ("another theme", LINE, replace(ITEM, themes=frozenset({Earmark.ART})), (
        Why(Misfit.EARMARK, earmarks=frozenset({Earmark.ART})),)),
    ("a theme more", LINE, replace(ITEM, themes=frozenset({Earmark.GREEN, Earmark.ART})), (
        Why(Misfit.EARMARK, earmarks=frozenset({Earmark.ART})),)),
    ("about nothing said", LINE, replace(ITEM, themes=frozenset()), (Why(Misfit.EARMARK),)),
    ("free money and nothing said", replace(LINE, earmarks=frozenset()),
        replace(ITEM, themes=frozenset()), ()),
    ("the last day", replace(LINE, spend_by=TODAY), ITEM, ()),
    ("a day after", replace(LINE, spend_by=TODAY - timedelta(1)), ITEM, (
        Why(Misfit.OVER, on=TODAY - timedelta(1)),)),
    ("not yet begun", replace(LINE, spend_from=TODAY + timedelta(1)), ITEM, (
        Why(Misfit.NOT_YET, on=TODAY + timedelta(1)),)),
    ("begun when it is wanted", replace(LINE, spend_from=TODAY + timedelta(1)),
        replace(ITEM, wanted_by=TODAY + timedelta(1)), ()),
    ("wanted after the end", LINE, replace(ITEM, wanted_by=date(2027, 1, 1)), (
        Why(Misfit.WANTED_LATER, on=date(2026, 12, 31)),)),
    ("asked in time", replace(LINE, lead_days=40), ITEM, ()),
    ("asked a day too late", replace(LINE, lead_days=41), ITEM, (
        Why(Misfit.LEAD, on=date(2026, 12, 31), days=41),)),
    ("the last day to ask", replace(LINE, ask_by=TODAY), ITEM, ()),
    ("after the last day to ask", replace(LINE, ask_by=TODAY - timedelta(1)), ITEM, (
        Why(Misfit.ASK_OVER, on=TODAY - timedelta(1)),)),
    ("one person's proposal", LINE, replace(ITEM, platform_id=None), (
        Why(Misfit.ONLY_PLATFORMS),)),
    ("a platform where residents vote", replace(LINE, model=Model.A), ITEM, (
        Why(Misfit.BY_VOTE),)),
    ("a platform where they vote by theme", replace(LINE, model=Model.B), ITEM, (
        Why(Misfit.BY_VOTE),)),
    ("a proposal where they vote", replace(LINE, model=Model.B),
        replace(ITEM, platform_id=None), ()),
    ("outside money", replace(LINE, model=None), ITEM, ()),
    ("their own money", replace(LINE, platform_id=PLATFORM), ITEM, ()),
    ("money of another platform", replace(LINE, platform_id=OTHER), ITEM, (
        Why(Misfit.OTHER_PLATFORM),)),
]  # fmt: skip


@pytest.mark.parametrize(("line", "item", "why"), [row[1:] for row in TABLE],
                         ids=[row[0] for row in TABLE])  # fmt: skip
def test_money_fits_or_says_why_not(line: Terms, item: Wanted, why: tuple[Why, ...]) -> None:
    found = fit(line, item, TODAY)
    assert found.reasons == why
    assert found.fits is (not why)


def test_every_misfit_stands_in_the_table() -> None:
    said = {why.misfit for _, _, _, reasons in TABLE for why in reasons}
    assert said == set(Misfit) - {Misfit.NEEDS_DESIGN}


def test_a_design_that_is_demanded_first_is_said_and_keeps_nobody_from_asking() -> None:
    found = fit(replace(LINE, needs_design=True), ITEM, TODAY)
    assert found.fits
    assert found.reasons == (Why(Misfit.NEEDS_DESIGN),)


def test_days_are_counted_to_the_end_and_to_the_last_day_to_ask() -> None:
    found = fit(replace(LINE, lead_days=30), ITEM, TODAY)
    assert (found.days_left, found.must_ask_within) == (40, 10)
    sooner = fit(replace(LINE, lead_days=30, ask_by=TODAY + timedelta(3)), ITEM, TODAY)
    assert sooner.must_ask_within == 3
    endless = fit(replace(LINE, spend_by=None), ITEM, TODAY)
    assert (endless.days_left, endless.must_ask_within) == (None, None)


# -- Amounts, letters, voices ------------------------------------------------------------------


@given(st.integers(1, 100_000_000_00))
def test_an_amount_that_is_written_is_read_back(cents: int) -> None:
    assert read_amount(write_amount(cents), field="cost") == cents


@pytest.mark.parametrize(
    ("words", "cents"),
    [("1250", 125_000), ("1.250", 125_000), ("1.250,50", 125_050), ("€ 0,05", 5), ("EUR 3", 300)],
)
def test_an_amount_is_read_as_people_write_it(words: str, cents: int) -> None:
    assert read_amount(words, field="cost") == cents


@pytest.mark.parametrize("words", ["", "0", "-5", "1,5", "1.25.0", "two", "1e5", "9" * 12, "٣"])
def test_what_is_no_amount_is_refused(words: str) -> None:
    with pytest.raises(Invalid, match="amount in euro"):
        read_amount(words, field="cost")


def test_letters_go_on_after_the_last() -> None:
    assert [write_letter(n) for n in (0, 1, 25, 26, 51, 52)] == ["A", "B", "Z", "AA", "AZ", "BA"]


def test_without_an_account_there_is_a_choice_and_never_a_word() -> None:
    for kind, choices in CHOICES.items():
        for choice in choices:
            draft = read_voice({"kind": kind, "choice": choice}, has_words=False)
            assert (draft.kind, draft.choice, draft.words) == (kind, choice, "")
            with pytest.raises(Invalid, match="need an account"):
                read_voice({"kind": kind, "choice": choice, "words": "Ja"}, has_words=False)


def test_a_choice_belongs_to_what_is_said_and_another_view_has_words() -> None:
    assert {choice for choices in CHOICES.values() for choice in choices} == set(Choice)
    with pytest.raises(Invalid, match="Choose what it is"):
        read_voice({"kind": "help", "choice": "noise"}, has_words=True)
    with pytest.raises(Invalid, match="in words"):
        read_voice({"kind": "view"}, has_words=True)
    assert read_voice({"kind": "view", "words": "Not here"}, has_words=True).choice is None
    assert CHOICES[VoiceKind.VIEW] == ()


@given(st.floats(0, 50_000))
def test_a_distance_is_said_in_tens_and_never_so_near_that_it_tells_a_door(metres: float) -> None:
    said = round_distance_m(metres)
    assert said >= LEAST_SAID_M
    assert said % 10 == 0
    assert metres < LEAST_SAID_M or abs(said - metres) <= 5
