"""What a moderator without a part in it does with words that were said in a row: all of them on one
page, and some hidden for a reason everybody reads."""

from collections.abc import Iterable, Mapping, Sequence

from flask import request
from sqlalchemy.orm import Session

from geoapp.actors import doer_of
from geoapp.edge import wiring
from geoapp.errors import NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.ledger.chain import Thing
from geoapp.moderation.actions import hide_words
from geoapp.moderation.rules import Reason, Verdict, read_judgement
from geoapp.people.rules import Seat
from geoapp.web import words
from geoapp.web.forms import form_token
from geoapp.web.page import Page, render


def hide_chosen(session: Session, *, thing: Thing, positions: Iterable[int], seat: Seat) -> None:
    """Hide the words that were chosen in the form; those it began with are at 0.

    Raises:
        Invalid: there is no reason.
        NotFound: nothing was said at that place.
    """
    known = {str(position): position for position in (0, *positions)}
    given = request.form.get("position", "")
    if given not in known:
        raise NotFound("There are no such words.")
    judgement = read_judgement(Verdict.HIDE, request.form.get("reason", ""))
    hide_words(
        session,
        thing=thing,
        position=known[given],
        reason=judgement.reason or Reason.OTHER,
        doer=doer_of(seat),
        now=wiring().clock(),
    )


def render_judged(
    page: Page,
    *,
    number: str,
    post_url: str,
    said: Sequence[tuple[int, str, str]],
    hidden: Mapping[int, Reason],
    problem: str,
) -> str:
    """The page: of each place who said what there, and why it is hidden where it is."""
    return render(
        "question_judging.html",
        page,
        number=number,
        post_url=post_url,
        said=[
            (
                position,
                by,
                given,
                str(words.REASONS[hidden[position]]) if position in hidden else "",
            )
            for position, by, given in said
        ],
        reasons=words.REASONS,
        problem=problem,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )
