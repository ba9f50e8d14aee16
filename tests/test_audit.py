"""The audit finds a flipped byte and forgets a person (T42); four eyes are two people (T41)."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from threading import Barrier
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, Table, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.cli import main as command
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine, transaction
from geoapp.errors import Conflict, NotAllowed, NotFound
from geoapp.ledger.audit import (
    forget_link,
    forget_person,
    forget_persons_before,
    list_doings,
    list_entries,
    record_change,
    record_refusal,
    verify_all,
    verify_chain,
)
from geoapp.ledger.chain import (
    SECRET_LINK,
    Deed,
    Doer,
    FaultKind,
    Thing,
    Told,
    keep_different,
    write_canonical,
)
from geoapp.ledger.four_eyes import ask_second, list_open, settle_second
from geoapp.ledger.rules import Verdict
from geoapp.ledger.tables import AuditEntry
from tests.conftest import NOW

RENAMED = Deed("edit", {"name": "Old", "kind": "bench"}, {"name": "New", "kind": "bench"})


def some_thing() -> Thing:
    """A thing nobody has changed."""
    return Thing("asset", uuid.uuid4())


def somebody() -> Doer:
    """A person who signed in."""
    return Doer(uuid.uuid4(), "platform_manager", acting_for="support-circle")


def record(session: Session, thing: Thing, doer: Doer, deed: Deed = RENAMED) -> int:
    """One change, now."""
    return record_change(session, thing=thing, doer=doer, deed=deed, now=NOW)


@pytest.fixture(scope="module")
def url(make_database: Callable[[str], str]) -> str:
    """Address of a database in which rows are really committed."""
    made = make_database("audit")
    engine = make_engine(made)
    migrate(engine, metadata())
    engine.dispose()
    return made


@pytest.fixture(scope="module")
def own_engine(url: str) -> Iterator[Engine]:
    """An engine on it."""
    made = make_engine(url)
    yield made
    made.dispose()


# -- Writing and reading -------------------------------------------------------------------------


def test_only_what_differs_is_kept_and_read_back_with_who_did_it(session: Session) -> None:
    thing, doer = some_thing(), somebody()
    assert record(session, thing, doer) == 1
    (entry,) = list_entries(session, thing=thing, limit=10)
    assert entry.told == Told({"name": "Old"}, {"name": "New"})
    assert (entry.doer, entry.action, entry.at, entry.thing) == (doer, "edit", NOW, thing)
    assert not entry.is_refused


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ({"a": 1}, {"a": 1}, ({}, {})),
        ({"a": 1}, {"a": True}, ({"a": 1}, {"a": True})),
        ({"a": None}, {}, ({"a": None}, {})),
        ({}, {"a": None}, ({}, {"a": None})),
        ({"a": date(2026, 1, 2)}, {"a": "2026-01-02"}, ({}, {})),
        (
            {"a": Decimal("1.0")},
            {"a": Decimal("1.00")},
            ({"a": Decimal("1.0")}, {"a": Decimal("1.00")}),
        ),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}}, ({}, {})),
    ],
)
def test_values_differ_as_they_are_written(
    before: dict[str, Any], after: dict[str, Any], kept: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    assert keep_different(Deed("edit", before, after)) == Told(*kept)


def test_a_value_that_would_not_come_back_is_refused() -> None:
    with pytest.raises(TypeError, match="keeps no object"):
        write_canonical({"a": object()})
    with pytest.raises(ValueError, match="Out of range"):
        write_canonical({"a": float("nan")})


def test_a_refused_attempt_stands_in_the_same_chain_with_its_reason(session: Session) -> None:
    thing, doer = some_thing(), somebody()
    record(session, thing, doer)
    record_refusal(session, thing=thing, doer=doer, action="remove", reason="not_manager", now=NOW)
    newest, _ = list_entries(session, thing=thing, limit=10)
    assert (newest.position, newest.action, newest.is_refused) == (2, "remove", True)
    assert newest.told == Told({}, {}, "not_manager")
    assert verify_chain(session, thing=thing) == []


def test_entries_are_listed_in_pages_newest_first(session: Session) -> None:
    thing, doer = some_thing(), somebody()
    for _ in range(7):
        record(session, thing, doer)
    record(session, some_thing(), doer)
    pages, before = [], None
    while page := list_entries(session, thing=thing, before_position=before, limit=3):
        pages.append([entry.position for entry in page])
        before = page[-1].position
        assert len(pages) < 9
    assert pages == [[7, 6, 5], [4, 3, 2], [1]]


def test_a_person_sees_what_they_did_and_nothing_of_others(session: Session) -> None:
    mine, other = somebody(), somebody()
    things = [some_thing() for _ in range(3)]
    for thing in things:
        record(session, thing, mine)
        record(session, thing, other, Deed("invite", {}, {"role": "x"}, about=mine.person_id))
    assert mine.person_id is not None
    done = list_doings(session, person_id=mine.person_id, limit=2)
    assert [entry.thing for entry in done] == [things[2], things[1]]
    assert {entry.action for entry in done} == {"edit"}


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=20, deadline=None)
@given(st.dictionaries(st.text(), values, max_size=4))
@example({"\x00": "\ud800", "é": 1e300, "E": 10**30, "a": [-0.0, 1.0, 1, True, {"": None}]})
def test_any_content_comes_back_and_verifies(own_engine: Engine, content: dict[str, Any]) -> None:
    thing = some_thing()
    with Session(own_engine) as session:
        record(session, thing, somebody(), Deed("edit", {}, content))
        (entry,) = list_entries(session, thing=thing, limit=1)
        assert entry.told is not None
        assert write_canonical(entry.told.after) == write_canonical(content)
        assert entry.told.after == content
        assert verify_chain(session, thing=thing) == []


# -- Verifying -----------------------------------------------------------------------------------


def do_at_random(session: Session, random: Random, thing: Thing, doers: list[Doer]) -> None:
    """A change or a refusal, or a person is erased."""
    doer = random.choice(doers)
    later = NOW + timedelta(seconds=random.randrange(-1000, 1000), microseconds=random.randrange(9))
    match random.randrange(6):
        case 0:
            record_refusal(session, thing=thing, doer=doer, action="edit", reason="no", now=later)
        case 1 if doer.person_id:
            forget_person(session, person_id=doer.person_id, with_words=random.random() < 0.5)
        case _:
            deed = Deed("edit", {"n": random.random()}, {"n": random.random()})
            record_change(session, thing=thing, doer=doer, deed=deed, now=later)


@pytest.mark.parametrize("at_once", [1, 3, 1000])
def test_30_random_changes_on_three_things_verify(session: Session, at_once: int) -> None:
    random = Random(at_once)  # noqa: S311  made-up changes
    things, doers = [some_thing() for _ in range(3)], [somebody(), somebody(), SECRET_LINK]
    for number in range(30):
        do_at_random(session, random, things[number % 3], doers)
    assert list(verify_all(session, at_once=at_once)) == []
    assert [verify_chain(session, thing=thing) for thing in things] == [[], [], []]


AUDIT_TABLES = [metadata().tables[name] for name in ("audit_chain", "audit_entry", "audit_part")]
CHANGED = {
    "UUID": "md5(coalesce({0}::text, ''))::uuid",
    "TEXT": "chr(ascii({0}) # 1) || substr({0}, 2)",
    "VARCHAR(24)": "CASE {0} WHEN 'who' THEN 'what' ELSE 'who' END",
    "BYTEA": "set_byte({0}, 31, get_byte({0}, 31) # 1)",
    "INTEGER": "{0} + 10",
    "TIMESTAMP WITH TIME ZONE": "{0} + interval '1 microsecond'",
    "BOOLEAN": "NOT {0}",
}
COLUMNS = [
    pytest.param(table, column.name, erased, id=f"{table.name}.{column.name}, {erased} erased")
    for table in AUDIT_TABLES
    for column in table.c
    for erased in (("who", "what") if table.name == "audit_part" else ("nothing",))
]


UNGUARDED = (
    "ALTER TABLE audit_entry DISABLE TRIGGER USER",
    "ALTER TABLE audit_part DISABLE TRIGGER USER",
    "ALTER TABLE audit_entry DROP CONSTRAINT fk_audit_entry_thing_kind",
    "ALTER TABLE audit_part DROP CONSTRAINT fk_audit_part_entry_id",
)
GUARDS_BACK = (
    "ALTER TABLE audit_entry ENABLE TRIGGER USER",
    "ALTER TABLE audit_part ENABLE TRIGGER USER",
)


def execute(session: Session, *statements: str) -> None:
    """Each of them, in order."""
    for statement in statements:
        session.execute(text(statement))


def change_one(session: Session, table: Table, column: str, where: str) -> None:
    """Change one value; the guards must be down."""
    kind = str(table.c[column].type.compile(dialect=session.get_bind().dialect))
    done = session.execute(
        text(
            f"UPDATE {table.name} SET {column} = {CHANGED[kind].format(column)} WHERE {where}"  # noqa: S608  names of our own tables
            f" RETURNING {column}"
        )
    )
    assert len(done.all()) == 1


@pytest.mark.parametrize(("table", "column", "erased"), COLUMNS)
def test_one_flipped_byte_is_found(
    session: Session, table: Table, column: str, erased: str
) -> None:
    thing, doer = some_thing(), somebody()
    for target in (some_thing(), thing, thing, thing, some_thing()):
        record(session, target, doer)
    middle = session.scalars(
        select(AuditEntry.id).where(AuditEntry.thing_id == thing.id, AuditEntry.position == 2)
    ).one()
    # With the other part erased, so that one part may even become the other.
    session.execute(text(f"DELETE FROM audit_part WHERE part = '{erased}'"))  # noqa: S608
    assert list(verify_all(session)) == []
    where = {
        "audit_chain": f"thing_id = '{thing.id}'",
        "audit_entry": f"id = '{middle}'",
        "audit_part": f"entry_id = '{middle}'",
    }
    execute(session, *UNGUARDED)
    change_one(session, table, column, where[table.name])
    assert list(verify_all(session)) != []


FAULTS = {
    FaultKind.GAP: "DELETE FROM audit_entry WHERE position = 1",
    FaultKind.PREVIOUS: "UPDATE audit_entry SET previous = digest WHERE position = 2",
    FaultKind.DIGEST: "UPDATE audit_entry SET action = 'praise' WHERE position = 2",
    FaultKind.WHO: "UPDATE audit_part SET salt = sha256(salt) WHERE part = 'who'",
    FaultKind.WHAT: "UPDATE audit_part SET content = '{}' WHERE part = 'what'",
    FaultKind.HEAD: "DELETE FROM audit_entry WHERE position = 3",
    FaultKind.NO_CHAIN: "DELETE FROM audit_chain",
    FaultKind.NO_ENTRY: "DELETE FROM audit_part; DELETE FROM audit_entry",
    FaultKind.STRAY_PART: "DELETE FROM audit_chain; DELETE FROM audit_entry",
}


@pytest.mark.parametrize("kind", FaultKind)
def test_each_fault_is_called_what_it_is(session: Session, kind: FaultKind) -> None:
    thing = some_thing()
    for _ in range(3):
        record(session, thing, somebody())
    execute(session, *UNGUARDED, *FAULTS[kind].split(";"))
    found = list(verify_all(session))
    assert kind in {fault.kind for fault in found}
    if kind is not FaultKind.STRAY_PART:
        assert found == verify_chain(session, thing=thing) + [f for f in found if f.thing is None]
        assert str(thing.id) in str(found[0])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET action = 'praise'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry CASCADE",
        "TRUNCATE audit_chain CASCADE",
        "DELETE FROM audit_chain",
        "UPDATE audit_part SET content = '{}'",
    ],
)
def test_what_was_written_cannot_be_unwritten(session: Session, statement: str) -> None:
    record(session, some_thing(), somebody())
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text(statement))


def test_the_command_tells_each_fault_and_ends_with_1(url: str, own_engine: Engine) -> None:
    thing, other = some_thing(), some_thing()
    with transaction(own_engine) as session:
        record(session, thing, somebody())
        record(session, other, somebody())

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(command, ["audit", "verify", *words], env={"DATABASE_URL": url})
        return done.exit_code, done.output

    def flip() -> None:
        with transaction(own_engine) as session:
            execute(session, *UNGUARDED[:2])
            change_one(session, AUDIT_TABLES[1], "what_digest", f"thing_id = '{thing.id}'")
            execute(session, *GUARDS_BACK)

    whole = (0, "The audit is as it was written.\n")
    assert run() == run("--thing", "asset", str(thing.id)) == whole
    flip()
    lines = [f"asset {thing.id}, entry 1: {kind}" for kind in (FaultKind.DIGEST, FaultKind.WHAT)]
    try:
        assert run() == run("--thing", "asset", str(thing.id)) == (1, "\n".join([*lines, ""]))
        assert run("--thing", "asset", str(other.id)) == whole
    finally:
        flip()
    code, said = run("--thing", "unicorn", str(thing.id))
    assert (code, "Nothing is recorded of unicorn" in said) == (1, True)


# -- Erasing -------------------------------------------------------------------------------------


def find_id(session: Session, wanted: uuid.UUID) -> list[str]:
    """The tables in any row of which an id stands, however it is written."""
    session.flush()
    return [
        name
        for name in metadata().tables
        if session.scalar(
            text(f"SELECT count(*) FROM \"{name}\" AS t WHERE t::text ~ '{wanted}|{wanted.hex}'")  # noqa: S608  our own names
        )
    ]


def test_erasing_a_person_leaves_the_chain_valid_and_their_id_nowhere(session: Session) -> None:
    thing, doer, other = some_thing(), somebody(), somebody()
    assert doer.person_id is not None
    assert other.person_id is not None
    person, second = doer.person_id, other.person_id
    record(session, thing, doer)
    record(session, thing, other)
    invited = {"person": person, "role": "desk"}
    record(session, thing, other, Deed("invite", {}, invited, about=person))
    ask: dict[str, Any] = {"session": session, "thing": thing, "now": NOW}
    settle: dict[str, Any] = {"session": session, "verdict": Verdict.CONFIRMED, "now": NOW}
    theirs = ask_second(**ask, action="close", payload={"why": "tired"}, by=person)
    settle_second(**settle, look_id=theirs.id, by=second)
    looked_at = ask_second(**ask, action="move", payload={"to": "x"}, by=second)
    settle_second(**settle, look_id=looked_at.id, by=person)
    ask_second(**ask, action="remove", payload={}, by=person)
    ask_second(**ask, action="dismiss", payload={"who": str(person)}, by=second)
    kept = ask_second(**ask, action="paint", payload={"colour": "green"}, by=second)
    assert set(find_id(session, person)) == {"audit_part", "second_look"}

    assert forget_person(session, person_id=person) == 6
    assert find_id(session, person) == []
    assert list(verify_all(session)) == []
    invite, edit, first = list_entries(session, thing=thing, limit=10)
    assert (invite.doer, invite.told) == (other, None)
    assert (edit.doer, edit.told) == (other, Told({"name": "Old"}, {"name": "New"}))
    assert (first.doer, first.told) == (None, Told({"name": "Old"}, {"name": "New"}))
    assert list_doings(session, person_id=person, limit=10) == []
    session.expire_all()
    assert (theirs.asked_by, theirs.settled_by, theirs.payload) == (None, second, {})
    assert (looked_at.asked_by, looked_at.settled_by) == (second, None)
    assert looked_at.payload == {"to": "x"}
    assert list_open(session, thing_kind="asset", limit=10) == [kept]
    forget_person(session, person_id=second)
    assert find_id(session, second) == []


def test_a_person_can_be_erased_with_their_words(session: Session) -> None:
    thing, doer, other = some_thing(), somebody(), somebody()
    record(session, thing, doer)
    record(session, thing, other)
    assert doer.person_id is not None
    assert forget_person(session, person_id=doer.person_id, with_words=True) == 2
    newest, oldest = list_entries(session, thing=thing, limit=10)
    assert newest.told is not None
    assert (oldest.doer, oldest.told) == (None, None)
    assert verify_chain(session, thing=thing) == []


@pytest.mark.parametrize("with_words", [False, True])
def test_the_links_of_one_thing_are_erased_and_no_other(
    session: Session, *, with_words: bool
) -> None:
    thing, other = some_thing(), some_thing()
    for doer in (SECRET_LINK, somebody(), Doer(None, "command")):
        record(session, thing, doer)
        record(session, other, doer)
    assert forget_link(session, thing=thing, with_words=with_words) == 1 + with_words
    of_command, of_person, of_link = list_entries(session, thing=thing, limit=10)
    assert (of_link.doer, of_link.told is None) == (None, with_words)
    assert None not in (of_command.doer, of_command.told, of_person.doer, of_person.told)
    assert all(entry.doer and entry.told for entry in list_entries(session, thing=other, limit=9))
    assert list(verify_all(session)) == []


def test_what_came_by_a_link_is_found_to_be_erased_after_persons_were_forgotten(
    session: Session,
) -> None:
    thing, doer = some_thing(), somebody()
    record(session, thing, SECRET_LINK)
    record(session, thing, doer)
    assert forget_persons_before(session, before=NOW + timedelta(days=1)) == 1
    assert doer.person_id is not None
    assert find_id(session, doer.person_id) == []
    assert forget_link(session, thing=thing, with_words=True) == 2
    of_person, of_link = list_entries(session, thing=thing, limit=10)
    assert (of_person.doer, of_link.doer, of_link.told) == (None, None, None)
    assert verify_chain(session, thing=thing) == []


# -- At once -------------------------------------------------------------------------------------


def test_writers_on_one_thing_queue_and_each_gets_a_place_of_its_own(own_engine: Engine) -> None:
    thing, writers = some_thing(), 6
    together = Barrier(writers)

    def write(_: int) -> int:
        together.wait()
        with transaction(own_engine) as session:
            return record(session, thing, somebody())

    with ThreadPoolExecutor(writers) as pool:
        assert sorted(pool.map(write, range(writers))) == [1, 2, 3, 4, 5, 6]
    with Session(own_engine) as session:
        assert verify_chain(session, thing=thing) == []


def test_a_writer_on_another_thing_does_not_wait(own_engine: Engine) -> None:
    thing, other = some_thing(), some_thing()
    with Session(own_engine) as first, Session(own_engine) as second:
        record(first, thing, somebody())
        second.execute(text("SET LOCAL lock_timeout = '50ms'"))
        assert record(second, other, somebody()) == 1
        with pytest.raises(OperationalError, match="lock timeout"):
            record(second, thing, somebody())


def test_what_is_rolled_back_leaves_no_entry(own_engine: Engine) -> None:
    thing = some_thing()
    with transaction(own_engine) as session:
        record(session, thing, somebody())
    with Session(own_engine) as session:
        record(session, thing, somebody())
        session.rollback()
    with transaction(own_engine) as session:
        assert record(session, thing, somebody()) == 2
        assert verify_chain(session, thing=thing) == []


def test_a_chain_verifies_while_it_grows(own_engine: Engine) -> None:
    things = [some_thing() for _ in range(2)]

    def grow(thing: Thing) -> None:
        for _ in range(15):
            with transaction(own_engine) as session:
                record(session, thing, somebody())

    with ThreadPoolExecutor(2) as pool, Session(own_engine) as reader:
        growing = [pool.submit(grow, thing) for thing in things]
        while not all(work.done() for work in growing):
            found = [*verify_all(reader, at_once=2)]
            assert found == []
            reader.rollback()
        for work in growing:
            work.result()


# -- Four eyes -----------------------------------------------------------------------------------


def test_nobody_settles_what_they_asked_for(session: Session) -> None:
    asker = uuid.uuid4()
    look = ask_second(session, thing=some_thing(), action="pay", payload={}, by=asker, now=NOW)
    with pytest.raises(NotAllowed, match="yourself"):
        settle_second(session, look_id=look.id, by=asker, verdict=Verdict.CONFIRMED, now=NOW)
    assert look.verdict is None
    with pytest.raises(IntegrityError, match="ck_second_look_second"), session.begin_nested():
        session.execute(
            text(
                "UPDATE second_look SET settled_by = asked_by, settled_at = now(),"
                " verdict = 'confirmed'"
            )
        )


@pytest.mark.parametrize("verdict", Verdict)
def test_a_second_person_settles_it_once_and_it_can_be_asked_again(
    session: Session, verdict: Verdict
) -> None:
    thing, asker, second = some_thing(), uuid.uuid4(), uuid.uuid4()

    def ask() -> Any:
        payload = {"amount_cents": 900_000}
        return ask_second(session, thing=thing, action="pay", payload=payload, by=asker, now=NOW)

    look = ask()
    with pytest.raises(Conflict, match="waits"):
        ask()
    settled = settle_second(session, look_id=look.id, by=second, verdict=verdict, now=NOW)
    assert (settled.settled_by, settled.settled_at, settled.verdict) == (second, NOW, verdict)
    assert settled.payload == {"amount_cents": 900_000}
    with pytest.raises(Conflict, match="settled"):
        settle_second(session, look_id=look.id, by=uuid.uuid4(), verdict=verdict, now=NOW)
    again = ask()
    assert list_open(session, thing_kind="asset", limit=5) == [again]


def test_what_nobody_asked_for_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        settle_second(
            session,
            look_id=uuid.uuid4(),
            by=uuid.uuid4(),
            verdict=Verdict.REFUSED,
            now=NOW,
        )


def test_of_many_who_settle_at_once_one_does_and_never_the_asker(own_engine: Engine) -> None:
    asker = uuid.uuid4()
    people = [asker, asker, *(uuid.uuid4() for _ in range(4))]
    together = Barrier(len(people), timeout=30)
    look_ids: list[uuid.UUID] = []
    for _ in range(5):
        with transaction(own_engine) as session:
            look = ask_second(
                session, thing=some_thing(), action="pay", payload={}, by=asker, now=NOW
            )
            look_ids.append(look.id)

    def settle(by: uuid.UUID) -> list[uuid.UUID]:
        won = []
        for look_id in look_ids:
            together.wait()
            try:
                with transaction(own_engine) as session:
                    settle_second(
                        session, look_id=look_id, by=by, verdict=Verdict.CONFIRMED, now=NOW
                    )
            except (Conflict, NotAllowed):
                continue
            won.append(look_id)
        return won

    with ThreadPoolExecutor(len(people)) as pool:
        won = list(pool.map(settle, people))
    assert won[:2] == [[], []]
    assert sorted(look_id for ids in won for look_id in ids) == sorted(look_ids)


def test_of_many_who_ask_at_once_one_does(own_engine: Engine) -> None:
    thing, askers = some_thing(), 6
    together = Barrier(askers, timeout=30)

    def ask(_: int) -> bool:
        together.wait()
        try:
            with transaction(own_engine) as session:
                ask_second(session, thing=thing, action="pay", payload={}, by=uuid.uuid4(), now=NOW)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(askers) as pool:
        assert list(pool.map(ask, range(askers))).count(True) == 1
