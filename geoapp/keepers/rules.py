"""What becomes of those who keep a thing when somebody else takes over, pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from geoapp.assets.rules import Aspect, Kind
from geoapp.errors import Invalid

MOST_TITLE_LETTERS = 120
# How far ahead somebody can be down for a thing.
MOST_YEARS_AHEAD = 10


@dataclass(frozen=True)
class Holding:
    """A duty as it stands: who keeps what, from the first day to the last, both counted; None: not
    known since when, or without an end."""

    id: UUID
    organisation_id: UUID
    covers: frozenset[Aspect]
    starts_on: date | None
    until: date | None


@dataclass(frozen=True)
class DutyDraft:
    """Who is to keep what, from which day to which; both counted."""

    organisation_id: UUID
    covers: frozenset[Aspect]
    starts_on: date
    until: date | None = None


@dataclass(frozen=True)
class OwnerDraft:
    """Whose a thing is from a day on; None: nobody knows."""

    organisation_id: UUID | None
    since: date


@dataclass(frozen=True)
class ContractDraft:
    """A framework contract; both days counted."""

    title: str
    contractor_id: UUID
    covers_kinds: tuple[Kind, ...]
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class Cut:
    """What becomes of a duty of which a part is taken over. `ends_on` None: it never began, and
    only `rest` is left of it; else it ends that day, and `rest` goes on as before."""

    holding: Holding
    ends_on: date | None
    rest: frozenset[Aspect]


def check_term(starts_on: date, until: date | None, *, today: date) -> None:
    """Whether somebody can be down for these days.

    Raises:
        Invalid: the last comes before the first, or the first lies too far ahead.
    """
    if starts_on > date(today.year + MOST_YEARS_AHEAD, 12, 31):
        raise Invalid(
            "Choose a day within {years} years.", field="starts_on", years=MOST_YEARS_AHEAD
        )
    if until is not None and until < starts_on:
        raise Invalid("The last day comes before the first: choose a later one.", field="until")


def cut_duties(held: Sequence[Holding], draft: DutyDraft, *, today: date) -> list[Cut]:
    """What becomes of the duties of which `draft` takes a part: each ends the day before, and goes
    on with whatever else it covers.

    Raises:
        Invalid: one of them began on that day or later, and has been kept since.
    """
    cuts = []
    for holding in held:
        taken = holding.covers & draft.covers
        if not taken or not _meet(holding, draft):
            continue
        rest = holding.covers - taken
        if holding.starts_on is None or holding.starts_on < draft.starts_on:
            cuts.append(Cut(holding, draft.starts_on - timedelta(days=1), rest))
        elif holding.starts_on >= today:
            cuts.append(Cut(holding, None, rest))
        else:
            raise Invalid(
                "Somebody keeps this part since that day or later: choose a later day.",
                field="starts_on",
            )
    return cuts


def _meet(holding: Holding, draft: DutyDraft) -> bool:
    begins_in_time = (
        holding.starts_on is None or draft.until is None or holding.starts_on <= draft.until
    )
    return begins_in_time and (holding.until is None or holding.until >= draft.starts_on)


def is_already(held: Sequence[Holding], draft: DutyDraft) -> bool:
    """True where this very organisation is down for all of it already, to the same last day."""
    own = [
        holding
        for holding in held
        if holding.organisation_id == draft.organisation_id
        if holding.until == draft.until
        if holding.starts_on is None or holding.starts_on <= draft.starts_on
    ]
    covered: frozenset[Aspect] = frozenset().union(*(holding.covers for holding in own))
    return draft.covers <= covered


def check_end(holding: Holding, until: date, *, today: date) -> bool:
    """Whether a duty can end on a day; True where it then never began.

    Raises:
        Invalid: it ends before it began, or has an earlier last day already.
    """
    if holding.until is not None and until > holding.until:
        raise Invalid("It ends sooner than that already: choose an earlier day.", field="ends_on")
    if holding.starts_on is None or until >= holding.starts_on:
        return False
    if holding.starts_on > today:
        return True
    raise Invalid("The last day comes before the first: choose a later one.", field="ends_on")


def check_contract(draft: ContractDraft) -> None:
    """Whether a framework contract can be so.

    Raises:
        Invalid: it has no title, covers nothing, or ends before it begins.
    """
    if not draft.title:
        raise Invalid("Say what the contract is called.", field="title")
    if not draft.covers_kinds:
        raise Invalid("Choose what it is for.", field="covers_kinds")
    if draft.ends_on < draft.starts_on:
        raise Invalid("The last day comes before the first: choose a later one.", field="ends_on")
