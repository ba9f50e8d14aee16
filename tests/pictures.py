"""Pictures as people send them, and as nobody should."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageStat


def encode(image: Image.Image, file_format: str = "JPEG", **options: Any) -> bytes:
    encoded = BytesIO()
    image.save(encoded, file_format, **options)
    return encoded.getvalue()


def photo(
    file_format: str = "JPEG",
    size: tuple[int, int] = (160, 120),
    *,
    grain: int = 1,
    **options: Any,
) -> bytes:
    """A picture with something in every corner of it; a coarser grain makes a smaller file."""
    noise = Image.effect_noise((size[0] // grain, size[1] // grain), 80)
    return encode(noise.resize(size).convert("RGB"), file_format, **options)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of_zeros(width: int, height: int, rows: int | None = None) -> bytes:
    """A one-bit PNG; of `rows` rows, whatever its header says."""
    row = b"\0" * (1 + (width + 7) // 8)
    zipped = zlib.compress(row * (height if rows is None else rows), 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, 0))
        + png_chunk(b"PLTE", b"\0\0\0\xff\xff\xff")
        + png_chunk(b"tRNS", b"\x80\x80")
        + png_chunk(b"IDAT", zipped)
        + png_chunk(b"IEND", b"")
    )


BOMB = png_of_zeros(30_000, 30_000, rows=5000)


def size_of(file: BytesIO) -> tuple[int, int]:
    """Width and height."""
    with Image.open(file) as opened:
        return opened.size


def busy_at(file: BytesIO, across: float, down: float) -> float:
    """How much the pixels differ from their neighbours round a spot, given in parts of the size."""
    with Image.open(file) as opened:
        grey = opened.convert("L")
    x, y = int(grey.width * across), int(grey.height * down)
    spot = grey.crop((x - 8, y - 8, x + 8, y + 8))
    return ImageStat.Stat(spot).stddev[0]
