"""An answer about gaps to pass on: a map to move with its sentence, table, source, date and method,
as a page, and as one file that opens without a network."""

from typing import Any

from flask import Response, request, url_for

from geoapp.assets.rules import Kind
from geoapp.catalogue import SYMBOL_OF_KIND
from geoapp.coverage.gaps import worlds
from geoapp.coverage.gaps.findings import Finding
from geoapp.coverage.gaps.questions import PLATFORM
from geoapp.edge import Route, open_session
from geoapp.geo.symbol import sprite_svg
from geoapp.people.rules import Permission
from geoapp.web import gap_words, words
from geoapp.web.drawn_map import fit_frame
from geoapp.web.gap_asking import find, url_of
from geoapp.web.gap_map import find_grounds, make_pins, read_outlines
from geoapp.web.gaps import tell
from geoapp.web.language import gettext
from geoapp.web.maps import MOST, Thing, answer_file, draw_ground, say_controls
from geoapp.web.page import open_page, render

STYLES = ("css/pages.css", "css/gaps.css")


def show_gaps_map(slug: str) -> str | Response:
    """The answer to the question in the address as a map to move: a page, or with `download=1` one
    file."""
    with open_session() as session:
        page = open_page(session, district=slug)
        finding = find(session, page)
        bounds = page.place.bounds or (0.0, 0.0, 0.0, 0.0)
        frame = fit_frame(bounds, width=900, height=700)
        outlines = read_outlines(session, frame, {line.slug for line in finding.lines})
    patches = [
        (f"g-{gap_words.CSS[one.answer]}", one.shape) for one in find_grounds(finding, outlines)
    ]
    things = list_things(finding)
    values: dict[str, Any] = {
        **tell(page, finding),
        "parts": draw_ground(bounds, outlines, patches, things[:MOST]),
        "has_more": len(things) > MOST,
        "most": MOST,
        "map_words": say_controls(),
        "day": words.say_day(page.today),
        "sprite": sprite_svg(sorted({"brand", "example", *(one.symbol for one in things)})),
        "back": url_of(slug, finding.question),
        "download_url": url_of(slug, finding.question, "web.show_gaps_map", download="1"),
    }
    if "download" not in request.args:
        return render("gaps_map.html", page, **values)
    name = f"gaps-{slug}-{finding.question.kind}"
    return answer_file("gaps_map_file.html", page, name=name, values=values, styles=STYLES)


def list_things(finding: Finding) -> list[Thing]:
    """What stands there, as pins; of platforms none, for they are areas."""
    kind = finding.question.kind
    if kind == PLATFORM:
        return []
    pins = make_pins(finding)
    return [
        Thing(
            lon=pin.lon,
            lat=pin.lat,
            symbol=SYMBOL_OF_KIND[Kind(kind)],
            title=thing.name,
            lines=(gap_words.say_wanted(kind), *_say_open(thing)),
            url=url_for("web.show_asset", code=thing.code),
            is_example=thing.is_example,
        )
        for pin, thing in zip(pins, finding.world.things, strict=True)
    ]


def _say_open(thing: worlds.Thing) -> tuple[str, ...]:
    if thing.is_open is None:
        return ()
    return (gettext("Open then") if thing.is_open else gettext("Closed then"),)


ROUTES = (Route("/districts/<slug>/gaps/map", show_gaps_map, Permission.SEE_PUBLIC),)
