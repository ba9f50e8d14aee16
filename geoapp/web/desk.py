"""The desk: what waits for whoever keeps things right, and one report to act on; the same by the
link of a mail, without an account."""

import uuid
from dataclasses import dataclass
from datetime import date

from flask import make_response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, current_actor
from geoapp.db.codes import read_code
from geoapp.defects.queries import (
    DefectFacts,
    Turn,
    find_district_of,
    get_defect,
    get_private,
    handler_of,
    list_moves,
    photos_of,
    steps_of,
    subject_of,
    thing_of,
)
from geoapp.defects.rules import Action, list_actions
from geoapp.dialogue.acts import Photos, take_act
from geoapp.dialogue.rules import (
    ACT_FIELDS,
    PERMISSION_OF,
    PICTURES,
    ActBy,
    HowRefused,
    check_act,
)
from geoapp.dialogue.words import Call, find_call
from geoapp.districts.queries import Place, list_districts
from geoapp.edge import Route, open_session, read_form, read_uploads, utc_today, wiring
from geoapp.errors import Conflict, GeoappError, Invalid, NotAllowed, NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.media.rules import PictureState
from geoapp.people.queries import Party, get_desk, list_organisations
from geoapp.people.rules import HANDLERS, POLICY, Actor, Permission, Subject, may, may_ever
from geoapp.refusals import find_refusal
from geoapp.web import words
from geoapp.web.cards import make_timeline, make_turn, title_of, where_of
from geoapp.web.errors import say_error
from geoapp.web.forms import HONEYPOT, TOKEN, check_form, form_token
from geoapp.web.language import gettext
from geoapp.web.page import Page, open_page, render
from geoapp.web.rounds import list_rounds, list_watched
from geoapp.web.security import OWN_KEY, keep_private
from geoapp.web.walk import WALK_FIELDS, make_walk_url

MOST_ON_DESK = 50
# Which of two ways to do the same was opened: for the page that comes back, not for the act.
WAY, HELP, WALK = "way", "ask_for_help", "walk"
OWN_FIELDS = {TOKEN, HONEYPOT, OWN_KEY, WAY, *WALK_FIELDS}


# -- What waits ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A report on the desk."""

    url: str
    title: str
    where: str
    code: str
    shape: str
    state: str
    days: str
    due: str
    is_late: bool
    is_example: bool


def show_desk() -> Response:
    """What waits for the organisations of whoever asks, the longest waiting first."""
    actor = current_actor()
    own = frozenset(
        seat.organisation_id
        for seat in actor.seats
        if seat.role in HANDLERS and seat.organisation_id is not None
    )
    with open_session() as session:
        page = open_page(session)
        found = list_moves(
            session,
            organisation_ids=own,
            today=page.today,
            after=_read_turn(request.args.get("after", "")),
            limit=MOST_ON_DESK,
        )
        organisations = _list_edited(session, actor)
        rounds, watched = list_rounds(session, actor), list_watched(session, actor)
        registers = _list_registers(session, actor)
    lines = [_make_line(defect, page.today) for defect in found[:MOST_ON_DESK]]
    last = found[MOST_ON_DESK - 1] if len(found) > MOST_ON_DESK else None
    shown = render(
        "desk.html",
        page,
        lines=lines,
        is_handler=bool(own),
        may_look=may_ever(actor, Permission.CHECK_DEFECT),
        organisations=organisations,
        rounds=rounds,
        watched=watched,
        registers=registers,
        next_url=url_for("web.show_desk", after=f"{last.ended_on}_{last.id}") if last else "",
        is_first="after" not in request.args,
        sprite=sprite_svg(("brand", "open", "asked", "bad", "good")),
    )
    return keep_private(make_response(shown))


def _list_edited(session: Session, actor: Actor) -> list[Party]:
    """The organisations whose days and rungs this person may change."""
    districts = {
        seat.district_id
        for seat in actor.seats
        if seat.district_id is not None and seat.role in POLICY[Permission.EDIT_LADDER]
    }
    return [
        organisation
        for district_id in sorted(districts)
        for organisation in list_organisations(session, district_id=district_id)
    ]


def _list_registers(session: Session, actor: Actor) -> list[Place]:
    """The districts whose register this person may manage."""
    return [
        place
        for place in list_districts(session)
        if may(actor, Permission.MANAGE_REGISTER, Subject(district_id=place.id))
    ]


def _make_line(defect: DefectFacts, today: date) -> Line:
    due_on = defect.move.due_on
    return Line(
        url=url_for("web.show_desk_report", code=defect.code),
        title=title_of(defect),
        where=where_of(defect),
        code=defect.code,
        shape=defect.shape.value if defect.shape else "plain",
        state=words.say_state(defect),
        days=words.say_days_open(defect.days_open),
        due=words.say_due(defect.move, today=today, is_volunteer=defect.mover_is_volunteer),
        is_late=due_on is not None and due_on < today and not defect.mover_is_volunteer,
        is_example=defect.is_example,
    )


def _read_turn(given: str) -> Turn | None:
    """Where the list goes on; its beginning where that is nowhere."""
    since, _, last = given.partition("_")
    try:
        return Turn(date.fromisoformat(since), uuid.UUID(last))
    except ValueError:
        return None


# -- One report ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """An action that can be done now, with the fields it needs; `key` tells two ways of doing it
    apart. `to` is the slug of whom it is passed on to, where that is settled."""

    key: str
    name: str
    said: str
    why: str
    fields: tuple[str, ...]
    has_photos: bool
    is_open: bool
    to: str = ""


def show_desk_report(code: str) -> Response:
    """A report, with whatever this person may do about it now."""
    with open_session() as session:
        page, defect = _open(session, code)
        check_subject(subject_of(defect), thing=thing_of(defect.id))
        offered = _offered(current_actor(), defect)
        shown = _show(session, page, defect, offered)
    return keep_private(make_response(shown))


def post_act(code: str) -> Response:
    """Do it, and go back to the report; what is wrong comes back at its field."""
    problem: GeoappError
    try:
        with open_session() as session:
            page, defect = _open(session, code)
            check_subject(subject_of(defect), thing=thing_of(defect.id))
            check_form()
            _act(session, defect, page, None)
        return redirect(_after(defect), 303)
    except (Invalid, Conflict) as error:
        problem = error
    with open_session() as session:
        page, defect = _open(session, code)
        offered = _offered(current_actor(), defect)
        shown = _show(session, page, defect, offered, problem=problem)
    return keep_private(make_response(shown, find_refusal(problem).status))


def _after(defect: DefectFacts) -> str:
    if request.form.get(WAY) == WALK:
        return make_walk_url(noted=defect.code)
    return url_for("web.show_desk_report", code=defect.code, done=1)


def show_call(code: str) -> Response:
    """The same by the link of a mail. Opening it does nothing: a mail's scanner opens links too."""
    with open_session() as session:
        page, defect, call = _open_call(session, code, request.args.get(OWN_KEY, ""))
        shown = _show(session, page, defect, _offered_to(call, defect))
    return keep_private(make_response(shown))


def post_call(code: str) -> Response:
    """Act for the organisation of the mail."""
    check_form()
    secret = request.form.get(OWN_KEY, "")
    problem: GeoappError
    try:
        with open_session() as session:
            page, defect, call = _open_call(session, code, secret)
            _act(session, defect, page, call)
        address = url_for("web.show_call", code=defect.code, secret=secret, done=1)
        if request.form.get("action") in (Action.PASS_ON, Action.ACCEPT):
            address = url_for("web.show_defect", code=defect.code)
        return keep_private(redirect(address, 303))
    except (Invalid, Conflict, NotAllowed) as error:
        problem = error
    with open_session() as session:
        page, defect, call = _open_call(session, code, secret)
        shown = _show(session, page, defect, _offered_to(call, defect), problem=problem)
    return keep_private(make_response(shown, find_refusal(problem).status))


def _open(session: Session, code: str) -> tuple[Page, DefectFacts]:
    written = read_code(code)
    page = open_page(session, district=find_district_of(session, code=written))
    return page, get_defect(session, code=written, today=page.today)


def _open_call(session: Session, code: str, secret: str) -> tuple[Page, DefectFacts, Call]:
    call = find_call(session, sealer=wiring().sealer, secret=secret)
    if read_code(code) != call.code:
        raise NotFound("There is no report with number {code}.", code=code)
    page, defect = _open(session, call.code)
    return page, defect, call


def _act(session: Session, defect: DefectFacts, page: Page, call: Call | None) -> None:
    # A form sends the fields nobody filled in as well.
    values = {
        name: said for name, said in read_form().items() if said != "" and name not in OWN_FIELDS
    }
    draft = check_act(values, today=page.today)
    by = seat_for(defect, draft.action) if call is None else _by_call(call)
    take_act(
        session,
        defect_id=defect.id,
        draft=draft,
        by=by,
        photos=Photos(read_uploads(PICTURES)["photos"], wiring().store),
        now=wiring().clock(),
    )


def seat_for(defect: DefectFacts, action: Action) -> ActBy:
    """As whom this person does it.

    Raises:
        NotAllowed: they may not.
    """
    seat = check_subject(
        handler_of(defect, of_receiver=action is Action.ACCEPT),
        thing=thing_of(defect.id),
        permission=PERMISSION_OF[action],
    )
    return ActBy(seat.organisation_id, current_actor().person_id, seat.role.value)


def _by_call(call: Call) -> ActBy:
    # Of a mailbox nobody knows who reads it: the history names the organisation.
    acting_for = "" if call.person_id else call.organisation
    return ActBy(call.organisation_id, call.person_id, "mail_link", acting_for)


def _offered(actor: Actor, defect: DefectFacts) -> list[Action]:
    return [
        action
        for action in list_actions(defect.axes)
        if may(
            actor,
            PERMISSION_OF[action],
            handler_of(defect, of_receiver=action is Action.ACCEPT),
        )
    ]


def _offered_to(call: Call, defect: DefectFacts) -> list[Action]:
    is_receiver = call.organisation_id == defect.receiver_id
    return [
        action
        for action in list_actions(defect.axes)
        if PERMISSION_OF[action] is Permission.HANDLE_DEFECT
        and (action is Action.ACCEPT) == is_receiver
    ]


def _show(
    session: Session,
    page: Page,
    defect: DefectFacts,
    offered: list[Action],
    *,
    problem: GeoappError | None = None,
) -> str:
    steps = steps_of(session, defect_ids=[defect.id]).get(defect.id, [])
    private = get_private(session, defect_id=defect.id)
    photos = photos_of(session, defect_id=defect.id)
    receivers = (
        [
            organisation
            for organisation in list_organisations(session, district_id=defect.district_id)
            if organisation.name != defect.addressee
        ]
        if Action.PASS_ON in offered
        else []
    )
    return render(
        "desk_report.html",
        page,
        defect=defect,
        shape=defect.shape.value if defect.shape else "plain",
        title=title_of(defect),
        where=where_of(defect),
        category=words.CATEGORIES[defect.category],
        state=words.say_state(defect),
        days=words.say_days_open(defect.days_open),
        turn=make_turn(defect, today=page.today),
        timeline=make_timeline(defect, steps, today=page.today),
        photos=[photo for photo in photos if photo.state is PictureState.SHOWN],
        spot=f"{private.lat:.6f}, {private.lon:.6f}",
        choices=[*_offer_help(session, defect, offered), *map(_make_choice, offered)],
        receivers=receivers,
        refusing=[(name.value, words.HOW_REFUSED[name]) for name in HowRefused],
        values=request.form,
        problem=say_error(problem) if problem else "",
        wrong=problem.field if problem else None,
        is_done=request.args.get("done") == "1",
        secret=request.values.get(OWN_KEY, ""),
        token=form_token(),
        honeypot=HONEYPOT,
        today=utc_today().isoformat(),
        sprite=sprite_svg(("brand", "open", "asked", "bad", "good")),
    )


def _offer_help(session: Session, defect: DefectFacts, offered: list[Action]) -> list[Choice]:
    """Volunteers ask the municipality for help, before anything else; it has a clock, they have
    none."""
    if not defect.mover_is_volunteer or Action.PASS_ON not in offered:
        return []
    desk = get_desk(session, district_id=defect.district_id)
    if desk.id == defect.addressee_id:
        return []
    said, why = words.HELP
    choice = Choice(
        key=HELP,
        name=Action.PASS_ON.value,
        said=str(said),
        why=gettext(str(why), by=desk.party.name),
        fields=("note",),
        has_photos=False,
        is_open=_is_chosen(Action.PASS_ON, HELP),
        to=desk.party.slug,
    )
    return [choice]


def _is_chosen(action: Action, way: str) -> bool:
    asked = request.form.get("action", "")
    opened = request.form.get(WAY, asked)
    return asked == action.value and way == (HELP if opened == HELP else asked)


def _make_choice(action: Action) -> Choice:
    said, why = words.ACTIONS[action]
    return Choice(
        key=action.value,
        name=action.value,
        said=str(said),
        why=str(why),
        fields=ACT_FIELDS[action],
        has_photos=action in (Action.HANDLE, Action.CHECK),
        is_open=_is_chosen(action, action.value),
    )


ROUTES = (
    Route("/desk", show_desk, Permission.ACT_ON_DEFECT),
    Route("/desk/<code>", show_desk_report, Permission.ACT_ON_DEFECT),
    Route("/desk/<code>", post_act, Permission.ACT_ON_DEFECT, methods=("POST",)),
    Route("/defects/<code>/call", show_call, Permission.SEE_PUBLIC),
    Route("/defects/<code>/call", post_call, Permission.REPORT, methods=("POST",)),
)
