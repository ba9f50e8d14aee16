"""What changes where a thing stands between a warning and its removal; each step is written to the
history of the thing."""

import uuid
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.assets.queries import AssetFacts, thing_of
from geoapp.assets.rules import AssetEventKind, PhysicalStatus
from geoapp.db.text import read_words
from geoapp.errors import Conflict, Invalid, NotAllowed, NotFound
from geoapp.inspections.actions import (
    Hand,
    Moment,
    add_event,
    is_of_example,
    lock_asset,
    record_deed,
)
from geoapp.inspections.queries import InspectionFacts, last_inspection_of
from geoapp.inspections.rules import (
    CONFIRM_DAYS,
    MOST_REASON_LETTERS,
    OPEN,
    REPAIR_DAYS,
    CaseAction,
    CaseState,
    Displacement,
    Ground,
    Reasons,
    Result,
    check_ground,
    check_second,
    move_case,
)
from geoapp.inspections.tables import Inspection, RemovalCase, RemovalRequest
from geoapp.ledger.chain import Deed
from geoapp.ledger.four_eyes import ask_second, settle_second
from geoapp.ledger.rules import Verdict
from geoapp.people.rules import OrganisationKind

REMOVE = "remove"
# What each move of a case is called in the history of a thing, where other words mean other things.
DEEDS: dict[CaseAction, str] = {
    **{action: action.value for action in CaseAction},
    CaseAction.WITHDRAW: "withdraw_warning",
    CaseAction.ASK_REMOVAL: "follow_warning",
    CaseAction.KEEP: "let_stay",
    CaseAction.REMOVE: "remove_after_warning",
}

# -- Done together -----------------------------------------------------------------------------


def confirm_inspection(
    session: Session, *, asset: AssetFacts, number: int, by: Hand, at: Moment
) -> None:
    """Say for the other side that both were there. Only then it counts as done together, and only
    by this a warning begins, or ends.

    Raises:
        NotAllowed: it is the same person, or not the side that was named.
        Conflict: nothing waits (any more): somebody looked again since, or it is too long ago.
    """
    lock_asset(session, asset)
    found = last_inspection_of(session, asset_id=asset.id)
    if found is None or found.number != number or not found.is_waiting:
        raise Conflict("Somebody was first: look again at where this place stands.")
    if at.today > found.done_on + timedelta(days=CONFIRM_DAYS):
        raise Conflict("This is too long ago: look at it together once more.")
    check_confirms(found, by)
    row = session.get_one(Inspection, found.id)
    row.with_organisation_id = by.organisation_id
    row.confirmed_at, row.confirmed_by = at.now, by.person_id
    session.flush()
    deed = Deed("confirm_inspection", after={"result": found.result})
    record_deed(session, asset, deed, by, at)
    _follow_ladder(session, asset, found, by, at)


def check_confirms(found: InspectionFacts, by: Hand) -> None:
    """Whether this is the other side: of what the district wrote down, the keeper it named; of what
    a keeper did, whoever works for the district.

    Raises:
        NotAllowed: it is not.
    """
    if found.person_id == by.person_id:
        raise NotAllowed("You wrote this down yourself: somebody of the other side confirms it.")
    is_named = by.organisation_id == found.together_id
    is_other = is_named if found.by_district else by.is_officer
    if not is_other or by.organisation_id == found.by_id:
        raise NotAllowed("Only the side that was there as well can confirm this.")


def _follow_ladder(
    session: Session, asset: AssetFacts, found: InspectionFacts, by: Hand, at: Moment
) -> None:
    case = find_open_case(session, asset_id=asset.id)
    is_right = found.result is Result.RIGHT
    if case is not None:
        action = CaseAction.FIND_RIGHT if is_right else CaseAction.FIND_WRONG
        move(session, asset, case, (action, ""), by, at)
    elif not is_right:
        until = at.today + timedelta(days=REPAIR_DAYS)
        session.add(
            RemovalCase(
                asset_id=asset.id,
                inspection_id=found.id,
                state=CaseState.WARNED,
                warned_on=at.today,
                repair_until=until,
                is_example=found.is_example,
            )
        )
        session.flush()
        record_deed(session, asset, Deed("warn", after={"until": until}), by, at)


# -- The ladder --------------------------------------------------------------------------------


def take_up_repair(session: Session, *, asset: AssetFacts, by: Hand, at: Moment) -> None:
    """Say that it is being repaired; the day until which there is time stays.

    Raises:
        Conflict: no warning stands, or somebody said so already.
    """
    lock_asset(session, asset)
    move(session, asset, get_open_case(session, asset), (CaseAction.TAKE_UP, ""), by, at)


def withdraw_warning(
    session: Session, *, asset: AssetFacts, reason: str, by: Hand, at: Moment
) -> None:
    """Take a warning back, with a reason for everybody.

    Raises:
        NotAllowed: they do not work for the district.
        Invalid: there is no reason.
        Conflict: no warning stands.
    """
    if not by.is_officer:
        raise NotAllowed("Only whoever works for the district takes a warning back.")
    said = read_words(reason, field="because", most=MOST_REASON_LETTERS)
    if not said:
        raise Invalid("Say why: everybody can read it.", field="because")
    lock_asset(session, asset)
    move(session, asset, get_open_case(session, asset), (CaseAction.WITHDRAW, said), by, at)


def find_open_case(session: Session, *, asset_id: uuid.UUID) -> RemovalCase | None:
    """The warning that stands; the caller has locked the thing."""
    return session.scalar(
        select(RemovalCase).where(RemovalCase.asset_id == asset_id, RemovalCase.state.in_(OPEN))
    )


def get_open_case(session: Session, asset: AssetFacts) -> RemovalCase:
    """As `find_open_case`.

    Raises:
        Conflict: none stands.
    """
    case = find_open_case(session, asset_id=asset.id)
    if case is None:
        raise Conflict("Somebody was first: look again at where this place stands.")
    return case


def move(
    session: Session,
    asset: AssetFacts,
    case: RemovalCase,
    action: tuple[CaseAction, str],
    by: Hand,
    at: Moment,
) -> None:
    """Let an action, with its reason, move a case; a removal that is refused gives time anew, or it
    could be asked for again at once.

    Raises:
        Conflict: it cannot be done from where the case is.
    """
    before, reason = case.state, action[1]
    case.state = move_case(before, action[0])
    if action[0] is CaseAction.KEEP:
        case.repair_until = at.today + timedelta(days=REPAIR_DAYS)
    if case.state not in OPEN:
        case.ended_on, case.ended_because = at.today, reason
    session.flush()
    after = {"case": case.state, **({"reason": reason} if reason else {})}
    deed = Deed(DEEDS[action[0]], before={"case": before}, after=after)
    record_deed(session, asset, deed, by, at)


# -- Removal -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Settling:
    """What the second person says, and why."""

    look_id: uuid.UUID
    verdict: Verdict
    answer: str


def ask_removal(
    session: Session,
    *,
    asset: AssetFacts,
    reasons: Reasons,
    displacement: Displacement,
    by: Hand,
    at: Moment,
) -> None:
    """Ask that a thing is taken away; nothing happens to it before a second person says so.

    `displacement` is what was shown to who asks, and stays with it.

    Raises:
        NotAllowed: the ground is not theirs.
        Conflict: the ladder has not come so far, the thing is gone, or it is asked already.
    """
    row = lock_asset(session, asset)
    if row.physical_status is PhysicalStatus.REMOVED:
        raise Conflict("It has been taken away already.")
    case = find_open_case(session, asset_id=asset.id)
    is_late = case is not None and at.today > case.repair_until
    check_ground(reasons.ground, is_owner=is_owner(asset, by), is_late=is_late)
    is_ladder = reasons.ground is Ground.LADDER
    look = ask_second(
        session,
        thing=thing_of(asset),
        action=REMOVE,
        payload={"ground": reasons.ground.value},
        by=by.person_id,
        now=at.now,
    )
    session.add(
        RemovalRequest(
            asset_id=asset.id,
            look_id=look.id,
            case_id=case.id if case and is_ladder else None,
            **asdict(reasons),
            displacement=asdict(displacement),
            asked_on=at.today,
            organisation_id=by.organisation_id,
            by_officer=by.is_officer,
            is_example=asset.is_example or is_of_example(session, by),
        )
    )
    session.flush()
    record_deed(session, asset, Deed("ask_removal", after=asdict(reasons)), by, at)
    if case and is_ladder:
        move(session, asset, case, (CaseAction.ASK_REMOVAL, ""), by, at)


def is_owner(asset: AssetFacts, by: Hand) -> bool:
    """True where they speak for whoever owns it; an officer does for the municipality, and for
    what nobody is known to own."""
    if asset.owner is None or asset.owner.kind is OrganisationKind.MUNICIPALITY:
        return by.is_officer or by.organisation_id == asset.owner_id
    return by.organisation_id == asset.owner_id


def settle_removal(
    session: Session, *, asset: AssetFacts, settling: Settling, by: Hand, at: Moment
) -> None:
    """Say yes or no to what somebody else asked; yes takes the thing away, and all that hung on it
    stays as it was: duties, agreements, reports.

    Raises:
        NotFound: nothing waits for this thing.
        NotAllowed: they asked it themselves, or neither of the two works for the district.
        Invalid: a no without a reason.
        Conflict: it was settled already, or the ladder has moved on.
    """
    answer = read_words(settling.answer, field="answer", most=MOST_REASON_LETTERS)
    is_yes = settling.verdict is Verdict.CONFIRMED
    if not is_yes and not answer:
        raise Invalid("Say why not: whoever asked must know.", field="answer")
    row = lock_asset(session, asset)
    request = session.scalar(
        select(RemovalRequest).where(
            RemovalRequest.asset_id == asset.id, RemovalRequest.look_id == settling.look_id
        )
    )
    if request is None:
        raise NotFound("Nothing waits for a second person under this address.")
    settle_second(
        session, look_id=request.look_id, by=by.person_id, verdict=settling.verdict, now=at.now
    )
    check_second(
        request.ground, asked_by_officer=request.by_officer, settled_by_officer=by.is_officer
    )
    request.outcome, request.answer = settling.verdict, answer
    request.settled_on, request.settled_organisation_id = at.today, by.organisation_id
    deed = Deed("settle_removal", after={"outcome": settling.verdict, "reason": answer})
    record_deed(session, asset, deed, by, at)
    case = find_open_case(session, asset_id=asset.id)
    is_due = case is not None and case.state is CaseState.TO_REMOVE
    if is_yes and request.ground is Ground.LADDER and not is_due:
        raise Conflict("It was put right, or the warning was taken back: say no to this.")
    if is_yes:
        row.physical_status = PhysicalStatus.REMOVED
        row.planned_on = None
        add_event(session, asset, AssetEventKind.REMOVED, at, is_example=request.is_example)
    if case is not None and (is_yes or (is_due and request.case_id == case.id)):
        step = CaseAction.REMOVE if is_yes else CaseAction.KEEP
        move(session, asset, case, (step, answer), by, at)
