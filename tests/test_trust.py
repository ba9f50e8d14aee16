"""Whose map this is, privacy, accessibility: what the operator told, and what nobody has told."""

import html
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from geoapp.app import create_app
from geoapp.config import PROJECT_DIR, Settings
from geoapp.districts.queries import get_district
from geoapp.districts.rules import MOST_LETTERS, Conformance, Ground, Operator, Slot, read_operator
from geoapp.districts.tables import District
from geoapp.errors import Invalid
from geoapp.exchange.importing import import_file
from geoapp.web import trust, words
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory

LAKESIDE = PROJECT_DIR / "data" / "lakeside_district.json"
PAGES = ("/about", "/privacy", "/accessibility")
EMPTY = {
    "en": "[Still to be filled in by whoever runs this map]",
    "nl": "[Nog in te vullen door wie deze kaart beheert]",
}
FULL = {
    **{slot.value: f"Words of {slot}" for slot in Slot},
    Slot.MAIL: "map@example.org",
    Slot.PHONE: "+31 20 000 0000",
    Slot.GROUND: Ground.PUBLIC_TASK.value,
    Slot.ACCESSIBILITY_STATUS: Conformance.PARTIAL.value,
    Slot.ACCESSIBILITY_CHECKED_ON: "2026-01-31",
}


def make_place(make: Factory, **values: Any) -> District:
    """A district with a desk."""
    district = make.district(**values)
    make.organisation(district_id=district.id, is_desk=True)
    return district


def read_all(client: FlaskClient, language: str) -> str:
    """The words of all three pages."""
    return html.unescape("".join(client.get(f"{path}?lang={language}").text for path in PAGES))


def run_import(session: Session, folder: Path, operator: object) -> Operator:
    """Import Lakeside with this operator; what is then known of who runs it."""
    told = json.loads(LAKESIDE.read_text(encoding="utf-8")) | {"operator": operator}
    file = folder / "district.json"
    file.write_text(json.dumps(told), encoding="utf-8")
    import_file(session, file, layout_name="district", say=lambda _: None)
    session.expire_all()
    return get_district(session, slug="lakeside").operator


# -- What a district's file may say -----------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "said"),
    [
        ([], "operator must be slots"),
        (None, "operator must be slots"),
        ("Somebody", "operator must be slots"),
        ({"nmae": "Somebody"}, "no slot nmae: use name, address"),
        ({"name": 7}, "name must be words"),
        ({"name": None}, "name must be words"),
        ({"name": ["Somebody"]}, "name must be words"),
        ({"name": {"en": 7}}, "name must be words"),
        ({"name": {"n1": "Iemand"}}, "name has words in n1.* use en, nl"),
        ({"norms": "x" * (MOST_LETTERS + 1)}, "at most 1000 letters"),
        ({"norms": {"en": "a\x00b"}}, "no letter"),
        ({"mail": "nowhere"}, "mail must look like map@example.org"),
        ({"mail": "map@example.org?cc=x@example.org"}, "mail must look like"),
        ({"mail": {"en": "map@example.org"}}, "mail must look like"),
        ({"phone": "javascript:1"}, "phone must look like"),
        ({"phone": 112}, "phone must look like"),
        ({"ground": "because"}, "ground must be one of consent, public_task"),
        ({"accessibility_status": "F"}, "accessibility_status must be one of A, B, C, D, E"),
        ({"accessibility_checked_on": "last week"}, "must look like 2026-01-31"),
        ({"accessibility_checked_on": 2026}, "must look like 2026-01-31"),
    ],
)
def test_an_operator_that_is_none_is_refused_and_the_slot_is_named(
    session: Session, tmp_path: Path, operator: object, said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        run_import(session, tmp_path, operator)


def test_what_a_file_says_of_who_runs_the_map_is_known_and_an_empty_slot_is_none(
    session: Session, tmp_path: Path
) -> None:
    told = {"name": {"en": " The office ", "nl": ""}, "mail": "map@example.org", "norms": ""}
    operator = run_import(session, tmp_path, told)
    assert operator.told == {
        Slot.NAME: {"en": "The office"},
        Slot.MAIL: {"": "map@example.org"},
    }
    assert operator.empty == [slot for slot in Slot if slot not in (Slot.NAME, Slot.MAIL)]


def test_a_slot_that_a_later_file_leaves_out_is_empty_again(
    session: Session, tmp_path: Path
) -> None:
    run_import(session, tmp_path, {"name": "The office"})
    assert run_import(session, tmp_path, {}).told == {}


def test_the_same_operator_again_changes_nothing(session: Session, tmp_path: Path) -> None:
    told = {"name": {"en": " The office ", "nl": ""}, "norms": ""}
    run_import(session, tmp_path, told)
    file = tmp_path / "district.json"
    again = import_file(session, file, layout_name="district", say=lambda _: None)
    assert (again.tally.changed, again.tally.same) == (0, 1)


def test_the_database_takes_no_operator_that_has_no_slots(session: Session, make: Factory) -> None:
    make.district()
    with pytest.raises(IntegrityError, match="ck_district_operator"):
        session.execute(text("UPDATE district SET operator = '[]'"))


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (["nl", "en"], ("Iemand", "nl")),
        (["fr", "en"], ("Somebody", "en")),
        (["fr"], ("Iemand", "nl")),
        ([], ("Iemand", "nl")),
    ],
)
def test_a_slot_speaks_the_first_wanted_language_and_else_whatever_it_has(
    wanted: list[str], said: tuple[str, str]
) -> None:
    operator = read_operator({"name": {"nl": "Iemand", "en": "Somebody"}})
    assert operator.say(Slot.NAME, wanted) == said


# -- On the pages --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "nl"])
def test_what_nobody_filled_in_cannot_be_overlooked(
    make: Factory, own_client: FlaskClient, path: str, language: str
) -> None:
    make_place(make)
    assert EMPTY[language] in own_client.get(f"{path}?lang={language}").text


def test_whose_map_it_is_lists_every_slot_that_is_empty(
    make: Factory, own_client: FlaskClient
) -> None:
    make_place(make, operator={Slot.PHONE: FULL[Slot.PHONE]})
    page = own_client.get("/about?lang=en").text
    listed = page.partition("still has to fill in: ")[2].partition(".</p>")[0]
    assert listed.split("; ") == [str(words.SLOTS[slot]) for slot in Slot if slot != Slot.PHONE]


def test_a_map_whose_operator_told_everything_says_it_all_and_has_no_mark(
    make: Factory, own_client: FlaskClient
) -> None:
    make_place(make, operator=FULL)
    read = read_all(own_client, "en")
    assert EMPTY["en"] not in read
    assert "These pages are not finished" not in read
    said = {
        **FULL,
        Slot.GROUND: "a public task",
        Slot.ACCESSIBILITY_STATUS: "B: meets a part",
        Slot.ACCESSIBILITY_CHECKED_ON: "31 January 2026",
    }
    assert [slot for slot, told in said.items() if told not in read] == []
    assert 'href="mailto:map@example.org"' in read
    assert 'href="tel:+31 20 000 0000"' in read


def test_words_in_another_language_than_the_page_are_marked_as_such(
    make: Factory, own_client: FlaskClient
) -> None:
    make_place(make, operator={"norms": {"nl": "De buurt zelf"}})
    assert '<span class="said" dir="auto" lang="nl">De buurt zelf' in (
        own_client.get("/about?lang=en").text
    )
    assert '<span class="said" dir="auto">De buurt zelf' in own_client.get("/about?lang=nl").text


def test_what_an_operator_wrote_is_shown_as_they_wrote_it(
    make: Factory, own_client: FlaskClient
) -> None:
    hostile = '<img src=x onerror="alert(1)"> {{ 7 * 7 }}'
    free = {slot.value: hostile for slot in Slot if FULL[slot] == f"Words of {slot}"}
    make_place(make, operator=free)
    for path in PAGES:
        page = own_client.get(path).text
        assert "<img" not in page
        assert "&lt;img src=x onerror=&#34;alert(1)&#34;&gt; {{ 7 * 7 }}" in page


def test_nobody_is_said_to_run_the_map_of_a_real_place(client: FlaskClient) -> None:
    page = client.get("/about?lang=en").text
    runs = page.partition("<h2>Who runs it</h2>")[2].partition("</section>")[0]
    assert runs.count(EMPTY["en"]) == 4


def test_an_operator_that_is_made_up_says_so(demo_session: Session) -> None:
    operator = get_district(demo_session, slug="lakeside").operator
    told = [said for slot in (Slot.NAME, Slot.NORMS) for said in operator.told[slot].values()]
    assert all(said.startswith(("Example", "Voorbeeld")) for said in told)


@pytest.mark.parametrize("path", PAGES)
def test_each_of_the_pages_leads_to_the_other_two_of_the_same_place(
    client: FlaskClient, path: str
) -> None:
    for district, query in (("zuidoost", ""), ("lakeside", "?district=lakeside")):
        page = client.get(f"{path}?district={district}").text
        for other in set(PAGES) - {path}:
            assert f'href="{other}{query}"' in page, (district, other)


def test_who_sees_what_has_a_row_for_each(client: FlaskClient) -> None:
    page = client.get("/about?lang=nl").text
    rows = re.findall(r'<th scope="row">([^<]+)</th>', page)
    assert rows == ["Iedereen", "Wie het meldde", "Wie het behandelt", "Moderators"]


def test_every_slot_and_choice_has_its_words() -> None:
    assert set(words.SLOTS) == set(Slot)
    assert set(words.GROUNDS) == set(Ground)
    assert set(words.CONFORMANCES) == set(Conformance)


# -- What is kept ------------------------------------------------------------------------------


def test_the_privacy_page_tells_the_days_the_program_keeps_to(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust, "KEEP_COUNTS", timedelta(days=17))
    assert "<dd>17 days</dd>" in client.get("/privacy?lang=en").text


@pytest.mark.parametrize(
    ("district", "said"),
    [("zuidoost", "it belongs to the neighbourhood"), ("lakeside", "until this trial is taken")],
)
def test_a_report_stays_and_one_of_a_trial_goes_with_it(
    client: FlaskClient, district: str, said: str
) -> None:
    assert said in client.get(f"/privacy?lang=en&district={district}").text


def test_every_cookie_the_service_sets_is_named_with_its_days(
    make: Factory, own_client: FlaskClient
) -> None:
    make_place(make)
    answer = own_client.get(f"/report?lat={LAT}&lon={LON}&lang=en")
    set_by_us = {line.partition("=")[0] for line in answer.headers.getlist("Set-Cookie")}
    page = own_client.get("/privacy?lang=en").text
    cookies = page.partition("<h2>Cookies</h2>")[2].partition("</dl>")[0]
    assert set_by_us
    # That of a session comes with signing in alone.
    assert set(re.findall(r"<dt>(\w+)</dt>", cookies)) == set_by_us | {"session"}
    assert "Kept for 365 days." in cookies


def test_whoever_sees_which_part_of_the_map_one_looks_at_is_named(demo_engine: Engine) -> None:
    client = create_app(Settings(), engine=demo_engine, clock=lambda: NOW).test_client()
    first = client.get("/privacy?lang=en")
    assert "comes from others (Kaart: Kadaster / PDOK, CC BY 4.0)" in first.text
    assert "pdok" not in first.headers["Content-Security-Policy"]
    assert "comes from others" not in client.get("/privacy?lang=en&district=lakeside").text


def test_the_answer_about_accessibility_comes_in_the_district_s_own_days(
    make: Factory, own_client: FlaskClient
) -> None:
    make_place(make, answer_days=9)
    assert "within 9 days" in own_client.get("/accessibility?lang=en").text


def test_a_place_nobody_told_about_has_an_operator_without_words(
    make: Factory, session: Session
) -> None:
    assert get_district(session, slug=make.district().slug).operator == Operator({})
