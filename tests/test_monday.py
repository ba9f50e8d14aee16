"""The Monday list: what is on it and in which order, on a page, on paper, as a file, by mail."""

import csv
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from uuid import UUID

import pikepdf
import pytest
from flask import Flask
from pypdf import PdfReader

from geoapp.defects.rules import Work
from geoapp.defects.tables import Defect
from geoapp.dialogue.jobs import sweep
from geoapp.dialogue.monday import Counts, MondayList, list_owners, read_list
from geoapp.people.rules import Role
from geoapp.people.tables import Contact, Organisation
from geoapp.web.prints import print_pdf
from tests.desks import Clock, Desk, Post
from tests.world import TODAY, World

pytest_plugins = ("tests.desks",)

MONDAY = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # six o'clock in winter
A4 = (595, 842)


@pytest.fixture
def report(world: World) -> Callable[..., Defect]:
    """Makes a report to the contractor, whose move it is since so many days."""

    def make(since: int, **values: object) -> Defect:
        known = {"district_id": world.here.id, "addressee_id": world.contractor.id}
        turn_since = TODAY - timedelta(days=since)
        return world.make.defect(**known | {"turn_since": turn_since} | values)

    return make


@pytest.fixture
def contact(world: World) -> Contact:
    """Somebody of the contractor answers for it."""
    return world.make.contact(
        district_id=world.here.id,
        organisation_id=world.contractor.id,
        person_id=world.people["maintainer"].person_id,
    )


def read(world: World, organisation: Organisation, *, limit: int = 50) -> MondayList:
    (owner,) = list_owners(world.session, organisation_ids=[organisation.id])
    return read_list(world.session, owner=owner, today=TODAY, limit=limit)


DENIED = {"work": "handled", "street": "not_good", "no_said": True, "handlings": 1}


# -- What is on it -------------------------------------------------------------------------------


def test_what_was_called_done_comes_first_then_what_is_late_then_what_waits_longest(
    world: World, report: Callable[..., Defect]
) -> None:
    order = [
        report(3, **DENIED, rung=2),
        report(9, **DENIED),
        report(5, **DENIED),
        report(4, work="planned", promised_on=TODAY - timedelta(days=1)),
        report(40),
        report(20, work="assigned"),
        report(10, addressee_id=world.desk.id, passed_to_id=world.contractor.id, work="passed_on"),
        report(13),
        report(12, work="planned", promised_on=TODAY),
        report(2, addressee_id=world.desk.id, passed_to_id=world.contractor.id, work="passed_on"),
    ]
    world.defects["own"].turn_since = TODAY
    world.session.flush()
    wanted = [*(defect.code for defect in order), world.defects["own"].code]
    for limit in (50, 7, 2):
        found = read(world, world.contractor, limit=limit)
        assert [one.code for one in found.defects] == wanted[:limit]
        assert found.counts == Counts(waiting=11, denied=3, promised=2, late=4)
        assert found.left == max(0, 11 - limit)


def test_what_waits_for_somebody_else_is_not_on_it(
    world: World, report: Callable[..., Defect]
) -> None:
    report(9, work="handled", street="waiting", handlings=1)
    report(9, **DENIED | {"no_said": False})
    report(9, work="passed_on", passed_to_id=world.desk.id)
    report(9, street="good", work="handled", handlings=1)
    report(9, file="withdrawn")
    report(9, addressee_id=world.desk.id)
    found = read(world, world.contractor)
    assert [one.code for one in found.defects] == [world.defects["own"].code]
    assert found.counts.waiting == 1


@pytest.mark.parametrize("days", [1, 365])
def test_late_is_what_is_late_by_the_days_of_the_organisation_and_of_the_rung(
    world: World, report: Callable[..., Defect], days: int
) -> None:
    make, contractor = world.make, world.contractor
    make.organisation_days(
        organisation_id=contractor.id, answer_days=days, acceptance_days=366 - days
    )
    make.rung(organisation_id=contractor.id, number=2, days=20)
    for since in (1, 2, 8, 19, 21, 366):
        report(since)
        report(since, rung=2)
        report(since, **DENIED, rung=2)
        by_desk = {"addressee_id": world.desk.id, "passed_to_id": contractor.id}
        report(since, work="passed_on", **by_desk)
    found = read(world, contractor)
    assert found.counts.waiting == len(found.defects) == 25
    late = [one.move.due_on is not None and one.move.due_on < TODAY for one in found.defects]
    assert found.counts.late == sum(late)
    # What was called done is first; then the late ones, then the rest.
    assert sorted(late[6:], reverse=True) == late[6:]


def test_volunteers_are_never_late(world: World, report: Callable[..., Defect]) -> None:
    world.contractor.is_volunteer = True
    old = report(400)
    found = read(world, world.contractor)
    assert found.counts.late == 0
    assert found.defects[0].code == old.code


# -- On a page -----------------------------------------------------------------------------------


def test_the_page_has_the_list_of_ones_own_organisation_alone(desk: Desk) -> None:
    own, other = (desk.world.defects[name].code for name in ("own", "other"))
    page = desk.browser("maintainer").get("/desk/monday").text
    assert f'href="/desk/{own}"' in page
    assert f"/desk/{other}" not in page
    assert "/desk/monday.pdf?organisation=contractor" in page
    assert 'href="/desk/monday"' in desk.browser("maintainer").get("/desk").text


@pytest.mark.parametrize("ending", ["", ".pdf", ".csv"])
@pytest.mark.parametrize(
    ("name", "asked", "status"),
    [
        ("maintainer", "?organisation=desk", 404),
        ("maintainer", "?organisation=none", 404),
        ("resident", "", 403),
        ("anonymous", "", 401),
    ],
)
def test_the_list_of_another_organisation_is_nobodys_business(
    desk: Desk, name: str, asked: str, status: int, ending: str
) -> None:
    answer = desk.browser(name).get(f"/desk/monday{ending}{asked}")
    assert answer.status_code == status


def test_who_acts_for_two_organisations_chooses(desk: Desk) -> None:
    world = desk.world
    roles: list[tuple[Role, UUID | None, UUID | None]] = [
        (Role.MAINTAINER, world.here.id, world.contractor.id),
        (Role.DISTRICT_OFFICER, world.here.id, world.desk.id),
    ]
    world.people.hold(world.add_person("both", roles))
    world.session.flush()
    browser = desk.browser("both")
    for slug, defect in (("desk", "other"), ("contractor", "own")):
        page = browser.get(f"/desk/monday?organisation={slug}").text
        assert f'href="/desk/{world.defects[defect].code}"' in page
        assert page.count('class="chip"') == 2


# -- As a file -----------------------------------------------------------------------------------


def test_the_file_opens_in_a_spreadsheet_and_runs_nothing(
    desk: Desk, report: Callable[..., Defect]
) -> None:
    made = report(25, description='=HYPERLINK("https://evil.example")\nmore')
    answer = desk.browser("maintainer").get("/desk/monday.csv")
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="monday-contractor-2026-11-16.csv"'
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.data.startswith(b"\xef\xbb\xbfcode,what,")
    first, second = csv.DictReader(StringIO(answer.data.decode("utf-8-sig")))
    assert first == {
        "code": made.code,
        "what": '\'=HYPERLINK("https://evil.example")',
        "where": "",
        "state": "Open",
        "days": "20",
        "move": desk.world.contractor.name,
        "due_on": "2026-11-10",
        "address": f"http://localhost/defects/{made.code}",
        "example": "no",
    }
    assert second["code"] == desk.world.defects["own"].code


# -- On paper ------------------------------------------------------------------------------------


def check_sheet(content: bytes, *, language: str, title: str) -> str:
    """One A4 that a screen reader can read; its words."""
    with pikepdf.open(BytesIO(content)) as pdf:
        assert pdf.check_pdf_syntax() == []
        (page,) = pdf.pages
        left, bottom, right, top = (float(edge) for edge in page.mediabox.as_list())
        assert (round(right - left), round(top - bottom)) == A4
        assert pdf.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in pdf.Root
        assert str(pdf.Root.Lang) == language
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        with pdf.open_metadata() as told:
            assert told["pdfuaid:part"] == "1"
            assert title in str(told["dc:title"])
    return " ".join(PdfReader(BytesIO(content)).pages[0].extract_text().split())


@pytest.mark.parametrize(
    ("language", "title", "words"),
    [
        ("en", "Monday list", "It is your move."),
        ("nl", "Maandaglijst", "U bent aan zet."),
    ],
)
def test_the_sheet_is_one_tagged_page_in_the_readers_language(
    desk: Desk, report: Callable[..., Defect], language: str, title: str, words: str
) -> None:
    codes = [report(40 + n, **DENIED, description=f"Bank {n} stuk").code for n in range(30)]
    answer = desk.browser("maintainer").get(f"/desk/monday.pdf?lang={language}")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    said = check_sheet(answer.data, language=language, title=title)
    assert desk.world.contractor.name in said
    assert words in said
    shown = list(reversed(codes))[:16]
    assert [code for code in codes if code in said] == list(reversed(shown))
    assert ("And 15 more" if language == "en" else "En nog 15") in said


def test_hostile_names_and_words_stay_on_the_one_page(
    desk: Desk, report: Callable[..., Defect]
) -> None:
    hostile = "</title><h1>Bold</h1><style>*{display:none}</style>"
    desk.world.contractor.name = hostile + "W" * 3000
    for n in range(20):
        report(40 + n, description=hostile + "W" * 200, asset_id=None)
    desk.world.session.flush()
    answer = desk.browser("maintainer").get("/desk/monday.pdf")
    said = check_sheet(answer.data, language="en", title="</title><h1>Bold</h1>")
    assert "It is your move." in said


def test_a_print_reads_no_file_and_nothing_outside(app: Flask, tmp_path: Path) -> None:
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"><text y="9">{}</text></svg>'
    )
    secret = tmp_path / "secret.svg"
    secret.write_text(drawing.format("FROMAFILE"))
    inline = "data:image/svg+xml," + drawing.format("FROMINSIDE").replace("#", "%23")
    pictures = "".join(
        f"<img alt='x' src='{source}'>".replace("'", '"')
        if "svg " not in source
        else f"<img alt='x' src='{source}'>"
        for source in (secret.as_uri(), "http://127.0.0.1:9/x.png", inline)
    )
    with app.test_request_context():
        made = print_pdf(f'<html lang="en"><title>T</title>{pictures}', styles=())
    said = PdfReader(BytesIO(made)).pages[0].extract_text()
    assert "FROMAFILE" not in said
    assert "FROMINSIDE" in said


def test_without_the_extra_the_page_says_so_and_the_rest_works(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    browser = desk.browser("maintainer")
    answer = browser.get("/desk/monday.pdf")
    assert answer.status_code == 503
    assert "can add the extra print" in answer.text
    assert [browser.get(f"/desk/monday{end}").status_code for end in ("", ".csv")] == [200, 200]


# -- By mail -------------------------------------------------------------------------------------


def test_on_monday_at_six_each_who_answers_gets_it_once(
    world: World, mails: Post, clock: Clock, contact: Contact
) -> None:
    contact.deputy_id = world.people["supporter"].person_id
    world.session.flush()
    heard = []
    for moment in (
        MONDAY - timedelta(minutes=1),
        MONDAY,
        MONDAY + timedelta(hours=1),
        MONDAY + timedelta(days=1),
        MONDAY + timedelta(days=7),
    ):
        clock.now = moment
        sweep(world.session, now=moment)
        heard.append(len(mails.deliver()))
    assert heard == [0, 2, 2, 2, 4]
    assert {mail.to for mail in mails.deliver()} == {
        "maintainer@example.org",
        "supporter@example.org",
    }


@pytest.mark.parametrize(("days", "mailed"), [(1, 1), (2, 1), (3, 0)])
def test_a_monday_without_a_worker_is_made_up_for_until_wednesday(
    world: World, mails: Post, clock: Clock, contact: Contact, days: int, mailed: int
) -> None:
    del contact
    clock.now = MONDAY + timedelta(days=days)
    for _ in range(2):
        sweep(world.session, now=clock.now)
    assert len(mails.deliver()) == mailed


def test_the_mail_has_the_list_in_its_words_on_paper_and_as_a_file(
    world: World, mails: Post, clock: Clock, contact: Contact
) -> None:
    del contact
    clock.now = MONDAY
    sweep(world.session, now=MONDAY)
    (mail,) = mails.deliver()
    code = world.defects["own"].code
    assert f"https://kaart.example/defects/{code}" in mail.text
    assert "https://kaart.example/desk/monday?organisation=contractor" in mail.text
    sheet, file = mail.attachments
    assert (sheet.name, file.name) == (
        "monday-contractor-2026-11-23.pdf",
        "monday-contractor-2026-11-23.csv",
    )
    assert code in check_sheet(sheet.content, language="en", title="Monday list")
    assert code in file.content.decode("utf-8-sig")


def test_without_the_extra_the_mail_goes_with_the_file_alone(
    world: World,
    mails: Post,
    clock: Clock,
    contact: Contact,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    del contact
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    clock.now = MONDAY
    sweep(world.session, now=MONDAY)
    (mail,) = mails.deliver()
    assert [one.media_type for one in mail.attachments] == ["text/csv"]


def leave_contact(world: World, contact: Contact) -> None:
    contact.person_id = world.people["supporter"].person_id


def answer_report(world: World, _contact: Contact) -> None:
    world.defects["own"].work = Work.HANDLED


def become_volunteer(world: World, _contact: Contact) -> None:
    world.contractor.is_volunteer = True


@pytest.mark.parametrize("change", [answer_report, become_volunteer])
def test_no_mail_is_posted_where_nothing_waits_and_none_to_volunteers(
    world: World,
    mails: Post,
    clock: Clock,
    contact: Contact,
    change: Callable[[World, Contact], None],
) -> None:
    change(world, contact)
    world.session.flush()
    clock.now = MONDAY
    sweep(world.session, now=MONDAY)
    assert mails.deliver() == []


@pytest.mark.parametrize("change", [answer_report, leave_contact])
def test_what_is_over_before_the_mail_leaves_is_not_sent(
    world: World,
    mails: Post,
    clock: Clock,
    contact: Contact,
    change: Callable[[World, Contact], None],
) -> None:
    clock.now = MONDAY
    sweep(world.session, now=MONDAY)
    change(world, contact)
    world.session.flush()
    assert mails.deliver() == []
