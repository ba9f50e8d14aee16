"""Choosing a place, for whoever puts something on the map or moves it: on the map, by a name that
is typed, or by its numbers; with JavaScript and without."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for
from sqlalchemy.orm import Session

from geoapp.coverage.queries import describe_spot, find_place
from geoapp.web import words
from geoapp.web.home import map_config, read_view
from geoapp.web.language import gettext
from geoapp.web.page import Page
from geoapp.web.report import say_spot

MOST_LETTERS = 80
NEAR_ZOOM = 18


@dataclass(frozen=True)
class Pick:
    """A name that was found: where it opens the map."""

    url: str
    name: str
    kind: str
    is_example: bool


@dataclass(frozen=True)
class Chooser:
    """The part of a page on which a place is chosen.

    Whatever is chosen opens `url` again with `lat` and `lon`; `carried` goes along. `said` and
    `chosen_url` are the middle of the map, for whoever has no live one.
    """

    url: str
    carried: Sequence[tuple[str, str]]
    searched: str
    picks: list[Pick] | None
    said: str
    chosen_url: str
    spot_url: str
    config: Mapping[str, Any]
    lat: str
    lon: str


def make_chooser(
    session: Session,
    page: Page,
    *,
    url: str,
    carried: Mapping[str, str],
    around: tuple[float, float] | None = None,
) -> Chooser:
    """A chooser for the page at `url`; `around` (lon, lat) is where the map opens, unless a name
    was chosen."""
    kept = {name: value for name, value in carried.items() if value}
    view = read_view(session, page)
    if around is not None and "at" not in request.args:
        view = replace(view, lon=around[0], lat=around[1], zoom=NEAR_ZOOM)
    searched = request.args.get("q", "")[:MOST_LETTERS]
    is_near = around is not None or "at" in request.args
    config = map_config(page, view)
    spot = describe_spot(session, lon=view.lon, lat=view.lat) if is_near else None
    middle = {"lat": f"{view.lat:.7f}", "lon": f"{view.lon:.7f}"}
    return Chooser(
        url=url,
        carried=list(kept.items()),
        searched=searched,
        picks=_list_picks(session, page, searched, url, kept) if searched else None,
        said=say_spot(spot) if spot else "",
        chosen_url=_write_url(url, {**kept, **middle}),
        spot_url=url_for("web.show_new_spot", kind=kept.get("kind")),
        config={**config, "fit": None} if around is not None else config,
        lat=request.args.get("lat", "")[:20],
        lon=request.args.get("lon", "")[:20],
    )


def _list_picks(
    session: Session, page: Page, searched: str, url: str, kept: Mapping[str, str]
) -> list[Pick]:
    """What the words may mean, each as a place to open the map at."""
    found = find_place(session, words=searched, district_id=page.place.id)
    boxes = [
        *(
            (one.bounds, one.name, words.NAME_KINDS[one.kind], one.is_example)
            for one in found.names
        ),
        *((one.bounds, one.name, gettext("platform"), one.is_example) for one in found.platforms),
        *(
            ((one.lon, one.lat) * 2, one.name, words.KINDS[one.kind], one.is_example)
            for one in found.assets
        ),
    ]
    return [
        Pick(_write_url(url, {**kept, "at": _middle_of(box)}), name, str(kind), is_example)
        for box, name, kind, is_example in boxes
    ]


def _middle_of(box: tuple[float, ...]) -> str:
    west, south, east, north = box
    return f"{(south + north) / 2:.6f},{(west + east) / 2:.6f},{NEAR_ZOOM}"


def _write_url(url: str, values: Mapping[str, str]) -> str:
    return f"{url}?{urlencode(values)}"
