"""The house itself: doors declared, rooms in order, nothing tied to one place or machine."""

import ast
import inspect
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.config import PROJECT_DIR
from geoapp.edge import KEY, check_every_route
from geoapp.errors import NotAllowed
from geoapp.people.rules import NOBODY, POLICY, Permission, Subject, may
from tests.factories import Factory

HOUSE = PROJECT_DIR / "geoapp"
MODULES = sorted(HOUSE.rglob("*.py"))
SCRIPTS = sorted((PROJECT_DIR / "static" / "js").rglob("*.js"))
TEMPLATES = sorted((HOUSE / "web" / "templates").rglob("*.html"))


def name_of(path: Path) -> str:
    """A file's path within the project."""
    return str(path.relative_to(PROJECT_DIR))


def lines_with(pattern: str, files: list[Path]) -> list[str]:
    """Where a pattern stands, as file:line."""
    wanted = re.compile(pattern)
    return [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if wanted.search(line)
    ]


def test_the_house_has_rooms_to_look_into() -> None:
    assert len(MODULES) > 40
    assert len(SCRIPTS) > 5
    assert len(TEMPLATES) > 10


# -- Doors -----------------------------------------------------------------------------------


def test_every_endpoint_declares_its_permission_and_none_is_declared_in_vain(
    demo_app: Flask,
) -> None:
    endpoints = {rule.endpoint for rule in demo_app.url_map.iter_rules()}
    assert endpoints == set(demo_app.extensions[KEY].permissions)


def test_what_the_policy_does_not_list_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(POLICY, Permission.SEE_PUBLIC)
    assert not may(NOBODY, Permission.SEE_PUBLIC, Subject())


def test_what_changes_something_demands_more_than_seeing_and_is_posted(demo_app: Flask) -> None:
    permissions = demo_app.extensions[KEY].permissions
    read = {"GET", "HEAD", "OPTIONS"}
    changing = {
        rule.endpoint: (rule.methods or set()) - read
        for rule in demo_app.url_map.iter_rules()
        if (rule.methods or set()) - read
    }
    assert len(changing) >= 3
    assert set().union(*changing.values()) == {"POST", "PATCH"}
    only_to_see = {Permission.SEE_PUBLIC, Permission.OPERATE}
    assert {name for name in changing if permissions[name] in only_to_see} == set()


def test_an_endpoint_without_a_permission_keeps_the_service_from_starting() -> None:
    app = Flask(__name__, static_folder=None)
    app.extensions[KEY] = type("Wiring", (), {"permissions": {}})()
    check_every_route(app)
    app.add_url_rule("/secret", "sneaked_in", lambda: "")
    with pytest.raises(NotAllowed, match="sneaked_in"):
        check_every_route(app)


# -- Tables and factories --------------------------------------------------------------------


def test_every_table_has_a_factory(session: Session, make: Factory) -> None:
    names = [
        name
        for name, member in inspect.getmembers(Factory, inspect.isfunction)
        if not name.startswith("_") and name != "code"
    ]
    made = {getattr(make, name)().__tablename__ for name in names}
    assert made == set(metadata().tables)
    assert session.is_active


# -- Rooms -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_lives_in_it(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.name == "__init__.py"], ids=name_of
)
def test_the_plate_of_a_room_holds_no_code(path: Path) -> None:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    assert [type(statement) for statement in body] == [ast.Expr]


def test_every_folder_of_modules_is_a_room_with_a_plate() -> None:
    folders = {path.parent for path in MODULES}
    assert [name_of(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_nothing_is_tied_to_one_city() -> None:
    files = [*MODULES, *SCRIPTS, *TEMPLATES, *sorted((PROJECT_DIR / "static" / "css").glob("*"))]
    assert lines_with(r"(?i)amsterdam|zuidoost|bijlmer|holendrecht", files) == []


def test_spatial_functions_are_called_in_their_rooms_alone() -> None:
    rooms = ("geoapp/db/spatial.py", "geoapp/migrations/")
    elsewhere = [
        path
        for path in MODULES
        if not name_of(path).startswith(rooms) and path.name != "queries.py"
    ]
    assert lines_with(r"\bST_[A-Z]", elsewhere) == []


def test_coordinate_systems_have_their_numbers_in_one_room() -> None:
    rooms = ("geoapp/geo/crs.py", "geoapp/migrations/")
    elsewhere = [path for path in MODULES if not name_of(path).startswith(rooms)]
    numbers = lines_with(r"\b(4326|3857|28992)\b", elsewhere)
    # An address of somebody else's service is spelled as they spell it.
    assert [line for line in numbers if "https://" not in line] == []


def test_nothing_is_left_to_do_in_a_comment() -> None:
    files = [*MODULES, *SCRIPTS, *TEMPLATES]
    assert lines_with(r"\b(TODO|FIXME|XXX|HACK)\b", files) == []


def test_no_page_has_a_script_or_style_of_its_own() -> None:
    # But for what the files that one takes along stand on: they must hold everything.
    pages = [file for file in TEMPLATES if file.name != "_file.html"]
    assert lines_with(r"(?i)\son[a-z]+=|\sstyle=|<style|javascript:", pages) == []


# -- Files of others, and of this machine ----------------------------------------------------

STATIC = PROJECT_DIR / "static"
HEADERS = {
    "node_modules/leaflet": (STATIC / "vendor/leaflet/leaflet.js", r"Leaflet (\d+\.\d+\.\d+)"),
    # These two name themselves beside their code alone.
    **{
        f"node_modules/{name}": (STATIC / f"vendor/{name}/LICENSE", rf"{name} (\d+\.\d+\.\d+)")
        for name in ("terra-draw", "terra-draw-leaflet-adapter")
    },
}


def locked_version(package: str) -> str:
    """The version that the lock file pins."""
    lock = json.loads((STATIC / "package-lock.json").read_text(encoding="utf-8"))
    return str(lock["packages"][package]["version"])


@pytest.mark.parametrize("package", HEADERS)
def test_a_vendored_file_is_of_the_locked_version(package: str) -> None:
    path, pattern = HEADERS[package]
    found = re.search(pattern, path.read_text(encoding="utf-8")[:500])
    assert found is not None
    assert found[1] == locked_version(package)


def test_every_wanted_package_is_pinned_exactly_and_with_a_hash() -> None:
    wanted = json.loads((STATIC / "package.json").read_text(encoding="utf-8"))["dependencies"]
    lock = json.loads((STATIC / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, version in wanted.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert lock[f"node_modules/{name}"]["version"] == version
    pinned = [package for path, package in lock.items() if path]
    assert [
        package for package in pinned if not package.get("integrity", "").startswith("sha")
    ] == []


def test_every_vendored_package_comes_with_its_licence() -> None:
    folders = [folder for folder in (STATIC / "vendor").iterdir() if folder.is_dir()]
    assert folders
    assert [folder.name for folder in folders if not list(folder.glob("LICEN[CS]E*"))] == []


def tracked_files() -> list[Path]:
    """The text files that git knows."""
    git = shutil.which("git")
    assert git is not None
    listed = subprocess.run(  # noqa: S603  a fixed question
        [git, "-C", str(PROJECT_DIR), "ls-files", "-z"], capture_output=True, text=True, check=True
    )
    paths = [PROJECT_DIR / name for name in listed.stdout.split("\0") if name]
    texts = [path for path in paths if path.suffix not in {".png", ".mo", ".jpg", ".ico", ".woff2"}]
    return [path for path in texts if path.is_file()]


def test_no_tracked_file_names_a_machine_or_a_registry() -> None:
    # Written apart, so that this file does not find itself.
    machine = "|".join(("/work" + "/", "/root" + "/", "/home" + r"/\w+/"))
    registry = "|".join(("registry" + r"\.npmjs", "pypi" + r"\.org", "files\\.python" + "hosted"))
    local = r"https?://[^/\s\"'<>]*(?:" + "artifact" + r"|nexus|mirror|proxy)[^/\s]*"
    assert lines_with(f"{machine}|{registry}|{local}", tracked_files()) == []
