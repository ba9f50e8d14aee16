"""The report form: where, then what; the same two pages with JavaScript and without."""

import contextlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.assets.queries import AssetFacts, assets_near, get_asset
from geoapp.catalogue import SYMBOL_OF_CATEGORY
from geoapp.coverage.queries import Spot, describe_spot
from geoapp.db.codes import read_code
from geoapp.defects.rules import Category
from geoapp.districts.queries import find_district_at
from geoapp.edge import (
    Route,
    count_refusals,
    latest_today,
    open_session,
    read_form,
    read_place,
    read_uploads,
    sender_subject,
    wiring,
)
from geoapp.errors import Conflict, Invalid, NotAllowed, NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.intake.actions import (
    Photos,
    Receipt,
    Sender,
    find_receipt,
    list_addressees,
    make_outside_error,
    take_report,
)
from geoapp.intake.rules import (
    MOST_PICTURES,
    PICTURES,
    check_report,
    list_fitting,
    make_secret,
)
from geoapp.people.queries import Party, answer_days_of
from geoapp.people.rules import Permission
from geoapp.refusals import find_refusal
from geoapp.web import words
from geoapp.web.errors import say_at_fields, say_error
from geoapp.web.forms import HONEYPOT, TOKEN, bind_key, check_token, form_token
from geoapp.web.home import (
    View,
    find_links,
    map_config,
    open_map_page,
    read_view,
)
from geoapp.web.language import gettext, page_language
from geoapp.web.neighbourhoods import join_names
from geoapp.web.page import Page, open_page, render
from geoapp.web.security import keep_private

AROUND_M, MOST_AROUND = 600, 12
MOST_NAMES = 2
OWN_FIELDS = {"key", TOKEN, HONEYPOT}


@dataclass(frozen=True)
class Where:
    """The place a form is about: its pin, the asset that was named, and how to say it."""

    lon: float
    lat: float
    asset: AssetFacts | None
    spot: Spot


def show_report() -> str:
    """Step 1, where; with a place or an asset in the address, step 2, what."""
    with open_session() as session:
        where = _read_where(session, request.args)
        page = _page_of(session, where)
        if where is None:
            return _show_where(session, page)
        if where.asset is None and find_district_at(session, lon=where.lon, lat=where.lat) is None:
            outside = make_outside_error(session, lon=where.lon, lat=where.lat)
            return _show_where(session, page, problems=[outside])
        # A key comes from our own form alone: one in a link would be everybody's.
        values = {name: words for name, words in request.args.items() if name not in OWN_FIELDS}
        return _show_what(session, page, where, values=values)


def show_report_place() -> str:
    """How a spot is read back in words, and what is near: a part of step 1."""
    lon, lat = read_place(request.args.get("lat"), request.args.get("lon"))
    with open_session() as session:
        place = find_district_at(session, lon=lon, lat=lat)
        page = open_page(session, district=place.slug if place else None)
        spot = describe_spot(session, lon=lon, lat=lat)
    return render(
        "_spot.html",
        page,
        said=say_spot(spot),
        near=spot.near,
        is_inside=place is not None,
        lat=lat,
        lon=lon,
    )


def post_report() -> tuple[str, int, Mapping[str, str]] | Response:
    """Store the report and go to its page; what is wrong comes back at its field."""
    try:
        with count_refusals():
            receipt = _take()
    except (Invalid, Conflict, NotAllowed) as error:
        refusal = find_refusal(error)
        return (*_show_again(error.problems, refusal.status), refusal.headers)
    response = redirect(_own_url(receipt), 303)
    return keep_private(response)


def _own_url(receipt: Receipt) -> str:
    secret = make_secret(wiring().settings.secret, receipt.defect_id, receipt.secret_version)
    return url_for("web.show_defect", code=receipt.code, secret=secret, new=1)


def say_spot(spot: Spot) -> str:
    """A place in words: the nearest thing, and the neighbourhood."""
    area = join_names(spot.organic[:MOST_NAMES]) or spot.buurt
    if spot.thing is not None and area is not None:
        return gettext("At %(thing)s, in %(area)s", thing=spot.thing.name, area=area)
    if spot.thing is not None:
        return gettext("At %(thing)s", thing=spot.thing.name)
    if area is not None:
        return gettext("In %(area)s", area=area)
    return gettext("Outside every neighbourhood we know")


def _take() -> Receipt:
    check_token()
    values = read_form()
    key = bind_key(str(values.get("key", "")))
    fields = {name: value for name, value in values.items() if name not in OWN_FIELDS}
    now = wiring().clock()
    draft = check_report(fields, today=latest_today())
    pictures = read_uploads(PICTURES)
    photos = Photos(pictures["photos"], pictures["city_photo"], wiring().store)
    sender = Sender(sender_subject(), key, page_language(), wiring().sealer)
    with open_session() as session:
        return take_report(session, draft=draft, photos=photos, sender=sender, now=now)


def _show_again(problems: Sequence[Any], status: int) -> tuple[str, int]:
    with open_session() as session:
        where = _read_given_place(session)
        page = _page_of(session, where)
        if where is None:
            return _show_where(session, page, problems=problems, values=request.form), status
        return _show_what(session, page, where, values=request.form, problems=problems), status


def _read_given_place(session: Session) -> Where | None:
    """Where the form says it is: the pin, else the asset. One that was chosen stays a choice."""
    given = {name: words for name, words in request.form.items() if "\x00" not in words}
    for names in (("lat", "lon"), ("asset",)):
        with contextlib.suppress(Invalid, NotFound):
            where = _read_where(session, {name: given.get(name, "") for name in names})
            if where is not None:
                return where
    return None


def _page_of(session: Session, where: Where | None) -> Page:
    if where is None:
        return open_map_page(session)
    place = find_district_at(session, lon=where.lon, lat=where.lat)
    named = where.asset.district if where.asset else None
    return open_page(session, district=place.slug if place else named)


def _read_where(session: Session, values: Mapping[str, str]) -> Where | None:
    code = read_code(values.get("asset", ""))
    asset = get_asset(session, code=code) if code else None
    if values.get("lat") or values.get("lon"):
        lon, lat = read_place(values.get("lat"), values.get("lon"))
    elif asset is not None:
        lon, lat = asset.lon, asset.lat
    else:
        return None
    return Where(lon, lat, asset, describe_spot(session, lon=lon, lat=lat))


def _show_where(
    session: Session,
    page: Page,
    *,
    problems: Sequence[Any] = (),
    values: Mapping[str, str] | None = None,
) -> str:
    searched = request.args.get("q", "")
    view = read_view(session, page)
    return render(
        "report_where.html",
        page,
        searched=searched,
        found=find_links(session, page, searched) if searched else None,
        around=_find_around(session, view) if "at" in request.args else None,
        config=map_config(page, view),
        problems=[say_error(problem) for problem in problems],
        kept=dict(values or {}),
        sprite=sprite_svg(),
    )


@dataclass(frozen=True)
class Around:
    """Without a live map: the things near the place that was searched for, or the place itself."""

    things: list[AssetFacts]
    said: str
    url: str


def _find_around(session: Session, view: View) -> Around:
    spot = describe_spot(session, lon=view.lon, lat=view.lat)
    return Around(
        things=assets_near(
            session, lon=view.lon, lat=view.lat, radius_m=AROUND_M, limit=MOST_AROUND
        ),
        said=say_spot(spot),
        url=url_for("web.show_report", lat=f"{view.lat:.6f}", lon=f"{view.lon:.6f}"),
    )


def _show_what(
    session: Session,
    page: Page,
    where: Where,
    *,
    values: Mapping[str, str],
    problems: Sequence[Any] = (),
) -> str:
    addressees = list_addressees(
        session,
        place=page.place,
        lon=where.lon,
        lat=where.lat,
        asset=where.asset,
        today=page.today,
    )
    own_days = answer_days_of(session, organisation_ids={one for one, _ in addressees.values()})
    at_field = say_at_fields(problems)
    return render(
        "report_what.html",
        page,
        where=where,
        said=where.asset.name if where.asset else say_spot(where.spot),
        categories=[
            (
                category.value,
                SYMBOL_OF_CATEGORY[category],
                words.CATEGORIES[category],
                _make_addressee(
                    addressees[category][1],
                    days=own_days.get(addressees[category][0], page.place.answer_days),
                    today=page.today,
                ),
            )
            for category in Category
        ],
        values=values,
        sent_url=_sent_url(session, problems),
        move_url=url_for("web.show_report", at=f"{where.lat:.5f},{where.lon:.5f},18"),
        told_on=_day_of(values.get("city_reported_on", "")),
        problems=at_field,
        key=_key_of(values, at_field),
        fits={thing.code: " ".join(list_fitting(thing.kind)) for thing in where.spot.near},
        token=form_token(),
        token_name=TOKEN,
        honeypot=HONEYPOT,
        most_pictures=MOST_PICTURES,
        sprite=sprite_svg(),
    )


@dataclass(frozen=True)
class Addressee:
    """Whom a report goes to first: whether they take part, and the day by which they answer;
    empty where none is promised."""

    slug: str
    name: str
    part: str
    answer_by: str
    is_example: bool


def _make_addressee(party: Party, *, days: int, today: date) -> Addressee:
    answers = party.reads_along and not party.is_volunteer
    return Addressee(
        slug=party.slug,
        name=party.name,
        part=words.say_part(reads_along=party.reads_along, is_mailed=party.is_mailed),
        answer_by=words.say_day(today + timedelta(days=days), today=today) if answers else "",
        is_example=party.is_example,
    )


def _sent_url(session: Session, problems: Sequence[Any]) -> str:
    """The own link of what this visitor's key had stored before, where that is the problem."""
    for problem in problems:
        if problem.values.get("outcome"):
            return _own_url(find_receipt(session, code=problem.values["outcome"]))
    return ""


def _day_of(words: str) -> str:
    """The day as the field takes it; what is none stays out of it, the problem names it."""
    try:
        return date.fromisoformat(words).isoformat()
    except ValueError:
        return ""


def _key_of(values: Mapping[str, str], problems: Mapping[str, str]) -> str:
    """The key the form came with; a new one where that was used for something else, or is none."""
    return ("" if "key" in problems else values.get("key", "")) or str(uuid.uuid4())


ROUTES = (
    Route("/report", show_report, Permission.SEE_PUBLIC),
    Route("/report/place", show_report_place, Permission.SEE_PUBLIC),
    Route("/report", post_report, Permission.REPORT, methods=("POST",)),
)
