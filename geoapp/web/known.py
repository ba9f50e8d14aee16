"""How much of what stands in an area is on the map: what was said of it, by whom and why; and the
form for those who know."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.areas.queries import (
    Area,
    AreaKind,
    area_shape,
    buurten_meeting,
    get_area,
    list_parts,
)
from geoapp.assets.rules import Kind
from geoapp.completeness.actions import Saying, say_known
from geoapp.completeness.queries import KnownFacts, known_in, list_sayings
from geoapp.completeness.rules import MOST_NOTE_LETTERS, Known, read_note
from geoapp.defects.rules import Category
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import Invalid, NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.inspections.actions import Hand
from geoapp.people.rules import Permission
from geoapp.refusals import find_refusal
from geoapp.web import gap_words, words
from geoapp.web.errors import say_error
from geoapp.web.forms import Typed, check_form, form_token
from geoapp.web.language import gettext
from geoapp.web.page import Page, open_page, render
from geoapp.web.public_words import check_public
from geoapp.web.speaking import list_speakers, open_ground

MOST_SAYINGS = 50


@dataclass(frozen=True)
class Line:
    """One kind, or one saying of it, in the reader's words; `where` names the larger area it was
    said of, empty where that is this one."""

    kind: str
    what: str
    known: str
    known_words: str
    note: str
    who: str
    when: str
    where: str
    where_url: str
    edit_url: str
    is_example: bool


def show_known(slug: str) -> str:
    """What is known of each kind in an area, and what was said of it before. Of an organic
    neighbourhood: the buurten in which that is said."""
    with open_session() as session:
        area = get_area(session, slug=slug)
        page = open_page(session, district=area.district)
        is_official = area.kind is AreaKind.OFFICIAL
        middle = area_shape(session, area=area).representative_point()
        return render(
            "known.html",
            page,
            area=area,
            lines=_list_lines(session, page, area) if is_official else [],
            history=_list_history(session, page, area) if is_official else [],
            buurten=buurten_meeting(session, area=area),
            who=list_speakers(session, area),
            is_kept="kept" in request.args,
            report_url=url_for(
                "web.show_report",
                lat=f"{middle.y:.6f}",
                lon=f"{middle.x:.6f}",
                category=Category.MISSING.value,
            ),
            sprite=sprite_svg(("brand",)),
        )


def show_known_edit(slug: str) -> str:
    """Say how much is known of a kind, as a form."""
    with open_session() as session:
        area, _ = _open(session, slug)
        return _show_edit(session, area, Typed({"kind": request.args.get("kind", "")}))


def post_known(slug: str) -> Response | tuple[str, int]:
    """Keep it; what was said before stays beside it."""
    with open_session() as session:
        area, by = _open(session, slug)
        check_form()
        typed = {name: request.form.get(name, "") for name in ("kind", "known", "note")}
        try:
            said = _read_saying(typed)
            check_public({"note": said.note})
        except Invalid as error:
            shown = Typed(typed, say_error(error), error.field or "")
            return _show_edit(session, area, shown), find_refusal(error).status
        say_known(
            session,
            area=area,
            said=said,
            organisation_id=by.organisation_id,
            doer=by.doer,
            now=wiring().clock(),
        )
    return redirect(url_for("web.show_known", slug=area.slug, kept=1), 303)


def _open(session: Session, slug: str) -> tuple[Area, Hand]:
    """An official area, for those who may say how much is known there.

    Raises:
        NotFound: there is no such area, or it is no official one.
    """
    area, by = open_ground(session, slug)
    if area.kind is not AreaKind.OFFICIAL:
        raise NotFound("Say this of a buurt: a neighbourhood has no list of its own.")
    return area, by


def _read_saying(typed: Mapping[str, str]) -> Saying:
    if typed["kind"] not in set(Kind):
        raise Invalid("Choose what it is about.", field="kind")
    if typed["known"] not in set(Known):
        raise Invalid("Choose how much of it is on the map.", field="known")
    return Saying(Kind(typed["kind"]), Known(typed["known"]), read_note(typed["note"]))


def _list_lines(session: Session, page: Page, area: Area) -> list[Line]:
    parts = list_parts(session, district_id=area.district_id)
    known = known_in(session, district_id=area.district_id, area_id=area.id, parts=parts)
    return [_make_line(page, area, kind, known[kind]) for kind in Kind]


def _list_history(session: Session, page: Page, area: Area) -> list[Line]:
    parents = {
        part.id: part.parent_id for part in list_parts(session, district_id=area.district_id)
    }
    chain = [area.id]
    while (parent := parents.get(chain[-1])) is not None:
        chain.append(parent)
    said = list_sayings(session, area_ids=chain, limit=MOST_SAYINGS)
    return [_make_line(page, area, one.kind, one) for one in said if one.kind is not None]


def _make_line(page: Page, area: Area, kind: Kind, facts: KnownFacts) -> Line:
    is_elsewhere = facts.area not in ("", area.slug)
    at = facts.said_at
    return Line(
        kind=kind.value,
        what=str(words.KINDS[kind]),
        known=facts.known.value,
        known_words=str(gap_words.KNOWN[facts.known]),
        note=facts.note,
        who=facts.by or facts.source,
        when=words.say_day(at.astimezone(ZoneInfo(page.place.time_zone)).date()) if at else "",
        where=facts.area_name if is_elsewhere else "",
        where_url=url_for("web.show_known", slug=facts.area) if is_elsewhere else "",
        edit_url=url_for("web.show_known_edit", slug=area.slug, kind=kind.value),
        is_example=facts.is_example,
    )


def _show_edit(session: Session, area: Area, typed: Typed) -> str:
    return render(
        "known_edit.html",
        open_page(session, district=area.district),
        area=area,
        typed=typed,
        kinds=[(kind.value, words.KINDS[kind]) for kind in Kind],
        answers=[(known.value, said) for known, said in gap_words.KNOWN.items()],
        most=MOST_NOTE_LETTERS,
        hint=gettext("For example: we counted them together in May."),
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


ROUTES = (
    Route("/areas/<slug>/known", show_known, Permission.SEE_PUBLIC),
    Route("/areas/<slug>/known/edit", show_known_edit, Permission.SAY_KNOWN),
    Route("/areas/<slug>/known/edit", post_known, Permission.SAY_KNOWN, methods=("POST",)),
)
