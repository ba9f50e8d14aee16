"""What every page needs: its district, today there, its languages, and its own address."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import render_template, request, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.districts.queries import Place, get_district, list_districts
from geoapp.edge import today_in, wiring
from geoapp.errors import NotFound
from geoapp.web.language import COOKIE, list_languages, page_language


@dataclass(frozen=True)
class EmergencyLine:
    """A number to call, in the reader's language."""

    words: str
    number: str


@dataclass(frozen=True)
class Page:
    """A page of one district."""

    place: Place
    today: date

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


def open_page(session: Session, *, district: str | None = None) -> Page:
    """The page of a district: the one named, else the one configured, else the oldest.

    Raises:
        NotFound: there is no such district, or none at all yet.
    """
    wanted = district or wiring().settings.district
    if wanted:
        place = get_district(session, slug=wanted)
    else:
        places = list_districts(session)
        if not places:
            raise NotFound("No district has been loaded yet: run `geoapp demo` or `geoapp import`.")
        place = places[0]
    return Page(place, today_in(place.time_zone))


def icon(name: str, size: int) -> Markup:
    """A symbol of the page's sprite; the word beside it says the same."""
    return Markup(
        '<svg class="i" width="{0}" height="{0}" aria-hidden="true"><use href="#s-{1}"/></svg>'
    ).format(size, name)


def render(template: str, page: Page, **values: Any) -> str:
    """A page as HTML."""
    return render_template(
        template, page=page, icon=icon, language_links=_language_links(), **values
    )


def _language_links() -> list[tuple[str, str, bool]]:
    arguments = {**request.args.to_dict(), **(request.view_args or {})}
    current = page_language()
    return [
        (tag, url_for(str(request.endpoint), **{**arguments, COOKIE: tag}), tag == current)
        for tag in sorted(list_languages(), key=lambda tag: (tag != "nl", tag))
    ]


def keep_private(response: Response) -> Response:
    """For an answer with somebody's own link in it: nobody keeps it, and no link tells of it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
