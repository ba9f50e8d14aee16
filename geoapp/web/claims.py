"""Who says that an area is theirs, side by side and from A to Z; and whom the commission chose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, doer_of
from geoapp.areas.queries import Area, area_shape, get_area
from geoapp.assets.rules import read_date
from geoapp.claims.actions import choose_platforms
from geoapp.claims.queries import (
    ChoiceFacts,
    Chosen,
    ClaimFacts,
    claims_of,
    list_choices,
    subject_of,
    thing_of,
)
from geoapp.claims.rules import (
    MOST_BODY_LETTERS,
    MOST_WORDS_LETTERS,
    NOBODY,
    ChoiceDraft,
    check_chosen,
    check_decided_on,
    read_needed,
)
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import GeoappError, Invalid, Stale
from geoapp.geo.symbol import sprite_svg
from geoapp.people.rules import Permission, Seat
from geoapp.refusals import find_refusal
from geoapp.web import words
from geoapp.web.errors import say_error
from geoapp.web.forms import check_form, form_token
from geoapp.web.language import gettext
from geoapp.web.page import Page, open_page, render
from geoapp.web.public_words import check_public
from geoapp.web.spots import draw_area


@dataclass(frozen=True)
class ClaimCard:
    """A platform that says it is active here, in the reader's words."""

    slug: str
    url: str
    name: str
    about: str
    covers: str
    since: str
    is_chosen: bool
    is_example: bool


@dataclass(frozen=True)
class ChoiceCard:
    """What a commission chose, in the reader's words; `says` begins with whom."""

    area_name: str
    area_url: str
    says: str
    platforms: Sequence[Chosen]
    when: str
    told: Sequence[tuple[str, str]]
    is_example: bool


@dataclass(frozen=True)
class Typed:
    """The form as it stands, and what is wrong with it."""

    values: Mapping[str, str] = field(default_factory=dict)
    ticked: tuple[str, ...] = ()
    problem: str = ""
    problem_field: str = ""


def show_claims(slug: str) -> str:
    """The claims on an area of either division, and what was chosen."""
    with open_session() as session:
        area = get_area(session, slug=slug)
        page = open_page(session, district=area.district)
        claims = claims_of(session, area=area)
        choices = list_choices(session, area=area)
        drawn = draw_area(session, area.bounds, area_shape(session, area=area), [])
    cards = [make_choice_card(one, page) for one in choices]
    return render(
        "claims.html",
        page,
        area=area,
        claims=_make_claim_cards(claims, choices, page),
        choice=cards[0] if cards else None,
        earlier=cards[1:],
        drawn=drawn,
        sprite=sprite_svg(("brand", "check")),
    )


def make_choice_card(choice: ChoiceFacts, page: Page) -> ChoiceCard:
    """A choice as a page shows it."""
    day = words.say_day(choice.decided_on, today=page.today)
    return ChoiceCard(
        area_name=choice.area_name,
        area_url=url_for("web.show_claims", slug=choice.area_slug),
        says="" if choice.platforms else gettext("Nobody was chosen."),
        platforms=choice.platforms,
        when=gettext("Decided by %(body)s on %(day)s.", body=choice.body, day=day),
        told=[
            (gettext("Reasons"), choice.reasons),
            (gettext("Interests that were weighed"), choice.interests),
            (gettext("What could still be done"), choice.still_possible),
        ],
        is_example=choice.is_example,
    )


def _make_claim_cards(
    claims: Sequence[ClaimFacts], choices: Sequence[ChoiceFacts], page: Page
) -> list[ClaimCard]:
    chosen = {one.slug for choice in choices[:1] for one in choice.platforms}
    return [
        ClaimCard(
            slug=claim.slug,
            url=url_for("web.show_platform", slug=claim.slug),
            name=claim.name,
            about=claim.about,
            covers=_say_share(claim.share),
            since=gettext(
                "Says so since %(day)s.", day=words.say_day(claim.since, today=page.today)
            ),
            is_chosen=claim.slug in chosen,
            is_example=claim.is_example,
        )
        for claim in claims
    ]


def _say_share(share: float) -> str:
    percent = round(share * 100)
    if percent == 0:
        return gettext("Active in a small corner of this area.")
    if percent == 100:
        return gettext("Active in all of this area.")
    return gettext("Active in about %(percent)s %% of this area.", percent=percent)


# -- The commission's choice -------------------------------------------------------------------


def show_choosing(slug: str) -> str:
    """The form for a choice."""
    with open_session() as session:
        area, page, _ = _open(session, slug)
        return _show_form(session, area, page, Typed({"body": gettext("District commission")}))


def post_choosing(slug: str) -> Response | tuple[str, int]:
    """Keep a choice; what it replaces stays."""
    with open_session() as session:
        area, page, seat = _open(session, slug)
        check_form()
    try:
        with open_session() as session:
            choose_platforms(
                session,
                area=area,
                choice=_read_choice(session, area, page.today),
                doer=doer_of(seat),
                now=wiring().clock(),
            )
    except (Invalid, Stale) as problem:
        with open_session() as session:
            shown = _show_form(session, area, page, _give_back(problem))
        return shown, find_refusal(problem).status
    return redirect(url_for("web.show_claims", slug=area.slug), 303)


def _open(session: Session, slug: str) -> tuple[Area, Page, Seat]:
    area = get_area(session, slug=slug)
    seat = check_subject(subject_of(area), thing=thing_of(area))
    return area, open_page(session, district=area.district), seat


def _read_choice(session: Session, area: Area, today: date) -> tuple[ChoiceDraft, int]:
    form = request.form
    seen = form.get("seen", "")
    if not (seen.isascii() and seen.isdigit() and len(seen) < 19):
        raise Invalid("This form was open for too long. Look it over and send it again.")
    claiming = [claim.slug for claim in claims_of(session, area=area)]
    slugs = check_chosen(form.getlist("platform"), claiming=claiming)
    said = {
        name: read_needed(form.get(name, ""), field=name)
        for name in ("reasons", "interests", "still_possible")
    }
    body = read_needed(form.get("body", ""), field="body", most=MOST_BODY_LETTERS)
    check_public({**said, "body": body})
    day = read_date(form.get("decided_on", ""), field="decided_on")
    return ChoiceDraft(
        slugs=slugs, body=body, decided_on=check_decided_on(day, today=today), **said
    ), int(seen)


def _give_back(problem: GeoappError) -> Typed:
    """Nothing that was typed or ticked is lost."""
    form = request.form
    typed = {name: said for name, said in form.items() if name not in ("platform", "seen")}
    return Typed(typed, tuple(form.getlist("platform")), say_error(problem), problem.field or "")


def _show_form(session: Session, area: Area, page: Page, typed: Typed) -> str:
    choices = list_choices(session, area=area)
    return render(
        "claims_choose.html",
        page,
        area=area,
        claims=_make_claim_cards(claims_of(session, area=area), choices, page),
        last=make_choice_card(choices[0], page) if choices else None,
        seen=choices[0].number if choices else 0,
        nobody=NOBODY,
        typed=typed,
        decided_on=typed.values.get("decided_on", page.today.isoformat()),
        today=page.today,
        most={"words": MOST_WORDS_LETTERS, "body": MOST_BODY_LETTERS},
        token=form_token(),
        sprite=sprite_svg(("brand", "check")),
    )


ROUTES = (
    Route("/areas/<slug>/claims", show_claims, Permission.SEE_PUBLIC),
    Route("/areas/<slug>/claims/choose", show_choosing, Permission.CHOOSE_CLAIM),
    Route("/areas/<slug>/claims/choose", post_choosing, Permission.CHOOSE_CLAIM, methods=("POST",)),
)
