"""What every page needs: its district, today there, its languages, and its own address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Flask, g, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.districts.queries import Place, list_districts
from geoapp.edge import today_in, wiring
from geoapp.errors import NotFound
from geoapp.web.language import COOKIE, list_languages, page_language
from geoapp.web.security import allow_images_of

# Pages of no district in particular: in another than the first, their addresses name it.
OF_ANY_DISTRICT = frozenset(
    f"web.{view}"
    for view in (
        "show_home",
        "show_list",
        "show_at",
        "show_found",
        "show_report",
        "show_report_place",
        "show_mine",
        "show_about",
    )
)


@dataclass(frozen=True)
class EmergencyLine:
    """A number to call, in the reader's language."""

    words: str
    number: str


@dataclass(frozen=True)
class Background:
    """The map under ours: tile addresses with {z}, {x} and {y}, and whose it is."""

    url: str
    attribution: str


@dataclass(frozen=True)
class Page:
    """A page of one district; `others` are those it is not of."""

    place: Place
    today: date
    others: tuple[Place, ...]
    is_first: bool

    @property
    def emergency(self) -> list[EmergencyLine]:
        """Whom to call when it cannot wait, most urgent first."""
        language = page_language()
        return [
            EmergencyLine(
                line.words.get(language) or line.words[self.place.languages[0]], line.number
            )
            for line in self.place.emergency
        ]

    @property
    def background(self) -> Background | None:
        """The operator's background map, else the district's own; the page may then show it."""
        settings = wiring().settings
        found = Background(self.place.background_url, self.place.background_attribution)
        if settings.background_url is not None:
            found = Background(settings.background_url, settings.background_attribution)
        if not found.url:
            return None
        allow_images_of(found.url)
        return found


def open_page(session: Session, *, district: str | None = None) -> Page:
    """The page of a district: of this one, else that of the address, else the configured or oldest.

    Raises:
        NotFound: there is no such district, or none at all yet.
    """
    places = list_districts(session)
    if not places:
        raise NotFound("No district has been loaded yet: run `geoapp demo` or `geoapp import`.")
    first = wiring().settings.district or places[0].slug
    wanted = district or request.args.get("district") or first
    place = next((place for place in places if place.slug == wanted), None)
    if place is None:
        raise NotFound("There is no district called {slug}.", slug=wanted)
    g.place_languages = place.languages
    g.named_district = None if wanted == first else wanted
    others = tuple(other for other in places if other.slug != wanted)
    return Page(place, today_in(place.time_zone), others, is_first=wanted == first)


def set_up(app: Flask) -> None:
    """Let the addresses on a page lead to pages of its own district."""

    @app.url_defaults
    def name_district(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint in OF_ANY_DISTRICT and g.get("named_district"):
            values.setdefault("district", g.named_district)


def icon(name: str, size: int) -> Markup:
    """A symbol of the page's sprite; the word beside it says the same."""
    return Markup(
        '<svg class="i" width="{0}" height="{0}" aria-hidden="true"><use href="#s-{1}"/></svg>'
    ).format(size, name)


def render(template: str, page: Page, **values: Any) -> str:
    """A page as HTML."""
    return render_template(
        template, page=page, icon=icon, language_links=_language_links(page), **values
    )


def _language_links(page: Page) -> list[tuple[str, str, bool]]:
    arguments = {**request.args.to_dict(), **(request.view_args or {})}
    current = page_language()
    return [
        (tag, url_for(str(request.endpoint), **{**arguments, COOKIE: tag}), tag == current)
        for tag in _in_order_of(page.place.languages)
    ]


def _in_order_of(languages: Sequence[str]) -> list[str]:
    """Every language a page can be read in, the district's own first."""
    known = list_languages()
    own = [tag for tag in languages if tag in known]
    return own + [tag for tag in known if tag not in own]


def keep_private(response: Response) -> Response:
    """For an answer with somebody's own link in it: nobody keeps it, and no link tells of it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
