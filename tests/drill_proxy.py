"""Drill of the front proxy, run by scripts/drill: nginx with the configuration that is shipped,
before the service. Prints its figures."""

import gzip
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.config import PROJECT_DIR
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine
from geoapp.ledger.rules import REPORTS_OF_ONE
from tests.drill_reports import serving
from tests.factories import LAT, LON, Factory
from tests.synthetic import tile_at

HERE = "127.0.0.1"
NGINX, OPENSSL = shutil.which("nginx"), shutil.which("openssl")
CERTIFICATE = (
    "req -x509 -newkey rsa:2048 -nodes -subj /CN=drill -addext subjectAltName=IP:127.0.0.1"
)
HALF_OPEN, PATIENCE_S = 200, 0.5
FORGED = {
    "Forwarded": "for=192.0.2.1",
    "X_Forwarded_Host": "x.example",
    "X_Forwarded_Proto": "http",
}


class Proxy:
    """nginx's configuration for this machine, and one who asks it."""

    def __init__(self, folder: Path, service: int) -> None:
        with socket.socket() as plain, socket.socket() as tls:
            plain.bind((HERE, 0))
            tls.bind((HERE, 0))
            self.port: int = tls.getsockname()[1]
            changes = {"listen 80 ": f"listen {HERE}:{plain.getsockname()[1]} "}
        self.log = folder / "log"
        self.trust = ssl.create_default_context(cafile=folder / "fullchain.pem")
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        changes |= {
            "http {": "http { " + " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds),
            "web:8000": f"{HERE}:{service}",
            "listen 443 ": f"listen {HERE}:{self.port} ",
            "/etc/nginx/certificates": str(folder),
            "/var/cache/geoapp": f"{folder}/cache",
            "/dev/stdout": str(self.log),
        }
        text = (PROJECT_DIR / "scripts" / "proxy.conf").read_text(encoding="utf-8")
        for shipped, ours in changes.items():
            assert shipped in text
            text = text.replace(shipped, ours)
        (folder / "nginx.conf").write_text(text, encoding="utf-8")

    def ask(
        self, path: str, body: object = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Status, headers and content of the answer; the question goes on a line of its own."""
        asking = http.client.HTTPSConnection(HERE, self.port, timeout=30, context=self.trust)
        with closing(asking) as line:
            told = {name.replace("_", "-"): words for name, words in headers.items()}
            text = None if body is None else json.dumps(body)
            kind = {"Content-Type": "application/json"}
            line.request("GET" if body is None else "POST", path, text, told | kind)
            answer = line.getresponse()
            return answer.status, answer.headers, answer.read()


@pytest.fixture(scope="module")
def proxy(
    make_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    """Database, service and nginx, all three real."""
    if NGINX is None or OPENSSL is None:
        pytest.fail("What this drill needs is missing: apt-get install nginx-light openssl")
    folder = tmp_path_factory.mktemp("proxy")
    files = ["-keyout", "privkey.pem", "-out", "fullchain.pem"]
    command = [OPENSSL, *CERTIFICATE.split(), *files]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)  # noqa: S603  of our own
    url = make_database("proxy")
    engine = make_engine(url)
    migrate(engine, metadata())
    with Session(engine) as session, session.begin():
        Factory(session).organisation(is_desk=True)
    engine.dispose()
    who = " user root root;" if os.geteuid() == 0 else ""
    said = f"pid {folder}/pid;{who}"
    nginx = [NGINX, "-p", str(folder), "-c", f"{folder}/nginx.conf", "-g", said]
    with serving(url, folder / "media") as (service, _):
        made = Proxy(folder, service)
        # It goes into the background by itself, and returns when its ports are open.
        subprocess.run(nginx, check=True)  # noqa: S603  of our own
        try:
            yield made
        finally:
            subprocess.run([*nginx, "-s", "stop"], check=True)  # noqa: S603  of our own


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Says a figure."""

    def say(words: str) -> None:
        with capsys.disabled():
            print(f"\nproxy: {words}")  # noqa: T201  a drill tells its figures

    return say


def test_what_a_sender_claims_of_itself_gains_nothing_and_stands_in_no_log(
    proxy: Proxy, tell: Callable[[str], None]
) -> None:
    body = {"lat": LAT, "lon": LON, "category": "broken"}
    made = [
        proxy.ask("/api/v1/defects", body, X_Forwarded_For=f"198.51.100.{number}", **FORGED)
        for number in range(REPORTS_OF_ONE.most + 1)
    ]
    assert [status for status, _, _ in made] == [201] * REPORTS_OF_ONE.most + [429]
    address = urlsplit(json.loads(made[0][2])["secret_url"])
    own = f"{address.path}?{address.query}"
    assert own.startswith("/defects/")
    for _ in "ab":
        status, headers, _ = proxy.ask(own, Referer="https://x.example/")
        assert (status, headers["X-Cache"]) == (200, None)
    log = proxy.log.read_text(encoding="utf-8")
    assert [
        word for word in ("secret", "defects/", HERE, "198.51", ".example") if word in log
    ] == []
    tell(f"{REPORTS_OF_ONE.most + 1} reports under forged addresses, the last is refused")


def test_a_tile_is_kept_byte_for_byte_and_what_is_the_operators_is_not_told(
    proxy: Proxy, tell: Callable[[str], None]
) -> None:
    path = f"/tiles/defects/{tile_at(LON, LAT, 16)}.mvt"
    bodies = {}
    for encoding in ("gzip", "identity"):
        first, second = (proxy.ask(path, Accept_Encoding=encoding) for _ in "ab")
        assert [headers["X-Cache"] for _, headers, _ in (first, second)] == ["MISS", "HIT"]
        assert first[2] == second[2] != b""
        tag = second[1]["ETag"]
        assert proxy.ask(path, Accept_Encoding=encoding, If_None_Match=tag)[0] == 304
        bodies[encoding] = second[2]
    assert gzip.decompress(bodies["gzip"]) == bodies["identity"]
    for operators in ("/metrics", "/health/ready", "//health/ready", "/health/%72eady"):
        assert proxy.ask(operators)[0] == 404
    tell(f"a tile of {len(bodies['gzip'])} bytes: MISS, HIT, 304, the same bytes")


@pytest.mark.parametrize(
    "begun", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "], ids=["tls", "header"]
)
def test_200_half_open_sockets_leave_a_normal_client_under_half_a_second(
    proxy: Proxy, begun: bytes, tell: Callable[[str], None]
) -> None:
    waits = []
    with ExitStack() as half_open:
        for _ in range(HALF_OPEN):
            line = half_open.enter_context(socket.create_connection((HERE, proxy.port)))
            if begun:
                wrapped = proxy.trust.wrap_socket(line, server_hostname=HERE)
                half_open.enter_context(wrapped).sendall(begun)
        for _ in range(10):
            started = time.monotonic()
            assert proxy.ask("/about")[0] == 200
            waits.append(time.monotonic() - started)
    where = "in the header" if begun else "before a word of TLS"
    tell(f"{HALF_OPEN} sockets half-open {where}: the slowest of 10 pages {max(waits):.3f} s")
    assert max(waits) < PATIENCE_S
