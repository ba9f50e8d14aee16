"""Keys: two confirmations, one custodian or an alarm; by page, account and mail; never public."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from geoapp.accounts.actions import erase_account
from geoapp.app import metadata
from geoapp.assets.rules import PhysicalStatus
from geoapp.assets.tables import Asset
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine, transaction
from geoapp.dialogue.jobs import sweep
from geoapp.errors import Conflict, Invalid, NotFound
from geoapp.exchange.examples import remove_examples
from geoapp.keys.actions import (
    By,
    add_key,
    answer_handover,
    retire_key,
    start_handover,
    tell_lost,
    withdraw_handover,
)
from geoapp.keys.queries import (
    Handover,
    KeyFacts,
    find_alarm,
    find_custodian,
    keys_without_custodian,
    list_keys,
    make_call_secret,
)
from geoapp.keys.rules import Alarm, Holder, Outcome, Side, read_holder, read_label, write_holder
from geoapp.keys.tables import AssetKey, KeyHandover
from geoapp.ledger.audit import list_entries, verify_all
from geoapp.ledger.chain import Doer, Thing
from tests.conftest import NOW
from tests.desks import Clock, Desk, Post, token_of
from tests.factories import Factory
from tests.world import TODAY, World, tables_that_hold

pytest_plugins = ("tests.desks",)
DAY = timedelta(days=1)


class Ring:
    """A key of a place that platform A opens, and those who may have it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.session = world.session
        self.asset: Asset = world.assets["kept by A"][0]
        self.office = Holder(organisation_id=world.org_a.id)
        self.manager = Holder(person_id=world.people["manager of A"].person_id)
        self.member = Holder(person_id=world.people["member of A"].person_id)
        self.by_manager = self.make_by(self.manager)
        self.now = NOW
        made = add_key(world.session, assets=[self.asset], label="key 1", by=self.by_manager)
        self.key_id = made.id

    def make_by(self, holder: Holder) -> By:
        """Somebody; the manager speaks for the office."""
        own = frozenset({self.world.org_a.id}) if holder == self.manager else frozenset()
        doer = Doer(holder.person_id, "resident")
        office_id = self.world.org_a.id if own else None
        return By(doer, NOW, TODAY, own, office_id)

    def give(self, receiver: Holder, by: By | None = None) -> UUID:
        """Begin to hand it over."""
        by = by or self.by_manager
        return start_handover(self.session, key_id=self.key_id, receiver=receiver, by=by).id

    def say(self, handover_id: UUID, side: Side, *, is_yes: bool = True) -> None:
        """Confirm one side, or deny it."""
        by = self.by_manager
        answer_handover(self.session, handover_id=handover_id, side=side, is_yes=is_yes, by=by)

    def pass_to(self, receiver: Holder) -> None:
        """Hand it over, both sides confirming."""
        handover_id = self.give(receiver)
        for side in Side:
            self.say(handover_id, side)

    @property
    def alarm(self) -> Alarm | None:
        """Why nobody has it."""
        return find_alarm(self.session, key_id=self.key_id, today=TODAY)

    @property
    def custodian(self) -> Holder | None:
        """Who has it."""
        return find_custodian(self.session, key_id=self.key_id, today=TODAY)

    @property
    def facts(self) -> KeyFacts:
        """As the page shows it."""
        (found,) = list_keys(self.session, asset_id=self.asset.id, today=TODAY)
        return found


@pytest.fixture
def own_engine(make_database: Callable[[str], str]) -> Iterator[Engine]:
    """An engine on a database of its own, where work is really committed."""
    made = make_engine(make_database("keys"))
    migrate(made, metadata())
    yield made
    made.dispose()


@pytest.fixture
def ring(world: World) -> Ring:
    """A new key, that nobody has."""
    return Ring(world)


# -- From hand to hand -------------------------------------------------------------------------


def test_a_key_stays_where_it_is_until_both_have_confirmed(ring: Ring) -> None:
    assert (ring.alarm, ring.custodian) == (Alarm.NEVER_GIVEN, None)
    first = ring.give(ring.member)
    # The office's side is the manager's own, and confirmed by starting it.
    assert (ring.alarm, ring.custodian) == (Alarm.NEVER_GIVEN, None)
    ring.say(first, Side.RECEIVER)
    assert (ring.alarm, ring.custodian) == (None, ring.member)
    back = ring.give(ring.office)
    assert ring.custodian == ring.member
    ring.say(back, Side.GIVER)
    assert (ring.alarm, ring.custodian) == (None, ring.office)
    chain = [(one.giver, one.receiver, one.outcome) for one in ring.facts.chain]
    assert sorted(chain, key=str) == sorted(
        [
            (ring.member, ring.office, Outcome.DONE),
            (ring.office, ring.member, Outcome.DONE),
        ],
        key=str,
    )
    assert not list(verify_all(ring.session))


@pytest.mark.parametrize("side", Side)
def test_a_no_of_either_leaves_it_where_it_is(ring: Ring, side: Side) -> None:
    ring.pass_to(ring.office)
    handover_id = ring.give(ring.member)
    ring.say(handover_id, side, is_yes=False)
    ring.say(handover_id, side, is_yes=False)
    assert ring.custodian == ring.office
    assert ring.facts.open is None
    with pytest.raises(Conflict):
        ring.say(handover_id, Side.RECEIVER if side is Side.GIVER else Side.GIVER)


def test_saying_yes_twice_is_saying_it_once(ring: Ring) -> None:
    handover_id = ring.give(ring.member)
    for _ in range(2):
        ring.say(handover_id, Side.RECEIVER)
    ring.say(handover_id, Side.GIVER)
    told = list_entries(ring.session, thing=Thing("key", ring.key_id), limit=9)
    assert [entry.action for entry in told] == ["confirm_key_receiver", "hand_over_key", "add_key"]


def test_whoever_began_it_may_take_it_back(ring: Ring) -> None:
    handover_id = ring.give(ring.member)
    withdraw_handover(ring.session, handover_id=handover_id, by=ring.by_manager)
    with pytest.raises(Conflict):
        ring.say(handover_id, Side.RECEIVER)
    ring.pass_to(ring.member)
    assert ring.custodian == ring.member


def test_nobody_else_may_have_it_and_nobody_gets_what_they_have(ring: Ring) -> None:
    people = ring.world.people
    for stranger in ("manager of B", "resident", "officer there"):
        with pytest.raises(Invalid, match="who manages this place"):
            ring.give(Holder(person_id=people[stranger].person_id))
    with pytest.raises(Invalid):
        ring.give(Holder(organisation_id=ring.world.org_b.id))
    with pytest.raises(Invalid):
        ring.give(Holder())
    ring.pass_to(ring.member)
    with pytest.raises(Invalid, match="there already"):
        ring.give(ring.member)


def test_a_key_that_is_being_handed_over_is_not_handed_over_again(ring: Ring) -> None:
    ring.give(ring.member)
    with pytest.raises(Conflict, match="Somebody was first"):
        ring.give(ring.office)


def test_of_two_handovers_at_once_one_wins(own_engine: Engine) -> None:
    with transaction(own_engine) as session:
        make = Factory(session)
        asset = make.asset()
        organisations = [make.organisation(district_id=asset.district_id) for _ in range(4)]
        for one in organisations:
            make.duty(asset_id=asset.id, organisation_id=one.id, covers=["operation"])
        key = make.asset_key(district_id=asset.district_id)
        make.key_asset(key_id=key.id, asset_id=asset.id)
    said: list[str] = []

    def hand_over(to: UUID) -> None:
        by = By(Doer(None, "command"), NOW, TODAY, office_id=organisations[3].id)
        try:
            with transaction(own_engine) as session:
                receiver = Holder(organisation_id=to)
                start_handover(session, key_id=key.id, receiver=receiver, by=by)
            said.append("begun")
        except Conflict as refused:
            said.append(refused.message)

    threads = [Thread(target=hand_over, args=(one.id,)) for one in organisations[:3]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refusal = "Somebody was first: this key is being handed over already."
    assert sorted(said) == [refusal, refusal, "begun"]


def test_the_database_keeps_one_open_handover_for_a_key_and_its_past(
    session: Session, make: Factory
) -> None:
    done = make.key_handover()
    opened = {"given_at": None, "received_at": None, "closed_at": None, "outcome": None}
    waiting = make.key_handover(key_id=done.key_id, **opened)
    with pytest.raises(IntegrityError, match="uq_key_handover_open"), session.begin_nested():
        make.key_handover(key_id=done.key_id, **opened)
    changes = (
        (done.id, "given_at = now()"),
        (done.id, "outcome = 'refused', received_at = NULL"),
        (done.id, "closed_at = NULL, outcome = NULL, given_at = NULL"),
        (waiting.id, "opened_at = now()"),
        (waiting.id, f"receiver_person_id = '{make.person().id}'"),
    )
    for row_id, change in changes:
        with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
            session.execute(text(f"UPDATE key_handover SET {change} WHERE id = '{row_id}'"))  # noqa: S608  from the list above


# -- Without a custodian -----------------------------------------------------------------------


def test_a_lost_key_has_no_custodian_until_it_is_found(ring: Ring) -> None:
    ring.pass_to(ring.member)
    ring.give(ring.office)
    tell_lost(ring.session, key_id=ring.key_id, is_lost=True, by=ring.by_manager)
    assert (ring.alarm, ring.custodian, ring.facts.open) == (Alarm.LOST, None, None)
    with pytest.raises(Conflict, match="lost"):
        ring.give(ring.office)
    tell_lost(ring.session, key_id=ring.key_id, is_lost=False, by=ring.by_manager)
    assert (ring.alarm, ring.custodian) == (None, ring.member)


def test_a_key_out_of_use_alarms_nobody_and_stays_in_the_past(ring: Ring) -> None:
    retire_key(ring.session, key_id=ring.key_id, by=ring.by_manager)
    assert (ring.alarm, ring.custodian) == (None, None)
    assert ring.facts.retired_on == TODAY
    with pytest.raises(Conflict):
        ring.give(ring.member)


def test_whoever_is_erased_has_no_name_and_no_key_any_more(ring: Ring, desk: Desk) -> None:
    ring.pass_to(ring.member)
    assert ring.member.person_id is not None
    waiting = ring.give(ring.office)
    erase_account(ring.session, person_id=ring.member.person_id)
    ring.session.expire_all()
    assert (ring.alarm, ring.custodian) == (Alarm.GONE, None)
    assert tables_that_hold(ring.session, str(ring.member.person_id)) == []
    page = desk.browser("manager of A").get(f"/assets/{ring.asset.code}/keys").text
    assert "Somebody who has left" in page
    assert "member of A" not in page
    # What waited for them waits for nobody: the next handing over takes its place.
    assert ring.give(ring.manager) != waiting
    assert ring.custodian == ring.manager


def test_whoever_has_no_seat_there_any_more_is_no_custodian(ring: Ring) -> None:
    ring.pass_to(ring.member)
    assert ring.member.person_id is not None
    ring.world.end_roles(ring.member.person_id)
    assert (ring.alarm, ring.custodian) == (Alarm.NO_SEAT, None)
    ring.give(ring.manager)
    assert (ring.alarm, ring.custodian) == (None, ring.manager)


def test_an_office_that_runs_the_place_no_more_is_no_custodian(ring: Ring) -> None:
    ring.pass_to(ring.office)
    ring.session.execute(text("UPDATE maintenance_duty SET until = DATE '2026-11-20'"))
    assert (ring.alarm, ring.custodian) == (Alarm.NO_SEAT, None)


def test_the_care_page_gets_each_standing_thing_of_a_key_that_nobody_has(
    ring: Ring, world: World
) -> None:
    other, gone = (world.make.asset(district_id=world.here.id) for _ in range(2))
    for asset in (other, gone):
        world.make.key_asset(key_id=ring.key_id, asset_id=asset.id)
    gone.physical_status = PhysicalStatus.REMOVED
    ring.session.flush()

    def found() -> set[tuple[UUID, UUID, Any]]:
        rows = ring.session.execute(keys_without_custodian(TODAY)).all()
        return {(row.asset_id, row.key_id, row.since) for row in rows}

    here = {(asset.id, ring.key_id, NOW.date()) for asset in (ring.asset, other)}
    assert found() == here
    ring.pass_to(ring.member)
    assert found() == set()
    tell_lost(ring.session, key_id=ring.key_id, is_lost=True, by=ring.by_manager)
    assert found() == {(asset, key, TODAY) for asset, key, _ in here}


ACTS = ("to office", "to member", "to manager", "yes giver", "yes receiver", "no giver")
MORE = ("no receiver", "withdraw", "lost", "found", "retire", "end member", "erase member")


@contextmanager
def undone(world: World) -> Iterator[None]:
    """Everything within is undone."""
    with world.session.begin_nested() as nested:
        yield
        nested.rollback()
    world.session.expire_all()


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=st.lists(st.sampled_from([*ACTS, *ACTS, *MORE]), max_size=10))
def test_at_each_moment_a_key_in_use_has_one_custodian_or_an_alarm(
    world: World, acts: list[str]
) -> None:
    # Outside what is undone: they are made once.
    assert Ring(world).member.person_id
    with undone(world):
        ring = Ring(world)
        facts, before = get_key(ring), None
        for act in acts:
            waiting = facts.open
            take(ring, act, waiting)
            facts, after = get_key(ring), ring.custodian
            assert facts.retired_on or (after is None) != (facts.alarm is None)
            # Nobody comes to have a key by a single word of the other side.
            if after not in (None, before) and act.startswith("yes"):
                assert waiting is not None
                assert sum(map(waiting.is_confirmed_by, Side)) == 1
            # Begun is done only where who begins it speaks for both.
            if after not in (None, before) and act.startswith("to"):
                assert {before, after} <= {None, ring.office, ring.manager}
            before = after


def get_key(ring: Ring) -> KeyFacts:
    """The key of this ring, of however many at the place."""
    keys = list_keys(ring.session, asset_id=ring.asset.id, today=TODAY)
    return next(key for key in keys if key.id == ring.key_id)


def take(ring: Ring, act: str, waiting: Handover | None) -> None:
    """Do it where it is allowed; a refusal changes nothing."""
    verb, _, rest = act.partition(" ")
    people = {"office": ring.office, "member": ring.member, "manager": ring.manager}
    try:
        if verb == "to":
            ring.give(people[rest])
        elif verb in ("yes", "no") and waiting:
            ring.say(waiting.id, Side(rest), is_yes=verb == "yes")
        elif verb == "withdraw" and waiting:
            withdraw_handover(ring.session, handover_id=waiting.id, by=ring.by_manager)
        elif verb in ("lost", "found"):
            tell_lost(ring.session, key_id=ring.key_id, is_lost=verb == "lost", by=ring.by_manager)
        elif verb == "retire":
            retire_key(ring.session, key_id=ring.key_id, by=ring.by_manager)
        elif verb in ("end", "erase") and ring.member.person_id:
            change = {"end": ring.world.end_roles, "erase": _erase(ring)}[verb]
            change(ring.member.person_id)
    except (Conflict, Invalid, NotFound):
        pass
    ring.session.expire_all()


def _erase(ring: Ring) -> Any:
    return lambda person_id: erase_account(ring.session, person_id=person_id)


# -- The page ----------------------------------------------------------------------------------


def act_on(client: FlaskClient, ring: Ring, **fields: str) -> tuple[int, str]:
    """Send a form of one key."""
    path = f"/assets/{ring.asset.code}/keys"
    token = token_of(client.get(path).text)
    answer = client.post(f"{path}/{ring.key_id}", data={"csrf_token": token, **fields})
    return answer.status_code, answer.text


def read(client: FlaskClient, path: str) -> str:
    """A page's words in English."""
    answer = client.get(path, query_string={"lang": "en"})
    assert answer.status_code == 200, answer.text
    return " ".join(re.sub("<[^>]+>", " ", answer.text).split())


def test_a_manager_adds_a_key_and_hands_it_to_a_member_who_confirms_at_their_account(
    desk: Desk, world: World
) -> None:
    code = world.assets["kept by A"][0].code
    manager, member = desk.browser("manager of A"), desk.browser("member of A")
    token = token_of(manager.get(f"/assets/{code}/keys").text)
    added = {"csrf_token": token, "label": "Key of the court"}
    assert manager.post(f"/assets/{code}/keys", data=added).status_code == 303
    page = manager.get(f"/assets/{code}/keys").text
    assert "Nobody has this key yet" in page
    choice = re.search(r'value="(person:[^"]+)">member of A', page)
    key = re.search(r"/keys/([0-9a-f-]{36})", page)
    assert choice
    assert key
    given_over = {"csrf_token": token, "act": "hand_over", "receiver": choice[1]}
    path = f"/assets/{code}/keys/{key[1]}"
    assert manager.post(path, data=given_over).status_code == 303
    assert "Waits to be confirmed" in read(manager, f"/assets/{code}/keys")
    asked = member.get("/account").text
    assert "You get a key. Received?" in asked
    form = re.search(r'action="(/account/keys/[^"]+)"', asked)
    assert form
    said = {"csrf_token": token_of(asked), "side": "receiver", "says": "yes"}
    assert member.post(form[1], data=said).status_code == 303
    assert "Your keys Key of the court" in read(member, "/account")
    assert "Who has it? member of A since 21 November" in read(manager, f"/assets/{code}/keys")


def test_who_is_not_asked_answers_for_nobody(ring: Ring, desk: Desk) -> None:
    handover_id = ring.give(ring.member)
    ring.session.flush()
    manager = desk.browser("manager of A")
    answer = {"act": "answer", "handover": str(handover_id), "side": "receiver", "says": "yes"}
    assert act_on(manager, ring, **answer)[0] == 403
    other = desk.browser("resident")
    said = {"csrf_token": token_of(other.get("/account").text), "side": "receiver", "says": "yes"}
    assert other.post(f"/account/keys/{handover_id}", data=said).status_code == 404
    assert ring.custodian is None


def test_what_cannot_be_done_with_a_key_is_said_on_its_page(ring: Ring, desk: Desk) -> None:
    manager = desk.browser("manager of A")
    assert act_on(manager, ring, act="dance")[0] == 400
    status, page = act_on(manager, ring, act="hand_over", receiver="person:me")
    assert (status, "Choose who gets the key." in page) == (400, True)
    status, page = act_on(manager, ring, act="withdraw", handover="")
    assert (status, "over already" in page) == (409, True)
    path = f"/assets/{ring.asset.code}/keys"
    token = token_of(manager.get(path).text)
    there = ring.world.assets["kept by C"][0].code
    for fields, says in (
        ({"label": ""}, "Give the key a name"),
        ({"label": "k", "numbers": there}, f"You manage no place with number {there}."),
        ({"label": "k", "numbers": "22-222"}, "You manage no place with number 22-222."),
    ):
        answer = manager.post(path, data={"csrf_token": token, **fields})
        assert (answer.status_code, says in answer.text) == (400, True)
        assert 'aria-invalid="true"' in answer.text


def test_one_key_opens_more_things_and_stands_at_each(ring: Ring, desk: Desk) -> None:
    world = ring.world
    other = world.make.asset(district_id=world.here.id, owner_id=world.org_a.id, name="Shed")
    manager = desk.browser("manager of A")
    path = f"/assets/{ring.asset.code}/keys"
    fields = {"csrf_token": token_of(manager.get(path).text), "label": "both"}
    assert manager.post(path, data=fields | {"numbers": other.code}).status_code == 303
    assert "both Nobody has this key yet" in read(manager, f"/assets/{other.code}/keys")
    assert "It also opens: Shed" in read(manager, path)


def test_a_key_of_another_thing_is_not_reached_by_this_ones_page(ring: Ring, desk: Desk) -> None:
    foreign = ring.world.make.asset_key(district_id=ring.world.here.id)
    manager = desk.browser("manager of A")
    path = f"/assets/{ring.asset.code}/keys"
    token = token_of(manager.get(path).text)
    answer = manager.post(f"{path}/{foreign.id}", data={"csrf_token": token, "act": "retire"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("name", "status"),
    [("anonymous", 401), ("resident", 403), ("member of A", 403), ("manager of B", 403)],
)
def test_who_does_not_manage_the_place_sees_no_keys(
    ring: Ring, desk: Desk, name: str, status: int
) -> None:
    ring.pass_to(ring.member)
    browser = desk.browser(name)
    assert browser.get(f"/assets/{ring.asset.code}/keys").status_code == status
    assert "key 1" not in browser.get(f"/assets/{ring.asset.code}").text


# -- By mail -----------------------------------------------------------------------------------


def test_the_receiver_confirms_by_the_link_of_a_mail_without_signing_in(
    ring: Ring, mails: Post, desk: Desk
) -> None:
    ring.give(ring.member)
    ring.session.flush()
    (mail,) = mails.deliver()
    assert mail.to == "member-of-A@example.org"
    assert mail.subject == "Did you receive this key? key 1"
    assert "manager of A" not in mail.text
    link = re.search(r"https://kaart\.example(/keys/handover\?secret=\S+)", mail.text)
    assert link
    stranger = desk.app.test_client()
    stranger.set_cookie("lang", "en")
    page = stranger.get(link[1])
    assert page.headers["Cache-Control"] == "no-store"
    assert "manager of A" not in page.text
    before = ring.custodian
    assert before is None
    hidden = dict(re.findall(r'name="(csrf_token|secret)" value="([^"]*)"', page.text))
    assert stranger.post("/keys/handover", data={**hidden, "says": "perhaps"}).status_code == 400
    answer = stranger.post("/keys/handover", data={**hidden, "says": "yes"})
    assert "Both confirmed it." in answer.text
    assert ring.custodian == ring.member
    again = stranger.post("/keys/handover", data={**hidden, "says": "no"})
    assert again.status_code == 409
    (told, *_) = list_entries(ring.session, thing=Thing("key", ring.key_id), limit=1)
    assert told.doer == Doer(ring.member.person_id, "mail_link")


def test_a_link_is_good_for_one_side_of_one_handover(ring: Ring, desk: Desk) -> None:
    handover_id = ring.give(ring.member)
    sealer, client = ring.world.sealer, desk.app.test_client()
    secret = make_call_secret(sealer, handover_id, Side.RECEIVER)
    # At the giver's side stands an office: no link is good for it.
    office = make_call_secret(sealer, handover_id, Side.GIVER)
    for wrong in ("", "x", secret[:-1], sealer.sign_id("call", handover_id), office):
        assert client.get("/keys/handover", query_string={"secret": wrong}).status_code == 404
    assert client.get("/keys/handover", query_string={"secret": secret}).status_code == 200


def test_the_giver_is_asked_by_mail_and_the_office_through_its_managers(
    ring: Ring, mails: Post
) -> None:
    ring.pass_to(ring.member)
    ring.give(ring.office, by=ring.make_by(Holder()))
    ring.session.flush()
    sent = {mail.to: mail for mail in mails.deliver()}
    assert set(sent) == {"member-of-A@example.org", "manager-of-A@example.org"}
    assert sent["member-of-A@example.org"].subject == "Did you hand over this key? key 1"
    assert f"/assets/{ring.asset.code}/keys" in sent["manager-of-A@example.org"].text
    assert "secret" not in sent["manager-of-A@example.org"].text


def test_who_manages_the_office_no_more_is_not_asked_for_it(ring: Ring, mails: Post) -> None:
    ring.pass_to(ring.member)
    ring.give(ring.office, by=ring.make_by(Holder()))
    assert ring.manager.person_id
    ring.world.end_roles(ring.manager.person_id)
    ring.session.flush()
    assert [mail.to for mail in mails.deliver()] == ["member-of-A@example.org"]


def test_managers_hear_once_of_each_cause_that_nobody_has_a_key(
    ring: Ring, mails: Post, clock: Clock
) -> None:
    def hear(*, days: int) -> int:
        clock.now = NOW + days * DAY
        before = len(mails.deliver())
        for _ in range(2):
            sweep(ring.session, now=clock.now)
        return len(mails.deliver()) - before

    # A new key has a day to be handed over.
    assert hear(days=0) == 0
    assert hear(days=2) == 1
    assert hear(days=3) == 0
    ring.pass_to(ring.office)
    assert hear(days=4) == 0
    ring.session.expire_all()
    key = ring.session.get_one(AssetKey, ring.key_id)
    assert (key.alarm, key.alarmed_on) == (None, None)
    tell_lost(ring.session, key_id=ring.key_id, is_lost=True, by=ring.by_manager)
    assert hear(days=5) == 1
    mail = mails.deliver()[-1]
    assert mail.to == "manager-of-A@example.org"
    assert "This key is lost." in mail.text
    assert "member of A" not in mail.text
    retire_key(ring.session, key_id=ring.key_id, by=ring.by_manager)
    assert hear(days=6) == 0


def test_an_alarm_that_is_over_before_its_mail_leaves_is_not_sent(
    ring: Ring, mails: Post, clock: Clock
) -> None:
    clock.now = NOW + 2 * DAY
    sweep(ring.session, now=clock.now)
    ring.pass_to(ring.office)
    ring.session.flush()
    assert mails.deliver() == []


# -- Small things ------------------------------------------------------------------------------


def test_a_holder_is_written_and_read_alike(ring: Ring) -> None:
    for holder in (ring.office, ring.member):
        assert read_holder(write_holder(holder)) == holder
    assert write_holder(Holder()) == ""
    for wrong in ("", "person:", "dog:" + str(ring.key_id), "organisation:x"):
        with pytest.raises(Invalid):
            read_holder(wrong)


def test_a_key_has_a_short_name() -> None:
    assert read_label("  key \n 1 ") == "key 1"
    for wrong in ("", " ", "x" * 41):
        with pytest.raises(Invalid):
            read_label(wrong)


def test_example_keys_go_with_their_history(session: Session, make: Factory) -> None:
    kept, gone = make.asset_key(), make.asset_key(is_example=True)
    for key in (kept, gone):
        make.key_handover(key_id=key.id, receiver_person_id=make.person(is_example=True).id)
    remove_examples(session)
    assert session.scalars(select(AssetKey.id)).all() == [kept.id]
    session.expire_all()
    (left,) = session.scalars(select(KeyHandover))
    assert left.receiver_person_id is None
