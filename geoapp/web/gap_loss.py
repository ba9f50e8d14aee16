"""What is lost if this goes? Who has one near now and would not, by buurt, and how far the next one
is."""

from dataclasses import dataclass
from math import isfinite

from flask import url_for

from geoapp.assets.queries import AssetFacts, get_asset
from geoapp.coverage.gaps.adding import Loss, LostLine
from geoapp.coverage.gaps.counting import LEAST_TOLD
from geoapp.coverage.gaps.findings import Finding
from geoapp.coverage.gaps.proposing import find_loss
from geoapp.coverage.gaps.questions import Question, read_question
from geoapp.coverage.gaps.reading import find_gaps
from geoapp.db.codes import read_code
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import Invalid, NotFound
from geoapp.geo.symbol import sprite_svg
from geoapp.people.rules import Permission
from geoapp.refusals import find_refusal
from geoapp.web import gap_words
from geoapp.web.errors import say_error
from geoapp.web.gap_asking import read_typed, url_of
from geoapp.web.gap_more import say_few, say_question, say_unknown
from geoapp.web.language import gettext
from geoapp.web.page import Page, open_page, render

# A distance on foot is told in steps of so many metres.
STEP_M = 10


@dataclass(frozen=True)
class LossRow:
    """A buurt that loses: for how many it is no longer near, and how far they then have to go."""

    name: str
    url: str
    amount: str
    far: str


def show_loss(code: str) -> str | tuple[str, int]:
    """What goes with a thing, for the question in the address; of its own kind."""
    with open_session() as session:
        asset = get_asset(session, code=read_code(code))
        page = open_page(session, district=asset.district)
        try:
            question = read_question(read_typed() | {"kind": asset.kind.value})
            now = wiring().clock()
            finding = find_gaps(session, place=page.place, question=question, now=now)
            loss = find_loss(finding, code=asset.code)
        except (Invalid, NotFound) as problem:
            shown = _render(page, asset, Question(kind=asset.kind.value), say_error(problem))
            return shown, find_refusal(problem).status
    return _render(
        page,
        asset,
        question,
        asked=say_question(finding),
        unit=gap_words.say_unit(finding.need),
        rows=_list_rows(finding, loss) if loss else [],
        total=_say_total(loss) if loss else "",
        has_loss=loss is not None and loss.amount > 0,
        is_counted=loss is not None,
        unknown=say_unknown(finding),
    )


def _render(
    page: Page, asset: AssetFacts, question: Question, problem: str = "", **told: object
) -> str:
    return render(
        "asset_loss.html",
        page,
        asset=asset,
        gaps_url=url_of(page.place.slug, question),
        problem=problem,
        sprite=sprite_svg(("brand",)),
        **told,
    )


def _say_total(loss: Loss) -> str:
    """How many in all; not where one line alone hides how few it has."""
    few = [line for line in loss.lines if 0 < round(line.amount) < LEAST_TOLD]
    if len(few) == 1 and len(loss.lines) > 1:
        return gettext("not told")
    return say_few(round(loss.amount))


def _list_rows(finding: Finding, loss: Loss) -> list[LossRow]:
    """The buurten that lose, from A to Z."""
    return [
        LossRow(
            name=finding.lines[line.ground].name,
            url=url_for("web.show_area", slug=finding.lines[line.ground].slug),
            amount=say_few(round(line.amount)),
            far=_say_far(line) if round(line.amount) >= LEAST_TOLD else "",
        )
        for line in loss.lines
        if line.amount > 0
    ]


def _say_far(line: LostLine) -> str:
    if not isfinite(line.least_m):
        return gettext("There is no other.")
    least = gap_words.say_metres(_round(line.least_m))
    if not isfinite(line.most_m):
        return gettext("From %(metres)s; for some there is no other.", metres=least)
    most = gap_words.say_metres(_round(line.most_m))
    return least if least == most else gettext("%(least)s to %(most)s", least=least, most=most)


def _round(metres: float) -> int:
    return round(metres / STEP_M) * STEP_M


ROUTES = (Route("/assets/<code>/loss", show_loss, Permission.SEE_PUBLIC),)
