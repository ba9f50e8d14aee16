"""The page of whoever has signed in: their roles, tokens, what they did, and how to leave."""

import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.accounts.actions import (
    end_sessions,
    erase_account,
    make_token,
    remove_token,
)
from geoapp.accounts.queries import count_sessions, get_factor, list_tokens
from geoapp.accounts.rules import TOKEN_SCOPES, check_token
from geoapp.actors import carry_session, current_actor, doer_of, signed_in_id
from geoapp.dialogue.monday import list_owners
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import Conflict, GeoappError, Invalid
from geoapp.geo.symbol import sprite_svg
from geoapp.ledger.audit import list_doings, record_change
from geoapp.ledger.chain import Deed, Thing
from geoapp.moderation.queries import count_queue
from geoapp.moderation.rules import make_bench
from geoapp.people.queries import get_chain_id, get_person, names_of_organisations
from geoapp.people.rules import MANAGERS, SECOND_FACTOR_ROLES, Permission, Role, Seat, may_ever
from geoapp.platforms.queries import names_of
from geoapp.refusals import find_refusal
from geoapp.web import people_words
from geoapp.web.errors import say_error
from geoapp.web.forms import check_form, form_token
from geoapp.web.history import make_history
from geoapp.web.keeping import list_workplaces
from geoapp.web.keys import list_own_keys, list_questions
from geoapp.web.mediating import list_mediated
from geoapp.web.page import open_page, render

MOST_DOINGS = 20
DAYS_OF_A_TOKEN = 90
OWN = Seat(Role.RESIDENT)


@dataclass(frozen=True)
class Problem:
    """What is wrong with a form of the page, in the reader's words."""

    field: str
    words: str


def show_account() -> str:
    """Who you are here, what you may do, what you did."""
    return _show_account()


def _show_account(problem: GeoappError | None = None, *, new_token: str = "") -> str:
    person_id, now = signed_in_id(), wiring().clock()
    with open_session() as session:
        page = open_page(session)
        person = get_person(session, person_id=person_id, sealer=wiring().sealer)
        factor = get_factor(session, person_id=person_id)
        tokens = list_tokens(session, person_id=person_id)
        browsers = count_sessions(session, person_id=person_id, now=now)
        doings = list_doings(session, person_id=person_id, limit=MOST_DOINGS)
        waiting = _count_waiting(session)
        keys = {
            "key_questions": list_questions(session, person_id=person_id),
            "own_keys": list_own_keys(session, person_id=person_id, page=page),
            "managed": _list_managed(session),
        }
        workplaces = list_workplaces(session, current_actor())
        mediated = list_mediated(session)
        ids = {
            kind: {entry.thing.id for entry in doings if entry.thing.kind == kind}
            for kind in ("platform", "organisation")
        }
        organisations = names_of_organisations(session, organisation_ids=ids["organisation"])
        history = make_history(
            session,
            doings,
            place=page.place,
            today=page.today,
            things=names_of(session, platform_ids=ids["platform"]) | organisations,
        )
    return render(
        "account.html",
        page,
        person=person,
        roles=[
            (
                people_words.ROLES[held.role],
                held,
                people_words.say_period(held.valid_from, held.valid_to, today=page.today),
            )
            for held in person.roles
        ],
        needs_factor=any(held.role in SECOND_FACTOR_ROLES for held in person.roles),
        sleeps=bool(current_actor().dormant),
        factor=factor,
        tokens=[
            (token, [people_words.SCOPES[Permission(scope)] for scope in token.scopes])
            for token in tokens
        ],
        scopes=[(scope.value, people_words.SCOPES[scope]) for scope in TOKEN_SCOPES],
        browsers=browsers,
        waiting=waiting,
        may_look=may_ever(current_actor(), Permission.CHECK_DEFECT),
        **keys,
        workplaces=workplaces,
        mediated=mediated,
        has_desk=may_ever(current_actor(), Permission.HANDLE_DEFECT),
        history=history,
        problem=Problem(problem.field or "", say_error(problem)) if problem else None,
        new_token=new_token,
        last_day=page.today + timedelta(days=DAYS_OF_A_TOKEN),
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


def _count_waiting(session: Session) -> int | None:
    """How much waits for them as a moderator; None where they are none."""
    if not may_ever(current_actor(), Permission.MODERATE):
        return None
    return count_queue(session, bench=make_bench(current_actor()))


def _list_managed(session: Session) -> list[tuple[str, str]]:
    """Slug and name of each organisation whose agreements they may change."""
    actor = current_actor()
    own = {seat.organisation_id for seat in actor.seats if seat.role in MANAGERS}
    found = list_owners(session, organisation_ids={one for one in own if one} | actor.supported_ids)
    return [(one.slug, one.name) for one in found]


def post_token() -> str | tuple[str, int]:
    """Make a token for a machine; its key is on the answer and nowhere else."""
    person_id, today = signed_in_id(), wiring().clock().date()
    try:
        check_form()
        draft = check_token(
            request.form.get("name", ""),
            request.form.getlist("scopes"),
            _read_day(request.form.get("expires_on", "")),
            today,
        )
        with open_session() as session:
            has_factor = not current_actor().dormant
            key = make_token(
                session, person_id=person_id, draft=draft, has_second_factor=has_factor
            )
            after = {"scopes": [scope.value for scope in draft.scopes], "until": draft.expires_on}
            _record(session, "make_token", after)
    except (Invalid, Conflict) as error:
        return _show_account(error), find_refusal(error).status
    return _show_account(new_token=key)


def post_token_removal(token_id: uuid.UUID) -> Response:
    """Take a token away; it stops at once."""
    check_form()
    with open_session() as session:
        remove_token(session, person_id=signed_in_id(), token_id=token_id)
        _record(session, "remove_token", {})
    return redirect(url_for("web.show_account"), 303)


def post_sessions_end() -> Response:
    """Sign out everywhere."""
    check_form()
    with open_session() as session:
        end_sessions(session, person_id=signed_in_id())
        _record(session, "end_sessions", {})
    carry_session("")
    return redirect(url_for("web.show_home"), 303)


def show_erasure() -> str:
    """What goes and what stays, before somebody leaves."""
    with open_session() as session:
        page = open_page(session)
    return render("account_erase.html", page, token=form_token(), sprite=sprite_svg(("brand",)))


def post_erasure() -> Response:
    """Take the account away, with everything that tells of this person."""
    check_form()
    with open_session() as session:
        erase_account(session, person_id=signed_in_id())
    carry_session("")
    return redirect(url_for("web.show_home"), 303)


def _record(session: Session, action: str, after: dict[str, object]) -> None:
    """What is done to one's own account stands in a chain of its own, and goes with it."""
    chain_id = get_chain_id(session, person_id=signed_in_id())
    record_change(
        session,
        thing=Thing("account", chain_id),
        doer=doer_of(OWN),
        deed=Deed(action, after=after),
        now=wiring().clock(),
    )


def _read_day(words_of_day: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(words_of_day)
    return None


ROUTES = (
    Route("/account", show_account, Permission.KEEP_ACCOUNT),
    Route("/account/tokens", post_token, Permission.KEEP_ACCOUNT, methods=("POST",)),
    Route(
        "/account/tokens/<uuid:token_id>/remove",
        post_token_removal,
        Permission.KEEP_ACCOUNT,
        methods=("POST",),
    ),
    Route("/account/sessions/end", post_sessions_end, Permission.KEEP_ACCOUNT, methods=("POST",)),
    Route("/account/erase", show_erasure, Permission.KEEP_ACCOUNT),
    Route("/account/erase", post_erasure, Permission.KEEP_ACCOUNT, methods=("POST",)),
)
