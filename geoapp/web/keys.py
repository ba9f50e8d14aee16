"""Keys for those who manage a thing: who has each and how it came there; and the word of whoever
gives or gets one, at their account or by the link of a mail."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import make_response, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, current_actor, doer_of, signed_in_id
from geoapp.assets.queries import AssetFacts, duties_of, get_asset, managed_subject, thing_of
from geoapp.assets.tables import Asset
from geoapp.db.codes import read_code
from geoapp.districts.queries import list_districts
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import Conflict, GeoappError, Invalid, NotAllowed, NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.keys.actions import (
    By,
    add_key,
    answer_handover,
    retire_key,
    start_handover,
    tell_lost,
    withdraw_handover,
)
from geoapp.keys.queries import (
    Candidate,
    Handover,
    KeyFacts,
    Opened,
    Unheld,
    find_call,
    get_handover,
    list_candidates,
    list_held_by,
    list_keys,
    list_open_of,
    list_unheld,
    name_holders,
)
from geoapp.keys.rules import (
    MOST_LABEL_LETTERS,
    MOST_OPENED,
    Alarm,
    Holder,
    Outcome,
    Side,
    read_holder,
    write_holder,
)
from geoapp.ledger.chain import Doer
from geoapp.people.queries import get_organisation
from geoapp.people.rules import MANAGERS, Permission, Role, Seat, Subject
from geoapp.refusals import find_refusal
from geoapp.web import people_words, words
from geoapp.web.errors import say_error
from geoapp.web.forms import check_form, form_token
from geoapp.web.language import Words, gettext, lazy_gettext
from geoapp.web.page import Page, open_page, render
from geoapp.web.security import OWN_KEY, keep_private

OWN = Seat(Role.RESIDENT)
MOST_UNHELD = 200
ALARMS: dict[Alarm, Words] = {
    Alarm.NEVER_GIVEN: lazy_gettext("Nobody has this key yet: hand it over."),
    Alarm.LOST: lazy_gettext("This key is lost."),
    Alarm.GONE: lazy_gettext("Whoever had this key has left: find out where it is."),
    Alarm.NO_SEAT: lazy_gettext(
        "Whoever has this key works for nobody who manages this place any more: get it back."
    ),
}
OUTCOMES: dict[Outcome, Words] = {
    Outcome.DONE: lazy_gettext("Both confirmed it."),
    Outcome.REFUSED: lazy_gettext("The receiver said no."),
    Outcome.WITHDRAWN: lazy_gettext("It was taken back."),
}


@dataclass(frozen=True)
class Passage:
    """One time a key changed hands, or was to."""

    when: str
    giver: str
    receiver: str
    said: str
    is_done: bool


@dataclass(frozen=True)
class Waiting:
    """A handover that waits for a word; `sides` are those that who reads may speak for."""

    id: UUID
    giver: str
    receiver: str
    is_given: bool
    is_received: bool
    sides: tuple[str, ...]


@dataclass(frozen=True)
class KeyLine:
    """A key on the page of who manages its thing, in the reader's words."""

    id: UUID
    label: str
    opens: tuple[Opened, ...]
    holder: str
    since: str
    alarm: str
    is_lost: bool
    is_retired: bool
    is_example: bool
    waiting: Waiting | None
    take_back: str
    choices: Sequence[tuple[str, str]]
    chain: Sequence[Passage]


@dataclass(frozen=True)
class Editing:
    """What is typed and what is wrong with it; `key_id` is the key it is about, if any."""

    values: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    problem_field: str = ""
    key_id: UUID | None = None


@dataclass(frozen=True)
class _Kept:
    """A thing whose keys who asks may manage, and as whom."""

    asset: AssetFacts
    page: Page
    by: By


# -- The keys of a thing -----------------------------------------------------------------------


def show_keys(code: str) -> Response:
    """The keys of a thing, and who has each."""
    with open_session() as session:
        shown = _show(session, _open(session, code), Editing())
    return keep_private(make_response(shown))


def post_key(code: str) -> Response:
    """Note a key; it may open more things that who asks manages."""

    def keep(session: Session, kept: _Kept) -> None:
        codes = request.form.get("numbers", "").replace(",", " ").split()
        if len(codes) > MOST_OPENED:
            raise Invalid("One key opens at most {most} things.", field="numbers", most=MOST_OPENED)
        opened = [kept.asset, *(_open_other(session, kept, one) for one in codes)]
        ids = [one.id for one in opened]
        add_key(
            session,
            assets=session.scalars(select(Asset).where(Asset.id.in_(ids))).all(),
            label=request.form.get("label", ""),
            by=kept.by,
            is_example=any(one.is_example for one in opened),
        )

    return _change(code, keep, None)


def post_key_act(code: str, key_id: UUID) -> Response:
    """Do something with one key."""

    def keep(session: Session, kept: _Kept) -> None:
        act = ACTS.get(request.form.get("act", ""))
        if act is None:
            raise Invalid("Choose what happens with the key.", field="act")
        act(session, kept, _find_key(session, kept, key_id))

    return _change(code, keep, key_id)


def _open(session: Session, code: str) -> _Kept:
    asset = get_asset(session, code=read_code(code))
    page = open_page(session, district=asset.district)
    seat = _check_manages(session, asset, page)
    return _Kept(asset, page, _make_by(seat, page))


def _check_manages(session: Session, asset: AssetFacts, page: Page) -> Seat:
    duties = duties_of(session, asset_ids=[asset.id], today=page.today).get(asset.id, [])
    # A refusal stands with the thing: there is no key to tell of it.
    return check_subject(managed_subject(asset, duties), thing=thing_of(asset))


def _open_other(session: Session, kept: _Kept, words_of_code: str) -> AssetFacts:
    """One more thing that a key opens.

    Raises:
        Invalid: there is none here, or who asks does not manage it.
    """
    try:
        other = get_asset(session, code=read_code(words_of_code))
        _check_manages(session, other, kept.page)
    except (NotFound, NotAllowed):
        raise Invalid(
            "You manage no place with number {code}.", field="numbers", code=words_of_code[:20]
        ) from None
    if other.district_id != kept.asset.district_id:
        raise Invalid("Choose things of one district.", field="numbers")
    return other


def _make_by(seat: Seat, page: Page) -> By:
    actor = current_actor()
    own = {one.organisation_id for one in actor.seats if one.role in MANAGERS}
    speaks_for = frozenset(one for one in own if one) | actor.supported_ids
    office_id = seat.organisation_id if seat.organisation_id in speaks_for else None
    supported = min(actor.supported_ids, default=None)
    doer, now = doer_of(seat), wiring().clock()
    return By(doer, now, page.today, speaks_for, office_id or supported)


def _find_key(session: Session, kept: _Kept, key_id: UUID) -> KeyFacts:
    for key in list_keys(session, asset_id=kept.asset.id, today=kept.page.today):
        if key.id == key_id:
            return key
    raise NotFound("There is no such key here.")


def _change(code: str, keep: Callable[[Session, _Kept], None], key_id: UUID | None) -> Response:
    with open_session() as session:
        kept = _open(session, code)
        check_form()
    try:
        with open_session() as session:
            keep(session, kept)
    except (Invalid, Conflict) as problem:
        with open_session() as session:
            shown = _show(session, kept, _give_back(problem, key_id))
        return keep_private(make_response(shown, find_refusal(problem).status))
    address = url_for("web.show_keys", code=kept.asset.code, kept=1)
    return keep_private(redirect(address, 303))


def _give_back(problem: GeoappError, key_id: UUID | None) -> Editing:
    typed = {name: said[:1000] for name, said in request.form.items()}
    return Editing(typed, say_error(problem), problem.field or "", key_id)


# -- Those that nobody has ---------------------------------------------------------------------


def show_unheld_of_district(slug: str) -> Response:
    """The keys of a district that nobody has, for whoever manages all of it."""
    with open_session() as session:
        page = open_page(session, district=slug)
        check_subject(Subject(page.place.id))
        found = _list_unheld(session, page, None)
    return _show_unheld(page, page.place.full_name, found)


def show_unheld_of_organisation(slug: str) -> Response:
    """The keys that nobody has, of what an organisation manages."""
    with open_session() as session:
        organisation = get_organisation(session, slug=slug)
        check_subject(Subject(organisation.district_id, frozenset({organisation.id})))
        place = next(p for p in list_districts(session) if p.id == organisation.district_id)
        page = open_page(session, district=place.slug)
        found = _list_unheld(session, page, organisation.id)
    return _show_unheld(page, organisation.name, found)


def _list_unheld(session: Session, page: Page, organisation_id: UUID | None) -> list[Unheld]:
    return list_unheld(
        session,
        district_id=page.place.id,
        today=page.today,
        organisation_id=organisation_id,
        limit=MOST_UNHELD,
    )


def _show_unheld(page: Page, whose: str, found: Sequence[Unheld]) -> Response:
    shown = render(
        "unheld_keys.html",
        page,
        whose=whose,
        keys=[(key, words.say_day(key.since, today=page.today)) for key in found],
        sprite=sprite_svg(("brand", "bell")),
    )
    return keep_private(make_response(shown))


# -- What can be done with one -----------------------------------------------------------------


def _hand_over(session: Session, kept: _Kept, key: KeyFacts) -> None:
    receiver = read_holder(request.form.get("receiver", ""))
    start_handover(session, key_id=key.id, receiver=receiver, by=kept.by)


def _answer(session: Session, kept: _Kept, key: KeyFacts) -> None:
    side, is_yes = _read_answer()
    handover = _find_waiting(key)
    if not kept.by.is_holder(handover.holder_on(side)):
        raise NotAllowed("Only whoever gives or gets the key can say this.")
    answer_handover(session, handover_id=handover.id, side=side, is_yes=is_yes, by=kept.by)


def _withdraw(session: Session, kept: _Kept, key: KeyFacts) -> None:
    withdraw_handover(session, handover_id=_find_waiting(key).id, by=kept.by)


def _lose(session: Session, kept: _Kept, key: KeyFacts) -> None:
    tell_lost(session, key_id=key.id, is_lost=True, by=kept.by)


def _find(session: Session, kept: _Kept, key: KeyFacts) -> None:
    tell_lost(session, key_id=key.id, is_lost=False, by=kept.by)


def _retire(session: Session, kept: _Kept, key: KeyFacts) -> None:
    retire_key(session, key_id=key.id, by=kept.by)


ACTS: dict[str, Callable[[Session, _Kept, KeyFacts], None]] = {
    "hand_over": _hand_over,
    "answer": _answer,
    "withdraw": _withdraw,
    "lost": _lose,
    "found": _find,
    "retire": _retire,
}


def _find_waiting(key: KeyFacts) -> Handover:
    """The handover the form was made for.

    Raises:
        Conflict: it is over.
    """
    if key.open is None or str(key.open.id) != request.form.get("handover", ""):
        raise Conflict("This handing over is over already: look at the keys again.")
    return key.open


def _read_answer() -> tuple[Side, bool]:
    """The side that is spoken for, and whether it says yes.

    Raises:
        Invalid: neither yes nor no, or no side.
    """
    side, said = request.form.get("side", ""), request.form.get("says", "")
    if side not in list(Side) or said not in ("yes", "no"):
        raise Invalid("Say yes or no.", field="says")
    return Side(side), said == "yes"


# -- The page ----------------------------------------------------------------------------------


def _show(session: Session, kept: _Kept, editing: Editing) -> str:
    keys = list_keys(session, asset_id=kept.asset.id, today=kept.page.today)
    holders = {
        one
        for key in keys
        for handover in (*key.chain, *([key.open] if key.open else []))
        for one in (handover.giver, handover.receiver)
    }
    names = name_holders(session, holders=[*holders])
    lines = [_make_line(key, _list_choices(session, kept, key), names, kept) for key in keys]
    return render(
        "keys.html",
        kept.page,
        asset=kept.asset,
        keys=[line for line in lines if not line.is_retired],
        retired=[line for line in lines if line.is_retired],
        editing=editing,
        values=editing.values,
        most=MOST_LABEL_LETTERS,
        is_kept="kept" in request.args,
        token=form_token(),
        sprite=sprite_svg(("brand", "check", "closed", "bell")),
    )


def _list_choices(session: Session, kept: _Kept, key: KeyFacts) -> list[Candidate]:
    if key.retired_on or key.lost_on or key.open:
        return []
    found = list_candidates(session, key_id=key.id, today=kept.page.today)
    custodian = key.holder if key.alarm is None else None
    return [one for one in found if one.holder != custodian]


def _make_line(
    key: KeyFacts, choices: Sequence[Candidate], names: Mapping[Holder, str], kept: _Kept
) -> KeyLine:
    office = Holder(organisation_id=kept.by.office_id)
    may_take = key.holder is not None and key.holder.person_id is not None
    is_choice = any(one.holder == office for one in choices)
    return KeyLine(
        id=key.id,
        label=key.label,
        opens=tuple(one for one in key.opens if one.code != kept.asset.code),
        holder=_say_holder(key.holder, names) if key.holder else "",
        since=words.say_day(key.since.astimezone(_zone(kept)).date(), today=kept.page.today)
        if key.since
        else "",
        alarm=str(ALARMS[key.alarm]) if key.alarm else "",
        is_lost=key.lost_on is not None,
        is_retired=key.retired_on is not None,
        is_example=key.is_example,
        waiting=_make_waiting(key.open, names, kept.by) if key.open else None,
        take_back=write_holder(office) if may_take and is_choice else "",
        choices=[(write_holder(one.holder), _say_candidate(one)) for one in choices],
        chain=[_make_passage(one, names, kept) for one in key.chain],
    )


def _make_waiting(handover: Handover, names: Mapping[Holder, str], by: By) -> Waiting:
    return Waiting(
        id=handover.id,
        giver=_say_holder(handover.giver, names),
        receiver=_say_holder(handover.receiver, names),
        is_given=handover.given_at is not None,
        is_received=handover.received_at is not None,
        sides=tuple(
            side.value
            for side in Side
            if by.is_holder(handover.holder_on(side)) and not handover.is_confirmed_by(side)
        ),
    )


def _make_passage(handover: Handover, names: Mapping[Holder, str], kept: _Kept) -> Passage:
    ended = handover.closed_at or handover.opened_at
    return Passage(
        when=words.say_day(ended.astimezone(_zone(kept)).date(), today=kept.page.today),
        giver=_say_holder(handover.giver, names),
        receiver=_say_holder(handover.receiver, names),
        said=str(OUTCOMES[handover.outcome]) if handover.outcome else "",
        is_done=handover.outcome is Outcome.DONE,
    )


def _zone(kept: _Kept) -> ZoneInfo:
    return ZoneInfo(kept.page.place.time_zone)


def _say_holder(holder: Holder, names: Mapping[Holder, str]) -> str:
    if holder.is_nobody:
        return gettext("Somebody who has left")
    return names.get(holder) or gettext("Somebody without a name")


def _say_candidate(candidate: Candidate) -> str:
    if candidate.role is None:
        return gettext("Kept at %(name)s itself", name=candidate.organisation)
    name = candidate.name or gettext("Somebody without a name")
    return f"{name}, {people_words.ROLES[candidate.role]}, {candidate.organisation}"


# -- Whoever gives or gets one -----------------------------------------------------------------


@dataclass(frozen=True)
class KeyQuestion:
    """A question to whoever gives or gets a key; the other's name is not in it."""

    id: UUID
    side: str
    label: str
    opens: str
    is_example: bool


def list_questions(session: Session, *, person_id: UUID) -> list[KeyQuestion]:
    """What waits for a word of this person."""
    found = list_open_of(session, person_id=person_id)
    return [_make_question(handover, side) for handover, side in found]


def list_own_keys(session: Session, *, person_id: UUID, page: Page) -> list[KeyQuestion]:
    """The keys this person has."""
    held = list_held_by(session, person_id=person_id, today=page.today)
    return [_make_question(handover, Side.RECEIVER) for handover in held]


def _make_question(handover: Handover, side: Side) -> KeyQuestion:
    return KeyQuestion(
        id=handover.id,
        side=side.value,
        label=handover.label,
        opens=say_opens(handover.opens),
        is_example=handover.is_example,
    )


def say_opens(opens: Sequence[Opened]) -> str:
    """What a key opens: the first thing, and how many more."""
    if not opens:
        return ""
    first = " ".join(opens[0].name.split())
    if len(opens) == 1:
        return first
    return gettext("%(name)s and %(count)s more", name=first, count=len(opens) - 1)


def post_own_answer(handover_id: UUID) -> Response:
    """Say yes or no to a handover, signed in."""
    check_form()
    person_id = signed_in_id()
    with open_session() as session:
        page = open_page(session)
        side, is_yes = _read_answer()
        handover = get_handover(session, handover_id=handover_id)
        if handover.holder_on(side).person_id != person_id:
            raise NotFound("There is no such handing over.")
        by = By(doer_of(OWN), wiring().clock(), page.today)
        answer_handover(session, handover_id=handover.id, side=side, is_yes=is_yes, by=by)
    return redirect(url_for("web.show_account", _anchor="keys"), 303)


def show_handover() -> Response:
    """The same question by the link of a mail. Opening it does nothing: a scanner opens links."""
    with open_session() as session:
        secret = request.args.get(OWN_KEY, "")
        handover, side = find_call(session, sealer=wiring().sealer, secret=secret)
        shown = _show_question(session, handover, side, secret)
    return keep_private(make_response(shown))


def post_handover() -> Response:
    """Answer it, without an account at hand: whoever reads that mail may."""
    check_form()
    secret = request.form.get(OWN_KEY, "")
    with open_session() as session:
        handover, side = find_call(session, sealer=wiring().sealer, secret=secret)
        page = open_page(session)
    said = request.form.get("says", "")
    problem: GeoappError | None = None
    try:
        if said not in ("yes", "no"):
            raise Invalid("Say yes or no.", field="says")
        with open_session() as session:
            doer = Doer(handover.holder_on(side).person_id, "mail_link")
            by = By(doer, wiring().clock(), page.today)
            answer_handover(
                session, handover_id=handover.id, side=side, is_yes=said == "yes", by=by
            )
    except (Invalid, Conflict) as error:
        problem = error
    with open_session() as session:
        after = get_handover(session, handover_id=handover.id)
        shown = _show_question(session, after, side, secret, problem=problem)
    status = find_refusal(problem).status if problem else 200
    return keep_private(make_response(shown, status))


def _show_question(
    session: Session,
    handover: Handover,
    side: Side,
    secret: str,
    *,
    problem: GeoappError | None = None,
) -> str:
    page = open_page(session)
    is_over = handover.closed_at is not None
    return render(
        "key_handover.html",
        page,
        question=_make_question(handover, side),
        is_asked=not (is_over or handover.is_confirmed_by(side)),
        outcome=str(OUTCOMES[handover.outcome]) if handover.outcome else "",
        problem=say_error(problem) if problem else "",
        secret=secret,
        token=form_token(),
        sprite=sprite_svg(("brand", "check")),
    )


_KEYS = "/assets/<code>/keys"
ROUTES = (
    Route("/districts/<slug>/care/keys", show_unheld_of_district, Permission.MANAGE_ASSET),
    Route("/organisations/<slug>/keys", show_unheld_of_organisation, Permission.MANAGE_ASSET),
    Route(_KEYS, show_keys, Permission.MANAGE_ASSET),
    Route(_KEYS, post_key, Permission.MANAGE_ASSET, methods=("POST",)),
    Route(f"{_KEYS}/<uuid:key_id>", post_key_act, Permission.MANAGE_ASSET, methods=("POST",)),
    Route(
        "/account/keys/<uuid:handover_id>",
        post_own_answer,
        Permission.KEEP_ACCOUNT,
        methods=("POST",),
    ),
    Route("/keys/handover", show_handover, Permission.SEE_PUBLIC),
    Route("/keys/handover", post_handover, Permission.REPORT, methods=("POST",)),
)
