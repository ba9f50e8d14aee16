"""What only a demonstration shows: the mails it would have sent."""

import re
from dataclasses import dataclass

from flask import make_response
from werkzeug.wrappers import Response

from geoapp.edge import Route, open_session, wiring
from geoapp.errors import NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.outbox.mails import Caught, list_caught
from geoapp.people.rules import Permission
from geoapp.web.page import open_page, render
from geoapp.web.security import keep_private
from geoapp.web.words import say_moment

MOST_MAILS = 100


@dataclass(frozen=True)
class Piece:
    """A piece of a mail's text; a link where `url` is not empty."""

    words: str
    url: str = ""


@dataclass(frozen=True)
class Sheet:
    """A mail as the page shows it."""

    to: str
    subject: str
    when: str
    pieces: list[Piece]


def show_demo_mail() -> Response:
    """The mails of this demonstration, the newest first; none has left the machine."""
    check_demo()
    settings = wiring().settings
    caught = list_caught(settings.mail_folder, limit=MOST_MAILS) if settings.mail_folder else []
    with open_session() as session:
        page = open_page(session)
    sheets = [_make_sheet(mail, page.place.time_zone, settings.url) for mail in caught]
    shown = render("demo_mail.html", page, sheets=sheets, sprite=sprite_svg(("brand",)))
    return keep_private(make_response(shown))


def check_demo() -> None:
    """Whether this is a demonstration.

    Raises:
        NotFound: it is none.
    """
    if not wiring().settings.demo:
        raise NotFound("This page is not here. Perhaps the address has a typing error.")


def split_links(text: str, *, origin: str) -> list[Piece]:
    """`text` in pieces; only an address under `origin` is a link."""
    if not origin:
        return [Piece(text)]
    # The slash ends the host: nothing can be hung on it. A full stop after it is the sentence's.
    link = re.compile(rf"({re.escape(origin)}/(?:[^\s<>\"']*[^\s<>\"'.,:;!?)])?)")
    found = link.split(text)
    return [
        Piece(words, words if is_link else "")
        for words, is_link in zip(found, [False, True] * len(found), strict=False)
        if words
    ]


def _make_sheet(mail: Caught, time_zone: str, origin: str) -> Sheet:
    return Sheet(
        to=mail.to,
        subject=mail.subject,
        when=say_moment(mail.sent_at, time_zone=time_zone),
        pieces=split_links(mail.text, origin=origin),
    )


ROUTES = (Route("/demo/mail", show_demo_mail, Permission.SEE_DEMO),)
