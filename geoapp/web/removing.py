"""Taking a thing away: asked by one, with reasons and whom it touches, settled by another; and the
list of what stands on the ladder, for the officers of a district."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject
from geoapp.assets.queries import AssetFacts, managed_subject
from geoapp.assets.rules import PhysicalStatus
from geoapp.defects.queries import defects_of_asset
from geoapp.defects.rules import ENDED
from geoapp.edge import Route, open_session
from geoapp.errors import Conflict, GeoappError, Invalid, NotAllowed
from geoapp.geo.symbol import sprite_svg
from geoapp.hours.queries import hours_of
from geoapp.inspections.ladder import (
    Settling,
    ask_removal,
    is_owner,
    settle_removal,
    withdraw_warning,
)
from geoapp.inspections.queries import (
    CaseFacts,
    InspectionFacts,
    RequestFacts,
    assets_of,
    displacement_of,
    last_case_of,
    last_request_of,
    list_open_cases,
    list_open_requests,
    list_unconfirmed,
)
from geoapp.inspections.rules import (
    CONFIRM_DAYS,
    MOST_REASON_LETTERS,
    Displacement,
    check_ground,
    check_reasons,
    check_second,
)
from geoapp.ledger.rules import Verdict
from geoapp.people.rules import Permission, Subject
from geoapp.refusals import find_refusal
from geoapp.web.clean_safe import (
    GROUNDS,
    REASON_LABELS,
    Leaving,
    WarningCard,
    list_ways,
    make_leaving,
    make_look,
    make_warning,
    say_displacement,
)
from geoapp.web.errors import say_error
from geoapp.web.forms import Typed, check_form, form_token
from geoapp.web.hands import Handled, open_thing
from geoapp.web.language import Words
from geoapp.web.page import open_page, render

MOST_LISTED = 100
TO_REMOVAL, TO_INSPECT = "web.show_removal", "web.show_inspect"
VERDICTS = {"yes": Verdict.CONFIRMED, "no": Verdict.REFUSED}


@dataclass(frozen=True)
class Open:
    """What waits for a second person, and whether whoever looks may be that one."""

    leaving: Leaving
    look_id: UUID
    is_own: bool
    needs_officer: bool


@dataclass(frozen=True)
class Line:
    """A thing in the list of a district."""

    name: str
    url: str
    says: str
    is_example: bool


def show_removal(code: str) -> str:
    """Whom it touches when a thing goes; what waits for a second person, or the form to ask."""
    with open_session() as session:
        return _show(session, open_thing(session, code, managed_subject), Typed())


def post_removal(code: str) -> Response | tuple[str, int]:
    """Ask that it is taken away."""

    def keep(session: Session, handled: Handled) -> None:
        ask_removal(
            session,
            asset=handled.asset,
            reasons=check_reasons(request.form),
            displacement=_find_displacement(session, handled),
            by=handled.by,
            at=handled.at,
        )

    return _change(code, keep)


def post_settling(code: str) -> Response | tuple[str, int]:
    """Say yes or no to what somebody else asked."""

    def keep(session: Session, handled: Handled) -> None:
        verdict = VERDICTS.get(request.form.get("verdict", ""))
        if verdict is None:
            raise Invalid("Choose yes or no.", field="verdict")
        settling = Settling(
            _read_look(request.form.get("look", "")), verdict, request.form.get("answer", "")
        )
        settle_removal(
            session, asset=handled.asset, settling=settling, by=handled.by, at=handled.at
        )

    return _change(code, keep)


def post_withdrawal_of_warning(code: str) -> Response | tuple[str, int]:
    """Take a warning back."""

    def keep(session: Session, handled: Handled) -> None:
        reason = request.form.get("because", "")
        withdraw_warning(session, asset=handled.asset, reason=reason, by=handled.by, at=handled.at)

    return _change(code, keep)


def _change(code: str, keep: Callable[[Session, Handled], None]) -> Response | tuple[str, int]:
    """Change something; what cannot be kept comes back as it was typed."""
    with open_session() as session:
        handled = open_thing(session, code, managed_subject)
        check_form()
    try:
        with open_session() as session:
            keep(session, handled)
    except (Invalid, Conflict, NotAllowed) as problem:
        with open_session() as session:
            shown = _show(session, handled, _give_back(problem))
        return shown, find_refusal(problem).status
    return redirect(url_for("web.show_removal", code=handled.asset.code, kept=1), 303)


def _read_look(words: str) -> UUID:
    try:
        return UUID(words)
    except ValueError:
        raise Invalid("This form was open for too long. Look it over and send it again.") from None


def _give_back(problem: GeoappError) -> Typed:
    typed = {name: words[: MOST_REASON_LETTERS * 2] for name, words in request.form.items()}
    return Typed(typed, say_error(problem), problem.field or "")


def _find_displacement(session: Session, handled: Handled) -> Displacement:
    asset, page = handled.asset, handled.page
    defects = defects_of_asset(session, asset_id=asset.id, today=page.today)
    hours = hours_of(session, asset=asset, place=page.place, today=page.today)
    return displacement_of(
        session,
        asset=asset,
        open_reports=sum(defect.state not in ENDED for defect in defects),
        hours=hours.opening.hours or "",
    )


# -- The page of one thing ---------------------------------------------------------------------


def _show(session: Session, handled: Handled, typed: Typed) -> str:
    asset, page = handled.asset, handled.page
    case = last_case_of(session, asset_id=asset.id)
    last = last_request_of(session, asset_id=asset.id)
    waits = last is not None and last.outcome is None
    is_gone = asset.physical_status is PhysicalStatus.REMOVED
    displacement = _find_displacement(session, handled)
    warning: WarningCard | None = make_warning(case, page.today) if case else None
    return render(
        "removal.html",
        page,
        asset=asset,
        warning=warning if warning and warning.is_open else None,
        may_withdraw=handled.by.is_officer,
        open=_make_open(handled, last) if last and waits else None,
        settled=make_leaving(last, page.today) if last and not waits else None,
        touches=say_displacement(displacement),
        ways=list_ways(displacement),
        grounds=[] if waits or is_gone else _list_grounds(handled, case),
        is_gone=is_gone,
        fields=list(REASON_LABELS.items()),
        typed=typed,
        most=MOST_REASON_LETTERS,
        is_kept="kept" in request.args,
        token=form_token(),
        sprite=sprite_svg(("brand", "check", "bad")),
    )


def _list_grounds(handled: Handled, case: CaseFacts | None) -> list[tuple[str, Words]]:
    """The grounds that are open to whoever asks, now."""
    found = []
    for ground, words in GROUNDS.items():
        try:
            check_ground(
                ground,
                is_owner=is_owner(handled.asset, handled.by),
                is_late=case is not None and case.is_late(handled.page.today),
            )
        except (Conflict, NotAllowed):
            continue
        found.append((ground.value, words))
    return found


def _make_open(handled: Handled, asked: RequestFacts) -> Open:
    try:
        check_second(
            asked.reasons.ground,
            asked_by_officer=asked.by_officer,
            settled_by_officer=handled.by.is_officer,
        )
    except NotAllowed:
        needs_officer = True
    else:
        needs_officer = False
    return Open(
        leaving=make_leaving(asked, handled.page.today),
        look_id=asked.look_id,
        is_own=asked.asked_by == handled.by.person_id,
        needs_officer=needs_officer,
    )


# -- The list of a district --------------------------------------------------------------------


def show_removals(slug: str) -> str:
    """What waits in a district: removals, warnings, looks to be confirmed."""
    with open_session() as session:
        page = open_page(session, district=slug)
        check_subject(Subject(district_id=page.place.id))
        here, today = page.place.id, page.today
        requests = list_open_requests(session, district_id=here, limit=MOST_LISTED)
        cases = list_open_cases(session, district_id=here, limit=MOST_LISTED)
        since = today - timedelta(days=CONFIRM_DAYS)
        looks = list_unconfirmed(session, district_id=here, since=since, limit=MOST_LISTED)
        ids = {one.asset_id for one in requests} | {one.asset_id for one in cases}
        assets = assets_of(session, asset_ids=[*ids, *(one.asset_id for one in looks)])
    said_of_looks = []
    for one in looks:
        look = make_look(one, page)
        said_of_looks.append((one, f"{look.result}. {look.when}"))
    return render(
        "removals.html",
        page,
        requests=_list_lines(
            assets, TO_REMOVAL, [(one, make_leaving(one, today).says) for one in requests]
        ),
        cases=_list_lines(
            assets, TO_REMOVAL, [(one, make_warning(one, today).says) for one in cases]
        ),
        looks=_list_lines(assets, TO_INSPECT, said_of_looks),
        sprite=sprite_svg(("brand",)),
    )


def _list_lines(
    assets: Mapping[UUID, AssetFacts],
    endpoint: str,
    said: Sequence[tuple[RequestFacts | CaseFacts | InspectionFacts, str]],
) -> list[Line]:
    return [
        Line(asset.name, url_for(endpoint, code=asset.code), says, one.is_example)
        for one, says in said
        for asset in (assets[one.asset_id],)
    ]


ROUTES = (
    Route("/assets/<code>/removal", show_removal, Permission.REMOVE_ASSET),
    Route("/assets/<code>/removal", post_removal, Permission.REMOVE_ASSET, methods=("POST",)),
    Route(
        "/assets/<code>/removal/settle", post_settling, Permission.REMOVE_ASSET, methods=("POST",)
    ),
    Route(
        "/assets/<code>/removal/warning",
        post_withdrawal_of_warning,
        Permission.REMOVE_ASSET,
        methods=("POST",),
    ),
    Route("/districts/<slug>/removals", show_removals, Permission.REMOVE_ASSET),
)
