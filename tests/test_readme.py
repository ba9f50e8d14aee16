"""The README is true: its commands, settings, rooms and pictures exist."""

import re
from collections.abc import Iterator

import click

from geoapp.cli import main as command
from geoapp.config import PROJECT_DIR, Settings, read_settings
from tests.approved_files import put_house

README = (PROJECT_DIR / "README.md").read_text(encoding="utf-8")


def commands_of(group: click.Group, path: str) -> Iterator[str]:
    for name, member in group.commands.items():
        yield f"{path} {name}"
        if isinstance(member, click.Group):
            yield from commands_of(member, f"{path} {name}")


def test_every_command_it_names_exists() -> None:
    known = set(commands_of(command, "geoapp"))
    named = set(re.findall(r"`(?:\.venv/bin/)?(geoapp [a-z]+(?: [a-z]+)?)", README))
    assert len(named) >= 6
    assert {" ".join(name.split()[:3]) for name in named} <= known


def test_every_command_there_is_stands_in_it() -> None:
    leaves = {
        name
        for name in commands_of(command, "geoapp")
        if not any(other.startswith(f"{name} ") for other in commands_of(command, "geoapp"))
    }
    assert {name for name in leaves if f"`{name}" not in README} == set()


def test_its_settings_are_those_that_are_read() -> None:
    in_table = set(re.findall(r"^\| `([A-Z_]+)` \|", README, flags=re.MULTILINE))

    class Asked(dict[str, str]):
        names: set[str] = set()

        def get(self, name: str, default: object = None) -> object:  # type: ignore[override]  # only records
            self.names.add(name)
            return default

    assert read_settings(Asked()) == Settings()
    assert in_table == Asked.names


def test_its_scripts_and_pictures_and_links_exist() -> None:
    files = set(re.findall(r"\]\(([^)#:]+)\)|src=\"([^\"]+)\"", README))
    paths = {first or second for first, second in files}
    paths |= set(re.findall(r"`?(scripts/[a-z]+(?:\.[a-z]+)?)", README))
    assert len(paths) >= 6
    assert {path for path in paths if not (PROJECT_DIR / path).exists()} == set()


def test_its_map_of_the_house_is_made_from_the_contract_and_the_plates() -> None:
    # A change that was meant: python -m tests.approved_files
    assert put_house(README) == README


def test_every_file_is_reached_in_the_order_a_newcomer_reads() -> None:
    order = ["## Two commands", "## Three errands", "## Running it", "## The map of the house"]
    places = [README.index(heading) for heading in order]
    assert places == sorted(places)
