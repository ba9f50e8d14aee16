"""The demo's content: each place's own files, then its examples. A second time does nothing."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.areas.tables import OrganicArea
from geoapp.care.actions import refresh_districts
from geoapp.districts.queries import Place, get_district
from geoapp.districts.tables import District
from geoapp.exchange.examples import load_examples
from geoapp.exchange.importing import import_file
from geoapp.platforms.tables import Platform
from geoapp.sealing import Sealer

Say = Callable[[str], None]


def load_demo(
    session: Session, *, data_dir: Path, sealer: Sealer, now: datetime, say: Say
) -> list[tuple[str, str]]:
    """Load what `data/demo.json` lists, unless it is there; returns links as (words, path)."""
    plan = json.loads((data_dir / "demo.json").read_text(encoding="utf-8"))
    for step in plan:
        if session.scalar(select(District.id).where(District.slug == step["district"])):
            continue
        for file in step["files"]:
            imported = import_file(
                session, data_dir / file["file"], layout_name=file["as"], say=say
            )
            for line in imported.lines():
                say(f"  {line}")
        say("examples, each marked as one")
        load_examples(
            session,
            folder=data_dir / step["examples"],
            district=step["district"],
            sealer=sealer,
            now=now,
        )
        refresh_districts(session, now=now)
    first, *others = [get_district(session, slug=step["district"]) for step in plan]
    return [
        ("the map", "/"),
        *[(f"the map of {place.name}", f"/?district={place.slug}") for place in others],
        *[("a platform", f"/platforms/{slug}") for slug in _first(session, Platform, first)],
        *[("a neighbourhood", f"/areas/{slug}") for slug in _first(session, OrganicArea, first)],
    ]


def _first(
    session: Session, table: type[Platform] | type[OrganicArea], place: Place
) -> Sequence[str]:
    own = select(table.slug).where(table.district_id == place.id)
    return session.scalars(own.order_by(table.slug).limit(1)).all()
