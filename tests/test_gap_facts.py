"""The facts that gaps are told from: norms, how much is known, who needs something, paths. Each by
a file, twice the same, a changed one beside the old, a wrong one not at all, and undone whole."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, box
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geoapp.areas.queries import list_parts
from geoapp.areas.rules import Level
from geoapp.areas.tables import AreaCrosswalk, AreaFigure, OfficialArea
from geoapp.assets.rules import Kind
from geoapp.completeness.queries import known_of
from geoapp.completeness.rules import Known
from geoapp.completeness.tables import Completeness
from geoapp.config import PROJECT_DIR
from geoapp.db.base import new_id
from geoapp.districts.queries import get_district
from geoapp.districts.tables import District
from geoapp.errors import Conflict, Invalid, NotFound
from geoapp.exchange import importing, layouts
from geoapp.exchange.examples import remove_examples
from geoapp.exchange.importing import Imported, import_file
from geoapp.exchange.layouts import Layout
from geoapp.exchange.rows import WrongRows
from geoapp.ledger.batches import undo_batch
from geoapp.needs.actions import Buurt, spread_in, spread_over
from geoapp.needs.queries import find_need, list_needs, read_squares
from geoapp.needs.rules import Counted
from geoapp.needs.tables import NeedCell, NeedLayer
from geoapp.neighbourhoods.tables import PopulationCell
from geoapp.norms.queries import find_norm, list_norms
from geoapp.norms.rules import Asked, read_own_norm
from geoapp.norms.tables import Norm, NormBand
from geoapp.walking.queries import lines_of, newest_network
from geoapp.walking.rules import read_barred
from geoapp.walking.tables import WalkingLine, WalkingNetwork
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory, area_shape, stored

DATA = PROJECT_DIR / "data"
TODAY = NOW.date()


@pytest.fixture
def place(make: Factory) -> District:
    """The made-up district, with two buurten side by side in one wijk."""
    found = make.district(slug="zuidoost")
    wijk = make.official_area(
        district_id=found.id,
        level=Level.WIJK,
        code="W",
        name="Wijk",
        geom=stored(area_shape(4.99, 51.99, 5.01, 52.01)),
    )
    for code, west, east in (("A", 4.99, 5.0), ("B", 5.0, 5.01)):
        make.official_area(
            district_id=found.id,
            parent_id=wijk.id,
            code=code,
            name=f"Buurt {code}",
            geom=stored(area_shape(west, 51.99, east, 52.01)),
        )
    return found


def load(session: Session, path: Path, layout: str) -> Imported:
    """Import a file without a word."""
    return import_file(session, path, layout_name=layout, say=lambda _: None)


def counts(found: Imported) -> tuple[int, int, int]:
    """How many rows were new, changed and the same."""
    return found.tally.new, found.tally.changed, found.tally.same


def count(session: Session, *tables: type[Any]) -> int:
    """How many rows these tables have together."""
    return sum(session.scalars(select(func.count()).select_from(one)).one() for one in tables)


def undo(session: Session, found: Imported) -> None:
    """Take a batch back."""
    assert found.batch is not None
    undo_batch(session, number=found.batch, now=NOW)


def write_json(path: Path, value: object) -> Path:
    """A file of JSON."""
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def write_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    """A CSV file of these lines."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_shapes(path: Path, rows: list[tuple[dict[str, Any], Any]]) -> Path:
    """A GeoJSON file of columns and shapes."""
    features = [
        {
            "type": "Feature",
            "properties": values,
            "geometry": shape
            if shape is None or isinstance(shape, dict)
            else shape.__geo_interface__,
        }
        for values, shape in rows
    ]
    return write_json(path, {"type": "FeatureCollection", "features": features})


# -- Norms -----------------------------------------------------------------------------------------


def read_norms() -> list[dict[str, Any]]:
    """The norms of the project, as the file has them."""
    rows: list[dict[str, Any]] = json.loads((DATA / "norms.json").read_text(encoding="utf-8"))
    return rows


@pytest.mark.usefixtures("place")
def test_the_norms_of_the_project_are_loaded_once_and_undone_as_one(session: Session) -> None:
    first, second = (load(session, DATA / "norms.json", "norms") for _ in range(2))
    assert (counts(first), counts(second), second.batch) == ((4, 0, 0), (0, 0, 4), None)
    assert count(session, NormBand) == 8
    undo(session, first)
    assert count(session, Norm, NormBand) == 0


def test_a_norm_says_what_its_source_says_and_that_nobody_here_agreed_on_it(
    session: Session, place: District
) -> None:
    load(session, DATA / "norms.json", "norms")
    found = {norm.code: norm for norm in list_norms(session, district_id=place.id, today=TODAY)}
    distances = {
        code: {band.code: band.distance_m for band in norm.bands} for code, norm in found.items()
    }
    assert distances == {
        "de-ronde-venen": {"0-5": 100, "6-11": 400, "12-18": 1000},
        "midden-drenthe": {"0-5": 100, "6-11": 400, "12-14": 1000},
        "rotterdam": {"all": 300},
        "rotterdam-dense": {"all": 200},
    }
    assert found["midden-drenthe"].band(None).code == "6-11"
    assert "om de 300 meter" in found["rotterdam"].source_text
    assert all("niemand" in norm.owners["nl"] for norm in found.values())


def test_a_changed_norm_is_a_version_beside_the_old_one_and_counts_from_its_day(
    session: Session, place: District, tmp_path: Path
) -> None:
    load(session, DATA / "norms.json", "norms")
    row = next(row for row in read_norms() if row["code"] == "rotterdam")
    newer = {**row, "version": 2, "starts_on": "2027-01-01"}
    newer["bands"] = [{**row["bands"][0], "distance_m": 250}]
    load(session, write_json(tmp_path / "newer.json", [newer]), "norms")

    def find(day: date) -> int:
        asked = Asked(code="rotterdam")
        norm = find_norm(session, district_id=place.id, asked=asked, today=day)
        assert norm is not None
        return norm.band(None).distance_m

    assert (find(date(2026, 12, 31)), find(date(2027, 1, 1))) == (300, 250)
    changed = write_json(tmp_path / "changed.json", [{**newer, "starts_on": "2028-01-01"}])
    with pytest.raises(Invalid, match="says something else"):
        load(session, changed, "norms")
    moved = {**row, "bands": [{**row["bands"][0], "distance_m": 299}]}
    with pytest.raises(Invalid, match="says something else"):
        load(session, write_json(tmp_path / "moved.json", [moved]), "norms")


def test_an_older_version_of_a_norm_does_not_come_after_a_newer_one(
    session: Session, place: District, make: Factory
) -> None:
    make.norm(district_id=place.id, code="rotterdam", version=7)
    with pytest.raises(Invalid, match="newer version"):
        load(session, DATA / "norms.json", "norms")


def test_a_norm_that_names_a_district_is_for_it_alone(
    session: Session, place: District, make: Factory, tmp_path: Path
) -> None:
    other = make.district(slug="other")
    rows = [{**read_norms()[0], "district": "other"}]
    load(session, write_json(tmp_path / "own.json", rows), "norms")
    assert [
        len(list_norms(session, district_id=one.id, today=TODAY)) for one in (place, other)
    ] == [0, 1]


BAND = {"code": "all", "name": {"en": "everybody"}, "distance_m": 300, "is_main": True}


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    "change",
    [
        {"code": "Rotterdam"},
        {"code": "a--b"},
        {"version": 0},
        {"version": True},
        {"version": "1"},
        {"starts_on": "soon"},
        {"name": {}},
        {"owners": {"EN": "x"}},
        {"source": ""},
        {"source_text": " "},
        {"source_text": "x\x00y"},
        {"source_text": "x" * 2001},
        {"source_language": "Dutch"},
        {"bands": []},
        {"bands": [BAND, BAND]},
        {"bands": [{**BAND, "is_main": False}]},
        {"bands": [BAND, {**BAND, "code": "b"}]},
        {"bands": [{**BAND, "distance_m": 24}]},
        {"bands": [{**BAND, "distance_m": 10_001}]},
        {"bands": [{**BAND, "distance_m": 300.5}]},
        {"bands": [{**BAND, "is_main": 1}]},
        {"bands": [{**BAND, "code": "6 to 11"}]},
        {"bands": [{**BAND, "more": 1}]},
        {"bands": ["all"]},
        {"more": 1},
        {"district": "nowhere"},
    ],
)
def test_a_norm_that_is_wrong_is_refused_with_its_row(
    session: Session, tmp_path: Path, change: dict[str, Any]
) -> None:
    rows = read_norms()
    path = write_json(tmp_path / "wrong.json", [rows[0], {**rows[2], **change}])
    with pytest.raises(WrongRows, match="row 2: "):
        load(session, path, "norms")
    assert count(session, Norm) == 0


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff", b"[" * 100_000])
def test_a_file_of_norms_that_is_none_is_refused(
    session: Session, place: District, tmp_path: Path, content: bytes
) -> None:
    assert place.slug
    path = tmp_path / "hostile.json"
    path.write_bytes(content)
    with pytest.raises(Invalid):
        load(session, path, "norms")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"band": "", "metres": " 350 m", "note": "x"}, (None, 350, "x")),
        ({"band": "6-11", "metres": "25", "note": " y "}, ("6-11", 25, "y")),
    ],
)
def test_an_own_distance_is_read_from_its_form(
    typed: dict[str, str], said: tuple[str | None, int, str]
) -> None:
    assert read_own_norm(typed) == said


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"metres": ""}, "metres"),
        ({"metres": "24"}, "metres"),
        ({"metres": "10001"}, "metres"),
        ({"metres": "-400"}, "metres"),
        ({"metres": "٤٠٠"}, "metres"),
        ({"metres": "400.5"}, "metres"),
        ({"note": "  "}, "note"),
        ({"note": "x" * 1001}, "note"),
        ({"band": "Small Children"}, "band"),
    ],
)
def test_an_own_distance_that_is_none_names_its_field(change: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_own_norm({"band": "", "metres": "400", "note": "x", **change})
    assert caught.value.field == field


# -- How much is known -----------------------------------------------------------------------------

KNOWN = {
    "level": "buurt",
    "code": "A",
    "kind": "playground",
    "known": "complete",
    "note": "Counted by hand.",
    "source": "A list",
    "said_on": "2026-06-01",
}


def find_known(session: Session, place: District, kind: Kind = Kind.PLAYGROUND) -> dict[str, Known]:
    """How much is known of a kind in each buurt, by code."""
    parts = list_parts(session, district_id=place.id)
    known = known_of(session, district_id=place.id, kind=kind, parts=parts)
    return {part.code: known[part.id].known for part in parts if part.id in known}


def test_what_nobody_said_is_unknown(session: Session, place: District) -> None:
    assert find_known(session, place) == {"A": Known.UNKNOWN, "B": Known.UNKNOWN}


def test_a_file_of_what_is_known_is_loaded_once_and_undone_as_one(
    session: Session, place: District, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "known.csv", [KNOWN, {**KNOWN, "code": "B", "known": "partial"}])
    first, second = (load(session, path, "completeness") for _ in range(2))
    assert (counts(first), counts(second)) == ((2, 0, 0), (0, 0, 2))
    assert find_known(session, place) == {"A": Known.COMPLETE, "B": Known.PARTIAL}
    assert find_known(session, place, Kind.BENCH) == {"A": Known.UNKNOWN, "B": Known.UNKNOWN}
    undo(session, first)
    assert count(session, Completeness) == 0


def test_what_is_said_of_a_smaller_area_goes_before_what_is_said_of_a_larger_one(
    session: Session, place: District, tmp_path: Path
) -> None:
    rows = [
        {**KNOWN, "level": "wijk", "code": "W"},
        {**KNOWN, "known": "unknown", "said_on": "2020-01-01"},
    ]
    load(session, write_csv(tmp_path / "known.csv", rows), "completeness")
    assert find_known(session, place) == {"A": Known.UNKNOWN, "B": Known.COMPLETE}


def test_a_list_that_changes_its_word_leaves_the_old_one_beside_it(
    session: Session, place: District, tmp_path: Path
) -> None:
    load(session, write_csv(tmp_path / "old.csv", [KNOWN]), "completeness")
    newer = {**KNOWN, "known": "partial", "said_on": "2026-07-01"}
    path = write_csv(tmp_path / "new.csv", [newer])
    assert counts(load(session, path, "completeness")) == (1, 0, 0)
    assert counts(load(session, path, "completeness")) == (0, 0, 1)
    assert (find_known(session, place)["A"], count(session, Completeness)) == (Known.PARTIAL, 2)


def test_the_newest_word_counts_whoever_says_it(
    session: Session, place: District, make: Factory, tmp_path: Path
) -> None:
    area = session.scalars(select(OfficialArea).where(OfficialArea.code == "A")).one()
    platform = make.organisation(district_id=place.id)
    make.completeness(
        area_id=area.id,
        organisation_id=platform.id,
        known=Known.PARTIAL,
        said_at=datetime(2026, 6, 2, 9, tzinfo=UTC),
    )
    load(session, write_csv(tmp_path / "known.csv", [KNOWN]), "completeness")
    assert find_known(session, place)["A"] is Known.PARTIAL
    later = write_csv(tmp_path / "later.csv", [{**KNOWN, "said_on": "2026-06-03"}])
    load(session, later, "completeness")
    assert find_known(session, place)["A"] is Known.COMPLETE


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    "change",
    [
        {"level": "street"},
        {"code": "Z"},
        {"code": ""},
        {"level": "wijk"},
        {"kind": "unicorn"},
        {"known": "perhaps"},
        {"note": ""},
        {"note": "x" * 401},
        {"note": "\u200b"},
        {"source": ""},
        {"source": "\u200b"},
        {"said_on": "yesterday"},
    ],
)
def test_a_line_of_what_is_known_that_is_wrong_is_refused_with_its_row(
    session: Session, tmp_path: Path, change: dict[str, str]
) -> None:
    rows = [{**KNOWN, "code": "B"}, {**KNOWN, **change}]
    with pytest.raises(WrongRows, match="row 2: "):
        load(session, write_csv(tmp_path / "wrong.csv", rows), "completeness")
    assert count(session, Completeness) == 0


@pytest.mark.usefixtures("place")
def test_a_line_that_stands_twice_is_refused(session: Session, tmp_path: Path) -> None:
    with pytest.raises(WrongRows, match="buurt A . playground . A list stands in row 1 too"):
        load(session, write_csv(tmp_path / "twice.csv", [KNOWN, KNOWN]), "completeness")


def test_where_the_list_of_zuidoost_is_silent_playgrounds_are_unknown(
    demo_session: Session,
) -> None:
    place = get_district(demo_session, slug="zuidoost")
    parts = list_parts(demo_session, district_id=place.id)
    wijken = {part.id: part.code for part in parts if part.level is Level.WIJK}
    found: dict[Kind, dict[Known, set[str]]] = {}
    for kind in (Kind.PLAYGROUND, Kind.SPORT_COURT, Kind.BENCH):
        known = known_of(demo_session, district_id=place.id, kind=kind, parts=parts)
        for part in parts:
            if part.id in known and part.parent_id is not None:
                by_word = found.setdefault(kind, {})
                by_word.setdefault(known[part.id].known, set()).add(wijken[part.parent_id])
    every = set(wijken.values())
    assert found == {
        Kind.PLAYGROUND: {
            Known.PARTIAL: {"TF", "TK", "TM"},
            Known.UNKNOWN: every - {"TF", "TK", "TM"},
        },
        Kind.SPORT_COURT: {Known.COMPLETE: every},
        Kind.BENCH: {Known.UNKNOWN: every},
    }


# -- Who needs something ---------------------------------------------------------------------------


@pytest.fixture
def use_layout(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets a layout say something else for one test."""

    def change(name: str, **said: Any) -> None:
        found = layouts.read_layout(name)
        fixed = {**found.fixed, **said.pop("fixed", {})}
        values = {**vars(found), **said, "fixed": fixed}
        monkeypatch.setattr(importing, "read_layout", lambda _: Layout(**values))

    return change


def totals_of(session: Session, code: str) -> dict[str, float]:
    """How many the newest version of a layer has in each buurt, by code."""
    newest = select(func.max(NeedLayer.version)).where(NeedLayer.code == code).scalar_subquery()
    rows = session.execute(
        select(OfficialArea.code, func.sum(NeedCell.amount))
        .join(NeedCell, NeedCell.area_id == OfficialArea.id)
        .join(NeedLayer, NeedLayer.id == NeedCell.layer_id)
        .where(NeedLayer.code == code, NeedLayer.version == newest)
        .group_by(OfficialArea.code)
    )
    return dict(rows.all())


def test_figures_by_buurt_are_spread_over_its_squares_and_their_totals_stay(
    session: Session, place: District, tmp_path: Path
) -> None:
    rows = [{"code": "A", "amount": "123"}, {"code": "B", "amount": "7,5"}]
    path = write_csv(tmp_path / "children.csv", rows)
    first, second = (load(session, path, "children") for _ in range(2))
    assert (counts(first), counts(second)) == ((1, 0, 0), (0, 0, 1))
    assert totals_of(session, "children-6-11") == pytest.approx({"A": 123, "B": 7.5}, abs=1e-9)
    assert count(session, NeedCell) > 200
    facts = find_need(session, district_id=place.id, code="children-6-11")
    assert (facts.unit, facts.year, facts.is_planned, facts.is_example) == (
        "people",
        2025,
        False,
        False,
    )
    undo(session, first)
    assert count(session, NeedLayer, NeedCell) == 0


def test_a_changed_layer_is_a_new_version_and_undoing_it_brings_the_old_one_back(
    session: Session, place: District, tmp_path: Path
) -> None:
    old = write_csv(tmp_path / "old.csv", [{"code": "A", "amount": "10"}])
    new = write_csv(tmp_path / "new.csv", [{"code": "A", "amount": "11"}])
    load(session, old, "children")
    newer = load(session, new, "children")
    assert counts(newer) == (0, 1, 0)
    assert totals_of(session, "children-6-11") == pytest.approx({"A": 11})
    undo(session, newer)
    assert totals_of(session, "children-6-11") == pytest.approx({"A": 10})
    assert [one.code for one in list_needs(session, district_id=place.id)] == ["children-6-11"]


def test_a_layer_of_which_something_else_is_said_is_a_new_version(
    session: Session, place: District, tmp_path: Path, use_layout: Callable[..., None]
) -> None:
    path = write_csv(tmp_path / "children.csv", [{"code": "A", "amount": "10"}])
    load(session, path, "children")
    use_layout("children", fixed={"rounded_to": 5})
    assert counts(load(session, path, "children")) == (0, 1, 0)
    assert find_need(session, district_id=place.id, code="children-6-11").rounded_to == 5


def test_an_area_that_people_are_counted_in_is_not_undone_under_them(
    session: Session, make: Factory, tmp_path: Path
) -> None:
    make.district(slug="zuidoost")
    shape = area_shape(4.99, 51.99, 5.01, 52.01)
    names = {"gebied_code": "G", "gebied": "G", "wijk_code": "W", "wijk": "W", "buurt_code": "A"}
    row = {**names, "buurt": "A", "cbs_code": "1", "geldig_vanaf": "2022-01-01"}
    path = write_shapes(tmp_path / "areas.geojson", [(row, shape)])
    load(session, path, "gebieden")
    load(session, path, "wijken")
    areas = load(session, path, "buurten")
    load(session, write_csv(tmp_path / "c.csv", [{"code": "A", "amount": "9"}]), "children")
    with pytest.raises(Conflict, match="need_cell"):
        undo(session, areas)


@pytest.mark.usefixtures("place")
def test_planned_homes_go_to_their_square_and_buurt(session: Session, tmp_path: Path) -> None:
    rows = [
        ({"homes": 40}, Point(4.995, 52.0)),
        ({"homes": 2}, Point(5.0, 52.0)),
        ({"homes": 100}, box(4.999, 51.999, 5.001, 52.001)),
    ]
    path = write_shapes(tmp_path / "homes.geojson", rows)
    load(session, path, "planned-homes")
    found = totals_of(session, "planned-homes")
    assert found == pytest.approx({"A": 40 + 2 + 50, "B": 50}, abs=0.01)
    assert sum(found.values()) == pytest.approx(142, abs=1e-9)


@pytest.mark.usefixtures("place")
def test_planned_homes_are_read_from_a_geopackage_in_its_own_coordinates(
    session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "homes.gpkg"
    frame = geopandas.GeoDataFrame({"homes": [12]}, geometry=[Point(4.995, 52.0)], crs=4326)
    frame.to_crs(28992).to_file(path)
    load(session, path, "planned-homes")
    assert totals_of(session, "planned-homes") == pytest.approx({"A": 12})


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("row", "said"),
    [
        (({"homes": 3}, Point(5.02, 52.0)), "outside the district"),
        (({"homes": 3}, Point(52.0, 5.0)), "outside the district"),
        (({"homes": 3}, box(5.0, 52.0, 5.02, 52.01)), "outside the district"),
        (({"homes": 3}, LineString([(5.0, 52.0), (5.001, 52.0)])), "point or an area"),
        (({"homes": 3}, None), "empty"),
        (({"homes": -1}, Point(5.0, 52.0)), "no number"),
        (({"homes": "many"}, Point(5.0, 52.0)), "no number"),
        (({"homes": "nan"}, Point(5.0, 52.0)), "no number"),
        (({"homes": "inf"}, Point(5.0, 52.0)), "no number"),
        (({"homes": None}, Point(5.0, 52.0)), "empty"),
        (({"homes": 3}, Point(125_000, 480_000)), "degrees"),
    ],
)
def test_a_place_of_need_that_is_wrong_is_refused_with_its_row(
    session: Session, tmp_path: Path, row: tuple[dict[str, Any], Any], said: str
) -> None:
    path = write_shapes(tmp_path / "x.geojson", [({"homes": "1"}, Point(5.0, 52.0)), row])
    with pytest.raises(WrongRows, match=rf"row 2: .*{said}"):
        load(session, path, "planned-homes")
    assert count(session, NeedLayer) == 0


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("row", [{"code": "Z", "amount": "1"}, {"code": "A", "amount": "x"}])
def test_a_line_of_need_that_is_wrong_is_refused_with_its_row(
    session: Session, tmp_path: Path, row: dict[str, str]
) -> None:
    path = write_csv(tmp_path / "x.csv", [{"code": "B", "amount": "1"}, row])
    with pytest.raises(WrongRows, match="row 2: "):
        load(session, path, "children")


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"fixed": {"layer": "households"}}, "layer"),
        ({"fixed": {"layer": "Ages"}}, "layer"),
        ({"fixed": {"layer": None}}, "layer"),
        ({"fixed": {"unit": "cats"}}, "unit"),
        ({"fixed": {"year": "2025"}}, "year"),
        ({"fixed": {"rounded_to": 0}}, "rounded_to"),
        ({"fixed": {"name": "children"}}, "name"),
        ({"source": ""}, "source"),
    ],
)
def test_a_layer_of_which_too_little_is_said_is_refused(
    session: Session,
    tmp_path: Path,
    use_layout: Callable[..., None],
    said: dict[str, Any],
    field: str,
) -> None:
    use_layout("children", **said)
    path = write_csv(tmp_path / "c.csv", [{"code": "A", "amount": "1"}])
    with pytest.raises(Invalid) as caught:
        load(session, path, "children")
    assert caught.value.field == field


def test_ages_are_never_made_up_from_totals(
    session: Session, place: District, make: Factory
) -> None:
    area = session.scalars(select(OfficialArea).where(OfficialArea.code == "A")).one()
    make.area_figure(area_id=area.id)
    make.population_cell(district_id=place.id, area_id=area.id)
    found = [one.code for one in list_needs(session, district_id=place.id)]
    assert found == [one.value for one in Counted]
    with pytest.raises(NotFound, match="households_with_children"):
        find_need(session, district_id=place.id, code="children-6-11")


def test_the_example_of_planned_homes_is_marked_and_goes_with_the_examples(
    demo_session: Session,
) -> None:
    place = get_district(demo_session, slug="zuidoost")
    facts = find_need(demo_session, district_id=place.id, code="planned-homes")
    squares = read_squares(demo_session, district_id=place.id, facts=facts)
    homes = json.loads((DATA / "examples/zuidoost/planned_homes.geojson").read_text())
    wanted = sum(row["properties"]["homes"] for row in homes["features"])
    assert (facts.is_example, facts.is_planned) == (True, True)
    assert squares.amounts.sum() == pytest.approx(wanted)
    remove_examples(demo_session)
    assert count(demo_session, NeedLayer, NeedCell) == 0


# -- Squares of who lives where --------------------------------------------------------------------


def test_the_parts_of_every_buurt_sum_to_its_figures(demo_session: Session) -> None:
    cells = (
        select(
            PopulationCell.area_id,
            *(func.sum(getattr(PopulationCell, one.value)).label(one.value) for one in Counted),
        )
        .group_by(PopulationCell.area_id)
        .subquery()
    )
    rows = demo_session.execute(
        select(AreaFigure, cells).join(cells, cells.c.area_id == AreaFigure.area_id)
    ).all()
    assert len(rows) == 46 + 10
    for row in rows:
        for one in Counted:
            assert getattr(row, one.value) == pytest.approx(getattr(row.AreaFigure, one.value))


def test_a_square_at_a_border_has_a_row_for_each_buurt(demo_session: Session) -> None:
    square = (PopulationCell.district_id, PopulationCell.cell_x, PopulationCell.cell_y)
    shared = select(*square).group_by(*square).having(func.count() > 1)
    assert len(demo_session.execute(shared).all()) > 100


def test_how_figures_are_rounded_comes_along_to_the_squares(demo_session: Session) -> None:
    place = get_district(demo_session, slug="zuidoost")
    other = get_district(demo_session, slug="lakeside")
    for column, of in (
        (AreaCrosswalk.rounded_to, AreaCrosswalk.district_id),
        (PopulationCell.rounded_to, PopulationCell.district_id),
    ):
        found = demo_session.execute(select(of, column).distinct()).all()
        assert {tuple(row) for row in found} == {(place.id, 5), (other.id, None)}
    assert set(demo_session.scalars(select(AreaFigure.rounded_to).distinct())) == {5, None}


@given(
    split=st.floats(0.05, 0.95),
    people=st.lists(st.integers(0, 100_000), min_size=2, max_size=2),
)
def test_what_is_spread_over_squares_is_neither_lost_nor_made(
    split: float, people: list[int]
) -> None:
    middle = 4.99 + 0.02 * split
    buurten = [
        Buurt(new_id(), code, area_shape(west, 51.99, east, 52.01))
        for code, west, east in (("A", 4.99, middle), ("B", middle, 5.01))
    ]
    for buurt, number in zip(buurten, people, strict=True):
        parts = spread_in(buurt, metric_srid=28992)
        assert sum(number * part for part in parts.values()) == pytest.approx(number)
    over = spread_over(box(4.995, 51.995, 5.005, 52.005), buurten, metric_srid=28992)
    assert over is not None
    assert sum(over.values()) == pytest.approx(1)


# -- Paths -----------------------------------------------------------------------------------------

PATH = LineString([(LON, LAT), (LON + 0.001, LAT)])


def test_paths_are_loaded_once_and_undone_as_one(
    session: Session, place: District, tmp_path: Path
) -> None:
    rows: list[tuple[dict[str, Any], Any]] = [
        ({"barred": "0-5, 6-11"}, PATH),
        (
            {"barred": None},
            {
                "type": "MultiLineString",
                "coordinates": [[[5.0, 52.0], [5.0, 52.001]], [[5.002, 52.0], [5.002, 52.001]]],
            },
        ),
    ]
    path = write_shapes(tmp_path / "paths.geojson", rows)
    first, second = (load(session, path, "walking") for _ in range(2))
    assert (counts(first), counts(second)) == ((1, 0, 0), (0, 0, 1))
    network = newest_network(session, district_id=place.id)
    assert network is not None
    lines = lines_of(session, network_id=network.id)
    assert [line.barred for line in lines] == [("0-5", "6-11"), (), ()]
    assert lines[0].shape.equals(PATH)
    assert (network.max_snap_m, network.version) == (75, 1)
    undo(session, first)
    assert count(session, WalkingNetwork, WalkingLine) == 0


def test_changed_paths_are_a_new_version(session: Session, place: District, tmp_path: Path) -> None:
    load(session, write_shapes(tmp_path / "a.geojson", [({}, PATH)]), "walking")
    load(session, write_shapes(tmp_path / "b.geojson", [({}, PATH), ({}, PATH)]), "walking")
    network = newest_network(session, district_id=place.id)
    assert network is not None
    assert (network.version, len(lines_of(session, network_id=network.id))) == (2, 2)


@pytest.mark.usefixtures("place")
def test_paths_without_a_column_of_bars_are_for_everybody(session: Session, tmp_path: Path) -> None:
    load(session, write_shapes(tmp_path / "a.geojson", [({"name": "x"}, PATH)]), "walking")
    assert session.scalars(select(WalkingLine.barred)).all() == [[]]


@pytest.mark.usefixtures("place")
def test_paths_are_read_from_a_geopackage_in_its_own_coordinates(
    session: Session, place: District, tmp_path: Path
) -> None:
    path = tmp_path / "paths.gpkg"
    frame = geopandas.GeoDataFrame({"barred": ["0-5"]}, geometry=[PATH], crs=4326)
    frame.to_crs(28992).to_file(path)
    load(session, path, "walking")
    network = newest_network(session, district_id=place.id)
    assert network is not None
    (line,) = lines_of(session, network_id=network.id)
    assert line.shape.equals_exact(PATH, tolerance=1e-6)


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("row", "said"),
    [
        (({}, Point(LON, LAT)), "must be a line"),
        (({}, box(4.99, 51.99, 5.0, 52.0)), "must be a line"),
        (({}, None), "empty"),
        (({}, {"type": "LineString", "coordinates": []}), "empty"),
        (({}, {"type": "LineString", "coordinates": [[5.0, 52.0], [5.0, 52.0]]}), "not right"),
        (({}, LineString([(5.0, 52.0), (6.0, 52.0)])), "far outside"),
        (({}, LineString([(52.0, 5.0), (52.001, 5.0)])), "far outside"),
        (({}, LineString([(125_000, 480_000), (125_100, 480_000)])), "degrees"),
        (({"barred": "0–5"}, PATH), "no band"),
        (({"barred": "0_5"}, PATH), "no band"),
    ],
)
def test_a_path_that_is_wrong_is_refused_with_its_row(
    session: Session, tmp_path: Path, row: tuple[dict[str, Any], Any], said: str
) -> None:
    path = write_shapes(tmp_path / "wrong.geojson", [({}, PATH), row])
    with pytest.raises(WrongRows, match=rf"row 2: .*({said})"):
        load(session, path, "walking")
    assert count(session, WalkingNetwork) == 0


@pytest.mark.usefixtures("place")
def test_a_coordinate_that_is_no_number_is_refused(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "nan.gpkg"
    shapes = [PATH, LineString([(LON, LAT), (float("inf"), LAT)])]
    geopandas.GeoDataFrame({"barred": ["", ""]}, geometry=shapes, crs=4326).to_file(path)
    with pytest.raises(WrongRows, match="row 2: .*not a number"):
        load(session, path, "walking")


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("content", [b"", b"{}", b"PK\x03\x04", b'{"type": "FeatureCollection"}'])
def test_a_file_of_paths_that_is_none_is_refused(
    session: Session, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "hostile.geojson"
    path.write_bytes(content)
    with pytest.raises(Invalid):
        load(session, path, "walking")


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("snap", [None, 0, 1001, "75"])
def test_how_far_from_a_path_one_is_still_on_it_is_said(
    session: Session, tmp_path: Path, use_layout: Callable[..., None], snap: object
) -> None:
    use_layout("walking", fixed={"max_snap_m": snap})
    with pytest.raises(Invalid, match="from 1 to 1000"):
        load(session, write_shapes(tmp_path / "a.geojson", [({}, PATH)]), "walking")


def test_bars_are_read_once_each() -> None:
    assert read_barred(" 0-5;6-11, 0-5 ") == ("0-5", "6-11")
    assert read_barred("") == ()
