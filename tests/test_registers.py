"""A register from outside: columns matched, faults told by row, all loaded or nothing, undone."""

import random
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest
from geoalchemy2.shape import to_shape
from shapely import Point
from sqlalchemy import select
from sqlalchemy.orm import Session

from geoapp.assets.rules import Kind, PhysicalStatus, RegisterStatus
from geoapp.assets.tables import Asset
from geoapp.db.codes import make_code
from geoapp.districts.queries import Place, get_district
from geoapp.districts.tables import District
from geoapp.errors import Conflict, Invalid
from geoapp.exchange.importing import Imported
from geoapp.exchange.matching import Matching, Said, match_columns, plain
from geoapp.exchange.reading.found import Format
from geoapp.exchange.registers import AtTwin, Draft, Terms, load_register, read_register
from geoapp.exchange.uploads import RowFault, Upload, read_upload
from geoapp.geo.crs import LONLAT, transform_point
from geoapp.ledger.batches import undo_batch
from tests.conftest import NOW
from tests.factories import LAT, LON, Factory

LICENCE = "CC BY 4.0"
NEW_CODE = partial(make_code, random.Random(7))  # noqa: S311  codes of tests are to be had again
# About 5 m, in degrees of latitude.
FIVE_M = 5 / 111_250


@pytest.fixture
def place(session: Session, make: Factory) -> Place:
    """The district that all that is made lies in."""
    district = session.get_one(District, make.organisation().district_id)
    return get_district(session, slug=district.slug)


def bench(number: int, **values: Any) -> dict[str, Any]:
    """A row of a register; benches stand 22 m from each other."""
    return {"nr": number, "naam": f"Bank {number}", "soort": "bank"} | values


def upload(*rows: dict[str, Any], srid: int | None = LONLAT, **values: Any) -> Upload:
    """What the gate made of a file with these rows; `at` is where a row's thing stands."""
    shapes = [row.pop("at", Point(LON, LAT + n * 0.0002)) for n, row in enumerate(map(dict, rows))]
    cells = [{name: value for name, value in row.items() if name != "at"} for row in rows]
    told: dict[str, Any] = {
        "format": Format.CSV,
        "columns": tuple(cells[0]),
        "rows": tuple(cells),
        "shapes": tuple(shapes),
        "faults": (),
        "srid": srid,
        "encoding": "utf-8",
    }
    return Upload(**told | values)


def terms(file: Upload, **values: Any) -> Terms:
    """The columns as proposed, and a source."""
    columns = {**match_columns(file).columns, Said.ID: "nr"}
    matching = Matching(columns, match_columns(file).details)
    return replace(Terms(matching, "Stadsdeel", LICENCE), **values)


def read(session: Session, place: Place, *rows: dict[str, Any], **values: Any) -> Draft:
    """The dry run of a file with these rows."""
    file = upload(*rows)
    return read_register(session, file, terms=terms(file, **values), place=place)


def load(session: Session, draft: Draft, at_twin: AtTwin = AtTwin.LEAVE) -> Imported:
    """Load a draft."""
    return load_register(
        session, draft, at_twin=at_twin, file_name="b.csv", data=b"", new_code=NEW_CODE
    )


def names(session: Session) -> list[str]:
    """What stands in the district, by name."""
    return sorted(session.scalars(select(Asset.name)))


def faults(draft: Draft) -> list[tuple[int, str, str]]:
    """Row, column and sentence of each fault."""
    return [(fault.number, fault.column, str(fault.error)) for fault in draft.faults]


# -- Matching ---------------------------------------------------------------------------------


def matched(*columns: str) -> dict[str, str]:
    """What each of these columns is proposed to say."""
    found = match_columns(upload(dict.fromkeys(columns, "")))
    return {column: str(said) for said, column in (*found.columns.items(), *found.details.items())}


def test_columns_are_known_by_their_dutch_and_english_names() -> None:
    assert matched("NAAM", "Soort", "ObjectID", "eigenaar", "Laatst gezien", "Materiaal") == {
        "NAAM": "name",
        "Soort": "kind",
        "ObjectID": "id",
        "eigenaar": "owner",
        "Laatst gezien": "last_seen",
        "Materiaal": "material",
    }


def test_our_own_export_is_known_again() -> None:
    own = ("code", "name", "kind", "register_status", "physical_status", "last_seen_on")
    said = ("id", "name", "kind", "register_status", "physical_status", "last_seen")
    assert matched(*own, "details.surface") == dict(
        zip((*own, "details.surface"), (*said, "surface"), strict=True)
    )


def test_a_column_says_one_thing_and_a_strange_one_nothing() -> None:
    assert matched("omschrijving", "naam", "kleur") == {"naam": "name"}
    assert plain("Status (buiten)") == "statusbuiten"


@pytest.mark.parametrize(
    ("matching", "field"),
    [
        (Matching({Said.KIND: "soort"}), "name"),
        (Matching({Said.NAME: "naam"}), "kind"),
        (Matching({Said.NAME: "weg", Said.KIND: "soort"}), None),
    ],
)
def test_what_must_be_chosen_is_asked(
    session: Session, place: Place, matching: Matching, field: str | None
) -> None:
    with pytest.raises(Invalid) as asked:
        read(session, place, bench(1), matching=matching)
    assert asked.value.field == field


def test_all_rows_can_be_of_one_kind(session: Session, place: Place) -> None:
    chosen = Matching({Said.NAME: "naam"}, kind=Kind.BIN)
    draft = read(session, place, bench(1), matching=chosen)
    assert [asset.kind for asset in draft.assets] == [Kind.BIN]


# -- The whole file ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unclear", "told", "field"),
    [
        ({"encoding": None}, {}, "encoding"),
        ({"srid": None}, {}, "srid"),
        ({"srid": None}, {"srid": 2154}, "srid"),
        ({}, {"source": " "}, "source"),
        ({}, {"licence": ""}, "licence"),
    ],
)
def test_what_a_file_does_not_tell_is_asked_first(
    session: Session, place: Place, unclear: dict[str, Any], told: dict[str, Any], field: str
) -> None:
    file = upload(bench(1), **unclear)
    with pytest.raises(Invalid) as asked:
        read_register(session, file, terms=terms(file, **told), place=place)
    assert asked.value.field == field


def test_places_in_metres_come_where_they_are(session: Session, place: Place) -> None:
    file = upload(bench(1, at=Point(*transform_point(LON, LAT, LONLAT, 28992))), srid=None)
    draft = read_register(session, file, terms=terms(file, srid=28992), place=place)
    assert draft.assets[0].shape.distance(Point(LON, LAT)) < 1e-6


def test_rows_under_another_licence_need_a_source_of_their_own(
    session: Session, place: Place, make: Factory
) -> None:
    make.asset(source="OpenStreetMap", licence="ODbL 1.0")
    with pytest.raises(Invalid, match="ODbL 1.0") as refused:
        read(session, place, bench(1), source="OpenStreetMap")
    assert refused.value.field == "source"
    assert read(session, place, bench(1), source="OpenStreetMap", licence="ODbL 1.0").assets


# -- Rows -------------------------------------------------------------------------------------


def test_a_row_becomes_a_thing_with_all_it_says(
    session: Session, place: Place, make: Factory
) -> None:
    owner = make.organisation(name="Stadsbeheer")
    row = bench(
        7,
        eigenaar="stadsbeheer",
        in_register="ja",
        status="buiten gebruik",
        schouwdatum="2026-03-01T00:00:00",
        materiaal="hout",
        oppervlakte="12",
    )
    (asset,) = read(session, place, row).assets
    assert (asset.kind, asset.name, asset.source_ref) == (Kind.BENCH, "Bank 7", "7")
    assert asset.owner_id == owner.id
    assert asset.register_status is RegisterStatus.IN_REGISTER
    assert asset.physical_status is PhysicalStatus.OUT_OF_ORDER
    assert asset.last_seen_on == date(2026, 3, 1)
    assert asset.details == {"material": "hout"}  # a bench has no area_m2
    assert (asset.source, asset.licence) == ("Stadsdeel", LICENCE)


@pytest.mark.parametrize(
    ("wrong", "column", "words"),
    [
        ({"naam": " "}, "naam", "The name is empty."),
        ({"naam": None}, "naam", "The name is empty."),
        ({"naam": "x" * 201}, "naam", "at most 200"),
        ({"naam": "half \ufffd"}, "naam", "no letter"),
        ({"soort": "olifant"}, "soort", "olifant is none of: cabinet"),
        ({"soort": ""}, "soort", "The kind is empty."),
        ({"eigenaar": "Niemand"}, "eigenaar", "no organisation called Niemand"),
        ({"status": "misschien"}, "status", "misschien is none of"),
        ({"in_register": "soms"}, "in_register", "soms is none of"),
        ({"schouwdatum": "gisteren"}, "schouwdatum", "gisteren is no day"),
        ({"soort": "speeltuin", "oppervlakte": "12,5"}, "oppervlakte", "no whole number"),
        ({"at": Point(4.0, 52.0)}, "", "outside District"),
        ({"at": Point(126_000, 480_000)}, "", "longitude and latitude"),
        ({"at": Point(LON, LAT).buffer(0.001).boundary}, "", "not a LinearRing|not a Line"),
        ({"nr": "1"}, "nr", "stands in row 1 too"),
    ],
)
def test_a_row_that_is_not_right_is_told_with_its_column(
    session: Session, place: Place, wrong: dict[str, Any], column: str, words: str
) -> None:
    more = {"eigenaar": "", "status": "", "in_register": "", "schouwdatum": "", "oppervlakte": ""}
    draft = read(session, place, bench(1, **more), bench(2, **more) | wrong)
    ((number, told, sentence),) = faults(draft)
    assert (number, told) == (2, column)
    assert any(part in sentence for part in words.split("|"))
    assert draft.numbers == (1,)


def test_every_fault_of_a_row_is_told_at_once(session: Session, place: Place) -> None:
    draft = read(session, place, bench(1, naam="", soort="olifant", at=Point(4.0, 52.0)))
    assert [column for _, column, _ in faults(draft)] == ["", "naam", "soort"]


def test_a_shape_the_gate_could_not_read_is_a_fault_of_its_row(
    session: Session, place: Place
) -> None:
    fault = RowFault(2, Invalid("The shape of this row cannot be read."))
    file = upload(bench(1), bench(2, at=None), faults=(fault,))
    draft = read_register(session, file, terms=terms(file), place=place)
    assert draft.faults == (fault,)
    assert draft.numbers == (1,)


def test_a_row_without_an_id_is_known_by_what_it_is_and_where(
    session: Session, place: Place
) -> None:
    chosen = Matching({Said.NAME: "naam", Said.KIND: "soort"})
    first = read(session, place, bench(1), bench(2), matching=chosen)
    assert len({asset.source_ref for asset in first.assets}) == 2
    load(session, first)
    again = load(session, read(session, place, bench(1), bench(2), matching=chosen))
    assert (again.tally.same, again.batch) == (2, None)


# -- What stands there already -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "metres", "found"), [("bank", 4, 1), ("bank", 6, 0), ("bord", 0, 0)]
)
def test_the_same_within_five_metres_is_found(
    session: Session, place: Place, make: Factory, kind: str, metres: float, found: int
) -> None:
    known = make.asset(kind=Kind.BENCH)
    at = Point(LON, LAT + metres / 5 * FIVE_M)
    twins = read(session, place, bench(1, soort=kind, at=at)).twins
    assert [(number, twin.code) for number, twin in twins.items()] == [(1, known.code)] * found


def test_what_was_taken_away_or_lies_in_another_district_is_no_twin(
    session: Session, place: Place, make: Factory
) -> None:
    make.asset(physical_status=PhysicalStatus.REMOVED)
    make.asset(district_id=make.district().id)
    assert read(session, place, bench(1)).twins == {}


def test_a_twin_is_left_alone_updated_or_joined_as_was_chosen(
    session: Session, place: Place, make: Factory
) -> None:
    known = make.asset(name="Oude bank", licence=LICENCE)
    rows = bench(1), bench(2)
    load(session, read(session, place, *rows), AtTwin.LEAVE)
    assert names(session) == ["Bank 2", "Oude bank"]
    load(session, read(session, place, *rows), AtTwin.UPDATE)
    session.refresh(known)
    assert (known.name, known.source) == ("Bank 1", "made up")
    assert names(session) == ["Bank 1", "Bank 2"]
    load(session, read(session, place, *rows), AtTwin.ADD)
    assert names(session) == ["Bank 1", "Bank 1", "Bank 2"]


def test_a_twin_under_another_licence_is_never_updated(
    session: Session, place: Place, make: Factory
) -> None:
    make.asset(name="Oude bank", licence="ODbL 1.0")
    load(session, read(session, place, bench(1), bench(2)), AtTwin.UPDATE)
    assert names(session) == ["Bank 2", "Oude bank"]


def test_a_second_time_changes_nothing_and_a_moved_one_follows(
    session: Session, place: Place
) -> None:
    load(session, read(session, place, bench(1), bench(2)))
    assert load(session, read(session, place, bench(1), bench(2))).batch is None
    at = Point(LON, LAT + 0.001)
    moved = load(session, read(session, place, bench(1, at=at), bench(2)))
    assert (moved.tally.changed, moved.tally.same) == (1, 1)
    shapes = [to_shape(row.geom) for row in session.scalars(select(Asset))]
    assert at in shapes


# -- All or nothing, and undone ----------------------------------------------------------------


def register(*, wrong: set[int]) -> bytes:
    """A CSV file of 500 benches in metres; those in `wrong` stand in the sea."""
    lines = ["nummer;naam;soort;x;y"]
    for number in range(1, 501):
        lon = 3.0 if number in wrong else LON + number * 0.00002
        x, y = transform_point(lon, LAT, LONLAT, 28992)
        lines.append(f"{number};Bank {number};bank;{x:.2f};{y:.2f}".replace(".", ","))
    return "\r\n".join(lines).encode()


def test_an_officer_sees_ten_faulty_rows_of_500_fixes_loads_and_undoes(
    session: Session, place: Place
) -> None:
    wrong = set(range(50, 501, 50))

    def dry_run(data: bytes) -> Draft:
        file = read_upload(data)
        assert file.srid is None
        told = Terms(match_columns(file), "Stadsdeel", LICENCE, srid=28992)
        return read_register(session, file, terms=told, place=place)

    first = dry_run(register(wrong=wrong))
    assert {fault.number for fault in first.faults} == wrong
    with pytest.raises(Invalid, match="10 rows are not right"):
        load(session, first)
    assert names(session) == []
    loaded = load(session, dry_run(register(wrong=set())))
    assert loaded.tally.new == len(names(session)) == 500
    assert loaded.batch is not None
    undo_batch(session, number=loaded.batch, now=NOW)
    assert names(session) == []


def test_what_was_changed_since_is_not_undone(session: Session, place: Place) -> None:
    loaded = load(session, read(session, place, bench(1)))
    session.scalars(select(Asset)).one().name = "Bank van Sara"
    session.flush()
    assert loaded.batch is not None
    with pytest.raises(Conflict, match="changed since"):
        undo_batch(session, number=loaded.batch, now=NOW)


def test_a_register_that_stands_there_already_loads_nothing(
    session: Session, place: Place, make: Factory
) -> None:
    make.asset()
    with pytest.raises(Conflict, match="stands there already"):
        load(session, read(session, place, bench(1)))
