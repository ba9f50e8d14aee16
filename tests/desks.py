"""A desk: whoever acts in the world of tests, by page, by machine and by the link of a mail.

PYTEST_DONT_REWRITE: this module is imported for its names before pytest meets it as a plugin.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from geoapp.app import create_app
from geoapp.assets.tables import Asset
from geoapp.config import Settings
from geoapp.defects.rules import Says, State
from geoapp.dialogue.jobs import make_jobs
from geoapp.dialogue.rules import VoiceDraft
from geoapp.dialogue.voices import VoiceBy, take_voice
from geoapp.edge import KEY
from geoapp.intake.actions import Sender
from geoapp.outbox.mails import FolderMailer, list_caught
from geoapp.outbox.worker import run_once
from geoapp.people.tables import Contact
from geoapp.web.mails import make_handlers
from tests.conftest import NOW
from tests.world import World

REFUSAL = {
    "note": "Dit doen we niet",
    "possible": "Met geld van het stadsdeel",
    "interests": "De speelwaarde en de kosten",
    "decided_by": "De gebiedsmanager",
    "visited_on": "2026-11-20",
}


class Clock:
    """Says what time it is."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Today, until a test moves on."""
    return Clock()


@pytest.fixture
def app(connection: Connection, clock: Clock, tmp_path: Path) -> Flask:
    """A service that sees what this test's session has made, and knows its address."""
    settings = Settings(
        background_url="", media_dir=tmp_path / "media", url="https://kaart.example"
    )
    return create_app(settings, engine=connection, clock=clock)


@pytest.fixture
def world(session: Session, app: Flask) -> World:
    """Everybody, and a report to each."""
    return World(session, app.extensions[KEY].sealer)


@dataclass
class Desk:
    """A browser or a machine of somebody."""

    app: Flask
    world: World

    def browser(self, name: str) -> FlaskClient:
        """Signed in as somebody."""
        client = self.app.test_client()
        self.world.people[name].enter(client)
        return client

    def act(self, name: str, code: str, **values: object) -> tuple[int, dict[str, Any]]:
        """By the API, with somebody's token."""
        answer = self.app.test_client().post(
            f"/api/v1/defects/{code}/actions", json=values, headers=self.world.people[name].headers
        )
        return answer.status_code, answer.get_json()

    def state(self, name: str) -> State:
        """Of one of the world's reports."""
        defect = self.world.defects[name]
        self.world.session.refresh(defect)
        return State(defect.state)


@pytest.fixture
def desk(app: Flask, world: World) -> Desk:
    """Whoever acts in that world."""
    return Desk(app, world)


@pytest.fixture
def enter(desk: Desk) -> Callable[[str], FlaskClient]:
    """A browser in which somebody has signed in."""
    return desk.browser


@pytest.fixture
def court(world: World) -> Asset:
    """A court that platform A opens and B cleans; nobody repairs it, and nobody owns it."""
    return world.assets["kept by A"][0]


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None, page[:300]
    return found[1]


def post(client: FlaskClient, path: str, **values: Any) -> Any:
    """Send a form of the page at `path`."""
    page = client.get(path).get_data(as_text=True)
    address = path.partition("?")[0]
    return client.post(address, data={"csrf_token": token_of(page), **values})


@dataclass
class Post:
    """The worker, and the mails it has sent."""

    app: Flask
    connection: Connection
    folder: Path
    clock: Clock

    def deliver(self) -> list[Any]:
        """Send what waits, and all mails so far, oldest first."""
        mails = make_handlers(self.app, FolderMailer(self.folder, sender="map@example.org"))
        run_once(self.connection, mails | make_jobs(self.clock), clock=self.clock)
        return list(reversed(list_caught(self.folder, limit=99)))


@pytest.fixture
def mails(app: Flask, connection: Connection, clock: Clock, tmp_path: Path) -> Post:
    """A worker on this test's database."""
    return Post(app, connection, tmp_path / "mails", clock)


@pytest.fixture
def contact(world: World) -> Contact:
    """Somebody of the contractor answers for everything here."""
    row = world.make.contact(
        district_id=world.here.id,
        organisation_id=world.contractor.id,
        person_id=world.people["maintainer"].person_id,
    )
    world.make.contact_scope(contact_id=row.id)
    world.session.flush()
    return row


def call_link(mail: Any) -> str:
    found = re.search(r"https://kaart\.example(/defects/[A-Z0-9-]+/call\?\S+)", mail.text)
    assert found is not None, mail.text
    return found[1]


def voice(desk: Desk, report: str, *, says: str, who: str = "one", note: str = "") -> None:
    """A neighbour says something, straight in the room that hears it."""

    wiring = desk.app.extensions[KEY]
    by = VoiceBy(Sender(who, None, "nl", wiring.sealer), who, "key", (), wiring.store)
    draft = VoiceDraft(says=Says(says), note=note, heard=None, secret="")
    take_voice(
        desk.world.session,
        code=desk.world.defects[report].code,
        draft=draft,
        by=by,
        now=wiring.clock(),
    )
