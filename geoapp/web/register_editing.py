"""What whoever manages a thing does with its entry in the register: change its facts, tell that a
new one stands in its place, and read who changed what. Its hub leads to everything else."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from geoapp.actors import check_subject, current_actor, doer_of
from geoapp.assets.actions import Editor, change_entry, replace_asset
from geoapp.assets.queries import (
    AssetFacts,
    Duty,
    assets_near,
    duties_of,
    get_asset,
    get_entry,
    kept_subject,
    managed_subject,
    subject_of,
    thing_of,
)
from geoapp.assets.rules import (
    DETAILS,
    MOST_DETAIL_LETTERS,
    MOST_NAME_LETTERS,
    MOST_NOTE_LETTERS,
    PLAY_KINDS,
    Aspect,
    PhysicalStatus,
    RegisterEntry,
    RegisterStatus,
    Replacement,
    flatten_entry,
    read_date,
    read_details,
    read_entry,
    read_name,
)
from geoapp.db.codes import read_code
from geoapp.db.text import read_words
from geoapp.edge import Route, open_session, wiring
from geoapp.errors import GeoappError, Invalid, Stale
from geoapp.geo.symbol import sprite_svg
from geoapp.people.rules import Permission, Role, Seat, Subject, may
from geoapp.placing.rules import DRAWN_KINDS
from geoapp.refusals import find_refusal
from geoapp.web import words
from geoapp.web.cards import make_keepers
from geoapp.web.errors import say_error
from geoapp.web.forms import check_form, form_token
from geoapp.web.history import show_history
from geoapp.web.language import Words, lazy_gettext
from geoapp.web.page import Page, open_page, render

# What a field was when the form was made stands beside it.
WAS = "was_"
NEAR_M = 200.0
MOST_AROUND = 100
MOST_NEAR = 6

# Not everything has one.
OUTLINE = "web.show_outline_form"
# What can be done with a thing, by whoever may: the page, what it is called, what it demands.
TASKS: tuple[tuple[str, Words, Permission], ...] = (
    ("web.show_facts_form", lazy_gettext("Name, state and details"), Permission.MANAGE_ASSET),
    ("web.show_keepers", lazy_gettext("Whose it is, who keeps it"), Permission.MANAGE_ASSET),
    ("web.show_hours_form", lazy_gettext("Opening hours"), Permission.KEEP_HOURS),
    ("web.show_place_form", lazy_gettext("Where it stands"), Permission.MANAGE_ASSET),
    (OUTLINE, lazy_gettext("Its outline"), Permission.MANAGE_ASSET),
    ("web.show_inspect", lazy_gettext("Clean and safe: look now"), Permission.LOOK_AFTER_ASSET),
    ("web.show_keys", lazy_gettext("Keys"), Permission.MANAGE_ASSET),
    ("web.show_sign_pdf", lazy_gettext("Its sign, to print"), Permission.SEE_PUBLIC),
    ("web.show_replacing", lazy_gettext("A new one stands in its place"), Permission.MANAGE_ASSET),
    ("web.show_loss", lazy_gettext("What is lost if this goes?"), Permission.SEE_PUBLIC),
    ("web.show_removal", lazy_gettext("Take it away"), Permission.REMOVE_ASSET),
    ("web.show_asset_history", lazy_gettext("Who changed what"), Permission.MANAGE_ASSET),
)
# Towards whom a permission is asked, where it is not whoever manages the thing.
SUBJECTS: dict[Permission, Callable[[AssetFacts, Sequence[Duty]], Subject]] = {
    Permission.KEEP_HOURS: subject_of,
    Permission.LOOK_AFTER_ASSET: kept_subject,
}

LABELS: dict[str, Words] = {
    "name": lazy_gettext("What is it called?"),
    "physical_status": lazy_gettext("Does it stand there?"),
    "register_status": lazy_gettext("In the city's list?"),
    "planned_on": lazy_gettext("When is it to be built?"),
    "review_on": lazy_gettext("A trial: when do you look whether it stays?"),
    "part_of": lazy_gettext("In which place does it stand?"),
    "shows": lazy_gettext("Which place is this sign about?"),
}
# Taking away is told elsewhere, by two people.
CHOICES: dict[str, list[tuple[str, Words]]] = {
    "physical_status": [
        (status.value, said)
        for status, said in words.STATUSES.items()
        if status is not PhysicalStatus.REMOVED
    ],
    "register_status": [(status.value, words.REGISTERS[status]) for status in RegisterStatus],
}


@dataclass(frozen=True)
class Managed:
    """A thing that whoever asks may manage, by which seat, and as whom they do it."""

    asset: AssetFacts
    page: Page
    duties: Sequence[Duty]
    seat: Seat
    by: Editor


@dataclass(frozen=True)
class Field:
    """One field of a form: what is typed, what it was when the form was made, and, where somebody
    else was first, what stands there now."""

    name: str
    label: str
    typed: str
    was: str
    theirs: str | None
    is_number: bool
    choices: Sequence[tuple[str, Words]]

    @property
    def differs(self) -> bool:
        """True where somebody else's is another."""
        return self.theirs is not None and self.theirs != self.typed

    @property
    def their_words(self) -> str:
        """What somebody else has put there, as it is read."""
        theirs = self.theirs or ""
        return next((str(said) for value, said in self.choices if value == theirs), theirs)


def open_managed(session: Session, code: str) -> Managed:
    """The thing of this code, for whoever may do there what the address demands.

    Raises:
        NotFound: there is none.
        NotAllowed: they may not.
    """
    asset = get_asset(session, code=read_code(code))
    page = open_page(session, district=asset.district)
    duties = duties_of(session, asset_ids=[asset.id], today=page.today).get(asset.id, [])
    seat = check_subject(managed_subject(asset, duties), thing=thing_of(asset))
    whose, slug = _find_whose(seat, asset, duties)
    by = Editor(doer_of(seat, whose=slug), whose, wiring().clock(), page.today)
    return Managed(asset, page, duties, seat, by)


def _find_whose(seat: Seat, asset: AssetFacts, duties: Sequence[Duty]) -> tuple[UUID | None, str]:
    """Support acts for whoever manages the thing, who is then named."""
    if seat.role is not Role.SUPPORT:
        return seat.organisation_id, ""
    managers = {d.keeper_id: d.keeper.slug for d in duties if Aspect.OPERATION in d.covers}
    if asset.owner and asset.owner_id:
        managers[asset.owner_id] = asset.owner.slug
    supported = current_actor().supported_ids
    return next((found_id, slug) for found_id, slug in managers.items() if found_id in supported)


# -- The hub -----------------------------------------------------------------------------------


def show_management(code: str) -> str:
    """All that can be done with a thing, for whoever manages it."""
    with open_session() as session:
        managed = open_managed(session, code)
    asset, duties = managed.asset, managed.duties
    tasks = [
        (url_for(endpoint, code=asset.code), said)
        for endpoint, said, permission in TASKS
        if _may_do(permission, asset, duties) and (endpoint != OUTLINE or asset.kind in DRAWN_KINDS)
    ]
    return render(
        "manage.html",
        managed.page,
        asset=asset,
        kind=words.KINDS[asset.kind],
        whose=words.WHOSE[asset.kind],
        status=words.STATUSES[asset.physical_status],
        register=words.REGISTERS[asset.register_status],
        keepers=make_keepers(duties),
        say_day=words.say_day,
        tasks=tasks,
        is_kept="kept" in request.args,
        sprite=sprite_svg(("brand",)),
    )


def _may_do(permission: Permission, asset: AssetFacts, duties: Sequence[Duty]) -> bool:
    subject = SUBJECTS.get(permission, managed_subject)(asset, duties)
    return may(current_actor(), permission, subject)


# -- Facts -------------------------------------------------------------------------------------


def show_facts_form(code: str) -> str:
    """What the register says of a thing, in a form."""
    with open_session() as session:
        return _show_facts(session, open_managed(session, code))


def post_facts(code: str) -> Response | tuple[str, int]:
    """Keep it; where somebody was first, show both."""

    def keep(session: Session, managed: Managed) -> None:
        asset = managed.asset
        before = _read_was([*LABELS, *DETAILS[asset.kind]])
        change = (before, read_entry(asset.kind, request.form))
        change_entry(session, asset=asset, change=change, by=managed.by)

    return _change(code, keep, _show_facts)


def _show_facts(session: Session, managed: Managed, problem: GeoappError | None = None) -> str:
    asset = managed.asset
    entry = get_entry(session, asset_id=asset.id)
    around = assets_near(session, lon=asset.lon, lat=asset.lat, radius_m=NEAR_M, limit=MOST_AROUND)
    fields = _make_fields(entry, asset, [*LABELS, *DETAILS[asset.kind]], problem)
    return render(
        "register_edit.html",
        managed.page,
        **_describe(asset, problem),
        fields=fields,
        details=[fields[name] for name in DETAILS[asset.kind]],
        is_removed=entry.physical_status is PhysicalStatus.REMOVED,
        near=[one for one in around if one.kind in PLAY_KINDS and one.id != asset.id][:MOST_NEAR],
    )


# -- Replacing ---------------------------------------------------------------------------------


def show_replacing(code: str) -> str:
    """The form for a new thing in the place of the old one."""
    with open_session() as session:
        return _show_replacing(session, open_managed(session, code))


def post_replacing(code: str) -> Response | tuple[str, int]:
    """Let the new one stand there, under the same number."""

    def keep(session: Session, managed: Managed) -> None:
        asset, form = managed.asset, request.form
        on_day = read_date(form.get("on_day", ""), field="on_day")
        if on_day is None:
            raise Invalid("Choose a day.", field="on_day")
        note = read_words(form.get("note", ""), field="note", most=MOST_NOTE_LETTERS)
        details = read_details(asset.kind, form)
        new = Replacement(on_day, note, read_name(form.get("name", "")), details)
        before = _read_was(["name", *DETAILS[asset.kind]])
        replace_asset(session, asset=asset, change=(before, new), by=managed.by)

    return _change(code, keep, _show_replacing)


def _show_replacing(session: Session, managed: Managed, problem: GeoappError | None = None) -> str:
    asset = managed.asset
    entry = get_entry(session, asset_id=asset.id)
    fields = _make_fields(entry, asset, ["name", *DETAILS[asset.kind]], problem)
    return render(
        "replace.html",
        managed.page,
        **_describe(asset, problem),
        fields=fields,
        details=[fields[name] for name in DETAILS[asset.kind]],
        on_day=request.form.get("on_day", managed.page.today.isoformat()),
        note=request.form.get("note", ""),
        today=managed.page.today,
    )


# -- Both forms --------------------------------------------------------------------------------


def _change(
    code: str,
    keep: Callable[[Session, Managed], None],
    show: Callable[[Session, Managed, GeoappError | None], str],
) -> Response | tuple[str, int]:
    """Change something of the entry; what cannot be kept comes back as it was typed."""
    with open_session() as session:
        managed = open_managed(session, code)
        check_form()
    try:
        with open_session() as session:
            keep(session, managed)
    except (Invalid, Stale) as problem:
        with open_session() as session:
            return show(session, managed, problem), find_refusal(problem).status
    return redirect(url_for("web.show_management", code=managed.asset.code, kept=1), 303)


def _read_was(names: Iterable[str]) -> dict[str, str]:
    """The fields as they stood when the form was made.

    Raises:
        Invalid: the form does not say.
    """
    form = request.form
    if any(WAS + name not in form for name in names):
        raise Invalid("This form was open for too long. Look it over and send it again.")
    return {name: form[WAS + name].replace("\r\n", "\n") for name in names}


def _make_fields(
    entry: RegisterEntry, asset: AssetFacts, names: Sequence[str], problem: GeoappError | None
) -> dict[str, Field]:
    """Nothing that was typed is lost; after somebody else's change it is sent for theirs."""
    typed = request.form
    is_stale = isinstance(problem, Stale)
    current = flatten_entry(entry)
    base: Mapping[str, str] = current
    if problem is not None and not is_stale:
        base = {name: typed.get(WAS + name, "") for name in names}
    details = DETAILS[asset.kind]
    return {
        name: Field(
            name=name,
            label=str(words.DETAILS[name] if name in details else LABELS[name]),
            typed=typed.get(name, current.get(name, "")),
            was=base.get(name, ""),
            theirs=current.get(name, "") if is_stale else None,
            is_number=details.get(name) is int,
            choices=CHOICES.get(name, ()),
        )
        for name in names
    }


def _describe(asset: AssetFacts, problem: GeoappError | None) -> dict[str, object]:
    return {
        "asset": asset,
        "problem": say_error(problem) if problem else "",
        "wrong": problem.field if problem else None,
        "most": {
            "name": MOST_NAME_LETTERS,
            "detail": MOST_DETAIL_LETTERS,
            "note": MOST_NOTE_LETTERS,
        },
        "token": form_token(),
        "sprite": sprite_svg(("brand",)),
    }


# -- History -----------------------------------------------------------------------------------


def show_asset_history(code: str) -> str:
    """Everything that was done to a thing by those who look after it, and what was refused."""
    with open_session() as session:
        managed = open_managed(session, code)
        asset = managed.asset
        return show_history(
            session,
            managed.page,
            thing=thing_of(asset),
            title=asset.name,
            back_url=url_for("web.show_management", code=asset.code),
        )


ROUTES = (
    Route("/assets/<code>/manage", show_management, Permission.MANAGE_ASSET),
    Route("/assets/<code>/facts", show_facts_form, Permission.MANAGE_ASSET),
    Route("/assets/<code>/facts", post_facts, Permission.MANAGE_ASSET, methods=("POST",)),
    Route("/assets/<code>/replace", show_replacing, Permission.MANAGE_ASSET),
    Route("/assets/<code>/replace", post_replacing, Permission.MANAGE_ASSET, methods=("POST",)),
    Route("/assets/<code>/history", show_asset_history, Permission.MANAGE_ASSET),
)
