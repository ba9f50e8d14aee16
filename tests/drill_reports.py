"""Long drills of reporting, run by scripts/drill: a flood, a service killed again and again, and
thousands of broken pictures. Each prints its figures."""

import base64
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.config import PROJECT_DIR
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine
from geoapp.defects.tables import Defect, DefectPicture
from geoapp.ledger.rules import FEW_OF_ONE, REPORTS_IN_A_FLOOD, REPORTS_OF_ALL
from geoapp.ledger.tables import LimitCount
from geoapp.media.actions import sweep_pictures
from geoapp.media.rules import Size
from geoapp.media.store import FileStore
from geoapp.media.tables import Picture
from tests.factories import LAT, LON, Factory
from tests.pictures import photo
from tests.test_media import flipped_uploads, judge_by_decoder

FLOOD, FLOODERS = 10_000, 200
KILLS = 20
FLIPPED = 20_000
GOOD = {"lat": LAT, "lon": LON, "category": "broken"}


@pytest.fixture(scope="module")
def url(make_database: Callable[[str], str]) -> str:
    """Address of a database with one district."""
    made = make_database("drill")
    engine = make_engine(made)
    migrate(engine, metadata())
    with Session(engine) as session, session.begin():
        Factory(session).organisation(is_desk=True)
    engine.dispose()
    return made


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """An engine on it; nobody has sent anything in this hour."""
    made = make_engine(url)
    with Session(made) as session, session.begin():
        session.execute(delete(LimitCount))
    yield made
    made.dispose()


@contextmanager
def serving(url: str, media: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """`geoapp serve` with two workers in a process group of its own: its port, and itself."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = os.environ | {  # noqa: TID251  what the service is started with
        "DATABASE_URL": url,
        "GEOAPP_MEDIA": str(media),
        "GEOAPP_PROXY_HOPS": "1",
        "GEOAPP_SECRET": "only-for-drills-" * 3,
    }
    command = [str(Path(sys.executable).with_name("geoapp")), "serve", "--port", str(port)]
    with subprocess.Popen(  # noqa: S603  our own command
        command, cwd=PROJECT_DIR, env=environ, start_new_session=True
    ) as process:
        try:
            _wait_for(port)
            yield port, process
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def _wait_for(port: int) -> None:
    last = time.monotonic() + 60
    while time.monotonic() < last:
        try:
            if _ask(port, "GET", "/health/ready")[0] == 200:
                return
        except OSError:
            threading.Event().wait(0.1)
    raise AssertionError("the service did not start")


def _ask(
    port: int, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str]]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        text = None if body is None else json.dumps(body)
        line.request(method, path, text, {"Content-Type": "application/json", **(headers or {})})
        answer = line.getresponse()
        words = answer.read()
        told = json.loads(words) if answer.status in (200, 201) and method == "POST" else {}
        return answer.status, told
    finally:
        line.close()


def _report(port: int, address: str, **extra: str) -> int:
    return _ask(port, "POST", "/api/v1/defects", GOOD, {"X-Forwarded-For": address, **extra})[0]


def test_a_flood_from_200_addresses_keeps_no_honest_resident_out(
    url: str, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    waits: list[float] = []
    honest: list[int] = []
    over = threading.Event()
    with serving(url, tmp_path) as (port, _), ThreadPoolExecutor(17) as pool:

        def live_here() -> None:
            number = 0
            while not over.wait(1):
                started = time.monotonic()
                honest.append(_report(port, f"203.0.113.{number % 250}"))
                waits.append(time.monotonic() - started)
                number += 1

        residents = pool.submit(live_here)
        started = time.monotonic()
        floods = [
            pool.submit(_report, port, f"198.51.100.{number % FLOODERS}") for number in range(FLOOD)
        ]
        answers = Counter(flood.result() for flood in floods)
        seconds = time.monotonic() - started
        over.set()
        residents.result()
    with Session(engine) as session:
        stored = session.scalar(select(func.count()).select_from(Defect)) or 0
    with capsys.disabled():
        print(  # noqa: T201  a drill tells its figures
            f"\nflood: {FLOOD} posts in {seconds:.0f} s, {dict(answers)}, {stored} stored; "
            f"{len(honest)} honest reports, slowest {max(waits):.2f} s"
        )
    assert set(honest) == {201}
    assert max(waits) < 10
    assert set(answers) == {201, 429}
    assert stored == answers[201] + len(honest)
    assert stored <= REPORTS_OF_ALL.most + FEW_OF_ONE * FLOODERS + len(honest)
    assert stored <= REPORTS_IN_A_FLOOD.most


def test_every_acknowledged_report_outlives_20_kills_with_its_photo(
    url: str, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    random = Random(62)  # noqa: S311  moments
    body = {**GOOD, "photos": [base64.b64encode(photo(size=(800, 600))).decode()]}
    told: dict[str, str] = {}
    sent: list[str] = []

    def report(port: int, key: str) -> None:
        try:
            headers = {
                "Idempotency-Key": key,
                "X-Forwarded-For": f"203.0.113.{sent.index(key) % 250}",
            }
            status, answer = _ask(port, "POST", "/api/v1/defects", body, headers)
        except (OSError, http.client.HTTPException):
            return
        assert status in (200, 201)
        assert told.setdefault(key, answer["code"]) == answer["code"]

    for _ in range(KILLS):
        with serving(url, tmp_path) as (port, process), ThreadPoolExecutor(4) as pool:
            keys = [str(uuid.uuid4()) for _ in range(6)]
            sent += keys
            work = [pool.submit(report, port, key) for key in keys]
            threading.Event().wait(random.uniform(0.05, 1.2))
            os.killpg(process.pid, signal.SIGKILL)
            for done in work:
                done.result()
    before = dict(told)
    with serving(url, tmp_path) as (port, _):
        for key in sent:
            report(port, key)
    assert set(told) == set(sent)
    assert {key: told[key] for key in before} == before

    store = FileStore(tmp_path)
    soon = datetime.now(tz=UTC) + timedelta(hours=1)  # noqa: TID251  beyond every file
    with Session(engine) as session:
        swept = sweep_pictures(session, store=store, written_before=soon)
        rows = set(session.scalars(select(Picture.id)))
        pictured = session.scalars(
            select(Defect.code).join(DefectPicture, DefectPicture.defect_id == Defect.id)
        ).all()
    assert sorted(pictured) == sorted(told.values())
    files = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {store.path_of(row, size) for row in rows for size in Size}
    with capsys.disabled():
        print(  # noqa: T201
            f"\nkills: {KILLS}, {len(sent)} reports sent, {len(before)} acknowledged before the "
            f"last start, all {len(told)} stored once with their photo, {swept} stray files swept"
        )


def test_20000_flipped_pictures_are_clean_or_refused(capsys: pytest.CaptureFixture[str]) -> None:
    started = time.monotonic()
    verdicts = Counter(judge_by_decoder(upload) for upload in flipped_uploads(FLIPPED, seed=54))
    with capsys.disabled():
        seconds = time.monotonic() - started
        print(f"\nflipped: {dict(verdicts)} in {seconds:.0f} s")  # noqa: T201
    assert sum(verdicts.values()) == FLIPPED
