"""The register of a district for its officers: bring a file, see what was loaded before, take it
back. The steps in between are `register_steps`."""

import uuid
from dataclasses import dataclass

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, doer_of, signed_in_id
from geoapp.assets.queries import list_licences
from geoapp.care.actions import refresh_districts
from geoapp.db.session import bound_waiting
from geoapp.districts.queries import Place
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import Conflict, GeoappError, Invalid, NotFound, TooLarge
from geoapp.exchange.choices import (
    Choices,
    begin_choices,
    read_choices,
    refit_choices,
    write_choices,
)
from geoapp.exchange.reading.found import MOST_BYTES, MOST_ROWS
from geoapp.exchange.registers import layout_of
from geoapp.exchange.uploads import FIELD, Upload, read_upload, too_large
from geoapp.geo.symbol import sprite_svg
from geoapp.ledger.actions import count_use
from geoapp.ledger.audit import list_entries, record_change
from geoapp.ledger.batches import find_batch, list_batches, undo_batch
from geoapp.ledger.chain import Deed, Thing
from geoapp.ledger.rules import UPLOADS_OF_ONE
from geoapp.ledger.tables import ImportBatch
from geoapp.people.rules import Permission, Seat, Subject
from geoapp.refusals import find_refusal
from geoapp.uploads.actions import hold_upload
from geoapp.uploads.queries import Whose, get_upload, list_waiting
from geoapp.web import register_words, words
from geoapp.web.errors import say_error
from geoapp.web.forms import check_form, form_token
from geoapp.web.history import make_history
from geoapp.web.page import Page, open_page, render
from geoapp.web.registers import list_files

LOAD, UNDO = "load_register", "undo_register"
# The field that names the file of which one is the mended one.
LIKE = "like"
MOST_BATCHES = 20
# Loads and their undoing, in the history that says who did them.
MOST_ENTRIES = 200
# What a form has beside the file.
FORM_BYTES = 64 * 1024
MEGABYTE = 1024 * 1024
# For as long as another load may keep the register to itself.
MOST_WAITING_S = 60


@dataclass(frozen=True)
class Register:
    """The register of a district that whoever asks may manage, and as whom."""

    page: Page
    seat: Seat
    thing: Thing
    whose: Whose

    @property
    def place(self) -> Place:
        """The district."""
        return self.page.place


@dataclass(frozen=True)
class Load:
    """Something that was loaded, as a page shows it; `left` is None where nobody noted it."""

    number: int
    file_name: str
    when: str
    who: str
    new: int
    changed: int
    left: int | None
    is_undone: bool
    undone_by: str


def show_register(slug: str) -> str:
    """Where a file is brought, and what was loaded before."""
    with open_session() as session:
        return _show(session, open_register(session, slug))


def post_register(slug: str) -> Response | tuple[str, int]:
    """Take a file that can be read; `like` is another one, of which this is the mended one."""
    with open_session() as session:
        register = open_register(session, slug)
    try:
        file = _read_file()
        with open_session() as session:
            subject, now = str(register.whose.person_id), wiring().clock()
            count_use(session, limit=UPLOADS_OF_ONE, subject=subject, now=now)
            like = _find_choices(session, register)
        choices = _choose(file[1], like)
    except Invalid as problem:
        with open_session() as session:
            return _show(session, register, problem), find_refusal(problem).status
    with open_session() as session:
        kept = write_choices(choices)
        upload_id = hold_upload(session, whose=register.whose, file=file, choices=kept, now=now)
    return redirect(url_for("web.show_upload", slug=slug, upload_id=upload_id), 303)


def show_batch(slug: str, number: int) -> str:
    """What one load did, and how to take it back."""
    with open_session() as session:
        return _show_batch(session, open_register(session, slug), number)


def post_undo(slug: str, number: int) -> Response | tuple[str, int]:
    """Take back all of a load, or nothing."""
    with open_session() as session:
        register = open_register(session, slug)
        check_form()
        batch = _get_batch(session, register, number)
    if batch.undone_at is None:
        try:
            with open_session() as session:
                _undo(session, register, batch)
        except Conflict as problem:
            with open_session() as session:
                status = find_refusal(problem).status
                return _show_batch(session, register, number, problem), status
    return redirect(url_for("web.show_batch", slug=register.place.slug, number=number), 303)


def open_register(session: Session, slug: str) -> Register:
    """The register of a district, for those who may manage it.

    Raises:
        NotFound: there is no such district.
        NotAllowed: whoever asks may not.
    """
    page = open_page(session, district=slug)
    thing = Thing("register", page.place.id)
    seat = check_subject(Subject(district_id=page.place.id), thing=thing)
    return Register(page, seat, thing, Whose(signed_in_id(), page.place.id))


# -- The file ----------------------------------------------------------------------------------


def _read_file() -> tuple[str, bytes]:
    """The name and content of the file that was sent.

    Raises:
        TooLarge: it is larger than any we read; then no more of it was taken in than that.
        Invalid: there is none.
    """
    request.max_content_length = MOST_BYTES + FORM_BYTES
    try:
        check_form()
    except RequestEntityTooLarge:
        raise too_large() from None
    file = request.files.get(FIELD)
    if file is None or not file.filename:
        raise Invalid("Choose a file.", field=FIELD)
    return file.filename, file.stream.read(MOST_BYTES + 1)


def _find_choices(session: Session, register: Register) -> Choices | None:
    """What was chosen of the file that this one is the mended one of."""
    try:
        upload_id = uuid.UUID(request.form.get(LIKE, ""))
        held = get_upload(session, upload_id=upload_id, whose=register.whose, now=wiring().clock())
    except (ValueError, NotFound):
        return None
    return read_choices(held.choices)


def _choose(data: bytes, like: Choices | None) -> Choices:
    """What is proposed of a file, after what was chosen of the one before it.

    Raises:
        Invalid: it cannot be read.
    """
    upload = read_upload(data)
    if like is None:
        return begin_choices(upload)
    return refit_choices(like, _read_alike(data, upload, like.encoding))


def _read_alike(data: bytes, upload: Upload, encoding: str | None) -> Upload:
    """The same in the letters of the file before it, where it does not tell and they fit."""
    if upload.encoding is not None or encoding is None:
        return upload
    try:
        return read_upload(data, encoding=encoding)
    except Invalid:
        return upload


# -- What was loaded ---------------------------------------------------------------------------


def _undo(session: Session, register: Register, batch: ImportBatch) -> None:
    now = wiring().clock()
    bound_waiting(session, seconds=MOST_WAITING_S)
    undo_batch(session, number=batch.number, now=now)
    refresh_districts(session, now=now)
    deed = Deed(UNDO, before={}, after={"batch": batch.number, "file_name": batch.file_name})
    record_change(session, thing=register.thing, doer=doer_of(register.seat), deed=deed, now=now)


def _get_batch(session: Session, register: Register, number: int) -> ImportBatch:
    batch = find_batch(session, number=number, layout=layout_of(register.place.slug))
    if batch is None:
        raise NotFound("Nothing was loaded here under number {number}.", number=number)
    return batch


def _list_loads(session: Session, register: Register, batches: list[ImportBatch]) -> list[Load]:
    entries = list_entries(session, thing=register.thing, limit=MOST_ENTRIES)
    told = {
        (entry.action, entry.told.after.get("batch")): (entry, happening)
        for entry, happening in zip(
            entries,
            make_history(session, entries, place=register.place, today=register.page.today),
            strict=True,
        )
        if entry.told is not None
    }
    loads = []
    for batch in batches:
        entry, loaded = told.get((LOAD, batch.number), (None, None))
        _, undone = told.get((UNDO, batch.number), (None, None))
        at = batch.imported_at if entry is None else entry.at
        loads.append(
            Load(
                number=batch.number,
                file_name=batch.file_name,
                when=words.say_moment(at, time_zone=register.place.time_zone),
                who=loaded.who if loaded else "",
                new=batch.new_count,
                changed=batch.changed_count,
                left=entry.told.after.get("left_count") if entry and entry.told else None,
                is_undone=batch.undone_at is not None,
                undone_by=undone.who if undone else "",
            )
        )
    return loads


# -- Pages -------------------------------------------------------------------------------------


def _show(session: Session, register: Register, problem: GeoappError | None = None) -> str:
    place = register.place
    batches = list_batches(session, limit=MOST_BATCHES, layout=layout_of(place.slug))
    waiting = list_waiting(session, whose=register.whose, now=wiring().clock())
    return render(
        "register.html",
        register.page,
        waiting=[
            (one, words.say_moment(one.created_at, time_zone=place.time_zone)) for one in waiting
        ],
        loads=_list_loads(session, register, batches),
        files=list_files(place.slug, list_licences(session, district_id=place.id)),
        most_mb=MOST_BYTES // MEGABYTE,
        most_rows=words.say_number(MOST_ROWS),
        like=request.form.get(LIKE, "") if problem and not isinstance(problem, TooLarge) else "",
        problem=say_error(problem) if problem else "",
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


def _show_batch(
    session: Session, register: Register, number: int, problem: GeoappError | None = None
) -> str:
    batch = _get_batch(session, register, number)
    (load,) = _list_loads(session, register, [batch])
    return render(
        "register_batch.html",
        register.page,
        load=load,
        problem=register_words.say_undoing(problem) if problem else "",
        token=form_token(),
        sprite=sprite_svg(("brand", "good")),
    )


ROUTES = (
    Route("/districts/<slug>/register", show_register, Permission.MANAGE_REGISTER),
    Route(
        "/districts/<slug>/register",
        post_register,
        Permission.MANAGE_REGISTER,
        methods=("POST",),
    ),
    Route(
        "/districts/<slug>/register/batches/<int:number>",
        show_batch,
        Permission.MANAGE_REGISTER,
    ),
    Route(
        "/districts/<slug>/register/batches/<int:number>",
        post_undo,
        Permission.MANAGE_REGISTER,
        methods=("POST",),
    ),
)
