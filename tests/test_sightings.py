"""Still there: one tap by anybody, its photo, its limits, and what everybody reads of it."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from geoapp.assets.actions import Tap, mark_seen, see_asset
from geoapp.assets.queries import count_standing, get_asset
from geoapp.assets.rules import SIGHTINGS_OF_A_THING, SIGHTINGS_OF_ONE, Kind, PhysicalStatus, SeenBy
from geoapp.assets.tables import Asset, Sighting
from geoapp.edge import KEY
from geoapp.errors import TooMany
from geoapp.exchange.examples import remove_examples
from geoapp.ledger.tables import IdempotencyKey, LimitCount
from geoapp.media.rules import PictureState
from geoapp.media.tables import Picture
from tests.conftest import NOW
from tests.desks import Clock, Desk, token_of
from tests.factories import Factory
from tests.pictures import photo
from tests.world import TODAY, World, tables_that_hold

pytest_plugins = ("tests.desks",)

HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def court(world: World) -> Asset:
    """A court that platform A opens, last seen a month ago."""
    asset = world.assets["kept by A"][0]
    asset.last_seen_on = TODAY - timedelta(days=30)
    world.session.flush()
    return asset


@pytest.fixture
def walk_by(app: Flask) -> Callable[[], FlaskClient]:
    """A browser of somebody who passes, in English."""

    def enter() -> FlaskClient:
        client = app.test_client()
        client.set_cookie("lang", "en")
        return client

    return enter


def tap(
    client: FlaskClient, court: Asset, *, page: str = "/q/", address: str = "192.0.2.1"
) -> TestResponse:
    """The button on the page of a thing or of its sign."""
    token = token_of(client.get(f"{page}{court.code}").text)
    return client.post(
        f"/assets/{court.code}/seen",
        data={"csrf_token": token},
        environ_base={"REMOTE_ADDR": address},
    )


def rows(session: Session, court: Asset) -> list[Sighting]:
    session.refresh(court)
    return list(session.scalars(select(Sighting).where(Sighting.asset_id == court.id)))


def send_photo(client: FlaskClient, thanks: str, content: bytes) -> TestResponse:
    """The second step, on the page of thanks."""
    secret = re.search(r'name="secret" value="([^"]+)"', thanks)
    action = re.search(r'action="(/assets/[^"]+/seen/photo)"', thanks)
    assert secret is not None
    assert action is not None
    data = {
        "csrf_token": token_of(thanks),
        "secret": secret[1],
        "photos": (BytesIO(content), "photo.jpg"),
    }
    return client.post(action[1], data=data)


# -- One tap -----------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["/q/", "/assets/"])
def test_one_tap_without_an_account_says_it_is_still_there(
    session: Session, court: Asset, walk_by: Callable[[], FlaskClient], page: str
) -> None:
    client = walk_by()
    answer = tap(client, court, page=page)
    assert answer.status_code == 303
    thanks = client.get(answer.location).text
    assert "Thank you." in thanks
    assert "A photo with it?" in thanks
    (row,) = rows(session, court)
    assert (row.seen_on, row.seen_by, row.picture_id) == (TODAY, SeenBy.PUBLIC, None)
    assert court.last_seen_on == TODAY
    assert "Last seen: 21 November, by a passer-by" in client.get(f"/q/{court.code}").text


def test_the_same_tap_again_changes_nothing_and_still_takes_the_photo(
    session: Session, court: Asset, walk_by: Callable[[], FlaskClient]
) -> None:
    client = walk_by()
    answers = [tap(client, court) for _ in range(3)]
    assert {answer.location for answer in answers} == {answers[0].location}
    assert len(rows(session, court)) == 1


def test_one_network_counts_once_a_day_for_a_thing(
    session: Session, court: Asset, walk_by: Callable[[], FlaskClient], clock: Clock
) -> None:
    assert tap(walk_by(), court).status_code == 303
    again = walk_by()
    answer = tap(again, court)
    assert answer.status_code == 303
    thanks = again.get(answer.location).text
    assert "Thank you." in thanks
    assert "A photo with it?" not in thanks
    assert len(rows(session, court)) == 1
    assert tap(walk_by(), court, address="192.0.2.2").status_code == 303
    clock.now = NOW + timedelta(days=1)
    assert tap(walk_by(), court).status_code == 303
    days = [row.seen_on for row in rows(session, court)]
    assert days == [TODAY, TODAY, TODAY + timedelta(days=1)]


def test_who_taps_everything_is_asked_to_pause_and_a_replay_does_not_count(
    session: Session, make: Factory
) -> None:
    assets = [get_asset(session, code=make.asset().code) for _ in range(SIGHTINGS_OF_ONE.most + 1)]

    def see(number: int) -> None:
        said = Tap(SeenBy.PUBLIC, "one network", f"key-of-thing-{number}")
        see_asset(session, asset=assets[number], tap=said, today=TODAY, now=NOW)

    for number in range(SIGHTINGS_OF_ONE.most):
        see(number)
        see(0)
    with pytest.raises(TooMany):
        see(SIGHTINGS_OF_ONE.most)


def test_beyond_so_many_a_day_a_thing_keeps_no_more_rows(session: Session, make: Factory) -> None:
    asset = get_asset(session, code=make.asset().code)
    for number in range(SIGHTINGS_OF_A_THING.most + 3):
        said = Tap(SeenBy.PUBLIC, f"network {number}", f"key-of-{number:05}")
        kept = see_asset(session, asset=asset, tap=said, today=TODAY, now=NOW)
        assert (kept is not None) == (number < SIGHTINGS_OF_A_THING.most)
    assert session.scalar(select(func.count()).select_from(Sighting)) == SIGHTINGS_OF_A_THING.most


def test_the_day_it_was_last_seen_never_goes_back(session: Session, make: Factory) -> None:
    asset = make.asset(last_seen_on=TODAY)
    for seen_on, last in ((TODAY - timedelta(days=3), TODAY), (TODAY + timedelta(days=1),) * 2):
        mark_seen(session, asset_id=asset.id, seen_on=seen_on)
        session.refresh(asset)
        assert asset.last_seen_on == last


def test_a_tap_changes_what_a_platform_reads_of_its_cabinets(
    session: Session, make: Factory
) -> None:
    asset = make.asset(kind=Kind.CABINET, last_seen_on=date(2026, 1, 1))

    def last_seen() -> date | None:
        return count_standing(
            session, where=(Asset.id == asset.id,), kind=Kind.CABINET
        ).last_seen_on

    assert last_seen() == date(2026, 1, 1)
    said = Tap(SeenBy.PUBLIC, "one network", "key-of-a-form")
    see_asset(session, asset=get_asset(session, code=asset.code), tap=said, today=TODAY, now=NOW)
    assert last_seen() == TODAY


def test_whoever_keeps_it_is_told_apart_from_who_passes(
    session: Session, court: Asset, desk: Desk
) -> None:
    for name, address in (
        ("member of A", "192.0.2.1"),
        ("resident", "192.0.2.2"),
        ("officer there", "192.0.2.3"),
    ):
        assert tap(desk.browser(name), court, address=address).status_code == 303
    sorts = sorted(row.seen_by for row in rows(session, court))
    assert sorts == [SeenBy.KEEPER, SeenBy.PUBLIC, SeenBy.PUBLIC]


@pytest.mark.parametrize("status", [PhysicalStatus.REMOVED, PhysicalStatus.PLANNED])
def test_what_is_not_there_by_the_map_cannot_be_seen(
    session: Session,
    court: Asset,
    walk_by: Callable[[], FlaskClient],
    status: PhysicalStatus,
) -> None:
    client = walk_by()
    token = token_of(client.get(f"/assets/{court.code}/seen").text)
    court.physical_status = status
    session.flush()
    for path in ("", "/seen"):
        assert "Still there" not in client.get(f"/assets/{court.code}{path}").text
    answer = client.post(f"/assets/{court.code}/seen", data={"csrf_token": token})
    assert answer.status_code == 409
    assert "By the map this is not there" in answer.text
    assert rows(session, court) == []


def test_that_it_is_gone_leads_to_the_report_of_it(
    court: Asset, walk_by: Callable[[], FlaskClient]
) -> None:
    page = walk_by().get(f"/q/{court.code}").text
    link = f"/report?asset={court.code}&amp;category=missing"
    assert f'href="{link}"' in page
    form = walk_by().get(link.replace("&amp;", "&")).text
    assert re.search(r'value="missing"[^>]* checked', form)


def test_a_thing_seen_often_has_one_line_on_its_line_of_life(
    court: Asset, world: World, walk_by: Callable[[], FlaskClient]
) -> None:
    for days in (400, 5, 3):
        world.make.sighting(asset_id=court.id, seen_on=TODAY - timedelta(days=days))
    keeper = {"seen_by": SeenBy.KEEPER, "seen_on": TODAY - timedelta(days=1)}
    world.make.sighting(asset_id=court.id, **keeper)
    page = walk_by().get(f"/assets/{court.code}").text
    assert page.count("Still there, says") == 1
    assert "Still there, says who keeps it." in page
    assert "Seen 3 times in the last twelve months." in page


# -- What is kept of whoever tapped ------------------------------------------------------------


def test_nothing_of_who_or_where_is_kept(
    session: Session, court: Asset, walk_by: Callable[[], FlaskClient]
) -> None:
    columns = set(Sighting.__table__.columns.keys())
    assert columns == {
        "id",
        "asset_id",
        "seen_on",
        "seen_by",
        "picture_id",
        "position",
        "is_example",
        "created_at",
    }
    client = walk_by()
    tap(client, court, address="203.0.113.77")
    cookie = client.get_cookie("form")
    assert cookie is not None
    for words in ("203.0.113.77", cookie.value):
        assert tables_that_hold(session, words) == []
    # Nor could anybody tell from a count which thing a network has seen.
    subjects = session.scalars(select(LimitCount.subject)).all()
    assert subjects
    assert not any(court.code in subject for subject in subjects)
    assert not any(court.code in key for key in session.scalars(select(IdempotencyKey.key)))


# -- The photo ---------------------------------------------------------------------------------


def test_a_photo_is_held_until_a_moderator_shows_it(
    session: Session, court: Asset, walk_by: Callable[[], FlaskClient], desk: Desk
) -> None:
    client = walk_by()
    thanks = client.get(tap(client, court).location).text
    sent = send_photo(client, thanks, photo())
    assert sent.status_code == 303
    assert "Thank you for the photo." in client.get(sent.location).text
    path = f"/assets/{court.code}/photos/1.jpg"
    assert client.get(path).status_code == 404
    assert path not in client.get(f"/assets/{court.code}").text

    moderator = desk.browser("moderator")
    queue = moderator.get("/moderation").text
    assert court.code in queue
    (row,) = rows(session, court)
    seen = moderator.get(f"/moderation/photos/{row.picture_id}.jpg")
    assert (seen.status_code, seen.mimetype) == (200, "image/jpeg")
    verdict = {"csrf_token": token_of(queue), "was": "held", "verdict": "show"}
    judged = moderator.post(f"/assets/{court.code}/photos/1/verdict", data=verdict)
    assert (judged.status_code, judged.location) == (303, "/moderation")

    assert client.get(path).mimetype == "image/jpeg"
    assert path in client.get(f"/assets/{court.code}").text
    assert court.code not in moderator.get("/moderation").text
    log = client.get("/moderation/log").text
    assert "photo of a passer-by shown" in log
    assert f"/assets/{court.code}" in log


def test_a_hidden_photo_is_seen_by_nobody_and_what_was_judged_is_not_judged_again(
    session: Session, court: Asset, world: World, walk_by: Callable[[], FlaskClient], desk: Desk
) -> None:
    picture = world.make.picture(district_id=court.district_id)
    world.make.sighting(asset_id=court.id, picture_id=picture.id)
    moderator = desk.browser("moderator")
    verdict = {
        "csrf_token": token_of(moderator.get("/moderation").text),
        "was": "held",
        "verdict": "hide",
        "reason": "face",
    }
    path = f"/assets/{court.code}/photos/1/verdict"
    assert moderator.post(path, data={**verdict, "reason": ""}).status_code == 400
    assert moderator.post(path, data=verdict).status_code == 303
    assert moderator.post(path, data=verdict).status_code == 409
    session.refresh(picture)
    assert picture.state is PictureState.HIDDEN
    assert walk_by().get(f"/assets/{court.code}/photos/1.jpg").status_code == 404


def test_no_moderator_judges_a_photo_of_what_their_own_organisation_keeps(
    session: Session, world: World, desk: Desk
) -> None:
    asset, _ = world.assets["kept by the contractor"]
    picture = world.make.picture(district_id=asset.district_id)
    world.make.sighting(asset_id=asset.id, picture_id=picture.id)
    session.flush()
    own = desk.browser("moderator of the contractor")
    assert asset.code not in own.get("/moderation").text
    assert own.get(f"/moderation/photos/{picture.id}.jpg").status_code == 403
    assert asset.code in desk.browser("moderator").get("/moderation").text


def test_a_sighting_takes_one_photo_and_only_by_its_own_link(
    session: Session, court: Asset, world: World, walk_by: Callable[[], FlaskClient]
) -> None:
    client = walk_by()
    thanks = client.get(tap(client, court).location).text
    assert send_photo(client, thanks, photo()).status_code == 303
    assert send_photo(client, thanks, photo()).status_code == 303
    assert session.scalar(select(func.count()).select_from(Picture)) == 1
    elsewhere = thanks.replace(court.code, world.assets["kept by C"][0].code)
    send_photo(client, elsewhere, photo())
    (row,) = rows(session, court)
    for forged in (f"{row.id.hex}.abc", row.id.hex, HOSTILE, "é.é", "." * 400):
        data = {"csrf_token": token_of(thanks), "secret": forged}
        assert client.post(f"/assets/{court.code}/seen/photo", data=data).status_code == 404
    assert session.scalar(select(func.count()).select_from(Picture)) == 1


@pytest.mark.parametrize("content", [b"", b"GIF89a", HOSTILE.encode()])
def test_what_is_no_photo_is_refused_and_the_room_for_one_stays(
    session: Session, court: Asset, walk_by: Callable[[], FlaskClient], content: bytes
) -> None:
    client = walk_by()
    thanks = client.get(tap(client, court).location).text
    answer = send_photo(client, thanks, content)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert send_photo(client, answer.text, photo()).status_code == 303
    assert len(rows(session, court)) == 1


# -- Hostile -----------------------------------------------------------------------------------


def test_a_tap_from_another_page_or_with_more_in_it_is_refused(
    session: Session, court: Asset, walk_by: Callable[[], FlaskClient]
) -> None:
    client = walk_by()
    path = f"/assets/{court.code}/seen"
    token = token_of(client.get(path).text)
    for data in (
        {},
        {"csrf_token": HOSTILE},
        {"csrf_token": token, "website": "x"},
        {"csrf_token": token, "lat": "52.0"},
        {"csrf_token": token, HOSTILE: HOSTILE},
    ):
        answer = client.post(path, data=data)
        assert answer.status_code == 400
        assert HOSTILE not in answer.text
    assert rows(session, court) == []
    assert client.post("/assets/22-222/seen", data={"csrf_token": token}).status_code == 404


def test_a_link_that_is_none_of_ours_shows_the_button_again(
    court: Asset, walk_by: Callable[[], FlaskClient]
) -> None:
    for asked in (HOSTILE, "a.b", "00000000000000000000000000000000."):
        page = walk_by().get(f"/assets/{court.code}/seen", query_string={"secret": asked})
        assert page.status_code == 200
        assert HOSTILE not in page.text
        assert "Still there" in page.text


# -- Examples ----------------------------------------------------------------------------------


def test_what_was_seen_of_an_example_goes_with_it(
    session: Session, app: Flask, world: World, walk_by: Callable[[], FlaskClient]
) -> None:
    example = world.make.asset(district_id=world.here.id, is_example=True)
    client = walk_by()
    thanks = client.get(tap(client, example).location).text
    assert send_photo(client, thanks, photo()).status_code == 303
    real = world.assets["kept by A"][0]
    assert tap(walk_by(), real, address="192.0.2.9").status_code == 303
    remove_examples(session)
    assert session.scalars(select(Sighting.asset_id)).all() == [real.id]
    assert session.scalar(select(func.count()).select_from(Picture)) == 0
    assert app.extensions[KEY].store.list_files()
