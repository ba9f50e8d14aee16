"""Putting a platform forward, from below and in two steps; and saying later that its area is
another one."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, doer_of, signed_in_id
from geoapp.areas.queries import Area, AreaKind, list_areas
from geoapp.areas.rules import Level
from geoapp.claims.queries import shapes_named
from geoapp.claims.rules import join_area
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import Conflict, GeoappError, Invalid, Stale
from geoapp.exchange.reading.outlines import read_outline
from geoapp.geo.shapes import as_multipolygon, check_shape
from geoapp.geo.symbol import sprite_svg
from geoapp.people.rules import Permission, Role, Seat
from geoapp.platforms.actions import Claim, Moment, change_area, put_forward
from geoapp.platforms.queries import (
    AreaVersion,
    PlatformFacts,
    get_platform,
    has_put_forward,
    list_versions,
    platform_shape,
    subject_of,
    thing_of,
)
from geoapp.platforms.rules import (
    BETWEEN_TWO,
    MOST_LETTERS,
    MOST_NAME_LETTERS,
    MOST_SENTENCE_LETTERS,
    NewWords,
    read_new_words,
)
from geoapp.refusals import find_refusal
from geoapp.web import words
from geoapp.web.errors import say_error
from geoapp.web.forms import check_form, form_token
from geoapp.web.home import View, map_config
from geoapp.web.language import gettext
from geoapp.web.page import Page, open_page, render
from geoapp.web.public_words import check_public
from geoapp.web.spots import draw_area

OWN = Seat(Role.RESIDENT)
MOST_LISTED = 200
ZOOM = 14
MOST = {"name": MOST_NAME_LETTERS, "about": MOST_SENTENCE_LETTERS, "meets": MOST_LETTERS["meets"]}
# The second step carries the words of the first along.
WORDS_STEP, WHERE_STEP = "words", "where"


@dataclass(frozen=True)
class Typed:
    """The form as it stands: what is typed, which areas are ticked, and what is wrong with it."""

    values: Mapping[str, str] = field(default_factory=dict)
    ticked: frozenset[str] = frozenset()
    problem: str = ""
    problem_field: str = ""


@dataclass(frozen=True)
class Choice:
    """An area to tick."""

    slug: str
    name: str
    code: str
    is_example: bool


# -- A new platform ----------------------------------------------------------------------------


def show_platform_new() -> str:
    """The first step: who you are."""
    with open_session() as session:
        return _show_words(open_page(session), Typed(), is_early=_is_early(session))


def post_platform_new() -> Response | str | tuple[str, int]:
    """From the first step to the second, and from the second to the page of the new platform."""
    with open_session() as session:
        page = open_page(session)
        check_form()
    try:
        new = _read_words()
    except Invalid as problem:
        return _show_words(page, _give_back(problem)), find_refusal(problem).status
    if request.form.get("step") != WHERE_STEP:
        with open_session() as session:
            return _show_where(session, page, _carry(new))
    try:
        with open_session() as session:
            now = wiring().clock()
            made = put_forward(
                session,
                district_id=page.place.id,
                words=new,
                claim=_read_claim(session, page),
                doer=doer_of(OWN),
                at=Moment(now, page.today),
            )
    except (Invalid, Conflict) as problem:
        with open_session() as session:
            return _answer(session, page, problem), find_refusal(problem).status
    return redirect(url_for("web.show_platform", slug=made.slug), 303)


def _answer(session: Session, page: Page, problem: GeoappError) -> str:
    """The step at which something is wrong, with everything that was typed."""
    typed = _give_back(problem)
    if problem.field in MOST:
        return _show_words(page, typed)
    return _show_where(session, page, typed)


def _read_words() -> NewWords:
    new = read_new_words({name: request.form.get(name, "") for name in MOST})
    check_public(asdict(new))
    return new


def _carry(new: NewWords) -> Typed:
    """To the second step; whoever went back and forth finds their ticks as they were."""
    return Typed({**_typed(), **asdict(new)}, frozenset(request.form.getlist("area")))


def _is_early(session: Session) -> bool:
    since = wiring().clock() - BETWEEN_TWO
    return has_put_forward(session, person_id=signed_in_id(), since=since)


def _show_words(page: Page, typed: Typed, *, is_early: bool = False) -> str:
    return render(
        "claim_new.html",
        page,
        typed=typed,
        most=MOST,
        is_early=is_early,
        step=WORDS_STEP,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


def _show_where(session: Session, page: Page, typed: Typed) -> str:
    carried = {name: typed.values.get(name, "") for name in MOST}
    return render(
        "claim_where.html",
        page,
        platform=None,
        typed=typed,
        carried={**carried, "step": WHERE_STEP},
        post_url=url_for("web.post_platform_new"),
        **_list_choices(session, page),
    )


# -- Another area ------------------------------------------------------------------------------


def show_claim_form(slug: str) -> str:
    """A platform's area, its earlier ones, and the form for another."""
    with open_session() as session:
        platform, _ = _open(session, slug)
        page = open_page(session, district=platform.district)
        return _show_area(session, page, platform, Typed())


def post_claim(slug: str) -> Response | tuple[str, int]:
    """Keep another area; the old one ends."""
    with open_session() as session:
        platform, seat = _open(session, slug)
        check_form()
        page = open_page(session, district=platform.district)
    try:
        with open_session() as session:
            change_area(
                session,
                platform=platform,
                change=(_read_claim(session, page), _read_number()),
                doer=doer_of(seat, whose=platform.slug),
                at=Moment(wiring().clock(), page.today),
            )
    except (Invalid, Stale) as problem:
        with open_session() as session:
            shown = _show_area(session, page, platform, _give_back(problem))
        return shown, find_refusal(problem).status
    return redirect(url_for("web.show_claim_form", slug=platform.slug, kept=1), 303)


def _open(session: Session, slug: str) -> tuple[PlatformFacts, Seat]:
    platform = get_platform(session, slug=slug)
    return platform, check_subject(subject_of(platform), thing=thing_of(platform))


def _read_number() -> int:
    number = request.form.get("version", "")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise Invalid("This form was open for too long. Look it over and send it again.")
    return int(number)


def _show_area(session: Session, page: Page, platform: PlatformFacts, typed: Typed) -> str:
    versions = list_versions(session, platform_id=platform.id)
    shape = platform_shape(session, platform_id=platform.id)
    return render(
        "claim_where.html",
        page,
        platform=platform,
        typed=typed,
        carried={"version": str(versions[0].number)},
        post_url=url_for("web.post_claim", slug=platform.slug),
        drawn=draw_area(session, platform.bounds, shape, []),
        versions=[say_version(one, page) for one in versions],
        is_kept="kept" in request.args and not typed.problem,
        **_list_choices(session, page),
    )


def say_version(version: AreaVersion, page: Page) -> str:
    """From when until when a platform said that an area was its own."""
    first = words.say_day(version.valid_from, today=page.today)
    if version.valid_to is None:
        return gettext("This area since %(day)s", day=first)
    return gettext(
        "Another area from %(first)s until %(last)s",
        first=first,
        last=words.say_day(version.valid_to, today=page.today),
    )


# -- Both --------------------------------------------------------------------------------------


def _typed() -> dict[str, str]:
    return {name: said for name, said in request.form.items() if name != "area"}


def _give_back(problem: GeoappError) -> Typed:
    """Nothing that was typed or ticked is lost."""
    return Typed(
        _typed(),
        frozenset(request.form.getlist("area")),
        say_error(problem),
        problem.field or "",
    )


def _read_claim(session: Session, page: Page) -> Claim:
    """What was ticked and what was drawn, as one area.

    Raises:
        Invalid: neither, or no area; the error names the field.
    """
    ticked = request.form.getlist("area")[: 2 * MOST_LISTED]
    named = shapes_named(session, district_id=page.place.id, slugs=ticked)
    parts, names = [shape for _, shape in named], [name for name, _ in named]
    outline = request.form.get("outline", "")
    if outline.strip():
        try:
            parts.append(as_multipolygon(check_shape(read_outline(outline))))
        except Invalid as problem:
            raise Invalid(problem.message, field="outline", **problem.values) from None
        names.append(gettext("drawn on the map"))
    whole = join_area(parts, bounds=page.place.bounds)
    return Claim(whole, ", ".join(names), page.place.is_example)


def _list_choices(session: Session, page: Page) -> dict[str, Any]:
    """What can be ticked, from A to Z, and the map to draw on."""
    slug = page.place.slug
    organic = list_areas(session, district=slug, kind=AreaKind.ORGANIC, limit=MOST_LISTED)
    official = list_areas(session, district=slug, kind=AreaKind.OFFICIAL, limit=MOST_LISTED)
    west, south, east, north = page.place.bounds or (-1.0, -1.0, 1.0, 1.0)
    view = View((west + east) / 2, (south + north) / 2, ZOOM, "all", (), None)
    return {
        "neighbourhoods": _make_choices(organic),
        "levels": [
            (str(words.LEVELS[level]), _make_choices([a for a in official if a.level is level]))
            for level in (Level.WIJK, Level.BUURT)
        ],
        "config": map_config(page, view),
        "token": form_token(),
        "sprite": sprite_svg(),
    }


def _make_choices(areas: Sequence[Area]) -> list[Choice]:
    return [
        Choice(area.slug, area.name, area.code or "", area.is_example)
        for area in sorted(areas, key=lambda area: area.name)
    ]


ROUTES = (
    Route("/platforms/new", show_platform_new, Permission.CLAIM_AREA),
    Route("/platforms/new", post_platform_new, Permission.CLAIM_AREA, methods=("POST",)),
    Route("/platforms/<slug>/area", show_claim_form, Permission.EDIT_PLATFORM),
    Route("/platforms/<slug>/area", post_claim, Permission.EDIT_PLATFORM, methods=("POST",)),
)
