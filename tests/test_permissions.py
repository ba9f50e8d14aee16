"""Who may do what: every address, asked by everybody, about everything (threats, T2).

What is expected comes from the one policy table; that the table itself says what it should is
read in `geoapp/people/PERMISSIONS.md` and tested at the end.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from geoapp.app import create_app
from geoapp.assets.tables import Asset
from geoapp.config import Settings
from geoapp.defects.tables import Defect
from geoapp.dialogue.rules import PERMISSION_OF
from geoapp.edge import KEY
from geoapp.people.actions import keep_address
from geoapp.people.rules import (
    POLICY,
    Actor,
    Permission,
    Relation,
    Role,
    Subject,
    may,
    may_ever,
)
from tests.approved_files import PERMISSIONS, describe_permissions
from tests.conftest import CELLS_ASKED, CELLS_WANTED, NOW
from tests.world import Somebody, World

ACTORS = (
    "anonymous",
    "resident",
    "other resident",
    "member of A",
    "manager of A",
    "manager of B",
    "maintainer",
    "officer here",
    "officer there",
    "commission member",
    "mediating team",
    "supporter",
    "moderator",
    "moderator there",
    "moderator of the contractor",
    "administrator",
    "moderator without a code",
    "demoted manager of A",
)


@dataclass(frozen=True)
class Cell:
    """One question of the matrix: this method of this address, about this thing."""

    endpoint: str
    method: str
    path: str
    permission: Permission
    subject: Subject | None


@pytest.fixture(scope="module")
def opened(engine: Engine) -> Iterator[Connection]:
    """A connection on which the world stands; rolled back at the end."""
    with engine.connect() as connection, connection.begin() as outer:
        yield connection
        outer.rollback()


@pytest.fixture(scope="module")
def app(opened: Connection) -> Flask:
    """A demonstration's service on that connection."""
    settings = Settings(background_url="", demo=True)
    return create_app(settings, engine=opened, clock=lambda: NOW)


@pytest.fixture(scope="module")
def world(opened: Connection, app: Flask) -> World:
    """Everybody, and something of each kind."""
    session = Session(opened, join_transaction_mode="create_savepoint", expire_on_commit=False)
    made = World(session, app.extensions[KEY].sealer)
    made.judge_something(app.extensions[KEY].store)
    made.people.make_all()
    session.commit()
    return made


def list_cells(app: Flask, world: World) -> list[Cell]:
    """Every address and method, about each thing it can be asked about."""
    permissions = app.extensions[KEY].permissions
    return [
        Cell(rule.endpoint, method, path, permissions[rule.endpoint], subject)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        for path, subject in list_things(rule, world)
    ]


def list_things(rule: Rule, world: World) -> Iterator[tuple[str, Subject | None]]:
    """What an address can be about, filled in; None: there is no such thing (any more)."""
    if not rule.arguments:
        yield rule.rule, Subject()
        return
    if "<slug>" in rule.rule:
        for slug, subject in list_named(rule, world):
            yield fill(rule, slug=slug), subject
    elif "/defects/<code>" in rule.rule or "/desk/<code>" in rule.rule:
        for defect in world.defects.values():
            yield fill(rule, code=defect.code), subject_of(defect)
    elif "<uuid:picture_id>" in rule.rule or "<uuid:appeal_id>" in rule.rule:
        for defect, picture_id, appeal_id in world.judged:
            path = fill(rule, picture_id=str(picture_id), appeal_id=str(appeal_id))
            yield path, subject_of(defect)
        if "picture_id" in rule.arguments:
            for asset, keeper_id, picture_id in world.sighted:
                yield (
                    fill(rule, picture_id=str(picture_id)),
                    subject_of_place(asset, keeper_id, world),
                )
    else:
        yield from list_places(rule, world)
    yield fill(rule), None


def list_asked(rule: Rule, world: World) -> Iterator[tuple[str, Subject]]:
    """Questions, each as one of its sides is asked about it, and what the mediating team has."""
    askers = {one.id: one.organisation_id for one in world.platforms.values()}
    if "/mediations/" in rule.rule:
        for case in world.cases:
            both = frozenset({askers[case.platform_id]})
            yield fill(rule, code=case.code), Subject(case.district_id, handler_ids=both)
        return
    for row in world.questions:
        asker, asked = askers[row.platform_id], row.organisation_id
        own = frozenset({asked if rule.rule.endswith("/answer") else asker})
        yield fill(rule, code=row.code), Subject(row.district_id, own, frozenset({asker, asked}))


def list_named(rule: Rule, world: World) -> Iterator[tuple[str, Subject]]:
    """The things with a name in their address."""
    if "/platforms/" in rule.rule:
        for slug, platform in world.platforms.items():
            owner = frozenset({platform.organisation_id})
            # Whose file it is does not review it.
            yield slug, Subject(platform.district_id, owner, handler_ids=owner)
    elif "/agreements/" in rule.rule:
        yield from list_agreements(world)
    elif "/areas/" in rule.rule:
        for slug, area in world.areas.items():
            yield slug, Subject(area.district_id, organisation_ids=world.active_in(area))
    elif "/organisations/" in rule.rule:
        for organisation in (world.contractor, world.desk, world.other_desk):
            held = frozenset({organisation.id})
            yield organisation.slug, Subject(organisation.district_id, organisation_ids=held)
    elif "/districts/" in rule.rule:
        for slug, district_id in world.districts.items():
            yield slug, Subject(district_id=district_id)


def list_agreements(world: World) -> Iterator[tuple[str, Subject]]:
    """Agreements, each with its party."""
    for slug, (agreement, party_id) in world.agreements.items():
        yield slug, Subject(agreement.district_id, organisation_ids=frozenset({party_id}))


def list_places(rule: Rule, world: World) -> Iterator[tuple[str, Subject]]:
    """The same for what is asked about a place that one organisation owns, opens and keeps."""
    if "/plans/<code>" in rule.rule:
        for item in world.plans.values():
            held = frozenset({item.organisation_id} if item.organisation_id else ())
            subject = Subject(item.district_id, organisation_ids=held, handler_ids=held)
            yield fill(rule, code=item.code), subject
    elif "/questions/<code>" in rule.rule or "/mediations/<code>" in rule.rule:
        yield from list_asked(rule, world)
    elif "/assets/<code>" in rule.rule or "/q/<code>" in rule.rule:
        for asset, keeper_id in world.assets.values():
            subject = subject_of_place(asset, keeper_id, world)
            # Whoever cleans a place looks after it too, and walks the round.
            if "/inspect" in rule.rule:
                cleaners = frozenset({world.org_b.id})
                subject = replace(subject, organisation_ids=subject.organisation_ids | cleaners)
            yield fill(rule, code=asset.code), subject


def subject_of_place(asset: Asset, keeper_id: uuid.UUID, world: World) -> Subject:
    """Where an asset is, whose it is, and who has a part in it: whoever cleans it as well."""
    return Subject(
        asset.district_id,
        frozenset({keeper_id}),
        handler_ids=frozenset({keeper_id, world.org_b.id}),
    )


def subject_of(defect: Defect) -> Subject:
    """Where a report is, and who handles it."""
    handlers = frozenset({defect.addressee_id})
    return Subject(district_id=defect.district_id, organisation_ids=handlers, handler_ids=handlers)


def fill(rule: Rule, **known: str) -> str:
    """The address with values; those not `known` stand for nothing there is."""
    nothing = {
        "uuid": "00000000-0000-0000-0000-000000000000",
        "int": "1",
    }
    path = rule.rule
    for name in rule.arguments:
        for kind in ("", "uuid:", "int:", "path:"):
            value = known.get(name, nothing.get(kind.rstrip(":"), "GN-234"))
            path = path.replace(f"<{kind}{name}>", value)
    assert "<" not in path, path
    return path


def expect(somebody: Somebody, cell: Cell) -> set[int] | None:
    """The statuses the policy asks for; None: any but a refusal or an error of ours."""
    actor = somebody.actor
    refusal = {401} if actor.person_id is None or _sleeps(actor, cell.permission) else {403}
    if not may_ever(actor, cell.permission):
        return refusal
    # A list is about nothing yet: it holds what each may see, which its own tests look at.
    if cell.subject == Subject():
        return None
    own = {Relation.SELF, Relation.ANY}
    if set(POLICY[cell.permission].values()) <= own:
        return None
    if cell.subject is None:
        return {404}
    return None if may(actor, cell.permission, cell.subject) else refusal


def _sleeps(actor: Actor, permission: Permission) -> bool:
    return any(seat.role in POLICY[permission] for seat in actor.dormant)


@pytest.mark.parametrize("name", ACTORS)
def test_everybody_may_exactly_what_the_policy_says(
    name: str,
    app: Flask,
    world: World,
    opened: Connection,
    record_property: Callable[[str, object], None],
) -> None:
    somebody = world.people[name]
    wrong = []
    cells = list_cells(app, world)
    for cell in cells:
        client = app.test_client()
        is_machine = cell.endpoint.startswith("api.")
        if not is_machine:
            somebody.enter(client)
        headers = somebody.headers if is_machine else {}
        # Released each time: thousands of savepoints in one another would hold a lock each.
        opened.exec_driver_sql("SAVEPOINT cell")
        status = client.open(cell.path, method=cell.method, headers=headers).status_code
        opened.exec_driver_sql("ROLLBACK TO SAVEPOINT cell")
        opened.exec_driver_sql("RELEASE SAVEPOINT cell")
        wanted = expect(somebody, cell)
        is_right = status in wanted if wanted else status not in {401, 403} and status < 500
        # No form came along, so no token: whatever may be changed here is not.
        if wanted is None and cell.method == "POST" and not is_machine:
            is_right = status in {400, 404}
        if not is_right:
            wrong.append(f"{cell.method} {cell.path}: {status}, not {wanted or 'allowed'}")
    record_property(CELLS_ASKED, len(cells))
    assert not wrong, "\n".join(wrong)


def test_no_cell_of_the_matrix_is_left_out(
    app: Flask, world: World, record_property: Callable[[str, object], None]
) -> None:
    cells = list_cells(app, world)
    asked = {(cell.endpoint, cell.method) for cell in cells}
    there = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    record_property(CELLS_WANTED, len(cells) * len(ACTORS))
    assert asked == there


def test_the_matrix_asks_for_everybody_there_is(world: World) -> None:
    assert set(ACTORS) == set(world.people)
    held = {seat.role for person in world.people.values() for seat in person.actor.seats}
    assert held | {Role.ANONYMOUS, Role.RESIDENT} == set(Role)


def test_every_permission_is_demanded_somewhere_and_given_to_somebody(app: Flask) -> None:
    demanded = set(app.extensions[KEY].permissions.values()) | set(PERMISSION_OF.values())
    assert demanded == set(Permission) == set(POLICY)
    assert all(POLICY.values())


def test_the_written_table_is_the_one_in_force() -> None:
    # A change that was meant: python -m tests.approved_files
    assert PERMISSIONS.read_text(encoding="utf-8") == describe_permissions()


# -- Nothing personal outside (T4) -------------------------------------------------------------


ABOUT = ("asset", "/q/", "key", "agreement", "account")


@pytest.fixture(scope="module")
def hidden(world: World) -> frozenset[str]:
    """A key that somebody has, at each place, and the scan of each agreement; what nobody may
    see of them."""
    canaries, custodian_id = {"canary-key"}, world.people["manager of A"].person_id
    for asset, _ in world.assets.values():
        key = world.make.asset_key(district_id=asset.district_id, label="canary-key")
        world.make.key_asset(key_id=key.id, asset_id=asset.id)
        world.make.key_handover(key_id=key.id, receiver_person_id=custodian_id)
        canaries.add(str(key.id))
    for agreement, _ in world.agreements.values():
        sealed = world.sealer.seal_file(b"%PDF- canary-scan")
        world.make.agreement_scan(agreement_id=agreement.id, sealed=sealed)
        for asset, _ in world.assets.values():
            if asset.district_id == agreement.district_id:
                world.make.agreement_asset(agreement_id=agreement.id, asset_id=asset.id)
    world.session.commit()
    return frozenset(canaries | {"canary-scan"})


@pytest.mark.parametrize("name", ["resident", "manager of B", "member of A", "officer there"])
def test_who_does_not_manage_a_place_reads_nothing_of_its_keys_or_its_paper(
    name: str, app: Flask, world: World, hidden: frozenset[str]
) -> None:
    theirs = {world.there.id} if name == "officer there" else set()
    client, machine = app.test_client(), app.test_client()
    world.people[name].enter(client)
    found, read = [], 0
    for cell in list_cells(app, world):
        is_about = any(word in cell.path for word in ABOUT)
        if cell.method != "GET" or not is_about:
            continue
        if cell.subject is not None and cell.subject.district_id in theirs:
            continue
        asker = machine if cell.path.startswith("/api") else client
        answer = asker.get(cell.path, headers=world.people[name].headers)
        read += answer.status_code == 200
        words = answer.data.decode(errors="replace") + str(answer.headers)
        found += [f"{cell.path}: {canary}" for canary in hidden if canary in words]
    assert read > 8
    assert found == []


def test_nothing_of_anybody_stands_in_any_anonymous_answer(
    app: Flask, world: World, hidden: frozenset[str]
) -> None:
    session, here = world.session, world.defects["own"]
    address_id = keep_address(
        session, sealer=world.sealer, address="canary-follower@example.org", language="en"
    )
    world.make.defect_follower(
        defect_id=here.id, address_id=address_id, confirmed_at=NOW, is_reporter=True
    )
    people = [person for person in world.people.values() if person.person_id]
    contact = world.make.contact(
        district_id=world.here.id,
        organisation_id=world.contractor.id,
        person_id=people[0].person_id,
        deputy_id=people[1].person_id,
    )
    world.make.contact_scope(contact_id=contact.id)
    mailbox_id = keep_address(
        session, sealer=world.sealer, address="canary-mailbox@example.org", language="en"
    )
    world.contractor.mailbox_id = mailbox_id
    world.contractor.reads_along = False
    session.commit()
    canaries = hidden | {"canary-follower", str(address_id), "canary-mailbox", str(mailbox_id)}
    for person in people:
        canaries |= {f"{person.name.replace(' ', '-')}@example.org", str(person.person_id)}
        canaries |= {f">{person.name}<", f'"{person.name}"', person.key, person.token}
    client = app.test_client()
    found, read = [], 0
    for cell in list_cells(app, world):
        if cell.method != "GET":
            continue
        for headers in ({}, {"Accept": "application/json"}):
            answer = client.get(f"{cell.path}?lang=en", headers=headers)
            words = answer.data.decode(errors="replace") + str(answer.headers)
            read += answer.status_code == 200
            found += [f"{cell.path}: {canary}" for canary in canaries if canary in words]
    assert read > 50
    assert found == []
