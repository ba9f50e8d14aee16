"""The page of a report: its state, whose move, what happened; for its reporter, the receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from flask import make_response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.areas.queries import areas_at
from geoapp.areas.rules import make_search_key
from geoapp.assets.queries import get_asset, history_of
from geoapp.db.codes import read_code
from geoapp.defects.queries import (
    DefectFacts,
    Photo,
    Private,
    Step,
    defects_of_asset,
    find_district_of,
    get_defect,
    get_private,
    photos_of,
    returns_of,
    steps_of,
    thing_of,
)
from geoapp.defects.rules import HEARINGS, Hearing, WordsState, can_city_answer
from geoapp.edge import Route, open_session, sender_mark, sender_subject, wiring
from geoapp.errors import Invalid, NotFound, TooMany
from geoapp.geo.symbol import sprite_svg
from geoapp.intake.rules import check_secret, make_secret
from geoapp.ledger.actions import count_use
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import SECRET_LINK, Deed
from geoapp.ledger.rules import NAMES_OF_ONE
from geoapp.media.rules import PictureState, Size
from geoapp.moderation.queries import get_words, standing_of
from geoapp.moderation.rules import PersonalKind, Target, find_personal
from geoapp.neighbourhoods.actions import AnswerDraft, answer_neighbourhood
from geoapp.neighbourhoods.queries import memberships_at
from geoapp.neighbourhoods.rules import make_sender
from geoapp.people.rules import Permission
from geoapp.questions.rules import ThingKind
from geoapp.web import words
from geoapp.web.cards import (
    Bead,
    make_full_turn,
    make_hidden,
    make_line_of_life,
    make_photos,
    make_pins,
    make_question,
    make_timeline,
    make_two_views,
    target_of_step,
    title_of,
    where_of,
)
from geoapp.web.drawn_map import Pin
from geoapp.web.forms import check_token, form_token
from geoapp.web.mediating import make_case_boxes
from geoapp.web.neighbourhoods import say_memberships, say_sharing
from geoapp.web.own import OwnActs, list_own_acts
from geoapp.web.page import Page, open_page, render
from geoapp.web.security import OWN_KEY, keep_private
from geoapp.web.spots import draw_spot
from geoapp.web.voices import find_kept, read_link, say_thanks

MOST_NAMES = 2
# What is said of such a file after its end can be a new one, linked to it.
BEGINS_ANEW = {state for (state, _), hearing in HEARINGS.items() if hearing is Hearing.NEW_FILE}


@dataclass(frozen=True)
class ReceiptCard:
    """What only the reporter sees: their own link, one without the key, and a question."""

    is_new: bool
    own_url: str
    share_url: str
    names: list[str]
    answered: bool
    refused: bool
    token: str
    secret: str
    held_for: list[str]
    acts: OwnActs


def show_defect(code: str) -> str | Response:
    """A report: its state, whose move, what happened."""
    written = read_code(code)
    if written != code:
        query = quote(request.query_string, safe="%&=+")
        address = url_for("web.show_defect", code=written)
        return redirect(f"{address}?{query}" if query else address, 301)
    with open_session() as session:
        page = open_page(session, district=find_district_of(session, code=code))
        defect = get_defect(session, code=code, today=page.today)
        private = get_private(session, defect_id=defect.id)
        is_own = _is_own(private)
        steps = steps_of(session, defect_ids=[defect.id]).get(defect.id, [])
        pins = make_pins([], [defect])
        pin = _own_pin(pins[0], private) if pins and is_own else pins[0] if pins else None
        drawn = draw_spot(session, pin) if pin else None
        photos = photos_of(session, defect_id=defect.id)
        standings = standing_of(session, defect_id=defect.id)
        life = _line_of_asset(session, defect, page)
        link = read_link(session, defect)
        heard_in = find_kept(session, defect, today=page.today)
        receipt = _make_receipt(session, defect, private) if is_own else None
        hoods = memberships_at(
            session, district_id=defect.district_id, cell=(private.cell_x, private.cell_y)
        )
        returns = returns_of(session, defect_id=defect.id) if defect.state in BEGINS_ANEW else []
        cases = make_case_boxes(session, page, kind=ThingKind.DEFECT, code=code)
    hidden = make_hidden(defect, _find_gone(defect, photos, steps), standings)
    return render(
        "defect.html",
        page,
        defect=defect,
        shape=defect.shape.value if defect.shape else "plain",
        title=title_of(defect),
        where=where_of(defect),
        state=words.say_state(defect),
        ending=words.ENDINGS.get(defect.state),
        days=words.say_days_open(defect.days_open),
        reported_on=words.say_day(defect.reported_on, today=page.today),
        turn=make_full_turn(defect, today=page.today),
        timeline=make_timeline(defect, steps, today=page.today, hidden=hidden),
        description="" if defect.description == title_of(defect) else defect.description,
        life=life,
        all_about=words.ALL_ABOUT[defect.asset.kind] if defect.asset else "",
        category=words.CATEGORIES[defect.category],
        sprite=sprite_svg(),
        drawn=drawn,
        photos=make_photos(
            defect.code,
            [photo for photo in photos if photo.state is PictureState.SHOWN],
            today=page.today,
        ),
        question=make_question(defect.code, heard_in.state, secret=link),
        thanks=say_thanks(defect.state),
        held=sum(1 for photo in photos if photo.state is PictureState.HELD),
        hidden=[part for (target, _), part in hidden.items() if target is not Target.VOICE],
        reviewed=[one for one in standings if one.is_second_look and one.reason is None],
        receipt=receipt,
        returns=returns,
        hoods=say_memberships(hoods),
        sharing=say_sharing(hoods),
        cases=cases,
        help_url=url_for("web.show_help_form", kind="defect", code=code),
        views=make_two_views(defect, steps),
        city_answer_url=url_for("web.show_city_answer", code=defect.code, secret=link or None)
        if can_city_answer(defect.axes)
        else "",
    )


def show_photo(code: str, position: int) -> Response:
    """A photo of a report that somebody has looked at; nobody else sees any other."""
    size = Size.SMALL if "small" in request.args else Size.LARGE
    with open_session() as session:
        page = open_page(session)
        defect = get_defect(session, code=read_code(code), today=page.today)
        shown = {
            photo.position: photo
            for photo in photos_of(session, defect_id=defect.id)
            if photo.state is PictureState.SHOWN
        }
    if position not in shown:
        raise NotFound("There is no such photo.")
    response = make_response(wiring().store.read(shown[position].picture_id, size))
    response.mimetype = "image/jpeg"
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def post_neighbourhood(code: str) -> Response:
    """Keep what the reporter calls this neighbourhood; their own key is needed."""
    check_token()
    secret = request.form.get("secret", "")
    with open_session() as session:
        page = open_page(session)
        defect = get_defect(session, code=read_code(code), today=page.today)
        private = get_private(session, defect_id=defect.id)
        if not check_secret(wiring().settings.secret, defect.id, private.secret_version, secret):
            raise NotFound("There is no report with number {code}.", code=code)
        is_kept = _keep_name(session, defect, private)
    own = url_for("web.show_defect", code=defect.code, secret=secret, named=int(is_kept))
    return keep_private(redirect(own, 303))


def _keep_name(session: Session, defect: DefectFacts, private: Private) -> bool:
    """False where the name cannot be kept; the receipt, with the only link, says so itself."""
    name = request.form.get("other") or request.form.get("name", "")
    try:
        count_use(session, limit=NAMES_OF_ONE, subject=sender_subject(), now=wiring().clock())
        if find_personal(name):
            raise Invalid("Give a name of at most 80 letters.", field="name")
        answer_neighbourhood(
            session,
            district_id=defect.district_id,
            draft=AnswerDraft(
                cell=(private.cell_x, private.cell_y),
                name=name,
                source_ref=f"defect {defect.id}",
                sender=make_sender(sender_mark(), make_search_key(name)),
            ),
            now=wiring().clock(),
        )
        record_change(
            session,
            thing=thing_of(defect.id),
            doer=SECRET_LINK,
            deed=Deed("name_neighbourhood", after={"name": name}),
            now=wiring().clock(),
        )
    except (Invalid, TooMany):
        return False
    return True


def show_mine() -> str:
    """My reports on this phone: kept by the phone itself, the service knows of no list."""
    with open_session() as session:
        page = open_page(session)
    return render("mine.html", page, sprite=sprite_svg(("brand", "open")))


def _line_of_asset(session: Session, defect: DefectFacts, page: Page) -> list[Bead]:
    if defect.asset is None:
        return []
    asset_id = get_asset(session, code=defect.asset.code).id
    return make_line_of_life(
        history_of(session, asset_id=asset_id),
        defects_of_asset(session, asset_id=asset_id, today=page.today),
        today=page.today,
        shown=defect.code,
    )


def _is_own(private: Private) -> bool:
    secret = request.args.get(OWN_KEY, "")
    key = wiring().settings.secret
    return bool(secret) and check_secret(key, private.id, private.secret_version, secret)


def _own_pin(pin: Pin, private: Private) -> Pin:
    return Pin(private.lon, private.lat, pin.symbol, pin.is_report, pin.is_example)


def _list_names(session: Session, defect: DefectFacts, private: Private) -> list[str]:
    """What the place is called most, to tap: its neighbourhoods, those that are drawn there though
    nobody has said so yet, then its official areas."""
    cell = (private.cell_x, private.cell_y)
    found = memberships_at(session, district_id=defect.district_id, cell=cell)
    areas = areas_at(session, lon=private.lon, lat=private.lat)
    names = [*(one.area_name for one in found), *(area.name for area in areas)]
    return list(dict.fromkeys(names))[:MOST_NAMES]


def _find_held(session: Session, defect: DefectFacts) -> list[str]:
    """What holds the reporter's words, for themselves."""
    if defect.words_state is not WordsState.HELD:
        return []
    found = find_personal(get_words(session, defect_id=defect.id))
    return [str(words.PERSONAL[kind]) for kind in PersonalKind if kind in found]


def _find_gone(
    defect: DefectFacts, photos: Sequence[Photo], steps: Sequence[Step]
) -> set[tuple[Target, int | None]]:
    """What of a report is hidden now."""
    gone: set[tuple[Target, int | None]] = {
        (Target.PICTURE, photo.position) for photo in photos if photo.state is PictureState.HIDDEN
    }
    gone |= {target_of_step(step) for step in steps if step.words_state is WordsState.HIDDEN}
    if defect.words_state is WordsState.HIDDEN:
        gone.add((Target.WORDS, None))
    return gone


def _make_receipt(
    session: Session,
    defect: DefectFacts,
    private: Private,
) -> ReceiptCard:
    secret = make_secret(wiring().settings.secret, defect.id, private.secret_version)
    return ReceiptCard(
        is_new="new" in request.args,
        own_url=url_for("web.show_defect", code=defect.code, secret=secret, _external=True),
        share_url=url_for("web.show_defect", code=defect.code, _external=True),
        names=_list_names(session, defect, private),
        answered=request.args.get("named") == "1",
        refused=request.args.get("named") == "0",
        token=form_token(),
        secret=secret,
        held_for=_find_held(session, defect),
        acts=list_own_acts(session, defect),
    )


ROUTES = (
    Route("/defects/<code>", show_defect, Permission.SEE_PUBLIC),
    Route(
        "/defects/<code>/neighbourhood", post_neighbourhood, Permission.REPORT, methods=("POST",)
    ),
    Route("/defects/<code>/photos/<int:position>.jpg", show_photo, Permission.SEE_PUBLIC),
    Route("/mine", show_mine, Permission.SEE_PUBLIC),
)
