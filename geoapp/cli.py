"""The command `geoapp`: each subcommand is one call; errors become one sentence."""

import dataclasses
import logging.config
import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import Session

from geoapp.accounts.actions import (
    COMMAND,
    Invitation,
    demote_person,
    erase_account,
    invite_person,
    reset_factor,
)
from geoapp.app import create_app, metadata, refuse_examples
from geoapp.assets.queries import codes_of_seen_pictures
from geoapp.care.actions import refresh_districts
from geoapp.config import (
    DEMO_MAIL_DIR,
    PROJECT_DIR,
    Settings,
    check_production,
    keep_secret,
    read_settings,
)
from geoapp.coverage.gaps.questions import WANTED, Question, read_question
from geoapp.coverage.gaps.spots import MOST_COUNT, More, Whence
from geoapp.db.base import new_id
from geoapp.db.cluster import release_cluster, remove_cluster, start_cluster, stop_cluster
from geoapp.db.installation import find_cluster
from geoapp.db.migrating import migrate
from geoapp.db.session import make_engine, normalise_url, transaction
from geoapp.defects.queries import codes_of_pictures
from geoapp.dialogue.jobs import make_jobs, sweep
from geoapp.districts.actions import set_retention
from geoapp.districts.queries import get_district, list_districts, read_retention
from geoapp.districts.rules import Kept
from geoapp.errors import Conflict, GeoappError, Invalid, NotFound
from geoapp.exchange.backup import back_up, restore
from geoapp.exchange.demo import load_demo
from geoapp.exchange.examples import load_examples, remove_examples
from geoapp.exchange.exports import REGISTER, WRITERS, read_rows
from geoapp.exchange.gap_answers import Order, answer
from geoapp.exchange.gap_files import GAP_WRITERS
from geoapp.exchange.importing import import_file
from geoapp.exchange.reports import write_outcomes, write_problems
from geoapp.exchange.rows import WrongRows
from geoapp.intake.following import drop_unused_address
from geoapp.intake.keeping import sweep_old
from geoapp.ledger.audit import list_entries, record_change, verify_all, verify_chain
from geoapp.ledger.batches import list_batches, undo_batch
from geoapp.ledger.chain import Deed, Thing
from geoapp.media.actions import sweep_pictures
from geoapp.media.queries import list_held
from geoapp.media.rules import Size
from geoapp.media.store import FileStore
from geoapp.moderation.actions import judge_picture
from geoapp.moderation.rules import PICTURE_AFTER, Judgement, Reason, Verdict
from geoapp.neighbourhoods.counting import rebuild_population
from geoapp.operate.logs import make_log_settings
from geoapp.outbox.actions import retry_given_up
from geoapp.outbox.mails import Mail, forget_caught, make_mailer
from geoapp.outbox.worker import run, run_once
from geoapp.people.actions import assign_contact, keep_address, set_mailbox
from geoapp.people.queries import (
    find_person,
    get_contact,
    get_organisation,
    get_person,
    list_persons,
)
from geoapp.people.rules import SCOPES, MembershipDraft, Role, read_address
from geoapp.processes import (
    end_with_parent,
    find_free_port,
    ignore_signals,
    interrupt_on_signals,
    run_children,
    run_server,
    stop_event,
    wait_for_an_end,
    wait_until_served,
)
from geoapp.sealing import Sealer
from geoapp.searches.actions import sweep_searches
from geoapp.searches.solving import Solver, make_searches
from geoapp.web.mails import make_handlers

DATA_DIR = PROJECT_DIR / "data"
HOST = "127.0.0.1"
PORT = 8000
SPOTS = [one.value for one in Whence]
OUT_HELP = f"Write it to this file, by the end of its name: {', '.join(GAP_WRITERS)}."


class _Commands(click.Group):
    """Turns the errors we expect into one sentence on stderr and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GeoappError as error:
            raise click.ClickException(str(error)) from error
        except OperationalError as error:
            reason = str(error.orig).strip().splitlines()[0]
            raise click.ClickException(f"The database cannot be used: {reason}") from error


@click.group(cls=_Commands)
@click.version_option(package_name="geoapp")
def main() -> None:
    """A map of neighbourhood assets and problems."""


# -- Serving ---------------------------------------------------------------------------------


@main.command()
@click.option("--host", default=HOST, show_default=True)
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1))
@click.option("--quiet", is_flag=True, help="No line for each request.")
@click.option("--with-parent", is_flag=True, hidden=True, help="End when the caller ends.")
def serve(host: str, port: int, workers: int, *, quiet: bool, with_parent: bool) -> None:
    """Serve over HTTP with the database that is there; logs are JSON lines on stderr."""
    if with_parent:
        end_with_parent()
    # As they were set: a private cluster is no database for production.
    check_production(read_settings())
    settings = _settings_with_database()
    _refuse_examples_in_production()
    options = {
        "bind": f"{_bracketed(host)}:{port}",
        "workers": workers,
        "logconfig_dict": make_log_settings(with_requests=not quiet),
    }
    run_server(settings, options)


@main.command()
@click.option("--once", is_flag=True, help="Send what is due, and end.")
@click.option("--with-parent", is_flag=True, hidden=True, help="End when the caller ends.")
def worker(*, once: bool, with_parent: bool) -> None:
    """Send the mail that waits in the outbox; logs are JSON lines on stderr."""
    if with_parent:
        end_with_parent()
    check_production(read_settings())
    settings = _settings_with_database()
    mailer = make_mailer(settings)
    with _engine() as engine:
        mails = make_handlers(create_app(settings, engine=engine), mailer)
        stop = threading.Event() if once else stop_event()
        handlers = mails | make_jobs(_now) | make_searches(Solver(engine, _now, stop))
        logging.config.dictConfig(make_log_settings(with_requests=False))
        if once:
            click.echo(f"{run_once(engine, handlers, clock=_now)} sent.")
        else:
            run(engine, handlers, clock=_now, stop=stop, sweep=_sweep_all)


def _sweep_all(session: Session, *, now: datetime) -> None:
    sweep_searches(session, now=now)
    sweep(session, now=now)


@main.group()
def mail() -> None:
    """Mail: whether it leaves, and what was given up."""


@mail.command(name="try")
@click.argument("address")
def try_mail(address: str) -> None:
    """Send one mail to ADDRESS at once, past the outbox; nothing of it is stored."""
    words = "This is a trial: mail leaves this service."
    settings = read_settings()
    trial = Mail(new_id(), to=address, subject=words, text=f"{words}\n", language="en")
    try:
        make_mailer(settings).send(trial, now=_now())
    except ValueError as error:
        raise Invalid(f"{address} is no e-mail address.") from error
    except OSError as error:
        raise Conflict(f"It did not leave ({type(error).__name__}): {error}") from error
    where = f"caught in {settings.mail_folder}" if settings.mail_folder else "with the mail server"
    click.echo(f"It has left: it is {where}.")


@mail.command(name="retry")
def retry_mail() -> None:
    """Have the worker try anew what was given up."""
    with _engine() as engine, transaction(engine) as session:
        click.echo(f"{retry_given_up(session, now=_now())} wait again.")


# -- Database --------------------------------------------------------------------------------


@main.group()
def db() -> None:
    """The database: bring it up, take it down, migrate it."""


@db.command()
def up() -> None:
    """Bring up the private cluster of this folder, to stay until `db down`."""
    if read_settings().database_url:
        raise Invalid("DATABASE_URL is set, so there is no database of this folder to bring up.")
    started = start_cluster(PROJECT_DIR, say=click.echo)
    click.echo(f"{'Started' if started else 'Running already'}: {find_cluster(PROJECT_DIR).url}")


@db.command()
def down() -> None:
    """Stop the private cluster of this folder; its data are kept."""
    click.echo("Stopped." if stop_cluster(PROJECT_DIR) else "It was not running.")


@db.command(name="migrate")
def migrate_database() -> None:
    """Bring the schema to the newest version."""
    with _engine() as engine:
        _migrate(engine)
    click.echo("The schema is up to date.")


@db.command(name="backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def back_up_all(file: Path) -> None:
    """Write the database and the pictures to FILE."""
    store = FileStore(read_settings().media_dir)
    with _engine() as engine:
        count = back_up(engine, store=store, file=file, now=_now())
    click.echo(f"{file}: the database and {count} picture files.")


@db.command(name="restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore_all(file: Path) -> None:
    """Bring the backup in FILE into an empty database."""
    store = FileStore(read_settings().media_dir)
    with _engine() as engine:
        count = restore(engine, metadata(), store=store, file=file)
    click.echo(f"{file}: the database and {count} picture files are back.")
    _refuse_examples_in_production()


# -- Files and examples ----------------------------------------------------------------------


@main.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "layout_name", required=True, metavar="KIND", help="What the file holds.")
@click.option("--dry-run", is_flag=True, help="Say what would become of each row; store nothing.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what became of each row, and what to do, to this CSV file.",
)
def import_one(file: Path, layout_name: str, *, dry_run: bool, report: Path | None) -> None:
    """Import FILE, all or nothing; a second run changes nothing."""
    if report is not None and report.resolve() == file.resolve():
        raise Invalid("The report would overwrite the file itself: give it another name.")
    with _engine() as engine, transaction(engine) as session, session.begin_nested() as trial:
        try:
            imported = import_file(session, file, layout_name=layout_name, say=click.echo)
            refresh_districts(session, now=_now())
        except WrongRows as wrong:
            if report is not None:
                write_problems(report, wrong)
            raise
        if report is not None:
            write_outcomes(report, imported.tally)
        if read_settings().production:
            refuse_examples(session.connection())
        if dry_run:
            trial.rollback()
    for line in imported.lines():
        click.echo(line)
    if dry_run:
        click.echo("This was a dry run: nothing is stored.")
    elif imported.batch is not None:
        click.echo(f"Batch {imported.batch}. To undo it: geoapp batches undo {imported.batch}")


@main.command(name="export")
@click.argument("district", metavar="DISTRICT")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--odbl", is_flag=True, help="Write the rows under the ODbL, and those alone.")
def export_register(district: str, file: Path, *, odbl: bool) -> None:
    """Write what stands in DISTRICT to FILE, by the end of its name: .geojson, .gpkg or .csv."""
    writer = WRITERS.get(file.suffix)
    if writer is None:
        raise Invalid("Give the file a name that ends in {ends}.", ends=", ".join(WRITERS))
    url = read_settings().url
    with _engine() as engine, transaction(engine) as session:
        rows = read_rows(
            session,
            district=get_district(session, slug=district).slug,
            is_share_alike=odbl,
            url_of=lambda code: f"{url}/assets/{code}",
        )
        file.write_bytes(writer.write(rows, layer=REGISTER, now=_now()))
    click.echo(f"{file}: what stands in {district}.")


@main.command()
@click.option("--district", metavar="SLUG", help="Of which district; the first if not given.")
@click.option("--kind", required=True, type=click.Choice(WANTED), help="What is looked for.")
@click.option("--norm", default="400", show_default=True, help="Its code, code:band, or metres.")
@click.option("--need", default=Question.need, show_default=True, help="The layer of need.")
@click.option("--at", default="", metavar="TIME", help='Like "Sat 15:00"; any time if not given.')
@click.option("--best", default=0, type=click.IntRange(0, MOST_COUNT), help="So many best spots.")
@click.option("--spots", default="grid", show_default=True, type=click.Choice(SPOTS))
@click.option("--exact", is_flag=True, help="The best spots reckoned exactly: at most a minute.")
@click.option("--crowding", is_flag=True, help="How many share each place.")
@click.option("--equity", is_flag=True, help="How even it is.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help=OUT_HELP)
def gaps(district: str | None, **given: Any) -> None:
    """Say for how many something is near, not near or not known, where it could come, and write it
    to a file."""
    try:
        question = read_question({name: given[name] for name in ("kind", "norm", "need", "at")})
        if given["exact"] and not given["best"]:
            raise Invalid("Say with --best how many spots.", field="exact")
        with _engine() as engine, transaction(engine) as session:
            order = Order(
                district=district or _first_district(session),
                question=question,
                more=More(given["best"], Whence(given["spots"])) if given["best"] else None,
                is_exact=given["exact"],
                with_crowding=given["crowding"],
                with_equity=given["equity"],
                out=given["out"],
            )
            for line in answer(session, order, now=_now(), say=partial(click.echo, err=True)):
                click.echo(line)
    except (Invalid, NotFound) as error:
        named = next((name for name in (error.field, *error.values) if name in given), None)
        if named is None:
            raise
        raise click.BadParameter(str(error), param_hint=f"--{named}") from error


@main.group()
def batches() -> None:
    """Imports that changed something, each to be undone as one."""


@batches.command(name="list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
def list_imports(limit: int) -> None:
    """Imports, the newest first: number, when, kind, file, rows."""
    with _engine() as engine, transaction(engine) as session:
        for batch in list_batches(session, limit=limit):
            undone = ", undone" if batch.undone_at else ""
            click.echo(
                f"{batch.number}  {batch.imported_at:%Y-%m-%d %H:%M}  {batch.layout}  "
                f"{batch.file_name}: {batch.new_count} new, {batch.changed_count} changed{undone}"
            )


@batches.command(name="undo")
@click.argument("number", type=click.IntRange(1))
def undo_import(number: int) -> None:
    """Take back all that import NUMBER did, or nothing."""
    with _engine() as engine, transaction(engine) as session:
        count = undo_batch(session, number=number, now=_now())
        refresh_districts(session, now=_now())
        _spread_people(session)
    click.echo(f"Batch {number} is undone: {count} rows are as they were.")


@main.group()
def audit() -> None:
    """Who changed what."""


@audit.command()
@click.option(
    "--thing",
    "wanted",
    type=(str, click.UUID),
    metavar="KIND ID",
    help="One thing's chain; without it, all of them.",
)
@click.pass_context
def verify(context: click.Context, wanted: tuple[str, uuid.UUID] | None) -> None:
    """Say what of the audit is not as it was written, a line each; exit code 1 if anything."""
    thing = None if wanted is None else Thing(*wanted)
    count = 0
    with _engine() as engine, transaction(engine) as session:
        for fault in verify_all(session) if thing is None else verify_chain(session, thing=thing):
            click.echo(fault)
            count += 1
        if thing and not count and not list_entries(session, thing=thing, limit=1):
            raise NotFound("Nothing is recorded of {kind} {id}.", kind=thing.kind, id=thing.id)
    if count:
        context.exit(1)
    click.echo("The audit is as it was written.")


@main.group()
def examples() -> None:
    """Invented content, marked as such."""


@examples.command(name="load")
@click.option("--district", metavar="SLUG", help="Whose examples; the first district if not given.")
@click.option(
    "--from",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the examples; data/examples/SLUG if not given.",
)
def load_all_examples(district: str | None, folder: Path | None) -> None:
    """Load the examples, dated relative to today."""
    _refuse_production()
    with _engine() as engine, transaction(engine) as session:
        slug = district or _first_district(session)
        own = folder or DATA_DIR / "examples" / slug
        load_examples(session, folder=own, district=slug, sealer=_sealer(), now=_now())
        refresh_districts(session, now=_now())
    click.echo("The examples are loaded.")


@examples.command(name="remove")
def remove_all_examples() -> None:
    """Take every example away."""
    with _engine() as engine, transaction(engine) as session:
        removed = remove_examples(session)
        refresh_districts(session, now=_now())
    click.echo(f"Removed {removed} examples. `geoapp pictures sweep` deletes their photos' files.")


@main.group()
def pictures() -> None:
    """Photos of reports and places: held until somebody has looked."""


@pictures.command(name="list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def list_pictures(limit: int) -> None:
    """Photos nobody has looked at, oldest first: number, report or place, file."""
    store = FileStore(read_settings().media_dir)
    with _engine() as engine, transaction(engine) as session:
        held = list_held(session, limit=limit)
        ids = [picture.id for picture in held]
        codes = codes_of_pictures(session, picture_ids=ids)
        codes |= codes_of_seen_pictures(session, picture_ids=ids)
        for picture in held:
            file = store.path_of(picture.id, Size.LARGE)
            click.echo(f"{picture.id}  {codes.get(picture.id, '-')}  {file}")
    click.echo(f"{len(held)} held. Look at the file, then: geoapp pictures show|hide NUMBER")


@pictures.command(name="show")
@click.argument("picture_id", metavar="NUMBER", type=click.UUID)
def show_picture(picture_id: uuid.UUID) -> None:
    """Let everybody see a photo."""
    _judge_picture(picture_id, Judgement(Verdict.SHOW))


@pictures.command(name="hide")
@click.argument("picture_id", metavar="NUMBER", type=click.UUID)
@click.option(
    "--reason",
    type=click.Choice([reason.value for reason in Reason]),
    default=Reason.OTHER.value,
    show_default=True,
    help="Why; everybody can read it.",
)
def hide_picture(picture_id: uuid.UUID, reason: str) -> None:
    """Let nobody see a photo; its report stays."""
    _judge_picture(picture_id, Judgement(Verdict.HIDE, Reason(reason)))


def _judge_picture(picture_id: uuid.UUID, judgement: Judgement) -> None:
    with _engine() as engine, transaction(engine) as session:
        judge_picture(
            session,
            picture_id=picture_id,
            judgement=judgement,
            was=None,
            doer=COMMAND,
            now=_now(),
        )
    click.echo(f"{picture_id} is {PICTURE_AFTER[judgement.verdict].value}.")


@pictures.command(name="sweep")
def sweep_old_pictures() -> None:
    """Delete files that no report knows, an hour old or more."""
    store = FileStore(read_settings().media_dir)
    with _engine() as engine, transaction(engine) as session:
        gone = sweep_pictures(session, store=store, written_before=_now() - timedelta(hours=1))
    click.echo(f"{gone} files deleted.")


# -- People ----------------------------------------------------------------------------------


@main.group()
def users() -> None:
    """People with a role: invite, list, demote."""


@users.command(name="invite")
@click.argument("address")
@click.option("--role", required=True, type=click.Choice([role.value for role in SCOPES]))
@click.option("--organisation", metavar="SLUG", help="At which organisation.")
@click.option("--district", metavar="SLUG", help="For which district; the organisation's else.")
@click.option("--name", default="", help="What they are called, for those they work with.")
@click.option("--language", default="nl", show_default=True, help="Of the mail.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The first day without the role.")
def invite_user(address: str, role: str, **given: Any) -> None:
    """Give the person at ADDRESS a role and send them a link to sign in."""
    until = given["until"].date() if given["until"] else None
    with _engine() as engine, transaction(engine) as session:
        organisation = None
        if given["organisation"]:
            organisation = get_organisation(session, slug=given["organisation"])
        district_id = organisation.district_id if organisation else None
        if given["district"]:
            district_id = get_district(session, slug=given["district"]).id
        draft = MembershipDraft(
            role=Role(role),
            district_id=district_id,
            organisation_id=organisation.id if organisation else None,
            valid_from=_now().date(),
            valid_to=until,
        )
        invitation = Invitation(address, given["name"], given["language"], draft)
        invite_person(session, sealer=_sealer(), invitation=invitation, now=_now())
    click.echo("They have the role; a link to sign in is in the outbox.")


@users.command(name="list")
@click.option("--limit", default=200, show_default=True, type=click.IntRange(1, 10_000))
def list_users(limit: int) -> None:
    """Everybody with a role: address, name, roles."""
    with _engine() as engine, transaction(engine) as session:
        for person_id in list_persons(session, limit=limit):
            person = get_person(session, person_id=person_id, sealer=_sealer())
            roles = [
                " ".join(filter(None, (held.role.value, held.organisation or held.district)))
                for held in person.roles
            ]
            click.echo(f"{person.address}  {person.name or '-'}  {', '.join(roles) or '-'}")


@users.command(name="demote")
@click.argument("address")
@click.option("--role", type=click.Choice([role.value for role in SCOPES]), help="All, if none.")
def demote_user(address: str, role: str | None) -> None:
    """Take roles away from ADDRESS and sign them out; their next click is refused."""
    with _engine() as engine, transaction(engine) as session:
        person_id = _find_user(session, address)
        chosen = Role(role) if role else None
        count = demote_person(session, person_id=person_id, role=chosen, now=_now())
    click.echo(f"{count} roles taken away; they are signed out.")


@users.command(name="reset")
@click.argument("address")
def reset_user_factor(address: str) -> None:
    """For a lost phone: ADDRESS sets up another at the next sign-in."""
    with _engine() as engine, transaction(engine) as session:
        reset_factor(session, person_id=_find_user(session, address), now=_now())
    click.echo("They set up another phone at the next sign-in.")


@users.command(name="erase")
@click.argument("address")
def erase_user(address: str) -> None:
    """Take ADDRESS away with everything that tells of them; what they did stays, by nobody."""
    with _engine() as engine, transaction(engine) as session:
        erase_account(session, person_id=_find_user(session, address))
    click.echo("They are gone from here.")


def _find_user(session: Session, address: str) -> uuid.UUID:
    person = find_person(session, sealer=_sealer(), address=read_address(address))
    if person is None:
        raise NotFound("Nobody signs in with this address: `geoapp users list` shows who does.")
    return person.id


def _sealer() -> Sealer:
    return Sealer(keep_secret(read_settings()).secret)


@main.group()
def contacts() -> None:
    """Roles one can call; a file of them comes in with `geoapp import FILE --as contacts`."""


@contacts.command(name="assign")
@click.argument("organisation")
@click.argument("role")
@click.option("--person", metavar="ADDRESS", help="Who it is today; nobody if not given.")
@click.option("--deputy", metavar="ADDRESS", help="Who stands in; nobody if not given.")
def assign_contact_to(
    organisation: str, role: str, *, person: str | None, deputy: str | None
) -> None:
    """Say who ROLE at ORGANISATION (its slug) is today; only those they work with see it."""
    with _engine() as engine, transaction(engine) as session:
        found = get_organisation(session, slug=organisation)
        assign_contact(
            session,
            contact=get_contact(session, organisation_id=found.id, role_name=role),
            person_id=_find_user(session, person) if person else None,
            deputy_id=_find_user(session, deputy) if deputy else None,
        )
        record_change(
            session,
            thing=Thing("organisation", found.id),
            doer=COMMAND,
            deed=Deed("assign_contact", after={"role": role}),
            now=_now(),
        )
    click.echo("It is as you said.")


@contacts.command(name="mailbox")
@click.argument("organisation")
@click.argument("address", required=False)
@click.option("--language", default="nl", show_default=True, help="Of the mail.")
def set_mailbox_of(organisation: str, address: str | None, *, language: str) -> None:
    """Say where ORGANISATION (its slug) gets by mail what nobody of it is called for; nowhere if
    ADDRESS is not given."""
    with _engine() as engine, transaction(engine) as session:
        found = get_organisation(session, slug=organisation)
        address_id = None
        if address:
            sealer = _sealer()
            address_id = keep_address(session, sealer=sealer, address=address, language=language)
        before = set_mailbox(session, organisation=found, address_id=address_id)
        if before is not None:
            drop_unused_address(session, address_id=before)
        record_change(
            session,
            thing=Thing("organisation", found.id),
            doer=COMMAND,
            deed=Deed("set_mailbox", after={"has_mailbox": address_id is not None}),
            now=_now(),
        )
    click.echo("It is as you said.")


@main.group()
def retention() -> None:
    """How long things are kept; the worker takes away what is over."""


@retention.command(name="list")
def list_retention() -> None:
    """Each kind of thing and its days; a district's contact days stand in its file."""
    with _engine() as engine, transaction(engine) as session:
        for kind, days in read_retention(session).items():
            click.echo(f"{kind.value}  {days} days")
        for place in list_districts(session):
            click.echo(f"contact data of {place.slug}  {place.contact_days} days after the end")


@retention.command(name="set")
@click.argument("kind", type=click.Choice([kind.value for kind in Kept]))
@click.argument("days", type=int)
def set_days(kind: str, days: int) -> None:
    """Keep KIND for DAYS from now on."""
    with _engine() as engine, transaction(engine) as session:
        set_retention(session, kind=Kept(kind), days=days)
    click.echo(f"{kind}: {days} days.")


@retention.command(name="sweep")
def sweep_now() -> None:
    """Take away what is over, as the worker does every hour."""
    with _engine() as engine, transaction(engine) as session:
        swept = sweep_old(session, now=_now())
    click.echo(", ".join(f"{name}: {count}" for name, count in vars(swept).items()))


# -- Demonstration ---------------------------------------------------------------------------


@main.command()
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1, 65535))
@click.option("--reset", is_flag=True, help="Delete the data of this folder's database first.")
@click.option("--yes", is_flag=True, help="Ask nothing (for scripts/demo).")
def demo(port: int, *, reset: bool, yes: bool) -> None:
    """Bring up everything with its data, and serve until Ctrl-C."""
    del yes
    _refuse_production()
    own_database = not read_settings().database_url
    if reset and not own_database:
        raise Invalid(
            "DATABASE_URL is set and --reset deletes only the database of this folder: empty "
            "yours by hand, or unset DATABASE_URL."
        )
    interrupt_on_signals()
    try:
        if reset:
            remove_cluster(PROJECT_DIR)
            forget_caught(DEMO_MAIL_DIR)
        if own_database:
            start_cluster(PROJECT_DIR, say=_say, owner_pid=os.getpid())
        _run_demo(port)
    except KeyboardInterrupt:
        _say("\nStopped.")
    finally:
        ignore_signals()
        if own_database and release_cluster(PROJECT_DIR, owner_pid=os.getpid()):
            _say("The database has stopped; its data are kept.")


def _run_demo(wanted_port: int) -> None:
    with _engine() as engine:
        _migrate(engine)
        with transaction(engine) as session:
            links = load_demo(session, data_dir=DATA_DIR, sealer=_sealer(), now=_now(), say=_say)
    port = find_free_port(HOST, wanted_port)
    if port != wanted_port:
        _say(f"Port {wanted_port} is taken, so this uses {port}.")
    address = f"http://{HOST}:{port}"
    commands = {"server": ["serve", f"--port={port}", "--quiet"], "worker": ["worker"]}
    with run_children(address, commands) as children:
        wait_until_served(children["server"], HOST, port)
        _say(f"\nReady: {address}\n")
        for words, path in [*links, ("the mail it sends", "/demo/mail")]:
            _say(f"  {words}: {address}{path}")
        _say("\nCtrl-C stops it.")
        wait_for_an_end(children)


# -- Shared by the commands ------------------------------------------------------------------


def _migrate(engine: Engine) -> None:
    migrate(engine, metadata())
    # Another version may spread them otherwise.
    with transaction(engine) as session:
        _spread_people(session)


def _spread_people(session: Session) -> None:
    """Who lives where follows from the figures, and is made anew."""
    for place in list_districts(session):
        rebuild_population(session, district_id=place.id)


def _refuse_production() -> None:
    if read_settings().production:
        raise Invalid("GEOAPP_PRODUCTION is set, and examples are not for the public: unset it.")


def _refuse_examples_in_production() -> None:
    if read_settings().production:
        with _engine() as engine:
            refuse_examples(engine)


def _settings_with_database() -> Settings:
    """Settings whose `database_url` is an address: the given one, or the private cluster's."""
    settings = read_settings()
    if settings.database_url is None:
        cluster = find_cluster(PROJECT_DIR)
        if not cluster.socket_file.exists():
            raise Conflict(
                "The database of this folder is not running: start it with `geoapp db up`."
            )
        return dataclasses.replace(settings, database_url=cluster.url)
    url = normalise_url(settings.database_url)
    try:
        is_ours = make_url(url).drivername == "postgresql+psycopg"
    except (ArgumentError, ValueError):
        is_ours = False
    if not is_ours:
        raise Invalid("DATABASE_URL must read like postgresql://user:password@host/database.")
    return dataclasses.replace(settings, database_url=url)


@contextmanager
def _engine() -> Iterator[Engine]:
    url = _settings_with_database().database_url
    engine = make_engine(url or "")
    try:
        yield engine
    finally:
        engine.dispose()


def _first_district(session: Session) -> str:
    places = list_districts(session)
    if not places:
        raise Conflict("There is no district yet: import one first, with --as district.")
    return read_settings().district or places[0].slug


def _now() -> datetime:
    return datetime.now(tz=UTC)  # noqa: TID251  the command line is an edge: its clock starts here


def _say(words: str) -> None:
    # A closed terminal must not keep us from stopping what we started.
    with suppress(OSError):
        click.echo(words)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


if __name__ == "__main__":
    main()
