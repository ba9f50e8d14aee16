"""The other names of a neighbourhood, kept by whoever is active there and by the district."""

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, doer_of
from geoapp.areas.queries import Area, AreaKind, get_area
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import GeoappError, Invalid, NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Thing
from geoapp.moderation.rules import find_personal
from geoapp.neighbourhoods.actions import drop_alias, put_alias
from geoapp.neighbourhoods.queries import aliases_of
from geoapp.neighbourhoods.rules import MOST_NAME_LETTERS
from geoapp.people.rules import Permission, Seat, Subject
from geoapp.platforms.queries import platforms_in_area
from geoapp.refusals import find_refusal
from geoapp.web.errors import say_error
from geoapp.web.forms import check_form, form_token
from geoapp.web.page import open_page, render


def show_names(slug: str) -> str:
    """The other names, as a form."""
    with open_session() as session:
        area, _ = _open(session, slug)
        return _show(session, area)


def post_name(slug: str) -> Response | tuple[str, int]:
    """Add a name, or take one away."""
    with open_session() as session:
        area, seat = _open(session, slug)
        check_form()
    try:
        with open_session() as session:
            _keep(session, area, seat)
    except Invalid as problem:
        with open_session() as session:
            return _show(session, area, problem), find_refusal(problem).status
    return redirect(url_for("web.show_names", slug=area.slug, kept=1), 303)


def _keep(session: Session, area: Area, seat: Seat) -> None:
    now, name = wiring().clock(), request.form.get("name", "")
    if request.form.get("remove") == "1":
        drop_alias(session, area_id=area.id, name=name, now=now)
        deed = Deed("end_alias", before={"name": name})
    else:
        if find_personal(name):
            raise Invalid("Give a name of at most 80 letters.", field="name")
        kept = put_alias(session, area_id=area.id, name=name, now=now)
        deed = Deed("add_alias", after={"name": kept})
    record_change(session, thing=_thing_of(area), doer=doer_of(seat), deed=deed, now=now)


def _open(session: Session, slug: str) -> tuple[Area, Seat]:
    area = get_area(session, slug=slug)
    if area.kind is not AreaKind.ORGANIC:
        raise NotFound("There is no neighbourhood called {slug}.", slug=slug)
    active = platforms_in_area(session, area_id=area.id)
    subject = Subject(
        district_id=area.district_id,
        organisation_ids=frozenset(platform.organisation_id for platform in active),
    )
    return area, check_subject(subject, thing=_thing_of(area))


def _thing_of(area: Area) -> Thing:
    """Under what the history of a neighbourhood stands."""
    return Thing("neighbourhood", area.id)


def _show(session: Session, area: Area, problem: GeoappError | None = None) -> str:
    return render(
        "area_names.html",
        open_page(session, district=area.district),
        area=area,
        aliases=aliases_of(session, area_id=area.id),
        typed=request.form.get("name", "") if problem and "remove" not in request.form else "",
        problem=say_error(problem) if problem else "",
        is_kept="kept" in request.args and not problem,
        most=MOST_NAME_LETTERS,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


ROUTES = (
    Route("/areas/<slug>/names", show_names, Permission.KEEP_NAMES),
    Route("/areas/<slug>/names", post_name, Permission.KEEP_NAMES, methods=("POST",)),
)
