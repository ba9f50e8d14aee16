"""The processes of a service: the server, those the demonstration starts, and how each ends."""

import ctypes
import http.client
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # it ships none

from geoapp.app import create_app
from geoapp.config import Settings, make_demo_environment
from geoapp.errors import Conflict

PORTS_TRIED = 100
STARTED_WITHIN_S = 60
STOPPED_WITHIN_S = 15

Child = subprocess.Popen[bytes]


# -- The server ------------------------------------------------------------------------------


def run_server(settings: Settings, options: Mapping[str, Any]) -> None:
    """Serve until told to end; `options` are gunicorn's."""
    with _shared_folder() as figures:
        _Server(settings, options, figures).run()


@contextmanager
def _shared_folder() -> Iterator[Path]:
    """A folder for the processes that serve; it goes when the one that made it ends."""
    folder, maker = Path(tempfile.mkdtemp(prefix="geoapp-figures-")), os.getpid()
    try:
        yield folder
    finally:
        # A worker that ends comes by here too.
        if os.getpid() == maker:
            shutil.rmtree(folder, ignore_errors=True)


class _Server(BaseApplication):  # type: ignore[misc]  # untyped, see its import
    """gunicorn inside our own command."""

    def __init__(self, settings: Settings, options: Mapping[str, Any], figures: Path) -> None:
        self._settings = settings
        self._figures = figures
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        ours = {
            "worker_class": "gthread",
            "threads": 4,
            "loglevel": "warning",
            "graceful_timeout": 10,
            # Five heavy photos may each keep the decoder busy for eight seconds.
            "timeout": 90,
            # Its one fixed path would be shared by all clones of a user.
            "control_socket_disable": True,
        }
        for name, value in {**ours, **self._options}.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_app(self._settings, figures=self._figures)


# -- Those of the demonstration --------------------------------------------------------------


@contextmanager
def run_children(url: str, commands: Mapping[str, Sequence[str]]) -> Iterator[dict[str, Child]]:
    """Run commands of ours, by name, as parts of the demonstration at `url`; they end with the
    block, one way or the other."""
    children = {
        name: subprocess.Popen(  # noqa: S603  our own command
            [sys.executable, "-m", "geoapp.cli", *command, "--with-parent"],
            stdin=subprocess.DEVNULL,
            env=make_demo_environment(url),
            # Ctrl-C reaches us alone, so that each can finish what it has in hand.
            start_new_session=True,
        )
        for name, command in commands.items()
    }
    try:
        yield children
    finally:
        ignore_signals()
        for child in children.values():
            child.terminate()
        for child in children.values():
            _wait_or_kill(child)


def _wait_or_kill(child: Child) -> None:
    try:
        child.wait(STOPPED_WITHIN_S)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def wait_for_an_end(children: Mapping[str, Child]) -> NoReturn:
    """Wait until one of them ends, which none should.

    Raises:
        Conflict: names it.
    """
    by_handle = {os.pidfd_open(child.pid): name for name, child in children.items()}
    try:
        ended, _, _ = select.select(list(by_handle), [], [])
    finally:
        for handle in by_handle:
            os.close(handle)
    name = by_handle[ended[0]]
    raise Conflict(
        f"The {name} ended by itself (exit code {children[name].wait()}): see above why."
    )


def wait_until_served(server: Child, host: str, port: int) -> None:
    """Wait until a server that was started answers.

    Raises:
        Conflict: it has ended, or is not there in time.
    """
    deadline = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise Conflict(f"The server did not start (exit code {server.returncode}).")
        if _is_live(host, port):
            return
        time.sleep(0.1)
    raise Conflict(f"The server did not answer within {STARTED_WITHIN_S} seconds.")


def _is_live(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def find_free_port(host: str, wanted: int) -> int:
    """The first free port from `wanted` on.

    Raises:
        Conflict: none of the next hundred is.
    """
    for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
        with socket.socket() as probe, suppress(OSError):
            # As gunicorn does, so that a port somebody just left counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return port
    raise Conflict(f"No port from {wanted} on is free: choose another with --port.")


# -- How they end ----------------------------------------------------------------------------

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interrupt_on_signals() -> None:
    """Whatever asks us to end interrupts as Ctrl-C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    _answer_signals(interrupt)


def stop_event() -> threading.Event:
    """An event that is set when we are asked to end."""
    event = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        # Not here: what the signal interrupts may hold the event's own lock.
        threading.Thread(target=event.set, daemon=True).start()

    _answer_signals(stop)
    return event


def _answer_signals(answer: Callable[[int, FrameType | None], None]) -> None:
    for number in _ENDING:
        # nohup sets SIGHUP to be ignored, and a shell SIGINT for what it runs in the background.
        if number is signal.SIGTERM or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, answer)


def ignore_signals() -> None:
    """From here on nothing that asks us to end is heard."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)


def end_with_parent() -> None:
    """Asks Linux to end us when our parent dies, even by kill -9, so that no port stays taken."""
    set_parent_death_signal: int = 1  # PR_SET_PDEATHSIG of prctl(2)
    prctl: Callable[..., int] = ctypes.CDLL(None).prctl
    prctl(set_parent_death_signal, signal.SIGTERM)
