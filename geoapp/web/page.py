"""What every page needs: its district, today there, its languages, and its own address."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Flask, g, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session

from geoapp.districts.queries import Place, list_districts
from geoapp.edge import today_in, wiring
from geoapp.errors import NotFound
from geoapp.web.language import COOKIE, follow_district, list_languages, page_language
from geoapp.web.security import allow_images_of

# Addresses that name no thing of a district: a link to one keeps to the reader's district.
OF_A_DISTRICT = {
    f"web.{name}"
    for name in (
        "show_home",
        "show_list",
        "show_at",
        "show_found",
        "show_about",
        "show_whom",
        "show_privacy",
        "show_accessibility",
        "show_mine",
        "show_report",
        "show_report_place",
        "post_report",
        "show_moderation_log",
        "show_sign_in",
        "show_platform_new",
        "post_platform_new",
    )
}


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
    """A page of one district. `named` is its slug where links must say it: it is not the first.

    `others` are the districts it is not of.
    """

    place: Place
    today: date
    named: str
    others: tuple[Place, ...]

    @property
    def emergency(self) -> list[EmergencyLine]:
        """Whom to call when it cannot wait, most urgent first."""
        wanted = (page_language(), *self.place.languages)
        return [
            EmergencyLine(
                # In whatever language there is: a number to call must be seen.
                next((line.words[tag] for tag in wanted if tag in line.words), line.number),
                line.number,
            )
            for line in self.place.emergency
        ]

    @property
    def background(self) -> Background | None:
        """The background map; the page may then show it."""
        found = self.find_background()
        if found is not None:
            allow_images_of(found.url)
        return found

    def find_background(self) -> Background | None:
        """The background map of the installation, else the district's own; None: there is none."""
        settings = wiring().settings
        found = Background(self.place.background_url, self.place.background_attribution)
        if settings.background_url is not None:
            found = Background(settings.background_url, settings.background_attribution)
        return found if found.url else None


def open_page(session: Session, *, district: str | None = None) -> Page:
    """The page of a district: of this one, else that of the address, else the configured or oldest.

    Raises:
        NotFound: there is no such district, or none at all yet.
    """
    places = {place.slug: place for place in list_districts(session)}
    if not places:
        raise NotFound("No district has been loaded yet: run `geoapp demo` or `geoapp import`.")
    first = wiring().settings.district or next(iter(places))
    slug = district or request.args.get("district") or first
    if slug not in places:
        raise NotFound("There is no district called {slug}.", slug=slug)
    place = places.pop(slug)
    g.district_in_links = slug if slug != first else ""
    follow_district(place.languages)
    return Page(place, today_in(place.time_zone), g.district_in_links, tuple(places.values()))


def set_up(app: Flask) -> None:
    """Let links to pages of a district name it, where it is not the one shown first."""
    app.url_defaults(_name_district)


def _name_district(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint in OF_A_DISTRICT and g.get("district_in_links"):
        values.setdefault("district", g.district_in_links)


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
    # What begins with _ is an order to url_for itself, and so are two names more.
    asked = {
        name: words
        for name, words in request.args.items()
        if not name.startswith("_") and name not in ("self", "endpoint")
    }
    arguments = {**asked, **(request.view_args or {})}
    current = page_language()
    known = list_languages()
    own = [tag for tag in page.place.languages if tag in known]
    return [
        (tag, url_for(str(request.endpoint), **{**arguments, COOKIE: tag}), tag == current)
        for tag in dict.fromkeys([*own, *known])
    ]
