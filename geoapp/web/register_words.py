"""Words on screen for what a register says of things, and for what becomes of its rows."""

from collections.abc import Mapping

from geoapp.assets.rules import Kind, PhysicalStatus, RegisterStatus
from geoapp.errors import GeoappError
from geoapp.exchange.choices import Step
from geoapp.exchange.matching import Said
from geoapp.exchange.registers import AtTwin, Fate
from geoapp.web import words
from geoapp.web.errors import say_error
from geoapp.web.language import Words, gettext, lazy_gettext

STEPS: dict[Step, Words] = {
    Step.COLUMNS: lazy_gettext("Columns"),
    Step.WHERE: lazy_gettext("Where and how"),
    Step.CHECK: lazy_gettext("Look it over"),
}

SAID: dict[Said, Words] = {
    Said.NAME: lazy_gettext("Name"),
    Said.KIND: lazy_gettext("Kind"),
    Said.ID: lazy_gettext("Number or key of your own"),
    Said.OWNER: lazy_gettext("Owner"),
    Said.REGISTER_STATUS: lazy_gettext("In the city's list or not"),
    Said.PHYSICAL_STATUS: lazy_gettext("How it is outside"),
    Said.LAST_SEEN: lazy_gettext("Last seen on"),
}

# What may stand in a cell; each of them is read again (`exchange.matching`), in any language.
WRITTEN: dict[str, Words] = {
    Kind.CABINET: lazy_gettext("cabinet"),
    Kind.PLAYGROUND: lazy_gettext("playground"),
    Kind.SPORT_COURT: lazy_gettext("sport court"),
    Kind.BENCH: lazy_gettext("bench"),
    Kind.BIN: lazy_gettext("bin"),
    Kind.SIGN: lazy_gettext("sign"),
    RegisterStatus.IN_REGISTER: lazy_gettext("in register"),
    RegisterStatus.REMOVED: lazy_gettext("removed"),
    RegisterStatus.NEVER: lazy_gettext("never"),
    RegisterStatus.UNKNOWN: lazy_gettext("unknown"),
    PhysicalStatus.PLANNED: lazy_gettext("planned"),
    PhysicalStatus.IN_USE: lazy_gettext("in use"),
    PhysicalStatus.OUT_OF_ORDER: lazy_gettext("out of order"),
}

# What can be chosen for rows of which the same stands there already, with what it means.
AT_TWIN: dict[AtTwin, tuple[Words, Words]] = {
    AtTwin.LEAVE: (
        lazy_gettext("Leave it as it is"),
        lazy_gettext("The row of the file is not loaded."),
    ),
    AtTwin.UPDATE: (
        lazy_gettext("Bring it up to date"),
        lazy_gettext("Name, place and details become those of the file."),
    ),
    AtTwin.ADD: (
        lazy_gettext("Put it beside it"),
        lazy_gettext("Then there are two. Choose this where they are really two things."),
    ),
}

FATES: dict[Fate, Words] = {
    Fate.NEW: lazy_gettext("comes on the map"),
    Fate.KNOWN: lazy_gettext("is known by its key, and follows the file"),
    Fate.LEAVE: lazy_gettext("stays as it is"),
    Fate.UPDATE: lazy_gettext("is brought up to date"),
    Fate.ADD: lazy_gettext("gets the row of the file beside it"),
    Fate.OTHER_LICENCE: lazy_gettext("stays as it is, for it is under another licence"),
}

# What can hang on a thing, or be what was changed of it, by table.
TABLES: dict[str, Words] = {
    "asset": lazy_gettext("places"),
    "asset_event": lazy_gettext("lines of their history"),
    "maintenance_duty": lazy_gettext("who keeps them"),
    "agreement_asset": lazy_gettext("agreements"),
    "opening_hours": lazy_gettext("opening hours"),
    "hours_exception": lazy_gettext("days with other hours"),
    "funding": lazy_gettext("money for them"),
    "defect": lazy_gettext("reports"),
    "routing_rule": lazy_gettext("who gets reports"),
}
# Whatever comes to hang on a thing and is not told apart.
OTHER_TABLES = lazy_gettext("other things")


def say_detail(name: str) -> str:
    """What a detail is called."""
    return str(words.DETAILS.get(name, name))


def say_fault(error: GeoappError) -> str:
    """The sentence of a row that is not right; what may stand there in the reader's words."""
    known = str(error.values.get("known", ""))
    if not known:
        return say_error(error)
    said = ", ".join(str(WRITTEN.get(word, word)) for word in known.split(", "))
    return _say_with(error, known=said)


def say_undoing(error: GeoappError) -> str:
    """Why a load cannot be taken back; what is in the way in the reader's words."""
    counts = error.values.get("counts")
    if not isinstance(counts, Mapping):
        return say_error(error)
    said = (f"{count} {TABLES.get(name, OTHER_TABLES)}" for name, count in counts.items())
    return _say_with(error, rows=", ".join(said))


def _say_with(error: GeoappError, **values: str) -> str:
    return str(gettext(error.message)).format_map({**error.values, **values})
