"""Who acts on a thing for which organisation: asked before any form is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from geoapp.actors import check_subject, current_actor, doer_of
from geoapp.assets.queries import AssetFacts, Duty, duties_of, get_asset, thing_of
from geoapp.db.codes import read_code
from geoapp.edge import wiring
from geoapp.inspections.actions import Hand, Moment
from geoapp.people.rules import Role, Seat, Subject
from geoapp.people.tables import Organisation
from geoapp.web.page import Page, open_page

FindSubject = Callable[[AssetFacts, Sequence[Duty]], Subject]


@dataclass(frozen=True)
class Handled:
    """A thing, and as whom somebody may act on it."""

    asset: AssetFacts
    duties: Sequence[Duty]
    page: Page
    by: Hand
    at: Moment


def open_thing(session: Session, code: str, find_subject: FindSubject) -> Handled:
    """The thing of a code, for whoever may do to it what this address is for.

    Raises:
        NotFound: there is no such thing.
        NotAllowed: they may not.
    """
    asset = get_asset(session, code=read_code(code))
    page = open_page(session, district=asset.district)
    duties = duties_of(session, asset_ids=[asset.id], today=page.today).get(asset.id, [])
    subject = find_subject(asset, duties)
    seat = check_subject(subject, thing=thing_of(asset))
    by = make_hand(session, seat, subject)
    return Handled(asset, duties, page, by, Moment(wiring().clock(), page.today))


def make_hand(session: Session, seat: Seat, subject: Subject) -> Hand:
    """By a seat: support acts for whoever it supports, who is then named."""
    is_officer = seat.role is Role.DISTRICT_OFFICER
    if seat.role is Role.SUPPORT:
        supported = min(current_actor().supported_ids & subject.organisation_ids)
        whose = session.get_one(Organisation, supported).slug
        return Hand(doer_of(seat, whose=whose), supported, is_officer)
    if seat.organisation_id is None:
        raise TypeError(f"{seat.role} acts for no organisation")
    return Hand(doer_of(seat), seat.organisation_id, is_officer)
