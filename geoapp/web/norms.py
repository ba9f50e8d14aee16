"""How far is near: the norms of a district with what their sources say, and the distances that
areas have agreed on for themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.areas.queries import Area, get_area
from geoapp.db.text import say_in
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import GeoappError, Invalid, NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.norms.actions import Said, end_own_norm, set_own_norm
from geoapp.norms.queries import (
    NormFacts,
    OwnNorm,
    list_norm_versions,
    list_norms,
    own_norms_in,
    own_norms_of,
)
from geoapp.norms.rules import LEAST_M, MOST_M, MOST_NOTE_LETTERS, check_band, read_own_norm
from geoapp.people.rules import Permission
from geoapp.refusals import find_refusal
from geoapp.web import gap_words, words
from geoapp.web.errors import say_error
from geoapp.web.forms import Typed, check_form, form_token
from geoapp.web.language import gettext, page_language
from geoapp.web.page import Page, open_page, render
from geoapp.web.public_words import check_public
from geoapp.web.speaking import list_speakers, open_ground


@dataclass(frozen=True)
class NormCard:
    """A version of a norm in the reader's words; what its source says stays in its language."""

    code: str
    name: str
    owners: str
    version: int
    since: str
    stands: str
    is_in_force: bool
    source: str
    source_text: str
    source_language: str
    bands: list[tuple[str, str, str]]
    is_example: bool


@dataclass(frozen=True)
class OwnCard:
    """An area's own distance in the reader's words; `until` is empty while it counts."""

    area: str
    url: str
    band: str
    whom: str
    distance: str
    note: str
    who: str
    since: str
    until: str
    is_example: bool


def show_norms(slug: str) -> str:
    """Every norm of a district with its versions, and the own distances of areas."""
    with open_session() as session:
        page = open_page(session, district=slug)
        place_id = page.place.id
        newest = {
            (one.code, one.version)
            for one in list_norms(session, district_id=place_id, today=page.today)
        }
        cards = [
            _make_card(page, one, is_in_force=(one.code, one.version) in newest)
            for one in list_norm_versions(session, district_id=place_id)
        ]
        whom = _say_bands(session, page)
        own = [_make_own(page, one, whom) for one in own_norms_of(session, district_id=place_id)]
    return render(
        "norms.html",
        page,
        norms=[card for card in cards if card.is_in_force],
        others=[card for card in cards if not card.is_in_force],
        own=own,
        sprite=sprite_svg(("brand",)),
    )


def show_area_norm(slug: str) -> str:
    """The distances an area has, or had, for itself."""
    with open_session() as session:
        area = get_area(session, slug=slug)
        page = open_page(session, district=area.district)
        own = _list_own(session, page, area)
        who = list_speakers(session, area)
    return render(
        "area_norm.html",
        page,
        area=area,
        own=[card for card in own if not card.until],
        earlier=[card for card in own if card.until],
        who=who,
        is_kept="kept" in request.args,
        sprite=sprite_svg(("brand",)),
    )


def show_area_norm_edit(slug: str) -> str:
    """An area's own distance, as a form."""
    with open_session() as session:
        area, _ = open_ground(session, slug)
        return _show_edit(session, area, Typed())


def post_area_norm(slug: str) -> Response | tuple[str, int]:
    """Keep it, or take one away; what there was before stays in the history."""
    with open_session() as session:
        area, by = open_ground(session, slug)
        check_form()
        said = Said(by.organisation_id, by.doer, wiring().clock())
        typed = {name: request.form.get(name, "") for name in ("band", "metres", "note")}
        try:
            if request.form.get("remove") == "1":
                band = check_band(typed["band"], field="band") if typed["band"] else None
                end_own_norm(session, area=area, band=band, by=said)
            else:
                band, metres, note = read_own_norm(typed)
                _check_known_band(session, area, band)
                check_public({"note": note})
                set_own_norm(session, area=area, band=band, distance_m=metres, note=note, by=said)
        except (Invalid, NotFound) as error:
            return _show_wrong(session, area, typed, error)
    return redirect(url_for("web.show_area_norm", slug=area.slug, kept=1), 303)


def _check_known_band(session: Session, area: Area, band: str | None) -> None:
    page = open_page(session, district=area.district)
    if band is not None and band not in _say_bands(session, page):
        raise Invalid("Choose for whom it is from the list.", field="band")


def _say_bands(session: Session, page: Page) -> dict[str, str]:
    """For whom the norms of a district have a distance, by code; everybody is the first, whatever
    the norms call them."""
    languages = (page_language(), *page.place.languages)
    norms = list_norms(session, district_id=page.place.id, today=page.today)
    bands = [band for norm in norms for band in norm.bands]
    return {
        "": gettext("everybody"),
        **{band.code: say_in(band.name, languages) for band in bands if band.code != "all"},
    }


def _list_own(session: Session, page: Page, area: Area) -> list[OwnCard]:
    whom = _say_bands(session, page)
    return [_make_own(page, one, whom) for one in own_norms_in(session, area=area)]


def _make_own(page: Page, own: OwnNorm, whom: Mapping[str, str]) -> OwnCard:
    band = own.band or ""
    return OwnCard(
        area=own.name,
        url=url_for("web.show_area_norm", slug=own.slug),
        band=band,
        whom=whom.get(band, band),
        distance=gap_words.say_metres(own.distance_m),
        note=own.note,
        who=own.by,
        since=words.say_day(_day_of(page, own.since)),
        until=words.say_day(_day_of(page, own.until)) if own.until else "",
        is_example=own.is_example,
    )


def _day_of(page: Page, at: datetime) -> date:
    return at.astimezone(ZoneInfo(page.place.time_zone)).date()


def _make_card(page: Page, norm: NormFacts, *, is_in_force: bool) -> NormCard:
    languages = (page_language(), *page.place.languages)
    since = words.say_day(norm.starts_on)
    if norm.starts_on > page.today:
        stands = gettext("Counts from %(day)s on.", day=since)
    elif is_in_force:
        stands = gettext("In force since %(day)s.", day=since)
    else:
        stands = gettext("Was in force from %(day)s; a newer version counts now.", day=since)
    return NormCard(
        code=norm.code,
        name=say_in(norm.name, languages),
        owners=say_in(norm.owners, languages),
        version=norm.version,
        since=since,
        stands=stands,
        is_in_force=is_in_force,
        source=norm.source,
        source_text=norm.source_text,
        source_language=norm.source_language,
        bands=[
            (
                say_in(band.name, languages),
                gap_words.say_metres(band.distance_m),
                norm.code if band.is_main else f"{norm.code}:{band.code}",
            )
            for band in norm.bands
        ],
        is_example=norm.is_example,
    )


def _show_wrong(
    session: Session, area: Area, typed: Mapping[str, str], error: GeoappError
) -> tuple[str, int]:
    shown = Typed(typed, say_error(error), error.field or "")
    return _show_edit(session, area, shown), find_refusal(error).status


def _show_edit(session: Session, area: Area, typed: Typed) -> str:
    page = open_page(session, district=area.district)
    own: Sequence[OwnCard] = _list_own(session, page, area)
    return render(
        "area_norm_edit.html",
        page,
        area=area,
        typed=typed,
        own=[card for card in own if not card.until],
        bands=list(_say_bands(session, page).items()),
        least=LEAST_M,
        farthest=MOST_M,
        most=MOST_NOTE_LETTERS,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


ROUTES = (
    Route("/districts/<slug>/norms", show_norms, Permission.SEE_PUBLIC),
    Route("/areas/<slug>/norm", show_area_norm, Permission.SEE_PUBLIC),
    Route("/areas/<slug>/norm/edit", show_area_norm_edit, Permission.SET_NORM),
    Route("/areas/<slug>/norm/edit", post_area_norm, Permission.SET_NORM, methods=("POST",)),
)
