"""Who a platform is, said once for everybody: what it did, what it agreed, who speaks for it, how
it stands. Facts that are public already, asked for together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy.orm import Session

from geoapp.agreements.queries import agreements_of_party
from geoapp.assets.queries import AssetFacts, SeenPhoto, list_seen_photos
from geoapp.catalogue import SYMBOL_OF_KIND
from geoapp.claims.queries import ChoiceFacts, choices_about, others_claiming
from geoapp.moderation.rules import Reason
from geoapp.placing.queries import list_kept
from geoapp.platforms.queries import PlatformFacts, list_mandates
from geoapp.recognition.queries import FileFacts, find_published
from geoapp.web import words
from geoapp.web.agreements import make_agreement_lines
from geoapp.web.claims import make_choice_card
from geoapp.web.language import gettext
from geoapp.web.mandates import make_mandate_cards
from geoapp.web.page import Page
from geoapp.web.recognition import say_criterion

MOST_THINGS = 12
MOST_PHOTOS = 6
MOST_AGREEMENTS = 6


@dataclass(frozen=True)
class DoneLine:
    """Something a platform did or does, with its page."""

    url: str
    symbol: str
    name: str
    is_example: bool


@dataclass(frozen=True)
class DonePhoto:
    """A photo of a thing of theirs that everybody may see."""

    url: str
    page_url: str
    words: str


def read_who(session: Session, page: Page, platform: PlatformFacts) -> dict[str, Any]:
    """The sections of a platform's page; as many statements, however many rows."""
    own_id, today = platform.organisation_id, page.today
    kept = list_kept(session, organisation_id=own_id, today=today, after=None, limit=MOST_THINGS)
    shown = kept.assets
    photos = list_seen_photos(session, asset_ids=[one.id for one in shown], limit=MOST_PHOTOS)
    agreements = agreements_of_party(session, organisation_id=own_id)
    is_hidden = bool(platform.hidden_for)
    mandates = [] if is_hidden else list_mandates(session, platform_id=platform.id)
    file = None if is_hidden else find_published(session, platform_id=platform.id)
    choices = choices_about(session, platform_id=platform.id, district_id=platform.district_id)
    standing, over = make_mandate_cards(mandates, today=today)
    return {
        "done": [_make_line(one) for one in shown],
        "has_more_done": kept.next_id is not None,
        "done_photos": _make_photos(shown, photos, today),
        "agreements": make_agreement_lines(agreements[:MOST_AGREEMENTS], today=today),
        "mandates": standing,
        "mandates_over": over,
        "choices": [make_choice_card(one, page) for one in choices],
        "standing": _say_standing(page, platform, choices),
        "others": others_claiming(session, platform_id=platform.id),
        "recognition": _make_recognition(file, page),
        "hidden": words.REASONS[Reason(platform.hidden_for)] if is_hidden else None,
    }


def _make_line(asset: AssetFacts) -> DoneLine:
    return DoneLine(
        url_for("web.show_asset", code=asset.code),
        SYMBOL_OF_KIND[asset.kind],
        asset.name,
        asset.is_example,
    )


def _make_photos(
    things: Sequence[AssetFacts], photos: Sequence[tuple[UUID, SeenPhoto]], today: date
) -> list[DonePhoto]:
    by_id = {one.id: one for one in things}
    return [
        DonePhoto(
            url=url_for("web.show_seen_photo", code=asset.code, position=photo.position),
            page_url=url_for("web.show_asset", code=asset.code),
            words=gettext(
                "%(name)s, seen on %(day)s",
                name=asset.name,
                day=words.say_day(photo.seen_on, today=today),
            ),
        )
        for asset_id, photo in photos
        for asset in (by_id[asset_id],)
    ]


def _say_standing(page: Page, platform: PlatformFacts, choices: Sequence[ChoiceFacts]) -> list[str]:
    """Since when they say so, and what a commission has said of it."""
    said = [
        gettext(
            "Put itself forward on %(day)s.",
            day=words.say_day(platform.claimed_on, today=page.today),
        )
    ]
    chosen = [
        choice for choice in choices if platform.slug in {one.slug for one in choice.platforms}
    ]
    said += [
        gettext(
            "Chosen for %(area)s by %(body)s on %(day)s.",
            area=choice.area_name,
            body=choice.body,
            day=words.say_day(choice.decided_on, today=page.today),
        )
        for choice in chosen
    ]
    if not choices:
        said.append(gettext("Nobody has decided yet who speaks for this area."))
    elif not chosen:
        said.append(gettext("The commission has chosen, and not this platform: read why."))
    return said


def _make_recognition(file: FileFacts | None, page: Page) -> list[tuple[str, str]]:
    """Criterion and own words of what is filled in and published."""
    if file is None:
        return []
    return [(say_criterion(one, page), entry.words) for one, entry in file.filled]
