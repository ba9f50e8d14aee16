"""Only in a demonstration: one click signs in as an invented person."""

import uuid

from flask import redirect, url_for
from werkzeug.wrappers import Response

from geoapp.accounts.actions import open_account_session, rotate_session
from geoapp.actors import carry_session
from geoapp.edge import Route, open_session, utc_today, wiring
from geoapp.errors import NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.people.queries import get_standing, list_example_people
from geoapp.people.rules import Permission
from geoapp.web import people_words
from geoapp.web.demo import check_demo
from geoapp.web.forms import check_form, form_token
from geoapp.web.page import open_page, render


def show_demo_people() -> str:
    """Everybody invented, each with a button."""
    check_demo()
    with open_session() as session:
        page = open_page(session)
        people = list_example_people(session)
    return render(
        "demo_people.html",
        page,
        people=[
            (
                person,
                [
                    (people_words.ROLES[held.role], held.organisation or held.district)
                    for held in person.roles
                ],
            )
            for person in people
        ],
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


def post_demo_person(person_id: uuid.UUID) -> Response:
    """Sign in as somebody invented, as if their mail and their code had been there.

    Raises:
        NotFound: there is no such example person, or this is no demonstration.
    """
    check_demo()
    check_form()
    now = wiring().clock()
    with open_session() as session:
        if person_id not in {person.id for person in list_example_people(session)}:
            raise NotFound("There is no such person.")
        key = open_account_session(session, person_id=person_id, now=now)
        standing = get_standing(session, person_id=person_id, today=utc_today())
        if standing is None:
            raise NotFound("There is no such person.")
        fresh = rotate_session(session, key=key, standing=standing, now=now, passed_factor=True)
    carry_session(fresh or key)
    return redirect(url_for("web.show_account"), 303)


ROUTES = (
    Route("/demo/people", show_demo_people, Permission.SEE_DEMO),
    Route(
        "/demo/people/<uuid:person_id>", post_demo_person, Permission.SEE_DEMO, methods=("POST",)
    ),
)
