"""Money in public: the rounds and pots of a district, what is left, and where each euro went; and
the forms of those who write it down."""

import csv
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import StringIO

from flask import make_response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, doer_of
from geoapp.assets.queries import list_assets
from geoapp.assets.tables import Asset
from geoapp.budgets.actions import (
    Bookkeeper,
    LineDraft,
    LineTimes,
    RoundDraft,
    add_line,
    add_round,
    tell_times,
)
from geoapp.budgets.queries import (
    Line,
    Move,
    Round,
    get_line,
    list_all_lines,
    list_moves,
    list_own_lines,
    list_rounds,
)
from geoapp.budgets.rules import (
    MOST_LEAD_DAYS,
    MOST_NAME_LETTERS,
    USUAL_RECEIPT_OVER_CENTS,
    Earmark,
    Model,
    read_amount,
    write_amount,
)
from geoapp.db.text import read_words
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import Conflict, GeoappError, Invalid, NotFound
from geoapp.exchange.reports import defuse
from geoapp.geo.symbol import sprite_svg
from geoapp.people.queries import list_names
from geoapp.people.rules import Permission, Subject
from geoapp.plans.queries import (
    PlanItemFacts,
    Spending,
    items_of_line,
    spendings_of_line,
    titles_of,
)
from geoapp.plans.rules import Wanted, fit, read_date, read_themes
from geoapp.platforms.queries import PlatformFacts, get_platform, subject_of, thing_of
from geoapp.refusals import find_refusal
from geoapp.web import plan_words
from geoapp.web.errors import say_error
from geoapp.web.forms import TOKEN, check_form, form_token
from geoapp.web.language import gettext
from geoapp.web.page import Page, open_page, render
from geoapp.web.plans import SpentLine, make_spent
from geoapp.web.words import say_day, say_money

MOST_ITEMS = 200
MOST_YEARS = (2000, 2100)
COLUMNS = (
    "plan",
    "what",
    "state",
    "planned_cents",
    "granted_cents",
    "spent_cents",
    "waiting_cents",
    "spent_on",
    "spent_for",
    "amount_cents",
    "settled",
    "thing",
    "example",
)
BAR = 300


@dataclass(frozen=True)
class LineCard:
    """A pot, in words; `used` is how much of its bar is set aside, of 300."""

    slug: str
    url: str
    name: str
    payer: str
    platform: str
    left: str
    told: str
    used: int
    earmark: str
    window: str
    countdown: str
    is_soon: bool
    lag: str
    needs_design: bool
    is_over: bool
    is_example: bool


@dataclass(frozen=True)
class RoundCard:
    """A round with its pots; `taking_part` is what is meant for the costs of taking part (B11)."""

    name: str
    model: str
    lines: list[LineCard]
    taking_part: str
    is_example: bool


@dataclass(frozen=True)
class ItemLine:
    """A plan beside what was realised of it, in words."""

    url: str
    title: str
    state: str
    planned: str
    granted: str
    spent: str
    asset_url: str
    asset: str
    is_example: bool


@dataclass(frozen=True)
class Filling:
    """The form as it stands: what is typed, what is ticked, and what is wrong."""

    values: Mapping[str, str] = field(default_factory=dict)
    themes: Sequence[str] = ()
    problem: GeoappError | None = None


# -- The money of a district -------------------------------------------------------------------


def show_money(slug: str) -> str:
    """The rounds and pots of a district, for everybody."""
    with open_session() as session:
        page = open_page(session, district=slug)
        rounds = list_rounds(session, district_id=page.place.id)
        lines = list_all_lines(session, district_id=page.place.id)
    return render(
        "money.html",
        page,
        rounds=[_make_round(one, lines, page) for one in rounds],
        outside=[make_line(one, page) for one in lines if one.round_name is None],
        is_kept="kept" in request.args,
        sprite=sprite_svg(("brand", "plus")),
    )


def _make_round(one: Round, lines: Sequence[Line], page: Page) -> RoundCard:
    inside = [line for line in lines if line.round_name == one.name]
    meant = sum(line.amount_cents for line in inside if Earmark.PARTICIPATION in line.earmarks)
    return RoundCard(
        name=one.name,
        model=str(plan_words.MODELS[one.model]),
        lines=[make_line(line, page) for line in inside],
        taking_part=gettext(
            "For the costs of taking part (a room, translating, childcare) there is %(money)s.",
            money=say_money(meant),
        ),
        is_example=one.is_example,
    )


def make_line(line: Line, page: Page) -> LineCard:
    """A pot, in words."""
    today = page.today
    said = fit(line.terms, Wanted(frozenset(line.earmarks), None, None, line.platform_id), today)
    is_over = said.days_left is not None and said.days_left < 0
    return LineCard(
        slug=line.slug,
        url=url_for("web.show_line", slug=page.place.slug, line=line.slug),
        name=line.name,
        payer=line.payer.name,
        platform=line.platform or "",
        left=gettext("%(money)s left.", money=say_money(line.left_cents)),
        told=gettext(
            "%(aside)s of %(whole)s is set aside, %(spent)s of it is spent.",
            aside=say_money(line.committed_cents),
            whole=say_money(line.amount_cents),
            spent=say_money(line.spent_cents),
        ),
        used=round(BAR * line.committed_cents / line.amount_cents) if line.amount_cents else 0,
        earmark=plan_words.say_earmark(line),
        window=plan_words.say_window(line, today=today),
        countdown="" if is_over else plan_words.say_countdown(said),
        is_soon=plan_words.is_soon(said),
        lag=plan_words.say_lag(line),
        needs_design=line.needs_design,
        is_over=is_over,
        is_example=line.is_example,
    )


# -- One pot -----------------------------------------------------------------------------------


def show_line(slug: str, line: str) -> str:
    """A pot: plan beside what was realised, every spending, and how its money moved."""
    with open_session() as session:
        page, found = _open_line(session, slug, line)
        items = items_of_line(session, line_id=found.id, limit=MOST_ITEMS)
        spent = spendings_of_line(session, line_id=found.id)
        moves = list_moves(session, line_id=found.id)
        ids = {move.about_id for move in moves if move.about_id is not None}
        things = list_assets(session, where=[Asset.id.in_(ids)], limit=len(ids)) if ids else []
        titles = titles_of(session, item_ids=ids) | {one.id: one.name for one in things}
    return render(
        "money_line.html",
        page,
        card=make_line(found, page),
        items=[_make_item(item) for item in items],
        spent=[_make_spent(one, page.today) for one in spent],
        moves=[_make_move(move, titles, page.today) for move in moves],
        csv_url=url_for("web.download_line", slug=slug, line=line),
        back_url=url_for("web.show_money", slug=slug),
        sprite=sprite_svg(("brand", "good", "bad", "asked", "open")),
    )


def _open_line(session: Session, slug: str, line: str) -> tuple[Page, Line]:
    page = open_page(session, district=slug)
    found = get_line(session, slug=line)
    if found.district_id != page.place.id:
        raise NotFound("There is no money called {slug}.", slug=line)
    return page, found


def _make_item(item: PlanItemFacts) -> ItemLine:
    return ItemLine(
        url=url_for("web.show_plan", code=item.code),
        title=item.title,
        state=str(plan_words.STATES[item.state]),
        planned=plan_words.say_cost(item),
        granted=say_money(item.granted_cents) if item.granted_cents else "",
        spent=say_money(item.spent_cents),
        asset_url=url_for("web.show_asset", code=item.asset_code) if item.asset_code else "",
        asset=item.asset_name or "",
        is_example=item.is_example,
    )


def _make_spent(one: Spending, today: date) -> tuple[SpentLine, str, str]:
    return make_spent(one, today), one.item_title, url_for("web.show_plan", code=one.item_code)


def _make_move(
    move: Move, titles: Mapping[uuid.UUID, str], today: date
) -> tuple[str, str, str, str]:
    about = titles.get(move.about_id, "") if move.about_id else ""
    return (
        say_day(move.moved_at.date(), today=today),
        str(plan_words.MOVES[move.kind]),
        say_money(move.amount_cents),
        about or move.to_line or move.by,
    )


def download_line(slug: str, line: str) -> Response:
    """The account of a pot as a file: a row for each plan, and for each spending of it; names of
    columns are the same in every language."""
    with open_session() as session:
        page, found = _open_line(session, slug, line)
        items = items_of_line(session, line_id=found.id, limit=MOST_ITEMS)
        spent = spendings_of_line(session, line_id=found.id)
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for item in items:
        own = [one for one in spent if one.item_code == item.code]
        rows = [_write_item(item), *(_write_spending(item, one) for one in reversed(own))]
        writer.writerows([defuse(cell) for cell in row] for row in rows)
    response = make_response(file.getvalue())
    response.mimetype = "text/csv"
    filename = f"money-{found.slug}-{page.today.isoformat()}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _write_item(item: PlanItemFacts) -> list[str]:
    cents = (item.cost_cents, item.granted_cents, item.spent_cents, item.waiting_cents)
    return [
        item.code,
        item.title,
        item.state.value,
        *("" if one is None else str(one) for one in cents),
        *("",) * 4,
        item.asset_code or "",
        "yes" if item.is_example else "no",
    ]


def _write_spending(item: PlanItemFacts, one: Spending) -> list[str]:
    return [
        item.code,
        item.title,
        *("",) * 5,
        one.spent_on.isoformat(),
        one.what,
        str(one.amount_cents),
        one.outcome.value if one.outcome else "waits",
        "",
        "yes" if one.is_example else "no",
    ]


# -- Writing it down ---------------------------------------------------------------------------


def _open_books(session: Session, slug: str) -> tuple[Page, Bookkeeper]:
    page = open_page(session, district=slug)
    seat = check_subject(Subject(district_id=page.place.id))
    place = page.place
    return page, Bookkeeper(doer_of(seat), place.id, wiring().clock(), place.is_example)


def show_new_round(slug: str) -> str:
    """A form for a round."""
    with open_session() as session:
        page, _ = _open_books(session, slug)
    return _show_round(page, Filling({"year": str(page.today.year)}))


def post_new_round(slug: str) -> Response | tuple[str, int]:
    """Begin a round."""

    def keep(session: Session, page: Page, by: Bookkeeper) -> str:
        add_round(session, draft=_read_round(request.form), by=by)
        return url_for("web.show_money", slug=page.place.slug, kept=1)

    return _change(slug, keep, lambda _, page, filling: _show_round(page, filling))


def _read_round(form: Mapping[str, str]) -> RoundDraft:
    model, year = form.get("model", ""), form.get("year", "")
    if model not in set(Model):
        raise Invalid("Choose how it is given.", field="model")
    first, last = MOST_YEARS
    if not (year.isascii() and year.isdigit() and first <= int(year[:4]) <= last):
        raise Invalid("Give a year, for example 2026.", field="year")
    return RoundDraft(_read_name(form), Model(model), int(year[:4]))


def _read_name(form: Mapping[str, str]) -> str:
    name = read_words(form.get("name", ""), field="name", most=MOST_NAME_LETTERS)
    if not name:
        raise Invalid("Give it a name.", field="name")
    return name.replace("\n", " ")


def _show_round(page: Page, filling: Filling) -> str:
    return _render_form(
        "money_round.html",
        page,
        filling,
        models=[(one.value, plan_words.MODELS[one]) for one in Model],
        post_url=url_for("web.post_new_round", slug=page.place.slug),
        back_url=url_for("web.show_money", slug=page.place.slug),
    )


def show_new_line(slug: str) -> str:
    """Step 1 of a pot: whose, how much, for what, when."""
    with open_session() as session:
        page, _ = _open_books(session, slug)
        return _show_new_line(session, page, Filling())


def post_new_line(slug: str) -> Response | tuple[str, int]:
    """Write a pot down, and go on to when it may be asked."""

    def keep(session: Session, page: Page, by: Bookkeeper) -> str:
        rounds = {one.slug: one.id for one in list_rounds(session, district_id=page.place.id)}
        chosen = request.form.get("round", "")
        if chosen and chosen not in rounds:
            raise Invalid("Choose a round of this district.", field="round")
        made = add_line(
            session, draft=_read_line(session, page, round_id=rounds.get(chosen)), by=by
        )
        return url_for("web.show_line_times", slug=page.place.slug, line=made.slug, new=1)

    return _change(slug, keep, _show_new_line)


def _read_line(
    session: Session,
    page: Page,
    *,
    round_id: uuid.UUID | None = None,
    platform: PlatformFacts | None = None,
) -> LineDraft:
    form = request.form
    known = {slug: one for one, slug, _ in list_names(session, district_id=page.place.id)}
    if form.get("payer", "") not in known:
        raise Invalid("Choose who pays.", field="payer")
    first = read_date(form.get("spend_from", ""), field="spend_from")
    last = read_date(form.get("spend_by", ""), field="spend_by")
    if first and last and last < first:
        raise Invalid("The last day comes before the first: choose a later one.", field="spend_by")
    return LineDraft(
        name=_read_name(form),
        payer_id=known[form["payer"]],
        amount_cents=read_amount(form.get("amount", ""), field="amount"),
        round_id=round_id,
        platform_id=platform.id if platform else None,
        earmarks=read_themes(form.getlist("themes")),
        spend_from=first,
        spend_by=last,
    )


def _show_new_line(session: Session, page: Page, filling: Filling) -> str:
    rounds = list_rounds(session, district_id=page.place.id)
    return _render_line_form(
        session,
        page,
        filling,
        rounds=[(one.slug, one.name) for one in rounds],
        post_url=url_for("web.post_new_line", slug=page.place.slug),
        back_url=url_for("web.show_money", slug=page.place.slug),
        steps=2,
    )


def _render_line_form(session: Session, page: Page, filling: Filling, **told: object) -> str:
    known = list_names(session, district_id=page.place.id)
    return _render_form(
        "money_new.html",
        page,
        filling,
        organisations=sorted([(slug, name) for _, slug, name in known], key=lambda one: one[1]),
        themes=[(theme.value, plan_words.THEMES[theme]) for theme in Earmark],
        **told,
    )


def _render_form(template: str, page: Page, filling: Filling, **told: object) -> str:
    problem = filling.problem
    return render(
        template,
        page,
        values=filling.values,
        ticked=filling.themes,
        most=MOST_NAME_LETTERS,
        problem=say_error(problem) if problem else "",
        problem_field=(problem.field or "") if problem else "",
        token=form_token(),
        token_name=TOKEN,
        sprite=sprite_svg(("brand",)),
        **told,
    )


def _change(
    slug: str,
    keep: Callable[[Session, Page, Bookkeeper], str],
    show: Callable[[Session, Page, Filling], str],
) -> Response | tuple[str, int]:
    """Write something down; what cannot be kept comes back as it was typed."""
    with open_session() as session:
        page, by = _open_books(session, slug)
        check_form()
    return _keep(page, by, keep, show)


def _keep(
    page: Page,
    by: Bookkeeper,
    keep: Callable[[Session, Page, Bookkeeper], str],
    show: Callable[[Session, Page, Filling], str],
) -> Response | tuple[str, int]:
    try:
        with open_session() as session:
            url = keep(session, page, by)
    except (Invalid, Conflict) as problem:
        typed = {name: words[:500] for name, words in request.form.items()}
        filling = Filling(typed, request.form.getlist("themes"), problem)
        with open_session() as session:
            return show(session, page, filling), find_refusal(problem).status
    return redirect(url, 303)


def show_line_times(slug: str, line: str) -> str:
    """Step 2 of a pot: when it was and may be asked, and what goes with it."""
    with open_session() as session:
        page, _ = _open_books(session, slug)
        _, found = _open_line(session, slug, line)
    values = {
        "asked_on": found.asked_on.isoformat() if found.asked_on else "",
        "approved_on": found.approved_on.isoformat() if found.approved_on else "",
        "ask_by": found.ask_by.isoformat() if found.ask_by else "",
        "lead_days": str(found.lead_days),
        "needs_design": "1" if found.needs_design else "",
        "receipt_over": write_amount(found.receipt_over_cents),
    }
    return _show_times(page, found, Filling(values))


def post_line_times(slug: str, line: str) -> Response | tuple[str, int]:
    """Keep when it may be asked."""
    with open_session() as session:
        page, by = _open_books(session, slug)
        check_form()
        _, found = _open_line(session, slug, line)

    def keep(session: Session, page: Page, by: Bookkeeper) -> str:
        tell_times(session, line_id=found.id, times=_read_times(request.form), by=by)
        return url_for("web.show_money", slug=page.place.slug, kept=1)

    return _keep(page, by, keep, lambda _, page, filling: _show_times(page, found, filling))


def _read_times(form: Mapping[str, str]) -> LineTimes:
    lead = form.get("lead_days", "") or "0"
    is_number = lead.isascii() and lead.isdigit() and len(lead) < 5
    if not is_number or int(lead) > MOST_LEAD_DAYS:
        raise Invalid(
            "Give a number of days from 0 to {most}.", field="lead_days", most=MOST_LEAD_DAYS
        )
    over = form.get("receipt_over", "").strip()
    return LineTimes(
        asked_on=read_date(form.get("asked_on", ""), field="asked_on"),
        approved_on=read_date(form.get("approved_on", ""), field="approved_on"),
        ask_by=read_date(form.get("ask_by", ""), field="ask_by"),
        lead_days=int(lead),
        needs_design=form.get("needs_design") == "1",
        receipt_over_cents=read_amount(over, field="receipt_over")
        if over
        else USUAL_RECEIPT_OVER_CENTS,
    )


def _show_times(page: Page, line: Line, filling: Filling) -> str:
    return _render_form(
        "money_times.html",
        page,
        filling,
        line=line,
        is_new="new" in request.args,
        most_days=MOST_LEAD_DAYS,
        post_url=url_for("web.post_line_times", slug=page.place.slug, line=line.slug),
        back_url=url_for("web.show_money", slug=page.place.slug),
    )


# -- A platform's own money --------------------------------------------------------------------


def show_own_money(slug: str) -> str:
    """Money that is for one platform alone, of whoever gives it, and a form for more (B13)."""
    with open_session() as session:
        platform, page, _ = _open_own(session, slug)
        return _show_own(session, page, Filling(), platform)


def post_own_money(slug: str) -> Response | tuple[str, int]:
    """Write down money of a platform's own."""
    with open_session() as session:
        platform, page, by = _open_own(session, slug)
        check_form()

    def keep(session: Session, page: Page, by: Bookkeeper) -> str:
        add_line(session, draft=_read_line(session, page, platform=platform), by=by)
        return url_for("web.show_own_money", slug=platform.slug, kept=1)

    def show(session: Session, page: Page, filling: Filling) -> str:
        return _show_own(session, page, filling, platform)

    return _keep(page, by, keep, show)


def _open_own(session: Session, slug: str) -> tuple[PlatformFacts, Page, Bookkeeper]:
    platform = get_platform(session, slug=slug)
    page = open_page(session, district=platform.district)
    seat = check_subject(subject_of(platform), thing=thing_of(platform))
    is_example = platform.is_example or page.place.is_example
    doer = doer_of(seat, whose=platform.slug)
    return platform, page, Bookkeeper(doer, platform.district_id, wiring().clock(), is_example)


def _show_own(session: Session, page: Page, filling: Filling, platform: PlatformFacts) -> str:
    lines = list_own_lines(session, platform_id=platform.id)
    return _render_line_form(
        session,
        page,
        filling,
        platform=platform,
        lines=[make_line(one, page) for one in lines],
        rounds=[],
        is_kept="kept" in request.args,
        post_url=url_for("web.post_own_money", slug=platform.slug),
        back_url=url_for("web.show_platform", slug=platform.slug),
        steps=0,
    )


ROUTES = (
    Route("/districts/<slug>/money", show_money, Permission.SEE_PUBLIC),
    Route("/districts/<slug>/money/new-round", show_new_round, Permission.KEEP_MONEY),
    Route(
        "/districts/<slug>/money/new-round",
        post_new_round,
        Permission.KEEP_MONEY,
        methods=("POST",),
    ),
    Route("/districts/<slug>/money/new-line", show_new_line, Permission.KEEP_MONEY),
    Route(
        "/districts/<slug>/money/new-line", post_new_line, Permission.KEEP_MONEY, methods=("POST",)
    ),
    Route("/districts/<slug>/money/<line>", show_line, Permission.SEE_PUBLIC),
    Route("/districts/<slug>/money/<line>.csv", download_line, Permission.SEE_PUBLIC),
    Route("/districts/<slug>/money/<line>/times", show_line_times, Permission.KEEP_MONEY),
    Route(
        "/districts/<slug>/money/<line>/times",
        post_line_times,
        Permission.KEEP_MONEY,
        methods=("POST",),
    ),
    Route("/platforms/<slug>/money", show_own_money, Permission.KEEP_MONEY),
    Route("/platforms/<slug>/money", post_own_money, Permission.KEEP_MONEY, methods=("POST",)),
)
