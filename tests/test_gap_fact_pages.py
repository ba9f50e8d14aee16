"""What is known of an area, and how far is near: who reads it, who may say it, and what stays of
what was said before."""

import re
from datetime import date
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.areas.queries import get_area, list_parts
from geoapp.areas.rules import Level
from geoapp.areas.tables import OfficialArea
from geoapp.assets.rules import Kind
from geoapp.claims.queries import thing_of
from geoapp.completeness.queries import known_of
from geoapp.completeness.rules import Known
from geoapp.completeness.tables import Completeness
from geoapp.exchange.examples import remove_examples
from geoapp.ledger.audit import list_entries
from geoapp.norms.queries import own_norms_of
from geoapp.norms.tables import AreaNorm
from tests.desks import Desk, post
from tests.factories import LAT, LON, area_shape, stored
from tests.test_typing_limits import read_forms
from tests.world import LON_THERE, World

pytest_plugins = ("tests.desks",)

KNOWN = "/areas/buurt-a/known"
NORM = "/areas/buurt-a/norm"
SAID = {"kind": "playground", "known": "complete", "note": "Counted together in May."}
AGREED = {"band": "", "metres": "300", "note": "Agreed on at the meeting of June."}


@pytest.fixture(autouse=True)
def buurt(world: World) -> OfficialArea:
    """A buurt within a wijk, where the platforms of the tests are active; one beside it, one far
    away."""
    make, here = world.make, world.here
    west, east = LON - 0.01, LON + 0.01
    wijk = make.official_area(
        district_id=here.id,
        slug="wijk",
        level=Level.WIJK,
        code="W",
        name="Wijk",
        geom=stored(area_shape(west, LAT - 0.01, east + 0.02, LAT + 0.01)),
    )
    # It only touches where the platforms are active.
    for slug, first, last in (("buurt-a", west, east), ("buurt-beside", east, east + 0.02)):
        make.official_area(
            district_id=here.id,
            parent_id=wijk.id,
            slug=slug,
            name=f"Name of {slug}",
            geom=stored(area_shape(first, LAT - 0.01, last, LAT + 0.01)),
        )
    make.official_area(
        district_id=world.there.id,
        slug="buurt-there",
        geom=stored(area_shape(LON_THERE - 0.01, LAT - 0.01, LON_THERE + 0.01, LAT + 0.01)),
    )
    return world.session.scalars(select(OfficialArea).where(OfficialArea.slug == "buurt-a")).one()


def find_known(session: Session, world: World, buurt: OfficialArea) -> Known:
    """How much is known of playgrounds in the buurt."""
    parts = list_parts(session, district_id=world.here.id)
    known = known_of(session, district_id=world.here.id, kind=Kind.PLAYGROUND, parts=parts)
    return known[buurt.id].known


def box_of(page: str, kind: str) -> str:
    """What a page says of a kind, without its tags."""
    found = re.search(rf'<li class="box" id="{kind}">(.*?)</li>', page, re.DOTALL)
    assert found is not None
    said = unescape(re.sub("<[^>]+>", " ", found[1]))
    return " ".join(said.split()).replace(" ,", ",")


def read(client: FlaskClient, path: str) -> str:
    """A page in English."""
    client.set_cookie("lang", "en")
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


# -- How much is known -----------------------------------------------------------------------------


def test_of_what_nobody_said_anything_the_page_says_that_we_do_not_know(desk: Desk) -> None:
    page = read(desk.browser("anonymous"), KNOWN)
    for kind in Kind:
        assert box_of(page, kind.value).endswith("We don't know")
    assert "Nobody has said anything yet." in page


@pytest.mark.parametrize(
    ("name", "by"),
    [
        ("member of A", "org_a"),
        ("manager of A", "org_a"),
        ("manager of B", "org_b"),
        ("supporter", "org_a"),
        ("officer here", "desk"),
    ],
)
def test_who_knows_the_area_says_how_much_is_known(
    desk: Desk, world: World, session: Session, buurt: OfficialArea, name: str, by: str
) -> None:
    assert find_known(session, world, buurt) is Known.UNKNOWN
    answer = post(desk.browser(name), f"{KNOWN}/edit", **SAID)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{KNOWN}?kept=1")
    assert find_known(session, world, buurt) is Known.COMPLETE
    page = read(desk.browser("anonymous"), KNOWN)
    assert (
        f"Playground All of it is on the map Counted together in May. {getattr(world, by).name},"
        in (box_of(page, "playground"))
    )
    entries = list_entries(session, thing=thing_of(get_area(session, slug="buurt-a")), limit=5)
    assert [entry.action for entry in entries] == ["say_known"]


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        ("anonymous", KNOWN, 401),
        ("resident", KNOWN, 403),
        ("maintainer", KNOWN, 403),
        ("commission member", KNOWN, 403),
        ("moderator", KNOWN, 403),
        ("administrator", KNOWN, 403),
        ("officer there", KNOWN, 403),
        ("demoted manager of A", KNOWN, 403),
        ("manager of A", "/areas/buurt-beside/known", 403),
        ("manager of A", "/areas/buurt-there/known", 403),
        ("officer here", "/areas/area-here/known", 404),
        ("officer here", "/areas/nowhere/known", 404),
        ("member of A", NORM, 403),
        ("resident", NORM, 403),
        ("anonymous", NORM, 401),
        ("officer there", NORM, 403),
        ("manager of A", "/areas/buurt-beside/norm", 403),
    ],
)
def test_nobody_else_says_it(
    desk: Desk, session: Session, name: str, path: str, status: int
) -> None:
    browser = desk.browser(name)
    assert browser.get(f"{path}/edit").status_code == status
    assert browser.post(f"{path}/edit", data={**SAID, **AGREED}).status_code == status
    assert session.scalars(select(Completeness)).all() == []
    assert session.scalars(select(AreaNorm)).all() == []


def test_whoever_put_a_platform_forward_speaks_for_no_buurt_until_it_is_chosen(
    desk: Desk, session: Session, world: World
) -> None:
    world.org_a.is_own_word = True
    session.flush()
    for path in (KNOWN, NORM):
        answer = desk.browser("manager of A").post(f"{path}/edit", data={**SAID, **AGREED})
        assert answer.status_code == 403
    assert session.scalars(select(Completeness)).all() == []


def test_a_platform_of_a_corner_does_not_speak_for_the_whole_wijk(
    desk: Desk, session: Session, buurt: OfficialArea
) -> None:
    wijk = session.get_one(OfficialArea, buurt.parent_id)
    for about in ("known", "norm"):
        path = f"/areas/{wijk.slug}/{about}/edit"
        assert desk.browser("manager of A").get(path).status_code == 403
        assert desk.browser("officer here").get(path).status_code == 200


def test_what_a_hidden_platform_says_of_it_is_not_told(
    desk: Desk, session: Session, world: World
) -> None:
    post(desk.browser("manager of A"), f"{KNOWN}/edit", **SAID)
    post(desk.browser("manager of A"), f"{NORM}/edit", **AGREED)
    pages = (KNOWN, NORM)
    words = (SAID["note"], AGREED["note"])
    for path, note in zip(pages, words, strict=True):
        assert note in read(desk.browser("anonymous"), path)
    world.platforms["platform-a"].hidden_for = "abuse"
    session.flush()
    for path, note in zip(pages, words, strict=True):
        assert note not in read(desk.browser("anonymous"), path)


def test_what_was_said_before_stays_beside_it_the_newest_first(
    desk: Desk, session: Session, world: World, buurt: OfficialArea
) -> None:
    post(desk.browser("manager of A"), f"{KNOWN}/edit", **SAID)
    world.make.completeness(area_id=buurt.parent_id, note="A list of the whole wijk.")
    less = {"known": "partial"}
    for note in ("No: two are missing.", "No: two are missing."):
        post(desk.browser("officer here"), f"{KNOWN}/edit", **{**SAID, **less, "note": note})
    assert find_known(session, world, buurt) is Known.PARTIAL
    assert len(session.scalars(select(Completeness)).all()) == 3
    page = read(desk.browser("anonymous"), KNOWN)
    history = page[page.index("the newest first") :]
    order = ("No: two are missing.", "Counted together in May.", "A list of the whole wijk.")
    assert sorted(order, key=history.index) == list(order)
    assert "No: two are missing." in box_of(page, "playground")


def test_a_buurt_of_which_nothing_is_said_has_what_is_said_of_its_wijk(
    desk: Desk, world: World, buurt: OfficialArea
) -> None:
    world.make.completeness(area_id=buurt.parent_id, known=Known.PARTIAL)
    said = box_of(read(desk.browser("anonymous"), KNOWN), "playground")
    assert said.endswith(
        "A part is on the map Counted by hand. A list, 1 November 2026. Said of Wijk"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "trees"}, "Choose what it is about"),
        ({"kind": ""}, "Choose what it is about"),
        ({"known": "perhaps"}, "Choose how much"),
        ({"note": " "}, "Say how you know"),
        ({"note": "x" * 401}, "at most 400"),
        ({"note": "Call 06 12345678"}, "leave out phone numbers"),
    ],
)
def test_what_is_wrong_comes_back_as_it_was_typed(
    desk: Desk, session: Session, change: dict[str, str], said: str
) -> None:
    answer = post(desk.browser("manager of A"), f"{KNOWN}/edit", **{**SAID, **change})
    assert (answer.status_code, session.scalars(select(Completeness)).all()) == (400, [])
    assert said in answer.text
    note = {**SAID, **change}["note"]
    assert f"{note}</textarea>" in answer.text


def test_a_form_without_its_token_changes_nothing(desk: Desk, session: Session) -> None:
    for path, said in ((KNOWN, SAID), (NORM, AGREED)):
        answer = desk.browser("manager of A").post(f"{path}/edit", data=said)
        assert answer.status_code == 400
    assert session.scalars(select(Completeness)).all() == []


def test_everybody_reads_who_can_say_it_and_reports_what_is_missing_in_the_area(
    desk: Desk, world: World
) -> None:
    anybody = desk.browser("anonymous")
    page = read(anybody, KNOWN)
    for name in (world.platforms["platform-a"].name, world.desk.name):
        assert name in page
    assert world.platforms["platform-c"].name not in page
    assert world.platforms["platform-a"].name not in read(anybody, "/areas/buurt-beside/known")
    report = re.search(r'href="(/report\?[^"]+)"', page)
    assert report is not None
    form = read(anybody, report[1].replace("&amp;", "&"))
    assert re.search(r'value="missing"[^>]* checked', form)


def test_a_neighbourhood_names_the_buurten_it_lies_in(desk: Desk) -> None:
    page = read(desk.browser("anonymous"), "/areas/area-here/known")
    assert "Name of buurt-a" in page
    assert "Name of buurt-beside" not in page
    assert "/known/edit" not in page


def test_the_form_begins_with_the_kind_one_came_from(desk: Desk) -> None:
    page = desk.browser("manager of A").get(f"{KNOWN}/edit?kind=bench").text
    assert '<option value="bench" selected>' in page


def test_volunteers_fill_in_three_things(desk: Desk) -> None:
    manager = desk.browser("manager of A")
    for path in (KNOWN, NORM):
        forms = read_forms(manager.get(f"{path}/edit").text)
        assert [len(form.inputs) for form in forms] == [3]


# -- How far is near -------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", ["buurt-a", "area-here"])
def test_an_area_has_its_own_distance_and_a_newer_one_ends_it(
    desk: Desk, world: World, session: Session, slug: str
) -> None:
    path = f"/areas/{slug}/norm"
    answer = post(desk.browser("manager of A"), f"{path}/edit", **AGREED)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}?kept=1")
    newer = {**AGREED, "metres": "250", "note": "Less: the bridge is gone."}
    post(desk.browser("officer here"), f"{path}/edit", **newer)
    (own,) = own_norms_of(session, district_id=world.here.id)
    assert (own.slug, own.band, own.distance_m, own.by) == (slug, None, 250, world.desk.name)
    page = read(desk.browser("anonymous"), path)
    before, after = page.split("What counted before")
    assert ("250 metres" in before, "300 metres" in before) == (True, False)
    assert ("250 metres" in after, "300 metres" in after) == (False, True)
    entries = list_entries(session, thing=thing_of(get_area(session, slug=slug)), limit=5)
    assert [entry.action for entry in entries] == ["set_own_norm"] * 2


def test_the_same_distance_again_is_no_new_version(desk: Desk, session: Session) -> None:
    for _ in range(2):
        post(desk.browser("manager of A"), f"{NORM}/edit", **AGREED)
    assert len(session.scalars(select(AreaNorm)).all()) == 1


def test_an_own_distance_is_taken_away_and_stays_in_the_history(
    desk: Desk, world: World, session: Session
) -> None:
    manager = desk.browser("manager of A")
    post(manager, f"{NORM}/edit", **AGREED)
    answer = post(manager, f"{NORM}/edit", remove="1", band="")
    assert answer.status_code == 303
    assert own_norms_of(session, district_id=world.here.id) == []
    page = read(desk.browser("anonymous"), NORM)
    assert "Nobody agreed on a distance of its own here." in page
    assert "300 metres" in page.split("What counted before")[1]
    again = post(manager, f"{NORM}/edit", remove="1", band="")
    assert (again.status_code, "has no distance of its own" in again.text) == (404, True)


def test_a_distance_is_for_a_band_of_the_norms_there_are(
    desk: Desk, world: World, session: Session
) -> None:
    norm = world.make.norm(district_id=world.here.id, code="somewhere")
    world.make.norm_band(norm_id=norm.id, code="6-11", name={"en": "children of 6 to 11"})
    manager = desk.browser("manager of A")
    page = manager.get(f"{NORM}/edit").text
    assert re.findall(r'<option value="([^"]*)"', page) == ["", "6-11"]
    assert post(manager, f"{NORM}/edit", **AGREED).status_code == 303
    young = {"band": "6-11", "metres": "200"}
    assert post(manager, f"{NORM}/edit", **{**AGREED, **young}).status_code == 303
    wrong = post(manager, f"{NORM}/edit", **{**AGREED, "band": "12-14"})
    assert (wrong.status_code, "from the list" in wrong.text) == (400, True)
    own = own_norms_of(session, district_id=world.here.id, bands=(None, "6-11"))
    assert [(one.band, one.distance_m) for one in own] == [("6-11", 200)]
    other = own_norms_of(session, district_id=world.here.id, bands=(None, "0-5"))
    assert [(one.band, one.distance_m) for one in other] == [(None, 300)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"metres": "24"}, "from 25 to 10000"),
        ({"metres": "far"}, "in metres, like 400"),
        ({"note": ""}, "may not be empty"),
        ({"note": "Mail me@example.org"}, "leave out phone numbers"),
    ],
)
def test_a_distance_that_is_wrong_comes_back_as_it_was_typed(
    desk: Desk, session: Session, change: dict[str, str], said: str
) -> None:
    answer = post(desk.browser("manager of A"), f"{NORM}/edit", **{**AGREED, **change})
    assert (answer.status_code, session.scalars(select(AreaNorm)).all()) == (400, [])
    assert said in answer.text
    assert f'value="{ {**AGREED, **change}["metres"] }"' in answer.text


def test_the_norms_of_a_district_stand_with_their_owners_and_the_words_of_their_source(
    desk: Desk, world: World
) -> None:
    norm = world.make.norm(district_id=world.here.id, code="somewhere", version=1)
    world.make.norm_band(norm_id=norm.id, distance_m=400)
    coming = world.make.norm(
        district_id=world.here.id, code="somewhere", version=2, starts_on=date(2027, 1, 1)
    )
    world.make.norm_band(norm_id=coming.id, distance_m=350)
    world.make.area_norm(district_id=world.here.id, organic_area_id=world.areas["area-here"].id)
    page = read(desk.browser("anonymous"), "/districts/here/norms")
    now, later = page.split("Other versions")
    assert ("400 metres" in now, "350 metres" in now, "350 metres" in later) == (True, False, True)
    assert "Nobody has agreed on it yet" in now
    assert re.search(r'<blockquote[^>]* lang="nl"[^>]*>Niemand loopt verder', now)
    assert "Counts from 1 January 2027 on." in later
    assert world.areas["area-here"].name in now
    assert "Many people here walk with a stick." in now


def test_what_examples_agreed_on_and_said_goes_with_them(
    session: Session, world: World, buurt: OfficialArea
) -> None:
    make = world.make
    made_up = make.organic_area(district_id=world.here.id, is_example=True)
    make.area_norm(district_id=world.here.id, organic_area_id=made_up.id, is_example=True)
    make.area_norm(district_id=world.here.id, organic_area_id=world.areas["area-here"].id)
    make.completeness(area_id=buurt.id, is_example=True)
    # Somebody real may have spoken for an example.
    theirs = make.organisation(district_id=world.here.id, is_example=True)
    make.completeness(area_id=buurt.id, organisation_id=theirs.id)
    make.area_norm(
        district_id=world.here.id, official_area_id=buurt.id, band="6-11", said_by_id=theirs.id
    )
    make.completeness(area_id=buurt.id, note="It stays.")
    remove_examples(session)
    assert len(session.scalars(select(AreaNorm)).all()) == 1
    assert session.scalars(select(Completeness.note)).all() == ["It stays."]


# -- In the demo -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_pages_are_there_in_both_districts_and_languages(
    client: FlaskClient, demo_session: Session, lang: str
) -> None:
    client.set_cookie("lang", lang)
    for district in ("zuidoost", "lakeside"):
        page = client.get(f"/districts/{district}/norms")
        assert page.status_code == 200
        assert "400 met" in page.text
    slugs = demo_session.scalars(
        select(OfficialArea.slug).where(OfficialArea.code.in_(["TG01", "LB03", "TM", "T"]))
    )
    for slug in slugs:
        for page_name in ("known", "norm"):
            assert client.get(f"/areas/{slug}/{page_name}").status_code == 200


def test_a_silent_list_says_so_on_the_page_of_its_buurt(
    client: FlaskClient, demo_session: Session
) -> None:
    client.set_cookie("lang", "nl")
    slug = demo_session.scalars(select(OfficialArea.slug).where(OfficialArea.code == "TG01")).one()
    page = client.get(f"/areas/{slug}/known").text
    assert "Dat zegt niets over wat er staat" in box_of(page, "playground")
    assert "Alles staat op de kaart" in box_of(page, "sport_court")
