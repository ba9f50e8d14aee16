"""What an organisation keeps: the list that its people work from."""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from flask import request, url_for
from sqlalchemy.orm import Session

from geoapp.actors import check_subject, current_actor
from geoapp.assets.queries import AssetFacts, Duty, duties_of, managed_subject
from geoapp.assets.rules import Kind, PhysicalStatus
from geoapp.catalogue import SYMBOL_OF_KIND
from geoapp.defects.queries import count_open
from geoapp.districts.queries import list_districts
from geoapp.edge import Route, open_session
from geoapp.geo.symbol import sprite_svg
from geoapp.people.queries import get_organisation, parties_of
from geoapp.people.rules import POLICY, Actor, Permission, Subject, may
from geoapp.placing.queries import list_kept
from geoapp.web import words
from geoapp.web.language import Words, gettext, lazy_gettext, ngettext
from geoapp.web.page import open_page, render

MOST_AT_ONCE = 50
# What else is done from here, by the page's endpoint (its address has the organisation's `slug`).
WORK: tuple[tuple[str, Words, Permission], ...] = (
    ("web.show_round", lazy_gettext("Round: clean and safe"), Permission.LOOK_AFTER_ASSET),
    ("web.show_agreements", lazy_gettext("Agreements"), Permission.MANAGE_ASSET),
    (
        "web.show_unheld_of_organisation",
        lazy_gettext("Keys that nobody has"),
        Permission.MANAGE_ASSET,
    ),
    ("web.show_signs", lazy_gettext("Print signs"), Permission.LOOK_AFTER_ASSET),
)


@dataclass(frozen=True)
class Line:
    """A thing in the list."""

    url: str
    symbol: str
    name: str
    status: str
    is_there: bool
    last_seen: str
    does: str
    open_reports: str
    is_example: bool


@dataclass(frozen=True)
class Workplace:
    """An organisation whose things this person looks after."""

    url: str
    name: str


def show_kept_assets(slug: str) -> str:
    """All that an organisation owns or keeps, by name."""
    with open_session() as session:
        organisation = get_organisation(session, slug=slug)
        check_subject(Subject(organisation.district_id, frozenset({organisation.id})))
        place = next(p for p in list_districts(session) if p.id == organisation.district_id)
        page = open_page(session, district=place.slug)
        found = list_kept(
            session,
            organisation_id=organisation.id,
            today=page.today,
            after=_read_id(request.args.get("after", "")),
            limit=MOST_AT_ONCE,
        )
        ids = [asset.id for asset in found.assets]
        duties = duties_of(session, asset_ids=ids, today=page.today)
        counts = count_open(session, asset_ids=ids)
    subject = Subject(organisation.district_id, frozenset({organisation.id}))
    may_place = may(current_actor(), Permission.MANAGE_ASSET, subject)
    lines = [
        _make_line(asset, slug, duties.get(asset.id, []), counts.get(asset.id, 0), page.today)
        for asset in found.assets
    ]
    return render(
        "kept_assets.html",
        page,
        organisation=organisation,
        lines=lines,
        new_links=_list_new(slug, found.assets) if may_place else [],
        work=[
            (url_for(endpoint, slug=slug), said)
            for endpoint, said, permission in WORK
            if may(current_actor(), permission, subject)
        ],
        next_url=url_for("web.show_kept_assets", slug=slug, after=found.next_id)
        if found.next_id
        else "",
        is_first="after" not in request.args,
        sprite=sprite_svg(),
    )


def list_workplaces(session: Session, actor: Actor) -> list[Workplace]:
    """The organisations whose things this person looks after, by name."""
    granted = POLICY[Permission.LOOK_AFTER_ASSET]
    own = {seat.organisation_id for seat in actor.seats if seat.role in granted}
    ids = (own | actor.supported_ids) - {None}
    return [
        Workplace(url_for("web.show_kept_assets", slug=party.slug), party.name)
        for party in parties_of(session, organisation_ids=[one for one in ids if one])
    ]


def _make_line(
    asset: AssetFacts, slug: str, duties: Sequence[Duty], open_count: int, today: date
) -> Line:
    covers = [aspect for duty in duties if duty.keeper.slug == slug for aspect in duty.covers]
    is_owner = asset.owner is not None and asset.owner.slug == slug
    does = [gettext("owns it")] if is_owner else []
    seen = asset.last_seen_on
    subject = managed_subject(asset, duties)
    is_managed = may(current_actor(), Permission.MANAGE_ASSET, subject)
    return Line(
        # Who cleans or repairs it looks after it, and changes nothing of what it is.
        url=url_for("web.show_management" if is_managed else "web.show_asset", code=asset.code),
        symbol=SYMBOL_OF_KIND[asset.kind],
        name=asset.name,
        status=str(words.STATUSES[asset.physical_status]),
        is_there=asset.physical_status is PhysicalStatus.IN_USE,
        last_seen=words.say_day(seen, today=today) if seen else "",
        does=", ".join([*does, *(str(words.ASPECTS[one]) for one in dict.fromkeys(covers))]),
        open_reports=ngettext("%(num)s open report", "%(num)s open reports", open_count)
        if open_count
        else "",
        is_example=asset.is_example,
    )


def _list_new(slug: str, assets: Sequence[AssetFacts]) -> list[tuple[str, str, Words]]:
    """One way in for each kind; the map opens where they keep something already."""
    at = f"{assets[0].lat:.5f},{assets[0].lon:.5f},17" if assets else None
    return [
        (
            url_for("web.show_new", organisation=slug, kind=kind.value, at=at),
            SYMBOL_OF_KIND[kind],
            words.KINDS[kind],
        )
        for kind in Kind
    ]


def _read_id(words_of_id: str) -> uuid.UUID | None:
    """Where the list goes on; its beginning where that is nowhere."""
    with suppress(ValueError):
        return uuid.UUID(words_of_id)
    return None


ROUTES = (Route("/organisations/<slug>/assets", show_kept_assets, Permission.LOOK_AFTER_ASSET),)
