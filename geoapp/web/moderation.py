"""What moderators look at and decide; the public log of it, the objections, and the history of a
report for those who handle or moderate it."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar
from zoneinfo import ZoneInfo

from flask import make_response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, current_actor, doer_of
from geoapp.db.codes import read_code
from geoapp.defects.queries import (
    DefectFacts,
    find_district_of,
    get_defect,
    photos_of,
    subject_of,
    thing_of,
)
from geoapp.defects.rules import WordsState
from geoapp.edge import Route, open_session, sender_subject, wiring
from geoapp.errors import Conflict, GeoappError, Invalid, NotFound, TooMany
from geoapp.geo.symbol import sprite_svg
from geoapp.ledger.actions import count_use
from geoapp.ledger.chain import Doer, Thing
from geoapp.media.rules import PictureState, Size
from geoapp.moderation.actions import (
    judge_note,
    judge_picture,
    judge_voice,
    judge_words,
    object_to,
    settle_appeal,
)
from geoapp.moderation.queries import (
    LogLine,
    QueueItem,
    Standing,
    find_code_of_appeal,
    find_hiding,
    find_picture,
    find_sighting_picture,
    get_sighted_thing,
    get_words,
    list_log,
    list_queue,
    notes_of,
    words_of_voices,
)
from geoapp.moderation.rules import (
    APPEALS_OF_ONE,
    MOST_NOTE_LETTERS,
    Judgement,
    Target,
    make_bench,
    read_judgement,
)
from geoapp.people.rules import Permission
from geoapp.plans.queries import list_held
from geoapp.refusals import find_refusal
from geoapp.web import words
from geoapp.web.cards import NUMBERED, make_appeal_url, title_of, where_of
from geoapp.web.errors import say_error
from geoapp.web.forms import HONEYPOT, check_form, form_token
from geoapp.web.history import show_history
from geoapp.web.page import Page, open_page, render

State = TypeVar("State", WordsState, PictureState)

MOST_IN_QUEUE, MOST_IN_LOG = 25, 100


def _open(session: Session, code: str) -> tuple[Page, DefectFacts, Doer]:
    """A report, its page, and in which seat somebody asks for it; whoever may not is refused."""
    written = read_code(code)
    page = open_page(session, district=find_district_of(session, code=written))
    defect = get_defect(session, code=written, today=page.today)
    seat = check_subject(subject_of(defect), thing=thing_of(defect.id))
    return page, defect, doer_of(seat)


def _open_picture(session: Session, picture_id: uuid.UUID) -> None:
    target, code = find_picture(session, picture_id=picture_id)
    if target is Target.SIGHTING:
        _open_sighted(session, code)
    else:
        _open(session, code)


def _open_sighted(session: Session, code: str) -> tuple[uuid.UUID, Doer]:
    """The id of an asset whose photos somebody judges, and in which seat; whoever may not is
    refused."""
    asset = get_sighted_thing(session, code=read_code(code))
    seat = check_subject(asset.subject, thing=Thing("asset", asset.id))
    return asset.id, doer_of(seat)


# -- Looking ---------------------------------------------------------------------------------


def show_queue() -> Response | str:
    """What waits for this moderator, oldest first; or the report whose number they ask for."""
    if request.args.get("code"):
        code = read_code(request.args["code"])
        return redirect(url_for("web.show_judging", code=code), 303)
    return _show_queue()


def _show_queue(problem: str = "") -> str:
    after = request.args.get("after", "")
    with open_session() as session:
        page = open_page(session)
        bench = make_bench(current_actor())
        queue = list_queue(
            session,
            bench=bench,
            after=_read_id(after),
            limit=MOST_IN_QUEUE + 1,
        )
        plans = list_held(session, district_ids=bench.district_ids, limit=MOST_IN_QUEUE)
    items = queue[:MOST_IN_QUEUE]
    return render(
        "moderation.html",
        page,
        items=[(item, _say_what(item)) for item in items],
        plans=[plan for plan in plans if plan.organisation_id not in bench.organisation_ids],
        reasons=words.REASONS,
        targets=words.TARGETS,
        problem=problem,
        next_url=url_for("web.show_queue", after=items[-1].id) if len(queue) > len(items) else "",
        is_first=not after,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


def _say_what(item: QueueItem) -> str:
    """What the matter is of a report, or which kind of thing was seen."""
    if item.kind is not None:
        return str(words.KINDS[item.kind])
    return str(words.CATEGORIES[item.category]) if item.category else ""


def _read_id(given: str) -> uuid.UUID:
    """The place in the queue to go on from; its beginning where that is none."""
    try:
        return uuid.UUID(given)
    except ValueError:
        return uuid.UUID(int=0)


def show_judged_photo(picture_id: uuid.UUID) -> Response:
    """A photo in whatever state, for whom may judge it."""
    size = Size.SMALL if "small" in request.args else Size.LARGE
    with open_session() as session:
        _open_picture(session, picture_id)
    response = make_response(wiring().store.read(picture_id, size))
    response.mimetype = "image/jpeg"
    response.headers["Cache-Control"] = "no-store"
    return response


def show_judging(code: str) -> str:
    """All of one report that can be judged: its words, its photos, the words of voices, and what
    the city told."""
    with open_session() as session:
        page, defect, _ = _open(session, code)
        said = get_words(session, defect_id=defect.id)
        photos = photos_of(session, defect_id=defect.id)
        voices = words_of_voices(session, defect_id=defect.id)
        notes = notes_of(session, defect_id=defect.id)
    return render(
        "moderation_report.html",
        page,
        defect=defect,
        category=words.CATEGORIES[defect.category],
        where=where_of(defect),
        said=said,
        photos=photos,
        voices=[(voice, words.SAYINGS[voice.says]) for voice in voices],
        notes=notes,
        reasons=words.REASONS,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


# -- Deciding --------------------------------------------------------------------------------


def post_words_verdict(code: str) -> Response | tuple[str, int]:
    """Show or hide the words of a report."""

    def judge(session: Session, defect: DefectFacts, doer: Doer) -> None:
        judge_words(
            session,
            defect_id=defect.id,
            judgement=_read_judgement(),
            was=_read_was(WordsState),
            doer=doer,
            now=wiring().clock(),
        )

    return _decide(judge, code)


def post_photo_verdict(code: str, position: int) -> Response | tuple[str, int]:
    """Show or hide a photo of a report."""

    def judge(session: Session, defect: DefectFacts, doer: Doer) -> None:
        photos = photos_of(session, defect_id=defect.id)
        shown = {photo.position: photo.picture_id for photo in photos}
        if position not in shown:
            raise NotFound("There is no such photo.")
        judge_picture(
            session,
            picture_id=shown[position],
            judgement=_read_judgement(),
            was=_read_was(PictureState),
            doer=doer,
            now=wiring().clock(),
        )

    return _decide(judge, code)


def post_sighting_verdict(code: str, position: int) -> Response | tuple[str, int]:
    """Show or hide a photo of somebody who saw that a thing is still there."""
    try:
        with open_session() as session:
            asset_id, doer = _open_sighted(session, code)
            check_form()
            judge_picture(
                session,
                picture_id=find_sighting_picture(session, asset_id=asset_id, position=position),
                judgement=_read_judgement(),
                was=_read_was(PictureState),
                doer=doer,
                now=wiring().clock(),
            )
    except (Invalid, Conflict) as error:
        return _show_queue(say_error(error)), find_refusal(error).status
    return redirect(url_for("web.show_queue"), 303)


def post_voice_verdict(code: str, position: int) -> Response | tuple[str, int]:
    """Show or hide the words of a voice of a report."""

    def judge(session: Session, defect: DefectFacts, doer: Doer) -> None:
        voices = words_of_voices(session, defect_id=defect.id)
        known = {voice.position: voice.id for voice in voices}
        if position not in known:
            raise NotFound("There are no such words.")
        judge_voice(
            session,
            voice_id=known[position],
            judgement=_read_judgement(),
            was=_read_was(WordsState),
            doer=doer,
            now=wiring().clock(),
        )

    return _decide(judge, code)


def post_note_verdict(code: str, position: int) -> Response | tuple[str, int]:
    """Show or hide what a resident tells that the city said."""

    def judge(session: Session, defect: DefectFacts, doer: Doer) -> None:
        notes = notes_of(session, defect_id=defect.id)
        known = {note.position: note.event_id for note in notes}
        if position not in known:
            raise NotFound("There are no such words.")
        judge_note(
            session,
            event_id=known[position],
            judgement=_read_judgement(),
            was=_read_was(WordsState),
            doer=doer,
            now=wiring().clock(),
        )

    return _decide(judge, code)


def post_appeal_verdict(appeal_id: uuid.UUID) -> Response | tuple[str, int]:
    """Look again at what another moderator hid."""

    def judge(session: Session, _defect: DefectFacts, doer: Doer) -> None:
        settle_appeal(
            session,
            appeal_id=appeal_id,
            judgement=_read_judgement(),
            doer=doer,
            now=wiring().clock(),
        )

    with open_session() as session:
        code = find_code_of_appeal(session, appeal_id=appeal_id)
    return _decide(judge, code)


def _decide(
    judge: Callable[[Session, DefectFacts, Doer], None], code: str
) -> Response | tuple[str, int]:
    """Do it and go back to the queue; what is wrong is said there."""
    try:
        with open_session() as session:
            _, defect, doer = _open(session, code)
            check_form()
            judge(session, defect, doer)
    except (Invalid, Conflict) as error:
        return _show_queue(say_error(error)), find_refusal(error).status
    if request.form.get("from") == "report":
        return redirect(url_for("web.show_judging", code=defect.code), 303)
    return redirect(url_for("web.show_queue"), 303)


def _read_judgement() -> Judgement:
    return read_judgement(request.form.get("verdict", ""), request.form.get("reason", ""))


def _read_was(states: type[State]) -> State:
    """The state as the page showed it."""
    try:
        return states(request.form.get("was", ""))
    except ValueError:
        raise Invalid("This form was open for too long. Look it over and send it again.") from None


# -- Objecting -------------------------------------------------------------------------------


def show_appeal(code: str) -> str:
    """A form to object to what is hidden: a few words, or none."""
    with open_session() as session:
        return _show_appeal(session, code)


def post_appeal(code: str) -> Response | tuple[str, int]:
    """Ask another moderator to look."""
    try:
        check_form()
        with open_session() as session:
            _, defect, hiding = _find_hidden(session, code)
            now = wiring().clock()
            count_use(session, limit=APPEALS_OF_ONE, subject=sender_subject(), now=now)
            note = request.form.get("note", "")
            object_to(session, verdict_id=hiding.verdict_id, note=note, now=now)
    except (Invalid, Conflict, TooMany) as error:
        with open_session() as session:
            return _show_appeal(session, code, error), find_refusal(error).status
    return redirect(url_for("web.show_defect", code=defect.code), 303)


def _find_hidden(session: Session, code: str) -> tuple[Page, DefectFacts, Standing]:
    page = open_page(session, district=find_district_of(session, code=read_code(code)))
    defect = get_defect(session, code=read_code(code), today=page.today)
    asked = {target: _read_number(request.args.get(name, "")) for target, name in NUMBERED.items()}
    named = ((target, position) for target, position in asked.items() if position is not None)
    target, position = next(named, (Target.WORDS, None))
    return page, defect, find_hiding(session, defect_id=defect.id, target=target, position=position)


def _show_appeal(session: Session, code: str, problem: GeoappError | None = None) -> str:
    page, defect, hiding = _find_hidden(session, code)
    return render(
        "appeal.html",
        page,
        defect=defect,
        title=title_of(defect),
        hiding=hiding,
        post_url=make_appeal_url(defect.code, hiding),
        reason=hiding.reason and words.REASONS[hiding.reason],
        typed=request.form.get("note", ""),
        most=MOST_NOTE_LETTERS,
        problem=say_error(problem) if problem else "",
        token=form_token(),
        honeypot=HONEYPOT,
        sprite=sprite_svg(("brand",)),
    )


# -- What was decided ------------------------------------------------------------------------


@dataclass(frozen=True)
class LogDay:
    """The verdicts of one day."""

    day: str
    lines: list[LogLine]


def show_moderation_log() -> str:
    """Every verdict, by day: what and why, neither the content nor by whom."""
    before = _read_number(request.args.get("before", ""))
    with open_session() as session:
        page = open_page(session)
        found = list_log(session, district=page.place.slug, before=before, limit=MOST_IN_LOG + 1)
    lines, zone = found[:MOST_IN_LOG], ZoneInfo(page.place.time_zone)
    days = groupby(lines, key=lambda line: line.decided_at.astimezone(zone).date())
    return render(
        "moderation_log.html",
        page,
        days=[LogDay(words.say_day(day, today=page.today), list(of_day)) for day, of_day in days],
        reasons=words.REASONS,
        judged=words.JUDGED,
        older_url=url_for("web.show_moderation_log", before=lines[-1].number)
        if len(found) > len(lines)
        else "",
        sprite=sprite_svg(("brand",)),
    )


def show_defect_history(code: str) -> str:
    """Everything that was done to a report, and what was refused."""
    with open_session() as session:
        page, defect, _ = _open(session, code)
        return show_history(
            session,
            page,
            thing=thing_of(defect.id),
            title=f"{title_of(defect)}, {defect.code}",
            back_url=url_for("web.show_defect", code=defect.code),
        )


def _read_number(given: str) -> int | None:
    return int(given) if re.fullmatch("[0-9]{1,9}", given) else None


ROUTES = (
    Route("/moderation", show_queue, Permission.MODERATE),
    Route("/moderation/photos/<uuid:picture_id>.jpg", show_judged_photo, Permission.MODERATE),
    Route(
        "/moderation/appeals/<uuid:appeal_id>",
        post_appeal_verdict,
        Permission.MODERATE,
        methods=("POST",),
    ),
    Route("/moderation/log", show_moderation_log, Permission.SEE_PUBLIC),
    Route("/defects/<code>/judging", show_judging, Permission.MODERATE),
    Route(
        "/defects/<code>/words/verdict", post_words_verdict, Permission.MODERATE, methods=("POST",)
    ),
    Route(
        "/defects/<code>/photos/<int:position>/verdict",
        post_photo_verdict,
        Permission.MODERATE,
        methods=("POST",),
    ),
    Route(
        "/assets/<code>/photos/<int:position>/verdict",
        post_sighting_verdict,
        Permission.MODERATE,
        methods=("POST",),
    ),
    Route(
        "/defects/<code>/voices/<int:position>/verdict",
        post_voice_verdict,
        Permission.MODERATE,
        methods=("POST",),
    ),
    Route(
        "/defects/<code>/notes/<int:position>/verdict",
        post_note_verdict,
        Permission.MODERATE,
        methods=("POST",),
    ),
    Route("/defects/<code>/appeal", show_appeal, Permission.REPORT),
    Route("/defects/<code>/appeal", post_appeal, Permission.REPORT, methods=("POST",)),
    Route("/defects/<code>/history", show_defect_history, Permission.SEE_DEFECT_HISTORY),
)
