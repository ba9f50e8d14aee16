"""What a platform itself says beside a gap of its area: a form of one field, for everybody to
read."""

from dataclasses import dataclass

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, doer_of
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import Invalid, NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.people.rules import Permission, Seat
from geoapp.platforms.actions import say_counter_view
from geoapp.platforms.queries import (
    PlatformFacts,
    find_counter_view,
    get_platform,
    subject_of,
    thing_of,
)
from geoapp.platforms.rules import MOST_OWN_LETTERS, read_counter_view
from geoapp.refusals import find_refusal
from geoapp.web import gap_words
from geoapp.web.errors import say_error
from geoapp.web.forms import check_form, form_token
from geoapp.web.page import open_page, render
from geoapp.web.public_words import check_public


@dataclass(frozen=True)
class Editing:
    """The form as it stands: the words, those it began with, and what is wrong with them."""

    words: str
    was: str
    problem: str = ""


def show_counter_view(slug: str) -> str:
    """A platform's word beside a gap, as a form."""
    with open_session() as session:
        platform, _ = _open(session, slug)
        about = _read_about()
        said = find_counter_view(session, platform_id=platform.id, about=about)
        return _show(session, platform, about, Editing(said, said))


def post_counter_view(slug: str) -> Response | tuple[str, int]:
    """Keep it; empty takes it away. A form that was left as it was changes nothing, whatever
    somebody else has said since."""
    with open_session() as session:
        platform, seat = _open(session, slug)
        check_form()
        about = _read_about()
        typed, was = _typed("words"), _typed("was")
        try:
            words = read_counter_view(typed)
            check_public({"words": words})
        except Invalid as error:
            editing = Editing(typed, was, say_error(error))
            return _show(session, platform, about, editing), find_refusal(error).status
        if words != was:
            say_counter_view(
                session,
                platform=platform,
                about=about,
                words=words,
                doer=doer_of(seat, whose=platform.slug),
                now=wiring().clock(),
            )
        return redirect(url_for("web.show_plan_page", slug=slug), 303)


def _open(session: Session, slug: str) -> tuple[PlatformFacts, Seat]:
    platform = get_platform(session, slug=slug)
    return platform, check_subject(subject_of(platform), thing=thing_of(platform))


def _read_about() -> str:
    """What the word is about.

    Raises:
        NotFound: there is no such gap.
    """
    about = request.values.get("about", "playground")
    if about not in gap_words.ABOUT:
        raise NotFound("This page is not here. Perhaps the address has a typing error.")
    return about


def _typed(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n")


def _show(session: Session, platform: PlatformFacts, about: str, editing: Editing) -> str:
    return render(
        "counter_view.html",
        open_page(session, district=platform.district),
        platform=platform,
        about=about,
        choices=[
            (str(said), url_for("web.show_counter_view", slug=platform.slug, about=code))
            for code, said in gap_words.ABOUT.items()
            if code != about
        ],
        about_words=gap_words.ABOUT[about],
        back=url_for("web.show_plan_page", slug=platform.slug),
        editing=editing,
        most=MOST_OWN_LETTERS,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


ROUTES = (
    Route("/platforms/<slug>/counter-view", show_counter_view, Permission.EDIT_PLATFORM),
    Route(
        "/platforms/<slug>/counter-view",
        post_counter_view,
        Permission.EDIT_PLATFORM,
        methods=("POST",),
    ),
)
