"""Who a platform is, with examples: its own words and evidence by criteria that platforms own. One
criterion a step, private until the platform publishes; there is evidence or none yet, and nothing
is added up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, doer_of
from geoapp.db.text import read_words, say_in
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import Conflict, GeoappError, Invalid, NotFound, Stale
from geoapp.geo.symbol import sprite_svg
from geoapp.people.rules import Permission
from geoapp.platforms.queries import PlatformFacts, get_platform, subject_of, thing_of
from geoapp.recognition.actions import Hand, keep_entry, move_file, publish_file
from geoapp.recognition.queries import (
    NOTHING_SAID,
    EntryFacts,
    FileFacts,
    ListFacts,
    RemarkFacts,
    Reviewer,
    ReviewFacts,
    find_file,
    find_list,
    find_published,
    list_remarks,
    list_reviews,
)
from geoapp.recognition.rules import (
    MOST_CODE_LETTERS,
    MOST_ENTRY_LETTERS,
    Criterion,
    Decision,
    EntryDraft,
    Side,
    StaleEntry,
    read_evidence,
    write_evidence,
)
from geoapp.refusals import find_refusal
from geoapp.web import words
from geoapp.web.errors import say_error
from geoapp.web.evidence import Shown, find_by_code, propose_evidence, resolve_evidence
from geoapp.web.forms import check_form, form_token
from geoapp.web.language import Words, gettext, lazy_gettext, page_language
from geoapp.web.page import Page, open_page, render
from geoapp.web.public_words import check_public

SIDES: dict[Side, Words] = {
    Side.PEER: lazy_gettext("Another platform"),
    Side.COMMISSION: lazy_gettext("The commission"),
    Side.INDEPENDENT: lazy_gettext("An independent body"),
}
DECISIONS: dict[Decision, Words] = {
    Decision.RECOGNISED: lazy_gettext("Yes: a platform of this neighbourhood"),
    Decision.NOT_YET: lazy_gettext("Not yet"),
}


@dataclass(frozen=True)
class EntryCard:
    """What stands under a criterion, in the reader's words."""

    code: str
    criterion: str
    words: str
    evidence: Sequence[Shown]
    remarks: Sequence[tuple[str, str, bool]]
    is_filled: bool


@dataclass(frozen=True)
class ReviewCard:
    """What a reviewer decided, in the reader's words."""

    says: str
    by: str
    told: Sequence[tuple[str, str]]
    is_yes: bool
    is_example: bool


@dataclass(frozen=True)
class Typed:
    """The form as it stands, and what is wrong with it; `theirs` is what somebody else put there
    meanwhile."""

    values: Mapping[str, str] = field(default_factory=dict)
    ticked: frozenset[str] = frozenset()
    problem: str = ""
    problem_field: str = ""
    theirs: str = ""


@dataclass(frozen=True)
class _Open:
    """A platform whose file whoever asks may fill in, and as whom."""

    platform: PlatformFacts
    page: Page
    by: Hand


def say_criterion(criterion: Criterion, page: Page) -> str:
    """A criterion in the reader's language, else in one of the district's."""
    return criterion.say((page_language(), *page.place.languages))


def say_list(found: ListFacts, page: Page) -> dict[str, str]:
    """Which list it is, whose, and whence."""
    languages = (page_language(), *page.place.languages)
    return {
        "version": str(found.version),
        "since": words.say_day(found.valid_from, today=page.today),
        "owners": say_in(found.owners, languages),
        "source": say_in(found.source, languages),
    }


def say_reviewer(reviewer: Reviewer) -> str:
    """In which role somebody reviewed, and for whom."""
    return f"{SIDES[reviewer.side]}: {reviewer.name}"


# -- What everybody reads ----------------------------------------------------------------------


def show_recognition(slug: str) -> str:
    """What the platform has published: filled rows, and what reviewers said of them."""
    with open_session() as session:
        platform = get_platform(session, slug=slug)
        page = open_page(session, district=platform.district)
        file = None
        if not platform.hidden_for:
            file = find_published(session, platform_id=platform.id)
        cards, reviews = [], []
        if file is not None:
            remarks = list_remarks(session, platform_id=platform.id)
            cards = _make_cards(session, page, file, file.filled, remarks)
            reviews = [
                make_review_card(one, page)
                for one in list_reviews(session, platform_id=platform.id)
            ]
    return render(
        "recognition.html",
        page,
        platform=platform,
        entries=cards,
        reviews=reviews,
        by_list=say_list(file.criteria, page) if file else None,
        is_example=file is not None and file.is_example,
        sprite=sprite_svg(("brand", "check")),
    )


def make_review_card(review: ReviewFacts, page: Page) -> ReviewCard:
    """A decision as a page shows it."""
    return ReviewCard(
        says=str(DECISIONS[review.decision]),
        by=gettext(
            "%(who)s, on %(day)s, by version %(version)s of the list",
            who=say_reviewer(review.reviewer),
            day=words.say_day(review.decided_on, today=page.today),
            version=review.version,
        ),
        told=[
            (gettext("Reasons"), review.reasons),
            (gettext("Interests that were weighed"), review.interests),
            (gettext("What could still be done"), review.still_possible),
        ],
        is_yes=review.decision is Decision.RECOGNISED,
        is_example=review.is_example,
    )


def _make_cards(
    session: Session,
    page: Page,
    file: FileFacts,
    rows: Sequence[tuple[Criterion, EntryFacts]],
    remarks: Sequence[RemarkFacts],
) -> list[EntryCard]:
    evidence = [one for entry in file.entries.values() for one in entry.evidence]
    shown = resolve_evidence(session, evidence, page.today)
    return [
        EntryCard(
            code=criterion.code,
            criterion=say_criterion(criterion, page),
            words=entry.words,
            evidence=[shown[one] for one in entry.evidence],
            remarks=[
                (say_reviewer(one.reviewer), one.words, one.is_example)
                for one in remarks
                if one.criterion == criterion.code
            ],
            is_filled=entry.is_filled,
        )
        for criterion, entry in rows
    ]


# -- The platform's own people -----------------------------------------------------------------


def show_recognition_file(slug: str) -> str:
    """The criteria, and what stands under each."""
    with open_session() as session:
        return _show_file(session, _open(session, slug))


def show_entry_form(slug: str, criterion: str) -> str:
    """One criterion: own words, and what shows it."""
    with open_session() as session:
        opened = _open(session, slug)
        asked, criteria, entry = _find_entry(session, opened, criterion)
        return _show_entry(session, opened, asked, criteria, entry)


def post_entry(slug: str, criterion: str) -> Response | tuple[str, int]:
    """Keep what the platform says under one criterion."""
    with open_session() as session:
        opened = _open(session, slug)
        check_form()
        asked, criteria, entry = _find_entry(session, opened, criterion)
    try:
        with open_session() as session:
            keep_entry(
                session,
                platform=opened.platform,
                criteria=criteria,
                criterion=asked.code,
                change=(_read_entry(session, opened), _read_version()),
                by=opened.by,
            )
    except (Invalid, Stale) as problem:
        with open_session() as session:
            shown = _show_entry(session, opened, asked, criteria, entry, problem)
        return shown, find_refusal(problem).status
    return redirect(url_for("web.show_recognition_file", slug=slug, kept=1), 303)


def post_publication(slug: str) -> Response | tuple[str, int]:
    """Show the file to everybody, or take it back."""

    def keep(session: Session, opened: _Open) -> None:
        is_published = request.form.get("publish") == "1"
        publish_file(session, platform=opened.platform, is_published=is_published, by=opened.by)

    return _change(slug, keep)


def post_newer_list(slug: str) -> Response | tuple[str, int]:
    """Let the file go on by the list in force."""

    def keep(session: Session, opened: _Open) -> None:
        criteria = _find_list(session, opened)
        move_file(session, platform=opened.platform, criteria=criteria, by=opened.by)

    return _change(slug, keep)


def _change(slug: str, keep: Callable[[Session, _Open], None]) -> Response | tuple[str, int]:
    with open_session() as session:
        opened = _open(session, slug)
        check_form()
    try:
        with open_session() as session:
            keep(session, opened)
    except Conflict as problem:
        with open_session() as session:
            return _show_file(session, opened, problem), find_refusal(problem).status
    return redirect(url_for("web.show_recognition_file", slug=slug, kept=1), 303)


def _open(session: Session, slug: str) -> _Open:
    platform = get_platform(session, slug=slug)
    seat = check_subject(subject_of(platform), thing=thing_of(platform))
    page = open_page(session, district=platform.district)
    doer = doer_of(seat, whose=platform.slug)
    return _Open(platform, page, Hand(doer, wiring().clock(), page.today))


def _find_list(session: Session, opened: _Open) -> ListFacts:
    found = find_list(session, district_id=opened.platform.district_id, today=opened.page.today)
    if found is None:
        raise NotFound("There is no list of criteria here yet.")
    return found


def _find_entry(
    session: Session, opened: _Open, code: str
) -> tuple[Criterion, ListFacts, EntryFacts]:
    """A criterion that is on, of the platform's own list, and what stands under it."""
    file = find_file(session, platform_id=opened.platform.id)
    criteria = file.criteria if file else _find_list(session, opened)
    for criterion in criteria.asked:
        if criterion.code == code:
            entries = file.entries if file else {}
            return criterion, criteria, entries.get(code, NOTHING_SAID)
    raise NotFound("There is no such criterion on this list.")


def _read_version() -> int:
    version = request.form.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise Invalid("This form was open for too long. Look it over and send it again.")
    return int(version)


def _read_entry(session: Session, opened: _Open) -> EntryDraft:
    said = read_words(request.form.get("words", ""), field="words", most=MOST_ENTRY_LETTERS)
    check_public({"words": said})
    ticked = request.form.getlist("evidence")
    code = read_words(request.form.get("code", ""), field="code", most=MOST_CODE_LETTERS)
    if code:
        ticked.append(write_evidence(find_by_code(session, code, opened.page.today)))
    return EntryDraft(said, read_evidence(ticked))


def _show_file(session: Session, opened: _Open, problem: GeoappError | None = None) -> str:
    page, platform = opened.page, opened.platform
    newest = _find_list(session, opened)
    file = find_file(session, platform_id=platform.id)
    empty = FileFacts(newest, {}, None, platform.is_example)
    shown = file or empty
    rows = [(one, shown.entries.get(one.code, NOTHING_SAID)) for one in shown.criteria.asked]
    return render(
        "recognition_file.html",
        page,
        platform=platform,
        entries=_make_cards(session, page, shown, rows, []),
        off=[say_criterion(one, page) for one in shown.criteria.criteria if not one.is_on],
        by_list=say_list(shown.criteria, page),
        newer=say_list(newest, page) if newest.version > shown.criteria.version else None,
        is_published=shown.published_at is not None,
        has_something=bool(shown.filled),
        problem=say_error(problem) if problem else "",
        is_kept="kept" in request.args and problem is None,
        token=form_token(),
        sprite=sprite_svg(("brand", "check")),
    )


def _show_entry(
    session: Session,
    opened: _Open,
    criterion: Criterion,
    criteria: ListFacts,
    entry: EntryFacts,
    problem: GeoappError | None = None,
) -> str:
    page, platform = opened.page, opened.platform
    chosen = resolve_evidence(session, entry.evidence, page.today)
    proposed = propose_evidence(session, platform, page.today)
    choices = {one.value: one for one in [*chosen.values(), *proposed]}
    return render(
        "recognition_entry.html",
        page,
        platform=platform,
        criterion=criterion,
        asked=say_criterion(criterion, page),
        by_list=say_list(criteria, page),
        choices=list(choices.values()),
        typed=_make_typed(entry, problem),
        version=_find_version(entry, problem),
        most={"words": MOST_ENTRY_LETTERS, "code": MOST_CODE_LETTERS},
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


def _make_typed(entry: EntryFacts, problem: GeoappError | None) -> Typed:
    """Nothing that was typed is lost; after somebody else's change theirs stands beside it."""
    if problem is None:
        return Typed({"words": entry.words}, frozenset(map(write_evidence, entry.evidence)))
    return Typed(
        dict(request.form.items()),
        frozenset(request.form.getlist("evidence")),
        say_error(problem),
        problem.field or "",
        problem.words if isinstance(problem, StaleEntry) else "",
    )


def _find_version(entry: EntryFacts, problem: GeoappError | None) -> int:
    return problem.version if isinstance(problem, StaleEntry) else entry.version


_EDIT = "/platforms/<slug>/recognition/edit"
ROUTES = (
    Route("/platforms/<slug>/recognition", show_recognition, Permission.SEE_PUBLIC),
    Route(_EDIT, show_recognition_file, Permission.EDIT_PLATFORM),
    Route(f"{_EDIT}/<criterion>", show_entry_form, Permission.EDIT_PLATFORM),
    Route(f"{_EDIT}/<criterion>", post_entry, Permission.EDIT_PLATFORM, methods=("POST",)),
    Route(
        "/platforms/<slug>/recognition/publish",
        post_publication,
        Permission.EDIT_PLATFORM,
        methods=("POST",),
    ),
    Route(
        "/platforms/<slug>/recognition/list",
        post_newer_list,
        Permission.EDIT_PLATFORM,
        methods=("POST",),
    ),
)
