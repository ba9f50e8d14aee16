"""Signing in by mail, the second factor, sessions that rotate and end, tokens, leaving."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, event, func, select
from sqlalchemy.orm import Session

from geoapp.accounts.actions import (
    Invitation,
    begin_factor,
    demote_person,
    invite_person,
    reset_factor,
    use_link,
)
from geoapp.accounts.rules import (
    SESSION_LASTS,
    find_step,
    make_code,
    make_link_secret,
    read_link_secret,
    read_next,
)
from geoapp.accounts.tables import AccountSession, SecondFactor, SignInLink
from geoapp.app import create_app
from geoapp.config import Settings
from geoapp.db.session import transaction
from geoapp.edge import KEY
from geoapp.errors import Conflict
from geoapp.ledger.audit import list_doings
from geoapp.outbox.mails import FolderMailer, list_caught
from geoapp.outbox.worker import run_once
from geoapp.people.actions import give_role, keep_address, put_person
from geoapp.people.queries import find_person
from geoapp.people.rules import MembershipDraft, Role
from geoapp.people.tables import Address, Person
from geoapp.sealing import Sealer
from geoapp.web.mails import make_handlers
from tests.conftest import NOW
from tests.world import World, tables_that_hold

URL = "http://map.example.org"
TLS = "https://map.example.org"
SOMEBODY = "somebody@example.org"


class Clock:
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """What time it is."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Stands at the suite's moment."""
    return Clock()


@pytest.fixture
def app(connection: Connection, clock: Clock) -> Flask:
    """A service on this test's connection."""
    settings = Settings(background_url="", url=URL)
    return create_app(settings, engine=connection, clock=clock)


@pytest.fixture
def sealer(app: Flask) -> Sealer:
    """What seals addresses here."""
    found: Sealer = app.extensions[KEY].sealer
    return found


@pytest.fixture
def world(session: Session, sealer: Sealer) -> World:
    """Everybody, and something of each kind."""
    made = World(session, sealer)
    session.flush()
    return made


class Visitor:
    """A browser: fills forms in as they stand, and reads the mail of a folder."""

    def __init__(self, app: Flask, connection: Connection, folder: Path) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.client.set_cookie("lang", "en")
        self.connection = connection
        self.folder = folder

    def token(self, path: str = "/sign-in") -> str:
        """The token of this browser's forms."""
        page = self.client.get(path, follow_redirects=True).get_data(as_text=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found, page[:400]
        return found[1]

    def send(self, path: str, **values: str) -> tuple[int, str, str]:
        """Post a form; status, where to, and the page."""
        answer = self.client.post(path, data={"csrf_token": self.token(), **values})
        return answer.status_code, answer.headers.get("Location", ""), answer.get_data(as_text=True)

    def mails(self) -> list[str]:
        """The texts of what the worker has sent by now, the newest first."""
        clock = self.app.extensions[KEY].clock
        handlers = make_handlers(self.app, FolderMailer(self.folder, sender="map@example.org"))
        run_once(self.connection, handlers, clock=clock)
        return [mail.text for mail in list_caught(self.folder, limit=100)]

    def link(self) -> str:
        """The path of the newest mail's link."""
        found = re.search(re.escape(URL) + r"(\S+)", self.mails()[0])
        assert found
        return found[1]

    def sign_in(self, address: str) -> tuple[int, str, str]:
        """All the way, by mail."""
        assert self.send("/sign-in", email=address)[0] == 303
        return self.use(self.link())

    def use(self, link: str) -> tuple[int, str, str]:
        """Open a mail's link and press its button."""
        page = self.client.get(link)
        assert page.status_code == 200, page.get_data(as_text=True)[:300]
        secret = urlsplit(link).query.removeprefix("secret=")
        return self.send("/sign-in/link", secret=secret)


@pytest.fixture
def visitor(app: Flask, world: World, connection: Connection, tmp_path: Path) -> Visitor:
    """A browser that has not signed in."""
    # Whom the tests sign in as, and those whose accounts an answer could give away.
    world.people.make_all()
    return Visitor(app, connection, tmp_path)


# -- By mail -----------------------------------------------------------------------------------


def test_a_link_in_a_mail_signs_in(visitor: Visitor) -> None:
    status, where, _ = visitor.sign_in(SOMEBODY)
    assert (status, where) == (303, "/account")
    page = visitor.client.get("/account")
    assert page.status_code == 200
    assert SOMEBODY in page.get_data(as_text=True)


def test_opening_the_link_as_a_mail_scanner_does_changes_nothing(
    visitor: Visitor, session: Session
) -> None:
    visitor.send("/sign-in", email=SOMEBODY)
    link = visitor.link()
    count = select(func.count()).select_from(AccountSession)
    before = session.scalar(count)
    for _ in range(3):
        assert visitor.client.get(link).status_code == 200
        assert visitor.client.head(link).status_code == 200
    assert session.scalar(count) == before
    assert visitor.client.get("/account").status_code == 401
    assert visitor.use(link)[0] == 303


def test_a_link_works_once(visitor: Visitor) -> None:
    visitor.send("/sign-in", email=SOMEBODY)
    link = visitor.link()
    assert visitor.use(link)[0] == 303
    secret = urlsplit(link).query.removeprefix("secret=")
    status, _, page = visitor.send("/sign-in/link", secret=secret)
    assert status == 409
    assert "Ask for a new one" in page
    assert visitor.client.get(link).status_code == 409


def test_a_link_works_for_an_hour(visitor: Visitor, clock: Clock) -> None:
    visitor.send("/sign-in", email=SOMEBODY)
    link = visitor.link()
    clock.now += timedelta(minutes=60)
    assert visitor.client.get(link).status_code == 409


def test_of_two_who_press_at_once_one_signs_in(engine: Engine, sealer: Sealer) -> None:
    with transaction(engine) as session:
        address_id = keep_address(session, sealer=sealer, address="twice@example.org", language="")
        link = SignInLink(address_id=address_id, expires_at=NOW + timedelta(hours=1))
        session.add(link)
        session.flush()
        link_id = link.id
    came: list[str] = []

    def press() -> None:
        try:
            with transaction(engine) as own:
                use_link(own, link_id=link_id, now=NOW)
            came.append("in")
        except Conflict:
            came.append("refused")

    threads = [Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction(engine) as session:
        session.query(Person).filter_by(address_id=address_id).delete()
        session.query(Address).filter_by(id=address_id).delete()
    assert sorted(came) == ["in"] + ["refused"] * 7


def test_an_altered_link_is_none(sealer: Sealer) -> None:
    link_id = uuid4()
    secret = make_link_secret(sealer, link_id)
    assert read_link_secret(sealer, secret) == link_id
    for wrong in ("", ".", secret[:-1], secret + "A", secret.swapcase(), link_id.hex + "."):
        assert read_link_secret(sealer, wrong) is None
    assert read_link_secret(Sealer("another secret, as long as this"), secret) is None


@pytest.mark.parametrize(
    "address",
    [
        *("", "no", "a@b", "@example.org", "two@one@example.org", "a b@example.org"),
        *("a..b@example.org", ".a@example.org", "a.@example.org", "=?utf-8?q?a?=@example.org"),
    ],
)
def test_what_is_no_address_is_said_to_be_none(visitor: Visitor, address: str) -> None:
    status, _, page = visitor.send("/sign-in", email=address)
    assert status == 400
    assert "name@example.org" in page


def test_the_answer_does_not_tell_who_has_an_account(visitor: Visitor) -> None:
    known = visitor.send("/sign-in", email="manager-of-A@example.org")
    unknown = visitor.send("/sign-in", email="nobody-here@example.org")
    assert known == unknown


def test_an_unconfirmed_address_gets_one_mail_an_hour_and_another_three(
    visitor: Visitor, clock: Clock
) -> None:
    for _ in range(4):
        visitor.send("/sign-in", email=SOMEBODY)
    assert len(visitor.mails()) == 1
    visitor.use(visitor.link())
    clock.now += timedelta(hours=1)
    other = Visitor(visitor.app, visitor.connection, visitor.folder)
    for _ in range(6):
        other.send("/sign-in", email=SOMEBODY)
    assert len(other.mails()) == 1 + 3


def test_one_mailbox_is_one_however_its_address_is_written(visitor: Visitor) -> None:
    for name in ("somebody", "Somebody", "SOMEBODY+a", "somebody+b", "somebody+a+b"):
        assert visitor.send("/sign-in", email=f"{name}@Example.org")[0] == 303
    assert len(visitor.mails()) == 1


def test_one_sender_cannot_have_many_bothered(visitor: Visitor) -> None:
    statuses = [visitor.send("/sign-in", email=f"n{n}@example.org")[0] for n in range(22)]
    assert statuses == [303] * 20 + [429] * 2


def test_the_mail_names_the_address_of_the_settings_not_of_the_browser(visitor: Visitor) -> None:
    visitor.client.post(
        "/sign-in",
        data={"csrf_token": visitor.token(), "email": SOMEBODY},
        headers={"Host": "localhost"},
    )
    assert URL + "/sign-in/link?secret=" in visitor.mails()[0]


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/\\evil", "https://evil.example", "evil", "/a\nb", "/" + "a" * 600, "/é"],
)
def test_signing_in_never_leads_away(path: str) -> None:
    assert read_next(path) == ""


def test_signing_in_goes_on_to_where_one_was_going(visitor: Visitor) -> None:
    page = visitor.client.get("/platforms/platform-a/edit")
    assert page.status_code == 401
    assert "/sign-in?next=/platforms/platform-a/edit" in page.get_data(as_text=True)
    visitor.send("/sign-in", email=SOMEBODY, next="/platforms/platform-a/edit")
    assert visitor.use(visitor.link())[1] == "/platforms/platform-a/edit"


# -- Sessions ----------------------------------------------------------------------------------


def test_signing_in_makes_a_new_session_and_ends_the_one_before(visitor: Visitor) -> None:
    visitor.sign_in(SOMEBODY)
    first = visitor.client.get_cookie("session")
    other = Visitor(visitor.app, visitor.connection, visitor.folder)
    assert first is not None
    other.client.set_cookie("session", first.value)
    visitor.send("/sign-in", email="second@example.org")
    visitor.use(visitor.link())
    assert other.client.get("/account").status_code == 401


def test_over_tls_no_other_host_of_the_domain_can_set_the_cookie_of_forms(
    app: Flask, world: World
) -> None:
    del world
    stranger, client = app.test_client(), app.test_client()
    page = stranger.get("/sign-in", base_url=TLS)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    name, _, rest = page.headers["Set-Cookie"].partition("=")
    assert token
    assert name == "__Host-form"
    assert "Secure; HttpOnly; Path=/; SameSite=Strict" in rest
    # What a neighbouring host may set, with the value of its own visit.
    client.set_cookie("form", rest.partition(";")[0], domain="map.example.org")
    answer = client.post("/sign-in", base_url=TLS, data={"csrf_token": token[1], "email": SOMEBODY})
    assert answer.status_code == 400


def test_a_demoted_persons_next_click_is_refused(
    app: Flask, world: World, session: Session
) -> None:
    officer = world.people["manager of A"]
    client = app.test_client()
    officer.enter(client)
    assert client.get("/platforms/platform-a/edit").status_code == 200
    assert officer.person_id is not None
    demote_person(session, person_id=officer.person_id, role=None, now=NOW)
    assert client.get("/platforms/platform-a/edit").status_code == 401


def test_a_new_role_makes_a_new_key_at_the_next_click(
    app: Flask, world: World, session: Session, sealer: Sealer
) -> None:
    resident = world.people["resident"]
    client = app.test_client()
    resident.enter(client)
    role = MembershipDraft(
        Role.PLATFORM_MEMBER, world.here.id, world.org_a.id, valid_from=NOW.date()
    )
    invitation = Invitation("resident@example.org", "", "en", role)
    invite_person(session, sealer=sealer, invitation=invitation, now=NOW)
    assert client.get("/platforms/platform-a/history").status_code == 200
    cookie = client.get_cookie("session")
    assert cookie is not None
    assert cookie.value != resident.key
    before = app.test_client()
    resident.enter(before)
    assert before.get("/account").status_code == 401


def test_of_two_clicks_at_once_the_second_takes_nothing_back(
    app: Flask, world: World, connection: Connection
) -> None:
    resident = world.people["resident"]
    assert resident.person_id is not None
    role = MembershipDraft(
        Role.PLATFORM_MEMBER, world.here.id, world.org_a.id, valid_from=NOW.date()
    )
    give_role(world.session, person_id=resident.person_id, draft=role)
    client = app.test_client()
    resident.enter(client)

    @event.listens_for(connection, "before_cursor_execute")
    def be_first(_conn: object, cursor: Any, statement: str, *_rest: object) -> None:
        if statement.startswith("UPDATE account_session"):
            cursor.execute("UPDATE account_session SET digest = sha256(digest)")

    answer = client.get("/platforms/platform-a/history")
    assert answer.status_code == 200
    assert not [cookie for cookie in answer.headers.getlist("Set-Cookie") if "session=" in cookie]


def test_signing_out_ends_the_session_in_the_database(app: Flask, world: World) -> None:
    resident = world.people["resident"]
    client = app.test_client()
    resident.enter(client)
    page = client.get("/account").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    assert client.post("/sign-out", data={"csrf_token": token[1]}).status_code == 303
    assert client.get_cookie("session") is None
    resident.enter(client)
    assert client.get("/account").status_code == 401


def test_a_session_is_over_after_its_days(app: Flask, world: World, clock: Clock) -> None:
    client = app.test_client()
    world.people["resident"].enter(client)
    clock.now += SESSION_LASTS
    assert client.get("/account").status_code == 401


def test_what_is_for_somebody_alone_is_kept_by_nobody(app: Flask, world: World) -> None:
    client = app.test_client()
    world.people["manager of A"].enter(client)
    for path in ("/account", "/platforms/platform-a/edit", "/platforms/platform-a/history"):
        assert client.get(path).headers["Cache-Control"] == "no-store", path


def test_a_public_page_is_the_same_for_whoever_asks(app: Flask, world: World) -> None:
    def see(name: str) -> str:
        client = app.test_client()
        world.people[name].enter(client)
        page = client.get("/platforms/platform-a").get_data(as_text=True)
        return re.sub(r'nonce="[^"]+"', "", page)

    assert see("anonymous") == see("manager of A") == see("administrator")


def test_an_api_looks_at_no_cookie(app: Flask, world: World) -> None:
    client = app.test_client()
    world.people["manager of A"].enter(client)
    answer = client.patch("/api/v1/platforms/platform-a", json={"about": "by cookie"})
    assert answer.status_code == 401


# -- The second factor -------------------------------------------------------------------------


def secret_of(session: Session, sealer: Sealer, address: str) -> bytes:
    """What the phone of this person holds."""
    person = find_person(session, sealer=sealer, address=address)
    assert person is not None
    session.expire_all()
    return bytes.fromhex(sealer.unseal(session.get_one(SecondFactor, person.id).sealed))


def test_a_moderator_sets_up_a_phone_before_anything_else(
    visitor: Visitor, session: Session, sealer: Sealer, clock: Clock
) -> None:
    address = "moderator-without-a-code@example.org"
    visitor.send("/sign-in", email=address)
    assert visitor.use(visitor.link())[1] == "/sign-in/code"
    assert "<svg" in visitor.client.get("/sign-in/code").get_data(as_text=True)
    assert visitor.send("/sign-in/code", code="000000")[0] == 400
    code = make_code(secret_of(session, sealer, address), at=NOW)
    before = visitor.client.get_cookie("session")
    status, _, page = visitor.send("/sign-in/code", code=code)
    assert status == 200
    codes = re.findall(r">([0-9a-z]{5}-[0-9a-z]{5})<", page)
    assert len(set(codes)) == 10
    assert visitor.client.get_cookie("session") != before
    person = find_person(session, sealer=sealer, address=address)
    assert person is not None
    done = list_doings(session, person_id=person.id, limit=9)
    assert [one.action for one in done] == ["confirm_factor"]
    # The phone's code served once; a recovery code does so as well.
    clock.now += timedelta(hours=13)
    assert visitor.send("/sign-in/code", code=code)[0] == 400
    assert visitor.send("/sign-in/code", code=codes[0].upper())[0] == 303
    assert visitor.send("/sign-in/code", code=codes[0])[0] == 400


def test_of_pages_that_begin_at_once_all_show_one_secret(engine: Engine, sealer: Sealer) -> None:
    with transaction(engine) as session:
        address_id = keep_address(session, sealer=sealer, address="begin@example.org", language="")
        person_id = put_person(session, address_id=address_id, today=NOW.date()).id
    shown: list[bytes] = []
    start = Barrier(4)

    def begin() -> None:
        with transaction(engine) as own:
            start.wait()
            shown.append(begin_factor(own, person_id=person_id, sealer=sealer))

    threads = [Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction(engine) as session:
        session.query(Person).filter_by(id=person_id).delete()
        session.query(Address).filter_by(id=address_id).delete()
    assert len(shown) == 4
    assert len(set(shown)) == 1


def test_guessing_codes_is_stopped(visitor: Visitor) -> None:
    visitor.send("/sign-in", email="moderator-without-a-code@example.org")
    visitor.use(visitor.link())
    statuses = [visitor.send("/sign-in/code", code=f"{n:06}")[0] for n in range(10)]
    assert statuses == [400] * 8 + [429] * 2


def test_a_code_serves_in_its_half_minute_and_its_neighbours_and_once() -> None:
    secret = b"12345678901234567890"
    code = make_code(secret, at=NOW)
    step = int(NOW.timestamp()) // 30
    for seconds, wanted in ((-60, None), (-30, step), (0, step), (30, step), (60, None)):
        at = NOW + timedelta(seconds=seconds)
        assert find_step(secret, code, now=at, after=0) == wanted, seconds
    assert find_step(secret, code, now=NOW, after=step) is None
    assert find_step(secret, "12345", now=NOW, after=0) is None


def test_the_codes_are_those_of_the_standard() -> None:
    # RFC 6238, appendix B, its six last digits.
    at = datetime.fromisoformat("2005-03-18T01:58:29+00:00")
    assert make_code(b"12345678901234567890", at=at) == "081804"


def test_a_lost_phone_is_taken_away_by_command(
    visitor: Visitor, session: Session, sealer: Sealer
) -> None:
    address = "moderator-without-a-code@example.org"
    visitor.send("/sign-in", email=address)
    visitor.use(visitor.link())
    visitor.client.get("/sign-in/code")
    person = find_person(session, sealer=sealer, address=address)
    assert person is not None
    reset_factor(session, person_id=person.id, now=NOW)
    assert session.scalar(select(SecondFactor).where(SecondFactor.person_id == person.id)) is None


# -- Tokens ------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_acts_within_its_scope(app: Flask, world: World) -> None:
    client = app.test_client()
    world.people["manager of A"].enter(client)
    page = client.get("/account").get_data(as_text=True)
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert csrf
    form = {
        "csrf_token": csrf[1],
        "name": "sync",
        "scopes": "edit_platform",
        "expires_on": "2026-12-31",
    }
    made = client.post("/account/tokens", data=form).get_data(as_text=True)
    key = re.search(r'class="num token" dir="ltr">([^<]+)<', made)
    assert key
    assert key[1] not in client.get("/account").get_data(as_text=True)
    machine = app.test_client()
    headers = {"Authorization": f"Bearer {key[1]}"}
    etag = machine.get("/api/v1/platforms/platform-a").headers["ETag"]
    asked = {"headers": {**headers, "If-Match": etag}, "json": {"about": "by a machine"}}
    assert machine.patch("/api/v1/platforms/platform-a", **asked).status_code == 200
    assert machine.patch("/api/v1/platforms/platform-b", **asked).status_code == 403
    # A page takes no token.
    assert machine.get("/account", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("scopes", "moderate"), ("expires_on", "2030-01-01"), ("expires_on", "soon")],
)
def test_a_token_that_cannot_be_is_refused_and_says_why(
    app: Flask, world: World, field: str, value: str
) -> None:
    client = app.test_client()
    world.people["manager of A"].enter(client)
    page = client.get("/account").get_data(as_text=True)
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert csrf
    form = {"name": "sync", "scopes": "edit_platform", "expires_on": "2026-12-31", field: value}
    answer = client.post("/account/tokens", data={"csrf_token": csrf[1], **form})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.get_data(as_text=True)


# -- Leaving -----------------------------------------------------------------------------------


def test_whoever_leaves_is_in_no_table_any_more(app: Flask, world: World, session: Session) -> None:
    manager = world.people["manager of A"]
    client = app.test_client()
    manager.enter(client)
    page = client.get("/account").get_data(as_text=True)
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert csrf
    token = {"csrf_token": csrf[1]}
    client.post(
        "/platforms/platform-a/edit",
        data={**token, "about": "New words", "meets": "", "version": "1"},
    )
    assert client.post("/account/erase", data=token).status_code == 303
    session.expire_all()
    assert tables_that_hold(session, str(manager.person_id)) == []
    reader = world.people["member of A"]
    reader.enter(client)
    history = client.get("/platforms/platform-a/history").get_data(as_text=True)
    assert "New words" in history
    assert "Somebody who has left" in history
