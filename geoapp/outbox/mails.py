"""Mail: what one says, and the two ways it goes, to a mail server or into a folder."""

import os
import re
import smtplib
import ssl
import tempfile
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default as policy
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from geoapp.config import Settings
from geoapp.errors import Invalid

# A server that says nothing for so long; a sending takes some ten answers.
TIMEOUT_S = 20
PORTS = {"smtp": 587, "smtps": 465}
_NAME = re.compile(r"[0-9a-f]{32}\.eml")


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail; `media_type` such as ``text/csv``."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """One mail to one address. `message_id` is the same each time it is sent."""

    message_id: uuid.UUID
    to: str
    subject: str
    text: str
    language: str
    attachments: tuple[Attachment, ...] = ()


class Mailer(Protocol):
    """A way mail goes."""

    def send(self, mail: Mail, *, now: datetime) -> None:
        """Send it; when this returns, somebody else answers for it.

        Raises:
            OSError: it did not leave (all errors of smtplib are such).
            ValueError: the address is none, or the subject would be more than one line.
        """


def write_mail(mail: Mail, *, sender: str, now: datetime) -> EmailMessage:
    """The mail as it travels. `sender` may hold a name: ``Map <map@example.org>``.

    Raises:
        ValueError: `to` is no single address, or a header would be more than one line.
    """
    written = EmailMessage(policy)
    written["From"] = sender
    written["To"] = _read_address(mail.to)
    written["Subject"] = mail.subject
    written["Date"] = format_datetime(now)
    written["Message-ID"] = f"<{mail.message_id}@{_domain_of(sender)}>"
    # RFC 3834: no answer of a machine to a machine.
    written["Auto-Submitted"] = "auto-generated"
    written.set_content(mail.text, cte="quoted-printable")
    written["Content-Language"] = mail.language
    for one in mail.attachments:
        kind, _, subkind = one.media_type.partition("/")
        written.add_attachment(
            one.content,
            maintype=kind,
            subtype=subkind,
            filename=one.name,
            params={"charset": "utf-8"} if kind == "text" else {},
        )
    return written


def _read_address(words: str) -> Address:
    """One address, taken apart: in a list with commas a second one could hide."""
    try:
        found = Address(addr_spec=words)
    # Python's parser has three ways to refuse; where there is nothing at all it runs out of it.
    except (ValueError, MessageError, IndexError) as error:
        raise ValueError("This is no e-mail address.") from error
    if not (found.username and found.domain):
        raise ValueError("This is half an e-mail address.")
    return found


class SmtpMailer:
    """Hands mail to the server of an address such as ``smtp://user:password@host:587``.

    `smtps` is TLS from the first byte; `smtp` goes over to TLS where the server offers it, and
    tells no password before. The server's certificate is checked; `trust` replaces what by.
    """

    def __init__(self, address: str, *, sender: str, trust: ssl.SSLContext | None = None) -> None:
        self._server = urlsplit(address)
        self._sender = sender
        self._trust = trust or ssl.create_default_context()

    def send(self, mail: Mail, *, now: datetime) -> None:
        """Send it; see `Mailer`."""
        written = write_mail(mail, sender=self._sender, now=now)
        smtp = self._connect()
        try:
            self._sign_in(smtp)
            smtp.send_message(written, to_addrs=[written["To"].addresses[0].addr_spec])
            # The server has it: how it says goodbye changes nothing.
            with suppress(OSError):
                smtp.quit()
        finally:
            smtp.close()

    def _connect(self) -> smtplib.SMTP:
        host, scheme = self._server.hostname or "", self._server.scheme
        port = self._server.port or PORTS[scheme]
        # Our own name in a mail's trace is the sender's, not this machine's.
        name = _domain_of(self._sender)
        if scheme == "smtps":
            return smtplib.SMTP_SSL(
                host, port, local_hostname=name, timeout=TIMEOUT_S, context=self._trust
            )
        return smtplib.SMTP(host, port, local_hostname=name, timeout=TIMEOUT_S)

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        is_safe = self._server.scheme == "smtps"
        if not is_safe and smtp.has_extn("starttls"):
            smtp.starttls(context=self._trust)
            is_safe = True
        if self._server.username is None:
            return
        if not is_safe:
            raise smtplib.SMTPNotSupportedError("No password without TLS: use smtps://.")
        smtp.login(unquote(self._server.username), unquote(self._server.password or ""))


class FolderMailer:
    """Catches mail in a folder, for the demo and for tests: nothing leaves the machine.

    One file for each message, whole or not at all: sent again, it is the same file.
    """

    def __init__(self, folder: Path, *, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, mail: Mail, *, now: datetime) -> None:
        """Catch it; see `Mailer`."""
        written = write_mail(mail, sender=self._sender, now=now)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(written.as_bytes())
            Path(draft).replace(self._folder / f"{mail.message_id.hex}.eml")
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise


def make_mailer(settings: Settings) -> Mailer:
    """The way mail goes by these settings; a folder that catches it lets none out.

    Raises:
        Invalid: none is set.
    """
    if settings.mail_folder is not None:
        return FolderMailer(settings.mail_folder, sender=settings.mail_from or "map@example.org")
    if not settings.smtp or not settings.mail_from:
        raise Invalid(
            "No mail can leave: set GEOAPP_SMTP and GEOAPP_MAIL_FROM, or GEOAPP_MAIL_FOLDER "
            "to catch it."
        )
    return SmtpMailer(settings.smtp, sender=settings.mail_from)


# -- What was caught ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Caught:
    """A mail in the folder of a catcher."""

    to: str
    subject: str
    sent_at: datetime
    text: str
    attachments: tuple[Attachment, ...] = ()


def list_caught(folder: Path, *, limit: int) -> list[Caught]:
    """What the folder holds, the newest first."""
    newest = sorted(_find_caught(folder), reverse=True)[:limit]
    return [_read_caught(file) for _, file in newest]


def forget_caught(folder: Path) -> None:
    """Take away what was caught, and no file of another making."""
    for _, file in _find_caught(folder):
        file.unlink(missing_ok=True)


def _find_caught(folder: Path) -> list[tuple[int, Path]]:
    found = [file for file in folder.glob("*.eml") if _NAME.fullmatch(file.name)]
    return [(file.stat().st_mtime_ns, file) for file in found]


def _read_caught(file: Path) -> Caught:
    mail = message_from_bytes(file.read_bytes(), policy=policy)
    body = mail.get_body(("plain",))
    return Caught(
        to=str(mail["To"]),
        subject=str(mail["Subject"]),
        sent_at=mail["Date"].datetime,
        text=str(body.get_content()) if body is not None else "",
        attachments=tuple(_read_attachment(part) for part in mail.iter_attachments()),
    )


def _read_attachment(part: EmailMessage) -> Attachment:
    content = part.get_content()
    is_words = isinstance(content, str)
    return Attachment(
        name=part.get_filename() or "",
        media_type=part.get_content_type(),
        content=content.encode() if is_words else content,
    )


def _domain_of(sender: str) -> str:
    domain: str = policy.header_factory("From", sender).addresses[0].domain
    return domain
