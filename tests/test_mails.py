"""Mail as it is written, handed over, caught and shown; nothing else comes along with it."""

import shutil
import smtplib
import ssl
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default as policy
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from geoapp.app import create_app
from geoapp.config import Settings
from geoapp.errors import Invalid
from geoapp.outbox.actions import post_message
from geoapp.outbox.mails import (
    FolderMailer,
    Mail,
    SmtpMailer,
    forget_caught,
    list_caught,
    make_mailer,
    write_mail,
)
from geoapp.outbox.worker import run_once
from geoapp.web.demo import Piece, split_links
from geoapp.web.mails import Letter, make_handlers
from tests.conftest import NOW
from tests.factories import Factory
from tests.fake_smtp import FakeSmtp, serve_smtp

SENDER = "Café Map <map@example.org>"
URL = "https://kaart.example"
MAIL = Mail(
    message_id=uuid.UUID(int=7),
    to="reader@example.net",
    subject="Uw melding is gelezen: café",
    text="Goedendag,\n\n.één regel\nhttps://kaart.example/" + "x" * 200 + "\n",
    language="nl",
)
HOSTILE: dict[str, dict[str, Any]] = {
    "a header in the subject": {"subject": "Hello\r\nBcc: victim@example.net"},
    "a bare newline in the subject": {"subject": "Hello\nBcc: victim@example.net"},
    "a header in the address": {"to": "reader@example.net\r\nBcc: victim@example.net"},
    "a second address": {"to": "reader@example.net, victim@example.net"},
    "an address in brackets": {"to": "reader@example.net <victim@example.net>"},
    "a command": {"to": "reader@example.net>\r\nRCPT TO:<victim@example.net"},
    "no address": {"to": ""},
    "half an address": {"to": "reader"},
    "the other half": {"to": "@example.net"},
    "a name without a place": {"to": "reader@"},
}


# -- Writing -----------------------------------------------------------------------------------


def test_a_mail_says_who_when_and_that_a_machine_wrote_it() -> None:
    written = write_mail(MAIL, sender=SENDER, now=NOW)
    assert {name: str(value) for name, value in written.items()} == {
        "From": SENDER,
        "To": "reader@example.net",
        "Subject": MAIL.subject,
        "Date": "Sat, 21 Nov 2026 12:00:00 +0000",
        "Message-ID": f"<{uuid.UUID(int=7)}@example.org>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "nl",
        "MIME-Version": "1.0",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "quoted-printable",
    }
    assert written.as_bytes().isascii()
    assert written.get_content() == MAIL.text


@pytest.mark.parametrize("changes", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_is_smuggled_into_a_mail(changes: dict[str, Any], tmp_path: Path) -> None:
    mailer = FolderMailer(tmp_path, sender=SENDER)
    with pytest.raises(ValueError, match="e-mail address|linefeed"):
        mailer.send(replace(MAIL, **changes), now=NOW)
    assert list(tmp_path.iterdir()) == []


# -- A mail server -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of our own for this machine, with its key."""
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    openssl = shutil.which("openssl")
    assert openssl is not None
    made = subprocess.run(  # noqa: S603  a fixed question
        [
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost", "-keyout", "-", "-out", "-"),
        ],
        capture_output=True,
        check=True,
    )
    file.write_bytes(made.stdout)
    return file


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    """What the fake server speaks TLS with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trust(certificate: Path) -> ssl.SSLContext:
    """Trusts that server's certificate."""
    return ssl.create_default_context(cafile=str(certificate))


def test_a_server_gets_the_mail_for_its_one_address() -> None:
    with serve_smtp(FakeSmtp()) as server:
        SmtpMailer(f"smtp://127.0.0.1:{server.port}", sender=SENDER).send(MAIL, now=NOW)
    (delivery,) = server.deliveries
    assert (delivery.sender, delivery.to) == ("map@example.org", ["reader@example.net"])
    arrived = message_from_bytes(delivery.content.replace(b"\r\n..", b"\r\n."), policy=policy)
    assert arrived["Subject"] == MAIL.subject
    assert arrived.get_content().replace("\r\n", "\n") == MAIL.text
    # The machine's own name is nobody's business.
    assert server.commands[0] == "ehlo example.org"


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_password_goes_by_tls(
    server_tls: ssl.SSLContext, trust: ssl.SSLContext, scheme: str
) -> None:
    with serve_smtp(FakeSmtp(tls=server_tls, starts_safe=scheme == "smtps")) as server:
        address = f"{scheme}://map:p%40ss@localhost:{server.port}"
        SmtpMailer(address, sender=SENDER, trust=trust).send(MAIL, now=NOW)
    assert [delivery.is_safe for delivery in server.deliveries] == [True]
    # AUTH PLAIN of RFC 4616: "\0map\0p@ss".
    assert [line for line in server.commands if line.startswith("AUTH")] == [
        "AUTH PLAIN AG1hcABwQHNz"
    ]


def test_no_password_is_told_to_a_server_without_tls() -> None:
    with serve_smtp(FakeSmtp()) as server:
        mailer = SmtpMailer(f"smtp://map:pass@127.0.0.1:{server.port}", sender=SENDER)
        with pytest.raises(smtplib.SMTPNotSupportedError):
            mailer.send(MAIL, now=NOW)
    assert not [line for line in server.commands if line.startswith("AUTH")]
    assert server.deliveries == []


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_that_cannot_prove_its_name_gets_nothing(
    server_tls: ssl.SSLContext, scheme: str
) -> None:
    with serve_smtp(FakeSmtp(tls=server_tls, starts_safe=scheme == "smtps")) as server:
        mailer = SmtpMailer(f"{scheme}://map:pass@localhost:{server.port}", sender=SENDER)
        with pytest.raises(ssl.SSLCertVerificationError):
            mailer.send(MAIL, now=NOW)
    assert server.deliveries == []


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("MAIL", "451 later"),
        ("RCPT", "550 nobody here"),
        ("DATA", "554 no"),
        ("EHLO", "421 busy"),
    ],
)
def test_a_refusal_is_an_error_so_that_the_mail_is_tried_again(verb: str, answer: str) -> None:
    with serve_smtp(FakeSmtp(answers={verb: answer, "HELO": answer})) as server:
        mailer = SmtpMailer(f"smtp://127.0.0.1:{server.port}", sender=SENDER)
        with pytest.raises(OSError, match=answer.split()[1]):
            mailer.send(MAIL, now=NOW)
    assert server.deliveries == []


@pytest.mark.parametrize("answer", ["500 what?", ""])
def test_a_rude_goodbye_makes_no_second_mail(answer: str) -> None:
    with serve_smtp(FakeSmtp(answers={"QUIT": answer})) as server:
        SmtpMailer(f"smtp://127.0.0.1:{server.port}", sender=SENDER).send(MAIL, now=NOW)
    assert len(server.deliveries) == 1


def test_a_folder_that_catches_lets_no_mail_out(tmp_path: Path) -> None:
    both = Settings(smtp="smtp://mail.example", mail_from=SENDER, mail_folder=tmp_path)
    assert isinstance(make_mailer(both), FolderMailer)
    assert isinstance(make_mailer(replace(both, mail_folder=None)), SmtpMailer)
    for less in (replace(both, smtp=""), replace(both, mail_from="")):
        with pytest.raises(Invalid, match="GEOAPP_SMTP"):
            make_mailer(replace(less, mail_folder=None))


# -- The folder --------------------------------------------------------------------------------


def test_a_mail_sent_twice_is_caught_once_and_read_back(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "mail"
    mailer = FolderMailer(folder, sender=SENDER)
    for _ in range(2):
        mailer.send(MAIL, now=NOW)
    (caught,) = list_caught(folder, limit=9)
    assert (caught.to, caught.subject, caught.text) == (MAIL.to, MAIL.subject, MAIL.text)
    assert caught.sent_at == NOW
    assert [file.stat().st_mode & 0o777 for file in folder.iterdir()] == [0o600]


def test_only_what_was_caught_is_listed_and_forgotten(tmp_path: Path) -> None:
    FolderMailer(tmp_path, sender=SENDER).send(MAIL, now=NOW)
    (tmp_path / "own.eml").write_text("Subject: of another making\n\nKeep.\n")
    assert len(list_caught(tmp_path, limit=9)) == 1
    forget_caught(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["own.eml"]
    assert list_caught(tmp_path / "none", limit=9) == []


# -- In the reader's language ------------------------------------------------------------------

TEMPLATE = """
{{ _('Example') }} <{{ name }}>

{{ url_for('web.show_asset', code=code, _external=True) }} & {{ language() }}
"""


@pytest.fixture
def app(connection: Connection) -> Flask:
    """A service with a mail of its own."""
    settings = Settings(background_url="", url=URL, hosts=("kaart.example",))
    made = create_app(settings, engine=connection, clock=lambda: NOW)
    own = DictLoader({"mails/trial.txt": TEMPLATE})
    made.jinja_env.loader = ChoiceLoader([own, made.jinja_env.loader or own])
    return made


@pytest.mark.parametrize(("language", "word"), [("nl", "Voorbeeld"), ("en", "Example")])
def test_a_mail_speaks_its_readers_language_and_links_to_the_set_address(
    connection: Connection,
    make: Factory,
    app: Flask,
    tmp_path: Path,
    language: str,
    word: str,
) -> None:
    asset = make.asset(name="Bench & <co>")

    def write_trial(session: Session, payload: Mapping[str, str]) -> Letter:
        assert session.get(type(asset), uuid.UUID(payload["asset_id"])) is not None
        return Letter(MAIL.to, language, {"name": asset.name, "code": asset.code})

    payload = {"asset_id": str(asset.id)}
    post_message(make.session, kind="trial", payload=payload, once_key="trial", now=NOW)
    make.session.commit()
    mailer = FolderMailer(tmp_path, sender=SENDER)
    handlers = make_handlers(app, mailer, mails={"trial": write_trial})
    assert run_once(connection, handlers, clock=lambda: NOW) == 1
    (caught,) = list_caught(tmp_path, limit=9)
    assert caught.subject == f"{word} <Bench & <co>>"
    assert caught.text == f"{URL}/assets/{asset.code} & {language}\n"


def test_where_there_is_nothing_to_send_any_more_nothing_is_and_it_is_settled(
    session: Session, connection: Connection, app: Flask, tmp_path: Path
) -> None:
    post_message(session, kind="trial", payload={}, once_key="trial", now=NOW)
    session.commit()
    mailer = FolderMailer(tmp_path, sender=SENDER)
    handlers = make_handlers(app, mailer, mails={"trial": lambda _session, _payload: None})
    assert run_once(connection, handlers, clock=lambda: NOW) == 1
    assert run_once(connection, handlers, clock=lambda: NOW + timedelta(days=1)) == 0
    assert list(tmp_path.iterdir()) == []


def test_without_an_address_of_its_own_a_service_writes_no_mail(
    connection: Connection, tmp_path: Path
) -> None:
    app = create_app(Settings(background_url=""), engine=connection)
    with pytest.raises(Invalid, match="GEOAPP_URL"):
        make_handlers(app, FolderMailer(tmp_path, sender=SENDER))


# -- The demonstration's page ------------------------------------------------------------------


def client_of(connection: Connection, folder: Path, *, demo: bool = True) -> FlaskClient:
    settings = Settings(background_url="", demo=demo, mail_folder=folder, url=URL)
    return create_app(settings, engine=connection, clock=lambda: NOW).test_client()


def test_only_a_demonstration_shows_its_mail(
    connection: Connection, make: Factory, tmp_path: Path
) -> None:
    make.district()
    FolderMailer(tmp_path, sender=SENDER).send(MAIL, now=NOW)
    shown = client_of(connection, tmp_path).get("/demo/mail")
    hidden = client_of(connection, tmp_path, demo=False).get("/demo/mail")
    assert (shown.status_code, hidden.status_code) == (200, 404)
    assert MAIL.to not in hidden.text
    assert shown.headers["Cache-Control"] == "no-store"


def test_the_page_lists_mails_the_newest_first_and_marks_each_as_an_example(
    connection: Connection, make: Factory, tmp_path: Path
) -> None:
    make.district()
    mailer = FolderMailer(tmp_path, sender=SENDER)
    client = client_of(connection, tmp_path)
    assert "Nog geen e-mail." in client.get("/demo/mail?lang=nl").text
    for number, subject in enumerate(("First", "Second", "<b>Third</b>")):
        mail = replace(MAIL, message_id=uuid.UUID(int=9 - number), subject=subject)
        mailer.send(mail, now=NOW + timedelta(hours=number))
    page = client.get("/demo/mail?lang=en").text
    places = [page.index(words) for words in ("&lt;b&gt;Third&lt;/b&gt;", "Second", "First")]
    assert places == sorted(places)
    assert page.count('<span class="vb">Example</span>') == 3
    assert "21 November 2026, 13:00" in page
    assert f'<a href="{URL}/{"x" * 200}">' in page


@pytest.mark.parametrize(
    ("text", "links"),
    [
        (f"See {URL}/defects/K7-QF4?secret=a_b-c.", [f"{URL}/defects/K7-QF4?secret=a_b-c"]),
        (f"({URL}/about), {URL}/", [f"{URL}/about", f"{URL}/"]),
        (f"{URL}/a\n{URL}/b", [f"{URL}/a", f"{URL}/b"]),
        (f"{URL}", []),
        (f"{URL}.evil.example/", []),
        (f"{URL}@evil.example/", []),
        (f"{URL}:8000/", []),
        ("https://evil.example/ javascript:alert(1) http://kaart.example/", []),
        ("https://kaartXexample/", []),
        (f'{URL}/"onclick=x', [f"{URL}/"]),
    ],
)
def test_only_addresses_of_our_own_are_links(text: str, links: list[str]) -> None:
    pieces = split_links(text, origin=URL)
    assert [piece.url for piece in pieces if piece.url] == links
    assert "".join(piece.words for piece in pieces) == text
    assert split_links(text, origin="") == [Piece(text)]
