"""Messages leave once for each cause, whatever dies and however long nobody answers (T66)."""

import logging
import os
import signal
import smtplib
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, event, func, select
from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.cli import main as command
from geoapp.config import PROJECT_DIR
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine, transaction
from geoapp.outbox import worker
from geoapp.outbox.actions import (
    hold_message,
    post_message,
    retry_given_up,
    sweep_sent,
    take_due,
)
from geoapp.outbox.mails import FolderMailer, Mail, list_caught
from geoapp.outbox.queries import count_given_up, count_waiting
from geoapp.outbox.rules import (
    FEWEST_TRIES,
    GIVE_UP_AFTER,
    LEASE,
    LONGEST_WAIT,
    Message,
    next_try,
)
from geoapp.outbox.tables import OutboxMessage
from geoapp.outbox.worker import run, run_once
from tests.conftest import NOW
from tests.factories import REPORTED_AT, Factory

MINUTE = timedelta(minutes=1)
CANARY = "canary@example.org"


@pytest.fixture(scope="module")
def url(make_database: Callable[[str], str]) -> str:
    """Address of a database in which rows are really committed."""
    made = make_database("outbox")
    engine = make_engine(made)
    migrate(engine, metadata())
    engine.dispose()
    return made


def sweep_nothing(_session: Session, *, now: datetime) -> None:
    """Nothing is over."""
    del now


@pytest.fixture
def own_engine(url: str) -> Iterator[Engine]:
    """An engine on it, with nothing posted."""
    made = make_engine(url)
    with transaction(made) as session:
        session.query(OutboxMessage).delete()
    yield made
    made.dispose()


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Receiver:
    """Counts what arrives; `refuses` holds what it raises instead."""

    def __init__(self) -> None:
        self.arrived: Counter[str] = Counter()
        self.tried_at: list[datetime] = []
        self.refuses: Exception | None = None
        self._lock = threading.Lock()

    def __call__(self, _session: Session, message: Message) -> None:
        if self.refuses is not None:
            raise self.refuses
        with self._lock:
            self.arrived[message.payload["number"]] += 1


def post(session: Session, number: int = 1, *, now: datetime = NOW) -> bool:
    return post_message(
        session,
        kind="trial",
        payload={"number": str(number)},
        once_key=f"trial {number}",
        now=now,
    )


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(OutboxMessage)) or 0


# -- Posting -----------------------------------------------------------------------------------


def test_what_is_rolled_back_posts_nothing(own_engine: Engine) -> None:
    with Session(own_engine) as session:
        assert post(session)
        session.rollback()
    receiver = Receiver()
    assert run_once(own_engine, {"trial": receiver}, clock=Clock()) == 0
    with transaction(own_engine) as session:
        assert post(session)
    assert run_once(own_engine, {"trial": receiver}, clock=Clock()) == 1


def test_a_cause_posts_once_also_after_it_was_sent(
    session: Session, connection: Connection
) -> None:
    assert post(session)
    assert not post(session)
    session.commit()
    receiver = Receiver()
    run_once(connection, {"trial": receiver}, clock=Clock())
    assert not post(session)
    run_once(connection, {"trial": receiver}, clock=Clock())
    assert receiver.arrived == {"1": 1}


def test_of_twenty_that_post_one_cause_at_once_one_does(own_engine: Engine) -> None:
    start = threading.Barrier(20)
    engine = own_engine.execution_options()

    def try_to_post(_: int) -> bool:
        start.wait()
        with transaction(engine) as session:
            return post(session)

    with ThreadPoolExecutor(20) as threads:
        posted = list(threads.map(try_to_post, range(20)))
    assert Counter(posted) == {True: 1, False: 19}
    with transaction(own_engine) as session:
        assert count(session) == 1


# -- Trying again ------------------------------------------------------------------------------


def message_of(*, attempts: int, created_at: datetime = NOW) -> Message:
    return Message(OutboxMessage().id, "trial", {}, attempts, created_at)


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [(0, 1), (1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60), (10_000, 60)],
)
def test_the_wait_doubles_from_a_minute_to_an_hour(attempts: int, minutes: int) -> None:
    assert next_try(message_of(attempts=attempts), now=NOW) == NOW + minutes * MINUTE


@pytest.mark.parametrize(
    ("attempts", "age", "goes_on"),
    [
        (FEWEST_TRIES, GIVE_UP_AFTER, False),
        (500, GIVE_UP_AFTER - MINUTE, True),
        (FEWEST_TRIES - 1, 10 * GIVE_UP_AFTER, True),
        (500, 10 * GIVE_UP_AFTER, False),
    ],
)
def test_a_message_is_given_up_when_it_is_old_and_had_its_chances(
    attempts: int, age: timedelta, *, goes_on: bool
) -> None:
    message = message_of(attempts=attempts, created_at=NOW - age)
    assert (next_try(message, now=NOW) is not None) is goes_on


def test_a_message_is_tried_when_its_time_has_come_and_not_before(
    session: Session, connection: Connection
) -> None:
    post(session)
    session.commit()
    clock, tried = Clock(), []

    def refuse(_session: Session, _message: Message) -> NoReturn:
        tried.append(clock.now)
        raise ConnectionRefusedError

    while clock.now < NOW + timedelta(hours=3):
        run_once(connection, {"trial": refuse}, clock=clock)
        clock.now += MINUTE
    waits = [(later - earlier) / MINUTE for earlier, later in zip(tried, tried[1:], strict=False)]
    assert waits == [1, 2, 4, 8, 16, 32, 60]


def test_a_mail_server_that_is_down_for_two_hours_gets_every_mail_once(
    session: Session, connection: Connection
) -> None:
    clock, receiver = Clock(), Receiver()
    receiver.refuses = smtplib.SMTPServerDisconnected("down")
    back = NOW + timedelta(hours=2)
    number = 0
    while clock.now < back + LONGEST_WAIT + MINUTE:
        if clock.now < back:
            number += 1
            post(session, number, now=clock.now)
            session.commit()
        else:
            receiver.refuses = None
        run_once(connection, {"trial": receiver}, clock=clock)
        clock.now += 10 * MINUTE
    assert receiver.arrived == {str(n): 1 for n in range(1, 13)}
    assert count_waiting(session) == 0


def test_what_nobody_takes_for_three_days_is_given_up_counted_and_said(
    session: Session,
    connection: Connection,
    own_client: FlaskClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    post(session)
    session.commit()
    clock, receiver = Clock(), Receiver()
    receiver.refuses = smtplib.SMTPRecipientsRefused({CANARY: (550, CANARY.encode())})
    while clock.now <= NOW + GIVE_UP_AFTER:
        run_once(connection, {"trial": receiver}, clock=clock)
        clock.now += GIVE_UP_AFTER / 9
    assert (count_waiting(session), count_given_up(session)) == (0, 1)
    figures = own_client.get("/metrics").text.splitlines()
    assert {"geoapp_outbox_waiting 0", "geoapp_outbox_given_up 1"} <= set(figures)
    last = [record for record in caplog.records if record.name == worker.log.name][-1]
    assert last.levelno == logging.ERROR
    assert last.getMessage().endswith("(trial) is given up: SMTPRecipientsRefused")
    assert CANARY not in caplog.text

    receiver.refuses = None
    assert run_once(connection, {"trial": receiver}, clock=clock) == 0
    assert retry_given_up(session, now=clock.now) == 1
    session.commit()
    assert run_once(connection, {"trial": receiver}, clock=clock) == 1
    assert count_given_up(session) == 0


def test_of_what_went_wrong_only_the_class_is_kept(
    session: Session, connection: Connection
) -> None:
    post(session)
    session.commit()
    receiver = Receiver()
    receiver.refuses = ValueError(CANARY)
    run_once(connection, {"trial": receiver}, clock=Clock())
    row = session.scalars(select(OutboxMessage)).one()
    assert (row.last_error, row.attempts, row.leased_until) == ("ValueError", 1, None)
    stored = {column.name: getattr(row, column.name) for column in OutboxMessage.__table__.c}
    assert CANARY not in str(stored)


def test_what_cannot_be_sent_holds_up_nothing_else(
    session: Session, connection: Connection, make: Factory
) -> None:
    make.outbox_message(kind="unknown", due_at=REPORTED_AT)
    for number in range(3):
        post(session, number)
    session.commit()
    receiver = Receiver()
    assert run_once(connection, {"trial": receiver}, clock=Clock()) == 3
    assert count_waiting(session) == 1


def test_what_was_sent_long_ago_is_swept_and_nothing_else(session: Session, make: Factory) -> None:
    before = NOW - timedelta(days=90)
    make.outbox_message(sent_at=before - MINUTE)
    kept = {
        make.outbox_message(sent_at=before).id,
        make.outbox_message(created_at=before - MINUTE).id,
        make.outbox_message(given_up_at=before - MINUTE).id,
    }
    assert sweep_sent(session, before=before) == 1
    assert set(session.scalars(select(OutboxMessage.id))) == kept


# -- Side by side ------------------------------------------------------------------------------


def test_two_workers_side_by_side_send_each_of_fifty_once(own_engine: Engine) -> None:
    with transaction(own_engine) as session:
        for number in range(50):
            post(session, number)
    receiver, start = Receiver(), threading.Barrier(2)

    def work(_: int) -> int:
        start.wait()
        return run_once(own_engine, {"trial": receiver}, clock=Clock())

    with ThreadPoolExecutor(2) as threads:
        sent = list(threads.map(work, range(2)))
    assert sum(sent) == 50
    assert receiver.arrived == {str(number): 1 for number in range(50)}
    assert min(sent) > 0


def test_a_sending_that_outlasts_its_lease_is_not_sent_beside_by_another(
    own_engine: Engine,
) -> None:
    with transaction(own_engine) as session:
        post(session)
    receiver = Receiver()
    is_sending, may_end = threading.Event(), threading.Event()

    def send_slowly(session: Session, message: Message) -> None:
        is_sending.set()
        assert may_end.wait(20)
        receiver(session, message)

    slow = threading.Thread(
        target=run_once, args=(own_engine, {"trial": send_slowly}), kwargs={"clock": Clock()}
    )
    slow.start()
    assert is_sending.wait(20)
    later = Clock(NOW + 10 * LEASE)
    try:
        assert run_once(own_engine, {"trial": receiver}, clock=later) == 0
    finally:
        may_end.set()
        slow.join()
    assert run_once(own_engine, {"trial": receiver}, clock=later) == 0
    assert receiver.arrived == {"1": 1}


def test_who_lost_a_lease_does_not_send(session: Session) -> None:
    post(session)
    (slow,) = take_due(session, now=NOW, limit=5)
    assert take_due(session, now=NOW + LEASE - MINUTE, limit=5) == []
    (other,) = take_due(session, now=NOW + LEASE, limit=5)
    assert not hold_message(session, message=slow)
    assert hold_message(session, message=other)


# -- Deaths ------------------------------------------------------------------------------------


def send_to(folder: Path, message: Message) -> None:
    mail = Mail(message.id, "reader@example.org", "Trial", "A trial.\n", "en")
    FolderMailer(folder, sender="map@example.org").send(mail, now=NOW)


@pytest.mark.parametrize(("moment", "left"), [("before_sending", 0), ("after_sending", 1)])
def test_a_worker_killed_with_a_message_in_hand_loses_none_and_makes_no_second(
    own_engine: Engine, url: str, tmp_path: Path, moment: str, left: int
) -> None:
    with transaction(own_engine) as session:
        post(session)

    def send(_session: Session, message: Message) -> None:
        send_to(tmp_path, message)

    def send_and_die(_session: Session, message: Message) -> None:
        if moment == "after_sending":
            send_to(tmp_path, message)
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        run_once(make_engine(url), {"trial": send_and_die}, clock=Clock())
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert len(list_caught(tmp_path, limit=9)) == left
    assert run_once(own_engine, {"trial": send}, clock=Clock()) == 0
    assert run_once(own_engine, {"trial": send}, clock=Clock(NOW + LEASE)) == 1
    assert len(list_caught(tmp_path, limit=9)) == 1
    assert run_once(own_engine, {"trial": send}, clock=Clock(NOW + 2 * LEASE)) == 0


@pytest.fixture
def running(own_engine: Engine) -> Iterator[tuple[Receiver, threading.Event]]:
    """A worker in a thread; what it sent, and an event that is set at each."""
    receiver, stop, arrived = Receiver(), threading.Event(), threading.Event()

    def send(session: Session, message: Message) -> None:
        receiver(session, message)
        arrived.set()

    thread = threading.Thread(
        target=run,
        args=(own_engine, {"trial": send}),
        kwargs={"clock": Clock(), "stop": stop, "sweep": sweep_nothing},
    )
    thread.start()
    yield receiver, arrived
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_what_is_posted_leaves_within_two_seconds(
    own_engine: Engine, running: tuple[Receiver, threading.Event]
) -> None:
    receiver, arrived = running
    with transaction(own_engine) as session:
        post(session)
    assert arrived.wait(2)
    assert receiver.arrived == {"1": 1}


def test_a_worker_outlives_its_database(
    own_engine: Engine, url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "PAUSE_S", 0.01)
    monkeypatch.setattr(worker, "PAUSE_WITHOUT_DATABASE_S", 0.01)
    with transaction(own_engine) as session:
        post(session)
    own_engine.dispose()
    attempts = threading.Semaphore(0)
    is_down = threading.Event()
    is_down.set()
    lost = make_engine(url)

    @event.listens_for(lost, "do_connect")
    def refuse(*_: Any) -> None:
        if is_down.is_set():
            attempts.release()
            raise psycopg.OperationalError(f"the host says {CANARY}")

    receiver, stop, arrived = Receiver(), threading.Event(), threading.Event()

    def send(session: Session, message: Message) -> None:
        receiver(session, message)
        arrived.set()

    thread = threading.Thread(
        target=run,
        args=(lost, {"trial": send}),
        kwargs={"clock": Clock(), "stop": stop, "sweep": sweep_nothing},
    )
    thread.start()
    try:
        assert all(attempts.acquire(timeout=10) for _ in range(3))
        is_down.clear()
        assert arrived.wait(10)
    finally:
        stop.set()
        thread.join()
        lost.dispose()
    assert receiver.arrived == {"1": 1}
    assert "the database: OperationalError" in caplog.text
    assert CANARY not in caplog.text


# -- The command -------------------------------------------------------------------------------


def test_the_worker_of_the_command_ends_when_it_is_told_to(
    own_engine: Engine, url: str, tmp_path: Path
) -> None:
    with transaction(own_engine) as session:
        post_message(session, kind="unheard_of", payload={}, once_key="u", now=NOW)
    environment = {
        "DATABASE_URL": url,
        "GEOAPP_URL": "http://127.0.0.1:8000",
        "GEOAPP_MAIL_FOLDER": str(tmp_path),
        "PYTHONPATH": str(PROJECT_DIR),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "geoapp.cli", "worker"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            line = process.stderr.readline()
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        finally:
            process.kill()
    assert "(unheard_of) waits: KeyError" in line
    with transaction(own_engine) as session:
        assert count_waiting(session) == 1


def test_the_worker_says_what_it_misses(url: str) -> None:
    for environment, named in (
        ({"GEOAPP_URL": "http://127.0.0.1:8000"}, "GEOAPP_SMTP"),
        ({"GEOAPP_MAIL_FOLDER": "mail"}, "GEOAPP_URL"),
        ({"GEOAPP_PRODUCTION": "1"}, "This is production"),
    ):
        told = {"DATABASE_URL": url} | environment
        done = CliRunner().invoke(command, ["worker", "--once"], env=told)
        assert (done.exit_code, named in done.output) == (1, True), done.output


def test_an_operator_tries_whether_mail_leaves(tmp_path: Path) -> None:
    caught = {"GEOAPP_MAIL_FOLDER": str(tmp_path)}
    done = CliRunner().invoke(command, ["mail", "try", CANARY], env=caught)
    assert (done.exit_code, str(tmp_path) in done.output) == (0, True)
    assert [mail.to for mail in list_caught(tmp_path, limit=9)] == [CANARY]
    for address, environment, said in (
        ("nobody", caught, "nobody is no e-mail address"),
        (
            CANARY,
            {"GEOAPP_SMTP": "smtp://127.0.0.1:1", "GEOAPP_MAIL_FROM": "map@example.org"},
            "It did not leave (ConnectionRefusedError)",
        ),
        (CANARY, {}, "set GEOAPP_SMTP"),
    ):
        done = CliRunner().invoke(command, ["mail", "try", address], env=environment)
        assert (done.exit_code, said in done.output) == (1, True), done.output


def test_an_operator_has_what_was_given_up_tried_again(own_engine: Engine, url: str) -> None:
    with transaction(own_engine) as session:
        Factory(session).outbox_message(given_up_at=NOW, attempts=80)
        Factory(session).outbox_message(once_key="sent", sent_at=NOW)
    done = CliRunner().invoke(command, ["mail", "retry"], env={"DATABASE_URL": url})
    assert (done.exit_code, done.output) == (0, "1 wait again.\n")
    with transaction(own_engine) as session:
        assert (count_waiting(session), count_given_up(session)) == (1, 0)
