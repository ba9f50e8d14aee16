"""Gaps: what is near, far or unknown for whom, as the database knows it."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from shapely import Point
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from geoapp.assets.rules import Kind, PhysicalStatus
from geoapp.completeness.rules import Known
from geoapp.completeness.tables import Completeness
from geoapp.coverage.gaps.counting import Told, hide_in_sum
from geoapp.coverage.gaps.findings import Finding
from geoapp.coverage.gaps.keeping import forget_all
from geoapp.coverage.gaps.questions import Question, read_question, read_when
from geoapp.coverage.gaps.reading import find_gaps
from geoapp.districts.queries import Place, get_district
from geoapp.errors import Invalid, NotFound
from geoapp.geo.cells import shape_of
from geoapp.geo.crs import LONLAT, transform_point
from geoapp.needs.rules import Unit
from geoapp.needs.tables import NeedCell, NeedLayer
from geoapp.neighbourhoods.counting import rebuild_population
from geoapp.norms.tables import AreaNorm, Norm, NormBand
from geoapp.walking.tables import WalkingLine, WalkingNetwork
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory, stored

SRID = 28992
# The south-west corner of the made-up ground, on a border between squares of 100 m.
X, Y = (round(v / 100) * 100 for v in transform_point(LON, LAT, LONLAT, SRID))


def lonlat(east_m: float, north_m: float) -> Point:
    """A spot so far from the corner."""
    return Point(transform_point(X + east_m, Y + north_m, SRID, LONLAT))


class Town:
    """Two buurten of five squares each, side by side in one row: West, then East."""

    def __init__(self, session: Session, make: Factory) -> None:
        forget_all()
        self.session, self.make = session, make
        self.district = make.district()
        self.place: Place = get_district(session, slug=self.district.slug)
        self.west = self.settle("West", 0, 5)
        self.east = self.settle("East", 5, 10)
        rebuild_population(session, district_id=self.place.id)

    def settle(self, name: str, first: int, after: int, households: int = 100) -> uuid.UUID:
        """A buurt from a column of squares to another."""
        squares = [(X // 100 + i, Y // 100) for i in range(first, after)]
        area = self.make.official_area(
            district_id=self.place.id, name=name, geom=stored(shape_of(squares, 100, SRID))
        )
        self.make.area_figure(
            area_id=area.id,
            inhabitants=households * 4,
            households=households * 2,
            households_with_children=households,
            rounded_to=5,
        )
        return area.id

    def put(self, kind: Kind, east_m: float, north_m: float = 50.0, **values: Any) -> Any:
        """A thing so far from the corner."""
        geom = values.pop("geom", None) or stored(lonlat(east_m, north_m))
        return self.make.asset(district_id=self.place.id, kind=kind, geom=geom, **values)

    def say(self, area_id: uuid.UUID, known: Known, **values: Any) -> None:
        """Somebody says how much is known of playgrounds."""
        defaults = {"kind": Kind.PLAYGROUND, "note": "I looked.", "source": "a list"}
        told = {**defaults, "said_at": NOW, "is_example": False, **values}
        self.session.add(
            Completeness(district_id=self.place.id, area_id=area_id, known=known, **told)
        )
        self.session.flush()

    def know(self, known: Known = Known.COMPLETE) -> None:
        """Playgrounds are known so in both."""
        for area_id in (self.west, self.east):
            self.say(area_id, known)

    def norm(self, **values: Any) -> Norm:
        """A norm for small children and for others."""
        defaults = {
            "code": "made-up",
            "version": 1,
            "starts_on": NOW.date(),
            "name": {"en": "Made up"},
            "owners": {"en": "Nobody"},
            "source": "a book",
            "source_text": "Not far.",
            "source_language": "en",
        }
        norm = Norm(district_id=self.place.id, is_example=False, **{**defaults, **values})
        self.session.add(norm)
        self.session.flush()
        for i, (band, distance_m) in enumerate((("0-5", 200), ("6-11", 400))):
            self.session.add(
                NormBand(
                    norm_id=norm.id,
                    code=band,
                    position=i,
                    name={"en": band},
                    distance_m=distance_m,
                    is_main=i == 1,
                )
            )
        self.session.flush()
        return norm

    def ask(self, **typed: str) -> Finding:
        """What is found of a question, as an address has it."""
        return self.ask_at(NOW, **typed)

    def ask_at(self, now: datetime, **typed: str) -> Finding:
        """The same at another time."""
        return find_gaps(self.session, place=self.place, question=read_question(typed), now=now)

    def answers(self, **typed: str) -> str:
        """N, F or ? of the ten squares from west to east."""
        found = self.ask(**typed)
        order = np.argsort(found.columns)
        return "".join("NF?"[answer] for answer in found.answers[order])


@pytest.fixture
def town(session: Session, make: Factory) -> Town:
    """A town in which nothing stands."""
    return Town(session, make)


# -- Near, far, unknown ----------------------------------------------------------------------------


def test_where_nobody_said_that_a_list_is_whole_nobody_knows_what_is_near(town: Town) -> None:
    town.put(Kind.PLAYGROUND, 50)
    found = town.ask()
    assert town.answers() == "??????????"
    assert found.whole.unknown == pytest.approx(200)
    assert [line.known.known for line in found.lines] == [Known.UNKNOWN, Known.UNKNOWN]


def test_a_square_is_near_what_it_can_walk_to_within_the_distance(town: Town) -> None:
    town.know()
    town.put(Kind.PLAYGROUND, 50)
    # From the middle of the first square: 0, 130, 260, 390, 520 m and so on.
    assert town.answers(norm="400") == "NNNNFFFFFF"
    assert town.answers(norm="389") == "NNNFFFFFFF"
    found = town.ask(norm="400")
    west, east = sorted(found.lines, key=lambda line: line.name, reverse=True)
    assert (west.counts.near, west.counts.far) == pytest.approx((80, 20))
    assert (east.counts.near, east.counts.far) == pytest.approx((0, 100))
    assert [line.name for line in found.lines] == ["East", "West"]
    assert found.whole.of_hundred() == (40, 60, 0)


def test_unknown_is_an_answer_of_its_own_beside_the_others(town: Town) -> None:
    town.say(town.west, Known.PARTIAL)
    town.put(Kind.PLAYGROUND, 450)
    assert town.answers(norm="200") == "FFFNN?????"
    found = town.ask(norm="200")
    assert found.whole.all == pytest.approx(200)
    assert found.whole.of_hundred() == (20, 30, 50)


def test_the_newest_word_counts_and_a_smaller_area_goes_before_a_larger_one(town: Town) -> None:
    wijk = town.make.official_area(district_id=town.place.id, name="Wijk", level="wijk")
    for area_id in (town.west, town.east):
        area = town.session.get_one(type(wijk), area_id)
        area.parent_id = wijk.id
    town.say(wijk.id, Known.COMPLETE)
    assert town.answers() == "FFFFFFFFFF"
    town.say(town.west, Known.PARTIAL, said_at=NOW + timedelta(days=1))
    town.say(town.west, Known.UNKNOWN, said_at=NOW + timedelta(days=2))
    town.say(wijk.id, Known.PARTIAL, said_at=NOW + timedelta(days=3))
    assert town.answers() == "?????FFFFF"


def test_what_is_out_of_order_or_planned_is_near_nobody(town: Town) -> None:
    town.know()
    town.put(Kind.PLAYGROUND, 50, physical_status=PhysicalStatus.OUT_OF_ORDER)
    town.put(Kind.PLAYGROUND, 50, physical_status=PhysicalStatus.PLANNED)
    town.put(Kind.BENCH, 50)
    found = town.ask()
    assert town.answers() == "FFFFFFFFFF"
    assert (found.method.things, found.method.out_of_order) == (0, 1)


def test_an_area_is_as_far_as_its_edge_or_its_entrance(town: Town) -> None:
    town.know()
    field = shape_of([(X // 100 + i, Y // 100) for i in (8, 9)], 100, SRID)
    thing = town.put(Kind.PLAYGROUND, 0, geom=stored(field))
    assert town.answers(norm="200") == "FFFFFFNNNN"
    gate = lonlat(1000, 50)
    thing.details = {"entrances": f"{gate.y:.7f}, {gate.x:.7f}"}
    town.session.flush()
    assert town.answers(norm="200") == "FFFFFFFFNN"


def test_open_hours_count_at_the_time_that_is_asked_about(town: Town) -> None:
    town.know()
    shut = town.put(Kind.PLAYGROUND, 50)
    town.make.opening_hours(asset_id=shut.id, hours="Mo-Fr 09:00-17:00")
    town.put(Kind.PLAYGROUND, 950)
    assert town.answers(norm="200") == "NNFFFFFFNN"
    assert town.answers(norm="200", at="Sat 15:00") == "FFFFFFFFNN"
    assert town.answers(norm="200", at="wo 15:00") == "NNFFFFFFNN"
    found = town.ask(norm="200", at="Sat 15:00")
    assert (found.method.closed, found.method.without_hours) == (1, 1)
    assert found.at is not None
    assert found.at.weekday() == 5
    assert found.at > NOW


def test_a_home_without_a_platform_is_a_gap_and_never_unknown(town: Town) -> None:
    platform = town.make.platform(district_id=town.place.id)
    shape = shape_of([(X // 100 + i, Y // 100) for i in range(3)], 100, SRID)
    town.make.platform_area(platform_id=platform.id, district_id=town.place.id, geom=stored(shape))
    assert town.answers(kind="platform", need="inhabitants") == "NNNFFFFFFF"
    lines = {line.name: line for line in town.ask(kind="platform").lines}
    assert [one.slug for one in lines["West"].platforms] == [platform.slug]
    assert lines["East"].platforms == ()


# -- For whom, how far -----------------------------------------------------------------------------


def test_a_square_at_a_border_counts_for_each_buurt_its_own_part(town: Town) -> None:
    half = town.make.official_area(
        district_id=town.place.id,
        name="Half",
        geom=stored(shape_of([(X // 50 + 20, Y // 50), (X // 50 + 20, Y // 50 + 1)], 50, SRID)),
    )
    other = town.make.official_area(
        district_id=town.place.id,
        name="Other",
        geom=stored(shape_of([(X // 50 + 21, Y // 50), (X // 50 + 21, Y // 50 + 1)], 50, SRID)),
    )
    for area, households in ((half, 10), (other, 30)):
        town.make.area_figure(
            area_id=area.id, inhabitants=100, households=50, households_with_children=households
        )
    rebuild_population(town.session, district_id=town.place.id)
    sums = {line.name: line.counts.all for line in town.ask().lines}
    assert sums == pytest.approx({"West": 100, "East": 100, "Half": 10, "Other": 30})


def test_a_layer_of_need_is_asked_about_by_its_code_and_the_newest_counts(town: Town) -> None:
    town.know()
    for version, amount in ((1, 5.0), (2, 7.0)):
        layer = NeedLayer(
            district_id=town.place.id,
            code="planned-homes",
            version=version,
            name={"en": "Planned homes"},
            unit=Unit.HOMES,
            year=2030,
            is_planned=True,
            source="a plan",
            licence="CC0 1.0",
            digest=str(version),
            is_example=True,
        )
        town.session.add(layer)
        town.session.flush()
        town.session.add(
            NeedCell(
                layer_id=layer.id,
                cell_x=X // 100,
                cell_y=Y // 100,
                area_id=town.west,
                amount=amount,
            )
        )
    town.session.flush()
    found = town.ask(need="planned-homes")
    assert found.whole.far == 7
    assert found.need.is_planned
    with pytest.raises(NotFound, match="households_with_children, households, inhabitants, plan"):
        town.ask(need="children-0-5")


def test_a_norm_has_bands_and_versions_and_an_area_its_own(town: Town) -> None:
    town.know()
    town.put(Kind.PLAYGROUND, 50)
    town.norm()
    town.norm(version=2, starts_on=NOW.date() + timedelta(days=10))
    assert town.answers(norm="made-up") == "NNNNFFFFFF"
    assert town.answers(norm="made-up:0-5") == "NNFFFFFFFF"
    found = town.ask(norm="made-up")
    assert found.norm is not None
    assert (found.norm.version, found.distance_m) == (1, 400)
    own = {"district_id": town.place.id, "note": "A busy road.", "is_example": False}
    town.session.add(AreaNorm(official_area_id=town.west, distance_m=150, valid_from=NOW, **own))
    town.session.flush()
    assert town.answers(norm="made-up") == "NNFFFFFFFF"
    assert [norm.slug for norm in town.ask(norm="made-up").own] != []
    # A distance that is typed is meant as it is.
    assert town.answers(norm="400") == "NNNNFFFFFF"
    with pytest.raises(NotFound, match="made-up"):
        town.ask(norm="other")
    with pytest.raises(Invalid, match="made-up:0-5, made-up:6-11"):
        town.ask(norm="made-up:80-99")


def test_along_paths_a_barred_way_is_longer_for_who_cannot_go_it(town: Town) -> None:
    town.know()
    town.put(Kind.PLAYGROUND, 60)
    town.norm()
    network = WalkingNetwork(
        district_id=town.place.id,
        version=1,
        max_snap_m=60,
        source="made up",
        licence="CC0 1.0",
        digest="1",
        is_example=False,
    )
    town.session.add(network)
    town.session.flush()
    for position, (west, east, barred) in enumerate(((0, 100, []), (100, 1000, ["0-5"]))):
        line = f"SRID=4326;LINESTRING ({_point(west)}, {_point(east)})"
        town.session.add(
            WalkingLine(network_id=network.id, position=position, barred=barred, geom=line)
        )
    town.session.flush()
    # Along the paths there is no detour: 100 m a square.
    assert town.answers(norm="made-up") == "NNNNNFFFFF"
    found = town.ask(norm="made-up:0-5")
    assert found.method.network is not None
    # Those beyond the barred path are off it: to them a straight line has to do.
    assert found.method.squares_off == 8
    assert town.answers(norm="made-up:0-5") == "NNFFFFFFFF"


def _point(east_m: float) -> str:
    spot = lonlat(east_m, 50)
    return f"{spot.x:.8f} {spot.y:.8f}"


# -- Kept, and made anew ---------------------------------------------------------------------------


def _count_statements(session: Session, ask: Callable[[], object]) -> int:
    said: list[str] = []

    def note(_conn: Connection, _cursor: object, statement: str, *_others: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE")):
            said.append(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    ask()
    event.remove(connection, "before_cursor_execute", note)
    return len(said)


def test_the_same_question_again_reads_no_square_and_no_shape(town: Town) -> None:
    town.know()
    town.put(Kind.PLAYGROUND, 50)
    first = _count_statements(town.session, lambda: town.ask(norm="400"))
    again = _count_statements(town.session, lambda: town.ask(norm="400"))
    assert (first, again) == (11, 7)


@pytest.mark.parametrize("norm", ["400", "made-up"])
def test_whatever_changes_the_answer_is_that_of_today(town: Town, norm: str) -> None:
    town.norm()
    town.know()
    assert town.answers(norm=norm) == "FFFFFFFFFF"
    first = town.put(Kind.PLAYGROUND, 50)
    assert town.answers(norm=norm) == "NNNNFFFFFF"
    second = town.put(Kind.PLAYGROUND, 950)
    assert town.answers(norm=norm) == "NNNNFFNNNN"
    first.physical_status = PhysicalStatus.OUT_OF_ORDER
    town.session.flush()
    assert town.answers(norm=norm) == "FFFFFFNNNN"
    second.geom = stored(lonlat(450, 50))
    town.session.flush()
    assert town.answers(norm=norm) == "FNNNNNNNFF"
    town.say(town.east, Known.UNKNOWN, said_at=NOW + timedelta(days=1))
    assert town.answers(norm=norm) == "FNNNN?????"


# -- How a question is asked, and how few are not told ---------------------------------------------


def test_a_question_comes_back_as_it_was_asked() -> None:
    typed = {"kind": "sport_court", "need": "inhabitants", "norm": "rotterdam", "at": "sat-15:00"}
    assert read_question(typed).to_values() == typed
    assert read_question({}) == Question()
    assert read_question({"metres": "250", "norm": "rotterdam"}).to_values()["norm"] == "250"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"kind": "castle"}, "kind"),
        ({"need": "; DROP TABLE"}, "need"),
        ({"norm": "far away"}, "norm"),
        ({"norm": "24"}, "norm"),
        ({"metres": "10001"}, "metres"),
        ({"metres": "four"}, "metres"),
        ({"at": "someday 15:00"}, "at"),
        ({"at": "Sat 25:00"}, "at"),
        ({"at": "2026-02-30T10:00"}, "at"),
        ({"at": "2026-02-10T10:00+01:00"}, "at"),
    ],
)
def test_a_question_that_cannot_be_read_is_refused_at_its_field(
    typed: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read_question(typed)
    assert refused.value.field == field


def test_a_time_of_the_week_is_the_next_one_on_the_clock_of_the_district(town: Town) -> None:
    when = read_when("Sun 02:30")
    assert when is not None
    found = town.ask_at(datetime(2026, 3, 28, 12, tzinfo=UTC), at="Sun 03:30")
    # The clock has gone forward that night.
    assert found.at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_fewer_than_five_are_told_by_no_number_and_by_no_subtraction() -> None:
    assert Told(4, 96, 0).told() == (None, None, 0)
    assert Told(4, 3, 50).told() == (None, None, None)
    assert Told(5, 95, 0).told() == (5, 95, 0)
    assert Told(0, 4, 0).told() == (0, None, 0)


def test_a_sum_does_not_tell_what_one_line_alone_hides() -> None:
    lines = [Told(4, 96, 0), Told(20, 80, 0)]
    whole = Told(24, 176, 0)
    assert hide_in_sum(whole, lines, left_out=0) == (None, None, 0)
    assert hide_in_sum(whole, [*lines, Told(3, 50, 0)], left_out=0) == (24, 176, 0)
    assert hide_in_sum(whole, lines[1:], left_out=0) == (24, 176, 0)
    assert hide_in_sum(whole, lines[1:], left_out=1) == (None, None, None)
