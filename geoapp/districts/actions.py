"""Changes to districts."""

from dataclasses import asdict, dataclass, field
from typing import Any
from zoneinfo import available_timezones

from geoalchemy2.shape import from_shape
from shapely import MultiPolygon
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.config import check_map_address
from geoapp.db.changes import Change, update_row
from geoapp.districts.rules import MOST_DAYS, Kept, check_operator
from geoapp.districts.tables import District, Retention
from geoapp.errors import Invalid
from geoapp.geo.crs import LONLAT


@dataclass(frozen=True)
class DistrictDraft:
    """What makes a district; see the columns of the table."""

    slug: str
    name: str
    full_name: str
    metric_srid: int
    time_zone: str
    calendar: str
    languages: list[str]
    answer_days: int
    acceptance_days: int
    silence_days: int
    emergency: list[dict[str, object]]
    attribution: str
    search_example: str = ""
    contact_days: int = 90
    background_url: str = ""
    background_attribution: str = ""
    operator: dict[str, Any] = field(default_factory=dict)
    is_example: bool = False


def set_retention(session: Session, *, kind: Kept, days: int) -> None:
    """Keep a kind of thing for so many days from now on.

    Raises:
        Invalid: fewer than 1 or more than 3,660.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Invalid("Keep it for 1 to {most} days.", field="days", most=MOST_DAYS)
    session.execute(
        insert(Retention)
        .values(kind=kind, days=days)
        .on_conflict_do_update(index_elements=["kind"], set_={"days": days})
    )


def put_district(session: Session, *, draft: DistrictDraft) -> tuple[District, Change]:
    """Make the district, or bring the one of this slug up to date; says which.

    Raises:
        Invalid: the time zone is not known, an example is to be none any more (or the other way),
            the background map has no address or no owner, or a slot of the operator is wrong.
    """
    if draft.time_zone not in available_timezones():
        raise Invalid(
            "{zone} is no time zone: use a name such as Europe/Brussels.",
            field="time_zone",
            zone=draft.time_zone,
        )
    check_map_address("background_url", draft.background_url)
    if draft.background_url and not draft.background_attribution:
        raise Invalid(
            "Say in background_attribution whose background map it is.",
            field="background_attribution",
        )
    operator = check_operator(draft.operator, languages=draft.languages)
    values = {**asdict(draft), "operator": operator}
    district = session.scalar(select(District).where(District.slug == draft.slug))
    if district is None:
        district = District(**values)
        session.add(district)
        session.flush()
        return district, Change.NEW
    if district.is_example != draft.is_example:
        raise Invalid(
            "{slug} is known already and is_example cannot change: what was reported there is "
            "marked like it. Take another slug.",
            field="is_example",
            slug=draft.slug,
        )
    change = update_row(district, values)
    session.flush()
    return district, change


def set_bounds(session: Session, *, district: District, bounds: MultiPolygon) -> None:
    """Set where the district lies (lon/lat)."""
    district.bounds = from_shape(bounds, srid=LONLAT)
    session.flush()


def remove_example_districts(session: Session) -> int:
    """Take away every made-up district; whatever lies in one must be gone before."""
    gone = session.execute(delete(District).where(District.is_example).returning(District.id))
    return len(gone.all())
