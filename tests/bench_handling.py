"""Those who handle the reports of the bench: three organisations beside a crowded desk, voices,
promises, somebody who signs in; and the bare statements of their pages."""

import uuid
from typing import Any, LiteralString

from sqlalchemy import text
from sqlalchemy.orm import Session

from geoapp.accounts.actions import open_account_session, rotate_session
from geoapp.defects.actions import fold_counts
from geoapp.defects.rules import ANSWERED, STATES, Party
from geoapp.districts.queries import get_district
from geoapp.neighbourhoods.actions import OutlineDraft, put_outline
from geoapp.people.actions import give_role, keep_address, put_person
from geoapp.people.queries import get_standing
from geoapp.people.rules import MembershipDraft, Role
from geoapp.sealing import Sealer
from geoapp.web.answers import MOST_DENIED
from geoapp.web.desk import MOST_ON_DESK
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory, area_shape, stored

OTHERS = 3

# One in five goes to another organisation, one in fifty is passed on; turns began on 200 days.
_HAND_OUT = """
    UPDATE defect SET
        turn_since = date '2026-11-01' - (number % 200)::int,
        area_id = (SELECT id FROM official_area WHERE ST_Covers(geom, defect.point) LIMIT 1),
        addressee_id = CASE WHEN number % 5 = 1
            THEN (CAST(:others AS uuid[]))[number / 5 % 3 + 1] ELSE addressee_id END,
        work = CASE WHEN number % 50 = 2 THEN 'passed_on' ELSE work END,
        passed_to_id = CASE WHEN number % 50 = 2 THEN (CAST(:others AS uuid[]))[1] END
    WHERE asset_id IS DISTINCT FROM :asset
"""
_VOICES = """
    INSERT INTO defect_voice (id, defect_id, position, says, speaker, handling, has_photo, note,
        words_state, said_at, is_example)
    SELECT gen_random_uuid(), defect.id, place, 'still_broken', 'neighbour', handlings, false,
        'Voice ' || place, 'shown', reported_at + place * interval '1 hour', true
    FROM defect CROSS JOIN generate_series(1, 2) AS place WHERE number % 3 = 0
"""
_EVENTS = """
    INSERT INTO defect_event (id, defect_id, kind, at, note, voice_id, is_example)
    SELECT gen_random_uuid(), defect_id, 'said_not_good', said_at, '', id, true FROM defect_voice
"""
_PROMISES = """
    INSERT INTO defect_promise (id, defect_id, organisation_id, due_on, moves, state, promised_at,
        closed_at, is_example)
    SELECT gen_random_uuid(), id, addressee_id, date '2026-11-01', 0,
        CASE WHEN number % 8 = 3 THEN 'kept' ELSE 'missed' END, reported_at, reported_at, true
    FROM defect WHERE number % 4 = 3
"""
_FOUND = """
    SELECT turn_since, id FROM defect WHERE addressee_id = :desk AND state = ANY(:addressed)
    ORDER BY turn_since, id OFFSET :offset LIMIT 1
"""


def hand_out(make: Factory, values: dict[str, Any], *, sealer: Sealer) -> dict[str, Any]:
    """Reports of everybody, each with what was said of it; what the pages' statements need."""
    session, district = make.session, values["district"]
    others = [
        make.organisation(slug=f"keeper-{n}", name=f"Keeper {n}", district_id=district).id
        for n in range(OTHERS)
    ]
    session.execute(text(_HAND_OUT), {"others": others, "asset": values["asset"]})
    for statement in (_VOICES, _EVENTS, _PROMISES, "ANALYZE answer_count"):
        session.execute(text(statement))
    # That of the middle; where very few are reported, one there is called done and is not.
    area = session.execute(
        text("SELECT id, slug FROM official_area ORDER BY code OFFSET 12 LIMIT 1")
    ).one()
    make.defect(
        district_id=district,
        area_id=area.id,
        addressee_id=values["desk"],
        handlings=1,
        street="not_good",
    )
    fold_counts(session)
    shape = area_shape(LON - 0.02, LAT - 0.02, LON + 0.02, LAT + 0.02)
    organic = make.organic_area(slug="crowded-corner", district_id=district, geom=stored(shape))
    put_outline(
        session,
        place=get_district(session, slug="crowded"),
        draft=OutlineDraft(organic.id, shape),
        now=NOW,
    )
    addressed = [state.value for state, facet in STATES.items() if facet.party is Party.ADDRESSEE]
    asked = {"desk": values["desk"], "addressed": addressed}
    waiting = session.scalar(text(_WAITING), asked)
    deep = session.execute(text(_FOUND), {**asked, "offset": waiting // 2}).one()
    voiced = session.scalar(text(_VOICED), asked)
    return {
        "key": _sign_in(session, sealer=sealer, district=district, desk=values["desk"]),
        "voiced": voiced,
        "addressed": addressed,
        "answered": [work.value for work in ANSWERED],
        "since": deep.turn_since,
        "after": deep.id,
        "waiting": waiting,
        "area": area.id,
        "area_slug": area.slug,
        "organic": organic.id,
        "on_desk": MOST_ON_DESK,
        "on_answers": MOST_DENIED,
    }


_WAITING = "SELECT count(*) FROM defect WHERE addressee_id = :desk AND state = ANY(:addressed)"
_VOICED = """
    SELECT code FROM defect WHERE addressee_id = :desk AND state = ANY(:addressed)
        AND file = 'public' AND number % 3 = 0 ORDER BY number LIMIT 1
"""


def _sign_in(session: Session, *, sealer: Sealer, district: uuid.UUID, desk: uuid.UUID) -> str:
    """The key of somebody of the desk, past their second factor."""
    address_id = keep_address(session, sealer=sealer, address="desk@example.org", language="nl")
    today = NOW.date()
    person_id = put_person(session, address_id=address_id, today=today).id
    draft = MembershipDraft(Role.DISTRICT_OFFICER, district, desk, valid_from=today)
    give_role(session, person_id=person_id, draft=draft)
    key = open_account_session(session, person_id=person_id, now=NOW)
    standing = get_standing(session, person_id=person_id, today=today)
    assert standing is not None
    return rotate_session(session, key=key, standing=standing, now=NOW, passed_factor=True) or ""


# -- The bare statements -----------------------------------------------------------------------

DESK: LiteralString = """
    SELECT code, category, state, turn_since FROM defect
    WHERE addressee_id = %(desk)s AND state = ANY(%(addressed)s) AND file = 'public'
        AND NOT (work = ANY(%(answered)s) AND NOT no_said)
    ORDER BY turn_since, id LIMIT %(on_desk)s
"""
DEEP_DESK: LiteralString = """
    SELECT code, category, state, turn_since FROM defect
    WHERE addressee_id = %(desk)s AND state = ANY(%(addressed)s) AND file = 'public'
        AND NOT (work = ANY(%(answered)s) AND NOT no_said)
        AND (turn_since, id) > (%(since)s, %(after)s)
    ORDER BY turn_since, id LIMIT %(on_desk)s
"""
DEFECT: LiteralString = """
    SELECT code, category, description, state, reported_at FROM defect WHERE code = %(voiced)s
"""
STEPS: LiteralString = """
    SELECT coalesce(defect_voice.note, ''), kind, at FROM defect_event
    JOIN defect ON defect.id = defect_event.defect_id
    LEFT JOIN defect_voice ON defect_voice.id = voice_id
    WHERE code = %(voiced)s ORDER BY at
"""
DISTRICT_COUNTS: LiteralString = """
    SELECT organisation.name, answer_count.about, value, sum(amount) FROM answer_count
    JOIN organisation ON organisation.id = organisation_id
    WHERE answer_count.district_id = %(district)s GROUP BY 1, 2, 3
"""
DISTRICT_DENIED: LiteralString = """
    SELECT code, category, state FROM defect
    WHERE district_id = %(district)s AND handlings > 0 AND state IN ('disputed', 'mixed')
    ORDER BY turn_since DESC, code DESC LIMIT %(on_answers)s
"""
AREA_COUNTS: LiteralString = """
    SELECT organisation.name, answer_count.about, value, sum(amount) FROM answer_count
    JOIN organisation ON organisation.id = organisation_id
    WHERE answer_count.district_id = %(district)s AND area_id = %(area)s GROUP BY 1, 2, 3
"""
AREA_DENIED: LiteralString = """
    SELECT code, category, state FROM defect
    WHERE area_id = %(area)s AND handlings > 0 AND state IN ('disputed', 'mixed')
    ORDER BY turn_since DESC, code DESC LIMIT %(on_answers)s
"""
ORGANIC_FACTS: LiteralString = """
    SELECT organisation.name, answer_fact.about, value, count(*) FROM answer_fact
    JOIN organisation ON organisation.id = organisation_id
    JOIN defect ON defect.id = thing_id
    JOIN organic_area ON organic_area.id = %(organic)s AND ST_Covers(organic_area.geom, point)
    GROUP BY 1, 2, 3
"""
