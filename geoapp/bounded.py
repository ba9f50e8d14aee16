"""Programs of our own that meet the bytes of a stranger: apart, in time, and few at once.

They limit themselves first (`limit_self`): no file, socket or process is opened after that.

Never here: what such a program reads.
"""

import os
import resource
import select
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from threading import BoundedSemaphore
from typing import BinaryIO

from geoapp.errors import TooMany

# How a program ends that met something too heavy: in its own words, or by its limits.
HEAVY = 4
TOO_HEAVY = frozenset({HEAVY, -signal.SIGXCPU, -signal.SIGKILL})

# Each may take half a gigabyte; one server process runs no more of them at a time.
_slots = BoundedSemaphore(2)


def run_bounded(
    command: Sequence[str], data: bytes, *, folders: Sequence[str], timeout_s: float
) -> tuple[int, bytes]:
    """How the command ended, and what it wrote; it imports from `folders` and is killed in time.

    Files in memory stand at both ends of it, so that neither can keep the other waiting, and its
    answer is bounded by its own limit.

    Raises:
        TooMany: others keep all programs busy for as long as one may take.
    """
    with _take_slot(timeout_s), _memory_file() as question, _memory_file() as answer:
        question.write(data)
        question.seek(0)
        child = subprocess.Popen(  # noqa: S603  our own program; the upload is no argument
            command,
            stdin=question,
            stdout=answer,
            cwd="/",
            env={"PYTHONPATH": os.pathsep.join(folders), "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,
        )
        try:
            _wait(child, timeout_s)
        finally:
            child.kill()
            ended = child.wait()
        answer.seek(0)
        return ended, answer.read()


def folder_of(name: str) -> str:
    """The folder a package is imported from."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{name} is not installed.")
    origin = Path(spec.origin)
    return str(origin.parent.parent if origin.name == "__init__.py" else origin.parent)


def limit_self(limits: Mapping[int, int]) -> None:
    """Take these limits, or what is left of them, for the rest of this process."""
    for limit, value in limits.items():
        _, hard = resource.getrlimit(limit)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (allowed, allowed))


@contextmanager
def _take_slot(timeout_s: float) -> Iterator[None]:
    if not _slots.acquire(timeout=timeout_s):
        raise TooMany("Many files are being read just now. Try again in a minute.", wait_s=60)
    try:
        yield
    finally:
        _slots.release()


@contextmanager
def _memory_file() -> Iterator[BinaryIO]:
    with os.fdopen(os.memfd_create("upload"), "w+b") as opened:
        yield opened


def _wait(child: subprocess.Popen[bytes], timeout_s: float) -> None:
    """Return when the child has ended, or in time; `Popen.wait` looks but 20 times a second."""
    pidfd = os.pidfd_open(child.pid)
    try:
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        poll.poll(timeout_s * 1000)
    finally:
        os.close(pidfd)
