"""A report is stored exactly once, whatever dies and whoever asks at once (T62, T14)."""

import base64
import io
import json
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from geoapp.app import create_app, metadata
from geoapp.cli import main as command
from geoapp.config import PROJECT_DIR, Settings
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine
from geoapp.defects.rules import PictureRole
from geoapp.defects.tables import Defect, DefectEvent, DefectPicture
from geoapp.ledger.rules import FEW_OF_ONE, REFUSALS_OF_ONE, REPORTS_OF_ALL, REPORTS_OF_ONE
from geoapp.ledger.tables import IdempotencyKey, LimitCount
from geoapp.media.actions import sweep_pictures
from geoapp.media.rules import Size
from geoapp.media.store import FileStore
from geoapp.media.tables import Picture
from tests.conftest import NOW
from tests.dying_server import SECRET
from tests.factories import LAT, LON, Factory
from tests.pictures import photo

GOOD = {"lat": LAT, "lon": LON, "category": "broken"}


@pytest.fixture(scope="module")
def url(make_database: Callable[[str], str]) -> str:
    """Address of a database in which rows are really committed."""
    made = make_database("once")
    engine = make_engine(made)
    migrate(engine, metadata())
    with Session(engine) as session, session.begin():
        Factory(session).organisation(is_desk=True)
    engine.dispose()
    return made


@pytest.fixture(scope="module")
def engine(url: str) -> Iterator[Engine]:
    """An engine on it."""
    made = make_engine(url)
    yield made
    made.dispose()


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Flask:
    """The service on it; each test in the hour of its own."""
    with Session(engine) as session, session.begin():
        for table in (LimitCount, IdempotencyKey):
            session.query(table).delete()
    settings = Settings(background_url="", secret=SECRET, media_dir=tmp_path, proxy_hops=1)
    return create_app(settings, engine=engine, clock=lambda: NOW)


def post(app: Flask, body: Any, *, address: str = "192.0.2.1", key: str = "") -> Any:
    headers = {"X-Forwarded-For": address} | ({"Idempotency-Key": key} if key else {})
    return app.test_client().post("/api/v1/defects", json=body, headers=headers)


def count(engine: Engine, table: Any = Defect) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


# -- Killed --------------------------------------------------------------------------------------


@contextmanager
def serving(moment: str, url: str, media: Path) -> Iterator[str]:
    """A service of its own process that dies at a moment; gives its origin."""
    command = [sys.executable, "-m", "tests.dying_server", moment, url, str(media)]
    with subprocess.Popen(  # noqa: S603  our own module
        command, cwd=PROJECT_DIR, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


def send(origin: str, body: dict[str, Any], key: str) -> tuple[int, dict[str, Any]] | None:
    """The answer's status and body; None where the line broke before one came."""
    request = urllib.request.Request(  # noqa: S310  our own server
        f"{origin}/api/v1/defects",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Idempotency-Key": key},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except ConnectionError:
        return None


@pytest.mark.parametrize(
    ("moment", "stored", "status"), [("after_commit", 1, 200), ("before_commit", 0, 201)]
)
def test_a_service_killed_in_the_middle_of_a_report_stores_it_once_when_asked_again(
    url: str, engine: Engine, tmp_path: Path, moment: str, stored: int, status: int
) -> None:
    key = str(uuid.uuid4())
    body = {**GOOD, "description": moment, "photos": [base64.b64encode(photo()).decode()]}
    before = {table: count(engine, table) for table in (Defect, DefectEvent, DefectPicture)}

    with serving(moment, url, tmp_path) as origin:
        assert send(origin, body, key) is None
    assert count(engine) == before[Defect] + stored

    settings = Settings(background_url="", secret=SECRET, media_dir=tmp_path)
    risen = create_app(settings, engine=engine, clock=lambda: NOW)
    answer, again = (post(risen, body, key=key) for _ in range(2))
    assert answer.status_code == status
    assert (again.status_code, again.json) == (200, answer.json)
    assert {table: count(engine, table) - before[table] for table in before} == {
        Defect: 1,
        DefectEvent: 1,
        DefectPicture: 1,
    }
    _check_files(engine, tmp_path, before[DefectPicture])


def _check_files(engine: Engine, media: Path, older: int) -> None:
    """After the sweep each picture of a row has its files, and no file is without a row."""
    store = FileStore(media)
    with Session(engine) as session:
        sweep_pictures(session, store=store, written_before=NOW.replace(year=9000))
        rows = session.scalars(select(Picture.id).order_by(Picture.created_at, Picture.id)).all()
    files = {path for path in media.rglob("*") if path.is_file()}
    assert files == {store.path_of(row, size) for row in rows[older:] for size in Size}


# -- At once ---------------------------------------------------------------------------------


def test_the_limit_in_all_is_exact_when_many_senders_come_at_once(
    app: Flask, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = type(REPORTS_OF_ALL)(REPORTS_OF_ALL.name, most=40, window_s=3600)
    monkeypatch.setattr("geoapp.intake.actions.REPORTS_OF_ALL", limit)
    monkeypatch.setattr("geoapp.intake.actions.FEW_OF_ONE", 0)
    before = count(engine)
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda n: post(app, GOOD, address=f"192.0.2.{n % 20}").status_code, range(60))
        )
    assert (answers.count(201), answers.count(429)) == (40, 20)
    assert count(engine) == before + 40


def test_in_a_flood_whoever_has_sent_few_still_gets_through(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = type(REPORTS_OF_ALL)(REPORTS_OF_ALL.name, most=10, window_s=3600)
    monkeypatch.setattr("geoapp.intake.actions.REPORTS_OF_ALL", limit)
    flood = [post(app, GOOD, address="192.0.2.1").status_code for _ in range(14)]
    assert flood == [201] * 10 + [429] * 4
    honest = [post(app, GOOD, address="192.0.2.2").status_code for _ in range(FEW_OF_ONE + 1)]
    assert honest == [201] * FEW_OF_ONE + [429]


def test_a_replay_does_not_count_for_the_limit(app: Flask) -> None:
    key = str(uuid.uuid4())
    statuses = [post(app, GOOD, key=key).status_code for _ in range(REPORTS_OF_ONE.most + 5)]
    assert statuses == [201] + [200] * (REPORTS_OF_ONE.most + 4)
    assert post(app, GOOD).status_code == 201


def test_what_is_refused_counts_against_a_wider_limit_of_its_own(
    app: Flask, engine: Engine
) -> None:
    bad = {**GOOD, "category": "noise"}
    before = count(engine)
    assert REFUSALS_OF_ONE.most >= 60
    refused = [post(app, bad).status_code for _ in range(REFUSALS_OF_ONE.most + 3)]
    assert refused == [400] * REFUSALS_OF_ONE.most + [429] * 3
    assert post(app, GOOD).status_code == 429, "until the minute is over"
    assert post(app, GOOD, address="192.0.2.2").status_code == 201, "another sender is not counted"
    assert count(engine) == before + 1


def test_what_was_refused_does_not_count_towards_the_limit_of_reports(app: Flask) -> None:
    bad = {**GOOD, "category": "noise"}
    assert {post(app, bad).status_code for _ in range(REPORTS_OF_ONE.most + 5)} == {400}
    assert post(app, GOOD).status_code == 201


def test_a_forged_address_before_the_proxys_own_word_gains_nothing(app: Flask) -> None:
    statuses = [
        post(app, GOOD, address=f"198.51.100.{n}, 192.0.2.9").status_code
        for n in range(REPORTS_OF_ONE.most + 1)
    ]
    assert statuses == [201] * REPORTS_OF_ONE.most + [429]


@pytest.mark.usefixtures("app")
def test_without_a_proxy_of_ours_nobodys_word_on_addresses_is_believed(
    engine: Engine, tmp_path: Path
) -> None:
    bare = create_app(
        Settings(background_url="", secret=SECRET, media_dir=tmp_path),
        engine=engine,
        clock=lambda: NOW,
    )
    statuses = [
        post(bare, GOOD, address=f"198.51.100.{n}").status_code
        for n in range(REPORTS_OF_ONE.most + 1)
    ]
    assert statuses.count(429) == 1


def test_beyond_the_limit_of_refusals_nothing_is_decoded_any_more(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    monkeypatch.setattr("geoapp.edge.clean_picture", lambda data: seen.append(len(data)))
    limit = type(REFUSALS_OF_ONE)(REFUSALS_OF_ONE.name, most=1, window_s=60)
    monkeypatch.setattr("geoapp.edge.REFUSALS_OF_ONE", limit)
    body = {**GOOD, "category": "noise", "photos": [base64.b64encode(photo()).decode()]}
    assert [post(app, body).status_code for _ in range(3)] == [400, 429, 429]
    assert len(seen) == 1


def test_addresses_of_one_network_of_ipv6_are_one_sender(app: Flask) -> None:
    statuses = [
        post(app, GOOD, address=f"2001:db8::{number:x}").status_code
        for number in range(REPORTS_OF_ONE.most + 1)
    ]
    assert statuses == [201] * REPORTS_OF_ONE.most + [429]
    assert post(app, GOOD, address="2001:db8:0:1::1").status_code == 201


def test_the_api_takes_the_city_s_photo_and_no_file_it_does_not_know(
    app: Flask, engine: Engine
) -> None:
    form = {name: str(value) for name, value in GOOD.items()}
    client = app.test_client()

    def send_file(name: str) -> Any:
        file = (io.BytesIO(photo()), "a.jpg")
        return client.post("/api/v1/defects", data=form | {name: file})

    refused = send_file("photo")
    assert (refused.status_code, refused.get_json()["field"]) == (400, "photo")
    code = send_file("city_photo").get_json()["code"]
    with Session(engine) as session:
        roles = session.scalars(
            select(DefectPicture.role).join(Defect).where(Defect.code == code)
        ).all()
    assert roles == [PictureRole.CITY_ANSWER]


def test_no_address_is_stored(app: Flask, engine: Engine) -> None:
    post(app, GOOD, address="192.0.2.77")
    with Session(engine) as session:
        subjects = session.scalars(select(LimitCount.subject)).all()
    assert subjects
    assert not any("192.0.2" in subject for subject in subjects)


# -- Photos are held until somebody has looked ---------------------------------------------------


def test_the_command_lists_held_photos_and_shows_or_hides_them(
    app: Flask, url: str, tmp_path: Path
) -> None:
    code = post(app, {**GOOD, "photos": [base64.b64encode(photo()).decode()] * 2}).json["code"]
    visitor = app.test_client()
    pages = [f"/defects/{code}/photos/{position}.jpg" for position in (1, 2)]
    assert [visitor.get(page).status_code for page in pages] == [404, 404]

    def run(*words: str) -> Any:
        environ = {"DATABASE_URL": url, "GEOAPP_MEDIA": str(tmp_path)}
        return CliRunner().invoke(command, ["pictures", *words], env=environ)

    rows = [line.split() for line in run("list").output.splitlines() if code in line]
    assert [Path(file).read_bytes()[:2] for _, _, file in rows] == [b"\xff\xd8"] * 2
    first, second = (number for number, _, _ in rows)
    assert run("show", first).output.strip() == f"{first} is shown."
    assert run("hide", second).output.strip() == f"{second} is hidden."
    assert [visitor.get(page).status_code for page in pages] == [200, 404]
    assert code not in run("list").output
    again = run("show", second)
    assert (again.exit_code, "looked at this photo already" in again.output) == (1, True)
    assert "1 photo is waiting" not in visitor.get(f"/defects/{code}?lang=en").text
