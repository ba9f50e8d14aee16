"""Whom to call: for everybody with role and mandate, and with who it is today for those they work
with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import url_for
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from geoapp.actors import check_subject
from geoapp.areas.queries import (
    Area,
    ContactFacts,
    area_shape,
    areas_at,
    contacts_of_areas,
    get_area,
)
from geoapp.areas.rules import Level, Theme
from geoapp.edge import Route, open_session
from geoapp.geo.symbol import sprite_svg
from geoapp.people.queries import ContactPersons, persons_of_contacts
from geoapp.people.rules import Permission, Subject
from geoapp.web import people_words, words
from geoapp.web.language import gettext
from geoapp.web.page import open_page, render

# From small to wide; a neighbourhood as residents call it has no level.
WIDTHS: dict[Level | None, int] = {Level.BUURT: 0, None: 1, Level.WIJK: 2, Level.GEBIED: 3}


@dataclass(frozen=True)
class ContactCard:
    """A contact in the reader's words; `persons` on the pages of those they work with alone."""

    role: str
    organisation: str
    mandate: str
    where: str
    reach: str
    is_example: bool
    persons: ContactPersons | None = None


@dataclass(frozen=True)
class ContactGroup:
    """Whom to call about one theme."""

    title: str
    cards: list[ContactCard]


def areas_around(session: Session, area: Area, shape: BaseGeometry) -> list[Area]:
    """The other areas that hold the middle of this one."""
    middle = shape.representative_point()
    found = areas_at(session, lon=middle.x, lat=middle.y)
    return [other for other in found if other.slug != area.slug]


def contacts_of_area(session: Session, area: Area, around: Iterable[Area]) -> list[ContactFacts]:
    """Whom to call in an area: its own contacts, those of wider areas that hold its middle, and
    those of the whole district."""
    wider = [other for other in around if WIDTHS[other.level] > WIDTHS[area.level]]
    return contacts_of_areas(session, district_id=area.district_id, areas=[area, *wider])


def group_contacts(
    contacts: Sequence[ContactFacts], persons: Mapping[UUID, ContactPersons] | None = None
) -> list[ContactGroup]:
    """A to Z by theme in the reader's language; those for everything come last."""
    by_title = sorted((str(said), theme) for theme, said in words.THEMES.items())
    titles: list[tuple[str, Theme | None]] = [*by_title, (gettext("About everything"), None)]
    groups = [
        ContactGroup(title, [_to_card(one, persons) for one in contacts if one.theme is theme])
        for title, theme in titles
    ]
    return [group for group in groups if group.cards]


def _to_card(contact: ContactFacts, persons: Mapping[UUID, ContactPersons] | None) -> ContactCard:
    return ContactCard(
        role=contact.role_name,
        organisation=contact.organisation.name,
        mandate=str(people_words.MANDATES[contact.mandate]),
        where=contact.area.name if contact.area else gettext("the whole district"),
        reach=contact.how_to_reach,
        is_example=contact.is_example,
        persons=None if persons is None else persons.get(contact.id),
    )


def show_contacts(slug: str) -> str:
    """Whom to call in an area, with who it is today and who stands in."""
    with open_session() as session:
        area = get_area(session, slug=slug)
        check_subject(Subject(district_id=area.district_id))
        page = open_page(session, district=area.district)
        around = areas_around(session, area, area_shape(session, area=area))
        contacts = contacts_of_area(session, area, around)
        persons = persons_of_contacts(session, contact_ids={one.id for one in contacts})
    return render(
        "contacts.html",
        page,
        area=area,
        back_url=url_for("web.show_area", slug=area.slug),
        contacts=group_contacts(contacts, persons),
        sprite=sprite_svg(("brand",)),
    )


ROUTES = (Route("/areas/<slug>/contacts", show_contacts, Permission.SEE_CONTACT_PERSONS),)
