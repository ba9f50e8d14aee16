"""Why this map can be trusted: whose it is, what it keeps of people, who can use it.

What the program fixes stands in the templates; what differs per operator is a slot of the
district, and an empty one says so on the page.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from geoapp import actors
from geoapp.accounts.rules import SESSION_LASTS
from geoapp.districts.queries import Place, read_retention
from geoapp.districts.rules import Conformance, Ground, Kept, Slot
from geoapp.edge import Route, open_session
from geoapp.exchange.layouts import list_sources
from geoapp.geo.crs import CELL_M
from geoapp.geo.symbol import sprite_svg
from geoapp.ledger.rules import KEEP_COUNTS
from geoapp.people.queries import get_desk
from geoapp.people.rules import Permission
from geoapp.uploads.rules import LASTS
from geoapp.web import forms, language, words
from geoapp.web.language import gettext, page_language
from geoapp.web.page import Page, open_page, render
from geoapp.web.registers import list_files

DAY_S = 24 * 3600


@dataclass(frozen=True)
class Said:
    """What a slot says; nothing where it is empty. `language` is named where it is another than
    the page's; `url` is where a click on it leads.
    """

    words: str
    language: str
    url: str


@dataclass(frozen=True)
class Term:
    """One thing that is kept of people, how long, and who sees it. `ground` None: the one that
    whoever runs the map has named for all.
    """

    what: str
    why: str
    ground: Ground | None
    how_long: str
    seen_by: str


@dataclass(frozen=True)
class Cookie:
    """What a visitor's browser keeps for us; `days` None: until it is closed."""

    name: str
    why: str
    days: int | None


def show_about() -> str:
    """Whose map this is: who runs and moderates it, who sees what, whence its facts."""
    with open_session() as session:
        page = open_page(session)
        desk = get_desk(session, district_id=page.place.id).party
    sources = list_sources(district=page.place.slug)
    return render(
        "about.html",
        page,
        slots=_say_slots(page),
        empty=[str(words.SLOTS[slot]) for slot in page.place.operator.empty],
        desk=desk,
        desk_part=words.say_part(reads_along=desk.reads_along, is_mailed=desk.is_mailed),
        square_m=CELL_M,
        sources=sources,
        files=list_files(page.place.slug, [source.licence for source in sources]),
        sprite=sprite_svg(("brand",)),
    )


def show_privacy() -> str:
    """What is kept of people: why, on which ground, how long, and how to have it erased."""
    with open_session() as session:
        page = open_page(session)
        days = read_retention(session)
    return render(
        "privacy.html",
        page,
        slots=_say_slots(page),
        terms=list_retention(page.place, days),
        grounds=words.GROUNDS,
        say_days=words.say_days,
        cookies=list_cookies(),
        categories=", ".join(str(said) for said in words.CATEGORIES.values()),
        background=page.find_background(),
        sprite=sprite_svg(("brand",)),
    )


def show_accessibility() -> str:
    """Who can use this map and who cannot yet, in the order of the Dutch model statement."""
    with open_session() as session:
        page = open_page(session)
    return render(
        "accessibility.html",
        page,
        slots=_say_slots(page),
        answer_time=words.say_days(page.place.answer_days),
        sprite=sprite_svg(("brand",)),
    )


def list_retention(place: Place, days: Mapping[Kept, int]) -> list[Term]:
    """What is kept of people and for how long, in the reader's language: `days` is what is set
    for the installation, the district's own days stand with it."""
    if place.is_example:
        for_good = gettext("until this trial is taken away")
    else:
        for_good = gettext("as long as the report; it belongs to the neighbourhood")
    return [
        Term(
            gettext("Your report: what is the matter, where, on which day, and your words"),
            gettext("So that it is solved, and so that the neighbourhood sees whether it was."),
            None,
            for_good,
            gettext("everybody"),
        ),
        Term(
            gettext("The exact spot of your pin"),
            gettext("So that whoever handles it finds it."),
            None,
            for_good,
            gettext("you, and who handles the report"),
        ),
        Term(
            gettext("Your photos"),
            gettext("So that others see what is the matter."),
            None,
            for_good,
            gettext("a moderator first, then everybody; one that was hidden: nobody"),
        ),
        Term(
            gettext("That somebody said of a thing: still there; the day, and the photo if any"),
            gettext("So that everybody sees that it is still there. Who it was is not kept."),
            None,
            gettext("as long as the thing"),
            gettext("everybody; the photo a moderator first"),
        ),
        Term(
            gettext("The key of your form, made up by the page"),
            gettext("So that what you send twice stays one report."),
            None,
            words.say_days(days[Kept.KEYS]),
            gettext("nobody"),
        ),
        Term(
            gettext("Your e-mail address, if you give one with a report or to follow it"),
            gettext("So that you hear when somebody says it is done, or not."),
            Ground.CONSENT,
            gettext(
                "%(time)s after the end of the report; %(short)s where you do not confirm it",
                time=words.say_days(place.contact_days),
                short=words.say_days(days[Kept.SIGN_INS]),
            ),
            gettext("nobody; it is kept under lock"),
        ),
        Term(
            gettext("Your account: address, name and roles, if you sign in"),
            gettext("So that only those who may change something can."),
            None,
            gettext(
                "until you take it away; without a role %(time)s after you last signed in",
                time=words.say_days(days[Kept.IDLE_ACCOUNTS]),
            ),
            gettext("you; your name also those you work with"),
        ),
        Term(
            gettext("Who changed what, in the history of a thing"),
            gettext("So that what was done can be checked afterwards."),
            Ground.PUBLIC_TASK,
            gettext(
                "your name %(time)s, or until you take your account away; what was done stays",
                time=words.say_days(days[Kept.AUDIT_PERSONS]),
            ),
            gettext("those who manage the thing"),
        ),
        Term(
            gettext("The file of a register that you bring for the district"),
            gettext("So that you can look it over before it is loaded."),
            Ground.PUBLIC_TASK,
            words.say_days(LASTS.days),
            gettext("you"),
        ),
        Term(
            gettext("That a mail was sent, without its address"),
            gettext("So that it goes once, and never gets lost."),
            Ground.LEGITIMATE_INTEREST,
            words.say_days(days[Kept.MAILS]),
            gettext("nobody"),
        ),
        Term(
            gettext("How often was sent from a network, under a number that is new each day"),
            gettext("So that nobody buries the map. The address of your machine is not kept."),
            Ground.LEGITIMATE_INTEREST,
            words.say_days(KEEP_COUNTS.days),
            gettext("nobody"),
        ),
    ]


def list_cookies() -> list[Cookie]:
    """Every cookie the service sets, and what for."""
    return [
        Cookie(forms.COOKIE, gettext("Shows that a form came from our own page."), None),
        Cookie(
            language.COOKIE,
            gettext("Keeps the language you chose."),
            language.YEAR_S // DAY_S,
        ),
        Cookie(
            actors.COOKIE,
            gettext("Keeps you signed in; only there once you sign in."),
            SESSION_LASTS.days,
        ),
    ]


def _say_slots(page: Page) -> dict[str, Said]:
    wanted = (page_language(), *page.place.languages)
    said = {}
    for slot in Slot:
        told, tongue = page.place.operator.say(slot, wanted)
        shown = _SAYERS[slot](told) if told and slot in _SAYERS else told
        url = f"{_SCHEMES[slot]}{told}" if told and slot in _SCHEMES else ""
        said[slot.value] = Said(shown, tongue if tongue != page_language() else "", url)
    return said


# Slots that hold a choice or a day, and how the reader's language says it.
_SAYERS: dict[Slot, Callable[[str], str]] = {
    Slot.GROUND: lambda told: str(words.GROUNDS[Ground(told)]),
    Slot.ACCESSIBILITY_STATUS: lambda told: str(words.CONFORMANCES[Conformance(told)]),
    Slot.ACCESSIBILITY_CHECKED_ON: lambda told: words.say_day(date.fromisoformat(told)),
}
_SCHEMES: dict[Slot, str] = {Slot.MAIL: "mailto:", Slot.PHONE: "tel:"}

ROUTES = tuple(
    Route(rule, view, Permission.SEE_PUBLIC)
    for rule, view in (
        ("/about", show_about),
        ("/privacy", show_privacy),
        ("/accessibility", show_accessibility),
    )
)
