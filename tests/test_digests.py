"""Hearing once a week: chosen on the page, one mail on Monday, each event told in one way."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

from geoapp.defects.rules import Pace, State
from geoapp.defects.tables import DefectFollower, FollowerWord
from geoapp.dialogue import digests
from geoapp.dialogue.digests import gather_digests
from geoapp.dialogue.jobs import make_jobs, sweep
from geoapp.dialogue.rules import latest_monday
from geoapp.edge import KEY
from geoapp.intake.following import make_follow_secret, stop_following
from geoapp.intake.rules import make_secret
from geoapp.outbox.mails import FolderMailer, Mail
from geoapp.outbox.rules import LONGEST_WAIT
from geoapp.outbox.worker import run_once
from geoapp.people.actions import keep_address
from geoapp.web.mails import make_handlers
from tests.conftest import NOW
from tests.desks import Desk, Post, post, token_of, voice
from tests.world import World

pytest_plugins = ("tests.desks",)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=AMSTERDAM)
WEEK = timedelta(days=7)


@pytest.fixture
def follow(world: World) -> Callable[..., DefectFollower]:
    """Lets an address follow one of the world's reports."""

    def make(report: str, pace: Pace, address: str = "reader@example.net") -> DefectFollower:
        address_id = keep_address(
            world.session, sealer=world.sealer, address=address, language="en"
        )
        return world.make.defect_follower(
            defect_id=world.defects[report].id,
            address_id=address_id,
            pace=pace,
            confirmed_at=NOW,
        )

    return make


Follow = Callable[..., DefectFollower]


def handle(desk: Desk, report: str) -> None:
    """Its handler says: done."""
    who = {"own": "maintainer", "other": "officer here", "elsewhere": "officer there"}[report]
    status, body = desk.act(who, desk.world.defects[report].code, action="handle", note="Klaar")
    assert status == 200, body


def pass_hour(desk: Desk, mails: Post, moment: datetime) -> list[str]:
    """The worker's hourly work at a moment; all mails so far to those who follow."""
    mails.deliver()
    mails.clock.now = moment.astimezone(UTC)
    sweep(desk.world.session, now=mails.clock.now)
    return [mail.text for mail in mails.deliver() if mail.to.endswith("@example.net")]


def choose(desk: Desk, follower: DefectFollower, pace: str) -> int:
    """Post the choice of the page of a mail's link."""
    code = next(one.code for one in desk.world.defects.values() if one.id == follower.defect_id)
    secret = make_follow_secret(desk.world.sealer, follower.id)
    path = f"/defects/{code}/following?secret={secret}"
    client = desk.app.test_client()
    client.set_cookie("lang", "en")
    status: int = post(client, path, secret=secret, pace=pace).status_code
    desk.world.session.refresh(follower)
    return status


# -- Choosing ------------------------------------------------------------------------------------


def test_at_once_is_chosen_until_one_chooses_otherwise(desk: Desk, follow: Follow) -> None:
    follower = follow("own", Pace.AT_ONCE)
    secret = make_follow_secret(desk.world.sealer, follower.id)
    path = f"/defects/{desk.world.defects['own'].code}/following?secret={secret}"
    page = desk.app.test_client().get(path).text
    assert 'value="at_once" checked' in page
    assert choose(desk, follower, "weekly") == 303
    assert follower.pace is Pace.WEEKLY
    assert 'value="weekly" checked' in desk.app.test_client().get(path).text


def test_what_is_no_choice_changes_nothing(desk: Desk, follow: Follow) -> None:
    follower = follow("own", Pace.WEEKLY)
    assert choose(desk, follower, "never") == 400
    assert choose(desk, follower, "") == 303
    assert follower.pace is Pace.WEEKLY


def test_one_can_choose_with_the_same_tap_that_confirms(desk: Desk, follow: Follow) -> None:
    follower = follow("own", Pace.AT_ONCE)
    desk.world.session.execute(update(DefectFollower).values(confirmed_at=None))
    choose(desk, follower, "weekly")
    assert (follower.confirmed_at, follower.pace) == (NOW, Pace.WEEKLY)


# -- One mail a week -----------------------------------------------------------------------------


def test_on_monday_one_mail_tells_of_everything_once(
    desk: Desk, mails: Post, follow: Follow
) -> None:
    followers = {name: follow(name, Pace.WEEKLY) for name in ("own", "other")}
    handle(desk, "own")
    handle(desk, "other")
    voice(desk, "own", says="still_broken")
    assert pass_hour(desk, mails, MONDAY - timedelta(hours=1)) == []
    (mail,) = pass_hour(desk, mails, MONDAY)
    for name, follower in followers.items():
        code = desk.world.defects[name].code
        secret = make_follow_secret(desk.world.sealer, follower.id)
        assert mail.count(f"https://kaart.example/defects/{code}?secret={secret}\n") == 1
        assert f"https://kaart.example/defects/{code}/following?secret={secret}\n" in mail
    assert "Still not right. Next move: " in mail
    assert "your right to speak stays" in mail
    assert len(pass_hour(desk, mails, MONDAY + timedelta(hours=1))) == 1
    assert len(pass_hour(desk, mails, MONDAY + WEEK)) == 1
    assert desk.world.session.scalar(select(func.count()).select_from(FollowerWord)) == 0


def test_what_happens_on_monday_waits_for_the_next(desk: Desk, mails: Post, follow: Follow) -> None:
    follow("own", Pace.WEEKLY)
    mails.clock.now = (MONDAY + timedelta(minutes=1)).astimezone(UTC)
    handle(desk, "own")
    assert pass_hour(desk, mails, MONDAY + timedelta(hours=9)) == []
    assert len(pass_hour(desk, mails, MONDAY + WEEK)) == 1


def test_a_monday_without_a_worker_is_made_up_for(desk: Desk, mails: Post, follow: Follow) -> None:
    follow("own", Pace.WEEKLY)
    handle(desk, "own")
    assert len(pass_hour(desk, mails, MONDAY + timedelta(days=2))) == 1


def test_each_address_gets_its_own_however_many_there_are(
    desk: Desk, mails: Post, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "MOST_AT_ONCE", 2)
    for number in range(5):
        follow("own", Pace.WEEKLY, f"reader-{number}@example.net")
    handle(desk, "own")
    assert len(pass_hour(desk, mails, MONDAY)) == 5


def test_of_very_many_reports_no_mail_holds_more_than_its_share(
    desk: Desk, mails: Post, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "MOST_IN_ONE", 2)
    world, first = desk.world, follow("own", Pace.WEEKLY)
    codes = []
    for _ in range(5):
        defect = world.make.defect(district_id=world.here.id, addressee_id=world.contractor.id)
        codes.append(defect.code)
        follower = world.make.defect_follower(
            defect_id=defect.id, address_id=first.address_id, confirmed_at=NOW
        )
        for _ in range(2):
            event = world.make.defect_event(defect_id=defect.id)
            world.make.follower_word(follower_id=follower.id, event_id=event.id, noted_at=NOW)
    told = pass_hour(desk, mails, MONDAY)
    assert sorted(mail.count("Next move: ") for mail in told) == [1, 2, 2]
    assert [sum(f"({code})" in mail for mail in told) for code in codes] == [1] * 5


# -- Each event once -----------------------------------------------------------------------------


def test_whoever_changes_their_mind_hears_each_thing_once(
    desk: Desk, mails: Post, follow: Follow
) -> None:
    follower = follow("own", Pace.AT_ONCE)
    handle(desk, "own")
    mails.deliver()
    choose(desk, follower, "weekly")
    voice(desk, "own", says="still_broken")
    mails.deliver()
    choose(desk, follower, "at_once")
    handle(desk, "own")
    # At once, at once, and on Monday what was said while it was to wait.
    kinds = sorted(mail.split()[0] for mail in pass_hour(desk, mails, MONDAY))
    assert kinds == ["Report", "Report", "What"]
    assert len(pass_hour(desk, mails, MONDAY + WEEK)) == 3


class DyingMailer(FolderMailer):
    """Hands the mail over, and dies before anybody has noted it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, sender="map@example.org")
        self.sent: list[Mail] = []

    def send(self, mail: Mail, *, now: datetime) -> None:
        super().send(mail, now=now)
        self.sent.append(mail)
        if len(self.sent) == 1:
            raise ConnectionError


def test_a_worker_that_dies_sends_the_very_same_mail_again(
    desk: Desk, mails: Post, follow: Follow, tmp_path: Path
) -> None:
    follow("own", Pace.WEEKLY)
    follow("other", Pace.WEEKLY)
    handle(desk, "own")
    mails.deliver()
    mails.clock.now = MONDAY.astimezone(UTC)
    gather_digests(desk.world.session, now=mails.clock.now)
    mailer = DyingMailer(tmp_path / "mails")
    handlers = make_handlers(desk.app, mailer) | make_jobs(mails.clock)
    run_once(mails.connection, handlers, clock=mails.clock)
    # Meanwhile something else happens: it belongs to the week after.
    handle(desk, "other")
    mails.clock.now += LONGEST_WAIT
    run_once(mails.connection, handlers, clock=mails.clock)
    first, second = mailer.sent
    assert first == second
    assert desk.world.defects["other"].code not in first.text
    (later,) = [one for one in pass_hour(desk, mails, MONDAY + WEEK) if one != first.text]
    assert desk.world.defects["other"].code in later
    assert desk.world.defects["own"].code not in later


def test_two_workers_post_one_mail(desk: Desk, mails: Post, follow: Follow) -> None:
    follow("own", Pace.WEEKLY)
    handle(desk, "own")
    mails.deliver()
    now = MONDAY.astimezone(UTC)
    posted = [gather_digests(desk.world.session, now=now) for _ in range(2)]
    assert posted == [1, 0]


def test_whoever_hears_once_a_week_hears_so_of_the_report_it_was_merged_into(
    desk: Desk, mails: Post, follow: Follow
) -> None:
    follow("own", Pace.WEEKLY)
    own, other = (desk.world.defects[name].code for name in ("own", "other"))
    status, body = desk.act("moderator", own, action="merge", into=other, note="Dezelfde bank")
    assert status == 200, body
    handle(desk, "other")
    assert pass_hour(desk, mails, MONDAY - timedelta(hours=1)) == []
    (mail,) = pass_hour(desk, mails, MONDAY)
    assert own in mail
    assert other in mail


def test_what_is_in_a_mail_that_waits_is_in_no_other(
    desk: Desk, mails: Post, follow: Follow
) -> None:
    """The first mail has not left when the next week is gathered: it keeps what it holds."""
    follower = follow("own", Pace.WEEKLY)
    handle(desk, "own")
    mails.deliver()
    now = MONDAY.astimezone(UTC)
    assert gather_digests(desk.world.session, now=now) == 1
    words = select(FollowerWord.event_id, FollowerWord.digest_id)
    ((event_id, first),) = desk.world.session.execute(words).all()
    later = desk.world.make.defect_event(defect_id=follower.defect_id)
    desk.world.make.follower_word(follower_id=follower.id, event_id=later.id, noted_at=now)
    assert gather_digests(desk.world.session, now=now + WEEK) == 1
    found = {row.event_id: row.digest_id for row in desk.world.session.execute(words)}
    assert found[event_id] == first
    assert found[later.id] not in (None, first)


# -- Stopping ------------------------------------------------------------------------------------


def test_whoever_stops_hears_nothing_more_and_may_still_object(
    desk: Desk, mails: Post, follow: Follow
) -> None:
    follower = follow("own", Pace.WEEKLY)
    handle(desk, "own")
    mails.deliver()
    secret = make_follow_secret(desk.world.sealer, follower.id)
    code = desk.world.defects["own"].code
    client = desk.app.test_client()
    client.set_cookie("lang", "en")
    page = client.get(f"/defects/{code}/following?secret={secret}").text
    assert "your right to speak stays" in page
    form = {"csrf_token": token_of(page), "secret": secret, "stop": "1"}
    assert client.post(f"/defects/{code}/following", data=form).status_code == 303
    assert pass_hour(desk, mails, MONDAY) == []
    # Without the link of a mail, on the page of the report.
    page = client.get(f"/defects/{code}/dispute").text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    answer = client.post(f"/defects/{code}/dispute", data=fields | {"note": "It is broken"})
    assert answer.status_code == 303
    assert desk.state("own") is State.DISPUTED


def test_a_reporter_who_stops_keeps_the_link_that_settles(desk: Desk, follow: Follow) -> None:
    follower, defect = follow("own", Pace.WEEKLY), desk.world.defects["own"]
    follower.is_reporter = True
    handle(desk, "own")
    stop_following(desk.world.session, follower_id=follower.id, now=NOW)
    key = desk.app.extensions[KEY].settings.secret
    secret = make_secret(key, defect.id, defect.secret_version)
    answer = desk.app.test_client().post(
        f"/api/v1/defects/{defect.code}/voice", json={"says": "solved", "secret": secret}
    )
    assert answer.status_code < 300, answer.text
    assert desk.state("own") is State.SOLVED


def test_who_stops_while_the_mail_waits_gets_none(desk: Desk, mails: Post, follow: Follow) -> None:
    follower = follow("own", Pace.WEEKLY)
    handle(desk, "own")
    mails.deliver()
    now = MONDAY.astimezone(UTC)
    mails.clock.now = now
    assert gather_digests(desk.world.session, now=now) == 1
    stop_following(desk.world.session, follower_id=follower.id, now=now)
    assert [mail for mail in mails.deliver() if mail.to.endswith("example.net")] == []


# -- The week ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "monday"),
    [
        ("2026-11-23T05:59", "2026-11-16T06:00"),
        ("2026-11-23T06:00", "2026-11-23T06:00"),
        ("2026-11-29T23:59", "2026-11-23T06:00"),
        # The clocks go back, and forward, in the night before.
        ("2026-10-26T06:00", "2026-10-26T06:00"),
        ("2026-03-30T05:59", "2026-03-23T06:00"),
    ],
)
def test_a_week_begins_on_monday_morning_by_the_clocks_of_the_place(now: str, monday: str) -> None:
    asked = datetime.fromisoformat(now).replace(tzinfo=AMSTERDAM)
    found = latest_monday(asked.astimezone(UTC), zone=AMSTERDAM)
    assert found.isoformat()[:16] == monday
