"""What is new since last week: what is told and what is not, on the page, as words, on paper, as a
feed and by mail."""

import io
import re
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pikepdf
import pytest
from shapely import Point
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geoapp.areas.queries import get_area
from geoapp.assets.rules import AssetEventKind, Precision
from geoapp.coverage.news import News, Where, read_news, where_of_area, where_of_platform
from geoapp.coverage.rules import TOLD_EVENTS, NewsKind, choose_news
from geoapp.defects.rules import EventKind, PromiseState, State
from geoapp.dialogue.jobs import sweep
from geoapp.districts.queries import get_district
from geoapp.outbox.tables import OutboxMessage
from geoapp.platforms.queries import get_platform
from geoapp.platforms.tables import WeekReader
from geoapp.questions.rules import EventKind as QuestionEventKind
from geoapp.web.week import ATOM, SHAPES
from tests.conftest import NOW
from tests.desks import Clock, Desk, Post
from tests.factories import LAT, LON, stored
from tests.test_questions import send, words_of
from tests.world import TODAY, World

pytest_plugins = ("tests.desks",)
SINCE, UNTIL = TODAY - timedelta(days=7), TODAY + timedelta(days=1)
THIS_WEEK = NOW - timedelta(days=2)
MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def here(session: Session) -> Where:
    """Where platform A is active."""
    platform = get_platform(session, slug="platform-a")
    return where_of_platform(get_district(session, slug=platform.district), platform)


def news_of(session: Session, where: Where | None = None) -> News:
    """What is new there."""
    session.flush()
    return read_news(session, where=where or here(session), since=SINCE, until=UNTIL, today=TODAY)


def told(session: Session, where: Where | None = None) -> Counter[NewsKind]:
    """How often each sort of news is told."""
    return Counter(item.kind for item in news_of(session, where).items)


def happen(world: World, *kinds: EventKind, name: str = "own", **values: Any) -> None:
    """Something happened to a report of the world this week."""
    for kind in kinds:
        event = {"defect_id": world.defects[name].id, "kind": kind, "at": THIS_WEEK, **values}
        world.make.defect_event(**event)


# -- What is told --------------------------------------------------------------------------------


def test_every_sort_of_news_has_words_and_a_shape() -> None:
    assert set(SHAPES) == set(NewsKind)


TRUTHS: tuple[tuple[State, tuple[EventKind, ...], NewsKind | None], ...] = (
    (State.RECEIVED, (EventKind.REPORTED,), NewsKind.REPORTED),
    (State.HANDLED, (EventKind.REPORTED, EventKind.HANDLED), NewsKind.DONE),
    (State.HANDLED, (EventKind.CITY_ANSWERED,), NewsKind.DONE),
    (State.DISPUTED, (EventKind.HANDLED, EventKind.SAID_NOT_GOOD), NewsKind.NOT_GOOD),
    (State.DISPUTED, (EventKind.CHECKED_NOT_GOOD,), NewsKind.CHECKED_NOT_GOOD),
    (State.SOLVED, (EventKind.SAID_NOT_GOOD, EventKind.SETTLED), NewsKind.SOLVED),
    (State.DISPUTED, (EventKind.SAID_SOLVED, EventKind.SAID_NOT_GOOD), NewsKind.NOT_GOOD),
    (State.DISPUTED, (EventKind.SAID_SOLVED,), None),
    (State.REFUSED, (EventKind.REFUSED,), NewsKind.REFUSED),
    (State.NO_AGREEMENT, (EventKind.REFUSED_AGAIN,), NewsKind.REFUSED),
    (State.ASSIGNED, (EventKind.TAKEN, EventKind.ASKED), None),
)


@pytest.mark.parametrize(("state", "happened", "news"), TRUTHS)
def test_of_a_report_one_thing_is_told_what_hurts_or_heals_first(
    state: State, happened: tuple[EventKind, ...], news: NewsKind | None
) -> None:
    assert choose_news(state, happened) is news


@pytest.mark.parametrize("kind", sorted(TOLD_EVENTS))
def test_whatever_is_looked_for_is_told_in_some_state(kind: EventKind) -> None:
    assert any(choose_news(state, [kind]) for state in State)


@pytest.mark.usefixtures("world")
def test_where_nothing_happened_nothing_is_new(session: Session) -> None:
    assert news_of(session).items == ()


def test_residents_who_say_no_are_counted_and_last_weeks_are_not(
    session: Session, world: World
) -> None:
    world.defects["own"].street = "not_good"  # type: ignore[assignment]  # as the column has it
    happen(world, EventKind.SAID_NOT_GOOD, EventKind.SAID_NOT_GOOD, EventKind.SAID_BROKEN_AGAIN)
    happen(world, EventKind.SAID_NOT_GOOD, at=NOW - timedelta(days=8))
    (item,) = news_of(session).items
    assert (item.kind, item.count, item.on_day) == (NewsKind.NOT_GOOD, 3, THIS_WEEK.date())


def test_the_days_are_those_of_the_district(session: Session, world: World) -> None:
    first = datetime(2026, 11, 13, 23, 0, tzinfo=UTC)
    happen(world, EventKind.REPORTED, at=first)
    happen(world, EventKind.REPORTED, at=first - timedelta(seconds=1), name="other")
    (item,) = news_of(session).items
    assert (item.code, item.on_day) == (world.defects["own"].code, SINCE)


def test_what_lies_elsewhere_or_was_taken_back_is_not_told(session: Session, world: World) -> None:
    happen(world, EventKind.REPORTED, name="elsewhere")
    far = world.make.defect(
        district_id=world.here.id,
        geom=stored(Point(LON + 0.05, LAT)),
        point=stored(Point(LON + 0.05, LAT)),
    )
    world.make.defect_event(defect_id=far.id, kind=EventKind.REPORTED, at=THIS_WEEK)
    world.defects["own"].file = "withdrawn"  # type: ignore[assignment]  # as the column has it
    happen(world, EventKind.REPORTED)
    assert told(session) == Counter()


def test_promises_kept_and_missed_are_told_and_those_of_volunteers_are_not(
    session: Session, world: World
) -> None:
    for name, state, by in (
        ("own", PromiseState.KEPT, world.contractor),
        ("other", PromiseState.MISSED, world.desk),
        ("other", PromiseState.MOVED, world.desk),
        ("other", PromiseState.MISSED, world.org_a),
    ):
        world.make.defect_promise(
            defect_id=world.defects[name].id,
            organisation_id=by.id,
            state=state,
            closed_at=THIS_WEEK,
        )
    world.org_a.is_volunteer = True
    assert told(session) == {NewsKind.PROMISE_KEPT: 1, NewsKind.PROMISE_MISSED: 1}


def test_things_that_came_went_and_were_seen_are_told(session: Session, world: World) -> None:
    asset = world.assets["kept by A"][0]
    for kind in (AssetEventKind.BUILT, AssetEventKind.REMOVED, AssetEventKind.INSPECTED):
        world.make.asset_event(
            asset_id=asset.id, kind=kind, happened_on=TODAY, precision=Precision.DAY
        )
    for day in (TODAY, TODAY - timedelta(days=1), TODAY - timedelta(days=30)):
        world.make.sighting(asset_id=asset.id, seen_on=day)
    assert told(session) == {NewsKind.PLACED: 1, NewsKind.REMOVED: 1, NewsKind.SEEN: 1}


def test_an_agreement_is_told_when_its_warning_begins_and_when_it_ends(
    session: Session, world: World
) -> None:
    agreement = world.agreements["agreement-here"][0]
    asset = world.assets["kept by A"][0]
    world.make.agreement_asset(agreement_id=agreement.id, asset_id=asset.id)
    for valid_to, kinds in (
        (TODAY + timedelta(days=agreement.remind_days), {NewsKind.AGREEMENT_ENDS: 1}),
        (TODAY + timedelta(days=agreement.remind_days - 20), {}),
        (TODAY - timedelta(days=1), {NewsKind.AGREEMENT_ENDED: 1}),
        (TODAY + timedelta(days=300), {}),
    ):
        agreement.valid_to = valid_to
        assert told(session) == kinds


def test_of_a_question_the_last_word_is_told_and_not_the_askers_own(
    session: Session, world: World
) -> None:
    question = world.questions[0]
    for hours, kind in ((3, QuestionEventKind.ANSWERED), (2, QuestionEventKind.GRANTED)):
        world.make.question_event(
            question_id=question.id,
            organisation_id=world.contractor.id,
            kind=kind,
            at=NOW - timedelta(hours=hours),
        )
    world.make.question_event(
        question_id=question.id,
        organisation_id=world.org_a.id,
        kind=QuestionEventKind.NO_ANSWER,
        at=NOW,
    )
    assert told(session) == {NewsKind.GRANTED: 1}
    area = get_area(session, slug="area-here")
    where = where_of_area(session, get_district(session, slug="here"), area)
    assert told(session, where) == {NewsKind.GRANTED: 1}


# -- How it is told ------------------------------------------------------------------------------


@pytest.fixture
def busy(session: Session, world: World) -> World:
    """A week in which something happened, told by people in words of their own."""
    own, other = world.defects["own"], world.defects["other"]
    own.street = "not_good"  # type: ignore[assignment]  # as the column has it
    own.description = other.description = "canary-words of a resident"
    asset = world.assets["kept by A"][0]
    own.asset_id = asset.id
    happen(world, EventKind.SAID_NOT_GOOD, EventKind.SAID_NOT_GOOD)
    happen(world, EventKind.REPORTED, name="other")
    world.make.sighting(asset_id=asset.id, seen_on=TODAY)
    session.commit()
    return world


FORMS = ("week", "week.txt", "week.atom")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_tells_the_same_and_nobodys_own_words(
    desk: Desk, busy: World, form: str
) -> None:
    answer = desk.app.test_client().get(f"/platforms/platform-a/{form}?lang=en")
    assert answer.status_code == 200
    name = busy.assets["kept by A"][0].name
    assert f"Broken, {name}: 2 residents say still not right." in answer.text
    assert "canary" not in answer.text
    kinds = {"week": "text/html", "week.txt": "text/plain", "week.atom": "application/atom+xml"}
    assert answer.mimetype == kinds[form]


def test_new_reports_are_joined_by_where_they_are(
    desk: Desk, session: Session, world: World
) -> None:
    buurt = world.make.official_area(district_id=world.here.id, name="South")
    for _ in range(2):
        defect = world.make.defect(district_id=world.here.id, area_id=buurt.id)
        world.make.defect_event(defect_id=defect.id, kind=EventKind.REPORTED, at=THIS_WEEK)
    happen(world, EventKind.REPORTED)
    session.commit()
    shown = words_of(desk.app.test_client().get("/platforms/platform-a/week?lang=en").text)
    assert "2 new reports, in South." in shown
    assert "1 new report." in shown


@pytest.mark.usefixtures("busy")
def test_a_neighbourhood_has_a_week_too(desk: Desk) -> None:
    answer = desk.app.test_client().get("/areas/area-here/week?lang=en")
    assert "2 residents say still not right." in answer.text
    assert "/week.pdf" not in answer.text


@pytest.mark.usefixtures("busy")
def test_the_words_to_copy_are_in_a_field_that_needs_no_script(desk: Desk) -> None:
    page = desk.app.test_client().get("/platforms/platform-a/week?lang=en").text
    field = re.search(r'<textarea id="chat"[^>]*readonly[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert field is not None
    plain = desk.app.test_client().get("/platforms/platform-a/week.txt?lang=en").text
    assert field[1].strip() == plain.strip()
    assert "https://" in plain or "http://" in plain
    assert re.search(r'<button[^>]*data-copy="chat" hidden>', page)


@pytest.mark.usefixtures("busy")
def test_the_sheet_is_one_tagged_page(desk: Desk) -> None:
    answer = desk.app.test_client().get("/platforms/platform-a/week.pdf?lang=en")
    assert answer.mimetype == "application/pdf"
    with pikepdf.open(io.BytesIO(answer.data)) as sheet:
        assert len(sheet.pages) == 1
        assert sheet.Root.MarkInfo.Marked
        assert str(sheet.Root.Lang) == "en"


def test_a_full_week_still_fits_on_one_page(desk: Desk, session: Session, world: World) -> None:
    for number in range(40):
        asset = world.make.asset(district_id=world.here.id, name=f"{number} {'long name ' * 12}")
        world.make.asset_event(
            asset_id=asset.id, happened_on=TODAY, precision=Precision.DAY, kind="built"
        )
    session.commit()
    answer = desk.app.test_client().get("/platforms/platform-a/week.pdf?lang=nl")
    with pikepdf.open(io.BytesIO(answer.data)) as sheet:
        assert len(sheet.pages) == 1


def read_feed(desk: Desk, **query: str) -> ET.Element:
    """The feed, parsed."""
    answer = desk.app.test_client().get("/platforms/platform-a/week.atom", query_string=query)
    return ET.fromstring(answer.data)  # noqa: S314  our own


@pytest.mark.usefixtures("session")
@pytest.mark.usefixtures("busy")
def test_the_feed_is_valid_and_its_ids_stay(desk: Desk, clock: Clock) -> None:
    names = {"a": ATOM}
    feed = read_feed(desk, lang="en")
    # RFC 4287, 4.1.1 and 4.1.2: what a feed and an entry must hold, each once.
    for needed in ("id", "title", "updated", "author/a:name", "link[@rel='self']"):
        assert len(feed.findall(f"a:{needed}", names)) == 1
    entries = feed.findall("a:entry", names)
    assert len(entries) == 3
    for entry in entries:
        for needed in ("id", "title", "updated", "link[@rel='alternate']"):
            assert len(entry.findall(f"a:{needed}", names)) == 1
        assert datetime.fromisoformat(entry.findtext("a:updated", "", names)).tzinfo is not None
    ids = [entry.findtext("a:id", "", names) for entry in entries]
    assert len(set(ids)) == 3
    clock.now += timedelta(days=1)
    later = [
        one.findtext("a:id", "", names)
        for one in read_feed(desk, lang="nl").iter(f"{{{ATOM}}}entry")
    ]
    assert later == ids


def test_a_name_with_signs_that_xml_cannot_hold_breaks_no_feed(
    desk: Desk, session: Session, world: World
) -> None:
    asset = world.make.asset(district_id=world.here.id, name="a\x0bb <&> c")
    world.make.asset_event(
        asset_id=asset.id, happened_on=TODAY, precision=Precision.DAY, kind="built"
    )
    session.commit()
    titles = [one.text for one in read_feed(desk, lang="en").iter(f"{{{ATOM}}}title")]
    assert "On the map now: ab <&> c." in titles


# -- By mail -------------------------------------------------------------------------------------


def subscribe(desk: Desk, who: str = "member of A") -> None:
    """Somebody of platform A chooses the mail: one tap."""
    assert send(desk.browser(who), "/platforms/platform-a/week/mail")[0] == 303


def weekly(mails: Post, clock: Clock, session: Session, at: datetime) -> list[Any]:
    """The mails about the week after the worker has looked round at this hour."""
    clock.now = at
    sweep(session, now=at)
    session.commit()
    return [mail for mail in mails.deliver() if "New in" in mail.subject]


@pytest.mark.usefixtures("busy")
def test_whoever_chose_it_gets_one_mail_on_monday_and_stops_by_its_link(
    desk: Desk, mails: Post, clock: Clock, session: Session
) -> None:
    subscribe(desk)
    subscribe(desk)
    assert weekly(mails, clock, session, NOW) == []
    (mail,) = weekly(mails, clock, session, MONDAY)
    assert mail.to == "member-of-A@example.org"
    assert "2 residents say still not right." in mail.text
    assert "canary" not in mail.text
    assert len(weekly(mails, clock, session, MONDAY + timedelta(hours=3))) == 1
    (link,) = re.findall(r"https://kaart\.example(/week/stop\?\S+)", mail.text)
    client = desk.app.test_client()
    assert session.scalar(select(func.count()).select_from(WeekReader)) == 1
    secret = link.partition("secret=")[2]
    page = client.get(link)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    assert session.scalar(select(func.count()).select_from(WeekReader)) == 1
    fields = {"csrf_token": token[1], "secret": secret}
    assert client.post("/week/stop", data=fields).status_code == 303
    assert session.scalar(select(func.count()).select_from(WeekReader)) == 0
    assert client.get(link).status_code == 404


@pytest.mark.usefixtures("world")
def test_a_week_without_news_brings_no_mail(
    desk: Desk, mails: Post, clock: Clock, session: Session
) -> None:
    subscribe(desk)
    assert weekly(mails, clock, session, MONDAY) == []
    posted = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "week")).all()
    assert [one.sent_at is not None for one in posted] == [True]


@pytest.mark.usefixtures("busy")
def test_the_next_week_brings_the_next_mail_and_no_old_news(
    desk: Desk, mails: Post, clock: Clock, session: Session
) -> None:
    subscribe(desk)
    assert len(weekly(mails, clock, session, MONDAY)) == 1
    assert len(weekly(mails, clock, session, MONDAY + timedelta(days=7))) == 1


@pytest.mark.usefixtures("world")
def test_one_tap_stops_it(desk: Desk, session: Session) -> None:
    subscribe(desk)
    path = "/platforms/platform-a/week/mail"
    assert send(desk.browser("member of A"), path, stop="1")[0] == 303
    assert session.scalars(select(WeekReader)).all() == []
    assert desk.browser("manager of B").get(path).status_code == 403
