"""Hearing of a report by mail, and being forgotten."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, func, select, update
from sqlalchemy.orm import Session

from geoapp.accounts.actions import open_account_session
from geoapp.app import create_app
from geoapp.config import Settings
from geoapp.defects.tables import Defect, DefectFollower, DefectPicture
from geoapp.districts.actions import set_retention
from geoapp.districts.rules import Kept
from geoapp.edge import KEY
from geoapp.intake.keeping import sweep_old
from geoapp.intake.rules import make_secret
from geoapp.ledger.audit import verify_chain
from geoapp.ledger.chain import Thing
from geoapp.ledger.tables import IdempotencyKey
from geoapp.people.actions import put_person
from geoapp.people.tables import Address, Person
from geoapp.sealing import Sealer
from tests.conftest import NOW
from tests.factories import LAT, LON
from tests.test_signing_in import URL, Visitor
from tests.world import World, tables_that_hold

SOMEBODY = "neighbour@example.org"


@pytest.fixture
def app(connection: Connection) -> Flask:
    """A service on this test's connection."""
    settings = Settings(background_url="", url=URL)
    return create_app(settings, engine=connection, clock=lambda: NOW)


@pytest.fixture
def sealer(app: Flask) -> Sealer:
    """What seals addresses here."""
    found: Sealer = app.extensions[KEY].sealer
    return found


@pytest.fixture
def world(session: Session, sealer: Sealer) -> World:
    """Districts with a desk, and reports."""
    return World(session, sealer)


@pytest.fixture
def code(world: World) -> str:
    """The report everything here is about."""
    return str(world.defects["own"].code)


@pytest.fixture
def visitor(app: Flask, world: World, connection: Connection, tmp_path: Path) -> Visitor:
    """A browser."""
    del world
    return Visitor(app, connection, tmp_path)


def follow(visitor: Visitor, code: str, address: str = SOMEBODY) -> str:
    """Ask to follow; the link of the mail that came."""
    status, where, _ = visitor.send(f"/defects/{code}/follow", email=address)
    assert (status, where) == (303, f"/defects/{code}/follow?sent=1")
    return visitor.link()


def secret_of(link: str) -> str:
    """What a link carries."""
    return link.partition("secret=")[2]


def followers(session: Session) -> int:
    """How many follow anything."""
    return session.scalar(select(func.count()).select_from(DefectFollower)) or 0


# -- Asking and confirming ---------------------------------------------------------------------


def test_following_takes_one_mail_and_one_tap(
    visitor: Visitor, session: Session, code: str
) -> None:
    link = follow(visitor, code)
    assert visitor.client.get(link).status_code == 200
    assert session.scalars(select(DefectFollower.confirmed_at)).one() is None
    visitor.send(f"/defects/{code}/following", secret=secret_of(link))
    session.expire_all()
    assert session.scalars(select(DefectFollower.confirmed_at)).one() == NOW
    assert session.scalars(select(Address.confirmed_at).where(Address.confirmed_at == NOW)).one()


def test_a_reporter_who_confirms_hears_once_who_has_it_and_by_when(
    visitor: Visitor, session: Session, world: World, code: str
) -> None:
    defect = world.defects["own"]
    world.make.defect_event(defect_id=defect.id, at=defect.reported_at)
    link = follow(visitor, code)
    follower = session.scalars(select(DefectFollower)).one()
    for is_reporter, words in ((False, 0), (True, 1), (True, 0)):
        follower.is_reporter = is_reporter
        session.flush()
        before = len(visitor.mails())
        visitor.send(f"/defects/{code}/following", secret=secret_of(link))
        session.expire_all()
        mails = visitor.mails()
        assert len(mails) - before == words
    assert "Your report is on the map." in mails[0]
    assert f"Next move: {world.contractor.name}." in mails[0]


def test_the_confirmation_holds_nobodys_words(
    visitor: Visitor, session: Session, world: World, code: str
) -> None:
    defect = world.defects["own"]
    session.execute(update(Defect).where(Defect.id == defect.id).values(description="Buy my soap"))
    follow(visitor, code)
    mail = visitor.mails()[0]
    assert "soap" not in mail
    assert "secret=" in mail
    assert make_secret("", defect.id, 1) not in mail


def test_an_unconfirmed_address_gets_one_mail_whatever_is_asked_for_it(
    visitor: Visitor, world: World
) -> None:
    for defect in world.defects.values():
        visitor.send(f"/defects/{defect.code}/follow", email=SOMEBODY)
    visitor.send("/sign-in", email=SOMEBODY)
    assert len(visitor.mails()) == 1


def test_the_answer_does_not_tell_who_follows(visitor: Visitor, code: str) -> None:
    first = visitor.send(f"/defects/{code}/follow", email=SOMEBODY)
    again = visitor.send(f"/defects/{code}/follow", email=SOMEBODY)
    assert first == again


def test_stopping_takes_the_address_away(visitor: Visitor, session: Session, code: str) -> None:
    before = session.scalar(select(func.count()).select_from(Address))
    link = follow(visitor, code)
    visitor.send(f"/defects/{code}/following", secret=secret_of(link), stop="1")
    assert followers(session) == 0
    assert session.scalar(select(func.count()).select_from(Address)) == before
    assert visitor.client.get(link).status_code == 404


def test_an_address_that_is_needed_elsewhere_stays(
    visitor: Visitor, session: Session, code: str
) -> None:
    link = follow(visitor, code)
    address_id = session.scalars(select(DefectFollower.address_id)).one()
    put_person(session, address_id=address_id, today=NOW.date())
    visitor.send(f"/defects/{code}/following", secret=secret_of(link), stop="1")
    assert session.get(Address, address_id) is not None


def test_a_link_of_one_report_says_nothing_of_another(
    visitor: Visitor, world: World, code: str
) -> None:
    secret = secret_of(follow(visitor, code))
    other = world.defects["other"].code
    assert visitor.client.get(f"/defects/{other}/following?secret={secret}").status_code == 404


def test_what_is_no_address_comes_back_at_its_field(visitor: Visitor, code: str) -> None:
    status, _, page = visitor.send(f"/defects/{code}/follow", email="nope")
    assert status == 400
    assert 'value="nope"' in page
    assert 'aria-invalid="true"' in page


# -- With the report itself --------------------------------------------------------------------


def send_report(visitor: Visitor, **more: Any) -> Any:
    """A report by the API."""
    body = {"lat": LAT, "lon": LON, "category": "broken", **more}
    return visitor.client.post("/api/v1/defects", json=body)


def test_a_report_by_the_api_takes_an_address_and_tells_nobody(
    visitor: Visitor, session: Session
) -> None:
    answer = send_report(visitor, email="Reporter@Example.ORG")
    assert answer.status_code == 201
    assert "example" not in answer.get_data(as_text=True).lower().replace("is_example", "")
    follower = session.scalars(select(DefectFollower)).one()
    assert follower.is_reporter
    assert "/following?secret=" in visitor.mails()[0]


def test_a_replay_sends_no_second_mail(visitor: Visitor) -> None:
    body = {"lat": LAT, "lon": LON, "category": "broken", "email": SOMEBODY}
    headers = {"Idempotency-Key": "12345678-aaaa"}
    statuses = [
        visitor.client.post("/api/v1/defects", json=body, headers=headers).status_code
        for _ in range(3)
    ]
    assert statuses == [201, 200, 200]
    assert len(visitor.mails()) == 1


def test_whoever_erases_and_reports_anew_bothers_nobody_more_often(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    for _ in range(4):
        code = send_report(visitor, email=SOMEBODY).json["code"]
        defect = session.scalars(select(Defect).where(Defect.code == code)).one()
        sent = len(visitor.mails())
        visitor.send(f"/defects/{code}/erase", secret=own_secret(app, defect))
    assert sent == 1


def test_a_wrong_address_is_refused_with_its_field(visitor: Visitor) -> None:
    answer = send_report(visitor, email="nope")
    assert answer.status_code == 400
    assert answer.json["field"] == "email"


def test_the_form_takes_an_address(visitor: Visitor, session: Session) -> None:
    path = f"/report?lat={LAT}&lon={LON}"
    page = visitor.client.get(path).get_data(as_text=True)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    answer = visitor.client.post(
        "/report", data={**hidden, "category": "broken", "email": SOMEBODY}
    )
    assert answer.status_code == 303
    assert followers(session) == 1


# -- Being forgotten ---------------------------------------------------------------------------


def own_secret(app: Flask, defect: Defect) -> str:
    """The reporter's own key."""
    key = app.extensions[KEY].settings.secret
    return make_secret(key, defect.id, defect.secret_version)


def test_a_reporter_erases_themselves_and_the_chain_holds(
    app: Flask, visitor: Visitor, session: Session
) -> None:
    code = send_report(visitor, email=SOMEBODY, description="My own words").json["code"]
    defect = session.scalars(select(Defect).where(Defect.code == code)).one()
    secret = own_secret(app, defect)
    visitor.send(f"/defects/{code}/neighbourhood", secret=secret, other="Our corner")
    assert visitor.client.get(f"/defects/{code}/erase?secret={secret}").status_code == 200
    status, where, _ = visitor.send(f"/defects/{code}/erase", secret=secret, words="1")
    assert (status, where) == (303, f"/defects/{code}")
    session.expire_all()
    assert verify_chain(session, thing=Thing("defect", defect.id)) == []
    assert followers(session) == 0
    assert session.scalars(select(Defect.description).where(Defect.id == defect.id)).one() == ""
    for words in ("My own words", "Our corner"):
        assert tables_that_hold(session, words) == [], words
    # The own link opens nothing any more, and the pin stays.
    again = visitor.client.get(f"/defects/{code}?secret={secret}").get_data(as_text=True)
    assert 'id="receipt"' not in again
    assert visitor.client.get(f"/defects/{code}/erase?secret={secret}").status_code == 404


def test_an_objection_that_quotes_the_words_goes_with_them(
    app: Flask, visitor: Visitor, world: World, session: Session
) -> None:
    defect = world.defects["own"]
    verdict = world.make.moderation_verdict(defect_id=defect.id)
    world.make.moderation_appeal(verdict_id=verdict.id, note="My own words")
    other = world.make.moderation_verdict(defect_id=world.defects["other"].id)
    world.make.moderation_appeal(verdict_id=other.id, note="Somebody else's")
    visitor.send(f"/defects/{defect.code}/erase", secret=own_secret(app, defect), words="1")
    assert tables_that_hold(session, "My own words") == []
    assert tables_that_hold(session, "Somebody else's") == ["moderation_appeal"]


def test_without_the_words_they_stay(app: Flask, visitor: Visitor, session: Session) -> None:
    code = send_report(visitor, description="The seat is loose").json["code"]
    defect = session.scalars(select(Defect).where(Defect.code == code)).one()
    visitor.send(f"/defects/{code}/erase", secret=own_secret(app, defect))
    page = visitor.client.get(f"/defects/{code}").get_data(as_text=True)
    assert "The seat is loose" in page


def test_the_photos_go_with_the_words(
    app: Flask, visitor: Visitor, world: World, session: Session
) -> None:
    defect = world.defects["own"]
    world.make.defect_picture(defect_id=defect.id)
    secret = own_secret(app, defect)
    visitor.send(f"/defects/{defect.code}/erase", secret=secret, words="1")
    assert session.scalar(select(func.count()).select_from(DefectPicture)) == 0


def test_nobody_erases_with_a_wrong_link(visitor: Visitor, code: str) -> None:
    for secret in ("", "x", "a" * 32):
        assert visitor.send(f"/defects/{code}/erase", secret=secret)[0] == 404


# -- What goes by itself -----------------------------------------------------------------------


def test_an_address_goes_when_the_districts_days_after_the_end_are_over(
    visitor: Visitor, session: Session, world: World, code: str
) -> None:
    link = follow(visitor, code)
    visitor.send(f"/defects/{code}/following", secret=secret_of(link))
    defect = world.defects["own"]
    ended_on = NOW.date()
    session.execute(
        update(Defect)
        .where(Defect.id == defect.id)
        .values(work="handled", street="good", turn_since=ended_on)
    )
    last_day = NOW + timedelta(days=world.here.contact_days)
    assert sweep_old(session, now=last_day).followers == 0
    assert sweep_old(session, now=last_day + timedelta(days=1)).followers == 1
    assert followers(session) == 0


def test_while_a_report_is_open_its_followers_stay(
    visitor: Visitor, session: Session, code: str
) -> None:
    link = follow(visitor, code)
    visitor.send(f"/defects/{code}/following", secret=secret_of(link))
    assert sweep_old(session, now=NOW + timedelta(days=3000)).followers == 0


def test_who_never_confirmed_goes_after_the_days_of_links(
    visitor: Visitor, session: Session, code: str
) -> None:
    follow(visitor, code)
    session.execute(update(DefectFollower).values(created_at=NOW))
    set_retention(session, kind=Kept.SIGN_INS, days=3)
    assert sweep_old(session, now=NOW + timedelta(days=3)).followers == 0
    assert sweep_old(session, now=NOW + timedelta(days=4)).followers == 1


def test_an_account_without_a_role_that_stays_away_goes(
    session: Session, world: World, sealer: Sealer
) -> None:
    del sealer
    resident = world.people["resident"].person_id
    manager = world.people["manager of A"].person_id
    days = timedelta(days=731)
    assert sweep_old(session, now=NOW + days).accounts > 0
    assert session.get(Person, resident) is None
    assert session.get(Person, manager) is not None


def test_old_keys_and_links_go(session: Session, world: World) -> None:
    world.make.idempotency_key(created_at=NOW)
    person_id = world.people["manager of A"].person_id
    assert person_id is not None
    open_account_session(session, person_id=person_id, now=NOW)
    swept = sweep_old(session, now=NOW + timedelta(days=60))
    assert swept.keys >= 1
    assert swept.sign_ins >= 1
    assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 0
