"""Production refuses what is only good for trying out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from geoapp.app import create_app, metadata, refuse_examples
from geoapp.cli import main as command
from geoapp.config import PROJECT_DIR, read_settings
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine, transaction
from geoapp.districts.queries import list_districts
from geoapp.errors import Invalid
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory

GOOD = {
    "GEOAPP_PRODUCTION": "1",
    "DATABASE_URL": "postgresql://geoapp@database/geoapp",
    "GEOAPP_SECRET": "kT4vQ9xL2mZ7pR8sW3bN6cF1hJ5gD0aY",
    "GEOAPP_HOSTS": "kaart.example, map.example",
    "GEOAPP_URL": "https://kaart.example",
    "GEOAPP_SMTP": "smtps://map:password@mail.example",
    "GEOAPP_MAIL_FROM": "Map <map@kaart.example>",
}

BAD: dict[str, tuple[dict[str, str], str]] = {
    "debug": ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG"),
    "no secret": ({"GEOAPP_SECRET": ""}, "GEOAPP_SECRET"),
    "a secret typed by hand": ({"GEOAPP_SECRET": "secret" * 8}, "GEOAPP_SECRET"),
    "no hosts": ({"GEOAPP_HOSTS": " , "}, "GEOAPP_HOSTS"),
    "no address for links": ({"GEOAPP_URL": ""}, "GEOAPP_URL"),
    "links that anybody can read on their way": ({"GEOAPP_URL": "http://kaart.example"}, "https"),
    "links under a name that is not ours": ({"GEOAPP_URL": "https://x.example"}, "in GEOAPP_HOSTS"),
    "no mail server": ({"GEOAPP_SMTP": ""}, "GEOAPP_SMTP"),
    "mail from nobody": ({"GEOAPP_MAIL_FROM": ""}, "GEOAPP_MAIL_FROM"),
    "mail into a folder": ({"GEOAPP_MAIL_FOLDER": "mail"}, "unset GEOAPP_MAIL_FOLDER"),
    "a demonstration": ({"GEOAPP_DEMO": "1"}, "unset GEOAPP_DEMO"),
    "the private cluster": ({"DATABASE_URL": ""}, "DATABASE_URL"),
}


def start(connection: Any, folder: Path, **changes: str) -> Any:
    settings = read_settings(GOOD | {"GEOAPP_MEDIA": str(folder)} | changes)
    return create_app(settings, engine=connection, clock=lambda: NOW)


@pytest.mark.parametrize(("changes", "named"), BAD.values(), ids=BAD.keys())
def test_a_bad_configuration_keeps_production_from_starting_and_is_named(
    connection: Any, tmp_path: Path, changes: dict[str, str], named: str
) -> None:
    with pytest.raises(Invalid, match=named):
        start(connection, tmp_path, **changes)


def test_without_the_switch_the_same_starts(connection: Any, tmp_path: Path) -> None:
    for changes, _ in BAD.values():
        assert start(connection, tmp_path, GEOAPP_PRODUCTION="0", **changes)


def test_everything_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        create_app(read_settings({"GEOAPP_PRODUCTION": "1", "FLASK_DEBUG": "1"}))
    said = str(refused.value)
    named = ("DATABASE_URL", "SECRET", "HOSTS", "URL", "SMTP", "MAIL_FROM", "FLASK_DEBUG")
    assert [name for name in named if name not in said] == []


def test_production_shows_no_examples(connection: Any, make: Factory) -> None:
    make.organisation(is_desk=True)
    refuse_examples(connection)
    make.asset(is_example=True)
    with pytest.raises(Invalid, match=r"examples \(asset\)"):
        refuse_examples(connection)


@pytest.fixture
def production_url(make_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database, and the settings of production that name it."""
    url = make_database("production")
    engine = make_engine(url)
    migrate(engine, metadata())
    engine.dispose()
    for name, value in (GOOD | {"DATABASE_URL": url}).items():
        monkeypatch.setenv(name, value)
    return url


def test_the_server_does_not_start_on_examples(production_url: str) -> None:
    engine = make_engine(production_url)
    with transaction(engine) as session:
        Factory(session).district(is_example=True)
    engine.dispose()
    done = CliRunner().invoke(command, ["serve"])
    assert (done.exit_code, "there are examples (district)" in done.output) == (1, True)


def test_the_server_does_not_start_on_the_private_cluster(
    production_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert production_url
    monkeypatch.delenv("DATABASE_URL")
    done = CliRunner().invoke(command, ["serve"])
    assert (done.exit_code, "set DATABASE_URL" in done.output) == (1, True)


def test_production_takes_no_made_up_place_by_import(production_url: str) -> None:
    file = PROJECT_DIR / "data" / "lakeside_district.json"
    done = CliRunner().invoke(command, ["import", str(file), "--as", "district"])
    assert (done.exit_code, "there are examples" in done.output) == (1, True)
    engine = make_engine(production_url)
    with transaction(engine) as session:
        assert list_districts(session) == []
    engine.dispose()


@pytest.mark.parametrize("words", [["demo", "--yes"], ["examples", "load"]])
def test_the_commands_that_bring_examples_refuse_production(words: list[str]) -> None:
    done = CliRunner().invoke(command, words, env=GOOD)
    assert done.exit_code == 1
    assert "not for the public" in done.output


def test_production_answers_to_its_own_names_alone(
    connection: Any, make: Factory, tmp_path: Path
) -> None:
    make.organisation(is_desk=True)
    client = start(connection, tmp_path).test_client()
    body = {"lat": LAT, "lon": LON, "category": "broken"}
    for host, status in (("kaart.example", 201), ("map.example", 201), ("evil.example", 400)):
        answer = client.post("/api/v1/defects", json=body, headers={"Host": host})
        assert answer.status_code == status
        assert ("secret_url" in answer.text) == (status == 201)
    assert client.get("/about", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("words", ["yes", "true", "2"])
def test_a_switch_is_1_or_0(words: str) -> None:
    with pytest.raises(Invalid, match="GEOAPP_PRODUCTION must be 1 or 0"):
        read_settings({"GEOAPP_PRODUCTION": words})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("GEOAPP_URL", "kaart.example"),
        ("GEOAPP_URL", "ftp://kaart.example"),
        ("GEOAPP_URL", "https://"),
        ("GEOAPP_URL", "https://kaart.example/map"),
        ("GEOAPP_URL", "https://somebody@kaart.example"),
        ("GEOAPP_URL", "https://kaart.example:http"),
        ("GEOAPP_SMTP", "mail.example:25"),
        ("GEOAPP_SMTP", "http://mail.example"),
        ("GEOAPP_SMTP", "smtp://"),
        ("GEOAPP_SMTP", "smtp://map:hunter-two@mail.example:submission"),
        ("GEOAPP_MAIL_FROM", "map"),
        ("GEOAPP_MAIL_FROM", "a@map.example, b@map.example"),
        ("GEOAPP_MAIL_FROM", "Map <map@map.example"),
        ("GEOAPP_MAIL_FROM", "@map.example"),
        ("GEOAPP_DEMO", "yes"),
    ],
)
def test_what_mail_cannot_use_is_refused_and_no_password_is_told(name: str, words: str) -> None:
    with pytest.raises(Invalid, match=f"{name} must") as refused:
        read_settings({name: words})
    assert "hunter-two" not in str(refused.value)


def test_an_address_is_kept_without_its_slash_and_a_sender_on_one_line() -> None:
    told = {"GEOAPP_URL": "https://kaart.example/", "GEOAPP_MAIL_FROM": "Map\r\n <map@x.example>"}
    settings = read_settings(told)
    assert settings.url == "https://kaart.example"
    assert settings.mail_from == "Map <map@x.example>"
