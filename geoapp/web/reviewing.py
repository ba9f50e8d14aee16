"""Reviewing a published file: words under a criterion, and a decision with its reasons. By peers,
the commission, or a body it names; never by a civil servant, nor by the platform's own people."""

from dataclasses import dataclass

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, doer_of
from geoapp.db.text import read_words
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import GeoappError, Invalid, NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.people.queries import parties_of
from geoapp.people.rules import Permission, Role, Seat
from geoapp.platforms.queries import PlatformFacts, get_platform, thing_of
from geoapp.recognition.actions import Hand, ReviewSeat, add_remark, add_review
from geoapp.recognition.queries import FileFacts, find_published, review_subject
from geoapp.recognition.rules import (
    MOST_BODY_LETTERS,
    MOST_WORDS_LETTERS,
    Criterion,
    Side,
    check_review,
    read_needed,
)
from geoapp.refusals import find_refusal
from geoapp.web.errors import say_error
from geoapp.web.forms import check_form, form_token
from geoapp.web.language import gettext
from geoapp.web.page import Page, open_page, render
from geoapp.web.public_words import check_public
from geoapp.web.recognition import DECISIONS, SIDES, Typed, say_criterion, say_list

SAID = ("reasons", "interests", "still_possible")


@dataclass(frozen=True)
class _Open:
    """A platform whose published file whoever asks may review, and in which seat."""

    platform: PlatformFacts
    page: Page
    file: FileFacts
    seat: Seat


def show_review(slug: str) -> str:
    """The form of a decision; with `about`, that of words under one criterion."""
    with open_session() as session:
        opened = _open(session, slug)
        about = request.args.get("about")
        criterion = _find_criterion(opened, about) if about else None
        return _show(session, opened, criterion, Typed())


def post_review(slug: str) -> Response | tuple[str, int]:
    """Keep a decision, for everybody to read."""
    with open_session() as session:
        opened = _open(session, slug)
        check_form()
    try:
        with open_session() as session:
            draft = check_review(request.form)
            check_public({name: getattr(draft, name) for name in SAID})
            add_review(
                session,
                platform=opened.platform,
                draft=draft,
                seat=_read_seat(opened.seat),
                by=_make_hand(opened),
            )
    except Invalid as problem:
        return _answer(opened, None, problem)
    return redirect(url_for("web.show_recognition", slug=slug), 303)


def post_remark(slug: str) -> Response | tuple[str, int]:
    """Keep words under one criterion, for everybody to read."""
    with open_session() as session:
        opened = _open(session, slug)
        check_form()
    criterion = _find_criterion(opened, request.form.get("about", ""))
    try:
        with open_session() as session:
            words = read_needed(request.form.get("words", ""), field="words")
            check_public({"words": words})
            add_remark(
                session,
                platform=opened.platform,
                said=(criterion.code, words),
                seat=_read_seat(opened.seat),
                by=_make_hand(opened),
            )
    except Invalid as problem:
        return _answer(opened, criterion, problem)
    return redirect(url_for("web.show_review", slug=slug, kept=1), 303)


def _open(session: Session, slug: str) -> _Open:
    platform = get_platform(session, slug=slug)
    seat = check_subject(review_subject(platform), thing=thing_of(platform))
    page = open_page(session, district=platform.district)
    file = find_published(session, platform_id=platform.id)
    if file is None:
        raise NotFound("This platform has published no file.")
    return _Open(platform, page, file, seat)


def _find_criterion(opened: _Open, code: str) -> Criterion:
    for one in opened.file.criteria.asked:
        if one.code == code:
            return one
    raise NotFound("There is no such criterion on this list.")


def _make_hand(opened: _Open) -> Hand:
    return Hand(doer_of(opened.seat), wiring().clock(), opened.page.today)


def _read_seat(seat: Seat) -> ReviewSeat:
    """A peer reviews for their platform; the commission for itself, or for a body it names.

    Raises:
        Invalid: the name of the body is too long, or leads to a person.
    """
    if seat.role is not Role.COMMISSION_MEMBER:
        return ReviewSeat(Side.PEER, seat.organisation_id, "")
    body = read_words(request.form.get("body", ""), field="body", most=MOST_BODY_LETTERS)
    check_public({"body": body})
    if body:
        return ReviewSeat(Side.INDEPENDENT, None, body)
    return ReviewSeat(Side.COMMISSION, None, gettext("District commission"))


def _answer(opened: _Open, criterion: Criterion | None, problem: GeoappError) -> tuple[str, int]:
    """Nothing that was typed is lost."""
    typed = Typed(
        dict(request.form.items()),
        problem=say_error(problem),
        problem_field=problem.field or "",
    )
    with open_session() as session:
        return _show(session, opened, criterion, typed), find_refusal(problem).status


def _show(session: Session, opened: _Open, criterion: Criterion | None, typed: Typed) -> str:
    page, seat = opened.page, opened.seat
    own = [seat.organisation_id] if seat.organisation_id else []
    parties = parties_of(session, organisation_ids=own)
    is_peer = seat.role is not Role.COMMISSION_MEMBER
    who = parties[0].name if is_peer and parties else gettext("District commission")
    return render(
        "recognition_review.html",
        page,
        platform=opened.platform,
        criterion=criterion,
        asked=say_criterion(criterion, page) if criterion else "",
        criteria=[(one.code, say_criterion(one, page)) for one, _ in opened.file.filled],
        by_list=say_list(opened.file.criteria, page),
        as_whom=f"{SIDES[Side.PEER if is_peer else Side.COMMISSION]}: {who}",
        names_body=not is_peer,
        decisions=[(one.value, said) for one, said in DECISIONS.items()],
        typed=typed,
        most={"words": MOST_WORDS_LETTERS, "body": MOST_BODY_LETTERS},
        is_kept="kept" in request.args and not typed.problem,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


_REVIEW = "/platforms/<slug>/recognition/review"
ROUTES = (
    Route(_REVIEW, show_review, Permission.REVIEW_RECOGNITION),
    Route(_REVIEW, post_review, Permission.REVIEW_RECOGNITION, methods=("POST",)),
    Route(f"{_REVIEW}/remark", post_remark, Permission.REVIEW_RECOGNITION, methods=("POST",)),
)
