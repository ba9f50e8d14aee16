"""The one gate for pictures: whatever came in, only fresh pixels go on.

Every path takes it: form, API, Open311, import. An upload is refused by its size and its header
before anything is decoded; then a child process with limits decodes it (see `decoder`). No byte
of the upload is kept: no Exif, ICC, XMP, comment or text, and nothing that hung behind the picture.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from struct import Struct

from geoapp.bounded import TOO_HEAVY, folder_of, run_bounded
from geoapp.errors import Invalid
from geoapp.media.rules import (
    FIELD,
    JPEG_QUALITY,
    LARGE_SIDE_PX,
    MAX_PIXELS,
    SMALL_SIDE_PX,
    Format,
    Header,
    check_upload,
    read_header,
)

TIMEOUT_S = 8.0

_DECODER = Path(__file__).with_name("decoder.py")
# No site, no bytecode written, no folder of its own on the path: it starts in a third of the time.
DECODER = (sys.executable, "-S", "-s", "-P", "-B", str(_DECODER))

# How the decoder ends. Anything else above zero is our own fault.
_DAMAGED = 3

_LENGTHS = Struct(">II")


@dataclass(frozen=True)
class Cleaned:
    """Two JPEG files without metadata; `width` and `height` are those of the large one.

    `digest` is the SHA-256 of the upload: the same upload again has the same.
    """

    large: bytes
    small: bytes
    width: int
    height: int
    digest: bytes


def clean_picture(
    data: bytes, *, command: Sequence[str] = DECODER, timeout_s: float = TIMEOUT_S
) -> Cleaned:
    """The picture in `data`, as fresh files. `command` starts the decoder, and is killed in time.

    Raises:
        Invalid: no picture, too large, too heavy, or damaged; of the field `photos`.
        RuntimeError: the decoder is not well (its own words are in the log).
    """
    header = check_upload(data)
    arguments = (header.format, MAX_PIXELS, LARGE_SIDE_PX, SMALL_SIDE_PX, JPEG_QUALITY)
    ended, answer = run_bounded(
        [*command, *map(str, arguments)], data, folders=[folder_of("PIL")], timeout_s=timeout_s
    )
    if ended in TOO_HEAVY:
        raise Invalid(
            "This photo is too heavy to read: make it smaller, or take a new one.", field=FIELD
        )
    # A decoder that a file brings to fall is a file we do not want.
    if ended == _DAMAGED or ended < 0:
        raise Invalid("This photo is damaged: choose another, or take it again.", field=FIELD)
    if ended:
        raise RuntimeError(f"The picture decoder ended with {ended}.")
    large, small = _read_answer(answer)
    found = _check_jpeg(large, LARGE_SIDE_PX)
    _check_jpeg(small, SMALL_SIDE_PX)
    return Cleaned(large, small, found.width, found.height, sha256(data).digest())


def _read_answer(answer: bytes) -> tuple[bytes, bytes]:
    if len(answer) < _LENGTHS.size:
        raise RuntimeError("The picture decoder said nothing.")
    large, small = _LENGTHS.unpack_from(answer)
    files = answer[_LENGTHS.size :]
    if len(files) != large + small:
        raise RuntimeError("The picture decoder did not finish its answer.")
    return files[:large], files[large:]


def _check_jpeg(data: bytes, side_px: int) -> Header:
    """The decoder met the bytes of a stranger: its answer is looked at as well."""
    header = read_header(data)
    if header is None or header.format is not Format.JPEG:
        raise RuntimeError("The picture decoder answered something else than a JPEG.")
    if max(header.width, header.height) > side_px:
        raise RuntimeError("The picture decoder answered a picture that is too large.")
    return header
