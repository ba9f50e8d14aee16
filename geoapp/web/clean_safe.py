"""Clean and safe on screen: what was last found at a thing, what it was warned of, and what is
asked to be taken away."""

from dataclasses import dataclass
from datetime import date

from babel.numbers import format_decimal
from flask import url_for
from sqlalchemy.orm import Session

from geoapp.assets.queries import AssetFacts
from geoapp.inspections.queries import (
    CaseFacts,
    InspectionFacts,
    RequestFacts,
    last_case_of,
    last_inspection_of,
    last_request_of,
    list_in_force,
)
from geoapp.inspections.rules import (
    Answer,
    CaseState,
    Displacement,
    Ground,
    Item,
    Result,
    find_wrong,
)
from geoapp.ledger.rules import Verdict
from geoapp.web.language import Words, gettext, lazy_gettext, page_language
from geoapp.web.page import Page
from geoapp.web.words import say_day, say_way

ANSWERS: dict[Answer, Words] = {
    Answer.YES: lazy_gettext("Yes"),
    Answer.NO: lazy_gettext("No"),
    Answer.NOT_THERE: lazy_gettext("Is not there"),
}

RESULTS: dict[Result, Words] = {
    Result.RIGHT: lazy_gettext("Clean and safe"),
    Result.NOT_RIGHT: lazy_gettext("Not all is right"),
    Result.NOT_SAFE: lazy_gettext("Not safe"),
}

GROUNDS: dict[Ground, Words] = {
    Ground.LADDER: lazy_gettext("It was not repaired in time after a warning"),
    Ground.WORN_OUT: lazy_gettext("It is worn out"),
    Ground.PLACE_NEEDED: lazy_gettext("The place is needed for something else"),
    Ground.MOVED_AWAY: lazy_gettext("It goes to another place"),
}

REASON_LABELS: dict[str, Words] = {
    "reason": lazy_gettext("Why must it go?"),
    "interests": lazy_gettext("Whose interests were weighed, and how?"),
    "decides": lazy_gettext("Who decides this?"),
    "still_possible": lazy_gettext("What could still be done?"),
}

# What comes of a warning, as everybody reads it.
ENDINGS: dict[CaseState, Words] = {
    CaseState.REPAIRED: lazy_gettext("There was a warning. It has been repaired."),
    CaseState.REMOVED: lazy_gettext("There was a warning, and it was taken away."),
    CaseState.WITHDRAWN: lazy_gettext("There was a warning. It was taken back."),
}


@dataclass(frozen=True)
class Look:
    """What was found: the result, who found it and when, by which list, what was wrong."""

    symbol: str
    result: str
    when: str
    by_list: str
    wrong: list[str]
    note: str
    waits_for: str
    is_example: bool


@dataclass(frozen=True)
class WarningCard:
    """Where a thing stands on the ladder. `because` is why a warning was taken back."""

    says: str
    is_open: bool
    because: str
    is_example: bool


@dataclass(frozen=True)
class Leaving:
    """What is asked to go, or went: the four that must be said, and where else one can go."""

    says: str
    ground: str
    told: list[tuple[str, str]]
    touches: list[str]
    alternatives: list[tuple[str, str, str]]
    answer: str
    is_example: bool


@dataclass(frozen=True)
class SafetyBox:
    """All of it, as the page of the thing shows it; `inspect_url` is for whoever looks after it."""

    look: Look | None
    warning: WarningCard | None
    leaving: Leaving | None
    every_days: int
    inspect_url: str


def make_safety_box(session: Session, asset: AssetFacts, page: Page) -> SafetyBox | None:
    """What is known of a thing; None where nobody expects anything."""
    asked = list_in_force(session, asset=asset, today=page.today)
    found = last_inspection_of(session, asset_id=asset.id)
    # No warning without a look.
    case = last_case_of(session, asset_id=asset.id) if found else None
    request = last_request_of(session, asset_id=asset.id)
    if not (asked or found or request):
        return None
    is_there = asset.physical_status.value != "removed"
    return SafetyBox(
        look=make_look(found, page) if found else None,
        warning=make_warning(case, page.today) if case else None,
        leaving=make_leaving(request, page.today) if request else None,
        every_days=asked.every_days if asked else 0,
        inspect_url=url_for("web.show_inspect", code=asset.code) if asked and is_there else "",
    )


def ask_in(page: Page, item: Item) -> str:
    """A question in the reader's language, else in one of the district's."""
    return item.ask((page_language(), *page.place.languages))


def make_look(found: InspectionFacts, page: Page) -> Look:
    """What was found, in words."""
    day = say_day(found.done_on, today=page.today)
    if found.is_shared:
        when = gettext(
            "Looked at by %(one)s and %(other)s together, on %(day)s.",
            one=found.by,
            other=found.together,
            day=day,
        )
    else:
        when = gettext("Looked at by %(one)s, on %(day)s.", one=found.by, day=day)
    return Look(
        symbol={Result.RIGHT: "good", Result.NOT_RIGHT: "open", Result.NOT_SAFE: "bad"}[
            found.result
        ],
        result=str(RESULTS[found.result]),
        when=when,
        by_list=say_list(found.version, found.list_since),
        wrong=[ask_in(page, item) for item in find_wrong(found.items, found.answers)],
        note=found.note,
        waits_for=found.together if found.is_waiting else "",
        is_example=found.is_example,
    )


def say_list(version: int, since: date) -> str:
    """By which list."""
    return gettext(
        "By list %(number)s, which holds since %(day)s.", number=version, day=say_day(since)
    )


def make_warning(case: CaseFacts, today: date) -> WarningCard:
    """A warning with its day, or what came of it."""
    if case.state in ENDINGS:
        says = str(ENDINGS[case.state])
    elif case.state is CaseState.TO_REMOVE:
        says = gettext("The time for repair is over, and it is asked to be taken away.")
    elif case.is_late(today):
        says = gettext(
            "Warning: it should have been repaired by %(day)s.",
            day=say_day(case.repair_until, today=today),
        )
    else:
        says = gettext(
            "Warning: it must be repaired by %(day)s.",
            day=say_day(case.repair_until, today=today),
        )
    if case.state is CaseState.REPAIRING:
        says += " " + gettext("They are at it.")
    return WarningCard(says, case.state not in ENDINGS, case.ended_because, case.is_example)


def make_leaving(request: RequestFacts, today: date) -> Leaving:
    """What was asked, and what became of it."""
    asked = {"who": request.organisation, "day": say_day(request.asked_on, today=today)}
    if request.outcome is None:
        says = gettext(
            "%(who)s asked on %(day)s to take it away. A second person has still to say yes or no.",
            **asked,
        )
    else:
        settled = {
            "who": request.settled_organisation,
            "day": say_day(request.settled_on or request.asked_on, today=today),
        }
        is_gone = request.outcome is Verdict.CONFIRMED
        says = (
            gettext("Taken away. %(who)s said yes to it on %(day)s.", **settled)
            if is_gone
            else gettext("It stays. %(who)s said no on %(day)s.", **settled)
        )
    reasons = request.reasons
    return Leaving(
        says=says,
        ground=str(GROUNDS[reasons.ground]),
        told=[(str(label), getattr(reasons, name)) for name, label in REASON_LABELS.items()],
        touches=say_displacement(request.displacement),
        alternatives=list_ways(request.displacement),
        answer=request.answer,
        is_example=request.is_example,
    )


def say_displacement(displacement: Displacement) -> list[str]:
    """Whom it touches, in sentences."""
    said = []
    if not displacement.alternatives:
        said.append(gettext("There is no other of its kind that we know of."))
    if displacement.households is not None:
        said.append(
            gettext(
                "In %(area)s stand %(count)s households (%(year)s).",
                area=displacement.area,
                count=format_decimal(displacement.households, locale=page_language()),
                year=displacement.year,
            )
        )
    else:
        said.append(gettext("How many households live near is not known."))
    said.append(gettext("Reports that are open here: %(count)s.", count=displacement.open_reports))
    if displacement.hours:
        said.append(gettext("Opening hours: %(hours)s", hours=displacement.hours))
    return said


def list_ways(displacement: Displacement) -> list[tuple[str, str, str]]:
    """Where else one can go: name, address of its page, and how far."""
    return [
        (other.name, url_for("web.show_asset", code=other.code), say_way(other.distance_m))
        for other in displacement.alternatives
    ]
