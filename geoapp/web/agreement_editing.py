"""What the parties of an agreement do with it: make one, its days, its parties, what it covers, the
scan of its paper, and its end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from flask import make_response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, doer_of
from geoapp.agreements.actions import (
    Change,
    add_agreement,
    change_terms,
    cover_assets,
    end_agreement,
    extend_agreement,
    put_party,
    put_scan,
    remove_party,
    remove_scan,
)
from geoapp.agreements.queries import (
    AgreementFacts,
    agreements_of_party,
    covered_among,
    find_scan,
    get_agreement,
    list_coverable,
    read_scan,
    subject_of,
    thing_of,
)
from geoapp.agreements.rules import (
    MOST_REASON_LETTERS,
    MOST_REMIND_DAYS,
    MOST_SCAN_BYTES,
    MOST_SCAN_MB,
    MOST_TITLE_LETTERS,
    MOST_UNDERTAKES_LETTERS,
    REMIND_DAYS,
    AgreementDraft,
    ScanKind,
)
from geoapp.db.codes import read_code
from geoapp.districts.tables import District
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import Conflict, GeoappError, Invalid, NotFound, Stale
from geoapp.geo.symbol import sprite_svg
from geoapp.ledger.audit import list_entries
from geoapp.ledger.chain import Thing
from geoapp.people.queries import get_organisation, list_organisations
from geoapp.people.rules import Permission, Seat, Subject
from geoapp.people.tables import Organisation
from geoapp.refusals import find_refusal
from geoapp.web import words
from geoapp.web.agreements import is_good, make_agreement_lines, say_stands
from geoapp.web.errors import say_error
from geoapp.web.forms import check_form, form_token
from geoapp.web.history import make_history
from geoapp.web.page import Page, open_page, render
from geoapp.web.security import keep_private

MOST_ON_PAGE = 20
MOST_TYPED = 100
MOST_ENTRIES = 10
MOST = {
    "title": MOST_TITLE_LETTERS,
    "undertakes": MOST_UNDERTAKES_LETTERS,
    "reason": MOST_REASON_LETTERS,
    "remind_days": MOST_REMIND_DAYS,
    "scan_mb": MOST_SCAN_MB,
}
ENDINGS = {ScanKind.PDF: "pdf", ScanKind.JPEG: "jpg", ScanKind.PNG: "png"}


@dataclass(frozen=True)
class Editing:
    """A form as it stands: what is typed in each field, and what is wrong with it."""

    values: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    problem_field: str = ""


NOTHING_TYPED = Editing()


def _give_back(problem: GeoappError) -> Editing:
    """Nothing that was typed is lost."""
    typed = {name: said[:2000] for name, said in request.form.items()}
    # Whoever sends theirs again after somebody else's change has seen it.
    if isinstance(problem, Stale):
        typed.pop("version", None)
    return Editing(typed, say_error(problem), problem.field or "")


def _read_day(name: str) -> date | None:
    said = request.form.get(name, "").strip()
    if not said:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise Invalid("Give a day, such as 2026-12-31.", field=name) from None


def _read_needed_day(name: str) -> date:
    day = _read_day(name)
    if day is None:
        raise Invalid("Give a day, such as 2026-12-31.", field=name)
    return day


def _read_draft() -> AgreementDraft:
    days = request.form.get("remind_days", "").strip() or str(REMIND_DAYS)
    return AgreementDraft(
        title=request.form.get("title", ""),
        signed_on=_read_day("signed_on"),
        starts_on=_read_day("starts_on"),
        valid_to=_read_day("valid_to"),
        # What is no number is refused as one that is too small.
        remind_days=int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0,
    )


# -- Of an organisation ------------------------------------------------------------------------


def show_agreements(slug: str) -> str:
    """The agreements of an organisation, and a form for a new one."""
    with open_session() as session:
        organisation, _ = _open_organisation(session, slug)
        return _show_list(session, organisation, NOTHING_TYPED)


def post_agreement(slug: str) -> Response | tuple[str, int]:
    """Make an agreement; the rest of it is told on its own page."""
    problem: Invalid
    try:
        with open_session() as session:
            organisation, seat = _open_organisation(session, slug)
            check_form()
            made = add_agreement(
                session,
                organisation=organisation,
                draft=_read_draft(),
                undertakes=request.form.get("undertakes", ""),
                by=_make_change(seat, organisation.slug, _page_of(session, organisation)),
            )
            address = url_for("web.show_agreement_form", slug=made.slug, kept=1)
        return redirect(address, 303)
    except Invalid as error:
        problem = error
    with open_session() as session:
        organisation, _ = _open_organisation(session, slug)
        shown = _show_list(session, organisation, _give_back(problem))
    return shown, find_refusal(problem).status


def _open_organisation(session: Session, slug: str) -> tuple[Organisation, Seat]:
    organisation = get_organisation(session, slug=slug)
    subject = Subject(organisation.district_id, organisation_ids=frozenset({organisation.id}))
    return organisation, check_subject(subject, thing=Thing("organisation", organisation.id))


def _page_of(session: Session, organisation: Organisation) -> Page:
    district = session.get_one(District, organisation.district_id)
    return open_page(session, district=district.slug)


def _make_change(seat: Seat, whose: str, page: Page) -> Change:
    return Change(doer_of(seat, whose=whose), wiring().clock(), page.today)


def _show_list(session: Session, organisation: Organisation, editing: Editing) -> str:
    page = _page_of(session, organisation)
    found = agreements_of_party(session, organisation_id=organisation.id)
    return render(
        "agreements.html",
        page,
        organisation=organisation,
        lines=make_agreement_lines(found, today=page.today),
        editing=editing,
        values={"remind_days": str(REMIND_DAYS), **editing.values},
        most=MOST,
        token=form_token(),
        sprite=sprite_svg(("brand", "check", "closed", "plus")),
    )


# -- One agreement -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Kept:
    """An agreement that who asks may change, and as whom."""

    agreement: AgreementFacts
    page: Page
    by: Change


def _open(session: Session, slug: str) -> _Kept:
    agreement = get_agreement(session, slug=slug)
    seat = check_subject(subject_of(agreement), thing=thing_of(agreement.id))
    page = open_page(session, district=agreement.district)
    parties = [part for part in agreement.undertakings if part.party_id == seat.organisation_id]
    whose = (parties or list(agreement.undertakings))[:1]
    return _Kept(agreement, page, _make_change(seat, whose[0].party.slug if whose else "", page))


def show_agreement_form(slug: str) -> str:
    """An agreement as its parties change it."""
    with open_session() as session:
        return _show(session, _open(session, slug), NOTHING_TYPED)


def post_agreement_terms(slug: str) -> Response | tuple[str, int]:
    """Keep title and days."""

    def keep(session: Session, kept: _Kept) -> None:
        version = request.form.get("version", "")
        if not (version.isascii() and version.isdigit() and len(version) < 10):
            raise Invalid("This form was open for too long. Look it over and send it again.")
        change = (_read_draft(), int(version))
        change_terms(session, agreement_id=kept.agreement.id, change=change, by=kept.by)

    return _change(slug, keep)


def post_extension(slug: str) -> Response | tuple[str, int]:
    """Let it go on for longer."""

    def keep(session: Session, kept: _Kept) -> None:
        day = _read_needed_day("extended_to")
        extend_agreement(session, agreement_id=kept.agreement.id, valid_to=day, by=kept.by)

    return _change(slug, keep)


def post_ending(slug: str) -> Response | tuple[str, int]:
    """End it before its time."""

    def keep(session: Session, kept: _Kept) -> None:
        end_agreement(
            session,
            agreement_id=kept.agreement.id,
            ended_on=_read_needed_day("ended_on"),
            reason=request.form.get("reason", ""),
            by=kept.by,
        )

    return _change(slug, keep)


def post_party(slug: str) -> Response | tuple[str, int]:
    """Add a party, change what it does, or take it out."""

    def keep(session: Session, kept: _Kept) -> None:
        agreement_id = kept.agreement.id
        try:
            party = get_organisation(session, slug=request.form.get("organisation", ""))
        except NotFound:
            raise Invalid("Choose an organisation.", field="organisation") from None
        if request.form.get("remove") == "1":
            remove_party(session, agreement_id=agreement_id, organisation=party, by=kept.by)
            return
        put_party(
            session,
            agreement_id=agreement_id,
            organisation=party,
            undertakes=request.form.get("undertakes", ""),
            by=kept.by,
        )

    return _change(slug, keep)


def post_scan(slug: str) -> Response | tuple[str, int]:
    """Keep the scan of the paper, or take it away."""

    def keep(session: Session, kept: _Kept) -> None:
        if request.form.get("remove") == "1":
            remove_scan(session, agreement_id=kept.agreement.id, by=kept.by)
            return
        upload = request.files.get("scan")
        data = upload.stream.read(MOST_SCAN_BYTES + 1) if upload else b""
        sealer = wiring().sealer
        put_scan(session, agreement_id=kept.agreement.id, data=data, sealer=sealer, by=kept.by)

    return _change(slug, keep)


def show_scan(slug: str) -> Response:
    """The scan, to be kept by whoever manages the agreement: never shown in a page of ours."""
    with open_session() as session:
        kept = _open(session, slug)
        scan = read_scan(session, agreement_id=kept.agreement.id, sealer=wiring().sealer)
    response = make_response(scan.data)
    # What it says it is would be opened in the browser by some.
    response.mimetype = "application/octet-stream"
    name = f"{kept.agreement.slug}.{ENDINGS[scan.kind]}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return keep_private(response)


def _change(slug: str, keep: Callable[[Session, _Kept], None]) -> Response | tuple[str, int]:
    """Change something; what cannot be kept comes back as it was typed."""
    with open_session() as session:
        kept = _open(session, slug)
        check_form()
    try:
        with open_session() as session:
            keep(session, kept)
    except (Invalid, Conflict) as problem:
        with open_session() as session:
            shown = _show(session, _open(session, slug), _give_back(problem))
        return shown, find_refusal(problem).status
    return redirect(url_for("web.show_agreement_form", slug=slug, kept=1), 303)


def _show(session: Session, kept: _Kept, editing: Editing) -> str:
    agreement, page = kept.agreement, kept.page
    scan = find_scan(session, agreement_id=agreement.id)
    entries = list_entries(session, thing=thing_of(agreement.id), limit=MOST_ENTRIES)
    return render(
        "agreement_edit.html",
        page,
        agreement=agreement,
        stands=say_stands(agreement, today=page.today),
        is_good=is_good(agreement, today=page.today),
        parties=agreement.undertakings,
        organisations=list_organisations(session, district_id=agreement.district_id),
        scan=scan,
        scan_said=f"{ENDINGS[scan.kind].upper()}, {max(1, scan.byte_count // 1024)} kB, "
        f"{words.say_day(scan.added_on, today=page.today)}"
        if scan
        else "",
        editing=editing,
        values={**_fill(agreement), **editing.values},
        most=MOST,
        history=make_history(session, entries, place=page.place, today=page.today),
        is_kept="kept" in request.args,
        token=form_token(),
        sprite=sprite_svg(("brand", "check", "closed")),
    )


def _fill(agreement: AgreementFacts) -> dict[str, str]:
    term = agreement.term
    return {
        "title": agreement.title,
        "signed_on": str(term.signed_on or ""),
        "starts_on": str(term.starts_on or ""),
        "valid_to": str(term.valid_to or ""),
        "remind_days": str(term.remind_days),
        "version": str(agreement.version),
    }


# -- What it covers ----------------------------------------------------------------------------


def show_agreement_assets(slug: str) -> str:
    """What an agreement covers and could cover, to be ticked."""
    with open_session() as session:
        kept = _open(session, slug)
        return _show_assets(session, kept, NOTHING_TYPED)


def post_agreement_assets(slug: str) -> Response | tuple[str, int]:
    """Keep the ticks of one page, and what was typed beside them."""
    with open_session() as session:
        kept = _open(session, slug)
        check_form()
    after = request.form.get("after", "")
    try:
        with open_session() as session:
            ticked = set(request.form.getlist("asset"))
            shown = request.form.getlist("shown")[:MOST_ON_PAGE]
            add = [*(code for code in shown if code in ticked), *_read_numbers()]
            remove = [code for code in shown if code not in ticked and code not in add]
            cover_assets(
                session, agreement_id=kept.agreement.id, add=add, remove=remove, by=kept.by
            )
    except Invalid as problem:
        with open_session() as session:
            shown_page = _show_assets(session, kept, _give_back(problem))
        return shown_page, find_refusal(problem).status
    return redirect(
        url_for("web.show_agreement_assets", slug=slug, after=after or None, kept=1), 303
    )


def _read_numbers() -> list[str]:
    """The numbers of things as they were typed, with spaces or commas between them."""
    typed = request.form.get("numbers", "").replace(",", " ").replace(";", " ").split()
    if len(typed) > MOST_TYPED:
        raise Invalid("Give at most {most} numbers at once.", field="numbers", most=MOST_TYPED)
    return [read_code(number) for number in typed]


def _show_assets(session: Session, kept: _Kept, editing: Editing) -> str:
    agreement = kept.agreement
    after = request.values.get("after", "")
    found = list_coverable(
        session, agreement=agreement, today=kept.page.today, after=after, limit=MOST_ON_PAGE
    )
    shown = found[:MOST_ON_PAGE]
    covered = covered_among(
        session, agreement_id=agreement.id, asset_ids=[asset.id for asset in shown]
    )
    ticked = set(request.form.getlist("asset"))
    return render(
        "agreement_assets.html",
        kept.page,
        agreement=agreement,
        assets=[
            (
                asset,
                words.KINDS[asset.kind],
                asset.code in ticked if editing.problem else asset.id in covered,
            )
            for asset in shown
        ],
        after=after,
        next_url=url_for("web.show_agreement_assets", slug=agreement.slug, after=shown[-1].code)
        if len(found) > MOST_ON_PAGE
        else "",
        editing=editing,
        values=editing.values,
        is_kept="kept" in request.args,
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


_ONE = "/agreements/<slug>"
ROUTES = (
    Route("/organisations/<slug>/agreements", show_agreements, Permission.MANAGE_ASSET),
    *(
        Route(rule, view, Permission.MANAGE_ASSET, methods=("POST",))
        for rule, view in (
            ("/organisations/<slug>/agreements", post_agreement),
            (f"{_ONE}/edit", post_agreement_terms),
            (f"{_ONE}/extend", post_extension),
            (f"{_ONE}/end", post_ending),
            (f"{_ONE}/parties", post_party),
            (f"{_ONE}/assets", post_agreement_assets),
            (f"{_ONE}/scan", post_scan),
        )
    ),
    Route(f"{_ONE}/edit", show_agreement_form, Permission.MANAGE_ASSET),
    Route(f"{_ONE}/assets", show_agreement_assets, Permission.MANAGE_ASSET),
    Route(f"{_ONE}/scan", show_scan, Permission.MANAGE_ASSET),
)
