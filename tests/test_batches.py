"""Imports as batches: tried dry, told row by row, undone whole, killed without a trace (T55)."""

import csv
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from geoalchemy2.shape import to_shape
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.areas.tables import OfficialArea
from geoapp.assets.rules import PhysicalStatus
from geoapp.assets.tables import Asset
from geoapp.cli import main
from geoapp.config import PROJECT_DIR
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine, transaction
from geoapp.districts.tables import District
from geoapp.errors import Conflict, NotFound
from geoapp.exchange.importing import Imported, import_file
from geoapp.exchange.reports import defuse
from geoapp.ledger.batches import list_batches, undo_batch
from geoapp.ledger.tables import ImportChange
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory

DATA = PROJECT_DIR / "data"
DEATHS, SEED = 20, 4


def write_benches(path: Path, *rows: dict[str, Any]) -> Path:
    """A file of benches in the made-up district; a row may say otherwise."""
    features = [
        {
            "type": "Feature",
            "properties": {"ref": str(number), "kind": "bench", "name": f"Bench {number}"}
            | {name: value for name, value in row.items() if name != "at"},
            "geometry": {"type": "Point", "coordinates": row.get("at", [LON, LAT])},
        }
        for number, row in enumerate(rows, start=1)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def run(session: Session, path: Path, layout: str = "assets") -> Imported:
    """Import a file without a word."""
    return import_file(session, path, layout_name=layout, say=lambda _: None)


def whole(session: Session) -> dict[str, list[str]]:
    """Every row of every table but the log of imports, as the database writes it."""
    session.flush()
    return {
        name: list(session.scalars(text(f'SELECT t::text FROM "{name}" AS t ORDER BY 1')))  # noqa: S608  our own names
        for name in metadata().tables
        if not name.startswith("import_")
    }


@pytest.fixture(autouse=True)
def place(make: Factory) -> District:
    """The made-up district."""
    return make.district()


# -- Undoing -------------------------------------------------------------------------------------


def test_an_undone_batch_leaves_every_row_as_it_was(session: Session, tmp_path: Path) -> None:
    first = write_benches(tmp_path / "first.geojson", {}, {}, {})
    run(session, first)
    before = whole(session)
    again = write_benches(
        tmp_path / "again.geojson",
        {"name": "Renamed, 'quoted' \\ and é"},
        {"at": [LON + 0.001, LAT]},
        {},
        {},
    )
    imported = run(session, again)
    assert (imported.tally.new, imported.tally.changed, imported.tally.same) == (1, 2, 1)
    assert whole(session) != before
    assert imported.batch is not None
    assert undo_batch(session, number=imported.batch, now=NOW) == 3
    assert whole(session) == before


def test_official_areas_are_undone_with_bounds_tints_and_the_end_of_older_ones(
    session: Session,
) -> None:
    run(session, DATA / "zuidoost_district.json", "district")
    for level, layout in (("gebieden", "gebieden"), ("wijken", "wijken")):
        run(session, DATA / f"zuidoost_{level}_2022.geojson", layout)
    older = session.scalars(select(OfficialArea).where(OfficialArea.level == "wijk").limit(1)).one()
    older.valid_from, older.slug = date(2015, 1, 1), "older"
    session.flush()
    before = whole(session)
    imported = run(session, DATA / "zuidoost_wijken_2022.geojson", "wijken")
    assert imported.tally.new == 1
    assert older.valid_to == date(2022, 3, 24)
    assert imported.batch is not None
    undo_batch(session, number=imported.batch, now=NOW)
    assert whole(session) == before


def test_all_of_a_place_is_undone_from_the_last_batch_to_the_first(session: Session) -> None:
    before = whole(session)
    for file, layout in (
        ("zuidoost_district.json", "district"),
        ("zuidoost_gebieden_2022.geojson", "gebieden"),
        ("zuidoost_wijken_2022.geojson", "wijken"),
        ("zuidoost_buurten_2022.geojson", "buurten"),
        ("zuidoost_buurt_crosswalk_2015_2022_cbs.csv", "crosswalk"),
        ("zuidoost_playgrounds_osm.geojson", "playgrounds"),
    ):
        run(session, DATA / file, layout)
    for batch in list_batches(session, limit=100):
        undo_batch(session, number=batch.number, now=NOW)
    assert whole(session) == before


def test_what_was_imported_twice_is_no_second_batch(session: Session, tmp_path: Path) -> None:
    file = write_benches(tmp_path / "benches.geojson", {}, {})
    assert run(session, file).batch is not None
    assert run(session, file).batch is None
    assert len(list_batches(session, limit=10)) == 1


def test_a_row_that_was_changed_since_keeps_its_batch(session: Session, tmp_path: Path) -> None:
    number = run(session, write_benches(tmp_path / "b.geojson", {}, {})).batch
    assert number is not None
    asset = session.scalars(select(Asset).limit(1)).one()
    asset.name = "Named by people"
    session.flush()
    before = whole(session)
    with pytest.raises(Conflict, match=r"asset: 1.*undo what came later"):
        undo_batch(session, number=number, now=NOW)
    assert whole(session) == before


def test_a_row_that_others_hang_on_keeps_its_batch_and_they_are_named(
    session: Session, place: District, make: Factory, tmp_path: Path
) -> None:
    number = run(session, write_benches(tmp_path / "b.geojson", {}, {})).batch
    assert number is not None
    asset = session.scalars(select(Asset).limit(1)).one()
    make.defect(asset_id=asset.id, district_id=place.id)
    make.duty(asset_id=asset.id)
    before = whole(session)
    with pytest.raises(Conflict, match=r"defect: 1, maintenance_duty: 1"):
        undo_batch(session, number=number, now=NOW)
    assert whole(session) == before


def test_batches_are_undone_from_the_last(session: Session, tmp_path: Path) -> None:
    first = run(session, write_benches(tmp_path / "a.geojson", {})).batch
    second = run(session, write_benches(tmp_path / "b.geojson", {"name": "Other"})).batch
    assert first is not None
    assert second is not None
    with pytest.raises(Conflict, match="changed since"):
        undo_batch(session, number=first, now=NOW)
    undo_batch(session, number=second, now=NOW)
    undo_batch(session, number=first, now=NOW)
    assert session.scalars(select(func.count()).select_from(Asset)).one() == 0


def test_no_batch_is_undone_twice_and_none_that_is_not_there(
    session: Session, tmp_path: Path
) -> None:
    number = run(session, write_benches(tmp_path / "a.geojson", {})).batch
    assert number is not None
    undo_batch(session, number=number, now=NOW)
    with pytest.raises(Conflict, match="undone already"):
        undo_batch(session, number=number, now=NOW)
    with pytest.raises(NotFound, match="geoapp batches list"):
        undo_batch(session, number=number + 1, now=NOW)


def test_a_column_that_came_later_keeps_no_batch_from_being_undone(
    session: Session, tmp_path: Path
) -> None:
    number = run(session, write_benches(tmp_path / "a.geojson", {})).batch
    assert number is not None
    session.execute(text("ALTER TABLE asset ADD COLUMN colour text DEFAULT 'green'"))
    assert undo_batch(session, number=number, now=NOW) == 1


def test_what_a_batch_did_not_write_may_have_changed_since(
    session: Session, tmp_path: Path
) -> None:
    run(session, write_benches(tmp_path / "a.geojson", {}))
    number = run(session, write_benches(tmp_path / "b.geojson", {"name": "Renamed"})).batch
    assert number is not None
    asset = session.scalars(select(Asset)).one()
    asset.physical_status = PhysicalStatus.OUT_OF_ORDER
    session.flush()
    undo_batch(session, number=number, now=NOW)
    session.refresh(asset)
    assert (asset.name, asset.physical_status) == ("Bench 1", PhysicalStatus.OUT_OF_ORDER)


def test_a_file_that_was_undone_can_be_imported_again(session: Session, tmp_path: Path) -> None:
    file = write_benches(tmp_path / "a.geojson", {}, {})
    number = run(session, file).batch
    assert number is not None
    undo_batch(session, number=number, now=NOW)
    assert run(session, file).tally.new == 2


def test_what_a_row_held_comes_back_to_the_last_digit(session: Session, tmp_path: Path) -> None:
    at = [4.987654321012345, 52.01234567890123]
    run(session, write_benches(tmp_path / "a.geojson", {"at": at}))
    number = run(session, write_benches(tmp_path / "b.geojson", {"at": [LON, LAT]})).batch
    assert number is not None
    undo_batch(session, number=number, now=NOW)
    point = to_shape(session.scalars(select(Asset.geom)).one())
    assert [point.x, point.y] == at  # type: ignore[attr-defined]  # a point has both


# -- By command ------------------------------------------------------------------------------------


@pytest.fixture
def own_url(make_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> str:
    """An own database with the made-up district, as the command finds it."""
    url = make_database("batches")
    engine = make_engine(url)
    migrate(engine, metadata())
    with transaction(engine) as session:
        Factory(session).district()
    engine.dispose()
    monkeypatch.setenv("DATABASE_URL", url)
    return url


def geoapp(*words: object) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, [str(word) for word in words])


def read_report(path: Path) -> list[dict[str, str]]:
    """The lines of a report."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def count_assets(url: str) -> int:
    """How many assets are stored."""
    engine = make_engine(url)
    with Session(engine) as session:
        count = session.scalars(select(func.count()).select_from(Asset)).one()
    engine.dispose()
    return count


def test_a_dry_run_says_what_would_be_and_stores_nothing(own_url: str, tmp_path: Path) -> None:
    file, report = write_benches(tmp_path / "b.geojson", {}, {"at": [9, 9]}), tmp_path / "r.csv"
    done = geoapp("import", file, "--as", "assets", "--dry-run", "--report", report)
    assert done.exit_code == 0, done.output
    assert "1 new, 0 changed, 0 the same" in done.output
    assert "This was a dry run: nothing is stored." in done.output
    assert [(line["row"], line["outcome"]) for line in read_report(report)] == [
        ("1", "new"),
        ("2", "left out"),
    ]
    assert count_assets(own_url) == 0
    assert geoapp("batches", "list").output == ""


def test_every_wrong_row_stands_in_the_report_with_what_to_do(own_url: str, tmp_path: Path) -> None:
    wrong = [{"kind": "tank"} for _ in range(14)]
    file, report = write_benches(tmp_path / "b.geojson", {}, *wrong), tmp_path / "r.csv"
    done = geoapp("import", file, "--as", "assets", "--report", report)
    assert done.exit_code == 1
    assert "14 rows are not right, so nothing was imported" in done.output
    assert "... and 4 more" in done.output
    lines = read_report(report)
    assert [line["row"] for line in lines] == [str(number) for number in range(2, 16)]
    assert all("tank is no kind of asset: use one of" in line["what to do"] for line in lines)
    assert count_assets(own_url) == 0


def test_a_report_that_cannot_be_written_is_said(own_url: str, tmp_path: Path) -> None:
    file = write_benches(tmp_path / "b.geojson", {})
    done = geoapp("import", file, "--as", "assets", "--report", tmp_path / "no" / "r.csv")
    assert done.exit_code == 1
    assert "cannot be written" in done.output
    assert count_assets(own_url) == 0


def test_an_import_by_command_is_listed_and_undone(own_url: str, tmp_path: Path) -> None:
    file = write_benches(tmp_path / "own.geojson", {}, {}, {})
    done = geoapp("import", file, "--as", "assets")
    assert "To undo it: geoapp batches undo 1" in done.output
    assert "own.geojson: 3 new, 0 changed" in geoapp("batches", "list").output
    assert geoapp("batches", "undo", 1).output == "Batch 1 is undone: 3 rows are as they were.\n"
    assert count_assets(own_url) == 0
    assert "undone" in geoapp("batches", "list").output
    again = geoapp("batches", "undo", 1)
    assert (again.exit_code, "undone already" in again.output) == (1, True)


def test_a_report_never_overwrites_the_file_itself(own_url: str, tmp_path: Path) -> None:
    file = write_benches(tmp_path / "b.geojson", {})
    before = file.read_bytes()
    done = geoapp("import", file, "--as", "assets", "--report", file)
    assert (done.exit_code, "overwrite the file itself" in done.output) == (1, True)
    assert file.read_bytes() == before
    assert count_assets(own_url) == 0


@pytest.mark.usefixtures("own_url")
def test_a_parent_that_is_missing_is_told_at_its_row() -> None:
    assert geoapp("import", DATA / "zuidoost_district.json", "--as", "district").exit_code == 0
    done = geoapp("import", DATA / "zuidoost_wijken_2022.geojson", "--as", "wijken")
    assert done.exit_code == 1
    assert "12 rows are not right" in done.output
    assert "row 1: Its parent" in done.output


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_of_a_report_is_a_formula(words: str) -> None:
    assert defuse(words) == f"'{words}"
    assert defuse(f"a{words}") == f"a{words}"


# -- Killed, and two at once -----------------------------------------------------------------------


def test_an_import_that_is_killed_at_any_statement_leaves_all_rows_or_none(
    own_url: str, tmp_path: Path
) -> None:
    file = write_benches(tmp_path / "many.geojson", *[{} for _ in range(40)])
    told = [own_url, str(file), "assets", str(DEATHS), str(SEED)]
    done = subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-m", "tests.dying_import", *told],
        capture_output=True,
        text=True,
        cwd=PROJECT_DIR,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *deaths, lived = json.loads(done.stdout)
    assert [death["killed"] for death in deaths] == [True] * DEATHS
    assert all(death["rows"] == [0, 0, 0] for death in deaths), deaths
    assert (lived["killed"], lived["rows"]) == (False, [40, 1, 40])


def test_two_imports_of_one_file_at_once_store_it_once(own_url: str, tmp_path: Path) -> None:
    file = write_benches(tmp_path / "b.geojson", *[{} for _ in range(30)])
    engine = make_engine(own_url)
    found: list[tuple[int, int]] = []

    def work() -> None:
        with transaction(engine) as session:
            tally = run(session, file).tally
        found.append((tally.new, tally.same))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    assert sorted(found) == [(0, 30), (30, 0)]
    assert count_assets(own_url) == 30


def test_the_log_of_a_batch_goes_with_it(make: Factory, session: Session) -> None:
    change = make.import_change()
    session.delete(session.get_one(type(make.import_batch()), change.batch_id))
    session.flush()
    assert session.scalars(select(func.count()).select_from(ImportChange)).one() == 0
