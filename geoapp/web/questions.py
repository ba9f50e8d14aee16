"""Questions of platforms: asking one, following it until a result, answering it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, doer_of, signed_in_id
from geoapp.areas.queries import get_area
from geoapp.assets.queries import AssetFacts, find_assets, get_asset
from geoapp.coverage.queries import find_place
from geoapp.coverage.stuck import whom_to_call
from geoapp.db.codes import read_code
from geoapp.db.text import read_words
from geoapp.defects.queries import find_district_of, get_defect
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import Conflict, GeoappError, Invalid, NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.moderation.queries import hidden_words_of
from geoapp.moderation.rules import Reason
from geoapp.people.queries import get_desk
from geoapp.people.rules import Permission, Seat, Subject
from geoapp.platforms.queries import PlatformFacts, get_platform
from geoapp.platforms.queries import subject_of as subject_of_platform
from geoapp.platforms.queries import thing_of as thing_of_platform
from geoapp.questions.actions import (
    By,
    ask_question,
    follow_question,
    leave_question,
    take_act,
)
from geoapp.questions.queries import (
    EventFacts,
    QuestionFacts,
    answerer_of,
    asker_of,
    events_of,
    find_answering,
    get_question,
    is_following,
    list_answering,
    list_other,
    list_questions,
    list_waiting,
    parts_of,
    propose_answering,
    thing_of,
)
from geoapp.questions.rules import (
    FIELDS_OF_ACT,
    MOST_ABOUT_LETTERS,
    MOST_LETTERS,
    MOST_OF_FIELD,
    MOST_PROMISED_DAYS,
    NOT_NEEDED,
    SIDE_OF_ACT,
    EventKind,
    QuestionDraft,
    Side,
    ThingKind,
    check_act,
    check_question,
    list_acts,
)
from geoapp.refusals import find_refusal
from geoapp.web import question_words, words
from geoapp.web.cards import Bead, HiddenPart, Turn
from geoapp.web.errors import say_error
from geoapp.web.forms import Typed, check_form, form_token
from geoapp.web.judged_words import hide_chosen, render_judged
from geoapp.web.language import gettext
from geoapp.web.mediating import make_case_boxes
from geoapp.web.page import Page, open_page, render
from geoapp.web.public_words import check_public

MOST_LISTED = 50
FOLLOW, LEAVE = "follow", "leave"


@dataclass(frozen=True)
class Line:
    """A question in a list."""

    url: str
    title: str
    asked: str
    shape: str
    state: str
    turn: Turn | None
    is_example: bool


@dataclass(frozen=True)
class About:
    """What a question is about, as a link."""

    url: str
    name: str


# -- Lists ---------------------------------------------------------------------------------------


def show_questions(slug: str) -> str:
    """What a platform has asked, and how it stands."""
    with open_session() as session:
        platform = get_platform(session, slug=slug)
        page = open_page(session, district=platform.district)
        found = list_questions(session, platform_id=platform.id, limit=MOST_LISTED)
        lines = make_question_lines(session, found, today=page.today)
    return render("questions.html", page, platform=platform, lines=lines, sprite=sprite_svg())


def show_asked(slug: str) -> str:
    """What waits for an organisation of a district, the longest silent first; and what else was
    asked of late."""
    with open_session() as session:
        page = open_page(session, district=slug)
        check_subject(Subject(page.place.id))
        waiting = list_waiting(session, district_id=page.place.id, limit=MOST_LISTED)
        others = list_other(session, district_id=page.place.id, limit=MOST_LISTED)
        lines = make_question_lines(session, waiting, today=page.today)
        other_lines = make_question_lines(session, others, today=page.today)
    return render("asked.html", page, lines=lines, others=other_lines, sprite=sprite_svg())


def make_question_lines(
    session: Session, questions: Iterable[QuestionFacts], *, today: date
) -> list[Line]:
    """Questions in a list; what a moderator hid is not in it."""
    found = list(questions)
    hidden = hidden_words_of(session, thing_ids=[one.id for one in found])
    return [
        Line(
            url=url_for("web.show_question", code=one.code),
            title=question_words.say_title(one, is_hidden=(one.id, 0) in hidden),
            asked=gettext(
                "%(platform)s asks %(organisation)s, %(day)s",
                platform=one.platform,
                organisation=one.organisation.name,
                day=words.say_day(one.asked_on, today=today),
            ),
            shape=question_words.SHAPES[one.state],
            state=str(question_words.STATES[one.state]),
            turn=_find_turn(one, today),
            is_example=one.is_example,
        )
        for one in found
    ]


def _find_turn(question: QuestionFacts, today: date) -> Turn | None:
    turn = question_words.say_turn(question, today=today)
    return None if turn.is_nobody else turn


# -- Asking --------------------------------------------------------------------------------------


def show_question_form(slug: str) -> str:
    """Ask something: four fields, of which two may stay as they are."""
    with open_session() as session:
        platform, _ = _open_platform(session, slug)
        typed = Typed({name: request.args.get(name, "")[:200] for name in ("about", "theme")})
        return _show_form(session, platform, typed)


def post_question(slug: str) -> Response | tuple[str, int]:
    """Ask it."""
    with open_session() as session:
        platform, seat = _open_platform(session, slug)
        check_form()
    try:
        with open_session() as session:
            page = open_page(session, district=platform.district)
            draft = check_question(request.form.get("theme", ""), request.form.get("words", ""))
            check_public({"words": draft.words})
            draft, at = _find_about(session, page, draft)
            chosen = request.form.get("to", "")
            organisation_id = (
                find_answering(session, district_id=platform.district_id, slug=chosen).id
                if chosen
                else propose_answering(session, platform=platform, theme=draft.theme, at=at)
            )
            by = _make_by(platform.organisation_id, platform.slug, seat, page)
            question = ask_question(
                session, platform=platform, organisation_id=organisation_id, draft=draft, by=by
            )
            address = url_for("web.show_question", code=question.code, kept=1)
        return redirect(address, 303)
    except (Invalid, NotFound) as problem:
        with open_session() as session:
            shown = _show_form(session, platform, _give_back(problem))
        return shown, find_refusal(problem).status


def _open_platform(session: Session, slug: str) -> tuple[PlatformFacts, Seat]:
    platform = get_platform(session, slug=slug)
    seat = check_subject(subject_of_platform(platform), thing=thing_of_platform(platform))
    return platform, seat


def _show_form(session: Session, platform: PlatformFacts, typed: Typed) -> str:
    return render(
        "question_ask.html",
        open_page(session, district=platform.district),
        platform=platform,
        typed=typed,
        values=typed.values,
        themes=list(words.THEMES.items()),
        organisations=list_answering(session, district_id=platform.district_id),
        most={"words": MOST_LETTERS, "about": MOST_ABOUT_LETTERS},
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


def _find_about(
    session: Session, page: Page, draft: QuestionDraft
) -> tuple[QuestionDraft, tuple[float, float] | None]:
    """The draft with what its field names: a thing or a report by number, a thing or a place by
    name; and where that is.

    Raises:
        Invalid: nothing here is called so.
    """
    named = read_words(request.form.get("about", ""), field="about", most=MOST_ABOUT_LETTERS)
    if not named:
        return draft, None
    asset = _find_asset(session, page, named)
    if asset is not None:
        return _about(draft, "asset", asset.code), (asset.lon, asset.lat)
    try:
        code = read_code(named)
        if find_district_of(session, code=code) == page.place.slug:
            defect = get_defect(session, code=code, today=page.today)
            return _about(draft, "defect", code), (defect.lon, defect.lat)
    except NotFound:
        pass
    names = find_place(session, words=named, district_id=page.place.id).names
    slug = next((one.area_slug for one in names if one.area_slug), None)
    if slug is None:
        raise Invalid(
            "Nothing here is called so: use the number of a thing or report, or the name of a "
            "neighbourhood.",
            field="about",
        )
    return _about(draft, "area", slug), None


def _find_asset(session: Session, page: Page, named: str) -> AssetFacts | None:
    try:
        found = get_asset(session, code=read_code(named))
    except NotFound:
        like = find_assets(session, words=named, district_id=page.place.id)
        return next((one for one in like if one.name.casefold() == named.casefold()), None)
    return found if found.district_id == page.place.id else None


def _about(draft: QuestionDraft, kind: str, code: str) -> QuestionDraft:
    return QuestionDraft(draft.theme, draft.words, kind, code)


def _make_by(organisation_id: UUID, whose: str, seat: Seat, page: Page) -> By:
    return By(doer_of(seat, whose=whose), organisation_id, wiring().clock(), page.today)


def _give_back(problem: GeoappError) -> Typed:
    """Nothing that was typed is lost."""
    typed = {name: given[: MOST_LETTERS * 2] for name, given in request.form.items()}
    return Typed(typed, say_error(problem), problem.field or "")


# -- One question --------------------------------------------------------------------------------


def show_question(code: str) -> str | Response:
    """A question with everything that was said about it."""
    written = read_code(code)
    if written != code:
        return redirect(url_for("web.show_question", code=written), 301)
    with open_session() as session:
        question = get_question(session, code=code)
        page = open_page(session, district=question.district)
        return _show_question(session, page, question)


def _show_question(session: Session, page: Page, question: QuestionFacts) -> str:
    events = events_of(session, question=question)
    hidden = hidden_words_of(session, thing_ids=[question.id])
    calls = whom_to_call(session, organisation_ids=[question.organisation_id])
    reason = hidden.get((question.id, 0))
    title = question_words.say_title(question, is_hidden=reason is not None)
    return render(
        "question.html",
        page,
        question=question,
        title=title,
        said="" if reason else question.words.removeprefix(title).strip(),
        hidden=_hide(reason) if reason else None,
        theme=words.THEMES[question.theme],
        about=find_about(session, page, question),
        state=question_words.STATES[question.state],
        shape=question_words.SHAPES[question.state],
        turn=question_words.say_turn(question, today=page.today),
        asked_on=words.say_day(question.asked_on, today=page.today),
        call=calls.get(question.organisation_id),
        beads=_make_beads(question, events, hidden, page.today),
        cases=make_case_boxes(session, page, kind=ThingKind.QUESTION, code=question.code),
        help_url=url_for("web.show_help_form", kind="question", code=question.code),
        is_kept="kept" in request.args,
        sprite=sprite_svg(),
    )


def find_about(session: Session, page: Page, question: QuestionFacts) -> About | None:
    """What it is about; None: nothing, or it is no more."""
    code = question.about_code
    try:
        match question.about_kind:
            case "asset":
                name = get_asset(session, code=code).name
                return About(url_for("web.show_asset", code=code), name)
            case "defect":
                get_defect(session, code=code, today=page.today)
                url = url_for("web.show_defect", code=code)
                return About(url, gettext("report %(code)s", code=code))
            case "area":
                return About(url_for("web.show_area", slug=code), get_area(session, slug=code).name)
    except NotFound:
        pass
    return None


def _hide(reason: Reason) -> HiddenPart:
    said = str(words.REASONS[reason])
    return HiddenPart(
        is_photo=False, reason=said, is_disputed=False, is_second_look=False, appeal_url=""
    )


_BEADS: dict[EventKind, tuple[str, str]] = {
    EventKind.ASKED: ("open", "run o"),
    EventKind.ANSWERED: ("asked", "run a"),
    EventKind.PROMISED: ("asked", "run a"),
    EventKind.NO_ANSWER: ("bad", "run"),
    EventKind.GRANTED: ("good", ""),
    EventKind.PARTLY: ("asked", ""),
    EventKind.REFUSED: ("bad", ""),
}


def _make_beads(
    question: QuestionFacts,
    events: Iterable[EventFacts],
    hidden: Mapping[tuple[UUID, int], Reason],
    today: date,
) -> list[Bead]:
    beads = []
    for event in events:
        reason = hidden.get((question.id, event.position))
        symbol, run = _BEADS.get(event.kind, ("", "run o"))
        told = [] if reason else [(str(question_words.TOLD[n]), event.told[n]) for n in event.told]
        beads.append(
            Bead(
                symbol=symbol,
                when=words.say_day(event.on_day, today=today),
                bold=question_words.say_event(event),
                words="",
                note="" if reason else event.note,
                run=run,
                hidden=(_hide(reason),) if reason else (),
                told=tuple(told),
            )
        )
    return beads


# -- What the two sides do -----------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """An act that can be done now, with the fields it needs, in the order they are asked."""

    kind: str
    name: str
    why: str
    url: str
    is_chosen: bool


@dataclass(frozen=True)
class _Side:
    """One side of a question: who may act for it, and where."""

    side: Side
    endpoint: str
    subject: Callable[[QuestionFacts], Subject]


ASKER = _Side(Side.ASKER, "web.show_asker", asker_of)
ANSWERER = _Side(Side.ORGANISATION, "web.show_answering", answerer_of)


def show_asker(code: str) -> str:
    """What the platform can say now; and whether whoever asks hears of it by mail."""
    with open_session() as session:
        return _show_side(session, ASKER, _open(session, code, ASKER)[0], Typed())


def post_asker(code: str) -> Response | tuple[str, int]:
    """Say it; or begin or stop to hear of it."""

    def keep(session: Session, question: QuestionFacts, seat: Seat, page: Page) -> None:
        turn = {FOLLOW: follow_question, LEAVE: leave_question}.get(request.form.get("act", ""))
        if turn is not None:
            turn(session, question_id=question.id, person_id=signed_in_id())
            return
        by = _make_by(question.asker_id, question.platform_slug, seat, page)
        _act(session, question, ASKER, by)

    return _post_side(code, ASKER, keep)


def show_answering(code: str) -> str:
    """What whoever was asked can say now."""
    with open_session() as session:
        return _show_side(session, ANSWERER, _open(session, code, ANSWERER)[0], Typed())


def post_answer(code: str) -> Response | tuple[str, int]:
    """Say it, for the organisation of whoever says it."""

    def keep(session: Session, question: QuestionFacts, seat: Seat, page: Page) -> None:
        own = seat.organisation_id or get_desk(session, district_id=question.district_id).id
        _act(session, question, ANSWERER, _make_by(own, "", seat, page))

    return _post_side(code, ANSWERER, keep)


def _act(session: Session, question: QuestionFacts, side: _Side, by: By) -> None:
    named = request.form.get("act", "")
    known = {kind.value: kind for kind in question_words.ACTS if SIDE_OF_ACT[kind] is side.side}
    if named not in known:
        raise Invalid("Choose what you want to say.", field="act")
    kind = known[named]
    act = check_act(kind, request.form, today=by.today)
    check_public({"note": act.note, **act.told})
    take_act(session, question=question, act=act, by=by)


def _open(session: Session, code: str, side: _Side) -> tuple[QuestionFacts, Seat]:
    question = get_question(session, code=read_code(code))
    return question, check_subject(side.subject(question), thing=thing_of(question.id))


def _post_side(
    code: str, side: _Side, keep: Callable[[Session, QuestionFacts, Seat, Page], None]
) -> Response | tuple[str, int]:
    with open_session() as session:
        question, seat = _open(session, code, side)
        check_form()
    try:
        with open_session() as session:
            page = open_page(session, district=question.district)
            keep(session, question, seat, page)
    except (Invalid, Conflict, NotFound) as problem:
        with open_session() as session:
            fresh = get_question(session, code=question.code)
            shown = _show_side(session, side, fresh, _give_back(problem))
        return shown, find_refusal(problem).status
    return redirect(url_for("web.show_question", code=question.code, kept=1), 303)


def _show_side(session: Session, side: _Side, question: QuestionFacts, typed: Typed) -> str:
    page = open_page(session, district=question.district)
    acts = [kind for kind in list_acts(question.state, side.side) if kind in question_words.ACTS]
    named = typed.values.get("act") or request.args.get("act", "")
    chosen = next((kind for kind in acts if kind == named), acts[0] if acts else None)
    is_asker = side is ASKER
    follows = is_asker and is_following(session, question_id=question.id, person_id=signed_in_id())
    hidden = hidden_words_of(session, thing_ids=[question.id])
    return render(
        "question_act.html",
        page,
        question=question,
        title=question_words.say_title(question, is_hidden=(question.id, 0) in hidden),
        state=question_words.STATES[question.state],
        turn=question_words.say_turn(question, today=page.today),
        choices=[_make_choice(kind, chosen, side, question) for kind in acts],
        chosen=chosen,
        why=question_words.ACTS[chosen][1] if chosen else "",
        fields=[(name, say_field(name)) for name in FIELDS_OF_ACT[chosen]] if chosen else [],
        is_needed=chosen not in NOT_NEEDED,
        organisations=[
            party
            for party in list_answering(session, district_id=question.district_id)
            if party.slug != question.organisation.slug
        ],
        most=MOST_OF_FIELD,
        first_day=page.today,
        last_day=page.today + timedelta(days=MOST_PROMISED_DAYS),
        is_asker=is_asker,
        follows=follows,
        post_url=url_for(side.endpoint, code=question.code),
        typed=typed,
        values=typed.values,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


def say_field(name: str) -> str:
    """What is asked in a field of an act."""
    if name == "due_on":
        return gettext("Which day?")
    if name == "organisation":
        return gettext("Who goes on with it?")
    return str(question_words.FIELDS[name])


def _make_choice(
    kind: EventKind, chosen: EventKind | None, side: _Side, question: QuestionFacts
) -> Choice:
    name, why = question_words.ACTS[kind]
    url = url_for(side.endpoint, code=question.code, act=kind.value)
    return Choice(kind.value, str(name), str(why), url, is_chosen=kind is chosen)


# -- Hiding words --------------------------------------------------------------------------------


def show_question_judging(code: str) -> str:
    """All words of a question, for a moderator without a part in it."""
    with open_session() as session:
        return _show_judging(session, _open_judged(session, code)[0])


def post_question_verdict(code: str) -> Response | tuple[str, int]:
    """Hide some of them, for a reason everybody reads."""
    with open_session() as session:
        question, seat = _open_judged(session, code)
        check_form()
    try:
        with open_session() as session:
            hide_chosen(
                session,
                thing=thing_of(question.id),
                positions=(one.position for one in events_of(session, question=question)),
                seat=seat,
            )
    except (Invalid, Conflict, NotFound) as problem:
        with open_session() as session:
            shown = _show_judging(session, question, say_error(problem))
        return shown, find_refusal(problem).status
    return redirect(url_for("web.show_question", code=question.code), 303)


def _open_judged(session: Session, code: str) -> tuple[QuestionFacts, Seat]:
    question = get_question(session, code=read_code(code))
    return question, check_subject(parts_of(question), thing=thing_of(question.id))


def _show_judging(session: Session, question: QuestionFacts, problem: str = "") -> str:
    hidden = hidden_words_of(session, thing_ids=[question.id])
    said = [(0, question.platform, question.words)]
    for event in events_of(session, question=question):
        told = " ".join(filter(None, [event.note, *event.told.values()]))
        if told:
            said.append((event.position, event.by, told))
    return render_judged(
        open_page(session, district=question.district),
        number=question.code,
        post_url=url_for("web.post_question_verdict", code=question.code),
        said=said,
        hidden={position: reason for (_, position), reason in hidden.items()},
        problem=problem,
    )


ROUTES = (
    Route("/platforms/<slug>/questions", show_questions, Permission.SEE_PUBLIC),
    Route("/platforms/<slug>/questions/new", show_question_form, Permission.WORK_ON_PLAN),
    Route(
        "/platforms/<slug>/questions/new",
        post_question,
        Permission.WORK_ON_PLAN,
        methods=("POST",),
    ),
    Route("/questions/<code>", show_question, Permission.SEE_PUBLIC),
    Route("/questions/<code>/asker", show_asker, Permission.WORK_ON_PLAN),
    Route("/questions/<code>/asker", post_asker, Permission.WORK_ON_PLAN, methods=("POST",)),
    Route("/questions/<code>/answer", show_answering, Permission.ANSWER_QUESTION),
    Route("/questions/<code>/answer", post_answer, Permission.ANSWER_QUESTION, methods=("POST",)),
    Route("/questions/<code>/judging", show_question_judging, Permission.MODERATE),
    Route(
        "/questions/<code>/judging", post_question_verdict, Permission.MODERATE, methods=("POST",)
    ),
    Route("/districts/<slug>/questions", show_asked, Permission.ANSWER_QUESTION),
)
