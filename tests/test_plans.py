"""What questions cost: plans read at 20,000 rows, and as many queries for 50 rows as for one."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from shapely import MultiPolygon, box
from sqlalchemy import Connection, Engine, event, select, text, true
from sqlalchemy.orm import Session

from geoapp.app import create_app, metadata
from geoapp.assets.tables import Asset
from geoapp.care.actions import refresh_districts
from geoapp.config import Settings
from geoapp.coverage.news import Where, read_news
from geoapp.coverage.own_area import count_denied, list_missed
from geoapp.coverage.stuck import list_stuck
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine
from geoapp.defects.actions import fold_counts
from geoapp.defects.queries import list_denied, list_moves, list_to_check
from geoapp.defects.rules import EventKind
from geoapp.defects.tables import Defect
from geoapp.dialogue.ladder import DUE
from geoapp.dialogue.monday import list_owners, read_list
from geoapp.districts.queries import get_district
from geoapp.districts.tables import District
from geoapp.moderation.queries import count_queue, list_queue
from geoapp.moderation.rules import Bench, Target
from geoapp.people.tables import Organisation
from geoapp.platforms.queries import get_platform
from geoapp.questions.tables import Question
from geoapp.web.stock import inside_platform
from tests.conftest import NOW, count_queries
from tests.factories import LAT, LON, Factory, area_shape, stored
from tests.synthetic import fill, hold_many, tile_at

GROWING = {"asset", "defect", "answer_fact", "answer_cell_count", "care_gap"}

# Half of the table.
MOST_BY_INDEX = 10_000

Statement = tuple[str, Any]


# -- Plans at 20,000 rows --------------------------------------------------------------------


@pytest.fixture(scope="module")
def large(make_database: Callable[[str], str]) -> Iterator[Engine]:
    """A database with 20,000 defects and as many assets over a whole district."""
    made = make_engine(make_database("large"))
    migrate(made, metadata())
    fill(made, count=20_000, spread=0.09)
    small = stored(MultiPolygon([box(LON, LAT, LON + 0.004, LAT + 0.004)]))
    with Session(made) as session:
        make = Factory(session)
        first = session.query(Asset).order_by(Asset.source_ref).first()
        assert first is not None
        make.organic_area(slug="here", district_id=first.district_id, geom=small)
        platform = make.platform(slug="us", district_id=first.district_id)
        make.platform_area(platform_id=platform.id, district_id=first.district_id, geom=small)
        buurt = make.official_area(slug="there", district_id=first.district_id, geom=small)
        inside = text("UPDATE defect SET area_id = :id WHERE code LIKE '%2'")
        session.execute(inside, {"id": buurt.id})
        fold_counts(session)
        refresh_districts(session, now=NOW)
        session.commit()
    with made.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE defect, answer_count, answer_cell_count, care_gap"))
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def large_client(large: Engine) -> FlaskClient:
    """Asks a service on the large database."""
    return create_app(Settings(background_url=""), engine=large, clock=lambda: NOW).test_client()


@pytest.fixture(scope="module")
def code(large: Engine) -> str:
    """The code of an asset; a defect has the same one."""
    with large.connect() as connection:
        found = connection.scalars(
            text("SELECT defect.code FROM defect JOIN asset USING (code) WHERE source_ref = '9'")
        ).one()
    return str(found)


def statements_of(client: FlaskClient, engine: Engine, path: str) -> list[Statement]:
    """What a request asks of the database, with its values."""
    heard: list[Statement] = []

    def note(_conn: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        heard.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        answer = client.get(path)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert answer.status_code == 200, answer.text
    asked = [(words, values) for words, values in heard if words.lstrip().startswith("SELECT")]
    assert asked
    return asked


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan's node and all below it."""
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes_of(below)


def full_scans(connection: Connection, statements: list[Statement]) -> set[str]:
    """The growing tables that any of the statements would read from end to end."""
    found = set()
    for words, values in statements:
        explained = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {words}", values)
        for node in nodes_of(explained.scalar_one()[0]["Plan"]):
            if node.get("Relation Name") in GROWING and reads_most(node):
                found.add(node["Relation Name"])
    return found


def reads_most(node: dict[str, Any]) -> bool:
    """True for a scan from end to end, and for one by indexes that leave out hardly anything."""
    if node["Node Type"] == "Bitmap Heap Scan":
        return bool(node["Plans"][0]["Plan Rows"] > MOST_BY_INDEX)
    return bool(node["Node Type"] == "Seq Scan")


BOX = f"{LON - 0.003},{LAT - 0.002},{LON + 0.003},{LAT + 0.002}"
PATHS = [
    "/platforms/us/dossier.html",
    "/areas/here/map",
    "/platforms/us/map",
    f"/?at={LAT},{LON},17",
    f"/list?bbox={BOX}&at={LAT},{LON}",
    f"/list?bbox={BOX}&at={LAT},{LON}&layers=not_good",
    f"/list?bbox={BOX}&at={LAT},{LON}&layers=cabinets",
    f"/at?lat={LAT}&lon={LON}&radius_m=150",
    f"/api/v1/at?lat={LAT}&lon={LON}&radius_m=150",
    f"/tiles/defects/{tile_at(LON, LAT, 16)}.mvt",
    f"/tiles/places/{tile_at(LON, LAT, 16)}.mvt",
    f"/tiles/cabinets/{tile_at(LON, LAT, 16)}.mvt",
    "/find?q=asset1234",
    "/api/v1/defects",
    "/api/v1/defects?limit=20&after=FG-HJK",
    "/api/v1/defects?district=crowded",
    "/api/v1/defects?state=disputed&district=crowded",
    "/api/v1/defects?area=here",
    "/api/v1/assets",
    "/api/v1/assets?kind=cabinet&district=crowded",
    "/api/v1/assets?area=here",
    "/areas/here",
    "/areas/here/answers",
    "/areas/there/answers",
    "/areas/here/week",
    "/areas/there/week",
    "/platforms/us/week",
    "/platforms/us/questions",
    "/districts/crowded/answers",
    "/districts/crowded/answers?before=2026-11-01_FG-HJK",
    "/districts/crowded/answers.csv",
    "/districts/crowded/care",
    "/districts/crowded/care?gap=not_seen&after=_FG-HJK",
    "/districts/crowded/care?area=here",
    f"/contacts?at={LAT},{LON}",
    "/platforms/us",
    "/assets/{code}",
    "/q/{code}",
    "/defects/{code}",
    "/api/v1/assets/{code}",
    "/api/v1/defects/{code}",
    "/report?asset={code}",
]


@pytest.mark.parametrize("path", PATHS)
def test_no_address_reads_a_growing_table_from_end_to_end(
    large_client: FlaskClient, large: Engine, code: str, path: str
) -> None:
    statements = statements_of(large_client, large, path.format(code=code))
    with large.connect() as connection:
        assert full_scans(connection, statements) == set()


def test_a_plan_page_reads_what_hurts_in_its_area_by_place_alone(large: Engine) -> None:
    heard: list[Statement] = []

    def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        heard.append((statement, values))

    with Session(large) as session:
        where = inside_platform(get_platform(session, slug="us").id).defects
        event.listen(large, "before_cursor_execute", note)
        try:
            list_missed(session, where=where, today=NOW.date(), limit=4)
            list_denied(session, where=where, today=NOW.date(), limit=5)
            count_denied(session, where=where)
        finally:
            event.remove(large, "before_cursor_execute", note)
    with large.connect() as connection:
        assert full_scans(connection, heard) == set()


def test_a_desk_reads_what_waits_longest_and_no_more(large: Engine) -> None:
    with Session(large) as session:
        desk_id = session.scalars(select(Defect.addressee_id).limit(1)).one()
        statements: list[Statement] = []

        def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
            statements.append((statement, values))

        event.listen(large, "before_cursor_execute", note)
        found = list_moves(session, organisation_ids=[desk_id], today=NOW.date(), limit=50)
        event.remove(large, "before_cursor_execute", note)
    assert len(found) == 51
    assert len(statements) == 2
    with large.connect() as connection:
        assert full_scans(connection, statements) == set()


def test_a_round_reads_the_nearest_to_look_at_and_no_more(large: Engine) -> None:
    with Session(large) as session:
        district_id = session.scalars(select(Defect.district_id).limit(1)).one()
        statements: list[Statement] = []

        def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
            statements.append((statement, values))

        event.listen(large, "before_cursor_execute", note)
        found = list_to_check(
            session,
            district_id=district_id,
            not_of=frozenset(),
            near=(LON, LAT),
            today=NOW.date(),
            limit=8,
        )
        event.remove(large, "before_cursor_execute", note)
    assert (len(found), len(statements)) == (8, 1)
    with large.connect() as connection:
        words, values = statements[0]
        plan = str(connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {words}", values).scalar())
        assert "ix_defect_to_check" in plan
        assert full_scans(connection, statements) == set()


def test_what_nobody_accepted_is_found_by_its_index_whoever_has_days_of_its_own(
    large: Engine,
) -> None:
    with Session(large) as session:
        make = Factory(session)
        for addressee_id in session.scalars(select(Defect.addressee_id).distinct().limit(9)).all():
            make.organisation_days(organisation_id=addressee_id, acceptance_days=5)
        district = session.scalars(select(District)).one()
        due = select(Defect.id).where(*DUE[EventKind.RETURNED](district, NOW.date()))
        asked = due.compile(large, compile_kwargs={"render_postcompile": True})
        explained = session.connection().exec_driver_sql(
            f"EXPLAIN (FORMAT JSON) {asked}", asked.params
        )
        plan = explained.scalar_one()[0]["Plan"]
        assert "ix_defect_work_turn" in {node.get("Index Name") for node in nodes_of(plan)}
        session.rollback()


def test_what_is_stuck_is_found_by_its_indexes_and_no_further_than_the_list(large: Engine) -> None:
    with Session(large) as session:
        district_id = session.scalars(select(Defect.district_id).limit(1)).one()
        statements: list[Statement] = []

        def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
            statements.append((statement, values))

        event.listen(large, "before_cursor_execute", note)
        found = list_stuck(session, district_id=district_id, today=NOW.date(), limit=50)
        event.remove(large, "before_cursor_execute", note)
    assert len(found) == 51
    assert len(statements) == 8
    with large.connect() as connection:
        assert full_scans(connection, statements) == set()
        used = set().union(*(indexes_of(connection, one) for one in statements))
        assert max(most_rows_read(connection, *one) for one in statements) < 1_000
    wanted = {"ix_defect_turn_of_organisation", "ix_defect_bounced", "ix_defect_no_agreement"}
    assert wanted <= used


def test_the_news_of_an_area_reads_what_is_new_and_not_what_has_been(large: Engine) -> None:
    with Session(large) as session:
        session.execute(
            text(
                "INSERT INTO defect_event (id, defect_id, kind, at, is_example, note) "
                "SELECT gen_random_uuid(), id, 'reported', timestamptz '2026-11-21 09:00+00' "
                "- (row_number() OVER () || ' hours')::interval, false, '' FROM defect"
            )
        )
        session.execute(text("ANALYZE defect_event"))
        heard: list[Statement] = []

        def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
            heard.append((statement, values))

        connection = session.connection()
        # Everywhere: of a small area its few reports are read first, by where they are.
        where = Where(get_district(session, slug="crowded"), lambda _: true(), frozenset())
        event.listen(connection, "before_cursor_execute", note)
        read_news(
            session,
            where=where,
            since=NOW.date() - timedelta(days=7),
            until=NOW.date() + timedelta(days=1),
            today=NOW.date(),
        )
        event.remove(connection, "before_cursor_execute", note)
        used = set().union(*(indexes_of(connection, one) for one in heard))
        read = max(most_rows_read(connection, *one) for one in heard)
        session.rollback()
    assert "ix_defect_event_at" in used
    # A week has 168 hours: so many events, and what they are of.
    assert read < 400


def crowd(session: Session) -> uuid.UUID:
    """Gives the one desk a little of each sort that presses, much that is fresh and more that is
    over; nothing of it is kept."""
    desk_id = session.scalars(select(Defect.addressee_id).limit(1)).one()
    session.execute(text("ALTER TABLE defect DISABLE TRIGGER USER"))
    nth = "SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM defect) AS numbered"
    for which, changes in {
        "n > 0": "turn_since = '2026-11-20'",
        "n % 10 > 0": "work = 'handled', street = 'good', turn_since = '2026-01-01'",
        "n % 1999 = 0": "work = 'handled', street = 'not_good', no_said = true, handlings = 1",
        "n % 1777 = 0": "work = 'assigned', street = 'not_asked', turn_since = '2026-10-01'",
        "n % 1555 = 0": "work = 'planned', street = 'not_asked', promised_on = '2026-11-01'",
    }.items():
        words = f"UPDATE defect SET {changes} WHERE id IN ({nth} WHERE {which})"  # noqa: S608  ours
        session.execute(text(words))
    session.execute(text("ANALYZE defect"))
    return desk_id


def read_monday(session: Session, desk_id: uuid.UUID) -> list[Statement]:
    """What a Monday list asks of the database, with its values."""
    (owner,) = list_owners(session, organisation_ids=[desk_id])
    heard: list[Statement] = []

    def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        heard.append((statement, values))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    found = read_list(session, owner=owner, today=NOW.date(), limit=50)
    event.remove(connection, "before_cursor_execute", note)
    assert found.counts.waiting > 1000 > 50 > found.counts.denied + found.counts.late > 20
    assert len(found.defects) == 50
    return heard


def test_a_monday_list_reads_what_waits_and_nothing_that_is_over(large: Engine) -> None:
    with Session(large) as session:
        statements = read_monday(session, crowd(session))
        connection = session.connection()
        used = [index for one in statements for index in indexes_of(connection, one)]
        scanned = full_scans(connection, statements)
        session.rollback()
    assert scanned == set()
    # Those that hold nothing of what is over, which the other one does.
    assert {"ix_defect_waits", "ix_defect_waits_denied", "ix_defect_waits_promised"} <= set(used)
    assert "ix_defect_addressee_id_turn" not in used


def indexes_of(connection: Connection, statement: Statement) -> set[str]:
    """The indexes that a statement would read."""
    words, values = statement
    explained = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {words}", values)
    nodes = nodes_of(explained.scalar_one()[0]["Plan"])
    return {node["Index Name"] for node in nodes if "Index Name" in node}


@pytest.mark.parametrize("path", ["/", "/?layers=cabinets", "/list?bbox=4.9,51.9,5.1,52.1&at=52,5"])
def test_the_nearest_of_a_whole_district_are_read_by_distance_and_the_rest_not_at_all(
    large_client: FlaskClient, large: Engine, path: str
) -> None:
    # The count beside them may read on: it stops at 10,001.
    nearest = [words for words in statements_of(large_client, large, path) if "<->" in words[0]]
    with large.connect() as connection:
        assert nearest
        assert full_scans(connection, nearest) == set()


@pytest.mark.parametrize(
    ("index", "path"),
    [
        ("ix_defect_point_mercator", f"/tiles/defects/{tile_at(LON, LAT, 16)}.mvt"),
        ("ix_asset_point_mercator", f"/tiles/places/{tile_at(LON, LAT, 16)}.mvt"),
        ("ix_defect_point", f"/list?bbox={BOX}&at={LAT},{LON}"),
        ("ix_asset_point", f"/list?bbox={BOX}&at={LAT},{LON}"),
        ("ix_defect_geography", f"/at?lat={LAT}&lon={LON}&radius_m=150"),
        ("ix_asset_geography", f"/at?lat={LAT}&lon={LON}&radius_m=150"),
        ("ix_asset_search_key", "/find?q=asset1234"),
        ("ix_defect_asset_id", "/assets/{code}"),
        ("ix_defect_denied", "/districts/crowded/answers"),
        ("ix_defect_turn_of_organisation", "/districts/crowded/answers"),
        ("ix_care_gap_oldest", "/districts/crowded/care"),
    ],
)
def test_without_its_index_the_same_question_reads_the_whole_table(
    large_client: FlaskClient, large: Engine, code: str, index: str, path: str
) -> None:
    statements = statements_of(large_client, large, path.format(code=code))
    with large.connect() as connection, connection.begin() as dropping:
        connection.execute(text(f"DROP INDEX {index}"))
        scanned = full_scans(connection, statements)
        dropping.rollback()
    assert any(index.startswith(f"ix_{table}_") for table in scanned)


def test_a_queue_of_one_district_goes_through_nothing_that_waits_in_another(
    connection: Connection, session: Session, make: Factory
) -> None:
    here, there = make.defect(), make.defect(district_id=make.district(slug="there").id)
    hold_many(session, defect_id=here.id, first=1, count=4)
    hold_many(session, defect_id=there.id, first=1_000, count=2_000)
    bench = Bench(uuid.uuid4(), frozenset({here.district_id}), frozenset())
    statements: list[Statement] = []

    def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        statements.append((statement, values))

    event.listen(connection, "before_cursor_execute", note)
    queue = list_queue(session, bench=bench, limit=50)
    assert count_queue(session, bench=bench) == 8
    event.remove(connection, "before_cursor_execute", note)
    assert Counter(item.target for item in queue) == {Target.PICTURE: 4, Target.WORDS: 4}
    assert len(statements) == 2
    for words, values in statements:
        assert most_rows_read(connection, words, values) < 100


def most_rows_read(connection: Connection, words: str, values: Any) -> int:
    """What the node of a statement's plan that reads most reads, wanted or not."""
    explained = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {words}", values)
    return max(
        int(node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * int(node["Actual Loops"])
        for node in nodes_of(explained.scalar_one()[0]["Plan"])
    )


# -- Queries per page ------------------------------------------------------------------------


@dataclass
class World:
    """A made-up district with one thing that everything hangs on."""

    make: Factory
    asset: Asset
    defect: Defect
    question: Question

    @classmethod
    def make_one(cls, make: Factory) -> "World":
        """One row of each."""
        shape = stored(area_shape())
        district = make.district(slug="ours")
        make.organisation(district_id=district.id, is_desk=True)
        make.organic_area(slug="here", geom=shape, district_id=district.id)
        platform = make.platform(slug="us", district_id=district.id)
        make.platform_area(platform_id=platform.id, district_id=district.id, geom=shape)
        asset = make.asset(kind="cabinet", district_id=district.id, name="Thing 0")
        defect = make.defect(asset_id=asset.id, district_id=district.id)
        asked = {"platform_id": platform.id, "district_id": district.id}
        world = cls(make, asset, defect, make.question(**asked))
        world.grow(1)
        return world

    def grow(self, count: int) -> None:
        """`count` more rows of everything a page can show."""
        make, district_id = self.make, self.asset.district_id
        agreement = make.agreement(district_id=district_id)
        make.agreement_asset(agreement_id=agreement.id, asset_id=self.asset.id)
        for _ in range(count):
            keeper = make.organisation(district_id=district_id)
            line = make.budget_line(district_id=district_id)
            other = make.asset(
                district_id=district_id, owner_id=keeper.id, name=f"Thing {make.code()}"
            )
            for asset in (self.asset, other):
                make.duty(asset_id=asset.id, organisation_id=keeper.id)
                make.funding(asset_id=asset.id, line_id=line.id)
                make.asset_event(asset_id=asset.id)
                make.sighting(asset_id=asset.id)
                make.defect(asset_id=asset.id, district_id=district_id, addressee_id=keeper.id)
            make.agreement_party(agreement_id=agreement.id, organisation_id=keeper.id)
            make.defect(district_id=district_id, passed_to_id=keeper.id)
            make.defect(district_id=district_id, handlings=1, street="not_good")
            make.defect_event(defect_id=self.defect.id, organisation_id=keeper.id)
            self.grow_news(keeper)
            area = make.organic_area(district_id=district_id)
            make.place_name(district_id=district_id, organic_area_id=area.id)
            make.place_name(district_id=district_id, name=f"Thing {make.code()}")
            buurt = make.official_area(district_id=district_id)
            make.defect(district_id=district_id, area_id=buurt.id)
            platform = make.platform(district_id=district_id)
            make.platform_area(platform_id=platform.id, district_id=district_id)
            contact = make.contact(district_id=district_id, organisation_id=keeper.id)
            make.contact_scope(contact_id=contact.id)

    def grow_news(self, keeper: Organisation) -> None:
        """One more of what is new this week, and of what is asked."""
        make, district_id = self.make, self.asset.district_id
        asked = {"platform_id": self.question.platform_id, "district_id": district_id}
        other = make.question(organisation_id=keeper.id, **asked)
        for question in (self.question, other):
            make.question_event(question_id=question.id, organisation_id=keeper.id, at=NOW)
        defect = make.defect(district_id=district_id)
        make.defect_event(defect_id=defect.id, at=NOW, kind=EventKind.REPORTED)
        make.sighting(asset_id=make.asset(district_id=district_id).id, seen_on=NOW.date())
        make.mediation_case(
            thing_code=self.question.code,
            thing_kind="question",
            state="ended",
            result="agreed",
            **asked,
        )


PAGES = [
    "/",
    f"/?at={LAT},{LON},16",
    f"/list?bbox=4.99,51.99,5.01,52.01&at={LAT},{LON}",
    f"/at?lat={LAT}&lon={LON}&radius_m=500",
    "/find?q=thing",
    "/about",
    "/privacy",
    "/accessibility",
    "/areas/here",
    "/areas/here/answers",
    "/areas/here/map",
    "/districts/ours/answers",
    "/districts/ours/answers.csv",
    "/districts/ours/register.csv",
    "/platforms/us",
    "/platforms/us/map",
    "/platforms/us/week",
    "/platforms/us/questions",
    "/questions/{question}",
    "/assets/{asset}",
    "/q/{asset}",
    "/report?asset={asset}",
    "/defects/{defect}",
    "/api/v1/assets",
    "/api/v1/assets/{asset}",
    "/api/v1/defects",
    "/api/v1/defects/{defect}",
    "/api/v1/areas",
    "/api/v1/platforms",
    f"/api/v1/at?lat={LAT}&lon={LON}&radius_m=500",
    f"/api/v1/contacts?lat={LAT}&lon={LON}",
    f"/tiles/defects/{tile_at(LON, LAT, 16)}.mvt",
    f"/tiles/labels/{tile_at(LON, LAT, 16)}.mvt",
]


def test_every_page_asks_as_much_for_50_rows_as_for_one(
    connection: Connection, make: Factory, own_client: FlaskClient
) -> None:
    world = World.make_one(make)
    codes = {name: getattr(world, name).code for name in ("asset", "defect", "question")}
    paths = [path.format(**codes) for path in PAGES]

    def count_all() -> dict[str, int]:
        counts = {}
        for path in paths:
            with count_queries(connection.engine) as statements:
                assert own_client.get(path).status_code == 200
            counts[path] = len(statements)
        return counts

    count_all()  # what the service asks once and keeps
    with_one = count_all()
    world.grow(49)
    assert count_all() == with_one
    assert min(with_one.values()) > 0
    # The page of a thing, or of a platform, asks each noun that knows something of it, once.
    assert max(with_one.values()) <= 26
