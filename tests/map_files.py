"""Map files as an officer would bring them, made here: one register in four formats."""

import json
import sqlite3
import struct
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import shapefile
import shapely
from shapely import Point
from shapely.geometry.base import BaseGeometry

RD_WORDS = (
    'PROJCS["RD_New",GEOGCS["GCS_Amersfoort",DATUM["D_Amersfoort",SPHEROID["Bessel_1841",'
    '6377397.155,299.1528128]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]]'
)
DEGREE_WORDS = 'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.25]]]'

Row = Mapping[str, Any]


def make_geojson(rows: Sequence[Row], shapes: Sequence[BaseGeometry], **more: Any) -> bytes:
    """A FeatureCollection."""
    features = [
        {"type": "Feature", "properties": dict(row), "geometry": shapely.geometry.mapping(shape)}
        for row, shape in zip(rows, shapes, strict=True)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


def make_csv(rows: Sequence[Row], shapes: Sequence[BaseGeometry], *, delimiter: str = ",") -> bytes:
    """Lines with lon and lat."""
    lines = [delimiter.join([*rows[0], "lon", "lat"])]
    for row, shape in zip(rows, shapes, strict=True):
        point = shape.representative_point()
        lines.append(delimiter.join(map(str, [*row.values(), point.x, point.y])))
    return "\r\n".join(lines).encode()


def make_shapefile(
    rows: Sequence[Row],
    shapes: Sequence[BaseGeometry],
    *,
    crs: str = DEGREE_WORDS,
    encoding: str = "utf-8",
) -> dict[str, bytes]:
    """The parts of a Shapefile, by name."""
    shp, shx, dbf = BytesIO(), BytesIO(), BytesIO()
    with shapefile.Writer(shp=shp, shx=shx, dbf=dbf, encoding=encoding) as writer:
        for name in rows[0]:
            writer.field(name, "C", size=60)
        for row, shape in zip(rows, shapes, strict=True):
            if isinstance(shape, Point):
                writer.point(shape.x, shape.y)
            else:
                writer.shape(shapely.geometry.mapping(shape))
            writer.record(*row.values())
    parts = {"register.shp": shp, "register.shx": shx, "register.dbf": dbf}
    return {name: part.getvalue() for name, part in parts.items()} | {"register.prj": crs.encode()}


def make_zip(members: Mapping[Any, bytes]) -> bytes:
    """A zip of these files, by name or by `ZipInfo`."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def geopackage_blob(shape: BaseGeometry, *, srid: int = 4326) -> bytes:
    """A geometry with its header, without an envelope."""
    return b"GP\x00\x01" + struct.pack("<i", srid) + shape.wkb


def make_geopackage(
    rows: Sequence[Row],
    shapes: Sequence[BaseGeometry | bytes],
    *,
    srid: int = 4326,
    more: Sequence[str] = (),
) -> bytes:
    """A GeoPackage with one layer, and whatever SQL in `more` adds to it."""
    with sqlite3.connect(":memory:") as made:
        made.execute("PRAGMA page_size = 512")
        made.executescript(
            """
            CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY,
                organization TEXT, organization_coordsys_id INTEGER, definition TEXT);
            CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, srs_id INT);
            CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, srs_id INT);
            INSERT INTO gpkg_contents VALUES ('register', 'features', 1);
            INSERT INTO gpkg_geometry_columns VALUES ('register', 'geom', 1);
            """
        )
        made.execute("INSERT INTO gpkg_spatial_ref_sys VALUES ('', 1, 'EPSG', ?, '')", [srid])
        names = ", ".join(f'"{name}" TEXT' for name in rows[0])
        made.execute(f"CREATE TABLE register (fid INTEGER PRIMARY KEY, geom BLOB, {names})")
        places = ", ".join("?" * len(rows[0]))
        for row, shape in zip(rows, shapes, strict=True):
            blob = shape if isinstance(shape, bytes) else geopackage_blob(shape, srid=srid)
            made.execute(
                f"INSERT INTO register VALUES (NULL, ?, {places})",  # noqa: S608  our own names
                [blob, *row.values()],
            )
        for statement in more:
            made.execute(statement)
        made.commit()
        return made.serialize()
