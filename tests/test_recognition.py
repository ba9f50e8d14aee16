"""Recognition: a file by criteria that platforms own, private until it is published, reviewed by
peers and the commission with reasons; and no score anywhere."""

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Boolean, DateTime, func, select
from sqlalchemy.exc import IntegrityError, InternalError
from sqlalchemy.orm import Session

from geoapp.app import metadata
from geoapp.config import PROJECT_DIR
from geoapp.errors import Invalid
from geoapp.exchange.importing import import_file
from geoapp.exchange.rows import WrongRows
from geoapp.ledger.audit import list_entries
from geoapp.ledger.chain import Thing
from geoapp.people.rules import POLICY, Permission, Role
from geoapp.recognition.actions import CriteriaDraft, put_criteria
from geoapp.recognition.queries import find_file, find_list
from geoapp.recognition.rules import Criterion, read_criteria, read_evidence, write_criteria
from geoapp.recognition.tables import CriteriaList, RecognitionReview
from tests.factories import Factory
from tests.test_claims import MOST_INPUTS, hidden_of, inputs_of
from tests.world import TODAY, World

pytest_plugins = ("tests.desks",)

PUBLIC = "/platforms/platform-a/recognition"
FILE = f"{PUBLIC}/edit"
REVIEW = f"{PUBLIC}/review"
DECIDED = {
    "decision": "not_yet",
    "reasons": "We saw only one street.",
    "interests": "Those who live in the other streets.",
    "still_possible": "Ask again when both sides of the park take part.",
}


@pytest.fixture
def criteria(world: World, make: Factory) -> CriteriaList:
    """The list of the district of the tests: one on, one off."""
    return make.criteria_list(district_id=world.here.id, version=1)


def fill(client: FlaskClient, criterion: str = "drive", **fields: Any) -> Any:
    """Send the form of one criterion."""
    page = client.get(f"{FILE}/{criterion}").text
    return client.post(f"{FILE}/{criterion}", data={**hidden_of(page), **fields})


def push(client: FlaskClient, path: str, **fields: str) -> Any:
    """Send a button of the file's page, with the token of any form."""
    token = hidden_of(client.get(f"{FILE}/drive").text)["csrf_token"]
    return client.post(f"{PUBLIC}/{path}", data={"csrf_token": token, **fields})


@pytest.fixture
def published(enter: Callable[[str], FlaskClient], criteria: CriteriaList) -> CriteriaList:
    """Platform A has said something and lets everybody read it."""
    manager = enter("manager of A")
    assert fill(manager, words="We began in 2012.").status_code == 303
    assert push(manager, "publish", publish="1").status_code == 303
    return criteria


def review(client: FlaskClient, **fields: str) -> Any:
    """Send the form of a decision."""
    page = client.get(REVIEW).text
    return client.post(REVIEW, data={**hidden_of(page), **DECIDED, **fields})


# -- The file ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("criteria")
def test_a_file_is_private_until_it_is_published_and_can_be_taken_back(
    enter: Callable[[str], FlaskClient],
) -> None:
    manager, anybody = enter("manager of A"), enter("anonymous")
    before = anybody.get(PUBLIC).data
    assert fill(manager, words="We began in 2012.").status_code == 303
    assert anybody.get(PUBLIC).data == before
    assert "We began in 2012." not in anybody.get("/platforms/platform-a").text
    assert push(manager, "publish", publish="1").status_code == 303
    for path in (PUBLIC, "/platforms/platform-a"):
        assert "We began in 2012." in anybody.get(path).text
    assert push(manager, "publish", publish="0").status_code == 303
    assert anybody.get(PUBLIC).data == before


def test_only_what_is_filled_in_is_shown_and_never_what_is_switched_off(
    enter: Callable[[str], FlaskClient], world: World, make: Factory
) -> None:
    words = [
        {"code": code, "is_on": code != "off", "words": {"en": f"About {code}"}}
        for code in ("drive", "support", "off")
    ]
    found = make.criteria_list(district_id=world.here.id, criteria=words)
    file = make.recognition_file(
        platform_id=world.platforms["platform-a"].id, list_id=found.id, published_at=TODAY
    )
    for code in ("drive", "off"):
        make.recognition_entry(platform_id=file.platform_id, criterion=code)
    page = enter("anonymous").get(PUBLIC).text
    assert "About drive" in page
    assert "About support" not in page
    assert "About off" not in page
    own = enter("manager of A").get(FILE).text
    assert own.index("None yet") > own.index("Evidence")
    assert "Switched off by whose list it is: About off" in own
    assert enter("manager of A").get(f"{FILE}/off").status_code == 404


@pytest.mark.usefixtures("criteria")
def test_evidence_is_proposed_from_what_the_service_knows_and_found_by_its_number(
    enter: Callable[[str], FlaskClient], world: World, make: Factory
) -> None:
    manager = enter("manager of A")
    asset, other = world.assets["kept by A"][0], world.assets["kept by the contractor"][0]
    checked, report = world.defects["own"], world.defects["other"]
    make.defect_event(defect_id=checked.id, kind="checked", organisation_id=world.org_a.id)
    page = manager.get(f"{FILE}/drive").text
    for value in (f"asset:{asset.code}", "agreement:agreement-here", f"report:{checked.code}"):
        assert f'value="{value}"' in page
    assert f"asset:{other.code}" not in page
    assert f"report:{report.code}" not in page
    typed = report.code.replace("-", "").lower()
    sent = fill(manager, words="", evidence=[f"asset:{asset.code}"], code=typed)
    assert sent.status_code == 303
    push(manager, "publish", publish="1")
    shown = enter("anonymous").get(PUBLIC).text
    assert f'href="/assets/{asset.code}"' in shown
    assert f'href="/defects/{report.code}"' in shown
    assert f"report:{report.code}" in manager.get(f"{FILE}/drive").text


@pytest.mark.usefixtures("published")
def test_evidence_that_is_gone_is_shown_by_its_code_alone(
    enter: Callable[[str], FlaskClient], world: World, make: Factory
) -> None:
    platform = world.platforms["platform-a"]
    for kind in ("asset", "plan"):
        make.recognition_evidence(platform_id=platform.id, kind=kind, code=f"GN-{kind}")
    page = enter("anonymous").get(PUBLIC).text
    assert page.count("not on the map any more") == 2
    assert "/assets/GN" not in page


@pytest.mark.usefixtures("criteria")
@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"words": "w" * 1501}, "Use at most 1500 letters"),
        ({"words": "Mail jan@example.org"}, "leave out phone numbers"),
        ({"evidence": "wish:K7-QF4"}, "Choose what shows it from the list"),
        ({"evidence": [f"asset:K7-QF{n}" for n in range(13)]}, "at most 12 things"),
        ({"code": "GN-234"}, "There is nothing on the map with number GN-234."),
        ({"version": "x"}, "open for too long"),
    ],
)
def test_an_entry_that_cannot_be_kept_comes_back_as_it_was_typed(
    enter: Callable[[str], FlaskClient],
    session: Session,
    world: World,
    fields: dict[str, Any],
    says: str,
) -> None:
    answer = fill(enter("manager of A"), **{"words": "Ours.", **fields})
    assert (answer.status_code, says in answer.text) == (400, True)
    assert str(fields.get("words", "Ours."))[:50] in answer.text
    assert find_file(session, platform_id=world.platforms["platform-a"].id) is None


@pytest.mark.usefixtures("criteria")
def test_of_two_entries_at_once_the_second_sees_the_first(
    enter: Callable[[str], FlaskClient],
) -> None:
    manager = enter("manager of A")
    both = hidden_of(manager.get(f"{FILE}/drive").text)
    manager.post(f"{FILE}/drive", data={**both, "words": "The first."})
    late = manager.post(f"{FILE}/drive", data={**both, "words": "The second."})
    assert late.status_code == 412
    assert "The first." in late.text
    assert ">The second.</textarea>" in late.text
    again = {**hidden_of(late.text), "words": "The second."}
    assert manager.post(f"{FILE}/drive", data=again).status_code == 303


@pytest.mark.usefixtures("criteria")
def test_an_empty_file_is_not_published(
    enter: Callable[[str], FlaskClient], session: Session, world: World
) -> None:
    manager = enter("manager of A")
    fill(manager, words="")
    answer = push(manager, "publish", publish="1")
    assert (answer.status_code, "Nothing is filled in yet" in answer.text) == (409, True)
    file = find_file(session, platform_id=world.platforms["platform-a"].id)
    assert file is not None
    assert file.published_at is None


@pytest.mark.usefixtures("published")
def test_a_file_keeps_its_list_until_its_platform_goes_on_with_a_newer_one(
    enter: Callable[[str], FlaskClient], world: World, make: Factory
) -> None:
    manager = enter("manager of A")
    assert "newer list" not in manager.get(FILE).text
    kept = {"code": "drive", "is_on": True, "words": {"en": "Still drive"}}
    added = {"code": "humour", "is_on": True, "words": {"en": "Humour"}}
    make.criteria_list(district_id=world.here.id, version=2, criteria=[kept, added])
    make.criteria_list(
        district_id=world.here.id, version=3, criteria=[added], valid_from=date(2027, 1, 1)
    )
    page = manager.get(FILE).text
    assert "There is a newer list of criteria: version 2" in page
    assert "Humour" not in page
    assert push(manager, "list").status_code == 303
    page = manager.get(FILE).text
    assert "Still drive" in page
    assert "We began in 2012." in page
    assert "Humour" in page


def test_where_no_list_was_loaded_there_is_nothing_to_fill_in(
    enter: Callable[[str], FlaskClient],
) -> None:
    assert enter("manager of A").get(FILE).status_code == 404
    assert enter("anonymous").get(PUBLIC).status_code == 200


@pytest.mark.usefixtures("published")
def test_each_change_stands_in_the_platforms_history(
    enter: Callable[[str], FlaskClient], session: Session, world: World
) -> None:
    review(enter("commission member"))
    thing = Thing("platform", world.platforms["platform-a"].id)
    entries = list_entries(session, thing=thing, limit=5)
    assert [one.action for one in entries] == [
        "review_recognition",
        "publish_recognition",
        "keep_recognition",
    ]


# -- Reviews -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("published")
def test_a_decision_is_public_with_its_role_and_all_its_reasons(
    enter: Callable[[str], FlaskClient], world: World
) -> None:
    assert review(enter("commission member")).status_code == 303
    assert review(enter("manager of B"), decision="recognised").status_code == 303
    independent = review(enter("commission member"), body="Council of Neighbours")
    assert independent.status_code == 303
    page = enter("anonymous").get(PUBLIC).text
    for said in list(DECIDED.values())[1:]:
        assert said in page
    assert "The commission: District commission, on 21 November" in page
    assert f"Another platform: {world.org_b.name}" in page
    assert "An independent body: Council of Neighbours" in page
    assert page.count("Not yet") == 2
    for name in ("commission member", "manager of B"):
        assert f">{name}<" not in page


@pytest.mark.usefixtures("published")
def test_words_stand_under_the_criterion_they_are_about(
    enter: Callable[[str], FlaskClient],
) -> None:
    commission = enter("commission member")
    form = hidden_of(commission.get(f"{REVIEW}?about=drive").text)
    assert form["about"] == "drive"
    sent = commission.post(f"{REVIEW}/remark", data={**form, "words": "We saw it ourselves."})
    assert sent.status_code == 303
    page = enter("anonymous").get(PUBLIC).text
    assert page.index("We began in 2012.") < page.index("We saw it ourselves.")
    bare = commission.post(f"{REVIEW}/remark", data={**form, "words": ""})
    assert bare.status_code == 400
    unknown = commission.post(f"{REVIEW}/remark", data={**form, "about": "off", "words": "x"})
    assert unknown.status_code == 404


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    "fields",
    [
        {"decision": ""},
        {"decision": "excellent"},
        {"reasons": " "},
        {"interests": ""},
        {"still_possible": ""},
        {"reasons": "Bel 06-12345678"},
        {"body": "jan@example.org"},
    ],
)
def test_no_decision_is_kept_without_all_that_it_must_say(
    enter: Callable[[str], FlaskClient],
    session: Session,
    fields: dict[str, str],
) -> None:
    answer = review(enter("commission member"), **fields)
    assert answer.status_code == 400
    assert fields.get("interests", DECIDED["interests"]) in answer.text
    assert session.scalar(select(func.count()).select_from(RecognitionReview)) == 0


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("anonymous", 401),
        ("resident", 403),
        ("manager of A", 403),
        ("member of A", 403),
        ("supporter", 403),
        ("officer here", 403),
        ("administrator", 403),
        ("manager of B", 200),
        ("commission member", 200),
    ],
)
def test_peers_and_the_commission_review_and_no_civil_servant(
    enter: Callable[[str], FlaskClient], name: str, status: int
) -> None:
    assert enter(name).get(REVIEW).status_code == status
    assert Role.DISTRICT_OFFICER not in POLICY[Permission.REVIEW_RECOGNITION]


@pytest.mark.usefixtures("criteria")
def test_what_is_not_published_is_not_reviewed(enter: Callable[[str], FlaskClient]) -> None:
    fill(enter("manager of A"), words="Ours.")
    assert enter("commission member").get(REVIEW).status_code == 404


@pytest.mark.parametrize("noun", ["recognition_review", "recognition_remark"])
def test_nobody_changes_what_a_reviewer_said(make: Factory, session: Session, noun: str) -> None:
    row = getattr(make, noun)()
    row.body = "Somebody else"
    with (
        pytest.raises((IntegrityError, InternalError), match="append-only"),
        session.begin_nested(),
    ):
        session.flush()


# -- No score ----------------------------------------------------------------------------------

SCORES = re.compile(
    r"\d+ ?%|\bpercent|\bscore|\bpoints?\b|\brank|\bstars?\b|★|<progress|<meter"
    r"|\b\d+ (?:of|out of|/) (?:the )?(?:\d+|ten|nine)\b|\btotal\b|\bgrade",
    re.IGNORECASE,
)


@pytest.mark.usefixtures("published")
def test_no_page_of_a_file_says_how_much_of_it_is_filled_in(
    enter: Callable[[str], FlaskClient],
) -> None:
    review(enter("commission member"))
    pages = [
        enter("anonymous").get(PUBLIC).text,
        enter("anonymous").get("/platforms/platform-a").text,
        enter("manager of A").get(FILE).text,
        enter("manager of A").get(f"{FILE}/drive").text,
        enter("commission member").get(REVIEW).text,
        enter("commission member").get(f"{REVIEW}?about=drive").text,
    ]
    for page in pages:
        main = page[page.index("<main") :]
        words = re.sub(r"<svg.*?</svg>", "", main, flags=re.DOTALL)
        assert SCORES.findall(words) == []
        assert len(inputs_of(page)) <= MOST_INPUTS


def test_no_column_of_a_file_holds_a_number_of_anything() -> None:
    tables = [table for table in metadata().sorted_tables if table.name.startswith("recognition_")]
    assert len(tables) == 5
    # The order of rows, and by which a form tells that it is stale.
    orders = {"number", "version"}
    for table in tables:
        for column in table.c:
            assert not SCORES.search(column.name.replace("_", " ")), (table.name, column.name)
            known = column.type.python_type not in (int, float) or column.name in orders
            assert known or isinstance(column.type, Boolean | DateTime), (table.name, column.name)


# -- Lists -------------------------------------------------------------------------------------


def test_the_first_list_has_ten_criteria_in_two_languages_and_the_ninth_is_off() -> None:
    path = PROJECT_DIR / "data" / "criteria.json"
    (first,) = json.loads(path.read_text(encoding="utf-8"))
    criteria = read_criteria(first["criteria"])
    assert [one.is_on for one in criteria] == [True] * 8 + [False, True]
    assert {tuple(one.words) for one in criteria} == {("nl", "en")}
    assert read_criteria(write_criteria(criteria)) == criteria


def test_a_file_of_lists_is_loaded_once_and_a_newer_version_stands_beside_the_old(
    session: Session, make: Factory, tmp_path: Path
) -> None:
    place = make.district()
    path = PROJECT_DIR / "data" / "criteria.json"

    def load(file: Path) -> tuple[int, int, int]:
        tally = import_file(session, file, layout_name="criteria", say=lambda _: None).tally
        return tally.new, tally.changed, tally.same

    assert (load(path), load(path)) == ((1, 0, 0), (0, 0, 1))
    rows = json.loads(path.read_text(encoding="utf-8"))
    newer = tmp_path / "newer.json"
    newer.write_text(json.dumps([{**rows[0], "version": 2}]), encoding="utf-8")
    assert load(newer) == (1, 0, 0)
    found = find_list(session, district_id=place.id, today=TODAY)
    assert found is not None
    assert (found.version, len(found.asked)) == (2, 9)
    changed = tmp_path / "changed.json"
    changed.write_text(
        json.dumps([{**rows[0], "owners": {"en": "Somebody else"}}]), encoding="utf-8"
    )
    with pytest.raises(Invalid, match="says something else"):
        load(changed)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"version": True},
        {"owners": {}},
        {"source": {"EN": "x"}},
        {"criteria": []},
        {"criteria": [{"code": "A", "is_on": True, "words": {"en": "x"}}]},
        {"criteria": [{"code": "a", "is_on": 1, "words": {"en": "x"}}]},
        {"criteria": [{"code": "a", "is_on": True, "words": {"en": "x"}, "weight": 2}]},
        {"criteria": [{"code": "a", "is_on": True, "words": {"en": "x"}}] * 2},
        {"more": 1},
    ],
)
def test_a_list_that_is_wrong_is_refused_and_so_is_a_weight(
    session: Session, make: Factory, tmp_path: Path, change: dict[str, Any]
) -> None:
    make.district()
    rows = json.loads((PROJECT_DIR / "data" / "criteria.json").read_text(encoding="utf-8"))
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps([{**rows[0], **change}]), encoding="utf-8")
    with pytest.raises((Invalid, WrongRows)):
        import_file(session, path, layout_name="criteria", say=lambda _: None)


def test_an_older_version_does_not_come_after_a_newer_one(session: Session, make: Factory) -> None:
    place = make.district()
    one = Criterion("drive", is_on=True, words={"en": "Drive"})
    draft = CriteriaDraft(1, TODAY, {"en": "Us"}, {"en": "Made up"}, (one,))
    make.criteria_list(district_id=place.id, version=2)
    with pytest.raises(Invalid, match="newer version"):
        put_criteria(session, district_id=place.id, draft=draft, is_example=False)


def test_evidence_is_read_once_each() -> None:
    assert len(read_evidence(["asset:A", "asset:A", "plan:B"])) == 2
