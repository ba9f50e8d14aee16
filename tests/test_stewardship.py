"""The errand of a platform's manager, whole: cabinets on the map under one agreement, a key handed
over, the round on the phone, their signs on paper, one of them scanned and a report from it."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.assets.rules import Kind
from geoapp.assets.tables import Asset
from geoapp.defects.tables import Defect
from tests.desks import Desk, post, token_of
from tests.factories import LAT
from tests.test_placing import code_of, hidden_of, place
from tests.test_signs import codes_in
from tests.world import World

pytest_plugins = ("tests.desks",)

MANAGER = "manager of A"


@pytest.fixture
def browser(desk: Desk) -> Callable[[str], FlaskClient]:
    """Somebody's own browser, in English."""
    return desk.browser


@pytest.fixture
def cabinets(session: Session, world: World, browser: Callable[[str], FlaskClient]) -> list[str]:
    """Three cabinets that the manager has put on the map, each like the one before."""
    world.make.checklist(district_id=world.here.id, kind=Kind.CABINET)
    manager, codes = browser(MANAGER), []
    for number in range(3):
        status, url = place(manager, lat=LAT + 0.001 * number, is_owner="1")
        assert status == 303
        codes.append(code_of(url))
    assert session.scalars(select(Asset.kind).where(Asset.code.in_(codes))).all() == [
        Kind.CABINET
    ] * len(codes)
    return codes


def test_they_stand_under_one_agreement_that_everybody_reads(
    app: Flask, browser: Callable[[str], FlaskClient], cabinets: list[str]
) -> None:
    manager = browser(MANAGER)
    made = post(manager, "/organisations/org-a/agreements", title="Kasten", undertakes="Cleans.")
    assert made.status_code == 303
    token = token_of(manager.get("/agreements/kasten/assets").text)
    ticked = {"csrf_token": token, "shown": cabinets, "asset": cabinets}
    assert manager.post("/agreements/kasten/assets", data=ticked).status_code == 303
    for code in cabinets:
        page = app.test_client().get(f"/assets/{code}?lang=en").text
        assert "It covers 3 things." in page
        assert "Cleans." in page


def test_a_round_past_them_leaves_none_on_the_list(
    browser: Callable[[str], FlaskClient], cabinets: list[str]
) -> None:
    manager, path = browser(MANAGER), "/organisations/org-a/round"
    assert all(f"/assets/{code}/inspect" in manager.get(path).text for code in cabinets)
    for code in cabinets:
        page = manager.get(f"/assets/{code}/inspect").text
        number = re.search(r'name="list" value="(\d+)"', page)
        assert number
        told = {"csrf_token": token_of(page), "list": number[1], "answer-clean": "yes"}
        assert manager.post(f"/assets/{code}/inspect", data=told).status_code == 303
    assert not any(f"/assets/{code}/inspect" in manager.get(path).text for code in cabinets)


def test_a_sign_that_is_scanned_leads_to_a_report_about_its_cabinet(
    app: Flask, session: Session, browser: Callable[[str], FlaskClient], cabinets: list[str]
) -> None:
    sheet = f"/organisations/org-a/signs.pdf?codes={','.join(cabinets)}"
    scanned = codes_in(browser(MANAGER).get(sheet).data)
    assert [address.rpartition("/")[2] for address in scanned] == cabinets
    resident = app.test_client()
    page = resident.get(f"/q/{cabinets[0]}?lang=en").text
    form = re.search(r'href="(/report\?asset=[^"]+)"', page)
    assert form
    form_page = resident.get(form[1]).text
    told = {**hidden_of(form_page), "category": "broken"}
    assert resident.post("/report", data=told).status_code == 303
    asset = session.scalars(select(Asset).where(Asset.code == cabinets[0])).one()
    assert len(session.scalars(select(Defect).where(Defect.asset_id == asset.id)).all()) == 1
