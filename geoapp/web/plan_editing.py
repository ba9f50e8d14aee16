"""Making a plan, in three steps: where, what, who; changing it, and going on with it."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask import redirect, request, url_for
from shapely import Point
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject
from geoapp.assets.queries import assets_near
from geoapp.assets.rules import Kind
from geoapp.budgets.queries import get_line
from geoapp.budgets.rules import Earmark, read_amount, write_amount
from geoapp.coverage.queries import describe_spot
from geoapp.defects.queries import defects_near
from geoapp.districts.queries import find_district_at
from geoapp.edge import Route, open_session, read_place, wiring
from geoapp.errors import Conflict, GeoappError, Invalid, NotFound, Stale
from geoapp.exchange.reading.outlines import read_outline, write_outline
from geoapp.geo.symbol import sprite_svg
from geoapp.inspections.actions import Hand, Moment
from geoapp.people.queries import list_names
from geoapp.people.rules import Permission
from geoapp.placing.rules import check_outline, measure_m
from geoapp.plans.actions import (
    ItemDraft,
    ItemWho,
    add_item,
    change_place,
    change_what,
    change_who,
    move_item,
)
from geoapp.plans.queries import PlanItemFacts, get_item, item_shape, subject_of, thing_of
from geoapp.plans.rules import (
    DECISIONS,
    EDITABLE,
    MOST_ANSWER_LETTERS,
    MOST_TITLE_LETTERS,
    Act,
    list_acts,
    read_date,
    read_themes,
)
from geoapp.platforms.queries import PlatformFacts, get_platform
from geoapp.platforms.queries import subject_of as subject_of_platform
from geoapp.platforms.queries import thing_of as thing_of_platform
from geoapp.refusals import find_refusal
from geoapp.web import plan_words, words
from geoapp.web.cards import title_of
from geoapp.web.chooser import make_chooser
from geoapp.web.errors import say_error
from geoapp.web.forms import TOKEN, bind_key, check_form, form_token
from geoapp.web.hands import make_hand
from geoapp.web.history import show_history
from geoapp.web.home import View, map_config, read_view
from geoapp.web.page import Page, open_page, render
from geoapp.web.plans import describe_plan, open_plan
from geoapp.web.public_words import check_public
from geoapp.web.report import say_spot

POINT, AREA, NOWHERE = "point", "area", "none"
NEAR_M = 200
MOST_NEAR = 5
AREA_ZOOM = 16
FIRST_ZOOM = 15
MOST_TYPED = 2000
# What a member does with a plan by a button alone.
BY_BUTTON = (Act.PUBLISH, Act.GIVE_UP, Act.WITHDRAW, Act.TAKE_UP)


@dataclass(frozen=True)
class Filling:
    """The form as it stands: what is typed, which themes are ticked, what is wrong."""

    values: Mapping[str, str] = field(default_factory=dict)
    themes: Sequence[str] = ()
    problem: GeoappError | None = None


@dataclass(frozen=True)
class Near:
    """A report or a thing near the spot that was chosen (E13)."""

    url: str
    name: str
    note: str
    metres: str
    is_example: bool


@dataclass(frozen=True)
class Working:
    """A plan, and as whom somebody works on it."""

    item: PlanItemFacts
    page: Page
    by: Hand
    at: Moment

    @property
    def acting(self) -> tuple[Hand, Moment]:
        """Who does it, and when."""
        return self.by, self.at


def open_working(session: Session, code: str) -> Working:
    """A plan, for whoever may do to it what this address is for.

    Raises:
        NotFound: there is none.
        NotAllowed: they may not.
    """
    item, page = open_plan(session, code)
    subject = subject_of(item)
    seat = check_subject(subject, thing=thing_of(item.id))
    by = make_hand(session, seat, subject)
    return Working(item, page, by, Moment(wiring().clock(), page.today))


def _open_platform(session: Session, slug: str) -> tuple[PlatformFacts, Page, Hand, Moment]:
    platform = get_platform(session, slug=slug)
    page = open_page(session, district=platform.district)
    subject = subject_of_platform(platform)
    seat = check_subject(subject, thing=thing_of_platform(platform))
    by = make_hand(session, seat, subject)
    return platform, page, by, Moment(wiring().clock(), page.today)


# -- Step 1: where -----------------------------------------------------------------------------


def show_new_plan(slug: str) -> str:
    """Step 1, where; with a place in the address, or none wanted, step 2, what."""
    with open_session() as session:
        platform, page, _, _ = _open_platform(session, slug)
        wanted = request.args.get("place", POINT)
        if wanted == AREA:
            return _show_area(page, platform, "")
        if wanted == NOWHERE:
            return _show_what(session, page, platform, None, Filling())
        if not (request.args.get("lat") or request.args.get("lon")):
            return _show_where(session, page, platform)
        try:
            lon, lat = read_place(request.args.get("lat"), request.args.get("lon"))
        except Invalid as problem:
            return _show_where(session, page, platform, problem)
        return _show_what(session, page, platform, Point(lon, lat), Filling())


def show_plan_spot(slug: str) -> str:
    """How a spot is read back in words, and what is near it: a part of step 1."""
    with open_session() as session:
        _, page, _, _ = _open_platform(session, slug)
        lon, lat = read_place(request.args.get("lat"), request.args.get("lon"))
        place = find_district_at(session, lon=lon, lat=lat)
        spot = describe_spot(session, lon=lon, lat=lat)
        near = _list_near(session, page, Point(lon, lat))
    is_inside = place is not None and place.id == page.place.id
    return render("_plan_spot.html", page, said=say_spot(spot), near=near, is_inside=is_inside)


def post_new_area(slug: str) -> str | tuple[str, int]:
    """Step 1, an area: on to step 2 with its corners."""
    with open_session() as session:
        platform, page, _, _ = _open_platform(session, slug)
        check_form()
        typed = request.form.get("outline", "")
        try:
            shape = _read_area(typed, page)
        except Invalid as problem:
            shown = _show_area(page, platform, typed, problem)
            return shown, find_refusal(problem).status
        return _show_what(session, page, platform, shape, Filling())


def post_new_plan(slug: str) -> Response | tuple[str, int]:
    """Keep it as an idea, and go on to step 3, who."""
    with open_session() as session:
        platform, page, by, at = _open_platform(session, slug)
        check_form()
    form = request.form
    shape: BaseGeometry | None = None
    try:
        shape = _read_shape(form, page)
        with open_session() as session:
            code = add_item(
                session,
                place=page.place,
                platform=platform,
                draft=_read_what(form, shape),
                key=bind_key(form.get("key", "")),
                acting=(by, at),
            )
    except (Invalid, Conflict) as problem:
        filling = Filling(_give_back(), form.getlist("themes"), problem)
        with open_session() as session:
            if problem.field in ("lat", "outline"):
                shown = _show_where(session, page, platform, problem)
            else:
                shown = _show_what(session, page, platform, shape, filling)
        return shown, find_refusal(problem).status
    return redirect(url_for("web.show_plan_who", code=code, new=1), 303)


def _show_where(
    session: Session, page: Page, platform: PlatformFacts, problem: GeoappError | None = None
) -> str:
    west, south, east, north = platform.bounds
    return render(
        "plan_where.html",
        page,
        name=platform.name,
        back_url=url_for("web.show_platform", slug=platform.slug),
        heading_new=True,
        chooser=replace(
            make_chooser(
                session,
                page,
                url=url_for("web.show_new_plan", slug=platform.slug),
                carried={},
                around=((west + east) / 2, (south + north) / 2),
            ),
            spot_url=url_for("web.show_plan_spot", slug=platform.slug),
            # The neighbourhood first: the spot is chosen by moving the map.
            config={**map_config(page, _find_view(session, page, platform)), "fit": None},
        ),
        area_url=url_for("web.show_new_plan", slug=platform.slug, place=AREA),
        none_url=url_for("web.show_new_plan", slug=platform.slug, place=NOWHERE),
        problem=say_error(problem) if problem else "",
        sprite=sprite_svg(),
    )


def _find_view(session: Session, page: Page, platform: PlatformFacts) -> View:
    """Where the map opens: at a name that was chosen, else on the platform's neighbourhood."""
    if "at" in request.args:
        return read_view(session, page)
    west, south, east, north = platform.bounds
    return View((west + east) / 2, (south + north) / 2, FIRST_ZOOM, "all", (), None)


def _show_area(
    page: Page, platform: PlatformFacts, typed: str, problem: GeoappError | None = None
) -> str:
    west, south, east, north = platform.bounds
    addresses = (
        url_for("web.post_new_area", slug=platform.slug),
        url_for("web.show_new_plan", slug=platform.slug),
    )
    middle = ((west + east) / 2, (south + north) / 2)
    return _render_area(page, platform.name, addresses, middle, (typed, problem))


def _render_area(
    page: Page,
    name: str,
    addresses: tuple[str, str],
    middle: tuple[float, float],
    typed: tuple[str, GeoappError | None],
) -> str:
    """The corners of an area; `addresses` are where they are sent, and where one goes back to."""
    problem = typed[1]
    return render(
        "plan_area.html",
        page,
        name=name,
        post_url=addresses[0],
        back_url=addresses[1],
        typed=typed[0],
        config={**map_config(page, View(*middle, AREA_ZOOM, "all", (), None)), "fit": None},
        problem=say_error(problem) if problem else "",
        token=form_token(),
        token_name=TOKEN,
        sprite=sprite_svg(),
    )


def _read_area(words_: str, page: Page) -> BaseGeometry:
    bounds = page.place.bounds or (-180.0, -90.0, 180.0, 90.0)
    return check_outline(read_outline(words_), bounds=bounds)


def _read_shape(form: Mapping[str, str], page: Page) -> BaseGeometry | None:
    """The place that came along from step 1."""
    if form.get("outline"):
        return _read_area(form["outline"], page)
    if form.get("lat") or form.get("lon"):
        return Point(read_place(form.get("lat"), form.get("lon")))
    return None


# -- Step 2: what ------------------------------------------------------------------------------


def _show_what(
    session: Session,
    page: Page,
    platform: PlatformFacts,
    shape: BaseGeometry | None,
    filling: Filling,
) -> str:
    spot = shape.representative_point() if shape is not None else None
    said = "" if spot is None else say_spot(describe_spot(session, lon=spot.x, lat=spot.y))
    is_point = shape is not None and shape.geom_type == "Point"
    is_spent = filling.problem is not None and filling.problem.field == "key"
    return _render_what(
        page,
        filling,
        name=platform.name,
        back_url=url_for("web.show_new_plan", slug=platform.slug),
        is_new=True,
        post_url=url_for("web.post_new_plan", slug=platform.slug),
        said=said,
        lat=f"{spot.y:.7f}" if spot is not None and is_point else "",
        lon=f"{spot.x:.7f}" if spot is not None and is_point else "",
        outline=write_outline(shape) if shape is not None and not is_point else "",
        version="",
        near=_list_near(session, page, spot) if spot is not None else [],
        key=("" if is_spent else filling.values.get("key", "")) or str(uuid.uuid4()),
    )


def _render_what(page: Page, filling: Filling, **told: object) -> str:
    problem = filling.problem
    return render(
        "plan_what.html",
        page,
        values=filling.values,
        ticked=filling.themes,
        themes=[(theme.value, plan_words.THEMES[theme]) for theme in Earmark],
        kinds=[(kind.value, words.KINDS[kind]) for kind in Kind],
        most={"title": MOST_TITLE_LETTERS},
        problem=say_error(problem) if problem else "",
        problem_field=(problem.field or "") if problem else "",
        token=form_token(),
        token_name=TOKEN,
        sprite=sprite_svg(),
        **told,
    )


def _list_near(session: Session, page: Page, spot: Point) -> list[Near]:
    """Reports and things near the spot, each with how far it is (E13)."""
    lon, lat, most = spot.x, spot.y, MOST_NEAR
    found: list[tuple[Point, Near]] = []
    for defect in defects_near(
        session, lon=lon, lat=lat, radius_m=NEAR_M, today=page.today, limit=most
    ):
        url = url_for("web.show_defect", code=defect.code)
        told = words.say_state_briefly(defect)
        near = Near(url, title_of(defect), told, "", defect.is_example)
        found.append((Point(defect.lon, defect.lat), near))
    for asset in assets_near(session, lon=lon, lat=lat, radius_m=NEAR_M, limit=most):
        url = url_for("web.show_asset", code=asset.code)
        near = Near(url, asset.name, str(words.KINDS[asset.kind]), "", asset.is_example)
        found.append((Point(asset.lon, asset.lat), near))
    metric = page.place.metric_srid
    return [
        Near(
            near.url,
            near.name,
            near.note,
            words.say_number(round(measure_m(spot, place, metric_srid=metric))),
            near.is_example,
        )
        for place, near in found
    ]


def show_plan_what(code: str) -> str:
    """What a plan is, to be changed."""
    with open_session() as session:
        working = open_working(session, code)
    return _show_what_again(working, _fill_what(working.item))


def post_plan_what(code: str) -> Response | tuple[str, int]:
    """Keep what it is."""

    def keep(session: Session, working: Working) -> None:
        change_what(
            session,
            item=working.item,
            draft=_read_what(request.form, None),
            version=_read_version(request.form),
            acting=working.acting,
        )

    def show(working: Working, problem: GeoappError) -> str:
        filling = Filling(_give_back(), request.form.getlist("themes"), problem)
        return _show_what_again(working, filling)

    return _change(code, keep, show)


def _fill_what(item: PlanItemFacts) -> Filling:
    values = {
        "title": item.title,
        "kind": item.kind.value if item.kind else "",
        "cost": write_amount(item.cost_cents),
        "wanted_by": item.wanted_by.isoformat() if item.wanted_by else "",
    }
    return Filling(values, [theme.value for theme in item.themes])


def _show_what_again(working: Working, filling: Filling) -> str:
    item = working.item
    return _render_what(
        working.page,
        filling,
        name=item.title,
        back_url=url_for("web.show_plan_work", code=item.code),
        is_new=False,
        post_url=url_for("web.post_plan_what", code=item.code),
        said="",
        lat="",
        lon="",
        outline="",
        version=_find_version(item, filling),
        near=[],
        key="",
    )


def _find_version(item: PlanItemFacts, filling: Filling) -> str:
    """The version a form was made from; after somebody else's change, theirs."""
    is_stale = isinstance(filling.problem, Stale)
    given = filling.values.get("version", "")
    return str(item.version) if is_stale or not given else given


def _read_what(form: Mapping[str, str], shape: BaseGeometry | None) -> ItemDraft:
    kind = form.get("kind", "")
    if kind and kind not in set(Kind):
        raise Invalid("Say what it is.", field="kind")
    check_public({"title": form.get("title", "")})
    cost = form.get("cost", "").strip()
    return ItemDraft(
        title=form.get("title", ""),
        shape=shape,
        themes=read_themes(request.form.getlist("themes")),
        kind=Kind(kind) if kind else None,
        cost_cents=read_amount(cost, field="cost") if cost else None,
        wanted_by=read_date(form.get("wanted_by", ""), field="wanted_by"),
    )


def _read_version(form: Mapping[str, str]) -> int:
    version = form.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise Invalid("This form was open for too long. Look it over and send it again.")
    return int(version)


# -- Step 3: who -------------------------------------------------------------------------------


def show_plan_who(code: str) -> str:
    """Who makes it, who keeps it, and the three questions."""
    with open_session() as session:
        working = open_working(session, code)
        return _show_who(session, working, _fill_who(working.item))


def post_plan_who(code: str) -> Response | tuple[str, int]:
    """Keep who it is, and the answers."""

    def keep(session: Session, working: Working) -> None:
        change_who(
            session,
            item=working.item,
            who=_read_who(session, working),
            version=_read_version(request.form),
            acting=working.acting,
        )

    def show(working: Working, problem: GeoappError) -> str:
        with open_session() as session:
            return _show_who(session, working, Filling(_give_back(), (), problem))

    return _change(code, keep, show)


def _fill_who(item: PlanItemFacts) -> Filling:
    return Filling(
        {
            "maker": item.maker.slug if item.maker else "",
            "keeper": item.keeper.slug if item.keeper else "",
            "problem": item.problem,
            "whose_problem": item.whose_problem,
            "who_left_out": item.who_left_out,
        }
    )


def _read_who(session: Session, working: Working) -> ItemWho:
    form = request.form
    known = {
        slug: found_id
        for found_id, slug, _ in list_names(session, district_id=working.item.district_id)
    }
    ids: dict[str, uuid.UUID | None] = {}
    for name in ("maker", "keeper"):
        slug = form.get(name, "")
        if slug and slug not in known:
            raise Invalid("Choose an organisation of this district.", field=name)
        ids[f"{name}_id"] = known.get(slug)
    said = {name: form.get(name, "") for name in ("problem", "whose_problem", "who_left_out")}
    check_public(said)
    return ItemWho(maker_id=ids["maker_id"], keeper_id=ids["keeper_id"], **said)


def _show_who(session: Session, working: Working, filling: Filling) -> str:
    item, problem = working.item, filling.problem
    known = list_names(session, district_id=item.district_id)
    return render(
        "plan_who.html",
        working.page,
        item=item,
        values=filling.values,
        organisations=sorted([(slug, name) for _, slug, name in known], key=lambda one: one[1]),
        most=MOST_ANSWER_LETTERS,
        is_new="new" in request.args,
        version=_find_version(item, filling),
        problem=say_error(problem) if problem else "",
        problem_field=(problem.field or "") if problem else "",
        token=form_token(),
        token_name=TOKEN,
        sprite=sprite_svg(),
    )


# -- Its place, again --------------------------------------------------------------------------


def show_plan_where(code: str) -> str:
    """Where a plan is, to be changed: a spot, an area, or no place."""
    with open_session() as session:
        working = open_working(session, code)
        if request.args.get("place") == AREA:
            shape = item_shape(session, item_id=working.item.id)
            return _show_area_again(working, write_outline(shape) if shape else "")
        is_chosen = bool(request.args.get("lat") or request.args.get("lon"))
        return _show_where_again(session, working, is_chosen=is_chosen)


def post_plan_where(code: str) -> Response | tuple[str, int]:
    """Keep where it is."""

    def keep(session: Session, working: Working) -> None:
        shape = _read_shape(request.form, working.page)
        change_place(
            session,
            item=working.item,
            place=working.page.place,
            shape=shape,
            acting=working.acting,
        )

    def show(working: Working, problem: GeoappError) -> str:
        with open_session() as session:
            if request.form.get("outline"):
                return _show_area_again(working, request.form["outline"], problem)
            return _show_where_again(session, working, problem=problem)

    return _change(code, keep, show)


def _show_where_again(
    session: Session,
    working: Working,
    *,
    is_chosen: bool = False,
    problem: GeoappError | None = None,
) -> str:
    item = working.item
    around = (item.lon, item.lat) if item.lon is not None and item.lat is not None else None
    chosen = None
    if is_chosen:
        try:
            lon, lat = read_place(request.args.get("lat"), request.args.get("lon"))
            said = say_spot(describe_spot(session, lon=lon, lat=lat))
            chosen = {"lat": f"{lat:.7f}", "lon": f"{lon:.7f}", "said": said}
        except Invalid as error:
            problem = error
    return render(
        "plan_where.html",
        working.page,
        name=item.title,
        back_url=url_for("web.show_plan_work", code=item.code),
        heading_new=False,
        chosen=chosen,
        post_url=url_for("web.post_plan_where", code=item.code),
        chooser=replace(
            make_chooser(
                session,
                working.page,
                url=url_for("web.show_plan_where", code=item.code),
                carried={},
                around=around,
            ),
            spot_url=url_for("web.show_plan_spot", slug=item.platform),
        ),
        area_url=url_for("web.show_plan_where", code=item.code, place=AREA),
        none_url="",
        problem=say_error(problem) if problem else "",
        token=form_token(),
        token_name=TOKEN,
        sprite=sprite_svg(),
    )


def _show_area_again(working: Working, typed: str, problem: GeoappError | None = None) -> str:
    item = working.item
    west, south, east, north = working.page.place.bounds or (0.0, 0.0, 0.0, 0.0)
    has_place = item.lon is not None and item.lat is not None
    middle = (item.lon, item.lat) if has_place else ((west + east) / 2, (south + north) / 2)
    addresses = (
        url_for("web.post_plan_where", code=item.code),
        url_for("web.show_plan_where", code=item.code),
    )
    place = (float(middle[0] or 0), float(middle[1] or 0))
    return _render_area(working.page, item.title, addresses, place, (typed, problem))


# -- Going on ----------------------------------------------------------------------------------


def show_plan_work(code: str) -> str:
    """A plan for its own people: what it says, and what can be done with it now."""
    with open_session() as session:
        return _show_work(session, open_working(session, code))


def post_plan_step(code: str) -> Response | tuple[str, int]:
    """Show it, ask money, take it back, give it up, take it up again."""

    def keep(session: Session, working: Working) -> None:
        act = request.form.get("act", "")
        if act not in [one.value for one in (*BY_BUTTON, Act.ASK)]:
            raise Invalid("This form was open for too long. Look it over and send it again.")
        line = None
        if act == Act.ASK and request.form.get("line"):
            line = get_line(session, slug=request.form["line"])
        move_item(session, item=working.item, act=Act(act), line=line, acting=working.acting)

    def show(working: Working, problem: GeoappError) -> str:
        with open_session() as session:
            return _show_work(session, working, problem)

    return _change(code, keep, show)


def _show_work(session: Session, working: Working, problem: GeoappError | None = None) -> str:
    item = get_item(session, code=working.item.code)
    acts = list_acts(item.state)
    return render(
        "plan_work.html",
        working.page,
        **describe_plan(session, item, working.page),
        acts=[(act.value, plan_words.ACTS[act]) for act in acts if act in BY_BUTTON],
        may_ask=Act.ASK in acts,
        may_realise=Act.REALISE in acts,
        waits_for_decision=any(act in DECISIONS for act in acts),
        is_editable=item.state in EDITABLE,
        has_money=bool(item.granted_cents),
        problem=say_error(problem) if problem else "",
        token=form_token(),
        token_name=TOKEN,
    )


def show_plan_history(code: str) -> str:
    """Everything that was done to a plan, by whom."""
    with open_session() as session:
        working = open_working(session, code)
        return show_history(
            session,
            working.page,
            thing=thing_of(working.item.id),
            title=working.item.title,
            back_url=url_for("web.show_plan_work", code=working.item.code),
        )


def _change(
    code: str,
    keep: Callable[[Session, Working], None],
    show: Callable[[Working, GeoappError], str],
) -> Response | tuple[str, int]:
    """Change something; what cannot be kept comes back as it was typed."""
    with open_session() as session:
        working = open_working(session, code)
        check_form()
    try:
        with open_session() as session:
            keep(session, working)
    except (Invalid, Conflict, NotFound) as problem:
        with open_session() as session:
            working = open_working(session, code)
        return show(working, problem), find_refusal(problem).status
    return redirect(url_for("web.show_plan_work", code=working.item.code, kept=1), 303)


def _give_back() -> dict[str, str]:
    """Nothing that was typed is lost."""
    return {name: typed[:MOST_TYPED] for name, typed in request.form.items()}


ROUTES = (
    Route("/platforms/<slug>/plan/new", show_new_plan, Permission.WORK_ON_PLAN),
    Route("/platforms/<slug>/plan/new", post_new_plan, Permission.WORK_ON_PLAN, methods=("POST",)),
    Route("/platforms/<slug>/plan/new/spot", show_plan_spot, Permission.WORK_ON_PLAN),
    Route(
        "/platforms/<slug>/plan/new/area",
        post_new_area,
        Permission.WORK_ON_PLAN,
        methods=("POST",),
    ),
    Route("/plans/<code>/work", show_plan_work, Permission.WORK_ON_PLAN),
    Route("/plans/<code>/what", show_plan_what, Permission.WORK_ON_PLAN),
    Route("/plans/<code>/what", post_plan_what, Permission.WORK_ON_PLAN, methods=("POST",)),
    Route("/plans/<code>/who", show_plan_who, Permission.WORK_ON_PLAN),
    Route("/plans/<code>/who", post_plan_who, Permission.WORK_ON_PLAN, methods=("POST",)),
    Route("/plans/<code>/where", show_plan_where, Permission.WORK_ON_PLAN),
    Route("/plans/<code>/where", post_plan_where, Permission.WORK_ON_PLAN, methods=("POST",)),
    Route("/plans/<code>/step", post_plan_step, Permission.WORK_ON_PLAN, methods=("POST",)),
    Route("/plans/<code>/history", show_plan_history, Permission.WORK_ON_PLAN),
)
