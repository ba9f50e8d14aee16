"""The mediating team: a platform asks it for help with one thing, the team notes what it does, and
one list of a district tells what is stuck."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, current_actor, doer_of
from geoapp.coverage.stuck import Call, Stuck, Why, list_stuck, whom_to_call
from geoapp.db.codes import read_code
from geoapp.defects.queries import DefectFacts, list_defects
from geoapp.defects.tables import Defect
from geoapp.districts.queries import Place, list_districts
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import Conflict, GeoappError, Invalid, NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.moderation.queries import hidden_words_of
from geoapp.moderation.rules import Reason
from geoapp.people.queries import get_desk
from geoapp.people.rules import POLICY, Permission, Seat, Subject, may, may_ever
from geoapp.plans.queries import items_in
from geoapp.plans.tables import PlanItem
from geoapp.platforms.queries import PlatformFacts, platforms_of, subject_of, thing_of
from geoapp.questions.actions import By, bring_before_team, note_step
from geoapp.questions.queries import (
    CaseFacts,
    QuestionFacts,
    cases_of,
    get_case,
    list_where,
    team_of,
    thing_of_case,
)
from geoapp.questions.rules import (
    MOST_LETTERS,
    STEP_TABLE,
    Mediation,
    StepKind,
    ThingKind,
    check_step,
    check_why,
)
from geoapp.questions.tables import Question
from geoapp.refusals import find_refusal
from geoapp.web import question_words, words
from geoapp.web.cards import make_turn, title_of, where_of
from geoapp.web.errors import say_error
from geoapp.web.forms import Typed, check_form, form_token
from geoapp.web.judged_words import hide_chosen, render_judged
from geoapp.web.language import gettext
from geoapp.web.page import Page, open_page, render
from geoapp.web.public_words import check_public

MOST_LISTED = 50


@dataclass(frozen=True)
class ThingCard:
    """What was brought, as a page names it."""

    url: str
    title: str
    district: str


@dataclass(frozen=True)
class StepLine:
    """One step of the team in the reader's words; `hidden` is why its words are not shown."""

    position: int
    day: str
    said: str
    note: str
    hidden: str


@dataclass(frozen=True)
class CaseBox:
    """What the team does about a thing, as the page of that thing tells it."""

    url: str
    asked: str
    state: str
    result: str
    why: str
    hidden: str
    steps: list[StepLine]
    is_example: bool


@dataclass(frozen=True)
class StuckLine:
    """One thing on the list."""

    url: str
    title: str
    what: str
    why: str
    since: str
    mover: str
    when: str
    call: Call | None
    case_url: str
    is_example: bool


@dataclass(frozen=True)
class Chip:
    """A sort of what is stuck, to see alone."""

    url: str
    words: str
    is_current: bool


# -- What can be brought -------------------------------------------------------------------------


def _find_defects(session: Session, page: Page, codes: Collection[str]) -> dict[str, ThingCard]:
    where = [Defect.code.in_(codes)]
    found = list_defects(session, today=page.today, where=where, limit=len(codes))
    return {
        one.code: ThingCard(
            url_for("web.show_defect", code=one.code), say_defect(one), one.district
        )
        for one in found
    }


def _find_questions(session: Session, _page: Page, codes: Collection[str]) -> dict[str, ThingCard]:
    found = list_where(session, Question.code.in_(codes), limit=len(codes))
    return {
        one.code: ThingCard(url_for("web.show_question", code=one.code), title, one.district)
        for one, title in _say_titles(session, found)
    }


def _find_plans(session: Session, _page: Page, codes: Collection[str]) -> dict[str, ThingCard]:
    found = items_in(session, where=[PlanItem.code.in_(codes)], limit=len(codes))
    return {
        one.code: ThingCard(url_for("web.show_plan", code=one.code), one.title, one.district)
        for one in found
    }


def say_defect(defect: DefectFacts) -> str:
    """A report in a list: what and where."""
    return ", ".join(filter(None, [title_of(defect), where_of(defect)]))


def _say_titles(
    session: Session, questions: Sequence[QuestionFacts]
) -> list[tuple[QuestionFacts, str]]:
    """Each with its title; what a moderator hid is not in it."""
    hidden = hidden_words_of(session, thing_ids=[one.id for one in questions])
    return [
        (one, question_words.say_title(one, is_hidden=(one.id, 0) in hidden)) for one in questions
    ]


# How each kind of thing is looked up, many at once; one more kind is one entry more.
THINGS: Mapping[ThingKind, Callable[[Session, Page, Collection[str]], Mapping[str, ThingCard]]] = {
    ThingKind.DEFECT: _find_defects,
    ThingKind.QUESTION: _find_questions,
    ThingKind.PLAN: _find_plans,
}


def find_thing(session: Session, page: Page, *, kind: str, code: str) -> ThingCard:
    """What a kind and a code name.

    Raises:
        NotFound: nothing, or nothing that the team is asked about.
    """
    known = {one.value: find for one, find in THINGS.items()}
    written = read_code(code)
    found = known[kind](session, page, [written]) if kind in known else {}
    if written not in found:
        raise NotFound("There is no report, question or plan with number {code}.", code=code)
    return found[written]


# -- What the team does, on the page of the thing ------------------------------------------------


def make_case_boxes(session: Session, page: Page, *, kind: ThingKind, code: str) -> list[CaseBox]:
    """What was asked of the team about a thing and what it did, the latest first."""
    found = cases_of(session, kind=kind, code=code)
    hidden = hidden_words_of(session, thing_ids=[one.id for one in found]) if found else {}
    return [_make_box(one, page, hidden) for one in found]


def _say_reason(hidden: Mapping[tuple[UUID, int], Reason], case_id: UUID, position: int) -> str:
    """Why these words are hidden; empty where they are not."""
    reason = hidden.get((case_id, position))
    return str(words.REASONS[reason]) if reason else ""


def _make_box(found: CaseFacts, page: Page, hidden: Mapping[tuple[UUID, int], Reason]) -> CaseBox:
    find_reason = partial(_say_reason, hidden, found.id)
    steps = [
        StepLine(
            position=step.position,
            day=words.say_day(step.on_day, today=page.today),
            said=question_words.say_step(step),
            note="" if find_reason(step.position) else step.note,
            hidden=find_reason(step.position),
        )
        for step in found.steps
    ]
    return CaseBox(
        url=url_for("web.show_case", code=found.code),
        asked=gettext(
            "Asked by %(platform)s on %(day)s",
            platform=found.platform,
            day=words.say_day(found.asked_on, today=page.today),
        ),
        state=str(question_words.MEDIATIONS[found.state]),
        result=str(question_words.RESULTS[found.result]) if found.result else "",
        why="" if find_reason(0) else found.why,
        hidden=find_reason(0),
        steps=steps,
        is_example=found.is_example,
    )


# -- Asking for help -----------------------------------------------------------------------------


def show_help_form() -> str:
    """Ask the team: what it is about comes with the link; a few words are typed."""
    with open_session() as session:
        platform, _ = _open_own(session, request.args.get("platform", ""))
        typed = Typed({name: request.args.get(name, "")[:40] for name in ("kind", "code")})
        return _show_form(session, platform, typed)


def post_help() -> Response | tuple[str, int]:
    """Bring it before the team."""
    with open_session() as session:
        platform, seat = _open_own(session, request.form.get("platform", ""))
        check_form()
    try:
        with open_session() as session:
            page = open_page(session, district=platform.district)
            kind, code = request.form.get("kind", ""), request.form.get("code", "")
            thing = _find_here(session, page, kind, code)
            why = check_why(request.form.get("note", ""))
            check_public({"note": why})
            doer = doer_of(seat, whose=platform.slug)
            bring_before_team(
                session,
                platform=platform,
                thing=(ThingKind(kind), read_code(code)),
                why=why,
                by=By(doer, platform.organisation_id, wiring().clock(), page.today),
            )
        return redirect(f"{thing.url}#team", 303)
    except (Invalid, Conflict, NotFound) as problem:
        with open_session() as session:
            shown = _show_form(session, platform, _give_back(problem))
        return shown, find_refusal(problem).status


def _open_own(session: Session, slug: str) -> tuple[PlatformFacts, Seat]:
    """The platform somebody asks for: the one that is named, else the first of theirs.

    Raises:
        NotFound: it is none of theirs.
    """
    own = _list_own(session)
    platform = next((one for one in own if slug in ("", one.slug)), None)
    if platform is None:
        raise NotFound("You ask for no platform: this is for the people of one.")
    return platform, check_subject(subject_of(platform), thing=thing_of(platform))


def _list_own(session: Session) -> list[PlatformFacts]:
    actor = current_actor()
    seats = (seat for seat in actor.seats if seat.role in POLICY[Permission.WORK_ON_PLAN])
    ids = {seat.organisation_id for seat in seats if seat.organisation_id}
    return platforms_of(session, organisation_ids=ids | actor.supported_ids)


def _find_here(session: Session, page: Page, kind: str, code: str) -> ThingCard:
    thing = find_thing(session, page, kind=kind, code=code)
    if thing.district != page.place.slug:
        raise NotFound("This is in another district: ask the team there.")
    return thing


def _give_back(problem: GeoappError) -> Typed:
    typed = {name: given[: MOST_LETTERS * 2] for name, given in request.form.items()}
    return Typed(typed, say_error(problem), problem.field or "")


def _show_form(session: Session, platform: PlatformFacts, typed: Typed) -> str:
    page = open_page(session, district=platform.district)
    try:
        kind, code = typed.values.get("kind", ""), typed.values.get("code", "")
        thing = _find_here(session, page, kind, code) if code else None
    except NotFound:
        thing = None
    return render(
        "help_ask.html",
        page,
        platform=platform,
        platforms=_list_own(session),
        thing=thing,
        kinds=[(kind.value, question_words.THING_KINDS[kind]) for kind in THINGS],
        typed=typed,
        values=typed.values,
        most=MOST_LETTERS,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


# -- What the team notes -------------------------------------------------------------------------


def show_case(code: str) -> str:
    """What was brought, what the team did, and a form for what it did now."""
    with open_session() as session:
        found, _ = _open_case(session, code)
        return _show_case(session, found, Typed())


def post_step(code: str) -> Response | tuple[str, int]:
    """Note a step, or what came of it."""
    with open_session() as session:
        found, seat = _open_case(session, code)
        check_form()
    try:
        with open_session() as session:
            page = open_page(session, district=found.district)
            draft = check_step(request.form, today=page.today)
            check_public({"note": draft.note})
            desk_id = get_desk(session, district_id=found.district_id).id
            by = By(doer_of(seat), desk_id, wiring().clock(), page.today)
            note_step(session, case=found, draft=draft, by=by)
    except (Invalid, Conflict) as problem:
        with open_session() as session:
            fresh = get_case(session, code=found.code)
            shown = _show_case(session, fresh, _give_back(problem))
        return shown, find_refusal(problem).status
    return redirect(url_for("web.show_case", code=found.code, kept=1), 303)


def _open_case(session: Session, code: str) -> tuple[CaseFacts, Seat]:
    found = get_case(session, code=read_code(code))
    return found, check_subject(team_of(found), thing=thing_of_case(found.id))


def _show_case(session: Session, found: CaseFacts, typed: Typed) -> str:
    page = open_page(session, district=found.district)
    hidden = hidden_words_of(session, thing_ids=[found.id])
    return render(
        "mediation.html",
        page,
        found=found,
        box=_make_box(found, page, hidden),
        thing=_try_thing(session, page, found),
        steps=[(kind.value, question_words.STEPS[kind]) for kind in STEP_TABLE[found.state]],
        results=[(one.value, said) for one, said in question_words.RESULTS.items()],
        has_ended=found.state is Mediation.ENDED,
        ends=StepKind.ENDED.value,
        typed=typed,
        values=typed.values,
        most=MOST_LETTERS,
        is_kept="kept" in request.args,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


def _try_thing(session: Session, page: Page, found: CaseFacts) -> ThingCard | None:
    """What it is about; None where that was taken away since."""
    try:
        return find_thing(session, page, kind=found.thing_kind.value, code=found.thing_code)
    except NotFound:
        return None


# -- What is stuck -------------------------------------------------------------------------------


def show_stuck(slug: str) -> str:
    """One list of a district: what was brought, and what the service finds; the longest first."""
    with open_session() as session:
        page = open_page(session, district=slug)
        check_subject(Subject(page.place.id))
        why = _read_why(request.args.get("why", ""))
        found = list_stuck(
            session, district_id=page.place.id, today=page.today, why=why, limit=MOST_LISTED
        )
        shown = found[:MOST_LISTED]
        movers = {one.mover_id for one in shown if one.mover_id}
        calls = whom_to_call(session, organisation_ids=movers)
        titles = _find_titles(session, page, shown)
    lines = [_make_line(page, one, titles.get(one.key), calls) for one in shown]
    return render(
        "stuck.html",
        page,
        lines=lines,
        has_more=len(found) > MOST_LISTED,
        chips=_list_chips(slug, why),
        sprite=sprite_svg(("brand",)),
    )


def list_mediated(session: Session) -> list[Place]:
    """The districts whose mediating team whoever asks is of."""
    actor = current_actor()
    if not may_ever(actor, Permission.MEDIATE):
        return []
    places = list_districts(session)
    return [one for one in places if may(actor, Permission.MEDIATE, Subject(one.id))]


def _read_why(given: str) -> Why | None:
    """The sort that was asked for; None: all of it."""
    return Why(given) if given in list(Why) else None


def _list_chips(slug: str, current: Why | None) -> list[Chip]:
    every = Chip(url_for("web.show_stuck", slug=slug), gettext("All"), is_current=current is None)
    return [
        every,
        *(
            Chip(
                url_for("web.show_stuck", slug=slug, why=one.value),
                str(said),
                is_current=one is current,
            )
            for one, said in question_words.WHYS.items()
        ),
    ]


def _find_titles(
    session: Session, page: Page, shown: Sequence[Stuck]
) -> dict[tuple[ThingKind, str], ThingCard]:
    """What each is called: one statement or two for each kind, however many."""
    codes: dict[ThingKind, list[str]] = {}
    for one in shown:
        codes.setdefault(one.kind, []).append(one.code)
    return {
        (kind, code): card
        for kind, some in codes.items()
        if kind in THINGS
        for code, card in THINGS[kind](session, page, some).items()
    }


def _make_line(
    page: Page, stuck: Stuck, card: ThingCard | None, calls: Mapping[UUID, Call]
) -> StuckLine:
    mover, when, is_example = _say_move(page, stuck)
    since = words.say_day(stuck.since, today=page.today)
    return StuckLine(
        url=card.url if card else "",
        title=card.title if card else stuck.code,
        what=str(question_words.THING_KINDS[stuck.kind]),
        why=str(question_words.WHYS[stuck.why]),
        since=gettext("since %(day)s", day=since),
        mover=mover,
        when=when,
        call=calls.get(stuck.mover_id) if stuck.mover_id else None,
        case_url=url_for("web.show_case", code=stuck.case.code) if stuck.case else "",
        is_example=is_example,
    )


def _say_move(page: Page, stuck: Stuck) -> tuple[str, str, bool]:
    """Whose move it is, by when or how long they are silent, and whether it is made up."""
    if stuck.defect is not None:
        turn = make_turn(stuck.defect, today=page.today)
        return turn.name, turn.when, stuck.defect.is_example
    if stuck.question is not None:
        turn = question_words.say_turn(stuck.question, today=page.today)
        return turn.name, turn.when, stuck.question.is_example
    if stuck.plan is not None:
        return stuck.plan.payer, "", stuck.plan.is_example
    return gettext("the mediating team"), "", bool(stuck.case and stuck.case.is_example)


# -- Hiding words --------------------------------------------------------------------------------


def show_case_judging(code: str) -> str:
    """All words of what was brought and done, for a moderator without a part in it."""
    with open_session() as session:
        return _show_judging(session, _open_case(session, code)[0])


def post_case_verdict(code: str) -> Response | tuple[str, int]:
    """Hide some of them, for a reason everybody reads."""
    with open_session() as session:
        found, seat = _open_case(session, code)
        check_form()
    try:
        with open_session() as session:
            hide_chosen(
                session,
                thing=thing_of_case(found.id),
                positions=(step.position for step in found.steps),
                seat=seat,
            )
    except (Invalid, Conflict, NotFound) as problem:
        with open_session() as session:
            shown = _show_judging(session, found, say_error(problem))
        return shown, find_refusal(problem).status
    return redirect(url_for("web.show_case_judging", code=found.code), 303)


def _show_judging(session: Session, found: CaseFacts, problem: str = "") -> str:
    hidden = hidden_words_of(session, thing_ids=[found.id])
    said = [(0, found.platform, found.why)]
    said += [
        (step.position, question_words.say_step(step), step.note)
        for step in found.steps
        if step.note
    ]
    return render_judged(
        open_page(session, district=found.district),
        number=found.code,
        post_url=url_for("web.post_case_verdict", code=found.code),
        said=said,
        hidden={position: reason for (_, position), reason in hidden.items()},
        problem=problem,
    )


ROUTES = (
    Route("/mediations/new", show_help_form, Permission.WORK_ON_PLAN),
    Route("/mediations/new", post_help, Permission.WORK_ON_PLAN, methods=("POST",)),
    Route("/mediations/<code>", show_case, Permission.MEDIATE),
    Route("/mediations/<code>", post_step, Permission.MEDIATE, methods=("POST",)),
    Route("/mediations/<code>/judging", show_case_judging, Permission.MODERATE),
    Route("/mediations/<code>/judging", post_case_verdict, Permission.MODERATE, methods=("POST",)),
    Route("/districts/<slug>/stuck", show_stuck, Permission.MEDIATE),
)
