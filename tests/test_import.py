"""Import and examples: the real files of a district, wrong files, and what can be taken away."""

import csv
import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from geoalchemy2.shape import to_shape
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from geoapp.agreements.tables import AgreementAsset
from geoapp.app import metadata
from geoapp.areas.rules import Level
from geoapp.areas.tables import AreaCrosswalk, AreaFigure, OfficialArea, OrganicArea
from geoapp.assets.rules import Kind
from geoapp.assets.tables import Asset, MaintenanceDuty
from geoapp.budgets.rules import Model, MoveKind
from geoapp.budgets.tables import BudgetLine, BudgetRound, Funding, MoneyMove
from geoapp.cli import main
from geoapp.config import PROJECT_DIR
from geoapp.db.changes import Tally
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine
from geoapp.defects.rules import State
from geoapp.defects.tables import Defect, DefectEvent
from geoapp.districts.tables import District
from geoapp.errors import Invalid, NotFound
from geoapp.exchange.demo import load_demo
from geoapp.exchange.examples import load_examples, remove_examples
from geoapp.exchange.importing import import_file
from geoapp.people.tables import Organisation
from geoapp.platforms.tables import Platform
from tests.conftest import NOW, SEALER
from tests.factories import LAT, LON, Factory

DATA = PROJECT_DIR / "data"
PLANS = json.loads((DATA / "demo.json").read_text(encoding="utf-8"))
PLAN = PLANS[0]
REAL_FILES = [(file["file"], file["as"]) for file in PLAN["files"]]
EXAMPLES = DATA / "examples" / "zuidoost"
BUURTEN = DATA / "zuidoost_buurten_2022.geojson"


def silent(_: str) -> None:
    """Say nothing."""


def run_import(session: Session, path: Path, layout: str) -> Tally:
    """Import one file without a word."""
    return import_file(session, path, layout_name=layout, say=silent).tally


def feature(ref: str, geometry: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    """A bench in the made-up district, as the layout `assets` wants it."""
    return {
        "type": "Feature",
        "properties": {"ref": ref, "kind": "bench", "name": f"Bench {ref}", **properties},
        "geometry": geometry or {"type": "Point", "coordinates": [LON, LAT]},
    }


def write_geojson(path: Path, features: list[dict[str, Any]]) -> Path:
    """A GeoJSON file of these features."""
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def count_rows(session: Session, table: type[Any]) -> int:
    """How many rows a table has."""
    return session.scalars(select(func.count()).select_from(table)).one()


def count_all_rows(session: Session) -> dict[str, int]:
    """How many rows each table has, those without any, what follows from other rows alone, the log
    of imports and the counts of uses (other tests ask this service as well) left out."""
    counts = {
        name: session.scalars(select(func.count()).select_from(table)).one()
        for name, table in metadata().tables.items()
        if "is_derived" not in table.info
    }
    left_out = ("import_", "limit_count")
    return {name: n for name, n in counts.items() if n and not name.startswith(left_out)}


# -- The real files --------------------------------------------------------------------------


def test_the_real_files_give_46_buurten_12_wijken_and_4_gebieden(demo_session: Session) -> None:
    levels = demo_session.execute(
        select(OfficialArea.level, func.count())
        .where(OfficialArea.district_id == own_of(demo_session))
        .group_by(OfficialArea.level)
    )
    assert dict(levels.all()) == {Level.BUURT: 46, Level.WIJK: 12, Level.GEBIED: 4}


def test_every_buurt_has_a_wijk_and_every_wijk_a_gebied_above_it(demo_session: Session) -> None:
    parents = {area.id: area for area in demo_session.scalars(select(OfficialArea))}
    above = {Level.BUURT: Level.WIJK, Level.WIJK: Level.GEBIED}
    for area in parents.values():
        parent = parents.get(area.parent_id) if area.parent_id else None
        assert (parent.level if parent else None) == above.get(area.level)


def test_the_real_files_give_113_courts_and_30_playgrounds(demo_session: Session) -> None:
    kinds = demo_session.execute(
        select(Asset.kind, func.count()).where(Asset.is_example.is_(False)).group_by(Asset.kind)
    )
    assert dict(kinds.all()) == {Kind.SPORT_COURT: 113, Kind.PLAYGROUND: 30}


def test_the_crosswalk_carries_88100_inhabitants_over_to_the_46_buurten(
    demo_session: Session,
) -> None:
    totals = demo_session.execute(
        select(
            func.count(),
            func.sum(AreaFigure.inhabitants),
            func.sum(AreaFigure.households_with_children),
        )
        .join(OfficialArea, OfficialArea.id == AreaFigure.area_id)
        .where(OfficialArea.district_id == own_of(demo_session))
    ).one()
    assert tuple(totals) == (46, 88_100, 13_880)


def test_crosswalk_rows_outside_the_district_are_reported_and_kept_out_of_the_totals(
    demo_session: Session,
) -> None:
    path = DATA / "zuidoost_buurt_crosswalk_2015_2022_cbs.csv"
    tally = run_import(demo_session, path, "crosswalk")
    unplaced = demo_session.scalars(
        select(AreaCrosswalk.new_code)
        .where(AreaCrosswalk.area_id.is_(None))
        .order_by(AreaCrosswalk.new_code)
    ).all()
    assert (unplaced, tally.outside) == (
        ["SA01", "SA02"],
        ["SA01 Landelijk gebied Driemond", "SA02 Dorp Driemond"],
    )


def test_a_missing_value_of_the_source_is_no_detail(demo_session: Session) -> None:
    values = [
        value
        for details in demo_session.scalars(select(Asset.details))
        for value in details.values()
    ]
    assert values
    assert not {"", 0, "Geen naam"} & set(values)


def test_no_two_real_assets_are_called_the_same(demo_session: Session) -> None:
    names = Counter(demo_session.scalars(select(Asset.name).where(Asset.is_example.is_(False))))
    assert [name for name, number in names.items() if number > 1] == []


@pytest.mark.parametrize(("file", "layout"), REAL_FILES)
def test_a_second_import_of_a_real_file_changes_nothing(
    demo_session: Session, file: str, layout: str
) -> None:
    demo_session.expire_all()
    tally = run_import(demo_session, DATA / file, layout)
    assert (tally.new, tally.changed) == (0, 0)
    assert tally.same > 0


def test_a_second_import_keeps_the_code_on_the_sign(demo_session: Session) -> None:
    asked = select(Asset.source_ref, Asset.code).where(Asset.kind == Kind.SPORT_COURT)
    before = dict(demo_session.execute(asked).all())
    run_import(demo_session, DATA / "zuidoost_sport_openbaar_2019.geojson", "sport")
    assert dict(demo_session.execute(asked).all()) == before


def test_a_new_version_of_an_area_ends_the_older_one(demo_session: Session, tmp_path: Path) -> None:
    newer = json.loads(BUURTEN.read_text(encoding="utf-8"))
    newer["features"] = [
        row for row in newer["features"] if row["properties"]["buurt_code"] == "TA01"
    ]
    newer["features"][0]["properties"]["geldig_vanaf"] = "2026-01-01"
    path = tmp_path / "newer.geojson"
    path.write_text(json.dumps(newer))
    tally = run_import(demo_session, path, "buurten")
    versions = demo_session.execute(
        select(OfficialArea.valid_from, OfficialArea.valid_to)
        .where(OfficialArea.code == "TA01")
        .order_by(OfficialArea.valid_from)
    )
    assert (tally.new, [tuple(row) for row in versions]) == (
        1,
        [(date(2022, 3, 24), date(2026, 1, 1)), (date(2026, 1, 1), None)],
    )


def test_areas_need_the_level_above_them_first(session: Session) -> None:
    run_import(session, DATA / "zuidoost_district.json", "district")
    with pytest.raises(Invalid, match="import that level first"):
        run_import(session, BUURTEN, "buurten")


def test_areas_need_their_district_first(session: Session) -> None:
    with pytest.raises(NotFound, match="zuidoost"):
        run_import(session, DATA / "zuidoost_gebieden_2022.geojson", "gebieden")


def test_a_crosswalk_with_finely_divided_shares_is_the_same_the_second_time(
    demo_session: Session, tmp_path: Path
) -> None:
    with (DATA / "zuidoost_buurt_crosswalk_2015_2022_cbs.csv").open(encoding="utf-8-sig") as real:
        first = next(csv.DictReader(real)) | {"Buurt_code": "X1", "code": "TA01"}
    path = tmp_path / "thirds.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(first))
        writer.writeheader()
        writer.writerow(first | {"share_old": 1 / 3, "share_new": 2 / 3})
    run_import(demo_session, path, "crosswalk")
    demo_session.expire_all()
    tally = run_import(demo_session, path, "crosswalk")
    assert (tally.new, tally.changed, tally.same) == (0, 0, 1)


# -- Wrong files -----------------------------------------------------------------------------

WRONG_ROWS: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown kind": (feature("2", kind="spaceship"), "spaceship"),
    "no key": (feature(""), "ref"),
    "no name": (feature("2", name=None), "name"),
    "RD metres instead of degrees": (
        feature("2", {"type": "Point", "coordinates": [125_000, 480_000]}),
        "degrees",
    ),
    "a bow-tie": (
        feature(
            "2",
            {
                "type": "Polygon",
                "coordinates": [[[5.0, 52.0], [5.01, 52.01], [5.01, 52.0], [5.0, 52.01], [5, 52]]],
            },
        ),
        "not right",
    ),
    "a line": (
        feature("2", {"type": "LineString", "coordinates": [[5.0, 52.0], [5.01, 52.0]]}),
        "LineString",
    ),
    "several points": (
        feature("2", {"type": "MultiPoint", "coordinates": [[5.0, 52.0], [5.01, 52.0]]}),
        "MultiPoint",
    ),
}


@pytest.mark.parametrize(("row", "said"), WRONG_ROWS.values(), ids=WRONG_ROWS.keys())
def test_one_wrong_row_imports_nothing_and_is_named(
    session: Session, make: Factory, tmp_path: Path, row: dict[str, Any], said: str
) -> None:
    make.district()
    path = write_geojson(tmp_path / "benches.geojson", [feature("1"), row, feature("3")])
    with pytest.raises(Invalid, match=rf"(?s)nothing was imported.*row 2: .*{said}"):
        run_import(session, path, "assets")
    assert count_rows(session, Asset) == 0


def test_a_row_without_a_place_is_named(session: Session, make: Factory, tmp_path: Path) -> None:
    make.district()
    placeless = feature("2") | {"geometry": None}
    path = write_geojson(tmp_path / "benches.geojson", [feature("1"), placeless])
    with pytest.raises(Invalid, match=r"row 2: The shape is empty"):
        run_import(session, path, "assets")
    assert count_rows(session, Asset) == 0


def test_of_many_wrong_rows_ten_are_named_and_the_rest_counted(
    session: Session, make: Factory, tmp_path: Path
) -> None:
    make.district()
    rows = [feature(str(number), kind="spaceship") for number in range(1, 13)]
    with pytest.raises(Invalid) as caught:
        run_import(session, write_geojson(tmp_path / "x.geojson", rows), "assets")
    assert str(caught.value).startswith("12 rows are not right")
    assert "row 10:" in str(caught.value)
    assert "row 11:" not in str(caught.value)
    assert "and 2 more" in str(caught.value)


def test_rows_with_swapped_axes_are_reported_as_outside_and_not_stored(
    session: Session, make: Factory, tmp_path: Path
) -> None:
    make.district()
    swapped = feature("2", {"type": "Point", "coordinates": [LAT, LON]})
    path = write_geojson(tmp_path / "benches.geojson", [feature("1"), swapped])
    tally = run_import(session, path, "assets")
    assert (tally.new, tally.outside) == (1, ["row 2, Bench 2"])


def test_an_area_that_reaches_far_outside_its_district_is_refused_with_its_row(
    session: Session, make: Factory, tmp_path: Path
) -> None:
    make.district()
    near = [[4.98, 51.98], [5.0, 51.98], [5.0, 52.0], [4.98, 52.0], [4.98, 51.98]]
    far = [[5.15, 51.98], [5.16, 51.98], [5.16, 52.0], [5.15, 52.0], [5.15, 51.98]]
    torn = feature("2", {"type": "MultiPolygon", "coordinates": [[near], [far]]})
    path = write_geojson(tmp_path / "far.geojson", [feature("1"), torn])
    with pytest.raises(Invalid, match="row 2"):
        run_import(session, path, "assets")


def test_height_is_dropped(session: Session, make: Factory, tmp_path: Path) -> None:
    make.district()
    high = feature("1", {"type": "Point", "coordinates": [LON, LAT, 17.5]})
    run_import(session, write_geojson(tmp_path / "high.geojson", [high]), "assets")
    assert not to_shape(session.scalars(select(Asset.geom)).one()).has_z


def test_things_of_one_name_get_a_number_each_by_their_key(
    session: Session, make: Factory, tmp_path: Path
) -> None:
    make.district()
    rows = [feature("b", name="Bench, Square"), feature("a", name="Bench, Square")]
    run_import(session, write_geojson(tmp_path / "twins.geojson", rows), "assets")
    names = session.execute(select(Asset.source_ref, Asset.name))
    assert dict(names.all()) == {"a": "Bench 1, Square", "b": "Bench 2, Square"}


def test_two_rows_with_one_key_are_refused_by_name(
    session: Session, make: Factory, tmp_path: Path
) -> None:
    make.district()
    rows = [feature("1", name="Bench"), feature("1", name="Another bench")]
    path = write_geojson(tmp_path / "same.geojson", rows)
    with pytest.raises(Invalid, match="row 2"):
        run_import(session, path, "assets")


def test_an_unknown_layout_is_refused_with_those_there_are(session: Session) -> None:
    with pytest.raises(Invalid, match="unicorns.*buurten.*crosswalk.*wijken"):
        run_import(session, BUURTEN, "unicorns")


def test_a_file_that_is_not_there_is_refused_by_name(session: Session, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"There is no file .*nothing\.geojson"):
        run_import(session, tmp_path / "nothing.geojson", "assets")


@pytest.mark.parametrize(
    "content", [b"Dear reader, this is a letter.", b"", b"{", b"\x00\xff\x00", b'{"a": 1}']
)
@pytest.mark.parametrize("layout", ["assets", "buurten", "crosswalk", "district"])
def test_a_file_of_another_kind_is_refused_whatever_its_name(
    demo_session: Session, tmp_path: Path, content: bytes, layout: str
) -> None:
    path = tmp_path / "letter.geojson"
    path.write_bytes(content)
    with pytest.raises(Invalid):
        run_import(demo_session, path, layout)


def test_a_table_without_places_is_refused(session: Session, make: Factory, tmp_path: Path) -> None:
    make.district()
    path = tmp_path / "table.csv"
    path.write_text("ref,kind,name\n1,bench,Bench\n")
    with pytest.raises(Invalid, match="no places"):
        run_import(session, path, "assets")


CROSSWALK_ROW = {
    "Buurt_code": "X1",
    "oud_naam": "Old",
    "code": "TA01",
    "naam": "New",
    "share_old": "1",
    "share_new": "1",
    "cbs_code_oud": "",
    "Aantal inwoners": "10",
    "Huishoudens": "5",
    "Met kinderen": "1",
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"share_old": "much"},
        {"share_old": "nan"},
        {"share_old": "2"},
        {"share_new": "0"},
        {"share_new": "-1"},
        {"Aantal inwoners": "many"},
        {"Aantal inwoners": "1e999"},
        {"Huishoudens": "99999999999"},
        {"Met kinderen": "-5"},
        {"code": ""},
    ],
    ids=str,
)
def test_one_wrong_line_of_a_crosswalk_imports_nothing_and_is_named(
    demo_session: Session, tmp_path: Path, wrong: dict[str, str]
) -> None:
    before = count_rows(demo_session, AreaCrosswalk)
    path = tmp_path / "crosswalk.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(CROSSWALK_ROW))
        writer.writeheader()
        writer.writerow(CROSSWALK_ROW)
        writer.writerow(CROSSWALK_ROW | {"Buurt_code": "X2"} | wrong)
    with pytest.raises(Invalid, match="row 2"):
        run_import(demo_session, path, "crosswalk")
    assert count_rows(demo_session, AreaCrosswalk) == before


def test_the_command_says_what_is_wrong_and_leaves_the_database_as_it_was(
    make_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = make_database("import_command")
    engine = make_engine(url)
    migrate(engine, metadata())
    monkeypatch.setenv("DATABASE_URL", url)
    for file, layout in REAL_FILES[:2]:
        good = CliRunner().invoke(main, ["import", str(DATA / file), "--as", layout])
        assert good.exit_code == 0, good.output
    district = ["import", str(DATA / REAL_FILES[1][0]), "--as", "gebieden"]
    again = CliRunner().invoke(main, district)
    inside = {"type": "Point", "coordinates": [4.96, 52.3]}
    path = write_geojson(
        tmp_path / "bad.geojson", [feature("1", inside), feature("2", inside, kind="spaceship")]
    )
    bad = CliRunner().invoke(main, ["import", str(path), "--as", "assets"])
    with Session(engine) as session:
        stored = count_rows(session, Asset)
    engine.dispose()
    assert "0 new, 0 changed, 4 the same" in again.output
    assert (bad.exit_code, stored) == (1, 0)
    assert "row 2: spaceship is no kind of asset" in bad.output


# -- Examples --------------------------------------------------------------------------------

REAL_ROWS = {
    "district": 1,
    "official_area": 62,
    "area_crosswalk": 48,
    "area_figure": 46,
    "asset": 143,
    "organisation": 1,
    "calendar_day": 26,
    "checklist": 3,
    "criteria_list": 1,
    "norm": 4,
    "norm_band": 8,
    "completeness": 24,
}


def own_of(session: Session, slug: str = "zuidoost") -> Any:
    """Id of a district, to narrow a question to its rows: the demo holds two."""
    return session.scalars(select(District.id).where(District.slug == slug)).one()


def test_the_examples_hold_every_public_state_as_often_as_the_recipe_says(
    demo_session: Session,
) -> None:
    for slug, total in (("zuidoost", 300), ("lakeside", 40)):
        path = DATA / "examples" / slug / "defects.json"
        recipe = json.loads(path.read_text(encoding="utf-8"))
        states = demo_session.execute(
            select(Defect.state, func.count())
            .where(Defect.district_id == own_of(demo_session, slug))
            .group_by(Defect.state)
        )
        counted = dict(states.all())
        assert counted == recipe["counts"]
        assert (set(counted), sum(counted.values())) == (set(State), total)


def test_the_examples_lie_in_the_past_two_years(demo_session: Session) -> None:
    first, last = demo_session.execute(
        select(func.min(Defect.reported_at), func.max(Defect.reported_at))
    ).one()
    latest = demo_session.scalars(select(func.max(DefectEvent.at))).one()
    assert NOW - timedelta(days=760) < first < NOW - timedelta(days=650)
    assert last <= latest <= NOW


def test_each_history_begins_with_its_report_on_the_day_of_the_defect(
    demo_session: Session,
) -> None:
    rows = demo_session.execute(
        select(DefectEvent.defect_id, DefectEvent.kind, DefectEvent.at, Defect.reported_at)
        .join(Defect, Defect.id == DefectEvent.defect_id)
        .order_by(DefectEvent.defect_id, DefectEvent.at, DefectEvent.id)
    )
    first: dict[Any, tuple[str, bool]] = {}
    for defect_id, kind, at, reported_at in rows:
        first.setdefault(defect_id, (kind.value, at == reported_at))
    assert set(first.values()) == {("reported", True)}
    assert len(first) == 300 + 40


def test_there_are_twelve_platforms_and_one_that_claims_what_another_has_each_with_one_area(
    demo_session: Session,
) -> None:
    areas = metadata().tables["platform_area"]
    rows = demo_session.execute(
        select(func.count(Platform.id.distinct()), func.count(areas.c.id))
        .outerjoin(areas, areas.c.platform_id == Platform.id)
        .where(Platform.district_id == own_of(demo_session))
    )
    assert tuple(rows.one()) == (13, 13)


def test_eight_cabinets_stand_in_holendrecht_under_one_agreement(demo_session: Session) -> None:
    neighbourhood = to_shape(
        demo_session.scalars(
            select(OrganicArea.geom).where(OrganicArea.slug == "holendrecht")
        ).one()
    )
    cabinets = demo_session.execute(
        select(AgreementAsset.agreement_id, Asset.point)
        .join(Asset, Asset.id == AgreementAsset.asset_id)
        .where(Asset.kind == Kind.CABINET, Asset.district_id == own_of(demo_session))
    ).all()
    assert len(cabinets) == 8
    assert len({agreement for agreement, _ in cabinets}) == 1
    assert all(neighbourhood.covers(to_shape(point)) for _, point in cabinets)


def test_a_third_of_the_real_assets_have_marked_keepers_and_lines(demo_session: Session) -> None:
    real = demo_session.scalars(
        select(Asset.id).where(Asset.is_example.is_(False)).order_by(Asset.source_ref)
    ).all()
    for fact in (MaintenanceDuty, Funding):
        known = demo_session.execute(
            select(fact.asset_id, func.bool_and(fact.is_example))
            .where(fact.asset_id.in_(real))
            .group_by(fact.asset_id)
        )
        assert dict(known.all()) == dict.fromkeys(real[::3], True)


def test_there_is_a_model_c_round_of_this_year_with_a_line_to_spend_by_31_december(
    demo_session: Session,
) -> None:
    spend_by = demo_session.scalars(
        select(BudgetLine.spend_by)
        .join(BudgetRound, BudgetRound.id == BudgetLine.round_id)
        .where(BudgetRound.model == Model.C, BudgetRound.year == NOW.year)
    ).all()
    assert date(NOW.year, 12, 31) in spend_by


def test_no_example_line_is_spent_beyond_its_amount_and_each_cent_is_accounted_for(
    demo_session: Session,
) -> None:
    def moved(*kinds: MoveKind) -> ColumnElement[int]:
        return func.coalesce(func.sum(MoneyMove.amount_cents).filter(MoneyMove.kind.in_(kinds)), 0)

    rows = demo_session.execute(
        select(
            BudgetLine.amount_cents,
            BudgetLine.committed_cents,
            BudgetLine.spent_cents,
            moved(MoveKind.RESERVE) - moved(MoveKind.RELEASE),
            moved(MoveKind.SPEND),
        )
        .outerjoin(MoneyMove, MoneyMove.line_id == BudgetLine.id)
        .group_by(BudgetLine.id)
    ).all()
    assert rows
    for amount, committed, spent, set_aside, spent_in_all in rows:
        assert (committed, spent) == (set_aside, spent_in_all)
        assert spent <= committed <= amount


def test_the_keepers_are_a_department_a_contractor_a_platform_and_residents(
    demo_session: Session,
) -> None:
    organisation = metadata().tables["organisation"]
    kinds = demo_session.scalars(
        select(organisation.c.kind)
        .join(MaintenanceDuty, MaintenanceDuty.organisation_id == organisation.c.id)
        .distinct()
    )
    assert set(kinds) >= {"municipality", "contractor", "platform", "residents"}


def test_no_example_tells_of_volunteers_who_refuse(demo_session: Session) -> None:
    organisation = metadata().tables["organisation"]
    refusing = demo_session.scalars(
        select(Defect.code)
        .join(organisation, organisation.c.id == Defect.addressee_id)
        .where(
            organisation.c.is_volunteer,
            Defect.state.in_([State.REFUSED.value, State.NO_AGREEMENT.value]),
        )
    ).all()
    assert refusing == []


def test_every_row_of_the_examples_is_marked_as_one(demo_session: Session) -> None:
    unmarked = {
        name: demo_session.scalars(
            select(func.count()).select_from(table).where(table.c.is_example.is_(False))
        ).one()
        for name, table in metadata().tables.items()
        if "is_example" in table.c
    }
    assert {name: number for name, number in unmarked.items() if number} == {
        "district": 1,
        "asset": 143,
        "organisation": 1,
        "calendar_day": 26,
        "checklist": 3,
        "criteria_list": 1,
        "norm": 4,
        "completeness": 24,
    }


def test_removing_the_examples_leaves_the_real_rows_and_nothing_else(
    demo_session: Session,
) -> None:
    gone = remove_examples(demo_session)
    assert gone > 0
    assert count_all_rows(demo_session) == REAL_ROWS


def test_peoples_own_reports_stay_when_the_examples_they_lean_on_go(
    demo_session: Session,
) -> None:
    own = own_of(demo_session)
    cabinet = demo_session.scalars(
        select(Asset).where(Asset.is_example, Asset.district_id == own).limit(1)
    ).one()
    keeper = demo_session.scalars(
        select(Organisation).where(Organisation.is_example, Organisation.district_id == own)
    ).first()
    assert keeper is not None
    make = Factory(demo_session)
    mine = {"district_id": cabinet.district_id, "geom": cabinet.point, "point": cabinet.point}
    here = {"asset_id": cabinet.id, "cell_x": 5011, "cell_y": 19217}
    report = make.defect(**mine, **here, addressee_id=keeper.id, description="Van mij")
    remove_examples(demo_session)
    demo_session.expire_all()
    assert demo_session.scalars(select(Defect)).all() == [report]
    desk = demo_session.scalars(
        select(Organisation).where(Organisation.is_desk, Organisation.district_id == own)
    ).one()
    assert (report.asset_id, report.addressee_id) == (None, desk.id)
    assert to_shape(report.point) != to_shape(cabinet.point)


def test_the_examples_are_not_loaded_twice(demo_session: Session) -> None:
    with pytest.raises(Invalid, match="remove them first"):
        load_examples(demo_session, folder=EXAMPLES, district="zuidoost", sealer=SEALER, now=NOW)


def test_the_examples_need_the_official_areas_first(session: Session) -> None:
    run_import(session, DATA / "zuidoost_district.json", "district")
    with pytest.raises(Invalid, match="import the official areas first"):
        load_examples(session, folder=EXAMPLES, district="zuidoost", sealer=SEALER, now=NOW)


def test_a_second_start_of_the_demo_loads_nothing(demo_session: Session) -> None:
    before = count_all_rows(demo_session)
    said: list[str] = []
    links = load_demo(demo_session, data_dir=DATA, sealer=SEALER, now=NOW, say=said.append)
    assert (said, count_all_rows(demo_session)) == ([], before)
    assert [path.rpartition("/")[0] for _, path in links] == ["", "", "/platforms", "/areas"]
    assert "/?district=lakeside" in dict(links).values()


def test_two_loads_on_one_day_give_the_same_examples(
    demo_session: Session, session: Session
) -> None:
    load_demo(session, data_dir=DATA, sealer=SEALER, now=NOW, say=silent)
    told = (
        select(
            Defect.code,
            Defect.category,
            Defect.description,
            Defect.state,
            Defect.reported_at,
            Defect.turn_since,
            func.ST_AsText(Defect.geom),
        )
    ).order_by(Defect.code)
    built = select(Asset.code, Asset.name, Asset.kind).where(Asset.is_example).order_by(Asset.code)
    assert session.execute(told).all() == demo_session.execute(told).all()
    assert session.execute(built).all() == demo_session.execute(built).all()


@pytest.mark.parametrize(
    "now",
    [
        datetime(2028, 2, 29, 0, 5, tzinfo=UTC),
        # Still the old year in UTC, the new one where the district lies.
        datetime(2026, 12, 31, 23, 30, tzinfo=UTC),
    ],
    ids=str,
)
def test_removed_examples_can_be_loaded_again_on_any_day(
    demo_session: Session, now: datetime
) -> None:
    before = count_all_rows(demo_session)
    remove_examples(demo_session)
    load_examples(demo_session, folder=EXAMPLES, district="zuidoost", sealer=SEALER, now=now)
    # The made-up place went whole, and comes back whole.
    load_demo(demo_session, data_dir=DATA, sealer=SEALER, now=now, say=silent)
    latest = demo_session.scalars(select(func.max(DefectEvent.at))).one()
    local_year = (now + timedelta(hours=1)).year
    spent_by = demo_session.scalars(select(func.max(BudgetLine.spend_by))).one()
    assert count_all_rows(demo_session) == before
    assert latest <= now
    assert spent_by is not None
    assert spent_by >= date(local_year, 12, 31)


def test_the_real_district_knows_its_bounds(demo_session: Session) -> None:
    for district in demo_session.scalars(select(District)):
        own = select(Asset.point).where(Asset.district_id == district.id).limit(1)
        assert district.bounds is not None
        assert to_shape(district.bounds).covers(to_shape(demo_session.scalars(own).one()))
