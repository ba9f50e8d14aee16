"""Broken uploads: bytes of a file changed at random, read with the limits of the reading program.

    python -m tests.flips SEED START COUNT

is that program with a loop in it, as starting it for every file takes longer than all else.
"""

import json
import struct
import sys
from collections import Counter
from collections.abc import Iterator
from random import Random

from geoapp.bounded import folder_of, limit_self, run_bounded
from geoapp.config import PROJECT_DIR
from geoapp.errors import Invalid
from geoapp.exchange.reading import program
from geoapp.exchange.uploads import read_answer

AT_ONCE = 200
_LENGTH = struct.Struct(">I")


def read_flips(data: bytes, *, seed: int, count: int) -> Counter[str]:
    """How many of `count` broken versions of `data` ended how."""
    ends: Counter[str] = Counter()
    while (done := ends.total()) < count:
        ends += _read_some(data, seed=seed, start=done, count=min(AT_ONCE, count - done))
    return ends


def _read_some(data: bytes, *, seed: int, start: int, count: int) -> Counter[str]:
    command = (sys.executable, "-S", "-s", "-P", "-B", "-m", "tests.flips")
    ended, written = run_bounded(
        [*command, str(seed), str(start), str(count)],
        data,
        folders=[str(PROJECT_DIR), folder_of("shapely")],
        timeout_s=120,
    )
    assert ended <= 0, "the reader itself is not well"
    ends = Counter(map(_outcome, _split(written)))
    # A file that brings the reader to fall is refused as damaged; the next ones are read anew.
    return ends + Counter({"fell": 1 if ended else 0})


def _split(written: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(written):
        (length,) = _LENGTH.unpack_from(written, at)
        at += _LENGTH.size + length
        yield written[at - length : at]


def _outcome(answer: bytes) -> str:
    if not answer:
        return "damaged"
    try:
        read_answer(json.loads(answer))
    except Invalid:
        return "refused"
    return "read"


def flip(data: bytes, random: Random) -> bytes:
    """`data` with one to eight bytes changed, or cut short."""
    broken = bytearray(data)
    for _ in range(random.randint(1, 8)):
        broken[random.randrange(len(broken))] = random.randrange(256)
    return bytes(broken[: random.randrange(len(broken))] if random.random() < 0.05 else broken)


def main() -> int:
    """Read the broken versions START to START + COUNT of standard input."""
    seed, start, count = map(int, sys.argv[1:])
    data = sys.stdin.buffer.read()
    limit_self(program.LIMITS)
    program.be_silent()
    for number in range(start, start + count):
        written = _read_one(flip(data, Random(f"{seed} {number}")))  # noqa: S311  to be had again
        sys.stdout.buffer.write(_LENGTH.pack(len(written)) + written)
        sys.stdout.buffer.flush()
    return 0


def _read_one(broken: bytes) -> bytes:
    try:
        return json.dumps(program.answer(broken, None)).encode()
    except ImportError:
        raise
    except Exception:  # noqa: BLE001  as the program itself does
        return b""


if __name__ == "__main__":
    sys.exit(main())
