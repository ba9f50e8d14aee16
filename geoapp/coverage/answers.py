"""Questions about how reports are answered: in a district or an area, by area and by owner.

They read kept counters, not reports: however many there are, as much is read as there are areas,
organisations and sorts of answers. An organic neighbourhood, whose border residents draw anew, is
the sum of the cells of 25 m that belong to it by agreement.
"""

import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, cast, func, null, or_, select
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import Session

from geoapp.areas.queries import Area, AreaKind, Part, list_parts, within_area
from geoapp.areas.rules import Level
from geoapp.db import spatial
from geoapp.defects.queries import count_silent
from geoapp.defects.rules import FactKind, PromiseState, Share
from geoapp.defects.tables import AnswerCellCount, AnswerCount, Defect
from geoapp.districts.queries import Place
from geoapp.neighbourhoods.queries import common_cells
from geoapp.people.tables import Organisation


@dataclass
class Answers:
    """Reports by share, those that are good by step of days, promises by what became of them;
    `of_examples` of the reports are made up. Promises of volunteers are never in it."""

    shares: Counter[Share] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    promises: Counter[PromiseState] = field(default_factory=Counter)
    of_examples: int = 0

    @property
    def count(self) -> int:
        """How many reports in all."""
        return self.shares.total()

    def count_fact(self, about: FactKind, value: str, amount: int, of_examples: int) -> None:
        """Count one sort of facts."""
        match about:
            case FactKind.SHARE:
                self.shares[Share(value)] += amount
                self.of_examples += of_examples
            case FactKind.DAYS:
                self.days[value] += amount
            case FactKind.PROMISE:
                self.promises[PromiseState(value)] += amount

    def count_all(self, others: "Answers") -> None:
        """Count those of a part."""
        for share, amount in others.shares.items():
            self.shares[share] += amount
        self.days.update(others.days)
        for state, amount in others.promises.items():
            self.promises[state] += amount
        self.of_examples += others.of_examples


@dataclass(frozen=True)
class AreaAnswers:
    """How reports are answered in a buurt; `slug` None: in none."""

    slug: str | None
    name: str
    code: str
    answers: Answers


@dataclass(frozen=True)
class OwnerAnswers:
    """How an organisation answers; volunteers are never told of."""

    name: str
    is_example: bool
    answers: Answers


@dataclass(frozen=True)
class Overview:
    """All of a district or an area. `areas` and `owners` are from A to Z; `silent` is at most
    10,001, which stands for more than 10,000."""

    whole: Answers
    areas: list[AreaAnswers]
    owners: list[OwnerAnswers]
    silent: int


@dataclass(frozen=True)
class Scope:
    """The reports that are asked about: of a district, or of an area in it. `inside` are the
    official areas they are counted under; None: all, or those of an organic neighbourhood."""

    place: Place
    area: Area | None
    parts: tuple[Part, ...]
    inside: frozenset[uuid.UUID] | None

    def where(self) -> list[ColumnElement[bool]]:
        """True for those reports."""
        found: list[ColumnElement[bool]] = [Defect.district_id == self.place.id]
        if self.inside is not None:
            found.append(Defect.area_id.in_(self.inside))
        elif self.area is not None:
            found.append(within_area(Defect.point, self.area))
        return found


def find_scope(session: Session, *, place: Place, area: Area | None = None) -> Scope:
    """The reports of a district, or of one area with all that lies below it."""
    parts = tuple(list_parts(session, district_id=place.id))
    if area is None or area.kind is AreaKind.ORGANIC:
        return Scope(place, area, parts, None)
    below = defaultdict(list)
    for part in parts:
        below[part.parent_id].append(part.id)
    inside, found = set(), [area.id]
    while found:
        one = found.pop()
        inside.add(one)
        found += [child for child in below[one] if child not in inside]
    return Scope(place, area, parts, frozenset(inside))


def read_answers(session: Session, *, scope: Scope, today: date) -> Overview:
    """How reports are answered there: three questions."""
    is_organic = scope.area is not None and scope.inside is None
    counted = _read_cells(session, scope) if is_organic else _read_counts(scope)
    by_area = _sum_by_area(session, counted)
    whole = Answers()
    for answers in by_area.values():
        whole.count_all(answers)
    return Overview(
        whole=whole,
        areas=[] if is_organic else _name_areas(scope, by_area),
        owners=_read_owners(session, counted),
        silent=count_silent(
            session,
            where=scope.where(),
            # The district's days, whatever an organisation was given for its own: the page names
            # them, and nobody is silent for less because it may take longer.
            before=today - timedelta(days=scope.place.answer_days),
            today=today,
        ),
    )


def read_areas(session: Session, *, scope: Scope) -> list[AreaAnswers]:
    """The same of each buurt alone, from A to Z."""
    return _name_areas(scope, _sum_by_area(session, _read_counts(scope)))


def _read_counts(scope: Scope) -> spatial.Rows:
    """The kept counters."""
    counts = select(
        AnswerCount.area_id,
        AnswerCount.organisation_id,
        AnswerCount.of_examples,
        AnswerCount.about,
        AnswerCount.value,
        AnswerCount.amount,
    ).where(AnswerCount.district_id == scope.place.id)
    if scope.inside is not None:
        counts = counts.where(AnswerCount.area_id.in_(scope.inside))
    return counts


def _read_cells(session: Session, scope: Scope) -> spatial.Rows:
    """The counters of the cells of a neighbourhood, in the columns of the others."""
    assert scope.area is not None  # noqa: S101  for the types: only of a neighbourhood
    cells = common_cells(area_id=scope.area.id).subquery()
    edges = (func.min(cells.c.x), func.max(cells.c.x), func.min(cells.c.y), func.max(cells.c.y))
    west, east, south, north = session.execute(
        select(*(func.coalesce(edge, 0) for edge in edges))
    ).one()
    return select(
        cast(null(), UUID).label("area_id"),
        AnswerCellCount.organisation_id,
        AnswerCellCount.of_examples,
        AnswerCellCount.about,
        AnswerCellCount.value,
        AnswerCellCount.amount,
    ).join(
        cells,
        and_(
            AnswerCellCount.district_id == scope.place.id,
            AnswerCellCount.cell_x == cells.c.x,
            AnswerCellCount.cell_y == cells.c.y,
            # The box round them as well: by it the index finds them in one go.
            AnswerCellCount.cell_x.between(west, east),
            AnswerCellCount.cell_y.between(south, north),
        ),
    )


def _sum_by_area(session: Session, counted: spatial.Rows) -> dict[uuid.UUID | None, Answers]:
    rows = counted.subquery()
    total = func.sum(rows.c.amount)
    found = session.execute(
        select(
            rows.c.area_id,
            rows.c.about,
            rows.c.value,
            total,
            func.coalesce(total.filter(rows.c.of_examples), 0),
        )
        .join(Organisation, Organisation.id == rows.c.organisation_id)
        .where(or_(rows.c.about != FactKind.PROMISE, ~Organisation.is_volunteer))
        .group_by(rows.c.area_id, rows.c.about, rows.c.value)
        .having(total != 0)
    )
    by_area: dict[uuid.UUID | None, Answers] = defaultdict(Answers)
    for area_id, about, value, amount, of_examples in found:
        by_area[area_id].count_fact(about, value, amount, of_examples)
    return by_area


def _name_areas(scope: Scope, by_area: dict[uuid.UUID | None, Answers]) -> list[AreaAnswers]:
    """Every buurt in force, and whatever else something was counted under; in none comes last."""
    named = [
        AreaAnswers(part.slug, part.name, part.code, by_area.get(part.id, Answers()))
        for part in scope.parts
        if scope.inside is None or part.id in scope.inside
        if part.id in by_area or (part.is_in_force and part.level is Level.BUURT)
    ]
    named.sort(key=lambda one: (one.name.casefold(), one.code))
    outside = [AreaAnswers(None, "", "", by_area[None])] if None in by_area else []
    return [*named, *outside]


def _read_owners(session: Session, counted: spatial.Rows) -> list[OwnerAnswers]:
    rows = counted.subquery()
    total = func.sum(rows.c.amount)
    found = session.execute(
        select(
            Organisation.id,
            Organisation.name,
            Organisation.is_example,
            rows.c.about,
            rows.c.value,
            total,
            func.coalesce(total.filter(rows.c.of_examples), 0),
        )
        .join(Organisation, Organisation.id == rows.c.organisation_id)
        .where(~Organisation.is_volunteer)
        .group_by(Organisation.id, rows.c.about, rows.c.value)
        .having(total != 0)
    )
    owners: dict[uuid.UUID, OwnerAnswers] = {}
    for owner_id, name, is_example, about, value, amount, of_examples in found:
        owner = owners.setdefault(owner_id, OwnerAnswers(name, is_example, Answers()))
        owner.answers.count_fact(about, value, amount, of_examples)
    return sorted(owners.values(), key=lambda owner: owner.name.casefold())
