"""A zip with one Shapefile in it, unpacked in memory; whatever a zip can hide is refused."""

import stat
import struct
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from geoapp.errors import Invalid

MOST_MEMBERS = 20
MOST_UNPACKED_BYTES = 64 * 1024 * 1024
# What the list of the members may take: each has a name, and some words beside it.
MOST_LIST_BYTES = MOST_MEMBERS * 4096

# APPNOTE 6.3.10, 4.3.16: the end of the central directory.
_END = struct.Struct("<4s4H2LH")
_ENCRYPTED = 0x1
_ARCHIVES = {".zip", ".kmz", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".zst"}
_PARTS = (".shp", ".dbf", ".prj", ".cpg")


def unpack_shapefile(data: bytes) -> dict[str, bytes]:
    """The parts of the one Shapefile in a zip, by the end of their names.

    Raises:
        Invalid: the zip is damaged, hides something, or has no Shapefile, or several.
    """
    _check_size_of_list(data)
    try:
        with ZipFile(BytesIO(data)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            for member in archive.infolist():
                _check_member(member)
            if sum(member.file_size for member in members) > MOST_UNPACKED_BYTES:
                raise Invalid("The zip unpacks to more than 64 MB: cut the register into parts.")
            return {part: archive.read(member) for part, member in _choose_parts(members).items()}
    except (BadZipFile, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise Invalid("The zip is damaged: make it again.") from error


def _check_size_of_list(data: bytes) -> None:
    """Before anything reads the list of members: it may be as long as the file."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - _END.size - 0xFFFF))
    if at < 0 or len(data) - at < _END.size:
        raise Invalid("The zip is damaged: make it again.")
    _, _, _, _, count, size, _, _ = _END.unpack_from(data, at)
    if count > MOST_MEMBERS or size > MOST_LIST_BYTES:
        raise Invalid(
            "The zip has more than {most} files: put the parts of one Shapefile in it, and "
            "nothing else.",
            most=MOST_MEMBERS,
        )


def _check_member(member: ZipInfo) -> None:
    name = PurePosixPath(member.filename.replace("\\", "/"))
    mode = member.external_attr >> 16
    if member.flag_bits & _ENCRYPTED:
        raise Invalid("The zip has a password: make it again without one.")
    if name.is_absolute() or ".." in name.parts or ":" in member.filename:
        raise Invalid("A file in the zip wants to be put elsewhere: make the zip again.")
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Invalid("The zip has a link instead of a file: make it again with the files.")
    if name.suffix.lower() in _ARCHIVES:
        raise Invalid("There is an archive inside the zip: put the files in it themselves.")
    if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise Invalid("The zip is packed in a way we do not read: make it as a common zip.")


def _choose_parts(members: list[ZipInfo]) -> dict[str, ZipInfo]:
    paths = {PurePosixPath(member.filename): member for member in members}
    # What a Mac adds of its own.
    found = [path for path in paths if path.suffix.lower() == ".shp" and path.name[0] != "."]
    if PurePosixPath("[Content_Types].xml") in paths:
        raise Invalid("This is a spreadsheet or document: save it as CSV.")
    if not found:
        raise Invalid(
            "There is no Shapefile in the zip. Give GeoJSON, GeoPackage and CSV without a zip."
        )
    if len(found) > 1:
        raise Invalid("There is more than one Shapefile in the zip: give one at a time.")
    stem = found[0].with_suffix("")
    parts = {
        path.suffix.lower(): member
        for path, member in paths.items()
        if path.with_suffix("") == stem and path.suffix.lower() in _PARTS
    }
    if ".dbf" not in parts:
        raise Invalid("The zip lacks the .dbf of the Shapefile: put .shp, .shx and .dbf in it.")
    return parts
