"""Mails in their reader's language: which kinds there are, and how each is written.

A kind is a row of `MAILS` and a template `mails/KIND.txt`, whose first line is the subject.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from flask import Flask, render_template, url_for
from sqlalchemy.orm import Session

from geoapp.accounts.actions import SIGN_IN
from geoapp.accounts.queries import find_link
from geoapp.accounts.rules import make_link_secret
from geoapp.districts.queries import list_districts
from geoapp.edge import wiring
from geoapp.errors import Invalid
from geoapp.intake.following import CONFIRM, get_following, make_follow_secret
from geoapp.outbox.mails import Mail, Mailer
from geoapp.outbox.rules import Message
from geoapp.outbox.worker import Handler
from geoapp.web.language import (
    SOURCE_LANGUAGE,
    choose_language,
    gettext,
    list_languages,
    speak,
)


@dataclass(frozen=True)
class Letter:
    """What a mail is made of: whom to, in which language, and what its template is filled with."""

    to: str
    language: str
    values: Mapping[str, object] = field(default_factory=dict)


# Looks up what a message's ids stand for; None where there is nothing to send any more. It may
# use `url_for` with `_external=True`, and words of `gettext` once it has called `speak`.
Writer = Callable[[Session, Mapping[str, str]], Letter | None]


def write_sign_in(session: Session, payload: Mapping[str, str]) -> Letter | None:
    """The link somebody asked for; nothing where it is over before it could be sent."""
    link_id = uuid.UUID(payload["link_id"])
    link = find_link(session, link_id=link_id, now=wiring().clock())
    if link is None or not link.is_good:
        return None
    language = _choose_language(session, link.language)
    secret = make_link_secret(wiring().sealer, link_id)
    return Letter(
        to=wiring().sealer.unseal(link.sealed_address),
        language=language,
        values={
            "map_name": _say_map(session, language),
            "link": url_for("web.show_link", secret=secret, _external=True),
        },
    )


def write_confirm_follow(session: Session, payload: Mapping[str, str]) -> Letter | None:
    """One question: do you want to hear of this report? No words of anybody are in it."""
    follower_id = uuid.UUID(payload["follower_id"])
    following = get_following(session, follower_id=follower_id)
    if following is None or following.is_confirmed:
        return None
    language = _choose_language(session, following.language)
    secret = make_follow_secret(wiring().sealer, follower_id)
    return Letter(
        to=wiring().sealer.unseal(following.sealed_address),
        language=language,
        values={
            "map_name": _say_map(session, language),
            "code": following.code,
            "link": url_for(
                "web.show_following", code=following.code, secret=secret, _external=True
            ),
        },
    )


def _choose_language(session: Session, asked: str) -> str:
    """The language somebody read when they gave their address, else the district's first."""
    wanted = [asked, *(tag for place in list_districts(session) for tag in place.languages)]
    return choose_language(wanted, list_languages()) or SOURCE_LANGUAGE


def _say_map(session: Session, language: str) -> str:
    speak(language)
    shown = wiring().settings.district
    places = {place.slug: place for place in list_districts(session)}
    first = places.get(shown) or next(iter(places.values()))
    return gettext("%(name)s neighbourhood map", name=first.name)


MAILS: dict[str, Writer] = {
    SIGN_IN: write_sign_in,
    CONFIRM: write_confirm_follow,
}


def make_handlers(
    app: Flask, mailer: Mailer, *, mails: Mapping[str, Writer] = MAILS
) -> dict[str, Handler]:
    """What the worker does with each kind of message that is a mail.

    Raises:
        Invalid: links in mails would lead nowhere.
    """
    with app.app_context():
        url = wiring().settings.url
    if not url:
        raise Invalid("Set GEOAPP_URL to the public address of the service, for links in mails.")

    def send(writer: Writer, session: Session, message: Message) -> None:
        # No visitor asks: the address of the service is that of its settings.
        with app.test_request_context(base_url=url):
            letter = writer(session, message.payload)
            if letter is not None:
                mailer.send(write(letter, message), now=wiring().clock())

    return {kind: partial(send, writer) for kind, writer in mails.items()}


def write(letter: Letter, message: Message) -> Mail:
    """The letter as a mail, by the template of the message's kind."""
    speak(letter.language)
    said = render_template(f"mails/{message.kind}.txt", **letter.values)
    subject, _, text = said.strip().partition("\n")
    return Mail(
        message_id=message.id,
        to=letter.to,
        subject=subject.strip(),
        text=text.strip() + "\n",
        language=letter.language,
    )
