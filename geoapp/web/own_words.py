"""A platform's own words beside the figures of its area: every figure has two sides."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, doer_of
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import Invalid
from geoapp.geo.symbol import sprite_svg
from geoapp.people.rules import Permission, Seat
from geoapp.platforms.actions import say_beside
from geoapp.platforms.queries import (
    PlatformFacts,
    get_platform,
    own_words_of,
    subject_of,
    thing_of,
)
from geoapp.platforms.rules import MOST_OWN_LETTERS, Figure, read_own_word
from geoapp.refusals import find_refusal
from geoapp.web.errors import say_error
from geoapp.web.forms import check_form, form_token
from geoapp.web.language import Words, lazy_gettext
from geoapp.web.page import open_page, render
from geoapp.web.public_words import check_public

FIGURES: dict[Figure, Words] = {
    Figure.AREA: lazy_gettext("Our area on the map"),
    Figure.DENIED: lazy_gettext("They say done, we say no"),
    Figure.KEPT: lazy_gettext("This is what we keep"),
    Figure.PLANS: lazy_gettext("Our plans"),
    Figure.MISSING: lazy_gettext("What we miss"),
    Figure.MONEY: lazy_gettext("Money"),
}


@dataclass(frozen=True)
class Editing:
    """The form as it stands: the words of each figure, and what is wrong with one of them."""

    values: Mapping[Figure, str]
    problem: str = ""
    problem_field: str = ""


def show_own_words(slug: str) -> str:
    """A platform's own words, as a form."""
    with open_session() as session:
        platform, _ = _open(session, slug)
        said = own_words_of(session, platform_id=platform.id)
        values = {one: said[one].words if one in said else "" for one in Figure}
        return _show(session, platform, Editing(values))


def post_own_words(slug: str) -> Response | tuple[str, int]:
    """Keep them; what was left alone in the form stays as somebody else may have put it."""
    with open_session() as session:
        platform, seat = _open(session, slug)
        check_form()
        typed = {one: request.form.get(one.value, "") for one in Figure}
        try:
            said = {one: read_own_word(words, figure=one) for one, words in typed.items()}
            check_public({one.value: words for one, words in said.items()})
        except Invalid as error:
            editing = Editing(typed, say_error(error), error.field or "")
            return _show(session, platform, editing), find_refusal(error).status
        changed = {one: words for one, words in said.items() if words != _before(one)}
        say_beside(
            session,
            platform=platform,
            said=changed,
            doer=doer_of(seat, whose=platform.slug),
            now=wiring().clock(),
        )
    return redirect(url_for("web.show_plan_page", slug=platform.slug), 303)


def list_own_words(session: Session, platform: PlatformFacts) -> list[tuple[Words, str]]:
    """What a platform says beside each figure, for everybody; nothing while a moderator hides
    what it says."""
    if platform.hidden_for:
        return []
    said = own_words_of(session, platform_id=platform.id)
    return [(label, said[one].words) for one, label in FIGURES.items() if one in said]


def _open(session: Session, slug: str) -> tuple[PlatformFacts, Seat]:
    platform = get_platform(session, slug=slug)
    return platform, check_subject(subject_of(platform), thing=thing_of(platform))


def _before(figure: Figure) -> str:
    return request.form.get(f"was_{figure.value}", "").replace("\r\n", "\n")


def _show(session: Session, platform: PlatformFacts, editing: Editing) -> str:
    said = own_words_of(session, platform_id=platform.id)
    return render(
        "own_words.html",
        open_page(session, district=platform.district),
        platform=platform,
        editing=editing,
        fields=[
            (
                one.value,
                label,
                editing.values[one],
                said[one].words if one in said else "",
            )
            for one, label in FIGURES.items()
        ],
        most=MOST_OWN_LETTERS,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


ROUTES = (
    Route("/platforms/<slug>/own-words", show_own_words, Permission.EDIT_PLATFORM),
    Route(
        "/platforms/<slug>/own-words", post_own_words, Permission.EDIT_PLATFORM, methods=("POST",)
    ),
)
