"""Nobody makes volunteers play government (P9): few inputs a step, few minutes a month.

Counted in the pages as they are rendered for an example platform of each district.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from geoapp.accounts.actions import open_account_session
from geoapp.app import create_app
from geoapp.assets.tables import Asset, MaintenanceDuty
from geoapp.budgets.tables import BudgetLine
from geoapp.config import Settings
from geoapp.edge import KEY
from geoapp.people.actions import give_role, keep_address, put_person
from geoapp.people.rules import MembershipDraft, Permission, Role
from geoapp.plans.rules import State
from geoapp.plans.tables import PlanItem
from geoapp.platforms.tables import Platform
from geoapp.questions.tables import Question
from tests.conftest import NOW
from tests.factories import Factory

MOST_INPUTS = 7
MOST_MINUTES_A_MONTH = 30
# How long it takes to find the page and read it; and what each sort of input takes, in seconds.
READ_S, SEND_S = 10, 3
TAKES_S = {"choice": 4, "select": 6, "line": 12, "words": 45, "file": 20}
# What the people of a platform do, beside what every resident does.
OF_PLATFORMS = {
    Permission.WORK_ON_PLAN,
    Permission.EDIT_PLATFORM,
    Permission.LOOK_AFTER_ASSET,
    Permission.MANAGE_ASSET,
    Permission.KEEP_HOURS,
    Permission.GIVE_CONSENT,
    Permission.REMOVE_ASSET,
    Permission.CLAIM_AREA,
    Permission.CONFIRM_SPENDING,
    Permission.SPEAK_ON_PLAN,
    Permission.CHECK_DEFECT,
}
PLATFORMS = {"zuidoost": "voorbeeldplatform-3", "lakeside": "lakeside-platform-1"}
# A year of a platform that keeps eight cabinets and makes three plans: each duty, how often, and
# the pages it passes.
YEAR: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("copy the week for the group chat", 52, ("/platforms/{platform}/week",)),
    ("print the sheet for the talk", 12, ("/platforms/{platform}/plan",)),
    ("say that a thing still stands", 8 * 12, ("/assets/{asset}",)),
    ("inspect a thing by the list", 8 * 2, ("/assets/{asset}/inspect",)),
    ("close for a day", 6, ("/assets/{asset}/hours",)),
    (
        "make a plan",
        3,
        ("/platforms/{platform}/plan/new", "/plans/{plan}/what", "/plans/{plan}/who"),
    ),
    ("ask for money", 3, ("/plans/{plan}/work",)),
    ("record what was spent", 6, ("/plans/{granted}/spend",)),
    ("confirm what another spent", 6, ("/plans/{granted}",)),
    ("say that a plan stands there", 2, ("/plans/{granted}/realise",)),
    ("ask the district", 4, ("/platforms/{platform}/questions/new",)),
    ("say what an answer was worth", 4, ("/questions/{question}/asker",)),
    ("ask the mediating team", 2, ("/mediations/new",)),
    (
        "tell who we are, by one criterion",
        10,
        ("/platforms/{platform}/recognition/edit/{criterion}",),
    ),
    ("say who speaks for us", 2, ("/platforms/{platform}/mandates",)),
    ("say our own word beside a figure", 2, ("/platforms/{platform}/own-words",)),
    ("say our own word beside a gap", 2, ("/platforms/{platform}/counter-view",)),
    ("say who we are", 1, ("/platforms/{platform}/edit",)),
    ("say where we are active", 1, ("/platforms/{platform}/area",)),
    ("go and look at reports", 12, ("/desk/walk",)),
)


@dataclass
class Form:
    """A form as people see it: what each input asks, by its name."""

    inputs: dict[str, str] = field(default_factory=dict)

    @property
    def takes_s(self) -> int:
        """How long it takes to fill in all of it."""
        return SEND_S + sum(TAKES_S[sort] for sort in self.inputs.values())


class Reader(HTMLParser):
    """Reads the forms of a page; what is hidden, or folded away, is not seen."""

    VOID = frozenset({"input", "img", "br", "hr", "meta", "link", "use", "path", "rect", "circle"})
    SORTS = {"radio": "choice", "checkbox": "choice", "file": "file"}
    UNSEEN = frozenset({"hidden", "submit", "button", "image", "reset"})

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, or an input of one."""
        told = dict(attrs)
        if tag == "form":
            self.forms.append(Form())
        if not self.forms or any(hides for _, hides in self._open):
            self._enter(tag, hides=False)
            return
        name = told.get("name") or ""
        if tag == "input" and told.get("type", "text") not in self.UNSEEN and "hidden" not in told:
            self.forms[-1].inputs[name] = self.SORTS.get(told.get("type") or "text", "line")
        elif tag in ("select", "textarea"):
            self.forms[-1].inputs[name] = "select" if tag == "select" else "words"
        is_folded = tag == "details" and "open" not in told
        is_hidden = "hidden" in told or told.get("aria-hidden") == "true"
        self._enter(tag, hides=is_folded or is_hidden)

    def _enter(self, tag: str, *, hides: bool) -> None:
        if tag not in self.VOID:
            self._open.append((tag, hides))

    def handle_endtag(self, tag: str) -> None:
        """Leave what was opened last by that name."""
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place][0] == tag:
                del self._open[place:]
                return


def read_forms(html: str) -> list[Form]:
    """The forms of a page that ask something."""
    reader = Reader()
    reader.feed(html)
    return [form for form in reader.forms if form.inputs]


@dataclass(frozen=True)
class Member:
    """Somebody of an example platform, and what is theirs by the name of it in an address."""

    client: FlaskClient
    own: dict[str, str]


@pytest.fixture(params=list(PLATFORMS.values()), ids=list(PLATFORMS))
def member(request: pytest.FixtureRequest, demo_engine: Engine) -> Iterator[Member]:
    """A manager of the example platform, signed in; nothing of it stays."""
    with demo_engine.connect() as connection, connection.begin() as outer:
        app = create_app(Settings(background_url=""), engine=connection, clock=lambda: NOW)
        session = Session(connection, join_transaction_mode="create_savepoint")
        client = app.test_client()
        client.set_cookie("session", _sign_in(session, app, request.param))
        own = _list_own(session, request.param)
        session.commit()
        yield Member(client, own)
        session.close()
        outer.rollback()


def _sign_in(session: Session, app: Flask, slug: str) -> str:
    """The key of somebody who manages the platform since a month."""
    platform = session.scalars(select(Platform).where(Platform.slug == slug)).one()
    address_id = keep_address(
        session,
        sealer=app.extensions[KEY].sealer,
        address="somebody@example.org",
        language="en",
    )
    person = put_person(session, address_id=address_id, today=NOW.date(), name="Somebody")
    draft = MembershipDraft(
        Role.PLATFORM_MANAGER,
        platform.district_id,
        platform.organisation_id,
        valid_from=NOW.date() - timedelta(days=30),
    )
    give_role(session, person_id=person.id, draft=draft)
    return open_account_session(session, person_id=person.id, now=NOW)


def _list_own(session: Session, slug: str) -> dict[str, str]:
    """One thing of the platform for each name in an address."""
    platform = session.scalars(select(Platform).where(Platform.slug == slug)).one()

    def find_plan(*states: State) -> str:
        found = select(PlanItem.code).where(
            PlanItem.platform_id == platform.id, PlanItem.state.in_(states)
        )
        return session.scalars(found.order_by(PlanItem.number).limit(1)).one()

    kept = (
        select(Asset.code)
        .join(MaintenanceDuty, MaintenanceDuty.asset_id == Asset.id)
        .where(
            MaintenanceDuty.organisation_id == platform.organisation_id,
            MaintenanceDuty.covers.contains(["operation"]),
        )
    )
    return {
        "platform": slug,
        "asset": session.scalars(kept.order_by(Asset.name).limit(1)).one(),
        "plan": find_plan(State.PLAN, State.IDEA),
        "granted": _grant(session, platform),
        "question": session.scalars(
            select(Question.code).where(Question.platform_id == platform.id).limit(1)
        ).one(),
        "criterion": "drive",
    }


def _grant(session: Session, platform: Platform) -> str:
    """A plan of the platform that was said yes to."""
    line = session.scalars(select(BudgetLine).where(BudgetLine.platform_id == platform.id)).first()
    assert line is not None
    item = Factory(session).plan_item(
        district_id=platform.district_id,
        platform_id=platform.id,
        organisation_id=platform.organisation_id,
        state=State.GRANTED,
        line_id=line.id,
        cost_cents=100_000,
        geom=None,
        granted_cents=100_000,
    )
    return item.code


def list_addresses(member: Member) -> Iterator[str]:
    """Every page on which the people of a platform do something, about a thing of theirs."""
    permissions = member.client.application.extensions[KEY].permissions
    own = member.own
    for rule in member.client.application.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or permissions[rule.endpoint] not in OF_PLATFORMS:
            continue
        for path in _fill(rule, own):
            if path.rsplit(".", maxsplit=1)[-1] not in ("jpg", "pdf", "csv"):
                yield path


def _fill(rule: Rule, own: dict[str, str]) -> list[str]:
    if "/plans/" in rule.rule:
        return [rule.rule.replace("<code>", own[name]) for name in ("plan", "granted")]
    code = own["question"] if "/questions/" in rule.rule else own["asset"]
    return [
        rule.rule.replace("<slug>", own["platform"])
        .replace("<code>", code)
        .replace("<criterion>", own["criterion"])
    ]


def test_no_step_of_a_platform_asks_more_than_seven_things(member: Member) -> None:
    too_many, seen = [], 0
    for path in list_addresses(member):
        answer = member.client.get(path)
        if answer.status_code != 200 or "<int:" in path:
            continue
        for form in read_forms(answer.text):
            seen += 1
            if len(form.inputs) > MOST_INPUTS:
                too_many.append(f"{path}: {', '.join(form.inputs)}")
    assert seen > 20
    assert too_many == []


def test_a_year_of_a_platform_takes_less_than_half_an_hour_a_month(member: Member) -> None:
    spent_s: Counter[str] = Counter()
    for duty, times, pages in YEAR:
        for page in pages:
            answer = member.client.get(page.format(**member.own))
            assert answer.status_code == 200, (duty, page, answer.text[:300])
            slowest = max((form.takes_s for form in read_forms(answer.text)), default=0)
            spent_s[duty] += times * (READ_S + slowest)
    assert all(spent_s.values())
    minutes = sum(spent_s.values()) / 60 / 12
    assert minutes < MOST_MINUTES_A_MONTH, spent_s.most_common(8)


def test_inputs_are_counted_as_people_see_them() -> None:
    page = (
        '<form><input type="hidden" name="a"><input name="b"><input type="radio" name="c">'
        '<input type="radio" name="c"><textarea name="d"></textarea><details><summary>More'
        '</summary><input name="e"></details><div hidden><select name="f"></select></div>'
        '<select name="g"></select><button name="h">Go</button></form><form></form>'
    )
    (form,) = read_forms(page)
    assert form.inputs == {"b": "line", "c": "choice", "d": "words", "g": "select"}
    assert form.takes_s == SEND_S + 12 + 4 + 45 + 6
