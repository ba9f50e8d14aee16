"""What a commission decides about an area."""

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from geoapp.areas.queries import Area, AreaKind
from geoapp.areas.tables import OfficialArea, OrganicArea
from geoapp.claims.queries import thing_of
from geoapp.claims.rules import ChoiceDraft
from geoapp.claims.tables import AreaChoice, AreaChoicePlatform
from geoapp.errors import Stale
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed, Doer
from geoapp.people.queries import is_invented
from geoapp.people.rules import Permission
from geoapp.people.tables import Organisation
from geoapp.platforms.tables import Platform


def choose_platforms(
    session: Session, *, area: Area, choice: tuple[ChoiceDraft, int], doer: Doer, now: datetime
) -> AreaChoice:
    """Add a choice, made after seeing the one of that number (0: there was none).

    It changes nobody's words or area. Who was chosen stands here by more than its own word.

    Raises:
        Stale: somebody chose since.
    """
    draft, seen = choice
    table = OrganicArea if area.kind is AreaKind.ORGANIC else OfficialArea
    # One at a time: of two at once the second finds the first.
    session.execute(select(table.id).where(table.id == area.id).with_for_update(key_share=True))
    invented = select(Platform.id).where(Platform.slug.in_(draft.slugs), Platform.is_example)
    is_example = (
        area.is_example
        or session.scalar(invented.limit(1)) is not None
        or is_invented(session, person_id=doer.person_id)
    )
    added = add_choice(session, area=area, draft=draft, after=seen, is_example=is_example)
    organisations = select(Platform.organisation_id).where(Platform.slug.in_(draft.slugs))
    session.execute(
        update(Organisation).where(Organisation.id.in_(organisations)).values(is_own_word=False)
    )
    after: dict[str, object] = {
        "area": area.name,
        "platforms": list(draft.slugs),
        "body": draft.body,
        "reasons": draft.reasons,
        "interests": draft.interests,
        "still_possible": draft.still_possible,
        "decided_on": draft.decided_on.isoformat(),
    }
    deed = Deed(Permission.CHOOSE_CLAIM.value, after=after)
    record_change(session, thing=thing_of(area), doer=doer, deed=deed, now=now)
    return added


def add_choice(
    session: Session, *, area: Area, draft: ChoiceDraft, after: int, is_example: bool
) -> AreaChoice:
    """Write a choice down, without a word in the history.

    Raises:
        Stale: the last choice is not the one of number `after`.
    """
    is_organic = area.kind is AreaKind.ORGANIC
    column = AreaChoice.organic_area_id if is_organic else AreaChoice.official_area_id
    last = session.scalar(select(func.max(AreaChoice.number)).where(column == area.id))
    if (last or 0) != after:
        raise Stale("Somebody has chosen since you opened this: read it, and send yours again.")
    added = AreaChoice(
        district_id=area.district_id,
        organic_area_id=area.id if is_organic else None,
        official_area_id=None if is_organic else area.id,
        body=draft.body,
        reasons=draft.reasons,
        interests=draft.interests,
        still_possible=draft.still_possible,
        decided_on=draft.decided_on,
        is_example=is_example,
    )
    session.add(added)
    session.flush()
    ids = session.scalars(select(Platform.id).where(Platform.slug.in_(draft.slugs)))
    session.add_all(AreaChoicePlatform(choice_id=added.id, platform_id=one) for one in ids)
    session.flush()
    return added


def remove_example_choices(session: Session) -> int:
    """Take away every example choice; returns how many."""
    gone = session.execute(delete(AreaChoice).where(AreaChoice.is_example).returning(AreaChoice.id))
    return len(gone.all())
