"""Evidence of a platform: what the service knows of it already is proposed, and what was chosen is
looked up by its kind and public code. Each noun that can show something has a line in the tables
below; what none of them knows any more is shown by its code alone."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from flask import url_for
from sqlalchemy.orm import Session

from geoapp.agreements.queries import AgreementFacts, agreements_named, agreements_of_party
from geoapp.assets.queries import AssetFacts, list_assets
from geoapp.assets.tables import Asset
from geoapp.db.codes import read_code
from geoapp.defects.queries import DefectFacts, checked_by, list_defects
from geoapp.defects.tables import Defect
from geoapp.errors import Invalid
from geoapp.placing.queries import list_kept
from geoapp.plans.queries import PlanName, list_named, list_realised
from geoapp.platforms.queries import PlatformFacts
from geoapp.recognition.rules import Evidence, EvidenceKind, write_evidence
from geoapp.web.cards import title_of
from geoapp.web.language import Words, lazy_gettext

MOST_PROPOSED = 12

KINDS: dict[EvidenceKind, Words] = {
    EvidenceKind.ASSET: lazy_gettext("On the map"),
    EvidenceKind.AGREEMENT: lazy_gettext("Agreement"),
    EvidenceKind.REPORT: lazy_gettext("Report"),
    EvidenceKind.PLAN: lazy_gettext("Plan"),
}


@dataclass(frozen=True)
class Shown:
    """A piece of evidence on a page; `url` is empty where it is not there any more. `value` is what
    a form sends."""

    value: str
    kind: str
    name: str
    url: str
    is_example: bool = False


Found = Mapping[str, Shown]


def propose_evidence(session: Session, platform: PlatformFacts, today: date) -> list[Shown]:
    """What the service knows that a platform has done: some of each kind."""
    return [shown for propose in PROPOSERS for shown in propose(session, platform, today)]


def resolve_evidence(
    session: Session, evidence: Iterable[Evidence], today: date
) -> dict[Evidence, Shown]:
    """Each piece as a page shows it; one statement or two for each kind, however many."""
    wanted: dict[EvidenceKind, list[str]] = {}
    for one in evidence:
        wanted.setdefault(one.kind, []).append(one.code)
    resolved: dict[Evidence, Shown] = {}
    for kind, codes in wanted.items():
        resolve = RESOLVERS.get(kind)
        found = resolve(session, codes, today) if resolve else {}
        for code in codes:
            one = Evidence(kind, code)
            bare = Shown(write_evidence(one), str(KINDS[kind]), code, "")
            resolved[one] = found.get(code, bare)
    return resolved


def find_by_code(session: Session, words: str, today: date) -> Evidence:
    """The thing or report of this number, as people read it on a sign or a page.

    Raises:
        Invalid: there is none.
    """
    code = read_code(words.strip())
    for kind in (EvidenceKind.ASSET, EvidenceKind.REPORT):
        if code in RESOLVERS[kind](session, [code], today):
            return Evidence(kind, code)
    raise Invalid("There is nothing on the map with number {code}.", field="code", code=words)


def _show_asset(asset: AssetFacts) -> Shown:
    return Shown(
        write_evidence(Evidence(EvidenceKind.ASSET, asset.code)),
        str(KINDS[EvidenceKind.ASSET]),
        asset.name,
        url_for("web.show_asset", code=asset.code),
        asset.is_example,
    )


def _show_agreement(agreement: AgreementFacts) -> Shown:
    return Shown(
        write_evidence(Evidence(EvidenceKind.AGREEMENT, agreement.slug)),
        str(KINDS[EvidenceKind.AGREEMENT]),
        agreement.title,
        url_for("web.show_agreement", slug=agreement.slug),
        agreement.is_example,
    )


def _show_report(defect: DefectFacts) -> Shown:
    return Shown(
        write_evidence(Evidence(EvidenceKind.REPORT, defect.code)),
        str(KINDS[EvidenceKind.REPORT]),
        title_of(defect),
        url_for("web.show_defect", code=defect.code),
        defect.is_example,
    )


def _resolve_assets(session: Session, codes: Collection[str], _today: date) -> Found:
    found = list_assets(session, where=[Asset.code.in_(codes)], limit=len(codes))
    return {one.code: _show_asset(one) for one in found}


def _resolve_agreements(session: Session, codes: Collection[str], _today: date) -> Found:
    return {one.slug: _show_agreement(one) for one in agreements_named(session, slugs=codes)}


def _resolve_reports(session: Session, codes: Collection[str], today: date) -> Found:
    found = list_defects(session, today=today, where=[Defect.code.in_(codes)], limit=len(codes))
    return {one.code: _show_report(one) for one in found}


def _show_plan(item: PlanName) -> Shown:
    return Shown(
        write_evidence(Evidence(EvidenceKind.PLAN, item.code)),
        str(KINDS[EvidenceKind.PLAN]),
        item.title,
        url_for("web.show_plan", code=item.code),
        item.is_example,
    )


def _resolve_plans(session: Session, codes: Collection[str], _today: date) -> Found:
    return {one.code: _show_plan(one) for one in list_named(session, codes=codes)}


def _propose_plans(session: Session, platform: PlatformFacts, _today: date) -> list[Shown]:
    realised = list_realised(session, platform_id=platform.id, limit=MOST_PROPOSED)
    return [_show_plan(one) for one in realised]


def _propose_assets(session: Session, platform: PlatformFacts, today: date) -> list[Shown]:
    kept = list_kept(
        session,
        organisation_id=platform.organisation_id,
        today=today,
        after=None,
        limit=MOST_PROPOSED,
    )
    return [_show_asset(one) for one in kept.assets]


def _propose_agreements(session: Session, platform: PlatformFacts, _today: date) -> list[Shown]:
    found = agreements_of_party(session, organisation_id=platform.organisation_id)
    return [_show_agreement(one) for one in found[:MOST_PROPOSED]]


def _propose_reports(session: Session, platform: PlatformFacts, today: date) -> list[Shown]:
    checked = Defect.id.in_(checked_by(platform.organisation_id, limit=MOST_PROPOSED))
    found = list_defects(session, today=today, where=[checked], limit=MOST_PROPOSED)
    return [_show_report(one) for one in found[:MOST_PROPOSED]]


PROPOSERS: tuple[Callable[[Session, PlatformFacts, date], list[Shown]], ...] = (
    _propose_assets,
    _propose_agreements,
    _propose_plans,
    _propose_reports,
)
RESOLVERS: dict[EvidenceKind, Callable[[Session, Collection[str], date], Found]] = {
    EvidenceKind.ASSET: _resolve_assets,
    EvidenceKind.AGREEMENT: _resolve_agreements,
    EvidenceKind.REPORT: _resolve_reports,
    EvidenceKind.PLAN: _resolve_plans,
}
