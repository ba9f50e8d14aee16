"""`geoapp gaps`: the answer in a sentence, the best spots, and a file that any program opens."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyogrio
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.exc import InternalError
from sqlalchemy.orm import Session

from geoapp.cli import main
from geoapp.config import PROJECT_DIR
from geoapp.coverage.gaps.questions import read_question
from geoapp.coverage.gaps.spots import More, Whence
from geoapp.db.session import make_engine
from geoapp.errors import Invalid
from geoapp.exchange import notebook
from geoapp.exchange.gap_answers import Order, answer, put_file
from tests.conftest import NOW
from tests.factories import Factory
from tests.gap_world import GapWorld, make_world

Run = Callable[..., Result]


@pytest.fixture
def world(session: Session, make: Factory) -> GapWorld:
    """Three buurten with courts."""
    return make_world(session, make)


@pytest.fixture
def run(demo_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command on the demo."""
    monkeypatch.setenv("DATABASE_URL", demo_url)
    return lambda *words: CliRunner().invoke(main, ["gaps", *words])


def ask(world: GapWorld, **wanted: object) -> tuple[list[str], list[str]]:
    """Lines of an answer, and what is said meanwhile."""
    question = read_question({"kind": "sport_court", "norm": "400"})
    told: list[str] = []
    order = Order("oost", question, **wanted)  # type: ignore[arg-type]  # as a test names them
    return list(answer(world.session, order, now=NOW, say=told.append)), told


def test_a_geopackage_of_courts_on_a_saturday_opens_with_its_layers_and_counts(
    run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "gaps.gpkg"
    words = ["--kind", "sport_court", "--norm", "rotterdam", "--at", "Sat 15:00"]
    done = run(*words, "--out", str(file))
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("Of 100 households with children: ")
    layers = dict(pyogrio.list_layers(file))
    assert set(layers) == {"areas", "squares", "things", "about"}
    infos = {name: pyogrio.read_info(file, layer=name) for name in layers}
    assert {infos[name]["crs"] for name in layers if name != "about"} == {"EPSG:28992"}
    assert infos["areas"]["features"] == int(done.stdout.split(": ")[-1].split()[0])
    assert all(info["features"] > 0 for info in infos.values())


def test_the_second_district_has_its_own_system(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "gaps.gpkg"
    done = run("--district", "lakeside", "--kind", "playground", "--out", str(file))
    assert done.exit_code == 0, done.output
    assert pyogrio.read_info(file, layer="areas")["crs"] == "EPSG:2056"


def test_it_says_how_it_goes_beside_the_answer(run: Run) -> None:
    done = run("--kind", "sport_court", "--best", "2")
    assert done.exit_code == 0, done.output
    assert "Reading who lives where" in done.stderr
    assert "Reading" not in done.stdout
    assert "\n1. 52." in done.stdout
    assert "\n2. 52." in done.stdout


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["--kind", "castle"], "--kind"),
        (["--kind", "bench", "--norm", "unheard-of"], "--norm"),
        (["--kind", "bench", "--norm", "rotterdam:9-99"], "--norm"),
        (["--kind", "bench", "--norm", "3"], "--norm"),
        (["--kind", "bench", "--need", "dragons"], "--need"),
        (["--kind", "bench", "--at", "teatime"], "--at"),
        (["--kind", "bench", "--out", "gaps.shp"], "--out"),
        (["--kind", "bench", "--out", "/nowhere/at/all/gaps.csv"], "--out"),
        (["--kind", "bench", "--exact"], "--exact"),
        (["--kind", "bench", "--best", "9"], "--best"),
        (["--kind", "platform", "--best", "1"], "--kind"),
    ],
)
def test_what_is_wrong_names_the_option(run: Run, words: list[str], option: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert f"'{option}'" in done.stderr or f"{option}:" in done.stderr, done.stderr
    assert not done.stdout


def test_an_unknown_district_is_said(run: Run) -> None:
    done = run("--kind", "bench", "--district", "nowhere")
    assert done.exit_code == 1
    assert "There is no district called nowhere." in done.stderr


def test_a_file_is_whole_or_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "gaps.csv"
    file.write_bytes(b"as it was")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(Invalid, match="cannot be written: No space left"):
        put_file(file, b"something new")
    assert file.read_bytes() == b"as it was"
    assert [one.name for one in tmp_path.iterdir()] == ["gaps.csv"]


def test_the_best_spot_of_a_grid_is_where_most_have_nothing_near(world: GapWorld) -> None:
    lines, told = ask(world, more=More(1))
    # A court in the middle of the six squares of West without one reaches all of them.
    assert lines[1].endswith("near for 60 more households with children, together 60.")
    assert "   West: near for 40, then for 100." in lines
    assert any(said.startswith("Weighing ") for said in told)


def test_nothing_is_proposed_where_nobody_knows(world: GapWorld) -> None:
    for court in world.courts.values():
        world.session.delete(court)
    world.session.flush()
    lines, _ = ask(world, more=More(5))
    spots = [line.split(": ")[0].split(". ", 1)[1] for line in lines if line[0].isdigit()]
    lons = [float(spot.split(", ")[1]) for spot in spots]
    assert spots
    assert max(lons) < world.lonlat(10, 0)[0]


def test_without_plans_it_says_why_there_is_no_spot(world: GapWorld) -> None:
    lines, _ = ask(world, more=More(1, Whence.PLANS))
    assert lines[1].startswith("No spot is proposed: there is no plan with a spot for this")


def test_reckoned_exactly_it_is_never_less_and_says_whether_it_is_proven(world: GapWorld) -> None:
    lines, told = ask(world, more=More(2), is_exact=True)
    assert lines[-1] == "No other choice does more: this is proven."
    assert any("at most 60 seconds" in said for said in told)


def test_crowding_and_evenness_are_told_when_asked(world: GapWorld) -> None:
    lines, _ = ask(world, with_crowding=True, with_equity=True)
    assert "   First court (22-222): 40" in lines
    assert "   South court (33-333): fewer than 5" in lines
    assert "   near, of all: 35%" in lines
    assert not any("Gini" in line for line in ask(world)[0])


# -- In a notebook -------------------------------------------------------------------------------


def test_a_notebook_gets_frames_and_changes_nothing(demo_url: str) -> None:
    found = notebook.find_gaps(
        demo_url, district="zuidoost", kind="playground", norm="400", now=NOW
    )
    assert set(found) == {"areas", "squares", "things"}
    assert found["areas"].attrs["answer"].startswith("Of 100 households with children: ")
    told = found["areas"].dropna(subset=["near", "far", "unknown"])
    assert (told.near + told.far + told.unknown == told["all"]).all()


def test_the_words_of_the_readme_run_as_they_stand(demo_url: str) -> None:
    readme = (PROJECT_DIR / "README.md").read_text(encoding="utf-8")
    (snippet,) = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    names: dict[str, Any] = {}
    exec(snippet.replace("postgresql://user:password@host/database", demo_url), names)  # noqa: S102  our own README
    assert len(names["areas"]) > 0
    assert len(names["squares"]) > len(names["areas"])


def test_a_notebook_asks_how_crowded_and_how_even_it_is(demo_url: str) -> None:
    asked: dict[str, Any] = {"district": "zuidoost", "kind": "sport_court", "norm": "400"}
    crowding = notebook.find_crowding(demo_url, **asked, now=NOW)
    assert (crowding.demand.dropna() >= 0).all()
    equity = notebook.find_equity(demo_url, **asked, now=NOW)
    assert equity.share_near is not None
    assert 0 < equity.share_near <= 1


def test_a_notebook_cannot_write(demo_url: str) -> None:
    with (
        pytest.raises(InternalError, match="read-only transaction"),
        notebook.open_reading(demo_url) as session,
    ):
        session.execute(text("UPDATE district SET name = 'x'"))


def test_a_migration_spreads_people_anew_as_the_newest_version_does(
    copy_demo: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = copy_demo("spread")
    engine = make_engine(address)
    sums = text("SELECT count(*), round(sum(inhabitants)) FROM population_cell")
    with engine.begin() as connection:
        before = connection.execute(sums).one()
        connection.execute(text("DELETE FROM population_cell WHERE cell_x % 2 = 0"))
        assert connection.execute(sums).one() != before
    monkeypatch.setenv("DATABASE_URL", address)
    assert CliRunner().invoke(main, ["db", "migrate"]).exit_code == 0
    with engine.connect() as connection:
        assert connection.execute(sums).one() == before
    engine.dispose()
