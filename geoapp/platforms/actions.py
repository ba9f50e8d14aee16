"""Changes to platforms."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from geoalchemy2.shape import from_shape
from shapely import MultiPolygon
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from geoapp.areas.rules import make_search_key
from geoapp.geo.crs import LONLAT
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Doer
from geoapp.people.rules import Permission
from geoapp.platforms.queries import PlatformFacts, thing_of
from geoapp.platforms.rules import Figure, PlatformWords, StaleWords
from geoapp.platforms.tables import OwnWord, Platform, PlatformArea


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
