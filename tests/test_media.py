"""The gate for pictures and their store: only fresh pixels go on, and no file without a row."""

import os
import resource
import struct
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from io import BytesIO
from itertools import product
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from geoapp.db.base import new_id
from geoapp.errors import Conflict, Invalid, NotFound
from geoapp.media.actions import (
    add_picture,
    look_at_picture,
    remove_example_pictures,
    sweep_pictures,
)
from geoapp.media.decoder import make_files
from geoapp.media.gate import Cleaned, clean_picture
from geoapp.media.queries import find_known, list_held
from geoapp.media.rules import (
    JPEG_QUALITY,
    LARGE_SIDE_PX,
    LOOKS,
    MAX_PIXELS,
    MAX_UPLOAD_BYTES,
    SMALL_SIDE_PX,
    Format,
    Header,
    PictureState,
    Size,
    check_upload,
    read_header,
)
from geoapp.media.store import FileStore
from geoapp.media.tables import Picture
from tests.factories import Factory
from tests.pictures import BOMB, encode, photo, png_chunk, png_of_zeros

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
RED, GREEN, BLUE, YELLOW = (254, 0, 0), (0, 254, 0), (0, 0, 254), (254, 254, 0)
Colour = tuple[int, int, int]

# Where a decoder would be started, this one is not found: whoever gets `Invalid` started none.
NO_DECODER = ("/no/such/program",)

FORMATS = ("JPEG", "PNG", "WEBP")


def open_jpeg(data: bytes) -> Image.Image:
    opened = Image.open(BytesIO(data), formats=["JPEG"])
    opened.load()
    return opened


def near(found: Any, wanted: Colour) -> bool:
    """JPEG keeps a colour nearly."""
    return all(abs(one - other) < 24 for one, other in zip(found, wanted, strict=True))


# JFIF, tables, frame: no Exif or XMP (E1), ICC (E2), Photoshop (ED), comment (FE).
CLEAN = {0xE0, 0xDB, 0xC0, 0xC4}


def segments(jpeg: bytes) -> set[int]:
    """The markers before the pixels, and nothing after the end."""
    found, at = set(), 2
    while jpeg[at + 1] != 0xDA:
        found.add(jpeg[at + 1])
        at += 2 + int(struct.unpack_from(">H", jpeg, at + 2)[0])
    assert jpeg.endswith(b"\xff\xd9")
    assert jpeg.count(b"\xff\xd9") == 1
    return found


# -- What comes out --------------------------------------------------------------------------


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_picture_comes_out_as_two_jpegs(file_format: str) -> None:
    upload = photo(file_format, (700, 500))
    cleaned = clean_picture(upload)
    large, small = open_jpeg(cleaned.large), open_jpeg(cleaned.small)
    assert large.size == (cleaned.width, cleaned.height) == (700, 500)
    assert max(small.size) == SMALL_SIDE_PX
    assert cleaned.digest == sha256(upload).digest()


@pytest.mark.parametrize(
    ("size", "large", "small"),
    [
        ((4000, 3000), (2000, 1500), (480, 360)),
        ((3264, 2448), (2048, 1536), (480, 360)),
        ((900, 5000), (369, 2048), (86, 480)),
        ((12_000, 1), (2048, 1), (480, 1)),
        ((1, 1), (1, 1), (1, 1)),
    ],
)
def test_a_large_picture_shrinks_and_a_small_one_does_not_grow(
    size: tuple[int, int], large: tuple[int, int], small: tuple[int, int]
) -> None:
    cleaned = clean_picture(encode(Image.new("RGB", size, RED)))
    assert (cleaned.width, cleaned.height) == large
    assert open_jpeg(cleaned.small).size == small
    assert max(large) <= LARGE_SIDE_PX


def exif_with(canary: str) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = exif[0x010F] = exif[0x013B] = f"{canary} description, make, artist"
    exif.get_ifd(0x8769)[0x9286] = f"{canary} comment"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 18.0, 36.5), 0x1D: canary})
    return exif


def uploads_with(canary: str) -> Iterator[tuple[str, bytes]]:
    """A picture of each format with the canary in every place that can carry words."""
    words = canary.encode()
    everywhere: dict[str, Any] = {
        "exif": exif_with(canary),
        "icc_profile": words * 9,
        "xmp": words * 3,
    }
    jpeg = photo("JPEG", comment=words, **everywhere)
    photoshop = b"Photoshop 3.0\0" + words
    segment = b"\xff\xed" + struct.pack(">H", 2 + len(photoshop)) + photoshop
    yield "jpeg", jpeg[:2] + segment + jpeg[2:]
    notes = PngInfo()
    notes.add_text("Comment", canary)
    notes.add_text("Zipped", canary * 9, zip=True)
    notes.add_itxt("Title", canary, "nl", canary)
    notes.add_itxt("XML:com.adobe.xmp", canary)
    notes.add(b"prVt", words)
    yield "png", photo("PNG", pnginfo=notes, exif=everywhere["exif"], icc_profile=words * 9)
    yield "webp", photo("WEBP", **everywhere)


CANARY = "Kanarie5501"
CARRIERS = dict(uploads_with(CANARY))


@pytest.mark.parametrize("kind", CARRIERS)
def test_no_metadata_survives(kind: str) -> None:
    upload = CARRIERS[kind]
    assert upload.count(CANARY.encode()) >= 5
    cleaned = clean_picture(upload)
    for stored in (cleaned.large, cleaned.small):
        assert CANARY.encode() not in stored
        assert segments(stored) == CLEAN
        assert set(open_jpeg(stored).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("kind", CARRIERS)
@pytest.mark.parametrize("tail", [b"PK\x03\x04 a zip", b"<script>alert(1)</script>", photo("PNG")])
def test_nothing_that_hangs_behind_a_picture_survives(kind: str, tail: bytes) -> None:
    cleaned = clean_picture(CARRIERS[kind] + tail)
    for stored in (cleaned.large, cleaned.small):
        assert tail[:8] not in stored
        assert segments(stored) == CLEAN


OPPOSITE = {"top": "bottom", "bottom": "top", "left": "right", "right": "left"}
CORNERS = {
    frozenset({"top", "left"}): RED,
    frozenset({"top", "right"}): GREEN,
    frozenset({"bottom", "left"}): BLUE,
    frozenset({"bottom", "right"}): YELLOW,
}
# Exif, Orientation (tag 274): which side of the scene the first row and the first column show.
ORIENTATIONS = {
    1: ("top", "left"),
    2: ("top", "right"),
    3: ("bottom", "right"),
    4: ("bottom", "left"),
    5: ("left", "top"),
    6: ("right", "top"),
    7: ("right", "bottom"),
    8: ("left", "bottom"),
}


def turned_photo(orientation: int, file_format: str) -> bytes:
    """A scene of four colours, as a camera held that way stores it."""
    row, column = ORIENTATIONS[orientation]
    stored = Image.new("RGB", (96, 64))
    for x, y in product((0, 1), (0, 1)):
        sides = frozenset({OPPOSITE[row] if y else row, OPPOSITE[column] if x else column})
        stored.paste(CORNERS[sides], (48 * x, 32 * y, 48 * x + 48, 32 * y + 32))
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encode(stored, file_format, exif=exif, quality=95)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("file_format", FORMATS)
def test_every_picture_stands_upright(orientation: int, file_format: str) -> None:
    cleaned = clean_picture(turned_photo(orientation, file_format))
    upright = open_jpeg(cleaned.large)
    assert upright.size == ((96, 64) if orientation < 5 else (64, 96))
    at = {"left": 8, "right": upright.width - 8, "top": 8, "bottom": upright.height - 8}
    for sides, colour in CORNERS.items():
        x, y = (next(at[side] for side in pair if side in sides) for pair in PAIRS)
        assert near(upright.getpixel((x, y)), colour), sides


PAIRS = (("left", "right"), ("top", "bottom"))


@pytest.mark.parametrize(
    "words", [b"Exif\0\0", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b"Exif\0\0\xff"]
)
def test_a_picture_with_broken_exif_is_taken_as_it_lies(words: bytes) -> None:
    assert clean_picture(photo("JPEG", exif=words)).width == 160


def in_mode(mode: str, colour: Any) -> Image.Image:
    return Image.new(mode, (32, 32), colour)


WHITE, GREY = (255, 255, 255), (128, 128, 128)
MODES: dict[str, tuple[bytes, Colour]] = {
    "clear png is white": (encode(in_mode("RGBA", (0, 0, 0, 0)), "PNG"), WHITE),
    "clear webp is white": (encode(in_mode("RGBA", (0, 0, 0, 0)), "WEBP", lossless=True), WHITE),
    "clear grey png is white": (encode(in_mode("LA", (0, 0)), "PNG"), WHITE),
    "png with a clear colour": (encode(in_mode("RGB", RED), "PNG", transparency=RED), WHITE),
    "palette": (encode(in_mode("RGB", BLUE).convert("P"), "PNG"), BLUE),
    "one bit": (encode(in_mode("1", 1), "PNG"), WHITE),
    "grey": (encode(in_mode("L", 128)), GREY),
    "grey of 16 bits": (encode(in_mode("I;16", 0x8000), "PNG"), GREY),
    "inks": (encode(in_mode("CMYK", (0, 255, 255, 0))), RED),
}


@pytest.mark.parametrize("name", MODES)
def test_every_kind_of_pixel_keeps_its_colour(name: str) -> None:
    upload, colour = MODES[name]
    assert near(open_jpeg(clean_picture(upload).large).getpixel((16, 16)), colour)


@pytest.mark.parametrize("file_format", ["PNG", "WEBP"])
def test_of_a_moving_picture_the_first_frame_is_kept(file_format: str) -> None:
    frames = [in_mode("RGB", RED), in_mode("RGB", BLUE)]
    upload = encode(frames[0], file_format, save_all=True, append_images=frames[1:])
    assert near(open_jpeg(clean_picture(upload).large).getpixel((16, 16)), RED)


# -- What is refused before anything is decoded ----------------------------------------------


def jpeg_header(width: int, height: int, before: bytes = b"") -> bytes:
    frame = struct.pack(">BHHB", 8, height, width, 3) + bytes(9)
    return b"\xff\xd8" + before + b"\xff\xc0" + struct.pack(">H", 2 + len(frame)) + frame


def webp_of(kind: bytes, chunk: bytes) -> bytes:
    body = b"WEBP" + kind + struct.pack("<I", len(chunk)) + chunk.ljust(32, b"\0")
    return b"RIFF" + struct.pack("<I", len(body)) + body


HUGE = (1 << 24) - 1
REFUSED = {
    "empty": b"",
    "gif": encode(in_mode("P", 1), "GIF"),
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!doctype html><title>photo.jpg</title>",
    "html with a picture behind it": b"<!doctype html>" + photo(),
    "zip": b"PK\x03\x04" + bytes(200),
    "tiff": encode(in_mode("RGB", RED), "TIFF"),
    "bmp": encode(in_mode("RGB", RED), "BMP"),
    "jpeg 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(100),
    "wav": b"RIFF\x24\0\0\0WAVEfmt " + bytes(100),
    "start of a jpeg": b"\xff\xd8\xff",
    "jpeg that ends at once": b"\xff\xd8\xff\xd9" + bytes(100),
    "jpeg of fill bytes": b"\xff\xd8" + b"\xff" * 1_000_000,
    "jpeg of segments": b"\xff\xd8" + b"\xff\xe1\0\x02" * 250_000 + jpeg_header(9, 9)[2:],
    "jpeg without a height": jpeg_header(100, 0),
    "jpeg beyond the pixels": jpeg_header(8000, 6000),
    "jpeg beyond a side": jpeg_header(12_001, 1),
    "png beyond the pixels": png_of_zeros(8000, 6000, rows=1),
    "png beyond a side": png_of_zeros(1, 12_001, rows=1),
    "png bomb": BOMB,
    "png without a size": b"\x89PNG\r\n\x1a\n" + png_chunk(b"IDAT", bytes(40)),
    "png without pixels": png_of_zeros(0, 10, rows=1),
    "start of a png": photo("PNG")[:20],
    "webp beyond a side, lossy": webp_of(b"VP8 ", b"\0\0\0\x9d\x01\x2a\xff\x3f\x01\0"),
    "webp beyond a side, lossless": webp_of(b"VP8L", b"\x2f\xff\xff\xff\x0f"),
    "webp beyond a side, extended": webp_of(b"VP8X", bytes(4) + HUGE.to_bytes(3, "little") * 2),
    "webp of another kind": webp_of(b"VP9 ", bytes(10)),
    "more than 10 MB": photo() + bytes(MAX_UPLOAD_BYTES),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_photo_is_refused_before_decoding(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean_picture(REFUSED[name], command=NO_DECODER)
    assert refused.value.field == "photos"
    assert "choose" in str(refused.value)


def test_a_photo_would_have_been_decoded() -> None:
    with pytest.raises(FileNotFoundError):
        clean_picture(photo(), command=NO_DECODER)


def test_the_bomb_is_small() -> None:
    assert len(BOMB) < 20 * 1024


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (17, 300), (641, 480), (12_000, 2)])
@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": exif_with("x")}])
def test_a_header_is_read_as_pillow_reads_it(
    file_format: str, size: tuple[int, int], options: dict[str, Any]
) -> None:
    upload = encode(Image.new("RGB", size), file_format, **options)
    assert read_header(upload) == Header(Format(file_format.lower()), *size)


def test_a_depth_map_may_stand_before_the_size() -> None:
    segment = b"\xff\xe1\xff\xff" + bytes(65_533)
    assert read_header(jpeg_header(40, 30, before=segment * 150)) == Header(Format.JPEG, 40, 30)


@given(st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF....WEBP"]), st.binary())
def test_any_bytes_have_a_header_or_none(start: bytes, rest: bytes) -> None:
    header = read_header(start + rest)
    assert header is None or min(header.width, header.height) >= 1


# -- What the decoder refuses, and how it is held --------------------------------------------


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_half_a_picture_is_refused(file_format: str, share: float) -> None:
    whole = photo(file_format)
    with pytest.raises(Invalid, match="damaged"):
        clean_picture(whole[: int(len(whole) * share)])


def test_a_second_frame_header_gains_nothing() -> None:
    upload = photo()
    at = upload.index(b"\xff\xc0")
    inner = jpeg_header(11_999, 11_999)[2:]
    with pytest.raises(Invalid, match="damaged"):
        clean_picture(upload[:at] + jpeg_header(160, 120)[2:] + inner + upload[at:])


def test_a_small_file_with_many_pixels_stays_within_the_memory() -> None:
    upload = png_of_zeros(6320, 6320)
    assert len(upload) < 20 * 1024
    assert clean_picture(upload).width == LARGE_SIDE_PX


def test_what_needs_more_memory_than_a_photo_is_refused() -> None:
    frames = [in_mode("RGBA", RED), in_mode("RGBA", BLUE)]
    upload = encode(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    canvas = 2 * (6320 - 1).to_bytes(3, "little")
    upload = upload[:24] + canvas + upload[30:]
    assert read_header(upload) == Header(Format.WEBP, 6320, 6320)
    with pytest.raises(Invalid, match="too heavy"):
        clean_picture(upload)


def test_a_picture_that_never_ends_is_given_up() -> None:
    # Each scan is some twenty bytes and costs a walk over nine million pixels.
    plain = encode(Image.new("L", (3000, 3000)), progressive=True)
    scan = plain[plain.rindex(b"\xff\xda") : -2]
    with pytest.raises(Invalid, match="too heavy"):
        clean_picture(plain[:-2] + scan * 20_000 + plain[-2:], timeout_s=0.6)


def test_a_decoder_that_hangs_is_killed() -> None:
    with pytest.raises(Invalid, match="too heavy"):
        clean_picture(photo(), command=("sh", "-c", "sleep 60"), timeout_s=0.05)


def test_a_picture_that_fells_the_decoder_is_damaged() -> None:
    with pytest.raises(Invalid, match="damaged"):
        clean_picture(photo(), command=("sh", "-c", "kill -SEGV $$"))


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("exit 1", id="it does not start"),
        pytest.param("exit 0", id="it says nothing"),
        pytest.param(r"printf '\0\0\0\11\0\0\0\11ab'", id="it does not finish"),
        pytest.param(r"printf '\0\0\0\1\0\0\0\1ab'", id="its answer is no JPEG"),
    ],
)
def test_a_decoder_that_is_not_well_is_nobodys_bad_photo(script: str) -> None:
    with pytest.raises(RuntimeError, match="decoder"):
        clean_picture(photo(), command=("sh", "-c", script))


def test_the_answer_of_the_decoder_keeps_to_the_sizes(tmp_path: Path) -> None:
    answer = tmp_path / "answer"
    large = jpeg_header(LARGE_SIDE_PX + 1, 10)
    answer.write_bytes(struct.pack(">II", len(large), len(large)) + large * 2)
    with pytest.raises(RuntimeError, match="too large"):
        clean_picture(photo(), command=("sh", "-c", f"cat {answer}"))


def test_the_decoder_learns_nothing_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    with pytest.raises(RuntimeError):
        clean_picture(photo(), command=("sh", "-c", 'test -z "$DATABASE_URL" || kill $$; exit 1'))


def flip_bytes(whole: bytes, random: Random) -> bytes:
    """`whole` with one to eight bytes changed, half of them near its start."""
    flipped = bytearray(whole)
    for _ in range(random.randint(1, 8)):
        end = random.choice((64, 700, len(flipped), len(flipped)))
        flipped[random.randrange(min(end, len(flipped)))] ^= random.randint(1, 255)
    return bytes(flipped)


def flipped_uploads(count: int, seed: int) -> list[bytes]:
    random = Random(seed)  # noqa: S311  the same flips each time
    carriers = list(CARRIERS.values())
    return [flip_bytes(random.choice(carriers), random) for _ in range(count)]


def judge_by_gate(upload: bytes) -> str:
    try:
        cleaned = clean_picture(upload)
    except Invalid:
        return "refused"
    assert segments(cleaned.large) == segments(cleaned.small) == CLEAN
    return "clean"


def judge_by_decoder(upload: bytes) -> str:
    """As the gate does, without a process for each."""
    try:
        header = check_upload(upload)
        files = make_files(
            upload, header.format, MAX_PIXELS, LARGE_SIDE_PX, SMALL_SIDE_PX, JPEG_QUALITY
        )
    except Exception:  # noqa: BLE001  the decoder's own main catches as widely
        return "refused"
    assert segments(files[0]) == segments(files[1]) == CLEAN
    return "clean"


def test_flipped_bytes_give_a_clean_picture_or_a_refusal() -> None:
    with ThreadPoolExecutor(2) as threads:
        outcomes = set(threads.map(judge_by_gate, flipped_uploads(100, seed=5501)))
    assert outcomes == {"clean", "refused"}


def test_the_decoder_survives_flipped_bytes() -> None:
    outcomes = {judge_by_decoder(upload) for upload in flipped_uploads(1000, seed=5502)}
    assert outcomes == {"clean", "refused"}


# -- The store -------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    """An empty store, in a folder that is not there yet."""
    return FileStore(tmp_path / "media" / "pictures")


def files_of(store: FileStore) -> list[Path]:
    return [path for path in store.folder.rglob("*") if path.is_file()]


def let_age(store: FileStore, *, until: datetime) -> None:
    for path in files_of(store):
        os.utime(path, (until.timestamp(), until.timestamp()))


def test_a_file_is_read_as_it_was_put_and_by_its_owner_alone(store: FileStore) -> None:
    file_id = new_id()
    store.put(file_id, Size.LARGE, b"large")
    store.put(file_id, Size.SMALL, b"small")
    assert store.read(file_id, Size.LARGE) == b"large"
    assert store.read(file_id, Size.SMALL) == b"small"
    assert {path.stat().st_mode & 0o777 for path in files_of(store)} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in store.folder.rglob("??")} == {0o700}


def test_a_deleted_file_is_not_found(store: FileStore) -> None:
    file_id = new_id()
    store.put(file_id, Size.LARGE, b"large")
    store.delete(file_id)
    store.delete(file_id)
    assert files_of(store) == []
    with pytest.raises(NotFound):
        store.read(file_id, Size.LARGE)


@given(st.uuids(), st.sampled_from(Size))
def test_every_file_stands_two_folders_deep_in_the_store(file_id: uuid.UUID, size: Size) -> None:
    store = FileStore(Path("/pictures"))
    path = store.path_of(file_id, size)
    assert len(path.relative_to(store.folder).parts) == 3
    assert ".." not in path.parts


def test_no_name_leads_out_of_the_store(store: FileStore) -> None:
    with pytest.raises(AttributeError):
        store.read(cast("uuid.UUID", "../../etc/passwd"), Size.LARGE)
    with pytest.raises(ValueError, match="not a valid Size"):
        store.read(new_id(), cast("Size", "/../../../etc/passwd"))


@contextmanager
def files_up_to(byte_count: int) -> Iterator[None]:
    """Any file that grows beyond is refused by the kernel, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (byte_count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_what_was_there_and_nothing_else(store: FileStore) -> None:
    file_id = new_id()
    store.put(file_id, Size.LARGE, b"before")
    with files_up_to(1000), pytest.raises(OSError, match="too large"):
        store.put(file_id, Size.LARGE, bytes(5000))
    assert [path.read_bytes() for path in files_of(store)] == [b"before"]


def test_the_sweep_takes_old_files_without_a_row_and_no_others(store: FileStore) -> None:
    known, orphan, young = new_id(), new_id(), new_id()
    for file_id, size in product((known, orphan), Size):
        store.put(file_id, size, b"old")
    unfinished = store.path_of(known, Size.LARGE)
    unfinished.with_name(f"{unfinished.name}.{'0' * 16}.part").write_bytes(b"killed meanwhile")
    (store.folder / "README").write_text("of another making")
    (unfinished.parent / "notes.jpg").write_text("of another making")
    let_age(store, until=NOW - timedelta(hours=2))
    store.put(young, Size.LARGE, b"its row is not committed yet")
    swept = store.sweep(
        written_before=NOW - timedelta(hours=1), find_known=partial(set.intersection, {known})
    )
    assert swept == 3
    left = {path.name for path in files_of(store)} - {"README", "notes.jpg"}
    assert left == {
        store.path_of(*file).name
        for file in ((known, Size.LARGE), (known, Size.SMALL), (young, Size.LARGE))
    }


def test_a_store_without_a_folder_has_nothing_to_sweep(store: FileStore) -> None:
    assert store.sweep(written_before=NOW, find_known=lambda ids: ids) == 0


# -- Rows and files --------------------------------------------------------------------------

CLEANED = Cleaned(b"large", b"small", 40, 30, bytes(32))


@pytest.fixture
def add(session: Session, make: Factory, store: FileStore) -> Callable[..., Picture]:
    """Adds a picture to the store and the database."""
    district_id = make.district().id

    def add_one(**values: Any) -> Picture:
        given = {"cleaned": CLEANED, "now": NOW, **values}
        return add_picture(session, district_id=district_id, store=store, **given)

    return add_one


def test_a_new_picture_is_held_and_its_files_are_there(
    session: Session, store: FileStore, add: Callable[..., Picture]
) -> None:
    added = add()
    session.expire_all()
    picture = session.get_one(Picture, added.id)
    assert (picture.state, picture.looked_at, picture.created_at) == (PictureState.HELD, None, NOW)
    assert (picture.width, picture.height, picture.byte_count) == (40, 30, 10)
    assert store.read(picture.id, Size.LARGE) == b"large"
    assert store.read(picture.id, Size.SMALL) == b"small"


def test_a_picture_that_is_not_there_is_not_found(
    session: Session, add: Callable[..., Picture]
) -> None:
    add()
    with pytest.raises(NotFound):
        look_at_picture(session, picture_id=new_id(), verdict=PictureState.SHOWN, now=NOW)


def test_a_disk_that_fills_up_halfway_leaves_no_picture(
    session: Session, store: FileStore, add: Callable[..., Picture]
) -> None:
    heavy = Cleaned(b"fits", bytes(5000), 40, 30, bytes(32))
    with files_up_to(1000), pytest.raises(OSError, match="too large"):
        add(cleaned=heavy)
    assert files_of(store) == []
    assert list_held(session, limit=10) == []


def test_held_pictures_are_listed_from_the_oldest_page_by_page(
    session: Session, add: Callable[..., Picture]
) -> None:
    pictures = [add() for _ in range(4)]
    look_at_picture(session, picture_id=pictures[1].id, verdict=PictureState.SHOWN, now=NOW)
    first = list_held(session, limit=2)
    assert first == [pictures[0], pictures[2]]
    assert list_held(session, after=first[-1].id, limit=2) == [pictures[3]]


@pytest.mark.parametrize(("before", "verdict"), list(product(PictureState, PictureState)))
def test_a_look_follows_the_table(
    session: Session, add: Callable[..., Picture], before: PictureState, verdict: PictureState
) -> None:
    assert set(LOOKS) == set(PictureState)
    picture = add()
    look_at_picture(session, picture_id=picture.id, verdict=before, now=NOW)
    later = NOW + timedelta(days=1)
    look = partial(look_at_picture, session, picture_id=picture.id, verdict=verdict, now=later)
    if verdict is not before and verdict not in LOOKS[before]:
        with pytest.raises(Conflict):
            look()
        return
    assert look().state is verdict
    first_look = NOW if before is not PictureState.HELD else later
    assert picture.looked_at == (None if verdict is PictureState.HELD else first_look)


@pytest.mark.parametrize(
    "change",
    [
        "state = 'shown'",
        "looked_at = now()",
        "state = 'seen', looked_at = now()",
        "width = 0",
        "height = 2049",
        "byte_count = 0",
        "digest = 'short'",
    ],
)
def test_the_database_refuses_a_picture_that_cannot_be(
    session: Session, add: Callable[..., Picture], change: str
) -> None:
    add()
    with pytest.raises(IntegrityError):
        session.execute(text(f"UPDATE picture SET {change}"))  # noqa: S608  the words of this test


def test_the_sweep_keeps_pictures_with_a_row(
    session: Session, store: FileStore, add: Callable[..., Picture]
) -> None:
    kept = add()
    with session.begin_nested() as nested:
        gone = add()
        nested.rollback()
    let_age(store, until=NOW - timedelta(hours=2))
    assert find_known(session, {kept.id, gone.id}) == {kept.id}
    assert sweep_pictures(session, store=store, written_before=NOW - timedelta(hours=1)) == 2
    assert {path.name[:32] for path in files_of(store)} == {kept.id.hex}


def test_examples_go_and_others_stay(session: Session, add: Callable[..., Picture]) -> None:
    real, _example = add(), add(is_example=True)
    assert remove_example_pictures(session) == 1
    assert list_held(session, limit=10) == [real]
