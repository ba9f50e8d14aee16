"""Mails in their reader's language: which kinds there are, and how each is written.

A kind is a row of `MAILS` and a template `mails/KIND.txt`, whose first line is the subject.
"""

import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from flask import Flask, render_template, url_for
from sqlalchemy.orm import Session

from geoapp.accounts.actions import SIGN_IN
from geoapp.accounts.queries import find_link
from geoapp.accounts.rules import make_link_secret
from geoapp.agreements.actions import ENDS
from geoapp.agreements.queries import get_reader as get_party_reader
from geoapp.agreements.rules import Stage, stage_of
from geoapp.coverage.news import read_news, where_of_platform
from geoapp.defects.queries import EventFacts, get_defect, get_event
from geoapp.dialogue.digests import DIGEST, Followed, forget_digest, get_digest
from geoapp.dialogue.monday import LIST, get_reader, read_list
from geoapp.dialogue.weeks import WEEK, make_week_secret, week_before
from geoapp.dialogue.weeks import get_reader as get_week_reader
from geoapp.dialogue.words import CALL, WORD, get_call, make_call_secret
from geoapp.districts.queries import get_district, list_districts
from geoapp.edge import today_in, utc_today, wiring
from geoapp.errors import Invalid, NotFound, NotInstalled
from geoapp.intake.following import CONFIRM, get_following, make_follow_secret
from geoapp.keys.actions import ALARM
from geoapp.keys.actions import CALL as KEY_CALL
from geoapp.keys.queries import (
    find_alarm,
    find_reader,
    get_handover,
    manages_key,
)
from geoapp.keys.queries import make_call_secret as make_key_secret
from geoapp.keys.rules import Side
from geoapp.outbox.mails import Attachment, Mail, Mailer
from geoapp.outbox.rules import Message
from geoapp.outbox.worker import Handler
from geoapp.people.queries import list_managers
from geoapp.platforms.queries import get_platform
from geoapp.questions.actions import CALL as QUESTION_CALL
from geoapp.questions.actions import WORD as QUESTION_WORD
from geoapp.questions.queries import QuestionFacts, events_of, get_question, still_follows
from geoapp.questions.queries import get_reader as get_question_reader
from geoapp.questions.rules import WAITING as QUESTION_WAITING
from geoapp.web import question_words
from geoapp.web.agreements import say_stands
from geoapp.web.cards import title_of, title_without_words
from geoapp.web.keys import ALARMS, say_opens
from geoapp.web.language import (
    SOURCE_LANGUAGE,
    choose_language,
    gettext,
    list_languages,
    speak,
)
from geoapp.web.monday import (
    MOST_IN_FILE,
    MOST_IN_MAIL,
    make_csv,
    make_lines,
    make_pdf,
    say_counts,
    say_more,
    say_week,
)
from geoapp.web.page import open_page
from geoapp.web.question_words import say_event
from geoapp.web.week import list_mail_lines, make_week_lines
from geoapp.web.week import say_more as say_more_news
from geoapp.web.week import say_week as say_week_of
from geoapp.web.words import THEMES, say_due, say_mover, say_state

MOST_NEWS_IN_MAIL = 20


@dataclass(frozen=True)
class Letter:
    """What a mail is made of: whom to, in which language, and what its template is filled with."""

    to: str
    language: str
    values: Mapping[str, object] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()


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
    return Letter(
        to=wiring().sealer.unseal(following.sealed_address),
        language=language,
        values=_say_event(session, event, language) | _link(following.code, secret),
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


def write_digest(session: Session, payload: Mapping[str, str]) -> Letter | None:
    """What happened since the last one, each report once; with the mail goes what was noted."""
    digest_id = uuid.UUID(payload["digest_id"])
    digest = get_digest(session, digest_id=digest_id)
    forget_digest(session, digest_id=digest_id)
    if digest is None:
        return None
    language = _choose_language(session, digest.language)
    map_name = _say_map(session, language)
    told = [_say_followed(session, one) for one in digest.followed]
    return Letter(
        to=wiring().sealer.unseal(digest.sealed_address),
        language=language,
        values={"map_name": map_name, "reports": told},
    )


def _say_followed(session: Session, followed: Followed) -> dict[str, object]:
    secret = make_follow_secret(wiring().sealer, followed.follower_id)
    return _say_defect(session, followed.code, followed.time_zone) | _link(followed.code, secret)


def _link(code: str, secret: str) -> dict[str, object]:
    """Where a follower sees the report as themselves, and where they stop."""
    return {
        "link": url_for("web.show_defect", code=code, secret=secret, _external=True),
        "stop": url_for("web.show_following", code=code, secret=secret, _external=True),
    }


def write_list(session: Session, payload: Mapping[str, str]) -> Letter | None:
    """What waits for an organisation this week, with the list on paper and as a file; the file
    alone where nothing can be printed."""
    reader = get_reader(
        session,
        organisation_id=uuid.UUID(payload["organisation_id"]),
        person_id=uuid.UUID(payload["person_id"]),
    )
    if reader is None:
        return None
    today = today_in(reader.owner.time_zone)
    found = read_list(session, owner=reader.owner, today=today, limit=MOST_IN_FILE)
    if not found.defects:
        return None
    language = _choose_language(session, reader.language)
    map_name = _say_map(session, language)
    attachments = [make_csv(found, today=today)]
    with suppress(NotInstalled):
        attachments.insert(0, make_pdf(found, today=today, map_name=map_name))
    return Letter(
        to=wiring().sealer.unseal(reader.sealed_address),
        language=language,
        values={
            "map_name": map_name,
            "name": " ".join(reader.owner.name.split()),
            "week": say_week(found.monday),
            "counts": say_counts(found),
            "lines": make_lines(found, today=today)[:MOST_IN_MAIL],
            "more": say_more(found, shown=MOST_IN_MAIL),
            "link": url_for("web.show_monday", organisation=reader.owner.slug, _external=True),
        },
        attachments=tuple(attachments),
    )


def write_agreement_ends(session: Session, payload: Mapping[str, str]) -> Letter | None:
    """That an agreement ends soon; nothing where it goes on after all, or was ended."""
    person_id = uuid.UUID(payload["person_id"]) if payload["person_id"] else None
    organisation_id = uuid.UUID(payload["organisation_id"])
    reader = get_party_reader(
        session,
        agreement_id=uuid.UUID(payload["agreement_id"]),
        organisation_id=organisation_id,
        person_id=person_id,
    )
    if reader is None or str(reader.agreement.term.valid_to) != payload["valid_to"]:
        return None
    agreement = reader.agreement
    today = _today_of(session, agreement.district)
    if person_id and not _still_manages(
        session, person_id=person_id, organisation_id=organisation_id, today=today
    ):
        return None
    if stage_of(agreement.term, today) not in (Stage.ENDING, Stage.LAPSED):
        return None
    language = _choose_language(session, reader.language)
    return Letter(
        to=wiring().sealer.unseal(reader.sealed_address),
        language=language,
        values={
            "map_name": _say_map(session, language),
            "title": " ".join(agreement.title.split()),
            "stands": say_stands(agreement, today=today),
            "name": reader.organisation,
            "count": agreement.asset_count,
            "link": url_for("web.show_agreement_form", slug=agreement.slug, _external=True),
        },
    )


def write_key_call(session: Session, payload: Mapping[str, str]) -> Letter | None:
    """Whether a key was handed over, or received; nothing where that is settled. Who the other is
    stands in no mail."""
    side = Side(payload["side"])
    try:
        handover = get_handover(session, handover_id=uuid.UUID(payload["handover_id"]))
    except NotFound:
        return None
    is_own = not payload["person_id"]
    own_id = handover.holder_on(side).person_id
    person_id = own_id if is_own else uuid.UUID(payload["person_id"])
    is_settled = handover.closed_at is not None or handover.is_confirmed_by(side)
    if person_id is None or is_settled or not handover.opens:
        return None
    office_id = handover.holder_on(side).organisation_id
    if office_id and not _still_manages(
        session, person_id=person_id, organisation_id=office_id, today=utc_today()
    ):
        return None
    reader = find_reader(session, key_id=handover.key_id, person_id=person_id)
    if reader is None:
        return None
    language = _choose_language(session, reader.language)
    secret = make_key_secret(wiring().sealer, handover.id, side)
    return Letter(
        to=wiring().sealer.unseal(reader.sealed_address),
        language=language,
        values={
            "map_name": _say_map(session, language),
            "label": reader.label,
            "opens": say_opens(reader.opens),
            "side": side.value,
            "is_own": is_own,
            # For an office somebody who manages it signs in: which of them is known then.
            "link": url_for("web.show_handover", secret=secret, _external=True)
            if is_own
            else url_for("web.show_keys", code=reader.opens[0].code, _external=True),
        },
    )


def write_key_alarm(session: Session, payload: Mapping[str, str]) -> Letter | None:
    """That nobody has a key; nothing where somebody does by now. Nobody's name is in it."""
    key_id, person_id = uuid.UUID(payload["key_id"]), uuid.UUID(payload["person_id"])
    reader = find_reader(session, key_id=key_id, person_id=person_id)
    today = utc_today()
    alarm = find_alarm(session, key_id=key_id, today=today)
    if reader is None or alarm is None or not reader.opens:
        return None
    if not manages_key(session, key_id=key_id, person_id=person_id, today=today):
        return None
    language = _choose_language(session, reader.language)
    map_name = _say_map(session, language)
    return Letter(
        to=wiring().sealer.unseal(reader.sealed_address),
        language=language,
        values={
            "map_name": map_name,
            "label": reader.label,
            "opens": say_opens(reader.opens),
            "why": str(ALARMS[alarm]),
            "link": url_for("web.show_keys", code=reader.opens[0].code, _external=True),
        },
    )


def write_question_word(session: Session, payload: Mapping[str, str]) -> Letter | None:
    """That whoever was asked said something; nobody's own words. Nothing where they follow it no
    more."""
    person_id, event_id = uuid.UUID(payload["person_id"]), uuid.UUID(payload["event_id"])
    reader = get_question_reader(
        session, event_id=event_id, person_id=person_id, organisation_id=None
    )
    if reader is None or not still_follows(session, event_id=event_id, person_id=person_id):
        return None
    language = _choose_language(session, reader.language)
    speak(language)
    question = get_question(session, code=reader.code)
    turn = question_words.say_turn(question, today=_today_of(session, question.district))
    return Letter(
        to=wiring().sealer.unseal(reader.sealed_address),
        language=language,
        values={
            "code": reader.code,
            "said": _say_question(session, question, reader.position),
            "state": str(question_words.STATES[question.state]),
            "turn": " ".join(filter(None, [turn.name, turn.when])),
            "link": url_for("web.show_question", code=reader.code, _external=True),
            "stop": url_for("web.show_asker", code=reader.code, _external=True),
        },
    )


def write_question_call(session: Session, payload: Mapping[str, str]) -> Letter | None:
    """That a platform waits for a word; nothing where it is no longer their move."""
    person_id = uuid.UUID(payload["person_id"]) if payload["person_id"] else None
    organisation_id = uuid.UUID(payload["organisation_id"])
    reader = get_question_reader(
        session,
        event_id=uuid.UUID(payload["event_id"]),
        person_id=person_id,
        organisation_id=organisation_id,
    )
    question = get_question(session, code=reader.code) if reader else None
    if reader is None or question is None or question.organisation_id != organisation_id:
        return None
    if question.state not in QUESTION_WAITING:
        return None
    language = _choose_language(session, reader.language)
    return Letter(
        to=wiring().sealer.unseal(reader.sealed_address),
        language=language,
        values={
            "map_name": _say_map(session, language),
            "code": reader.code,
            "name": question.organisation.name,
            "theme": str(THEMES[question.theme]),
            "said": _say_question(session, question, reader.position),
            "link": url_for("web.show_answering", code=reader.code, _external=True),
        },
    )


def _say_question(session: Session, question: QuestionFacts, position: int) -> str:
    events = events_of(session, question=question)
    return next((say_event(one) for one in events if one.position == position), "")


def write_week(session: Session, payload: Mapping[str, str]) -> Letter | None:
    """What is new in the area of a platform since the Monday before; nothing where nothing is."""
    reader = get_week_reader(session, reader_id=uuid.UUID(payload["reader_id"]))
    if reader is None:
        return None
    platform = get_platform(session, slug=reader.platform)
    page = open_page(session, district=platform.district)
    since, until = week_before(date.fromisoformat(payload["monday"]))
    where = where_of_platform(page.place, platform)
    news = read_news(session, where=where, since=since, until=until, today=page.today)
    if not news.items:
        return None
    language = _choose_language(session, reader.language)
    map_name = _say_map(session, language)
    lines = make_week_lines(news, page)
    secret = make_week_secret(wiring().sealer, reader.id)
    return Letter(
        to=wiring().sealer.unseal(reader.sealed_address),
        language=language,
        values={
            "map_name": map_name,
            "name": " ".join(platform.name.split()),
            "week": say_week_of(news),
            "lines": list_mail_lines(lines[:MOST_NEWS_IN_MAIL]),
            "more": say_more_news(lines, MOST_NEWS_IN_MAIL),
            "link": url_for("web.show_week", slug=platform.slug, _external=True),
            "stop": url_for("web.show_week_stop", secret=secret, _external=True),
        },
    )


def _still_manages(
    session: Session, *, person_id: uuid.UUID, organisation_id: uuid.UUID, today: date
) -> bool:
    """A role may have ended since the message was posted."""
    found = list_managers(session, organisation_ids=[organisation_id], today=today)
    return person_id in found.get(organisation_id, [])


def _today_of(session: Session, district: str) -> date:
    return today_in(get_district(session, slug=district).time_zone)


def _say_event(
    session: Session, event: EventFacts, language: str, *, with_words: bool = True
) -> dict[str, object]:
    map_name = _say_map(session, language)
    said = _say_defect(session, event.code, event.time_zone, with_words=with_words)
    return said | {"map_name": map_name, "kind": event.kind.value}


def _say_defect(
    session: Session, code: str, time_zone: str, *, with_words: bool = True
) -> dict[str, object]:
    today = today_in(time_zone)
    defect = get_defect(session, code=code, today=today)
    return {
        "code": code,
        "title": title_of(defect) if with_words else title_without_words(defect),
        "state": say_state(defect),
        "mover": say_mover(defect),
        "due": say_due(defect.move, today=today, is_volunteer=defect.mover_is_volunteer),
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
    DIGEST: write_digest,
    LIST: write_list,
    ENDS: write_agreement_ends,
    KEY_CALL: write_key_call,
    ALARM: write_key_alarm,
    QUESTION_WORD: write_question_word,
    QUESTION_CALL: write_question_call,
    WEEK: write_week,
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
        attachments=letter.attachments,
    )
