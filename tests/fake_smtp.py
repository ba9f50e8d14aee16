"""A mail server for tests: says what a real one would, keeps what it is given, sends nothing on."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Delivery:
    """One mail as it was handed over; `is_safe` where that was by TLS."""

    sender: str
    to: list[str]
    content: bytes
    is_safe: bool


@dataclass
class FakeSmtp:
    """What the server does, and what it was told. `answers` replaces its answer to a command;
    an empty one hangs up."""

    tls: ssl.SSLContext | None = None
    starts_safe: bool = False
    answers: dict[str, str] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    port: int = 0


class _Talk(socketserver.StreamRequestHandler):
    """One connection (RFC 5321, with STARTTLS of RFC 3207 and AUTH PLAIN of RFC 4954)."""

    timeout = 10
    # Several short lines in a row: each would wait for the other side's word that it came.
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.fake: FakeSmtp = self.server.fake  # type: ignore[attr-defined]  # put there below
        self.is_safe, self.sender, self.to = False, "", list[str]()
        if self.fake.starts_safe:
            self._go_safe()
        self._say("220 fake")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            self.fake.commands.append(line)
            if self.fake.answers.get(verb) == "":
                return
            if verb in self.fake.answers:
                self._say(self.fake.answers[verb])
            else:
                getattr(self, f"_{verb.lower()}")(line)

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def _ehlo(self, _line: str) -> None:
        can_go_safe = self.fake.tls is not None and not self.is_safe
        offers = ["fake", *(["STARTTLS"] if can_go_safe else []), "AUTH PLAIN"]
        for offer in offers[:-1]:
            self._say(f"250-{offer}")
        self._say(f"250 {offers[-1]}")

    def _starttls(self, _line: str) -> None:
        self._say("220 go on")
        self._go_safe()

    def _auth(self, _line: str) -> None:
        self._say("235 welcome")

    def _mail(self, line: str) -> None:
        self.sender = line[len("MAIL FROM:") :].split()[0].strip("<>")
        self._say("250 ok")

    def _rcpt(self, line: str) -> None:
        self.to.append(line[len("RCPT TO:") :].split()[0].strip("<>"))
        self._say("250 ok")

    def _data(self, _line: str) -> None:
        self._say("354 go on")
        lines = list(iter(self.rfile.readline, b".\r\n"))
        self.fake.deliveries.append(
            Delivery(self.sender, self.to, b"".join(lines), is_safe=self.is_safe)
        )
        self._say("250 kept")

    def _rset(self, _line: str) -> None:
        self._say("250 ok")

    def _quit(self, _line: str) -> None:
        self._say("221 goodbye")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())

    def _go_safe(self) -> None:
        assert self.fake.tls is not None
        self.connection = self.fake.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.is_safe = True


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Whoever hangs up is not told of."""


@contextmanager
def serve_smtp(fake: FakeSmtp) -> Iterator[FakeSmtp]:
    """Let it answer on a port of this machine while the block runs."""
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.fake = fake  # type: ignore[attr-defined]  # for its talks
        fake.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
