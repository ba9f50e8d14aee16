"""Drill of the worker, run by scripts/drill: killed 100 times while reports live, and two hours
without a mail server. No word is lost, none is two. Prints its figures."""

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default as policy
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text
from sqlalchemy.orm import Session

from geoapp.app import create_app, metadata
from geoapp.config import PROJECT_DIR, Settings
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine, transaction
from geoapp.defects.rules import Action, Category, EventKind, Says
from geoapp.defects.tables import DefectEvent
from geoapp.dialogue.acts import Photos as ActPhotos
from geoapp.dialogue.acts import take_act
from geoapp.dialogue.jobs import make_jobs, sweep
from geoapp.dialogue.rules import ActBy, ActDraft, VoiceDraft
from geoapp.dialogue.voices import VoiceBy, take_voice
from geoapp.intake.actions import Photos, Sender, take_report
from geoapp.intake.rules import ReportDraft
from geoapp.media.store import FileStore
from geoapp.outbox.mails import SmtpMailer
from geoapp.outbox.queries import count_given_up, count_waiting
from geoapp.outbox.tables import OutboxMessage
from geoapp.outbox.worker import Handler, run_once
from geoapp.people.actions import confirm_address, keep_address, put_person
from geoapp.people.rules import Mandate
from geoapp.people.tables import Organisation
from geoapp.sealing import Sealer
from geoapp.web.mails import make_handlers
from tests.factories import LAT, LON, Factory
from tests.fake_smtp import FakeSmtp, serve_smtp

KILLS, SIDE_BY_SIDE = 100, 2
TALES_MOST, FOLLOWERS = 90, (1, 2, 3)
MINUTE, DEAD_MINUTES, LAST_MINUTES = timedelta(minutes=1), 120, 600
SECRET, URL, MAIL_FROM = "only-for-drills-" * 3, "https://kaart.example", "map@example.org"
# Longer than a worker takes to start; then it has nothing to send, and is killed all the same.
NOTHING_HAPPENS_S = 8.0

# -- The lives of reports ----------------------------------------------------------------------

DESK, LEAD, OTHERS = "desk@example.org", "lead@example.org", "others@example.org"
# Called is whoever has the report when the worker comes to it: the desk, or whom it was passed to.
HOLDER = "whoever has it"


@dataclass(frozen=True)
class Plot:
    """What happens to a report, in order; what the worker must have done is waited for. After it
    these words have gone to each of its followers and to those who are called, so often each.
    `moot` are calls that need no sending once somebody else has the report."""

    steps: tuple[str, ...]
    happened: Counter[EventKind]
    told: Counter[EventKind]
    called: Counter[tuple[EventKind, str]]
    moot: Counter[tuple[EventKind, str]] = field(default_factory=Counter)


PLOTS = (
    Plot(
        ("promise", "days", "missed", "handle", "days", "lapsed"),
        Counter(
            [EventKind.REPORTED, EventKind.PROMISED, EventKind.MISSED]
            + [EventKind.HANDLED, EventKind.LAPSED]
        ),
        Counter([EventKind.PROMISED, EventKind.MISSED, EventKind.HANDLED, EventKind.LAPSED]),
        Counter([(EventKind.REPORTED, HOLDER), (EventKind.MISSED, HOLDER)]),
    ),
    Plot(
        ("handle", "one says no", "handle", "one says no", "two says no", "climbed"),
        Counter(
            {
                EventKind.REPORTED: 1,
                EventKind.HANDLED: 2,
                EventKind.SAID_NOT_GOOD: 3,
                EventKind.CLIMBED: 1,
            }
        ),
        # Of those who say no once it is disputed nobody is told: nothing has changed.
        Counter({EventKind.HANDLED: 2, EventKind.SAID_NOT_GOOD: 1, EventKind.CLIMBED: 1}),
        Counter(
            [
                (EventKind.REPORTED, HOLDER),
                (EventKind.SAID_NOT_GOOD, HOLDER),
                (EventKind.CLIMBED, LEAD),
            ]
        ),
    ),
    Plot(
        ("pass on", "days", "returned", "take"),
        Counter([EventKind.REPORTED, EventKind.PASSED_ON, EventKind.RETURNED, EventKind.TAKEN]),
        Counter([EventKind.PASSED_ON, EventKind.RETURNED]),
        Counter([(EventKind.RETURNED, HOLDER)]),
        moot=Counter([(EventKind.REPORTED, HOLDER), (EventKind.PASSED_ON, HOLDER)]),
    ),
)


@dataclass
class Tale:
    """One report, how far it is, and who follows it."""

    plot: Plot
    defect_id: uuid.UUID
    code: str
    followers: list[str]
    at: int = 0

    @property
    def is_over(self) -> bool:
        """Everything has happened."""
        return self.at == len(self.plot.steps)

    def moot(self) -> Counter[tuple[uuid.UUID, EventKind, str]]:
        """What may have been said as well."""
        return Counter({(self.defect_id, *who): often for who, often in self.plot.moot.items()})

    def words(self) -> Counter[tuple[uuid.UUID, EventKind, str]]:
        """What has been said at the end, and to whom."""
        to_followers = {
            (self.defect_id, kind, to): often
            for kind, often in self.plot.told.items()
            for to in self.followers
        }
        called = {(self.defect_id, *who): often for who, often in self.plot.called.items()}
        return Counter(to_followers | called)


@dataclass
class Place:
    """Where they live: a desk with somebody who answers and a team lead, and another department."""

    engine: Engine
    store: FileStore
    sealer: Sealer
    random: Random
    tales: list[Tale] = field(default_factory=list)

    def furnish(self, now: datetime) -> None:
        """An empty database becomes the place."""
        with transaction(self.engine) as session:
            make = Factory(session)
            desk = make.organisation(slug="desk", is_desk=True)
            others = make.organisation(slug="others", district_id=desk.district_id)
            for organisation, mandate, address in (
                (desk, Mandate.PASSES_ON, DESK),
                (desk, Mandate.DECIDES, LEAD),
                (others, Mandate.PASSES_ON, OTHERS),
            ):
                address_id = keep_address(
                    session, sealer=self.sealer, address=address, language="nl"
                )
                contact = make.contact(
                    district_id=desk.district_id,
                    organisation_id=organisation.id,
                    mandate=mandate,
                    person_id=put_person(session, address_id=address_id, today=now.date()).id,
                )
                if mandate is Mandate.PASSES_ON:
                    make.contact_scope(contact_id=contact.id)

    def live(self, now: datetime) -> None:
        """Something happens: a new report, or the next thing to one there is."""
        going_on = [tale for tale in self.tales if not tale.is_over]
        if len(self.tales) < TALES_MOST and self.random.random() < 0.3:
            self.report(now)
        elif going_on:
            self.go_on(self.random.choice(going_on), now)

    def finish(self, now: datetime) -> None:
        """The next thing happens to each."""
        for tale in self.tales:
            if not tale.is_over:
                self.go_on(tale, now)

    def report(self, now: datetime) -> None:
        """Somebody reports; others follow."""
        number = len(self.tales)
        draft = ReportDraft(Category.BROKEN, "The plank is broken", LON, LAT, "", "", None)
        with transaction(self.engine) as session:
            receipt = take_report(
                session,
                draft=draft,
                photos=Photos((), (), self.store),
                sender=Sender(f"report {number}", None, "nl", self.sealer),
                now=now,
            )
            followers = [
                f"follower-{number}-{one}@example.org"
                for one in range(self.random.choice(FOLLOWERS))
            ]
            for address in followers:
                address_id = keep_address(
                    session, sealer=self.sealer, address=address, language="nl"
                )
                confirm_address(session, address_id=address_id, now=now)
                Factory(session).defect_follower(
                    defect_id=receipt.defect_id, address_id=address_id, confirmed_at=now
                )
        plot = PLOTS[number % len(PLOTS)]
        self.tales.append(Tale(plot, receipt.defect_id, receipt.code, followers))

    def go_on(self, tale: Tale, now: datetime) -> None:
        """The next step, where it can be made."""
        with transaction(self.engine) as session:
            made = self._step(session, tale, tale.plot.steps[tale.at], now)
        tale.at += made

    def _step(self, session: Session, tale: Tale, step: str, now: datetime) -> bool:
        if step == "days":
            session.execute(_DAYS, {"id": tale.defect_id})
            session.execute(_DAYS_OF_PROMISE, {"id": tale.defect_id})
        elif step in _WORKER_DOES:
            return _happened(session, tale)[EventKind(step)] > 0
        elif step.endswith("says no"):
            who = f"{tale.code} {step} {tale.at}"
            take_voice(
                session,
                code=tale.code,
                draft=VoiceDraft(Says.STILL_BROKEN, "", heard=None, secret=""),
                by=VoiceBy(Sender(who, None, "nl", self.sealer), who, SECRET, (), self.store),
                now=now,
            )
        else:
            drafts = {
                "take": ActDraft(Action.TAKE),
                "promise": ActDraft(Action.PROMISE, due_on=(now + 3 * _A_DAY).date()),
                "handle": ActDraft(Action.HANDLE, note="Klaar"),
                "pass on": ActDraft(Action.PASS_ON, organisation="others"),
            }
            find_desk = select(Organisation.id).where(Organisation.slug == "desk")
            take_act(
                session,
                defect_id=tale.defect_id,
                draft=drafts[step],
                by=ActBy(session.scalars(find_desk).one(), None, "maintainer"),
                photos=ActPhotos((), self.store),
                now=now,
            )
        return True


_A_DAY = timedelta(days=1)
_WORKER_DOES = frozenset(
    {EventKind.MISSED, EventKind.LAPSED, EventKind.RETURNED, EventKind.CLIMBED}
)
_DAYS = text(
    "UPDATE defect SET turn_since = turn_since - 40, promised_on = promised_on - 40 WHERE id = :id"
)
_DAYS_OF_PROMISE = text(
    "UPDATE defect_promise SET due_on = due_on - 40 WHERE defect_id = :id AND state = 'open'"
)


def _happened(session: Session, tale: Tale) -> Counter[EventKind]:
    kinds = select(DefectEvent.kind).where(DefectEvent.defect_id == tale.defect_id)
    return Counter(session.scalars(kinds))


# -- Killing -----------------------------------------------------------------------------------


class Noted(list[Any]):
    """A list that tells of what is added to it."""

    def __init__(self, on_append: Callable[[], None]) -> None:
        super().__init__()
        self.on_append = on_append

    def append(self, item: Any) -> None:
        """Keep it and tell."""
        super().append(item)
        self.on_append()


class Trap:
    """Springs after so many of something."""

    def __init__(self) -> None:
        self._left: dict[int, Callable[[], None]] = {}
        self._lock = threading.Lock()

    def step(self) -> None:
        """It happened once more."""
        with self._lock:
            due = self._left.pop(1, None)
            self._left = {left - 1: kill for left, kill in self._left.items()}
        if due is not None:
            due()

    def set(self, after: int, kill: Callable[[], None]) -> None:
        """Call `kill` at the time after next or so."""
        with self._lock:
            while after in self._left:
                after += 1
            self._left[after] = kill


@dataclass(frozen=True)
class Killer:
    """Starts workers and kills them at random points: as the mail server hears a command, as it
    has a mail and before it says so, or at a moment after the start."""

    engine: Engine
    environment: dict[str, str]
    heard: Trap
    kept: Trap
    points: Counter[str] = field(default_factory=Counter)

    def kill_one(self, seed: int) -> None:
        """One life of a worker."""
        random = Random(seed)  # noqa: S311  moments
        point = random.choice(("command", "mail", "moment"))
        started_at = datetime.now(tz=UTC)  # noqa: TID251  the machine's, as the worker's is
        with subprocess.Popen(
            [sys.executable, "-m", "geoapp.cli", "worker"],
            cwd=PROJECT_DIR,
            env=self.environment,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                self._wait_until_it_works(started_at)
                if point == "moment":
                    threading.Event().wait(random.uniform(0, 0.6))
                else:
                    trap = self.heard if point == "command" else self.kept
                    dead = threading.Event()

                    def kill() -> None:
                        process.send_signal(signal.SIGKILL)
                        dead.set()

                    trap.set(random.randint(1, 12), kill)
                    point = point if dead.wait(NOTHING_HAPPENS_S) else "nothing to do"
            finally:
                process.kill()
        assert process.returncode == -signal.SIGKILL, process.returncode
        self.points[point] += 1
        with transaction(self.engine) as session:
            # As if its five minutes were over; another worker may be sending, and is not hindered.
            session.execute(text("UPDATE outbox_message SET leased_until = created_at"
                                 " WHERE leased_until IS NOT NULL"))  # fmt: skip

    def _wait_until_it_works(self, started_at: datetime) -> None:
        last = time.monotonic() + 60
        while time.monotonic() < last:
            with self.engine.connect() as connection:
                if connection.scalar(_WORKERS, {"since": started_at}):
                    return
            threading.Event().wait(0.02)
        raise AssertionError("the worker did not start")


_WORKERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name = 'geoapp' AND backend_start > :since"
)


@contextmanager
def meanwhile(what: Callable[[], None], *, pause_s: float) -> Iterator[None]:
    """Do it again and again beside the block."""
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(pause_s):
            what()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(go_on)
        try:
            yield
        finally:
            over.set()
    done.result()


# -- The drill ---------------------------------------------------------------------------------


@pytest.fixture
def url(make_database: Callable[[str], str]) -> str:
    """Address of a database of its own."""
    return make_database("worker_drill")


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """An engine that can be told from those of the workers."""
    made = make_engine(url)

    @event.listens_for(made, "do_connect")
    def be_named(_dialect: object, _record: object, _args: object, named: dict[str, str]) -> None:
        named["application_name"] = "drill"

    migrate(made, metadata())
    yield made
    made.dispose()


@dataclass
class Smtp:
    """The mail server, and what it noted."""

    fake: FakeSmtp
    heard: Trap
    kept: Trap

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"smtp://127.0.0.1:{self.fake.port}"

    def set_dead(self, *, is_dead: bool) -> None:
        """Hang up at the first word, or talk again."""
        self.fake.answers = {"EHLO": "", "HELO": ""} if is_dead else {}

    def mails(self) -> list[tuple[uuid.UUID, str]]:
        """The Message-ID and the receiver of each mail it has."""
        found = []
        for delivery in list(self.fake.deliveries):
            mail = message_from_bytes(delivery.content, policy=policy)
            (to,) = delivery.to
            found.append((uuid.UUID(str(mail["Message-ID"]).strip("<>").partition("@")[0]), to))
        return found


@pytest.fixture
def smtp() -> Iterator[Smtp]:
    """A mail server that answers."""
    heard, kept = Trap(), Trap()
    fake = FakeSmtp(commands=Noted(heard.step), deliveries=Noted(kept.step))
    with serve_smtp(fake):
        yield Smtp(fake, heard, kept)


@dataclass
class Clock:
    """Goes where it is put."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


def kill_workers(place: Place, smtp: Smtp, killer: Killer) -> None:
    """A hundred times, two side by side, while reports live; now and then without mail server."""

    def kill_one(number: int) -> None:
        smtp.set_dead(is_dead=number % 10 in (4, 5))
        killer.kill_one(number)

    def live() -> None:
        place.live(datetime.now(tz=UTC))  # noqa: TID251  the machine's, as the worker's is

    with meanwhile(live, pause_s=0.1), ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for done in [pool.submit(kill_one, number) for number in range(KILLS)]:
            done.result()
    smtp.set_dead(is_dead=False)


def make_worker(place: Place, smtp: Smtp, clock: Clock, media: Path) -> dict[str, Handler]:
    """What the command's worker does, by a clock of ours."""
    settings = Settings(secret=SECRET, url=URL, media_dir=media)
    app = create_app(settings, engine=place.engine, clock=clock)
    return make_handlers(app, SmtpMailer(smtp.address, sender=MAIL_FROM)) | make_jobs(clock)


def pass_minutes(
    place: Place, handlers: dict[str, Handler], clock: Clock, minutes: int
) -> Iterable[int]:
    """Send what is due every minute, and do what is due every five minutes."""
    for minute in range(minutes):
        clock.now += MINUTE
        run_once(place.engine, handlers, clock=clock)
        if minute % 5 == 0:
            with transaction(place.engine) as session:
                sweep(session, now=clock())
        yield minute


def check_words(place: Place, smtp: Smtp) -> Counter[uuid.UUID]:
    """Every word has come, each as one message; how often each message came."""
    mails = smtp.mails()
    with transaction(place.engine) as session:
        rows = {row.id: row for row in session.scalars(select(OutboxMessage))}
        events = {row.id: row for row in session.scalars(select(DefectEvent))}
    came = Counter(message_id for message_id, _ in mails)
    said: Counter[tuple[uuid.UUID, EventKind, str]] = Counter()
    causes: Counter[tuple[uuid.UUID, str]] = Counter()
    for message_id, to in set(mails):
        told = events[uuid.UUID(rows[message_id].payload["event_id"])]
        said[told.defect_id, told.kind, HOLDER if to in (DESK, OTHERS) else to] += 1
        causes[told.id, to] += 1
    wanted = sum((tale.words() for tale in place.tales), Counter())
    moot = sum((tale.moot() for tale in place.tales), Counter())
    lost, too_many = wanted - said, said - wanted - moot
    assert not lost, lost
    assert not too_many, too_many
    assert set(causes.values()) == {1}
    return came


def test_no_word_is_lost_or_two_by_100_kills_and_two_hours_without_a_mail_server(
    url: str, engine: Engine, smtp: Smtp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.monotonic()
    place = Place(engine, FileStore(tmp_path), Sealer(SECRET), Random(6))  # noqa: S311  tales
    clock = Clock(datetime.now(tz=UTC))  # noqa: TID251  the machine's, as the workers' is
    place.furnish(clock())
    environment = os.environ | {  # noqa: TID251  what the worker is started with
        "DATABASE_URL": url,
        "GEOAPP_MEDIA": str(tmp_path),
        "GEOAPP_SECRET": SECRET,
        "GEOAPP_URL": URL,
        "GEOAPP_SMTP": smtp.address,
        "GEOAPP_MAIL_FROM": MAIL_FROM,
        "PYTHONPATH": str(PROJECT_DIR),
    }
    killer = Killer(engine, dict(environment), smtp.heard, smtp.kept)
    kill_workers(place, smtp, killer)
    killed_s, before = time.monotonic() - started, len(smtp.fake.deliveries)

    clock.now = datetime.now(tz=UTC)  # noqa: TID251  as above: what was written lies before it
    handlers = make_worker(place, smtp, clock, tmp_path)
    smtp.set_dead(is_dead=True)
    for _ in pass_minutes(place, handlers, clock, DEAD_MINUTES):
        place.live(clock())
    with transaction(engine) as session:
        waited = count_waiting(session)
    assert len(smtp.fake.deliveries) == before
    smtp.set_dead(is_dead=False)
    alive_again = clock.now
    for _ in pass_minutes(place, handlers, clock, LAST_MINUTES):
        with transaction(engine) as session:
            is_empty = count_waiting(session) == 0
        if is_empty and all(tale.is_over for tale in place.tales):
            break
        place.finish(clock())

    with transaction(engine) as session:
        assert (count_waiting(session), count_given_up(session)) == (0, 0)
        for tale in place.tales:
            assert _happened(session, tale) == tale.plot.happened
    came = check_words(place, smtp)
    again = Counter(often for often in came.values() if often > 1)
    with capsys.disabled():
        print(  # noqa: T201  a drill tells its figures
            f"\nworker: {sum(killer.points.values())} kills {dict(killer.points)} in "
            f"{killed_s:.0f} s; {len(place.tales)} reports, {len(came)} words, all came; "
            f"{dict(again)} of them more than once, under one Message-ID; {waited} waited for "
            f"{DEAD_MINUTES} minutes without a mail server, "
            f"all gone {(clock.now - alive_again) // MINUTE} minutes later; "
            f"{time.monotonic() - started:.0f} s in all"
        )
