"""Signs to print: one for a thing, as a drawing or on paper, or a sheet of all that an organisation
looks after. Each leads to the page of its thing and says so in two languages of the district."""

import hashlib
import re
import textwrap
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from flask import Response, make_response, render_template, request, url_for
from sqlalchemy.orm import Session

from geoapp.actors import check_subject, signed_in_id
from geoapp.assets.queries import (
    AssetFacts,
    Duty,
    Setting,
    assets_looked_after,
    duties_of,
    get_asset,
    settings_of,
)
from geoapp.assets.rules import PLAY_KINDS, Kind
from geoapp.db.codes import read_code
from geoapp.districts.tables import District
from geoapp.edge import Route, open_session, sender_subject, wiring
from geoapp.errors import Invalid, NotFound, NotInstalled, TooMany
from geoapp.geo.symbol import sprite_svg
from geoapp.ledger.actions import count_use
from geoapp.ledger.chain import Thing
from geoapp.ledger.rules import EVERYONE, Limit
from geoapp.people.queries import get_organisation
from geoapp.people.rules import Permission, Subject
from geoapp.people.tables import Organisation
from geoapp.web import prints, words
from geoapp.web.language import Words, gettext, lazy_gettext, list_languages, speaking
from geoapp.web.page import Page, open_page, render
from geoapp.web.security import keep_private

MOST_ON_A_SHEET, MOST_TO_TICK, MOST_LANGUAGES = 40, 400, 2
MOST_LETTERS = 90
HOUR_S = 3600
# To set a page takes a core half a second: whoever fetches every sign waits, others do not.
SIGNS_OF_ONE = Limit("signs_of_one", most=40, window_s=HOUR_S)
SIGNS_OF_ALL = Limit("signs_of_all", most=600, window_s=HOUR_S)
SHEETS_OF_ONE = Limit("sheets_of_one", most=20, window_s=HOUR_S)
# What a sign asks of whoever passes: of a place that opens and closes, and of anything else.
OPENS = (
    lazy_gettext("Is it open now?"),
    lazy_gettext("Is something broken or dirty?"),
    lazy_gettext("Is it good now?"),
)
STANDS = (*OPENS[1:], lazy_gettext("Who keeps it?"))


@dataclass(frozen=True)
class Said:
    """The words of a sign in one language."""

    language: str
    map_name: str
    example: str
    kind: str
    asks: tuple[str, ...]
    scan: str
    promise: str
    kept_by: str
    number: str
    alarms: tuple[str, ...]
    alt: str


@dataclass(frozen=True)
class Sign:
    """One sign; `said` is in the languages of the district, the first one large. `address` is
    where its code leads; `reach` says how to reach the `keeper`."""

    code: str
    address: str
    site: str
    name: str
    keeper: str
    reach: str
    is_example: bool
    said: tuple[Said, ...]

    @property
    def size(self) -> str:
        """How large its name can be."""
        sizes = (("xl", 13), ("l", 20), ("m", 40))
        return next((size for size, most in sizes if len(self.name) <= most), "s")


class Shelf:
    """The last papers that were made, so that nobody makes the same one twice in a row."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._papers: OrderedDict[str, bytes] = OrderedDict()

    def find(self, tag: str) -> bytes | None:
        """The paper of this tag, if it is here still."""
        with self._lock:
            if tag in self._papers:
                self._papers.move_to_end(tag)
            return self._papers.get(tag)

    def put(self, tag: str, paper: bytes) -> None:
        """Keep a paper, and let the oldest go."""
        with self._lock:
            self._papers[tag] = paper
            while len(self._papers) > self._most:
                self._papers.popitem(last=False)


_SHELF = Shelf(64)
# One paper at a time in each process: the threads beside it go on answering.
_PRESS, _PRESS_WAIT_S = Lock(), 10


# -- What is said ------------------------------------------------------------------------------


def read_signs(session: Session, page: Page, assets: Sequence[AssetFacts]) -> list[Sign]:
    """The signs of these assets of one district: two statements, however many."""
    ids = [asset.id for asset in assets]
    duties = duties_of(session, asset_ids=ids, today=page.today)
    settings = settings_of(session, asset_ids=ids)
    return [
        _make_sign(page, asset, duties.get(asset.id, []), settings[asset.id]) for asset in assets
    ]


def _make_sign(page: Page, asset: AssetFacts, duties: Sequence[Duty], setting: Setting) -> Sign:
    keeper = duties[0].keeper if duties else asset.owner
    kind = setting.shown_kind or asset.kind
    return Sign(
        code=asset.code,
        address=_make_address(asset.code),
        site=_fit(setting.site),
        name=_fit(setting.shown or asset.name),
        keeper=_fit(keeper.name) if keeper else "",
        reach=_fit(keeper.how_to_reach) if keeper else "",
        is_example=asset.is_example,
        said=tuple(_say(page, asset.code, kind, tongue) for tongue in _choose_languages(page)),
    )


def _make_address(code: str) -> str:
    """The public address of the page, never what a visitor's browser calls us; where the service
    knows none of its own, the one it was asked at."""
    own = wiring().settings.url
    if own:
        return own + url_for("web.show_quick", code=code)
    return url_for("web.show_quick", code=code, _external=True)


def _choose_languages(page: Page) -> list[str]:
    known = list_languages()
    spoken = [tongue for tongue in page.place.languages if tongue in known]
    return spoken[:MOST_LANGUAGES] or known[:1]


def _say(page: Page, code: str, kind: Kind, language: str) -> Said:
    with speaking(language):
        asks: tuple[Words, ...] = OPENS if kind in PLAY_KINDS else STANDS
        return Said(
            language=language,
            map_name=gettext("%(name)s neighbourhood map", name=page.place.name),
            example=gettext("Example"),
            kind=str(words.KINDS[kind]),
            asks=tuple(str(ask) for ask in asks),
            scan=gettext("Scan and see. No account needed."),
            promise=gettext("It stays open until residents say: it is good."),
            kept_by=gettext("Kept by"),
            number=gettext("Number of this sign"),
            alarms=tuple(f"{line.words}." for line in page.emergency),
            alt=gettext("QR code: the page of number %(code)s", code=code),
        )


def _fit(said: str) -> str:
    """As much as there is room for."""
    line = " ".join(said.split())
    return line if len(line) <= MOST_LETTERS else f"{line[:MOST_LETTERS]}…"


# -- Drawn, and on paper -----------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A line of words on a drawing, `y` millimetres from its top; `rank` 0 is the first
    language."""

    words: str
    y: float
    rank: int


# Letters that fit beside the code, and how far each line stands below the one before it, by rank.
_ASK_LETTERS, _ASK_STEPS = (18, 25), (5.8, 4.4)


def draw_sign(sign: Sign) -> str:
    """The sign as a drawing of 148 by 210 millimetres; its words are words."""
    path, modules = prints.draw_code_path(sign.address)
    asks, rules = _place_asks(sign)
    return render_template(
        "prints/sign.svg",
        sign=sign,
        path=path,
        # Four modules stay free on each side.
        scale=round(66 / (modules + 8), 4),
        asks=asks,
        rules=rules,
        name_lines=textwrap.wrap(sign.name, 26)[:3],
        brand=prints.draw_paths("brand"),
        colours=prints.read_colours(),
    )


def _place_asks(sign: Sign) -> tuple[list[Line], list[float]]:
    """The questions beside the code, and where a rule parts them."""
    lines, rules, y = [], [], 56.0
    for asked in zip(*(said.asks for said in sign.said), strict=True):
        for rank, ask in enumerate(asked):
            for part in textwrap.wrap(ask, _ASK_LETTERS[rank]):
                y += _ASK_STEPS[rank]
                lines.append(Line(part, round(y, 1), rank))
        rules.append(round(y + 3, 1))
        y += 3.6
    return lines, rules[:-1]


def print_signs(signs: Sequence[Sign], *, title: str, is_sheet: bool) -> bytes:
    """Signs on paper: each an A5, or two on each A4 of a sheet.

    Raises:
        NotInstalled: nothing can be printed here.
        TooMany: so much is printed now that one must come back.
    """
    html = render_template(
        "prints/sign.html",
        pages=[signs[at : at + 2] for at in range(0, len(signs), 2)] if is_sheet else [signs],
        title=title,
        is_sheet=is_sheet,
        draw=prints.draw_symbol,
        code_of=prints.draw_code,
    )
    if not _PRESS.acquire(timeout=_PRESS_WAIT_S):
        raise TooMany("Others are printing: try again in a moment.", wait_s=_PRESS_WAIT_S)
    try:
        return prints.print_pdf(html, styles=("css/sign.css",))
    except NotInstalled as error:
        raise NotInstalled(
            "No PDF can be made on this installation: its operator can add the extra print. "
            "The drawing (SVG) has the same sign."
        ) from error
    finally:
        _PRESS.release()


# -- Doors -------------------------------------------------------------------------------------


def show_sign_svg(code: str) -> Response:
    """The sign of a thing, as a drawing."""
    sign = _read_sign(code)
    return _hand_out(sign, draw_sign(sign).encode(), "image/svg+xml")


def show_sign_pdf(code: str) -> Response:
    """The sign of a thing on an A5; made once, and then kept for who asks again."""
    sign = _read_sign(code)
    tag = _make_tag(sign)
    if request.if_none_match.contains(tag):
        return _hand_out(sign, b"", "application/pdf")
    paper = _SHELF.find(tag)
    if paper is None:
        _count_print()
        with speaking(sign.said[0].language):
            title = gettext("Sign %(code)s: %(name)s", code=sign.code, name=sign.name)
        paper = print_signs([sign], title=title, is_sheet=False)
        _SHELF.put(tag, paper)
    return _hand_out(sign, paper, "application/pdf")


def _read_sign(code: str) -> Sign:
    with open_session() as session:
        asset = get_asset(session, code=read_code(code))
        page = open_page(session, district=asset.district)
        return read_signs(session, page, [asset])[0]


def _make_tag(sign: Sign) -> str:
    look = render_template("prints/sign.html", pages=[], title="", is_sheet=False)
    return hashlib.sha256(f"{look}{sign!r}".encode()).hexdigest()[:32]


def _count_print() -> None:
    now = wiring().clock()
    with open_session() as session:
        count_use(session, limit=SIGNS_OF_ONE, subject=sender_subject(), now=now)
        count_use(session, limit=SIGNS_OF_ALL, subject=EVERYONE, now=now)


def _hand_out(sign: Sign, content: bytes, media_type: str) -> Response:
    response = make_response(content)
    response.mimetype = media_type
    ending = "svg" if media_type == "image/svg+xml" else "pdf"
    response.headers["Content-Disposition"] = f'inline; filename="sign-{sign.code}.{ending}"'
    response.headers["Content-Language"] = ", ".join(said.language for said in sign.said)
    response.headers["Cache-Control"] = f"public, max-age={HOUR_S}"
    response.set_etag(_make_tag(sign))
    response.make_conditional(request)
    return response


def show_signs(slug: str) -> Response:
    """What an organisation looks after, to tick of which a sign is wanted."""
    with open_session() as session:
        page, organisation, assets = _open(session, slug)
    shown = render(
        "signs.html",
        page,
        organisation=organisation,
        assets=assets[:MOST_TO_TICK],
        kinds=words.KINDS,
        most=MOST_ON_A_SHEET,
        all_codes=",".join(asset.code for asset in assets[:MOST_ON_A_SHEET]),
        has_more=len(assets) > MOST_ON_A_SHEET,
        sprite=sprite_svg(("brand",)),
    )
    return _keep_private(make_response(shown))


def download_signs(slug: str) -> Response:
    """The signs that were ticked, two on each A4."""
    with open_session() as session:
        page, organisation, assets = _open(session, slug)
        chosen = _choose(assets)
        signs = read_signs(session, page, chosen)
        subject, now = str(signed_in_id()), wiring().clock()
        count_use(session, limit=SHEETS_OF_ONE, subject=subject, now=now)
    with speaking(signs[0].said[0].language):
        title = gettext("Signs of %(name)s", name=organisation.name)
    response = make_response(print_signs(signs, title=title, is_sheet=True))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="signs-{organisation.slug}.pdf"'
    return _keep_private(response)


def _keep_private(response: Response) -> Response:
    keep_private(response)
    return response


def _open(session: Session, slug: str) -> tuple[Page, Organisation, list[AssetFacts]]:
    organisation = get_organisation(session, slug=slug)
    check_subject(
        Subject(organisation.district_id, organisation_ids=frozenset({organisation.id})),
        thing=Thing("organisation", organisation.id),
    )
    district = session.get_one(District, organisation.district_id)
    page = open_page(session, district=district.slug)
    found = assets_looked_after(
        session, organisation_id=organisation.id, today=page.today, limit=MOST_TO_TICK
    )
    return page, organisation, [asset for asset in found if asset.district == district.slug]


def _choose(assets: Sequence[AssetFacts]) -> list[AssetFacts]:
    """What was ticked, in the order of the page.

    Raises:
        Invalid: nothing, or more than a sheet takes.
        NotFound: something this organisation does not look after.
    """
    asked = {read_code(code) for code in re.split("[, ]+", ",".join(request.args.getlist("codes")))}
    asked.discard("")
    if not 1 <= len(asked) <= MOST_ON_A_SHEET:
        raise Invalid("Choose from 1 to {most} signs.", field="codes", most=MOST_ON_A_SHEET)
    chosen = [asset for asset in assets if asset.code in asked]
    if len(chosen) < len(asked):
        raise NotFound("This organisation does not look after all of these.")
    return chosen


ROUTES = (
    Route("/assets/<code>/sign.svg", show_sign_svg, Permission.SEE_PUBLIC),
    Route("/assets/<code>/sign.pdf", show_sign_pdf, Permission.SEE_PUBLIC),
    Route("/organisations/<slug>/signs", show_signs, Permission.LOOK_AFTER_ASSET),
    Route("/organisations/<slug>/signs.pdf", download_signs, Permission.LOOK_AFTER_ASSET),
)
