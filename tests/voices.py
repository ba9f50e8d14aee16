"""A street: a report, its handler, and people who speak of it.

PYTEST_DONT_REWRITE: this module is imported for its names before pytest meets it as a plugin.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geoapp.defects.actions import EventDraft, lock_defect, take_step
from geoapp.defects.rules import EventKind, Says, State
from geoapp.defects.tables import Defect, DefectEvent
from geoapp.dialogue.rules import VoiceDraft
from geoapp.dialogue.voices import VoiceBy, VoiceReceipt, take_voice
from geoapp.intake.actions import Sender
from geoapp.intake.rules import make_secret
from geoapp.media.store import FileStore
from geoapp.outbox.tables import OutboxMessage
from tests.conftest import NOW, SEALER
from tests.factories import Factory

SERVER_KEY = "for-tests-" * 5


@dataclass
class Street:
    """A report on a bench, and people who speak of it. Each step is a day later."""

    session: Session
    make: Factory
    store: FileStore
    defect: Defect
    now: datetime = NOW

    def work(self, *kinds: EventKind) -> None:
        """The organisation does things."""
        for kind in kinds:
            self.now += timedelta(days=1)
            defect, zone = lock_defect(self.session, defect_id=self.defect.id)
            step = EventDraft(kind, self.now, defect.addressee_id)
            take_step(self.session, defect=defect, step=step, zone=zone)
            self.session.flush()

    def say(self, says: Says, *, code: str = "", **given: Any) -> VoiceReceipt:
        """Somebody says something: `who` is where they are, then `secret`, `note`, `pictures` and
        `key`."""
        self.now += timedelta(days=1)
        who = given.pop("who", "neighbour")
        sender = Sender(who, given.pop("key", None), "nl", SEALER)
        by = VoiceBy(sender, who, SERVER_KEY, given.pop("pictures", ()), self.store)
        draft = VoiceDraft(**{"says": says, "note": "", "heard": None, "secret": "", **given})
        code = code or self.defect.code
        return take_voice(self.session, code=code, draft=draft, by=by, now=self.now)

    @property
    def own(self) -> str:
        """The reporter's own link."""
        return make_secret(SERVER_KEY, self.defect.id, self.defect.secret_version)

    @property
    def state(self) -> State:
        """As the database has it."""
        self.session.flush()
        self.session.refresh(self.defect)
        return State(self.defect.state)

    def kinds(self) -> list[EventKind]:
        """What happened, oldest first."""
        rows = select(DefectEvent.kind).where(DefectEvent.defect_id == self.defect.id)
        return list(self.session.scalars(rows.order_by(DefectEvent.at, DefectEvent.id)))

    def posted(self, kind: str) -> int:
        """How many messages of a kind wait."""
        counted = select(func.count()).where(OutboxMessage.kind == kind)
        return self.session.scalars(counted).one()


@pytest.fixture
def street(session: Session, make: Factory, tmp_path: Path) -> Street:
    """A report nobody has answered yet."""
    make.organisation(is_desk=True)
    defect = make.defect()
    return Street(session, make, FileStore(tmp_path), defect)
