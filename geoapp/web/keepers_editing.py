"""Whose a thing is, who keeps which part of it, and under which framework contract it is built:
said by the district's officers, or by whoever manages it for their own organisation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import current_actor
from geoapp.assets.queries import managed_subject
from geoapp.assets.rules import Aspect, read_date
from geoapp.edge import Route, open_session
from geoapp.errors import GeoappError, Invalid, Stale
from geoapp.geo.symbol import sprite_svg
from geoapp.keepers.actions import (
    SpeaksFor,
    assign_keeper,
    change_owner,
    end_duty,
    link_contract,
)
from geoapp.keepers.queries import KeeperLine, Keeping, contracts_in, keeping_of
from geoapp.keepers.rules import DutyDraft, OwnerDraft
from geoapp.people.queries import list_names
from geoapp.people.rules import POLICY, Permission, Relation, may
from geoapp.refusals import find_refusal
from geoapp.web import words
from geoapp.web.errors import say_error
from geoapp.web.forms import check_form, form_token
from geoapp.web.language import gettext
from geoapp.web.page import render
from geoapp.web.register_editing import Managed, open_managed


@dataclass(frozen=True)
class Line:
    """Who kept, keeps or will keep a part of a thing, with what ends it where the reader may."""

    id: UUID
    name: str
    does: str
    term: str
    is_example: bool
    may_end: bool


def show_keepers(code: str) -> str:
    """Who owns and keeps a thing, and the forms that change it."""
    with open_session() as session:
        return _show(session, open_managed(session, code))


def post_keeper(code: str) -> Response | tuple[str, int]:
    """Let an organisation keep parts of it, from a day on."""

    def keep(session: Session, managed: Managed, version: str) -> None:
        form = request.form
        covers = frozenset(aspect for aspect in Aspect if aspect in form.getlist("covers"))
        if not covers:
            raise Invalid("Choose what they do.", field="covers")
        draft = DutyDraft(
            organisation_id=_read_organisation(session, managed),
            covers=covers,
            starts_on=_read_day("starts_on"),
            until=read_date(form.get("until", ""), field="until"),
        )
        assign_keeper(
            session,
            asset=managed.asset,
            draft=draft,
            version=version,
            by=managed.by,
            speaks_for=_speaks_for(managed),
        )

    return _change(code, keep)


def post_duty_end(code: str) -> Response | tuple[str, int]:
    """Let a duty have its last day."""

    def keep(session: Session, managed: Managed, version: str) -> None:
        try:
            duty_id = UUID(request.form.get("duty", ""))
        except ValueError:
            raise Invalid("Choose one of these.", field="duty") from None
        end_duty(
            session,
            asset=managed.asset,
            end=(duty_id, _read_day("ends_on")),
            version=version,
            by=managed.by,
            speaks_for=_speaks_for(managed),
        )

    return _change(code, keep)


def post_owner(code: str) -> Response | tuple[str, int]:
    """Say whose it is, from a day on."""

    def keep(session: Session, managed: Managed, version: str) -> None:
        is_known = bool(request.form.get("organisation"))
        owner_id = _read_organisation(session, managed, name="owner") if is_known else None
        owner = OwnerDraft(owner_id, _read_day("since"))
        change_owner(session, asset=managed.asset, owner=owner, version=version, by=managed.by)

    return _change(code, keep)


def post_asset_contract(code: str) -> Response | tuple[str, int]:
    """Say under which framework contract it is built, or take that back."""

    def keep(session: Session, managed: Managed, version: str) -> None:
        slug = request.form.get("contract", "")
        link_contract(session, asset=managed.asset, slug=slug, version=version, by=managed.by)

    return _change(code, keep)


def _change(code: str, keep: Callable[[Session, Managed, str], None]) -> Response | tuple[str, int]:
    """Change something; what cannot be kept comes back as it was typed, beside what stands there
    now."""
    with open_session() as session:
        managed = open_managed(session, code)
        check_form()
    try:
        with open_session() as session:
            keep(session, managed, request.form.get("version", ""))
    except (Invalid, Stale) as problem:
        with open_session() as session:
            return _show(session, managed, problem), find_refusal(problem).status
    # Whoever has ended their own duty may not be allowed back here.
    is_end = request.endpoint == "web.post_duty_end"
    back = "web.show_asset" if is_end else "web.show_keepers"
    return redirect(url_for(back, code=managed.asset.code, kept=None if is_end else 1), 303)


# -- The form ----------------------------------------------------------------------------------


def _read_organisation(session: Session, managed: Managed, *, name: str = "organisation") -> UUID:
    slug = request.form.get("organisation", "")
    known = list_names(session, district_id=managed.asset.district_id)
    found = next((found_id for found_id, its_slug, _ in known if its_slug == slug), None)
    if found is None:
        raise Invalid("Choose an organisation.", field=name)
    return found


def _read_day(name: str) -> date:
    day = read_date(request.form.get(name, ""), field=name)
    if day is None:
        raise Invalid("Choose a day.", field=name)
    return day


def _speaks_for(managed: Managed) -> SpeaksFor:
    """For every organisation of the district, or for those that whoever asks sits at or
    supports."""
    actor, subject = current_actor(), managed_subject(managed.asset, managed.duties)
    if may(actor, Permission.ASSIGN_KEEPER, subject):
        return None
    grants = POLICY[Permission.MANAGE_ASSET]
    own = {seat.organisation_id for seat in actor.seats if grants.get(seat.role) is Relation.OWN}
    supported = actor.supported_ids & subject.organisation_ids
    return frozenset(found for found in own if found) | supported


def _show(session: Session, managed: Managed, problem: GeoappError | None = None) -> str:
    asset, today = managed.asset, managed.page.today
    keeping = keeping_of(session, asset_id=asset.id)
    speaks_for = _speaks_for(managed)
    names = sorted(list_names(session, district_id=asset.district_id), key=lambda named: named[2])
    linked = {contract.slug for contract in keeping.contracts}
    contracts = contracts_in(session, district_id=asset.district_id)
    return render(
        "keepers.html",
        managed.page,
        asset=asset,
        whose=words.WHOSE[asset.kind],
        keeping=keeping,
        lines=[_make_line(line, speaks_for, today) for line in _list_now(keeping, today)],
        over=[_make_line(line, frozenset(), today) for line in _list_over(keeping, today)],
        vacant=[words.ASPECTS[aspect] for aspect in Aspect if _is_vacant(keeping, aspect, today)],
        aspects=[(aspect.value, words.ASPECTS[aspect]) for aspect in Aspect],
        owners=[
            (line.name, say_term(line.starts_on, line.until, today=today), line.is_example)
            for line in keeping.owners
        ],
        choices=[
            (slug, name)
            for found_id, slug, name in names
            if speaks_for is None or found_id in speaks_for
        ],
        is_officer=speaks_for is None,
        contracts=[
            contract
            for contract in contracts
            if asset.kind in contract.covers_kinds and contract.slug not in linked
        ],
        say_day=words.say_day,
        typed=request.form,
        picked=request.form.getlist("covers"),
        problem=say_error(problem) if problem else "",
        wrong=(problem.field or "") if problem else "",
        sent=str(request.endpoint) if problem else "",
        is_kept="kept" in request.args,
        today=today,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


def _list_now(keeping: Keeping, today: date) -> Sequence[KeeperLine]:
    return [line for line in keeping.keepers if not _is_over(line, today)]


def _list_over(keeping: Keeping, today: date) -> Sequence[KeeperLine]:
    return [line for line in keeping.keepers if _is_over(line, today)]


def _is_over(line: KeeperLine, today: date) -> bool:
    return line.holding.until is not None and line.holding.until < today


def _is_vacant(keeping: Keeping, aspect: Aspect, today: date) -> bool:
    return not any(
        aspect in line.holding.covers
        and (line.holding.starts_on is None or line.holding.starts_on <= today)
        for line in _list_now(keeping, today)
    )


def _make_line(line: KeeperLine, speaks_for: SpeaksFor, today: date) -> Line:
    held = line.holding
    return Line(
        id=held.id,
        name=line.name,
        does=words.say_aspects(aspect for aspect in Aspect if aspect in held.covers),
        term=say_term(held.starts_on, held.until, today=today),
        is_example=line.is_example,
        may_end=speaks_for is None or held.organisation_id in speaks_for,
    )


def say_term(starts_on: date | None, until: date | None, *, today: date) -> str:
    """From which day to which, as far as is known."""
    first = words.say_day(starts_on, today=today) if starts_on else ""
    last = words.say_day(until, today=today) if until else ""
    if first and last:
        return gettext("from %(first)s until %(last)s", first=first, last=last)
    if last:
        return gettext("until %(day)s", day=last)
    if starts_on is None:
        return gettext("since when, we do not know")
    if starts_on > today:
        return gettext("from %(day)s on", day=first)
    return gettext("since %(day)s", day=first)


ROUTES = (
    Route("/assets/<code>/keepers", show_keepers, Permission.MANAGE_ASSET),
    Route("/assets/<code>/keepers", post_keeper, Permission.MANAGE_ASSET, methods=("POST",)),
    Route("/assets/<code>/keepers/end", post_duty_end, Permission.MANAGE_ASSET, methods=("POST",)),
    Route("/assets/<code>/keepers/owner", post_owner, Permission.ASSIGN_KEEPER, methods=("POST",)),
    Route(
        "/assets/<code>/keepers/contract",
        post_asset_contract,
        Permission.ASSIGN_KEEPER,
        methods=("POST",),
    ),
)
