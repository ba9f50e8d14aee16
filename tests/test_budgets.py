"""Money: shares of those who pay, and a line that cannot be overspent, even by two at once."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.budgets.actions import fund_asset
from geoapp.budgets.queries import funding_of
from geoapp.budgets.rules import Model, split_shares
from geoapp.budgets.tables import BudgetLine, Funding
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine, transaction
from geoapp.errors import Conflict
from tests.factories import Factory

amounts = st.integers(1, 10_000_000)

# -- Shares ----------------------------------------------------------------------------------


@given(st.lists(amounts, min_size=1, max_size=8))
def test_known_amounts_share_the_whole_in_their_proportion(cents: list[int]) -> None:
    shares = split_shares(cents)
    assert sum(share or 0 for share in shares) == pytest.approx(1)
    for share, amount in zip(shares, cents, strict=True):
        assert share == pytest.approx(amount / sum(cents))


@given(st.lists(amounts | st.none(), min_size=1, max_size=8).filter(lambda found: None in found))
def test_where_one_amount_is_not_known_no_share_is(cents: list[int | None]) -> None:
    assert split_shares(cents) == [None] * len(cents)


@pytest.mark.parametrize("cents", [[], [0], [0, 0]])
def test_nothing_is_shared_without_dividing_by_it(cents: list[int]) -> None:
    assert split_shares(cents) == [None] * len(cents)


def test_who_pays_most_comes_first_with_their_share(session: Session, make: Factory) -> None:
    asset = make.asset()
    budget_round = make.budget_round(name="Plans", model=Model.C)
    small = make.budget_line(slug="small")
    large = make.budget_line(slug="large", round_id=budget_round.id, earmark="play")
    make.funding(asset_id=asset.id, line_id=small.id, amount_cents=20_000)
    make.funding(asset_id=asset.id, line_id=large.id, amount_cents=60_000)
    first, second = funding_of(session, asset_ids=[asset.id])[asset.id]
    assert (first.line.slug, first.amount_cents, first.share) == ("large", 60_000, 0.75)
    assert (first.line.round_name, first.line.round_model) == ("Plans", Model.C)
    assert first.line.earmark == "play"
    assert (second.line.slug, second.share, second.line.round_name) == ("small", 0.25, None)


def test_a_share_that_was_agreed_stands(session: Session, make: Factory) -> None:
    asset = make.asset()
    agreed = make.funding(asset_id=asset.id, amount_cents=None, share=0.4)
    (part,) = funding_of(session, asset_ids=[asset.id])[agreed.asset_id]
    assert (part.amount_cents, part.share) == (None, 0.4)


def test_an_asset_nobody_pays_for_is_not_in_the_answer(session: Session, make: Factory) -> None:
    paid, unpaid = make.asset(), make.asset()
    make.funding(asset_id=paid.id)
    assert set(funding_of(session, asset_ids=[paid.id, unpaid.id])) == {paid.id}


# -- Spending (threats, T40) -----------------------------------------------------------------


def fund(session: Session, line: BudgetLine, asset_id: uuid.UUID, cents: int) -> Funding:
    """Let a line pay for an asset."""
    return fund_asset(
        session, asset_id=asset_id, line_id=line.id, amount_cents=cents, is_example=False
    )


def test_a_line_pays_to_its_last_cent_and_no_further(session: Session, make: Factory) -> None:
    line = make.budget_line(amount_cents=1000)
    fund(session, line, make.asset().id, 600)
    fund(session, line, make.asset().id, 400)
    with pytest.raises(Conflict, match="less than that left"):
        fund(session, line, make.asset().id, 1)
    session.refresh(line)
    assert line.committed_cents == 1000
    assert session.scalars(select(func.count()).select_from(Funding)).one() == 2


@pytest.mark.parametrize("cents", [0, -1, -500])
def test_nothing_and_less_is_no_payment(session: Session, make: Factory, cents: int) -> None:
    line = make.budget_line(amount_cents=1000, committed_cents=500)
    asset = make.asset()
    with pytest.raises(IntegrityError), session.begin_nested():
        fund(session, line, asset.id, cents)
    session.refresh(line)
    assert line.committed_cents == 500


def test_a_payment_that_fails_leaves_the_line_as_it_was(session: Session, make: Factory) -> None:
    line = make.budget_line(amount_cents=1000)
    with pytest.raises(IntegrityError), session.begin_nested():
        fund(session, line, uuid.uuid4(), 300)
    session.refresh(line)
    assert line.committed_cents == 0


@pytest.fixture
def own_engine(
    make_database: Callable[[str], str], request: pytest.FixtureRequest
) -> Iterator[Engine]:
    """An engine on a database of its own, where work is really committed."""
    made = make_engine(make_database(f"budgets_{request.node.name[:30]}"))
    migrate(made, metadata())
    yield made
    made.dispose()


def test_of_many_who_ask_at_once_only_as_many_get_as_there_is(own_engine: Engine) -> None:
    askers, each, whole = 8, 300, 1000
    with Session(own_engine, expire_on_commit=False) as session:
        make = Factory(session)
        line = make.budget_line(amount_cents=whole)
        assets = [make.asset().id for _ in range(askers)]
        session.commit()
    together = Barrier(askers)

    def ask(asset_id: uuid.UUID) -> bool:
        together.wait()
        try:
            with transaction(own_engine) as session:
                fund(session, line, asset_id, each)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(askers) as pool:
        got = list(pool.map(ask, assets))
    with Session(own_engine) as session:
        committed = session.scalars(select(BudgetLine.committed_cents)).one()
        paid = session.scalars(select(func.sum(Funding.amount_cents))).one()
    assert got.count(True) == whole // each
    assert committed == paid == whole // each * each


def test_who_waits_for_the_last_euro_gets_it_when_the_other_gives_up(own_engine: Engine) -> None:
    with Session(own_engine, expire_on_commit=False) as session:
        make = Factory(session)
        line = make.budget_line(amount_cents=100)
        first_asset, second_asset = make.asset().id, make.asset().id
        session.commit()
    with ThreadPoolExecutor(1) as pool:
        with Session(own_engine) as first:
            fund(first, line, first_asset, 100)

            def ask() -> None:
                with transaction(own_engine) as second:
                    fund(second, line, second_asset, 100)

            waiting = pool.submit(ask)
            first.rollback()
        waiting.result(timeout=30)
    with Session(own_engine) as session:
        assert session.scalars(select(Funding.asset_id)).all() == [second_asset]
