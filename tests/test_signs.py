"""Signs to print: what stands on one and where its code leads, on paper and drawn; and sheets."""

import re
from base64 import b64encode
from datetime import timedelta
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pypdfium2
import pytest
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import Connection, event

from geoapp.assets.queries import get_asset
from geoapp.assets.rules import Kind
from geoapp.assets.tables import Asset
from geoapp.ledger.rules import Limit
from geoapp.web import signs
from geoapp.web.page import open_page
from geoapp.web.prints import print_pdf
from geoapp.web.signs import MOST_ON_A_SHEET, SIGNS_OF_ONE, Shelf, read_signs
from tests.desks import Clock, Desk
from tests.papers import check_tagged, words_on
from tests.world import TODAY, World

pytest_plugins = ("tests.desks",)

A5, A4_LYING = (420, 595), (842, 595)
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture(autouse=True)
def _an_empty_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signs, "_SHELF", Shelf(3))


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """Somebody without an account."""
    return app.test_client()


@pytest.fixture
def cabinet(world: World) -> Asset:
    """A cabinet that the contractor repairs."""
    asset = world.make.asset(
        district_id=world.here.id, kind=Kind.CABINET, name="Kast bij het plein", is_example=True
    )
    world.contractor.name, world.contractor.how_to_reach = "Voorbeeldwerken", "Bel 14 020"
    world.make.duty(asset_id=asset.id, organisation_id=world.contractor.id)
    return asset


@pytest.fixture
def board(world: World) -> Asset:
    """A sign in a playground that shows a court."""
    site = world.make.asset(
        district_id=world.here.id, kind=Kind.PLAYGROUND, name="Speeltuin Voorbeeldhof"
    )
    court = world.make.asset(
        district_id=world.here.id, kind=Kind.SPORT_COURT, name="Tennisbaan", part_of_id=site.id
    )
    return world.make.asset(
        district_id=world.here.id,
        kind=Kind.SIGN,
        name="Bord bij de ingang",
        part_of_id=site.id,
        shows_id=court.id,
    )


def codes_in(paper: bytes) -> list[str]:
    """What a phone reads from each page of a PDF, from left to right."""
    found: list[str] = []
    with pypdfium2.PdfDocument(paper) as pdf:
        for page in pdf:
            read = zxingcpp.read_barcodes(page.render(scale=2).to_pil())
            found += [code.text for code in sorted(read, key=lambda c: c.position.top_left.x)]
    return found


# -- One sign ----------------------------------------------------------------------------------


def test_a_sign_on_paper_leads_to_its_thing_and_says_so_in_two_languages(
    visitor: FlaskClient, cabinet: Asset
) -> None:
    answer = visitor.get(f"/assets/{cabinet.code}/sign.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Content-Language"] == "nl, en"
    assert codes_in(answer.data) == [f"https://kaart.example/q/{cabinet.code}"]
    title = f"Bord {cabinet.code}: Kast bij het plein"
    called = check_tagged(answer.data, title=title, size=A5)
    assert f"QR-code: de pagina van nummer {cabinet.code}" in called
    said = words_on(answer.data)
    for words in (
        "Kast bij het plein",
        "Het blijft open tot bewoners zeggen: het is goed.",
        "It stays open until residents say: it is good.",
        "Voorbeeldwerken",
        "Bel 14 020",
        cabinet.code,
        "Voorbeeld",
    ):
        assert words in said


def test_the_sign_of_a_court_names_the_court_and_leads_to_the_hours_of_its_own_page(
    visitor: FlaskClient, board: Asset
) -> None:
    paper = visitor.get(f"/assets/{board.code}/sign.pdf").data
    said = words_on(paper)
    assert "Speeltuin Voorbeeldhof" in said
    assert "Tennisbaan" in said
    assert "Is het nu open?" in said
    assert "Bord bij de ingang" not in said
    (address,) = codes_in(paper)
    assert address.endswith(f"/q/{board.code}")
    page = visitor.get(address.removeprefix("https://kaart.example"), query_string={"lang": "nl"})
    assert "Tennisbaan" in page.text


def test_a_drawing_says_and_leads_to_the_same(
    app: Flask, visitor: FlaskClient, cabinet: Asset
) -> None:
    answer = visitor.get(f"/assets/{cabinet.code}/sign.svg")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    drawing = ElementTree.fromstring(answer.data)  # noqa: S314  our own
    words = " ".join(" ".join(drawing.itertext()).split())
    assert "Kast bij het plein" in words
    assert "It stays open until residents say: it is good." in words
    assert cabinet.code in words
    picture = f'<img alt="x" src="data:image/svg+xml;base64,{b64encode(answer.data).decode()}">'
    with app.app_context():
        paper = print_pdf(f"<html lang=nl><title>x</title>{picture}", styles=())
    assert codes_in(paper) == [f"https://kaart.example/q/{cabinet.code}"]


def test_any_name_fits_and_stays_words(visitor: FlaskClient, world: World, cabinet: Asset) -> None:
    for name in (HOSTILE, "Ĳ" * 300, "één twee " * 30):
        cabinet.name = name
        world.session.flush()
        drawn = visitor.get(f"/assets/{cabinet.code}/sign.svg")
        assert drawn.status_code == 200
        ElementTree.fromstring(drawn.data)  # noqa: S314  our own
        assert b"<script" not in drawn.data
        paper = visitor.get(f"/assets/{cabinet.code}/sign.pdf").data
        assert len(PdfReader(BytesIO(paper)).pages) == 1
        assert codes_in(paper) == [f"https://kaart.example/q/{cabinet.code}"]


def test_the_address_is_the_public_one_whatever_a_browser_calls_us(
    visitor: FlaskClient, cabinet: Asset
) -> None:
    paper = visitor.get(f"/assets/{cabinet.code}/sign.pdf", base_url="http://evil.example").data
    assert codes_in(paper) == [f"https://kaart.example/q/{cabinet.code}"]


def test_a_sign_speaks_the_languages_of_its_district(
    visitor: FlaskClient, world: World, cabinet: Asset
) -> None:
    world.here.languages = ["srn", "en"]
    world.session.flush()
    answer = visitor.get(f"/assets/{cabinet.code}/sign.svg?lang=nl")
    assert answer.headers["Content-Language"] == "en"
    assert "Gevaar" not in answer.text
    assert "Het blijft" not in answer.text


def test_no_sign_is_made_for_what_there_is_not(visitor: FlaskClient) -> None:
    for ending in ("svg", "pdf"):
        assert visitor.get(f"/assets/22-222/sign.{ending}").status_code == 404


# -- What it costs -----------------------------------------------------------------------------


def test_a_sign_is_made_once_and_no_robot_makes_the_service_print_on(
    visitor: FlaskClient,
    cabinet: Asset,
    board: Asset,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(signs, "SIGNS_OF_ONE", Limit(SIGNS_OF_ONE.name, 1, 3600))
    path, other = (f"/assets/{asset.code}/sign.pdf" for asset in (cabinet, board))
    first = visitor.get(path)
    assert visitor.get(path).data == first.data
    known = visitor.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")
    refused = visitor.get(other)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert visitor.get(path).status_code == 200
    clock.now += timedelta(hours=1)
    assert visitor.get(other).status_code == 200


def test_a_changed_sign_is_made_anew(visitor: FlaskClient, world: World, cabinet: Asset) -> None:
    path = f"/assets/{cabinet.code}/sign.svg"
    tag = visitor.get(path).headers["ETag"]
    assert visitor.get(path).headers["ETag"] == tag
    cabinet.name = "Kast bij de brug"
    world.session.flush()
    assert visitor.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_while_one_paper_is_made_another_has_to_wait(
    visitor: FlaskClient, cabinet: Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signs, "_PRESS_WAIT_S", 0.01)
    with signs._PRESS:  # noqa: SLF001  as a thread beside this one holds it
        answer = visitor.get(f"/assets/{cabinet.code}/sign.pdf")
    assert answer.status_code == 429
    assert visitor.get(f"/assets/{cabinet.code}/sign.pdf").status_code == 200


def test_a_shelf_lets_the_oldest_go() -> None:
    shelf = Shelf(2)
    shelf.put("a", b"1")
    shelf.put("b", b"2")
    assert shelf.find("a") == b"1"
    shelf.put("c", b"3")
    assert [shelf.find(tag) for tag in "abc"] == [b"1", None, b"3"]


def test_many_signs_cost_as_many_questions_as_one(
    app: Flask, world: World, connection: Connection
) -> None:
    for _ in range(4):
        other = world.make.asset(district_id=world.here.id)
        world.make.duty(asset_id=other.id, organisation_id=world.contractor.id)
    codes = [asset.code for asset in world.session.query(Asset).all()]
    counted = []
    heard: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    with app.test_request_context():
        page = open_page(world.session, district="here")
        for number in (1, len(codes)):
            assets = [get_asset(world.session, code=code) for code in codes[:number]]
            heard.clear()
            event.listen(connection, "before_cursor_execute", note)
            assert len(read_signs(world.session, page, assets)) == number
            event.remove(connection, "before_cursor_execute", note)
            counted.append(len(heard))
    assert counted == [2, 2]


# -- A sheet -----------------------------------------------------------------------------------


@pytest.fixture
def own(world: World, cabinet: Asset) -> list[Asset]:
    """Three things that the contractor owns, repairs or opens, by name."""
    owned = world.make.asset(district_id=world.here.id, name="Bank A", owner_id=world.contractor.id)
    opened = world.assets["kept by the contractor"][0]
    opened.name = "Veld Z"
    world.session.flush()
    return [owned, cabinet, opened]


def test_a_sheet_has_two_signs_on_each_page(desk: Desk, own: list[Asset]) -> None:
    path = "/organisations/contractor/signs.pdf"
    codes = ",".join(asset.code for asset in own)
    answer = desk.browser("maintainer").get(path, query_string={"codes": codes})
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(PdfReader(BytesIO(answer.data)).pages) == 2
    assert codes_in(answer.data) == [f"https://kaart.example/q/{asset.code}" for asset in own]
    called = check_tagged(answer.data, title="Borden van Voorbeeldwerken", size=A4_LYING)
    for asset in own:
        assert f"QR-code: de pagina van nummer {asset.code}" in called


def test_one_ticks_among_what_the_organisation_looks_after(
    desk: Desk, world: World, own: list[Asset]
) -> None:
    over = world.make.asset(district_id=world.here.id, name="Niet meer")
    world.make.duty(
        asset_id=over.id, organisation_id=world.contractor.id, until=TODAY - timedelta(days=1)
    )
    page = desk.browser("maintainer").get("/organisations/contractor/signs?lang=en").text
    ticked = re.findall(r'name="codes" value="([^"]+)"', page)
    assert ticked == [asset.code for asset in own]
    every = ",".join(ticked).replace(",", "%2C")
    assert f'href="/organisations/contractor/signs.pdf?codes={every}"' in page.replace(",", "%2C")
    assert "Print all 3 signs (PDF)" in page


@pytest.mark.parametrize(
    ("codes", "status"),
    [
        ("", 400),
        (",, ,", 400),
        (",".join(f"22-2{a}{b}" for a in "2345678" for b in "2345678"), 400),
        ("22-222", 404),
        (HOSTILE, 404),
    ],
)
def test_what_no_sheet_can_be_made_of_is_refused(
    desk: Desk, own: list[Asset], codes: str, status: int
) -> None:
    assert own
    assert len(codes) < 100 or codes.count(",") >= MOST_ON_A_SHEET
    path = "/organisations/contractor/signs.pdf"
    answer = desk.browser("maintainer").get(path, query_string={"codes": codes})
    assert answer.status_code == status
    assert HOSTILE not in answer.text


def test_nobody_prints_a_sheet_of_what_others_look_after(desk: Desk, world: World) -> None:
    other = world.assets["kept by A"][0].code
    path = "/organisations/contractor/signs.pdf"
    assert desk.browser("maintainer").get(f"{path}?codes={other}").status_code == 404
    for name, status in (("manager of A", 403), ("anonymous", 401), ("officer there", 403)):
        assert desk.browser(name).get(f"{path}?codes={other}").status_code == status


def test_sheets_are_limited_for_each_person(
    desk: Desk, own: list[Asset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signs, "SHEETS_OF_ONE", Limit("sheets_of_one", 1, 3600))
    path = f"/organisations/contractor/signs.pdf?codes={own[0].code}"
    asked = [("maintainer", 200), ("maintainer", 429), ("officer here", 200)]
    assert [(name, desk.browser(name).get(path).status_code) for name, _ in asked] == asked
