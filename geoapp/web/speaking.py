"""Who speaks for an area: the platforms that are active there, and its district."""

from flask import url_for
from sqlalchemy.orm import Session

from geoapp.actors import check_subject
from geoapp.areas.queries import Area, get_area
from geoapp.claims.queries import thing_of
from geoapp.inspections.actions import Hand
from geoapp.people.queries import get_desk
from geoapp.people.rules import Subject
from geoapp.platforms.queries import platforms_speaking_for
from geoapp.web.hands import make_hand


def open_ground(session: Session, slug: str) -> tuple[Area, Hand]:
    """An area, for those who may say of it what this address is for.

    Raises:
        NotFound: there is no such area.
        NotAllowed: they may not.
    """
    area = get_area(session, slug=slug)
    active = platforms_speaking_for(session, area=area)
    subject = Subject(
        district_id=area.district_id,
        organisation_ids=frozenset(platform.organisation_id for platform in active),
    )
    seat = check_subject(subject, thing=thing_of(area))
    return area, make_hand(session, seat, subject)


def list_speakers(session: Session, area: Area) -> list[tuple[str, str]]:
    """Name and page of the platforms that are active there, then the district, without a page."""
    active = platforms_speaking_for(session, area=area)
    desk = get_desk(session, district_id=area.district_id).party
    return [
        *((one.name, url_for("web.show_platform", slug=one.slug)) for one in active),
        (desk.name, ""),
    ]
