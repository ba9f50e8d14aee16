"""Layouts: how a source's own columns map to our words; data in `data/layouts`, not code."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from geoapp.config import PROJECT_DIR
from geoapp.errors import Invalid

LAYOUTS_DIR = PROJECT_DIR / "data" / "layouts"
SMALL_WORDS = {"van", "de", "den", "der", "het", "ter", "la", "du", "des", "und", "e.o."}


@dataclass(frozen=True)
class Layout:
    """One kind of file. `what` is district, official_areas, crosswalk, contacts, routing, ladder,
    calendar, checklists, criteria, norms, completeness, need, walking or assets.

    `district` is whose file it is. Of areas and figures it says where they go; assets go to the
    district they lie in, and it says only whose page names the source.
    """

    what: str
    source: str = ""
    licence: str = ""
    district: str = ""
    level: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    kind: str = ""
    register_status: str = "unknown"
    physical_status: str = "in_use"
    name: str = ""
    name_when_missing: str = ""
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    key_with_coordinates: bool = False
    details: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[Any, ...] = ("",)
    source_on: str | None = None

    def value(self, row: Mapping[str, Any], name: str) -> Any:
        """Our column `name` of a row, or the fixed value; None where the source is silent."""
        column = self.columns.get(name)
        if column is None:
            return self.fixed.get(name)
        return self.clean(row.get(column))

    def clean(self, value: Any) -> Any:
        """`value`, or None where this source writes that for "missing"."""
        if value is None or value != value or value in self.missing:
            return None
        return value.strip() if isinstance(value, str) else value

    def name_of(self, row: Mapping[str, Any]) -> str:
        """The name of a row: the source's words filled in, streets not shouted."""
        values = {column: self.clean(value) for column, value in row.items()}
        columns = [part.split("}")[0] for part in self.name.split("{")[1:]]
        template = self.name
        if any(values.get(column) is None for column in columns) and self.name_when_missing:
            template = self.name_when_missing
        filled = {
            column: self.words.get(column, {}).get(str(value)) or quiet_capitals(str(value))
            for column, value in values.items()
            if value is not None
        }
        try:
            return template.format_map(filled)
        except KeyError as missing:
            raise Invalid("The column {column} is empty.", column=missing.args[0]) from None


def quiet_capitals(words: str) -> str:
    """ "ABCOUDERPAD" as "Abcouderpad"; words that are not all capitals stay as they are."""
    if not words.isupper() or len(words) < 4:
        return words
    return " ".join(
        word if word in SMALL_WORDS else word.capitalize() for word in words.lower().split()
    )


def list_layouts() -> list[str]:
    """The names a file can be imported as."""
    return sorted(path.stem for path in LAYOUTS_DIR.glob("*.json"))


def read_layout(name: str) -> Layout:
    """The layout of this name.

    Raises:
        Invalid: there is none; the message lists those there are.
    """
    if name not in list_layouts():
        raise Invalid(
            "There is no kind of file called {name}: choose one of {names}.",
            name=name,
            names=", ".join(list_layouts()),
        )
    values = json.loads((LAYOUTS_DIR / f"{name}.json").read_text(encoding="utf-8"))
    values["what"] = values.pop("as")
    for listed in ("key", "missing"):
        if listed in values:
            values[listed] = tuple(values[listed])
    return Layout(**values)


@dataclass(frozen=True)
class Source:
    """Whence facts come, and under which licence."""

    name: str
    licence: str


def list_sources(*, district: str) -> list[Source]:
    """The sources of a district's layouts, and of those for any district, each once, by name."""
    layouts = [read_layout(name) for name in list_layouts()]
    own = [layout for layout in layouts if layout.district in ("", district)]
    found = {layout.source: Source(layout.source, layout.licence) for layout in own}
    return [found[name] for name in sorted(found) if name and name != "own file"]
