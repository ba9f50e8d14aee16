"""The money of plans: a ledger that sums to its balances whoever moves what at once (threats, T40),
and spending that a second person confirms (T41)."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from random import Random
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.budgets.actions import (
    Mover,
    fund_asset,
    release,
    remove_example_money,
    reserve,
    spend,
    transfer,
)
from geoapp.budgets.queries import balance, get_line, list_moves
from geoapp.budgets.rules import MoveKind
from geoapp.budgets.tables import BudgetLine, MoneyMove
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine, transaction
from geoapp.errors import Conflict, Invalid, NotAllowed
from geoapp.inspections.actions import Hand, Moment
from geoapp.ledger.chain import Doer
from geoapp.ledger.rules import Verdict
from geoapp.people.tables import Person
from geoapp.plans.actions import Decision, decide, move_item
from geoapp.plans.queries import get_item, spendings_of
from geoapp.plans.rules import Act, Reasons, State
from geoapp.plans.spending import (
    Settling,
    SpendingDraft,
    record_spending,
    return_rest,
    settle_spending,
)
from geoapp.plans.tables import PlanItem
from tests.conftest import NOW
from tests.factories import Factory

TODAY = date(2026, 11, 21)
AT = Moment(NOW, TODAY)
BY = Mover(None, NOW, is_example=False)
WHY = Reasons("In spring", "Shade and light", "There is not enough")
THREADS, DEEDS = 8, 25


@pytest.fixture
def own_engine(
    make_database: Callable[[str], str], request: pytest.FixtureRequest
) -> Iterator[Engine]:
    """An engine on a database of its own, where work is really committed."""
    made = make_engine(make_database(f"plans_{request.node.name[:30]}"))
    migrate(made, metadata())
    yield made
    made.dispose()


# -- Moves -------------------------------------------------------------------------------------


def move_at_random(engine: Engine, line_ids: list[uuid.UUID], *, seed: int, deeds: int) -> None:
    """Move money to and fro; what cannot be is refused, and leaves nothing behind."""
    random = Random(seed)  # noqa: S311  a run that can be had again
    about = uuid.uuid4()
    for _ in range(deeds):
        line_id, other_id = random.sample(line_ids, 2)
        cents = random.randint(1, 400)
        deed = random.choice((reserve, release, spend, None))
        try:
            with transaction(engine) as session:
                if deed is None:
                    transfer(
                        session, line_id=line_id, to_line_id=other_id, amount_cents=cents, by=BY
                    )
                else:
                    deed(session, line_id=line_id, amount_cents=cents, about_id=about, by=BY)
        except Conflict:
            continue


def check_sums(session: Session, began_with: int) -> None:
    """What moved is what the lines hold, and nothing is under nothing or over all."""
    whole = 0
    for line in session.scalars(select(BudgetLine)):
        moved = dict.fromkeys(MoveKind, 0)
        came = 0
        for move in session.scalars(select(MoneyMove).where(MoneyMove.line_id == line.id)):
            moved[move.kind] += move.amount_cents
        for move in session.scalars(select(MoneyMove).where(MoneyMove.to_line_id == line.id)):
            came += move.amount_cents
        assert line.amount_cents == began_with - moved[MoveKind.TRANSFER] + came
        assert line.committed_cents == moved[MoveKind.RESERVE] - moved[MoveKind.RELEASE]
        assert line.spent_cents == moved[MoveKind.SPEND]
        assert 0 <= line.spent_cents <= line.committed_cents <= line.amount_cents
        whole += line.amount_cents
    count = session.scalars(select(func.count()).select_from(BudgetLine)).one()
    assert whole == count * began_with


def test_many_who_move_money_at_once_leave_a_ledger_that_sums_to_the_balances(
    own_engine: Engine,
) -> None:
    with Session(own_engine, expire_on_commit=False) as session:
        make = Factory(session)
        ids = [make.budget_line(amount_cents=2_000).id for _ in range(3)]
        session.commit()
    together = Barrier(THREADS)

    def work(seed: int) -> None:
        together.wait()
        move_at_random(own_engine, ids, seed=seed, deeds=DEEDS)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    with Session(own_engine) as session:
        check_sums(session, 2_000)
        kinds = set(session.scalars(select(MoneyMove.kind)))
    assert kinds == set(MoveKind)


def test_what_is_set_aside_spent_and_free_is_kept_move_by_move(
    session: Session, make: Factory
) -> None:
    line = make.budget_line(amount_cents=1_000)
    about = uuid.uuid4()
    reserve(session, line_id=line.id, amount_cents=600, about_id=about, by=BY)
    spend(session, line_id=line.id, amount_cents=200, about_id=about, by=BY)
    release(session, line_id=line.id, amount_cents=400, about_id=about, by=BY)
    for deed, cents in ((reserve, 801), (spend, 1), (release, 1)):
        with pytest.raises(Conflict):
            deed(session, line_id=line.id, amount_cents=cents, about_id=about, by=BY)
    assert vars(balance(session, line_id=line.id)) == {
        "amount_cents": 1_000,
        "committed_cents": 200,
        "spent_cents": 200,
    }
    kinds = [move.kind for move in list_moves(session, about_id=about)]
    assert kinds == [MoveKind.RELEASE, MoveKind.SPEND, MoveKind.RESERVE]


def test_paying_for_a_thing_is_a_move_as_well(session: Session, make: Factory) -> None:
    line, asset = make.budget_line(amount_cents=1_000), make.asset()
    fund_asset(session, asset_id=asset.id, line_id=line.id, amount_cents=300, is_example=False)
    (move,) = list_moves(session, line_id=line.id)
    assert (move.kind, move.amount_cents, move.about_id) == (MoveKind.RESERVE, 300, asset.id)


@pytest.mark.parametrize(
    "deed", ["UPDATE money_move SET amount_cents = 1", "DELETE FROM money_move"]
)
def test_a_move_is_never_changed_nor_taken_away(session: Session, make: Factory, deed: str) -> None:
    make.money_move()
    with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
        session.execute(text(deed))


def test_examples_give_back_what_they_took_of_money_that_is_none(
    session: Session, make: Factory
) -> None:
    line = make.budget_line(amount_cents=1_000)
    invented = Mover(None, NOW, is_example=True)
    about = uuid.uuid4()
    reserve(session, line_id=line.id, amount_cents=100, about_id=about, by=BY)
    reserve(session, line_id=line.id, amount_cents=500, about_id=about, by=invented)
    spend(session, line_id=line.id, amount_cents=200, about_id=about, by=invented)
    remove_example_money(session)
    session.refresh(line)
    assert (line.committed_cents, line.spent_cents) == (100, 0)
    assert len(list_moves(session, line_id=line.id)) == 1


# -- Granted and spent -------------------------------------------------------------------------


class Granted:
    """A plan of 800 cents to which a line of 1,000 was granted, its people, and an officer."""

    def __init__(self, session: Session, make: Factory) -> None:
        self.session = session
        self.line = make.budget_line(amount_cents=1_000, receipt_over_cents=500)
        platform = make.platform(district_id=self.line.district_id)
        self.item = make.plan_item(
            platform_id=platform.id,
            organisation_id=platform.organisation_id,
            district_id=platform.district_id,
            cost_cents=800,
        )
        self.picture_id = make.picture(district_id=platform.district_id).id
        self.members = [self.hand(make.person(), platform.organisation_id) for _ in range(2)]
        self.officer = self.hand(make.person(), self.line.payer_id, is_officer=True)
        self.move(Act.ASK)

    def hand(self, person: Person, organisation_id: uuid.UUID, *, is_officer: bool = False) -> Hand:
        """Somebody who acts for an organisation."""
        return Hand(Doer(person.id, "platform_member"), organisation_id, is_officer)

    def move(self, act: Act) -> None:
        """What the first member does with the plan."""
        move_item(
            self.session,
            item=get_item(self.session, code=self.item.code),
            act=act,
            line=get_line(self.session, slug=self.line.slug) if act is Act.ASK else None,
            acting=(self.members[0], AT),
        )

    def decide(self, act: Act, cents: int | None = None, *, by: Hand | None = None) -> None:
        """What the payer says."""
        decide(
            self.session,
            item=get_item(self.session, code=self.item.code),
            decision=Decision(act, Reasons() if act is Act.GRANT else WHY, cents),
            acting=(by or self.officer, AT),
        )

    def spend(self, cents: int, *, receipt_id: uuid.UUID | None = None) -> int:
        """The first member writes down a spending."""
        draft = SpendingDraft(cents, "Wood", TODAY, self.picture_id, receipt_id)
        return record_spending(
            self.session,
            item=get_item(self.session, code=self.item.code),
            line=get_line(self.session, slug=self.line.slug),
            draft=draft,
            acting=(self.members[0], AT),
        )

    def settle(self, number: int, verdict: Verdict, *, by: Hand | None = None) -> None:
        """Somebody says yes or no to it."""
        settle_spending(
            self.session,
            item=get_item(self.session, code=self.item.code),
            settling=Settling(number, verdict, "It is not there"),
            acting=(by or self.members[1], AT),
        )

    @property
    def balances(self) -> tuple[int, int, int]:
        """What is there, set aside and spent."""
        now = balance(self.session, line_id=self.line.id)
        return now.amount_cents, now.committed_cents, now.spent_cents


@pytest.fixture
def granted(session: Session, make: Factory) -> Granted:
    """A plan that is asked, to be decided."""
    return Granted(session, make)


def test_granting_sets_aside_a_part_frees_the_rest_and_a_refusal_all(granted: Granted) -> None:
    granted.decide(Act.GRANT)
    assert granted.balances == (1_000, 800, 0)
    granted.decide(Act.GRANT_PARTLY, 300)
    assert granted.balances == (1_000, 300, 0)
    granted.decide(Act.REFUSE)
    assert granted.balances == (1_000, 0, 0)
    item = get_item(granted.session, code=granted.item.code)
    assert (item.state, item.granted_cents) == (State.REFUSED, None)


def test_whoever_asked_does_not_decide_whatever_seat_they_sit_on(granted: Granted) -> None:
    both = granted.hand(
        granted.session.get_one(Person, granted.members[0].person_id),
        granted.line.payer_id,
        is_officer=True,
    )
    with pytest.raises(NotAllowed, match="asked for this yourself"):
        granted.decide(Act.GRANT, by=both)
    assert granted.balances == (1_000, 0, 0)


def test_more_than_the_line_has_left_is_not_granted(granted: Granted) -> None:
    reserve(
        granted.session, line_id=granted.line.id, amount_cents=300, about_id=uuid.uuid4(), by=BY
    )
    with pytest.raises(Conflict, match="less than that left"), granted.session.begin_nested():
        granted.decide(Act.GRANT)
    assert granted.balances == (1_000, 300, 0)


def test_money_is_spent_once_a_second_person_says_so_and_not_before(granted: Granted) -> None:
    granted.decide(Act.GRANT)
    number = granted.spend(300)
    assert granted.balances == (1_000, 800, 0)
    with pytest.raises(NotAllowed, match="asked for this yourself"):
        granted.settle(number, Verdict.CONFIRMED, by=granted.members[0])
    granted.settle(number, Verdict.CONFIRMED)
    assert granted.balances == (1_000, 800, 300)
    with pytest.raises(Conflict, match="settled this already"):
        granted.settle(number, Verdict.CONFIRMED, by=granted.officer)


def test_what_waits_counts_so_that_nothing_can_be_spent_twice(granted: Granted) -> None:
    granted.decide(Act.GRANT)
    first = granted.spend(500)
    with pytest.raises(Invalid, match="more than is left"):
        granted.spend(301)
    granted.settle(first, Verdict.REFUSED)
    assert granted.balances == (1_000, 800, 0)
    assert granted.spend(301) > first
    (_, refused) = spendings_of(granted.session, item_id=granted.item.id)
    assert (refused.outcome, refused.answer) == (Verdict.REFUSED, "It is not there")


def test_a_receipt_is_asked_above_the_limit_of_the_line_alone(granted: Granted) -> None:
    granted.decide(Act.GRANT)
    with pytest.raises(Invalid, match="receipt"):
        granted.spend(501)
    granted.spend(501, receipt_id=granted.picture_id)


def test_money_that_is_spent_cannot_be_refused_any_more(granted: Granted) -> None:
    granted.decide(Act.GRANT)
    granted.settle(granted.spend(300), Verdict.CONFIRMED)
    for act, cents in ((Act.REFUSE, None), (Act.GRANT_PARTLY, 299)):
        with pytest.raises(Conflict, match="spent of this already"):
            granted.decide(act, cents)
    granted.decide(Act.GRANT_PARTLY, 300)
    assert granted.balances == (1_000, 300, 300)


def test_what_is_given_up_frees_what_was_not_spent(granted: Granted) -> None:
    granted.decide(Act.GRANT)
    granted.settle(granted.spend(300), Verdict.CONFIRMED)
    waiting = granted.spend(100)
    with pytest.raises(Conflict, match="still waits"), granted.session.begin_nested():
        granted.move(Act.GIVE_UP)
    granted.settle(waiting, Verdict.REFUSED)
    granted.move(Act.GIVE_UP)
    assert granted.balances == (1_000, 300, 300)


def test_what_a_realised_plan_did_not_need_goes_back(granted: Granted) -> None:
    granted.decide(Act.GRANT)
    granted.settle(granted.spend(300), Verdict.CONFIRMED)
    granted.session.get_one(PlanItem, granted.item.id).state = State.REALISED
    granted.session.flush()
    item = get_item(granted.session, code=granted.item.code)
    rest = return_rest(granted.session, item=item, acting=(granted.members[0], AT))
    assert (rest, granted.balances) == (500, (1_000, 300, 300))


def test_of_two_who_confirm_one_spending_at_once_one_does(own_engine: Engine) -> None:
    with Session(own_engine, expire_on_commit=False) as session:
        granted = Granted(session, Factory(session))
        granted.decide(Act.GRANT)
        number = granted.spend(300)
        code, hands = granted.item.code, (granted.members[1], granted.officer)
        own = granted.members[0]
        session.commit()
    together = Barrier(3)

    def settle(by: Hand) -> str:
        together.wait()
        try:
            with transaction(own_engine) as session:
                settling = Settling(number, Verdict.CONFIRMED)
                item = get_item(session, code=code)
                settle_spending(session, item=item, settling=settling, acting=(by, AT))
        except (Conflict, NotAllowed) as refusal:
            return type(refusal).__name__
        return "settled"

    with ThreadPoolExecutor(3) as pool:
        came = sorted(pool.map(settle, (*hands, own)))
    with Session(own_engine) as session:
        spent = session.scalars(select(BudgetLine.spent_cents)).one()
        moves = session.scalars(select(MoneyMove.kind).order_by(MoneyMove.number)).all()
    assert came[-1] == "settled"
    assert set(came[:-1]) <= {"Conflict", "NotAllowed"}
    assert (spent, moves) == (300, [MoveKind.RESERVE, MoveKind.SPEND])
