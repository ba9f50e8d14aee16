"""Everything that can happen to some files, in any order: what must hold throughout, by name."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from geoapp.defects.rules import (
    DISPUTES,
    ENDED,
    EVENT_OF,
    OF_RESIDENTS,
    SHARE_OF,
    STATES,
    Action,
    Axes,
    Days,
    EventKind,
    File,
    Hearing,
    Move,
    Party,
    Says,
    Shape,
    Speaker,
    State,
    Street,
    Work,
    can_act,
    can_city_answer,
    can_retake,
    can_withdraw,
    event_of_voice,
    follow,
    hear,
    join_event,
    list_actions,
    may_climb,
    whose_move,
)

FILES = 3
TODAY = date(2026, 11, 21)
DAYS = Days(answer=14, acceptance=7, silence=28)
ENDINGS = {
    State.SOLVED: {EventKind.SAID_SOLVED, EventKind.CHECKED, EventKind.SETTLED},
    State.LAPSED: {EventKind.LAPSED},
    State.MERGED: {EventKind.MERGED},
    State.WITHDRAWN: {EventKind.WITHDRAWN},
    State.REMOVED: {EventKind.REMOVED},
}
# Coming back to what it was gives back the end it had.
COMES_BACK = {EventKind.UNMERGED, EventKind.RETAKEN}

files = st.integers(0, FILES - 1)


def _move_of(axes: Axes) -> Move:
    return whose_move(axes.state, turn_since=TODAY, days=DAYS, is_answered=axes.is_answered)


@dataclass
class Tale:
    """One file, and what was kept of it."""

    number: int
    axes: Axes = field(default_factory=Axes)
    first_day: int = 0
    own_first_day: int = 0
    voices: list[tuple[int, Says]] = field(default_factory=list)
    merged_into: int | None = None
    is_hidden: bool = False
    rung: int = 1
    climbed_at: int = 0


class Life(RuleBasedStateMachine):
    """Some files of one place, their handler, the people who live there, a moderator."""

    def __init__(self) -> None:
        super().__init__()
        self.tales = [Tale(n, first_day=n, own_first_day=n) for n in range(FILES)]
        self.said = 0

    def _happen(self, tale: Tale, kind: EventKind) -> None:
        before = tale.axes
        tale.axes = follow(before, kind)
        after = tale.axes.state
        if after in ENDED and before.state is not after and kind not in COMES_BACK:
            assert kind in ENDINGS[after], f"{kind} ended it as {after}"
        if kind not in OF_RESIDENTS and kind not in (EventKind.MERGED, EventKind.REMOVED):
            self._check_handler(before, tale.axes, kind)

    def _check_handler(self, before: Axes, after: Axes, kind: EventKind) -> None:
        # The handler's side never settles, nor does silence after a dispute.
        assert after.street is not Street.GOOD or before.street is Street.GOOD, kind
        # A dispute never leaves the map by anything the handler does.
        if before.state in (State.DISPUTED, State.MIXED, State.NO_AGREEMENT):
            shape = STATES[after.state].shape
            assert after.street in DISPUTES, kind
            assert shape in (Shape.BAD, Shape.ASKED), kind
            assert after.state not in ENDED, kind

    # -- What can happen ---------------------------------------------------------------------

    @rule(file=files, action=st.sampled_from(sorted(EVENT_OF)))
    def handler_acts(self, file: int, action: Action) -> None:
        """Where the table allows it."""
        tale = self.tales[file]
        if not can_act(tale.axes, action):
            return
        kind = EVENT_OF[action]
        if action is Action.REFUSE and tale.axes.work is Work.REFUSED:
            kind = EventKind.REFUSED_AGAIN
        self._happen(tale, kind)

    @rule(file=files, says=st.sampled_from(Says), speaker=st.sampled_from(Speaker))
    def somebody_speaks(self, file: int, says: Says, speaker: Speaker) -> None:
        """Of whatever file, in whatever state: it is never lost."""
        tale = self.tales[file]
        while hear(tale.axes.state, says) is Hearing.KEPT_FILE:
            assert tale.merged_into is not None
            tale = self.tales[tale.merged_into]
        self.said += 1
        tale.voices.append((self.said, says))
        if hear(tale.axes.state, says) is not Hearing.HERE:
            return
        before = tale.axes.state
        self._happen(tale, event_of_voice(says, speaker))
        if says is not Says.SOLVED and before is not State.NO_AGREEMENT:
            # Anybody's no turns the pin at once.
            assert tale.axes.state in (State.DISPUTED, State.MIXED, State.NO_AGREEMENT)
        if speaker in (Speaker.NEIGHBOUR, Speaker.TIED) and says is Says.SOLVED:
            assert tale.axes.state is before
        if may_climb(
            tale.axes, rung=tale.rung, climbed_at=tale.climbed_at, people=2, has_photo=False
        ):
            tale.rung, tale.climbed_at = tale.rung + 1, tale.axes.handlings

    @rule(file=files, kind=st.sampled_from([EventKind.CHECKED, EventKind.CHECKED_NOT_GOOD]))
    def somebody_neutral_looks(self, file: int, kind: EventKind) -> None:
        """It decides."""
        tale = self.tales[file]
        if can_act(tale.axes, Action.CHECK):
            self._happen(tale, kind)
            is_good = kind is EventKind.CHECKED
            assert (tale.axes.street is Street.GOOD) == is_good

    @rule(file=files)
    def days_pass(self, file: int) -> None:
        """Silence reminds and may end what was never disputed; it never climbs."""
        tale = self.tales[file]
        before = (tale.rung, tale.axes.state)
        if tale.axes.state is State.HANDLED:
            self._happen(tale, EventKind.LAPSED)
        elif tale.axes.state is State.PASSED_ON:
            self._happen(tale, EventKind.RETURNED)
        elif tale.axes.state is State.PLANNED:
            self._happen(tale, EventKind.MISSED)
        assert tale.rung == before[0]
        assert tale.axes.state is not State.LAPSED or not tale.axes.was_disputed

    @rule(gone=files, kept=files)
    def somebody_without_a_part_merges(self, gone: int, kept: int) -> None:
        """Two reports of one problem."""
        one, other = self.tales[gone], self.tales[kept]
        if (
            one is other
            or not can_act(one.axes, Action.MERGE)
            or other.axes.file is not File.PUBLIC
        ):
            return
        kind = join_event(other.axes, one.axes)
        was_bad = one.axes.street in DISPUTES or other.axes.street in DISPUTES
        was_open = one.axes.state not in ENDED
        self._happen(one, EventKind.MERGED)
        one.merged_into = other.number
        for tale in self.tales:
            if tale.merged_into == one.number:
                tale.merged_into = other.number
        self._happen(other, kind)
        other.first_day = min(other.first_day, one.first_day)
        if was_bad:
            assert other.axes.street in DISPUTES
        if was_open:
            # Merging into a finished file counts as a dispute.
            assert other.axes.state not in ENDED

    @rule(file=files)
    def the_reporter_undoes_it(self, file: int) -> None:
        """This is something else."""
        tale = self.tales[file]
        if not can_act(tale.axes, Action.UNMERGE) or tale.merged_into is None:
            return
        kept = self.tales[tale.merged_into]
        self._happen(tale, EventKind.UNMERGED)
        tale.merged_into = None
        for one in (kept, tale):
            merged = [
                other.own_first_day for other in self.tales if other.merged_into == one.number
            ]
            one.first_day = min([one.own_first_day, *merged])

    @rule(file=files)
    def a_resident_notes_what_the_city_says(self, file: int) -> None:
        """It asks the street, and settles nothing."""
        tale = self.tales[file]
        if can_city_answer(tale.axes):
            was_bad = tale.axes.street in DISPUTES
            self._happen(tale, EventKind.CITY_ANSWERED)
            assert tale.axes.state is (State.DISPUTED if was_bad else State.HANDLED)

    @rule(file=files)
    def its_reporter_withdraws_it(self, file: int) -> None:
        """What was merged into it stands by itself again."""
        tale = self.tales[file]
        if not can_withdraw(tale.axes):
            return
        self._happen(tale, EventKind.WITHDRAWN)
        for one in self.tales:
            if one.merged_into == tale.number:
                self._happen(one, EventKind.UNMERGED)
                one.merged_into, one.first_day = None, one.own_first_day
        tale.first_day = tale.own_first_day

    @rule(file=files, hours=st.integers(0, 96))
    def its_reporter_takes_it_up_again(self, file: int, hours: int) -> None:
        """Within two days, as it stood."""
        tale = self.tales[file]
        withdrawn_at = datetime(2026, 11, 21, 12, tzinfo=UTC)
        now = withdrawn_at + timedelta(hours=hours)
        may = can_retake(tale.axes, withdrawn_at=withdrawn_at, now=now)
        assert may == (tale.axes.file is File.WITHDRAWN and hours <= 48)
        if may:
            self._happen(tale, EventKind.RETAKEN)
            assert tale.axes.file is File.PUBLIC

    @rule(file=files)
    def a_year_passes_without_agreement(self, file: int) -> None:
        """All are asked again; nothing else changes."""
        tale = self.tales[file]
        if tale.axes.state is State.NO_AGREEMENT:
            before = tale.axes
            self._happen(tale, EventKind.REVIEWED)
            assert tale.axes == before
            assert set(list_actions(tale.axes)) >= {Action.TAKE, Action.PROMISE}

    @rule(file=files)
    def a_moderator_hides_or_shows_words(self, file: int) -> None:
        """Never the pin."""
        tale = self.tales[file]
        before = STATES[tale.axes.state].shape
        tale.is_hidden = not tale.is_hidden
        assert STATES[tale.axes.state].shape is before

    # -- What holds throughout -----------------------------------------------------------------

    @invariant()
    def one_party_has_the_move_with_a_date_while_a_file_is_open(self) -> None:
        """And nobody has it, without one, where it has ended."""
        for tale in self.tales:
            state = tale.axes.state
            move = _move_of(tale.axes)
            is_over = state in ENDED
            assert (move.party is Party.NOBODY, move.due_on is None) == (is_over, is_over)

    @invariant()
    def a_resident_always_has_a_move(self) -> None:
        """Each of the three words leads somewhere, and one of them changes something."""
        for tale in self.tales:
            state = tale.axes.state
            heard = {says: hear(state, says) for says in Says}
            if state is State.REMOVED:
                assert set(heard.values()) == {Hearing.NOTED}
                continue
            moved = [
                replace(follow(tale.axes, event_of_voice(says, Speaker.REPORTER)))
                for says in Says
                if heard[says] is Hearing.HERE
            ]
            leads = {Hearing.NEW_FILE, Hearing.KEPT_FILE} & set(heard.values())
            changes = [axes for axes in moved if axes.state is not state]
            assert leads or changes or state is State.MIXED or can_act(tale.axes, Action.CHECK)

    @invariant()
    def the_handler_has_a_move_where_it_is_theirs(self) -> None:
        """Whoever must act can."""
        for tale in self.tales:
            if _move_of(tale.axes).party in (Party.ADDRESSEE, Party.RECEIVER):
                offered = set(list_actions(tale.axes)) & set(EVENT_OF)
                assert offered, tale.axes

    @invariant()
    def the_first_date_is_kept(self) -> None:
        """Of all that were merged into it, the oldest."""
        for tale in self.tales:
            merged = [one.own_first_day for one in self.tales if one.merged_into == tale.number]
            if tale.merged_into is None:
                assert tale.first_day == min([tale.own_first_day, *merged])

    @invariant()
    def merging_loses_no_voice(self) -> None:
        """Every word said is in one file, once."""
        kept = sorted(number for tale in self.tales for number, _ in tale.voices)
        assert kept == list(range(1, self.said + 1))

    @invariant()
    def what_is_merged_leads_to_one_that_is_there(self) -> None:
        """In one step."""
        for tale in self.tales:
            assert (tale.axes.file is File.MERGED) == (tale.merged_into is not None)
            if tale.merged_into is not None:
                assert self.tales[tale.merged_into].axes.file is not File.MERGED

    @invariant()
    def refused_merged_and_passed_on_stay_in_the_denominator(self) -> None:
        """Whatever was not taken back by its own reporter has a share."""
        for tale in self.tales:
            counted = self.tales[tale.merged_into] if tale.merged_into is not None else tale
            is_counted = SHARE_OF[counted.axes.state] is not None
            assert is_counted == (tale.axes.state is not State.WITHDRAWN)

    @invariant()
    def the_ladder_ends_at_the_team_lead(self) -> None:
        """One bench summons nobody higher."""
        assert all(tale.rung <= 2 for tale in self.tales)


Life.TestCase.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
TestLife = Life.TestCase
