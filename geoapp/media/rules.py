"""What may come in as a picture, what is kept of it, and who may come to see it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from struct import unpack_from

from geoapp.errors import Invalid

MAX_UPLOAD_MB = 10
MAX_UPLOAD_BYTES = MAX_UPLOAD_MB * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE_PX = 12_000
LARGE_SIDE_PX = 2048
SMALL_SIDE_PX = 480
JPEG_QUALITY = 85

FIELD = "photos"


class PictureState(StrEnum):
    """Held until somebody has looked; then shown, or hidden."""

    HELD = "held"
    SHOWN = "shown"
    HIDDEN = "hidden"


# What a look may make of a picture. What was hidden comes back by an appeal alone.
LOOKS: dict[PictureState, frozenset[PictureState]] = {
    PictureState.HELD: frozenset({PictureState.SHOWN, PictureState.HIDDEN}),
    PictureState.SHOWN: frozenset({PictureState.HIDDEN}),
    PictureState.HIDDEN: frozenset(),
}


class Size(StrEnum):
    """The two files of a picture: its longer side is at most 2048 or 480 pixels."""

    LARGE = "large"
    SMALL = "small"


class Format(StrEnum):
    """What may come in; told by content, never by name."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"


@dataclass(frozen=True)
class Header:
    """What the first bytes of a picture say of it, before anything is decoded."""

    format: Format
    width: int
    height: int


def check_upload(data: bytes) -> Header:
    """The header of an upload that may be decoded.

    Raises:
        Invalid: empty, too large, too many pixels, or none of the formats that may come in.
    """
    if not data:
        raise Invalid("This file is empty: choose the photo again.", field=FIELD)
    if len(data) > MAX_UPLOAD_BYTES:
        raise Invalid(
            "This photo is larger than {megabytes} MB: choose a smaller one.",
            field=FIELD,
            megabytes=MAX_UPLOAD_MB,
        )
    header = read_header(data)
    if header is None:
        raise Invalid("This file is no photo: choose a JPEG, PNG or WebP picture.", field=FIELD)
    if not fits(header):
        raise Invalid(
            "This photo measures {width} by {height} pixels, more than we take: "
            "choose a smaller one.",
            field=FIELD,
            width=header.width,
            height=header.height,
        )
    return header


def fits(header: Header) -> bool:
    """True where sides and pixels are within the bounds."""
    longer = max(header.width, header.height)
    return longer <= MAX_SIDE_PX and header.width * header.height <= MAX_PIXELS


def read_header(data: bytes) -> Header | None:
    """Format and sides in pixels, as the file itself tells; None where it is no such picture."""
    for known, start, read_sides in FORMATS:
        if data.startswith(start):
            sides = read_sides(data)
            if sides is None or min(sides) < 1:
                return None
            return Header(known, *sides)
    return None


# A photo has some 30 segments before its size, 200 with a depth map. Whoever has more wants to
# keep us reading.
_MAX_SEGMENTS = 1000
_FRAME_STARTS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_FILL, _START_OF_SCAN, _END_OF_IMAGE = 0xFF, 0xDA, 0xD9


def _read_jpeg(data: bytes) -> tuple[int, int] | None:
    """ITU-T T.81, B.2.2: the frame header, after any number of other segments."""
    at = 2
    for _ in range(_MAX_SEGMENTS):
        if at + 9 > len(data) or data[at] != _FILL:
            return None
        marker = data[at + 1]
        if marker == _FILL:
            at += 1
            continue
        if marker in _FRAME_STARTS:
            height, width = unpack_from(">HH", data, at + 5)
            return width, height
        if marker in (_START_OF_SCAN, _END_OF_IMAGE) or marker < min(_FRAME_STARTS):
            return None
        at += 2 + unpack_from(">H", data, at + 2)[0]
    return None


def _read_png(data: bytes) -> tuple[int, int] | None:
    """PNG (third edition), 11.2.1: IHDR comes first."""
    if len(data) < 33 or data[8:16] != b"\x00\x00\x00\rIHDR":
        return None
    width, height = unpack_from(">II", data, 16)
    return width, height


def _read_webp(data: bytes) -> tuple[int, int] | None:
    """RFC 9649, 2.5 to 2.7: lossy, lossless, or extended (which gives the canvas)."""
    if len(data) < 30 or data[8:12] != b"WEBP":
        return None
    kind = data[12:16]
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and data[20] == 0x2F:
        (bits,) = unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    return None


FORMATS: tuple[tuple[Format, bytes, Callable[[bytes], tuple[int, int] | None]], ...] = (
    (Format.JPEG, b"\xff\xd8\xff", _read_jpeg),
    (Format.PNG, b"\x89PNG\r\n\x1a\n", _read_png),
    (Format.WEBP, b"RIFF", _read_webp),
)
