"""Mails in their reader's language: which kinds there are, and how each is written.

A kind is a row of `MAILS` and a template `mails/KIND.txt`, whose first line is the subject.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from zoneinfo import ZoneInfo

from flask import Flask, render_template, url_for
from sqlalchemy.orm import Session

from geoapp.accounts.actions import SIGN_IN
from geoapp.accounts.queries import find_link
from geoapp.accounts.rules import make_link_secret
from geoapp.defects.queries import EventFacts, get_defect, get_event
from geoapp.dialogue.words import CALL, WORD, get_call, make_call_secret
from geoapp.districts.queries import list_districts
from geoapp.edge import wiring
from geoapp.errors import Invalid
from geoapp.intake.following import CONFIRM, get_following, make_follow_secret
from geoapp.outbox.mails import Mail, Mailer
from geoapp.outbox.rules import Message
from geoapp.outbox.worker import Handler
from geoapp.web.cards import title_of, title_without_words
from geoapp.web.language import (
    SOURCE_LANGUAGE,
    choose_language,
    gettext,
    list_languages,
    speak,
)
from geoapp.web.words import say_due, say_mover, say_state


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


def write_word(session: Session, payload: Mapping[str, str]) -> Letter | None:
    """What happened to a report they follow, in the words of its page; nobody's own words."""
    following = get_following(session, follower_id=uuid.UUID(payload["follower_id"]))
    event = get_event(session, event_id=uuid.UUID(payload["event_id"]))
    if following is None or event is None or not following.is_confirmed:
        return None
    language = _choose_language(session, following.language)
    secret = make_follow_secret(wiring().sealer, following.id)
    addresses = {
        "link": url_for("web.show_defect", code=event.code, secret=secret, _external=True),
        "stop": url_for("web.show_following", code=following.code, secret=secret, _external=True),
    }
    return Letter(
        to=wiring().sealer.unseal(following.sealed_address),
        language=language,
        values=_say_event(session, event, language) | addresses,
    )


def write_call(session: Session, payload: Mapping[str, str]) -> Letter | None:
    """Somebody has to act: the report, and a link that acts for their organisation. Nobody has
    confirmed a mailbox: no words of anybody go there."""
    call = get_call(session, call_id=uuid.UUID(payload["call_id"]))
    event = get_event(session, event_id=uuid.UUID(payload["event_id"]))
    if call is None or event is None:
        return None
    language = _choose_language(session, call.language)
    secret = make_call_secret(wiring().sealer, call.id)
    is_mailbox = call.person_id is None
    beside = {
        "link": url_for("web.show_call", code=call.code, secret=secret, _external=True),
        "about": url_for("web.show_about", _external=True),
        "is_stranger": is_mailbox and not call.reads_along,
    }
    return Letter(
        to=wiring().sealer.unseal(call.sealed_address),
        language=language,
        values=_say_event(session, event, language, with_words=not is_mailbox) | beside,
    )


def _say_event(
    session: Session, event: EventFacts, language: str, *, with_words: bool = True
) -> dict[str, object]:
    map_name = _say_map(session, language)
    today = wiring().clock().astimezone(ZoneInfo(event.time_zone)).date()
    defect = get_defect(session, code=event.code, today=today)
    return {
        "map_name": map_name,
        "code": event.code,
        "title": title_of(defect) if with_words else title_without_words(defect),
        "state": say_state(defect),
        "mover": say_mover(defect),
        "due": say_due(defect.move, today=today, is_volunteer=defect.mover_is_volunteer),
        "kind": event.kind.value,
    }


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
    WORD: write_word,
    CALL: write_call,
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
