"""A register from outside: which column says what, what is wrong row by row, what stands there
already; then all of it or nothing, as a batch that can be undone.
"""

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import TypeVar

from shapely import box
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from geoapp.assets.actions import AssetDraft, put_assets
from geoapp.assets.queries import Twin, find_twins, list_licences, list_refs
from geoapp.assets.rules import DETAILS, Kind, PhysicalStatus, RegisterStatus
from geoapp.db.text import read_words
from geoapp.districts.queries import Place
from geoapp.errors import Conflict, Invalid
from geoapp.exchange.importing import Imported
from geoapp.exchange.matching import (
    KIND_WORDS,
    PHYSICAL_WORDS,
    REGISTER_WORDS,
    Matching,
    Said,
    check_matching,
    plain,
    read_day,
    read_one_of,
    read_whole,
)
from geoapp.exchange.uploads import RowFault, Upload
from geoapp.geo.crs import KNOWN, LONLAT, transform_shape
from geoapp.geo.shapes import as_place, check_shape
from geoapp.ledger.batches import BatchDraft, keep_batch, watch_changes
from geoapp.people.queries import list_names

MOST_LETTERS_OF_NAME = 200
MOST_LETTERS_OF_DETAIL = 2_000
MOST_LETTERS_OF_SOURCE = 200
# Two things of a kind that stand this near are taken for one, and somebody is asked.
TWIN_M = 5.0
# How far a shape may reach outside its district, in degrees: what the database allows (2 km).
REACH = 0.02

Value = TypeVar("Value")


class AtTwin(StrEnum):
    """What becomes of a row where the same stands already."""

    LEAVE = "leave"
    UPDATE = "update"
    ADD = "add"


class Fate(StrEnum):
    """What loading does with a row. One of `other_licence` is left alone, whatever was chosen."""

    NEW = "new"
    KNOWN = "known"
    LEAVE = "leave"
    UPDATE = "update"
    ADD = "add"
    OTHER_LICENCE = "other_licence"


# These rows are loaded; the others leave what stands there as it is.
LOADED = frozenset({Fate.NEW, Fate.KNOWN, Fate.UPDATE, Fate.ADD})


@dataclass(frozen=True)
class Terms:
    """What an officer says of a register: how to read it, whose it is, under which licence.

    `srid` is None where the file tells.
    """

    matching: Matching
    source: str
    licence: str
    srid: int | None = None


@dataclass(frozen=True)
class Draft:
    """What a register would do. `assets`, `numbers` (rows from 1) go together, as do `twins`, by
    row; nothing is loaded while there are `faults`. `known` are the keys that stand here."""

    place: Place
    assets: tuple[AssetDraft, ...]
    numbers: tuple[int, ...]
    faults: tuple[RowFault, ...]
    twins: Mapping[int, Twin]
    known: frozenset[str] = frozenset()

    def fates(self, at_twin: AtTwin) -> tuple[Fate, ...]:
        """What loading would do with each of `assets`."""
        return tuple(
            self._fate(asset, self.twins.get(number), at_twin)
            for number, asset in zip(self.numbers, self.assets, strict=True)
        )

    def _fate(self, asset: AssetDraft, twin: Twin | None, at_twin: AtTwin) -> Fate:
        if twin is None:
            return Fate.KNOWN if asset.source_ref in self.known else Fate.NEW
        if at_twin is AtTwin.UPDATE and twin.licence != asset.licence:
            return Fate.OTHER_LICENCE
        return Fate(at_twin.value)


def read_register(session: Session, upload: Upload, *, terms: Terms, place: Place) -> Draft:
    """What loading `upload` into a district would do: a dry run that changes nothing.

    Raises:
        Invalid: something of the whole file must be told first; of the field to fill in.
    """
    whole = check_terms(session, upload, terms=terms, place=place)
    known = list_names(session, district_id=place.id)
    owners = {plain(name): found_id for found_id, *names in known for name in names}
    read: list[tuple[int, AssetDraft]] = []
    faults = list(upload.faults)
    refs: dict[str, int] = {}
    for number, (row, shape) in enumerate(zip(upload.rows, upload.shapes, strict=True), start=1):
        if shape is None:
            continue
        reader = _RowReader(number, row, whole, place, owners)
        draft = reader.read(shape)
        twin = number if draft is None else refs.setdefault(draft.source_ref, number)
        if draft is not None and twin != number:
            error = Invalid(
                "The key {key} stands in row {twin} too.", key=draft.source_ref, twin=twin
            )
            reader.note(error, Said.ID)
        faults += reader.faults
        if draft is not None and not reader.faults:
            read.append((number, draft))
    assets = tuple(draft for _, draft in read)
    numbers = tuple(number for number, _ in read)
    twins = _find_twins(session, assets, place)
    by_row = {numbers[at]: twin for at, twin in twins.items()}
    faults.sort(key=lambda fault: fault.number)
    here = list_refs(session, district_id=place.id, source=whole.source)
    return Draft(place, assets, numbers, tuple(faults), by_row, frozenset(here))


def check_terms(session: Session, upload: Upload, *, terms: Terms, place: Place) -> Terms:
    """`terms` with all that must be known of the whole file before its rows are read.

    Raises:
        Invalid: something is not told; of the field to fill in.
    """
    matching = check_matching(upload, terms.matching)
    if upload.encoding is None:
        raise Invalid("Say in which letters the file is.", field="encoding")
    srid = terms.srid or upload.srid
    if srid not in KNOWN:
        raise Invalid("Say in which coordinates the file is.", field="srid")
    return replace(terms, srid=srid, matching=matching, **_read_source(session, terms, place))


def load_register(
    session: Session,
    draft: Draft,
    *,
    at_twin: AtTwin,
    file_name: str,
    data: bytes,
    new_code: Callable[[], str],
) -> Imported:
    """Load all of a register that has no faults, as a batch; see `ledger.batches.undo_batch`.

    A thing of another source is updated only where the licence is the same: rows under another
    licence keep their own.

    Raises:
        Invalid: rows are wrong, so nothing is loaded.
        Conflict: there is nothing to load.
    """
    if draft.faults:
        raise Invalid(
            "{count} rows are not right, so nothing was loaded: put them right in the file.",
            count=len({fault.number for fault in draft.faults}),
        )
    wanted = [
        _take_over(asset, draft.twins[number]) if fate is Fate.UPDATE else asset
        for number, asset, fate in zip(
            draft.numbers, draft.assets, draft.fates(at_twin), strict=True
        )
        if fate in LOADED
    ]
    if not wanted:
        raise Conflict("All of this stands there already: nothing was loaded.")
    with watch_changes(session) as changes:
        tally = put_assets(
            session,
            district_id=draft.place.id,
            drafts=list({asset.key: asset for asset in wanted}.values()),
            new_code=new_code,
        )
    kept = BatchDraft(
        file_name=file_name,
        layout=layout_of(draft.place.slug),
        digest=hashlib.sha256(data).hexdigest(),
        new_count=tally.new,
        changed_count=tally.changed,
    )
    batch = keep_batch(session, draft=kept, changes=changes)
    return Imported(tally, None if batch is None else batch.number)


def layout_of(slug: str) -> str:
    """By what the batches of a district's register are told apart from others."""
    return f"register of {slug}"


def _take_over(asset: AssetDraft, twin: Twin) -> AssetDraft:
    """The draft as news of what stands there already."""
    return replace(asset, source=twin.source, source_ref=twin.source_ref)


def _read_source(session: Session, terms: Terms, place: Place) -> dict[str, str]:
    source = read_words(terms.source, field="source", most=MOST_LETTERS_OF_SOURCE)
    licence = read_words(terms.licence, field="licence", most=MOST_LETTERS_OF_SOURCE)
    if not source:
        raise Invalid("Say whose register it is.", field="source")
    if not licence:
        raise Invalid("Say under which licence it is.", field="licence")
    others = set(list_licences(session, district_id=place.id, source=source)) - {licence}
    if others:
        raise Invalid(
            "{source} is here under another licence ({licence}): give these rows a source of "
            "their own.",
            field="source",
            source=source,
            licence=", ".join(sorted(others)),
        )
    return {"source": source, "licence": licence}


def _find_twins(session: Session, assets: tuple[AssetDraft, ...], place: Place) -> dict[int, Twin]:
    """By its number in `assets`: what stands there under another key."""
    points = [(asset.kind, asset.shape.representative_point()) for asset in assets]
    places = [(kind, point.x, point.y) for kind, point in points]
    found = find_twins(session, district_id=place.id, places=places, radius_m=TWIN_M)
    return {
        at: twin
        for at, twin in found.items()
        if (twin.source, twin.source_ref) != (assets[at].source, assets[at].source_ref)
    }


class _RowReader:
    """Reads one row, and notes all that is wrong with it."""

    def __init__(
        self,
        number: int,
        row: Mapping[str, object],
        terms: Terms,
        place: Place,
        owners: Mapping[str, uuid.UUID],
    ) -> None:
        self.number = number
        self.faults: list[RowFault] = []
        self._row = row
        self._terms = terms
        self._place = place
        self._owners = owners

    def note(self, error: Invalid, said: str = "") -> None:
        """Note a fault, in the column that says `said`."""
        matching = self._terms.matching
        named = {**{str(key): name for key, name in matching.columns.items()}, **matching.details}
        self.faults.append(RowFault(self.number, error, named.get(said, "")))

    def read(self, shape: BaseGeometry) -> AssetDraft | None:
        """The thing this row tells of; None where there are faults."""
        place = self._try("", lambda: self._read_shape(shape))
        name = self._try(Said.NAME, self._read_name)
        kind = self._try(Said.KIND, self._read_kind)
        owner_id = self._try(Said.OWNER, self._read_owner)
        register = self._try(Said.REGISTER_STATUS, self._read_register_status)
        physical = self._try(Said.PHYSICAL_STATUS, self._read_physical_status)
        seen = self._try(Said.LAST_SEEN, lambda: read_day(self._cell(Said.LAST_SEEN)))
        details = {} if kind is None else self._read_details(kind)
        if self.faults or place is None or name is None or kind is None:
            return None
        return AssetDraft(
            kind=kind,
            name=name,
            shape=place,
            source=self._terms.source,
            source_ref=self._cell(Said.ID) or _key_of(kind, place),
            licence=self._terms.licence,
            register_status=register or RegisterStatus.UNKNOWN,
            physical_status=physical or PhysicalStatus.IN_USE,
            details=details,
            owner_id=owner_id,
            last_seen_on=seen,
            is_example=self._place.is_example,
        )

    def _try(self, said: str, read: Callable[[], Value]) -> Value | None:
        try:
            return read()
        except Invalid as error:
            self.note(error, said)
            return None

    def _cell(self, said: Said) -> str:
        return self._words(self._terms.matching.columns.get(said), MOST_LETTERS_OF_NAME)

    def _words(self, column: str | None, most: int) -> str:
        value = None if column is None else self._row.get(column)
        return "" if value is None else read_words(str(value), field="", most=most)

    def _read_shape(self, shape: BaseGeometry) -> BaseGeometry:
        srid = self._terms.srid or LONLAT
        moved = shape if srid == LONLAT else transform_shape(shape, srid, LONLAT)
        place = as_place(check_shape(moved))
        west, south, east, north = self._place.bounds or (-180.0, -90.0, 180.0, 90.0)
        if not box(west, south, east, north).buffer(REACH, join_style="mitre").covers(place):
            raise Invalid("It lies outside {district}: check its place.", district=self._place.name)
        return place

    def _read_name(self) -> str:
        name = self._cell(Said.NAME)
        if not name:
            raise Invalid("The name is empty.")
        return name

    def _read_kind(self) -> Kind:
        words = self._cell(Said.KIND)
        kind = read_one_of(Kind, KIND_WORDS, words) or self._terms.matching.kind
        if kind is None:
            raise Invalid("The kind is empty.")
        return kind

    def _read_register_status(self) -> RegisterStatus | None:
        return read_one_of(RegisterStatus, REGISTER_WORDS, self._cell(Said.REGISTER_STATUS))

    def _read_physical_status(self) -> PhysicalStatus | None:
        return read_one_of(PhysicalStatus, PHYSICAL_WORDS, self._cell(Said.PHYSICAL_STATUS))

    def _read_owner(self) -> uuid.UUID | None:
        words = self._cell(Said.OWNER)
        if not words:
            return None
        found = self._owners.get(plain(words))
        if found is None:
            raise Invalid("There is no organisation called {name} here.", name=words)
        return found

    def _read_details(self, kind: Kind) -> dict[str, object]:
        """The details this kind can have; a column of another kind's is left out."""
        read: dict[str, object] = {}
        for name, column in self._terms.matching.details.items():
            words = self._try(name, partial(self._words, column, MOST_LETTERS_OF_DETAIL))
            made = DETAILS[kind].get(name)
            if not words or made is None:
                continue
            value = words if made is str else self._try(name, partial(read_whole, words))
            if value is not None:
                read[name] = value
        return read


def _key_of(kind: Kind, shape: BaseGeometry) -> str:
    """The key of a row that has none of its own: what it is, and where."""
    point = shape.representative_point()
    return f"{kind} {point.x:.6f} {point.y:.6f}"
