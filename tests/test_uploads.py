"""The gate for registers from outside: four formats are read, and what hides in them is refused."""

import stat
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import BoundedSemaphore
from zipfile import ZipInfo

import pytest
from shapely import LineString, Point, Polygon, box

from geoapp.errors import Invalid, TooMany
from geoapp.exchange.reading.program import read
from geoapp.exchange.uploads import read_upload
from geoapp.geo.crs import find_srid
from tests.flips import read_flips
from tests.map_files import (
    DEGREE_WORDS,
    RD_WORDS,
    geopackage_blob,
    make_csv,
    make_geojson,
    make_geopackage,
    make_shapefile,
    make_zip,
)

ROWS = [{"id": "b-1", "name": "Bank bij café"}, {"id": "b-2", "name": "Tweede bank"}]
POINTS = [Point(4.95, 52.31), Point(4.96, 52.32)]
AREA = box(4.95, 52.31, 4.951, 52.311)
PARTS = make_shapefile(ROWS, POINTS)
FILES = [
    make_geojson(ROWS, POINTS),
    make_geopackage(ROWS, POINTS),
    make_zip(PARTS),
    make_csv(ROWS, POINTS),
]

VRT = b"""<OGRVRTDataSource><OGRVRTLayer name="x">
<SrcDataSource>/vsicurl/http://127.0.0.1:9/x.csv</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"""
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><l>&b;</l>'


def one_feature(geometry: str, properties: str = "{}") -> bytes:
    """A GeoJSON file with one feature, in any words."""
    feature = f'{{"type": "Feature", "geometry": {geometry}, "properties": {properties}}}'
    return f'{{"type": "FeatureCollection", "features": [{feature}]}}'.encode()


# -- What is read ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        make_geojson(ROWS, POINTS),
        b"\xef\xbb\xbf\n" + make_geojson(ROWS, POINTS),
        make_geopackage(ROWS, POINTS),
        make_zip(PARTS),
        make_zip({f"map/{name.upper()}": part for name, part in PARTS.items()}),
        make_csv(ROWS, POINTS),
        make_csv(ROWS, POINTS, delimiter=";").replace(b".", b","),
        b"\xef\xbb\xbf" + make_csv(ROWS, POINTS, delimiter="\t"),
    ],
    ids=["geojson", "with a sign", "geopackage", "zip", "capitals", "csv", "commas", "tabs"],
)
def test_one_register_reads_alike_in_every_format(data: bytes) -> None:
    found = read(data, None)
    assert [{name: row[name] for name in ROWS[0]} for row in found.rows] == ROWS
    assert found.shapes == POINTS
    assert (find_srid(found.crs), found.encoding, found.faults) == (4326, "utf-8", {})


@pytest.mark.parametrize("data", FILES, ids=["geojson", "geopackage", "shapefile", "csv"])
def test_the_program_hands_back_what_it_read(data: bytes) -> None:
    upload = read_upload(data)
    assert [{name: row[name] for name in ROWS[0]} for row in upload.rows] == ROWS
    assert set(upload.columns) >= set(ROWS[0])
    assert list(upload.shapes) == POINTS
    assert (upload.srid, upload.encoding, upload.faults) == (4326, "utf-8", ())


def test_the_program_hands_back_the_faults_of_rows_and_what_is_not_known() -> None:
    upload = read_upload("id,x,y\né,1,2\nb,,".encode("windows-1252"))
    assert (upload.srid, upload.encoding) == (None, None)
    assert upload.shapes == (Point(1, 2), None)
    (fault,) = upload.faults
    assert (fault.number, fault.error.values["columns"]) == (2, "x, y")


@pytest.mark.parametrize(
    "data",
    [
        make_geojson(ROWS, [AREA] * 2),
        make_geopackage(ROWS, [AREA] * 2),
        make_zip(make_shapefile(ROWS, [AREA] * 2)),
        b'id;wkt\n1;"%s"\n2;"%s"' % ((AREA.wkt.encode(),) * 2),
    ],
)
def test_areas_are_read_with_all_their_corners(data: bytes) -> None:
    shapes = [shape for shape in read(data, None).shapes if shape is not None]
    assert all(shape.equals(AREA) for shape in shapes)
    assert len(shapes) == 2


RD_POINTS = [Point(126_000, 480_000), Point(126_100, 480_100)]


@pytest.mark.parametrize(
    ("data", "srid"),
    [
        (make_geojson(ROWS, RD_POINTS), None),
        (make_geojson(ROWS, RD_POINTS, crs={"properties": {"name": "EPSG:28992"}}), 28992),
        (make_geojson(ROWS, POINTS, crs={"properties": {"name": "/vsicurl/http://x"}}), None),
        (make_geojson(ROWS, POINTS, crs=None), None),
        (make_geopackage(ROWS, RD_POINTS, srid=28992), 28992),
        (make_geopackage(ROWS, RD_POINTS, srid=31370), None),
        (make_zip(make_shapefile(ROWS, RD_POINTS, crs=RD_WORDS)), 28992),
        (make_zip(make_shapefile(ROWS, RD_POINTS, crs="")), None),
        (b"id,x,y\n1,126000,480000", None),
        (b"id,lon,lat\n1,126000,480000", None),
        (b"id,wkt\n1,SRID=28992;POINT(126000 480000)", 28992),
    ],
)
def test_a_file_that_does_not_say_where_its_zero_is_leaves_it_to_be_asked(
    data: bytes, srid: int | None
) -> None:
    assert find_srid(read(data, None).crs) == srid


@pytest.mark.parametrize(
    ("words", "srid"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", 4326),
        ("urn:ogc:def:crs:EPSG::28992", 28992),
        ("http://www.opengis.net/def/crs/EPSG/0/3857", 3857),
        (DEGREE_WORDS, 4326),
        ('PROJCS["x",GEOGCS["y",AUTHORITY["EPSG","4289"]],AUTHORITY["EPSG","28992"]]\n', 28992),
        ('PROJCS["Unknown",GEOGCS["GCS_WGS_1984"]]', None),
        ("EPSG:2154", None),
        ("None:None", None),
    ],
)
def test_a_coordinate_system_is_known_by_its_code_or_its_name(words: str, srid: int | None) -> None:
    assert find_srid(words) == srid


@pytest.mark.parametrize(
    "data",
    [
        make_csv(ROWS, POINTS).decode().encode("windows-1252"),
        make_zip(make_shapefile(ROWS, POINTS, encoding="windows-1252")),
    ],
)
def test_letters_that_are_no_utf_8_are_asked_for_and_read_once_told(data: bytes) -> None:
    assert read(data, None).encoding is None
    told = read(data, "windows-1252")
    assert (told.encoding, told.rows[0]["name"]) == ("windows-1252", "Bank bij café")
    with pytest.raises(Invalid, match="not in utf-8"):
        read(data, "utf-8")


def test_the_file_beside_the_table_says_its_letters() -> None:
    parts = make_shapefile(ROWS, POINTS, encoding="windows-1252")
    found = read(make_zip(parts | {"register.cpg": b"ANSI 1252\r\n"}), None)
    assert (found.encoding, found.rows[0]["name"]) == ("windows-1252", "Bank bij café")


def test_details_of_a_feature_become_columns_and_lists_are_left_out() -> None:
    properties = '{"details": {"surface": "grass", "deep": {"er": 1}}, "keeper": [1], "ok": true}'
    geometry = '{"type": "Point", "coordinates": [4.9, 52.3, 7]}'
    found = read(one_feature(geometry, properties), None)
    assert found.rows[0]["details.surface"] == "grass"
    assert found.rows[0]["details.deep"] is found.rows[0]["keeper"] is None
    assert found.rows[0]["ok"] == "true"


def test_what_gdal_leaves_in_every_geopackage_is_no_trap() -> None:
    trigger = (
        "CREATE TRIGGER rtree_register_geom_insert AFTER INSERT ON register BEGIN SELECT 1; END"
    )
    assert len(read(make_geopackage(ROWS, POINTS, more=[trigger]), None).rows) == 2


# -- What is wrong with one row ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("geometry", "words"),
    [
        ("null", "empty"),
        ("7", "cannot be read"),
        ('{"type": "LineString", "coordinates": [[1, 2], [3, 4]]}', "not a LineString"),
        ('{"type": "GeometryCollection", "geometries": []}', "not a GeometryCollection"),
        ('{"type": "Point", "coordinates": []}', "not a number"),
        ('{"type": "Point", "coordinates": [1]}', "not a number"),
        ('{"type": "Point", "coordinates": [1, true]}', "not a number"),
        ('{"type": "Point", "coordinates": [1, "2"]}', "not a number"),
        ('{"type": "Point", "coordinates": [1, 1e999]}', "not a number"),
        ('{"type": "Point", "coordinates": [1, %s]}' % ("9" * 400), "not a number"),
        ('{"type": "Point", "coordinates": {"x": 1}}', "cannot be read"),
        ('{"type": "Polygon", "coordinates": []}', "empty"),
        ('{"type": "Polygon", "coordinates": [[[0,0],[0,1],[1,1],[1,0]]]}', "not closed"),
        ('{"type": "Polygon", "coordinates": [[[0,0],[0,1],[0,0]]]}', "not closed"),
    ],
)
def test_a_shape_that_is_not_right_is_the_fault_of_its_row(geometry: str, words: str) -> None:
    found = read(one_feature(geometry), None)
    assert found.shapes == [None]
    assert words in str(found.faults[0])


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"GP",
        b"XX\x00\x01" + geopackage_blob(POINTS[0])[4:],
        geopackage_blob(POINTS[0])[:-1],
        geopackage_blob(LineString([(0, 0), (1, 1)])),
        b"GP\x00\x0f" + geopackage_blob(POINTS[0])[4:],
        b"GP\x00\x21" + geopackage_blob(POINTS[0])[4:],
        geopackage_blob(Point(float("nan"), 1)),
        geopackage_blob(Polygon()),
        b"GP\x00\x01" + bytes(4) + struct.pack("<BII", 1, 3, 0xFFFFFFFF),
        b"GP\x00\x01" + bytes(4) + struct.pack("<BIII", 1, 3, 1, 0xFFFFFFFF),
        b"GP\x00\x01" + bytes(4) + struct.pack("<BII", 1, 6, 0x7FFFFFFF),
    ],
)
def test_a_blob_that_is_no_place_is_the_fault_of_its_row(blob: bytes) -> None:
    found = read(make_geopackage(ROWS[:1], [blob]), None)
    assert found.shapes == [None]
    assert list(found.faults) == [0]


@pytest.mark.parametrize(
    "line",
    ["b,,", "b,x,1", "b,nan,1", "b,1e3,1", "b,1", "b,1,2,3", "%s,1,2" % ("x" * 10_001)],
)
def test_a_line_that_is_not_right_is_its_own_fault(line: str) -> None:
    found = read(f"id,lon,lat\n{line}\nc,1,2".encode(), None)
    assert list(found.faults) == [0]
    assert found.shapes == [None, Point(1, 2)]


# -- Traps (threats, T50 to T53) ---------------------------------------------------------------


def linked(name: str) -> ZipInfo:
    """A member that is a symbolic link."""
    member = ZipInfo(name)
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


def encrypted(data: bytes) -> bytes:
    """A zip that says its members have a password."""
    at = data.index(b"PK\x01\x02")
    return data[: at + 8] + b"\x01" + data[at + 9 :]


def lying(data: bytes) -> bytes:
    """A zip that says its first member is a byte long."""
    at = data.index(b"PK\x01\x02")
    return data[: at + 24] + struct.pack("<I", 1) + data[at + 28 :]


ZEROS = bytes(8 * 1024 * 1024)
ZIPS: dict[str, tuple[Callable[[], bytes], str]] = {
    "bomb": (lambda: make_zip({f"{n}.shp": ZEROS for n in range(9)}), "unpacks to more than 64 MB"),
    "lying bomb": (lambda: lying(make_zip({"a.shp": ZEROS, "a.dbf": b""})), "damaged"),
    "many members": (lambda: make_zip({f"{n}.shp": b"" for n in range(21)}), "more than 20 files"),
    "very many": (lambda: make_zip({f"{n}.shp": b"" for n in range(9_999)}), "more than 20 files"),
    "long names": (lambda: make_zip({f"{n}{'x' * 60_000}": b"" for n in range(9)}), "more than 20"),
    "traversal": (lambda: make_zip({"../../a.shp": b""}), "put elsewhere"),
    "traversal inside": (lambda: make_zip({"a/../../a.shp": b""}), "put elsewhere"),
    "absolute": (lambda: make_zip({"/etc/a.shp": b""}), "put elsewhere"),
    "backslash": (lambda: make_zip({"..\\a.shp": b""}), "put elsewhere"),
    "drive": (lambda: make_zip({"C:\\a.shp": b""}), "put elsewhere"),
    "link": (lambda: make_zip({linked("a.shp"): b"/etc/passwd"}), "a link"),
    "nested": (lambda: make_zip({**PARTS, "more.zip": make_zip(PARTS)}), "archive inside"),
    "password": (lambda: encrypted(make_zip(PARTS)), "password"),
    "vrt": (lambda: make_zip({"register.geojson": VRT}), "no Shapefile"),
    "vrt by another name": (lambda: make_zip({"a.shp": VRT, "a.dbf": VRT}), "damaged|rows"),
    "two": (lambda: make_zip({**PARTS, "b.shp": b""}), "more than one"),
    "no table": (lambda: make_zip({"a.shp": PARTS["register.shp"]}), "lacks the .dbf"),
    "spreadsheet": (
        lambda: make_zip({"[Content_Types].xml": b"", "xl/a.xml": b""}),
        "save it as CSV",
    ),
    "empty": (lambda: make_zip({}), "no Shapefile"),
    "cut": (lambda: make_zip(PARTS)[:-9], "damaged"),
    "start alone": (lambda: b"PK\x03\x04", "damaged"),
    "too many rows": (
        lambda: make_zip(
            PARTS | {"register.dbf": b"\x03zzz" + b"\xff" * 4 + PARTS["register.dbf"][8:]}
        ),
        "more than 20000 rows",
    ),
}


@pytest.mark.parametrize("name", ZIPS)
def test_a_zip_that_hides_something_is_refused_in_time(name: str) -> None:
    make, words = ZIPS[name]
    data = make()
    started = time.process_time()
    with pytest.raises(Invalid, match=words):
        read(data, None)
    assert time.process_time() - started < 2


def test_a_zip_that_is_overlong_is_refused_by_the_program_as_well(tmp_path: Path) -> None:
    before = sorted(tmp_path.parent.iterdir())
    with pytest.raises(Invalid, match="64 MB") as refused:
        read_upload(ZIPS["bomb"][0]())
    assert refused.value.field == "file"
    assert sorted(tmp_path.parent.iterdir()) == before


DEEP = '{"a":' * 41 + "1" + "}" * 41
VIEW = "CREATE VIEW evil AS SELECT * FROM register"
TRIGGER = "CREATE TRIGGER evil AFTER INSERT ON register BEGIN DELETE FROM register; END"
GENERATED = "ALTER TABLE register ADD x TEXT AS (hex(zeroblob(9000000)))"
EVIL = "x\"; ATTACH '/tmp/evil' AS e; --"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (VRT, "XML"),
        (LAUGHS, "XML"),
        (b"\xef\xbb\xbf  <kml/>", "XML"),
        (b"/vsicurl/http://127.0.0.1:9/x.geojson", "no file we can read"),
        (b"/vsizip//etc/x.zip,a\n1,2", "No column says where"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "no file we can read"),
        (b"lon,lat\x00", "no file we can read"),
        ("a,lon,lat\n1,2,3".encode("utf-16"), "UTF-16"),
        (PARTS["register.shp"], "one part of a Shapefile"),
        (b"{}", "no features"),
        (b"[]", "no features"),
        (b'{"type": ["FeatureCollection"], "features": []}', "no features"),
        (b'{"type": "FeatureCollection", "features": [7]}', "no features"),
        (b'{"type": "FeatureCollection", "features": []}', "no rows"),
        (one_feature('{"type": "Point", "coordinates": [NaN, 1]}'), "NaN"),
        (one_feature("null", '{"a": -Infinity}'), "Infinity"),
        (one_feature("null", '{"a": 1, "a": 2}'), "stands twice"),
        (one_feature("null", DEEP), "too deep"),
        (one_feature("null", '{"a": %s}' % ("9" * 5000)), "damaged"),
        (b"[" * 100_000, "too deep"),
        (b"{" + b"\xff", "not in utf-8"),
        (b"a,b\n1,2", "No column says where"),
        (b"a,a,lon,lat\n1,2,3,4", "Two columns"),
        (b"a,lon,lat\n", "no rows"),
        (b'a,lon,lat\n"1,2,3', "damaged"),
        (b"lon,lat,%s\n1,2" % b",".join(b"c%d" % n for n in range(201)), "more than 200 columns"),
        (b"a,lon,lat\n" + b"1,2,3\n" * 20_001, "more than 20000 rows"),
        (make_geopackage(ROWS, POINTS, more=[VIEW]), "run by itself"),
        (make_geopackage(ROWS, POINTS, more=[TRIGGER]), "run by itself"),
        (make_geopackage(ROWS, POINTS, more=[GENERATED]), "run by itself"),
        (make_geopackage(ROWS, POINTS, more=["DROP TABLE register"]), "one layer"),
        (make_geopackage(ROWS, POINTS, more=["DELETE FROM gpkg_contents"]), "one layer"),
        (make_geopackage(ROWS, POINTS, more=["DROP TABLE gpkg_contents"]), "damaged"),
        (
            make_geopackage(
                ROWS,
                POINTS,
                more=[
                    "UPDATE gpkg_contents SET table_name = 'sqlite_master'",
                    "UPDATE gpkg_geometry_columns SET table_name = 'sqlite_master'",
                ],
            ),
            "one layer",
        ),
        (make_geopackage(ROWS, POINTS)[:700], "damaged"),
    ],
)
def test_what_is_no_register_is_refused_with_what_to_do(data: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        read(data, None)


def test_a_table_with_a_name_that_is_a_command_is_but_a_table() -> None:
    quoted = EVIL.replace("'", "''")
    named = EVIL.replace('"', '""')
    more = [
        f'ALTER TABLE register RENAME TO "{named}"',
        f"UPDATE gpkg_contents SET table_name = '{quoted}'",  # noqa: S608  our own words
        f"UPDATE gpkg_geometry_columns SET table_name = '{quoted}'",  # noqa: S608  our own words
    ]
    assert len(read(make_geopackage(ROWS, POINTS, more=more), None).rows) == 2
    assert not Path("/tmp/evil").exists()  # noqa: S108  where the trap would have put it


def test_an_upload_is_bounded_before_anything_reads_it() -> None:
    with pytest.raises(Invalid, match="empty"):
        read_upload(b"", command=["/no/such/program"])
    with pytest.raises(Invalid, match="20 MB"):
        read_upload(bytes(20 * 1024 * 1024 + 1), command=["/no/such/program"])
    with pytest.raises(Invalid, match="none of"):
        read_upload(b"x", encoding="utf-7", command=["/no/such/program"])


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("import os; os.kill(os.getpid(), 11)", "damaged"),
        ("import sys; sys.exit(3)", "damaged"),
        ("import sys; sys.exit(4)", "too heavy"),
        ("while True: pass", "too heavy"),
    ],
)
def test_a_file_that_brings_the_reader_to_fall_is_refused(words: str, refusal: str) -> None:
    with pytest.raises(Invalid, match=refusal):
        read_upload(b"x", command=[sys.executable, "-c", words], timeout_s=1)


def test_a_reader_that_is_not_well_is_no_fault_of_the_file() -> None:
    with pytest.raises(RuntimeError):
        read_upload(b"x", command=[sys.executable, "-c", "import sys; sys.exit(1)"])


def test_a_file_waits_for_others_no_longer_than_one_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken = BoundedSemaphore(1)
    taken.acquire()
    monkeypatch.setattr("geoapp.bounded._slots", taken)
    with pytest.raises(TooMany):
        read_upload(FILES[0], timeout_s=0.01)
    taken.release()
    assert read_upload(FILES[0]).rows
    assert read_upload(FILES[0]).rows


def nested_wkb(depth: int) -> bytes:
    """Multipolygons in each other, where polygons should be."""
    return b"GP\x00\x01" + bytes(4) + struct.pack("<BII", 1, 6, 1) * depth


def test_shapes_in_shapes_bring_down_no_more_than_their_reader() -> None:
    data = make_geopackage(ROWS[:1], [nested_wkb(1_000_000)])
    with pytest.raises(Invalid, match="damaged|too heavy"):
        read_upload(data)


@pytest.mark.parametrize(
    "words",
    ["open('/tmp/evil', 'w')", "import socket; socket.socket()"],
)
def test_the_reader_can_open_nothing_once_it_reads(words: str) -> None:
    done = subprocess.run(  # noqa: S603  our own program
        [
            sys.executable,
            "-c",
            "import socket\nfrom geoapp.exchange.reading import program\n"
            f"program.limit_self(program.LIMITS)\n{words}",
        ],
        check=False,
        capture_output=True,
    )
    assert done.returncode == 1, done.stderr
    assert b"Error" in done.stderr


@pytest.mark.parametrize(
    "data",
    [
        make_geojson(ROWS, [POINTS[0], AREA]),
        make_geopackage(ROWS, [POINTS[0], AREA]),
        make_zip(make_shapefile(ROWS, [AREA, AREA])),
        make_csv(ROWS, POINTS),
    ],
    ids=["geojson", "geopackage", "shapefile", "csv"],
)
def test_200_broken_files_are_refused_or_read_and_nothing_else(data: bytes) -> None:
    ends = read_flips(data, seed=1, count=200)
    assert ends.total() == 200
    assert ends["fell"] == 0
