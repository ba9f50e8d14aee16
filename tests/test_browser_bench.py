"""The story of the bench, from the first report to the last yes, by people in their browsers."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from geoapp.app import create_app, metadata
from geoapp.areas.rules import Level
from geoapp.assets.rules import Kind
from geoapp.config import Settings
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine
from geoapp.defects.rules import EventKind
from geoapp.defects.tables import Defect, DefectEvent
from geoapp.dialogue.jobs import make_jobs
from geoapp.districts.tables import District
from geoapp.edge import KEY
from geoapp.outbox.mails import Caught, FolderMailer, Mail, list_caught
from geoapp.outbox.worker import run_once
from geoapp.people.actions import keep_address, put_person
from geoapp.web.mails import make_handlers
from tests.browser import PHONE, Visitors, serve, watch
from tests.conftest import NOW
from tests.factories import Factory
from tests.pictures import photo

pytest_plugins = ("tests.browser",)

WORDS = {
    "nl": {
        "good": "Het is nu goed",
        "no": "Nog niet goed",
        "promise": "Beloof een datum",
        "done": "Het is klaar",
        "solved": "Opgelost, zeggen bewoners",
        "promised": "Beloofd: voor 12 december",
        "times": "3 keer klaar gemeld",
    },
    "en": {
        "good": "It is good now",
        "no": "Still not right",
        "promise": "Promise a day",
        "done": "It is done",
        "solved": "Solved, residents say",
        "promised": "Promised: by 12 December",
        "times": "Called done 3 times",
    },
}


class Clock:
    """Each step of the story is a day later."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class DyingMailer:
    """Dies at the first try of each mail, as a worker does that is killed before it sends."""

    def __init__(self, folder: Path) -> None:
        self.whole = FolderMailer(folder, sender="map@example.org")
        self.tried: set[object] = set()

    def send(self, mail: Mail, *, now: datetime) -> None:
        """Send it, the second time."""
        if mail.message_id not in self.tried:
            self.tried.add(mail.message_id)
            raise ConnectionError("killed")
        self.whole.send(mail, now=now)


@dataclass
class Place:
    """A district with a bench, the service on it, and its worker."""

    engine: Engine
    slug: str
    bench: str
    origin: str
    clock: Clock
    folder: Path
    mailer: DyingMailer
    handlers: dict[str, object]

    def next_day(self) -> list[Caught]:
        """The worker sends what waits, at the second try; all mails so far, oldest first."""
        for _ in range(4):
            run_once(self.engine, self.handlers, clock=self.clock)  # type: ignore[arg-type]  # as the worker's own
            self.clock.now += timedelta(hours=6)
        with self.engine.begin() as connection:
            connection.execute(text("UPDATE picture SET state = 'shown', looked_at = created_at"))
            connection.execute(text("DELETE FROM limit_count"))
        return list(reversed(list_caught(self.folder, limit=99)))

    def end(self) -> tuple[str, int, int]:
        """The report's state, how often it was called done, and its rung."""
        with Session(self.engine) as session:
            defect = session.scalars(select(Defect)).one()
            return defect.state, defect.handlings, defect.rung

    def kinds(self) -> list[EventKind]:
        """What happened, oldest first."""
        with Session(self.engine) as session:
            return list(session.scalars(select(DefectEvent.kind).order_by(DefectEvent.at)))


@pytest.fixture
def place(
    make_database: Callable[[str], str], tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Place]:
    """A bench that a department keeps, with somebody who answers for it."""
    engine = make_engine(make_database(f"bench_{request.param}"))
    migrate(engine, metadata())
    clock, folder = Clock(), tmp_path / "mails"
    settings = Settings(
        background_url="",
        secret="for-tests-" * 5,
        media_dir=tmp_path / "media",
        url="https://kaart.example",
    )
    app = create_app(settings, engine=engine, clock=clock)
    with Session(engine) as session, session.begin():
        make = Factory(session)
        works = make.organisation(is_desk=True, name="Stadswerken")
        make.official_area(name="Wijk", level=Level.WIJK, tint=0)
        make.official_area(name="Buurt", level=Level.BUURT, tint=0)
        bench = make.asset(kind=Kind.BENCH, name="Bank bij het plein")
        make.duty(asset_id=bench.id, organisation_id=works.id)
        address_id = keep_address(
            session, sealer=app.extensions[KEY].sealer, address="werk@example.org", language="nl"
        )
        person = put_person(session, address_id=address_id, today=NOW.date(), name="Iemand")
        contact = make.contact(
            district_id=works.district_id, organisation_id=works.id, person_id=person.id
        )
        make.contact_scope(contact_id=contact.id)
        code = bench.code
        slug = session.get_one(District, bench.district_id).slug
    mailer = DyingMailer(folder)
    handlers = make_handlers(app, mailer) | make_jobs(clock)
    with serve(app) as origin:
        yield Place(engine, slug, code, origin, clock, folder, mailer, dict(handlers))
    engine.dispose()


@pytest.fixture
def people(browser: Browser, place: Place) -> Iterator[Visitors]:
    """Whoever takes part in the story."""
    yield from watch(browser, place.origin)


def make_pictures(folder: Path) -> list[Path]:
    """Three photos, each another one."""
    files = [folder / f"{number}.png" for number in range(3)]
    for number, file in enumerate(files):
        file.write_bytes(photo("PNG", size=(200 + number, 150)))
    return files


def report(page: Page, place: Place) -> tuple[str, str]:
    """Without an account; the own link, and the number."""
    page.goto(f"/report?asset={place.bench}")
    page.locator("label:has(input[name=category][value=broken])").click()
    page.locator("#send").click()
    page.wait_for_url("**/defects/*?*")
    return page.url, page.url.partition("/defects/")[2].partition("?")[0]


def say(page: Page, word: str, picture: Path | None = None) -> None:
    """Press one of the three words, add a photo, send."""
    page.get_by_role("link", name=word, exact=True).click()
    if picture is not None:
        page.locator("#photos").set_input_files(picture)
    page.locator("#send").click()
    page.wait_for_url("**/defects/*?*said=*")


def act(page: Page, name: str, **values: str) -> None:
    """Open one of the acts, fill it in, send."""
    choice = page.locator("details.act", has=page.locator(f"summary b:text-is('{name}')"))
    choice.locator("summary").click()
    for field, words in values.items():
        choice.locator(f"[name={field}]").fill(words)
    choice.get_by_role("button", name=name).click()
    page.wait_for_url("**done=1")


@pytest.mark.parametrize(("place", "language"), [("nl", "nl"), ("en", "en")], indirect=["place"])
def test_a_bench_stays_open_until_those_who_live_with_it_say_it_is_good(
    people: Visitors, place: Place, language: str, tmp_path: Path
) -> None:
    said = WORDS[language]
    pictures = make_pictures(tmp_path)

    reporter = people.enter(width=PHONE, language=language)
    own, code = report(reporter, place)

    # By the link of a mail, without an account.
    (mail,) = place.next_day()
    assert mail.to == "werk@example.org"
    link = re.search(r"https://kaart\.example(\S+/call\?\S+)", mail.text)
    assert link is not None
    worker = people.enter(width=PHONE, language=language)
    worker.goto(link[1])
    act(worker, said["promise"], due_on="2026-12-12")
    expect(worker.locator(".banner")).to_contain_text(said["promised"])
    act(worker, said["done"], note="Nieuwe plank")

    place.next_day()
    reporter.goto(own)
    say(reporter, said["no"], pictures[0])
    expect(reporter.locator(".banner .st.bad")).to_contain_text(said["no"])

    # A work order is no proof.
    place.next_day()
    worker.goto(link[1])
    act(worker, said["done"], note="Werkorder 4711")
    expect(worker.locator(".banner .st.bad")).to_contain_text(said["no"])

    # A neighbour's second no with a photo climbs one rung, and not two.
    place.next_day()
    neighbour = people.enter(width=PHONE, language=language)
    for picture in pictures[1:3]:
        neighbour.goto(f"/defects/{code}")
        say(neighbour, said["no"], picture)
        place.next_day()
    assert place.kinds().count(EventKind.CLIMBED) == 1

    worker.goto(link[1])
    act(worker, said["done"], note="Nu met nieuwe bouten")
    place.next_day()
    reporter.goto(own)
    say(reporter, said["good"])
    expect(reporter.locator(".banner .st.good")).to_contain_text(said["solved"])

    neighbour.goto(f"/assets/{place.bench}")
    expect(neighbour.locator("main")).to_contain_text(said["times"])
    neighbour.goto(f"/districts/{place.slug}/answers")
    expect(neighbour.locator(".means dt").first).to_contain_text("100 % (1)")
    assert place.end() == ("solved", 3, 2)
    mails = place.next_day()
    assert len({(mail.subject, mail.text) for mail in mails}) == len(mails), "each word once"
