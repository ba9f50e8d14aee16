"""Changes of what people say of neighbourhoods; each counts its own cells up or down, and the
neighbourhoods it touches are drawn anew by the worker."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from geoalchemy2.shape import from_shape
from shapely import MultiPolygon
from sqlalchemy import and_, delete, select, update
from sqlalchemy.orm import Session

from geoapp.areas.actions import add_alias, end_alias, put_organic_area
from geoapp.areas.rules import make_search_key
from geoapp.areas.tables import OrganicArea, PlaceName
from geoapp.db.base import new_id
from geoapp.db.text import read_words
from geoapp.districts.queries import Place
from geoapp.districts.tables import District
from geoapp.errors import Invalid
from geoapp.geo.cells import MOST_CELLS, Runs, runs_within
from geoapp.geo.crs import LONLAT
from geoapp.neighbourhoods.counting import (
    count_answers,
    count_named,
    count_outline,
    hold_district,
    post_redraws,
    recount_answers,
    recount_areas,
)
from geoapp.neighbourhoods.rules import (
    MOST_NAME_LETTERS,
    MOST_OUTLINE_CELLS,
    REACH_CELLS,
    OutlineKind,
)
from geoapp.neighbourhoods.tables import (
    AgreementCell,
    NeighbourhoodAnswer,
    NeighbourhoodOutline,
)


@dataclass(frozen=True)
class NeighbourhoodDraft:
    """A neighbourhood as it comes: its names, and its shape (lon/lat) as the first voice."""

    name: str
    aliases: Sequence[str]
    shape: MultiPolygon
    is_example: bool = False


@dataclass(frozen=True)
class AnswerDraft:
    """What one reporter calls the neighbourhood of a cell; `source_ref` names the report, `sender`
    tells networks apart."""

    cell: tuple[int, int]
    name: str
    source_ref: str
    sender: bytes | None = None
    is_example: bool = False


@dataclass(frozen=True)
class OutlineDraft:
    """An outline (lon/lat) of a neighbourhood, and whose it is: an organisation's, a sender's, or
    that of where the neighbourhood came from."""

    area_id: uuid.UUID
    shape: MultiPolygon
    organisation_id: uuid.UUID | None = None
    sender: bytes | None = None
    is_example: bool = False

    @property
    def kind(self) -> OutlineKind:
        """Who draws."""
        if self.organisation_id is not None:
            return OutlineKind.DECLARED
        return OutlineKind.SOURCE if self.sender is None else OutlineKind.DRAWN


# -- Neighbourhoods and their names ----------------------------------------------------------------


def put_neighbourhood(
    session: Session, *, place: Place, draft: NeighbourhoodDraft, now: datetime
) -> OrganicArea:
    """Make a neighbourhood with its names and its first voice.

    Raises:
        Invalid: as `put_organic_area`, or the shape is too small or too large.
    """
    area = put_organic_area(
        session,
        district_id=place.id,
        name=draft.name,
        aliases=draft.aliases,
        shape=draft.shape,
        is_example=draft.is_example,
    )
    source = OutlineDraft(area.id, draft.shape, is_example=draft.is_example)
    put_outline(session, place=place, draft=source, now=now)
    keys = [make_search_key(words) for words in (draft.name, *draft.aliases)]
    _link_answers(session, area_id=area.id, district_id=place.id, keys=keys, now=now)
    return area


def put_alias(session: Session, *, area_id: uuid.UUID, name: str, now: datetime) -> str:
    """Let a neighbourhood have one name more; whoever said it before has said this neighbourhood.

    Raises:
        Invalid: as `areas.actions.add_alias`.
    """
    words = add_alias(session, area_id=area_id, name=name)
    district_id = session.get_one(OrganicArea, area_id).district_id
    keys = [make_search_key(words)]
    _link_answers(session, area_id=area_id, district_id=district_id, keys=keys, now=now)
    return words


def drop_alias(session: Session, *, area_id: uuid.UUID, name: str, now: datetime) -> None:
    """Take a name away; whoever said it has said no neighbourhood that is known.

    Raises:
        Invalid: as `areas.actions.end_alias`.
    """
    end_alias(session, area_id=area_id, name=name)
    district_id = session.get_one(OrganicArea, area_id).district_id
    hold_district(session, district_id)
    said = and_(
        NeighbourhoodAnswer.organic_area_id == area_id,
        NeighbourhoodAnswer.search_key == make_search_key(name),
    )
    count_named(session, said, sign=-1)
    session.execute(update(NeighbourhoodAnswer).where(said).values(organic_area_id=None))
    post_redraws(session, [area_id], now=now)


def _link_answers(
    session: Session,
    *,
    area_id: uuid.UUID,
    district_id: uuid.UUID,
    keys: Sequence[str],
    now: datetime,
) -> None:
    """Whoever said one of these names, before it was known, has said this neighbourhood."""
    hold_district(session, district_id)
    linked = session.scalars(
        update(NeighbourhoodAnswer)
        .where(
            NeighbourhoodAnswer.district_id == district_id,
            NeighbourhoodAnswer.search_key.in_(keys),
            NeighbourhoodAnswer.organic_area_id.is_(None),
        )
        .values(organic_area_id=area_id)
        .returning(NeighbourhoodAnswer.id)
    ).all()
    if linked:
        count_named(session, NeighbourhoodAnswer.id.in_(linked), sign=1)
        post_redraws(session, [area_id], now=now)


# -- Answers -------------------------------------------------------------------------------------


def answer_neighbourhood(
    session: Session, *, district_id: uuid.UUID, draft: AnswerDraft, now: datetime
) -> None:
    """Keep what someone calls the neighbourhood of a cell; a second answer replaces the first.

    Raises:
        Invalid: the name is empty, longer than 80 letters, or holds what is no letter.
    """
    words = read_words(draft.name, field="name", most=MOST_NAME_LETTERS)
    key = make_search_key(words)
    if not key:
        raise Invalid("Give a name of at most 80 letters.", field="name")
    hold_district(session, district_id)
    _take_answer(session, draft.source_ref, now=now)
    known = session.scalar(
        select(PlaceName.organic_area_id)
        .where(
            PlaceName.district_id == district_id,
            PlaceName.search_key == key,
            PlaceName.organic_area_id.is_not(None),
        )
        .order_by(PlaceName.id)
        .limit(1)
    )
    answer = NeighbourhoodAnswer(
        district_id=district_id,
        organic_area_id=known,
        cell_x=draft.cell[0],
        cell_y=draft.cell[1],
        name=words,
        search_key=key,
        source_ref=draft.source_ref,
        sender=draft.sender,
        is_example=draft.is_example,
    )
    session.add(answer)
    session.flush()
    mine = NeighbourhoodAnswer.id == answer.id
    count_answers(session, mine, sign=1)
    count_named(session, mine, sign=1)
    touched = _areas_round(session, answer)
    post_redraws(session, touched, now=now)


def forget_answers(session: Session, *, source_ref: str, now: datetime) -> None:
    """Take away what one reporter called their neighbourhood."""
    district_id = session.scalar(
        select(NeighbourhoodAnswer.district_id).where(NeighbourhoodAnswer.source_ref == source_ref)
    )
    if district_id is not None:
        hold_district(session, district_id)
        _take_answer(session, source_ref, now=now)


def _take_answer(session: Session, source_ref: str, *, now: datetime) -> None:
    answer = session.scalar(
        select(NeighbourhoodAnswer).where(NeighbourhoodAnswer.source_ref == source_ref)
    )
    if answer is None:
        return
    mine = NeighbourhoodAnswer.id == answer.id
    touched = _areas_round(session, answer)
    count_named(session, mine, sign=-1)
    count_answers(session, mine, sign=-1)
    session.delete(answer)
    session.flush()
    post_redraws(session, touched, now=now)


def _areas_round(session: Session, answer: NeighbourhoodAnswer) -> list[uuid.UUID]:
    """The neighbourhoods of which an answer changes the agreement: it is one voice more about each
    cell it speaks for, whatever it says."""
    x, y = answer.cell_x, answer.cell_y
    return list(
        session.scalars(
            select(AgreementCell.organic_area_id)
            .where(
                AgreementCell.district_id == answer.district_id,
                AgreementCell.cell_x.between(x - REACH_CELLS, x + REACH_CELLS),
                AgreementCell.cell_y.between(y - REACH_CELLS, y + REACH_CELLS),
            )
            .distinct()
        )
    )


# -- Outlines ------------------------------------------------------------------------------------


def put_outline(session: Session, *, place: Place, draft: OutlineDraft, now: datetime) -> None:
    """Keep an outline of a neighbourhood; one of the same author ends.

    Raises:
        Invalid: it is smaller than a cell of 25 m, or larger than any neighbourhood.
    """
    most = MOST_CELLS if draft.kind is OutlineKind.SOURCE else MOST_OUTLINE_CELLS
    runs = runs_within(draft.shape, place.metric_srid, most=most)
    if not runs.rows:
        raise Invalid("This area is too small: draw a larger one.", field="outline")
    hold_district(session, place.id)
    _end_outline(session, draft, now=now)
    outline = _make_outline(place, draft, runs, now)
    session.add(outline)
    session.flush()
    count_outline(session, outline, sign=1)
    post_redraws(session, [draft.area_id], now=now)


def end_declared(
    session: Session,
    *,
    district_id: uuid.UUID,
    area_id: uuid.UUID,
    organisation_id: uuid.UUID,
    now: datetime,
) -> bool:
    """Take back the outline an organisation declared; False where none stands."""
    hold_district(session, district_id)
    draft = OutlineDraft(area_id, MultiPolygon(), organisation_id=organisation_id)
    is_ended = _end_outline(session, draft, now=now)
    if is_ended:
        post_redraws(session, [area_id], now=now)
    return is_ended


def _make_outline(
    place: Place, draft: OutlineDraft, runs: Runs, now: datetime
) -> NeighbourhoodOutline:
    return NeighbourhoodOutline(
        id=new_id(),
        district_id=place.id,
        organic_area_id=draft.area_id,
        kind=draft.kind,
        organisation_id=draft.organisation_id,
        sender=draft.sender,
        valid_from=now,
        is_example=draft.is_example,
        run_rows=runs.rows,
        run_firsts=runs.firsts,
        run_lasts=runs.lasts,
        geom=from_shape(draft.shape, srid=LONLAT),
    )


def _end_outline(session: Session, draft: OutlineDraft, *, now: datetime) -> bool:
    outline = session.scalar(
        select(NeighbourhoodOutline).where(
            NeighbourhoodOutline.organic_area_id == draft.area_id,
            NeighbourhoodOutline.kind == draft.kind,
            NeighbourhoodOutline.organisation_id.is_not_distinct_from(draft.organisation_id),
            NeighbourhoodOutline.sender.is_not_distinct_from(draft.sender),
            NeighbourhoodOutline.valid_to.is_(None),
        )
    )
    if outline is None:
        return False
    count_outline(session, outline, sign=-1)
    # From here on nothing tells whose drawing it was.
    outline.valid_to, outline.sender = max(now, outline.valid_from), None
    session.flush()
    return True


# -- Examples ------------------------------------------------------------------------------------


def remove_example_voices(session: Session) -> None:
    """Take away every example answer and outline, and what lies in a made-up district; what is
    left is counted anew."""
    made_up = select(District.id).where(District.is_example)
    answer, outline = NeighbourhoodAnswer, NeighbourhoodOutline
    answers = session.execute(
        delete(answer)
        .where(answer.is_example | answer.district_id.in_(made_up))
        .returning(answer.district_id, answer.organic_area_id)
    ).all()
    outlines = session.execute(
        delete(outline)
        .where(outline.is_example | outline.district_id.in_(made_up))
        .returning(outline.organic_area_id)
    ).all()
    for district_id in {row.district_id for row in answers}:
        recount_answers(session, district_id=district_id)
    touched = {row.organic_area_id for row in (*answers, *outlines)} - {None}
    if touched:
        recount_areas(session, area_ids=touched)
