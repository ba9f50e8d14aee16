"""Taking a report: limits, the key used once, the first addressee, all in one transaction."""

import secrets
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.assets.queries import AssetFacts, duties_of, get_asset
from geoapp.db.codes import make_code, read_code
from geoapp.defects.actions import EventDraft, HistoryDraft, add_defect, attach_picture, tell
from geoapp.defects.queries import routes_at
from geoapp.defects.rules import Category, EventKind, PictureRole, WordsState
from geoapp.defects.tables import Defect, DefectEvent
from geoapp.districts.queries import Place, find_district_at, get_district, list_districts
from geoapp.errors import Conflict, Invalid, NotFound
from geoapp.intake.following import ask_to_follow
from geoapp.intake.rules import ReportDraft, choose_addressee
from geoapp.ledger.actions import claim_key, count_use, make_pause, settle_key, try_count_use
from geoapp.ledger.rules import (
    EVERYONE,
    FEW_OF_ONE,
    REPORTS_IN_A_FLOOD,
    REPORTS_OF_ALL,
    REPORTS_OF_ONE,
    check_key,
    make_fingerprint,
)
from geoapp.media.actions import add_picture
from geoapp.media.gate import Cleaned
from geoapp.media.store import FileStore
from geoapp.moderation.rules import find_personal
from geoapp.people.actions import keep_address
from geoapp.people.queries import Party, get_desk
from geoapp.sealing import Sealer

PURPOSE = "report"


@dataclass(frozen=True)
class Sender:
    """Who sends: a digest of their network's address for this day, the key they chose, if any,
    the language they read, and what seals their e-mail address."""

    subject: str
    key: str | None
    language: str
    sealer: Sealer


@dataclass(frozen=True)
class Photos:
    """Pictures that passed the gate, of the matter and of the city's answer, and their store."""

    matter: Sequence[Cleaned]
    city_answer: Sequence[Cleaned]
    store: FileStore

    @property
    def all(self) -> list[Cleaned]:
        """Every picture, in order."""
        return [*self.matter, *self.city_answer]

    def by_role(self) -> Iterator[tuple[PictureRole, Cleaned]]:
        """Every picture with what it shows."""
        for cleaned in self.matter:
            yield PictureRole.MATTER, cleaned
        for cleaned in self.city_answer:
            yield PictureRole.CITY_ANSWER, cleaned


@dataclass(frozen=True)
class Receipt:
    """What came of a report. `is_replay`: it was stored before, by the same key."""

    defect_id: uuid.UUID
    code: str
    secret_version: int
    is_replay: bool


def take_report(
    session: Session, *, draft: ReportDraft, photos: Photos, sender: Sender, now: datetime
) -> Receipt:
    """Store a report, or answer with the one its key stored before.

    Raises:
        Invalid: the spot lies in no district, or the asset is not known there.
        Conflict: the key was used with other content.
        TooMany: too many reports came from this sender, or in all; nothing is lost on screen.
    """
    if sender.key is not None:
        digests = [photo.digest.hex() for photo in photos.all]
        # No digest is kept of an address that could be guessed from it.
        email = sender.sealer.look_up(draft.email).hex()
        fingerprint = make_fingerprint({**asdict(draft), "email": email, "photos": digests})
        known = claim_key(
            session, purpose=PURPOSE, key=check_key(sender.key), fingerprint=fingerprint
        )
        if known is not None:
            return find_receipt(session, code=known)
    sent = count_use(session, limit=REPORTS_OF_ONE, subject=sender.subject, now=now)
    place, asset, lon, lat = locate_report(session, draft)
    today = now.astimezone(ZoneInfo(place.time_zone)).date()
    parties = list_addressees(session, place=place, lon=lon, lat=lat, asset=asset, today=today)
    history = HistoryDraft(
        category=draft.category,
        description=draft.description,
        words_state=WordsState.HELD if find_personal(draft.description) else WordsState.SHOWN,
        lon=lon,
        lat=lat,
        addressee_id=parties[draft.category][0],
        events=[EventDraft(EventKind.REPORTED, now)],
        asset_id=asset.id if asset else None,
        city_number=draft.city_number,
        city_reported_on=draft.city_reported_on,
        is_example=place.is_example,
    )
    random: Random = secrets.SystemRandom()
    defect = add_defect(session, place=place, draft=history, new_code=partial(make_code, random))
    for role, cleaned in photos.by_role():
        picture = add_picture(
            session,
            district_id=place.id,
            cleaned=cleaned,
            store=photos.store,
            now=now,
            is_example=place.is_example,
        )
        attach_picture(session, defect_id=defect.id, picture_id=picture.id, role=role)
    if draft.email:
        address_id = keep_address(
            session, sealer=sender.sealer, address=draft.email, language=sender.language
        )
        ask_to_follow(
            session,
            sealer=sender.sealer,
            defect_id=defect.id,
            address_id=address_id,
            now=now,
            is_reporter=True,
        )
    reported = select(DefectEvent.id).where(DefectEvent.defect_id == defect.id)
    tell(session, event_id=session.scalars(reported).one(), now=now)
    # Last, for everyone shares this one row: it is held only until the commit that follows.
    _count_for_all(session, sent=sent, now=now)
    if sender.key is not None:
        settle_key(session, purpose=PURPOSE, key=sender.key, outcome=defect.code)
    session.flush()
    return Receipt(defect.id, defect.code, defect.secret_version, is_replay=False)


def _count_for_all(session: Session, *, sent: int, now: datetime) -> None:
    """Beyond the limit of all, only those who have sent few so far: a flood keeps nobody out."""
    within = try_count_use(session, limit=REPORTS_OF_ALL, subject=EVERYONE, now=now)
    if within is not None:
        return
    if sent > FEW_OF_ONE:
        raise make_pause(REPORTS_OF_ALL, now=now)
    count_use(session, limit=REPORTS_IN_A_FLOOD, subject=EVERYONE, now=now)


def locate_report(
    session: Session, draft: ReportDraft
) -> tuple[Place, AssetFacts | None, float, float]:
    """The district, the asset if one is named, and the pin (lon, lat).

    Raises:
        Invalid: the spot lies in no district (a swapped pair is said to be one), or there is no
            such asset in the spot's district.
    """
    asset = _find_asset(session, draft.asset)
    lon = draft.lon if draft.lon is not None else asset.lon if asset else 0.0
    lat = draft.lat if draft.lat is not None else asset.lat if asset else 0.0
    place = find_district_at(session, lon=lon, lat=lat)
    if place is None and asset is not None and draft.lat is None:
        # An asset may stand just across the border of the district that keeps it.
        place = get_district(session, slug=asset.district)
    if place is None:
        raise make_outside_error(session, lon=lon, lat=lat)
    if asset is not None and asset.district != place.slug:
        raise Invalid("There is no place with that number in this district.", field="asset")
    return place, asset, lon, lat


def list_addressees(
    session: Session, *, place: Place, lon: float, lat: float, asset: AssetFacts | None, today: date
) -> dict[Category, tuple[uuid.UUID, Party]]:
    """For each category the one organisation that gets a report here first. Three statements."""
    duties = (
        duties_of(session, asset_ids=[asset.id], today=today).get(asset.id, []) if asset else []
    )
    desk = get_desk(session, district_id=place.id)
    held = routes_at(session, district_id=place.id, lon=lon, lat=lat)
    parties = {duty.keeper_id: duty.keeper for duty in duties}
    parties |= {route.organisation_id: party for route, party in held} | {desk.id: desk.party}
    found = {}
    for category in Category:
        chosen = choose_addressee(
            category,
            duties=[(duty.covers, duty.keeper_id) for duty in duties],
            routes=[route for route, _ in held],
        )
        addressee_id = chosen or desk.id
        found[category] = (addressee_id, parties[addressee_id])
    return found


def _find_asset(session: Session, code: str) -> AssetFacts | None:
    if not code:
        return None
    try:
        return get_asset(session, code=read_code(code))
    except NotFound:
        raise Invalid("There is no place with number {code}.", field="asset", code=code) from None


def make_outside_error(session: Session, *, lon: float, lat: float) -> Invalid:
    """What to say of a spot in no district; a swapped pair is said to be one."""
    if abs(lon) <= 90 and find_district_at(session, lon=lat, lat=lon) is not None:
        return Invalid("lat and lon are the wrong way round: swap them.", field="lat")
    names: Sequence[str] = [place.full_name for place in list_districts(session)]
    return Invalid(
        "This spot lies outside {names}. Move the pin inside.", field="lat", names=", ".join(names)
    )


def find_receipt(session: Session, *, code: str) -> Receipt:
    """The receipt of a report that was stored before; for its reporter alone.

    Raises:
        Conflict: it has been taken away since, as examples are.
    """
    row = session.execute(
        select(Defect.id, Defect.code, Defect.secret_version).where(Defect.code == code)
    ).one_or_none()
    if row is None:
        raise Conflict("This report was sent before and has been taken away. Send it as a new one.")
    return Receipt(row.id, row.code, row.secret_version, is_replay=True)
