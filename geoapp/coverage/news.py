"""What is new in an area since a day: reports, promises, things, agreements, questions.

Each source is read by time first, and a bounded number of rows; nothing of anybody's own words is
in it, for it is copied to where nobody can take it back.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select
from sqlalchemy.orm import Session, aliased

from geoapp.agreements.tables import Agreement, AgreementAsset
from geoapp.areas.queries import Area, AreaKind, within_area
from geoapp.areas.rules import Theme
from geoapp.assets.rules import AssetEventKind, Kind, Precision
from geoapp.assets.tables import Asset, AssetEvent, Sighting
from geoapp.coverage.rules import SAID_NO, TOLD_EVENTS, NewsKind, choose_news
from geoapp.db import spatial
from geoapp.defects.queries import DefectFacts, list_of_ids
from geoapp.defects.rules import Category, EventKind, PromiseState
from geoapp.defects.tables import Defect, DefectEvent, DefectPromise
from geoapp.districts.queries import Place
from geoapp.people.tables import Organisation
from geoapp.plans.rules import State as PlanState
from geoapp.plans.tables import PlanEvent, PlanItem
from geoapp.platforms.queries import PlatformFacts, platforms_in_area, within_platform
from geoapp.questions import rules as question_rules
from geoapp.questions.tables import Question, QuestionEvent

MOST_EVENTS, MOST_ROWS = 1_000, 100


@dataclass(frozen=True)
class Where:
    """The area that is asked about; `inside` is true of a lon/lat point column that lies in it.
    Questions are those of `platform_ids`."""

    place: Place
    inside: Callable[[spatial.Column], ColumnElement[bool]]
    platform_ids: frozenset[uuid.UUID]


@dataclass(frozen=True)
class Item:
    """One thing that is new, on which day. `code` names the report, thing or question, or is the
    slug of an agreement; `name` is a thing's or an agreement's own, `area` the buurt a report is
    in. `count` is how many people said so."""

    kind: NewsKind
    on_day: date
    code: str
    is_example: bool
    name: str = ""
    area: str = ""
    by: str = ""
    count: int = 0
    due_on: date | None = None
    category: Category | None = None
    thing: Kind | None = None
    theme: Theme | None = None


@dataclass(frozen=True)
class News:
    """What is new from `since` up to, not on, `until`: what hurts first, the latest of a sort
    first."""

    since: date
    until: date
    items: tuple[Item, ...]


@dataclass(frozen=True)
class _Span:
    """The days that are asked about, and their instants there."""

    since: date
    until: date
    today: date
    zone: ZoneInfo

    @property
    def begins_at(self) -> datetime:
        """The first instant."""
        return datetime.combine(self.since, time(), tzinfo=self.zone)

    @property
    def ends_at(self) -> datetime:
        """The first instant that is too late."""
        return datetime.combine(self.until, time(), tzinfo=self.zone)

    def day_of(self, at: datetime) -> date:
        """Which day an instant is there."""
        return at.astimezone(self.zone).date()


def where_of_platform(place: Place, platform: PlatformFacts) -> Where:
    """Where a platform is active."""
    return Where(
        place, lambda column: within_platform(column, platform.id), frozenset({platform.id})
    )


def where_of_area(session: Session, place: Place, area: Area) -> Where:
    """An area of either division; questions are told of neighbourhoods alone, by the platforms that
    are active there."""
    active = platforms_in_area(session, area_id=area.id) if area.kind is AreaKind.ORGANIC else []
    return Where(
        place, lambda column: within_area(column, area), frozenset(one.id for one in active)
    )


def read_news(session: Session, *, where: Where, since: date, until: date, today: date) -> News:
    """What is new there from `since` up to, not on, `until`, by the days of the district."""
    span = _Span(since, until, today, ZoneInfo(where.place.time_zone))
    kinds = list(NewsKind)
    found = [item for read in SOURCES for item in read(session, where, span)]
    found.sort(key=lambda item: (kinds.index(item.kind), -item.on_day.toordinal(), item.code))
    return News(since, until, tuple(found))


# -- Where it is read ----------------------------------------------------------------------------

Source = Callable[[Session, Where, _Span], Iterator[Item]]


def _read_reports(session: Session, where: Where, span: _Span) -> Iterator[Item]:
    """Of each report to which something happened one item."""
    rows = session.execute(
        select(DefectEvent.defect_id, DefectEvent.kind, DefectEvent.at, Organisation.name)
        .join(Defect, Defect.id == DefectEvent.defect_id)
        .outerjoin(Organisation, Organisation.id == DefectEvent.organisation_id)
        .where(
            DefectEvent.at >= span.begins_at,
            DefectEvent.at < span.ends_at,
            DefectEvent.kind.in_(TOLD_EVENTS),
            Defect.file == literal_column("'public'"),
            where.inside(Defect.point),
        )
        .order_by(DefectEvent.at.desc())
        .limit(MOST_EVENTS)
    ).all()
    happened: dict[uuid.UUID, Counter[EventKind]] = defaultdict(Counter)
    latest: dict[uuid.UUID, tuple[date, str]] = {}
    for defect_id, kind, at, by in rows:
        if defect_id not in happened and len(happened) == MOST_ROWS:
            continue
        happened[defect_id][kind] += 1
        latest.setdefault(defect_id, (span.day_of(at), by or ""))
    facts = list_of_ids(session, defect_ids=list(happened), today=span.today)
    for defect_id, defect in facts.items():
        news = choose_news(defect.state, happened[defect_id])
        if news is not None:
            count = sum(happened[defect_id][kind] for kind in SAID_NO)
            on_day, by = latest[defect_id]
            yield _of_report(news, on_day, defect, by=by or defect.addressee, count=count)


def _of_report(
    news: NewsKind, on_day: date, defect: DefectFacts, *, by: str, count: int = 0
) -> Item:
    return Item(
        news,
        on_day,
        defect.code,
        defect.is_example,
        name=defect.asset.name if defect.asset else "",
        area=defect.area_name or "",
        by=by,
        count=count,
        category=defect.category,
    )


def _read_promises(session: Session, where: Where, span: _Span) -> Iterator[Item]:
    """Kept and missed; of volunteers nobody counts days."""
    rows = session.execute(
        select(DefectPromise, Organisation.name)
        .join(Defect, Defect.id == DefectPromise.defect_id)
        .join(Organisation, Organisation.id == DefectPromise.organisation_id)
        .where(
            DefectPromise.closed_at >= span.begins_at,
            DefectPromise.closed_at < span.ends_at,
            DefectPromise.state.in_(_NEWS_OF_PROMISE),
            ~Organisation.is_volunteer,
            Defect.file == literal_column("'public'"),
            where.inside(Defect.point),
        )
        .order_by(DefectPromise.closed_at.desc())
        .limit(MOST_ROWS)
    ).all()
    ids = {promise.defect_id for promise, _ in rows}
    facts = list_of_ids(session, defect_ids=ids, today=span.today)
    for promise, by in rows:
        news, defect = _NEWS_OF_PROMISE[promise.state], facts[promise.defect_id]
        on_day = span.day_of(promise.closed_at) if promise.closed_at else span.since
        yield _of_report(news, on_day, defect, by=by)


_NEWS_OF_PROMISE = {
    PromiseState.KEPT: NewsKind.PROMISE_KEPT,
    PromiseState.MISSED: NewsKind.PROMISE_MISSED,
}


def _read_things(session: Session, where: Where, span: _Span) -> Iterator[Item]:
    """Put on the map, replaced, taken away."""
    rows = session.execute(
        select(AssetEvent.kind, AssetEvent.happened_on, Asset.code, Asset.name, Asset.kind)
        .add_columns(AssetEvent.is_example)
        .join(Asset, Asset.id == AssetEvent.asset_id)
        .where(
            AssetEvent.happened_on >= span.since,
            AssetEvent.happened_on < span.until,
            AssetEvent.precision == Precision.DAY,
            AssetEvent.kind.in_(_NEWS_OF_THING),
            where.inside(Asset.point),
        )
        .order_by(AssetEvent.happened_on.desc(), Asset.code)
        .limit(MOST_ROWS)
    )
    for kind, on_day, code, name, thing, is_example in rows:
        yield Item(_NEWS_OF_THING[kind], on_day, code, is_example, name=name, thing=thing)


_NEWS_OF_THING = {
    AssetEventKind.BUILT: NewsKind.PLACED,
    AssetEventKind.SEEN: NewsKind.PLACED,
    AssetEventKind.REPLACED: NewsKind.PLACED,
    AssetEventKind.REMOVED: NewsKind.REMOVED,
}


def _read_seen(session: Session, where: Where, span: _Span) -> Iterator[Item]:
    """Of each thing that somebody saw the last day, and by how many."""
    last = func.max(Sighting.seen_on)
    rows = session.execute(
        select(Asset.code, Asset.name, Asset.kind, last, func.count())
        .add_columns(func.bool_and(Sighting.is_example))
        .join(Sighting, Sighting.asset_id == Asset.id)
        .where(
            Sighting.seen_on >= span.since,
            Sighting.seen_on < span.until,
            where.inside(Asset.point),
        )
        .group_by(Asset.id)
        .order_by(last.desc(), Asset.code)
        .limit(MOST_ROWS)
    )
    for code, name, thing, on_day, count, is_example in rows:
        yield Item(NewsKind.SEEN, on_day, code, is_example, name=name, thing=thing, count=count)


def _read_agreements(session: Session, where: Where, span: _Span) -> Iterator[Item]:
    """Of things there: those of which the days of warning begin, and those that end."""
    covers = (
        select(AgreementAsset.asset_id)
        .join(Asset, Asset.id == AgreementAsset.asset_id)
        .where(AgreementAsset.agreement_id == Agreement.id, where.inside(Asset.point))
    )
    last_day = func.least(Agreement.valid_to, Agreement.ended_on)
    warned_on = Agreement.valid_to - Agreement.remind_days
    is_warned = and_(Agreement.ended_on.is_(None), warned_on >= span.since, warned_on < span.until)
    is_over = and_(last_day >= span.since, last_day < span.until)
    rows = session.execute(
        select(Agreement.slug, Agreement.title, last_day, warned_on, is_over, Agreement.is_example)
        .where(
            Agreement.district_id == where.place.id,
            or_(is_warned, is_over),
            covers.exists(),
        )
        .order_by(last_day, Agreement.slug)
        .limit(MOST_ROWS)
    )
    for slug, title, ends_on, began_on, has_ended, is_example in rows:
        news = NewsKind.AGREEMENT_ENDED if has_ended else NewsKind.AGREEMENT_ENDS
        on_day = ends_on if has_ended else began_on
        yield Item(news, on_day, slug, is_example, name=title, due_on=ends_on)


def _read_questions(session: Session, where: Where, span: _Span) -> Iterator[Item]:
    """Of each question the last word of whoever was asked."""
    rows = session.execute(
        select(QuestionEvent, Question.code, Question.theme, Organisation.name)
        .join(Question, Question.id == QuestionEvent.question_id)
        .join(Organisation, Organisation.id == QuestionEvent.organisation_id)
        .where(
            QuestionEvent.at >= span.begins_at,
            QuestionEvent.at < span.ends_at,
            QuestionEvent.kind.in_(_NEWS_OF_QUESTION),
            Question.platform_id.in_(where.platform_ids),
        )
        .order_by(QuestionEvent.at.desc(), QuestionEvent.position.desc())
        .limit(MOST_ROWS)
    )
    told: set[str] = set()
    for event, code, theme, by in rows:
        if code in told:
            continue
        told.add(code)
        yield Item(
            _NEWS_OF_QUESTION[event.kind],
            span.day_of(event.at),
            code,
            event.is_example,
            by=by,
            due_on=event.due_on,
            theme=theme,
        )


_NEWS_OF_QUESTION = {
    question_rules.EventKind.ANSWERED: NewsKind.ANSWERED,
    question_rules.EventKind.PROMISED: NewsKind.PROMISED,
    question_rules.EventKind.GRANTED: NewsKind.GRANTED,
    question_rules.EventKind.PARTLY: NewsKind.PARTLY,
    question_rules.EventKind.REFUSED: NewsKind.NOT_GRANTED,
}


def _read_plans(session: Session, where: Where, span: _Span) -> Iterator[Item]:
    """Of each plan of a platform the last step that everybody may know of."""
    by = aliased(Organisation)
    rows = session.execute(
        select(PlanEvent, PlanItem.code, PlanItem.title, by.name)
        .join(PlanItem, PlanItem.id == PlanEvent.item_id)
        .outerjoin(by, by.id == PlanEvent.by_organisation_id)
        .where(
            PlanItem.platform_id.in_(where.platform_ids),
            PlanEvent.happened_on >= span.since,
            PlanEvent.happened_on < span.until,
            PlanEvent.state.in_(_NEWS_OF_PLANS),
            PlanItem.state != PlanState.IDEA,
        )
        .order_by(PlanEvent.number.desc())
        .limit(MOST_ROWS)
    )
    told: set[str] = set()
    for event, code, title, name in rows:
        if code in told:
            continue
        told.add(code)
        kind = _NEWS_OF_PLANS[event.state]
        yield Item(
            kind, event.happened_on, code, event.is_example, name=title, by=name or event.by_role
        )


_NEWS_OF_PLANS = {
    PlanState.PLAN: NewsKind.PLAN_MADE,
    PlanState.ASKED: NewsKind.PLAN_ASKED,
    PlanState.GRANTED: NewsKind.PLAN_GRANTED,
    PlanState.PARTLY: NewsKind.PLAN_PARTLY,
    PlanState.REFUSED: NewsKind.PLAN_REFUSED,
    PlanState.REALISED: NewsKind.PLAN_REALISED,
}

# A source more is one entry more.
SOURCES: Sequence[Source] = (
    _read_reports,
    _read_promises,
    _read_things,
    _read_seen,
    _read_agreements,
    _read_questions,
    _read_plans,
)
