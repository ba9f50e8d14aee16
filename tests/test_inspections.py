"""The round: lists by version, answers on a phone, what is due, and what is done together."""

import json
import re
from datetime import date, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from shapely import Point
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from geoapp.accounts.actions import erase_account
from geoapp.assets.queries import get_asset, history_of
from geoapp.assets.rules import AssetEventKind, Kind, PhysicalStatus
from geoapp.assets.tables import Asset
from geoapp.config import PROJECT_DIR
from geoapp.db.changes import Change
from geoapp.errors import Invalid
from geoapp.exchange.importing import import_file
from geoapp.inspections.actions import ListDraft, put_checklist, remove_example_inspections
from geoapp.inspections.queries import last_inspection_of, list_due, list_in_force, overdue
from geoapp.inspections.rules import (
    Answer,
    CaseState,
    Result,
    check_answers,
    find_result,
    read_items,
)
from geoapp.inspections.tables import Checklist, Inspection
from geoapp.ledger.audit import list_entries, verify_chain
from geoapp.ledger.chain import Thing
from geoapp.media.tables import Picture
from geoapp.web.clean_safe import ANSWERS, RESULTS
from tests.conftest import NOW
from tests.desks import token_of
from tests.factories import LAT, LON, Factory, stored
from tests.keepers import DISTRICT, ITEMS, KEEPER, RIGHT, WRONG, Keepers
from tests.pictures import photo

pytest_plugins = ("tests.desks", "tests.keepers")

TODAY = date(2026, 11, 21)
LIST = read_items(ITEMS)
ALL_YES: dict[str, object] = {"firm": "yes", "clean": "yes"}


# -- Lists and answers -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("firm", "clean", "result"),
    [
        ("yes", "yes", Result.RIGHT),
        ("yes", "no", Result.NOT_RIGHT),
        ("no", "yes", Result.NOT_SAFE),
        ("no", "no", Result.NOT_SAFE),
        ("not_there", "not_there", Result.RIGHT),
    ],
)
def test_a_no_about_safety_weighs_most(firm: str, clean: str, result: Result) -> None:
    assert find_result(LIST, check_answers(LIST, {"firm": firm, "clean": clean})) is result


HOSTILE: list[dict[str, Any]] = [
    {},
    {"firm": "yes"},
    {**ALL_YES, "other": "yes"},
    {**ALL_YES, "firm": "maybe"},
    {**ALL_YES, "firm": ["yes"]},
    {**ALL_YES, "firm": {"yes": "yes"}},
    {**ALL_YES, "firm": True},
    {**ALL_YES, "firm": None},
    {**ALL_YES, "firm": float("nan")},
    {**ALL_YES, "firm": "YES"},
    {**ALL_YES, "firm": "yes\x00"},
    {**ALL_YES, "__proto__": "yes"},
]


@pytest.mark.parametrize("answers", HOSTILE)
def test_answers_are_those_of_the_list_and_nothing_else(answers: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        check_answers(LIST, answers)


def one(**changed: Any) -> dict[str, Any]:
    """The first question, with something else in it."""
    return {**ITEMS[0], **changed}


WRONG_LISTS: list[Any] = [
    None,
    {},
    [],
    ["firm"],
    [ITEMS[0]] * 2,
    [one(code=f"code{n}") for n in range(7)],
    [one(code="Big")],
    [one(code="")],
    [one(code=5)],
    [one(question={})],
    [one(question={"nl": ""})],
    [one(question={"nl": "x" * 121})],
    [one(question={"nl": 5})],
    [one(question={"dutch!": "Vast?"})],
    [one(is_safety="no")],
    [one(category=None)],
    [one(more=1)],
]


@pytest.mark.parametrize("items", WRONG_LISTS)
def test_a_list_that_cannot_be_asked_is_refused(items: Any) -> None:
    with pytest.raises(Invalid):
        read_items(items)


def test_a_changed_list_is_a_new_version_and_a_look_keeps_its_own(
    session: Session, make: Factory
) -> None:
    bench = make.asset()
    put = partial(put_checklist, session, district_id=bench.district_id, is_example=False)
    first = ListDraft(Kind.BENCH, TODAY - timedelta(days=90), 90, LIST[:1], "made up")
    assert put(draft=first) is Change.NEW
    assert put(draft=first) is Change.SAME
    row = session.scalars(select(Checklist)).one()
    make.inspection(asset_id=bench.id, checklist_id=row.id, answers={"firm": "yes"})
    second = ListDraft(Kind.BENCH, TODAY + timedelta(days=1), 30, LIST, "made up")
    assert put(draft=second) is Change.NEW
    facts = get_asset(session, code=bench.code)
    for day, version in ((TODAY, 1), (TODAY + timedelta(days=1), 2)):
        asked = list_in_force(session, asset=facts, today=day)
        assert asked is not None
        assert asked.version == version
    found = last_inspection_of(session, asset_id=bench.id)
    assert found is not None
    assert (found.version, found.items) == (1, LIST[:1])
    before = ListDraft(Kind.BENCH, TODAY - timedelta(days=1), 30, LIST[:1], "made up")
    with pytest.raises(Invalid, match="later"):
        put(draft=before)


def test_the_lists_of_the_project_are_imported_for_every_district(
    session: Session, make: Factory, tmp_path: Path
) -> None:
    make.district()
    make.district(languages=["de", "en"])

    def load(path: Path) -> tuple[int, int]:
        tally = import_file(session, path, layout_name="checklists", say=lambda _: None).tally
        return tally.new, tally.same

    path = PROJECT_DIR / "data" / "checklists.json"
    assert load(path) == (6, 0)
    assert load(path) == (0, 6)
    lists = json.loads(path.read_text(encoding="utf-8"))
    questions = [item["question"] for one in lists for item in one["items"]]
    assert [set(question) for question in questions] == [{"nl", "en"}] * len(questions)
    wrong = tmp_path / "wrong.json"
    wrongs: list[Any] = [{}, [{"kind": "cabinet"}], [{**lists[0], "kind": "tower"}], [1]]
    for rows in wrongs:
        wrong.write_text(json.dumps(rows), encoding="utf-8")
        with pytest.raises(Invalid):
            load(wrong)
    item = {**lists[0]["items"][0], "category": "people"}
    wrong.write_text(json.dumps([{**lists[0], "items": [item]}]), encoding="utf-8")
    with pytest.raises(Invalid, match="people"):
        load(wrong)


# -- What is due -------------------------------------------------------------------------------


def test_what_was_not_looked_at_in_its_time_is_due_and_since_when(
    session: Session, make: Factory
) -> None:
    began = TODAY - timedelta(days=100)
    make.checklist(every_days=30, starts_on=began)
    never, long_ago, lately, gone, planned = (make.asset() for _ in range(5))
    gone.physical_status = PhysicalStatus.REMOVED
    planned.physical_status = PhysicalStatus.PLANNED
    make.asset(kind=Kind.BIN)
    for asset, days in ((long_ago, 30), (lately, 29)):
        make.inspection(asset_id=asset.id, done_on=TODAY - timedelta(days=days))
    session.flush()
    found = {row.asset_id: row.since for row in session.execute(overdue(TODAY))}
    assert found == {never.id: began, long_ago.id: TODAY}


def test_the_round_of_an_organisation_holds_what_it_owns_or_keeps_the_nearest_first(
    session: Session, make: Factory
) -> None:
    make.checklist()
    us, them = make.organisation(), make.organisation()
    far, near = (make.asset(geom=stored(Point(LON + off, LAT))) for off in (0.02, 0.01))
    far.owner_id = us.id
    make.duty(asset_id=near.id, organisation_id=us.id, covers=["cleaning"])
    over = make.asset()
    make.duty(asset_id=over.id, organisation_id=us.id, until=TODAY - timedelta(days=1))
    make.duty(asset_id=make.asset().id, organisation_id=them.id)
    found, total = list_due(session, organisation_id=us.id, near=(LON, LAT), today=TODAY, limit=8)
    assert ([asset.code for asset in found], total) == ([near.code, far.code], 2)
    found, total = list_due(
        session, organisation_id=us.id, near=(LON + 0.02, LAT), today=TODAY, limit=1
    )
    assert ([asset.code for asset in found], total) == ([far.code], 2)


# -- On the phone ------------------------------------------------------------------------------


def test_one_tap_says_that_all_is_right_and_leads_on_to_the_next_one(
    session: Session, keepers: Keepers
) -> None:
    world, court = keepers.desk.world, keepers.court
    make = world.make
    other = make.asset(
        district_id=world.here.id, kind=Kind.SPORT_COURT, geom=stored(Point(LON + 0.01, LAT))
    )
    make.duty(asset_id=other.id, organisation_id=world.org_a.id, covers=["operation"])
    client = keepers.desk.browser("member of A")
    page = client.get("/organisations/org-a/round").text
    assert page.count('class="box stop"') == 2
    assert f"/assets/{court.code}/inspect?round=org-a" in page
    status, to = keepers.send("member of A", all="right", round="org-a")
    assert (status, to) == (303, f"/assets/{other.code}/inspect?round=org-a&noted={court.code}")
    assert f"Kept for {court.code}" in client.get(to).text
    session.refresh(court)
    assert court.last_seen_on == TODAY
    kinds = [happening.kind for happening in history_of(session, asset_id=court.id)]
    assert kinds == [AssetEventKind.INSPECTED]
    make.inspection(asset_id=other.id, done_on=TODAY)
    status, to = keepers.send("member of A", all="right", round="org-a")
    assert (status, to) == (303, f"/organisations/org-a/round?noted={court.code}")
    assert "The round is done" in client.get(to).text


def test_a_no_offers_a_report_that_is_half_filled_in(keepers: Keepers) -> None:
    status, to = keepers.send("manager of A", **WRONG, note="The goal leans.", round="org-a")
    assert status == 303
    client = keepers.desk.browser("manager of A")
    page = client.get(to).text
    link = f"/report?asset={keepers.court.code}&amp;category=unsafe"
    assert link in page
    form = client.get(link.replace("&amp;", "&")).text
    assert re.search('value="unsafe" required data-to="[a-z-]+" checked', form)
    assert keepers.cases() == []
    words = keepers.read("anonymous")
    assert re.search(r"Not safe Looked at by Department \d+, on 21 November\.", words)
    assert "By list 1, which holds since" in words
    assert "Does it stand firm? No" in words
    assert "The goal leans." in words


def test_what_is_typed_is_not_lost_when_a_question_has_no_answer(keepers: Keepers) -> None:
    status, page = keepers.send(
        "manager of A", **{"answer-firm": "no"}, note="Half of it", together=DISTRICT
    )
    assert status == 400
    assert 'name="answer-firm" value="no" required checked' in page
    assert ">Half of it</textarea>" in page
    assert f'<option value="{DISTRICT}" selected>' in page
    assert "Answer every question" in page
    assert keepers.looks() == []


@pytest.mark.parametrize(
    "fields",
    [
        {**RIGHT, "answer-other": "yes"},
        {**RIGHT, "answer-firm": '{"yes": 1}'},
        {**RIGHT, "list": "2"},
        {**RIGHT, "list": "9" * 30},
        {**RIGHT, "list": "\u0661"},
        {**RIGHT, "list": "-1"},
        {**RIGHT, "note": "x" * 501},
        {**RIGHT, "together": "org-b"},
        {**RIGHT, "together": "nobody"},
        {**RIGHT, "photos": (BytesIO(b"GIF89a"), "a.jpg")},
    ],
)
def test_a_hostile_form_keeps_nothing(keepers: Keepers, fields: dict[str, Any]) -> None:
    status, page = keepers.send("manager of A", **fields)
    assert (status, keepers.looks()) == (400, [])
    assert 'role="alert"' in page


def test_a_photo_is_for_those_who_look_after_the_place(session: Session, keepers: Keepers) -> None:
    picture = (BytesIO(photo()), "now.jpg")
    assert keepers.send("manager of A", **RIGHT, photos=picture)[0] == 303
    (look,) = keepers.looks()
    assert look.picture_id == session.scalars(select(Picture.id)).one()
    path = f"/assets/{keepers.court.code}/inspections/{look.number}.jpg"
    for name, status in (
        ("officer here", 200),
        ("manager of B", 200),
        ("maintainer", 403),
        ("anonymous", 401),
    ):
        assert keepers.desk.browser(name).get(path).status_code == status
    assert path not in keepers.desk.browser("anonymous").get(f"/assets/{keepers.court.code}").text
    other = f"/assets/{keepers.court.code}/inspections/{look.number + 1}.jpg"
    assert keepers.desk.browser("officer here").get(other).status_code == 404


def test_a_form_without_a_token_and_a_place_without_a_list_keep_nothing(
    keepers: Keepers, session: Session
) -> None:
    client = keepers.desk.browser("manager of A")
    path = f"/assets/{keepers.court.code}/inspect"
    assert client.post(path, data=RIGHT).status_code == 400
    session.execute(Checklist.__table__.delete())  # type: ignore[attr-defined]  # a table has it
    page = client.get(path).text
    assert "Nobody has made a list" in page
    data = {"csrf_token": token_of(client.get("/account").text), "list": "1", **RIGHT}
    assert client.post(path, data=data).status_code == 400


def test_support_looks_for_the_platform_that_lets_it_and_is_named_with_it(
    keepers: Keepers,
) -> None:
    assert keepers.send("supporter", **RIGHT)[0] == 303
    (look,) = keepers.looks()
    assert look.by_organisation_id == keepers.desk.world.org_a.id
    thing = Thing("asset", keepers.court.id)
    (entry,) = list_entries(keepers.desk.world.session, thing=thing, limit=10)
    assert entry.doer is not None
    assert (entry.action, entry.doer.acting_for) == ("inspect", "org-a")


def test_the_questions_are_asked_in_both_languages(keepers: Keepers) -> None:
    path = f"/assets/{keepers.court.code}/inspect"
    for tag, said in (("nl", "Staat het vast?"), ("en", "Does it stand firm?")):
        assert said in keepers.desk.browser("manager of A").get(f"{path}?lang={tag}").text


# -- Together ----------------------------------------------------------------------------------


def test_done_together_it_counts_once_the_other_side_has_said_so(keepers: Keepers) -> None:
    assert keepers.send("manager of A", **WRONG, together=DISTRICT)[0] == 303
    assert keepers.cases() == []
    assert "together" not in keepers.read("anonymous")
    assert "Then it becomes a warning" in keepers.read("officer here", "/inspect")
    assert "Then it becomes a warning" not in keepers.read("manager of A", "/inspect")
    for name in ("manager of A", "member of A", "manager of B"):
        assert keepers.confirm(name)[0] == 403
    assert keepers.cases() == []
    assert keepers.confirm("officer here")[0] == 303
    assert keepers.cases() == [CaseState.WARNED]
    assert keepers.confirm("officer here")[0] == 409
    words = keepers.read("anonymous")
    assert "together, on 21 November." in words
    assert "Warning: it must be repaired by 19 December." in words


def test_what_the_district_wrote_down_the_named_keeper_confirms(keepers: Keepers) -> None:
    assert keepers.send("officer here", **WRONG, together=KEEPER)[0] == 303
    for name in ("officer here", "manager of B"):
        assert keepers.confirm(name)[0] == 403
    assert keepers.confirm("member of A")[0] == 303
    assert keepers.cases() == [CaseState.WARNED]


def test_a_look_that_was_followed_by_another_or_is_long_ago_cannot_be_confirmed(
    keepers: Keepers, session: Session
) -> None:
    assert keepers.send("manager of A", **WRONG, together=DISTRICT)[0] == 303
    assert keepers.send("manager of B", **RIGHT)[0] == 303
    first = str(keepers.looks()[0].number)
    assert keepers.send("officer here", "inspect/confirm", number=first)[0] == 409
    assert keepers.send("manager of A", **WRONG, together=DISTRICT)[0] == 303
    keepers.looks()[-1].done_on -= timedelta(days=15)
    session.flush()
    assert keepers.confirm("officer here")[0] == 409
    assert keepers.cases() == []


def test_one_person_in_two_roles_does_not_confirm_what_they_wrote(
    keepers: Keepers, session: Session
) -> None:
    look = keepers.desk.world.make.inspection
    person = keepers.desk.world.people["manager of A"].person_id
    with pytest.raises(IntegrityError, match="two_persons"), session.begin_nested():
        look(
            person_id=person,
            confirmed_by=person,
            confirmed_at=NOW,
            with_organisation_id=keepers.desk.world.org_b.id,
        )


# -- Who leaves, and what goes with the examples -----------------------------------------------


def test_an_erased_person_is_in_no_look_any_more_and_what_was_found_stays(
    keepers: Keepers, session: Session
) -> None:
    assert keepers.look_together(**WRONG)[0] == 303
    for name in ("manager of A", "officer here"):
        person_id = keepers.desk.world.people[name].person_id
        assert person_id is not None
        erase_account(session, person_id=person_id)
    (look,) = keepers.looks()
    assert (look.person_id, look.confirmed_by, look.result) == (None, None, Result.NOT_SAFE)
    assert look.is_shared
    assert keepers.cases() == [CaseState.WARNED]
    assert verify_chain(session, thing=Thing("asset", keepers.court.id)) == []


def test_examples_show_a_place_that_is_due_and_one_with_a_warning_and_all_go(
    demo_session: Session,
) -> None:
    due = {row.asset_id for row in demo_session.execute(overdue(TODAY))}
    names = demo_session.scalars(
        select(Asset.name).where(Asset.id.in_(due), Asset.kind == Kind.CABINET)
    ).all()
    assert sorted(names) == [
        "Cabinet 3, on Rope Walk",
        "Kast 7, bij Ochtenhof",
        "Kast 8, bij Millingenhof",
    ]
    shared = demo_session.scalars(select(Inspection.result).where(Inspection.is_shared)).all()
    assert shared == [Result.NOT_SAFE]
    remove_example_inspections(demo_session)
    assert demo_session.scalar(select(func.count()).select_from(Inspection)) == 0


def test_every_answer_and_result_has_its_words() -> None:

    assert set(ANSWERS) == set(Answer)
    assert set(RESULTS) == set(Result)


@pytest.mark.parametrize("where", ["inspect", "inspect/confirm", "facts"])
def test_a_nul_in_a_form_is_refused(keepers: Keepers, where: str) -> None:
    fields = {**RIGHT, "round": "a\x00b"}
    assert keepers.send("manager of A", where, **fields)[0] == 400
    assert keepers.looks() == []


def test_a_photo_of_a_number_that_no_row_can_have_is_not_there(keepers: Keepers) -> None:
    client = keepers.desk.browser("manager of A")
    for path in ("inspections", "photos"):
        for number in (2**31, 10**30):
            answer = client.get(f"/assets/{keepers.court.code}/{path}/{number}.jpg")
            assert answer.status_code == 404
