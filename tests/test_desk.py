"""The desk, the same by the link of a mail, the same by the API; and the words that go out."""

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from geoapp.defects.rules import State, Street, Work
from geoapp.defects.tables import DefectFollower
from geoapp.ledger.audit import list_entries
from geoapp.ledger.chain import Thing
from geoapp.people.actions import keep_address
from geoapp.people.rules import Mandate, Role
from geoapp.people.tables import Contact
from tests.conftest import NOW
from tests.desks import REFUSAL, Desk, Post, call_link, post, token_of, voice
from tests.pictures import photo
from tests.world import World

pytest_plugins = ("tests.desks",)

# -- On screen -----------------------------------------------------------------------------------


def test_the_desk_shows_what_waits_for_ones_own_organisation_alone(desk: Desk) -> None:
    own, other = (desk.world.defects[name].code for name in ("own", "other"))
    page = desk.browser("maintainer").get("/desk").get_data(as_text=True)
    assert own in page or f"/desk/{own}" in page
    assert f"/desk/{other}" not in page


def test_a_maintainer_promises_a_day_on_the_page(desk: Desk) -> None:
    code = desk.world.defects["own"].code
    client = desk.browser("maintainer")
    answer = post(client, f"/desk/{code}", action="promise", due_on="2026-12-12", note="")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/desk/{code}?done=1")
    assert desk.state("own") is State.PLANNED


def test_what_is_wrong_comes_back_with_everything_that_was_typed(desk: Desk) -> None:
    code = desk.world.defects["own"].code
    client = desk.browser("maintainer")
    given = {name: words for name, words in REFUSAL.items() if name != "interests"}
    answer = post(client, f"/desk/{code}", action="refuse", **given)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert all(words in page for words in given.values())
    assert desk.state("own") is State.RECEIVED


def test_a_photo_of_what_was_done_is_held_until_somebody_has_looked(desk: Desk) -> None:
    code = desk.world.defects["own"].code
    client = desk.browser("maintainer")
    photos = (BytesIO(photo()), "done.jpg")
    answer = post(client, f"/desk/{code}", action="handle", note="Nieuwe plank", photos=photos)
    assert answer.status_code == 303
    page = desk.app.test_client().get(f"/defects/{code}").get_data(as_text=True)
    assert "photos/1.jpg" not in page
    assert desk.state("own") is State.HANDLED


def test_done_twice_says_to_look_again_and_keeps_the_words(desk: Desk) -> None:
    code = desk.world.defects["own"].code
    client = desk.browser("maintainer")
    page = client.get(f"/desk/{code}").get_data(as_text=True)
    form = {"csrf_token": token_of(page), "action": "handle", "note": "Klaar"}
    assert client.post(f"/desk/{code}", data=form).status_code == 303
    assert client.post(f"/desk/{code}", data=form).status_code == 409


# -- By machine ----------------------------------------------------------------------------------


def test_a_token_acts_and_the_answer_is_the_state(desk: Desk) -> None:
    code = desk.world.defects["own"].code
    assert desk.act("maintainer", code, action="take") == (200, {"code": code, "state": "assigned"})
    assert desk.act("maintainer", code, action="take")[0] == 409
    assert desk.act("maintainer", code, action="handle")[0] == 400
    status, body = desk.act("maintainer", code, action="handle", note="Klaar")
    assert (status, body["state"]) == (200, "handled")


@pytest.mark.parametrize(
    ("name", "report", "status"),
    [
        ("anonymous", "own", 401),
        ("resident", "own", 403),
        ("maintainer", "own", 200),
        ("maintainer", "other", 403),
        ("maintainer", "elsewhere", 403),
        ("officer here", "other", 200),
        ("officer here", "own", 403),
        ("officer there", "own", 403),
        ("moderator", "own", 403),
        ("manager of A", "own", 403),
        ("administrator", "own", 403),
    ],
)
def test_only_its_own_handler_says_that_it_is_done(
    desk: Desk, name: str, report: str, status: int
) -> None:
    code = desk.world.defects[report].code
    assert desk.act(name, code, action="handle", note="Klaar")[0] == status


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("moderator", 200),
        ("moderator of the contractor", 403),
        ("maintainer", 403),
        ("officer here", 200),
        ("officer there", 403),
    ],
)
def test_who_has_a_part_in_it_merges_nothing(desk: Desk, name: str, status: int) -> None:
    code, into = (desk.world.defects[one].code for one in ("own", "other"))
    answer = desk.act(name, code, action="merge", into=into, note="Dezelfde bank")
    assert answer[0] == status


@pytest.mark.parametrize(
    ("name", "status"), [("member of A", 200), ("officer here", 200), ("maintainer", 403)]
)
def test_a_check_is_made_by_somebody_without_a_part_in_it(
    desk: Desk, name: str, status: int
) -> None:
    code = desk.world.defects["own"].code
    desk.act("maintainer", code, action="handle", note="Klaar")
    answer = desk.app.test_client().post(
        f"/api/v1/defects/{code}/actions",
        data={"action": "check", "is_good": "true", "photos": (BytesIO(photo()), "now.jpg")},
        headers=desk.world.people[name].headers,
    )
    assert answer.status_code == status
    assert desk.state("own") is (State.SOLVED if status == 200 else State.HANDLED)


def test_a_refused_attempt_stands_in_the_history(desk: Desk) -> None:
    defect = desk.world.defects["own"]
    desk.act("officer here", defect.code, action="handle", note="Klaar")
    entries = list_entries(desk.world.session, thing=Thing("defect", defect.id), limit=9)
    assert [(one.action, one.is_refused) for one in entries] == [("handle_defect", True)]


# -- By mail -------------------------------------------------------------------------------------


@pytest.fixture
def link(world: World, desk: Desk, mails: Post, contact: Contact) -> str:
    """The link of the mail that told the contractor that it is not good."""
    del contact
    desk.act("maintainer", world.defects["own"].code, action="handle", note="Klaar")
    voice(desk, "own", says="still_broken")
    (mail,) = mails.deliver()
    assert mail.to == "maintainer@example.org"
    return call_link(mail)


def test_opening_the_link_of_a_mail_does_nothing_and_posting_acts(desk: Desk, link: str) -> None:
    client = desk.app.test_client()
    client.set_cookie("lang", "en")
    before = desk.state("own")
    page = client.get(link)
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    assert desk.state("own") is before
    secret = link.partition("secret=")[2]
    answer = post(client, link, action="promise", due_on="2026-12-12", secret=secret)
    assert answer.status_code == 303
    defect = desk.world.defects["own"]
    assert desk.state("own") is State.DISPUTED
    assert defect.promised_on is not None
    entry = list_entries(desk.world.session, thing=Thing("defect", defect.id), limit=1)[0]
    assert entry.doer is not None
    assert (entry.doer.person_id, entry.doer.label) == (
        desk.world.people["maintainer"].person_id,
        "mail_link",
    )


def test_the_link_leads_nowhere_once_somebody_else_answers_for_it(
    desk: Desk, link: str, contact: Contact
) -> None:
    contact.person_id = desk.world.people["resident"].person_id
    desk.world.session.flush()
    assert desk.app.test_client().get(link).status_code == 404


def test_the_link_leads_nowhere_once_it_is_somebody_elses(desk: Desk, link: str) -> None:
    desk.world.defects["own"].addressee_id = desk.world.desk.id
    desk.world.session.flush()
    assert desk.app.test_client().get(link).status_code == 404


def test_a_link_that_was_made_up_leads_nowhere(desk: Desk, link: str) -> None:
    assert desk.app.test_client().get(link[:-2] + "xx").status_code == 404


def test_a_mail_holds_nothing_but_what_the_page_says(desk: Desk, link: str, mails: Post) -> None:
    del link
    defect = desk.world.defects["own"]
    (mail,) = mails.deliver()
    assert defect.code in mail.subject
    assert "maintainer@" not in mail.text


# -- Words to followers --------------------------------------------------------------------------


@pytest.fixture
def follower(world: World) -> DefectFollower:
    """A neighbour who confirmed."""

    address_id = keep_address(
        world.session, sealer=world.sealer, address="buur@example.org", language="nl"
    )
    return world.make.defect_follower(
        defect_id=world.defects["own"].id,
        address_id=address_id,
        confirmed_at=NOW - timedelta(days=3),
    )


def test_each_cause_gives_one_word_in_the_followers_language(
    desk: Desk, follower: DefectFollower, mails: Post
) -> None:
    del follower
    code = desk.world.defects["own"].code
    desk.act("maintainer", code, action="take")
    desk.act("maintainer", code, action="promise", due_on="2026-12-12")
    desk.act("maintainer", code, action="handle", note="Klaar")
    voice(desk, "own", says="still_broken")
    voice(desk, "own", says="still_broken")
    mails.deliver()
    subjects = [mail.subject for mail in mails.deliver() if mail.to == "buur@example.org"]
    assert len(subjects) == 3
    assert subjects[-1] == f"{code}: Nog niet goed"


def test_the_word_that_it_is_done_asks_whether_it_is(
    desk: Desk, follower: DefectFollower, mails: Post
) -> None:
    del follower
    code = desk.world.defects["own"].code
    desk.act("maintainer", code, action="handle", note="Klaar, bel maar")
    (mail,) = mails.deliver()
    assert "Is het nu goed?" in mail.text
    assert "bel maar" not in mail.text
    assert f"/defects/{code}?secret=" in mail.text
    assert f"/defects/{code}/following?secret=" in mail.text


def test_who_never_confirmed_hears_nothing_of_it(
    desk: Desk, follower: DefectFollower, mails: Post
) -> None:
    follower.confirmed_at = None
    desk.world.session.flush()
    desk.act("maintainer", desk.world.defects["own"].code, action="handle", note="Klaar")
    assert mails.deliver() == []


def test_a_rung_up_calls_whoever_decides_there(desk: Desk, mails: Post, contact: Contact) -> None:

    contact.mandate = Mandate.PASSES_ON
    lead = desk.world.make.contact(
        district_id=desk.world.here.id,
        organisation_id=desk.world.contractor.id,
        role_name="Team lead",
        mandate=Mandate.DECIDES,
        person_id=desk.world.people["other resident"].person_id,
    )
    desk.world.session.flush()
    assert lead.id != contact.id
    for number in range(2):
        status, _ = desk.act(
            "maintainer", desk.world.defects["own"].code, action="handle", note="Klaar"
        )
        assert status == 200
        voice(desk, "own", says="still_broken")
        if number:
            voice(desk, "own", says="still_broken", who="two")
    sent = mails.deliver()
    assert desk.state("own") is State.DISPUTED
    assert desk.world.defects["own"].rung == 2
    assert [mail.to for mail in sent if "twee keer" in mail.text or "twice" in mail.text] == [
        "other-resident@example.org"
    ]


def dispute_twice(desk: Desk) -> None:
    """Called done twice, and twice not good: the second time two people say so."""
    code = desk.world.defects["own"].code
    for number in range(2):
        assert desk.act("maintainer", code, action="handle", note="Klaar")[0] == 200
        voice(desk, "own", says="still_broken")
        if number:
            voice(desk, "own", says="still_broken", who="two")


def add_lead(world: World, person: str) -> Contact:
    """A team lead who may not decide, on the second rung, with five days to answer."""
    lead = world.make.contact(
        district_id=world.here.id,
        organisation_id=world.contractor.id,
        role_name="Foreman of the crew",
        mandate=Mandate.PASSES_ON,
        person_id=world.people[person].person_id if person else None,
    )
    world.make.rung(organisation_id=world.contractor.id, contact_id=lead.id, days=5)
    world.session.flush()
    return lead


def called(sent: list[Any]) -> list[str]:
    """Who was told that it climbed."""
    return [mail.to for mail in sent if "twee keer" in mail.text or "twice" in mail.text]


def test_a_rung_up_calls_whom_the_rung_names_and_the_page_says_by_role_until_when(
    desk: Desk, mails: Post, contact: Contact
) -> None:
    assert contact.mandate is Mandate.DECIDES
    add_lead(desk.world, "other resident")
    dispute_twice(desk)
    assert called(mails.deliver()) == ["other-resident@example.org"]
    defect = desk.world.defects["own"]
    page = desk.app.test_client().get(f"/defects/{defect.code}?lang=en").get_data(as_text=True)
    due = f"{(NOW + timedelta(days=5)).day} November"
    name = desk.world.contractor.name
    assert f"A step higher: Foreman of the crew of {name}, answer by {due}." in page
    assert "other resident" not in page


def test_a_rung_nobody_fills_falls_back_to_who_decides(
    desk: Desk, mails: Post, contact: Contact
) -> None:
    del contact
    add_lead(desk.world, "")
    dispute_twice(desk)
    assert called(mails.deliver()) == ["maintainer@example.org"]


# -- To a mailbox --------------------------------------------------------------------------------


@pytest.fixture
def mailbox(world: World) -> None:
    """The contractor takes no part, and nobody of it is called: it has a mailbox."""
    world.contractor.reads_along = False
    world.contractor.mailbox_id = keep_address(
        world.session, sealer=world.sealer, address="post@contractor.example", language="en"
    )
    world.session.flush()


def not_good(desk: Desk) -> None:
    """Somebody says of a report that is open: still not right."""
    desk.world.defects["own"].description = "Bench of Mrs Canary is broken"
    desk.world.session.flush()
    voice(desk, "own", says="still_broken")


@pytest.mark.usefixtures("mailbox")
def test_where_nobody_is_called_the_mailbox_is_and_its_link_acts_for_the_organisation(
    desk: Desk, mails: Post
) -> None:
    not_good(desk)
    (mail,) = mails.deliver()
    assert mail.to == "post@contractor.example"
    assert "You do not take part in it yet" in mail.text
    assert "https://kaart.example/about" in mail.text
    # Nobody has confirmed this address: no words of anybody go there.
    assert "Canary" not in mail.text + mail.subject
    assert "Broken" in mail.text
    link = call_link(mail)
    client = desk.app.test_client()
    secret = link.partition("secret=")[2]
    answer = post(client, link, action="promise", due_on="2026-12-12", secret=secret)
    assert answer.status_code == 303
    defect = desk.world.defects["own"]
    entry = list_entries(desk.world.session, thing=Thing("defect", defect.id), limit=1)[0]
    assert entry.doer is not None
    assert (entry.doer.person_id, entry.doer.label, entry.doer.acting_for) == (
        None,
        "mail_link",
        desk.world.contractor.name,
    )


@pytest.mark.usefixtures("mailbox")
def test_the_link_to_a_mailbox_ends_where_it_is_another_one_or_none(
    desk: Desk, mails: Post
) -> None:
    not_good(desk)
    (mail,) = mails.deliver()
    link, client, contractor = call_link(mail), desk.app.test_client(), desk.world.contractor
    before = contractor.mailbox_id
    for mailbox_id, status in ((before, 200), (desk.world.make.address().id, 404), (None, 404)):
        contractor.mailbox_id = mailbox_id
        desk.world.session.flush()
        assert client.get(link).status_code == status


@pytest.mark.usefixtures("mailbox")
def test_a_person_who_answers_for_it_comes_before_the_mailbox(
    desk: Desk, mails: Post, contact: Contact
) -> None:
    del contact
    not_good(desk)
    assert [mail.to for mail in mails.deliver()] == ["maintainer@example.org"]


@pytest.mark.usefixtures("mailbox")
def test_an_organisation_without_mailbox_or_person_is_called_by_nobody(
    desk: Desk, mails: Post
) -> None:
    desk.world.contractor.mailbox_id = None
    not_good(desk)
    assert mails.deliver() == []


@pytest.mark.usefixtures("mailbox")
def test_the_page_of_the_report_says_that_its_organisation_is_mailed(desk: Desk) -> None:
    address = f"/defects/{desk.world.defects['own'].code}?lang=nl"
    client = desk.app.test_client()
    assert "Doet nog niet mee: we sturen uw melding per e-mail door." in client.get(address).text
    desk.world.contractor.mailbox_id = None
    desk.world.session.flush()
    assert "Doet nog niet mee: meld het daar ook zelf." in client.get(address).text


def test_the_link_of_a_mail_leads_to_its_own_report_alone(desk: Desk, link: str) -> None:
    own, other = (desk.world.defects[name].code for name in ("own", "other"))
    client = desk.app.test_client()
    assert client.get(link).status_code == 200
    assert client.get(link.replace(own, other)).status_code == 404


# -- What a refusal tells ------------------------------------------------------------------------


def refuse_twice(desk: Desk, code: str) -> None:
    """A no, a resident's no to it with words, and a second no by somebody else."""
    world = desk.world
    desk.act("maintainer", code, action="refuse", **REFUSAL)
    voice(desk, "own", says="still_broken", note="De bank is voor ouderen")
    role = (Role.MAINTAINER, world.here.id, world.contractor.id)
    world.people.hold(world.add_person("colleague", [role]))
    again = {**REFUSAL, "note": "Na overleg: nee", "decided_by": "De stadsdeelsecretaris"}
    assert desk.act("colleague", code, action="refuse", **again)[1]["state"] == "no_agreement"


def test_everybody_reads_what_a_refusal_tells(desk: Desk) -> None:
    code = desk.world.defects["own"].code
    desk.act("maintainer", code, action="refuse", **REFUSAL)
    page = desk.app.test_client().get(f"/defects/{code}?lang=en").get_data(as_text=True)
    told = dict(re.findall(r"<dt>([^<]+)</dt><dd dir=\"auto\">([^<]+)</dd>", page))
    assert told == {
        "What would make it possible?": REFUSAL["possible"],
        "Which interests were weighed?": REFUSAL["interests"],
        "Who decided? A role, no name": REFUSAL["decided_by"],
        "On which day did somebody go and look?": "20 November 2026",
    }


def test_where_nobody_agrees_both_views_stand_side_by_side(desk: Desk) -> None:
    code = desk.world.defects["own"].code
    refuse_twice(desk, code)
    page = desk.app.test_client().get(f"/defects/{code}?lang=en").get_data(as_text=True)
    views = page.partition("Two views")[2].partition("</section>")[0]
    for said in ("Na overleg: nee", "De stadsdeelsecretaris", "De bank is voor ouderen"):
        assert said in views
    assert "1 person said so." in views
    assert REFUSAL["note"] not in views


def test_who_refused_may_think_again_without_anybody_asking(desk: Desk) -> None:
    code = desk.world.defects["own"].code
    refuse_twice(desk, code)
    assert desk.act("maintainer", code, action="handle", note="Klaar")[0] == 409
    status, answer = desk.act("maintainer", code, action="promise", due_on="2026-12-12")
    assert (status, answer["state"]) == (200, "disputed")


# -- Volunteers ----------------------------------------------------------------------------------


def test_volunteers_ask_the_municipality_for_help(desk: Desk) -> None:
    world, code = desk.world, desk.world.defects["own"].code
    assert "Ask for help" not in desk.browser("maintainer").get(f"/desk/{code}").text
    world.contractor.is_volunteer = True
    world.session.flush()
    client = desk.browser("maintainer")
    form = {"action": "pass_on", "way": "ask_for_help", "organisation": world.desk.slug}
    empty = post(client, f"/desk/{code}", note="", **form)
    assert empty.status_code == 400
    assert empty.text.count('<details class="box act" open>') == 1
    assert post(client, f"/desk/{code}", note="Te zwaar voor ons", **form).status_code == 303
    assert (desk.state("own"), world.defects["own"].passed_to_id) == (
        State.PASSED_ON,
        world.desk.id,
    )
    page = desk.app.test_client().get(f"/defects/{code}?lang=en").text
    assert f"{world.contractor.name} ask for help." in page
    assert "passes it on" not in page


# -- A report that came back ---------------------------------------------------------------------


def test_a_report_and_its_return_lead_to_each_other(desk: Desk) -> None:
    world = desk.world
    first = world.defects["own"]
    again = world.make.defect(district_id=world.here.id, again_of_id=first.id)
    first.work, first.street = Work.HANDLED, Street.GOOD
    world.session.flush()
    client = desk.app.test_client()
    for one, other in ((first, again), (again, first)):
        assert f'href="/defects/{other.code}"' in client.get(f"/defects/{one.code}").text
