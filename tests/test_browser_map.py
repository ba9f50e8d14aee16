"""Map and list never disagree: what the tiles in view hold is what the list counts."""

import pytest
from playwright.sync_api import Page

from tests.browser import (
    DESK,
    PHONE,
    MapView,
    Pin,
    TileKeeper,
    Visitors,
    focus_map,
    read_view,
    settle,
    things_drawn,
)

pytest_plugins = ("tests.browser",)

LAYERS = {
    "all": ("defects", "cabinets", "places"),
    "not_good": ("defects",),
    "places": ("places",),
    "cabinets": ("cabinets",),
}
# Where the map goes by keyboard: a step aside, nearer, and out again.
STEPS = ("ArrowRight", "ArrowDown", "+", "+", "ArrowLeft", "+", "ArrowUp", "-")


# Each chip once, the whole in both widths: what differs between widths is the box that is asked.
@pytest.mark.parametrize(
    ("width", "chip"),
    [*zip((PHONE, DESK) * len(LAYERS), LAYERS, strict=False), (DESK, "all")],
)
def test_the_list_counts_what_the_tiles_in_view_hold(
    visitors: Visitors, width: int, chip: str
) -> None:
    page = visitors.enter(width=width)
    kept = TileKeeper(page)
    page.goto(f"/?layers={chip}&at=52.30200,4.96800,13.5")
    settle(page)
    _check_agreement(page, kept, chip)
    focus_map(page)
    for key in STEPS:
        page.keyboard.press(key)
        settle(page)
        _check_agreement(page, kept, chip)


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_choosing_one_chip_after_another_keeps_them_agreed(visitors: Visitors, width: int) -> None:
    page = visitors.enter(width=width)
    kept = TileKeeper(page)
    page.goto("/?at=52.29900,4.96300,15")
    settle(page)
    for chip in ("cabinets", "not_good", "places", "all"):
        page.locator(f".chip[data-show={chip}]").click()
        settle(page)
        assert read_view(page).layers == chip
        _check_agreement(page, kept, chip)


def test_the_whole_district_is_counted_to_the_last_thing(visitors: Visitors) -> None:
    page = visitors.enter(width=DESK)
    kept = TileKeeper(page)
    page.goto("/")
    settle(page)
    focus_map(page)
    page.keyboard.press("-")
    settle(page)
    view = read_view(page)
    for pin in _all_pins(view, kept, "all"):
        assert 0 < pin.x < view.width
        assert 0 < pin.y < view.height
    reports, things = _listed(page)
    assert reports == sum(pin.told["n"] for pin in kept.pins(view, "defects"))
    assert things == sum(
        pin.told["n"] for layer in ("cabinets", "places") for pin in kept.pins(view, layer)
    )
    assert things > 150
    assert reports > 150


def test_turning_the_phone_keeps_them_agreed(visitors: Visitors) -> None:
    page = visitors.enter(width=PHONE)
    kept = TileKeeper(page)
    page.goto("/?at=52.29900,4.96300,15")
    settle(page)
    with page.expect_response("**/list?*"):
        page.set_viewport_size({"width": 740, "height": 360})
    settle(page)
    _check_agreement(page, kept, "all")


@pytest.mark.parametrize("chip", ["cabinets", "places"])
def test_a_chip_draws_what_its_list_names_at_every_zoom(visitors: Visitors, chip: str) -> None:
    page = visitors.enter(width=PHONE)
    for zoom in (11, 12, 13, 15):
        page.goto(f"/?layers={chip}&at=52.30000,4.96500,{zoom}")
        settle(page)
        assert _listed(page)[1] > 0, zoom
        assert things_drawn(page) > 0, zoom


def test_at_street_zoom_every_thing_is_drawn_and_named_in_the_list(visitors: Visitors) -> None:
    page = visitors.open("/?layers=cabinets&at=52.29890,4.96060,17", width=PHONE)
    assert things_drawn(page) == _listed(page)[1] == 1


def test_each_thing_in_the_list_stands_in_view(visitors: Visitors) -> None:
    page = visitors.enter(width=PHONE)
    kept = TileKeeper(page)
    page.goto("/?layers=cabinets&at=52.29900,4.96300,16")
    settle(page)
    pins = kept.pins(read_view(page), "cabinets")
    cards = page.locator("#near a.card[href^='/assets/']")
    assert cards.count() == _listed(page)[1] <= len(pins)


def test_what_is_solved_and_what_is_not_good_are_drawn_apart(visitors: Visitors) -> None:
    page = visitors.enter(width=DESK)
    kept = TileKeeper(page)
    page.goto("/?at=52.30200,4.96800,16")
    settle(page)
    told = {pin.told["shape"] for pin in kept.pins(read_view(page), "defects")}
    assert told <= {"open", "asked", "bad", "good"}
    shown = {
        css.split()[-1]
        for css in page.locator("#near .card .st").evaluate_all("all => all.map(e => e.className)")
    }
    assert shown <= told | {"open", "plain"}


def _check_agreement(page: Page, kept: TileKeeper, chip: str) -> None:
    """The list's counts lie between the tiles' without and with the points on the very edge.

    A point that stands for several stands in their middle: near the edge of the view some of them
    may be outside. Where no point is near the edge, both numbers are the same, and so exact.
    """
    view = read_view(page)
    reports, things = _listed(page)
    if chip == "not_good":
        least, most = _count(view, kept.pins(view, "defects"), of="bad")
    elif chip == "all":
        least, most = _count(view, kept.pins(view, "defects"))
    else:
        least, most = 0, 0
    assert least <= reports <= most, (chip, view)
    layers = [layer for layer in LAYERS[chip] if layer != "defects"]
    of = "play" if chip == "places" else "n"
    counts = [_count(view, kept.pins(view, layer), of=of) for layer in layers]
    assert sum(low for low, _ in counts) <= things <= sum(high for _, high in counts), (chip, view)


def _count(view: MapView, pins: list[Pin], *, of: str = "n") -> tuple[int, int]:
    least = most = 0
    square_px = 32 if view.tile_zoom <= 13 else 16 if view.tile_zoom <= 15 else 8
    for pin in pins:
        number = pin.told[of]
        # The address gives five decimals; a lone point is exact to about that.
        slack = 3.0 if pin.told["n"] == 1 else square_px * 2 ** (view.zoom - view.tile_zoom) + 3
        inside = min(pin.x, pin.y, view.width - pin.x, view.height - pin.y)
        least += number if inside > slack else 0
        most += number if inside > -slack else 0
    return least, most


def _all_pins(view: MapView, kept: TileKeeper, chip: str) -> list[Pin]:
    return [pin for layer in LAYERS[chip] for pin in kept.pins(view, layer)]


def _listed(page: Page) -> tuple[int, int]:
    near = page.locator("#near")
    return int(near.get_attribute("data-reports") or ""), int(
        near.get_attribute("data-things") or ""
    )
