"""The JSON API, version 1, by the Dutch API design rules. Reads alone, so far."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, TypeVar
from uuid import UUID

from flask import Response, json, request, url_for
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from geoapp.agreements.queries import agreements_of
from geoapp.api.openapi import describe_api
from geoapp.areas.queries import (
    AreaKind,
    areas_at,
    contacts_for,
    get_area,
    list_areas,
    within_area,
)
from geoapp.areas.rules import Theme
from geoapp.assets.queries import (
    AssetFacts,
    duties_of,
    get_asset,
    list_assets,
)
from geoapp.assets.rules import Kind
from geoapp.assets.tables import Asset
from geoapp.budgets.queries import funding_of
from geoapp.catalogue import (
    publish,
    publish_agreement,
    publish_area_item,
    publish_asset_item,
    publish_contact,
    publish_defect,
    publish_defect_item,
    publish_duty,
    publish_funding,
    publish_organisation,
    publish_platform_item,
)
from geoapp.coverage.queries import what_is_at
from geoapp.db.codes import read_code
from geoapp.defects.queries import defects_of_asset, get_defect, list_defects, steps_of, with_state
from geoapp.defects.rules import State
from geoapp.defects.tables import Defect
from geoapp.districts.queries import find_district_at, get_district
from geoapp.edge import Route, open_session, read_number, read_place, utc_today, wiring
from geoapp.errors import Invalid, Stale
from geoapp.hours.queries import open_now_of
from geoapp.moderation.queries import reason_of_words, standing_of
from geoapp.people.rules import Permission
from geoapp.platforms.queries import list_platforms

Member = TypeVar("Member", Kind, State, AreaKind, Theme)
Thing = TypeVar("Thing")

DEFAULT_LIMIT = 200
MOST = 1000


def show_root() -> Response:
    """Where to go from here."""
    check_parameters()
    names = {
        "openapi": "api.show_openapi",
        "assets": "api.show_assets",
        "defects": "api.show_defects",
        "areas": "api.show_areas",
        "platforms": "api.show_platforms",
    }
    return answer_json({name: url_for(end, _external=True) for name, end in names.items()})


def show_openapi() -> Response:
    """The description of this API."""
    check_parameters()
    return answer_json(describe_api(url_for("api.show_root", _external=True)))


def show_assets() -> Response:
    """Assets, by code."""
    check_parameters("kind", "area", "district", "limit", "after")
    kind = _read_member("kind", Kind)
    with open_session() as session:
        assets = list_assets(
            session,
            where=_in_area(session, Asset.point),
            district=_read_district(session),
            kind=kind,
            after=request.args.get("after", ""),
            limit=_read_limit(),
        )
        asset_item = _asset_item_now(session, assets)
    return _answer_page(assets, lambda asset: asset.code, asset_item)


def show_asset(code: str) -> Response:
    """One asset: who owns, keeps and pays, under which agreement, and what is reported."""
    check_parameters()
    with open_session() as session:
        asset = get_asset(session, code=read_code(code))
        today = utc_today()
        agreements = agreements_of(session, asset_id=asset.id)
        body = publish(
            "asset",
            {
                **_asset_item_now(session, [asset])(asset),
                "register_status": asset.register_status,
                "physical_status": asset.physical_status,
                "details": dict(asset.details),
                "owner": asset.owner and publish_organisation(asset.owner),
                "keeper": _published(duties_of, publish_duty)(session, asset.id, today=today),
                "funding": _published(funding_of, publish_funding)(session, asset.id),
                "agreement": publish_agreement(agreements[0]) if agreements else None,
                "last_seen_on": asset.last_seen_on,
                "planned_on": asset.planned_on,
                "review_on": asset.review_on,
                "areas": [
                    _area_item(area) for area in areas_at(session, lon=asset.lon, lat=asset.lat)
                ],
                "defects": [
                    _defect_item(defect)
                    for defect in defects_of_asset(session, asset_id=asset.id, today=today)
                ],
                "source": asset.source,
                "licence": asset.licence,
            },
        )
    return answer_json(body)


def show_defects() -> Response:
    """Defects, by code."""
    check_parameters("state", "area", "district", "limit", "after")
    state = _read_member("state", State)
    with open_session() as session:
        defects = list_defects(
            session,
            today=utc_today(),
            where=[*_in_area(session, Defect.point), *([with_state(state)] if state else [])],
            district=_read_district(session),
            after=request.args.get("after", ""),
            limit=_read_limit(),
        )
    return _answer_page(defects, lambda defect: defect.code, _defect_item)


def show_defect(code: str) -> Response:
    """One defect, with what happened to it."""
    check_parameters()
    with open_session() as session:
        defect = get_defect(session, code=read_code(code), today=utc_today())
        steps = steps_of(session, defect_ids=[defect.id]).get(defect.id, [])
        hidden_for = reason_of_words(defect, standing_of(session, defect_id=defect.id))
    asset_url = (
        url_for("web.show_asset", code=defect.asset.code, _external=True) if defect.asset else None
    )
    return answer_json(
        publish_defect(
            defect,
            steps=steps,
            url=_defect_url(defect.code),
            asset_url=asset_url,
            hidden_for=hidden_for,
        )
    )


def show_areas() -> Response:
    """Areas in force, official and organic, by slug."""
    check_parameters("kind", "district", "limit", "after")
    kind = _read_member("kind", AreaKind)
    with open_session() as session:
        areas = list_areas(
            session,
            district=_read_district(session),
            kind=kind,
            after=request.args.get("after", ""),
            limit=_read_limit(),
        )
    return _answer_page(areas, lambda area: area.slug, _area_item)


def show_platforms() -> Response:
    """Platforms, by slug."""
    check_parameters("district", "limit", "after")
    with open_session() as session:
        platforms = list_platforms(
            session,
            district=_read_district(session),
            after=request.args.get("after", ""),
            limit=_read_limit(),
        )
    return _answer_page(platforms, lambda platform: platform.slug, _platform_item)


def show_at() -> Response:
    """What is here: areas, platforms, assets and defects around a place."""
    check_parameters("lat", "lon", "radius_m")
    lon, lat = read_place(request.args.get("lat"), request.args.get("lon"))
    radius_m = read_number("radius_m", request.args.get("radius_m", "50"), low=1, high=2000)
    with open_session() as session:
        here = what_is_at(session, lon=lon, lat=lat, radius_m=radius_m, today=utc_today())
        asset_item = _asset_item_now(session, here.assets)
    return answer_json(
        {
            "lat": lat,
            "lon": lon,
            "radius_m": radius_m,
            "areas": [_area_item(area) for area in here.areas],
            "platforms": [_platform_item(platform) for platform in here.platforms],
            "assets": [asset_item(asset) for asset in here.assets],
            "defects": [_defect_item(defect) for defect in here.defects],
        }
    )


def show_contacts() -> Response:
    """Whom to call about a place: of the nearest area first; outside every district, nobody."""
    check_parameters("lat", "lon", "theme")
    lon, lat = read_place(request.args.get("lat"), request.args.get("lon"))
    theme = _read_member("theme", Theme)
    with open_session() as session:
        place = find_district_at(session, lon=lon, lat=lat)
        contacts = (
            contacts_for(session, district_id=place.id, lon=lon, lat=lat, theme=theme)
            if place
            else []
        )
    return answer_json(
        {"lat": lat, "lon": lon, "items": [publish_contact(contact) for contact in contacts]}
    )


def _asset_item_now(
    session: Session, assets: Sequence[AssetFacts]
) -> Callable[[AssetFacts], dict[str, Any]]:
    """Publishes each of these assets, open or closed as it is now."""
    now = wiring().clock()
    is_open = open_now_of(session, asset_ids=[asset.id for asset in assets], now=now)

    def publish_one(asset: AssetFacts) -> dict[str, Any]:
        url = url_for("web.show_asset", code=asset.code, _external=True)
        return publish_asset_item(asset, url=url, open_now=is_open.get(asset.id))

    return publish_one


def _defect_url(code: str) -> str:
    return url_for("web.show_defect", code=code, _external=True)


def _defect_item(defect: Any) -> dict[str, Any]:
    return publish_defect_item(defect, url=_defect_url(defect.code))


def _area_item(area: Any) -> dict[str, Any]:
    return publish_area_item(area, url=url_for("web.show_area", slug=area.slug, _external=True))


def _platform_item(platform: Any) -> dict[str, Any]:
    url = url_for("web.show_platform", slug=platform.slug, _external=True)
    return publish_platform_item(platform, url=url)


def _published(
    ask: Callable[..., dict[UUID, list[Any]]], publish_one: Callable[[Any], dict[str, Any]]
) -> Callable[..., list[dict[str, Any]]]:
    def answer(session: Session, asset_id: UUID, **more: Any) -> list[dict[str, Any]]:
        found = ask(session, asset_ids=[asset_id], **more).get(asset_id, [])
        return [publish_one(item) for item in found]

    return answer


def check_parameters(*known: str) -> None:
    """Unknown parameters are refused: a typo must not look like an empty filter.

    Raises:
        Invalid: names the parameter that is unknown, or comes twice.
    """
    for name in request.args:
        if name not in known:
            raise Invalid("There is no parameter {name} here.", field=name, name=name)
        if len(request.args.getlist(name)) > 1:
            raise Invalid("Give {name} once.", field=name, name=name)


def _read_limit() -> int:
    words = request.args.get("limit", str(DEFAULT_LIMIT))
    if not (words.isascii() and words.isdigit() and len(words) <= 4 and 1 <= int(words) <= MOST):
        raise Invalid("limit is a whole number from 1 to 1000.", field="limit")
    return int(words)


def _read_member(name: str, members: type[Member]) -> Member | None:
    words = request.args.get(name)
    if words is None:
        return None
    if words not in [member.value for member in members]:
        raise Invalid("{name} is one of: {known}.", field=name, name=name, known=", ".join(members))
    return members(words)


def _read_district(session: Session) -> str | None:
    slug = request.args.get("district")
    return None if slug is None else get_district(session, slug=slug).slug


def _in_area(session: Session, column: Any) -> Sequence[ColumnElement[bool]]:
    slug = request.args.get("area")
    return [] if slug is None else [within_area(column, get_area(session, slug=slug))]


def _answer_page(
    found: list[Thing], key: Callable[[Thing], str], publish_item: Callable[[Thing], dict[str, Any]]
) -> Response:
    limit = _read_limit()
    page = found[:limit]
    following = None
    if len(found) > limit:
        arguments = {**request.args.to_dict(), "after": key(page[-1])}
        following = url_for(str(request.endpoint), **arguments, _external=True)
    response = answer_json({"items": [publish_item(item) for item in page], "next": following})
    if following:
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


def answer_json(body: Any, *, tag: str = "") -> Response:
    """A JSON answer with its tag, made from it unless given; 304 where the asker has it already.

    Raises:
        Stale: the asker wants another version than there is (`If-Match`).
    """
    response = Response(json.dumps(body), mimetype="application/json")
    response.headers["Cache-Control"] = "no-cache"
    if tag:
        response.set_etag(tag)
    response.add_etag()
    response.make_conditional(request)
    if response.status_code == HTTPStatus.PRECONDITION_FAILED:
        raise Stale("This has changed since you read it. Read it again.")
    return response


ROUTES = tuple(
    Route(f"/api/v1/{rule}", view, Permission.SEE_PUBLIC)
    for rule, view in (
        ("", show_root),
        ("openapi.json", show_openapi),
        ("assets", show_assets),
        ("assets/<code>", show_asset),
        ("defects", show_defects),
        ("defects/<code>", show_defect),
        ("areas", show_areas),
        ("platforms", show_platforms),
        ("at", show_at),
        ("contacts", show_contacts),
    )
)
