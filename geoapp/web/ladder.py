"""How long an organisation may take and whom of it a report is brought to: for the officers of its
district."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, doer_of
from geoapp.db.text import read_words
from geoapp.districts.queries import Place
from geoapp.districts.tables import District
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import Conflict, GeoappError, Invalid, NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Thing
from geoapp.people.actions import change_ladder
from geoapp.people.queries import get_ladder, get_organisation, list_roles_to_call
from geoapp.people.rules import (
    FIRST_RUNG,
    MOST_DAYS,
    MOST_ROLE_LETTERS,
    TOP_RUNG,
    Ladder,
    OwnDays,
    Permission,
    RungDraft,
    Seat,
    Subject,
    flatten_ladder,
    read_days,
)
from geoapp.people.tables import Organisation
from geoapp.refusals import find_refusal
from geoapp.web import people_words, words
from geoapp.web.errors import say_error
from geoapp.web.forms import check_form, form_token
from geoapp.web.page import open_page, render

RUNGS = range(FIRST_RUNG, TOP_RUNG + 1)
OF_RUNG = {number: (f"rung_{number}", f"rung_{number}_days") for number in RUNGS}
DAYS = tuple(vars(OwnDays()))
# What a field was when the form was made stands beside it.
WAS = "was_"


@dataclass(frozen=True)
class Field:
    """One field of the form: what is typed, what it was when the form was made, and, where
    somebody else was first, what stands there now. `otherwise` says what holds where it is
    empty."""

    name: str
    label: str
    typed: str
    was: str
    theirs: str | None
    otherwise: str

    @property
    def differs(self) -> bool:
        """True where somebody else's is another."""
        return self.theirs is not None and self.theirs != self.typed


def show_ladder(slug: str) -> str:
    """The days and rungs of an organisation in a form."""
    with open_session() as session:
        organisation, _ = _open(session, slug)
        return _show(session, organisation, {}, was=None)


def post_ladder(slug: str) -> Response | tuple[str, int]:
    """Keep them; where somebody was first, show both."""
    problem: GeoappError
    try:
        with open_session() as session:
            organisation, seat = _open(session, slug)
            check_form()
            _change(session, organisation, seat)
        return redirect(url_for("web.show_ladder", slug=organisation.slug, done=1), 303)
    except (Invalid, Conflict) as error:
        problem = error
    was = None if isinstance(problem, Conflict) else _read_was(request.form)
    with open_session() as session:
        organisation, _ = _open(session, slug)
        shown = _show(session, organisation, request.form, was=was, problem=problem)
    return shown, find_refusal(problem).status


def _open(session: Session, slug: str) -> tuple[Organisation, Seat]:
    organisation = get_organisation(session, slug=slug)
    seat = check_subject(
        Subject(district_id=organisation.district_id), thing=_thing_of(organisation)
    )
    return organisation, seat


def _thing_of(organisation: Organisation) -> Thing:
    return Thing("organisation", organisation.id)


def _change(session: Session, organisation: Organisation, seat: Seat) -> None:
    try:
        before = _read(_read_was(request.form))
    except Invalid:
        raise Invalid("This form was open for too long. Look it over and send it again.") from None
    after = _read(request.form)
    try:
        is_changed = change_ladder(session, organisation=organisation, before=before, after=after)
    except NotFound as error:
        raise Invalid(error.message, field="rung_1", **error.values) from None
    if not is_changed:
        return
    told, now_told = flatten_ladder(before), flatten_ladder(after)
    names = [name for name in people_words.FIELDS if told.get(name) != now_told.get(name)]
    deed = Deed(
        Permission.EDIT_LADDER.value,
        before={name: told[name] for name in names if name in told},
        after={name: now_told[name] for name in names if name in now_told},
    )
    now, thing = wiring().clock(), _thing_of(organisation)
    record_change(session, thing=thing, doer=doer_of(seat), deed=deed, now=now)


def _read_was(form: Mapping[str, str]) -> dict[str, str]:
    """The fields as they stood when the form was made."""
    return {name.removeprefix(WAS): said for name, said in form.items() if name.startswith(WAS)}


def _read(form: Mapping[str, str]) -> Ladder:
    """Days and rungs as a form sends them.

    Raises:
        Invalid: a number of days is none, or a rung has days and no contact.
    """
    own = {name: read_days(form.get(name, "").strip(), field=name) for name in DAYS}
    rungs = []
    for number, (name, days_name) in OF_RUNG.items():
        contact = read_words(form.get(name, ""), field=name, most=MOST_ROLE_LETTERS)
        days = read_days(form.get(days_name, "").strip(), field=days_name)
        if days is not None and not contact:
            raise Invalid("Choose who is called on this rung.", field=name)
        if contact:
            rungs.append(RungDraft(number, contact, days))
    return Ladder(OwnDays(**own), tuple(rungs))


def _show(
    session: Session,
    organisation: Organisation,
    typed: Mapping[str, str],
    *,
    was: Mapping[str, str] | None,
    problem: GeoappError | None = None,
) -> str:
    """`was` is what the form began with; None: with what stands there now."""
    district = session.get_one(District, organisation.district_id)
    page = open_page(session, district=district.slug)
    ladder = get_ladder(session, organisation_id=organisation.id)
    current = {name: str(said) for name, said in flatten_ladder(ladder).items()}
    base = current if was is None else was
    otherwise = _list_otherwise(ladder, page.place)
    is_clash = isinstance(problem, Conflict)
    fields = {
        name: Field(
            name=name,
            label=people_words.say_field(name),
            typed=typed.get(name, current.get(name, "")),
            was=base.get(name, ""),
            theirs=current.get(name, "") if is_clash else None,
            otherwise=otherwise.get(name, ""),
        )
        for name in (*DAYS, *(name for names in OF_RUNG.values() for name in names))
    }
    return render(
        "ladder.html",
        page,
        organisation=organisation,
        days=[fields[name] for name in DAYS],
        rungs=[(fields[name], fields[days]) for name, days in OF_RUNG.values()],
        roles=list_roles_to_call(session, organisation_id=organisation.id),
        most=MOST_DAYS,
        problem=say_error(problem) if problem else "",
        wrong=problem.field if problem else None,
        is_clash=is_clash,
        is_done=request.args.get("done") == "1",
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


def _list_otherwise(ladder: Ladder, place: Place) -> dict[str, str]:
    """How many days hold where a field is empty, in words."""
    of_place = {name: getattr(place, name) for name in DAYS}
    answer = ladder.days.answer_days or place.answer_days
    of_rungs = {days_name: answer for _, days_name in OF_RUNG.values()}
    return {name: words.say_days(days) for name, days in (of_place | of_rungs).items()}


ROUTES = (
    Route("/organisations/<slug>/days", show_ladder, Permission.EDIT_LADDER),
    Route("/organisations/<slug>/days", post_ladder, Permission.EDIT_LADDER, methods=("POST",)),
)
