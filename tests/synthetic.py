"""Many rows at once, made by the database itself, and tile addresses."""

import math

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from geoapp.defects.actions import fold_counts
from geoapp.geo.crs import LONLAT
from tests.factories import LAT, LON, Factory

# Letters of a public code by position; 28^5 codes, so row numbers never meet.
_CODE = """
    substr(letters, n / 614656 % 28 + 1, 1) || substr(letters, n / 21952 % 28 + 1, 1) || '-'
    || substr(letters, n / 784 % 28 + 1, 1) || substr(letters, n / 28 % 28 + 1, 1)
    || substr(letters, n % 28 + 1, 1)
"""
# A spiral of the golden angle: even, without chance, no two alike.
_POINT = """
    ST_SetSRID(ST_MakePoint(
        :lon + :spread * sqrt(n::float / :count) * cos(n * 2.39996323),
        :lat + :spread * sqrt(n::float / :count) * sin(n * 2.39996323)), :srid)
"""
_FROM = """
    FROM generate_series(1, :count) AS n
    CROSS JOIN (VALUES ('23456789BCDFGHJKMNPQRSTVWXYZ')) AS alphabet(letters)
"""
_ASSETS = f"""
    INSERT INTO asset (id, district_id, code, kind, name, search_key, register_status,
        physical_status, details, source, source_ref, licence, is_example, geom)
    SELECT gen_random_uuid(), :district, {_CODE},
        (ARRAY['cabinet', 'playground', 'sport_court', 'bench', 'bin', 'sign'])[n % 6 + 1],
        'Asset ' || n, 'asset' || n, 'unknown', 'in_use', '{{}}', 'made up', n, 'CC0', n % 2 = 0,
        {_POINT} {_FROM}
"""
_DEFECTS = f"""
    INSERT INTO defect (id, district_id, code, category, description, asset_id, cell_x, cell_y,
        work, street, file, addressee_id, turn_since, reported_at, is_example, geom, point,
        city_number, secret_version, handlings)
    SELECT gen_random_uuid(), :district, {_CODE}, 'broken', 'Defect ' || n,
        CASE WHEN n % 3 = 0 THEN asset.id END,
        0, 0, (ARRAY['received', 'assigned', 'handled'])[n % 3 + 1],
        (ARRAY['not_asked', 'not_asked', 'waiting', 'not_good'])[n % 4 + 1],
        CASE WHEN n % 10 = 0 THEN 'withdrawn' ELSE 'public' END,
        :organisation, date '2026-11-01', timestamptz '2026-11-01 09:30+00', n % 2 = 0,
        {_POINT}, {_POINT}, '', 1, (n % 3 = 2)::int {_FROM} JOIN asset ON asset.source_ref = n::text
"""


def fill(engine: Engine, *, count: int, spread: float) -> None:
    """Put `count` assets and defects within `spread` degrees of the made-up place; ANALYZE."""
    with Session(engine) as session:
        make = Factory(session)
        district = make.district(slug="crowded")
        organisation = make.organisation(district_id=district.id, is_desk=True)
        values = {
            "count": count,
            "spread": spread,
            "lon": LON,
            "lat": LAT,
            "srid": LONLAT,
            "district": district.id,
        }
        session.execute(text(_ASSETS), values)
        session.execute(text("ANALYZE asset"))
        session.execute(text(_DEFECTS), {**values, "organisation": organisation.id})
        fold_counts(session)
        session.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def tile_at(lon: float, lat: float, zoom: int) -> str:
    """The address z/x/y of the tile that holds a place."""
    x = math.floor((lon + 180) / 360 * 2**zoom)
    y = math.floor((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom)
    return f"{zoom}/{x}/{y}"
