"""The Monday list of an organisation: a page, one A4 on paper, and a file for a spreadsheet."""

import csv
from dataclasses import dataclass, replace
from datetime import date
from io import StringIO

from flask import Response, make_response, render_template, request, url_for
from sqlalchemy.orm import Session

from geoapp.actors import current_actor
from geoapp.db.spatial import MOST_COUNTED
from geoapp.defects.queries import DefectFacts
from geoapp.dialogue.monday import MondayList, Owner, list_owners, read_list
from geoapp.edge import Route, open_session
from geoapp.errors import NotFound
from geoapp.exchange.reports import defuse
from geoapp.geo.symbol import sprite_svg
from geoapp.outbox.mails import Attachment
from geoapp.people.rules import HANDLERS, Permission
from geoapp.web import prints, words
from geoapp.web.cards import title_of, where_of
from geoapp.web.language import gettext, ngettext, page_language
from geoapp.web.page import Page, open_page, render
from geoapp.web.security import keep_private

MOST_ON_SCREEN = 50
# The rows of the sheet have one height, whatever stands in them.
MOST_ON_PAPER = 16
MOST_LETTERS_ON_PAPER = 90
MOST_IN_MAIL = 10
MOST_IN_FILE = 1000
COLUMNS = ("code", "what", "where", "state", "days", "move", "due_on", "address", "example")


@dataclass(frozen=True)
class Line:
    """A report of the list; `url` is its public page, `desk_url` where to act."""

    url: str
    desk_url: str
    code: str
    title: str
    where: str
    shape: str
    state: str
    days: str
    due: str
    is_late: bool
    is_example: bool


# -- What is said --------------------------------------------------------------------------------


def make_lines(found: MondayList, *, today: date) -> list[Line]:
    """The reports of a list, in its order."""
    return [_make_line(defect, today) for defect in found.defects]


def _make_line(defect: DefectFacts, today: date) -> Line:
    due_on = defect.move.due_on
    return Line(
        url=url_for("web.show_defect", code=defect.code, _external=True),
        desk_url=url_for("web.show_desk_report", code=defect.code),
        code=defect.code,
        title=title_of(defect),
        where=where_of(defect),
        shape=defect.shape.value if defect.shape else "open",
        state=words.say_state_briefly(defect),
        days=words.say_days(defect.days_open),
        due=words.say_due(defect.move, today=today, is_volunteer=defect.mover_is_volunteer),
        is_late=due_on is not None and due_on < today and not defect.mover_is_volunteer,
        is_example=defect.is_example,
    )


def say_counts(found: MondayList) -> list[tuple[str, str]]:
    """How much there is of each, and of what."""
    counts = found.counts
    said = [
        (counts.waiting, gettext("waiting for you")),
        (counts.denied, gettext("called done and not good")),
        (counts.promised, gettext("promised for this week")),
        (counts.late, gettext("late")),
    ]
    return [(_say_count(number), what) for number, what in said]


def _say_count(number: int) -> str:
    if number > MOST_COUNTED:
        return gettext("more than %(count)s", count=words.say_number(MOST_COUNTED))
    return words.say_number(number)


def say_week(monday: date) -> str:
    """Which week a list is of."""
    return gettext("Week of %(day)s", day=words.say_day(monday))


def say_more(found: MondayList, *, shown: int) -> str:
    """How many more wait than are shown; empty: none."""
    left = found.counts.waiting - min(shown, len(found.defects))
    if left <= 0:
        return ""
    if found.counts.waiting > MOST_COUNTED:
        return gettext("And many more: see the desk.")
    return ngettext("And %(num)s more: see the desk.", "And %(num)s more: see the desk.", left)


# -- On paper and as a file ----------------------------------------------------------------------


def make_pdf(found: MondayList, *, today: date, map_name: str) -> Attachment:
    """The list on one A4.

    Raises:
        NotInstalled: nothing can be printed here.
    """
    lines = make_lines(found, today=today)[:MOST_ON_PAPER]
    html = render_template(
        "prints/monday.html",
        map_name=map_name,
        name=_fit(found.owner.name),
        is_example=found.owner.is_example,
        week=say_week(found.monday),
        counts=say_counts(found),
        lines=[
            (replace(line, where=_fit(line.where)), prints.draw_code(line.url)) for line in lines
        ],
        more=say_more(found, shown=MOST_ON_PAPER),
        made=words.say_day(today),
        desk=url_for("web.show_desk", _external=True),
        draw=prints.draw_symbol,
    )
    content = prints.print_pdf(html, styles=("css/print.css",))
    return Attachment(_name(found, "pdf"), "application/pdf", content)


def _fit(said: str) -> str:
    """As much of a name as there is room for on paper."""
    line = " ".join(said.split())
    return line if len(line) <= MOST_LETTERS_ON_PAPER else f"{line[:MOST_LETTERS_ON_PAPER]}…"


def make_csv(found: MondayList, *, today: date) -> Attachment:
    """The list for a spreadsheet; the names of columns are the same in every language."""
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows(_to_cells(defect, today) for defect in found.defects)
    return Attachment(_name(found, "csv"), "text/csv", file.getvalue().encode("utf-8-sig"))


def _to_cells(defect: DefectFacts, today: date) -> list[str]:
    line = _make_line(defect, today)
    due_on = defect.move.due_on
    cells = (
        line.code,
        line.title,
        line.where,
        line.state,
        defect.days_open,
        words.say_mover(defect),
        due_on.isoformat() if due_on and not defect.mover_is_volunteer else "",
        line.url,
        "yes" if line.is_example else "no",
    )
    return [defuse(str(cell)) for cell in cells]


def _name(found: MondayList, ending: str) -> str:
    return f"monday-{found.owner.slug}-{found.monday.isoformat()}.{ending}"


# -- Doors ---------------------------------------------------------------------------------------


def show_monday() -> Response:
    """The list of one's own organisation, with the sheet and the file."""
    with open_session() as session:
        owners = _list_own(session)
        if not owners:
            return _show(open_page(session), None, [])
        owner = _choose(owners)
        page, found = _read(session, owner, MOST_ON_SCREEN)
    return _show(page, found, owners)


def _show(page: Page, found: MondayList | None, owners: list[Owner]) -> Response:
    shown = render(
        "monday.html",
        page,
        found=found,
        owners=owners,
        week=say_week(found.monday) if found else "",
        counts=say_counts(found) if found else [],
        lines=make_lines(found, today=page.today) if found else [],
        more=say_more(found, shown=MOST_ON_SCREEN) if found else "",
        most_in_file=MOST_IN_FILE if found and found.counts.waiting > MOST_IN_FILE else 0,
        sprite=sprite_svg(("brand", "open", "asked", "bad", "good")),
    )
    return _keep_private(make_response(shown))


def download_monday_pdf() -> Response:
    """The list on one A4."""
    with open_session() as session:
        page, found = _read(session, _choose(_list_own(session)), MOST_ON_PAPER)
    map_name = gettext("%(name)s neighbourhood map", name=page.place.name)
    return _download(make_pdf(found, today=page.today, map_name=map_name))


def download_monday_csv() -> Response:
    """The list as a file."""
    with open_session() as session:
        page, found = _read(session, _choose(_list_own(session)), MOST_IN_FILE)
    return _download(make_csv(found, today=page.today))


def _download(made: Attachment) -> Response:
    response = make_response(made.content)
    response.mimetype = made.media_type
    response.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    response.headers["Content-Language"] = page_language()
    return _keep_private(response)


def _keep_private(response: Response) -> Response:
    keep_private(response)
    return response


def _list_own(session: Session) -> list[Owner]:
    held = (seat for seat in current_actor().seats if seat.role in HANDLERS)
    own = {seat.organisation_id for seat in held if seat.organisation_id is not None}
    return list_owners(session, organisation_ids=own)


def _choose(owners: list[Owner]) -> Owner:
    """The organisation of the address, else the first of one's own.

    Raises:
        NotFound: it is none of theirs.
    """
    asked = request.args.get("organisation")
    for owner in owners:
        if asked in (None, owner.slug):
            return owner
    raise NotFound("You keep nothing right for this organisation.")


def _read(session: Session, owner: Owner, limit: int) -> tuple[Page, MondayList]:
    page = open_page(session, district=owner.district)
    return page, read_list(session, owner=owner, today=page.today, limit=limit)


ROUTES = (
    Route("/desk/monday", show_monday, Permission.ACT_ON_DEFECT),
    Route("/desk/monday.pdf", download_monday_pdf, Permission.ACT_ON_DEFECT),
    Route("/desk/monday.csv", download_monday_csv, Permission.ACT_ON_DEFECT),
)
