"""Many rows at once, made by the database itself, and tile addresses."""

import math
import uuid

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
_CELL = f"floor(ST_{{axis}}(ST_Transform({_POINT}, 28992)) / 25)::int"
_DEFECTS = f"""
    INSERT INTO defect (id, district_id, code, category, description, asset_id, cell_x, cell_y,
        work, street, file, addressee_id, turn_since, reported_at, is_example, geom, point,
        city_number, secret_version, handlings)
    SELECT gen_random_uuid(), :district, {_CODE}, 'broken', 'Defect ' || n,
        CASE WHEN n % 3 = 0 THEN asset.id END,
        {_CELL.format(axis="X")}, {_CELL.format(axis="Y")},
        (ARRAY['received', 'assigned', 'handled'])[n % 3 + 1],
        (ARRAY['not_asked', 'not_asked', 'waiting', 'not_good'])[n % 4 + 1],
        CASE WHEN n % 10 = 0 THEN 'withdrawn' ELSE 'public' END,
        :organisation, date '2026-11-01', timestamptz '2026-11-01 09:30+00', n % 2 = 0,
        {_POINT}, {_POINT}, '', 1, (n % 3 = 2)::int {_FROM} JOIN asset ON asset.source_ref = n::text
"""
_HELD = f"""
    WITH held AS (
        INSERT INTO defect (id, district_id, code, category, description, words_state, cell_x,
            cell_y, work, street, file, addressee_id, turn_since, reported_at, is_example, geom,
            point, city_number, secret_version)
        SELECT gen_random_uuid(), district_id, {_CODE}, category, 'Held ' || n,
            CASE WHEN n % 2 = 0 THEN 'held' ELSE 'hidden' END, cell_x, cell_y, work, street, file,
            addressee_id, turn_since, reported_at, is_example, geom, point, '', 1
        FROM generate_series(CAST(:first AS int), :first + :count - 1) AS n
        CROSS JOIN (VALUES ('23456789BCDFGHJKMNPQRSTVWXYZ')) AS alphabet(letters)
        JOIN defect ON defect.id = :defect
        RETURNING id, district_id, words_state
    ), pictured AS (
        INSERT INTO picture (id, district_id, state, width, height, byte_count, digest, is_example)
        SELECT id, district_id, 'held', 1, 1, 1, sha256(id::text::bytea), false FROM held
        RETURNING id
    ), linked AS (
        INSERT INTO defect_picture (picture_id, defect_id, position, role)
        SELECT id, id, 1, 'matter' FROM pictured
    ), judged AS (
        INSERT INTO moderation_verdict (id, defect_id, target, verdict, reason, is_second_look,
            decided_at)
        SELECT id, id, 'words', 'hide', 'name', false, now() FROM held WHERE words_state = 'hidden'
        RETURNING id
    )
    INSERT INTO moderation_appeal (id, verdict_id, district_id, note, asked_at)
    SELECT id, id, district_id, '', now() FROM judged JOIN held USING (id)
"""  # noqa: S608  our own words


def hold_many(session: Session, *, defect_id: uuid.UUID, first: int, count: int) -> None:
    """`count` reports like this one, each with a photo that waits for a moderator, and words that
    wait or were hidden and objected to, numbered from `first`; ANALYZE."""
    session.execute(text(_HELD), {"first": first, "count": count, "defect": defect_id})
    tables = "defect, picture, defect_picture, moderation_verdict, moderation_appeal"
    session.execute(text(f"ANALYZE {tables}"))


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
