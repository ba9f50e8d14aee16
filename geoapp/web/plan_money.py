"""What becomes of a plan that was asked: the payer decides, its people spend, a second person
confirms, and it becomes a thing on the map."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from flask import make_response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.assets.queries import assets_near
from geoapp.assets.rules import Kind
from geoapp.budgets.queries import Line, lines_of
from geoapp.budgets.rules import read_amount, write_amount
from geoapp.db.codes import read_code
from geoapp.edge import Route, open_session, read_place, read_uploads, wiring
from geoapp.errors import Conflict, GeoappError, Invalid, NotAllowed, NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.ledger.rules import Verdict
from geoapp.media.actions import add_picture
from geoapp.media.gate import Cleaned
from geoapp.media.rules import Size
from geoapp.people.rules import Permission
from geoapp.plans.actions import Decision, decide
from geoapp.plans.queries import PlanItemFacts, Spending, get_item, get_spending, spendings_of
from geoapp.plans.rules import (
    DECISIONS,
    MOST_ANSWER_LETTERS,
    MOST_REASON_LETTERS,
    MOST_TITLE_LETTERS,
    Act,
    Reasons,
    State,
    can_act,
    list_acts,
    read_date,
    read_reasons,
)
from geoapp.plans.spending import (
    SPENDABLE,
    Settling,
    SpendingDraft,
    Standing,
    realise,
    record_spending,
    return_rest,
    settle_spending,
)
from geoapp.refusals import find_refusal
from geoapp.web import plan_words, words
from geoapp.web.errors import say_error
from geoapp.web.forms import TOKEN, bind_key, check_form, form_token
from geoapp.web.page import render
from geoapp.web.plan_editing import Working, open_working
from geoapp.web.plans import describe_plan, list_phases, make_spent
from geoapp.web.public_words import check_public
from geoapp.web.words import say_day, say_money

ONE_VISIT = {"photos": 1}
OF_A_SPENDING = {"photos": 1, "receipt": 1}
VERDICTS = {"yes": Verdict.CONFIRMED, "no": Verdict.REFUSED}
NEAR_M, MOST_NEAR = 150, 8
OURS, PAYERS = "ours", "payers"
MOST_TYPED = 3 * MOST_REASON_LETTERS


@dataclass(frozen=True)
class Typed:
    """The form as it stands, and what is wrong with it."""

    values: Mapping[str, str] = field(default_factory=dict)
    problem: GeoappError | None = None

    @property
    def told(self) -> dict[str, object]:
        """What a template needs of it."""
        problem = self.problem
        return {
            "values": self.values,
            "problem": say_error(problem) if problem else "",
            "problem_field": (problem.field or "") if problem else "",
            "token": form_token(),
            "token_name": TOKEN,
        }


def _change(
    code: str,
    keep: Callable[[Session, Working], None],
    show: Callable[[Session, Working, Typed], str],
) -> tuple[str, int] | None:
    """Change something; what cannot be kept comes back as it was typed. None: it is kept."""
    with open_session() as session:
        working = open_working(session, code)
        check_form()
    try:
        with open_session() as session:
            keep(session, working)
    except (Invalid, Conflict, NotAllowed) as problem:
        values = {name: typed[:MOST_TYPED] for name, typed in request.form.items()}
        with open_session() as session:
            working = open_working(session, code)
            return show(session, working, Typed(values, problem)), find_refusal(problem).status
    return None


def _find_line(session: Session, item: PlanItemFacts) -> Line | None:
    return lines_of(session, line_ids=[item.line_id]).get(item.line_id) if item.line_id else None


def _add_picture(session: Session, working: Working, cleaned: list[Cleaned]) -> uuid.UUID | None:
    if not cleaned:
        return None
    return add_picture(
        session,
        district_id=working.item.district_id,
        cleaned=cleaned[0],
        store=wiring().store,
        now=working.at.now,
        is_example=working.item.is_example,
    ).id


def _send_picture(picture_id: uuid.UUID | None) -> Response:
    if picture_id is None:
        raise NotFound("There is no such photo.")
    response = make_response(wiring().store.read(picture_id, Size.LARGE))
    response.mimetype = "image/jpeg"
    return response


# -- Deciding ----------------------------------------------------------------------------------


def show_decide(code: str) -> str:
    """A plan for whoever decides on its money."""
    with open_session() as session:
        return _show_decide(session, open_working(session, code), Typed())


def post_decide(code: str) -> Response | tuple[str, int]:
    """Say yes, a part, or no."""

    def keep(session: Session, working: Working) -> None:
        form = request.form
        act = form.get("act", "")
        if act not in [one.value for one in DECISIONS]:
            raise Invalid("Say yes, a part, or no.", field="act")
        is_yes = act == Act.GRANT
        granted = form.get("granted", "").strip()
        pictures = read_uploads(ONE_VISIT)["photos"]
        reasons = Reasons() if is_yes else read_reasons(form, are_needed=True)
        check_public(asdict(reasons))
        decision = Decision(
            Act(act),
            reasons,
            read_amount(granted, field="granted") if granted else None,
            read_date(form.get("visited_on", ""), field="visited_on"),
            _add_picture(session, working, pictures),
        )
        decide(session, item=working.item, decision=decision, acting=working.acting)

    problem = _change(code, keep, _show_decide)
    return problem or redirect(url_for("web.show_decide", code=read_code(code), kept=1), 303)


def _show_decide(session: Session, working: Working, typed: Typed) -> str:
    item = get_item(session, code=working.item.code)
    acts = [act for act in list_acts(item.state) if act in DECISIONS]
    line = _find_line(session, item)
    return render(
        "plan_decide.html",
        working.page,
        **describe_plan(session, item, working.page),
        acts=[(act.value, plan_words.ACTS[act]) for act in acts],
        may_grant=Act.GRANT in acts,
        may_part=Act.GRANT_PARTLY in acts,
        left=say_money(line.left_cents) if line else "",
        cost=plan_words.say_cost(item),
        most=MOST_REASON_LETTERS,
        today=working.page.today,
        **typed.told,
    )


# -- It is there -------------------------------------------------------------------------------


def show_realise(code: str) -> str:
    """What came of a plan: something that stands there already, or something new."""
    with open_session() as session:
        return _show_realise(session, open_working(session, code), Typed())


def post_realise(code: str) -> Response | tuple[str, int]:
    """Let it be a thing on the map."""
    codes: list[str] = []

    def keep(session: Session, working: Working) -> None:
        standing = _read_standing(session, working)
        codes.append(
            realise(
                session,
                item=working.item,
                place=working.page.place,
                standing=standing,
                acting=working.acting,
            )
        )

    problem = _change(code, keep, _show_realise)
    return problem or redirect(url_for("web.show_asset", code=codes[0]), 303)


def _read_standing(session: Session, working: Working) -> Standing:
    form, item = request.form, working.item
    if form.get("asset"):
        return Standing(asset_code=read_code(form["asset"]))
    kind = form.get("kind", "")
    if kind not in set(Kind):
        raise Invalid("Say what it is.", field="kind")
    spot = (item.lon, item.lat) if item.lon is not None and item.lat is not None else None
    if form.get("lat") or form.get("lon"):
        spot = read_place(form.get("lat"), form.get("lon"))
    line = _find_line(session, item)
    owners = {OURS: working.by.organisation_id, PAYERS: line.payer_id if line else None}
    return Standing(
        kind=Kind(kind),
        spot=spot,
        owner_id=owners.get(form.get("owner", "")),
        key=bind_key(form.get("key", "")),
        is_sure=form.get("is_sure") == "1",
    )


def _show_realise(session: Session, working: Working, typed: Typed) -> str:
    item = get_item(session, code=working.item.code)
    line = _find_line(session, item)
    near = []
    if item.lon is not None and item.lat is not None:
        near = assets_near(session, lon=item.lon, lat=item.lat, radius_m=NEAR_M, limit=MOST_NEAR)
    kind = typed.values.get("kind") or (item.kind.value if item.kind else "")
    return render(
        "plan_realise.html",
        working.page,
        item=item,
        is_ready=can_act(item.state, Act.REALISE),
        near=[(asset.code, asset.name, words.KINDS[asset.kind]) for asset in near],
        kinds=[(one.value, words.KINDS[one]) for one in Kind],
        kind=kind,
        payer=line.payer.name if line and item.granted_cents else "",
        has_place=item.lon is not None,
        is_twin=typed.problem is not None and typed.problem.field == "twin",
        key=typed.values.get("key") or str(uuid.uuid4()),
        sprite=sprite_svg(),
        **typed.told,
    )


# -- Spending ----------------------------------------------------------------------------------


def show_spend(code: str) -> str:
    """What was spent on a plan, and a form for more."""
    with open_session() as session:
        return _show_spend(session, open_working(session, code), Typed())


def post_spend(code: str) -> Response | tuple[str, int]:
    """Write down what was spent: a photo, a place and an amount."""

    def keep(session: Session, working: Working) -> None:
        line = _find_line(session, working.item)
        if line is None:
            raise Conflict("No money is set aside for this plan.")
        form = request.form
        amount = read_amount(form.get("amount", ""), field="amount")
        spent_on = read_date(form.get("spent_on", ""), field="spent_on") or working.page.today
        check_public({"what": form.get("what", "")})
        pictures = read_uploads(OF_A_SPENDING)
        draft = SpendingDraft(
            amount_cents=amount,
            what=form.get("what", ""),
            spent_on=spent_on,
            picture_id=_add_picture(session, working, pictures["photos"]),
            receipt_id=_add_picture(session, working, pictures["receipt"]),
            spot=_read_spot(working.item),
        )
        record_spending(session, item=working.item, line=line, draft=draft, acting=working.acting)

    problem = _change(code, keep, _show_spend)
    return problem or redirect(url_for("web.show_spend", code=read_code(code), kept=1), 303)


def _read_spot(item: PlanItemFacts) -> tuple[float, float] | None:
    """Where it was spent: where somebody says, else where the plan is."""
    if request.form.get("lat") or request.form.get("lon"):
        return read_place(request.form.get("lat"), request.form.get("lon"))
    return (item.lon, item.lat) if item.lon is not None and item.lat is not None else None


def post_rest(code: str) -> Response | tuple[str, int]:
    """Give back what a realised plan did not need."""

    def keep(session: Session, working: Working) -> None:
        return_rest(session, item=working.item, acting=working.acting)

    problem = _change(code, keep, _show_spend)
    return problem or redirect(url_for("web.show_spend", code=read_code(code), kept=1), 303)


def _show_spend(session: Session, working: Working, typed: Typed) -> str:
    item = get_item(session, code=working.item.code)
    line = _find_line(session, item)
    today = working.page.today
    left = (item.granted_cents or 0) - item.spent_cents - item.waiting_cents
    return render(
        "plan_spend.html",
        working.page,
        item=item,
        line=line,
        phases=list_phases(item),
        spent=[make_spent(one, today) for one in spendings_of(session, item_id=item.id)],
        may_spend=item.state in SPENDABLE and line is not None and left > 0,
        may_return=item.state is State.REALISED and left > 0 and not item.waiting_cents,
        left=say_money(max(0, left)),
        receipt_over=say_money(line.receipt_over_cents) if line else "",
        most=MOST_TITLE_LETTERS,
        today=today,
        is_kept="kept" in request.args,
        sprite=sprite_svg(),
        **typed.told,
    )


def show_confirm(code: str, number: int) -> str:
    """A spending, for the second person."""
    with open_session() as session:
        working = open_working(session, code)
        return _show_confirm(session, working, number, Typed())


def post_confirm_spending(code: str, number: int) -> Response | tuple[str, int]:
    """Say yes or no to what somebody else spent."""

    def keep(session: Session, working: Working) -> None:
        verdict = VERDICTS.get(request.form.get("verdict", ""))
        if verdict is None:
            raise Invalid("Choose yes or no.", field="verdict")
        settling = Settling(number, verdict, request.form.get("answer", ""))
        settle_spending(session, item=working.item, settling=settling, acting=working.acting)

    def show(session: Session, working: Working, typed: Typed) -> str:
        return _show_confirm(session, working, number, typed)

    problem = _change(code, keep, show)
    following = url_for("web.show_confirm", code=read_code(code), number=number, kept=1)
    return problem or redirect(following, 303)


def show_spending_photo(code: str, number: int) -> Response:
    """The photo of a spending, for those who may confirm it."""
    return _send_picture(_find_spending(code, number).picture_id)


def show_receipt(code: str, number: int) -> Response:
    """The photo of a receipt, for those who may confirm it."""
    return _send_picture(_find_spending(code, number).receipt_id)


def _find_spending(code: str, number: int) -> Spending:
    with open_session() as session:
        working = open_working(session, code)
        return get_spending(session, item_id=working.item.id, number=number)


def _show_confirm(session: Session, working: Working, number: int, typed: Typed) -> str:
    item = working.item
    found = get_spending(session, item_id=item.id, number=number)
    address: dict[str, Any] = {"code": item.code, "number": number}
    return render(
        "plan_confirm.html",
        working.page,
        item=item,
        one=make_spent(found, working.page.today),
        amount=write_amount(found.amount_cents),
        day=say_day(found.spent_on, today=working.page.today),
        is_own=found.asked_by == working.by.person_id,
        photo_url=url_for("web.show_spending_photo", **address) if found.picture_id else "",
        receipt_url=url_for("web.show_receipt", **address) if found.receipt_id else "",
        post_url=url_for("web.post_confirm_spending", **address),
        most=MOST_ANSWER_LETTERS,
        is_kept="kept" in request.args,
        sprite=sprite_svg(),
        **typed.told,
    )


ROUTES = (
    Route("/plans/<code>/decide", show_decide, Permission.DECIDE_PLAN),
    Route("/plans/<code>/decide", post_decide, Permission.DECIDE_PLAN, methods=("POST",)),
    Route("/plans/<code>/realise", show_realise, Permission.WORK_ON_PLAN),
    Route("/plans/<code>/realise", post_realise, Permission.WORK_ON_PLAN, methods=("POST",)),
    Route("/plans/<code>/spend", show_spend, Permission.WORK_ON_PLAN),
    Route("/plans/<code>/spend", post_spend, Permission.WORK_ON_PLAN, methods=("POST",)),
    Route("/plans/<code>/spend/rest", post_rest, Permission.WORK_ON_PLAN, methods=("POST",)),
    Route("/plans/<code>/spend/<int:number>/confirm", show_confirm, Permission.CONFIRM_SPENDING),
    Route(
        "/plans/<code>/spend/<int:number>/confirm",
        post_confirm_spending,
        Permission.CONFIRM_SPENDING,
        methods=("POST",),
    ),
    Route("/plans/<code>/spend/<int:number>.jpg", show_spending_photo, Permission.CONFIRM_SPENDING),
    Route(
        "/plans/<code>/spend/<int:number>/receipt.jpg", show_receipt, Permission.CONFIRM_SPENDING
    ),
)
