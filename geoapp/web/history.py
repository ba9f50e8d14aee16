"""The history of a thing for those who manage it: who did what, in which role, and what changed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import request, url_for
from sqlalchemy.orm import Session

from geoapp.districts.queries import Place
from geoapp.geo.symbol import sprite_svg
from geoapp.ledger.audit import list_entries
from geoapp.ledger.chain import Entry, Thing
from geoapp.people.queries import names_of
from geoapp.web import people_words, words
from geoapp.web.language import gettext
from geoapp.web.page import Page, render

MOST_ENTRIES = 50


@dataclass(frozen=True)
class Change:
    """One value before and after; empty where there was or is none."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Happening:
    """One line of a history, in the reader's words; `about` names the thing where the history is
    not of one alone."""

    position: int
    about: str
    when: str
    who: str
    what: str
    is_refused: bool
    reason: str
    changes: list[Change]


def make_history(
    session: Session,
    entries: Sequence[Entry],
    *,
    place: Place,
    today: date,
    things: Mapping[UUID, str] | None = None,
) -> list[Happening]:
    """Entries as a page shows them; one statement for all the names. `things` are the names of
    what they are about, by id."""
    doers = [entry.doer for entry in entries if entry.doer is not None]
    names = names_of(session, person_ids={doer.person_id for doer in doers if doer.person_id})
    zone = ZoneInfo(place.time_zone)
    return [
        Happening(
            position=entry.position,
            about=(things or {}).get(entry.thing.id, ""),
            when=words.say_day(entry.at.astimezone(zone).date(), today=today)
            + f", {entry.at.astimezone(zone):%H:%M}",
            who=_say_who(entry, names),
            what=people_words.say_action(entry.action),
            is_refused=entry.is_refused,
            reason=gettext(entry.told.reason) if entry.told and entry.told.reason else "",
            changes=_list_changes(entry),
        )
        for entry in entries
    ]


def _say_who(entry: Entry, names: Mapping[UUID, str]) -> str:
    doer = entry.doer
    if doer is None:
        return gettext("Somebody who has left")
    role = people_words.say_doer(doer.label)
    name = names.get(doer.person_id, "") if doer.person_id else ""
    said = f"{name}, {role}" if name else role
    if doer.acting_for:
        return gettext("%(who)s, for %(organisation)s", who=said, organisation=doer.acting_for)
    return said


def _list_changes(entry: Entry) -> list[Change]:
    if entry.told is None:
        return []
    before, after = entry.told.before, entry.told.after
    return [
        Change(
            people_words.say_field(name),
            people_words.say_value(name, _say(before.get(name))),
            people_words.say_value(name, _say(after.get(name))),
        )
        for name in dict.fromkeys([*before, *after])
    ]


def _say(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_say(item) for item in value)
    return str(value)


def show_history(session: Session, page: Page, *, thing: Thing, title: str, back_url: str) -> str:
    """The history of a thing as a page, the latest first, some at a time."""
    before = request.args.get("before", "")
    entries = list_entries(
        session,
        thing=thing,
        before_position=int(before) if re.fullmatch("[0-9]{1,9}", before) else None,
        limit=MOST_ENTRIES + 1,
    )
    history = make_history(session, entries[:MOST_ENTRIES], place=page.place, today=page.today)
    older: dict[str, Any] = dict(request.view_args or {})
    if len(entries) > MOST_ENTRIES:
        older["before"] = entries[MOST_ENTRIES - 1].position
    return render(
        "history.html",
        page,
        title=title,
        back_url=back_url,
        history=history,
        older_url=url_for(str(request.endpoint), **older) if "before" in older else None,
        sprite=sprite_svg(("brand",)),
    )
