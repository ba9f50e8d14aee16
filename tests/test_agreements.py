"""Agreements: their days, who changes them, what they cover, the private scan, the word before one
ends, and what lapses."""

import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geoapp.agreements.queries import agreements_of, lapsing
from geoapp.agreements.rules import (
    MOST_SCAN_BYTES,
    AgreementDraft,
    ScanKind,
    Stage,
    Term,
    check_draft,
    read_scan_kind,
    stage_of,
)
from geoapp.agreements.tables import Agreement, AgreementAsset, AgreementParty, AgreementScan
from geoapp.assets.rules import PhysicalStatus
from geoapp.assets.tables import Asset
from geoapp.dialogue.jobs import sweep
from geoapp.errors import Invalid
from geoapp.exchange.examples import remove_examples
from geoapp.ledger.audit import list_entries, verify_all
from geoapp.ledger.chain import Thing
from geoapp.outbox.tables import OutboxMessage
from geoapp.sealing import Sealer
from tests.conftest import NOW
from tests.desks import Clock, Desk, Post, token_of
from tests.factories import Factory
from tests.pictures import photo
from tests.world import TODAY, World, tables_that_hold

pytest_plugins = ("tests.desks",)
DAY = timedelta(days=1)
PDF = b"%PDF-1.7\nour canary-signature\n%%EOF\n"


def send(client: FlaskClient, slug: str, where: str, **fields: Any) -> tuple[int, str]:
    """Send a form of an agreement's page, with its token and version; status and page."""
    page = client.get(f"/agreements/{slug}/edit").text
    version = re.search(r'name="version" value="(\d+)"', page)
    hidden = {"csrf_token": token_of(page), "version": version[1] if version else ""}
    answer = client.post(f"/agreements/{slug}/{where}", data=hidden | fields)
    return answer.status_code, answer.text


def read(client: FlaskClient, path: str) -> str:
    """A page's words in English."""
    answer = client.get(path, query_string={"lang": "en"})
    assert answer.status_code == 200, answer.text
    return " ".join(re.sub("<[^>]+>", " ", answer.text).split())


@pytest.fixture
def agreement(world: World) -> Agreement:
    """An agreement that platform A is a party to."""
    return world.agreements["agreement-here"][0]


# -- Its days ----------------------------------------------------------------------------------


STANDS: tuple[tuple[Term, Stage], ...] = (
    (Term(), Stage.IN_FORCE),
    (Term(starts_on=TODAY + DAY), Stage.COMING),
    (Term(starts_on=TODAY), Stage.IN_FORCE),
    (Term(valid_to=TODAY + 61 * DAY), Stage.IN_FORCE),
    (Term(valid_to=TODAY + 60 * DAY), Stage.ENDING),
    (Term(valid_to=TODAY), Stage.ENDING),
    (Term(valid_to=TODAY - DAY), Stage.LAPSED),
    (Term(valid_to=TODAY + 99 * DAY, ended_on=TODAY - DAY), Stage.ENDED),
    (Term(valid_to=TODAY + 99 * DAY, ended_on=TODAY), Stage.ENDING),
    (Term(ended_on=TODAY - DAY), Stage.ENDED),
    (Term(valid_to=TODAY + 3 * DAY, remind_days=2), Stage.IN_FORCE),
    (Term(valid_to=TODAY + 2 * DAY, remind_days=2), Stage.ENDING),
)


@pytest.mark.parametrize(("term", "stage"), STANDS)
def test_an_agreement_stands_as_its_days_say(term: Term, stage: Stage) -> None:
    assert stage_of(term, TODAY) is stage


DAYS = st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1))


@given(DAYS, DAYS, st.integers(1, 365), st.dates(date(2019, 1, 1), date(2031, 1, 1)))
def test_an_agreement_never_comes_back_once_it_is_over(
    starts_on: date | None, valid_to: date | None, remind_days: int, today: date
) -> None:
    term = Term(starts_on=starts_on, valid_to=valid_to, remind_days=remind_days)
    order = [Stage.COMING, Stage.IN_FORCE, Stage.ENDING, Stage.LAPSED]
    if starts_on is None or valid_to is None or starts_on <= valid_to:
        now, later = (stage_of(term, day) for day in (today, today + DAY))
        assert order.index(now) <= order.index(later)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (AgreementDraft(" "), "title"),
        (AgreementDraft("x" * 121), "title"),
        (AgreementDraft("x", starts_on=TODAY, valid_to=TODAY), "valid_to"),
        (AgreementDraft("x", signed_on=TODAY, valid_to=TODAY), "valid_to"),
        (AgreementDraft("x", remind_days=0), "remind_days"),
        (AgreementDraft("x", remind_days=366), "remind_days"),
    ],
)
def test_what_cannot_be_agreed_is_refused_at_its_field(draft: AgreementDraft, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_draft(draft)
    assert refused.value.field == field


# -- What everybody sees -----------------------------------------------------------------------


def test_one_agreement_covers_many_assets_and_says_who_does_what(
    session: Session, make: Factory, own_client: FlaskClient
) -> None:
    agreement = make.agreement(title="One paper", valid_to=date(2028, 6, 1))
    assets = [make.asset(last_seen_on=TODAY - n * DAY) for n in range(3)]
    assets[2].physical_status = PhysicalStatus.REMOVED
    for asset in assets:
        make.agreement_asset(agreement_id=agreement.id, asset_id=asset.id)
    for name, undertakes in (("B", "Cleans."), ("A", "Pays.")):
        make.agreement_party(
            agreement_id=agreement.id,
            organisation_id=make.organisation(name=name).id,
            undertakes=undertakes,
        )
    session.flush()
    (facts,) = agreements_of(session, asset_id=assets[0].id)
    assert (facts.title, facts.asset_count) == ("One paper", 3)
    assert [(part.party.name, part.undertakes) for part in facts.undertakings] == [
        ("A", "Pays."),
        ("B", "Cleans."),
    ]
    page = read(own_client, f"/agreements/{agreement.slug}")
    assert "In force until 1 June 2028." in page
    assert "2 of the 3 are still there. Last seen: 20 November" in page
    assert "A Pays. B Cleans." in page
    assert assets[2].code not in page
    asset_page = read(own_client, f"/assets/{assets[0].code}")
    assert "One paper . In force until 1 June 2028. It covers 3 things." in asset_page


def test_an_agreement_whose_parties_are_not_known_is_still_shown(
    session: Session, make: Factory, own_client: FlaskClient
) -> None:
    link = make.agreement_asset()
    (facts,) = agreements_of(session, asset_id=link.asset_id)
    assert (facts.asset_count, facts.undertakings) == (1, ())
    assert "We do not know." in read(own_client, f"/agreements/{facts.slug}")


def test_of_two_agreements_the_one_that_lasts_longest_comes_first(
    session: Session, make: Factory
) -> None:
    asset = make.asset()
    ends = {"over": TODAY, "ended": TODAY + 900 * DAY, "longer": TODAY + 9 * DAY, "for good": None}
    for title, valid_to in ends.items():
        ended = {"ended_on": TODAY - DAY, "end_reason": "Moved"} if title == "ended" else {}
        made = make.agreement(title=title, valid_to=valid_to, **ended)
        make.agreement_asset(agreement_id=made.id, asset_id=asset.id)
    found = [facts.title for facts in agreements_of(session, asset_id=asset.id)]
    assert found == ["for good", "longer", "over", "ended"]


def test_an_end_is_said_in_words_to_everybody(own_client: FlaskClient, make: Factory) -> None:
    said: dict[str, dict[str, Any]] = {
        "Ends soon: on 1 December 2026.": {"valid_to": date(2026, 12, 1)},
        "It has lapsed: its last day was 1 June 2026.": {"valid_to": date(2026, 6, 1)},
        "It was ended: its last day was 1 June 2026. Nobody cleans.": {
            "ended_on": date(2026, 6, 1),
            "end_reason": "Nobody cleans.",
        },
        "Begins on 1 December 2026.": {"starts_on": date(2026, 12, 1)},
    }
    for words, values in said.items():
        made = make.agreement(**values)
        assert words in read(own_client, f"/agreements/{made.slug}")


# -- Making and changing one -------------------------------------------------------------------


def test_a_manager_registers_eight_cabinets_under_one_agreement(
    desk: Desk, world: World, session: Session
) -> None:
    cabinets = [
        world.make.asset(district_id=world.here.id, owner_id=world.desk.id) for _ in range(8)
    ]
    manager = desk.browser("manager of A")
    page = manager.get("/organisations/org-a/agreements").text
    answer = manager.post(
        "/organisations/org-a/agreements",
        data={
            "csrf_token": token_of(page),
            "title": "Kasten Holendrecht",
            "starts_on": "2026-12-01",
            "valid_to": "2028-11-30",
            "remind_days": "90",
            "undertakes": "Cleans them.",
        },
    )
    assert (answer.status_code, answer.location) == (
        303,
        "/agreements/kasten-holendrecht/edit?kept=1",
    )
    slug = "kasten-holendrecht"
    owner = {"organisation": "desk", "undertakes": "Stays the owner."}
    assert send(manager, slug, "parties", **owner)[0] == 303
    shown = manager.get(f"/agreements/{slug}/assets").text
    assert all(cabinet.code in shown for cabinet in cabinets)
    codes = [cabinet.code for cabinet in cabinets]
    ticked = {"shown": codes[:7], "asset": codes[:7], "numbers": codes[7].lower()}
    assert send(manager, slug, "assets", **ticked)[0] == 303
    assert send(manager, slug, "assets", shown=codes[:7], asset=codes[1:7])[0] == 303
    (facts,) = agreements_of(session, asset_id=cabinets[7].id)
    assert (facts.asset_count, facts.term.remind_days) == (7, 90)
    assert agreements_of(session, asset_id=cabinets[0].id) == []
    told = list_entries(session, thing=Thing("agreement", facts.id), limit=9)
    assert [entry.action for entry in told] == [
        "cover_assets",
        "cover_assets",
        "put_party",
        "add_agreement",
    ]
    assert not list(verify_all(session))


def test_an_asset_whose_manager_is_no_party_is_refused_and_comes_back_as_typed(
    desk: Desk, world: World, agreement: Agreement
) -> None:
    # B cleans this place: that is not to manage it.
    other = world.make.asset(district_id=world.here.id)
    world.make.duty(asset_id=other.id, organisation_id=world.org_a.id, covers=["cleaning"])
    manager = desk.browser("manager of A")
    for number, says in (
        (other.code, f"Nobody who manages {other.code} is a party"),
        (world.assets["kept by C"][0].code, "There is no place with number"),
        ("22-222", "There is no place with number 22-222."),
    ):
        status, page = send(manager, agreement.slug, "assets", numbers=number)
        assert status == 400
        assert says in page
        assert f'value="{number}" aria-invalid="true"' in page


def test_a_party_that_alone_manages_what_is_covered_stays(
    desk: Desk, world: World, agreement: Agreement, session: Session
) -> None:
    manager = desk.browser("manager of A")
    code = world.assets["kept by A"][0].code
    assert send(manager, agreement.slug, "assets", numbers=code)[0] == 303
    take_out = {"organisation": "org-a", "remove": "1"}
    assert "at least one party" in send(manager, agreement.slug, "parties", **take_out)[1]
    other = {"organisation": "contractor", "undertakes": "Repairs."}
    assert send(manager, agreement.slug, "parties", **other)[0] == 303
    assert "take that out first" in send(manager, agreement.slug, "parties", **take_out)[1]
    take_out["organisation"] = "contractor"
    assert send(manager, agreement.slug, "parties", **take_out)[0] == 303
    left = select(AgreementParty.organisation_id).where(AgreementParty.agreement_id == agreement.id)
    assert session.scalars(left).all() == [world.org_a.id]


def test_of_two_who_change_the_days_the_second_sees_both(
    desk: Desk, agreement: Agreement, session: Session
) -> None:
    manager = desk.browser("manager of A")
    assert send(manager, agreement.slug, "edit", title="First", remind_days="60")[0] == 303
    status, page = send(manager, agreement.slug, "edit", title="Late", version="1")
    assert status == 412
    assert 'value="Late"' in page
    assert 'name="version" value="2"' in page
    session.refresh(agreement)
    assert agreement.title == "First"


WRONG: tuple[tuple[str, dict[str, str], str], ...] = (
    ("edit", {"title": "", "remind_days": "60"}, "Give the agreement a name."),
    ("edit", {"title": "x", "valid_to": "soon"}, "Give a day"),
    ("edit", {"title": "x", "remind_days": "many"}, "from 1 to 365"),
    ("end", {"ended_on": "2026-12-01", "reason": " "}, "Say why it ends."),
    ("end", {"ended_on": "2029-01-01", "reason": "Done"}, "before the agreement ends"),
    ("extend", {"extended_to": "2028-05-31"}, "after the one it ends on"),
    ("parties", {"organisation": "org-c", "undertakes": "x"}, "of this district"),
    ("parties", {"organisation": "nobody", "undertakes": "x"}, "Choose an organisation."),
    ("parties", {"organisation": "org-b", "undertakes": ""}, "Say what this party does."),
)


@pytest.mark.parametrize(("where", "fields", "says"), WRONG)
def test_what_cannot_be_kept_comes_back_at_its_field(
    desk: Desk,
    agreement: Agreement,
    session: Session,
    where: str,
    fields: dict[str, str],
    says: str,
) -> None:
    agreement.valid_to = date(2028, 6, 1)
    session.flush()
    status, page = send(desk.browser("manager of A"), agreement.slug, where, **fields)
    assert status == 400
    assert says in page
    assert 'aria-invalid="true"' in page


def test_an_agreement_is_ended_once_and_not_extended_then(
    desk: Desk, agreement: Agreement, session: Session
) -> None:
    agreement.valid_to = date(2028, 6, 1)
    session.flush()
    manager = desk.browser("manager of A")
    end = {"ended_on": "2026-11-20", "reason": "The cabinets moved."}
    assert send(manager, agreement.slug, "end", **end)[0] == 303
    assert send(manager, agreement.slug, "end", **end)[0] == 409
    status, page = send(manager, agreement.slug, "extend", extended_to="2030-01-01")
    assert (status, "make a new one" in page) == (400, True)
    public = read(desk.app.test_client(), f"/agreements/{agreement.slug}")
    assert "It was ended: its last day was 20 November 2026. The cabinets moved." in public


# -- The scan ----------------------------------------------------------------------------------


def upload(client: FlaskClient, slug: str, data: bytes) -> tuple[int, str]:
    """Send a scan."""
    return send(client, slug, "scan", scan=(io.BytesIO(data), "paper.html"))


def test_a_scan_is_kept_sealed_and_given_to_who_manages_it_alone(
    desk: Desk, agreement: Agreement, session: Session
) -> None:
    manager = desk.browser("manager of A")
    assert manager.get(f"/agreements/{agreement.slug}/scan").status_code == 404
    assert upload(manager, agreement.slug, PDF)[0] == 303
    row = session.get_one(AgreementScan, agreement.id)
    assert b"canary" not in row.sealed
    assert len(row.sealed) < len(PDF) + 100
    assert tables_that_hold(session, "canary-signature") == []
    answer = manager.get(f"/agreements/{agreement.slug}/scan")
    assert answer.data == PDF
    headers = answer.headers
    assert headers["Content-Disposition"] == f'attachment; filename="{agreement.slug}.pdf"'
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"] == "application/octet-stream"
    for name, status in (("anonymous", 401), ("resident", 403), ("manager of B", 403)):
        assert desk.browser(name).get(f"/agreements/{agreement.slug}/scan").status_code == status
    assert desk.browser("officer here").get(f"/agreements/{agreement.slug}/scan").data == PDF
    with pytest.raises(Invalid, match="GEOAPP_SECRET"):
        Sealer("another").unseal_file(row.sealed)


def test_a_scan_is_replaced_and_taken_away(
    desk: Desk, agreement: Agreement, session: Session
) -> None:
    manager = desk.browser("manager of A")
    upload(manager, agreement.slug, PDF)
    assert upload(manager, agreement.slug, photo())[0] == 303
    picture = manager.get(f"/agreements/{agreement.slug}/scan").data
    assert picture.startswith(b"\xff\xd8\xff")
    assert b"Exif" not in picture
    assert "JPG, " in manager.get(f"/agreements/{agreement.slug}/edit").text
    assert send(manager, agreement.slug, "scan", remove="1")[0] == 303
    assert session.scalar(select(func.count()).select_from(AgreementScan)) == 0


NO_SCANS = {
    "empty": b"",
    "a web page": b"<html>%PDF-1.7 %%EOF</html>",
    "a program": b"MZ\x90%PDF-1.7 %%EOF",
    "cut short": PDF[:-8],
    "a damaged picture": b"\xff\xd8\xff" + b"x" * 99,
}


@pytest.mark.parametrize("data", NO_SCANS.values(), ids=NO_SCANS)
def test_what_is_no_scan_is_refused_in_a_clear_sentence(
    desk: Desk, agreement: Agreement, session: Session, data: bytes
) -> None:
    status, page = upload(desk.browser("manager of A"), agreement.slug, data)
    assert status == 400
    assert 'name="scan" required accept="application/pdf,image/jpeg,image/png" aria-invalid' in page
    assert session.scalar(select(func.count()).select_from(AgreementScan)) == 0


def test_a_scan_of_ten_megabytes_is_the_largest() -> None:
    largest = b"%PDF-1.7".ljust(MOST_SCAN_BYTES - 6) + b"%%EOF\n"
    assert read_scan_kind(largest) is ScanKind.PDF
    with pytest.raises(Invalid, match="larger than"):
        read_scan_kind(largest + b"\n")


# -- The word before it ends -------------------------------------------------------------------


def test_the_managers_of_all_parties_get_one_word_for_each_last_day(
    world: World, agreement: Agreement, mails: Post, clock: Clock
) -> None:
    session = world.session
    for name in ("manager of A", "member of A", "manager of B"):
        assert world.people[name].person_id
    world.make.agreement_party(agreement_id=agreement.id, organisation_id=world.org_b.id)
    world.make.agreement_party(agreement_id=agreement.id, organisation_id=world.contractor.id)
    agreement.valid_to = TODAY + 61 * DAY
    session.flush()
    heard = []
    for days in (0, 1, 1, 2, 40, 60, 90):
        clock.now = NOW + days * DAY
        sweep(session, now=clock.now)
        heard.append(len(mails.deliver()))
    assert heard == [0, 2, 2, 2, 2, 2, 2]
    assert {mail.to for mail in mails.deliver()} == {
        "manager-of-A@example.org",
        "manager-of-B@example.org",
    }
    # What was sent is forgotten by the outbox long before a day of warning 365 days ahead.
    assert agreement.reminded_for == agreement.valid_to
    clock.now = NOW + 61 * DAY
    agreement.valid_to = TODAY + 100 * DAY
    session.flush()
    for _ in range(2):
        sweep(session, now=clock.now)
    assert len(mails.deliver()) == 4


def test_the_word_says_what_ends_and_leads_to_its_extending(
    world: World, agreement: Agreement, mails: Post
) -> None:
    assert world.people["manager of A"].person_id
    agreement.valid_to, agreement.title = TODAY + 30 * DAY, "Eight cabinets"
    world.session.flush()
    sweep(world.session, now=NOW)
    (mail,) = mails.deliver()
    assert mail.subject == f"An agreement of {world.org_a.name} ends soon: Eight cabinets"
    assert "Ends soon: on 21 December 2026." in mail.text
    assert f"https://kaart.example/agreements/{agreement.slug}/edit" in mail.text


def test_no_word_leaves_where_it_was_extended_or_ended_meanwhile(
    world: World, agreement: Agreement, mails: Post
) -> None:
    assert world.people["manager of A"].person_id
    ended = world.make.agreement(district_id=world.here.id, valid_to=TODAY + 9 * DAY)
    world.make.agreement_party(agreement_id=ended.id, organisation_id=world.org_a.id)
    agreement.valid_to = TODAY + 9 * DAY
    world.session.flush()
    sweep(world.session, now=NOW)
    agreement.valid_to = TODAY + 900 * DAY
    ended.ended_on, ended.end_reason = TODAY - DAY, "Moved"
    world.session.flush()
    waiting = select(func.count()).where(OutboxMessage.kind == "agreement_ends")
    assert world.session.scalar(waiting) == 2
    assert mails.deliver() == []


def test_the_word_waits_until_the_agreement_has_begun(
    world: World, agreement: Agreement, mails: Post, clock: Clock
) -> None:
    assert world.people["manager of A"].person_id
    agreement.starts_on, agreement.valid_to = TODAY + DAY, TODAY + 30 * DAY
    world.make.agreement_asset(agreement_id=agreement.id, asset_id=world.assets["kept by A"][0].id)
    world.session.flush()
    assert list_lapsing(world.session) == set()
    heard = []
    for days in (0, 1, 2):
        clock.now = NOW + days * DAY
        sweep(world.session, now=clock.now)
        heard.append(len(mails.deliver()))
    assert heard == [0, 1, 1]


def test_no_word_leaves_to_who_manages_the_party_no_more(
    world: World, agreement: Agreement, mails: Post
) -> None:
    manager_id = world.people["manager of A"].person_id
    assert manager_id
    agreement.valid_to = TODAY + 9 * DAY
    world.session.flush()
    sweep(world.session, now=NOW)
    world.end_roles(manager_id)
    assert mails.deliver() == []


def test_a_party_without_a_manager_gets_the_word_in_its_mailbox(
    world: World, agreement: Agreement, mails: Post
) -> None:
    mailbox = world.make.address()
    mailbox.sealed = world.sealer.seal("office@example.org")
    world.org_a.mailbox_id = mailbox.id
    agreement.valid_to = TODAY + 9 * DAY
    world.session.flush()
    sweep(world.session, now=NOW)
    assert [mail.to for mail in mails.deliver()] == ["office@example.org"]


# -- What lapses -------------------------------------------------------------------------------


def list_lapsing(session: Session) -> set[tuple[str, str]]:
    """The assets whose agreement lapses, with that agreement."""
    found = lapsing(TODAY).subquery()
    rows = session.execute(
        select(Asset.name, Agreement.title)
        .join(found, found.c.asset_id == Asset.id)
        .join(Agreement, Agreement.id == found.c.agreement_id)
    )
    return {(name, title) for name, title in rows}


def test_an_asset_lapses_where_nothing_goes_on_from_its_agreement(
    session: Session, make: Factory
) -> None:
    def cover(name: str, **values: Any) -> None:
        asset = assets.setdefault(name, make.asset(name=name))
        made = make.agreement(title=f"{name} {len(values)}", **values)
        make.agreement_asset(agreement_id=made.id, asset_id=asset.id)

    assets: dict[str, Asset] = {}
    soon, over, later = TODAY + 60 * DAY, TODAY - DAY, TODAY + 61 * DAY
    cover("lapsed", valid_to=over)
    cover("ending", valid_to=soon)
    cover("in force", valid_to=later)
    cover("without end")
    cover("ended", valid_to=over, ended_on=over - DAY, end_reason="x")
    successors: list[dict[str, Any]]
    successors = [{"valid_to": later}, {"starts_on": over}, {"starts_on": TODAY}]
    for successor in successors:
        cover(f"renewed {sorted(successor.items())}", valid_to=over)
        cover(f"renewed {sorted(successor.items())}", **successor)
    cover("goes on the day after", valid_to=soon)
    cover("goes on the day after", starts_on=soon + DAY)
    cover("a gap", valid_to=soon)
    cover("a gap", starts_on=soon + 2 * DAY, remind_days=60)
    cover("twice", valid_to=over - DAY)
    cover("twice", valid_to=over, remind_days=60)
    cover("removed", valid_to=over)
    assets["removed"].physical_status = PhysicalStatus.REMOVED
    session.flush()
    assert list_lapsing(session) == {
        ("lapsed", "lapsed 1"),
        ("ending", "ending 1"),
        ("a gap", "a gap 1"),
        ("twice", "twice 2"),
    }


# -- Examples ----------------------------------------------------------------------------------


def test_examples_go_with_what_hangs_on_them(session: Session, make: Factory) -> None:
    example = make.organisation(is_example=True)
    gone = make.agreement(is_example=True)
    make.agreement_scan(agreement_id=gone.id)
    kept = make.agreement()
    make.agreement_party(agreement_id=kept.id, organisation_id=example.id)
    asset = make.agreement_asset(agreement_id=kept.id)
    remove_examples(session)
    assert session.scalars(select(Agreement.id)).all() == [kept.id]
    assert session.scalars(select(AgreementParty)).all() == []
    assert session.scalars(select(AgreementAsset.asset_id)).all() == [asset.asset_id]
