"""The decoder: a program that makes two clean JPEGs of one upload, and ends.

    decoder.py FORMAT MAX_PIXELS LARGE_SIDE_PX SMALL_SIDE_PX JPEG_QUALITY

Reads the upload from standard input and writes to standard output the lengths of both files
(two big-endian 32-bit numbers) and the files. Ends with 3 where the picture is damaged, 4 where
it needs more memory than a photo does. It alone meets the bytes of a stranger, so it limits itself
first, and imports Pillow and nothing of geoapp: it starts with every photo.
"""

import resource
import struct
import sys
import warnings
from io import BytesIO

# TiffImagePlugin reads Exif. Pillow imports it when it meets some; by then no file can be opened.
from PIL import Image, ImageFile, TiffImagePlugin  # noqa: F401
from PIL.ExifTags import Base
from PIL.Image import Transpose
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

DAMAGED, TOO_HEAVY = 3, 4

# The allow-list. Pillow's own search by content knows sixty formats, and is never asked.
READERS: dict[str, type[ImageFile.ImageFile]] = {
    "jpeg": JpegImageFile,
    "png": PngImageFile,
    "webp": WebPImageFile,
}

# Exif, Orientation (tag 274); whatever else stands there is upright as well.
UPRIGHT = 1
TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}

LIMITS = {
    resource.RLIMIT_AS: 512 * 1024 * 1024,
    resource.RLIMIT_CPU: 5,
    resource.RLIMIT_FSIZE: 8 * 1024 * 1024,
    resource.RLIMIT_NOFILE: 3,
    resource.RLIMIT_NPROC: 0,
    resource.RLIMIT_CORE: 0,
}

# libjpeg halves for nearly nothing while it decodes. Half a photo of 4,000 pixels is near enough
# to 2,048 to be kept as it is.
NEAR_ENOUGH = 0.9


def read_upload(data: bytes, kind: str, max_pixels: int, side_px: int) -> Image.Image:
    """The first frame, upright, at most `side_px` on its longer side, on a canvas of its own."""
    image: Image.Image = READERS[kind](BytesIO(data))
    if image.width * image.height > max_pixels:
        raise ValueError("more pixels than may come in")
    _ask_for_less(image, side_px)
    image.load()
    turn = TURNS.get(_read_orientation(image))
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256, "L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode != "RGB":
        image = image.convert("RGB")
    image.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(image, mask=image if image.mode == "RGBA" else None)
    return canvas if turn is None else canvas.transpose(turn)


def _ask_for_less(image: Image.Image, side_px: int) -> None:
    for scale in (8, 4, 2):
        if max(image.size) / scale >= side_px * NEAR_ENOUGH:
            image.draft(None, (max(1, image.width // scale), max(1, image.height // scale)))
            return


def _read_orientation(image: Image.Image) -> int:
    try:
        told = image.getexif().get(Base.Orientation)
    except (AttributeError, LookupError, OSError, SyntaxError, TypeError, ValueError, struct.error):
        return UPRIGHT
    return told if isinstance(told, int) else UPRIGHT


def make_files(
    data: bytes, kind: str, max_pixels: int, large_px: int, small_px: int, quality: int
) -> tuple[bytes, bytes]:
    """The large and the small JPEG of an upload; any exception means that it is damaged."""
    canvas = read_upload(data, kind, max_pixels, large_px)
    large = _encode(canvas, quality)
    canvas.thumbnail((small_px, small_px))
    return large, _encode(canvas, quality)


def _encode(image: Image.Image, quality: int) -> bytes:
    encoded = BytesIO()
    image.save(encoded, "JPEG", quality=quality)
    return encoded.getvalue()


def limit_self() -> None:
    """From here on: no file or socket can be opened, no process started, and not much used."""
    for limit, value in LIMITS.items():
        _, hard = resource.getrlimit(limit)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (allowed, allowed))


def main() -> int:
    """Decode what stands in standard input; returns how the program ends."""
    Image.preinit()  # Else Pillow imports these drivers at its first save.
    limit_self()
    warnings.simplefilter("error")
    # What it says of Exif, which is thrown away whole.
    warnings.filterwarnings("ignore", module=r"PIL\.TiffImagePlugin")
    kind, *bounds = sys.argv[1:]
    try:
        large, small = make_files(sys.stdin.buffer.read(), kind, *map(int, bounds))
    except MemoryError:
        return TOO_HEAVY
    except Exception:  # noqa: BLE001  an edge: whatever a stranger's file brings about is its damage
        return DAMAGED
    sys.stdout.buffer.write(struct.pack(">II", len(large), len(small)) + large + small)
    return 0


if __name__ == "__main__":
    sys.exit(main())
