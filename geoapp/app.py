"""create_app(): wires settings, sessions, routes and the error tables together."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from flask_compress import Compress
from sqlalchemy import Connection, Engine, MetaData, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadHost, HTTPException, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix

from geoapp import actors
from geoapp.accounts import tables as accounts
from geoapp.agreements import tables as agreements
from geoapp.api import acts, headers, problems, reports, tiles, v1
from geoapp.api import platforms as api_platforms
from geoapp.api import voices as api_voices
from geoapp.areas import tables as areas
from geoapp.assets import tables as assets
from geoapp.budgets import tables as budgets
from geoapp.care import tables as care
from geoapp.care.actions import follow_changes
from geoapp.claims import tables as claims
from geoapp.completeness import tables as completeness
from geoapp.config import PROJECT_DIR, Settings, check_production, keep_secret
from geoapp.db.base import Base
from geoapp.db.session import make_engine
from geoapp.defects import tables as defects
from geoapp.districts import tables as districts
from geoapp.edge import (
    KEY,
    RowNumber,
    Wiring,
    add_routes,
    check_every_route,
    check_text,
)
from geoapp.errors import Invalid
from geoapp.hours import tables as hours
from geoapp.inspections import tables as inspections
from geoapp.keys import tables as keys
from geoapp.ledger import tables as ledger
from geoapp.media import tables as media
from geoapp.media.store import FileStore
from geoapp.moderation import tables as moderation
from geoapp.needs import tables as needs
from geoapp.neighbourhoods import tables as neighbourhoods
from geoapp.norms import tables as norms
from geoapp.operate import health
from geoapp.operate.health import count_requests
from geoapp.operate.logs import log_requests
from geoapp.outbox import tables as outbox
from geoapp.people import tables as people
from geoapp.plans import tables as plans
from geoapp.platforms import tables as platforms
from geoapp.questions import tables as questions
from geoapp.recognition import tables as recognition
from geoapp.refusals import find_refusal
from geoapp.sealing import Sealer
from geoapp.searches import tables as searches
from geoapp.uploads import tables as uploads
from geoapp.walking import tables as walking
from geoapp.web import (
    account,
    agreement_editing,
    answers,
    area_names,
    booklet,
    claiming,
    contacts,
    contracts,
    counter_views,
    defect_pages,
    demo,
    demo_people,
    desk,
    following,
    forms,
    gap_files,
    gap_loss,
    gap_more,
    gap_search,
    gap_snapshot,
    gap_walk,
    gaps,
    hiding,
    home,
    hours_editing,
    inspecting,
    keepers_editing,
    keeping,
    known,
    ladder,
    language,
    mandates,
    maps,
    mediating,
    monday,
    money,
    moving,
    neighbourhood_drawing,
    own,
    own_words,
    page,
    placing,
    plan,
    plan_editing,
    plan_money,
    platform_editing,
    register_editing,
    register_pages,
    register_steps,
    registers,
    removing,
    report,
    residents,
    reviewing,
    rounds,
    security,
    sightings,
    signing_in,
    signs,
    statics,
    trust,
    voices,
    walk,
    week,
)
from geoapp.web import agreements as agreement_pages
from geoapp.web import care as care_pages
from geoapp.web import claims as claim_pages
from geoapp.web import errors as pages
from geoapp.web import keys as key_pages
from geoapp.web import moderation as moderation_pages
from geoapp.web import neighbourhoods as neighbourhood_pages
from geoapp.web import norms as norm_pages
from geoapp.web import plans as plan_pages
from geoapp.web import platforms as platform_pages
from geoapp.web import questions as question_pages
from geoapp.web import recognition as recognition_pages

TABLES = (
    districts,
    media,
    outbox,
    ledger,
    people,
    accounts,
    uploads,
    areas,
    neighbourhoods,
    platforms,
    claims,
    recognition,
    assets,
    hours,
    agreements,
    keys,
    inspections,
    budgets,
    defects,
    care,
    plans,
    questions,
    moderation,
    walking,
    norms,
    needs,
    completeness,
    searches,
)

log = logging.getLogger("geoapp")


def metadata() -> MetaData:
    """The tables of all nouns, for migrations and their check."""
    return Base.metadata


def create_app(
    settings: Settings,
    *,
    engine: Engine | Connection | None = None,
    clock: Callable[[], datetime] | None = None,
    figures: Path | None = None,
) -> Flask:
    """The service, ready to answer.

    `engine` and `clock` replace what `settings` and the machine would give: for tests. `figures`
    is a folder in which several processes that serve count their requests together.

    Raises:
        Invalid: no database address is set; or the settings are not for production.
        NotAllowed: an endpoint declares no permission.
    """
    check_production(settings)
    if engine is None:
        if settings.database_url is None:
            raise Invalid("Set DATABASE_URL, or start with `geoapp demo`, which brings its own.")
        engine = make_engine(settings.database_url)
    settings = keep_secret(settings)
    app = Flask(__name__, static_folder=None, template_folder="web/templates")
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    app.url_map.redirect_defaults = False
    app.url_map.converters["int"] = RowNumber
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.extensions[KEY] = Wiring(
        settings,
        engine,
        clock or _utc_now,
        FileStore(settings.media_dir),
        Sealer(settings.secret),
        permissions={},
        follow=follow_changes,
    )
    # Five photos of 10 MB in base64, and words; text alone may be long, to be given back.
    app.config["MAX_CONTENT_LENGTH"] = 70 * 1024 * 1024
    app.config["MAX_FORM_MEMORY_SIZE"] = 16 * 1024 * 1024
    app.config["TRUSTED_HOSTS"] = list(settings.hosts) or None
    if settings.proxy_hops:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # as Flask's own guide has it
            app.wsgi_app,
            x_for=settings.proxy_hops,
            x_proto=settings.proxy_hops,
            x_host=settings.proxy_hops,
        )
    log_requests(app)
    count_requests(app, folder=figures)
    app.before_request(check_text)
    app.before_request(actors.check_permission)
    # The last word on an answer's headers is the first one's here: Flask goes backwards.
    app.after_request(forms.keep_form_cookie)
    app.after_request(actors.keep_session_cookie)
    app.after_request(actors.keep_refusal)
    language.set_up(app)
    security.set_up(app)
    headers.set_up(app)
    page.set_up(app)
    statics.set_up(app, PROJECT_DIR / "static")
    add_routes(app, "operate", health.ROUTES)
    add_routes(app, "tiles", tiles.ROUTES)
    machines = (v1, reports, acts, api_voices, api_platforms)
    for tongue in machines:
        add_routes(app, "api", tongue.ROUTES)
    add_routes(
        app,
        "web",
        home.ROUTES
        + ladder.ROUTES
        + residents.ROUTES
        + sightings.ROUTES
        + signs.ROUTES
        + defect_pages.ROUTES
        + report.ROUTES
        + platform_pages.ROUTES
        + answers.ROUTES
        + care_pages.ROUTES
        + registers.ROUTES
        + register_pages.ROUTES
        + register_steps.ROUTES
        + contacts.ROUTES
        + maps.ROUTES
        + demo.ROUTES
        + trust.ROUTES
        + statics.ROUTES
        + signing_in.ROUTES
        + account.ROUTES
        + following.ROUTES
        + gap_files.ROUTES
        + gap_loss.ROUTES
        + gap_more.ROUTES
        + gap_search.ROUTES
        + voices.ROUTES
        + own.ROUTES
        + platform_editing.ROUTES
        + neighbourhood_pages.ROUTES
        + neighbourhood_drawing.ROUTES
        + area_names.ROUTES
        + known.ROUTES
        + norm_pages.ROUTES
        + claiming.ROUTES
        + claim_pages.ROUTES
        + mandates.ROUTES
        + recognition_pages.ROUTES
        + reviewing.ROUTES
        + hiding.ROUTES
        + hours_editing.ROUTES
        + register_editing.ROUTES
        + keepers_editing.ROUTES
        + contracts.ROUTES
        + agreement_pages.ROUTES
        + agreement_editing.ROUTES
        + key_pages.ROUTES
        + inspecting.ROUTES
        + removing.ROUTES
        + rounds.ROUTES
        + keeping.ROUTES
        + plan.ROUTES
        + booklet.ROUTES
        + own_words.ROUTES
        + counter_views.ROUTES
        + gaps.ROUTES
        + gap_walk.ROUTES
        + gap_snapshot.ROUTES
        + placing.ROUTES
        + moving.ROUTES
        + plan_pages.ROUTES
        + plan_editing.ROUTES
        + plan_money.ROUTES
        + money.ROUTES
        + demo_people.ROUTES
        + moderation_pages.ROUTES
        + desk.ROUTES
        + walk.ROUTES
        + monday.ROUTES
        + question_pages.ROUTES
        + mediating.ROUTES
        + week.ROUTES,
    )
    _answer_errors(app)
    _compress(app)
    check_every_route(app)
    return app


def refuse_examples(engine: Engine | Connection) -> None:
    """Nothing invented is shown to the public.

    Raises:
        Invalid: the database holds examples.
    """
    marked = [table for table in metadata().sorted_tables if "is_example" in table.c]
    with Session(engine) as session:
        found = [
            table.name
            for table in marked
            if session.scalar(select(table.c.is_example).where(table.c.is_example).limit(1))
        ]
    if found:
        raise Invalid(
            "This is production, and there are examples ({tables}): run `geoapp examples remove`.",
            tables=", ".join(found),
        )


def _utc_now() -> datetime:
    return datetime.now(tz=UTC)  # noqa: TID251  the edge of the service: here is its clock


def _compress(app: Flask) -> None:
    # Tiles are gzipped by their own view, once, with a tag of their own.
    app.config["COMPRESS_ALGORITHM"] = ["br", "gzip"]
    app.config["COMPRESS_MIMETYPES"] = [
        "text/html",
        "text/css",
        "text/javascript",
        "application/json",
        "application/problem+json",
        "image/svg+xml",
    ]
    Compress(app)


def _answer_errors(app: Flask) -> None:
    """One table from error to answer; machines get problem details, people a page."""

    def for_machines() -> bool:
        return request.path.startswith(("/api/", "/tiles/", "/health/", "/metrics"))

    @app.errorhandler(BadHost)
    @app.errorhandler(SecurityError)
    def answer_host(error: HTTPException) -> Any:
        # Under a name that is not ours, or none, no address can be made, so there is no page.
        return Response(
            "This service does not answer to that name.\n", error.code, mimetype="text/plain"
        )

    @app.errorhandler(Exception)
    def answer(error: Exception) -> Any:
        _log_error(error)
        return problems.answer_problem(error) if for_machines() else pages.show_error(error)


def _log_error(error: Exception) -> None:
    """What operators must know of: the database away, no room, and what was not foreseen."""
    match find_refusal(error).status:
        case 503:
            log.error("the database: %s", type(getattr(error, "orig", error)).__name__)
        case 507:
            log.error("the media folder is full")
        case 500:
            log.error(
                "unexpected: %s on %s", type(error).__name__, request.endpoint, exc_info=error
            )
