"""The round of whoever looks for both sides: what is on it, who may go, and what a look decides."""

import re
from io import BytesIO

import pytest

from geoapp.defects.rules import State
from tests.desks import Desk, token_of, voice
from tests.pictures import photo

pytest_plugins = ("tests.desks",)


def deny(desk: Desk, report: str = "own") -> str:
    """Called done, and a neighbour says no."""
    by = {"own": "maintainer", "other": "officer here", "elsewhere": "officer there"}[report]
    code = str(desk.world.defects[report].code)
    assert desk.act(by, code, action="handle", note="Klaar")[0] == 200
    voice(desk, report, says="still_broken")
    return code


def test_the_round_holds_what_someone_neutral_must_look_at_and_no_part_of_ones_own(
    desk: Desk,
) -> None:
    own, other, elsewhere = (deny(desk, name) for name in ("own", "other", "elsewhere"))
    listed = {
        name: set(re.findall(r'id="stop-([A-Z0-9-]+)"', desk.browser(name).get("/desk/walk").text))
        for name in ("member of A", "officer here", "officer there")
    }
    assert listed == {
        "member of A": {own, other},
        "officer here": {own},
        "officer there": set(),
    }
    assert elsewhere not in listed["member of A"]
    for name in ("maintainer", "resident", "moderator"):
        assert desk.browser(name).get("/desk/walk").status_code == 403


def test_whoever_called_it_done_and_passed_it_on_does_not_look_for_both_sides(desk: Desk) -> None:
    code = deny(desk, "other")
    passed = {"action": "pass_on", "organisation": "contractor", "note": "Naar de aannemer"}
    assert desk.act("officer here", code, **passed)[0] == 200
    assert desk.act("maintainer", code, action="accept")[0] == 200
    client = desk.browser("officer here")
    assert f'id="stop-{code}"' not in client.get("/desk/walk").text
    assert 'value="check"' not in client.get(f"/desk/{code}").text
    token = token_of(client.get("/account").text)
    form = {"csrf_token": token, "action": "check", "is_good": "true"}
    answer = client.post(f"/desk/{code}", data=form | {"photos": (BytesIO(photo()), "now.jpg")})
    assert (answer.status_code, desk.state("other")) == (403, State.DISPUTED)
    # Called done once more, by the other: still not theirs to look at.
    assert desk.act("maintainer", code, action="handle", note="Klaar")[0] == 200
    assert f'id="stop-{code}"' not in client.get("/desk/walk").text
    assert f'id="stop-{code}"' in desk.browser("member of A").get("/desk/walk").text


def test_a_look_on_the_round_decides_and_leads_back_to_it(desk: Desk) -> None:
    code = deny(desk)
    client = desk.browser("member of A")
    at = "52.313,4.975"
    page = client.get(f"/desk/walk?at={at}").text
    assert f'action="/desk/{code}"' in page
    form = {"action": "check", "way": "walk", "at": at, "from": "", "is_good": "true", "note": ""}
    data = {"csrf_token": token_of(page), **form, "photos": (BytesIO(photo()), "now.jpg")}
    answer = client.post(f"/desk/{code}", data=data)
    assert answer.headers["Location"] == f"/desk/walk?at=52.313,4.975&noted={code}"
    assert desk.state("own") is State.SOLVED
    assert f'id="stop-{code}"' not in client.get(answer.headers["Location"]).text


@pytest.mark.parametrize("query", ["at=north", "at=52.3", "at=nan,4.9", "from=Nergenshuizen"])
def test_a_round_from_nowhere_says_so_and_is_shown_all_the_same(desk: Desk, query: str) -> None:
    code = deny(desk)
    answer = desk.browser("member of A").get(f"/desk/walk?{query}")
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert f'id="stop-{code}"' in answer.text
