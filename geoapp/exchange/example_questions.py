"""Example questions of platforms, what the mediating team does about them, and what residents said
this week."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.defects.rules import EventKind as DefectEventKind
from geoapp.defects.rules import State as DefectState
from geoapp.defects.tables import Defect, DefectEvent
from geoapp.districts.queries import Place
from geoapp.errors import Invalid
from geoapp.people.tables import Organisation
from geoapp.platforms.queries import get_platform, within_platform
from geoapp.questions.actions import (
    By,
    ask_question,
    bring_before_team,
    make_example_by,
    note_step,
    take_act,
)
from geoapp.questions.queries import get_case, get_question
from geoapp.questions.rules import (
    EventKind,
    ThingKind,
    check_act,
    check_question,
    check_step,
    check_why,
)


@dataclass
class ExampleQuestions:
    """Writes what the file tells, as it would have happened: each act by the rules of its day."""

    session: Session
    place: Place
    now: datetime

    def load(self, rows: dict[str, list[dict[str, Any]]]) -> None:
        """Write what residents said this week, the questions, and what was brought before the team.

        Raises:
            Invalid: the file names what the district does not have.
        """
        for row in rows["said_no"]:
            self._say_no(row)
        asked = [self._ask(row) for row in rows["questions"]]
        for row in rows["mediations"]:
            self._bring(row, asked[row["question"]])
        self.session.flush()

    def _ask(self, row: dict[str, Any]) -> str:
        """A question with its acts; its code."""
        platform = get_platform(self.session, slug=row["platform"])
        code = ask_question(
            self.session,
            platform=platform,
            organisation_id=self._organisation(row["to"]).id,
            draft=check_question(row["theme"], row["words"]),
            by=self._by(platform.organisation_id, row["days_ago"]),
        ).code
        for act in row["acts"]:
            by = self._by(self._organisation(act["by"]).id, act["days_ago"])
            due_on = (by.today + timedelta(days=act.get("in_days", 0))).isoformat()
            draft = check_act(EventKind(act["kind"]), {**act, "due_on": due_on}, today=by.today)
            take_act(self.session, question=get_question(self.session, code=code), act=draft, by=by)
        return code

    def _bring(self, row: dict[str, Any], code: str) -> None:
        platform = get_platform(self.session, slug=row["platform"])
        case = bring_before_team(
            self.session,
            platform=platform,
            thing=(ThingKind.QUESTION, code),
            why=check_why(row["why"]),
            by=self._by(platform.organisation_id, row["days_ago"]),
        )
        for step in row["steps"]:
            by = self._by(platform.organisation_id, step["days_ago"])
            draft = check_step(step, today=by.today)
            note_step(self.session, case=get_case(self.session, code=case.code), draft=draft, by=by)

    def _say_no(self, row: dict[str, Any]) -> None:
        """Residents say again, this week, that the oldest report of a platform's area that was
        called done is still not right: that changes nothing of it, and is news."""
        platform = get_platform(self.session, slug=row["platform"])
        denied = (
            select(Defect.id)
            .where(
                Defect.is_example,
                Defect.state == DefectState.DISPUTED.value,
                Defect.handlings > 0,
                within_platform(Defect.point, platform.id),
            )
            .order_by(Defect.reported_at, Defect.id)
            .limit(1)
        )
        for defect_id in self.session.scalars(denied).all():
            for days in row["days_ago"]:
                self.session.add(
                    DefectEvent(
                        defect_id=defect_id,
                        kind=DefectEventKind.SAID_NOT_GOOD,
                        at=self.now - timedelta(days=days),
                        is_example=True,
                    )
                )

    def _by(self, organisation_id: uuid.UUID, days_ago: int) -> By:
        zone = ZoneInfo(self.place.time_zone)
        on_day = self.now.astimezone(zone).date() - timedelta(days=days_ago)
        return make_example_by(
            self.session,
            district_id=self.place.id,
            organisation_id=organisation_id,
            on_day=on_day,
        )

    def _organisation(self, slug: str) -> Organisation:
        found = self.session.scalar(
            select(Organisation).where(
                Organisation.district_id == self.place.id, Organisation.slug == slug
            )
        )
        if found is None:
            raise Invalid("The examples name {name}, which is not there.", name=slug)
        return found
