"""The approved files, and how they are made anew: `python -m tests.approved_files`.

Run it after a change that was meant, read the difference, and commit it with the change.
"""

import ast
import os
import re
import subprocess
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
from sqlalchemy import make_url

from geoapp.app import create_app, metadata
from geoapp.catalogue import PUBLISHED
from geoapp.config import PROJECT_DIR, Settings
from geoapp.db.cluster import create_database, drop_database, release_cluster, start_cluster
from geoapp.db.installation import find_cluster
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine, normalise_url
from geoapp.defects.rules import (
    ACTION_TABLE,
    EVENT_OF,
    SHARE_OF,
    STATES,
    Action,
    Axes,
    EventKind,
    File,
    Hearing,
    Says,
    Speaker,
    State,
    Work,
    can_act,
    event_of_voice,
    follow,
    hear,
)
from geoapp.edge import KEY
from geoapp.people.rules import POLICY, SECOND_FACTOR_ROLES, Permission, Role

APPROVED_DIR = Path(__file__).with_name("approved")
SCHEMA = APPROVED_DIR / "schema.sql"
PUBLISHED_FIELDS = APPROVED_DIR / "published_fields.txt"
PERMISSIONS = PROJECT_DIR / "geoapp" / "people" / "PERMISSIONS.md"
LIFE = PROJECT_DIR / "geoapp" / "defects" / "LIFE.md"
README = PROJECT_DIR / "README.md"
HOUSE_BEGINS, HOUSE_ENDS = "<!-- rooms: made by tests.approved_files -->", "<!-- end of rooms -->"

# What differs from one server or run to the next, and says nothing about the schema.
_PASSING = re.compile(r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*|)$")
_PASSING_OBJECTS = re.compile(r"^(CREATE|COMMENT ON) EXTENSION ")


def dump_schema(url: str) -> str:
    """`pg_dump -s` of a database, without comments, settings, PostGIS itself and Alembic."""
    address = make_url(normalise_url(url))
    dumped = subprocess.run(  # noqa: S603  our own program and arguments
        [
            str(find_cluster(PROJECT_DIR).bin_dir / "pg_dump"),
            "--schema-only",
            "--no-owner",
            "--no-privileges",
            "--exclude-table=alembic_version",
            "--dbname",
            address.set(drivername="postgresql").render_as_string(hide_password=False),
        ],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
    )
    lines = [line.rstrip() for line in dumped.stdout.splitlines()]
    kept = [line for line in lines if not (_PASSING.match(line) or _PASSING_OBJECTS.match(line))]
    return "\n".join(kept) + "\n"


def list_published_fields() -> str:
    """Every published field as `noun.field: type`, in the published order."""
    lines = [
        f"{noun}.{field.name}: {_say_type(field.schema)}"
        for noun, fields in PUBLISHED.items()
        for field in fields
    ]
    return "\n".join(lines) + "\n"


def _say_type(schema: Mapping[str, Any]) -> str:
    """`string (a, b) or null`: short enough to be read, and different where clients would be."""
    for joined in ("allOf", "anyOf", "oneOf"):
        if joined in schema:
            parts = [_say_type(part) for part in schema[joined]]
            return " or ".join(parts + ["null"] * (schema.get("nullable", False)))
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if schema.get("enum") == [None]:
        return "null"
    words = str(schema.get("format", schema.get("type", "anything")))
    if schema.get("type") == "array":
        words = f"list of {_say_type(schema['items'])}"
    if "enum" in schema:
        words += f" ({', '.join(str(value) for value in schema['enum'] if value is not None)})"
    return f"{words} or null" if schema.get("nullable") else words


def describe_permissions() -> str:
    """The policy as tables: which role may what towards which things, and where it is asked."""
    roles = [role for role in Role if role is not Role.ANONYMOUS]
    lines = [
        "# Who may do what",
        "",
        "Made from `people/rules.py` and the routes by `python -m tests.approved_files`; the test",
        "`tests/test_permissions.py` asks every address as everybody about everything.",
        "",
        "What is not in the table is refused. `any`: whatever it is about. `self`: one's own",
        "account. `own`: a thing of the organisation the role is held at. `supported`: a thing of",
        "an organisation that let theirs act for it. `district`: a thing in the role's district.",
        "`outsider`: the same, unless they are tied to whoever handles it. Whoever has signed in",
        "is a resident as well, and everybody may what `everybody` may.",
        "",
        f"These roles act only after a second factor: {_join(SECOND_FACTOR_ROLES)}.",
        "",
        "| permission | " + " | ".join(["everybody", *roles]) + " |",
        "|---" * (len(roles) + 2) + "|",
    ]
    for permission in Permission:
        grants = POLICY[permission]
        cells = [grants.get(role, "") for role in (Role.ANONYMOUS, *roles)]
        lines.append(f"| `{permission}` | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *_list_private_routes()]) + "\n"


def describe_life() -> str:
    """The life of a report: its states, and a diagram of what leads from one to another.

    The arrows are found by trying every event on whatever can be reached, not drawn by hand.
    """
    lines = [
        "# The life of a report",
        "",
        "Made from `defects/rules.py` by `python -m tests.approved_files`; compared by",
        "`tests/test_life.py`. What must hold throughout is named in `tests/test_life_machine.py`.",
        "",
        "| state | on the map | whose move | counts as | residents may say |",
        "|---|---|---|---|---|",
    ]
    for state, facet in STATES.items():
        said = "; ".join(f"`{says}`: {hear(state, says)}" for says in Says)
        shape, share = facet.shape or "", SHARE_OF[state] or ""
        lines.append(f"| `{state}` | {shape} | {facet.party} | {share} | {said} |")
    lines += ["", "A merged report counts as the one it was merged into.", ""]
    lines += ["| action | after the organisation said |", "|---|---|"]
    for action, works in ACTION_TABLE.items():
        said = ", ".join(f"`{work}`" for work in Work if work in works)
        lines.append(f"| `{action}` | {said} |")
    lines += [
        "",
        "After `handled`, `refused` and `refused_twice` only where somebody has said no since.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        f"    [*] --> {State.RECEIVED}",
    ]
    arrows: dict[tuple[State, State], set[EventKind]] = {}
    seen, waiting = {Axes()}, [Axes()]
    while waiting:
        axes = waiting.pop()
        for kind in _may_happen(axes):
            after = follow(axes, kind)
            if after.state is not axes.state:
                arrows.setdefault((axes.state, after.state), set()).add(kind)
            if after not in seen and after.handlings <= MOST_HANDLINGS:
                seen.add(after)
                waiting.append(after)
    for (first, last), kinds in sorted(arrows.items()):
        lines.append(f"    {first} --> {last}: {', '.join(sorted(kinds))}")
    return "\n".join([*lines, "```"]) + "\n"


# More of them lead nowhere new.
MOST_HANDLINGS = 2
LAPSES_FROM = {EventKind.LAPSED: State.HANDLED, EventKind.RETURNED: State.PASSED_ON}
LAPSES_FROM |= {EventKind.MISSED: State.PLANNED, EventKind.RETAKEN: State.WITHDRAWN}


def _may_happen(axes: Axes) -> set[EventKind]:
    """Every event that the rules allow now, whoever brings it about."""
    kinds = {EVENT_OF[action] for action in EVENT_OF if can_act(axes, action)}
    if axes.work is Work.REFUSED and EventKind.REFUSED in kinds:
        kinds = kinds - {EventKind.REFUSED} | {EventKind.REFUSED_AGAIN}
    if can_act(axes, Action.CHECK):
        kinds |= {EventKind.CHECKED, EventKind.CHECKED_NOT_GOOD}
    if can_act(axes, Action.UNMERGE):
        kinds.add(EventKind.UNMERGED)
    if axes.file is File.PUBLIC:
        kinds |= {EventKind.MERGED, EventKind.WITHDRAWN, EventKind.REMOVED}
    for says in Says:
        if hear(axes.state, says) is Hearing.HERE:
            kinds |= {event_of_voice(says, speaker) for speaker in Speaker}
    return kinds | {kind for kind, state in LAPSES_FROM.items() if axes.state is state}


def _list_private_routes() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(secret="0" * 32, media_dir=Path(folder), background_url="")
        app = create_app(settings, engine=make_engine("postgresql:///nothing"))
    permissions = app.extensions[KEY].permissions
    rows = sorted(
        f"| `{rule.rule}` | {method} | `{permissions[rule.endpoint]}` |"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if Role.ANONYMOUS not in POLICY[permissions[rule.endpoint]]
    )
    return [
        "Addresses that are not everybody's:",
        "",
        "| address | | demands |",
        "|---|---|---|",
        *rows,
    ]


def _join(roles: Iterable[Role]) -> str:
    return ", ".join(sorted(roles))


def draw_house() -> str:
    """The rooms as a table, outermost first, from the import contract and the rooms' own plates."""
    with (PROJECT_DIR / "pyproject.toml").open("rb") as stream:
        contracts = tomllib.load(stream)["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c["name"] == "arrows go one way")
    rooms = [room.strip() for layer in layers for room in layer.split("|")]
    lines = ["| room | what lives there | files |", "|---|---|---|"]
    return "\n".join([*lines, *(_describe_room(room) for room in rooms)]) + "\n"


def _describe_room(room: str) -> str:
    folder = PROJECT_DIR / "geoapp" / room
    plate = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    told = (ast.get_docstring(ast.parse(plate.read_text(encoding="utf-8"))) or "").split("\n\n")[0]
    files = sorted(file.stem for file in folder.glob("*.py") if file != plate)
    names = ", ".join(f"`{name}`" for name in files)
    return f"| `{room}` | {' '.join(told.split())} | {names} |"


def put_house(text: str) -> str:
    """A README with the table of rooms between its two marks."""
    before, _, rest = text.partition(HOUSE_BEGINS)
    return before + HOUSE_BEGINS + "\n" + draw_house() + HOUSE_ENDS + rest.partition(HOUSE_ENDS)[2]


def _dump_own_schema() -> str:
    name = f"geoapp_approve_{os.getpid()}"
    start_cluster(PROJECT_DIR, say=click.echo, owner_pid=os.getpid())
    try:
        create_database(PROJECT_DIR, name)
        url = find_cluster(PROJECT_DIR).url_for(name)
        engine = make_engine(url)
        migrate(engine, metadata())
        engine.dispose()
        return dump_schema(url)
    finally:
        drop_database(PROJECT_DIR, name)
        release_cluster(PROJECT_DIR, owner_pid=os.getpid())


def main() -> None:
    """Write the approved files."""
    APPROVED_DIR.mkdir(exist_ok=True)
    for path, content in (
        (SCHEMA, _dump_own_schema()),
        (PUBLISHED_FIELDS, list_published_fields()),
        (PERMISSIONS, describe_permissions()),
        (LIFE, describe_life()),
        (README, put_house(README.read_text(encoding="utf-8"))),
    ):
        path.write_text(content, encoding="utf-8")
        click.echo(f"Written: {path}")


if __name__ == "__main__":
    main()
