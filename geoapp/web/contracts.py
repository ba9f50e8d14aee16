"""The framework contracts of a district, for its officers: who builds and repairs what, until
when."""

from collections.abc import Callable
from datetime import date

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, doer_of
from geoapp.assets.rules import Kind, read_date
from geoapp.db.text import read_words
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import GeoappError, Invalid, Stale
from geoapp.geo.symbol import sprite_svg
from geoapp.keepers.actions import add_contract, change_contract_end, tell_contract
from geoapp.keepers.queries import contracts_in, get_contract
from geoapp.keepers.rules import MOST_TITLE_LETTERS, ContractDraft
from geoapp.ledger.chain import Doer
from geoapp.people.queries import list_names
from geoapp.people.rules import Permission, Subject
from geoapp.refusals import find_refusal
from geoapp.web import words
from geoapp.web.errors import say_error
from geoapp.web.forms import check_form, form_token
from geoapp.web.page import Page, open_page, render


def show_contracts(slug: str) -> str:
    """The contracts of a district, and the forms that change them."""
    with open_session() as session:
        page, _ = _open(session, slug)
        return _show(session, page)


def post_contract(slug: str) -> Response | tuple[str, int]:
    """Add a contract."""

    def keep(session: Session, page: Page, doer: Doer) -> None:
        draft = _read_draft(session, page)
        contract = add_contract(session, district_id=page.place.id, draft=draft)
        tell_contract(session, contract=contract, by=doer, now=wiring().clock())

    return _change(slug, keep)


def post_contract_end(slug: str) -> Response | tuple[str, int]:
    """Let a contract end on another day."""

    def keep(session: Session, page: Page, doer: Doer) -> None:
        named = request.form.get("contract", "")
        contract = get_contract(session, district_id=page.place.id, slug=named)
        change = (request.form.get("was_ends_on", ""), _read_day("ends_on"))
        now = wiring().clock()
        change_contract_end(session, contract=contract, change=change, by=doer, now=now)

    return _change(slug, keep)


def _open(session: Session, slug: str) -> tuple[Page, Doer]:
    page = open_page(session, district=slug)
    return page, doer_of(check_subject(Subject(district_id=page.place.id)))


def _change(slug: str, keep: Callable[[Session, Page, Doer], None]) -> Response | tuple[str, int]:
    with open_session() as session:
        page, doer = _open(session, slug)
        check_form()
    try:
        with open_session() as session:
            keep(session, page, doer)
    except (Invalid, Stale) as problem:
        with open_session() as session:
            return _show(session, page, problem), find_refusal(problem).status
    return redirect(url_for("web.show_contracts", slug=slug, kept=1), 303)


def _read_draft(session: Session, page: Page) -> ContractDraft:
    form = request.form
    known = list_names(session, district_id=page.place.id)
    named = form.get("contractor", "")
    contractor_id = next((found_id for found_id, its_slug, _ in known if its_slug == named), None)
    title = read_words(form.get("title", ""), field="title", most=MOST_TITLE_LETTERS)
    if contractor_id is None:
        raise Invalid("Choose an organisation.", field="contractor")
    return ContractDraft(
        title=title.replace("\n", " "),
        contractor_id=contractor_id,
        covers_kinds=tuple(kind for kind in Kind if kind in form.getlist("covers_kinds")),
        starts_on=_read_day("starts_on"),
        ends_on=_read_day("ends_on"),
    )


def _read_day(name: str) -> date:
    day = read_date(request.form.get(name, ""), field=name)
    if day is None:
        raise Invalid("Choose a day.", field=name)
    return day


def _show(session: Session, page: Page, problem: GeoappError | None = None) -> str:
    names = sorted(list_names(session, district_id=page.place.id), key=lambda named: named[2])
    return render(
        "contracts.html",
        page,
        contracts=contracts_in(session, district_id=page.place.id),
        organisations=[(slug, name) for _, slug, name in names],
        kinds=[(kind.value, words.KINDS[kind]) for kind in Kind],
        words_of_kinds=words.KINDS,
        say_day=words.say_day,
        typed=request.form,
        picked=request.form.getlist("covers_kinds"),
        most=MOST_TITLE_LETTERS,
        today=page.today,
        problem=say_error(problem) if problem else "",
        wrong=(problem.field or "") if problem else "",
        changed=request.form.get("contract", "") if problem else "",
        is_kept="kept" in request.args,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


ROUTES = (
    Route("/districts/<slug>/contracts", show_contracts, Permission.MANAGE_REGISTER),
    Route("/districts/<slug>/contracts", post_contract, Permission.MANAGE_REGISTER, ("POST",)),
    Route(
        "/districts/<slug>/contracts/end", post_contract_end, Permission.MANAGE_REGISTER, ("POST",)
    ),
)
