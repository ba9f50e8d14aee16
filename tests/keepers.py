"""A court that platform A keeps and the district watches over, and whoever acts on it by page.

PYTEST_DONT_REWRITE: this module is imported for its names before pytest meets it as a plugin.
"""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.assets.rules import Kind
from geoapp.assets.tables import Asset
from geoapp.inspections.rules import CaseState
from geoapp.inspections.tables import Inspection, RemovalCase
from tests.desks import Clock, Desk, token_of

ITEMS = [
    {
        "code": "firm",
        "question": {"en": "Does it stand firm?", "nl": "Staat het vast?"},
        "is_safety": True,
        "category": "unsafe",
    },
    {
        "code": "clean",
        "question": {"en": "Is it clean?", "nl": "Is het schoon?"},
        "is_safety": False,
        "category": "dirty",
    },
]
RIGHT = {"answer-firm": "yes", "answer-clean": "yes"}
WRONG = {"answer-firm": "no", "answer-clean": "not_there"}
# Whom the district writes down as the other side, and the district for a keeper.
KEEPER, DISTRICT = "org-a", "desk"


@dataclass
class Keepers:
    """Acts on the court as somebody of the world."""

    desk: Desk
    court: Asset

    def send(self, name: str, where: str = "inspect", **fields: Any) -> tuple[int, str]:
        """Send a form with a token of theirs; status, and where it leads or what is shown."""
        client = self.desk.browser(name)
        page = where.partition("/")[0]
        token = token_of(client.get("/account").text)
        data = {"csrf_token": token, **({"list": "1"} if page == "inspect" else {}), **fields}
        answer = client.post(f"/assets/{self.court.code}/{where}", data=data)
        return answer.status_code, answer.headers.get("Location", answer.text)

    def read(self, name: str, where: str = "") -> str:
        """A page's words in English, as a person reads them."""
        client = self.desk.browser(name)
        text = client.get(f"/assets/{self.court.code}{where}").text
        return " ".join(re.sub("<[^>]+>", " ", text).split())

    def look_together(self, **answers: str) -> tuple[int, str]:
        """The keeper writes down what both saw, and an officer confirms it."""
        assert self.send("manager of A", together=DISTRICT, **answers)[0] == 303
        return self.confirm("officer here")

    def confirm(self, name: str) -> tuple[int, str]:
        """Say that one was there at the newest look."""
        return self.send(name, "inspect/confirm", number=str(self.looks()[-1].number))

    def looks(self) -> list[Inspection]:
        """Every look at the court."""
        session = self.desk.world.session
        session.expire_all()
        own = select(Inspection).where(Inspection.asset_id == self.court.id)
        return list(session.scalars(own.order_by(Inspection.number)))

    def cases(self) -> list[CaseState]:
        """Where each of its warnings stands."""
        session = self.desk.world.session
        session.expire_all()
        own = select(RemovalCase).where(RemovalCase.asset_id == self.court.id)
        return [case.state for case in session.scalars(own.order_by(RemovalCase.id))]


@pytest.fixture
def keepers(session: Session, desk: Desk, clock: Clock) -> Keepers:
    """The court that platform A opens, with a list of two questions."""
    world = desk.world
    court = world.assets["kept by A"][0]
    here = {"district_id": world.here.id, "kind": Kind.SPORT_COURT}
    world.make.checklist(**here, items=ITEMS, starts_on=clock.now.date().replace(month=1))
    session.flush()
    return Keepers(desk, court)
