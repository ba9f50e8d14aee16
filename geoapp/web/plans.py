"""The public page of a plan: where, what, who, which money fits, what became of it; and the doors
of what people say."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import make_response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, doer_of, signed_in_id
from geoapp.budgets.queries import Line, lines_of
from geoapp.db.codes import read_code
from geoapp.edge import (
    Route,
    count_refusals,
    open_session,
    read_form,
    read_place,
    sender_subject,
    wiring,
)
from geoapp.errors import Conflict, GeoappError, Invalid, NotAllowed, NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.inspections.actions import Moment
from geoapp.media.rules import Size
from geoapp.moderation.rules import find_personal, read_judgement
from geoapp.people.rules import Permission
from geoapp.plans.actions import Speaker, judge_words, speak_on
from geoapp.plans.queries import (
    Happening,
    PlanItemFacts,
    Spending,
    Voice,
    get_item,
    history_of,
    item_shape,
    list_lines_for,
    spendings_of,
    subject_of,
    thing_of,
    voices_of,
    wheres_of,
)
from geoapp.plans.rules import (
    CHOICES,
    EDITABLE,
    MOST_WORDS_LETTERS,
    PlaceKind,
    State,
    VoiceKind,
    read_voice,
    read_voice_kind,
)
from geoapp.questions.rules import ThingKind
from geoapp.refusals import find_refusal
from geoapp.web import plan_words, words
from geoapp.web.drawn_map import DrawnMap, Pin
from geoapp.web.errors import say_error
from geoapp.web.forms import HONEYPOT, TOKEN, bind_key, check_form, check_token, form_token
from geoapp.web.language import gettext
from geoapp.web.mediating import make_case_boxes
from geoapp.web.page import Page, open_page, render
from geoapp.web.people_words import ROLES
from geoapp.web.plan_cards import make_pots
from geoapp.web.security import keep_private
from geoapp.web.spots import draw_area, draw_spot
from geoapp.web.words import say_day, say_money

NOT_OF_THE_VOICE = {"key", TOKEN, HONEYPOT, "lat", "lon"}
OF_A_VOICE = {"kind", "choice", "words"}


@dataclass(frozen=True)
class Bead:
    """One step of a plan's history, in words; `told` are its reasons with their labels."""

    state: str
    symbol: str
    when: str
    by: str
    money: str
    told: list[tuple[str, str]]
    visit: str
    photo_url: str
    is_example: bool


@dataclass(frozen=True)
class Said:
    """What somebody says, in words."""

    number: int
    symbol: str
    choice: str
    words: str
    state: str
    where: str
    when: str
    is_example: bool


@dataclass(frozen=True)
class Phase:
    """One of the three phases of money: its word, an amount, and how long its bar is, of 600."""

    label: str
    amount: str
    width: int


@dataclass(frozen=True)
class SpentLine:
    """A spending, in words; `state` tells whether a second person has said yes."""

    number: int
    what: str
    amount: str
    when: str
    by: str
    state: str
    symbol: str
    answer: str
    is_waiting: bool
    is_example: bool


def open_plan(session: Session, code: str) -> tuple[PlanItemFacts, Page]:
    """A plan and the page of its district; an idea as well.

    Raises:
        NotFound: there is no such plan.
    """
    item = get_item(session, code=read_code(code))
    return item, open_page(session, district=item.district)


def open_public(session: Session, code: str) -> tuple[PlanItemFacts, Page]:
    """As `open_plan`; of an idea nobody else knows.

    Raises:
        NotFound: there is no such plan, or it is an idea.
    """
    item, page = open_plan(session, code)
    if item.state is State.IDEA:
        raise NotFound("There is no plan with the code {code}.", code=item.code)
    return item, page


# -- The page ----------------------------------------------------------------------------------


def show_plan(code: str) -> str:
    """A plan, for everybody."""
    with open_session() as session:
        item, page = open_public(session, code)
        return render("plan.html", page, **describe_plan(session, item, page))


def describe_plan(session: Session, item: PlanItemFacts, page: Page) -> dict[str, object]:
    """What the public page and that of its own people have in common."""
    line = lines_of(session, line_ids=[item.line_id] if item.line_id else []).get(
        item.line_id or uuid.UUID(int=0)
    )
    lines = list_lines_for(session, platform_id=item.platform_id, district_id=item.district_id)
    where = wheres_of(session, item_ids=[item.id]).get(item.id)
    voices = voices_of(session, item_id=item.id)
    payer = line.payer.name if line else ""
    return {
        "item": item,
        "state": plan_words.STATES[item.state],
        "symbol": plan_words.SYMBOLS[item.state],
        "ball": plan_words.say_ball(item, payer=payer),
        "where": plan_words.say_where(where),
        "drawn": draw_plan(session, item),
        "facts": _list_facts(item, line, page.today),
        "questions": _list_questions(item),
        "pots": make_pots(item, lines, page.today) if item.state in EDITABLE else None,
        "line": line,
        "line_url": url_for("web.show_line", slug=page.place.slug, line=line.slug) if line else "",
        "money_url": url_for("web.show_money", slug=page.place.slug),
        "phases": list_phases(item),
        "spent": [make_spent(one, page.today) for one in spendings_of(session, item_id=item.id)],
        "doors": [
            (plan_words.VOICES[kind], plan_words.VOICE_SYMBOLS[kind], _voice_url(item, kind))
            for kind in VoiceKind
        ],
        "voices": [
            (plan_words.VOICES[kind], _count(item, kind), _list_said(item, voices, kind, page))
            for kind in VoiceKind
        ],
        "beads": [
            _make_bead(item, one, page.today) for one in history_of(session, item_id=item.id)
        ],
        "cases": make_case_boxes(session, page, kind=ThingKind.PLAN, code=item.code),
        "help_url": url_for("web.show_help_form", kind="plan", code=item.code),
        "platform_url": url_for("web.show_platform", slug=item.platform) if item.platform else "",
        "thanks": gettext("Thank you. It stands with the plan.") if "said" in request.args else "",
        "is_kept": "kept" in request.args,
        "sprite": sprite_svg(),
    }


def draw_plan(session: Session, item: PlanItemFacts) -> list[DrawnMap] | None:
    """The place of a plan on a drawn map; None where it has none."""
    if item.lon is None or item.lat is None:
        return None
    pin = Pin(item.lon, item.lat, "plan", is_report=False, is_example=False, words="A")
    if item.bounds is None:
        return draw_spot(session, pin)
    return draw_area(session, item.bounds, item_shape(session, item_id=item.id), [pin])


def _list_facts(item: PlanItemFacts, line: Line | None, today: date) -> list[tuple[str, str]]:
    unknown = gettext("We do not know")
    facts = [
        (gettext("Who makes it"), item.maker.name if item.maker else unknown),
        (gettext("Who keeps it"), item.keeper.name if item.keeper else unknown),
        (gettext("Costs"), plan_words.say_cost(item)),
        (gettext("What it is about"), plan_words.say_themes(item.themes) or unknown),
    ]
    if item.wanted_by:
        facts.append((gettext("Wanted by"), say_day(item.wanted_by, today=today)))
    if line is not None:
        facts.append((gettext("From which pot"), line.name))
    return facts


def _list_questions(item: PlanItemFacts) -> list[tuple[str, str]]:
    return [
        (label, answer)
        for label, answer in (
            (gettext("Which problem does it solve?"), item.problem),
            (gettext("Whose problem is that?"), item.whose_problem),
            (gettext("Who is left out?"), item.who_left_out),
        )
        if answer
    ]


def list_phases(item: PlanItemFacts) -> list[Phase]:
    """Allocation, use and accountability (B6): granted, spent by what was written down, and of
    that what a second person confirmed."""
    granted = item.granted_cents
    if not granted:
        return []
    used = item.spent_cents + item.waiting_cents
    return [
        Phase(label, say_money(cents), min(600, round(600 * cents / granted)))
        for label, cents in (
            (gettext("Granted"), granted),
            (gettext("Spent"), used),
            (gettext("Confirmed by a second person"), item.spent_cents),
        )
    ]


def make_spent(one: Spending, today: date) -> SpentLine:
    """A spending, in words."""
    state = gettext("Waits for a second person.")
    if one.outcome is not None and one.settled_on is not None:
        day = say_day(one.settled_on, today=today)
        told = {"by": one.settled_by, "day": day}
        state = (
            gettext("Confirmed by %(by)s on %(day)s.", **told)
            if one.outcome == "confirmed"
            else gettext("Not confirmed by %(by)s on %(day)s.", **told)
        )
    return SpentLine(
        number=one.number,
        what=one.what,
        amount=say_money(one.amount_cents),
        when=say_day(one.spent_on, today=today),
        by=one.by,
        state=state,
        symbol={"confirmed": "good", "refused": "bad"}.get(one.outcome or "", "asked"),
        answer=one.answer,
        is_waiting=one.outcome is None,
        is_example=one.is_example,
    )


def _make_bead(item: PlanItemFacts, one: Happening, today: date) -> Bead:
    role = {str(role.value): str(said) for role, said in ROLES.items()}.get(one.by_role, "")
    visit = ""
    if one.visited_on:
        visit = gettext("Went to look on %(day)s.", day=say_day(one.visited_on, today=today))
    return Bead(
        state=str(plan_words.STATES[one.state]),
        symbol=plan_words.SYMBOLS[one.state],
        when=say_day(one.happened_on, today=today),
        by=f"{one.by}, {role}" if one.by and role else one.by or role,
        money=_say_granted(one),
        told=[
            (label, said)
            for label, said in (
                (
                    gettext("What would make it possible, or what else can be done"),
                    one.alternatives,
                ),
                (gettext("Interests that were weighed"), one.interests),
                (gettext("Why"), one.reasons),
            )
            if said
        ],
        visit=visit,
        photo_url=url_for("web.show_visit_photo", code=item.code, number=one.number)
        if one.picture_id
        else "",
        is_example=one.is_example,
    )


def _say_granted(one: Happening) -> str:
    if not one.line_name or one.state in EDITABLE:
        return ""
    if one.granted_cents:
        money = say_money(one.granted_cents)
        return gettext("%(money)s from %(pot)s", money=money, pot=one.line_name)
    return one.line_name


def _count(item: PlanItemFacts, kind: VoiceKind) -> int:
    return {
        VoiceKind.HELP: item.help_count,
        VoiceKind.OBJECTION: item.objection_count,
        VoiceKind.VIEW: item.view_count,
    }[kind]


def _list_said(item: PlanItemFacts, voices: list[Voice], kind: VoiceKind, page: Page) -> list[Said]:
    return [make_said(item, one, page.today) for one in voices if one.kind is kind]


def make_said(item: PlanItemFacts, one: Voice, today: date) -> Said:
    """What somebody says, in words; of its place no more than how far it is."""
    state = ""
    if one.words_state == "held":
        state = gettext("The words wait for a moderator.")
    if one.words_state == "hidden":
        reasons = {reason.value: str(said) for reason, said in words.REASONS.items()}
        state = gettext(
            "The words are hidden: %(reason)s.", reason=reasons.get(one.hidden_because or "", "")
        )
    where = ""
    if one.distance_m is not None and item.place is not PlaceKind.NONE:
        metres = words.say_number(one.distance_m)
        where = gettext("about %(metres)s m from the plan", metres=metres)
    return Said(
        number=one.number,
        symbol=plan_words.VOICE_SYMBOLS[one.kind],
        choice=str(plan_words.CHOICES[one.choice]) if one.choice else "",
        words=one.words,
        state=state,
        where=where,
        when=say_day(one.said_on, today=today),
        is_example=one.is_example,
    )


def _voice_url(item: PlanItemFacts, kind: VoiceKind) -> str:
    if CHOICES[kind]:
        return url_for("web.show_plan_voice", code=item.code, kind=kind.value)
    return url_for("web.show_plan_words", code=item.code, kind=kind.value)


def show_visit_photo(code: str, number: int) -> Response:
    """The photo of a visit to the place, once a moderator has shown it or for whoever decides."""
    with open_session() as session:
        item, _ = open_plan(session, code)
        check_subject(subject_of(item), thing=thing_of(item.id))
        found = [one for one in history_of(session, item_id=item.id) if one.number == number]
    if not found or found[0].picture_id is None:
        raise NotFound("There is no such photo.")
    response = make_response(wiring().store.read(found[0].picture_id, Size.SMALL))
    response.mimetype = "image/jpeg"
    return response


# -- What people say ---------------------------------------------------------------------------


def show_plan_voice(code: str) -> Response:
    """Say something of a plan without an account: a choice, and where one is."""
    return _show_voice(code, has_words=False)


def post_plan_voice(code: str) -> Response:
    """Keep a choice."""
    return _post_voice(code, has_words=False)


def show_plan_words(code: str) -> Response:
    """Say something of a plan in words, with an account."""
    return _show_voice(code, has_words=True)


def post_plan_words(code: str) -> Response:
    """Keep a choice with its words, or another view."""
    return _post_voice(code, has_words=True)


def _show_voice(
    code: str,
    *,
    has_words: bool,
    kept: Mapping[str, str] | None = None,
    problem: GeoappError | None = None,
) -> Response:
    values = kept if kept is not None else request.args
    with open_session() as session:
        item, page = open_public(session, code)
    kind = _kind_of(values.get("kind", ""), has_words=has_words)
    is_spent = problem is not None and problem.field == "key"
    shown = render(
        "plan_voice.html",
        page,
        item=item,
        kind=kind.value,
        heading=plan_words.VOICES[kind],
        symbol=plan_words.VOICE_SYMBOLS[kind],
        asked=plan_words.ASKED_OF_VOICES[kind],
        choices=[(choice.value, plan_words.CHOICES[choice]) for choice in CHOICES[kind]],
        has_words=has_words,
        has_place=item.place is not PlaceKind.NONE,
        post_url=url_for(
            "web.post_plan_words" if has_words else "web.post_plan_voice", code=item.code
        ),
        words_url=url_for("web.show_plan_words", code=item.code, kind=kind.value),
        values=values,
        problem=say_error(problem) if problem else "",
        problem_field=(problem.field or "") if problem else "",
        most=MOST_WORDS_LETTERS,
        key=("" if is_spent else values.get("key", "")) or str(uuid.uuid4()),
        token=form_token(),
        token_name=TOKEN,
        honeypot=HONEYPOT,
        sprite=sprite_svg(("brand", "good", "bad", "open")),
    )
    if problem is None:
        return make_response(shown)
    refusal = find_refusal(problem)
    return keep_private(make_response(shown, refusal.status, dict(refusal.headers)))


def _kind_of(said: str, *, has_words: bool) -> VoiceKind:
    try:
        kind = read_voice_kind(said)
    except Invalid:
        return VoiceKind.HELP
    return kind if has_words or CHOICES[kind] else VoiceKind.HELP


def _post_voice(code: str, *, has_words: bool) -> Response:
    try:
        with count_refusals():
            _take_voice(code, has_words=has_words)
    except (Invalid, Conflict, NotAllowed) as problem:
        return _show_voice(code, has_words=has_words, kept=request.form, problem=problem)
    following = url_for("web.show_plan", code=read_code(code), said=1, _anchor="voices")
    return keep_private(redirect(following, 303))


def _take_voice(code: str, *, has_words: bool) -> None:
    check_token()
    values = {name: str(value) for name, value in read_form().items()}
    unknown = sorted(set(values) - NOT_OF_THE_VOICE - OF_A_VOICE)
    if unknown:
        raise Invalid("There is no field {name} here.", field=unknown[0], name=unknown[0])
    draft = read_voice(values, has_words=has_words)
    place = None
    if request.form.get("lat") or request.form.get("lon"):
        place = read_place(request.form.get("lat"), request.form.get("lon"))
    speaker = Speaker(
        subject=sender_subject(),
        key=bind_key(values.get("key", "")),
        person_id=signed_in_id() if has_words else None,
        place=place,
        is_held=bool(find_personal(draft.words)),
    )
    with open_session() as session:
        item, page = open_public(session, code)
        at = Moment(wiring().clock(), page.today)
        speak_on(session, item=item, draft=draft, speaker=speaker, at=at)


# -- Judging words -----------------------------------------------------------------------------


def show_plan_judging(code: str) -> str:
    """The words beside a plan, for a moderator: to show, or to hide for a reason."""
    with open_session() as session:
        item, page = open_plan(session, code)
        check_subject(subject_of(item), thing=thing_of(item.id))
        voices = voices_of(session, item_id=item.id, with_hidden=True)
    return render(
        "plan_judging.html",
        page,
        item=item,
        voices=[
            (make_said(item, one, page.today), one.words_state or "") for one in voices if one.words
        ],
        reasons=list(words.REASONS.items()),
        is_kept="kept" in request.args,
        token=form_token(),
        sprite=sprite_svg(("brand", "good", "bad", "open")),
    )


def post_plan_verdict(code: str, number: int) -> Response:
    """Show or hide words beside a plan."""
    with open_session() as session:
        item, _ = open_plan(session, code)
        seat = check_subject(subject_of(item), thing=thing_of(item.id))
        check_form()
        judgement = read_judgement(request.form.get("verdict", ""), request.form.get("reason", ""))
        judge_words(
            session,
            item=item,
            number=number,
            hidden_because=judgement.reason.value if judgement.reason else None,
            doer=doer_of(seat),
            now=wiring().clock(),
        )
    return redirect(url_for("web.show_plan_judging", code=item.code, kept=1), 303)


ROUTES = (
    Route("/plans/<code>", show_plan, Permission.SEE_PUBLIC),
    Route("/plans/<code>/voice", show_plan_voice, Permission.SEE_PUBLIC),
    Route("/plans/<code>/voice", post_plan_voice, Permission.REPORT, methods=("POST",)),
    Route("/plans/<code>/words", show_plan_words, Permission.SPEAK_ON_PLAN),
    Route("/plans/<code>/words", post_plan_words, Permission.SPEAK_ON_PLAN, methods=("POST",)),
    Route("/plans/<code>/judging", show_plan_judging, Permission.MODERATE),
    Route(
        "/plans/<code>/voices/<int:number>/verdict",
        post_plan_verdict,
        Permission.MODERATE,
        methods=("POST",),
    ),
    Route("/plans/<code>/visits/<int:number>.jpg", show_visit_photo, Permission.DECIDE_PLAN),
)
