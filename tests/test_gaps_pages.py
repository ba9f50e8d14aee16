"""What is missing in a district, on its page, on its round and in what is passed on."""

import csv
import html as escapes
import re
from collections import Counter, defaultdict
from io import StringIO
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from geoapp.app import create_app
from geoapp.assets.rules import Kind
from geoapp.care.rules import Gap
from geoapp.care.tables import CareGap
from geoapp.completeness.rules import Known
from geoapp.config import Settings
from geoapp.coverage.gaps.counting import Told
from geoapp.coverage.gaps.stops import APART_M, choose_stops
from geoapp.coverage.rules import tells_little
from geoapp.defects.rules import FactKind
from geoapp.defects.tables import AnswerCount
from geoapp.neighbourhoods.counting import rebuild_population
from geoapp.web.gap_lines import draw_bar
from tests.conftest import NOW, count_queries
from tests.factories import Factory, area_shape, stored
from tests.test_gaps import Town, lonlat

HOSTILE = "<img src=x onerror=alert(1)>${alert(2)}`</script>{{7*7}}"
FIELD = re.compile(r'data-ground="([^"]+)" data-answer="([a-z]+)" data-squares="([0-9]+)"')
ROW = re.compile(r'<tr data-ground="([^"]+)">(.*?)</tr>', re.S)
BESIDE = {"near": 0, "far": 1, "unknown": 2}


@pytest.fixture
def town(session: Session, make: Factory) -> Town:
    """Two buurten in a district that is just large enough to be drawn."""
    built = Town(session, make)
    west, south = lonlat(-300, -600).coords[0]
    east, north = lonlat(1300, 700).coords[0]
    built.district.bounds = stored(area_shape(west, south, east, north))
    session.flush()
    return built


@pytest.fixture
def asker(own_client: FlaskClient) -> FlaskClient:
    """Asks in English."""
    own_client.set_cookie("lang", "en")
    return own_client


def path_of(town: Town, more: str = "") -> str:
    return f"/districts/{town.place.slug}/gaps{more}"


def read(client: FlaskClient, path: str) -> str:
    """The words of a page."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    bare = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", answer.text, flags=re.S)
    return escapes.unescape(" ".join(re.sub(r"<[^>]+>", " ", bare).split()))


def list_rows(page: str) -> dict[str, list[str]]:
    """The words of each cell of the table, by buurt."""
    return {
        slug: [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split())
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
        ]
        for slug, row in ROW.findall(page)
    }


def list_drawn(client: FlaskClient, path: str) -> dict[str, str]:
    """The pattern of each buurt on the map, by the first letters of its name."""
    fields = {slug: answer for slug, answer, _ in FIELD.findall(client.get(path).text)}
    return {
        name: fields[slug] for slug in fields for name in ("East", "West") if name.lower() in slug
    }


# -- The answer ----------------------------------------------------------------------------------


def test_the_sentence_says_near_not_near_and_not_known_of_a_hundred(
    town: Town, asker: FlaskClient
) -> None:
    town.say(town.west, Known.COMPLETE)
    town.put(Kind.PLAYGROUND, 50)
    page = read(asker, path_of(town, "?metres=200"))
    assert "Of 100 families: 20 near , 30 not near , 50 we don't know ." in page
    assert asker.get(path_of(town, "?metres=200")).text.count("<polygon") == 100


def test_where_nobody_said_that_a_list_is_whole_all_of_it_is_not_known(
    town: Town, asker: FlaskClient
) -> None:
    town.put(Kind.PLAYGROUND, 50)
    page = read(asker, path_of(town))
    assert "0 near , 0 not near , 100 we don't know ." in page
    assert 'In 2 neighbourhoods nobody has a list: there we say "we do not know".' in page


def test_a_list_that_is_known_in_part_counts_and_is_said_to_be_so(
    town: Town, asker: FlaskClient
) -> None:
    town.know(Known.PARTIAL)
    page = read(asker, path_of(town))
    assert "100 not near" in page
    assert "In 2 neighbourhoods a part is on the map" in page


def test_too_few_to_tell_of_make_no_sentence(session: Session, make: Factory) -> None:
    town = Town(session, make)
    assert Told(4, 0, 0).hides
    for area in (town.west, town.east):
        make.area_figure(area_id=area, year=2030, households_with_children=2, households=2)
    rebuild_population(session, district_id=town.place.id)
    town.know()
    app = create_app(Settings(background_url=""), engine=session.connection(), clock=lambda: NOW)
    client = app.test_client()
    client.set_cookie("lang", "en")
    page = read(client, path_of(town))
    assert "Too few live here to say it of 100" in page
    assert "2 neighbourhoods with fewer than 5 are left out here." in page


# -- The map says what the table says ------------------------------------------------------------


@pytest.mark.parametrize("asked", ["?metres=200", "?metres=500", "?metres=200&need=inhabitants"])
def test_the_map_the_table_and_the_file_say_the_same(
    town: Town, asker: FlaskClient, asked: str
) -> None:
    town.say(town.west, Known.COMPLETE)
    town.put(Kind.PLAYGROUND, 120)
    finding = town.ask(**dict(parse_qsl(asked[1:])))
    page = asker.get(path_of(town, asked)).text
    drawn: dict[str, Counter[str]] = defaultdict(Counter)
    for slug, answer, squares in FIELD.findall(page):
        drawn[slug][answer] += int(squares)
    # It is drawn twice: for a phone and for a wide screen.
    assert sum(map(Counter.total, drawn.values())) == 2 * len(finding.answers)
    table = list_rows(page)
    file = {
        line["slug"]: line
        for line in csv.DictReader(StringIO(asker.get(path_of(town, f".csv{asked}")).text))
    }
    assert set(drawn) == set(table) == set(file)
    for slug, cells in table.items():
        numbers = [cell.split()[-1] for cell in cells[2:6]]
        assert numbers[0] == file[slug]["all"]
        for answer, index in BESIDE.items():
            told = numbers[1 + index]
            assert told.replace("-", "0") == file[slug][answer]
            # Here each square holds as many: what part has the ground has the people.
            share = drawn[slug][answer] / drawn[slug].total()
            assert int(told.replace("-", "0")) == round(share * int(numbers[0]))


def test_what_is_too_small_to_tell_has_no_part_of_a_bar_and_no_number() -> None:
    assert [(one.css, one.width) for one in draw_bar(Told(60, 3, 40))] == [
        ("near", 61.17),
        ("unknown", 38.83),
    ]
    assert draw_bar(Told(3, 2, 0)) == ()
    assert [one.width for one in draw_bar(Told(25, 50, 25))] == [25, 50, 25]


def test_the_sum_does_not_tell_the_one_number_that_is_hidden(
    session: Session, make: Factory
) -> None:
    town = Town(session, make)
    town.settle("South", 10, 11, households=6)
    rebuild_population(session, district_id=town.place.id)
    town.know()
    app = create_app(Settings(background_url=""), engine=session.connection(), clock=lambda: NOW)
    client = app.test_client()
    client.set_cookie("lang", "en")
    make.area_figure(area_id=town.settle("North", 20, 21), year=2030, households_with_children=3)
    rebuild_population(session, district_id=town.place.id)
    foot = client.get(path_of(town)).text.partition("<tfoot>")[2]
    # North has three families: whoever subtracts the others from all would know it.
    # All of them, those who are not near and those of whom we do not know.
    assert foot.partition("</tfoot>")[0].count("the rest") == 3


def test_neighbourhoods_stand_from_a_to_z_and_never_in_an_order_of_merit(
    town: Town, asker: FlaskClient
) -> None:
    town.know()
    town.put(Kind.PLAYGROUND, 50)
    names = [cells[0] for cells in list_rows(asker.get(path_of(town)).text).values()]
    assert names == ["East", "West"]


# -- What is asked -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "field", "said"),
    [
        ("kind=trees", "kind", "There is no kind called trees"),
        ("metres=9", "metres", "Give a distance from 25 to 10000 metres."),
        ("metres=far", "metres", "Give a distance in metres"),
        ("norm=none", "norm", "There is no norm called none"),
        ("need=cats", "need", "There is no layer of need called cats"),
        ("at=soon", "day", "Give a day and a time"),
        ("day=sat&clock=99:99", "day", "Give a day and a time"),
        ("tab=money", "", "There is no such question"),
    ],
)
def test_what_is_wrong_in_the_address_is_said_at_its_field_and_nothing_is_lost(
    town: Town, asker: FlaskClient, asked: str, field: str, said: str
) -> None:
    path = path_of(town, f"?{asked}")
    answer = asker.get(path if "kind" in asked else f"{path}&kind=sport_court")
    page = escapes.unescape(answer.text)
    assert answer.status_code == 400
    assert said in page
    assert not field or re.search(rf'id="{field}"[^>]*aria-invalid="true"', page)
    assert "kind" in asked or '<option value="sport_court" selected>' in page
    assert "metres=" not in asked or f'value="{asked.partition("=")[2]}"' in page


def test_a_day_and_a_time_of_the_form_are_one_word_in_the_link(
    town: Town, asker: FlaskClient
) -> None:
    town.know()
    page = asker.get(path_of(town, "?day=sat&clock=15:00")).text
    link = re.search(r'id="link" readonly value="([^"]+)"', page)
    assert link is not None
    asked = dict(parse_qsl(urlsplit(escapes.unescape(link[1])).query))
    assert asked == {
        "kind": "playground",
        "need": "households_with_children",
        "norm": "400",
        "at": "sat-15:00",
    }
    again = asker.get(path_of(town, f"?{urlsplit(escapes.unescape(link[1])).query}")).text
    assert '<option value="sat" selected>' in again
    assert re.search(r'name="clock"[^>]* value="15:00"', again)


def test_what_is_closed_then_is_on_the_map_and_does_not_count(
    town: Town, asker: FlaskClient
) -> None:
    town.know()
    shut = town.put(Kind.PLAYGROUND, 50)
    town.put(Kind.PLAYGROUND, 950)
    town.make.opening_hours(asset_id=shut.id, hours="Mo 09:00-10:00")
    page = read(asker, path_of(town, "?metres=200&at=sat-15:00"))
    assert "1 place is closed then and does not count." in page
    assert "Of 1 place nobody knows when it is open: it counts." in page
    assert asker.get(path_of(town, "?at=sat-15:00")).text.count('class="gd-shut"') == 3


def test_a_norm_is_told_with_its_version_owners_and_its_source_s_own_words(
    town: Town, asker: FlaskClient
) -> None:
    town.know()
    town.norm(source_text="Niet ver.", source_language="nl")
    page = asker.get(path_of(town, "?norm=made-up:0-5"))
    assert '<q lang="nl">Niet ver.</q>' in page.text
    assert "Made up, version 1, since 21 November 2026." in read(
        asker, path_of(town, "?norm=made-up:0-5")
    )
    assert '<option value="made-up:0-5" selected>' in page.text
    assert (
        '<option value="made-up:6-11" selected>' in asker.get(path_of(town, "?norm=made-up")).text
    )


def test_a_platform_is_looked_for_as_well_and_is_never_unknown(
    town: Town, asker: FlaskClient
) -> None:
    page = read(asker, path_of(town, "?kind=platform"))
    assert "0 near , 100 not near , 0 we don't know ." in page
    assert "Near is who lives inside the area of a platform." in page


# -- What platforms say --------------------------------------------------------------------------


@pytest.fixture
def spoken(town: Town) -> Town:
    """A platform in the west that says something of playgrounds."""
    platform = town.make.platform(district_id=town.place.id, name="Wij Samen", slug="wij-samen")
    shape = area_shape(*lonlat(0, 0).coords[0], *lonlat(400, 100).coords[0])
    town.make.platform_area(platform_id=platform.id, district_id=town.place.id, geom=stored(shape))
    town.make.counter_view(platform_id=platform.id, about="playground", words=HOSTILE)
    town.know()
    return town


def test_what_a_platform_says_stands_beside_its_own_buurten_alone_and_in_every_copy(
    spoken: Town, asker: FlaskClient
) -> None:
    for path in (path_of(spoken), path_of(spoken, "/map"), path_of(spoken, "/map?download=1")):
        rows = {cells[0]: cells[-1] for cells in list_rows(asker.get(path).text).values()}
        assert escapes.unescape(rows["West"]) == f"{HOSTILE} Wij Samen", path
        assert rows["East"] == "No platform", path
    assert "Wij Samen" in asker.get(path_of(spoken, ".csv")).text


def test_where_a_platform_is_and_has_said_nothing_it_was_not_asked_yet(
    spoken: Town, asker: FlaskClient
) -> None:
    rows = list_rows(asker.get(path_of(spoken, "?kind=bench")).text)
    assert [cells[-1] for cells in rows.values()] == ["No platform", "Not asked yet"]


# -- The other three questions -------------------------------------------------------------------


def test_what_nobody_keeps_or_pays_for_is_counted_by_buurt_and_nothing_is_unknown_silently(
    town: Town, asker: FlaskClient, session: Session
) -> None:
    for east_m, gaps in ((50, (Gap.NO_KEEPER, Gap.NO_FUNDING)), (150, (Gap.NO_FUNDING,))):
        thing = town.put(Kind.BENCH, east_m)
        for gap in gaps:
            session.add(
                CareGap(asset_id=thing.id, kind=gap, district_id=town.place.id, code=thing.code)
            )
    session.flush()
    page = read(asker, path_of(town, "?tab=care"))
    assert "Of 2 places that we know of nobody keeps 1 and nobody pays for 2." in page
    assert "East We don't know: nothing is on the map here." in page
    assert "West Places 2 Nobody keeps it 1 Nobody pays 2" in page
    assert list_drawn(asker, path_of(town, "?tab=care")) == {"East": "unknown", "West": "far"}


def test_what_was_called_done_and_is_not_good_is_counted_by_buurt(
    town: Town, asker: FlaskClient
) -> None:
    page = read(asker, path_of(town, "?tab=answers"))
    assert "Nothing has been reported here yet." in page
    assert "West Reports 0 Not good 0 Not checked 0" in page
    assert set(list_drawn(asker, path_of(town, "?tab=answers")).values()) == {"unknown"}


def test_the_map_of_answers_has_the_pattern_of_each_line(
    town: Town, asker: FlaskClient, session: Session
) -> None:
    for area_id, shares in ((town.west, ("not_good", "good")), (town.east, ("good",))):
        for share in shares:
            session.add(
                AnswerCount(
                    district_id=town.place.id,
                    organisation_id=town.make.organisation(district_id=town.place.id).id,
                    area_id=area_id,
                    about=FactKind.SHARE,
                    value=share,
                    amount=1,
                    of_examples=False,
                )
            )
    session.flush()
    drawn = list_drawn(asker, path_of(town, "?tab=answers"))
    assert drawn == {"East": "near", "West": "far"}


def test_what_nobody_knows_is_said_by_buurt_and_kind_on_the_map_as_in_the_table(
    town: Town, asker: FlaskClient
) -> None:
    town.say(town.west, Known.PARTIAL)
    town.put(Kind.PLAYGROUND, 50)
    path = path_of(town, "?tab=known")
    page = asker.get(path).text
    words = read(asker, path)
    assert "0 neighbourhoods are all on the map , 1 in part , 1 we don't know ." in words
    states = {slug: re.findall(r'class="g-([a-z]+) hc"', row)[1] for slug, row in ROW.findall(page)}
    drawn = {slug: answer for slug, answer, _ in FIELD.findall(page)}
    assert drawn == states
    assert sorted(states.values()) == ["part", "unknown"]
    assert "Playground 1 out of 1" in words
    assert "Few reports can also mean: few reporters." in words


def test_few_reports_are_few_beside_the_whole_district() -> None:
    assert tells_little(1, 100, of_all=(10, 400))
    assert not tells_little(2, 100, of_all=(10, 500))
    assert not tells_little(0, 0, of_all=(10, 500))
    assert not tells_little(0, 100, of_all=(0, 500))


# -- Go and look ---------------------------------------------------------------------------------


def test_stops_are_where_most_are_and_never_near_one_another() -> None:
    xy = np.array([(x * 100.0, y * 100.0) for x in range(12) for y in range(12)])
    amounts = np.linspace(1, 9, len(xy))
    chosen = choose_stops(xy, amounts, most=8)
    assert len(chosen) == 8
    spots = xy[chosen]
    apart = [float(np.hypot(*(a - b))) for i, a in enumerate(spots) for b in spots[:i]]
    assert min(apart) >= APART_M
    assert tuple(spots[0]) == (1000.0, 1000.0)
    assert choose_stops(xy[:0], amounts[:0], most=8) == []


def test_the_round_leads_past_those_who_have_nothing_near(town: Town, asker: FlaskClient) -> None:
    town.say(town.west, Known.COMPLETE)
    town.put(Kind.PLAYGROUND, 50)
    page = asker.get(path_of(town, "/walk?metres=200"))
    assert page.status_code == 200
    words = read(asker, path_of(town, "/walk?metres=200"))
    assert words.count("Show me the way") == 1
    assert "West · Begin here" in words
    assert re.search(r'href="geo:5[0-9.]+,[0-9.]+"', page.text)
    assert "category=missing" in page.text
    known = read(asker, path_of(town, "/walk?tab=known"))
    assert "East · Begin here" in known
    assert "West ·" not in known


def test_a_round_past_nothing_says_so(town: Town, asker: FlaskClient) -> None:
    assert "There is nothing to look at here now." in read(asker, path_of(town, "/walk"))


# -- What it costs -------------------------------------------------------------------------------


@pytest.mark.parametrize("more", ["", "?tab=care", "?tab=answers", "?tab=known", "/map"])
def test_a_page_asks_as_often_for_many_things_as_for_one(
    town: Town, asker: FlaskClient, session: Session, more: str
) -> None:
    engine = session.get_bind().engine
    town.know()
    town.put(Kind.PLAYGROUND, 50)

    def count() -> int:
        with count_queries(engine) as asked:
            assert asker.get(path_of(town, more)).status_code == 200
        return len(asked)

    count()
    few = count()
    for east_m in range(100, 900, 100):
        town.put(Kind.PLAYGROUND, east_m)
    town.settle("South", 10, 14)
    session.flush()
    count()
    assert count() == few
