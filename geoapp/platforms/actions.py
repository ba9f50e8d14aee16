"""Changes to platforms: putting one forward, its words, its area, who speaks for it."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from geoalchemy2.shape import from_shape
from shapely import MultiPolygon
from sqlalchemy import delete, exists, func, select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.areas.rules import make_search_key, make_slug
from geoapp.errors import Conflict, Invalid, NotFound, Stale
from geoapp.geo.crs import LONLAT
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Doer, Thing
from geoapp.people.actions import OrganisationDraft, give_role, put_organisation
from geoapp.people.queries import is_invented
from geoapp.people.rules import MembershipDraft, OrganisationKind, Permission, Role
from geoapp.people.tables import Organisation, Person
from geoapp.platforms.queries import (
    PlatformFacts,
    find_counter_view,
    has_put_forward,
    thing_of,
)
from geoapp.platforms.rules import (
    BETWEEN_TWO,
    TAKEN_SLUGS,
    Figure,
    MandateDraft,
    NewWords,
    PlatformWords,
    StaleWords,
)
from geoapp.platforms.tables import (
    CounterView,
    OwnWord,
    Platform,
    PlatformArea,
    PlatformMandate,
)

# A number of our own for the database's advisory locks: one platform gets its name at a time.
NAMES_LOCK = 0x6E616D65


@dataclass(frozen=True)
class PlatformDraft:
    """A platform and where it says it is active (lon/lat) from a day on."""

    slug: str
    name: str
    organisation_id: uuid.UUID
    about: str
    meets: str
    since_year: int | None
    shape: MultiPolygon
    valid_from: date
    is_example: bool


def add_platform(session: Session, *, district_id: uuid.UUID, draft: PlatformDraft) -> Platform:
    """Make a platform with its area; overlaps with others are allowed."""
    platform = Platform(
        district_id=district_id,
        organisation_id=draft.organisation_id,
        slug=draft.slug,
        name=draft.name,
        search_key=make_search_key(draft.name),
        about=draft.about,
        meets=draft.meets,
        since_year=draft.since_year,
        is_example=draft.is_example,
    )
    session.add(platform)
    session.flush()
    session.add(
        PlatformArea(
            district_id=district_id,
            platform_id=platform.id,
            valid_from=draft.valid_from,
            is_example=draft.is_example,
            geom=from_shape(draft.shape, srid=LONLAT),
        )
    )
    session.flush()
    return platform


@dataclass(frozen=True)
class Claim:
    """Where somebody says that a platform is active (lon/lat), and the same in words, for the
    history; `is_example` in a district that is one."""

    shape: MultiPolygon
    said: str
    is_example: bool = False


@dataclass(frozen=True)
class Moment:
    """Now, and the day it is there."""

    now: datetime
    today: date


def put_forward(
    session: Session,
    *,
    district_id: uuid.UUID,
    words: NewWords,
    claim: Claim,
    doer: Doer,
    at: Moment,
) -> Platform:
    """Make a platform from below: its organisation, its area, and whoever asks as its manager.

    It stands here by its own word: until a commission has chosen it, its people act for it alone.

    Raises:
        Conflict: the same person put one forward less than 30 days ago.
        Invalid: another platform of the district has this name.
    """
    person_id = doer.person_id
    # Of two at once by one person the second waits, and then finds the first.
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update())
    since = at.now - BETWEEN_TWO
    if person_id is None or has_put_forward(session, person_id=person_id, since=since):
        raise Conflict("You put a platform forward less than 30 days ago: one at a time.")
    is_example = claim.is_example or is_invented(session, person_id=person_id)
    session.execute(select(func.pg_advisory_xact_lock(NAMES_LOCK)))
    slug = _find_slug(session, district_id, words.name)
    organisation = put_organisation(
        session,
        district_id=district_id,
        draft=OrganisationDraft(
            slug=slug,
            name=words.name,
            kind=OrganisationKind.PLATFORM,
            reads_along=True,
            is_volunteer=True,
            is_example=is_example,
            is_own_word=True,
        ),
    )
    draft = PlatformDraft(
        slug=slug,
        name=words.name,
        organisation_id=organisation.id,
        about=words.about,
        meets=words.meets,
        since_year=None,
        shape=claim.shape,
        valid_from=at.today,
        is_example=is_example,
    )
    platform = add_platform(session, district_id=district_id, draft=draft)
    platform.put_forward_by, platform.put_forward_at = person_id, at.now
    # Rights are read by the day of Greenwich: "today" there must have begun as well.
    role = MembershipDraft(
        Role.PLATFORM_MANAGER, district_id, organisation.id, min(at.today, at.now.date())
    )
    give_role(session, person_id=person_id, draft=role, is_example=is_example)
    deed = Deed(Permission.CLAIM_AREA.value, after={**asdict(words), "area": claim.said})
    record_change(session, thing=Thing("platform", platform.id), doer=doer, deed=deed, now=at.now)
    return platform


def _find_slug(session: Session, district_id: uuid.UUID, name: str) -> str:
    """A name in addresses that no platform and no organisation has.

    Raises:
        Invalid: a platform of the district is called so.
    """
    is_taken = exists().where(
        Platform.district_id == district_id, Platform.search_key == make_search_key(name)
    )
    if session.scalar(select(is_taken)):
        raise Invalid("A platform here has this name already: choose another.", field="name")
    slug = make_slug(name)
    alike = [
        select(column).where(column.startswith(slug, autoescape=True))
        for column in (Platform.slug, Organisation.slug)
    ]
    taken = {*session.scalars(union_all(*alike)), *TAKEN_SLUGS}
    numbered = (f"{slug}-{number}" for number in range(2, len(taken) + 3))
    return slug if slug not in taken else next(one for one in numbered if one not in taken)


def change_area(
    session: Session,
    *,
    platform: PlatformFacts,
    change: tuple[Claim, int],
    doer: Doer,
    at: Moment,
) -> None:
    """Let a platform say from today on that this is its area, made from the one of that number.

    The old area ends and is kept; one that began today is put right in its place.

    Raises:
        Stale: the number is not that of the area in force.
    """
    claim, number = change
    session.execute(select(Platform.id).where(Platform.id == platform.id).with_for_update())
    before = session.scalars(
        select(PlatformArea).where(
            PlatformArea.platform_id == platform.id, PlatformArea.valid_to.is_(None)
        )
    ).one()
    if before.number != number:
        raise Stale("Somebody changed this since you opened it: look at it, and send it again.")
    geom = from_shape(claim.shape, srid=LONLAT)
    if before.valid_from >= at.today:
        before.geom = geom
    else:
        before.valid_to = at.today
        session.flush()
        session.add(
            PlatformArea(
                district_id=platform.district_id,
                platform_id=platform.id,
                valid_from=at.today,
                is_example=platform.is_example,
                geom=geom,
            )
        )
    session.flush()
    deed = Deed("change_claim", after={"area": claim.said})
    record_change(session, thing=thing_of(platform), doer=doer, deed=deed, now=at.now)


def add_mandate(
    session: Session, *, platform: PlatformFacts, draft: MandateDraft, doer: Doer, now: datetime
) -> PlatformMandate:
    """Let a platform say who speaks for it."""
    mandate = PlatformMandate(
        platform_id=platform.id, is_example=platform.is_example, **asdict(draft)
    )
    session.add(mandate)
    session.flush()
    after = {name: str(said) for name, said in asdict(draft).items() if said is not None}
    deed = Deed("give_mandate", after=after)
    record_change(session, thing=thing_of(platform), doer=doer, deed=deed, now=now)
    return mandate


def end_mandate(
    session: Session, *, platform: PlatformFacts, mandate_id: uuid.UUID, doer: Doer, at: Moment
) -> None:
    """End a mandate of the platform; it stays as history. Ended once, it stays as it was.

    Raises:
        NotFound: the platform has no such mandate.
    """
    mandate = session.scalar(
        select(PlatformMandate)
        .where(PlatformMandate.id == mandate_id, PlatformMandate.platform_id == platform.id)
        .with_for_update()
    )
    if mandate is None:
        raise NotFound("There is no such mandate.")
    if mandate.ended_on is not None:
        return
    # One that was still to begin ends on its first day.
    mandate.ended_on = max(at.today, mandate.valid_from)
    session.flush()
    deed = Deed("end_mandate", after={"role": mandate.role, "about": mandate.about})
    record_change(session, thing=thing_of(platform), doer=doer, deed=deed, now=at.now)


def change_words(
    session: Session,
    *,
    platform: PlatformFacts,
    change: tuple[PlatformWords, int],
    doer: Doer,
    now: datetime,
) -> None:
    """Let a platform say this of itself, made from that version, and keep who changed it.

    Of two at once the second waits for the first and then finds its own version stale. Words that
    stand there already change nothing.

    Raises:
        StaleWords: the version is not the one in force.
    """
    words, version = change
    row = session.scalars(
        select(Platform)
        .where(Platform.id == platform.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    before = PlatformWords(row.about, row.meets)
    if before == words:
        return
    if row.version != version:
        raise StaleWords(
            "Somebody changed this since you opened it: see both, and choose.",
            words=before,
            version=row.version,
        )
    row.about, row.meets = words.about, words.meets
    row.version += 1
    session.flush()
    deed = Deed(Permission.EDIT_PLATFORM.value, before=asdict(before), after=asdict(words))
    record_change(session, thing=thing_of(platform), doer=doer, deed=deed, now=now)


def say_beside(
    session: Session,
    *,
    platform: PlatformFacts,
    said: Mapping[Figure, str],
    doer: Doer,
    now: datetime,
) -> None:
    """Let a platform say this beside the figures of its area, and keep who said it; no words take
    its word away. What stands there already changes nothing."""
    # Two changes at once come one after the other, and the history says the same as the rows.
    session.execute(select(Platform.id).where(Platform.id == platform.id).with_for_update())
    before = {
        row.figure: row.words
        for row in session.scalars(select(OwnWord).where(OwnWord.platform_id == platform.id))
    }
    changed = {one: words for one, words in said.items() if before.get(one, "") != words}
    for figure, words in changed.items():
        own = (OwnWord.platform_id == platform.id, OwnWord.figure == figure)
        if not words:
            session.execute(delete(OwnWord).where(*own))
            continue
        values = {"words": words, "said_at": now, "is_example": platform.is_example}
        session.execute(
            insert(OwnWord)
            .values(platform_id=platform.id, figure=figure, **values)
            .on_conflict_do_update(index_elements=["platform_id", "figure"], set_=values)
        )
    if changed:
        deed = Deed(
            Permission.EDIT_PLATFORM.value,
            before={one.value: before.get(one, "") for one in changed},
            after={one.value: words for one, words in changed.items()},
        )
        record_change(session, thing=thing_of(platform), doer=doer, deed=deed, now=now)


def say_counter_view(
    session: Session,
    *,
    platform: PlatformFacts,
    about: str,
    words: str,
    doer: Doer,
    now: datetime,
) -> None:
    """Let a platform say this beside a gap of its area (F6), and keep who said it; no words take
    its word away. What stands there already changes nothing."""
    # Two changes at once come one after the other, and the history says the same as the rows.
    session.execute(select(Platform.id).where(Platform.id == platform.id).with_for_update())
    before = find_counter_view(session, platform_id=platform.id, about=about)
    if before == words:
        return
    if words:
        values = {"words": words, "said_at": now, "is_example": platform.is_example}
        session.execute(
            insert(CounterView)
            .values(platform_id=platform.id, about=about, **values)
            .on_conflict_do_update(index_elements=["platform_id", "about"], set_=values)
        )
    else:
        own = (CounterView.platform_id == platform.id, CounterView.about == about)
        session.execute(delete(CounterView).where(*own))
    deed = Deed("say_counter_view", before={about: before}, after={about: words})
    record_change(session, thing=thing_of(platform), doer=doer, deed=deed, now=now)


def put_example_words(
    session: Session, *, platform_id: uuid.UUID, said: Mapping[Figure, str], now: datetime
) -> None:
    """Let an example platform have said this beside the figures of its area."""
    for figure, words in said.items():
        session.add(
            OwnWord(
                platform_id=platform_id, figure=figure, words=words, said_at=now, is_example=True
            )
        )
    session.flush()


def remove_example_platforms(session: Session) -> int:
    """Take away every example platform; returns how many."""
    gone = session.execute(delete(Platform).where(Platform.is_example).returning(Platform.id))
    return len(gone.all())


"""Changes to platforms: putting one forward, its words, its area, who speaks for it."""
