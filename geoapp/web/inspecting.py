"""What whoever looks after a thing does on the spot: answer its list in one look, confirm what was
done together, say that it is being repaired."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import make_response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.assets.queries import kept_subject
from geoapp.edge import Route, open_session, read_uploads, wiring
from geoapp.errors import Conflict, GeoappError, Invalid, NotAllowed, NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.inspections.actions import Found, record_inspection
from geoapp.inspections.ladder import check_confirms, confirm_inspection, take_up_repair
from geoapp.inspections.queries import (
    InspectionFacts,
    ListFacts,
    find_inspection,
    get_list,
    last_case_of,
    last_inspection_of,
    list_in_force,
)
from geoapp.inspections.rules import (
    MOST_NOTE_LETTERS,
    REPAIR_DAYS,
    Answer,
    CaseState,
    Result,
    find_wrong,
)
from geoapp.media.actions import add_picture
from geoapp.media.rules import Size
from geoapp.people.queries import get_desk
from geoapp.people.rules import Permission
from geoapp.refusals import find_refusal
from geoapp.web.clean_safe import (
    ANSWERS,
    Look,
    WarningCard,
    ask_in,
    make_look,
    make_warning,
    say_list,
)
from geoapp.web.errors import say_error
from geoapp.web.forms import Typed, check_form, form_token
from geoapp.web.hands import Handled, open_thing
from geoapp.web.page import render
from geoapp.web.rounds import find_next_url
from geoapp.web.words import say_day

ANSWER = "answer-"
MOST_PHOTOS = {"photos": 1}


@dataclass(frozen=True)
class Row:
    """A question of the list, and which answer is chosen."""

    code: str
    question: str
    chosen: str


@dataclass(frozen=True)
class Waiting:
    """What the other side has still to confirm; `warns_until` where a warning follows from it."""

    number: int
    look: Look
    may_confirm: bool
    warns_until: str


@dataclass(frozen=True)
class Done:
    """What was just sent: of what was not right a report can be made, each with its category."""

    look: Look
    reports: list[tuple[str, str]]
    next_url: str


def show_inspect(code: str) -> str:
    """The list of a thing, to be answered on the spot."""
    with open_session() as session:
        handled = open_thing(session, code, kept_subject)
        return _show(session, handled, Typed())


def post_inspect(code: str) -> Response | tuple[str, int]:
    """Keep what was found, and go on to the next one of the round."""
    numbers: list[int] = []

    def keep(session: Session, handled: Handled) -> None:
        numbers.append(_keep(session, handled))

    return _change(code, keep) or _go_on(code, numbers[0])


def post_confirm(code: str) -> Response | tuple[str, int]:
    """Say that both were there."""

    def keep(session: Session, handled: Handled) -> None:
        number = _read_number(request.form.get("number", ""))
        confirm_inspection(
            session, asset=handled.asset, number=number, by=handled.by, at=handled.at
        )

    return _change(code, keep) or _see(code, {"kept": 1})


def post_repair(code: str) -> Response | tuple[str, int]:
    """Say that it is being repaired."""

    def keep(session: Session, handled: Handled) -> None:
        take_up_repair(session, asset=handled.asset, by=handled.by, at=handled.at)

    return _change(code, keep) or _see(code, {"kept": 1})


def show_inspection_photo(code: str, number: int) -> Response:
    """The photo of a look, for those who look after the thing."""
    with open_session() as session:
        handled = open_thing(session, code, kept_subject)
        found = find_inspection(session, asset_id=handled.asset.id, number=number)
    if found is None or found.picture_id is None:
        raise NotFound("There is no such photo.")
    response = make_response(wiring().store.read(found.picture_id, Size.SMALL))
    response.mimetype = "image/jpeg"
    return response


def _change(code: str, keep: Callable[[Session, Handled], None]) -> tuple[str, int] | None:
    """Change something; what cannot be kept comes back as it was typed. None: it is kept."""
    with open_session() as session:
        handled = open_thing(session, code, kept_subject)
        check_form()
    try:
        with open_session() as session:
            keep(session, handled)
    except (Invalid, Conflict) as problem:
        with open_session() as session:
            return _show(session, handled, _give_back(problem)), find_refusal(problem).status
    return None


# -- The form ----------------------------------------------------------------------------------


def _keep(session: Session, handled: Handled) -> int:
    form = request.form
    asset = handled.asset
    asked = get_list(session, asset=asset, version=_read_number(form.get("list", "")))
    if asked is None:
        raise Invalid("This form was open for too long. Look it over and send it again.")
    answers: dict[str, object] = {
        name.removeprefix(ANSWER): said for name, said in form.items() if name.startswith(ANSWER)
    }
    if form.get("all") == "right":
        answers = {item.code: Answer.YES.value for item in asked.items} | answers
    pictures = read_uploads(MOST_PHOTOS)["photos"]
    picture_id = None
    if pictures:
        picture_id = add_picture(
            session,
            district_id=asset.district_id,
            cleaned=pictures[0],
            store=wiring().store,
            now=handled.at.now,
            is_example=asset.is_example,
        ).id
    together_id = _read_together(session, handled, form.get("together", ""))
    found = Found(asked, answers, form.get("note", ""), picture_id, together_id)
    return record_inspection(session, asset=asset, found=found, by=handled.by, at=handled.at)


def _read_together(session: Session, handled: Handled, slug: str) -> UUID | None:
    if not slug:
        return None
    known = _list_others(session, handled)
    if slug not in known:
        raise Invalid("Choose with whom you looked, or nobody.", field="together")
    return known[slug][0]


def _list_others(session: Session, handled: Handled) -> dict[str, tuple[UUID, str]]:
    """With whom this can be done together, by slug: the district by its desk, for whoever keeps it;
    each of those who keep or own it, for the district."""
    asset, by = handled.asset, handled.by
    found: dict[str, tuple[UUID, str]] = {}
    if by.is_officer:
        for duty in handled.duties:
            found[duty.keeper.slug] = (duty.keeper_id, duty.keeper.name)
        if asset.owner and asset.owner_id:
            found[asset.owner.slug] = (asset.owner_id, asset.owner.name)
    else:
        desk = get_desk(session, district_id=asset.district_id)
        found[desk.party.slug] = (desk.id, desk.party.name)
    return {slug: other for slug, other in found.items() if other[0] != by.organisation_id}


def _read_number(words: str) -> int:
    if not (words.isascii() and words.isdigit() and len(words) < 10):
        raise Invalid("This form was open for too long. Look it over and send it again.")
    return int(words)


def _give_back(problem: GeoappError) -> Typed:
    typed = {name: words[: MOST_NOTE_LETTERS * 4] for name, words in request.form.items()}
    return Typed(typed, say_error(problem), problem.field or "")


# -- Where it leads ----------------------------------------------------------------------------


def _go_on(code: str, number: int) -> Response:
    """To the next one where all is right; else to what can be done about it."""
    slug = request.form.get("round", "")
    with open_session() as session:
        handled = open_thing(session, code, kept_subject)
        found = find_inspection(session, asset_id=handled.asset.id, number=number)
        is_right = found is not None and found.result is Result.RIGHT and not found.is_waiting
        if is_right and slug:
            following = find_next_url(session, slug, after=handled.asset, page=handled.page)
            noted = handled.asset.code
            if not following:
                return redirect(url_for("web.show_round", slug=slug, noted=noted), 303)
            return redirect(f"{following}&noted={noted}", 303)
    return _see(code, {"done": number, **({"round": slug} if slug else {})})


def _see(code: str, asked: Mapping[str, Any]) -> Response:
    return redirect(url_for("web.show_inspect", code=code, **asked), 303)


# -- The page ----------------------------------------------------------------------------------


def _show(session: Session, handled: Handled, typed: Typed) -> str:
    asset, page = handled.asset, handled.page
    asked = list_in_force(session, asset=asset, today=page.today)
    last = last_inspection_of(session, asset_id=asset.id)
    case = last_case_of(session, asset_id=asset.id)
    warning: WarningCard | None = make_warning(case, page.today) if case else None
    slug = typed.values.get("round", request.args.get("round", ""))
    return render(
        "inspect.html",
        page,
        asset=asset,
        asked=asked,
        by_list=say_list(asked.version, asked.starts_on) if asked else "",
        rows=_make_rows(handled, asked, typed),
        answers=[(answer.value, words) for answer, words in ANSWERS.items()],
        others=[(name, other[1]) for name, other in _list_others(session, handled).items()],
        typed=typed,
        most_note=MOST_NOTE_LETTERS,
        last=make_look(last, page) if last else None,
        last_photo=url_for("web.show_inspection_photo", code=asset.code, number=last.number)
        if last and last.picture_id
        else "",
        waiting=_make_waiting(handled, last) if last and last.is_waiting else None,
        warning=warning if warning and warning.is_open else None,
        may_take_up=case is not None and case.state is CaseState.WARNED,
        done=_make_done(session, handled, slug),
        round=slug,
        noted=request.args.get("noted", ""),
        is_kept="kept" in request.args,
        token=form_token(),
        sprite=sprite_svg(("brand", "check", "open", "bad", "good", "camera", "plus")),
    )


def _make_rows(handled: Handled, asked: ListFacts | None, typed: Typed) -> list[Row]:
    if asked is None:
        return []
    return [
        Row(item.code, ask_in(handled.page, item), typed.values.get(ANSWER + item.code, ""))
        for item in asked.items
    ]


def _make_waiting(handled: Handled, found: InspectionFacts) -> Waiting:
    try:
        check_confirms(found, handled.by)
    except NotAllowed:
        may_confirm = False
    else:
        may_confirm = True
    until = handled.page.today + timedelta(days=REPAIR_DAYS)
    return Waiting(
        number=found.number,
        look=make_look(found, handled.page),
        may_confirm=may_confirm,
        warns_until="" if found.result is Result.RIGHT else say_day(until),
    )


def _make_done(session: Session, handled: Handled, slug: str) -> Done | None:
    """What was just sent, as the address names it."""
    asset = handled.asset
    number = request.args.get("done", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    found = find_inspection(session, asset_id=asset.id, number=int(number))
    if found is None:
        return None
    reports = [
        (
            ask_in(handled.page, item),
            url_for("web.show_report", asset=asset.code, category=item.category),
        )
        for item in find_wrong(found.items, found.answers)
    ]
    following = find_next_url(session, slug, after=asset, page=handled.page) if slug else ""
    return Done(make_look(found, handled.page), reports, following)


ROUTES = (
    Route("/assets/<code>/inspect", show_inspect, Permission.LOOK_AFTER_ASSET),
    Route("/assets/<code>/inspect", post_inspect, Permission.LOOK_AFTER_ASSET, methods=("POST",)),
    Route(
        "/assets/<code>/inspect/confirm",
        post_confirm,
        Permission.LOOK_AFTER_ASSET,
        methods=("POST",),
    ),
    Route(
        "/assets/<code>/inspect/repair", post_repair, Permission.LOOK_AFTER_ASSET, methods=("POST",)
    ),
    Route(
        "/assets/<code>/inspections/<int:number>.jpg",
        show_inspection_photo,
        Permission.LOOK_AFTER_ASSET,
    ),
)
