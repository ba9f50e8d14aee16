"""From a file to what stands on the map, step by step: which column says what, where things are and
whose list it is, a look at what would happen; then all of it, or nothing."""

import csv
import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from io import StringIO

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import doer_of
from geoapp.assets.queries import list_licences
from geoapp.assets.rules import DETAILS, Kind
from geoapp.care.actions import refresh_districts
from geoapp.db.codes import make_code
from geoapp.db.session import bound_waiting
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import Conflict, GeoappError, Invalid
from geoapp.exchange.choices import (
    STEPS,
    Choices,
    Step,
    read_choices,
    rename_columns,
    write_choices,
)
from geoapp.exchange.importing import SYSTEM_RANDOM
from geoapp.exchange.matching import Matching, Said, check_matching
from geoapp.exchange.registers import (
    LOADED,
    MOST_LETTERS_OF_SOURCE,
    AtTwin,
    Draft,
    Fate,
    check_terms,
    load_register,
    read_register,
)
from geoapp.exchange.reports import defuse
from geoapp.exchange.samples import PlaceSample, guess_srid, sample_letters, sample_places
from geoapp.exchange.uploads import Upload, read_upload
from geoapp.geo.crs import KNOWN
from geoapp.geo.symbol import sprite_svg
from geoapp.ledger.audit import record_change
from geoapp.ledger.chain import Deed
from geoapp.people.rules import Permission
from geoapp.refusals import find_refusal
from geoapp.uploads.actions import drop_upload, keep_choices, settle_upload
from geoapp.uploads.queries import HeldUpload, get_upload
from geoapp.web import register_words, words
from geoapp.web.forms import check_form, form_token
from geoapp.web.language import gettext
from geoapp.web.page import render
from geoapp.web.register_pages import LOAD, MOST_WAITING_S, Register, open_register
from geoapp.web.spots import Dot, draw_dots

# What one can read on a page; a file has the rest.
MOST_SHOWN = 50
MOST_DOTS = 2_000
MOST_SAMPLE_LETTERS = 40
# Of the fields of a form: a detail's begins so, and this one is the kind of all rows.
OF_DETAIL = "detail_"
ALL_KIND = "all_kind"
NAMES_OF_DETAILS = sorted({name for known in DETAILS.values() for name in known})
# The step in which a field is asked; all others stand in the first.
STEP_OF = dict.fromkeys(("encoding", "srid", "source", "licence", "at_twin"), Step.WHERE)
# Without these no row can become a thing.
_ASKED = (Said.NAME, Said.KIND)
LICENCES = ("CC0 1.0", "CC BY 4.0", "ODbL 1.0")


@dataclass(frozen=True)
class Held:
    """A file of theirs that waits, and what was chosen of it."""

    register: Register
    file: HeldUpload
    choices: Choices

    @property
    def seen(self) -> str:
        """Tells these choices from others: what is loaded is what was looked at."""
        told = json.dumps(write_choices(self.choices), sort_keys=True).encode()
        return hashlib.sha256(told).hexdigest()[:16]

    def read(self) -> Upload:
        """What stands in the file, in the letters that were chosen."""
        return read_upload(self.file.data, encoding=self.choices.encoding)

    def url_of(self, step: Step) -> str:
        """Where a step is."""
        slug = self.register.place.slug
        return url_for("web.show_upload", slug=slug, upload_id=self.file.id, step=step.value)

    def batch_url(self, number: int) -> str:
        """Where it is once it is loaded."""
        return url_for("web.show_batch", slug=self.register.place.slug, number=number)


@dataclass(frozen=True)
class ColumnField:
    """Which column says one thing; empty: none does."""

    name: str
    label: str
    chosen: str


@dataclass(frozen=True)
class FaultLine:
    """What is wrong with a row, in the reader's words."""

    number: int
    column: str
    words: str


@dataclass(frozen=True)
class TwinLine:
    """A row of which the same stands there already, and what becomes of that."""

    number: int
    name: str
    known_name: str
    known_url: str
    fate: str


def show_upload(slug: str, upload_id: uuid.UUID) -> Response | str | tuple[str, int]:
    """The step that is asked for, or the first that was not gone through."""
    with open_session() as session:
        held = _open(session, slug, upload_id)
    if held.file.batch is not None:
        return redirect(held.batch_url(held.file.batch), 303)
    return _show(held, _read_step(held))


def post_upload(slug: str, upload_id: uuid.UUID) -> Response | str | tuple[str, int]:
    """Take what a step says, and go on to the next; the last one loads."""
    with open_session() as session:
        held = _open(session, slug, upload_id)
        check_form()
    if held.file.batch is not None:
        return redirect(held.batch_url(held.file.batch), 303)
    return _TAKEN[_read_step(held)](held)


def post_upload_removal(slug: str, upload_id: uuid.UUID) -> Response:
    """Throw a file away that is not loaded."""
    with open_session() as session:
        register = open_register(session, slug)
        check_form()
        drop_upload(session, upload_id=upload_id, whose=register.whose)
    return redirect(url_for("web.show_register", slug=slug), 303)


def download_faults(slug: str, upload_id: uuid.UUID) -> Response:
    """The rows that are not right, as CSV: what is wrong, and all that stands in them."""
    with open_session() as session:
        held = _open(session, slug, upload_id)
    upload = held.read()
    draft = _try_out(held, upload)
    response = Response("".join(_write_faults(upload, draft)), mimetype="text/csv")
    name = gettext("faults.csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _open(session: Session, slug: str, upload_id: uuid.UUID) -> Held:
    register = open_register(session, slug)
    file = get_upload(session, upload_id=upload_id, whose=register.whose, now=wiring().clock())
    return Held(register, file, read_choices(file.choices))


def _read_step(held: Held) -> Step:
    """The step in the address, if all before it was gone through."""
    asked = request.args.get("step", "")
    step = Step(asked) if asked in STEPS else held.choices.reached
    return step if held.choices.opens(step) else held.choices.reached


# -- What a step says --------------------------------------------------------------------------


def _take_columns(held: Held) -> Response | tuple[str, int]:
    typed = replace(held.choices, matching=_read_matching(request.form))
    try:
        check_matching(held.read(), typed.matching)
    except Invalid as problem:
        return _show_wrong(replace(held, choices=typed), Step.COLUMNS, problem)
    return _keep(held, typed.reach(Step.WHERE))


def _take_where(held: Held) -> Response | tuple[str, int]:
    unread = read_upload(held.file.data)
    typed = _read_where(held, unread)
    try:
        upload = unread if typed.encoding is None else replace(held, choices=typed).read()
        chosen = _follow_letters(held, typed, upload)
        with open_session() as session:
            terms = check_terms(session, upload, terms=chosen.terms, place=held.register.place)
    except Invalid as problem:
        return _show_wrong(replace(held, choices=typed), Step.WHERE, problem)
    told = replace(chosen, source=terms.source, licence=terms.licence)
    return _keep(held, told.reach(Step.CHECK))


def _follow_letters(held: Held, typed: Choices, upload: Upload) -> Choices:
    """The columns that were chosen are called otherwise in other letters."""
    if typed.encoding == held.choices.encoding:
        return typed
    return replace(typed, matching=rename_columns(typed.matching, held.read(), upload))


def _take_load(held: Held) -> Response | tuple[str, int]:
    """Load all of a file that has no faults; what was loaded before is not loaded again."""
    try:
        upload = held.read()
        with open_session() as session:
            bound_waiting(session, seconds=MOST_WAITING_S)
            number = _load_once(session, held, upload)
    except (Invalid, Conflict) as problem:
        return _show_wrong(held, Step.CHECK, problem)
    return redirect(held.batch_url(number), 303)


_TAKEN: Mapping[Step, Callable[[Held], Response | tuple[str, int]]] = {
    Step.COLUMNS: _take_columns,
    Step.WHERE: _take_where,
    Step.CHECK: _take_load,
}


def _keep(held: Held, chosen: Choices) -> Response:
    with open_session() as session:
        keep_choices(session, upload_id=held.file.id, choices=write_choices(chosen))
    return redirect(held.url_of(chosen.reached), 303)


def _read_matching(form: Mapping[str, str]) -> Matching:
    kind = form.get(ALL_KIND, "")
    return Matching(
        {said: form[said] for said in Said if form.get(said)},
        {name: chosen for name in NAMES_OF_DETAILS if (chosen := form.get(OF_DETAIL + name))},
        Kind(kind) if kind in set(Kind) else None,
    )


def _read_where(held: Held, unread: Upload) -> Choices:
    """What the form says; of what the file tells itself nothing is asked."""
    form = request.form
    told_srid, at_twin = form.get("srid", ""), form.get("at_twin", "")
    srid = next((known for known in KNOWN if str(known) == told_srid), None)
    return replace(
        held.choices,
        encoding=(form.get("encoding") or None) if unread.encoding is None else None,
        srid=srid if unread.srid is None else None,
        source=form.get("source", ""),
        licence=form.get("licence", ""),
        at_twin=AtTwin(at_twin) if at_twin in set(AtTwin) else AtTwin.LEAVE,
    )


# -- Loading -----------------------------------------------------------------------------------


def _try_out(held: Held, upload: Upload) -> Draft:
    """What loading would do.

    Raises:
        Invalid: something of the whole file is not told yet.
    """
    with open_session() as session:
        return read_register(session, upload, terms=held.choices.terms, place=held.register.place)


def _load_once(session: Session, held: Held, upload: Upload) -> int:
    """The number of what the file is loaded as; within one transaction.

    Raises:
        Invalid: it cannot be loaded as it is.
        Conflict: something else was chosen since, or there is nothing to load.
    """
    register, now = held.register, wiring().clock()
    file = get_upload(
        session, upload_id=held.file.id, whose=register.whose, now=now, is_locked=True
    )
    if file.batch is not None:
        return file.batch
    # As it stands in the row now, not as it stood when the page was asked for.
    seen = replace(held, choices=read_choices(file.choices)).seen
    if not seen == held.seen == request.form.get("seen"):
        raise Conflict("Something else was chosen meanwhile. Look it over again.")
    draft = read_register(session, upload, terms=held.choices.terms, place=register.place)
    at_twin = held.choices.at_twin
    imported = load_register(
        session,
        draft,
        at_twin=at_twin,
        file_name=file.file_name,
        data=file.data,
        new_code=partial(make_code, SYSTEM_RANDOM),
    )
    if imported.batch is None:
        raise Conflict("All of this stands there already: nothing was loaded.")
    refresh_districts(session, now=wiring().clock())
    settle_upload(session, upload_id=file.id, batch=imported.batch)
    left = sum(fate not in LOADED for fate in draft.fates(at_twin)) + imported.tally.same
    told = {
        "batch": imported.batch,
        "file_name": file.file_name,
        "new_count": imported.tally.new,
        "changed_count": imported.tally.changed,
        "left_count": left,
    }
    doer, deed = doer_of(register.seat), Deed(LOAD, before={}, after=told)
    record_change(session, thing=register.thing, doer=doer, deed=deed, now=now)
    return imported.batch


# -- Pages -------------------------------------------------------------------------------------


def _show_wrong(held: Held, step: Step, problem: GeoappError) -> tuple[str, int]:
    return _show(held, step, problem), find_refusal(problem).status


def _show(held: Held, step: Step, problem: GeoappError | None = None) -> str:
    """A step; a file of which something is not told is asked the step in which it is."""
    try:
        shown = _SHOWN[step](held)
    except Invalid as unsaid:
        problem, step = unsaid, STEP_OF.get(unsaid.field or "", Step.COLUMNS)
        shown = _SHOWN[step](held)
    return render(
        f"register_{step.value}.html",
        held.register.page,
        **shown,
        file=held.file,
        here=held.url_of(step),
        earlier=[
            (str(said), held.url_of(one))
            for one, said in register_words.STEPS.items()
            if STEPS.index(one) < STEPS.index(step)
        ],
        title=str(register_words.STEPS[step]),
        number=STEPS.index(step) + 1,
        steps=len(STEPS),
        problem=register_words.say_fault(problem) if problem else "",
        wrong=(problem.field or "") if problem else "",
        token=form_token(),
        sprite=sprite_svg(("brand",)),
    )


def _show_columns(held: Held) -> dict[str, object]:
    upload, matching = held.read(), held.choices.matching
    samples = {column: _sample(upload, column) for column in upload.columns}
    fields = [
        ColumnField(said.value, str(label), matching.columns.get(said, ""))
        for said, label in register_words.SAID.items()
    ]
    fields += [
        ColumnField(
            OF_DETAIL + name, register_words.say_detail(name), matching.details.get(name, "")
        )
        for name in NAMES_OF_DETAILS
    ]
    asked = [one for one in fields if one.name in _ASKED and not one.chosen]
    if matching.kind is not None:
        asked = [one for one in asked if one.name != Said.KIND]
    used = {one.chosen for one in fields}
    return {
        "asked": asked,
        "matched": [one for one in fields if one.chosen],
        "others": [one for one in fields if not one.chosen and one not in asked],
        "samples": samples,
        "unused": [column for column in upload.columns if column not in used],
        "kinds": [(kind.value, str(said)) for kind, said in words.KINDS.items()],
        "kind": matching.kind.value if matching.kind else "",
        "rows": words.say_number(len(upload.rows)),
        "format": upload.format.value,
    }


def _sample(upload: Upload, column: str) -> str:
    """The first value in a column."""
    found = next((row[column] for row in upload.rows if row[column] not in (None, "")), "")
    return str(found)[:MOST_SAMPLE_LETTERS]


def _show_where(held: Held) -> dict[str, object]:
    unread, choices, place = read_upload(held.file.data), held.choices, held.register.place
    places = sample_places(unread, place) if unread.srid is None else {}
    letters = sample_letters(unread) if unread.encoding is None else {}
    with open_session() as session:
        licences = list_licences(session, district_id=place.id)
    return {
        "letters": [
            (name, f"{name}: {sample}" if sample else name) for name, sample in letters.items()
        ],
        "places": [
            (srid, f"{_say_sample(found, place.name)}: {KNOWN[srid]}")
            for srid, found in places.items()
            if found is not None
        ]
        or [(srid, KNOWN[srid]) for srid in places],
        "known_srid": "" if unread.srid is None else KNOWN[unread.srid],
        "srid": choices.srid or guess_srid(places),
        "choices": choices,
        "at_twins": [
            (value.value, str(said), str(means))
            for value, (said, means) in register_words.AT_TWIN.items()
        ],
        "licences": list(dict.fromkeys([*licences, *LICENCES])),
        "most": MOST_LETTERS_OF_SOURCE,
    }


def _say_sample(sample: PlaceSample, district: str) -> str:
    if sample.is_inside:
        return gettext("In %(district)s", district=district)
    return gettext("Outside %(district)s", district=district)


def _show_check(held: Held) -> dict[str, object]:
    upload, choices = held.read(), held.choices
    draft = _try_out(held, upload)
    fates = draft.fates(choices.at_twin)
    counts = Counter(fates)
    wrong = {fault.number for fault in draft.faults}
    dots = _list_dots(draft, fates)
    with open_session() as session:
        drawn = draw_dots(session, dots) if dots else []
    return {
        "total": words.say_number(len(upload.rows)),
        "tally": [
            (str(said), words.say_number(counts[fate]))
            for fate, said in register_words.FATES.items()
            if counts[fate]
        ],
        "wrong_count": len(wrong),
        "faults": [
            FaultLine(fault.number, fault.column, register_words.say_fault(fault.error))
            for fault in draft.faults[:MOST_SHOWN]
        ],
        "more_faults": max(0, len(draft.faults) - MOST_SHOWN),
        "twins": _list_twins(draft, fates)[:MOST_SHOWN],
        "more_twins": max(0, len(draft.twins) - MOST_SHOWN),
        "drawn": drawn,
        "drawn_count": words.say_number(len(dots)),
        "good_count": words.say_number(len(fates)),
        "is_part": len(dots) < len(fates),
        "can_load": not wrong and any(fate in LOADED for fate in fates),
        "load_count": sum(fate in LOADED for fate in fates),
        "total_count": len(upload.rows),
        "seen": held.seen,
    }


_SHOWN: Mapping[Step, Callable[[Held], dict[str, object]]] = {
    Step.COLUMNS: _show_columns,
    Step.WHERE: _show_where,
    Step.CHECK: _show_check,
}


def _list_dots(draft: Draft, fates: Sequence[Fate]) -> list[Dot]:
    """Where the good rows stand; of very many some, from all over the file."""
    every = -(-len(fates) // MOST_DOTS) or 1
    shown = list(zip(draft.assets, fates, strict=True))[::every]
    points = [(asset.shape.representative_point(), fate) for asset, fate in shown]
    return [Dot(p.x, p.y, "new" if fate is Fate.NEW else "known") for p, fate in points]


def _list_twins(draft: Draft, fates: Sequence[Fate]) -> list[TwinLine]:
    return [
        TwinLine(
            number=number,
            name=asset.name,
            known_name=twin.name,
            known_url=url_for("web.show_asset", code=twin.code),
            fate=str(register_words.FATES[fate]),
        )
        for number, asset, fate in zip(draft.numbers, draft.assets, fates, strict=True)
        if (twin := draft.twins.get(number)) is not None
    ]


def _write_faults(upload: Upload, draft: Draft) -> Iterator[str]:
    """CSV, a line for each fault; no spreadsheet runs a cell of it (threats, T53)."""
    head = (gettext("Row"), gettext("Column"), gettext("What is not right"))
    lines: Iterable[Sequence[object]] = (
        (
            fault.number,
            fault.column,
            register_words.say_fault(fault.error),
            *upload.rows[fault.number - 1].values(),
        )
        for fault in draft.faults
    )
    for line in ((*head, *upload.columns), *lines):
        written = StringIO(newline="")
        cells = ["" if cell is None else defuse(str(cell)) for cell in line]
        csv.writer(written).writerow(cells)
        yield written.getvalue()


ROUTES = (
    Route("/districts/<slug>/register/<uuid:upload_id>", show_upload, Permission.MANAGE_REGISTER),
    Route(
        "/districts/<slug>/register/<uuid:upload_id>",
        post_upload,
        Permission.MANAGE_REGISTER,
        methods=("POST",),
    ),
    Route(
        "/districts/<slug>/register/<uuid:upload_id>/faults.csv",
        download_faults,
        Permission.MANAGE_REGISTER,
    ),
    Route(
        "/districts/<slug>/register/<uuid:upload_id>/remove",
        post_upload_removal,
        Permission.MANAGE_REGISTER,
        methods=("POST",),
    ),
)
