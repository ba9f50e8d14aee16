"""Files of norms: how far is near, by version, with what the source says (JSON)."""

from pathlib import Path

from sqlalchemy.orm import Session

from geoapp.db.changes import Tally
from geoapp.exchange.layouts import Layout
from geoapp.exchange.rows import import_records
from geoapp.norms.actions import put_norm
from geoapp.norms.rules import read_norm


def import_norms(session: Session, path: Path, _layout: Layout) -> Tally:
    """Import norms, the oldest version of each first; one that names no `district` is for every
    district there is. A second time changes nothing, and a changed norm is a new version beside
    the one before it.

    Raises:
        Invalid: no JSON list, or rows are wrong.
    """
    return import_records(
        session,
        path,
        read=read_norm,
        name=lambda draft: f"{draft.code} | {draft.version}",
        put=put_norm,
    )
