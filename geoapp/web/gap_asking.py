"""What is asked on the gaps pages: read from the address, shown as a form, made into addresses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from geoapp.coverage.gaps.findings import Finding
from geoapp.coverage.gaps.questions import WEEKDAYS, Question, When, read_question
from geoapp.coverage.gaps.reading import find_gaps
from geoapp.edge import wiring
from geoapp.errors import GeoappError, Invalid, NotFound
from geoapp.needs.queries import NeedFacts, list_needs
from geoapp.norms.queries import NormFacts, list_norms
from geoapp.web import gap_words, words
from geoapp.web.errors import say_error
from geoapp.web.language import gettext
from geoapp.web.page import Page

DISTANCES_M = (100, 200, 300, 400, 800, 1000)
NOON = "12:00"
TYPED = ("kind", "need", "norm", "metres", "at", "day", "clock")


@dataclass(frozen=True)
class Choice:
    """One line of a list of choices."""

    value: str
    words: str
    is_chosen: bool


@dataclass(frozen=True)
class Asking:
    """The form as it stands, and what is wrong with it: `problem` at `problem_field`."""

    kinds: tuple[Choice, ...]
    needs: tuple[Choice, ...]
    distances: tuple[Choice, ...]
    norms: tuple[Choice, ...]
    days: tuple[Choice, ...]
    clock: str
    metres: str
    problem: str = ""
    problem_field: str = ""


@dataclass(frozen=True)
class Asked:
    """A question with its answer; without one where something is wrong with what was typed."""

    typed: Mapping[str, str] = field(default_factory=dict)
    question: Question | None = None
    finding: Finding | None = None
    error: GeoappError | None = None


def ask(session: Session, page: Page) -> Asked:
    """The answer to what stands in the address."""
    typed = read_typed()
    try:
        question = read_question(typed)
        finding = find_gaps(session, place=page.place, question=question, now=wiring().clock())
    except (Invalid, NotFound) as error:
        return Asked(typed, error=error)
    return Asked(typed, question, finding)


def find(session: Session, page: Page) -> Finding:
    """The answer to what stands in the address, for what is no form.

    Raises:
        Invalid: something is wrong with it.
        NotFound: there is no such norm, or layer of need.
    """
    question = read_question(read_typed())
    return find_gaps(session, place=page.place, question=question, now=wiring().clock())


def read_typed() -> dict[str, str]:
    """What was typed, with one word for the time of a form's two fields."""
    typed = {name: request.args.get(name, "") for name in TYPED}
    day, clock = typed.pop("day"), typed.pop("clock")
    if "day" in request.args:
        typed["at"] = _join_time(day, clock)
    return typed


def _join_time(day: str, clock: str) -> str:
    if not day:
        return ""
    return f"{day}{'-' if day in WEEKDAYS else 'T'}{clock or NOON}"


def url_of(slug: str, question: Question, endpoint: str = "web.show_gaps", **more: Any) -> str:
    """The address of a question."""
    values: dict[str, Any] = {**question.to_values(), **more}
    return url_for(endpoint, slug=slug, **values)


def make_asking(session: Session, page: Page, asked: Asked) -> Asking:
    """The form, with what was typed; nothing of it is lost where something is wrong."""
    typed = {**Question().to_values(), **{key: said for key, said in asked.typed.items() if said}}
    needs = list_needs(session, district_id=page.place.id)
    norms = list_norms(session, district_id=page.place.id, today=page.today)
    chosen = str(asked.question.norm) if asked.question else typed["norm"]
    when = asked.question.at if asked.question else None
    problem = asked.error
    return Asking(
        kinds=_list_choices(
            [(code, str(said)) for code, said in gap_words.WANTED.items()], typed["kind"]
        ),
        needs=_list_choices(_name_needs(needs), typed["need"]),
        distances=_list_distances(chosen),
        norms=_list_choices(_name_bands(norms), _name_main(chosen, norms)),
        days=_list_days(when, typed.get("at", "")),
        clock=f"{when.clock:%H:%M}" if when else request.args.get("clock", "")[:5],
        metres=request.args.get("metres", "")[:12] if problem else "",
        problem=say_error(problem) if problem else "",
        problem_field=_find_field(problem) if problem else "",
    )


def _find_field(problem: GeoappError) -> str:
    if problem.field:
        return problem.field
    return "norm" if "norm" in problem.values else "need"


def _list_choices(named: Sequence[tuple[str, str]], chosen: str) -> tuple[Choice, ...]:
    return tuple(Choice(code, said, is_chosen=code == chosen) for code, said in named)


def _name_needs(needs: Sequence[NeedFacts]) -> list[tuple[str, str]]:
    # A district without figures has the choices all the same, and an answer that says so.
    known = {need.code for need in needs}
    counted = [(code, str(said)) for code, said in gap_words.COUNTED.items() if code not in known]
    return [*counted, *((need.code, gap_words.say_need(need)) for need in needs)]


def _list_distances(chosen: str) -> tuple[Choice, ...]:
    own = {int(chosen)} if chosen.isdecimal() and len(chosen) < 6 else set()
    return tuple(
        Choice(str(metres), gap_words.say_metres(metres), is_chosen=str(metres) == chosen)
        for metres in sorted({*DISTANCES_M, *own})
    )


def _name_bands(norms: Sequence[NormFacts]) -> list[tuple[str, str]]:
    return [
        (f"{norm.code}:{band.code}", gap_words.say_band(norm, band))
        for norm in norms
        for band in norm.bands
    ]


def _name_main(chosen: str, norms: Sequence[NormFacts]) -> str:
    """A norm without a band is its main one."""
    for norm in norms:
        if norm.code == chosen:
            return f"{chosen}:{norm.band(None).code}"
    return chosen


def _list_days(when: When | None, typed: str) -> tuple[Choice, ...]:
    chosen = ""
    if when is not None:
        chosen = when.day.isoformat() if when.day else WEEKDAYS[when.weekday or 0]
    elif typed:
        chosen = typed[:10] if typed[:1].isdecimal() else typed[:3].lower()
    named = [("", gettext("Any time")), *zip(WEEKDAYS, map(str, gap_words.WEEKDAYS), strict=True)]
    if when is not None and when.day is not None:
        named.append((chosen, words.say_day(when.day)))
    return _list_choices(named, chosen)


def say_when(when: When) -> str:
    """A time in words."""
    told = words.say_day(when.day) if when.day else str(gap_words.WEEKDAYS[when.weekday or 0])
    return gettext("%(day)s at %(clock)s", day=told, clock=f"{when.clock:%H:%M}")
