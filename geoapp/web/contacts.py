"""Whom to call: about a place, a theme or a thing; for everybody with role and mandate, and with
who it is today for those they work with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, doer_of
from geoapp.areas.queries import (
    Area,
    ContactFacts,
    area_shape,
    areas_at,
    contacts_of_areas,
    find_names,
    get_area,
)
from geoapp.areas.rules import Level, Theme
from geoapp.assets.queries import AssetFacts, duties_of, get_asset
from geoapp.db.codes import read_code
from geoapp.districts.queries import list_districts
from geoapp.edge import Route, open_session, read_place, today_in, wiring
from geoapp.errors import Invalid, NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.ledger.chain import Thing
from geoapp.people.actions import check_contact
from geoapp.people.queries import (
    ContactPersons,
    get_contact_by_id,
    get_desk,
    persons_of_contacts,
)
from geoapp.people.rules import Permission, Subject, is_stale
from geoapp.web import people_words, words
from geoapp.web.cards import make_keepers
from geoapp.web.errors import say_error
from geoapp.web.forms import check_form, form_token
from geoapp.web.language import gettext
from geoapp.web.page import Page, open_page, render

# From small to wide; a neighbourhood as residents call it has no level.
WIDTHS: dict[Level | None, int] = {Level.BUURT: 0, None: 1, Level.WIJK: 2, Level.GEBIED: 3}


@dataclass(frozen=True)
class ContactCard:
    """A contact in the reader's words; `old` says that nobody has checked it for long. `persons`
    and `check_url` are on the pages of those they work with alone."""

    role: str
    organisation: str
    mandate: str
    where: str
    reach: str
    is_example: bool
    old: str = ""
    persons: ContactPersons | None = None
    check_url: str = ""


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
    contacts: Sequence[ContactFacts],
    *,
    today: date,
    persons: Mapping[UUID, ContactPersons] | None = None,
) -> list[ContactGroup]:
    """A to Z by theme in the reader's language; those for everything come last."""
    by_title = sorted((str(said), theme) for theme, said in words.THEMES.items())
    titles: list[tuple[str, Theme | None]] = [*by_title, (gettext("About everything"), None)]
    groups = [
        ContactGroup(
            title,
            [
                make_contact(one, today=today, persons=persons)
                for one in contacts
                if one.theme is theme
            ],
        )
        for title, theme in titles
    ]
    return [group for group in groups if group.cards]


def make_contact(
    contact: ContactFacts,
    *,
    today: date,
    persons: Mapping[UUID, ContactPersons] | None = None,
) -> ContactCard:
    """A contact in the reader's words."""
    is_old = is_stale(contact.checked_on, today)
    return ContactCard(
        role=contact.role_name,
        organisation=contact.organisation.name,
        mandate=str(people_words.MANDATES[contact.mandate]),
        where=contact.area.name if contact.area else gettext("the whole district"),
        reach=contact.how_to_reach,
        is_example=contact.is_example,
        old=gettext(
            "Nobody has said since %(day)s that this is right.",
            day=words.say_day(contact.checked_on),
        )
        if is_old
        else "",
        persons=None if persons is None else persons.get(contact.id),
        check_url=url_for("web.post_contact_checked", contact_id=contact.id)
        if persons is not None and is_old
        else "",
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
        contacts=group_contacts(contacts, today=page.today, persons=persons),
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


def post_contact_checked(contact_id: UUID) -> Response:
    """Say that a contact is right as it stands: one tap by whoever works there."""
    with open_session() as session:
        contact = get_contact_by_id(session, contact_id=contact_id)
        held = frozenset({contact.organisation_id})
        thing = Thing("organisation", contact.organisation_id)
        seat = check_subject(Subject(contact.district_id, organisation_ids=held), thing=thing)
        check_form()
        place = next(one for one in list_districts(session) if one.id == contact.district_id)
        check_contact(
            session,
            contact=contact,
            today=today_in(place.time_zone),
            doer=doer_of(seat),
            now=wiring().clock(),
        )
    slug = request.form.get("area", "")
    to = url_for("web.show_contacts", slug=slug) if slug else url_for("web.show_whom")
    return redirect(to, 303)


# -- About a place, a theme, a thing -------------------------------------------------------------


def show_whom() -> str:
    """Whom to call about a place, a theme or a thing; there is always somebody."""
    problem = ""
    with open_session() as session:
        asset = _read_asset(session)
        page = open_page(session, district=asset.district if asset else None)
        theme = _read_theme()
        try:
            spot = _read_spot(session, page, asset)
        except Invalid as error:
            spot, problem = None, say_error(error)
        areas = areas_at(session, lon=spot.lon, lat=spot.lat) if spot else []
        found = contacts_of_areas(session, district_id=page.place.id, areas=areas, theme=theme)
        duties = (
            duties_of(session, asset_ids=[asset.id], today=page.today).get(asset.id, [])
            if asset
            else []
        )
        desk = get_desk(session, district_id=page.place.id).party
    return render(
        "whom.html",
        page,
        asset=asset,
        spot=spot,
        problem=problem,
        asked=request.args.get("from", ""),
        theme=theme,
        themes=_list_themes(theme),
        keepers=make_keepers(duties),
        contacts=group_contacts(found, today=page.today) if theme is None else [],
        found=[make_contact(one, today=page.today) for one in found] if theme else [],
        desk=desk,
        persons_url=_persons_url(areas),
        sprite=sprite_svg(("brand", "search")),
    )


@dataclass(frozen=True)
class Spot:
    """Where somebody asks about: lon/lat, and what it is called."""

    lon: float
    lat: float
    name: str


def _read_asset(session: Session) -> AssetFacts | None:
    code = request.args.get("asset", "")
    return get_asset(session, code=read_code(code)) if code else None


def _read_theme() -> Theme | None:
    """The theme asked for; None: whatever it is.

    Raises:
        NotFound: there is no such theme.
    """
    told = request.args.get("theme", "")
    if told and told not in set(Theme):
        raise NotFound("This page is not here. Perhaps the address has a typing error.")
    return Theme(told) if told else None


def _read_spot(session: Session, page: Page, asset: AssetFacts | None) -> Spot | None:
    """Where it is about; None: the whole district.

    Raises:
        Invalid: no place, or there is none of this name.
    """
    if asset is not None:
        return Spot(asset.lon, asset.lat, asset.name)
    if request.args.get("at"):
        lat, _, lon = request.args["at"].partition(",")
        return Spot(*read_place(lat, lon), gettext("this spot"))
    named = request.args.get("from", "").strip()
    if not named:
        return None
    found = find_names(session, words=named, district_id=page.place.id, limit=1)
    if not found:
        raise Invalid('Nothing found for "{words}". Try a shorter name.', words=named[:80])
    west, south, east, north = found[0].bounds
    return Spot((west + east) / 2, (south + north) / 2, found[0].name)


def _list_themes(current: Theme | None) -> list[tuple[str, str, bool]]:
    """Each theme with its address, A to Z, and that of all of them first."""
    asked: dict[str, Any] = {
        name: request.args[name] for name in ("asset", "at", "from") if request.args.get(name)
    }
    by_words = sorted((str(said), theme) for theme, said in words.THEMES.items())
    every: list[tuple[str, Theme | None]] = [(gettext("Everything"), None), *by_words]
    return [
        (said, url_for("web.show_whom", **asked, theme=theme and theme.value), theme is current)
        for said, theme in every
    ]


def _persons_url(areas: Sequence[Area]) -> str:
    """Where those who work here see who it is today."""
    narrow = sorted(areas, key=lambda area: WIDTHS[area.level])
    return url_for("web.show_contacts", slug=narrow[0].slug) if narrow else ""


ROUTES = (
    Route("/contacts", show_whom, Permission.SEE_PUBLIC),
    Route("/areas/<slug>/contacts", show_contacts, Permission.SEE_CONTACT_PERSONS),
    Route(
        "/contacts/<uuid:contact_id>/checked",
        post_contact_checked,
        Permission.KEEP_CONTACT,
        ("POST",),
    ),
)
