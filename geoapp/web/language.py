"""The language of a page: the visitor's choice, else their browser's, else the district's first."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import flask_babel
from flask import Flask, Response, g, has_request_context, request
from markupsafe import Markup, escape
from sqlalchemy.exc import OperationalError

from geoapp.districts.queries import list_districts
from geoapp.edge import open_session, wiring

TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"
SOURCE_LANGUAGE = "en"
COOKIE = "lang"
YEAR_S = 365 * 24 * 3600


def gettext(message: str, **values: object) -> str:
    """`message` in the reader's language, ``%(name)s`` filled in."""
    words: str = flask_babel.gettext(message, **values)
    return words


def ngettext(singular: str, plural: str, number: int, **values: object) -> str:
    """One of two messages by `number`, in the reader's language."""
    words: str = flask_babel.ngettext(singular, plural, number, **values)
    return words


class Words:
    """A message of a table, said in the reader's language only when it is shown."""

    def __init__(self, message: str) -> None:
        self._message = message

    def __str__(self) -> str:
        return gettext(self._message)

    def __html__(self) -> Markup:
        return escape(str(self))


def lazy_gettext(message: str) -> Words:
    """Words for later; the name is what the extraction of translations looks for."""
    return Words(message)


def list_languages() -> list[str]:
    """Every language a page can be read in."""
    found = {path.parent.parent.name for path in TRANSLATIONS.glob("*/LC_MESSAGES/messages.po")}
    return sorted(found | {SOURCE_LANGUAGE})


def choose_language(wanted: Sequence[str], known: Sequence[str]) -> str | None:
    """The first wanted language that is known, regional variants aside ("nl-BE" is Dutch)."""
    for tag in wanted:
        primary = tag.replace("_", "-").split("-")[0].lower()
        if primary in known:
            return primary
    return None


def page_language() -> str:
    """The language of this request's page."""
    if not has_request_context():
        return SOURCE_LANGUAGE
    if "page_language" not in g:
        known = list_languages()
        asked = request.args.get(COOKIE) or request.cookies.get(COOKIE)
        accepted = [tag for tag, _ in request.accept_languages]
        wanted = [asked, *accepted] if asked else accepted
        g.page_language = choose_language(wanted, known) or _district_language(known)
    language: str = g.page_language
    return language


def follow_district(languages: Sequence[str]) -> None:
    """From here on, who asked for no language reads the first of these that is known."""
    g.district_languages = languages
    g.pop("page_language", None)
    flask_babel.refresh()


def speak(language: str) -> None:
    """From here on this context speaks `language`, or English where nobody has taught us it."""
    g.page_language = choose_language([language], list_languages()) or SOURCE_LANGUAGE
    flask_babel.refresh()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within the block words are said in this language, and then as before."""
    before = page_language()
    speak(language)
    try:
        yield
    finally:
        speak(before)


def set_up(app: Flask) -> None:
    """Wire Flask-Babel, and keep a choice made by link."""
    flask_babel.Babel(
        app,
        default_locale=SOURCE_LANGUAGE,
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=page_language,
    )
    app.jinja_env.globals["language"] = page_language
    app.after_request(_keep_choice)


def _district_language(known: Sequence[str]) -> str:
    if "district_languages" in g:
        return choose_language(g.district_languages, known) or SOURCE_LANGUAGE
    shown_first = wiring().settings.district
    try:
        with open_session() as session:
            districts = list_districts(session)
    except OperationalError:
        districts = []
    first = [place for place in districts if place.slug == shown_first] or districts
    wanted = first[0].languages if first else (SOURCE_LANGUAGE,)
    return choose_language(wanted, known) or SOURCE_LANGUAGE


def _keep_choice(response: Response) -> Response:
    if request.args.get(COOKIE) in list_languages():
        response.set_cookie(
            COOKIE,
            request.args[COOKIE],
            max_age=YEAR_S,
            secure=request.is_secure,
            httponly=True,
            samesite="Lax",
        )
    if response.mimetype == "text/html":
        response.headers["Vary"] = "Accept-Language, Cookie"
        response.headers.setdefault("Content-Language", page_language())
    return response
