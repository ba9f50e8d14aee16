"""What changes paths: a file brings all of a district's, as a version beside those before it."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date

import shapely
from shapely import LineString
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from geoapp.db.changes import Change
from geoapp.geo.crs import LONLAT
from geoapp.walking.tables import WalkingLine, WalkingNetwork

AT_ONCE = 5_000


@dataclass(frozen=True)
class NetworkDraft:
    """What a network is said to be; `digest` is that of its file and of what is said of it."""

    max_snap_m: int
    source: str
    licence: str
    source_on: date | None
    digest: str
    is_example: bool


@dataclass(frozen=True)
class LineDraft:
    """A path (lon/lat), and the bands of norms that cannot go along it."""

    shape: LineString
    barred: tuple[str, ...]


def put_network(
    session: Session, *, district_id: uuid.UUID, draft: NetworkDraft, lines: Sequence[LineDraft]
) -> Change:
    """Keep the paths of a district as a new version; ask `is_newest` first."""
    newest = _find_newest(session, district_id)
    version = newest.version + 1 if newest else 1
    network = WalkingNetwork(district_id=district_id, version=version, **asdict(draft))
    session.add(network)
    session.flush()
    for portion in _portions(lines):
        session.execute(insert(WalkingLine), _to_rows(network.id, *portion))
    return Change.NEW if newest is None else Change.CHANGED


def is_newest(session: Session, *, district_id: uuid.UUID, digest: str) -> bool:
    """Whether the paths that count are those of this file already."""
    newest = _find_newest(session, district_id)
    return newest is not None and newest.digest == digest


def _find_newest(session: Session, district_id: uuid.UUID) -> WalkingNetwork | None:
    return session.scalar(
        select(WalkingNetwork)
        .where(WalkingNetwork.district_id == district_id)
        .order_by(WalkingNetwork.version.desc())
        .limit(1)
    )


def _portions(lines: Sequence[LineDraft]) -> Iterator[tuple[int, Sequence[LineDraft]]]:
    for start in range(0, len(lines), AT_ONCE):
        yield start, lines[start : start + AT_ONCE]


def _to_rows(
    network_id: uuid.UUID, start: int, lines: Sequence[LineDraft]
) -> list[dict[str, object]]:
    # As words, all at once: a WKB element is taken apart and written anew, one by one.
    written = shapely.to_wkt([line.shape for line in lines], rounding_precision=-1)
    return [
        {
            "network_id": network_id,
            "position": position,
            "barred": list(line.barred),
            "geom": f"SRID={LONLAT};{words}",
        }
        for position, (line, words) in enumerate(zip(lines, written, strict=True), start=start)
    ]


def remove_example_networks(session: Session) -> None:
    """Take away every example network."""
    session.execute(delete(WalkingNetwork).where(WalkingNetwork.is_example))
