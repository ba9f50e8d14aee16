"""The doors of "still there": one tap by anybody at a thing, without an account; a photo if one
wants. Nobody is asked who they are or where they stand."""

import uuid
from collections.abc import Sequence

from flask import make_response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import current_actor
from geoapp.assets.actions import Tap, add_sighting_picture, see_asset
from geoapp.assets.queries import (
    AssetFacts,
    duties_of,
    find_seen_photo,
    get_asset,
    kept_subject,
    wants_photo,
)
from geoapp.assets.rules import STANDING, SeenBy
from geoapp.care.actions import refresh_care
from geoapp.db.codes import read_code
from geoapp.edge import (
    Route,
    count_refusals,
    open_session,
    read_form,
    read_uploads,
    sender_subject,
    wiring,
)
from geoapp.errors import Conflict, GeoappError, Invalid, NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.intake.rules import check_secret, make_secret
from geoapp.media.rules import Size
from geoapp.people.rules import Permission, may
from geoapp.refusals import find_refusal
from geoapp.web.errors import say_at_fields
from geoapp.web.forms import HONEYPOT, TOKEN, bind_key, check_form, form_token
from geoapp.web.page import Page, open_page, render
from geoapp.web.security import OWN_KEY, keep_private

ONE_PHOTO = {"photos": 1}
FIELDS = {TOKEN, HONEYPOT}
# The link to one's own sighting is made as that of a report is, and there is one version of it.
_VERSION = 1


def show_seen(code: str) -> Response:
    """Say that it is still there; after the tap: thanks, and room for a photo."""
    return _show(code, secret=request.args.get(OWN_KEY, ""))


def post_seen(code: str) -> Response:
    """Keep that it is still there; the same tap again changes nothing."""
    try:
        with count_refusals():
            secret = _take(code)
    except (Invalid, Conflict) as error:
        return _show(code, problem=error)
    following = url_for("web.show_seen", code=read_code(code), secret=secret or None, said="seen")
    return keep_private(redirect(following, 303))


def post_seen_photo(code: str) -> Response:
    """Add a photo to one's own sighting; nobody else sees it before a moderator has."""
    secret = request.form.get(OWN_KEY, "")
    try:
        with count_refusals():
            _take_photo(code, secret)
    except (Invalid, Conflict) as error:
        return _show(code, secret=secret, problem=error)
    return keep_private(redirect(url_for("web.show_seen", code=read_code(code), said="photo"), 303))


def show_seen_photo(code: str, position: int) -> Response:
    """A photo of a passer-by that a moderator has looked at."""
    size = Size.SMALL if "small" in request.args else Size.LARGE
    with open_session() as session:
        asset = get_asset(session, code=read_code(code))
        picture_id = find_seen_photo(session, asset_id=asset.id, position=position)
    response = make_response(wiring().store.read(picture_id, size))
    response.mimetype = "image/jpeg"
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def _take(code: str) -> str:
    """Keep the tap; the secret of its sighting, empty where no row is kept of it."""
    _check_fields(FIELDS)
    now = wiring().clock()
    with open_session() as session:
        asset, page = _open(session, code)
        tap = Tap(
            seen_by=_rank(session, asset, page),
            subject=sender_subject(),
            # The same browser on the same day: the same tap, however often it is sent.
            key=bind_key(f"seen:{asset.code}:{page.today}"),
        )
        sighting_id = see_asset(session, asset=asset, tap=tap, today=page.today, now=now)
        ids, today = [asset.id], page.today
        refresh_care(session, district_id=asset.district_id, asset_ids=ids, today=today)
    return _make_secret(sighting_id) if sighting_id else ""


def _take_photo(code: str, secret: str) -> None:
    _check_fields(FIELDS | {OWN_KEY})
    with open_session() as session:
        asset, _ = _open(session, code)
        sighting_id = _read_secret(secret)
        if sighting_id is None:
            raise NotFound("There is no such photo.")
        if not wants_photo(session, asset_id=asset.id, sighting_id=sighting_id):
            return
    photos = read_uploads(ONE_PHOTO)["photos"]
    if not photos:
        raise Invalid("Choose a photo first.", field="photos")
    with open_session() as session:
        add_sighting_picture(
            session,
            asset=asset,
            sighting_id=sighting_id,
            cleaned=photos[0],
            store=wiring().store,
            now=wiring().clock(),
        )


def _check_fields(known: set[str]) -> None:
    check_form()
    unknown = [name for name in read_form() if name not in known]
    if unknown:
        raise Invalid("There is no field {name} here.", field=unknown[0], name=unknown[0])


def _rank(session: Session, asset: AssetFacts, page: Page) -> SeenBy:
    """Whoever keeps it says so as its keeper; of everybody else nothing is known."""
    duties = duties_of(session, asset_ids=[asset.id], today=page.today).get(asset.id, [])
    subject = kept_subject(asset, duties)
    keeps = may(current_actor(), Permission.LOOK_AFTER_ASSET, subject)
    return SeenBy.KEEPER if keeps else SeenBy.PUBLIC


def _make_secret(sighting_id: uuid.UUID) -> str:
    made = make_secret(wiring().settings.secret, sighting_id, _VERSION)
    return f"{sighting_id.hex}.{made}"


def _read_secret(words: str) -> uuid.UUID | None:
    """The sighting that a link of ours is for; None: it is none of ours."""
    named, _, given = words.partition(".")
    try:
        sighting_id = uuid.UUID(hex=named)
    except ValueError:
        return None
    is_ours = check_secret(wiring().settings.secret, sighting_id, _VERSION, given)
    return sighting_id if is_ours else None


def _open(session: Session, code: str) -> tuple[AssetFacts, Page]:
    asset = get_asset(session, code=read_code(code))
    return asset, open_page(session, district=asset.district)


def _show(code: str, *, secret: str = "", problem: GeoappError | None = None) -> Response:
    problems: Sequence[GeoappError] = problem.problems if problem else ()
    with open_session() as session:
        asset, page = _open(session, code)
        own_id = _read_secret(secret)
        has_room = own_id is not None and wants_photo(
            session, asset_id=asset.id, sighting_id=own_id
        )
    said = "" if problem else request.args.get("said", "")
    shown = render(
        "seen.html",
        page,
        asset=asset,
        can_see=asset.physical_status in STANDING,
        said=said,
        secret=secret if has_room else "",
        problems=say_at_fields(problems),
        token=form_token(),
        token_name=TOKEN,
        honeypot=HONEYPOT,
        most_pictures=1,
        sprite=sprite_svg(("brand", "camera", "check")),
    )
    if problem is None:
        return make_response(shown)
    refusal = find_refusal(problem)
    return keep_private(make_response(shown, refusal.status, dict(refusal.headers)))


ROUTES = (
    Route("/assets/<code>/seen", show_seen, Permission.SEE_PUBLIC),
    Route("/assets/<code>/seen", post_seen, Permission.REPORT, methods=("POST",)),
    Route("/assets/<code>/seen/photo", post_seen_photo, Permission.REPORT, methods=("POST",)),
    Route("/assets/<code>/photos/<int:position>.jpg", show_seen_photo, Permission.SEE_PUBLIC),
)
