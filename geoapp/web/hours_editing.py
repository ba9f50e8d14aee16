"""What whoever opens a place does with its hours: close it for today in one tap, tell a day that
differs, change the week."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from babel.dates import get_day_names
from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, current_actor, doer_of
from geoapp.assets.queries import AssetFacts, Duty, duties_of, get_asset, subject_of, thing_of
from geoapp.assets.rules import Aspect
from geoapp.db.codes import read_code
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import GeoappError, Invalid, Stale
from geoapp.geo.symbol import sprite_svg
from geoapp.hours.actions import (
    Keeper,
    Moment,
    forget_hours,
    put_other_day,
    remove_other_day,
    set_hours,
    shut_today,
)
from geoapp.hours.queries import HoursFacts, hours_of
from geoapp.hours.rules import (
    CLOSED,
    MOST_DAYS_AHEAD,
    MOST_LETTERS,
    MOST_NOTE_LETTERS,
    WEEKDAYS,
    Spans,
    state_at,
)
from geoapp.hours.weeks import CLOSED_WEEK, Week, read_spans, read_week, write_spans, write_week
from geoapp.people.rules import Permission, Role, Seat
from geoapp.refusals import find_refusal
from geoapp.web.errors import say_error
from geoapp.web.forms import check_form, form_token
from geoapp.web.hours import say_hours, say_state, say_weekday
from geoapp.web.language import page_language
from geoapp.web.page import Page, open_page, render

USUAL, NEVER, TYPED = "usual", "closed", "typed"
DAY_FIELDS = tuple(day.lower() for day in WEEKDAYS)
HOLIDAY_FIELDS = ("ph", "sh")


@dataclass(frozen=True)
class Editing:
    """The form as it stands: what is typed in each field, and what is wrong with it; `theirs` is
    what somebody else has put there meanwhile."""

    values: Mapping[str, str]
    version: int
    problem: str = ""
    problem_field: str = ""
    theirs: str = ""


@dataclass(frozen=True)
class OtherDayLine:
    """A day that differs, with what takes it back."""

    on_day: str
    day: str
    hours: str
    note: str
    by: str
    is_example: bool


@dataclass(frozen=True)
class _Kept:
    """An asset whose hours whoever asks may keep, and as whom."""

    asset: AssetFacts
    page: Page
    by: Keeper
    at: Moment


def show_hours_form(code: str) -> str:
    """The hours of a place, as a form."""
    with open_session() as session:
        kept = _open(session, code)
        facts = _facts_of(session, kept)
        return _show(kept, facts, Editing(_fill(facts), facts.version))


def post_hours(code: str) -> Response | tuple[str, int]:
    """Keep the week, or the hours as they are written."""

    def keep(session: Session, kept: _Kept) -> None:
        version = _read_version(request.form)
        hours = _read_hours(request.form)
        set_hours(session, asset=kept.asset, change=(hours, version), by=kept.by, at=kept.at)

    return _change(code, keep)


def post_no_hours(code: str) -> Response | tuple[str, int]:
    """Take the hours away: nobody knows them any more."""

    def keep(session: Session, kept: _Kept) -> None:
        version = _read_version(request.form)
        forget_hours(session, asset=kept.asset, version=version, by=kept.by, at=kept.at)

    return _change(code, keep)


def post_today(code: str) -> Response | tuple[str, int]:
    """Close the place for today, or open it after all: one tap."""

    def keep(session: Session, kept: _Kept) -> None:
        is_shut = request.form.get("shut") == "1"
        shut_today(session, asset=kept.asset, is_shut=is_shut, by=kept.by, at=kept.at)

    return _change(code, keep)


def post_other_day(code: str) -> Response | tuple[str, int]:
    """Tell a day that differs, or take it back."""

    def keep(session: Session, kept: _Kept) -> None:
        on_day = _read_day(request.form.get("on_day", ""))
        if request.form.get("remove") == "1":
            remove_other_day(session, asset=kept.asset, on_day=on_day, by=kept.by, at=kept.at)
            return
        spans = read_spans(request.form.get("day_hours", ""), name="day_hours")
        told = (on_day, spans, request.form.get("note", ""))
        put_other_day(session, asset=kept.asset, told=told, by=kept.by, at=kept.at)

    return _change(code, keep)


def _change(code: str, keep: Callable[[Session, _Kept], None]) -> Response | tuple[str, int]:
    """Change something of the hours; what cannot be kept comes back as it was typed."""
    with open_session() as session:
        kept = _open(session, code)
        check_form()
    try:
        with open_session() as session:
            keep(session, kept)
    except (Invalid, Stale) as problem:
        with open_session() as session:
            facts = _facts_of(session, kept)
            return _show(kept, facts, _give_back(facts, problem)), find_refusal(problem).status
    return redirect(url_for("web.show_hours_form", code=kept.asset.code, kept=1), 303)


def _open(session: Session, code: str) -> _Kept:
    asset = get_asset(session, code=read_code(code))
    page = open_page(session, district=asset.district)
    duties = duties_of(session, asset_ids=[asset.id], today=page.today).get(asset.id, [])
    seat = check_subject(subject_of(asset, duties), thing=thing_of(asset))
    by = _make_keeper(seat, duties)
    return _Kept(asset, page, by, Moment(wiring().clock(), page.today))


def _make_keeper(seat: Seat, duties: Sequence[Duty]) -> Keeper:
    """Support acts for whoever opens the place, who is then named."""
    if seat.role is not Role.SUPPORT:
        return Keeper(doer_of(seat), seat.organisation_id)
    supported = current_actor().supported_ids
    duty = next(d for d in duties if Aspect.OPERATION in d.covers and d.keeper_id in supported)
    return Keeper(doer_of(seat, whose=duty.keeper.slug), duty.keeper_id)


def _facts_of(session: Session, kept: _Kept) -> HoursFacts:
    return hours_of(session, asset=kept.asset, place=kept.page.place, today=kept.page.today)


# -- The form ----------------------------------------------------------------------------------


def _read_version(form: Mapping[str, str]) -> int:
    """Which hours the form was made from.

    Raises:
        Invalid: it does not say.
    """
    version = form.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise Invalid("This form was open for too long. Look it over and send it again.")
    return int(version)


def _read_hours(form: Mapping[str, str]) -> str:
    if form.get("as") == "written":
        return form.get("hours", "")
    days = tuple(read_spans(form.get(name, ""), name=name) for name in DAY_FIELDS)
    holidays, vacations = (_read_holidays(form, name) for name in HOLIDAY_FIELDS)
    return write_week(Week(days, holidays, vacations))


def _read_holidays(form: Mapping[str, str], name: str) -> Spans | None:
    how = form.get(f"{name}_as", USUAL)
    if how == USUAL:
        return None
    return CLOSED if how == NEVER else read_spans(form.get(name, ""), name=name)


def _read_day(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise Invalid("Choose a day from today on, within a year.", field="on_day") from None


def _fill(facts: HoursFacts) -> dict[str, str]:
    hours = facts.opening.hours
    week = CLOSED_WEEK if hours is None else read_week(hours)
    shown = week or CLOSED_WEEK
    values = {name: write_spans(spans) for name, spans in zip(DAY_FIELDS, shown.days, strict=True)}
    told = (shown.public_holidays, shown.school_vacations)
    for name, spans in zip(HOLIDAY_FIELDS, told, strict=True):
        values[name] = write_spans(spans or CLOSED)
        values[f"{name}_as"] = USUAL if spans is None else TYPED if spans else NEVER
    return {**values, "as": "week" if week else "written", "hours": hours or ""}


def _give_back(facts: HoursFacts, problem: GeoappError) -> Editing:
    """Nothing that was typed is lost; after somebody else's change it is sent for theirs."""
    typed = {name: words[:MOST_LETTERS] for name, words in request.form.items()}
    is_stale = isinstance(problem, Stale)
    version = request.form.get("version", "")
    return Editing(
        values={**_fill(facts), **typed},
        version=int(version) if version.isdigit() and not is_stale else facts.version,
        problem=say_error(problem),
        problem_field=problem.field or "",
        theirs=(facts.opening.hours or "") if is_stale else "",
    )


def _show(kept: _Kept, facts: HoursFacts, editing: Editing) -> str:
    today = kept.page.today
    state = state_at(facts.opening, kept.at.now)
    names = get_day_names("wide", locale=page_language())
    told_today = facts.opening.other_days.get(today)
    return render(
        "hours_edit.html",
        kept.page,
        asset=kept.asset,
        now=say_state(facts, state, today=today),
        is_open=state.is_open if state else None,
        is_shut=told_today is not None and told_today.is_shut,
        other_days=_list_other_days(facts),
        days=[(name, names[number]) for number, name in enumerate(DAY_FIELDS)],
        editing=editing,
        values=editing.values,
        today=today,
        last_day=today + timedelta(days=MOST_DAYS_AHEAD),
        most={"hours": MOST_LETTERS, "note": MOST_NOTE_LETTERS},
        is_kept="kept" in request.args,
        token=form_token(),
        sprite=sprite_svg(("brand", "check", "closed")),
    )


def _list_other_days(facts: HoursFacts) -> list[OtherDayLine]:
    return [
        OtherDayLine(
            on_day=told.on_day.isoformat(),
            day=say_weekday(told.on_day),
            hours=say_hours(told.other.spans),
            note=told.other.note,
            by=told.by,
            is_example=told.is_example,
        )
        for told in facts.days_told
        if told.other.spans is not None
    ]


ROUTES = (
    Route("/assets/<code>/hours", show_hours_form, Permission.KEEP_HOURS),
    Route("/assets/<code>/hours", post_hours, Permission.KEEP_HOURS, methods=("POST",)),
    Route("/assets/<code>/hours/none", post_no_hours, Permission.KEEP_HOURS, methods=("POST",)),
    Route("/assets/<code>/hours/today", post_today, Permission.KEEP_HOURS, methods=("POST",)),
    Route("/assets/<code>/hours/days", post_other_day, Permission.KEEP_HOURS, methods=("POST",)),
)
