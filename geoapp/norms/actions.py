"""What changes norms: a version that a file brings, and what an area has agreed on for itself."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from geoapp.areas.actions import make_area_ids
from geoapp.areas.queries import Area
from geoapp.areas.tables import OrganicArea
from geoapp.claims.queries import thing_of
from geoapp.db.changes import Change
from geoapp.districts.tables import District
from geoapp.errors import Invalid, NotFound
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Doer
from geoapp.norms.rules import BandDraft, NormDraft
from geoapp.norms.tables import AreaNorm, Norm, NormBand
from geoapp.people.queries import is_invented
from geoapp.people.tables import Organisation

# A number of our own for the database's advisory locks: one change of an area's own at a time.
LOCK = 4_150_031

# -- Norms -----------------------------------------------------------------------------------------


def put_norm(
    session: Session, *, district_id: uuid.UUID, draft: NormDraft, is_example: bool
) -> Change:
    """Let a version of a norm hold in a district from its day on; the ones before it stay.

    Raises:
        Invalid: a version that is known already says something else, or this one is older.
    """
    rows = session.scalars(
        select(Norm).where(Norm.district_id == district_id, Norm.code == draft.code)
    )
    known = {row.version: row for row in rows}
    said = {name: value for name, value in asdict(draft).items() if name != "bands"}
    bands = _write_bands(draft.bands)
    same = known.get(draft.version)
    if same is not None:
        differs = any(getattr(same, name) != value for name, value in said.items())
        if differs or _read_bands(session, same) != bands:
            raise Invalid(
                "Version {version} is there and says something else: give it a new number.",
                field="version",
                version=draft.version,
            )
        return Change.SAME
    if draft.version < max(known, default=0):
        raise Invalid("A newer version is there: give this one a higher number.", field="version")
    norm = Norm(district_id=district_id, is_example=is_example, **said)
    session.add(norm)
    session.flush()
    session.add_all(NormBand(norm_id=norm.id, **band) for band in bands)
    session.flush()
    return Change.NEW


def _write_bands(bands: Sequence[BandDraft]) -> list[dict[str, Any]]:
    return [{"position": position, **asdict(band)} for position, band in enumerate(bands)]


def _read_bands(session: Session, norm: Norm) -> list[Mapping[str, Any]]:
    mine = select(NormBand).where(NormBand.norm_id == norm.id).order_by(NormBand.position)
    names = ("position", "code", "name", "distance_m", "is_main")
    return [{name: getattr(band, name) for name in names} for band in session.scalars(mine)]


# -- An area's own ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """Whose word it is, who says it, and when."""

    organisation_id: uuid.UUID
    doer: Doer
    now: datetime


def set_own_norm(
    session: Session, *, area: Area, band: str | None, distance_m: int, note: str, by: Said
) -> None:
    """Let an area have its own distance for a band (None: everybody) from now on; the one before
    it ends. The same distance with the same note changes nothing."""
    before = _find_own(session, area, band)
    if before is not None and (before.distance_m, before.note) == (distance_m, note):
        return
    if before is not None:
        # Of two at once the later may have looked at its clock first.
        before.valid_to = max(by.now, before.valid_from)
        session.flush()
    session.add(
        AreaNorm(
            district_id=area.district_id,
            **make_area_ids(area, district_id=area.district_id),
            band=band,
            distance_m=distance_m,
            note=note,
            said_by_id=by.organisation_id,
            valid_from=by.now,
            is_example=area.is_example
            or _is_made_up(session, area)
            or is_invented(session, person_id=by.doer.person_id),
        )
    )
    session.flush()
    deed = Deed(
        "set_own_norm",
        before=_tell(before),
        after={"band": band or "", "distance_m": distance_m, "note": note},
    )
    record_change(session, thing=thing_of(area), doer=by.doer, deed=deed, now=by.now)


def end_own_norm(session: Session, *, area: Area, band: str | None, by: Said) -> None:
    """Let the district's norms count in an area again, for a band (None: everybody).

    Raises:
        NotFound: it has no distance of its own there.
    """
    own = _find_own(session, area, band)
    if own is None:
        raise NotFound("This neighbourhood has no distance of its own.")
    own.valid_to = max(by.now, own.valid_from)
    session.flush()
    deed = Deed("end_own_norm", before=_tell(own))
    record_change(session, thing=thing_of(area), doer=by.doer, deed=deed, now=by.now)


def _find_own(session: Session, area: Area, band: str | None) -> AreaNorm | None:
    """What is in force; nobody else changes it until the end."""
    # Not by a row: a first norm has none yet.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(area.id), LOCK))))
    mine = or_(AreaNorm.official_area_id == area.id, AreaNorm.organic_area_id == area.id)
    return session.scalar(
        select(AreaNorm)
        .where(mine, AreaNorm.band.is_not_distinct_from(band), AreaNorm.valid_to.is_(None))
        .execution_options(populate_existing=True)
    )


def _tell(norm: AreaNorm | None) -> dict[str, Any]:
    if norm is None:
        return {}
    return {"band": norm.band or "", "distance_m": norm.distance_m, "note": norm.note}


def _is_made_up(session: Session, area: Area) -> bool:
    return session.scalars(select(District.is_example).where(District.id == area.district_id)).one()


def remove_example_norms(session: Session) -> None:
    """Take away the norms of made-up districts, and what examples agreed on for themselves."""
    made_up = select(OrganicArea.id).where(OrganicArea.is_example)
    theirs = select(Organisation.id).where(Organisation.is_example)
    agreed = or_(
        AreaNorm.is_example,
        AreaNorm.organic_area_id.in_(made_up),
        AreaNorm.said_by_id.in_(theirs),
    )
    session.execute(delete(AreaNorm).where(agreed))
    session.execute(delete(Norm).where(Norm.is_example))
